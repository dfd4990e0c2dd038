r"""A hand-in of several exercises with letters of their own: what holds is not called wrong, what is wrong is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.documents.exercises import exercises
from checker.documents.proofreading import proofread_text
from checker.documents.scan import scan
from checker.documents.sentences import sentences

TEXT = (Path(__file__).parent / "handins" / "four_exercises.md").read_text(encoding="utf-8")

PLANTED = [
    # what stands there                        what a student wrote
    (r"= \hat y_k - \hat y_k^2 =", r"= \hat y_k + \hat y_k^2 ="),
    (r"= -\hat y_k \hat y_i.", r"= \hat y_k \hat y_i."),
    (r"\nabla_W L = (\hat y - y) x^T", r"\nabla_W L = x (\hat y - y)^T"),
    (r"(\delta_{ij} - \hat y_j)", r"(\delta_{ij} + \hat y_j)"),
    (r"w^T X^T X w - t^T X w", r"w^T X^T X w - 2 t^T X w"),
    (r"w^* = (X^T X + \lambda I)^{-1}", r"w^* = (X^T X - \lambda I)^{-1}"),
    (r"X^T (X X^T + \lambda I_n)^{-1}", r"X^T (X X^T - \lambda I_n)^{-1}"),
    (r"\frac{1}{\sigma^3} \sum", r"\frac{1}{\sigma^2} \sum"),
    (r"\sigma'(0) = 0.25", r"\sigma'(0) = 0.5"),
    (r"2\sigma(2a) - 1", r"2\sigma(a) - 1"),
    (r"\zeta'(a) = \sigma(a)", r"\zeta'(a) = \sigma(-a)"),
    (r"\approx 0.105", r"\approx 0.115"),
    ("= 24080", "= 24000"),
]


@pytest.mark.long
def test_no_line_that_holds_is_wrong() -> None:
    counts = proofread_text(TEXT).marked.counted()
    assert counts["wrong"] + counts["carried"] == 0
    assert counts["correct"] >= 33


@pytest.mark.parametrize(("right", "false"), PLANTED)
@pytest.mark.long
def test_what_is_wrong_is_found_where_it_stands(right: str, false: str) -> None:
    assert TEXT.count(right) == 1
    place = TEXT.index(right)
    lines = proofread_text(TEXT.replace(right, false)).marked.lines
    wrong = [line for line in lines if line.status == "wrong"]
    assert len(wrong) == 1
    assert wrong[0].place.start < place + len(false)
    assert wrong[0].place.end > place


def test_an_exercise_begins_with_its_number() -> None:
    text = "Let $x > 0$.\n\n## Problem 1\n\n$a = 1$\n\nProblem 1 shows that $a = 1$.\n\n**Problem 2.** $b = 1$\n"
    found = tuple(exercises(tuple(sentences(scan(text), text))))
    assert [len([p for s in one.sentences for p in s.formulas]) for one in found] == [1, 2, 1]
    assert [one.first for one in found] == [True, False, False]


def test_letters_of_an_exercise_are_not_those_of_the_next() -> None:
    text = (
        "Let $c > 0$.\n\n## Exercise 1\n\nLet $x \\in \\mathbb{R}^n$. $\\|x\\|^2 = x^T x$.\n\n"
        "## Exercise 2\n\n$f(x) = x^2 + c$, so $f'(x) = 2x$ and $\\sqrt{c^2} = c$.\n"
    )
    counts = proofread_text(text).marked.counted()
    assert (counts["wrong"], counts["correct"]) == (0, 3)
