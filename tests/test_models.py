"""Every model loads and every target derives; and what comes out as NumPy equals finite differences of the formula
written anew here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from every_target import EVERY, VARIANTS

from derivations import derive
from derivations.model import UnknownName
from derivations.models import MODELS, load

FULL = [*MODELS, *VARIANTS]

ASKED = [
    "logistic", "softmax", "activations", "gaussian", "map_regression", "batch_norm", "two_layer",
    "linear_regression", "softmax_regression", "deep_linear", "layer_norm", "rms_norm", "attention", "residual_block",
    "dropout", "perceptron",
    "hinge_svm", "rbf_kernel", "kernel_perceptron", "naive_bayes", "gda", "gmm", "kl_gaussians", "momentum", "adam",
    "vae", "reinforce", "poisson", "dropout_regression", "distillation", "shrinkage",
    "rnn", "lstm", "gru", "hmm", "crf", "discounted_return",
    "embedding", "conv2d", "conv1d", "word2vec", "infonce", "matrix_factorisation", "gp", "pooling", "kalman",
    "factor_analysis", "pca", "em_gmm", "label_smoothing", "focal", "triplet", "ordinal", "ppo", "dpo", "rbm",
    "normalising_flow", "group_norm", "weight_norm", "cox",
]  # fmt: skip


def test_the_list_of_models() -> None:
    assert set(ASKED) <= set(MODELS)


@pytest.mark.parametrize("name", FULL)
def test_a_model_loads(name: str) -> None:
    model = load(name)
    assert model.nodes
    assert model.targets
    assert model.doc
    assert model.source


@pytest.mark.parametrize("name", EVERY)
def test_every_target_derives(name: str) -> None:
    for target in load(name).targets:
        assert derive(name, target).result.shape_error is None, target


def test_an_unknown_variant_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean batch"):
        load("logistic:bach")


# ---------------------------------------------------------------- the same formulas again, in NumPy

Loss = Callable[..., np.ndarray]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def normalised(x, axis):
    centred = x - x.mean(axis=axis, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=axis, keepdims=True))


def one_hot(rng, *shape):
    return np.eye(shape[-1])[rng.integers(0, shape[-1], size=shape[:-1])]


VAE = {"x": "3", "W": "3 2", "b": "3", "mu": "2", "s": "positive 2", "v": "positive"}
DROPOUT = {"X": "5 3", "y": "5", "w": "3", "q": "share"}


def negative_elbo(x, W, b, mu, s, v):
    """The mean over the code by quadrature, of both terms."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    total = 0.0
    for j, k in np.ndindex(12, 12):
        eps = np.array([nodes[j], nodes[k]])
        z = mu + s * eps
        fit = -((x - W @ z - b) ** 2).sum() / (2 * v) - len(x) / 2 * np.log(2 * np.pi * v)
        code = -(eps**2).sum() / 2 - np.log(s).sum() + (z**2).sum() / 2
        total += weights[j] * weights[k] / (2 * np.pi) * (code - fit)
    return total


def over_masks(X, y, w, q, scale):
    """The mean squared error over every mask, each as likely as it is."""
    masks = np.array(list(np.ndindex(2, 2, 2)), float)
    likely = np.prod(np.where(masks > 0, q, 1 - q), axis=1)
    return sum(p * ((y - X @ (r * w) / scale) ** 2).sum() for p, r in zip(likely, masks, strict=True))


CONV1D = {"x": "2 7", "W": "3 2 3", "b": "3", "dL_dz": "3 5"}
CONV2D = {"x": "2 4 7", "W": "3 2 2 3", "B": "3", "dL_dz": "3 3 5"}
CONTRAST = {"Q": "5 3", "K": "5 3", "tau": "positive"}
PROCESS = {"x": "5 2", "y": "5", "s": "positive", "l": "positive", "v": "positive"}
FILTER = {"m": "3", "P": "posdef 3", "F": "3 3", "Q": "posdef 3", "H": "2 3", "R": "posdef 2", "y": "2"}
LINE = {"m_0": "", "P_0": "positive", "F": "", "Q": "positive", "R": "positive", "y": "5"}


def slid(x, W, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, W.shape[2], axis=1)
    return b[:, None] + np.einsum("fck,cik->fi", W, windows)


def slid2(x, W, B):
    windows = np.lib.stride_tricks.sliding_window_view(x, W.shape[2:], axis=(1, 2))
    return B[:, None, None] + np.einsum("fcab,cijab->fij", W, windows)


