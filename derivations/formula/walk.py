"""Walking a tree: what stands below a node, the same node over other children, what occurs in it, substitution."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from operator import attrgetter
from typing import Any

from derivations.formula.indices import (
    Index,
    IndexExpr,
    Label,
    Size,
    affine,
    affine_terms,
    indices_in,
    labels_in,
    reindex_expr,
)
from derivations.formula.nodes import (
    ONE,
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Delta,
    Deriv,
    Elem,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    SizeVal,
    Tensor,
    add,
    mul,
    power,
)
from derivations.formula.sizes import sizes_under


def _of_cases(node: Cases) -> tuple[Node, ...]:
    flat = tuple(part for branch in node.branches for part in branch)
    return flat if node.otherwise is None else (*flat, node.otherwise)


_BELOW: Mapping[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    **dict.fromkeys((Add, Mul, And, Or, Call, Apply), attrgetter("args")),
    **dict.fromkeys((Bound, MatrixAtom, Tensor), lambda node: (node.body,)),
    Pow: lambda node: (node.base, node.exponent),
    Rel: lambda node: (node.left, node.right),
    Deriv: lambda node: (node.of, node.wrt),
    Not: lambda node: (node.arg,),
    Cases: _of_cases,
}
"""What stands directly below a node, by its class; leaves have nothing. A table: every pass asks at every node."""


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, conditions of cases included, in the order in which `rebuild` takes them."""
    below = _BELOW.get(type(node))
    return () if below is None else below(node)


