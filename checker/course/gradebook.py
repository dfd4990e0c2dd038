"""The grades of a class as a table: one row a student, a column a part, for a spreadsheet, Canvas or Moodle."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from derivations.frozen import frozen

ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet takes for a formula."""

Row = Mapping[str, Any]
Column = tuple[str, Callable[[Row], str]]
"""What stands over a column, and what a student has in it."""

_OF_CANVAS = re.compile(r"(?P<who>[^_]+)(?:_LATE)?_(?P<id>\d+)_\d+_.+", re.DOTALL)
_OF_MOODLE = re.compile(r"(?P<who>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?.*", re.DOTALL)
"""How Canvas and Moodle call the hand-ins that they give out: `doejane_1234_56789_hw.md`,
`Jane Doe_1234_assignsubmission_file`."""


def _known(row: Row, form: re.Pattern[str]) -> tuple[str, str]:
    """Who handed in, and the number that the system knows them by; "" where the name does not tell it."""
    found = form.fullmatch(row["name"])
    return (found["who"], found["id"]) if found is not None else (row["name"], "")


def _blank(_row: Row) -> str:
    return ""


def _student(row: Row) -> str:
    return guarded(row["name"])


def _possible(row: Row) -> str:
    return _number(row["possible"])


def _waits(row: Row) -> str:
    return guarded(" ".join(row["awaiting"]))


def _of_each(row: Row) -> str:
    """The points of each part, for the student."""
    said = (f"{part['id']}: {_number(part['got']) or 'to be read by a person'}" for part in row["parts"])
    return guarded("; ".join(said))


def _in_canvas(row: Row) -> str:
    return guarded(_known(row, _OF_CANVAS)[0])


def _canvas_id(row: Row) -> str:
    return _known(row, _OF_CANVAS)[1]


def _login(row: Row) -> str:
    who, number = _known(row, _OF_CANVAS)
    return "" if number else guarded(who)


def _in_moodle(row: Row) -> str:
    return guarded(_known(row, _OF_MOODLE)[0])


def _participant(row: Row) -> str:
    number = _known(row, _OF_MOODLE)[1]
    return f"Participant {number}" if number else ""


@frozen
class Style:
    """Whose columns: those in front of the points, what the column of a part (None: there is none) and of the total is
    called, those behind, what stands in front of the row of what is possible, and whether there is a total only where
    nothing waits for a person."""

    front: tuple[Column, ...]
    part: str | None
    total: str
    behind: tuple[Column, ...] = ()
    possible: str | None = None
    settled: bool = False


STYLES: Mapping[str, Style] = MappingProxyType({
    "plain": Style((("student", _student),), "{part}", "total", (("possible", _possible), ("awaiting", _waits))),
    "canvas": Style(
        (("Student", _in_canvas), ("ID", _canvas_id), ("SIS User ID", _blank), ("SIS Login ID", _login),
         ("Section", _blank)),
        "{title} {part}", "{title}", possible="    Points Possible",
    ),
    "moodle": Style((("Username", _student),), "Assignment: {title} {part} (Real)", "Assignment: {title} (Real)"),
    "moodle-worksheet": Style(
        (("Identifier", _participant), ("Full name", _in_moodle)), None, "Grade",
        (("Maximum Grade", _possible), ("Feedback comments", _of_each)), settled=True,
    ),
})  # fmt: skip


def gradebook(title: str, parts: Sequence[Mapping[str, Any]], rows: Sequence[Row], style: str) -> str:
    """The table as CSV. What is not settled is an empty cell, and is in no sum."""
    how = STYLES[style]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    shown = parts if how.part is not None else ()
    names = [how.part.format(title=title, part=part["id"]) for part in shown if how.part is not None]
    front, behind = ([name for name, _ in columns] for columns in (how.front, how.behind))
    writer.writerow([guarded(cell) for cell in (*front, *names, how.total.format(title=title), *behind)])
    if how.possible is not None:
        points = [_number(part["points"]) for part in shown]
        writer.writerow([how.possible, *[""] * (len(front) - 1), *points, _number(sum(p["points"] for p in parts))])
    for row in rows:
        total = "" if how.settled and row["awaiting"] else _number(row["points"])
        points = [_number(part["got"]) for part in row["parts"]] if shown else []
        cells = [[of(row) for _, of in columns] for columns in (how.front, how.behind)]
        writer.writerow([*cells[0], *points, total, *cells[1]])
    return out.getvalue()


def changebook(changes: Sequence[Mapping[str, Any]]) -> str:
    """The changed scores as CSV: student, part, old and new points."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("student", "part", "old", "new"))
    for row in changes:
        writer.writerow((guarded(row["student"]), guarded(row["part"]), _number(row["old"]), _number(row["new"])))
    return out.getvalue()


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(ACTIVE) else text


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 6):g}"
