"""Losses as PyTorch names them, of an input a and a target b: for each entry or for each row, then reduced.

    mse_loss  (a - b)²                          binary_cross_entropy              -b log a - (1 - b) log(1 - a)
    l1_loss   |a - b|                           binary_cross_entropy_with_logits  softplus(a) - a b
    nll_loss  -a_y, or -Σ_k b_k a_k             cross_entropy                     nll_loss of log softmax(a)

The classes of a row run along the last axis. Source: the documentation of torch.nn.functional.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivations.formula import MINUS_ONE, ONE, TWO, Bound, Call, IndexExpr, Node, Pow, mul, neg, power, sub
from derivations.notation.read.meaning.arrays import position
from derivations.notation.read.meaning.binding import total
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.entries import check_axis
from derivations.notation.read.meaning.index_numbers import size_node
from derivations.notation.read.meaning.values import Val, find, indices_of, unify
from derivations.notation.read.surface import OfCode

OF_ENTRIES: Mapping[str, Callable[[Node, Node], Node]] = MappingProxyType(
    {
        "mse_loss": lambda a, b: Pow(sub(a, b), TWO),
        "l1_loss": lambda a, b: Call("abs", (sub(a, b),)),
        "binary_cross_entropy": lambda a, b: sub(
            neg(mul(b, Call("log", (a,)))), mul(sub(ONE, b), Call("log", (sub(ONE, a),)))
        ),
        "binary_cross_entropy_with_logits": lambda a, b: sub(Call("softplus", (a,)), mul(a, b)),
    }
)
"""The loss of an entry."""


def loss(meaning: Meaning, t: OfCode) -> Val:
    """A loss, by its name and its reduction: `loss:mse_loss:mean`."""
    _, name, reduction = t.function.split(":")
    a, b = (meaning.value(part) for part in t.parts)
    span = (t.start, t.end)
    if name in OF_ENTRIES:
        if len(a.sizes) != len(b.sizes) or not all(map(unify, a.sizes, b.sizes)):
            raise meaning.shape_fault(name, [a, b], span, "input and target have one shape")
        each = meaning.elementwise([a, b], OF_ENTRIES[name], name, span)
    else:
        each = _of_rows(meaning, t, a, b, name)
    if reduction == "none" or not each.sizes:
        return each
    indices = tuple(meaning.index("i", size) for size in each.sizes)
    summed = total(indices, each.entry(*indices), span)
    count = mul(*(power(size_node(find(size)), MINUS_ONE) for size in each.sizes))
    return Val(summed if reduction == "sum" else mul(count, summed))


def _of_rows(meaning: Meaning, t: OfCode, a: Val, b: Val, name: str) -> Val:
    """The loss of every row: what its class, or its classes by their probabilities, cost."""
    if not 1 <= len(a.sizes) <= 2:
        raise meaning.shape_fault(name, [a], (t.start, t.end), "a row of classes, or a matrix of rows")
    rows, classes = a.sizes[:-1], a.sizes[-1]
    soft = len(b.sizes) == len(a.sizes) and unify(b.sizes[-1], classes)
    if len(b.sizes) != len(rows) + soft or not all(map(unify, b.sizes, rows)):
        raise meaning.shape_fault(name, [a, b], (t.start, t.end), "a class, or its probabilities, for every row")

    def cost(at: tuple[IndexExpr, ...], k: IndexExpr) -> Node:
        if name == "nll_loss":
            return neg(a.entry(*at, k))
        over = meaning.index("k", classes)
        return sub(Bound("logsumexp", indices_of(over), a.entry(*at, over)), a.entry(*at, k))

    def row(*at: IndexExpr) -> Node:
        if not soft:
            chosen = position(meaning, b, at, t)
            check_axis(meaning, chosen, classes, 1, t, name)
            return cost(at, chosen)
        k = meaning.index("k", classes)
        return total((k,), mul(b.entry(*at, k), cost(at, k)), (t.start, t.end))

    return meaning.made(rows, row, a, b) if rows else Val(row())
