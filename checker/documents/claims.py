r"""What a document states, in order: each formula with the label that it stands under and the words around it.

A label is what stands at the beginning of a line or in a heading: `Problem 3`, `Q0.2`, `(b)`, `7.4`, `\item`. Which
part it means is the sheet's to say (`follow`); a number in a list that no part bears is no label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checker.documents.relations import begins_with_relation
from checker.documents.scan import Piece, Place
from checker.documents.sheets import Path, Sheet, label_path
from checker.documents.stretches import is_condition
from checker.documents.topics import head_of_row, without_topic
from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.macros import expanded


@frozen
class Claim:
    """A formula of a document: where it stands (`path`; `sure`: under a label that the sheet has), the words in front
    of it and behind it in its paragraph, and whether it goes on from the formula before it."""

    piece: Piece
    path: Path
    sure: bool
    before: str = ""
    behind: str = ""
    continues: bool = False
    sentence: str = ""
    """What stands from the formula up to the end of its sentence."""
    plain: bool = False
    """Whether it stands in a line without signs of mathematics around it."""
    macros: str = ""
    """The commands that the document defines."""
    case: str = ""
    """The condition that the words behind it say it under: `for $x > 0$`."""
    topic: str = ""
    """What is said of it: the first cell of its row of a table, or words at its end."""
    spoken: bool = False
    """Whether it is a line of words, or code; a formula that stands at its edge is in front of it or behind it."""

    def expanded(self, text: str) -> str:
        """A text with the document's own commands put back."""
        if not self.macros or "\\" not in text:
            return text
        try:
            return expanded(self.macros + "\n" + text)[0].strip()
        except ReadError:
            return text

    @property
    def supposed(self) -> bool:
        """Whether the words in front of it introduce something: what is supposed is not claimed."""
        near = _LETTERS.findall(self.before.rpartition(FORMULA)[2].casefold())
        return (
            (bool(near) and near[-1] in SUPPOSING)
            or _CALLS.search(self.before) is not None
            or any(w in SENTENCE_SUPPOSING for w in _last_sentence(self.before))
        )


FORMULA = "\ufffc"
"""Stands for a formula among the words in front of another one."""

_LETTERS = re.compile(r"[^\W\d_]+")
_CALLS = re.compile(rf"\b(?:I|we)\s+(?:also\s+)?(?:write|call|abbreviate)\s*(?:{FORMULA}\s*(?:,|and|,\s*and)\s*)*\Z")
"""Words that give a formula a name: `I write p = ŷ and z = z_2`."""

SUPPOSING = frozenset([
    "let", "where", "define", "defined", "denote", "denotes", "with", "suppose", "assume", "assuming", "given",
    "consider", "considering", "if", "when", "whenever", "for", "unless", "whether", "case", "under", "say",
])  # fmt: skip
"""Words after which a formula is a definition or a condition."""

SENTENCE_SUPPOSING = frozenset(["let", "suppose", "assume", "define", "consider"])
"""Words that make a whole sentence one."""


def _last_sentence(words: str) -> list[str]:
    return _LETTERS.findall(re.split(r"[.!?](?:\s|\Z)|\n\s*\n", words.casefold())[-1])


@frozen
class Label:
    """A label as it stands: taken apart, and whether words say that it is one (`Problem 3`, a heading)."""

    path: Path
    named: bool
    end: int
    outer: bool = False
    """Whether it numbers a problem, no part of one: `Question 3`, `Q0`."""


