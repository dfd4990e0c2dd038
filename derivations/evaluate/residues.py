"""Formulas to residues along towers of primes: inputs drawn on every level, and one row an operation.

A value is asked for on a level (`Tower.value`); e^u asks u one level deeper, log a asks a one level higher, everything
else stays. Values carry a mask of the entries that have none there: 1/0, a root of what is outside of H, a sign that
differs between levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derivations.domains import Kept, Names
from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.compiled import program
from derivations.evaluate.fields import CHAINS, Bad, Decline, Field, Ints, scramble
from derivations.evaluate.program import Program, definition_of
from derivations.evaluate.residue_inputs import Residues
from derivations.evaluate.residue_operations import OPERATIONS, difference_key, either, pairs_along
from derivations.evaluate.splitmix import seed_of
from derivations.evaluate.unfolding import unfolded
from derivations.evaluate.unrolled import unrolled
from derivations.formula import Index, Node, Sizes

LARGEST_NUMERAL_BITS = 160


LOGS = frozenset({"log", "LOGSUMEXP", "LOGDET"})


@dataclass(slots=True)
class Part:
    """The program of one tree (a formula, or a node's definition) with what was found out about it before running."""

    made: Program
    names: Names
    op: dict[int, tuple[str, tuple[int, ...], Any, tuple[Index, ...]]]
    numerals: dict[int, Fraction | str]


_UNFOLDED: Kept[int, tuple[Node, Node]] = Kept()
"""By the id of a node, which is held so that it stays its own."""


class Tower:
    """One run: sizes, points and chains fixed; values of slots by level, computed when asked for."""

    def __init__(
        self, kind: str, sizes: Mapping[str, int], points: int, seed: int, names: Names, strict_logs: bool, offset: int
    ):
        self.kind, self.sizes, self.points, self.seed, self.names = kind, Sizes(sizes), points, seed, names
        self.strict_logs, self.offset = strict_logs, offset
        self.depth = len(CHAINS[kind][0])
        self.fields: dict[int, Field] = {}
        self.residues = Residues(self, names, seed)
        self.values: dict[tuple[int, int, int], tuple[Ints, Bad]] = {}
        self.parts: dict[int, Part] = {}
        self.signs: dict[tuple[int, Any], tuple[Ints, Bad, Part, float]] = {}
        """By key: the signs on level 0, where they are not defined, the program they belong to, and how often the value
        is 0."""
        self.run = floats.Run(Assignment(self.sizes, {}, points, names), names)
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
        names = unrolled(names, self.run.sizes)
        kept = _UNFOLDED.under(names)
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
            self.decide(part, key[1])
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

    def decide(self, part: Part, slot: int) -> None:
        """Refuses what hangs on an integer without ends: some of its values are drawn, and k ≥ 36 holds at none."""
        if self.endless(part, slot):
            raise Decline("a condition on an integer, of which only some values are drawn")

    def endless(self, part: Part, slot: int) -> bool:
        """Whether an integer without ends stands in what is concrete."""
        if slot in part.numerals:
            return False
        kind, a, x, _ = part.op[slot]
        if kind in ("ELEM", "GATHER"):
            domain = part.names[x[0]].domain
            return domain.integer and not domain.values
        return any(self.endless(part, s) for s in a)

    def condition(self, part: Part, slot: int, k: int) -> tuple[Any, Bad]:
        """A condition as a boolean array."""
        known = self.concrete(part, slot)
        if known is not None:
            self.decide(part, slot)
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


_OTHER_LEVELS = frozenset(
    {"exp", "log", "sin", "cos", "LOGSUMEXP", "LOGDET", "DET", "INV", "CASES", "REAL_POWER", "INTEGER_POWER"}
)


_LAYOUT = frozenset({"VIEW", "SPREAD", "ENTRY", "SUM", "CONTRACT", "PROD", "MAX", "MIN"})


_ON_SAME_LEVEL = frozenset(OPERATIONS) - _OTHER_LEVELS


_ELEMENTWISE = _ON_SAME_LEVEL - _LAYOUT
