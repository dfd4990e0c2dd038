"""Means that are written by a bar over a declared name."""

from __future__ import annotations

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
    axis, tag = 0, "bar"
    if len(row.sizes) == 2 and after.kind != "_" and _has_rows(cursor, row):
        tag = "evident"
    elif len(row.sizes) > 1:
        items = subscript_at(cursor, cursor.pos + 1)[0] if after.kind == "_" else []
        index = cursor.scope.indices.get(items[0].text) if len(items) == 1 and items[0].kind == "word" else None
        fits = [] if index is None or len(row.sizes) > 2 else [k for k in (0, 1) if row.sizes[k] == index.size]
        if len(fits) != 1:
            raise cursor.fail(
                f"{token.value} is not declared, and as a mean of {row.name} it may be over one axis or over all",
                token,
                f"mean_l {row.name}_l, or mean({row.name})",
                "unknown-name",
                cursor.scope.nearest(token.value),
            )
        axis = 1 - fits[0]
    cursor.note(
        tag, f"{token.value} is not declared and was read as the mean of {_shown(row, tag)}", token.start, token.end
    )
    cursor.pos += 1
    made = cursor.node(Name(token.start, token.end, row))
    return cursor.node(Along(token.start, token.end, made, "mean", axis))


def _shown(row: Any, tag: str) -> str:
    return row.name if tag == "bar" else f"the rows of {row.name}"


def _has_rows(cursor: Cursor, row: Any) -> bool:
    """Whether a text speaks of the rows of a matrix: x_i, x^{(i)} where x is n by d and i runs to n."""
    if row.sizes[0] == row.sizes[1]:
        return False
    for k, token in enumerate(cursor.toks[:-1]):
        if token.kind == "word" and token.value == row.name and cursor.toks[k + 1].kind in ("_", "^"):
            below = subscript_at(cursor, k + 1)[0] if cursor.toks[k + 1].kind == "_" else ()
            letters = [item.text for item in below] or [_label(cursor, k + 2)]
            index = cursor.scope.indices.get(letters[0]) if len(letters) == 1 else None
            if index is not None and index.size == row.sizes[0]:
                return True
    return False


def _label(cursor: Cursor, k: int) -> str:
    """The letter of a label in brackets above a name: i of ^{(i)}."""
    inside = [t for t in cursor.toks[k : k + 5] if t.kind not in ("{", "}", "(", ")")]
    return inside[0].value if cursor.toks[k].kind in ("{", "(") and inside else ""
