"""A formula: a tree with its axes, the names it was read with, and what was said about how it was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from math import prod
from typing import Any, TypeVar

from derivations.formula.equality import as_it_stands, key_of
from derivations.formula.in_sympy import InSympy
from derivations.formula.indices import Index, IndexExpr, Size
from derivations.formula.nodes import (
    Deriv,
    Node,
    Span,
)
from derivations.formula.walk import reindex, walk
from derivations.frozen import frozen

Value = TypeVar("Value")


@frozen
class Note:
    """Something said about how a text was read: `tag` is stable, `message` is for people."""

    tag: str
    message: str
    span: Span | None = None


SUBSCRIPT = "the subscript "
"""How the operation of a `ShapeError` begins where an index does not fit its axis."""


@frozen
class ShapeError:
    """Operands that do not conform: what was to be done, both operands as written, their shapes, the place."""

    operation: str
    operands: tuple[str, ...]
    shapes: tuple[tuple[Size, ...], ...]
    span: Span | None = None
    hint: str = ""

    @property
    def message(self) -> str:
        sides = " and ".join(f"{o} is {show_shape(s)}" for o, s in zip(self.operands, self.shapes, strict=True))
        return f"shapes do not conform in {self.operation}: {sides}" + (f"; {self.hint}" if self.hint else "")

    @property
    def of_letter(self) -> bool:
        """Whether an index runs over another axis than the one that it stands at: a slip of the letter, not of the
        shapes."""
        return self.operation.startswith(SUBSCRIPT)


@frozen
class Formula(InSympy):
    """A tree with its result axes.

    axes     the axes of the value, in order; its shape is their sizes; a row vector is (1, d)
    joint    how many of `axes` an axis of the value runs over, the slowest first: (2,) for vec(X), whose entries are
             X_ij over the pairs (j, i), and (2, 2) for A ⊗ B; () where each stands for itself
    free     the question's own indices that stand in the text (`i` of `y_i`), in the order of `names`
    names    the declarations it was read with (`domains.Names`)
    ordered  whether a left side tells the order of `free`: H_kj is row k, column j
    kron     the same text with u ⊗ v of vectors as the vector of their pairs, where it was read as u vᵀ
    """

    body: Node
    axes: tuple[Index, ...] = ()
    free: tuple[Index, ...] = ()
    names: Any = None
    source: str | None = None
    notes: tuple[Note, ...] = ()
    shape_error: ShapeError | None = None
    ordered: bool = False
    joint: tuple[int, ...] = ()
    kron: Formula | None = None

    @property
    def groups(self) -> tuple[tuple[Index, ...], ...]:
        """The indices that each axis of the value runs over."""
        return tuple(grouped(self.axes, self.joint or (1,) * len(self.axes)))

    @property
    def shape(self) -> tuple[Size, ...]:
        """The sizes of the axes, `m·n` for one that runs over pairs."""
        return tuple(joint_size(tuple(i.size for i in group)) for group in self.groups)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Formula):
            return NotImplemented
        return self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __deepcopy__(self, _memo: object) -> Formula:
        return self

    def as_formula(self) -> Formula:
        return self

    def __repr__(self) -> str:
        from derivations.notation.write import write

        return f"<Formula {shortened(write(self))}: {show_shape(self.shape)}>"

    def _repr_latex_(self) -> str:
        from derivations.notation.write import write

        return f"$\\displaystyle {write(self, 'latex', 'auto')}$"

    @staticmethod
    def from_sympy(expression: Any, names: Any = None) -> Formula:
        """A SymPy expression as a formula, as it was built, never through text.

        `names` are declarations (`"x: real[n]"`, a mapping, `Names`). Without them the symbols declare themselves: by
        their assumptions, the shapes of `IndexedBase` or what runs over it, the ranges of `Idx`, `MatrixSymbol`s. Sums
        may run over any affine range; derivatives are carried out; matrices are taken entry by entry. Raises `NoSympy`
        with the part that has no image.
        """
        from derivations.sympy_bridge.inward import from_sympy

        return from_sympy(expression, names)

    def over(self, indices: Iterable[Index]) -> Formula:
        """The same with these for its free indices of the same letter and size. An index is equal to itself alone, and
        a formula may have been read under other declarations that say the same."""
        known = {(i.name, i.size): i for i in indices}
        onto = {i: known.get((i.name, i.size), i) for i in self.free}
        if all(i is other for i, other in onto.items()):
            return self
        kron = None if self.kron is None else self.kron.over(onto.values())
        return replace(self, body=reindex(self.body, onto), free=tuple(onto[i] for i in self.free), kron=kron)

    def key(self) -> tuple[Any, ...]:
        """What `==` compares: the tree with indices as positions and commutative arguments sorted."""
        where: dict[Index, tuple[Any, ...]] = {i: ("axis", k) for k, i in enumerate(self.axes)}
        where |= {i: ("free", k) for k, i in enumerate(self.free)}
        return (self.shape, self.joint, tuple(i.size for i in self.free), key_of(self.body, where), self.shape_error)


class Written:
    """A formula as a key: equal to another one that differs in nothing that is ever said of it, the order of its terms
    and its letters among it."""

    __slots__ = ("formula", "said")

    def __init__(self, formula: Formula):
        self.formula = formula
        aside = (formula.source, formula.ordered, formula.notes, formula.shape_error)
        pairs = (formula.joint, formula.kron and Written(formula.kron))
        slots = (len(formula.axes), len(formula.free), *pairs)
        self.said = (*aside, *slots, *as_it_stands(formula.body, formula.axes + formula.free))

    def __hash__(self) -> int:
        return hash(self.said)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Written) and self.said == other.said and self.formula.names == other.formula.names


MOST_SHOWN = 160
"""Characters of a value in one line."""


def shortened(text: str) -> str:
    """A text in one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_SHOWN else f"{line[: MOST_SHOWN - 1]}…"


