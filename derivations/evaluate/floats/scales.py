"""Error scales: how far rounding may have taken a value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivations.evaluate.draw import unknown_terms
from derivations.evaluate.floats.arithmetic import contracted, inverse_of
from derivations.evaluate.floats.functions import SLOPES
from derivations.evaluate.floats.layout import Array, Frame, entries, pick, spread
from derivations.evaluate.floats.of_matrices import error_scale

UNIT = 2.0**-53


def _times(slope: Array, error: Array) -> Array:
    """|slope|·error, 0 where the error is 0 (an infinite slope does no harm to an exact argument)."""
    return np.where(np.equal(error, 0.0), 0.0, np.abs(slope) * error)


def scale_of(kind: str, v: list[Array], e: list[Array], a: tuple[int, ...], x: Any, out: int, run: Frame) -> Array:
    """The error scale of one operation from the values and scales of its operands.

    Sums carry Σ scale + Σ|term|, products the product rule, functions |slope|·scale, each plus its own rounding
    |value|.
    """
    value = v[out]
    match kind:
        case "SIZE" | "INDEX" | "DELTA" | "NOT" | "REL" | "AND" | "OR":
            if kind == "REL":
                gap, unsure = np.abs(v[a[0]] - v[a[1]]), 8 * UNIT * (e[a[0]] + e[a[1]])
                return np.where(np.less(gap, unsure), math.inf, 0.0)
            return np.maximum.reduce(np.broadcast_arrays(0.0, *(e[k] for k in a))) if a else 0.0
        case "ELEM" | "GATHER":
            errors = run.scale(x[0])
            if isinstance(errors, float):
                return 0.0
            if kind == "GATHER":
                return entries(errors, (), x[1], x[2], run, 0.0)
            return errors if len(x) == 3 else pick(errors, x[1], x[2], x[3], run)
        case "VIEW":
            return e[a[0]][x] if isinstance(e[a[0]], np.ndarray) and e[a[0]].ndim else e[a[0]]
        case "SPREAD":
            return spread(e, a, x, run)
        case "ENTRY":
            return entries(e[a[0]], x[0], x[1], x[2], run, 0.0)
        case "NEG":
            return e[a[0]]
        case "ADD":
            return sum(e[k] + np.abs(v[k]) for k in a)
        case "MUL":
            total: Array = (len(a) - 1) * np.abs(value)
            before: list[Array] = [1.0]
            for k in a[:-1]:
                before.append(before[-1] * np.abs(v[k]))
            after: Array = 1.0
            for k, first in zip(reversed(a), reversed(before), strict=True):
                total = total + _times(first * after, e[k])
                after = after * np.abs(v[k])
            return total
        case "SUM":
            errors = e[a[0]] + np.abs(v[a[0]])
            return np.add.reduce(errors, axis=x) * 2
        case "CONTRACT":
            sizes = [np.abs(v[k]) for k in a]
            total = contracted(sizes, x, run) * 2
            for n, k in enumerate(a):
                if isinstance(e[k], np.ndarray) and e[k].ndim:
                    total = total + contracted(
                        [
                            *sizes[:n],
                            np.broadcast_to(e[k], np.broadcast_shapes(e[k].shape, v[k].shape)),
                            *sizes[n + 1 :],
                        ],
                        x,
                        run,
                    )
            return total
        case "PROD":
            base = np.abs(v[a[0]])
            swollen = np.multiply.reduce(base + UNIT * e[a[0]], axis=x) - np.abs(value)
            return swollen / UNIT + np.abs(value) * 4
        case "MAX" | "MIN" | "LOGSUMEXP":
            errors = np.broadcast_to(e[a[0]], v[a[0]].shape)
            return np.maximum.reduce(errors, axis=x) + (np.abs(value) + 4 if kind == "LOGSUMEXP" else 0.0)
        case "POWER":
            p = float(x)
            slope = np.where(np.equal(v[a[0]], 0.0), 1.0 if p >= 1 else math.inf, p * np.divide(value, v[a[0]]))
            return _times(slope, e[a[0]]) + np.abs(value) * 2
        case "INTEGER_POWER" | "REAL_POWER":
            base, exponent = v[a[0]], v[a[1]]
            slope = np.where(np.equal(base, 0.0), 1.0, exponent * np.divide(value, base))
            return _times(slope, e[a[0]]) + _times(value * np.log(np.abs(base)), e[a[1]]) + np.abs(value) * 2
        case "CASES":
            n = len(a)
            total = e[a[-1]] if n % 2 else 0.0
            for k in range(n - n % 2 - 2, -1, -2):
                total = np.where(v[a[k]], e[a[k + 1]], total) + e[a[k]]
            return total
        case "max" | "min":
            return np.maximum.reduce(np.broadcast_arrays(*(np.asarray(e[k], dtype=float) for k in a)))
        case "APPLY":
            terms = unknown_terms(x[0])
            steep = sum(abs(float(r * b ** (x[1] + 1))) for r, b, _ in terms)
            tall = sum(abs(float(r * b ** x[1])) for r, b, _ in terms)
            return steep * e[a[0]] + 4 * tall * (1.0 + np.abs(v[a[0]]))
        case "OF_MATRIX":
            return error_scale(x, v[a[0]], np.asarray(e[a[0]], float), value)
        case "INV" | "DET" | "LOGDET":
            matrix = v[a[0]]
            n = matrix.shape[-1]
            back = np.abs(value if kind == "INV" else inverse_of(matrix))
            moved = e[a[0]] + n * np.abs(matrix)
            if kind == "INV":
                return n * (back @ moved @ back)
            relative = n * np.einsum("...ij,...ji->...", back, np.broadcast_to(moved, back.shape))
            if kind == "LOGDET":
                return relative + np.abs(value)
            rows = np.multiply.reduce(np.sqrt(np.add.reduce(matrix * matrix, axis=-1)), axis=-1)
            return np.where(np.isnan(relative), n * n * rows, relative * np.abs(value))
        case "floor" | "ceil" | "sign":
            # within rounding of a jump the value is not known
            jump = np.round(v[a[0]]) if kind != "sign" else 0.0
            return np.where(np.less(np.abs(v[a[0]] - jump), 8 * UNIT * e[a[0]]), math.inf, 0.0)
        case "lgamma" | "digamma" | "trigamma":  # sums, of terms that are larger than the value near its zeros
            return _times(SLOPES[kind](v[a[0]], value), e[a[0]]) + 8 * (np.abs(value) + np.abs(np.log(v[a[0]])) + 1)
        case "elu":
            return e[a[0]] * np.maximum(1.0, np.abs(v[a[1]])) + e[a[1]] * np.abs(v[a[0]]) + np.abs(value) * 2
        case _:
            return _times(SLOPES[kind](v[a[0]], value), e[a[0]]) + np.abs(value) * 2
