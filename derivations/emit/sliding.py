"""Positions made of two indices as sliding windows: convolutions, and what comes back through them.

    Σ_r w_r x_{i+r-1}                                    sliding(x, p) @ w
    Σ_r {w_r g_{u-r+1} if 1 <= u-r+1 <= h, 0 otherwise}  reaching(g, p) @ w

A window is a view where a library has them. The guard of the second says of g alone where it ends: g is 0 there, and
the product with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from derivations.domains import Names
from derivations.emit.axes import Named
from derivations.emit.program import Array, Padded, Sliding, Window, size_gap
from derivations.formula import (
    ZERO,
    Affine,
    And,
    Cases,
    Elem,
    Index,
    IndexExpr,
    IndexTerm,
    Node,
    Rel,
    Size,
    affine_terms,
    free_indices,
    index_exprs,
    indices_in,
    size_sum,
    size_terms,
    walk,
)
from derivations.simplify.positions import whole_number

Least = tuple[dict[IndexTerm, int], int]
"""Terms and a number whose sum is at least 0."""


class Lowers(Protocol):
    """What a sliding window asks of the lowering it belongs to."""

    names: Names

    def located(self, node: Elem) -> tuple[Array, list[IndexExpr]]: ...
    def placed(self, array: Array, at: list[IndexExpr]) -> Named: ...


def at_least(condition: Node) -> Least | None:
    """Terms and a number whose sum is at least 0 where a comparison of whole numbers holds."""
    if not isinstance(condition, Rel) or condition.op not in ("<", "<=", ">", ">="):
        return None
    left, right = whole_number(condition.left), whole_number(condition.right)
    if left is None or right is None:
        return None
    more, less = (left, right) if condition.op in (">", ">=") else (right, left)
    terms = dict(more[0])
    for term, c in less[0]:
        terms[term] = terms.get(term, 0) - c
    strict = condition.op in ("<", ">")
    return {t: c for t, c in terms.items() if c}, more[1] - less[1] - strict


# ---------------------------------------------------------------- i + r - 1


def slid(array: Array, at: list[IndexExpr]) -> tuple[Array, list[IndexExpr]] | None:
    """An array with a position i + r and a number on an axis that has all of these as one with an axis for each; None
    where there is none."""
    for k, expression in enumerate(at):
        if (found := _both(expression, 1)) is None:
            continue
        i, r, const = found
        size, start = _together(i.size, r.size), const + 1
        left = size_gap(array.shape[k], size)
        if start < 0 or left is None or left < start:
            continue
        whole = Window(array, k, start, size) if left else array
        return Sliding(whole, k, r.size, False), [*at[:k], i, *at[k + 1 :], r]
    return None


def _both(expression: IndexExpr, sign: int) -> tuple[Index, Index, int] | None:
    """i, r and c of i ± r + c."""
    if not isinstance(expression, Affine):
        return None
    terms, const = affine_terms(expression)
    if len(terms) != 2 or not all(isinstance(t, Index) for t, _ in terms):
        return None
    (i, one), (r, other) = sorted(terms, key=lambda term: -term[1]) if sign < 0 else terms
    return (i, r, const) if (one, other) == (1, sign) else None  # type: ignore[return-value]


def _together(one: Size, other: Size) -> Size:
    """The size of what i + r - 1 runs over."""
    return size_sum(((one, 1), (other, 1)), -1)


# ---------------------------------------------------------------- u - r + 1 where there is one


def reached(lowering: Lowers, node: Cases) -> Named | None:
    """{g_{u-r+1} if 1 <= u-r+1 <= h, 0 otherwise} as g with 0 at both of its ends; None for any other choice."""
    if not is_reached(node, lowering.names):
        return None
    array, at = lowering.located(node.branches[0][1])  # type: ignore[arg-type]
    for k in range(len(at)):
        if (found := _both(at[k], -1)) is None:
            continue
        u, r, const = found
        array = Sliding(array, k, r.size, True)
        if const < 1:
            array = Padded(array, k, 1 - const, u.size)
        elif size_gap(array.shape[k], u.size) != 0:
            array = Window(array, k, const - 1, u.size)
        at = [*at[:k], u, *at[k + 1 :], r]
    return lowering.placed(array, at)


def is_reached(node: Node, names: Names) -> bool:
    """Whether a choice is an element whose positions are differences, where it has them, and 0 elsewhere."""
    match node:
        case Cases(((condition, Elem() as element),), otherwise) if otherwise == ZERO:
            conditions = list(condition.args) if isinstance(condition, And) else [condition]
            claimed = _bounds(element, conditions, names)
            return claimed is not None and len(claimed) == len(conditions)
    return False


def each_where_it_is(
    conditions: Sequence[Node], factors: Sequence[Node], names: Names
) -> tuple[list[Node], list[Node]] | None:
    """The conditions of a guarded product that are not bounds of an element among its factors, and the factors, such an
    element within its bounds; None where there is none."""
    made: list[Node] = []
    claimed: list[Node] = []
    others: list[Node] = []
    for f in factors:
        mine = _bounds(f, conditions, names) if isinstance(f, Elem) else None
        if mine:
            made.append(Cases(((mine[0] if len(mine) == 1 else And(tuple(mine)), f),), ZERO))
            claimed += mine
        else:
            made.append(f)
            others.append(f)
    left = [c for c in conditions if c not in claimed]
    bound = [{*free_indices(c)} for c in claimed]
    if not claimed or any(_hangs_on(bound, f) for f in (*others, *left)):
        return None
    return left, made


def _hangs_on(bound: Sequence[set[Index]], node: Node) -> bool:
    """Whether a tree has an element at a position of indices that were bound together: it may have no value outside of
    the bounds."""
    return any(
        isinstance(at, Affine) and any(pair <= {*indices_in(at)} for pair in bound)
        for part in walk(node)
        for at in index_exprs(part)
    )


def _bounds(element: Elem, conditions: Sequence[Node], names: Names) -> list[Node] | None:
    """The conditions that say of an element's positions u - r + c that they lie on their axes; None where one is
    missing."""
    row = names.get(element.name)
    if row is None or row.recursion is not None or row.labels or len(row.sizes) != len(element.at):
        return None
    known = [(c, found) for c in conditions if (found := at_least(c)) is not None]
    claimed: list[Node] = []
    for expression, size in zip(element.at, row.sizes, strict=True):
        if (parts := _both(expression, -1)) is None:
            if isinstance(expression, Affine):
                return None
            continue
        u, r, const = parts
        left = size_gap(_together(size, r.size), u.size)
        if left is None or (const >= 1 and left < const - 1) or (const < 1 and -left < 1 - const):
            return None
        ends, number = size_terms(size)
        wanted = (({u: 1, r: -1}, const - 1), ({u: -1, r: 1, **dict(ends)}, number - const))
        for least in wanted:
            match = next((c for c, found in known if found == least), None)
            if match is None:
                return None
            claimed.append(match)
    return claimed
