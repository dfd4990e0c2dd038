"""A kind is added by one file: an interval of reals, `(0, 1/4]`, asked for a range, goes through loading, validating,
showing, checking, the conventions and revealing with nothing else touched."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from checker import check
from checker.commands.describing import part_rows
from checker.kinds import KINDS
from checker.kinds.contract import kind_of
from checker.validation import validate
from problems.json_schema import json_schema
from problems.loader import read_text
from problems.truth import truth

PAGE = (Path(__file__).parent.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
FILE = PAGE.partition("<!-- new: checker/kinds/interval.py -->\n```py\n")[2].partition("```")[0]
"""The worked example of the page."""

PROBLEM = """
id = "r/1"
title = "A range"
names = { z = "real" }
let = "v = sigmoid(z) (1 - sigmoid(z))"
[[part]]
id = "r/1a"
kind = "interval"
ask = "Which values does v take?"
derives = "value of v"
range = "(0, 1/4]"
over = "z"
units = "units"
expect = "(0, 0.25]"
accepts = ["(0, 1/4]", "v: (0, 1/4] units"]
rejects = ["(0, 1/4)", "[0, 1/4]", "(0, 1/2]"]
"""


@pytest.fixture
def interval():
    module = ModuleType("checker.kinds.interval")
    sys.modules[module.__name__] = module
    exec(compile(FILE, "interval.py", "exec"), module.__dict__)
    KINDS.add("checker.kinds", "interval")
    yield
    KINDS.remove("interval")
    del sys.modules[module.__name__]


def loaded(text: str = PROBLEM):
    problem, faults = read_text(text, "range.toml")
    assert faults == ()
    assert problem is not None
    return problem, problem.parts[0]


@pytest.mark.usefixtures("interval")
def test_a_kind_in_one_file_is_loaded_validated_and_shown():
    problem, part = loaded()
    assert (part.payload.range, part.payload.over) == ("(0, 1/4]", ("z",))
    assert validate(part) == ()
    rows = dict(part_rows(problem, part))
    assert (rows["over"], rows["names"]) == ("z", {"z": "real"})
    assert rows["to type"].startswith("an interval such as (0, 1/4]")
    assert "interval" in json_schema()["$defs"]["part"]["properties"]["kind"]["enum"]


@pytest.mark.usefixtures("interval")
@pytest.mark.parametrize(
    ("answer", "status", "score", "tag"),
    [
        ("(0, 1/4]", "correct", 1.0, None),
        ("it is (0, 0.25]", "correct", 1.0, None),
        ("(0, 1/4)", "wrong", 0.5, "boundary"),
        ("[0, 1/2)", "wrong", 0.0, "boundary"),
        ("(0, 1/2]", "wrong", 0.5, "value"),
        ("0 to 1/4", "unreadable", None, None),
    ],
)
def test_a_kind_in_one_file_is_judged(answer, status, score, tag):
    verdict = check(loaded()[1], answer)
    assert (verdict.status, verdict.score) == (status, score)
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag


@pytest.mark.usefixtures("interval")
def test_a_kind_in_one_file_is_revealed():
    _, part = loaded()
    wrong = check(part, "(0, 1/2]")
    assert wrong.diagnosis is not None
    assert wrong.diagnosis.reveal == "it is 1/4"
    assert list(kind_of(part).right(part, truth(part))) == ["(0, 1/4]"]


@pytest.mark.usefixtures("interval")
def test_what_its_author_gets_wrong_is_a_fault():
    _, part = loaded(PROBLEM.replace('range = "(0, 1/4]"', 'range = "(0; 1/4]"').replace("expect", "# expect"))
    assert [f.path for f in validate(part) if f.path == ".range"] == [".range"]
    _, faults = read_text(PROBLEM.replace('range = "(0, 1/4]"\n', ""), "range.toml")
    assert [str(f) for f in faults] == ["range is missing: the interval, as it is written @ range.toml: part[r/1a]"]
    _, faults = read_text(PROBLEM.replace("over =", "ovr ="), "range.toml")
    assert [str(f) for f in faults] == ["unknown key ovr; did you mean over? @ range.toml: part[r/1a].ovr"]


def test_without_its_file_the_kind_is_not_known():
    _, faults = read_text(PROBLEM, "range.toml")
    assert any("'interval' is no kind" in str(f) for f in faults)