def log_normal(e, S):
    return -(e @ np.linalg.solve(S, e) + np.linalg.slogdet(2 * np.pi * S)[1]) / 2


def process(x, y, s, l, v):
    K = s**2 * np.exp(-((x[:, None] - x) ** 2).sum(axis=2) / (2 * l**2)) + v * np.eye(len(x))
    return log_normal(y, K)


def predicted(m, P, F, Q, H, R, y):
    return log_normal(y - H @ F @ m, H @ (F @ P @ F.T + Q) @ H.T + R)


def filtered(m_0, P_0, F, Q, R, y):
    total, m, P = 0.0, m_0, P_0
    for seen in y:
        m, P = F * m, F**2 * P + Q
        total -= (np.log(2 * np.pi * (P + R)) + (seen - m) ** 2 / (P + R)) / 2
        m, P = m + P * (seen - m) / (P + R), P * R / (P + R)
    return total


def posdef(rng, k):
    a = rng.normal(size=(k, k))
    return a @ a.T + k * np.eye(k)


REFERENCE: list[tuple[str, str, Loss, dict[str, str]]] = [
    # model, target, the numerator, its inputs: shapes, or a word for how to draw
    ("logistic", "dLL/dtheta", lambda theta, x,
        y: y * np.log(sigmoid(theta @ x)) + (1 - y) * np.log(sigmoid(-theta @ x)),
    {"theta": "3", "x": "3", "y": "label"}),
    ("logistic:batch", "dNLL/dtheta", lambda theta, X, y: np.logaddexp(0, X @ theta).sum() - y @ X @ theta,
        {"theta": "3", "X": "5 3", "y": "label 5"}),
    ("logistic:mean", "dNLL/dtheta", lambda theta, X, y: (np.logaddexp(0, X @ theta).sum() - y @ X @ theta) / 5,
        {"theta": "3", "X": "5 3", "y": "label 5"}),
    ("logistic:pm1", "dNLL/dw", lambda x, y, w: np.logaddexp(0, -y * (x @ w)).sum(),
        {"x": "5 3", "y": "sign 5", "w": "3"}),
    ("logistic:scaled", "dNLL/dc", lambda x, y, w, c: np.logaddexp(0, -c * y * (x @ w)).sum(),
        {"x": "5 3", "y": "sign 5", "w": "3", "c": ""}),
    ("softmax", "dy_i/dx_j", lambda x: softmax(x), {"x": "4"}),
    ("softmax", "dL/dx", lambda x, t: -t @ np.log(softmax(x)), {"x": "4", "t": "onehot 4"}),
    ("activations:elu", "dh/dw", lambda x, w, alpha: (lambda z: z if z > 0 else alpha * np.expm1(z))(w @ x),
        {"x": "3", "w": "3", "alpha": "positive"}),
    ("activations:leaky", "dh/dx", lambda x, w, alpha: (lambda z: z if z > 0 else alpha * z)(w @ x),
        {"x": "3", "w": "3", "alpha": "positive"}),
    ("activations:softplus", "dh/dw", lambda x, w: np.logaddexp(0, w @ x), {"x": "3", "w": "3"}),
    ("gaussian", "dNLL/dsigma", lambda x, mu,
        sigma: (np.log(2 * np.pi * sigma**2) / 2 + (x - mu) ** 2 / (2 * sigma**2)).sum(),
    {"x": "5", "mu": "", "sigma": "positive"}),
    ("gaussian:variance", "dNLL/dv", lambda x, mu, v: (np.log(2 * np.pi * v) / 2 + (x - mu) ** 2 / (2 * v)).sum(),
        {"x": "5", "mu": "", "v": "positive"}),
    ("map_regression", "dJ/dtheta", lambda X, y, theta, sigma,
        eta: ((y - X @ theta) ** 2).sum() / (2 * sigma**2) + theta @ theta / (2 * eta**2),
    {"X": "5 3", "y": "5", "theta": "3", "sigma": "positive", "eta": "positive"}),
    ("map_regression:laplace", "dJ/dtheta", lambda X, y, theta, sigma,
        b: ((y - X @ theta) ** 2).sum() / (2 * sigma**2) + np.abs(theta).sum() / b,
    {"X": "5 3", "y": "5", "theta": "3", "sigma": "positive", "b": "positive"}),
    ("map_regression:lasso", "dJ/dtheta", lambda X, y, theta, sigma,
        b: ((y - X @ theta) ** 2).sum() + 2 * sigma**2 / b * np.abs(theta).sum(),
    {"X": "5 3", "y": "5", "theta": "3", "sigma": "positive", "b": "positive"}),
    ("batch_norm", "dL/dx", lambda x, gamma, dL_dy: (dL_dy * gamma * normalised(x, 0)).sum(),
        {"x": "5 3", "gamma": "3", "dL_dy": "5 3"}),
    ("layer_norm", "dL/dx", lambda x, gamma, dL_dy: (dL_dy * gamma * normalised(x, 1)).sum(),
        {"x": "5 3", "gamma": "3", "dL_dy": "5 3"}),
    ("rms_norm", "dL/dx", lambda x, gamma,
        dL_dy: (dL_dy * gamma * x / np.sqrt((x**2).mean(axis=1, keepdims=True))).sum(),
    {"x": "5 3", "gamma": "3", "dL_dy": "5 3"}),
    ("two_layer", "dL/dW1", lambda x, W1, b1, W2, b2, y: -y @ np.log(softmax(W2 @ np.maximum(0, W1 @ x + b1) + b2)),
        {"x": "3", "W1": "4 3", "b1": "4", "W2": "5 4", "b2": "5", "y": "onehot 5"}),
    ("two_layer:batch", "dL/dW1", lambda X, W1, b1, W2, b2,
        Y: -(Y * np.log(softmax(np.maximum(0, X @ W1 + b1) @ W2 + b2))).sum(),
    {"X": "6 3", "W1": "3 4", "b1": "4", "W2": "4 5", "b2": "5", "Y": "onehot 6 5"}),
    ("two_layer:mean", "dL/db1", lambda X, W1, b1, W2, b2,
        Y: -(Y * np.log(softmax(np.maximum(0, X @ W1 + b1) @ W2 + b2))).sum() / 6,
    {"X": "6 3", "W1": "3 4", "b1": "4", "W2": "4 5", "b2": "5", "Y": "onehot 6 5"}),
    ("two_layer:squared", "dL/dW1", lambda x, y, W1, b1, W2, b2: ((sigmoid(x @ W1.T + b1) @ W2 + b2 - y) ** 2).mean(),
        {"x": "6 3", "y": "6", "W1": "4 3", "b1": "4", "W2": "4", "b2": ""}),
    ("two_layer:sigmoid_output", "dL/dW2", lambda x, y, W1, b1, W2,
        b2: ((sigmoid(sigmoid(x @ W1.T + b1) @ W2 + b2) - y) ** 2).mean(),
    {"x": "6 3", "y": "6", "W1": "4 3", "b1": "4", "W2": "4", "b2": ""}),
    ("linear_regression:weighted", "dL/dw", lambda X, y, w, a: (a * (X @ w - y) ** 2).sum() / 2,
        {"X": "5 3", "y": "5", "w": "3", "a": "positive 5"}),
    ("softmax_regression", "dL/dTheta", lambda X, Y, Theta: -(Y * np.log(softmax(X @ Theta))).sum(),
        {"X": "5 3", "Y": "onehot 5 4", "Theta": "3 4"}),
    ("deep_linear:tanh", "dL/dW1", lambda x, W1, W2, W3, y: ((W3 @ np.tanh(W2 @ np.tanh(W1 @ x)) - y) ** 2).sum() / 2,
        {"x": "3", "W1": "4 3", "W2": "5 4", "W3": "2 5", "y": "2"}),
    ("attention", "dL/dQ", lambda Q, K, V, dL_dO: (dL_dO * (softmax(Q @ K.T / np.sqrt(3)) @ V)).sum(),
        {"Q": "4 3", "K": "5 3", "V": "5 2", "dL_dO": "4 2"}),
    ("attention", "dL/dK", lambda Q, K, V, dL_dO: (dL_dO * (softmax(Q @ K.T / np.sqrt(3)) @ V)).sum(),
        {"Q": "4 3", "K": "5 3", "V": "5 2", "dL_dO": "4 2"}),
    ("attention:heads", "dL/dQ", lambda Q, K, V,
        dL_dO: (dL_dO * (softmax(Q @ K.transpose(0, 2, 1) / np.sqrt(3)) @ V)).sum(),
    {"Q": "2 4 3", "K": "2 5 3", "V": "2 5 6", "dL_dO": "2 4 6"}),
    ("residual_block", "dL/dx", lambda x, W1, b1, W2, dL_dy: dL_dy @ (x + W2 @ np.maximum(0, W1 @ x + b1)),
        {"x": "3", "W1": "4 3", "b1": "4", "W2": "3 4", "dL_dy": "3"}),
    ("perceptron", "dL/dw", lambda x, y, w: np.maximum(0, -y * (x @ w)).sum(), {"x": "5 3", "y": "sign 5", "w": "3"}),
    ("hinge_svm", "dL/dw", lambda x, y, w, b, lambda_: lambda_ / 2 * w @ w + np.maximum(0, 1 - y * (x @ w + b)).sum(),
        {"x": "5 3", "y": "sign 5", "w": "3", "b": "", "lambda_": "positive"}),
    ("rbf_kernel", "dk/dx", lambda x, z, s: np.exp(-((x - z) ** 2).sum() / (2 * s**2)),
        {"x": "3", "z": "3", "s": "positive"}),
    ("gda", "dLL/dS", lambda x, y, a0, a1, S: -0.5 * sum((v := x[i] - (a1 if y[i] else a0)) @ np.linalg.inv(S) @ v
        for i in range(5)) - 2.5 * np.log(np.linalg.det(S)),
        {"x": "5 3", "y": "label 5", "a0": "3", "a1": "3", "S": "posdef 3"}),
    ("gmm", "dLL/dmu", lambda x, w, mu, s: np.log((w / np.sqrt(2 * np.pi * s**2) * np.exp(-((x[:,
            None] - mu) ** 2) / (2 * s**2))).sum(axis=1)).sum(),
    {"x": "5", "w": "positive 3", "mu": "3", "s": "positive 3"}),
    ("kl_gaussians", "dD/dt", lambda a, s, b, t: (np.log(t / s) + (s**2 + (a - b) ** 2) / (2 * t**2) - 0.5).sum(),
        {"a": "4", "s": "positive 4", "b": "4", "t": "positive 4"}),
    ("vae", "dL/ds", lambda **given: negative_elbo(**given), VAE),
    ("vae", "dL/dmu", lambda **given: negative_elbo(**given), VAE),
    ("vae", "dL/dW", lambda **given: negative_elbo(**given), VAE),
    ("vae:log_variance", "dL/dh", lambda h, **given: negative_elbo(s=np.exp(h / 2), **given),
        {**{k: how for k, how in VAE.items() if k != "s"}, "h": "2"}),
    ("vae:sampled", "dL/ds", lambda x, W, b, mu, s, v, eps: ((x - W @ (mu + s * eps) - b) ** 2).sum() / (2 * v)
        + (mu**2 + s**2 - np.log(s**2)).sum() / 2, {**VAE, "eps": "2"}),
    ("reinforce", "dJ/dtheta", lambda theta, R, b: softmax(theta) @ (R - b), {"theta": "4", "R": "4", "b": ""}),
    ("reinforce:entropy", "dJ/dtheta", lambda theta, R, b, beta: softmax(theta)
        @ (R - b - beta * np.log(softmax(theta))), {"theta": "4", "R": "4", "b": "", "beta": "positive"}),
    ("reinforce:features", "dJ/dtheta", lambda theta, X, R, b: softmax(X @ theta) @ (R - b),
        {"theta": "3", "X": "4 3", "R": "4", "b": ""}),
    ("poisson", "dL/dw", lambda X, y, w: np.exp(X @ w).sum() - y @ X @ w, {"X": "5 3", "y": "label 5", "w": "3"}),
    ("dropout_regression", "dL/dw", lambda X, y, w, q: over_masks(X, y, w, q, 1), DROPOUT),
    ("dropout_regression:inverted", "dL/dw", lambda X, y, w, q: over_masks(X, y, w, q, q), DROPOUT),
    ("distillation", "dL/dz", lambda z, u, T: T**2 * (softmax(u / T) @ (np.log(softmax(u / T))
        - np.log(softmax(z / T)))), {"z": "4", "u": "4", "T": "positive"}),
    ("distillation:reverse", "dL/dz", lambda z, u, T: T**2 * (softmax(z / T) @ (np.log(softmax(z / T))
        - np.log(softmax(u / T)))), {"z": "4", "u": "4", "T": "positive"}),
    ("embedding", "dL/dE", lambda E, U, w, y: -np.log(softmax(U @ E[w.astype(int)].mean(axis=0)))[int(y)],
        {"E": "5 3", "U": "4 3", "w": "of 5 6", "y": "of 4"}),
    ("conv1d", "dL/dW", lambda x, W, b, dL_dz: (dL_dz * slid(x, W, b)).sum(), CONV1D),
    ("conv1d", "dL/dx", lambda x, W, b, dL_dz: (dL_dz * slid(x, W, b)).sum(), CONV1D),
    ("conv1d", "dL/db", lambda x, W, b, dL_dz: (dL_dz * slid(x, W, b)).sum(), CONV1D),
    ("conv1d:strided", "dL/dx", lambda x, W, b, dL_dz: (dL_dz * slid(x, W, b)[:, 1::2]).sum(),
        {**CONV1D, "x": "2 13"}),
    ("conv2d", "dL/dW", lambda x, W, B, dL_dz: (dL_dz * slid2(x, W, B)).sum(), CONV2D),
    ("conv2d", "dL/dx", lambda x, W, B, dL_dz: (dL_dz * slid2(x, W, B)).sum(), CONV2D),
    ("word2vec", "dL/dU", lambda U, v, o, q: -np.log(sigmoid(U[int(o)] @ v)) - np.log(sigmoid(-U[q.astype(int)] @ v))
        .sum(), {"U": "5 3", "v": "3", "o": "of 5", "q": "of 5 6"}),
    ("word2vec", "dL/dv", lambda U, v, o, q: -np.log(sigmoid(U[int(o)] @ v)) - np.log(sigmoid(-U[q.astype(int)] @ v))
        .sum(), {"U": "5 3", "v": "3", "o": "of 5", "q": "of 5 6"}),
    ("infonce", "dL/dQ", lambda Q, K, tau: -np.log(np.diag(softmax(Q @ K.T / tau))).mean(), CONTRAST),
    ("infonce:symmetric", "dL/dK", lambda Q, K, tau: -np.log(np.diag(softmax(Q @ K.T / tau))
        * np.diag(softmax(K @ Q.T / tau))).mean() / 2, CONTRAST),
    ("matrix_factorisation", "dL/dV", lambda R, M, U, V, lambda_: (M * (R - U @ V.T) ** 2).sum() / 2
        + lambda_ / 2 * ((U**2).sum() + (V**2).sum()),
        {"R": "4 5", "M": "label 4 5", "U": "4 2", "V": "5 2", "lambda_": "positive"}),
    *(("gp", f"dLL/d{name}", lambda **given: process(**given), PROCESS) for name in "svl"),
    ("pooling", "dL/dx", lambda x, dL_du: dL_du @ np.lib.stride_tricks.sliding_window_view(x, 3).max(axis=1),
        {"x": "7", "dL_du": "5"}),
    *(("kalman", f"dLL/d{name}", lambda **given: predicted(**given), FILTER) for name in "mF"),
    *(("kalman:line", f"dLL/d{name}", lambda **given: filtered(**given), LINE) for name in "QRF"),
    *(("factor_analysis", f"dLL/d{name}", lambda x, mu, W, psi: sum(log_normal(row - mu, W @ W.T + np.diag(psi))
        for row in x), {"x": "6 3", "mu": "3", "W": "3 2", "psi": "positive 3"}) for name in ("W", "mu", "psi")),
    ("pca:autoencoder", "dL/dW", lambda X, W: ((X @ W @ W.T - X) ** 2).sum() / 2, {"X": "6 3", "W": "3 2"}),
    ("pca:rayleigh", "dV/dw", lambda X, w: ((X @ w) ** 2).mean() / (w @ w), {"X": "6 3", "w": "3"}),
    ("label_smoothing", "dL/dz", lambda z, t, epsilon: -((1 - epsilon) * t + epsilon / 4) @ np.log(softmax(z)),
        {"z": "4", "t": "onehot 4", "epsilon": "share"}),
    ("focal", "dL/dz", lambda z, y, gamma: -(sigmoid(-y * z) ** gamma) * np.log(sigmoid(y * z)),
        {"z": "", "y": "sign", "gamma": "positive"}),
    ("focal:classes", "dL/dz", lambda z, c, gamma: -((1 - softmax(z)[int(c)]) ** gamma) * np.log(softmax(z)[int(c)]),
        {"z": "4", "c": "of 4", "gamma": "positive"}),
    ("triplet", "dL/da", lambda a, p, q, m: np.maximum(0, ((a - p) ** 2 - (a - q) ** 2).sum(axis=1) + m).sum(),
        {"a": "5 3", "p": "5 3", "q": "5 3", "m": "positive"}),
    ("ordinal", "dL/dw", lambda X, T, w, theta: (np.logaddexp(0, (X @ w)[:, None] - theta)
        - T * ((X @ w)[:, None] - theta)).sum(), {"X": "5 3", "T": "label 5 2", "w": "3", "theta": "2"}),
    ("cox", "dL/dw", lambda X, w, t, c: -(c * (X @ w - np.log(((t >= t[:, None]) * np.exp(X @ w)).sum(axis=1)))).sum(),
        {"X": "5 3", "w": "3", "t": "5", "c": "label 5"}),
    ("ppo", "dJ/dl", lambda l, q, A, epsilon: np.minimum(np.exp(l - q) * A, np.clip(np.exp(l - q), 1 - epsilon,
        1 + epsilon) * A).mean(), {"l": "5", "q": "5", "A": "5", "epsilon": "share"}),
    ("dpo", "dL/dw", lambda w, l, u, v, beta: np.logaddexp(0, -beta * (w - u - l + v)).mean(),
        {"w": "5", "l": "5", "u": "5", "v": "5", "beta": "positive"}),
    ("rbm", "dF/dW", lambda v, W, b, c: -b @ v - np.logaddexp(0, c + v @ W).sum(),
        {"v": "label 4", "W": "4 3", "b": "4", "c": "3"}),
    ("rbm:contrast", "dL/dc", lambda v, u, W, b, c: b @ (u - v) + np.logaddexp(0, c + u @ W).sum()
        - np.logaddexp(0, c + v @ W).sum(), {"v": "label 4", "u": "label 4", "W": "4 3", "b": "4", "c": "3"}),
    ("normalising_flow", "dLL/dA", lambda x, y, A, a, B, b: (s := np.tanh(A @ x + a)).sum()
        - ((y * np.exp(s) + B @ x + b) ** 2).sum() / 2,
        {"x": "3", "y": "2", "A": "2 3", "a": "2", "B": "2 3", "b": "2"}),
    ("normalising_flow:planar", "dLL/dx", lambda x, u, w, b: np.log(abs(1 + u @ w * (1 - np.tanh(w @ x + b) ** 2)))
        - ((x + np.tanh(w @ x + b) * u) ** 2).sum() / 2, {"x": "3", "u": "3", "w": "3", "b": ""}),
    ("group_norm", "dL/dx", lambda x, gamma, dL_dy: (dL_dy * gamma * normalised(x, 2)).sum(),
        {"x": "4 2 5", "gamma": "2 5", "dL_dy": "4 2 5"}),
    ("weight_norm", "dL/dv", lambda v, g, dL_dw: dL_dw @ v * g / np.sqrt(v @ v), {"v": "4", "g": "", "dL_dw": "4"}),
    ("weight_norm:rows", "dL/dV", lambda V, g, dL_dW: (dL_dW * V * (g / np.sqrt((V**2).sum(axis=1)))[:, None]).sum(),
        {"V": "3 4", "g": "3", "dL_dW": "3 4"}),
]  # fmt: skip


