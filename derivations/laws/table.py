"""The families of laws. A family is a row.

Source: N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous (and: Discrete) Univariate Distributions.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import factorial
from types import MappingProxyType

from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Call,
    Const,
    Node,
    Num,
    add,
    call,
    div,
    mul,
    neg,
    num,
    power,
    sub,
)
from derivations.laws.row import Law

PI = Const("pi")


def log(a: Node) -> Node:
    """log a; log 1 is 0, log e^a is a."""
    if a == ONE:
        return ZERO
    return a.args[0] if isinstance(a, Call) and a.fn == "exp" else call("log", a)


def log_ratio(a: Node, b: Node) -> Node:
    """log(a/b), as log a - log b where either is a number or a power of e."""
    apart = any(isinstance(x, Num) or log(x) != call("log", x) for x in (a, b))
    return sub(log(a), log(b)) if apart else log(div(a, b))


def _to(a: Node, k: int) -> Node:
    return power(a, num(k))


def _complement(q: Node) -> Node:
    return sub(ONE, q)


def _bernoulli_cumulant(order: int, q: Node) -> Node | None:
    spread = mul(q, _complement(q))
    match order:
        case 2:
            return spread
        case 3:
            return mul(spread, sub(ONE, mul(TWO, q)))
        case 4:
            return mul(spread, sub(ONE, mul(num(6), spread)))
    return None


def _binomial_cumulant(order: int, n: Node, q: Node) -> Node | None:
    one = _bernoulli_cumulant(order, q)
    return None if one is None else mul(n, one)


def _uniform_cumulant(order: int, a: Node, b: Node) -> Node | None:
    bernoulli_numbers = {2: Fraction(1, 12), 3: 0, 4: Fraction(-1, 120), 5: 0, 6: Fraction(1, 252)}
    return mul(num(bernoulli_numbers[order]), _to(sub(b, a), order)) if order in bernoulli_numbers else None


def _log_beta(a: Node, b: Node) -> Node:
    return sub(add(call("lgamma", a), call("lgamma", b)), call("lgamma", add(a, b)))


def _rising(k: int, a: Node, b: Node) -> Node:
    """E[x^k] = Π_m (a + m)/(a + b + m)"""
    return mul(*(div(add(a, num(m)), add(a, b, num(m))) for m in range(k)))


def _normal_divergence(m: Node, v: Node, a: Node, u: Node) -> Node:
    away = _to(sub(m, a), 2)
    return mul(HALF, add(log_ratio(u, v), div(add(v, away) if m != a else v, u), MINUS_ONE))


def _log_falling(n: Node, k: Node) -> Node:
    """log of n over k"""
    return sub(log(call("factorial", n)), add(log(call("factorial", k)), log(call("factorial", sub(n, k)))))


LAWS: Mapping[str, Law] = MappingProxyType({
    law.name: law
    for law in (
        Law("normal", ("mean", "variance"), "real", ("N", "Normal", "Gaussian", "normal", "gaussian", "Norm"),
            mean=lambda m, v: m,
            cumulants=lambda k, m, v: v if k == 2 else ZERO,
            log_density=lambda x, m, v: sub(
                neg(mul(HALF, log(mul(TWO, PI, v)))), div(_to(sub(x, m), 2), mul(TWO, v))),
            divergence=_normal_divergence,
            grows=lambda t, m, v: (add(mul(t, m), mul(HALF, _to(t, 2), v)), (add(m, mul(t, v)), v))),
        Law("bernoulli", ("probability",), "label01", ("Bernoulli", "Bern", "Ber", "bernoulli", "bern"),
            mean=lambda q: q,
            cumulants=_bernoulli_cumulant,
            log_density=lambda y, q: add(mul(y, log(q)), mul(_complement(y), log(_complement(q)))),
            values=lambda q: ((ONE, q), (ZERO, _complement(q))),
            divergence=lambda p, q: add(
                mul(p, log_ratio(p, q)), mul(_complement(p), log_ratio(_complement(p), _complement(q))))),
        Law("binomial", ("number", "probability"), "count", ("Binomial", "Bin", "Binom", "binomial"),
            mean=lambda n, q: mul(n, q),
            cumulants=_binomial_cumulant,
            log_density=lambda y, n, q: add(
                _log_falling(n, y), mul(y, log(q)), mul(sub(n, y), log(_complement(q))))),
        Law("poisson", ("rate",), "count", ("Poisson", "Poi", "Pois", "Po", "poisson"),
            mean=lambda rate: rate,
            cumulants=lambda k, rate: rate,
            log_density=lambda y, rate: sub(sub(mul(y, log(rate)), rate), log(call("factorial", y))),
            divergence=lambda rate, other: add(mul(rate, log_ratio(rate, other)), other, neg(rate)),
            grows=lambda t, rate: (mul(rate, sub(call("exp", t), ONE)), (mul(rate, call("exp", t)),))),
        Law("geometric", ("probability",), "count", ("Geometric", "Geom", "Geo", "geometric"),
            told="counts the trials, from 1",
            mean=lambda q: div(ONE, q),
            cumulants=lambda k, q: div(_complement(q), _to(q, 2)) if k == 2 else None,
            log_density=lambda y, q: add(mul(sub(y, ONE), log(_complement(q))), log(q))),
        Law("exponential", ("rate",), "positive", ("Exponential", "Exp", "Expon", "exponential"),
            told="is given by its rate: the mean is 1/rate",
            mean=lambda rate: div(ONE, rate),
            cumulants=lambda k, rate: mul(num(factorial(k - 1)), _to(rate, -k)),
            log_density=lambda x, rate: sub(log(rate), mul(rate, x)),
            divergence=lambda rate, other: add(log_ratio(rate, other), div(other, rate), MINUS_ONE),
            logs=lambda rate: sub(call("digamma", ONE), log(rate))),
        Law("gamma", ("shape", "rate"), "positive", ("Gamma", "Gam", "gamma"),
            told="is given by its shape and its rate: the mean is shape/rate",
            mean=lambda a, b: div(a, b),
            cumulants=lambda k, a, b: mul(num(factorial(k - 1)), a, _to(b, -k)),
            log_density=lambda x, a, b: add(
                mul(a, log(b)), neg(call("lgamma", a)), mul(sub(a, ONE), log(x)), neg(mul(b, x))),
            logs=lambda a, b: sub(call("digamma", a), log(b))),
        Law("beta", ("a", "b"), "probability", ("Beta", "beta"),
            mean=lambda a, b: div(a, add(a, b)),
            cumulants=lambda k, a, b: (
                div(mul(a, b), mul(_to(add(a, b), 2), add(a, b, ONE))) if k == 2 else None),
            log_density=lambda x, a, b: sub(
                add(mul(sub(a, ONE), log(x)), mul(sub(b, ONE), log(_complement(x)))), _log_beta(a, b)),
            raw=_rising,
            logs=lambda a, b: sub(call("digamma", a), call("digamma", add(a, b))),
            logs_left=lambda a, b: sub(call("digamma", b), call("digamma", add(a, b)))),
        Law("uniform", ("low", "high"), "real", ("Uniform", "Unif", "U", "uniform"),
            mean=lambda a, b: mul(HALF, add(a, b)),
            cumulants=_uniform_cumulant,
            entropy=lambda a, b: log(sub(b, a))),
        Law("laplace", ("location", "scale"), "real", ("Laplace", "Lap", "laplace"),
            mean=lambda m, b: m,
            cumulants=lambda k, m, b: ZERO if k % 2 else mul(num(2 * factorial(k - 1)), _to(b, k)),
            log_density=lambda x, m, b: sub(neg(log(mul(TWO, b))), div(call("abs", sub(x, m)), b)),
            entropy=lambda m, b: add(ONE, log(mul(TWO, b)))),
        Law("dirichlet", ("concentration",), "simplex", ("Dirichlet", "Dir", "dirichlet"), vector=True),
        Law("categorical", ("probabilities",), "onehot", ("Categorical", "Cat", "categorical", "Multinoulli"),
            vector=True),
    )
})  # fmt: skip

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {spelling: law.name for law in LAWS.values() for spelling in law.spellings}
)
"""Every spelling of a family and its one name."""
