"""Functions of polynomials: one row a function that has a normal form of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq

from derivations.normal_form.conditions import positive_part, ramp, zero_part
from derivations.normal_form.known import sign_of
from derivations.normal_form.polynomials import ONE, Expr, Poly, Polynomial, fraction
from derivations.normal_form.powers import (
    abs_power,
    exponential,
    is_whole,
    learn,
    logarithm,
    rational_power,
)
from derivations.normal_form.rational import canonical
from derivations.normal_form.ring import Ring
from derivations.normal_form.trigonometry import cosine, odd_function, sine


def log(ring: Ring, poly: Poly) -> Poly:
    learn(ring, poly, strict=True)
    return logarithm(ring, poly)


def _sign(ring: Ring, poly: Poly) -> Poly:
    return ring.add(ring.scale(positive_part(ring, poly), fmpq(2)), {(): fmpq(-1)}, zero_part(ring, poly))


def largest(ring: Ring, *polys: Poly) -> Poly:
    """max(a, b) = b + (a - b)[a > b]; of more, an atom over the set of them."""
    distinct: list[Poly] = []
    for p in polys:
        p = canonical(ring, p)
        if p not in distinct:
            distinct.append(p)
    flat: list[Poly] = []
    for p in distinct:
        ring.spend(2 * len(distinct))
        beaten = any(sign_of(ring, ring.sub(q, p)) in (0, 1) for q in distinct if q is not p and (ring.sub(q, p)))
        if not beaten:
            flat.append(p)
    distinct = flat or distinct[:1]
    if len(distinct) == 1:
        return distinct[0]
    if len(distinct) <= MAX_COMPARED:
        for k, p in enumerate(distinct):
            for q in distinct[k + 1 :]:
                positive_part(ring, ring.sub(p, q))  # in a cell these are decided, and with them the largest
    if len(distinct) == 2:
        distinct.sort(key=lambda p: sorted((m, str(c)) for m, c in p.items()))
        a, b = distinct
        difference = ring.sub(a, b)
        if difference[ring.leading(difference)] < 0:
            b, difference = a, ring.scale(difference, fmpq(-1))
        return ring.add(b, ramp(ring, difference))
    return ring.gen(
        ring.intern(
            (
                "fn",
                "max",
                frozenset(Polynomial(p) for p in distinct),
                *sorted((Polynomial(p) for p in distinct), key=lambda p: sorted((m, str(c)) for m, c in p.terms)),
            )
        )
    )


MAX_COMPARED = 4
"""The largest of at most so many can be found by cases."""


def smallest(ring: Ring, *polys: Poly) -> Poly:
    return ring.scale(largest(ring, *(ring.scale(p, fmpq(-1)) for p in polys)), fmpq(-1))


def again_function(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    polys = tuple(ring.substitute(p.poly(), to) for p in key[2:] if isinstance(p, Polynomial))
    rule = FUNCTIONS.get(key[1])
    if key[1] == "max":
        made = largest(ring, *polys)
    elif rule is not None:
        made = rule(ring, *polys)
    else:
        made = ring.gen(ring.intern(("fn", key[1], *(Polynomial(canonical(ring, p)) for p in polys))))
    return rational_power(ring, made, Fraction(e)) if e != 1 else made


def factorial(ring: Ring, poly: Poly) -> Poly:
    """(u + k)! = u! (u + 1) … (u + k) for a small whole k; u! is an atom."""
    shift = fraction(poly.get((), fmpq(0)))
    rest = {m: c for m, c in poly.items() if m}
    if shift.denominator != 1 or abs(shift) > MAX_FACTORIAL or (not rest and shift < 0):
        return ring.gen(ring.intern(("fn", "factorial", Polynomial(canonical(ring, poly)))))
    out = (
        ring.gen(ring.intern(("fn", "factorial", Polynomial(rest)), (Fraction(1), False, None, True))) if rest else ONE
    )
    for k in range(1, abs(int(shift)) + 1):
        step = ring.add(rest, Ring.const(k if shift > 0 else 1 - k))
        out = ring.mul(out, step if shift > 0 else rational_power(ring, step, Fraction(-1)))
    return out


MAX_FACTORIAL = 40


def floor(ring: Ring, poly: Poly) -> Poly:
    """⌊u + k⌋ = ⌊u⌋ + k for whole terms k: integers, sizes, indices, labels."""
    rest = {m: c for m, c in poly.items() if not is_whole(ring, m, c)}
    out = {m: c for m, c in poly.items() if m not in rest}
    constant = rest.pop((), None)
    if constant is not None:
        below = fraction(constant).__floor__()
        out = ring.add(out, Ring.const(below))
        rest = ring.add(rest, {(): constant - below})
    if set(rest) <= {()}:
        return out
    return ring.add(out, ring.gen(ring.intern(("fn", "floor", Polynomial(canonical(ring, rest))))))


def asinh(ring: Ring, poly: Poly) -> Poly:
    """arsinh z = log(z + √(z² + 1)), odd."""
    poly = canonical(ring, poly)
    if not poly:
        return {}
    sign = fmpq(1 if poly[ring.leading(poly)] > 0 else -1)
    z = ring.scale(poly, sign)
    return ring.scale(
        logarithm(ring, ring.add(z, rational_power(ring, ring.add(ring.mul(z, z), ONE), Fraction(1, 2)))), sign
    )


FUNCTIONS: Mapping[str, Callable[..., Poly]] = {
    "exp": exponential,
    "log": log,
    "abs": lambda ring, p: abs_power(ring, p, 1),
    "sign": _sign,
    "relu": ramp,
    "leaky_relu": lambda ring, z, a: ring.add(ring.mul(a, z), ring.mul(ring.sub(ONE, a), ramp(ring, z))),
    "factorial": factorial,
    "floor": floor,
    "ceil": lambda ring, p: ring.scale(floor(ring, ring.scale(p, fmpq(-1))), fmpq(-1)),
    "asinh": asinh,
    "sin": sine,
    "cos": cosine,
    "asin": lambda ring, p: odd_function(ring, "asin", p),
    "atan": lambda ring, p: odd_function(ring, "atan", p),
    "erf": lambda ring, p: odd_function(ring, "erf", p),
}
