"""Sums as arrays: a δ is sifted, inner sums join, an inverse applied to something becomes a linear solve, and the trace
of such a product the trace of a solve; what is left is a sum of products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Protocol

from derivations.domains import Names
from derivations.emit import windows
from derivations.emit.assemble import Order, divide_in
from derivations.emit.axes import Named, as_float, distinct, permuted, reduced, spread
from derivations.emit.contract import Search, sum_of_product
from derivations.emit.cost import price
from derivations.emit.program import (
    Array,
    Solve,
)
from derivations.emit.trees import (
    fresh_terms,
    multiplied_out,
    open_deltas,
    sift,
    worth_splitting,
)
from derivations.formula import (
    Add,
    Affine,
    Bound,
    Delta,
    Elem,
    Index,
    IndexExpr,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    add,
    free_indices,
    mul,
    reindex,
)


class Lowers(Protocol):
    """What sums ask of the lowering they belong to."""

    search: Search
    names: Names

    @property
    def in_loop(self) -> bool: ...
    def lower(self, node: Node, order: Order) -> Named: ...
    def quotient(self, factors: Sequence[Node], order: Order, more: Sequence[Named] = ()) -> Named: ...
    def powers(self, f: Node) -> list[tuple[Node, bool]]: ...
    def located(self, node: Elem) -> tuple[Array, list[IndexExpr]]: ...
    def placed(self, array: Array, at: list[IndexExpr]) -> Named: ...
    def shared(self, node: Node) -> bool: ...
    def cheaper(
        self, written: Callable[[], Named], other: Callable[[], Named], better: Callable[[Named, Named], bool]
    ) -> Named: ...
    def square(self, f: MatrixAtom, order: Order) -> Array: ...
    def symmetric(self, f: MatrixAtom) -> bool: ...


DEGREE_LESS = 0.1
"""What a sum of products must cost at most, beside the product of sums that is written: a whole degree less where sizes
are large, since a difference that is taken apart loses digits."""


def sum_over(lowering: Lowers, indices: Sequence[Index], body: Node, order: Order) -> Named:
    """Σ over indices of a tree; Σ_j v_j (a_i b_j - c_i d_j), whose difference is a larger array than any that it is
    made of, as a_i Σ_j v_j b_j - c_i Σ_j v_j d_j."""
    apart = multiplied_out(body, frozenset(indices))

    def written() -> Named:
        return _sum_over(lowering, indices, body, order)

    def split() -> Named:
        return lowering.lower(add(*(Bound("sum", tuple(indices), t) for t in apart)), order)

    return lowering.cheaper(written, split, _far_less) if apart else written()


def _far_less(other: Named, written: Named) -> bool:
    """Whether a split sum costs a degree less, or holds no array that is as large."""
    (less, smaller), (one, top) = price([other.array]), price([written.array])
    return less < DEGREE_LESS * one or (smaller < top and less < one)


def _sum_over(lowering: Lowers, indices: Sequence[Index], body: Node, order: Order) -> Named:
    """Σ over indices of a tree, a product left as it stands."""
    order = (*(i for i in order if i not in indices), *indices)
    if not lowering.in_loop:

        def again(left: Order, rest: Node) -> Named:
            return sum_over(lowering, left, rest, order)

        if (part := windows.summed(indices, body, order, lowering, again)) is not None:
            return part
    if isinstance(body, Bound) and body.op == "sum":
        return sum_over(lowering, (*indices, *body.indices), body.body, order)
    if isinstance(body, Add) and worth_splitting(body, indices):
        return lowering.lower(add(*(Bound("sum", tuple(indices), t) for t in fresh_terms(body, indices))), order)
    factors = list(body.args) if isinstance(body, Mul) else [body]
    for k, f in enumerate(factors):
        if isinstance(f, Delta) and (sifted := sift(f, indices)) is not None:
            gone, by = sifted
            rest = reindex(mul(*factors[:k], *factors[k + 1 :]), {gone: by})
            left = [i for i in indices if i is not gone]
            return sum_over(lowering, left, rest, order) if left else lowering.lower(rest, order)
    opened = open_deltas(body, frozenset(indices)) if isinstance(body, Mul) else None
    if opened is not None:
        return sum_over(lowering, indices, opened, order)
    bound = frozenset(indices)
    # an inner sum joins this one: Σ_i a_i Σ_k b_ik is one contraction
    for k, f in enumerate(factors):
        if (
            isinstance(f, Bound)
            and f.op == "sum"
            and free_indices(f) & bound
            and not isinstance(f.body, Add)
            and not lowering.shared(f)
            and not windows.cumulative(f, lowering.names)
        ):
            inner = reindex(f, {})
            assert isinstance(inner, Bound)
            return sum_over(
                lowering, (*indices, *inner.indices), mul(*factors[:k], inner.body, *factors[k + 1 :]), order
            )
    outside = [f for f in factors if not free_indices(f) & bound]
    inside = [f for f in factors if free_indices(f) & bound]
    solved = _solved(lowering, indices, inside, order)
    if solved is not None:
        return lowering.quotient(outside, order, [solved])
    above: list[Named] = []
    below: list[Named] = []
    number = Fraction(1)
    for f in inside:
        for base, down in lowering.powers(f):
            if isinstance(base, Num):
                number *= base.value
            elif not down and isinstance(base, Pow) and base.exponent == Num(Fraction(2)):
                above += [lowering.lower(base.base, order)] * 2
            else:
                (below if down else above).append(lowering.lower(base, order))
    above = divide_in(above, below, order)
    total = sum_of_product(above, indices, order, lowering.search)
    return lowering.quotient([Num(number), *outside], order, [total])


def stacked(f: MatrixAtom) -> bool:
    """Whether a matrix is one of a stack: its entries have indices besides those of its rows and columns."""
    return bool(free_indices(f.body) - {f.row, f.col})


def _solved(lowering: Lowers, indices: Sequence[Index], inside: list[Node], order: Order) -> Named | None:
    """Σ_j inv(A)_ij (…)_j as a linear solve, the result laid out in the given order where it can be."""
    inverses = [
        (f, inside[:k] + inside[k + 1 :])
        for k, f in enumerate(inside)
        if isinstance(f, MatrixAtom) and f.op == "inv" and len(inside) > 1 and not stacked(f)
    ]
    rank = {i: k for k, i in enumerate(order)}
    sides = [
        (f, others, *ends, transposed)
        for f, others in inverses
        for ends, transposed in ((f.at[::-1], False), (f.at, True))
    ]
    for f, others, summed, kept, transposed in sorted(sides, key=lambda side: rank.get(side[3], len(rank))):  # type: ignore[call-overload]
        rest = mul(*others)
        if (
            not isinstance(summed, Index)
            or summed not in indices
            or kept in indices
            or isinstance(kept, Affine)
            or kept in free_indices(rest)
        ):
            continue
        right = _right_side(
            lowering, [i for i in indices if i is not summed], rest, (summed, *(i for i in order if i is not summed))
        )
        if len(right.axes) - (summed in right.axes) > 1:
            continue
        right = spread(right, (summed, *(i for i in right.axes if i is not summed)))
        solved = Solve(lowering.square(f, order), right.array, transposed and not lowering.symmetric(f))
        return lowering.placed(solved, [kept, *right.axes[1:]])
    for f, others in inverses:
        if (
            f.at[0] in indices
            and f.at[1] in indices
            and (found := _form(lowering, indices, f, others, order)) is not None
        ):
            return found
    return None


def _right_side(lowering: Lowers, indices: Sequence[Index], rest: Node, order: Order) -> Named:
    return as_float(sum_over(lowering, indices, rest, order) if indices else lowering.lower(rest, order))


def _form(lowering: Lowers, indices: Sequence[Index], f: MatrixAtom, others: list[Node], order: Order) -> Named | None:
    """Σ_jk a_j inv(A)_jk b_k as a · A⁻¹b, and Σ_jk inv(A)_jk B_kj, where other sums tie b to a, as tr(A⁻¹B)."""
    row, col = f.at
    tied, between = {col}, [i for i in indices if i is not row and i is not col]
    while more := {i for g in others if free_indices(g) & tied for i in between if i in free_indices(g)} - tied:
        tied |= more
    right = [g for g in others if free_indices(g) & tied]
    left = [g for g in others if g not in right]
    if not any(row in free_indices(g) for g in right):
        solved = _solved(lowering, [i for i in indices if i in tied], [f, *right], order)
        if solved is None or any(down for g in left for _, down in lowering.powers(g)):
            return None
        return sum_of_product(
            [*(lowering.lower(g, order) for g in left), solved],
            [i for i in indices if i not in tied],
            order,
            lowering.search,
        )
    assert isinstance(row, Index)
    assert isinstance(col, Index)
    b = _right_side(lowering, between, mul(*others), (col, row, *order))
    if set(b.axes) != {row, col}:
        return None
    product = Named(Solve(lowering.square(f, order), permuted(b, (col, row)).array, False), (row, row))
    return reduced("sum", distinct(product), (row,))
