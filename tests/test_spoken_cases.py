"""A value by cases whose conditions are said in words between the formulas is one formula."""

from __future__ import annotations

import time

import pytest

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


def test_long_chains_of_them_take_no_time():
    text = "$a$ if $x > 0$ and " * 20_000
    start = time.perf_counter()
    assert len(list(joined(scan(text), text))) > 0
    assert time.perf_counter() - start < 30


def test_words_that_the_reader_calls_otherwise_are_put_in_its_own():
    text = "$g = 1$ where $x > 0$ and $0$ elsewhere"
    (piece,) = joined(scan(text), text)
    assert " ".join(piece.inside.split()) == "g = 1 if x > 0 and 0 otherwise"
