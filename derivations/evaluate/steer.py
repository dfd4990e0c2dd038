"""Points on both sides of every condition: a formula is only sampled where its branches were taken.

    conditions(formula)                    what a formula decides on: relations, and the kinks of |z|, sign, max,
                                           relu, floor
    regions(formula)                       where several of them have to hold at once
    branches(formula)                      where each of its branches is taken, those within others too
    edges(formula)                         where conditions on whole numbers hold with equality
    needs(formula)                         what has to be positive for a formula to have a value
    steer(relations, assignments)          further points where a side was missing, and the sides that no search reached

The search, in this order, each within one counted budget: rescale all inputs, rescale or flip one, make entries equal
or sorted or small integers, take fresh draws, and climb from the nearest points entry by entry with halving steps
(which ends exactly on equalities such as x = 3, since every step is a power of two).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

from derivations.domains import Declared, Names
from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.compiled import compile_nodes
from derivations.evaluate.draw import draw
from derivations.evaluate.program import Program, Unevaluable
from derivations.evaluate.regions import everything
from derivations.formula import Elem, Formula, Index, Node, Rel, free_indices, reindex, sub, value_of
from derivations.frozen import frozen

BUDGET = 40_000
"""Points tried in all: 20 to 40 ms for a small condition."""


KEPT = 8
"""Points kept for a side that was missing."""


ROUNDS = 80


SHORTEST = 2.0**-24
"""Steps of a climb, and the last one: a step that helps doubles the next one, one that does not takes a quarter."""


MOST_CELLS = 256


FEW_CELLS = 8
"""Of at most so many entries two are moved at a time."""


EXACT = 2.0**40
"""Where an input is beyond this, rounding may be all that keeps a relation or breaks it."""


WHOLE = 0.25
"""An error below this changes no relation between whole numbers."""


GRID = 1 << 20


DENOMINATORS = 1000
"""Entries are multiples of 1/2²⁰ where one of them is set to a fraction; the largest denominator of that one."""


@frozen
class Steered:
    """`extra` holds the points found, `missing` the conditions with the side (True: holds) that was not reached,
    `spent` the points tried."""

    extra: tuple[Assignment, ...]
    missing: tuple[tuple[Rel, bool], ...]
    spent: int


def _order(node: Node) -> tuple[Index, ...]:
    return tuple(sorted(free_indices(node), key=lambda i: (i.name, str(i.size))))


def holding(rel: Rel, names: Names, assignment: Assignment) -> np.ndarray:
    """The relation as 1, 0 or nan: (points, entries)."""
    return floats.evaluate_node(rel, names, assignment, _order(rel)).reshape(assignment.points, -1)


class Relations:
    """Relations that are asked at many points: their sides are compiled once, and share what they have in common.

    The largest of 60 numbers asks 1,770 relations of 60 sides.
    """

    def __init__(self, relations: Iterable[Rel], names: Names):
        self.relations = tuple(relations)
        self.names = names
        alike: dict[tuple[Index, ...], list[Rel]] = {}
        for rel in self.relations:
            alike.setdefault(_order(rel), []).append(rel)
        self._groups = [(tuple(rels), order, self._compiled(rels, order)) for order, rels in alike.items()]

    def _compiled(self, rels: Sequence[Rel], order: tuple[Index, ...]) -> tuple[Program, ...] | None:
        try:
            return compile_nodes((side for rel in rels for side in (rel.left, rel.right)), self.names, order)
        except Unevaluable:
            return None

    def sides(self, assignment: Assignment) -> Iterator[tuple[Rel, np.ndarray, np.ndarray]]:
        """(relation, left, right), both over (points, entries). One that has no values is left out."""
        for rels, order, made in self._groups:
            for rel, values in zip(rels, self._values(rels, order, made, assignment), strict=True):
                if values is not None:
                    yield rel, *(v.reshape(assignment.points, -1) for v in values)

    def _values(
        self, rels: Sequence[Rel], order: tuple[Index, ...], made: tuple[Program, ...] | None, assignment: Assignment
    ) -> Sequence[Any]:
        if made is not None:
            try:
                values = floats.evaluate_together(made, self.names, assignment)
                return list(zip(values[::2], values[1::2], strict=True))
            except Unevaluable:
                pass  # one of them cannot be evaluated, or all together are too many: each on its own
        out: list[Any] = []
        for rel in rels:
            try:
                out.append(
                    tuple(floats.evaluate_node(side, self.names, assignment, order) for side in (rel.left, rel.right))
                )
            except Unevaluable:
                out.append(None)
        return out

    def holding(self, assignment: Assignment) -> Iterator[tuple[Rel, np.ndarray]]:
        """(relation, whether it holds): 1, 0 or nan over (points, entries)."""
        huge = any(np.abs(v).max(initial=0.0) > EXACT for v in assignment.values.values())
        with np.errstate(all="ignore"):
            for rel, left, right in self.sides(assignment):
                holds = floats.RELATIONS[rel.op](left, right) + (left - right) * 0.0
                yield rel, np.where(self._told(rel, assignment), holds, np.nan) if huge else holds

    def _told(self, rel: Rel, assignment: Assignment) -> np.ndarray:
        """Where rounding does not decide: k - l = 4076 holds of no two floats of 10²⁹, but k - l - 4076 is 0 there."""
        try:
            gap, scale = floats.evaluate_tree(
                sub(rel.left, rel.right), self.names, assignment, _order(rel), scaled=True
            )
        except Unevaluable:
            return np.zeros((assignment.points, 1), dtype=bool)
        assert scale is not None
        error = (8 * 2.0**-53 * scale).reshape(assignment.points, -1)
        return (np.abs(gap.reshape(assignment.points, -1)) > error) | (error < WHOLE)

    def ties(self, assignment: Assignment) -> np.ndarray:
        """The points at which some inequality holds with equality, in some entry; t_j >= t_i at j = i is no tie: it is
        one number."""
        near = np.zeros(assignment.points, dtype=bool)
        for rel, left, right in self.sides(assignment):
            if rel.op not in ("==", "!="):
                near |= ((left == right) & np.isfinite(left) & ~_one_number(rel, assignment)).any(axis=1)
        return near


def _one_number(rel: Rel, assignment: Assignment) -> np.ndarray:
    """The entries at which both sides of a relation are the same by their indices alone."""
    order = _order(rel)
    left, right = free_indices(rel.left), free_indices(rel.right)
    own, other = [i for i in order if i not in right], [i for i in order if i not in left]
    if len(own) != 1 or len(other) != 1 or reindex(rel.right, {other[0]: own[0]}) != rel.left:
        return np.zeros(1, dtype=bool)
    places = np.indices([value_of(i.size, assignment.sizes) for i in order])
    return (places[order.index(own[0])] == places[order.index(other[0])]).ravel()


def steer(
    relations: Relations,
    assignments: Sequence[Assignment],
    budget: int = BUDGET,
    seed: int = 0,
    sides: Sequence[bool] = (True, False),
) -> Steered:
    """Points for the sides of conditions that no point of the assignments is on."""
    names = relations.names
    met: dict[Rel, set[bool]] = {}
    for assignment in assignments:
        for rel, values in relations.holding(assignment):
            met.setdefault(rel, set()).update(side for side in sides if (values == side).any())
    missing = [(rel, side) for rel in met for side in sides if side not in met[rel]]
    if not missing or not assignments:
        return Steered((), tuple(missing), 0)
    extra: list[Assignment] = []
    spent = 0
    base = assignments[0]
    for candidate in _variations(names, base, seed):
        if not missing or spent > budget // 2:
            break
        spent += candidate.points * len(missing)
        missing = _keep(missing, relations, candidate, extra)
    share = (budget - spent) // max(1, len(missing))
    left: list[tuple[Rel, bool]] = []
    climbed: list[Assignment] = []
    for rel, side in missing:
        if any((holding(rel, names, a) == side).any() for a in climbed):
            continue
        used, found = _climb(rel, side, names, base, share)
        spent += used
        if found is None:
            left.append((rel, side))
        else:
            climbed.append(found)
    extra += climbed
    return Steered(tuple(extra), tuple(left), spent)


def _keep(
    missing: Sequence[tuple[Rel, bool]], relations: Relations, candidate: Assignment, extra: list[Assignment]
) -> list[tuple[Rel, bool]]:
    """The sides that no point of the candidate is on; some points of each of the others are kept, all in one
    assignment."""
    values = dict(relations.holding(candidate))
    left: list[tuple[Rel, bool]] = []
    kept: dict[int, None] = {}
    for rel, side in missing:
        there = np.flatnonzero((values[rel] == side).any(axis=1)) if rel in values else ()
        if len(there):
            kept |= dict.fromkeys(int(p) for p in there[:KEPT])
        else:
            left.append((rel, side))
    if kept:
        extra.append(candidate.take(sorted(kept)))
    return left


def _movable(names: Names) -> list[Declared]:
    """The inputs whose entries may be moved one at a time."""
    return [r for r in names.inputs() if r.domain.structure == "plain" and not r.domain.values]


def _within(row: Declared, values: np.ndarray) -> np.ndarray:
    """Values brought into a domain."""
    domain = row.domain
    if domain.values:
        known = np.array(domain.values, dtype=float)
        return known[np.abs(values[..., None] - known).argmin(axis=-1)]
    if domain.integer:
        values = np.round(values)
    tiny = 2.0**-20
    if domain.low is not None:
        values = np.maximum(values, float(domain.low) + (tiny if domain.open_low else 0.0))
    if domain.high is not None:
        values = np.minimum(values, float(domain.high) - (tiny if domain.open_high else 0.0))
    return values


def _changed(base: Assignment, **values: np.ndarray) -> Assignment:
    return Assignment(base.sizes, {**base.values, **values}, base.points, base.names, base.ratios)


def rescaled(names: Names, base: Assignment, power: int) -> Assignment:
    """All inputs that can be moved, times 2^power."""
    return _changed(base, **{r.name: _within(r, base.values[r.name] * 2.0**power) for r in _movable(names)})


def special(names: Names, base: Assignment) -> Assignment:
    """The points again and again, with one input or all of them 0, 1 or of equal entries, with one entry 0, with two
    inputs equal."""
    movable = _movable(names)
    changes: list[dict[str, np.ndarray]] = [{}]
    for value in (0.0, 1.0):
        changes.append({r.name: np.full_like(base.values[r.name], value) for r in movable})
        changes += [{r.name: np.full_like(base.values[r.name], value)} for r in movable]
    for row in movable:
        v = base.values[row.name]
        if v.ndim > 1:
            first = v.reshape(v.shape[0], -1).copy()
            first[:, 0] = 0.0
            changes += [
                {row.name: first.reshape(v.shape)},
                {row.name: np.broadcast_to(v[..., :1], v.shape)},
                {row.name: np.broadcast_to(v[:, :1], v.shape)},
            ]
        changes += [{row.name: base.values[o.name]} for o in movable if o.name != row.name and o.sizes == row.sizes]
    made = [{r.name: _within(r, c[r.name]) for r in movable if r.name in c} for c in changes]
    values = {name: np.concatenate([c.get(name, v) for c in made]) for name, v in base.values.items()}
    ratios = {
        name: (np.concatenate([a] * len(made)), np.concatenate([d] * len(made))) for name, (a, d) in base.ratios.items()
    }
    return Assignment(base.sizes, values, base.points * len(made), base.names, ratios)


def _variations(names: Names, base: Assignment, seed: int) -> Iterator[Assignment]:
    movable = _movable(names)
    for power in (3, -3, 7, -7, 11):
        yield rescaled(names, base, power)
    for row in movable:
        v = base.values[row.name]
        for factor in (-1.0, 16.0, 1 / 16, -256.0):
            yield _changed(base, **{row.name: _within(row, v * factor)})
        for constant in (0.0, 1.0, -1.0, 2.0):
            yield _changed(base, **{row.name: _within(row, np.full_like(v, constant))})
        for other in movable:
            if other.name != row.name and other.sizes == row.sizes:
                yield _changed(base, **{row.name: _within(row, base.values[other.name])})
        if v.ndim > 1:
            rising = np.sort(v, axis=-1)
            yield _changed(base, **{row.name: rising})
            yield _changed(base, **{row.name: rising[..., ::-1]})
            yield _changed(base, **{row.name: np.broadcast_to(v[..., :1], v.shape)})
    for k in range(12):
        yield draw(names, base.sizes, base.points, seed * 7 + 1_000_003 + k)


def _moves(cells: int) -> list[tuple[tuple[int, int], ...]]:
    """The steps that are tried: every entry up and down; of few entries two at a time as well, where conditions meet in
    an edge."""
    moves: list[tuple[tuple[int, int], ...]] = [((cell, way),) for cell in range(cells) for way in (1, -1)]
    if cells <= FEW_CELLS:
        moves += [((a, s), (b, t)) for a in range(cells) for b in range(a) for s in (1, -1) for t in (1, -1)]
    return moves


def _climb(rel: Rel, side: bool, names: Names, base: Assignment, budget: int) -> tuple[int, Assignment | None]:
    """Moves single entries of the nearest point by ±2^k until the relation has the side wanted; (points tried, points
    found)."""
    movable = [r for r in names.inputs() if r.domain.structure == "plain"]
    used_by = {n.name for n in everything(Formula(rel, names=names)) if isinstance(n, Elem)}
    every = (
        (r, k)
        for r in movable
        if r.name in used_by
        for k in range(int(np.prod(base.values[r.name].shape[1:], dtype=int)))
    )
    cells = list(islice(every, MOST_CELLS))
    moves = _moves(len(cells))
    trials = len(moves)
    if not cells or trials > budget:
        return 0, None
    relation = Relations((rel,), names)
    sign = 1.0 if (rel.op in (">", ">=")) == side else -1.0

    def look(assignment: Assignment) -> tuple[np.ndarray, np.ndarray]:
        """The points on the side wanted, and how far each is from it."""
        with np.errstate(all="ignore"):
            for _, left, right in relation.sides(assignment):
                gap = left - right
                there = ((floats.RELATIONS[rel.op](left, right) == side) & ~np.isnan(gap)).any(axis=1)
                gap = (
                    (-np.abs(gap) if (rel.op == "==") == side else np.abs(gap))
                    if rel.op in ("==", "!=")
                    else sign * gap
                )
                return np.flatnonzero(there), np.where(np.isnan(gap), -np.inf, gap).max(axis=1)
        return np.zeros(0, dtype=int), np.full(assignment.points, -np.inf)

    _, scores = look(base)
    best = int(np.argmax(scores))
    point: dict[str, np.ndarray] = {n: np.array(v[best]) for n, v in base.values.items()}
    ratios: dict[str, Any] = {n: (a[best : best + 1], d[best : best + 1]) for n, (a, d) in base.ratios.items()}
    height, step, used = float(scores[best]), 4.0, 0
    for _ in range(ROUNDS):
        if used + trials > budget or step < SHORTEST:
            break
        used += trials
        moved = {n: np.repeat(v[None], trials, axis=0) for n, v in point.items()}
        for t, move in enumerate(moves):
            for cell, way in move:
                row, k = cells[cell]
                moved[row.name].reshape(trials, -1)[t, k] += way * step
        for row in movable:
            moved[row.name] = _within(row, moved[row.name])
        around = Assignment(
            base.sizes,
            moved,
            trials,
            names,
            {n: (np.repeat(a, trials, 0), np.repeat(d, trials, 0)) for n, (a, d) in ratios.items()},
        )
        there, heights = look(around)
        if len(there):
            return used, around.take([int(p) for p in there[:KEPT]])
        top = int(np.argmax(heights))
        if heights[top] > height:
            height = float(heights[top])
            point = {n: np.array(v[top]) for n, v in moved.items()}
            step *= 2  # 10⁹ is 30 steps away
        else:
            step /= 4
    if (rel.op == "==") == side and rel.op in ("==", "!="):
        return _solve(relation, cells, base.take([best]), look, used)
    return used, None


def _solve(
    relation: Relations, cells: Sequence[tuple[Declared, int]], base: Assignment, look: Any, used: int
) -> tuple[int, Assignment | None]:
    """A tie at a fraction that no step ends on, x = 1/3: by the secant along one entry, exact where the difference is
    affine in it."""

    def gap(assignment: Assignment) -> float:
        return next((float((left - right)[0, 0]) for _, left, right in relation.sides(assignment)), np.nan)

    start = gap(base)
    for row, k in cells:
        values = base.values[row.name]
        if (
            row.domain.integer
            or row.name in base.ratios
            or not np.all(values * GRID == np.round(values * GRID))
            or np.abs(values).max() > GRID
        ):
            continue
        flat = values.reshape(-1)
        slope = gap(_changed(base, **{row.name: (flat + (np.arange(len(flat)) == k)).reshape(values.shape)})) - start
        used += 2
        root = flat[k] - start / slope if slope else np.nan
        if not abs(root) < GRID:
            continue
        near = Fraction(float(root)).limit_denominator(DENOMINATORS)
        above = (values * GRID).astype(np.int64) * near.denominator
        above.reshape(-1)[k] = near.numerator * GRID
        below = np.full(1, near.denominator * GRID, dtype=np.int64)
        exact = Assignment(
            base.sizes,
            {**base.values, row.name: above / below[0]},
            1,
            base.names,
            {**base.ratios, row.name: (above, below)},
        )
        if np.array_equal(_within(row, exact.values[row.name]), exact.values[row.name]) and len(look(exact)[0]):
            return used, exact
    return used, None
