"""`grade` from a document and an assignment to points: one small bank, hand-ins of a few lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from checker.__main__ import main
from problems.assignment import AssignmentError, load_assignment

PROBLEM = """
id = "w/1"
title = "A small network"
let = ["z = u^T v + c", "q = sigmoid(z)", "L = -t log(q) - (1-t) log(1-q)"]
[names]
u = "real[m]"
v = "real[m]"
c = "real"
t = "label01"

[[part]]
id = "w/1.a"
kind = "formula"
ask = "What is dL/du?"
derives = "dL/du"
points = 3
[[part.mistake]]
answer = "(t - q) v"
tag = "sign"
message = "The residual points the other way."
score = 0.5

[[part]]
id = "w/1.b"
kind = "formula"
ask = "What is dL/dc?"
derives = "dL/dc"

[[part]]
id = "w/1.c"
kind = "text"
ask = "Why is the loss convex?"
model_answer = "It is a sum of convex functions."
"""

ASSIGNMENT = """
title = "Week 1"
bank = "bank"
[[part]]
id = "w/1.a"
under = "2(a)"
[[part]]
id = "w/1.b"
points = 2
under = ["2(b)", "The bias"]
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with a bank and an assignment."""
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "one.toml").write_text(PROBLEM)
    (tmp_path / "hw.toml").write_text(ASSIGNMENT)
    return tmp_path


def graded(course: Path, text: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict]:
    (course / "in.md").write_text(text)
    code = main(["grade", str(course / "in.md"), "--assignment", str(course / "hw.toml"), "--json", *more])
    return code, json.loads(capsys.readouterr().out)


KNOWN = "2(a) $$\\frac{\\partial L}{\\partial u} = (t - q) v$$\n\n2(b) $q - t$\n"
DOUBLED = "2(a) $$\\frac{\\partial L}{\\partial u} = 2 (q - t) v$$\n\n2(b) $q - t$\n"

# what is handed in → points of (a), points of (b), exit code; None: a person decides
HANDED_IN = [
    ("2(a) $$\\frac{\\partial L}{\\partial u} = (q - t) v$$\n\n2(b) $q - t$\n", 3, 2, 0),
    ("# Problem 2\n\n(a) $(q - t) v$\n\n(b) $q - t$\n", 3, 2, 0),
    ("# Problem 2\n\n(a) $(q - t) v$\n\n**The bias.** It is\n\n$$q - t$$\n", 3, 2, 0),
    ("# Problem 2\n\n(a) $(q - t) v$\n\n## The bias\n\n$$q - t$$\n", 3, 2, 0),
    ("# Problem 2\n\n(a) $(q - t) v$\n", 3, 0, 1),
    (KNOWN, 1.5, 2, 1),
    (DOUBLED, 0, 2, 1),
    ("nothing at all\n", 0, 0, 1),
]


@pytest.mark.parametrize(("text", "a", "b", "code"), HANDED_IN)
def test_a_hand_in_is_worth_its_points(text, a, b, code, course, capsys):
    got, view = graded(course, text, capsys)
    assert [part["got"] for part in view["parts"]] == [a, b]
    assert (view["points"], view["possible"], got) == (a + b, 5, code)


def test_a_mistake_of_the_key_is_named(course, capsys):
    _, view = graded(course, KNOWN, capsys)
    part = view["parts"][0]
    assert (part["tag"], part["mistake"], part["score"]) == ("sign", 1, 0.5)


# what stands under (a), where nothing is understood
NOT_UNDERSTOOD = ["$$\\foo{?!}$$", "$see below @@$", "see the lecture"]


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_an_answer_that_is_not_understood_is_not_missing(text, course, capsys):
    _, view = graded(course, f"## 2(a)\n\n{text}\n\n## 2(b)\n\n$q - t$\n", capsys)
    assert view["awaiting"] == ["w/1.a"]
    assert (view["points"], view["settled"]) == (2, 2)


def test_words_wait_for_a_person(course, capsys):
    (course / "hw.toml").write_text('title = "All"\nsheet = "w"\nbank = "bank"\n')
    code, view = graded(course, "1(a) $(q - t) v$\n\n1(b) $q - t$\n\n1(c) It is a sum of convex functions.\n", capsys)
    assert view["awaiting"] == ["w/1.c"]
    assert (view["settled"], view["possible"], code) == (4, 5, 3)


def test_every_judged_line_is_an_object(course, capsys):
    _, view = graded(course, DOUBLED, capsys)
    line = next(line for line in view["lines"] if line["status"] == "wrong")
    assert line["text"] == "\\frac{\\partial L}{\\partial u} = 2 (q - t) v"
    assert (line["line"], line["part"]) == (1, "w/1.a")
    assert "reveal" not in line
    _, told = graded(course, DOUBLED, capsys, "--reveal")
    assert all("reveal" in line for line in told["lines"])


def test_a_document_that_cannot_be_read_is_left_to_a_person(course, capsys):
    (course / "in.md").write_bytes(b"\xff\xfe\x00")
    code = main(["grade", str(course / "in.md"), "--assignment", str(course / "hw.toml"), "--json"])
    view = json.loads(capsys.readouterr().out)
    assert code == 2
    assert view["fault"]
    assert view["awaiting"] == ["w/1.a", "w/1.b"]


@pytest.mark.parametrize("width", [60, 120])
def test_what_a_student_wrote_is_no_markup(width, course, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    (course / "in.md").write_text("2(a) $$\\frac{\\partial L}{\\partial u} = [bold] 2 v[i] \x1b[31m = x$$\n")
    main(["grade", str(course / "in.md"), "--assignment", str(course / "hw.toml")])
    out = capsys.readouterr().out
    assert "[bold]" in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= width


# assignment → words of its faults, all of them at once
FAULTS = [
    ("", ["title is missing"]),
    ('title = "x"\n', ["nothing is asked"]),
    ('title = "x"\nsheet = "01"\n', ["no sheet '01'; did you mean 001?"]),
    ('titel = "x"\nsheet = "001"\n', ["unknown key titel; did you mean title?", "title is missing"]),
    ('title = "x"\n[[part]]\nid = "001/31"\n', ["no part '001/31'; did you mean", "@ {file}: part[001/31].id"]),
    (
        'title = "x"\n[[part]]\nid = "001/3.1"\nunder = "1"\n[[part]]\nid = "001/3.2"\nunder = "1"\n',
        ["'1' stands over part[001/3.1] already"],
    ),
    ('title = "x"\n[[part]]\nid = "001/3.1"\n[[part]]\nid = "001/3.1"\n', ["001/3.1 is asked twice"]),
    ('title = "x"\nsheet = "001"\ncredit = "line"\n', ["'line' is no credit; did you mean lines?"]),
    ('title = "x"\nsheet = "001"\ncarried = 2\n', ["carried is a share of the points, from 0 to 1, not 2"]),
    ('title = "x"\nsheet = "001"\npoints = -1\n', ["points must be a number ≥ 0"]),
    ('title = "x"\nsheet = "001"\npoints = 0\n', ["no part is worth a point"]),
    ('title = "x"\nbank = "nowhere"\nsheet = "001"\n', ["no folder of problem files"]),
]


@pytest.mark.parametrize(("text", "words"), FAULTS)
def test_all_faults_of_an_assignment_are_said(text, words, tmp_path):
    file = tmp_path / "hw.toml"
    file.write_text(text)
    with pytest.raises(AssignmentError) as caught:
        load_assignment(file)
    for word in words:
        assert word.format(file=file) in str(caught.value)


# arguments → words of the refusal
REFUSED = [
    (["x.md"], "--sheet SHEET or --assignment FILE"),
    (["x.md", "--sheet", "001", "--assignment", "hw.toml"], "--sheet SHEET or --assignment FILE"),
    (["x.md", "--sheet", "01"], "did you mean 001?"),
    (["no-such.md", "--sheet", "001"], "no-such.md: no such file"),
    (["-", "-", "--sheet", "001"], "only one of the hand-ins can be standard input"),
    (["x.md", "--assignment", "no.toml"], "cannot be read"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_what_cannot_be_graded_is_refused(arguments, words, capsys):
    assert main(["grade", *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1(a) $dL/du = 2(q - t) v = (q-t) v$", [("dL/du = 2(q - t) v = (q-t) v", "wrong"), ("2(q - t) v", "wrong")]),
        (
            "1(a)\n\\begin{align*}\ndL/du &= (q - t) v \\\\\n&= v (q - t) \\\\\n&= 2 v (q - t)\n\\end{align*}",
            [
                ("v (q - t)", "correct"),
                ("2 v (q - t)", "wrong"),
                ("dL/du &= (q - t) v \\\\\n&= v (q - t) \\\\\n&= 2 v (q - t)", "wrong"),
            ],
        ),
        ("1(a) $(q - t) v$", []),
    ],
)
def test_a_line_is_found_as_it_stands_whole_or_by_its_members(text, rows, course, capsys):
    """A row and a link are what their members come to; they are counted nowhere."""
    _, view = graded(course, text, capsys)
    whole = [line for line in view["lines"] if "members" in line]
    members = [line for line in view["lines"] if "members" not in line]
    assert set(rows) <= {(row["text"], row["status"]) for row in whole}, [
        (n["text"], n["status"]) for n in view["lines"]
    ]
    assert rows or not whole
    assert sum(view["counts"].values()) == len(members)
    for row in whole:
        assert text[row["start"] : row["end"]] == row["text"]
        assert row["status"] == members[row["by"]]["status"]
    assert len({(line["start"], line["end"]) for line in view["lines"]}) == len(view["lines"])


PRINTER = """#!/bin/sh
[ "$(ulimit -v)" = unlimited ] && [ "$(ulimit -t)" = unlimited ] || exit 1
printf '%%PDF-1.4 a page' > {}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
@pytest.mark.parametrize(("made", "code", "words"), [("page.pdf", 0, ""), ("elsewhere", 2, "no PDF was made")])
def test_a_browser_prints_without_the_limits_of_a_judge_and_says_where_it_cannot(
    made, code, words, course, capsys, monkeypatch
):
    programs = course / "programs"
    programs.mkdir()
    (programs / "chromium").write_text(PRINTER.format(made))
    (programs / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    (course / "one.md").write_text("2(b) $q - t$")
    out = course / "one.pdf"
    command = ["grade", str(course / "one.md"), "--assignment", str(course / "hw.toml"), "--format", "pdf"]
    got = main([*command, "--out", str(out)])
    assert (0 if got in (0, 1, 3) else got, out.exists()) == (code, code == 0)
    assert words in " ".join(capsys.readouterr().err.split())
