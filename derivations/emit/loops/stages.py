"""A program in stages: what loops can compute is separated from what NumPy computes better.

Products of two matrices go to BLAS, inverses, determinants and linear solves to LAPACK. A stage is everything between
two of them: its results are kept as arrays, which later stages read as if they were arguments. What is entrywise is
computed again rather than kept, unless BLAS or the caller needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivations.emit.loops.entries import ENTRYWISE
from derivations.emit.printer import cheap
from derivations.emit.program import (
    Array,
    Constant,
    Contract,
    Counter,
    Cumulative,
    Gather,
    Input,
    Literal,
    Map,
    Matrix,
    Padded,
    Reduce,
    Scatter,
    Sliding,
    Softmax,
    Solve,
    Spread,
    Window,
    Zeros,
    in_order,
    operands,
    over,
    shown,
)
from derivations.frozen import frozen


@frozen
class Stage:
    """Results that loops may compute, then those that are left to NumPy: array of the program → what it is over the
    leaves."""

    fused: Mapping[Array, Array]
    numpy: Mapping[Array, Array]
    became: Mapping[Array, Array]
    """The same of every array that the stage may compute."""


@frozen
class Staged:
    """The stages, the leaf that stands for every kept array, and the program's results over these leaves."""

    stages: tuple[Stage, ...]
    leaves: Mapping[Array, Input]
    results: Mapping[Array, Array]


def left_to_numpy(a: Array) -> bool:
    """Whether an operation is no loop of ours: matrix products and linear algebra, positions, arrays of numbers,
    functions we do not know."""
    if isinstance(a, Contract):
        summed = {k for k in a.la if k in a.lb and k not in a.out}
        return bool(summed) and not set(a.out) <= set(a.la) and not set(a.out) <= set(a.lb)
    return (
        a.kind == "int"
        or isinstance(a, (Matrix, Solve, Gather, Scatter, Counter, Spread, Zeros, Window, Padded, Sliding, Cumulative))
        or (isinstance(a, Map) and a.fn not in ENTRYWISE)
    )


def staged(roots: tuple[Array, ...]) -> Staged:
    """The stages of a program."""
    order = list(in_order(roots))
    level: dict[Array, int] = {}
    for a in order:
        level[a] = max((level[o] + left_to_numpy(o) for o in operands(a)), default=0)
    wanted = {shown(r) for r in roots} | {shown(o) for a in order if left_to_numpy(a) for o in operands(a)}
    later = {o for a in order for o in operands(a) if level[a] > level[o] and not isinstance(o, Map)}
    kept = [
        a
        for a in order
        if left_to_numpy(a) or (a in wanted | later and a.kind == "float" and not cheap(a) and a is shown(a))
    ]
    leaves = {a: Input(f"stage result {n}", a.shape) for n, a in enumerate(kept)}

    def over_leaves(ready: set[Array]) -> dict[Array, Array]:
        made: dict[Array, Array] = {}
        for a in order:
            made[a] = over(a, lambda o: leaves[o] if o in ready else made[o])
        return made

    stages = []
    ready: set[Array] = set()
    for n in range(1 + max(level.values())):
        here = [a for a in kept if level[a] == n]
        became = over_leaves(ready)
        fused = {a: became[a] for a in here if not left_to_numpy(a)}
        ready |= set(fused)
        after = over_leaves(ready)
        numpy = {a: after[a] for a in here if left_to_numpy(a)}
        ready |= set(numpy)
        stages.append(Stage(fused, numpy, became | numpy))
    final = over_leaves(ready)
    return Staged(tuple(stages), leaves, {r: leaves.get(r, final[r]) for r in roots})


def in_single_steps(roots: tuple[Array, ...]) -> dict[Array, Array]:
    """What every array becomes when softmax and logsumexp are written out, so that loops share their exponentials."""
    made: dict[Array, Array] = {}
    for a in in_order(roots):
        made[a] = _single(over(a, made.__getitem__))
    return made


def _norm(a: Reduce) -> Array:
    z = a.arg
    whole = tuple(range(len(z.shape)))
    kept = tuple(k for k in whole if k not in a.axes)
    small = tuple(range(len(kept)))
    top = Reduce("max", Map("abs", (z,), (whole,), z.shape), a.axes)
    inside = Map(
        "logical_and",
        (
            Map("greater", (top, Literal(Fraction(0))), (small, ()), top.shape, "bool"),
            Map("less", (top, Constant("inf")), (small, ()), top.shape, "bool"),
        ),
        (small, small),
        top.shape,
        "bool",
    )
    scale = Map("where", (inside, top, Literal(Fraction(1))), (small, small, ()), top.shape)
    parts = Map("square", (Map("divide", (z, scale), (whole, kept), z.shape),), (whole,), z.shape)
    root = Map("sqrt", (Reduce("sum", parts, a.axes),), (small,), top.shape)
    return Map("multiply", (scale, root), (small, small), top.shape)


def _single(a: Array) -> Array:
    """exp(z - top) / Σ exp(z - top), and top + log Σ exp(z - top); top is the maximum but for nan, which exp hands on.

    A norm is top √Σ (z/top)² with the largest |z| as top, or 1 where that is 0 or inf.
    """
    if isinstance(a, Reduce) and a.op == "norm":
        return _norm(a)
    if isinstance(a, Softmax):
        axes: tuple[int, ...] = (a.axis,)
    elif isinstance(a, Reduce) and a.op == "logsumexp":
        axes = a.axes
    else:
        return a
    z = a.arg
    whole = tuple(range(len(z.shape)))
    kept = tuple(k for k in whole if k not in axes)
    top = Reduce("top", z, axes)
    e = Map("exp", (Map("subtract", (z, top), (whole, kept), z.shape),), (whole,), z.shape)
    total = Reduce("sum", e, axes)
    small = tuple(range(len(kept)))
    if isinstance(a, Softmax):
        scale = Map("divide", (Literal(Fraction(1)), total), ((), small), total.shape)
        return Map("multiply", (e, scale), (whole, kept), z.shape)
    return Map("add", (top, Map("log", (total,), (small,), total.shape)), (small, small), total.shape)
