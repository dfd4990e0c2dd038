"""Stationary points that have a closed form.

    linear        g_j(b) = Σ_k H_jk b_k + c_j = 0, H free of b             ⇒  b = -H⁻¹ c, where H is invertible
    two powers    c₁ uᵖ + c₂ uᵠ = 0 entry by entry                          ⇒  u = (-c₁/c₂)^(1/(q-p)), u > 0 or q - p = 1
    soft threshold  a u + γ sign(u) - c = 0 entry by entry, a, γ > 0        ⇒  u = sign(c) max(|c| - γ, 0)/a
    multiplier    a solution on the simplex that still holds a scalar λ with ∂J/∂λ = Σ_k u_k - 1: λ follows from Σ_k u_k = 1

A common factor of H and c is divided out first, so that ridge regression reads (XᵀX + (σ²/η²) I)⁻¹ Xᵀy.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derivations.adjoint import Chain, axes_for
from derivations.calculus import is_zero, partial
from derivations.derivation import Lemma
from derivations.domains import Declared, Names
from derivations.folding import facts_of, fold, inline
from derivations.formula import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Cases,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Node,
    Num,
    SizeVal,
    add,
    call,
    div,
    mul,
    names_in,
    neg,
    power,
    reindex,
    replace_elems,
    sub,
    total,
    walk,
)
from derivations.model import depends
from derivations.sendable import Sendable
from derivations.signs import positive
from derivations.simplify import expand, key, monomial, neat, tidy


class NoClosedForm(Sendable, ValueError):
    """The stationarity equation has no closed form by these rules. `equation` is its left side."""

    def __init__(self, message: str, equation: Formula):
        super().__init__(message)
        self.equation = equation


def stationary(names: Names, gradient: Formula, unknown: Declared) -> tuple[Lemma, Formula]:
    """The unknown where the gradient vanishes, and the equation that it solves (the gradient, a multiplier in it put in).

    `gradient` has the axes of the unknown. Nodes that depend on the unknown are unfolded first. Raises `NoClosedForm` where no
    rule applies; its message says that the equation itself is what there is.
    """
    hidden = frozenset(r.name for r in names.values() if r.role == "node" and r.definition is not None and depends(names, r.definition.body, unknown.name))
    body = expand(inline(gradient.body, names, hidden), names)
    body = _regrouped(names, body, gradient.axes, unknown)
    for rule in (_entrywise, _linear):
        found = rule(names, body, gradient.axes, unknown)
        if found is not None:
            lemma, multiplier = found
            return lemma, gradient if multiplier is None else replace(gradient, body=_put_in(gradient.body, *multiplier))
    raise NoClosedForm(f"no closed form by these rules: the gradient is not linear in {unknown.name}; its zeros solve the equation gradient = 0", gradient)


def _regrouped(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Node:
    """The linear terms as Σ_k H_jk b_k with H simplified by the inputs' facts: XᵀX w is w for orthonormal columns."""
    facts = [f for row in names.inputs() for f in facts_of(row)]
    terms = body.args if isinstance(body, Add) else (body,)
    other = axes_for(unknown.sizes, names, axes)
    linear, rest = [], []
    for term in terms:
        slope = partial(term, Elem(unknown.name, other))
        inside = any(isinstance(n, Call | Cases) and unknown.name in names_in(n) for n in walk(term))
        (rest if inside or is_zero(slope) or unknown.name in names_in(slope) else linear).append(term)
    if not facts or not linear:
        return body
    slope = fold(expand(partial(add(*linear), Elem(unknown.name, other)), names), facts, names).node
    return expand(add(total(other, mul(slope, Elem(unknown.name, other))), *rest), names)


def _put_in(node: Node, name: str, value: Node) -> Node:
    """The tree with a scalar replaced by its value."""
    return replace_elems(node, lambda e: reindex(value, {}) if e.name == name else None)


Multiplier = tuple[str, Node]
Found = tuple[Lemma, Multiplier | None]


