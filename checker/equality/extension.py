"""Whether an answer extends the truth: where one of the two has a value and the other has none, on more than a null
set.

    Domains.open(side)       the conditions of one side that nothing the other side needs implies
                             (`derivations.definedness`)
    Domains.outside(side)    a point about which one side has no value and the other has one, for certain

Certain about a point means: in balls around it, that is for every value of the continuous inputs near it (log of a ball
below 0, no case that holds); or, where a denominator vanishes throughout (1/(x - x), the inverse of a singular matrix),
exactly, at further points that are drawn about it. A discrete input stays at its value, which counts by itself. Sizes
count unless it is at finitely many that a side has no value: it is looked at large ones as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from flint import arb

from checker.equality.align import Aligned
from checker.equality.counterexample import Found, readability
from checker.equality.perturbed import continuous, fresh, moved, repeated, widened
from checker.equality.sample import Sampled, beside, boundaries, judge_points
from derivations.definedness import Need, needs, one_of, unproved, vanishes
from derivations.domains import Names
from derivations.evaluate import balls, floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.balls import UNDEFINED, Outcome
from derivations.evaluate.program import TooMuchWork, Unevaluable, equation_of
from derivations.evaluate.regions import slack
from derivations.evaluate.steer import Relations, steer
from derivations.formula import (
    ZERO,
    Affine,
    Bound,
    Call,
    Cases,
    Elem,
    Formula,
    IndexVal,
    MatrixAtom,
    Node,
    Not,
    Num,
    Or,
    Rel,
    SizeVal,
    affine_terms,
    bound,
    call,
    free_indices,
    index_exprs,
    neg,
    reindex,
    value_of,
    walk,
)
from derivations.ranges import of_indices

Side = Literal["student", "truth"]
RADII = (2.0**-24, 2.0**-60, 2.0**-200)
"""Of the balls around a point, relative to its entries."""
BITS = (64, 256, 512)
"""Of the balls at these radii."""
EXACT = (1024, 8192)
"""Bits in which the products of drawn points are exact, where it is the same at points off every grid."""
TRIED = 12
"""Points that are looked at."""
MOVED = 6
"""Points drawn about one, at which a denominator is exactly 0: the chance that a polynomial of degree k is so without
vanishing throughout is below (k/2¹⁶)⁶."""
BEYOND, BEYOND_MATRICES = (28, 29), (3, 4)
"""How much larger the sizes are at which a side that has no value is looked at again; less where a matrix is inverted.
"""
TOGETHER = 25_000
"""What sizes may grow by, multiplied together: a term may run over all of them, and balls are to follow."""
BUDGET = 6_000
"""Points tried in the search for one where a condition fails."""
MOST_STEERED = 6
LARGEST_NUMBER = 2000
"""Sizes are looked at beyond the numbers up to this one."""
DEEP = 1300
"""Places after the binary point of the drawn points, where a floor may tell the grid."""


def other(side: Side) -> Side:
    return "truth" if side == "student" else "student"


class Domains:
    """Where the two sides of a pair have values. Both formulas stand over the same slots."""

    def __init__(self, pair: Aligned, names: Names, sampled: Sampled, seed: int, student: Formula):
        self.student = student
        self.pair, self.names, self.sampled, self.seed = pair, names, sampled, seed
        onto = dict(zip(pair.student.axes, pair.truth.axes, strict=True))
        self.bodies: dict[Side, Node] = {
            "student": reindex(pair.student.body, onto) if onto else pair.student.body,
            "truth": pair.truth.body,
        }
        self.same = self.bodies["student"] == self.bodies["truth"]
        self._needs: dict[Side, tuple[Need, ...]] = {}
        self._open: dict[Side, tuple[Need, ...]] = {}
        self._partial: dict[Side, tuple[Need, ...]] = {}
        self._seen: dict[Side, tuple[Found, Outcome] | None] = {}
        self._outside: dict[Side, tuple[Found, Outcome] | None] = {}

    def needs(self, side: Side) -> tuple[Need, ...]:
        """The conditions under which a side has a value."""
        if side not in self._needs:
            self._needs[side] = needs(self.bodies[side], self.names)
        return self._needs[side]

    def open(self, side: Side) -> tuple[Need, ...]:
        """Those that are not implied by the other side having a value."""
        if side not in self._open:
            self._open[side] = () if self.same else unproved(self.needs(side), self.names, self.needs(other(side)))
        return self._open[side]

    def partial(self, side: Side) -> tuple[Need, ...]:
        """Those that are not implied by the domains of the names."""
        if side not in self._partial:
            self._partial[side] = unproved(self.needs(side), self.names)
        return self._partial[side]

    def beyond_asked(self) -> tuple[Node, ...]:
        """The conditions of a truth by cases, outside of which nothing is asked, where the answer may have a value
        outside of them."""
        body = self.pair.student.body
        if not isinstance(body, Cases) or body == self.student.body:
            return ()
        asked = tuple(condition for condition, _ in body.branches)
        if body.otherwise is not None or all(of_indices(c) for c in asked):
            return ()
        outside = Need(one_of(asked))
        return asked if unproved((outside,), self.names, needs(self.student.body, self.names)) else ()

    # ------------------------------------------------------------ a set of positive measure

    def thick(self, *sides: Side) -> bool:
        """Whether the sides have values on a set of positive measure: about one of the points at which both have
        one."""
        doubtful: list[Side] = [s for s in sides if self.partial(s)]
        return not doubtful or any(self._about(found, doubtful) for found in self._agreeing())

    def _agreeing(self) -> Iterator[Found]:
        agreeing = self.sampled.agreeing
        for assignment, point in agreeing[:: max(1, len(agreeing) // TRIED)][:TRIED]:
            yield assignment, point, tuple(1 for _ in self.pair.slots)
            if self.pair.slots:
                lengths = [value_of(i.size, assignment.sizes) for i in self.pair.slots]
                yield assignment, point, tuple(lengths)

    def _about(self, found: Found, sides: Sequence[Side]) -> bool:
        assignment, point, entry = found
        for radius, bits in zip(RADII, BITS, strict=True):
            values = widened(self.names, assignment, point, radius, bits)
            if all(isinstance(self._value(s, assignment, values, entry, bits), arb) for s in sides):
                return True
        return False

    # ------------------------------------------------------------ points outside

    def void(self, side: Side) -> tuple[Found, Outcome] | None:
        """A point about which the other side has a value, where this one has none at all: what it divides by, or takes
        the logarithm of, is 0 as is proved."""
        if self.same or not any(vanishes(need, self.names) for need in self.needs(side)):
            return None
        for assignment in self.sampled.draws:
            for point in range(min(TRIED, assignment.points)):
                found: Found = (assignment, point, tuple(1 for _ in self.pair.slots))
                if self._about(found, [other(side)]):
                    return found, self._outcome(side, found)
        return None

    def outside(self, side: Side) -> tuple[Found, Outcome] | None:
        """A point about which the side has no value and the other has one; None where none was found."""
        if side not in self._outside:
            self._outside[side] = None if self.same else self._search(side)
        return self._outside[side]

    def seen_outside(self, side: Side) -> tuple[Found, Outcome] | None:
        """The same among the points that were drawn."""
        if side not in self._seen:
            lost = self.sampled.student_lost if side == "student" else self.sampled.truth_lost
            self._seen[side] = self._first(side, lost) if lost and not self.same else None
        return self._seen[side]

    def _search(self, side: Side) -> tuple[Found, Outcome] | None:
        found = self.seen_outside(side)
        by_size = any(
            of_indices(n.condition) and any(isinstance(v, SizeVal) for v in walk(n.condition)) for n in self.needs(side)
        )
        if found is not None or not (self.open(side) or by_size) or not self.sampled.draws:
            return found
        out = Sampled(minimum=self.sampled.minimum)
        relations = boundaries(self.pair, self.names)
        for assignment in (*self._steered(side), *(self._large(side, self.sampled.draws[0]) if by_size else ())):
            try:
                judge_points(out, self.pair, assignment, relations)
            except (TooMuchWork, Unevaluable):
                continue
        return self._first(side, out.student_lost if side == "student" else out.truth_lost)

    def _steered(self, side: Side) -> Iterator[Assignment]:
        """Points at which a condition of the side fails and those of the other hold."""
        if not self.open(side):
            return
        yield from self._discrete()
        for need in self.open(side)[:MOST_STEERED]:
            match need.condition:
                case Rel("!=", left, right) if self._whole(left):
                    tie = Rel("==", left, right)
                    yield from steer(Relations((tie,), self.names), self.sampled.draws[:1], BUDGET, self.seed + 3).extra
        held = [k for n in self.needs(other(side)) if not n.guards and (k := n.kept()) is not None]
        for need in self.open(side)[:MOST_STEERED]:
            failing = _failing(need)
            if failing is None:
                continue
            every = [failing, *(slack(g) for g in need.guards), *held]
            inner = [n for n in every if n is not None]
            over = [i for i in need.indices if any(i in free_indices(n) for n in inner)]
            joined = call("min", *inner) if len(inner) > 1 else inner[0]
            wanted = Rel(">", bound("max", over, joined) if over else joined, ZERO)
            try:
                yield from steer(Relations((wanted,), self.names), self.sampled.draws[:1], BUDGET, self.seed + 3).extra
            except Unevaluable:
                continue

    def _whole(self, node: Node) -> bool:
        """Whether discrete names stand in it: at a value of theirs it may be 0 with all that depends on it."""
        return any(
            isinstance(n, Elem) and n.name in self.names and not continuous(self.names[n.name])
            for n in every_node(node, self.names)
        )

    def _large(self, side: Side, like: Assignment) -> Iterator[Assignment]:
        """Points at sizes beyond every number that a side speaks of."""
        for more in self._beyond_all(side):
            found = fresh(self.names, {s: v + more for s, v in like.sizes.items()}, self.seed)
            if found is not None:
                yield found

    def _beyond_all(self, side: Side) -> tuple[int, ...]:
        nodes = list(every_node(self.bodies[side], self.names))
        numbers = [abs(int(n.value)) for n in nodes if isinstance(n, Num)]
        numbers += [abs(affine_terms(at)[1]) for n in nodes for at in index_exprs(n)]
        largest = max((k for k in numbers if k <= LARGEST_NUMBER), default=0)
        steps = BEYOND_MATRICES if any(isinstance(n, MatrixAtom) for n in nodes) else BEYOND
        most = int(TOGETHER ** (1 / max(1, len(self.names.sizes))))
        return tuple(largest + min(more, most + k) for k, more in enumerate(steps))

    def _discrete(self) -> Iterator[Assignment]:
        """Points at which a discrete input has one of its values in every entry: Σ y is 0 where all are."""
        base = self.sampled.draws[0]
        for row in self.names.inputs():
            if row.sizes and row.domain.structure == "plain" and row.domain.integer and row.name in base.values:
                for value in row.domain.values or (0, 1, -1):
                    yield Assignment(
                        base.sizes,
                        {**base.values, row.name: np.full_like(base.values[row.name], value)},
                        base.points,
                        self.names,
                        base.ratios,
                    )

    def _first(self, side: Side, lost: Sequence[Found]) -> tuple[Found, Outcome] | None:
        spread = sorted(lost, key=readability)
        for found in (*spread[: TRIED // 2], *spread[TRIED // 2 :: max(1, 2 * len(spread) // TRIED)])[:TRIED]:
            outcome = self.certain(side, found)
            if outcome is not None and self._beyond(side, found):
                return found, outcome
        return None

    def certain(self, side: Side, found: Found) -> Outcome | None:
        """That about a point the side has no value and the other has one."""
        if not self._stays(side, found):
            return None
        return self._in_balls(side, found) or self._exactly(side, found)

    def _stays(self, side: Side, found: Found) -> bool:
        """Whether it looks like that beside the point too."""
        around = beside(found, self.names)
        s, t = floats.evaluate(self.pair.student, around), floats.evaluate(self.pair.truth, around)
        at = (slice(None), *(k - 1 for k in found[2]))
        mine, theirs = (s[at], t[at]) if side == "student" else (t[at], s[at])
        # a determinant that is 0 is a small number in floats
        rounded = any(isinstance(n, MatrixAtom) for n in every_node(self.bodies[side], self.names))
        return bool((rounded or np.all(np.isnan(mine))) and np.all(np.isfinite(theirs)))

    def _in_balls(self, side: Side, found: Found) -> Outcome | None:
        assignment, point, entry = found
        for radius, bits in zip(RADII, BITS, strict=True):
            values = widened(self.names, assignment, point, radius, bits)
            mine = self._value(side, assignment, values, entry, bits)
            if isinstance(mine, arb):
                return None
            if mine is UNDEFINED and isinstance(self._value(other(side), assignment, values, entry, bits), arb):
                return self._outcome(side, found)
        return None

    def _exactly(self, side: Side, found: Found) -> Outcome | None:
        assignment, point, entry = found
        formula = self.pair.student if side == "student" else self.pair.truth
        deep = any(isinstance(n, Call) and n.fn in ("floor", "ceil") for n in every_node(formula.body, self.names))
        bits = EXACT[deep]
        for k in range(MOVED):
            values = moved(self.names, assignment, point, k, DEEP if deep else 0)
            if self._value(side, assignment, values, entry, bits) is not UNDEFINED or not isinstance(
                self._value(other(side), assignment, values, entry, bits), arb
            ):
                return None
        return self._outcome(side, found)

    def _outcome(self, side: Side, found: Found) -> Outcome:
        assignment, point, entry = found
        value = self._value(other(side), assignment, assignment.exact(point), entry, 256)
        return (
            Outcome("left_undefined", UNDEFINED, value, 256)
            if side == "student"
            else Outcome("right_undefined", value, UNDEFINED, 256)
        )

    def _value(
        self, side: Side, assignment: Assignment, values: dict[str, Any], entry: tuple[int, ...], bits: int
    ) -> Any:
        formula = self.pair.student if side == "student" else self.pair.truth
        try:
            return balls.evaluate(
                formula, assignment.sizes, values, dict(zip(formula.free + formula.axes, entry, strict=True)), bits
            )
        except Unevaluable:
            return None

    # ------------------------------------------------------------ sizes

    def _beyond(self, side: Side, found: Found) -> bool:
        """Whether a side has no value at large sizes either, where it is not at one size alone."""
        assignment, point, _ = found
        if not assignment.sizes or not _by_size(self.bodies[side], self.names):
            return True
        for more in self._beyond_all(side):
            sizes = {s: v + more for s, v in assignment.sizes.items()}
            for grown in (repeated(self.names, assignment, point, sizes), fresh(self.names, sizes, self.seed)):
                if grown is None:
                    continue
                out = Sampled()
                try:
                    judge_points(out, self.pair, grown, Relations((), self.names))
                except (TooMuchWork, Unevaluable, MemoryError):
                    continue
                lost = out.student_lost if side == "student" else out.truth_lost
                if any(self.certain(side, f) is not None for f in lost[:2]):
                    return True
        return False


def _failing(need: Need) -> Node | None:
    """What is > 0 where the condition fails; of f ≠ 0 and f = ⌊f⌋ nothing is."""
    match need.condition:
        case Rel("!=" | "==", _, _):
            return None
        case Or(args):
            inside = [slack(Not(a)) for a in args if not (isinstance(a, Rel) and a.op == "==")]
            return None if None in inside or not inside else call("min", *inside) if len(inside) > 1 else inside[0]  # type: ignore[arg-type]
        case Rel():
            found = slack(need.condition)
            return None if found is None else neg(found)
        case _:
            return slack(Not(need.condition))


def every_node(body: Node, names: Names) -> Iterator[Node]:
    """The nodes of a formula and of the definitions that it uses."""
    seen: set[str] = set()
    pending = [body]
    while pending:
        for node in walk(pending.pop()):
            yield node
            if isinstance(node, Elem) and node.name not in seen:
                seen.add(node.name)
                definition = equation_of(node.name, names)
                if definition is not None:
                    pending.append(definition.body)


def _by_size(body: Node, names: Names) -> bool:
    """Whether a side may have a value at some sizes only."""
    return any(
        isinstance(n, SizeVal | IndexVal | MatrixAtom)
        or any(isinstance(at, int | Affine) for at in index_exprs(n))
        or (isinstance(n, Bound) and any(isinstance(i.size, int) for i in n.indices))
        for n in every_node(body, names)
    )
