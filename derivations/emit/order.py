"""The order in which a product of several arrays is summed: the pairs that cost least, found by trying every way.

Σ_jk A_ij B_jk v_k      → A (B v)
Σ_jkl U_ij V_jk W_kl X_li → (U V) ∘ (W X)ᵀ, summed
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod

from derivations.emit.cost import count
from derivations.formula import Index
from derivations.frozen import frozen

MOST = 8
"""Factors up to which every way is tried: 3^8 pairs of subsets."""


@frozen
class Pair:
    """Two subtrees that are multiplied and summed; a number is a factor."""

    a: Pair | int
    b: Pair | int


def cheapest(factors: Sequence[frozenset[Index]], over: frozenset[Index]) -> Pair | int:
    """The tree of pairs of least operations, then of the smallest largest array; factors are the indices that each
    has."""
    everything = (1 << len(factors)) - 1

    @cache
    def kept(subset: int) -> frozenset[Index]:
        """The indices of the product of a subset, summed over what no other factor has."""
        inside = frozenset().union(*(f for k, f in enumerate(factors) if subset >> k & 1))
        outside = frozenset().union(*(f for k, f in enumerate(factors) if not subset >> k & 1))
        return frozenset(i for i in inside if i not in over or i in outside)

    @cache
    def best(subset: int) -> tuple[int, int, Pair | int]:
        if subset & (subset - 1) == 0:
            return 0, 0, subset.bit_length() - 1
        ways = []
        size = prod(count(i.size) for i in kept(subset))
        half = (subset - 1) & subset
        while half:
            rest = subset ^ half
            if half > rest:
                (one, top, a), (two, other, b) = best(half), best(rest)
                step = prod(count(i.size) for i in kept(half) | kept(rest))
                ways.append((one + two + step, max(top, other, size), len(ways), Pair(a, b)))
            half = (half - 1) & subset
        operations, largest, _, pair = min(ways, key=lambda way: way[:3])
        return operations, largest, pair

    return best(everything)[2]
