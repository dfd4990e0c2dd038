r"""One statement after the other: a stretch of a formula cut at its lines and where a comma begins another relation.

\begin{align} z &= w^T x \\ p &= \sigma(z) \end{align}      z = w^T x    p = \sigma(z)
a = b, \quad c = d                                          a = b        c = d
a_{ij} = 0, \quad i \ne j                                   one, in a case
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.documents.stretches import RELATION, ROW_BREAK, Stretch, about, is_condition, outside
from derivations.frozen import frozen
from derivations.notation.relations import OP_OF, ORDER, spelled


@frozen
class Said:
    """A statement: `text` is what is read, blank in front, as long as the formula up to its end; `op` is the relation
    by which it goes on from the statement before it."""

    start: int
    end: int
    text: str
    condition: str = ""
    op: str = ""
    follows: bool = False


_FRAME = re.compile(
    r"\\(?:begin|end)\{(?:align|gather|equation|split|multline|eqnarray|aligned|gathered|displaymath|math)(?:ed|at)?\*?\}(?:\{\d\})?"
    r"|\\(?:label|tag)\*?\{[^{}]*\}|\\(?:nonumber|notag|displaystyle|textstyle)(?![A-Za-z])"
)
_COLUMN = re.compile(r"(?<!\\)&")
_GAP = r"\\q?quad(?![A-Za-z])"
_AND = r"\\(?:text|mbox)\s*\{\s*,?\s*(?:and|where|with)\s*\}"
_NEXT = re.compile(rf"(?:(?<!\\)[,;](?=\s|\\[,;:! ]|{_GAP})|{_GAP}|{_AND})(?:\s|(?<!\\)[,;]|\\[,;:! ]|{_GAP}|{_AND})*")
_LEADING = re.compile(rf"[\s&]*(?P<sign>{spelled('=', ':=', '≈', *ORDER)})")


def statements(stretch: Stretch) -> Iterator[Said]:
    """The statements of a stretch, in order."""
    text = _FRAME.sub(lambda m: " " * len(m[0]), stretch.text).replace("\n", " ")
    for column in list(outside(text, _COLUMN)):  # those of a matrix are its own
        text = text[: column.start()] + " " + text[column.end() :]
    follows = stretch.follows
    for start, end in _cuts(text, stretch.start):
        said = text[start:end]
        if not said.strip(" ,.;~"):
            continue
        leading = _LEADING.match(said)
        op = OP_OF[leading["sign"]].replace(":=", "=") if leading is not None else ""
        at = start + leading.end() if leading is not None else start
        stripped = text[at:end].rstrip()
        stripped = (
            stripped[: -len(m[0])] if (m := re.search(r"(?:\\[,;:! ]|\\q?quad|[\s.,;])+\Z", stripped)) else stripped
        )
        yield Said(start, at + len(stripped), " " * at + stripped, stretch.condition, op, follows)
        follows = False


def _cuts(text: str, begin: int) -> Iterator[tuple[int, int]]:
    at = begin
    lines = [m for m in outside(text, ROW_BREAK) if m.start() >= begin]
    for found in (*lines, None):
        stop = found.start() if found is not None else len(text)
        yield from listed(text, at, stop)
        at = found.end() if found is not None else stop


def listed(text: str, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """The relations of a row, where commas begin another one; a case and a range stay with what they are said of."""
    held = begin
    cuts = [m for m in outside(text[:stop], _NEXT) if m.start() >= begin]
    for k, cut in enumerate(cuts):
        end = cuts[k + 1].start() if k + 1 < len(cuts) else stop
        left, right = text[held : cut.start()], text[cut.end() : end]
        if _states(left) and _states(right) and not is_condition(right.strip(" .,;()")):
            yield held, cut.start()
            held = cut.end()
    yield held, stop


def _states(text: str) -> bool:
    """Whether a text is a relation of its own."""
    return about(text) == "declaration" or (any(True for _ in outside(text, RELATION)) and _LEADING.match(text) is None)
