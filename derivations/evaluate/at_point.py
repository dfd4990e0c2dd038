"""A formula at one point, exactly: rationals stay rational, everything else is a ball that is known to contain the
value.

Conditions are decided, never rounded: `x >= 0` at a boundary point is true. What cannot be told apart at the highest
precision raises `Untold`; what has no value raises `NoValue`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt
from typing import Any

from flint import arb, ctx, fmpq

from derivations.atoms import unfold
from derivations.domains import Names
from derivations.evaluate.one_hot import opened
from derivations.formula import (
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Label,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    Size,
    SizeVal,
    affine_terms,
)

Value = Fraction | arb

BITS = (128, 512)
"""Working precision, and the one at which a comparison that is still open is given up."""

MAX_STEPS = 200_000
"""Evaluations of a node before a point is given up: sums over large literal sizes must not stall a verdict."""


class NoValue(ArithmeticError):
    """Undefined at this point: 1/0, log of a negative number, an index out of its range."""


class Untold(ArithmeticError):
    """Two values that no precision told apart, or more work than is counted out."""


@dataclass(slots=True)
class Point:
    """Where a formula is evaluated.

    sizes    every symbolic size
    values   inputs by name: a number, or nested tuples of numbers
    names    for nodes and adjoints that are not in `values`: their definitions
    slack    a gap smaller than this counts as zero: at a boundary that has no rational point
    instead  entries that take another value than their definition gives (a student's own earlier values); `used`
    collects those looked up
    """

    sizes: Mapping[str, int]
    values: Mapping[str, Any]
    names: Names | None = None
    instead: Mapping[tuple[str, tuple[int, ...]], Value] = field(default_factory=dict)
    used: set[tuple[str, tuple[int, ...]]] = field(default_factory=set)
    slack: Fraction = Fraction(0)
    bits: int = BITS[0]
    steps: int = 0
    known: dict[tuple[str, tuple[int, ...]], Value] = field(default_factory=dict)

    def size(self, size: Size) -> int:
        if isinstance(size, int):
            return size
        if size not in self.sizes:
            raise NoValue(f"no value for the size {size}")
        return self.sizes[size]


def value_at(formula: Formula, point: Point, at: tuple[int, ...] = ()) -> Value:
    """The value of one entry of a formula: `at` gives its free indices, then its axes."""
    slots = formula.free + formula.axes
    if len(slots) != len(at):
        raise ValueError(f"{len(slots)} indices expected, {len(at)} given")
    return _decided(point, lambda: _finite(_value(formula.body, point, dict(zip(slots, at, strict=True)))))


def _finite(value: Value) -> Value:
    if isinstance(value, arb) and not value.is_finite():
        raise Untold("a number beyond all range")
    return value


def holds_at(condition: Node, point: Point, at: Mapping[Index, int] | None = None) -> bool:
    """Whether a condition holds."""
    return _decided(point, lambda: _holds(condition, point, dict(at or {})))


def _decided(point: Point, work: Callable[[], Any]) -> Any:
    before = ctx.prec
    try:
        for bits in BITS:
            ctx.prec = point.bits = bits
            point.known.clear()
            try:
                return work()
            except Untold:
                if bits == BITS[-1]:
                    raise
    finally:
        ctx.prec = before


def ball(value: Value) -> arb:
    """A ball that contains the value, at the current precision."""
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value


def sign(value: Value) -> int:
    """-1, 0 or 1; raises `Untold` where a ball contains zero without being it."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    if not value.is_finite():
        raise NoValue("not finite")
    if value > 0:
        return 1
    if value < 0:
        return -1
    if value.is_zero():
        return 0
    raise Untold("a sign that cannot be told")


def _add(a: Value, b: Value) -> Value:
    return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else ball(a) + ball(b)


def _mul(a: Value, b: Value) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a * b
    for side in (a, b):
        if isinstance(side, Fraction) and side == 0:
            return Fraction(0)
    return ball(a) * ball(b)


def _root(value: Fraction, k: int) -> Fraction | None:
    """The exact k-th root of a non-negative rational, None where it is irrational."""

    def of(n: int) -> int | None:
        if k == 2:
            r = isqrt(n)
        else:
            r = round(n ** (1 / k)) if n < 1 << 900 else 0
        return r if r**k == n else None

    top, bottom = of(value.numerator), of(value.denominator)
    return None if top is None or bottom is None else Fraction(top, bottom)


def _pow(base: Value, exponent: Value) -> Value:
    if isinstance(exponent, Fraction):
        k = exponent.denominator
        if k == 1 and isinstance(base, Fraction):
            n = exponent.numerator
            if n < 0 and base == 0:
                raise NoValue("division by zero")
            if abs(n) * max(base.numerator.bit_length(), base.denominator.bit_length()) < 20_000:
                return base**n
        if k == 1:
            if exponent < 0 and sign(base) == 0:
                raise NoValue("division by zero")
            return ball(base) ** int(exponent)
        s = sign(base)
        if s < 0 and k % 2 == 0:
            raise NoValue("an even root of a negative number")
        if s == 0:
            if exponent < 0:
                raise NoValue("division by zero")
            return Fraction(0)
        size = -base if s < 0 else base
        if isinstance(size, Fraction) and k <= 8:
            root = _root(size, k)
            if root is not None:
                found = _pow(root, Fraction(exponent.numerator))
                return -found if s < 0 and exponent.numerator % 2 else found
        made = (ball(size).log() * ball(exponent)).exp()
        return -made if s < 0 and exponent.numerator % 2 else made
    if sign(base) <= 0:
        raise NoValue("a real power of a number that is not positive")
    return (ball(base).log() * ball(exponent)).exp()


def _log(x: Value) -> Value:
    if sign(x) <= 0:
        raise NoValue("log of a number that is not positive")
    return Fraction(0) if x == 1 and isinstance(x, Fraction) else ball(x).log()


def _bounded(x: Value, name: str) -> Value:
    if sign(_add(Fraction(1), -_mul(x, x))) < 0:
        raise NoValue(f"{name} outside [-1, 1]")
    return getattr(ball(x), name)()


def _exp(x: Value) -> Value:
    if isinstance(x, Fraction) and x == 0:
        return Fraction(1)
    made = ball(x).exp()
    if not made.is_finite():
        raise Untold("an exponential beyond all range")
    return made


def _floor(x: Value, up: bool) -> Value:
    if isinstance(x, Fraction):
        return Fraction(-((-x.numerator) // x.denominator) if up else x.numerator // x.denominator)
    made = x.ceil() if up else x.floor()
    whole = made.unique_fmpz()
    if whole is None:
        raise Untold("a floor that cannot be told")
    return Fraction(int(whole))


def _factorial(x: Value) -> Value:
    if not isinstance(x, Fraction) or x.denominator != 1 or x < 0:
        raise NoValue("factorial of a number that is no natural number")
    if x > 500:
        raise Untold("a factorial beyond all range")
    made = 1
    for k in range(2, int(x) + 1):
        made *= k
    return Fraction(made)


def _largest(args: tuple[Value, ...]) -> Value:
    best = args[0]
    for other in args[1:]:
        if isinstance(best, Fraction) and isinstance(other, Fraction):
            best = max(best, other)
        else:
            best = ball(best).max(ball(other))
    return best


_CALLS: Mapping[str, Callable[..., Value]] = {
    "exp": _exp,
    "log": _log,
    "abs": lambda x: abs(x),
    "sign": lambda x: Fraction(sign(x)),
    "floor": lambda x: _floor(x, False),
    "ceil": lambda x: _floor(x, True),
    "factorial": _factorial,
    "max": lambda *a: _largest(a),
    "min": lambda *a: -_largest(tuple(-x for x in a)),
    "relu": lambda x: _largest((x, Fraction(0))),
    "sigmoid": lambda x: _pow(_add(Fraction(1), _exp(-x)), Fraction(-1)),
    "asin": lambda x: _bounded(x, "asin"),
    "acos": lambda x: _bounded(x, "acos"),
    **{
        name: (lambda x, name=name: getattr(ball(x), name)())
        for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "asinh", "atan", "erf")
    },
}
"""The functions that are evaluated here; every other one is unfolded by its definition."""


def _index(at: IndexExpr, point: Point, env: Mapping[Index, int]) -> int:
    terms, const = affine_terms(at)
    total = const
    for t, c in terms:
        if isinstance(t, Label):
            raise NoValue(f"{t.name} is an array of indices that was not written out")
        if isinstance(t, Index):
            if t not in env:
                raise NoValue(f"no value for the index {t.name}")
            total += c * env[t]
        else:
            total += c * point.size(t)
    return total


def _entry(held: Any, at: tuple[int, ...], name: str) -> Value:
    for k in at:
        if not isinstance(held, (tuple, list)) or not 1 <= k <= len(held):
            raise NoValue(f"{name}{list(at)} is out of range")
        held = held[k - 1]
    if isinstance(held, (tuple, list)):
        raise NoValue(f"{name} needs more indices")
    return held if isinstance(held, (Fraction, arb)) else Fraction(held)


def _ranges(indices: tuple[Index, ...], point: Point, env: dict[Index, int]):
    """Every assignment of the indices over their ranges."""
    if not indices:
        yield env
        return
    for k in range(1, point.size(indices[0].size) + 1):
        yield from _ranges(indices[1:], point, {**env, indices[0]: k})


def _value(node: Node, point: Point, env: dict[Index, int]) -> Value:
    point.steps += 1
    if point.steps > MAX_STEPS:
        raise Untold("more work than is counted out")
    plain = opened(node, point.names)
    if plain is not None:
        return _value(plain, point, env)
    match node:
        case Num(value):
            return value
        case Const(name):
            return arb(1).exp() if name == "e" else arb.pi()
        case SizeVal(size):
            return Fraction(point.size(size))
        case IndexVal(at):
            return Fraction(_index(at, point, env))
        case Elem(name, at):
            return _elem(name, tuple(_index(a, point, env) for a in at), point)
        case Add(args):
            made: Value = Fraction(0)
            for a in args:
                made = _add(made, _value(a, point, env))
            return made
        case Mul(args):
            made = Fraction(1)
            for a in args:
                made = _mul(made, _value(a, point, env))
            return made
        case Pow(Const("e"), b):
            return _exp(_value(b, point, env))
        case Pow(a, b):
            return _pow(_value(a, point, env), _value(b, point, env))
        case Delta(a, b):
            return Fraction(int(_index(a, point, env) == _index(b, point, env)))
        case Call(fn, args):
            rule = _CALLS.get(fn)
            if rule is not None:
                return rule(*(_value(a, point, env) for a in args))
            unfolded = unfold(node)
            if unfolded is None:
                raise Untold(f"{fn} has no exact rule")
            return _value(unfolded, point, env)
        case Cases(branches, otherwise):
            for condition, branch in branches:
                if _holds(condition, point, env):
                    return _value(branch, point, env)
            if otherwise is None:
                raise NoValue("no case applies")
            return _value(otherwise, point, env)
        case Bound(op, indices, body):
            return _bound(op, [_value(body, point, e) for e in _ranges(indices, point, env)])
        case MatrixAtom():
            return _matrix(node, point, env)
        case Apply(fn):
            raise NoValue(f"{fn} is an unknown function")
        case _:
            raise Untold(f"{type(node).__name__} has no exact rule")


def _bound(op: str, values: list[Value]) -> Value:
    if op == "sum":
        made: Value = Fraction(0)
        for v in values:
            made = _add(made, v)
        return made
    if op == "prod":
        made = Fraction(1)
        for v in values:
            made = _mul(made, v)
        return made
    if not values:
        raise NoValue("an empty range")
    if op == "max":
        return _largest(tuple(values))
    if op == "min":
        return -_largest(tuple(-v for v in values))
    made = Fraction(0)
    for v in values:
        made = _add(made, _exp(v))
    return _log(made)


def _matrix(node: MatrixAtom, point: Point, env: dict[Index, int]) -> Value:
    n = point.size(node.row.size)
    rows = [
        [_value(node.body, point, {**env, node.row: r, node.col: c}) for c in range(1, n + 1)] for r in range(1, n + 1)
    ]
    identity: list[list[Value]] = [[Fraction(int(r == c)) for c in range(n)] for r in range(n)]
    determinant: Value = Fraction(1)
    for k in range(n):
        pivot = next((r for r in range(k, n) if sign(rows[r][k]) != 0), None)
        if pivot is None:
            if node.op == "det":
                return Fraction(0)
            raise NoValue("a singular matrix")
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            identity[k], identity[pivot] = identity[pivot], identity[k]
            determinant = -determinant
        determinant = _mul(determinant, rows[k][k])
        scale = _pow(rows[k][k], Fraction(-1))
        rows[k] = [_mul(v, scale) for v in rows[k]]
        identity[k] = [_mul(v, scale) for v in identity[k]]
        for r in range(n):
            if r != k:
                factor = rows[r][k]
                rows[r] = [_add(v, -_mul(factor, w)) for v, w in zip(rows[r], rows[k], strict=True)]
                identity[r] = [_add(v, -_mul(factor, w)) for v, w in zip(identity[r], identity[k], strict=True)]
    if node.op == "det":
        return determinant
    if node.op == "logdet":
        return _log(determinant)
    row, col = (_index(a, point, env) for a in node.at)
    if not (1 <= row <= n and 1 <= col <= n):
        raise NoValue("an entry out of range")
    return identity[row - 1][col - 1]


def _elem(name: str, at: tuple[int, ...], point: Point) -> Value:
    if (name, at) in point.instead:
        point.used.add((name, at))
        return point.instead[name, at]
    if name in point.values:
        return _entry(point.values[name], at, name)
    key = (name, at)
    if key not in point.known:
        row = point.names[name] if point.names is not None and name in point.names else None
        if row is None or row.definition is None:
            raise NoValue(f"no value for {name}")
        for k, size in zip(at, row.sizes, strict=True):
            if not 1 <= k <= point.size(size):
                raise NoValue(f"{name}{list(at)} is out of range")
        slots = row.definition.free + row.definition.axes
        point.known[key] = _value(row.definition.body, point, dict(zip(slots, at, strict=True)))
    return point.known[key]


_COMPARE: Mapping[str, Callable[[int], bool]] = {
    "<": lambda s: s < 0,
    "<=": lambda s: s <= 0,
    ">": lambda s: s > 0,
    ">=": lambda s: s >= 0,
    "==": lambda s: s == 0,
    "!=": lambda s: s != 0,
}


def _holds(node: Node, point: Point, env: dict[Index, int]) -> bool:
    match opened(node, point.names) or node:
        case Rel(op, a, b):
            gap = _add(_value(a, point, env), -_value(b, point, env))
            if point.slack and abs(ball(gap)) < ball(point.slack):
                return _COMPARE[op](0)
            return _COMPARE[op](sign(gap))
        case And(args):
            return all(_holds(a, point, env) for a in args)
        case Or(args):
            return any(_holds(a, point, env) for a in args)
        case Not(arg):
            return not _holds(arg, point, env)
        case _:
            return sign(_value(node, point, env)) != 0
