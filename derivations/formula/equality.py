"""Equality of trees up to the names of indices and the order of terms and factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derivations.formula.indices import Affine, Index, IndexExpr, IndexTerm, Label, affine, affine_terms, label_alone
from derivations.formula.nodes import (
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Or,
    Rel,
    SizeVal,
    Tensor,
    add,
    mul,
    num,
)
from derivations.formula.walk import children, free_indices
from derivations.work import spend

Key = str
"""What two equal trees have in common: they are written alike. One text, since it is sorted and looked up at every
node."""


def _index_key(at: IndexExpr, where: Mapping[Index, tuple[Any, ...]]) -> str:
    terms, const = affine_terms(at)
    return f"({sorted([(_term_key(t, where), c) for t, c in terms])}, {const})"


def _term_key(term: IndexTerm, where: Mapping[Index, tuple[Any, ...]]) -> str:
    if isinstance(term, Index):
        return str(where.get(term, ("loose", term.name)))
    if isinstance(term, Label):
        return str(("label", term.name, *(_index_key(a, where) for a in term.at)))
    return term


def _spread(at: IndexExpr) -> tuple[Node, ...]:
    """t - s + 1 as the terms of a sum: an index expression as a number is the same formula as that sum."""
    terms, const = affine_terms(at)
    parts = [mul(num(c), SizeVal(t) if isinstance(t, str) else IndexVal(affine([(t, 1)]))) for t, c in terms]
    return (*parts, num(const)) if const or not parts else tuple(parts)


def key_of(node: Node, where: Mapping[Index, tuple[Any, ...]]) -> Key:
    """The same for two nodes that differ in the order of terms and in indices of the same place: `where` says the
    places of those that are free."""
    return _key(node, where, 0)


def key(node: Node) -> Key:
    """Equal for trees that differ in the names of bound indices and the order of terms only; free indices are
    themselves.

    Kept with the node. The work is counted each time: what a formula takes must not depend on what came before it.
    """
    try:
        written, units = node.kept_key
    except AttributeError:
        nodes, depth = _extent(node)
        units = 1 + nodes // 4 + nodes * depth // 50  # at each depth what is below is written out to be sorted
        spend(units)
        written = _key(node, {i: ("free", i.name, id(i)) for i in free_indices(node)}, 0)
        object.__setattr__(node, "kept_key", (written, units))
        return written
    spend(units)
    return written


def as_it_stands(node: Node, among: tuple[Index, ...] = ()) -> tuple[Any, ...]:
    """Equal for trees of one form, in which the same letters stand in the same order: what is written or said of one is
    true of the other. `among` are the free indices, in order."""
    seen: dict[Index, int] = {}
    out: list[Any] = []
    stack: list[Any] = [node, *reversed(among)]
    while stack:
        match stack.pop():
            case Index() as index if index in seen:
                out.append((seen[index],))  # no number: A_ij is not A_i2
            case Index() as index:
                seen[index] = len(seen)
                out += (Index, index.name, index.size)
            case Node() as inner:
                out.append(type(inner))
                stack.extend(getattr(inner, part) for part in reversed(inner.parts))
            case Affine(terms, const):
                out.append(Affine)
                stack += (const, terms)
            case Label(name, at, size):
                out += (Label, name, size)
                stack.append(at)
            case tuple() as several:
                out += (tuple, len(several))
                stack.extend(reversed(several))
            case value:
                out.append(value)
    return tuple(out)


def _extent(node: Node) -> tuple[int, int]:
    """How many nodes a tree has, and how deep they nest."""
    nodes, deepest, stack = 0, 0, [(node, 1)]
    while stack:
        top, depth = stack.pop()
        nodes += 1
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in children(top))
    return nodes, deepest


def _key(node: Node, where: Mapping[Index, tuple[Any, ...]], depth: int) -> Key:
    kind = type(node).__name__
    match node:
        case Num(value):
            return f"{kind}({value.numerator}/{value.denominator})"
        case Const(name) | SizeVal(name):
            return f"{kind}({name!r})"
        case IndexVal(at) if isinstance(at, Index) or label_alone(at) is not None:
            return f"{kind}{_index_key(at, where)}"
        case IndexVal(at):
            return _key(add(*_spread(at)), where, depth)
        case Elem(name, at):
            return f"{kind}({name!r}{''.join([f', {_index_key(a, where)}' for a in at])})"
        case Delta(a, b):
            return f"{kind}{sorted((_index_key(a, where), _index_key(b, where)))}"
        case Add(args) if (
            any(isinstance(a, IndexVal) and not isinstance(a.at, Index) and label_alone(a.at) is None for a in args)
            or sum(isinstance(a, IndexVal) for a in args) > 1
        ):
            at = affine(
                [term for a in args if isinstance(a, IndexVal) for term in affine_terms(a.at)[0]],
                sum(affine_terms(a.at)[1] for a in args if isinstance(a, IndexVal)),
            )
            once = add(*(a for a in args if not isinstance(a, IndexVal)), *_spread(at))
            if isinstance(once, Add):
                return f"{kind}({_sorted(once.args, where, depth)})"
            return _key(once, where, depth)
        case Add(args) | Mul(args) | And(args) | Or(args):
            return f"{kind}({_sorted(args, where, depth)})"
        case Bound(op, indices, body):
            inner = {**where, **{i: ("bound", depth, k) for k, i in enumerate(indices)}}
            return f"{kind}({op}, {[str(i.size) for i in indices]}, {_key(body, inner, depth + 1)})"
        case MatrixAtom(op, row, col, body, at):
            inner = {**where, row: ("bound", depth, 0), col: ("bound", depth, 1)}
            entry = [_index_key(a, where) for a in at]
            return f"{kind}({op}, {str(row.size)!r}, {_key(body, inner, depth + 1)}, {entry})"
        case Call(fn, args):
            below = _sorted(args, where, depth) if fn in ("max", "min") else _in_order(args, where, depth)
            return f"{kind}({fn}, {below})"
        case Apply(fn, args, by, at):
            entry = [_index_key(a, where) for a in at]
            slots = sorted((k, [_index_key(p, where) for p in places]) for k, places in by)
            return f"{kind}({fn!r}, {slots}, {_in_order(args, where, depth)}, {entry})"
        case Tensor(indices, body):
            inner = {**where, **{i: ("bound", depth, k) for k, i in enumerate(indices)}}
            return f"{kind}({[str(i.size) for i in indices]}, {_key(body, inner, depth + 1)})"
        case Rel(op, a, b):
            return f"{kind}({op}, {_key(a, where, depth)}, {_key(b, where, depth)})"
        case Cases(branches, otherwise):
            below = "".join([f"{_key(c, where, depth)}: {_key(v, where, depth)}, " for c, v in branches])
            return f"{kind}({below}{None if otherwise is None else _key(otherwise, where, depth)})"
        case _:
            return f"{kind}({_in_order(children(node), where, depth)})"


def _in_order(nodes: Sequence[Node], where: Mapping[Index, tuple[Any, ...]], depth: int) -> str:
    return ", ".join([_key(n, where, depth) for n in nodes])


def _sorted(nodes: Sequence[Node], where: Mapping[Index, tuple[Any, ...]], depth: int) -> str:
    return ", ".join(sorted([_key(n, where, depth) for n in nodes]))
