"""The graph of a product of elements: its vertices are indices and its edges are factors.

    Σ_j A_ij B_jk   a path, A B           Σ_i u_i v_i    u^T v         Σ_ij A_ij B_ji   a cycle, tr(A B)
    u_i v_k         two ends, u v^T       u_i v_i        u ⊙ v         u_i A_ij         diag(u) A

An index that is open or stands at three factors makes an entrywise product; everything else is a chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derivations.domains import Names
from derivations.formula import Delta, Index, label_alone
from derivations.frozen import frozen
from derivations.notation.matrix.chains import (
    Atom,
    Chain,
    Scalars,
    Side,
    flips,
    key,
    of_factors,
    transpose,
    turn,
    upright,
)
from derivations.notation.matrix.shortest import join
from derivations.notation.write.layout import NoMatrixForm


@frozen
class Edge:
    """A factor at one or two indices: the product `atoms` has its rows at `a` and its columns at `b`."""

    atoms: tuple[Atom, ...]
    a: Index
    b: Index | None = None

    def at(self, index: Index) -> bool:
        return self.a is index or self.b is index

    def ends(self) -> tuple[Index, ...]:
        return (self.a,) if self.b is None else (self.a, self.b)

    def other(self, index: Index) -> Index | None:
        return self.b if self.a is index else self.a

    def from_(self, index: Index) -> tuple[Atom, ...]:
        """The product read away from an index: its rows are there."""
        return self.atoms if self.a is index else turn(self.atoms)


def ones(size: Side) -> Atom:
    return Atom("ones", (), size, None)


def size_atom(size: Side) -> Atom:
    return Atom("size", (size,))


def components(edges: list[Edge], cut: tuple[Index | None, ...]) -> list[list[Edge]]:
    """Edges that hang together through indices other than those of the cut."""
    left = list(edges)
    found: list[list[Edge]] = []
    while left:
        group = [left.pop(0)]
        grown = True
        while grown:
            near = {i for e in group for i in e.ends() if i not in cut}
            more = [e for e in left if any(i in near for i in e.ends())]
            left = [e for e in left if not any(e is m for m in more)]
            group += more
            grown = bool(more)
        found.append(group)
    return found


def of_label(node: Delta, ends: Sequence[Index], names: Names | None) -> Edge | None:
    """1[y_i = k] as the entry ik of the matrix that has a row for every label; None for a δ without a label."""
    label, at = label_alone(node.left), node.right
    if label is None:
        label, at = label_alone(node.right), node.left
    if label is None:
        return None
    places = (*label.at, at)
    taken = names is not None and "onehot" in names
    if taken or label.size != getattr(at, "size", None) or set(places) != set(ends) or len(places) != len(ends):
        raise NoMatrixForm("labels that are no rows")
    sizes = [i.size for i in places if isinstance(i, Index)]
    atom = Atom("onehot", (label.name,), sizes[0], sizes[1] if len(sizes) > 1 else None)
    return Edge((atom if places[0] is ends[0] else transpose(atom),), *ends)


def between(edges: list[Edge], row: Index | None, col: Index | None) -> tuple[tuple[Atom, ...], list[list[Edge]]]:
    """The chain from row to col, and the components that touch neither."""
    if row is None and col is None:
        return (), components(edges, ())
    if row is None:
        chain, loose = between(edges, col, None)
        return turn(chain), loose
    if col is None:
        return _from(edges, row)
    return _across(edges, row, col)


def _from(edges: list[Edge], i: Index) -> tuple[tuple[Atom, ...], list[list[Edge]]]:
    """A vector at i: the components that hang on i, multiplied entry by entry."""
    parts = components(edges, (i,))
    loose = [p for p in parts if not any(e.at(i) for e in p)]
    hanging = [p for p in parts if any(e.at(i) for e in p)]
    vectors = [_branch(p, i) for p in hanging]
    if len(vectors) <= 1:
        return (vectors[0] if vectors else ()), loose
    return (_had(vectors, i.size, None),), loose


def _had(products: Sequence[tuple[Atom, ...]], rows: Side, cols: Side) -> Atom:
    """Products multiplied entry by entry, reciprocals below the bar."""
    above: list[Chain] = []
    below: list[Chain] = []
    for product in products:
        if len(product) == 1 and product[0].kind == "had":
            above += product[0].data[0]
            below += product[0].data[1]
        else:
            above.append(of_factors(product))
    return Atom("had", (tuple(sorted(above, key=key)), tuple(sorted(below, key=key))), rows, cols)


def _merged(edges: list[Edge], i: Index) -> list[Edge] | None:
    """Two matrices at the same two indices as one entrywise product; None where there are no two."""
    for p, one in enumerate(edges):
        for two in edges[p + 1 :]:
            if one.b is not None and two.b is not None and one.at(i) and two.at(i) and one.other(i) is two.other(i):
                other = one.other(i)
                atom = _had((one.from_(i), two.from_(i)), i.size, other.size if other else None)
                return [e for e in edges if e is not one and e is not two] + [Edge((atom,), i, other)]
    return None


def _branch(part: list[Edge], i: Index) -> tuple[Atom, ...]:
    """A connected component as a vector at i."""
    touching = [e for e in part if e.at(i)]
    if len(touching) > 1:
        merged = _merged(part, i)
        if merged is not None:
            return _branch(merged, i)
        first = touching[0]
        rest = [e for e in part if e is not first]
        k = first.other(i)
        if k is None:
            raise NoMatrixForm("indices that do not form a chain")
        across, loose = _across(rest, i, k)
        if loose or not across or across[0].rows != i.size or across[-1].cols != k.size:
            raise NoMatrixForm("indices that do not form a chain")
        return (_had((first.from_(i), across), i.size, k.size), ones(k.size))
    edge = touching[0]
    k = edge.other(i) if edge.b is not None else None
    if k is None:
        return edge.atoms
    rest = [e for e in part if e is not edge]
    tail, loose = _from(rest, k)
    if loose:
        raise NoMatrixForm("indices that do not form a chain")
    return (*edge.from_(i), *(tail or (ones(k.size),)))


def _across(edges: list[Edge], i: Index, j: Index) -> tuple[tuple[Atom, ...], list[list[Edge]]]:
    """A matrix with rows at i and columns at j: paths, outer products, diagonal scalings, entrywise products."""
    parts = components(edges, (i, j))
    paths: list[tuple[Atom, ...]] = []
    left: list[tuple[Atom, ...]] = []
    right: list[tuple[Atom, ...]] = []
    loose: list[list[Edge]] = []
    for part in parts:
        at_i, at_j = any(e.at(i) for e in part), any(e.at(j) for e in part)
        if at_i and at_j:
            paths.append(_path(part, i, j))
        elif at_i:
            left.append(_branch(part, i))
        elif at_j:
            right.append(_branch(part, j))
        else:
            loose.append(part)
    u = left[0] if len(left) == 1 else (_had(left, i.size, None),) if left else ()
    v = right[0] if len(right) == 1 else (_had(right, j.size, None),) if right else ()
    if not paths:
        return (*u, *turn(v)), loose
    if u and v:
        return (_had([(*u, *turn(v)), *paths], i.size, j.size),), loose
    middle = paths[0] if len(paths) == 1 else (_had(paths, i.size, j.size),)
    return _scaled((*_diagonal(u), *middle, *_diagonal(v))), loose


def _scaled(chain: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """(u v^T) ⊙ A of diag(u) A diag(v), wherever it stands in a chain."""
    for k in range(len(chain) - 2):
        left, middle, right = chain[k : k + 3]
        if left.kind == "diag" and right.kind == "diag":
            u, v = (a.data[0].terms[0] for a in (left, right))
            if all(len(a.data[0].terms) == 1 and t.number == 1 and not t.scalars for a, t in ((left, u), (right, v))):
                both = _had([(*u.factors, *turn(v.factors)), (middle,)], left.rows, right.cols)
                return _scaled((*chain[:k], both, *chain[k + 3 :]))
    return chain


def _diagonal(v: tuple[Atom, ...]) -> tuple[Atom, ...]:
    return (Atom("diag", (of_factors(v),), v[0].rows, v[0].rows, same=True),) if v else ()


def _path(part: list[Edge], i: Index, j: Index) -> tuple[Atom, ...]:
    """A connected component as a matrix from i to j."""
    if len(part) == 1:
        return part[0].from_(i)
    for here, there, back in ((i, j, False), (j, i, True)):
        touching = [e for e in part if e.at(here)]
        if len(touching) == 1:
            edge = touching[0]
            k = edge.other(here)
            if k is None or k is there:
                continue
            rest, loose = _across([e for e in part if e is not edge], k, there)
            if loose:
                continue
            chain = (*edge.from_(here), *rest)
            return turn(chain) if back else chain
    merged = _merged(part, i) or _merged(part, j)
    if merged is not None:
        return _path(merged, i, j)
    raise NoMatrixForm("indices that do not form a chain")


def closed(part: list[Edge]) -> tuple[Fraction, Scalars]:
    """A component without open indices: u^T A v, 1^T u, tr(A B)."""
    ends = [i for e in part for i in e.ends()]
    vector = next((e for e in part if e.b is None), None)
    if vector is not None:
        rest = [e for e in part if e is not vector]
        if not rest and vector.atoms[-1].kind == "diagonal" and len(vector.atoms) == 1:
            return _trace(vector.atoms[0].data[0].terms[0].factors)
        k = vector.a
        tail, loose = _from(rest, k)
        if loose:
            raise NoMatrixForm("indices that do not form a chain")
        return _dot((*turn(vector.atoms), *(tail or (ones(k.size),))))
    loose_end = next((i for i in ends if ends.count(i) == 1), None)
    if loose_end is not None:
        tail, _ = _from(part, loose_end)
        return _dot((transpose(ones(loose_end.size)), *tail))
    edge = min(part, key=lambda e: key(e.atoms))
    if edge.b is None:
        raise NoMatrixForm("indices that do not form a chain")
    rest = [e for e in part if e is not edge]
    if not rest:
        return Fraction(1), ()
    across, loose = _across(rest, edge.b, edge.a)
    if loose or across[0].rows != edge.b.size or across[-1].cols != edge.a.size:
        raise NoMatrixForm("indices that do not form a chain")
    return _trace((*edge.atoms, *across))


_LEADING = {"name": 0, "ones": 0, "paren": 1}
"""What a scalar product begins with rather than with a function or an entrywise product."""


def _dot(factors: tuple[Atom, ...]) -> tuple[Fraction, Scalars]:
    """u^T A v in the direction that has fewer transposes; ‖v‖² where it is a square."""
    factors = join(factors)
    half = len(factors) // 2
    if len(factors) % 2 == 0 and factors[:half] == turn(factors[half:]) and not any(a.kind == "ones" for a in factors):
        return Fraction(1), ((Atom("norm", (of_factors(factors[half:]),)), Fraction(2)),)
    for one, two in (factors, turn(factors)) if len(factors) == 2 else ():
        if one.kind == "ones" and two.kind == "map" and two.data[0] == "abs":
            return Fraction(1), ((Atom("norm1", two.data[1]), Fraction(1)),)
    best = min(
        (factors, join(turn(factors))),
        key=lambda f: (f[0].kind != "ones" and f[-1].kind == "ones", _LEADING.get(f[0].kind, 2), _turns(f), key(f)),
    )
    return Fraction(1), ((Atom("dot", best), Fraction(1)),)


def _trace(factors: tuple[Atom, ...]) -> tuple[Fraction, Scalars]:
    """tr of a cycle, begun where it has the fewest transposes and the smallest name."""
    half = len(factors) // 2
    if len(factors) == 2 and factors[0] == transpose(factors[1]) and not factors[0].same:
        return Fraction(1), (
            (
                Atom("normF", (of_factors(min(factors[:half], factors[half:], key=lambda f: (_turns(f), key(f)))),)),
                Fraction(2),
            ),
        )
    turns = [f[k:] + f[:k] for f in (factors, turn(factors)) for k in range(len(factors))]
    best = min(turns, key=lambda f: (_turns(f), len(join(f)), key(f)))
    return Fraction(1), ((Atom("trace", join(best)), Fraction(1)),)


def _turns(factors: tuple[Atom, ...]) -> int:
    """How many transposes are written in a product; those of names count half."""
    return sum(flips(a) * (1 if a.kind in ("name", "ones") else 2) + 2 * turned for a, turned in map(upright, factors))
