"""Questions about trees that lowering asks: what is shared, how a δ stands in a product, whether a sum is worth
splitting."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derivations.formula import (
    ZERO,
    Add,
    Bound,
    Cases,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    Mul,
    Node,
    Num,
    Pow,
    add,
    factors_of,
    free_indices,
    index_exprs,
    indices_in,
    label_alone,
    mul,
    neg,
    reindex,
    walk,
)


def up_to_indices(node: Node) -> tuple[tuple[Index, ...], object]:
    """The free indices of a tree in order of appearance, and a key that trees share which differ only in their
    indices."""
    free = free_indices(node)
    order = tuple(dict.fromkeys(t for n in walk(node) for at in index_exprs(n) for t in indices_in(at) if t in free))
    return order, Formula(node, free=order).key()


def variances(body: Node) -> set[str]:
    """Names that stand with the exponent -2, and with 1 or -1."""
    exponents: dict[str, set[Fraction]] = {}
    for n in walk(body):
        if isinstance(n, Pow) and isinstance(n.base, Elem) and isinstance(n.exponent, Num):
            exponents.setdefault(n.base.name, set()).add(n.exponent.value)
        for a in n.args if isinstance(n, (Add, Mul)) else ():
            if isinstance(a, Elem):
                exponents.setdefault(a.name, set()).add(Fraction(1))
    return {name for name, of in exponents.items() if -2 in of and of & {Fraction(1), Fraction(-1)}}


def sign_of(term: Node) -> int:
    if isinstance(term, Cases) and len(term.branches) == 1 and term.otherwise == ZERO:
        return sign_of(term.branches[0][1])
    first = term.args[0] if isinstance(term, Mul) else term
    return -1 if isinstance(first, Num) and first.value < 0 else 1


def without_sign(term: Node) -> Node:
    if sign_of(term) > 0:
        return term
    if isinstance(term, Cases):
        ((condition, value),) = term.branches
        return Cases(((condition, without_sign(value)),), ZERO)
    return neg(term)


def diagonal_term(term: Node) -> tuple[Index, Index, Node] | None:
    """(i, j, c) where a term is δ_ij c with two different free indices."""
    for k, f in enumerate(factors_of(term)):
        if (
            isinstance(f, Delta)
            and isinstance(f.left, Index)
            and isinstance(f.right, Index)
            and f.left is not f.right
            and f.left.size == f.right.size
        ):
            rest = [g for m, g in enumerate(factors_of(term)) if m != k]
            return f.left, f.right, mul(*rest)
    return None


def has_delta(node: Node, of: frozenset[Index] | None) -> bool:
    for f in factors_of(node):
        if (
            isinstance(f, Delta)
            and isinstance(f.left, Index)
            and isinstance(f.right, Index)
            and (of is None or {f.left, f.right} & of)
        ):
            return True
    return False


def open_deltas(node: Mul, of: frozenset[Index] | None = None) -> Node | None:
    """p_i (δ_ij - p_j) → δ_ij p_i - p_i p_j, so that δ becomes a diagonal or is sifted; None where no factor holds a
    δ."""
    for k, f in enumerate(node.args):
        if isinstance(f, Add) and any(has_delta(t, of) for t in f.args):
            rest = (*node.args[:k], *node.args[k + 1 :])
            return add(*(reindex(mul(*rest, t), {}) for t in f.args))
    return None


def sift(delta: Delta, indices: Sequence[Index]) -> tuple[Index, IndexExpr] | None:
    """(i, e) where Σ_i δ_ie (…) is (…) at i = e; e must surely lie in the range."""
    for a, b in ((delta.left, delta.right), (delta.right, delta.left)):
        if (
            isinstance(a, Index)
            and a in indices
            and (
                (isinstance(b, Index) and b is not a and b.size == a.size)
                or (isinstance(b, int) and isinstance(a.size, int) and 1 <= b <= a.size)
                or ((label := label_alone(b)) is not None and label.size == a.size and a not in indices_in(b))
            )
        ):
            return a, b
    return None


def worth_splitting(body: Add, indices: Sequence[Index]) -> bool:
    """Whether Σ(a + b) is better as Σa + Σb: some term is a product that no factor covers, holds a δ, or lacks a summed
    index and is covered by no other term. Σ_i (x_i - μ) stays: in Σ_i x_i - n μ the digits would cancel."""
    bound = frozenset(indices)
    for t in body.args:
        needed = free_indices(t)
        if has_delta(t, bound) or not (
            bound <= needed or any(needed | bound <= free_indices(other) for other in body.args)
        ):
            return True
        if _outer(t):
            return True
    return False


def multiplied_out(body: Node, bound: frozenset[Index]) -> list[Node]:
    """v_j (a_i b_j - c_i d_j) → v_j a_i b_j, -v_j c_i d_j, where a term of the factor is an outer product: it has
    indices that none of its own factors has together; a sum Σ_k (…) of such a sum too. Nothing where no factor is one.
    """
    if not isinstance(body, Mul):
        return []
    for k, f in enumerate(body.args):
        summed = f.indices if isinstance(f, Bound) and f.op == "sum" else ()
        inner = f.body if isinstance(f, Bound) and f.op == "sum" else f
        if not isinstance(inner, Add) or not free_indices(f) & bound:
            continue
        if any(_outer(t) for t in inner.args):
            rest = (*body.args[:k], *body.args[k + 1 :])
            terms = [Bound("sum", summed, t) if summed else t for t in inner.args]
            return [reindex(mul(*rest, t), {}) for t in terms]
    return []


def _outer(term: Node) -> bool:
    """Whether a term has indices that none of its factors has together."""
    needed = free_indices(term)
    return isinstance(term, Mul) and not any(free_indices(f) == needed for f in term.args)


def fresh_terms(body: Add, indices: Sequence[Index]) -> list[Node]:
    """The terms of a sum, to be bound one by one: binders inside are made fresh so that none is shared."""
    del indices
    return [reindex(t, {}) for t in body.args]
