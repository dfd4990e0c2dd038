"""Losses that somebody types, their value and derivatives: as formulas for the emitter, and twice by hand like the
cases of `numpy_by_hand`.

`clear` is what an engineer writes at once, `tuned` what the same engineer writes after profiling. Where SciPy is
installed both use it, and so does the emitted code; `NumPy alone` hides it from all three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy_layers

try:
    from scipy.linalg import cho_factor, cho_solve, cholesky
    from scipy.linalg.lapack import dpotri
    from scipy.spatial.distance import cdist
except ImportError:
    cho_factor = None

FORMULAS: dict[str, tuple[str, str, str]] = {
    **numpy_layers.FORMULAS,
    "gp": (
        "1/2 y^T inv(K) y + 1/2 log(det(K)) + n/2 log(2 pi)",
        "x: real[n,d]; y: real[n]; s: positive; l: positive; c: positive; i: index[n]; j: index[n]; K: posdef[n]",
        "K_ij = s^2 exp(-sum_k (x_ik - x_jk)^2/(2 l^2)) + c^2 delta_ij",
    ),
    "gaussian": (
        "m/2 log(det(S)) + 1/2 sum_i (x_i - mu)^T inv(S) (x_i - mu)",
        "x: real[m,n]; mu: real[n]; S: posdef[n]",
        "",
    ),
    "logistic": (
        "sum_i log(1 + exp(-y_i x_i^T w)) + c/2 ||w||^2",
        "x: real[m,d]; y: labelpm1[m]; w: real[d]; c: positive",
        "",
    ),
    "factorisation": (
        "sum_ij W_ij (R_ij - sum_k U_ik V_jk)^2 + c/2 (sum_ik U_ik^2 + sum_jk V_jk^2)",
        "W: real[m,n]; R: real[m,n]; U: real[m,k]; V: real[n,k]; c: positive",
        "",
    ),
    "layer_norm": (
        "sum_ik T_ik (g_k (x_ik - mu_i)/sqrt(v_i + e) + b_k)",
        "x: real[m,d]; T: real[m,d]; g: real[d]; b: real[d]; e: positive; i: index[m]; k: index[d]",
        "mu_i = 1/d sum_k x_ik; v_i = 1/d sum_k (x_ik - mu_i)^2",
    ),
    "infonce": (
        "-1/m sum_i log(exp(s_ii)/sum_j exp(s_ij))",
        "u: real[m,d]; v: real[m,d]; t: positive; i: index[m]; j: index[m]; k: index[d]",
        "a_ik = u_ik/sqrt(sum_k u_ik^2); b_jk = v_jk/sqrt(sum_k v_jk^2); s_ij = sum_k a_ik b_jk/t",
    ),
    "softmax": (
        "sum_i (log sum_k exp(z_ik) - sum_k t_ik z_ik) + c/2 sum_jk W_jk^2",
        "x: real[m,d]; t: onehot[m,K]; W: real[d,K]; c: positive; i: index[m]; k: index[K]",
        "z_ik = sum_j x_ij W_jk",
    ),
}
"""The formula, the names, the bindings; the formula is the node `f`."""


# ---------------------------------------------------------------- a Gaussian process


def gp_clear(x, y, s, l, c):
    """x (n, d), y (n,) -> the negative log-marginal likelihood under s² exp(-|x - x'|²/(2 l²)) + c² δ, and its
    derivatives by s, l and c."""
    n = len(y)
    D = cdist(x, x, "sqeuclidean") if cho_factor else ((x[:, None, :] - x) ** 2).sum(axis=-1)
    E = s**2 * np.exp(-D / (2 * l**2))
    K = E + c**2 * np.eye(n)
    if cho_factor:
        factor = cho_factor(K, lower=True)
        alpha, inverse = cho_solve(factor, y), cho_solve(factor, np.eye(n))
        half = np.log(np.diag(factor[0])).sum()
    else:
        half = np.log(np.diag(np.linalg.cholesky(K))).sum()
        inverse = np.linalg.inv(K)
        alpha = inverse @ y
    G = inverse - np.outer(alpha, alpha)
    value = 0.5 * y @ alpha + half + 0.5 * n * np.log(2 * np.pi)
    return value, (G * E).sum() / s, 0.5 * (G * E * D).sum() / l**3, c * np.trace(G)


def gp_tuned(x, y, s, l, c):
    n = len(y)
    if cho_factor:
        D = cdist(x, x, "sqeuclidean")
    else:
        norms = np.einsum("ij,ij->i", x, x)
        D = x @ x.T
        D *= -2
        D += norms
        D += norms[:, None]
    E = D * (-0.5 / l**2)
    np.exp(E, out=E)
    E *= s**2
    K = E.copy()
    K.reshape(-1)[:: n + 1] += c**2
    D *= E
    if cho_factor:
        L = cholesky(K, lower=True, overwrite_a=True, check_finite=False)
        alpha = cho_solve((L, True), y, check_finite=False)
        half = np.log(np.diag(L)).sum()
        lower, _ = dpotri(L, lower=1, overwrite_c=1)  # zeros above
        trace = np.trace(lower)
        of_E, of_D = 2 * np.vdot(lower, E) - s**2 * trace, 2 * np.vdot(lower, D)
    else:
        half = np.log(np.diag(np.linalg.cholesky(K))).sum()
        inverse = np.linalg.inv(K)
        alpha = inverse @ y
        trace, of_E, of_D = np.trace(inverse), np.vdot(inverse, E), np.vdot(inverse, D)
    value = 0.5 * y @ alpha + half + 0.5 * n * np.log(2 * np.pi)
    ds, dl = of_E - alpha @ (E @ alpha), of_D - alpha @ (D @ alpha)
    return value, ds / s, 0.5 * dl / l**3, c * (trace - alpha @ alpha)


# ---------------------------------------------------------------- a Gaussian


def gaussian_clear(x, mu, S):
    """x (m, n), mu (n,), S (n, n) -> the negative log-likelihood without its constant, and its derivatives by mu and
    S."""
    m = len(x)
    D = x - mu
    inverse = np.linalg.inv(S)
    _, logdet = np.linalg.slogdet(S)
    Z = D @ inverse
    return 0.5 * (m * logdet + (Z * D).sum()), -Z.sum(axis=0), 0.5 * (m * inverse - Z.T @ Z)


def gaussian_tuned(x, mu, S):
    m = len(x)
    D = x - mu
    half = np.log(np.diag(np.linalg.cholesky(S))).sum()
    inverse = np.linalg.inv(S)
    scatter = D.T @ D
    dS = inverse @ scatter @ inverse
    dS -= m * inverse
    dS *= -0.5
    return m * half + 0.5 * np.vdot(inverse, scatter), -(inverse @ D.sum(axis=0)), dS


# ---------------------------------------------------------------- regressions


def logistic_hessian_clear(x, y, w, c):
    """x (m, d), y (m,) in {-1, 1}, w (d,) -> the Hessian of the penalised negative log-likelihood, (d, d)."""
    p = 1 / (1 + np.exp(-(x @ w)))
    return (x.T * (p * (1 - p))) @ x + c * np.eye(len(w))


def logistic_hessian_tuned(x, y, w, c):
    p = 1 / (1 + np.exp(-(x @ w)))
    root = np.sqrt(p * (1 - p))[:, None] * x
    H = root.T @ root
    H.reshape(-1)[:: len(w) + 1] += c
    return H


def logistic_product_clear(x, y, w, c, v):
    """The same Hessian times v (d,)."""
    p = 1 / (1 + np.exp(-(x @ w)))
    return x.T @ (p * (1 - p) * (x @ v)) + c * v


def logistic_product_tuned(x, y, w, c, v):
    z, r = (x @ np.stack([w, v], axis=1)).T
    p = 1 / (1 + np.exp(-z))
    r = r * p
    r *= 1 - p
    return r @ x + c * v


def softmax_regression_clear(x, t, W, c):
    """x (m, d), t (m, K) one-hot, W (d, K) -> the penalised cross-entropy and its gradient in W."""
    z = x @ W
    top = z.max(axis=1, keepdims=True)
    e = np.exp(z - top)
    total = e.sum(axis=1, keepdims=True)
    value = (np.log(total) + top).sum() - (t * z).sum() + 0.5 * c * (W**2).sum()
    return value, x.T @ (e / total - t) + c * W


def softmax_regression_tuned(x, t, W, c):
    z = x @ W
    top = z.max(axis=1, keepdims=True)
    chosen = np.vdot(t, z)
    z -= top
    np.exp(z, out=z)
    total = z.sum(axis=1, keepdims=True)
    z /= total
    z -= t
    return np.log(total).sum() + top.sum() - chosen + 0.5 * c * np.vdot(W, W), x.T @ z + c * W


# ---------------------------------------------------------------- the rest


def factorisation_clear(W, R, U, V, c):
    """W, R (m, n), U (m, k), V (n, k) -> the gradients of the weighted, penalised squared error in U and V."""
    E = W * (R - U @ V.T)
    return c * U - 2 * E @ V, c * V - 2 * E.T @ U


def factorisation_tuned(W, R, U, V, c):
    E = U @ V.T
    E -= R
    E *= W
    E *= 2
    dU, dV = E @ V, E.T @ U
    dU += c * U
    dV += c * V
    return dU, dV


def layer_norm_clear(x, T, g, e):
    """x, T (m, d), T the upstream gradient, g (d,) -> the gradients in x, g and b."""
    d = x.shape[1]
    centred = x - x.mean(axis=1, keepdims=True)
    r = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + e)
    h = centred * r
    G = T * g
    dx = r * (G - G.mean(axis=1, keepdims=True) - h * (G * h).mean(axis=1, keepdims=True))
    assert dx.shape[1] == d
    return dx, (T * h).sum(axis=0), T.sum(axis=0)


def layer_norm_tuned(x, T, g, e):
    d = x.shape[1]
    h = x - (np.einsum("ij->i", x) / d)[:, None]
    r = 1 / np.sqrt(np.einsum("ij,ij->i", h, h) / d + e)
    h *= r[:, None]
    dx = T * g
    dg, db = np.einsum("ij,ij->j", T, h), np.einsum("ij->j", T)
    along = np.einsum("ij,ij->i", dx, h) / d
    dx -= (np.einsum("ij->i", dx) / d)[:, None]
    h *= along[:, None]
    dx -= h
    dx *= r[:, None]
    return dx, dg, db


def infonce_clear(u, v, t):
    """u, v (m, d) -> the gradients of the cosine InfoNCE loss in u and v."""
    m = len(u)
    nu, nv = np.linalg.norm(u, axis=1, keepdims=True), np.linalg.norm(v, axis=1, keepdims=True)
    a, b = u / nu, v / nv
    S = a @ b.T / t
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    G = (P - np.eye(m)) / (m * t)
    da, db = G @ b, G.T @ a
    return (da - a * (a * da).sum(axis=1, keepdims=True)) / nu, (db - b * (b * db).sum(axis=1, keepdims=True)) / nv


def infonce_tuned(u, v, t):
    m = len(u)
    nu, nv = np.sqrt(np.einsum("ij,ij->i", u, u))[:, None], np.sqrt(np.einsum("ij,ij->i", v, v))[:, None]
    a, b = u / nu, v / nv
    P = (a / t) @ b.T
    P -= P.max(axis=1, keepdims=True)
    np.exp(P, out=P)
    P *= (1 / (m * t)) / P.sum(axis=1, keepdims=True)
    P.reshape(-1)[:: m + 1] -= 1 / (m * t)
    da, db = P @ b, P.T @ a
    da -= a * np.einsum("ij,ij->i", a, da)[:, None]
    db -= b * np.einsum("ij,ij->i", b, db)[:, None]
    da /= nu
    db /= nv
    return da, db


def cases(seed: int = 0) -> Iterator[tuple[str, tuple[Any, ...], Callable[..., Any], Callable[..., Any]]]:
    """name -> (arguments, clear, tuned), at the sizes that are measured."""
    r = np.random.default_rng(seed)
    x = r.normal(size=(800, 5))
    yield "GP n=800 d=5", (x, np.sin(x.sum(axis=1)), 1.3, 1.7, 0.4), gp_clear, gp_tuned
    X = r.normal(size=(200, 400))
    yield (
        "Gaussian m=5e3 n=200",
        (r.normal(size=(5_000, 200)), r.normal(size=200), X @ X.T / 400 + np.eye(200)),
        gaussian_clear,
        gaussian_tuned,
    )
    x, w = r.normal(size=(20_000, 100)), r.normal(size=100) * 0.1
    y = np.sign(r.normal(size=20_000))
    yield "logistic Hessian m=2e4 d=100", (x, y, w, 0.5), logistic_hessian_clear, logistic_hessian_tuned
    yield (
        "logistic Hessian times v m=2e4 d=100",
        (x, y, w, 0.5, r.normal(size=100)),
        logistic_product_clear,
        logistic_product_tuned,
    )
    W = (r.random((1_000, 800)) > 0.5) * 1.0
    yield (
        "factorisation 1000x800 k=20",
        (W, r.normal(size=(1_000, 800)), r.normal(size=(1_000, 20)), r.normal(size=(800, 20)), 0.5),
        factorisation_clear,
        factorisation_tuned,
    )
    yield (
        "layer norm m=4e3 d=256",
        (r.normal(size=(4_000, 256)), r.normal(size=(4_000, 256)), r.normal(size=256), 1e-5),
        layer_norm_clear,
        layer_norm_tuned,
    )
    yield (
        "InfoNCE m=1e3 d=128",
        (r.normal(size=(1_000, 128)), r.normal(size=(1_000, 128)), 0.1),
        infonce_clear,
        infonce_tuned,
    )
    yield from numpy_layers.cases(seed)
    yield (
        "softmax regression m=2e4 100-10",
        (r.normal(size=(20_000, 100)), np.eye(10)[r.integers(0, 10, 20_000)], r.normal(size=(100, 10)) * 0.1, 0.5),
        softmax_regression_clear,
        softmax_regression_tuned,
    )
