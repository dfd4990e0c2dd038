r"""Answers as people and language models write them: boxes, signatures, remarks, definitions behind the formula. One
small problem, one table."""

from __future__ import annotations

import pytest

from checker import check
from problems.bank import load_bank

PROBLEM = """
id = "t/1"
title = "A unit, as it is written on paper"
let = ["z = w^T x + b", "p = sigmoid(z)", "L = -y log p - (1-y) log(1-p)", "r_i = u_i - v_i^2",
    "S = sum_i r_i^2", "q = c_k x", "T = sum_i (u_i - b)^2"]
[names]
w = "real[d]"
x = "real[d]"
b = "real"
y = "label01"
u = "real[n]"
v = "real[n]"
i = "index[n]"
c_k = "real[1,d]"

[[part]]
id = "t/1.p"
kind = "formula"
ask = "What is p?"
derives = "value of p"

[[part]]
id = "t/1.L"
kind = "formula"
ask = "What is L?"
derives = "value of L"

[[part]]
id = "t/1.z"
kind = "formula"
ask = "What is dL/dz?"
derives = "dL/dz"

[[part]]
id = "t/1.S"
kind = "formula"
ask = "What is S?"
derives = "value of S"

[[part]]
id = "t/1.row"
kind = "formula"
ask = "What is dq/dc_k?"
derives = "dq/dc_k"

[[part]]
id = "t/1.T"
kind = "formula"
ask = "What is dT/db?"
derives = "dT/db"

[[part]]
id = "t/1.b"
kind = "formula"
ask = "Which b makes T least?"
derives = "argmin T over b"
"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    (folder / "t1.toml").write_text(PROBLEM, encoding="utf-8")
    return load_bank(folder)


TABLE = [
    # part  answer                                                                     verdict       tag
    # a box, nested, with the name before it or in it
    ("z", r"\boxed{p - y}", "correct", None),
    ("z", r"$$\boxed{\frac{\partial L}{\partial z} = p - y}.$$", "correct", None),
    ("z", r"\boxed{\fbox{y - p}}", "wrong", "sign"),
    ("z", r"\boxed{p - y", "unreadable", None),
    # remarks in brackets
    ("z", "-y (1-p) + (1-y) p (since p is sigmoid)", "correct", None),
    ("z", "-y (1-p) + (1-y) p\n= p - y   (because y p cancels)", "correct", None),
    ("z", "p - y (by the chain rule)", "correct", None),
    # a left side with its arguments
    ("p", "p(z) = 1/(1+e^{-z})", "correct", None),
    ("L", r"L(w) = -y \log p - (1-y) \log(1-p)", "correct", None),
    ("L", r"L(x, y) = -y \log p - (1-y) \log(1-p)", "correct", None),
    ("p", "f(x) = 1/(1+e^{-z}) if z > 0 else e^z/(1+e^z)", "correct", None),
    # nodes with their arguments: not products, and asked about where both would do
    ("L", r"-y \log p(x) - (1-y) \log(1-p(x))", "correct", None),
    ("L", r"-y \log p(x) + (1-y) \log(1-p(x))", "wrong", "sign"),
    ("z", "p(z) - y", "unreadable", None),
    ("z", "p(x; w, b) - y", "correct", None),
    ("S", r"\sum_i r(u_i; v)^2", "correct", None),
    ("S", r"\sum_i (u_i - v_i^2)^2 = \sum_i r(u_i, v_i)^2", "correct", None),
    # definitions of one's own: put back; of names that the question has: they must be so
    ("p", r"\frac{1}{1+e^{-t}}, \text{ where } t = w^T x + b", "correct", None),
    ("p", "1/(1+e^(-t)) with t = w^T x", "wrong", "missing-term"),
    ("p", "Let t = w^T x. Then 1/(1 + e^(-t-b))", "correct", None),
    ("z", r"e, \quad e = p - y", "correct", None),
    ("z", r"-\hat e \text{ where } \hat e = y - \sigma(s), s = w^T x + b.", "correct", None),
    ("L", r"-y \log p - (1-y) \log(1-p), where p = \sigma(w^T x + b)", "correct", None),
    ("L", r"-y \log p - (1-y) \log(1-p), where p = \sigma(w^T x)", "wrong", "definition"),
    ("L", r"-y \log p - (1-y) \log(1-p), where \sigma(t) = 1/(1+e^{-t})", "correct", None),
    ("L", "-y log p - (1-y) log(1-p), where y is the label", "correct", None),
    ("S", "sum_i s_i^2 where s_i = u_i - v_i^2", "correct", None),
    ("z", r"\nabla L = p - y", "correct", None),
    ("z", r"\nabla L = y - p", "wrong", "sign"),
    ("z", "-e (e = y - p)", "correct", None),
    ("z", r"-g \quad (\text{with } g = y - p)", "correct", None),
    ("z", "g (g = y - p)", "wrong", "sign"),
    ("z", "With g = y - p we have -g", "correct", None),
    ("z", "Denote the residual by g = y - p. Then the derivative is -g", "correct", None),
    ("z", "Setting g = y - p gives dL/dz = -g", "correct", None),
    ("z", "g = y - p, so dL/dz = -g", "correct", None),
    ("z", "-g for g = y - p", "correct", None),
    ("p", "1/(1+e^{-f(x)}), f(x) = w^T x + b", "correct", None),
    ("p", "1/(1+e^{-f(x)}), f(x) = w^T x - b", "wrong", "sign"),
    ("p", "f(x) = w^T x + b, so p = 1/(1+e^{-f(x)})", "correct", None),
    # a letter of the question that the answer defines for something else: right in its own letters, or wrong
    ("L", r"-y \log(1-p) - (1-y) \log p, where p = \sigma(-z)", "correct", None),
    ("L", r"-y \log p - (1-y) \log(1-p), where p = \sigma(-z)", "wrong", "definition"),
    ("z", r"dL/dp p (1-p), where p = \sigma(-z)", "wrong", "definition"),
    ("z", r"Let p = \sigma(-z), so L = -y \log(1-p) - (1-y) \log p and dL/dz = 1 - p - y", "correct", None),
    ("z", r"Let p = \sigma(-z), so L = -y \log(1-p) - (1-y) \log p and dL/dz = p - y", "wrong", "definition"),
    ("z", "e = y - p and dL/dz = -e", "correct", None),
    ("z", "e = y - p and dL/dz = e", "wrong", "sign"),
    ("z", r"p = \sigma(-z) and dL/dz = 1 - p - y", "correct", None),
    # of a derivative by such a letter it cannot be told which one is meant
    ("z", r"Let p = \sigma(-z), so dL/dp = -(1-y)/p + y/(1-p) and dL/dz = 1 - p - y", "unreadable", None),
    # two statements joined by a word: told apart by their left sides
    ("z", "Let e = p - y, so that L = -y log p - (1-y) log(1-p) and dL/dz = e", "correct", None),
    ("z", "L = -y log p - (1-y) log(1-p) and so dL/dz = p - y", "correct", None),
    ("z", "L = -y log p - (1-y) log(1-p) and the gradient is p - y", "correct", None),
    ("z", "L = -y log p - (1-y) log(1-p) and dL/dz = y - p", "wrong", "sign"),
    ("z", "dL/dz = p - y and dL/db = p - y", "correct", None),
    ("z", "dL/dz = y - p and dL/db = p - y", "wrong", "sign"),
    ("z", "e = p - y, dL/dz = e", "correct", None),
    ("S", r"\sum_i (u_i - h(v_i))^2 where h(v_i) = v_i^2", "correct", None),
    ("S", r"\sum_i (u_i - h(v_i))^2 where h(v_i) = 2 v_i^2", "wrong", "factor:2"),
    ("S", r"\sum_i s_i^2 = \sum_i (u_i^2 - 2 u_i v_i^2 + v_i^4), \text{with } s_i = u_i - v_i^2", "correct", None),
    ("S", r"\sum_i s_i^2 = \sum_i (u_i^2 - u_i v_i^2 + v_i^4), \text{with } s_i = u_i - v_i^2", "wrong", "link"),
    ("S", "sum_i s_i^2 where s_i = u_i - t_i", "unreadable", None),
    # of two readings, the whole answer with each: the square of a vector
    ("S", "(u - v ⊙ v)^2", "unreadable", None),
    ("S", "-(u - v ⊙ v)^2", "wrong", "sign"),
    ("S", "1 + (u - v ⊙ v)^2 - 1 + b", "wrong", "extra-term"),
    # the log of a power, or a power of the log
    ("L", r"-\ln p^y - \ln (1-p)^{1-y}", "unreadable", None),
    ("L", r"-\ln (p^y) - \ln((1-p)^{1-y})", "correct", None),
    # what is sought, in front; and set to zero, behind
    ("b", r"b = \frac1n \sum_i u_i", "correct", None),
    ("b", r"b^* = \frac{\sum_i u_i}{n}", "correct", None),
    ("b", r"b = \frac{\sum_i u_i}{n} = \frac{1}{n}\sum_i u_i", "correct", None),
    ("b", r"b = \sum_i u_i", "wrong", "missing-mean"),
    ("T", r"-2\sum_i (u_i - b) = 0", "correct", None),
    ("T", r"2\sum_i (u_i - b) = 0", "wrong", "sign"),
    # cases joined by a word
    ("L", "-log p if y = 1 and -log(1-p) if y = 0", "correct", None),
    ("L", "-log p if y = 1 and -log(1-p) otherwise", "correct", None),
    ("L", "-log p if y = 1 and p > 0, -log(1-p) otherwise", "correct", None),
    ("L", "**Answer:** $-y \\log p - (1-y) \\log(1-p)$", "correct", None),
    # c_k is a name, not an entry
    ("row", "x^T", "correct", None),
    ("row", "x", "wrong", "shape"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "answer", "status", "tag"), TABLE)
@pytest.mark.long
def test_worked_answers(bank, part, answer, status, tag):
    verdict = check(f"t/1.{part}", answer, bank)
    assert verdict.status == status, verdict
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag, verdict


def test_what_was_decided_is_said(bank):
    said = [f.message for f in check("t/1.L", r"-y \log p(x) - (1-y) \log(1-p(x))", bank).findings]
    assert any("only one of them has the shape asked" in m for m in said)
    asked = check("t/1.z", "p(z) - y", bank).at.message
    assert "p * (z) - y" in asked
    assert "write the one that is meant" in asked


def test_hostile_definitions_are_answered_at_once(bank):
    for text in (
        f"p where z{' ' * 9000}= 1",
        f"p,{' ' * 9000}where z = 1",
        "p " + "where " * 1500,
        "Let " * 2000 + "z = 1. p",
        "p, " + r"\quad " * 1300,
    ):
        assert check("t/1.z", text, bank).status in ("unreadable", "wrong")
