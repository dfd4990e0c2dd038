"""Differences of every row of one matrix and every row of another, where only sums of them are needed: no array of
three axes.

    Σ_k (x_ik - z_jk)²       → squared distances
    Σ_j e_ij (x_ik - z_jk)   → (Σ_j e_ij) x_ik - (e z)_ik        which loses digits where rows lie close together
    Σ_i e_ij (x_ik - z_jk)   → (eᵀ x)_jk - (Σ_i e_ij) z_jk

A difference that somebody needs as it is stays, and what is summed of it is summed from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from derivations.emit.dialect import Dialect
from derivations.emit.program import Array, Contract, Distances, Map, Reduce, in_order, operands, over, rewritten


def without_differences(
    outputs: Mapping[str, Array], nodes: Mapping[Array, str], definite: Collection[Array], dialect: Dialect
) -> tuple[dict[str, Array], dict[Array, str], Collection[Array]]:
    """The outputs, the names of nodes and the matrices that are positive definite with sums of such differences from
    the matrices themselves, where the dialect has distances."""
    if dialect.operation("distances") is None:
        return dict(outputs), dict(nodes), definite
    readers: dict[Array, list[Array]] = defaultdict(list)
    for a in in_order(tuple(outputs.values())):
        for o in operands(a):
            readers[o].append(a)
    gone = {
        d
        for d, of in readers.items()
        if d not in nodes and d not in outputs.values() and _rows(d) and all(_summed(a, d) for a in of)
    }

    def rule(a: Array, visit: Callable[[Array], Array]) -> Array:
        for d in operands(a):
            if d in gone:
                return _made(a, d, visit)
        return over(a, visit)

    known, _ = rewritten({str(k): a for k, a in enumerate(definite)}, {}, rule)
    return *rewritten(outputs, nodes, rule), [*known.values()]


def _rows(a: Array) -> tuple[Array, int, Array, int, int] | None:
    """x, the axis of its rows in a difference, z and that of its, and the one that both have."""
    if not (isinstance(a, Map) and a.fn == "subtract" and len(a.sizes) == 3):
        return None
    (x, z), (p, q) = a.args, a.places
    if len(p) != 2 or len(q) != 2 or p == q or p != tuple(sorted(p)) or q != tuple(sorted(q)):
        return None
    (common,) = {*p} & {*q}
    first, second = ({*p} - {common}).pop(), ({*q} - {common}).pop()
    return (x, first, z, second, common) if p[1] == q[1] == common else None


def _summed(a: Array, d: Array) -> bool:
    """Whether an operation is one of the three sums of a difference."""
    if not isinstance(a, Contract):
        return False
    if a.a == d == a.b:
        return _distances(a, d)
    labels, weights = (a.la, a.lb) if a.a == d else (a.lb, a.la)
    _, first, _, second, common = _rows(d)  # type: ignore[misc]
    i, j, k = labels[first], labels[second], labels[common]
    return sorted(weights) == sorted((i, j)) and len(a.out) == 2 and k in a.out and (i in a.out) != (j in a.out)


def _distances(a: Contract, d: Array) -> bool:
    _, first, _, second, common = _rows(d)  # type: ignore[misc]
    wanted = tuple(a.la[k] for k in sorted((first, second)))
    return a.la == a.lb and a.out == wanted and a.la[common] not in a.out


def _made(a: Array, d: Array, visit: Callable[[Array], Array]) -> Array:
    """The same sum from the matrices."""
    x, first, z, second, common = _rows(d)  # type: ignore[misc]
    assert isinstance(a, Contract)
    if a.a == a.b:
        pair = (x, z) if first < second else (z, x)
        return Distances(*map(visit, pair))
    labels, weights, e = (a.la, a.lb, visit(a.b)) if a.a == d else (a.lb, a.la, visit(a.a))
    i, j, k = labels[first], labels[second], labels[common]
    row, gone, whole, summed = (i, j, visit(x), visit(z)) if i in a.out else (j, i, visit(z), visit(x))
    total = Reduce("sum", e, (weights.index(gone),))
    places = ((a.out.index(row),), (a.out.index(row), a.out.index(k)))
    share = Map("multiply", (total, whole), places, a.shape)
    product = Contract(e, summed, weights, (gone, k), a.out)
    parts = (share, product) if row == i else (product, share)
    return Map("subtract", parts, ((0, 1), (0, 1)), a.shape)
