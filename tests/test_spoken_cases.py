"""A value by cases whose conditions are said in words between the formulas is one formula."""

from __future__ import annotations

import time

import pytest

from checker import check
from checker.answers.spoken_cases import in_cases
from checker.documents.scan import scan
from checker.documents.spoken_cases import joined
from tests.test_documents import graded

TOGETHER = [
    ("$g = 1$ if $x > 0$ and $0$ otherwise. Then", ["g = 1  if  x > 0  and  0  otherwise"]),
    ("$g = a$ for $x < 0$, $1$ for $x > 0$.", ["g = a  for  x < 0 ,  1  for  x > 0"]),
    ("$1$ when $x > 0$, else $0$", ["1  when  x > 0 , else  0"]),
    ("\\(g = 1\\) if \\(i = j\\); \\(0\\) if \\(i \\ne j\\)", ["g = 1   if   i = j  ;   0   if   i \\ne j"]),
    ("$g = 1$ if $x > 0$, $2$ if $x < 0$ and $h = 3$", ["g = 1  if  x > 0 ,  2  if  x < 0", "h = 3"]),
    ("$g = 1$ if $x > 0$ and $h = 2$ if $x < 0$", ["g = 1", "x > 0", "h = 2", "x < 0"]),
    ("$g = 1$ if $x > 0$. So $0$ otherwise", ["g = 1", "x > 0", "0"]),
    ("$g = 1$ if $x > 0$ and, as we hope, $0$ otherwise", ["g = 1", "x > 0", "0"]),
    ("$g = 1$ if $x > 0$\n\n$0$ otherwise", ["g = 1", "x > 0", "0"]),
    ("$g = 1$ otherwise", ["g = 1"]),
    ("$$g = 1$$ if $x > 0$ and $0$ otherwise", ["g = 1", "x > 0", "0"]),
    ("$g = 1$ if $x > 0$ and $g = 0$ otherwise", ["g = 1  if  x > 0  and      0  otherwise"]),
    ("If $x > 0$ it is $1$, otherwise $0$.", ["1 if x > 0," + 13 * " " + "0 otherwise"]),
    ("Say $a$. When $x$ is positive it is $1$, else $0$.", ["a", "1 if x > 0," + 18 * " " + "0 otherwise"]),
    ("If $x > 0$ it is $1$, as we hope, otherwise $0$.", ["x > 0", "1", "0"]),
]


@pytest.mark.parametrize(("text", "formulas"), TOGETHER)
def test_formulas_with_words_of_a_case_between_them_are_one(text: str, formulas: list[str]):
    pieces = list(joined(scan(text), text))
    assert [p.inside.rstrip() for p in pieces if p.kind == "formula"] == formulas
    assert all(text[p.place.start : p.place.end] == p.text for p in pieces)
    assert "".join(p.text for p in pieces).replace(" ", "") == "".join(p.text for p in scan(text)).replace(" ", "")


JUDGED = [
    ("$f'(x) = 1$ if $x > 0$ and $\\alpha e^x$ otherwise.", "correct"),
    ("$f'(x) = \\alpha e^x$ for $x < 0$, $1$ for $x > 0$.", "correct"),
    ("$f'(x) = 1$ if $x > 0$, and $\\alpha e^{-x}$ when $x < 0$.", "wrong"),
    ("$f'(x) = \\alpha e^x$ for $x > 0$, $1$ for $x < 0$.", "wrong"),
    ("$f'(x) = 1$ if $x > 0$ and $0$ otherwise.", "wrong"),
]


@pytest.mark.parametrize(("said", "status"), JUDGED)
def test_it_is_judged_as_one(said: str, status: str):
    lines = graded("001", f"## Problem 4\n\n**4.3** {said}\n").lines
    assert [line.status for line in lines] == [status]


