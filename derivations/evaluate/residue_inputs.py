"""The inputs on every level of a tower, drawn within what their domain promises."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from derivations.domains import Declared, Names
from derivations.evaluate.fields import Bad, Decline, Field, Ints, gauss
from derivations.evaluate.splitmix import seed_of, splitmix
from derivations.formula import value_of

if TYPE_CHECKING:
    from derivations.evaluate.residues import Tower

INTEGERS = 20
"""Integers are drawn from -20..20."""


class Residues:
    """The inputs on every level: drawn within what their domain promises."""

    def __init__(self, tower: Tower, names: Names, seed: int):
        self.tower, self.names, self.seed = tower, names, seed
        self.made: dict[tuple[str, int], tuple[Ints, Bad]] = {}
        self.whole: dict[str, Ints] = {}

    def shape(self, row: Declared) -> tuple[int, ...]:
        return tuple(value_of(s, self.tower.sizes) for s in row.sizes)

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
                found = ((bits >> np.uint64(9)) % np.uint64(2 * INTEGERS + 1)).astype(np.int64)
                found -= 0 if row.domain.name == "count" else INTEGERS
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
            pivots = self._signed(field, seed + 1, shape[:-1], 2)[0]
            scaled = field.modulo(lower * pivots[..., None, :])
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
