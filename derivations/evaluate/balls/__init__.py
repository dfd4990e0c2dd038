"""Formulas in ball arithmetic (python-flint's `arb`) at one exact point: what decides.

    evaluate(formula, sizes, exact_values, at, bits)    a ball that holds the true value, UNDEFINED, or UNDECIDED;
                                                        where inputs are balls themselves, what is so for all values in
                                                        them
    compare_at(a, b, sizes, exact_values, position)     different, close, or why neither can be said, with growing
                                                        precision

The program of `floats` runs on arrays of balls. A condition holds only when the balls decide it; where they do not at
this precision, what depends on it is UNDECIDED. UNDEFINED means undefined for certain: 1/0 with an exact 0, log of a
ball below 0, an exactly singular rational matrix, an index out of range, no case that holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from flint import arb, ctx, fmpq

from derivations.domains import Names
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.balls.arrays import OPERATIONS, mapped
from derivations.evaluate.balls.sight import Sight
from derivations.evaluate.balls.single import FUNCTIONS, Ball, ball, precision
from derivations.evaluate.compiled import program
from derivations.evaluate.exact import operations, run_exactly
from derivations.evaluate.floats import full
from derivations.evaluate.floats.layout import Frame
from derivations.evaluate.marks import UNDECIDED, UNDEFINED, Mark
from derivations.evaluate.program import Contraction, Program, TooMuchWork, Unevaluable, definition_of
from derivations.formula import Formula, Index, Node, Sizes
from derivations.frozen import frozen

PRECISIONS = (64, 256, 512, 1024, 2048)
LARGEST_BALLS = 1 << 17
"""Entries of one intermediate: a ball operation costs about 0.2 µs, so this is some 20 ms."""
WORK_BALLS = 1 << 20
"""Entries of all intermediates, those of functions counted many times; of many bits in proportion fewer."""
PLAIN_BITS, DEAR = 256, 16


class BallRun(Frame):
    """The exact inputs as balls, and the nodes computed from them, at one precision."""

    __slots__ = ("exact", "sight")

    def __init__(
        self,
        assignment: Assignment,
        names: Names | None,
        exact: Mapping[str, Any],
        fixed: Mapping[Index, int],
        sight: Sight | None = None,
    ):
        super().__init__(assignment, names, fixed)
        self.exact = exact
        self.sight = sight

    def rational(self, name: str) -> np.ndarray | None:
        """An input in rationals; None for a node, for balls, and for one that is no float: at x = 1/3 a tie with 1/3 is
        one of measure zero."""
        given = self.exact.get(name)
        if given is None or isinstance(given, tuple) or (isinstance(given, np.ndarray) and given.dtype == object):
            return None
        return _tensor(given, _rational)

    def tensor(self, name: str) -> np.ndarray:
        cache = self.assignment.cache
        found = cache.get(name)
        if found is None:
            if name in self.exact:
                found = _tensor(self.exact[name])
            else:
                definition = definition_of(name, self.names)
                if definition is None:
                    raise Unevaluable(f"{name} has no values")
                cache[name] = "open"
                names = (
                    definition.names if definition.names is not None and name not in definition.names else self.names
                )
                found = _evaluate(
                    definition.body,
                    names,
                    BallRun(self.assignment, names, self.exact, {}, self.sight),
                    definition.free + definition.axes,
                )
            cache[name] = found
        elif isinstance(found, str):
            raise Unevaluable(f"{name} is defined by itself")
        return found


def _tensor(
    nested: Any, make: Callable[[Any], Any] = lambda c: ball(c) if isinstance(c, Fraction) else arb(c)
) -> np.ndarray:
    """Inputs as balls: nested lists of rationals, arrays as in `Assignment.at`, arrays of balls."""
    if isinstance(nested, np.ndarray):
        made = np.empty(nested.size, dtype=object)
        made[:] = [make(c) for c in nested.ravel().tolist()]
        return made.reshape(1, *nested.shape)
    if isinstance(nested, tuple):
        above, below = np.asarray(nested[0]), nested[1]
        made = np.empty(above.size, dtype=object)
        made[:] = [make(fmpq(c, below)) for c in above.ravel().tolist()]
        return made.reshape(1, *above.shape)
    shape: list[int] = []
    level = nested
    while isinstance(level, (list, tuple)):
        shape.append(len(level))
        level = level[0] if level else 0
    cells: list[Any] = [nested]
    for _ in shape:
        cells = [c for row in cells for c in row]
    out = np.empty(len(cells), dtype=object)
    out[:] = [make(Fraction(c)) for c in cells]
    return out.reshape(1, *shape)


def _rational(value: Any) -> fmpq:
    if isinstance(value, fmpq):
        return value
    exact = Fraction(value)
    return fmpq(exact.numerator, exact.denominator)


def _evaluate(node: Node, names: Names | None, run: BallRun, order: tuple[Index, ...]) -> np.ndarray:
    made: Program = program(node, names, order)
    if made.spans:
        largest, total = _spanned(made, run)
        if largest > LARGEST_BALLS:
            raise TooMuchWork(largest, LARGEST_BALLS)
        if total * max(1, ctx.prec // PLAIN_BITS) > WORK_BALLS:
            raise TooMuchWork(total, WORK_BALLS)
    v: list[Any] = [None] * made.slots
    for slot, value in made.constants:
        v[slot] = ball(value) if isinstance(value, Fraction) else arb.const_e() if value == "e" else arb.pi()
    exactly: list[Any] | None = None
    for out, kind, a, x, _ in made.ops:
        v[out] = OPERATIONS[kind](v, a, x, run)
        if kind in DECIDING and _undecided(v[out]):
            exactly = exactly or run_exactly(made, run, EXACT, _spanned(made, run)[0])
            if exactly is not None:
                v[out] = mapped(
                    lambda z, q: z if z is not UNDECIDED else q if isinstance(q, bool | Mark) else arb(q),
                    v[out],
                    exactly[out],
                )
        if run.sight is not None:
            run.sight.look(kind, v, a, x, v[out])
    value = np.asarray(v[made.out], dtype=object)
    return full(value, made, 1, run)


DECIDING = frozenset({"REL", "floor", "ceil", "sign"})
"""Where a ball that holds the boundary says nothing, and a rational number does."""
EXACT = operations(OPERATIONS)


def _undecided(value: Any) -> bool:
    return value is UNDECIDED or (isinstance(value, np.ndarray) and any(z is UNDECIDED for z in value.flat))


def _spanned(made: Program, run: BallRun) -> tuple[int, int]:
    """What `Program.elements` counts, with the fixed indices at length one, and functions for what they cost."""
    largest = total = 1
    for _, kind, _, x, axes in made.ops:
        entries = math.prod(run.length(i) for i in (x.union if isinstance(x, Contraction) else axes))
        largest, total = max(largest, entries), total + entries * (DEAR if kind in FUNCTIONS else 1)
    return largest, total


def evaluate_all(
    formula: Formula,
    sizes: Mapping[str, int],
    exact_values: Mapping[str, Any],
    bits: int = 64,
    at: Mapping[Index, int] | None = None,
    names: Names | None = None,
    sight: Sight | None = None,
) -> np.ndarray:
    """The entries over all free indices and axes (one entry along those fixed by `at`): an object array of balls and
    Marks."""
    names = formula.names if formula.names is not None else names
    assignment = Assignment(Sizes(sizes), {}, 1, names)
    with precision(bits):
        out = _evaluate(
            formula.body, names, BallRun(assignment, names, exact_values, at or {}, sight), formula.free + formula.axes
        )
        return out.reshape(out.shape[1:])


def evaluate(
    formula: Formula,
    sizes: Mapping[str, int],
    exact_values: Mapping[str, Any],
    at: Mapping[Index, int] | None = None,
    bits: int = 64,
    names: Names | None = None,
    sight: Sight | None = None,
) -> Ball:
    """One entry: every free index and axis has its value in `at`. A ball, UNDEFINED or UNDECIDED; a bool for a
    condition.

    Raises `Unevaluable` and `TooMuchWork`.
    """
    out = evaluate_all(formula, sizes, exact_values, bits, at, names, sight)
    if out.size != 1:
        raise ValueError("evaluate gives one entry: every free index and axis needs its value in `at`")
    return out.reshape(-1)[0]


@frozen
class Outcome:
    """What balls say about two values at one point.

    different           the balls are disjoint
    close               they overlap and are narrow: equal to `digits` decimal digits
    left_undefined      only the left is undefined, for certain (`right_undefined` likewise)
    undefined           both are undefined
    undecided           precision ran out before any of these could be said
    """

    kind: Literal["different", "close", "left_undefined", "right_undefined", "undefined", "undecided"]
    left: Ball
    right: Ball
    bits: int
    digits: int = 0


CLOSE_BITS = 160
"""Overlapping balls count as close when each is known to this accuracy, 48 digits (relative; absolute where a ball
holds zero)."""


def compare_at(
    a: Formula,
    b: Formula,
    sizes: Mapping[str, int],
    exact_values: Mapping[str, Any],
    position: tuple[int, ...] = (),
    most_bits: int = 2048,
    precisions: Sequence[int] = PRECISIONS,
    close: int = CLOSE_BITS,
    in_full: bool = False,
) -> Outcome:
    """The two formulas at one point and one entry, with growing precision until something is certain; `close` bits in
    common end it.

    `in_full`: only where no term of a sum was too small to be seen in it.
    """
    slots_a, slots_b = a.free + a.axes, b.free + b.axes
    at_a, at_b = dict(zip(slots_a, position, strict=True)), dict(zip(slots_b, position, strict=True))
    left = right = UNDECIDED
    bits = precisions[0]
    for bits in precisions:
        if bits > most_bits:
            break
        sight = Sight() if in_full else None
        left = evaluate(a, sizes, exact_values, at_a, bits, sight=sight)
        right = evaluate(b, sizes, exact_values, at_b, bits, sight=sight)
        said = _said(left, right, bits, close, sight is not None and sight.lost)
        if said is not None:
            return said
    return Outcome("undecided", left, right, min(bits, most_bits))


def compare_entries_at(
    a: Formula,
    b: Formula,
    sizes: Mapping[str, int],
    exact_values: Mapping[str, Any],
    precisions: Sequence[int] = PRECISIONS,
    close: int = CLOSE_BITS,
) -> tuple[Outcome, tuple[int, ...]]:
    """The same for all entries together, seen in full: the first that differs, else the first that is not settled, else
    one that is close, if there is one."""
    bits, found = precisions[0], (Outcome("undecided", UNDECIDED, UNDECIDED, precisions[0]), ())
    for bits in precisions:
        sight = Sight()
        left = evaluate_all(a, sizes, exact_values, bits, sight=sight)
        right = evaluate_all(b, sizes, exact_values, bits, sight=sight)
        best: tuple[Outcome, tuple[int, ...]] | None = None
        for at in np.ndindex(left.shape):
            said = _said(left[at], right[at], bits, close, sight.lost) or Outcome(
                "undecided", left[at], right[at], bits
            )
            if best is None or RANK[said.kind] > RANK[best[0].kind]:
                best = said, tuple(k + 1 for k in at)
        if best is None:
            break
        found = best
        if found[0].kind != "undecided":
            break
    return found


RANK = {"undefined": 0, "left_undefined": 1, "right_undefined": 1, "close": 2, "undecided": 3, "different": 4}


def _said(left: Ball, right: Ball, bits: int, close: int, lost: bool) -> Outcome | None:
    """What two balls say; None where more precision is needed."""
    if left is UNDEFINED or right is UNDEFINED:
        if left is right:
            return Outcome("undefined", left, right, bits)
        if left is not UNDECIDED and right is not UNDECIDED:
            return Outcome("left_undefined" if left is UNDEFINED else "right_undefined", left, right, bits)
        return None
    if left is UNDECIDED or right is UNDECIDED:
        return None
    if isinstance(left, bool) or isinstance(right, bool):
        return Outcome("close" if left == right else "different", left, right, bits)
    if not left.overlaps(right):
        return Outcome("different", left, right, bits)
    known = min(_accuracy(left), _accuracy(right))
    return Outcome("close", left, right, bits, int(min(known, bits) * 0.30103)) if known >= close and not lost else None


def _accuracy(z: arb) -> int:
    """Bits known, relative to the value, or absolutely where the ball holds zero."""
    if z.is_exact():
        return 10_000
    if z.contains(0):
        upper = z.abs_upper()
        if upper > 1 or not upper.is_finite():
            return 0
        bits = -float(upper.log()) / math.log(2) if upper > 0 else math.inf
        return int(min(max(0.0, bits), 10_000))
    return z.rel_accuracy_bits()


__all__ = [
    "OPERATIONS",
    "UNDECIDED",
    "UNDEFINED",
    "Mark",
    "Outcome",
    "ball",
    "compare_at",
    "compare_entries_at",
    "evaluate",
    "evaluate_all",
    "precision",
]
