"""What is certain of a polynomial: its bounds, its sign, and whether it vanishes on a set of measure zero only."""

from __future__ import annotations

from fractions import Fraction

from flint import arb, ctx, fmpq

from derivations.normal_form.polynomials import CONSTANT, UNBOUNDED, Bounds, Mono, Poly, Polynomial, below, fraction
from derivations.normal_form.ring import Ring


def mono_bounds(ring: Ring, mono: Mono) -> Bounds:
    """Bounds of a monomial: its sign where the atoms have one; the ends of an interval."""
    if len(mono) == 1 and mono[0][1] == 1:
        return known_bounds(ring, mono[0][0])
    low: Fraction | None = Fraction(0)
    strict = True
    high: Fraction | None = Fraction(1)
    for a, e in mono:
        lo, lo_open, hi, _ = known_bounds(ring, a)
        if lo is not None and lo >= 0:
            strict &= lo > 0 or lo_open
            if isinstance(e, int) and e > 0:
                low = low * lo**e if low is not None else None
                high = high * hi**e if high is not None and hi is not None else None
            else:
                low, high = (Fraction(0) if low is not None else None), None
        elif isinstance(e, int) and e % 2 == 0:
            strict, high = (
                False,
                (high if hi is not None and hi <= 1 and lo is not None and lo >= -1 and e > 0 else None),
            )
        else:
            return UNBOUNDED
    if mono and all(isinstance(e, int) and e > 0 for _, e in mono):
        product = Fraction(1)
        for a, e in mono:
            lo = known_bounds(ring, a)[0]
            product *= lo**e if lo is not None and lo > 0 else 0
        low = product
    return (low if mono else Fraction(1), strict and (low is None or low == 0), high, False)


def known_bounds(ring: Ring, a: int) -> Bounds:
    """Bounds of an atom, with what has been learnt about its sign."""
    atom = ring.atoms[a]
    if ring.positive and (atom.bounds[0] is None or atom.bounds[0] < 0):
        sign = ring.positive.get(Polynomial({((a, 1),): fmpq(1)}))
        if sign is None and atom.kind == "elem":
            for pattern in ring.positive:
                if (
                    isinstance(pattern, tuple)
                    and pattern[0] == "elem"
                    and pattern[1] == atom.key[1]
                    and all(p is None or p == at for p, at in zip(pattern[2], atom.key[2], strict=True))
                ):
                    sign = ring.positive[pattern]
                    break
        if sign in (0, 1):
            return (Fraction(0), sign == 1, atom.bounds[2], atom.bounds[3])
        if sign == -1:
            return (atom.bounds[0], atom.bounds[1], Fraction(0), True)
    return atom.bounds


def bounds_of(ring: Ring, poly: Poly) -> Bounds:
    """Bounds of a polynomial, term by term."""
    low: Fraction | None = Fraction(0)
    high: Fraction | None = Fraction(0)
    low_open = high_open = False
    for m, c in poly.items():
        value = fraction(c)
        if not m:
            lo, lo_open, hi, hi_open = value, False, value, False
        else:
            lo, lo_open, hi, hi_open = mono_bounds(ring, m)
            lo, hi = (None if lo is None else lo * value), (None if hi is None else hi * value)
            if value < 0:
                lo, lo_open, hi, hi_open = hi, hi_open, lo, lo_open
        low = None if low is None or lo is None else low + lo
        high = None if high is None or hi is None else high + hi
        low_open |= lo_open
        high_open |= hi_open
        if low is None and high is None:
            return UNBOUNDED
    return low, low_open, high, high_open


def sign_of(ring: Ring, poly: Poly) -> int | None:
    """1 where the polynomial is > 0 everywhere, -1 where < 0, 0 where it is ≥ 0, None where unknown."""
    if ring.positive:
        learnt = ring.positive.get(Polynomial(poly))
        if learnt is not None:
            return learnt
    if poly and any(poly) and all(is_constant(ring, a) for m in poly for a, _ in m):
        exact = _numeric_sign(ring, poly)
        if exact is not None:
            return exact
    low, low_open, high, high_open = bounds_of(ring, poly)
    if low is not None and (low > 0 or (low == 0 and low_open)):
        return 1
    if high is not None and (high < 0 or (high == 0 and high_open)):
        return -1
    return 0 if low is not None and low >= 0 else None


def is_constant(ring: Ring, a: int) -> bool:
    """Whether an atom is a number."""
    key = ("constant", a)
    if key not in ring.memo:
        atom = ring.atoms[a]
        ring.memo[key] = atom.kind in CONSTANT and all(is_constant(ring, b) for b in below(atom.key))
    return ring.memo[key]


