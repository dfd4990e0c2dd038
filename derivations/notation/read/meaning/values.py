"""Typed values while a formula is lowered: shapes, sizes yet unknown, and how two shapes meet.

A value has sizes and gives its entry at indices. A vector (d) is a column, a row is (1, d); an axis of size 1 takes the
index 1. A size that the text leaves open (of `I`, of `\\mathbf 1`, of the index of a bare Σ) is a `Wild` and becomes
what it meets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from derivations.formula import ONE, ZERO, Delta, Index, IndexExpr, Node, ShapeError, Size, Span, add, mul, total
from derivations.frozen import frozen


class Wild:
    """A size not yet known; `to` is what it turned out to be."""

    __slots__ = ("to",)

    def __init__(self) -> None:
        self.to: AnySize | None = None


class JointSize:
    """The size of an axis that runs over the pairs of several, m·n; the slowest first."""

    __slots__ = ("of",)

    def __init__(self, of: tuple[AnySize, ...]):
        self.of = of

    @property
    def parts(self) -> tuple[AnySize, ...]:
        """What it is made of, as far as it is known; an axis of one entry adds nothing."""
        found = [find(size) for size in self.of]
        return tuple(p for s in found for p in (s.parts if isinstance(s, JointSize) else (s,)) if p != 1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JointSize) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(JointSize)

    def __str__(self) -> str:
        return "·".join("?" if isinstance(p, Wild) else str(p) for p in self.parts)


class JointIndex(Index):
    """The place along such an axis while a formula is read: an index for each part. It stands in no tree."""

    __slots__ = ("parts",)

    def __init__(self, name: str, size: JointSize, parts: tuple[Index, ...]):
        super().__init__(name, size)  # type: ignore[arg-type]
        self.parts = parts


class ChosenSize:
    """The length of an axis that has only the entries for which a condition holds, y[m < 1]; `shown` is the condition
    as it is written."""

    __slots__ = ("holds", "of", "shown")

    def __init__(self, of: AnySize, holds: Callable[[IndexExpr], Node], shown: str):
        self.of, self.holds, self.shown = of, holds, shown

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChosenSize) and (find(self.of), self.shown) == (find(other.of), other.shown)

    def __hash__(self) -> int:
        return hash(self.shown)

    def __str__(self) -> str:
        return f"where {self.shown}"


AnySize = Size | Wild | JointSize | ChosenSize
Sizes = tuple[AnySize, ...]
Entry = Callable[..., Node]


def find(size: AnySize) -> AnySize:
    """What a size is known to be."""
    while isinstance(size, Wild) and size.to is not None:
        size = size.to
    if isinstance(size, JointSize) and len(size.parts) < 2:
        return size.parts[0] if size.parts else 1
    return size


def is_open(size: AnySize) -> bool:
    """Whether a size, or a part of it, is not known."""
    size = find(size)
    return isinstance(size, Wild) or (isinstance(size, JointSize) and any(isinstance(p, Wild) for p in size.parts))


def as_long(a: AnySize, b: AnySize) -> bool:
    """Whether two sizes, one of them joint, are as many for all sizes, or may be: m·n and n·m, 2·3 and 6."""
    sides = [s.parts if isinstance(s, JointSize) else (s,) for s in (find(a), find(b))]
    if all(len(parts) == 1 for parts in sides):
        return False
    if is_open(a) or is_open(b):
        return 1 not in (find(a), find(b))
    numbers, names = ([[p for p in parts if isinstance(p, kind)] for parts in sides] for kind in (int, str))
    return prod(numbers[0]) == prod(numbers[1]) and sorted(names[0]) == sorted(names[1])  # type: ignore[type-var]


def indices_of(*places: IndexExpr) -> tuple[Index, ...]:
    """The indices that places run over: the i, j of a pair; none for the one entry of an axis of size 1."""
    return tuple(i for p in places if isinstance(p, Index) for i in (p.parts if isinstance(p, JointIndex) else (p,)))


def unify(a: AnySize, b: AnySize) -> bool:
    """Whether two sizes are, or can be made, the same. Different symbolic sizes never are."""
    a, b = find(a), find(b)
    if a is b:
        return True
    if isinstance(a, JointSize) and isinstance(b, JointSize):
        return _parts_unify(a.parts, b.parts)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Wild):
            if isinstance(other, JointSize) and one in other.parts:
                return False
            one.to = other
            return True
    return a == b


def _parts_unify(a: Sizes, b: Sizes) -> bool:
    """Part by part; where one has fewer, a part that is not known may be several: the I of I ⊗ A."""
    if len(a) == len(b):
        return all(map(unify, a, b))
    few, many = (a, b) if len(a) < len(b) else (b, a)
    unknown = [k for k, part in enumerate(few) if isinstance(part, Wild)]
    if len(unknown) != 1:
        return False
    at, behind = unknown[0], len(few) - 1 - unknown[0]
    middle = many[at : len(many) - behind]
    return all(map(unify, (*few[:at], *few[at + 1 :]), (*many[:at], *many[len(many) - behind :]))) and unify(
        few[at], JointSize(middle)
    )


class ShapeFault(Exception):
    """Shapes that do not conform; becomes the shape error of the formula."""

    def __init__(self, error: ShapeError):
        super().__init__(error.message)
        self.error = error


@frozen
class Rate:
    """What a derivative is of and by, as they are written without style; its first `outer` axes are those of the
    former. `entrywise` where the one is computed from the other entry by entry, as A from Z by ReLU."""

    of: str
    by: str
    outer: int
    entrywise: bool = False


class Val:
    """A value: a scalar has its node, a tensor its sizes and its entry at indices.

    numeral   made of numbers only: it broadcasts over everything
    source    the text, for messages
    entries   of an explicit vector or matrix: its rows
    row       of a row of a matrix that is written with its colon, X_{i,:}, and of its transpose
    turned    of a row that is `v.T` of a vector v, where that is written; NumPy leaves v as it is
    diagonal  of diag(A) of a matrix A: the matrix that has nothing but it
    spread    of diag(v) of a vector v: that vector
    column    of a list that is set upright, (a, b)^T: the column of its entries
    joined    of u ⊗ v of vectors, and what is made of it alone: the same with the vector of their pairs
    factors   of A ⊗ B: A and B
    rate      of a derivative, and of a product that ends with one: what it is of and by
    cost      how many entries of names one entry is made of; depth: how deep
    """

    __slots__ = (
        "at",
        "column",
        "cost",
        "depth",
        "diagonal",
        "entries",
        "factors",
        "joined",
        "node",
        "numeral",
        "rate",
        "row",
        "sizes",
        "span",
        "spread",
        "turned",
    )

    def __init__(
        self, node: Node | None, sizes: Sizes = (), at: Entry | None = None, numeral: bool = False, span: Span = (0, 0)
    ):
        self.node = node
        self.sizes = sizes
        self.at = at
        self.numeral = numeral
        self.span = span
        self.entries: Any = None
        self.diagonal: Val | None = None
        self.spread: Val | None = None
        self.cost = 1
        self.depth = 0
        self.row = False
        self.turned: Span | None = None
        self.rate: Rate | None = None
        self.column: Val | None = None
        self.joined: Val | None = None
        self.factors: tuple[Val, Val] | None = None

    def entry(self, *at: IndexExpr) -> Node:
        """The entry at indices (none for a scalar)."""
        if self.at is None:
            assert self.node is not None
            return self.node
        return self.at(*at)


def squeeze(sizes: Sizes, at: Entry) -> tuple[Sizes, Entry]:
    """A matrix with one column is a vector."""
    if len(sizes) == 2 and sizes[1] == 1:
        return sizes[:1], lambda i: at(i, 1)
    return sizes, at


def rows(sizes: Sizes) -> AnySize:
    """How many rows a vector or matrix has."""
    return sizes[0]


def columns(sizes: Sizes) -> AnySize:
    """How many columns: 1 for a vector."""
    return sizes[1] if len(sizes) == 2 else 1


def matrix_entry(value: Val) -> Callable[[IndexExpr, IndexExpr], Node]:
    """The entry at row and column, of a vector too."""
    if len(value.sizes) == 1:
        return lambda i, j: value.entry(i)
    return lambda i, j: value.entry(i, j)


def matmul(
    a: Val, b: Val, index: Callable[[str, AnySize], Index], within: Callable[[Sequence[IndexExpr], Node], Node]
) -> tuple[Sizes, Entry] | None:
    """The matrix product, (n, k)(k, m) → (n, m): Σ_k a_ik b_kj. None where the shapes do not conform. `within` is what
    is summed over the places of an index."""
    if len(a.sizes) > 2 or len(b.sizes) > 2:
        return None
    inner_a, inner_b = find(columns(a.sizes)), find(rows(b.sizes))
    if not unify(inner_a, inner_b):
        return None
    size = find(inner_a)
    left, right = matrix_entry(a), matrix_entry(b)
    if size == 1:

        def at(i: IndexExpr, j: IndexExpr) -> Node:
            return mul(left(i, 1), right(1, j))
    elif isinstance(size, int) and size <= 8 and (a.entries is not None or b.entries is not None):

        def at(i: IndexExpr, j: IndexExpr) -> Node:
            return add(*(mul(left(i, k), right(k, j)) for k in range(1, size + 1)))
    else:

        def at(i: IndexExpr, j: IndexExpr) -> Node:
            k = index("k", size)
            return total(indices_of(k), within((k,), mul(left(i, k), right(k, j))))

    sizes = (rows(a.sizes), columns(b.sizes))
    if find(sizes[1]) == 1:
        return sizes[:1], lambda i: at(i, 1)
    return sizes, at


def explicit(rows_: list[list[Node]]) -> Callable[[IndexExpr, IndexExpr], Node]:
    """The entry of an explicit matrix: picked at literal indices, Σ of entries times δ otherwise."""

    def at(i: IndexExpr, j: IndexExpr) -> Node:
        if isinstance(i, int) and isinstance(j, int):
            return rows_[i - 1][j - 1] if 1 <= i <= len(rows_) and 1 <= j <= len(rows_[0]) else ZERO
        terms = []
        for r, row in enumerate(rows_, 1):
            if isinstance(i, int) and i != r:
                continue
            for c, node in enumerate(row, 1):
                if (isinstance(j, int) and j != c) or node == ZERO:
                    continue
                deltas = [
                    d
                    for d in (None if isinstance(i, int) else Delta(i, r), None if isinstance(j, int) else Delta(j, c))
                    if d is not None
                ]
                terms.append(mul(node, *deltas))
        return add(*terms)

    return at


def identity(i: IndexExpr, j: IndexExpr) -> Node:
    """δ_ij, and what it is for literal indices."""
    if isinstance(i, int) and isinstance(j, int):
        return ONE if i == j else ZERO
    if isinstance(i, JointIndex) and isinstance(j, JointIndex) and len(i.parts) == len(j.parts):
        return mul(*map(Delta, i.parts, j.parts))
    return Delta(i, j)
