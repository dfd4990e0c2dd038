"""The parts of an assignment as the sheet that a hand-in is held against, each under its labels."""

from __future__ import annotations

import re

from checker.documents.sheets import Path, Sheet, folded, label_path, sheet_from
from problems.assignment import Assignment
from problems.bank import Bank


def sheet_for(assignment: Assignment, bank: Bank) -> Sheet:
    """The sheet of an assignment. Raises `TruthError` for a part whose truth cannot be derived."""
    labelled = []
    pins: dict[str | Path, Path] = {}
    for row in assignment.parts:
        labels = [path for text in row.under if (path := _label(text)) is not None]
        label = labels[0] if labels else label_path(row.id.split("/", 1)[1])
        labelled.append((bank.part(row.id), label))
        pins |= dict.fromkeys(labels[1:], label)
        pins |= {folded(text): label for text in row.under if _label(text) is None}
    return sheet_from(assignment.title, labelled, pins)


_ONE = r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})\)?"
_LABEL = re.compile(
    rf"(?:(?:problem|question|exercise|part|task|q)\s*)?(?:\d{{1,3}}\)?(?:[\s.]*{_ONE})*|{_ONE})[.:]?", re.IGNORECASE
)


def _label(text: str) -> Path | None:
    """A label taken apart: `2(b)`, `2.b` and `Question 2 b` → ("2", "b"); None for the words of a heading."""
    if not _LABEL.fullmatch(text.strip()):
        return None
    said = re.sub(r"problem|question|exercise|part|task", "", text.casefold())
    return tuple(re.findall(r"\d+|[ivx]{2,}|[a-z]", said.lstrip(" q") or said))
