"""Equality up to what does not matter: a constant term, a positive or non-zero factor, a monotone map; by sampling.

A constant is what does not depend on the variables in question (all drawn names where none are given).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from checker.diagnosis.fingerprint import SEED
from checker.verdict import Evidence, Verdict
from derivations.domains import Names
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.program import Unevaluable
from derivations.formula import Formula

POINTS, SHIFTS, CLOSE = 48, 3, 1e-7


def up_to_verdict(
    student: Formula, truth: Formula, names: Names, relation: str, over: Collection[str] = ()
) -> Verdict | None:
    """`equal` by sampling up to the relation (constant, positive_factor, nonzero_factor), None where it is not."""
    if student.shape != truth.shape or len(student.free) != len(truth.free):
        return None
    if not same_up_to(student, truth, names, relation, over):
        return None
    sizes = tuple(a.sizes for a in _assignments(names))
    return Verdict("equal", None, Evidence("agrees", sizes, POINTS * (SHIFTS + 1)))


def same_up_to(a: Formula, b: Formula, names: Names, relation: str, over: Collection[str] = ()) -> bool:
    """Whether a - b, or a/b, does not change with the variables (relation `constant`, `positive_factor`,
    `nonzero_factor`, `monotone`)."""
    for first, others in _families(names, over):
        x, y = _value(a, first), _value(b, first)
        if x is None or y is None or x.shape != y.shape:
            return False
        for other in others:
            u, v = _value(a, other), _value(b, other)
            if u is None or v is None or not _kept(x, y, u, v, relation):
                return False
    return True


def _kept(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray, relation: str) -> bool:
    """Whether the relation of x to y is that of u to v, at every point where all are finite."""
    seen = np.isfinite(x) & np.isfinite(y) & np.isfinite(u) & np.isfinite(v)
    if seen.sum() < 3:
        return False
    x, y, u, v = x[seen], y[seen], u[seen], v[seen]
    size = np.maximum.reduce([np.abs(x), np.abs(y), np.abs(u), np.abs(v)]) + 1e-300
    if relation == "constant":
        return bool(np.all(np.abs((x - y) - (u - v)) <= CLOSE * size))
    if relation == "monotone":
        first, second = (
            np.sign(np.where(np.abs(x - u) <= CLOSE * size, 0, x - u)),
            np.sign(np.where(np.abs(y - v) <= CLOSE * size, 0, y - v)),
        )
        clear = (first != 0) & (second != 0)
        return bool(clear.any() and np.all(first[clear] == second[clear]))
    if np.any((x == 0) != (y == 0)):
        return False
    if relation == "positive_factor" and not np.all(np.sign(x) * np.sign(y) >= 0):
        return False
    x, u = _scaled(x, u)
    y, v = _scaled(y, v)
    return bool(np.all(np.abs(x * v - u * y) <= CLOSE * np.maximum(np.abs(x * v), np.abs(u * y)) + 1e-300))


def _scaled(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both over the larger of the two, so that their products with others stay finite."""
    size = np.maximum(np.abs(a), np.abs(b))
    size = np.where(size == 0, 1.0, size)
    return a / size, b / size


def _assignments(names: Names) -> list[Assignment]:
    return draw.assignments(names, SEED + 1, points=POINTS, count=2)


def _families(names: Names, over: Collection[str]) -> Iterator[tuple[Assignment, list[Assignment]]]:
    """An assignment, and the same with only the variables drawn again (everything, where none are given)."""
    for assignment in _assignments(names):
        moving = [r.name for r in names.inputs() if not over or r.name in over]
        others = []
        for k in range(1, SHIFTS + 1):
            values = {n: np.roll(v, k, axis=0) if n in moving else v for n, v in assignment.values.items()}
            ratios = {
                n: (np.roll(p, k, axis=0), np.roll(q, k, axis=0)) if n in moving else (p, q)
                for n, (p, q) in assignment.ratios.items()
            }
            others.append(Assignment(assignment.sizes, values, assignment.points, assignment.names, ratios))
        yield assignment, others


def _value(formula: Formula, assignment: Assignment) -> np.ndarray | None:
    try:
        with np.errstate(all="ignore"):
            return floats.evaluate(formula, assignment)
    except Unevaluable:
        return None
