"""Functions that SymPy has and that are written in others here.

    polygamma(0, a)    ψ(a)               polygamma(1, a)    ψ'(a)
    gamma(a)           Γ(a), a > 0        beta(a, b)         Γ(a) Γ(b)/Γ(a + b), a > 0 and b > 0
    sinc(a)            sin(a)/a, 1 at 0   frac(a)            a - ⌊a⌋
    Mod(a, b)          a - b ⌊a/b⌋        UnevaluatedExpr(a) a

Γ has values at negative numbers in SymPy and none here, so that its argument has to be positive for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy

from derivations.domains import Names
from derivations.formula import ONE, ZERO, Cases, Node, Rel, add, call, div, mul, neg
from derivations.signs import positive


def _sinc(a: Node) -> Node:
    return Cases(((Rel("==", a, ZERO), ONE),), div(call("sin", a), a))


def _mod(a: Node, b: Node) -> Node:
    return add(a, neg(mul(b, call("floor", div(a, b)))))


def _beta(a: Node, b: Node) -> Node:
    return div(mul(call("Gamma", a), call("Gamma", b)), call("Gamma", add(a, b)))


_ANYWHERE: Mapping[Any, Callable[..., Node]] = {
    sympy.sinc: _sinc,
    sympy.frac: lambda a: add(a, neg(call("floor", a))),
    sympy.Mod: _mod,
    sympy.UnevaluatedExpr: lambda a: a,
}
_OF_POSITIVE: Mapping[Any, Callable[..., Node]] = {
    sympy.gamma: lambda a: call("Gamma", a),
    sympy.beta: _beta,
}
_POLYGAMMA = {sympy.S.Zero: "digamma", sympy.S.One: "trigamma"}


def meant(e: Any, read: Callable[[Any], Node], names: Names) -> Node | None:
    """An application in the functions of the tree, its arguments as `read` reads them; None where it has none."""
    if e.func is sympy.polygamma and e.args[0] in _POLYGAMMA:
        return call(_POLYGAMMA[e.args[0]], read(e.args[1]))
    if e.func in _ANYWHERE:
        return _ANYWHERE[e.func](*map(read, e.args))
    if e.func in _OF_POSITIVE:
        args = tuple(map(read, e.args))
        return _OF_POSITIVE[e.func](*args) if all(positive(a, names) for a in args) else None
    return None
