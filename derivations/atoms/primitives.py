"""The functions that nothing simpler defines: every interpreter has a rule for each."""

from __future__ import annotations

from derivations.atoms.row import Atom, Rule, between
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    And,
    Const,
    Node,
    Pow,
    Rel,
    add,
    call,
    mul,
    neg,
    num,
    power,
    sub,
)


def positive(z: Node) -> Node:
    """z > 0"""
    return Rel(">", z, ZERO)


def within_one(op: str) -> Rule:
    """|z| ≤ 1, or < 1."""
    return lambda z: And((Rel(op, add(ONE, z), ZERO), Rel(op, sub(ONE, z), ZERO)))


def constant(value: Node) -> Rule:
    """The same at every argument."""
    return lambda *_: value


def itself(z: Node) -> Node:
    """z"""
    return z


HALF_PI = mul(HALF, Const("pi"))
ENDS = (constant(ONE), constant(MINUS_ONE))

PRIMITIVES = (
    Atom("exp", "e^z", 1, (lambda z: call("exp", z),), lambda z: Pow(Const("e"), z), numeric=True, spellings=("Exp",),
        code=("exp",), latex=r"\exp", range=between(0, None), analytic=True, far=(constant(ZERO),), near=constant(ONE),
        mistaken="log"),
    Atom("log", "natural logarithm", 1, (lambda z: power(z, MINUS_ONE),), defined=positive,
        spellings=("ln", "Log", "Ln"), code=("log",), latex=r"\log", mistaken="exp"),
    Atom("sin", "sin z", 1, (lambda z: call("cos", z),), code=("sin",), latex=r"\sin", range=between(-1, 1, "[]"),
        analytic=True, near=itself, mistaken="cos"),
    Atom("cos", "cos z", 1, (lambda z: neg(call("sin", z)),), code=("cos",), latex=r"\cos",
        range=between(-1, 1, "[]"), analytic=True, near=constant(ONE), mistaken="sin"),
    Atom("asin", "inverse of sin, in [-π/2, π/2]", 1, (lambda z: power(sub(ONE, Pow(z, TWO)), num("-1/2")),),
        defined=within_one(">="), spellings=("arcsin",), code=("asin", "arcsin"), latex=r"\arcsin",
        range=between("-11/7", "11/7"), signed=True, near=itself),
    Atom("atan", "inverse of tan, in (-π/2, π/2)", 1, (lambda z: power(add(ONE, Pow(z, TWO)), MINUS_ONE),),
        spellings=("arctan",), code=("atan", "arctan"), latex=r"\arctan", range=between("-11/7", "11/7"), signed=True,
        analytic=True, far=(constant(HALF_PI), constant(neg(HALF_PI))), near=itself),
    Atom("abs", "|z|", 1, (lambda z: call("sign", z),), spellings=("Abs",), code=("abs", "absolute", "fabs"),
        range=between(0, None, "[)"), kink=0),
    Atom("sign", "-1, 0 or 1", 1, (constant(ZERO),), spellings=("sgn", "Sign"), code=("sign",),
        range=between(-1, 1, "[]"), signed=True, kink=0),
    Atom("floor", "the largest integer ≤ z", 1, (constant(ZERO),), code=("floor",)),
    Atom("ceil", "the smallest integer ≥ z", 1, (constant(ZERO),), spellings=("ceiling",), code=("ceil",)),
    Atom("erf", "2/√π ∫₀ᶻ e^(-t²) dt", 1,
        (lambda z: mul(TWO, power(Const("pi"), num("-1/2")), call("exp", neg(Pow(z, TWO)))),), code=("erf",),
        range=between(-1, 1), signed=True, analytic=True, far=ENDS,
        near=lambda z: mul(TWO, z, power(Const("pi"), num("-1/2")))),
    Atom("factorial", "z!, z = 0, 1, 2, …", 1, spellings=("fact",), range=between(1, None, "[)"),
        defined=lambda z: And((Rel(">=", z, ZERO), Rel("==", z, call("floor", z))))),
    Atom("lgamma", "log Γ(z), z > 0", 1, (lambda z: call("digamma", z),), defined=positive,
        spellings=("gammaln", "loggamma", "logGamma"), code=("lgamma", "gammaln")),
    Atom("digamma", "ψ(z) = (log Γ)'(z), z > 0", 1, (lambda z: call("trigamma", z),), defined=positive,
        code=("digamma", "psi")),
    Atom("trigamma", "ψ'(z), z > 0", 1, defined=positive, range=between(0, None), far=(constant(ZERO),)),
    Atom("max", "the largest argument", None, spellings=("Max",), code=("max", "maximum", "amax"), latex=r"\max",
        mistaken="min"),
    Atom("min", "the smallest argument", None, spellings=("Min",), code=("min", "minimum", "amin"), latex=r"\min",
        mistaken="max"),
)  # fmt: skip
