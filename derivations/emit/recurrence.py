"""Recursions as loops: h_t = tanh(W h_{t-1} + U x_t) is one step, and what a step needs that no step changes is
computed before, for all places at once.

    p = x @ U.T
    for t in range(T):
        h.append(np.tanh(W @ h[-1] + p[t]))

The place before the first is its start, kept as the first entry of the array; where there is none, the first step
stands before the loop, in which no guard is left: {W.T δ_{t+1} if t < T, 0 otherwise} is 0 at T and W.T δ_{t+1} before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from derivations.domains import DOMAINS, Declared, Names
from derivations.emit.axes import Named, as_float, spread
from derivations.emit.carried import with_products_carried
from derivations.emit.program import Array, Body, CannotEmit, Carried, Loop, Member, Place, Slice, Spread, size_plus
from derivations.formula import (
    ONE,
    Add,
    And,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Rel,
    add,
    children,
    end_of,
    free_indices,
    index_exprs,
    indices_in,
    label_alone,
    labels_in,
    map_down,
    minus,
    mul,
    names_in,
    over,
    reindex,
    shifted,
    size_node,
    total,
    walk,
)
from derivations.model import round_of
from derivations.recursion import Recursion
from derivations.simplify.positions import decided
from derivations.simplify.tidy import tidy

Order = tuple[Index, ...]


class Lowers(Protocol):
    """What a loop asks of the lowering it belongs to."""

    names: Names

    def placed(self, array: Array, at: list[IndexExpr]) -> Named: ...
    def located(self, node: Elem) -> tuple[Array, list[IndexExpr]]: ...
    def in_step(self, node: Node, order: Order, step: Step) -> Named: ...


class Step:
    """Where the tree of a step stands: at the place `time` (None at the first one, which is `first`)."""

    def __init__(
        self,
        group: Mapping[str, Recursion],
        time: Index | None,
        behind: int,
        first: IndexExpr,
        starts: Mapping[str, Array],
    ):
        self.group, self.time, self.behind, self.first, self.starts = group, time, behind, first, starts

    def shift(self, at: IndexExpr) -> int | None:
        """How far a position lies behind the place of the loop; None where it does not hang on it."""
        if self.time is None or self.time not in indices_in(at):
            return None
        gap = minus(at, self.time)
        if not isinstance(gap, int):
            raise CannotEmit(f"a step uses a place that is not {self.time.name} and a number")
        return gap - self.behind

    def element(self, lowering: Lowers, node: Elem) -> Named | None:
        """An element as a step has it; None for one that is the same at every place."""
        if node.name in self.group:
            r = self.group[node.name]
            rest = list(r.rest(node.at))
            sizes = tuple(i.size for i in r.rest(r.step.axes))
            lag = self._lag(r, node.at[r.over])
            if lag and self.time is None:
                return lowering.placed(self.starts[node.name], rest)
            return lowering.placed(Carried(node.name, sizes, lag), rest)
        if all(self.shift(at) is None for at in node.at):
            return None
        array, at = lowering.located(node)
        (axis, shift), *others = [(k, s) for k, e in enumerate(at) if (s := self.shift(e)) is not None]
        if others:
            raise CannotEmit(f"a step uses {node.name} at its place on two axes")
        return lowering.placed(Slice(array, axis, shift), [*at[:axis], *at[axis + 1 :]])

    def _lag(self, r: Recursion, at: IndexExpr) -> int:
        if self.time is not None:
            shift = self.shift(at)
            if shift not in (0, -r.direction):
                raise CannotEmit("a step uses a place that is not the one before")
            return abs(shift)
        if at == self.first:
            return 0
        if r.start and r.place(at) == 0:
            return 1
        raise CannotEmit("the first step uses a place before it, of which nothing is said")

    def place(self, at: IndexExpr) -> Named | None:
        """A position as a number; None for one that does not hang on the place."""
        shift = self.shift(at)
        return None if shift is None else Named(Place(shift))


def loops(lowering: Lowers, name: str) -> dict[str, Loop]:
    """Each of the recursions that go round with one, as a member of a loop."""
    names = lowering.names
    group = {n: r for n in round_of(names, name) if (r := names[n].recursion) is not None}
    peeled = any(_peeled(r, group, names) for r in group.values())
    kept: dict[str, Recursion] = {}
    for n, r in group.items():
        r = replace(r, step=replace(r.step, body=_by_sums(r.step.body, r.time)))
        body, rows = _hoisted(r, frozenset(group), n, peeled)
        names = names.with_rows(*rows)
        kept[n] = replace(r, step=replace(r.step, body=body))
    lowering.names = names
    order = _in_order(kept)
    one = kept[order[0]]
    starts = {n: _start(lowering, r) for n, r in kept.items() if r.start}
    members = []
    for n in order:
        r = kept[n]
        axes = r.rest(r.step.axes)
        first: Array | None = None
        time, behind = r.time, 0
        body = r.step.body
        if peeled:
            place = 1 if r.direction > 0 else end_of(r.time)
            stand = Step(kept, None, 0, place, starts)
            first = _laid(lowering, _in_range(tidy(reindex(body, {r.time: place}), names), names), axes, stand)
            time, behind = Index(r.time.name, size_plus(r.time.size, -1)), int(r.direction > 0)
            body = tidy(reindex(body, {r.time: shifted(time, behind)}), names)
        step = _laid(lowering, _in_range(body, names), axes, Step(kept, time, behind, 0, starts))
        members.append(Member(n, r.over, step, starts.get(n), first))
    made = with_products_carried(Body(tuple(members), one.time.size, one.direction))
    return {m.name: Loop(made, k) for k, m in enumerate(made.members) if m.name in kept}


def _peeled(r: Recursion, group: Mapping[str, Recursion], names: Names) -> bool:
    """Whether the first step is another one: it has no start, or chooses by its place, or uses none before it."""
    return (
        any(lag and not group[n].start for n, lag in _uses(r, group))
        or any(_chooses(node, r.time) for node in walk(r.step.body))
        or not _reached(r.step.body, names)
    )


def _chooses(node: Node, time: Index) -> bool:
    """A choice by the place, of which one place alone may have what the others need not compute; a label of each place
    is none, 1[p_t = k]."""
    if isinstance(node, Delta):
        return any(time in indices_in(at) and not _label_of(at, time) for at in (node.left, node.right))
    return isinstance(node, Rel) and time in free_indices(node)


def _label_of(at: IndexExpr, time: Index) -> bool:
    """Whether a position is a label of the place, p_t, and holds the place nowhere else."""
    label = label_alone(at)
    return label is not None and time in label.at


def _by_sums(body: Node, time: Index) -> Node:
    """Σ_k h_tk 1[p_t = k] of h_{t,p_t}: the indicators of all places are computed before."""

    def by(part: Node) -> Node | None:
        if not isinstance(part, Elem) or not any(_label_of(at, time) for at in part.at):
            return None
        at, factors, indices = list(part.at), [], []
        for k, place in enumerate(at):
            label = label_alone(place)
            if label is not None and time in label.at:
                indices.append(Index("k", label.size))
                at[k] = indices[-1]
                factors.append(Delta(indices[-1], place))
        return total(indices, mul(Elem(part.name, tuple(at)), *factors))

    return map_down(body, by)


def _reached(body: Node, names: Names) -> bool:
    """Whether each element is at positions that it has."""
    for elem in walk(body):
        row = names.get(elem.name) if isinstance(elem, Elem) else None
        if row is None or row.recursion is not None:
            continue
        for at, size in zip(elem.at, row.sizes, strict=True):  # type: ignore[union-attr]
            ends = (Rel(">=", IndexVal(at), ONE), Rel("<=", IndexVal(at), size_node(size)))
            if not labels_in(at) and not all(decided(end) for end in ends):
                return False
    return True


def _in_range(body: Node, names: Names) -> Node:
    if not _reached(body, names):
        raise CannotEmit("a step of a recursion uses a place that its array may not have")
    return body


def _laid(lowering: Lowers, body: Node, axes: Order, stand: Step) -> Array:
    return _whole(lowering.in_step(body, axes, stand), axes)


def _start(lowering: Lowers, r: Recursion) -> Array:
    axes = tuple(i.fresh() for i in r.rest(r.step.axes))
    array, at = lowering.located(Elem(r.start, axes))
    return _whole(lowering.placed(array, at), axes)


def _whole(value: Named, axes: Order) -> Array:
    """A value with exactly these axes, an array of the library's also where it is a number."""
    value = as_float(value)
    return Spread(value.array, (), ()) if value.static and not axes else spread(value, axes).array


