"""Indices and sizes as numbers: the t - s of a power, the m n of an axis over pairs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from derivations.formula import (
    Add,
    IndexTerm,
    IndexVal,
    Mul,
    Node,
    Num,
    SizeVal,
    affine,
    affine_terms,
    mul,
    walk,
)
from derivations.notation.read.meaning.values import JointSize

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
    return Num(Fraction(size)) if isinstance(size, int) else SizeVal(size)


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
