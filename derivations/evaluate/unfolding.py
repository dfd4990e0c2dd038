"""A tree in the functions that towers of primes know."""

from __future__ import annotations

from fractions import Fraction

from derivations.atoms import unfold
from derivations.domains import Names
from derivations.evaluate.fields import Decline
from derivations.evaluate.program import literal
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Bound,
    Call,
    Const,
    Mul,
    Node,
    Num,
    add,
    call,
    children,
    mul,
    names_in,
    neg,
    power,
    rebuild,
)

ELEMENTARY = frozenset({"exp", "log", "sin", "cos", "abs", "sign", "max", "min", "relu", "leaky_relu"})


OPAQUE = frozenset({"asin", "atan", "erf", "factorial", "floor", "ceil", "lgamma", "digamma", "trigamma"})
"""Functions without a relation here: scrambled residues. Every other function is unfolded by its definition in `atoms`.
"""


def unfolded(node: Node, names: Names) -> Node:
    """A tree in the functions that towers know: σ is 1/(1 + e^-z), tanh is (e^2z - 1)/(e^2z + 1), …"""
    below = children(node)
    if below:
        node = rebuild(node, tuple(unfolded(c, names) for c in below))
    if isinstance(node, Call) and node.fn in ("sin", "cos"):
        return _turned(node)
    if isinstance(node, Call) and node.fn == "exp":
        return _without_logs(node, names)
    if isinstance(node, Call) and node.fn not in ELEMENTARY and node.fn not in OPAQUE:
        inner = unfold(node)
        if inner is None:
            raise Decline(f"{node.fn} has no row")
        return unfolded(inner, names)
    return node


def _without_logs(node: Call, names: Names) -> Node:
    """e^(u + m log a) = a^m e^u for whole m, and so with logsumexp: softmax needs no logarithm. Of a discrete name it
    stays: log 0 has no value."""
    powers, rest = [], []
    for term in node.args[0].args if isinstance(node.args[0], Add) else node.args:
        factors = term.args if isinstance(term, Mul) else (term,)
        logs = [
            f
            for f in factors
            if (isinstance(f, Call) and f.fn == "log") or (isinstance(f, Bound) and f.op == "logsumexp")
        ]
        others = [f for f in factors if f not in logs]
        m = literal(mul(*others)) if len(logs) == 1 else None
        if (
            m is None
            or m.denominator != 1
            or (
                isinstance(logs[0], Call)
                and any((row := names.get(n)) is not None and row.domain.integer for n in names_in(logs[0]))
            )
        ):
            rest.append(term)
        elif isinstance(logs[0], Bound):
            powers.append(power(Bound("sum", logs[0].indices, call("exp", logs[0].body)), Num(m)))
        else:
            powers.append(power(children(logs[0])[0], Num(m)))
    if not powers:
        return node
    return mul(*powers, call("exp", add(*rest))) if rest else mul(*powers)


def _turned(node: Call) -> Node:
    """sin and cos of z + kπ/2 as ±sin z or ±cos z: π has no residue of its own."""
    terms = node.args[0].args if isinstance(node.args[0], Add) else (node.args[0],)
    quarters, rest = Fraction(0), []
    for term in terms:
        factors = term.args if isinstance(term, Mul) else (term,)
        others = [f for f in factors if not (isinstance(f, Const) and f.name == "pi")]
        value = literal(mul(*others)) if len(others) == len(factors) - 1 else None
        if value is None or (2 * value).denominator != 1:
            rest.append(term)
        else:
            quarters += 2 * value
    if not quarters:
        return node
    z = add(*rest)
    which = (int(quarters) + (node.fn == "cos")) % 4
    out: Node = call("cos" if which % 2 else "sin", z) if rest else ONE if which % 2 else ZERO
    return neg(out) if which >= 2 else out
