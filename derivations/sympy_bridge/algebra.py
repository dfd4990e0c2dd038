"""SymPy's `cancel` and `factor` on a tree as a rational expression whose atoms (elements, sums, functions, δ, cases)
are frozen to symbols.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from derivations.formula import Add, Key, Mul, Node, Num, Pow, add, key, mul, num, power, reindex, walk
from derivations.sympy_bridge import NoSympy


def freeze(node: Node, atoms: dict[Any, tuple[Any, Node]]) -> Any:
    """A tree as a SymPy expression in +, ·, powers and symbols; `atoms` collects what each symbol stands for."""
    match node:
        case Num(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Add(args):
            return sympy.Add(*(freeze(a, atoms) for a in args))
        case Mul(args):
            return sympy.Mul(*(freeze(a, atoms) for a in args))
        case Pow(base, Num(e)) if e.denominator == 1 and abs(e) <= 12:
            return freeze(base, atoms) ** int(e)
        case Pow(base, Num(e)) if abs(e) <= 12:
            return _symbol_of(power(base, Num(Fraction(1, e.denominator))), atoms) ** e.numerator
        case _:
            return _symbol_of(node, atoms)


def _symbol_of(node: Node, atoms: dict[Any, tuple[Any, Node]]) -> Any:
    k = key(node)
    if k not in atoms:
        atoms[k] = (sympy.Symbol(f"a{len(atoms):03d}"), node)
    return atoms[k][0]


def thaw(expression: Any, atoms: Mapping[Any, tuple[Any, Node]]) -> Node:
    """A SymPy expression in those symbols as a tree; every use of a sum gets bound indices of its own."""
    nodes: dict[Any, Node] = dict(atoms.values())

    def back(e: Any) -> Node:
        if e.is_Symbol:
            return reindex(nodes[e], {})
        if e.is_Rational:
            return num(Fraction(int(e.p), int(e.q)))
        if e.is_Add:
            return add(*map(back, e.args))
        if e.is_Mul:
            return mul(*map(back, e.args))
        if e.is_Pow:
            return power(back(e.base), back(e.exp))
        raise NoSympy(f"{type(e).__name__} came back from SymPy's algebra")

    return back(expression)


MAX_COMMON = 200
"""Terms of a common denominator that SymPy is asked to form."""


def _common(node: Node) -> int:
    """How many terms the common denominator of a tree may have: the product of those of the sums that are divided
    by."""
    found: dict[Key, int] = {}
    for part in walk(node):
        if (
            isinstance(part, Pow)
            and isinstance(part.base, Add)
            and isinstance(part.exponent, Num)
            and part.exponent.value < 0
        ):
            found[key(part.base)] = max(
                len(part.base.args) ** min(12, -math.floor(part.exponent.value)), found.get(key(part.base), 1)
            )
    return math.prod(found.values())


def rational(node: Node) -> tuple[Node, ...]:
    """The tree with common factors of numerator and denominator cancelled, and factored; as it is where these would be
    too large."""
    if _common(node) > MAX_COMMON:
        return (node,)
    atoms: dict[Any, tuple[Any, Node]] = {}
    frozen = freeze(node, atoms)
    cancelled = sympy.cancel(frozen)
    return thaw(cancelled, atoms), thaw(sympy.factor(cancelled), atoms)
