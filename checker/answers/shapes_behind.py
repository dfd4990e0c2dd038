r"""A shape that stands behind a formula: `A_1^T (\hat Y - Y) \Rightarrow (h \times m)(m \times K) = (h \times K)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace

from checker.answers.shapes import judge_shape
from checker.verdict import Finding, Verdict
from derivations.formula import Formula

_SHAPE = r"\(\s*\w{1,12}\s*(?:\\times|×|\bx\b|,)\s*\w{1,12}\s*\)"
_GAP = r"(?:\s|\\q?quad(?![A-Za-z])|\\[,;: ])*"
_BEHIND = re.compile(
    rf"(?:\\(?:Rightarrow|Longrightarrow|implies|rightarrow|to)(?![A-Za-z])|⇒|⟹|→|=>|->|[,;:])"
    rf"(?:{_GAP}of shape|{_GAP}shape)?\s?\$?{_GAP}"
    rf"(?P<said>(?:{_SHAPE}\s?)+(?:=\s?{_SHAPE}\s?)?)[.$\s]*\Z"
)
LONGEST = 200
"""Characters at the end of an answer that are looked at."""


def with_shape(text: str, asked: Formula, sizes: Collection[str], judge: Callable[[str], Verdict]) -> Verdict | None:
    """The verdict on an answer with its shape behind it: that on the formula, where the shape is right as well. None
    where no shape of the question's sizes stands there."""
    found = _BEHIND.search(text, max(0, len(text) - LONGEST)) if ")" in text[-8:] else None
    if found is None:
        return None
    letters = set(re.findall(r"[A-Za-z]\w*", found["said"].replace(r"\times", " ")))
    if not letters - {"x"} <= set(sizes):
        return None
    verdict = judge(text[: found.start()])
    if verdict.status != "correct":
        return verdict
    shape = judge_shape(found["said"], asked.shape, tuple(sizes))
    if shape.status != "correct":
        return shape
    return replace(verdict, findings=(*verdict.findings, Finding("shape", f"{found['said'].strip()} is its shape")))
