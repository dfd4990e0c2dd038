"""Layers over the rows of an input: a binding whose right side is an array brings its axes with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from derivations import gradient
from derivations.domains import parse_names
from derivations.model import build
from derivations.notation import write

SIZES = {"n": 4, "d": 3, "m": 2, "K": 3, "H": 2, "k": 2}

LAYERS: list[tuple[str, str, str, str, Callable[..., Any]]] = [
    (
        "h_i = tanh(W x_i); L = sum_i ||h_i - y_i||^2",
        "W",
        "W: real[m,d]; x: real[n,d]; y: real[n,m]; i: index[n]",
        "2 ((h - y) .* (1 - (h .* h)))^T x",
        lambda W, x, y: ((np.tanh(x @ W.T) - y) ** 2).sum(),
    ),
    (
        "q_i = x_i^T W; L = sum_i ||q_i - y_i||^2",
        "W",
        "W: real[d,m]; x: real[n,d]; y: real[n,m]; i: index[n]",
        "2 x^T (q - y)",
        lambda W, x, y: ((x @ W - y) ** 2).sum(),
    ),
    (
        "O_i = sum_j P_ij V_j; L = sum_i ||O_i - y_i||^2",
        "V",
        "P: real[n,m]; V: real[m,d]; y: real[n,d]; i: index[n]; j: index[m]",
        "2 P^T (O - y)",
        lambda P, V, y: ((P @ V - y) ** 2).sum(),
    ),
    (
        "Q_h = X W_h; L = sum_h ||Q_h||_F^2",
        "W",
        "X: real[n,d]; W: real[H,d,k]; h: index[H]",
        "2 sum_l Q_{hlj} X_{li}",
        lambda X, W: sum(((X @ W[h]) ** 2).sum() for h in range(W.shape[0])),
    ),
    (
        "a_i = relu(U x_i + b); z_i = V a_i + c; L = -sum_i log softmax(z_i)_{y_i}",
        "V",
        "U: real[m,d]; V: real[K,m]; b: real[m]; c: real[K]; x: real[n,d]; y: index[K] of [n]; i: index[n]",
        "sum_i a_{ik} (softmax(z_i)_j - 1[y_i = j])",
        lambda U, V, b, c, x, y: sum(
            np.log(np.exp(z).sum()) - z[label] for z, label in zip(np.maximum(x @ U.T + b, 0) @ V.T + c, y, strict=True)
        ),
    ),
]


def _values(names: str) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    return {
        row.name: rng.integers(0, SIZES[str(row.sizes[-1])], [SIZES[str(s)] for s in row.sizes[:-1]])
        if row.labels
        else rng.normal(size=[SIZES[str(s)] for s in row.sizes])
        for row in parse_names(names).inputs()
    }


@pytest.mark.parametrize(("let", "by", "names", "form", "loss"), LAYERS)
def test_a_layer_over_rows_is_derived_in_the_books_form(let, by, names, form, loss):
    derived = gradient(None, by, names, let=let)
    result = derived.result
    assert write(result, "ascii", "matrix" if len(result.axes) < 3 and "1[" not in form else "index").endswith(form)
    values, slopes = _values(names), np.zeros([SIZES[str(s)] for s in result.shape])
    for at in np.ndindex(*slopes.shape):
        up, down = values[by].copy(), values[by].copy()
        up[at] += 1e-6
        down[at] -= 1e-6
        slopes[at] = (loss(**{**values, by: up}) - loss(**{**values, by: down})) / 2e-6
    function = derived.numpy()
    got = function(**{name: values[name] for name in inspect.signature(function).parameters})
    assert np.allclose(got, slopes, rtol=1e-6, atol=1e-7)


def test_axes_that_come_with_the_right_side_stand_behind_those_of_the_left():
    names = parse_names("X: real[n,d]; W: real[H,d,k]; x: real[d]; i: index[n]; h: index[H]")
    assert build("heads", names, "Q_h = X W_h").names["Q"].sizes == ("H", "n", "k")
    assert build("products", names, "z_i = X_i * (x^T x); s_i = x^T X_i").names["s"].sizes == ("n",)
