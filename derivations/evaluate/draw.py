"""Where formulas are evaluated: sizes and values for every declared input, from an integer generator of our own.

Verdicts must not depend on a NumPy version, so every value is made of SplitMix64 integers:

    z = seed + k·0x9E3779B97F4A7C15;  z = (z ⊕ z≫30)·0xBF58476D1CE4E5B9;  z = (z ⊕ z≫27)·0x94D049BB133111EB;  z ⊕ z≫31

Every value drawn is exactly a float (a multiple of a power of two), so balls take it without error; matrices with
orthonormal columns are rational and keep numerator and denominator beside the rounded float.

Points, in blocks of 64: the first 16 hold small numbers that read well in a counterexample (2, -1, 1/2); 28 multiples
of 1/64 in [-4, 4]; 16 of mixed magnitudes from 1/512 to 30; in the last 4 a quarter of the real entries is 0. In every
fourth point all are positive. Small discrete domains are enumerated, along the points in another order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from derivations.domains import Declared, Kept, Names
from derivations.formula import Size, sizes_in

POINTS = 64
ASSIGNMENTS = 3
_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


LARGEST_DRAW = 1 << 21
"""Entries of one input over all points; for larger ones fewer points are drawn, never fewer than `FEWEST`."""
FEWEST = 8
PRODUCTS = frozenset({"posdef", "invertible", "orthonormal"})
SHORT = 16


class DrawError(ValueError):
    """No value of that kind exists at these sizes (orthonormal columns need n ≥ k), or there are too many entries to
    draw."""


class TooLarge(DrawError):
    """There are too many entries to draw."""


# ---------------------------------------------------------------- integers


def splitmix(seed: int, count: int, start: int = 0) -> np.ndarray:
    """`count` integers of the SplitMix64 stream of a seed, from the one numbered `start`, as uint64."""
    base = np.uint64(_mix(seed & _MASK))
    with np.errstate(over="ignore"):
        z = base + np.arange(start + 1, start + count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _mix(z: int) -> int:
    z = (z + _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Stream:
    """The same integers one at a time, for decisions outside of arrays."""

    __slots__ = ("state",)

    def __init__(self, seed: int):
        self.state = _mix(seed & _MASK)

    def next(self) -> int:
        """An integer in [0, 2⁶⁴)."""
        self.state = (self.state + _GOLDEN) & _MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def below(self, bound: int) -> int:
        """An integer in [0, bound); the bias is below bound/2⁶⁴."""
        return self.next() % bound


def seed_of(text: str) -> int:
    """A seed from text, the same everywhere (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    return value


# ---------------------------------------------------------------- pools: entries by kind, (points, columns)

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
def _pool(kind: str, seed: int, points: int, width: int) -> np.ndarray:
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


def _columns(kind: str, seed: int, points: int, start: int, count: int) -> np.ndarray:
    width = -(-(start + count) // WIDTH) * WIDTH
    return _pool(kind, seed, points, width)[:, start : start + count]


# ---------------------------------------------------------------- assignments


@dataclass(slots=True, eq=False)
class Assignment:
    """Sizes and the values of every input at all points.

    sizes    symbolic size → integer
    values   input → float64, (points, *shape)
    ratios   input → (numerators, denominators), whole numbers, for values that are not exactly floats
    cache    values of nodes, filled by the evaluators
    """

    sizes: dict[str, int]
    values: dict[str, np.ndarray]
    points: int
    names: Names | None = None
    ratios: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def rounded(self) -> Mapping[str, Any]:
        """The inputs whose floats are rounded."""
        return self.ratios

    def part(self, start: int, stop: int) -> Assignment:
        """Some of the points."""
        return self.take(slice(start, min(stop, self.points)))

    def take(self, points: slice | Sequence[int]) -> Assignment:
        """The points chosen, in order."""
        chosen: Any = points if isinstance(points, slice) else list(points)
        values = {k: v[chosen] for k, v in self.values.items()}
        ratios = {k: (n[chosen], d[chosen]) for k, (n, d) in self.ratios.items()}
        count = len(range(self.points)[points]) if isinstance(points, slice) else len(chosen)
        return Assignment(self.sizes, values, count, self.names, ratios)

    def at(self, point: int) -> dict[str, Any]:
        """The inputs at one point as arrays: of floats where these are exact, else (numerators, the denominator)."""
        return {
            n: (self.ratios[n][0][point], int(self.ratios[n][1][point])) if n in self.ratios else np.asarray(v[point])
            for n, v in self.values.items()
        }

    def exact(self, point: int) -> dict[str, Any]:
        """The inputs at one point as nested lists of `Fraction` (a scalar is a `Fraction`)."""
        out: dict[str, Any] = {}
        for name, values in self.values.items():
            if name in self.ratios:
                above, below = self.ratios[name]
                out[name] = _nest(above[point], lambda n, d=int(below[point]): Fraction(int(n), d))
            else:
                out[name] = _nest(values[point], Fraction)
        return out


def _nest(values: Any, make: Any) -> Any:
    if np.ndim(values) == 0:
        return make(values.item() if hasattr(values, "item") else values)
    return [_nest(v, make) for v in values]


def symbolic_sizes(names: Names) -> tuple[str, ...]:
    """Every symbolic size of the declarations: of axes, of indices, in definitions."""
    found = dict.fromkeys(names.sizes)
    for row in names.values():
        if row.index is not None and isinstance(row.index.size, str):
            found[row.index.size] = None
        if row.definition is not None:
            found |= dict.fromkeys(sorted(sizes_in(row.definition.body)))
    return tuple(found)


def choose_sizes(
    names: Names, count: int = ASSIGNMENTS, minimum: Mapping[str, int] | None = None, also: Iterable[str] = ()
) -> list[dict[str, int]]:
    """Values for the symbolic sizes: pairwise different, at least 3, each pair in both orders, one of them large.

    minimum  the smallest value a size may take (one more than the largest literal index that stands on it)
    also     sizes that stand in the formulas and in no declaration

    Over the assignments every size takes `count` different values. One size alone takes 3, 5, 8, …
    """
    sizes = tuple(dict.fromkeys((*symbolic_sizes(names), *also)))
    if not sizes:
        return [{}]
    low, k = 3, len(sizes)
    pairs = [(r.sizes[0], r.sizes[1]) for r in names.values() if r.domain.structure == "orthonormal"]
    patterns = [
        [low + k - 1 - j for j in range(k)],
        [low + k + j + (k == 1) for j in range(k)],
        [low + k + 4 if j == 0 else low + k - j for j in range(k)],
    ]
    seen: dict[str, set[int]] = {s: set() for s in sizes}
    out: list[dict[str, int]] = []
    for q in range(count):
        pattern = patterns[q] if q < len(patterns) else [low + q + (j if q % 2 else k - 1 - j) for j in range(k)]
        made: dict[str, int] = {}
        for size, wanted in zip(sizes, pattern, strict=True):
            value = max(wanted, (minimum or {}).get(size, 1))
            while value in made.values() or value in seen[size]:
                value += 1
            made[size] = value
        for tall, wide in pairs:
            _fit(made, tall, wide)
        for size, value in made.items():
            seen[size].add(value)
        out.append(made)
    return out


def _fit(sizes: dict[str, int], tall: Size, wide: Size) -> None:
    """Makes n ≥ k for orthonormal[n,k], by exchanging the two or shortening k."""
    n = tall if isinstance(tall, int) else sizes[tall]
    k = wide if isinstance(wide, int) else sizes[wide]
    if n >= k:
        return
    if isinstance(tall, str) and isinstance(wide, str):
        sizes[tall], sizes[wide] = k, n
    elif isinstance(tall, str):
        sizes[tall] = k + 1
    elif isinstance(wide, str):
        sizes[wide] = max(1, n - 1)
    else:
        raise DrawError(f"orthonormal[{n},{k}]: {k} orthonormal columns need at least {k} rows")


DRAWS_KEPT = 8
"""Sets of draws kept with the declarations they belong to."""


_DRAWN: Kept[tuple[int, int, tuple[tuple[tuple[str, int], ...], ...]], list[Assignment]] = Kept()
"""By seed, points and sizes."""


def assignments(
    names: Names,
    seed: int = 0,
    sizes: Sequence[Mapping[str, int]] | None = None,
    *,
    points: int = POINTS,
    count: int = ASSIGNMENTS,
    minimum: Mapping[str, int] | None = None,
    also: Iterable[str] = (),
) -> list[Assignment]:
    """The draws of a question: `count` assignments of sizes with `points` points each (as many points at once where
    there is no size).

    Nodes and adjoints are not drawn. The same arguments give the same assignments (kept with `names`). Raises
    `DrawError`.
    """
    also = tuple(also)
    if sizes is None:
        chosen = choose_sizes(names, count, minimum, also)
        if len(chosen) < count:
            points *= count
    else:
        chosen = [dict(s) for s in sizes]
    kept = _DRAWN.under(names)
    key = (seed, points, tuple(tuple(sorted(s.items())) for s in chosen))
    found = kept.get(key)
    if found is None:
        found = [draw(names, s, points, seed * 1009 + k) for k, s in enumerate(chosen)]
        if len(kept) >= DRAWS_KEPT:
            kept.clear()
        kept[key] = found
    return found


def draw(names: Names, sizes: Mapping[str, int], points: int = POINTS, seed: int = 0) -> Assignment:
    """One assignment: every input at all points."""
    shapes = {row.name: tuple(s if isinstance(s, int) else sizes[s] for s in row.sizes) for row in names.inputs()}
    # a matrix of a structure is a product of others: as much work as it has entries, times their length
    most = max(
        (
            math.prod(shapes[r.name]) * (shapes[r.name][-1] // SHORT + 1 if r.domain.structure in PRODUCTS else 1)
            for r in names.inputs()
        ),
        default=1,
    )
    if most * points > LARGEST_DRAW:
        points = min(points, max(FEWEST, LARGEST_DRAW // most))
        if most * points > 4 * LARGEST_DRAW:
            raise TooLarge(f"an input of {most} entries is too large to draw")
    made = Assignment(dict(sizes), {}, points, names)
    column, radix, turn = 0, 1, _shuffled(seed, points)
    for row in names.inputs():
        shape = shapes[row.name]
        entries = math.prod(shape)
        if row.domain.structure != "plain":
            values = _structured(row, shape, seed, points, column, radix, turn, made)
            if row.domain.structure == "onehot":
                radix = min(radix * shape[-1], points + 1)
            column += max(entries, 64) if row.domain.structure in ("simplex", "orthonormal") else entries
        elif row.domain.values:
            values, radix = _discrete(row, entries, seed, points, column, radix, turn)
            values = values.reshape(points, *shape)
            column += entries
        else:
            values = _plain(row, seed, points, column, entries)
            values = (
                values[:, 0]
                if not shape
                else values.reshape(points, *shape, order="A")
                if len(shape) == 1
                else _fold(values, shape)
            )
            column += entries
        made.values[row.name] = values
    return made


def _fold(columns: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(points, entries) as (points, *shape) with the points still fastest in memory."""
    return columns.T.reshape(*shape, columns.shape[0]).transpose(len(shape), *range(len(shape)))


def _plain(row: Declared, seed: int, points: int, column: int, entries: int) -> np.ndarray:
    domain = row.domain
    if domain.name == "interval":
        assert domain.low is not None
        assert domain.high is not None
        low, high = float(domain.low), float(domain.high)
        t = _columns("probability", seed, points, column, entries)
        return np.clip(low + (high - low) * t, np.nextafter(low, high), np.nextafter(high, low))
    if domain.name == "negative":
        return -_columns("positive", seed, points, column, entries)
    kind = domain.name if domain.name in ("positive", "nonnegative", "probability", "integer") else "real"
    return _columns(kind, seed, points, column, entries)


@lru_cache(maxsize=256)
def _shuffled(seed: int, points: int) -> np.ndarray:
    """The points in another order, sixteen by sixteen. Combinations of labels are numbered along it: along the points
    themselves, y = t = 1 would fall on every fourth one, where all numbers are positive, and y t |a| would look like y
    t a."""
    turn = np.lexsort((splitmix(seed ^ 0x5DEECE66D, points), np.arange(points) // 16))
    turn.flags.writeable = False
    return turn


def _discrete(
    row: Declared, entries: int, seed: int, points: int, column: int, radix: int, turn: np.ndarray
) -> tuple[np.ndarray, int]:
    """Entries of a small discrete domain; the first ones run through every combination while the points last."""
    choices = np.array(row.domain.values, dtype=float)
    m = len(choices)
    which = _u(_columns("bits", seed, points, column, entries), 11, m)
    for entry in range(entries):
        if radix * m > points:
            break
        which[:, entry] = (turn // radix) % m
        radix *= m
    return choices[which], radix


def _structured(
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
        which = _u(_columns("bits", seed, points, column, rows), 11, shape[-1])
        if rows == 1 and radix * shape[-1] <= points:
            which[:, 0] = (turn // radix) % shape[-1]
        return (which[:, :, None] == np.arange(shape[-1])).astype(float).reshape(points, *shape)
    if structure == "simplex":
        return _simplex(rows, shape[-1], seed + 7919 * (column + 1), points).reshape(points, *shape)
    n, k = shape
    if structure == "symmetric":
        square = _columns("real", seed, points, column, n * n).reshape(points, n, n)
        lower = np.tril(np.ones((n, n), dtype=bool))
        return np.where(lower, square, square.transpose(0, 2, 1))
    bits = _columns("bits", seed, points, column, n * n).reshape(points, n, n)
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


def _simplex(rows: int, k: int, seed: int, points: int) -> np.ndarray:
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


# ---------------------------------------------------------------- unknown functions


@lru_cache(maxsize=256)
def unknown_terms(name: str) -> tuple[tuple[Fraction, Fraction, Fraction], ...]:
    """(amplitude, rate, phase) of the Σ a sin(b z + c) that stands for a declared, unknown function: multiples of 1/16,
    the same everywhere."""
    stream = Stream(seed_of(name))
    return tuple(
        (Fraction(8 + stream.below(24), 16), Fraction(6 + 7 * k + stream.below(7), 16), Fraction(stream.below(64), 16))
        for k in range(3)
    )
