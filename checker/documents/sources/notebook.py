"""A notebook as Markdown: its Markdown cells as they stand, its code cells as fenced code. What cells printed is left
out, and no cell is run."""

from __future__ import annotations

import json
import re
from typing import Any

from checker.documents.sources.value import Source, SourceError

MAX_CELLS = 20_000
_TICKS = re.compile(r"`{3,}")


def from_notebook(text: str, name: str) -> Source:
    """The cells of a notebook, joined. Raises `SourceError`."""
    try:
        data = json.loads(text)
    except (RecursionError, ValueError) as error:
        at = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "too deep or too long"
        raise SourceError(f"{name}: no notebook: not JSON ({at}); save it again in Jupyter") from error
    if isinstance(data, dict) and "worksheets" in data:
        raise SourceError(
            f"{name}: a notebook of the old format 3: convert it with jupyter nbconvert --to notebook --nbformat 4"
        )
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise SourceError(f'{name}: no notebook: it has no list "cells"')
    if len(cells) > MAX_CELLS:
        raise SourceError(f"{name}: a notebook has at most {MAX_CELLS:,} cells: hand it in by its problems")
    language = _language(data)
    return Source("\n\n".join(filter(str.strip, (_cell(cell, language, name) for cell in cells))), "notebook", name)


def _cell(cell: Any, language: str, name: str) -> str:
    said = cell.get("source", "") if isinstance(cell, dict) else ""
    if isinstance(said, list) and all(isinstance(line, str) for line in said):
        said = "".join(said)
    if not isinstance(said, str):
        raise SourceError(f'{name}: no notebook: the "source" of a cell is neither text nor lines')
    said = said.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not said.strip():
        return ""
    if cell.get("cell_type") == "markdown":
        return said
    ticks = "`" * max(3, *(len(found) + 1 for found in _TICKS.findall(said)), 3)
    return f"{ticks}{language if cell.get('cell_type') == 'code' else ''}\n{said}\n{ticks}"


def _language(data: dict[str, Any]) -> str:
    """The language of the code cells: a word, `python` where none is said."""
    found: Any = data.get("metadata")
    for key in ("kernelspec", "language"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) and re.fullmatch(r"[A-Za-z][\w+#-]{0,20}", found) else "python"
