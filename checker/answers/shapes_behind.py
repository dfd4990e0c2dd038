r"""A shape that stands behind a formula: `A_1^T (\hat Y - Y) \Rightarrow (h \times m)(m \times K) = (h \times K)`,
`A_1^T (\hat Y - Y) \in \mathbb{R}^{h \times K}`, `…, which is h × K`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from unicodedata import normalize

from checker.answers.shapes import judge_shape
from checker.verdict import Finding, Verdict
from derivations.formula import Formula
from derivations.notation.spelling import LETTERS, SUPERSCRIPTS

_SIZE = r"\w{1,12}(?:\s?[-+]\s?\w{1,12}){0,2}"
_TIMES = r"\s*(?:\\times(?![A-Za-z])|×|\bx\b|,|\bby\b)\s*"
_SHAPE = rf"\(\s*{_SIZE}(?:{_TIMES}{_SIZE}\s*|\s*,\s*)\)"
_OPEN_SHAPE = rf"{_SIZE}(?:\s*(?:\\times(?![A-Za-z])|×|\bx\b|\bby\b)\s*{_SIZE})+"
_GAP = r"(?:\s|\\q?quad(?![A-Za-z])|\\[,;: ])*"
_REALS = r"(?:\\mathbb\s*\{?\s*R\s*\}?|\\mathbf\s*\{\s*R\s*\}|\\R(?![A-Za-z])|ℝ|\bR(?=\s*\^))"
_POWER = rf"\s*\^\s*(?:\{{\s*\(?\s*{_SIZE}(?:{_TIMES}{_SIZE})*\s*\)?\s*\}}|\(\s*{_SIZE}(?:{_TIMES}{_SIZE})*\s*\)|\w)"
_WORDS = (
    r"(?:(?:which|it|this|that)\s+(?:is|has)\s+|(?:is\s+)?an?\s+(?:matrix|vector|array)\s+|with\s+|of\s+|has\s+)?"
    r"(?:an?\s+|the\s+|of\s+)?(?:shapes?|sizes?|dimensions?)?\s*(?:of|is|=|:)?\s*"
)
_SAID = r"(?=\\text\w*\s*\{\s*,?\s*(?:which|with|of|has)\b|(?<=\s)(?:which (?:is|has)|of shape|with shape)\b)"
_TEXT = r"(?:\\text\w*\s*\{\s*)?"
_CLOSED = r"(?:\s*\})?"
_BEHIND = (
    re.compile(
        rf"(?:\\(?:Rightarrow|Longrightarrow|implies|rightarrow|to)(?![A-Za-z])|⇒|⟹|→|=>|->|[,;:#]|{_SAID}){_GAP}{_TEXT}"
        rf"{_WORDS}{_CLOSED}\s?\$?{_GAP}(?P<said>(?:{_SHAPE}\s?)+(?:=\s?{_SHAPE}\s?)?)[.$\s]*\Z"
    ),
    re.compile(
        rf"[,;]{_GAP}{_TEXT}(?=[a-z]){_WORDS}{_CLOSED}\s?\$?{_GAP}(?P<said>{_OPEN_SHAPE})"
        rf"(?:\s+(?:matrix|array))?[.$\s]*\Z"
    ),
    re.compile(
        rf"(?P<open>\(\s*)?(?:[,;]{_GAP}{_TEXT}(?:an?\s+)?(?:(?:column|row)\s+)?(?:matrix|vector|array)\s+(?=in\b|\\in))?"
        rf"(?:\\in(?![A-Za-z])|∈|(?<![A-Za-z\\])in(?![A-Za-z]))\s*{_CLOSED}\s*\$?\s*"
        rf"(?P<said>{_REALS}(?:{_POWER})?)(?(open)\s*\))[.$\s]*\Z"
    ),
    re.compile(
        rf"[,;]{_GAP}{_TEXT}an?\s+(?:column\s+)?vector\s+(?:of|with)\s+(?:length\s+|size\s+|dimension\s+)?{_CLOSED}\s?\$?{_GAP}"
        rf"(?P<said>{_SIZE}(?:_\w)?)(?:\s+(?:entries|elements|components))?[.$\s}}]*\Z"
    ),
    re.compile(rf"(?:\s{{2,}}|\\q?quad\s*){_TEXT}{_CLOSED}(?P<factor>(?P<said>{_SHAPE}))[.$\s]*\Z"),
)
_LISTED = re.compile(
    r".*(?:[,;]|\\q?quad|\bwhere\b|\bwith\b|\bfor\b|\ball\b|\bevery\b|\beach\b)[\s\\{}$]*"
    r"(?:[^\W\d]\w*|\\[A-Za-z]+)(?:[_^](?:\w|\{[^{}]*\}))*[\s}$]*\Z",
    re.DOTALL,
)
"""A name at the end of a list: what is said of it, and not of the formula."""
_DEFINED = re.compile(r"(?:[,;]|\\q?quad|\bwhere\b|\bwith\b|\blet\b)[^=]*=[^=]*\Z", re.IGNORECASE | re.DOTALL)
"""The definition of a name behind a formula: what is said is said of it."""
_RAISED = re.compile(rf"(?<=[ℝR}}])(?P<raised>[{''.join(SUPERSCRIPTS)}\u1d2c-\u1d6a]+)(?=[.)$\s]*\Z)")
LONGEST = 200
"""Characters at the end of an answer that are looked at."""


def with_shape(text: str, asked: Formula, sizes: Collection[str], judge: Callable[[str], Verdict]) -> Verdict | None:
    """The verdict on an answer with its shape behind it: that on the formula, where the shape is right as well. None
    where no shape of the question's sizes stands there."""
    text = _RAISED.sub(lambda m: f"^{{{_lowered(m['raised'])}}}", text) if "ℝ" in text[-LONGEST:] else text
    begin = max(0, len(text) - LONGEST)
    found = next((m for pattern in _BEHIND if (m := pattern.search(text, begin)) is not None), None)
    if found is None or (found.re is _BEHIND[2] and _of_something_else(text[: found.start()])):
        return None
    said = found["said"]
    letters = set(re.findall(r"[A-Za-z]\w*", re.sub(rf"{_REALS}|\\times|\bby\b|\bx\b", " ", said)))
    if not letters <= set(sizes):
        return None
    shape = judge_shape(said, asked.shape, tuple(sizes))
    if found.re is _BEHIND[-1] and shape.status != "correct":
        return None  # `A  (h × K)` may be a product
    verdict = judge(text[: found.start()].rstrip(" ,;"))
    if verdict.status != "correct":
        return verdict
    if shape.status != "correct":
        return shape
    return replace(verdict, findings=(*verdict.findings, Finding("shape", f"{said.strip()} is its shape")))


def _of_something_else(before: str) -> bool:
    """Whether a set behind a text is that of a name in it."""
    return _LISTED.match(before) is not None or _DEFINED.search(before) is not None


def _lowered(raised: str) -> str:
    """ʰˣᴷ as h×K."""
    plain = "".join(SUPERSCRIPTS.get(c) or normalize("NFKC", c) for c in raised)
    return re.sub(r"(?<=\w)x(?=\w)", "×", plain.replace("×", "x")) if len(plain) > 1 else LETTERS.get(plain, plain)
