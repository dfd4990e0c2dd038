"""What a convention does to a verdict: left open it is named, stated it is the reason."""

from __future__ import annotations

import pytest

from checker import check
from checker.conventions import ROWS
from problems.bank import load_bank
from problems.conventions import CONVENTIONS

PROBLEM = """
id = "t/1"
title = "Conventions"
[names]
x = "real[n]"
u = "real[d]"
c = "real"
s = "positive"
y = "label01"
v = "positive"
M = "real[k,d]"
beta = "probability"
alpha = "positive"
V = "real"
W = "real"
g = "real"
p = "probability"

[[part]]
id = "t/1.reduction"
kind = "formula"
ask = "?"
let = "L = sum_i (x_i - c)^2"
derives = "dL/dc"

[[part]]
id = "t/1.variable"
kind = "formula"
ask = "?"
let = "L = log s + c^2/(2 s^2)"
derives = "dL/ds"

[[part]]
id = "t/1.labels"
kind = "formula"
ask = "?"
let = "L = -y log sigmoid(c) - (1-y) log(1 - sigmoid(c))"
derives = "value of L"

[[part]]
id = "t/1.layout"
kind = "formula"
ask = "?"
let = "z = M u"
derives = "dz/du"

[[part]]
id = "t/1.threshold"
kind = "formula"
ask = "?"
let = "h = I(sum_j u_j >= 1)"
derives = "value of h"

[[part]]
id = "t/1.momentum"
kind = "equations"
ask = "?"
let = ["V' = beta V + (1-beta) g", "W' = W - alpha V'"]
equations = ["V'", "W'"]

[[part]]
id = "t/1.scale"
kind = "witness"
ask = "?"
unknowns = { q = "real[2]" }
predicate = ["q_1 > 0", "q_2 = 2 q_1"]
example = "q = (1, 2)"

[[part]]
id = "t/1.logarithm"
kind = "number"
ask = "?"
let = "H = -log p"
derives = "value of H"
given = { p = 0.3 }
"""

TABLE = [
    # part         answer                                      stated           verdict      tag
    ("reduction", "-2 sum_i (x_i - c)", "sum", "correct", None),
    ("reduction", "-2/n sum_i (x_i - c)", "sum", "wrong", "convention:reduction"),
    ("reduction", "-2/d sum_i (x_i - c)", "sum", "wrong", "convention:reduction"),
    ("reduction", "-sum_i (x_i - c)", "sum", "wrong", "factor:1/2"),
    ("reduction", "-2/n sum_i (x_i - c)", "open", "undecided", "convention"),
    ("variable", "1/s - c^2/s^3", "sigma", "correct", None),
    ("variable", "1/(2 s^2) - c^2/(2 s^4)", "sigma", "wrong", "convention:variable"),
    ("variable", "1/(2 s^2) - c^2/(2 s^4)", "open", "undecided", "convention"),
    ("labels", "log(1 + exp(-(2 y - 1) c))", "01", "correct", None),
    ("labels", "log(1 + exp(-y c))", "01", "wrong", "convention:labels"),
    ("labels", "log(1 + exp(-y c))", "open", "undecided", "convention"),
    ("layout", "M", "numerator", "correct", None),
    ("layout", "M^T", "numerator", "wrong", "convention:layout"),
    ("layout", "M^T", "open", "undecided", "convention"),
    ("threshold", "1 if sum_j u_j >= 1 else 0", "1", "correct", None),
    ("threshold", "1 if sum_j u_j > 1 else 0", "1", "wrong", "threshold"),
    ("threshold", "1 if sum_j u_j > 1 else 0", "open", "undecided", "convention"),
    ("threshold", "1 if sum_j u_j < 1 else 0", "1", "wrong", None),
    ("momentum", "V := beta V + (1-beta) g; W := W - alpha V", "average", "correct", None),
    ("momentum", "V := beta V + g; W := W - alpha V", "average", "wrong", "convention:momentum"),
    ("momentum", "V := beta V + g; W := W - alpha V", "open", "undecided", "convention"),
    ("momentum", "V := beta V - g; W := W - alpha V", "open", "wrong", None),
    ("scale", "(2, 4)", "positive", "correct", None),
    ("scale", "(-2, -4)", "positive", "wrong", "convention:scale"),
    ("scale", "(-2, -4)", "nonzero", "correct", None),
    ("scale", "(-2, -4)", "open", "undecided", "convention"),
    ("scale", "(-2, 4)", "nonzero", "wrong", "predicate"),
    ("logarithm", "1.204", "natural", "correct", None),
    ("logarithm", "1.737", "natural", "wrong", "convention:logarithm"),
    ("logarithm", "1.737", "open", "undecided", "convention"),
]


@pytest.fixture(scope="module")
def banks(tmp_path_factory):
    """One bank for each value of each convention that the table states."""
    made = {}
    for name, value in sorted({(part, stated) for part, _, stated, _, _ in TABLE}):
        folder = tmp_path_factory.mktemp("bank")
        at = PROBLEM.index(f'id = "t/1.{name}"')
        (folder / "t1.toml").write_text(
            PROBLEM[:at] + f'conventions = {{ {name} = "{value}" }}\n' + PROBLEM[at:], encoding="utf-8"
        )
        made[name, value] = load_bank(folder)
    return made


@pytest.mark.parametrize(("part", "answer", "stated", "status", "tag"), TABLE)
def test_conventions(banks, part, answer, stated, status, tag):
    verdict = check(f"t/1.{part}", answer, banks[part, stated])
    assert verdict.status == status, verdict
    said = (
        verdict.diagnosis.tag
        if verdict.diagnosis
        else verdict.findings[0].tag
        if verdict.findings and status == "undecided"
        else None
    )
    if tag is not None or status == "correct":
        assert said == tag, verdict


def test_the_sentence_names_both():
    said = check("002/5a.dW2", "2 h^T (o - y)").diagnosis
    assert said is not None
    assert said.message == "it is right where the loss is summed over n; here the loss is averaged"


def test_every_convention_has_an_effect_or_is_said_in_words():
    in_words = {"spread", "wiring", "index_order", "rounding", "claim_about"}
    shown_elsewhere = {"products"}  # test_products_of_answers
    assert set(ROWS) | in_words | shown_elsewhere == set(CONVENTIONS)
    assert {name for name, row in CONVENTIONS.items() if not row.says} == {"wiring", "rounding"}
    assert all(row.clause(value) for row in CONVENTIONS.values() for value in row.values)


def test_a_convention_about_formulas_leaves_a_choice_alone():
    assert check("004/Q3.4", "y").status == "wrong"
