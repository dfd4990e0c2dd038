"""One truth in several forms, all equal: the steps of its derivation, its nodes unfolded level by level, its products
spread. Each has slips of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from derivations.atoms import ATOMS
from derivations.domains import Names
from derivations.formula import (
    Add,
    Bound,
    Call,
    Deriv,
    Elem,
    Formula,
    Index,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    add,
    call,
    count,
    free_indices,
    instantiate,
    map_up,
    mul,
    num,
    over,
    power,
    reindex,
    replace_elems,
    total,
    walk,
)

LEVELS, MOST, LARGEST = 4, 8, 100
"""Levels of unfolding, forms in all, and nodes of a form: slips are made in formulas that a person would write."""


def forms(truth: Formula, derivation: Any = None) -> tuple[Formula, ...]:
    """Other forms of a truth, the most alike first; the truth itself is not among them."""
    found: dict[Formula, None] = {}
    for form in _all(truth, derivation):
        if form != truth and count(form.body) <= LARGEST and not any(isinstance(n, Deriv) for n in walk(form.body)):
            found.setdefault(replace(form, names=truth.names, source=None))
        if len(found) >= MOST:
            break
    return tuple(found)


def _all(truth: Formula, derivation: Any) -> Iterator[Formula]:
    lemmas = derivation.lemmas if derivation is not None else ()
    if lemmas:
        steps = lemmas[-1].steps
        yield from (*(s.after for s in reversed(steps)), *(s.before for s in steps[:1]))
    names = truth.names
    level = truth
    for _ in range(LEVELS):
        for other in (spread_products(level.body), gathered(level.body), written_out(level.body)):
            if other is not level.body:
                yield replace(level, body=other)
        body = unfold_once(level.body, names)
        if body is level.body:
            return
        level = replace(level, body=body)
        yield level


def unfold_once(node: Node, names: Names | None) -> Node:
    """Every node and every adjoint replaced by its definition, once."""

    def by(elem: Elem) -> Node | None:
        row = names.get(elem.name) if names is not None else None
        if row is None or row.definition is None:
            return None
        return instantiate(row.definition, elem.at)

    return replace_elems(node, by)


def gathered(node: Node) -> Node:
    """Σ a·b + c Σ a·d = Σ a (b + c d): the terms of a whole that are sums over one range, as one sum"""
    if not isinstance(node, Add):
        return node
    over_index: Index | None = None
    terms: list[list[Node]] = []
    for term in node.args:
        factors = list(term.args) if isinstance(term, Mul) else [term]
        at = [k for k, f in enumerate(factors) if isinstance(f, Bound) and f.op == "sum" and len(f.indices) == 1]
        held = factors[at[0]] if len(at) == 1 else None
        if not isinstance(held, Bound):
            return node
        over_index = over_index or held.indices[0].fresh()
        if held.indices[0].size != over_index.size:
            return node
        body = reindex(held.body, {held.indices[0]: over_index})
        terms.append([*factors[: at[0]], *factors[at[0] + 1 :], *(body.args if isinstance(body, Mul) else (body,))])
    common = [f for f in terms[0] if not isinstance(f, Num) and all(f in t for t in terms)]
    rest = []
    for factors in terms:
        for f in common:
            factors.remove(f)
        rest.append(mul(*factors))
    assert over_index is not None
    return total((over_index,), mul(*common, add(*rest)))


def written_out(node: Node) -> Node:
    """σ(z) = 1/(1 + exp(-z)), and whatever else is defined by other functions."""

    def by(part: Node) -> Node | None:
        match part:
            case Call(fn, args) if (definition := ATOMS[fn].definition) is not None and fn in _WRITTEN_OUT:
                return definition(*args)
        return None

    return map_up(node, by)


_WRITTEN_OUT = frozenset(["sigmoid", "softplus"])
"""Functions that people write out."""


def spread_products(node: Node) -> Node:
    """Π a·b = Π a · Π b;  Π exp a = exp Σ a;  Π aᵏ = (Π a)ᵏ;  Π c = cⁿ;  |a·b| = |a|·|b|"""
    node = over(node, spread_products)
    if isinstance(node, Call) and node.fn == "abs" and isinstance(node.args[0], Mul):
        return mul(*(call("abs", a) for a in node.args[0].args))
    if not isinstance(node, Bound) or node.op != "prod" or len(node.indices) != 1:
        return node
    i, body = node.indices[0], node.body
    factors = body.args if isinstance(body, Mul) else (body,)
    return mul(*(_product(i, f) for f in factors))


def _product(i: Any, body: Node) -> Node:
    if i not in free_indices(body):
        return power(body, SizeVal(i.size) if isinstance(i.size, str) else num(i.size))
    match body:
        case Call("exp", (a,)):
            return call("exp", total((i,), a))
        case Pow(a, b) if i not in free_indices(b):
            return power(_product(i, a), b)
        case Mul(args):
            return mul(*(_product(i, a) for a in args))
        case _:
            return Bound("prod", (i,), body)
