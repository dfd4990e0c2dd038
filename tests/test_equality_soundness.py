"""Random pairs through the proof and through `compare`: sums, roots of squares, max, abs, cases, exp, log, trigonometry.

A pair is a random formula and the same one after one or two rewritings, sound ones and tempting wrong ones. What is true is decided
here, by an evaluator of its own (mpmath, 100 digits) at rational points and sizes 1 to 4; it shares nothing with the judge.
"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
import pytest

from checker.equality import judge
from derivations.domains import parse_names
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    Bound,
    Call,
    Cases,
    Delta,
    Elem,
    Formula,
    Index,
    IndexVal,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    SizeVal,
    add,
    call,
    children,
    div,
    free_indices,
    indicator,
    mul,
    neg,
    num,
    power,
    rebuild,
    reindex,
    sqrt,
    sub,
    total,
)  # fmt: skip
from derivations.normal_form import prove_equal

NAMES = parse_names("x: real[n]; w: real[n]; y: labelpm1[n]; t: label01[n]; a: real; b: real; p: positive; q: probability; i: index[n]; j: index[n]")
I, J = (NAMES[k].index for k in ("i", "j"))
VECTORS, SCALARS = ("x", "w", "y", "t"), ("a", "b", "p", "q")


# ---------------------------------------------------------------- an evaluator of its own


class Undefined(Exception):
    pass


class Boundary(Exception):
    """A condition holds with equality: conventions decide there."""


EPS = mpmath.mpf(10) ** -25
HUGE = mpmath.mpf(10) ** 25


def value(node: Node, env: dict[str, Any], at: dict[Index, int]) -> Any:
    """The value to about 50 digits; values too large or too near a kink for that are not used."""
    out = plain(node, env, at)
    if abs(out) > HUGE:
        raise Boundary
    return out


def plain(node: Node, env: dict[str, Any], at: dict[Index, int]) -> Any:
    match node:
        case Num(v):
            return mpmath.mpf(v.numerator) / v.denominator
        case SizeVal():
            return mpmath.mpf(env["n"])
        case IndexVal(k):
            return mpmath.mpf(at[k])
        case Elem(name, ()):
            return env[name]
        case Elem(name, (k,)):
            return env[name][(at[k] if isinstance(k, Index) else k) - 1]
        case Delta(left, right):
            return mpmath.mpf(at[left] == at[right])
        case Add(args):
            return mpmath.fsum(value(c, env, at) for c in args)
        case Mul(args):
            return mpmath.fprod([value(c, env, at) for c in args])
        case Pow(base, exponent):
            return raised(value(base, env, at), exponent.value if isinstance(exponent, Num) else value(exponent, env, at))
        case Bound("sum", ks, body):
            return mpmath.fsum(value(body, env, {**at, **dict(zip(ks, v, strict=True))}) for v in product(range(1, env["n"] + 1), repeat=len(ks)))
        case Cases(((condition, then),), otherwise):
            return value(then if holds(condition, env, at) else otherwise, env, at)
        case Call(fn, args):
            return applied(fn, [value(c, env, at) for c in args])
    raise AssertionError(node)


def holds(rel: Rel, env: dict[str, Any], at: dict[Index, int]) -> bool:
    gap = value(rel.left, env, at) - value(rel.right, env, at)
    if abs(gap) < EPS:
        raise Boundary
    return gap > 0 if rel.op in (">", ">=") else gap < 0


def raised(base: Any, e: Any) -> Any:
    if isinstance(e, Fraction):
        if 0 < abs(base) < EPS:
            raise Boundary
        if base == 0:
            if e < 0:
                raise Undefined
            return mpmath.mpf(0 if e else 1)
        if e.denominator == 1:
            return base ** int(e)
        if base < 0:
            if e.denominator % 2 == 0:
                raise Undefined
            return (-1) ** (e.numerator % 2) * (-base) ** (mpmath.mpf(e.numerator) / e.denominator)
        return base ** (mpmath.mpf(e.numerator) / e.denominator)
    if base <= EPS:
        raise Undefined
    return base**e


def applied(fn: str, v: list[Any]) -> Any:
    z = v[0]
    if fn in ("abs", "relu", "sign") and abs(z) < EPS:
        raise Boundary
    match fn:
        case "exp":
            return mpmath.exp(z)
        case "log":
            if z <= 0:
                raise Undefined
            return mpmath.log(z)
        case "sin" | "cos" | "tanh":
            return getattr(mpmath, fn)(z)
        case "abs":
            return abs(z)
        case "sign":
            return mpmath.sign(z)
        case "relu":
            return max(z, mpmath.mpf(0))
        case "sigmoid":
            return 1 / (1 + mpmath.exp(-z))
        case "max" | "min":
            return (max if fn == "max" else min)(v)
    raise AssertionError(fn)


def points(rng: random.Random, count: int) -> list[dict[str, Any]]:
    made = []
    for k in range(count):
        n = 1 + k % 4

        def real() -> Any:
            return mpmath.mpf(rng.choice((-1, 1)) * rng.randint(1, 40)) / rng.choice((3, 7, 8, 10))

        made.append({
            "n": n, "x": [real() for _ in range(n)], "w": [real() for _ in range(n)],
            "y": [mpmath.mpf(rng.choice((-1, 1))) for _ in range(n)], "t": [mpmath.mpf(rng.choice((0, 1))) for _ in range(n)],
            "a": real(), "b": real(), "p": abs(real()), "q": mpmath.mpf(rng.randint(1, 12)) / 13,
        })  # fmt: skip
    return made


def truth(a: Node, b: Node, rng: random.Random, count: int = 28) -> bool | None:
    """False: they differ at some point where both have a value. True: they agree at all, at least at three. None: too few."""
    seen = 0
    with mpmath.workdps(100):
        for env in points(rng, count):
            at = {I: rng.randint(1, env["n"]), J: rng.randint(1, env["n"])}
            try:
                u, v = value(a, env, at), value(b, env, at)
            except (Undefined, Boundary, OverflowError):
                continue
            seen += 1
            if abs(u - v) > mpmath.mpf(10) ** -18 * (1 + abs(u) + abs(v)):
                return False
    return True if seen >= 3 else None


# ---------------------------------------------------------------- random formulas


def some(rng: random.Random, depth: int, indices: tuple[Index, ...]) -> Node:
    pick = rng.random()
    if depth <= 0 or pick < 0.15:
        leaf = rng.random()
        if leaf < 0.2:
            return num(rng.choice((1, 2, 3, -1, Fraction(1, 2))))
        if leaf < 0.25:
            return SizeVal("n")
        if leaf < 0.6 and indices:
            return Elem(rng.choice(VECTORS), (rng.choice(indices),))
        return Elem(rng.choice(SCALARS))

    def sub_(less: int = 1, extra: tuple[Index, ...] = ()) -> Node:
        return some(rng, depth - less, indices + extra)

    kind = rng.choice(("add", "add", "mul", "mul", "pow", "div", "sum", "sum", "exp", "log", "sqrt", "abs", "max", "relu", "trig", "cases", "sigmoid", "sign"))
    match kind:
        case "add":
            return add(sub_(), sub_())
        case "mul":
            return mul(sub_(), sub_())
        case "pow":
            return Pow(sub_(), num(rng.choice((2, 2, 3))))
        case "div":
            return div(sub_(), sub_())
        case "sum":
            k = Index("k", "n")
            return total((k,), sub_(1, (k,)))
        case "exp":
            return call("exp", sub_(2))
        case "log":
            return call("log", sub_(1))
        case "sqrt":
            return sqrt(Pow(sub_(), TWO))
        case "abs" | "relu" | "sign" | "sigmoid":
            return call(kind, sub_())
        case "max":
            return call(rng.choice(("max", "min")), sub_(), sub_())
        case "trig":
            return call(rng.choice(("sin", "cos")), sub_(2))
        case _:
            return Cases(((Rel(rng.choice(("<", ">", ">=")), sub_(2), sub_(2)), sub_()),), sub_())


Rewrite = Any


def over(k: Index, body: Node) -> Node:
    """Σ_k with an index of its own, so that no index is bound twice."""
    new = Index("k", "n")
    return total((new,), reindex(body, {k: new}))


def rewritings(node: Node) -> list[Node]:
    """What may be written in place of a node: sound and tempting wrong."""
    out: list[Node] = []
    match node:
        case Pow(Add((u, v)), Num(k)) if k == 2:
            out += [add(Pow(u, TWO), mul(TWO, u, v), Pow(v, TWO)), add(Pow(u, TWO), Pow(v, TWO)), Pow(sub(u, v), TWO)]
        case Pow(Pow(u, Num(k)), Num(e)) if k == 2 and e == Fraction(1, 2):
            out += [u, call("abs", u), call("max", u, neg(u)), neg(call("abs", u)), mul(u, call("sign", u))]
        case Pow(u, Num(k)) if k == 2:
            out += [mul(u, u), Pow(call("abs", u), TWO), call("abs", Pow(u, TWO)), u, mul(TWO, u)]
        case Pow(u, Num(k)) if k == -1:
            out += [div(call("sign", u), call("abs", u)), div(u, Pow(u, TWO)), neg(u)]
        case Mul((u, v)):
            out += [mul(v, u), call("exp", add(call("log", u), call("log", v))), mul(HALF, sub(Pow(add(u, v), TWO), add(Pow(u, TWO), Pow(v, TWO)))), add(u, v)]
        case Add((u, v)):
            out += [add(v, u), sub(u, v), call("log", mul(call("exp", u), call("exp", v))), add(call("max", u, v), call("min", u, v)), call("abs", add(u, v))]
        case Bound("sum", (k,), Mul((u, v))):
            out += [mul(over(k, u), over(k, v)), over(k, mul(v, u))]
            out += [mul(u, over(k, v))] if k not in free_indices(u) else []
        case Bound("sum", (k,), Add((u, v))):
            out += [add(over(k, u), over(k, v)), add(over(k, u), v) if k not in free_indices(v) else over(k, u)]
        case Bound("sum", (k,), body):
            out += [neg(over(k, neg(body))), Pow(over(k, sqrt(Pow(body, TWO))), ONE)]
            out += [body, mul(SizeVal("n"), body)] if k not in free_indices(body) else [mul(SizeVal("n"), over(k, div(body, SizeVal("n"))))]
        case Call("exp", (u,)):
            out += [Pow(call("exp", mul(HALF, u)), TWO), power(call("exp", neg(u)), MINUS_ONE), add(ONE, u)]
        case Call("log", (u,)):
            out += [mul(HALF, call("log", Pow(u, TWO))), neg(call("log", power(u, MINUS_ONE))), call("log", call("abs", u)), add(call("log", sqrt(u)), call("log", sqrt(u)))]
        case Call("abs", (u,)):
            out += [call("max", u, neg(u)), u, mul(u, call("sign", u)), sqrt(Pow(u, TWO)), Cases(((Rel(">", u, ZERO), u),), neg(u)), add(call("relu", u), call("relu", neg(u)))]
        case Call("relu", (u,)):
            out += [mul(HALF, add(u, call("abs", u))), call("max", ZERO, u), mul(u, indicator(Rel(">", u, ZERO))), add(u, call("relu", neg(u))), u]
        case Call("sign", (u,)):
            out += [sub(mul(TWO, indicator(Rel(">", u, ZERO))), ONE), div(u, call("abs", u)), ONE, neg(call("sign", neg(u)))]
        case Call("max", (u, v)):
            out += [mul(HALF, add(u, v, call("abs", sub(u, v)))), add(u, call("relu", sub(v, u))), call("max", v, u), neg(call("min", u, v)), neg(call("min", neg(u), neg(v)))]
        case Call("min", (u, v)):
            out += [sub(u, call("relu", sub(u, v))), sub(add(u, v), call("max", u, v)), mul(u, v)]
        case Call("sin", (u,)):
            out += [neg(call("sin", neg(u))), mul(TWO, call("sin", mul(HALF, u)), call("cos", mul(HALF, u))), sqrt(sub(ONE, Pow(call("cos", u), TWO)))]
        case Call("cos", (u,)):
            out += [call("cos", neg(u)), sub(ONE, mul(TWO, Pow(call("sin", mul(HALF, u)), TWO))), sub(ONE, call("sin", u))]
        case Call("sigmoid", (u,)):
            out += [div(call("exp", u), add(ONE, call("exp", u))), sub(ONE, call("sigmoid", neg(u))), call("sigmoid", neg(u)), mul(HALF, add(ONE, call("tanh", mul(HALF, u))))]
        case Cases(((Rel(op, l, r) as c, u),), v) if v is not None:
            g = indicator(c)
            out += [add(mul(g, u), mul(sub(ONE, g), v)), Cases(((Rel("<" if op != "<" else ">=", l, r), v),), u), Cases(((c, v),), u), Cases(((Rel(op, r, l), u),), v)]
        case Elem("y", _):
            out += [power(node, MINUS_ONE), Pow(node, num(3)), Pow(node, TWO)]
        case Elem("t", _):
            out += [Pow(node, TWO), call("max", node, ZERO), sub(ONE, node), call("sign", node)]
        case Elem("p", _):
            out += [call("abs", node), call("exp", call("log", node)), Pow(sqrt(node), TWO)]
        case Elem("a", _):
            out += [sqrt(Pow(node, TWO)), Pow(Pow(node, num(3)), num(Fraction(1, 3))), call("log", call("exp", node)), Pow(Pow(node, TWO), HALF)]
    return [o for o in out if free_indices(o) <= free_indices(node)]


def rewritten(rng: random.Random, node: Node) -> Node:
    """The tree with one node rewritten, chosen at random among all places where something can be."""
    spots: list[tuple[tuple[int, ...], Node]] = []

    def visit(n: Node, path: tuple[int, ...]) -> None:
        spots.extend((path, r) for r in rewritings(n))
        if not isinstance(n, Rel):
            for k, c in enumerate(children(n)):
                if not isinstance(c, Rel):
                    visit(c, (*path, k))

    visit(node, ())
    if not spots:
        return node
    path, new = rng.choice(spots)

    def put(n: Node, rest: tuple[int, ...]) -> Node:
        if not rest:
            return reindex(new, {})
        below = list(children(n))
        below[rest[0]] = put(below[rest[0]], rest[1:])
        return rebuild(n, tuple(below))

    return put(node, path)


def pair_of(seed: int) -> tuple[Node, Node]:
    rng = random.Random(seed)
    node = some(rng, rng.choice((2, 3, 3, 4)), (I, J) if rng.random() < 0.3 else ())
    other = rewritten(rng, node)
    if rng.random() < 0.5:
        other = rewritten(rng, other)
    return node, other


def formula(node: Node, slots: tuple[Index, ...]) -> Formula:
    return Formula(node, (), slots, NAMES)


def outcome(seed: int) -> tuple[bool | None, bool | None]:
    a, b = pair_of(seed)
    slots = tuple(k for k in (I, J) if k in free_indices(a) | free_indices(b))
    proved = prove_equal(formula(a, slots), formula(b, slots), 20_000)
    return proved, truth(a, b, random.Random(seed + 1)) if proved else None


def run(seeds: range) -> None:
    for seed in seeds:
        proved, true = outcome(seed)
        assert not (proved and true is False), f"a false proof, seed {seed}"


def test_no_false_proof_among_random_pairs() -> None:
    run(range(400))


def judged(seeds: range) -> None:
    for seed in seeds:
        a, b = pair_of(seed)
        slots = tuple(k for k in (I, J) if k in free_indices(a) | free_indices(b))
        found = judge(formula(a, slots), formula(b, slots), NAMES)
        if found.status == "equal":
            assert truth(a, b, random.Random(seed + 1)) is not False, f"equal, though they differ, seed {seed}"
        elif found.status == "different":
            assert found.evidence.counterexample is not None


def test_no_false_verdict_among_random_pairs() -> None:
    judged(range(4_440, 4_560))
    judged(range(5_140, 5_190))


@pytest.mark.soak
def test_no_false_verdict_among_twenty_thousand_random_pairs() -> None:
    judged(range(1_000, 21_000))


@pytest.mark.soak
def test_no_false_proof_among_twenty_thousand_random_pairs() -> None:
    run(range(1_000, 21_000))
