"""Answers by their place: the last display, the last assignment of code, a text of one line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from checker.documents.scan import Piece
from checker.extract.found import Found, Source, trimmed

LONGEST_ALONE = 2_000
"""Characters of a text that is an answer as a whole."""

_PYTHON = frozenset(["", "py", "python", "python3", "numpy", "torch", "pytorch", "jax"])
_ASSIGNED = re.compile(r"(?P<left>[^\W\d][\w.]*)\s*(?::\s*[\w.\[\], ]+)?=(?!=)\s*(?P<value>\S.*)\Z", re.DOTALL)
_CHANGED = re.compile(r"[^\W\d][\w.]*\s*(?:\[.*?\]\s*=(?!=)|(?:\[.*?\]\s*)?(?:\*\*|//|[-+*/@%])=)", re.DOTALL)
_RETURNED = re.compile(r"return\b\s*(?P<value>\S.*)\Z", re.DOTALL)
_SILENT = re.compile(r"(?:import|from|print|assert|pass)\b|#|(?:\"\"\"|''')")


def displays(source: Source) -> Iterator[Found]:
    """Formulas on lines of their own, with the condition or the reason that goes on behind them: `…, if x > 0`."""
    formulas = [p for p in source.pieces if p.kind == "formula"]
    starts = [p.place.start for p in formulas]
    for piece in formulas:
        if not piece.display:
            continue
        end = piece.place.end
        goes_on = _CLAUSE.match(source.text, end)
        if goes_on is not None:
            end = _clause_end(source.text, goes_on.end(), formulas, starts)
        start, stop = trimmed(source.text, piece.place.start, end)
        if start < stop:
            yield Found(source.text[start:stop], start, stop)


_CLAUSE = re.compile(
    r"[ \t]*,?[ \t]*\n?[ \t]*,?[ \t]*(?=(?:if|for|when|whenever|unless|where|provided|with|otherwise|and|or|but|up)\b)"
)
_FULL_STOP = re.compile(r"\n[ \t]*\n|[.!?](?=\s|\Z)")


def _clause_end(text: str, at: int, formulas: list[Piece], starts: list[int]) -> int:
    while found := _FULL_STOP.search(text, at):
        k = bisect_right(starts, found.start()) - 1
        if k >= 0 and formulas[k].place.end > found.start():
            at = formulas[k].place.end
            continue
        return found.start()
    return len(text)


def code(source: Source) -> Iterator[Found]:
    """What the blocks of code come to: the last value that each assigns or returns."""
    for piece in source.pieces:
        if piece.kind == "code" and piece.display and piece.language.split(" ")[0].lower() in _PYTHON:
            yield from of_code(piece)


def of_code(piece: Piece) -> Iterator[Found]:
    """The last assignment or `return` of a block of code: its right side; the whole statement where it changes a value
    in place."""
    found: Found | None = None
    count = 0
    for start, statement in _statements(piece.inside):
        if _SILENT.match(statement):
            continue
        count += 1
        said = _RETURNED.match(statement) or _ASSIGNED.match(statement)
        if said is not None:
            at = piece.at + start + said.start("value")
            found = Found(said["value"], at, at + len(said["value"]))
        elif _CHANGED.match(statement):
            at = piece.at + start
            found = Found(statement, at, at + len(statement))
    if found is not None:
        alone = count == 1 and not _CHANGED.match(found.text)
        yield found if alone else Found(found.text, found.start, found.end, code=piece.inside)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a block with their places: a line goes on inside of brackets. A comment behind one is cut."""
    start, depth, k = 0, 0, 0
    while k <= len(text):
        c = text[k] if k < len(text) else "\n"
        if c == "#":
            end = text.find("\n", k)
            end = len(text) if end < 0 else end
            if not text[start:k].strip():
                start = end + 1
            elif depth <= 0:
                yield from _placed(text, start, k)
                start = end + 1
            k = end + 1
            continue
        depth += (c in "([{") - (c in ")]}")
        if (c == "\n" and depth <= 0) or (c == ";" and depth <= 0):
            yield from _placed(text, start, k)
            start = k + 1
        k += 1


def _placed(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    said = text[start:end]
    if said.strip():
        yield start + len(said) - len(said.lstrip()), said.strip()


def alone(source: Source) -> Iterator[Found]:
    """A text of one line, without anything that marks an answer: all of it."""
    start, stop = trimmed(source.text, 0, len(source.text))
    if start < stop <= start + LONGEST_ALONE and "\n" not in source.text[start:stop]:
        yield Found(source.text[start:stop], start, stop)
