"""A tree as straight-line operations on named axes, made once and run by floats, balls and residues alike.

Every value has its points first and then one axis for each index it depends on, in one fixed order of the indices, so
that an operation never asks at run time how its operands lie. Shared subtrees are computed once. Sizes enter only when
the program runs: one program serves every assignment.

A Σ over a product is taken apart index by index (the index whose factors span the fewest axes first), so that Σ_ijk
a_ij b_jk c_k never spans three axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivations.domains import Names
from derivations.formula import (
    Add,
    Bound,
    Delta,
    Elem,
    Formula,
    Index,
    IndexVal,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    SizeVal,
    short,
    value_of,
)
from derivations.frozen import frozen
from derivations.sendable import Sendable

Axes = tuple[Index, ...]


Op = tuple[int, str, tuple[int, ...], Any, Axes]
"""(slot of the result, kind, slots of the operands, what else the kind needs, axes of the result)."""


class Unevaluable(ValueError):
    """The tree holds something that has no value: a derivative not carried out, a name without values."""


class TooMuchWork(Sendable, Unevaluable):
    """The largest intermediate of one point, or all of them together, would exceed the limit (counted before any
    work)."""

    def __init__(self, elements: int, limit: int):
        super().__init__(f"an intermediate of {elements} entries exceeds the limit of {limit}")
        self.elements, self.limit = elements, limit


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Operations in order; `constants` are the slots that hold exact numbers or `"e"`, `"pi"`; `nodes` the names whose
    definitions are run first."""

    ops: tuple[Op, ...]
    slots: int
    constants: tuple[tuple[int, Fraction | str], ...]
    template: tuple[float | None, ...]
    out: int
    out_axes: Axes
    order: Axes
    spans: tuple[tuple[Size, ...], ...]
    names: Names | None

    def elements(self, sizes: Mapping[str, int]) -> tuple[int, int]:
        """Entries of the largest intermediate, and of all together, at one point."""
        largest = total = 1
        for span in self.spans:
            entries = 1
            for size in span:
                entries *= value_of(size, sizes)
            total += entries
            largest = max(largest, entries)
        return largest, total


@frozen
class Contraction:
    """Σ over `summed` of a product: how to lay the factors (`views`), which positions of the union go, einsum's labels
    (0 is the point axis)."""

    views: tuple[tuple[slice | None, ...] | None, ...]
    positions: tuple[int, ...]
    union: Axes
    labels: tuple[tuple[int, ...], ...]
    out_labels: tuple[int, ...]


def literal(node: Node) -> Fraction | None:
    """A node made of numerals by + and ·, as a number; None for anything else, or where it would grow long."""
    match node:
        case Num(value):
            return value
        case Add(args) | Mul(args):
            result = Fraction(0) if isinstance(node, Add) else Fraction(1)
            for arg in args:
                value = literal(arg)
                if value is None or not short(value) or not short(result):
                    return None
                result = result + value if isinstance(node, Add) else result * value
            return result
        case Pow(base, exponent):
            below, above = literal(base), literal(exponent)
            if below and above == -1:
                return 1 / below
            return None
        case _:
            return None


def is_integral(node: Node, names: Names | None) -> bool:
    """Whether a node is an integer by its form: indices, sizes, integer numerals, names of integer domains, their sums
    and products."""
    match node:
        case Num(value):
            return value.denominator == 1
        case SizeVal() | IndexVal() | Delta():
            return True
        case Elem(name, _):
            row = names.get(name) if names is not None else None
            return row is not None and row.domain.integer
        case Add(args) | Mul(args):
            value = literal(node)
            return value.denominator == 1 if value is not None else all(is_integral(a, names) for a in args)
        case Pow(base, Num(value)):
            return value.denominator == 1 and value > 0 and is_integral(base, names)
        case Bound("sum" | "prod" | "max" | "min", _, body):
            return is_integral(body, names)
        case _:
            return False


def equation_of(name: str, names: Names | None) -> Formula | None:
    """What the entries of a node or adjoint are: its definition, or one step of its recursion; None for an input."""
    row = names.get(name) if names is not None else None
    return row.equation if row is not None else None


def definition_of(name: str, names: Names | None) -> Formula | None:
    """The definition of a node or adjoint; None for an input."""
    row = names.get(name) if names is not None else None
    return row.definition if row is not None else None
