"""The table: every function that a `Call` may name, one row each, and what follows from the rows.

What is keyed by spellings is made of the rows by `by_row` and follows when rows come or go (`added`); what a function
is to an interpreter without a rule for it is its definition (`unfold`, `opened`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TypeVar

from derivations.atoms.abbreviations import ABBREVIATIONS as _WRITTEN_OUT
from derivations.atoms.elementary import ELEMENTARY
from derivations.atoms.learning import LEARNING
from derivations.atoms.primitives import PRIMITIVES
from derivations.atoms.row import Atom
from derivations.formula import Call, Node, children, rebuild

_TABLE: dict[str, Atom] = {row.name: row for row in (*PRIMITIVES, *ELEMENTARY, *LEARNING)}

ATOMS: Mapping[str, Atom] = MappingProxyType(_TABLE)
"""Every function that a `Call` may name."""

SHIPPED = frozenset(_TABLE)
"""The rows that the table has of itself."""

ABBREVIATIONS: Mapping[str, Atom] = MappingProxyType({row.name: row for row in _WRITTEN_OUT})
"""Every function that is read as its definition."""

Value = TypeVar("Value")
Entries = Callable[[Atom], Mapping[str, Value]]

_FOLLOWING: list[tuple[dict[str, object], Entries[object]]] = []
_FORGETTING: list[Callable[[], None]] = []


def by_row(entries: Entries[Value], others: Mapping[str, Value] | None = None) -> Mapping[str, Value]:
    """A table with the entries that each row gives; it follows when rows come or go."""
    table: dict[str, Value] = {**(others or {})}
    for row in (*ABBREVIATIONS.values(), *ATOMS.values()):
        table.update(entries(row))
    _FOLLOWING.append((table, entries))  # type: ignore[arg-type]
    return MappingProxyType(table)


def forgets(clear: Callable[[], None]) -> None:
    """Have a cache of results that depend on what can be read emptied when rows come or go."""
    _FORGETTING.append(clear)


@contextmanager
def added(*rows: Atom) -> Iterator[None]:
    """The table with more rows, for as long as the block lasts. Trees made in it are of use in it.

    Raises `ValueError` where a name or a spelling is taken.
    """
    for row in rows:
        taken = [word for table, entries in _FOLLOWING for word in entries(row) if word in table]
        if row.name in ATOMS or taken:
            raise ValueError(f"{(taken or [row.name])[0]} is in the table already")
    _enter(rows)
    try:
        yield
    finally:
        for row in rows:
            del _TABLE[row.name]
            for table, entries in _FOLLOWING:
                for word in entries(row):
                    del table[word]
        for clear in _FORGETTING:
            clear()


def _enter(rows: tuple[Atom, ...]) -> None:
    for row in rows:
        _TABLE[row.name] = row
        for table, entries in _FOLLOWING:
            table.update(entries(row))
    for clear in _FORGETTING:
        clear()


def unfold(node: Call) -> Node | None:
    """A call by its definition, None for a primitive."""
    rule = ATOMS[node.fn].definition
    return None if rule is None else rule(*node.args)


def composed(node: Node) -> Node | None:
    """The definition of a call that is nothing else (`Atom.composed`); None for any other node."""
    if isinstance(node, Call) and (row := ATOMS.get(node.fn)) is not None and row.composed:
        return unfold(node)
    return None


def opened(node: Node, keep: frozenset[str] = frozenset()) -> Node:
    """The tree with calls that are nothing but their definition written out, but for those to `keep`."""
    below = children(node)
    if below:
        new = tuple(opened(c, keep) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = rebuild(node, new)
    inner = None if isinstance(node, Call) and node.fn in keep else composed(node)
    return node if inner is None else opened(inner, keep)
