"""A tree of one variable as SymPy's expression and back, what stands without the variable as letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from derivations.formula import Add, Call, Const, Elem, Mul, Node, Num, Pow, add, call, div, key, mul, num, power

if TYPE_CHECKING:
    from derivations.expectation.integrals import Frozen

_OUT: Mapping[str, Callable[..., Any]] = {
    "exp": sympy.exp, "log": sympy.log, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "tanh": sympy.tanh,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "atan": sympy.atan, "erf": sympy.erf, "erfc": sympy.erfc,
    "sigmoid": lambda a: 1 / (1 + sympy.exp(-a)),
    "normpdf": lambda a: sympy.exp(-(a**2) / 2) / sympy.sqrt(2 * sympy.pi),
    "normcdf": lambda a: sympy.erfc(-a / sympy.sqrt(2)) / 2,
    "abs": sympy.Abs, "sqrt": sympy.sqrt,
}  # fmt: skip
_IN = {"exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "atan", "erf", "erfc"}


def task(body: Node, limits: list[Node | None], known: Frozen) -> tuple[Any, ...] | None:
    """(body, variable, low, high) for SymPy; None where a function has none there."""
    x = sympy.Symbol("x", real=True)
    try:
        low, high = (
            sign * sympy.oo if limit is None else _out(limit, known, x)
            for limit, sign in zip(limits, (-1, 1), strict=True)
        )
        return _out(body, known, x), x, low, high
    except LookupError:
        return None


def _out(node: Node, known: Frozen, x: Any) -> Any:
    letter = known.letters.get(key(node))
    if letter is not None:
        return sympy.Symbol(letter[0], positive=True) if letter[2] else sympy.Symbol(letter[0], real=True)
    match node:
        case Num(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Const(name):
            return {"pi": sympy.pi, "e": sympy.E}[name]
        case Elem(name) if name == known.variable:
            return x
        case Add(args):
            return sympy.Add(*(_out(a, known, x) for a in args))
        case Mul(args):
            return sympy.Mul(*(_out(a, known, x) for a in args))
        case Pow(base, exponent):
            return _out(base, known, x) ** _out(exponent, known, x)
        case Call(fn, args):
            return _OUT[fn](*(_out(a, known, x) for a in args))
        case _:
            raise LookupError(type(node).__name__)


def back(expression: Any, known: Frozen) -> Node | None:
    """SymPy's expression as a tree; None where it has functions that are not read here."""
    nodes = {letter: node for letter, node, _ in known.letters.values()}

    def of(e: Any) -> Node:
        if e.is_Symbol:
            return nodes[e.name]
        if e.is_Rational:
            return num(Fraction(int(e.p), int(e.q)))
        if e is sympy.pi or e is sympy.E:
            return Const("pi" if e is sympy.pi else "e")
        if e.is_Add:
            return add(*map(of, e.args))
        if e.is_Mul:
            return mul(*map(of, e.args))
        if isinstance(e, sympy.exp):
            return call("exp", of(e.args[0]))
        if e.is_Pow:
            return power(of(e.base), of(e.exp))
        if isinstance(e, sympy.gamma):
            return call("exp", call("lgamma", of(e.args[0])))
        if isinstance(e, sympy.beta):
            a, b = map(of, e.args)
            return div(mul(*(call("exp", call("lgamma", c)) for c in (a, b))), call("exp", call("lgamma", add(a, b))))
        name = type(e).__name__
        if name in _IN and len(e.args) == 1:
            return call(name, of(e.args[0]))
        raise LookupError(name)

    try:
        return of(expression)
    except LookupError:
        return None
