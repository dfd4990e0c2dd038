"""A program for a library that has less than NumPy: no einsum, no product of truth values and numbers.

Σ_k a_ik b_ki, where no product of matrices is it   → the product by broadcasting, and its sum
1[z > 0] g                                          → float(1[z > 0]) g
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derivations.emit.blas import blas_form
from derivations.emit.dialect import Dialect
from derivations.emit.program import Array, Contract, Map, Permute, Reduce, entry_by_entry, over, rewritten

_TAKE_CONDITIONS = frozenset({"where", "as_float", "as_dtype"})


def plainer(
    outputs: Mapping[str, Array], nodes: Mapping[Array, str], dialect: Dialect
) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes with what the dialect lacks written out."""

    def rule(a: Array, visit: Callable[[Array], Array]) -> Array:
        new = over(a, visit)
        if not dialect.mixes_kinds:
            new = _in_floats(new)
        return _written_out(new) if isinstance(new, Contract) and dialect.operation("einsum") is None else new

    return rewritten(outputs, nodes, rule)


def _in_floats(a: Array) -> Array:
    """An operation on numbers over numbers alone."""
    if a.kind != "float" or (isinstance(a, Map) and a.fn in _TAKE_CONDITIONS):
        return a
    return over(a, lambda o: entry_by_entry("as_float", o) if o.kind == "bool" else o)


def _written_out(c: Contract) -> Array:
    """A contraction as a product of matrices, in this order or the other, else as a sum of products."""
    turned = Contract(c.b, c.a, c.lb, c.la, c.out)
    for one in (c, turned):
        if blas_form(one) is not None:
            return one
    labels = tuple(dict.fromkeys((*c.la, *c.lb)))
    sizes = dict(zip((*c.la, *c.lb), (*c.a.shape, *c.b.shape), strict=True))
    places = tuple(tuple(labels.index(k) for k in own) for own in (c.la, c.lb))
    product = Map("multiply", (c.a, c.b), places, tuple(sizes[k] for k in labels))
    gone = tuple(n for n, k in enumerate(labels) if k not in c.out)
    total = Reduce("sum", product, gone) if gone else product
    left = [k for k in labels if k in c.out]
    order = tuple(left.index(k) for k in c.out)
    return total if order == tuple(range(len(order))) else Permute(total, order)
