"""Facts as rules: those of a domain (Σ_k t_k = 1), and those that are stated in words of the notation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from derivations.calculus import is_zero, partial
from derivations.domains import Declared, Names
from derivations.folding.matching import Fold
from derivations.formula import (
    MINUS_ONE,
    ONE,
    TWO,
    Add,
    Bound,
    Delta,
    Elem,
    Formula,
    Index,
    Mul,
    Node,
    Pow,
    SizeVal,
    add,
    div,
    mul,
    names_in,
    neg,
    num,
    reindex,
    replace_elems,
    total,
)
from derivations.frozen import frozen
from derivations.notation import ReadError, read, read_statement
from derivations.sendable import Sendable
from derivations.simplify.tidy import tidy


def facts_of(row: Declared) -> tuple[Fold, ...]:
    """The rules that a name's domain gives."""
    axes = tuple(Index(f"a{k}", s) for k, s in enumerate(row.sizes))
    element = Elem(row.name, axes)
    made = []
    if row.domain.has("partition"):
        made.append(Fold(f"entries of `{row.name}` sum to 1", total(axes[-1:], element), frozenset(axes[:-1]), ONE))
    if row.domain.has("orthonormal"):
        one, two = Index("r", row.sizes[1]), Index("c", row.sizes[1])
        gram = total(axes[:1], mul(Elem(row.name, (axes[0], one)), Elem(row.name, (axes[0], two))))
        made.append(Fold(f"the columns of `{row.name}` are orthonormal", gram, frozenset((one, two)), Delta(one, two)))
    if row.domain.has("idempotent"):
        made.append(Fold(f"`{row.name}` is 0 or 1", Pow(element, TWO), frozenset(axes), element))
    if row.domain.has("involution"):
        made.append(Fold(f"`{row.name}` is -1 or +1", Pow(element, TWO), frozenset(axes), ONE))
        made.append(Fold(f"`{row.name}` is -1 or +1", Pow(element, MINUS_ONE), frozenset(axes), element))
    return tuple(made)


class FactError(Sendable, ValueError):
    """A fact that cannot be used: its author's fault. `text` is the fact, `span` a place in it."""

    def __init__(self, message: str, text: str, span: tuple[int, int] | None = None):
        super().__init__(message)
        self.text, self.span = text, span or (0, len(text))


@frozen
class Fact:
    """An equation between the names that holds by statement, `sum_k t_k = 1`: as a rule, and as what drawn points must
    satisfy.

    `residual` is left - right (its slots as axes), linear in the input `name`: points are moved along that name until
    it is 0.
    """

    text: str
    fold: Fold
    residual: Formula
    name: str


def facts_from(texts: Sequence[str], names: Names) -> tuple[Fact, ...]:
    """Facts as they are typed. Raises `FactError` where one cannot be read or used."""
    return tuple(_fact(text, names) for text in texts)


def equation(text: str, names: Names, what: str = "fact") -> tuple[Formula, Node, Node]:
    """(left, right, left - right) of an equation, the sides over the slots of the left one. Raises `FactError`."""
    return related(text, names, what)[:3]


def related(
    text: str, names: Names, what: str, signs: Sequence[str] = ("=",), said: str = "equation"
) -> tuple[Formula, Node, Node, str]:
    """(left, right, left - right, the sign between them), the sign being one of a few."""
    both = _together(text, names)
    try:
        statement = read_statement(text, names)
    except ReadError as error:
        if both is not None:
            return (*both, "=")
        raise FactError(f"the {what} {text!r}: {error}", text, error.span) from error
    parts = [part for line in statement.lines for part in line.parts]
    sign = "".join(op for line in statement.lines for op in line.ops)
    if len(parts) != 2 or sign not in signs:
        raise FactError(
            f"the {what} {text!r} is not one {said} between declared names; write it like sum_k t_k {signs[0]} 1", text
        )
    left, right = parts
    if both is not None and [i.size for i in left.axes] != [i.size for i in right.axes]:
        return (*both, "=")
    slots, onto = left.free + left.axes, right.free + right.axes
    if any(i not in slots for i in right.free) or (
        right.axes and [i.size for i in left.axes] != [i.size for i in right.axes]
    ):
        raise FactError(f"the two sides of the {what} {text!r} have different shapes", text)
    value = reindex(right.body, dict(zip(right.axes, left.axes, strict=True)) if onto else {})
    return left, value, tidy(add(left.body, neg(value)), names), sign


