"""Sizes of axes: a whole number, the name of one, or a sum of names that is at least 1 wherever these are: `n`, `3`,
`m+n-1`, `2n`. A sum is written in one way, so that equal ones are the same text, and it has no value of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from derivations.formula.indices import Index, IndexExpr, Size, affine
from derivations.formula.nodes import Node, SizeVal, add, mul, num

SIZE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}\Z")
"""Names of sizes."""
_TERM = re.compile(r"(?P<sign>[+-]?)(?:(?P<count>\d{1,6})\*?)?(?P<name>[A-Za-z][A-Za-z0-9_]{0,30})?")
MAX_TERMS = 8


@lru_cache(maxsize=1024)
def size_terms(size: Size) -> tuple[tuple[tuple[str, int], ...], int]:
    """The names of a size with their factors, and the number beside them: (m, 1), (n, 1) and -1 of m+n-1. Raises
    `ValueError` for what is no size."""
    if isinstance(size, int):
        return (), size
    found: dict[str, int] = {}
    const, place = 0, 0
    while place < len(size):
        term = _TERM.match(size, place)
        if term is None or not (term["count"] or term["name"]) or (place and not term["sign"]):
            raise ValueError(f"{size!r} is no size")
        value = int(term["count"] or 1) * (-1 if term["sign"] == "-" else 1)
        if term["name"] is None:
            const += value
        else:
            found[term["name"]] = found.get(term["name"], 0) + value
        place = term.end()
    return tuple(sorted((name, c) for name, c in found.items() if c)), const


def read_size(text: str) -> Size:
    """`n + m - 1`, `2 n`, `2*n` as a size. Raises `ValueError` for what is none, or not certainly at least 1."""
    terms, const = size_terms(re.sub(r"\s*([-+*])\s*|(?<=\d)\s+(?=[A-Za-z])", r"\1", text.strip()))
    if not text.strip() or len(terms) > MAX_TERMS:
        raise ValueError(f"{text!r} is no size")
    if any(c < 0 for _, c in terms) or const + sum(c for _, c in terms) < 1:
        raise ValueError(f"{text!r} may be less than 1: give the smaller size a name, and write the larger one with it")
    return written_size(terms, const)


def written_size(terms: Iterable[tuple[str, int]], const: int) -> Size:
    """The one way in which a size is written."""
    parts = [f"{c if c != 1 else ''}{name}" for name, c in terms]
    if not parts:
        return const
    return "+".join(parts) + (f"{const:+d}" if const else "")


def size_sum(parts: Iterable[tuple[Size, int]], more: int = 0) -> Size:
    """Σ of sizes with factors, and a number."""
    found: dict[str, int] = {}
    for size, factor in parts:
        terms, const = size_terms(size)
        more += factor * const
        for name, c in terms:
            found[name] = found.get(name, 0) + factor * c
    return written_size(sorted((name, c) for name, c in found.items() if c), more)


def is_sum(size: Size) -> bool:
    """Whether a size is computed from others."""
    return isinstance(size, str) and not size.isidentifier()


def sizes_under(size: Size) -> tuple[str, ...]:
    """The names that a size is made of."""
    return tuple(name for name, _ in size_terms(size)[0]) if is_sum(size) else (size,) if isinstance(size, str) else ()


def end_of(index: Index) -> IndexExpr:
    """The last value of an index, as an index expression."""
    return last_place(index.size)


def last_place(size: Size) -> IndexExpr:
    """The last place of an axis, as an index expression."""
    terms, const = size_terms(size) if is_sum(size) else ((), 0)
    return affine(terms, const) if terms else affine([(size, 1)]) if isinstance(size, str) else size


def size_node(size: Size) -> Node:
    """A size as a number in a formula."""
    if not is_sum(size):
        return num(size) if isinstance(size, int) else SizeVal(size)
    terms, const = size_terms(size)
    return add(*(mul(num(Fraction(c)), SizeVal(name)) for name, c in terms), num(const))


class Sizes(dict[str, int]):
    """Values of symbolic sizes; those of sums of them are computed when they are asked for."""

    def __missing__(self, size: str) -> int:
        if not is_sum(size):
            raise KeyError(size)
        return value_of(size, self)


def value_of(size: Size, values: Mapping[str, Any]) -> Any:
    """The value of a size, a number or an array of them. Raises `KeyError` with the name that has none."""
    if isinstance(size, int):
        return size
    if not is_sum(size):
        return values[size]
    terms, const = size_terms(size)
    return const + sum(c * values[name] for name, c in terms)
