r"""Unit vectors, `e_k` and `\mathbf e_y`, where e is not declared."""

from __future__ import annotations

from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.subscripts import subscript_at
from derivations.notation.read.surface import Identity, Indexed, Subscript, Surface
from derivations.notation.read.token import Token


def unit_vector(cursor: Cursor, token: Token) -> Surface | None:
    """e_k, the column k of the identity: for an index that runs here, or a number; None for anything else below."""
    items, pos = subscript_at(cursor, cursor.pos + 1)
    if len(items) != 1 or not (items[0].kind in ("num", "affine") or _runs(cursor, items[0])):
        return None
    cursor.pos = pos
    end = cursor.toks[pos - 1].end
    message = f"{cursor.text[token.start : end]} was read as a unit vector"
    cursor.note("evident", message, token.start, end)
    column = (Subscript("slice", token.start, token.end, ""), items[0])
    return cursor.node(Indexed(token.start, end, cursor.node(Identity(token.start, token.end, None)), column))


def _runs(cursor: Cursor, item: Subscript) -> bool:
    runs = item.text in cursor.scope.indices or cursor.bound.get(item.text) or cursor.scope.is_label(item.text)
    return item.kind == "word" and bool(runs)
