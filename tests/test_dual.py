"""Dual functions: Lagrangian, stationarity, complementary slackness, and what is left where the Lagrangian is least."""

from __future__ import annotations

import numpy as np
import pytest

from checker import check, compare
from derivations import gradient
from derivations.closed_form import NoClosedForm
from derivations.derivation import Derivation, conditions
from derivations.folding.facts import FactError
from problems.loader import read_text

NAMES = (
    "x: real[n,d]; y: labelpm1[n]; w: real[d]; b: real; xi: real[n]; i: index[n]; C: positive; t: real[n]; r: real[n]; "
    "l: positive; A: real[m,d]; c: real[m]; q: real[d]; Q: posdef[d]; T: symmetric[d]; u: positive[d]; "
    "W: real[d,k]; B: real[d,k]; e: real[m,k]"
)
HARD = ("1/2 ||w||^2", "w, b", ["y_i (w^T x_i + b) >= 1"])
SOFT = ("1/2 ||w||^2 + C sum_i xi_i", "w, b, xi", ["y_i (w^T x_i + b) >= 1 - xi_i", "xi_i >= 0"])
RIDGE = ("1/2 ||r||^2 + l/2 ||w||^2", "w, r", ["r = t - x w"])

# (function, over, under, the dual function, its conditions)
DUALS = [
    (*HARD, "sum_i alpha_i - 1/2 ||x^T (alpha .* y)||^2", ["alpha_i >= 0", "sum_i alpha_i y_i = 0"]),
    (
        *HARD,
        "sum_i alpha_i - 1/2 sum_i sum_j alpha_i alpha_j y_i y_j x_i^T x_j",
        ["alpha_i >= 0", "sum_i alpha_i y_i = 0"],
    ),
    (
        *SOFT,
        "sum_i alpha_i - 1/2 ||x^T (alpha .* y)||^2",
        ["alpha_i >= 0", "alpha_i <= C", "sum_i alpha_i y_i = 0"],
    ),
    (
        "1/2 ||w||^2 + C/2 ||xi||^2",
        "xi, b, w",
        ["1 - xi_i <= y_i (w^T x_i + b)"],
        "sum_i alpha_i - 1/2 ||x^T (alpha .* y)||^2 - 1/(2 C) ||alpha||^2",
        ["alpha_i >= 0", "sum_i alpha_i y_i = 0"],
    ),
    (*RIDGE, "lambda^T t - 1/2 ||lambda||^2 - 1/(2 l) ||x^T lambda||^2", []),
    ("1/2 ||w||^2", "w", ["A w = c"], "lambda^T c - 1/2 ||A^T lambda||^2", []),
    (
        "1/2 w^T Q w + q^T w",
        "w",
        ["A w <= c"],
        "-1/2 (q + A^T alpha)^T Q^-1 (q + A^T alpha) - alpha^T c",
        ["alpha_i >= 0"],
    ),
    ("q^T w", "w", ["A w = c", "w >= 0"], "c^T lambda", ["sum_s A_{sj} lambda_s <= q_j"]),
    ("b", "w, b", ["t_i - x_i^T w <= b"], "alpha^T t", [
        "alpha_i >= 0", "sum_i alpha_i x_{ij} = 0", "1 - sum_i alpha_i = 0",
    ]),
    ("1/2 ||w||^2 + b", "w, b", ["A w >= c", "b >= 2"], "alpha^T c + 2 - 1/2 ||A^T alpha||^2", ["alpha_i >= 0"]),
    (
        "1/2 ||W - B||_F^2",
        "W",
        ["A W = e"],
        "tr(lambda^T (e - A B)) - 1/2 ||A^T lambda||_F^2",
        [],
    ),
]  # fmt: skip


def dual(function: str, over: str, under: list[str]) -> Derivation:
    (derivation,) = gradient(function, over.split(", "), NAMES, dual=True, subject_to=under)
    return derivation


@pytest.mark.parametrize(("function", "over", "under", "book", "said"), DUALS)
def test_the_dual_function_is_the_books(function: str, over: str, under: list[str], book: str, said: list[str]):
    derivation = dual(function, over, under)
    names = derivation.names.with_facts(())
    verdict = compare(derivation.result, book, names)
    assert verdict.evidence is not None
    assert (verdict.status, verdict.evidence.strength) == ("equal", "proved")
    assert derivation.checked
    assert conditions(derivation.lemmas[-1], "ascii").split("; ")[:-1] == said


