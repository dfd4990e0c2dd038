"""Helpers of emitted code over CuPy, where those of NumPy's code do not carry over. Read as
text: CuPy is not imported here."""

# pyright: reportAttributeAccessIssue=false, reportMissingImports=false
import cupy as cp  # type: ignore


def sigmoid(z):
    """1/(1 + exp(-z)) without overflow."""
    e = cp.exp(-cp.abs(z))
    return cp.where(z >= 0, 1, e) / (1 + e)


def norm(z, axis=None):
    """√Σ z² over the largest |z|, so that no square overflows or vanishes."""
    if z.size == 0:
        return z.sum(axis=axis)
    top = cp.abs(z).max(axis=axis, keepdims=True)
    scale = cp.where((top > 0) & (top < cp.inf), top, 1)
    return cp.squeeze(scale, axis) * cp.sqrt(cp.square(z / scale).sum(axis=axis))


def erf(z):
    """The error function."""
    from cupyx.scipy import special

    return special.erf(z)


def erfc(z):
    """1 - erf z, with all digits where erf z is near 1."""
    from cupyx.scipy import special

    return special.erfc(z)


def lgamma(z):
    """log Γ(z) for z > 0, nan elsewhere."""
    from cupyx.scipy import special

    return cp.where(z > 0, special.gammaln(z), cp.nan)


def factorial(z):
    """z! = Γ(z + 1)."""
    from cupyx.scipy import special

    return special.gamma(z + 1)


def sliding(a, size, axis):
    """`size` neighbours from each place of an axis on, a[i + r], along a last axis."""
    rows = cp.moveaxis(a, axis, -1)
    length = rows.shape[-1] - size + 1
    windows = cp.stack([rows[..., r : r + length] for r in range(size)], axis=-1)
    return cp.moveaxis(windows, -2, axis - 1 if axis < 0 else axis)


def reaching(a, size, axis):
    """a[u - r] for r from 0 to below `size` along a last axis, with 0 beside the axis."""
    rows = cp.moveaxis(a, axis, -1)
    length = rows.shape[-1] + size - 1
    wide = cp.pad(rows, [(0, 0)] * (a.ndim - 1) + [(size - 1, size - 1)])
    starts = reversed(range(size))
    windows = cp.stack([wide[..., start : start + length] for start in starts], axis=-1)
    return cp.moveaxis(windows, -2, axis - 1 if axis < 0 else axis)


def gather(a, at, axis):
    """The entries of `a` at positions counted from 1 along an axis, whose axes come first; nan
    outside the range."""
    n = a.shape[axis]
    rows, at = cp.moveaxis(a, axis, 0), cp.asarray(at)
    if n == 0:
        return cp.full(at.shape + rows.shape[1:], cp.nan, a.dtype)
    inside = (at >= 1) & (at <= n)
    found = rows[cp.clip(at, 1, n) - 1]
    return cp.where(
        inside.reshape(at.shape + (1,) * (rows.ndim - 1)), found, cp.asarray(cp.nan, a.dtype)
    )
