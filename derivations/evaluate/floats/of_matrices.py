"""Functions of matrices in float64: of stacks of matrices (…, rows, columns) the whole value, and how much of it is
rounding. A value that is numbered has the number as the axis before those of its rows and columns; what does not exist
is nan."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

SMALL = 1e-13
"""Singular values and gaps below this part of the largest are not told from 0."""
TERMS, NORM = 18, 0.5
"""The series of exp is summed to this power, at a norm below this."""


def _symmetric(s: np.ndarray) -> np.ndarray:
    return (s + np.swapaxes(s, -1, -2)) / 2


def eigval(s: np.ndarray) -> np.ndarray:
    return np.linalg.eigvalsh(_symmetric(s))[..., ::-1]


def eigproj(s: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(_symmetric(s))
    values, vectors = values[..., ::-1], vectors[..., ::-1]
    out = np.einsum("...ik,...jk->...kij", vectors, vectors)
    return np.where(_gap(values)[..., None, None] > 0, out, math.nan)


def _gap(values: np.ndarray) -> np.ndarray:
    """How far each value is from the others; 0 where it is not told from one."""
    apart = np.abs(values[..., :, None] - values[..., None, :])
    n = values.shape[-1]
    apart[..., np.arange(n), np.arange(n)] = math.inf
    nearest, largest = apart.min(-1), np.abs(values).max(-1, keepdims=True)
    return np.where(nearest > SMALL * largest, np.minimum(nearest, largest + 1), 0.0)


def _filled(values: np.ndarray, rows: int) -> np.ndarray:
    """Values along the axis of the rows, nan behind the last."""
    missing = np.full((*values.shape[:-1], rows - values.shape[-1]), math.nan)
    return np.concatenate([values, missing], -1)


def singval(w: np.ndarray) -> np.ndarray:
    return _filled(np.linalg.svd(w, compute_uv=False), w.shape[-2])


def singdyad(w: np.ndarray) -> np.ndarray:
    u, values, vt = np.linalg.svd(w, full_matrices=False)
    out = np.einsum("...ik,...kj->...kij", u, vt)
    simple = (_gap(values) > 0) & (values > SMALL * values[..., :1])
    out = np.where(simple[..., None, None], out, math.nan)
    missing = np.full((*out.shape[:-3], w.shape[-2] - out.shape[-3], *out.shape[-2:]), math.nan)
    return np.concatenate([out, missing], -3)


def nuclear(w: np.ndarray) -> np.ndarray:
    return np.linalg.svd(w, compute_uv=False).sum(-1)


def polar(w: np.ndarray) -> np.ndarray:
    u, values, vt = np.linalg.svd(w, full_matrices=False)
    full = values[..., -1] > SMALL * values[..., 0]
    return np.where(full[..., None, None], u @ vt, math.nan)


def expm(x: np.ndarray) -> np.ndarray:
    """By scaling and squaring."""
    norm = np.abs(x).sum(-1).max() if x.size else 0.0
    halved = max(0, math.ceil(math.log2(norm / NORM))) if norm > NORM else 0
    if halved > 60:
        return np.full(x.shape, math.nan)
    y, out = x / 2.0**halved, np.zeros_like(x) + np.eye(x.shape[-1])
    term = out
    for k in range(1, TERMS + 1):
        term = term @ y / k
        out = out + term
    for _ in range(halved):
        out = out @ out
    return out


def chol(k: np.ndarray) -> np.ndarray:
    flat = _symmetric(k).reshape(-1, *k.shape[-2:])
    out = np.full(flat.shape, math.nan)
    for place, one in enumerate(flat):
        try:
            out[place] = np.linalg.cholesky(one)
        except np.linalg.LinAlgError:
            continue
    return out.reshape(k.shape)


FUNCTIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    f"@{f.__name__}": f for f in (eigval, eigproj, singval, singdyad, nuclear, polar, expm, chol)
}


def of_matrix(fn: str, a: np.ndarray) -> np.ndarray:
    """f(A) of a stack; nan where an entry has no value, or the method does not end."""
    fine = np.asarray(np.isfinite(a).all(axis=(-2, -1)))
    a = np.where(fine[..., None, None], a, np.eye(*a.shape[-2:]))
    try:
        out = FUNCTIONS[fn](a)
    except np.linalg.LinAlgError:
        out = np.full_like(FUNCTIONS[fn](np.zeros_like(a) + np.eye(*a.shape[-2:])), math.nan)
    return np.where(fine.reshape(fine.shape + (1,) * (out.ndim - fine.ndim)), out, math.nan)


def error_scale(fn: str, a: np.ndarray, errors: np.ndarray, value: np.ndarray) -> np.ndarray:
    """How far a value moves with its matrix, in units of rounding: what moved, by the nearest gap where it counts."""
    size = max(a.shape[-2:])
    moved = size * np.max(np.broadcast_to(errors, a.shape) + size * np.abs(a), axis=(-2, -1))
    spread = moved.reshape(moved.shape + (1,) * (value.ndim - moved.ndim))
    if fn in ("@eigval", "@singval", "@nuclear"):
        return spread * (size if fn == "@nuclear" else 1) + 0 * value
    with np.errstate(all="ignore"):
        if fn == "@expm":
            return size * spread * np.abs(value).max(axis=(-2, -1), keepdims=True) + 0 * value
        if fn == "@chol":
            values = np.linalg.eigvalsh(np.where(np.isfinite(a), _symmetric(a), 0.0))
            near = values[..., :1, None] / np.sqrt(np.abs(values[..., -1:, None]))
            return spread / np.abs(near) + 0 * value
        values = np.linalg.svd(np.where(np.isfinite(a), a, 0.0), compute_uv=False)
        if fn == "@polar":
            return spread / values[..., -1:, None] + 0 * value
        if fn == "@eigproj":
            values = np.linalg.eigvalsh(np.where(np.isfinite(a), _symmetric(a), 0.0))[..., ::-1]
        gap = np.minimum(_gap(values), values) if fn == "@singdyad" else _gap(values)
        gap = _filled(gap, value.shape[-3])
        return spread / gap[..., None, None] + 0 * value