def instantiate(formula: Formula, at: tuple[IndexExpr, ...]) -> Node:
    """The body of a formula at the given indices (its free indices first, then its axes), with fresh binders."""
    slots = formula.free + formula.axes
    if len(slots) != len(at):
        raise ValueError(f"{len(slots)} indices expected, {len(at)} given")
    return reindex(formula.body, dict(zip(slots, at, strict=True)))


def grouped(values: Iterable[Value], counts: Iterable[int]) -> list[tuple[Value, ...]]:
    """Values in groups of so many: (j, i) and (k) of j, i, k by 2, 1."""
    rest = iter(values)
    return [tuple(islice(rest, count)) for count in counts]


def joint_size(sizes: tuple[Size, ...]) -> Size:
    """The length of an axis that runs over several: 6 for (2, 3), `m·n` for (m, n)."""
    numbers = [s for s in sizes if isinstance(s, int)]
    return prod(numbers) if len(numbers) == len(sizes) else "·".join(map(str, sizes))


def show_shape(shape: tuple[Size, ...]) -> str:
    """`(n, d)`; a scalar is `scalar`."""
    if not shape:
        return "scalar"
    return f"({shape[0]},)" if len(shape) == 1 else "(" + ", ".join(map(str, shape)) + ")"


def same_shape(a: tuple[Size, ...], b: tuple[Size, ...]) -> bool:
    """Shapes equal as answers: (d) is (d, 1), and () is (1) is (1, 1). A row (1, d) is not a column."""

    def column(s: tuple[Size, ...]) -> tuple[Size, ...]:
        while s and s[-1] == 1:
            s = s[:-1]
        return s

    return column(a) == column(b)


def left_to_do(formula: Formula) -> bool:
    """Whether a derivative is written that is not carried out."""
    return any(isinstance(n, Deriv) for n in walk(formula.body))
