"""A product in emitted code has one number, at its smallest factor; what is computed anyway keeps its own."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivations.emit.coefficients import collected
from derivations.emit.program import Array, Input, Literal, Map

C, S = Input("c", ()), Input("s", ())
X, Y = Input("x", ("n",)), Input("y", ("n",))
A = Input("A", ("n", "d"))


def number(value: object) -> Literal:
    return Literal(Fraction(str(value)))


def of(fn: str, *args: Array) -> Map:
    """An entrywise operation on arrays that agree in their first axes."""
    sizes = max((a.shape for a in args), key=len)
    return Map(fn, args, tuple(tuple(range(len(a.shape))) for a in args), sizes)


def times(a: Array, b: Array) -> Map:
    return of("multiply", a, b)


def over(a: Array, b: Array) -> Map:
    return of("divide", a, b)


def minus(a: Array) -> Map:
    return of("negative", a)


def text(a: Array) -> str:
    match a:
        case Literal(value):
            return str(value)
        case Input():
            return a.name
        case Map("multiply", (x, y)):
            return f"{text(x)} {text(y)}" if not _bracketed(y) else f"{text(x)} ({text(y)})"
        case Map("divide", (x, y)):
            return f"{text(x)}/{text(y)}"
        case Map(fn, (x,)):
            return f"{fn}({text(x)})"
    raise AssertionError(a)


def _bracketed(a: Array) -> bool:
    return isinstance(a, Map) and a.fn in ("multiply", "divide")


ROWS = [
    (times(number(2), times(C, times(number("1/2"), S))), "c s"),
    (times(C, times(number("1/2"), S)), "1/2 c s"),
    (times(times(number("1/2"), C), times(number(2), X)), "c x"),
    (times(X, times(number(3), C)), "x (3 c)"),
    (times(times(number(3), X), C), "x (3 c)"),
    (times(times(number(3), A), X), "A (3 x)"),
    (minus(over(times(number("1/2"), X), C)), "-1/2 x/c"),
    (minus(minus(times(number(2), X))), "2 x"),
    (minus(times(number(-1), X)), "x"),
    (minus(times(X, C)), "x negative(c)"),
    (minus(times(X, Y)), "negative(x) y"),
    (times(C, over(number(1), S)), "c (1/s)"),
    (times(over(number(1), S), X), "x/s"),
    (times(over(number(2), S), X), "2/s x"),
    (times(X, X), "square(x)"),
    (times(number(2), times(X, X)), "2 square(x)"),
    (times(number(0), X), "0 x"),
    (over(X, number(2)), "x/2"),
]


@pytest.mark.parametrize(("program", "made"), ROWS, ids=[text(row[0]) for row in ROWS])
def test_one_number_a_product(program: Array, made: str) -> None:
    assert text(collected({"f": program}, {})[0]["f"]) == made


def test_what_somebody_else_needs_keeps_its_number() -> None:
    half = times(number("1/2"), of("exp", X))
    outputs, _ = collected({"f": times(number(2), half), "g": half}, {})
    assert [text(a) for a in outputs.values()] == ["2 (1/2 exp(x))", "1/2 exp(x)"]


def test_a_node_with_a_line_of_its_own_keeps_its_number() -> None:
    node = times(number("1/2"), of("exp", of("sin", of("cos", X))))
    outputs, nodes = collected({"f": times(number(2), node)}, {node: "h"})
    assert text(outputs["f"]) == "2 (1/2 exp(sin(cos(x))))"
    assert list(nodes.values()) == ["h"]


def test_a_condition_takes_no_number() -> None:
    condition = Map("greater", (X, Literal(Fraction(0))), ((0,), ()), ("n",), "bool")
    product = times(condition, times(number(2), Y))
    made = collected({"f": times(number(3), product)}, {})[0]["f"]
    assert isinstance(made, Map)
    assert made.args[0] == condition
    assert text(made.args[1]) == "6 y"