def test_every_step_has_its_name():
    lemmas = {lemma.target: lemma for lemma in dual(*SOFT).lemmas}
    assert list(lemmas) == [
        "L", "dL/dw", "dL/db", "dL/dxi", "stationarity in w", "stationarity in b", "stationarity in xi",
        "complementary slackness of alpha", "complementary slackness of mu", "D",
    ]  # fmt: skip
    w, mu = lemmas["stationarity in w"].result, lemmas["stationarity in xi"]
    assert compare(w, "x^T (alpha .* y)", w.names).status == "equal"
    assert compare(mu.result, "C - alpha", mu.result.names).status == "equal"
    slack = lemmas["complementary slackness of mu"].statement
    assert compare(slack, "(C - alpha) .* xi", slack.names).status == "equal"
    assert str(lemmas["D"].steps[0].rule).startswith("the dual function: `L` where it is least over `w`, `b`, `xi`")


@pytest.mark.parametrize("seed", range(5))
def test_no_point_that_meets_the_constraints_has_less(seed: int):
    """Weak duality, at multipliers and points that were not used to verify it."""
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(7, 3)), rng.normal(size=3)
    b = 0.1
    y = np.sign(x @ w + b)
    alpha = rng.uniform(0, 2, size=7)
    alpha[y > 0] *= alpha[y < 0].sum() / max(alpha[y > 0].sum(), 1e-9)
    if len(set(y)) == 1:
        alpha = np.zeros(7)
    w = w / np.min(y * (x @ w + b))
    assert dual(*HARD).numpy()(x=x, y=y, alpha=alpha) <= 0.5 * w @ w + 1e-9


def test_the_largest_is_the_least_of_ridge_regression():
    rng = np.random.default_rng(0)
    x, t, scale = rng.normal(size=(6, 4)), rng.normal(size=6), 0.7
    w = np.linalg.solve(x.T @ x + scale * np.eye(4), x.T @ t)
    least = 0.5 * ((t - x @ w) ** 2).sum() + scale / 2 * w @ w
    multiplier = np.linalg.solve(np.eye(6) + x @ x.T / scale, t)
    made = dual(*RIDGE).numpy()
    assert np.isclose(made(x=x, t=t, l=scale, lambda_=multiplier), least)
    assert made(x=x, t=t, l=scale, lambda_=multiplier + 0.1) < least


REFUSED = [
    ("1/2 ||w||^2", "w, b", ["y_i (w^T x_i + b) > 1"], FactError, "not one equation or inequality"),
    ("1/2 ||w||^2", "w, b", ["y_i (w^T x_i + b^2) >= 1"], FactError, "is not affine"),
    ("1/2 ||w||^2", "w, u", ["A u >= c"], FactError, "u >= 0"),
    ("1/2 ||w||^2", "w", ["t >= 0"], FactError, "does not speak of w"),
    ("1/2 w^T T w", "w", ["A w >= c"], NoClosedForm, "not shown to be quadratic and convex in w"),
    ("-1/2 ||w||^2", "w", ["A w >= c"], NoClosedForm, "not shown to be quadratic and convex in w"),
    ("sum_j exp(w_j)", "w", ["A w >= c"], NoClosedForm, "not shown to be quadratic and convex in w"),
    ("1/2 ||w||^2 - b", "w, b", ["A w >= c", "b >= 2"], NoClosedForm, "not bounded below"),
    ("1/2 ||w||^2", "w", [], FactError, "say what the point is subject to"),
]


@pytest.mark.parametrize(("function", "over", "under", "error", "said"), REFUSED)
def test_refused(function: str, over: str, under: list[str], error: type[Exception], said: str):
    with pytest.raises(error, match=said):
        dual(function, over, under)


def test_it_is_asked_for_alone():
    with pytest.raises(FactError, match="asked for alone"):
        gradient("1/2 ||w||^2", "w", NAMES, dual=True, argmin=True, subject_to=["A w >= c"])


PROBLEM = """
id = "svm/1"
title = "The dual of a support vector machine"
names = { x = "real[n,d]", y = "labelpm1[n]", w = "real[d]", b = "real", i = "index[n]" }
let = "J = 1/2 ||w||^2"
[[part]]
id = "svm/1a"
kind = "formula"
ask = "Derive the dual function."
derives = "dual J over w, b subject to y_i (w^T x_i + b) >= 1"
"""
ANSWERS = [
    ("sum_i alpha_i - 1/2 sum_i sum_j alpha_i alpha_j y_i y_j x_i^T x_j", "correct"),
    (r"\sum_i \alpha_i - \frac12 \| \sum_i \alpha_i y_i x_i \|^2", "correct"),
    ("sum_i alpha_i + 1/2 sum_i sum_j alpha_i alpha_j y_i y_j x_i^T x_j", "wrong"),
    ("sum_i alpha_i - sum_i sum_j alpha_i alpha_j y_i y_j x_i^T x_j", "wrong"),
]


@pytest.mark.parametrize(("answer", "verdict"), ANSWERS)
def test_typed_answers_are_judged(answer: str, verdict: str):
    problem, faults = read_text(PROBLEM, "svm.toml")
    assert problem is not None
    assert not faults
    assert check(problem.parts[0], answer).status == verdict
