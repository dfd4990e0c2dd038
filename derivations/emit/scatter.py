"""Sums by label, in the operations of a program: what falls to the same label is added up, with no one-hot matrix.

Σ_i 1[y_i = k] V_ij    → sum_by_label(y, V)        n d operations, where the product of matrices has n K d
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derivations.emit.dialect import Dialect
from derivations.emit.program import Array, Contract, Counter, Input, Map, Permute, Scatter, over, rewritten


def scattered(
    outputs: Mapping[str, Array], nodes: Mapping[Array, str], dialect: Dialect
) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes with sums by label, where the dialect has them."""
    if dialect.operation("sum_by_label") is None:
        return dict(outputs), dict(nodes)

    def rule(a: Array, visit: Callable[[Array], Array]) -> Array:
        made = over(a, visit)
        if isinstance(made, Contract):
            sides = (made.a, made.la, made.b, made.lb), (made.b, made.lb, made.a, made.la)
            return next((found for side in sides if (found := _by_label(*side, made.out)) is not None), made)
        return made

    return rewritten(outputs, nodes, rule)


def _by_label(
    hot: Array, own: tuple[int, ...], values: Array, labels: tuple[int, ...], out: tuple[int, ...]
) -> Array | None:
    """Σ 1[y_i = k] V_ij in the order of `out`; None where it is no such sum, or V has more axes."""
    match hot:
        case Map("as_float", (Map("equal", (Input() as y, Counter(size, "place")), ((p,), (q,))),), ((0, 1),)):
            i, k = own[p], own[q]
        case _:
            return None
    rest = tuple(label for label in labels if label != i)
    if i not in labels or i in out or k not in out or k in labels or len(rest) > 1 or not {*rest} <= {*out}:
        return None
    ordered = values if labels[0] == i else Permute(values, (1, 0))
    made = Scatter(y, ordered, size)
    return made if out[0] == k else Permute(made, (1, 0))
