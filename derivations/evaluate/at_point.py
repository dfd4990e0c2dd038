"""A formula at one point, exactly: rationals stay rational, everything else is a ball that is known to contain the
value.

Conditions are decided, never rounded: `x >= 0` at a boundary point is true. What cannot be told apart at the highest
precision raises `Untold`; what has no value raises `NoValue`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from derivations.atoms import unfold
from derivations.atoms.of_matrices import OF_MATRICES
from derivations.domains import Names
from derivations.evaluate.exact_values import (
    BITS,
    CALLS,
    COMPARE,
    NoValue,
    Untold,
    Value,
    add_values,
    ball,
    bound_values,
    exp_value,
    finite,
    log_value,
    mul_values,
    pow_values,
    sign,
)
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
    value_of,
)
from derivations.recursion import Recursion

MAX_STEPS = 200_000
"""Evaluations of a node before a point is given up: sums over large literal sizes must not stall a verdict."""


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
        try:
            return value_of(size, self.sizes)
        except KeyError as error:
            raise NoValue(f"no value for the size {error.args[0]}") from None


def value_at(formula: Formula, point: Point, at: tuple[int, ...] = ()) -> Value:
    """The value of one entry of a formula: `at` gives its free indices, then its axes."""
    slots = formula.free + formula.axes
    if len(slots) != len(at):
        raise ValueError(f"{len(slots)} indices expected, {len(at)} given")
    return _decided(point, lambda: finite(_value(formula.body, point, dict(zip(slots, at, strict=True)))))


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
                made = add_values(made, _value(a, point, env))
            return made
        case Mul(args):
            made = Fraction(1)
            for a in args:
                made = mul_values(made, _value(a, point, env))
            return made
        case Pow(Const("e"), b):
            return exp_value(_value(b, point, env))
        case Pow(a, b):
            return pow_values(_value(a, point, env), _value(b, point, env))
        case Delta(a, b):
            return Fraction(int(_index(a, point, env) == _index(b, point, env)))
        case Call(fn, args):
            rule = CALLS.get(fn)
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
            return bound_values(op, [_value(body, point, e) for e in _ranges(indices, point, env)])
        case MatrixAtom():
            return _matrix(node, point, env)
        case Apply(fn) if fn in OF_MATRICES:
            raise Untold(f"{fn.removeprefix('@')} has no exact rule")
        case Apply(fn):
            raise NoValue(f"{fn} is an unknown function")
        case _:
            raise Untold(f"{type(node).__name__} has no exact rule")


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
        determinant = mul_values(determinant, rows[k][k])
        scale = pow_values(rows[k][k], Fraction(-1))
        rows[k] = [mul_values(v, scale) for v in rows[k]]
        identity[k] = [mul_values(v, scale) for v in identity[k]]
        for r in range(n):
            if r != k:
                factor = rows[r][k]
                rows[r] = [add_values(v, -mul_values(factor, w)) for v, w in zip(rows[r], rows[k], strict=True)]
                identity[r] = [
                    add_values(v, -mul_values(factor, w)) for v, w in zip(identity[r], identity[k], strict=True)
                ]
    if node.op == "det":
        return determinant
    if node.op == "logdet":
        return log_value(determinant)
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
        if row is not None and (r := row.recursion) is not None and r.start and at[r.over] == _before(r, point):
            return _elem(r.start, r.rest(at), point)
        formula = row and row.equation
        if row is None or formula is None:
            raise NoValue(f"no value for {name}")
        for k, size in zip(at, row.sizes, strict=True):
            if not 1 <= k <= point.size(size):
                raise NoValue(f"{name}{list(at)} is out of range")
        slots = formula.free + formula.axes
        point.known[key] = _value(formula.body, point, dict(zip(slots, at, strict=True)))
    return point.known[key]


def _before(recursion: Recursion, point: Point) -> int:
    """The position of the start."""
    return 0 if recursion.direction > 0 else point.size(recursion.time.size) + 1


def _holds(node: Node, point: Point, env: dict[Index, int]) -> bool:
    match opened(node, point.names) or node:
        case Rel(op, a, b):
            gap = add_values(_value(a, point, env), -_value(b, point, env))
            if point.slack and abs(ball(gap)) < ball(point.slack):
                return COMPARE[op](0)
            return COMPARE[op](sign(gap))
        case And(args):
            return all(_holds(a, point, env) for a in args)
        case Or(args):
            return any(_holds(a, point, env) for a in args)
        case Not(arg):
            return not _holds(arg, point, env)
        case _:
            return sign(_value(node, point, env)) != 0
