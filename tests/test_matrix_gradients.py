"""Gradients in matrix form against what a text on matrix calculus prints: equal, and no longer (operators, powers,
functions)."""

from __future__ import annotations

from functools import cache

import pytest

from checker.compare import compare
from derivations import gradient
from derivations.derivation import Derivation
from derivations.notation import write
from derivations.notation.measure import length

V = "a: real[n]; b: real[n]; x: real[n]; M: real[n,n]; S: symmetric[n]; P: posdef[n]; c: positive"
R = "X: real[n,d]; w: real[d]; y: real[n]; l: positive; s: positive[n]; t: labelpm1[n]; W: real[d,K]; Y: real[n,K]"
T = "A: real[p,n]; B: real[k,q]; X: real[n,k]; C: real[p,q]; u: real[n]; v: real[k]; D: real[n,k]"
Q = "X: real[k,k]; A: real[k,k]; B: real[k,k]; a: real[k]; b: real[k]; F: invertible[k]; G: posdef[k]"

GRADIENTS = [
    # formula, by what, names, the gradient as printed in a textbook
    ("a^T x", "x", V, "a"),
    ("x^T x", "x", V, "2 x"),
    ("x^T M x", "x", V, "(M + M^T) x"),
    ("x^T S x", "x", V, "2 S x"),
    ("x^T P x / 2 - b^T x", "x", V, "P x - b"),
    ("(a^T x)^2", "x", V, "2 a a^T x"),
    ("a^T x b^T x", "x", V, "a b^T x + b a^T x"),
    ("||x||", "x", V, "x / ||x||"),
    ("||x - a||", "x", V, "(x - a) / ||x - a||"),
    ("||x - a||^2 / (2 c^2)", "x", V, "(x - a) / c^2"),
    ("exp(-||x - a||^2)", "x", V, "-2 exp(-||x - a||^2) (x - a)"),
    ("log(a^T x)", "x", V, "a / (a^T x)"),
    ("sum_i exp(x_i)", "x", V, "exp(x)"),
    ("logsumexp(x)", "x", V, "softmax(x)"),
    ("log(1 + exp(a^T x))", "x", V, "sigmoid(a^T x) a"),
    ("a^T tanh(x)", "x", V, "a .* (1 - tanh(x).*tanh(x))"),
    ("||X w - y||^2", "w", R, "2 X^T (X w - y)"),
    ("||X w - y||^2 + l ||w||^2", "w", R, "2 (X^T (X w - y) + l w)"),
    ("1/2 ||X w - y||^2", "X", R, "(X w - y) w^T"),
    ("(X w - y)^T diag(s) (X w - y)", "w", R, "2 X^T (s .* (X w - y))"),
    ("sum_i log(1 + exp(-t_i X_i^T w))", "w", R, "-X^T (t .* sigmoid(-t .* (X w)))"),
    ("sum_i softplus(X_i^T w) - y^T X w", "w", R, "X^T (sigmoid(X w) - y)"),
    ("tr((X W - Y)^T (X W - Y))", "W", R, "2 X^T (X W - Y)"),
    ("tr((X W - Y)^T (X W - Y)) + l tr(W^T W)", "W", R, "2 (X^T (X W - Y) + l W)"),
    ("tr(A X B C^T)", "X", T, "A^T C B^T"),
    ("u^T X v", "X", T, "u v^T"),
    ("u^T X X^T u", "X", T, "2 u u^T X"),
    ("v^T X^T X v", "X", T, "2 X v v^T"),
    ("tr(X^T D)", "X", T, "D"),
    ("tr((X - D)^T (X - D))", "X", T, "2 (X - D)"),
    ("tr((A X B - C)^T (A X B - C))", "X", T, "2 A^T (A X B - C) B^T"),
    ("sum_i sum_j X_ij^3", "X", T, "3 X.*X"),
    ("sum_i sum_j D_ij exp(X_ij)", "X", T, "D .* exp(X)"),
    ("tr(X)", "X", Q, "I"),
    ("tr(A X)", "X", Q, "A^T"),
    ("tr(X^2)", "X", Q, "2 X^T"),
    ("tr(X^3)", "X", Q, "3 (X^T)^2"),
    ("tr(X A X^T)", "X", Q, "X (A + A^T)"),
    ("tr(A X B X)", "X", Q, "A^T X^T B^T + B^T X^T A^T"),
    ("tr(X^T G X)", "X", Q, "2 G X"),
    ("tr(X^T F X B)", "X", Q, "F X B + F^T X B^T"),
    ("log det X", "X", Q, "X^(-T)"),
    ("det X", "X", Q, "det(X) X^(-T)"),
    ("det(A X B)", "X", Q, "det(A) det(X) det(B) X^(-T)"),
    ("log det(X^T X)", "X", Q, "2 X^(-T)"),
    ("det(X)^2", "X", Q, "2 det(X)^2 X^(-T)"),
    ("a^T X^-1 b", "X", Q, "-X^(-T) a b^T X^(-T)"),
    ("tr(X^-1 A)", "X", Q, "-(X^-1 A X^-1)^T"),
    ("tr(X^T X) - log det X", "X", Q, "2 X - X^(-T)"),
    ("log(tr(X))", "X", Q, "1/tr(X) I"),
    ("a^T (X + F)^-1 b", "X", Q, "-(X + F)^(-T) a b^T (X + F)^(-T)"),
]  # fmt: skip


@cache
def derived(formula: str, wrt: str, names: str) -> Derivation:
    return gradient(formula, wrt, names)


@pytest.mark.parametrize(("formula", "wrt", "names", "expected"), GRADIENTS)
@pytest.mark.long
def test_gradient_equals_the_textbook(formula: str, wrt: str, names: str, expected: str) -> None:
    verdict = compare(write(derived(formula, wrt, names).result, "ascii", "auto"), expected, names)
    assert verdict.status == "equal", verdict


@pytest.mark.parametrize(("formula", "wrt", "names", "expected"), GRADIENTS)
def test_gradient_is_no_longer_than_the_textbook(formula: str, wrt: str, names: str, expected: str) -> None:
    text = write(derived(formula, wrt, names).result, "ascii", "matrix")
    assert length(text, names) <= length(expected, names), text


def test_the_table_is_long_enough() -> None:
    assert len(GRADIENTS) >= 40
