"""Numbers whose letters are declared as arrays: the π of `2π`, the e of `e^{-e_k}`."""

from __future__ import annotations

from itertools import pairwise

from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.token import Token


def is_the_number(cursor: Cursor, token: Token) -> bool:
    """Whether the π of `2π` is the number where an array of that name is declared, and spoken of by its entries."""
    row = cursor.scope.rows.get("pi")
    before, after = cursor.toks[cursor.pos - 1] if cursor.pos else None, cursor.toks[cursor.pos + 1]
    if row is None or not row.sizes or before is None or before.kind != "num" or after.kind in ("_", "(", "[", "^"):
        return False
    pairs = zip(cursor.toks, cursor.toks[1:], strict=False)
    return any(a.value == "pi" and a.kind == "word" and b.kind in ("_", "(", "[") for a, b in pairs)


def is_eulers(cursor: Cursor) -> bool:
    """Whether the e of `e^{-e_k}` is the number where an array of that name is declared, and spoken of by its
    entries."""
    row, toks = cursor.scope.rows.get("e"), cursor.toks
    if row is None or not row.sizes or toks[cursor.pos + 1].kind != "^" or toks[cursor.pos + 2].kind in ("num", "top"):
        return False
    below = [b.kind for a, b in pairwise(toks) if a.kind == "word" and a.value == "e"]
    return "_" in below and all(kind in ("_", "^") for kind in below)
