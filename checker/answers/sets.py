"""Conditions as sets of points: equal when no point, inside, outside or on a boundary, tells them apart.

Along one input entry at a time every relation changes its mind only at its roots. For each draw the roots of all
relations of both conditions are found exactly (where the gap is affine in the entry), and both are decided at every
root, between neighbours, and beyond.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from checker.answers.outcome import right, undecided, wrong
from checker.verdict import Counterexample, Evidence, Verdict
from derivations.domains import Domain, Names
from derivations.evaluate import draw
from derivations.evaluate.at_point import Point, holds_at, value_at
from derivations.evaluate.exact_values import NoValue, Untold, ball, sign
from derivations.formula import Bound, Formula, Index, Node, Not, Or, Rel, free_indices, sub, walk
from derivations.frozen import frozen
from derivations.normal_form import prove_same_set
from derivations.work import TooMuchWork, limited, spend

DRAWS, ENTRIES, SEED = 5, 6, 31
MAX_TESTS = 3000
GRID = tuple(Fraction(k, 2) + Fraction(1, 97) for k in range(-16, 17))
"""Where sign changes of gaps that are not affine are looked for; off the round numbers."""
CHANGES, BISECTIONS = 3, 40
MAX_STEPS = 250_000
"""Nodes evaluated at all points together: some seconds."""
UNFINISHED = "the conditions are too large to be looked at in full"
SLACK = Fraction(1, 10**9)
"""A gap smaller than this at the middle of a bracket is the root itself."""


@frozen
class Condition:
    """A condition: `every` are its indices under `for all`, `some` those under `there is`; other free indices are the
    question's own."""

    body: Node
    every: tuple[Index, ...] = ()
    some: tuple[Index, ...] = ()

    @property
    def free(self) -> frozenset[Index]:
        return free_indices(self.body) - set(self.every) - set(self.some)


@frozen
class Difference:
    """A point that only one of two conditions allows. `boundary`: on the boundary of one of them."""

    sizes: Mapping[str, int]
    values: Mapping[str, Any]
    student: bool
    truth: bool
    boundary: bool


@frozen
class Compared:
    """What sampling told: the points at which the two differ, and how often both allow, or both refuse a point.
    `complete`: the work that is counted out was enough for all points."""

    differences: tuple[Difference, ...]
    both: int
    neither: int
    tests: int
    sizes: tuple[Mapping[str, int], ...]
    complete: bool = True


def compare_sets(student: Condition, truth: Condition, names: Names) -> Compared:
    """Both conditions at points inside, outside and on the boundaries of either."""
    so_far = Compared((), 0, 0, 0, ())
    try:
        with limited(MAX_STEPS):
            for so_far in _comparing(student, truth, names):  # noqa: B007
                pass
    except TooMuchWork:
        return replace(so_far, complete=False)
    return so_far


def _comparing(student: Condition, truth: Condition, names: Names) -> Iterator[Compared]:
    """What is told after each test, and in the end."""
    differences: list[Difference] = []
    both = neither = tests = 0
    sizes: list[Mapping[str, int]] = []
    free = tuple(sorted(student.free | truth.free, key=lambda i: i.name))
    for assignment in draw.assignments(names, SEED, points=DRAWS, count=2):
        sizes.append(assignment.sizes)
        for p in range(assignment.points):
            start = Point(assignment.sizes, assignment.exact(p), names)
            for point in _points(start, student, truth, names):
                for at in product(*(range(1, min(point.size(i.size), 3) + 1) for i in free)):
                    fixed = dict(zip(free, at, strict=True))
                    mine, true = decide(student, point, fixed), decide(truth, point, fixed)
                    if mine is None or true is None:
                        continue
                    tests += 1
                    both += mine and true
                    neither += not mine and not true
                    if mine != true:
                        differences.append(
                            Difference(
                                point.sizes, point.values, mine, true, _on_boundary(point, (student, truth), fixed)
                            )
                        )
                    yield Compared(tuple(differences), both, neither, tests, tuple(sizes))
                    if tests >= MAX_TESTS or len(differences) >= 40:
                        return
    yield Compared(tuple(differences), both, neither, tests, tuple(sizes))


def _counted(point: Point, work: Callable[[Point], Any]) -> Any:
    """What is found at a fresh copy of a point, its steps counted."""
    fresh = replace(point, known={}, used=set(), steps=0)
    try:
        return work(fresh)
    finally:
        spend(fresh.steps)


def _value(formula: Formula, point: Point, at: tuple[int, ...]) -> Any:
    return _counted(point, lambda fresh: value_at(formula, fresh, at))


def _holds(condition: Node, point: Point, at: Mapping[Index, int]) -> bool:
    return _counted(point, lambda fresh: holds_at(condition, fresh, at))


def decide(condition: Condition, point: Point, fixed: Mapping[Index, int]) -> bool | None:
    """Whether a condition holds, None where it has no value or cannot be told."""
    try:
        return all(
            any(
                _holds(
                    condition.body,
                    point,
                    {
                        **fixed,
                        **dict(zip(condition.every, e, strict=True)),
                        **dict(zip(condition.some, s, strict=True)),
                    },
                )
                for s in _range(condition.some, point)
            )
            for e in _range(condition.every, point)
        )
    except (NoValue, Untold):
        return None


