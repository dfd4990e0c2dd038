"""The ranges of SymPy's sums as sums of ours, over 1 to a size.

    Sum(f(i), (i, 1, n))        Σ_{i=1}^{n} f(i)
    Sum(f(i), (i, 0, n - 1))    Σ_{i=1}^{n} f(i - 1)                as many terms as a size: the index is shifted
    Sum(f(i), (i, 3, 7))        Σ_{i=1}^{5} f(i + 2)
    Sum(f(i), (i, -n, n))       Σ_{i=1}^{2n+1} f(i - n - 1)         as many as a sum of sizes
    Sum(f(i), (i, 2, n - 1))    Σ_{i=1}^{n} [2 ≤ i ≤ n - 1] f(i)     a part of a size: a case, so that f need have no
                                                                    value beyond it
    Sum(f(i), (i, 0, n + 1))    f(0) + Σ_{i=1}^{n} f(i) + f(n + 1)   more than a size: its ends stand alone

A sum over no term is 0. (SymPy's own convention gives one of them, whose ends are more than one apart the wrong way,
terms that it takes away; its generated code gives 0, as everyone writes.)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping

from derivations.formula import (
    And,
    Cases,
    Index,
    IndexExpr,
    IndexVal,
    Label,
    Node,
    Num,
    Rel,
    Size,
    add,
    affine,
    affine_terms,
    bound,
    is_sum,
    last_place,
    mul,
    num,
    written_size,
)
from derivations.formula.indices import IndexTerm
from derivations.frozen import frozen
from derivations.sympy_bridge import NoSympy

MAX_ENDS = 8
"""Terms of a sum that stand outside the range of a size."""


@frozen
class Range:
    """Between which index expressions an index lies, where its term counts; each alone is a bound that holds."""

    lows: tuple[IndexExpr, ...]
    highs: tuple[IndexExpr, ...]


Ranges = Mapping[Index, Range]
"""The ranges of indices, outer ones first."""


def whole(index: Index) -> Range:
    """All that an index runs over."""
    return Range((1,), (last_place(index.size),))


def minus(a: IndexExpr, b: IndexExpr) -> IndexExpr:
    """a - b."""
    terms, const = affine_terms(b)
    return plus(a, *((t, -c) for t, c in terms), const=-const)


def plus(a: IndexExpr, *terms: tuple[IndexTerm, int], const: int = 0) -> IndexExpr:
    """a + Σ c·t + const."""
    own, shift = affine_terms(a)
    return affine([*own, *terms], shift + const)


def at_least(at: IndexExpr, least: int, ranges: Ranges) -> bool:
    """Whether an index expression is sure to be ≥ a number, whatever the sizes, within the ranges of its indices."""
    terms, const = affine_terms(at)
    inner = [i for i in reversed(tuple(ranges)) if any(t is i for t, _ in terms)]
    if inner:
        index, coefficient = inner[0], dict(terms)[inner[0]]
        ends = ranges[index].lows if coefficient > 0 else ranges[index].highs
        outer = {i: r for i, r in ranges.items() if i is not index}
        without = plus(at, (index, -coefficient))
        return any(
            at_least(plus(without, *_scaled(end, coefficient), const=_const(end) * coefficient), least, outer)
            for end in ends
        )
    lowest = const
    for term, c in terms:  # sizes and labels are 1 at least
        if isinstance(term, Index) or c < 0:
            return False
        lowest += c
    return lowest >= least


def _scaled(at: IndexExpr, coefficient: int) -> Iterator[tuple[IndexTerm, int]]:
    for term, c in affine_terms(at)[0]:
        yield term, c * coefficient


def _const(at: IndexExpr) -> int:
    return affine_terms(at)[1]


def inside(at: IndexExpr, size: Size, ranges: Ranges, first: int = 1) -> bool:
    """Whether an index expression stays between `first` and `first` + size - 1."""
    last = plus(last_place(size), const=first - 1)
    if any(isinstance(t, Label) for t, _ in affine_terms(at)[0]):
        terms, const = affine_terms(at)
        return const == first - 1 and len(terms) == 1 and terms[0][1] == 1 and terms[0][0].size == size  # type: ignore[union-attr]
    if isinstance(at, int) and isinstance(size, str):
        return at >= first  # x_3 of n entries is what it is
    return at_least(at, first, ranges) and at_least(minus(last, at), 0, ranges)


Body = Callable[[IndexExpr, Mapping[Index, Range]], Node]
"""The summand at a place, and the ranges of the indices in that place."""


def summed(
    op: str, name: str, low: IndexExpr, high: IndexExpr, ranges: Ranges, body: Body, axes: Container[Size] = ()
) -> Node:
    """Σ or Π over low … high; `axes` are the sizes of what is declared. Raises `NoSympy` for a range that has no
    carrier here."""
    length = plus(minus(high, low), const=1)
    size = whole_size(length)
    neutral = num(0 if op == "sum" else 1)
    if length == 0:
        return neutral
    if isinstance(length, int) and length < 0:
        raise NoSympy(f"the range of {name} runs backwards: it ends more than one before it begins")
    if size is None or (is_sum(size) and size not in axes):
        carrier = _carrier(low, high, ranges)
        if carrier is not None:
            return _carried(op, name, low, high, ranges, body, neutral, carrier)
        if size is None:
            ends = f"{shown(low)} to {shown(high)}"
            raise NoSympy(f"the range of {name} is not 1 to a size, nor a part of one: {ends}")
    index = Index(name, size)
    return bound(op, (index,), body(plus(low, (index, 1), const=-1), {index: whole(index)}))


def whole_size(length: IndexExpr) -> Size | None:
    """The size that a number of terms is; None where it is not certain that there is one."""
    terms, const = affine_terms(length)
    named = sorted((t, c) for t, c in terms if isinstance(t, str) and c > 0)
    if len(named) < len(terms) or const + sum(c for _, c in named) < 1:
        return None
    return written_size(named, const)


Carrier = tuple[Size, int, int]
"""A size that a range is a part of, but for so many terms below and above."""


def _carrier(low: IndexExpr, high: IndexExpr, ranges: Ranges) -> Carrier | None:
    for size in _carriers(low, high):
        below = next((k for k in range(MAX_ENDS + 1) if at_least(low, 1 - k, ranges)), None)
        ends = minus(last_place(size), high)
        above = next((k for k in range(MAX_ENDS + 1) if at_least(plus(ends, const=k), 0, ranges)), None)
        if below is not None and above is not None:
            return size, below, above
    return None


def _carried(
    op: str,
    name: str,
    low: IndexExpr,
    high: IndexExpr,
    ranges: Ranges,
    body: Body,
    neutral: Num,
    carrier: Carrier,
) -> Node:
    """The range as a part of 1 … size, and terms outside."""
    size, below, above = carrier
    last = last_place(size)
    index = Index(name, size)
    within = {index: Range((1, low), (last, high))}
    places: list[tuple[IndexExpr, Mapping[Index, Range]]] = [
        *((1 - k, {}) for k in range(below, 0, -1)),
        (index, within),
        *((plus(last, const=k), {}) for k in range(1, above + 1)),
    ]
    terms = []
    for place, own in places:
        around = {**ranges, **({index: whole(index)} if own else {})}
        asked = [
            Rel(op_, IndexVal(place), IndexVal(end))
            for op_, end, sure in (
                (">=", low, at_least(minus(place, low), 0, around)),
                ("<=", high, at_least(minus(high, place), 0, around)),
            )
            if not sure
        ]
        term: Node = body(place, own)
        if asked:
            condition = asked[0] if len(asked) == 1 else And(tuple(asked))
            term = Cases(((condition, term),), neutral)
        terms.append(bound(op, (index,), term) if own else term)
    return (add if op == "sum" else mul)(*terms)


def _carriers(low: IndexExpr, high: IndexExpr) -> Iterator[Size]:
    """The sizes that may carry a range: those of its ends."""
    for end in (high, low):
        for term, c in affine_terms(end)[0]:
            if c == 1 and not isinstance(term, Label):
                yield term if isinstance(term, str) else term.size


def shown(at: IndexExpr) -> str:
    """An index expression for a message."""
    terms, const = affine_terms(at)
    said = [
        ("-" if c == -1 else "" if c == 1 else f"{c} ") + (t if isinstance(t, str) else t.name) for t, c in terms
    ] + ([str(const)] if const or not terms else [])
    return " + ".join(said).replace("+ -", "- ")
