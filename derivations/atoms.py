"""The elementary functions and ML's own, one row each: what they are, where they are defined, how they are
differentiated.

A derivative is a tree in the arguments, closed over the stable functions: σ' = σ(z)σ(-z), softplus' = σ, log σ' =
σ(-z). So a gradient is as stable as its value. Evaluation in floats, balls and residues is keyed by the same names
(`evaluate`), and so are NumPy source (`numpy_code`) and spellings (`notation`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivations.formula import (
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    And,
    Call,
    Cases,
    Const,
    Node,
    Num,
    Pow,
    Rel,
    add,
    call,
    div,
    indicator,
    mul,
    neg,
    num,
    power,
    sqrt,
    sub,
)
from derivations.frozen import frozen

Rule = Callable[..., Node]


@frozen
class Atom:
    """One function.

    arity        number of arguments; None: any number (max, min)
    derivative   one rule an argument, each from the arguments to ∂f/∂argument; () where there is none
    definition   the function in terms of simpler ones, where it has such a form (used by proofs and folds)
    defined      the condition under which it has a value, None where it always has one
    kink         the argument value at which the derivative jumps, None where smooth
    latex        how it is written
    """

    name: str
    formula: str
    arity: int | None
    derivative: tuple[Rule, ...]
    definition: Rule | None = None
    kink: int | None = None
    latex: str = ""
    defined: Rule | None = None


def _zero() -> Rule:
    return lambda *_: ZERO


def _positive(z: Node) -> Node:
    return Rel(">", z, ZERO)


def _not_zero(of: Callable[[Node], Node]) -> Rule:
    return lambda z: Rel("!=", of(z), ZERO)


def _at_least(low: int) -> Rule:
    return lambda z: Rel(">=", z, num(low))


def _within_one(op: str) -> Rule:
    """|z| ≤ 1, or < 1."""
    return lambda z: And((Rel(op, add(ONE, z), ZERO), Rel(op, sub(ONE, z), ZERO)))


def _outside_one(z: Node) -> Node:
    """|1/z| ≤ 1."""
    inside = _within_one(">=")(power(z, MINUS_ONE))
    assert isinstance(inside, And)
    return And((Rel("!=", z, ZERO), *inside.args))


_ROWS = (
    Atom("exp", "e^z", 1, (lambda z: call("exp", z),), lambda z: Pow(Const("e"), z), latex=r"\exp"),
    Atom("log", "natural logarithm", 1, (lambda z: power(z, MINUS_ONE),), latex=r"\log", defined=_positive),
    Atom("sin", "sin z", 1, (lambda z: call("cos", z),), latex=r"\sin"),
    Atom("cos", "cos z", 1, (lambda z: neg(call("sin", z)),), latex=r"\cos"),
    Atom("tan", "sin z / cos z", 1, (lambda z: power(call("cos", z), num(-2)),),
        lambda z: div(call("sin", z), call("cos", z)), latex=r"\tan", defined=_not_zero(lambda z: call("cos", z))),
    Atom("cot", "cos z / sin z", 1, (lambda z: neg(power(call("sin", z), num(-2))),),
        lambda z: div(call("cos", z), call("sin", z)), latex=r"\cot", defined=_not_zero(lambda z: call("sin", z))),
    Atom("sec", "1 / cos z", 1, (lambda z: mul(call("sec", z), call("tan", z)),),
        lambda z: power(call("cos", z), MINUS_ONE), latex=r"\sec", defined=_not_zero(lambda z: call("cos", z))),
    Atom("csc", "1 / sin z", 1, (lambda z: neg(mul(call("csc", z), call("cot", z))),),
        lambda z: power(call("sin", z), MINUS_ONE), latex=r"\csc", defined=_not_zero(lambda z: call("sin", z))),
    Atom("asin", "inverse of sin, in [-π/2, π/2]", 1, (lambda z: power(sub(ONE, Pow(z, TWO)), num("-1/2")),),
        latex=r"\arcsin", defined=_within_one(">=")),
    Atom("acos", "inverse of cos, in [0, π]", 1, (lambda z: neg(power(sub(ONE, Pow(z, TWO)), num("-1/2"))),),
        lambda z: sub(mul(num("1/2"), Const("pi")), call("asin", z)), latex=r"\arccos", defined=_within_one(">=")),
    Atom("atan", "inverse of tan, in (-π/2, π/2)", 1, (lambda z: power(add(ONE, Pow(z, TWO)), MINUS_ONE),),
        latex=r"\arctan"),
    Atom("acot", "arctan(1/z)", 1, (lambda z: neg(power(add(ONE, Pow(z, TWO)), MINUS_ONE)),),
        lambda z: call("atan", power(z, MINUS_ONE)), latex=r"\operatorname{arccot}", defined=_not_zero(lambda z: z)),
    Atom("asec", "arccos(1/z)", 1, (lambda z: div(ONE, mul(call("abs", z), sqrt(sub(Pow(z, TWO), ONE)))),),
        lambda z: call("acos", power(z, MINUS_ONE)), latex=r"\operatorname{arcsec}", defined=_outside_one),
    Atom("acsc", "arcsin(1/z)", 1, (lambda z: neg(div(ONE, mul(call("abs", z), sqrt(sub(Pow(z, TWO), ONE))))),),
        lambda z: call("asin", power(z, MINUS_ONE)), latex=r"\operatorname{arccsc}", defined=_outside_one),
    Atom("sinh", "(e^z - e^-z)/2", 1, (lambda z: call("cosh", z),),
        lambda z: mul(num("1/2"), sub(call("exp", z), call("exp", neg(z)))), latex=r"\sinh"),
    Atom("cosh", "(e^z + e^-z)/2", 1, (lambda z: call("sinh", z),),
        lambda z: mul(num("1/2"), add(call("exp", z), call("exp", neg(z)))), latex=r"\cosh"),
    Atom("tanh", "(e^2z - 1)/(e^2z + 1)", 1, (lambda z: sub(ONE, Pow(call("tanh", z), TWO)),),
        lambda z: div(sub(call("exp", mul(TWO, z)), ONE), add(call("exp", mul(TWO, z)), ONE)), latex=r"\tanh"),
    Atom("coth", "1/tanh z", 1, (lambda z: sub(ONE, Pow(call("coth", z), TWO)),),
        lambda z: power(call("tanh", z), MINUS_ONE), latex=r"\coth", defined=_not_zero(lambda z: z)),
    Atom("sech", "1/cosh z", 1, (lambda z: neg(mul(call("sech", z), call("tanh", z))),),
        lambda z: power(call("cosh", z), MINUS_ONE), latex=r"\operatorname{sech}"),
    Atom("csch", "1/sinh z", 1, (lambda z: neg(mul(call("csch", z), call("coth", z))),),
        lambda z: power(call("sinh", z), MINUS_ONE), latex=r"\operatorname{csch}", defined=_not_zero(lambda z: z)),
    Atom("asinh", "log(z + √(z² + 1))", 1, (lambda z: power(add(Pow(z, TWO), ONE), num("-1/2")),),
        lambda z: call("log", add(z, sqrt(add(Pow(z, TWO), ONE)))), latex=r"\operatorname{arsinh}"),
    Atom("acosh", "log(z + √(z² - 1)), z ≥ 1", 1, (lambda z: power(sub(Pow(z, TWO), ONE), num("-1/2")),),
        lambda z: call("log", add(z, sqrt(sub(Pow(z, TWO), ONE)))), latex=r"\operatorname{arcosh}",
    defined=_at_least(1)),
    Atom("atanh", "½ log((1+z)/(1-z)), |z| < 1", 1, (lambda z: power(sub(ONE, Pow(z, TWO)), MINUS_ONE),),
        lambda z: mul(num("1/2"), call("log", div(add(ONE, z), sub(ONE, z)))), latex=r"\operatorname{artanh}",
    defined=_within_one(">")),
    Atom("abs", "|z|", 1, (lambda z: call("sign", z),), kink=0, latex=r"\left|{}\right|"),
    Atom("sign", "-1, 0 or 1", 1, (_zero(),), kink=0, latex=r"\operatorname{sign}"),
    Atom("floor", "the largest integer ≤ z", 1, (_zero(),), latex=r"\lfloor{}\rfloor"),
    Atom("ceil", "the smallest integer ≥ z", 1, (_zero(),), latex=r"\lceil{}\rceil"),
    Atom("erf", "2/√π ∫₀ᶻ e^(-t²) dt", 1,
        (lambda z: mul(TWO, power(Const("pi"), num("-1/2")), call("exp", neg(Pow(z, TWO)))),),
    latex=r"\operatorname{erf}"),
    Atom("factorial", "z!, z = 0, 1, 2, …", 1, (), latex="{}!",
        defined=lambda z: And((Rel(">=", z, ZERO), Rel("==", z, call("floor", z))))),
    Atom("max", "the largest argument", None, (), kink=0, latex=r"\max"),
    Atom("min", "the smallest argument", None, (), kink=0, latex=r"\min"),
    Atom("sigmoid", "1/(1 + e^-z)", 1, (lambda z: mul(call("sigmoid", z), sub(ONE, call("sigmoid", z))),),
        lambda z: power(add(ONE, call("exp", neg(z))), MINUS_ONE), latex=r"\sigma"),
    Atom("softplus", "log(1 + e^z)", 1, (lambda z: call("sigmoid", z),),
        lambda z: call("log", add(ONE, call("exp", z))), latex=r"\operatorname{softplus}"),
    Atom("log_sigmoid", "log σ(z) = -log(1 + e^-z)", 1, (lambda z: call("sigmoid", neg(z)),),
        lambda z: neg(call("log", add(ONE, call("exp", neg(z))))), latex=r"\log\sigma"),
    Atom("relu", "max(0, z)", 1, (lambda z: indicator(_positive(z)),), lambda z: Cases(((_positive(z), z),), ZERO),
        kink=0, latex=r"\operatorname{ReLU}"),
    Atom("leaky_relu", "z for z > 0, α z else", 2,
        (lambda z, a: Cases(((_positive(z), ONE),), a), lambda z, a: Cases(((_positive(z), ZERO),), z)), lambda z,
    a: Cases(((_positive(z), z),), mul(a, z)), kink=0, latex=r"\operatorname{LeakyReLU}"),
    Atom("elu", "z for z > 0, α(e^z - 1) else", 2,
        (lambda z, a: Cases(((_positive(z), ONE),), mul(a, call("exp", z))), lambda z,
        a: Cases(((_positive(z), ZERO),), sub(call("exp", z), ONE))), lambda z,
    a: Cases(((_positive(z), z),), mul(a, sub(call("exp", z), ONE))), kink=0, latex=r"\operatorname{ELU}"),
)  # fmt: skip

ATOMS: Mapping[str, Atom] = MappingProxyType({row.name: row for row in _ROWS})
"""Every function that a `Call` may name."""


def unfold(node: Call) -> Node | None:
    """A call by its definition, None where the function is elementary."""
    rule = ATOMS[node.fn].definition
    return None if rule is None else rule(*node.args)


def is_number(node: Node, value: int) -> bool:
    """Whether a node is that numeral."""
    return isinstance(node, Num) and node.value == value
