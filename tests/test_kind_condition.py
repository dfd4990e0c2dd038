"""Conditions are compared as sets of points, boundaries included."""

from __future__ import annotations

import pytest

from checker import check
from checker.answers.conditions import as_condition, judge_condition
from derivations.domains import parse_names
from derivations.notation import read_condition
from problems.bank import load_bank

NEURON = parse_names("w: real[d]; b: real; x: real[n,d]; i: index[n]")
LINE = parse_names("a: real; b: real; c: positive")

TABLE = [
    # written                                   asked                             names   verdict    tag
    ("w^T x_i + b <= 0 for all i", "w^T x_i + b <= 0 for all i", NEURON, "correct", None),
    ("b <= -w^T x_i for all i", "w^T x_i + b <= 0 for all i", NEURON, "correct", None),
    ("-2 w^T x_i - 2 b >= 0 for every i", "w^T x_i + b <= 0 for all i", NEURON, "correct", None),
    ("w^T x_i + b < 0 for all i", "w^T x_i + b <= 0 for all i", NEURON, "wrong", "boundary"),
    ("w^T x_i + b >= 0 for all i", "w^T x_i + b <= 0 for all i", NEURON, "wrong", None),
    ("w^T x_i <= 0 for all i", "w^T x_i + b <= 0 for all i", NEURON, "wrong", None),
    ("w^T x_i + b <= 0", "w^T x_i + b <= 0 for all i", NEURON, "wrong", "missing-quantifier"),
    ("a > b", "a - b > 0", LINE, "correct", None),
    ("b < a", "a - b > 0", LINE, "correct", None),
    ("a < b", "a - b > 0", LINE, "wrong", "direction"),
    ("a >= b", "a - b > 0", LINE, "wrong", "boundary"),
    ("c a > c b", "a > b", LINE, "correct", None),
    ("a > b + 1", "a > b", LINE, "wrong", "too-strong"),
    ("a > b - 1", "a > b", LINE, "wrong", "too-weak"),
    ("a = 2 b", "a/2 = b", LINE, "correct", None),
    ("a = b", "a = 2 b", LINE, "wrong", None),
    ("0 < a, a < 1", "0 < a < 1", LINE, "correct", None),
    ("a^2 < 2", "a^2 < 2", LINE, "correct", None),
    ("|a| < sqrt(2)", "a^2 < 2", LINE, "correct", None),
    ("a^2 <= 2", "a^2 < 2", LINE, "wrong", "boundary"),
    ("exp(a) >= 2", "exp(a) > 2", LINE, "wrong", "boundary"),
    ("a >= log(2)", "exp(a) >= 2", LINE, "correct", None),
    ("a^2 < 2.0001", "a^2 < 2", LINE, "wrong", "too-weak"),
    ("a < 1.41421", "a^2 < 2", LINE, "wrong", None),
    ("exp(a) > 1", "a > 0", LINE, "correct", None),
    ("c log(c) > 0", "c > 1", LINE, "correct", None),
    ("a > ", "a > b", LINE, "unreadable", None),
]


@pytest.mark.parametrize(("written", "asked", "names", "status", "tag"), TABLE)
@pytest.mark.long
def test_condition(written, asked, names, status, tag):
    from checker.answers.reading import judged

    truth = as_condition(read_condition(asked, names))
    verdict = judged(
        written, lambda t: read_condition(t, names), lambda f: judge_condition(as_condition(f), truth, names)
    )
    assert verdict.status == status, verdict
    if tag:
        assert verdict.diagnosis.tag == tag


AROUND = [
    ("z_i <= 0 for i = 1..n", "correct"),
    (r"z_i \le 0, \quad i = 1, \dots, n", "correct"),
    ("for all i, z_i <= 0", "correct"),
    ("Condition: w^T x_i + b <= 0 for all training examples i", "correct"),
    ("z_i <= 0 for all i, where z_i = w^T x_i + b", "correct"),
    ("z_i <= 0 for some i", "wrong"),
    ("z_i <= 0 for all i = 2, ..., n", "unreadable"),
    ("z_i <= 0 for all i > 1", "unreadable"),
    ("z_i <= 0 for all i except 1", "unreadable"),
    ("z_i <= 0 for all i is false", "unreadable"),
    ("z_i <= 0 for all i and b <= 0", "unreadable"),
    ("never: z_i <= 0 for all i", "unreadable"),
    ("z_i <= 0 for all i if b < 0", "undecided"),
    ("z_i <= 0 for all i if b^2 >= 0", "correct"),
    (r"z_i \le 0 \text{ for all } i \text{ if } b^2 \ge 0", "correct"),
    (r"z_i \le 0 \text{ for all } i \text{ if } b < 0", "undecided"),
    ("max_i z_i <= 0 when b < 0", "undecided"),
    ("z_i <= 0 for exactly one i", "undecided"),
]


