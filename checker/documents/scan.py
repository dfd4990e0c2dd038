r"""The text of a document as pieces, each with its place in the source: headings, words, formulas, code.

Markdown, LaTeX and plain text are read by one scanner: what each of them marks as mathematics, `$…$`, `\[…\]`,
`\begin{align}…`, and as code does not collide. Nothing is looked up, included or run.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Literal

from derivations.frozen import frozen
from derivations.notation.read.symbols import DISPLAY

MAX_DOCUMENT = 2_000_000
"""Characters of a document."""

PieceKind = Literal["heading", "words", "formula", "code", "macros"]


@frozen
class Place:
    """Where something stands: characters of the source, from `start` up to `end`, and the line of its start, from 1."""

    start: int
    end: int
    line: int


@frozen
class Piece:
    """A stretch of a document. `inside` is what a formula says without the signs around it, `at` where that begins;
    `display`: it stands on lines of its own; `level` is that of a heading, `language` that of code."""

    kind: PieceKind
    text: str
    place: Place
    inside: str = ""
    at: int = 0
    display: bool = False
    level: int = 0
    language: str = ""


class DocumentError(ValueError):
    """A document that is not read; says why and what to do."""


_ENVIRONMENTS = "|".join(
    sorted((re.escape(name) for name in DISPLAY if not name.endswith("ed")), key=len, reverse=True)
)

_PIECES = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<fence>^[ \t]*(?P<ticks>```+|~~~+)[ \t]*(?P<language>[^\n`]*)\n(?P<code>.*?)(?:^[ \t]*(?P=ticks)[ \t]*$|\Z))"
    r"|(?P<verbatim>\\begin\{(?P<listing>verbatim|lstlisting|minted)\}(?P<listed>.*?)\\end\{(?P=listing)\})"
    r"|(?P<escaped>\\[$%&#_{}])"
    r"|(?P<double>\$\$(?P<in_double>.+?)\$\$)"
    r"|(?P<bracketed>\\\[(?P<in_bracketed>.+?)\\\])"
    r"|(?P<round>\\\((?P<in_round>.+?)\\\))"
    rf"|(?P<environment>\\begin\{{(?P<name>{_ENVIRONMENTS})\}}(?P<in_environment>.*?)\\end\{{(?P=name)\}})"
    r"|(?P<single>(?<!\\)\$(?P<in_single>(?:[^$\\]|\\.)+?)\$(?!\d))"
    r"|(?P<ticked>(?P<tick>`+)(?P<in_ticked>[^\n]+?)(?P=tick))"
    r"|(?P<heading>^(?P<hashes>\#{1,6})[ \t]+(?P<title>[^\n]*?)[ \t#]*$)"
    r"|(?P<section>\\(?P<depth>chapter|section|subsection|subsubsection|paragraph|subparagraph)\*?\s*"
    r"\{(?P<of_section>(?:[^{}]|\{[^{}]*\})*)\})"
    r"|(?P<macro>^[ \t]*\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|def)\b[^\n]*$)",
    re.DOTALL | re.MULTILINE,
)
"""What interrupts the words of a document, the first that begins."""

_DEPTHS = ("chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_ITEM = re.compile(r"\\item\b")
_BLANK = re.compile(r"\n[ \t]*\n")
_IN_LINE = re.compile(r"\n[ \t]*\n|\\begin\{")


def is_tex(text: str, name: str = "") -> bool:
    """Whether a document is LaTeX, in which `%` begins a comment."""
    return name.endswith((".tex", ".ltx")) or "\\begin{document}" in text or "\\documentclass" in text


def scan(text: str, tex: bool = False) -> tuple[Piece, ...]:
    """The pieces of a document, in order; together with the blanks between them they are the whole text. Raises
    `DocumentError` for a text of more than `MAX_DOCUMENT` characters."""
    if len(text) > MAX_DOCUMENT:
        raise DocumentError(f"a document has at most {MAX_DOCUMENT:,} characters: hand it in by its problems")
    body = _COMMENT.sub(lambda m: " " * len(m[0]), text) if tex else text
    return tuple(_Scan(text, body).pieces())


class _Scan:
    """One document: the text as it stands, and the text that is looked at, character by character as long."""

    def __init__(self, text: str, body: str):
        self.text, self.body = text, body
        self.lines = [0, *accumulate(len(line) for line in body.splitlines(keepends=True))]

    def place(self, start: int, end: int) -> Place:
        return Place(start, end, bisect_right(self.lines, start))

    def pieces(self) -> Iterator[Piece]:
        done = position = 0
        while found := _PIECES.search(self.body, position):
            made = self.piece(found)
            if made is None:  # no end, or not what it looks like: its first sign is words
                position = found.end() if found["escaped"] else found.start() + 1
                continue
            yield from self.words(done, found.start())
            if made.kind != "words":
                yield made
            done = position = found.end()
        yield from self.words(done, len(self.body))

    def words(self, start: int, end: int) -> Iterator[Piece]:
        """The words between two places, a piece a paragraph."""
        at = start
        for gap in [*_BLANK.finditer(self.body, start, end), None]:
            stop = gap.start() if gap else end
            said = self.body[at:stop]
            if said.strip():
                yield Piece("words", self.text[at:stop], self.place(at, stop), said)
            at = gap.end() - 1 if gap else end

    def piece(self, found: re.Match[str]) -> Piece | None:
        place = self.place(found.start(), found.end())
        whole = self.text[found.start() : found.end()]

        def formula(group: str, display: bool) -> Piece | None:
            inside = found[group]
            if not display and _IN_LINE.search(inside) and _BLANK.search(inside):
                return None
            if not inside.strip():
                return None
            return Piece("formula", whole, place, inside, found.start(group), display)

        match found.lastgroup:
            case "comment":
                return Piece("words", whole, place)
            case "fence":
                return Piece(
                    "code", whole, place, found["code"], found.start("code"), True, language=found["language"].strip()
                )
            case "verbatim":
                return Piece("code", whole, place, found["listed"], found.start("listed"), True)
            case "double":
                return formula("in_double", True)
            case "bracketed":
                return formula("in_bracketed", True)
            case "environment":
                return Piece("formula", whole, place, whole, found.start(), True)
            case "round":
                return formula("in_round", False)
            case "single":
                return formula("in_single", False)
            case "ticked":
                return formula("in_ticked", False)
            case "heading":
                return Piece("heading", whole, place, found["title"], found.start("title"), level=len(found["hashes"]))
            case "section":
                level = _DEPTHS.index(found["depth"])
                return Piece("heading", whole, place, found["of_section"], found.start("of_section"), level=level)
            case "macro":
                return Piece("macros", whole, place, whole, found.start())
            case _:
                return None
