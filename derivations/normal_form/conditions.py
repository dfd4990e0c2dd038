"""Conditions as idempotent atoms: [f > 0] and [f = 0] for a primitive f with positive leading coefficient.

    [f ≥ 0] = [f > 0] + [f = 0]          [-f > 0] = 1 - [f > 0] - [f = 0]        [f > 0]² = [f > 0]
    sign f  = 2[f > 0] - 1 + [f = 0]     |f| = f (2[f > 0] - 1)                  max(a, b) = b + (a - b)[a > b]

[f = 0] is 0 where f vanishes on a set of measure zero only. A condition is never split by its sign below a binder:
there it is an indexed atom like any other, and (Σ_i sign x_i)² stays a double sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq

from derivations.normal_form.known import is_generic, sign_of
from derivations.normal_form.polynomials import ONE, SIZE, UNIT, Expr, Place, Poly, Polynomial, Unprovable
from derivations.normal_form.rational import clear, split
from derivations.normal_form.ring import Ring

MINUS = fmpq(-1)
MINUS_ONE: Poly = {(): MINUS}


def positive_part(ring: Ring, poly: Poly) -> Poly:
    """[poly > 0]."""
    return _indicator(ring, poly, "P")


def zero_part(ring: Ring, poly: Poly) -> Poly:
    """[poly = 0]."""
    return _indicator(ring, poly, "Z")


def ramp(ring: Ring, poly: Poly) -> Poly:
    """poly [poly > 0], in whichever of f [f > 0] and f - f [-f > 0] needs no [f = 0]."""
    gate = positive_part(ring, poly)
    if _has_zero(ring, gate):
        other = positive_part(ring, ring.scale(poly, MINUS))
        if not _has_zero(ring, other):
            return ring.sub(poly, ring.mul(poly, other))
    return ring.mul(poly, gate)


def _has_zero(ring: Ring, gate: Poly) -> bool:
    return any(ring.atoms[a].kind == "Z" for m in gate for a, _ in m)


def complement(ring: Ring, gate: Poly) -> Poly:
    """1 - gate."""
    return ring.sub(ONE, gate)


def _indicator(ring: Ring, poly: Poly, kind: str) -> Poly:
    if not poly:
        return {} if kind == "P" else ONE
    if set(poly) == {()}:
        return ONE if kind == "P" and poly[()] > 0 else {}
    ring.spend(sum(map(len, poly)))
    sign = sign_of(ring, poly)
    if sign in (1, -1):
        return ONE if kind == "P" and sign == 1 else {}
    two = _two_valued(ring, poly, kind)
    if two is not None:
        return two
    expanded = ring.by_values(poly, lambda p: _indicator(ring, p, kind))
    if expanded is not None:
        return expanded
    factors, flipped = _factors(ring, poly)
    if len(factors) > 1 and (ring.boundaries or all(is_generic(ring, f) for f in factors)):
        if kind == "Z":
            return ring.sub(ONE, ring.product(complement(ring, zero_part(ring, f)) for f in factors))
        return _of_product(ring, factors, flipped)
    primitive = ring.product(factors)
    if not primitive:
        raise Unprovable("the sign of a hidden zero")
    if primitive[ring.leading(primitive)] < 0:
        primitive, flipped = ring.scale(primitive, MINUS), not flipped
    if set(primitive) == {()}:
        return ({} if flipped else ONE) if kind == "P" else {}
    sign = sign_of(ring, primitive)
    if sign in (1, -1):
        return ONE if kind == "P" and (sign == 1) != flipped else {}
    if sign == 0:
        # f ≥ 0: [f > 0] = 1 - [f = 0], [-f > 0] = 0
        return _zero(ring, primitive) if kind == "Z" else {} if flipped else ring.sub(ONE, _zero(ring, primitive))
    everywhere = ring.rebuild["definite"](ring, primitive) if ring.boundaries or is_generic(ring, primitive) else None
    if everywhere is not None:
        return {} if kind == "Z" else ONE if (everywhere > 0) != flipped else {}
    simpler = ring.rebuild["same_sign"](ring, primitive)
    if simpler is not None and simpler != primitive:
        return _indicator(ring, ring.scale(simpler, MINUS) if flipped else simpler, kind)
    shifted = _whole_numbers(ring, ring.scale(primitive, MINUS) if flipped else primitive, kind)
    if shifted is not None:
        return shifted
    if kind == "Z":
        return _zero(ring, primitive)
    key = ring.key(primitive)
    ring.met[key] = None
    gate: Poly = {((ring.intern(("P", key), UNIT), 1),): fmpq(1)}
    if not flipped:
        return gate
    return ring.sub(ring.sub(ONE, gate), _zero(ring, primitive))


def _zero(ring: Ring, primitive: Poly) -> Poly:
    if is_generic(ring, primitive):
        return {}
    return {((ring.intern(("Z", ring.key(primitive)), UNIT), 1),): fmpq(1)}


def _of_product(ring: Ring, factors: list[Poly], flipped: bool) -> Poly:
    """[f g > 0] = (s + s²)/2 with s = sign f sign g; s² is 1 for factors that vanish on sets of measure zero."""
    sign = ring.product(
        ring.add(ring.scale(positive_part(ring, f), fmpq(2)), MINUS_ONE, zero_part(ring, f)) for f in factors
    )
    square = ring.product(complement(ring, zero_part(ring, f)) for f in factors)
    return ring.scale(ring.sub(square, sign) if flipped else ring.add(square, sign), fmpq(1, 2))


def _factors(ring: Ring, poly: Poly) -> tuple[list[Poly], bool]:
    """The factors that decide the sign of poly (positive ones and even powers dropped), and whether their product has
    the other sign."""
    poly, _ = _even_clear(ring, poly)
    if not poly:
        raise Unprovable("the sign of a hidden zero")
    c, mono, parts = split(ring, poly)
    flipped = c < 0
    out: list[Poly] = []
    for base, e in [({((a, 1),): fmpq(1)}, e) for a, e in mono] + list(parts):
        sign = sign_of(ring, base)
        if sign == 1:
            continue
        if sign == -1:
            flipped ^= e % 2 == 1
            continue
        if isinstance(e, Fraction):
            if e.denominator % 2 == 0:
                out.append(base)
                continue
            e = e.numerator
        if e % 2 == 0:
            if not is_generic(ring, base):
                out.append(ring.power(base, 2))
            continue
        out.append(base)
    return out, flipped


def _even_clear(ring: Ring, poly: Poly) -> tuple[Poly, dict[int, Any]]:
    """poly times even powers of its denominators."""
    numerator, taken = clear(ring, poly)
    for a, e in taken.items():
        if isinstance(e, Fraction):
            if e.denominator % 2:
                raise Unprovable("the sign of a root in a denominator")
        elif e % 2 and sign_of(ring, ring.atoms[a].key[1].poly()) != 1:
            numerator = ring.mul(numerator, ring.atoms[a].key[1].poly())
    return numerator, taken


def _two_valued(ring: Ring, poly: Poly, kind: str) -> Poly | None:
    """A condition on one label: linear in the label. [y = 1] is y for y in {0, 1} and (1 + y)/2 for y in {-1, 1}."""
    found = {a for m in poly for a, _ in m}
    if len(found) != 1:
        return None
    (a,) = found
    rule = ring.atoms[a].rule
    if rule not in ("idempotent", "onehot", "pm1", "P", "Z", "delta"):
        return None
    low, high = (-1, 1) if rule == "pm1" else (0, 1)
    values = []
    for v in (low, high):
        total = fmpq(0)
        for m, c in poly.items():
            e = m[0][1] if m else 0
            if not isinstance(e, int) or (e < 0 and v == 0):
                return None
            total += c * fmpq(v) ** e
        values.append(fmpq(1) if (total > 0 if kind == "P" else total == 0) else fmpq(0))
    slope = (values[1] - values[0]) / (high - low)
    return ring.add(Ring.const(values[0] - slope * low), ring.scale(ring.gen(a), slope))


def _whole_numbers(ring: Ring, poly: Poly, kind: str) -> Poly | None:
    """Conditions between indices and sizes: [i - j = 0] is δ_ij, [i - j + 1 > 0] is [i - j ≥ 0]. None where it is no
    such condition."""
    terms: list[tuple[tuple[int, str], int]] = []
    const = 0
    for m, c in poly.items():
        if c.q != 1:
            return None
        if not m:
            const = int(c)
            continue
        if len(m) != 1 or m[0][1] != 1:
            return None
        atom = ring.atoms[m[0][0]]
        if atom.kind == "idx":
            terms.append((next(iter(atom.key[1][0]))[0], int(c)))
        elif atom.kind == "size":
            terms.append(((SIZE, atom.key[1]), int(c)))
        else:
            return None
    plus = tuple(sorted((t, c) for t, c in terms if c > 0))
    minus = tuple(sorted((t, -c) for t, c in terms if c < 0))
    if not plus or not minus:
        return None
    if kind == "Z":
        return ring.delta((plus, max(const, 0)), (minus, max(-const, 0)))
    if const in (0, 1) and len(terms) == 2 and all(abs(c) == 1 for _, c in terms):
        if const == 1:
            base = {m: c for m, c in poly.items() if m}
            return ring.add(positive_part(ring, base), zero_part(ring, base))
        (left, _), (right, _) = plus[0], minus[0]
        if left[0] != SIZE and right[0] == SIZE and left[1] == right[1]:
            return {}
        if left[0] == SIZE and right[0] != SIZE and left[1] == right[1]:
            return ring.sub(ONE, ring.delta((plus, 0), (minus, 0)))
        if (not 0 <= right[0] <= 1000, right) < (not 0 <= left[0] <= 1000, left):
            # one atom for both directions: [i > j] = 1 - [j > i] - δ_ij
            other = positive_part(ring, ring.scale(poly, MINUS))
            return ring.sub(ring.sub(ONE, other), ring.delta((plus, 0), (minus, 0)))
    return {((ring.intern(("P", Polynomial(poly)), UNIT), 1),): fmpq(1)} if is_generic(ring, poly) is False else None


def relation(ring: Ring, op: str, difference: Poly) -> Poly:
    """[difference op 0]."""
    match op:
        case ">":
            return positive_part(ring, difference)
        case "<":
            return positive_part(ring, ring.scale(difference, MINUS))
        case ">=":
            return complement(ring, positive_part(ring, ring.scale(difference, MINUS)))
        case "<=":
            return complement(ring, positive_part(ring, difference))
        case "==":
            return zero_part(ring, difference)
        case _:
            return complement(ring, zero_part(ring, difference))


def again_gate(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    gate = _indicator(ring, ring.substitute(key[1].poly(), to), key[0])
    if e == 1:
        return gate
    if len(gate) == 1:
        ((m, c),) = gate.items()
        if c == 1 and len(m) == 1:
            return ring.gen(m[0][0], e)
    raise Unprovable("the reciprocal of a condition")


def again_delta(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    gate = ring.delta(Place(ring.place(key[1], to)), Place(ring.place(key[2], to)))
    if e == 1:
        return gate
    raise Unprovable("the reciprocal of a condition")
