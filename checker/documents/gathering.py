"""An answer of several rows: the values of a trace, the equations of an update, the weights of a witness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from checker.documents.found import Written
from checker.documents.left_sides import names_target
from checker.documents.marks import Line
from checker.documents.placing import differentials
from checker.documents.sheets import Asked
from checker.verdict import Verdict

GATHERED = frozenset(["trace", "equations", "witness"])
"""Kinds whose answer may be several rows."""

ASSIGNED = re.compile(r":=|\\leftarrow(?![A-Za-z])|←")


def updates(row: Written, asked: Asked) -> bool:
    """Whether a row is an update of what is asked: `w := w - …`."""
    sign = ASSIGNED.search(row.text) is not None
    return sign and any(_names(row, name, asked) for name in asked.truth.rows)


def _names(row: Written, name: str, asked: Asked) -> bool:
    """Whether the left side of a row, as the problem spells it, is a name or its new value."""
    return names_target(asked.setting.spelled.put_in(row.left), name.rstrip("'"), asked.names)


def verdict_on(asked: Asked, rows: Sequence[Written]) -> Verdict:
    """The verdict on rows as one answer, with differentials as they stand or in one piece, whichever holds more."""
    spelled = asked.setting.spelled.put_in
    lines = [spelled(row.text) for row in rows]
    if asked.part.kind == "trace":
        named = [(name, row.last) for row in rows for name in asked.truth.rows if _names_value(row, name, asked)]
        lines = [f"{name} = {value}" for name, value in dict(named).items()]
    said = "\n".join(dict.fromkeys(lines))
    every = [asked.verdict(text) for text in dict.fromkeys((said, differentials(said)))]
    return max(every, key=lambda v: (v.status == "correct", sum(part.status == "correct" for part in v.parts)))


def _names_value(row: Written, name: str, asked: Asked) -> bool:
    return names_target(asked.setting.spelled.put_in(row.left), name, asked.names)


def marked_rows(asked: Asked, verdict: Verdict, rows: Sequence[tuple[Written, Line]]) -> Iterator[tuple[Written, Line]]:
    """The rows of which an answer says something that their lines do not, with their lines as it says them."""
    parts = {part.id: part for part in verdict.parts if part.id is not None}
    for row, line in rows:
        if line.status not in ("not_a_claim", "unreadable"):
            continue
        told = next((part for name, part in parts.items() if _names(row, name, asked)), None)
        of_row = told if asked.part.kind == "equations" else None
        if verdict.status == "correct" or (of_row is not None and of_row.status == "correct"):
            yield row, replace(line, status="correct", part=asked.id, remark="", verdict=verdict)
        elif of_row is not None and of_row.status == "wrong":
            yield row, replace(line, status="wrong", part=asked.id, remark="", reason=of_row.reason, verdict=of_row)
