"""Formulas over pairs of indices in matrix notation: vec(B A^T), A ⊗ B + C ⊗ D.

(j, i) -> m_ij                     vec(M)
(i, k), (j, l) -> a_ij b_kl        A ⊗ B, term by term
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from derivations.formula import (
    ONE,
    Bound,
    Formula,
    Index,
    Node,
    factors_of,
    free_indices,
    mul,
    num,
    split_coefficient,
    terms_of,
    total,
)
from derivations.notation.write.layout import Factors, Fn, Lay, NoMatrixForm, Terms

Arrange = Callable[[Formula], Lay]
"""The arrangement of a formula without pairs in matrix notation."""


def over_pairs(formula: Formula, arrange: Arrange) -> Lay:
    """vec of a matrix, a sum of Kronecker products. Raises `NoMatrixForm`."""
    if formula.joint == (2,):
        slow, fast = formula.axes
        return Fn("vec", (arrange(replace(formula, axes=(fast, slow), joint=())),))
    if formula.joint != (2, 2):
        raise NoMatrixForm("axes over pairs of indices")
    laid: list[tuple[int, Lay]] = []
    for term in terms_of(formula.body):
        number, rest = split_coefficient(term)
        left, right = _factors(rest, formula.axes)
        i, k, j, m = formula.axes
        first = replace(formula, body=mul(num(abs(number)), left), axes=(i, j), joint=())
        second = replace(formula, body=right, axes=(k, m), joint=())
        laid.append((-1 if number < 0 else 1, Factors((arrange(first), arrange(second)), "⊗")))
    return laid[0][1] if len(laid) == 1 and laid[0][0] > 0 else Terms(tuple(laid))


def _factors(node: Node, axes: Sequence[Index]) -> tuple[Node, Node]:
    """a_ij and b_kl of a_ij b_kl, and of a sum over indices that each has to itself."""
    i, k, j, m = axes
    summed: tuple[Index, ...] = ()
    if isinstance(node, Bound) and node.op == "sum":
        summed, node = node.indices, node.body
    groups: list[tuple[set[Index], list[Node]]] = []
    for factor in factors_of(node):
        meets, parts = set(free_indices(factor)) & {i, j, k, m, *summed}, [factor]
        for group in [g for g in groups if g[0] & (meets & {*summed})]:
            groups.remove(group)
            meets, parts = meets | group[0], group[1] + parts
        groups.append((meets, parts))
    sides: tuple[list[Node], list[Node]] = ([], [])
    for meets, parts in groups:
        if meets & {i, j} and meets & {k, m}:
            raise NoMatrixForm("no product of Kronecker")
        own = [s for s in summed if s in meets]
        sides[bool(meets & {k, m})].append(total(own, mul(*parts)))
    lost = [s for s in summed if not any(s in meets for meets, _ in groups)]
    if lost:
        raise NoMatrixForm("a sum over an index that does not occur")
    return mul(ONE, *sides[0]), mul(ONE, *sides[1])
