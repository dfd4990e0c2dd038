"""What a step computes again that the step before it had is carried on, as a member of its own: one product in the
place of two.

    dh_t = g_t + r_{t+1} ∘ Wᵀ a_{t+1}      q_t = Wᵀ a_t
    dr_t = h_{t-1} ∘ Wᵀ a_t            →   dh_t = g_t + r_{t+1} ∘ q_{t+1},  dr_t = h_{t-1} ∘ q_t
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derivations.emit.program import (
    Array,
    Body,
    Carried,
    Contract,
    Entry,
    Member,
    Place,
    Slice,
    in_order,
    over,
    size_gap,
    within,
)

Rule = Callable[[Array], Array | None]
"""What stands for an array; None: there is nothing."""


def with_products_carried(body: Body) -> Body:
    """The same loop, in which no product is computed at two places for one. Only loops that run backwards, as adjoints
    do, and have a first step of their own: what is carried needs no start there."""
    if body.direction > 0 or any(m.first is None or m.start is not None for m in body.members):
        return body
    while (found := _again(body)) is not None:
        body = _carrying(body, *found)
    return body


def _again(body: Body) -> tuple[Array, Array, Array] | None:
    """A product of a step, the same as the step before has it, and as the first step has it."""
    order = [*in_order(tuple(m.step for m in body.members))]
    steps, firsts = {*order}, {*in_order(tuple(m.first for m in body.members if m.first is not None))}
    for a in order:
        if not (isinstance(a, Contract) and within(a)):
            continue
        before, first = _as(a, lambda x: _one_before(x, body)), _as(a, lambda x: _at_first(x, body))
        if before in steps and first in firsts:
            return a, before, first  # type: ignore[return-value]
    return None


def _as(a: Array, rule: Rule) -> Array | None:
    """An array with a rule applied to what stands within the step alone."""
    if isinstance(a, (Carried, Slice, Place)):
        return rule(a)
    if not within(a):
        return a
    missing = False

    def visit(x: Array) -> Array:
        nonlocal missing
        made = _as(x, rule)
        missing = missing or made is None
        return x if made is None else made

    made = over(a, visit)
    return None if missing else made


def _one_before(a: Array, body: Body) -> Array | None:
    match a:
        case Carried(_, _, lag):
            return None if lag else replace(a, lag=1)
        case Slice() | Place():
            return replace(a, shift=a.shift - body.direction)
    return None


def _at_first(a: Array, body: Body) -> Array | None:
    """What stands for a part of a step at the last place, at which a loop that runs backwards begins."""
    match a:
        case Carried(_, _, 0):
            return a
        case Slice(array, axis, shift) if (gap := size_gap(array.shape[axis], body.size)) is not None and shift <= gap:
            return Entry(array, axis, shift - gap)
    return None


def _carrying(body: Body, a: Array, before: Array, first: Array) -> Body:
    names = {m.name for m in body.members}
    name = next(n for k in range(1, len(names) + 2) if (n := f"carried{k if k > 1 else ''}") not in names)
    at_first = Carried(name, a.shape, 0)
    instead = {a: at_first, before: Carried(name, a.shape, 1), first: at_first}

    def put(x: Array) -> Array:
        return instead[x] if x in instead else over(x, put)

    members: list[Member] = []
    for m in body.members:
        if name not in {x.name for x in members} and a in {*in_order((m.step,))}:
            members.append(Member(name, 0, a, None, first))
        members.append(replace(m, step=put(m.step), first=m.first and put(m.first)))
    return replace(body, members=tuple(members))
