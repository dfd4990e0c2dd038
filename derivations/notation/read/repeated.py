"""A left side that stands before every case, `f'(x) = 1 for x > 0 and f'(x) = a for x < 0`: once is enough."""

from __future__ import annotations

import re

_LABEL = re.compile(r"\s*\$?\s*(?P<label>(?:[^=<>≤≥≠,;\n{}]|\{[^{}=\n]*\}){1,60}?)\s*(?::=|&?=)(?![=>])")
_WHEN = re.compile(r"(?<![A-Za-z\\])(?:if|for|when|whenever|unless|otherwise|else)(?![A-Za-z])")
_BETWEEN = (
    r"(?:\s*[,;.]\s*(?:\\q?quad\s*)*(?:\\text\s*\{\s*and\s*\}\s*|and\s+)?"
    r"|\s+and\s+|\\text\s*\{\s*,?\s*and\s*\}\s*)"
)
LONGEST = 1000
"""Characters of a text that is looked at."""


def labelled_once(text: str) -> str:
    """The text without the left side in front of its later cases, every other character in its place; as it is where
    one of the cases says no condition."""
    found = _LABEL.match(text) if text.count("=") > 1 and len(text) <= LONGEST and "\n" not in text else None
    if found is None or _WHEN.search(text) is None:
        return text
    label = r"\s*".join(map(re.escape, found["label"].split()))
    again = list(re.compile(rf"{_BETWEEN}\$?\s*{label}\s*(?::=|&?=)(?![=>])").finditer(text, found.end()))
    starts, ends = [found.end(), *(m.end() for m in again)], [*(m.start() for m in again), len(text)]
    if not again or not all(_WHEN.search(text, a, b) for a, b in zip(starts, ends, strict=True)):
        return text
    for one in again:
        text = text[: one.start()] + ";".ljust(len(one[0])) + text[one.end() :]
    return text
