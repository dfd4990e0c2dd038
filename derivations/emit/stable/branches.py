"""Branches that are not taken: what they compute, so that it neither warns nor overflows, and when they are not."""

from __future__ import annotations

from derivations.atoms import is_number
from derivations.formula import (
    ONE,
    ZERO,
    And,
    Bound,
    Call,
    MatrixAtom,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    call,
    children,
    free_indices,
    rebuild,
    walk,
)

_HARMLESS = {
    "log": ONE,
    "log1p": ZERO,
    "exp": ZERO,
    "expm1": ZERO,
    "sinh": ZERO,
    "cosh": ZERO,
    "tan": ZERO,
    "acosh": ONE,
    "atanh": ZERO,
    "asin": ZERO,
    "acos": ZERO,
    "factorial": ONE,
    "cot": ONE,
    "csc": ONE,
    "coth": ONE,
    "csch": ONE,
    "acot": ONE,
    "lgamma": ONE,
    "digamma": ONE,
    "trigamma": ONE,
    "asec": ONE,
    "acsc": ONE,
    "sec": ZERO,
}
"""Functions that overflow or are undefined somewhere, with an argument at which they are neither."""


def guarded(value: Node, condition: Node) -> Node:
    """The value of a branch with every function that may overflow or be undefined taken at a harmless argument where
    the condition fails. What the condition computes itself, as exp(z) > c does, stays: it is computed anyway."""
    below = children(value)
    if not below or isinstance(value, MatrixAtom) or (isinstance(value, (Call, Pow)) and value in walk(condition)):
        return value
    if isinstance(value, Call) and value.fn == "where":
        return Call("where", (below[0], *(guarded(c, condition) for c in below[1:])))
    if isinstance(value, Bound) and not free_indices(condition) <= free_indices(value):
        return value
    made = rebuild(value, tuple(guarded(c, condition) for c in below))
    if isinstance(made, Call) and made.fn in _HARMLESS:
        return Call(made.fn, (_chosen(condition, made.args[0], _HARMLESS[made.fn]),))
    if (
        isinstance(made, Pow)
        and not (isinstance(made.exponent, Num) and made.exponent.value > 0 and made.exponent.value.denominator == 1)
        and not isinstance(made.base, Num)
    ):
        return Pow(_chosen(condition, made.base, ONE), made.exponent)
    return made


def _chosen(condition: Node, value: Node, otherwise: Node) -> Node:
    """where(condition, value, otherwise); where(z > 0, z, 0) is a maximum."""
    if (
        isinstance(condition, Rel)
        and is_number(otherwise, 0)
        and is_number(condition.right, 0)
        and condition.left == value
        and condition.op in ("<", "<=", ">", ">=")
    ):
        return call("max" if condition.op[0] == ">" else "min", value, ZERO)
    return Call("where", (condition, value, otherwise))


def opposite(condition: Node) -> Node:
    """The condition does not hold."""
    flip = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
    match condition:
        case Rel(op, a, b):
            return Rel(flip[op], a, b)
        case Not(arg):
            return arg
        case And(args):
            return Or(tuple(opposite(c) for c in args))
        case Or(args):
            return And(tuple(opposite(c) for c in args))
        case _:
            return Not(condition)
