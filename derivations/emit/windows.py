"""Guards on places as parts of axes: what a condition on an index alone lets through is a slice, and a sum up to an
index is a cumulative sum.

    {x_{i+1} - x_i if i < n, 0 otherwise}    x[1:] - x[:-1] on an axis of zeros
    Σ_i 1[i < n] x_{i+1}                     Σ x[1:]
    Σ_j 1[j <= i] x_j                        cumsum(x)_i

No entry is computed that the guard hides: one beside the axis would be nan, and so would be what autodiff makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from derivations.domains import Names
from derivations.emit.axes import Named, as_float, spread
from derivations.emit.program import Array, Cumulative, Padded, Window, size_plus
from derivations.emit.sliding import at_least, each_where_it_is, is_reached, reached
from derivations.formula import (
    ZERO,
    And,
    Bound,
    Cases,
    Elem,
    Index,
    IndexExpr,
    Node,
    Rel,
    factors_of,
    free_indices,
    mul,
    reindex,
    shifted,
    size_terms,
)

Order = tuple[Index, ...]


class Lowers(Protocol):
    """What guards ask of the lowering they belong to."""

    names: Names

    def lower(self, node: Node, order: Order) -> Named: ...
    def located(self, node: Elem) -> tuple[Array, list[IndexExpr]]: ...
    def placed(self, array: Array, at: list[IndexExpr]) -> Named: ...


def chosen(lowering: Lowers, node: Cases, order: Order) -> Named | None:
    """{a if 1 < i, 0 otherwise} as a on the part of the axis that the condition names; None where it names none."""
    if (part := reached(lowering, node)) is not None:
        return part
    conditions, factors = guards(node, lowering.names)
    if (apart := each_where_it_is(conditions, factors, lowering.names)) is not None:
        return lowering.lower(_under(*apart), order)
    for i in dict.fromkeys(order):
        if (found := _narrowed(conditions, i)) is None:
            continue
        left, start, part = found
        moved = {i: shifted(part, start)}
        value = reindex(_under(left, factors), moved)
        inner = as_float(lowering.lower(value, tuple(part if k is i else k for k in order)))
        if part not in inner.axes:
            continue
        at = inner.axes.index(part)
        return Named(Padded(inner.array, at, start, i.size), (*inner.axes[:at], i, *inner.axes[at + 1 :]))
    return None


def summed(
    indices: Sequence[Index], body: Node, order: Order, lowering: Lowers, again: Callable[[Order, Node], Named]
) -> Named | None:
    """Σ over indices of a guarded tree as one over parts of their axes, by `again`, or as a cumulative sum."""
    conditions, factors = guards(body, lowering.names)
    if (apart := each_where_it_is(conditions, factors, lowering.names)) is not None:
        return again(tuple(indices), _under(*apart))
    for i in indices if conditions else ():
        if (found := _narrowed(conditions, i)) is not None:
            left, start, part = found
            return again(
                tuple(part if k is i else k for k in indices),
                reindex(_under(left, factors), {i: shifted(part, start)}),
            )
    for k, condition in enumerate(conditions):
        for j in indices:
            if (way := _up_to(condition, j)) is None or way[0] in indices:
                continue
            i, backward, strict = way
            rest = _under([*conditions[:k], *conditions[k + 1 :]], factors)
            if j in free_indices(rest) and i not in free_indices(rest):
                others = tuple(x for x in indices if x is not j)
                inner = Bound("sum", others, rest) if others else rest
                value = as_float(lowering.lower(inner, tuple(dict.fromkeys(j if x is i else x for x in order))))
                return _running(value, j, i, backward, strict) if j in value.axes else None
    return None


def cumulative(node: Bound, names: Names) -> bool:
    """Whether a sum runs up to an index that it leaves free."""
    conditions, factors = guards(node.body, names)
    used = free_indices(mul(*factors))
    ways = [way for c in conditions for j in node.indices if j in used and (way := _up_to(c, j)) is not None]
    return any(i not in node.indices and i not in used for i, _, _ in ways)


def _running(value: Named, j: Index, i: Index, backward: bool, strict: bool) -> Named:
    value = spread(value, value.axes)
    at = value.axes.index(j)
    array = Cumulative(value.array, at, backward)
    axes = (*value.axes[:at], i, *value.axes[at + 1 :])
    if not strict:
        return Named(array, axes)
    most = Window(array, at, int(backward), size_plus(j.size, -1))
    return Named(Padded(most, at, int(not backward), j.size), axes)


def guards(body: Node, names: Names) -> tuple[list[Node], list[Node]]:
    """The conditions outside of which a tree is 0, and the factors of what it is inside; an element that ends with its
    axis is one."""
    conditions: list[Node] = []
    factors: list[Node] = []
    for f in factors_of(body):
        match f:
            case Rel():
                conditions.append(f)
            case And(args):
                conditions += args
            case Cases(((condition, value),), otherwise) if otherwise == ZERO and not is_reached(f, names):
                inner, more = guards(value, names)
                conditions += [*(condition.args if isinstance(condition, And) else (condition,)), *inner]
                factors += more
            case _:
                factors.append(f)
    return conditions, factors


def _under(conditions: Sequence[Node], factors: Sequence[Node]) -> Node:
    if not conditions:
        return mul(*factors)
    condition = conditions[0] if len(conditions) == 1 else And(tuple(conditions))
    return Cases(((condition, mul(*factors)),), ZERO)


def _narrowed(conditions: Sequence[Node], i: Index) -> tuple[list[Node], int, Index] | None:
    """The conditions that do not bound an index between numbers from either end of its axis, how many places the others
    leave out in front, and the index of what is left; None where they bound nothing."""
    left: list[Node] = []
    start = behind = 0
    for condition in conditions:
        if (found := at_least(condition)) is None or found[0].get(i) not in (1, -1):
            left.append(condition)
            continue
        terms, const = found
        rest = [(t, c) for t, c in terms.items() if t is not i]
        if terms[i] == 1 and not rest:
            start = max(start, -const - 1)
        elif terms[i] == -1 and all(isinstance(t, str) for t, _ in rest):
            ends, number = size_terms(i.size)
            if sorted(rest, key=str) == sorted(ends):
                behind = max(behind, number - const)
            else:
                left.append(condition)
        else:
            left.append(condition)
    if len(left) == len(conditions):
        return None
    size = size_plus(i.size, -start - behind)
    return None if isinstance(size, int) and size <= 0 else (left, start, Index(i.name, size))


def _up_to(condition: Node, j: Index) -> tuple[Index, bool, bool] | None:
    """i of j <= i, whether it is j >= i, and whether j = i is left out."""
    found = at_least(condition)
    if found is None or len(found[0]) != 2 or found[1] not in (0, -1) or j not in found[0]:
        return None
    terms, const = found
    (i,) = (t for t in terms if t is not j)
    if not isinstance(i, Index) or i.size != j.size or {terms[i], terms[j]} != {1, -1}:
        return None
    return i, terms[j] == 1, const == -1
