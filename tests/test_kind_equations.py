"""Update rules in any order, with a renamed velocity, and with a factor moved between velocity and rate."""

from __future__ import annotations

import pytest

from checker.kinds.equations import judge_equations
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
    assert verdict.score == score
    if tag:
        assert verdict.diagnosis.tag == tag


def test_nothing_is_renamed_or_rescaled_unless_the_problem_says_so():
    assert judge_equations("m := beta m + (1-beta) g\nW := W - alpha m", ROWS, NAMES).status == "unreadable"
    assert judge_equations("V := beta V + g\nW := W - alpha V", ROWS, NAMES).status == "wrong"
