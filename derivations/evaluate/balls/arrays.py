"""Operations on arrays of balls: the rows that run a program."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq_mat

from derivations.evaluate.balls.of_matrices import of_matrix
from derivations.evaluate.balls.single import (
    FUNCTIONS,
    Ball,
    all_of,
    any_of,
    choose,
    integer_power,
    log,
    negate,
    rational_power,
    real_power,
    relation,
    strict,
    unknown,
)
from derivations.evaluate.floats.layout import Frame, elem, entries, spread, view
from derivations.evaluate.marks import UNDECIDED, UNDEFINED, Mark
from derivations.evaluate.program import Contraction

MOST_OPERANDS = 32
"""More operands than this no ufunc takes: they are laid out and taken one entry at a time."""


def mapped(f: Callable[..., Ball], *args: Any) -> Any:
    if len(args) <= MOST_OPERANDS:
        return np.frompyfunc(f, len(args), 1)(*args)
    laid = np.empty(np.broadcast_shapes(*(np.shape(a) for a in args)), dtype=object)
    columns = [np.broadcast_to(np.asarray(a, dtype=object), laid.shape).reshape(-1) for a in args]
    flat = laid.reshape(-1)
    for k in range(flat.size):
        flat[k] = f(*(c[k] for c in columns))
    return laid if laid.shape else laid.item()


def _each(f: Callable[..., Ball]) -> Callable[..., Any]:
    return lambda v, a, x, run: mapped(f, *(v[k] for k in a))


def _reduced(f: Callable[[Ball, Ball], Ball]) -> Callable[..., Any]:
    two = np.frompyfunc(f, 2, 1)

    def reduce(v: list[Any], a: tuple[int, ...], x: tuple[int, ...], run: Any) -> Any:
        out = v[a[0]]
        for axis in sorted(x, reverse=True):
            out = two.reduce(out, axis=axis)
        return out

    return reduce


def _plus(a: Ball, b: Ball) -> Ball:
    return a + b


def _times(a: Ball, b: Ball) -> Ball:
    return a * b


_add_balls, _mul_balls = np.frompyfunc(_plus, 2, 1), np.frompyfunc(_times, 2, 1)


def _sum(v: list[Any], a: tuple[int, ...], x: tuple[int, ...], run: Any) -> Any:
    out = v[a[0]]
    for axis in sorted(x, reverse=True):
        out = _add_balls.reduce(out, axis=axis)
    return out


def _fold_with(two: Any) -> Callable[..., Any]:
    def folded(v: list[Any], a: tuple[int, ...], x: Any, run: Any) -> Any:
        out = v[a[0]]
        for k in a[1:]:
            out = two(out, v[k])
        return out

    return folded


def laid_out(v: list[Any], a: tuple[int, ...], x: Contraction) -> Any:
    out: Any = None
    for k, lay in zip(a, x.views, strict=True):
        laid = v[k] if lay is None else v[k][lay]
        out = laid if out is None else _mul_balls(out, laid)
    return out


def _contract(v: list[Any], a: tuple[int, ...], x: Contraction, run: Any) -> Any:
    out = laid_out(v, a, x)
    for axis in sorted(x.positions, reverse=True):
        out = _add_balls.reduce(out, axis=axis)
    return out


def _power(v: list[Any], a: tuple[int, ...], x: Fraction, run: Any) -> Any:
    return mapped(strict(lambda b: rational_power(b, x)), v[a[0]])


def _relation(v: list[Any], a: tuple[int, ...], x: str, run: Any) -> Any:
    return mapped(lambda l, r: relation(x, l, r), v[a[0]], v[a[1]])


def _logsumexp(v: list[Any], a: tuple[int, ...], x: tuple[int, ...], run: Any) -> Any:
    out = mapped(strict(lambda z: z.exp()), v[a[0]])
    for axis in sorted(x, reverse=True):
        out = _add_balls.reduce(out, axis=axis)
    return mapped(strict(log), out)


def _apply(v: list[Any], a: tuple[int, ...], x: tuple[str, int], run: Any) -> Any:
    return mapped(strict(lambda z: unknown(z, *x)), v[a[0]])


def _index(v: list[Any], a: tuple[int, ...], x: Any, run: Frame) -> Any:
    position = run.position(x[0], x[1])
    return mapped(lambda k: arb(int(k)), position)[None] if x[1] else arb(int(position))


def _delta(v: list[Any], a: tuple[int, ...], x: Any, run: Frame) -> Any:
    same = run.position(x[0], x[2]) == run.position(x[1], x[2])
    return mapped(lambda t: arb(int(t)), same)[None] if x[2] else arb(int(same))


def _gather(v: list[Any], a: tuple[int, ...], x: Any, run: Frame) -> Any:
    return entries(run.tensor(x[0]), (), x[1], x[2], run, UNDEFINED)


def _entry(v: list[Any], a: tuple[int, ...], x: Any, run: Frame) -> Any:
    return entries(v[a[0]], x[0], x[1], x[2], run, UNDEFINED)


# ---------------------------------------------------------------- matrices


def _matrix(act: Callable[[arb_mat, list[arb]], Any], square: bool) -> Callable[..., Any]:
    """A routine on the last two axes."""

    def on(v: list[Any], a: tuple[int, ...], x: Any, run: Any) -> Any:
        stack = v[a[0]]
        n = stack.shape[-1]
        flat = stack.reshape(-1, n * n)
        out = np.empty((flat.shape[0], n * n) if square else (flat.shape[0],), dtype=object)
        for k, cells in enumerate(flat):
            marks = [c for c in cells if isinstance(c, Mark)]
            if marks:
                out[k] = UNDEFINED if UNDEFINED in marks else UNDECIDED
                continue
            cells = cells.tolist()
            result = act(arb_mat(n, n, cells), cells)
            out[k] = result.entries() if isinstance(result, arb_mat) else result
        return out.reshape(stack.shape if square else stack.shape[:-2])

    return on


def _singular(cells: list[arb]) -> bool:
    """Whether a matrix of exact entries is singular for certain."""
    if not all(c.is_exact() for c in cells):
        return False
    n = math.isqrt(len(cells))
    return fmpq_mat(n, n, [c.fmpq() for c in cells]).det() == 0


def _inv(matrix: arb_mat, cells: list[arb]) -> Any:
    try:
        return matrix.inv()
    except ZeroDivisionError:
        return UNDEFINED if _singular(cells) else UNDECIDED


def _det(matrix: arb_mat, cells: list[arb]) -> Ball:
    det = matrix.det()
    return arb(0) if det.contains(0) and _singular(cells) else det


def _logdet(matrix: arb_mat, cells: list[arb]) -> Ball:
    return log(_det(matrix, cells))


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "VIEW": view,
    "ELEM": elem,
    "GATHER": _gather,
    "ENTRY": _entry,
    "SPREAD": spread,
    "INDEX": _index,
    "DELTA": _delta,
    "SIZE": lambda v, a, x, run: arb(run.size(x)),
    "ADD": _fold_with(_add_balls),
    "MUL": _fold_with(_mul_balls),
    "NEG": _each(lambda z: -z),
    "POWER": _power,
    "INTEGER_POWER": _each(strict(integer_power)),
    "REAL_POWER": _each(strict(real_power)),
    "SUM": _sum,
    "CONTRACT": _contract,
    "PROD": _reduced(_times),
    "MAX": _reduced(strict(arb.max)),
    "MIN": _reduced(strict(arb.min)),
    "LOGSUMEXP": _logsumexp,
    "REL": _relation,
    "AND": _each(all_of),
    "OR": _each(any_of),
    "NOT": _each(negate),
    "CASES": _each(choose),
    "INV": _matrix(_inv, True),
    "DET": _matrix(_det, False),
    "LOGDET": _matrix(_logdet, False),
    "APPLY": _apply,
    "OF_MATRIX": lambda v, a, x, run: of_matrix(x, v[a[0]]),
    **{name: _each(strict(f)) for name, f in FUNCTIONS.items()},
}
