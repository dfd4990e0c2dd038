"""Means that are written by a bar over a declared name."""

from __future__ import annotations

import re
from typing import Any

from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.subscripts import subscript_at
from derivations.notation.read.surface import Along, Name, Surface
from derivations.notation.read.token import Token


def mean_of(cursor: Cursor, token: Token, row: Any) -> Surface:
    r"""\bar x where no name is spelled so: the mean of x. What stands left of an = is a name of its own."""
    after = cursor.toks[cursor.pos + 1]
    behind = cursor.text[token.end :].lstrip(" }&")
    named = token.value in cursor.own or (cursor.pos == 0 and behind[:1] in ("=", ":", "←"))
    if row.role == "function" or row.labels or not row.sizes or named:
        raise cursor.unknown(token.value, token)
    axis = 0
    if len(row.sizes) > 1:
        items = subscript_at(cursor, cursor.pos + 1)[0] if after.kind == "_" else []
        index = cursor.scope.indices.get(items[0].text) if len(items) == 1 and items[0].kind == "word" else None
        fits = [] if index is None or len(row.sizes) > 2 else [k for k in (0, 1) if row.sizes[k] == index.size]
        if len(fits) != 1:
            ways = [f"mean({row.name}, axis={k})" for k in range(len(row.sizes))] if not items else []
            raise cursor.fail(
                f"{token.value} is not declared, and as a mean of {row.name} it may be over one axis or over all",
                token,
                f"mean_l {row.name}_l, or mean({row.name})",
                "by-axis" if ways else "unknown-name",
                cursor.scope.nearest(token.value),
                readings=tuple(_all(cursor, token, way) for way in (*ways, f"mean({row.name})")) if ways else (),
            )
        axis = 1 - fits[0]
    cursor.note("bar", f"{token.value} is not declared and was read as the mean of {row.name}", token.start, token.end)
    cursor.pos += 1
    made = cursor.node(Name(token.start, token.end, row))
    return cursor.node(Along(token.start, token.end, made, "mean", axis))


_BARRED = re.compile(r"\\(?:bar|overline)\s*(?:\{[^{}]*(?:\{[^{}]*\})?[^{}]*\}|\\?[A-Za-z]+)")


def _all(cursor: Cursor, token: Token, way: str) -> str:
    """The text with a mean in the place of a barred letter wherever it stands."""
    text = cursor.text
    for start, end in sorted({_dressed(cursor, t) for t in cursor.toks if t.value == token.value}, reverse=True):
        text = f"{text[:start]} {way} {text[end:]}"
    return text


def _dressed(cursor: Cursor, token: Token) -> tuple[int, int]:
    """Where a letter and the bar over it begin and end."""
    spans = (found.span() for found in _BARRED.finditer(cursor.text))
    return next(((a, b) for a, b in spans if a <= token.start and token.end <= b), (token.start, token.end))
