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
are in `whole` and `expressions`; what a token starts, and what it does behind a value, are tables of the modules that
hold their rules. A construct is a row and a function. A surface tree says what was written; what it means, its shapes
included, is settled in `meaning`.
"""

from __future__ import annotations

from types import MappingProxyType

from derivations.notation.read.grammar import (
    applications,
    attached,
    brackets,
    counts,
    differentials,
    fractions,
    integrals,
    nabla,
    numerals,
    runs,
    summation,
)
from derivations.notation.read.grammar.cursor import Cursor, Grammar, Primary
from derivations.notation.read.scope import Scope
from derivations.notation.read.token import Tokens

_PRIMARY: dict[str, Primary] = {
    **numerals.PRIMARY,
    **runs.PRIMARY,
    **brackets.PRIMARY,
    **fractions.PRIMARY,
    **summation.PRIMARY,
    **applications.PRIMARY,
    **differentials.PRIMARY,
    **nabla.PRIMARY,
    **counts.PRIMARY,
    **integrals.PRIMARY,
}
GRAMMAR = Grammar(
    primary=MappingProxyType(_PRIMARY),
    attached=MappingProxyType(attached.ATTACHED),
    operands=frozenset(_PRIMARY) - {"|", "||"},
)


def cursor_over(text: str, tokens: Tokens, scope: Scope, start: int = 0) -> Cursor:
    """A cursor at the start of a text's tokens."""
    return Cursor(text, tokens, scope, GRAMMAR, start)
