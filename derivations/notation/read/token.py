"""One token of a text, and a list of them."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.formula import Note


class Token:
    """One token.

    kind    what it is: num, word, rel, text, a bracket, or the operator itself
    value   canonical letters of a word, the op of a relation, the words of a text
    space   whether something separates it from the token before
    mate    for brackets: the position of the other one
    """

    __slots__ = ("end", "kind", "mate", "space", "start", "value")

    def __init__(self, kind: str, value: str, start: int, end: int, space: bool = False):
        self.kind = kind
        self.value = value
        self.start = start
        self.end = end
        self.space = space
        self.mate = -1

    def __repr__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value != self.kind else self.kind


class Tokens(list[Token]):
    r"""The tokens of a text, closed by one of kind `end of text`, with what was noted on the way, where an accent
    stands over braces, and where a `\right|` ends what `\left.` began."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Note] = []
        self.accented: list[int] = []
        self.evaluated: set[int] = set()


def outside_brackets(tokens: Tokens, start: int, stop: int) -> Iterator[int]:
    """The positions of tokens outside all brackets."""
    k = start
    while k < stop:
        t = tokens[k]
        yield k
        k = t.mate + 1 if t.mate > k else k + 1
