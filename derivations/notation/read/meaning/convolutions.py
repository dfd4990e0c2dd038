"""Convolutions of code, and arrays from their last entry to the first.

    np.convolve(a, b)            c_j = Σ_k a_k b_{j-k+1}, of n + m - 1 entries
    np.convolve(a, b, "valid")   those of them for which all of the shorter b lies within a
    np.correlate(a, v)           c_j = Σ_k a_{j+k-1} v_k, np.convolve(a, v[::-1], "valid")

Source: the documentation of numpy.convolve, numpy.correlate and scipy.signal.
"""

from __future__ import annotations

from derivations.formula import (
    ZERO,
    And,
    Cases,
    Index,
    IndexExpr,
    IndexTerm,
    IndexVal,
    Node,
    Rel,
    Size,
    affine,
    affine_terms,
    mul,
    total,
)
from derivations.formula.sizes import end_of, read_size, size_sum
from derivations.notation.read.meaning.arrays import axis_at
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Val, find
from derivations.notation.read.surface import OfCode


def convolved(meaning: Meaning, t: OfCode) -> Val:
    """np.convolve(a, b), scipy.signal.convolve2d(A, B)"""
    return _slid(meaning, t, turned=False)


def correlated(meaning: Meaning, t: OfCode) -> Val:
    """np.correlate(a, v), scipy.signal.correlate2d(A, V)"""
    return _slid(meaning, t, turned=True)


_ALONG = {"flip rows": 0, "flip columns": 1}


def flipped(meaning: Meaning, t: OfCode) -> Val:
    """w[::-1], np.flip(W, axis=1); np.flip(W) is along all axes, np.flipud(W) along the first, np.fliplr(W) along the
    second."""
    v = meaning.value(t.parts[0])
    _sizes_known(meaning, v, t)
    rank = len(v.sizes)
    axes = {axis_at(meaning, part, rank, t) for part in t.parts[1:]} or set(range(rank))
    axes = {_ALONG[t.function]} if t.function in _ALONG else axes
    if not axes <= set(range(rank)):
        raise meaning.shape_fault(t.function, [v], (t.start, t.end), "there is no such axis")

    def at(*where: IndexExpr) -> Node:
        return v.entry(*(_back(v, k, i) if k in axes else i for k, i in enumerate(where)))

    return meaning.made(v.sizes, at, v)


def _slid(meaning: Meaning, t: OfCode, turned: bool) -> Val:
    """The sums over the places of the second array, from its last entry on where it is `turned`."""
    _, mode, axes = t.function.split(":")
    a, b = (meaning.value(part) for part in t.parts)
    for v in (a, b):
        _sizes_known(meaning, v, t)
    span = (t.start, t.end)
    rank = len(a.sizes)
    if rank != len(b.sizes) or (axes and rank != int(axes)):
        raise meaning.shape_fault("a convolution", [a, b], span, "as many axes on both sides")
    sizes = tuple(_size(meaning, x, y, mode, t) for x, y in zip(_sizes(a), _sizes(b), strict=True))

    def at(*where: IndexExpr) -> Node:
        meaning.count()
        over = tuple(meaning.index("k", size) for size in b.sizes)
        places = tuple(_place(j, k, turned, mode) for j, k in zip(where, over, strict=True))
        body = mul(a.entry(*places), b.entry(*over))
        if mode == "full":
            within = [c for i, size in zip(places, _sizes(a), strict=True) for c in _within(i, size)]
            body = Cases(((And(tuple(within)), body),), ZERO)
        return total(over, body, span)

    return meaning.made(sizes, at, a, b)


def _place(j: IndexExpr, k: Index, turned: bool, mode: str) -> IndexExpr:
    """Where in the first array an entry of the second meets it."""
    last, const = affine_terms(end_of(k))
    begin = [(term, -c) for term, c in last] if mode == "full" and turned else last if mode == "valid" else []
    if mode == "full" and not turned:  # j - k + 1
        return _sum(j, [(k, -1)], 1)
    if mode == "full":  # j - m + k
        return _sum(j, [(k, 1), *begin], -const)
    return _sum(j, [(k, 1)], -1) if turned else _sum(j, [(k, -1), *begin], const)  # j + k - 1, j + m - k


def _sum(at: IndexExpr, terms: list[tuple[IndexTerm, int]], const: int) -> IndexExpr:
    own, number = affine_terms(at)
    return affine([*own, *terms], number + const)


def _back(v: Val, axis: int, at: IndexExpr) -> IndexExpr:
    """n + 1 - i"""
    last, const = affine_terms(end_of(Index("k", _sizes(v)[axis])))
    own, number = affine_terms(at)
    return affine([*last, *((term, -c) for term, c in own)], const + 1 - number)


def _within(at: IndexExpr, size: Size) -> tuple[Node, Node]:
    end = end_of(Index("k", size))
    return Rel(">=", IndexVal(at), IndexVal(1)), Rel("<=", IndexVal(at), IndexVal(end))


def _size(meaning: Meaning, a: Size, b: Size, mode: str, t: OfCode) -> Size:
    """n + m - 1, or n - m + 1 where that is certainly at least 1."""
    sign = 1 if mode == "full" else -1
    try:
        return read_size(str(size_sum(((a, 1), (b, sign)), -sign)))
    except ValueError:
        why = f"whether {b} entries lie within {a} is not certain"
        raise meaning.fail(why, t, "the longer array first, or the sum over an index", "operation") from None


def _sizes(v: Val) -> tuple[Size, ...]:
    return tuple(find(size) for size in v.sizes)  # type: ignore[misc]


def _sizes_known(meaning: Meaning, v: Val, t: OfCode) -> None:
    """Refuse an array whose sizes are no names or numbers."""
    if not v.sizes or not all(isinstance(find(size), int | str) for size in v.sizes):
        raise meaning.fail(f"{meaning.source(v.span)} has no entries in a row", t, "a vector", "operation")
