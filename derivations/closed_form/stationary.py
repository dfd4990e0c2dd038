"""Stationary points that have a closed form, and what they are.

The gradient is set to 0 and solved (`rules`); the point has to lie in the domain (`inside`). It is the minimum where
the coefficient of the linear rule, or of the higher power, is positive; where neither sign is shown, the sign is the
condition. A maximum is no minimum, a point outside of the domain none at all: they are refused, and named.
"""

from __future__ import annotations

from dataclasses import replace

from derivations.calculus import is_zero, partial
from derivations.closed_form.inside import NEVER, against, inside_needs, required, written
from derivations.closed_form.inverses import behind_front, with_inverse
from derivations.closed_form.rational import fractions
from derivations.closed_form.rules import entrywise, functions_of, linear, put_in, regrouped
from derivations.closed_form.simplex import along_simplex, on_simplex
from derivations.closed_form.values import Found, NoClosedForm, Point
from derivations.definite import definite
from derivations.derivation import Lemma
from derivations.domains import Declared, Names
from derivations.folding.fold import inline
from derivations.formula import (
    Elem,
    Formula,
    Index,
    Mul,
    Node,
    Num,
    Rel,
    free_indices,
    key,
    mul,
    names_in,
    neg,
)
from derivations.model import depends
from derivations.simplify.same import alike_joined
from derivations.simplify.shapes import expand, factor
from derivations.simplify.tidy import tidy


def stationary(names: Names, gradient: Formula, unknown: Declared, wanted: str = "minimum") -> Point:
    """The unknown where the gradient vanishes and the function is least (`minimum`) or largest (`maximum`).

    `gradient` has the axes of the unknown. Nodes that depend on the unknown are unfolded first. Raises `NoClosedForm`
    where no rule applies, the point lies outside of the domain, or it is the other extremum.
    """
    below = [r for r in names.values() if r.role == "node" and depends(names, r.uses(), unknown.name)]
    for row in below:
        if row.recursion is not None and depends(names, names_in(gradient.body), row.name):
            raise NoClosedForm(f"the unknown enters the recursion of {row.name}", gradient)
    hidden = frozenset(r.name for r in below)
    whole = inline(gradient.body, names, hidden)
    body = alike_joined(expand(whole, names), names)
    body = regrouped(names, body, gradient.axes, unknown)
    if unknown.domain.integer:
        raise NoClosedForm(
            f"{unknown.name} takes whole numbers only: where its derivative vanishes decides nothing", gradient
        )
    if unknown.name not in names_in(body):
        zero = "it is 0 everywhere" if is_zero(body) else "there is no stationary point where it is not 0"
        raise NoClosedForm(
            f"the gradient does not depend on {unknown.name}, in which the function is linear: {zero}", gradient
        )
    rules = (behind_front, entrywise, on_simplex, fractions, linear)
    expanded = (rule(names, body, gradient.axes, unknown) for rule in rules)
    found = next((f for f in expanded if f is not None), None)
    found = found or with_inverse(names, tidy(whole, names), gradient.axes, unknown)
    if found is None:
        raise NoClosedForm(
            f"no closed form by these rules: {_why_not(body, unknown)}; its zeros solve the equation gradient = 0",
            gradient,
            True,
        )
    return _judged(names, found, gradient, unknown, wanted)


def _why_not(body: Node, unknown: Declared) -> str:
    slope = partial(body, Elem(unknown.name, tuple(Index("s", s) for s in unknown.sizes)))
    if functions_of(body, unknown) or unknown.name in names_in(slope):
        return f"the gradient is not linear in {unknown.name}"
    return (
        f"the gradient is linear in {unknown.name}, but its coefficient is no matrix on one side of it that could "
        "be inverted"
    )


def _judged(names: Names, found: Found, gradient: Formula, unknown: Declared, wanted: str) -> Point:
    solution = replace(gradient, body=found.chain.node)
    inside = [] if found.within else inside_needs(names, solution, gradient, unknown)
    needs = [*inside, *(required(a, names, ">=") for a in found.also)]
    other = {"minimum": "maximum", "maximum": "minimum"}[wanted]
    slope = found.slope if wanted == "minimum" else neg(found.slope)
    said, told = f"it is the {wanted}", True
    curved: Rel | None = None
    if found.matrix is None:
        curved = required(slope, names, ">")
    else:
        row, col = found.matrix
        front, rest = _scalars(slope, (row, col), names)
        if definite(rest, row, col, names) is not None:
            curved = required(front, names, ">")
        elif definite(neg(rest), row, col, names) is not None:
            curved = required(neg(front), names, ">")
        else:
            said, told = f"it is a stationary point: whether it is the {wanted} is not told", False
        said = f"the matrix to be inverted is invertible; {said}"
    if found.within:
        said = f"{found.within}; {said}"
    if NEVER in needs:
        raise NoClosedForm("the sign of a kink is not that of a " + wanted, gradient)
    if curved == NEVER or any(n is not None and curved is not None and against(n, curved) for n in needs):
        raise NoClosedForm(
            (
                f"the gradient vanishes only at {written(unknown, solution)}, and that is the {other}: there is "
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
    equation = gradient
    if found.multiplier is not None:
        equation = replace(gradient, body=put_in(gradient.body, *found.multiplier))
    elif found.constrained:
        equation = along_simplex(gradient, unknown)
    return Point(lemma, equation, told)


def _scalars(slope: Node, at: tuple[Index, Index], names: Names) -> tuple[Node, Node]:
    """A matrix as (scalar factor, the rest)."""
    tree = factor(expand(slope, names), names)
    parts = tree.args if isinstance(tree, Mul) else (tree,)
    front = [p for p in parts if not free_indices(p) & set(at) and not (isinstance(p, Num) and p.value > 0)]
    return mul(*front), mul(*(p for p in parts if p not in front))
