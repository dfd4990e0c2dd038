"""The value at a kink or a jump counts where the problem states the convention."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from checker.answers.sets import allowed, keys, placed
from checker.equality.unfold import unfold_names
from checker.verdict import Diagnosis, Finding
from derivations.domains import Names
from derivations.evaluate import draw
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import NoValue, Untold, Value, ball
from derivations.formula import (
    Cases,
    Formula,
    Index,
    Num,
    Rel,
    binders,
    sub,
    walk,
)

# ---------------------------------------------------------------- kinks

STEP = Fraction(1, 1 << 40)
TRIES = 24


def kink(student: Formula, truth: Formula, names: Names, convention: object) -> Diagnosis | Finding | None:
    """With the convention `left` or `right` stated: the value at a kink against the truth's value just beside it."""
    if convention not in ("left", "right"):
        return None
    for condition in _conditions(truth):
        found = _boundary(condition, truth, names)
        if found is None:
            continue
        point, name, key, slope, at = found
        side = 1 if (convention == "right") == (slope > 0) else -1
        beside = placed(point, name, key, side * STEP, by=True)
        try:
            wanted = value_at(truth, beside, at)
            got = value_at(student, point, at)
        except NoValue:
            return Finding("kink", "it has no value at the kink, where the problem states one")
        except (Untold, ValueError):
            continue
        if not _near(got, wanted):
            return Diagnosis("kink", f"the value at the kink is not the one the problem states (the {convention} one)")
    return None


def at_jump(student: Formula, truth: Formula, names: Names) -> bool:
    """Whether both have the same value where a step of the truth jumps; True where no such point is found."""
    opened = unfold_names(truth, names)
    for node in walk(opened.body):
        found = _boundary(node, opened, names) if isinstance(node, Rel) and node.op in ("<", "<=", ">", ">=") else None
        if found is None:
            continue
        point, _, _, _, at = found
        try:
            return _near(value_at(student, point, at), value_at(truth, point, at))
        except (NoValue, Untold, ValueError):
            continue
    return True


def _near(a: Value, b: Value) -> bool:
    gap = abs(ball(a) - ball(b))
    return bool(gap < 1e-6 * (1 + abs(ball(b))))


def _conditions(formula: Formula) -> Iterator[Rel]:
    for node in walk(formula.body):
        if isinstance(node, Cases):
            for condition, _ in node.branches:
                if isinstance(condition, Rel) and condition.op in ("<", "<=", ">", ">="):
                    yield condition


def _boundary(condition: Rel, truth: Formula, names: Names):
    """A point where both sides of a condition are equal, found along one input in which their difference is affine."""
    left, right = condition.left, condition.right
    gap = sub(right, left) if isinstance(left, Num) else sub(left, right)
    slots = truth.free + truth.axes
    inner = [i for n in walk(truth.body) for i in binders(n)]
    everywhere: tuple[Index, ...] = (*slots, *inner)
    formula = Formula(gap, free=tuple(dict.fromkeys(everywhere)), names=names)
    at = (1,) * len(formula.free)
    assignment = draw.assignments(names, 5, points=8, count=1)[0]
    inputs = [r for r in names.inputs() if not r.domain.values and r.domain.structure == "plain"]
    for p in range(assignment.points):
        values = assignment.exact(p)
        for row in inputs:
            for key in keys(values[row.name])[:TRIES]:
                point = Point(assignment.sizes, values, names)
                try:
                    g = [value_at(formula, placed(point, row.name, key, Fraction(d)), at) for d in (0, 1, 2)]
                except (NoValue, Untold, ValueError):
                    continue
                first, second, third = g
                if not (isinstance(first, Fraction) and isinstance(second, Fraction) and isinstance(third, Fraction)):
                    continue
                slope = second - first
                if third - second != slope or slope == 0:
                    continue
                root = -first / slope
                if not allowed(root, row.domain):
                    continue
                return placed(point, row.name, key, root), row.name, key, slope, (1,) * len(slots)
    return None


def jump(stated: object, student: Formula, truth: Formula, names: Names) -> Diagnosis | None:
    """With g(0) stated: the value where a step jumps has to be that."""
    if stated not in ("0", "1") or at_jump(student, truth, names):
        return None
    return Diagnosis(
        "threshold", f"they differ where the step jumps: the problem states that its value there is {stated}"
    )
