"""What `show` prints before an answer is revealed is no answer: nodes, wiring, data and shapes that a part of the
problem asks for are kept back, and `validate` finds what is not."""

from __future__ import annotations

import pytest

from checker.commands.describing import part_rows
from checker.telling import base_name, tables
from checker.validation import given_away
from problems.bank import load_bank
from problems.loader import read_text
from problems.truth import truth

BANK = load_bank()

PROBLEM = """
id = "t/1"
title = "A neuron"
names = {{ x = "real[d]", w = "real[d]", W = "real[k,d]" }}
let = ["z = w^T x", "p = sigmoid(z)", "L = -log p"]
given = {{ size = 7 }}

[[part]]
id = "t/1a"
kind = "formula"
ask = "What is p?"
derives = "value of p"

[[part]]
id = "t/1b"
kind = "formula"
ask = "What is dL/dz?"
derives = "dL/dz"
{hides}

[[part]]
id = "t/1c"
kind = "formula"
ask = "With delta = dL/dz: what is dL/dw?"
let = "delta = p - 1"
derives = "dL/dw"

[[part]]
id = "t/1d"
kind = "shape"
ask = "Which shape has W?"
derives = "shape of W"

[[part]]
id = "t/1e"
kind = "formula"
ask = "What is dz/dw?"
derives = "dz/dw"
"""


def problem(hides: str = 'hides = ["delta"]'):
    made, faults = read_text(PROBLEM.format(hides=hides), "t.toml")
    assert made is not None, faults
    assert not faults
    return made


def told(made, number: int) -> dict[str, dict[str, object]]:
    return dict(tables(made, made.parts[number]))


TOLD = [
    # part, label, name, what is told
    (0, "where", "p", None), (0, "where", "z", "w^T x"), (0, "where", "L", "-log p"),
    (1, "where", "p", None), (2, "where", "delta", None), (2, "where", "z", "w^T x"),
    (0, "names", "W", "real[…]"), (3, "names", "W", "real[…]"), (4, "names", "W", "real[k,d]"),
    (3, "names", "w", "real[d]"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "label", "name", "text"), TOLD)
def test_what_is_an_answer_is_kept_back(number: int, label: str, name: str, text: str | None) -> None:
    assert told(problem(), number)[label].get(name) == text


def test_show_prints_what_is_told() -> None:
    made = problem()
    rows = dict(part_rows(made, made.parts[2]))
    assert set(rows["where"]) == {"z", "L"}
    assert "delta" not in str(rows["where"])


def found(made) -> list[str]:
    return [f"{p.id}: {f.what}" for p in made.parts for f in given_away(made, p, truth(p))]


def test_validate_finds_what_is_given_away() -> None:
    assert found(problem()) == []
    assert found(problem("")) == ['t/1b: `show t/1c` prints delta: p - 1, which is the answer: hides = ["delta"]']


@pytest.mark.parametrize("made", list(BANK.problems()), ids=lambda made: made.id)
@pytest.mark.long
def test_no_part_of_the_bank_is_given_away(made) -> None:
    assert found(made) == []


@pytest.mark.parametrize(
    ("left", "name"),
    [("xhat_ij", "xhat"), ("h_{ik}", "h"), ("delta_2_j", "delta_2"), ("w_1", "w_1"), ("V'", "V'"), ("z", "z")],
)
def test_the_name_of_a_node_with_its_letters(left: str, name: str) -> None:
    assert base_name(left) == name
