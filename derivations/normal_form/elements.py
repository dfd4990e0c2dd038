"""Entries of names and indices as numbers, with what their domains say."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq

from derivations.domains import Declared
from derivations.normal_form.polynomials import SIZE, Bounds, Expr, Place, Poly
from derivations.normal_form.powers import rational_power
from derivations.normal_form.ring import Ring
from derivations.normal_form.sums import size_value


def place_value(ring: Ring, place: Expr) -> Poly:
    """An index expression as a number."""
    out = Ring.const(place[1])
    for leaf, c in place[0]:
        if leaf[0] == SIZE:
            piece = size_value(ring, leaf[1])
        else:
            top = Fraction(leaf[1]) if leaf[1].isdigit() else None
            piece = ring.gen(ring.intern(("idx", Place((((leaf, 1),), 0))), (Fraction(1), False, top, False)))
        out = ring.add(out, ring.scale(piece, fmpq(c)))
    return out


def entry_bounds(row: Declared) -> Bounds:
    """Bounds of an entry of a name."""
    domain = row.domain
    return (domain.low, domain.open_low, domain.high, domain.open_high)


def element(ring: Ring, name: str, at: tuple[Place, ...], e: Any = 1) -> Poly:
    """A declared name at indices; the pair of a symmetric name in order."""
    row = ring.names.get(name)
    if row is None:
        return ring.gen(ring.intern(("elem", name, at)), e)
    if row.domain.has("symmetric") and at[-1] < at[-2]:
        at = (*at[:-2], at[-1], at[-2])
    rule = "onehot" if row.domain.structure == "onehot" else "idempotent" if row.domain.has("idempotent") else ""
    rule = "pm1" if row.domain.has("involution") else rule
    bounds = entry_bounds(row)
    if row.domain.has("definite") and at[-2] == at[-1]:
        bounds = (Fraction(0), True, None, True)
    return ring.gen(ring.intern(("elem", name, at), bounds, rule=rule), e)


def again_element(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return element(ring, key[1], tuple(Place(ring.place(p, to)) for p in key[2]), e)


def again_index(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return rational_power(ring, place_value(ring, ring.place(key[1], to)), Fraction(e))
