"""Matrix expressions as sums of products: what index form is raised to before it is printed.

    Chain   a sum of terms; Term = numeral · scalars · A B^T c …; an Atom is one factor of a product

The set of atoms is closed; `kind` says what `data` holds:

    name  (name, indices)        ones ()   eye ()         a declared array, a vector of ones, the identity
    paren (chain,)  inv (chain,)  pow (atom, k)           (A + B)   A^-1   A^k
    had (chains, chains)         map (head, chains)       A ⊙ B / C    f(A)
    onehot (name,)               a row for every label of an array of indices
    unknown (name, chains, indices, parameters)           φ(x; w)_i
    diag (chain,)   diagonal (chain,)                     diag(v)   the diagonal of A
    scalar only: dot (factors)  trace (factors)  det (chain,)  logdet (chain,)  norm (chain,)  norm1 (chain,)  normF
    (chain,)
                 reduce (op, chain)  size (n,)  const (name,)  index (text,)  plain (arrangement)

Transposes are pushed to the names, so that equal expressions are equal values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from derivations.formula import Size
from derivations.frozen import frozen

ROWWISE = ("softmax", "log_softmax")
"""Functions of whole rows: their transpose is not their value at the transpose."""

Side = Size | None
"""A size, or None: no axis there. A column vector is (n, None), a row vector (None, n), a scalar (None, None)."""


class Hashed:
    """Expressions nest, and are looked up again and again while common factors are searched: each keeps its hash."""

    __slots__ = ("_hash",)
    _values: Any

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            value = hash(self._values(self))
            object.__setattr__(self, "_hash", value)
            return value


@frozen
class Atom(Hashed):
    """One factor. `flip`: transposed; `same`: its own transpose (symmetric)."""

    kind: str
    data: tuple[Any, ...]
    rows: Side = None
    cols: Side = None
    flip: bool = False
    same: bool = False

    @property
    def scalar(self) -> bool:
        return self.rows is None and self.cols is None


Scalars = tuple[tuple[Atom, Fraction], ...]
"""Π scalar^exponent."""


@frozen
class Term(Hashed):
    """number · Π scalar^exponent · a product of atoms. An empty product is 1."""

    number: Fraction = Fraction(1)
    scalars: Scalars = ()
    factors: tuple[Atom, ...] = ()

    @property
    def shape(self) -> tuple[Side, Side]:
        return (self.factors[0].rows, self.factors[-1].cols) if self.factors else (None, None)


@frozen
class Chain(Hashed):
    """A sum of terms of one shape; a term of fewer axes is added to every entry along the missing ones."""

    terms: tuple[Term, ...]
    rows: Side = None
    cols: Side = None

    @property
    def scalar(self) -> bool:
        return self.rows is None and self.cols is None


def transpose(atom: Atom) -> Atom:
    """A^T, pushed inwards."""
    if atom.same or atom.scalar:
        return atom
    turned = replace(atom, rows=atom.cols, cols=atom.rows)
    match atom.kind:
        case "paren" | "inv":
            return replace(turned, data=(flip(atom.data[0]),))
        case "pow":
            return replace(turned, data=(transpose(atom.data[0]), atom.data[1]))
        case "had":
            return replace(turned, data=tuple(tuple(flip(c) for c in part) for part in atom.data))
        case "map" if atom.data[0] not in ROWWISE:
            return replace(turned, data=(atom.data[0], tuple(flip(c) for c in atom.data[1])))
        case _:
            return replace(turned, flip=not atom.flip)


def turn(factors: Iterable[Atom]) -> tuple[Atom, ...]:
    """(A B)^T = B^T A^T."""
    return tuple(transpose(a) for a in reversed(tuple(factors)))


def flip(chain: Chain) -> Chain:
    """The transpose of a sum."""
    if chain.scalar:
        return chain
    return Chain(
        tuple(sorted((replace(t, factors=turn(t.factors)) for t in chain.terms), key=key)), chain.cols, chain.rows
    )


def of_factors(factors: tuple[Atom, ...], scalars: Scalars = ()) -> Chain:
    """A product as a sum of one term."""
    term = Term(Fraction(1), scalars, factors)
    return Chain((term,), *term.shape)


def inside(chain: Chain) -> tuple[Term, Atom | None]:
    """A chain as a factor: the term it is, or an atom in brackets."""
    if len(chain.terms) == 1 and chain.terms[0].shape == (chain.rows, chain.cols):
        return chain.terms[0], None
    return Term(), Atom("paren", (chain,), chain.rows, chain.cols)


# ---------------------------------------------------------------- order and cost


@lru_cache(maxsize=20000)
def key(value: Any) -> str:
    """A text by which expressions are ordered; it depends on nothing but the expression."""
    match value:
        case Atom("name", (name, at)):
            return f"1{name.lower()} {name} {','.join(at)} {value.flip:d}"
        case Atom(kind, data, rows, cols, turned):
            return f"2{kind}({','.join(map(key, data))}){rows}{cols}{turned:d}"
        case Term(number, scalars, factors):
            return f"[{' '.join(map(key, factors))}][{' '.join(key(a) + '^' + str(e) for a, e in scalars)}]{number}"
        case Chain(terms):
            return f"{{{' + '.join(map(key, terms))}}}"
        case tuple():
            return f"({','.join(map(key, value))})"
        case _:
            return str(value)


@lru_cache(maxsize=20000)
def cost(value: Any) -> int:
    """Binary operators, powers and function applications."""
    match value:
        case Chain(terms):
            return sum(map(cost, terms)) + len(terms) - 1
        case Term(number, scalars, factors):
            pieces = (abs(number.numerator) != 1) + (number.denominator != 1) + len(scalars) + len(factors)
            powers = sum(e not in (1, -1) for _, e in scalars)
            return (
                max(pieces - 1, 0)
                + (number.denominator != 1 and pieces == 1)
                + powers
                + sum(cost(a) for a, _ in scalars)
                + sum(map(cost, factors))
            )
        case Atom(kind, data):
            match kind:
                case "name" | "ones" | "eye" | "size" | "const" | "index":
                    return 0
                case "paren":
                    return cost(data[0])
                case "inv" | "diag" | "diagonal" | "det" | "logdet" | "norm" | "norm1" | "normF":
                    return 1 + cost(data[0])
                case "pow":
                    return 1 + cost(data[0])
                case "had":
                    pieces = [p for part in data for p in entry_powers(part)]
                    return sum(cost(c) + (times > 1) for c, times in pieces) + len(pieces) - 1
                case "onehot":
                    return 1
                case "map":
                    return 1 + sum(map(cost, data[1]))
                case "dot":
                    return len(data) - 1 + sum(map(cost, data))
                case "trace":
                    return len(data) + sum(map(cost, data))
                case "reduce":
                    return 1 + cost(data[1])
                case "unknown":
                    return 1 + sum(map(cost, data[1]))
                case _:
                    return data[1] if len(data) > 1 else 1
        case _:
            return 0


def entry_powers(chains: tuple[Chain, ...]) -> list[tuple[Chain, int]]:
    """The factors of an entrywise product with how often each stands there: tanh²(A) of tanh(A) ⊙ tanh(A). x ⊙ x of a
    name is as short as its power, and stays."""
    found: dict[Chain, int] = {}
    for chain in chains:
        found[chain] = found.get(chain, 0) + 1
    return [part for c, many in found.items() for part in ([(c, many)] if cost(c) else [(c, 1)] * many)]


# ---------------------------------------------------------------- normal form


def times(a: Scalars, b: Scalars) -> Scalars:
    """Scalars multiplied: exponents add where the base is the same."""
    total: dict[Atom, Fraction] = {}
    for atom, exponent in (*a, *b):
        total[atom] = total.get(atom, Fraction(0)) + exponent
    return tuple(sorted(((s, e) for s, e in total.items() if e), key=lambda p: (key(p[0]), p[1])))


def flips(value: Any) -> int:
    """How many transposes are written in an expression."""
    match value:
        case Atom():
            return value.flip + sum(map(flips, value.data))
        case Chain(terms):
            return sum(map(flips, terms))
        case Term(_, scalars, factors):
            return sum(flips(a) for a, _ in scalars) + sum(map(flips, factors))
        case tuple():
            return sum(map(flips, value))
        case _:
            return 0


def upright(atom: Atom) -> tuple[Atom, bool]:
    """The atom or its transpose, whichever has fewer transposes inside, and whether it is to be turned."""
    if atom.kind in ("name", "ones", "diagonal") or atom.same or atom.scalar or atom.data[0] in ROWWISE:
        return atom, False
    turned = transpose(atom)
    inner, outer = flips(atom), flips(turned) + 1
    return (turned, True) if outer < inner or (outer == inner and atom.kind in ("map", "inv", "had")) else (atom, False)


def contains(chain: Chain, kind: str) -> bool:
    """Whether a kind of atom stands at the top of some term."""
    return any(a.kind == kind for t in chain.terms for a in t.factors)
