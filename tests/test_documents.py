"""Documents read and judged line by line: what each piece, label and member comes to."""

from __future__ import annotations

import time
from functools import cache

import pytest

from checker.documents.claims import claims
from checker.documents.densities import densities
from checker.documents.grading import grade_text
from checker.documents.marks import Marked
from checker.documents.scan import DocumentError, scan
from checker.documents.sheets import SheetError, label_path, sheet_of
from checker.documents.stretches import stretches
from derivations.domains import parse_names
from problems.bank import load_bank


@cache
def graded(sheet: str, text: str) -> Marked:
    return grade_text(text, sheet_of(sheet, load_bank(None)))


PIECES = [
    ("a $x$ b", ["words", "formula", "words"]),
    ("costs \\$5 and \\$6", ["words"]),
    ("from $5 to $10", ["words"]),
    ("$$a = b$$\n\nthen \\(c\\)", ["formula", "words", "formula"]),
    ("\\begin{align*} a &= b \\end{align*}", ["formula"]),
    ("# Problem 1\n\ntext", ["heading", "words"]),
    ("\\section*{Problem 1} text", ["heading", "words"]),
    ("```python\ndz = p - y\n```", ["code"]),
    ("<!-- $x$ -->", []),
    ("$a\n\nb$", ["words", "words"]),
    ("\\newcommand{\\w}{w}", ["macros"]),
    ("\\[ open without an end", ["words"]),
]


@pytest.mark.parametrize(("text", "kinds"), PIECES)
def test_a_document_is_read_as_pieces_with_their_places(text: str, kinds: list[str]):
    pieces = scan(text)
    assert [p.kind for p in pieces] == kinds
    assert all(text[p.place.start : p.place.end] == p.text for p in pieces)


def test_the_comments_and_the_preamble_of_latex_are_not_read():
    text = "\\documentclass{article}\n\\title{$x$}\n\\begin{document}\n$a$ % $b$\n\\end{document}"
    assert [p.inside for p in scan(text, tex=True) if p.kind == "formula"] == ["a"]


@pytest.mark.parametrize(
    "sign", ["\\[", "$$ ", "$ ", "\\begin{align} ", "`", "```\n", "# ", "\\section{", "<!--", "\\( ", "\\begin{align}$"]
)
def test_beginnings_without_an_end_take_no_time(sign: str):
    """Each is looked for once: a document of a hundred thousand of them is read in seconds."""
    start = time.perf_counter()
    scan(sign * (200_001 // len(sign)))
    assert time.perf_counter() - start < 20


def test_a_document_has_an_end():
    with pytest.raises(DocumentError, match="at most"):
        scan("a" * 2_000_001)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("6b", ("6", "b")),
        ("Q0.2.mu", ("0", "2", "mu")),
        ("7.7a", ("7", "7", "a")),
        ("5a.dW2", ("5", "a", "dw2")),
        ("10", ("10",)),
    ],
)
def test_labels_are_taken_apart(text: str, path: tuple[str, ...]):
    assert label_path(text) == path


PLACED = [
    ("001", "## Problem 3\n\n1. $a$", ("3", "1")),
    ("001", "## 1.3 Solution to 3\n\n2. $a$", ("3", "2")),
    ("001", "## Exercise 7\n\n7.4 $a$", ("7", "4")),
    ("001", "Problem 8\n\n7. $a$", ("8", "7")),
    ("001", "## Problem 2\n\n\\begin{enumerate}\n\\item x\n\\item x\n\\item $a$\n\\end{enumerate}", ("2",)),
    ("000", "6. Saliency\n\n(a) x\n(b) y\n\n(a): $a$", ("6", "a")),
    ("002", "# Problem 6\n\n**(b)** $a$", ("6", "b")),
    ("004", "Q0 (9 pts)\n\n2. (4 pts) $a$", ("0", "2")),
    ("004", "Q0\n\n1. x\n\nQ1 (13 pts)\n\n1. $a$", ("1", "1")),
    ("001", "## 3\n\n(2) $a$", ("3", "2")),
    ("001", "## 3 Softmax\n\n(3.2) $a$", ("3", "2")),
    ("003", "## 2\n\n(c) $a$", ("2", "c")),
    ("002", "## Problem 3\n\n### (a) ii.\n\n$a$", ("3", "a", "ii")),
]


