"""A handout as Markdown with formulas between dollars, as most editors and pandoc take it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from checker.documents.reports.markdown import code, escaped
from checker.documents.reports.texmath import live
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


def write_markdown(handout: Handout, key: bool) -> str:
    """The whole file."""
    out = [f"# {escaped(handout.title)}{' — key' if key else ''}", "", handout.below, ""]
    for exercise in handout.exercises:
        out += _exercise(exercise, key)
    return "\n".join(out).rstrip("\n") + "\n"


def _exercise(exercise: Exercise, key: bool) -> list[str]:
    out = [f"## {exercise.number} {escaped(exercise.title)} ({said_points(exercise.points)})", ""]
    for one in exercise.setting:
        out += [block(one), ""]
    for question in exercise.questions:
        out += _question(question, key)
    return out


def _question(question: Question, key: bool) -> list[str]:
    first, *rest = [block(one) for one in question.asked] or [""]
    label = f"**({question.letter})** " if question.letter else ""
    points = f" ({said_points(question.points)})" if question.letter else ""
    out = [f"{label}{first}{points}", ""]
    for text in (*rest, *map(block, question.key if key else question.room)):
        out += [text, ""] if text else []
    return out


def block(one: Block) -> str:
    """A block as paragraphs."""
    return _BLOCKS[type(one)](one)


def words(said: Prose) -> str:
    """Prose: words escaped, formulas between dollars where they are mathematics."""
    return "".join(_inline(piece) for piece in said).strip()


def _inline(piece: Words | Tex | Typed) -> str:
    match piece:
        case Words(text):
            start, end = " " * text.startswith(" "), " " * (text.endswith(" ") and bool(text.strip()))
            return f"{start}{escaped(text)}{end}"
        case Tex(source):
            return f"${_tex(source)}$" if live(source) is not None else code(source)
        case Typed(text):
            return code(text)


def _tex(source: str) -> str:
    """A formula on one line."""
    return " ".join(source.split())


def _paragraph(one: Paragraph) -> str:
    label = f"*{escaped(one.label)}* " if one.label else ""
    return f"{label}{words(one.prose)}"


def _code(one: Code) -> str:
    return code(one.text)


def _chain(one: Chain) -> str:
    rows = [
        f"{_tex(one.left) if k == 0 else ''} &{line.relation} {_tex(line.right)}" for k, line in enumerate(one.lines)
    ]
    block = "$$\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n$$"
    reasons = [words(line.reason) for line in one.lines]
    said = f"({'; '.join(filter(None, reasons))})" if any(reasons) else ""
    where = f"where {words(one.where)}" if one.where else ""
    return "\n\n".join(filter(None, (block, said, where)))


def _result(one: Result) -> str:
    if one.prose:
        return f"**{words(one.prose)}**"
    return "\n\n".join(f"$$\n\\boxed{{{_tex(source)}}}\n$$" for source in one.formulas)


def _table(one: Table) -> str:
    columns = len(one.rows[0]) if one.rows else len(one.head)
    head = [words(cell) for cell in one.head] or [""] * columns
    rows = [head, ["---"] * columns, *([_in_cell(words(cell)) for cell in row] for row in one.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _in_cell(text: str) -> str:
    """A cell: a bar in a formula would end it."""
    return text.replace(r"\|", "\0").replace("|", r"\vert ").replace("\0", r"\Vert ") if "$" in text else text


def _options(one: Options) -> str:
    rows = []
    for letter, text in one.rows:
        label = "" if text == (Words(letter),) else f"({escaped(letter)}) "
        rows.append(f"- [{'x' if letter in one.right else ' '}] {label}{words(text)}")
    return "\n".join(rows)


def _nothing(one: Room | Short) -> str:
    """On a page without a size there is no room."""
    return ""


_BLOCKS: Mapping[type[Any], Any] = MappingProxyType({
    Paragraph: _paragraph, Code: _code, Chain: _chain, Result: _result, Table: _table, Options: _options,
    Room: _nothing, Short: _nothing,
})  # fmt: skip
"""One rule a block."""
