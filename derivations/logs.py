"""Logarithms opened over products: log(a b) = log a + log b, log aʳ = r log a, log e^a = a, for a, b > 0."""

from __future__ import annotations

from derivations.domains import Names
from derivations.formula import Bound, Call, Mul, Node, Num, Pow, add, call, children, mul, neg, power, rebuild, total
from derivations.simplify import positive, tidy


def open_logs(node: Node, names: Names | None = None) -> Node:
    """Every logarithm of a product, power, reciprocal or exponential opened where its parts are certainly positive."""
    below = children(node)
    if below:
        new = tuple(open_logs(c, names) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = tidy(rebuild(node, new), names)
    if isinstance(node, Call) and node.fn == "log":
        return tidy(_log(node.args[0], names), names)
    return node


def _log(node: Node, names: Names | None) -> Node:
    match node:
        case Mul(args) if all(positive(a, names) for a in args):
            roots = [a for a in args if isinstance(a, Pow) and isinstance(a.exponent, Num)]
            exponents = {a.exponent for a in roots}
            rest = [a for a in args if a not in roots]
            if len(exponents) == 1 and len(roots) > 1:  # log((2π)^-½ (σ²)^-½ …) keeps log(2πσ²) together
                exponent = roots[0].exponent
                together = mul(*(a.base for a in roots))
                return add(mul(exponent, call("log", together)), *(_log(a, names) for a in rest))
            return add(*(_log(a, names) for a in args))
        case Pow(base, exponent) if positive(base, names):
            return mul(exponent, _log(base, names))
        case Call("exp", (inner,)):
            return inner
        case Call("sigmoid", (inner,)):
            return neg(call("softplus", neg(inner)))
        case Bound("prod", indices, body) if positive(body, names):
            return total(indices, _log(body, names))
        case Num(value) if 0 < value < 1 and value.numerator == 1:
            return neg(call("log", power(node, Num(-value / value))))
        case _:
            return call("log", node)
