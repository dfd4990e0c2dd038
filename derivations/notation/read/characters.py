"""Characters beyond ASCII: superscripts, letters, symbols, fractions, and what they stand for."""

from __future__ import annotations

import unicodedata

from derivations.notation.errors import ReadError
from derivations.notation.read.symbols import BIDI, OPERATORS, PLAIN, RELATIONS, VULGAR
from derivations.notation.read.token import Token, Tokens
from derivations.notation.spelling import COMBINING, LETTERS, SUBSCRIPTS, SUPERSCRIPTS

MAX_DIGITS = 40
"""Digits of a numeral that is read."""


def character(text: str, value: str, start: int, space: bool, out: Tokens) -> int:
    """A character beyond ASCII: appends its tokens and says where reading goes on."""
    at = start + 1
    if value in SUPERSCRIPTS or value in SUBSCRIPTS:
        table, op = (SUPERSCRIPTS, "^") if value in SUPERSCRIPTS else (SUBSCRIPTS, "_")
        while at < len(text) and text[at] in table:
            at += 1
        out.append(Token(op, op, start, start, space))
        out.append(Token("{", "{", start, start))
        for k in range(start, at):
            plain = table[text[k]]
            last = out[-1]
            if plain.isdigit() and last.kind == "num" and last.end == k:
                last.value += plain
                last.end = k + 1
                if len(last.value) > MAX_DIGITS:
                    raise ReadError(f"this number has more than {MAX_DIGITS} digits", (start, at), tag="limit")
            else:
                kind = "num" if plain.isdigit() else "word" if plain.isalpha() else "rel" if plain == "=" else plain
                out.append(Token(kind, plain, k, k + 1))
        out.append(Token("}", "}", at, at))
        return at
    if value in RELATIONS:
        out.append(Token("rel", RELATIONS[value], start, at, space))
    elif value in OPERATORS:
        kind = OPERATORS[value]
        if kind == "''":
            out.append(Token("'", "'", start, at, space))
            kind = "'"
        out.append(Token(kind, "" if kind in ("|", "||") else value, start, at, space))
    elif value in LETTERS:
        out.append(Token("word", LETTERS[value], start, at, space))
    elif value in VULGAR:
        out.append(Token("num", VULGAR[value], start, at, space))
    elif value in BIDI:
        raise ReadError(f"the character U+{ord(value):04X} changes the direction of writing", (start, at), "a formula")
    else:
        plain = unicodedata.normalize("NFKC", value)
        if plain != value and len(plain) == 1 and (plain.isascii() or plain in LETTERS or plain in OPERATORS):
            value = plain
        if value.isdigit() and value.isascii():
            while at < len(text):
                more = unicodedata.normalize("NFKC", text[at])
                if not (more.isdigit() and more.isascii()):
                    break
                value += more
                at += 1
            if len(value) > MAX_DIGITS:
                raise ReadError(
                    f"this number has {len(value)} digits; at most {MAX_DIGITS} are read", (start, at), tag="limit"
                )
            out.append(Token("num", value, start, at, space))
        elif value.isascii() and value.isalpha():
            out.append(Token("word", value, start, at, True))
        elif value in LETTERS:
            out.append(Token("word", LETTERS[value], start, at, space))
        elif value in OPERATORS:
            out.append(Token(OPERATORS[value], value, start, at, space))
        elif value in PLAIN:
            out.append(Token(value, value, start, at, space))
        else:
            folded = unicodedata.normalize("NFD", value)
            if len(folded) == 2 and folded[1] in COMBINING and (folded[0].isascii() or folded[0] in LETTERS):
                out.append(Token("word", LETTERS.get(folded[0], folded[0]) + COMBINING[folded[1]], start, at, True))
            else:
                shown = value if value.isprintable() else f"the character U+{ord(value):04X}"
                raise ReadError(f"{shown} cannot be read", (start, at), "a formula")
    return at
