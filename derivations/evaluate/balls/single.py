"""Operations on single balls: powers, functions, conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, ctx, fmpq

from derivations.evaluate.draw import unknown_terms
from derivations.evaluate.marks import UNDECIDED, UNDEFINED, Mark

Ball = Any
"""An `arb`, a Mark, or (for a condition) a bool or a Mark."""

LARGEST_EXPONENT = 1 << 20


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Sets flint's working precision and puts it back."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def ball(value: Fraction | int) -> arb:
    """An exact rational as a ball of the working precision."""
    return arb(value) if isinstance(value, int) else arb(fmpq(value.numerator, value.denominator))


def strict(f: Callable[..., Ball]) -> Callable[..., Ball]:
    """f on balls; a Mark among the arguments is the result, and what is not finite is undecided."""

    def guarded(*args: Ball) -> Ball:
        found = None
        for a in args:
            if isinstance(a, Mark):
                if a is UNDEFINED:
                    return UNDEFINED
                found = a
        if found is not None:
            return found
        out = f(*args)
        return out if isinstance(out, Mark) or out.is_finite() else UNDECIDED

    return guarded


def divide(a: arb, b: arb) -> Ball:
    if b.is_zero():
        return UNDEFINED
    return UNDECIDED if b.contains(0) else a / b


def rational_power(b: arb, exponent: Fraction) -> Ball:
    """b^(p/q): whole powers; real roots of odd order; of other negative numbers none."""
    p, q = exponent.numerator, exponent.denominator
    if p == 0:
        return arb(1)
    if abs(p) > LARGEST_EXPONENT or q > LARGEST_EXPONENT:
        if not b > 0:
            return UNDEFINED if b < 0 and q % 2 == 0 else UNDECIDED
        return b ** ball(exponent)
    if b.is_zero():
        return arb(0) if p > 0 else UNDEFINED
    if q > 1:
        if b > 0:
            b = b.sqrt() if q == 2 else b.root(q)
        elif b < 0:
            if q % 2 == 0:
                return UNDEFINED
            b = -((-b).root(q))
        else:
            return UNDECIDED
    return b**p if p > 0 else divide(arb(1), b ** (-p))


def integer_power(b: arb, e: arb) -> Ball:
    whole = e.unique_fmpz()
    return UNDECIDED if whole is None or not e.is_exact() else rational_power(b, Fraction(int(whole)))


def real_power(b: arb, e: arb) -> Ball:
    if b < 0:
        return UNDEFINED
    if b.is_zero():
        if e > 0:
            return arb(0)
        return arb(1) if e.is_zero() else UNDEFINED if e < 0 else UNDECIDED
    return b**e if b > 0 else UNDECIDED


def log(z: arb) -> Ball:
    return z.log() if z > 0 else UNDEFINED if z <= 0 else UNDECIDED


def _between(f: Callable[[arb], arb]) -> Callable[[arb], Ball]:
    """f on [-1, 1]."""

    def on(z: arb) -> Ball:
        if z > 1 or z < -1:
            return UNDEFINED
        return f(z) if z <= 1 and z >= -1 else UNDECIDED

    return on


def _above_zero(f: Callable[[arb], arb]) -> Callable[[arb], Ball]:
    return lambda z: f(z) if z > 0 else UNDEFINED if z <= 0 else UNDECIDED


def acosh(z: arb) -> Ball:
    return z.acosh() if z >= 1 else UNDEFINED if z < 1 else UNDECIDED


def atanh(z: arb) -> Ball:
    if z >= 1 or z <= -1:
        return UNDEFINED
    return z.atanh() if z < 1 and z > -1 else UNDECIDED


def sign(z: arb) -> Ball:
    return arb(1) if z > 0 else arb(-1) if z < 0 else arb(0) if z.is_zero() else UNDECIDED


def factorial(z: arb) -> Ball:
    if z < 0 or not z.contains_integer():
        return UNDEFINED
    whole = z.unique_fmpz()
    return (
        arb.fac_ui(int(whole)) if z.is_exact() and whole is not None and 0 <= whole <= LARGEST_EXPONENT else UNDECIDED
    )


def _step(f: Callable[[arb], arb]) -> Callable[[arb], Ball]:
    """floor or ceil: a whole number, or undecided where a ball holds a jump."""

    def on(z: arb) -> Ball:
        out = f(z)
        return out if out.is_exact() else UNDECIDED

    return on


def piecewise(z: arb, below: arb) -> Ball:
    """z for z > 0, else `below`; the hull of both where undecided (both are continuous at 0)."""
    return z if z > 0 else below if z <= 0 else z.union(below)


FUNCTIONS: Mapping[str, Callable[..., Ball]] = {
    **{fn: getattr(arb, fn) for fn in ("exp", "sin", "cos", "atan", "sinh", "cosh", "tanh", "asinh", "erf", "erfc")},
    "log": log,
    "tan": lambda z: divide(z.sin(), z.cos()),
    "asin": _between(lambda z: z.asin()),
    "acos": _between(lambda z: z.acos()),
    "acosh": acosh,
    "atanh": atanh,
    "abs": lambda z: abs(z),
    "sign": sign,
    "floor": _step(arb.floor),
    "ceil": _step(arb.ceil),
    "lgamma": _above_zero(arb.lgamma),
    "digamma": _above_zero(arb.digamma),
    "trigamma": _above_zero(lambda z: arb(2).zeta(z)),
    "factorial": factorial,
    "max": lambda *z: _fold(arb.max, z),
    "min": lambda *z: _fold(arb.min, z),
    "sigmoid": lambda z: 1 / (1 + (-z).exp()),
    "softplus": lambda z: z.exp().log1p(),
    "log_sigmoid": lambda z: -(-z).exp().log1p(),
    "relu": lambda z: z.max(arb(0)),
    "elu": lambda z, a: piecewise(z, a * z.expm1()),
}


def _fold(f: Callable[[arb, arb], arb], args: tuple[arb, ...]) -> arb:
    out = args[0]
    for a in args[1:]:
        out = f(out, a)
    return out


def unknown(z: arb, name: str, order: int) -> arb:
    """The same Σ a sin(b z + c) as in floats, or its derivative."""
    out = arb(0)
    for factor, rate, phase in _waves(name, order, ctx.prec):
        turned = rate * z + phase
        out = out + factor * (turned.cos() if order % 2 else turned.sin())
    return out


@lru_cache(maxsize=256)
def _waves(name: str, order: int, bits: int) -> tuple[tuple[arb, arb, arb], ...]:
    """The terms of a derivative of an unknown function as balls of a precision: factor, rate, phase."""
    return tuple(
        (ball(amplitude * rate**order * (-1) ** (order // 2)), ball(rate), ball(phase))
        for amplitude, rate, phase in unknown_terms(name)
    )


# ---------------------------------------------------------------- conditions


def relation(op: str, a: Ball, b: Ball) -> Ball:
    """One ball beside itself is one number, however wide: t_j >= t_i at j = i."""
    if isinstance(a, Mark) or isinstance(b, Mark):
        return UNDEFINED if a is UNDEFINED or b is UNDEFINED else UNDECIDED
    if a is b:
        return op in ("<=", ">=", "==")
    match op:
        case "<":
            return True if a < b else False if a >= b else UNDECIDED
        case "<=":
            return True if a <= b else False if a > b else UNDECIDED
        case ">":
            return relation("<", b, a)
        case ">=":
            return relation("<=", b, a)
        case "==":
            return True if a == b else False if a != b else UNDECIDED
        case _:
            return negate(relation("==", a, b))


def negate(c: Ball) -> Ball:
    return c if isinstance(c, Mark) else not c


def all_of(*conditions: Ball) -> Ball:
    if any(c is False for c in conditions):
        return False
    marks = [c for c in conditions if isinstance(c, Mark)]
    return True if not marks else UNDECIDED if UNDECIDED in marks else UNDEFINED


def any_of(*conditions: Ball) -> Ball:
    return negate(all_of(*(negate(c) for c in conditions)))


def choose(*parts: Ball) -> Ball:
    """The first case that holds."""
    for k in range(0, len(parts) - 1, 2):
        holds = parts[k]
        if isinstance(holds, Mark):
            return holds
        if holds:
            return parts[k + 1]
    return parts[-1] if len(parts) % 2 else UNDEFINED
