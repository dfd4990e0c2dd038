"""The functions that emitted modules carry with them, as ordinary code: `helpers.py` copies the
text of those that are used.

Each must read well on its own, need nothing but NumPy and the standard library, and not depend
on another unless `NEEDS` says so.

Longer than other modules: it is the text of one file that is cut apart, in narrow columns.
"""

# pyright: reportMissingImports=false
import contextvars
import functools
import math
import os
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np


def sigmoid(z):
    """1/(1 + exp(-z)). Where exp overflows, 1/inf = 0 is right to the last digit."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def sigmoid_slope(z):
    """σ(z) σ(-z), the derivative of the sigmoid, with all digits far from 0."""
    e = np.exp(-np.abs(z))
    return e / np.square(1 + e)


def softmax(z, axis=-1):
    """exp(z_i) / Σ_k exp(z_k), shifted by the maximum."""
    p = np.exp(z - z.max(axis=axis, keepdims=True))
    return p / p.sum(axis=axis, keepdims=True)


def row_max(z):
    """max over the last axis, which is kept. Few columns are laid out as columns first: NumPy is
    slow with many short rows."""
    return (np.asfortranarray(z) if z.shape[-1] < 48 else z).max(axis=-1, keepdims=True)


def logsumexp(z, axis=-1):
    """log Σ_k exp(z_k), shifted by the maximum."""
    top = z.max(axis=axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.exp(z - top).sum(axis=axis))


def xlogy(y, p):
    """y log p; 0 where y is 0, also at p = 0."""
    return y * np.log(np.where(y == 0, 1, p))


def xlog1py(y, a):
    """y log(1 + a); 0 where y is 0, also at a = -1."""
    return y * np.log1p(np.where(y == 0, 0, a))


def xdivy(y, p):
    """y / p; 0 where y is 0, also at p = 0."""
    return y / np.where(y == 0, 1, p)


def sech(z):
    """1/cosh z without overflow."""
    e = np.exp(-np.abs(z))
    return 2 * e / (1 + e * e)


def csch(z):
    """1/sinh z without overflow."""
    e = np.exp(-np.abs(z))
    return np.sign(z) * 2 * e / -np.expm1(-2 * np.abs(z))


def summed_to(a, x):
    """`a` summed over the axes along which x is repeated in it: what belongs to x of a gradient."""
    shape = np.broadcast_shapes(np.shape(a), np.shape(x))
    lead = len(shape) - np.ndim(x)
    repeated = [k for k in range(len(shape)) if k < lead or np.shape(x)[k - lead] != shape[k]]
    return np.broadcast_to(a, shape).sum(tuple(repeated)).reshape(np.shape(x))


def central_differences(f, x, h=1e-6):
    """df/dx entry by entry: the axes of f, then those of x."""
    moves = h * np.eye(x.size).reshape(-1, *x.shape)
    slopes = [(f(x + e) - f(x - e)) / (2 * h) for e in moves]
    return np.stack(slopes, -1).reshape(slopes[0].shape + x.shape)


def norm(z, axis=None):
    """√Σ z² over the largest |z|, so that no square overflows or vanishes."""
    top = np.abs(z).max(axis=axis, keepdims=True, initial=0)
    scale = np.where((top > 0) & (top < np.inf), top, 1)
    return np.squeeze(scale, axis) * np.sqrt(np.square(z / scale).sum(axis=axis))


def log1mexp(z):
    """log(1 - exp(-z)) for z > 0, exact to the last digits near 0 and far from it."""
    near = z < 0.7
    return np.where(
        near, np.log(-np.expm1(-np.where(near, z, 1))), np.log1p(-np.exp(-np.where(near, 1, z)))
    )


def log_cosh(z):
    """log cosh z without overflow, exact to the last digits at 0 too."""
    a = np.abs(z)
    near = a < 1
    return np.where(
        near,
        np.log1p(2 * np.sinh(np.where(near, a, 0) / 2) ** 2),
        a + np.log1p(np.exp(-2 * a)) - math.log(2),
    )


def erf(z):
    """The error function, entry by entry (NumPy has none)."""
    return np.vectorize(math.erf, otypes=[float])(z).astype(np.asarray(z).dtype)


def erfc(z):
    """1 - erf z, with all digits where erf z is near 1."""
    return np.vectorize(math.erfc, otypes=[float])(z).astype(np.asarray(z).dtype)


def lgamma(z):
    """log Γ(z) for z > 0, entry by entry."""
    made = np.vectorize(lambda t: math.lgamma(t) if t > 0 else math.nan, otypes=[float])
    return made(z).astype(np.asarray(z).dtype)


def digamma(z):
    """(log Γ)'(z) for z > 0: ψ(z) = ψ(z + 1) - 1/z up to 12, the asymptotic series there."""
    z = np.where(z > 0, z, math.nan)
    below = 0
    for _ in range(12):
        near = z < 12
        below = below - np.where(near, 1 / np.where(near, z, 1), 0)
        z = np.where(near, z + 1, z)
    r = 1 / z
    x = r * r
    series = 1 / 252 - x * (1 / 240 - x * (1 / 132 - x * (691 / 32760 - x / 12)))
    return below + np.log(z) - r / 2 - x * (1 / 12 - x * (1 / 120 - x * series))


