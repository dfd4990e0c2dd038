"""Exact polynomials over atoms: the arithmetic below the normal form.

A polynomial is a mapping monomial → rational; a monomial is a sorted tuple of (atom, exponent), exponents integer or
rational, negative ones too. An atom is whatever is not taken apart any further: an element x_ij, n, e^m, log|f|, a
contraction Σ_ij a_ij b_j, the indicator [f > 0], a sum in a denominator. Atoms are interned: two are the same number
exactly when they are the same structure, with bound indices in canonical order.

Every identity used here holds for every size ≥ 1 and wherever both formulas are defined, up to sets of measure zero in
the continuous inputs (kinks); an identity that could fail on a set that discrete inputs hit with positive probability
is not used. All work is counted, so that the outcome is the same on every machine.

Longer than most modules here for one reason: product, power, substitution and the relations of atoms call one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from fractions import Fraction
from typing import Any

from flint import fmpq

from derivations.domains import Names
from derivations.normal_form.polynomials import (
    IDEMPOTENT,
    ONE,
    SIGNED_UNIT,
    SIZE,
    SPECIAL,
    TWO_VALUED,
    UNBOUNDED,
    UNIT,
    Atom,
    Bounds,
    Exhausted,
    Expr,
    Leaf,
    Mono,
    MonoKey,
    Place,
    Poly,
    Polynomial,
    below,
    is_bare,
    rational,
    whole,
)

MAX_VALUED = 3
"""Conditions and labels by whose values a function is expanded: 2³ pieces at most."""


LARGEST_NUMERAL = 40_000
"""Bits of a number that a power may make: 10^(-10^10) would take four gigabytes, and GMP ends the process where there
are none."""


class Ring:
    """The atoms of one proof and the arithmetic on polynomials in them."""

    def __init__(self, names: Names, budget: int, rebuild: Mapping[str, Callable[..., Any]]):
        self.names = names
        self.left = budget
        self.rebuild = rebuild
        self.atoms: list[Atom] = []
        self._ids: dict[tuple[Any, ...], int] = {}
        self._shapes: dict[Any, int] = {}
        self.memo: dict[Any, Any] = {}
        self._label = 1000
        self.guarded = 0
        """Depth of case branches: there nothing may be learnt from an expression being defined."""
        self.positive: dict[Any, int] = {}
        """Signs learnt from definedness or assumed in a case split: polynomial key → 1 or -1; ("elem", name, pattern) →
        1."""
        self.learnt: dict[Any, int] = {}
        self.units: dict[Mono, int] = {}
        """For sines and cosines: the common denominator of the multiples of a monomial that have occurred."""
        self.expand_values = False
        """Whether functions of conditions and labels are expanded by their values: f(g a) = g f(a) + (1 - g) f(0)."""
        self.boundaries = False
        """Whether boundaries count: [f = 0] is left out otherwise where it has measure zero."""
        self.met: dict[Polynomial, None] = {}
        """The conditions that occurred outside all binders, in order."""
        self.rewrite_inverses = True
        """Whether (A + B)⁻¹A is written I - (A + B)⁻¹B; without it A A⁻¹ = I can be found first."""

    # ------------------------------------------------------------ work and names

    def spend(self, work: int) -> None:
        """Count work; raises when the budget is spent."""
        self.left -= work
        if self.left < 0:
            raise Exhausted

    def fresh(self) -> int:
        """A label that no index has."""
        self._label += 1
        return self._label

    def within(self, signs: Mapping[Polynomial, int]) -> Ring:
        """The ring of a cell: the same atoms under the same numbers, what was known of them, and more signs."""
        inner = Ring(self.names, self.left, self.rebuild)
        inner.atoms = [copy(a) for a in self.atoms]
        inner._ids, inner._shapes, inner.memo, inner._label = (
            dict(self._ids),
            dict(self._shapes),
            dict(self.memo),
            self._label,
        )
        inner.units, inner.expand_values, inner.rewrite_inverses = (
            dict(self.units),
            self.expand_values,
            self.rewrite_inverses,
        )
        inner.positive = {**self.positive, **signs}
        inner.spend(len(self.atoms))
        return inner

    def accept_learnt(self) -> None:
        """Use what definedness has taught: signs of polynomials in free indices, and of a name at every place of a
        bound index."""
        for key, sign in self.learnt.items():
            poly = key.poly()
            if all(0 <= label <= 1000 for label in self.leaves(poly)):
                self.positive.setdefault(key, sign)
            elif len(poly) == 1 and len(next(iter(poly))) == 1:
                atom = self.atoms[next(iter(poly))[0][0]]
                if atom.kind == "elem" and sign >= 0 and all(is_bare(p) or not p[0] for p in atom.key[2]):
                    bound = [p for p in atom.key[2] if p[0] and not 0 <= p[0][0][0][0] <= 1000]
                    row = self.names.get(atom.key[1])
                    full = row is not None and all(
                        p not in bound or p[0][0][0][1] == str(size)
                        for p, size in zip(atom.key[2], row.sizes, strict=True)
                    )
                    if full and len(set(bound)) == len(bound):
                        self.positive.setdefault(
                            ("elem", atom.key[1], tuple(None if p in bound else p for p in atom.key[2])), sign
                        )

    # ------------------------------------------------------------ atoms

    def intern(
        self,
        key: tuple[Any, ...],
        bounds: Bounds = UNBOUNDED,
        bound: frozenset[int] = frozenset(),
        rule: str = "",
        height: int = 0,
    ) -> int:
        """The number of an atom, made when new."""
        got = self._ids.get(key)
        if got is not None:
            if bounds is not UNBOUNDED and self.atoms[got].bounds == UNBOUNDED:
                self.atoms[got].bounds = bounds  # in a cell more is known
            return got
        leaves: set[int] = set()
        shape = self._scan(key, leaves)
        deepest = max((self.atoms[a].height for a in below(key)), default=0)
        shape_id = self._shapes.setdefault(shape, len(self._shapes))
        kind = key[0]
        atom = Atom(
            key,
            frozenset(leaves - bound),
            shape_id,
            max(deepest, height),
            bounds,
            rule or (kind if kind in SPECIAL else ""),
        )
        self.atoms.append(atom)
        self._ids[key] = len(self.atoms) - 1
        self.spend(2)
        return len(self.atoms) - 1

    def height_over(self, poly: Poly) -> int:
        """The height of a binder over a polynomial: one more than that of the highest atom in it."""
        return 1 + max((self.atoms[a].height for m in poly for a, _ in m), default=0)

    def _scan(self, part: Any, leaves: set[int]) -> Any:
        """The shape of a key (labels of indices left out), collecting the labels."""
        if isinstance(part, Polynomial):
            return ("poly", tuple(sorted((self._scan_mono(m, leaves), str(c)) for m, c in part.terms)))
        if isinstance(part, MonoKey):
            return self._scan_mono(part, leaves)
        if isinstance(part, Place):
            leaves.update(label for (label, _), _ in part[0] if label != SIZE)
            return ("at", tuple(sorted((size, c) for (_, size), c in part[0])), part[1])
        if isinstance(part, tuple):
            return tuple(self._scan(p, leaves) for p in part)
        return part

    def _scan_mono(self, mono: Mono, leaves: set[int]) -> Any:
        for a, _ in mono:
            leaves |= self.atoms[a].leaves
        return tuple(sorted((self.atoms[a].shape, str(e)) for a, e in mono))

    def gen(self, atom: int, e: Any = 1) -> Poly:
        """An atom to a power as a polynomial."""
        return self.settle(((atom, e),)) if self.atoms[atom].rule else {((atom, e),): fmpq(1)}

    def gen_scaled(self, atom: int, c: Any) -> Poly:
        """c times an atom."""
        return self.scale(self.gen(atom), rational(c))

    # ------------------------------------------------------------ arithmetic

    @staticmethod
    def const(c: Fraction | int | fmpq) -> Poly:
        """A number as a polynomial."""
        value = c if isinstance(c, fmpq) else rational(c)
        return {(): value} if value != 0 else {}

    @staticmethod
    def add(*polys: Poly) -> Poly:
        """The sum."""
        out = dict(polys[0])
        for poly in polys[1:]:
            for m, c in poly.items():
                s = out.get(m)
                if s is None:
                    out[m] = c
                else:
                    s = s + c
                    if s == 0:
                        del out[m]
                    else:
                        out[m] = s
        return out

    @staticmethod
    def scale(poly: Poly, c: fmpq) -> Poly:
        """c · poly."""
        return {m: v * c for m, v in poly.items()} if c != 0 else {}

    def sub(self, a: Poly, b: Poly) -> Poly:
        """a - b."""
        return self.add(a, self.scale(b, fmpq(-1)))

    def mul(self, a: Poly, b: Poly) -> Poly:
        """The product, with the relations of the atoms applied."""
        if not a or not b:
            return {}
        self.spend(len(a) * len(b))
        out: Poly = {}
        rest: list[Poly] = []
        for ma, ca in a.items():
            for mb, cb in b.items():
                c = ca * cb
                if not ma or not mb:
                    m, special = ma or mb, False
                else:
                    m, special = self._merge(ma, mb)
                if special:
                    rest.append(self.scale(self.settle(m), c))
                    continue
                s = out.get(m)
                if s is None:
                    out[m] = c
                else:
                    s = s + c
                    if s == 0:
                        del out[m]
                    else:
                        out[m] = s
        return self.add(out, *rest) if rest else out

    def _merge(self, a: Mono, b: Mono) -> tuple[Mono, bool]:
        atoms = self.atoms
        i = j = 0
        out = []
        special = False
        while i < len(a) and j < len(b):
            x, y = a[i], b[j]
            if x[0] < y[0]:
                out.append(x)
                i += 1
            elif x[0] > y[0]:
                out.append(y)
                j += 1
            else:
                e = whole(x[1] + y[1])
                if e:
                    out.append((x[0], e))
                i += 1
                j += 1
        out.extend(a[i:])
        out.extend(b[j:])
        for x, _ in out:
            if atoms[x].rule:
                special = True
                break
        return tuple(out), special

    def times(self, poly: Poly, mono: Mono) -> Poly:
        """poly · monomial, term by term, so that a composite cancels before it is multiplied out."""
        self.spend(len(poly))
        out: Poly = {}
        for m, c in poly.items():
            out = self.add(out, self.scale(self.settle(self._merge(m, mono)[0]), c))
        return out

    def power(self, poly: Poly, k: int) -> Poly:
        """A non-negative integer power by squaring."""
        if len(poly) == 1:
            ((m, c),) = poly.items()
            if k > 4000 or int(max(c.p.bit_length(), c.q.bit_length())) * k > LARGEST_NUMERAL:
                raise Exhausted
            return self.scale(self.settle(tuple((a, whole(e * k)) for a, e in m)) if k else ONE, c**k)
        if k > 200:
            raise Exhausted
        out, square = ONE, poly
        while k:
            if k & 1:
                out = self.mul(out, square)
            k >>= 1
            if k:
                square = self.mul(square, square)
        return out

    def product(self, polys: Iterable[Poly]) -> Poly:
        """The product of several."""
        out = ONE
        for p in polys:
            out = self.mul(out, p)
        return out

    # ------------------------------------------------------------ relations of atoms

    def settle(self, mono: Mono) -> Poly:
        """A monomial after the relations of its atoms: y² = y, s² = 1 - c², √f √f = f, δ_ij x_j = δ_ij x_i, [f>0][f=0]
        = 0, [u>1][u>2] = [u>2]."""
        if not mono:
            return ONE
        atoms = self.atoms
        chained = False
        for spot, (a, e) in enumerate(mono):
            rule = atoms[a].rule
            if not rule:
                continue
            others = mono[:spot] + mono[spot + 1 :]
            if rule in IDEMPOTENT or rule in ("idempotent", "onehot"):
                if e != 1 and e > 0:
                    return self.settle((*mono[:spot], (a, 1), *mono[spot + 1 :]))
            elif rule == "pm1":
                if isinstance(e, int) and not 0 <= e <= 1:
                    return self.settle(mono[:spot] + (((a, 1),) if e % 2 else ()) + mono[spot + 1 :])
                continue
            elif rule == "sin":
                if isinstance(e, int) and e >= 2:
                    cosine = self.partner(a)
                    square = {(): fmpq(1), ((cosine, 2),): fmpq(-1)}
                    left = (
                        self.settle((*others,))
                        if e % 2 == 0
                        else self.settle((*mono[:spot], (a, 1), *mono[spot + 1 :]))
                    )
                    return self.mul(left, self.power(square, e // 2))
                continue
            elif rule == "D":
                if e >= 1:
                    k = e.numerator // e.denominator
                    left = mono[:spot] + (((a, whole(e - k)),) if e != k else ()) + mono[spot + 1 :]
                    return self.mul(self.settle(left), self.power(dict(atoms[a].key[1].terms), k))
                continue
            elif rule == "prime":
                k = e.numerator // e.denominator
                if k:
                    left = mono[:spot] + (((a, whole(e - k)),) if e != k else ()) + mono[spot + 1 :]
                    return self.scale(self.settle(left), fmpq(atoms[a].key[1]) ** k)
                continue
            elif rule == "abs":
                k = e.numerator // e.denominator
                if k:
                    self.spend(4)
                    left = mono[:spot] + (((a, whole(e - k)),) if e != k else ()) + mono[spot + 1 :]
                    return self.mul(self.settle(left), self.rebuild["abs_power"](self, dict(atoms[a].key[1].terms), k))
                continue
            if rule == "delta":
                got = self._identify(a, others)
                if got is not None:
                    return self.mul(self.gen(a), got)
            elif rule == "Z":
                f = atoms[a].key[1].terms
                if len(f) == 1:
                    ((m, _),) = f
                    if len(m) == 1 and any(b == m[0][0] and x > 0 for b, x in others):
                        return {}
            elif rule == "P":
                zero = self._ids.get(("Z", atoms[a].key[1]))
                if zero is not None and any(b == zero for b, _ in others):
                    return {}
                if not chained:
                    chained = True
                    strongest = self._strongest(mono)
                    if len(strongest) < len(mono):
                        return self.settle(strongest)
            elif rule == "onehot":
                for b, _ in others:
                    other = atoms[b]
                    if (
                        b > a
                        and other.rule == "onehot"
                        and other.key[1] == atoms[a].key[1]
                        and other.key[2][:-1] == atoms[a].key[2][:-1]
                    ):
                        same = self.delta(atoms[a].key[2][-1], other.key[2][-1])
                        without = tuple(f for f in mono if f[0] != b)
                        return self.mul(same, self.settle(without))
        return {mono: fmpq(1)}

    def _strongest(self, mono: Mono) -> Mono:
        """Of [u > 1] and [u > 2], the second says all."""
        best: dict[int, tuple[int, fmpq]] = {}
        for a, _ in mono:
            if self.atoms[a].kind == "P":
                u, least = self._beyond(a)
                held = best.get(u)
                if held is None or least > held[1]:
                    best[u] = (a, least)
        kept = {a for a, _ in best.values()}
        return tuple(f for f in mono if self.atoms[f[0]].kind != "P" or f[0] in kept)

    def _beyond(self, a: int) -> tuple[int, fmpq]:
        """[f > 0] as u > c: a number for u, which has no constant and leading coefficient 1, and c."""
        key = ("beyond", a)
        if key not in self.memo:
            f = self.atoms[a].key[1].poly()
            top = f[self.leading(f)]
            u = self.memo.setdefault(("above", Polynomial({m: c / top for m, c in f.items() if m})), a)
            self.memo[key] = u, -f.get((), fmpq(0)) / top
        return self.memo[key]

    def partner(self, sine: int) -> int:
        """The cosine that goes with a sine."""
        _, multiple, angle = self.atoms[sine].key
        return self.intern(("cos", multiple, angle), SIGNED_UNIT)

    def _identify(self, delta: int, others: Mono) -> Poly | None:
        """Where δ_ij stands, j is written i in the other factors; None when nothing changes."""
        _, left, right = self.atoms[delta].key
        old, new = right, left
        if not is_bare(old):
            return None
        label = old[0][0][0][0]
        if not any(label in self.atoms[a].leaves for a, _ in others):
            return None
        return self.substitute_mono(others, {label: new})

    def delta(self, left: Expr, right: Expr) -> Poly:
        """Kronecker δ of two index expressions."""
        left, right = Place(left), Place(right)
        if left == right:
            return ONE
        if not left[0] and not right[0]:
            return {}
        if left[0] == right[0]:
            return {}
        # the side that is a bare index, of two the later one, stands on the right: that one is replaced elsewhere
        if is_bare(left) and (not is_bare(right) or left > right):
            left, right = right, left
        return {((self.intern(("delta", left, right), UNIT), 1),): fmpq(1)}

    # ------------------------------------------------------------ substitution of indices

    def place(self, e: Expr, to: Mapping[int, Expr]) -> Expr:
        """An index expression with labels replaced."""
        if not any(leaf[0] in to for leaf, _ in e[0]):
            return e
        totals: dict[Leaf, int] = {}
        const = e[1]
        for leaf, c in e[0]:
            inner, shift = to.get(leaf[0], (((leaf, 1),), 0))
            const += c * shift
            for t, k in inner:
                totals[t] = totals.get(t, 0) + c * k
        return Place((tuple(sorted((t, c) for t, c in totals.items() if c)), const))

    def substitute_mono(self, mono: Mono, to: Mapping[int, Expr]) -> Poly:
        """A monomial with indices replaced: every atom that contains one is made again."""
        kept: list[tuple[int, Any]] = []
        made: list[Poly] = []
        for a, e in mono:
            atom = self.atoms[a]
            if not any(label in atom.leaves for label in to):
                kept.append((a, e))
                continue
            self.spend(3)
            made.append(self.rebuild[atom.kind](self, atom.key, to, e))
        out: Poly = {tuple(kept): fmpq(1)}
        for poly in made:
            out = self.mul(out, poly)
        return out

    def substitute(self, poly: Poly, to: Mapping[int, Expr]) -> Poly:
        """A polynomial with indices replaced."""
        if not to:
            return poly
        return self.add({}, *(self.scale(self.substitute_mono(m, to), c) for m, c in poly.items()))

    # ------------------------------------------------------------ functions of conditions and labels

    def by_values(self, poly: Poly, function: Callable[[Poly], Poly]) -> Poly | None:
        """f(poly) = g f(poly at g = 1) + (1 - g) f(poly at g = 0) for a condition or a label g in poly; None where
        there is none, or too many."""
        if not self.expand_values:
            return None
        two = sorted({a for m in poly for a, _ in m if self.atoms[a].rule in TWO_VALUED})
        if not 1 <= len(two) <= MAX_VALUED:
            return None
        a = two[0]
        low, high = (-1, 1) if self.atoms[a].rule == "pm1" else (0, 1)
        at_high, at_low = self.at_value(poly, a, high), self.at_value(poly, a, low)
        if at_high is None or at_low is None:
            return None
        gate = self.gen(a) if low == 0 else {(): fmpq(1, 2), ((a, 1),): fmpq(1, 2)}
        self.spend(20)
        return self.add(self.mul(gate, function(at_high)), self.mul(self.sub(ONE, gate), function(at_low)))

    def at_value(self, poly: Poly, a: int, value: int) -> Poly | None:
        """The polynomial with a number in place of an atom; None where that is 1/0."""
        out: Poly = {}
        for m, c in poly.items():
            e = dict(m).get(a, 0)
            if e:
                if value == 0:
                    if e < 0:
                        return None
                    continue
                if value == -1 and e % 2:
                    c = -c
                m = tuple(f for f in m if f[0] != a)
            out = self.add(out, {m: c})
        return out

    def leaves(self, poly: Poly) -> frozenset[int]:
        """The labels that occur free."""
        return frozenset(label for m in poly for a, _ in m for label in self.atoms[a].leaves)

    def key(self, poly: Poly) -> Polynomial:
        """A polynomial as a value that can be compared and hashed: equal ones are one object, so that comparing two is
        cheap."""
        made = Polynomial(poly)
        return self.memo.setdefault(("polynomial", made), made)

    def leading(self, poly: Poly) -> Mono:
        """The monomial that decides the sign: by shapes first, so that renaming an index does not change it where it
        need not."""
        if len(poly) == 1:
            return next(iter(poly))
        return max(poly, key=lambda m: sorted((((self.atoms[a].shape, a), e) for a, e in m), reverse=True))
