"""Every emitted gradient of the seven models against JAX, whose forward passes are written here by hand."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.oracle
N, D, H, K = 5, 4, 3, 6


def _arrays() -> dict[str, Any]:
    r = np.random.default_rng(11)
    return {
        "theta": r.normal(size=D), "w": r.normal(size=D), "x": r.normal(size=D), "X": r.normal(size=(N, D)),
        "B": r.normal(size=(N, D)),
        "y01": 1.0, "y01s": (r.random(N) > 0.5) * 1.0, "ypm": r.choice([-1.0, 1.0], N), "ys": r.normal(size=N),
        "z": r.normal(size=K),
        "t": np.eye(K)[2], "T": np.eye(K)[r.integers(0, K, N)], "s": 0.7, "eta": 1.3, "b": 0.9, "mu": 0.2,
        "xs": r.normal(size=N),
        "gamma": r.normal(size=D), "beta": r.normal(size=D), "dy": r.normal(size=(N, D)), "eps": 1e-3, "alpha": 0.3,
        "V1": r.normal(size=(H, D)), "c1": r.normal(size=H), "V2": r.normal(size=(K, H)), "c2": r.normal(size=K),
        "u2": r.normal(size=H), "c": 0.4,
    }  # fmt: skip


def _sigmoid(jnp: Any, z: Any) -> Any:
    return 1 / (1 + jnp.exp(-z))


def _log_likelihood(jnp: Any, z: Any, y: Any) -> Any:
    return jnp.sum(y * jnp.log(_sigmoid(jnp, z)) + (1 - y) * jnp.log(1 - _sigmoid(jnp, z)))


def _cross_entropy(jnp: Any, z: Any, t: Any) -> Any:
    return -jnp.sum(t * (z - jnp.log(jnp.sum(jnp.exp(z), axis=-1, keepdims=True))))


def _network(jnp: Any, x: Any, w1: Any, b1: Any, w2: Any, b2: Any, t: Any, slope: Any = 0.0) -> Any:
    z = x @ w1 + b1
    return _cross_entropy(jnp, jnp.where(z > 0, z, slope * z) @ w2 + b2, t)


def _squared(jnp: Any, x: Any, w1: Any, b1: Any, w2: Any, b2: Any, y: Any, last: Callable[[Any], Any]) -> Any:
    return (last(_sigmoid(jnp, x @ w1.T + b1) @ w2 + b2) - y) ** 2


def _batch_norm(jnp: Any, x: Any, gamma: Any, beta: Any, dy: Any, eps: float) -> Any:
    return jnp.sum(dy * (gamma * (x - x.mean(0)) / jnp.sqrt(x.var(0) + eps) + beta))


# function prefix, {argument of the function: array}, the loss of those arguments; every argument in `by` is
# differentiated
CASES: list[tuple[str, dict[str, str], Callable[..., Any], str]] = [
    ("logistic", {"theta": "theta", "x": "x", "y": "y01"}, lambda jnp, theta, x, y: _log_likelihood(jnp, theta @ x, y),
        "theta x"),
    ("logistic_batch", {"X": "X", "theta": "theta", "y": "y01s"}, lambda jnp, X, theta,
        y: _log_likelihood(jnp, X @ theta, y), "theta"),
    ("logistic_pm1", {"x": "X", "w": "w", "y": "ypm"}, lambda jnp, x, w, y: jnp.sum(jnp.log(1 + jnp.exp(-y * (x @ w)))),
        "w"),
    ("logistic_scaled", {"x": "X", "w": "w", "y": "ypm", "c": "s"}, lambda jnp, x, w, y,
        c: jnp.sum(jnp.log(1 + jnp.exp(-y * (x @ (c * w))))), "w c"),
    ("softmax", {"x": "z", "t": "t"}, lambda jnp, x, t: _cross_entropy(jnp, x, t), "x"),
    ("activations", {"w": "w", "x": "x"}, lambda jnp, w, x: jnp.maximum(w @ x, 0), "w x"),
    ("activations_leaky", {"w": "w", "x": "x", "alpha": "alpha"}, lambda jnp, w, x,
        alpha: jnp.where(w @ x > 0, w @ x, alpha * (w @ x)), "w x alpha"),
    ("activations_elu", {"w": "w", "x": "x", "alpha": "alpha"}, lambda jnp, w, x,
        alpha: jnp.where(w @ x > 0, w @ x, alpha * (jnp.exp(w @ x) - 1)), "w x alpha"),
    ("activations_tanh", {"w": "w", "x": "x"}, lambda jnp, w, x: jnp.tanh(w @ x), "w x"),
    ("activations_sigmoid", {"w": "w", "x": "x"}, lambda jnp, w, x: _sigmoid(jnp, w @ x), "w x"),
    ("activations_softplus", {"w": "w", "x": "x"}, lambda jnp, w, x: jnp.log(1 + jnp.exp(w @ x)), "w x"),
    ("gaussian", {"x": "xs", "mu": "mu", "sigma": "s"}, lambda jnp, x, mu,
        sigma: jnp.sum(0.5 * jnp.log(2 * jnp.pi * sigma**2) + (x - mu) ** 2 / (2 * sigma**2)), "mu sigma"),
    ("gaussian_variance", {"x": "xs", "mu": "mu", "v": "s"}, lambda jnp, x, mu,
        v: jnp.sum(0.5 * jnp.log(2 * jnp.pi * v) + (x - mu) ** 2 / (2 * v)), "mu v"),
    ("map_regression", {"X": "X", "y": "ys", "theta": "theta", "sigma": "s", "eta": "eta"}, lambda jnp, X, y, theta,
        sigma, eta: jnp.sum((y - X @ theta) ** 2) / (2 * sigma**2) + jnp.sum(theta**2) / (2 * eta**2), "theta"),
    ("map_regression_lasso", {"X": "X", "y": "ys", "theta": "theta", "sigma": "s", "b": "b"}, lambda jnp, X, y, theta,
        sigma, b: jnp.sum((y - X @ theta) ** 2) + 2 * sigma**2 / b * jnp.sum(jnp.abs(theta)), "theta"),
    ("batch_norm", {"x": "B", "gamma": "gamma", "beta": "beta", "dL_dy": "dy"}, lambda jnp, x, gamma, beta,
        dL_dy: _batch_norm(jnp, x, gamma, beta, dL_dy, 0), "x gamma beta"),
    ("batch_norm_eps", {"x": "B", "gamma": "gamma", "beta": "beta", "epsilon": "eps", "dL_dy": "dy"}, lambda jnp, x,
        gamma, beta, epsilon, dL_dy: _batch_norm(jnp, x, gamma, beta, dL_dy, epsilon), "x gamma beta"),
    ("two_layer", {"x": "x", "W1": "V1", "b1": "c1", "W2": "V2", "b2": "c2", "y": "t"}, lambda jnp, x, W1, b1, W2, b2,
        y: _network(jnp, x, W1.T, b1, W2.T, b2, y), "W1 b1 W2 b2 x"),
    ("two_layer_leaky", {"x": "x", "W1": "V1", "b1": "c1", "W2": "V2", "b2": "c2", "y": "t", "alpha": "alpha"},
        lambda jnp, x, W1, b1, W2, b2, y, alpha: _network(jnp, x, W1.T, b1, W2.T, b2, y, alpha), "W1 b1 W2 b2 x"),
    ("two_layer_batch", {"X": "X", "W1": "V1.T", "b1": "c1", "W2": "V2.T", "b2": "c2", "Y": "T"}, lambda jnp, X, W1, b1,
        W2, b2, Y: _network(jnp, X, W1, b1, W2, b2, Y), "W1 b1 W2 b2 X"),
    ("two_layer_mean", {"X": "X", "W1": "V1.T", "b1": "c1", "W2": "V2.T", "b2": "c2", "Y": "T"}, lambda jnp, X, W1, b1,
        W2, b2, Y: _network(jnp, X, W1, b1, W2, b2, Y) / N, "W1 b1 W2 b2 X"),
    ("two_layer_squared", {"x": "X", "W1": "V1", "b1": "c1", "W2": "u2", "b2": "c", "y": "ys"}, lambda jnp, x, W1, b1,
        W2, b2, y: jnp.mean(_squared(jnp, x, W1, b1, W2, b2, y, lambda z: z)), "W1 b1 W2 b2"),
    ("two_layer_half", {"x": "X", "W1": "V1", "b1": "c1", "W2": "u2", "b2": "c", "y": "ys"}, lambda jnp, x, W1, b1, W2,
        b2, y: jnp.sum(_squared(jnp, x, W1, b1, W2, b2, y, lambda z: z)) / 2, "W1 b1 W2 b2"),
    ("two_layer_sigmoid_output", {"x": "X", "W1": "V1", "b1": "c1", "W2": "u2", "b2": "c", "y": "ys"}, lambda jnp, x,
        W1, b1, W2, b2, y: jnp.mean(_squared(jnp, x, W1, b1, W2, b2, y, lambda z: _sigmoid(jnp, z))), "W1 b1 W2 b2"),
]  # fmt: skip


@pytest.mark.parametrize(("prefix", "arguments", "loss", "by"), CASES, ids=[c[0] for c in CASES])
def test_emitted_gradients_equal_jax(prefix: str, arguments: dict[str, str], loss: Callable[..., Any], by: str) -> None:
    import inspect

    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    functions = importlib.import_module("derivations.functions")
    arrays = _arrays()
    given = {
        name: np.asarray(arrays[key.removesuffix(".T")]).T if key.endswith(".T") else arrays[key]
        for name, key in arguments.items()
    }
    for wrt in by.split():
        expected = np.asarray(
            jax.grad(lambda v, wrt=wrt: loss(jax.numpy, **{**given, wrt: v}))(jax.numpy.asarray(given[wrt]))
        )
        function = getattr(functions, f"{prefix}_d{wrt}")
        wanted = inspect.signature(function).parameters
        ours = np.asarray(function(**{k: v for k, v in given.items() if k in wanted}))
        assert ours.shape == expected.shape, wrt
        assert np.abs(ours - expected).max() <= 1e-9 * (1 + np.abs(expected).max()), wrt
