"""The numbers of a product in one, at its smallest factor, in the operations of a program.

    2 (c (½ s)) → c s      ½ m (2 t) → m t      c (½ s) → ½ c s      -(½ x) → -½ x      x x → x²      1/s x → x/s

What somebody else needs too keeps its own number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from derivations.emit.printer import FEW, cheap
from derivations.emit.program import (
    Array,
    Length,
    Literal,
    Map,
    Reduce,
    entry_by_entry,
    in_order,
    operands,
    over,
    rewritten,
)


def collected(outputs: Mapping[str, Array], nodes: Mapping[Array, str]) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes with one number a product."""
    readers = Counter(o for a in in_order(tuple(outputs.values())) for o in operands(a))
    needed = {a for a, count in readers.items() if count > 1} | {*outputs.values()} | {a for a in nodes if _long(a)}
    whole: set[Array] = set()
    """What is computed as it is, because somebody else needs it."""

    def rule(a: Array, visit: Callable[[Array], Array]) -> Array:
        made = over(a, visit)
        if isinstance(made, Map) and made.fn in ("multiply", "divide", "negative"):
            number, rest = _apart(_squared(made), whole)
            made = _over(_times(number, rest, whole), whole)
        if a in needed:
            whole.add(made)
        return made

    return rewritten(outputs, nodes, rule)


def _long(node: Array) -> bool:
    """Whether a node has a line of its own."""
    return sum(not cheap(a) for a in in_order((node,))) > FEW


def _apart(a: Array, whole: Collection[Array]) -> tuple[Fraction, Array]:
    """The product of the numbers above the line of a product, and the rest of it."""
    if isinstance(a, Literal) and a.value:
        return a.value, Literal(Fraction(1))
    if not isinstance(a, Map) or a in whole or a.kind not in ("float", "static"):
        return Fraction(1), a
    match a:
        case Map("negative", (x,), (at,), sizes) if at == _all(sizes):
            number, rest = _apart(x, whole)
            return -number, rest
        case Map("multiply", (x, y)):
            (one, x), (other, y) = _apart(x, whole), _apart(y, whole)
            return one * other, _without_one(replace(a, args=(x, y)))
        case Map("divide", (x, y)):
            number, x = _apart(x, whole)
            return number, replace(a, args=(x, y))
    return Fraction(1), a


def _without_one(a: Map) -> Array:
    """1 x → x, where x has the shape of the product."""
    for one, x, at in zip(a.args, a.args[::-1], a.places[::-1], strict=True):
        if one == Literal(Fraction(1)) and x.kind in ("float", "static") and (at, x.shape) == (_all(a.sizes), a.sizes):
            return x
    return a


def _times(number: Fraction, a: Array, whole: Collection[Array]) -> Array:
    """A product with a number at the smallest of its factors above the line, the first of these."""
    if number == 1:
        return a
    if isinstance(a, Literal):
        return Literal(number * a.value)
    if isinstance(a, Map) and a not in whole and a.fn in ("multiply", "divide") and not (number == -1 and _mean(a)):
        x, y = a.args
        first = a.fn == "divide" or _rank(x, whole) <= _rank(y, whole)
        return replace(a, args=(_times(number, x, whole), y) if first else (x, _times(number, y, whole)))
    if number == -1:
        return entry_by_entry("negative", a, kind=a.kind)
    return Map("multiply", (Literal(number), a), ((), _all(a.shape)), a.shape, a.kind)


def _mean(a: Map) -> bool:
    """Whether a quotient is the mean of an array, which libraries have."""
    return a.fn == "divide" and isinstance(a.args[0], Reduce) and isinstance(a.args[1], Length)


def _rank(a: Array, whole: Collection[Array]) -> float:
    """The axes of the smallest factor of a product that can take a number."""
    if isinstance(a, Literal):
        return -1
    if isinstance(a, Map) and a not in whole and a.fn in ("multiply", "divide"):
        return min(_rank(x, whole) for x in (a.args if a.fn == "multiply" else a.args[:1]))
    return len(a.shape) if a.kind in ("float", "static") else float("inf")


def _squared(a: Map) -> Map:
    match a:
        case Map("multiply", (x, y), (p, q)) if (x, p) == (y, q) and x.kind == "float":
            return Map("square", (x,), (p,), a.sizes, a.kind)
    return a


def _over(a: Array, whole: Collection[Array]) -> Array:
    """(1/s) x → x/s, where x has every axis."""
    match a:
        case Map("multiply", (Map("divide", (Literal(number), s), ((), at)) as share, x), (p, q), sizes, "float") if (
            number == 1 and share not in whole and x.kind == "float" and q == _all(sizes)
        ):
            return Map("divide", (x, s), (q, tuple(p[k] for k in at)), sizes)
    return a


def _all(sizes: tuple[object, ...]) -> tuple[int, ...]:
    return tuple(range(len(sizes)))
