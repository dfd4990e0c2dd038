"""Texts with two readings that differ in value are asked about; where one reading fits, it is read and said."""

import pytest

from checker import check, compare
from problems.loader import read_text

VECTORS = "y: real[n]; z: real[n]; A: real[m,n]; a: real[m]; b: real[m]; s: real; i: index[n]; j: index[n]; k: index[m]"

REFUSED = [
    ("np.max(y, z)", "max(y_i, z_i)", "np.maximum"),
    ("np.min(y, z)", "min(y_i, z_i)", "np.minimum"),
    ("y.max(z)", "max(y_i, z_i)", "np.maximum"),
    ("np.sum(y, z)", "y + z", "y + z"),
    ("np.mean(y, z)", "y", "axis=0"),
    ("y[y > 0]", "y_i 1[y_i > 0]", "⊙"),
    ("np.max(y[z > 0])", "max_i y_i 1[z_i > 0]", "1[…]"),
    ("y times z", "sum_i y_i z_i", "⊙"),
    ("y multiplied by z", "y_i z_i", "⊙"),
]


@pytest.mark.parametrize(("text", "truth", "instead"), REFUSED)
def test_what_code_or_words_leave_open_is_asked(text, truth, instead):
    found = compare(text, truth, VECTORS)
    assert found.status == "unreadable"
    assert instead in found.at.expected


READ = [
    ("np.max(y, axis=0)", "max_i y_i"),
    ("np.max(y, 0)", "max_i y_i"),
    ("torch.max(y, z)", "max(y_i, z_i)"),
    ("np.maximum(y, z)", "max(y_i, z_i)"),
    ("np.sum(A, axis=1)", "sum_i A_ki"),
    ("y ⊙ [y > 0]", "y_i 1[y_i > 0]"),
    ("y[s > 0]", "y_i 1[s > 0]"),
    ("np.sum(y[z > 0])", "sum_i y_i 1[z_i > 0]"),
    ("np.sum(y[s > 0])", "sum_i y_i 1[s > 0]"),
    ("A times y", "A y"),
    ("s times y", "s y"),
]


@pytest.mark.parametrize(("text", "truth"), READ)
def test_what_they_say_is_read(text, truth):
    assert compare(text, truth, VECTORS).status == "equal"


OUTER = [
    ("a ⊙ b y^T", "a_k b_k y_i", "equal"),
    ("a ⊙ tanh(b) y^T", "a_k tanh(b_k) y_i", "equal"),
    ("A z ⊙ b y^T", "(sum_j A_kj z_j) b_k y_i", "equal"),
    ("a ⊙ b ⊙ b y^T", "a_k b_k^2 y_i", "equal"),
    ("A ⊙ b y^T", "A_ki b_k y_i", "equal"),
    ("a ⊙ b y^T", "a_k b_k y_i^2", "different"),
    ("a ⊙ y b^T", "a_k b_k y_i", "different"),
]


@pytest.mark.parametrize(("text", "truth", "status"), OUTER)
def test_an_entrywise_factor_of_an_outer_product_belongs_to_its_column(text, truth, status):
    assert compare(text, truth, VECTORS).status == status


def test_that_it_was_multiplied_first_is_said():
    assert any(f.tag == "entrywise-first" for f in compare("a ⊙ b y^T", "a_k b_k y_i", VECTORS).findings)


PAIRS = [
    (r"\sum_{i≠j} y_i z_j", "sum_i sum_j y_i z_j - sum_i y_i z_i", "equal"),
    (r"\sum_{i≠j} y_i z_j", "(sum_i y_i - y_j) z_j", "equal"),
    (r"\sum_{i \ne j} y_i z_j", "y^T z", "different"),
    (r"\sum_{i \ne j} y_i z_j", "(sum_j z_j - z_i) y_i", "unreadable"),
    (r"\sum_{i \ne j} y_i", "sum_i y_i - y_j", "equal"),
]


@pytest.mark.parametrize(("text", "truth", "status"), PAIRS)
def test_a_sum_over_two_letters_runs_over_those_that_what_is_asked_does_not_have(text, truth, status):
    assert compare(text, truth, VECTORS).status == status


def test_a_sum_over_pairs_answers_where_no_entry_is_asked():
    problem, faults = read_text(
        """
id = "r/1"
title = "Pairs"
names = { v = "real[n]", i = "index[n]", j = "index[n]" }
let = "L = (sum_i v_i)^2 - sum_i v_i^2"
[[part]]
id = "r/1a"
kind = "formula"
ask = "Write it over pairs."
derives = "value of L"
[[part]]
id = "r/1b"
kind = "formula"
ask = "Derive it."
derives = "dL/dv_j"
""",
        "pairs.toml",
    )
    assert not faults, faults
    whole, entry = problem.parts
    assert check(whole, r"\sum_{i \neq j} v_i v_j").status == "correct"
    assert check(whole, r"2 \sum_{i \neq j} v_i v_j").status == "wrong"
    assert check(entry, r"2 \sum_{i \neq j} v_i").status == "correct"
    assert check(entry, r"\sum_{i \neq j} v_i v_j").status == "wrong"


RISK = """
id = "r/2"
title = "Least squares"
names = { X = "real[n,d]", w = "real[d]", y = "real[n]" }
let = "L = 1/(2n) sum_i (sum_j X_ij w_j - y_i)^2"
[[part]]
id = "r/2a"
kind = "formula"
ask = "Derive it."
derives = "dL/dw"
"""


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("X^T d/n where d = X w - y", "unreadable"),
        ("X^T d/n, d = Xw - y", "unreadable"),
        ("let d = X w - y. X^T d/n", "unreadable"),
        ("d = X w - y\nX^T d/n", "unreadable"),
        ("X^T n/n where n = Xw - y", "unreadable"),
        ("X^T r/n where r = X w - y", "correct"),
        ("X^T r/n, r = X w - y", "correct"),
    ],
)
def test_a_length_is_not_defined_anew(answer, status):
    problem, faults = read_text(RISK, "risk.toml")
    assert not faults, faults
    found = check(problem.parts[0], answer)
    assert found.status == status
    assert status != "unreadable" or "length of an axis" in found.at.message


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("my_gap = X @ w - y\nmy_gap * w", "my_gap"),
        ("d_p = X @ w - y\nnp.max(d_p)", "d_p"),
        ("d_p = X @ w - y\nd_p * w", "d_p"),
    ],
)
def test_what_is_said_of_code_is_said_in_its_own_names(answer, name):
    problem, faults = read_text(RISK, "risk.toml")
    assert not faults, faults
    found = check(problem.parts[0], answer)
    said = " ".join(
        [f.message for f in found.findings]
        + ([found.diagnosis.message] if found.diagnosis else [])
        + ([found.at.message] if found.at else [])
    )
    assert name in said
    assert "q" + name.replace("_", "") not in said
    assert name.replace("_", "") not in said.split()


@pytest.mark.long
def test_what_follows_from_a_large_line_is_counted():
    found = check("beyond/attention.P", r"0 = 1 \Rightarrow P = 2")
    assert found.status == "undecided"
    assert any(f.tag == "limit" for f in found.findings)
