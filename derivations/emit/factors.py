"""One factorisation a matrix: what a library computes with less than is written.

    log det A            → 2 Σ log diag L, A = L Lᵀ        for an A that is certainly positive definite
    A⁻¹ b, A⁻¹ c, A⁻¹    → from that L
    A⁻¹ b, A⁻ᵀ c, det A  → from L and U, P A = L U         for any other A

A matrix that is used once keeps the one call that somebody would write, and so does one of which nothing is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from derivations.emit.dialect import Dialect
from derivations.emit.program import (
    Array,
    Diagonal,
    Literal,
    Map,
    Matrix,
    Permute,
    Reduce,
    Solve,
    in_order,
    over,
    rewritten,
)

LOGS = ("logdet", "logabsdet")
"""Logarithms of a determinant."""
FACTORED = frozenset({"inv", "det", "chol", *LOGS})
"""What is computed from factors."""


def factored(
    outputs: Mapping[str, Array], nodes: Mapping[Array, str], definite: Collection[Array], dialect: Dialect
) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes with one factorisation for each matrix that is worth it, of Cholesky for those
    of `definite`."""
    uses: dict[Array, set[Array]] = defaultdict(set)
    for a in in_order(tuple(outputs.values())):
        if (matrix := _matrix(a)) is not None:
            uses[matrix].add(a)
    worth = {m: how for m, of in uses.items() if (how := _shared(of, m in definite, dialect))}

    def rule(a: Array, visit: Callable[[Array], Array]) -> Array:
        if (matrix := _matrix(a)) is not None and (how := worth.get(matrix)):
            factor = Matrix(how, visit(matrix))
            if how == "cholesky":
                return _by_cholesky(a, factor, visit)
            if dialect.operation(_lu_of(a)) is not None:
                return _by_lu(a, factor, matrix, visit)
        return _folded(over(a, visit))

    return rewritten(outputs, nodes, rule)


def _folded(a: Array) -> Array:
    """½ (2 x) → x: of two numbers one; x + x → 2 x."""
    match a:
        case Map("add", (x, y), (one, other)) if x == y and one == other:
            return Map("multiply", (Literal(Fraction(2)), x), ((), one), a.sizes, a.kind)
        case Map("multiply", (Literal(one), Map("multiply", (Literal(other), x), ((), inner)))) if (
            a.places[1] == inner or not x.shape
        ):
            number = one * other
            return x if number == 1 else Map("multiply", (Literal(number), x), ((), inner), a.sizes, a.kind)
        case _:
            return a


def _matrix(a: Array) -> Array | None:
    """The matrix of a solve, an inverse or a determinant; of a transposed one that is symmetric the same. A stack of
    matrices has none: libraries factor each by itself."""
    m = a.a if isinstance(a, Solve) else a.arg if isinstance(a, Matrix) and a.op in FACTORED else None
    if m is not None and len(m.shape) > 2:
        return None
    while isinstance(m, Permute) and m.order == (1, 0):
        m = m.arg
    return m


def _lu_of(a: Array) -> str:
    """The operation that does the same from L and U."""
    if isinstance(a, Solve):
        return "lu_solve"
    assert isinstance(a, Matrix)
    return f"lu_{a.op}"


def _shared(uses: Collection[Array], definite: bool, dialect: Dialect) -> str:
    """How a matrix is factored for its uses; empty where one call each does as well."""
    if definite and dialect.operation("cholesky_solve") is not None:
        logs = any(isinstance(a, Matrix) and a.op in LOGS for a in uses)
        return "cholesky" if len(uses) > 1 or logs else ""
    return "lu" if sum(dialect.operation(_lu_of(a)) is not None for a in uses) > 1 else ""


def _by_lu(a: Array, factor: Array, matrix: Array, visit: Callable[[Array], Array]) -> Array:
    """The same from L and U."""
    if isinstance(a, Solve):
        return Solve(factor, visit(a.b), a.transposed != (a.a != matrix), "lu")
    assert isinstance(a, Matrix)
    made = Matrix(_lu_of(a), factor)
    return Permute(made, (1, 0)) if a.op == "inv" and a.arg != matrix else made


def _by_cholesky(a: Array, factor: Array, visit: Callable[[Array], Array]) -> Array:
    """The same from L, A = L Lᵀ."""
    if isinstance(a, Solve):
        return Solve(factor, visit(a.b), False, "cholesky")
    assert isinstance(a, Matrix)
    if a.op == "inv":
        return Matrix("cholesky_inverse", factor)
    if a.op == "chol":
        return factor
    diagonal = Diagonal(factor, 0, 1)
    if a.op == "det":
        return Map("square", (Reduce("prod", diagonal, (0,)),), ((),), ())
    logs = Reduce("sum", Map("log", (diagonal,), ((0,),), diagonal.shape), (0,))
    return Map("multiply", (Literal(Fraction(2)), logs), ((), ()), ())
