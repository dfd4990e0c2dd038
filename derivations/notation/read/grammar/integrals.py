r"""Definite integrals of one variable: \int_a^b f dx, ∫_0^∞ e^{-x} dx. The variable is a name inside alone."""

from __future__ import annotations

from derivations.domains import DOMAINS, Declared
from derivations.notation.read.drawings import Integral
from derivations.notation.read.grammar.chance import own_names
from derivations.notation.read.grammar.cursor import Cursor, Primary
from derivations.notation.read.grammar.expressions import parse_primary
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import Surface
from derivations.notation.read.token import Token

EXPECTED = r"both limits and the variable, as in \int_0^1 f dx"


def integral(cursor: Cursor, token: Token) -> Surface:
    cursor.enter(token)
    cursor.pos += 1
    limits: dict[str, Surface | None] = {}
    while (sign := cursor.toks[cursor.pos]).kind in ("_", "^") and sign.kind not in limits:
        cursor.pos += 1
        limits[sign.kind] = _limit(cursor)
    if len(limits) < 2:
        raise cursor.fail("an integral without limits is no number", token, EXPECTED)
    end, letter = _differential(cursor, token)
    stop = cursor.toks[end]
    with own_names(cursor):
        row = Declared(letter, DOMAINS["real"])
        cursor.scope = cursor.scope.with_row(letter, row)
        before, stop.kind = stop.kind, ")"
        body = cursor.guarded(parse_full)
        stop.kind = before
    if cursor.pos != end:
        raise cursor.fail(
            cursor.unexpected(cursor.toks[cursor.pos]), cursor.toks[cursor.pos], f"an operator, or d{letter}"
        )
    last = cursor.toks[end + (stop.value == "d")]
    cursor.pos = end + 1 + (stop.value == "d")
    cursor.depth -= 1
    return cursor.node(Integral(token.start, last.end, row, limits["_"], limits["^"], body))


def _limit(cursor: Cursor) -> Surface | None:
    r"""A limit: a group, one symbol; None for ∞ and -∞."""
    token = cursor.toks[cursor.pos]
    if token.kind == "{":
        inside = [t.kind for t in cursor.toks[cursor.pos + 1 : token.mate]]
        if inside in (["infinity"], ["-", "infinity"], ["+", "infinity"]):
            cursor.pos = token.mate + 1
            return None
        cursor.pos += 1
        found = cursor.guarded(parse_full)
        cursor.expect("}", "the end of the limit")
        return found
    if token.kind == "infinity":
        cursor.pos += 1
        return None
    return parse_primary(cursor, token)


def _differential(cursor: Cursor, token: Token) -> tuple[int, str]:
    """Where the dx stands that ends an integral, and its variable."""
    k = cursor.pos
    while cursor.toks[k].kind != "end of text":
        t, after = cursor.toks[k], cursor.toks[k + 1]
        if t.kind == "word" and len(t.value) == 2 and t.value[0] == "d" and not cursor.known(t.value):
            return k, t.value[1]
        if t.kind == "word" and t.value == "d" and not cursor.known("d") and after.kind == "word":
            return k, after.value
        if t.kind in (")", "]", "}"):
            break
        k = t.mate + 1 if t.mate > k else k + 1
    raise cursor.fail("what is integrated over is not said", token, EXPECTED)


PRIMARY: dict[str, Primary] = {"int": integral}
"""What this kind of token starts."""
