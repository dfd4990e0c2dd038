"""One factorisation a matrix: what is solved for, inverted or measured several times is factored once.

    log det A            → 2 Σ log diag L, A = L Lᵀ        for an A that is certainly positive definite
    A⁻¹ b, A⁻¹ c, A⁻¹    → from that L

A matrix that is used once keeps the one call that somebody would write, and so does one of which nothing is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
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
)


def factored(
    outputs: Mapping[str, Array], nodes: Mapping[Array, str], definite: Collection[Array], dialect: Dialect
) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes with one Cholesky factor for each matrix of `definite` that is worth it."""
    uses: dict[Array, set[Array]] = defaultdict(set)
    for a in in_order(tuple(outputs.values())):
        if (matrix := _matrix(a)) is not None and matrix in definite:
            uses[matrix].add(a)
    if dialect.operation("cholesky_solve") is None:
        return dict(outputs), dict(nodes)
    worth = {m for m, of in uses.items() if len(of) > 1 or any(isinstance(a, Matrix) and a.op == "logdet" for a in of)}
    done: dict[Array, Array] = {}

    def visit(a: Array) -> Array:
        if a not in done:
            matrix = _matrix(a)
            done[a] = over(a, visit) if matrix not in worth else _by_factor(a, Matrix("cholesky", visit(matrix)), visit)
        return done[a]

    return {key: visit(a) for key, a in outputs.items()}, {visit(a): name for a, name in nodes.items()}


def _matrix(a: Array) -> Array | None:
    """The matrix of a solve, an inverse or a determinant; of a transposed one that is symmetric the same."""
    m = a.a if isinstance(a, Solve) else a.arg if isinstance(a, Matrix) else None
    while isinstance(m, Permute) and m.order == (1, 0):
        m = m.arg
    return m


def _by_factor(a: Array, factor: Array, visit) -> Array:
    """The same from L, A = L Lᵀ."""
    if isinstance(a, Solve):
        return Solve(factor, visit(a.b), False, "cholesky")
    assert isinstance(a, Matrix)
    if a.op == "inv":
        return Matrix("cholesky_inverse", factor)
    diagonal = Diagonal(factor, 0, 1)
    if a.op == "det":
        return Map("square", (Reduce("prod", diagonal, (0,)),), ((),), ())
    logs = Reduce("sum", Map("log", (diagonal,), ((0,),), diagonal.shape), (0,))
    return Map("multiply", (Literal(Fraction(2)), logs), ((), ()), ())
