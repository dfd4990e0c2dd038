"""Axes that run over pairs of indices: vec(X) and the Kronecker product.

    vec(X)       (j, i) -> X_ij                      the columns of X one below the other
    X.ravel()    (i, j) -> X_ij                      its rows one after the other, vec(Xᵀ)
    A ⊗ B        (i, k), (j, l) -> A_ij B_kl         the block A_ij B at row i, column j

The length of such an axis is a `JointSize`, its slowest part first. One that is a short number is an axis of that
number, with every entry written out, so that vec of a matrix of numbers is the list of its entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from derivations.formula import Delta, IndexExpr, Node, Pow, Span, add, call, mul
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.index_numbers import size_node
from derivations.notation.read.meaning.values import (
    AnySize,
    Entry,
    JointIndex,
    JointSize,
    Sizes,
    Val,
    Wild,
    columns,
    explicit,
    find,
    matrix_entry,
    rows,
    unify,
)

LISTED = 8
"""Up to how many entries an axis over pairs of numbers is written out."""


PAIRS_OR_MATRIX = "kron(u, v) for the vector of the pairs, u v^T for the matrix"
"""What to write for ⊗ of vectors."""


def columns_stacked(meaning: Meaning, v: Val, span: Span) -> Val:
    """vec(X): entry (j, i) is X_ij. A vector or a row is the vector of its entries already."""
    if len(v.sizes) < 2:
        return v
    if v.joined is not None:
        raise meaning.two_ways(
            f"vec of {meaning.source(v.span)} reads two ways: ⊗ of vectors is their outer product, or a vector already",
            span,
            "vec(u v^T), or kron(u, v)",
        )
    _matrix(meaning, v, span, "vec")
    return on_pairs(meaning, [(v.sizes[1], v.sizes[0])], lambda j, i: v.entry(i, j), v)


def rows_joined(meaning: Meaning, v: Val, span: Span) -> Val:
    """X.ravel(): entry (i, j) is X_ij."""
    if len(v.sizes) < 2:
        return v
    _matrix(meaning, v, span, "ravel")
    return on_pairs(meaning, [v.sizes], v.entry, v)


def _matrix(meaning: Meaning, v: Val, span: Span, what: str) -> None:
    if len(v.sizes) != 2:
        raise meaning.shape_fault(what, [v], span, "a matrix was expected")


def kronecker_product(meaning: Meaning, a: Val, b: Val, span: Span) -> Val:
    """A ⊗ B with the factors' pairs of rows and pairs of columns for axes; of two vectors the vector of their pairs."""
    for v in (a, b):
        if len(v.sizes) > 2:
            raise meaning.shape_fault("a Kronecker product", [a, b], span, "matrices were expected")
        meaning.beside += [(s, v.span) for s in map(find, v.sizes) if isinstance(s, Wild)]
    if len(a.sizes) == len(b.sizes) == 1:
        return pairs_of_entries(meaning, a, b)
    left, right = matrix_entry(a), matrix_entry(b)
    groups = [(rows(a.sizes), rows(b.sizes)), (columns(a.sizes), columns(b.sizes))]
    made = on_pairs(meaning, groups, lambda i, k, j, m: mul(left(i, j), right(k, m)), a, b)
    made.factors = (a, b)
    return made


def square_factors(v: Val) -> tuple[Val, Val] | None:
    """A and B of A ⊗ B where both are square: what is true of its inverse and its determinant is true of them."""
    if v.factors is None or not all(len(f.sizes) == 2 and unify(*f.sizes) for f in v.factors):
        return None
    return v.factors


def determinant_of_pairs(of: tuple[Val, Val], determinants: Sequence[Val], op: str) -> Val:
    """det(A ⊗ B) = det(A)^p det(B)^m for A of m rows and B of p."""
    (m, p), (a, b) = (find(f.sizes[0]) for f in of), (d.entry() for d in determinants)
    found = mul(Pow(a, size_node(p)), Pow(b, size_node(m)))
    return Val(found if op == "det" else call("log", found))


def refuse_pairs(meaning: Meaning, v: Val, what: str, span: Span) -> None:
    """Refuse what is read of no matrix whose rows are pairs, unless it is a Kronecker product of square ones."""
    if any(map(_is_joint, v.sizes)):
        raise meaning.fail(
            f"{what} is read of a Kronecker product of square matrices, and {meaning.source(v.span)} is none",
            span=span,
            expected=f"{what} of its factors",
            tag="operation",
        )


def joining(meaning: Meaning, a: Val, b: Val) -> tuple[Val, Val]:
    """The factors of a product with u ⊗ v as the vector of its pairs where u vᵀ does not conform, and that does."""
    for one, other in ((a, b), (b, a)):
        if one.joined is None or (other.joined is None and not any(map(_is_joint, other.sizes))):
            continue
        plain, joined = ((x, other) if one is a else (other, x) for x in (one, one.joined))
        if _conform(meaning, *plain) or not _conform(meaning, *joined):
            continue
        made = meaning.as_pairs(one)
        a, b = (made, b) if one is a else (a, made)
    return a, b


def refuse_vectors_twice(meaning: Meaning, a: Val, b: Val, span: Span) -> None:
    """Refuse (u ⊗ v)ᵀ(w ⊗ z), a number or a matrix as ⊗ is one product of vectors or the other."""
    if a.joined is None or b.joined is None or not (_conform(meaning, a, b) and _conform(meaning, a.joined, b.joined)):
        return
    raise meaning.two_ways(
        f"{meaning.source(span)} reads two ways: ⊗ of vectors is their outer product, or the vector of their pairs",
        span,
        PAIRS_OR_MATRIX,
    )


