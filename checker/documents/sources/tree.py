"""The tree of a document, as pandoc writes it in JSON, as Markdown: headings, paragraphs, lists with the labels that
they show, tables, code and formulas. Nothing else is made of it: links are their words, a picture is a note."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

MAX_DEPTH = 60
"""Blocks and emphases inside each other."""

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_DELIMITERS: Mapping[str, str] = MappingProxyType({"OneParen": "{})", "TwoParens": "({})"})
_BEGINS = re.compile(r"^(\s*)(#{1,6}(?=\s)|```|~~~)")
_EMPTY_LINES = re.compile(r"\n[ \t]*(?=\n)")


def as_markdown(blocks: Sequence[Any], dollars: bool) -> tuple[str, tuple[str, ...]]:
    """The text, and notes on what is left out. `dollars`: a dollar in the words is one that a formula may stand
    between, as it is typed in Word; else it is money, and escaped. Raises `ValueError` where it is nested too deep."""
    writer = _Writer(dollars)
    text = "\n\n".join(writer.blocks(blocks, 0))
    notes = []
    if writer.pictures:
        notes.append(f"{writer.pictures} picture{'s are' if writer.pictures > 1 else ' is'} left out")
    return text, tuple(notes)


class _Writer:
    def __init__(self, dollars: bool):
        self.dollars = dollars
        self.pictures = 0

    # ── blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def blocks(self, found: Sequence[Any], depth: int) -> Iterator[str]:
        if depth > MAX_DEPTH:
            raise ValueError("too deep")
        for block in found:
            for text in _BLOCKS.get(block["t"], _unknown)(self, block.get("c"), depth):
                if text.strip():
                    yield text

    def paragraph(self, content: Any, depth: int) -> Iterator[str]:
        text = self.inlines(content, depth).strip()
        yield _BEGINS.sub(r"\1\\\2", text)

    def lines(self, content: Any, depth: int) -> Iterator[str]:
        yield "\n".join(self.inlines(line, depth) for line in content)

    def code(self, content: Any, depth: int) -> Iterator[str]:
        (_, classes, _), text = content
        language = next((c for c in classes if c != "sourceCode" and re.fullmatch(r"[\w+#-]{1,20}", c)), "")
        ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        yield f"{ticks}{language}\n{text}\n{ticks}"

    def quote(self, content: Any, depth: int) -> Iterator[str]:
        yield "\n".join(f"> {line}".rstrip() for line in "\n\n".join(self.blocks(content, depth + 1)).split("\n"))

    def ordered(self, content: Any, depth: int) -> Iterator[str]:
        (start, style, delimiter), items = content
        for k, item in enumerate(items, start):
            yield self.item(_label(k, style["t"], delimiter["t"]), item, depth)

    def bulleted(self, content: Any, depth: int) -> Iterator[str]:
        for item in content:
            yield self.item("-", item, depth)

    def item(self, label: str, blocks: Any, depth: int) -> str:
        text = "\n\n".join(self.blocks(blocks, depth + 1))
        return f"{label} " + text.replace("\n", "\n  ").replace("\n  \n", "\n\n")

    def defined(self, content: Any, depth: int) -> Iterator[str]:
        for term, meanings in content:
            said = " ".join(" ".join(self.blocks(meaning, depth + 1)) for meaning in meanings)
            yield f"**{self.inlines(term, depth)}**: {said}"

    def heading(self, content: Any, depth: int) -> Iterator[str]:
        level, _, inlines = content
        yield f"{'#' * min(max(level, 1), 6)} {' '.join(self.inlines(inlines, depth).split())}"

    def rule(self, content: Any, depth: int) -> Iterator[str]:
        yield "---"

    def table(self, content: Any, depth: int) -> Iterator[str]:
        _, caption, _, head, bodies, foot = content
        yield from self.blocks(caption[1], depth + 1)
        rows = [*head[1], *(row for body in bodies for row in (*body[2], *body[3])), *foot[1]]
        shown = [[" ".join(" ".join(self.blocks(cell[4], depth + 1)).split()) for cell in row[1]] for row in rows]
        if not shown:
            return
        out = [f"| {' | '.join(row)} |" for row in shown]
        out.insert(1, "|" + "---|" * len(shown[0]))
        yield "\n".join(out)

    def within(self, content: Any, depth: int) -> Iterator[str]:
        yield from self.blocks(content[1], depth + 1)

    def figure(self, content: Any, depth: int) -> Iterator[str]:
        yield from self.blocks(content[2], depth + 1)
        yield from self.blocks(content[1][1], depth + 1)

    # ── inlines ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def inlines(self, found: Sequence[Any], depth: int) -> str:
        if depth > MAX_DEPTH:
            raise ValueError("too deep")
        return "".join(self.inline(one["t"], one.get("c"), depth) for one in found)

    def inline(self, kind: str, content: Any, depth: int) -> str:
        match kind:
            case "Str":
                text = content.replace("<!--", "< !--")
                return text if self.dollars else text.replace("$", "\\$")
            case "Space" | "SoftBreak":
                return " "
            case "LineBreak":
                return "\n"
            case "Math":
                return _formula(content[1], content[0]["t"] == "DisplayMath")
            case "Code":
                ticks = "`" * (1 + max((len(run) for run in re.findall("`+", content[1])), default=0))
                return f"{ticks}{' '.join(content[1].split())}{ticks}"
            case "Emph" | "Underline":
                return self.around("*", content, depth)
            case "Strong":
                return self.around("**", content, depth)
            case "Superscript" | "Subscript":
                said = self.inlines(content, depth + 1)
                return ("^" if kind == "Superscript" else "_") + (said if len(said) == 1 else f"{{{said}}}")
            case "Strikeout":
                return self.around("~~", content, depth)
            case "SmallCaps":
                return self.inlines(content, depth + 1)
            case "Quoted":
                opening, closing = ("‘", "’") if content[0]["t"] == "SingleQuote" else ("“", "”")
                return f"{opening}{self.inlines(content[1], depth + 1)}{closing}"
            case "Cite":
                return self.inlines(content[1], depth + 1)
            case "Link":
                return self.inlines(content[1], depth + 1)
            case "Span":
                # KaTeX writes a formula twice: as MathML, and for the eye.
                return "" if "katex-html" in content[0][1] else self.inlines(content[1], depth + 1)
            case "Image":
                self.pictures += 1
                said = self.inlines(content[1], depth + 1).strip()
                return f"[picture: {said}]" if said else "[picture]"
            case "Note":
                return f" (note: {' '.join(self.blocks(content, depth + 1))})"
            case "RawInline":
                return content[1]
        raise ValueError(f"no inline {kind!r}")

    def around(self, sign: str, content: Any, depth: int) -> str:
        said = self.inlines(content, depth + 1)
        inner = said.strip()
        if not inner or "\n" in inner:
            return said
        front, back = said[: len(said) - len(said.lstrip())], said[len(said.rstrip()) :]
        return f"{front}{sign}{inner}{sign}{back}"


def _unknown(writer: _Writer, content: Any, depth: int) -> Iterator[str]:
    raise ValueError("no such block")


def _raw(writer: _Writer, content: Any, depth: int) -> Iterator[str]:
    yield content[1]


_BLOCKS: Mapping[str, Callable[[_Writer, Any, int], Iterator[str]]] = MappingProxyType({
    "Plain": _Writer.paragraph, "Para": _Writer.paragraph, "LineBlock": _Writer.lines, "CodeBlock": _Writer.code,
    "RawBlock": _raw, "BlockQuote": _Writer.quote, "OrderedList": _Writer.ordered, "BulletList": _Writer.bulleted,
    "DefinitionList": _Writer.defined, "Header": _Writer.heading, "HorizontalRule": _Writer.rule,
    "Table": _Writer.table, "Figure": _Writer.figure, "Div": _Writer.within,
})  # fmt: skip
"""Every block of the tree and what writes it."""


def _formula(text: str, display: bool) -> str:
    r"""`$…$` and `$$…$$`; `\(…\)` and `\[…\]` where a dollar stands inside."""
    inside = _without_reach(_EMPTY_LINES.sub("", text.strip()))
    if not inside:
        return ""
    if display:
        return f"\n\\[{inside}\\]\n" if "$" in inside else f"\n$${inside}$$\n"
    return f"\\({inside}\\)" if "$" in inside else f"${inside}$"


_NESTED = re.compile(r"\\(?:sum|prod)(?:\s*[_^]\s*(?:\{[^{}]*\}|\w)){0,2}\s*(?P<open>\{)\s*\\(?:sum|prod)(?![A-Za-z])")


def _without_reach(text: str) -> str:
    r"""A sum of a sum without the braces of Word around the inner one, `\sum_i {\sum_j u_i} P_{ij}`: they are not seen,
    and how far a sum reaches is what is seen."""
    while (found := _NESTED.search(text)) is not None:
        depth, end = 1, found.end("open")
        while end < len(text) and depth:
            depth += (text[end] == "{") - (text[end] == "}")
            end += 1
        if depth:
            break
        text = text[: found.start("open")] + " " + text[found.end("open") : end - 1] + " " + text[end:]
    return text


def _label(k: int, style: str, delimiter: str) -> str:
    """The label of an item as it is shown: `2.`, `b)`, `(iv)`."""
    shown = str(k)
    if style in ("LowerAlpha", "UpperAlpha") and 1 <= k <= 26:
        shown = chr(ord("a") + k - 1)
    elif style in ("LowerRoman", "UpperRoman") and 1 <= k < 4000:
        shown = _roman(k)
    if style.startswith("Upper"):
        shown = shown.upper()
    return _DELIMITERS.get(delimiter, "{}.").format(shown)


def _roman(k: int) -> str:
    out = ""
    for value, letters in _ROMAN:
        out += letters * (k // value)
        k %= value
    return out
