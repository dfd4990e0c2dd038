"""A program over one more, leading axis: so that the fast form of a function of vectors runs over many of them at
once."""

from __future__ import annotations

from collections.abc import Mapping

from derivations.emit.program import (
    AddDiagonal,
    Array,
    Constant,
    Contract,
    Counter,
    Diagonal,
    Entry,
    Input,
    Length,
    Literal,
    Map,
    Permute,
    Reduce,
    Softmax,
    Spread,
)
from derivations.formula import Size


class NotBatched(Exception):
    """An operation that has no form over a leading axis."""


def with_batch(outputs: Mapping[str, Array], size: Size) -> tuple[dict[str, Array], dict[Array, Array]]:
    """The outputs with an axis of that size in front of every argument, and what each array became. Raises
    `NotBatched`."""
    made: dict[Array, Array] = {}

    def visit(a: Array) -> Array:
        if a not in made:
            made[a] = step(a)
        return made[a]

    def has(a: Array) -> bool:
        return len(visit(a).shape) > len(a.shape)

    def places(a: Array, old: tuple[int, ...]) -> tuple[int, ...]:
        moved = tuple(p + 1 for p in old)
        return (0, *moved) if has(a) else moved

    def step(a: Array) -> Array:
        match a:
            case Input(name, sizes):
                return Input(name, (size, *sizes))
            case Literal() | Constant() | Length() | Counter():
                return a
            case Map(fn, args, old, sizes, kind):
                if not any(has(x) for x in args):
                    return a
                return Map(
                    fn,
                    tuple(visit(x) for x in args),
                    tuple(places(x, p) for x, p in zip(args, old, strict=True)),
                    (size, *sizes),
                    kind,
                )
            case Reduce(op, arg, axes) if has(arg):
                return Reduce(op, visit(arg), tuple(k + 1 for k in axes))
            case Softmax(arg, axis) if has(arg):
                return Softmax(visit(arg), axis + 1)
            case Contract(x, y, la, lb, out) if has(x) or has(y):
                new = 1 + max((*la, *lb))
                return Contract(
                    visit(x), visit(y), (new, *la) if has(x) else la, (new, *lb) if has(y) else lb, (new, *out)
                )
            case Permute(arg, order) if has(arg):
                return Permute(visit(arg), (0, *(k + 1 for k in order)))
            case Entry(arg, axis, at) if has(arg):
                return Entry(visit(arg), axis + 1, at)
            case Diagonal(arg, p, q) if has(arg):
                return Diagonal(visit(arg), p + 1, q + 1)
            case Spread(arg, place, sizes):
                return Spread(visit(arg), places(arg, place), (size, *sizes))
            case AddDiagonal(base, values, p, q, old) if has(base):
                return AddDiagonal(visit(base), visit(values), p + 1, q + 1, places(values, old))
            case _:
                raise NotBatched

    result = {key: visit(a) for key, a in outputs.items()}
    if not all(has(a) for a in outputs.values()):
        raise NotBatched
    return result, made
