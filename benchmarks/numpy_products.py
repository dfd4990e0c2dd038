"""What no form of a case can do without: the calls of BLAS and LAPACK that the tuned form by hand makes, on arrays that
are made beforehand. Their time beside that of a whole function says how much of it is theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy_formulas import cho_factor

Calls = Callable[[], Any]


def logistic(X, theta, y) -> Calls:
    return lambda: (X @ theta, y @ X)


def two_layers(X, T, W1, b1, W2, b2) -> Calls:
    A1 = X @ W1
    D2 = A1 @ W2
    D1 = D2 @ W2.T
    return lambda: (X @ W1, A1 @ W2, D2 @ W2.T, X.T @ D1, A1.T @ D2)


def attention(Q, K, V, dO) -> Calls:
    P = Q @ K.transpose(0, 2, 1)
    turned = P.transpose(0, 2, 1)
    return lambda: (Q @ K.transpose(0, 2, 1), turned @ dO, dO @ V.transpose(0, 2, 1), P @ K, turned @ Q)


def gp(x, y, s, l, c) -> Calls:
    D = ((x[:, None, :] - x) ** 2).sum(axis=-1)
    E = s**2 * np.exp(-D / (2 * l**2))
    K = E + c**2 * np.eye(len(y))

    def with_scipy() -> None:
        from scipy.linalg import cho_solve, cholesky
        from scipy.linalg.lapack import dpotri

        L = cholesky(K, lower=True, check_finite=False)
        alpha = cho_solve((L, True), y, check_finite=False)
        lower, _ = dpotri(L, lower=1, overwrite_c=1)
        np.vdot(lower, E), np.vdot(lower, D), E @ alpha, D @ alpha

    def alone() -> None:
        np.linalg.cholesky(K)
        inverse = np.linalg.inv(K)
        alpha = inverse @ y
        x @ x.T, np.vdot(inverse, E), np.vdot(inverse, D), E @ alpha, D @ alpha

    return with_scipy if cho_factor else alone


def gaussian(x, mu, S) -> Calls:
    def calls() -> None:
        np.linalg.cholesky(S)
        inverse = np.linalg.inv(S)
        inverse @ (x.T @ x) @ inverse

    return calls


def logistic_hessian(x, y, w, c) -> Calls:
    return lambda: (x @ w, x.T @ x)


def hessian_times_v(x, y, w, c, v) -> Calls:
    both = np.stack([w, v], axis=1)
    return lambda: (x @ both, y @ x)


def factorisation(W, R, U, V, c) -> Calls:
    return lambda: (U @ V.T, R @ V, R.T @ U)


def infonce(u, v, t) -> Calls:
    P = u @ v.T
    return lambda: (u @ v.T, P @ v, P.T @ u)


def softmax_regression(x, t, W, c) -> Calls:
    return lambda: (x @ W, x.T @ t)


def gru(W_z, U_z, b_z, W_r, U_r, b_r, W, U, b, h_0, x, y) -> Calls:
    gates, inputs = np.concatenate([W_z, W_r]), np.concatenate([U_z, U_r]).T
    both = x @ inputs

    def calls() -> None:
        x @ inputs, x @ U.T
        for t in range(len(x)):
            gates @ h_0, W @ h_0, h_0 @ W, both[t] @ gates
        y.T @ y, y.T @ y

    return calls


def embedding(v, y, E, V) -> Calls:
    e = E[v]
    scores = e @ V
    return lambda: (e @ V, scores @ V.T, e.T @ scores)


PRODUCTS: Mapping[str, Callable[..., Calls]] = MappingProxyType(
    {
        "logistic n=1e5 d=100": logistic,
        "two layers m=1e4 256-256-10": two_layers,
        "attention 8 heads T=512 d=64": attention,
        "GP n=800 d=5": gp,
        "Gaussian m=5e3 n=200": gaussian,
        "logistic Hessian m=2e4 d=100": logistic_hessian,
        "logistic Hessian times v m=2e4 d=100": hessian_times_v,
        "factorisation 1000x800 k=20": factorisation,
        "InfoNCE m=1e3 d=128": infonce,
        "softmax regression m=2e4 100-10": softmax_regression,
        "GRU T=200 d=128": gru,
        "embedding T=4e3 N=5e3 K=200": embedding,
    }
)
"""By the case of `numpy_speed`; others have none."""
