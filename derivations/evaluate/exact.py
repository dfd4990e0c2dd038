"""Formulas in exact rational arithmetic at one exact point, as far as they are rational: i/33 at i = 33 is 1, which no
ball of it tells.

The program of `floats` and `balls` runs on arrays of rationals. What a function of the table makes is UNDECIDED, and so
is a number that grows long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq

from derivations.evaluate.floats.layout import entries, pick
from derivations.evaluate.marks import UNDECIDED, UNDEFINED, Mark
from derivations.evaluate.program import Program

LARGEST_EXACT = 1 << 12
"""Entries of an intermediate."""
MOST_BITS = 4096


def _each(f: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*args: Any) -> Any:
        marks = [a for a in args if isinstance(a, Mark)]
        return (UNDEFINED if UNDEFINED in marks else UNDECIDED) if marks else f(*args)

    return lambda v, a, x, run: np.frompyfunc(guarded, len(a), 1)(*(v[k] for k in a))


def _power(v: list[Any], a: tuple[int, ...], x: Fraction, run: Any) -> Any:
    def raised(b: Any) -> Any:
        if isinstance(b, Mark):
            return b
        if x.denominator != 1 or _bits(b) * abs(x.numerator) > MOST_BITS:
            return UNDECIDED
        return UNDEFINED if x < 0 and b == 0 else b**x.numerator

    return np.frompyfunc(raised, 1, 1)(v[a[0]])


def _bits(q: fmpq) -> int:
    return int(q.p).bit_length() + int(q.q).bit_length()


def _whole(f: Callable[[fmpq], Any]) -> Callable[[fmpq], fmpq]:
    return lambda q: fmpq(f(q))


def operations(layout: Mapping[str, Callable[..., Any]]) -> Mapping[str, Callable[..., Any]]:
    """The rows of `balls` that lay values out, add and multiply them and decide conditions, with those that need
    rationals of their own."""
    shared = ("VIEW", "SPREAD", "ADD", "MUL", "NEG", "SUM", "CONTRACT", "PROD", "AND", "OR", "NOT", "CASES", "REL")
    return {
        **{kind: layout[kind] for kind in shared},
        "SIZE": lambda v, a, x, run: fmpq(run.size(x)),
        "INDEX": lambda v, a, x, run: _rationals(run.position(x[0], x[1]), bool(x[1])),
        "DELTA": lambda v, a, x, run: _rationals(run.position(x[0], x[2]) == run.position(x[1], x[2]), bool(x[2])),
        "POWER": _power,
        "floor": _each(_whole(lambda q: q.p // q.q)),
        "ceil": _each(_whole(lambda q: -(-q.p // q.q))),
        "sign": _each(_whole(lambda q: (q > 0) - (q < 0))),
        "abs": _each(abs),
        "relu": _each(lambda q: max(q, fmpq(0))),
        "max": _each(max),
        "min": _each(min),
    }


def _rationals(values: Any, laid: bool) -> Any:
    made = np.frompyfunc(lambda k: fmpq(int(k)), 1, 1)(values)
    return np.asarray(made)[None] if laid else made


def run_exactly(made: Program, run: Any, table: Mapping[str, Callable[..., Any]], largest: int) -> list[Any] | None:
    """Every slot of a program in rationals, or marks; None where too much is asked."""
    if largest > LARGEST_EXACT:
        return None
    v: list[Any] = [None] * made.slots
    for slot, value in made.constants:
        v[slot] = (
            fmpq(value.numerator, value.denominator) if isinstance(value, Fraction) and _short(value) else UNDECIDED
        )
    for out, kind, a, x, axes in made.ops:
        found = (
            _input(kind, x, run) if kind in ("ELEM", "GATHER") else table[kind](v, a, x, run) if kind in table else None
        )
        if found is None:
            v[out] = np.full((1, *(run.length(i) for i in axes)), UNDECIDED, dtype=object) if axes else UNDECIDED
        else:
            v[out] = _shortened(found)
    return v


def _short(value: Fraction) -> bool:
    return value.numerator.bit_length() + value.denominator.bit_length() <= MOST_BITS


def _shortened(value: Any) -> Any:
    """A value without numbers that have grown long."""
    return np.frompyfunc(lambda q: UNDECIDED if isinstance(q, fmpq) and _bits(q) > MOST_BITS else q, 1, 1)(value)


def _input(kind: str, x: Any, run: Any) -> Any:
    tensor = run.rational(x[0])
    if tensor is None:
        return None
    if kind == "GATHER":
        return entries(tensor, (), x[1], x[2], run, UNDEFINED)
    return tensor if len(x) == 3 else pick(tensor, x[1], x[2], x[3], run)
