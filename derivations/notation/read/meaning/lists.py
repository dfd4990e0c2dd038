"""Lists that are written as a row and set upright, (a, b)^T: the column of the entries wherever it is no left factor.

Such a value is the row that it is by the letter, and keeps its column: `(a, b)^T x` is a number, `A^{-1} (a, b)^T`,
`x + (a, b)^T` and `(a, b)^T` alone have the column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Val, columns, find
from derivations.notation.read.surface import ArrayOf, Group, Surface, Transposed, Vector

_ARROWS = ("->", "↦", "mapsto")


def is_list(meaning: Meaning, t: Transposed) -> bool:
    """Whether what is transposed is a list of entries, (a, b) or (x_1, …, x_d)."""
    body: Surface = t.body
    while type(body) is Group:
        body = body.body
    if meaning.code or not isinstance(body, Vector | ArrayOf):
        return False
    if not meaning.text[t.body.end : t.end].strip():  # a row with dots, which is written as one
        return False
    return isinstance(body, Vector) or not any(arrow in meaning.source((t.start, t.end)) for arrow in _ARROWS)


def as_column(meaning: Meaning, v: Val) -> Val:
    """The column of a value, where it keeps one."""
    if v.column is None:
        return v
    shown = meaning.source(v.span)
    message = f"{shown} was read as a column"
    if all(note.message != message for note in meaning.notes):
        meaning.noted("column", message, *v.span)
    v.column.span = v.span
    return v.column


def as_terms(meaning: Meaning, values: Sequence[Val], total: Callable[[list[Val]], Val]) -> Val:
    """A sum in which these are columns: beside vectors they are taken as such, by themselves their sum keeps one."""
    tensors = [v for v in values if v.sizes]
    kept = [v for v in tensors if v.column is not None]
    if not kept:
        return total(list(values))
    if len(kept) < len(tensors):
        upright = all(len(v.sizes) == 1 for v in tensors if v.column is None)
        return total([as_column(meaning, v) for v in values] if upright else list(values))
    made = total(list(values))
    made.column = total([v if v.column is None else v.column for v in values])
    return made


def beside(meaning: Meaning, v: Val, other: Val) -> Val:
    """A factor of an elementwise product: beside a vector it is the column."""
    return as_column(meaning, v) if len(other.sizes) == 1 else v


def right_of(meaning: Meaning, left: Val, v: Val) -> Val:
    """A right factor: behind a matrix that it conforms with it is the column."""
    if v.column is None or len(left.sizes) != 2 or find(left.sizes[1]) == 1:
        return v
    return as_column(meaning, v) if meaning.could(columns(left.sizes), v.column.sizes[0]) else v


def scaled(a: Val, b: Val, made: Val, again: Callable[[Val, Val], Val]) -> Val:
    """A product with a number: it keeps the column that its other factor has."""
    if made.sizes and not (a.sizes and b.sizes) and (a.column is not None or b.column is not None):
        made.column = again(a.column or a, b.column or b)
    return made
