"""Sums of products: which are matrix products for BLAS, which einsum, which a plain sum over axes.

Indices are summed one group at a time, those first whose sum leaves the smallest array. A factor that a larger one
covers is multiplied into it only when more than two factors share the index; of the two that are left, X[i,j] and v[i]
stay apart and become
`v @ X`. The layout of a matrix product is chosen so that the transposes fall on views that BLAS reads for nothing.

That is what somebody would write. Where three or more factors in another order cost less (`order`), they are summed in
that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from derivations.emit.axes import Named, as_float, entrywise, length, reduced
from derivations.emit.cost import price
from derivations.emit.order import MOST, Pair, cheapest
from derivations.emit.program import Contract
from derivations.formula import Index

Product = Callable[[list[Named]], Named]


CHEAPER = 0.8
"""What another order of contraction must cost at most, beside the one that is written without a search."""


class Search:
    """Whether other orders are tried, and whether one was taken."""

    def __init__(self, active: bool):
        self.active, self.taken = active, False


def sum_of_product(factors: Sequence[Named], over: Iterable[Index], order: Sequence[Index], search: Search) -> Named:
    """Σ over indices of the product of the factors; the order of the axes is free."""
    over = list(dict.fromkeys(over))
    written = _index_by_index(factors, over, order)
    if not search.active or not over or not 2 < len([f for f in factors if not f.static]) <= MOST:
        return written
    searched = _in_order_of(factors, over, order)
    given = [f.array for f in factors]
    one, other = price([written.array], given), price([searched.array], given)
    if other[0] < CHEAPER * one[0] or (other[0] <= one[0] and other[1] < one[1]):
        search.taken = True
        return searched
    return written


def _in_order_of(factors: Sequence[Named], over: Sequence[Index], order: Sequence[Index]) -> Named:
    """The same, two factors at a time in the order that costs least."""
    left, numbers = [f for f in factors if not f.static], [f for f in factors if f.static]

    def made(pair: Pair | int, outside: frozenset[Index]) -> Named:
        """A subtree, summed over what neither the result nor another factor has."""
        if isinstance(pair, int):
            f = left[pair]
            alone = [i for i in f.axes if i in over and i not in outside]
            return reduced("sum", as_float(f), alone) if alone else f
        parts = [made(p, outside | axes_of(q)) for p, q in ((pair.a, pair.b), (pair.b, pair.a))]
        group = [i for i in over if i not in outside and all(i in p.axes for p in parts)]
        if group:
            return contraction(as_float(parts[0]), as_float(parts[1]), group, order)
        return product(parts, order)

    def axes_of(pair: Pair | int) -> frozenset[Index]:
        return frozenset(left[pair].axes) if isinstance(pair, int) else axes_of(pair.a) | axes_of(pair.b)

    unheld = [i for i in over if not any(i in f.axes for f in left)]
    total = made(cheapest([frozenset(f.axes) for f in left], frozenset(over)), frozenset())
    return product([*numbers, *(length(i.size) for i in unheld), total], order)


def _index_by_index(factors: Sequence[Named], over: Iterable[Index], order: Sequence[Index]) -> Named:
    """The same, one group of indices after another."""
    work = list(factors)
    left = list(dict.fromkeys(over))
    while left:
        group = min((_joint(work, left, k) for k in left), key=lambda g: (_result_rank(work, g), -len(g)))
        left = [k for k in left if k not in group]
        sharing = [f for f in work if any(k in f.axes for k in group)]
        apart = [f for f in work if f not in sharing]
        if not sharing:
            work.extend(length(k.size) for k in group)
            continue
        work = [*apart, _eliminate(sharing, group, _hinted(order, apart))]
    return product(work, order)


def _hinted(order: Sequence[Index], others: Sequence[Named]) -> Sequence[Index]:
    """The order of axes that the result will be met in: that of the largest other factor, then the given one."""
    best = max((f.axes for f in others), key=len, default=())
    flags = [f.axes for f in others if f.array.kind == "bool" and len(f.axes) > 1]
    return tuple(dict.fromkeys((*(flags[0] if flags else best if len(best) > 1 else ()), *order)))


def _joint(work: list[Named], left: list[Index], k: Index) -> list[Index]:
    """k and the summed indices that occur only where k does."""
    holders = [f for f in work if k in f.axes]
    return [
        j
        for j in left
        if j is k or (any(j in f.axes for f in holders) and not any(j in f.axes for f in work if f not in holders))
    ]


def _result_rank(work: list[Named], group: list[Index]) -> int:
    return len({i for f in work if any(k in f.axes for k in group) for i in f.axes} - set(group))


def _eliminate(factors: list[Named], group: list[Index], order: Sequence[Index]) -> Named:
    """Σ over the group of the product of factors that all contain one of its indices."""
    private = [[k for k in group if k in f.axes and sum(k in g.axes for g in factors) == 1] for f in factors]
    if len(factors) > 1:
        factors = [reduced("sum", as_float(f), p) if p else f for f, p in zip(factors, private, strict=True)]
        group = [k for k in group if not any(k in p for p in private)]
        if not group:
            return product(factors, order)
    while len(factors) > 2:
        factors = _merge_one(factors, order)
    factors = [as_float(f) for f in factors]
    if len(factors) == 1:
        return reduced("sum", factors[0], group)
    a, b = factors
    return contraction(a, b, group, order)


def _merge_one(factors: list[Named], order: Sequence[Index]) -> list[Named]:
    """Multiply two factors that cost least together: one covered by another if there is such, the smallest first."""
    pairs = [(a, b) for a in range(len(factors)) for b in range(len(factors)) if a != b]

    def cost(pair: tuple[int, int]) -> tuple[int, int, int]:
        a, b = (factors[p] for p in pair)
        union = set(a.axes) | set(b.axes)
        return (len(union) - len(b.axes), len(union), len(a.axes))

    a, b = min(pairs, key=cost)
    rest = [f for k, f in enumerate(factors) if k not in (a, b)]
    return [*rest, product([factors[a], factors[b]], order)]


def contraction(a: Named, b: Named, group: Sequence[Index], order: Sequence[Index]) -> Named:
    """Σ over the group of a·b, the operands put so that the result's axes follow `order`."""
    rank = {i: k for k, i in enumerate(order)}
    kept_a = [i for i in a.axes if i not in group and i not in b.axes]
    kept_b = [i for i in b.axes if i not in group and i not in a.axes]
    shared = [i for i in a.axes if i not in group and i in b.axes]
    if not shared and kept_a and kept_b and rank.get(kept_a[0], 99) > rank.get(kept_b[0], 99):
        a, b, kept_a, kept_b = b, a, kept_b, kept_a
    elif not shared and not kept_a and kept_b and len(b.axes) == 2 and b.axes[1] in group:
        a, b, kept_a, kept_b = b, a, kept_b, kept_a  # X @ w, not w @ X.T
    elif not shared and kept_a and not kept_b and len(a.axes) == 2 and a.axes[0] in group:
        a, b, kept_a, kept_b = b, a, kept_b, kept_a  # v @ X, not X.T @ v
    elif shared and kept_a and kept_b and rank.get(kept_a[0], 99) > rank.get(kept_b[0], 99):
        a, b, kept_a, kept_b = b, a, kept_b, kept_a
    axes = (*shared, *kept_a, *kept_b)
    label = {i: k for k, i in enumerate(dict.fromkeys((*axes, *a.axes, *b.axes)))}
    array = Contract(
        a.array,
        b.array,
        tuple(label[i] for i in a.axes),
        tuple(label[i] for i in b.axes),
        tuple(label[i] for i in axes),
    )
    return Named(array, axes)


