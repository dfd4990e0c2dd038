r"""A document as sentences: words with the formulas among them, in order.

A displayed formula belongs to the sentence around it: the words in front of it, unless they end, and those behind it
that go on with `where`, `with`, `for`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checker.documents.scan import Piece
from derivations.frozen import frozen

OPEN, CLOSE = "\ue000", "\ue001"
"""Around the number of a formula among the words of its sentence."""

MOST_FORMULAS, LONGEST = 200, 20_000
"""Formulas and characters of a sentence; what goes on is taken for another one."""

FORMULA = rf"{OPEN}\d+{CLOSE}"


@frozen
class Sentence:
    """Words with a mark for each formula, and the formulas; a heading is one of its own."""

    words: str
    formulas: tuple[Piece, ...]
    heading: Piece | None = None

    def before(self, number: int) -> str:
        """The words in front of a formula."""
        return self.words.partition(f"{OPEN}{number}{CLOSE}")[0]

    def behind(self, number: int) -> str:
        """The words behind a formula."""
        return self.words.partition(f"{OPEN}{number}{CLOSE}")[2]


_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bw\.r\.t)(?<!\bresp)[.!?](?=\s|\Z)|^[ \t]*(?:[-*+]|\d+[.)])[ \t]|\\item\b",
    re.MULTILINE,
)
_GOES_ON = re.compile(r"\s*(?:where|with|for|if|when|in which|whenever|and)\b")
_CLOSED = re.compile(r"[.!?]\s*(?:\\end\{[a-z*]+\}\s*)?\Z")


def sentences(pieces: Sequence[Piece], text: str) -> Iterator[Sentence]:
    """The sentences of a document in order; code and macros end one."""
    words, held = "", []
    last: Piece | None = None
    for piece in pieces:
        if piece.kind in ("heading", "code", "macros"):
            if words.strip():
                yield Sentence(words, tuple(held))
            words, held, last = "", [], None
            if piece.kind == "heading":
                yield _of_heading(piece)
            continue
        apart = last is not None and "\n\n" in re.sub(r"\n[ \t]+", "\n", text[last.place.end : piece.place.start + 1])
        if apart and not (piece.kind == "formula" and piece.display) and not _goes_on(piece, last):
            if words.strip():
                yield Sentence(words, tuple(held))
            words, held = "", []
        if len(held) >= MOST_FORMULAS or len(words) > LONGEST:
            yield Sentence(words, tuple(held))
            words, held = "", []
        if piece.kind == "formula":
            words += f" {OPEN}{len(held)}{CLOSE} "
            held.append(piece)
            if piece.display and _CLOSED.search(piece.inside):
                yield Sentence(words, tuple(held))
                words, held = "", []
        else:
            *whole, rest = _END.split(piece.inside)
            for said in whole:
                words += said
                if words.strip():
                    yield Sentence(words, tuple(held))
                words, held = "", []
            words += rest
        last = piece
    if words.strip():
        yield Sentence(words, tuple(held))


def _goes_on(piece: Piece, last: Piece | None) -> bool:
    """Whether words in a paragraph of their own go on with a displayed formula."""
    return last is not None and last.kind == "formula" and last.display and _GOES_ON.match(piece.inside) is not None


_INLINE = re.compile(r"\$(?P<dollars>[^$\n]+)\$|\\\((?P<round>.+?)\\\)")


def _of_heading(piece: Piece) -> Sentence:
    """A heading with the formulas in it."""
    held: list[Piece] = []
    words, at = "", 0
    for found in _INLINE.finditer(piece.inside):
        group = found.lastgroup or "dollars"
        start, end = piece.at + found.start(), piece.at + found.end()
        place = type(piece.place)(start, end, piece.place.line)
        words += piece.inside[at : found.start()] + f" {OPEN}{len(held)}{CLOSE} "
        held.append(Piece("formula", found[0], place, found[group], piece.at + found.start(group)))
        at = found.end()
    return Sentence(words + piece.inside[at:], tuple(held), piece)
