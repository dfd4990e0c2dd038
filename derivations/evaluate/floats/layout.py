"""What operations need at run time, and how values are laid out over indices: shared by floats, balls and
rationals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from derivations.domains import Names
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.program import Unevaluable
from derivations.evaluate.unrolled import unrolled
from derivations.formula import Affine, Index, IndexExpr, Label

Array = Any
"""An ndarray with its points first, or a Python float for a constant."""


class Frame:
    """What operations need at run time: sizes, ranges of indices, tensors by name (of floats, of balls)."""

    __slots__ = ("assignment", "fixed", "names", "sizes")

    def __init__(self, assignment: Assignment, names: Names | None, fixed: Mapping[Index, int] | None = None):
        self.assignment = assignment
        self.names = names and unrolled(names, assignment.sizes)
        self.sizes = assignment.sizes
        self.fixed = fixed or {}

    def size(self, size: int | str) -> int:
        if isinstance(size, int):
            return size
        try:
            return self.sizes[size]
        except KeyError:
            raise Unevaluable(f"the size {size} has no value") from None

    def length(self, index: Index) -> int:
        return 1 if index in self.fixed else self.size(index.size)

    def range(self, index: Index, axes: tuple[Index, ...]) -> np.ndarray:
        """1..size along the index's place among `axes` (the single value where it is fixed)."""
        k = self.fixed.get(index)
        values = np.arange(1, self.size(index.size) + 1) if k is None else np.array([k])
        return values.reshape(tuple(-1 if a is index else 1 for a in axes))

    def position(self, at: IndexExpr, axes: tuple[Index, ...]) -> Any:
        """An index expression as an integer array over `axes`, or an int."""
        if isinstance(at, int):
            return at
        if isinstance(at, Index):
            return self.range(at, axes)
        return affine_value(at, self, axes)

    def tensor(self, name: str) -> np.ndarray:
        """The values of a name, (points, *shape)."""
        raise NotImplementedError

    def scale(self, name: str) -> Array:
        """The error scale of a name's values."""
        raise NotImplementedError


def affine_value(at: Affine, run: Frame, axes: tuple[Index, ...]) -> Any:
    value: Any = at.const
    for term, coefficient in at.terms:
        if isinstance(term, Label):
            raise Unevaluable(f"{term.name} is an array of indices that was not written out")
        value = value + coefficient * (run.range(term, axes) if isinstance(term, Index) else run.size(term))
    return value


def view(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    """A value laid on a larger set of axes; a constant has none and lies on all."""
    value = v[a[0]]
    return value[x] if getattr(value, "ndim", 0) else value


def pick(tensor: np.ndarray, picks: Any, perm: Any, indices: tuple[Index, ...], run: Frame) -> np.ndarray:
    """A tensor at plain indices: entries picked, axes put in order, fixed indices narrowed to their one value."""
    if picks is not None:
        tensor = tensor[picks]
    if run.fixed:
        tensor = tensor[
            (slice(None), *(slice(run.fixed[i] - 1, run.fixed[i]) if i in run.fixed else slice(None) for i in indices))
        ]
    return tensor if perm is None else tensor.transpose(perm)


def elem(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    tensor = run.tensor(x[0])
    return tensor if len(x) == 3 else pick(tensor, x[1], x[2], x[3], run)


def entries(
    tensor: np.ndarray,
    leading: tuple[Index, ...],
    at: tuple[IndexExpr, ...],
    axes: tuple[Index, ...],
    run: Frame,
    outside: Any,
) -> np.ndarray:
    """A tensor (points, *leading, *at) at index expressions, over `axes`; `outside` where one leaves its range."""
    lead = tuple(np.arange(run.length(i)).reshape(tuple(-1 if b is i else 1 for b in axes)) for i in leading)
    where, inside = [], True
    for position, size in zip((run.position(e, axes) for e in at), tensor.shape[1 + len(leading) :], strict=True):
        if isinstance(position, int):
            ok: Any = 1 <= position <= size
            where.append(np.full((1,) * len(axes), min(max(position, 1), size) - 1))
        else:
            ok = (position >= 1) & (position <= size)
            where.append(np.clip(position, 1, size) - 1)
        inside = inside & ok
    out = tensor[(slice(None), *lead, *where)]
    if inside is True or np.all(inside):
        return out
    return np.where(inside, out, outside)


def gather(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    return entries(run.tensor(x[0]), (), x[1], x[2], run, math.nan)


def entry(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    return entries(v[a[0]], x[0], x[1], x[2], run, math.nan)


def spread(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    """A value with given axes in a given order, each at full length."""
    lay, perm, order = x
    value = np.asarray(v[a[0]])
    if value.ndim == 0:
        value = value.reshape((1,) * (len(order) + 1))
    else:
        value = value if lay is None else value[lay]
        value = value if perm is None else value.transpose(perm)
    return np.broadcast_to(value, (value.shape[0], *(run.length(i) for i in order)))


def index_value(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    return np.asarray(run.position(x[0], x[1]), dtype=float)[None] if x[1] else float(run.position(x[0], x[1]))


def delta(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    same = run.position(x[0], x[2]) == run.position(x[1], x[2])
    return np.asarray(same, dtype=float)[None] if x[2] else float(same)


def size_value(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    return float(run.size(x))
