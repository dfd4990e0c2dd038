"""Conditions, indicators, δ and cases; entry by entry where their operands are tensors."""

from __future__ import annotations

from collections.abc import Callable

from derivations.formula import Add, And, Cases, Delta, IndexExpr, IndexVal, Mul, Node, Not, Num, Or, Rel, indicator
from derivations.notation.read.case_lists import NoValue
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.entries import index_expressions
from derivations.notation.read.meaning.index_numbers import one_index
from derivations.notation.read.meaning.values import Val, identity
from derivations.notation.read.surface import (
    CONDITIONS,
    AllOf,
    AnyOf,
    ByCases,
    Group,
    IndexedDelta,
    Indicator,
    Kronecker,
    Negation,
    Relation,
    Surface,
)


def kronecker_call(meaning: Meaning, t: Kronecker) -> Val:
    if len(t.parts) != 2:
        raise meaning.fail("δ takes two indices", t, "delta(i, j)", "index")
    where = [index_value(meaning, meaning.value(a).node, a) for a in t.parts]
    return Val(delta_of(meaning, where[0], where[1], t))


def index_value(meaning: Meaning, node: Node | None, t: Surface) -> IndexExpr:
    if isinstance(node, IndexVal):
        return node.at
    if isinstance(node, Num) and node.value.denominator == 1 and node.value >= 1:
        return int(node.value)
    raise meaning.fail(f"{meaning.source((t.start, t.end))} is no index", t, "an index", "index")


def delta_subscripts(meaning: Meaning, t: IndexedDelta) -> Val:
    """δ_ij."""
    where = index_expressions(meaning, t.items, 2, t, "δ")
    if len(where) != 2 or None in where:
        raise meaning.unknown("delta", t)
    return Val(delta_of(meaning, where[0], where[1], t))  # type: ignore[arg-type]


def delta_of(meaning: Meaning, a: IndexExpr, b: IndexExpr, t: Surface) -> Node:
    meaning.relate(a, b, t)
    return identity(a, b) if isinstance(a, int) and isinstance(b, int) else Delta(a, b, (t.start, t.end))


_JOINED: dict[type[Surface], Callable[..., Node]] = {
    AllOf: lambda *parts: And(parts),
    AnyOf: lambda *parts: Or(parts),
    Negation: lambda part: Not(part),
}


def condition(meaning: Meaning, t: Surface) -> Val:
    """A condition; entry by entry where its sides are tensors."""
    if isinstance(t, Group):
        return condition(meaning, t.body)
    if isinstance(t, Relation):
        return relation(meaning, t)
    if isinstance(t, (AllOf, AnyOf, Negation)):
        values = [condition(meaning, a) for a in t.below()]
        make = _JOINED[type(t)]
        return meaning.elementwise(values, make, "a condition", (t.start, t.end))
    raise meaning.fail("a value stands where a condition was expected", t, "a condition, as in x > 0", "relation")


def relation(meaning: Meaning, t: Relation) -> Val:
    values = [meaning.value(a) for a in t.sides]
    span = (t.start, t.end)
    parts: list[Val] = []
    for op, a, b, left, right in zip(t.ops, values, values[1:], t.sides, t.sides[1:], strict=False):
        a, b = (Val(one_index(v.node), span=v.span) if isinstance(v.node, (Add, Mul)) else v for v in (a, b))
        if isinstance(a.node, IndexVal) and isinstance(b.node, IndexVal):
            meaning.relate(a.node.at, b.node.at, t)
        if op not in ("==", "!="):
            pass  # only an equality of indices becomes a δ; other comparisons keep their numbers
        elif (
            isinstance(a.node, IndexVal)
            and isinstance(b.node, Num)
            and b.node.value.denominator == 1
            and b.node.value >= 1
        ):
            b = Val(IndexVal(int(b.node.value), (right.start, right.end)))
        elif (
            isinstance(b.node, IndexVal)
            and isinstance(a.node, Num)
            and a.node.value.denominator == 1
            and a.node.value >= 1
        ):
            a = Val(IndexVal(int(a.node.value), (left.start, left.end)))
        parts.append(meaning.elementwise([a, b], lambda x, y, op=op: Rel(op, x, y, span), "a comparison", span))
    if len(parts) == 1:
        return parts[0]
    return meaning.elementwise(parts, lambda *n: And(n, span), "a comparison", span)


def indicated(meaning: Meaning, t: Indicator) -> Val:
    span = (t.start, t.end)
    inner = t.body
    while isinstance(inner, Indicator):  # 1_{[a > 0]}
        inner = inner.body
    if not isinstance(inner, (*CONDITIONS, Group)):
        raise meaning.fail("an indicator needs a condition", inner, "a condition, as in 1[x > 0]", "relation")
    meaning.indicators.append(span)
    return meaning.elementwise([condition(meaning, inner)], lambda c: indicator(c), "an indicator", span)


def no_value(meaning: Meaning, t: NoValue) -> Val:
    """undefined, where no case has it."""
    why = "that there is no value is said of a case, and not within a formula"
    raise meaning.fail(why, t, "a case, as in: undefined if z = 0", "nowhere")


def by_cases(meaning: Meaning, t: ByCases) -> Val:
    conditions = [condition(meaning, c) for c in t.conditions]
    values = [meaning.value(v) for v in t.values]
    rest = [] if t.otherwise is None else [meaning.value(t.otherwise)]
    span = (t.start, t.end)
    n = len(conditions)
    most = max(len(v.sizes) for v in [*values, *rest])
    for held, said in zip(conditions, t.conditions, strict=True):
        if len(held.sizes) > most > 0:
            shown = meaning.source((said.start, said.end))
            raise meaning.fail(f"{shown} is no condition on one value", said, "a condition at an index", "relation")
    if n == 0:
        return rest[0] if rest else no_value(meaning, NoValue(t.start, t.end))

    def build(*nodes: Node) -> Node:
        return Cases(tuple(zip(nodes[:n], nodes[n : 2 * n], strict=True)), nodes[2 * n] if rest else None, span)

    return meaning.elementwise([*conditions, *values, *rest], build, "cases", span)
