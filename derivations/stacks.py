"""Which entries are those of one square matrix: of a name, or of one in a stack of them."""

from __future__ import annotations

from derivations.domains import Declared, Names
from derivations.formula import Elem, IndexExpr, Node


def matrix_of(node: Node, row: IndexExpr, col: IndexExpr, names: Names) -> Declared | None:
    """The name that has these entries as a matrix, S_ij, or as one of a stack, S_kij; None for any other node."""
    if not isinstance(node, Elem) or node.name not in names or row == col:
        return None
    own = {*node.at[-2:]} == {row, col} and not {row, col} & {*node.at[:-2]}
    return names[node.name] if own else None
