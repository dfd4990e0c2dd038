"""What extracting finds: values between its stages, and its JSON form."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

from checker.documents.scan import Piece
from checker.verdict import Finding
from derivations.frozen import frozen


@frozen
class Found:
    """An answer as it stands: `text` is the source from `start` up to `end`. `code` is the whole block of code that the
    answer ends, where it speaks of lines before it. `fault` says why this is no answer: a box that is not closed."""

    text: str
    start: int
    end: int
    code: str | None = None
    fault: str = ""

    def moved(self, by: int) -> Found:
        """The same in a text of which the one looked through is the end."""
        return replace(self, start=self.start + by, end=self.end + by)


@frozen
class Source:
    """A text to look through, and its pieces."""

    text: str
    pieces: tuple[Piece, ...]


Status = Literal["found", "several", "none"]


@frozen
class Extracted:
    """The final answer of a text: what it says, by which rule, and where. `others` are answers that the text marks as
    such too, and that read differently; then the status is `several`, and the answer is the one of the rule."""

    status: Status
    answer: Found | None = None
    rule: str | None = None
    others: tuple[Found, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def text(self) -> str | None:
        return None if self.answer is None else self.answer.text

    def to_json(self) -> dict[str, Any]:
        """The object that `extract --json` and every line of `extract --jsonl` print."""
        found = self.answer
        return {
            "format": 1,
            "id": None,
            "status": self.status,
            "text": self.text,
            "rule": self.rule,
            "start": None if found is None else found.start,
            "end": None if found is None else found.end,
            "code": None if found is None else found.code,
            "others": [{"text": o.text, "start": o.start, "end": o.end} for o in self.others],
            "findings": [{"tag": f.tag, "message": f.message} for f in self.findings],
        }


_DRESSING = re.compile(r"\\(?:boxed|fbox|displaystyle|left|right|[,;:! ])|\\\(|\\\)|\\\[|\\\]|[\s$*`{}~]+|[.,;]+\Z")


def alike(text: str) -> str:
    """A text without what changes nothing: spaces, signs of mathematics, a full stop. Two answers that agree in it are
    one answer said twice."""
    while (less := _DRESSING.sub("", text)) != text:
        text = less
    return text


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch without the blanks, the marks of Markdown and the full stop around it, and without its signs of
    mathematics where all of it stands between one pair."""
    while True:
        before = (start, end)
        while start < end and text[start] in " \t\r\n*_:":
            start += 1
        while start < end and (text[end - 1] in " \t\r\n*_" or (text[end - 1] in ".;," and not _dots(text, end))):
            end -= 1
        for opens, closes in _SIGNS:
            if (
                end - start > len(opens) + len(closes)
                and text.startswith(opens, start)
                and text.endswith(closes, start, end)
            ):
                inside = text[start + len(opens) : end - len(closes)]
                if opens not in inside and closes not in inside:
                    start, end = start + len(opens), end - len(closes)
                    break
        if (start, end) == before:
            return before


def _dots(text: str, end: int) -> bool:
    """Whether a full stop is part of dots, or a decimal point: `1, 2, ...`, `5.`"""
    return text[end - 1] == "." and text[end - 2 : end - 1] == "."


_SIGNS = (("$$", "$$"), ("\\[", "\\]"), ("$", "$"), ("\\(", "\\)"), ("`", "`"))