def trigamma(z):
    """(log Γ)''(z) for z > 0: ψ'(z) = ψ'(z + 1) + 1/z² up to 12, the asymptotic series there."""
    z = np.where(z > 0, z, math.nan)
    below = 0
    for _ in range(12):
        near = z < 12
        below = below + np.where(near, 1 / np.where(near, z, 1) ** 2, 0)
        z = np.where(near, z + 1, z)
    r = 1 / z
    x = r * r
    series = 1 / 42 - x * (1 / 30 - x * (5 / 66 - x * (691 / 2730 - x * 7 / 6)))
    return below + r + x / 2 + r * x * (1 / 6 - x * (1 / 30 - x * series))


def factorial(z):
    """z! = Γ(z + 1), entry by entry."""
    made = np.vectorize(lambda t: math.gamma(t + 1), otypes=[float])
    return made(z).astype(np.asarray(z).dtype)


def root_power(z, p):
    """z**p for p with an odd denominator: the real root, also of negative z."""
    numerator = (
        p.as_integer_ratio()[0]
        if isinstance(p, float) and p.is_integer()
        else round(p * 3 * 5 * 7 * 11 * 13)
    )
    r = np.abs(z) ** p
    return np.where(z < 0, -r, r) if numerator % 2 else r


def log_determinant(a):
    """log det A; nan where the determinant is not positive."""
    sign, value = np.linalg.slogdet(a)
    return np.where(sign > 0, value, np.nan).astype(a.dtype)


def eigenprojector(s, k):
    """u uᵀ, u the unit eigenvector at place k of the eigenvalues in ascending order."""
    u = np.linalg.eigh(s)[1][..., k]
    return u[..., :, None] * u[..., None, :]


def singular_dyad(w, k):
    """u vᵀ of the unit singular vectors at place k of the singular values in descending order."""
    u, _, vt = np.linalg.svd(w, full_matrices=False)
    return u[..., k][..., :, None] * vt[..., k, :][..., None, :]


def polar_factor(w):
    """U Vᵀ of the singular value decomposition W = U diag(s) Vᵀ."""
    u, _, vt = np.linalg.svd(w, full_matrices=False)
    return u @ vt


def matrix_exponential(x):
    """Σ_k Xᵏ/k!, by halving until the norm is at most ½, eighteen terms, and squaring."""
    norm = float(np.abs(x).sum(-1).max(initial=0.0))
    halved = max(0, math.ceil(math.log2(2 * norm))) if norm > 0.5 else 0
    y = x / 2.0**halved
    total = term = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    for k in range(1, 19):
        term = term @ y / k
        total = total + term
    for _ in range(halved):
        total = total @ total
    return total


