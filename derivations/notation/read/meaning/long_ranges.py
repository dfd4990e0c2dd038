"""Sums over ranges that are too long to be gone through, of polynomials in the index: Σ_{t=1}^{N} t = N (N + 1)/2 for a
number N."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import comb

from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Index,
    IndexVal,
    Mul,
    Node,
    Num,
    Pow,
    add,
    affine_terms,
    free_indices,
    mul,
)
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.index_numbers import MOST_OF_A_RANGE
from derivations.notation.read.meaning.values import Val
from derivations.notation.read.surface import Big, Numeral

DEGREE = 6
"""Powers of an index that are summed."""


def is_long(t: Big) -> bool:
    """Whether a sum runs over numbers up to one that no range has."""
    if t.op != "sum" or len(t.binders) != 1 or t.binders[0].conditions:
        return False
    lower, upper = t.binders[0].lower, t.binders[0].upper
    if not isinstance(upper, Numeral) or not (lower is None or isinstance(lower, Numeral)):
        return False
    return upper.value.denominator == 1 and upper.value >= MOST_OF_A_RANGE


def long_sum(meaning: Meaning, t: Big) -> Val:
    """Σ_t Σ_k c_k t^k = Σ_k c_k Σ_t t^k"""
    (b,) = t.binders
    assert isinstance(b.upper, Numeral)
    last = int(b.upper.value)
    first = int(b.lower.value) if isinstance(b.lower, Numeral) else 1
    index = Index(b.letter, last)
    saved = dict(meaning.env)
    meaning.env[b.letter] = index
    body = meaning.value(t.body)
    meaning.env = saved

    def summed(node: Node) -> Node:
        terms = _by_powers(node, index)
        if terms is None:
            raise meaning.fail(f"{b.letter} runs too far: the terms are no polynomial in it", t, "a shorter range")
        if first > last:
            return ZERO
        return add(*(mul(Num(_up_to(last, k) - _up_to(first - 1, k)), c) for k, c in terms.items()))

    return meaning.elementwise([body], summed, "a sum", (t.start, t.end))


def _by_powers(node: Node, index: Index) -> Mapping[int, Node] | None:
    """A polynomial in an index by its powers; None where it is none."""
    if index not in free_indices(node):
        return {0: node}
    match node:
        case IndexVal(at):
            terms, const = affine_terms(at)
            return {1: ONE, 0: Num(Fraction(const))} if tuple(terms) == ((index, 1),) else None
        case Add(args) | Mul(args):
            parts = [_by_powers(a, index) for a in args]
        case Pow(base, Num(value)) if value.denominator == 1 and 0 < value <= DEGREE:
            parts = [_by_powers(base, index)] * int(value)
        case _:
            return None
    found: dict[int, Node] = {} if isinstance(node, Add) else {0: ONE}
    for part in parts:
        if part is None:
            return None
        if isinstance(node, Add):
            found = {k: add(*(p[k] for p in (found, part) if k in p)) for k in {*found, *part}}
            continue
        pairs: dict[int, list[Node]] = {}
        for (j, a), (k, c) in product(found.items(), part.items()):
            pairs.setdefault(j + k, []).append(mul(a, c))
        found = {k: add(*several) for k, several in pairs.items()}
    return found if max(found) <= DEGREE else None


@lru_cache(maxsize=64)
def _up_to(last: int, k: int) -> Fraction:
    """Σ_{t=1}^{N} t^k = ((N + 1)^(k+1) - 1 - Σ_{j<k} C(k + 1, j) Σ_t t^j)/(k + 1)"""
    lower = sum(comb(k + 1, j) * _up_to(last, j) for j in range(k))
    return Fraction((last + 1) ** (k + 1) - 1 - lower, k + 1) if k else Fraction(last)
