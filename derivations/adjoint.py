"""The reverse sweep through named nodes.

The adjoint of a node v of A is ∂A/∂v = Σ_c Σ_b (∂A/∂c_b)(∂c_b/∂v) over the nodes c that use v. Each adjoint is a lemma:
chain rule → local derivatives → folding into the course's names; later lemmas use the earlier ones by name, so batch
normalisation comes out as ∂L/∂x̂, ∂L/∂v, ∂L/∂μ, ∂L/∂x in the textbook's letters. The target's lemma goes on until no
adjoint is left in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from derivations.calculus import NoDerivative, is_zero, partial
from derivations.chain import Chain, axes_for, quoted
from derivations.derivation import Lemma
from derivations.domains import DOMAINS, Declared, Names
from derivations.folding.fold import fold, inline, rules
from derivations.folding.matching import Fold
from derivations.formula import (
    ONE,
    ZERO,
    And,
    Bound,
    Cases,
    Delta,
    Deriv,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Mul,
    Node,
    Rel,
    add,
    indices_in,
    mul,
    names_in,
    reindex,
    total,
)
from derivations.frozen import frozen
from derivations.kept_means import UNDER_THE_MEAN, atoms_in
from derivations.model import round_of, uses
from derivations.pointwise import covers
from derivations.recursion import Recursion
from derivations.simplify.deltas import over_outputs, solved
from derivations.simplify.monomials import under_one_guard
from derivations.simplify.positions import decided, size_of
from derivations.simplify.shapes import cost, recognise, sides_apart, with_softmax
from derivations.simplify.tidy import tidy


@frozen
class Path:
    """One way a node reaches the numerator: through `consumer`, with what stands before and after it."""

    consumer: str
    formal: Node
    """Σ_b ∂A/∂c_b · ∂c_b/∂v, the local derivative not carried out."""
    raw: Node
    """∂c_b/∂v as the rules give it."""
    local: Node
    """∂c_b/∂v folded."""
    product: Node
    """Their contraction, in adjoints and nodes."""
    unfolded: Node
    """The same with the local derivative as the rules give it."""


@dataclass(slots=True)
class Sweep:
    """The sweep of one numerator. `names` grows by one adjoint a lemma."""

    names: Names
    root: str
    root_axes: tuple[Index, ...]
    loss: str
    given: frozenset[str]
    """Adjoints that are inputs (a layer without a loss)."""
    lemmas: list[Lemma] = field(default_factory=list)
    paths: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    folds: tuple[Fold, ...] = ()
    direct: tuple[Fold, ...] = ()
    """Folds that only shorten; those that read a binding backwards (x = μ + s x̂) wait for the closed form."""
    plain: Names = field(default_factory=Names)
    """The names with each adjoint as the chain rule gives it, nothing folded: a closed form must have a value wherever
    this has one."""
    rewritten: Mapping[str, str] = field(default_factory=dict)
    """Nodes whose definitions were rewritten before they are differentiated, and why."""

    def adjoint_name(self, node: str) -> str:
        return adjoint_name(self.loss, node)

    def adjoint(self, node: str, at: tuple[Index, ...]) -> Elem:
        """∂A/∂node at indices, by name; `given` ones carry no axes of A."""
        name = self.adjoint_name(node)
        return Elem(name, at if name in self.given else (*self.root_axes, *at))

    def row(self, node: str, value: Formula) -> Declared:
        """The adjoint of a node with its value: that of a recursion runs the other way."""
        name, forward = self.adjoint_name(node), self.names[node].recursion
        row = Declared(name, DOMAINS["real"], value.shape, "adjoint")
        if forward is None:
            return replace(row, definition=value)
        over = len(self.root_axes) + forward.over
        return replace(row, recursion=Recursion(value, over, -forward.direction))

    def await_round(self, node: str, used: Collection[str]) -> None:
        """Declares the adjoints of what goes round with a node, which use one another, latest first."""
        for other in reversed(round_of(self.names, node)):
            if other in used:
                sizes = (*(i.size for i in self.root_axes), *self.names[other].sizes)
                row = Declared(self.adjoint_name(other), DOMAINS["real"], sizes, "adjoint")
                self.names, self.plain = self.names.with_rows(row), self.plain.with_rows(row)


def adjoint_name(numerator: str, node: str) -> str:
    """`dL/dv`; of a first derivative, `d2L/dv2` or `d2L/dudv`; of a second, `d3L/dv3`."""
    if "/" in numerator:
        top, below = numerator.split("/", 1)
        top = top.removeprefix("d")
        if below == f"d{node}":
            return f"d2{top}/{below}2"
        order, rest = int(top[:1]) if top[:1].isdigit() else 1, top.lstrip("0123456789")
        if order > 1 and below == f"d{node}{order}":
            return f"d{order + 1}{rest}/d{node}{order + 1}"
        return f"d{order + 1}{rest}/{below}d{node}"
    return f"d{numerator}/d{node}"


def on_path(names: Names, root: str, wrt: str, upstream: str | None) -> list[str]:
    """The nodes between the numerator and what it is differentiated by, latest first; the numerator itself is not among
    them."""
    found = []
    for row in reversed(list(names.values())):
        if row.role != "node" or row.name == root:
            continue
        after = row.name == upstream if upstream else False
        reaches = after or uses(names, upstream or root, row.name)
        if reaches and row.name != wrt and uses(names, row.name, wrt):
            found.append(row.name)
    return found


def sweep(
    names: Names,
    root: str,
    wrt: str,
    *,
    loss: str,
    upstream: str | None,
    root_axes: tuple[Index, ...],
    wrt_axes: tuple[Index, ...] | None,
    full: bool,
    also: tuple[str, ...] = (),
    rewritten: Mapping[str, str] | None = None,
) -> Sweep:
    """Every adjoint from the numerator down to `wrt`. With `full`, the last lemma goes on until no derived adjoint is
    left in it.

    `also` are inputs whose adjoints come out of the same sweep, each lemma closed like the last. `rewritten` are
    nodes with another definition than their author's, with the reason.
    """
    state = Sweep(names, root, root_axes, loss, frozenset({adjoint_name(loss, upstream)} if upstream else ()))
    state.plain, state.rewritten = names, rewritten or {}
    state.folds = rules(names, root if not root_axes else None)
    state.direct = tuple(f for f in state.folds if f.direct)
    used = {node for target in (*also, wrt) for node in on_path(names, root, target, upstream)}
    for node in [*(row for row in reversed(list(names)) if row in used and row not in (*also, wrt)), *also, wrt]:
        if node == upstream:
            continue
        last = node == wrt
        row = state.names[node]
        if row.recursion is not None and state.adjoint_name(node) not in state.names:
            state.await_round(node, {*used, *also, wrt})
        axes = wrt_axes if last and wrt_axes is not None else axes_for(row.sizes, names, root_axes)
        lemma = _lemma(state, node, axes, root if upstream is None else None, close=node in also or (last and full))
        if lemma is None:
            continue
        state.lemmas.append(lemma)
        state.names = state.names.with_rows(state.row(node, lemma.result))
        state.plain = state.plain.with_rows(state.row(node, _unfolded(state, node, lemma.result.axes)))
    return state


def _lemma(state: Sweep, node: str, axes: tuple[Index, ...], root: str | None, *, close: bool) -> Lemma | None:
    """The chain for one adjoint; None where no path leads from the node to the numerator (then nothing uses it)."""
    wrt = Elem(node, axes)
    paths = [path(state, consumer, wrt, root) for consumer in consumers(state, node, root)]
    paths = [p for p in paths if node in state.names[p.consumer].uses() or not is_zero(p.local)]
    state.paths[node] = tuple(paths)
    if not close and all(is_zero(p.local) for p in paths):
        return None
    if not paths:
        return None
    out = Chain(state.names, (*state.root_axes, *axes), _statement(state, wrt))
    if len(paths) > 1 or paths[0].consumer != root:
        gone = [p.consumer for p in paths if is_zero(p.local)]
        ways = [p.raw if p.consumer == root else p.formal for p in paths]
        out.to("chain rule", add(*under_one_guard(ways)), "through " + quoted(p.consumer for p in paths))
        said = ["the path through " + quoted(gone) + " vanishes"] * bool(gone)
        said += [
            f"in `{p.consumer}` {state.rewritten[p.consumer]}"
            for p in paths
            if p.consumer in state.rewritten and p.consumer not in gone
        ]
        out.to("local derivatives", add(*under_one_guard([p.product for p in paths])), "; ".join(said))
    else:
        under = UNDER_THE_MEAN if atoms_in(paths[0].raw) else ""
        out.to(f"differentiate `{root}`", paths[0].raw, state.rewritten.get(root or "", under))
    out.fold(fold(out.node, state.direct, state.names))
    used = _adjoints_in(out.node, state.names)
    if used:
        # What an adjoint kept by its name hides was longer put in when it was derived: only the last lemma opens all.
        closed = inline(out.node, state.names, _adjoints(state.names), once=not close)
        folded = fold(closed, state.folds if close else state.direct, state.names)
        if close or cost(folded.node) < cost(out.node):
            out.to("insert " + quoted(sorted(used)), tidy(closed, state.names))
            if covers(replace(out.formula, body=folded.node), _unfolded(state, node, out.axes), all_hazards=True):
                out.fold(folded)
    if close:
        out.to("simplify", sides_apart(out.node))
    left = _adjoints_in(out.node, state.names)
    return Lemma(state.adjoint_name(node), tuple(out.steps), tuple(sorted({*used, *left})))


def _unfolded(state: Sweep, node: str, axes: tuple[Index, ...]) -> Formula:
    """Σ over the paths of (adjoint × local derivative), nothing folded."""
    return Formula(add(*(p.unfolded for p in state.paths[node])), axes, names=state.plain)


def _adjoints_in(node: Node, names: Names) -> tuple[str, ...]:
    return tuple(n for n in names_in(node) if n in names and names[n].role == "adjoint")


def _adjoints(names: Names) -> frozenset[str]:
    return frozenset(r.name for r in names.values() if r.role == "adjoint")


def _statement(state: Sweep, wrt: Elem) -> Node:
    if state.root in state.names:
        return Deriv(Elem(state.root, state.root_axes), wrt)
    return state.adjoint(wrt.name, wrt.at)  # type: ignore[arg-type]


def consumers(state: Sweep, node: str, root: str | None) -> list[str]:
    """The nodes whose definitions use the node and that have an adjoint (the numerator among them), earliest first."""
    found = []
    for row in state.names.values():
        if row.role != "node" or not {node, *started(state.names, node)} & row.uses():
            continue
        if row.name == root or state.adjoint_name(row.name) in state.names:
            found.append(row.name)
    return found


def path(state: Sweep, consumer: str, wrt: Elem, root: str | None) -> Path:
    """The path through one consumer, δ sifted."""
    row = state.names[consumer]
    definition = row.equation
    assert definition is not None
    body = recognise(definition.body, state.names)
    if not row.known:  # a formula that names no nodes: there is no p into which its quotients would be folded
        body = with_softmax(body)
    if consumer == root:
        at = state.root_axes
        raw, local, _ = _local(state, consumer, definition, body, at, wrt)
        return Path(consumer, Deriv(Elem(consumer, at), wrt), raw, local, local, raw)
    at = tuple(i.fresh() for i in definition.axes)
    raw, local, opened = _local(state, consumer, definition, body, at, wrt)
    upstream = state.adjoint(consumer, at)
    product = tidy(over_outputs(at, upstream, opened) or total(at, mul(upstream, local)), state.names)
    formal = under_ties(local, at, total(at, mul(upstream, Deriv(Elem(consumer, at), wrt))))
    return Path(consumer, formal, raw, local, product, total(at, mul(upstream, raw)))


def under_ties(local: Node, at: tuple[Index, ...], way: Node) -> Node:
    """Σ over a node's indices of what goes through it, without the indices that a δ of the local derivative ties."""
    tied, within = _tied(local, at)
    body = way.body if isinstance(way, Bound) else way
    formal = total(tuple(i for i in at if i not in tied), reindex(body, tied)) if at else way
    return Cases(((within, formal),), ZERO) if within is not None else formal


