"""Arrays with named axes, and their alignment by broadcasting.

A `Named` is an array and the index at each of its axes. Operands of an entrywise operation are put together at the
union of their indices, in the layout of the first operand that has them all (so that no operand is transposed without
need).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from derivations.emit.program import Array, Diagonal, Length, Literal, Map, Permute, Reduce, Spread
from derivations.formula import Index, Size


@dataclass(frozen=True, slots=True)
class Named:
    """An array whose axis k is the index axes[k]."""

    array: Array
    axes: tuple[Index, ...] = ()

    @property
    def static(self) -> bool:
        """A Python number, known before any argument is."""
        return self.array.kind == "static"


def literal(value: int | Fraction) -> Named:
    return Named(Literal(Fraction(value)))


def length(size: Size) -> Named:
    """A size as a number."""
    return literal(size) if isinstance(size, int) else Named(Length(size))


def layout(operands: Iterable[Named], order: Sequence[Index]) -> tuple[Index, ...]:
    """The axes of an entrywise result: those of the first operand that has all, else sorted by `order`."""
    operands = list(operands)
    union = dict.fromkeys(i for a in operands for i in a.axes)
    for a in operands:
        if len(a.axes) == len(union):
            return a.axes
    rank = {i: k for k, i in enumerate(order)}
    return tuple(sorted(union, key=lambda i: rank.get(i, len(rank))))


def entrywise(fn: str, operands: Sequence[Named], order: Sequence[Index], kind: str = "float") -> Named:
    """fn of the operands, broadcast together."""
    axes = layout(operands, order)
    if kind == "float" and all(a.static for a in operands):
        kind = "static"
    at = {i: k for k, i in enumerate(axes)}
    places = tuple(tuple(at[i] for i in a.axes) for a in operands)
    return Named(Map(fn, tuple(a.array for a in operands), places, tuple(i.size for i in axes), kind), axes)


def permuted(a: Named, axes: Sequence[Index]) -> Named:
    """The array with its axes in another order."""
    axes = tuple(axes)
    if a.axes == axes:
        return a
    return Named(Permute(a.array, tuple(a.axes.index(i) for i in axes)), axes)


def spread(a: Named, axes: Sequence[Index]) -> Named:
    """The array with exactly these axes: permuted, and repeated along those it lacks."""
    axes = tuple(axes)
    if set(a.axes) == set(axes):
        return permuted(a, axes)
    a = permuted(a, [i for i in axes if i in a.axes])
    return Named(Spread(a.array, tuple(axes.index(i) for i in a.axes), tuple(i.size for i in axes)), axes)


def reduced(op: str, a: Named, over: Iterable[Index]) -> Named:
    """The reduction of an array over some of its axes."""
    gone = set(over)
    axes = tuple(k for k, i in enumerate(a.axes) if i in gone)
    return Named(Reduce(op, a.array, axes), tuple(i for i in a.axes if i not in gone)) if axes else a


def distinct(a: Named) -> Named:
    """The array with the diagonal taken wherever an index stands twice."""
    for q, i in enumerate(a.axes):
        p = a.axes.index(i)
        if p < q:
            rest = tuple(j for k, j in enumerate(a.axes) if k not in (p, q))
            return distinct(Named(Diagonal(a.array, p, q), (*rest, i)))
    return a


def as_float(a: Named) -> Named:
    """Conditions as 0.0 and 1.0; everything else as it is."""
    return entrywise("as_float", (a,), a.axes) if a.array.kind == "bool" else a
