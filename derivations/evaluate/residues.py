"""Formulas to residues along towers of primes: inputs drawn on every level, and one row an operation.

A value is asked for on a level (`Tower.value`); e^u asks u one level deeper, log a asks a one level higher, everything
else stays. Values carry a mask of the entries that have none there: 1/0, a root of what is outside of H, a sign that
differs between levels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derivations.atoms import unfold
from derivations.domains import Declared, Names
from derivations.evaluate import floats
from derivations.evaluate.draw import Assignment, seed_of, splitmix
from derivations.evaluate.fields import CHAINS, Bad, Decline, Field, Ints, gauss, scramble
from derivations.evaluate.program import Contraction, Program, definition_of, literal, program
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Bound,
    Call,
    Const,
    Index,
    Mul,
    Node,
    Num,
    add,
    call,
    children,
    mul,
    names_in,
    neg,
    power,
    rebuild,
)

LARGEST_NUMERAL_BITS = 160
LARGEST_POWER = 1 << 10
INTEGERS = 20
"""Integers are drawn from -20..20."""

ELEMENTARY = frozenset({"exp", "log", "sin", "cos", "abs", "sign", "max", "min", "relu", "leaky_relu"})
OPAQUE = frozenset({"asin", "atan", "erf", "factorial", "floor", "ceil", "lgamma", "digamma", "trigamma"})
"""Functions without a relation here: scrambled residues. Every other function is unfolded by its definition in `atoms`.
"""
LOGS = frozenset({"log", "LOGSUMEXP", "LOGDET"})

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
                found = (
                    (bits[..., :1] >> np.uint64(9)) % np.uint64(shape[-1]) == np.arange(shape[-1], dtype=np.uint64)
                ).astype(np.int64)
            elif row.domain.values:
                found = np.array(row.domain.values)[
                    ((bits >> np.uint64(9)) % np.uint64(len(row.domain.values))).astype(np.int64)
                ]
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
            return self._plain(field, domain.low, domain.high, domain.name, seed, shape, row.name)
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

    def _signed(
        self, field: Field, seed: int, shape: tuple[int, ...], step: int, sign_seed: int | None = None
    ) -> tuple[Ints, Bad]:
        """Residues of ±H (step 1) or of H alone (step 2); with a seed of their own, signs are the same on every
        level."""
        points = self.tower.points
        bits = splitmix(seed, points * math.prod(shape)).reshape(points, *shape)
        order = field.shaped(bits)[0] - 1
        exponent = (bits % (order // field.r).astype(np.uint64)).astype(np.int64) * field.r
        if step == 1 and sign_seed is not None:
            negative = splitmix(sign_seed, points * math.prod(shape)).reshape(points, *shape) >> np.uint64(
                17
            ) & np.uint64(1)
            exponent = exponent + negative.astype(np.int64) * (field.r // 2)
        elif step == 1:
            exponent = exponent + (bits >> np.uint64(43) & np.uint64(1)).astype(np.int64) * (field.r // 2)
        return field.power_of_root(exponent), None

    def _plain(
        self,
        field: Field,
        low: Fraction | None,
        high: Fraction | None,
        name: str,
        seed: int,
        shape: tuple[int, ...],
        key: str,
    ) -> tuple[Ints, Bad]:
        if low is None and high is None:
            return self._signed(field, seed, shape, 1, self.seed ^ seed_of("sign of " + key))
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
        a, b = (
            field.constant(s).reshape((-1,) + (1,) * len(shape))
            for s in (Fraction(low), Fraction(high) - Fraction(low))
        )
        return field.modulo(a + field.modulo(b * t)), None


# ---------------------------------------------------------------- trees


def unfolded(node: Node, names: Names) -> Node:
    """A tree in the functions that towers know: σ is 1/(1 + e^-z), tanh is (e^2z - 1)/(e^2z + 1), …"""
    below = children(node)
    if below:
        node = rebuild(node, tuple(unfolded(c, names) for c in below))
    if isinstance(node, Call) and node.fn in ("sin", "cos"):
        return _turned(node)
    if isinstance(node, Call) and node.fn == "exp":
        return _without_logs(node, names)
    if isinstance(node, Call) and node.fn not in ELEMENTARY and node.fn not in OPAQUE:
        inner = unfold(node)
        if inner is None:
            raise Decline(f"{node.fn} has no row")
        return unfolded(inner, names)
    return node


def _without_logs(node: Call, names: Names) -> Node:
    """e^(u + m log a) = a^m e^u for whole m, and so with logsumexp: softmax needs no logarithm. Of a discrete name it
    stays: log 0 has no value."""
    powers, rest = [], []
    for term in node.args[0].args if isinstance(node.args[0], Add) else node.args:
        factors = term.args if isinstance(term, Mul) else (term,)
        logs = [
            f
            for f in factors
            if (isinstance(f, Call) and f.fn == "log") or (isinstance(f, Bound) and f.op == "logsumexp")
        ]
        others = [f for f in factors if f not in logs]
        m = literal(mul(*others)) if len(logs) == 1 else None
        if (
            m is None
            or m.denominator != 1
            or (
                isinstance(logs[0], Call)
                and any((row := names.get(n)) is not None and row.domain.integer for n in names_in(logs[0]))
            )
        ):
            rest.append(term)
        elif isinstance(logs[0], Bound):
            powers.append(power(Bound("sum", logs[0].indices, call("exp", logs[0].body)), Num(m)))
        else:
            powers.append(power(children(logs[0])[0], Num(m)))
    if not powers:
        return node
    return mul(*powers, call("exp", add(*rest))) if rest else mul(*powers)


def _turned(node: Call) -> Node:
    """sin and cos of z + kπ/2 as ±sin z or ±cos z: π has no residue of its own."""
    terms = node.args[0].args if isinstance(node.args[0], Add) else (node.args[0],)
    quarters, rest = Fraction(0), []
    for term in terms:
        factors = term.args if isinstance(term, Mul) else (term,)
        others = [f for f in factors if not (isinstance(f, Const) and f.name == "pi")]
        value = literal(mul(*others)) if len(others) == len(factors) - 1 else None
        if value is None or (2 * value).denominator != 1:
            rest.append(term)
        else:
            quarters += 2 * value
    if not quarters:
        return node
    z = add(*rest)
    which = (int(quarters) + (node.fn == "cos")) % 4
    out: Node = call("cos" if which % 2 else "sin", z) if rest else ONE if which % 2 else ZERO
    return neg(out) if which >= 2 else out


@dataclass(slots=True)
class Part:
    """The program of one tree (a formula, or a node's definition) with what was found out about it before running."""

    made: Program
    names: Names
    op: dict[int, tuple[str, tuple[int, ...], Any, tuple[Index, ...]]]
    numerals: dict[int, Fraction | str]


class Tower:
    """One run: sizes, points and chains fixed; values of slots by level, computed when asked for."""

    def __init__(
        self, kind: str, sizes: Mapping[str, int], points: int, seed: int, names: Names, strict_logs: bool, offset: int
    ):
        self.kind, self.sizes, self.points, self.seed, self.names = kind, sizes, points, seed, names
        self.strict_logs, self.offset = strict_logs, offset
        self.depth = len(CHAINS[kind][0])
        self.fields: dict[int, Field] = {}
        self.residues = Residues(self, names, seed)
        self.values: dict[tuple[int, int, int], tuple[Ints, Bad]] = {}
        self.parts: dict[int, Part] = {}
        self.signs: dict[tuple[int, Any], tuple[Ints, Bad, Part, float]] = {}
        """By key: the signs on level 0, where they are not defined, the program they belong to, and how often the value
        is 0."""
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
            entry = kept[id(node)] = (node, unfolded(node, names))
        made = program(entry[1], names, order)
        if id(made) not in self.parts:
            self.parts[id(made)] = Part(
                made, names, {o: (kind, a, x, axes) for o, kind, a, x, axes in made.ops}, dict(made.constants)
            )
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
            value, bad = self._compute(part, slot, k)
            if bad is not None and bad.shape != value.shape:
                shape = np.broadcast_shapes(bad.shape, value.shape)
                value, bad = np.broadcast_to(value, shape), np.broadcast_to(bad, shape)
            found = self.values[key] = (value, bad)
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
            operands = (
                [self._operand(part, s, k, 1 + len(axes)) for s in a]
                if kind in _ELEMENTWISE
                else [self.value(part, s, k) for s in a]
            )
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
        return scramble(self.field(k), seed_of(kind) + 1009 * k + self.seed, [v for v, _ in operands]), either(
            *(b for _, b in operands)
        )

    # -------- signs and concrete numbers

    def sign(self, part: Part, key: Any, rank: int, k: int) -> tuple[Ints, Bad]:
        """The sign ±1 of what a key names: the one it has on level 0; where level k has another, the point does not
        count.

        Keys: ("sign", slot, True) of a value, ("sign", slot, False) of its negative, ("rel", low, high) of high - low,
        ("over", slot, positions) of all differences of entries along some axes.
        """
        number = self.concrete(part, key[1]) if key[0] == "sign" else None
        if number is not None:
            whole = np.sign(number).astype(np.int64) * (1 if key[2] else -1)
            return np.broadcast_to(
                whole.reshape((-1,) + (1,) * (rank - 1)) if whole.ndim <= 1 else whole,
                (self.points, *whole.shape[1:rank]),
            ), None
        if self.kind != "real":
            raise Decline("signs need -1 to be no square")
        self.exact = False
        known = self.signs.get((id(part.made), key))
        if known is None:
            signs, bad = self._sign_on(part, key, rank, 0)
            ties = (
                0.0
                if bad is None or not bad.any()
                else float((self._signed_value(part, key, rank, 0)[0] == 0).reshape(self.points, -1).mean(axis=0).max())
            )
            known = self.signs[(id(part.made), key)] = (signs, bad, part, ties)
        signs, bad = known[:2]
        if k:
            others, worse = self._sign_on(part, key, rank, k)
            bad = either(bad, worse, signs != others)
        return signs, bad

    def _sign_on(self, part: Part, key: Any, rank: int, k: int) -> tuple[Ints, Bad]:
        self.deeper(k)
        value, bad = self._signed_value(part, key, rank, k)
        if value.shape[0] == 1:
            value = np.broadcast_to(value, (self.points, *value.shape[1:]))
        zero = value == 0
        return self.field(k).sign(value), either(bad, zero if zero.any() else None)

    def _signed_value(self, part: Part, key: Any, rank: int, k: int) -> tuple[Ints, Bad]:
        field = self.field(k)
        if key[0] == "over":
            value, bad = self.value(part, key[1], k)
            first, second = pairs_along(value, key[2])
            return field.modulo(first - second), None if bad is None else np.logical_or(*pairs_along(bad, key[2]))
        if key[0] == "rel":
            (low, bad), (high, worse) = (self._operand(part, s, k, rank) for s in key[1:])
            return field.modulo(high - low), either(bad, worse)
        value, bad = self._operand(part, key[1], k, rank)
        return (value if key[2] else field.modulo(-value)), bad

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
        elif kind not in _CONCRETE or (kind == "POWER" and (x.denominator != 1 or x < 0)):
            return None
        v: dict[int, Any] = {}
        for s in a:
            v[s] = self.concrete(part, s)
            if v[s] is None:
                return None
        with np.errstate(all="ignore"):
            out = floats.OPERATIONS[kind](v, a, x, self.run)  # type: ignore[arg-type]
        return out if np.all(np.abs(out) < EXACT_IN_FLOATS) else None

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
            signs, bad = self.sign(part, difference_key(part, a, x), rank, k)
            return signs > 0, bad
        if kind not in ("AND", "OR", "NOT"):
            raise Decline("a condition of another kind")
        parts = [self.condition(part, s, k) for s in a]
        values = [v.reshape((-1,) + (1,) * (rank - 1)) if v.ndim == 1 and rank > 1 else v for v, _ in parts]
        bad = either(*(b for _, b in parts))
        if kind == "NOT":
            return ~values[0], bad
        out = values[0]
        for v in values[1:]:
            out = out & v if kind == "AND" else out | v
        return out, bad


EXACT_IN_FLOATS = 2.0**40
_CONCRETE = frozenset(
    {"INDEX", "SIZE", "DELTA", "VIEW", "ADD", "MUL", "NEG", "POWER", "INTEGER_POWER", "REL", "AND", "OR", "NOT"}
)


def difference_key(part: Part, a: tuple[int, ...], op: str) -> Any:
    """Which sign a relation asks for; against 0 it is that of the other side, as in |z|."""
    for s, other in ((a[1], a[0]), (a[0], a[1])):
        if part.numerals.get(s) == 0:
            return ("sign", other, (op in (">", ">=")) == (s == a[1]))
    return ("rel", *(a if op in ("<", "<=") else a[::-1]))


def either(*masks: Bad) -> Bad:
    out: Bad = None
    for m in masks:
        if m is not None:
            out = m if out is None else out | m
    return out


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
    return t.field(k).modulo(out), either(*(b for _, b in ops))


def _mul(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    field = t.field(k)
    out = ops[0][0]
    for v, _ in ops[1:]:
        out = field.modulo(out * v)
    return out, either(*(b for _, b in ops))


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
        return out, either(bad, undefined)
    if max(abs(x.numerator), x.denominator) > LARGEST_POWER:
        raise Decline("an exponent is too large")
    t.exact = False
    if x.denominator % 2:
        signs, worse = t.sign(part, ("sign", a[0], True), 1 + len(axes), k)
        out = field.rational_power(value, x)
        return (field.modulo(out * signs) if x.numerator % 2 else out), either(bad, worse)
    return field.rational_power(value, x), either(bad, field.outside(value))


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
    return out, either(bad, undefined)


def _real_power(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    t.deeper(k)
    t.exact = False
    rank = 1 + len(axes)
    base, bad = t._operand(part, a[0], k, rank)
    exponent, worse = t._operand(part, a[1], k + 1, rank)
    field = t.field(k)
    _, q, *_ = field.shaped(base)
    u = field.log(base) * exponent % q
    return field.exp(u), either(bad, worse, field.outside(base))


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
    return field.log(value), either(bad, undefined if undefined.any() else None)


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
        worst = either(worst, None if bad is None else bad if lay is None else bad[lay])
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
    signs, worse = t.sign(part, ("sign", a[0], True), 1 + len(axes), k)
    return t.field(k).modulo(value * signs), either(bad, worse)


def _sign(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    signs, bad = t.sign(part, ("sign", a[0], True), 1 + len(axes), k)
    return t.field(k).modulo(signs), bad


def _relu(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    signs, worse = t.sign(part, ("sign", a[0], True), 1 + len(axes), k)
    return np.where(signs > 0, value, 0), either(bad, worse)


def _leaky_relu(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    (value, bad), (slope, worse) = ops
    signs, unsure = t.sign(part, ("sign", a[0], True), 1 + len(axes), k)
    return np.where(signs > 0, value, t.field(k).modulo(slope * value)), either(bad, worse, unsure)


def _extreme(largest: bool) -> Callable[..., tuple[Ints, Bad]]:
    """The argument that is above all others; where the signs name none, the point does not count."""

    def on(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
        shape = (t.points, *np.broadcast_shapes(*(v.shape for v, _ in ops))[1:])
        wins = [np.ones(shape, dtype=bool) for _ in ops]
        bad = either(*(b for _, b in ops))
        for m in range(len(ops)):
            for n in range(m + 1, len(ops)):
                zero = part.numerals.get(a[n]) == 0
                signs, unsure = t.sign(part, ("sign", a[m], True) if zero else ("rel", a[n], a[m]), 1 + len(axes), k)
                bad = either(bad, unsure)
                above = (signs > 0) == largest
                wins[m] &= above
                wins[n] &= ~above
        out = np.zeros(shape, dtype=np.int64)
        for (v, _), w in zip(ops, wins, strict=True):
            out = np.where(w, v, out)
        return out, either(bad, ~np.logical_or.reduce(wins))

    return on


def _entries_along(value: Ints, positions: tuple[int, ...]) -> Ints:
    """The axes at some positions as one last axis."""
    kept = [s for d, s in enumerate(value.shape) if d not in positions]
    return np.moveaxis(value, positions, range(-len(positions), 0)).reshape(*kept, -1)


def pairs_along(value: Ints, positions: tuple[int, ...]) -> tuple[Ints, Ints]:
    """First and second of every pair of entries along some axes."""
    moved = _entries_along(value, positions)
    first, second = np.triu_indices(moved.shape[-1], 1)
    return moved[..., first], moved[..., second]


def _extreme_over(largest: bool) -> Callable[..., tuple[Ints, Bad]]:
    """The entry along some axes that is above all others."""

    def on(t: Tower, part: Part, ops: Operands, a: Any, x: tuple[int, ...], k: int, axes: Any) -> tuple[Ints, Bad]:
        moved = _entries_along(ops[0][0], x)
        bad = None if ops[0][1] is None else np.logical_or.reduce(ops[0][1], axis=x)
        n = moved.shape[-1]
        if n == 1:
            return moved[..., 0], bad
        signs, unsure = t.sign(part, ("over", a[0], x), 0, k)
        above = (signs > 0) == largest
        wins = np.ones((t.points, *moved.shape[1:]), dtype=bool)
        for c, (m, s) in enumerate(zip(*np.triu_indices(n, 1), strict=True)):
            wins[..., m] &= above[..., c]
            wins[..., s] &= ~above[..., c]
        return np.where(wins, moved, 0).sum(-1), either(bad, ~wins.any(-1), None if unsure is None else unsure.any(-1))

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
            bad = either(bad, singular)
            return back, None if bad is None else np.broadcast_to(bad[..., None, None], back.shape)
        if singular is not None:
            det = np.where(singular, 0, det)
        return (det, bad) if which == "DET" else logarithm(t, det, bad, k)

    return on


def _apply(t: Tower, part: Part, ops: Operands, a: Any, x: tuple[str, int], k: int, axes: Any) -> tuple[Ints, Bad]:
    t.exact = False
    return scramble(t.field(k), seed_of(f"{x[0]}'{x[1]}") + 1009 * k + t.seed, [v for v, _ in ops]), either(
        *(b for _, b in ops)
    )


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

_OTHER_LEVELS = frozenset(
    {"exp", "log", "sin", "cos", "LOGSUMEXP", "LOGDET", "DET", "INV", "CASES", "REAL_POWER", "INTEGER_POWER"}
)
_LAYOUT = frozenset({"VIEW", "SPREAD", "ENTRY", "SUM", "CONTRACT", "PROD", "MAX", "MIN"})
_ON_SAME_LEVEL = frozenset(OPERATIONS) - _OTHER_LEVELS
_ELEMENTWISE = _ON_SAME_LEVEL - _LAYOUT
