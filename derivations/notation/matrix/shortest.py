"""Products joined and sums written as short as they go: like terms collected, and common factors put outside brackets
for as long as that saves an operator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from derivations.notation.matrix.chains import (
    Atom,
    Chain,
    Scalars,
    Side,
    Term,
    cost,
    inside,
    key,
    of_factors,
    times,
    turn,
)

SEARCHED = 6
"""Sums of up to so many terms are factored in every order, longer ones greedily."""


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


def _averaged(term: Term) -> Term:
    """mean(v) of 1/n 1^T v."""
    for size, exponent in term.scalars:
        if size.kind == "size" and exponent <= -1 and exponent.denominator == 1:
            for dot, power in term.scalars:
                first, *rest = dot.data if dot.kind == "dot" and power == 1 else (None,)
                if (
                    first is not None
                    and first.kind == "ones"
                    and first.cols == size.data[0]
                    and rest[-1].kind != "ones"
                ):
                    (of,) = of_factors(tuple(rest)).terms
                    left = tuple(p for p in term.scalars if p not in ((size, exponent), (dot, power)))
                    left = times(left, ((size, exponent + 1),))
                    inner = rest[0].data[0] if len(rest) == 1 and rest[0].kind == "paren" else Chain((of,), *of.shape)
                    return replace(term, scalars=times(left, ((Atom("reduce", ("mean", inner)), Fraction(1)),)))
    return term


def collect(chain: Chain) -> Chain:
    """Like terms added."""
    total: dict[tuple[Any, Any], Fraction] = {}
    for term in map(_averaged, chain.terms):
        spot = (term.scalars, term.factors)
        total[spot] = total.get(spot, Fraction(0)) + term.number
    terms = [Term(number, scalars, factors) for (scalars, factors), number in total.items() if number]
    return Chain(tuple(sorted(terms, key=key)), chain.rows, chain.cols)


def shortest(chain: Chain) -> Chain:
    """The sum with like terms added and common factors outside brackets, while that saves operators."""
    chain = Chain(tuple(replace(t, factors=join(unpowered(t.factors))) for t in chain.terms), chain.rows, chain.cols)
    if not chain.scalar:
        return _factored(collect(chain))
    opened = [_opened(t) for t in _traced(collect(chain)).terms]
    ways = [_factored(collect(Chain(way))) for way in _directions(opened)]
    return Chain(tuple(_shut(t) for t in min(ways, key=cost).terms))


def _directions(terms: list[Term]) -> list[tuple[Term, ...]]:
    """The terms of a sum as they are, and with u^T A v as v^T A^T u wherever it then begins as another one does."""
    turned = [replace(t, factors=turn(t.factors)) for t in terms]
    heads = [{t.factors[0], u.factors[0]} if t.factors else set() for t, u in zip(terms, turned, strict=True)]
    starts = dict.fromkeys(x.factors[0] for x in (*terms, *turned) if x.factors)
    shared = [h for h in starts if sum(h in mine for mine in heads) > 1][:SEARCHED]
    return [
        tuple(terms),
        *(
            tuple(
                t if not t.factors or t.factors[0] == h or u.factors[0] != h else u
                for t, u in zip(terms, turned, strict=True)
            )
            for h in shared
        ),
    ]


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


@lru_cache(maxsize=4000)
def _factored(chain: Chain) -> Chain:
    terms = chain.terms
    if len(terms) < 2:
        return chain
    best, least = chain, cost(chain)
    wide = len(terms) > SEARCHED
    for group, head, tail, number, scalars in _groups(chain):
        mixed = len({terms[k].shape for k in group}) > 1
        if mixed and not (head or tail) and len(group) < len(terms):
            continue
        rest = tuple(_without(terms[k], head, tail, number, scalars) for k in group)
        rows = terms[group[0]].shape[0] if head is None else (head[-1].cols if head else None)
        cols = terms[group[0]].shape[1] if tail is None else (tail[0].rows if tail else None)
        if head is not None or tail is not None:
            shape = (rows, cols)
        else:
            shape = (chain.rows, chain.cols) if len(group) == len(terms) else terms[group[0]].shape
        if mixed and (head or tail):
            rest = _spread(rest, shape)
        filled = _filled(rest, shape) if rest is not None else None
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


def _groups(chain: Chain) -> list[tuple[tuple[int, ...], Any, Any, Fraction, Scalars]]:
    """Terms that share their first factor, their last factor, or a scalar: (which, head, tail, numeral, scalars)."""
    terms = chain.terms
    one = Fraction(1)
    found: list[tuple[tuple[int, ...], Any, Any, Fraction, Scalars]] = []
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


def _without(term: Term, head: Any, tail: Any, number: Fraction, scalars: Scalars) -> Term:
    factors = unpowered(term.factors)
    if head:
        factors = factors[1:]
    if tail:
        factors = factors[:-1]
    left = times(term.scalars, tuple((a, -e) for a, e in scalars))
    return Term(term.number / number, left, join(factors) if factors else ())


def _spread(terms: tuple[Term, ...], shape: tuple[Side, Side]) -> tuple[Term, ...] | None:
    """The terms in a bracket of that shape where some lack an axis: a vector of ones alone is a number at every entry,
    A^T (B - c) of A^T B - c A^T 1; what else lacks one is not told by its bracket."""
    if None in shape or not any(t.shape == shape for t in terms):
        return None
    spread = tuple(
        replace(t, factors=()) if len(t.factors) == 1 and t.factors[0].kind == "ones" and t.shape != shape else t
        for t in terms
    )
    return spread if all(t.shape == shape or not t.factors for t in spread) else None


def _filled(terms: tuple[Term, ...], shape: tuple[Side, Side]) -> tuple[Term, ...] | None:
    """The terms in a bracket of that shape: an empty product in a square bracket is the identity."""
    out = []
    square = shape[0] is not None and shape[0] == shape[1]
    for term in terms:
        if not term.factors and shape != (None, None) and not square and any(t.shape == shape for t in terms):
            pass  # a number at every entry
        elif not term.factors and shape != (None, None):
            if shape[0] is None or shape[0] != shape[1]:
                return None
            term = replace(term, factors=(Atom("eye", (), shape[0], shape[1], same=True),))
        out.append(term)
    return tuple(out)
