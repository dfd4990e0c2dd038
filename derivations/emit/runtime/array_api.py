"""Helpers of emitted code over the array API standard: the library is that of the array they are
given."""

import math


def sigmoid(z):
    """1/(1 + exp(-z)) without overflow."""
    xp = z.__array_namespace__()
    e = xp.exp(-xp.abs(z))
    return xp.where(z >= 0, 1, e) / (1 + e)


def sigmoid_slope(z):
    """σ(z) σ(-z), the derivative of the sigmoid, with all digits far from 0."""
    xp = z.__array_namespace__()
    e = xp.exp(-xp.abs(z))
    return e / xp.square(1 + e)


def softmax(z, axis=-1):
    """exp(z_i) / Σ_k exp(z_k), shifted by the maximum."""
    xp = z.__array_namespace__()
    e = xp.exp(z - xp.max(z, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


def logsumexp(z, axis=-1):
    """log Σ_k exp(z_k), shifted by the maximum."""
    xp = z.__array_namespace__()
    top = xp.max(z, axis=axis, keepdims=True)
    return xp.squeeze(top, axis=axis) + xp.log(xp.sum(xp.exp(z - top), axis=axis))


def norm(z, axis=None):
    """√Σ z² over the largest |z|, so that no square overflows or vanishes."""
    xp = z.__array_namespace__()
    if 0 in z.shape:
        return xp.sum(z, axis=axis)
    top = xp.max(xp.abs(z), axis=axis, keepdims=True)
    scale = xp.where((top > 0) & (top < xp.inf), top, 1)
    flat = tuple(range(z.ndim)) if axis is None else axis
    return xp.squeeze(scale, axis=flat) * xp.sqrt(xp.sum(xp.square(z / scale), axis=axis))


def xlogy(y, p):
    """y log p; 0 where y is 0, also at p = 0."""
    xp = p.__array_namespace__()
    return y * xp.log(xp.where(y == 0, 1, p))


def xlog1py(y, a):
    """y log(1 + a); 0 where y is 0, also at a = -1."""
    xp = a.__array_namespace__()
    return y * xp.log1p(xp.where(y == 0, 0, a))


def xdivy(y, p):
    """y / p; 0 where y is 0, also at p = 0."""
    xp = p.__array_namespace__()
    return y / xp.where(y == 0, 1, p)


def sech(z):
    """1/cosh z without overflow."""
    xp = z.__array_namespace__()
    e = xp.exp(-xp.abs(z))
    return 2 * e / (1 + e * e)


def csch(z):
    """1/sinh z without overflow."""
    xp = z.__array_namespace__()
    e = xp.exp(-xp.abs(z))
    return xp.sign(z) * 2 * e / -xp.expm1(-2 * xp.abs(z))


def log1mexp(z):
    """log(1 - exp(-z)) for z > 0, exact to the last digits near 0 and far from it."""
    xp = z.__array_namespace__()
    near = z < 0.7
    return xp.where(
        near, xp.log(-xp.expm1(-xp.where(near, z, 1))), xp.log1p(-xp.exp(-xp.where(near, 1, z)))
    )


def log_cosh(z):
    """log cosh z without overflow, exact to the last digits at 0 too."""
    xp = z.__array_namespace__()
    a = xp.abs(z)
    near = a < 1
    return xp.where(
        near,
        xp.log1p(2 * xp.sinh(xp.where(near, a, 0) / 2) ** 2),
        a + xp.log1p(xp.exp(-2 * a)) - math.log(2),
    )


def cbrt(z):
    """The real cube root, also of negative z."""
    xp = z.__array_namespace__()
    return xp.sign(z) * xp.abs(z) ** (1 / 3)


def root_power(z, p):
    """z**p for p with an odd denominator: the real root, also of negative z."""
    xp = z.__array_namespace__()
    numerator = round(p * 3 * 5 * 7 * 11 * 13)
    r = xp.abs(z) ** p
    return xp.where(z < 0, -r, r) if numerator % 2 else r


def log_determinant(a):
    """log det A; nan where the determinant is not positive."""
    xp = a.__array_namespace__()
    sign, value = xp.linalg.slogdet(a)
    return xp.where(sign > 0, value, xp.nan)


def gather(a, at, axis):
    """The entries of `a` at positions counted from 1 along an axis, whose axes come first; nan
    outside the range."""
    xp = a.__array_namespace__()
    n = a.shape[axis]
    rows, at = xp.moveaxis(a, axis, 0), xp.asarray(at, device=a.device)
    shape = at.shape + rows.shape[1:]
    if n == 0:
        return xp.full(shape, xp.nan, dtype=a.dtype, device=a.device)
    inside = xp.reshape((at >= 1) & (at <= n), at.shape + (1,) * (a.ndim - 1))
    found = xp.take(rows, xp.reshape(xp.clip(at, 1, n) - 1, (-1,)), axis=0)
    return xp.where(inside, xp.reshape(found, shape), xp.nan)


def padded(a, start, size, axis=-1):
    """`a` on an axis of `size` zeros, behind `start` of them."""
    xp = a.__array_namespace__()
    rows = xp.moveaxis(a, axis, -1)
    start = min(start, size)
    behind = size - start - rows.shape[-1]
    zeros = [
        xp.zeros((*rows.shape[:-1], n), dtype=a.dtype, device=a.device) for n in (start, behind)
    ]
    return xp.moveaxis(xp.concat([zeros[0], rows, zeros[1]], axis=-1), -1, axis)


def sliding(a, size, axis):
    """`size` neighbours from each place of an axis on, a[i + r], along a last axis."""
    xp = a.__array_namespace__()
    rows = xp.moveaxis(a, axis, -1)
    length = rows.shape[-1] - size + 1
    windows = xp.stack([rows[..., r : r + length] for r in range(size)], axis=-1)
    return xp.moveaxis(windows, -2, axis - 1 if axis < 0 else axis)


def reaching(a, size, axis):
    """a[u - r] for r from 0 to below `size` along a last axis, with 0 beside the axis."""
    xp = a.__array_namespace__()
    rows = xp.moveaxis(a, axis, -1)
    length = rows.shape[-1] + size - 1
    zeros = xp.zeros((*rows.shape[:-1], size - 1), dtype=a.dtype, device=a.device)
    wide = xp.concat([zeros, rows, zeros], axis=-1)
    starts = reversed(range(size))
    windows = xp.stack([wide[..., start : start + length] for start in starts], axis=-1)
    return xp.moveaxis(windows, -2, axis - 1 if axis < 0 else axis)
