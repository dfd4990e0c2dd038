"""Sines and cosines: sin² = 1 - cos², addition of angles, multiples of one angle, values at the multiples of π/6 and
π/4.

sin(a + b) = sin a cos b + cos a sin b        sin(k a) by powers of (cos a + i sin a)        sin(-a) = -sin a
cos(k π) = (-1)^k for whole k                 arctan(1/z) = ±π/2 - arctan z
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from flint import fmpq

from derivations.normal_form.conditions import positive_part
from derivations.normal_form.known import is_constant, mono_bounds
from derivations.normal_form.polynomials import (
    ONE,
    SIGNED_UNIT,
    UNIT,
    Expr,
    Mono,
    MonoKey,
    Poly,
    Polynomial,
    fraction,
    rational,
)
from derivations.normal_form.powers import is_whole, parity, prime_power, rational_power
from derivations.normal_form.rational import canonical
from derivations.normal_form.ring import Ring

MAX_TERMS, MAX_MULTIPLE = 6, 8
"""Larger sums of angles and multiples stay whole."""

Pair = tuple[Poly, Poly]
"""(cos, sin)."""


def sine(ring: Ring, poly: Poly) -> Poly:
    """sin of a polynomial."""
    expanded = ring.by_values(poly, lambda p: sine(ring, p))
    return _angle(ring, poly)[1] if expanded is None else expanded


def cosine(ring: Ring, poly: Poly) -> Poly:
    """cos of a polynomial."""
    expanded = ring.by_values(poly, lambda p: cosine(ring, p))
    return _angle(ring, poly)[0] if expanded is None else expanded


def _angle(ring: Ring, poly: Poly) -> Pair:
    poly = canonical(ring, poly)
    pair: Pair = (ONE, {})
    if len(poly) > MAX_TERMS:
        sign = 1 if poly[ring.leading(poly)] > 0 else -1
        key = Polynomial(ring.scale(poly, fmpq(sign)))
        return ring.gen(ring.intern(("fn", "cos", key), SIGNED_UNIT)), ring.scale(
            ring.gen(ring.intern(("fn", "sin", key), SIGNED_UNIT)), fmpq(sign)
        )
    for m, c in sorted(poly.items(), key=lambda t: t[0]):
        pair = _sum(ring, pair, _term(ring, m, fraction(c)))
    return pair


def _sum(ring: Ring, a: Pair, b: Pair) -> Pair:
    return ring.sub(ring.mul(a[0], b[0]), ring.mul(a[1], b[1])), ring.add(ring.mul(a[1], b[0]), ring.mul(a[0], b[1]))


def _term(ring: Ring, m: Mono, c: Fraction) -> Pair:
    if len(m) == 1 and m[0][1] == 1 and ring.atoms[m[0][0]].kind == "pi":
        return _of_pi(ring, c)
    rest = tuple(f for f in m if ring.atoms[f[0]].kind != "pi" or f[1] != 1)
    if len(rest) < len(m) and is_whole(ring, rest, rational(c)):
        return parity(ring, {rest: rational(c)}), {}
    known = ring.units.get(m, 1)
    unit = lcm(known, c.denominator)
    if unit != known and unit <= 24:
        ring.units[m] = unit
    multiple = c * ring.units.get(m, 1)
    if multiple.denominator != 1 or abs(multiple) > MAX_MULTIPLE:
        return _flip(ring, _atoms(ring, m, abs(c)), c)
    base = _of_inverse(ring, m) if ring.units.get(m, 1) == 1 else None
    base = base or _atoms(ring, m, Fraction(1, ring.units.get(m, 1)))
    pair: Pair = (ONE, {})
    for _ in range(abs(int(multiple))):
        pair = _sum(ring, pair, base)
    return _flip(ring, pair, c)


def _of_inverse(ring: Ring, m: Mono) -> Pair | None:
    """The pair at arcsin z: (√(1 - z²), z); at arctan z: (1, z)/√(1 + z²)."""
    if len(m) != 1 or m[0][1] != 1 or ring.atoms[m[0][0]].kind != "fn":
        return None
    _, name, *args = ring.atoms[m[0][0]].key
    if name not in ("asin", "atan"):
        return None
    z = args[0].poly()
    square = ring.mul(z, z)
    if name == "asin":
        return rational_power(ring, ring.sub(ONE, square), Fraction(1, 2)), z
    cos = rational_power(ring, ring.add(ONE, square), Fraction(-1, 2))
    return cos, ring.mul(z, cos)


def _flip(ring: Ring, pair: Pair, c: Fraction) -> Pair:
    return (pair[0], ring.scale(pair[1], fmpq(-1))) if c < 0 else pair


def _atoms(ring: Ring, m: Mono, c: Fraction) -> Pair:
    low, high = mono_bounds(ring, m)[::2]
    angle = (None if low is None else c * low, None if high is None else c * high)
    small = angle[0] is not None and angle[1] is not None and angle[0] >= 0
    sin_bounds = UNIT if small and angle[1] <= 3 else SIGNED_UNIT  # type: ignore[operator]
    cos_bounds = UNIT if small and angle[1] <= Fraction(3, 2) else SIGNED_UNIT  # type: ignore[operator]
    return ring.gen(ring.intern(("cos", str(c), MonoKey(m)), cos_bounds)), ring.gen(
        ring.intern(("sin", str(c), MonoKey(m)), sin_bounds)
    )


def _of_pi(ring: Ring, c: Fraction) -> Pair:
    """The pair at c π: reduced to the first eighth of the circle."""
    c %= 2
    if c >= 1:
        cos, sin = _of_pi(ring, c - 1)
        return ring.scale(cos, fmpq(-1)), ring.scale(sin, fmpq(-1))
    if c >= Fraction(1, 2):
        cos, sin = _of_pi(ring, c - Fraction(1, 2))
        return ring.scale(sin, fmpq(-1)), cos
    if c > Fraction(1, 4):
        cos, sin = _of_pi(ring, Fraction(1, 2) - c)
        return sin, cos
    half = Fraction(1, 2)
    if c == 0:
        return ONE, {}
    if c == Fraction(1, 6):
        return ring.scale(prime_power(ring, 3, half), fmpq(1, 2)), Ring.const(half)
    if c == Fraction(1, 12):
        root, other = ring.scale(prime_power(ring, 2, half), fmpq(1, 4)), prime_power(ring, 3, half)
        return ring.mul(root, ring.add(other, ONE)), ring.mul(root, ring.sub(other, ONE))
    if c == Fraction(1, 4):
        root = prime_power(ring, 2, -half)
        return root, root
    pi = ((ring.intern(("pi",)), 1),)
    return _atoms(ring, pi, c)


def odd_function(ring: Ring, name: str, poly: Poly) -> Poly:
    """f(-z) = -f(z); f(0) = 0."""
    poly = canonical(ring, poly)
    if not poly:
        return {}
    expanded = ring.by_values(poly, lambda p: odd_function(ring, name, p))
    if expanded is not None:
        return expanded
    turned = _of_reciprocal(ring, poly) if name == "atan" else None
    if turned is not None:
        return turned
    sign = 1 if poly[ring.leading(poly)] > 0 else -1
    if all(is_constant(ring, a) for m in poly for a, _ in m):
        angle = _inverse_at(ring, name, ring.scale(poly, fmpq(sign)))
        if angle is not None:
            return ring.gen_scaled(ring.intern(("pi",)), sign * angle)
    return ring.scale(ring.gen(ring.intern(("fn", name, Polynomial(ring.scale(poly, fmpq(sign)))))), fmpq(sign))


def _of_reciprocal(ring: Ring, poly: Poly) -> Poly | None:
    """arctan(1/z) = ±π/2 - arctan z, with the sign of z."""
    if len(poly) != 1 or next(iter(poly))[:1] == () or next(iter(poly))[0][1] > 0:
        return None
    z = rational_power(ring, poly, Fraction(-1))
    sign = ring.sub(ring.scale(positive_part(ring, z), fmpq(2)), ONE)
    quarter = ring.gen_scaled(ring.intern(("pi",)), Fraction(1, 2))
    return ring.sub(ring.mul(sign, quarter), odd_function(ring, "atan", z))


def _inverse_at(ring: Ring, name: str, value: Poly) -> Fraction | None:
    """arcsin and arctan of the values at multiples of π/12, as a multiple of π."""
    if name not in ("asin", "atan"):
        return None
    for k in (1, 2, 3, 4, 5, 6):
        cos, sin = _of_pi(ring, Fraction(k, 12))
        if (sin if name == "asin" else None if k == 6 else ring.mul(value, cos)) == (value if name == "asin" else sin):
            return Fraction(k, 12)
    return None


def again_angle(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    kind, multiple, m = key
    inner = ring.scale(
        ring.substitute_mono(tuple(m), to), fmpq(Fraction(multiple).numerator, Fraction(multiple).denominator)
    )
    made = sine(ring, inner) if kind == "sin" else cosine(ring, inner)
    return rational_power(ring, made, Fraction(e))
