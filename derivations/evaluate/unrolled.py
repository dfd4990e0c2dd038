"""Recursions at given sizes, step by step: h_1, h_2, … are nodes of their own, and h is the array of them.

So whatever computes values by definitions, in floats, balls or residues, computes those of a recursion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derivations.domains import Declared, Kept, Names
from derivations.evaluate.program import TooMuchWork
from derivations.formula import (
    ONE,
    ZERO,
    Cases,
    Elem,
    Formula,
    IndexVal,
    Node,
    Rel,
    num,
    reindex,
    replace_elems,
    value_of,
)
from derivations.recursion import Recursion

MOST = 128
"""Entries of all recursions together that are written out: each is computed within those that use it."""


class TooLong(TooMuchWork):
    """Recursions over more places than are written out."""

    def __init__(self, places: int, limit: int):
        super().__init__(places, limit)
        self.args = (f"recursions over {places} places exceed the limit of {limit}",)


NOWHERE = Cases(((Rel("==", ZERO, ONE), ZERO),), None)
"""What has no value."""

_RECURRING: Kept[tuple[()], dict[str, Recursion]] = Kept()
_UNROLLED: Kept[tuple[int, ...], Names] = Kept()


def unrolled(names: Names, sizes: Mapping[str, int]) -> Names:
    """The names with each recursion written out for these sizes; they themselves where nothing recurs."""
    known = _RECURRING.under(names)
    if () not in known:
        known[()] = {
            row.name: row.recursion
            for row in names.values()
            if row.recursion is not None and row.definition is None and row.role != "input"
        }
    found = known[()]
    if not found:
        return names
    lengths = {name: value_of(r.time.size, sizes) for name, r in found.items()}
    kept = _UNROLLED.under(names)
    key = tuple(lengths.values())
    if sum(key) > MOST:
        raise TooLong(sum(key), MOST)
    if key not in kept:
        rows = []
        for name, r in found.items():
            rows += [_step(names[name], r, k, found, lengths) for k in range(1, lengths[name] + 1)]
            rows.append(replace(names[name], definition=_all(name, r, lengths[name])))
        kept[key] = names.with_rows(*rows)
    return kept[key]


def as_letters(names: Names) -> Names:
    """The names with the entries of recursions as letters, which may have any values: two formulas that are equal then
    are equal; they themselves where nothing recurs."""
    rows = [replace(row, role="input") for row in names.values() if row.recursion is not None]
    return names.with_rows(*rows) if rows else names


def _at(name: str, k: int) -> str:
    return f"{name}@{k}"


def _step(row: Declared, r: Recursion, k: int, found: Mapping[str, Recursion], lengths: Mapping[str, int]) -> Declared:
    """One entry on the axis of time, by those before it."""

    def entry(elem: Elem) -> Node | None:
        other = found.get(elem.name)
        if other is None or not isinstance(at := elem.at[other.over], int):
            return None
        if 1 <= at <= lengths[elem.name]:
            return Elem(_at(elem.name, at), other.rest(elem.at))
        first = at == (0 if other.direction > 0 else lengths[elem.name] + 1)
        return Elem(other.start, other.rest(elem.at)) if other.start and first else NOWHERE

    body = replace_elems(reindex(r.step.body, {r.time: k}), entry)
    axes = r.rest(r.step.axes)
    return Declared(_at(row.name, k), row.domain, tuple(i.size for i in axes), row.role, definition=Formula(body, axes))


def _all(name: str, r: Recursion, length: int) -> Formula:
    """The array of the entries."""
    axes = r.rest(r.step.axes)
    entries = [(Rel("==", IndexVal(r.time), num(k)), Elem(_at(name, k), axes)) for k in range(1, length + 1)]
    return Formula(Cases(tuple(entries[:-1]), entries[-1][1]) if length > 1 else entries[0][1], r.step.axes)
