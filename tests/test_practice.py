"""Practice: what a person types and is told, what comes back when, and what is kept of it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3

import pytest

from checker.__main__ import main
from checker.commands import typist
from checker.commands.practising import KEYS, Session
from checker.commands.progress import Progress
from checker.commands.repeating import DAY, INTERVALS, Event, mistakes_due, order, parts_due
from checker.commands.typist import Typist
from checker.output import Terminal
from checker.process import Outcome
from checker.worker import perform
from problems.bank import load_bank

BANK = load_bank()


def sitting(tmp_path, typed: list[str], *parts: str, bank=BANK) -> tuple[Session, str]:
    """A sitting with what is typed, answered in this process, and what was printed."""

    def ask(request):
        reply = perform(json.loads(json.dumps(request)))
        assert "failed" not in reply, reply.get("failed")
        return Outcome(answer=reply["answer"])

    shown = io.StringIO()
    lines = iter(typed)
    progress = Progress(tmp_path / "progress.sqlite")
    folder = None if bank is BANK else str(bank.folders[0])
    terminal = Terminal(shown, 80)

    def line(prompt: str) -> str | None:
        shown.write(prompt)
        return next(lines, None)

    session = Session(folder, terminal, ask, line, progress, progress.tries())
    session.run([bank.find(part) for part in parts])
    return session, shown.getvalue()


# (what is typed at 004/Q3.1a, words of what is printed then)
KEYED = [
    (["?"], [*KEYS, "this list"]),
    ([""], ["this list"]),
    (["hint"], ["hint 1 of 4", "What is asked is the derivative of h by z"]),
    (["hint", "hint"], ["hint 2 of 4", "The first step"]),
    (["hint"] * 4, ["There is no further hint; reveal gives the answer."]),
    (["example"], ["for example", "the answer gives"]),
    (["show"], ["What is the derivative of ReLU"]),
    (["1 - z"], ["wrong", "hint shows the step where it goes wrong"]),
    (["1[z > 0"], ["unreadable"]),
    (["reveal"], ["hint 4 of 4, which costs all of the points"]),
    (["HELP"], ["this list"]),
    (["Hints "], ["hint 1 of 4"]),
    (["hnit"], ["unreadable", "Or was hint meant? ? lists what else can be typed."]),
    (["1[z > 0"], ["the answer, character "]),
    (["back"], ["This is the first part."]),
]


@pytest.mark.parametrize(("typed", "words"), KEYED, ids=lambda v: " ".join(v)[:20])
def test_what_can_be_typed(typed, words, tmp_path) -> None:
    _, shown = sitting(tmp_path, typed, "004/Q3.1a")
    for word in words:
        assert word in shown


def test_after_a_wrong_answer_the_hint_is_about_the_step_that_went_wrong(tmp_path) -> None:
    _, shown = sitting(tmp_path, ["V := beta V + g; W := W + alpha V", "", "hint"], "beyond/momentum.step")
    assert "hint 3 of 6" in shown
    assert "W′ :=" in shown
    assert "[sign]" not in shown, "tags are our own words"


def test_one_goes_on_back_and_out(tmp_path) -> None:
    session, shown = sitting(tmp_path, ["skip", "back", "back", "false", "quit"], "000/3.1", "000/9b")
    places = [line.split(":")[0] for line in shown.splitlines() if " of 2: " in line]
    assert places == ["1 of 2", "2 of 2", "1 of 2", "1 of 2", "2 of 2"]
    assert {i: r["status"] for i, r in session.results.items()} == {"000/3.1": "correct", "000/9b": "skipped"}


def test_the_end_of_an_answer_of_several_lines_is_shown(tmp_path) -> None:
    _, shown = sitting(tmp_path, ["V := beta V + g", "W := W - alpha V", ""], "beyond/momentum.step")
    assert "(several lines; an empty one ends the answer)" in shown
    assert "correct" in shown


def test_a_key_on_a_later_line_is_a_key(tmp_path) -> None:
    _, shown = sitting(tmp_path, ["V := beta V + g", "hint", "quit"], "beyond/momentum.step")
    assert "hint 1 of 6" in shown
    assert "unreadable" not in shown


def test_values_that_were_given_are_kept(tmp_path) -> None:
    typed = ["s1 = 0.4, L = 1", "s2 = oh", "", "s2 = 0.1", "", "s1 = 0.5", "", "quit"]
    session, shown = sitting(tmp_path, typed, "beyond/rnn.trace")
    assert "(kept: s1, L; type only what is new or changes" in shown, "but for the line that cannot be read"
    assert "(kept: s1, L, s2;" in shown
    assert session.progress.events()
    *_, last = session.progress.exported("jsonl").splitlines()
    assert json.loads(last)["answer"] == "s1 = 0.5\nL = 1\ns2 = 0.1"


def test_what_is_given_is_told_once_for_the_parts_of_a_problem(tmp_path) -> None:
    _, shown = sitting(tmp_path, ["skip", "show", "quit"], "001/3.1", "001/3.2")
    first, second, again = shown.split(" of 2: ")[1:]
    assert "as before" not in first
    assert "setting  " in first
    assert "as before  setting, names, where (show tells it again)" in second
    assert "setting  y" not in second
    assert "setting  y" in again


def test_an_interruption_drops_what_is_typed_and_the_second_ends(tmp_path) -> None:
    def ask(request):
        raise AssertionError("nothing is judged")

    shown = io.StringIO()
    typed: list[str | None] = ["V := beta V", None, "?", None, None]

    def line(prompt: str) -> str | None:
        text = typed.pop(0)
        if text is None:
            raise typist.Dropped
        return text

    progress = Progress(tmp_path / "progress.sqlite")
    session = Session(None, Terminal(shown, 80), ask, line, progress, progress.tries())
    session.run([BANK.find("beyond/momentum.step")])
    assert typed == []
    assert shown.getvalue().count("Dropped. Ctrl-C once more, Ctrl-D or quit ends it.") == 2
    assert session.results == {}


COSTLY = """
id = "c/1"
title = "A slope"
names = { x = "real" }
let = "y = x^3"
[[part]]
id = "c/1a"
kind = "formula"
ask = "What is $dy/dx$?"
derives = "dy/dx"
points = 4
costs = { rule = 0.25 }
[[part]]
id = "c/1b"
kind = "number"
ask = "What is y at $x = {{x}}$?"
derives = "value of y"
given = { x = 2 }
vary = { x = [3, 4] }
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "1.toml").write_text(COSTLY, encoding="utf-8")
    return load_bank(tmp_path / "bank")


