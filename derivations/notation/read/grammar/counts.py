r"""How many indices a condition holds for: `\#\{i : y_i = 1\}`, `|\{i : y_i = 1\}|`, as the sum of 1 over them."""

from __future__ import annotations

from fractions import Fraction

from derivations.notation.read.grammar.below import indices_below
from derivations.notation.read.grammar.cursor import Cursor, Primary
from derivations.notation.read.surface import Big, Numeral, Surface
from derivations.notation.read.token import Token


def is_set(cursor: Cursor, at: int) -> bool:
    r"""Whether `\{i : …\}` stands at a position: an index, and a condition behind a colon or a bar."""
    toks = cursor.toks
    if toks[at].kind not in (r"\{", "{") or toks[at].mate < at + 4 or toks[at + 1].kind != "word":
        return False
    return toks[at + 2].kind in (":", "|")


def number_of(cursor: Cursor, token: Token) -> Surface:
    r"""`\#\{…\}`, `|\{…\}|`, whose sign stands at the cursor."""
    at = cursor.pos + 1
    if not is_set(cursor, at):
        raise cursor.fail(
            "# counts a set of indices", token, r"\#\{i : y_i = 1\}", span=(token.start, cursor.toks[at].end)
        )
    opened = cursor.toks[at]
    opened.kind, cursor.toks[opened.mate].kind, cursor.toks[at + 2].kind = "{", "}", ":"
    cursor.insert(at, Token("_", "_", token.end, token.end))
    cursor.pos = at
    cursor.enter(token)
    binders = indices_below(cursor)
    if token.kind == "|":
        closes = cursor.toks[cursor.pos]
        if closes.kind != "|":
            raise cursor.fail(cursor.unexpected(closes), closes, "| behind the set")
        cursor.pos += 1
    cursor.depth -= 1
    end = cursor.toks[cursor.pos - 1].end
    one = cursor.node(Numeral(end, end, Fraction(1)))
    cursor.note("count", f"{cursor.text[token.start : end]} was read as how many there are", token.start, end)
    return cursor.node(Big(token.start, end, one, "sum", tuple(binders), ()))


PRIMARY: dict[str, Primary] = {"count": number_of}
"""What these kinds of token start."""