def squared_distances(a, b):
    """Σ_k (a_ik - b_jk)², by SciPy where it is installed, else some rows at a time and one k
    after another: no (n, m, d) array, and near points keep their digits."""
    if a.ndim == b.ndim == 2:
        try:
            from scipy.spatial.distance import cdist

            return cdist(a, b, "sqeuclidean").astype(a.dtype, copy=False)
        except ImportError:
            pass
    total = np.zeros(
        (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-2]), a.dtype
    )
    step = max(1, 32_768 // max(1, b.shape[-2]))
    for start in range(0, a.shape[-2], step):
        rows = slice(start, start + step)
        for k in range(a.shape[-1]):
            difference = a[..., rows, None, k] - b[..., None, :, k]
            difference *= difference
            total[..., rows, :] += difference
    return total


def cholesky_solve(L, b):
    """(L Lᵀ)⁻¹ b for a lower triangular L: SciPy's triangular solves where it is installed, else
    a block of rows after another."""
    if L.ndim == 2 and L.shape[0]:
        try:
            from scipy.linalg import cho_solve

            return cho_solve((L.T, False), b, check_finite=False)
        except ImportError:
            pass
    if b.ndim == 1:
        return cholesky_solve(L, b[:, None])[:, 0]
    x = np.array(np.broadcast_to(b, np.broadcast_shapes(L.shape[:-2], b.shape[:-2]) + b.shape[-2:]))
    starts = range(0, L.shape[-1], 64)
    for k in starts:
        rows = slice(k, k + 64)
        x[..., rows, :] -= L[..., rows, :k] @ x[..., :k, :]
        x[..., rows, :] = np.linalg.solve(L[..., rows, rows], x[..., rows, :])
    U = L.swapaxes(-1, -2)
    for k in reversed(starts):
        rows = slice(k, k + 64)
        x[..., rows, :] -= U[..., rows, k + 64 :] @ x[..., k + 64 :, :]
        x[..., rows, :] = np.linalg.solve(U[..., rows, rows], x[..., rows, :])
    return x


def cholesky_inverse(L):
    """(L Lᵀ)⁻¹ for a lower triangular L, symmetric to the last bit: LAPACK's by SciPy where it
    is installed, else L⁻ᵀ L⁻¹, a block of rows after another."""
    if L.ndim == 2 and L.shape[0]:
        try:
            from scipy.linalg import get_lapack_funcs

            (potri,) = get_lapack_funcs(("potri",), (L,))
            inverse = potri(L.T)[0]  # its upper triangle
            for k in range(0, L.shape[0], 64):
                rows = slice(k, k + 64)
                inverse[rows, :k] = inverse[:k, rows].T
                inverse[rows, rows] = (
                    np.triu(inverse[rows, rows]) + np.triu(inverse[rows, rows], 1).T
                )
            return inverse.T
        except ImportError:
            pass
    X = np.zeros_like(L)
    for k in range(0, L.shape[-1], 64):
        rows = slice(k, k + 64)
        X[..., rows, rows] = np.linalg.inv(L[..., rows, rows])
        X[..., rows, :k] = -X[..., rows, rows] @ (L[..., rows, :k] @ X[..., :k, :k])
    return X.swapaxes(-1, -2) @ X


def lu_factors(a):
    """The factors P A = L U by SciPy where it is installed, and what was exchanged; else A
    itself."""
    if a.ndim == 2 and a.size:
        try:
            from scipy.linalg import get_lapack_funcs

            (getrf,) = get_lapack_funcs(("getrf",), (a,))
            return getrf(a)[:2]
        except ImportError:
            pass
    return a, None


def lu_solve(factors, b, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b."""
    lu, exchanged = factors
    if exchanged is None:
        return np.linalg.solve(lu.mT if transposed else lu, b)
    if not lu.diagonal().all():
        raise np.linalg.LinAlgError("Singular matrix")
    from scipy.linalg import get_lapack_funcs

    (getrs,) = get_lapack_funcs(("getrs",), (lu,))
    return getrs(lu, exchanged, b, trans=int(transposed))[0]


def lu_inverse(factors):
    """A⁻¹."""
    lu, exchanged = factors
    if exchanged is None:
        return np.linalg.inv(lu)
    if not lu.diagonal().all():
        raise np.linalg.LinAlgError("Singular matrix")
    from scipy.linalg import get_lapack_funcs

    getri, getri_lwork = get_lapack_funcs(("getri", "getri_lwork"), (lu,))
    return getri(lu, exchanged, lwork=int(getri_lwork(len(lu))[0]))[0]


def lu_determinant(factors):
    """det A."""
    lu, exchanged = factors
    if exchanged is None:
        return np.linalg.det(lu)
    return lu.diagonal().prod() * (-1) ** int((exchanged != np.arange(len(lu))).sum())


def lu_log_determinant(factors, absolute=False):
    """log det A, nan where the determinant is not positive; log |det A| if it is `absolute`."""
    lu, exchanged = factors
    if exchanged is None:
        sign, value = np.linalg.slogdet(lu)
    else:
        diagonal = lu.diagonal()
        with np.errstate(divide="ignore"):
            value = np.log(np.abs(diagonal)).sum()
        sign = np.sign(diagonal).prod() * (-1) ** int((exchanged != np.arange(len(lu))).sum())
    return value if absolute else np.where(sign > 0, value, np.nan).astype(lu.dtype)


def gather(a, at, axis):
    """The entries of `a` at positions counted from 1 along an axis, whose axes come first; nan
    outside the range."""
    n = a.shape[axis]
    rows = np.moveaxis(a, axis, 0)
    if n == 0:
        return np.full(np.shape(at) + rows.shape[1:], np.nan, a.dtype)
    inside = (at >= 1) & (at <= n)
    found = rows[np.clip(at, 1, n) - 1]
    return np.where(
        np.reshape(inside, np.shape(inside) + (1,) * (rows.ndim - 1)),
        found,
        np.asarray(np.nan, a.dtype),
    )


def padded(a, start, size, axis=-1):
    """`a` on an axis of `size` zeros, behind `start` of them."""
    rows = np.moveaxis(a, axis, -1)
    out = np.zeros((*rows.shape[:-1], size), a.dtype)
    out[..., start : start + rows.shape[-1]] = rows
    return np.moveaxis(out, -1, axis)


def sliding(a, size, axis):
    """`size` neighbours from each place of an axis on, a[i + r], along a last axis; a view."""
    return np.lib.stride_tricks.sliding_window_view(a, size, axis)


def reaching(a, size, axis):
    """a[u - r] for r from 0 to below `size` along a last axis, with 0 beside the axis."""
    beside = [(0, 0)] * a.ndim
    beside[axis] = (size - 1, size - 1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(a, beside), size, axis)
    return windows[..., ::-1]


def sum_by_label(y, v, size):
    """Σ_i 1[y_i = k] v_i for every label k below `size`."""
    *lead, _, d = v.shape
    members = math.prod(lead)
    rows = size * np.arange(members).reshape(*lead, 1) + y
    places = d * rows[..., None] + np.arange(d)
    return (
        np.bincount(places.ravel(), v.ravel(), members * size * d)
        .reshape(*lead, size, d)
        .astype(v.dtype)
    )


def results(out, shapes, dtype):
    """The arrays that results are written to: those of `out` if they fit, else new ones."""
    if out is None:
        return tuple(np.empty(shape, dtype) for shape in shapes)
    given = out if isinstance(out, tuple) else (out,)
    if len(given) != len(shapes):
        raise ValueError(f"out has {len(given)} arrays, wanted {len(shapes)}")
    for a, shape in zip(given, shapes, strict=True):
        if not isinstance(a, np.ndarray) or a.shape != shape or a.dtype != dtype:
            raise ValueError(
                f"out has {np.asarray(a).dtype} of shape {np.shape(a)}, "
                f"wanted {dtype} of shape {shape}"
            )
    return given


def into(out, *values):
    """The values; those of `out` where it is given, to which they are written."""
    if out is not None:
        made = results(out, [v.shape for v in values], values[0].dtype)
        for a, v in zip(made, values, strict=True):
            a[...] = v
        values = [a if a.shape else a[()] for a in made]
    first, *more = values
    return (first, *more) if more else first


def buffers(workspace, shapes, dtype):
    """Arrays to work in, kept in `workspace` (a dict) from call to call."""
    if workspace is None:
        return [np.empty(shape, dtype) for shape in shapes]
    key = (tuple(shapes), dtype)
    if workspace.get("key") != key:
        workspace.clear()
        workspace["key"], workspace["arrays"] = key, [np.empty(shape, dtype) for shape in shapes]
    return workspace["arrays"]


def shared(n, row_bytes, block_bytes, threads=None):
    """How many threads share n rows (unless told, as many as this process has cores), and how many
    rows a block has.

    The blocks that are worked on at a time take about `block_bytes`, and vectors of their rows
    not more than a megabyte.
    """
    if threads is None:
        threads = (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    if threads < 1:
        raise ValueError(f"threads is {threads}, wanted at least 1")
    step = max(1, min(block_bytes // max(1, row_bytes), 131_072) // threads)
    return max(1, min(threads, -(-n // step))), step


def in_threads(work, n, step, threads):
    """Call work(k, blocks) in each thread k with the blocks of its share of n rows; NumPy
    computes without the interpreter's lock."""
    ends = [n * k // threads for k in range(threads + 1)]
    shares = [
        [
            slice(start, min(start + step, ends[k + 1]))
            for start in range(ends[k], ends[k + 1], step)
        ]
        for k in range(threads)
    ]
    others = [
        pool(threads, os.getpid()).submit(contextvars.copy_context().run, work, k, shares[k])
        for k in range(1, threads)
    ]
    try:
        work(0, shares[0])
    finally:
        wait(others)
    for other in others:
        other.result()


def rows_times(a, v, threads, out=None):
    """a @ v in one of several threads: it computes its rows itself where BLAS, given many at
    once, would start threads of its own."""
    if threads == 1 or a.shape[1] > 5_000:
        return np.matmul(a, v, out=out)
    step = 100_000 // max(1, a.shape[1])
    stacks = len(a) // step
    z = np.empty(len(a), a.dtype) if out is None else out
    np.matmul(
        a[: stacks * step].reshape(stacks, step, a.shape[1]),
        v,
        out=z[: stacks * step].reshape(stacks, step),
    )
    np.matmul(a[stacks * step :], v, out=z[stacks * step :])
    return z


def times_rows(v, a, threads):
    """v @ a in one of several threads, like `rows_times`."""
    if threads == 1 or a.shape[1] > 5_000:
        return v @ a
    step = 100_000 // max(1, a.shape[1])
    stacks = len(a) // step
    parts = np.matmul(
        v[: stacks * step].reshape(stacks, 1, step),
        a[: stacks * step].reshape(stacks, step, a.shape[1]),
    )
    return parts.sum(axis=(0, 1)) + v[stacks * step :] @ a[stacks * step :]


@functools.cache
def pool(threads, process):
    """Threads that stay for the next call. They belong to one process: one that was forked off
    gets its own."""
    return ThreadPoolExecutor(threads - 1)
