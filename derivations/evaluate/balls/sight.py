"""Whether everything that went into a value can be seen in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from flint import arb

from derivations.atoms import ATOMS, Atom, Rule
from derivations.evaluate.balls.arrays import laid_out, mapped
from derivations.evaluate.balls.single import FUNCTIONS, Ball, ball
from derivations.formula import Call, Const, Elem, Mul, Node, Num, Pow


class Sight:
    """Whether everything that went into a value could be seen in it.

    1000! + y is 1000! in balls of 2,048 bits, whatever y is; tanh 10⁶ is 1; e^(-e^(e^30)) is a ball around 0, and so is
    its double.
    """

    __slots__ = ("lost",)

    def __init__(self) -> None:
        self.lost = False

    def look(self, kind: str, v: list[Any], a: tuple[int, ...], x: Any, out: Any) -> None:
        """Note where an operation has become its own limit, or is wider than what went into it."""
        if kind in FUNCTIONS or kind == "APPLY":
            self.lost |= bool(np.any(mapped(_unknown, out)))
        if kind in LIMITS:
            self.lost |= bool(np.any(mapped(LIMITS[kind], *(v[k] for k in a), out)))
        elif kind == "ADD":
            self.lost |= any(_swallowed(v[k], out) for k in a)
        elif kind == "SUM":
            self.lost |= _swallowed(v[a[0]], np.expand_dims(np.asarray(out, dtype=object), x))
        elif kind == "LOGSUMEXP":
            self.lost |= _swallowed(
                mapped(_exp, v[a[0]]), np.expand_dims(mapped(_exp, np.asarray(out, dtype=object)), x)
            )
        elif kind == "CONTRACT" and len(a) > 0:
            self.lost |= _swallowed(laid_out(v, a, x), np.expand_dims(np.asarray(out, dtype=object), x.positions))


def _exp(z: Ball) -> Ball:
    return z.exp() if isinstance(z, arb) else z


def _unknown(out: Ball) -> bool:
    """Whether of a value no digit is known, and not because it is 0: sin(2³⁰⁰⁰ z) is anything from -1 to 1."""
    return isinstance(out, arb) and out.contains(0) and out.rad() > UNKNOWN


UNKNOWN = 2.0**-32


def _reaches(*limits: Callable[[arb], Any]) -> Callable[..., bool]:
    """Whether a value is no longer told from one of the limits of its function."""

    def reached(*balls: Ball) -> bool:
        out = balls[-1]
        return (
            isinstance(out, arb)
            and isinstance(balls[0], arb)
            and not out.is_exact()
            and any(out.overlaps(arb(limit(balls[0]))) for limit in limits)
        )

    return reached


def _near_zero(limit: Callable[[arb], Any]) -> Callable[..., bool]:
    """Whether the value at a small number is no longer told from a limit there, as e^(10⁻⁴⁰⁰) from 1, sin z from z."""

    def lost(*balls: Ball) -> bool:
        z, out = balls[0], balls[-1]
        small = isinstance(z, arb) and not z.contains(0) and z.abs_upper() < NEAR_ZERO
        return bool(small and isinstance(out, arb) and not out.is_exact() and out.overlaps(arb(limit(z))))

    return lost


def _either(*rules: Callable[..., bool]) -> Callable[..., bool]:
    return lambda *balls: any(rule(*balls) for rule in rules)


def _power_lost(b: Ball, *rest: Ball) -> bool:
    """Whether b^e is no longer told from 0, or, of another b than ±1, from b⁰."""
    out = rest[-1]
    if not isinstance(b, arb) or not isinstance(out, arb) or b.contains(0):
        return False
    return out.contains(0) or (not out.is_exact() and out.overlaps(arb(1)) and not abs(b).overlaps(arb(1)))


NEAR_ZERO = 2.0**-16


def _loss(row: Atom) -> Callable[..., bool]:
    """Whether a value is no longer told from what the row says the function tends to."""
    far = _reaches(*(_of_argument(rule) for rule in row.far))
    if row.near is None:
        return far
    near = _near_zero(_of_argument(row.near))
    return _either(far, near) if row.far else near


def _of_argument(rule: Rule) -> Callable[[arb], Any]:
    """A rule of the table on balls."""
    tree = rule(_ARGUMENT)

    def value(node: Node, z: arb) -> Any:
        match node:
            case Num(number):
                return ball(number)
            case Elem():
                return z
            case Const(name):
                return arb.pi() if name == "pi" else arb.const_e()
            case Mul(args):
                return math.prod(value(a, z) for a in args)
            case Pow(base, exponent):
                return value(base, z) ** value(exponent, z)
            case Call(fn, args):
                return FUNCTIONS[fn](*(value(a, z) for a in args))
        raise AssertionError(node)

    return lambda z: value(tree, z)


_ARGUMENT = Elem("z")
LIMITS: Mapping[str, Callable[..., bool]] = {
    "POWER": _power_lost,
    "INTEGER_POWER": _power_lost,
    "REAL_POWER": _power_lost,
    **{name: _loss(row) for name, row in ATOMS.items() if name in FUNCTIONS and (row.far or row.near)},
}
"""Functions that become a constant, or their argument, far out or at 0: what is left of it is no longer seen."""


def _swallowed(terms: Any, out: Any) -> bool:
    return bool(
        np.any(
            mapped(
                lambda t, s: (
                    isinstance(t, arb) and isinstance(s, arb) and not t.contains(0) and t.abs_lower() <= s.rad()
                ),
                terms,
                out,
            )
        )
    )
