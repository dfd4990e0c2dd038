"""Answers that words announce: `**Final answer:** …`, `So the answer is …`, `<answer>…</answer>`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator

from checker.documents.scan import Piece
from checker.extract.blocks import of_code
from checker.extract.found import Found, Source, trimmed
from derivations.notation.read.prose import unexplained

_AHEAD = 120
"""Characters of a sentence in front of its label that are looked at."""

LONGEST, MAX_LABELS = 4_000, 50
"""Characters of an answer behind a label, and labels from the end of a text, that are looked at."""

_SAYS = r"[*_]*[ \t]*(?:(?P<says>[:：=]|is\b[ \t]*:?|are\b[ \t]*:?)[*_]*\}?|(?P<alone>[*_} \t]*(?=\n|\Z)))"
FINAL = re.compile(rf"(?<![^\W_])final\s+(?:answer|result)s?(?![^\W_]){_SAYS}", re.IGNORECASE)
ANSWER = re.compile(rf"(?<![^\W_])(?P<noun>answers?)(?![^\W_]){_SAYS}", re.IGNORECASE)
_TAG = re.compile(r"<answer>(?P<inside>.*?)</answer>", re.DOTALL | re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?:;]\s+|\n")
_MARKS = re.compile(
    r"[\s>#*_\-•|]+|\d{1,2}[.)]\s|\\(?:textbf|textit|emph|text|underline|(?:sub)*section|paragraph)\*?\{"
)


def tagged(source: Source) -> Iterator[Found]:
    """What stands between `<answer>` and `</answer>`."""
    at, lower = 0, source.text.lower()
    while (opened := lower.find("<answer>", at)) >= 0 and (found := _TAG.match(source.text, opened)):
        start, stop = trimmed(source.text, *found.span("inside"))
        if start < stop:
            yield Found(source.text[start:stop], start, stop)
        at = found.end()


def labelled(label: re.Pattern[str]) -> Callable[[Source], Iterator[Found]]:
    """What a label announces, wherever it begins a sentence or only harmless words stand before it: `So the final
    answer is …`, not `I doubt that the answer is …`."""

    def found(source: Source) -> Iterator[Found]:
        formulas = [p for p in source.pieces if p.kind in ("formula", "code")]
        starts = [p.place.start for p in formulas]
        for said in deque(label.finditer(source.text), MAX_LABELS):
            inside = bisect_right(starts, said.start()) - 1
            if inside >= 0 and formulas[inside].place.end > said.start():
                continue
            if not _begins(source.text, said):
                continue
            start, stop = _announced(source.text, said.end(), formulas, starts)
            if stop - start >= LONGEST:
                continue  # that is no answer, and a part of it would be another one
            start, stop = trimmed(source.text, start, stop)
            if start < stop:
                whole = bisect_right(starts, start) - 1
                block = formulas[whole] if whole >= 0 else None
                if block is not None and block.kind == "code" and block.place.end > start:
                    yield from of_code(block)
                else:
                    yield Found(source.text[start:stop], start, stop)

    return found


def _begins(text: str, said: re.Match[str]) -> bool:
    """Whether a label is what its sentence is about."""
    low = max(0, said.start() - _AHEAD)
    ends = [end.end() for end in _SENTENCE.finditer(text, low, said.start())]
    if low and not ends:
        return False  # a long sentence, which says something of the answer
    words = _MARKS.sub(" ", text[ends[-1] if ends else 0 : said.start()]).strip()
    if said["alone"] is not None and words:
        return False  # `… the final answer` at the end of a line announces nothing
    return unexplained(words) is None


def _announced(text: str, at: int, formulas: list[Piece], starts: list[int]) -> tuple[int, int]:
    """The stretch that a label announces: the rest of its sentence, or what stands below where the line ends in the
    label or in a colon."""
    while True:
        stop = sentence_end(text, at, formulas, starts)
        said = text[at:stop].strip(" \t*_")
        if said and not said.endswith((":", "：")):
            return at, stop
        found = _BELOW.match(text, stop)
        if found is None:
            return at, stop
        below = found.end()
        k = bisect_right(starts, below) - 1
        if k >= 0 and starts[k] == below and formulas[k].kind == "code":
            return below, formulas[k].place.end
        at = below


_BELOW = re.compile(r"\s*(?=\S)")
_STOP = re.compile(r"\n|[.!?](?=[*_\"')\]]*\s+(?:[A-Z*#(]|\Z))")
_GOES_ON = re.compile(
    r"[ \t]*(?:[-+=<>≤≥&]|\\(?:cdot|times|quad|text)\b|(?:and|or|if|for|where|when|otherwise|else|with|unless|provided|"
    r"plus|minus|times|over|whenever|as|because|since)\b)"
)
_OPEN = re.compile(r"(?:[-+=<>≤≥,(]|\b(?:and|or|if|for|where|when|with|is|are|plus|minus|times))\s*\Z")


def sentence_end(text: str, at: int, formulas: list[Piece], starts: list[int]) -> int:
    """Where what begins here ends: with its line, unless that goes on below, or with its sentence; no formula is
    cut."""
    position, limit = at, min(len(text), at + LONGEST)
    while found := _STOP.search(text, position, limit):
        k = bisect_right(starts, found.start()) - 1
        if k >= 0 and formulas[k].place.end > found.start():
            position = formulas[k].place.end
            continue
        if found[0] != "\n":
            return found.end()
        blank = text[found.end() : found.end() + 200].split("\n", 1)[0].strip() == ""
        said = text[at : found.start()].strip()
        if said and not blank and (_GOES_ON.match(text, found.end()) or _OPEN.search(said[-40:])):
            position = found.end()
            continue
        return found.start()
    return limit