UNDER_3_1 = [
    # under (a), the slope of ReLU, is asked for 1[z > 0]; under (b), that of leaky ReLU
    ("(a) If $z > 0$ the derivative is $1$, otherwise $0$.", "correct"),
    ("(a) When $z$ is positive it is $1$, else $0$.", "correct"),
    ("(b) $1$ for $z > 0$ and $0$ else", "undecided"),
    ("(b) If $z > 0$ the derivative is $1$, otherwise $2 \\alpha$.", "wrong"),
]


@pytest.mark.parametrize(("said", "status"), UNDER_3_1)
def test_a_sentence_is_the_answer_of_its_label(said: str, status: str):
    lines = graded("004", f"## Q3\n\n1. {said}\n").lines
    assert [(line.status, line.part) for line in lines] == [(status, f"004/Q3.1{said[1]}")]


SENTENCES = [
    # (a sentence, the formula by cases that it is; None where it says something else)
    ("when z is positive the derivative is 1, otherwise \\alpha", "1 if z > 0, \\alpha otherwise"),
    ("If z is positive, the derivative is 1. Otherwise it is 0.", "1 if z > 0, 0 otherwise"),
    ("it is 1 when z is positive and 0 when it is negative", "1 if z > 0, 0 if z < 0"),
    ("for $z>0$: $1$, for $z<0$: $0$", "1 if z>0, 0 if z<0"),
    ("0 for negative z, else 1", "0 if z < 0, 1 otherwise"),
    ("x_j when w^T x is positive, otherwise alpha x_j", "x_j if w^T x > 0, alpha x_j otherwise"),
    ("if z is at least 0, then 1, else 0", "1 if z >= 0, 0 otherwise"),
    ("1 if positive, 0 otherwise", None),
    ("the derivative is 1 if z > 0", None),
    ("1 if z > 0, I think, otherwise 0", None),
    ("If it rains the derivative is 1, otherwise 0", None),
    ("x if x > 0 and y > 0, 0 otherwise", None),
    ("otherwise 0, 1 if z > 0", None),
    ("the answer is y_i (1 - y_i)", None),
]


@pytest.mark.parametrize(("said", "formula"), SENTENCES)
def test_a_sentence_of_cases_is_one_formula(said: str, formula: str | None):
    assert in_cases(said) == formula


ANSWERS = [
    ("004/Q3.1b", "when z is positive the derivative is 1, otherwise alpha", "correct"),
    ("004/Q3.1b", "when z is positive the derivative is alpha, otherwise 1", "wrong"),
    ("004/Q3.1a", "It is 1 when z is positive and 0 when z is negative.", "correct"),
    ("004/Q3.1a", "It is 0 when z is positive and 1 when z is negative.", "wrong"),
    ("004/Q3.2c", "x_j when w^T x is positive, otherwise alpha x_j exp(w^T x)", "correct"),
    ("004/Q3.1b", "when x is positive the derivative is 1, otherwise alpha", "unreadable"),
    ("004/Q3.1a", "1 if z > 0, which is nice, otherwise 0", "unreadable"),
]


@pytest.mark.parametrize(("part", "answer", "status"), ANSWERS)
def test_it_is_read_so_as_an_answer_and_said(part: str, answer: str, status: str):
    verdict = check(part, answer)
    assert verdict.status == status
    assert any(f.tag == "cases" and f.message.startswith("read as ") for f in verdict.findings) == (
        status != "unreadable"
    )


def test_a_long_sentence_takes_no_time():
    start = time.perf_counter()
    for text in ("when z is positive it is " * 16, "1 if z > 0 and " * 26, "the slope of z is the slope " * 14):
        assert in_cases(text) is None
    assert time.perf_counter() - start < 2


def test_long_chains_of_them_take_no_time():
    text = "$a$ if $x > 0$ and " * 20_000
    start = time.perf_counter()
    assert len(list(joined(scan(text), text))) > 0
    assert time.perf_counter() - start < 30


def test_words_that_the_reader_calls_otherwise_are_put_in_its_own():
    text = "$g = 1$ where $x > 0$ and $0$ elsewhere"
    (piece,) = joined(scan(text), text)
    assert " ".join(piece.inside.split()) == "g = 1 if x > 0 and 0 otherwise"
