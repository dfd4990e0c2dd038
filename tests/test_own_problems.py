"""Problems of one's own: several folders, files that problems share, derivations and sheets on the command line."""

from __future__ import annotations

import json

import pytest

from checker.__main__ import main
from checker.check import check
from problems.bank import HERE, UnknownPart, beside, load_bank
from problems.loader import read_file

NETWORK = """
let = ["z = w x + b", "h = sigmoid(z)"]
given = { b = 0.5 }
[names]
w = "real"
x = "real"
b = "real"
"""
UNIT = """
id = "mine/1"
title = "A unit"
use = "network.let"
about = 'A unit $h = \\sigma(z)$ with $z = wx + b$.'
[[part]]
id = "mine/1a"
kind = "formula"
ask = 'What is $\\partial h/\\partial w$?'
derives = "dh/dw"
"""
SOFTMAX = """
id = "001/3"
title = "Mine"
[[part]]
id = "001/3.1"
kind = "choice"
ask = "Is it?"
key = "true"
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "week1").mkdir()
    (tmp_path / "network.let").write_text(NETWORK)
    (tmp_path / "week1" / "1.toml").write_text(UNIT)
    (tmp_path / "3.toml").write_text(SOFTMAX)
    return tmp_path


def run(capsys, *argv):
    code = main(list(map(str, argv)))
    out = capsys.readouterr()
    return code, out.out, out.err


# ── folders ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_folders_add_to_one_another_and_the_first_that_has_a_problem_counts(mine):
    both, ours_first = load_bank(f"{mine},ours"), load_bank(f"ours, {mine}")
    assert len(list(both.problems())) == len(list(load_bank().problems())) + 1
    assert both.find("001/3.1")[0].title == "Mine"
    assert ours_first.find("001/3.1")[0].title == "Derivative of softmax"
    assert both.part("mine/1a").id == ours_first.part("mine/1a").id
    with pytest.raises(UnknownPart):
        both.part("001/3.2")  # the whole problem is replaced
    assert not [fault for fault in both.faults() if not fault.warning]


FOLDERS = [
    ("ours", str), ("mine", lambda here: f"{here}/mine"), ("mine,ours", lambda here: f"{here}/mine,ours"),
    ("a, b", lambda here: f"{here}/a,{here}/b"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), FOLDERS)
def test_folders_of_an_assignment_stand_beside_it(tmp_path, written, meant):
    assert beside(tmp_path, written) == ("ours" if written == "ours" else meant(tmp_path))


def test_one_word_is_the_bank_that_comes_with_the_program():
    assert load_bank("ours").folders == (HERE,)
    with pytest.raises(FileNotFoundError, match="no folder nowhere"):
        load_bank("ours,nowhere")


def test_every_file_has_a_name_in_a_folder_of_all(mine):
    assert {name for name, _ in load_bank(mine).contents()} == {"3.toml", "network.let", "week1/1.toml"}
    names = {name for name, _ in load_bank(f"{mine},ours").contents()}
    assert {"1/3.toml", "1/network.let", "2/001/1.toml"} <= names
    assert "2/001/3.toml" not in names


# ── shared files ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_problem_has_the_names_bindings_and_data_of_the_file_that_it_uses(mine):
    problem, faults = read_file(mine / "week1" / "1.toml")
    assert not faults
    assert problem.let == ("z = w x + b", "h = sigmoid(z)")
    assert dict(problem.names) == {"w": "real", "x": "real", "b": "real"}
    assert dict(problem.given) == {"b": 0.5}
    assert check(problem.parts[0], "h (1 - h) x").status == "correct"


def test_what_a_problem_says_itself_comes_after_it_or_in_its_place(mine):
    (mine / "own.toml").write_text(
        UNIT.replace("[[part]]", 'let = "L = h^2"\nnames = { b = "positive" }\n[[part]]', 1).replace("mine", "own")
    )
    problem, faults = read_file(mine / "own.toml")
    assert not faults
    assert problem.let[-1] == "L = h^2"
    assert dict(problem.names) == {"w": "real", "x": "real", "b": "positive"}


def test_a_change_of_a_shared_file_is_seen(mine):
    bank = load_bank(mine)
    assert bank.find("mine/1a")[0].let[1] == "h = sigmoid(z)"
    (mine / "network.let").write_text(NETWORK.replace("sigmoid", "tanh"))
    import os

    os.utime(mine / "network.let", (1, 1))
    assert bank.find("mine/1a")[0].let[1] == "h = tanh(z)"


USES = [
    ("other.let", "no file other.let beside this one, nor in the folder above"),
    ("../network.let", "'../network.let' is no file to use: its name alone"),
    ("/etc/passwd", "'/etc/passwd' is no file to use"),
    ("network.toml", "'network.toml' is no file to use"),
    ("broken.let", "no TOML"),
    ("wrong.let", "unknown key title"),
]


@pytest.mark.parametrize(("use", "why"), USES)
def test_a_file_that_cannot_be_used_is_a_fault(mine, use, why):
    (mine / "broken.let").write_text("let = ")
    (mine / "wrong.let").write_text('title = "x"')
    path = mine / "week1" / "1.toml"
    path.write_text(UNIT.replace("network.let", use))
    problem, faults = read_file(path)
    assert problem is None
    assert any(why in fault.what for fault in faults)


# ── on the command line ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_derivation_of_a_part_is_printed(mine, capsys):
    code, out, _ = run(capsys, "derive", "mine/1a", "--bank", mine, "--plain")
    assert code == 0
    assert "insert dh/dz" in out
    code, out, _ = run(capsys, "derive", "mine/1a", "--bank", f"{mine},ours", "--json")
    assert json.loads(out)["index"] == "h x (1 - h)"
    assert "y_i (1 - y_i)" in run(capsys, "derive", "001/3.1", "--plain")[1]


REFUSED = [
    (("derive", "001/1"), "001/1 is a trace without a derivation; `backproof sheet 001/1 --key` has its key"),
    (("derive", "softmax"), "say what of it, as in dL/dx"),
    (("derive", "001/3.11"), "no part '001/3.11'; did you mean 001/3.1"),
    (("derive", "softmax", "dy_i/dx_j", "--bank", "x"), "--bank is for parts"),
    (("sheet",), "sheet needs parts"),
    (("sheet", "999"), "no part '999'"),
    (("sheet", "001/3", "--format", "pdf"), "say with --out which file it goes to"),
    (("sheet", "001/3", "--format", "moodle", "--key"), "leave out --key and --seed"),
    (("sheet", "001/3", "--seed", "x"), "--seed"),
    (("sheet", "--bank", "nowhere"), "no folder nowhere"),
]


@pytest.mark.parametrize(("argv", "why"), REFUSED)
def test_what_cannot_be_done_says_what_to_do(argv, why, capsys):
    code, _, err = run(capsys, *argv)
    assert code == 2
    assert why in err


def test_sheets_are_written_to_files_and_named_by_them(mine, capsys):
    code, out, _ = run(capsys, "sheet", "--bank", mine, "--key", "--title", "Week 1")
    assert code == 0
    assert out.startswith("# Week 1 — key\n")
    assert run(capsys, "sheet", "mine/1", "--bank", mine, "--out", mine / "a.tex")[0] == 0
    assert (mine / "a.tex").read_text().startswith("\\documentclass")
    code, out, err = run(capsys, "sheet", "001/3.1", "mine", "--bank", mine, "--out", mine / "a.xml", "--json")
    assert code == 0
    assert json.loads(out) == {
        "format": 1, "status": "written", "parts": ["001/3.1", "mine/1a"], "left_out": [], "file": str(mine / "a.xml"),
    }  # fmt: skip
    assert '<question type="stack">' in (mine / "a.xml").read_text()
    code, _, err = run(capsys, "sheet", "000/1a", "001/7.1a", "--format", "moodle", "--out", mine / "b.xml")
    assert code == 0
    assert "000/1a is left out: neither Moodle nor STACK has a question for a text" in err


def test_a_fault_of_a_problem_refuses_the_sheet(mine, capsys):
    (mine / "week1" / "1.toml").write_text(UNIT.replace("dh/dw", "dh/dq"))
    code, _, err = run(capsys, "sheet", "mine", "--bank", mine)
    assert code == 2
    assert "a problem has a fault, `backproof validate` shows it" in err
