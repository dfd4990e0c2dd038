"""Which axis a program may be computed along in blocks, and in how many passes.

Axes that run together (the rows of X, of z = Xw, of p) are one class. A class can be cut into blocks when nothing needs
it whole but sums: a sum over it is added up block by block, and what depends on that sum waits for the next pass, in
which blocks are computed again from the arguments (cheap: entrywise). Batch normalisation takes three passes over its
rows: μ; v; dx.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Counter,
    Cumulative,
    Diagonal,
    Entry,
    Gather,
    Input,
    Map,
    Matrix,
    Padded,
    Permute,
    Reduce,
    Scatter,
    Sliding,
    Softmax,
    Solve,
    Spread,
    Window,
    Zeros,
    in_order,
    operands,
)

Axis = tuple[Array, int]


class Classes:
    """The axes of a program, united where they run together."""

    def __init__(self, roots: tuple[Array, ...]):
        self.order = list(in_order(roots))
        self._up: dict[Axis, Axis] = {}
        for a in self.order:
            for k in range(len(a.shape)):
                self._up.setdefault((a, k), (a, k))
            for left, right in _together(a):
                self._unite(left, right)

    def of(self, a: Array, k: int) -> Axis:
        """The representative of an axis."""
        axis = (a, k)
        while self._up[axis] != axis:
            axis = self._up[axis]
        return axis

    def _unite(self, left: Axis, right: Axis) -> None:
        self._up[self.of(*left)] = self.of(*right)

    def all(self) -> list[Axis]:
        """One representative a class, in order of appearance."""
        return list(dict.fromkeys(self.of(a, k) for a in self.order for k in range(len(a.shape))))

    def places(self, a: Array, c: Axis) -> tuple[int, ...]:
        """The axes of an array that belong to a class."""
        return tuple(k for k in range(len(a.shape)) if self.of(a, k) == c)


def _together(a: Array) -> Iterable[tuple[Axis, Axis]]:
    """Pairs of axes that one operation makes run together."""
    match a:
        case Map():
            for arg, places in zip(a.args, a.places, strict=True):
                yield from (((arg, k), (a, p)) for k, p in enumerate(places))
        case Reduce(_, arg, axes):
            kept = [k for k in range(len(arg.shape)) if k not in axes]
            yield from (((arg, k), (a, n)) for n, k in enumerate(kept))
        case Softmax(arg, _):
            yield from (((arg, k), (a, k)) for k in range(len(arg.shape)))
        case Contract():
            where = {label: (a.a, k) for k, label in enumerate(a.la)}
            for k, label in enumerate(a.lb):
                if label in where:
                    yield (where[label], (a.b, k))
                where[label] = (a.b, k)
            yield from ((where[label], (a, k)) for k, label in enumerate(a.out))
        case Permute(arg, order):
            yield from (((arg, k), (a, n)) for n, k in enumerate(order))
        case Entry(arg, axis, _):
            kept = [k for k in range(len(arg.shape)) if k != axis]
            yield from (((arg, k), (a, n)) for n, k in enumerate(kept))
        case Sliding(arg, axis):
            yield from (((arg, k), (a, k)) for k in range(len(arg.shape)) if k != axis)
        case Diagonal(arg, p, q):
            yield ((arg, p), (arg, q))
            yield ((arg, p), (a, len(a.shape) - 1))
            kept = [k for k in range(len(arg.shape)) if k not in (p, q)]
            yield from (((arg, k), (a, n)) for n, k in enumerate(kept))
        case Spread(arg, place, _):
            yield from (((arg, k), (a, p)) for k, p in enumerate(place))
        case AddDiagonal(base, values, p, q, places):
            yield from (((base, k), (a, k)) for k in range(len(a.shape)))
            yield ((a, p), (a, q))
            view = [*(k for k in range(len(a.shape)) if k not in (p, q)), p]
            yield from (((values, k), (a, view[place])) for k, place in enumerate(places))
        case _:
            return


WHOLE = (Counter, Spread, Zeros, Solve, Matrix, Gather, Scatter, Window, Padded, Cumulative)
"""Operations that no block of their axes is computed of."""


def _slides(a: Array, place: int) -> bool:
    """Whether a place is one of the two that a sliding window makes of an axis."""
    return isinstance(a, Sliding) and place in (a.axis, len(a.shape) - 1)


@dataclass(frozen=True, slots=True)
class Cut:
    """A class to be cut into blocks: the level of every array (the pass in which it can be computed), and which arrays
    have the axis."""

    axis: Axis
    level: dict[Array, int]
    blocked: dict[Array, int]
    passes: int


def best_cut(roots: tuple[Array, ...]) -> Cut | None:
    """The class whose blocks lie together in memory in most arrays and need the fewest passes; None where nothing can
    be cut."""
    classes = Classes(roots)
    cuts = [(cut, _cost(cut)) for c in classes.all() if (cut := _cut(classes, c, roots)) is not None]
    return min(cuts, key=lambda pair: pair[1])[0] if cuts else None


def _cost(cut: Cut) -> tuple[int, int, int]:
    inside = sum(1 for k in cut.blocked.values() if k != 0)
    weight = sum(len(a.shape) for a in cut.blocked if isinstance(a, Input))
    return (inside, cut.passes, -weight)


def _cut(classes: Classes, c: Axis, roots: tuple[Array, ...]) -> Cut | None:
    """How a class is cut; None where it cannot be."""
    level: dict[Array, int] = {}
    blocked: dict[Array, int] = {}
    for a in classes.order:
        places = classes.places(a, c)
        if len(places) > 1 or (places and (isinstance(a, WHOLE) or _slides(a, places[0]))):
            return None
        if places:
            blocked[a] = places[0]
        below = [o for o in operands(a) if o in blocked]
        level[a] = max((level[o] for o in operands(a)), default=0)
        if below and not places:
            sums = (isinstance(a, Reduce) and a.op == "sum") or isinstance(a, Contract)
            if not sums:
                return None
            level[a] += 1
        if isinstance(a, Softmax) and places and places[0] == a.axis:
            return None
        if isinstance(a, Solve) and a.a in blocked:
            return None
    if not any(isinstance(a, Input) for a in blocked):
        return None
    _delay(classes.order, level, blocked, roots)
    passes = 1 + max((level[a] for a in blocked), default=0)
    # a matrix product is not to be computed once a pass
    first: dict[Array, int] = {}
    for last in range(passes):
        for a in pass_arrays(classes.order, level, blocked, roots, last):
            if isinstance(a, Contract) and a in blocked and first.setdefault(a, last) != last:
                return None
    return Cut(c, level, blocked, passes)


def _delay(order: list[Array], level: dict[Array, int], blocked: dict[Array, int], roots: tuple[Array, ...]) -> None:
    """Move each sum to the first pass that reads its arguments anyway: Σ_i dY_ij waits for the pass that needs dY for
    Σ_i dY_ij x̂_ij."""
    latest = dict.fromkeys(order, max((level[a] for a in blocked), default=0) + 1)
    for a in reversed(order):
        for o in operands(a):
            latest[o] = min(latest[o], level[a] if a in blocked else latest[a])
    sums = [a for a in order if a not in blocked and any(o in blocked for o in operands(a))]
    for s in sums:
        if any(isinstance(a, (Contract, Softmax)) for a in _below([o for o in operands(s) if o in blocked], blocked)):
            continue  # what it sums is costly, and computed where it is ready
        needs = {a for a in _below([s], blocked) if isinstance(a, Input) and a in blocked}
        for number in range(level[s] - 1, latest[s]):
            others = [t for t in sums if t is not s and level[t] == number + 1]
            goals = [*others, *(r for r in roots if r in blocked and level[r] == number)]
            if needs <= set(_below(goals, blocked)):
                _raise(order, level, s, number + 1)
                break


def _raise(order: list[Array], level: dict[Array, int], s: Array, to: int) -> None:
    """Give a sum a later level, and with it whatever depends on it."""
    level[s] = to
    for a in order:
        for o in operands(a):
            if level[o] > level[a]:
                level[a] = level[o]


def sums_of_pass(
    order: Iterable[Array], level: dict[Array, int], blocked: dict[Array, int], number: int
) -> list[Array]:
    """The sums over the cut axis that a pass adds up."""
    return [a for a in order if a not in blocked and any(o in blocked for o in operands(a)) and level[a] == number + 1]


def pass_arrays(
    order: Iterable[Array], level: dict[Array, int], blocked: dict[Array, int], roots: tuple[Array, ...], number: int
) -> list[Array]:
    """The blocked arrays, operands first, that a pass computes: for its sums, and for the results that are ready in
    it."""
    goals = [*sums_of_pass(order, level, blocked, number), *(r for r in roots if r in blocked and level[r] == number)]
    return [a for a in _below(goals, blocked) if a in blocked]


def _below(goals: list[Array], blocked: dict[Array, int]) -> Iterable[Array]:
    """What lies below the goals through blocked arrays only, operands first."""
    seen: set[Array] = set()
    result: list[Array] = []

    def visit(a: Array) -> None:
        if a in seen:
            return
        seen.add(a)
        for o in operands(a):
            if o in blocked:
                visit(o)
        result.append(a)

    for g in goals:
        visit(g)
    return result
