"""Points outside a question: none is reported, none counts; and counterexamples where the right value says
something."""

from __future__ import annotations

import pytest

from checker import check

OUTSIDE = [
    ("001/3.2", "-y_i y_j", "correct", None),
    ("001/3.2", "y_i (delta_ij - y_j)", "correct", None),
    ("001/3.2", "-y y^T", "correct", None),
    ("001/3.2", "y_i y_j", "wrong", "sign"),
    ("001/3.2", "-y_i^2", "wrong", "swapped-index"),
    ("001/3.2", "2 y_i y_j", "wrong", "factor:-2"),
]


@pytest.mark.parametrize(("part", "answer", "status", "tag"), OUTSIDE)
def test_nothing_is_said_about_points_that_are_not_asked(part: str, answer: str, status: str, tag: str | None) -> None:
    verdict = check(part, answer)
    assert (verdict.status, verdict.diagnosis.tag if verdict.diagnosis else None) == (status, tag)
    assert not any(f.tag == "domain" for f in verdict.findings)


def test_under_a_condition_on_two_indices_delta_is_known() -> None:
    assert check("001/3.2", "y_i (delta_ij - y_j)").evidence.strength == "proved"


TELLING = [
    ("001/3.3", "-y_i y_j", "K = 1 has one class only, of probability 1"),
    ("002/6d", "1/sqrt(v_j) dxhat_ij", "with two rows every derivative is 0"),
]


@pytest.mark.parametrize(("part", "answer", "otherwise"), TELLING)
def test_the_right_value_of_a_counterexample_is_not_0_by_accident(part: str, answer: str, otherwise: str) -> None:
    found = check(part, answer).evidence.counterexample
    assert found is not None, otherwise
    assert abs(float(found.truth)) > 1e-6, otherwise


READ_AS = [
    ("001/3.3", "diag(y) - y y^T", "diag(y) - y y^T"),
    ("001/3.3", "y_i (delta_ij - y_j)", "y_i (delta_{ij} - y_j)"),
    ("000/8e.value", r"A_1^\top(\hat{Y} - Y)", "A1^T (Yhat - Y)"),
    ("000/7", r"\frac{\partial L}{\partial A} \odot \mathbb{1}[Z>0]", "(dL/dA) .* 1[Z > 0]"),
]


@pytest.mark.parametrize(("part", "answer", "read_as"), READ_AS)
def test_an_answer_in_matrix_notation_is_read_back_in_it(part: str, answer: str, read_as: str) -> None:
    verdict = check(part, answer)
    assert verdict.student_read == read_as
    assert check(part, read_as).status == verdict.status


FROM_ENTRIES = [
    ("002/5a.dW1", "2/n sum_i (o_i - y_i) W2_k h_ik (1 - h_ik) x_ij", "correct", None),
    ("002/5a.dW1", "2/n sum_i (o_i - y_i) h_ik (1 - h_ik) x_ij", "wrong", "missing-factor"),
    ("000/8e.value", "(Yhat - Y)^T A1", "wrong", "transpose"),
    ("001/7.5", "1", "wrong", None),
]


@pytest.mark.parametrize(("part", "answer", "status", "tag"), FROM_ENTRIES)
def test_an_entry_is_known_by_what_its_indices_run_over(part: str, answer: str, status: str, tag: str | None) -> None:
    """And a number is no multiple of the truth by the truth's own names."""
    verdict = check(part, answer)
    assert (verdict.status, verdict.diagnosis.tag if verdict.diagnosis else None) == (status, tag)


def test_sums_are_read_back_as_sums() -> None:
    assert check("002/6a.beta", "sum_i dL/dy_i").student_read == "j -> sum_i dL/dy_{ij}"


def test_a_kink_without_a_value_is_named_by_its_condition() -> None:
    verdict = check("004/Q3.1b", "1 if z>0, alpha if z<0")
    assert verdict.status == "correct"
    assert [f.message for f in verdict.findings] == ["it has no value where z = 0"]