@pytest.mark.parametrize(("sheet", "text", "path"), PLACED)
@pytest.mark.long
def test_a_formula_stands_under_the_label_before_it(sheet: str, text: str, path: tuple[str, ...]):
    found = list(claims(scan(text), sheet_of(sheet, load_bank(None)), text))
    assert found[-1].path == path


STRETCHES = [
    (r"a = b \Rightarrow c = d", ["relation", "relation"]),
    (r"(h \times m)(m \times K) = (h \times K)", ["shape"]),
    (r"\hat Y : (m \times K)", ["shape"]),
    (r"X \in \mathbb R^{n \times d}", ["declaration"]),
    (r"i = 1, \dots, n", ["declaration"]),
    (r"w = (1, 2) \text{ scaled by two } w = (2, 4)", ["relation", "relation"]),
    (r"\begin{cases} 1 & z > 0 \\ 0 & z < 0 \end{cases}", ["nothing"]),
    # asides
    (r"a &= b && \text{(chain rule)} \\ &= c && \text{as $u = v$}", ["relation"]),
    (r"a &= b \quad (\text{by the lemma}) \\ &= c", ["relation"]),
    (r"a = b \text{ since } c = d \\ = e", ["relation", "relation", "relation"]),
    (r"\boxed{a = b}", ["relation"]),
    (r"\mathrm{leaky\_relu}(z) = z", ["relation"]),
]


@pytest.mark.parametrize(("text", "about"), STRETCHES)
def test_a_formula_is_cut_into_statements(text: str, about: list[str]):
    assert [s.about for s in stretches(text)] == about


