"""Polynomials over atoms as values, and what their parts are called.

A polynomial is a mapping monomial → rational; a monomial is a sorted tuple of (atom, exponent), exponents integer or
rational, negative ones too.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import fmpq

Leaf = tuple[int, str]
"""An index: its label (≥ 0 free or in flight, < 0 canonical and bound) and its size. `SIZE` as a label: the size
itself."""


Expr = tuple[tuple[tuple[Leaf, int], ...], int]
"""An index expression: Σ c·leaf + constant."""


Mono = tuple[tuple[int, Any], ...]


Poly = dict[Mono, fmpq]


PolyKey = tuple[tuple[Mono, fmpq], ...]


Bounds = tuple[Fraction | None, bool, Fraction | None, bool]
"""Lowest value (None: unbounded), whether it is excluded, highest, whether it is excluded."""


SIZE = 10**9


ONE: Poly = {(): fmpq(1)}


UNBOUNDED: Bounds = (None, True, None, True)


POSITIVE: Bounds = (Fraction(0), True, None, True)


NONNEGATIVE: Bounds = (Fraction(0), False, None, True)


UNIT: Bounds = (Fraction(0), False, Fraction(1), False)


SIGNED_UNIT: Bounds = (Fraction(-1), False, Fraction(1), False)


CONSTANT = frozenset({"pi", "prime", "logprime", "exp", "sin", "cos", "log", "D"})
"""Kinds of atoms that are numbers when nothing else is inside."""


IDEMPOTENT = frozenset({"P", "Z", "delta"})


TWO_VALUED = frozenset({"idempotent", "onehot", "P", "Z", "delta", "pm1"})


SPECIAL = frozenset({"sin", "D", "prime", "abs", "P", "Z", "delta"})
"""Kinds of atoms whose powers or neighbours may have to be rewritten after a product."""


class Exhausted(Exception):
    """The counted work ran out."""


class Unprovable(Exception):
    """Something stands in the formula that the normal form does not know, or that is defined nowhere."""


class Atom:
    """An interned atom: kind and payload, the indices that occur free in it, its shape without indices, its bounds."""

    __slots__ = ("bounds", "height", "key", "kind", "leaves", "rule", "shape")

    def __init__(
        self, key: tuple[Any, ...], leaves: frozenset[int], shape: int, height: int, bounds: Bounds, rule: str
    ):
        self.key, self.kind, self.leaves, self.shape, self.height, self.bounds, self.rule = (
            key,
            key[0],
            leaves,
            shape,
            height,
            bounds,
            rule,
        )


def whole(e: Any) -> Any:
    """An exponent in its simplest type."""
    return e.numerator if isinstance(e, Fraction) and e.denominator == 1 else e


def rational(c: Fraction | int) -> fmpq:
    """A number of the tree as a coefficient."""
    return fmpq(c) if isinstance(c, int) else fmpq(c.numerator, c.denominator)


def fraction(c: fmpq) -> Fraction:
    """A coefficient as a number of the tree."""
    return Fraction(int(c.p), int(c.q))


def is_bare(e: Expr) -> bool:
    """Whether an index expression is one index alone."""
    return len(e[0]) == 1 and e[0][0][1] == 1 and e[1] == 0 and e[0][0][0][0] != SIZE


def below(part: Any) -> set[int]:
    """The atoms that stand in the key of an atom."""
    kind = part[0]
    monos: list[Mono] = []
    if kind in ("exp", "sum", "sin", "cos", "parity"):
        monos = [part[-1]]
    else:
        for piece in part[1:]:
            if isinstance(piece, Polynomial):
                monos.extend(m for m, _ in piece.terms)
    return {a for m in monos for a, _ in m}


class Polynomial:
    """A frozen polynomial, as part of the key of an atom."""

    __slots__ = ("_hash", "_sorted", "terms")

    def __init__(self, poly: Poly):
        self.terms: frozenset[tuple[Mono, fmpq]] = frozenset(poly.items())
        self._hash = hash(self.terms)

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Polynomial) and self._hash == other._hash and self.terms == other.terms
        )

    def __hash__(self) -> int:
        return self._hash

    def poly(self) -> Poly:
        """The polynomial itself."""
        return dict(self.terms)


class MonoKey(tuple):  # type: ignore[type-arg]
    """A monomial as part of the key of an atom."""

    __slots__ = ()


class Place(tuple):  # type: ignore[type-arg]
    """An index expression as part of the key of an atom."""

    __slots__ = ()
