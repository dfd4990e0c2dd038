r"""Fractions and binomials: \frac{a}{b}, \binom{n}{k}."""

from __future__ import annotations

from derivations.notation.read.grammar.cursor import Cursor, Primary
from derivations.notation.read.grammar.differentials import fraction_derivative
from derivations.notation.read.grammar.expressions import parse_primary
from derivations.notation.read.grammar.whole import binomial, parse_full
from derivations.notation.read.surface import Group, Quotient, Surface
from derivations.notation.read.token import Token


def fraction_argument(cursor: Cursor) -> Surface:
    r"""An argument of \frac: a group, or one symbol."""
    token = cursor.toks[cursor.pos]
    cursor.enter(token)
    if token.kind == "{":
        if token.mate == cursor.pos + 1:
            raise cursor.fail(
                "an empty fraction",
                token,
                "a numerator and a denominator",
                span=(token.start, cursor.toks[token.mate].end),
            )
        cursor.pos += 1
        inner = cursor.guarded(parse_full)
        close = cursor.expect("}", "the end of this part of the fraction")
        inner = cursor.node(Group(token.start, close.end, inner, "{"))
    elif (
        token.kind == "word"
        and cursor.toks[cursor.pos + 1].kind == "num"
        and (len(token.value) == 1 or cursor.text[token.start] == "\\")
    ):
        cursor.toks[cursor.pos + 1].space = True  # \frac a2 is a/2, \frac\lambda2 is λ/2
        inner = parse_primary(cursor, token)
    elif token.kind == "word" and len(token.value) == token.end - token.start > 1 and not cursor.known(token.value):
        cursor.split_word(token, 1)
        inner = parse_primary(cursor, token)
    elif token.kind in ("num", "word", "frac", "sqrt", "ones"):
        inner = parse_primary(cursor, token)
    else:
        raise cursor.fail("an empty fraction", token, "a numerator and a denominator")
    cursor.depth -= 1
    return inner


def fraction_bar(cursor: Cursor, token: Token) -> Surface:
    cursor.pos += 1
    found = fraction_derivative(cursor, token)
    if found is not None:
        return found
    above = fraction_argument(cursor)
    below = fraction_argument(cursor)
    return cursor.node(Quotient(token.start, below.end, above, below))


def binomial_sign(cursor: Cursor, token: Token) -> Surface:
    r"""\binom{n}{k}"""
    cursor.pos += 1
    n, k = fraction_argument(cursor), fraction_argument(cursor)
    return binomial(cursor, token.start, k.end, n, k)


PRIMARY: dict[str, Primary] = {
    "frac": fraction_bar,
    "binom": binomial_sign,
}
"""What these kinds of token start."""
