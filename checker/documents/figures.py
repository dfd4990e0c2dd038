"""Numbers in a derivation: two sides are equal to the digits that they show.

    1/(1 + e^-0.3775) = 0.593      the right side stands for 0.5925 to 0.5935
    0.4 · 0.5933 + 0.6 = 0.8373    so does every number of three or more decimals on the way, unless it is given

Sides with letters are taken at the data of the part. Values are exact or balls; the spread of a number on the way is
carried to the first order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from checker.answers.outcome import right, wrong
from checker.verdict import Evidence, Verdict
from derivations.domains import Names
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import NoValue, Untold, Value
from derivations.formula import Formula, Num, names_in, walk
from derivations.frozen import frozen
from derivations.notation import read
from derivations.notation.errors import ReadError

ROUNDED_FROM = 3
"""Decimals from which a number on the way is taken for a rounded one."""
MOST_NUMBERS = 40
_WRITTEN = re.compile(r"(?<![\w.])\d+\.(?P<places>\d+)(?![\w.])")
_NUMBER = re.compile(r"(?<![\w.^_{])\d+(?:\.\d+)?(?![\w.])")
_LONE = re.compile(r"\s*[-−]?\s*\$?(?:\d+(?:[.]\d*)?|[.]\d+)\s*\Z")


@frozen
class Figure:
    """A value, and how far it may be off by the digits that are shown."""

    value: Fraction
    spread: Fraction
    unit: Fraction
    """One in its last digit, where it is a number as it stands; 0 for an expression."""
    cut: Fraction = Fraction(0)
    """How far an expression may be off where numbers in it were cut off, instead of rounded, more than that: twice."""


def by_digits(left: Formula, right_: Formula, point: Point | None) -> Verdict | None:
    """Whether both sides are equal to the digits shown; None where one of them has no value, or shows no decimals."""
    if left.axes or right_.axes:
        return None
    if not (_decimal(left) or _decimal(right_) or _carried(left, right_, point) or _given_in(left, right_, point)):
        return None
    try:
        a, b = _figure(left, point), _figure(right_, point)
    except (NoValue, Untold, ArithmeticError, LookupError, ValueError):
        return None
    gap = abs(a.value - b.value)
    allowed = a.spread + b.spread
    digits = Evidence("agrees", digits=_places(max(a.unit, b.unit)))
    if gap <= allowed + Fraction(1, 10**12):
        return right(evidence=digits)
    if gap < allowed + (max(a.unit, b.unit) + a.cut + b.cut) * Fraction(55, 100):
        return right(evidence=digits)  # cut off where it had to be rounded
    return wrong("number", f"it is {_shown(a.value)} on one side and {_shown(b.value)} on the other")


def _decimal(formula: Formula) -> bool:
    return any(isinstance(n, Num) and n.value.denominator not in (1, 2, 3) for n in walk(formula.body))


def _carried(left: Formula, right_: Formula, point: Point | None) -> bool:
    """Whether numbers alone stand for letters that have values: wx = 2·3."""
    return point is not None and bool(names_in(left.body)) != bool(names_in(right_.body))


def _given_in(left: Formula, right_: Formula, point: Point | None) -> bool:
    """Whether a number that is given for a letter stands in one of them: 0.5 for the learning rate, 2 for an input; 0
    and 1 stand in formulas anyway."""
    given = {abs(v) for v in point.values.values() if isinstance(v, Fraction)} if point is not None else set[Fraction]()
    said = (number for side in (left, right_) for number in _NUMBER.finditer(side.source or ""))
    return any(value > 1 or value.denominator > 1 for number in said if (value := Fraction(number[0])) in given)


def _figure(formula: Formula, point: Point | None) -> Figure:
    where = point if point is not None else Point({}, {}, formula.names)
    value = _exact(value_at(formula, where))
    source = formula.source or ""
    if _LONE.match(source):
        shown = source.strip(" $").partition(".")[2]
        unit = Fraction(1, 10 ** len(shown.strip())) if shown else Fraction(0)
        return Figure(value, unit / 2, unit)
    given = {abs(v) for v in where.values.values() if isinstance(v, Fraction)} if point is not None else set[Fraction]()
    spread = Fraction(0)
    for k, number in enumerate(_WRITTEN.finditer(source)):
        if k >= MOST_NUMBERS or len(number["places"]) < ROUNDED_FROM or Fraction(number[0]) in given:
            continue
        # half a unit more in its last digit; the tree may have multiplied it with another number
        moved = instead(formula, number.start(), number.end(), number[0] + "5")
        spread += abs(_exact(value_at(moved, where)) - value) if moved is not None else 0
    return Figure(value, spread, Fraction(0), 2 * spread)


def instead(formula: Formula, start: int, end: int, text: str) -> Formula | None:
    """A formula with another text at a place of its source; None where that cannot be read."""
    source = formula.source or ""
    try:
        return read(source[:start] + text + source[end:], formula.names if formula.names is not None else Names())
    except ReadError:
        return None


def written(value: Fraction, formula: Formula) -> Iterator[tuple[int, int]]:
    """Where a number stands in the source of a formula."""
    for number in _WRITTEN.finditer(formula.source or ""):
        if Fraction(number[0]) == abs(value):
            yield number.span()


def _exact(value: Value) -> Fraction:
    if isinstance(value, Fraction):
        return value
    return Fraction(str(value.mid().str(30, radius=False)))


def _places(unit: Fraction) -> int | None:
    return len(str(unit.denominator)) - 1 if 0 < unit < 1 else None


def _shown(value: Fraction) -> str:
    return f"{float(value):.6g}"