def _local(
    state: Sweep, consumer: str, definition: Formula, body: Node, at: tuple[Index, ...], wrt: Elem
) -> tuple[Node, Node, Node]:
    """The local derivative: in the model's letters, folded into its nodes, and with its δ as they come."""
    placed = reindex(body, dict(zip(definition.axes, at, strict=True)))
    ways = [wrt, *(before_first(state.names, name, wrt.at) for name in started(state.names, wrt.name))]
    try:
        opened = add(*(partial(placed, way) for way in ways))
    except NoDerivative as error:
        raise NoDerivative(f"{error} (in the derivative by {wrt.name})", error.node, consumer) from None
    raw = tidy(opened, state.names)
    return raw, fold(raw, state.direct, state.names).node, opened


def started(names: Names, node: str) -> list[str]:
    """The recursions that start with a name."""
    return [row.name for row in names.values() if row.recursion is not None and row.recursion.start == node]


def before_first(names: Names, name: str, at: tuple[IndexExpr, ...]) -> Elem:
    """An entry of a recursion before its first place, which is that of the start."""
    recursion = names[name].recursion
    assert recursion is not None
    return Elem(name, (*at[: recursion.over], recursion.before, *at[recursion.over :]))


def _tied(local: Node, at: tuple[Index, ...]) -> tuple[dict[Index, IndexExpr], Node | None]:
    """The summation indices that a δ of the local derivative ties to the target's, and where they are in range: the s
    of δ_{s-1,t} is t + 1, for t < T."""
    tied: dict[Index, IndexExpr] = {}
    limits: list[Node] = []
    for part in local.args if isinstance(local, Mul) else (local,):
        if not isinstance(part, Delta):
            continue
        for mine in at:
            value = solved(part, mine)
            if value is None or mine in tied or any(i in at for i in indices_in(value)):
                continue
            tied[mine] = value
            ends = (Rel(">=", IndexVal(value), ONE), Rel("<=", IndexVal(value), size_of(mine)))
            limits += [tidy(end) for end in ends if decided(end) is not True]
            break
    return tied, None if not limits else limits[0] if len(limits) == 1 else And(tuple(limits))


