"""Drawn entries of one input: plain ones, from small domains, and matrices and vectors with structure.

Every value is exactly a float (a multiple of a power of two), so balls take it without error; matrices with orthonormal
columns are rational and keep numerator and denominator beside the rounded float.

Points, in blocks of 64: the first 16 hold small numbers that read well in a counterexample (2, -1, 1/2); 28 multiples
of 1/64 in [-4, 4]; 16 of mixed magnitudes from 1/512 to 30; in the last 4 a quarter of the real entries is 0. In every
fourth point all are positive. Small discrete domains are enumerated, along the points in another order.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from derivations.domains import Declared
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.splitmix import splitmix


class DrawError(ValueError):
    """No value of that kind exists at these sizes (orthonormal columns need n ≥ k), or there are too many entries to
    draw."""


class TooLarge(DrawError):
    """There are too many entries to draw."""


_SMALL = np.array([2, -1, 0.5, 3, -2, 1, -0.5, 1.5, -3, 0.25, 4, -1.5, 0.75, -0.25, 2.5, 5])
_SMALL_PROBABILITIES = np.array([1 / 2, 1 / 4, 3 / 4, 1 / 8, 3 / 8, 5 / 8, 7 / 8, 1 / 16])
_SMALL_INTEGERS = np.array([2.0, 1, -1, 3, 0, -2, 4, 5])


def _u(bits: np.ndarray, shift: int, modulus: int) -> np.ndarray:
    return ((bits >> np.uint64(shift)) % np.uint64(modulus)).astype(np.int64)


def _styles(points: int) -> tuple[np.ndarray, ...]:
    p = np.arange(points)
    block = p % 64
    small = p < 16
    mixed = (block >= 44) & (block < 60)
    zeros = block >= 60
    positive = p % 4 == 3
    return small, mixed, zeros, positive


WIDTH = 64
"""Columns of a pool are made in multiples of this."""


@lru_cache(maxsize=256)
def pool(kind: str, seed: int, points: int, width: int) -> np.ndarray:
    """Entries of one kind, one column an entry. The points run fastest in memory: they are the long axis of every
    operation."""
    bits = splitmix(seed, width * points).reshape(width, points).T
    small, mixed, zeros, positive = (s[:, None] for s in _styles(points))
    if kind == "bits":
        out = bits
    elif kind == "probability":
        edge = (1 + _u(bits, 20, 7)) / 1024.0
        edge = np.where(_u(bits, 30, 2) == 1, 1 - edge, edge)
        out = np.where(small, _SMALL_PROBABILITIES[_u(bits, 3, 8)], np.where(mixed, edge, (1 + _u(bits, 7, 63)) / 64.0))
    elif kind == "integer":
        out = np.where(
            small, _SMALL_INTEGERS[_u(bits, 3, 8)], np.where(mixed, _u(bits, 7, 41) - 20.0, _u(bits, 7, 13) - 6.0)
        )
        out = np.where(positive, np.abs(out), out)
    else:
        sign = 1.0 - 2.0 * _u(bits, 1, 2)
        plain = sign * (1 + _u(bits, 7, 255)) / 64.0
        wide = sign * (1 + _u(bits, 7, 15)) / 8.0 * 2.0 ** (_u(bits, 23, 11) - 6)
        out = np.where(small, _SMALL[_u(bits, 3, 16)], np.where(mixed, wide, plain))
        if kind == "positive":
            out = np.abs(out)
        else:
            out = np.where(positive, np.abs(out), out)
            out = np.where(zeros & (_u(bits, 40, 4) == 0), 0.0, out)
            if kind == "nonnegative":
                out = np.abs(out)
    out = np.asfortranarray(out)
    out.flags.writeable = False
    return out


def columns(kind: str, seed: int, points: int, start: int, count: int) -> np.ndarray:
    width = -(-(start + count) // WIDTH) * WIDTH
    return pool(kind, seed, points, width)[:, start : start + count]


def fold_into(columns: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(points, entries) as (points, *shape) with the points still fastest in memory."""
    return columns.T.reshape(*shape, columns.shape[0]).transpose(len(shape), *range(len(shape)))


def plain(row: Declared, seed: int, points: int, column: int, entries: int) -> np.ndarray:
    domain = row.domain
    if domain.name == "interval":
        assert domain.low is not None
        assert domain.high is not None
        low, high = float(domain.low), float(domain.high)
        t = columns("probability", seed, points, column, entries)
        return np.clip(low + (high - low) * t, np.nextafter(low, high), np.nextafter(high, low))
    if domain.name == "negative":
        return -columns("positive", seed, points, column, entries)
    if domain.name == "count":
        return np.abs(columns("integer", seed, points, column, entries))
    kind = domain.name if domain.name in ("positive", "nonnegative", "probability", "integer") else "real"
    return columns(kind, seed, points, column, entries)