def test_hints_cost_what_their_author_says(own, tmp_path) -> None:
    session, _ = sitting(tmp_path, ["hint", "hint", "3 x^2"], "c/1a", bank=own)
    assert (session.results["c/1a"]["score"], session.results["c/1a"]["hints"]) == (0.75, 2)
    session, _ = sitting(tmp_path, ["hint", "3 x^2"], "c/1a", bank=own)
    assert session.results["c/1a"]["score"] == 1


def test_a_part_that_varies_comes_back_with_other_numbers(own, tmp_path) -> None:
    for given, value in ((2, "8"), (3, "27"), (4, "64"), (2, "8")):
        session, shown = sitting(tmp_path, [value], "c/1b", bank=own)
        assert f"x = {given}?" in shown
        assert session.results["c/1b"]["status"] == "correct"


# ---------------------------------------------------------------- what is due

DAYS = [
    # (day, part, right, tag, told) …                                     now   parts due     mistakes due
    ([(0, "a", True, None, False)], 0.5, [], []),
    ([(0, "a", True, None, False)], 1, ["a"], []),
    ([(0, "a", True, None, False), (1, "a", True, None, False)], 3, [], []),
    ([(0, "a", True, None, False), (1, "a", True, None, False)], 4, ["a"], []),
    ([(0, "a", False, "sign", False)], 0, ["a"], ["sign"]),
    ([(0, "a", False, "factor:1/m", False), (0, "a", True, None, False)], 0.5, [], []),
    ([(0, "a", False, "factor:1/m", False), (0, "a", True, None, False)], 1, ["a"], ["factor"]),
    ([(0, "a", False, "sign", False), (0, "a", True, None, True)], 0, ["a"], ["sign"]),
    ([(0, "a", True, None, False), (0, "b", False, "sign", False)], 2, ["b", "a"], ["sign"]),
]


@pytest.mark.parametrize(("answers", "now", "parts", "mistakes"), DAYS)
def test_what_was_right_comes_back_later_and_later(answers, now, parts, mistakes) -> None:
    events = [Event(part, day * DAY, right, tag, told) for day, part, right, tag, told in answers]
    assert [due.what for due in parts_due(events, now * DAY)] == parts
    assert [due.what for due in mistakes_due(events, now * DAY)] == mistakes


def test_the_intervals_grow() -> None:
    assert list(INTERVALS) == sorted(INTERVALS)
    events = [Event("a", 0, True)] * 20
    assert [due.what for due in parts_due(events, INTERVALS[-1] * DAY)] == ["a"], "the last interval stays"


