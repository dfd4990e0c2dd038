"""A judged stretch as the line of a marked document."""

from __future__ import annotations

import re
from dataclasses import replace

from checker.documents.marking import Judged, reasoned
from checker.documents.marks import Line
from checker.documents.scan import Place
from checker.documents.setting import Setting

_DIGITS = re.compile(r"[\d.](?:\s?\d)+(?![\d.])")
NUMBERED = re.compile(r"\s*\\(?:(?:tag\*?|label)\s*\{[^{}]{0,40}\}|(?:nonumber|notag))\s*\Z")
"""The number of a formula behind it."""
_CLOSER = re.compile(r"\s*\w{0,4}\.?\s*\}")


def line_of(
    text: str, at: int, stop: int, judged: Judged, setting: Setting | None = None, part: str | None = None
) -> Line:
    """The line of what was judged in a formula whose inside begins at `at`; it ends at `stop` in the formula at the
    latest. A wrong one gets its reason, in the setting that it was judged in."""
    start, end = at + judged.start, at + min(judged.end, stop)
    while start < end and text[start] in " \n\t":
        start += 1
    while end > start and text[end - 1] in " \n\t":
        end -= 1
    while (number := NUMBERED.search(text[start:end])) is not None:
        end = start + number.start()
    while text.count("{", start, end) > text.count("}", start, end) and (more := _CLOSER.match(text, end)):
        end = more.end()  # blanks of a scanner before what stands below: `x _ {k}`
    if start < end and (more := _DIGITS.match(text, end - 1, at + stop)):
        end = more.end()  # digits that it set apart: `0. 1 8 0 2`
    if judged.status == "wrong" and judged.link is not None and setting is not None:
        judged = replace(judged, verdict=reasoned(judged, setting))
    told = judged.verdict.diagnosis if judged.verdict is not None else None
    return Line(
        text[start:end],
        Place(start, end, text.count("\n", 0, start) + 1),
        judged.status,
        part,
        told.message if told is not None and judged.status in ("wrong", "carried") else "",
        judged.remark,
        told.reveal if told is not None else "",
        judged.verdict,
    )
