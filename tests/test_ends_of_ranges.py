"""How far a sum runs whose index stands below no name: to its end, whatever that is; nothing is cut off in silence."""

from __future__ import annotations

import pytest

from checker import compare
from derivations import read
from derivations.notation import ReadError

SIZES = "n: size; m: size; y: real"

# (sum, what it is, names)
WHOLE = [
    ("sum_{i=1}^{2n} i", "n (2 n + 1)", SIZES),
    ("sum_{i=1}^{n+1} i", "(n + 1)(n + 2)/2", SIZES),
    ("sum_{i=1}^{n+m} i", "(n + m)(n + m + 1)/2", SIZES),
    ("sum_{i=1}^{3n-1} i y", "3 n (3 n - 1) y/2", SIZES),
    ("sum_{i=1}^{2n-m} i", "(2 n - m)(2 n - m + 1)/2 1[2 n >= m]", SIZES),
    ("sum_{i=n}^{2n} i", "3 n (n + 1)/2", SIZES),
    ("sum_{i=0}^{2n} i", "n (2 n + 1)", SIZES),
    ("prod_{i=1}^{2n} y", "y^(2n)", SIZES),
    ("sum_{j=1}^{i+1} j", "(i + 1)(i + 2)/2", "i: index[n]"),
    ("sum_{j=1}^{2i} j", "i (2 i + 1)", "i: index[n]"),
    ("sum_{j=1}^{i-1} j", "i (i - 1)/2", "i: index[n]"),
    ("sum_{i=1}^{n-1} i", "n (n - 1)/2", SIZES),
    ("max_{i=1}^{2n} i", "2 n", SIZES),
    ("mean_{i=1}^{2n} i", "n + 1/2", SIZES),
    ("sum_{i=1}^{n+m} x_i", "sum_i x_i", "x: real[m+n]"),
    ("sum_{i=1}^{2n} i", "n (2 n + 1)", "i: index[n]; n: size"),
]


@pytest.mark.parametrize(("text", "truth", "names"), WHOLE)
def test_a_sum_runs_to_its_end(text, truth, names):
    assert compare(text, truth, names).status == "equal"
    assert compare(f"{text} + 1", truth, names).status == "different"


@pytest.mark.parametrize("text", ["sum_{i=-n}^n i", "sum_{i=n-m}^n i", "sum_{i=1}^n sum_{j=i-1}^n j"])
def test_a_sum_that_may_begin_before_1_is_refused(text):
    with pytest.raises(ReadError, match="indices count from 1"):
        read(text, SIZES)


@pytest.mark.parametrize("end", ["n+1", "2n", "n+3"])
def test_a_sum_beyond_the_entries_of_an_array_is_wrong(end):
    verdict = compare(f"sum_{{i=1}}^{{{end}}} x_i", "sum_i x_i", "x: real[n]")
    assert (verdict.status, verdict.diagnosis.tag) == ("different", "shape")
