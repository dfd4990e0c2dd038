"""The functions that floats have a rule of their own for; others are run as their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derivations.evaluate.draw import unknown_terms
from derivations.evaluate.floats.arithmetic import finite
from derivations.evaluate.floats.layout import Array, Frame


def unknown(z: Array, name: str, order: int) -> Array:
    """The fixed smooth function that stands for an unknown one: Σ a sin(b z + c), or its derivative of that order."""
    out: Array = 0.0
    for amplitude, rate, phase in unknown_terms(name):
        turned = float(rate) * z + float(phase)
        wave = np.cos(turned) if order % 2 else np.sin(turned)
        out = out + float(amplitude) * float(rate) ** order * (-1.0) ** (order // 2) * wave
    return out


def apply(v: list[Array], a: tuple[int, ...], x: tuple[str, int], run: Frame) -> Array:
    return unknown(v[a[0]], *x)


_FACTORIALS = np.array([float(math.factorial(k)) for k in range(171)])


def factorial(z: Array) -> Array:
    z = np.asarray(z, dtype=float)
    whole = np.logical_and.reduce((z >= 0, z == np.floor(z), z <= 170))
    return np.where(whole, _FACTORIALS[np.where(whole, z, 0).astype(int)], math.nan)


def entrywise(f: Callable[[float], float]) -> Callable[[Array], Array]:
    """A function of single numbers over all entries."""

    def over_all(z: Array) -> Array:
        z = np.asarray(z, dtype=float)
        return np.array([f(t) for t in z.ravel().tolist()]).reshape(z.shape)

    return over_all


def _lgamma(z: float) -> float:
    return math.lgamma(z) if 0 < z < math.inf else math.nan


def _digamma(z: float) -> float:
    """ψ(z) = ψ(z + 1) - 1/z up to z ≥ 12, then log z - 1/(2z) - Σ_k B_2k/(2k z^2k)."""
    if not 0 < z < math.inf:
        return math.nan
    below = 0.0
    while z < 12:
        below, z = below - 1 / z, z + 1
    return below + math.log(z) - 0.5 / z - _series(_DIGAMMA, 1 / (z * z))


def _trigamma(z: float) -> float:
    """ψ'(z) = ψ'(z + 1) + 1/z² up to z ≥ 12, then 1/z + 1/(2z²) + Σ_k B_2k/z^(2k+1)."""
    if not 0 < z < math.inf:
        return math.nan
    below = 0.0
    while z < 12:
        below, z = below + 1 / (z * z), z + 1
    return below + 1 / z + 0.5 / (z * z) + _series(_TRIGAMMA, 1 / (z * z)) / z


def _series(coefficients: tuple[float, ...], x: float) -> float:
    """c_1 x + c_2 x² + …"""
    out = 0.0
    for c in reversed(coefficients):
        out = (out + c) * x
    return out


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_DIGAMMA = tuple(b / (2 * k) for k, b in enumerate(_BERNOULLI, 1))
_TRIGAMMA = _BERNOULLI


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{
        fn: getattr(np, fn)
        for fn in ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign", "floor", "ceil")
    },
    **{f"a{fn}": getattr(np, f"arc{fn}") for fn in ("sin", "cos", "tan", "sinh", "cosh")},
    "log": lambda z: finite(np.log(z)),
    "atanh": lambda z: finite(np.arctanh(z)),
    "erf": entrywise(math.erf),
    "erfc": entrywise(math.erfc),
    "lgamma": entrywise(_lgamma),
    "digamma": entrywise(_digamma),
    "trigamma": entrywise(_trigamma),
    "factorial": factorial,
    "sigmoid": lambda z: np.exp(-np.logaddexp(0.0, -z)),
    "softplus": lambda z: np.logaddexp(0.0, z),
    "log_sigmoid": lambda z: -np.logaddexp(0.0, -z),
    "relu": lambda z: np.maximum(z, 0.0),
    "elu": lambda z, a: np.where(np.greater(z, 0.0), z, a * np.expm1(np.minimum(z, 0.0))) + z * 0.0,
}
"""Every function that is not run as its definition (`Atom.composed`); max and min take any number."""

SLOPES: Mapping[str, Callable[[Any, Any], Any]] = {
    "exp": lambda z, y: y,
    "log": lambda z, y: np.divide(1.0, z),
    "sin": lambda z, y: np.cos(z),
    "cos": lambda z, y: np.sin(z),
    "tan": lambda z, y: 1.0 + y * y,
    "asin": lambda z, y: np.divide(1.0, np.sqrt(1.0 - z * z)),
    "acos": lambda z, y: np.divide(1.0, np.sqrt(1.0 - z * z)),
    "atan": lambda z, y: 1.0 / (1.0 + z * z),
    "sinh": lambda z, y: np.cosh(z),
    "cosh": lambda z, y: np.sinh(z),
    "tanh": lambda z, y: 1.0 - y * y,
    "asinh": lambda z, y: 1.0 / np.sqrt(1.0 + z * z),
    "acosh": lambda z, y: np.divide(1.0, np.sqrt(z * z - 1.0)),
    "atanh": lambda z, y: np.divide(1.0, 1.0 - z * z),
    "abs": lambda z, y: 1.0,
    "sign": lambda z, y: 0.0,
    "floor": lambda z, y: 0.0,
    "ceil": lambda z, y: 0.0,
    "erf": lambda z, y: 1.13 * np.exp(-z * z),
    "erfc": lambda z, y: 1.13 * np.exp(-z * z),
    "lgamma": lambda z, y: 1.0 / z + np.abs(np.log(z)),
    "digamma": lambda z, y: 1.0 / (z * z) + 1.0 / z,
    "trigamma": lambda z, y: 2.0 / (z * z * z) + 1.0 / (z * z),
    "factorial": lambda z, y: 0.0,
    "sigmoid": lambda z, y: y * (1.0 - y),
    "softplus": lambda z, y: 1.0,
    "log_sigmoid": lambda z, y: 1.0,
    "relu": lambda z, y: 1.0,
}
"""Slopes (up to sign) that carry an argument's error to the value; at a jump the caller's balls decide."""
