"""When two forms are the same: sums opened, their indices in an order that does not depend on their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from derivations.domains import Names
from derivations.formula import (
    Add,
    Apply,
    Bound,
    Elem,
    Index,
    IndexExpr,
    Key,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    children,
    count,
    factors_of,
    free_indices,
    key,
    key_of,
    mul,
    over,
    reindex,
    split_coefficient,
)
from derivations.simplify.monomials import like_terms
from derivations.simplify.tidy import tidy

TIES = 4
"""Indices that stand alike and are put in every order: 4! orders are compared."""


def identity(node: Node, names: Names) -> Key:
    """Equal for forms that differ in the order of terms, of factors and of sums, in the names of bound indices, in
    nesting of sums, and in the order of a symmetric matrix's indices."""
    return key(_flat(tidy(node, names), names))


def _flat(node: Node, names: Names) -> Node:
    node = over(node, lambda child: _flat(child, names))
    match node:
        case Pow(Add((one, other)), Num(value)) if value == 2:  # (a - b)² is (b - a)²
            return like_terms([tidy(mul(*f), names) for f in ((one, one), (one, other), (one, other), (other, other))])
    if isinstance(node, Mul | Bound | Pow) and (not isinstance(node, Bound) or node.op == "sum"):
        indices, factors = opened(node)
        if indices:
            return _ordered(indices, factors, names)
    if isinstance(node, Elem | MatrixAtom | Apply) and _swaps(node, names):
        return _sorted_at(node, {})
    return node


def opened(node: Node) -> tuple[list[Index], list[Node]]:
    """A product of sums of products as one sum: Σ_i a_i Σ_j b_j = Σ_ij a_i b_j. Its indices and its factors."""
    if isinstance(node, Bound) and node.op == "sum":
        indices, factors = opened(node.body)
        fresh = {i: i.fresh() for i in (*node.indices, *indices)}
        return list(fresh.values()), [reindex(f, fresh) for f in factors]
    if isinstance(node, Mul):
        parts = [opened(a) for a in node.args]
        return [i for p in parts for i in p[0]], [f for p in parts for f in p[1]]
    if (
        isinstance(node, Pow)
        and isinstance(node.base, Bound)
        and node.base.op == "sum"
        and isinstance(node.exponent, Num)
        and node.exponent.value in (2, 3)
    ):
        return opened(Mul((node.base,) * int(node.exponent.value)))
    return [], [node]


def _ordered(indices: Sequence[Index], factors: Sequence[Node], names: Names) -> Node:
    """One sum with its indices in an order that depends on where they stand and not on their names."""
    colours: dict[Index, str] = {i: str(i.size) for i in indices}
    for _ in range(len(indices)):
        finer = {
            i: repr((colours[i], sorted(_seen_from(i, f, colours, names) for f in factors if i in free_indices(f))))
            for i in indices
        }
        ranks = {c: f"{k:03d}" for k, c in enumerate(sorted(set(finer.values())))}
        done = len(ranks) == len(set(colours.values()))
        colours = {i: ranks[finer[i]] for i in indices}
        if done:
            break
    ranked = sorted(indices, key=lambda i: colours[i])
    ties = [i for i in ranked if sum(colours[i] == colours[j] for j in ranked) > 1]
    if not 1 < len(ties) <= TIES:
        return _written(ranked, factors, names)
    orders = (sorted(ranked, key=lambda i, p=p: (colours[i], p.index(i) if i in p else 0)) for p in permutations(ties))
    return min((_written(order, factors, names) for order in orders), key=lambda n: key(n))


def _written(order: Sequence[Index], factors: Sequence[Node], names: Names) -> Node:
    rank = {i: k for k, i in enumerate(order)}
    return Bound("sum", tuple(order), mul(*(_sorted_at(f, rank) if _swaps(f, names) else f for f in factors)))


def _seen_from(index: Index, factor: Node, colours: Mapping[Index, str], names: Names) -> str:
    """A factor with its bound indices as colours, the index itself marked."""
    to: dict[Index, IndexExpr] = {
        i: Index("me" if i is index else colours[i], i.size) for i in free_indices(factor) if i in colours
    }
    seen = reindex(factor, to)
    if _swaps(seen, names) and isinstance(seen, Elem | MatrixAtom | Apply):
        seen = replace(seen, at=(*seen.at[:-2], *sorted(seen.at[-2:], key=repr)))
    where = {i: ("seen", i.name) for i in free_indices(seen)}
    return key_of(seen, where)


def _swaps(node: Node, names: Names) -> bool:
    """Whether a matrix entry is the same with its two indices exchanged."""
    if isinstance(node, Elem):
        row = names.get(node.name)
        return row is not None and row.domain.has("symmetric")
    if isinstance(node, Apply):
        return node.fn == "@eigproj"
    if not (isinstance(node, MatrixAtom) and node.op == "inv"):
        return False
    one, two = Index("r", node.row.size), Index("c", node.col.size)
    there, back = (
        _flat(tidy(reindex(node.body, to), names), names)
        for to in ({node.row: one, node.col: two}, {node.row: two, node.col: one})
    )
    return key(there) == key(back)


def _sorted_at(node: Node, rank: Mapping[Index, int]) -> Node:
    if not isinstance(node, Elem | MatrixAtom | Apply):
        return node
    pair = sorted(node.at[-2:], key=lambda a: (rank.get(a, -1), a.name) if isinstance(a, Index) else (-2, str(a)))
    return replace(node, at=(*node.at[:-2], *pair))


def alike_joined(node: Node, names: Names) -> Node:
    """Terms that are the same but for how their sums nest, Σ_i a_i Σ_j b_ij and Σ_ij a_i b_ij, or (Σ_i a_i)² and
    Σ_i a_i Σ_j a_j, as one, in the shortest of these forms."""
    node = over(node, lambda child: alike_joined(child, names))
    if not isinstance(node, Add):
        return node
    rows = [split_coefficient(term) for term in node.args]
    looks = Counter(_look(rest) for _, rest in rows if _sums(rest))
    if all(many == 1 for many in looks.values()):
        return node
    keys = [identity(rest, names) if _sums(rest) and looks[_look(rest)] > 1 else "" for _, rest in rows]
    shortest: dict[Key, Node] = {}
    for found, (_, rest) in zip(keys, rows, strict=True):
        if found and (found not in shortest or count(rest) < count(shortest[found])):
            shortest[found] = rest
    return like_terms([mul(Num(c), shortest.get(found, rest)) for found, (c, rest) in zip(keys, rows, strict=True)])


def _sums(node: Node) -> bool:
    return any(isinstance(base := _base(factor)[0], Bound) and base.op == "sum" for factor in factors_of(node))


def _base(node: Node) -> tuple[Node, int]:
    """a and 2 of a²; any other tree to the power 1."""
    match node:
        case Pow(base, Num(value)) if value in (2, 3):
            return base, int(value)
    return node, 1


def _look(node: Node) -> tuple[str, ...]:
    """The names in a term, each as often as it stands there when powers are written out: alike in all terms that are
    the same."""
    found: list[str] = []
    stack = [(node, 1)]
    while stack:
        part, times = stack.pop()
        if isinstance(part, Elem):
            found += [part.name] * times
        base, power = _base(part)
        stack += [(base, times * power)] if power > 1 else [(child, times) for child in children(part)]
    return tuple(sorted(found))
