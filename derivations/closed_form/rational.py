"""Equations with the unknown below fraction bars: c₁/u + c₂/(1 - u) + c₃ = 0 entry by entry, the denominators positive
wherever u may be. Multiplied by them, they may be linear."""

from __future__ import annotations

from fractions import Fraction

from derivations.calculus import is_zero, partial
from derivations.chain import Chain
from derivations.closed_form.rules import ratio
from derivations.closed_form.values import Found
from derivations.domains import Declared, Names
from derivations.formula import (
    ZERO,
    Elem,
    Index,
    Key,
    Node,
    Num,
    add,
    mul,
    names_in,
    neg,
    power,
    replace_elems,
    terms_of,
    walk,
)
from derivations.signs import positive
from derivations.simplify.monomials import monomial
from derivations.simplify.shapes import expand, neat


def fractions(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """Multiplied by its denominators, which are positive, the equation of each entry is linear in it."""
    u = Elem(unknown.name, axes)
    mine = [n for n in walk(body) if isinstance(n, Elem) and n.name == unknown.name]
    if not mine or any(n.at != axes for n in mine):
        return None
    below: dict[Key, tuple[Node, Fraction]] = {}
    for term in terms_of(body):
        _, powers = monomial(term)
        for spelled, (base, exponent) in powers.items():
            if unknown.name not in names_in(base):
                continue
            if not isinstance(exponent, Num) or exponent.value.denominator != 1:
                return None
            if exponent.value < 0:
                _, most = below.get(spelled, (base, Fraction(0)))
                below[spelled] = base, max(most, -exponent.value)
    if not below or not all(positive(base, names) for base, _ in below.values()):
        return None
    product = mul(*(power(base, Num(most)) for base, most in below.values()))
    cleared = expand(add(*(mul(term, product) for term in terms_of(body))), names)
    slope = expand(partial(cleared, u), names)
    if unknown.name in names_in(slope) or is_zero(slope):
        return None
    rest = expand(replace_elems(cleared, lambda e: ZERO if e.name == unknown.name else None), names)
    chain = Chain(names, axes, u)
    value = neat(ratio(expand(neg(rest), names), slope, names), names)
    chain.to("multiply by the denominators, and solve for the zero", value, solves=True)
    return Found(chain, slope)