def _together(text: str, names: Names) -> tuple[Formula, Node, Node] | None:
    """The same of two sides that are read together: the I of WᵀW = I has the size of the other side."""
    if text.count("=") != 1:
        return None
    left, right = text.split("=")
    try:
        both, one = read(f"({left}) - ({right})", names), read(left, names)
    except ReadError:
        return None
    if both.shape_error is not None or both.free or [i.size for i in both.axes] != [i.size for i in one.axes]:
        return None
    residual = tidy(reindex(both.body, dict(zip(both.axes, one.axes, strict=True))), names)
    return one, tidy(add(one.body, neg(residual)), names), residual


def _fact(text: str, names: Names) -> Fact:
    left, value, residual = equation(text, names)
    slots = left.free + left.axes
    for name in sorted(names_in(residual), reverse=True):
        row = names.get(name)
        if row is not None and row.role == "input":
            at = tuple(Index(f"s{k}", s) for k, s in enumerate(row.sizes))
            slope = partial(residual, Elem(name, at))
            if not is_zero(slope) and name not in names_in(slope):
                fold = Fold(f"fact {text.strip()}", tidy(left.body, names), frozenset(slots), value)
                return Fact(text, fold, Formula(residual, slots, names=names), name)
    raise FactError(
        (
            f"the fact {text!r} is not linear in any name; declare what it says as a domain (onehot, simplex, "
            "orthonormal, symmetric)"
        ),
        text,
    )


def tied(names: Names, facts: Sequence[Fact]) -> Names:
    """The names under which a fact holds by itself: what it ties is a node of a free name, so that whoever judges or
    draws needs not know of facts.

        c sum_k t_k = a    t_k = s_k - (c sum_j s_j - a)/(c K)          t = a    t = s - (s - a)

    Raises `FactError` where a fact is of another form, ties a name that is no real number or array, or one that another
    ties already.
    """
    for fact in facts:
        row = names[fact.name]
        if row.role != "input" or row.domain.name != "real":
            raise FactError(
                f"the fact {fact.text!r} ties {fact.name}, which is no plain real name, or tied already", fact.text
            )
        free = f"{fact.name}_free"
        while free in names:
            free += "_"
        factor, summed, at = _tying(fact)
        axes = tuple(Index(f"a{k}", s) for k, s in enumerate(row.sizes))
        here = reindex(fact.residual.body, {i: axis for i, axis in zip(at, axes, strict=True) if i not in summed})
        moved = _called(here, fact.name, free)
        whole = mul(factor, *(num(i.size) if isinstance(i.size, int) else SizeVal(str(i.size)) for i in summed))
        body = tidy(add(Elem(free, axes), neg(div(moved, whole))), names)
        names = names.with_rows(Declared(free, row.domain, row.sizes))
        names = names.with_rows(replace(row, role="node", definition=Formula(body, axes, names=names)))
    return Names(names.values(), (), names.entrywise)


def _called(body: Node, name: str, other: str) -> Node:
    """A tree with a name called otherwise."""
    return replace_elems(body, lambda part: Elem(other, part.at) if part.name == name else None)


def _tying(fact: Fact) -> tuple[Node, tuple[Index, ...], tuple[Index, ...]]:
    """(c, the indices that are summed over, those of the name) of a fact c Σ t = a. Raises `FactError`."""
    factor, core = _core(fact.residual.body, fact.name)
    summed: tuple[Index, ...] = ()
    at: tuple[Any, ...] | None = None
    match core:
        case Elem(_, at):
            pass
        case Bound("sum", summed, Elem(_, at)):
            pass
    known = {*fact.residual.axes, *fact.residual.free, *summed}
    if (
        at is None
        or len(set(at)) != len(at)
        or set(at) != known
        or any(not isinstance(i.size, int | str) for i in summed)
    ):
        raise FactError(
            f"the fact {fact.text!r} is no sum of the entries of {fact.name}, as in sum_k t_k = 1", fact.text
        )
    return factor, summed, tuple(at)


def _core(node: Node, name: str) -> tuple[Node, Node]:
    """The part of a tree that holds a name, below sums and products, and its factor in the tree."""
    holding = [part for part in node.args if name in names_in(part)] if isinstance(node, Add | Mul) else []
    if len(holding) != 1:
        return ONE, node
    factor, core = _core(holding[0], name)
    others = (part for part in node.args if part is not holding[0]) if isinstance(node, Mul) else ()
    return mul(*others, factor), core
