"""Any values that satisfy the predicate are accepted, exactly checked; the first data point that fails is named."""

from __future__ import annotations

import pytest

from checker.answers.conditions import as_condition
from checker.answers.witnesses import Predicate, judge_witness
from derivations.domains import parse_names
from derivations.notation import read_condition

LINE = parse_names("w: real[3]; c: label01[m]; p: real[m,2]; i: index[m]")
HORIZONTAL = ("w_1 = w_3", "w_2 = 0", "w_3 != 0")
CORNERS = {"p": [[0, 0], [0, -2], [5, 0.5], [5, -1.5]], "c": [1, 0, 1, 0]}
SPLITS = ("c_i = I(w_1 + w_2 p_{i,1} + w_3 p_{i,2} >= 0) for all i",)

TABLE = [
    # written                predicates   verdict       tag
    ("[1, 0, 1]", HORIZONTAL, "correct", None),
    ("w = (2, 0, 2)", HORIZONTAL, "correct", None),
    ("w^T = [1/3, 0, 1/3]", HORIZONTAL, "correct", None),
    ("w = [-1, 0, -1]", HORIZONTAL, "correct", None),
    ("w = [0, 0, 0]", HORIZONTAL, "wrong", "predicate"),
    ("w = [1, 0, -1]", HORIZONTAL, "wrong", "predicate"),
    ("w = [1, 0]", HORIZONTAL, "wrong", "shape"),
    ("w = 1", HORIZONTAL, "wrong", "shape"),
    ("v = [1, 0, 1]", HORIZONTAL, "unreadable", None),
    (r"\mathbf{w}^\top = \begin{bmatrix} 1 & 0 & 1 \end{bmatrix}", HORIZONTAL, "correct", None),
    (r"w = \begin{bmatrix} 1 & 0 \end{bmatrix}", HORIZONTAL, "wrong", "shape"),
    ("w_1 = 1, w_2 = 0, w_3 = 1", HORIZONTAL, "correct", None),
    ("w0 = 1, w1 = 0, w2 = -1", HORIZONTAL, "wrong", "predicate"),
    ("w_1 = 1, w_3 = 1", HORIZONTAL, "unreadable", None),
    ("[1, 0, 1]", SPLITS, "correct", None),
    ("[10, 0.1, 10]", SPLITS, "correct", None),
    ("[-1, 0, -1]", SPLITS, "wrong", "predicate"),
]


@pytest.mark.parametrize(("written", "predicates", "status", "tag"), TABLE)
def test_witness(written, predicates, status, tag):
    read = [Predicate(t, as_condition(read_condition(t, LINE))) for t in predicates]
    verdict = judge_witness(written.replace("w^T", "w"), ["w"], read, CORNERS, LINE)
    assert verdict.status == status, verdict
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag


def test_the_failing_point_is_named():
    read = [Predicate(t, as_condition(read_condition(t, LINE))) for t in SPLITS]
    verdict = judge_witness("[1, 0, -1]", ["w"], read, CORNERS, LINE)
    assert "i = 2" in verdict.diagnosis.message
    assert verdict.findings[0].message == "it fails for 2 of 4"
