"""One row an operation: what it does to residues on a level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from derivations.evaluate.fields import Bad, Decline, Ints, gauss, scramble
from derivations.evaluate.floats import layout
from derivations.evaluate.program import Contraction
from derivations.evaluate.splitmix import seed_of

if TYPE_CHECKING:
    from derivations.evaluate.residues import Part, Tower

LARGEST_POWER = 1 << 10


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


Operands = list[tuple[Ints, Bad]]


def _view(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    return value[x], None if bad is None else bad[x]


def _elem(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = _named(t, part, x[0], k)
    if len(x) == 3:
        return value, bad
    return tuple(None if v is None else layout.pick(v, x[1], x[2], x[3], t.run) for v in (value, bad))  # type: ignore[return-value]


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
    out = layout.entries(value, (), x[1], x[2], t.run, -1)
    return np.maximum(out, 0), (out < 0) if (out < 0).any() else None


def _entry(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    if bad is not None:
        value = np.where(bad, -1, value)
    out = layout.entries(value, x[0], x[1], x[2], t.run, -1)
    return np.maximum(out, 0), (out < 0) if (out < 0).any() else None


def _spread(t: Tower, part: Part, ops: Operands, a: Any, x: Any, k: int, axes: Any) -> tuple[Ints, Bad]:
    value, bad = ops[0]
    return layout.spread([value], (0,), x, t.run), None if bad is None else layout.spread([bad], (0,), x, t.run)


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
    if t.endless(part, a[1]) and (value == 0).any():
        raise Decline("a power of 0 whose exponent is an integer, of which only some values are drawn")
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
    "INDEX": _number(layout.index_value),
    "DELTA": _number(layout.delta),
    "SIZE": _number(layout.size_value),
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
