"""Points near a point and like it: balls of a radius around it, some of its numbers moved, its entries repeated."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from derivations.domains import Declared, Names
from derivations.evaluate import balls
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.draw import draw
from derivations.evaluate.entries import DrawError
from derivations.evaluate.splitmix import splitmix
from derivations.formula import Sizes, value_of


def continuous(row: Declared) -> bool:
    """Whether the entries of an input may be moved a little."""
    return not row.domain.values and not row.domain.integer


def widened(names: Names, assignment: Assignment, point: int, radius: float, bits: int) -> dict[str, Any]:
    """The inputs at a point, the continuous ones as balls. They hold more than the points near it where entries depend
    on one another: so much the better."""
    values: dict[str, Any] = assignment.exact(point)
    with balls.precision(bits):
        for name in values:
            if name in names and continuous(names[name]):
                wide = np.array(
                    _each(values[name], lambda q: balls.ball(q) + arb(0, radius * max(1.0, abs(float(q))))),
                    dtype=object,
                )
                values[name] = wide
    return values


def _each(nested: Any, of: Any) -> Any:
    return [_each(v, of) for v in nested] if isinstance(nested, list) else of(nested)


def moved(names: Names, assignment: Assignment, point: int, number: int, places: int) -> dict[str, Any]:
    """The inputs at a point drawn beside one: plain continuous entries by multiples of a power of two, up to 2⁻¹⁰ of
    themselves (where all of them are structured, at another drawn point)."""
    plain = {r.name for r in names.inputs() if continuous(r) and r.domain.structure == "plain"}
    used = {r.name for r in names.inputs() if continuous(r)}
    if used and not used & plain:
        try:
            return draw(names, assignment.sizes, 16, 7001 + number).exact(number)
        except DrawError:
            return assignment.exact(point)
    values = assignment.exact(point)
    stream = iter(splitmix(811 + number, 4096).tolist())

    def shift(q: Fraction, row: Declared) -> Fraction:
        bits = next(stream, 12345)
        step = Fraction((bits >> 20) % (1 << 16) + 1, 1 << 26)
        if places:
            step += Fraction((bits & 0xFFFFF) | 1, 1 << places)
        way = 1 if bits & 1 else -1
        low, high = row.domain.low, row.domain.high
        out = q * (1 + way * step) if q else way * step
        if low is not None and out < low:
            out = low + step
        if high is not None and out > high:
            out = high - step
        return out

    return {n: _each(v, lambda q, r=names[n]: shift(q, r)) if n in plain else v for n, v in values.items()}


def repeated(names: Names, assignment: Assignment, point: int, sizes: dict[str, int]) -> Assignment | None:
    """A point at larger sizes: its entries over and over."""
    values: dict[str, np.ndarray] = {}
    for row in names.inputs():
        v = assignment.values[row.name][point : point + 1]
        if row.domain.structure != "plain" or row.name in assignment.ratios:
            return None
        for axis, size in enumerate(row.sizes, 1):
            length = value_of(size, sizes)
            v = np.take(v, np.arange(length) % v.shape[axis], axis=axis)
        values[row.name] = v
    return Assignment(Sizes(sizes), values, 1, names)


def fresh(names: Names, sizes: dict[str, int], seed: int) -> Assignment | None:
    """A few drawn points at larger sizes."""
    try:
        return draw(names, sizes, 8, seed + 71)
    except DrawError:
        return None
