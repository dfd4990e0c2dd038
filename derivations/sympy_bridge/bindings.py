"""Bindings of a model that are given as SymPy expressions: their nodes, their indices, and the names around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from derivations.domains import DOMAINS, Declared, Names, parse_names
from derivations.formula import Index
from derivations.frozen import frozen
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.inferred import declared_by
from derivations.sympy_bridge.inward import from_sympy
from derivations.sympy_bridge.places import Places

__all__ = ["Given", "from_sympy", "given"]


@frozen
class Given:
    """One binding: the name of its node, the letters of its free indices, its right side."""

    node: str
    letters: tuple[str, ...]
    right: Any


def given(
    bindings: Mapping[Any, Any], names: str | Mapping[str, str] | Names | None
) -> tuple[tuple[Given, ...], Names]:
    """The bindings in order, and the names of all that stands in them, nodes and indices included. Raises `NoSympy`."""
    made = tuple(_one(left, right) for left, right in bindings.items())
    declared = declared_by(*bindings, *bindings.values()) if names is None else parse_names(names)
    places = Places(declared)
    for left in bindings:
        at: Any = left.indices if isinstance(left, sympy.Indexed) else ()
        for i in at:
            if str(i.label) not in declared:
                size = places.size(i.upper)
                row = Declared(str(i.label), DOMAINS["index"], (), "index", Index(str(i.label), size))
                declared = declared.with_rows(row)
    return made, declared


def _one(left: Any, right: Any) -> Given:
    if isinstance(left, str):
        return Given(left, (), right)
    if isinstance(left, sympy.Symbol | sympy.MatrixSymbol):
        return Given(left.name, (), right)
    at: Any = left.indices if isinstance(left, sympy.Indexed) else ()
    if at and all(isinstance(i, sympy.Idx) and i.lower == 1 for i in at):
        return Given(str(left.base), tuple(str(i.label) for i in at), right)
    raise NoSympy(f"{left} is no node: a symbol, a MatrixSymbol, or y[i] with i = Idx('i', (1, n)) is one")
