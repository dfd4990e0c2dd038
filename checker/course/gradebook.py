"""The grades of a class as a table: one row a student, a column a part, for a spreadsheet, Canvas or Moodle."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from derivations.frozen import frozen

ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet takes for a formula."""


@frozen
class Style:
    """Whose column names: those in front of the points, which of them hold the student's name, how the column of a part
    and of the total is called, what stands behind, and whether a row says what is possible."""

    front: tuple[str, ...]
    named: tuple[int, ...]
    part: str
    total: str
    behind: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "plain": Style(("student",), (0,), "{part}", "total", ("possible", "awaiting")),
        "canvas": Style(
            ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
            (0, 3),
            "{title} {part}",
            "{title}",
            possible=("    Points Possible", "", "", "", ""),
        ),
        "moodle": Style(("Username",), (0,), "Assignment: {title} {part} (Real)", "Assignment: {title} (Real)"),
    }
)


def gradebook(title: str, parts: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], style: str) -> str:
    """The table as CSV. What is not settled is an empty cell, and is in no sum."""
    how = STYLES[style]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [how.part.format(title=title, part=part["id"]) for part in parts]
    writer.writerow([guarded(cell) for cell in (*how.front, *names, how.total.format(title=title), *how.behind)])
    if how.possible:
        writer.writerow(
            [*how.possible, *(_number(p["points"]) for p in parts), _number(sum(p["points"] for p in parts))]
        )
    for row in rows:
        front = [guarded(row["name"]) if k in how.named else "" for k in range(len(how.front))]
        points = [_number(part["got"]) for part in row["parts"]]
        behind = [_number(row["possible"]), " ".join(row["awaiting"])] if how.behind else []
        writer.writerow([*front, *points, _number(row["points"]), *behind])
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