LINES = [
    # a chain: each member against the one before it, and against what it began with
    (
        "002",
        "Problem 6 (c)",
        r"\frac{\partial L}{\partial \mu} = -\frac{1}{\sqrt v} \odot \sum_i \frac{\partial L}{\partial \hat "
        r"x_i}",
        "correct",
    ),
    (
        "002",
        "Problem 6 (c)",
        r"\frac{\partial L}{\partial\mu} = \frac1{\sqrt v} \odot \sum_i \frac{\partial L}{\partial\hat x_i} = "
        r"\sum_i \frac{\partial L}{\partial\hat x_i} \odot \frac1{\sqrt v}",
        "wrong carried",
    ),
    (
        "000",
        "Problem 6 (b)",
        r"\frac{\partial LL}{\partial x_i} = (y + p) \theta_i = (y - p) \theta_i",
        "wrong correct",
    ),
    (
        "000",
        "Problem 6 (b)",
        r"\frac{\partial LL}{\partial x_i} = \frac{\partial LL}{\partial p} \cdot \frac{\partial p}{\partial "
        r"(\theta^T x)} \cdot \frac{\partial (\theta^T x)}{\partial x_i} = (y - p) \theta_i",
        "correct correct",
    ),
    # an operator that is lost
    (
        "004",
        "Q0.2",
        r"\frac{\partial}{\partial \sigma} NLL = \frac{N}{2} \log(2\pi) + N \log \sigma + \frac{1}{2\sigma^2} "
        r"\sum_i (x_i - \mu)^2 = \frac{N}{\sigma} - \frac{1}{\sigma^3} \sum_i (x_i - \mu)^2",
        "wrong correct",
    ),
    # numbers to the digits that are shown; what rests on a wrong one is carried
    ("001", "Problem 1", r"z_1 = w_1 i_1 + w_3 i_2 + b_1 = 0.3825", "correct correct"),
    ("001", "Problem 1", r"z_1 = w_1 i_1 + w_3 i_2 + b_1 = 0.3925", "correct wrong"),
    ("001", "Problem 1", r"z_1 = 0.3925 \\ h_1 = \frac{1}{1 + e^{-0.3925}} = 0.5969", "wrong carried carried"),
    ("001", "Problem 1", r"h_1 = \sigma(z_1) = 0.5945", "correct correct"),
    # cases
    ("001", "Problem 3\n\n2.", r"\frac{\partial y_i}{\partial x_j} = -y_i y_j", "correct"),
    ("001", "Problem 3\n\n2.", r"\frac{\partial y_i}{\partial x_j} = y_i y_j", "wrong"),
    ("004", "Q3\n\n1.", r"\frac{d}{dz}(2) = \begin{cases} 1 & z \ge 0 \\ \alpha & z < 0 \end{cases}", "correct"),
    # words beside a step, and the row behind them, which goes on from what they interrupt
    (
        "001",
        "Problem 3\n\n1.",
        r"\begin{aligned} \frac{\partial y_i}{\partial x_i} &= y_i - y_i y_i && \text{(quotient rule)} \\ "
        r"&= y_i (1 + y_i) && \text{factor} \end{aligned}",
        "correct wrong",
    ),
    (
        "001",
        "Problem 3\n\n1.",
        r"\frac{\partial y_i}{\partial x_i} = y_i - y_i y_i \quad \text{since } 2 + 2 = 5 \\ = y_i (1 - y_i)",
        "correct wrong correct",
    ),
    (
        "001",
        "Problem 3\n\n1.",
        "\\begin{aligned}\n\\frac{\\partial y_i}{\\partial x_i}\n&= y_i - y_i y_i\n"
        "\\\\ &= y_i\n(1 - y_i)\\end{aligned}",
        "correct correct",
    ),
    # several statements in a row; up to a constant
    (
        "000",
        "Problem 8 (e)",
        r"\frac{\partial L}{\partial W_2} = A_1^T (\hat Y - Y), \quad "
        r"\frac{\partial L}{\partial A_1} = (\hat Y - Y) W_2^T",
        "correct correct",
    ),
    ("002", "Problem 4 (b)", r"-\log p(\theta) = \frac{1}{2\eta^2} \|\theta\|^2 + \text{const}", "correct"),
    ("002", "Problem 4 (b)", r"-\log p(\theta) = \frac{1}{\eta^2} \|\theta\|^2 + \text{const.}", "wrong"),
    # the question told again in letters that its parts do not have
    ("004", "Q1\n\n1.", r"\Pr(y = 1 | x, w) = \frac{1}{1 + \exp(-w_0 - w_1 x[1] - w_2 x[2])}", "correct"),
    ("004", "Q1\n\n1.", r"\Pr(y = 1 \mid x, w) = \frac{1}{1 + \exp(w_0 + w_1 x[1] + w_2 x[2])}", "wrong"),
    ("004", "Q1\n\n1.", r"\mathbf{w} = [w_0, w_1, w_2]^T", "correct"),
    (
        "004",
        "Q1\n\n3.",
        r"\text{NLL}(\mathcal D) = \sum_{i=1}^n \log(1 + \exp(-y_i \mathbf x_i^T \mathbf w))",
        "correct",
    ),
    ("004", "Q1\n\n3.", r"\text{NLL}(\mathcal D) = \sum_{i=1}^n \log(1 + \exp(y_i \mathbf x_i^T \mathbf w))", "wrong"),
    ("004", "Q3\n\n3.", r"\mathbf z(\mathbf x) = \mathbf W \mathbf x + \mathbf b, \quad (1)", "correct"),
    ("004", "Q3\n\n3.", r"\mathbf z(\mathbf x) = \mathbf W \mathbf x - \mathbf b, \quad (1)", "wrong"),
    # shapes, rules, sets of numbers
    ("000", "Problem 8 (b)", r"A_1 : (m \times h)", "correct"),
    (
        "001",
        "Problem 8\n\n7.",
        r"V := \beta V + (1 - \beta) \frac{\partial J}{\partial W} \\ W := W - \alpha V",
        "correct correct",
    ),
    (
        "001",
        "Problem 8\n\n7.",
        r"V := \beta V + (1 - \beta) \frac{\partial J}{\partial W} \\ W := W + \alpha V",
        "correct wrong",
    ),
    # an equation and what follows from it
    (
        "002",
        "Problem 4 (c)",
        r"\nabla_\theta J(\theta) = \frac{1}{\sigma^2} X^T (X\theta - y) + \frac{1}{\eta^2} \theta = 0 "
        r"\Rightarrow X^T X \theta + \frac{\sigma^2}{\eta^2} \theta = X^T y",
        "correct not_a_claim correct",
    ),
    (
        "002",
        "Problem 4 (c)",
        r"\nabla_\theta J(\theta) = \frac{1}{\sigma^2} X^T (X\theta - y) + \frac{1}{\eta^2} \theta = 0 "
        r"\Rightarrow \hat\theta = \left(X^T X + \frac{\sigma^2}{\eta^2} I\right)^{-1} X^T y",
        "correct not_a_claim correct",
    ),
    (
        "004",
        "Q0.2",
        r"\frac{\partial NLL}{\partial \sigma} = \frac{N}{\sigma} - \frac{1}{\sigma^3} \sum_i (x_i - \mu)^2 = 0 "
        r"\implies \hat\sigma^2 = \frac1N \sum_i (x_i - \mu)^2",
        "correct not_a_claim correct",
    ),
    (
        "004",
        "Q0.2",
        r"\frac{\partial NLL}{\partial \sigma} = \frac{N}{\sigma} - \frac{1}{\sigma^3} \sum_i (x_i - \mu)^2 = 0 "
        r"\implies \hat\sigma = \frac1N \sum_i (x_i - \mu)^2",
        "correct not_a_claim wrong",
    ),
    # places of extrema
    (
        "002",
        "Problem 4 (e)",
        r"\theta_{MAP} = \arg\min_\theta \frac{1}{2\sigma^2} \|y - X\theta\|^2 + \frac{1}{b} \|\theta\|_1 \\ "
        r"= \arg\min_\theta \|y - X\theta\|^2 + \frac{2\sigma^2}{b} \|\theta\|_1",
        "not_a_claim correct",
    ),
    (
        "002",
        "Problem 4 (e)",
        r"\theta_{MAP} = \arg\min_\theta \frac{1}{2\sigma^2} \|y - X\theta\|^2 + \frac{1}{b} \|\theta\|_1 \\ "
        r"= \arg\min_\theta \|y - X\theta\|^2 + \frac{\sigma^2}{b} \|\theta\|_1",
        "not_a_claim wrong",
    ),
    # Bayes' rule is algebra; an assumption is not decided
    (
        "002",
        "Problem 4 (a)",
        r"\arg\max_\theta \frac{p(y|x,\theta) p(\theta|x)}{p(y|x)} = \arg\max_\theta p(y|x,\theta) p(\theta|x)",
        "correct",
    ),
    ("002", "Problem 4 (a)", r"\arg\max_\theta p(y|x,\theta) p(\theta|x) = \arg\max_\theta p(y|x,\theta)", "wrong"),
]


