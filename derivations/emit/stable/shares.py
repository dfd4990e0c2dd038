"""Shares of a sum of exponentials: exp(a_i - logsumexp_k a_k), which is a softmax."""

from __future__ import annotations

from derivations.atoms import is_number
from derivations.formula import Add, Bound, Call, Formula, Index, Mul, Node, add, free_indices, reindex


def same(a: Node, b: Node) -> bool:
    """Whether two trees are equal up to bound names and the order of terms and factors."""
    free = tuple(sorted(free_indices(a) | free_indices(b), key=id))
    return Formula(a, free=free).key() == Formula(b, free=free).key()


def entry_of(body: Node, k: Index, value: Node) -> Index | None:
    """The index i with body[k → i] = value, None where there is none."""
    for i in free_indices(value) - free_indices(body):
        if i.size == k.size and same(reindex(body, {k: i}), value):
            return i
    return k if k in free_indices(value) and same(body, value) else None


def softmax_parts(node: Node) -> tuple[Index, Node, Index] | None:
    """(k, a_k, i) where the node is exp(a_i - logsumexp_k a_k)."""
    if not (isinstance(node, Call) and node.fn == "exp" and isinstance(node.args[0], Add)):
        return None
    terms = node.args[0].args
    for t in terms:
        inner = t.args[1] if isinstance(t, Mul) and len(t.args) == 2 and is_number(t.args[0], -1) else None
        if isinstance(inner, Bound) and inner.op == "logsumexp" and len(inner.indices) == 1:
            rest = add(*(u for u in terms if u is not t))
            k = inner.indices[0]
            if (i := entry_of(inner.body, k, rest)) is not None:
                return k, inner.body, i
    return None
