"""A class from its folder to its tables: what is written, what survives a kill, which answers are one group."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from checker.__main__ import main
from checker.course.alike import Answer, alike, groups
from checker.course.gradebook import gradebook, guarded
from checker.course.gradescope import NEEDED, assignment_text, autograder
from checker.course.handins import ClassError, handin_at, handins_in
from checker.documents.sheets import asked_of
from problems.assignment import load_assignment
from problems.loader import read_text

ROOT = Path(__file__).parent.parent

PROBLEM = """
id = "w/1"
title = "A small network"
let = ["z = u^T v + c", "q = sigmoid(z)", "L = -t log(q) - (1-t) log(1-q)"]
[names]
u = "real[m]"
v = "real[m]"
c = "real"
t = "label01"
r = "real"

[[part]]
id = "w/1.a"
kind = "formula"
ask = "What is dL/du?"
derives = "dL/du"
[[part.mistake]]
answer = "(t - q) v"
tag = "sign"
message = "The residual points the other way."
score = 0.5
[[part.mistake]]
answer = "(q - t) u"
tag = "wrong-vector"
message = "That is the derivative by v."

[[part]]
id = "w/1.b"
kind = "formula"
ask = "What is dL/dc?"
derives = "dL/dc"
"""

ASSIGNMENT = """
title = "Week <1>"
bank = "bank"
[[part]]
id = "w/1.a"
points = 2
under = "1"
[[part]]
id = "w/1.b"
points = 2
under = "2"
"""


def handed(a: str | None, b: str | None) -> str:
    said = ((1, "u", a), (2, "c", b))
    return "".join(
        f"## Question {k}\n\n$$\\frac{{\\partial L}}{{\\partial {by}}} = {text}$$\n\n"
        for k, by, text in said
        if text is not None
    )


HANDINS = {
    "ann": handed("(q - t) v", "q - t"),
    "bob": handed("-(t - q) v", "\\sigma(z) - t"),
    "cem": handed("(t - q) v", "t - q"),
    "dan": handed("(t - q) v", None),
    "<b>eve</b>": handed("<script>alert(1)</script>", "q - t"),
    "=cmd()": handed("(q - t) v", "2 (q - t)"),
}


def written(folder: Path) -> Path:
    """A folder with a bank, an assignment and six hand-ins."""
    (folder / "bank").mkdir()
    (folder / "bank" / "one.toml").write_text(PROBLEM)
    (folder / "hw.toml").write_text(ASSIGNMENT)
    (folder / "in").mkdir()
    for name, text in HANDINS.items():
        student = name.replace("/", "\u2215")
        (folder / "in" / student).mkdir()
        (folder / "in" / student / "answers.md").write_text(text)
    return folder


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return written(tmp_path)


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = written(tmp_path_factory.mktemp("course"))
    grade(folder)
    return folder


@pytest.fixture
def graded(graded_once: Path, tmp_path: Path) -> Path:
    """The folder once it was graded: a copy that a test may change."""
    return shutil.copytree(graded_once, tmp_path / "course")


def grade(course: Path, *more: str, out: str = "out") -> int:
    arguments = ["grade", str(course / "in"), "--assignment", str(course / "hw.toml"), "--out", str(course / out)]
    return main([*arguments, "--workers", "1", *more])


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_class_is_a_page_a_student_and_the_tables(course, capsys):
    assert grade(course, "--workers", "2") == 1
    out = course / "out"
    rows = list(csv.DictReader((out / "grades.csv").open()))
    points = {row["student"]: (row["w/1.a"], row["w/1.b"], row["total"]) for row in rows}
    assert points["ann"] == points["bob"] == ("2", "2", "4")
    assert points["cem"] == ("1", "0", "1")
    assert points["dan"] == ("1", "0", "1")
    assert "'=cmd()" in points
    assert len(list((out / "students").glob("*.html"))) == len(HANDINS)
    overview = (out / "index.html").read_text()
    assert "Week &lt;1&gt;" in overview
    assert "<script" not in overview
    assert "<b>eve" not in overview
    assert "That is the derivative by v." in overview.partition("never fired")[2]
    assert "The residual points the other way." not in overview.partition("never fired")[2].partition("<h2>")[0]
    assert "overview:" in capsys.readouterr().out
    everything = b"".join(all_bytes(out).values())
    assert str(course).encode() not in everything


@pytest.mark.long
def test_a_class_that_is_killed_goes_on_to_the_same_bytes(course):
    from tests.generated_class import assignment, generate, parts

    asked = parts(4)
    shutil.rmtree(course / "in")
    generate(course / "in", 12, asked, seed=3)
    (course / "hw.toml").write_text(assignment(asked))
    assert grade(course, out="whole") in (1, 2, 3)
    command = [
        sys.executable,
        "-m",
        "checker",
        "grade",
        "in",
        "--assignment",
        "hw.toml",
        "--out",
        "out",
        "--workers",
        "1",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=course, env=env, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list((course / "out" / "students").glob("*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (course / "out" / "grades.json").exists()
    (course / "out" / "students" / "left.html.12345").write_text("half")
    kept = {p: p.stat().st_mtime_ns for p in (course / "out" / "students").glob("*.json")}
    assert kept
    assert grade(course, "--resume") in (1, 2, 3)
    assert all(p.stat().st_mtime_ns == stamp for p, stamp in kept.items())
    assert all_bytes(course / "out") == all_bytes(course / "whole")


@pytest.mark.long
def test_what_was_meant_by_a_generated_answer_is_its_verdict(tmp_path):
    from tests.generated_class import assignment, generate, parts

    asked = parts(3)
    meant = generate(tmp_path / "in", 6, asked, seed=1)
    (tmp_path / "hw.toml").write_text(assignment(asked))
    grade(tmp_path)
    grades = json.loads((tmp_path / "out" / "grades.json").read_text())
    for student in grades["students"]:
        for kind, part in zip(meant[student["name"]], student["parts"], strict=True):
            if kind == "right":
                assert part["status"] != "wrong", (student["name"], part)
            elif kind in ("wrong", "unreadable"):
                assert part["status"] != "correct", (student["name"], part)
            else:
                assert part["status"] == "missing", (student["name"], part)


def override(course: Path, **said: object) -> None:
    groups = json.loads((course / "out" / "groups.json").read_text())
    part = next(row for row in groups if row["part"] == "w/1.b")
    rows = {"part": "w/1.b", "key": part["key"], "answer": "t - q", **said}
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in rows.items())
    (course / "overrides.toml").write_text(f"[[override]]\n{text}")


@pytest.mark.long
def test_an_override_counts_for_a_group_and_a_regrade_lists_what_changed(graded, capsys):
    override(graded, score=0.25, note="the sign alone")
    capsys.readouterr()
    grade(graded, "--regrade")
    assert "0 → 0.5" in capsys.readouterr().out
    changed = list(csv.DictReader((graded / "out" / "changes.csv").open()))
    assert changed == [{"student": "cem", "part": "w/1.b", "old": "0", "new": "0.5"}]
    groups = json.loads((graded / "out" / "groups.json").read_text())
    assert [g["override"] for p in groups for g in p["groups"] if g["override"] is not None] == ["the sign alone"]


@pytest.mark.long
def test_an_override_has_those_alone_judged_anew_for_whom_it_counts(graded):
    plain = all_bytes(graded / "out")
    stamps = {p.stem: p.stat().st_mtime_ns for p in (graded / "out" / "students").glob("*.json")}
    override(graded, answer="(t - q)", score=0.25)
    grade(graded, "--regrade")
    touched = {p.stem for p in (graded / "out" / "students").glob("*.json") if p.stat().st_mtime_ns != stamps[p.stem]}
    assert touched == {"cem"}
    (graded / "out" / "changes.csv").unlink()
    grade(graded, out="anew")
    assert all_bytes(graded / "out") == all_bytes(graded / "anew")
    (graded / "overrides.toml").unlink()
    grade(graded, "--resume")
    assert all_bytes(graded / "out") == plain


def test_an_override_rests_once_the_key_was_changed(graded, capsys):
    override(graded, status="correct")
    text = (graded / "bank" / "one.toml").read_text()
    (graded / "bank" / "one.toml").write_text(
        text.replace('derives = "dL/dc"', 'derives = "dL/dc"\nconventions = { labels = "01" }')
    )
    capsys.readouterr()
    grade(graded, "--regrade", "--json")
    shown = capsys.readouterr()
    assert "rests: the key was changed" in shown.err
    assert json.loads(shown.out)["changes"] == []


def test_a_changed_score_of_a_mistake_is_a_changed_score(graded, capsys):
    text = (graded / "bank" / "one.toml").read_text()
    (graded / "bank" / "one.toml").write_text(text.replace("score = 0.5", "score = 0.75"))
    capsys.readouterr()
    grade(graded, "--regrade", "--json")
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert changes == [{"student": name, "part": "w/1.a", "old": 1, "new": 1.5} for name in ("cem", "dan")]


# overrides → words of the refusal
BAD_OVERRIDES = [
    ('[[override]]\npart = "w/1.x"\nkey = "0"\nanswer = "q"\nscore = 1\n', "w/1.x is not asked"),
    ('[[override]]\npart = "w/1.a"\nkey = "0"\nanswer = "q"\n', "it decides nothing"),
    ('[[override]]\npart = "w/1.a"\nkey = "0"\nanswer = "q"\nscore = 2\n', "score is a share of the points"),
    ('[[overide]]\npart = "w/1.a"\n', "unknown key overide; did you mean override?"),
]


@pytest.mark.parametrize(("text", "words"), BAD_OVERRIDES)
def test_overrides_that_say_nothing_clear_are_refused(text, words, course, capsys):
    (course / "overrides.toml").write_text(text)
    assert grade(course) == 2
    assert words in capsys.readouterr().err


# two answers to one part, r real → how they stand to each other
ALIKE = [
    ("q - t", "-(t - q)", "same"),
    ("q  - t", "q - t", "same"),
    ("q - t", "t - q", "apart"),
    ("r", "sqrt(r)^2", "near"),
    ("r^2 / r", "r", "near"),
    ("r^2 / r", "r^3 / r^2", "same"),
    ("q - @", "q - t", "apart"),
]


@pytest.mark.parametrize(("left", "right", "wanted"), ALIKE)
def test_answers_are_the_same_when_it_is_proved_with_their_domains(left, right, wanted):
    problem, _ = read_text(PROBLEM, "one.toml")
    assert problem is not None
    asked = asked_of(problem.parts[1], ())
    assert alike(left, right, asked) == alike(right, left, asked) == wanted


def test_neighbours_are_shown_and_never_merged():
    problem, _ = read_text(PROBLEM, "one.toml")
    assert problem is not None
    answers = [Answer(text, text, "wrong") for text in ("r", "sqrt(r)^2", "r + 0", "2 r")]
    found = groups(answers, asked_of(problem.parts[1], ()))
    assert [(group.members, group.near) for group in found] == [((0, 2), (1,)), ((1,), (0,)), ((3,), ())]


CELLS = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"]


@pytest.mark.parametrize("cell", CELLS)
def test_no_cell_becomes_a_formula(cell):
    assert guarded(cell) == "'" + cell
    table = gradebook(cell, [{"id": "a", "points": 1}], [_row(cell)], "plain")
    assert list(csv.reader(table.splitlines(keepends=True)))[1][0].startswith("'")


def _row(name: str) -> dict[str, object]:
    return {"name": name, "parts": [{"id": "a", "got": None}], "points": 0, "possible": 1, "awaiting": ["a"]}


# whose names → the first line of the table
HEADS = [
    ("plain", "student,a,total,possible,awaiting"),
    ("canvas", "Student,ID,SIS User ID,SIS Login ID,Section,HW a,HW"),
    ("moodle", "Username,Assignment: HW a (Real),Assignment: HW (Real)"),
    ("moodle-worksheet", "Identifier,Full name,Grade,Maximum Grade,Feedback comments"),
]


@pytest.mark.parametrize(("style", "head"), HEADS)
def test_a_gradebook_has_the_columns_of_who_reads_it(style, head):
    table = gradebook("HW", [{"id": "a", "points": 1}], [_row("ann")], style)
    assert table.splitlines()[0] == head


# whose columns, what a hand-in is called → its row; of the others the points wait for a person
NAMED = [
    ("canvas", "ann", "ann,,,ann,,1.5,1.5"),
    ("canvas", "leeann_4711_90210_hw1", "leeann,4711,,,,1.5,1.5"),
    ("canvas", "leeann_LATE_4711_90210_hw1-2", "leeann,4711,,,,1.5,1.5"),
    ("canvas", "ann_2", "ann_2,,,ann_2,,1.5,1.5"),
    ("moodle", "ann", "ann,1.5,1.5"),
    ("moodle-worksheet", "Ann Lee_4711_assignsubmission_file", "Participant 4711,Ann Lee,1.5,2,a: 1.5"),
    ("moodle-worksheet", "Ann_Lee_4711_assignsubmission_onlinetext", "Participant 4711,Ann_Lee,1.5,2,a: 1.5"),
    ("moodle-worksheet", "ann", ",ann,1.5,2,a: 1.5"),
    ("moodle-worksheet", "=x_1_assignsubmission_file_", "Participant 1,'=x,1.5,2,a: 1.5"),
]


@pytest.mark.parametrize(("style", "name", "line"), NAMED)
def test_a_student_has_the_number_by_which_the_system_knows_them(style, name, line):
    row = {"name": name, "parts": [{"id": "a", "got": 1.5}], "points": 1.5, "possible": 2, "awaiting": []}
    assert gradebook("HW", [{"id": "a", "points": 2}], [row], style).splitlines()[-1] == line


def test_a_worksheet_has_no_grade_while_something_waits():
    table = gradebook("HW", [{"id": "a", "points": 1}], [_row("ann")], "moodle-worksheet")
    assert table.splitlines()[1] == ",ann,,1,a: to be read by a person"


def test_hand_ins_are_files_and_folders_named_by_the_student(tmp_path):
    for path in ("ann.md", "bob/main.tex", "bob/figure.tex", "cem/a.md", "cem/b.md", "dan/x.pdf", ".DS_Store"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x")
    (tmp_path / "eve.md").symlink_to("/etc/hostname")
    found = {h.name: (h.document and Path(h.document).name, h.fault) for h in handins_in(tmp_path)}
    assert found["ann"] == ("ann.md", "")
    assert found["bob"] == ("main.tex", "")
    assert found["cem"][1] == "several documents (a.md, b.md): call the one to be graded main"
    assert found["dan"][1].startswith("no document in the folder")
    assert found["eve"][1].startswith("a link, which is not followed")
    assert list(found) == ["ann", "bob", "cem", "dan", "eve"]


def test_two_hand_ins_of_one_student_are_refused(tmp_path):
    (tmp_path / "ann.md").write_text("x")
    (tmp_path / "Ann.tex").write_text("x")
    with pytest.raises(ClassError, match="are of one student"):
        handins_in(tmp_path)


@pytest.mark.parametrize("name", ["..", "a/../b", "CON", "ä ö", "x" * 300, "<b>"])
def test_a_page_is_called_safely(name, tmp_path):
    folder = tmp_path / name.replace("/", "_").replace("..", "__")[:200]
    folder.mkdir()
    page = handin_at(folder).page
    assert len(page) < 120
    assert not set(page) & set('/\\<>:"|?* ')


# arguments besides the folder → words of the refusal
REFUSED = [
    ([], "say with --out which folder"),
    (["--out", "{course}/hw.toml"], "is a file: --out of a class is a folder"),
    (["--out", "{course}/bank"], "holds other files"),
    (["--out", "{course}/new", "--regrade"], "no grades of an earlier run"),
    (["--out", "{course}/new", "--format", "gradescop"], "gradescop"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_what_is_no_class_is_refused(arguments, words, course, capsys):
    said = [argument.format(course=course) for argument in arguments]
    assert main(["grade", str(course / "in"), "--assignment", str(course / "hw.toml"), *said]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.long
def test_an_autograder_is_the_same_bytes_and_writes_results(course):
    assignment, bank = load_assignment(course / "hw.toml")
    data = autograder(assignment, bank)
    assert data == autograder(assignment, bank)
    (course / "zip").write_bytes(data)
    root = course / "autograder"
    with zipfile.ZipFile(course / "zip") as archive:
        assert {"setup.sh", "run_autograder", "assignment.toml", "bank/one.toml"} <= set(archive.namelist())
        assert archive.getinfo("run_autograder").external_attr >> 16 == 0o755
        archive.extractall(root / "source")
    (root / "venv" / "bin").mkdir(parents=True)
    (root / "venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (root / "venv" / "bin" / "python").chmod(0o755)
    (root / "submission").mkdir()
    (root / "submission" / "answers.md").write_text(HANDINS["cem"])

    def run() -> dict:
        env = {**os.environ, "AUTOGRADER_ROOT": str(root)}
        subprocess.run(["bash", str(root / "source" / "run_autograder")], env=env, check=True, capture_output=True)
        return json.loads((root / "results" / "results.json").read_text())

    found = run()
    assert [(t["score"], t["max_score"], t["status"]) for t in found["tests"]] == [(1, 2, "failed"), (0, 2, "failed")]
    assert "The residual points the other way." in found["tests"][0]["output"]
    (root / "source" / "assignment.toml").write_text("no assignment")
    assert run()["score"] == 0
    (root / "venv" / "bin" / "python").unlink()
    assert run()["score"] == 0


def test_the_autograder_installs_what_the_package_needs():
    import re
    import tomllib

    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert tuple(re.match(r"[\w-]+", name)[0] for name in needed) == NEEDED  # type: ignore[index]


def test_an_assignment_is_written_as_it_is_read(course):
    assignment, _ = load_assignment(course / "hw.toml")
    (course / "again.toml").write_text(assignment_text(assignment, "bank"))
    assert load_assignment(course / "again.toml")[0].to_json() == assignment.to_json()