def drawn(rng: np.random.Generator, how: str) -> np.ndarray:
    word, *rest = how.split() if how and not how[0].isdigit() else ("", *how.split())
    shape = tuple(map(int, rest))
    match word:
        case "of":
            return rng.integers(0, shape[0], size=shape[1:])
        case "label":
            return rng.integers(0, 2, size=shape).astype(float)
        case "sign":
            return rng.choice([-1.0, 1.0], size=shape)
        case "positive":
            return rng.uniform(0.5, 2.0, size=shape)
        case "share":
            return rng.uniform(0.2, 0.8, size=shape)
        case "onehot":
            return one_hot(rng, *shape)
        case "posdef":
            return posdef(rng, shape[0])
        case _:
            return rng.normal(size=shape)


@pytest.mark.parametrize(("model", "target", "loss", "inputs"), REFERENCE, ids=[f"{r[0]} {r[1]}" for r in REFERENCE])
def test_numpy_equals_finite_differences(model: str, target: str, loss: Loss, inputs: dict[str, str]) -> None:
    function = derive(model, target).numpy()
    below = target.split("/d")[1].split("_")[0]
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        values = {name: np.asarray(drawn(rng, how), None if "of" in how else float) for name, how in inputs.items()}
        top = np.asarray(loss(**values))
        wanted = np.zeros(top.shape + values[below].shape)
        for cell in np.ndindex(values[below].shape):
            sides = []
            for step in (1e-5, -1e-5):
                moved = values[below].copy()
                moved[cell] += step
                sides.append(np.asarray(loss(**{**values, below: moved})))
            wanted[(..., *cell)] = (sides[0] - sides[1]) / 2e-5
        got = function(**{name: values[name] for name in _taken(function) if name in values})
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=2e-7, err_msg=f"seed {seed}")


