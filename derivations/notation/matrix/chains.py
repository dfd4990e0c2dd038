"""Matrix expressions as sums of products: what index form is raised to before it is printed.

    Chain   a sum of terms; Term = numeral · scalars · A B^T c …; an Atom is one factor of a product

The set of atoms is closed; `kind` says what `data` holds:

    name  (name, indices)        ones ()   eye ()         a declared array, a vector of ones, the identity
    paren (chain,)  inv (chain,)  pow (atom, k)           (A + B)   A^-1   A^k
    had (chains, chains)         map (head, chains)       A ⊙ B / C    f(A)
    unknown (name, chains, indices, parameters)           φ(x; w)_i
    diag (chain,)   diagonal (chain,)                     diag(v)   the diagonal of A
    scalar only: dot (factors)  trace (factors)  det (chain,)  logdet (chain,)  norm (chain,)  norm1 (chain,)  normF
    (chain,)
                 reduce (op, chain)  size (n,)  const (name,)  index (text,)  plain (arrangement)

Transposes are pushed to the names, so that equal expressions are equal values. `shortest` collects like terms and puts
common factors outside brackets for as long as that saves an operator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from derivations.formula import Size
from derivations.frozen import frozen

SEARCHED = 6
"""Sums of up to so many terms are factored in every order, longer ones greedily."""

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


@frozen
class Term(Hashed):
    """number · Π scalar^exponent · a product of atoms. An empty product is 1."""

    number: Fraction = Fraction(1)
    scalars: tuple[tuple[Atom, Fraction], ...] = ()
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


def of_factors(factors: tuple[Atom, ...], scalars: tuple[tuple[Atom, Fraction], ...] = ()) -> Chain:
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
                    above, below = data
                    return sum(map(cost, above)) + sum(map(cost, below)) + len(above) + len(below) - 1
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


# ---------------------------------------------------------------- normal form


def times(
    a: tuple[tuple[Atom, Fraction], ...], b: tuple[tuple[Atom, Fraction], ...]
) -> tuple[tuple[Atom, Fraction], ...]:
    """Scalars multiplied: exponents add where the base is the same."""
    total: dict[Atom, Fraction] = {}
    for atom, exponent in (*a, *b):
        total[atom] = total.get(atom, Fraction(0)) + exponent
    return tuple(sorted(((s, e) for s, e in total.items() if e), key=lambda p: (key(p[0]), p[1])))


def join(factors: Iterable[Atom]) -> tuple[Atom, ...]:
    """A product with its identities and A A^-1 dropped, and repeated factors as powers."""
    out: list[Atom] = []
    for atom in factors:
        out.append(atom)
        while len(out) >= 2:
            a, b = out[-2:]
            if b.kind == "eye":
                out.pop()
            elif a.kind == "eye":
                out[-2:] = [b]
            elif _undo(a, b):
                out[-2:] = [Atom("eye", (), a.rows, b.cols, same=True)]
            else:
                break
    if len(out) >= 2 and any(a.kind == "eye" for a in out):
        out = [a for a in out if a.kind != "eye"] or out[:1]
    return _powers(out)


def _undo(a: Atom, b: Atom) -> bool:
    def one_of(inverse: Atom, other: Atom) -> bool:
        if inverse.kind != "inv":
            return False
        chain: Chain = inverse.data[0]
        if (
            len(chain.terms) == 1
            and chain.terms[0].factors == (other,)
            and chain.terms[0].number == 1
            and not chain.terms[0].scalars
        ):
            return True
        return other.kind == "paren" and other.data[0] == chain

    return one_of(a, b) or one_of(b, a)


def _powers(factors: list[Atom]) -> tuple[Atom, ...]:
    out: list[Atom] = []
    k = 0
    while k < len(factors):
        atom, run = factors[k], 1
        while k + run < len(factors) and factors[k + run] == atom:
            run += 1
        if run > 1 and atom.rows is not None and atom.rows == atom.cols and atom.kind != "pow":
            out.append(Atom("pow", (atom, run), atom.rows, atom.cols, same=atom.same))
        else:
            out.extend([atom] * run)
        k += run
    return tuple(out)


def unpowered(factors: Iterable[Atom]) -> tuple[Atom, ...]:
    """A product with its powers written out."""
    out: list[Atom] = []
    for atom in factors:
        out.extend([atom.data[0]] * atom.data[1] if atom.kind == "pow" else [atom])
    return tuple(out)


def collect(chain: Chain) -> Chain:
    """Like terms added."""
    total: dict[tuple[Any, Any], Fraction] = {}
    for term in chain.terms:
        spot = (term.scalars, term.factors)
        total[spot] = total.get(spot, Fraction(0)) + term.number
    terms = [Term(number, scalars, factors) for (scalars, factors), number in total.items() if number]
    return Chain(tuple(sorted(terms, key=key)), chain.rows, chain.cols)


def shortest(chain: Chain) -> Chain:
    """The sum with like terms added and common factors outside brackets, while that saves operators."""
    chain = Chain(tuple(replace(t, factors=join(unpowered(t.factors))) for t in chain.terms), chain.rows, chain.cols)
    if not chain.scalar:
        return _factored(collect(chain))
    opened = _factored(collect(Chain(tuple(_opened(t) for t in _traced(collect(chain)).terms))))
    return Chain(tuple(_shut(t) for t in opened.terms))


def _traced(chain: Chain) -> Chain:
    """tr(A) + tr(B) = tr(A + B)."""
    groups: dict[tuple[Any, Side], list[Term]] = {}
    others: list[Term] = []
    for term in chain.terms:
        traces = [a for a, e in term.scalars if a.kind == "trace" and e == 1]
        if len(traces) != 1:
            others.append(term)
            continue
        around = tuple(p for p in term.scalars if p[0] is not traces[0])
        groups.setdefault((around, traces[0].data[0].rows), []).append(term)
    for (around, size), terms in groups.items():
        if len(terms) > 1:
            inner = [
                Term(t.number, (), next(a.data for a, e in t.scalars if a.kind == "trace" and e == 1)) for t in terms
            ]
            one, atom = inside(_factored(collect(Chain(tuple(inner), size, size))))
            joined = Term(
                one.number, times(around, ((Atom("trace", one.factors if atom is None else (atom,)), Fraction(1)),))
            )
            if cost(joined) < cost(Chain(tuple(terms))):
                terms = [joined]
        others += terms
    return Chain(tuple(others), chain.rows, chain.cols)


def _opened(term: Term) -> Term:
    """u^T A v as a product, so that sums of such share factors."""
    dots = [a for a, e in term.scalars if a.kind == "dot" and e == 1]
    if len(dots) != 1 or term.factors:
        return term
    return Term(term.number, tuple(p for p in term.scalars if p[0] is not dots[0]), dots[0].data)


def _shut(term: Term) -> Term:
    return (
        Term(term.number, times(term.scalars, ((Atom("dot", term.factors), Fraction(1)),)), ())
        if term.factors
        else term
    )


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


@lru_cache(maxsize=4000)
def _factored(chain: Chain) -> Chain:
    terms = chain.terms
    if len(terms) < 2:
        return chain
    best, least = chain, cost(chain)
    wide = len(terms) > SEARCHED
    for group, head, tail, number, scalars in _groups(chain):
        if (len(group) < len(terms) or head or tail) and len({terms[k].shape for k in group}) > 1:
            continue
        rest = tuple(_without(terms[k], head, tail, number, scalars) for k in group)
        rows = terms[group[0]].shape[0] if head is None else (head[-1].cols if head else None)
        cols = terms[group[0]].shape[1] if tail is None else (tail[0].rows if tail else None)
        if head is not None or tail is not None:
            shape = (rows, cols)
        else:
            shape = (chain.rows, chain.cols) if len(group) == len(terms) else terms[group[0]].shape
        filled = _filled(rest, shape)
        if filled is None:
            continue
        inner = _factored(collect(Chain(filled, *shape)))
        if not inner.terms:
            continue
        if all(t.number < 0 for t in inner.terms):
            inner, number = Chain(tuple(replace(t, number=-t.number) for t in inner.terms), *shape), -number
        middle, atom = inside(inner)
        factors = (*(head or ()), *(middle.factors if atom is None else (atom,)), *(tail or ()))
        made = Term(number * middle.number, times(scalars, middle.scalars), join(unpowered(factors)))
        others = tuple(t for k, t in enumerate(terms) if k not in group)
        whole = collect(Chain((*others, made), chain.rows, chain.cols))
        if not wide:
            whole = _factored(whole)
        if cost(whole) < least:
            best, least = whole, cost(whole)
    return _factored(best) if wide and best is not chain else best


def _groups(chain: Chain) -> list[tuple[tuple[int, ...], Any, Any, Fraction, tuple[tuple[Atom, Fraction], ...]]]:
    """Terms that share their first factor, their last factor, or a scalar: (which, head, tail, numeral, scalars)."""
    terms = chain.terms
    one = Fraction(1)
    found: list[tuple[tuple[int, ...], Any, Any, Fraction, tuple[tuple[Atom, Fraction], ...]]] = []
    split = [unpowered(t.factors) for t in terms]
    everything = range(len(terms))
    for end in (0, -1):
        heads: dict[Atom, list[int]] = {}
        for k, factors in enumerate(split):
            if factors and factors[end].kind != "eye":
                heads.setdefault(factors[end], []).append(k)
        for atom, group in heads.items():
            if len(group) > 1 and (
                not (atom.rows is None or atom.cols is None) or all(len(split[k]) > 1 for k in group)
            ):
                found.append((tuple(group), (atom,) if end == 0 else None, (atom,) if end else None, one, ()))
    shared: dict[tuple[Atom, Fraction], list[int]] = {}
    for k, term in enumerate(terms):
        for pair in term.scalars:
            shared.setdefault(pair, []).append(k)
    for pair, group in shared.items():
        if len(group) > 1:
            found.append((tuple(group), None, None, one, (pair,)))
    numbers: dict[Fraction, list[int]] = {}
    for k in everything:
        if abs(terms[k].number) != 1:
            numbers.setdefault(abs(terms[k].number), []).append(k)
    for number, group in numbers.items():
        if len(group) > 1:
            found.append((tuple(group), None, None, number, ()))
    if len(terms) > 1 and all(t.number < 0 for t in terms):
        found.append((tuple(everything), None, None, Fraction(-1), ()))
    return found[:24]


def _without(term: Term, head: Any, tail: Any, number: Fraction, scalars: tuple[tuple[Atom, Fraction], ...]) -> Term:
    factors = unpowered(term.factors)
    if head:
        factors = factors[1:]
    if tail:
        factors = factors[:-1]
    left = times(term.scalars, tuple((a, -e) for a, e in scalars))
    return Term(term.number / number, left, join(factors) if factors else ())


def _filled(terms: tuple[Term, ...], shape: tuple[Side, Side]) -> tuple[Term, ...] | None:
    """The terms in a bracket of that shape: an empty product in a square bracket is the identity."""
    out = []
    for term in terms:
        if not term.factors and shape != (None, None):
            if shape[0] is None or shape[0] != shape[1]:
                return None
            term = replace(term, factors=(Atom("eye", (), shape[0], shape[1], same=True),))
        out.append(term)
    return tuple(out)


def contains(chain: Chain, kind: str) -> bool:
    """Whether a kind of atom stands at the top of some term."""
    return any(a.kind == kind for t in chain.terms for a in t.factors)
