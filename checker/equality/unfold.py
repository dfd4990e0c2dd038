"""Names replaced by their definitions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from derivations.domains import Names
from derivations.formula import Elem, Formula, Node, instantiate, replace_elems

MAX_DEPTH = 30


def unfold_names(formula: Formula, names: Names | None, stop: Collection[str] = ()) -> Formula:
    """z_i → its definition, and so on down to inputs and the names in `stop`."""
    if names is None:
        return formula
    return replace(formula, body=_unfold(formula.body, names, stop, 0), source=None)


def _unfold(node: Node, names: Names, stop: Collection[str], depth: int) -> Node:
    def by(elem: Elem) -> Node | None:
        row = names.get(elem.name)
        if elem.name in stop or row is None or row.definition is None or depth >= MAX_DEPTH:
            return None
        return _unfold(instantiate(row.definition, elem.at), names, stop, depth + 1)

    return replace_elems(node, by)
