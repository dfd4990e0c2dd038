"""Marked documents made by hand: a text, and stretches of it with their marks."""

from __future__ import annotations

from typing import Any

from checker.documents.marks import Line, Marked, PartMark
from checker.documents.scan import Place, is_tex, scan

Row = tuple[str, str] | tuple[str, str, dict[str, Any]]


def marked(text: str, *rows: Row, parts: tuple[PartMark, ...] = (), name: str = "hw.md") -> Marked:
    """The document; each row is the text of a line, looked for behind the one before it, its status, and the rest."""
    lines, at = [], 0
    for said, status, *rest in rows:
        start = text.index(said, at)
        at = start + len(said)
        place = Place(start, at, text.count("\n", 0, start) + 1)
        lines.append(Line(said, place, status, **(rest[0] if rest else {})))  # type: ignore[arg-type]
    return Marked(name, text, scan(text, is_tex(text, name)), tuple(lines), parts)
