r"""The text of a document as pieces, each with its place in the source: headings, words, formulas, code.

Markdown, LaTeX and plain text are read by one scanner: what each of them marks as mathematics, `$…$`, `\[…\]`,
`\begin{align}…`, and as code does not collide. Nothing is looked up, included or run.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
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


def words_between(piece: Piece, start: int, end: int, text: str) -> tuple[Piece, ...]:
    """What is left of a paragraph's words between two places of the source; nothing where that is blank."""
    inside = piece.inside[start - piece.place.start : end - piece.place.start]
    if not inside.strip():
        return ()
    line = piece.place.line + text.count("\n", piece.place.start, start)
    return (Piece("words", text[start:end], Place(start, end, line), inside),)


class DocumentError(ValueError):
    """A document that is not read; says why and what to do."""


_LINED = tuple(sorted(name for name in DISPLAY if not name.endswith("ed")))
_LISTINGS = ("verbatim", "lstlisting", "minted")

_BEGINNINGS = re.compile(
    r"(?P<comment><!--)"
    r"|(?P<fence>^[ \t]*(?P<ticks>```+|~~~+)[ \t]*(?P<language>[^\n`]*)\n)"
    r"|(?P<escaped>\\[$%&#_{}])"
    rf"|(?P<environment>\\begin\{{(?P<name>{'|'.join(map(re.escape, (*_LINED, *_LISTINGS)))})\}})"
    r"|(?P<double>\$\$)"
    r"|(?P<bracketed>\\\[)"
    r"|(?P<round>\\\()"
    r"|(?P<single>\$)"
    r"|(?P<ticked>(?P<tick>`+))"
    r"|(?P<heading>^(?P<hashes>\#{1,6})[ \t]+(?P<title>[^\n]*?)[ \t#]*$)"
    r"|(?P<section>\\(?P<depth>chapter|section|subsection|subsubsection|paragraph|subparagraph)\*?\s{0,3}"
    r"\{(?P<of_section>(?:[^{}\n]|\{[^{}\n]*\}){0,400})\})"
    r"|(?P<macro>^[ \t]*\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|def)\b[^\n]*$)",
    re.MULTILINE,
)
"""What interrupts the words of a document: where it begins. Where it ends is looked for once."""

_DEPTHS = ("chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")
_DEFINING = re.compile(r"\s*\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|def)\b")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_ITEM = re.compile(r"\\item\b")
_BLANK = re.compile(r"\n[ \t]*\n")
_DOLLAR = re.compile(r"(?<!\\)\$(?!\d)|\n[ \t]*\n")


def is_tex(text: str, name: str = "") -> bool:
    """Whether a document is LaTeX, in which `%` begins a comment."""
    return name.endswith((".tex", ".ltx")) or "\\begin{document}" in text or "\\documentclass" in text


def scan(text: str, tex: bool = False) -> tuple[Piece, ...]:
    """The pieces of a document, in order; together with the blanks between them they are the whole text. Raises
    `DocumentError` for a text of more than `MAX_DOCUMENT` characters."""
    if len(text) > MAX_DOCUMENT:
        raise DocumentError(f"a document has at most {MAX_DOCUMENT:,} characters: hand it in by its problems")
    body = _COMMENT.sub(lambda m: " " * len(m[0]), text) if tex else text
    begin = body.find(r"\begin{document}") if tex else -1
    if begin >= 0:  # of a preamble only its own commands are part of what is said
        kept = (line if _DEFINING.match(line) else " " * len(line) for line in body[:begin].split("\n"))
        body = "\n".join(kept) + body[begin:].replace(r"\begin{document}", " " * 16, 1)
    return tuple(_Scan(text, body).pieces())