@pytest.mark.parametrize(("sheet", "label", "formula", "statuses"), LINES)
@pytest.mark.long
def test_each_member_of_a_line_is_judged(sheet: str, label: str, formula: str, statuses: str):
    found = graded(sheet, f"{label} We get\n\n$$\n{formula}\n$$\n")
    assert " ".join(line.status for line in found.lines) == statuses


def test_an_answer_that_goes_on_to_something_false_is_wrong():
    text = "## Problem 3\n\n1. $$\\frac{\\partial y_i}{\\partial x_i} = y_i (1 - y_i)$$\n\n$$= y_i + y_i^2$$\n"
    part = next(part for part in graded("001", text).parts if part.id == "001/3.1")
    assert (part.status, part.remark) == ("wrong", "it ends in a false step")


def test_lines_under_the_label_of_a_part_that_is_not_answered_are_told():
    text = "## Problem 4\n\n(b) $$-\\log p(\\theta) = \\frac{1}{2\\eta^2} \\|\\theta\\|^2 + \\text{const}$$\n"
    part = next(part for part in graded("002", text).parts if part.id == "002/4b")
    assert part.status == "undecided"
    assert part.reason.startswith("every line under its label holds")


def test_the_loss_of_a_batch_may_be_its_mean():
    text = r"## 8" + "\n\n" + r"(e) $$\frac{\partial L}{\partial W_2} = \frac1m A_1^T (\hat Y - Y)$$"
    found = graded("000", text)
    assert [line.status for line in found.lines] == ["correct"]
    assert {part.id: part.status for part in found.parts}["000/8e.mean"] == "correct"


NO_CLAIMS = [
    ("000", "Problem 6", r"Let $p = \sigma(\theta^T x)$ and suppose $y = 1$.", {"correct", "not_a_claim"}),
    ("000", "Problem 7", r"where $Z > 0$", {"not_a_claim"}),
    ("001", "Problem 3", r"For $i \neq j$ it is another thing.", {"not_a_claim"}),
]


@pytest.mark.parametrize(("sheet", "label", "text", "statuses"), NO_CLAIMS)
def test_what_is_supposed_is_no_claim(sheet: str, label: str, text: str, statuses: set[str]):
    assert {line.status for line in graded(sheet, f"{label}\n\n{text}\n").lines} <= statuses


def test_names_that_a_document_gives_are_used_behind():
    text = r"""## Problem 3

1. Let $S = \sum_k e^{x_k}$. Then

$$\frac{\partial y_i}{\partial x_i} = \frac{e^{x_i} S - e^{x_i} e^{x_i}}{S^2} = y_i (1 - y_i)$$
"""
    assert [line.status for line in graded("001", text).lines][-2:] == ["correct", "correct"]


