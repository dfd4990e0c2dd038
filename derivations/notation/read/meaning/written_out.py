"""Arrays that are written with their entries: vectors, matrices, `j -> a_j`."""

from __future__ import annotations

from derivations.formula import Index, IndexExpr, Node, grouped, reindex, walk
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.joint import on_pairs
from derivations.notation.read.meaning.values import Val, Wild, explicit, find, squeeze
from derivations.notation.read.surface import ArrayOf, Matrix, Row, Surface, Vector


def vector(meaning: Meaning, t: Vector | Row) -> Val:
    values = [meaning.value(a) for a in t.parts]
    if any(v.sizes for v in values):
        if all(len(v.sizes) == 2 and find(v.sizes[0]) == 1 and v.entries is not None for v in values):
            return matrix_of(meaning, [v.entries[0] for v in values], t)
        raise meaning.shape_fault("a vector", values, (t.start, t.end), "its entries are scalars")
    nodes: list[Node] = [v.node for v in values]  # type: ignore[misc]
    if len(nodes) == 1:
        return Val(nodes[0])
    entry = explicit([[n] for n in nodes])
    made = meaning.made((len(nodes),), lambda i: entry(i, 1), cost=len(nodes))
    made.entries = [[n] for n in nodes]
    return made


def matrix_of(meaning: Meaning, made: list[list[Node]], t: Surface) -> Val:
    if len({len(r) for r in made}) != 1:
        raise meaning.fail("the rows of this matrix differ in length", t, "rows of equal length")
    at = explicit(made)
    if len(made) == 1 and len(made[0]) == 1:
        return Val(made[0][0])
    sizes, entry = squeeze((len(made), len(made[0])), at)
    out = meaning.made(sizes, entry, cost=len(made) * len(made[0]))
    out.entries = made
    return out


def matrix(meaning: Meaning, t: Matrix) -> Val:
    made = []
    for row in t.parts:
        values = [meaning.value(a) for a in row.below()]
        if any(v.sizes for v in values):
            raise meaning.shape_fault("a matrix", values, (t.start, t.end), "its entries are scalars")
        made.append([v.node for v in values])
    return matrix_of(meaning, made, t)


def array_by_entries(meaning: Meaning, t: ArrayOf) -> Val:
    """`j -> a_j`: the array with these entries."""
    saved = dict(meaning.env)
    made: list[Index] = []
    for letter, size in t.heads:
        index = meaning.index(letter, size if size is not None else Wild())
        declared = meaning.scope.indices.get(letter)
        if size is None and declared is not None:  # where the entries do not tell, the declaration does
            meaning.hints.append((index, declared.size))
        meaning.env[letter] = index
        made.append(index)
    body = meaning.value(t.body)
    meaning.env = saved
    if body.sizes:
        raise meaning.shape_fault("an array", [body], (t.start, t.end), "its entries are scalars")
    node = body.node
    assert node is not None
    sizes = tuple(i.size for i in made)

    def at(*indices: IndexExpr) -> Node:
        return reindex(node, dict(zip(made, indices, strict=True)))

    cost = sum(1 for _ in walk(node))
    if any(count > 1 for count in t.joint):
        return on_pairs(meaning, grouped(sizes, t.joint), at, meaning.made(sizes, at, cost=cost))
    return meaning.made(*squeeze(sizes, at), cost=cost)
