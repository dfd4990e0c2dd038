"""Answers read as formulas: what cannot be read becomes a verdict, what reads two ways is judged both ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from checker.verdict import At, Finding, Verdict
from derivations.domains import Names

T = TypeVar("T")


def unreadable_text(error: Any) -> Verdict:
    """A `ReadError` as a verdict: where, what was expected, the nearest names."""
    start, end = error.span
    message = str(error)
    if error.nearest:
        message += "; did you mean " + " or ".join(error.nearest) + "?"
    if error.readings:
        message += "; it can be read as " + " or as ".join(error.readings) + ": write the one that is meant"
    return Verdict("unreadable", None, at=At("student", start, end, error.expected, message))


def judged(text: str, names: Names, read: Callable[[str], T], judge: Callable[[T], Verdict]) -> Verdict:
    """`judge` of what `read` makes of a text. A text with two readings gets their common verdict, or is unreadable."""
    from derivations.notation import ReadError

    try:
        return judge(read(text))
    except ReadError as error:
        if not error.readings:
            return unreadable_text(error)
        verdicts = []
        for reading in error.readings:
            try:
                verdicts.append(judge(read(reading)))
            except ReadError:
                return unreadable_text(error)
        if len({v.status for v in verdicts}) == 1:
            note = Finding("ambiguous", "it can be read as " + " or as ".join(error.readings) + "; the verdict is the same")
            return replace(verdicts[0], findings=(*verdicts[0].findings, note))
        return unreadable_text(error)

