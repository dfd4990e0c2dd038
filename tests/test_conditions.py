r"""Conditions beside a formula: read where they stand, and judged against what is asked.

The part 001/3.2 asks for dy_i/dx_j where i ≠ j, which is -y_i y_j; 001/3.1 for dy_i/dx_i, which is y_i (1 - y_i);
001/3.3 for both cases.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from checker import check, compare
from checker.answers.counts import judge_count
from checker.answers.links import without_extrema
from checker.answers.numbers import judge_number
from checker.answers.statements import Asked, judge_statement
from derivations.domains import parse_names
from derivations.notation import ReadError, read, read_statement

NOT_EQUAL = "001/3.2"
EQUAL = "001/3.1"
BOTH = "001/3.3"

SAID = [
    r"-y_i y_j \quad i \neq j", "-y_i y_j i ≠ j", "-y_i y_j, i ≠ j", "-y_i y_j for i ≠ j", "-y_i y_j unless i = j",
    "-y_i y_j except i = j", "-y_i y_j except if i = j",
    "-y_i y_j except when j = i", "-y_i y_j when i != j", "-y_i y_j (i ≠ j)", "-y_i y_j, (i ≠ j)",
    "-y_i y_j (for i ≠ j)", r"-y_i y_j, where i \ne j", r"-y_i y_j \text{ where } i \neq j",
    r"-y_i y_j \text{ for i ≠ j}", r"-y_i y_j \quad (i \neq j)", r"-y_i y_j \quad \text{if } i \ne j",
    r"-y_i y_j \quad \text{provided that } i \ne j", "-y_i y_j provided that i ≠ j",
    "-y_i y_j whenever i ≠ j", "-y_i y_j only if i ≠ j", "-y_i y_j iff i ≠ j", "-y_i y_j if and only if i ≠ j",
    "-y_i y_j with i ≠ j", "-y_i y_j given that i ≠ j", "-y_i y_j for all i ≠ j",
    "-y_i y_j for all i, j with i ≠ j", "-y_i y_j ∀ i ≠ j", "If i ≠ j: -y_i y_j", "If i ≠ j, then -y_i y_j",
    "For i ≠ j we have -y_i y_j", r"\text{For } i \neq j: -y_i y_j", "i ≠ j: -y_i y_j",
    r"i \neq j \Rightarrow -y_i y_j", "unless i = j: -y_i y_j", "dy_i/dx_j = -y_i y_j, i ≠ j",
    "dy_i/dx_j = -y_i y_j for j ≠ i", "-y_i y_j if not i = j", "-y_i y_j if i < j or i > j",
    "-y_i y_j if i ≠ j else 0", "y_i (1 - y_i) if i = j, -y_i y_j otherwise",
    "-y_i y_j if i ≠ j; y_i (1 - y_i) if i = j", r"\begin{cases} -y_i y_j & i \neq j \end{cases}",
    r"\begin{cases} -y_i y_j & \text{unless } i = j \end{cases}", "-y_i y_j if i - j ≠ 0", "-y_i y_j for all i, j",
]  # fmt: skip
"""The case that is asked, however it is said."""


@pytest.mark.parametrize("answer", SAID)
def test_the_case_that_is_asked_however_it_is_said(answer: str) -> None:
    verdict = check(NOT_EQUAL, answer)
    assert verdict.status == "correct", verdict
    assert not any(f.tag == "domain" for f in verdict.findings)


OTHER = [
    (NOT_EQUAL, "-y_i y_j, where i = j", "it is said for i = j, where i != j is asked"),
    (NOT_EQUAL, r"-y_i y_j \quad i = j", "it is said for i = j, where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j (i = j)", "it is said for i = j, where i != j is asked"),
    (NOT_EQUAL, "If i = j: -y_i y_j", "it is said for i = j, where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j unless i ≠ j", "it is said for i = j, where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j except i ≠ j", "it is said for i = j, where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j if i = j and i ≠ j", "it is said for i = j and i != j, where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j if i < j",
        "it is said only for i < j: it has no value at K = 2, i = 2, j = 1, where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j if i ≠ j and i < 3",
        "it is said only for i != j and i < 3: it has no value at K = 4, i = 3, j = 1, where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j if i ≠ 40",
        "it is said only for i != 40: it has no value at K = 41, i = 40, j = 1, where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j unless i = j or i = 1", "where i != j is asked"),
    (NOT_EQUAL, "-y_i y_j if x_i > 0", "it is said only for x_i > 0: it has no value at"),
    (EQUAL, "y_i (1 - y_i) if i != j", "it is said for i != j, where i = j is asked"),
    (EQUAL, "y_i (1 - y_i) unless i = j", "it is said for i != j, where i = j is asked"),
    (EQUAL, "y_i (1 - y_i) for i = 1", "it is said only for i = 1: it has no value at K = 2, i = 2"),
    (EQUAL, "y_i (1 - y_i) if i > 1", "it is said only for i > 1: it has no value at K = 2, i = 1"),
    (EQUAL, "y_i (1 - y_i) if i < K", "it is said only for i < K: it has no value at K = 1, i = 1"),
    (EQUAL, "y_i (1 - y_i) if K <= 5", "it is said only for K <= 5: it has no value at K = 6"),
    (EQUAL, "y_i (1 - y_i) if y_i > 1", "it is said for y_i > 1, which holds nowhere"),
    (EQUAL, "y_i (1 - y_i) if 1 = 2", "it is said for 1 = 2, which holds nowhere"),
    (EQUAL, "y_i (1 - y_i) if x_i > 0", "it is said only for x_i > 0: it has no value at"),
    (BOTH, "-y_i y_j if i ≠ j", "it is said only for i != j: it has no value at K = 1, i = 1, j = 1"),
    (BOTH, "y_i (1 - y_i) for i = j", "it is said only for i = j: it has no value at K = 2, i = 1, j = 2"),
    (BOTH, "y_i (1 - y_i) for i = j, -y_i y_j for i < j", "it has no value at K = 2, i = 2, j = 1"),
]  # fmt: skip
"""A condition under which nothing, or not all, is asked, and why the answer is wrong."""


@pytest.mark.parametrize(("part", "answer", "why"), OTHER)
def test_a_condition_under_which_not_all_is_said_is_wrong(part: str, answer: str, why: str) -> None:
    verdict = check(part, answer)
    assert (verdict.status, verdict.diagnosis and verdict.diagnosis.tag) == ("wrong", "domain")
    assert verdict.diagnosis is not None
    assert why in verdict.diagnosis.message


WRONG = [
    (NOT_EQUAL, "y_i y_j for i ≠ j"), (NOT_EQUAL, "y_i (1 - y_i) unless i = j"),
    (NOT_EQUAL, "-y_i y_j if i = j, y_i y_j if i ≠ j"), (EQUAL, "-y_i^2 for i = j"),
    (BOTH, "y_i (1 - y_i) if i ≠ j, -y_i y_j if i = j"), (NOT_EQUAL, "-y_i y_j if i ≠ j, y_i y_j if i ≠ j"),
    (BOTH, "y_i (1 - y_i) if i = j, -y_i y_j if i ≠ j, 0 if i < j"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "answer"), WRONG)
def test_a_wrong_value_under_a_condition_is_wrong(part: str, answer: str) -> None:
    """Where two cases hold at once, both have to be right."""
    assert check(part, answer).status == "wrong"


RIGHT = [
    (EQUAL, "y_i (1 - y_i) for i = j", ()),
    (EQUAL, r"y_i (1 - y_i) \quad i = j", ("condition",)),
    (EQUAL, "y_i (1 - y_j) where i = j", ()),
    (EQUAL, "y_i (1 - y_i) for all i", ("for-all",)),
    (EQUAL, "y_i (1 - y_i) for every i", ("for-all",)),
    (EQUAL, "for all i: y_i (1 - y_i)", ("for-all",)),
    (EQUAL, "y_i (1 - y_i) ∀ i", ("for-all",)),
    (EQUAL, "y_i (1 - y_i) for i = 1, …, K", ("for-all",)),
    (EQUAL, "y_i (1 - y_i), i = 1, …, K", ("for-all",)),
    (EQUAL, "y_i (1 - y_i) if 0 < y_i", ("condition",)),
    (EQUAL, "y_i (1 - y_i), where y_i > 0", ("condition",)),
    (EQUAL, "y_i (1 - y_i) unless y_i < 0", ("condition",)),
    (EQUAL, "y_i (1 - y_i) if 1 = 1", ("condition",)),
    (EQUAL, "y_i (1 - y_i) if i >= 1", ("condition",)),
    (EQUAL, "y_i (1 - y_i) if K > 1", ("sizes",)),
    (EQUAL, "y_i (1 - y_i) (since y_i > 0)", ("remark",)),
    (EQUAL, "y_i (1 - y_i) if x_i > 0, y_i (1 - y_i) if x_i <= 0", ()),
    (BOTH, "y_i (1 - y_i) if i = j; -y_i y_j if i ≠ j", ()),
    (BOTH, "If i = j: y_i (1 - y_i); if i ≠ j: -y_i y_j", ()),
    (BOTH, "if i = j then y_i (1 - y_i) else -y_i y_j", ()),
    (BOTH, "-y_i y_j unless i = j, y_i (1 - y_i) otherwise", ()),
]


@pytest.mark.parametrize(("part", "answer", "tags"), RIGHT)
def test_a_condition_that_holds_wherever_it_is_asked_limits_nothing(
    part: str, answer: str, tags: tuple[str, ...]
) -> None:
    verdict = check(part, answer)
    assert verdict.status == "correct", verdict
    assert tuple(dict.fromkeys(f.tag for f in verdict.findings)) == tags


UNREADABLE = [
    (NOT_EQUAL, "-y_i y_j for k ≠ l", "k is not declared"),
    (NOT_EQUAL, "-y_i y_j for i ≠ j ≠ k", "k is not declared"),
    (EQUAL, "y_i (1 - y_i) for some i", "says nothing of the others"),
    (EQUAL, "y_i (1 - y_i) for all k", "k is not declared"),
    (EQUAL, "y_i (1 - y_i) for i = 1, …, 3", "i runs from 1 to K"),
    (EQUAL, "y_i (1 - y_i) unless", ""),
    (EQUAL, "y_i (1 - y_i) if i is not equal to j", ""),
]


@pytest.mark.parametrize(("part", "answer", "why"), UNREADABLE)
def test_a_condition_that_cannot_be_read_is_not_dropped(part: str, answer: str, why: str) -> None:
    verdict = check(part, answer)
    assert verdict.status == "unreadable", verdict
    assert verdict.at is not None
    assert why in (verdict.at.message or "")


def test_a_condition_on_whole_arrays_is_not_compared() -> None:
    verdict = check(NOT_EQUAL, "-y_i y_j where i ≠ j and y = softmax(x)")
    assert verdict.status == "undecided"
    assert "whole arrays" in verdict.findings[0].message


RELATIONS = [
    "!= y_i (1 - y_i)", r"\neq y_i (1 - y_i)", ">= y_i (1 - y_i)", "≤ y_i (1 - y_i)", "∝ y_i (1 - y_i)",
    "≈ y_i (1 - y_i)", "< y_i (1 - y_i)", "0 < y_i (1 - y_i)", "y_i (1 - y_i) > 0",
    "y_i (1 - y_i) > 0 = 3", "0 <= y_i (1 - y_i) <= 1", "y_i <= y_i = y_i (1 - y_i)", "y_i (1 - y_i) implies y_i > 0",
    "dy_i/dx_i ∝ y_i (1 - y_i)", "dy_i/dx_i != y_i (1 - y_i)",
    "dy_i/dx_i ≥ y_i (1 - y_i)", "dy_i/dx_i ≈ y_i (1 - y_i)", "y_i ≤ y_i (1 - y_i)", "2 y_i != y_i (1 - y_i)",
]  # fmt: skip


@pytest.mark.parametrize("answer", RELATIONS)
def test_a_relation_is_no_formula(answer: str) -> None:
    verdict = check(EQUAL, answer)
    assert verdict.status == "unreadable", verdict
    assert verdict.at is not None
    assert "relation" in (verdict.at.message or "") or "in front of the formula" in (verdict.at.message or "")


@pytest.mark.parametrize(
    "answer",
    [
        "= y_i (1 - y_i)",
        ":= y_i (1 - y_i)",
        "⇒ y_i (1 - y_i)",
        "dy_i/dx_i = y_i (1 - y_i)",
        "y_i - y_i^2 = y_i (1 - y_i)",
    ],
)
def test_equations_come_to_a_formula(answer: str) -> None:
    assert check(EQUAL, answer).status == "correct"


@pytest.mark.parametrize("text", ["!= a", ">= a", "∝ a", "≈ a", "< a", "a < b", "a ≠ b", r"\propto a"])
def test_reading_refuses_a_relation(text: str) -> None:
    with pytest.raises(ReadError) as error:
        read(text, "a: real; b: real")
    assert error.value.tag == "relation"


COMPARED = [
    ("2 z if z > 0", "2 z", "z: real", "different"),
    ("2 z if z > 0", "2 z if z > 0", "z: real", "equal"),
    ("2 z", "2 z if z > 0", "z: real", "equal"),
    ("2 z if z > 0", "2 z if z >= 0", "z: real", "equal"),
    ("2 z unless z <= 0", "2 z if z > 0", "z: real", "equal"),
    ("2 z if z > 1", "2 z if z > 0", "z: real", "different"),
    ("2 z if z > -1", "2 z if z > 0", "z: real", "equal"),
    ("2 z unless z = 0", "2 z", "z: real", "equal"),
    ("2 z if z = 0", "2 z", "z: real", "different"),
    ("2 z if z > 0", "2 z", "z: positive", "equal"),
    ("y z if y > 0", "y z", "y: label01; z: real", "different"),
    ("y z unless y = 1", "y z", "y: labelpm1; z: real", "different"),
    ("y z unless y = 0", "y z", "y: labelpm1; z: real", "equal"),
    ("log z if z > 0", "log z", "z: real", "equal"),
    ("x_i if i ≠ j", "x_i if j ≠ i", "x: real[n]; i: index[n]; j: index[n]", "equal"),
    ("x_i unless i = 3", "x_i", "x: real[n]; i: index[n]", "different"),
    ("a z for a > 0 with z < 1", "a z", "a: positive; z: negative", "equal"),
    ("a z for a > 0 with z < 1", "a z", "a: positive; z: real", "different"),
    ("a z as long as z > 0", "a z", "a: positive; z: real", "different"),
    ("z except for z = 0", "z", "z: real", "equal"),
    ("m z if m ≠ 7", "m z", "m: integer; z: real", "different"),
    ("z if z ≥ 0, -z if z ≤ 0", "|z|", "z: real", "equal"),
    ("-z if z < 0, z if z > -1", "|z|", "z: real", "different"),
    ("-log p if y = 1, -log(1-p) if y = 0", "-y log p - (1-y) log(1-p)", "p: probability; y: label01", "equal"),
    ("-log p if y = 1", "-y log p - (1-y) log(1-p)", "p: probability; y: label01", "different"),
    ("x_i when n = 2", "x_i", "x: real[n]; i: index[n]", "different"),
    ("x_i if n > 2", "x_i", "x: real[n]; i: index[n]", "equal"),
]


@pytest.mark.parametrize(("student", "truth", "names", "status"), COMPARED)
def test_compare_counts_conditions(student: str, truth: str, names: str, status: str) -> None:
    assert compare(student, truth, names).status == status


def test_a_condition_of_a_line_belongs_to_its_value() -> None:
    statement = read_statement("a = b for c > 0", "a: real; b: real; c: real")
    assert statement.last == read("b if c > 0", "a: real; b: real; c: real")
    assert statement.lines[0].remarks == ()


LINES = [
    (NOT_EQUAL, "dy_i/dx_j = y_i (delta_ij - y_j) = -y_i y_j", "correct"),
    (NOT_EQUAL, "y_i (delta_ij - y_j) = -y_i y_j", "correct"),
    (NOT_EQUAL, "= -y_i y_j + y_i delta_ij = -y_i y_j", "correct"),
    (NOT_EQUAL, "dy_i/dx_j = -y_i y_j + 1[i = j]\n= -y_i y_j", "correct"),
    (NOT_EQUAL, "dy_i/dx_j = -y_i y_j for i ≠ j\n= -y_j y_i", "correct"),
    (NOT_EQUAL, "dy_i/dx_j = -y_i y_j + 1[i ≠ j] = -y_i y_j", "wrong"),
    (NOT_EQUAL, "dy_i/dx_j = y_i (1 - y_i) if i = j\ndy_i/dx_j = -y_i y_j if i ≠ j", "correct"),
    (BOTH, "dy_i/dx_j = y_i (delta_ij - y_j) = -y_i y_j", "wrong"),
    (BOTH, "dy_i/dx_j = y_i (1 - y_i) if i = j\ndy_i/dx_j = -y_i y_j if i ≠ j", "correct"),
    (BOTH, "For i = j: y_i (1 - y_i)\nFor i ≠ j: -y_i y_j", "correct"),
    (BOTH, "For i = j: dy_i/dx_j = y_i (1 - y_i)\nFor i ≠ j: dy_i/dx_j = -y_i y_j", "correct"),
    (BOTH, "y_i (1 - y_i) for i = j\n-y_i y_j for i ≠ j", "correct"),
    (BOTH, "i = j: y_i (1 - y_i)\ni ≠ j: -y_i y_j", "correct"),
    (BOTH, "For i = j: y_i (1 - y_i)\nFor i ≠ j: y_i y_j", "wrong"),
    (BOTH, "For i = j: y_i (1 - y_i)\nFor i < j: -y_i y_j", "wrong"),
    (BOTH, "dy_i/dx_j = y_i (delta_ij - y_j) = y_i (1 - y_i) if i = j", "wrong"),
    (NOT_EQUAL, "dy_i/dx_j = -y_i y_j\n5", "wrong"),
    (NOT_EQUAL, "5\ndy_i/dx_j = -y_i y_j", "wrong"),
    (NOT_EQUAL, "dy_i/dx_j = -y_i y_j\n5\n= -y_i y_j", "wrong"),
]


@pytest.mark.parametrize(("part", "answer", "status"), LINES)
def test_lines_are_judged_in_the_case_that_is_asked(part: str, answer: str, status: str) -> None:
    verdict = check(part, answer)
    assert verdict.status == status, verdict
    assert status != "correct" or not any(f.tag == "domain" for f in verdict.findings)


RATIO = "|(y-p) theta_i|/|(y-p) theta_j|"
ASKED = "|theta_i|/|theta_j|"
CHAINS = [
    (f"{RATIO} = |p theta_i|/|p theta_j| = {ASKED}", "correct", None),
    (f"{RATIO} = |y theta_i|/|y theta_j| = {ASKED}", "wrong", "domain"),
    (f"{RATIO}\n= |y theta_i|/|y theta_j|\n= {ASKED}", "wrong", "domain"),
    (f"{RATIO} = log(y)/log(y) {ASKED} = {ASKED}", "wrong", "domain"),
    (f"{RATIO} = 1/y - 1/y + {ASKED} = {ASKED}", "wrong", "domain"),
    (f"{RATIO} = {ASKED} if p > 0", "correct", None),
    (f"{RATIO} = {ASKED} if p > 1", "wrong", "domain"),
    (f"{RATIO} = {ASKED} if y = 1", "wrong", "domain"),
    (f"{RATIO} = {ASKED}, where y = 1", "wrong", "domain"),
    (f"{RATIO} = {ASKED}, theta_j ≠ 0", "correct", None),
    (f"{RATIO}\n{ASKED}", "correct", None),
    (f"{RATIO}\n5\n= {ASKED}", "wrong", None),
    (f"5\n{RATIO} = {ASKED}", "wrong", None),
    (f"{RATIO} = {ASKED}\n5", "wrong", None),
    (f"{RATIO} ∝ {ASKED}", "wrong", "too-weak"),
    (f"{RATIO} ≠ {ASKED}", "undecided", None),
]


@pytest.mark.parametrize(("text", "status", "tag"), CHAINS)
def test_every_line_of_a_chain_says_something(text: str, status: str, tag: str | None) -> None:
    """A line without a relation, and a step that has no value for some of the labels, are not passed over."""
    names = parse_names("y: label01; p: probability; theta: real[d]; i: index[d]; j: index[d]")
    asked = Asked(read(ASKED, names), read(RATIO, names), "=", (), None)
    verdict = judge_statement(read_statement(text, names), asked, names, without_extrema(text))
    assert verdict.status == status, verdict
    assert tag is None or (verdict.diagnosis is not None and verdict.diagnosis.tag == tag)


COUNTS = [
    ">= 300",
    "≤ 300",
    "< 300",
    "!= 300",
    r"\ge 300",
    r"\neq 300",
    "300 > 299",
    "299 < 300",
    "x >= 300",
    "∝ 300",
    "≈ 300",
    "300 < 300",
    "300 <= 301 = 300",
    "300 ≠ 301",
    "300 if n > 1",
    "300 where n = 3",
]


@pytest.mark.parametrize("answer", COUNTS)
def test_a_relation_is_no_count(answer: str) -> None:
    assert judge_count(answer, 300).status == "unreadable"


NUMBERS = [
    ">= 0.42",
    "≤ 0.42",
    "< 0.42",
    "!= 0.42",
    r"\ge 0.42",
    r"\neq 0.42",
    "0.42 > 0.41",
    "0 < 0.42",
    "x >= 0.42",
    "x != 0.42",
    "∝ 0.42",
    "p ∝ 0.42",
    "0.42 if x > 0",
    "0.42 ≠ 0.5",
]


@pytest.mark.parametrize("answer", NUMBERS)
def test_a_relation_is_no_number(answer: str) -> None:
    assert judge_number(answer, (Fraction(42, 100),)).status == "unreadable"


@pytest.mark.parametrize("answer", ["300", "= 300", "n = 300", "300 = 300"])
def test_an_equation_is_a_count(answer: str) -> None:
    assert judge_count(answer, 300).status == "correct"


def test_a_tilde_is_no_relation_that_is_read() -> None:
    found = check("001/3.1", "~ y_i (1 - y_i)")
    assert found.status == "unreadable"
    assert found.at is not None
    assert found.at.message == "~ is not read"
