"""Which side of an answer says what: transposed left sides, what is asked on the right, left sides of other quantities,
letters that may be functions."""

import pytest

from checker import check, compare
from problems.loader import read_text


def part(names: str, let: str, derives: str):
    problem, faults = read_text(
        f"""
id = "r/1"
title = "Sides"
names = {{ {names} }}
let = '''{let}'''
[[part]]
id = "r/1a"
kind = "formula"
ask = "Derive it."
derives = "{derives}"
""",
        "sides.toml",
    )
    assert not faults, faults
    return problem.parts[0]


LAYER = part('u = "real[n]", M = "real[m,n]", t = "real[m]"', "L = 1/2 sum_i (sum_j M_ij u_j - t_i)^2", "dL/dM")
GATED = part('h = "real", z = "real"', "p = sigmoid(h z)\nL = p^2 + relu(h z)", "dL/dh")

TURNED = [
    (r"(\partial L/\partial M)^T = u (M u - t)^T", "correct"),
    (r"\left(\frac{\partial L}{\partial M}\right)^\top = u (Mu - t)^\top", "correct"),
    (r"(\nabla_M L)^{\top} = u (Mu - t)^T", "correct"),
    (r"\frac{\partial L}{\partial M}^{\mathsf T} = u (Mu - t)^T", "correct"),
    ("(dL/dM)ᵀ = u (M u - t)ᵀ", "correct"),
    ("dM.T = np.outer(u, M @ u - t)", "correct"),
    ("dM^T = u (M u - t)^T = u u^T M^T - u t^T", "correct"),
    ("(dL/dM)^T = (M u - t) u^T", "wrong"),
    ("dL/dM = u (M u - t)^T", "wrong"),
    ("dM.T = np.outer(M @ u - t, u)", "wrong"),
]


@pytest.mark.parametrize(("answer", "status"), TURNED)
def test_a_transposed_left_side_names_the_transpose(answer, status):
    assert check(LAYER, answer).status == status


def test_that_a_side_was_transposed_is_said():
    found = check(LAYER, "(dL/dM)^T = u (M u - t)^T").findings
    assert any(f.tag == "turned" and "(dL/dM)^T" in f.message for f in found)


FACING = [
    ("(M u - t) u^T = dL/dM", "correct"),
    (r"M u u^T - t u^T = (M u - t) u^T = \frac{\partial L}{\partial M}", "correct"),
    (r"So $(Mu - t)u^T = \nabla_M L$.", "correct"),
    (r"u (Mu - t)^T = (\frac{\partial L}{\partial M})^T", "correct"),
    ("u (M u - t)^T = dL/dM", "wrong"),
    ("M u u^T + t u^T = (M u - t) u^T = dL/dM", "wrong"),
    ("dL/dM = dL/dM", "wrong"),
]


@pytest.mark.parametrize(("answer", "status"), FACING)
def test_what_is_asked_may_stand_on_the_right(answer, status):
    assert check(LAYER, answer).status == status


OTHERS = [
    (LAYER, "dL/du = (M u - t) u^T"),
    (LAYER, "dL/du = M^T (M u - t)"),
    (LAYER, r"\frac{\partial L}{\partial t} = (M u - t) u^T"),
    (LAYER, "du = (M u - t) u^T"),
    (GATED, "dL/dp = 2 p"),
    (GATED, "dp/dh = p (1 - p) z"),
    (GATED, "dL/dz = 2 p^2 (1 - p) z + z 1[h z > 0]"),
]


@pytest.mark.parametrize(("asked", "answer"), OTHERS)
def test_a_left_side_of_another_declared_quantity_is_asked_about(asked, answer):
    found = check(asked, answer)
    assert found.status == "unreadable"
    assert "is asked" in found.at.message


@pytest.mark.parametrize(
    "answer",
    [
        "dJ/dM = (M u - t) u^T",
        "dL/dV = (M u - t) u^T",
        "grad = (M u - t) u^T",
        "dL/du = M^T (M u - t), dL/dM = (M u - t) u^T",
        "dL/dM = (M u - t) u^T, dL/du = M^T (M u - t)",
    ],
)
def test_letters_of_ones_own_and_several_quantities_are_read(answer):
    assert check(LAYER, answer).status == "correct"


@pytest.mark.parametrize("answer", ["2 p^2 (1-p) z + z H(h z)", "2 p^2 (1-p) z + z H(z)", "Z(h z)"])
def test_a_capital_before_a_bracket_may_be_a_function(answer):
    found = check(GATED, answer)
    assert found.status == "unreadable"
    assert "reads two ways" in found.at.message


def test_a_capital_letter_that_is_no_call_is_read_as_before():
    assert compare("W + 2 Y (w - y)", "w + 2 y (w - y)", "w: real; y: real").status == "equal"


SET_TO_ZERO = [
    ("M u u^T - t u^T = 0 ⇒ M = t u^T (u u^T)^{-1}", "correct"),
    ("dL/dM = (M u - t) u^T = 0 ⇒ M u = t", "correct"),
    ("(M u - t) u^T = 0\n⇒ M u = t", "correct"),
    ("(M u + t) u^T = 0 ⇒ M u = -t", "wrong"),
    ("u (M u - t)^T = 0 ⇒ M u = t", "wrong"),
]


@pytest.mark.parametrize(("answer", "status"), SET_TO_ZERO)
@pytest.mark.long
def test_a_derivative_that_is_set_to_zero_is_judged_as_the_derivative(answer, status):
    found = check(LAYER, answer).status
    assert found == status if status == "correct" else found != "correct"


@pytest.mark.parametrize("answer", ["L = (M u - t) u^T", "p = 2 z sigmoid(h z)^2 sigmoid(-h z) + z 1[h z > 0]"])
def test_a_left_side_of_a_node_is_no_name_of_the_answer(answer):
    asked = LAYER if answer.startswith("L") else GATED
    assert check(asked, answer).status == "unreadable"
