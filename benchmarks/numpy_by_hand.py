"""What a good engineer writes by hand, twice for each of six cases: the yardstick of the emitted code.

`clear` is vectorised, shares its work and is right in value (it may warn on overflow); `tuned` is preallocated and in
place, as fast
as plain NumPy gets without restructuring. Both are frozen: they are not to be slowed down, and whoever finds a faster
`tuned` may replace it. Both forms of a case return the same arrays; float64; shapes in each docstring.
"""

import numpy as np


def logistic_clear(X, w, y):
    """X (n, d), w (d,), y (n,) in {0,1} -> gradient of the summed NLL in w, (d,)."""
    p = 1 / (1 + np.exp(-(X @ w)))
    return X.T @ (p - y)


def logistic_tuned(X, w, y):
    z = X @ w
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)
    z -= y
    return z @ X


def softmax_jacobian_clear(Z):
    """Z (m, K) -> J (m, K, K), J[r, i, j] = p_ri (delta_ij - p_rj)."""
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p[:, :, None] * (np.eye(Z.shape[1]) - p[:, None, :])


def softmax_jacobian_tuned(Z):
    m, K = Z.shape
    p = Z - Z.max(axis=1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=1, keepdims=True)
    J = np.multiply(-p[:, :, None], p[:, None, :])
    J.reshape(m, K * K)[:, :: K + 1] += p
    return J


def batch_norm_clear(x, dy, gamma, eps=1e-5):
    """x, dy (m, d), gamma (d,) -> dx (m, d), dgamma (d,), dbeta (d,); mean and variance over the batch."""
    m = x.shape[0]
    mu, v = x.mean(axis=0), x.var(axis=0)
    s = np.sqrt(v + eps)
    xhat = (x - mu) / s
    dbeta = dy.sum(axis=0)
    dgamma = (dy * xhat).sum(axis=0)
    dx = gamma / (m * s) * (m * dy - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta


def batch_norm_tuned(x, dy, gamma, eps=1e-5):
    m = x.shape[0]
    mu = np.einsum("ij->j", x) / m
    xhat = x - mu
    v = np.einsum("ij,ij->j", xhat, xhat) / m
    r = 1 / np.sqrt(v + eps)
    xhat *= r
    dbeta = np.einsum("ij->j", dy)
    dgamma = np.einsum("ij,ij->j", dy, xhat)
    xhat *= dgamma / -m
    xhat += dy
    xhat -= dbeta / m
    xhat *= gamma * r
    return xhat, dgamma, dbeta


def cross_entropy_clear(Z, T):
    """Z, T (m, K), rows of T sum to 1 -> gradient of the summed cross-entropy in Z, (m, K)."""
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) - T


def cross_entropy_tuned(Z, T):
    p = Z - Z.max(axis=1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=1, keepdims=True)
    p -= T
    return p


def two_layer_clear(X, T, W1, b1, W2, b2):
    """ReLU hidden layer, softmax cross-entropy summed over the batch. X (m, n), T (m, K), W1 (n, h), b1 (h,), W2 (h,
    K), b2 (K,) -> dW1, db1, dW2, db2."""
    Z1 = X @ W1 + b1
    A1 = np.maximum(Z1, 0)
    Z2 = A1 @ W2 + b2
    D2 = cross_entropy_clear(Z2, T)
    D1 = (D2 @ W2.T) * (Z1 > 0)
    return X.T @ D1, D1.sum(axis=0), A1.T @ D2, D2.sum(axis=0)


def two_layer_tuned(X, T, W1, b1, W2, b2):
    A1 = X @ W1
    A1 += b1
    np.maximum(A1, 0, out=A1)
    D2 = A1 @ W2
    D2 += b2
    D2 -= D2.max(axis=1, keepdims=True)
    np.exp(D2, out=D2)
    D2 /= D2.sum(axis=1, keepdims=True)
    D2 -= T
    D1 = D2 @ W2.T
    D1 *= A1 > 0
    return X.T @ D1, np.einsum("ij->j", D1), A1.T @ D2, np.einsum("ij->j", D2)


