"""Layers over time, space and words: a GRU over a sequence, a convolution of a batch of images, an embedding under a
softmax. Twice by hand, like the cases of `numpy_by_hand`; the two that are no models as formulas for the emitter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

FORMULAS: dict[str, tuple[str, str, str]] = {
    "conv2d": (
        "sum_akij G_akij z_akij",
        "x: real[B,c,h+p-1,l+q-1]; w: real[o,c,p,q]; G: real[B,o,h,l]; b: real[o]; a: index[B]; k: index[o]; "
        "i: index[h]; j: index[l]; r: index[p]; s: index[q]; m: index[c]",
        "z_akij = sum_m sum_r sum_s w_kmrs x_{a,m,i+r-1,j+s-1} + b_k",
    ),
    "embedding": (
        "-sum_t log softmax(V^T E_{v_t})_{y_t}",
        "v: index[N] of [T]; y: index[K] of [T]; E: real[N,d]; V: real[d,K]; t: index[T]",
        "",
    ),
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# ---------------------------------------------------------------- a gated recurrent unit


def gru_clear(W_z, U_z, b_z, W_r, U_r, b_r, W, U, b, h_0, x, y):
    """x (T, m), y (T, d), W* (d, d), U* (d, m) -> the gradients of ½ Σ ‖h_t - y_t‖² in W, W_z and h_0."""
    T = len(x)
    h, z, r, n = [h_0], [], [], []
    for t in range(T):
        z.append(sigmoid(W_z @ h[t] + U_z @ x[t] + b_z))
        r.append(sigmoid(W_r @ h[t] + U_r @ x[t] + b_r))
        n.append(np.tanh(W @ (r[t] * h[t]) + U @ x[t] + b))
        h.append((1 - z[t]) * h[t] + z[t] * n[t])
    dW, dW_z = np.zeros_like(W), np.zeros_like(W_z)
    dh = np.zeros_like(h_0)
    for t in reversed(range(T)):
        dh = dh + h[t + 1] - y[t]
        dn = dh * z[t] * (1 - n[t] ** 2)
        dz = dh * (n[t] - h[t]) * z[t] * (1 - z[t])
        drh = W.T @ dn
        dr = drh * h[t] * r[t] * (1 - r[t])
        dW += np.outer(dn, r[t] * h[t])
        dW_z += np.outer(dz, h[t])
        dh = dh * (1 - z[t]) + drh * r[t] + W_z.T @ dz + W_r.T @ dr
    return dW, dW_z, dh


def gru_tuned(W_z, U_z, b_z, W_r, U_r, b_r, W, U, b, h_0, x, y):
    T, d = y.shape
    gates, both = np.concatenate([W_z, W_r]), x @ np.concatenate([U_z, U_r]).T + np.concatenate([b_z, b_r])
    into_n = x @ U.T + b
    h, zr, n = np.empty((T + 1, d)), np.empty((T, 2 * d)), np.empty((T, d))
    h[0] = h_0
    for t in range(T):
        s = gates @ h[t]
        s += both[t]
        np.negative(s, out=s)
        np.exp(s, out=s)
        s += 1
        np.reciprocal(s, out=zr[t])
        z, r = zr[t, :d], zr[t, d:]
        np.tanh(W @ (r * h[t]) + into_n[t], out=n[t])
        h[t + 1] = h[t] + z * (n[t] - h[t])
    z, r = zr[:, :d], zr[:, d:]
    slope, step, rest, fall = 1 - n**2, n - h[:-1], zr * (1 - zr), 1 - z
    through_n, through_z, through_r = z * slope, step * rest[:, :d], h[:-1] * rest[:, d:]
    dn, dzr, dh = np.empty((T, d)), np.empty((T, 2 * d)), np.zeros(d)
    error = h[1:] - y
    for t in reversed(range(T)):
        dh += error[t]
        np.multiply(dh, through_n[t], out=dn[t])
        drh = dn[t] @ W
        np.multiply(dh, through_z[t], out=dzr[t, :d])
        np.multiply(drh, through_r[t], out=dzr[t, d:])
        dh *= fall[t]
        drh *= r[t]
        dh += drh
        dh += dzr[t] @ gates
    return dn.T @ (r * h[:-1]), dzr[:, :d].T @ h[:-1], dh


# ---------------------------------------------------------------- a convolution


def conv2d_clear(x, w, G):
    """x (B, c, h+p-1, l+q-1), w (o, c, p, q), G (B, o, h, l) the upstream gradient -> the gradients in x, w and b."""
    p, q = w.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(x, (p, q), (2, 3))
    dw = np.tensordot(G, windows, ([0, 2, 3], [0, 2, 3]))
    wide = np.pad(G, ((0, 0), (0, 0), (p - 1, p - 1), (q - 1, q - 1)))
    back = np.lib.stride_tricks.sliding_window_view(wide, (p, q), (2, 3))
    dx = np.tensordot(back, w[:, :, ::-1, ::-1], ([1, 4, 5], [0, 2, 3])).transpose(0, 3, 1, 2)
    return dx, dw, G.sum(axis=(0, 2, 3))


def conv2d_tuned(x, w, G):
    (B, o, h, l), (c, p, q) = G.shape, w.shape[1:]
    dx, dw = np.zeros_like(x), np.empty_like(w)
    flat = np.ascontiguousarray(G.transpose(1, 0, 2, 3)).reshape(o, -1)
    rows = np.ascontiguousarray(x.transpose(1, 0, 2, 3))
    part = np.empty((c, B, h, l))
    for r in range(p):
        for s in range(q):
            np.matmul(w[:, :, r, s].T, flat, out=part.reshape(c, -1))
            dx[:, :, r : r + h, s : s + l] += part.transpose(1, 0, 2, 3)
            part[...] = rows[:, :, r : r + h, s : s + l]
            dw[:, :, r, s] = flat @ part.reshape(c, -1).T
    return dx, dw, flat.sum(axis=1)


# ---------------------------------------------------------------- an embedding


def embedding_clear(v, y, E, V):
    """v, y (T,) words and labels, E (N, d), V (d, K) -> the summed cross-entropy and its gradients in E and V."""
    e = E[v]
    scores = e @ V
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponential = np.exp(shifted)
    total = exponential.sum(axis=1, keepdims=True)
    at = np.arange(len(y))
    G = exponential / total
    G[at, y] -= 1
    dE = np.zeros_like(E)
    np.add.at(dE, v, G @ V.T)
    return (np.log(total[:, 0]) - shifted[at, y]).sum(), dE, e.T @ G


def embedding_tuned(v, y, E, V):
    e = E[v]
    scores = e @ V
    at = np.arange(len(y))
    scores -= scores.max(axis=1, keepdims=True)
    chosen = scores[at, y].sum()
    np.exp(scores, out=scores)
    total = scores.sum(axis=1, keepdims=True)
    scores /= total
    scores[at, y] -= 1
    back, d = scores @ V.T, E.shape[1]
    places = (v[:, None] * d + np.arange(d)).ravel()
    dE = np.bincount(places, back.ravel(), E.size).reshape(E.shape)
    return np.log(total).sum() - chosen, dE, e.T @ scores


def cases(seed: int = 0) -> Iterator[tuple[str, tuple[Any, ...], Callable[..., Any], Callable[..., Any]]]:
    """name -> (arguments, clear, tuned), at the sizes that are measured."""
    r = np.random.default_rng(seed)
    T, m, d = 200, 64, 128
    gate = lambda n: r.normal(size=(d, n)) / np.sqrt(n)  # noqa: E731
    weights = [part for _ in range(3) for part in (gate(d), gate(m), r.normal(size=d))]
    given = (*weights, r.normal(size=d), r.normal(size=(T, m)), r.normal(size=(T, d)))
    yield f"GRU T={T} d={d}", given, gru_clear, gru_tuned
    x, w = r.normal(size=(32, 8, 28, 28)), r.normal(size=(16, 8, 5, 5))
    yield "conv2d B=32 8-16 24x24 5x5", (x, w, r.normal(size=(32, 16, 24, 24))), conv2d_clear, conv2d_tuned
    N, K = 5_000, 200
    v, y = r.integers(0, N, 4_000), r.integers(0, K, 4_000)
    E, V = r.normal(size=(N, 64)), r.normal(size=(64, K))
    yield "embedding T=4e3 N=5e3 K=200", (v, y, E, V), embedding_clear, embedding_tuned
