"""Gradients at points that no draw meets by chance: zeros, equal entries, ties, the ends of a sum. Each value can be
checked by hand."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest

from derivations import gradient
from derivations.derivation import over
from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.notation import write

NAMES = (
    "x: real[n]; y: real[n]; X: real[n,d]; w: real[d]; a: real; b: real; c: real; s: positive; t: label01[n]; "
    "o: onehot[n]; "
    "i: index[n]; j: index[n]; k: index[d]; g: real[n]; f: function"
)
SIZES = {"n": 3, "d": 2}
ZEROS = {
    "x": [0, 1, -2], "y": [1, 1, 1], "g": [0, 2, 1], "X": [[0, 0], [0, 0], [0, 0]], "w": [0, 0], "a": 0, "b": 0, "c": 0,
    "s": 1, "t": [0, 1, 1], "o": [1, 0, 0],
}  # fmt: skip

# formula, by, bindings, point (beside ZEROS), gradient
NO_DIVISION_BY_ZERO = [
    ("sum_i y_i h_i", "x", "h_i = x_i sigmoid(x_i)", {"x": [0, 0, 0]}, [0.5, 0.5, 0.5]),
    ("sum_i h_i", "x", "h_i = x_i sigmoid(x_i) g_i", {"x": [0, 0, 0]}, [0, 1, 0.5]),
    ("sum_i h_i", "x", "r_i = x_i sigmoid(x_i); h_i = r_i g_i", {"x": [0, 0, 0]}, [0, 1, 0.5]),  # SwiGLU
    ("sum_i h_i", "x", "h_i = x_i tanh(x_i)", {"x": [0, 0, 0]}, [0, 0, 0]),
    ("sum_i h_i", "x", "h_i = x_i log(1 + exp(x_i))", {"x": [0, 0, 0]}, [np.log(2)] * 3),
    ("sum_i h_i", "x", "h_i = sin(x_i) x_i^2", {"x": [0, 0, 0]}, [0, 0, 0]),
    ("sum_i y_i h_i", "x", "h = g ⊙ tanh(x)", {"x": [0, 0, 0]}, [0, 2, 1]),  # the hidden state of an LSTM
    ("sum_i h_i", "x", "r = sqrt(1/n sum_i x_i^2 + 1); h_i = g_i x_i / r", {"x": [0, 0, 0]}, [0, 2, 1]),  # RMSNorm
    ("sum_i h_i^2", "x", "r = sqrt(1/n sum_i x_i^2 + 1); h_i = g_i x_i / r", {"x": [0, 0, 0]}, [0, 0, 0]),
    # a norm's gain is 0
    ("sum_i h_i", "x", "m = mean(x); v = 1/n sum_i (x_i - m)^2 + 1; q_i = (x_i - m)/sqrt(v); h_i = g_i q_i",
        {"x": [1, 1, 1]}, [-1, 1, 0]),
    # a coupling layer
    ("sum_i y_i h_i", "x", "q_i = tanh(x_i); h_i = g_i exp(q_i) + x_i", {"x": [0, 0, 0]}, [1, 3, 2]),
    ("sum_i y_i h_i", "g", "q_i = tanh(x_i); h_i = g_i exp(q_i) + x_i", {"x": [0, 0, 0]}, [1, 1, 1]),
    ("sum_i h_i^2", "x", "h_i = a x_i + b", {"a": 0, "b": 1}, [0, 0, 0]),
    ("sum_i h_i^3", "a", "h_i = a x_i", {"a": 0}, 0),
    ("exp(P)", "x", "P = prod_i x_i", {"x": [0, 2, 3]}, [6, 0, 0]),
    ("P^2", "x", "P = prod_i x_i", {"x": [0, 2, 3]}, [0, 0, 0]),
    ("sum_i y_i x_i^2", "x", "r_i = 1/x_i", {"x": [0, 0, 0]}, [0, 0, 0]),
    ("sum_i (y_i x_i^2 + r_i)", "x", "r_i = {1/x_i if x_i != 0, 0 otherwise}", {"x": [0, 1, 2]}, [0, 1, 4 - 1 / 4]),
    ("sum_i {log(x_i) if x_i > 0, 0 otherwise}", "x", "", {"x": [0, -1, 2]}, [0, 0, 0.5]),
    ("sum_i {sqrt(x_i) if x_i > 1, 0 otherwise}", "x", "", {"x": [0, -1, 4]}, [0, 0, 0.25]),
    ("sum_i {y_i log(x_i) if x_i > 0, 0 otherwise}", "y", "", {"x": [0, -1, 1]}, [0, 0, 0]),
    ("sum_i max(sqrt(x_i), y_i)", "x", "", {"x": [0, 4, 0.25]}, [0, 0.25, 0]),
    # focal loss, saturated
    ("-sum_i (1 - p_i)^2 t_i log p_i", "x", "p_i = sigmoid(x_i)", {"x": [0, 800, -800]}, [0, 0, -1]),
    ("-sum_i (1 - p_i)^2 o_i log p_i", "x", "p = softmax(x)", {"x": [-800, 0, 0]}, [-1, 0.5, 0.5]),
    ("-sum_i (t_i (1 - p_i)^s log p_i + (1 - t_i) p_i^s log(1 - p_i))", "x", "p_i = sigmoid(x_i)",
        {"x": [800, 800, -800], "s": 2}, [1, 0, -1]),
    ("-sum_i (1 - q_i)^2 log q_i", "x", "p_i = sigmoid(x_i); q_i = t_i p_i + (1 - t_i) (1 - p_i)",
        {"x": [800, 800, -800]}, [1, 0, -1]),
    ("-sum_i (1 - q_i)^s log q_i", "x", "p_i = sigmoid(x_i); q_i = t_i p_i + (1 - t_i) (1 - p_i)",
        {"x": [-800, 800, -800], "s": 2}, [0, 0, -1]),
    ("-sum_i (1 - q_i)^2 log q_i", "x", "p_i = sigmoid(x_i); q_i = {p_i if t_i = 1, 1 - p_i otherwise}",
        {"x": [800, 800, -800]}, [1, 0, -1]),
    ("-sum_i log q_i", "x", "p_i = sigmoid(x_i); q_i = t_i p_i + (1 - t_i) (1 - p_i)", {"x": [800, 800, -800]},
        [1, 0, -1]),
    ("sum_i {sqrt(x_i) if x_i > 2, x_i otherwise}", "x", "", {"x": [0, 4, -1]}, [1, 0.25, 1]),
    ("-sum_i q_i^2 log q_i", "x", "q_i = 1 - sigmoid(x_i)", {"x": [0, 800, -800]}, [(1 - 2 * np.log(2)) / 8, 0, 0]),
    ("sum_i h_i", "x", "q_i = sigmoid(y_i); h_i = q_i x_i^2", {"x": [0, 1, -2], "y": [-800, 0, 800]}, [0, 1, -4]),
]  # fmt: skip

TIES = [
    ("max(a, b)", "a", "", {}, 0.5),
    ("max(a, b)", "b", "", {}, 0.5),
    ("min(a, b)", "a", "", {}, 0.5),
    ("max(a, b)", "a", "", {"a": 1}, 1),
    ("max(a, b, c)", "a", "", {}, 1 / 3),
    ("max(a, b, c)", "a", "", {"c": -1}, 0.5),
    ("max(a, b, c)", "c", "", {"c": -1}, 0),
    ("min(a, b, c)", "b", "", {}, 1 / 3),
    ("max(max(a, b), c)", "a", "", {}, 1 / 3),  # maxima within a maximum are one
    ("max(a, max(b, c))", "a", "", {}, 1 / 3),
    ("max(a, a)", "a", "", {}, 1),
    ("max(a, min(b, c))", "b", "", {}, 0.25),
    ("max(a, -a)", "a", "", {}, 0),
    ("max(a, 3 a)", "a", "", {}, 2),
    ("max(a, 0)", "a", "", {}, 0.5),  # two arguments like any other; relu is what has slope 0 at 0
    ("max(1, a)", "a", "", {"a": 1}, 0.5),
    ("relu(a)", "a", "", {}, 0),
    ("abs(a)", "a", "", {}, 0),
    ("max_i x_i", "x", "", {"x": [1, 1, 1]}, [1 / 3, 1 / 3, 1 / 3]),
    ("max_i x_i", "x", "", {"x": [1, 0, 1]}, [0.5, 0, 0.5]),
    ("min_i x_i", "x", "", {"x": [1, 0, 0]}, [0, 0.5, 0.5]),
    ("max_i X_i^T w", "w", "", {"X": [[1, 2], [1, 2], [1, 2]]}, [1, 2]),
    ("min_i X_i^T w", "w", "", {"X": [[1, 2], [1, 2], [1, 2]]}, [1, 2]),
    ("max_i X_i^T w", "w", "", {"X": [[1, 2], [3, 4], [0, 0]]}, [4 / 3, 2]),
    ("max(a, max_i x_i)", "a", "", {"x": [0, 0, -1]}, 1 / 3),
    ("max(a, max_i x_i)", "x", "", {"x": [0, 0, -1]}, [1 / 3, 1 / 3, 0]),
    ("max_i max(x_i, a)", "a", "", {"x": [0, 0, -1]}, 1 / 3),
    ("sum_i max_k X_ik", "X", "", {}, [[0.5, 0.5]] * 3),
    ("sum_k max_i X_ik", "X", "", {}, [[1 / 3, 1 / 3]] * 3),
    ("max_i max_k X_ik", "X", "", {}, [[1 / 6, 1 / 6]] * 3),
    ("sum_i (max_k X_ik)^2", "X", "", {"X": [[1, 1], [2, 1], [0, 0]]}, [[1, 1], [4, 0], [0, 0]]),
    ("sum_i max(x_i, y_i)", "x", "", {"x": [0, 1, 2]}, [0, 0.5, 1]),
    ("max_i max(x_i, y_i)", "x", "", {"x": [1, 1, 0]}, [0.2, 0.2, 0]),
    ("max_i abs(x_i)", "x", "", {"x": [2, -2, 0]}, [0.5, -0.5, 0]),
    ("m^2", "x", "m = max_i x_i", {"x": [1, 1, 0]}, [1, 1, 0]),
    ("sum_i (x_i - m)^2", "x", "m = max_i x_i", {"x": [1, 1, 0]}, [1, 1, -2]),
]  # fmt: skip

SHIFTS = [
    ("sum_{i=2}^n x_i x_{i-1}", "x", "", {"x": [1, 2, 3]}, [2, 4, 2]),
    ("sum_{i=1}^{n-1} x_i x_{i+1}", "x", "", {"x": [1, 2, 3]}, [2, 4, 2]),
    ("sum_{i=1}^{n-1} (x_{i+1} - x_i)^2", "x", "", {"x": [1, 2, 4]}, [-2, -2, 4]),
    ("sum_{i=2}^{n} abs(x_i - x_{i-1})", "x", "", {"x": [1, 2, 4]}, [-1, 0, 1]),
    ("sum_{i=2}^{n-1} (x_{i+1} - 2 x_i + x_{i-1})^2", "x", "", {"x": [1, 2, 4]}, [2, -4, 2]),
    ("sum_{i=1}^{n-2} x_i x_{i+2}", "x", "", {"x": [1, 2, 4]}, [4, 0, 1]),
    ("sum_i x_i x_{n+1-i}", "x", "", {"x": [1, 2, 4]}, [8, 4, 2]),
    ("sum_{i=2}^n (x_i - a x_{i-1})^2", "x", "", {"x": [1, 2, 4], "a": 1}, [-2, -2, 4]),
    ("sum_{i=2}^n (x_i - a x_{i-1})^2", "a", "", {"x": [1, 2, 4], "a": 1}, -2 - 8),
    ("x_1^2 + sum_{i=2}^n (x_i - x_{i-1})^2", "x", "", {"x": [1, 2, 4]}, [0, -2, 4]),
    ("sum_{i=2}^n y_i log(x_{i-1})", "x", "", {"x": [1, 2, 4]}, [1, 0.5, 0]),
    ("sum_{i=2}^n x_i/x_{i-1}", "x", "", {"x": [1, 2, 4]}, [-2, 1 - 1, 0.5]),
    ("(sum_{i=2}^n x_i x_{i-1})^2", "x", "", {"x": [1, 1, 1]}, [4, 8, 4]),
    ("exp(sum_{i=2}^n x_i x_{i-1})", "x", "", {"x": [0, 0, 0]}, [0, 0, 0]),
    ("prod_{i=2}^n (x_i - x_{i-1})", "x", "", {"x": [1, 2, 4]}, [-2, 1, 1]),
    ("sum_{i=1}^{n-1} sum_k (X_{i+1,k} - X_{ik})^2", "X", "", {"X": [[0, 0], [1, 2], [3, 3]]},
        [[-2, -4], [-2, 2], [4, 2]]),
    ("sum_i h_i^2", "x", "h_i = sum_k {w_k x_{i-k+1} if i >= k, 0 otherwise}", {"x": [1, 1, 1], "w": [1, 2]},
        [14, 18, 6]),
    ("sum_i h_i", "w", "h_i = sum_k {w_k x_{i-k+1} if i >= k, 0 otherwise}", {"x": [1, 2, 4], "w": [1, 2]}, [7, 3]),
]  # fmt: skip

KINKS = [
    # smooth, but written with kinks
    ("relu(a) - relu(-a)", "a", "", {}, 1),
    ("relu(a - b) - relu(b - a)", "b", "", {}, -1),
    ("relu(s a) - s relu(-a)", "a", "", {"s": 2}, 2),
    ("max(a, b) + min(a, b)", "a", "", {}, 1),
    ("max(a, b) min(a, b)", "a", "", {"a": 2, "b": 2}, 2),
    ("max(a, b) - (a + b)/2 - abs(a - b)/2", "a", "", {}, 0),
    ("max(a, b)^2 - max(a, b) (a + b) + a b", "a", "", {"a": 1, "b": 1}, 0),
    ("max(a, -a) - abs(a)", "a", "", {}, 0),
    ("max(0, a) - relu(a)", "a", "", {}, 0),
    ("2 relu(a) - abs(a)", "a", "", {}, 1),
    ("a sign(a) - abs(a)", "a", "", {}, 0),
    ("a sign(a)^2", "a", "", {}, 1),
    ("abs(a)^2", "a", "", {}, 0),
    ("abs(a) abs(a)", "a", "", {"a": 2}, 4),
    ("a abs(a)", "a", "", {}, 0),
    ("relu(a)^2", "a", "", {}, 0),
    ("exp(relu(a) - relu(-a))", "a", "", {}, 1),
    ("leaky_relu(a, 0.5) - leaky_relu(-a, 0.5)", "a", "", {}, 1.5),
    ("elu(a, 1)", "a", "", {}, 1),
    ("relu(a) - relu(-a) + a abs(a)", "a", "", {}, 1),
    ("{a if a > 0, 0 otherwise} - {-a if a < 0, 0 otherwise}", "a", "", {}, 1),
    ("{a^2 if a > 0, -a^2 otherwise}", "a", "", {}, 0),
    ("max(a, b, c) + min(-a, -b, -c)", "a", "", {}, 0),
    ("min(relu(a) - relu(-a), b)", "a", "", {"b": 1}, 1),
    ("sum_i (relu(x_i) - relu(-x_i))", "x", "", {}, [1, 1, 1]),
    ("sum_i relu(x_i) - sum_i relu(-x_i)", "x", "", {}, [1, 1, 1]),
    ("sum_i relu(x_i) - 1/2 ||x||_1", "x", "", {}, [0.5, 0.5, 0.5]),
    ("||relu(x)||^2 + ||relu(-x)||^2", "x", "", {}, [0, 2, -4]),
    ("sum_i abs(x_i)^2", "x", "", {}, [0, 2, -4]),
    ("sum_i (h_i - relu(-x_i))", "x", "h_i = relu(x_i)", {}, [1, 1, 1]),
    ("sum_i (h_i - q_i)", "x", "h_i = relu(x_i); q_i = relu(-x_i)", {}, [1, 1, 1]),
    ("(sum_i h_i)^2", "x", "h_i = 2 relu(x_i) - abs(x_i)", {}, [-2, -2, -2]),
    ("sum_i (relu(X_i^T w) - relu(-X_i^T w))", "w", "", {"X": [[1, 2], [3, 4], [0, 0]]}, [4, 6]),
    # one kink of several functions: one of the one-sided derivatives
    ("relu(a) - 2 relu(-a)", "a", "", {}, 2),
    ("relu(a) + relu(-a)", "a", "", {}, 0),
    ("abs(sqrt(a^2))", "a", "", {}, 0),
    ("sqrt((a - b)^2)", "a", "", {}, 0),
    ("sqrt(a^2 c^2)", "a", "", {"c": 2}, 0),
    ("sqrt(s a^2)", "a", "", {}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "by", "let", "point", "expected"), NO_DIVISION_BY_ZERO + TIES + SHIFTS + KINKS)
def test_gradient_at_a_point(formula: str, by: str, let: str, point: dict, expected: object) -> None:
    derivation = gradient(formula, by, NAMES, let=let)
    at = {name: np.asarray(value, float) for name, value in {**ZEROS, **point}.items()}
    function = derivation.numpy()
    with np.errstate(all="ignore"):
        given = {**at, **SIZES}
        found = function(**{name: given[name] for name in inspect.signature(function).parameters})
    shown = write(over(derivation.result), "ascii", "index")
    wanted = np.asarray(expected, float)
    assert np.allclose(np.broadcast_to(found, wanted.shape), wanted, atol=1e-12), (shown, found)
    if max(np.abs(value).max() for value in at.values()) < 100:  # log p is computed by the code, not by the tree
        points = Assignment(dict(SIZES), {name: value[None] for name, value in at.items()}, 1, derivation.names)
        tree = floats.evaluate(replace(derivation.result, names=derivation.names), points)[0]
        assert np.allclose(np.broadcast_to(tree, wanted.shape), wanted, atol=1e-12), (shown, tree)


READS = [
    # what is printed
    ("max(a, b)", "a", "", "1/2 * 1[a = b] + 1[a > b]"),
    ("max(a, b, c)", "a", "", "1/(1[a = b] + 1[a = c] + 1) * 1[a >= max(b, c)]"),
    ("max_i x_i", "x", "", "1/(sum_j 1[x_j = max_l(x_l)]) * 1[x_i = max_j(x_j)]"),
    ("m^2", "x", "m = max_i x_i", "2 m/(sum_j 1[x_j = m]) * 1[x_i = m]"),
    ("max(1, a)", "a", "", "1/2 * 1[a = 1] + 1[a > 1]"),
    ("sum_{i=2}^n x_i x_{i-1}", "x", "", "{x_{i+1} if i < n, 0 otherwise} + {x_{i-1} if i >= 2, 0 otherwise}"),
    ("sum_i h_i", "x", "h_i = x_i sigmoid(x_i)", "h_i + sigmoid(x_i) - h_i sigmoid(x_i)"),
    ("sum_i h_i", "x", "h_i = s x_i exp(x_i)", "h_i + s exp(x_i)"),
]


def test_a_second_derivative_of_neighbours() -> None:
    second = gradient("sum_{i=2}^n x_i x_{i-1}", "x", "x: real[n]", order=2)
    assert write(over(second.result), "ascii", "index") == "delta_{i+1,j} * 1[i < n] + delta_{i-1,j} * 1[i >= 2]"


@pytest.mark.parametrize(("formula", "by", "let", "expected"), READS)
def test_what_is_printed(formula: str, by: str, let: str, expected: str) -> None:
    assert write(over(gradient(formula, by, NAMES, let=let).result), "ascii", "index") == expected
