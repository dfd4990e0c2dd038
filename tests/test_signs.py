"""What an answer says of the notation's own signs: it is taken off where it says what they mean, else it is left."""

from __future__ import annotations

import time

import pytest

from checker import check, compare
from checker.answers.signs import without_glosses
from derivations.domains import parse_names
from problems.bank import load_bank

PARTS = {part.id: part for problem in load_bank(None).problems() for part in problem.parts}
RIDGE, RELU, SOFTMAX = "002/4c", "000/7", "001/3.2"
BEST = r"(X^T X + \frac{\sigma^2}{\eta^2} I)^{-1} X^T y"

JUDGED = [
    (RIDGE, f"{BEST}, where I is the identity matrix", "correct"),
    (RIDGE, f"{BEST}, where I is the d x d identity matrix", "correct"),
    (RIDGE, f"{BEST}, where I is the n x n identity matrix", "wrong"),
    (RIDGE, f"{BEST}, with I the identity matrix of size d", "correct"),
    (RIDGE, f"{BEST}, with I the identity matrix of size n", "wrong"),
    (RIDGE, f"{BEST} (I being the identity)", "correct"),
    (RIDGE, rf"{BEST} where $I \in \mathbb{{R}}^{{d \times d}}$ is the identity matrix", "correct"),
    (RIDGE, r"(X^T X + \lambda I)^{-1} X^T y where \lambda = \sigma^2/\eta^2 and I is the identity matrix", "correct"),
    (RIDGE, r"(X^T X + \lambda I)^{-1} X^T y where I is the identity and \lambda = \eta^2/\sigma^2", "wrong"),
    (RIDGE, f"{BEST.replace('I', 'I_d')}, where I is the n x n identity matrix", "unreadable"),
    (RIDGE, f"{BEST}, where I is the inverse identity matrix", "unreadable"),
    (RELU, "dA ⊙ 1[Z > 0], where ⊙ denotes the Hadamard product", "correct"),
    (RELU, "dA ⊙ 1[Z < 0], where ⊙ denotes the Hadamard product", "wrong"),
    (RELU, r"dA \odot \mathbb{1}[Z > 0] where $\mathbb{1}$ is the indicator and $\odot$ is the elementwise product",
        "correct"),
    (RELU, "dA ⊙ 1[Z > 0], where ⊙ denotes the outer product", "unreadable"),
    (SOFTMAX, "y_i (delta_ij - y_j), where delta_ij is the Kronecker delta", "correct"),
    (SOFTMAX, r"y_i (\delta_{ij} - y_j) \quad \text{where } \delta_{ij} \text{ is the Kronecker delta.}", "correct"),
    # an inverse may be what a definition gives
    (RIDGE, r"\theta = S X^T y, where S^{-1} = X^T X + \frac{\sigma^2}{\eta^2} I", "correct"),
    (RIDGE, r"\theta = S X^T y, where S^{-1} = X^T X + \frac{\eta^2}{\sigma^2} I", "wrong"),
    (RIDGE, r"\theta = \Sigma X^T y/\sigma^2 with \Sigma^{-1} = X^T X/\sigma^2 + I/\eta^2", "correct"),
    (RIDGE, r"\theta = \Sigma^{-1} X^T y/\sigma^2 with \Sigma^{-1} = X^T X/\sigma^2 + I/\eta^2", "wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "answer", "status"), JUDGED)
def test_what_is_said_of_signs_is_read_as_what_they_are(part: str, answer: str, status: str) -> None:
    found = check(PARTS[part], answer)
    assert found.status == status, found


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("x_k e_k, where e_k is the k-th unit vector", "equal"),
        ("x_k e_k, where e_k is the k-th standard basis vector", "equal"),
        (r"x_k \mathbf{e}_k with $\mathbf{e}_k$ the $k$-th unit vector", "equal"),
    ],
)
def test_a_unit_vector_is_that_of_its_index(answer: str, status: str) -> None:
    names = parse_names("x: real[d]; k: index[d]; j: index[d]")
    assert compare(answer, "j -> x_k 1[j = k]", names=names).status == status


def test_a_declared_letter_is_no_sign() -> None:
    names = parse_names("sigma: positive; x: real")
    answer = "sigma x, where sigma is the sigmoid function"
    assert without_glosses(answer, names) == answer
    assert without_glosses(answer, parse_names("x: real")) == "sigma x"


def test_long_runs_take_no_time() -> None:
    names = parse_names("x: real")
    begun = time.perf_counter()
    for run in (", " * 1900, "where " * 600, "(" * 3900, "I is the " * 400, "and, " * 700):
        without_glosses(f"x{run}identity norm", names)
    assert time.perf_counter() - begun < 2
