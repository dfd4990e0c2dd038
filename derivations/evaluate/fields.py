"""Arithmetic along chains of primes, vectorised: each point of an array modulo the prime of its own chain.

A chain is p₀ > p₁ > … with p_k = r·p_{k+1} + 1. On every level discrete logarithms are tables (2 MB for the largest
prime), made when first asked for, so that powers, inverses, logarithms, roots and Legendre symbols are look-ups.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from derivations.evaluate.splitmix import splitmix

Ints = np.ndarray
Bad = Any
"""None, or a mask of the entries that have no value here, of the shape of the value."""

CHAINS: Mapping[str, tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]] = {
    "real": (
        (2, 2, 2, 2),
        (
            (137279, 68639, 34319, 17159),
            (157679, 78839, 39419, 19709),
            (159119, 79559, 39779, 19889),
            (178799, 89399, 44699, 22349),
            (209519, 104759, 52379, 26189),
            (219839, 109919, 54959, 27479),
            (243119, 121559, 60779, 30389),
            (349199, 174599, 87299, 43649),
        ),
    ),
    "complex": (
        (8, 4, 4),
        (
            (279593, 34949, 8737),
            (325673, 40709, 10177),
            (358313, 44789, 11197),
            (393257, 49157, 12289),
            (406313, 50789, 12697),
            (465833, 58229, 14557),
        ),
    ),
}
"""By kind: the index r of H on every level, and the chains. Every p but the last is 3 mod 4 in the real ones (-1 is no
square) and 1 mod 4 in the complex ones; the last one only ever holds exponents, so signs are not asked there."""


class Decline(Exception):
    """The tower does not apply."""


@lru_cache(maxsize=64)
def _logarithms(p: int) -> tuple[Ints, Ints]:
    """Powers of the least primitive root g modulo p, and the exponent of every residue (0 has none: p - 1)."""
    factors = [
        f for f in range(2, math.isqrt(p) + 1) if (p - 1) % f == 0 and all(f % e for e in range(2, math.isqrt(f) + 1))
    ]
    rest = p - 1
    for f in factors:
        while rest % f == 0:
            rest //= f
    if rest > 1:
        factors.append(rest)
    g = next(g for g in range(2, p) if all(pow(g, (p - 1) // f, p) != 1 for f in factors))
    powers = np.ones(1, dtype=np.int64)
    while len(powers) < p - 1:
        powers = np.concatenate([powers, powers * pow(g, len(powers), p) % p])
    powers = powers[: p - 1].astype(np.int32)
    exponents = np.full(p, p - 1, dtype=np.int32)
    exponents[powers] = np.arange(p - 1, dtype=np.int32)
    return powers, exponents


@dataclass(frozen=True, slots=True)
class Level:
    """One level of all chains of a kind: `power` and `exponent` hold the tables of the chains one after the other."""

    r: int
    p: Ints
    power: Ints
    exponent: Ints
    power_at: Ints
    exponent_at: Ints
    back: Ints
    """r⁻¹ modulo q."""


@lru_cache(maxsize=16)
def _level(kind: str, k: int) -> Level:
    r, chains = CHAINS[kind]
    tables = [_logarithms(chain[k]) for chain in chains]
    starts = [np.cumsum([0, *(len(t[s]) for t in tables[:-1])]) for s in (0, 1)]
    back = [pow(r[k], -1, (c[k] - 1) // r[k]) if math.gcd(r[k], (c[k] - 1) // r[k]) == 1 else 0 for c in chains]
    return Level(
        r[k],
        np.array([c[k] for c in chains]),
        np.concatenate([t[0] for t in tables]),
        np.concatenate([t[1] for t in tables]),
        starts[0],
        starts[1],
        np.array(back),
    )


class Field:
    """Arithmetic on one level, each point modulo its own chain's prime. Arrays have their points first."""

    __slots__ = ("_shaped", "_turns", "at", "k", "kind", "level", "p", "q", "r", "seed", "which")

    def __init__(self, kind: str, k: int, points: int, seed: int):
        level = _level(kind, k)
        self.level, self.r = level, level.r
        self.kind, self.k, self.seed = kind, k, seed
        self.which = which = np.arange(points) % len(level.p)
        self.p = level.p[which]
        self.q = (self.p - 1) // self.r
        self.at = (level.power_at[which], level.exponent_at[which])
        self._turns: tuple[Ints, Ints] | None = None
        self._shaped: dict[int, tuple[Ints, ...]] = {}

    def shaped(self, like: Ints) -> tuple[Ints, ...]:
        """p, q and both table offsets, with as many axes as an array."""
        nd = like.ndim
        found = self._shaped.get(nd)
        if found is None:
            shape = (-1,) + (1,) * (nd - 1)
            found = self._shaped[nd] = tuple(v.reshape(shape) for v in (self.p, self.q, self.at[0], self.at[1]))
        return found

    def turns(self, like: Ints) -> tuple[Ints, Ints]:
        """The random t of the generator g^t of every point, and t⁻¹ modulo q."""
        if self._turns is None:
            below = Field(self.kind, self.k + 1, len(self.p), self.seed)
            turn = (splitmix(self.seed * 31 + self.k, len(self.p)) % (self.q - 1).astype(np.uint64)).astype(
                np.int64
            ) + 1
            self._turns = (turn, below.integer_power(turn, -1)[0])
        shape = (-1,) + (1,) * (like.ndim - 1)
        return self._turns[0].reshape(shape), self._turns[1].reshape(shape)

    def modulo(self, a: Ints) -> Ints:
        return a % self.shaped(a)[0]

    def power_of_root(self, exponent: Ints) -> Ints:
        """g^exponent, 0 ≤ exponent < p - 1."""
        return self.level.power[self.shaped(exponent)[2] + exponent].astype(np.int64)

    def exponent(self, a: Ints) -> Ints:
        """The exponent of a residue (p - 1 for 0)."""
        return self.level.exponent[self.shaped(a)[3] + a].astype(np.int64)

    def inverse(self, a: Ints) -> tuple[Ints, Bad]:
        return self.integer_power(a, -1)

    def integer_power(self, a: Ints, m: Any) -> tuple[Ints, Bad]:
        """a^m; 0⁰ is 1, 0^-m has no value."""
        order = self.shaped(a)[0] - 1
        out = self.power_of_root(self.exponent(a) * m % order)
        zero = a == 0
        if not zero.any():
            return out, None
        out = np.where(zero, np.where(np.equal(m, 0), 1, 0), out)
        bad = zero & np.less(m, 0)
        return out, bad if bad.any() else None

    def exp(self, u: Ints) -> Ints:
        """e^u, u modulo q."""
        _, q, *_ = self.shaped(u)
        return self.power_of_root(self.r * (self.turns(u)[0] * u % q))

    def log(self, a: Ints) -> Ints:
        """The logarithm modulo q of a's part in H; what is outside of H is for the caller."""
        _, q, *_ = self.shaped(a)
        return self._in_h(a) * self.turns(a)[1] % q

    def _in_h(self, a: Ints) -> Ints:
        p, q, *_ = self.shaped(a)
        return self.exponent(a) % (p - 1) * self.level.back[self.which].reshape(q.shape) % q

    def outside(self, a: Ints) -> Ints:
        """Where a residue is no positive one."""
        return (self.exponent(a) % self.r != 0) | (a == 0)

    def sign(self, a: Ints) -> Ints:
        """1 or -1, the Legendre symbol (r = 2 only)."""
        return 1 - 2 * (self.exponent(a) & 1)

    def rational_power(self, a: Ints, exponent: Fraction) -> Ints:
        """|a|^(s/t) in H."""
        _, q, *_ = self.shaped(a)
        t = exponent.denominator
        if any(math.gcd(t, int(s)) != 1 for s in self.level.p // self.r):
            raise Decline("a root of this order does not exist on every level")
        part = np.array([exponent.numerator * pow(t, -1, int(s)) % int(s) for s in (self.level.p - 1) // self.r])
        part = part[self.which].reshape(q.shape)
        return self.power_of_root(self.r * (self._in_h(a) * part % q))

    def constant(self, value: Fraction) -> Ints:
        """A rational number at every point."""
        primes = [int(s) for s in self.level.p]
        if any(value.denominator % s == 0 or (value.numerator % s == 0 and value != 0) for s in primes):
            raise Decline("a numeral is a multiple of a prime used")
        residues = np.array([value.numerator * pow(value.denominator, -1, s) % s for s in primes])
        return residues[self.which]

    def imaginary(self) -> Ints:
        """A square root of -1."""
        return self.power_of_root((self.p - 1) // 4)


def scramble(field: Field, seed: int, args: Sequence[Ints]) -> Ints:
    """A fixed function of residues without structure, with values in ±H."""
    state: Any = np.uint64(seed & (2**64 - 1))
    with np.errstate(over="ignore"):
        for a in args:
            z = a.astype(np.uint64) + state * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x632BE59BD9B4E019)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = z ^ (z >> np.uint64(31))
    stride = max(1, field.r // 2)
    order = field.shaped(state)[0] - 1
    return field.power_of_root((state % (order // stride).astype(np.uint64)).astype(np.int64) * stride)


def gauss(field: Field, matrix: Ints) -> tuple[Ints, Ints, Bad]:
    """Inverse and determinant of a stack of matrices by elimination with row exchanges; the mask of the singular
    ones."""
    n = matrix.shape[-1]
    work = np.concatenate([matrix, np.broadcast_to(np.eye(n, dtype=np.int64), matrix.shape)], axis=-1)
    det = np.ones(matrix.shape[:-2], dtype=np.int64)
    singular = np.zeros(matrix.shape[:-2], dtype=bool)
    for c in range(n):
        nonzero = work[..., c:, c] != 0
        row = c + np.argmax(nonzero, axis=-1)
        singular |= ~nonzero.any(axis=-1)
        det = np.where(row != c, -det, det)
        pick = row[..., None, None]
        other = np.take_along_axis(work, np.broadcast_to(pick, (*work.shape[:-2], 1, 2 * n)), -2)
        here = work[..., c : c + 1, :].copy()
        work = np.where(np.arange(n)[:, None] == pick, here, work)
        work[..., c : c + 1, :] = other
        pivot = work[..., c, c]
        det = field.modulo(det * pivot)
        scaled = field.modulo(work[..., c, :] * field.inverse(pivot)[0][..., None])
        factors = work[..., :, c].copy()
        work = field.modulo(work - factors[..., None] * scaled[..., None, :])
        work[..., c, :] = scaled
    return work[..., n:], det, singular if singular.any() else None