def _range(indices: tuple[Index, ...], point: Point) -> Iterator[tuple[int, ...]]:
    return product(*(range(1, point.size(i.size) + 1) for i in indices))


def _gaps(condition: Condition) -> list[Node]:
    """left - right of every relation that holds no other one."""
    return [
        sub(r.left, r.right)
        for r in walk(condition.body)
        if isinstance(r, Rel) and not any(isinstance(n, Rel) for n in walk(r.left))
    ]


def _on_boundary(point: Point, conditions: tuple[Condition, ...], fixed: Mapping[Index, int]) -> bool:
    """Whether both sides of some relation are equal there."""
    for condition in conditions:
        for gap in _gaps(condition):
            indices = tuple(sorted(free_indices(gap), key=lambda i: i.name))
            ranges = [(fixed[i],) if i in fixed else range(1, point.size(i.size) + 1) for i in indices]
            for at in product(*ranges):
                try:
                    value = _value(Formula(gap, free=indices, names=point.names), point, at)
                    if value == 0 or (point.slack and bool(abs(ball(value)) < ball(point.slack))):
                        return True
                except (NoValue, Untold, ValueError):
                    continue
    return False


def _points(start: Point, student: Condition, truth: Condition, names: Names) -> Iterator[Point]:
    """The start, and points on lines through it: at the roots of every relation, between them and beyond."""
    yield start
    gaps = _gaps(truth) + _gaps(student)
    entries = [
        (row.name, key, row.domain)
        for row in names.inputs()
        if row.domain.structure == "plain" and not row.domain.values
        for key in keys(start.values[row.name])
    ]
    entries.sort(key=lambda e: len(e[1]))
    for name, key, domain in entries[:ENTRIES]:
        roots: dict[Fraction, bool] = {}
        for gap in gaps:
            roots |= dict(_roots(gap, start, name, key))
        inside = sorted(r for r in roots if allowed(r, domain))
        marks = (
            [inside[0] - 1, *(m for a, b in pairwise(inside) for m in (a, (a + b) / 2)), inside[-1], inside[-1] + 1]
            if inside
            else [Fraction(-3), Fraction(-1, 2), Fraction(0), Fraction(1, 2), Fraction(3)]
        )
        for mark in marks:
            if allowed(mark, domain):
                point = placed(start, name, key, mark)
                yield point if roots.get(mark, True) else replace(point, slack=SLACK)


def _roots(gap: Node, start: Point, name: str, key: tuple[int, ...]) -> Iterator[tuple[Fraction, bool]]:
    """Where a gap vanishes along one entry, for each choice of its indices, as far as it is affine there."""
    if any(isinstance(n, Bound) and n.op != "sum" for n in walk(gap)):
        gap_nodes = [n.body for n in walk(gap) if isinstance(n, Bound) and n.op in ("max", "min")]
        for inner in gap_nodes:
            yield from _roots(inner, start, name, key)
    indices = tuple(sorted(free_indices(gap), key=lambda i: i.name))
    formula = Formula(gap, free=indices, names=start.names)
    for at in product(*(range(1, min(start.size(i.size), 4) + 1) for i in indices)):
        try:
            a, b, c = (_value(formula, placed(start, name, key, Fraction(d)), at) for d in (0, 1, 2))
        except (NoValue, Untold, ValueError):
            a = b = c = None
        if isinstance(a, Fraction) and isinstance(b, Fraction) and isinstance(c, Fraction) and c - b == b - a:
            if a != b:
                yield -a / (b - a), True
        else:
            yield from _bracketed(formula, start, name, key, at)


def _bracketed(
    formula: Formula, start: Point, name: str, key: tuple[int, ...], at: tuple[int, ...]
) -> Iterator[tuple[Fraction, bool]]:
    """Both ends of narrow brackets around the sign changes of a gap that is not affine in the entry, and their middles,
    which stand for the root."""

    def side(x: Fraction) -> int | None:
        try:
            return sign(_value(formula, placed(start, name, key, x), at))
        except (NoValue, Untold, ValueError):
            return None

    sides = [(x, side(x)) for x in GRID]
    changes = [(x, s, y) for (x, s), (y, t) in itertools.pairwise(sides) if s is not None and t is not None and s != t]
    for low, below, high in changes[:CHANGES]:
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            if side(middle) == below:
                low = middle
            else:
                high = middle
        yield low, True
        if _vanishing(formula, placed(start, name, key, (low + high) / 2), at):
            yield (low + high) / 2, False
        yield high, True


def _vanishing(formula: Formula, point: Point, at: tuple[int, ...]) -> bool:
    """Whether a gap is as good as zero there: at a pole it changes its sign too."""
    try:
        return bool(abs(ball(_value(formula, point, at))) < ball(SLACK))
    except (NoValue, Untold, ValueError):
        return False


def allowed(value: Fraction, domain: Domain) -> bool:
    """Whether a value is in a domain."""
    below = domain.low is None or value > domain.low or (value == domain.low and not domain.open_low)
    above = domain.high is None or value < domain.high or (value == domain.high and not domain.open_high)
    return below and above and (not domain.integer or value.denominator == 1)


