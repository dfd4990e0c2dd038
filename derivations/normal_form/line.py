"""Differences of conditions in one number, decided everywhere on its line: at every boundary, between them and beyond.

    x² > 4  ⇔  x > 2 or x < -2        x² - x - 1 ≤ 0  ⇔  (1 - √5)/2 ≤ x ≤ (1 + √5)/2

A condition changes only at the real roots of its polynomials. Between two roots a rational number stands for all; a
root is given by its irreducible polynomial and a ball, and another polynomial vanishes at it exactly when that one
divides it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb, fmpq, fmpq_poly, fmpz_poly

from derivations.normal_form.cells import between_roots, in_one_atom, sign_at
from derivations.normal_form.known import is_constant, known_bounds
from derivations.normal_form.polynomials import Bounds, Poly
from derivations.normal_form.ring import Ring

Gate = tuple[str, fmpz_poly, arb | None, int]
"""P or Z, the polynomial; for ±(x - s) with a quadratic surd s that number and the sign, and the polynomial is the one
of s."""
Sign = Callable[[Gate], int | None]
"""The sign of what stands in a condition, at one point; None where it cannot be told."""


def vanishes_on_the_line(ring: Ring, difference: Poly) -> bool:
    """Whether a polynomial in conditions on a single number is 0 wherever that number may be, for certain."""
    gates: dict[int, Gate] = {}
    numbers: set[int] = set()
    for a in {a for m in difference for a, _ in m}:
        kind = ring.atoms[a].kind
        found = _condition(ring, ring.atoms[a].key[1].poly()) if kind in ("P", "Z") else None
        if found is None:
            return False
        numbers.add(found[0])
        gates[a] = (kind, *found[1:])
    if len(numbers) != 1:
        return False
    ring.spend(50 * len(gates))
    points = _points([f for _, f, _, _ in gates.values()], known_bounds(ring, numbers.pop()))
    return points is not None and all(_value(difference, gates, sign) == 0 for sign in points)


def _condition(ring: Ring, poly: Poly) -> tuple[int, fmpz_poly, arb | None, int] | None:
    """(the number it is about, its polynomial, the surd it is compared with, which way)."""
    alone = in_one_atom(poly)
    if alone is not None and not is_constant(ring, alone[0]):
        return *alone, None, 1
    about = [m for m in poly if not all(is_constant(ring, a) for a, _ in m)]
    if len(about) != 1 or len(about[0]) != 1 or about[0][0][1] != 1:
        return None
    surd = ring.scale({m: c for m, c in poly.items() if m != about[0]}, -1 / poly[about[0]])
    roots = [m for m in surd if m]
    if (
        len(roots) != 1
        or len(roots[0]) != 1
        or ring.atoms[roots[0][0][0]].kind != "prime"
        or roots[0][0][1] != Fraction(1, 2)
    ):
        return None
    r, q, p = surd.get((), fmpq(0)), surd[roots[0]], ring.atoms[roots[0][0][0]].key[1]
    square = fmpq_poly([r * r - q * q * p, -2 * r, 1])
    return about[0][0][0], square.numer(), arb(r) + arb(q) * arb(p).sqrt(), 1 if poly[about[0]] > 0 else -1


def _value(difference: Poly, gates: dict[int, Gate], sign: Sign) -> fmpq | None:
    held: dict[int, bool] = {}
    for a, gate in gates.items():
        s = sign(gate)
        if s is None:
            return None
        held[a] = s > 0 if gate[0] == "P" else s == 0
    return sum((c for m, c in difference.items() if all(held[a] for a, _ in m)), fmpq(0))


def _points(polys: list[fmpz_poly], bounds: Bounds) -> list[Sign] | None:
    """A point for every root within the bounds and for every interval between them."""
    low, low_open, high, high_open = bounds
    ends = [
        (fmpz_poly([-end.numerator, end.denominator]), is_open)
        for end, is_open in ((low, low_open), (high, high_open))
        if end is not None
    ]
    irreducible: list[fmpz_poly] = []
    for f in (*polys, *(p for p, _ in ends)):
        irreducible += [p for p, _ in f.factor()[1] if p not in irreducible]
    marks = between_roots(irreducible, bounds)
    if marks is None:
        return None
    points: list[Sign] = [_at_number(x) for x in marks]
    outside = [p for p, is_open in ends if is_open]
    for p in irreducible:
        roots: list[Any] = p.complex_roots()
        for r, _ in roots:
            if r.imag != 0 or p in outside:
                continue
            within = _at_root(p, r.real)
            beyond = [within(("P", end, None, 1)) for end, _ in ends]
            if None in beyond:
                return None
            above = low is None or beyond[0] >= 0  # type: ignore[operator]
            below = high is None or beyond[-1] <= 0  # type: ignore[operator]
            if above and below:
                points.append(within)
    return points


def _side(value: arb) -> int | None:
    return 1 if value > 0 else -1 if value < 0 else None


def _at_number(x: Fraction) -> Sign:
    def sign(gate: Gate) -> int | None:
        _, f, surd, way = gate
        if surd is None:
            return sign_at(f, x)
        side = _side(arb(fmpq(x.numerator, x.denominator)) - surd)
        return None if side is None else way * side

    return sign


def _at_root(p: fmpz_poly, root: arb) -> Sign:
    def sign(gate: Gate) -> int | None:
        _, f, surd, way = gate
        divides = f.gcd(p).degree() == p.degree()
        if surd is not None:
            side = _side(root - surd)
            return way * side if side is not None else 0 if divides and _same_root(f, root, surd) else None
        if divides:
            return 0
        value = arb(0)
        for k in range(f.degree(), -1, -1):
            value = value * root + int(f[k])
        return _side(value)

    return sign


def _same_root(f: fmpz_poly, a: arb, b: arb) -> bool:
    """Whether two balls, each around a root of f, are around the same one."""
    roots: list[Any] = f.complex_roots()
    near = [[k for k, (r, _) in enumerate(roots) if r.imag == 0 and r.real.overlaps(x)] for x in (a, b)]
    return near[0] == near[1] and len(near[0]) == 1
