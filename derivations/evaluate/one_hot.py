"""Labels as the one-hot arrays that they are, Y_ik = 1[y_i = k], for all that computes with numbers.

f_{i,y_i} = Σ_k Y_ik f_ik        y_i = Σ_k k Y_ik        δ_{k,y_i} = Y_ik        [y_i ≠ k] = [Y_ik ≠ 1]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derivations.domains import Kept, Names
from derivations.formula import (
    ONE,
    ZERO,
    Apply,
    Cases,
    Delta,
    Elem,
    Index,
    IndexExpr,
    IndexVal,
    Label,
    MatrixAtom,
    Node,
    Rel,
    add,
    affine,
    affine_terms,
    index_exprs,
    labels_in,
    map_down,
    mul,
    num,
    placed,
    total,
)


def opened(node: Node, names: Names | None) -> Node | None:
    """A node with one of the labels that stand in it written as a sum over the classes; None where none does."""
    if isinstance(node, Rel):
        return _relation(node)
    label = next(_outermost(node), None)
    if label is None:
        return None
    k = Index("k", label.size)
    here = Elem(label.name, (*label.at, k))
    if isinstance(node, IndexVal):
        terms, const = affine_terms(node.at)
        rest = affine([(t, c) for t, c in terms if t != label], const)
        times = sum(c for t, c in terms if t == label)
        value = mul(num(times), total((k,), mul(IndexVal(k), here)))
        return value if rest == 0 else add(IndexVal(rest), value)
    if isinstance(node, Delta):
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            if affine_terms(mine) == (((label, 1),), 0) and isinstance(other, Index) and other.size == label.size:
                return Elem(label.name, (*label.at, other))
    inside = with_index(node, label, k)
    if _total(inside, names):
        return total((k,), mul(here, inside))
    return total((k,), Cases(((Rel("==", here, ONE), inside),), ZERO))


def _relation(node: Rel) -> Node | None:
    """[y_i = k] as [Y_ik = 1]: a condition between discrete numbers, which every evaluator decides."""
    match node:
        case Rel("==" | "!=", IndexVal(left), IndexVal(right)) if labels_in(left) or labels_in(right):
            return Rel(node.op, Delta(left, right), ONE, node.span)
    return None


def _outermost(node: Node) -> Iterator[Label]:
    for at in index_exprs(node):
        for term, _ in affine_terms(at)[0]:
            if isinstance(term, Label):
                yield term


def with_index(node: Node, label: Label, k: Index) -> Node:
    """The node with an index in place of a label."""

    def put(at: IndexExpr) -> IndexExpr:
        terms, const = affine_terms(at)
        return affine([(k if t == label else t, c) for t, c in terms], const)

    match node:
        case Elem(name, at):
            return Elem(name, tuple(map(put, at)), node.span)
        case Delta(left, right):
            return Delta(put(left), put(right), node.span)
        case MatrixAtom(op, row, col, body, at):
            return MatrixAtom(op, row, col, body, tuple(map(put, at)), node.span)
        case Apply(args=args):
            return placed(node, args, put)
    raise TypeError(type(node).__name__)


def _total(node: Node, names: Names | None) -> bool:
    """Whether a node has a value at every index: what a 0 is multiplied with must have one."""
    if isinstance(node, Delta):
        return True
    if not isinstance(node, Elem):
        return False
    row = names.get(node.name) if names is not None else None
    return row is not None and row.equation is None and all(isinstance(at, Index | int) for at in node.at)


def in_numbers(node: Node, names: Names) -> Node:
    """A tree with every label written out."""

    def by(part: Node) -> Node | None:
        plain = opened(part, names)
        return None if plain is None else in_numbers(plain, names)

    return map_down(node, by)


_WRITTEN_OUT: Kept[tuple[()], Names] = Kept()


def written_out(names: Names) -> Names:
    """The names with labels written out in what defines them; they themselves where no name is an array of indices."""
    if not any(row.labels for row in names.values()):
        return names
    kept = _WRITTEN_OUT.under(names)
    if () not in kept:
        defined = [
            row.with_equation(replace(row.equation, body=in_numbers(row.equation.body, names)))
            for row in names.values()
            if row.equation is not None
        ]
        kept[()] = plain = names.with_rows(*defined)
        _WRITTEN_OUT.under(plain)[()] = plain
    return kept[()]
