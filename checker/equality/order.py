"""Two formulas with as many entries along every axis, one of which counts them in another order: vec(X) and vec(Xᵀ).

They differ where an entry does. Places are compared by their number along an axis, at sizes that are all different, and
what floats find counts where balls agree. No proof is tried: what is not told apart is undecided.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from checker.equality.align import Aligned
from checker.equality.counterexample import describe
from checker.equality.echo import echo
from checker.equality.sample import TOLERANCE
from checker.verdict import Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.evaluate import balls, floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.draw import DrawError, draw, symbolic_sizes
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.formula import Formula, IndexExpr, instantiate, show_shape, value_of

POINTS = 8
LOOKED_AT = 10
"""Places at which balls look."""

SAID = "the entries are counted in another order: the axes are {} here and {} in what is asked"


def in_other_order(student: Formula, truth: Formula, names: Names, seed: int) -> Verdict:
    """`different` with a place where the two differ, else `undecided`."""
    said = echo(student, truth)
    message = SAID.format(show_shape(student.shape), show_shape(truth.shape))
    for first in (2, 3):
        sizes = {size: first + k for k, size in enumerate(symbolic_sizes(names))}
        try:
            assignment = draw(names, sizes, POINTS, seed)
            values = [_counted(f, assignment) for f in (student, truth)]
        except (DrawError, Unevaluable, TooMuchWork, ValueError):
            continue
        (s, es), (t, et) = values
        with np.errstate(all="ignore"):
            apart = np.argwhere(np.isfinite(s - t) & (np.abs(s - t) > TOLERANCE * (es + et)))
        for point, *entry in apart[:LOOKED_AT]:
            pair = Aligned(*(_at(f, tuple(map(int, entry)), assignment) for f in (student, truth)))
            found = (assignment, int(point), ())
            outcome = balls.compare_at(pair.student, pair.truth, assignment.sizes, assignment.at(int(point)))
            if outcome.kind == "different":
                shown = describe(pair, found, outcome, names)
                return replace(
                    said,
                    status="different",
                    diagnosis=Diagnosis("order", message),
                    evidence=Evidence(counterexample=shown),
                )
    return replace(said, findings=(Finding("order", f"{message}; no point tells the two apart"),))


def _lengths(formula: Formula, assignment: Assignment) -> list[list[int]]:
    """How many entries the indices of each slot have."""
    groups = [*((i,) for i in formula.free), *formula.groups]
    return [[value_of(i.size, assignment.sizes) for i in group] for group in groups]


def _counted(formula: Formula, assignment: Assignment) -> list[np.ndarray]:
    """Values and their scale with one axis for each slot of the formula; those of one entry at the end left out."""
    lengths = [prod(group) for group in _lengths(formula, assignment)]
    while lengths and lengths[-1] == 1:
        lengths.pop()
    return [a.reshape(-1, *lengths) for a in floats.evaluate_with_scale(formula, assignment)]


def _at(formula: Formula, entry: tuple[int, ...], assignment: Assignment) -> Formula:
    """The entry at places that are counted along each slot from 0."""
    lengths = _lengths(formula, assignment)
    places = (*entry, *[0] * (len(lengths) - len(entry)))
    at: list[IndexExpr] = [
        int(k) + 1 for place, group in zip(places, lengths, strict=True) for k in np.unravel_index(place, group)
    ]
    return replace(formula, body=instantiate(formula, tuple(at)), axes=(), free=(), joint=(), kron=None)
