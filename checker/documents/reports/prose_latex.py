r"""The words of a LaTeX document as HTML: headings, lists, theorems, emphasis.

A command that is not known is shown as it stands; nothing is defined, expanded or looked up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from checker.documents.reports.held import REST
from checker.documents.reports.prose_markdown import Levels

MAX_DEPTH = 40
"""Groups, lists and emphases inside each other; what is deeper is shown as it stands."""

STYLES: Mapping[str, str] = MappingProxyType({
    "textbf": "strong", "emph": "em", "textit": "em", "textsl": "em", "texttt": "code", "underline": "u",
    "textsc": "span", "textrm": "span", "textsf": "span", "text": "span", "mbox": "span", "textnormal": "span",
})  # fmt: skip
"""A command with one argument and the element that it is shown as."""

BLOCKS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "itemize": ("<ul>", "</ul>"), "enumerate": ("<ol>", "</ol>"), "description": ("<ul>", "</ul>"),
    "parts": ("<ol>", "</ol>"), "questions": ("<ol>", "</ol>"), "subparts": ("<ol>", "</ol>"),
    "quote": ("<blockquote>", "</blockquote>"), "quotation": ("<blockquote>", "</blockquote>"),
    "center": ("<div>", "</div>"), "flushleft": ("<div>", "</div>"), "document": ("<div>", "</div>"),
})  # fmt: skip
"""Environments and their elements."""

TITLED = frozenset({
    "theorem", "lemma", "corollary", "proposition", "claim", "definition", "remark", "example", "proof", "problem",
    "exercise", "question", "solution", "answer", "part", "case", "abstract", "note", "fact", "assumption", "hint",
})  # fmt: skip
"""Environments that are shown under their name."""

DEPTHS: Mapping[str, int] = MappingProxyType(
    {"chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4, "subparagraph": 4}
)

SIGNS: Mapping[str, str] = MappingProxyType({
    "ldots": "…", "dots": "…", "textbackslash": "\\", "LaTeX": "LaTeX", "TeX": "TeX", "quad": " ", "qquad": " ",
    "ss": "ß", "o": "ø", "ae": "æ", "aa": "å", "S": "§", "textemdash": "—", "textendash": "–", "qed": "∎",
    "noindent": "", "centering": "", "par": "\n\n", "medskip": "\n\n", "bigskip": "\n\n", "smallskip": "",
    "newpage": "\n\n", "clearpage": "\n\n", "maketitle": "", "item": "", "newline": "\n", "hfill": " ",
})  # fmt: skip
"""Commands without an argument and what they show."""

ACCENTS: Mapping[str, str] = MappingProxyType(
    {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"}
)

_WORDS = re.compile(
    r"(?P<comment>(?<!\\)%[^\n]*)"
    r"|\\begin\s*\{(?P<begin>[A-Za-z]+\*?)\}(?:\[(?P<called>[^\[\]\n]*)\])?"
    r"|\\end\s*\{(?P<end>[A-Za-z]+\*?)\}"
    r"|\\item(?![A-Za-z])[ \t]*(?:\[(?P<label>[^\[\]\n]*)\][ \t]*)?"
    r"|\\(?P<depth>chapter|section|subsection|subsubsection|paragraph|subparagraph)\*?\s*\{"
    r"(?P<title>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|\\(?P<accent>['`^\"~=.])\s*(?:\{(?P<under>[A-Za-z])\}|(?P<over>[A-Za-z]))"
    r"|(?P<newline>\\\\\*?(?:\[[^\]\n]*\])?)"
    r"|\\(?P<style>" + "|".join(STYLES) + r")\s*\{"
    r"|\\(?P<sign>" + "|".join(sorted(SIGNS, key=len, reverse=True)) + r")(?![A-Za-z])\s*(?:\{\})?"
    r"|\\(?P<escaped>[%$&#_{}\s,;:!/-])"
    r"|\\(?P<refers>eqref|ref|autoref|[cC]ref|cite[a-z]*|label)(?:\[[^\]\n]*\])?\{(?P<to>[^{}]*)\}"
    r"|(?P<command>\\(?:[A-Za-z]+\*?\{?|.))"
    r"|(?P<blank>\n[ \t]*\n\s*)"
    r"|(?P<quotes>``|''|---|--|~)"
    r"|(?P<brace>[{}])",
    re.DOTALL,
)
_QUOTES: Mapping[str, str] = MappingProxyType({"``": "“", "''": "”", "---": "—", "--": "–", "~": "\u00a0"})


def prose(text: str) -> str:
    """Paragraphs, headings, lists, theorems, emphasis."""
    return _Writer().write(text)


BRACE = "}"
"""What ends a group whose braces are shown."""


class _Writer:
    """HTML as it is written: `blocks` are the open environments, `inline` the open emphases and groups."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.blocks: list[tuple[str, str]] = []
        self.inline: list[str] = []
        self.open = False
        self.in_item: list[bool] = []
        self.levels = Levels()

    def write(self, text: str) -> str:
        done = 0
        for found in _WORDS.finditer(text):
            self.say(text[done : found.start()])
            self.one(found)
            done = found.end()
        self.say(text[done:])
        self.end_paragraph()
        self.inline.clear()
        while self.blocks:
            self.end_block()
        return "".join(self.out)

    def say(self, text: str) -> None:
        if not text or (not self.open and not text.strip()):
            return
        if not self.open:
            text = text.lstrip()
        self.begin_paragraph()
        self.out.append(escape(text, quote=False))

    def begin_paragraph(self) -> None:
        if not self.open:
            if self.in_item and not self.in_item[-1] and self.blocks[-1][1] in ("</ul>", "</ol>"):
                self.begin_item("")
            self.out.append("<p>" + "".join(f"<{tag}>" for tag in self.inline if tag not in ("", BRACE)))
            self.open = True

    def end_paragraph(self) -> None:
        if self.open:
            self.out.append(
                "".join(f"</{tag}>" for tag in reversed(self.inline) if tag not in ("", BRACE)) + f"</p>{REST}"
            )
            self.open = False

    def one(self, found: re.Match[str]) -> None:
        kind = found.lastgroup
        if found["begin"]:
            self.begin(found["begin"], found["called"], found[0])
        elif found["end"]:
            self.end(found["end"], found[0])
        elif found["depth"]:
            self.end_paragraph()
            level = self.levels.of(DEPTHS[found["depth"]])
            inner = escape(re.sub(r"\\(?:textbf|emph|textit|text)\{([^{}]*)\}", r"\1", found["title"]), quote=False)
            self.out.append(f"<h{level}>{inner}</h{level}>{REST}")
        elif found[0].startswith(r"\item"):
            self.item(found["label"], found[0])
        elif found["accent"]:
            self.say((found["under"] or found["over"]) + ACCENTS[found["accent"]])
        elif kind == "newline":
            if self.open:
                self.out.append("<br>")
        elif kind == "style":
            self.group(STYLES[found["style"]], found[0])
        elif kind == "sign":
            shown = SIGNS[found["sign"]]
            self.end_paragraph() if shown == "\n\n" else self.say(shown)
        elif kind == "escaped":
            self.say(" " if found["escaped"] in " \t\n,;:/" else "" if found["escaped"] in "!-" else found["escaped"])
        elif found["refers"]:
            self.say(f"({found['to']})" if found["refers"] != "label" else "")
        elif kind == "command":
            self.command(found[0])
        elif kind == "comment":
            self.shown(found[0], "comment")
        elif kind == "blank":
            self.end_paragraph()
        elif kind == "quotes":
            self.say(_QUOTES[found["quotes"]])
        elif found[0] == "{":
            self.group("", "{")
        else:
            self.close()

    def shown(self, source: str, name: str) -> None:
        self.begin_paragraph()
        self.out.append(f'<code class="{name}">{escape(source, quote=False)}</code>')

    def command(self, source: str) -> None:
        """A command that is not known: it and its argument, with the braces, as they stand."""
        self.shown(source.removesuffix("{") if len(source) > 2 else source, "cmd")
        if source.endswith("{") and len(source) > 2:
            self.say("{")
            if len(self.inline) < MAX_DEPTH:
                self.inline.append(BRACE)

    def group(self, tag: str, opening: str) -> None:
        if len(self.inline) >= MAX_DEPTH:
            self.say(opening)
            return
        if tag:
            self.begin_paragraph()
            self.out.append(f"<{tag}>")
        self.inline.append(tag)

    def close(self) -> None:
        if not self.inline or (tag := self.inline.pop()) == BRACE:
            self.say("}")
        elif tag and self.open:
            self.out.append(f"</{tag}>")

    def begin(self, name: str, called: str | None, source: str) -> None:
        plain = name.rstrip("*")
        if len(self.blocks) >= MAX_DEPTH or (plain not in BLOCKS and plain not in TITLED):
            self.shown(source, "cmd")
            return
        self.end_paragraph()
        if self.in_item and not self.in_item[-1] and self.blocks[-1][1] in ("</ul>", "</ol>"):
            self.begin_item("")
        if plain in BLOCKS:
            opening, closing = BLOCKS[plain]
        else:
            titled = plain.capitalize() + (f" ({called})" if called else "")
            opening, closing = f'<div class="env"><p class="title">{escape(titled, quote=False)}</p>', "</div>"
        self.blocks.append((name, closing))
        self.in_item.append(False)
        self.out.append(opening)

    def end(self, name: str, source: str) -> None:
        if all(name != opened for opened, _ in self.blocks):
            if name != "document":
                self.shown(source, "cmd")
            return
        self.end_paragraph()
        while self.end_block() != name:
            pass

    def end_block(self) -> str:
        self.end_paragraph()
        name, closing = self.blocks.pop()
        self.out.append(("</li>" if self.in_item.pop() else "") + closing)
        return name

    def item(self, label: str | None, source: str) -> None:
        if not self.blocks or self.blocks[-1][1] not in ("</ul>", "</ol>"):
            self.end_paragraph()
            self.say(f"{label} " if label else "• ")
            return
        self.end_paragraph()
        self.begin_item(label or "")

    def begin_item(self, label: str) -> None:
        self.out.append(("</li>" if self.in_item[-1] else "") + ('<li class="own">' if label else "<li>"))
        self.in_item[-1] = True
        if label:
            self.begin_paragraph()
            self.out.append(f"<strong>{escape(label, quote=False)}</strong> ")
