"""The functions of machine learning and statistics, by their definitions.

The derivatives that are given are closed over the stable functions: σ' = σ(z)(1 - σ(z)), softplus' = σ, log σ' = σ(-z).
So a gradient is as stable as its value.
"""

from __future__ import annotations

from derivations.atoms.primitives import constant, itself, positive
from derivations.atoms.row import Atom, between
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Call,
    Cases,
    Const,
    Node,
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
)  # fmt: skip


def _e(z: Node) -> Call:
    return Call("exp", (z,))


def _gelu_tanh(z: Node) -> Node:
    """½ (1 + tanh u) as σ(2u), which keeps its digits where tanh u is near -1."""
    cubic = add(z, mul(num("0.044715"), Pow(z, num(3))))
    return mul(z, call("sigmoid", mul(TWO, sqrt(div(TWO, Const("pi"))), cubic)))


HELD = "stop_gradient"
"""What is differentiated as a constant."""

_LAMBDA, _ALPHA = num("1.0507009873554804934193349852946"), num("1.6732632423543772848170429916717")
"""SELU keeps mean 0 and variance 1 (Klambauer et al., 2017); PyTorch has the same digits."""

LEARNING = (
    Atom(HELD, "z, held fixed: its derivative is 0", 1, (constant(ZERO),), itself, spellings=("sg", "stopgrad"),
        code=("stop_gradient", "detach")),
    Atom("sigmoid", "1/(1 + e^-z)", 1, (lambda z: mul(call("sigmoid", z), sub(ONE, call("sigmoid", z))),),
        lambda z: power(add(ONE, _e(neg(z))), MINUS_ONE), True,
        spellings=("logistic", "Sigmoid", "sigm", "expit"), code=("sigmoid", "expit"), letter="sigma", symbol="σ",
        latex=r"\sigma", range=between(0, 1), analytic=True, far=(constant(ZERO), constant(ONE)),
        near=constant(HALF), mistaken="tanh"),
    Atom("softplus", "log(1 + e^z)", 1, (lambda z: call("sigmoid", z),), lambda z: call("log", add(ONE, _e(z))), True,
        spellings=("Softplus",), code=("softplus",), range=between(0, None), analytic=True,
        far=(constant(ZERO), itself), near=constant(call("log", TWO))),
    Atom("log_sigmoid", "log σ(z) = -log(1 + e^-z)", 1, (lambda z: call("sigmoid", neg(z)),),
        lambda z: neg(call("log", add(ONE, _e(neg(z))))), True, spellings=("LogSigmoid",), code=("logsigmoid",),
        range=between(None, 0), analytic=True, far=(constant(ZERO), itself), near=constant(neg(call("log", TWO)))),
    Atom("relu", "max(0, z)", 1, (lambda z: indicator(positive(z)),), lambda z: Cases(((positive(z), z),), ZERO), True,
        spellings=("ReLU", "Relu", "RELU"), code=("relu",), latex=r"\operatorname{relu}",
        range=between(0, None, "[)"), kink=0),
    Atom("leaky_relu", "z for z > 0, α z else", 2,
        (lambda z, a: Cases(((positive(z), ONE),), a), lambda z, a: Cases(((positive(z), ZERO),), z)),
        lambda z, a: Cases(((positive(z), z),), mul(a, z)), spellings=("LeakyReLU", "lrelu", "LReLU"),
        kink=0),
    Atom("elu", "z for z > 0, α(e^z - 1) else", 2,
        (lambda z, a: Cases(((positive(z), ONE),), mul(a, _e(z))),
            lambda z, a: Cases(((positive(z), ZERO),), sub(_e(z), ONE))),
        lambda z, a: Cases(((positive(z), z),), mul(a, sub(_e(z), ONE))), True, spellings=("ELU",), kink=0),
    Atom("silu", "z σ(z)", 1, definition=lambda z: mul(z, call("sigmoid", z)),
        spellings=("SiLU", "Silu", "swish", "Swish"), code=("silu", "swish"), mistaken="relu"),
    Atom("gelu", "z Φ(z)", 1, definition=lambda z: mul(z, call("normcdf", z)), spellings=("GELU", "Gelu"),
        code=("gelu",), mistaken="silu"),
    Atom("gelu_tanh", "½ z (1 + tanh(√(2/π) (z + 0.044715 z³)))", 1, definition=_gelu_tanh, mistaken="gelu"),
    Atom("mish", "z tanh(softplus z)", 1, definition=lambda z: mul(z, call("tanh", call("softplus", z))),
        spellings=("Mish",), code=("mish",), mistaken="silu"),
    Atom("hardtanh", "min(max(z, -1), 1)", 1, definition=lambda z: call("min", call("max", z, MINUS_ONE), ONE),
        spellings=("HardTanh", "Hardtanh", "hard_tanh"), code=("hardtanh", "hard_tanh"),
        range=between(-1, 1, "[]"), mistaken="tanh"),
    Atom("softsign", "z/(1 + |z|)", 1, (lambda z: power(add(ONE, call("abs", z)), num(-2)),),
        lambda z: div(z, add(ONE, call("abs", z))), spellings=("Softsign", "SoftSign"), code=("softsign", "soft_sign"),
        range=between(-1, 1), signed=True, mistaken="tanh"),
    Atom("selu", "λ z for z > 0, λ α (e^z - 1) else; λ = 1.0507…, α = 1.6732…", 1,
        (lambda z: mul(_LAMBDA, Cases(((positive(z), ONE),), mul(_ALPHA, _e(z)))),),
        lambda z: mul(_LAMBDA, call("elu", z, _ALPHA)), spellings=("SELU", "Selu"), code=("selu",), mistaken="elu"),
    Atom("erfc", "1 - erf z", 1, (lambda z: mul(num(-2), power(Const("pi"), num("-1/2")), _e(neg(Pow(z, TWO)))),),
        lambda z: sub(ONE, call("erf", z)), True, code=("erfc",), range=between(0, 2), analytic=True,
        far=(constant(ZERO), constant(TWO)), near=constant(ONE), mistaken="erf"),
    Atom("normcdf", "Φ(z) = ½ (1 + erf(z/√2))", 1,
        (lambda z: call("normpdf", z),),
        lambda z: mul(HALF, call("erfc", neg(mul(z, power(TWO, num("-1/2")))))), spellings=("ndtr",), code=("ndtr",),
        letter="Phi", symbol="Φ", latex=r"\Phi", range=between(0, 1), analytic=True, mistaken="erf"),
    Atom("normpdf", "Φ'(z) = e^(-z²/2)/√(2π)", 1, (lambda z: neg(mul(z, call("normpdf", z))),),
        lambda z: mul(power(mul(TWO, Const("pi")), num("-1/2")), _e(mul(num("-1/2"), Pow(z, TWO)))),
        range=between(0, 1), mistaken="normcdf"),
    Atom("xlogy", "x log y, 0 where x = 0", 2,
        definition=lambda x, y: Cases(((Rel("==", x, ZERO), ZERO),), mul(x, call("log", y))), code=("xlogy",)),
)  # fmt: skip
