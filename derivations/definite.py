"""Whether a matrix that is written entry by entry is certainly positive definite or semidefinite, at every size.

    Σ_k c_k g_ik g_jk, c ≥ 0      semidefinite: a Gram matrix, Xᵀ diag(c) X; with no index k the square of a vector
    Σ_kl g_ik A_kl g_jl           semidefinite for a positive definite A
    δ_ij d_i, d ≥ 0               semidefinite, definite where d > 0
    A, A⁻¹                        definite for a positive definite A

Sums of such are semidefinite, and definite where one of them is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from derivations.domains import Names
from derivations.formula import (
    Add,
    Delta,
    Elem,
    Index,
    IndexExpr,
    MatrixAtom,
    Mul,
    Node,
    free_indices,
    key,
    mul,
    reindex,
)
from derivations.signs import nonnegative, positive
from derivations.simplify.same import opened
from derivations.simplify.shapes import expand
from derivations.stacks import matrix_of

FEW = 4
"""Summation indices of which every pairing is tried."""


def definite(matrix: Node, row: Index, col: Index, names: Names) -> str | None:
    """`definite`, `semidefinite`, or None where nothing is shown."""
    for tree in (matrix, expand(matrix, names)):  # (x - m)(x - m)ᵀ is a square as it stands
        kinds = [_term(term, row, col, names) for term in (tree.args if isinstance(tree, Add) else (tree,))]
        if None not in kinds:
            return "definite" if "definite" in kinds else "semidefinite"
    return None


def _term(term: Node, row: Index, col: Index, names: Names) -> str | None:
    factors = list(term.args) if isinstance(term, Mul) else [term]
    outer = [f for f in factors if not free_indices(f) & {row, col}]
    inner = [f for f in factors if free_indices(f) & {row, col}]
    scale = mul(*outer)
    if not nonnegative(scale, names):
        return None
    found = _core(inner, row, col, names)
    return "semidefinite" if found == "definite" and not positive(scale, names) else found


def _core(factors: Sequence[Node], row: Index, col: Index, names: Names) -> str | None:
    deltas = [f for f in factors if isinstance(f, Delta) and {f.left, f.right} == {row, col}]
    if deltas:
        diagonal = mul(*(f for f in factors if f is not deltas[0]))
        return "definite" if positive(diagonal, names) else "semidefinite" if nonnegative(diagonal, names) else None
    if len(factors) == 1 and known_definite(factors[0], (row, col), names):
        return "definite"
    bound, factors = opened(mul(*factors))
    left = [f for f in factors if row in free_indices(f)]
    right = [f for f in factors if col in free_indices(f)]
    middle = [f for f in factors if not free_indices(f) & {row, col}]
    if not left or any(f in right for f in left) or len(bound) > FEW:
        return None
    core = [f for f in middle if _is_core(f, names)]
    rest = mul(*(f for f in middle if f not in core))
    if len(core) > 1 or not nonnegative(rest, names):
        return None
    link = dict([core[0].at[-2:]]) if core else {}  # type: ignore[union-attr]
    mirror = key(mul(*right))
    for order in permutations(bound):
        onto = dict(zip(bound, order, strict=True))
        if all(onto[onto[i]] is i for i in bound) and key(reindex(mul(*left), {row: col, **onto})) == mirror:
            swapped = {i: j for i, j in onto.items() if i is not j}
            if (not swapped and not core) or (
                core
                and swapped == {**link, **{b: a for a, b in link.items()}}
                and not free_indices(rest) & set(swapped)
            ):
                return "semidefinite"
    return None


def _is_core(node: Node, names: Names) -> bool:
    """Whether a factor is an entry of a positive definite matrix, whatever its places."""
    return isinstance(node, Elem | MatrixAtom) and len(node.at) > 1 and known_definite(node, node.at[-2:], names)


def known_definite(node: Node, at: Sequence[IndexExpr], names: Names) -> bool:
    """A_ij or (A⁻¹)_ij of a positive definite A, in either order of its indices."""
    if isinstance(node, MatrixAtom) and node.op == "inv":
        found = matrix_of(node.body, node.row, node.col, names) if {*node.at} == {*at} and len({*at}) == 2 else None
    else:
        found = matrix_of(node, at[0], at[1], names)
    return found is not None and found.domain.has("definite")