def adjoints_of(names: Names, top: str, below: str) -> Names:
    """The names with ∂top/∂below, in nodes, as a row with its definition."""
    axes = axes_for(names[top].sizes, names, ())
    state = sweep(names, top, below, loss=top, upstream=None, root_axes=axes, wrt_axes=None, full=True)
    row = state.names.get(adjoint_name(top, below))
    if row is None:
        raise NoDerivative(f"{top} does not depend on {below}", Elem(top, axes))
    return names.with_rows(row)


def chained(names: Names, top: str, below: Iterable[str]) -> Names:
    """The names with ∂top/∂v, for every v asked and every node on the way, as one step of the chain rule from those of
    its consumers.

    Not closed, and only the local derivatives are folded: a table of values goes through them in this order, each from
    the ones before.
    """
    axes = axes_for(names[top].sizes, names, ())
    state = Sweep(names, top, axes, top, frozenset())
    state.direct = tuple(f for f in rules(names, None) if f.direct)
    below = tuple(below)
    wanted = {*below, *(node for target in below for node in on_path(names, top, target, None))}
    for node in (n for n in reversed(list(names)) if n in wanted and n != top):
        own = axes_for(names[node].sizes, names, axes)
        products = []
        for consumer in consumers(state, node, top):
            definition = names[consumer].definition
            assert definition is not None
            at = axes if consumer == top else tuple(i.fresh() for i in definition.axes)
            _, local, _ = _local(state, consumer, definition, recognise(definition.body, names), at, Elem(node, own))
            products.append(local if consumer == top else total(at, mul(state.adjoint(consumer, at), local)))
        slots = (*axes, *own)
        body = tidy(add(*products), state.names)
        row = Declared(
            state.adjoint_name(node),
            DOMAINS["real"],
            tuple(i.size for i in slots),
            "adjoint",
            definition=Formula(body, slots, names=state.names),
        )
        state.names = state.names.with_rows(row)
    return state.names


