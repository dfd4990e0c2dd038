"""Numbers in a derivation: two sides are equal to the digits that they show.

    1/(1 + e^-0.3775) = 0.593      the right side stands for 0.5925 to 0.5935
    0.4 · 0.5933 + 0.6 = 0.8373    so does every number of three or more decimals on the way, unless it is given

Sides with letters are taken at the data of the part. Values are exact or balls; the spread of a number on the way is
carried to the first order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from checker.answers.outcome import right, wrong
from checker.verdict import Evidence, Verdict
from derivations.evaluate.at_point import NoValue, Point, Untold, Value, value_at
from derivations.formula import Formula, Node, Num, children, rebuild, walk
from derivations.frozen import frozen

ROUNDED_FROM = 3
"""Decimals from which a number on the way is taken for a rounded one."""
MOST_NUMBERS = 40
_LONE = re.compile(r"\s*[-−]?\s*\$?(?:\d+(?:[.]\d*)?|[.]\d+)\s*\Z")


@frozen
class Figure:
    """A value, and how far it may be off by the digits that are shown."""

    value: Fraction
    spread: Fraction
    unit: Fraction
    """One in its last digit, where it is a number as it stands; 0 for an expression."""


def by_digits(left: Formula, right_: Formula, point: Point | None) -> Verdict | None:
    """Whether both sides are equal to the digits shown; None where one of them has no value, or shows no decimals."""
    if left.axes or right_.axes or not (_decimal(left) or _decimal(right_)):
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
    if gap < allowed + (max(a.unit, b.unit) * Fraction(55, 100)):
        return right(evidence=digits)  # cut off where it had to be rounded
    return wrong("number", f"it is {_shown(a.value)} on one side and {_shown(b.value)} on the other")


def _decimal(formula: Formula) -> bool:
    return any(isinstance(n, Num) and n.value.denominator not in (1, 2, 3) for n in walk(formula.body))


def _figure(formula: Formula, point: Point | None) -> Figure:
    where = point if point is not None else Point({}, {}, formula.names)
    value = _exact(value_at(formula, where))
    source = formula.source or ""
    if _LONE.match(source):
        shown = source.strip(" $").partition(".")[2]
        unit = Fraction(1, 10 ** len(shown.strip())) if shown else Fraction(0)
        return Figure(value, unit / 2, unit)
    given = {_number(v) for v in where.values.values()} if point is not None else set[Fraction]()
    spread = Fraction(0)
    for k, number in enumerate(_numbers(formula.body)):
        places = _decimals(number.value)
        if k >= MOST_NUMBERS or places < ROUNDED_FROM or abs(number.value) in given:
            continue
        moved = Num(number.value + Fraction(1, 2 * 10**places))
        other = replace(formula, body=_put(formula.body, number, moved))
        spread += abs(_exact(value_at(other, where)) - value)
    return Figure(value, spread, Fraction(0))


def _numbers(body: Node) -> Iterator[Num]:
    seen: set[Fraction] = set()
    for node in walk(body):
        if isinstance(node, Num) and node.value not in seen:
            seen.add(node.value)
            yield node


def _put(node: Node, old: Num, new: Num) -> Node:
    if node == old:
        return new
    below = children(node)
    return rebuild(node, tuple(_put(c, old, new) for c in below)) if below else node


def _decimals(value: Fraction) -> int:
    """The decimals of a number; 0 for one that has no end."""
    for places in range(31):
        if (value * 10**places).denominator == 1:
            return places
    return 0


def _number(value: object) -> Fraction:
    return abs(value) if isinstance(value, Fraction) else Fraction(0)


def _exact(value: Value) -> Fraction:
    if isinstance(value, Fraction):
        return value
    return Fraction(str(value.mid().str(30, radius=False)))


def _places(unit: Fraction) -> int | None:
    return len(str(unit.denominator)) - 1 if 0 < unit < 1 else None


def _shown(value: Fraction) -> str:
    return f"{float(value):.6g}"
