"""The proof: the difference in normal form, tried in a fixed order of ever more expensive readings.

Names as they are, nodes by their definitions, functions of conditions and labels by their values, literal ranges
written out; each also in every cell of the conditions outside all binders. All within one counted budget.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from derivations.domains import Names
from derivations.formula import Formula, Index, MatrixAtom, binders, indicator, walk
from derivations.frozen import frozen
from derivations.normal_form.cells import empty
from derivations.normal_form.known import splittable
from derivations.normal_form.line import vanishes_on_the_line
from derivations.normal_form.lower import REBUILD, Lowering
from derivations.normal_form.matrices import multiplied_out
from derivations.normal_form.polynomials import Exhausted, Leaf, Poly, Unprovable
from derivations.normal_form.rational import clear
from derivations.normal_form.ring import Ring

BUDGET = 200_000
MAX_DEPTH = 12
"""Conditions that are decided one within the other."""


@frozen
class Reading:
    """How the two formulas are read: nodes by definition, functions of labels by their values, literal ranges written
    out, inverses left alone."""

    unfolded: bool = False
    by_values: bool = False
    written_out: bool = False
    keep_inverses: bool = False


READINGS = (
    Reading(),
    Reading(keep_inverses=True),
    Reading(unfolded=True),
    Reading(by_values=True),
    Reading(True, True),
    Reading(written_out=True),
    Reading(True, False, True),
    Reading(True, True, True),
)


def prove_equal(a: Formula, b: Formula, budget: int = BUDGET) -> bool | None:
    """True when a = b for every size and wherever both are defined; None when that is not proved. Never a guess.

    The free indices and axes of the two correspond in order (axes of size 1 do not count).
    """
    slots = [[i for i in f.free + f.axes if i.size != 1] for f in (a, b)]
    if [i.size for i in slots[0]] != [i.size for i in slots[1]] or a.joint != b.joint:
        return None
    names = a.names if isinstance(a.names, Names) else b.names if isinstance(b.names, Names) else Names()
    try:
        return _Proof(a, b, slots, names, budget).run()
    except (Exhausted, RecursionError):
        return None


def prove_same_set(a: Formula, b: Formula, budget: int = BUDGET) -> bool | None:
    """True when two conditions hold at the same points, boundaries included, wherever both have a value; None when that
    is not proved."""
    sides = [replace(f, body=indicator(f.body)) for f in (a, b)]
    slots = [[i for i in f.free + f.axes if i.size != 1] for f in sides]
    if [i.size for i in slots[0]] != [i.size for i in slots[1]] or a.joint != b.joint:
        return None
    proof = _Proof(sides[0], sides[1], slots, a.names if isinstance(a.names, Names) else Names(), budget)
    try:
        return any(proof.on_boundaries_too(reading) for reading in (Reading(), Reading(by_values=True))) or None
    except (Exhausted, RecursionError):
        return None


class _Proof:
    def __init__(self, a: Formula, b: Formula, slots: list[list[Index]], names: Names, budget: int):
        self.a, self.b, self.slots, self.names, self.left = a, b, slots, names, budget

    def run(self) -> bool | None:
        """The readings in order; True at the first that proves it."""
        computed = any(row.definition is not None for row in self.names.values())
        inverses = any(isinstance(node, MatrixAtom) for f in (self.a, self.b) for node in walk(f.body))
        literal = any(
            isinstance(i.size, int) and i.size > 1
            for f in (self.a, self.b)
            for node in walk(f.body)
            for i in binders(node)
        )
        for reading in READINGS:
            if (
                (reading.unfolded and not computed)
                or (reading.written_out and not literal)
                or (reading.keep_inverses and not inverses)
            ):
                continue
            ring = Ring(self.names, self.left, REBUILD)
            ring.expand_values = reading.by_values
            ring.rewrite_inverses = not reading.keep_inverses
            if self.attempt(reading, ring) or self.by_cases(reading, ring, MAX_DEPTH):
                return True
        return None

    def on_boundaries_too(self, reading: Reading) -> bool:
        """Whether the difference of two indicators is zero everywhere."""
        ring = Ring(self.names, self.left, REBUILD)
        ring.boundaries, ring.expand_values = True, reading.by_values
        try:
            difference = self.difference(ring, reading)
            return is_zero(ring, difference) or vanishes_on_the_line(ring, difference)
        except Unprovable:
            return False
        finally:
            self.left = ring.left

    def by_cases(self, reading: Reading, ring: Ring, depth: int) -> bool:
        """Proved on both sides of the first open condition, and so on within each; a cell without a point needs no
        proof."""
        gates = splittable(ring)
        if not gates or not depth:
            return False
        for sign in (1, -1):
            cell = ring.within({gates[0]: sign})
            void = empty(cell, cell.positive)
            self.left = cell.left
            if not (void or self.attempt(reading, cell) or self.by_cases(reading, cell, depth - 1)):
                return False
            ring.left = self.left
        return True

    def attempt(self, reading: Reading, ring: Ring) -> bool:
        """Whether the difference is zero in one reading, under what the ring knows."""
        try:
            difference = self.difference(ring, reading)
            return is_zero(ring, difference) or is_zero(
                ring, multiplied_out(ring, difference, set(range(len(self.slots[0]))))
            )
        except Unprovable:
            return False
        finally:
            self.left = ring.left
            if self.left < 0:
                raise Exhausted

    def difference(self, ring: Ring, reading: Reading) -> Poly:
        """Left minus right, lowered again while definedness teaches something."""
        labels: dict[Index, Leaf] = {}
        for k, (i, j) in enumerate(zip(*self.slots, strict=True)):
            labels[i] = labels[j] = (k, str(i.size))
        for f in (self.a, self.b):
            labels |= {i: (0, "1") for i in f.free + f.axes if i.size == 1 and i not in labels}
        left: Poly = {}
        right: Poly = {}
        for _ in range(3):
            known, units = dict(ring.positive), dict(ring.units)
            ring.met.clear()
            lowering = Lowering(ring, labels, reading.unfolded, reading.written_out)
            left, right = lowering(self.a.body), lowering(self.b.body)
            ring.accept_learnt()
            if ring.positive == known and ring.units == units:
                break
        return ring.sub(left, right)


def is_zero(ring: Ring, poly: Poly) -> bool:
    """Whether a polynomial over atoms is zero once denominators and negative powers are cleared."""
    for _ in range(6):
        if not poly:
            return True
        poly, _ = clear(ring, poly)
        if not poly:
            return True
        lowest: dict[int, Any] = {}
        for m in poly:
            for a, e in m:
                if e < 0:
                    lowest[a] = min(e, lowest.get(a, 0))
        if not lowest:
            return False
        poly = ring.times(poly, tuple(sorted((a, -e) for a, e in lowest.items())))
    return not poly
