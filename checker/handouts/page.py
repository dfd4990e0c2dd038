"""A handout as a page that stands alone, on screen and printed: one file, no other is asked for.

Words are escaped; formulas are the text of elements, which KaTeX reads with `trust: false`. A formula of a derivation
stands among words, so that it breaks at its relations and signs where a line is full.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checker.documents.reports.marks_html import tex
from checker.documents.reports.standalone import standalone
from checker.handouts.value import (
    Block,
    Chain,
    Code,
    Exercise,
    Handout,
    Options,
    Paragraph,
    Prose,
    Question,
    Result,
    Room,
    Short,
    Table,
    Tex,
    Typed,
    Words,
    said_points,
)
from derivations.notation.breaking import breakable

STYLE = Path(__file__).parent / "sheet.css"

FONTS = ("KaTeX_Main-Regular", "KaTeX_Main-Bold", "KaTeX_Main-Italic")
"""The fonts of the words, those of the formulas."""


def write_page(handout: Handout, key: bool) -> str:
    """The whole file."""
    title = f"{handout.title} — key" if key else handout.title
    name = (
        ""
        if key
        else '<p class="who"><span>Name: <span class="blank"></span></span> '
        '<span>Student number: <span class="blank"></span></span></p>\n'
    )
    head = f"<header>\n<h1>{escape(title)}</h1>\n<p>{handout.below}</p>\n{name}</header>\n"
    body = "".join(_exercise(exercise, key) for exercise in handout.exercises)
    return standalone(title, f'{head}<main id="document">\n{body}</main>\n', STYLE, FONTS)


def _exercise(exercise: Exercise, key: bool) -> str:
    points = f'<span class="points">{said_points(exercise.points)}</span>'
    first, *rest = exercise.questions
    setting = "".join(block(one) for one in exercise.setting)
    return (
        f'<section>\n<div class="together">\n<h2>{exercise.number} {escape(exercise.title)}{points}</h2>\n{setting}'
        f"{_question(first, key)}</div>\n{''.join(_question(one, key) for one in rest)}</section>\n"
    )


def _question(question: Question, key: bool) -> str:
    points = f'<span class="points">{said_points(question.points)}</span>' if question.letter else ""
    label = f'<span class="letter">({question.letter})</span>' if question.letter else ""
    asked = "".join(block(one) for one in question.asked)
    answer = "".join(block(one) for one in (question.key if key else question.room))
    kind = "question" if question.letter else "question alone"
    inside = f'{points}{label}<div class="asked">{asked}</div>\n<div class="answer">{answer}</div>'
    return f'<div class="{kind}">{inside}</div>\n'


# ---------------------------------------------------------------- blocks


def block(one: Block) -> str:
    """A block as an element."""
    return _BLOCKS[type(one)](one)


def words(said: Prose) -> str:
    """Prose: words escaped, formulas as elements."""
    return "".join(_inline(piece) for piece in said)


def _inline(piece: Words | Tex | Typed) -> str:
    match piece:
        case Words(text):
            return escape(text, quote=False)
        case Tex(source):
            return tex(source)
        case Typed(text):
            return f"<code>{escape(text, quote=False)}</code>"


def drawn(source: str) -> str:
    """A formula as in a display, that may break all the same."""
    return tex(rf"\displaystyle {breakable(source)}")


def _paragraph(one: Paragraph) -> str:
    label = f"<em>{escape(one.label)}</em> " if one.label else ""
    return f"<p>{label}{words(one.prose)}</p>\n"


def _code(one: Code) -> str:
    return f"<p><code>{escape(one.text, quote=False)}</code></p>\n"


def _chain(one: Chain) -> str:
    rows = []
    for k, line in enumerate(one.lines):
        left = drawn(one.left) if k == 0 else ""
        right = drawn(rf"{{}} {line.relation} {line.right}")
        cells = (("left", left), ("right", right), ("why", words(line.reason)))
        rows += [f'<span class="{kind}">{cell}</span>' for kind, cell in cells]
    if one.where:
        rows.append(f'<span class="where">where {words(one.where)}</span>')
    return f'<div class="chain">{"".join(rows)}</div>\n'


def _result(one: Result) -> str:
    if one.prose:
        return f'<p class="result">{words(one.prose)}</p>\n'
    return "".join(f'<p class="result">{drawn(source)}</p>\n' for source in one.formulas)


def _table(one: Table) -> str:
    head = "".join(f"<th>{words(cell)}</th>" for cell in one.head)
    rows = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>\n" for row in one.rows)
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>\n{rows}</tbody></table>\n"


def _cell(cell: Prose) -> str:
    match cell:
        case (Tex(source),):
            return drawn(source)
    return words(cell)


def _options(one: Options) -> str:
    rows = []
    for letter, text in one.rows:
        said = words(text)
        right = letter in one.right
        tick = "☒" if right else "☐"
        label = "" if text == (Words(letter),) else f"({escape(letter)}) "
        rows.append(f'<li{" class=right" if right else ""}><span aria-hidden="true">{tick}</span> {label}{said}</li>')
    return f'<ul class="options">{"".join(rows)}</ul>\n'


def _room(one: Room) -> str:
    return '<div class="room">' + '<span class="line"></span>' * one.lines + "</div>\n"


def _short(one: Short) -> str:
    return '<p class="short">Answer: <span class="blank"></span></p>\n'


_BLOCKS: Mapping[type[Any], Any] = MappingProxyType({
    Paragraph: _paragraph, Code: _code, Chain: _chain, Result: _result, Table: _table, Options: _options, Room: _room,
    Short: _short,
})  # fmt: skip
"""One rule a block."""
