"""The operations of a program as a person orders them; every result is the same to the last digit. Columns that are
picked are rows of the transpose, a sum of sums is taken at once.

    (Bᵀ Aᵀ)ᵀ → A B        (X - Yᵀ)ᵀ → Xᵀ - Y        -Σ (x - y) z → Σ (y - x) z        x + -1 → x - 1
    x y beside y x → x y twice, which is computed once         Σ_i (Σ_j x) → Σ_ij x
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from derivations.emit.program import (
    Array,
    Contract,
    Gather,
    Literal,
    Map,
    Permute,
    Reduce,
    entry_by_entry,
    in_order,
    operands,
    over,
    rewritten,
)

TURNED = (1, 0)


def neater(outputs: Mapping[str, Array], nodes: Mapping[Array, str]) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes after all of these."""
    readers: Counter[Array] = Counter()
    for a in in_order(tuple(outputs.values())):
        readers.update(operands(a))
    kept = {a for a, count in readers.items() if count > 1} | {*nodes} | {*outputs.values()}
    results = {*outputs.values()}

    def once(a: Array) -> bool:
        """Whether nobody but this operation needs its operands."""
        return all(readers[o] == 1 and o not in results for o in operands(a)[:1])

    seen: dict[tuple[str, frozenset[tuple[Array, tuple[int, ...]]]], Array] = {}

    def rule(a: Array, visit: Callable[[Array], Array]) -> Array:
        free = not (set(operands(a)) & kept)
        made = over(a, visit)
        if isinstance(made, Map) and TURNED in made.places and len(made.sizes) == 2:
            made = _turned_at_their_places(made, [x not in kept for x in operands(a)])
        match made:
            case Gather(matrix, 1, at) if len(matrix.shape) == 2:
                return Gather(_transposed(matrix, False), 0, at)
            case Permute(Contract() as c, order) if order == TURNED:
                return _transposed(c, free)
            case Permute(Map() as inner, order) if once(a) and order == TURNED and _turns(inner):
                return _turned(inner)
            case Contract():
                return _with_operands_turned(made, [x not in kept for x in operands(a)])
            case Map("negative", (Contract() | Reduce("sum") as inner,)) if free:
                of = operands(operands(a)[0])
                if (made_of := _reversed(inner, [readers[x] == 1 and x not in results for x in of])) is not None:
                    return made_of
            case Reduce("sum" | "max" | "min" as op, Reduce() as inner, axes) if free and inner.op == op:
                return _at_once(inner, axes)
            case Reduce("sum", Map("negative", (x,)), axes) if free and x.kind == "float":
                return entry_by_entry("negative", Reduce("sum", x, axes))
            case Map("add" | "subtract", (Contract() as x, Contract() as y), (p, q)) if (
                free and p == q == (*range(len(p)),) and (joined := _over_common(made.fn, x, y)) is not None
            ):
                return joined
            case Map("add" | "subtract" as fn, (x, Map("negative", (y,))), (p, q)) if (
                operands(a)[1] not in kept and made.kind == "float"
            ):
                return Map("add" if fn == "subtract" else "subtract", (x, y), (p, q), made.sizes)
            case Map("add", (x, Literal(number)), (at, ())) if number < 0 and x.kind != "static":
                return Map("subtract", (x, Literal(-number)), (at, ()), made.sizes, made.kind)
            case Map("multiply" | "add", (x, y), (p, q)) if x.kind == y.kind == "float":
                return seen.setdefault((made.fn, frozenset({(x, p), (y, q)})), made)
        return made

    return rewritten(outputs, nodes, rule)


def _over_common(fn: str, x: Contract, y: Contract) -> Contract | None:
    """A C ± B C → (A ± B) C: one product."""
    if (x.la, x.lb, x.out) == (y.la, y.lb, y.out):
        if x.b == y.b and x.a.shape == y.a.shape:
            return replace(x, a=entry_by_entry(fn, x.a, y.a))
        if x.a == y.a and x.b.shape == y.b.shape:
            return replace(x, b=entry_by_entry(fn, x.b, y.b))
    return None


def _transposed(a: Array, alone: bool) -> Array:
    """The transpose of a matrix; of a product that nobody else needs the product of the transposes."""
    if isinstance(a, Permute) and a.order == TURNED:
        return a.arg
    if alone and isinstance(a, Contract) and len(a.la) == len(a.lb) == 2:
        return _labelled(a.b, a.a, a.lb, a.la, a.out[::-1])
    return Permute(a, TURNED)


