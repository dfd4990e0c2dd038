r"""A value by cases that is said in words between formulas, as the one formula that it is.

$f'(x) = 1$ if $x > 0$ and $0$ otherwise                      f'(x) = 1 if x > 0 and 0 otherwise
$f'(x) = \alpha$ for $x < 0$, $1$ for $x > 0$
$h = z$ if $z > 0$ and $h = 0$ otherwise                     h = z if z > 0 and     0 otherwise
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checker.answers.spoken_cases import in_cases
from checker.documents.scan import Piece, Place, words_between
from checker.documents.stretches import RELATION, is_condition, outside

_IF = re.compile(r"\s*,?\s*(?:if|when|whenever|for|where)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*[,;]?\s*(?:(?:and|or|but)\s+)?(?:(?:it is|equals|is)\s+)?", re.IGNORECASE)
_ELSE = re.compile(r"\s*[,;]?\s*(?:and\s+)?(?:otherwise|else|elsewhere)(?:\s*,)?\s*(?:(?:it is|is)\s+)?", re.IGNORECASE)
_LAST = re.compile(r"\s*,?\s*(?:otherwise|else|elsewhere)\b", re.IGNORECASE)
"""Behind a value: it is that of every other case."""
_WORDS = {"where": "if", "whenever": "if", "elsewhere": "otherwise"}
"""Words that mean in a case what the reader calls by another one, which is no longer."""
_SPOKEN = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)


def joined(pieces: Sequence[Piece], text: str, whole: bool = True) -> Iterator[Piece]:
    """The pieces of a document, with formulas that words make one value by cases as one formula.

    At least two values, each but the last with a condition, and nothing else between them: what else is said stays
    words, and its formulas stay apart. `whole`: sentences that words begin, too.
    """
    at = 0
    while at < len(pieces):
        if whole and (sentence := _sentence(pieces, at, text)) is not None:
            before, piece, after, end = sentence
            yield from before
            yield piece
            if after < len(pieces) and pieces[after].place.start < end:
                yield from words_between(pieces[after], end, pieces[after].place.end, text)
                after += 1
            at = after
            continue
        found = _value(pieces, at)
        if found is None:
            yield pieces[at]
            at += 1
            continue
        after, end = found
        yield _as_one(pieces[at:after], text, end)
        if after < len(pieces) and pieces[after].place.start < end:  # the words that `otherwise` begins
            yield from words_between(pieces[after], end, pieces[after].place.end, text)
            after += 1
        at = after


def _value(pieces: Sequence[Piece], at: int) -> tuple[int, int] | None:
    """Where a value by cases that begins at a piece ends: the number of the piece behind it, and the place."""
    branches, position, after = 0, at, at
    left = _left_side(pieces[at]) if _is_formula(pieces, at) else ""
    while _is_formula(pieces, position):
        last = _said(pieces, position + 1, _LAST, whole=False) if branches else None
        if branches and _states(pieces[position], left if last is not None else ""):
            break  # with conditions of their own, `f = A if a, f = B if b` are two statements
        if last is not None:
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
            and not _states(pieces[position + 1], left)
        ):
            return position + 2, pieces[position + 1].place.end
        if _said(pieces, position, _AND) is None:
            break
        position += 1
    return None if branches < 2 else (after, pieces[after - 1].place.end)


def _sentence(pieces: Sequence[Piece], at: int, text: str) -> tuple[tuple[Piece, ...], Piece, int, int] | None:
    """A sentence that words begin and that is a value by cases, `If $z > 0$ the derivative is $1$, otherwise $0$.`: the
    words in front of it, itself as a formula on its own, the number of the piece behind it, and where it ends."""
    if pieces[at].kind != "words" or not _is_formula(pieces, at + 1):
        return None
    words = pieces[at]
    lead = _LEAD.search(words.inside)
    front = "." if lead is None else words.inside[: lead.start("said")]
    goes_on = not front.strip() and at > 0 and pieces[at - 1].kind == "formula"
    if lead is None or goes_on:
        return None
    start = words.place.start + lead.start("said")
    stop = _STOP.search(text, start, start + LONGEST)
    while stop is not None and any(p.kind == "formula" and p.place.start < stop.start() < p.place.end for p in pieces):
        stop = _STOP.search(text, stop.end(), start + LONGEST)
    end = stop.start() if stop is not None else min(len(text), start + LONGEST)
    after = next((k for k in range(at, len(pieces)) if pieces[k].place.end >= end), len(pieces) - 1)
    inside = text[start:end]
    said = in_cases(inside)
    plain = all(p.kind in ("words", "formula") and not p.display for p in pieces[at : after + 1])
    if not plain or said is None or len(said) > len(inside):
        return None
    place = Place(start, end, words.place.line + text.count("\n", words.place.start, start))
    first, comma, last = said.rpartition(",")  # as long as the sentence, from its beginning to its end
    said = first + comma + last.rjust(len(inside) - len(first) - len(comma))
    made = Piece("formula", inside, place, said, start, True)
    ahead = words_between(words, words.place.start, start, text)
    done = pieces[after].place.end <= end
    return ahead, made, after + 1 if done else after, end


_LEAD = re.compile(
    r"(?:\A|[.;:!?]\s|\n|[a-z0-9]\)\s|\*\*\s?)[^\S\n]*(?P<said>(?:if|when|whenever|for|(?:the|its)\s+(?:derivative|gradient|slope)\s+"
    r"(?:is|equals))\s*)\Z",
    re.IGNORECASE,
)
"""How a sentence begins that may be a value by cases, in front of its first formula."""
_STOP = re.compile(r"[.;!?](?=\s|\Z)|\n\s*\n")
LONGEST = 300
"""Characters of such a sentence."""


def _is_formula(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].kind == "formula" and not pieces[at].display


def _states(piece: Piece, left: str) -> bool:
    """Whether a formula says something of its own; the left side of the first one may be said again."""
    signs = sum(1 for _ in outside(piece.inside, RELATION))
    return signs > 0 and not (signs == 1 and left and _left_side(piece) == left)


def _left_side(piece: Piece) -> str:
    """The left side of an equation, without its blanks; "" where it is none."""
    sign = next(outside(piece.inside, RELATION), None)
    return "" if sign is None or sign[0].strip() != "=" else "".join(piece.inside[: sign.start()].split())


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
    left = _left_side(first)
    for piece in pieces:
        start = piece.at if piece.kind == "formula" else piece.place.start
        said = piece.inside
        if piece is not first and piece.kind == "formula" and left and _left_side(piece) == left:
            said = re.sub(r"\A[^=]*=", lambda m: " " * len(m[0]), said)  # it is said once
        for k, sign in enumerate(said, start - first.at):
            inside[k] = sign
    last = pieces[-1].place.end
    inside[last - first.at :] = text[last:end]
    place = Place(first.place.start, end, first.place.line)
    return Piece("formula", text[place.start : end], place, in_words_of_cases("".join(inside)), first.at)


def in_words_of_cases(text: str) -> str:
    """A text of as many characters with the words of cases that the reader knows: `if` for `where`."""
    return _SPOKEN.sub(lambda m: _WORDS[m[0].casefold()].ljust(len(m[0])), text)
