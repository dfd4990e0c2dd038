"""Logarithms opened over products: log(a b) = log a + log b, log aʳ = r log a, log e^a = a, for a, b > 0."""

from __future__ import annotations

from dataclasses import replace

from derivations.domains import Declared, Names
from derivations.formula import Bound, Call, Mul, Node, Num, Pow, add, call, key, mul, over, total, walk
from derivations.signs import positive
from derivations.simplify.tidy import tidy


def open_logs(node: Node, names: Names | None = None) -> Node:
    """Every logarithm of a product, power, reciprocal or exponential opened where its parts are certainly positive;
    tidied.

    A product of plain factors stays together: log(2πσ²).
    """
    if isinstance(node, Call) and node.fn == "log":
        return tidy(_log(open_logs(node.args[0], names), names), names)
    return over(node, lambda child: open_logs(child, names))


def _log(node: Node, names: Names | None) -> Node:
    match node:
        case Mul(args) if any(_opens(a) for a in args) and all(positive(a, names) for a in args):
            plain = [a for a in args if not _opens(a)]
            rest = add(*(_log(a, names) for a in args if _opens(a)))
            return add(_log(mul(*plain), names), rest) if plain else rest
        case Pow(base, exponent) if positive(base, names):
            return mul(exponent, _log(base, names))
        case Call("exp", (inner,)):
            return inner
        case Bound("prod", indices, body) if positive(body, names):
            return total(indices, _log(body, names))
        case _:
            return call("log", node)


def _opens(node: Node) -> bool:
    """Whether a factor leaves the logarithm: e^a, a product over an index, a root or a reciprocal."""
    match node:
        case Call("exp") | Bound("prod"):
            return True
        case Pow(_, Num(e)):
            return e < 0 or e.denominator != 1
        case Pow():
            return True
        case _:
            return False


def products_opened(names: Names) -> tuple[Names, frozenset[str]]:
    """The names with logarithms of products over an index opened in the definitions of their nodes, and the nodes that
    were changed: log Π_i p_i is differentiated as Σ_i log p_i."""
    changed: dict[str, Declared] = {}
    for row in names.values():
        equation = row.equation
        if row.role == "node" and equation is not None and any(map(_of_product, walk(equation.body))):
            body = open_logs(equation.body, names)
            if key(body) != key(equation.body):
                changed[row.name] = row.with_equation(replace(equation, body=body))
    return (names.with_rows(*changed.values()) if changed else names), frozenset(changed)


def _of_product(node: Node) -> bool:
    if not (isinstance(node, Call) and node.fn == "log"):
        return False
    inside = node.args[0].args if isinstance(node.args[0], Mul) else node.args
    return any(isinstance(part, Bound) and part.op == "prod" for part in inside)