def keys(value: Any) -> list[tuple[int, ...]]:
    """Every entry of nested lists, by its position from 0."""
    if not isinstance(value, (list, tuple)):
        return [()]
    return [(k, *rest) for k, v in enumerate(value) for rest in keys(v)]


def placed(point: Point, name: str, key: tuple[int, ...], value: Fraction, by: bool = False) -> Point:
    """The same point with one entry of one input set, or (`by`) moved."""

    def moved(held: Any, key: tuple[int, ...]) -> Any:
        if not key:
            return held + value if by else value
        return tuple(moved(v, key[1:]) if k == key[0] else v for k, v in enumerate(held))

    return replace(point, values={**point.values, name: moved(point.values[name], key)}, known={}, used=set(), steps=0)


PROOF_BUDGET = 60_000


def as_condition(formula: Formula) -> Condition:
    """A condition with its quantifiers, as the reader notes them; `z ≤ 0` of an array holds for every entry."""
    used = free_indices(formula.body)
    every, some = (
        tuple(i for i in formula.free if i in used and i.name in {n.message for n in formula.notes if n.tag == tag})
        for tag in ("quantified", "some")
    )
    return Condition(formula.body, (*every, *formula.axes), some)


def of_which_entries(*conditions: Formula) -> Verdict | None:
    """Left open where a condition on an array may be meant of all entries or of one: `z ≠ 0`, `z > 0 or w > 0`, `z > 0
    for some i`; None where none is."""
    return _OF_WHICH if any(map(_may_be_of_one, conditions)) else None


_OF_WHICH = undecided("entries", "it can be meant of all entries or of one of them: say for which indices")


def _may_be_of_one(formula: Formula) -> bool:
    either = any(isinstance(n, (Or, Not)) or (isinstance(n, Rel) and n.op == "!=") for n in walk(formula.body))
    return bool(formula.axes) and (either or any(n.tag == "some" for n in formula.notes))


def judge_condition(student: Condition, truth: Condition, names: Names) -> Verdict:
    """Equal as sets, or the kind of difference: boundary, direction, too much, too little, a quantifier."""
    if truth.every and not student.every and student.free - truth.free:
        return wrong("missing-quantifier", "it has to hold for all of them: say for which indices")
    if same_for_every_size(student, truth, names):
        return right(evidence=Evidence("proved"))
    found = compare_sets(student, truth, names)
    if found.tests == 0 and not found.complete:
        return undecided("limit", UNFINISHED)
    if found.tests == 0:
        return undecided("points", "neither condition could be evaluated at any point")
    if found.differences:
        return _why(found)
    if not found.both or not found.neither:
        never = "satisfies" if not found.both else "violates"
        return undecided("points", f"no point was found that {never} the condition, so sampling settles nothing")
    if not found.complete:
        return undecided("limit", UNFINISHED)
    return right(evidence=Evidence("agrees", found.sizes, found.tests))


def same_for_every_size(student: Condition, truth: Condition, names: Names) -> bool:
    """Whether the two are proved to hold at the same points, boundaries included; quantifiers of the same kinds and
    ranges, the bodies equal below them."""
    if [i.size for i in student.every] != [i.size for i in truth.every] or [i.size for i in student.some] != [
        i.size for i in truth.some
    ]:
        return False
    shared = tuple(sorted(student.free | truth.free, key=lambda i: i.name))
    turned = [c if set(c.every) != set(truth.every) else replace(c, every=truth.every) for c in (student, truth)]
    sides = [Formula(c.body, free=(*shared, *c.every, *c.some), names=names) for c in turned]
    return prove_same_set(sides[0], sides[1], PROOF_BUDGET) is True


def _why(found: Compared) -> Verdict:
    first = found.differences[0]
    evidence = Evidence(points=found.tests, sizes=found.sizes, counterexample=_shown(first))
    inside = [d for d in found.differences if not d.boundary]
    if not inside:
        which = "belongs to it" if first.truth else "does not belong to it"
        return wrong("boundary", f"the boundary {which}: look at < against ≤", evidence=evidence)
    first = inside[0]
    evidence = Evidence(points=found.tests, sizes=found.sizes, counterexample=_shown(first))
    more = {d.student for d in inside}
    if more == {True, False} and not found.both:
        return wrong("direction", "it points the other way", evidence=evidence)
    if more == {True}:
        return wrong("too-weak", "it also allows points that it must not allow", evidence=evidence)
    if more == {False}:
        return wrong("too-strong", "it refuses points that it must allow", evidence=evidence)
    return wrong(
        "condition", "it is another condition: some points are allowed by only one of the two", evidence=evidence
    )


def _shown(difference: Difference) -> Counterexample:
    def text(value: Any) -> Any:
        return [text(v) for v in value] if isinstance(value, (list, tuple)) else str(value)

    says = {True: "holds", False: "does not hold"}
    return Counterexample(
        difference.sizes,
        {n: text(v) for n, v in difference.values.items()},
        says[difference.student],
        says[difference.truth],
    )
