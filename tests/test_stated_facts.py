"""Facts of a problem file: what holds by statement is a step of the derivation, and answers are judged where it holds,
whether they use it or not."""

from __future__ import annotations

import json

import pytest

from checker import check
from checker.__main__ import main
from checker.handouts import handout, write
from checker.handouts.moodle import quiz
from problems.loader import read_text
from problems.truth import TruthError, truth


def problem(facts, names, let, derives):
    made, faults = read_text(
        f"""
        id = "r/1"
        title = "A fact"
        facts = {facts!r}
        let = {let!r}
        names = {{ {", ".join(f'{name} = "{domain}"' for name, domain in names.items())} }}
        [[part]]
        id = "r/1a"
        kind = "formula"
        ask = "What is it?"
        derives = "{derives}"
        """,
        "r.toml",
    )
    assert made is not None, faults
    return made


SOFT = (
    "sum_k t_k = 1",
    {"z": "real[K]", "t": "real[K]", "k": "index[K]"},
    ["p_k = softmax(z)_k", "L = -sum_k t_k log p_k"],
    "dL/dz",
)
CENTRED = (
    "sum_i x_ij = 0",
    {"x": "real[n,d]", "w": "real[d]", "b": "real", "y": "real[n]", "i": "index[n]", "j": "index[d]"},
    ["L = sum_i (x_i^T w + b - y_i)^2"],
    "dL/db",
)
MEAN = ("1/n sum_i x_i = m", {"x": "real[n]", "m": "real", "w": "real", "i": "index[n]"}, ["L = w sum_i x_i"], "dL/dw")
TIED = ("a = b + c", {"a": "real", "b": "real", "c": "real"}, ["L = a^2 + b c"], "dL/da")
JUDGED = [
    (SOFT, "p - t", "correct"), (SOFT, "p_k - t_k", "correct"), (SOFT, "p sum_k t_k - t", "correct"),
    (SOFT, "p (sum_k t_k)^2 - t", "correct"), (SOFT, "p + t", "wrong"), (SOFT, "p sum_k t_k^2 - t", "wrong"),
    (CENTRED, "2 n b - 2 sum_i y_i", "correct"), (CENTRED, "2 sum_i (x_i^T w + b - y_i)", "correct"),
    (CENTRED, "2 sum_i (b + y_i)", "wrong"), (CENTRED, "2 sum_i (x_i^T w)^2 + 2 n b - 2 sum_i y_i", "wrong"),
    (MEAN, "n m", "correct"), (MEAN, "sum_i x_i", "correct"), (MEAN, "m", "wrong"),
    (TIED, "2 a", "correct"), (TIED, "2 (b + c)", "correct"), (TIED, "2 b", "wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "answer", "status"), JUDGED)
def test_answers_are_judged_where_the_facts_hold(stated, answer, status):
    verdict = check(problem(*stated).parts[0], answer)
    assert verdict.status == status
    if status == "correct":
        assert verdict.evidence.strength == "proved"


def test_a_fact_is_a_step_of_the_derivation_and_of_the_key():
    made = problem(*CENTRED)
    assert truth(made.parts[0]).derivation.lemmas[-1].steps[-1].rule == "fact sum_i x_ij = 0"
    key = write(handout([(made, made.parts[0])]), "md", key=True)
    assert "It holds that $\\sum_{i=1}^n x_{ij} = 0$." in key
    assert r"fact sum\_i x\_ij = 0" in key
    assert "free" not in key


def test_a_student_is_told_what_holds(tmp_path, capsys):
    (tmp_path / "r.toml").write_text(
        """
        id = "r/1"
        title = "A fact"
        facts = "a = b + c"
        let = "L = a^2"
        names = { a = "real", b = "real", c = "real" }
        [[part]]
        id = "r/1a"
        kind = "formula"
        ask = "What is it?"
        derives = "dL/da"
        """
    )
    assert main(["show", "r/1a", "--bank", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] == "a = b + c"


def test_maxima_is_not_asked_about_facts():
    made = problem(*TIED)
    assert quiz([(made, made.parts[0])]).left_out == (("r/1a", "it rests on facts that Maxima is not told"),)


FAULTS = [
    ("t_1 = 1", "is no sum of the entries of t"),
    ("sum_k k t_k = 1", "is no sum of the entries of t"),
    ("sum_k t_k^2 = 1", "is not linear in any name"),
    ("sum_k t_k", "is not one equation between declared names"),
    ("sum_k q_k = 1", "q_k is not declared"),
]


@pytest.mark.parametrize(("fact", "why"), FAULTS)
def test_a_fact_that_cannot_be_used_is_the_authors_fault(fact, why):
    with pytest.raises(TruthError, match=why) as raised:
        truth(problem(fact, *SOFT[1:]).parts[0])
    assert raised.value.path == ".facts"


def test_one_name_is_tied_once_and_is_a_plain_number_or_array():
    with pytest.raises(TruthError, match="tied already"):
        truth(problem(["sum_k t_k = 1", "sum_k t_k = a"], {**SOFT[1], "a": "real"}, *SOFT[2:]).parts[0])
    with pytest.raises(TruthError, match="no plain real name"):
        truth(problem("sum_k t_k = 1", {**SOFT[1], "t": "probability[K]"}, *SOFT[2:]).parts[0])