def attention_clear(Q, K, V, dO):
    """Q, K, V, dO (b, T, d): b heads, O = softmax(Q K^T / sqrt(d)) V -> dQ, dK, dV."""
    c = 1 / np.sqrt(Q.shape[-1])
    S = c * (Q @ K.transpose(0, 2, 1))
    P = np.exp(S - S.max(axis=-1, keepdims=True))
    P = P / P.sum(axis=-1, keepdims=True)
    dV = P.transpose(0, 2, 1) @ dO
    dP = dO @ V.transpose(0, 2, 1)
    dS = P * (dP - (dP * P).sum(axis=-1, keepdims=True))
    return c * (dS @ K), c * (dS.transpose(0, 2, 1) @ Q), dV


def attention_tuned(Q, K, V, dO):
    c = 1 / np.sqrt(Q.shape[-1])
    P = (c * Q) @ K.transpose(0, 2, 1)
    P -= P.max(axis=-1, keepdims=True)
    np.exp(P, out=P)
    P /= P.sum(axis=-1, keepdims=True)
    dV = P.transpose(0, 2, 1) @ dO
    dS = dO @ V.transpose(0, 2, 1)
    dS -= np.einsum("bij,bij->bi", dS, P)[..., None]
    dS *= P
    dS *= c
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def cases(seed=0):
    """name -> (arguments, clear, tuned), at the sizes that are measured."""
    r = np.random.default_rng(seed)

    def simplex_rows(m, K):
        return np.eye(K)[r.integers(0, K, m)]

    X, w = r.normal(size=(100_000, 100)), r.normal(size=100) * 0.1
    yield "logistic n=1e5 d=100", (X, w, (r.random(100_000) > 0.5) * 1.0), logistic_clear, logistic_tuned
    yield "softmax Jacobian m=1e4 K=10", (r.normal(size=(10_000, 10)),), softmax_jacobian_clear, softmax_jacobian_tuned
    yield (
        "batch norm m=1e4 d=256",
        (r.normal(size=(10_000, 256)), r.normal(size=(10_000, 256)), r.normal(size=256)),
        batch_norm_clear,
        batch_norm_tuned,
    )
    yield (
        "cross-entropy m=1e5 K=100",
        (r.normal(size=(100_000, 100)), simplex_rows(100_000, 100)),
        cross_entropy_clear,
        cross_entropy_tuned,
    )
    n, h, K, m = 256, 256, 10, 10_000
    yield (
        "two layers m=1e4 256-256-10",
        (
            r.normal(size=(m, n)),
            simplex_rows(m, K),
            r.normal(size=(n, h)) / 16,
            r.normal(size=h),
            r.normal(size=(h, K)) / 16,
            r.normal(size=K),
        ),
        two_layer_clear,
        two_layer_tuned,
    )
    b, T, d = 8, 512, 64
    yield (
        "attention 8 heads T=512 d=64",
        tuple(r.normal(size=(b, T, d)) for _ in range(4)),
        attention_clear,
        attention_tuned,
    )


if __name__ == "__main__":
    import time

    for name, args, clear, tuned in cases():
        one, two = clear(*args), tuned(*args)
        one, two = (one, two) if isinstance(one, tuple) else ((one,), (two,))
        assert all(np.allclose(a, b, rtol=1e-9, atol=1e-11) for a, b in zip(one, two, strict=True)), name
        times = {clear: [], tuned: []}
        for _ in range(15):
            for f in (clear, tuned):
                t = time.perf_counter()
                f(*args)
                times[f].append(time.perf_counter() - t)
        a, b = (sorted(times[f])[7] * 1e3 for f in (clear, tuned))
        print(f"{name:30s} clear {a:8.2f} ms   tuned {b:8.2f} ms   tuned/clear {b / a:.2f}")
