"""`check` from a problem file to a verdict: one small problem of each thing that a formula's verdict depends on."""

from __future__ import annotations

import subprocess
import sys

import pytest

import checker
from checker import check, compare
from problems.bank import UnknownPart, load_bank

PROBLEM = """
id = "t/1"
title = "A unit"
let = ["z = w^T x + b", "p = sigmoid(z)", "L = -y log(p) - (1-y) log(1-p)", "h = I(z > 0) z"]
[names]
w = "real[d]"
x = "real[d]"
b = "real"
y = "label01"
alpha = "positive"
g = "real"
i = "index[d]"

[[part]]
id = "t/1.grad"
kind = "formula"
ask = "What is dL/dw?"
derives = "dL/dw"
[[part.mistake]]
answer = "(p - y) w"
tag = "wrong-vector"
message = "The inner derivative is with respect to w, not x."

[[part]]
id = "t/1.entry"
kind = "formula"
ask = "What is dL/dw_i?"
derives = "dL/dw_i"
names = ["p", "y", "x", "i"]

[[part]]
id = "t/1.loss"
kind = "formula"
ask = "What is L?"
derives = "value of L"

[[part]]
id = "t/1.right"
kind = "formula"
ask = "dh/dz, the right derivative at 0"
derives = "dh/dz"
conventions = { kink = "right" }

[[part]]
id = "t/1.openkink"
kind = "formula"
ask = "dh/dz"
derives = "dh/dz"
conventions = { kink = "open" }

[[part]]
id = "t/1.anykink"
kind = "formula"
ask = "dh/dz"
derives = "dh/dz"

[[part]]
id = "t/1.leaky"
kind = "formula"
ask = "Leaky ReLU of g"
derives = "value of I(g < 0) alpha g + I(g >= 0) g"
conventions = { alpha = "open" }

[[part]]
id = "t/1.root"
kind = "formula"
ask = "The size of g"
derives = "value of |g|"

[[part]]
id = "t/1.up"
kind = "formula"
ask = "A loss with the same gradient as L"
derives = "value of L"
up_to = "constant"

[[part]]
id = "t/1.number"
kind = "number"
ask = "L at y = 1, z = 0"
derives = "value of L"
given = { w = [1, 1], x = [1, -1], b = 0, y = 1 }

[[part]]
id = "t/1.offset"
kind = "number"
ask = "A value"
derives = "value of alpha^2 - g"
given = { alpha = 3, g = -1.7 }
"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    (folder / "t1.toml").write_text(PROBLEM, encoding="utf-8")
    return load_bank(folder)


TABLE = [
    # part    answer                                       verdict       tag
    ("grad", "(p - y) x", "correct", None),
    ("grad", "dL/dw = (p - y) x", "correct", None),
    ("grad", "(sigmoid(w^T x + b) - y) x", "correct", None),
    ("grad", "dL/dz x", "correct", None),
    ("grad", "(y - p) x", "wrong", "sign"),
    ("grad", "(p - y) w", "wrong", "wrong-vector"),
    ("grad", "dL/dw", "wrong", "restates-question"),
    ("grad", "p - y", "wrong", "missing-factor"),
    ("grad", "(p - y", "unreadable", None),
    ("grad", "(p - q) x", "unreadable", None),
    ("grad", "-y (1-p) x + (1-y) p x = (p - y) x", "correct", None),
    ("grad", "-y (1-p) x - (1-y) p x = (p - y) x", "wrong", "sign"),
    ("grad", "(p - y) x\n= p x - y x", "correct", None),
    ("entry", "(p - y) x_i", "correct", None),
    ("entry", "(p - y) x", "correct", None),
    ("entry", "(sigmoid(z) - y) x_i", "correct", None),
    ("loss", "-log(p) if y = 1 else -log(1-p)", "correct", None),
    ("loss", "L", "wrong", "restates-question"),
    ("loss", "-y log(p)", "wrong", "missing-term"),
    ("loss", "softplus(z) - y z", "correct", None),
    ("right", "I(z >= 0)", "correct", None),
    ("right", "I(z > 0)", "wrong", "kink"),
    ("openkink", "I(z > 0)", "undecided", "convention"),
    ("openkink", "I(z < 0)", "wrong", None),
    ("anykink", "I(z > 0)", "correct", None),
    ("anykink", "I(z >= 0)", "correct", None),
    ("leaky", "max(alpha g, g)", "undecided", "convention"),
    ("leaky", "I(g < 0) alpha g + I(g >= 0) g", "correct", None),
    ("root", "sqrt(g^2)", "correct", None),
    ("root", "g", "wrong", "missing-abs"),
    ("root", "sqrt(g)^2", "wrong", None),
    ("root", "exp(log(g))", "wrong", None),
    ("up", "5 - y log(p) - (1-y) log(1-p)", "correct", None),
    ("up", "-2 y log(p) - (1-y) log(1-p)", "wrong", None),
    ("number", "0.693", "correct", None),
    ("number", "log(2)", "correct", None),
    ("number", "-0.693", "wrong", "sign"),
    ("number", "0.30", "wrong", "log-base"),
    ("offset", "4.7000", "wrong", "missing-square"),
    ("offset", "7.3000", "wrong", "sign"),
    ("offset", "13.337", "wrong", "value"),
]


@pytest.mark.parametrize(("part", "answer", "status", "tag"), TABLE)
def test_check(bank, part, answer, status, tag):
    verdict = check(f"t/1.{part}", answer, bank)
    assert verdict.status == status, verdict
    said = verdict.diagnosis.tag if verdict.diagnosis else verdict.findings[0].tag if verdict.findings else None
    if tag is not None:
        assert said == tag, verdict
    assert verdict.id == f"t/1.{part}"
    assert verdict.ms is not None
    assert (verdict.score is None) == (status in ("undecided", "unreadable"))


def test_an_open_convention_is_named(bank):
    found = check("t/1.leaky", "max(alpha g, g)", bank).findings[0]
    assert "alpha" in found.message
    assert "at_most_1" in found.message


def test_undefined_where_a_value_is_asked_is_wrong(bank):
    assert check("t/1.root", "sqrt(g)^2", bank).diagnosis.tag == "domain"


def test_a_wrong_answer_comes_with_a_counterexample(bank):
    assert check("t/1.grad", "(y - p) x", bank).evidence.counterexample is not None


def test_a_very_long_wrong_answer_says_that_it_is_not_taken_apart(bank):
    verdict = check("t/1.loss", " + ".join(f"{k} y log(p)" for k in range(1, 300)), bank)
    assert verdict.status == "wrong"
    assert "long" in [f.tag for f in verdict.findings]


def test_unknown_parts_raise_with_the_nearest(bank):
    with pytest.raises(UnknownPart, match=r"t/1\.grad"):
        check("t/1.grda", "x", bank)


def test_the_package_is_light_and_its_function_stays_a_function():
    script = (
        "import checker, sys; assert 'numpy' not in sys.modules and 'sympy' not in sys.modules; from "
        "checker.check import check; assert callable(checker.check)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert checker.check is check
    assert checker.compare is compare
