"""Elementary functions by their definitions: trigonometric, hyperbolic, and their inverses."""

from __future__ import annotations

from collections.abc import Callable

from derivations.atoms.primitives import ENDS, HALF_PI, constant, itself, within_one
from derivations.atoms.row import Atom, Rule, between
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    And,
    Call,
    Node,
    Pow,
    Rel,
    add,
    call,
    div,
    mul,
    neg,
    num,
    power,
    sqrt,
    sub,
)


def _not_zero(of: Callable[[Node], Node]) -> Rule:
    return lambda z: Rel("!=", of(z), ZERO)


def _outside_one(z: Node) -> Node:
    """|1/z| ≤ 1."""
    inside = within_one(">=")(power(z, MINUS_ONE))
    assert isinstance(inside, And)
    return And((Rel("!=", z, ZERO), *inside.args))


def _e(z: Node) -> Call:
    return Call("exp", (z,))


ELEMENTARY = (
    Atom("tan", "sin z / cos z", 1, (lambda z: power(call("cos", z), num(-2)),),
        lambda z: div(call("sin", z), call("cos", z)), True, _not_zero(lambda z: call("cos", z)), ("tg",), ("tan",),
        latex=r"\tan", near=itself),
    Atom("cot", "cos z / sin z", 1, (lambda z: neg(power(call("sin", z), num(-2))),),
        lambda z: div(call("cos", z), call("sin", z)), defined=_not_zero(lambda z: call("sin", z)),
        spellings=("ctg",), latex=r"\cot"),
    Atom("sec", "1 / cos z", 1, (lambda z: mul(call("sec", z), call("tan", z)),),
        lambda z: power(call("cos", z), MINUS_ONE), defined=_not_zero(lambda z: call("cos", z)), latex=r"\sec"),
    Atom("csc", "1 / sin z", 1, (lambda z: neg(mul(call("csc", z), call("cot", z))),),
        lambda z: power(call("sin", z), MINUS_ONE), defined=_not_zero(lambda z: call("sin", z)),
        spellings=("cosec",), latex=r"\csc"),
    Atom("acos", "inverse of cos, in [0, π]", 1, (lambda z: neg(power(sub(ONE, Pow(z, TWO)), num("-1/2"))),),
        lambda z: sub(HALF_PI, call("asin", z)), True, within_one(">="), ("arccos",), ("acos", "arccos"),
        latex=r"\arccos", range=between(0, "22/7", "[)"), near=constant(HALF_PI)),
    Atom("acot", "arctan(1/z)", 1, (lambda z: neg(power(add(ONE, Pow(z, TWO)), MINUS_ONE)),),
        lambda z: call("atan", power(z, MINUS_ONE)), defined=_not_zero(itself), spellings=("arccot",), signed=True),
    Atom("asec", "arccos(1/z)", 1, (lambda z: div(ONE, mul(call("abs", z), sqrt(sub(Pow(z, TWO), ONE)))),),
        lambda z: call("acos", power(z, MINUS_ONE)), defined=_outside_one, spellings=("arcsec",)),
    Atom("acsc", "arcsin(1/z)", 1, (lambda z: neg(div(ONE, mul(call("abs", z), sqrt(sub(Pow(z, TWO), ONE))))),),
        lambda z: call("asin", power(z, MINUS_ONE)), defined=_outside_one, spellings=("arccsc",), signed=True),
    Atom("sinh", "(e^z - e^-z)/2", 1, (lambda z: call("cosh", z),), lambda z: mul(HALF, sub(_e(z), _e(neg(z)))),
        True, code=("sinh",), latex=r"\sinh", signed=True, analytic=True, near=itself, mistaken="cosh"),
    Atom("cosh", "(e^z + e^-z)/2", 1, (lambda z: call("sinh", z),), lambda z: mul(HALF, add(_e(z), _e(neg(z)))),
        True, code=("cosh",), latex=r"\cosh", range=between(1, None, "[)"), analytic=True, near=constant(ONE),
        mistaken="sinh"),
    Atom("tanh", "(e^2z - 1)/(e^2z + 1)", 1, (lambda z: sub(ONE, Pow(call("tanh", z), TWO)),),
        lambda z: div(sub(_e(mul(TWO, z)), ONE), add(_e(mul(TWO, z)), ONE)), True, code=("tanh",), latex=r"\tanh",
        range=between(-1, 1), signed=True, analytic=True, far=ENDS, near=itself, mistaken="sigmoid"),
    Atom("coth", "1/tanh z", 1, (lambda z: sub(ONE, Pow(call("coth", z), TWO)),),
        lambda z: power(call("tanh", z), MINUS_ONE), defined=_not_zero(itself), latex=r"\coth", signed=True),
    Atom("sech", "1/cosh z", 1, (lambda z: neg(mul(call("sech", z), call("tanh", z))),),
        lambda z: power(call("cosh", z), MINUS_ONE), range=between(0, 1, "(]"), analytic=True),
    Atom("csch", "1/sinh z", 1, (lambda z: neg(mul(call("csch", z), call("coth", z))),),
        lambda z: power(call("sinh", z), MINUS_ONE), defined=_not_zero(itself), signed=True),
    Atom("asinh", "log(z + √(z² + 1))", 1, (lambda z: power(add(Pow(z, TWO), ONE), num("-1/2")),),
        lambda z: call("log", add(z, sqrt(add(Pow(z, TWO), ONE)))), True, spellings=("arsinh", "arcsinh"),
        code=("asinh", "arcsinh"), signed=True, analytic=True, near=itself),
    Atom("acosh", "log(z + √(z² - 1)), z ≥ 1", 1, (lambda z: power(sub(Pow(z, TWO), ONE), num("-1/2")),),
        lambda z: call("log", add(z, sqrt(sub(Pow(z, TWO), ONE)))), True, lambda z: Rel(">=", z, ONE),
        ("arcosh", "arccosh"), ("acosh", "arccosh"), range=between(0, None, "[)")),
    Atom("atanh", "½ log((1+z)/(1-z)), |z| < 1", 1, (lambda z: power(sub(ONE, Pow(z, TWO)), MINUS_ONE),),
        lambda z: mul(HALF, call("log", div(add(ONE, z), sub(ONE, z)))), True, within_one(">"),
        ("artanh", "arctanh"), ("atanh", "arctanh"), signed=True, near=itself),
    Atom("Gamma", "Γ(z), z > 0", 1, (lambda z: mul(call("Gamma", z), call("digamma", z)),),
        lambda z: _e(call("lgamma", z)), symbol="Γ", latex=r"\Gamma", range=between(0, None)),
)  # fmt: skip
