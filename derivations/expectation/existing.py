"""Whether a mean certainly exists that is kept without a closed form: how fast what it is of grows.

    tanh, σ, sin           bounded            softplus, silu           as what stands in them
    log a, a > 0           at most as a       1/a, a above some c > 0  bounded
    e^a                    for normal and uniform variables, a at most linear

An unknown function is taken to be smooth, and to have a mean. Of polynomials the mean is known, or they are too large.
What has kinks or jumps is not kept: the derivative of E[1[e > a]] is a density, and not the mean of a derivative.
"""

from __future__ import annotations

from derivations.atoms import ATOMS
from derivations.domains import DOMAINS, Declared, Names
from derivations.expectation.variable import Variable
from derivations.formula import (
    Add,
    Apply,
    Bound,
    Call,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    Tensor,
    children,
    names_in,
    walk,
)
from derivations.ranges import Ranges
from derivations.signs import positive

STEEP = 1_000
"""The degree that stands for e to a linear form: no polynomial has it, and e to the power of such is not looked at."""
_AS_INSIDE = frozenset({"softplus", "log_sigmoid", "silu", "gelu", "mish"})
_TAME = frozenset({"normal", "uniform"})
"""Laws of which e to every linear form has a mean."""


def exists(node: Node, x: Variable, names: Names) -> bool:
    """Whether the mean of a tree over a variable certainly exists, and is not that of a polynomial."""
    if all(isinstance(n, Add | Mul | Num | Elem) or _whole_power(n) or _sum(n) for n in walk(node)):
        return False
    drawn = names.with_rows(Declared(x.name, DOMAINS[x.row.domain], x.sizes))
    return _degree(node, x, drawn) is not None


def _whole_power(node: Node) -> bool:
    return isinstance(node, Pow) and isinstance(e := node.exponent, Num) and e.value.denominator == 1 and e.value > 0


def _sum(node: Node) -> bool:
    return isinstance(node, Bound) and node.op == "sum"


def _degree(node: Node, x: Variable, names: Names) -> int | None:
    """The degree of a polynomial that a tree is at most as large as; None where none is known."""
    if x.name not in names_in(node):
        return 0
    below = [_degree(c, x, names) for c in children(node)]
    if isinstance(node, Apply):
        return 0
    if any(d is None for d in below):
        return None
    degrees = [d for d in below if d is not None]
    match node:
        case Elem():
            return 1
        case Add() | Bound("sum" | "logsumexp"):
            return max(degrees)
        case Mul():
            return sum(degrees)
        case Pow(base, Num(value)) if value > 0 and (value.denominator == 1 or positive(base, names)):
            return max(1, round(value)) * degrees[0]
        case Pow(base, Num()):
            low = Ranges(names)(base).low
            return 0 if low is not None and low > 0 else None
        case Call("exp"):
            return STEEP if degrees[0] <= 1 and x.row.name in _TAME else None
        case Call("log", (a,)):
            return 2 * degrees[0] if positive(a, names) else None
        case Call(fn) if fn in _AS_INSIDE:
            return max(degrees)
        case Call(fn) if ATOMS[fn].analytic and (ends := ATOMS[fn].range) is not None and None not in ends[:2]:
            return 0
        case Tensor(_, body):
            return _degree(body, x, names)
        case _:
            return None
