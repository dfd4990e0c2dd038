"""Indices and sizes as numbers: the t - s of a power, the m n of an axis over pairs."""

from __future__ import annotations

from typing import Any

from derivations.formula import (
    Add,
    IndexExpr,
    IndexTerm,
    IndexVal,
    Mul,
    Node,
    Num,
    Size,
    SizeVal,
    affine,
    affine_terms,
    last_place,
    mul,
    walk,
    written_size,
)
from derivations.formula import size_node as node_of_size
from derivations.notation.read.meaning.values import JointSize, find

MOST_OF_A_RANGE = 10**6
"""Numbers below are ends of ranges."""


def one_index(node: Node) -> Node:
    """t - s as one index expression, where a node is one; itself otherwise."""
    if not any(isinstance(n, IndexVal) for n in walk(node)):
        return node
    found = affine_of(node)
    return node if found is None or not any(c for _, c in found[0]) else IndexVal(affine(*found), node.span)  # type: ignore[attr-defined]


def size_node(size: Any) -> Node:
    if isinstance(size, JointSize):
        return mul(*map(size_node, size.parts))
    return node_of_size(size)


def most_of(end: IndexExpr) -> IndexExpr | None:
    """The largest value of an end of a range, in sizes alone: n of i, n + 1 of i + 1, n of n - i + 1; None where the
    size of an index is not known yet."""
    return _furthest(end, 1)


def least_of(end: IndexExpr) -> IndexExpr | None:
    """The smallest value of an end of a range, in sizes alone."""
    return _furthest(end, -1)


def _furthest(end: IndexExpr, way: int) -> IndexExpr | None:
    terms, const = affine_terms(end)
    out: list[tuple[IndexTerm, int]] = []
    for term, c in terms:
        if isinstance(term, str):
            out.append((term, c))
            continue
        size = find(term.size)  # type: ignore[arg-type]
        if not isinstance(size, int | str):
            return None
        last, beyond = affine_terms(last_place(size) if c * way > 0 else 1)
        out += [(t, c * k) for t, k in last]
        const += c * beyond
    return affine(out, const)


def at_least_one(end: IndexExpr) -> bool:
    """Whether an end in sizes alone is 1 at least, whatever the sizes."""
    terms, const = affine_terms(end)
    return all(c > 0 for _, c in terms) and const + sum(c for _, c in terms) >= 1


def beyond(end: IndexExpr, size: Size) -> IndexExpr:
    """How far an end is behind the last place of an axis."""
    terms, const = affine_terms(last_place(size))
    own, shift = affine_terms(end)
    return affine([*own, *((t, -c) for t, c in terms)], shift - const)


def size_up_to(end: IndexExpr) -> Size | None:
    """The least size that is as long as an end in sizes alone, for certain: n of n - 1, 2n of 2 n - m; None where there
    is none."""
    terms, const = affine_terms(end)
    kept = sorted((t, c) for t, c in terms if isinstance(t, str) and c > 0)
    length = affine(kept, const)
    if not at_least_one(length):
        length = affine(kept, max(const, 0))
    return written_size(kept, affine_terms(length)[1]) if at_least_one(length) else None


def affine_of(node: Node) -> tuple[list[tuple[IndexTerm, int]], int] | None:
    """Σ c·t + const of a node, None where it is none."""
    match node:
        case Num(value) if value.denominator == 1 and abs(value) < MOST_OF_A_RANGE:
            return [], int(value)
        case SizeVal(size):
            return [(size, 1)], 0
        case IndexVal(at):
            terms, const = affine_terms(at)
            return list(terms), const
        case Add(args):
            terms, const = [], 0
            for a in args:
                found = affine_of(a)
                if found is None:
                    return None
                terms += found[0]
                const += found[1]
            return terms, const
        case Mul((Num(value), other)) if value.denominator == 1 and abs(value) < MOST_OF_A_RANGE:
            found = affine_of(other)
            return None if found is None else ([(x, c * int(value)) for x, c in found[0]], found[1] * int(value))
        case _:
            return None