def _numeric_sign(ring: Ring, poly: Poly) -> int | None:
    """The sign of a constant, where a ball tells it."""
    key = ("sign", Polynomial(poly))
    if key not in ring.memo:
        ring.spend(10 * len(poly))
        with ctx.workprec(128):
            try:
                value = _number(ring, poly)
                ring.memo[key] = 1 if value > 0 else -1 if value < 0 else None
            except (ValueError, ZeroDivisionError, KeyError):
                ring.memo[key] = None
    return ring.memo[key]


def _number(ring: Ring, poly: Poly) -> arb:
    total = arb(0)
    for m, c in poly.items():
        term = arb(c)
        for a, e in m:
            power = arb(e) if isinstance(e, int) else arb(e.numerator) / e.denominator
            kind, *rest = ring.atoms[a].key
            if kind == "pi":
                base = arb.pi()
            elif kind == "prime":
                base = arb(rest[0])
            elif kind == "logprime":
                base = arb(rest[0]).log()
            elif kind == "exp":
                base = _number(ring, {tuple(rest[0]): fmpq(1)}).exp()
            elif kind in ("sin", "cos"):
                angle = (
                    _number(ring, {tuple(rest[1]): fmpq(1)})
                    * arb(Fraction(rest[0]).numerator)
                    / Fraction(rest[0]).denominator
                )
                base = angle.sin() if kind == "sin" else angle.cos()
            else:
                base = _number(ring, rest[0].poly())
                base = abs(base).log() if kind == "log" else base
            term *= base**power
        total += term
    return total


def is_generic(ring: Ring, poly: Poly) -> bool:
    """Whether the polynomial vanishes on a set of measure zero only, whatever the sizes and indices (nowhere, where
    boundaries count).

    True when one of its monomials is a product of continuous inputs, sums of such products and positive atoms, and
    contains an input that occurs in no other monomial. Also for a polynomial in continuous inputs, each at one
    place only (x_i - x_j vanishes for i = j).
    """
    if ring.boundaries:
        return sign_of(ring, poly) in (1, -1)
    if _independent(ring, poly):
        return True
    names = [_names(ring, m) for m in poly]
    for spot, m in enumerate(poly):
        if not all(_generic_atom(ring, a) for a, _ in m):
            continue
        mine = {n for n in names[spot] if n is not None}
        if not m and len(poly) == 1:
            return True
        elsewhere = set().union(*(names[k] for k in range(len(names)) if k != spot)) if len(names) > 1 else set()
        if None not in elsewhere and any(n not in elsewhere and _continuous(ring, n) for n in mine):
            return True
    return sign_of(ring, poly) in (1, -1)


def _independent(ring: Ring, poly: Poly) -> bool:
    atoms = [ring.atoms[a] for a in dict.fromkeys(a for m in poly for a, _ in m)]
    return (
        bool(atoms)
        and all(a.kind == "elem" and _continuous(ring, a.key[1]) for a in atoms)
        and len({a.key[1] for a in atoms}) == len(atoms)
    )


def _continuous(ring: Ring, name: str) -> bool:
    row = ring.names.get(name)
    return (
        row is not None
        and row.role == "input"
        and row.domain.structure == "plain"
        and not row.domain.values
        and not row.domain.integer
    )


def _names(ring: Ring, mono: Mono) -> set[str | None]:
    """The inputs in a monomial, through everything nested; None for a computed name or a discrete one (which may
    tie with any)."""
    return set().union(*(_names_below(ring, a) for a, _ in mono))


def _names_below(ring: Ring, a: int) -> frozenset[str | None]:
    """The same for an atom; asked once of each, since relu(1 - relu(1 - …)) nests one in another many times
    over."""
    key = ("names", a)
    if key not in ring.memo:
        atom = ring.atoms[a]
        found: set[str | None] = set()
        if atom.kind == "elem":
            row = ring.names.get(atom.key[1])
            found.add(atom.key[1] if row is not None and row.role == "input" else None)
        ring.memo[key] = frozenset(found.union(*(_names_below(ring, b) for b in below(atom.key))))
    return ring.memo[key]


def _generic_atom(ring: Ring, a: int) -> bool:
    atom = ring.atoms[a]
    if atom.kind == "elem" and _continuous(ring, atom.key[1]):
        return True
    if atom.rule == "pm1":
        return True
    if atom.kind == "sum":
        return all(
            ring.atoms[b].kind == "elem" and _continuous(ring, ring.atoms[b].key[1]) and isinstance(e, int) and e > 0
            for b, e in atom.key[-1]
        )
    lo, lo_open = atom.bounds[:2]
    return lo is not None and (lo > 0 or (lo == 0 and lo_open))


def splittable(ring: Ring) -> list[Polynomial]:
    """Conditions outside all binders whose sign is open and whose boundary has measure zero, in the order in which
    they were met."""
    return [
        k
        for k in ring.met
        if k not in ring.positive
        and all(0 <= label <= 1000 for label in ring.leaves(k.poly()))
        and is_generic(ring, k.poly())
    ]
