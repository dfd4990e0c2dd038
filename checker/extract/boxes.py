r"""`\boxed{…}` and `\fbox{…}`: the answer that a text marks itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.extract.found import Found, Source, trimmed
from derivations.notation.read.dressing import group_end
from derivations.notation.relations import ORDER, spelled

_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])\s*(?P<open>\{)?")
_SPACING = (
    r"\s|~|\\[,;:!> ]|\\(?:q?quad|displaystyle|Large|large|Huge|huge|color\{[^{}]*\}|therefore|implies|Rightarrow)"
    r"(?![A-Za-z])|\\(?:text|mbox|textbf|mathrm)\s*\{[^{}]*\}"
)
_UP_TO = re.compile(
    rf"(?:\A|{spelled('=', ':=', '≈', '∝', *ORDER, '=>')}|[∈,;:&$]|\\\\|\\\(|\\\["
    r"|\\(?:in|begin\{\w+\*?\})(?![A-Za-z]))"
    rf"(?:{_SPACING})*\Z"
)
_FROM = re.compile(
    rf"(?:{_SPACING})*(?:\Z|{spelled('=', '≈', *ORDER)}|[∈,;.:&$]|\\\\|\\\)|\\\]|\\(?:in|end|tag)(?![A-Za-z]))"
)
_LOOKED_AT = 200
"""Characters beside a box in which its line ends."""


def boxes(source: Source) -> Iterator[Found]:
    """The boxes, those inside others left out. One that is never closed, or holds a part of a formula, has a fault."""
    text, at = source.text, 0
    inside = [(p.at, p.at + len(p.inside)) for p in source.pieces if p.kind == "formula"]
    nearest = 0
    while found := _BOX.search(text, at):
        at = found.end()
        if found["open"] is None:
            if text[at : at + 1].isalnum():
                yield Found(text[at], at, at + 1)
            continue
        end = group_end(text, found.end() - 1)
        if not end:
            yield Found(text[at : at + 60], at, min(at + 60, len(text)), fault="the last box is not closed")
            return
        start, stop = _innermost(text, *trimmed(text, at, end - 1))
        at = end
        while nearest < len(inside) and inside[nearest][1] < end:
            nearest += 1
        fault = ""
        if nearest < len(inside) and inside[nearest][0] <= found.start():
            low, high = inside[nearest]
            before = text[max(low, found.start() - _LOOKED_AT) : found.start()]
            if not (_UP_TO.search(before) and _FROM.match(text[end : min(high, end + _LOOKED_AT)])):
                fault = "the box holds a part of a formula alone"
        if start < stop:
            yield Found(text[start:stop], start, stop, fault=fault)


def _innermost(text: str, start: int, stop: int) -> tuple[int, int]:
    """A box whose whole inside is a box is that box."""
    while (found := _BOX.match(text, start, stop)) and found["open"] and group_end(text, found.end() - 1) == stop:
        start, stop = trimmed(text, found.end(), stop - 1)
    return start, stop
