"""A line of tokens that may hold conditions: what stands between two line breaks or semicolons."""

from __future__ import annotations

from derivations.domains import Names
from derivations.formula import Note
from derivations.notation.read.matching import rematch
from derivations.notation.read.scope import scope_of
from derivations.notation.read.token import Token, Tokens, outside_brackets
from derivations.notation.words import ELSE, IF, UNLESS

ORDERS = frozenset(["<", ">", "<=", ">=", "!="])
STOPS = frozenset([".", ",", ";"])


def states(tokens: list[Token]) -> bool:
    """Whether a relation stands among the tokens."""
    return any(t.kind == "rel" for t in tokens)


def opens(token: Token) -> bool:
    """Whether a condition begins with the token: an `if` or an `unless`."""
    return token.kind == "word" and (token.value in IF or token.value in UNLESS)


def word_at(value: str, start: int, end: int) -> Token:
    """A word in the place of another."""
    return Token("word", value, start, end, True)


class Segment:
    """The tokens between two line breaks or semicolons, rewritten stage by stage."""

    __slots__ = ("names", "notes", "statement", "text", "toks")

    def __init__(self, tokens: Tokens, text: str, names: Names, notes: list[Note], statement: bool):
        self.toks, self.text, self.names, self.notes, self.statement = tokens, text, names, notes, statement

    def replace(self, a: int, b: int, new: list[Token]) -> None:
        self.toks[a:b] = new
        rematch(self.toks)

    def outside(self, start: int = 0, stop: int | None = None) -> list[int]:
        return list(outside_brackets(self.toks, start, len(self.toks) if stop is None else stop))

    def infer(self, a: int, b: int) -> None:
        """Note a relation that was taken for a condition without a word that says so."""
        if b > a:
            start, end = self.toks[a].start, self.toks[b - 1].end
            self.notes.append(
                Note(
                    "condition",
                    f"{self.text[start:end]} was read as the condition under which the value holds",
                    (start, end),
                )
            )

    def length(self) -> int:
        """Where the segment ends before its punctuation."""
        n = len(self.toks)
        while n and self.toks[n - 1].kind in STOPS:
            n -= 1
        return n

    def next(self, at: int) -> int:
        """The next comma, or the end."""
        return next((k for k in self.outside(at) if self.toks[k].kind == ","), len(self.toks))

    def clause(self, at: int) -> bool:
        """Whether a relation stands between a position and the next comma, with no words that open another: an order,
        or what a name of the question is."""
        toks = self.toks
        stop = self.next(at)
        here = [toks[k] for k in self.outside(at, stop)]
        if any(t.kind == "word" and (t.value in IF or t.value in UNLESS or t.value in ELSE) for t in here):
            return False
        relation = next((k for k, t in enumerate(here) if t.kind == "rel"), None)
        if not relation:
            return False
        if here[relation].value in ORDERS:
            return True
        scope = scope_of(self.names)
        return (
            here[relation].value == "="
            and relation == 1
            and (here[0].value in scope.indices or here[0].value in scope.sizes)
        )

    def runs(self, at: int) -> bool:
        """Whether a range stands behind the letter: `i = 1, …, n`, `i ≤ n`, `i in [n]`."""
        toks, n = self.toks, len(self.toks)
        if at + 2 >= n or toks[at].kind != "word":
            return False
        sign = toks[at + 1]
        if sign.kind == "in" or sign.value == "in":
            return True
        ranged = any(t.kind in (".", "dots", ":") or t.value == "to" for t in toks[at + 3 : at + 9])
        return sign.value == "=" and toks[at + 2].kind in ("num", "[", "{", r"\{") and ranged
