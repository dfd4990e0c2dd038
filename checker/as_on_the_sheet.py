r"""An answer in the words of the sheet: what a problem says that hand-ins call its quantities, `w_{1,2}^{[1]}` for w,
put in where the answer cannot be read as it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from checker.documents.spellings import Spellings, spellings
from checker.verdict import Finding, Verdict
from problems.schema import Part


def as_on_the_sheet(part: Part[Any], answer: Any, verdict: Verdict, judge: Callable[[str], Verdict]) -> Verdict:
    """The verdict on an answer with the quantities of the part in the place of what the sheet calls them, where it was
    unreadable with those, or wrong and is right so: in g(z) the sheet's g is a function, though it is a number here."""
    if verdict.status not in ("unreadable", "wrong") or not isinstance(answer, str) or not part.written:
        return verdict
    rows = tuple(row for one in part.written if not one.names and not one.let for row in one.spelled)
    respelled = _spellings(rows).put_in(answer) if rows else answer
    if respelled == answer:
        return verdict
    found = judge(respelled)
    if found.status == "unreadable" or (verdict.status == "wrong" and found.status != "correct"):
        return verdict
    remark = Finding("letters", "it was read in the letters of the sheet, as the problem says what they stand for")
    return replace(found, findings=(*found.findings, remark))


@lru_cache(maxsize=64)
def _spellings(rows: tuple[tuple[str, str], ...]) -> Spellings:
    return spellings(rows)
