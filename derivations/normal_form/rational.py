"""Rational functions: factors, common denominators, one form for each.

split       poly = c · monomial · Π f^e
clear       poly = numerator / Π f^e
canonical   x/(1+x) = 1 - 1/(1+x): common denominator, cancelled, then remainders of the division by the denominator
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from derivations.normal_form.polynomials import Exhausted, Mono, Poly, Polynomial, Unprovable, whole
from derivations.normal_form.ring import Ring

MAX_FACTOR_TERMS, MAX_FACTOR_ATOMS = 150, 12
"""Larger polynomials are not factored: their factors would cost more than the proof."""

Split = tuple[fmpq, Mono, tuple[tuple[Poly, int], ...]]


def split(ring: Ring, poly: Poly) -> Split:
    """poly = c · monomial · Π f^e with primitive f of several terms whose leading coefficient is positive. Raises
    `Unprovable` for 0."""
    if not poly:
        raise Unprovable("a reciprocal, root or logarithm of 0")
    if len(poly) == 1:
        ((m, c),) = poly.items()
        return c, m, ()
    key = ("split", Polynomial(poly))
    got = ring.memo.get(key)
    if got is None:
        got = ring.memo[key] = _split(ring, poly)
    return got


def content(ring: Ring, poly: Poly) -> tuple[Mono, Poly]:
    """poly = monomial · rest, the rest without negative powers, fractions of composites multiplied out."""
    monomial: Mono = ()
    for _ in range(4):
        lowest: dict[int, Any] = {}
        for k, m in enumerate(poly):
            here = dict(m)
            if k == 0:
                lowest = here
            else:
                lowest = {a: min(e, here.get(a, 0)) for a, e in lowest.items()} | {
                    a: e for a, e in here.items() if e < 0 and a not in lowest
                }
        shared = tuple(sorted((a, e) for a, e in lowest.items() if e))
        # y² = y makes y·y⁻¹ no 1: idempotent factors stay in the terms
        shared = tuple(
            (a, e) for a, e in shared if ring.atoms[a].rule not in ("idempotent", "onehot", "P", "Z", "delta") or e < 0
        )
        if not shared:
            break
        out: Poly = {}
        ring.spend(len(poly))
        for m, c in poly.items():
            rest = dict(m)
            for a, e in shared:
                left = whole(rest.get(a, 0) - e)
                if left:
                    rest[a] = left
                else:
                    rest.pop(a, None)
            out = ring.add(out, ring.scale(ring.settle(tuple(sorted(rest.items()))), c))
        poly = out
        monomial = ring._merge(monomial, shared)[0]
        if len(poly) <= 1:
            break
    return monomial, poly


def _split(ring: Ring, poly: Poly) -> Split:
    monomial, rest = content(ring, poly)
    if not rest:
        raise Unprovable("a reciprocal, root or logarithm of 0")
    if len(rest) == 1:
        ((m, c),) = rest.items()
        return c, ring._merge(monomial, m)[0], ()
    pieces = _factor(ring, rest)
    c = fmpq(1)
    found: dict[Polynomial, int] = {}
    for piece, e in pieces:
        if len(piece) == 1:
            ((m, k),) = piece.items()
            c *= k**e
            monomial = ring._merge(monomial, tuple((a, whole(x * e)) for a, x in m))[0]
            continue
        unit, primitive = normalise(ring, piece)
        c *= unit**e
        key = Polynomial(primitive)
        found[key] = found.get(key, 0) + e
    return c, monomial, tuple((k.poly(), e) for k, e in found.items())


def normalise(ring: Ring, poly: Poly) -> tuple[fmpq, Poly]:
    """poly = c · primitive integer polynomial with positive leading coefficient."""
    numerator, denominator = 0, 1
    for c in poly.values():
        p, q = int(c.p), int(c.q)
        numerator = gcd(numerator, p)
        denominator = denominator * q // gcd(denominator, q)
    unit = fmpq(abs(numerator), denominator)
    if poly[ring.leading(poly)] < 0:
        unit = -unit
    return unit, ring.scale(poly, 1 / unit)


def _factor(ring: Ring, poly: Poly) -> list[tuple[Poly, int]]:
    """Irreducible factors over the rationals (of a polynomial without negative powers)."""
    atoms = sorted({a for m in poly for a, _ in m})
    if len(poly) > MAX_FACTOR_TERMS or len(atoms) > MAX_FACTOR_ATOMS:
        return [(poly, 1)]
    if len(poly) == 2 and all(e == 1 for m in poly for _, e in m):
        return [(poly, 1)]
    ring.spend(20 + 4 * len(poly))
    scale: dict[int, int] = {}
    top = 0
    for m in poly:
        for a, e in m:
            if isinstance(e, Fraction):
                scale[a] = scale.get(a, 1) * e.denominator // gcd(scale.get(a, 1), e.denominator)
            top = max(top, int(abs(e)))
    if top > 40:
        return [(poly, 1)]
    spot = {a: k for k, a in enumerate(atoms)}
    ctx = fmpq_mpoly_ctx.get([f"x{k}" for k in range(max(1, len(atoms)))], Ordering.lex)
    terms = {}
    for m, c in poly.items():
        row = [0] * max(1, len(atoms))
        for a, e in m:
            row[spot[a]] = int(e * scale.get(a, 1))
        terms[tuple(row)] = c
    unit, factors = ctx.from_dict(terms).factor()
    out: list[tuple[Poly, int]] = [({(): fmpq(unit)}, 1)] if unit != 1 else []
    for f, e in factors:
        piece: Poly = {}
        for row, c in f.to_dict().items():
            m = tuple((atoms[k], whole(Fraction(int(x), scale.get(atoms[k], 1)))) for k, x in enumerate(row) if x)
            piece[m] = fmpq(c)
        out.append((piece, int(e)))
    return out


# ---------------------------------------------------------------- one form for a rational function


def denominators(ring: Ring, poly: Poly) -> dict[int, Any]:
    """The composite atoms with a negative power, and the lowest power of each."""
    found: dict[int, Any] = {}
    for m in poly:
        for a, e in m:
            if e < 0 and ring.atoms[a].kind == "D":
                found[a] = min(found.get(a, 0), e)
    return found


def clear(ring: Ring, poly: Poly, wanted: Mapping[int, Any] | None = None) -> tuple[Poly, dict[int, Any]]:
    """(numerator, {composite: power}) with poly = numerator / Π composite^power; composites within numerators are
    multiplied out."""
    taken: dict[int, Any] = {}
    for _ in range(12):
        below = (
            denominators(ring, poly)
            if wanted is None
            else {a: e for a, e in denominators(ring, poly).items() if a in wanted}
        )
        if not below:
            return poly, taken
        a, e = min(below.items())
        taken[a] = whole(taken.get(a, 0) - e)
        poly = ring.times(poly, ((a, whole(-e)),))
    raise Exhausted


def canonical(ring: Ring, poly: Poly) -> Poly:
    """A rational function in one form: common denominator, common factors cancelled, split by remainders where there is
    one denominator."""
    below = denominators(ring, poly)
    if not below or any(not isinstance(e, int) for e in below.values()):
        return poly
    key = ("canonical", Polynomial(poly))
    got = ring.memo.get(key)
    if got is None:
        got = ring.memo[key] = _canonical(ring, poly)
    return got


def _canonical(ring: Ring, poly: Poly) -> Poly:
    numerator, taken = clear(ring, poly)
    if not numerator:
        return {}
    if len(numerator) > MAX_FACTOR_TERMS:
        return poly
    for a in sorted(taken):
        while taken[a] > 0:
            quotient, remainder = divide(ring, numerator, ring.atoms[a].key[1].poly())
            if remainder:
                break
            numerator = quotient
            taken[a] -= 1
    taken = {a: e for a, e in taken.items() if e > 0}
    if len(taken) != 1:
        return ring.mul(numerator, {tuple(sorted((a, -e) for a, e in taken.items())): fmpq(1)}) if taken else numerator
    ((a, e),) = taken.items()
    out: Poly = {}
    divisor = ring.atoms[a].key[1].poly()
    for k in range(e, -1, -1):
        if k == 0:
            out = ring.add(out, numerator)
            break
        numerator, remainder = divide(ring, numerator, divisor)
        out = ring.add(out, {ring._merge(m, ((a, -k),))[0]: c for m, c in remainder.items()})
        if not numerator:
            break
    return out


def divide(ring: Ring, poly: Poly, divisor: Poly) -> tuple[Poly, Poly]:
    """Quotient and remainder under one order of monomials: no term of the remainder is a multiple of the leading term
    of the divisor."""
    lead = ring.leading(divisor)
    top = divisor[lead]
    if any(e < 0 or not isinstance(e, int) or ring.atoms[a].rule for a, e in lead):
        return {}, poly
    quotient: Poly = {}
    remainder: Poly = {}
    rest = dict(poly)
    wanted = dict(lead)
    while rest:
        ring.spend(len(divisor))
        m = ring.leading(rest)
        here = dict(m)
        if all(here.get(a, 0) >= e for a, e in wanted.items()):
            for a, e in wanted.items():
                left = whole(here[a] - e)
                if left:
                    here[a] = left
                else:
                    del here[a]
            q = tuple(sorted(here.items()))
            c = rest[m] / top
            quotient = ring.add(quotient, {q: c})
            rest = ring.sub(rest, ring.mul({q: c}, divisor))
            if m in rest:
                return {}, poly
        else:
            remainder[m] = rest.pop(m)
    return quotient, remainder
