"""What a document means by two sides of other shapes: norms, squares, rows, derivatives entry by entry."""

from __future__ import annotations

import pytest

from checker.documents.marking import linked
from checker.documents.setting import Setting
from derivations.domains import parse_names
from derivations.notation import read

NAMES = parse_names("v: real[n]; u: real[n]; s: real; W: real[m,n]; z: real[n]")
BY_ENTRY = NAMES.multiplied_entrywise()
SQUARES = [
    ("v^T v/2", "v^2/2", "correct"),
    ("v^T v/2", "v^2", "wrong"),
    ("v^T v + s", "v^2 + s", "correct"),
    ("v^T v", "u^2", "wrong"),
    ("sum_k v_k", "v", "wrong"),
]


@pytest.mark.parametrize(("left", "right", "status"), SQUARES)
def test_the_square_of_a_vector_beside_a_number_is_that_of_its_length(left: str, right: str, status: str):
    assert linked(read(left, BY_ENTRY), "=", read(right, BY_ENTRY), Setting(BY_ENTRY)).status == status


AS_MEANT = [
    ("sqrt(v^T v)", "|v|", "correct", "norm"),
    ("d sigmoid(z)/dz", "sigmoid(z) .* (1 - sigmoid(z))", "correct", "entrywise"),
    ("d sigmoid(z)/dz", "sigmoid(z)", "wrong", ""),
    ("d softmax(z)/dz", "softmax(z) .* (1 - softmax(z))", "wrong", ""),
    ("d relu(W)/dW", "1[W > 0]", "correct", "entrywise"),
    ("d relu(W)/dW", "1[W < 0]", "wrong", ""),
]


@pytest.mark.parametrize(("left", "right", "status", "note"), AS_MEANT)
def test_sides_of_other_shapes_are_judged_as_they_are_meant(left: str, right: str, status: str, note: str):
    verdict = linked(read(left, NAMES), "=", read(right, NAMES), Setting(NAMES))
    assert verdict.status == status
    assert not note or note in [finding.tag for finding in verdict.findings]
