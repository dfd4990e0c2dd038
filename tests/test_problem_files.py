"""Problem files: what is read, every fault at once with its place, the published schema, the index of a bank."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from checker.kinds import KINDS
from problems.bank import UnknownPart, load_bank
from problems.json_schema import json_schema
from problems.loader import ProblemFileError, load, read_text
from problems.schema import MISTAKE, PART, PROBLEM

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "problems" / "problem.schema.json"

GOOD = """
id = "901/2"
title = "A line"
names = { x = "real[n]", w = "real" }
let = "z_i = w x_i"
[conventions]
reduction = "sum"

[[part]]
id = "901/2a"
kind = "formula"
ask = 'What is $\\partial L/\\partial w$?'
derives = "dL/dw"
names = ["x", "z"]
points = 2.5
hints = ["one", "two"]
expect = ["sum_i x_i", "x_1"]
conventions = { reduction = "mean" }

[[part.mistake]]
answer = "x_i"
tag = "missing-sum"
message = "Every example contributes."

[[part]]
id = "901/2b"
kind = "choice"
ask = "Is it linear?"
key = true

[[part]]
id = "901/2c"
kind = "trace"
ask = "Values."
given = { x = [1, 2.5], w = "1/3" }
values = { z1 = "value of z_1" }
"""


def test_a_file_becomes_frozen_values():
    problem, faults = read_text(GOOD, "2.toml")
    assert faults == ()
    assert problem is not None
    a, b, c = problem.parts
    assert (a.id, a.sheet, a.problem, a.points, a.vocabulary) == ("901/2a", "901", "901/2", 2.5, ("x", "z"))
    assert dict(a.declared) == {"x": "real[n]", "w": "real"}
    assert a.let == ("z_i = w x_i",)
    assert a.conventions["reduction"] == "mean"
    assert b.conventions["reduction"] == "sum"
    assert [e.answer for e in a.expect] == ["sum_i x_i", "x_1"]
    assert a.mistakes[0].tag == "missing-sum"
    assert b.payload["key"] == "true"
    assert dict(b.payload["options"]) == {"true": "true", "false": "false"}
    assert b.stated
    assert not a.stated
    assert c.payload["given"]["x"] == (1, 2.5)
    with pytest.raises(TypeError):
        c.payload["given"]["x"] = 3  # type: ignore[index]


PART_HEAD = '[[part]]\nid = "901/2a"\nkind = "formula"\nask = "?"\nderives = "dL/dw"\n'
HEAD = 'id = "901/2"\ntitle = "t"\nmodel = "logistic"\n'

# (file, faults: what … @ path)
FAULTS = [
    (HEAD, ["part is missing"]),
    ('id = "x"\ntitle = "t"\nmodel="m"\n' + PART_HEAD.replace("901/2a", "x"), ["'x' is no id"]),
    (HEAD + "tittle = 3\n" + PART_HEAD, ["unknown key tittle; did you mean title? @ f.toml: tittle"]),
    (
        HEAD + PART_HEAD.replace("formula", "formla"),
        ["'formla' is no kind; did you mean formula? @ f.toml: part[901/2a].kind"],
    ),
    (HEAD + PART_HEAD + "point = 2\n", ["unknown key point; did you mean points? @ f.toml: part[901/2a].point"]),
    (HEAD + PART_HEAD + 'points = "2"\n', ["points must be a number ≥ 0, not str @ f.toml: part[901/2a].points"]),
    (HEAD + PART_HEAD + 'model_answer = "x"\n', ["model_answer belongs to parts of kind text, not to formula"]),
    (HEAD + PART_HEAD + '[part.conventions]\nkinks = "left"\n', ["unknown convention kinks; did you mean kink?"]),
    (HEAD + PART_HEAD + '[part.conventions]\nkink = "lft"\n', ["'lft' is no value of kink; did you mean left?"]),
    (HEAD + PART_HEAD + '[[part.mistake]]\nanswer = "x"\n', ["tag is missing", "message is missing"]),
    (HEAD + PART_HEAD + PART_HEAD, ["two parts have the id 901/2a"]),
    (HEAD + PART_HEAD.replace("901/2a", "902/1"), ["must begin with the problem's id '901/2'"]),
    (HEAD + PART_HEAD.replace('derives = "dL/dw"\n', ""), ["derives is missing"]),
    (
        HEAD + '[[part]]\nid="901/2a"\nkind="choice"\nask="?"\nkey="d"\noptions={a="1", b="2"}\n',
        ["the key 'd' is no option; valid here: a, b"],
    ),
    (
        HEAD
        + '[[part]]\nid="901/2a"\nkind="text"\nask="?"\nmodel_answer="x"\n[[part.demonstration]]\nform="derivation"\n',
        ["model is missing", "target is missing"],
    ),
    (HEAD + 'about = "\\sum"\n' + PART_HEAD, ["no TOML", "single quotes"]),
    (HEAD + 'about = "\\frac{1}{2}"\n' + PART_HEAD, ["about holds \\frac in double quotes"]),
    (HEAD + 'about = "\\theta"\n' + PART_HEAD, ["about holds \\theta in double quotes", "single quotes"]),
    ("id = 3\n" + PART_HEAD + "x = 1\n", ["id must be a string", "title is missing", "unknown key x"]),
]


@pytest.mark.parametrize(("text", "wanted"), FAULTS)
def test_every_fault_is_reported_with_its_place(text, wanted):
    problem, faults = read_text(text, "f.toml")
    said = "\n".join(map(str, faults))
    assert problem is None
    for words in wanted:
        assert words in said
    assert all(" @ f.toml: " in line for line in said.split("\n"))


def test_a_derived_part_without_a_model_is_a_warning():
    _, faults = read_text(HEAD.replace('model = "logistic"\n', "") + PART_HEAD, "f.toml")
    assert [f.warning for f in faults] == [True]


def test_the_published_schema_is_the_table():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema(), "regenerate it with: make docs"


def test_every_key_of_the_tables_is_in_the_schema_and_means_something():
    schema = json_schema()
    assert set(schema["properties"]) == {k.name for k in PROBLEM}
    part = schema["$defs"]["part"]["properties"]
    for key in (*PART, *(k for kind in KINDS.values() for k in kind.keys)):
        assert part[key.name]["description"]
    assert set(part["mistake"]["items"]["properties"]) == {k.name for k in MISTAKE}


def test_a_bank_finds_parts_and_names_the_nearest(tmp_path):
    (tmp_path / "901").mkdir()
    (tmp_path / "901" / "2.toml").write_text(GOOD, encoding="utf-8")
    bank = load_bank(tmp_path)
    assert bank.ids() == ("901/2a", "901/2b", "901/2c")
    assert bank.part("901/2b").kind == "choice"
    with pytest.raises(UnknownPart, match=r"did you mean 901/2[abc]"):
        bank.part("901/2d")
    with pytest.raises(UnknownPart, match="901/2a, 901/2b, 901/2c"):
        bank.part("901/2")
    with pytest.raises(FileNotFoundError):
        load_bank(tmp_path / "nowhere")


def test_a_faulty_file_spoils_only_itself(tmp_path):
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.toml").write_text('id = "902/1"\nnonsense = 1\n', encoding="utf-8")
    (tmp_path / "c.toml").write_text(GOOD, encoding="utf-8")
    bank = load_bank(tmp_path)
    assert bank.part("901/2a").points == 2.5
    with pytest.raises(ProblemFileError, match="unknown key nonsense"):
        load(tmp_path / "b.toml")
    said = "\n".join(map(str, bank.faults()))
    assert "two parts have the id 901/2a; the other is in" in said
    assert "unknown key nonsense" in said


def test_a_bank_without_kinds_of_answers_says_what_to_import():
    script = "from problems.bank import load_bank; list(load_bank().problems())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "import checker" in done.stderr
    assert "unknown key" not in done.stderr


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('names = { x = "real", w = "real" }\nlet = ["g = w +* x"]', "does not belong here"),
        ('names = { x = "reel" }\nlet = ["g = x"]', "reel"),
        ('names = { x = "real" }\ndensities = ["q of x"]', "write `p(y | x, theta)"),
        ('names = { x = "real" }\ndensities = ["p(x) = ("]', "cannot be read"),
        ('names = { x = "real" }\nlet = ["g = 2 x"]\nspelled = ["g_1 = g"]', ""),
    ],
)
def test_how_hand_ins_write_a_problem_is_checked(table: str, fault: str):
    from checker.validation import validate

    text = f"""
id = "r/1"
title = "A slope"
names = {{ x = "real", w = "real" }}
let = ["f = (w x)^2"]
[[written]]
{table}
[[part]]
id = "r/1a"
kind = "formula"
ask = "What is df/dw?"
derives = "df/dw"
"""
    problem, faults = read_text(text, "slope.toml")
    assert problem is not None
    assert not faults
    found = [one.what for one in validate(problem.parts[0])]
    assert (found == []) if not fault else any(fault in what for what in found), found