def _taken(function: Callable[..., np.ndarray]) -> list[str]:
    import inspect

    return list(inspect.signature(function).parameters)


CLOSED = [
    # model, target, what it is, on data
    ("map_regression", "argmin J over theta", lambda X, y, sigma,
        eta: np.linalg.solve(X.T @ X + sigma**2 / eta**2 * np.eye(3), X.T @ y),
    {"X": "5 3", "y": "5", "sigma": "positive", "eta": "positive"}),
    ("linear_regression", "argmin L over w", lambda X, y: np.linalg.lstsq(X, y, rcond=None)[0], {"X": "5 3", "y": "5"}),
    ("linear_regression:ridge", "argmin L over w", lambda X, y,
        lambda_: np.linalg.solve(X.T @ X + lambda_ * np.eye(3), X.T @ y),
    {"X": "5 3", "y": "5", "lambda_": "positive"}),
    ("gaussian", "argmin NLL over mu", lambda x: x.mean(), {"x": "5"}),
    ("gaussian", "argmin NLL over sigma", lambda x, mu: np.sqrt(((x - mu) ** 2).mean()), {"x": "5", "mu": ""}),
    ("gaussian:variance", "argmin NLL over v", lambda x, mu: ((x - mu) ** 2).mean(), {"x": "5", "mu": ""}),
    ("naive_bayes", "argmin J over phi", lambda c: c / c.sum(), {"c": "positive 4"}),
    ("naive_bayes:laplace", "argmin J over phi", lambda c: (c + 1) / (c.sum() + 4), {"c": "positive 4"}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "target", "solution", "inputs"), CLOSED, ids=[f"{r[0]} {r[1]}" for r in CLOSED])
