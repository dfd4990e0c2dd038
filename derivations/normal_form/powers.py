"""Powers, exponentials and logarithms of polynomials, split over factors.

e^(a+b)   = e^a e^b               log|a b| = log|a| + log|b|
a^r       split over factors; (a²)^(1/2) = |a|, a^(p/q) with q odd is the real root
b^y       = e^(y log b)           (-b)^k = (-1)^k b^k, (-1)^(k² + 2l) = (-1)^k for whole k, l
|f|       = f (2[f > 0] - 1)
1/f       the composite atom f to the power -1; its positive powers are multiplied out
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq

from derivations.normal_form.conditions import ramp
from derivations.normal_form.known import bounds_of, is_generic, mono_bounds, sign_of
from derivations.normal_form.polynomials import (
    ONE,
    POSITIVE,
    SIGNED_UNIT,
    UNBOUNDED,
    Bounds,
    Exhausted,
    Expr,
    Mono,
    MonoKey,
    Poly,
    Polynomial,
    Unprovable,
    fraction,
    rational,
    whole,
)
from derivations.normal_form.rational import canonical, normalise, split
from derivations.normal_form.ring import LARGEST_NUMERAL, Ring

# ---------------------------------------------------------------- powers


def rational_power(ring: Ring, poly: Poly, r: Fraction) -> Poly:
    """poly^r over the reals: odd roots of negative numbers are real."""
    r = whole(r)
    if isinstance(r, int) and r >= 0:
        if len(poly) > 1 and r > 1:
            ring.spend(len(poly))
        return ring.power(poly, r)
    if not poly:
        if r > 0:
            return {}
        raise Unprovable("a reciprocal of 0")
    expanded = (
        ring.by_values(poly, lambda p: rational_power(ring, p, r)) if len(poly) > 1 or not isinstance(r, int) else None
    )
    if expanded is not None:
        return expanded
    c, mono, factors = split(ring, poly)
    if isinstance(r, int):
        if int(max(c.p.bit_length(), c.q.bit_length())) * -r > LARGEST_NUMERAL and abs(c) != 1:
            raise Exhausted
        out: Poly = ring.settle(tuple((a, whole(e * r)) for a, e in guard_inverse(ring, mono)))
        out = ring.scale(out, c**r)
        for f, e in factors:
            if ring.guarded and not is_generic(ring, f):
                raise Unprovable("a reciprocal inside a case that may vanish")
            out = ring.mul(out, composite(ring, f, e * r))
        return out
    return _root(ring, c, mono, factors, Fraction(r))


def guard_inverse(ring: Ring, mono: Mono) -> Mono:
    """The monomial, refused inside a case branch when its reciprocal could be 1/0 with positive probability."""
    if ring.guarded and not all(is_generic(ring, {((a, 1),): fmpq(1)}) for a, e in mono if e > 0):
        raise Unprovable("a reciprocal inside a case that may vanish")
    return mono


def composite(ring: Ring, f: Poly, e: Any) -> Poly:
    """f^e for a primitive f of several terms: a composite atom; whole positive powers are multiplied out."""
    e = whole(e)
    if isinstance(e, int) and e >= 0:
        return ring.power(f, e)
    lo = POSITIVE if sign_of(ring, f) in (0, 1) or (not isinstance(e, int) and e.denominator % 2 == 0) else UNBOUNDED
    return ring.gen(ring.intern(("D", Polynomial(f)), lo), e)


def _root(ring: Ring, c: fmpq, mono: Mono, factors: tuple[tuple[Poly, int], ...], r: Fraction) -> Poly:
    p, q = r.numerator, r.denominator
    odd_root = q % 2 == 1
    out = ONE
    unknown: list[tuple[Poly, Any]] = []
    parts: list[tuple[Poly, Any]] = [({((a, 1),): fmpq(1)}, e) for a, e in mono] + _sines(ring, list(factors))
    for base, e in parts:
        if set(base) == {()}:
            c = c * base[()] ** e
            continue
        sign = sign_of(ring, base)
        plain = len(base) == 1
        if sign is None and plain and not odd_root and ring.atoms[next(iter(base))[0][0]].kind == "exp":
            raise Unprovable("an even root of a symbolic power of a base of unknown sign")
        if sign in (0, 1) or (isinstance(e, Fraction) and e.denominator % 2 == 0):
            out = ring.mul(out, _simple_power(ring, base, e * r, plain))
        elif sign == -1 and not (isinstance(e, int) and e % 2 == 0):
            if not isinstance(e, int):
                raise Unprovable("a root of a root of something negative")
            c = -c
            out = ring.mul(out, _simple_power(ring, ring.scale(base, fmpq(-1)), e * r, False))
        elif isinstance(e, Fraction):
            if e.numerator % 2:
                raise Unprovable("a root of a root of unknown sign")
            out = ring.mul(out, abs_fractional(ring, base, e * r))
        elif e % 2 == 0:
            out = ring.mul(out, abs_fractional(ring, base, e * r))
        elif odd_root:
            out = ring.mul(out, _simple_power(ring, base, e * r, plain))
        else:
            unknown.append((base, e))
    if odd_root or not unknown:
        if c < 0:
            if not odd_root:
                raise Unprovable("an even root of a negative number")
            out = ring.scale(out, fmpq((-1) ** (p % 2)))
            c = -c
        return ring.mul(out, number_power(ring, fraction(c), r))
    # an even root of a product of unknown signs: only the product is known to be ≥ 0
    if len(unknown) == 1 and c > 0:
        base, e = unknown[0]
        out = ring.mul(out, _simple_power(ring, base, e * r, len(base) == 1))
        return ring.mul(out, number_power(ring, fraction(c), r))
    inner: Poly = {(): fmpq(1) if c > 0 else fmpq(-1)}
    for base, e in unknown:
        if e < 0:
            # 1/b has the sign of b: √(a/b) = √(ab)/|b|
            if e % 2 == 0:
                raise Unprovable("an even power here is no unknown sign")
            out = ring.mul(out, abs_fractional(ring, base, (e - 1) * r))
            inner = ring.mul(inner, base)
        else:
            out = ring.mul(out, abs_fractional(ring, base, (e - 1) * r)) if e > 1 else out
            inner = ring.mul(inner, base)
    if not inner:
        raise Unprovable("a root of 0")
    return ring.product(
        [out, ring.gen(ring.intern(("D", Polynomial(inner)), POSITIVE), r), number_power(ring, abs(fraction(c)), r)]
    )


def _sines(ring: Ring, factors: list[tuple[Poly, int]]) -> list[tuple[Poly, Any]]:
    """(1 - cos z)^e (1 + cos z)^e as (sin z)^(2e), up to the sign that the two factors carry."""
    for k, (f, e) in enumerate(factors):
        for h, (g, d) in enumerate(factors):
            if k == h or e != d or len(f) != 2 or len(g) != 2:
                continue
            shared = [m for m in f if len(m) == 1 and m[0][1] == 1 and ring.atoms[m[0][0]].kind == "cos"]
            if len(shared) == 1 and f == {shared[0]: fmpq(1), (): fmpq(1)} and g == {shared[0]: fmpq(1), (): fmpq(-1)}:
                _, multiple, angle = ring.atoms[shared[0][0][0]].key
                sine = ring.intern(("sin", multiple, angle), SIGNED_UNIT)
                rest = [p for n, p in enumerate(factors) if n not in (k, h)]
                return [({((sine, 1),): fmpq(1)}, 2 * e), ({(): fmpq(-1)}, e), *rest]
    return list(factors)


def _simple_power(ring: Ring, base: Poly, e: Any, plain: bool) -> Poly:
    e = whole(e)
    if plain:
        ((m, _),) = base.items()
        return ring.settle(tuple((a, whole(x * e)) for a, x in m))
    if len(base) == 1:
        return ring.gen(ring.intern(("D", Polynomial(base)), POSITIVE), e)
    return composite(ring, base, e)


def abs_power(ring: Ring, f: Poly, k: int) -> Poly:
    """|f|^k for an integer k: f^k where k is even; |f| = 2 f [f > 0] - f."""
    if k % 2 == 0 or not f or sign_of(ring, f) in (0, 1):
        return rational_power(ring, f, Fraction(k))
    absolute = ring.sub(ring.scale(ramp(ring, f), fmpq(2)), f)
    return absolute if k == 1 else ring.mul(rational_power(ring, f, Fraction(k - 1)), absolute)


def abs_fractional(ring: Ring, f: Poly, e: Any) -> Poly:
    """|f|^e."""
    e = whole(e)
    if isinstance(e, int):
        return abs_power(ring, f, e)
    sign = sign_of(ring, f)
    if sign is not None:
        return rational_power(ring, ring.scale(f, fmpq(-1)) if sign < 0 else f, e)
    if e.denominator % 2 == 1 and e.numerator % 2 == 0:
        return _simple_power(ring, f, e, len(f) == 1)
    return ring.gen(ring.intern(("abs", Polynomial(f)), (Fraction(0), False, None, True)), e)


def number_power(ring: Ring, base: Fraction, r: Any) -> Poly:
    """base^r for a positive rational base: prime by prime, the fractional part an atom."""
    r = whole(r)
    if isinstance(r, int):
        return ring.power(Ring.const(base), r) if r >= 0 else ring.power(Ring.const(1 / base), -r)
    out = ONE
    for prime, e in primes(ring, base):
        out = ring.mul(out, prime_power(ring, prime, e * r))
    return out


def prime_power(ring: Ring, prime: int, e: Any) -> Poly:
    """prime^e, the whole part of e in the coefficient."""
    e = whole(e)
    k = e if isinstance(e, int) else e.numerator // e.denominator
    if abs(k) * prime.bit_length() > LARGEST_NUMERAL:
        raise Exhausted
    out = Ring.const(Fraction(prime) ** k)
    left = whole(e - k)
    return (
        ring.scale({((ring.intern(("prime", prime), (Fraction(1), True, None, True)), left),): fmpq(1)}, out[()])
        if left
        else out
    )


def primes(ring: Ring, value: Fraction) -> list[tuple[int, int]]:
    """A positive rational as powers of primes; a large cofactor stays as it is, as one number."""
    found: dict[int, int] = {}
    for number, way in ((value.numerator, 1), (value.denominator, -1)):
        d = 2
        while d * d <= number and d < 2000:
            while number % d == 0:
                found[d] = found.get(d, 0) + way
                number //= d
            d += 1 if d == 2 else 2
        ring.spend(1 + d // 50)
        if number > 1:
            found[number] = found.get(number, 0) + way
    return sorted((p, e) for p, e in found.items() if e)


# ---------------------------------------------------------------- exponentials and logarithms


def exponential(ring: Ring, poly: Poly) -> Poly:
    """e^poly: a factor for every term; e^(c log|f|) = |f|^c."""
    expanded = ring.by_values(poly, lambda p: exponential(ring, p))
    if expanded is not None:
        return expanded
    out = ONE
    for m, c in sorted(canonical(ring, poly).items(), key=lambda t: t[0]):
        out = ring.mul(out, _exponential_term(ring, m, fraction(c)))
    return out


def _exponential_term(ring: Ring, m: Mono, c: Fraction) -> Poly:
    atoms = ring.atoms
    if len(m) == 1 and m[0][1] == 1:
        atom = atoms[m[0][0]]
        if atom.kind == "log":
            f = atom.key[1].poly()
            return abs_fractional(ring, f, c) if c.denominator != 1 or c.numerator % 2 else rational_power(ring, f, c)
        if atom.kind == "flog":
            return rational_power(ring, atom.key[1].poly(), c)
        if atom.kind == "logprime":
            return prime_power(ring, atom.key[1], c)
    positive = not any(atoms[a].kind == "flog" for a, _ in m)
    bounds = (
        UNBOUNDED
        if not positive
        else (Fraction(1), False, None, True)
        if (mono_bounds(ring, m)[0] or -1) >= 0 and m
        else POSITIVE
    )
    return ring.gen(ring.intern(("exp", MonoKey(m)), bounds), whole(c))


def logarithm(ring: Ring, poly: Poly) -> Poly:
    """log|poly|: a term for every factor."""
    if not poly:
        raise Unprovable("a logarithm of 0")
    expanded = ring.by_values(poly, lambda p: logarithm(ring, p))
    if expanded is not None:
        return expanded
    c, mono, factors = split(ring, poly)
    guard_inverse(ring, mono)
    out: Poly = {}
    for p, e in primes(ring, abs(fraction(c))):
        out = ring.add(out, ring.gen_scaled(ring.intern(("logprime", p), POSITIVE), e))
    for a, e in mono:
        out = ring.add(out, ring.scale(_log_atom(ring, a), rational(e)))
    for f, e in factors:
        out = ring.add(out, ring.gen_scaled(ring.intern(("log", Polynomial(f)), _log_bounds(ring, f)), e))
    return out


def _log_atom(ring: Ring, a: int) -> Poly:
    atom = ring.atoms[a]
    if atom.kind == "exp":
        m = MonoKey(atom.key[1])
        if not any(ring.atoms[b].kind == "flog" for b, _ in m):
            return {tuple(m): fmpq(1)}
    if atom.kind == "prime":
        return ring.gen(ring.intern(("logprime", atom.key[1]), POSITIVE))
    if atom.rule == "pm1":
        return {}
    if atom.kind in ("D", "abs"):
        return logarithm(ring, atom.key[1].poly())
    if atom.kind == "prod":
        return ring.rebuild["log_prod"](ring, atom.key)
    itself: Poly = {((a, 1),): fmpq(1)}
    return ring.gen(ring.intern(("log", Polynomial(itself)), _log_bounds(ring, itself)))


def _log_bounds(ring: Ring, f: Poly) -> Bounds:
    """log f ≥ 0 for f ≥ 1; log|f| ≤ 0 for |f| ≤ 1."""
    low, low_open, high, high_open = bounds_of(ring, f)
    if low is not None and low >= 1:
        return Fraction(0), low > 1 or low_open, None, True
    if low is not None and high is not None and low >= -1 and high <= 1:
        return None, True, Fraction(0), (high < 1 or high_open) and (low > -1 or low_open)
    return UNBOUNDED


def learn(ring: Ring, poly: Poly, strict: bool) -> None:
    """Note that a polynomial is > 0 (≥ 0) because its logarithm (even root) is taken outside every case: both formulas
    being defined is given."""
    if ring.guarded or ring.boundaries or not poly:
        return
    c, mono, factors = split(ring, poly)
    unknown = [({((a, 1),): fmpq(1)}, e) for a, e in mono] + list(factors)
    unknown = [(f, e) for f, e in unknown if sign_of(ring, f) is None and not (isinstance(e, int) and e % 2 == 0)]
    if len(unknown) == 1 and (c > 0 or strict):
        ring.learnt[Polynomial(unknown[0][0])] = (1 if c > 0 else -1) if strict else 0


def symbolic_power(ring: Ring, base: Poly, exponent: Poly) -> Poly:
    """base^exponent = e^(exponent · log base); where the sign of the base is unknown its logarithm is a symbol of its
    own."""
    if not base:
        raise Unprovable("0 to a symbolic power")
    c, mono, factors = split(ring, base)
    known: Poly = ONE
    formal: Poly = ONE
    if c > 0:
        known = ring.scale(known, c)
    else:
        formal = {(): fmpq(-1)}
        known = ring.scale(known, -c)
    for part, e in [({((a, 1),): fmpq(1)}, e) for a, e in mono] + list(factors):
        piece = rational_power(ring, part, Fraction(e))
        sign = sign_of(ring, part)
        if sign in (0, 1) or (isinstance(e, int) and e % 2 == 0):
            known = ring.mul(known, piece)
        elif sign == -1 and isinstance(e, int):
            known = ring.mul(known, ring.scale(piece, fmpq(-1)))
            formal = ring.scale(formal, fmpq(-1))
        else:
            formal = ring.mul(formal, piece)
    logs = logarithm(ring, known)
    if formal == {(): fmpq(-1)} and all(is_whole(ring, m, c) for m, c in exponent.items()):
        return ring.mul(parity(ring, exponent), exponential(ring, ring.mul(exponent, logs)))
    if formal != ONE:
        logs = ring.add(logs, ring.gen(ring.intern(("flog", Polynomial(formal)), UNBOUNDED)))
    return exponential(ring, ring.mul(exponent, logs))


def is_whole(ring: Ring, m: Mono, c: fmpq) -> bool:
    """Whether a term is a whole number: products of integers, sizes, indices, labels."""
    if c.q != 1:
        return False
    for a, e in m:
        atom = ring.atoms[a]
        row = ring.names.get(atom.key[1]) if atom.kind == "elem" else None
        if not (
            isinstance(e, int)
            and e > 0
            and (atom.kind in ("idx", "size", "P", "Z", "delta") or (row is not None and row.domain.integer))
        ):
            return False
    return True


def parity(ring: Ring, poly: Poly) -> Poly:
    """(-1)^k for a whole k: k² is even where k is, and so is 2k."""
    out = ONE
    for m, c in poly.items():
        if c.p % 2:
            one = MonoKey((a, 1) for a, _ in m)
            out = ring.mul(
                out, ring.gen(ring.intern(("parity", one), SIGNED_UNIT, rule="pm1")) if one else {(): fmpq(-1)}
            )
    return out


# ---------------------------------------------------------------- made again under other indices


def again_exp(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return rational_power(ring, exponential(ring, ring.substitute_mono(tuple(key[1]), to)), Fraction(e))


def again_log(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return rational_power(ring, logarithm(ring, ring.substitute(key[1].poly(), to)), Fraction(e))


def again_parity(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return rational_power(ring, parity(ring, ring.substitute_mono(tuple(key[1]), to)), Fraction(e))


def again_flog(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return ring.gen(ring.intern(("flog", Polynomial(ring.substitute(key[1].poly(), to))), UNBOUNDED), e)


def again_composite(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    poly = ring.substitute(key[1].poly(), to)
    if isinstance(e, int):
        return rational_power(ring, poly, Fraction(e))
    if len(poly) < 2:
        return rational_power(ring, poly, Fraction(e))
    unit, primitive = normalise(ring, poly)
    if unit != 1:
        return rational_power(ring, poly, Fraction(e))
    return ring.gen(ring.intern(("D", Polynomial(primitive)), POSITIVE if e.denominator % 2 == 0 else UNBOUNDED), e)


def again_abs(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return abs_fractional(ring, ring.substitute(key[1].poly(), to), e)
