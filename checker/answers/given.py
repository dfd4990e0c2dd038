"""The data of a part as exact numbers, and the true values at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from derivations.domains import Declared, Domain, Names, show_domain
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import Value
from derivations.formula import Formula, Size, grouped


def exact(value: Any) -> Any:
    """A number as written (0.15 is 3/20), an array entry by entry as nested tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(exact(v) for v in value)
    if isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, str):
        return Fraction(value.replace("−", "-"))
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def point_of(data: Mapping[str, Any], names: Names | None) -> Point:
    """Sizes and inputs from a part's data: sizes are given by name, or follow from the shapes of the arrays."""
    sizes: dict[str, int] = {}
    values: dict[str, Any] = {}
    for name, given in data.items():
        value = exact(given)
        row = names.get(name) if names is not None else None
        known = names.sizes if names is not None else ()
        if name in known or (row is not None and row.role == "size"):
            sizes[name] = int(value)
        else:
            values[name] = value
    for name, value in values.items():
        row = names.get(name) if names is not None else None
        for size, length in zip(row.sizes if row is not None else (), _lengths(value), strict=False):
            if isinstance(size, str):
                sizes.setdefault(size, length)
    return Point(sizes, values, names)


def faults(data: Mapping[str, Any], names: Names) -> Iterator[str]:
    """What is wrong with a part's data: what is no number, an array of another shape than declared, axes of one size
    with two lengths, an entry outside of its domain."""
    known: dict[Size, tuple[int, str]] = {}
    for name, given in data.items():
        row = names.get(name)
        try:
            value = exact(given)
        except (ValueError, TypeError, OverflowError):
            yield f"{name} = {given} is no number"
            continue
        if name in names.sizes or (row is not None and row.role == "size"):
            if isinstance(value, tuple) or value < 1 or value.denominator != 1:
                yield f"{name} is a size, a whole number from 1 on, and not {given}"
            else:
                known.setdefault(name, (int(value), name))
    for name, given in data.items():
        row = names.get(name)
        if row is None or row.role != "input" or row.labels or name in known:
            continue
        with suppress(ValueError, TypeError, OverflowError):
            yield from _unlike(row, exact(given), known)


def _unlike(row: Declared, value: Any, known: dict[Size, tuple[int, str]]) -> Iterator[str]:
    shape = _shape(value)
    if shape is None or len(shape) != len(row.sizes):
        yield f"{row.name} is declared {show_domain(row)}, and is given as {shown(value)}"
        return
    for size, length in zip(row.sizes, shape, strict=True):
        if isinstance(size, int | str):
            wanted, by = known.setdefault(size, (size, row.name) if isinstance(size, int) else (length, row.name))
            if wanted != length:
                of = "" if by == row.name else f", by {by}"
                yield f"{row.name} has {length} entries along {size}, which is {wanted}{of}"
    outside = next((entry for entry in _entries(value) if not _in(row.domain, entry)), None)
    if outside is not None:
        yield f"{row.name} has {shown(outside)}, but is {show_domain(row)}: {row.domain.meaning}"


def _in(domain: Domain, entry: Fraction) -> bool:
    """Whether a number may be an entry of a domain; what holds between entries is not looked at."""
    if domain.values and entry not in domain.values:
        return False
    below = domain.low is not None and (entry < domain.low or (domain.open_low and entry == domain.low))
    above = domain.high is not None and (entry > domain.high or (domain.open_high and entry == domain.high))
    return not (below or above or (domain.integer and entry.denominator != 1))


def shown(value: Any) -> str:
    """An exact value as one would write it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value))}]"
    return f"{float(value):g}" if Fraction(f"{float(value):g}") == value else str(value)


def _shape(value: Any) -> tuple[int, ...] | None:
    """The shape of nested tuples; None where they are ragged."""
    if not isinstance(value, tuple):
        return ()
    shapes = {_shape(entry) for entry in value}
    if len(shapes) != 1 or None in shapes:
        return None
    (inner,) = shapes
    return None if inner is None else (len(value), *inner)


def _entries(value: Any) -> Iterator[Fraction]:
    if isinstance(value, tuple):
        for one in value:
            yield from _entries(one)
    else:
        yield value


def _lengths(value: Any) -> Iterator[int]:
    while isinstance(value, tuple):
        yield len(value)
        value = value[0] if value else None


def entries(formula: Formula, point: Point) -> tuple[tuple[int, ...], tuple[Value, ...]]:
    """The shape of a formula at a point, and its entries row by row."""
    lengths = [point.size(i.size) for i in formula.axes]
    shape = tuple(map(prod, grouped(lengths, map(len, formula.groups))))
    return shape, tuple(value_at(formula, point, at) for at in product(*(range(1, s + 1) for s in lengths)))