def rebuild(node: Node, below: tuple[Node, ...]) -> Node:
    """The same node over other children."""
    match node:
        case Add():
            return add(*below, span=node.span)
        case Mul():
            return mul(*below, span=node.span)
        case Pow():
            return power(below[0], below[1], node.span)
        case Call(fn, _):
            return Call(fn, below, node.span)
        case Apply(fn, _, by, at):
            return Apply(fn, below, by, at, node.span)
        case Tensor(indices):
            return Tensor(indices, below[0], node.span)
        case And():
            return And(below, node.span)
        case Or():
            return Or(below, node.span)
        case Not():
            return Not(below[0], node.span)
        case Rel(op, _, _):
            return Rel(op, below[0], below[1], node.span)
        case Deriv():
            return Deriv(below[0], below[1], node.span)
        case Bound(op, indices, _):
            return Bound(op, indices, below[0], node.span)
        case MatrixAtom(op, row, col, _, at):
            return MatrixAtom(op, row, col, below[0], at, node.span)
        case Cases(branches, otherwise):
            n = len(branches)
            pairs = tuple((below[2 * k], below[2 * k + 1]) for k in range(n))
            return Cases(pairs, None if otherwise is None else below[2 * n], node.span)
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """Every node of the tree, parents first, without recursion."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))


def index_exprs(node: Node) -> tuple[IndexExpr, ...]:
    """The index expressions that stand directly in a node."""
    match node:
        case Elem(_, at) | MatrixAtom(_, _, _, _, at):
            return at
        case Apply(_, _, by, at):
            return (*at, *(place for _, places in by for place in places))
        case IndexVal(at):
            return (at,)
        case Delta(a, b):
            return (a, b)
        case _:
            return ()


def binders(node: Node) -> tuple[Index, ...]:
    """The indices a node binds."""
    match node:
        case Bound(_, indices, _) | Tensor(indices):
            return indices
        case MatrixAtom(_, row, col):
            return (row, col)
        case _:
            return ()


def free_indices(node: Node) -> frozenset[Index]:
    """The indices that occur unbound. Kept with the node: simplification asks again and again."""
    try:
        return node.kept_free
    except AttributeError:
        found = {i for at in index_exprs(node) for i in indices_in(at)}
        below: frozenset[Index] = frozenset().union(*(free_indices(c) for c in children(node)))
        free = frozenset(found) | (below - frozenset(binders(node)))
        object.__setattr__(node, "kept_free", free)
        return free


def names_in(node: Node) -> frozenset[str]:
    """The declared names that occur, functions and arrays of indices included, sizes and indices not, nor functions
    that are known (`@chol`). Kept with the node: every rule of a fold asks for them."""
    try:
        return node.kept_names
    except AttributeError:
        found = _names_below(node)
        object.__setattr__(node, "kept_names", found)
        return found


def _names_below(node: Node) -> frozenset[str]:
    found: set[str] = set()
    for n in walk(node):
        if isinstance(n, Elem) or (isinstance(n, Apply) and not n.fn.startswith("@")):
            found.add(n.name if isinstance(n, Elem) else n.fn)
        found.update(label.name for label in labels_of(n))
    return frozenset(found)


def labels_of(node: Node) -> tuple[Label, ...]:
    """The labels that stand directly in a node."""
    return tuple(label for at in index_exprs(node) for label in labels_in(at))


def sizes_in(node: Node) -> frozenset[str]:
    """The symbolic sizes that occur, as ranges of indices or as numbers."""
    found: set[Size] = set()
    for n in walk(node):
        if isinstance(n, SizeVal):
            found.add(n.size)
        found.update(i.size for i in binders(n))
        for at in index_exprs(n):
            found.update(t if isinstance(t, str) else t.size for t, _ in affine_terms(at)[0])
            found.update(i.size for label in labels_in(at) for inner in label.at for i in indices_in(inner))
    return frozenset(name for s in found for name in sizes_under(s))


def count(node: Node) -> int:
    """How many nodes the tree has."""
    return sum(1 for _ in walk(node))


def reindex(node: Node, to: Mapping[Index, IndexExpr]) -> Node:
    """The tree with free indices replaced and every binder fresh, so that nothing can be captured."""
    made = binders(node)
    if made:
        renamed: dict[Index, IndexExpr] = {i: i.fresh() for i in made}
        to = {**to, **renamed}
    match node:
        case Elem(name, at):
            return Elem(name, tuple(reindex_expr(a, to) for a in at), node.span) if at else node
        case IndexVal(at):
            return IndexVal(reindex_expr(at, to), node.span)
        case Delta(a, b):
            return Delta(reindex_expr(a, to), reindex_expr(b, to), node.span)
        case Bound(op, indices, body):
            return Bound(op, tuple(to[i] for i in indices), reindex(body, to), node.span)  # type: ignore[misc]
        case Tensor(indices, body):
            return Tensor(tuple(to[i] for i in indices), reindex(body, to), node.span)  # type: ignore[misc]
        case Apply(args=args) if index_exprs(node):
            return placed(node, tuple(reindex(a, to) for a in args), lambda place: reindex_expr(place, to))
        case MatrixAtom(op, row, col, body, at):
            outer = {k: v for k, v in to.items() if k not in made}
            entry = tuple(reindex_expr(a, outer) for a in at)
            return MatrixAtom(op, to[row], to[col], reindex(body, to), entry, node.span)  # type: ignore[arg-type]
        case _:
            return over(node, lambda child: reindex(child, to))


def placed(node: Apply, args: tuple[Node, ...], put: Callable[[IndexExpr], IndexExpr]) -> Apply:
    """An unknown function at other arguments, each index of its entry and of its derivatives put elsewhere."""
    by = tuple((argument, tuple(map(put, places))) for argument, places in node.by)
    return Apply(node.fn, args, by, tuple(map(put, node.at)), node.span)


def over(node: Node, by: Callable[[Node], Node]) -> Node:
    """The same node over what `by` makes of each child; the node itself where no child changes."""
    below = children(node)
    if not below:
        return node
    new, changed = [], False
    for child in below:
        other = by(child)
        changed = changed or other is not child
        new.append(other)
    return rebuild(node, tuple(new)) if changed else node


def map_up(node: Node, by: Callable[[Node], Node | None]) -> Node:
    """From the leaves up, each node over its new children replaced by what `by` gives; None leaves it."""

    def up(part: Node) -> Node:
        part = over(part, up)
        new = by(part)
        return part if new is None else new

    return up(node)


def map_down(node: Node, by: Callable[[Node], Node | None]) -> Node:
    """From the root down, each node for which `by` gives another replaced by it, and nothing below it looked at."""

    def down(part: Node) -> Node:
        new = by(part)
        return over(part, down) if new is None else new

    return down(node)


def replace_elems(node: Node, by: Callable[[Elem], Node | None]) -> Node:
    """The tree with elements replaced where `by` gives a node (whose binders must be fresh: use `instantiate`)."""
    return map_down(node, lambda part: by(part) if isinstance(part, Elem) else None)


def map_places(node: Node, by: Callable[[IndexExpr], IndexExpr]) -> Node:
    """The tree with each of its index expressions replaced by what `by` gives."""

    def mapped(part: Node) -> Node | None:
        match part:
            case Elem(name, at) if at:
                return Elem(name, tuple(map(by, at)), part.span)
            case IndexVal(at):
                return IndexVal(by(at), part.span)
            case Delta(a, b):
                return Delta(by(a), by(b), part.span)
            case MatrixAtom(op, row, col, body, at) if at:
                return MatrixAtom(op, row, col, body, tuple(map(by, at)), part.span)
            case Apply(args=args) if index_exprs(part):
                return placed(part, args, by)
        return None

    return map_up(node, mapped)


def renamed(node: Node, letters: Mapping[str, str]) -> Node:
    """The tree with other letters for some of its elements and labels."""

    def label(at: IndexExpr) -> IndexExpr:
        if not labels_in(at):
            return at
        terms, const = affine_terms(at)
        return affine(
            [
                (Label(letters.get(t.name, t.name), tuple(map(label, t.at)), t.size) if isinstance(t, Label) else t, c)
                for t, c in terms
            ],
            const,
        )

    node = replace_elems(node, lambda e: Elem(letters[e.name], e.at, e.span) if e.name in letters else None)
    return map_places(node, label) if any(map(labels_of, walk(node))) else node


def terms_of(node: Node) -> tuple[Node, ...]:
    """a and b of a + b; any other tree is its only term."""
    return node.args if isinstance(node, Add) else (node,)


def factors_of(node: Node) -> tuple[Node, ...]:
    """a and b of a b; any other tree is its only factor."""
    return node.args if isinstance(node, Mul) else (node,)


def split_coefficient(node: Node) -> tuple[Fraction, Node]:
    """3/2 and a·b of 3/2 a b."""
    if isinstance(node, Num):
        return node.value, ONE
    if isinstance(node, Mul) and isinstance(node.args[0], Num):
        return node.args[0].value, mul(*node.args[1:])
    return Fraction(1), node
