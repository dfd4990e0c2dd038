"""What has to hold for a solution to lie in the domain of the unknown, and to be the extremum that is asked for."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derivations.calculus import is_zero
from derivations.closed_form.values import NoClosedForm
from derivations.domains import Declared, Names
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Elem,
    Formula,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    key,
    mul,
    neg,
    power,
    reindex,
    sub,
    total,
)
from derivations.notation import write
from derivations.signs import nonnegative, positive
from derivations.simplify.monomials import monomial
from derivations.simplify.same import identity
from derivations.simplify.shapes import expand, factor
from derivations.simplify.tidy import tidy

NEVER = Rel("<", ZERO, ZERO)
"""The condition that nothing meets."""


def against(one: Rel, other: Rel) -> bool:
    """a > 0 against a < 0."""
    return {one.op[0], other.op[0]} == {"<", ">"} and key(one.left) == key(other.left)


def required(node: Node, names: Names, op: str) -> Rel | None:
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
    rest = mul(*(expand(part, names) if isinstance(part, Add) else part for part in left))
    if sign < 0 and isinstance(rest, Add):
        rest, sign = expand(neg(rest), names), 1
    return Rel(op if sign > 0 else {">": "<", ">=": "<="}[op], rest, ZERO)


def inside_needs(names: Names, solution: Formula, gradient: Formula, unknown: Declared) -> list[Rel | None]:
    """What has to hold for the solution to lie in the domain of the unknown."""
    domain, body = unknown.domain, solution.body
    if domain.structure == "simplex":
        if not is_zero(tidy(sub(total(solution.axes[-1:], body), ONE), names)) and not _sums_to_one(names, solution):
            raise NoClosedForm(
                (
                    f"{unknown.name} lies on the simplex, {written(unknown, solution)} does not: add lambda (sum "
                    "of its entries - 1) with lambda: real to the function"
                ),
                gradient,
            )
        return [required(body, names, ">")]
    if domain.structure == "symmetric":
        i, j = solution.axes
        if identity(reindex(body, {i: j, j: i}), names) != identity(body, names):
            raise NoClosedForm(f"{unknown.name} is symmetric, {written(unknown, solution)} is not", gradient)
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
    above, below = _fraction(body, names)
    if domain.low is not None:
        over = expand(sub(above, mul(Num(domain.low), below)), names) if domain.low else body
        needs.append(required(over, names, ">" if domain.open_low else ">="))
    if domain.high is not None:
        under = expand(sub(mul(Num(domain.high), below), above), names)
        needs.append(required(under, names, ">" if domain.open_high else ">="))
    if NEVER in needs:
        raise NoClosedForm(
            (
                f"the gradient vanishes only at {written(unknown, solution)}, outside of the domain: "
                f"{unknown.name} is {domain.meaning}"
            ),
            gradient,
        )
    return needs


def _fraction(body: Node, names: Names) -> tuple[Node, Node]:
    """Numerator and denominator, where the denominator is positive; else the whole over 1."""
    coefficient, powers = monomial(body)
    lower = [power(b, neg(e)) for b, e in powers.values() if isinstance(e, Num) and e.value < 0]
    upper = [power(b, e) for b, e in powers.values() if not (isinstance(e, Num) and e.value < 0)]
    if not all(positive(b, names) for b in lower):
        return body, ONE
    return mul(Num(Fraction(coefficient.numerator)), *upper), mul(Num(Fraction(coefficient.denominator)), *lower)


def _sums_to_one(names: Names, solution: Formula) -> bool:
    from derivations.normal_form import prove_equal  # late: only points of a simplex need it

    one = Formula(total(solution.axes[-1:], solution.body), solution.axes[:-1], names=names)
    return bool(prove_equal(one, replace(one, body=ONE)))


def written(unknown: Declared, solution: Formula) -> str:
    left = Formula(Elem(unknown.name, solution.axes), (), solution.axes, names=solution.names)
    return f"{write(left, 'ascii', 'index')} = {write(replace(left, body=solution.body), 'ascii', 'index')}"
