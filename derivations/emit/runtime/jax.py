"""Helpers of emitted code over JAX, where those of NumPy's code do not carry over. Read as text:
JAX is not imported here."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
import jax.numpy as jnp  # type: ignore

import jax  # type: ignore


def cholesky_inverse(L):
    """(L Lᵀ)⁻¹ for a lower triangular L."""
    return jax.scipy.linalg.cho_solve(
        (L, True), jnp.broadcast_to(jnp.eye(L.shape[-1], dtype=L.dtype), L.shape)
    )


def lu_inverse(factors):
    """A⁻¹ from the factors of A."""
    lu, _ = factors
    return jax.scipy.linalg.lu_solve(
        factors, jnp.broadcast_to(jnp.eye(lu.shape[-1], dtype=lu.dtype), lu.shape)
    )


def lu_determinant(factors):
    """det A from its factors."""
    lu, exchanged = factors
    moved = exchanged != jnp.arange(lu.shape[-1])
    return jnp.einsum("...ii->...i", lu).prod(-1) * (1 - 2 * (moved.sum(-1) % 2))


def lu_log_determinant(factors, absolute=False):
    """log det A from the factors of A, nan where the determinant is not positive; log |det A| if
    it is `absolute`."""
    lu, exchanged = factors
    diagonal = jnp.einsum("...ii->...i", lu)
    value = jnp.log(jnp.abs(diagonal)).sum(-1)
    moved = exchanged != jnp.arange(lu.shape[-1])
    sign = jnp.sign(diagonal).prod(-1) * (1 - 2 * (moved.sum(-1) % 2))
    return value if absolute else jnp.where(sign > 0, value, jnp.nan)


def padded(a, start, size, axis=-1):
    """`a` on an axis of `size` zeros, behind `start` of them."""
    rows = jnp.moveaxis(a, axis, -1)
    out = jnp.zeros((*rows.shape[:-1], size), a.dtype)
    return jnp.moveaxis(out.at[..., start : start + rows.shape[-1]].set(rows), -1, axis)


def sliding(a, size, axis):
    """`size` neighbours from each place of an axis on, a[i + r], along a last axis."""
    rows = jnp.moveaxis(a, axis, -1)
    length = rows.shape[-1] - size + 1
    windows = jnp.stack([rows[..., r : r + length] for r in range(size)], axis=-1)
    return jnp.moveaxis(windows, -2, axis - 1 if axis < 0 else axis)


def reaching(a, size, axis):
    """a[u - r] for r from 0 to below `size` along a last axis, with 0 beside the axis."""
    rows = jnp.moveaxis(a, axis, -1)
    length = rows.shape[-1] + size - 1
    wide = jnp.pad(rows, [(0, 0)] * (a.ndim - 1) + [(size - 1, size - 1)])
    starts = reversed(range(size))
    windows = jnp.stack([wide[..., start : start + length] for start in starts], axis=-1)
    return jnp.moveaxis(windows, -2, axis - 1 if axis < 0 else axis)


def sum_by_label(y, v, size):
    """Σ_i 1[y_i = k] v_i for every label k below `size`."""
    lead = jnp.indices(v.shape[:-1], sparse=True)[:-1]
    return (
        jnp.zeros((*v.shape[:-2], size, v.shape[-1]), v.dtype)
        .at[(*lead, jnp.broadcast_to(y, v.shape[:-1]))]
        .add(v)
    )
