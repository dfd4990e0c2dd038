"""Piecewise formulas and conditions at random: what is proved holds at every point of a grid, evaluated exactly by
these tests' own hand."""

from __future__ import annotations

import operator
import random
from collections import Counter
from fractions import Fraction

import pytest

from derivations.domains import parse_names
from derivations.formula import Add, And, Call, Cases, Elem, Formula, Mul, Node, Num, Or, Pow, Rel
from derivations.normal_form import prove_equal, prove_same_set
from derivations.notation import ReadError, read, read_condition

NAMES = parse_names("x: real; y: real; z: real; p: positive")
RELATIONS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
TEMPTING = (
    ("max(", "min("), ("min(", "max("), ("<=", "<"), (">=", ">"), (" < ", " <= "), (" > ", " >= "), ("2 x", "x"),
    ("+ 1)", "+ 2)"),
    ("abs(", "("), ("relu(", "max(0,"), (" and ", " or "), (" or ", " and "), ("+ 0)", ")"), ("-1 x", "-x"),
)  # fmt: skip


def line(rng: random.Random) -> str:
    second = f" + {rng.choice('xyzp')}" if rng.random() < 0.25 else ""
    return (
        f"({rng.choice((-2, -1, 1, 2, 3))} {rng.choice('xyzp')}{second} + {rng.choice((-2, -1, 0, 0, 1, 2))})".replace(
            "+ -", "- "
        )
    )


def condition(rng: random.Random, depth: int) -> str:
    if depth and rng.random() < 0.35:
        return f"({condition(rng, depth - 1)} {rng.choice(('and', 'or'))} {condition(rng, depth - 1)})"
    if rng.random() < 0.2:
        return f"(x - {rng.randint(0, 3)})(x + {rng.randint(0, 3)}) {rng.choice(list(RELATIONS))} 0"
    left = line(rng)
    left = rng.choice((left, left, left, f"abs({left})", f"{left}^2"))
    return f"{left} {rng.choice(list(RELATIONS))} {line(rng)}"


def expression(rng: random.Random, depth: int) -> str:
    if not depth:
        return line(rng)
    a, b = expression(rng, depth - 1), expression(rng, depth - 1)
    return rng.choice(
        (
            f"abs({a})",
            f"relu({a})",
            f"max({a}, {b})",
            f"min({a}, {b})",
            f"({a} + {b})",
            f"({a} {b})",
            f"({a} if {condition(rng, 1)} else {b})",
        )
    )


def rewritten(rng: random.Random, text: str) -> str:
    for _ in range(rng.choice((0, 1, 1, 2))):
        old, new = rng.choice(TEMPTING)
        spots = [k for k in range(len(text)) if text.startswith(old, k)]
        if spots:
            at = rng.choice(spots)
            text = text[:at] + new + text[at + len(old) :]
    return text


def value(node: Node, at: dict[str, Fraction]) -> Fraction:
    match node:
        case Num(v):
            return v
        case Elem(name, _):
            return at[name]
        case Add(args):
            return sum((value(a, at) for a in args), Fraction(0))
        case Mul(args):
            out = Fraction(1)
            for a in args:
                out *= value(a, at)
            return out
        case Pow(base, Num(k)):
            return value(base, at) ** int(k)
        case Call(fn, args):
            return {"abs": lambda v: abs(v[0]), "relu": lambda v: max(v[0], Fraction(0)), "max": max, "min": min}[fn](
                [value(a, at) for a in args]
            )
        case Cases(((test, then),), otherwise) if otherwise is not None:
            return value(then if holds(test, at) else otherwise, at)
    raise TypeError(type(node).__name__)


def holds(node: Node, at: dict[str, Fraction]) -> bool:
    match node:
        case Rel(op, a, b):
            return RELATIONS[op](value(a, at), value(b, at))
        case And(args):
            return all(holds(a, at) for a in args)
        case Or(args):
            return any(holds(a, at) for a in args)
    raise TypeError(type(node).__name__)


def grid(seed: int) -> list[dict[str, Fraction]]:
    """Points on boundaries, small rationals, and the line of x through one point."""
    rng = random.Random(seed)

    def some() -> Fraction:
        return Fraction(rng.randint(-40, 40), rng.choice((1, 1, 2, 3, 7)))

    points = [{"x": some(), "y": some(), "z": some(), "p": abs(some()) + Fraction(1, 11)} for _ in range(150)]
    return points + [points[0] | {"x": Fraction(k, 2)} for k in range(-12, 13)]


ON = grid(1)
OFF = [{n: v + Fraction(k + 7, 100_003) for k, (n, v) in enumerate(point.items())} for point in ON]


def run(seeds: range) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in seeds:
        rng = random.Random(seed)
        text, test = expression(rng, rng.choice((1, 2, 2, 3))), condition(rng, 2)
        try:
            a, b = read(text, NAMES), read(rewritten(rng, text), NAMES)
            c, d = (Formula(read_condition(t, NAMES).body, names=NAMES) for t in (test, rewritten(rng, test)))
        except ReadError:
            continue
        if prove_equal(a, b, 60_000):
            seen["equal"] += 1
            assert all(value(a.body, at) == value(b.body, at) for at in OFF), f"a false proof, seed {seed}"
        if prove_same_set(c, d, 60_000):
            seen["same"] += 1
            assert all(holds(c.body, at) == holds(d.body, at) for at in ON), f"not the same set, seed {seed}"
    return seen


def test_what_is_proved_by_cells_holds_at_every_point() -> None:
    seen = run(range(40))
    assert min(seen["equal"], seen["same"]) > 10


@pytest.mark.soak
def test_what_is_proved_by_cells_holds_at_every_point_for_five_thousand_pairs() -> None:
    run(range(1_000, 6_000))