def test_closed_forms(model: str, target: str, solution: Loss, inputs: dict[str, str]) -> None:
    function = derive(model, target).numpy()
    rng = np.random.default_rng(3)
    values = {name: np.asarray(drawn(rng, how), float) for name, how in inputs.items()}
    np.testing.assert_allclose(function(**{n: values[n] for n in _taken(function)}), solution(**values), rtol=1e-9)


TEXTBOOK = [
    # model, target, as it is printed
    ("activations:sigmoid", "dh/dz", "h (1 - h)"),
    ("activations:tanh", "dh/dz", "1 - h^2"),
    ("perceptron", "dL/dw", "j -> -sum_i x_{ij} y_i * 1[m_i < 0]"),
    ("hinge_svm", "dL/dw", "j -> lambda w_j - sum_i x_{ij} y_i * 1[m_i < 1]"),
    ("rbf_kernel", "dk/dx", "j -> -k (x_j - z_j)/s^2"),
    ("gmm", "dLL/dmu", "k -> 1/s_k^2 * sum_i r_{ik} (x_i - mu_k)"),
    ("logistic:saliency", "s", "i -> abs(theta_i) abs(y - p)"),
    ("kl_gaussians", "dD/ds", "j -> s_j/t_j^2 - 1/s_j"),
    ("vae", "dD/ds", "i -> s_i - 1/s_i"),
    ("reinforce", "dJ/dtheta", "k -> pi_k (R_k - sum_i pi_i R_i)"),
    ("reinforce:sampled", "dJ/dtheta", "k -> A (1[a = k] - pi_k)"),
    ("embedding", "dL/ds", "k -> p_k - 1[y = k]"),
    ("embedding:lookup", "dL/dE", "(v:V, a) -> sum_t 1[w_t = v] * dL/dx_{ta}"),
    ("conv1d", "dL/dW", "(f, c, k:m) -> sum_i dL/dz_{fi} * x_{c,i+k-1}"),
    ("conv2d", "dL/dW", "(f, c, a:p, b:q) -> sum_{i,j} dL/dz_{fij} * x_{c,a+i-1,b+j-1}"),
    ("word2vec", "dL/dv", "a -> sum_m f_m U_{q_m,a} - (1 - p) U_{oa}"),
    ("word2vec", "dL/dU", "(r:V, a) -> v_a (sum_m 1[q_m = r] f_m - (1 - p) * 1[o = r])"),
    ("pooling:apart", "dL/dx", "(i, k) -> 1/(sum_j 1[x_{ij} = u_i]) * dL/du_i * 1[x_{ik} = u_i]"),
    ("em_gmm", "argmax Q over mu", "k -> (sum_i r_{ik} x_i)/(sum_i r_{ik})"),
    ("em_gmm", "argmax Q over w", "k -> 1/n * sum_i r_{ik}"),
    ("em_gmm:vectors", "argmax Q over S",
        "(k, j, l) -> (sum_i r_{ik} (x_{ij} - mu_{kj}) (x_{il} - mu_{kl}))/(sum_i r_{ik})"),
    ("focal", "dL/dz", "y (1 - p)^gamma (p + gamma p log(p) - 1)"),
    ("cox", "dL/dh", "i -> exp(h_i) sum_j dL/ds_j * 1[t_i >= t_j] - c_i"),
    ("ppo", "dJ/dl", "i -> 1/n * A_i rho_i (1[A_i rho_i < g_i] + 1/2 * 1[A_i rho_i = g_i])"),
    ("group_norm", "dL/dx", "(i, g, k) -> 1/(m sqrt(v_{ig})) * (m * dL/dy_{igk} * gamma_{gk} - sum_j dL/dy_{igj} * "
        "gamma_{gj} - xhat_{igk} sum_j dL/dy_{igj} * gamma_{gj} xhat_{igj})"),
]  # fmt: skip

