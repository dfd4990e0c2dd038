r"""What is said of a formula to tell which part it answers: the first cell of its row, and words at its end.

| $Z_2$ | $m \times K$ |                the shape of Z_2
| leaky ReLU | \begin{cases} …          that of leaky ReLU
h' = \begin{cases} … \quad \text{for ELU}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from checker.documents.relations import RELATION_IN_FRONT
from checker.documents.scan import Piece
from checker.documents.sheets import Asked, Sheet
from checker.documents.stretches import RELATION, outside

_CELL = re.compile(r"^[ \t]*\|(?P<head>(?:[^|\n$]|\$[^$\n]*\$)+)\|")
_ALONE = re.compile(r"\s*\$(?P<inside>[^$]+)\$\s*")
_SHAPED = re.compile(r"(?:\\times(?![A-Za-z])|×|\s+x\s+|\\mathbb|\(\s*\w+\s*,)")
_TAIL = re.compile(
    r"(?:[\s,~(]|\\(?:q?quad(?![A-Za-z])|[,;:! ]))*\\(?:text|mbox|textrm)\s*\{\s*(?:\(\s*)?"
    r"(?:(?:for|of|in case of)\s+)?(?:the\s+)?"
    r"(?P<topic>[^\W\d_][\w -]{1,30}?)\s*(?:\)\s*)?[.,;:]?\s*\}\s*\)?[\s.,;]*\Z"
)
_FORMULA = re.compile(r"\$[^$]*\$")
LONGEST = 40
"""Characters of the first cell of a row that is read as a topic."""


def head_of_row(piece: Piece, text: str) -> str:
    """What stands in the first cell of the row of a table that a formula stands in; "" where it is no row, or where it
    stands in the first cell itself."""
    begin = text.rfind("\n", 0, piece.place.start) + 1
    cell = _CELL.match(text[begin : piece.place.start])
    head = cell["head"].strip() if cell is not None else ""
    return head if len(head) <= LONGEST else ""


def with_head(inside: str, head: str) -> str:
    """A cell with the formula in front of it that stands in the first cell of its row: `Z_2: m × K`, `w_5 = 0.4`."""
    named = _ALONE.fullmatch(head)
    if named is None or any(True for _ in outside(inside, RELATION)) or RELATION_IN_FRONT.match(inside):
        return inside
    return f"{named['inside'].strip()}{': ' if _SHAPED.search(inside) else ' = '}{inside.strip()}"


def without_topic(piece: Piece, sheet: Sheet) -> tuple[Piece, str]:
    """A formula without the words at its end that say what it is of, and these; every sign keeps its place."""
    found = _TAIL.search(piece.inside)
    if found is None or not any(speaks_of(asked.part.ask, found["topic"]) for asked in sheet.asked):
        return piece, ""
    return replace(piece, inside=piece.inside[: found.start()].ljust(len(piece.inside))), found["topic"]


def speaks_of(question: str, topic: str) -> bool:
    """Whether a question is about a topic, in these words: `ReLU` is no topic of `the derivative of leaky ReLU`."""
    said = " ".join(re.sub(r"[*`_]+", " ", topic).casefold().split())
    plain = " ".join(_FORMULA.sub(" . ", question).casefold().split())
    if len(said) < 3:
        return False
    before = r"(?:\A|[^\w\s]\s?|\b(?:of|for|and|or|the|an?|in|is|to|with|by|that|on)\s)"
    return re.search(rf"{before}{re.escape(said)}(?!\w)", plain) is not None


def about(topic: str, asked: Sequence[Asked]) -> Asked | None:
    """The one of several parts that a topic is of."""
    told = [one for one in asked if topic and speaks_of(one.part.ask, topic)]
    return told[0] if len(told) == 1 else None
