"""What is known of expressions besides their domains: conditions that hold, as ranges."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derivations.evaluate.program import literal
from derivations.formula import (
    OPPOSITE,
    Add,
    And,
    Elem,
    Index,
    Key,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Rel,
    free_indices,
    index_exprs,
    key_of,
    neg,
    sub,
    walk,
)
from derivations.ranges.interval import (
    ANY,
    NONNEGATIVE,
    POSITIVE,
    Range,
)

_ZERO, _ONE = Fraction(0), Fraction(1)


class Known:
    """What is known besides the domains: ranges of single expressions, of all entries of names, and of expressions at
    all their indices."""

    def __init__(self) -> None:
        self.at: dict[Node, Range] = {}
        self.entries: dict[str, Range] = {}
        self.closed: dict[Key, Range] = {}

    def learn(self, node: Node, found: Range, over: Iterable[Index] = ()) -> None:
        """An expression lies in a range, at every value of the indices `over`: also what it is a multiple or a shift
        of."""
        over = frozenset(over)
        match node:
            case Add(args) if len(numbers := [a.value for a in args if isinstance(a, Num)]) == 1 and len(args) == 2:
                rest = next(a for a in args if not isinstance(a, Num))
                self.learn(rest, found + Range(-numbers[0], -numbers[0], False, False), over)
            case Mul((Num(c), *rest)) if c:
                self.learn(rest[0] if len(rest) == 1 else Mul(tuple(rest)), found.times(1 / c), over)
            case Elem(name, at) if over and set(at) <= over and len(set(at)) == len(at):
                self.entries[name] = self.entries.get(name, ANY).meet(found)
            case Elem(name, ()):
                self.entries[name] = self.entries.get(name, ANY).meet(found)
                return
        if over & free_indices(node):
            key = closed_key(node, over)
            self.closed[key] = self.closed.get(key, ANY).meet(found)
        else:
            self.at[node] = self.at.get(node, ANY).meet(found)

    def assume(self, condition: Node, over: Iterable[Index] = ()) -> None:
        """A condition holds."""
        match condition:
            case And(args):
                for a in args:
                    self.assume(a, over)
            case Not(Or(args)):
                for a in args:
                    self.assume(Not(a), over)
            case Not(Rel(op, left, right)):
                self.assume(Rel(OPPOSITE[op], left, right), over)
            case Rel("<" | "<=" as op, left, right):
                self.learn(_gap(right, left), POSITIVE if op == "<" else NONNEGATIVE, over)
            case Rel(">" | ">=" as op, left, right):
                self.learn(_gap(left, right), POSITIVE if op == ">" else NONNEGATIVE, over)
            case Rel("==", left, right):
                self.learn(_gap(left, right), Range(_ZERO, _ZERO, False, False), over)


def _gap(a: Node, b: Node) -> Node:
    value = literal(b)
    if value is not None:
        return a if value == 0 else Add((a, Num(-value))) if not isinstance(a, Num) else Num(a.value - value)
    above = literal(a)
    return neg(b) if above == 0 else sub(a, b)


def closed_key(node: Node, over: Iterable[Index]) -> Key:
    """What is the same for expressions that differ in the names of the indices `over`."""
    over = frozenset(over)
    where: dict[Index, tuple[object, ...]] = {}
    for part in walk(node):
        for at in index_exprs(part):
            for i in (at,) if isinstance(at, Index) else ():
                if i in over:
                    where.setdefault(i, ("over", len(where), str(i.size)))
    for i in free_indices(node) - over:
        where[i] = ("at", id(i))
    return key_of(node, where)
