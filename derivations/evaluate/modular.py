"""Equality by residues: formulas with exp, log, powers, roots and signs evaluated along towers of primes (Gonnet's idea).

A tower is a chain of primes p₀ > p₁ > … with p_k = r·p_{k+1} + 1. The r-th powers modulo p_k are a group H of p_{k+1} elements,
which plays the positive numbers, and its exponents live modulo p_{k+1}, one level deeper:

    level k of e^u      g^(u at level k+1)                      e^(u+v) = e^u e^v
    level k of log a    the exponent of (a at level k-1)        log(ab) = log a + log b,  log e^u = u
    level k of a^b      g^(b at level k+1 · exponent of a)      (a^b)^c = a^(bc)
    level k of √a       the root in H, a in H only              √a √b = √(ab),  √(a²) = |a|
    level k of sign a   the Legendre symbol (r = 2)             sign ab = sign a sign b,  sign(-a) = -sign a

so that these relations hold with no rule written for them. Everything else a formula does with numbers is ring arithmetic, true in
every level. A name has independent residues on every level; the generator g is another one at every point, so that e is nobody's
number. sin and cos are (e^{iz} ± e^{-iz}) in chains with r = 8, 4, where -1 has a root. A function without a relation (erf, atan,
an unknown f) is a fixed scrambling of its argument's residue. So what is true of all such models is true of the functions;
the converse fails now and then, and then nothing is said.

What keeps a false proof away:

* A difference that is not 0 is a non-zero rational function of independent residues: it vanishes at a point with probability at most
  degree / p (Schwartz, Zippel), and at all of them with the product; what hangs on constants alone, as log 2, is decided once a
  chain, so there are eight chains.
* A sign is another function on every pattern of signs, so the points must be many enough to meet every pattern (2^t of them), and
  every pattern that real points show must have been met at residues (else 37 x², 37 being no square, would be "negative").
* Numbers of a small range (labels, integers) are drawn as themselves, and count as patterns too.
* log is taken of |a| where its value never gets into an exponent (log|a| keeps its relations); elsewhere points outside H do not count.
* Anything else declines: a condition a = b between values, an exponent or coefficient as large as a prime, too much work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from derivations.atoms import unfold
from derivations.domains import Declared, Names
from derivations.evaluate import floats
from derivations.evaluate.draw import Assignment, DrawError, draw, seed_of, splitmix
from derivations.evaluate.program import Contraction, Program, TooMuchWork, Unevaluable, definition_of, program
from derivations.formula import Call, Formula, Index, Node, Num, Pow, children, rebuild, walk

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
"""By kind: the index r of H on every level, and the chains. Every p is 3 mod 4 in the real ones (-1 is no square) and 1 mod 4 in the complex ones."""

POINTS = 96
MOST_POINTS = 1 << 14
MOST_PATTERNS = 8
"""Signs and labels that are told apart, as bits."""
LARGEST_NUMERAL_BITS = 160
LARGEST_POWER = 1 << 10
WORK = 1 << 23
"""Entries of all operations over all points: about 0.1 s."""
ACCEPTED = 24
"""Points that must count, at least."""
TRUSTED = 1e-12
"""An error bound above this is no proof."""
INTEGERS = 20
"""Integers are drawn from -20..20."""

ELEMENTARY = frozenset({"exp", "log", "sin", "cos", "abs", "sign", "max", "min", "relu", "leaky_relu"})
OPAQUE = frozenset({"asin", "atan", "erf", "factorial", "floor", "ceil"})
"""Functions without a relation here: scrambled residues. Every other function is unfolded by its definition in `atoms`."""
LOGS = frozenset({"log", "LOGSUMEXP", "LOGDET"})


class Decline(Exception):
    """The tower does not apply."""


# ---------------------------------------------------------------- fields


@lru_cache(maxsize=64)
def _logarithms(p: int) -> tuple[Ints, Ints]:
    """Powers of the least primitive root g modulo p, and the exponent of every residue (0 has none: p - 1)."""
    factors = [f for f in range(2, math.isqrt(p) + 1) if (p - 1) % f == 0 and all(f % e for e in range(2, math.isqrt(f) + 1))]
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
            turn = (splitmix(self.seed * 31 + self.k, len(self.p)) % (self.q - 1).astype(np.uint64)).astype(np.int64) + 1
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


# ---------------------------------------------------------------- draws


class Residues:
    """The inputs on every level: drawn within what their domain promises."""

    def __init__(self, tower: Tower, names: Names, seed: int):
        self.tower, self.names, self.seed = tower, names, seed
        self.made: dict[tuple[str, int], tuple[Ints, Bad]] = {}
        self.whole: dict[str, Ints] = {}

    def shape(self, row: Declared) -> tuple[int, ...]:
        return tuple(s if isinstance(s, int) else self.tower.sizes[s] for s in row.sizes)

    def integers(self, row: Declared) -> Ints:
        """The values of a discrete input, the same numbers on every level."""
        found = self.whole.get(row.name)
        if found is None:
            shape, points = self.shape(row), self.tower.points
            count = math.prod(shape)
            bits = splitmix(self.seed ^ seed_of(row.name), points * count).reshape(points, *shape)
            if row.domain.structure == "onehot":
                found = ((bits[..., :1] >> np.uint64(9)) % np.uint64(shape[-1]) == np.arange(shape[-1], dtype=np.uint64)).astype(np.int64)
            elif row.domain.values:
                found = np.array(row.domain.values)[((bits >> np.uint64(9)) % np.uint64(len(row.domain.values))).astype(np.int64)]
            else:
                found = ((bits >> np.uint64(9)) % np.uint64(2 * INTEGERS + 1)).astype(np.int64) - INTEGERS
            self.whole[row.name] = found
        return found

    def tensor(self, row: Declared, k: int) -> tuple[Ints, Bad]:
        key = (row.name, k)
        if key not in self.made:
            self.made[key] = self._draw(row, k)
        return self.made[key]

    def _draw(self, row: Declared, k: int) -> tuple[Ints, Bad]:
        field, points, shape = self.tower.field(k), self.tower.points, self.shape(row)
        domain = row.domain
        if domain.integer:
            return field.modulo(self.integers(row)), None
        seed = (self.seed * 0x9E37 + k) ^ seed_of(row.name)
        if domain.structure == "plain":
            return self._plain(field, domain.low, domain.high, domain.name, seed, shape)
        n = shape[-1]
        if domain.structure == "simplex":
            first = self._signed(field, seed, (*shape[:-1], n - 1), 2)[0]
            last = field.modulo(1 - first.sum(-1))[..., None]
            values = np.concatenate([first, last], axis=-1)
            outside = field.outside(last)
            return values, np.broadcast_to(outside, values.shape)
        if domain.structure == "symmetric":
            square = self._signed(field, seed, shape, 1)[0]
            lower = np.tril(np.ones((n, n), dtype=bool))
            return np.where(lower, square, square.swapaxes(-1, -2)), None
        if domain.structure == "invertible":
            return self._signed(field, seed, shape, 1)[0], None
        if domain.structure == "posdef":
            lower = np.tril(self._signed(field, seed, shape, 1)[0], -1) + np.eye(n, dtype=np.int64)
            pivots = self._signed(field, seed + 1, (n,), 2)[0]
            scaled = field.modulo(lower * pivots[:, None, :])
            return field.modulo(scaled @ lower.swapaxes(-1, -2)), None
        rows, columns = shape
        if rows < columns:
            raise Decline("no orthonormal columns at these sizes")
        skew = np.triu(self._signed(field, seed, (rows, rows), 1)[0], 1)
        skew = field.modulo(skew - skew.swapaxes(-1, -2))
        unit = np.eye(rows, dtype=np.int64)
        back, _, bad = gauss(field, field.modulo(unit + skew))
        orthogonal = field.modulo(back @ field.modulo(unit - skew))
        flip = 1 - 2 * (splitmix(seed + 5, points) >> np.uint64(13) & np.uint64(1)).astype(np.int64)
        orthogonal[:, :, 0] *= flip[:, None]
        out = field.modulo(orthogonal[:, :, :columns])
        return out, None if bad is None else np.broadcast_to(bad[:, None, None], out.shape)

    def _signed(self, field: Field, seed: int, shape: tuple[int, ...], step: int) -> tuple[Ints, Bad]:
        """Residues of ±H (step 1) or of H alone (step 2)."""
        points = self.tower.points
        bits = splitmix(seed, points * math.prod(shape)).reshape(points, *shape)
        stride = field.r * step // 2 if field.r > 1 else 1
        order = field.shaped(bits)[0] - 1
        exponent = (bits % (order // stride).astype(np.uint64)).astype(np.int64) * stride
        return field.power_of_root(exponent), None

    def _plain(self, field: Field, low: Fraction | None, high: Fraction | None, name: str, seed: int, shape: tuple[int, ...]) -> tuple[Ints, Bad]:
        if low is None and high is None:
            return self._signed(field, seed, shape, 1)
        if name == "negative":
            return field.modulo(-self._signed(field, seed, shape, 2)[0]), None
        if high is None:
            return self._signed(field, seed, shape, 2)
        tries = 16 if field.r == 2 else 1
        t = self._signed(field, seed, (*shape, tries), 2)[0]
        good = ~field.outside(field.modulo(1 - t))
        chosen = np.argmax(good, axis=-1)[..., None]
        t = np.take_along_axis(t, chosen, -1)[..., 0]
        if low is None:
            raise Decline("a domain without a lower end")
        if low == 0 and high == 1:
            return t, None
        a, b = (field.constant(s).reshape((-1,) + (1,) * len(shape)) for s in (Fraction(low), Fraction(high) - Fraction(low)))
        return field.modulo(a + field.modulo(b * t)), None


def gauss(field: Field, matrix: Ints) -> tuple[Ints, Ints, Bad]:
    """Inverse and determinant of a stack of matrices by elimination with row exchanges; the mask of the singular ones."""
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


# ---------------------------------------------------------------- trees


def unfolded(node: Node) -> Node:
    """A tree in the functions that towers know: σ is 1/(1 + e^-z), tanh is (e^2z - 1)/(e^2z + 1), …"""
    below = children(node)
    if below:
        node = rebuild(node, tuple(unfolded(c) for c in below))
    if isinstance(node, Call) and node.fn not in ELEMENTARY and node.fn not in OPAQUE:
        inner = unfold(node)
        if inner is None:
            raise Decline(f"{node.fn} has no row")
        return unfolded(inner)
    return node


@dataclass(slots=True)
class Part:
    """The program of one tree (a formula, or a node's definition) with what was found out about it before running."""

    made: Program
    names: Names
    op: dict[int, tuple[str, tuple[int, ...], Any, tuple[Index, ...]]]
    numerals: dict[int, Fraction | str]


class Tower:
    """One run: sizes, points and chains fixed; values of slots by level, computed when asked for."""

    def __init__(self, kind: str, sizes: Mapping[str, int], points: int, seed: int, names: Names, strict_logs: bool, offset: int):
        self.kind, self.sizes, self.points, self.seed, self.names = kind, sizes, points, seed, names
        self.strict_logs, self.offset = strict_logs, offset
        self.depth = len(CHAINS[kind][0])
        self.fields: dict[int, Field] = {}
        self.residues = Residues(self, names, seed)
        self.values: dict[tuple[int, int, int], tuple[Ints, Bad]] = {}
        self.parts: dict[int, Part] = {}
        self.signs: dict[tuple[int, Any], tuple[Ints, Part, int]] = {}
        self.run = floats.Run(Assignment(dict(sizes), {}, points, names), names)
        self.exact = True
        """Nothing met but ring arithmetic and exp: unequal residues would then prove two formulas different."""

    def field(self, k: int) -> Field:
        level = k + self.offset
        if not 0 <= level < self.depth:
            raise Decline("exponents are nested deeper than the chains")
        if k not in self.fields:
            self.fields[k] = Field(self.kind, level, self.points, self.seed)
        return self.fields[k]

    def deeper(self, k: int) -> None:
        """Exponents of level k must form a prime field of their own."""
        if k + 1 + self.offset >= self.depth:
            raise Decline("exponents are nested deeper than the chains")

    # -------- parts and slots

    def part(self, node: Node, names: Names, order: tuple[Index, ...]) -> Part:
        kept: dict[Any, Any] = names.cache.setdefault("unfolded", {})  # type: ignore[assignment]
        entry = kept.get(id(node))
        if entry is None or entry[0] is not node:
            if len(kept) >= 64:
                kept.clear()
            entry = kept[id(node)] = (node, unfolded(node))
        made = program(entry[1], names, order)
        if id(made) not in self.parts:
            self.parts[id(made)] = Part(made, names, {o: (kind, a, x, axes) for o, kind, a, x, axes in made.ops}, dict(made.constants))
        return self.parts[id(made)]

    def definition(self, name: str, names: Names) -> Part | None:
        formula = definition_of(name, names)
        if formula is None:
            return None
        inner = formula.names if formula.names is not None and name not in formula.names else names
        return self.part(formula.body, inner, formula.free + formula.axes)

    def value(self, part: Part, slot: int, k: int) -> tuple[Ints, Bad]:
        key = (id(part.made), slot, k)
        found = self.values.get(key)
        if found is None:
            found = self.values[key] = self._compute(part, slot, k)
        return found

    def entries(self, part: Part, k: int) -> tuple[Ints, Bad]:
        """The value of a whole tree, every axis at full length."""
        made = part.made
        value, bad = self.value(part, made.out, k)
        return self._full(value, made), None if bad is None else self._full(bad, made)

    def _full(self, value: Ints, made: Program) -> Ints:
        if value.ndim == 1 and made.order:
            value = value.reshape((-1,) + (1,) * len(made.out_axes))
        return floats.full(value, made, self.points, self.run)

    def _operand(self, part: Part, slot: int, k: int, rank: int) -> tuple[Ints, Bad]:
        value, bad = self.value(part, slot, k)
        if value.ndim != rank and value.ndim == 1:
            shape = (-1,) + (1,) * (rank - 1)
            return value.reshape(shape), None if bad is None else bad.reshape(shape)
        return value, bad

    def _compute(self, part: Part, slot: int, k: int) -> tuple[Ints, Bad]:
        if slot in part.numerals:
            return self._constant(part.numerals[slot], k), None
        kind, a, x, axes = part.op[slot]
        act = OPERATIONS.get(kind)
        if act is None:
            return self._opaque(kind, part, a, k, 1 + len(axes))
        if len(a) > 0 and kind in _ON_SAME_LEVEL:
            operands = [self._operand(part, s, k, 1 + len(axes)) for s in a] if kind in _ELEMENTWISE else [self.value(part, s, k) for s in a]
            return act(self, part, operands, a, x, k, axes)
        return act(self, part, [], a, x, k, axes)

    def _constant(self, value: Fraction | str, k: int) -> Ints:
        field = self.field(k)
        if value == "e":
            self.deeper(k)
            return field.exp(np.ones(self.points, dtype=np.int64))
        if isinstance(value, str):
            self.exact = False
            return self.residues._signed(field, seed_of("pi") + k, (), 2)[0]
        if value.numerator.bit_length() + value.denominator.bit_length() > LARGEST_NUMERAL_BITS:
            raise Decline("a numeral is too long")
        return field.constant(value)

    def _opaque(self, kind: str, part: Part, a: tuple[int, ...], k: int, rank: int) -> tuple[Ints, Bad]:
        self.exact = False
        operands = [self._operand(part, s, k, rank) for s in a]
        return scramble(self.field(k), seed_of(kind) + 1009 * k + self.seed, [v for v, _ in operands]), _either(*(b for _, b in operands))

    # -------- signs and concrete numbers

    def sign(self, part: Part, key: Any, value: Ints, bad: Bad, k: int) -> tuple[Ints, Bad]:
        """The sign of a value as ±1; the same on every level, or the point does not count."""
        if self.kind != "real":
            raise Decline("signs need -1 to be no square")
        self.exact = False
        signs = np.broadcast_to(self.field(k).sign(value), (self.points, *value.shape[1:]))
        bad = _either(bad, value == 0)
        known = self.signs.get((id(part.made), key))
        if known is None:
            self.signs[(id(part.made), key)] = (signs, part, k)
        elif known[2] != k:
            bad = _either(bad, signs != known[0])
        return signs, bad

    def concrete(self, part: Part, slot: int) -> Any:
        """The value of a slot made of indices, sizes, numerals and discrete inputs alone, in floats; None otherwise."""
        key = (id(part.made), slot, "concrete")
        if key not in self.values:
            self.values[key] = self._concrete(part, slot)  # type: ignore[index, assignment]
        return self.values[key]  # type: ignore[index]

    def _concrete(self, part: Part, slot: int) -> Any:
        if slot in part.numerals:
            return part.made.template[slot]
        kind, a, x, _axes = part.op[slot]
        if kind in ("ELEM", "GATHER"):
            row = part.names.get(x[0])
            if row is None or not row.domain.integer or row.role != "input":
                return None
            self.run.assignment.values.setdefault(row.name, self.residues.integers(row).astype(float))
        elif kind not in ("INDEX", "SIZE", "DELTA", "VIEW", "ADD", "MUL", "NEG", "REL", "AND", "OR", "NOT"):
            return None
        v: dict[int, Any] = {}
        for s in a:
            v[s] = self.concrete(part, s)
            if v[s] is None:
                return None
        with np.errstate(all="ignore"):
            return floats.OPERATIONS[kind](v, a, x, self.run)  # type: ignore[arg-type]

    def condition(self, part: Part, slot: int, k: int) -> tuple[Any, Bad]:
        """A condition as a boolean array."""
        known = self.concrete(part, slot)
        if known is not None:
            return np.asarray(known) == 1.0, None
        kind, a, x, axes = part.op[slot]
        rank = 1 + len(axes)
        if kind == "VIEW":
            value, bad = self.condition(part, a[0], k)
            return value[x], None if bad is None else bad[x]
        if kind == "REL":
            if x in ("==", "!="):
                raise Decline("an equation between values is a condition")
            left, right = self._operand(part, a[0], k, rank), self._operand(part, a[1], k, rank)
            low, high = (left, right) if x in ("<", "<=") else (right, left)
            key = _difference_key(part, a, x)
            signs, bad = self.sign(part, key, self.field(k).modulo(high[0] - low[0]), _either(left[1], right[1]), k)
            return signs > 0, bad
        if kind not in ("AND", "OR", "NOT"):
            raise Decline("a condition of another kind")
        parts = [self.condition(part, s, k) for s in a]
        values = [v.reshape((-1,) + (1,) * (rank - 1)) if v.ndim == 1 and rank > 1 else v for v, _ in parts]
        bad = _either(*(b for _, b in parts))
        if kind == "NOT":
            return ~values[0], bad
        out = values[0]
        for v in values[1:]:
            out = out & v if kind == "AND" else out | v
        return out, bad


def _difference_key(part: Part, a: tuple[int, ...], op: str) -> Any:
    """Which sign a relation asks for; against 0 it is that of the other side, as in |z|."""
    for s, other in ((a[1], a[0]), (a[0], a[1])):
        if part.numerals.get(s) == 0:
            return ("sign", other, (op in (">", ">=")) == (s == a[1]))
    return ("rel", *(a if op in ("<", "<=") else a[::-1]))


def _either(*masks: Bad) -> Bad:
    out: Bad = None
    for m in masks:
        if m is not None:
            out = m if out is None else out | m
    return out


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


# ---------------------------------------------------------------- operations

Operands = list[tuple[Ints, Bad]]


def _view(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    return value[x], None if bad is None else bad[x]


def _elem(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = _named(t, part, x[0], k)
    if len(x) == 3:
        return value, bad
    return tuple(None if v is None else floats.pick(v, x[1], x[2], x[3], t.run) for v in (value, bad))  # type: ignore[return-value]


def _named(t: Tower, part: Part, name: str, k: int) -> tuple[Ints, Bad]:
    inner = t.definition(name, part.names)
    if inner is not None:
        return t.entries(inner, k)
    row = part.names.get(name)
    if row is None or row.role != "input":
        raise Decline(f"{name} has no values")
    return t.residues.tensor(row, k)


def _gather(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = _named(t, part, x[0], k)
    if bad is not None:
        value = np.where(bad, -1, value)
    out = floats.entries(value, (), x[1], x[2], t.run, -1)
    return np.maximum(out, 0), (out < 0) if (out < 0).any() else None


def _entry(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    if bad is not None:
        value = np.where(bad, -1, value)
    out = floats.entries(value, x[0], x[1], x[2], t.run, -1)
    return np.maximum(out, 0), (out < 0) if (out < 0).any() else None


def _spread(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    return floats.spread([value], (0,), x, t.run), None if bad is None else floats.spread([bad], (0,), x, t.run)


def _number(act: Callable[..., Any]) -> Callable[..., tuple[Ints, Bad]]:
    """Indices, sizes and δ: integers, the same on every level."""

    def on(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
        whole = np.asarray(act([], a, x, t.run)).astype(np.int64)
        whole = np.broadcast_to(whole, (t.points, *whole.shape[1:]) if whole.ndim else (t.points,))
        return t.field(k).modulo(whole), None

    return on


def _add(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    out = ops[0][0] + ops[1][0]
    for v, _ in ops[2:]:
        out = out + v
    return t.field(k).modulo(out), _either(*(b for _, b in ops))


def _mul(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    field = t.field(k)
    out = ops[0][0]
    for v, _ in ops[1:]:
        out = field.modulo(out * v)
    return out, _either(*(b for _, b in ops))


def _neg(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    return t.field(k).modulo(-ops[0][0]), ops[0][1]


def _power(t: Tower, part: Part, ops: Operands, a: Any, x: Fraction, k: int, axes: Any) -> tuple[Ints, Bad]:
    field = t.field(k)
    value, bad = ops[0]
    if x.denominator == 1:
        if abs(x.numerator) > LARGEST_POWER:
            raise Decline("an exponent is too large")
        if x == 2:
            return field.modulo(value * value), bad
        out, undefined = field.integer_power(value, x.numerator)
        return out, _either(bad, undefined)
    if max(abs(x.numerator), x.denominator) > LARGEST_POWER:
        raise Decline("an exponent is too large")
    t.exact = False
    if x.denominator % 2:
        signs, bad = t.sign(part, ("sign", a[0], True), value, bad, k)
        out = field.rational_power(value, x)
        return (field.modulo(out * signs) if x.numerator % 2 else out), bad
    return field.rational_power(value, x), _either(bad, field.outside(value))


def _integer_power(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = t._operand(part, a[0], k, 1 + len(axes))
    exponent = t.concrete(part, a[1])
    if exponent is None:
        raise Decline("an exponent is no number")
    exponent = np.asarray(exponent)
    if exponent.ndim == 1 and axes:
        exponent = exponent.reshape((-1,) + (1,) * len(axes))
    if np.abs(exponent).max() > LARGEST_POWER:
        raise Decline("an exponent is too large")
    value = np.broadcast_to(value, np.broadcast_shapes(value.shape, exponent.shape) if exponent.ndim else value.shape)
    out, undefined = t.field(k).integer_power(value, exponent.astype(np.int64))
    return out, _either(bad, undefined)


def _real_power(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    t.deeper(k)
    t.exact = False
    rank = 1 + len(axes)
    base, bad = t._operand(part, a[0], k, rank)
    exponent, worse = t._operand(part, a[1], k + 1, rank)
    field = t.field(k)
    _, q, *_ = field.shaped(base)
    u = field.log(base) * exponent % q
    return field.exp(u), _either(bad, worse, field.outside(base))


def _exp(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    t.deeper(k)
    u, bad = t._operand(part, a[0], k + 1, 1 + len(axes))
    return t.field(k).exp(u), bad


def logarithm(t: Tower, value: Ints, bad: Bad, k: int) -> tuple[Ints, Bad]:
    """log of a value of level k - 1, on level k."""
    t.exact = False
    field = t.field(k - 1)
    t.deeper(k - 1)
    undefined = field.outside(value) if t.strict_logs else value == 0
    return field.log(value), _either(bad, undefined if undefined.any() else None)


def _log(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    return logarithm(t, *t._operand(part, a[0], k - 1, 1 + len(axes)), k)


def _logsumexp(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    t.deeper(k - 1)
    u, bad = t.value(part, a[0], k)
    field = t.field(k - 1)
    total = field.modulo(np.add.reduce(field.exp(u), axis=x))
    return logarithm(t, total, None if bad is None else np.logical_or.reduce(bad, axis=x), k)


def _trigonometric(sine: bool) -> Callable[..., tuple[Ints, Bad]]:
    def on(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
        if t.kind != "complex":
            return t._opaque("sin" if sine else "cos", part, a, k, 1 + len(axes))
        t.deeper(k)
        z, bad = t._operand(part, a[0], k + 1, 1 + len(axes))
        field, below = t.field(k), t.field(k + 1)
        i = below.imaginary().reshape((-1,) + (1,) * (z.ndim - 1))
        wave = field.exp(below.modulo(i * z))
        back = field.inverse(wave)[0]
        half = field.constant(Fraction(1, 2))
        if sine:
            half = field.modulo(-half * field.imaginary())
        half = half.reshape((-1,) + (1,) * (z.ndim - 1))
        return field.modulo(half * field.modulo(wave - back if sine else wave + back)), bad

    return on


def _sum(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    return t.field(k).modulo(np.add.reduce(value, axis=x)), None if bad is None else np.logical_or.reduce(bad, axis=x)


def _contract(t: Tower, part: Part, ops: Operands, a: Any, x: Contraction, k: int, axes: Any) -> tuple[Ints, Bad]:
    field = t.field(k)
    out: Any = None
    worst: Bad = None
    for (value, bad), lay in zip(ops, x.views, strict=True):
        laid = value if lay is None else value[lay]
        out = laid if out is None else field.modulo(out * laid)
        worst = _either(worst, None if bad is None else bad if lay is None else bad[lay])
    if worst is not None:
        worst = np.logical_or.reduce(np.broadcast_to(worst, out.shape), axis=x.positions)
    return field.modulo(np.add.reduce(out, axis=x.positions)), worst


def _prod(t: Tower, part: Part, ops: Operands, a: Any, x: tuple[int, ...], k: int, axes: Any) -> tuple[Ints, Bad]:
    field = t.field(k)
    value, bad = ops[0]
    for axis in sorted(x, reverse=True):
        moved = np.moveaxis(value, axis, -1)
        out = moved[..., 0]
        for s in range(1, moved.shape[-1]):
            out = field.modulo(out * moved[..., s])
        value = out
    return value, None if bad is None else np.logical_or.reduce(bad, axis=x)


def _abs(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    signs, bad = t.sign(part, ("sign", a[0], True), value, bad, k)
    return t.field(k).modulo(value * signs), bad


def _sign(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    signs, bad = t.sign(part, ("sign", a[0], True), ops[0][0], ops[0][1], k)
    return t.field(k).modulo(signs), bad


def _relu(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    signs, bad = t.sign(part, ("sign", a[0], True), value, bad, k)
    return np.where(signs > 0, value, 0), bad


def _leaky_relu(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    (value, bad), (slope, worse) = ops
    signs, bad = t.sign(part, ("sign", a[0], True), value, bad, k)
    return np.where(signs > 0, value, t.field(k).modulo(slope * value)), _either(bad, worse)


def _extreme(largest: bool) -> Callable[..., tuple[Ints, Bad]]:
    """The argument that is above all others; where the signs name none, the point does not count."""

    def on(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
        field = t.field(k)
        shape = np.broadcast_shapes(*(v.shape for v, _ in ops))
        shape = (t.points, *shape[1:])
        wins = [np.ones(shape, dtype=bool) for _ in ops]
        bad = _either(*(None if b is None else np.broadcast_to(b, shape) for _, b in ops))
        for m in range(len(ops)):
            for n in range(m + 1, len(ops)):
                gap = np.broadcast_to(field.modulo(ops[m][0] - ops[n][0]), shape)
                if part.numerals.get(a[n]) == 0:
                    signs, bad = t.sign(part, ("sign", a[m], True), gap, bad, k)
                else:
                    signs, bad = t.sign(part, ("rel", a[n], a[m]), gap, bad, k)
                above = (signs > 0) == largest
                wins[m] &= above
                wins[n] &= ~above
        out = np.zeros(shape, dtype=np.int64)
        for (v, _), w in zip(ops, wins, strict=True):
            out = np.where(w, v, out)
        return out, _either(bad, ~np.logical_or.reduce(wins))

    return on


def _extreme_over(largest: bool) -> Callable[..., tuple[Ints, Bad]]:
    def on(t: Tower, part: Part, ops: Operands, a: Any, x: tuple[int, ...], k: int, axes: Any) -> tuple[Ints, Bad]:
        field = t.field(k)
        value, bad = ops[0]
        moved = np.moveaxis(value, x, range(-len(x), 0)).reshape(*(s for d, s in enumerate(value.shape) if d not in x), -1)
        n = moved.shape[-1]
        if moved.shape[0] == 1:
            moved = np.broadcast_to(moved, (t.points, *moved.shape[1:]))
        pairs = [(m, s) for m in range(n) for s in range(m + 1, n)]
        if not pairs:
            return moved[..., 0], None if bad is None else np.logical_or.reduce(bad, axis=x)
        first, second = ([p[e] for p in pairs] for e in (0, 1))
        gap = field.modulo(moved[..., first] - moved[..., second])
        signs, undefined = t.sign(part, ("over", a[0], x), gap, None, k)
        above = (signs > 0) == largest
        wins = np.ones(moved.shape, dtype=bool)
        for c, (m, s) in enumerate(pairs):
            wins[..., m] &= above[..., c]
            wins[..., s] &= ~above[..., c]
        out = np.where(wins, moved, 0).sum(-1)
        missing = ~wins.any(-1)
        if undefined is not None:
            missing = missing | undefined.any(-1)
        return out, _either(missing, None if bad is None else np.logical_or.reduce(bad, axis=x))

    return on


def _cases(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    rank, n = 1 + len(axes), len(a)
    shape = (t.points, *(t.run.length(i) for i in axes))
    if n % 2:
        out, bad = t._operand(part, a[-1], k, rank)
        bad = np.zeros(shape, dtype=bool) if bad is None else np.broadcast_to(bad, shape)
    else:
        out, bad = np.zeros(shape, dtype=np.int64), np.ones(shape, dtype=bool)
    for s in range(n - n % 2 - 2, -1, -2):
        holds, unsure = t.condition(part, a[s], k)
        if holds.ndim != rank:
            holds = holds.reshape((-1,) + (1,) * (rank - 1))
            unsure = None if unsure is None else unsure.reshape((-1,) + (1,) * (rank - 1))
        value, undefined = t._operand(part, a[s + 1], k, rank)
        out = np.where(holds, value, out)
        bad = np.where(holds, False if undefined is None else undefined, bad)
        if unsure is not None:
            bad = bad | unsure
    return out, bad if bad.any() else None


def _matrix(which: str) -> Callable[..., tuple[Ints, Bad]]:
    def on(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
        level = k - 1 if which == "LOGDET" else k
        matrix, bad = t.value(part, a[0], level)
        if matrix.shape[0] == 1:
            matrix = np.broadcast_to(matrix, (t.points, *matrix.shape[1:]))
        field = t.field(level)
        back, det, singular = gauss(field, np.ascontiguousarray(matrix))
        if bad is not None:
            bad = bad.any(axis=(-2, -1))
        if which == "INV":
            t.exact = False
            bad = _either(bad, singular)
            return back, None if bad is None else np.broadcast_to(bad[..., None, None], back.shape)
        if singular is not None:
            det = np.where(singular, 0, det)
        return (det, bad) if which == "DET" else logarithm(t, det, bad, k)

    return on


def _apply(t: Tower, part: Part, ops: Operands, a: Any, x: tuple[str, int], k: int, axes: Any) -> tuple[Ints, Bad]:
    t.exact = False
    return scramble(t.field(k), seed_of(f"{x[0]}'{x[1]}") + 1009 * k + t.seed, [v for v, _ in ops]), _either(*(b for _, b in ops))


OPERATIONS: Mapping[str, Callable[..., tuple[Ints, Bad]]] = {
    "VIEW": _view,
    "ELEM": _elem,
    "GATHER": _gather,
    "ENTRY": _entry,
    "SPREAD": _spread,
    "INDEX": _number(floats.index_value),
    "DELTA": _number(floats.delta),
    "SIZE": _number(floats.size_value),
    "ADD": _add,
    "MUL": _mul,
    "NEG": _neg,
    "POWER": _power,
    "INTEGER_POWER": _integer_power,
    "REAL_POWER": _real_power,
    "SUM": _sum,
    "CONTRACT": _contract,
    "PROD": _prod,
    "MAX": _extreme_over(True),
    "MIN": _extreme_over(False),
    "LOGSUMEXP": _logsumexp,
    "CASES": _cases,
    "INV": _matrix("INV"),
    "DET": _matrix("DET"),
    "LOGDET": _matrix("LOGDET"),
    "APPLY": _apply,
    "exp": _exp,
    "log": _log,
    "sin": _trigonometric(True),
    "cos": _trigonometric(False),
    "abs": _abs,
    "sign": _sign,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "max": _extreme(True),
    "min": _extreme(False),
}

_OTHER_LEVELS = frozenset({"exp", "log", "sin", "cos", "LOGSUMEXP", "LOGDET", "DET", "INV", "CASES", "REAL_POWER", "INTEGER_POWER"})
_LAYOUT = frozenset({"VIEW", "SPREAD", "ENTRY", "SUM", "CONTRACT", "PROD", "MAX", "MIN"})
_ON_SAME_LEVEL = frozenset(OPERATIONS) - _OTHER_LEVELS
_ELEMENTWISE = _ON_SAME_LEVEL - _LAYOUT


# ---------------------------------------------------------------- before running


@dataclass(slots=True)
class Survey:
    """What a pair of formulas needs: levels, patterns, degree, work; all counted before anything runs."""

    low: int = 0
    high: int = 0
    signs: int = 0
    trigonometric: bool = False
    logs_in_exponents: bool = False
    constants: bool = False
    """Whether something hangs on constants such as log 2, π, e."""
    integers: bool = False
    discrete: float = 0.0
    discrete_degree: float = 0.0
    entries: int = 0


_LOG_KINDS = LOGS | {"REAL_POWER"}


class _Surveyor:
    def __init__(self, tower: Tower):
        self.t = tower
        self.found = Survey()
        self.seen: set[tuple[int, int, int]] = set()
        self.sign_keys: set[tuple[int, Any]] = set()
        self.discrete: dict[str, float] = {}
        self.logs: dict[tuple[int, int], bool] = {}
        self.degrees: dict[tuple[int, int], tuple[float, float, float]] = {}

    def visit(self, part: Part, slot: int, k: int) -> None:
        """Levels, signs, discrete inputs and work below a slot."""
        key = (id(part.made), slot, k)
        if key in self.seen:
            return
        self.seen.add(key)
        found = self.found
        found.low, found.high = min(found.low, k), max(found.high, k)
        if slot in part.numerals:
            found.constants |= isinstance(part.numerals[slot], str)
            if part.numerals[slot] == "e":
                found.high = max(found.high, k + 1)
            return
        kind, a, x, axes = part.op[slot]
        lengths = math.prod(self.t.run.length(i) for i in (x.union if kind == "CONTRACT" else axes))
        found.entries += lengths
        if kind in ("ELEM", "GATHER"):
            inner = self.t.definition(x[0], part.names)
            if inner is not None:
                self.visit(inner, inner.made.out, k)
                return
            row = part.names.get(x[0])
            if row is not None and row.domain.integer:
                self._discrete(row)
            return
        if kind in ("sin", "cos"):
            found.trigonometric = True
        if kind in ("exp", "sin", "cos", "REAL_POWER"):
            found.high = max(found.high, k + 1)
            exponent = a[-1]
            found.logs_in_exponents |= self.carries_log(part, exponent)
            for s in a[:-1]:
                self.visit(part, s, k)
                found.constants |= s in part.numerals
            self.visit(part, exponent, k + 1)
            return
        if kind in LOGS:
            found.low = min(found.low, k - 1)
            for s in a:
                self.visit(part, s, k - 1 if kind != "LOGSUMEXP" else k)
                found.constants |= s in part.numerals or not self._varies(part, s)
            return
        if kind == "POWER" and x.denominator > 1:
            found.high = max(found.high, k + 1)
            if x.denominator % 2:
                self._sign(part, ("sign", a[0]), lengths)
        if kind in ("abs", "sign", "relu", "leaky_relu"):
            self._sign(part, ("sign", a[0]), lengths)
        if kind == "REL" and self.t.concrete(part, slot) is None:
            key_of = _difference_key(part, a, x)
            self._sign(part, key_of[:2] if key_of[0] == "sign" else key_of, lengths)
        if kind in ("max", "min"):
            self._sign(part, ("pairs", a), lengths * len(a) * (len(a) - 1) // 2)
        if kind in ("MAX", "MIN"):
            inner_axes = part.op[a[0]][3] if a[0] in part.op else ()
            n = math.prod(self.t.run.length(i) for i in inner_axes) // max(1, lengths)
            self._sign(part, ("over", a[0], x), lengths * n * (n - 1) // 2)
        for s in a:
            self.visit(part, s, k)

    def _sign(self, part: Part, key: Any, entries: int) -> None:
        if (id(part.made), key) not in self.sign_keys:
            self.sign_keys.add((id(part.made), key))
            self.found.signs += entries

    def _discrete(self, row: Declared) -> None:
        shape = self.t.residues.shape(row)
        count = math.prod(shape)
        if row.domain.structure == "onehot":
            bits = count / shape[-1] * math.log2(shape[-1])
        elif row.domain.values:
            bits = float(count)
        else:
            bits, self.found.integers = 0.0, True
        self.discrete[row.name] = bits
        self.found.discrete = sum(self.discrete.values())

    def _varies(self, part: Part, slot: int) -> bool:
        if slot in part.numerals:
            return False
        kind, a, _x, _axes = part.op[slot]
        return kind in ("ELEM", "GATHER") or any(self._varies(part, s) for s in a)

    def carries_log(self, part: Part, slot: int) -> bool:
        """Whether a logarithm is below a slot."""
        if slot in part.numerals:
            return False
        key = (id(part.made), slot)
        if key not in self.logs:
            self.logs[key] = False
            kind, a, x, _ = part.op[slot]
            inner = self.t.definition(x[0], part.names) if kind in ("ELEM", "GATHER") else None
            self.logs[key] = kind in _LOG_KINDS or any(self.carries_log(part, s) for s in a) or (inner is not None and self.carries_log(inner, inner.made.out))
        return self.logs[key]

    def degree(self, part: Part, slot: int) -> tuple[float, float, float]:
        """(numerator, denominator, degree in discrete inputs as bits), exponentials, logarithms and roots counting as variables."""
        if slot in part.numerals:
            return 0.0, 0.0, 0.0
        key = (id(part.made), slot)
        if key not in self.degrees:
            self.degrees[key] = self._degree(part, slot)
        return self.degrees[key]

    def _degree(self, part: Part, slot: int) -> tuple[float, float, float]:
        kind, a, x, axes = part.op[slot]
        every = sum(self.discrete.values())
        if kind in ("ELEM", "GATHER"):
            inner = self.t.definition(x[0], part.names)
            if inner is not None:
                return self.degree(inner, inner.made.out)
            row = part.names.get(x[0])
            bits = self.discrete.get(x[0], 0.0)
            if row is not None and row.domain.structure == "onehot":
                bits = min(bits, math.log2(max(2, self.t.residues.shape(row)[-1])))
            return 1.0, 0.0, min(bits, every) if row is not None and row.domain.structure == "onehot" else min(bits, 1.0)
        below = [self.degree(part, s) for s in a]
        if kind in ("VIEW", "SPREAD", "ENTRY", "NEG"):
            return below[0]
        match kind:
            case "ADD" | "CASES" | "max" | "min" | "relu" | "leaky_relu":
                dens = sum(d for _, d, _ in below)
                return max(n + dens - d for n, d, _ in below), dens, min(every, max(b for *_, b in below) if dens == 0 else sum(b for *_, b in below))
            case "MUL":
                return sum(n for n, *_ in below), sum(d for _, d, _ in below), min(every, sum(b for *_, b in below))
            case "POWER" if x.denominator == 1:
                m = abs(x.numerator)
                n, d, b = below[0]
                return (n * m, d * m, min(every, b * m)) if x > 0 else (d * m, n * m, min(every, b * m))
            case "SUM" | "CONTRACT":
                union = x.union if kind == "CONTRACT" else part.op[a[0]][3]
                times = math.prod(self.t.run.length(i) for i in union) / max(1, math.prod(self.t.run.length(i) for i in axes))
                n, d, b = sum(n for n, *_ in below), sum(d for _, d, _ in below), sum(b for *_, b in below)
                return n + (times - 1) * d, times * d, min(every, b if d == 0 else b * times)
            case "PROD":
                times = math.prod(self.t.run.length(i) for i in part.op[a[0]][3]) / max(1, math.prod(self.t.run.length(i) for i in axes))
                n, d, b = below[0]
                return n * times, d * times, min(every, b * times)
            case "INV" | "DET":
                size = self.t.run.length(part.op[a[0]][3][-1])
                n, d, b = below[0]
                whole = size * (n + size * d)
                return whole, whole, min(every, b * size * size)
            case "INTEGER_POWER":
                n, d, b = below[0]
                return n * 40, d * 40, every
            case "INDEX" | "SIZE" | "DELTA" | "REL" | "AND" | "OR" | "NOT":
                return 0.0, 0.0, min(every, sum(b for *_, b in below))
            case _:
                c = 1.0
                if kind in ("exp", "sin", "cos"):
                    c = self._coefficient(part, a[0])
                return c + max((n for n, *_ in below), default=0.0), c + max((d for _, d, _ in below), default=0.0), every if any(b for *_, b in below) else 0.0

    def _coefficient(self, part: Part, slot: int) -> float:
        """How large a multiple of one exponent a sum of numerals can make: e^(3u) has degree 3 in e^u."""
        if slot in part.numerals:
            value = part.numerals[slot]
            return float(max(abs(value.numerator), value.denominator)) if isinstance(value, Fraction) else 1.0
        kind, a, _, _ = part.op[slot]
        if kind == "MUL":
            return math.prod(self._coefficient(part, s) for s in a)
        if kind == "ADD":
            return sum(self._coefficient(part, s) for s in a)
        return max((self._coefficient(part, s) for s in a), default=1.0) if kind in ("NEG", "VIEW") else 1.0


# ---------------------------------------------------------------- the question


def tower_equal(a: Formula, b: Formula, sizes: Sequence[Mapping[str, int]], budget: int = WORK, names: Names | None = None) -> tuple[bool | None, str]:
    """Whether two formulas are equal at each of the sizes: True with its error bound, False (only where ring arithmetic and exp decide), or None with the reason.

    True means equal wherever both are defined, kinks of signs and cases aside. The draws depend on nothing but the arguments.
    """
    names = next((n for n in (a.names, b.names, names) if n is not None), Names())
    worst, shown = 0.0, []
    for at in sizes:
        try:
            verdict, error = _equal_at(a, b, dict(at), budget, names)
        except (Decline, Unevaluable, TooMuchWork, DrawError) as reason:
            return None, f"the tower does not apply: {reason}"
        except RecursionError:
            return None, "the tower does not apply: nested too deeply"
        if verdict is not True:
            return verdict, "residues differ" if verdict is False else "residues differ, or too few points count"
        worst = max(worst, error)
        shown.append(", ".join(f"{s} = {n}" for s, n in at.items()))
    where = "; ".join(s for s in shown if s)
    bound = f"error < 10^{math.ceil(math.log10(worst)) if worst > 0 else -300}"
    return True, f"{where} ({bound})" if where else bound


def _equal_at(a: Formula, b: Formula, sizes: dict[str, int], budget: int, names: Names) -> tuple[bool | None, float]:
    _check_numerals(a.body)
    _check_numerals(b.body)
    kinds = ("real",)
    if any(isinstance(n, Call) and n.fn in _TRIGONOMETRIC for f in (a, b) for n in _everything(f, names)):
        kinds = ("complex", "real")
    reason: Decline | None = None
    outcome: tuple[bool | None, float] = (None, 1.0)
    for kind in kinds:
        try:
            outcome = _equal_in(kind, a, b, sizes, budget, names)
        except Decline as declined:
            reason = declined
            continue
        if outcome[0] is not None:
            return outcome
    if reason is not None and len(kinds) == 1:
        raise reason
    return outcome


_TRIGONOMETRIC = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})


def _everything(formula: Formula, names: Names) -> list[Node]:
    """The nodes of a formula and of the definitions below it."""
    out: list[Node] = []
    seen: set[str] = set()
    pending = [(formula.body, formula.names or names)]
    while pending:
        body, inner = pending.pop()
        for node in walk(body):
            out.append(node)
            name = getattr(node, "name", None)
            if isinstance(name, str) and name not in seen and (formula_of := definition_of(name, inner)) is not None:
                seen.add(name)
                pending.append((formula_of.body, formula_of.names or inner))
    return out


def _check_numerals(node: Node) -> None:
    for n in walk(node):
        if isinstance(n, Pow) and isinstance(n.exponent, Num) and max(abs(n.exponent.value.numerator), n.exponent.value.denominator) > LARGEST_POWER:
            raise Decline("an exponent is too large")


def _equal_in(kind: str, a: Formula, b: Formula, sizes: dict[str, int], budget: int, names: Names) -> tuple[bool | None, float]:
    probe = Tower(kind, sizes, 1, 1, names, True, 0)
    survey = _Surveyor(probe)
    sides = []
    for f in (a, b):
        part = probe.part(f.body, f.names if f.names is not None else names, f.free + f.axes)
        survey.visit(part, part.made.out, 0)
        sides.append(part)
    found = survey.found
    levels = found.high - found.low + 1
    if levels > probe.depth:
        raise Decline("exponents are nested deeper than the chains")
    if kind == "real" and found.integers and found.signs:
        raise Decline("signs of multiples of integers")
    degrees = [survey.degree(p, p.made.out) for p in sides]
    degree = max(1.0, degrees[0][0] + degrees[1][1], degrees[1][0] + degrees[0][1])
    discrete = min(found.discrete, sum(d[2] for d in degrees)) if found.signs == 0 else found.discrete
    patterns = found.signs + discrete
    if patterns > MOST_PATTERNS:
        raise Decline(f"{patterns:.0f} signs and labels give too many patterns")
    wanted = max(ACCEPTED, math.ceil(32 * 2**patterns) if patterns else 0)
    points = max(POINTS, 2 * wanted)
    chains = CHAINS[kind][1]
    smallest = min(chain[k] for chain in chains for k in range(levels))
    domain = 2 * INTEGERS + 1 if found.integers else smallest * 2 // CHAINS[kind][0][0]
    chance = degree / domain
    if chance > 0.5:
        raise Decline("the degree is too high for the primes")
    while True:
        if points * max(1, found.entries) > budget or points > MOST_POINTS:
            return None, 1.0
        outcome = _run(kind, a, b, sizes, names, points, found, wanted)
        if outcome is None:
            points *= 4
            continue
        equal, counted, used = outcome
        if not equal:
            return (False if used is None else None), 1.0
        miss = chance + (1 - chance) * (1 - 2.0**-patterns)
        error = miss**counted if miss > 0 else 0.0
        if found.constants:
            error = max(error, min(1.0, chance) ** (used or 1))
        return (True, error) if error <= TRUSTED else (None, error)


def _run(kind: str, a: Formula, b: Formula, sizes: dict[str, int], names: Names, points: int, found: Survey, wanted: int) -> tuple[bool, int, int | None] | None:
    """(equal, points that counted, chains they lie in); None where too few points count. Unequal with no chain: proved different."""
    tower = Tower(kind, sizes, points, 20_011, names, found.logs_in_exponents, -found.low)
    values = []
    for f in (a, b):
        part = tower.part(f.body, f.names if f.names is not None else names, f.free + f.axes)
        values.append(tower.entries(part, 0))
    (left, bad_left), (right, bad_right) = values
    if left.shape != right.shape:
        raise Decline("the shapes differ")
    left, right = left.reshape(points, -1), right.reshape(points, -1)
    bad = _either(None if bad_left is None else bad_left.reshape(points, -1), None if bad_right is None else bad_right.reshape(points, -1))
    differ = left != right
    if bad is not None:
        differ = differ & ~bad
    if differ.any():
        return False, 0, (None if tower.exact else 0)
    chains = len(CHAINS[kind][1])
    good = np.ones_like(differ) if bad is None else ~bad
    if tower.signs:
        good = np.broadcast_to(good.all(axis=1, keepdims=True), good.shape)
    counts = good.sum(axis=0)
    if counts.min() < wanted:
        return None
    used = min(len(np.unique(np.flatnonzero(column) % chains)) for column in good.T)
    if used < chains // 2:
        return None
    if tower.signs and not _patterns_met(tower, a, b, sizes, names, good[:, 0]):
        raise Decline("a pattern of signs that real points show was not met")
    return True, int(counts.min()), used


REAL_POINTS = 256
MET = 4


def _patterns_met(tower: Tower, a: Formula, b: Formula, sizes: dict[str, int], names: Names, good: Ints) -> bool:
    """Whether every pattern of signs at real points occurred at points that counted."""
    assignment = draw(names, sizes, REAL_POINTS, 77)
    runs: dict[int, list[Any]] = {}
    met: list[Ints] = []
    real: list[Ints] = []
    with np.errstate(all="ignore"):
        for (_, key), (signs, part, _) in tower.signs.items():
            if id(part.made) not in runs:
                runs[id(part.made)] = floats.run_values(part.made, floats.Run(assignment, part.names))
            v = runs[id(part.made)]
            match key[0]:
                case "sign":
                    value = v[key[1]] if key[2] else -np.asarray(v[key[1]])
                case "rel":
                    value = v[key[2]] - v[key[1]]
                case _:
                    whole = np.asarray(v[key[1]])
                    x = key[2]
                    flat = np.moveaxis(whole, x, range(-len(x), 0)).reshape(*(s for d, s in enumerate(whole.shape) if d not in x), -1)
                    n = flat.shape[-1]
                    pairs = [(m, s) for m in range(n) for s in range(m + 1, n)]
                    value = flat[..., [p[0] for p in pairs]] - flat[..., [p[1] for p in pairs]]
            value = np.asarray(value)
            value = value.reshape(1, -1) if value.ndim == 0 else value.reshape(value.shape[0], -1)
            real.append(np.broadcast_to(np.sign(value), (REAL_POINTS, value.shape[1])))
            met.append(signs.reshape(signs.shape[0], -1))
    shown = np.concatenate(real, axis=1)
    shown = shown[np.isfinite(shown).all(axis=1) & (shown != 0).all(axis=1)]
    seen = np.concatenate(met, axis=1)[good]
    weights = 1 << np.arange(seen.shape[1], dtype=np.int64)
    codes, counts = np.unique(((seen > 0) * weights).sum(axis=1), return_counts=True)
    enough = set(codes[counts >= MET].tolist())
    needed = set(((shown > 0) * weights).sum(axis=1).tolist())
    return bool(needed) and needed <= enough
