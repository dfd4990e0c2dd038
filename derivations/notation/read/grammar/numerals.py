"""Numbers: 2, 1.5, 1e-5, and the 1 of an indicator."""

from __future__ import annotations

from derivations.notation.errors import put
from derivations.notation.read.case_lists import NoValue
from derivations.notation.read.grammar.applications import indicator_of
from derivations.notation.read.grammar.cursor import Cursor, Primary
from derivations.notation.read.surface import Numeral, Surface
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number


def numeral(cursor: Cursor, token: Token) -> Surface:
    """A number; what only looks like one is refused or noted."""
    cursor.pos += 1
    after = cursor.toks[cursor.pos]
    if after.kind == "word" and after.value in ("e", "E") and not after.space and "e" not in cursor.scope.bases:
        then = cursor.toks[cursor.pos + 1]
        digits = cursor.toks[min(cursor.pos + 2, len(cursor.toks) - 1)]
        if then.kind in ("-", "+") and digits.kind == "num" and not then.space and not digits.space:
            shown = cursor.shown(digits)
            sign = "-" if then.kind == "-" else ""
            raise cursor.fail(
                f"{cursor.text[token.start : digits.end]} reads two ways here", span=(token.start, digits.end),
                tag="ambiguous", expected="* between the factors",
                readings=put(cursor.text, (token.start, digits.end), f"{cursor.shown(token)}*10^({sign}{shown}) ",
                    f"{cursor.shown(token)}*{cursor.shown(after)} {cursor.shown(then)} {shown} "),
            )  # fmt: skip
        if then.kind == "^":
            cursor.note(
                "literal",
                (
                    f"{cursor.shown(token)}e^… was read literally, as {cursor.shown(token)} times a power of "
                    f"e; for a power of ten write {cursor.shown(token)}*10^…"
                ),
                token.start,
                then.end,
            )
    elif "e" in token.value or "E" in token.value:
        letter = "e" if "e" in token.value else "E"
        if letter in cursor.scope.bases:
            mantissa, exponent = token.value.split(letter)
            raise cursor.fail(
                f"{token.value} reads two ways, because {letter} is declared",
                token,
                "brackets or *",
                "ambiguous",
                readings=put(
                    cursor.text,
                    (token.start, token.end),
                    f"{mantissa}*10^({exponent})",
                    f"{mantissa}*{letter} {exponent}",
                ),
            )
    elif (
        after.kind == ","
        and not after.space
        and cursor.toks[cursor.pos + 1].kind == "num"
        and len(cursor.toks[cursor.pos + 1].value) == 3
        and not cursor.toks[cursor.pos + 1].space
        and len(token.value) <= 3
    ):
        cursor.note(
            "comma",
            (
                f"{cursor.shown(token)},{cursor.toks[cursor.pos + 1].value} was read as two values; a thousand "
                "is written 1000"
            ),
            token.start,
            cursor.toks[cursor.pos + 1].end,
        )
    elif cursor.indicates(token, cursor.pos):
        return indicator_of(cursor, token)
    return cursor.node(Numeral(token.start, token.end, number(token)))


def nowhere(cursor: Cursor, token: Token) -> Surface:
    """undefined"""
    cursor.pos += 1
    return cursor.node(NoValue(token.start, token.end))


PRIMARY: dict[str, Primary] = {"num": numeral, "nowhere": nowhere}
"""What these kinds of token start."""
