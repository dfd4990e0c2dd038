"""The normal law with a matrix as its covariance: its density, and what that is made of."""

from __future__ import annotations

from collections.abc import Callable

from derivations.atoms.of_matrices import applied
from derivations.formula import (
    HALF,
    ONE,
    TWO,
    Bound,
    Delta,
    IndexExpr,
    MatrixAtom,
    Node,
    SizeVal,
    Tensor,
    add,
    div,
    factors_of,
    free_indices,
    key,
    mul,
    neg,
    num,
    reindex,
    sub,
    total,
)
from derivations.laws.table import PI, log
from derivations.laws.written import at


def diagonal(covariance: Node) -> Node | None:
    """v_i of δ_ij v_i."""
    assert isinstance(covariance, Tensor)
    i, j = covariance.indices
    equal = next((f for f in factors_of(covariance.body) if isinstance(f, Delta)), None)
    if equal is None or {equal.left, equal.right} != {i, j}:
        return None
    rest = mul(*(f for f in factors_of(covariance.body) if f is not equal))
    return reindex(Tensor((i,), reindex(rest, {j: i})), {})


def over_entries(like: Node, entry: Callable[..., Node]) -> Node:
    """Σ over the entries of an array, which are independent."""
    if not isinstance(like, Tensor):
        return entry()
    indices = tuple(i.fresh() for i in like.indices)
    return total(indices, entry(*indices))


def inverse(matrix: Node, a: IndexExpr, b: IndexExpr) -> Node:
    assert isinstance(matrix, Tensor)
    if (entries := diagonal(matrix)) is not None:
        return div(Delta(a, b), at(entries, a))
    row, col = matrix.indices
    return reindex(MatrixAtom("inv", row, col, matrix.body, (a, b)), {})


def log_det(matrix: Node) -> Node:
    assert isinstance(matrix, Tensor)
    if (entries := diagonal(matrix)) is not None:
        return over_entries(entries, lambda i: log(at(entries, i)))
    row, col = matrix.indices
    return reindex(MatrixAtom("logdet", row, col, matrix.body), {})


def size(matrix: Node) -> Node:
    assert isinstance(matrix, Tensor)
    size = matrix.indices[0].size
    return SizeVal(size) if isinstance(size, str) else num(size)


def square(away: Callable[[IndexExpr], Node], matrix: Node) -> Node:
    """aᵀ S⁻¹ a"""
    assert isinstance(matrix, Tensor)
    i, j = (k.fresh() for k in matrix.indices)
    return total((i, j), mul(away(i), inverse(matrix, i, j), away(j)))


def joint_log_density(x: Node, m: Node, covariance: Node) -> Node:
    """-d/2 log 2π - 1/2 log det S - 1/2 (x - m)ᵀ S⁻¹ (x - m)"""
    around = square(lambda i: sub(at(x, i), at(m, i)), covariance)
    return neg(mul(HALF, add(mul(size(covariance), log(mul(TWO, PI))), log_det(covariance), around)))


def root(covariance: Node) -> Tensor:
    """A matrix A with S = A Aᵀ: the A of which the covariance is written, else its Cholesky factor."""
    assert isinstance(covariance, Tensor)
    row, col = covariance.indices
    match covariance.body:
        case Bound("sum", (k,), body):
            left, right = (mul(*(f for f in factors_of(body) if i in free_indices(f))) for i in (row, col))
            rest = mul(*(f for f in factors_of(body) if not {row, col} & free_indices(f)))
            if rest == ONE and key(reindex(left, {row: col})) == key(right):
                return Tensor((row, k), left)
    other = col.fresh()
    return Tensor((row, other), applied("chol", covariance, row, other))
