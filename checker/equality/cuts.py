"""What cuts the sizes into parts: conditions, signs, floors that a size decides, and their values over a grid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from checker.equality.sample import constant
from derivations.atoms import composed
from derivations.domains import Names
from derivations.evaluate import floats
from derivations.evaluate.program import literal
from derivations.evaluate.regions import everything, kinked
from derivations.formula import (
    ZERO,
    Add,
    And,
    Apply,
    Call,
    Cases,
    Const,
    Delta,
    Deriv,
    Elem,
    Formula,
    Index,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    SizeVal,
    affine_terms,
    binders,
    children,
    index_exprs,
    labels_of,
    sizes_under,
    value_of,
    walk,
)

MOST_LITERAL = 10**6
LARGEST_FACTORIAL = 170
"""Of a larger number no float holds it."""
STEPS = 3
"""So many values of floor(n/50) are looked at."""
ROUNDING = 1e-12


def whole(node: Node) -> bool:
    """Whether sizes, indices and numbers alone stand in a node, and one of the first two."""
    every = list(walk(node))
    return any(isinstance(n, SizeVal | IndexVal | Delta) for n in every) and not any(
        isinstance(n, Elem | Apply | MatrixAtom | Deriv) or labels_of(n) for n in every
    )


def cuts_of(formula: Formula) -> Iterator[Node]:
    """What sizes and indices alone decide: relations, steps."""
    for node in everything(formula):
        match node:
            case Rel() if whole(node):
                yield node
            case Delta(left, right) if whole(node) and not (
                isinstance(left, Index) and isinstance(right, Index) and left.size == right.size
            ):
                yield Rel("==", IndexVal(left), IndexVal(right))
            case Call(fn, (arg, *_)) if kinked(fn) and whole(arg):
                yield Rel(">", arg, ZERO)
            case Call("max" | "min", args) if all(whole(a) or literal(a) is not None for a in args):
                yield from (Rel(">", a, b) for a, b in combinations(args, 2) if whole(a) or whole(b))
            case Call("floor" | "ceil") if whole(node):
                yield node
            case Pow(base, exponent) if literal(exponent) is None and whole(exponent):
                if literal(base) == 0:
                    yield Rel("==", exponent, ZERO)
                elif whole(base):
                    yield Rel("==", base, ZERO)
                    yield Rel("==", exponent, ZERO)
            case _:
                pass


def sizes_of(node: Node) -> set[str]:
    """The sizes that a condition depends on: its own, and those its indices run over."""
    found: set[str] = set()
    for n in walk(node):
        if isinstance(n, SizeVal):
            found.add(n.size)
        for at in index_exprs(n):
            for term, _ in affine_terms(at)[0]:
                found |= {term} if isinstance(term, str) else {*sizes_under(term.size)}
        found |= {name for i in binders(n) for name in sizes_under(i.size)}
    return found


def indices_of(node: Node) -> tuple[Index, ...]:
    """The indices that stand free in a condition."""
    found: dict[Index, None] = {}
    for n in walk(node):
        for at in index_exprs(n):
            found |= {t: None for t, _ in affine_terms(at)[0] if isinstance(t, Index)}
    return tuple(found)


class Unscannable(Exception):
    pass


def _value(node: Node, env: Mapping[Any, Any]) -> Any:
    """A condition's side over arrays of sizes and indices."""
    match node:
        case Num(v):
            return float(v) if abs(v) < 10**300 else np.inf if v > 0 else -np.inf
        case Const(name):
            return np.e if name == "e" else np.pi
        case SizeVal(size):
            return env[size]
        case IndexVal(at):
            terms, const = affine_terms(at)
            return sum((c * env[t] for t, c in terms), float(const))
        case Delta(left, right):
            return np.equal(_value(IndexVal(left), env), _value(IndexVal(right), env)).astype(float)
        case Add(args):
            return sum(_value(a, env) for a in args)
        case Mul(args):
            out: Any = 1.0
            for a in args:
                out = out * _value(a, env)
            return out
        case Pow(base, exponent):
            e = literal(exponent)
            if e is not None:
                return floats.literal_power(np.asarray(_value(base, env), dtype=float), e)
            return np.power(np.asarray(_value(base, env), dtype=float), _value(exponent, env))
        case Call("max" | "min" as fn, args):
            f = np.maximum if fn == "max" else np.minimum
            out = _value(args[0], env)
            for a in args[1:]:
                out = f(out, _value(a, env))
            return out
        case Call("factorial", (arg,)):
            n = np.asarray(_value(arg, env), dtype=float)
            return np.where(
                n > LARGEST_FACTORIAL, np.inf, floats.FUNCTIONS["factorial"](np.minimum(n, LARGEST_FACTORIAL))
            )
        case Call() if (inner := composed(node)) is not None:
            return _value(inner, env)
        case Call(fn, args):
            return floats.FUNCTIONS[fn](*(np.asarray(_value(a, env), dtype=float) for a in args))
        case Rel(op, left, right):
            return floats.RELATIONS[op](_value(left, env), _value(right, env)).astype(float)
        case Cases(branches, otherwise) if otherwise is not None:
            out = _value(otherwise, env)
            for condition, value in reversed(branches):
                out = np.where(_value(condition, env), _value(value, env), out)
            return out
        case And(args) | Or(args):
            parts = [np.asarray(_value(a, env), dtype=bool) for a in args]
            return (
                (np.logical_and if isinstance(node, And) else np.logical_or)
                .reduce(np.broadcast_arrays(*parts))
                .astype(float)
            )
        case Not(arg):
            return 1.0 - _value(arg, env)
    raise Unscannable