def test_a_kind_of_mistake_brings_a_part_whose_author_knows_it() -> None:
    events = [Event("a", 0, False, "sign")]
    teaches = {"b": frozenset({"sign"}), "c": frozenset({"factor"})}
    assert order(events, teaches, 0) == ["a", "b"]


# ---------------------------------------------------------------- what is kept


def test_a_history_can_be_taken_along(tmp_path) -> None:
    progress = Progress(tmp_path / "p.sqlite")
    progress.add("001/3.1", "=cmd()", "wrong", 0.0, "sign", hints=2)
    progress.add("001/3.1", "y_i (1 - y_i)", "correct", 0.75, None, hints=3, seed=1)
    rows = list(csv.DictReader(io.StringIO(progress.exported("csv"))))
    assert [(r["part"], r["answer"], r["status"], r["hints"], r["seed"]) for r in rows] == [
        ("001/3.1", "'=cmd()", "wrong", "2", "0"),
        ("001/3.1", "y_i (1 - y_i)", "correct", "3", "1"),
    ]
    lines = [json.loads(line) for line in progress.exported("jsonl").splitlines()]
    assert lines[0]["answer"] == "=cmd()"
    assert lines[0]["at"].endswith("Z")
    (day,) = progress.days()
    assert day[1:] == (2, 1)


def test_a_file_of_an_earlier_version_is_taken_over(tmp_path) -> None:
    path = tmp_path / "p.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE answers (part TEXT, at REAL, answer TEXT, status TEXT, score REAL, tag TEXT)")
        base.execute("INSERT INTO answers VALUES ('a', 0, 'x', 'correct', 1, NULL)")
    base.close()
    progress = Progress(path)
    progress.add("b", "y", "wrong", 0.0, "sign")
    assert progress.kept
    assert [event.part for event in progress.events()] == ["a", "b"]
    assert progress.done() == {"a"}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], ["backproof check c/1b '…' --bank bank", "`backproof show c/1b --hint 1 --bank bank`", "x = 2"]),
        (["--seed", "2"], ["backproof check c/1b '…' --bank bank --seed 2", "--hint 1 --bank bank --seed 2`", "x = 4"]),
    ],
)
def test_the_command_that_a_question_names_is_about_this_version(argv, words, own, capsys, monkeypatch) -> None:
    monkeypatch.chdir(own.folders[0].parent)
    assert main(["show", "c/1b", "--bank", "bank", *argv]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert [w for w in words if w not in shown] == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--progress"], "nothing has been answered yet"),
        (["--due"], "nothing is due"),
        (["--export", "-"], "part,at,answer"),
    ],
)
def test_a_person_without_a_history_is_told_so(argv, words, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("BACKPROOF_DATA", str(tmp_path))
    assert main(["practice", *argv]) == 0
    assert words in capsys.readouterr().out


def test_two_ways_to_end_are_refused_together(capsys) -> None:
    assert main(["practice", "--forget", "--progress"]) == 2
    assert "give one of them" in capsys.readouterr().err


# ---------------------------------------------------------------- typing


def test_a_terminal_edits_its_lines_and_keeps_them(tmp_path, monkeypatch) -> None:
    readline = pytest.importorskip("readline")
    readline.clear_history()
    terminal = Terminal(io.StringIO(), 80, interactive=True)
    monkeypatch.setattr(typist.sys, "stdin", type("Tty", (), {"isatty": staticmethod(lambda: True)}))
    monkeypatch.setattr("builtins.input", lambda prompt: readline.add_history("y_i") or "y_i")
    person = Typist(terminal, tmp_path / "history")
    assert person.line("> ") == "y_i"
    person.close()
    assert "y_i" in (tmp_path / "history").read_text()
    readline.clear_history()
    Typist(terminal, tmp_path / "history")
    assert readline.get_history_item(1) == "y_i"
    readline.clear_history()


def test_an_interruption_at_the_prompt_is_no_end_of_input(monkeypatch) -> None:
    def interrupted(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(typist.sys, "stdin", type("Tty", (), {"isatty": staticmethod(lambda: True)}))
    monkeypatch.setattr("builtins.input", interrupted)
    with pytest.raises(typist.Dropped):
        Typist(Terminal(io.StringIO(), 80, interactive=True), None).line("> ")


def test_the_end_of_input_ends_the_dialogue(monkeypatch) -> None:
    monkeypatch.setattr(typist.sys, "stdin", io.StringIO("one\n"))
    person = Typist(Terminal(io.StringIO(), 80), None)
    assert [person.line("> "), person.line("> ")] == ["one", None]
