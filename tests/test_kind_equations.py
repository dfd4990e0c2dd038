"""Update rules in any order, with a renamed velocity, and with a factor moved between velocity and rate."""

from __future__ import annotations

import pytest

from checker.answers.equations import judge_equations
from checker.check import check
from derivations.domains import DOMAINS, Declared, parse_names
from derivations.notation import read

BASE = parse_names("V: real; W: real; g: real; alpha: positive; beta: probability")
V = read("beta V + (1-beta) g", BASE)
WITH_V = BASE.with_rows(Declared("V'", DOMAINS["real"], (), "node", definition=V))
W = read("W - alpha V'", WITH_V)
NAMES = WITH_V.with_rows(Declared("W'", DOMAINS["real"], (), "node", definition=W))
ROWS = {"V'": V, "W'": W}

TABLE = [
    # written                                                            verdict       tag                 score
    ("V := beta V + (1-beta) g\nW := W - alpha V", "correct", None, 1.0),
    ("W := W - alpha V; V := beta V + (1-beta) g", "correct", None, 1.0),
    ("V' = beta V + (1-beta) g, W' = W - alpha V'", "correct", None, 1.0),
    (r"V \leftarrow \beta V + (1-\beta) g \\ W \leftarrow W - \alpha V", "correct", None, 1.0),
    ("V = V + (1-beta)(g - V)\nW = W - alpha (beta V + (1-beta) g)", "correct", None, 1.0),
    ("m := beta m + (1-beta) g\nW := W - alpha m", "correct", None, 1.0),
    ("V := beta V + g\nW := W - alpha V", "correct", None, 1.0),
    ("V := beta V + (1-beta) g\nW := W + alpha V", "wrong", "sign", 0.5),
    ("V := beta V - (1-beta) g\nW := W + alpha V", "correct", None, 1.0),
    # a velocity that holds the rate
    ("V := beta V - alpha g\nW := W + V", "correct", None, 1.0),
    ("V := beta V + alpha g\nW := W - V", "correct", None, 1.0),
    ("V := beta V - alpha (1-beta) g\nW := W + V", "correct", None, 1.0),
    ("V := beta V + alpha g\nW := W + V", "wrong", None, None),
    ("V := beta V - g\nW := W - alpha V", "wrong", None, None),
    ("V := beta V - alpha g\nW := W + alpha V", "wrong", None, None),
    ("V = beta*V - alpha*g; W += V", "correct", None, 1.0),
    ("V = beta V + (1-beta) g; W -= alpha V", "correct", None, 1.0),
    ("V = beta V + (1-beta) g; W += alpha V", "wrong", "sign", 0.5),
    # steps of time
    ("V_t = beta V_{t-1} + (1-beta) g_t\nW_t = W_{t-1} - alpha V_t", "correct", None, 1.0),
    ("V_{t+1} = beta V_t + (1-beta) g_t, W_{t+1} = W_t - alpha V_{t+1}", "correct", None, 1.0),
    (
        r"V^{(t+1)} = \beta V^{(t)} + (1-\beta) g^{(t)}, \quad W^{(t+1)} = W^{(t)} - \alpha V^{(t+1)}",
        "correct",
        None,
        1.0,
    ),
    ("V_t = beta V_{t-1} + (1-beta) g_t\nW_t = W_{t-1} + alpha V_t", "wrong", "sign", 0.5),
    (r"V_t = \beta V_{t-1} + (1-\beta) g_t, \quad W_t = W_{t-1} - \alpha V_t", "correct", None, 1.0),
    ("V_t = beta V_{t-1} + (1-beta) g_t\nW_t = W_{t-1} - alpha V_{t-1}", "wrong", None, 0.5),
    ("V' = beta V + (1-beta) g, W' = W - alpha V", "wrong", None, 0.5),
    ("V' = V', W' = W - alpha V'", "wrong", "restates-question", 0.5),
    ("V_{t+1} = beta V_t + (1-beta) g_t, W_{t+1} = W_{t-1} - alpha V_{t+1}", "unreadable", None, None),
    # as a system, and with the words between
    (r"\begin{aligned} V &:= \beta V + (1-\beta) g \\ W &:= W - \alpha V \end{aligned}", "correct", None, 1.0),
    (r"V \leftarrow \beta V + (1-\beta) g, \quad W \leftarrow W - \alpha V", "correct", None, 1.0),
    (r"\boxed{V := \beta V + (1-\beta) g \text{ and } W := W - \alpha V}", "correct", None, 1.0),
    ("V := beta V + (1-beta) g and W := W - alpha V.", "correct", None, 1.0),
    ("V := (1-beta) V + beta g\nW := W - alpha V", "wrong", None, 0.5),
    ("V := beta V + (1-beta) g", "wrong", "missing", 0.5),
    ("V := beta V + (1-beta) g\nW := W - alpha g", "wrong", None, 0.5),
    ("V := beta V + (1-beta) g\nW := W - alpha V\nQ := 1", "unreadable", None, None),
    ("V := beta V + (1-beta\nW := W - alpha V", "unreadable", None, None),
    ("nothing", "unreadable", None, None),
]


@pytest.mark.parametrize(("written", "status", "tag", "score"), TABLE)
def test_equations(written, status, tag, score):
    verdict = judge_equations(written, ROWS, NAMES, {"V": "real"}, ("V", "alpha"))
    assert verdict.status == status, verdict
    if status != "wrong" or score is not None:
        assert verdict.score == score
    if tag:
        assert verdict.diagnosis.tag == tag


def test_nothing_is_renamed_or_rescaled_unless_the_problem_says_so():
    assert judge_equations("m := beta m + (1-beta) g\nW := W - alpha m", ROWS, NAMES).status == "unreadable"
    assert judge_equations("V := beta V + g\nW := W - alpha V", ROWS, NAMES).status == "wrong"


def test_words_are_no_letter_of_an_update():
    verdict = check("001/8.7", "momentum: either (exponential average V = βV + (1-β)g)")
    assert verdict.status == "unreadable"
