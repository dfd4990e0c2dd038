"""Functions that are another way to write a formula: read as what they stand for, and no nodes of their own."""

from __future__ import annotations

from derivations.atoms.row import Atom
from derivations.formula import HALF, MINUS_ONE, ONE, TWO, Pow, add, call, div, num, power, sub

ABBREVIATIONS = (
    Atom("sqrt", "√z", 1, definition=lambda z: Pow(z, HALF), spellings=("Sqrt",), code=("sqrt",)),
    Atom("cbrt", "the real cube root", 1, definition=lambda z: Pow(z, num("1/3")), code=("cbrt",)),
    Atom("root", "the k-th root of z", 2, definition=lambda z, k: Pow(z, power(k, MINUS_ONE))),
    Atom("square", "z²", 1, definition=lambda z: Pow(z, TWO), code=("square",)),
    Atom("log1p", "log(1 + z)", 1, definition=lambda z: call("log", add(ONE, z)), code=("log1p",)),
    Atom("expm1", "e^z - 1", 1, definition=lambda z: sub(call("exp", z), ONE), code=("expm1",)),
    Atom("logit", "log(z/(1 - z))", 1, definition=lambda z: call("log", div(z, sub(ONE, z))), code=("logit",)),
    Atom("clip", "min(max(z, a), b)", 3, definition=lambda z, a, b: call("min", call("max", z, a), b),
        spellings=("clamp",), code=("clip", "clamp")),
)  # fmt: skip