_NUMBERED = r"[Qq]?\d{1,3}(?:\.\d{1,3})*(?:\.?[a-z](?![a-z]))?"
_SPACED = "|".join(r"\s?".join(w) for w in ("problem", "question", "exercise", "part", "task", "solution", "answer"))
"""Words of a label, also as a scanner spaces them: `Pro blem 3`."""
_MARK = re.compile(
    r"[\s>*_#\-+]*(?:\\textbf\{|\\textit\{|\\emph\{|\\item(?:\[)?)?[\s*_]*"
    rf"(?:(?P<word>{_SPACED}|q)s?\b[\s.:#]*(?:to\s+|for\s+)?(?:problem\s+|question\s+|part\s+)?"
    rf"(?P<said>\(?(?:{_NUMBERED}|[a-z](?![a-z])|[ivx]{{1,4}}(?![a-z]))\)?(?:\s*\(?(?P<sub>[a-z])\))?)"
    rf"|(?P<q>[Qq]\d{{1,3}}(?:\.\d{{1,3}})*(?:[a-z](?![a-z]))?)"
    rf"|\((?P<bracketed>[a-z]|[ivx]{{1,4}}|\d{{1,2}}(?:\.\d{{1,2}})*[a-z]?)\)"
    rf"|(?P<plain>\d{{1,3}}(?:\.\d{{1,3}})*[a-z]?)(?=\s?\.(?![\da-z]|\s\d)|\.\s\d+\s[^\W\d_]{{3}}|[):]|\s*\()"
    rf"|(?P<dotted>\d{{1,3}}(?:\.\d{{1,3}})+[a-z]?|\d{{1,3}}(?:\.\d{{1,3}})*\.[a-z])(?=[):.]?(?:\s|\Z))"
    rf"|(?P<letter>[a-z]|[ivx]{{1,4}})(?=[).:](?:\s|\Z)))",
    re.IGNORECASE,
)
_TO = re.compile(
    rf"\b(?:solution|answer)s?\s+(?:to|for|of)\s+(?:problem|question|part|exercise)?\s*\(?({_NUMBERED}|[a-z])\)?",
    re.IGNORECASE,
)

_HEADED = re.compile(r"\s*(\d{1,2})(?=\s|\Z)")
"""A heading that begins with a number alone: `## 2`, `## 2 Softmax`."""


def label_at(text: str, at: int, stop: int, heading: bool = False) -> Label | None:
    """The label that begins at a place of a text."""
    if heading and (told := _TO.search(text, at, stop)) is not None:
        return Label(label_path(told[1]), True, told.end())
    found = _MARK.match(text, at, stop)
    if found is None:
        number = _HEADED.match(text, at, stop) if heading else None
        return Label(label_path(number[1]), True, number.end()) if number is not None else None
    said = found["said"] or found["q"] or found["bracketed"] or found["plain"] or found["dotted"] or found["letter"]
    path = label_path(re.sub(r"[()\s]", "", found["said"].split("(")[0] or found["said"]) if found["said"] else said)
    if found["sub"]:
        path = (*label_path(re.sub(r"[()\s]", "", found["said"].partition("(")[0])), found["sub"].casefold())
    word = "".join((found["word"] or "").split()).casefold()
    outer = bool(found["q"]) or (word in ("problem", "question", "exercise", "q") and path[0].isdecimal())
    return Label(path, bool(word or found["q"] or heading), found.end(), outer)


