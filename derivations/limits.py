r"""Limits of a tree, exact where rules settle them.

    x → a          what stands there when a is put in, where all of it is continuous at a
    x → ±∞         sums, products and powers of finite and infinite parts; functions by the table of their ends
    Σ_i, cases     entry by entry; the case that holds from some x on

0·∞, ∞ - ∞ and whatever else has no rule has no value here: None says that nothing was shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from derivations.atoms import ATOMS
from derivations.domains import Names
from derivations.formula import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Deriv,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    add,
    call,
    mul,
    names_in,
    neg,
    num,
    power,
    replace_elems,
    sub,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.signs import defined, nonnegative, nonzero, positive
from derivations.simplify.tidy import tidy


@frozen
class Infinity:
    """+∞ or -∞."""

    sign: int


UP, DOWN = Infinity(1), Infinity(-1)
Limit = Node | Infinity

_HALF_PI = mul(num(Fraction(1, 2)), Const("pi"))

ENDS: Mapping[str, tuple[Limit, Limit]] = MappingProxyType(
    {
        # what a function tends to at -∞ and at +∞
        "exp": (ZERO, UP),
        "sigmoid": (ZERO, ONE),
        "log_sigmoid": (DOWN, ZERO),
        "softplus": (ZERO, UP),
        "tanh": (MINUS_ONE, ONE),
        "sinh": (DOWN, UP),
        "cosh": (UP, UP),
        "sech": (ZERO, ZERO),
        "asinh": (DOWN, UP),
        "atan": (mul(MINUS_ONE, _HALF_PI), _HALF_PI),
        "erf": (MINUS_ONE, ONE),
        "erfc": (num(2), ZERO),
        "normcdf": (ZERO, ONE),
        "normpdf": (ZERO, ZERO),
        "abs": (UP, UP),
        "sign": (MINUS_ONE, ONE),
        "relu": (ZERO, UP),
        "silu": (ZERO, UP),
        "gelu": (ZERO, UP),
        "mish": (ZERO, UP),
        "softsign": (MINUS_ONE, ONE),
        "hardtanh": (MINUS_ONE, ONE),
    }
)
JUMPS = frozenset(["floor", "ceil", "sign"])
"""Functions that are not continuous where they have a value."""


def limit(node: Node, name: str, to: Limit, names: Names) -> Limit | None:
    """What a tree tends to as a real name does; None where no rule says."""
    row = names.get(name)
    if row is None or row.role != "input" or row.sizes or not _reaches(row.domain.low, row.domain.high, to):
        return None
    found = _put_in(node, name, to, names) if isinstance(to, Node) else _Far(name, to, names).of(node)
    return tidy(found, names) if isinstance(found, Node) else found


def _reaches(low: Fraction | None, high: Fraction | None, to: Limit) -> bool:
    """Whether a domain goes as far."""
    if isinstance(to, Infinity):
        return (high if to.sign > 0 else low) is None
    if not isinstance(to, Num):
        return True
    return (low is None or low <= to.value) and (high is None or to.value <= high)


def _put_in(node: Node, name: str, to: Node, names: Names) -> Node | None:
    kinds = (Cases, Rel, Apply, Deriv)
    if any(isinstance(n, kinds) or (isinstance(n, Call) and n.fn in JUMPS) for n in walk(node)):
        return None
    if any(_through(other, name, names) for other in names_in(node)):
        return None
    put = replace_elems(node, lambda e: to if e.name == name and not e.at else None)
    parts = (tidy(n, names) for n in walk(put) if isinstance(n, Pow | Call))  # before 0/0 becomes 0
    return put if all(defined(part, names) for part in parts) else None


def depends(node: Node, name: str, names: Names) -> bool:
    """Whether a tree speaks of a name, itself or by what its names stand for."""
    said = names_in(node)
    return name in said or any(_through(other, name, names) for other in said)


def _through(other: str, name: str, names: Names) -> bool:
    """Whether a name is defined by another one."""
    row = names.get(other)
    if row is None or row.definition is None or other == name:
        return False
    return name in names_in(row.definition.body) or any(_through(n, name, names) for n in names_in(row.definition.body))


@frozen
class _Far:
    """The limits of trees as a name goes to infinity."""

    name: str
    to: Infinity
    names: Names

    def of(self, node: Node) -> Limit | None:
        if not depends(node, self.name, self.names):
            return node
        match node:
            case Elem(name, at):
                row = self.names.get(name)
                if name == self.name and not at:
                    return self.to
                return (
                    self.of(row.definition.body) if row is not None and row.definition is not None and not at else None
                )
            case Add(args):
                return self.sum(args)
            case Mul(args):
                return self.product(args)
            case Pow(base, exponent):
                return self.power(base, exponent)
            case Call("max" | "min", args):
                return self.extreme(node.fn, args)
            case Call(fn, (a,)):
                return self.value(fn, a)
            case Call("leaky_relu" | "elu", (a, slope)):
                return self.leaky(node.fn, a, slope)
            case Bound("sum", indices, body):
                found = self.of(body)
                return total(indices, found) if isinstance(found, Node) else found
            case Cases(branches, otherwise):
                return self.cases(branches, otherwise)
            case _:
                return None

    def sum(self, args: Sequence[Node]) -> Limit | None:
        found = [self.of(a) for a in args]
        signs = {f.sign for f in found if isinstance(f, Infinity)}
        if None in found or len(signs) > 1:
            return None
        return Infinity(signs.pop()) if signs else add(*(f for f in found if isinstance(f, Node)))

    def product(self, args: Sequence[Node]) -> Limit | None:
        found = [self.of(a) for a in args]
        if None in found:
            return None
        finite = tidy(mul(*(f for f in found if isinstance(f, Node))), self.names)
        sign = 1
        for f in found:
            sign *= f.sign if isinstance(f, Infinity) else 1
        if all(isinstance(f, Node) for f in found):
            return finite
        return self.signed(finite, sign)

    def signed(self, factor: Node, sign: int) -> Limit | None:
        """A finite factor times an infinite one."""
        if positive(factor, self.names):
            return Infinity(sign)
        return Infinity(-sign) if positive(tidy(neg(factor), self.names), self.names) else None

    def power(self, base: Node, exponent: Node) -> Limit | None:
        below, above = self.of(base), self.of(exponent)
        if below is None or above is None:
            return None
        if isinstance(above, Infinity):
            return self.raised(below, above)
        if isinstance(below, Infinity):
            if not isinstance(above, Num) or above.value == 0:
                return None
            if above.value < 0:
                return ZERO if below.sign > 0 or above.value.denominator % 2 else None
            if below.sign > 0:
                return UP
            whole = above.value.denominator == 1
            return Infinity(-1 if above.value.numerator % 2 else 1) if whole else None
        below, made = tidy(below, self.names), power(below, above)
        if isinstance(above, Num) and above.value < 0 and not nonzero(below, self.names):
            return None
        if not isinstance(above, Num) and not positive(below, self.names):
            return None
        return made

    def raised(self, base: Limit, exponent: Infinity) -> Limit | None:
        """b^∞ for a base that is surely above 1, or between 0 and 1."""
        if not isinstance(base, Node):
            return None
        base = tidy(base, self.names)
        if positive(tidy(sub(base, ONE), self.names), self.names):
            return UP if exponent.sign > 0 else ZERO
        if positive(base, self.names) and positive(tidy(sub(ONE, base), self.names), self.names):
            return ZERO if exponent.sign > 0 else UP
        return None

    def extreme(self, fn: str, args: Sequence[Node]) -> Limit | None:
        found = [self.of(a) for a in args]
        if None in found:
            return None
        wins = UP if fn == "max" else DOWN
        finite = [f for f in found if isinstance(f, Node)]
        if wins in found:
            return wins
        return call(fn, *finite) if len(finite) > 1 else finite[0] if finite else Infinity(-wins.sign)

    def value(self, fn: str, a: Node) -> Limit | None:
        inner = self.of(a)
        if inner is None:
            return None
        if isinstance(inner, Infinity):
            if fn == "log":
                return UP if inner.sign > 0 else None
            ends = ENDS.get(fn)
            return None if ends is None else ends[inner.sign > 0]
        inner = tidy(inner, self.names)
        if fn == "log" and inner == ZERO:
            return DOWN if nonnegative(tidy(a, self.names), self.names) else None
        made = call(fn, inner)
        return made if fn in ATOMS and fn not in JUMPS and defined(made, self.names) else None

    def leaky(self, fn: str, a: Node, slope: Node) -> Limit | None:
        inner = self.of(a)
        if not isinstance(inner, Infinity) or self.of(slope) is not slope:
            return None
        if inner.sign > 0:
            return UP
        return neg(slope) if fn == "elu" else self.signed(slope, -1)

    def cases(self, branches: Sequence[tuple[Node, Node]], otherwise: Node | None) -> Limit | None:
        for condition, value in branches:
            holds = self.holds(condition)
            if holds is None:
                return None
            if holds:
                return self.of(value)
        return self.of(otherwise) if otherwise is not None else None

    def holds(self, condition: Node) -> bool | None:
        """Whether an inequality holds from some place on."""
        if not isinstance(condition, Rel) or condition.op not in ("<", "<=", ">", ">="):
            return None
        found = self.of(sub(condition.left, condition.right))
        if not isinstance(found, Infinity):
            return None
        return (found.sign > 0) == condition.op.startswith(">")