def grouped(factors: Sequence[Named], order: Sequence[Index]) -> list[Named]:
    """Factors with the same axes multiplied together, conditions last; by rank, Python numbers first. A lone condition
    becomes a float."""
    groups: dict[frozenset[Index], Named] = {}
    for f in sorted(factors, key=lambda f: (not f.static, len(f.axes), f.array.kind == "bool")):
        key = frozenset(f.axes)
        groups[key] = _times(groups[key], f, order) if key in groups else f
        if groups[key].array.kind == "bool":
            larger = any(set(f.axes) < set(g.axes) and g.array.kind != "bool" for g in factors)
            if not larger:
                groups[key] = entrywise("as_float", (f,), f.axes)
    return list(groups.values())


def _times(a: Named, f: Named, order: Sequence[Index]) -> Named:
    """a·f at the same axes: of two conditions a condition, of a Python number and a condition a float."""
    if f.array.kind != "bool":
        return entrywise("multiply", (a, f), order)
    if a.array.kind == "bool":
        return entrywise("logical_and", (a, f), order, "bool")
    return entrywise("multiply", (a, as_float(f) if a.static else f), order)


def product(factors: Sequence[Named], order: Sequence[Index]) -> Named:
    """The entrywise product: small arrays are multiplied before large ones, and what another covers before what widens
    it."""
    left = grouped(factors, order)
    if not left:
        return length(1)
    floats = [f for f in left if f.array.kind != "bool"]
    result = (floats or left)[0]
    left.remove(result)
    while left:
        f = next((f for f in left if set(f.axes) <= set(result.axes)), left[0])
        left.remove(f)
        result = entrywise("multiply", (result, f), order)
    return result
