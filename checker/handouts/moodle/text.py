r"""The texts of a question in HTML, as Moodle and STACK take them: mathematics between `\(` and `\)`.

Nothing of an author's words is a command there: signs of HTML, of MathJax and of STACK's CASText (`{@`, `[[`) are
entities, and a formula is drawn where it holds commands that draw and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from checker.documents.reports.texmath import live
from checker.handouts.value import (
    Block,
    Chain,
    Code,
    Options,
    Paragraph,
    Prose,
    Result,
    Room,
    Short,
    Table,
    Tex,
    Typed,
    Words,
)

_ENTITIES: Mapping[str, str] = MappingProxyType({c: f"&#{ord(c)};" for c in "&<>\"'{}[]@#"})
_APART: Mapping[str, str] = MappingProxyType({"\\": "&#92;<span></span>", "$": "&#36;<span></span>"})
"""Signs that begin mathematics: an element stands between them and what follows, so that they do not."""
_IN_FORMULA: Mapping[str, str] = MappingProxyType({c: f"&#{ord(c)};" for c in "&<>\"'@#[]"})
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """Text without the signs that no XML may hold."""
    return _NOT_XML.sub("\ufffd", text)


def plain(text: str) -> str:
    """Words in HTML."""
    return "".join(_APART.get(c) or _ENTITIES.get(c) or c for c in legal(text))


def tex(source: str, display: bool = False) -> str:
    """A formula in HTML."""
    if live(source, display) is None:
        return f"<code>{plain(source)}</code>"
    inside = "".join(_IN_FORMULA.get(c, c) for c in legal(source))
    return rf"\[{inside}\]" if display else rf"\({inside}\)"


def words(said: Prose) -> str:
    """Prose in HTML."""
    return "".join(_inline(piece) for piece in said)


def _inline(piece: Words | Tex | Typed) -> str:
    match piece:
        case Words(text):
            return plain(text)
        case Tex(source):
            return tex(source)
        case Typed(text):
            return f"<code>{plain(text)}</code>"


def html(blocks: Sequence[Block]) -> str:
    """Blocks in HTML."""
    return "\n".join(filter(None, (_BLOCKS[type(one)](one) for one in blocks)))


def _paragraph(one: Paragraph) -> str:
    return f"<p>{f'<em>{plain(one.label)}</em> ' if one.label else ''}{words(one.prose)}</p>"


def _code(one: Code) -> str:
    return f"<p><code>{plain(one.text)}</code></p>"


def _chain(one: Chain) -> str:
    rows = [f"{one.left if k == 0 else ''} &{line.relation} {line.right}" for k, line in enumerate(one.lines)]
    shown = tex(r"\begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}", display=True)
    reasons = "; ".join(words(line.reason) for line in one.lines if line.reason)
    where = f"<p>where {words(one.where)}</p>" if one.where else ""
    return f"<p>{shown}</p>" + (f"<p>({reasons})</p>" if reasons else "") + where


def _result(one: Result) -> str:
    if one.prose:
        return f"<p><strong>{words(one.prose)}</strong></p>"
    boxed = (rf"\boxed{{{source}}}" for source in one.formulas)
    return "".join(f"<p>{tex(source, display=True)}</p>" for source in boxed)


def _table(one: Table) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{words(cell)}</td>' for cell in row)}</tr>" for row in one.rows)
    return f"<table>{rows}</table>"


def _options(one: Options) -> str:
    return f"<p>{'; '.join(words(text) for letter, text in one.rows if letter in one.right)}</p>"


def _nothing(one: Room | Short) -> str:
    return ""


_BLOCKS: Mapping[type[Any], Any] = MappingProxyType({
    Paragraph: _paragraph, Code: _code, Chain: _chain, Result: _result, Table: _table, Options: _options,
    Room: _nothing, Short: _nothing,
})  # fmt: skip
"""One rule a block."""
