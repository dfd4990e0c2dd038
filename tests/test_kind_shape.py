"""Shapes as they are written on paper."""

from __future__ import annotations

import pytest

from checker.answers.shapes import judge_shape

SHAPES = {"Z_1": ("m", "h"), "W_2": ("h", "K")}

ALIKE = [
    ("same as Z_1, so m × h", ("m", "h"), "correct", None),
    ("the same shape as $Z_1$ (m x h)", ("m", "h"), "correct", None),
    ("(m, h), the same shape as Z_1", ("m", "h"), "correct", None),
    ("same shape as W_2, i.e. (m, h)", ("m", "h"), "wrong", "shape"),
    ("same shape as Z_1, that is (h, m)", ("m", "h"), "wrong", "transpose"),
    ("same as Z_1", ("m", "h"), "unreadable", None),
    ("same as V, so (m, h)", ("m", "h"), "unreadable", None),
]


@pytest.mark.parametrize(("written", "truth", "status", "tag"), ALIKE)
def test_what_is_said_of_another_shape_is_held_against_it(written, truth, status, tag):
    verdict = judge_shape(written, truth, ("m", "h", "K"), shapes=SHAPES)
    assert (verdict.status, verdict.diagnosis.tag if verdict.diagnosis else None) == (status, tag)


TABLE = [
    # written                               the shape        verdict     tag
    ("m x h", ("m", "h"), "correct", None),
    ("(m, h)", ("m", "h"), "correct", None),
    ("m × h", ("m", "h"), "correct", None),
    (r"$Z_1 : (m \times h)$", ("m", "h"), "correct", None),
    (r"\mathbb{R}^{m \times h}", ("m", "h"), "correct", None),
    ("W is m by h", ("m", "h"), "correct", None),
    ("(m x d)(d x h) = m x h", ("m", "h"), "correct", None),
    (r"(h \times m)(m \times K) = (h \times K)", ("h", "K"), "correct", None),
    (r"(D_{a}, 1)", ("D_a",), "correct", None),
    ("(K,)", ("K",), "correct", None),
    ("K", ("K",), "correct", None),
    ("K x 1", ("K",), "correct", None),
    ("1 x K", ("K",), "wrong", "transpose"),
    ("scalar", (), "correct", None),
    ("(1, 1)", (), "correct", None),
    ("1", (), "correct", None),
    ("300", (300,), "correct", None),
    ("h x m", ("m", "h"), "wrong", "transpose"),
    ("(m x d)(e x h) = m x h", ("m", "h"), "wrong", "shape"),
    ("m x K", ("m", "h"), "wrong", "shape"),
    ("m", ("m", "h"), "wrong", "shape"),
    ("(m, h, 1)", ("m", "h"), "wrong", "shape"),
    ("(m, h)", ("m", "h", 1), "wrong", "shape"),
    ("(m, h, 1)", ("m", "h", 1), "correct", None),
    ("scalar", ("m", "h"), "wrong", "shape"),
    # in words, and with what has the shape in front
    ("an m × h matrix.", ("m", "h"), "correct", None),
    ("m rows and h columns", ("m", "h"), "correct", None),
    (r"\boxed{(m, h)}", ("m", "h"), "correct", None),
    ("Z1.shape == (m, h)", ("m", "h"), "correct", None),
    (r"\text{shape}(Z_1) = (m, h)", ("m", "h"), "correct", None),
    ("Z_1 = (h, m)", ("m", "h"), "wrong", "transpose"),
    ("(m, d) x (d, h) = (m, h)", ("m", "h"), "correct", None),
    ("mxh", ("m", "h"), "correct", None),
    ("1x1", (), "correct", None),
    (r"b \in \mathbb{R}", (), "correct", None),
    ("K-dimensional vector", ("K",), "correct", None),
    ("a column vector of length K", ("K",), "correct", None),
    ("a row vector with K entries", ("K",), "wrong", "transpose"),
    # a size that the question does not have
    ("(n, h)", ("m", "h"), "unreadable", None),
    ("(M, h)", ("m", "h"), "unreadable", None),
    ("mh matrix", ("m", "h"), "unreadable", None),
    ("m x ?", ("m", "h"), "unreadable", None),
    ("", ("m", "h"), "unreadable", None),
]


@pytest.mark.parametrize(("written", "shape", "status", "tag"), TABLE)
def test_shape(written, shape, status, tag):
    verdict = judge_shape(written, shape, ("m", "d", "h", "K", "D_a", "e"))
    assert verdict.status == status
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag


def test_a_wrong_number_of_columns_is_said_so():
    assert "columns" in judge_shape("m x K", ("m", "h")).diagnosis.message
    assert "h" not in judge_shape("m x K", ("m", "h")).diagnosis.message.split()
