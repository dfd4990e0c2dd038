"""Which value of a bound index a δ leaves, and how a δ comes to stand free of a sum or a guard that holds it."""

from __future__ import annotations

from collections.abc import Sequence

from derivations.formula import (
    ZERO,
    Add,
    Bound,
    Cases,
    Delta,
    Index,
    IndexExpr,
    Mul,
    Node,
    affine,
    affine_terms,
    bound,
    end_of,
    free_indices,
    indices_in,
    label_alone,
    minus,
    mul,
)
from derivations.simplify.monomials import guard


def solved(equal: Delta, mine: Index) -> IndexExpr | None:
    """The value of an index for which two index expressions are equal: i = k + 1 of δ_{i-1,k}."""
    terms, const = affine_terms(minus(equal.left, equal.right))
    own = next((c for t, c in terms if t is mine), 0)
    if own not in (1, -1):
        return None
    rest = affine([(t, -own * c) for t, c in terms if t is not mine], -own * const)
    return None if mine in indices_in(rest) else rest


def reaches(index: Index, other: IndexExpr) -> bool:
    """Whether the other side of δ certainly lies in the range of the index."""
    if isinstance(other, Index):
        return other is not index and other.size == index.size
    if (label := label_alone(other)) is not None:
        return label.size == index.size and index not in indices_in(other)
    if isinstance(other, int):
        return (isinstance(index.size, str) and other == 1) or (
            isinstance(index.size, int) and 1 <= other <= index.size
        )
    return affine_terms(other) == affine_terms(end_of(index))


def hides_delta(factor: Node, indices: Sequence[Index]) -> bool:
    """Whether an Add, or a guard of one, holds a δ on one of the indices, so that distributing over it lets the δ
    sift."""
    inside = guard(factor)
    if inside is not None:
        return any(
            delta_on(p, indices) or hides_delta(p, indices)
            for p in (inside[1].args if isinstance(inside[1], Mul) else (inside[1],))
        )
    if not isinstance(factor, Add):
        return False
    return any(
        delta_on(p, indices) or hides_delta(p, indices)
        for term in factor.args
        for p in (term.args if isinstance(term, Mul) else (term,))
    )


def distributed(factor: Node, indices: Sequence[Index]) -> tuple[Node, ...]:
    """The terms of a sum, or of the sum under a guard, with their δ before the guard: δ_ij a_i is 0 where the guard is
    not met too."""
    inside = guard(factor)
    if inside is not None:
        condition, value = inside
        return tuple(_behind_delta(condition, term) for term in distributed(value, indices))
    if isinstance(factor, Mul):
        hiding = next((f for f in factor.args if hides_delta(f, indices)), None)
        if hiding is not None:
            rest = [f for f in factor.args if f is not hiding]
            return tuple(mul(*rest, term) for term in distributed(hiding, indices))
    return factor.args if isinstance(factor, Add) else (factor,)


def _behind_delta(condition: Node, term: Node) -> Node:
    """δ {a if c, 0 otherwise} of {δ a if c, 0 otherwise}."""
    parts = term.args if isinstance(term, Mul) else (term,)
    deltas = [p for p in parts if isinstance(p, Delta)]
    return mul(*deltas, Cases(((condition, mul(*(p for p in parts if not isinstance(p, Delta)))),), ZERO))


def delta_on(node: Node, indices: Sequence[Index]) -> bool:
    """Whether a tree is a δ that one of the indices can be read off."""
    return isinstance(node, Delta) and (
        node.left in indices or node.right in indices or any(solved(node, i) is not None for i in indices)
    )


def over_outputs(at: Sequence[Index], upstream: Node, local: Node) -> Node | None:
    """Σ_ik g_i w_k δ_{i+k-1,t} of the adjoint g_i and the local derivative Σ_k w_k δ_{i+k-1,t}: one sum over both, in
    which δ is solved for the i of the output, so that the sum over the kernel is left, as books have it.

    None where no δ of the local derivative ties an output's index to one that is summed inside.
    """
    inner: list[Index] = []
    factors: list[Node] = []
    waiting = [local]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mul):
            waiting += part.args[::-1]
        elif isinstance(part, Bound) and part.op == "sum":
            inner += part.indices
            waiting.append(part.body)
        else:
            factors.append(part)
    tied = [
        f
        for f in factors
        if isinstance(f, Delta)
        and {*indices_in(f.left), *indices_in(f.right)} & {*inner}
        and any(solved(f, i) is not None for i in at)
    ]
    return bound("sum", (*at, *inner), mul(upstream, *factors)) if tied else None


def components(indices: Sequence[Index], factors: Sequence[Node]) -> list[set[Index]]:
    """The bound indices in groups that share no factor: Σ_ij a_i b_j = Σ_i a_i · Σ_j b_j."""
    groups: list[set[Index]] = [{i} for i in indices]
    for factor in factors:
        used = free_indices(factor) & set(indices)
        touched = [g for g in groups if g & used]
        if len(touched) > 1:
            merged = set().union(*touched)
            groups = [g for g in groups if not g & used] + [merged]
    return sorted(groups, key=lambda g: min(indices.index(i) for i in g))
