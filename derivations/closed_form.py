"""Stationary points that have a closed form, and what they are.

    linear        g_j(b) = Σ_k H_jk b_k + c_j = 0, H free of b             ⇒  b = -H⁻¹ c, where H is invertible; for a
                                                                           matrix B row by row
    two powers    c₁ uᵖ + c₂ uᵠ = 0 entry by entry, p < q                   ⇒  u = (-c₁/c₂)^(1/(q-p)), u > 0 or q - p
                                                                            = 1
    soft threshold  a u + γ sign(u) - c = 0 entry by entry, a, γ > 0        ⇒  u = sign(c) max(|c| - γ, 0)/a
    multiplier    a solution on the simplex that still holds a scalar λ with ∂J/∂λ = Σ_k u_k - 1: λ follows from Σ_k
                  u_k = 1

A common factor of H and c is divided out first, so that ridge regression reads (XᵀX + (σ²/η²) I)⁻¹ Xᵀy.

The point is the minimum where H, or the coefficient of the higher power, is positive; where neither sign is shown, the
sign is the condition. A maximum is no minimum, a point outside of the domain none at all: they are refused, and named.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derivations.adjoint import Chain, axes_for
from derivations.calculus import is_zero, partial
from derivations.definite import definite
from derivations.derivation import Lemma
from derivations.domains import Declared, Names
from derivations.folding.facts import facts_of
from derivations.folding.fold import fold, inline
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Call,
    Cases,
    Delta,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
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
    sub,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.model import depends
from derivations.notation import write
from derivations.sendable import Sendable
from derivations.show_that.same import identity
from derivations.signs import nonnegative, positive
from derivations.simplify.monomials import monomial
from derivations.simplify.shapes import expand, factor, neat
from derivations.simplify.tidy import tidy


class NoClosedForm(Sendable, ValueError):
    """There is no such point, or none by these rules. `equation` is the left side of the stationarity equation;
    `shown`: whether the equation is what is left to solve."""

    def __init__(self, message: str, equation: Formula, shown: bool = False):
        super().__init__(message)
        self.equation, self.shown = equation, shown


@frozen
class Found:
    """A solution in the making: its steps, and what has to be positive for a minimum: a coefficient, or a matrix (row,
    column)."""

    chain: Chain
    slope: Node
    matrix: tuple[Index, Index] | None = None
    multiplier: Multiplier | None = None
    also: tuple[Node, ...] = ()
    """What has to be at least 0 besides."""


@frozen
class Point:
    """The stationary point as a lemma, the equation that it solves (a multiplier in it put in), and whether it is shown
    to be the one asked for."""

    lemma: Lemma
    equation: Formula
    told: bool


Multiplier = tuple[str, Node]


def stationary(names: Names, gradient: Formula, unknown: Declared, wanted: str = "minimum") -> Point:
    """The unknown where the gradient vanishes and the function is least (`minimum`) or largest (`maximum`).

    `gradient` has the axes of the unknown. Nodes that depend on the unknown are unfolded first. Raises `NoClosedForm`
    where no rule applies, the point lies outside of the domain, or it is the other extremum.
    """
    hidden = frozenset(
        r.name
        for r in names.values()
        if r.role == "node" and r.definition is not None and depends(names, r.definition.body, unknown.name)
    )
    body = expand(inline(gradient.body, names, hidden), names)
    body = _regrouped(names, body, gradient.axes, unknown)
    if unknown.domain.integer:
        raise NoClosedForm(
            f"{unknown.name} takes whole numbers only: where its derivative vanishes decides nothing", gradient
        )
    if unknown.name not in names_in(body):
        zero = "it is 0 everywhere" if is_zero(body) else "there is no stationary point where it is not 0"
        raise NoClosedForm(
            f"the gradient does not depend on {unknown.name}, in which the function is linear: {zero}", gradient
        )
    found = _entrywise(names, body, gradient.axes, unknown) or _linear(names, body, gradient.axes, unknown)
    if found is None:
        raise NoClosedForm(
            f"no closed form by these rules: {_why_not(body, unknown)}; its zeros solve the equation gradient = 0",
            gradient,
            True,
        )
    return _judged(names, found, gradient, unknown, wanted)


def _why_not(body: Node, unknown: Declared) -> str:
    slope = partial(body, Elem(unknown.name, tuple(Index("s", s) for s in unknown.sizes)))
    if _functions_of(body, unknown) or unknown.name in names_in(slope):
        return f"the gradient is not linear in {unknown.name}"
    return (
        f"the gradient is linear in {unknown.name}, but its coefficient is no matrix on one side of it that could "
        "be inverted"
    )


def _functions_of(body: Node, unknown: Declared) -> bool:
    return any(isinstance(n, Call | Cases) and unknown.name in names_in(n) for n in walk(body))


# ---------------------------------------------------------------- minimum, maximum, inside the domain


def _judged(names: Names, found: Found, gradient: Formula, unknown: Declared, wanted: str) -> Point:
    solution = replace(gradient, body=found.chain.node)
    needs = [*_inside(names, solution, gradient, unknown), *(_required(a, names, ">=") for a in found.also)]
    other = {"minimum": "maximum", "maximum": "minimum"}[wanted]
    slope = found.slope if wanted == "minimum" else neg(found.slope)
    said, told = f"it is the {wanted}", True
    curved: Rel | None = None
    if found.matrix is None:
        curved = _required(slope, names, ">")
    else:
        row, col = found.matrix
        front, rest = _scalars(slope, (row, col), names)
        if definite(rest, row, col, names) is not None:
            curved = _required(front, names, ">")
        elif definite(neg(rest), row, col, names) is not None:
            curved = _required(neg(front), names, ">")
        else:
            said, told = f"it is a stationary point: whether it is the {wanted} is not told", False
        said = f"the matrix to be inverted is invertible; {said}"
    if NEVER in needs:
        raise NoClosedForm("the sign of a kink is not that of a " + wanted, gradient)
    if curved == NEVER or any(n is not None and curved is not None and _against(n, curved) for n in needs):
        raise NoClosedForm(
            (
                f"the gradient vanishes only at {_written(unknown, solution)}, and that is the {other}: there is "
                f"no {wanted}"
            ),
            gradient,
        )
    axes = solution.axes
    requires = tuple({key(n): n for n in (*needs, curved) if n is not None}.values())
    lemma = Lemma(
        f"arg{wanted[:3]} {unknown.name}",
        tuple(found.chain.steps),
        condition=said,
        requires=tuple(Formula(r, (), axes, names=names) for r in requires),
    )
    equation = (
        gradient if found.multiplier is None else replace(gradient, body=_put_in(gradient.body, *found.multiplier))
    )
    return Point(lemma, equation, told)


NEVER = Rel("<", ZERO, ZERO)
"""The condition that nothing meets."""


def _against(one: Rel, other: Rel) -> bool:
    """a > 0 against a < 0."""
    return {one.op[0], other.op[0]} == {"<", ">"} and key(one.left) == key(other.left)


def _required(node: Node, names: Names, op: str) -> Rel | None:
    """The condition that is left of `node > 0` or `node ≥ 0`: None where it is shown, `NEVER` where it cannot be."""
    tree = factor(tidy(node, names), names)
    if positive(tree, names) or (op == ">=" and nonnegative(tree, names)):
        return None
    opposite = tidy(neg(tree), names)
    if positive(opposite, names) or (op == ">" and (is_zero(tree) or nonnegative(opposite, names))):
        return NEVER
    sign, left = 1, []
    for part in tree.args if isinstance(tree, Mul) else (tree,):
        if isinstance(part, Num):
            sign = -sign if part.value < 0 else sign
            continue
        base, e = (
            (part.base, part.exponent.value)
            if isinstance(part, Pow) and isinstance(part.exponent, Num)
            else (part, Fraction(1))
        )
        if (
            positive(part, names)
            or (op == ">=" and nonnegative(part, names))
            or (e < 0 and e.denominator == 1 and e.numerator % 2 == 0)
        ):
            continue
        left.append(base if e.denominator % 2 == 0 or e.numerator % 2 else part)
    rest = mul(*left)
    if sign < 0 and isinstance(rest, Add):
        rest, sign = tidy(neg(rest), names), 1
    return Rel(op if sign > 0 else {">": "<", ">=": "<="}[op], rest, ZERO)


def _scalars(slope: Node, at: tuple[Index, Index], names: Names) -> tuple[Node, Node]:
    """A matrix as (scalar factor, the rest)."""
    tree = factor(expand(slope, names), names)
    parts = tree.args if isinstance(tree, Mul) else (tree,)
    front = [p for p in parts if not free_indices(p) & set(at) and not (isinstance(p, Num) and p.value > 0)]
    return mul(*front), mul(*(p for p in parts if p not in front))


def _inside(names: Names, solution: Formula, gradient: Formula, unknown: Declared) -> list[Rel | None]:
    """What has to hold for the solution to lie in the domain of the unknown."""
    domain, body = unknown.domain, solution.body
    if domain.structure == "simplex":
        if not is_zero(tidy(sub(total(solution.axes[-1:], body), ONE), names)) and not _sums_to_one(names, solution):
            raise NoClosedForm(
                (
                    f"{unknown.name} lies on the simplex, {_written(unknown, solution)} does not: add lambda (sum "
                    "of its entries - 1) with lambda: real to the function"
                ),
                gradient,
            )
        return [_required(body, names, ">")]
    if domain.structure == "symmetric":
        i, j = solution.axes
        if identity(reindex(body, {i: j, j: i}), names) != identity(body, names):
            raise NoClosedForm(f"{unknown.name} is symmetric, {_written(unknown, solution)} is not", gradient)
    elif domain.structure != "plain":
        raise NoClosedForm(
            (
                f"no closed form by these rules: {unknown.name} is declared {domain.name}, and the zero of the "
                "gradient may lie outside"
            ),
            gradient,
            True,
        )
    needs: list[Rel | None] = []
    if domain.low is not None:
        needs.append(_required(sub(body, Num(domain.low)), names, ">" if domain.open_low else ">="))
    if domain.high is not None:
        needs.append(_required(sub(Num(domain.high), body), names, ">" if domain.open_high else ">="))
    if NEVER in needs:
        raise NoClosedForm(
            (
                f"the gradient vanishes only at {_written(unknown, solution)}, outside of the domain: "
                f"{unknown.name} is {domain.meaning}"
            ),
            gradient,
        )
    return needs


def _sums_to_one(names: Names, solution: Formula) -> bool:
    from derivations.normal_form import prove_equal  # late: only points of a simplex need it

    one = Formula(total(solution.axes[-1:], solution.body), solution.axes[:-1], names=names)
    return bool(prove_equal(one, replace(one, body=ONE)))


def _written(unknown: Declared, solution: Formula) -> str:
    left = Formula(Elem(unknown.name, solution.axes), (), solution.axes, names=solution.names)
    return f"{write(left, 'ascii', 'index')} = {write(replace(left, body=solution.body), 'ascii', 'index')}"


# ---------------------------------------------------------------- the rules


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


def _linear(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """b = -H⁻¹ c; of a matrix, B = -H⁻¹ C where the coefficient acts on its rows alone, -C H⁻¹ where on its columns."""
    if len(unknown.sizes) > 2 or _functions_of(body, unknown):
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
    common = _common(rest, axes)
    if all(
        isinstance(t, Mul) and isinstance(t.args[0], Num) and t.args[0].value < 0
        for t in (slope.args if isinstance(slope, Add) else (slope,))
    ):
        common = neg(common)
    divided, rest = neat(expand(div(slope, common), names), names), neat(expand(div(rest, common), names), names)
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


def _entrywise(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
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
        put_in = neat(_put_in(chain.node, name, factor_of), names)
        chain.to(f"the multiplier `{name}` from the constraint: the entries sum to 1", put_in, solves=True)
        slope = _put_in(slope, name, factor_of)
    return Found(chain, slope, multiplier=multiplier)


def _by_power(names: Names, body: Node, u: Elem) -> dict[Fraction, list[Node]] | None:
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
    rows = _by_power(names, body, u)
    if rows is None or len(rows) != 2:
        return None
    low, high = sorted(rows)
    if not is_positive and (high - low != 1 or low > 0 or low.denominator > 1):  # else u = 0 is another zero
        return None
    above = tidy(_sum(rows[high]), names)
    value = power(neat(neg(div(tidy(_sum(rows[low]), names), above)), names), Num(1 / (high - low)))
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
    rows = _by_power(names, _sum(plain), u)
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