def _with_operands_turned(c: Contract, alone: list[bool]) -> Contract:
    """The same with matrices of entries, and products of two transposes, turned that are shorter so."""
    if alone[0] and _of_transposes(c.a):
        c = replace(c, a=_transposed(c.a, True), la=c.la[::-1])
    if alone[1] and _of_transposes(c.b):
        c = replace(c, b=_transposed(c.b, True), lb=c.lb[::-1])
    a, b = (
        _turned(x) if one and isinstance(x, Map) and _turns(x) else x for x, one in zip((c.a, c.b), alone, strict=True)
    )
    return _labelled(a, b, c.la[::-1] if a is not c.a else c.la, c.lb[::-1] if b is not c.b else c.lb, c.out)


def _labelled(a: Array, b: Array, la: tuple[int, ...], lb: tuple[int, ...], out: tuple[int, ...]) -> Contract:
    """A contraction with labels in order of appearance, so that two that are equal are one."""
    number = {label: k for k, label in enumerate(dict.fromkeys((*la, *lb)))}
    return Contract(a, b, *(tuple(number[k] for k in labels) for labels in (la, lb, out)))


def _turned_at_their_places(a: Map, alone: list[bool]) -> Map:
    """The same with operands that are matrices of numbers turned, instead of read the other way round."""
    turn = [at == TURNED and x.kind == "float" for x, at in zip(a.args, a.places, strict=True)]
    args = [_transposed(x, one) if t else x for x, one, t in zip(a.args, alone, turn, strict=True)]
    places = [at[::-1] if t else at for at, t in zip(a.places, turn, strict=True)]
    return Map(a.fn, tuple(args), tuple(places), a.sizes, a.kind)


def _turns(a: Map) -> bool:
    """Whether a matrix of entries is shorter if its operands are turned instead."""
    whole = [x for x, at in zip(a.args, a.places, strict=True) if len(at) == 2 and not _swaps(x)]
    turned = sum(isinstance(x, Permute) for x in whole)
    if len(a.sizes) != 2 or any(x.kind != "float" for x in whole):
        return False
    return all(at in ((), (0, 1)) for at in a.places) and 0 < turned >= len(whole) - turned


def _turned(a: Map) -> Map:
    args = tuple(
        x if not at else x.arg if isinstance(x, Permute) else _swapped(x) if _swaps(x) else Permute(x, TURNED)
        for x, at in zip(a.args, a.places, strict=True)
    )
    return Map(a.fn, args, a.places, a.sizes[::-1], a.kind)


def _of_transposes(a: Array) -> bool:
    """Whether an array is Aᵀ Bᵀ for matrices as they are."""
    if not isinstance(a, Contract) or not len(a.la) == len(a.lb) == len(a.out) == 2:
        return False
    row, column = a.out
    return a.la[1] == row and a.lb[0] == column and a.la[0] == a.lb[1]


def _swaps(a: Array) -> bool:
    """Whether the entries of a matrix are made of vectors and numbers alone: 1[y_t = k] has either index first."""
    return (
        isinstance(a, Map)
        and len(a.sizes) == 2
        and all(len(at) < 2 or (at == (0, 1) and _swaps(x)) for x, at in zip(a.args, a.places, strict=True))
    )


def _swapped(a: Array) -> Array:
    assert isinstance(a, Map)
    args = tuple(_swapped(x) if len(at) == 2 else x for x, at in zip(a.args, a.places, strict=True))
    places = tuple(at if len(at) == 2 else tuple(1 - k for k in at) for at in a.places)
    return Map(a.fn, args, places, a.sizes[::-1], a.kind)


def _at_once(inner: Reduce, axes: tuple[int, ...]) -> Reduce:
    """A sum of sums over all of their axes: Σ_i Σ_j x_ij."""
    left = [k for k in range(len(inner.arg.shape)) if k not in inner.axes]
    return Reduce(inner.op, inner.arg, tuple(sorted((*inner.axes, *(left[k] for k in axes)))))


def _reversed(a: Contract | Reduce, alone: list[bool]) -> Array | None:
    """-Σ (x - y) … as Σ (y - x) …"""
    for k, (x, one) in enumerate(zip(operands(a), alone, strict=True)):
        if one and isinstance(x, Map) and x.fn == "subtract":
            turned = Map("subtract", x.args[::-1], x.places[::-1], x.sizes, x.kind)
            if isinstance(a, Reduce):
                return Reduce(a.op, turned, a.axes)
            return Contract(*((a.a, turned) if k else (turned, a.b)), a.la, a.lb, a.out)
    return None