class Walk:
    """Where in the sheet a document is, label after label."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self.path: Path = ()
        self.sure = False
        self.told = False
        """Whether words said which problem it is: then numbers in lists are those of its parts."""
        self.items: list[int] = []
        self.heads: list[tuple[int, Path]] = []
        self.counted: list[int] | None = None
        """The numbers that LaTeX gives its sections, where no heading has a label of its own."""
        self.chapter: Path = ()
        """What the numbers of all headings begin with: they are those of a longer text, 1.3.2 in its chapter 1."""

    def head(self, piece: Piece) -> None:
        """Go on to the label of a heading, below the headings above it: as its own number says (1.3.2 is below 1.3), or
        its level."""
        numbered = _SECTION.match(piece.inside)
        depth = 10 * (1 + numbered[0].count(".")) if numbered is not None else piece.level
        while self.heads and self.heads[-1][0] >= depth:
            self.heads.pop()
        if (pinned := self.sheet.pinned(piece.inside)) is not None:
            self.path, self.sure = pinned, True
            self.heads.append((depth, pinned))
            return
        label = label_at(piece.inside, 0, len(piece.inside), heading=True)
        if self.counted is not None and _COUNTED.match(piece.text):
            label = self.number(piece)
        if label is not None:
            label = self.in_chapter(label, piece)
            self.path = self.heads[-1][1] if self.heads else ()
            self.see(label)
            position = label.end
            while (more := label_at(piece.inside, position, len(piece.inside))) is not None and self.see(more):
                position = more.end  # 1(a): a label in a label
            self.heads.append((depth, self.path))

    def in_chapter(self, label: Label, piece: Piece) -> Label:
        """A label without the number of the chapter, and without that of the section which holds the solution: 3 for
        1.3.2, where the sheet has no such part."""
        inner = label.path[len(self.chapter) :]
        if not self.chapter or not inner or label.path[: len(self.chapter)] != self.chapter:
            return label
        if label.path in self.sheet.paths:
            return label
        if inner not in self.sheet.paths and _SOLVES.match(piece.inside, label.end) is not None:
            inner = inner[:-1]
        return Label(inner, True, label.end, True) if inner in self.sheet.paths else label

    def number(self, piece: Piece) -> Label:
        """The number that LaTeX prints in front of a section."""
        assert self.counted is not None
        depth = piece.level - _SECTION_LEVEL
        self.counted = [*self.counted, *[0] * depth][: depth + 1]
        self.counted[depth] += 1
        return Label((str(self.counted[depth]),), depth == 0, 0, depth == 0)

    def see(self, label: Label) -> bool:
        """Go on to a label, where it is one of the sheet; whether it is."""
        within = 1 if self.told and not label.named and label.path[:1] != self.path[:1] else 0
        for k in sorted(range(within, len(self.path) + 1), reverse=not label.outer):
            candidate = (*self.path[:k], *label.path)
            candidate = self.sheet.pins.get(candidate, candidate)
            if candidate in self.sheet.paths and (label.named or not self._before(candidate)):
                self.path, self.sure = candidate, True
                self.told = self.told or label.named
                return True
        if label.named:
            self.path, self.sure, self.told = label.path, False, True
        return False

    def sheet_has(self, said: str) -> bool:
        """Whether a label in a sentence is one of the problem that is being answered."""
        label = label_path(said)
        below = ((*self.path[:k], *label) for k in range(1, len(self.path) + 1))
        return self.sure and any(path in self.sheet.paths for path in below)

    def _before(self, path: Path) -> bool:
        """Whether a path lies in an earlier problem: a list that begins anew is no way back."""
        if not self.sure or self.path[:1] == path[:1]:
            return False
        order = [a.label for a in self.sheet.asked]
        first = next((k for k, label in enumerate(order) if label[: len(path)] == path), 0)
        here = next((k for k, label in enumerate(order) if label[: len(self.path)] == self.path), 0)
        return first < here

    def item(self, text: str) -> None:
        r"""The lists of LaTeX: `\begin{enumerate}`, `\item`, `\setcounter{enumi}{2}`, `\end{enumerate}`."""
        if text.startswith(r"\begin"):
            self.items.append(0)
        elif text.startswith(r"\end"):
            if self.items:
                self.items.pop()
        elif text.startswith(r"\setcounter"):
            number = int(re.findall(r"\d+", text)[-1])
            if "{section}" in text:
                self.counted = [number] if self.counted is not None else None
            elif self.items:
                self.items[-1] = number
        elif self.items:
            self.items[-1] += 1
            number = self.items[-1]
            said = str(number) if len(self.items) == 1 else chr(ord("a") + min(number, 26) - 1)
            if not self.see(Label((said,), False, 0)) and len(self.items) == 1:
                self.see(Label((chr(ord("a") + min(number, 26) - 1),), False, 0))


_SECTION = re.compile(r"\s*\d+(?:\.\d+)+(?=\s)")
_SOLVES = re.compile(r"[\s.:]*(?:solution|answer|question|problem|exercise|task)s?\b", re.IGNORECASE)


def chapter_of(pieces: Sequence[Piece]) -> Path:
    """What the numbers of all numbered headings begin with, where there are several of two or more pieces."""
    heads = [label_at(p.inside, 0, len(p.inside), heading=True) for p in pieces if p.kind == "heading"]
    paths = [h.path for h in heads if h is not None and len(h.path) > 1 and all(map(str.isdecimal, h.path))]
    alike = next((k for k in range(min(map(len, paths), default=0)) if len({p[k] for p in paths}) > 1), 0)
    return paths[0][:alike] if paths else ()


_COUNTED = re.compile(r"\\(?:sub)*section\s{0,3}\{")
_SECTION_LEVEL = 1
"""The level of `\\section`; that of a subsection is one more."""


def counting(pieces: Sequence[Piece]) -> bool:
    """Whether the sections of a document are known by the numbers that LaTeX gives them."""
    heads = [piece for piece in pieces if piece.kind == "heading"]
    counted = any(_COUNTED.match(piece.text) for piece in heads)
    return counted and all(label_at(p.inside, 0, len(p.inside), heading=True) is None for p in heads)


_LIST = re.compile(
    r"\\begin\{enumerate\}|\\end\{enumerate\}|\\item\b(?!\[)|\\setcounter\{(?:enumi+|section)\}\{\d{1,3}\}"
)


def walked(pieces: Sequence[Piece], sheet: Sheet, text: str) -> Iterator[tuple[Path, bool, str]]:
    """The words of a document, a paragraph each, with the label that they stand under."""
    walk = Walk(sheet)
    walk.counted = [0] if counting(pieces) else None
    walk.chapter = chapter_of(pieces)
    for piece in pieces:
        if piece.kind == "heading":
            walk.head(piece)
        elif piece.kind == "words":
            for _, line in _labels(piece, walk, text):
                yield walk.path, walk.sure, line


def claims(pieces: Sequence[Piece], sheet: Sheet, text: str) -> Iterator[Claim]:
    """The formulas of a document in order, each under its label."""
    walk = Walk(sheet)
    walk.counted = [0] if counting(pieces) else None
    walk.chapter = chapter_of(pieces)
    macros = "\n".join(piece.text for piece in pieces if piece.kind == "macros")
    words = ""
    last: Piece | None = None
    for number, piece in enumerate(pieces):
        if piece.kind == "heading":
            words, last = "", None
            walk.head(piece)
        elif piece.kind == "words":
            for at, line in _clauses(_labels(piece, walk, text)):
                if (found := _plain(piece, at, line, text)) is not None:
                    yield Claim(found, walk.path, walk.sure, "", "", begins_with_relation(line), line, True, macros)
                elif walk.sure:
                    start = piece.place.start + at
                    place = Place(start, start + len(line), text.count("\n", 0, start) + 1)
                    said = Piece("formula", line, place, line, start)
                    opens = FORMULA if at == 0 and number and _inline(pieces[number - 1]) else ""
                    ends = at + len(line) == len(piece.inside) and number + 1 < len(pieces)
                    closes = FORMULA if ends and _inline(pieces[number + 1]) else ""
                    yield Claim(said, walk.path, True, opens, closes, sentence=line, macros=macros, spoken=True)
            words = (
                piece.inside
                if last is None or "\n\n" in text[last.place.end : piece.place.start]
                else words + piece.inside
            )
            if len(piece.inside.strip()) > 3:
                last = None if re.search(r"[^\W\d_]{3}", piece.inside) else last
        elif piece.kind == "code" and walk.sure:
            yield Claim(piece, walk.path, True, spoken=True)
        elif piece.kind == "formula":
            goes_on = begins_with_relation(piece.inside)
            behind = (
                pieces[number + 1].inside if number + 1 < len(pieces) and pieces[number + 1].kind == "words" else ""
            )
            case = _case_behind(pieces, number)
            said, topic = without_topic(piece, sheet)
            topic = topic or head_of_row(piece, text)
            yield Claim(
                said, walk.path, walk.sure, words, behind, goes_on, _sentence(said, text), False, macros, case, topic
            )
            words, last = words + FORMULA + (". " if piece.display else ""), piece


_UNDER = re.compile(r"\s*,?\s*(?:for|if|when|where|whenever)\s*")


def _case_behind(pieces: Sequence[Piece], number: int) -> str:
    """The condition that stands behind a formula: `$h = 1$ for $x > 0$`."""
    between, after = pieces[number + 1 : number + 2], pieces[number + 2 : number + 3]
    if not between or not after or between[0].kind != "words" or not _UNDER.fullmatch(between[0].inside):
        return ""
    return after[0].inside.strip() if _inline(after[0]) and is_condition(after[0].inside) else ""


def _clauses(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines of plain text, those in sentences clause by clause: `a > b, so … . In general c = d.`"""
    for at, line in lines:
        cuts = list(_CLAUSE.finditer(line)) if _PLAIN.search(line) and not _SIGNS.search(line) else []
        for start, end in zip([0, *(m.end() for m in cuts)], [*(m.start() for m in cuts), len(line)], strict=True):
            if line[start:end].strip():
                yield at + start, line[start:end]


