"""Functions of whole matrices: one row each, what it takes, what it gives, and how it is written.

In a tree such a function is an `Apply` of a matrix, under a name that nobody can declare:
`Apply("@eigval", (S,), at=(k,))`. What it computes is in tables of the interpreters (`of_matrices` in `evaluate.floats`
and `evaluate.balls`, the dialects of `emit`), its derivative in `matrix_slopes`; to a proof it is a function of which
only what `simplify` knows of Cholesky factors is used.

    eigval(S, k)      λ_k, the k-th largest eigenvalue of a symmetric S
    eigproj(S, k)     u_k u_kᵀ of a unit eigenvector, whatever its sign, where λ_k is simple
    singval(W, k)     σ_k, the k-th largest singular value
    singdyad(W, k)    u_k v_kᵀ of unit singular vectors, whatever their signs, where σ_k is simple
    nuclear(W)        Σ_k σ_k = tr (WᵀW)^(1/2)
    polar(W)          U Vᵀ = W (WᵀW)^(-1/2), where W has full rank
    expm(X)           Σ_k Xᵏ/k!
    chol(K)           the lower triangular L with K = L Lᵀ and a positive diagonal

A symmetric matrix counts by its symmetric part, (S + Sᵀ)/2, for every interpreter alike; the reader refuses a matrix
that is not symmetric.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from derivations.formula import Apply, Index, IndexExpr, Node, Size, Tensor, end_of, reindex, walk
from derivations.frozen import frozen

Takes = Literal["symmetric", "definite", "square", "any"]


@frozen
class OfMatrix:
    """One function.

    name      what it is called in a tree, without its @
    takes     a symmetric, positive definite, square matrix, or any
    numbered  whether it takes the number of an eigenvalue or a singular value behind the matrix
    matrix    whether its value is a matrix, of as many rows and columns
    total     whether it has a value at every matrix that it takes; analytic  whether it is analytic there
    said      what its value is, for those who read it
    lost      why it has no derivative, where it has none
    """

    name: str
    takes: Takes
    numbered: bool = False
    matrix: bool = False
    total: bool = False
    analytic: bool = False
    said: str = ""
    lost: str = ""

    @property
    def key(self) -> str:
        """Its name in a tree."""
        return f"@{self.name}"


ROWS = (
    OfMatrix("eigval", "symmetric", numbered=True, total=True),
    OfMatrix("eigproj", "symmetric", numbered=True, matrix=True, said=(
        "eigproj(S, k) is u uᵀ for a unit eigenvector u of the k-th largest eigenvalue of S, which has to be simple")),
    OfMatrix("singval", "any", numbered=True),
    OfMatrix("singdyad", "any", numbered=True, matrix=True, said=(
        "singdyad(W, k) is u vᵀ for unit singular vectors of the k-th largest singular value of W, which has to be "
        "simple")),
    OfMatrix("nuclear", "any", total=True),
    OfMatrix("polar", "any", matrix=True, lost="of the nuclear norm only the first derivative is derived", said=(
        "polar(W) is U Vᵀ of the singular value decomposition W = U diag(s) Vᵀ; W has full rank")),
    OfMatrix("expm", "square", matrix=True, total=True, analytic=True,
        lost="of a matrix exponential only the trace has a derivative in closed form"),
    OfMatrix("chol", "definite", matrix=True, said="chol(K) is the lower triangular L with K = L Lᵀ"),
)  # fmt: skip
OF_MATRICES: Mapping[str, OfMatrix] = MappingProxyType({row.key: row for row in ROWS})
"""The rows by their names in a tree."""


def of_matrix(node: Node) -> OfMatrix | None:
    """The row of a function of a matrix; None for anything else."""
    return OF_MATRICES.get(node.fn) if isinstance(node, Apply) else None


def matrix_of(node: Apply) -> Tensor:
    """The matrix that such a function is of."""
    (matrix,) = node.args
    assert isinstance(matrix, Tensor)
    return matrix


def matrix_anew(node: Apply) -> Tensor:
    """The same with indices of its own, for a second place in a tree."""
    matrix = reindex(matrix_of(node), {})
    assert isinstance(matrix, Tensor)
    return matrix


def last(size: Size) -> IndexExpr:
    """The number of the least eigenvalue."""
    return end_of(Index("k", size))


def applied(name: str, matrix: Tensor, *at: IndexExpr) -> Apply:
    """A function of a matrix at its number and its entry."""
    return Apply(f"@{name}", (matrix,), (), at)


def told(node: Node) -> tuple[str, ...]:
    """What the functions of matrices in a tree are, for those who read it."""
    met = {row.key: row.said for n in walk(node) if (row := of_matrix(n)) is not None and row.said}
    return tuple(met[key] for key in OF_MATRICES if key in met)