def forward(names: Names, top: str, wrt: Elem, axes: tuple[Index, ...]) -> tuple[list[Lemma], Names]:
    """d top/d wrt through every node in between, forwards: dc/dw = ∂c/∂w + Σ_b (∂c/∂b)(db/dw), one lemma a node.

    For second derivatives, where the numerator is itself a result with indices of its own.
    """
    folds = rules(names, None)
    direct = tuple(f for f in folds if f.direct)
    lemmas: list[Lemma] = []
    known: dict[str, Declared] = {}
    chain = [n.name for n in names.values() if n.role == "node" and n.name != top and uses(names, n.name, wrt.name)]
    chain = [n for n in chain if uses(names, top, n)]
    for node in chain:
        if names[node].recursion is not None:
            raise NoDerivative(
                f"a second derivative through the recursion of {node} is not derived; write its steps out as bindings",
                Elem(node, wrt.at),
            )
    for node in [*chain, top]:
        if (
            node != top and adjoint_name(node, wrt.name) == top
        ):  # h in dh/dz = h (1 - h): its derivative is the one that is there already
            known[node] = names[top]
            continue
        definition = names[node].definition
        assert definition is not None
        own = axes if node == top else axes_for(definition.shape, names, wrt.at)  # type: ignore[arg-type]
        body = recognise(reindex(definition.body, dict(zip(definition.axes, own, strict=True))), names)
        plain = partial(body, wrt)
        formal, product = [plain], [plain]
        for inner in sorted(names_in(body) & set(known)):
            at = axes_for(names[inner].sizes, names, (*own, *wrt.at))  # type: ignore[arg-type]
            local = partial(body, Elem(inner, at))
            formal.append(tidy(total(at, mul(local, Deriv(Elem(inner, at), wrt))), names))
            product.append(total(at, mul(local, Elem(known[inner].name, (*at, *wrt.at)))))
        out = Chain(
            names,
            (*own, *wrt.at),  # type: ignore
            Elem(adjoint_name(node, wrt.name), (*own, *wrt.at)) if "/" in node else Deriv(Elem(node, own), wrt),
        )
        if len(formal) > 1:
            out.to("chain rule", tidy(add(*formal), names), "through " + quoted(sorted(names_in(body) & set(known))))
        closed = inline(add(*product), names, frozenset(r.name for r in known.values()))
        out.to("insert" if len(formal) > 1 else f"differentiate `{node}`", tidy(closed, names))
        out.fold(fold(closed, folds if node == top else direct, names))
        lemma = Lemma(adjoint_name(node, wrt.name), tuple(out.steps))
        lemmas.append(lemma)
        row = Declared(lemma.target, DOMAINS["real"], lemma.result.shape, "adjoint", definition=lemma.result)
        names = names.with_rows(row)
        known[node] = row
    return lemmas, names


def with_result(names: Names, name: str, result: Formula) -> Names:
    """The names with a derived quantity as one more node, into which nothing is folded: the reader asks for its
    derivative in the names of the model."""
    return names.with_rows(Declared(name, DOMAINS["real"], result.shape, "node", definition=result, known=False))
