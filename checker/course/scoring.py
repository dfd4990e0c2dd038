"""Marks and the rules of an assignment in, points out. A part without an answer is worth nothing, one that is not
settled waits for a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checker.documents.marks import Line, Marked, PartMark
from checker.documents.rows import rows
from checker.documents.sheets import Asked as OfSheet
from checker.documents.sheets import Sheet
from derivations.frozen import frozen
from derivations.notation.relations import spelled
from problems.assignment import Asked, Assignment
from problems.schema import Mistake


@frozen
class Scored:
    """One part of a hand-in: its mark with the points that the assignment gives, and the answer that counts.

    `answer` as it was written, `read` as it was understood; `tag` says why it is wrong, `mistake` which one of the key
    it is, `override` what the teacher said of it.
    """

    mark: PartMark
    answer: str = ""
    read: str = ""
    tag: str = ""
    mistake: int | None = None
    override: str | None = None

    @property
    def got(self) -> float | None:
        return None if self.mark.score is None else self.mark.score * self.mark.points

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.mark.id,
            "status": self.mark.status,
            "score": _rounded(self.mark.score),
            "points": self.mark.points,
            "got": _rounded(self.got),
            "reason": self.mark.reason or None,
            "remark": self.mark.remark or None,
            "tag": self.tag or None,
            "mistake": self.mistake,
            "answer": self.answer or None,
            "read": self.read or None,
            "lines": list(self.mark.lines),
            "override": self.override,
        }


@frozen
class Graded:
    """A hand-in with its marks and points."""

    marked: Marked
    parts: tuple[Scored, ...]

    def having(self, parts: tuple[Scored, ...]) -> Graded:
        """It with these parts, in the document too."""
        return Graded(replace(self.marked, parts=tuple(part.mark for part in parts)), parts)

    def to_json(self) -> dict[str, Any]:
        view = self.marked.to_json()
        return {
            "format": view["format"],
            "name": view["name"],
            **total([part.to_json() for part in self.parts]),
            "counts": view["counts"],
            "parts": [part.to_json() for part in self.parts],
            "lines": view["lines"],
            "rows": list(rows(self.marked)),
        }


def with_rows(view: dict[str, Any]) -> dict[str, Any]:
    """A view in which the lines are followed by the rows that they make: a line is found by its text as it stands."""
    lines = [*view.get("lines", ()), *view.get("rows", ())]
    return {**{key: value for key, value in view.items() if key != "rows"}, "lines": lines}


def total(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The sum of points, of the points that are settled and of all, and what awaits a person."""
    return {
        "points": _rounded(sum(p["got"] or 0 for p in parts)),
        "settled": _rounded(sum(p["points"] for p in parts if p["got"] is not None)),
        "possible": _rounded(sum(p["points"] for p in parts)),
        "awaiting": [p["id"] for p in parts if p["got"] is None],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def unread(name: str, assignment: Assignment, fault: str) -> Graded:
    """A hand-in that could not be read: every part of it waits for a person."""
    marks = tuple(PartMark(part.id, "unreadable", None, part.points, fault) for part in assignment.parts)
    return Graded(Marked(name, "", (), (), marks), tuple(Scored(mark) for mark in marks))


def left_to_a_person(name: str, assignment: Assignment, fault: str) -> dict[str, Any]:
    """The JSON of a hand-in that could not be read."""
    return {**unread(name, assignment, fault).to_json(), "fault": fault, "notes": []}


def graded(marked: Marked, assignment: Assignment, sheet: Sheet) -> Graded:
    """A marked hand-in under the rules of its assignment, whose parts the sheet has in the same order."""
    marks = {mark.id: mark for mark in marked.parts}
    return Graded(marked, ()).having(
        tuple(
            _scored(marks.get(row.id) or PartMark(row.id, "missing", 0.0, row.points), row, part, marked, assignment)
            for row, part in zip(assignment.parts, sheet.asked, strict=True)
        )
    )


def _scored(mark: PartMark, row: Asked, part: OfSheet, marked: Marked, assignment: Assignment) -> Scored:
    lines = [marked.lines[number] for number in mark.lines if 0 <= number < len(marked.lines)]
    counted = _answer(lines, mark)
    verdict = counted.verdict if counted is not None else None
    told = verdict.diagnosis if verdict is not None else None
    fired = _mistake(counted, part) if mark.status == "wrong" and counted is not None else None
    known = part.part.mistakes[fired - 1] if fired else None
    told = known or told
    decided = replace(
        mark,
        points=row.points,
        score=_share(mark, row, lines, known, assignment.carried),
        reason=known.message if known is not None else mark.reason,
    )
    return Scored(
        decided,
        counted.text if counted is not None else "",
        (verdict.student_read or "") if verdict is not None else "",
        told.tag if told is not None and mark.status == "wrong" else "",
        fired,
    )


def _share(mark: PartMark, row: Asked, lines: list[Line], known: Mistake | None, carried: float) -> float | None:
    """The share of the points. A mistake of the key that has a score settles it; else the lines, where they count."""
    match mark.status:
        case "missing":
            return 0.0
        case "correct" | "wrong":
            if known is not None and known.score is not None:
                return known.score
            score = mark.score if mark.score is not None else float(mark.status == "correct")
            if row.credit == "lines" and mark.status == "wrong":
                return max(score, _of_lines(lines, carried))
            return score
        case _:
            return None


def _of_lines(lines: list[Line], carried: float) -> float:
    """The share of the judged lines of a part that are right."""
    worth = {"correct": 1.0, "wrong": 0.0, "carried": carried}
    counted = [worth[line.status] for line in lines if line.status in worth]
    return sum(counted) / len(counted) if counted else 0.0


def _answer(lines: list[Line], mark: PartMark) -> Line | None:
    """The line that counts: the last one of the mark's own status, else the last that was judged."""
    own = [line for line in lines if line.status == mark.status]
    judged = [line for line in lines if line.status != "not_a_claim"]
    return (own or judged or lines or [None])[-1]


_RELATION = re.compile(rf"\s*&?\s*{spelled('=', '≈', ':=')}\s*&?")


def _mistake(line: Line, part: OfSheet) -> int | None:
    """Which mistake of the key a wrong answer is, from 1: judged as an answer to the part, it gets the key's reason."""
    if not part.part.mistakes:
        return None
    told = part.verdict(_bare(line.text)).diagnosis
    same = (
        number
        for number, known in enumerate(part.part.mistakes, 1)
        if told is not None and (known.tag, known.message) == (told.tag, told.message)
    )
    return next(same, None)


def _bare(text: str) -> str:
    """A member of a chain without the relation in front of it: `= 2x` → `2x`."""
    found = _RELATION.match(text)
    return text[found.end() :] if found is not None else text
