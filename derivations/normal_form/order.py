"""What has the same sign as a polynomial but is simpler: both sides of f > g under a map that keeps their order.

    e^x > e^y       x > y                     √f > √g          f > g
    log f > log g   f > g    (f, g > 0)       ∛f > ∛g          f > g

and the sign of polynomials that have one everywhere: x² + x + 1 by its roots, x² + xy + y² by completing squares.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from flint import fmpq

from derivations.normal_form.cells import between_roots, in_one_atom, sign_at
from derivations.normal_form.known import known_bounds, sign_of
from derivations.normal_form.polynomials import ONE, UNBOUNDED, Mono, Poly, Polynomial
from derivations.normal_form.powers import logarithm, rational_power
from derivations.normal_form.ring import Ring

MAX_POWER = 8
"""Sides are raised to at most this power."""
MAX_SQUARES = 12
"""Names in a quadratic form that is tried."""


def same_sign(ring: Ring, poly: Poly) -> Poly | None:
    """A simpler polynomial with the same sign wherever both have one; None where no map is known."""
    if all(len(m) == 1 and m[0][1] == 1 and ring.atoms[m[0][0]].kind in ("log", "logprime") for m in poly):
        return _without_logs(ring, poly)
    if len(poly) != 2:
        return None
    (m, c), (n, d) = poly.items()
    atoms = {a for a, _ in (*m, *n)}
    if (c > 0) == (d > 0):
        return None
    if any(ring.atoms[a].kind == "exp" for a in atoms):
        if sign_of(ring, {m: fmpq(1)}) != 1 or sign_of(ring, {n: fmpq(1)}) != 1:
            return None
        logs = ring.sub(logarithm(ring, {m: abs(c)}), logarithm(ring, {n: abs(d)}))
        return ring.scale(logs, fmpq(1 if c > 0 else -1))
    k = lcm(*(e.denominator for _, e in (*m, *n) if isinstance(e, Fraction)))
    if k == 1 or k > MAX_POWER or (k % 2 == 0 and any(sign_of(ring, {x: fmpq(1)}) not in (0, 1) for x in (m, n))):
        return None
    signs = (1, 1) if k % 2 else (1 if c > 0 else -1, 1 if d > 0 else -1)
    return ring.add(
        *(ring.scale(ring.power({x: fmpq(1)}, k), s * b**k) for x, b, s in ((m, c, signs[0]), (n, d, signs[1])))
    )


def _without_logs(ring: Ring, poly: Poly) -> Poly | None:
    """Σ c log f > 0 as Π f^c > 1, the negative powers on the other side."""
    k = lcm(*(int(c.q) for c in poly.values()))
    powers = {m: int(c * k) for m, c in poly.items()}
    if sum(map(abs, powers.values())) > MAX_POWER:
        return None
    above, below = ONE, ONE
    for ((a, _),), e in powers.items():
        kind, inside = ring.atoms[a].key
        base = {(): fmpq(inside)} if kind == "logprime" else inside.poly()
        sign = sign_of(ring, base)
        if sign is None:
            return None
        if sign < 0:
            base = ring.scale(base, fmpq(-1))
        side = rational_power(ring, base, Fraction(abs(e)))
        above, below = (ring.mul(above, side), below) if e > 0 else (above, ring.mul(below, side))
    return ring.sub(above, below)


def definite(ring: Ring, poly: Poly) -> int | None:
    """1 where the polynomial is > 0 everywhere (but for a set of measure zero, unless boundaries count), -1 where it is
    < 0, else None."""
    key = ("definite", Polynomial(poly))
    if key not in ring.memo:
        ring.memo[key] = _of_one_atom(ring, poly) or _of_squares(ring, poly)
    return ring.memo[key]


def _of_one_atom(ring: Ring, poly: Poly) -> int | None:
    found = in_one_atom(poly)
    if found is None or found[1].degree() < 2:
        return None
    ring.spend(20)
    marks = between_roots([found[1]], UNBOUNDED if ring.boundaries else known_bounds(ring, found[0]))
    if ring.boundaries and len(marks or ()) > 1:
        return None
    signs = {sign_at(found[1], x) for x in marks or ()}
    return signs.pop() if len(signs) == 1 else None


def _of_squares(ring: Ring, poly: Poly) -> int | None:
    """± Σ of squares and a number of that sign: the quadratic form of (1, x, y, …) has no entry of the other sign once
    squares are completed."""
    names = sorted({a for m in poly for a, _ in m})
    if not 2 <= len(names) <= MAX_SQUARES or any(
        not all(isinstance(e, int) and e > 0 for _, e in m) or sum(e for _, e in m) > 2 for m in poly
    ):
        return None
    ring.spend(len(names) ** 2)
    squares = [poly.get(((a, 2),), fmpq(0)) for a in names]
    sign = 1 if all(s >= 0 for s in squares) else -1 if all(s <= 0 for s in squares) else 0
    if sign == 0:
        return None
    form = [[sign * _entry(poly, a, b) for b in (None, *names)] for a in (None, *names)]
    left = list(range(1, len(form)))
    while left:
        k = next((k for k in left if form[k][k] > 0), None)
        if k is None:
            break
        left.remove(k)
        for i in (0, *left):
            for j in (0, *left):
                form[i][j] -= form[i][k] * form[k][j] / form[k][k]
    rest = (0, *left)
    plain = all(form[i][j] == 0 for i in rest for j in rest if (i, j) != (0, 0)) and all(form[k][k] >= 0 for k in left)
    return sign if plain and (form[0][0] > 0 or (form[0][0] == 0 and not ring.boundaries)) else None


def _entry(poly: Poly, a: int | None, b: int | None) -> fmpq:
    if a == b:
        return poly.get(() if a is None else ((a, 2),), fmpq(0))
    both: Mono = tuple((x, 1) for x in sorted(x for x in (a, b) if x is not None))
    return poly.get(both, fmpq(0)) / 2


__all__ = ["definite", "same_sign"]
