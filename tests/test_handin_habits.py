"""Habits of those who write hand-ins: how numbers, labels, tables and steps are written, in right lines and in wrong
ones, and what the lines come to."""

from __future__ import annotations

from functools import cache

import pytest

from checker.documents.grading import grade_text
from checker.documents.sheets import Sheet, sheet_of
from checker.documents.steps import without_steps
from checker.documents.topics import speaks_of
from problems.bank import load_bank


@cache
def sheet(name: str) -> Sheet:
    return sheet_of(name, load_bank(None))


HABITS = [
    # a number that is given, in the place of its letter
    ("001", "## Problem 1", r"$w_6' = w_6 - 0.5 \delta_4 h_1$", "correct"),
    ("001", "## Problem 1", r"$w_6' = w_6 - 0.5 \delta_3 h_1$", "wrong"),
    # the new value of a weight as a scanner writes it
    ("001", "## Problem 1", r"$w _ {1} ^ {+} = 0.149776$, $w _ {6} ^ {+} = 0.438218$", "correct wrong"),
    # y is one-hot: k is the true class
    ("001", "## Problem 7\n\n4.", r"$L = -\sum_j y_j \log \hat y_j = -\log \hat y_k$", "correct correct"),
    ("001", "## Problem 7\n\n4.", r"$L = -\sum_j y_j \log \hat y_j = \log \hat y_k$", "correct wrong"),
    # a differential in plain text
    ("001", "## Problem 7", "3) dyhat_k/dz_i = -yhat_k yhat_i", "correct"),
    ("001", "## Problem 7", "3) dyhat_k/dz_i = yhat_k yhat_i", "wrong"),
    # a derivative is no letter that a value is given to
    ("001", "## Problem 7\n\n5.", r"$\delta_1 = \frac{\partial z_2}{\partial a_1} = W_2$", "correct correct"),
    ("001", "## Problem 7\n\n5.", r"$\delta_1 = \frac{\partial z_2}{\partial a_1} = W_2^T$", "correct wrong"),
    # a count that ends a row which holds
    ("001", "## Problem 5", "4a) 300*80 = 24000", "wrong"),
    ("001", "## Problem 5\n\n4.", r"(a) $300 \cdot 80 = 24000$ and $24000 + 80 = 24080$", "correct correct"),
    # updates with the number of the step
    (
        "001",
        "## Problem 8\n\n(7)",
        r"$$V_{t+1} = \beta V_t + (1-\beta) \frac{\partial J}{\partial W}$$ $$W_{t+1} = W_t - \alpha V_{t+1}$$",
        "correct correct",
    ),
    (
        "001",
        "## Problem 8\n\n(7)",
        r"$$V_{t+1} = \beta V_t + (1-\beta) \frac{\partial J}{\partial W}$$ $$W_{t+1} = W_t + \alpha V_{t+1}$$",
        "correct wrong",
    ),
    # β_jK( is β_j K(
    (
        "002",
        "## Problem 3\n\n(a)\n\niii.",
        r"$$\beta_{i+1} = \alpha (y^{(i+1)} - g(\sum_{j=1}^i \beta_jK(x^{(j)}, x^{(i+1)})))$$",
        "correct",
    ),
    # what a logarithm takes, in front of an exp
    (
        "002",
        "## Problem 4 (e)",
        r"$$\log p(\theta) = \sum_{j=1}^d \log \frac{1}{2b} \exp\left(-\frac{|\theta_j|}{b}\right)$$",
        "correct",
    ),
    # what is set to 0 in front
    (
        "002",
        "## Problem 4 (c)",
        r"$$0 = "
        r"\frac{\partial}{\partial\theta}\left(\frac{1}{2\sigma^2}\|y-X\theta\|^2+\frac{1}{2\eta^2}\|\theta\|^2\right)"
        r"=\frac{1}{\sigma^2}(X^TX\theta-X^Ty)+\frac{1}{\eta^2}\theta$$ "
        r"$$X^Ty=\left(X^TX+\frac{\sigma^2}{\eta^2}I\right)\theta$$",
        "not_a_claim correct correct",
    ),
    # the constant first
    (
        "002",
        "## Problem 4 (b)",
        r"$-\log p(\theta) = \text{const} + \frac{1}{2\eta^2} \theta^T\theta$",
        "correct",
    ),
    # a frame that a scanner puts around rows
    (
        "002",
        "## Problem 6 (c)",
        r"$$\begin{array}{l} \frac{\partial L}{\partial \mu} = \sum_{i=1}^m \frac{\partial L}{\partial \hat x_i} \circ "
        r"\frac{\partial \hat x_i}{\partial \mu} + \frac{\partial L}{\partial v} \circ \frac{\partial "
        r"v}{\partial \mu} \\ "
        r"= - \frac{1}{\sqrt{v}} \circ \sum_{i=1}^m \frac{\partial L}{\partial \hat x_i} + "
        r"\frac{2}{m} \frac{\partial L}{\partial v} \\ \end{array}$$",
        "correct wrong",
    ),
    # the case behind a formula, entry by entry
    ("003", "## 2\n\n(a)", r"$f = g$ if $g \ge 0$, $f = \alpha g$ if $g < 0$", "correct correct correct not_a_claim"),
    # what σ² is says what σ is, and is no claim; a derivative of the loss along a line
    ("004", "## Q0.2", r"and so $\sigma^2 = \frac1N \sum_{i=1}^N (x_i - \mu)^2$.", "not_a_claim"),
    (
        "004",
        "## Q1.3\n\n(a)",
        r"$\frac{d}{dc} \text{NLL}(cw) = \sum_{i=1}^n \frac{-m_ie^{-cm_i}}{1 + e^{-cm_i}}$",
        "correct",
    ),
    ("004", "## Q1.3\n\n(a)", r"$\frac{d}{dc} \log(1 + e^{-cm_i}) = -m_ie^{-cm_i}$", "wrong"),
    # the derivative of a logarithm is none of what the logarithm takes
    (
        "001",
        "## Problem 3",
        r"$\frac{\partial \log y_i}{\partial x_j} = \delta_{ij} - y_j$ and "
        r"$\frac{\partial \log y_i}{\partial x_j} = \delta_{ij} + y_j$",
        "correct wrong",
    ),
    # numbers that are given for letters, whole ones too
    ("001", "## Problem 2", r"$h_1 = 2 w_1 + 3 w_2$ and $h_1 = 2 w_1 + 2 w_2$", "correct wrong"),
    # which entry is meant
    ("002", "## Problem 5 (a)", r"so $k = 2$, $j = 1$", "not_a_claim not_a_claim"),
    # what holds in one case is no definition
    (
        "001",
        "## Problem 4\n\n(3)",
        r"$h(x) = x$ for $x > 0$ and $h(x) = \alpha (e^x - 1)$ for $x < 0$, so "
        r"$h'(x) = \begin{cases} 1 & x > 0 \\ \alpha e^x & x < 0 \end{cases} "
        r"= \begin{cases} 1 & x > 0 \\ h(x) + \alpha & x < 0 \end{cases}$",
        "not_a_claim not_a_claim not_a_claim not_a_claim correct correct",
    ),
    # c beside the sheet's C is a number of its own
    (
        "001",
        "## Problem 7",
        r"$\frac{e^{z_i - c}}{\sum_k e^{z_k - c}} = \frac{e^{-c} e^{z_i}}{e^{-c} \sum_k e^{z_k}} "
        r"= \frac{e^{z_i}}{\sum_k e^{z_k}}$",
        "correct correct",
    ),
    # counts by the words behind them; what is counted on from a wrong one; what is counted in all
    (
        "001",
        "## Problem 5\n\n(4)",
        r"There are $300 \cdot 80 = 24000$ weights. The biases are $80 + 1 = 81$. In total $24000 + 81 = 24081$.",
        "wrong correct carried",
    ),
    ("001", "## Problem 5\n\n(4)", r"There are $300 \cdot 80 + 80 + 81 = 24161$ parameters.", "correct"),
    # the prior of the part that a line stands under
    ("002", "## Problem 4 (c)", r"$\nabla_\theta (-\log p(\theta)) = \frac{1}{2\eta^2} \theta$", "wrong"),
    ("002", "## Problem 4 (c)", r"$\nabla_\theta (-\log p(\theta)) = \frac{1}{\eta^2} \theta$", "correct"),
    # the derivative of a formula in letters of its own, in the case that it is said in
    (
        "001",
        "## Problem 5",
        r"For $z < 0$ it is $\frac{d}{dz} \sigma(\mathrm{ReLU}(z)) = \sigma(0) (1 - \sigma(0)) = \frac14$.",
        "not_a_claim wrong carried",
    ),
    (
        "002",
        "## Problem 1 (c)",
        r"$\frac{d}{d\theta} (-\log(1 + e^{-\theta}) - \lambda \theta^2) = \sigma(-\theta) - 2 \lambda \theta$ and "
        r"$\frac{d}{d\theta} (-\log(1 + e^{-\theta}) - \lambda \theta^2) = \sigma(\theta) - 2 \lambda \theta$",
        "correct wrong",
    ),
    # shapes that are multiplied
    (
        "001",
        "## Problem 7 (1)",
        r"$(D_a \times D_x)(D_x \times m) = (D_a \times m)$, not $(D_a \times D_x)(D_x \times m) = (m \times D_a)$",
        "correct wrong",
    ),
    # letters of indices that nobody introduces
    (
        "002",
        "## Problem 5 (a)",
        r"$\frac{\partial L}{\partial o_l} = \frac{2}{n} (o_l - y_l)$ and "
        r"$\frac{\partial L}{\partial b_2} = \frac{2}{n} \sum_{i=1}^n (o_k - y_i)$",
        "correct wrong",
    ),
    (
        "004",
        "## Q0.2",
        r"$\frac{\partial NLL}{\partial \mu} = -\frac{1}{\sigma^2} \sum_{i=1}^N (x_k - \mu)$",
        "wrong",
    ),
    # what is solved, where the loss is given in front
    (
        "002",
        "## Problem 4 (c)",
        r"$$J(\theta) = \frac{1}{2\sigma^2} \|y - X\theta\|^2 + \frac{1}{2\eta^2} \|\theta\|^2$$ "
        r"$$\nabla_\theta J(\theta) = -\frac{1}{\sigma^2} X^T (y - X\theta) + \frac{1}{\eta^2} \theta = 0$$ "
        r"$$\Rightarrow X^T X \theta + \frac{\sigma^2}{\eta^2} \theta = X^T y$$",
        "not_a_claim correct not_a_claim correct",
    ),
    # what stood before is no equation unless it is said to be, or a derivative
    (
        "002",
        "## Problem 4 (e)",
        r"$$\log p(\theta) = -d \log(2b) - \frac1b \sum_{j=1}^d |\theta_j|$$ $$\gamma = 2 \frac{2\sigma^2}{b}$$",
        "correct wrong",
    ),
    # a function that the document defines, or that is the sheet's, at other arguments; its derivatives
    (
        "001",
        "## Problem 4",
        r"Let $g(x) = x^2 e^{-x}$. $g'(1) = e^{-1}$, $g'(1) = 2e^{-1}$, $g'(x) = (2x + x^2) e^{-x}$, "
        r"$g(2t) = 4t^2 e^{-2t}$",
        "not_a_claim correct wrong wrong correct",
    ),
    (
        "004",
        "## Q1.3",
        r"$NLL(c) = \sum_{i=1}^n \log(1 + e^{-c m_i})$, $NLL'(0) = -\sum_{i=1}^n m_i$, "
        r"$NLL'(0) = -\frac12 \sum_{i=1}^n m_i$, $NLL(0) = n \log 2$ and $NLL(0) = 2n \log 2$",
        "correct wrong correct correct wrong",
    ),
    (
        "001",
        "## Problem 4\n\n(3)",
        r"with $h(x) = c x$ nothing changes. $h'(x) = 1$ for $x > 0$ and $h'(x) = \alpha e^x$ for $x < 0$",
        "not_a_claim correct not_a_claim correct not_a_claim",
    ),
    (
        "004",
        "## Q3.2",
        r"$\frac{\partial h}{\partial w_j} = h'(z) x_j$, not $\frac{\partial h}{\partial w_j} = h'(z) w_j$",
        "correct wrong",
    ),
    # the letter of the part below a name
    ("004", "## Q1.1", r"Line A: $w_A = (1, 0, 1)^T$. Line B: $w_B = (-2, \frac12, 1)^T$.", "correct wrong"),
    # numbers are the same whichever problem they belong to
    ("000", "## 3", r"$F_1 = \frac{2 \cdot 0.75 \cdot 0.9}{0.75 + 0.9} = 0.825$", "not_a_claim wrong"),
    # a row goes on behind what is the same equation
    (
        "004",
        "## Q0.2",
        r"$\frac{\partial NLL}{\partial \mu} = \frac{1}{\sigma^2} (n \mu - \sum_i x_i)$, which is zero for "
        r"$\mu = \frac1n \sum_i x_i = \frac{1}{2n} \sum_i 2 x_i$",
        "correct correct correct",
    ),
    # arrays that do not conform: how they lie is not known, until a line that holds shows it
    ("000", "## 8 (e)", r"$\frac{\partial C}{\partial A_1} = \frac1m W_2^T (\hat Y - Y)$", "undecided"),
    (
        "000",
        "## 8 (e)",
        r"$\frac{\partial C}{\partial W_2} = \frac1m A_1^T (\hat Y - Y)$ and "
        r"$\frac{\partial C}{\partial A_1} = \frac1m W_2^T (\hat Y - Y)$",
        "correct wrong",
    ),
    (
        "002",
        "## 5 (c)",
        r"$o = W_2^T (W_1 x + b_1) + b_2 = W_2^T W_1 x + W_2^T b_1 + b_2$ and $o = W_2 (W_1 x + b_1) + b_2$",
        "undecided undecided correct",
    ),
    # what an equation is solved by: what is right, what follows from a false one, what does not solve it
    (
        "004",
        "## Q0.2",
        r"$\frac{\partial NLL}{\partial \sigma} = \frac{n}{\sigma} - \frac{1}{\sigma^2} \sum_{i=1}^n (x_i - \mu)^2$. "
        r"If I set this to zero I get $\sigma = \frac1n \sum_{i=1}^n (x_i - \mu)^2$.",
        "wrong carried",
    ),
    (
        "004",
        "## Q0.2",
        r"$\frac{\partial NLL}{\partial \sigma} = \frac{n}{\sigma} - \frac{1}{\sigma^3} \sum_{i=1}^n (x_i - \mu)^2$. "
        r"If I set this to zero I get $\sigma = \frac1n \sum_{i=1}^n (x_i - \mu)^2$.",
        "correct wrong",
    ),
    # f(x_i), and what a document says of it
    (
        "004",
        "## Q0.1",
        r"$$P(x_1, \dots, x_N) = \prod_{i=1}^N f(x_i) = \frac{1}{(2\pi)^{N/2}\sigma^N}$$",
        "not_a_claim wrong",
    ),
    (
        "004",
        "## Q0.1",
        r"With $f(x_i; \mu, \sigma^2) = \frac{1}{\sqrt{2\pi}\sigma} e^{-\frac{(x_i-\mu)^2}{2\sigma^2}}$ we have "
        r"$$P(x_1, \dots, x_N) = \prod_{i=1}^N f(x_i) = \frac{1}{(2\pi)^{N/2}\sigma^N} "
        r"e^{-\frac{1}{2\sigma^2}\sum_i (x_i-\mu)^2}$$",
        "not_a_claim not_a_claim correct",
    ),
    # weights for the second of two lines
    ("004", "## Q1.1", "Line A: $w = [1, 0, 1]^T$. Line B: $w = [2, 1, 1]^T$.", "correct wrong"),
    ("004", "## Q1.1", "A: $w^T = [1, 0, 1]$, B: $w^T = [2, \\frac12, 1]$.", "correct correct"),
    # words at the end, and the first cell of a row
    (
        "004",
        "## Q3.2",
        r"$$\frac{\partial h}{\partial w_j} = \begin{cases} \alpha x_j & w^Tx < 0 \\ x_j & w^Tx > 0 \end{cases}"
        r"\quad\text{for leaky relu}$$",
        "correct",
    ),
    (
        "004",
        "## Q3.1",
        "| unit | derivative |\n|---|---|\n"
        "| relu | $\\begin{cases} 0 & z < 0 \\\\ 1 & z > 0 \\end{cases}$ |\n"
        "| elu | $\\begin{cases} \\alpha z e^z & z < 0 \\\\ 1 & z > 0 \\end{cases}$ |",
        "correct wrong",
    ),
    (
        "000",
        "## 8",
        "| name | shape |\n|---|---|\n| $Z_1$ | $m \\times h$ |\n| $Z_2$ | $m \\times h$ |\n| $\\hat Y$ | $m "
        "\\times K$ |",
        "not_a_claim correct not_a_claim wrong not_a_claim correct",
    ),
]


