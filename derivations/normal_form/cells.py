"""Cells: the parts into which conditions outside all binders cut the space, and which of them are empty.

A proof by cases decides one condition after the other. In a cell every condition met so far has its sign; a cell
without a point needs no proof. Emptiness is shown in two ways, both exact:

    linear       the signs and the bounds of the monomials contradict each other with every monomial as a variable of
                 its own
                 (Fourier's elimination): x > 2 and x < 1, or x > y, y > z and z > x
    one atom     between the real roots of the polynomials in a single atom, none of the intervals has all their
                 signs: x² < 4 and x > 3

Boundaries are left out: they have measure zero, since only generic conditions are decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from math import gcd, prod
from typing import Any

from flint import arb, fmpq, fmpz_poly

from derivations.normal_form.known import known_bounds, mono_bounds
from derivations.normal_form.polynomials import Bounds, Mono, Poly, Polynomial
from derivations.normal_form.ring import Ring

Row = tuple[dict[Mono, fmpq], fmpq, bool]
"""Σ c·m + constant > 0, or ≥ 0 where the last is False."""

MOST_ROWS = 120
"""Inequalities at a time in an elimination; with more, a cell counts as having points."""
MAX_DEGREE = 12


def empty(ring: Ring, signs: Mapping[Any, int]) -> bool:
    """Whether no point has these signs of polynomials (1: > 0, -1: < 0, 0: ≥ 0), for certain."""
    known = [(key.poly(), sign) for key, sign in signs.items() if isinstance(key, Polynomial)]
    return _contradict(ring, known) or _no_interval(ring, known)


# ---------------------------------------------------------------- linear in the monomials


def _contradict(ring: Ring, known: list[tuple[Poly, int]]) -> bool:
    rows: list[Row] = []
    monomials: dict[Mono, None] = {}
    for poly, sign in known:
        turned = ring.scale(poly, fmpq(-1 if sign < 0 else 1))
        rows.append(({m: c for m, c in turned.items() if m}, turned.get((), fmpq(0)), sign != 0))
        monomials |= dict.fromkeys(m for m in poly if m)
    for m in monomials:
        low, low_open, high, high_open = mono_bounds(ring, m)
        if low is not None:
            rows.append(({m: fmpq(1)}, fmpq(-low.numerator, low.denominator), low_open))
        if high is not None:
            rows.append(({m: fmpq(-1)}, fmpq(high.numerator, high.denominator), high_open))
    return _infeasible(ring, rows)


def _infeasible(ring: Ring, rows: list[Row]) -> bool:
    """Fourier's elimination: every variable from every pair of rows in which it has opposite signs."""
    while len(rows) <= MOST_ROWS:
        ring.spend(len(rows))
        if any(not terms and (constant < 0 or (strict and constant == 0)) for terms, constant, strict in rows):
            return True
        above: dict[Mono, int] = {}
        below: dict[Mono, int] = {}
        for terms, _, _ in rows:
            for m, c in terms.items():
                side = above if c > 0 else below
                side[m] = side.get(m, 0) + 1
        everywhere = {*above, *below}
        if not everywhere:
            return False
        gone = min(everywhere, key=lambda m: (above.get(m, 0) * below.get(m, 0) - above.get(m, 0) - below.get(m, 0), m))
        upper = [r for r in rows if r[0].get(gone, 0) > 0]
        lower = [r for r in rows if r[0].get(gone, 0) < 0]
        rows = [r for r in rows if gone not in r[0]] + [_without(gone, a, b) for a in upper for b in lower]
    return False


def _without(gone: Mono, a: Row, b: Row) -> Row:
    p, q = -b[0][gone], a[0][gone]
    terms = Ring.add(Ring.scale(a[0], p), Ring.scale(b[0], q))
    return terms, a[1] * p + b[1] * q, a[2] or b[2]


# ---------------------------------------------------------------- polynomials in one atom


def _no_interval(ring: Ring, known: list[tuple[Poly, int]]) -> bool:
    alone: dict[int, list[tuple[fmpz_poly, int]]] = {}
    for poly, sign in known:
        found = in_one_atom(poly)
        if found is not None:
            alone.setdefault(found[0], []).append((found[1], sign))
    return any(
        len(of) > 1 and _none_fits(ring, known_bounds(ring, a), of)
        for a, of in alone.items()
        if any(f.degree() > 1 for f, _ in of)
    )


def in_one_atom(poly: Poly) -> tuple[int, fmpz_poly] | None:
    """(the atom, the polynomial in it times a positive number), where all exponents are whole and not too large."""
    atoms = {a for m in poly for a, _ in m}
    if len(atoms) != 1 or any(len(m) > 1 for m in poly):
        return None
    common = 1
    for c in poly.values():
        common = common * int(c.q) // gcd(common, int(c.q))
    coefficients: dict[int, int] = {}
    for m, c in poly.items():
        e = m[0][1] if m else 0
        if not isinstance(e, int) or not 0 <= e <= MAX_DEGREE:
            return None
        coefficients[e] = int(c * common)
    return atoms.pop(), fmpz_poly([coefficients.get(k, 0) for k in range(max(coefficients) + 1)])


def between_roots(polys: Iterable[fmpz_poly], bounds: Bounds) -> list[Fraction] | None:
    """A rational number in every open interval between the real roots of some polynomials, within bounds; None where
    roots are not told apart."""
    low, high = bounds[0], bounds[2]
    whole = prod(
        (fmpz_poly([-end.numerator, end.denominator]) for end in (low, high) if end is not None), start=fmpz_poly([1])
    )
    for f in polys:
        whole *= f
    squarefree = whole // whole.gcd(whole.derivative())
    found: list[Any] = squarefree.complex_roots()
    roots = sorted((r.real for r, _ in found if r.imag == 0), key=lambda r: float(r.mid()))
    ends = [(_rational(r.lower()), _rational(r.upper())) for r in roots]
    if any(a[1] >= b[0] for a, b in pairwise(ends)):
        return None
    marks = (
        [ends[0][0] - 1, *((a[1] + b[0]) / 2 for a, b in pairwise(ends)), ends[-1][1] + 1] if ends else [Fraction(0)]
    )
    return [x for x in marks if (low is None or x > low) and (high is None or x < high)]


def _rational(end: arb) -> Fraction:
    q = end.fmpq()
    return Fraction(int(q.p), int(q.q))


def _none_fits(ring: Ring, bounds: Bounds, of: list[tuple[fmpz_poly, int]]) -> bool:
    ring.spend(20 * len(of))
    marks = between_roots((f for f, _ in of), bounds)
    return marks is not None and not any(all(sign_at(f, x) * (sign or 1) > 0 for f, sign in of) for x in marks)


def sign_at(f: fmpz_poly, x: Fraction) -> int:
    """The sign of a polynomial at a rational number."""
    value = Fraction(0)
    for k in range(f.degree(), -1, -1):
        value = value * x + int(f[k])
    return (value > 0) - (value < 0)
