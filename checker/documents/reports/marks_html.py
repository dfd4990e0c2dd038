r"""A formula, a stretch of words or code, and what is said about it, as HTML.

All text of a document is escaped here, and becomes the text of an element: KaTeX reads it there, in the browser, with
`trust: false`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from checker.documents.marks import Line
from checker.documents.reports.value import SIGNS, remarks

Numbered = tuple[int, Line]
"""A line and its number, from 1."""

COLOURS = {"wrong": "#010f01", "carried": "#010f02", "undecided": "#010f03", "unreadable": "#010f04"}
"""Marks → the colours that stand for them in a formula; the page puts its own in their place."""

_MATHS = re.compile(r"\$([^$\n]+)\$")
_CELLS = re.compile(r"(&|\\\\(?:\[[^\]]*\])?)")
_BRACES = re.compile(r"\\(?:[A-Za-z]+|.)|[{}]", re.DOTALL)
_ENDS = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}|\\(?:left|right)(?![A-Za-z])")
_OUTSIDE = re.compile(r"\\label\s*\{[^{}]*\}")
_COMMAND_BEFORE = re.compile(r"(?<!\\)(?:\\\\)*(\\[A-Za-z]*)\Z")
_WORDS = re.compile(r"\\(?:text(?:rm|bf|it|tt|sf|normal)?|mbox)\s*\{[^{}]*\}")
_EQNARRAY = re.compile(r"\\begin\{eqnarray(\*?)\}(.*?)\\end\{eqnarray\1\}", re.DOTALL)


def shown_tex(tex: str) -> str:
    """A formula as KaTeX takes it: without labels, `eqnarray` as an array of three columns, `_` in words escaped."""
    tex = _WORDS.sub(lambda found: re.sub(r"(?<!\\)_", r"\\_", found[0]), tex)
    tex = _EQNARRAY.sub(r"\\begin{array}{rcl}\2\\end{array}", _OUTSIDE.sub("", tex))
    return tex.replace(r"\begin{multline", r"\begin{gather").replace(r"\end{multline", r"\end{gather").strip()


def tex(source: str, display: bool = False, marked: str = "") -> str:
    """A formula as an element whose text is its source; `marked` is the same with the colours of its marks."""
    kind = "tex display" if display else "tex"
    with_marks = f' data-marked="{escape(marked)}"' if marked and marked != source else ""
    return f'<span class="{kind}"{with_marks}>{escape(source, quote=False)}</span>'


def words(text: str) -> str:
    """What is said about a line: text, with formulas where dollars stand around them."""
    parts = _MATHS.split(text)
    return "".join(tex(part) if k % 2 else escape(part, quote=False) for k, part in enumerate(parts))


def badge(numbered: Numbered, remarked: bool) -> str:
    """The mark of a line: a link to what is said about it, where something is."""
    k, line = numbered
    sign, said = SIGNS[line.status]
    if not sign:
        return f'<span id="line-{k}"></span>'
    if remarked:
        label = f"{k}, {said}: to the remark"
        return f'<a class="b {line.status}" id="line-{k}" href="#note-{k}" aria-label="{label}">{sign}&nbsp;{k}</a>'
    return f'<span class="b {line.status}" id="line-{k}" role="img" aria-label="{said}">{sign}</span>'


def badges(lines: Iterable[Numbered], reveal: bool) -> str:
    """The marks of several lines, beside what they stand in."""
    shown = "".join(badge(one, remarked(one[1], reveal)) for one in lines)
    return f'<span class="badges">{shown}</span>' if shown else ""


def remarked(line: Line, reveal: bool) -> bool:
    """Whether something is said about a line: about all that is not plainly right."""
    return line.status != "not_a_claim" and (line.status != "correct" or bool(remarks(line, reveal)))


def note(numbered: Numbered, reveal: bool, code: bool) -> str:
    """What is said about a line, with the line in front."""
    k, line = numbered
    if not remarked(line, reveal):
        return ""
    sign, said = SIGNS[line.status]
    quoted = f"<code>{escape(line.text, quote=False)}</code>" if code else tex(quoted_tex(line.text))
    part = f'<span class="part">{escape(line.part)}</span>' if line.part else ""
    told = remarks(line, reveal)
    why, *more = [words(one.text) for one in told if not one.label] or [""]
    also = "".join(f"<p>{one}</p>" for one in more)
    rows = "".join(f"<div><dt>{escape(one.label)}</dt><dd>{words(one.text)}</dd></div>" for one in told if one.label)
    back = f'<a class="b {line.status}" href="#line-{k}" aria-label="{k}: back to the line">{sign}&nbsp;{k}</a>'
    return (
        f'<div class="note {line.status}" id="note-{k}">'
        f'<div class="head">{back}<span class="quoted">{quoted}</span>{part}</div>'
        f"<p><strong>{said[0].upper()}{said[1:]}</strong>{why and ': '}{why}</p>{also}"
        + (f"<dl>{rows}</dl>" if rows else "")
        + "</div>"
    )


def notes(html: str) -> str:
    """The remarks on a block, behind it."""
    return f'<div class="notes" role="group" aria-label="Remarks">{html}</div>'


def quoted_tex(text: str) -> str:
    """A member of a formula on a line of its own: without the signs that align it."""
    text = _OUTSIDE.sub("", text)
    if _ENDS.search(text):
        return shown_tex(text)
    return _CELLS.sub(lambda found: " " if found[0] == "&" else r"\;", text).strip().removesuffix(r"\;").strip()


def coloured(inside: str, at: int, lines: Sequence[Numbered]) -> str:
    """A formula with its marked members in the colours of their marks; members that no group can hold are left."""
    out = inside
    for _, line in sorted(lines, key=lambda one: -one[1].place.start):
        colour = COLOURS.get(line.status)
        start, end = line.place.start - at, line.place.end - at
        if colour is None or not 0 <= start < end <= len(inside) or _cut(inside, start) or _cut(inside, end):
            continue
        made = _in_colour(inside[start:end], colour)
        if made is not None and out[start:end] == inside[start:end]:
            out = out[:start] + made + out[end:]
    return out


def _cut(inside: str, at: int) -> bool:
    """Whether a place stands within a command."""
    found = _COMMAND_BEFORE.search(inside[max(0, at - 40) : at])
    return found is not None and (len(found[1]) == 1 or inside[at : at + 1].isalpha())


def _in_colour(member: str, colour: str) -> str | None:
    cells = [member] if _ENDS.search(member) else _CELLS.split(member)
    if not all(closed(cell) for cell in cells):
        return None
    return "".join(
        f"\\textcolor{{{colour}}}{{{cell}}}" if cell.strip() and not _CELLS.fullmatch(cell) else cell for cell in cells
    )


def closed(cell: str) -> bool:
    """Whether what is opened in a text is closed in it: braces, `\\left`, environments."""
    depth = 0
    for found in _BRACES.finditer(cell):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth < 0:
            return False
    signs = [re.sub(r"\s", "", found[0]) for found in _ENDS.finditer(cell)]
    open_: list[str] = []
    for sign in signs:
        if sign == r"\left" or sign.startswith(r"\begin"):
            open_.append(sign.replace("begin", "end").replace("left", "right"))
        elif not open_ or open_.pop() != sign:
            return False
    return depth == 0 and not open_ and not cell.rstrip().endswith("\\")
