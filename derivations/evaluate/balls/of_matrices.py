"""Functions of matrices in balls: Arb encloses eigenvalues and eigenvectors that are apart; singular values are the
roots of those of WᵀW or WWᵀ. What cannot be enclosed at this precision is undecided."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from flint import acb_mat, arb, arb_mat, ctx

from derivations.evaluate.marks import UNDECIDED, UNDEFINED, Mark

Rows = list[list[arb]]
MOST_BITS = 512
"""Eigenvalues that are not told apart at this precision are one, for all that is known: more bits only take longer."""


def _symmetric(a: Rows) -> Rows:
    n = len(a)
    return [[(a[i][j] + a[j][i]) / 2 for j in range(n)] for i in range(n)]


class _Undecided(Exception):
    """No enclosure at this precision."""


def _by_eigenvalues(a: Rows) -> list[tuple[arb, Rows]]:
    """The eigenvalues of a symmetric matrix, largest first, and the projectors on their eigenvectors."""
    n = len(a)
    if ctx.prec > MOST_BITS:
        raise _Undecided
    try:
        values, left, right = acb_mat(arb_mat(a)).eig(left=True, right=True)
    except (ValueError, ZeroDivisionError) as error:
        raise _Undecided from error
    found = [
        (values[k].real, [[(right[i, k] * left[k, j]).real for j in range(n)] for i in range(n)]) for k in range(n)
    ]
    found.sort(key=lambda pair: -float(pair[0].mid()))
    if not all(one > two for (one, _), (two, _) in pairwise(found)):
        raise _Undecided
    return found


def _eigval(a: Rows) -> list[Any]:
    """The eigenvalues, largest first; each of several that are not told apart lies in the ball around them all."""
    if ctx.prec > MOST_BITS:
        raise _Undecided
    try:
        found = [value.real for value in acb_mat(arb_mat(_symmetric(a))).eig(multiple=True)]
    except (ValueError, ZeroDivisionError) as error:
        raise _Undecided from error
    found.sort(key=lambda value: -float(value.mid()))
    for one, two in pairwise(range(len(found))):
        if not found[one] > found[two]:
            found[two] = found[one].union(found[two])
    for one, two in reversed([*pairwise(range(len(found)))]):
        if not found[one] > found[two]:
            found[one] = found[one].union(found[two])
    return found


def _eigproj(a: Rows) -> list[Any]:
    return [projector for _, projector in _by_eigenvalues(_symmetric(a))]


def _by_singular_values(w: Rows) -> list[tuple[arb, Rows]]:
    """σ_k and u_k v_kᵀ = W v_k v_kᵀ/σ_k = u_k u_kᵀ W/σ_k."""
    tall = len(w) >= len(w[0])
    matrix = arb_mat(w)
    gram = (matrix.transpose() * matrix) if tall else (matrix * matrix.transpose())
    made = []
    for value, projector in _by_eigenvalues(_symmetric(gram.tolist())):
        if not value > 0:
            raise _Undecided
        root, inner = value.sqrt(), arb_mat(projector)
        product = matrix * inner if tall else inner * matrix
        made.append((root, [[entry / root for entry in row] for row in product.tolist()]))
    return made


def _filled(values: list[Any], rows: int, empty: Any) -> list[Any]:
    return values + [empty] * (rows - len(values))


def _roots(w: Rows) -> list[arb]:
    """The singular values; of an eigenvalue that may be 0 the root lies between 0 and that of its upper end."""
    matrix = arb_mat(w)
    gram = matrix.transpose() * matrix if len(w) >= len(w[0]) else matrix * matrix.transpose()
    return [v.sqrt() if v > 0 else arb(0).union(v.abs_upper().sqrt()) for v in _eigval(gram.tolist())]


def _singval(w: Rows) -> list[Any]:
    return _filled([*_roots(w)], len(w), UNDEFINED)


def _singdyad(w: Rows) -> list[Any]:
    nothing = [[UNDEFINED] * len(w[0]) for _ in w]
    return _filled([dyad for _, dyad in _by_singular_values(w)], len(w), nothing)


def _nuclear(w: Rows) -> Any:
    return sum(_roots(w), arb(0))


def _polar(w: Rows) -> Any:
    dyads = [dyad for _, dyad in _by_singular_values(w)]
    return [[sum((d[i][j] for d in dyads), arb(0)) for j in range(len(w[0]))] for i in range(len(w))]


def _expm(x: Rows) -> Any:
    return arb_mat(x).exp().tolist()


def _chol(k: Rows) -> Any:
    """Column by column."""
    a, n = _symmetric(k), len(k)
    low = [[arb(0)] * n for _ in range(n)]
    for j in range(n):
        pivot = a[j][j] - sum((low[j][p] ** 2 for p in range(j)), arb(0))
        if not pivot > 0:
            if pivot <= 0:
                return UNDEFINED
            raise _Undecided
        low[j][j] = pivot.sqrt()
        for i in range(j + 1, n):
            low[i][j] = (a[i][j] - sum((low[i][p] * low[j][p] for p in range(j)), arb(0))) / low[j][j]
    return low


FUNCTIONS: Mapping[str, Callable[[Rows], Any]] = {
    "@eigval": _eigval,
    "@eigproj": _eigproj,
    "@singval": _singval,
    "@singdyad": _singdyad,
    "@nuclear": _nuclear,
    "@polar": _polar,
    "@expm": _expm,
    "@chol": _chol,
}


def shape_of(fn: str, rows: int, cols: int) -> tuple[int, ...]:
    """The axes of a value."""
    if fn == "@nuclear":
        return ()
    numbered = (rows,) if fn in ("@eigval", "@eigproj", "@singval", "@singdyad") else ()
    return numbered if fn in ("@eigval", "@singval") else (*numbered, rows, cols)


def of_matrix(fn: str, stack: np.ndarray) -> np.ndarray:
    """f(A) of a stack of matrices of balls."""
    rows, cols = stack.shape[-2:]
    shape = shape_of(fn, rows, cols)
    flat = stack.reshape(-1, rows, cols)
    out = np.empty((flat.shape[0], math.prod(shape)), dtype=object)
    for place, matrix in enumerate(flat):
        cells = [list(row) for row in matrix]
        marks = [c for row in cells for c in row if isinstance(c, Mark)]
        if marks:
            out[place] = UNDEFINED if UNDEFINED in marks else UNDECIDED
            continue
        try:
            value = FUNCTIONS[fn](cells)
        except _Undecided:
            value = UNDECIDED
        if isinstance(value, Mark):
            out[place] = value
        else:
            out[place] = np.array(value, dtype=object).reshape(-1)
    return out.reshape((*stack.shape[:-2], *shape))
