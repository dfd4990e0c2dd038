"""Axes that hold only the entries for which a condition holds, x[m < 1]: what is summed over them is 0 elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from derivations.formula import ZERO, Cases, Index, IndexExpr, Node, indicator, total
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.index_numbers import size_node
from derivations.notation.read.meaning.values import AnySize, ChosenSize, find


def summed(meaning: Meaning, name: str, size: AnySize) -> Index:
    """A new bound index of a sum, which may be over chosen entries."""
    size = find(size)
    if not isinstance(size, ChosenSize):
        return meaning.index(name, size)
    made = meaning.index(name, size.of)
    meaning.chosen[made] = size
    return made


def within(meaning: Meaning, where: Iterable[IndexExpr], body: Node) -> Node:
    """What is summed over some places: 0 at those that are not chosen."""
    for k in where:
        chosen = meaning.chosen.get(k) if isinstance(k, Index) else None
        body = body if chosen is None else Cases(((chosen.holds(k), body),), ZERO)
    return body


def length(meaning: Meaning, size: AnySize) -> Node:
    """A size as a number."""
    size = find(size)
    if not isinstance(size, ChosenSize):
        return size_node(size)
    k = meaning.index("k", size.of)
    return total((k,), indicator(size.holds(k)))
