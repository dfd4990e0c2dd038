"""Mathematics in words: read as its signs where it has one meaning, refused where it has two."""

from __future__ import annotations

import pytest

from checker.compare import compare
from derivations.notation import ReadError, read

NAMES = (
    "y: real; p: real; x: real; w: real; W: real[k,d]; X: real[n,d]; r: real[n]; dA: real[n,d]; Z: real[n,d]; "
    "v: real[k]; i: index[n]"
)

SPOKEN = [
    ("dA multiplied elementwise by the indicator that Z > 0", "dA ⊙ 1[Z > 0]"),
    ("dA times element-wise the indicator of Z > 0", "dA ⊙ 1[Z > 0]"),
    ("X entrywise multiplied with Z", "X ⊙ Z"),
    ("y minus p", "y - p"),
    ("(y minus p) times x", "(y - p) x"),
    ("x divided by y times w", "x w / y"),
    ("X transpose times r", "X^T r"),
    ("the loss is (y - p) squared", "(y - p)^2"),
    ("y plus the sum over all i of r_i", "y + sum_i r_i"),
    ("W^T multiplied by v", "W^T v"),
    ("-x times y", "-x y"),
    ("X multiplied by Z elementwise", "X ⊙ Z"),
    ("the weight matrix X times the mask Z (entry by entry)", "X ⊙ Z"),
    ("the elementwise product of X and Z, divided by x", "X ⊙ Z / x"),
    ("the transpose of X times r", "X^T r"),
]


@pytest.mark.parametrize(("text", "signs"), SPOKEN)
def test_words_are_signs(text, signs):
    verdict = compare(text, signs, NAMES)
    assert verdict.status == "equal"
    assert any(finding.tag == "words" for finding in verdict.findings)


REFUSED = [
    "y minus p times x",
    "y - p times x",
    "y - p squared",
    "2 y squared",
    "x times y squared",
    "X times X transpose",
    "the sum over i of r_i plus y",
    "the difference y minus p, times x",
    "multiplied by x",
    "y plus",
    "x times times y",
    "the indicator that",
    "y tripled",
    "the indicator that Z > 0 multiplied elementwise by dA",
    "log p times y",
    "X transposed r",
    "y + p times x, elementwise",
    "the norm x",
    "X r elementwise",
]


@pytest.mark.parametrize("text", REFUSED)
def test_words_of_two_meanings_are_refused(text):
    with pytest.raises(ReadError):
        read(text, NAMES)


def test_a_declared_name_is_no_word():
    assert compare("times", "times", "times: real").status == "equal"
