"""A formula as Maxima reads it: `x^2*exp(-z)`, its sums and arrays of stated sizes written out entry by entry.

Sums over sizes that are letters, cases, and what Maxima has no function for cannot be held: `CannotHold` says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from types import MappingProxyType

from derivations.atoms import unfold
from derivations.formula import (
    Add,
    Bound,
    Call,
    Const,
    Delta,
    Elem,
    Formula,
    Index,
    IndexVal,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    reindex,
)
from derivations.notation import spelling

FUNCTIONS: Mapping[str, str] = MappingProxyType({
    "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
    "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth",
    "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "abs": "abs", "factorial": "factorial",
})  # fmt: skip
"""Our functions and Maxima's; others are written out by their definition."""

RESERVED = frozenset([
    "e", "i", "j", "pi", "inf", "minf", "ind", "und", "infinity", "gamma", "beta", "zeta", "psi", "lambda", "true",
    "false", "and", "or", "not", "if", "then", "else", "do", "for", "while", "in", "at", "diff", "limit", "sum",
    "product", "block", "local", "D", "I", "E", "Pi", "ans1", "right_answer",
])  # fmt: skip
"""Names that are a constant, a function or a word of Maxima's, or that STACK takes for one."""

CONSTANTS: Mapping[str, str] = MappingProxyType({"pi": "%pi", "e": "%e"})

MOST_ENTRIES = 16
"""Entries of an array that a student types."""

SUM, PRODUCT, POWER, ATOM = range(4)


class CannotHold(ValueError):
    """A part that the format has no question for; says why."""


def entries(formula: Formula) -> tuple[tuple[int, ...], list[str]]:
    """The shape of a formula and its entries in Maxima, row by row. Raises `CannotHold`."""
    if formula.free:
        raise CannotHold(f"its answer has an index, {formula.free[0].name}")
    if any(len(group) != 1 for group in formula.groups):
        raise CannotHold("its axes run over several indices")
    shape = tuple(_length(axis) for axis in formula.axes)
    places = list(product(*(range(1, length + 1) for length in shape)))
    if len(places) > MOST_ENTRIES:
        raise CannotHold(f"its answer has {len(places)} entries")
    return shape, [maxima(reindex(formula.body, dict(zip(formula.axes, at, strict=True)))) for at in places]


def matrix(shape: tuple[int, ...], shown: list[str]) -> str:
    """Entries as one value: itself, a column, a matrix. Raises `CannotHold` for more than two axes."""
    match shape:
        case ():
            return shown[0]
        case (_,):
            rows = [[one] for one in shown]
        case (_, width):
            rows = [shown[k : k + width] for k in range(0, len(shown), width)]
        case _:
            raise CannotHold("its answer has more than two axes")
    return f"matrix({', '.join('[' + ', '.join(row) + ']' for row in rows)})"


def maxima(node: Node) -> str:
    """A node without free indices. Raises `CannotHold`."""
    return _text(node, SUM)


def name_at(name: str, at: tuple[int, ...]) -> str:
    """A name at an entry as one name of Maxima's: `w_2`. Raises `CannotHold` where that is a word of its own."""
    stem = spelling.ascii(name).replace("'", "_prime")
    text = "_".join((stem, *map(str, at)))
    if (
        text in RESERVED
        or text.endswith("_put_in")
        or not (text.isascii() and text.replace("_", "").isalnum() and text[0].isalpha())
    ):
        raise CannotHold(f"the name {name} is Maxima's own, or none of its names")
    return text


def _length(index: Index) -> int:
    if not isinstance(index.size, int):
        raise CannotHold(f"its size {index.size} is a letter")
    return index.size


def _text(node: Node, least: int) -> str:
    text, level = _written(node)
    return text if level >= least else f"({text})"


def _written(node: Node) -> tuple[str, int]:
    match node:
        case Num(value):
            return _number(value)
        case Const(name):
            return CONSTANTS[name], ATOM
        case Elem(name, at) if all(isinstance(place, int) for place in at):
            return name_at(name, tuple(place for place in at if isinstance(place, int))), ATOM
        case IndexVal(int() as value):
            return _number(Fraction(value))
        case Delta(int() as a, int() as b):
            return _number(Fraction(a == b))
        case SizeVal(size):
            return name_at(size, ()), ATOM
        case Add(args):
            return _added(args), SUM
        case Mul(args):
            return _multiplied(args), PRODUCT
        case Pow(_, Num(value)) if value < 0:
            return _multiplied((node,)), PRODUCT
        case Pow(base, exponent):
            return f"{_text(base, ATOM)}^{_text(exponent, ATOM)}", POWER
        case Bound(op, indices, body) if op in ("sum", "prod"):
            return _over(op, indices, body)
        case Call(fn, args) if fn in FUNCTIONS:
            return f"{FUNCTIONS[fn]}({', '.join(_text(arg, SUM) for arg in args)})", ATOM
        case Call(fn) if (opened := unfold(node)) is not None and not isinstance(opened, Call):
            return _written(opened)
    raise CannotHold(f"Maxima has no {_called(node)}")


def _added(args: tuple[Node, ...]) -> str:
    out = ""
    for arg in args:
        text = str(arg.value) if isinstance(arg, Num) else _text(arg, PRODUCT)
        out += text if not out or text.startswith("-") else f"+{text}"
    return out


def _multiplied(args: tuple[Node, ...]) -> str:
    """A product, its negative powers below a stroke."""
    sign, above, below = "", [], []
    for arg in args:
        match arg:
            case Num(value):
                sign = "-" if value < 0 else ""
                above += [str(abs(value.numerator))] if abs(value.numerator) != 1 else []
                below += [str(value.denominator)] if value.denominator != 1 else []
            case Pow(base, Num(value)) if value < 0:
                below.append(_text(base if value == -1 else Pow(base, Num(-value)), POWER))
            case _:
                above.append(_text(arg, POWER))
    under = "*".join(below)
    return sign + ("*".join(above) or "1") + (f"/({under})" if len(below) > 1 else f"/{under}" if below else "")


def _called(node: Node) -> str:
    return f"function {node.fn}" if isinstance(node, Call) else {"Cases": "answer by cases", "Bound": "such range"}.get(
        type(node).__name__, type(node).__name__
    )  # fmt: skip


def _number(value: Fraction) -> tuple[str, int]:
    if value.denominator != 1:
        return f"({value.numerator}/{value.denominator})", ATOM
    return (str(value), ATOM) if value >= 0 else (f"({value})", ATOM)


def _over(op: str, indices: tuple[Index, ...], body: Node) -> tuple[str, int]:
    places = list(product(*(range(1, _length(index) + 1) for index in indices)))
    if not 0 < len(places) <= MOST_ENTRIES:
        raise CannotHold(f"it has a sum of {len(places)} terms")
    every = tuple(reindex(body, dict(zip(indices, at, strict=True))) for at in places)
    return (_added(every), SUM) if op == "sum" else (_multiplied(every), PRODUCT)
