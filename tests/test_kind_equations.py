"""Update rules in an order in which they can be carried out, with a renamed velocity, and with a factor moved between
velocity and rate."""

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
    ("W := W - alpha V; V := beta V + (1-beta) g", "unreadable", None, None),
    ("W := W - alpha V\nV := beta V + g", "unreadable", None, None),
    ("W' = W - alpha V', V' = beta V + (1-beta) g", "correct", None, 1.0),
    ("W := W - alpha (beta V + (1-beta) g); V := beta V + (1-beta) g", "correct", None, 1.0),
    ("W := W + alpha V; V := beta V + (1-beta) g", "wrong", None, None),
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


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("V := beta V + (1-beta) g\nW := W - alpha Q", "Q"),
        ("V := beta V + (1-beta\nW := W - alpha V", "("),
        ("V := beta V + (1-beta) g\nW := W - alpha V\nQ := 1", "Q"),
        ("W_{t+1} := W_t - Q", "W_{t+1} := W_t - Q"),  # it is read without its times, in other words than these
    ],
)
def test_the_place_of_a_fault_is_in_the_answer(written, fault):
    at = judge_equations(written, ROWS, NAMES).at
    assert written[at.start : at.end] == fault


def test_nothing_is_renamed_or_rescaled_unless_the_problem_says_so():
    assert judge_equations("m := beta m + (1-beta) g\nW := W - alpha m", ROWS, NAMES).status == "unreadable"
    assert judge_equations("V := beta V + g\nW := W - alpha V", ROWS, NAMES).status == "wrong"


def test_words_are_no_letter_of_an_update():
    verdict = check("001/8.7", "momentum: either (exponential average V = βV + (1-β)g)")
    assert verdict.status == "unreadable"


ENTRIES = parse_names(
    "w: real[d]; x: real[d]; r: real; U: real[m,n]; G: real[m,n]; i: index[m]; j: index[n]; a: positive"
)
OF_W = read("w - a r x", ENTRIES)
OF_U = read("U - a G", ENTRIES)
WITH_W = ENTRIES.with_rows(Declared("w'", DOMAINS["real"], ("d",), "node", definition=OF_W))
WITH_U = ENTRIES.with_rows(Declared("U'", DOMAINS["real"], ("m", "n"), "node", definition=OF_U))

OF_ENTRIES = [
    ("w", "w_k := w_k - a r x_k", "correct"),
    ("w", "w_i = w_i - a r x_i", "unreadable"),  # i is declared, and runs over other places
    ("w", "w_l <- w_l - a r x_l", "correct"),
    ("w", "w_k -= a r x_k", "correct"),
    ("w", "w_k' = w_k - a r x_k", "correct"),
    ("w", "w_k := w_k + a r x_k", "wrong"),
    ("w", "w_k := w_l - a r x_l", "unreadable"),
    ("w", "w_k := w_l - a r x_k", "unreadable"),
    ("w", "w := w - a r x", "correct"),
    ("U", "U_ij := U_ij - a G_ij", "correct"),
    ("U", "U_{i,j} := U_{i,j} - a G_{i,j}", "correct"),
    ("U", "U_{kl} := U_{kl} - a G_{kl}", "correct"),
    ("U", "U_ij := U_ij - a G_ji", "unreadable"),
    ("U", "U_kl := U_ij - a G_ij", "wrong"),
]


@pytest.mark.parametrize(("row", "written", "status"), OF_ENTRIES)
def test_rules_of_entries(row, written, status):
    true, names = {"w": (OF_W, WITH_W), "U": (OF_U, WITH_U)}[row]
    assert judge_equations(written, {row + "'": true}, names).status == status


def test_indices_that_differ_on_the_two_sides_are_named():
    found = judge_equations("U_kl := U_ij - a G_ij", {"U'": OF_U}, WITH_U)
    assert found.diagnosis.tag == "free-index"
