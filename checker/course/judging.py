"""One hand-in, from its file to its JSON and its report: what a worker does. A hand-in that cannot be read waits for a
person, part by part."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from checker.course.asking import sheet_for
from checker.course.overrides import Override, decisions, digest_of, overridden
from checker.course.scoring import Graded, graded, unread
from checker.documents.grading import grade_text
from checker.documents.marks import Line, Marked
from checker.documents.reports import report
from checker.documents.scan import DocumentError
from checker.documents.sheets import Sheet
from checker.documents.sources import Source, SourceError, read_source, source_of
from problems.assignment import Assignment, assignment_from
from problems.bank import load_bank


def judged(request: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of one hand-in, `graded`, and its `report` in the `format` that is asked for.

    The request has `name`, `assignment`, `bank`, the `overrides` of the teacher, what to `reveal`, and the `path` of
    the file or its `text`. The `fault` of the answer says why it could not be read, `decided` which overrides count.
    """
    assignment = assignment_from(request["assignment"])
    sheet = _sheet(json.dumps(request["assignment"], sort_keys=True), request.get("bank"))
    overrides = [Override(**row) for row in request.get("overrides") or ()]
    name, fault, notes, decided = request["name"], None, (), ()
    try:
        source = _source(request)
        marked, notes = grade_text(source.text, sheet, source.name), source.notes
        found = graded(replace(marked, name=name), assignment, sheet)
        decided = decisions([(part.answer, part.read) for part in found.parts], overrides, sheet)
        found = overridden(found, decided)
    except (DocumentError, SourceError, OSError) as error:
        fault = str(error.strerror or error) if isinstance(error, OSError) else str(error)
        found = unread(name, assignment, fault)
    reveal = request.get("reveal") or "reasons"
    out: dict[str, Any] = {"graded": _view(found, fault, notes, reveal), "decided": digest_of(decided)}
    if request.get("format"):
        out |= written(found, assignment, request["format"], reveal, [*notes, *([fault] if fault else [])])
    return out


def decided(request: Mapping[str, Any]) -> dict[str, Any]:
    """Which of the `overrides` count for the `answers` of a hand-in that was judged before, as `judged` says it."""
    sheet = _sheet(json.dumps(request["assignment"], sort_keys=True), request.get("bank"))
    overrides = [Override(**row) for row in request["overrides"]]
    return {"decided": digest_of(decisions(request["answers"], overrides, sheet))}


def written(found: Graded, assignment: Assignment, format: str, reveal: str, notes: Sequence[str]) -> dict[str, Any]:
    """A report of a hand-in: its `report`, or as base64 its `bytes`."""
    marked = found.marked if reveal != "nothing" else _silent(found.marked)
    made = report(marked, format, reveal=reveal == "answers", title=assignment.title, notes=notes)
    return {"report": made} if isinstance(made, str) else {"bytes": base64.b64encode(made).decode()}


def _silent(marked: Marked) -> Marked:
    """The marks alone, without a reason."""
    return replace(
        marked,
        lines=tuple(Line(line.text, line.place, line.status, line.part) for line in marked.lines),
        parts=tuple(replace(part, reason="", remark="") for part in marked.parts),
    )


def _view(found: Graded, fault: str | None, notes: Sequence[str], reveal: str) -> dict[str, Any]:
    """The JSON of a hand-in; what gives an answer away only where it may."""
    out = {**found.to_json(), "fault": fault, "notes": list(notes)}
    if reveal == "answers":
        for line, shown in zip(found.marked.lines, out["lines"], strict=True):
            shown["reveal"] = line.reveal or None
        for row in out["rows"]:
            row["reveal"] = found.marked.lines[row["by"]].reveal or None
    return out


def _source(request: Mapping[str, Any]) -> Source:
    if request.get("path") is not None:
        return read_source(Path(request["path"]))
    return source_of(request["text"].encode("utf-8", "surrogatepass"), request.get("file", ""))


@lru_cache(4)
def _sheet(assignment: str, bank: str | None) -> Sheet:
    """The sheet of an assignment, derived once a worker."""
    return sheet_for(assignment_from(json.loads(assignment)), load_bank(bank))
