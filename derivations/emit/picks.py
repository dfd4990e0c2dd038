"""Labels in code: an argument of whole numbers that count from 0, as an array library does.

E_{w_t,j}   E at computed positions        f_{i,y_i}   Σ_k where(y == k, f, 0), which has no axis twice
1[y_i = k]  y[:, None] == arange(K)        y_i         y + 1, as formulas count from 1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from derivations.emit.axes import Named, as_float, entrywise, literal, reduced
from derivations.emit.program import Array, Counter, Input
from derivations.evaluate.one_hot import with_index
from derivations.formula import Delta, Elem, Index, IndexExpr, Label, Node, Size, indices_in, label_alone, labels_in

Order = tuple[Index, ...]


class Lowers(Protocol):
    """What labels ask of the lowering they belong to."""

    def lower(self, node: Node, order: Order) -> Named: ...
    def placed(self, array: Array, at: list[IndexExpr]) -> Named: ...


def argument(lowering: Lowers, label: Label, sizes: tuple[Size, ...], kind: str) -> Named:
    """The labels at their indices, counted from 1 as in formulas: numbers, or positions where `kind` is int."""
    given = lowering.placed(Input(label.name, sizes), list(label.at))
    if kind == "float":
        given = entrywise("as_dtype", (given,), given.axes)
    return entrywise("add", (given, literal(1)), given.axes, kind)


def one_hot(lowering: Lowers, label: Label, sizes: tuple[Size, ...], k: Index, order: Order) -> Named:
    """1[y_i = k] of labels and an index of their range."""
    given = lowering.placed(Input(label.name, sizes), list(label.at))
    return entrywise("equal", (given, Named(Counter(k.size, "place"), (k,))), order, "bool")


def alone(node: Delta) -> tuple[Label, Index] | None:
    """y_i and k of δ between labels and an index of their range."""
    for mine, other in ((node.left, node.right), (node.right, node.left)):
        label = label_alone(mine)
        if label is not None and isinstance(other, Index) and other.size == label.size:
            return label, other
    return None


def shared(at: Sequence[IndexExpr]) -> Label | None:
    """The first label whose indices stand at another place too, as in f_{i,y_i}: positions alone would give both axes
    apart."""
    for k, place in enumerate(at):
        others = {i for m, other in enumerate(at) if m != k for i in indices_in(other)}
        for label in labels_in(place):
            if others & {i for inner in label.at for i in indices_in(inner)}:
                return label
    return None


def chosen(lowering: Lowers, node: Elem, label: Label, sizes: tuple[Size, ...], order: Order) -> Named:
    """f_{i,y_i} as Σ_k where(y == k, f, 0): what is not chosen may be infinite."""
    k = Index("k", label.size)
    inner = (*order, k)
    value = as_float(lowering.lower(with_index(node, label, k), inner))
    hot = one_hot(lowering, label, sizes, k, inner)
    return reduced("sum", entrywise("where", (hot, value, literal(0)), inner, "float"), (k,))