@pytest.mark.parametrize(("written", "status"), AROUND)
@pytest.mark.long
def test_what_stands_around_a_condition_is_judged_or_refused(written, status):
    assert check("004/Q3.3", written).status == status


REGION = parse_names(
    "a: real; b: real; c: positive; d: positive; p: probability; eta: positive; u: nonnegative; w: real[d]; "
    "x: real[n,d]; i: index[n]"
)

SAME = [
    ("a^2 > 4", "a > 2 or a < -2"),
    ("|a| < sqrt(2)", "a^2 < 2"),
    ("a^2 - a - 1 <= 0", "(1-sqrt(5))/2 <= a <= (1+sqrt(5))/2"),
    ("(a-1)(a-2) >= 0", "a <= 1 or a >= 2"),
    ("(a-1)/(a-2) > 0", "a < 1 or a > 2"),
    ("a^4 - 5a^2 + 4 < 0", "1 < |a| < 2"),
    ("1/a > 1", "0 < a < 1"),
    ("1/c >= 1/d", "d >= c"),
    ("exp(a) >= 2", "a >= log(2)"),
    ("sigma(a) > sigma(b)", "a > b"),
    ("c log(c) > 0", "c > 1"),
    ("log(p/(1-p)) > 0", "p > 1 - p"),
    ("max(a, b) > 0", "a > 0 or b > 0"),
    ("a^2 > b^2", "|a| > |b|"),
    ("|1 - eta c| < 1", "0 < eta < 2/c"),
    ("a^2 - 2a + 1 <= 0", "a = 1"),
    ("a^2 > 0", "a != 0"),
    ("u^2 > 0", "u > 0"),
    ("-2 w^T x_i <= 2 b for all i", "w^T x_i + b >= 0 for every i"),
]

OTHER = [
    ("a^2 >= 4", "a > 2 or a < -2"),
    ("a > 2", "a^2 > 4"),
    ("a^2 - a - 1 < 0", "(1-sqrt(5))/2 <= a <= (1+sqrt(5))/2"),
    ("1/a > 1", "a < 1"),
    ("|1 - eta c| <= 1", "0 < eta < 2/c"),
    ("a^2 >= 0", "a != 0"),
    ("a != 0", "1 > 0"),
    ("u >= 0", "u > 0"),
    ("max(a, b) >= 0", "a > 0 or b > 0"),
    ("a b > 0", "a > 0 and b > 0"),
]


def _judged(written, asked):
    from checker.answers.reading import judged

    truth = as_condition(read_condition(asked, REGION))
    return judged(
        written, lambda t: read_condition(t, REGION), lambda f: judge_condition(as_condition(f), truth, REGION)
    )


@pytest.mark.parametrize(("written", "asked"), SAME)
def test_the_same_set_is_proved_to_be_it(written, asked):
    for pair in ((written, asked), (asked, written)):
        verdict = _judged(*pair)
        assert (verdict.status, verdict.evidence.strength) == ("correct", "proved")


@pytest.mark.parametrize(("written", "asked"), OTHER)
@pytest.mark.long
def test_another_set_is_never_correct(written, asked):
    for pair in ((written, asked), (asked, written)):
        assert _judged(*pair).status != "correct"


def test_a_wrong_condition_comes_with_a_point():
    verdict = judge_condition(
        as_condition(read_condition("a > b + 1", LINE)), as_condition(read_condition("a > b", LINE)), LINE
    )
    point = verdict.evidence.counterexample
    assert {point.student, point.truth} == {"holds", "does not hold"}


ARRAYS = [
    # an array that is compared, under z_i = w^T x_i + b
    ("z <= 0", "correct"),
    ("z <= 0 for all i", "correct"),
    ("z <= 0 for all training points", "correct"),
    ("x w + b <= 0", "correct"),
    ("Relu(z) <= 0 for any training point", "correct"),
    ("h = 0", "correct"),
    ("z < 0", "wrong"),
    ("z >= 0 for all i", "wrong"),
    ("z <= 0 for some i", "undecided"),
    ("z != 0", "undecided"),
    ("not z > 0", "undecided"),
    ("z_i <= 0", "wrong"),
]


@pytest.mark.parametrize(("written", "status"), ARRAYS)
def test_an_array_is_compared_entry_by_entry(written: str, status: str) -> None:
    part = next(p for problem in load_bank(None).problems() for p in problem.parts if p.id == "004/Q3.3")
    assert check(part, written).status == status
