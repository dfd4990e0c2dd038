"""Where the grammar stands in the tokens of a text: the position, the letters that are bound there, what was noted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from derivations.domains import Declared
from derivations.formula import Note
from derivations.frozen import frozen
from derivations.notation.errors import ReadError, put
from derivations.notation.read.matching import MAX_DEPTH
from derivations.notation.read.scope import Scope
from derivations.notation.read.surface import Big, Letter, Name, Negation, Relation, SizeName, Surface
from derivations.notation.read.token import Token, Tokens
from derivations.notation.spelling import STYLES
from derivations.notation.words import AND, COMPARISONS, FUNCTIONS, NOT, OR, PREFIXES

MAX_NODES = 4_000
MAX_ATTACHED = 20
MAX_SUBSCRIPTS = 12


DENIED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""A comparison and its negation."""
APART = frozenset(map(frozenset, [("==", "!="), ("<", ">="), (">", "<="), ("<", ">"), ("<", "=="), (">", "==")]))
"""Comparisons of the same two sides that never hold at once."""
UPRIGHT = frozenset(["", "mathrm", "rm", "text", "textrm", "textnormal", "mbox", "operatorname"])
"""Styles of the constant e; in any other it is another thing."""
_STYLE_BEFORE = re.compile(r"\\([A-Za-z]+)\s*\{?\s*\Z")
_STYLE_OF_CHARACTER = (
    ("DOUBLE-STRUCK", "mathbb"),
    ("SCRIPT", "mathcal"),
    ("FRAKTUR", "mathfrak"),
    ("BLACK-LETTER", "mathfrak"),
    ("BOLD", "mathbf"),
    ("SANS-SERIF", "mathsf"),
    ("MONOSPACE", "mathtt"),
)
_EULER = frozenset("ℯⅇ")
JOINING = AND | OR | NOT
SPOKEN = (
    "exp",
    "log",
    "sin",
    "cos",
    "tan",
    "ln",
    "sqrt",
    "max",
    "min",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
    "det",
    "diag",
    "abs",
    "sum",
)
"""Functions that are run together with a name by mistake: no run of letters is split through them."""


def joined_texts(texts: list[Any]) -> str:
    """Subscripts run together as in `spelling`."""
    many = len(texts) > 1 and any(t.isdigit() and len(t) > 1 for t in texts)
    return ("," if many else "").join(texts)


N = TypeVar("N", bound=Surface)


@frozen
class Grammar:
    """The tables of the grammar, by kind of token.

    primary   what a token starts: its rule takes the token, whose position the cursor stands at
    attached  what it does behind a value: its rule takes the value and the token; None where it does nothing there
    operands  what may stand beside a value as a factor (bars do, too, where they do not close)
    """

    primary: Mapping[str, Primary]
    attached: Mapping[str, Attached]
    operands: frozenset[str]