MATRIX = [
    ("logistic:batch", "dNLL/dtheta", "X^T (p - y)"),
    ("two_layer:batch", "dL/dW2", "A1^T (Yhat - Y)"),
    ("vae:sampled", "dL/dW", "((W z + b) - x) z^T/v"),
    ("reinforce", "dJ/dtheta", "pi .* (R - pi^T R)"),
    ("poisson", "dL/dw", "X^T (mu - y)"),
    ("poisson", "d2L/dw2", "X^T diag(mu) X"),
    ("distillation", "dL/dz", "T (q - p)"),
    ("two_layer", "dL/dW2", "(yhat - y) a1^T"),
    ("softmax_regression", "dL/dTheta", "X^T (Yhat - Y)"),
    ("deep_linear", "dL/dW1", "W2^T W3^T (yhat - y) x^T"),
    ("map_regression", "argmin J over theta", "(X^T X + sigma^2/eta^2 * I)^(-1) X^T y"),
    ("linear_regression:mean", "argmin L over w", "(X^T X)^(-1) X^T y"),
    ("linear_regression:weighted", "d2L/dw2", "X^T diag(a) X"),
    ("embedding", "dL/dU", "(p - onehot(y)) h^T"),
    ("infonce", "dL/dS", "(P - I)/n"),
    ("infonce", "dL/dK", "(P^T Q - Q)/(n tau)"),
    ("matrix_factorisation", "dL/dV", "lambda V - (M .* (R - P))^T U"),
    ("gp", "dLL/dK", "1/2 * K^(-1) (y y^T K^(-1) - I)"),
    ("kalman", "dLL/dm", "F^T H^T S^(-1) e"),
    ("factor_analysis", "dLL/dmu", "C^(-1) (x^T ones - n mu)"),
    ("pca", "dV/dw", "2 S w"),
    ("pca:several", "dV/dW", "2 S W"),
    ("label_smoothing", "dL/dz", "p - q"),
    ("triplet", "dL/da", "2 diag(1[u > 0]) (q - p)"),
    ("dpo", "dL/dw", "-beta/n * sigmoid(-h)"),
    ("rbm", "dF/dW", "-v p^T"),
    ("rbm:contrast", "dL/dW", "u q^T - v p^T"),
    ("normalising_flow", "dLL/dB", "-z x^T"),
    ("weight_norm", "dL/dv", "g/r * (dL/dw - ((dL/dw)^T v)/r^2 * v)"),
]


@pytest.mark.parametrize(("model", "target", "form"), TEXTBOOK)
def test_textbook_form(model: str, target: str, form: str) -> None:
    from derivations.notation import write

    assert write(derive(model, target).result) == form


@pytest.mark.parametrize(("model", "target", "form"), MATRIX)
def test_matrix_form(model: str, target: str, form: str) -> None:
    from derivations.notation import write

    assert write(derive(model, target).result, "ascii", "matrix") == form


def test_factors_meet_beside_a_delta() -> None:
    """Of -log ŷ_k the gradient is ŷ_i - δ_ik, not ŷ_i (1 - δ_ik/ŷ_k)."""
    from derivations.domains import parse_names
    from derivations.model import build
    from derivations.notation import write

    model = build(
        "one class",
        parse_names("i: index[K]; k: index[K]; z: real[K]; yhat: simplex[K]"),
        "yhat = softmax(z); C_k = -log yhat_k",
    )
    assert write(derive(model, "dC_k/dz_i").result) == "(k:K, i) -> yhat_i - delta_{ik}"
