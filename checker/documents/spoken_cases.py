r"""A value by cases that is said in words between formulas, as the one formula that it is.

$f'(x) = 1$ if $x > 0$ and $0$ otherwise                      f'(x) = 1 if x > 0 and 0 otherwise
$f'(x) = \alpha$ for $x < 0$, $1$ for $x > 0$
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checker.documents.scan import Piece, Place
from checker.documents.stretches import RELATION, is_condition, outside

_IF = re.compile(r"\s*,?\s*(?:if|when|whenever|for|where)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*[,;]?\s*(?:(?:and|or|but)\s+)?(?:(?:it is|equals|is)\s+)?", re.IGNORECASE)
_ELSE = re.compile(r"\s*[,;]?\s*(?:and\s+)?(?:otherwise|else|elsewhere)(?:\s*,)?\s*(?:(?:it is|is)\s+)?", re.IGNORECASE)
_LAST = re.compile(r"\s*,?\s*(?:otherwise|else|elsewhere)\b", re.IGNORECASE)
"""Behind a value: it is that of every other case."""
_WORDS = {"where": "if", "whenever": "if", "elsewhere": "otherwise"}
"""Words that mean in a case what the reader calls by another one, which is no longer."""
_SPOKEN = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)


def joined(pieces: Sequence[Piece], text: str) -> Iterator[Piece]:
    """The pieces of a document, with formulas that words make one value by cases as one formula.

    At least two values, each but the last with a condition, and nothing else between them: what else is said stays
    words, and its formulas stay apart.
    """
    at = 0
    while at < len(pieces):
        found = _value(pieces, at)
        if found is None:
            yield pieces[at]
            at += 1
            continue
        after, end = found
        yield _as_one(pieces[at:after], text, end)
        if after < len(pieces) and pieces[after].place.start < end:  # the words that `otherwise` begins
            yield from _rest(pieces[after], end, text)
            after += 1
        at = after


def _value(pieces: Sequence[Piece], at: int) -> tuple[int, int] | None:
    """Where a value by cases that begins at a piece ends: the number of the piece behind it, and the place."""
    branches, position, after = 0, at, at
    while _is_formula(pieces, position) and (branches == 0 or not _states(pieces[position])):
        if branches and (last := _said(pieces, position + 1, _LAST, whole=False)) is not None:
            return position + 1, last
        if _said(pieces, position + 1, _IF) is None or not (
            _is_formula(pieces, position + 2) and is_condition(pieces[position + 2].inside)
        ):
            break
        branches += 1
        position = after = position + 3
        if (
            _said(pieces, position, _ELSE) is not None
            and _is_formula(pieces, position + 1)
            and not _states(pieces[position + 1])
        ):
            return position + 2, pieces[position + 1].place.end
        if _said(pieces, position, _AND) is None:
            break
        position += 1
    return None if branches < 2 else (after, pieces[after - 1].place.end)


def _is_formula(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].kind == "formula" and not pieces[at].display


def _states(piece: Piece) -> bool:
    return any(True for _ in outside(piece.inside, RELATION))


def _said(pieces: Sequence[Piece], at: int, words: re.Pattern[str], whole: bool = True) -> int | None:
    """Where words end that a piece is, or begins with."""
    if at >= len(pieces) or pieces[at].kind != "words" or "\n\n" in pieces[at].inside:
        return None
    found = (words.fullmatch if whole else words.match)(pieces[at].inside)
    return None if found is None else pieces[at].place.start + found.end()


def _as_one(pieces: Sequence[Piece], text: str, end: int) -> Piece:
    """The formulas and the words between them, character by character where they stand, without the signs around."""
    first = pieces[0]
    inside = [" "] * (end - first.at)
    for piece in pieces:
        start = piece.at if piece.kind == "formula" else piece.place.start
        for k, sign in enumerate(piece.inside, start - first.at):
            inside[k] = sign
    last = pieces[-1].place.end
    inside[last - first.at :] = text[last:end]
    place = Place(first.place.start, end, first.place.line)
    return Piece("formula", text[place.start : end], place, in_words_of_cases("".join(inside)), first.at)


def in_words_of_cases(text: str) -> str:
    """A text of as many characters with the words of cases that the reader knows: `if` for `where`."""
    return _SPOKEN.sub(lambda m: _WORDS[m[0].casefold()].ljust(len(m[0])), text)


def _rest(piece: Piece, start: int, text: str) -> Iterator[Piece]:
    """What is left of a paragraph's words from a place on."""
    inside = piece.inside[start - piece.place.start :]
    if inside.strip():
        line = piece.place.line + text.count("\n", piece.place.start, start)
        yield Piece("words", text[start : piece.place.end], Place(start, piece.place.end, line), inside)
