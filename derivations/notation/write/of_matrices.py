"""Functions of whole matrices on a page: λ_max(S), ‖W‖₂, ‖W‖_*, eigproj(S, k), chol(K)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.atoms.of_matrices import OF_MATRICES, last, matrix_of
from derivations.formula import Apply, IndexExpr, IndexVal, Node, num
from derivations.notation.write.layout import Entry, Fence, Fn, Lay

if TYPE_CHECKING:
    from derivations.notation.write.page import Page

FENCES = {("singval", 1): "norm2", ("nuclear", None): "norm*"}
"""What is written as a norm."""


def number_of(node: Apply) -> IndexExpr | None:
    """Which eigenvalue or singular value is meant."""
    return node.at[0] if OF_MATRICES[node.fn].numbered else None


def places_of(node: Apply) -> tuple[IndexExpr, ...]:
    """The row and the column of the entry that is asked."""
    return node.at[1:] if OF_MATRICES[node.fn].numbered else node.at


def spelled(node: Apply) -> tuple[str, str, IndexExpr | None]:
    """(the kind of norm, or nothing; the word otherwise; the number behind the matrix, where one is written)."""
    name, number = OF_MATRICES[node.fn].name, number_of(node)
    if (fence := FENCES.get((name, number if isinstance(number, int) else None))) is not None:
        return fence, "", None
    if name == "eigval" and number == 1:
        return "", "eigmax", None
    if name == "eigval" and number == last(matrix_of(node).indices[0].size):
        return "", "eigmin", None
    return "", name, number


def as_number(at: IndexExpr) -> Node:
    """The number of a value as a tree."""
    return num(at) if isinstance(at, int) else IndexVal(at)


def of_a_matrix(page: Page, node: Apply) -> Lay:
    """λ_max(S), eigval(S, k), chol(K)_ij."""
    fence, word, number = spelled(node)
    matrix = page.tensor(matrix_of(node))
    args = (matrix,) if number is None else (matrix, page.lay(as_number(number)))
    made = Fence(fence, matrix) if fence else Fn(word, args)
    places = places_of(node)
    return Entry(made, page.at(places)) if places else made
