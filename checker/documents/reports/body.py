"""The document itself as HTML: its words by the way of its kind, its formulas and code with their marks in place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from html import escape

from checker.documents.marks import Marked
from checker.documents.reports import prose_latex, prose_markdown
from checker.documents.reports.held import Held, clean
from checker.documents.reports.marks_html import (
    Numbered,
    badges,
    coloured,
    note,
    notes,
    shown_tex,
    tex,
)
from checker.documents.scan import Piece, Place, is_tex

_IN_HEADING = re.compile(r"\$(?P<dollars>[^$\n]+)\$|\\\((?P<round>.+?)\\\)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_STRUCTURE = re.compile(r"\\begin\{(?:enumerate|itemize|theorem|proof|solution|problem)\}")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PREAMBLE = re.compile(r"\A.*?\\begin\{document\}", re.DOTALL)


def body(marked: Marked, reveal: bool) -> str:
    """The document with its marks."""
    latex = _is_latex(marked)
    held = Held()
    text = "".join(_Document(marked, reveal, latex, held).parts())
    if latex:
        page = prose_latex.prose(text)
    else:
        page = prose_markdown.prose(text, breaks=marked.name.endswith((".txt", ".text")))
    made = held.put_back(page, notes)
    if made is None:  # a token lost in the structure: the words as they stand lose nothing
        made = held.put_back(prose_markdown.paragraphs(text), notes)
    assert made is not None
    return made


def _is_latex(marked: Marked) -> bool:
    """Whether the words are LaTeX: by the name of the file, or by the structure where the name is that of a person."""
    if is_tex(marked.text, marked.name):
        return True
    headings = {piece.text[:1] for piece in marked.pieces if piece.kind == "heading"}
    return "#" not in headings and ("\\" in headings or _STRUCTURE.search(marked.text) is not None)


def _comment(text: str) -> str:
    return f'<span class="comment">{escape(text, quote=False)}</span>'


class _Document:
    """A document as text of its kind with tokens in it."""

    def __init__(self, marked: Marked, reveal: bool, latex: bool, held: Held):
        self.text, self.pieces, self.reveal, self.held = marked.text, marked.pieces, reveal, held
        self.opening = (_PREAMBLE if latex else _FRONT_MATTER).match(marked.text)
        starts = [piece.place.start for piece in marked.pieces]
        self.lines: dict[int, list[Numbered]] = {}
        """The lines of each piece, by its number."""
        for k, line in sorted(enumerate(marked.lines, 1), key=lambda one: (one[1].place.start, one[0])):
            self.lines.setdefault(max(0, bisect_right(starts, line.place.start) - 1), []).append((k, line))

    def parts(self) -> Iterator[str]:
        done = self.set_apart()
        if done:
            yield self.held.hold(self.opened(done)) + "\n\n"
        for k, piece in enumerate(self.pieces):
            if piece.place.start < done:
                continue
            yield self.between(done, piece.place.start)
            yield self.piece(piece, self.lines.get(k, []))
            done = piece.place.end
        yield (
            self.between(done, len(self.text))
            if self.pieces
            else self.words(done, len(self.text), self.lines.get(0, []))
        )

    def between(self, start: int, end: int) -> str:
        """What stands between pieces: blanks and comments."""
        return _COMMENT.sub(lambda found: self.hold(_comment(found[0]), ()), clean(self.text[start:end]))

    def set_apart(self) -> int:
        """The end of a preamble or front matter, 0 where there is none, or where it holds a line that is judged."""
        if self.opening is None:
            return 0
        inside = (k for k, piece in enumerate(self.pieces) if piece.place.start < self.opening.end())
        return 0 if any(self.lines.get(k) for k in inside) else self.opening.end()

    def opened(self, end: int) -> str:
        said = escape(self.text[:end].strip(), quote=False)
        return f'<span class="codeblock" role="group" aria-label="The beginning of the file"><code>{said}</code></span>'

    def piece(self, piece: Piece, lines: Sequence[Numbered]) -> str:
        match piece.kind:
            case "formula" if piece.text.startswith("`"):
                shown = f"<code>{escape(piece.inside, quote=False)}</code>"
                return self.hold(f'<span class="f">{shown}{badges(lines, self.reveal)}</span>', lines, code=True)
            case "formula":
                return self.formula(piece, lines)
            case "code":
                return self.code(piece, lines)
            case "macros":
                shown = f'<code class="cmd">{escape(piece.text.strip(), quote=False)}</code>'
                return self.hold(shown + badges(lines, self.reveal), lines)
            case "heading":
                return self.heading(piece, lines)
            case _:
                return self.words(piece.place.start, piece.place.end, lines)

    def hold(self, html: str, lines: Sequence[Numbered], code: bool = False) -> str:
        return self.held.hold(html, "".join(note(one, self.reveal, code) for one in lines))

    def formula(self, piece: Piece, lines: Sequence[Numbered]) -> str:
        marks = badges(lines, self.reveal)
        with_marks = shown_tex(coloured(piece.inside, piece.at, lines))
        element = tex(shown_tex(piece.inside), piece.display, with_marks)
        status = f" {lines[0][1].status}" if len(lines) == 1 else ""
        name = f"f block{status}" if piece.display else f"f{status}"
        return self.hold(f'<span class="{name}">{element}{marks}</span>', lines)

    def code(self, piece: Piece, lines: Sequence[Numbered]) -> str:
        out: list[str] = []
        end = piece.at + len(piece.inside)
        done = end - len(piece.inside.lstrip("\n"))
        for _, line in lines:
            start, stop = max(line.place.start, done), min(line.place.end, end)
            if start < stop and line.status != "not_a_claim":
                out.append(escape(self.text[done:start], quote=False))
                out.append(f'<span class="said {line.status}">{escape(self.text[start:stop], quote=False)}</span>')
                done = stop
        out.append(escape(self.text[done:end].rstrip("\n"), quote=False))
        shown = f'<code tabindex="0">{"".join(out)}</code>'
        return self.hold(f'<span class="codeblock f">{shown}{badges(lines, self.reveal)}</span>', lines, code=True)

    def words(self, start: int, end: int, lines: Sequence[Numbered]) -> str:
        """Words as they stand, the judged stretches of them held with their marks."""
        out: list[str] = []
        done = start
        for one in lines:
            line = one[1]
            if line.status == "not_a_claim":
                continue
            first, last = max(line.place.start, done), min(line.place.end, end)
            said = escape(self.text[first:last], quote=False)
            html = f'<span class="f"><span class="said {line.status}">{said}</span>{badges([one], self.reveal)}</span>'
            out += [clean(self.text[done:first]), self.hold(html, [one], code=True)]
            done = max(last, done)
        return "".join([*out, clean(self.text[done:end])])

    def heading(self, piece: Piece, lines: Sequence[Numbered]) -> str:
        """A heading, in which formulas are no pieces of their own."""
        out: list[str] = []
        done = piece.place.start
        for found in _IN_HEADING.finditer(self.text, piece.place.start, piece.place.end):
            start = found.start("dollars") if found["dollars"] is not None else found.start("round")
            inside = found["dollars"] or found["round"]
            before = [one for one in lines if one[1].place.start < found.start()]
            within = [one for one in lines if found.start() <= one[1].place.start < found.end()]
            lines = lines[len(before) + len(within) :]
            out.append(self.words(done, found.start(), before))
            place = Place(found.start(), found.end(), piece.place.line)
            out.append(self.formula(Piece("formula", found[0], place, inside, start), within))
            done = found.end()
        out.append(self.words(done, piece.place.end, lines))
        return "".join(out)


def macros(marked: Marked) -> str:
    """The commands that a document defines, for KaTeX to know them."""
    found = (piece.text.strip() for piece in marked.pieces if piece.kind == "macros")
    rows = "".join(f"<code>{escape(_for_katex(text), quote=False)}</code>" for text in found)
    return f'<div id="macros" hidden>{rows}</div>' if rows else ""


_OPERATOR = re.compile(r"\\DeclareMathOperator\s*(\*?)\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*\{")


def _for_katex(text: str) -> str:
    r"""`\DeclareMathOperator{\tr}{tr}` as `\newcommand`, which KaTeX has."""
    found = _OPERATOR.search(text)
    if found is None:
        return text
    name = text[found.end() :].partition("}")[0]
    return f"\\newcommand{{{found[2]}}}{{\\operatorname{found[1]}{{{name}}}}}"
