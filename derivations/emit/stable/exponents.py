"""Exponents: what grows like an exponential, the largest of some exponents, and how far each lies below it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derivations.atoms import is_number
from derivations.domains import Names
from derivations.emit.stable.shares import softmax_parts
from derivations.formula import (
    ZERO,
    Add,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    add,
    call,
    instantiate,
    key,
    mul,
    neg,
    split_coefficient,
    walk,
)
from derivations.frozen import frozen
from derivations.signs import nonnegative, positive

FILL = Num(Fraction(-3 * 10**38))
"""An exponent below every other, as float32 has it too: exp of it is 0, also after another was subtracted."""

GROWING = frozenset({"exp", "expm1", "cosh", "sinh"})
"""Functions that overflow."""
BOUNDED = frozenset({"sigmoid", "sech", "csch"})
"""Functions that vanish like an exponential; where nothing overflows beside them they stay as they are."""


@frozen
class Scaled:
    """exp(shift) · rest; without a shift, the rest alone."""

    shift: Node | None
    rest: Node


def whole(node: Node) -> Node:
    """A tree that is computed as it stands: no rule looks into it again."""
    return Call("whole", (node,)) if isinstance(node, (Add, Bound, Mul, Cases)) else node


def growing(node: Node) -> bool:
    """Whether a node is a function that overflows: exp and its like, and 2^a."""
    if isinstance(node, Pow):
        return (
            isinstance(node.base, Num)
            and node.base.value > 0
            and node.base.value != 1
            and any(isinstance(n, Elem) for n in walk(node.exponent))
        )
    return isinstance(node, Call) and node.fn in GROWING


def grows_in_nodes(node: Node, names: Names | None) -> bool:
    return names is not None and any(isinstance(n, Elem) and definition(n, names) is not None for n in walk(node))


def definition(node: Elem, names: Names) -> Node | None:
    """What a node of the model is, where that is a sum of exponentials itself; a share of one stays a node."""
    row = names.get(node.name)
    if row is None or row.definition is None or row.role != "node" or not _grows(row.definition.body):
        return None
    return instantiate(row.definition, node.at)


def _grows(node: Node) -> bool:
    match node:
        case Call(fn):
            return fn in GROWING and softmax_parts(node) is None
        case Add(args):
            return any(map(_grows, args))
        case Mul(args):
            return any(map(_grows, args)) and not any(below_the_bar(a) and any(map(_grows, walk(a))) for a in args)
        case Bound("sum", _, body):
            return _grows(body)
        case Pow(base, Num(p)):
            return p > 0 and _grows(base)
        case _:
            return False


def negated(a: Node) -> Node:
    """-a, a sum term by term, so that -(x - y) and y - x are one tree."""
    return add(*(neg(t) for t in a.args)) if isinstance(a, Add) else neg(a)


def collected(terms: Iterable[tuple[Fraction, Node]]) -> Node:
    """Σ c a, equal a together."""
    found: dict[object, tuple[Fraction, Node]] = {}
    stack = [(c, t) for c, a in terms for t in (a.args if isinstance(a, Add) else (a,))]
    for c, term in stack:
        d, r = split_coefficient(term)
        k = key(r)
        found[k] = (found[k][0] + c * d, found[k][1]) if k in found else (c * d, r)
    return add(*(mul(Num(c), r) for c, r in found.values() if c))


def gap(a: Node, b: Node) -> Node:
    """a - b."""
    return collected([(Fraction(1), a), (Fraction(-1), b)])


def largest(shifts: list[Node], names: Names | None) -> Node:
    """max of exponents: max(s, 0) and max(s, -s) by their names, 0 where every s ≤ 0 stands beside a 0."""
    if len(shifts) == 2:
        a, b = shifts
        if is_number(a, 0):
            a, b = b, a
        if is_number(b, 0):
            return ZERO if nonnegative(negated(a), names) else a if nonnegative(a, names) else call("relu", a)
        if key(negated(a)) == key(b):
            c, _ = split_coefficient(a.args[0] if isinstance(a, Add) else a)
            return call("abs", b if c < 0 else a)
    return Call("max", tuple(shifts))


def below(s: Node, top: Node) -> Node:
    """s - max(s, …), without a subtraction where it can be: s - max(s, 0) = -max(-s, 0), s - |s| = -2 max(-s, 0)."""
    if isinstance(top, Call) and top.fn in ("relu", "abs"):
        of = top.args[0]
        for sign, z in ((1, of), (-1, negated(of))):
            if key(z) == key(s) and (sign > 0 or top.fn == "abs"):
                return mul(Num(Fraction(-1 if top.fn == "relu" else -2)), call("relu", negated(z)))
    return gap(s, top)


def difference(groups: list[tuple[Node | None, Node]]) -> tuple[Node, Node, Node] | None:
    """(c, a, b) where the groups are c exp a - c exp b."""
    if len(groups) != 2:
        return None
    (a, x), (b, y) = groups
    if key(collected([(Fraction(1), x), (Fraction(1), y)])) != key(ZERO):
        return None
    return x, a if a is not None else ZERO, b if b is not None else ZERO


def below_the_bar(node: Node) -> bool:
    return isinstance(node, Pow) and (not isinstance(node.exponent, Num) or node.exponent.value < 0)


def free_names(node: Node) -> bool:
    """Whether a tree depends on anything that is given."""
    return any(isinstance(n, Elem) for n in walk(node)) or not isinstance(node, (Num, Const))


def nonzero(node: Node, names: Names | None) -> bool:
    """Whether a weight is 0 nowhere."""
    match node:
        case Num(value):
            return value != 0
        case Call("whole", (a,)) | Pow(a, _):
            return nonzero(a, names)
        case Mul(args):
            return all(nonzero(a, names) for a in args)
        case Cases() | Delta():
            return True
        case Add(args):
            return positive(node, names) or all(nonzero(a, names) and not isinstance(a, Elem) for a in args)
        case Call("sign" | "expm1"):
            return True
        case Bound("sum", _, body):
            return nonzero(body, names)
        case Elem(name):
            row = None if names is None else names.get(name)
            return row is not None and (positive(node, names) or not row.domain.contains_zero())
        case _:
            return positive(node, names) or not free_names(node)


def inside_whole(node: Node) -> Node:
    """What is computed as it stands."""
    return node.args[0] if isinstance(node, Call) and node.fn == "whole" else node


def base_of(node: Node) -> Node:
    """The base of a power, anything else itself."""
    return node.base if isinstance(node, Pow) else node


def is_root(node: Node) -> bool:
    """Whether a tree is a power below 1."""
    return isinstance(node, Pow) and isinstance(node.exponent, Num) and node.exponent.value < 1