def codes_of(cut: Node, cells: Mapping[str, np.ndarray]) -> np.ndarray:
    """What a cut is at each of many sizes, as a number: which of <, =, > it is for some index, or the value of a
    step."""
    indices = indices_of(cut)
    count = len(next(iter(cells.values())))
    lengths = [np.broadcast_to(value_of(i.size, cells), count).astype(np.int64) for i in indices]
    total = np.ones(count, dtype=np.int64)
    for length in lengths:
        total = total * length
    at = np.repeat(np.arange(count), total)
    env: dict[Any, Any] = {s: v[at].astype(float) for s, v in cells.items()}
    rest = np.arange(len(at)) - np.repeat(np.cumsum(total) - total, total)
    for i, length in zip(indices, lengths, strict=True):
        env[i] = 1.0 + rest % length[at]
        rest = rest // length[at]
    with np.errstate(all="ignore"):
        if isinstance(cut, Rel):
            left, right = np.broadcast_arrays(
                np.asarray(_value(cut.left, env), dtype=float), np.asarray(_value(cut.right, env), dtype=float)
            )
            gap = left - right
            same = np.isfinite(gap) & (np.abs(gap) <= ROUNDING * (np.abs(left) + np.abs(right)))
            seen = np.where(np.isnan(gap), 8, np.where(same, 1, np.where(gap > 0, 2, 4)))
        else:
            steps = np.nan_to_num(
                np.asarray(_value(cut, env), dtype=float), nan=-1.0, posinf=2.0**40, neginf=-(2.0**40)
            )
            distinct = np.unique(steps)
            near = sorted(distinct, key=abs)[: 2 * STEPS + 1]
            seen = np.left_shift(1, np.minimum(np.searchsorted(np.sort(near), steps), 60))
    seen = np.broadcast_to(seen, len(at))
    out = np.zeros(count, dtype=np.int64)
    np.bitwise_or.at(out, at, seen)
    return out


def literals_of(cuts: Iterable[Node]) -> set[int]:
    """The numbers in conditions, powers of numbers too, rounded; with -1 for one that is too large to be a size."""
    found: set[int] = set()
    for cut in cuts:
        for node in walk(cut):
            value = number_of(node)
            if value is not None:
                found.add(round(abs(value)) if abs(value) <= MOST_LITERAL else -1)
    return found


def number_of(node: Node) -> float | None:
    if isinstance(node, Num):
        return float(node.value) if abs(node.value) < 10**300 else np.inf
    if isinstance(node, Pow | Mul | Call) and all(number_of(c) is not None for c in children(node)):
        with np.errstate(all="ignore"):
            try:
                return float(_value(node, {}))
            except (Unscannable, TypeError, ValueError):
                return None
    return None


def settled(cut: Node, met: int, names: Names) -> bool:
    """Whether a condition was met on every side it has: on both, or on one where the other is proved not to be."""
    if not isinstance(cut, Rel):
        if met & (met - 1):
            return True
        low = cut.args[0]  # type: ignore[attr-defined]
        return met != 0 and _one_step(cut, low, names)
    above, same, below = bool(met & 2), bool(met & 1), bool(met & 4)
    holds = {"<": below, "<=": below or same, ">": above, ">=": above or same, "==": same, "!=": above or below}[cut.op]
    fails = {"<": above or same, "<=": above, ">": below or same, ">=": below, "==": above or below, "!=": same}[cut.op]
    if not met & 7:
        return False
    if holds and fails:
        return -1 not in literals_of((cut,))
    return constant(cut, holds, names)


def _one_step(cut: Node, inside: Node, names: Names) -> bool:
    return any(
        constant(Rel(">=", inside, Num(Fraction(k))), True, names)
        and constant(Rel("<", inside, Num(Fraction(k + 1))), True, names)
        for k in (-1, 0, 1)
    )
