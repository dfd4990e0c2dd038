"""Vectors and small matrices as people write them, cut into the texts of their entries.

[1, 0, 1]   (1, 0, 1)   1, 0, 1   [[1, 2], [3, 4]]   [1 2; 3 4]   \\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}
                                                                  [1, 0, 1]^T
"""

from __future__ import annotations

import re

from checker.answers.numerals import plain
from derivations.frozen import frozen

MAX_ENTRIES = 400

_ENVIRONMENT = re.compile(
    r"\\begin\{(?P<kind>[bpvBV]?matrix|array)\}(?:\{[lcr|\s]*\})?(?P<inside>.*)\\end\{(?P=kind)\}", re.S
)
_TRANSPOSED = re.compile(r"(\^\s*(?:T|\{\s*T\s*\}|\\top|\{\s*\\top\s*\}|⊤)|ᵀ)\s*\Z")
_OPEN, _CLOSE = "([{", ")]}"


class ArrayError(ValueError):
    """A text that is no rectangle of entries; the message says what was expected."""


@frozen
class Array:
    """The entries as texts, row by row. A flat list is one column (`flat`); `shape` is (r,) or (r, c)."""

    rows: tuple[tuple[str, ...], ...]
    flat: bool

    @property
    def entries(self) -> tuple[str, ...]:
        return tuple(e for row in self.rows for e in row)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.entries),) if self.flat else (len(self.rows), len(self.rows[0]))


def split_top(text: str, separators: str) -> list[str]:
    """The pieces of a text between separators that stand outside all brackets."""
    pieces, depth, start = [], 0, 0
    for k, c in enumerate(text):
        if c in _OPEN:
            depth += 1
        elif c in _CLOSE:
            depth -= 1
        elif c in separators and depth == 0:
            pieces.append(text[start:k])
            start = k + 1
    return [p.strip() for p in [*pieces, text[start:]]]


def bracketed(text: str) -> str | None:
    """The inside of a text that one pair of brackets encloses."""
    if len(text) < 2 or text[0] not in "([" or text[-1] not in ")]":
        return None
    depth = 0
    for k, c in enumerate(text):
        depth += (c in _OPEN) - (c in _CLOSE)
        if depth == 0:
            return text[1:-1] if k == len(text) - 1 else None
    return None


def read_array(text: str) -> Array | None:
    """A vector or matrix, None where the text is a single entry. Raises `ArrayError` for a ragged one."""
    text = plain(text)
    turned = _TRANSPOSED.search(text)
    if turned:
        inner = read_array(text[: turned.start()])
        if inner is None or inner.flat:
            return inner
        return Array(tuple(zip(*inner.rows, strict=True)), False)
    found = _ENVIRONMENT.fullmatch(text)
    if found:
        lines = [line for line in re.split(r"\\\\", found["inside"]) if line.strip()]
        return _table([[c.strip() for c in line.split("&")] for line in lines])
    inside = bracketed(text)
    body = text if inside is None else inside
    rows = [r for r in split_top(body, ";\n") if r]
    if len(rows) > 1:
        return _table([_row(r) for r in rows])
    cells = list(split_top(body, ","))
    if len(cells) > 1 and any(not c for c in cells):
        raise ArrayError("an entry is missing between two commas")
    if len(cells) > 1 and all(bracketed(c) is not None for c in cells):
        return _table([_row(c) for c in cells])
    if len(cells) == 1 and inside is not None and text[0] == "[":
        return Array(tuple((c,) for c in _row(body)), True)
    if len(cells) == 1:
        return None
    return _limit(Array(tuple((c,) for c in cells), True))


def _row(text: str) -> list[str]:
    inside = bracketed(text.strip())
    body = text if inside is None else inside
    cells = split_top(body, ",&")
    if len(cells) == 1 and re.fullmatch(r"[-+\d.eE/%\s]+", body):
        cells = re.sub(r"\s*/\s*", "/", body).split()
    return [c.strip() for c in cells]


def _table(rows: list[list[str]]) -> Array:
    widths = {len(r) for r in rows}
    if len(widths) != 1:
        raise ArrayError(f"rows of different lengths: {', '.join(str(len(r)) for r in rows)}")
    return _limit(Array(tuple(tuple(r) for r in rows), widths == {1}))


def _limit(array: Array) -> Array:
    if len(array.entries) > MAX_ENTRIES:
        raise ArrayError(f"at most {MAX_ENTRIES} entries")
    return array