class Cursor:
    """One reading of one text."""

    def __init__(self, text: str, tokens: Tokens, scope: Scope, grammar: Grammar, start: int = 0):
        self.grammar = grammar
        self.text = text
        self.toks: list[Token] = tokens
        self.scope = scope
        self.pos = start
        self.depth = 0
        self.nodes = 0
        self.retries = 0
        self.apart = -1
        self.bound: dict[str, int] = {}
        self.bars: list[str] = []
        self.loose: list[tuple[str, int]] = []
        self.used: list[str] = []
        self.notes: list[Note] = list(tokens.notes)
        self.examples: list[tuple[Declared, str, tuple[int, int]]] = []
        self.trailing: tuple[int, Big] | None = None
        self.unnamed = 0
        self.own: frozenset[str] = frozenset()
        self.numbers: dict[str, str] = {}
        """The number of a letter that the text leaves out, the 2 of z2 for z; empty where it cannot be told."""
        self.sizes_of_law: Callable[[Any], Any] = lambda law: ()
        """The sizes of what is drawn from a law, which its parameters have: given by whoever knows what they mean."""

    def fail(
        self,
        message: str,
        token: Token | None = None,
        expected: str = "",
        tag: str = "syntax",
        nearest: tuple[str, ...] = (),
        readings: tuple[str, ...] = (),
        span: tuple[int, int] | None = None,
    ) -> ReadError:
        token = token or self.toks[self.pos]
        return ReadError(
            message, span or (token.start, max(token.end, token.start + 1)), expected, nearest, readings, self.text, tag
        )

    def note(self, tag: str, message: str, start: int, end: int) -> None:
        self.notes.append(Note(tag, message, (start, end)))

    def node(self, made: N) -> N:
        """A node that was read; their number is limited."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.fail(f"the formula has more than {MAX_NODES:,} parts", tag="limit")
        return made

    def denied(self, condition: Surface) -> Surface:
        """The negation of a condition: `unless i = j` is i ≠ j."""
        if isinstance(condition, Relation) and len(condition.ops) == 1:
            return self.node(Relation(condition.start, condition.end, condition.sides, (DENIED[condition.ops[0]],)))
        return self.node(Negation(condition.start, condition.end, condition))

    def beside(self, conditions: list[Surface]) -> None:
        """Note cases that are listed side by side and may hold at once: not the first that holds counts, as in code,
        but each."""
        if not all(self.exclusive(a, b) for k, a in enumerate(conditions) for b in conditions[:k]):
            self.note(
                "cases",
                "where two of the cases hold at once, each counts",
                min(c.start for c in conditions),
                max(c.end for c in conditions),
            )

    def exclusive(self, a: Surface, b: Surface) -> bool:
        """Whether two conditions plainly exclude each other: x > 0 and x ≤ 0."""
        if not isinstance(a, Relation) or not isinstance(b, Relation) or not len(a.ops) == len(b.ops) == 1:
            return False
        alike = [self.source(t) for t in a.sides] == [self.source(t) for t in b.sides]
        return alike and frozenset([a.ops[0], b.ops[0]]) in APART

    def shown(self, token: Token) -> str:
        return self.text[token.start : token.end] or token.kind

    def source(self, tree: Surface) -> str:
        return self.text[tree.start : tree.end]

    def dressing(self, start: int, end: int) -> str:
        r"""The style that a letter is written in: `mathbb` for \mathbb{E}, \mathbb E and 𝔼, `macro` for \E; empty for a
        plain or italic letter."""
        first = self.text[start]
        if first == "\\":
            command = re.match(r"[A-Za-z]+", self.text[start + 1 : end])
            if command is not None and command[0] in STYLES:
                return command[0]
            if command is not None and len(command[0]) == 1:
                return "macro"
        elif not first.isascii() and first not in _EULER:
            name = unicodedata.name(first, "")
            return next((style for word, style in _STYLE_OF_CHARACTER if word in name), "")
        before = _STYLE_BEFORE.search(self.text, max(0, start - 24), start)
        return before[1] if before is not None and before[1] in STYLES else ""

    def expect(self, kind: str, what: str) -> Token:
        token = self.toks[self.pos]
        if token.kind != kind:
            raise self.fail(self.unexpected(token), token, what)
        self.pos += 1
        return token

    def unexpected(self, token: Token) -> str:
        if token.kind == "end of text":
            return "the formula ends here"
        if token.kind == "rel" and token.value == "=":
            return "an = stands where an expression was asked"
        return f"{self.shown(token)!r} does not belong here"

    def hadamard_o(self) -> bool:
        """Whether a lone `o` between spaces stands for ⊙."""
        token = self.toks[self.pos]
        return (
            token.value == "o"
            and token.space
            and self.toks[self.pos + 1].space
            and "o" not in self.scope.bases
            and not self.bound.get("o")
        )

    def is_function(self, token: Token, at: int) -> bool:
        """Whether a word starts the application of a function."""
        word = token.value
        if word in self.scope.rows or self.bound.get(word):
            return False
        if word in FUNCTIONS:
            return True
        return word in PREFIXES and word not in self.scope.bases and self.toks[at + 1].kind in ("(", "'")

    def letters(self, word: str) -> list[str]:
        """A run in a subscript as index letters."""
        return self.scope.letters(word, self.bound)

    def enter(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"the formula nests more than {MAX_DEPTH} deep", token, tag="limit")

    def transposes(self, word: str) -> bool:
        """Whether ^word may be a transpose: T always (a power where the base is a scalar), t only where it is no
        name."""
        return (word == "T" and not self.bound.get("T")) or (
            word not in self.scope.bases and word not in self.scope.indices and not self.bound.get(word)
        )

    def maybe_power(self, token: Token) -> Surface | None:
        """The T of x^T as a value, for a scalar x."""
        row = self.scope.rows.get(token.value)
        if row is not None and not row.sizes:
            return self.node(Name(token.start, token.end, row))
        if token.value in self.scope.sizes:
            return self.node(SizeName(token.start, token.end, self.scope.sizes[token.value]))
        if token.value in self.scope.indices:
            return self.node(Letter(token.start, token.end, token.value))
        return None

    def known(self, word: str) -> bool:
        return word in self.scope.bases or word in self.scope.indices or bool(self.bound.get(word)) or word in FUNCTIONS

    def split_word(self, token: Token, at: int) -> None:
        """Cut a run of letters in two tokens."""
        rest = Token("word", token.value[at:], token.start + at, token.end)
        token.value = token.value[:at]
        token.end = token.start + at
        where = self.toks.index(token, max(0, self.pos - 3))
        self.toks.insert(where + 1, rest)
        for other in self.toks:
            if other.mate > where:
                other.mate += 1

    def guarded(self, read: Callable[[Cursor], Surface]) -> Surface:
        """Read inside a bracket: bars outside do not close here."""
        bars, self.bars = self.bars, []
        found = read(self)
        self.bars = bars
        return found

    def relation_inside(self, bracket: Token, at: int) -> bool:
        """Whether a condition stands inside a bracket: a relation, or several joined by and, or."""
        k = at + 1
        inner = self.toks[k]
        if inner.kind in ("(", "[", r"\{") and inner.mate == bracket.mate - 1:
            return self.relation_inside(inner, k)
        while k < bracket.mate:
            token = self.toks[k]
            if token.kind == "rel" and token.value in COMPARISONS:
                return True
            if token.kind in ("and", "or", "not") or (token.kind == "word" and token.value in JOINING):
                return True
            k = token.mate + 1 if token.mate > k else k + 1
        return False

    def indicates(self, token: Token, at: int) -> bool:
        """Whether a numeral, followed by the token at a position, is the 1 of an indicator: 1[x > 0], 1{i = j}, 1_{z >
        0}."""
        after = self.toks[at]
        if token.value != "1" or (after.space and after.kind != "_"):
            return False
        if after.kind == "_":
            at += 1
            after = self.toks[at]
            return after.kind in ("{", "(", "[") and self.relation_inside(after, at)
        return after.kind in ("[", r"\{", "{", "(") and self.relation_inside(after, at)

    def insert(self, where: int, token: Token) -> None:
        self.toks.insert(where, token)
        for other in self.toks:
            if other.mate >= where:
                other.mate += 1

    def drop(self, where: int) -> None:
        del self.toks[where]
        for other in self.toks:
            if other.mate > where:
                other.mate -= 1

    def unknown(self, word: str, token: Token, end: int | None = None) -> ReadError:
        scope = self.scope
        after = self.toks[self.pos + 1] if self.pos + 1 < len(self.toks) else token
        whole = word
        if word.lower() == "heaviside" and after.kind == "(":
            span = (token.start, self.toks[after.mate].end)
            argument = self.text[after.end : self.toks[after.mate].start]
            return self.fail(
                f"{word} reads two ways: its value at 0 is not said",
                token,
                "1[z > 0] or 1[z >= 0]",
                "ambiguous",
                readings=put(self.text, span, f"1[{argument} > 0]", f"1[{argument} >= 0]"),
                span=span,
            )
        if after.kind == "_" and self.toks[self.pos + 2].kind in ("word", "num") and end is None:
            whole = f"{word}_{self.toks[self.pos + 2].value}"
        nearest = scope.nearest(whole) or scope.nearest(word)
        if word.lower() in FUNCTIONS and not nearest:
            nearest = (word.lower(),)
        spoken = next((f for f in SPOKEN if word.startswith(f) and len(word) > len(f)), None) or next(
            (f for f in SPOKEN if word.endswith(f) and len(word) > len(f)), None
        )
        if spoken is not None and not nearest:
            apart = f"{spoken} {word[len(spoken) :]}" if word.startswith(spoken) else f"{word[: -len(spoken)]} {spoken}"
            return self.fail(
                f"{whole[:40]} is not declared",
                token,
                f"a space around the function: {apart[:40]}",
                "unknown-name",
                span=(token.start, end or token.end),
            )
        return self.fail(
            f"{whole[:40]} is not declared",
            token,
            scope.known(),
            "unknown-name",
            nearest,
            span=(token.start, end or token.end),
        )

    def commas(self, at: int) -> list[int]:
        """The commas directly inside the bracket at a position."""
        out: list[int] = []
        k, stop = at + 1, self.toks[at].mate
        while k < stop:
            t = self.toks[k]
            if t.kind == ",":
                out.append(k)
            k = t.mate + 1 if t.mate > k else k + 1
        return out


Primary = Callable[[Cursor, Token], Surface]
Attached = Callable[[Cursor, Surface, Token], Surface | None]
