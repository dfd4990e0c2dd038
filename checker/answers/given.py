"""The data of a part as exact numbers, and the true values at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from derivations.domains import Names
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import Value
from derivations.formula import Formula, grouped


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


def _lengths(value: Any) -> Iterator[int]:
    while isinstance(value, tuple):
        yield len(value)
        value = value[0] if value else None


def entries(formula: Formula, point: Point) -> tuple[tuple[int, ...], tuple[Value, ...]]:
    """The shape of a formula at a point, and its entries row by row."""
    lengths = [point.size(i.size) for i in formula.axes]
    shape = tuple(map(prod, grouped(lengths, map(len, formula.groups))))
    return shape, tuple(value_at(formula, point, at) for at in product(*(range(1, s + 1) for s in lengths)))