def _linear(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """b = -H⁻¹ c"""
    if len(unknown.sizes) > 1 or any(isinstance(n, Call | Cases) and unknown.name in names_in(n) for n in walk(body)):
        return None
    other = axes_for(unknown.sizes, names, axes)
    slope = expand(partial(body, Elem(unknown.name, other)), names)
    if unknown.name in names_in(slope):
        return None
    rest = expand(replace_elems(body, lambda e: ZERO if e.name == unknown.name else None), names)
    common = _common(rest, axes)
    slope, rest = neat(expand(div(slope, common), names), names), neat(expand(div(rest, common), names), names)
    chain = Chain(names, axes, Elem(unknown.name, axes))
    rule = "solve the linear equation for the zero of the gradient"
    if not axes:
        chain.to(rule, neat(neg(div(rest, slope)), names), solves=True)
        return Lemma(f"argmin {unknown.name}", tuple(chain.steps), condition="the coefficient of the unknown is not 0"), None
    row, col = Index(axes[0].name, axes[0].size), Index(other[0].name, axes[0].size)
    matrix = reindex(slope, {axes[0]: row, other[0]: col})
    inner = axes_for(unknown.sizes, names, (*axes, *other))[0]
    inverse = MatrixAtom("inv", row, col, matrix, (axes[0], inner))
    chain.to(rule, tidy(total((inner,), mul(inverse, reindex(neg(rest), {axes[0]: inner}))), names), solves=True)
    return Lemma(f"argmin {unknown.name}", tuple(chain.steps), condition="the matrix to be inverted is invertible"), None


def _entrywise(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """Each entry of the gradient holds its own entry of the unknown only."""
    mine = [n for n in walk(body) if isinstance(n, Elem) and n.name == unknown.name]
    if not mine or any(n.at != axes for n in mine):
        return None
    u = Elem(unknown.name, axes)
    chain = Chain(names, axes, u)
    thresholded = _soft_threshold(names, body, u)
    if thresholded is not None:
        chain.to("soft threshold: the zero of a u + γ sign(u) - c", neat(thresholded, names), solves=True)
        return Lemma(f"argmin {unknown.name}", tuple(chain.steps), condition="the factor of the sign is not negative"), None
    solved = _two_powers(names, body, u, positive(u, names))
    if solved is None:
        return None
    chain.to("solve for the zero of the gradient", neat(solved, names), solves=True)
    multiplier: Multiplier | None = None
    if unknown.domain.structure == "simplex" and (multiplier := _multiplier(names, chain.node, axes)) is not None:
        name, value = multiplier
        put_in = neat(_put_in(chain.node, name, value), names)
        chain.to(f"the multiplier `{name}` from the constraint: the entries sum to 1", put_in, solves=True)
    return Lemma(f"argmin {unknown.name}", tuple(chain.steps)), multiplier


def _by_power(names: Names, body: Node, u: Elem) -> dict[Fraction, list[Node]] | None:
    """The terms of Σ c uᵉ by their exponents; None where u stands anywhere else."""
    found: dict[Fraction, list[Node]] = {}
    for term in body.args if isinstance(body, Add) else (body,):
        coefficient, powers = monomial(term, names)
        _, exponent = powers.pop(key(u), (u, ZERO))
        left = mul(Num(coefficient), *(power(b, e) for b, e in powers.values()))
        if not isinstance(exponent, Num) or u.name in names_in(left):
            return None
        found.setdefault(exponent.value, []).append(left)
    return found


def _two_powers(names: Names, body: Node, u: Elem, is_positive: bool) -> Node | None:
    rows = _by_power(names, body, u)
    if rows is None or len(rows) != 2:
        return None
    low, high = sorted(rows)
    if high - low != 1 and not is_positive:
        return None
    ratio = neat(neg(div(tidy(_sum(rows[low]), names), tidy(_sum(rows[high]), names))), names)
    return power(ratio, Num(1 / (high - low)))


def _sum(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def _soft_threshold(names: Names, body: Node, u: Elem) -> Node | None:
    """a u + γ sign(u) - c"""
    sign = call("sign", u)
    signed, plain = [], []
    for term in body.args if isinstance(body, Add) else (body,):
        coefficient, powers = monomial(term, names)
        if key(sign) in powers:
            _, exponent = powers.pop(key(sign))
            if exponent != ONE:
                return None
            signed.append(mul(Num(coefficient), *(power(b, e) for b, e in powers.values())))
        else:
            plain.append(term)
    if not signed or not plain or u.name in names_in(gamma := _sum(signed)) or not positive(gamma, names):
        return None
    rows = _by_power(names, _sum(plain), u)
    if rows is None or set(rows) != {Fraction(0), Fraction(1)}:
        return None
    a, c = _sum(rows[Fraction(1)]), tidy(mul(MINUS_ONE, _sum(rows[Fraction(0)])), names)
    if not positive(a, names):
        return None
    return div(mul(call("sign", c), call("max", sub(call("abs", c), gamma), ZERO)), a)


def _multiplier(names: Names, solution: Node, axes: tuple[Index, ...]) -> Multiplier | None:
    """The scalar that the solution still holds, from Σ_k u_k = 1."""
    scalars = [n for n in sorted(names_in(solution)) if n in names and names[n].role == "input" and not names[n].sizes]
    for name in scalars:
        constraint = tidy(sub(total((axes[-1],), solution), ONE), names)
        value = _two_powers(names, constraint, Elem(name), False)
        if value is not None:
            return name, neat(reindex(value, {}), names)
    return None


def _common(rest: Node, axes: tuple[Index, ...]) -> Node:
    """The scalar factor of the constant part: 1/σ² of -(1/σ²) Xᵀy."""
    if is_zero(rest):
        return ONE
    coefficient, powers = monomial(rest)
    scalars: list[Node] = [Num(abs(coefficient))]
    for base, exponent in powers.values():
        if isinstance(base, SizeVal) or (isinstance(base, Elem) and not base.at):
            scalars.append(power(base, exponent))
    return mul(*scalars)
