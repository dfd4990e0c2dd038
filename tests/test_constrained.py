"""Extrema under equations: points by multipliers, eigenvectors as equations, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from checker import check, compare
from derivations import gradient
from derivations.closed_form import NoClosedForm
from derivations.derivation import conditions
from derivations.emit import CannotEmit
from derivations.folding.facts import FactError
from derivations.notation import write
from problems.loader import read_text
from problems.truth import TruthError, truth

NAMES = (
    "w: real[d]; x: real[d]; c: real[d]; a: real[d]; m: real[d]; A: real[m_1,d]; b: real[m_1]; X: real[n,d]; "
    "y: real[n]; S: posdef[d]; B: posdef[d]; T: symmetric[d]; W: real[d,k]; beta: real; r: positive; l: positive; "
    "p: positive[d]; j: index[d]"
)
POINTS = [
    # function, over what, least or largest, under what, where it is
    ("1/2 ||w||^2", "w", "argmin", ("A w = b",), "A^T (A A^T)^-1 b"),
    ("w^T S w", "w", "argmin", ("sum_j w_j = 1",), "S^-1 ones/(ones^T S^-1 ones)"),
    ("||x - a||^2", "x", "argmin", ("c^T x = beta",), "a - (c^T a - beta)/(c^T c) c"),
    ("||w||^2", "w", "argmin", ("c^T w = 1", "m^T w = 0"),
        "((m^T m) c - (c^T m) m)/((c^T c) (m^T m) - (c^T m)^2)"),
    ("||X w - y||^2 + l ||w||^2", "w", "argmin", ("A w = b",),
        "(X^T X + l I)^-1 (X^T y - A^T (A (X^T X + l I)^-1 A^T)^-1 (A (X^T X + l I)^-1 X^T y - b))"),
    ("-||w - a||^2", "w", "argmax", ("c^T w = 0",), "a - (c^T a)/(c^T c) c"),
    ("c^T x", "x", "argmax", ("||x||^2 = 1",), "c/||c||"),
    ("c^T x", "x", "argmin", ("1 - x^T x = 0",), "-c/||c||"),
    ("c^T x + beta", "x", "argmax", ("x^T B x = r^2",), "r B^-1 c/sqrt(c^T B^-1 c)"),
    ("m^T w - l/2 w^T S w", "w", "argmax", ("sum_j w_j = 1",),
        "S^-1 (m - (ones^T S^-1 m - l)/(ones^T S^-1 ones) ones)/l"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "over", "which", "under", "expected"), POINTS)
@pytest.mark.long
def test_point(function: str, over: str, which: str, under: tuple[str, ...], expected: str):
    made = gradient(function, over, NAMES, subject_to=under, **{which: True})
    verdict = compare(write(made.result, "ascii", "matrix"), expected, NAMES)
    assert verdict.status == "equal", (write(made.result, "ascii", "matrix"), verdict)
    assert f"it is the {which[3:]}imum under the constraint" in conditions(made.lemmas[-1], "ascii")


EIGENVECTORS = [
    # function, over what, which, under what, the equation
    ("w^T S w", "w", "argmax", "w^T w = 1", "lambda w", "S w", "the largest"),
    ("w^T T w", "w", "argmin", "||w||^2 = r", "lambda w", "T w", "the smallest"),
    ("w^T T w", "w", "argmax", "w^T B w = 1", "lambda B w", "T w", "the largest"),
    ("w^T T w", "w", "argmax", "1 - w^T B w = 0", "lambda B w", "T w", "the largest"),
    ("tr(W^T S W)", "W", "argmax", "W^T W = I", "W Lambda", "S W", "the largest"),
]


@pytest.mark.parametrize(("function", "over", "which", "under", "left", "right", "said"), EIGENVECTORS)
def test_eigenvectors_are_an_equation(function, over, which, under, left, right, said):
    made = gradient(function, over, NAMES, subject_to=[under], **{which: True})
    assert made.implicit
    lemma = made.lemmas[-1]
    names = NAMES + "; lambda: real; Lambda: symmetric[k]"
    for side, expected in zip(lemma.sides(), (left, right), strict=True):
        assert compare(write(side, "ascii", "matrix"), expected, names).status == "equal"
    assert said in conditions(lemma, "ascii")
    with pytest.raises(CannotEmit, match="eigh"):
        made.source()


REFUSED = [
    ("||X w - y||^2", "w", "w^T w = 1", NoClosedForm, "eigenvectors, nor is the function linear"),
    ("c^T x", "x", "||x||^2 = -1", NoClosedForm, "a positive r"),
    ("c^T x", "x", "x^T T x = 1", NoClosedForm, "positive definite B"),
    ("-||w||^2", "w", "c^T w = 1", NoClosedForm, "the other extremum"),
    ("c^T w", "w", "m^T w = 1", NoClosedForm, "is not linear in w"),
    ("||w||^2", "w", "c^T m = 1", NoClosedForm, "does not speak of w"),
    ("sum_j p_j log p_j", "p", "sum_j p_j = 1", NoClosedForm, "declared simplex"),
    ("||w||^2", "w", "c^T w > 1", FactError, "one equation"),
    ("||w||^2", "w", "c^T w = y", FactError, "different shapes"),
    ("||w||^2", "w", "c^T q = 1", FactError, "q is not declared"),
]


@pytest.mark.parametrize(("function", "over", "under", "error", "said"), REFUSED)
def test_refused(function: str, over: str, under: str, error: type[Exception], said: str):
    with pytest.raises(error, match=said.replace("(", r"\(")):
        gradient(function, over, NAMES, subject_to=[under], argmin=True)


def test_the_function_meets_the_constraint():
    portfolio = gradient("w^T S w", "w", NAMES, subject_to=["sum_j w_j = 1"], argmin=True).numpy()
    root = np.random.default_rng(0).normal(size=(4, 4))
    s = root @ root.T + np.eye(4)
    w = portfolio(S=s)
    assert np.isclose(w.sum(), 1)
    assert all(w @ s @ w <= v @ s @ v for v in np.random.default_rng(1).dirichlet(np.ones(4), 20))


PROBLEM = """
id = "pf/1"
title = "A portfolio"
names = { w = "real[d]", S = "posdef[d]", j = "index[d]" }
let = "V = w^T S w"
[[part]]
id = "pf/1a"
kind = "formula"
ask = "Which shares that sum to 1 have the least variance?"
derives = "argmin V over w subject to sum_j w_j = 1"
"""
ANSWERS = [
    ("S^{-1} ones_d / (ones_d^T S^{-1} ones_d)", "correct"),
    ("w = \\frac{S^{-1} \\mathbf 1}{\\mathbf 1^\\top S^{-1} \\mathbf 1}", "correct"),
    ("(1/sum_i sum_j (S^-1)_ij) S^-1 ones", "correct"),
    ("S^-1 ones", "wrong"),
    ("S ones/(ones^T S ones)", "wrong"),
    ("-S^-1 ones/(ones^T S^-1 ones)", "wrong"),
]


@pytest.mark.parametrize(("answer", "verdict"), ANSWERS)
def test_typed_answers_are_judged(answer: str, verdict: str):
    problem, faults = read_text(PROBLEM, "portfolio.toml")
    assert not faults
    assert check(problem.parts[0], answer).status == verdict


def test_a_part_needs_a_formula():
    text = PROBLEM.replace("argmin V over w subject to sum_j w_j = 1", "argmax V over w subject to w^T w = 1")
    _, faults = read_text(text, "portfolio.toml")
    assert not faults
    problem, _ = read_text(text, "portfolio.toml")
    with pytest.raises(TruthError, match="is an equation"):
        truth(problem.parts[0])
