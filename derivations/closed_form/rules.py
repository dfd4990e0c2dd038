"""The rules that solve gradient = 0.

    linear        g_j(b) = Σ_k H_jk b_k + c_j = 0, H free of b             ⇒  b = -H⁻¹ c, where H is invertible; for a
                                                                           matrix B row by row
    two powers    c₁ uᵖ + c₂ uᵠ = 0 entry by entry, p < q                   ⇒  u = (-c₁/c₂)^(1/(q-p)), u > 0 or q - p
                                                                            = 1
    soft threshold  a u + γ sign(u) - c = 0 entry by entry, a, γ > 0        ⇒  u = sign(c) max(|c| - γ, 0)/a
    multiplier    a solution on the simplex that still holds a scalar λ with ∂J/∂λ = Σ_k u_k - 1: λ follows from Σ_k
                  u_k = 1

A common factor of H and c is divided out first, so that ridge regression reads (XᵀX + (σ²/η²) I)⁻¹ Xᵀy.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from derivations.calculus import is_zero, partial
from derivations.chain import Chain, axes_for
from derivations.closed_form.values import Found, Multiplier
from derivations.domains import Declared, Names
from derivations.folding.facts import facts_of
from derivations.folding.fold import fold
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Call,
    Cases,
    Delta,
    Elem,
    Index,
    MatrixAtom,
    Mul,
    Node,
    Num,
    SizeVal,
    add,
    call,
    div,
    free_indices,
    key,
    mul,
    names_in,
    neg,
    power,
    reindex,
    replace_elems,
    split_coefficient,
    sub,
    terms_of,
    total,
    walk,
)
from derivations.signs import positive
from derivations.simplify.monomials import monomial
from derivations.simplify.shapes import expand, neat
from derivations.simplify.tidy import tidy


def functions_of(body: Node, unknown: Declared) -> bool:
    """Whether the unknown stands under a function, or in a condition."""
    return any(_under(n, unknown.name) for n in walk(body))


def _under(node: Node, name: str) -> bool:
    match node:
        case Call():
            return name in names_in(node)
        case Cases(branches):
            return any(name in names_in(condition) for condition, _ in branches)
    return False


def regrouped(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Node:
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


def put_in(node: Node, name: str, value: Node) -> Node:
    """The tree with a scalar replaced by its value."""
    return replace_elems(node, lambda e: reindex(value, {}) if e.name == name else None)


def linear(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """b = -H⁻¹ c; of a matrix, B = -H⁻¹ C where the coefficient acts on its rows alone, -C H⁻¹ where on its columns."""
    if len(unknown.sizes) > 2 or functions_of(body, unknown):
        return None
    other = axes_for(unknown.sizes, names, axes)
    slope = expand(partial(body, Elem(unknown.name, other)), names)
    if unknown.name in names_in(slope):
        return None
    rest = expand(replace_elems(body, lambda e: ZERO if e.name == unknown.name else None), names)
    acting = 0
    if len(axes) == 2:
        sides = [(k, _along(slope, axes[1 - k], other[1 - k])) for k in (0, 1)]
        acting, slope = next(((k, found) for k, found in sides if found is not None), (0, ZERO))
        if is_zero(slope):
            return None
    common = _common(rest, names)
    if all(
        isinstance(t, Mul) and isinstance(t.args[0], Num) and t.args[0].value < 0
        for t in (slope.args if isinstance(slope, Add) else (slope,))
    ):
        common = neg(common)
    if is_zero(slope):
        return None
    divided, rest = neat(expand(div(slope, common), names), names), neat(expand(div(rest, common), names), names)
    if axes and (shared := _numeral(expand(divided, names))) != 1:  # (2 S)⁻¹ is S⁻¹/2
        divided, rest = (neat(expand(mul(Num(1 / shared), side), names), names) for side in (divided, rest))
    chain = Chain(names, axes, Elem(unknown.name, axes))
    rule = "solve the linear equation for the zero of the gradient"
    if not axes:
        chain.to(rule, neat(neg(div(rest, divided)), names), solves=True)
        return Found(chain, slope)
    axis = axes[acting]
    row, col = Index(axis.name, axis.size), Index(other[acting].name, axis.size)
    onto = {axis: row, other[acting]: col}
    inner = axes_for((axis.size,), names, (*axes, *other))[0]
    inverse = MatrixAtom("inv", row, col, reindex(divided, onto), (axis, inner))
    chain.to(rule, tidy(total((inner,), mul(inverse, reindex(neg(rest), {axis: inner}))), names), solves=True)
    return Found(chain, reindex(slope, onto), (row, col))


def _along(slope: Node, axis: Index, other: Index) -> Node | None:
    """H of δ_kl H_ij, where every term has the δ."""
    terms = []
    for term in slope.args if isinstance(slope, Add) else (slope,):
        parts = list(term.args) if isinstance(term, Mul) else [term]
        equal = next((p for p in parts if isinstance(p, Delta) and {p.left, p.right} == {axis, other}), None)
        if equal is None:
            return None
        left = mul(*(p for p in parts if p is not equal))
        if other in free_indices(left):
            left = reindex(left, {other: axis})
        terms.append(left)
    return add(*terms)


def entrywise(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """Each entry of the gradient holds its own entry of the unknown only."""
    mine = [n for n in walk(body) if isinstance(n, Elem) and n.name == unknown.name]
    if not mine or any(n.at != axes for n in mine):
        return None
    u = Elem(unknown.name, axes)
    chain = Chain(names, axes, u)
    thresholded = _soft_threshold(names, body, u)
    if thresholded is not None:
        value, slope, gamma = thresholded
        chain.to("soft threshold: the zero of a u + γ sign(u) - c", neat(value, names), solves=True)
        return Found(chain, slope, also=(gamma,))
    solved = _two_powers(names, body, u, positive(u, names))
    if solved is None:
        return None
    value, slope = solved
    chain.to("solve for the zero of the gradient", neat(value, names), solves=True)
    multiplier: Multiplier | None = None
    if unknown.domain.structure == "simplex" and (multiplier := _multiplier(names, chain.node, axes)) is not None:
        name, factor_of = multiplier
        solved_for = neat(put_in(chain.node, name, factor_of), names)
        chain.to(f"the multiplier `{name}` from the constraint: the entries sum to 1", solved_for, solves=True)
        slope = put_in(slope, name, factor_of)
    return Found(chain, slope, multiplier=multiplier)


def by_power(names: Names, body: Node, u: Elem) -> dict[Fraction, list[Node]] | None:
    """The terms of Σ c uᵉ by their exponents; None where u stands anywhere else."""
    found: dict[Fraction, list[Node]] = {}
    for term in body.args if isinstance(body, Add) else (body,):
        coefficient, powers = monomial(term)
        _, exponent = powers.pop(key(u), (u, ZERO))
        left = mul(Num(coefficient), *(power(b, e) for b, e in powers.values()))
        if not isinstance(exponent, Num) or u.name in names_in(left):
            return None
        found.setdefault(exponent.value, []).append(left)
    return found


def _two_powers(names: Names, body: Node, u: Elem, is_positive: bool) -> tuple[Node, Node] | None:
    """(u, what has to be positive for c₁ uᵖ + c₂ uᵠ = uᵖ (c₁ + c₂ uᵠ⁻ᵖ) to go from - to + at u)."""
    rows = by_power(names, body, u)
    if rows is None or len(rows) != 2:
        return None
    low, high = sorted(rows)
    if not is_positive and (high - low != 1 or low > 0 or low.denominator > 1):  # else u = 0 is another zero
        return None
    above = tidy(_sum(rows[high]), names)
    value = power(neat(ratio(tidy(neg(_sum(rows[low])), names), above, names), names), Num(1 / (high - low)))
    return value, above if is_positive or low % 2 == 0 else mul(above, value)


def _sum(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def _soft_threshold(names: Names, body: Node, u: Elem) -> tuple[Node, Node, Node] | None:
    """The zero of a u + γ sign(u) - c, with a and γ."""
    sign = call("sign", u)
    signed, plain = [], []
    for term in body.args if isinstance(body, Add) else (body,):
        coefficient, powers = monomial(term)
        if key(sign) in powers:
            _, exponent = powers.pop(key(sign))
            if exponent != ONE:
                return None
            signed.append(mul(Num(coefficient), *(power(b, e) for b, e in powers.values())))
        else:
            plain.append(term)
    if not signed or not plain or u.name in names_in(gamma := tidy(_sum(signed), names)):
        return None
    rows = by_power(names, _sum(plain), u)
    if rows is None or not set(rows) <= {Fraction(0), Fraction(1)} or Fraction(1) not in rows:
        return None
    a, c = tidy(_sum(rows[Fraction(1)]), names), tidy(neg(add(*rows.get(Fraction(0), []))), names)
    if isinstance(a, Num) and a.value > 0:
        c, level, below = tidy(div(c, a), names), tidy(div(gamma, a), names), ONE
    else:
        level, below = gamma, a
    return div(mul(call("sign", c), call("max", sub(call("abs", c), level), ZERO)), below), a, gamma


def _multiplier(names: Names, solution: Node, axes: tuple[Index, ...]) -> Multiplier | None:
    """The scalar that the solution still holds, from Σ_k u_k = 1."""
    scalars = [n for n in sorted(names_in(solution)) if n in names and names[n].role == "input" and not names[n].sizes]
    for name in scalars:
        constraint = tidy(sub(total((axes[-1],), solution), ONE), names)
        value = _two_powers(names, constraint, Elem(name), False)
        if value is not None:
            return name, neat(reindex(value[0], {}), names)
    return None


def ratio(above: Node, below: Node, names: Names) -> Node:
    """A quotient, both turned where most terms below have a minus."""
    terms = terms_of(expand(below, names))
    if 2 * sum(split_coefficient(t)[0] < 0 for t in terms) > len(terms):
        above, below = expand(neg(above), names), expand(neg(below), names)
    return div(above, below)


def _numeral(matrix: Node) -> Fraction:
    """The number that all terms share: 2 of 2 S + 4 I, ½ of ½ S + ½ I, none of S + ½ I."""
    numbers = [split_coefficient(t)[0] for t in terms_of(matrix)]
    below = {c.denominator for c in numbers}
    return Fraction(gcd(*(c.numerator for c in numbers)), below.pop()) if len(below) == 1 else Fraction(1)


def _common(rest: Node, names: Names) -> Node:
    """The scalar factor of the constant part: 1/σ² of -(1/σ²) Xᵀy, the numeral that all terms of a sum have; no
    multiplier of ours."""
    if is_zero(rest):
        return ONE
    if isinstance(rest, Add):
        numerals = {abs(split_coefficient(t)[0]) for t in rest.args}
        return Num(numerals.pop()) if len(numerals) == 1 else ONE
    coefficient, powers = monomial(rest)
    scalars: list[Node] = [Num(abs(coefficient))]
    for base, exponent in powers.values():
        if isinstance(base, SizeVal) or (isinstance(base, Elem) and not base.at and names[base.name].known):
            scalars.append(power(base, exponent))
    return mul(*scalars)
