"""Sums and quotients of arrays: signs pulled out, Python numbers and small arrays first, one division a denominator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from derivations.emit.axes import Named, as_float, entrywise, literal
from derivations.emit.contract import grouped, product
from derivations.emit.program import (
    Literal,
    Map,
)
from derivations.formula import (
    Index,
)

Order = tuple[Index, ...]


def unsigned(a: Named, sign: int) -> tuple[Named, int]:
    """-x with a sign as x with the other."""
    if isinstance(a.array, Map) and a.array.fn == "negative":
        return Named(a.array.args[0], a.axes), -sign
    return a, sign


def plus(a: tuple[Named, int], b: tuple[Named, int], order: Order) -> tuple[Named, int]:
    """a + b of signed arrays, the sign pulled out where both are negative."""
    (x, s), (y, t) = a, b
    if s == t:
        return entrywise("add", (x, y), order), s
    return entrywise("subtract", (x, y) if s > 0 else (y, x), order), 1


def nested(groups: Mapping[frozenset[Index], object]) -> bool:
    """Whether small arrays are best added before large ones: only when there are two or more below the largest."""
    ranks = sorted(len(k) for k in groups)
    return len(ranks) > 2 and ranks[-1] > ranks[0] and ranks[-2] < ranks[-1] and any(ranks.count(r) > 1 for r in ranks)


def assemble(number: Fraction, above: Iterable[Named], below: Iterable[Named], order: Order) -> Named:
    """number · Π above / Π below, cheapest first."""
    above, below = list(above), list(below)
    for a in above:
        number *= a.array.value if isinstance(a.array, Literal) else 1
    if number == 0:
        return literal(0)
    above = [a for a in above if not isinstance(a.array, Literal)]
    if any(a.array.kind != "bool" for a in above) or not above:
        flags = [a for a in above if a.array.kind == "bool"]
        if len(flags) == len(above):
            above = [as_float(a) for a in above]
    else:
        above = [as_float(above[0]), *above[1:]]
    below = [as_float(b) for b in below]
    for k, a in enumerate(above):
        if isinstance(a.array, Map) and a.array.fn == "negative":
            above[k], number = Named(a.array.args[0], a.axes), -number
    top, bottom = [a for a in above if a.static], [b for b in below if b.static]
    sign, number = (-1, -number) if number < 0 else (1, number)
    if number.denominator != 1:
        if number.denominator & (number.denominator - 1) == 0 and number.denominator <= 1024:
            top.insert(0, literal(number))
        else:
            bottom.insert(0, literal(number.denominator))
            if number.numerator != 1:
                top.insert(0, literal(number.numerator))
    elif number != 1:
        top.insert(0, literal(number))
    if sign < 0 and top and isinstance(top[0].array, Literal):
        top[0], sign = literal(-top[0].array.value), 1
    rank = len({i for a in (*above, *below) for i in a.axes})
    ups, downs = (
        grouped([a for a in above if not a.static], order),
        sorted((b for b in below if not b.static), key=lambda b: len(b.axes)),
    )
    if not ups:
        result = product(top, order)
    else:
        if (sign < 0 and len(ups[0].axes) < rank) or top or bottom:
            ups[0] = as_float(ups[0])  # a condition has no minus, and a Python integer would make it int64
        if sign < 0 and len(ups[0].axes) < rank:
            ups[0], sign = entrywise("negative", (ups[0],), order), 1  # on the small operand
        if top:
            ups[0] = entrywise("multiply", (product(top, order), ups[0]), order)
        if bottom:
            ups[0], bottom = entrywise("divide", (ups[0], product(bottom, order)), order), []
        rest: list[Named] = []
        for d in downs:
            k = next((k for k, u in enumerate(ups) if set(d.axes) <= set(u.axes)), None)
            if k is None:
                rest.append(d)
            else:
                ups[k] = entrywise("divide", (as_float(ups[k]), d), order)
        downs, result = rest, product(ups, order)
    if bottom:
        result = entrywise("divide", (result, product(bottom, order)), order)
    for d in downs:
        result = entrywise("divide", (result, d), order)
    return result if sign > 0 else minus(result, order)


def minus(a: Named, order: Order) -> Named:
    """-a; -(x - y) is y - x and -(-x) is x, exactly."""
    if isinstance(a.array, Map) and a.array.fn == "negative":
        return Named(a.array.args[0], a.axes)
    if isinstance(a.array, Map) and a.array.fn == "subtract":
        x, y = a.array.args
        return Named(Map("subtract", (y, x), a.array.places[::-1], a.array.sizes, a.array.kind), a.axes)
    return entrywise("negative", (a,), order)


def divide_in(above: list[Named], below: list[Named], order: Order) -> list[Named]:
    """The factors of a sum with each denominator divided into the smallest factor that covers it."""
    result = list(above)
    for d in below:
        d = as_float(d)
        fits = [k for k, a in enumerate(result) if set(d.axes) <= set(a.axes)]
        if fits:
            k = min(fits, key=lambda k: len(result[k].axes))
            result[k] = entrywise("divide", (as_float(result[k]), d), order)
        else:
            result.append(entrywise("divide", (literal(1), d), order))
    return result
