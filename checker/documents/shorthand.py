r"""Two sides of other shapes, and what a document means by them.

s = |v|,  s = \frac12 e^2        beside a number: the norm of a vector, and its square
w^T = [1, 2]                     a row beside a column: no layout is stated
∂a/∂z = 1[z > 0],  ∂μ/∂x = 1/m   of a function that acts entry by entry: the diagonal, nothing stands beside it
∂x̂_i/∂x_i = 1/√v                 a derivative alone, perhaps with μ and v between held fixed: it is left open
L = -Σ_j y_j log p_j = -log p_k   of a one-hot y: k is the true class
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from checker.answers.carry_out import held_fixed
from checker.answers.entry_by_entry import NOTE, entry_by_entry
from checker.documents.figures import instead
from checker.verdict import Finding
from derivations.domains import Names
from derivations.formula import (
    TWO,
    Delta,
    Elem,
    Formula,
    Index,
    Node,
    Num,
    Pow,
    free_indices,
    map_up,
    reindex,
    replace_elems,
    total,
)
from derivations.frozen import frozen


@frozen
class Meant:
    """Two sides as they may be meant, with the note for it; `only_if` are two that have to be equal for it."""

    left: Formula
    right: Formula
    note: Finding
    only_if: tuple[Formula, Formula] | None = None


def meanings(left: Formula, right: Formula, names: Names) -> Iterator[Meant]:
    """What may be meant by two sides that are not equal as they stand: each with its note."""
    yield from _shaped(left, right)
    yield from _at_true_class(left, right, names)
    if (fixed := held_fixed(left, names)) is not None:
        note = Finding("direct", "the derivative was taken with the quantities between held fixed")
        yield Meant(fixed, right, note)
        yield from (replace(meant, note=note) for meant in _shaped(fixed, right))


def _at_true_class(left: Formula, right: Formula, names: Names) -> Iterator[Meant]:
    """Two sides of which one holds a one-hot array, and the other has an index more: that of the entry that is 1."""
    for side, other in ((left, right), (right, left)):
        more = set(other.free) - set(side.free)
        if len(more) != 1 or not set(side.free) <= set(other.free):
            continue
        (true,) = more
        made = replace_elems(side.body, lambda e, k=true: _entry_that_is_one(e, k, names))
        if made != side.body:
            put = replace(side, body=made, free=other.free, source=None)
            sides = (put, other) if side is left else (other, put)
            yield Meant(*sides, Finding("true-class", f"{true.name} is the class for which the one-hot array is 1"))


def _entry_that_is_one(entry: Elem, true: Index, names: Names) -> Node | None:
    row = names.get(entry.name)
    hot = row is not None and row.domain.structure == "onehot" and len(row.sizes) == 1
    same = hot and len(entry.at) == 1 and isinstance(entry.at[0], Index) and entry.at[0].size == true.size
    return Delta(entry.at[0], true) if same else None


def _shaped(left: Formula, right: Formula) -> Iterator[Meant]:
    """What may be meant by two sides whose shapes differ."""
    if len(left.axes) == len(right.axes) or left.joint or right.joint:
        return
    if not left.axes or not right.axes:
        for way, note in ((_normed, "|…| of a vector is its norm here"), (_squared, "v^2 of a vector is v^T v here")):
            made = [side if not side.axes else way(side) for side in (left, right)]
            if made[0] is not None and made[1] is not None:
                yield Meant(made[0], made[1], Finding("norm", note))
    columns = [_column(side) for side in (left, right)]
    if columns[0] is not left or columns[1] is not right:
        yield Meant(columns[0], columns[1], Finding("row", "one side is a row, one a column"))
    wide, narrow = (left, right) if len(left.axes) > len(right.axes) else (right, left)
    if (meant := entry_by_entry(wide, narrow)) is not None:
        sides = (meant.diagonal, meant.said) if wide is left else (meant.said, meant.diagonal)
        yield Meant(*sides, NOTE, (meant.table, meant.alone))


def _normed(side: Formula) -> Formula | None:
    source = side.source or ""
    return instead(side, 0, len(source), re.sub(r"(?<!\\)\|", r"\\|", source)) if "|" in source else None


def _squared(side: Formula) -> Formula | None:
    """e² of a vector as Σ_k e_k², where nothing else of the side depends on the index."""
    if len(side.axes) != 1:
        return None
    axis = side.axes[0]

    def by(node: Node) -> Node | None:
        match node:
            case Pow(Elem(_, at), Num() as two) if two == TWO and at == (axis,):
                inner = Index(axis.name, axis.size)
                return total((inner,), reindex(node, {axis: inner}))
        return None

    body = map_up(side.body, by)
    return None if axis in free_indices(body) else replace(side, body=body, axes=(), source=None)


def _column(side: Formula) -> Formula:
    first, *rest = side.axes or (None,)
    return replace(side, axes=tuple(rest)) if first is not None and first.size == 1 and len(rest) == 1 else side