def _uses(r: Recursion, group: Mapping[str, Recursion]) -> list[tuple[str, int]]:
    """The members that a step uses, with how far back: 0 or 1."""
    found = []
    for elem in walk(r.step.body):
        if isinstance(elem, Elem) and elem.name in group:
            lag = r.lag(elem.at[group[elem.name].over])
            if lag is None:
                raise CannotEmit("a step uses a place that is not the one before")
            found.append((elem.name, lag))
    return found


def _in_order(group: Mapping[str, Recursion]) -> list[str]:
    """The members, each behind those that it uses at its own place."""
    out: list[str] = []

    def visit(name: str) -> None:
        if name not in out:
            for used, lag in _uses(group[name], group):
                if not lag:
                    visit(used)
            out.append(name)

    for name in group:
        visit(name)
    return out


# ---------------------------------------------------------------- what no step changes


def _hoisted(r: Recursion, group: frozenset[str], name: str, peeled: bool) -> tuple[Node, list[Declared]]:
    """The body of a step with what hangs on its place and on no member as nodes of their own, and these."""
    places = (0, -r.direction) if peeled else (0,)
    rows: list[Declared] = []

    def apart(node: Node) -> bool:
        chooses = any(_chooses(part, r.time) for part in walk(node))
        return r.time in free_indices(node) and not names_in(node) & group and not chooses

    def node_for(part: Node) -> Node | None:
        if not isinstance(part, Delta) and (
            not children(part) or all(isinstance(n, Elem | Num | Mul) for n in walk(part))
        ):
            return None
        places_of = [at for n in walk(part) for at in index_exprs(n)]
        held = [at for place in places_of if (label := label_alone(place)) is not None for at in label.at]
        places_of = [at for at in places_of if label_alone(at) is None] + held
        shifts = {minus(at, r.time) for at in places_of if r.time in indices_in(at)}
        shift = next(iter(shifts))
        if len(shifts) != 1 or not isinstance(shift, int) or shift not in places:
            return None
        time = r.time.fresh()
        met = dict.fromkeys(i for n in walk(part) for at in index_exprs(n) for i in indices_in(at))
        others = [i for i in (*r.step.axes, *met) if i in free_indices(part) and i is not r.time]
        own_axes = {i: i.fresh() for i in others}
        body = reindex(part, {r.time: shifted(time, -shift), **own_axes})
        own = f"{name} input{len(rows) + 1 if rows else ''}"
        axes = (time, *own_axes.values())
        sizes = tuple(i.size for i in axes)
        rows.append(Declared(own, DOMAINS["real"], sizes, "node", definition=Formula(body, axes), known=False))
        return Elem(own, (shifted(r.time, shift), *own_axes))

    def down(node: Node) -> Node:
        if isinstance(node, Rel | And | Or | Not):
            return node
        if apart(node) and (made := node_for(node)) is not None:
            return made
        if isinstance(node, Add | Mul):
            mine = [a for a in node.args if apart(a)]
            join: Callable[..., Node] = add if isinstance(node, Add) else mul
            if len(mine) > 1 and len({free_indices(a) for a in mine}) == 1 and (made := node_for(join(*mine))):
                return join(made, *(down(a) for a in node.args if a not in mine))
        return over(node, down)

    return down(r.step.body), rows
