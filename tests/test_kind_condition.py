"""Conditions are compared as sets of points, boundaries included."""

from __future__ import annotations

import pytest

from checker.kinds.condition import as_condition, judge_condition
from derivations.domains import parse_names
from derivations.notation import read_condition

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
def test_condition(written, asked, names, status, tag):
    from checker.kinds.reading import judged

    truth = as_condition(read_condition(asked, names))
    verdict = judged(written, names, lambda t: read_condition(t, names), lambda f: judge_condition(as_condition(f), truth, names))
    assert verdict.status == status, verdict
    if tag:
        assert verdict.diagnosis.tag == tag


def test_a_wrong_condition_comes_with_a_point():
    verdict = judge_condition(as_condition(read_condition("a > b + 1", LINE)), as_condition(read_condition("a > b", LINE)), LINE)
    point = verdict.evidence.counterexample
    assert {point.student, point.truth} == {"holds", "does not hold"}
