"""The bank: every part of the five sheets under its id and kind, and a cross-section of parts judged as their files
say.

`backproof validate problems/bank` judges all of them; here are those that touch each kind and model once.
"""

from __future__ import annotations

import pytest

from checker.demonstration import one
from checker.validation import validate
from derivations.models import MODELS
from problems.bank import load_bank
from problems.experiments import names as experiment_names
from problems.experiments import run

BANK = load_bank()

SHEETS = """
000/1a text; 000/1b text; 000/1c text; 000/2 text; 000/3.1 choice; 000/3.2 text; 000/4 text; 000/5.1 text
000/5.2 text
000/6a formula; 000/6b formula; 000/6c chain; 000/7 formula; 000/8a shape; 000/8b shape; 000/8c shape; 000/8d shape
000/8e shape
000/9b choice; 000/9c text; 000/10b choice; 000/10c text
001/1 trace; 001/2 trace; 001/3.1 formula; 001/3.2 formula; 001/3.3 formula; 001/4.1 choice; 001/4.2 witness
001/4.3 formula; 001/4.4 text
001/5.1 count; 001/5.2a count; 001/5.2b shape; 001/5.3a shape; 001/5.3b formula; 001/5.4a count; 001/5.4b count
001/5.5 text
001/6.1 choice; 001/6.2a choice; 001/6.2b choice; 001/6.2c choice; 001/6.2d choice
001/7.1a shape; 001/7.1b shape; 001/7.2 formula; 001/7.3 formula; 001/7.4 formula; 001/7.5 formula; 001/7.6 formula
001/7.7a formula; 001/7.7b formula
001/7.8a text; 001/7.8b text
001/8.1 choice; 001/8.2 text; 001/8.3 text; 001/8.4 choice; 001/8.5 text; 001/8.6 text; 001/8.7 equations
001/8.8 text
002/1b text; 002/1c.i choice; 002/1c.ii choice; 002/1c.iii choice; 002/1c.iv choice; 002/1c.v choice; 002/1d choice
002/3a.i formula; 002/3a.ii formula; 002/3a.iii equations; 002/3b text; 002/3c text
002/4a chain; 002/4b chain; 002/4c formula; 002/4d text; 002/4e chain
002/5a.dW2 formula; 002/5a.dW1 formula; 002/5a.w12 equations; 002/5b witness; 002/5c choice
002/6a.beta formula; 002/6a.gamma formula; 002/6a.xhat formula; 002/6b formula; 002/6c formula; 002/6d formula
003/1.2 text; 003/1.3 text; 003/1.4 text; 003/2a formula; 003/2b.e formula; 003/2b.f formula; 003/2b.b formula
003/2b.w formula; 003/2c formula
003/3a choice; 003/3c text; 003/4a number; 003/4b number; 003/4c claim; 003/4d text
004/Q0.1 formula; 004/Q0.2.mu formula; 004/Q0.2.sigma formula; 004/Q1.1A witness; 004/Q1.1B witness; 004/Q1.2 chain
004/Q1.3a chain; 004/Q1.3b text
004/Q2.1 choice; 004/Q2.2 choice; 004/Q2.3 choice; 004/Q2.4 choice; 004/Q2.5 choice
004/Q3.1a formula; 004/Q3.1b formula; 004/Q3.1c formula; 004/Q3.2a formula; 004/Q3.2b formula; 004/Q3.2c formula
004/Q3.3 condition; 004/Q3.4 choice
"""

ROWS = [tuple(entry.split()) for line in SHEETS.strip().splitlines() for entry in line.split(";")]


@pytest.mark.parametrize(("identity", "kind"), ROWS)
def test_a_row_of_the_sheets_is_in_the_bank(identity: str, kind: str) -> None:
    part = BANK.part(identity)
    assert part.kind == kind
    assert part.ask
    assert part.points > 0


def test_no_file_has_a_fault() -> None:
    assert [str(f) for f in BANK.faults()] == []


def test_a_formula_has_three_right_and_three_wrong_answers_at_least() -> None:
    poor = [
        p.id
        for problem in BANK.problems()
        for p in problem.parts
        if p.kind == "formula" and (len({*p.accepts}) < 3 or len({*p.rejects}) < 3) and p.sheet != "beyond"
    ]
    assert poor == []


def test_what_is_asked_in_words_is_demonstrated() -> None:
    bare = {
        p.id
        for problem in BANK.problems()
        for p in problem.parts
        if p.kind in ("text", "choice") and not p.demonstrations
    }
    assert bare == {"003/3a", "004/Q2.2"}, "a definition and a rule of the trade have nothing to show"


def test_every_model_is_asked_about() -> None:
    asked = {(p.model or "").split(":")[0] for problem in BANK.problems() for p in problem.parts}
    # these state their own letters and losses: 002/3, 001/7, and topics of beyond
    in_place = {"kernel_perceptron", "two_layer", "conv1d", "conv2d", "pooling", "matrix_factorisation", "embedding"}
    over_time = {
        "rnn",
        "lstm",
        "gru",
        "hmm",
        "crf",
        "discounted_return",
    }  # beyond/through_time and others, bindings too
    assert set(MODELS) - asked - in_place - over_time == set()


CROSS_SECTION = [
    "000/6a", "000/6b", "000/6c", "000/7", "000/8e", "001/2", "001/2.II", "001/3.1", "001/3.2", "001/3.3", "001/4.2",
    "001/5.4a", "001/7.2", "001/8.4", "001/8.7",
    "002/4b.lambda", "002/4c", "002/5a.w12", "002/6a.gamma", "003/4a", "004/Q0.1", "004/Q1.1B", "004/Q3.1a", "004/Q3.3",
]  # fmt: skip


@pytest.mark.parametrize("identity", CROSS_SECTION)
def test_a_part_is_judged_as_its_file_says(identity: str) -> None:
    assert [f.what for f in validate(BANK.part(identity)) if not f.warning] == []


@pytest.mark.parametrize("name", experiment_names())
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.long
def test_an_experiment_shows_what_it_is_there_to_show(name: str, seed: int) -> None:
    found = run(name, seed, {})
    assert found.holds, found.rows
    assert all(len(row) == len(found.columns) for row in found.rows)


def test_the_figures_of_the_two_gaussian_classes() -> None:
    rows = dict(row[:2] for row in run("gaussian_classes", 0, {}).rows)
    assert rows["best line"] == "0.817165"
    assert rows["logistic regression"] == "0.816580"
    assert rows["with penalty 1"] == "0.817089"
    assert rows["Bayes' rule (a circle)"] == "0.820132"


def test_statements_in_demonstrations_hold() -> None:
    for problem in BANK.problems():
        for part in problem.parts:
            for shown in part.demonstrations:
                if shown.form in ("identity", "inequality", "sign", "limit"):
                    assert one(shown, part)["holds"], (part.id, shown.statement)