@lru_cache(maxsize=256)
def shuffled(seed: int, points: int) -> np.ndarray:
    """The points in another order, sixteen by sixteen. Combinations of labels are numbered along it: along the points
    themselves, y = t = 1 would fall on every fourth one, where all numbers are positive, and y t |a| would look like y
    t a."""
    turn = np.lexsort((splitmix(seed ^ 0x5DEECE66D, points), np.arange(points) // 16))
    turn.flags.writeable = False
    return turn


def discrete(
    row: Declared, entries: int, seed: int, points: int, column: int, radix: int, turn: np.ndarray
) -> tuple[np.ndarray, int]:
    """Entries of a small discrete domain; the first ones run through every combination while the points last."""
    choices = np.array(row.domain.values, dtype=float)
    m = len(choices)
    which = _u(columns("bits", seed, points, column, entries), 11, m)
    for entry in range(entries):
        if radix * m > points:
            break
        which[:, entry] = (turn // radix) % m
        radix *= m
    return choices[which], radix


def structured(
    row: Declared,
    shape: tuple[int, ...],
    seed: int,
    points: int,
    column: int,
    radix: int,
    turn: np.ndarray,
    made: Assignment,
) -> np.ndarray:
    structure = row.domain.structure
    rows = 1
    for s in shape[:-1]:
        rows *= s
    if structure == "onehot":
        which = _u(columns("bits", seed, points, column, rows), 11, shape[-1])
        if rows == 1 and radix * shape[-1] <= points:
            which[:, 0] = (turn // radix) % shape[-1]
        return (which[:, :, None] == np.arange(shape[-1])).astype(float).reshape(points, *shape)
    if structure == "simplex":
        return simplex(rows, shape[-1], seed + 7919 * (column + 1), points).reshape(points, *shape)
    if shape[2:]:
        each = [
            structured(row, shape[1:], seed, points, column + k * math.prod(shape[1:]), radix, turn, made)
            for k in range(shape[0])
        ]
        return np.stack(each, axis=1)
    n, k = shape
    if structure == "symmetric":
        square = columns("real", seed, points, column, n * n).reshape(points, n, n)
        lower = np.tril(np.ones((n, n), dtype=bool))
        return np.where(lower, square, square.transpose(0, 2, 1))
    bits = columns("bits", seed, points, column, n * n).reshape(points, n, n)
    if structure == "posdef":
        b = _u(bits, 11, 5) - 2
        a = b @ b.transpose(0, 2, 1) + (1 + _u(bits[:, :1, :1], 23, 8)) * np.eye(n, dtype=np.int64)
        return a / np.where(_styles(points)[1], 32.0, 4.0)[:, None, None]
    if structure == "invertible":
        entries = _u(bits, 11, 5) - 2
        lower = np.tril(entries, -1) + np.eye(n, dtype=np.int64)
        diagonal = np.array([1.0, -1.0, 2.0, -2.0, 0.5])[_u(bits[:, np.arange(n), np.arange(n)], 23, 5)]
        upper = np.triu(_u(bits, 31, 3) - 1, 1) + diagonal[:, :, None] * np.eye(n)
        return lower @ upper
    if n < k:
        raise DrawError(f"{row.name}: {k} orthonormal columns need at least {k} rows, not {n}")
    above = np.broadcast_to(np.eye(n, dtype=np.int64), (points, n, n))
    below = np.ones(points, dtype=np.int64)
    for mirror in range(2):
        v = _u(bits[:, mirror % n], 11, 7) - 3
        v[:, mirror % n] += v[:, mirror % n] >= 0
        square = (v * v).sum(1)
        above = above @ (square[:, None, None] * np.eye(n, dtype=np.int64) - 2 * v[:, :, None] * v[:, None, :])
        below = below * square
    # two mirrors are a turn: a third, of the first column, at every other point, that det = 1 and det = -1 are both met
    above = above * np.where((np.arange(n) == 0) & (np.arange(points)[:, None] % 2 == 1), -1, 1)[:, None, :]
    made.ratios[row.name] = (above[:, :, :k], below)
    return above[:, :, :k] / below[:, None, None]


def simplex(rows: int, k: int, seed: int, points: int) -> np.ndarray:
    """Compositions of a power of two into k positive parts: exact floats that sum to 1. At every other point one part
    is favoured."""
    whole = 4
    while whole < 4 * k:
        whole *= 2
    bits = splitmix(seed, points * rows * (whole - k)).reshape(points, rows, whole - k)
    which = _u(bits, 11, k)
    favoured = (_u(bits, 41, 4) > 0) & (np.arange(points)[:, None, None] % 2 == 1)
    which = np.where(favoured, which[:, :, :1], which)
    counts = 1 + (which[..., None] == np.arange(k)).sum(2)
    return counts / float(whole)
