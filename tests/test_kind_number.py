"""Numbers are judged by the digits shown: what is written, and what it should get."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from flint import arb, ctx

from checker.answers.numbers import judge_number

ctx.prec = 128
LOSS = -arb("0.3").log()
"""-log 0.3 = 1.2039728043…"""

ONE_NUMBER = [
    # written          true value          verdict      tag
    ("1.204", LOSS, "correct", None),
    ("1.20", LOSS, "correct", None),
    ("1.2", LOSS, "correct", None),
    (r"-\sum_k y_k \log q_k = -1 \cdot \log 0.3 = 1.204", LOSS, "correct", "law"),
    (r"-\sum_k y_k \log q_k = 1.204", LOSS, "unreadable", None),
    ("2 H = 2.408 = 1.204", LOSS, "unreadable", None),
    ("1.2039728043", LOSS, "correct", None),
    ("0.12039728e1", LOSS, "correct", None),
    (r"$12.04 \times 10^{-1}$", LOSS, "correct", None),
    ("120.4%", LOSS, "correct", None),
    ("1", LOSS, "undecided", "digits"),
    ("1.203", LOSS, "wrong", "truncation"),
    ("1.205", LOSS, "wrong", "rounding"),
    ("1.024", LOSS, "wrong", "transposition"),
    ("-1.204", LOSS, "wrong", "sign"),
    ("0.523", LOSS, "wrong", "log-base"),
    ("1.737", LOSS, "wrong", "log-base"),
    ("12.04", LOSS, "wrong", "decimal-point"),
    ("120.4", LOSS, "wrong", "percent"),
    ("2.408", LOSS, "wrong", "factor:2"),
    ("0.8306", LOSS, "wrong", "reciprocal"),
    ("7.77", LOSS, "wrong", "value"),
    ("1,204", LOSS, "unreadable", None),
    ("1/3", Fraction(1, 3), "correct", None),
    (r"\frac{1}{3}", Fraction(1, 3), "correct", None),
    ("0.333", Fraction(1, 3), "correct", None),
    ("0.334", Fraction(1, 3), "wrong", "rounding"),
    ("33.3%", Fraction(1, 3), "correct", None),
    ("3.00", Fraction(1, 3), "wrong", "reciprocal"),
    ("0.25", Fraction(1, 4), "correct", None),
    ("0.2", Fraction(1, 4), "undecided", "digits"),
    ("100", Fraction(100), "correct", None),
    ("0", Fraction(0), "correct", None),
    ("1e9999", Fraction(1), "unreadable", None),
    ("1/0", Fraction(1), "unreadable", None),
    ("9" * 60, Fraction(1), "unreadable", None),
    ("[1, 2]", Fraction(1), "wrong", "shape"),
    # what stands around a number
    ("1.204.", LOSS, "correct", None),
    ("(1.204)", LOSS, "correct", None),
    ("[1.204]", LOSS, "correct", None),
    ("~1.204", LOSS, "correct", None),
    (r"\boxed{-\ln 0.3 \approx 1.204}", LOSS, "correct", None),
    ("1.204 nats", LOSS, "correct", "unit"),
    ("1.203 nats", LOSS, "wrong", "truncation"),
    ("1.204 squared", LOSS, "unreadable", None),
    ("1.204 is wrong", LOSS, "unreadable", None),
    ("about 1.204", LOSS, "correct", "unit"),
    ("1.204 (natural log)", LOSS, "correct", "unit"),
    ("1.204 = H", LOSS, "correct", "label"),
    # units of information: the part counts in nats
    ("1.737 bits", LOSS, "correct", "unit"),
    (r"1.737\ \mathrm{bits}", LOSS, "correct", "unit"),
    ("-log_2(0.3) bits", LOSS, "correct", "unit"),
    ("1.204 nats = 1.737 bits", LOSS, "correct", None),
    ("1.204 bits", LOSS, "wrong", "unit"),
    ("1.737 nats", LOSS, "wrong", "log-base"),
    ("1.204 bytes", LOSS, "unreadable", None),
    # words with a sign of their own
    ("1.204 percent", LOSS, "wrong", "percent"),
    ("120.4 percent", LOSS, "correct", None),
    (r"120.4\text{ per cent}", LOSS, "correct", None),
    ("120.4 percentage points", LOSS, "unreadable", None),
    ("120.4 % of the data", LOSS, "unreadable", None),
    ("1.204 ± 0.001", LOSS, "unreadable", None),
    (r"1.204 \pm 0.001", LOSS, "unreadable", None),
    ("1.204 +/- 0.001", LOSS, "unreadable", None),
    # to how many digits it is rounded
    ("1.204 (3 d.p.)", LOSS, "correct", None),
    ("1.204 to three decimal places", LOSS, "correct", None),
    ("1.20, rounded to 3 significant figures", LOSS, "correct", None),
    ("1.20 (4 significant digits)", LOSS, "unreadable", None),
    ("1.204 (3 examples)", LOSS, "unreadable", None),
    # dressing
    ("*1.204*", LOSS, "correct", None),
    ("**1.204** nats", LOSS, "correct", "unit"),
    (r"\sim 1.204", LOSS, "correct", None),
    ("1.204 x 10^0", LOSS, "correct", None),
    ("1.204x10^0", LOSS, "correct", None),
    # groups of three digits
    ("1,204,000", Fraction(1204000), "correct", None),
    ("1 204 000", Fraction(1204000), "correct", None),
    ("24'080", Fraction(24080), "correct", None),
    ("24_080", Fraction(24080), "correct", None),
    ("24 080", Fraction(24080), "correct", None),
    ("24,080", Fraction(24080), "unreadable", None),
    ("1 204", LOSS, "unreadable", None),
    ("1.204,5", LOSS, "unreadable", None),
    ("1.204.000", LOSS, "unreadable", None),
    ("NaN", LOSS, "unreadable", None),
    ("-inf", LOSS, "unreadable", None),
    # spellings of numbers
    ("-.5", Fraction(-1, 2), "correct", None),
    ("1e-3", Fraction(1, 1000), "correct", None),
    ("1,234.5", Fraction(2469, 2), "correct", None),
    ("1 234.5", Fraction(2469, 2), "correct", None),
    ("1e400", Fraction(1), "wrong", "value"),
    ("-1e-400", Fraction(1), "wrong", "value"),
    # decimals in a closed expression may have been rounded
    ("0.5*0.558", Fraction("0.27908"), "undecided", "digits"),
    ("0.5*0.558 = 0.279", Fraction("0.27908"), "correct", None),
    ("0.5*0.558 = 0.281", Fraction("0.27908"), "wrong", "value"),
    ("0.5*0.658 = 0.279", Fraction("0.27908"), "wrong", "value"),
    ("1.2*0.5", Fraction("0.6"), "correct", None),
]


@pytest.mark.parametrize(("written", "value", "status", "tag"), ONE_NUMBER)
def test_one_number(written, value, status, tag):
    verdict = judge_number(written, (value,), units=("nats",))
    assert verdict.status == status
    said = verdict.diagnosis.tag if verdict.diagnosis else verdict.findings[0].tag if verdict.findings else None
    assert said == tag
    assert (verdict.score is None) == (status in ("undecided", "unreadable"))


def test_digits_that_are_asked_must_be_shown():
    assert judge_number("1.20", (LOSS,), digits=4).diagnosis.tag == "digits"
    assert judge_number("1.204", (LOSS,), digits=4).status == "correct"
    assert judge_number("0.5", (Fraction(1, 2),), digits=4).status == "correct", "an exact number needs no more digits"


def test_the_sentence_does_not_give_the_answer_away():
    diagnosis = judge_number("1.205", (LOSS,)).diagnosis
    assert "1.2039" not in diagnosis.message
    assert "1.2039" in diagnosis.reveal


VECTORS = [
    # written                 true entries                 shape    verdict    tag
    ("[1, 0.5, 3]", (1, Fraction(1, 2), 3), (3,), "correct", None),
    ("(1, 1/2, 3)", (1, Fraction(1, 2), 3), (3,), "correct", None),
    ("1, 0.50, 3", (1, Fraction(1, 2), 3), (3,), "correct", None),
    ("[1 0.5 3]^T", (1, Fraction(1, 2), 3), (3,), "correct", None),
    (r"\begin{bmatrix} 1 \\ 0.5 \\ 3 \end{bmatrix}", (1, Fraction(1, 2), 3), (3,), "correct", None),
    ("[1, 0.5]", (1, Fraction(1, 2), 3), (3,), "wrong", "shape"),
    ("1", (1, Fraction(1, 2), 3), (3,), "wrong", "shape"),
    ("[1, -0.50, 3]", (1, Fraction(1, 2), 3), (3,), "wrong", "sign"),
    ("[[1, 2], [3, 4]]", (1, 2, 3, 4), (2, 2), "correct", None),
    ("[1 2; 3 4]", (1, 2, 3, 4), (2, 2), "correct", None),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", (1, 2, 3, 4), (2, 2), "correct", None),
    ("[[1, 2], [3, 5]]", (1, 2, 3, 4), (2, 2), "wrong", "value"),
    ("[[1, 2], [3]]", (1, 2, 3, 4), (2, 2), "unreadable", None),
    ("[[1, 2, 3], [4, 5, 6]]", (1, 4, 2, 5, 3, 6), (3, 2), "wrong", "transpose"),
]


@pytest.mark.parametrize(("written", "entries", "shape", "status", "tag"), VECTORS)
def test_entry_by_entry(written, entries, shape, status, tag):
    verdict = judge_number(written, tuple(Fraction(e) for e in entries), shape)
    assert verdict.status == status
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag


def test_a_wrong_entry_is_pointed_out():
    verdict = judge_number("[[1, 2], [3, 5]]", tuple(map(Fraction, (1, 2, 3, 4))), (2, 2))
    assert verdict.score == 0.75
    assert [p.id for p in verdict.parts if p.status == "wrong"] == ["2,2"]


@pytest.mark.parametrize(
    "text", [" " * 9900 + "1", "1 " * 4900, "1.2 percent " * 800, "1" + "~" * 9000, "1 nats = " * 1000]
)
def test_long_texts_are_judged_at_once(text):
    start = time.perf_counter()
    judge_number(text, [Fraction(1)], units=("nats",))
    assert time.perf_counter() - start < 5