def _conform(meaning: Meaning, a: Val, b: Val) -> bool:
    return len(a.sizes) <= 2 and len(b.sizes) <= 2 and meaning.could(columns(a.sizes), rows(b.sizes))


def pairs_of_entries(meaning: Meaning, a: Val, b: Val) -> Val:
    """u ⊗ v as the vector of u_i v_k."""
    return on_pairs(meaning, [(a.sizes[0], b.sizes[0])], lambda i, k: mul(a.entry(i), b.entry(k)), a, b)


def call_of_kron(meaning: Meaning, a: Val, b: Val, span: Span) -> Val:
    """kron(A, B). Of a vector and a matrix there are two: NumPy takes the vector for a row."""
    if not a.sizes or not b.sizes:
        return meaning.elementwise([a, b], lambda x, y: mul(x, y), "a product", span)
    if len(a.sizes) != len(b.sizes):
        first, second = meaning.source(a.span), meaning.source(b.span)
        rowed = [f"({s})^T" if len(v.sizes) == 1 else f"({s})" for s, v in ((first, a), (second, b))]
        raise meaning.two_ways(
            f"{meaning.source(span)} reads two ways: NumPy takes the vector for a row, on paper it is a column",
            span,
            "⊗ with the vector or its transpose",
            f"(({first}) ⊗ ({second}))",
            f"({rowed[0]} ⊗ {rowed[1]})",
        )
    return kronecker_product(meaning, a, b, span)


# -------------------------------------------------- axes


def _is_joint(size: AnySize) -> bool:
    return isinstance(find(size), JointSize)


def _length(group: Sizes) -> AnySize:
    """The length of an axis over a group of axes: a number where it is a short one."""
    parts = JointSize(group).parts
    numbers = [p for p in parts if isinstance(p, int)]
    return prod(numbers) if len(numbers) == len(parts) and prod(numbers) <= LISTED else find(JointSize(group))


def on_pairs(meaning: Meaning, groups: Sequence[Sizes], at: Entry, *of: Val) -> Val:
    """A tensor with an axis for every group of the axes of `at`."""
    lengths = [_length(group) for group in groups]
    if len(lengths) == 2 and lengths[1] == 1:
        return on_pairs(meaning, groups[:1], lambda *i: at(*i, *(1 for _ in groups[1])), *of)
    if all(length == 1 for length in lengths):
        return Val(at(*(1 for group in groups for _ in group)))

    def entry(*where: IndexExpr) -> Node:
        ways = [list(_placed(meaning, place, group)) for place, group in zip(where, groups, strict=True)]
        return add(
            *(
                mul(*(d for deltas, _ in way for d in deltas), at(*(p for _, places in way for p in places)))
                for way in product(*ways)
            )
        )

    listed = [isinstance(n, int) and sum(find(s) != 1 for s in g) > 1 for n, g in zip(lengths, groups, strict=True)]
    made = meaning.made(tuple(lengths), entry, *of)
    if any(listed):
        made.cost *= prod(n for n, long in zip(lengths, listed, strict=True) if long and isinstance(n, int))
        if made.cost > MAX_LISTED:
            raise meaning.too_large()
    if any(listed) and all(isinstance(n, int) and n <= LISTED for n in lengths):
        r, c = (*(n for n in lengths if isinstance(n, int)), 1)[:2]
        made.entries = [[entry(*(i, j)[: len(lengths)]) for j in range(1, c + 1)] for i in range(1, r + 1)]
        chosen = explicit(made.entries)
        made.at = chosen if len(lengths) == 2 else lambda i: chosen(i, 1)
    return made


MAX_LISTED = 1_000
"""Entries of names that one entry of a written out array may be made of."""


def _placed(
    meaning: Meaning, place: IndexExpr, group: Sizes
) -> Iterator[tuple[tuple[Node, ...], tuple[IndexExpr, ...]]]:
    """The places along a group of axes that a place along all of them is; where the latter is an index that counts to a
    number, all that it may be, with their δ."""
    widths = [_width(size) for size in group]
    if sum(widths) == 0:
        yield (), tuple(1 for _ in group)
    elif sum(widths) == 1:
        yield (), tuple(place if w else 1 for w in widths)
    elif isinstance(place, JointIndex) and len(place.parts) == sum(widths):
        rest = iter(place.parts)
        taken = [tuple(next(rest) for _ in range(w)) for w in widths]
        yield (), tuple(_together(parts, size) for parts, size in zip(taken, group, strict=True))
    elif all(isinstance(size, int) for size in map(find, group)):
        numbers = [s for s in map(find, group) if isinstance(s, int)]
        for k in range(1, prod(numbers) + 1):
            if place == k or not isinstance(place, int):
                deltas = () if isinstance(place, int) else (Delta(place, k),)
                yield deltas, _digits(k, numbers)
    else:
        raise meaning.fail(
            "an axis over pairs of indices has no entry by one here",
            span=(0, len(meaning.text)),
            expected="an entry of what stands in it, as X_{ij} for one of vec(X)",
            tag="index",
        )


def _width(size: AnySize) -> int:
    """How many indices run along an axis."""
    size = find(size)
    return len(size.parts) if isinstance(size, JointSize) else int(size != 1)


def _together(parts: tuple, size: AnySize) -> IndexExpr:
    found = find(size)
    if not parts:
        return 1
    return JointIndex("k", found, parts) if isinstance(found, JointSize) else parts[0]


def _digits(k: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """Place k of the pairs of several, all counted from 1, the last fastest."""
    out: list[int] = []
    rest = k - 1
    for size in reversed(sizes):
        rest, digit = divmod(rest, size)
        out.append(digit + 1)
    return tuple(reversed(out))
