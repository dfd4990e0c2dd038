"""Points on the simplex, where the gradient is one multiplier λ in every entry instead of 0 (Lagrange).

    powers       c_k u_kᵖ + r = λ, r the same for every k, p ≠ 0           ⇒  u_k = c_k^(-1/p) / Σ_l c_l^(-1/p)
    logarithms   c log u_k + d_k = λ, c the same for every k               ⇒  u = softmax(-d/c)

λ follows from Σ_k u_k = 1. It is Σ_k u_k g_k, so that the equation without it is g_k - Σ_l u_l g_l = 0.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derivations.chain import Chain
from derivations.closed_form.rules import by_power
from derivations.closed_form.values import Found
from derivations.domains import Declared, Names
from derivations.folding.facts import facts_of
from derivations.folding.fold import fold
from derivations.formula import (
    ONE,
    Bound,
    Call,
    Elem,
    Formula,
    Index,
    Node,
    Num,
    add,
    call,
    div,
    factors_of,
    free_indices,
    key,
    mul,
    names_in,
    neg,
    power,
    reindex,
    split_coefficient,
    sub,
    terms_of,
    total,
)
from derivations.signs import positive
from derivations.simplify.monomials import monomial
from derivations.simplify.shapes import expand, neat

RULE = "the gradient is one multiplier λ in every entry, and the entries sum to 1"


def on_simplex(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """The point of a simplex at which the gradient does not change from entry to entry."""
    if unknown.domain.structure != "simplex":
        return None
    u, along = Elem(unknown.name, axes), axes[-1]
    solved = _powers(names, body, u, along) or _logarithms(names, body, u, along)
    if solved is None:
        return None
    value, slope = solved
    chain = Chain(names, axes, u)
    chain.to(RULE, neat(value, names), solves=True)
    facts = [f for row in names.inputs() for f in facts_of(row)]
    chain.fold(fold(chain.node, facts, names))
    return Found(chain, slope, constrained=True)


def along_simplex(gradient: Formula, unknown: Declared) -> Formula:
    """g_k - Σ_l u_l g_l, what vanishes at such a point."""
    axis = gradient.axes[-1]
    other = axis.fresh()
    there = mul(Elem(unknown.name, (*gradient.axes[:-1], other)), reindex(gradient.body, {axis: other}))
    return replace(gradient, body=sub(gradient.body, total((other,), there)))


def _of_logarithm(body: Node, u: Elem, names: Names) -> tuple[Node, Node] | None:
    """(c, the rest) of c log u + rest, where the unknown stands nowhere else: log(u/q) is log u + log(1/q)."""
    coefficients: list[Node] = []
    rest: list[Node] = []
    for term in terms_of(body):
        if u.name not in names_in(term):
            rest.append(term)
            continue
        factors = factors_of(term)
        mine = [f for f in factors if isinstance(f, Call) and f.fn == "log" and u.name in names_in(f)]
        left = mul(*(f for f in factors if f not in mine))
        if len(mine) != 1 or u.name in names_in(left):
            return None
        number, powers = monomial(mine[0].args[0])
        _, exponent = powers.pop(key(u), (u, None))
        apart = number > 0 and all(positive(b, names) and u.name not in names_in(b) for b, _ in powers.values())
        if exponent is None or u.name in names_in(exponent) or not apart:
            return None
        coefficients.append(mul(left, exponent))
        logs = [mul(e, call("log", b)) for b, e in powers.values()]
        rest.append(mul(left, add(call("log", Num(number)), *logs) if number != 1 else add(*logs)))
    return (add(*coefficients), add(*rest)) if coefficients else None


def _powers(names: Names, body: Node, u: Elem, along: Index) -> tuple[Node, Node] | None:
    rows = by_power(names, body, u)
    exponents = [e for e in rows or () if e]
    if rows is None or len(exponents) != 1 or any(along in free_indices(term) for term in rows.get(Fraction(0), ())):
        return None
    (exponent,) = exponents
    coefficient = expand(add(*rows[exponent]), names)
    negative = all(split_coefficient(term)[0] < 0 for term in terms_of(coefficient))
    # a minimum: the weights are those of -c
    weight = power(expand(neg(coefficient), names) if negative else coefficient, Num(-1 / exponent))
    return _in_proportion(weight, along), mul(Num(exponent), coefficient)


def _in_proportion(weight: Node, along: Index) -> Node:
    """w_k / Σ_l w_l"""
    other = along.fresh()
    return div(weight, total((other,), reindex(weight, {along: other})))


def _logarithms(names: Names, body: Node, u: Elem, along: Index) -> tuple[Node, Node] | None:
    found = _of_logarithm(body, u, names)
    if found is None or along in free_indices(found[0]):
        return None
    score = neat(neg(div(found[1], found[0])), names)
    score = add(*(t for t in terms_of(expand(score, names)) if along in free_indices(t)))
    if along not in free_indices(score):
        return _in_proportion(ONE, along), found[0]
    match score:
        case Call("log", (weight,)):  # softmax(log w) is w in proportion
            return _in_proportion(weight, along), found[0]
    other = along.fresh()
    return call("exp", sub(score, Bound("logsumexp", (other,), reindex(score, {along: other})))), found[0]