_CLAUSE = re.compile(
    r"[,;]\s+(?=(?:so|which|since|because|but|hence|therefore|thus|although)\s)|\.\s+(?=[A-Z][a-z]+\s)"
)
"""Where a clause of a sentence ends, and another begins."""


def _inline(piece: Piece) -> bool:
    return piece.kind == "formula" and not piece.display


_PLAIN = re.compile(r":=|[=≈≤≥∝]|<-|(?<![<-])[<>](?![<>-])")
_SIGNS = re.compile(r"[$`]|\]\(|://|\\[a-z]+\{")
"""Signs of formulas, code and links in a line: it is no plain text."""
_LEAD = re.compile(r"\s*(?:(?:[A-Za-z][A-Za-z'-]+|a)[,.:;]?\s+)+(?=[^\s=≈:<>≤≥][^=≈≤≥<>]*[=≈≤≥<>])")


def _plain(piece: Piece, at: int, line: str, text: str) -> Piece | None:
    """A whole line of a paragraph that has a relation in it, as a formula: without the words that lead it in."""
    start, end = piece.place.start + at, piece.place.start + at + len(line)
    stop = text.find("\n", end)
    whole = _SIGNS.search(text, end, stop if stop >= 0 else len(text)) is None and (
        start == 0 or "$" not in text[text.rfind("\n", 0, start) + 1 : start]
    )
    if not whole or len(line) > LONGEST_LINE or _PLAIN.search(line) is None or _SIGNS.search(line):
        return None
    lead = _LEAD.match(line)
    begin = start + (lead.end() if lead is not None else 0)
    inside = text[begin:end]
    place = Place(begin, end, text.count("\n", 0, begin) + 1)
    return Piece("formula", inside, place, inside, begin, True)


