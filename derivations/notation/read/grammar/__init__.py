r"""Tokens into a surface tree, by precedence climbing; the declared names settle what grammar cannot.

    statement   chain of values and relations
    full        logic, or cases written in line: `v if c, w if d`, `v if c else w`
    logic       relation (and|or relation)…
    relation    additive (< additive)…
    additive    ± product ± product …
    product     juxtaposed factors, joined by * · @ ⊙ /
    factor      primary with what is attached to it: subscripts, powers, primes, transposes
    primary     what a token starts: numeral, name, bracket, function, Σ, fraction, root, cases, bars, derivative

A `Cursor` stands in the tokens; rules are functions that take it and give a surface tree. The levels down to `factor`
are in `whole` and `expressions`; what a token starts, and what it does behind a value, are the two tables below. A
construct is a row and a function. A surface tree says what was written; what it means, its shapes included, is settled
in `meaning`.
"""

from __future__ import annotations

from types import MappingProxyType

from derivations.notation.read.grammar import applications, attached, brackets, differentials, numerals, runs, summation
from derivations.notation.read.grammar.cursor import Cursor, Grammar
from derivations.notation.read.scope import Scope
from derivations.notation.read.token import Tokens

GRAMMAR = Grammar(
    primary=MappingProxyType(
        {
            "num": numerals.numeral,
            "word": runs.run_of_letters,
            "(": brackets.bracketed,
            "[": brackets.bracketed,
            "{": brackets.bracketed,
            r"\{": brackets.bracketed,
            "|": brackets.bars,
            "||": brackets.bars,
            "frac": brackets.fraction_bar,
            "sqrt": brackets.root_sign,
            "cbrt": brackets.root_sign,
            "qdrt": brackets.root_sign,
            "begin": brackets.matrix_or_cases,
            "lfloor": brackets.rounded,
            "lceil": brackets.rounded,
            "sum": summation.big_sign,
            "prod": summation.big_sign,
            "ones": applications.ones_or_indicator,
            "partial": differentials.partial_sign,
            "nabla": differentials.nabla_sign,
        }
    ),
    attached=MappingProxyType(
        {
            "^": attached.power_or_transpose,
            "_": attached.subscripted,
            ".": attached.dot_transpose,
            "!": attached.factorial,
            "'": attached.prime,
            "[": attached.entry_in_brackets,
        }
    ),
)


def cursor_over(text: str, tokens: Tokens, scope: Scope, start: int = 0) -> Cursor:
    """A cursor at the start of a text's tokens."""
    return Cursor(text, tokens, scope, GRAMMAR, start)
