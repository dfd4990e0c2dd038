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
    """`judge` of what `read` makes of a text. A text with several readings gets the common verdict of those with the
    shape asked, or is unreadable."""
    from derivations.notation import ReadError, each_reading

    try:
        return judge(read(text))
    except ReadError as error:
        if not error.readings:
            return unreadable_text(error)
        try:
            verdicts = [judge(found) for found in each_reading(text, read)]
        except ReadError:
            return unreadable_text(error)
        fitting = [v for v in verdicts if v.diagnosis is None or v.diagnosis.tag != "shape"] or verdicts
        if len({v.status for v in fitting}) == 1:
            same = (
                "the verdict is the same" if len(fitting) == len(verdicts) else "only one of them has the shape asked"
            )
            note = Finding("ambiguous", "it can be read as " + " or as ".join(error.readings) + f"; {same}")
            return replace(fitting[0], findings=(*fitting[0].findings, note))
        return unreadable_text(error)