LONGEST_LINE = 400
_END = re.compile(r"[.!?](?=\s|\Z)|\n\s*\n|\Z")


def _sentence(piece: Piece, text: str) -> str:
    """A formula in its line, and what stands behind it up to the end of the sentence."""
    if piece.display:
        return piece.inside
    end = _END.search(text, piece.place.end)
    return text[piece.place.start : min(end.start() if end else len(text), piece.place.end + 300)]


def _labels(piece: Piece, walk: Walk, text: str) -> Iterator[tuple[int, str]]:
    """The lines of a paragraph with their places in it, one after the other, once the labels at the beginning of each
    are seen."""
    start = piece.place.start
    for found in re.finditer(r"^.*$", piece.inside, re.MULTILINE):
        at = start + found.start()
        if (pinned := walk.sheet.pinned(found[0])) is not None:
            walk.path, walk.sure = pinned, True
            yield found.start(), found[0]
            continue
        position = found.start()
        if found.start() or not at or text[at - 1] in "\n":  # else the line began with a formula
            for mark in _LIST.finditer(found[0]):
                walk.item(mark[0])
            while (label := label_at(piece.inside, position, found.end())) is not None and walk.see(label):
                position = label.end + (1 if piece.inside[label.end : label.end + 1] in ").:" else 0)
        for inner in _INNER.finditer(piece.inside, position, found.end()):
            said = inner["part"] or inner["bracketed"] or inner["lettered"]
            if not walk.sheet_has(said):
                continue
            if piece.inside[position : inner.start()].strip():
                yield position, piece.inside[position : inner.start()]
            position = inner.end()
            walk.see(Label(label_path(said), False, position))
        if piece.inside[position : found.end()].strip():
            yield position, piece.inside[position : found.end()]


_INNER = re.compile(
    r"(?:^|[.;:!?,]\s{1,2}|\band\s)(?:(?:[Ii]n|[Ff]or|[Aa]s\s+(?:to|for))\s+(?:part|question)\s+\(?(?P<part>\d{1,2}|[a-z])\)?(?=[\s,:])"
    r"|(?<=[.;:!?]\s)\((?P<bracketed>[a-z]|[ivx]{1,4})\)(?=\s)|(?P<lettered>[A-Za-z])[:)](?=\s*\Z))",
    re.MULTILINE,
)
"""A label that a sentence begins with: `In part 3 the …`, `(b) Only …`; and one in front of a formula: `, B: $…$`."""
