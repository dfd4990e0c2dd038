"""Means of functions of one normal number: a linear form of normal variables, with the mean m and the variance v.

E[relu(a)]    m Φ(m/√v) + √v φ(m/√v)      E[1[a > 0]]   Φ(m/√v)
E[|a|]        m erf(m/√(2v)) + √(2v/π) e^(-m²/(2v))
E[erf(a)]     erf(m/√(1 + 2v))            E[max(a, b)]  E[b] + E[relu(a - b)]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivations.formula import ONE, TWO, ZERO, Call, Cases, Node, Rel, add, call, div, mul, neg, power, sqrt, sub
from derivations.laws.table import PI

Moments = Callable[[Node], tuple[Node, Node]]
"""The mean and the variance of a linear form; raises for any other formula."""


def below(t: Node) -> Node:
    """Φ(t), the probability of a standard normal number below t."""
    return call("normcdf", t)


def _bell(m: Node, v: Node) -> Node:
    """e^(-m²/(2v))"""
    return ONE if m == ZERO else call("exp", neg(div(power(m, TWO), mul(TWO, v))))


def _positive_part(m: Node, v: Node) -> Node:
    t = div(m, sqrt(v))
    return add(mul(m, below(t)), mul(sqrt(v), call("normpdf", t)))


def _size(m: Node, v: Node) -> Node:
    return add(mul(m, call("erf", div(m, sqrt(mul(TWO, v))))), mul(sqrt(div(mul(TWO, v), PI)), _bell(m, v)))


def _error_function(m: Node, v: Node) -> Node:
    return call("erf", div(m, sqrt(add(ONE, mul(TWO, v)))))


_MEANS: Mapping[str, Callable[[Node, Node], Node]] = MappingProxyType(
    {"relu": _positive_part, "abs": _size, "erf": _error_function}
)


def mean_of(node: Node, moments: Moments) -> Node | None:
    """The mean of a function of one normal number; None for any other formula."""
    match node:
        case Call(fn, (a,)) if fn in _MEANS:
            return _MEANS[fn](*moments(a))
        case Call("max" | "min" as fn, (a, b)):
            if moments(a)[1] == ZERO:
                a, b = b, a
            if fn == "max":
                return add(moments(b)[0], _positive_part(*moments(sub(a, b))))
            return sub(moments(b)[0], _positive_part(*moments(sub(b, a))))
        case Cases(((Rel(op, left, right), value),), otherwise) if value == ONE and otherwise == ZERO:
            if op in ("==", "!="):
                return None
            above, under = (left, right) if op in (">", ">=") else (right, left)
            m, v = moments(sub(above, under))
            return below(div(m, sqrt(v)))
    return None
