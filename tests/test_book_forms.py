"""Gradients of typed losses end in the form that a book prints."""

from __future__ import annotations

import pytest

from derivations import gradient
from derivations.notation import write

BOOK = [
    (
        "-sum_i sum_j Y_{ij} log softmax(X W)_{ij}",
        "W",
        "X: real[n,d]; W: real[d,K]; Y: onehot[n,K]; i: index[n]; j: index[K]",
        "X^T (softmax(X W) - Y)",
    ),
    (
        "-sum_i sum_j Y_{ij} log softmax(Z)_{ij}",
        "Z",
        "Z: real[n,K]; Y: onehot[n,K]; i: index[n]; j: index[K]",
        "softmax(Z) - Y",
    ),
    ("-sum_k t_k log softmax(z)_k", "z", "z: real[K]; t: onehot[K]; k: index[K]", "softmax(z) - t"),
    ("-sum_k t_k log softmax(z)_k", "z", "z: real[K]; t: simplex[K]; k: index[K]", "softmax(z) - t"),
    (
        "log prod_i p_i^{y_i} (1-p_i)^{1-y_i}",
        "p",
        "p: probability[n]; y: label01[n]; i: index[n]",
        "y/p - (1 - y)/(1 - p)",
    ),
    (
        "log prod_i exp(-(x_i-mu)^2/(2 s))/sqrt(2 pi s)",
        "mu",
        "mu: real; s: positive; x: real[n]; i: index[n]",
        "(ones^T x - n mu)/s",
    ),
    ("log prod_i l exp(-l x_i)", "l", "l: positive; x: positive[n]; i: index[n]", "n/l - ones^T x"),
    ("||X w - y||^2 + l ||w||^2", "w", "X: real[n,d]; w: real[d]; y: real[n]; l: positive", "2 (X^T (X w - y) + l w)"),
    (
        "-sum_i (y_i log sigmoid(x_i^T w) + (1-y_i) log(1 - sigmoid(x_i^T w)))",
        "w",
        "x: real[n,d]; w: real[d]; y: label01[n]; i: index[n]",
        "x^T (sigmoid(x w) - y)",
    ),
    ("||R - U V^T||_F^2", "U", "R: real[n,m]; U: real[n,k]; V: real[m,k]", "-2 (R - U V^T) V"),
    (
        "-log sigmoid(u^T v) - sum_k log sigmoid(-w_k^T v)",
        "v",
        "u: real[d]; v: real[d]; w: real[K,d]; k: index[K]",
        "w^T sigmoid(w v) - sigmoid(-u^T v) u",
    ),
    ("-sum_i log sigmoid(h_i)", "h", "h: real[n]; i: index[n]", "-sigmoid(-h)"),
    ("a sum_i sum_k r_ik", "a", "a: real; r: simplex[n,K]; i: index[n]; k: index[K]", "n"),
    ("log |det(A)|", "A", "A: real[n,n]", "A^-T"),
    ("log abs x", "x", "x: real", "1/x"),
    ("abs(x)^3", "x", "x: real", "3 x abs(x)"),
    (
        "-sum_k softmax(t/T)_k log softmax(z/T)_k",
        "z",
        "t: real[K]; z: real[K]; T: positive; k: index[K]",
        "(softmax(z/T) - softmax(t/T))/T",
    ),
    (
        "-sum_i log(exp(s_ii/t) / sum_j exp(s_ij/t))",
        "s",
        "s: real[n,n]; t: positive; i: index[n]; j: index[n]",
        "(softmax(s/t) - I)/t",
    ),
    (
        "-sum_k softmax(z)_k log softmax(z)_k",
        "z",
        "z: real[K]; k: index[K]",
        "softmax(z) .* (z^T softmax(z) - z)",
    ),
    ("(a - b)^2/(2 t) + c", "b", "a: real; b: real; c: real; t: positive", "(b - a)/t"),
    ("log sum_j exp(z_j)", "z", "z: real[K]; j: index[K]", "softmax(z)"),
    ("||A X - B||_F^2", "X", "A: real[n,m]; X: real[m,k]; B: real[n,k]", "2 A^T (A X - B)"),
    ("1/2 (m^2 + s^2 - log(s^2) - 1)", "s", "m: real; s: positive", "s - 1/s"),
    ("w^T S w / (w^T w)", "w", "w: real[d]; S: symmetric[d]", "2/||w||^4 * (||w||^2 S w - (w^T S w) w)"),
]


def test_a_quotient_of_entries_at_a_label_is_gone():
    names = "U: real[V,d]; v: real[d]; o: index[V] of []"
    result = gradient(None, "U", names, let="p = softmax(U v); L = -log p_o", of="L").result
    assert write(result, "ascii", "index") == "(i, j) -> v_j (p_i - 1[o = i])"


@pytest.mark.parametrize(("loss", "by", "names", "form"), BOOK)
def test_a_gradient_is_as_short_as_the_books(loss: str, by: str, names: str, form: str):
    assert write(gradient(loss, by, names).result, "ascii", "matrix") == form


def test_the_logarithm_of_a_product_is_opened_as_a_named_step():
    steps = gradient("log prod_i l exp(-l x_i)", "l", "l: positive; x: positive[n]; i: index[n]").lemmas[-1].steps
    assert "the logarithm of a product is a sum" in [step.why for step in steps]


def test_a_product_that_may_be_negative_stays():
    result = gradient("log(prod_i x_i)", "x", "x: real[n]; i: index[n]").result
    assert "prod" in write(result, "ascii", "index")


INDEXED = [
    ("sum_i sum_j A_ij (x_i - x_j)^2", "x", "A: symmetric[n]; x: real[n]", "i -> 4 sum_j A_{ij} (x_i - x_j)"),
    ("sum_i sum_j A_ij (x_i - x_j)^2", "x", "A: real[n,n]; x: real[n]", "i -> 2 sum_j (A_{ij} + A_{ji}) (x_i - x_j)"),
    (
        "sum_i sum_j (D_ij - ||X_i - X_j||^2)^2",
        "X",
        "D: symmetric[n]; X: real[n,d]; k: index[d]",
        "(i, k) -> -8 sum_j (X_{ik} - X_{jk}) (D_{ij} - sum_l (X_{il} - X_{jl})^2)",
    ),
    ("x^g + x^(g+1)", "x", "x: positive; g: real", "x^(g - 1) (g + x (g + 1))"),
    ("x^g + x^(g+1)", "x", "x: real; g: positive", "g x^(g - 1) + x^g (g + 1)"),
    ("relu(a - b)", "a", "a: real; b: real", "1[a > b]"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "names", "book"), INDEXED)
def test_a_sum_over_indices_is_the_books(formula: str, wrt: str, names: str, book: str):
    names = f"{names}; i: index[n]; j: index[n]" if "_i" in formula else names
    assert write(gradient(formula, wrt, names).result, "ascii", "index") == book
