"""Arithmetic, conditions, reductions and matrices in float64. A condition is 1, 0, or nan where it is undefined."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from derivations.evaluate.floats.layout import Array, Frame
from derivations.evaluate.program import Contraction

IN_CACHE = 1 << 15
"""Entries up to which a product is formed before it is summed (it stays in cache); beyond, einsum sums without forming
it."""
SINGULAR = 1e-13
"""A matrix whose reciprocal condition number (1-norm) is below this counts as singular in floats; balls decide."""


def finite(r: Array) -> Array:
    """±inf made nan: a pole is undefined."""
    return r + r * 0.0


def add(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    out = v[a[0]] + v[a[1]]
    for k in a[2:]:
        out = out + v[k]
    return out


def mul(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    out = v[a[0]] * v[a[1]]
    for k in a[2:]:
        out = out * v[k]
    return out


def negative(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    return -v[a[0]]


def literal_power(b: Array, exponent: Fraction) -> Array:
    """b^(p/q): whole powers; real roots of odd order; of other negative numbers none."""
    p, q = exponent.numerator, exponent.denominator
    if q == 1:
        if p == 2:
            return b * b
        if p == -1:
            return finite(np.divide(1.0, b))
        if p == -2:
            return finite(np.divide(1.0, b * b))
        if p == 3:
            return b * b * b
        if p == 0:
            return b * 0.0 + 1.0
        return np.power(b, float(p)) if p > 0 else finite(np.power(b, float(p)))
    if q == 2:
        if p == 1:
            return np.sqrt(b)
        if p == -1:
            return finite(np.divide(1.0, np.sqrt(b)))
    if q % 2:
        root = np.cbrt(b) if q == 3 else np.copysign(np.power(np.abs(b), 1 / q), b)
        if p == 1:
            return root
        if q != 3:
            root = np.power(np.abs(b), p / q)
            root = np.copysign(root, b) if p % 2 else root
        else:
            root = np.power(root, float(p))
    else:
        # p/q may be rounded to a whole number: of x^(10⁻⁴⁰⁰) a float sees x⁰
        root = np.where(np.greater_equal(b, 0.0), np.power(b, p / q), math.nan)
    return root if p > 0 else finite(root)


def power(v: list[Array], a: tuple[int, ...], x: Fraction, run: Frame) -> Array:
    return literal_power(v[a[0]], x)


def integer_power(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    """b^k; NumPy's nan⁰ = 1 is not ours."""
    base, exponent = v[a[0]], v[a[1]]
    return finite(np.power(np.asarray(base, dtype=float), exponent)) + (base + exponent) * 0.0


def real_power(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    base, exponent = np.where(np.less(v[a[0]], 0.0), math.nan, v[a[0]]), v[a[1]]
    return finite(np.power(base, exponent)) + (base + exponent) * 0.0


def summed(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Frame) -> Array:
    return np.add.reduce(v[a[0]], axis=x)


def contracted(factors: list[Array], plan: Contraction, run: Frame) -> Array:
    entries_here = 1
    for axis in plan.union:
        entries_here *= run.length(axis)
    points = max(f.shape[0] for f in factors)
    if entries_here * points <= IN_CACHE:
        out: Any = None
        for factor, lay in zip(factors, plan.views, strict=True):
            laid = factor if lay is None else factor[lay]
            out = laid if out is None else out * laid
        return np.add.reduce(out, axis=plan.positions)
    operands: list[Any] = []
    for factor, labels in zip(factors, plan.labels, strict=True):
        operands += (factor, labels)
    return np.einsum(*operands, plan.out_labels)  # type: ignore[call-overload]


def contract(v: list[Array], a: tuple[int, ...], x: Contraction, run: Frame) -> Array:
    return contracted([v[k] for k in a], x, run)


def product(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Frame) -> Array:
    return np.multiply.reduce(v[a[0]], axis=x)


def largest(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Frame) -> Array:
    return np.maximum.reduce(v[a[0]], axis=x)


def smallest(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Frame) -> Array:
    return np.minimum.reduce(v[a[0]], axis=x)


def logsumexp(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Frame) -> Array:
    z = v[a[0]]
    top = np.maximum.reduce(z, axis=x, keepdims=True)
    return np.log(np.add.reduce(np.exp(z - top), axis=x)) + top.reshape(
        [s for k, s in enumerate(top.shape) if k not in x]
    )


# ---------------------------------------------------------------- conditions: 1, 0, or nan where undefined


RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def relation(v: list[Array], a: tuple[int, ...], x: str, run: Frame) -> Array:
    left, right = v[a[0]], v[a[1]]
    return RELATIONS[x](left, right) + (left - right) * 0.0


def all_of(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    """False if one is false, else undefined if one is undefined."""
    out, known = v[a[0]], v[a[0]]
    for k in a[1:]:
        out, known = np.minimum(out, v[k]), np.fmin(known, v[k])
    return np.where(np.equal(known, 0.0), 0.0, out)


def any_of(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    """True if one is true, else undefined if one is undefined."""
    out, known = v[a[0]], v[a[0]]
    for k in a[1:]:
        out, known = np.maximum(out, v[k]), np.fmax(known, v[k])
    return np.where(np.equal(known, 1.0), 1.0, out)


def opposite(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    return 1.0 - v[a[0]]


def choose(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    """The first case that holds."""
    n = len(a)
    out: Array = v[a[-1]] if n % 2 else math.nan
    for k in range(n - n % 2 - 2, -1, -2):
        holds = v[a[k]]
        out = np.where(holds, v[a[k + 1]], out) + holds * 0.0
    return out


# ---------------------------------------------------------------- matrices


def _each(matrix: np.ndarray, act: Callable[[np.ndarray], np.ndarray], empty: np.ndarray) -> np.ndarray:
    """A LAPACK routine on a stack that may hold singular matrices."""
    try:
        return act(matrix)
    except np.linalg.LinAlgError:
        flat = matrix.reshape(-1, *matrix.shape[-2:])
        results = np.full((flat.shape[0], *empty.shape), math.nan)
        for k, one in enumerate(flat):
            try:
                results[k] = act(one)
            except np.linalg.LinAlgError:
                continue
        return results.reshape(matrix.shape[:-2] + empty.shape)


def inverse_of(matrix: np.ndarray) -> np.ndarray:
    """A⁻¹; nan where singular."""
    poisoned = np.logical_not(np.isfinite(matrix).all(axis=(-2, -1)))
    if np.any(poisoned):
        matrix = np.where(np.asarray(poisoned)[..., None, None], np.eye(matrix.shape[-1]), matrix)
    out = _each(matrix, np.linalg.inv, np.empty(matrix.shape[-2:]))
    conditioned = np.abs(matrix).sum(-2).max(-1) * np.abs(out).sum(-2).max(-1)
    singular = np.logical_or(poisoned, np.logical_not(conditioned * SINGULAR < 1.0))
    return np.where(np.asarray(singular)[..., None, None], math.nan, out)


def inverse(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    return inverse_of(v[a[0]])


def determinant(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    return np.linalg.det(v[a[0]])


def log_determinant(v: list[Array], a: tuple[int, ...], x: Any, run: Frame) -> Array:
    sign, value = np.linalg.slogdet(v[a[0]])
    return np.where(sign > 0, finite(value), math.nan)