class _Scan:
    """One document: the text as it stands, and the text that is looked at, character by character as long."""

    def __init__(self, text: str, body: str):
        self.text, self.body = text, body
        self.last: dict[str, int] = {}
        self.lines = [0, *(sign.end() for sign in re.finditer("\n", body))]

    def place(self, start: int, end: int) -> Place:
        return Place(start, end, bisect_right(self.lines, start))

    def pieces(self) -> Iterator[Piece]:
        done = position = 0
        while found := _BEGINNINGS.search(self.body, position):
            made = None if found["escaped"] else self.piece(found)
            if made is None:  # no end, or not what it looks like: its first sign is words
                position = found.end() if found["escaped"] or found["ticked"] else found.start() + 1
                continue
            yield from self.words(done, found.start())
            if made.kind != "words":
                yield made
            done = position = made.place.end
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
        """The piece that begins at a place; None where it has no end."""
        kind, start, inside = found.lastgroup, found.start(), found.end()
        match kind:
            case "comment":
                end = self.closed("-->", inside)
                return Piece("words", "", self.place(start, end + 3 if end >= 0 else len(self.body)))
            case "fence":
                end, stop = self.fence_end(found["ticks"], inside)
                return self.made("code", start, stop, inside, end, language=found["language"].strip())
            case "environment":
                closer = f"\\end{{{found['name']}}}"
                end = self.closed(closer, inside)
                if end < 0:
                    return None
                if found["name"] in _LISTINGS:
                    return self.made("code", start, end + len(closer), inside, end)
                return self.made("formula", start, end + len(closer), start, end + len(closer))
            case "double" | "bracketed" | "round":
                closer = {"double": "$$", "bracketed": "\\]", "round": "\\)"}[kind]
                end = self.closed(closer, inside)
                return None if end < 0 else self.formula(start, end + 2, inside, end, kind != "round")
            case "single":
                ends = _DOLLAR.search(self.body, inside + 1) if self.closed("$", inside) >= 0 else None
                if ends is None or ends[0] != "$":
                    return None
                return self.formula(start, ends.end(), inside, ends.start(), False)
            case "ticked":
                line = self.body.find("\n", inside)
                end = self.body.find(found["tick"], inside, line if line >= 0 else len(self.body))
                return None if end < 0 else self.formula(start, end + len(found["tick"]), inside, end, False)
            case "heading":
                return self.made(
                    "heading", start, inside, found.start("title"), found.end("title"), level=len(found["hashes"])
                )
            case "section":
                level = _DEPTHS.index(found["depth"])
                return self.made(
                    "heading", start, inside, found.start("of_section"), found.end("of_section"), level=level
                )
            case _:
                return self.made("macros", start, inside, start, inside)

    def closed(self, closer: str, start: int) -> int:
        """Where a closer stands behind a place; -1 where none does, which is looked for once only."""
        if start > self.last.setdefault(closer, len(self.body)):
            return -1
        end = self.body.find(closer, start)
        if end < 0:
            self.last[closer] = min(self.last[closer], start - 1)
        return end

    def fence_end(self, ticks: str, start: int) -> tuple[int, int]:
        """Where the inside of a fence ends, and the fence."""
        found = re.compile(rf"^[ \t]*{re.escape(ticks)}[ \t]*$", re.MULTILINE).search(self.body, start)
        return (found.start(), found.end()) if found is not None else (len(self.body), len(self.body))

    def formula(self, start: int, end: int, inside: int, stop: int, display: bool) -> Piece | None:
        """A formula that is not empty, and in a line is one of one paragraph."""
        said = self.body[inside:stop]
        if not said.strip() or (not display and _BLANK.search(said)):
            return None
        return self.made("formula", start, end, inside, stop, display=display)

    def made(
        self,
        kind: PieceKind,
        start: int,
        end: int,
        inside: int,
        stop: int,
        *,
        display: bool = True,
        level: int = 0,
        language: str = "",
    ) -> Piece:
        shown = display and kind in ("formula", "code")
        return Piece(
            kind, self.text[start:end], self.place(start, end), self.body[inside:stop], inside, shown, level, language
        )
