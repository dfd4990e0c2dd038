"""One factorisation a matrix, and distances without the differences: what a library computes with less than is written.

    log det A            → 2 Σ log diag L, A = L Lᵀ        for an A that is certainly positive definite
    A⁻¹ b, A⁻¹ c, A⁻¹    → from that L
    Σ_k (x_ik - z_jk)²   → no (n, m, d) array, where nobody else needs it

A matrix that is used once keeps the one call that somebody would write, and so does one of which nothing is known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from derivations.emit.dialect import Dialect
from derivations.emit.program import (
    Array,
    Contract,
    Diagonal,
    Distances,
    Literal,
    Map,
    Matrix,
    Permute,
    Reduce,
    Solve,
    in_order,
    operands,
    over,
    rewritten,
)


def factored(
    outputs: Mapping[str, Array], nodes: Mapping[Array, str], definite: Collection[Array], dialect: Dialect
) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes with one Cholesky factor for each matrix of `definite` that is worth it, and
    with squared distances, where the dialect has them."""
    uses: dict[Array, set[Array]] = defaultdict(set)
    readers: Counter[Array] = Counter()
    for a in in_order(tuple(outputs.values())):
        readers.update(set(operands(a)))
        if (matrix := _matrix(a)) is not None and matrix in definite:
            uses[matrix].add(a)
    if dialect.operation("cholesky_solve") is None:
        uses.clear()
    worth = {m for m, of in uses.items() if len(of) > 1 or any(isinstance(a, Matrix) and a.op == "logdet" for a in of)}
    distances = dialect.operation("distances") is not None

    def rule(a: Array, visit: Callable[[Array], Array]) -> Array:
        if (matrix := _matrix(a)) in worth and matrix is not None:
            return _by_factor(a, Matrix("cholesky", visit(matrix)), visit)
        if distances and (pair := _distances(a)) is not None and readers[operands(a)[0]] == 1:
            return Distances(visit(pair[0]), visit(pair[1]))
        return _folded(over(a, visit))

    return rewritten(outputs, nodes, rule)


def _distances(a: Array) -> tuple[Array, Array] | None:
    """x (n, d) and z (m, d) where an array is Σ_k (x_ik - z_jk)²."""
    if not (isinstance(a, Contract) and a.a == a.b and a.la == a.lb and len(a.la) == 3 and len(a.out) == 2):
        return None
    difference = a.a
    if not (
        isinstance(difference, Map) and difference.fn == "subtract" and a.out == tuple(sorted(a.out, key=a.la.index))
    ):
        return None
    (summed,) = (k for k, label in enumerate(a.la) if label not in a.out)
    first, second = (k for k in range(3) if k != summed)
    found = dict(zip(difference.places, difference.args, strict=True))
    x, z = found.get((first, summed)), found.get((second, summed))
    return None if x is None or z is None else (x, z)


def _folded(a: Array) -> Array:
    """½ (2 x) → x: of two numbers one."""
    match a:
        case Map("multiply", (Literal(one), Map("multiply", (Literal(other), x), ((), inner)))) if (
            a.places[1] == inner or not x.shape
        ):
            number = one * other
            return x if number == 1 else Map("multiply", (Literal(number), x), ((), inner), a.sizes, a.kind)
        case _:
            return a


def _matrix(a: Array) -> Array | None:
    """The matrix of a solve, an inverse or a determinant; of a transposed one that is symmetric the same."""
    m = a.a if isinstance(a, Solve) else a.arg if isinstance(a, Matrix) else None
    while isinstance(m, Permute) and m.order == (1, 0):
        m = m.arg
    return m


def _by_factor(a: Array, factor: Array, visit: Callable[[Array], Array]) -> Array:
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