def test_names_of_one_problem_are_nothing_to_the_next():
    text = "## Problem 1\n\n$$\\delta_1 = 0.008952$$\n\n## Problem 2\n\n$$\\delta_1 = \\delta_{out} w_5 = -0.114772$$\n"
    assert "wrong" not in {line.status for line in graded("001", text).lines}


def test_commands_of_the_document_are_put_back():
    text = (
        "\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}\n\n## Problem 3\n\n1. x\n\n"
        "$$\\pd{y_i}{x_i} = y_i (1 - y_i)$$\n"
    )
    (line,) = graded("001", text).lines
    assert (line.status, line.text) == ("correct", "\\pd{y_i}{x_i} = y_i (1 - y_i)")


def test_plain_text_is_read_by_its_lines():
    text = "Problem 3\n3.1 dy_i/dx_i = y_i - y_i^2\n3.3 dy_i/dx_j = delta_ij + y_i*y_j\n"
    assert [line.status for line in graded("001", text).lines] == ["correct", "wrong"]


def test_a_known_mistake_under_a_letter_of_its_own_is_left_to_a_person():
    (line,) = graded("003", "## Problem 4\n\n$$c = \\max(\\alpha g, g)$$\n").lines
    assert (line.status, line.part) == ("undecided", "003/2a")
    assert "if it is meant for 003/2a" in line.remark


def test_every_part_of_a_sheet_has_a_mark():
    text = "## Problem 3\n\n1. x\n\n$$\\frac{\\partial y_i}{\\partial x_i} = y_i (1 - y_i)$$\n"
    marks = {mark.id: mark.status for mark in graded("001", text).parts}
    assert marks["001/3.1"] == "correct"
    assert marks["001/3.2"] == marks["001/1"] == "missing"
    assert len(marks) == len(sheet_of("001", load_bank(None)).asked)


def test_a_first_word_answers_a_question_of_yes_and_no():
    text = (
        "Q2\n\n3. (1 pts) L2 prevents overfitting.\n\nTrue, it adds a penalty.\n\n4. (1 pts) x\n\n"
        "False, only the labels change.\n"
    )
    marks = {mark.id: mark.status for mark in graded("004", text).parts}
    assert marks["004/Q2.3"] == marks["004/Q2.4"] == "correct"


def test_a_line_has_its_place_in_the_source():
    text = "## Problem 3\n\n1. x\n\n$$\n\\frac{\\partial y_i}{\\partial x_i} = y_i (1 - y_i)\n$$\n"
    (line,) = graded("001", text).lines
    assert text[line.place.start : line.place.end] == line.text
    assert line.place.line == 6


@pytest.mark.parametrize(
    "text",
    [
        "$" * 999,
        "$$\\frac{$$",
        "$p(" + "(" * 50 + ")$",
        "## Problem 1\n\n$$" + "a = " * 300 + "b$$",
        "\\begin{align} \\\\ \\\\ & \\end{align}",
        "## Problem 3\n\n$$\\frac{\\partial y_i}{\\partial x_i} = \\text{\\input{/etc/passwd}}$$",
        "$P(x_1, x_2; \\mu, \\sigma^2) = \\prod_i f(x_i) = 3$",
        "$\\href{javascript:alert(1)}{x} = 1$",
        "## Problem 99\n\n$x = x$",
        "$\\def\\a{\\a}\\a = 1$",
        "\ud800$x=1$",
        "",
    ],
)
@pytest.mark.long
def test_no_document_raises(text: str):
    graded("001", text).to_json()


def test_a_sheet_that_is_none_is_refused():
    with pytest.raises(SheetError, match="there are 000"):
        sheet_of("999", load_bank(None))


def test_a_conditional_density_is_a_quotient_of_joint_ones():
    names = parse_names("theta: real[d]; y: real[n]")
    made = densities(r"p(\theta \mid y) p(y)", names)
    assert made.text == r"\frac{\exp(densityThetaY(theta, y))}{\exp(densityY(y))} \frac{\exp(densityY(y))}{1}"
    assert {row.name for row in made.rows} == {"densityThetaY", "densityY"}


def test_p_of_a_sheet_is_no_density():
    assert densities("p(1 - p)", parse_names("p: probability")).text == "p(1 - p)"
