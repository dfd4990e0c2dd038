r"""The largest and the least eigenvalue and singular value, by their letters: \lambda_{\max}(S), σ_max(W)."""

from __future__ import annotations

from derivations.notation.read.grammar.applications import function_applied
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.surface import Surface
from derivations.notation.read.token import Token

NAMED = {("lambda", "max"): "eigmax", ("lambda", "min"): "eigmin", ("sigma", "max"): "singmax"}


def extreme_value(cursor: Cursor, token: Token) -> Surface | None:
    """λ_max before a bracket, whatever λ is, unless λ_max is a name of its own; None where it is not written."""
    toks, at = cursor.toks, cursor.pos + 1
    if toks[at].kind != "_":
        return None
    braced = toks[at + 1].kind == "{"
    word, behind = toks[at + 1 + braced], at + 2 + 2 * braced
    name = NAMED.get((token.value, word.value)) if word.kind == "word" else None
    if name is None or f"{token.value}_{word.value}" in cursor.scope.rows:
        return None
    if braced and toks[at + 1].mate != behind - 1:
        return None
    if toks[behind].kind != "(":
        return None
    cursor.pos = behind
    return function_applied(cursor, token, name)
