"""The judged members of a document as whole rows, for whoever looks a line up by its text: a link, a row, a display.

    A = B = C        A = B is what B comes to, A = B = C what is worst of both; B and C stand alone too

What a stretch comes to is read from its members; nothing is judged or counted again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from checker.documents.lines import NUMBERED
from checker.documents.marks import Line, LineStatus, Marked
from checker.documents.relations import RELATION_IN_FRONT
from checker.documents.scan import Piece
from checker.documents.stretches import RELATION, ROW_BREAK, outside

WORST_FIRST: tuple[LineStatus, ...] = ("wrong", "carried", "unreadable", "undecided", "correct", "not_a_claim")
MOST_MEMBERS = 60
"""Members of a display whose links are given."""

_EDGES = " \t\n&.,;$"
_LINED = re.compile(r"\A\\begin\{[a-z]+\*?\}(?:\{\d+\})?|\\end\{[a-z]+\*?\}\Z")


def rows(marked: Marked) -> Iterator[dict[str, Any]]:
    """Every stretch that is made of members and is none itself, as an object like that of a line, with the numbers
    among the lines of its `members` and of the one that it is judged `by`."""
    for piece in marked.pieces:
        if piece.kind != "formula":
            continue
        stop = piece.at + len(piece.inside)
        held = [(k, n) for k, n in enumerate(marked.lines) if piece.at <= n.place.start and n.place.end <= stop]
        held.sort(key=lambda one: one[1].place.start)
        done = {(line.place.start, line.place.end) for _, line in held}
        for start, end, members in _stretches(piece, held) if held else ():
            start, end = _trimmed(marked.text, start, end)
            if members and start < end and (start, end) not in done:
                done.add((start, end))
                yield _told(marked.text, start, end, members)


Held = Sequence[tuple[int, Line]]


def _stretches(piece: Piece, held: Held) -> Iterator[tuple[int, int, Held]]:
    at = piece.at
    breaks = [m.span() for m in outside(piece.inside, ROW_BREAK)]
    bounds = zip((0, *(end for _, end in breaks)), (*(start for start, _ in breaks), len(piece.inside)), strict=True)
    for start, stop in bounds:
        of_row = [one for one in held if at + start <= one[1].place.start < at + stop]
        yield at + start, at + stop, of_row
        for one in of_row[:MOST_MEMBERS]:
            yield _last_side(one[1]), one[1].place.end, [one]
        for before, after in pairwise(of_row[:MOST_MEMBERS]):
            yield _last_side(before[1]), after[1].place.end, [after]
    yield at, at + len(piece.inside), held


def _last_side(line: Line) -> int:
    """Where the last side of a member begins: B of `A = B`."""
    signs = [m.end() for m in outside(line.text, RELATION)]
    return line.place.start + (signs[-1] if signs else 0)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch without the signs around it: blanks, marks of columns, the relation in front, the environment."""
    while start < end:
        before = (start, end)
        start += len(text[start:end]) - len(text[start:end].lstrip(_EDGES))
        end -= len(text[start:end]) - len(text[start:end].rstrip(_EDGES))
        if text.endswith(r"\right", start, end):
            end += 1
            break
        for pattern in (RELATION_IN_FRONT, _LINED, NUMBERED):
            if (found := pattern.search(text[start:end])) is not None:
                start, end = (start + found.end(), end) if found.start() == 0 else (start, start + found.start())
        if (start, end) == before:
            break
    return start, end


def _told(text: str, start: int, end: int, members: Held) -> dict[str, Any]:
    number, line = min(members, key=lambda one: WORST_FIRST.index(one[1].status))
    told = {**line.to_json(), "text": text[start:end], "line": text.count("\n", 0, start) + 1}
    return {**told, "start": start, "end": end, "by": number, "members": [k for k, _ in members]}
