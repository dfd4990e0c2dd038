"""Letters that a sheet has and the part does not: those of earlier parts, and a remark where others are asked."""

from __future__ import annotations

import pytest

from checker import check
from problems.loader import read_text

PROBLEM = """
id = "s/1"
title = "A row of layers"
names = { x = "real[d]", w = "real[d]", y = "real", eta = "positive", i = "index[d]" }
let = ["z = w^T x", "h = tanh(z)", "J = 1/2 (h - y)^2 + ||w||^2/(2 eta^2)"]
letters = ["lambda = 1/(2 eta^2)"]

[[part]]
id = "s/1a"
kind = "formula"
ask = "?"
derives = "dJ/dz"
letters = "delta = (h - y) (1 - h^2)"

[[part]]
id = "s/1b"
kind = "formula"
ask = "?"
derives = "dJ/dw"
names = ["h", "y", "w", "x", "eta"]
also = "z"

[[part]]
id = "s/1c"
kind = "formula"
ask = "?"
derives = "value of h"
names = ["x", "w"]

[[part]]
id = "s/1d"
kind = "formula"
ask = "?"
derives = "tanh(z)"
names = ["z"]
"""

RENAMED = """
id = "s/2"
title = "A difference that the sheet calls e"
names = { x = "real[d]", w = "real[d]", y = "real", i = "index[d]" }
let = ["f = w^T x", "r = f - y", "q = r^2", "L = 1/2 q"]
letters = ["e = r", "s = q"]

[[part]]
id = "s/2a"
kind = "formula"
ask = "?"
derives = "dL/dr"

[[part]]
id = "s/2b"
kind = "number"
ask = "?"
derives = "dL/dq"

[[part]]
id = "s/2c"
kind = "formula"
ask = "?"
derives = "dL/dw"
"""

CALLED_OTHERWISE = [
    ("a", "e", "correct"),
    ("a", r"\frac{1}{2} \cdot 2e = e", "correct"),
    (
        "a",
        r"\frac{\partial L}{\partial e} = \frac{\partial L}{\partial s} \frac{\partial s}{\partial e} = e",
        "correct",
    ),
    ("a", r"\frac{\partial L}{\partial e} = \frac{\partial L}{\partial s} \frac{\partial s}{\partial e} = 2e", "wrong"),
    ("a", r"\frac{\partial L}{\partial s} = \frac12", "unreadable"),
    ("b", r"\frac{\partial L}{\partial s} = \frac12", "correct"),
    ("b", r"\frac{\partial L}{\partial e} = \frac12", "unreadable"),
    ("c", "e x", "correct"),
    ("c", "e^{1} x", "correct"),
    ("c", "-e x", "wrong"),
]


@pytest.mark.parametrize(("part", "answer", "status"), CALLED_OTHERWISE)
def test_a_name_of_the_sheet_stands_for_ours_on_both_sides(part: str, answer: str, status: str) -> None:
    problem, faults = read_text(RENAMED, "s.toml")
    assert not faults
    parts = {p.id: p for p in problem.parts}
    assert check(parts[f"s/2{part}"], answer).status == status


JUDGED = [
    # part, answer, status, is there a remark about letters
    ("a", "(h - y)(1 - h^2)", "correct", False),
    ("a", "delta", "unreadable", False),  # it is introduced for the parts after it
    ("b", "delta x + 2 lambda w", "correct", False),
    ("b", r"\delta x + w/\eta^2", "correct", False),
    ("b", "delta x + lambda w", "wrong", False),
    ("b", "(tanh(z) - y)(1 - tanh(z)^2) x + 2 lambda w", "correct", False),
    ("b", "dJ/dh (1 - h^2) x + w/eta^2", "correct", True),
    ("b", "dJ/dh (1 + h^2) x + w/eta^2", "wrong", False),
    ("b", "delta x + lambda w, where lambda = 1/eta^2", "correct", False),  # its own lambda
    ("b", r"\lambda = 1/\eta^2 \\ dJ/dw = \delta x + \lambda w", "correct", False),
    ("b", "delta x + 2 lambda w, where lambda = 1/eta^2", "wrong", False),
    ("c", "tanh(w^T x)", "correct", False),
    ("c", "tanh(z)", "correct", True),
    ("c", "h", "wrong", False),
    ("d", "h", "wrong", False),  # in other letters, it would only be named
    ("d", "2 sigmoid(2 w^T x) - 1", "correct", True),
]


@pytest.fixture(scope="module")
def parts():
    problem, faults = read_text(PROBLEM, "s.toml")
    assert not faults
    return {part.id[-1]: part for part in problem.parts}


@pytest.mark.parametrize(("part", "answer", "status", "remark"), JUDGED)
def test_an_answer_in_letters_of_the_sheet(parts, part: str, answer: str, status: str, remark: bool) -> None:
    found = check(parts[part], answer)
    assert found.status == status, found
    assert remark == any(f.tag == "vocabulary" for f in found.findings)


def test_letters_that_cannot_be_read_are_a_fault_of_the_file() -> None:
    from checker.validation import validate

    problem, faults = read_text(PROBLEM.replace('1/(2 eta^2)"]', '1/(2 zeta^2)"]'), "s.toml")
    assert not faults
    assert any(f.path == ".letters" and "zeta" in f.what for f in validate(problem.parts[0]))


TWO_MODELS = """
id = "s/2"
title = "Two models"

[[part]]
id = "s/2a"
kind = "formula"
ask = "?"
declare = { a = "real", b = "real" }
let = "q = a^2 b"
derives = "dq/da"
letters = "c = 2 b"

[[part]]
id = "s/2b"
kind = "formula"
ask = "?"
model = "softmax"
derives = "dy_i/dx_i"
"""


def test_a_letter_of_an_earlier_part_is_left_out_where_its_names_are_not_declared() -> None:
    problem, faults = read_text(TWO_MODELS, "s.toml")
    assert not faults
    assert check(problem.parts[1], "y_i (1 - y_i)").status == "correct"
    assert check(problem.parts[1], "c y_i").status == "unreadable"


def test_letters_that_a_part_introduces_are_read_with_its_own_names() -> None:
    from checker.validation import validate

    problem, _ = read_text(PROBLEM.replace('"delta = (h - y)', '"delta = (h - q)'), "s.toml")
    assert any(f.path == ".letters" and "q" in f.what for f in validate(problem.parts[0]))


def test_show_names_the_letters_of_another_part_and_not_what_they_are(tmp_path, capsys) -> None:
    from checker.__main__ import main

    (tmp_path / "s.toml").write_text(TWO_MODELS + PART_AFTER, encoding="utf-8")
    shown = {}
    for part in ("s/2b", "s/2c"):
        main(["show", part, "--bank", str(tmp_path)])
        shown[part] = capsys.readouterr().out
    assert not any(line.startswith("letters") for line in shown["s/2b"].splitlines())
    assert any(line.split() == ["letters", "c"] for line in shown["s/2c"].splitlines())


def test_show_says_what_the_letters_of_the_sheet_are(capsys) -> None:
    from checker.__main__ import main

    main(["show", "002/6a.beta"])
    assert "letters sigma = sqrt(v)" in " ".join(capsys.readouterr().out.split())


PART_AFTER = """
[[part]]
id = "s/2c"
kind = "formula"
ask = "?"
declare = { a = "real", b = "real" }
let = "q = a b^2"
derives = "dq/da"
"""