@pytest.mark.parametrize(("name", "heading", "text", "statuses"), HABITS)
@pytest.mark.long
def test_what_is_written_in_a_habit_of_its_own_comes_to_its_verdict(name: str, heading: str, text: str, statuses: str):
    between = " " if "\n" in heading else "\n\n"
    found = grade_text(f"{heading}{between}{text}\n", sheet(name))
    assert " ".join(line.status for line in found.lines) == statuses


def test_the_chapter_of_a_longer_text_is_no_label():
    text = "## 1.3.2 Solution\n\n1. $y_i (1 - y_i)$\n\n## 1.7.2 Solution\n\n2. $\\hat y_k (1 - \\hat y_k)$\n"
    assert [line.part for line in grade_text(text, sheet("001")).lines] == ["001/3.1", "001/7.2"]


def test_what_does_not_hold_in_one_problem_may_belong_to_another_where_no_label_says():
    text = "$z_1 = 0.3825$\n\nNow the other network.\n\n$h_1 = 0.11 \\cdot 2 + 0.12 \\cdot 3 = 0.58$\n"
    assert {line.status for line in grade_text(text, sheet("001")).lines} == {"correct"}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("V_t = b V_{t-1} + g", "V   ← b V       + g"),
        ("W_{t+1} = W_t - V_{t+1}", "W       ←   W -       V"),
        ("W^{(t+1)} = W^{(t)} - a", "W         ←       W - a"),
        ("V_t = b V_t", "V_t = b V_t"),
        ("x_t = y_{t-1}", "x_t = y_{t-1}"),
        ("a_1 = a_0 + 1", "a_1 = a_0 + 1"),
    ],
)
def test_the_numbers_of_steps_are_left_out_of_an_update(text: str, read: str):
    assert "".join(without_steps(text).split()) == "".join(read.split())
    assert len(without_steps(text)) == len(text)


@pytest.mark.parametrize(
    ("question", "topic", "about"),
    [
        ("What is the derivative of ReLU, $h$?", "relu", True),
        ("And of leaky ReLU, $h = z$?", "relu", False),
        ("And of leaky ReLU, $h = z$?", "leaky ReLU", True),
        ("And for ELU?", "ReLU", False),
        ("And for ELU?", "**ELU**", True),
        ("Is it so?", "it", False),
    ],
)
def test_a_question_is_about_a_topic_in_its_own_words(question: str, topic: str, about: bool):
    assert speaks_of(question, topic) is about
