"""Two formulas at many points in float64: where they agree within rounding, where they may differ, where they have no
value.

A difference counts as a suspicion only when it exceeds the rounding that both evaluations admit; balls decide. At a
boundary of a condition between continuous values (z = 0 for z > 0) nothing is concluded, unless the difference is there
beside the boundary as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from checker.equality.align import Aligned
from derivations.domains import Names
from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.draw import FEWEST, assignments
from derivations.evaluate.regions import conditions, needs, regions, slack
from derivations.evaluate.splitmix import splitmix
from derivations.evaluate.steer import Relations, Steered, steer
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Bound,
    Elem,
    Formula,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    SizeVal,
    affine_terms,
    call,
    children,
    free_indices,
    index_exprs,
    indicator,
    neg,
    sizes_in,
    sizes_under,
    walk,
)
from derivations.normal_form import prove_equal

TOLERANCE = 64 * 2.0**-53
"""Times the error scale of both sides: more than rounding can explain."""
DOUBT = 2.0**20
"""Error scale, relative to the value, where the evaluation gives none."""
MAX_DEGREE = 6
NEAR = 2.0**-30
"""How far beside a boundary the inputs are moved, relative to themselves."""


@dataclass(slots=True)
class Sampled:
    """What the points say.

    suspects    (assignment, point, entry) where the floats differ by more than rounding, the readable ones first
    boundary    the same, on a boundary between continuous values
    student_lost, truth_lost, overflowed   the same, where only one side has a value, or where neither has a float
    agreeing    (assignment, point) with a value on both sides and no suspicion
    unsure      where a condition is too close to tell: one point for every combination of discrete values
    points      how many points had a value on both sides
    """

    draws: list[Assignment] = field(default_factory=list)
    suspects: list[tuple[Assignment, int, tuple[int, ...]]] = field(default_factory=list)
    student_lost: list[tuple[Assignment, int, tuple[int, ...]]] = field(default_factory=list)
    truth_lost: list[tuple[Assignment, int, tuple[int, ...]]] = field(default_factory=list)
    overflowed: list[tuple[Assignment, int, tuple[int, ...]]] = field(default_factory=list)
    agreeing: list[tuple[Assignment, int]] = field(default_factory=list)
    boundary: list[tuple[Assignment, int, tuple[int, ...]]] = field(default_factory=list)
    unsure: list[tuple[Assignment, int, tuple[int, ...]]] = field(default_factory=list)
    points: int = 0
    minimum: dict[str, int] = field(default_factory=dict)
    unreached: tuple[tuple[Rel, bool], ...] = ()
    """Conditions with the side that no point is on."""
    barren: list[Assignment] = field(default_factory=list)
    """Assignments at whose sizes one side has a value nowhere."""


def sample(pair: Aligned, names: Names, seed: int = 0) -> Sampled:
    """All points of the draws, and points steered onto the sides of conditions that no draw is on."""
    draws, minimum = draws_for(pair, names, seed)
    relations = boundaries(pair, names)
    out = Sampled(minimum=minimum)
    for assignment in draws:
        kept = affordable(pair, assignment)
        judge_points(out, pair, assignment if kept == assignment.points else assignment.part(0, kept), relations)
    if out.points < FEW:
        for assignment in onto_the_domain(pair, names, draws, seed):
            judge_points(out, pair, assignment, relations)
    if out.suspects:
        return out
    every = Relations(dict.fromkeys((*relations.relations, *regions(pair.truth), *regions(pair.student))), names)
    if every.relations:
        found: Steered = steer(every, draws, seed=seed)
        for assignment in found.extra:
            judge_points(out, pair, assignment, relations)
        out.unreached = found.missing
    return out


def affordable(pair: Aligned, assignment: Assignment) -> int:
    """The points at which both sides are evaluated: fewer where each costs much."""
    entries = max(floats.work(f, assignment.sizes)[1] for f in (pair.student, pair.truth))
    return max(FEWEST, min(assignment.points, AFFORDED // entries))


def onto_the_domain(pair: Aligned, names: Names, draws: list[Assignment], seed: int) -> tuple[Assignment, ...]:
    """Points at which everything under logarithms and roots of both sides is positive: log(x - 100) has a value at few
    of the draws."""
    wanted = list(dict.fromkeys((*needs(pair.truth), *needs(pair.student))))
    if not wanted or len(wanted) > MAX_NEEDS:
        return ()
    return steer(
        Relations([Rel(">", call("min", *wanted) if len(wanted) > 1 else wanted[0], ZERO)], names), draws, seed=seed
    ).extra


def unreached(sampled: Sampled, names: Names) -> Iterator[tuple[Rel, bool]]:
    """The sides of conditions that no point is on, but for those that do not exist as is proved; only so many are
    looked at."""
    for k, (rel, side) in enumerate(sampled.unreached):
        if k >= MAX_CONSTANT or not constant(rel, not side, names):
            yield rel, side


def untold(pair: Aligned, sampled: Sampled, names: Names) -> list[tuple[Rel, bool]]:
    """Equalities written between continuous values that hold at no point, or only where the floats tell the sides apart
    and nothing made it certain."""
    written = [r for r in boundaries(pair, names).relations if r.op in ("==", "!=")]
    if not written:
        return []
    met = [a.take([p]) for a, p, _ in sampled.suspects]
    found = [(r, r.op == "==") for r in written]
    never = dict.fromkeys(unreached(sampled, names))
    return [
        (r, side)
        for r, side in found
        if (r, side) in never or any((v == side).any() for a in met for _, v in Relations((r,), names).holding(a))
    ]


def constant(rel: Rel, holds: bool, names: Names) -> bool:
    """Whether a condition holds always, or never (a > a, n < p for a probability p).

    Of an equality, that its sides are told apart everywhere: where it holds on a set of measure zero, it is no
    constant.
    """
    if rel.op in ("==", "!=") and holds == (rel.op == "!="):
        return any(constant(Rel(op, rel.left, rel.right), True, names) for op in "<>")
    slots = tuple(sorted(free_indices(rel), key=lambda i: i.name))
    return (
        prove_equal(
            Formula(indicator(rel), (), slots, names), Formula(ONE if holds else ZERO, (), slots, names), SAME_BUDGET
        )
        is True
    )


def draws_for(pair: Aligned, names: Names, seed: int) -> tuple[list[Assignment], dict[str, int]]:
    """As many sizes as the degree in an explicit size asks for, each larger than any literal index; the least sizes."""
    minimum: dict[str, int] = {}
    also: dict[str, None] = {}
    degree = 0
    for f in (pair.student, pair.truth):
        facts = _facts(f.body, names)
        for size, low in facts[0]:
            minimum[size] = max(low, minimum.get(size, 1))
        also |= dict.fromkeys(facts[1])
        degree = max(degree, facts[2])
    also |= dict.fromkeys(s for i in (*pair.student.axes, *pair.truth.axes) for s in sizes_under(i.size))
    return assignments(
        names, seed, count=max(3, min(degree, MAX_DEGREE) + 1), minimum=minimum, also=tuple(also)
    ), minimum


@lru_cache(maxsize=4096)
def _facts_of(body: Node) -> tuple[tuple[tuple[str, int, int], ...], tuple[str, ...], int]:
    """(name, axis, literal index) of every element at a literal, the sizes, the degree in explicit sizes."""
    literal: dict[tuple[str, int, int], None] = {}
    for node in walk(body):
        if isinstance(node, Elem):
            for axis, at in enumerate(node.at):
                _terms, const = affine_terms(at)
                if const:
                    literal[node.name, axis, abs(const)] = None
        else:
            for at in index_exprs(node):
                _, const = affine_terms(at)
                if const:
                    literal["", 0, abs(const)] = None
    return tuple(literal), tuple(sorted(sizes_in(body))), _degree(body)


def _facts(body: Node, names: Names) -> tuple[list[tuple[str, int]], tuple[str, ...], int]:
    literal, sizes, degree = _facts_of(body)
    low: list[tuple[str, int]] = []
    for name, axis, k in literal:
        row = names.get(name)
        if row is not None and axis < len(row.sizes) and isinstance(row.sizes[axis], str):
            low.extend((s, k + 1) for s in sizes_under(row.sizes[axis]))
        elif row is None:
            low.extend((s, k + 1) for s in sizes)
    return low, sizes, degree


def _degree(node: Node) -> int:
    """An upper bound of the degree in explicit sizes: a polynomial in n of that degree needs one more value of n."""
    match node:
        case SizeVal():
            return 1
        case Mul(args):
            return sum(_degree(a) for a in args)
        case Pow(base, Num(k)):
            return int(_degree(base) * max(1, abs(k)))
        case Bound(_, indices, body):
            inner = _degree(body)
            return inner + (len(indices) if inner else 0)
        case Add(args):
            return max(_degree(a) for a in args)
        case _:
            return max((_degree(c) for c in children(node)), default=0)


def boundaries(pair: Aligned, names: Names) -> Relations:
    """The conditions of both sides."""
    return Relations(dict.fromkeys((*conditions(pair.truth), *conditions(pair.student))), names)


def judge_points(out: Sampled, pair: Aligned, assignment: Assignment, relations: Relations) -> None:
    """What the points of one assignment say, added to what is known."""
    s, es = floats.evaluate_with_scale(pair.student, assignment)
    t, et = floats.evaluate_with_scale(pair.truth, assignment)
    out.draws.append(assignment)
    with np.errstate(all="ignore"):
        gap = np.abs(s - t)
        both = np.isfinite(gap)
        scale = es + et
        unsure = both & ~np.isfinite(scale)
        # where the error is unknown (a root at 0, a condition too close to tell), what looks different is a suspicion
        # all the same
        scale = np.where(np.isfinite(scale), scale, DOUBT * np.maximum(np.abs(s), np.abs(t)))
        wide = both & (gap > TOLERANCE * scale) & (gap > 2.0**-1000)
        lost_s = np.isnan(s) & np.isfinite(t)
        lost_t = np.isnan(t) & np.isfinite(s)
        over = np.isinf(s) | np.isinf(t) | (np.isnan(s) & np.isnan(t))
    flat = tuple(range(1, s.ndim))
    defined = both.any(axis=flat) if flat else both
    if not defined.any():
        out.barren.append(assignment)
    out.points += int(defined.sum())
    bad = wide.any(axis=flat) if flat else wide
    if bad.any():
        near = relations.ties(assignment)
        for p in np.flatnonzero(bad):
            entry = _first(wide[p])
            (out.boundary if near[p] else out.suspects).append((assignment, int(p), entry))
    for lost, kept in ((lost_s, out.student_lost), (lost_t, out.truth_lost), (over, out.overflowed)):
        where = lost.any(axis=flat) if flat else lost
        if where.any():
            kept.extend((assignment, int(p), _first(lost[p])) for p in np.flatnonzero(where)[:8])
    if unsure.any():
        out.unsure.extend(_of_each_kind(assignment, unsure))
    good = np.flatnonzero(defined & ~bad)
    if (
        len(good) and relations.relations
    ):  # where z is exactly 0, floats may not tell z > 0 from z < 0, but balls do: agreement is confirmed elsewhere
        clear = good[~relations.ties(assignment)[good]]
        good = clear if len(clear) else good
    if len(good):
        out.agreeing.extend((assignment, int(p)) for p in (good[0], good[len(good) // 2], good[-1]))


def _of_each_kind(assignment: Assignment, mask: Any) -> Iterator[tuple[Assignment, int, tuple[int, ...]]]:
    """A point of a mask for every combination of discrete values."""
    assert assignment.names is not None
    rows = [
        assignment.values[r.name].reshape(assignment.points, -1)
        for r in assignment.names.inputs()
        if r.domain.integer and r.name in assignment.values
    ]
    where = np.flatnonzero(mask.reshape(assignment.points, -1).any(axis=1))
    chosen = (
        np.sort(np.unique(np.concatenate([r[where] for r in rows], axis=1), axis=0, return_index=True)[1])
        if rows
        else (0, -1)
    )
    for k in chosen[:MOST_UNSURE]:
        yield assignment, int(where[k]), _first(mask[where[k]])


def _first(mask: Any) -> tuple[int, ...]:
    """The first entry of a mask, counted from 1."""
    if np.ndim(mask) == 0:
        return ()
    return tuple(int(i) + 1 for i in np.argwhere(mask)[0])


MOST_UNSURE = 12
SAME_BUDGET = 10_000
AFFORDED = 1 << 22
"""Entries of intermediates over the points of one draw: a tenth of a second."""
FEW = 16
"""Fewer points than this with a value on both sides: more are looked for."""
MAX_NEEDS = 16
MAX_CONSTANT = 60
"""Conditions met on one side only that are asked whether they have another."""
MAX_JOINT = 8
"""Pairs of conditions, one of each side, that are looked at jointly."""


def joint(pair: Aligned, names: Names, sampled: Sampled, seed: int) -> tuple[Sampled, list[tuple[Rel, Rel]]]:
    """Points at which a condition of one side holds and one of the other does not, where the draws had none.

    Without them x > 0 and x ≥ 1/1000 look alike. Also the pairs for which no such point was found though they are not
    the same condition.
    """
    mine, theirs = (
        dict.fromkeys(r for r in conditions(f) if r.op not in ("==", "!=")) for f in (pair.student, pair.truth)
    )
    own, other = [a for a in mine if a not in theirs], [b for b in theirs if b not in mine]
    out = Sampled(minimum=sampled.minimum)
    missing: list[tuple[Rel, Rel]] = []
    pairs = islice(((a, b) for a in own for b in other if free_indices(a) == free_indices(b)), MAX_JOINT)
    everything = boundaries(pair, names)
    for a, b in pairs:
        f, g = slack(a, names), slack(b, names)
        assert f is not None
        assert g is not None
        wanted = [Rel(">", call("min", f, neg(g)), ZERO), Rel(">", call("min", neg(f), g), ZERO)]
        found = steer(Relations(wanted, names), sampled.draws[:1], seed=seed + 1)
        for assignment in found.extra:
            judge_points(out, pair, assignment, everything)
        if sum(side for _, side in found.missing) == 2 and not _same(a, b, names):
            missing.append((a, b))
    return out, missing


def _same(a: Rel, b: Rel, names: Names) -> bool:
    slots = tuple(sorted(free_indices(a), key=lambda i: i.name))
    return (
        prove_equal(Formula(indicator(a), (), slots, names), Formula(indicator(b), (), slots, names), SAME_BUDGET)
        is True
    )


def beside(found: tuple[Assignment, int, tuple[int, ...]], names: Names) -> Assignment:
    """The point with every continuous input moved a little, in eight directions; discrete inputs stay."""
    assignment, point, _ = found
    one = assignment.take([point] * 8)
    values = dict(one.values)
    start = 0
    for row in names.inputs():
        if row.domain.structure == "plain" and not row.domain.values and not row.domain.integer and row.name in values:
            shape = values[row.name].shape
            count = int(np.prod(shape))
            bits = splitmix(97, count, start).reshape(shape)
            start += count
            push = NEAR * (1.0 + (bits >> np.uint64(44)).astype(float) * 2.0**-20)
            if row.domain.low is None:
                push = np.where(bits % np.uint64(2) == 1, push, -push)
            moved = values[row.name] + push * np.maximum(np.abs(values[row.name]), 1.0)
            if row.domain.high is not None:
                moved = np.minimum(moved, float(row.domain.high))
            values[row.name] = moved
    return Assignment(assignment.sizes, values, 8, names, one.ratios)


def judge_beside(
    pair: Aligned, names: Names, found: tuple[Assignment, int, tuple[int, ...]], relations: Relations
) -> Sampled:
    """The points beside a boundary. What still stands on a boundary there does so with positive probability, and
    counts."""
    out = Sampled()
    around = beside(found, names)
    judge_points(out, pair, around, relations)
    out.suspects.extend(b for b in out.boundary if relations.ties(b[0].take([b[1]]))[0])
    return out
