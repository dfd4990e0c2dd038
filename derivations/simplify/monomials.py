"""Products as coefficient · Π base**exponent, sums with like terms collected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

from derivations.calculus import is_zero
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Call,
    Cases,
    Const,
    Delta,
    Index,
    Key,
    Mul,
    Node,
    Num,
    Pow,
    add,
    call,
    factors_of,
    free_indices,
    key,
    label_alone,
    mul,
    neg,
    power,
    reindex,
    split_coefficient,
)
from derivations.simplify.positions import only_place

Monomial = tuple[Fraction, dict[Key, tuple[Node, Node]]]
"""coefficient · Π base**exponent, bases keyed up to the names of bound indices."""


def monomial(node: Node) -> Monomial:
    """A tidied tree as coefficient · Π base**exponent."""
    coefficient, powers = Fraction(1), {}
    for factor in [part for f in factors_of(node) for part in _of_constants(f)]:
        base, exponent = factor, ONE
        if isinstance(factor, Pow):
            base, exponent = factor.base, factor.exponent
        if (
            isinstance(base, Num)
            and isinstance(exponent, Num)
            and exponent.value.denominator == 1
            and abs(exponent.value) <= 8
            and base.value != 0
        ):
            coefficient *= base.value ** int(exponent.value)
            continue
        if isinstance(base, Call) and base.fn == "exp":
            scale, rest = split_coefficient(base.args[0])
            base, exponent = call("exp", rest), mul(Num(scale), exponent)
        k = key(base)
        if k in powers:
            exponent = _sum_exponents(powers[k][1], exponent)
        powers[k] = (base, exponent)
    return coefficient, {k: be for k, be in powers.items() if not is_zero(be[1])}


def _of_constants(node: Node) -> tuple[Node, ...]:
    """√2 and √π of √(2 π); any other tree as it is."""
    match node:
        case Pow(Mul(parts), Num() as e) if all(isinstance(part, Num | Const) for part in parts):
            return tuple(power(part, e) for part in parts)
    return (node,)


def exact_root(value: Fraction) -> Fraction | None:
    """√value, where it is a number of the same kind."""
    if value <= 0:
        return None
    above, below = isqrt(value.numerator), isqrt(value.denominator)
    return Fraction(above, below) if above**2 == value.numerator and below**2 == value.denominator else None


def _sum_exponents(a: Node, b: Node) -> Node:
    if isinstance(a, Num) and isinstance(b, Num):
        return Num(a.value + b.value)
    return like_terms([a, b])


def from_monomial(coefficient: Fraction, powers: Iterable[tuple[Node, Node]]) -> Node:
    """The product; e^a to the power -1 is e^-a again, and √2 √π is √(2 π)."""
    factors: list[Node] = [Num(coefficient)]
    constants: dict[Fraction, list[Node]] = {}
    for base, exponent in powers:
        if isinstance(base, Num | Const) and isinstance(exponent, Num) and exponent.value.denominator > 1:
            constants.setdefault(exponent.value, []).append(base)
        elif isinstance(base, Call) and base.fn == "exp" and isinstance(exponent, Num):
            factors.append(call("exp", mul(exponent, base.args[0])))
        elif is_indicator(base) and isinstance(exponent, Num) and exponent.value > 0:
            factors.append(base)
        else:
            factors.append(power(base, exponent))
    factors += [power(mul(*bases), Num(e)) for e, bases in constants.items()]
    return ZERO if coefficient == 0 else mul(*factors)


def like_terms(args: Sequence[Node]) -> Node:
    """Σ with like terms collected."""
    terms: dict[Key, tuple[Fraction, Node]] = {}
    for arg in args:
        for term in arg.args if isinstance(arg, Add) else (arg,):
            coefficient, rest = split_coefficient(term)
            k = key(rest)
            before = terms.get(k, (Fraction(0), rest))
            terms[k] = (before[0] + coefficient, before[1])
    # p - (1 - p) is 2p - 1: a bracket is opened where one of its terms meets another
    for k, (c, rest) in terms.items():
        if c and isinstance(rest, Add) and any(key(split_coefficient(t)[1]) in terms for t in rest.args):
            opened = [mul(Num(c), t) for t in rest.args]
            return like_terms([*(mul(Num(d), r) for j, (d, r) in terms.items() if j != k and d), *opened])
    return add(*under_one_guard([mul(Num(c), rest) for c, rest in terms.values() if c]))


def under_one_guard(terms: Sequence[Node]) -> list[Node]:
    """{a if c, 0 otherwise} + {b if c, 0 otherwise} as {a + b if c, 0 otherwise}."""
    out: dict[tuple[str, Any], Node] = {}
    for k, term in enumerate(terms):
        held = guard(term)
        if held is None or held[1] == ONE:
            out[("alone", k)] = term
            continue
        condition, value = held
        same = out.get(("under", key(condition)))
        before = guard(same) if same is not None else None
        out[("under", key(condition))] = Cases(((condition, value if before is None else add(before[1], value)),), ZERO)
    return _and_at_the_rest(list(out.values()))


def _and_at_the_rest(terms: list[Node]) -> list[Node]:
    """{a_t if t ≥ 2, 0 otherwise} + δ_t1 a_1 as a_t."""
    for k, term in enumerate(terms):
        factors = term.args if isinstance(term, Mul) else (term,)
        for m, factor in enumerate(factors):
            held = guard(factor)
            at = only_place(held[0]) if held is not None else None
            if held is None or at is None:
                continue
            whole = mul(*factors[:m], held[1], *factors[m + 1 :])
            rest = key(mul(Delta(*at), reindex(whole, dict((at,)))))
            for j, other in enumerate(terms):
                if j != k and key(other) == rest:
                    return _and_at_the_rest([whole if i == k else t for i, t in enumerate(terms) if i != j])
    return terms


def guard(node: Node) -> tuple[Node, Node] | None:
    """(c, a) of {a if c, 0 otherwise}."""
    if isinstance(node, Cases) and len(node.branches) == 1 and node.otherwise is not None and is_zero(node.otherwise):
        return node.branches[0]
    return None


def is_indicator(node: Node) -> bool:
    """δ_ij and 1[c], which are their own powers."""
    return isinstance(node, Delta) or ((inside := guard(node)) is not None and inside[1] == ONE)


def met(found: Monomial) -> Monomial:
    """δ_ij a_i/a_j = δ_ij: beside a δ one index may stand for the other, where factors meet that way; and so may an
    index for a label, 1[y = j] a_j/a_y = 1[y = j]."""
    coefficient, powers = found
    deltas = [base for base, exponent in powers.values() if isinstance(base, Delta) and exponent == ONE]
    for d in deltas:
        mine, other = (d.right, d.left) if isinstance(d.right, Index) else (d.left, d.right)
        if not isinstance(mine, Index) or not (isinstance(other, Index) or label_alone(other)):
            continue
        others = [power(base, exponent) for base, exponent in powers.values() if base is not d]
        if mine in _indices_of(others) and (not isinstance(other, Index) or other in _indices_of(others)):
            merged = monomial(mul(d, *(reindex(o, {mine: other}) for o in others)))
            if len(merged[1]) < len(powers):
                return coefficient * merged[0], merged[1]
    return found


def absorbed(found: Monomial) -> Monomial:
    """(z/l)^k of (z/l)^(k-1) z/l: the factors of a product that has an exponent of letters go into its power."""
    coefficient, powers = found
    for spelled, (base, exponent) in powers.items():
        if not isinstance(base, Mul) or isinstance(exponent, Num):
            continue
        number, own = monomial(base)
        beside = {k: powers[k][1] for k in own if k in powers}
        if number == 1 and len(beside) == len(own) and all(_within(e, beside[k]) for k, (_, e) in own.items()):
            left = {k: be for k, be in powers.items() if k != spelled}
            for k, (part, e) in own.items():
                left[k] = part, like_terms([beside[k], neg(e)])
            left[spelled] = base, like_terms([exponent, ONE])
            return coefficient, {k: be for k, be in left.items() if not is_zero(be[1])}
    return found


def _within(exponent: Node, beside: Node) -> bool:
    """Whether a^beside holds a^exponent: both numerals, of one sign."""
    return isinstance(exponent, Num) and isinstance(beside, Num) and 0 < exponent.value / beside.value <= 1


def signs_met(found: Monomial) -> Monomial:
    """sign(a) a = |a|, sign(a) |a| = a, sign(a)/|a| = 1/a."""
    coefficient, powers = found
    for spelled, (base, exponent) in tuple(powers.items()):
        if not (isinstance(base, Call) and base.fn == "sign" and exponent == ONE):
            continue
        bare, bars = base.args[0], call("abs", base.args[0])
        for one, other, side in ((bars, bare, 1), (bars, bare, -1), (bare, bars, 1), (bare, bars, -1)):
            _, e = powers.get(key(one), (one, ZERO))
            if isinstance(e, Num) and e.value * side >= 1:
                left = mul(*(power(b, x) for k, (b, x) in powers.items() if k not in (spelled, key(one))))
                merged = monomial(mul(left, power(one, Num(e.value - side)), power(other, Num(Fraction(side)))))
                return signs_met((coefficient * merged[0], merged[1]))
    return found


def _indices_of(nodes: Iterable[Node]) -> frozenset[Index]:
    return frozenset().union(*(free_indices(n) for n in nodes))


def negated(term: Node) -> Node:
    """-a with one numeral in front."""
    coefficient, rest = split_coefficient(term)
    return mul(Num(-coefficient), rest)
