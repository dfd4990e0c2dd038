"""Arithmetic at a point: rationals stay rational, everything else is a ball that is known to contain the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isqrt

from flint import arb, fmpq

Value = Fraction | arb
BITS = (128, 512)
"""Working precision, and the one at which a comparison that is still open is given up."""


class NoValue(ArithmeticError):
    """Undefined at this point: 1/0, log of a negative number, an index out of its range."""


class Untold(ArithmeticError):
    """Two values that no precision told apart, or more work than is counted out."""


def finite(value: Value) -> Value:
    if isinstance(value, arb) and not value.is_finite():
        raise Untold("a number beyond all range")
    return value


def ball(value: Value) -> arb:
    """A ball that contains the value, at the current precision."""
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value


def sign(value: Value) -> int:
    """-1, 0 or 1; raises `Untold` where a ball contains zero without being it."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    if not value.is_finite():
        raise NoValue("not finite")
    if value > 0:
        return 1
    if value < 0:
        return -1
    if value.is_zero():
        return 0
    raise Untold("a sign that cannot be told")


def add_values(a: Value, b: Value) -> Value:
    return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else ball(a) + ball(b)


def mul_values(a: Value, b: Value) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a * b
    for side in (a, b):
        if isinstance(side, Fraction) and side == 0:
            return Fraction(0)
    return ball(a) * ball(b)


def _root(value: Fraction, k: int) -> Fraction | None:
    """The exact k-th root of a non-negative rational, None where it is irrational."""

    def of(n: int) -> int | None:
        if k == 2:
            r = isqrt(n)
        else:
            r = round(n ** (1 / k)) if n < 1 << 900 else 0
        return r if r**k == n else None

    top, bottom = of(value.numerator), of(value.denominator)
    return None if top is None or bottom is None else Fraction(top, bottom)


def pow_values(base: Value, exponent: Value) -> Value:
    if isinstance(exponent, Fraction):
        k = exponent.denominator
        if k == 1 and isinstance(base, Fraction):
            n = exponent.numerator
            if n < 0 and base == 0:
                raise NoValue("division by zero")
            if abs(n) * max(base.numerator.bit_length(), base.denominator.bit_length()) < 20_000:
                return base**n
        if k == 1:
            if exponent < 0 and sign(base) == 0:
                raise NoValue("division by zero")
            return ball(base) ** int(exponent)
        s = sign(base)
        if s < 0 and k % 2 == 0:
            raise NoValue("an even root of a negative number")
        if s == 0:
            if exponent < 0:
                raise NoValue("division by zero")
            return Fraction(0)
        size = -base if s < 0 else base
        if isinstance(size, Fraction) and k <= 8:
            root = _root(size, k)
            if root is not None:
                found = pow_values(root, Fraction(exponent.numerator))
                return -found if s < 0 and exponent.numerator % 2 else found
        made = (ball(size).log() * ball(exponent)).exp()
        return -made if s < 0 and exponent.numerator % 2 else made
    if sign(base) <= 0:
        raise NoValue("a real power of a number that is not positive")
    return (ball(base).log() * ball(exponent)).exp()


def log_value(x: Value) -> Value:
    if sign(x) <= 0:
        raise NoValue("log of a number that is not positive")
    return Fraction(0) if x == 1 and isinstance(x, Fraction) else ball(x).log()


def _bounded(x: Value, name: str) -> Value:
    if sign(add_values(Fraction(1), -mul_values(x, x))) < 0:
        raise NoValue(f"{name} outside [-1, 1]")
    return getattr(ball(x), name)()


def exp_value(x: Value) -> Value:
    if isinstance(x, Fraction) and x == 0:
        return Fraction(1)
    made = ball(x).exp()
    if not made.is_finite():
        raise Untold("an exponential beyond all range")
    return made


def _floor(x: Value, up: bool) -> Value:
    if isinstance(x, Fraction):
        return Fraction(-((-x.numerator) // x.denominator) if up else x.numerator // x.denominator)
    made = x.ceil() if up else x.floor()
    whole = made.unique_fmpz()
    if whole is None:
        raise Untold("a floor that cannot be told")
    return Fraction(int(whole))


def _factorial(x: Value) -> Value:
    if not isinstance(x, Fraction) or x.denominator != 1 or x < 0:
        raise NoValue("factorial of a number that is no natural number")
    if x > 500:
        raise Untold("a factorial beyond all range")
    made = 1
    for k in range(2, int(x) + 1):
        made *= k
    return Fraction(made)


def largest(args: tuple[Value, ...]) -> Value:
    best = args[0]
    for other in args[1:]:
        if isinstance(best, Fraction) and isinstance(other, Fraction):
            best = max(best, other)
        else:
            best = ball(best).max(ball(other))
    return best


CALLS: Mapping[str, Callable[..., Value]] = {
    "exp": exp_value,
    "log": log_value,
    "abs": lambda x: abs(x),
    "sign": lambda x: Fraction(sign(x)),
    "floor": lambda x: _floor(x, False),
    "ceil": lambda x: _floor(x, True),
    "factorial": _factorial,
    "max": lambda *a: largest(a),
    "min": lambda *a: -largest(tuple(-x for x in a)),
    "relu": lambda x: largest((x, Fraction(0))),
    "sigmoid": lambda x: pow_values(add_values(Fraction(1), exp_value(-x)), Fraction(-1)),
    "asin": lambda x: _bounded(x, "asin"),
    "acos": lambda x: _bounded(x, "acos"),
    **{
        name: (lambda x, name=name: getattr(ball(x), name)())
        for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "asinh", "atan", "erf")
    },
}
"""The functions that are evaluated here; every other one is unfolded by its definition."""


def bound_values(op: str, values: list[Value]) -> Value:
    if op == "sum":
        made: Value = Fraction(0)
        for v in values:
            made = add_values(made, v)
        return made
    if op == "prod":
        made = Fraction(1)
        for v in values:
            made = mul_values(made, v)
        return made
    if not values:
        raise NoValue("an empty range")
    if op == "max":
        return largest(tuple(values))
    if op == "min":
        return -largest(tuple(-v for v in values))
    made = Fraction(0)
    for v in values:
        made = add_values(made, exp_value(v))
    return log_value(made)


COMPARE: Mapping[str, Callable[[int], bool]] = {
    "<": lambda s: s < 0,
    "<=": lambda s: s <= 0,
    ">": lambda s: s > 0,
    ">=": lambda s: s >= 0,
    "==": lambda s: s == 0,
    "!=": lambda s: s != 0,
}
