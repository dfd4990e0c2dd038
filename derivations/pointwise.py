"""Whether a form has a value wherever the one that it came from has: at zeros and equal entries too, which no draw
meets by chance.

A rewriting may lose points of measure zero: x̂ = y/γ has no value at γ = 0. What a form divides by, and what stands
under its roots and logarithms, is shown in range by the signs of its parts (`signs`); what is not is evaluated, and the
other form beside it, where inputs are 0, 1, equal, and where it vanishes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from derivations.atoms import ATOMS, opened
from derivations.domains import Names
from derivations.evaluate import draw, floats, steer
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.entries import DrawError
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.formula import (
    ZERO,
    And,
    Call,
    Elem,
    Formula,
    MatrixAtom,
    Node,
    Num,
    Pow,
    Rel,
    key,
    sub,
    walk,
)
from derivations.signs import defined, nonnegative, nonzero, positive

POINTS = 4
"""Drawn points at which the other inputs stand while some are special."""
BUDGET = 2_000
"""Points tried to make one denominator vanish."""


def _ends(fn: str, args: tuple[Node, ...], names: Names) -> Iterator[Node]:
    """What vanishes where the domain of a function ends, unless it is shown not to."""
    needed = ATOMS[fn].defined
    if needed is not None:
        condition = needed(*args)
        for part in condition.args if isinstance(condition, And) else (condition,):
            if isinstance(part, Rel) and part.op in _SHOWN:
                gap = sub(part.left, part.right)
                if not _SHOWN[part.op](gap, names):
                    yield gap


_SHOWN: Mapping[str, Callable[[Node, Names], bool]] = {">": positive, ">=": nonnegative, "!=": nonzero}


def hazards(node: Node, names: Names) -> dict[object, Node]:
    """What is divided by, or stands under a root or logarithm, and is not shown in range; definitions of nodes
    included."""
    found: dict[object, Node] = {}
    seen: set[str] = set()
    pending = [node]
    while pending:
        for part in walk(opened(pending.pop())):
            if isinstance(part, Elem):
                row = names.get(part.name)
                if row is not None and row.equation is not None and part.name not in seen:
                    seen.add(part.name)
                    pending.append(row.equation.body)
                continue
            for edge in _edges(part, names):
                found.setdefault(key(edge), edge)
    return found


def _edges(node: Node, names: Names) -> Iterator[Node]:
    match node:
        case Pow(base, Num(e)):
            if (e < 0 and not nonzero(base, names)) or (
                e.denominator % 2 == 0 and not (nonnegative(base, names) or positive(base, names))
            ):
                yield base
        case Pow(base, _) if not positive(base, names):
            yield base
        case Call(fn, args):
            yield from _ends(fn, args, names)
        case MatrixAtom("inv" | "logdet", row, col, body) if not defined(node, names):
            yield MatrixAtom("det", row, col, body)


def covers(form: Formula, reference: Formula, *, all_hazards: bool = False) -> bool:
    """Whether a form has a value wherever the reference has; both have the same axes, each its own names.

    Evaluated only where the form divides by something that the reference does not, or, with `all_hazards`, by anything
    not shown nonzero.
    """
    names: Names = form.names
    edges = hazards(form.body, names)
    if not all_hazards and edges:
        known = hazards(reference.body, reference.names)
        edges = {k: edge for k, edge in edges.items() if k not in known}
    if not edges:
        return True
    try:
        return all(_covers(form, reference, points) for points in _points(names, edges))
    except (Unevaluable, TooMuchWork, DrawError):
        return True


def _points(names: Names, edges: Mapping[object, Node]) -> Iterator[Assignment]:
    base = draw.assignments(names, points=POINTS)[0]
    special = steer.special(names, base)
    yield special
    for edge in edges.values():
        vanishes = steer.Relations([Rel("==", edge, ZERO)], names)
        if any((values == 1).any() for _, values in vanishes.holding(special)):
            continue
        yield from steer.steer(vanishes, [base], BUDGET).extra


def _covers(form: Formula, reference: Formula, points: Assignment) -> bool:
    with np.errstate(all="ignore"):
        wanted = np.isfinite(floats.evaluate(reference, points))
        return not wanted.any() or bool(np.isfinite(floats.evaluate(form, _fresh(points)))[wanted].all())


def _fresh(points: Assignment) -> Assignment:
    """The points without the values of nodes: the two forms may have nodes of the same name with other definitions."""
    return Assignment(points.sizes, points.values, points.points, points.names, points.ratios)
