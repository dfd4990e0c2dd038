"""What has to be seen for certain where no proof settles a pair: every size that matters, every branch, every tie
between whole numbers.

Floats show no difference of 10⁻³⁰, and neither do balls of 64 bits. So in each branch of each condition, and at each of
the sizes that two formulas speak of, balls compare all entries at a point off the grid, until nothing in them is too
small to be seen. Where a condition holds with equality (or nearly) beside the point too, the tie is no accident: balls
decide it, or a proof that both sides are the same, or nothing does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from checker.equality.align import Aligned
from checker.equality.counterexample import SHARPER, Found, confirm
from checker.equality.sample import beside, constant
from derivations.domains import Declared, Names
from derivations.evaluate import balls, floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.balls import Outcome
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.evaluate.regions import branches, edges, everything
from derivations.evaluate.splitmix import splitmix
from derivations.evaluate.steer import Relations, steer
from derivations.formula import ONE, ZERO, Call, Cases, Formula, Node, Rel, value_of
from derivations.frozen import frozen
from derivations.normal_form.settled import Settling

MOST_TIES = 16
TRIED = 3
"""Points of a branch that are looked at until one says something."""
MOST_LOOKS = 600
"""Points at which balls look, sizes times branches times values of labels."""
MOST_VARIANTS = 6
MOST_STEERED = 12
DEGENERATE = 2
"""At sizes up to this a branch may well be empty: x_i > x_j where there is one index."""
MOST_EMPTY = 40
"""Branches met nowhere that are asked whether they are empty."""
MOST_ENTRIES = 256
"""Entries that are compared at a point; of more, the first ones of the slots are."""
DENOMINATOR = 10_007 << 13
"""A number with an odd factor: with it below them, points are no multiples of powers of two."""
FINER = (0, 80, 1000)
"""How many powers of two closer to a point its neighbour is, where one further away is in another branch."""
MOST_MOVED = 4096


@frozen
class Look:
    """`found` differs for certain; or `tag` and `what` say why nothing can be said; or all that was to be seen agrees,
    to `digits`."""

    found: tuple[Found, Outcome] | None = None
    tag: str = ""
    what: tuple[Any, ...] = ()
    digits: int | None = None
    agreed: int = 0


# ---------------------------------------------------------------- ties


def ties(pair: Aligned, names: Names, doubts: Sequence[Found]) -> Look:
    """Points at which a condition is too close to tell, or which look different: what stands there beside the point too
    has to be decided."""
    for found in doubts[:MOST_TIES]:
        look = _tie(pair, names, found)
        if look.found is not None or look.tag:
            return look
    return Look()


def _tie(pair: Aligned, names: Names, found: Found) -> Look:
    assignment, point, _ = found
    outcome = confirm(pair, found, names)
    if outcome is not None and outcome.kind == "close":
        return Look()
    around = beside(found, names)
    for p in (0, around.points - 1):
        outcome, entry = _decided_entries(pair, names, around, p)
        if outcome is None or outcome.kind == "undecided":
            return Look(tag="tie" if _jumps(pair) else "precision")
        if outcome.kind == "different":
            return Look(_readable(pair, names, assignment, point) or ((around, p, entry), outcome))
    return Look()


def _readable(pair: Aligned, names: Names, assignment: Assignment, point: int) -> tuple[Found, Outcome] | None:
    """The point of a draw beside which two formulas differ, if they do at the point itself: its numbers are shorter."""
    outcome, entry = _decided_entries(pair, names, assignment, point)
    return ((assignment, point, entry), outcome) if outcome is not None and outcome.kind == "different" else None


def _decided_entries(
    pair: Aligned, names: Names, assignment: Assignment, point: int
) -> tuple[Outcome | None, tuple[int, ...]]:
    """All entries at a point; where balls do not decide, with the conditions decided that hold with equality
    identically."""
    found = entries(pair, assignment, point, SHARPER[:2])
    if found[0] is not None and found[0].kind == "undecided":
        return entries(settled(pair, names, assignment, point) if _jumps(pair) else pair, assignment, point)
    return found


def _jumps(pair: Aligned) -> bool:
    """Whether a condition, a sign or a rounding stands in either formula."""
    return any(
        isinstance(n, Rel) or (isinstance(n, Call) and n.fn in ("floor", "ceil", "sign"))
        for f in (pair.student, pair.truth)
        for n in everything(f)
    )


def settled(pair: Aligned, names: Names, assignment: Assignment, point: int) -> Aligned:
    """Both formulas with the conditions decided that hold with equality identically, at the sizes and the discrete
    values of a point."""
    one = assignment.take([point])
    whole = {
        r.name: int(one.values[r.name].item())
        for r in names.inputs()
        if r.domain.integer and not r.sizes and r.name in one.values
    }

    def estimate(node: Node) -> float | None:
        try:
            value = float(floats.evaluate_node(node, names, one).reshape(-1)[0])
        except Unevaluable:
            return None
        return value if np.isfinite(value) else None

    settle = Settling(names, whole, assignment.sizes, estimate)
    sides: list[Formula] = [replace(f, body=settle(f.body)) for f in (pair.student, pair.truth)]
    return Aligned(*sides)


# ---------------------------------------------------------------- sizes and branches


def everywhere(pair: Aligned, names: Names, draws: Sequence[Assignment], spoken: bool, seed: int) -> Look:
    """Each size that counts, and each branch (at each of the sizes, where the two speak of sizes), at points in full.

    `draws` hold the points of each size, those of the first draws in front; `spoken`: sizes stand as numbers in the
    formulas.
    """
    both = [branches(f) for f in (pair.student, pair.truth)]
    if both[0] is None or both[1] is None:
        return Look(tag="limit")
    at_edges = dict.fromkeys(r for f in (pair.student, pair.truth) for r in edges(f))
    view = _View(pair, names, draws, {**at_edges, **both[0], **both[1]}, seed)
    ways = [(None, None), *view.wanted.items()]
    looks = len(view.places) * len(ways) if spoken else len(view.places) + len(ways)
    if looks > MOST_LOOKS:
        return Look(tag="limit")
    view.variants = max(1, min(MOST_VARIANTS, MOST_LOOKS // looks)) if view.discrete else 1
    never = view.missing()
    digits: int | None = None
    unseen: Look | None = None
    agreed = 0
    for n, place in enumerate(view.places):
        for rel, guard in ways if spoken or n == 0 else ways[:1]:
            if rel is None or (rel in view.met and view.possible(guard, place)):
                look = view.look(rel, place, spoken)
                if look.found is not None:
                    return look
                unseen = unseen or (look if look.tag else None)
                if look.digits is not None:
                    digits, agreed = min(look.digits, digits or look.digits), agreed + 1
    if unseen is not None:
        return unseen
    return Look(digits=digits, agreed=agreed) if never is None else Look(tag="unreached", what=((never, True),))


Place = tuple[tuple[str, int], ...]
Spot = tuple[Assignment, int]


class _View:
    """The points of a pair by sizes, and which of them lie in which branch."""

    def __init__(
        self, pair: Aligned, names: Names, draws: Sequence[Assignment], wanted: dict[Rel, Node | None], seed: int
    ):
        self.pair, self.names, self.seed, self.wanted = pair, names, seed, wanted
        self.discrete = [r for r in names.inputs() if r.domain.integer]
        self.places: dict[Place, list[Assignment]] = {}
        for a in draws:
            self.places.setdefault(tuple(sorted(a.sizes.items())), []).append(a)
        self.relations = Relations(wanted, names)
        self.met: dict[Rel, dict[Place, list[Spot]]] = {}
        self.variants = 1
        self.steered = 0
        for a in draws:
            self._collect(self.relations, a)

    def _collect(self, relations: Relations, a: Assignment) -> None:
        place = tuple(sorted(a.sizes.items()))
        for rel, values in relations.holding(a):
            there = np.flatnonzero((values == 1).any(axis=1))
            if len(there):
                self.met.setdefault(rel, {}).setdefault(place, []).extend(
                    (a, int(p)) for p in there[:: max(1, len(there) // 8)][:8]
                )

    def missing(self) -> Rel | None:
        """A branch that no point is in, though it is not proved to be empty."""
        never = {
            r: next((p for p in self.places if self.possible(guard, p)), None)
            for r, guard in self.wanted.items()
            if r not in self.met
        }
        for place in dict.fromkeys(p for p in never.values() if p is not None):
            there = Relations([r for r, p in never.items() if p == place], self.names)
            for a in steer(there, self.places[place][:1], seed=self.seed + 2, sides=(True,)).extra:
                self._collect(there, a)
        # a branch that sizes and indices alone keep from being taken, at every size that counts, is empty
        empty = [r for r, p in never.items() if p is not None and r not in self.met and r.op != "=="]
        return next((r for k, r in enumerate(empty) if k >= MOST_EMPTY or not constant(r, False, self.names)), None)

    def possible(self, guard: Node | None, place: Place) -> bool:
        """Whether what sizes and indices decide of a branch holds at some sizes, for some indices."""
        if guard is None:
            return True
        rel = Rel("==", Cases(((guard, ONE),), ZERO), ONE)
        return any(
            bool((v == 1).any()) for _, v in Relations((rel,), self.names).holding(self.places[place][0].take([0]))
        )

    def look(self, rel: Rel | None, place: Place, spoken: bool) -> Look:
        """What balls say in a branch at some sizes: at the first of its points that says something, for several values
        of labels and integers."""
        spots = self._spots(rel, place)
        if not spots:
            return (
                Look()
                if not spoken or min((v for _, v in place), default=1) <= DEGENERATE
                else Look(tag="unreached", what=((rel, True),))
            )
        blind = False
        digits: int | None = None
        for assignment, p in spots[:TRIED]:
            for moved in self._varied(rel, assignment, p):
                outcome, entry = _decided_entries(self.pair, self.names, moved, 0)
                if outcome is None or outcome.kind == "undecided":
                    blind = True
                    break
                if outcome.kind == "different":
                    return Look(_readable(self.pair, self.names, assignment, p) or ((moved, 0, entry), outcome))
                if outcome.kind == "close":
                    digits = min(outcome.digits, digits or outcome.digits)
            else:
                blind = False
                if digits is not None:
                    return Look(digits=digits)
        return Look(tag="precision") if blind else Look()

    def _spots(self, rel: Rel | None, place: Place) -> list[Spot]:
        """Points of a branch at some sizes, the most moderate first; where there are none, the numbers of one at
        others, or the nearest way there."""
        here = self.places[place]
        if rel is None:
            a = here[0]
            return [(a, p) for p in dict.fromkeys((min(18, a.points - 1), min(5, a.points - 1), a.points // 2))]
        if place not in self.met[rel]:
            alone = Relations((rel,), self.names)
            for spots in list(self.met[rel].values())[:TRIED]:
                self._collect(alone, self._transplanted(here[0], *min(spots, key=_immoderate)))
            if place not in self.met[rel] and self.steered < MOST_STEERED:
                self.steered += 1
                for a in steer(alone, here[:1], seed=self.seed + 2, sides=(True,)).extra:
                    self._collect(alone, a)
        return sorted(self.met[rel].get(place, ()), key=_immoderate)

    def _transplanted(self, onto: Assignment, a: Assignment, p: int) -> Assignment:
        """Points with the scalars of another one."""
        values = {
            n: np.repeat(a.values[n][p : p + 1], onto.points, axis=0)
            if not self.names[n].sizes and n not in a.ratios
            else v
            for n, v in onto.values.items()
        }
        return Assignment(onto.sizes, values, onto.points, self.names, onto.ratios)

    def _varied(self, rel: Rel | None, assignment: Assignment, p: int) -> Iterator[Assignment]:
        """A point off the grid, with other values of labels and integers as long as it stays in its branch."""
        pool = self.places[tuple(sorted(assignment.sizes.items()))][0]
        for k in range(self.variants):
            one = assignment.take([p])
            if k:
                one.values.update({r.name: self._values(r, pool, k) for r in self.discrete if r.name in one.values})
            if rel is None:
                yield off_the_grid(self.names, one, 0)
            elif not k or self._within(rel, one):
                near = (off_the_grid(self.names, one, 0, fine) for fine in FINER)
                yield next((m for m in near if self._within(rel, m)), one)

    def _values(self, row: Declared, pool: Assignment, k: int) -> np.ndarray:
        """The largest values of a label, the smallest, and some that were drawn."""
        drawn = pool.values[row.name]
        if row.domain.values and row.domain.structure == "plain" and k <= len(row.domain.values):
            return np.full_like(drawn[:1], row.domain.values[-k])
        at = (7 * k + 3 + len(row.name)) % pool.points
        return drawn[at : at + 1]

    def _within(self, rel: Rel, one: Assignment) -> bool:
        return any(bool((v == 1).any()) for _, v in Relations((rel,), self.names).holding(one))


def _immoderate(found: Spot) -> float:
    """How far the numbers of a point are from 1, in powers of two; 0 is far."""
    a, p = found
    with np.errstate(divide="ignore"):
        return sum(float(np.minimum(np.abs(np.log2(np.abs(v[p]))), TINY).max(initial=0.0)) for v in a.values.values())


TINY = 60.0


def entries(
    pair: Aligned, assignment: Assignment, point: int, precisions: Sequence[int] = SHARPER
) -> tuple[Outcome | None, tuple[int, ...]]:
    """What balls say of all entries at a point, seen in full; of the first ones where there are many."""
    lengths = [value_of(i.size, assignment.sizes) for i in pair.slots]
    exact = assignment.at(point)
    try:
        if np.prod(lengths, dtype=float) <= MOST_ENTRIES:
            return balls.compare_entries_at(pair.student, pair.truth, assignment.sizes, exact, precisions)
        for entry in (
            (1,) * len(lengths),
            tuple(lengths),
            tuple(1 + (n - 1) // (k + 2) for k, n in enumerate(lengths)),
        ):
            outcome = balls.compare_at(
                pair.student, pair.truth, assignment.sizes, exact, entry, max(precisions), precisions, in_full=True
            )
            if outcome.kind != "close":
                break
        return outcome, entry
    except (Unevaluable, TooMuchWork, MemoryError):
        return None, ()


def off_the_grid(names: Names, assignment: Assignment, point: int, fine: int = 0) -> Assignment:
    """One point, its continuous inputs changed by less than a millionth and no longer multiples of a power of two; what
    is 0 is no longer 0."""
    one = assignment.take([point])
    values, ratios = dict(one.values), dict(one.ratios)
    start = 0
    for row in names.inputs():
        v = values.get(row.name)
        if (
            v is None
            or row.domain.structure != "plain"
            or row.domain.integer
            or row.name in ratios
            or v.size > MOST_MOVED
            or row.domain.low not in (None, 0)
        ):
            continue
        shifts = [1 + int(s) for s in splitmix(43, v.size, start) % np.uint64(97)]
        start += v.size
        # a bounded domain is left by its upper end only, since values move away from 0
        way = 1 if row.domain.high is None else -1
        near = Fraction(1, DENOMINATOR << (47 + fine))
        moved = [
            Fraction(z) * (1 + Fraction(way * s, DENOMINATOR << fine)) if z or row.domain.low == 0 else s * near
            for z, s in zip(v.ravel().tolist(), shifts, strict=True)
        ]
        below = lcm(*(m.denominator for m in moved))
        above = np.empty(v.size, dtype=object)
        above[:] = [m.numerator * (below // m.denominator) for m in moved]
        whole = np.empty(1, dtype=object)
        whole[0] = below
        ratios[row.name] = (above.reshape(v.shape), whole)
        values[row.name] = np.array([float(m) for m in moved]).reshape(v.shape)
    return replace(one, values=values, ratios=ratios, cache={})


__all__ = ["Look", "entries", "everywhere", "off_the_grid", "ties"]
