"""Which program of several for the same formulas: the one that costs least (`cost`).

    H = Xᵀ diag(s) X; H v     a node that is summed against something is put in its place: Xᵀ (s ∘ (X v))
    Σ_ij G_ij Σ_k D_ijk²      a sum that another place needs for itself is not joined with the sum around it
    Σ_ik M_ij D_ik W_jk       an order of products that costs less alone may share less with the rest

What is written stays unless the other costs clearly less: names are worth more than a few operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from derivations.domains import Names
from derivations.emit.cost import at_large, computed, operations, price_of
from derivations.emit.lower import Lowering
from derivations.emit.program import Array
from derivations.folding.fold import inline
from derivations.formula import Formula, names_in
from derivations.work import tried

INSTEAD = 0.5
"""What another program must cost at most, beside the one that computes each node."""


class Lowered:
    """Formulas as arrays, with the lowering that made them and what they cost."""

    def __init__(
        self, outputs: Mapping[str, Formula], names: Names, apart: frozenset[object] = frozenset(), search: bool = True
    ):
        self.formulas, self.names = outputs, names
        self.lowering = Lowering(names, apart, search=search)
        self.arrays: dict[str, Array] = {key: self.lowering.formula(f).array for key, f in outputs.items()}
        self.computed = frozenset(computed(self.arrays.values()))

    def instead_of(self, other: Lowered) -> bool:
        """Whether what only this one computes is clearly cheaper than what only the other computes."""
        mine, theirs = (price_of(a.computed - b.computed) for a, b in ((self, other), (other, self)))
        return mine[0] < INSTEAD * theirs[0] or (mine[1] < theirs[1] and mine[0] <= theirs[0])


def chosen(outputs: Mapping[str, Formula], names: Names) -> Lowered:
    """The program that costs least, of those that are tried."""
    best = Lowered(outputs, names)
    if best.lowering.search.taken:
        written = tried(lambda: Lowered(outputs, names, search=False))
        best = best if written is None or best.instead_of(written) else written
    search = best.lowering.search.active
    for name in _dear(best):
        other = tried(partial(_without, best, name))
        if other is not None and other.instead_of(best):
            best = other
    apart = tried(lambda: Lowered(best.formulas, best.names, best.lowering.sums(), search))
    return best if apart is None or not apart.instead_of(best) else apart


def _dear(made: Lowered) -> list[str]:
    """The matrices among the nodes that take at least half of all operations and are no result."""
    results, total = set(made.arrays.values()), at_large(operations(made.arrays.values()))
    return [
        name
        for name, value in made.lowering.nodes.items()
        if len(value.axes) > 1
        and value.array in made.computed
        and value.array not in results
        and 2 * at_large(operations([value.array])) > total
    ]


def _without(made: Lowered, name: str) -> Lowered:
    """The program in which a node is computed nowhere: its definition stands in its place."""

    def put_in(f: Formula) -> Formula:
        return replace(f, body=inline(f.body, made.names, frozenset({name})))

    rows = [
        row.with_equation(put_in(row.equation))
        for row in made.names.values()
        if row.equation is not None and name in names_in(row.equation.body)
    ]
    formulas = {key: put_in(f) for key, f in made.formulas.items()}
    return Lowered(formulas, made.names.with_rows(*rows).without(name))
