"""Answers that words, code and scanned text give: what each line under a label comes to."""

from __future__ import annotations

import pytest

from checker.documents.grading import grade_text
from checker.documents.marks import Marked
from checker.documents.sheets import sheet_of
from problems.bank import load_bank


def graded(sheet: str, text: str) -> Marked:
    return grade_text(text, sheet_of(sheet, load_bank(None)))


SPOKEN = [
    # a count, and a shape, in words
    ("001", "5.2 There are 300 weights.", "There are 300 weights", "001/5.2a", "correct"),
    ("001", "5.2 There are 301 weights.", "There are 301 weights", "001/5.2a", "wrong"),
    ("001", "5.2 300 weights, and b is a scalar", "b is a scalar", "001/5.2b", "correct"),
    ("001", "5.2 b is a 300 x 1 vector", "b is a 300 x 1 vector", "001/5.2b", "wrong"),
    ("001", "5.4 Biases: $80$", "80", "001/5.4b", "wrong"),
    ("001", "5.4 Biases: $81$", "81", "001/5.4b", "correct"),
    ("001", "5.4 300*80 = 24000 weights", "300*80 = 24000 weights", "001/5.4a", "wrong"),
    ("001", "5.1 **300**", "300", "001/5.1", "correct"),
    ("001", "7.1 W_2 is K × D_a", "W_2 is K × D_a", "001/7.1a", "correct"),
    ("001", "7.1 W_2 is D_a × K", "W_2 is D_a × K", "001/7.1a", "wrong"),
    ("001", "## Problem 5\n\nThere are 24000 weights.", "There are 24000 weights", "001/5.2a", "undecided"),
    (
        "001",
        "7.1 $W_2$ is K × D_a, $b_2$ is K × 1, the output is $m \\times D_a$.",
        "m \\times D_a",
        "001/7.1b",
        "wrong",
    ),
    ("001", "5.4 The layer has 24000 weights.", "The layer has 24000 weights", "001/5.4a", "undecided"),
    # a sentence that says what the answer is
    ("001", "3.1 The answer is y_i(1-y_i).", "y_i(1-y_i)", "001/3.1", "correct"),
    ("001", "3.2 The final answer is **y_i y_j**.", "y_i y_j", "001/3.2", "wrong"),
    ("001", "3.1 The answer is frobnicate(y_i).", "frobnicate(y_i)", "001/3.1", "unreadable"),
    # the part of which a sentence speaks, and the case in which it is said
    (
        "001",
        "## Problem 5\n\nIn part 1 we see $n_x = 300$. In part 4 there are 80 biases.",
        "there are 80 biases",
        "001/5.4b",
        "wrong",
    ),
    ("001", "4.3 The derivative is $h'(x) = 1$ for $x > 0$", "h'(x) = 1", "001/4.3", "correct"),
    ("001", "4.3 The derivative is $h'(x) = \\alpha$ for $x < 0$", "h'(x) = \\alpha", "001/4.3", "wrong"),
    # the number of a formula
    (
        "001",
        "3.1\n\\begin{align}\n\\frac{\\partial y_i}{\\partial x_i} &= y_i (1 - y_i) \\tag{2}\n\\end{align}",
        "\\frac{\\partial y_i}{\\partial x_i} &= y_i (1 - y_i)",
        "001/3.1",
        "correct",
    ),
    # an update with a plain sign of equality
    ("001", "8.7 $V = \\beta V + (1 - \\beta) d W$, $W = W - \\alpha V$", "W = W - \\alpha V", "001/8.7", "correct"),
    ("001", "8.7 $V = \\beta V + (1 - \\beta) dW$, $W = W + \\alpha V$", "W = W + \\alpha V", "001/8.7", "wrong"),
    # the loss of one class, as the question calls it
    (
        "001",
        "7.4 $\\frac{\\partial L_k}{\\partial z_{2,i}} = \\hat y_i - \\mathbb 1[i = k]$",
        "\\frac{\\partial L_k}{\\partial z_{2,i}} = \\hat y_i - \\mathbb 1[i = k]",
        "001/7.4",
        "correct",
    ),
    (
        "001",
        "3.2 $\\frac{\\partial y_i}{\\partial x_i} = -y_i y_j$",
        "\\frac{\\partial y_i}{\\partial x_i} = -y_i y_j",
        "001/3.2",
        "wrong",
    ),
    ("001", "3.3 dy_i/dx_j = delta_ij - y_i y_j", "dy_i/dx_j = delta_ij - y_i y_j", "001/3.3", "wrong"),
    # a derivative alone, with what is between held fixed; one number for all entries
    (
        "002",
        "Problem 6\n\n(d) $\\frac{\\partial \\hat x_i}{\\partial x_i} = \\frac{1}{\\sqrt v}$",
        "\\frac{\\partial \\hat x_i}{\\partial x_i} = \\frac{1}{\\sqrt v}",
        "002/6d",
        "undecided",
    ),
    (
        "002",
        "Problem 6\n\n(d) $\\frac{\\partial \\hat x_i}{\\partial x_i} = \\sqrt v$",
        "\\frac{\\partial \\hat x_i}{\\partial x_i} = \\sqrt v",
        "002/6d",
        "wrong",
    ),
    (
        "002",
        "Problem 6\n\n(d) $\\frac{\\partial \\mu}{\\partial x_i} = 1/m$",
        "\\frac{\\partial \\mu}{\\partial x_i} = 1/m",
        "002/6d",
        "correct",
    ),
    (
        "002",
        "Problem 6\n\n(d) $\\frac{\\partial \\mu}{\\partial x_i} = 1$",
        "\\frac{\\partial \\mu}{\\partial x_i} = 1",
        "002/6d",
        "wrong",
    ),
    # code
    (
        "002",
        "Problem 5\n\n(a)\n\n```python\ndW2 = 2/n * h.T @ (o - y)\n```",
        "dW2 = 2/n * h.T @ (o - y)",
        "002/5a.dW2",
        "correct",
    ),
    (
        "002",
        "Problem 5\n\n(a)\n\n```python\ndW2 = 1/n * h.T @ (o - y)\n```",
        "dW2 = 1/n * h.T @ (o - y)",
        "002/5a.dW2",
        "wrong",
    ),
    # numbers, labels and words as a scanner spaces them
    ("001", "Pro blem 5\n\n1 . $n _ {x} = 3 0 0$", "n _ {x} = 3 0 0", "001/5.1", "correct"),
    ("001", "Pro blem 5\n\n1 . $n _ {x} = 3 0 1$", "n _ {x} = 3 0 1", "001/5.1", "wrong"),
]


@pytest.mark.parametrize(("sheet", "text", "line", "part", "status"), SPOKEN)
@pytest.mark.long
def test_what_is_said_under_a_label_has_its_line(sheet: str, text: str, line: str, part: str, status: str):
    marked = graded(sheet, text)
    found = [(at.text, at.part, at.status) for at in marked.lines if at.text == line]
    assert found == [(line, part, status)], marked.lines
    assert all(text[at.place.start : at.place.end] == at.text for at in marked.lines)


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        ("001", "5.2 We look at the weights of the first layer, and b is added."),
        ("001", "5.4 Each of the 80 units has 300 inputs."),
        ("001", "7.1 The matrix W_2 stands to the left of the column."),
        ("001", "3.1 I doubt that the answer is y_i."),
        ("002", "Problem 5\n\n(a)\n\n```python\nx = load('data.csv')\n```"),
    ],
)
def test_words_that_answer_nothing_are_no_lines(sheet: str, text: str):
    assert [line.text for line in graded(sheet, text).lines] == []
