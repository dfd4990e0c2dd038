"""What a run of residues will cost and may say, found out before anything runs: degrees, signs, exponents."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivations.domains import Declared
from derivations.evaluate.fields import Decline
from derivations.evaluate.residue_operations import difference_key
from derivations.evaluate.residues import LOGS, Part, Tower
from derivations.evaluate.unfolding import OPAQUE

LONGEST_EXPONENT = 512
"""Bits of a number in an exponent."""


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


_SIGNED = frozenset({"abs", "sign", "relu", "leaky_relu", "REL", "max", "min", "MAX", "MIN"})


_LOG_KINDS = LOGS | {"REAL_POWER"}


class Surveyor:
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
        if kind == "OF_MATRIX":
            raise Decline(f"{x.removeprefix('@')} has no residues")
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
        if (kind == "POWER" and x.denominator > 1) or kind in OPAQUE or kind == "APPLY":
            found.constants |= not all(self._varies(part, s) for s in a)
        if kind == "POWER" and x.denominator > 1:
            found.high = max(found.high, k + 1)
            if x.denominator % 2:
                self._sign(part, ("sign", a[0]), lengths)
        if kind in _SIGNED:
            found.high = max(found.high, k + 1)
        if kind in ("abs", "sign", "relu", "leaky_relu"):
            self._sign(part, ("sign", a[0]), lengths)
        if kind == "REL" and self.t.concrete(part, slot) is None:
            key_of = difference_key(part, a, x)
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
        if key[0] == "sign" and self.t.concrete(part, key[1]) is not None:
            return
        if (id(part.made), key) in self.sign_keys:
            return
        self.sign_keys.add((id(part.made), key))
        self.found.signs += entries
        self.found.high = max(self.found.high, 1)
        below = key[1] if key[0] == "pairs" else key[1:3] if key[0] == "rel" else key[1:2]
        for slot in below:
            self.visit(part, slot, 0)

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
            self.logs[key] = (
                kind in _LOG_KINDS
                or any(self.carries_log(part, s) for s in a)
                or (inner is not None and self.carries_log(inner, inner.made.out))
            )
        return self.logs[key]

    def degree(self, part: Part, slot: int) -> tuple[float, float, float]:
        """(numerator, denominator, degree in discrete inputs as bits), exponentials, logarithms and roots counting as
        variables."""
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
            return (
                1.0,
                0.0,
                min(bits, every) if row is not None and row.domain.structure == "onehot" else min(bits, 1.0),
            )
        below = [self.degree(part, s) for s in a]
        if kind in ("VIEW", "SPREAD", "ENTRY", "NEG"):
            return below[0]
        match kind:
            case "ADD" | "CASES" | "max" | "min" | "relu" | "leaky_relu":
                dens = sum(d for _, d, _ in below)
                return (
                    max(n + dens - d for n, d, _ in below),
                    dens,
                    min(every, max(b for *_, b in below) if dens == 0 else sum(b for *_, b in below)),
                )
            case "MUL":
                return sum(n for n, *_ in below), sum(d for _, d, _ in below), min(every, sum(b for *_, b in below))
            case "POWER" if x.denominator == 1:
                m = abs(x.numerator)
                n, d, b = below[0]
                return (n * m, d * m, min(every, b * m)) if x > 0 else (d * m, n * m, min(every, b * m))
            case "SUM" | "CONTRACT":
                union = x.union if kind == "CONTRACT" else part.op[a[0]][3]
                times = math.prod(self.t.run.length(i) for i in union) / max(
                    1, math.prod(self.t.run.length(i) for i in axes)
                )
                n, d, b = sum(n for n, *_ in below), sum(d for _, d, _ in below), sum(b for *_, b in below)
                return n + (times - 1) * d, times * d, min(every, b if d == 0 else b * times)
            case "PROD":
                times = math.prod(self.t.run.length(i) for i in part.op[a[0]][3]) / max(
                    1, math.prod(self.t.run.length(i) for i in axes)
                )
                n, d, b = below[0]
                return n * times, d * times, min(every, b * times)
            case "INV" | "DET":
                size = self.t.run.length(part.op[a[0]][3][-1])
                n, d, b = below[0]
                whole = size * (n + size * d)
                return whole, whole, min(every, b * size * size)
            case "INTEGER_POWER":
                if self.t.endless(part, a[1]) and below[1][0] > 1:
                    raise Decline("an exponent of a higher degree in an integer")
                n, d, b = below[0]
                return n * 40, d * 40, every
            case "INDEX" | "SIZE" | "DELTA" | "REL" | "AND" | "OR" | "NOT":
                return 0.0, 0.0, min(every, sum(b for *_, b in below))
            case _:
                inside = sum(n + d for n, d, _ in below)
                bits = every if any(b for *_, b in below) else 0.0
                if kind in ("exp", "sin", "cos", "REAL_POWER"):
                    c = self._coefficient(part, a[-1])
                    return c + inside, c, bits
                return (0.0, 1.0 + inside, bits) if kind == "POWER" and x < 0 else (1.0 + inside, 0.0, bits)

    def _coefficient(self, part: Part, slot: int) -> float:
        """How large a multiple of one exponent a sum of numerals can make: e^(3u) has degree 3 in e^u."""
        if slot in part.numerals:
            value = part.numerals[slot]
            if not isinstance(value, Fraction):
                return 1.0
            size = max(abs(value.numerator), value.denominator)
            if size.bit_length() > LONGEST_EXPONENT:
                raise Decline("an exponent is too long for the primes")
            return float(size)
        kind, a, _, _ = part.op[slot]
        if kind == "MUL":
            return math.prod(self._coefficient(part, s) for s in a)
        if kind == "ADD":
            return sum(self._coefficient(part, s) for s in a)
        return max((self._coefficient(part, s) for s in a), default=1.0) if kind in ("NEG", "VIEW") else 1.0
