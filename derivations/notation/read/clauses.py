r"""Conditions beside a formula, brought into one form before it is parsed: `value if condition`, `value unless
condition`.

    -y_i y_j for i ≠ j      if, when, where, whenever, with, provided (that), given (that), assuming (that), only if,
                            iff, as long as
    -y_i y_j unless i = j   unless, except, except if, except for, except when
    -y_i y_j, i ≠ j         a relation behind a comma or a \quad, in brackets at the end, or behind a space where it
                            begins with an index
    If i ≠ j: -y_i y_j      in front, up to `:`, `then`, `we have` or a comma
    p_i - y_i for all i     the names of the question at all their values: noted as `for-all`, limits nothing

A clause is one only if it states a relation; other words are left where they stand.
"""

from __future__ import annotations

from derivations.domains import Names
from derivations.formula import Note
from derivations.notation.errors import ReadError
from derivations.notation.read.matching import rematch
from derivations.notation.read.membership import without_memberships
from derivations.notation.read.quantifiers import letters_of, quantifier
from derivations.notation.read.scope import scope_of
from derivations.notation.read.symbols import ENDS
from derivations.notation.read.token import Token, Tokens, outside_brackets
from derivations.notation.read.tokens import tokenize
from derivations.notation.words import AND, ELSE, FUNCTIONS, IF, NOT, OR, SINCE, UNLESS

_THAT = ("that",)
_PHRASES: tuple[tuple[tuple[str, ...], str], ...] = (
    *((("if", "and", "only", word), "if") for word in ("if", "when")),
    *((("only", word), "if") for word in ("if", "when", "for", "where")),
    *((("but", "only", word), "if") for word in ("if", "when", "for", "where")),
    *(((word, *that), "if") for word in ("provided", "given", "assuming", "supposing") for that in (_THAT, ())),
    *((("except", word), "unless") for word in ("if", "for", "when", "where")),
    *(
        (("as", "long", "as"), "if"),
        (("so", "long", "as"), "if"),
        (("in", "the", "case"), "if"),
        (("in", "case"), "if"),
    ),
    *(((word,), "unless") for word in ("unless", "except")),
    *(((word,), "if") for word in ("if", "when", "where", "whenever", "for", "with", "iff")),
)
"""What opens a condition, longest first, and the one word that it is read as."""

_FIRST = frozenset(words[0] for words, _ in _PHRASES)
_REASONS = frozenset(["since", "because", "by", "using"])
_LEADS = frozenset(["then", "we", "have", "get", "obtain", "it", "is", "that", "holds", "the", "result"])
"""Words between a condition in front and its value."""

_ORDERS = frozenset(["<", ">", "<=", ">=", "!="])
_ENDS_VALUE = ENDS | {"|", "||", "top"}
_STOPS = frozenset([".", ",", ";"])
_WIDE = (r"\quad", r"\qquad", r"\hspace", "\u2003", "\t")


def conditions_in_line(tokens: Tokens, text: str, names: Names, notes: list[Note], statement: bool = False) -> None:
    """Rewrite the tokens in place, so that every condition stands behind its value and is opened by `if` or
    `unless`."""
    if "in" in text or "∈" in text:
        without_memberships(tokens, text, names, notes)
    if not _may_state(tokens, text, names):
        return
    _open_texts(tokens, text)
    last = len(tokens) - 1
    made: list[Token] = []
    start = 0
    said = False
    for k in [*(k for k in outside_brackets(tokens, 0, last) if tokens[k].kind in ("newline", ";")), last]:
        segment = Tokens()
        segment.extend(tokens[start:k])
        rematch(segment)
        settled = _Segment(segment, text, names, notes, statement).settled()
        before, said = (
            said,
            any(t.kind == "word" and (t.value in IF or t.value in UNLESS) for t in settled) or (said and not settled),
        )
        if settled and before and not statement and made[-1].kind == "newline":
            if settled[0].kind == "rel":  # the condition ends with its line
                t = settled[0]
                raise ReadError(
                    "a line goes on behind a condition", (t.start, t.end), "one formula", (), (), text, "relation"
                )
            if said:
                made[-1] = Token(";", ";", made[-1].start, made[-1].end, True)
        made += settled
        made.append(tokens[k])
        start = k + 1
    tokens[:] = made
    rematch(tokens)


def _may_state(tokens: Tokens, text: str, names: Names) -> bool:
    """Whether there is anything in the text that a condition could begin with or stand behind: most texts have none."""
    related = False
    for k, t in enumerate(tokens):
        kind = t.kind
        if kind == "word":
            if t.value in _FIRST or t.value.lower() in _FIRST:
                return True
        elif kind == "text" or kind == "forall" or kind == "in":
            return True
        elif kind == "rel":
            if t.value in _ORDERS or t.value == "=>" or tokens[k - 1].value in scope_of(names).indices:
                return True
            related = True
    return related and (any(t.kind in (",", ":", ")") for t in tokens) or any(gap in text for gap in _WIDE))


def _open_texts(tokens: Tokens, text: str) -> None:
    r"""`\text{for i ≠ j}`: the words and the relation in it as tokens; a text that opens no condition stays a text."""
    k = 0
    while k < len(tokens):
        t = tokens[k]
        k += 1
        if t.kind != "text" or t.value.split(" ", 1)[0].lower().strip(",.") not in _FIRST:
            continue
        try:
            inner = tokenize(t.value)
        except ReadError:
            continue
        del inner[-1]
        if not inner or not (any(i.kind == "rel" for i in inner) or _pure(inner)):
            continue
        at = text.find(t.value, t.start)
        for i in inner:
            i.start, i.end = (at + i.start, at + i.end) if at >= 0 else (t.start, t.end)
        inner[0].space = True
        tokens[k - 1 : k] = inner
        k += len(inner) - 1
    rematch(tokens)


def _pure(tokens: Tokens) -> bool:
    """Whether the words only open a clause: `for all`, `provided that`."""
    found = _phrase(tokens, 0)
    return found is not None and all(
        t.kind == "word" and t.value in ("all", "every", "each", "any") for t in tokens[found[1] :]
    )


def _phrase(tokens: Tokens, k: int) -> tuple[str, int] | None:
    """What is opened at a position, and where the phrase ends."""
    first = tokens[k]
    if first.kind != "word" or first.value.lower() not in _FIRST:
        return None
    for words, meaning in _PHRASES:
        here = tokens[k : k + len(words)]
        if len(here) == len(words) and all(
            t.kind == "word" and t.value.lower() == w for t, w in zip(here, words, strict=True)
        ):
            return meaning, k + len(words)
    return None


def _states(tokens: list[Token]) -> bool:
    return any(t.kind == "rel" for t in tokens)


class _Segment:
    """The tokens between two line breaks or semicolons."""

    __slots__ = ("names", "notes", "statement", "text", "toks")

    def __init__(self, tokens: Tokens, text: str, names: Names, notes: list[Note], statement: bool):
        self.toks, self.text, self.names, self.notes, self.statement = tokens, text, names, notes, statement

    def settled(self) -> Tokens:
        """The segment with its conditions behind their values."""
        end = next((k for k in self.outside(1) if self.reason(k)), len(self.toks))
        behind = self.toks[end:]
        self.replace(end, len(self.toks), [])
        if self.toks:
            self.unwrapped()
            self.opened()
            self.separated()
            self.rotated()
        self.toks += behind
        return self.toks

    def reason(self, k: int) -> bool:
        """Whether words begin here that say why: what stands behind them limits nothing."""
        t = self.toks[k]
        words = t.value.lower().strip(",: ").split()
        return (t.kind == "text" and bool(words) and not _LEADS.issuperset(words)) or (
            t.kind == "word" and t.value in _REASONS
        )

    # ------------------------------------------------------------ small tools

    def replace(self, a: int, b: int, new: list[Token]) -> None:
        self.toks[a:b] = new
        rematch(self.toks)

    def word(self, value: str, start: int, end: int) -> Token:
        return Token("word", value, start, end, True)

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
        while n and self.toks[n - 1].kind in _STOPS:
            n -= 1
        return n

    # ------------------------------------------------------------ the clauses

    def unwrapped(self) -> None:
        """`value (i ≠ j)`, `value (for i ≠ j)` at the end, without the brackets."""
        end = self.length()
        if end < 4 or self.toks[end - 1].kind not in (")", "]"):
            return
        begin = self.toks[end - 1].mate
        before = self.toks[begin - 1] if begin > 0 else None
        if before is not None and self.toks[begin].kind == "(" and self.runs(begin + 1):  # (i = 1, …, n)
            comma = Token(",", ",", self.toks[begin].start, self.toks[begin].start + 1, True)
            self.replace(begin, end, [comma, *self.toks[begin + 1 : end - 1]])
            return
        opened = _phrase(self.toks, begin + 1)
        inside = self.outside(begin + 1, end - 1)
        first = self.toks[begin + 1]
        reason = first.kind == "text" or (first.kind == "word" and first.value in SINCE and opened is None)
        if before is None or reason or not any(self.toks[k].kind == "rel" for k in inside):
            return
        if opened is None and (
            self.toks[begin].kind == "["
            or before.kind not in (*_ENDS_VALUE, ",")
            or self.applied(begin)
            or not self.of_indices(begin + 1, end - 1)
        ):
            return
        if opened is None:
            self.infer(begin + 1, end - 1)
        new = [
            *([] if opened else [self.word("if", self.toks[begin].start, self.toks[begin].end)]),
            *self.toks[begin + 1 : end - 1],
        ]
        self.replace(begin - (before.kind == ","), end, new)

    def of_indices(self, a: int, b: int) -> bool:
        """Whether only indices, sizes and numbers are compared: `a (b > 0)` may as well be meant as a factor."""
        scope = scope_of(self.names)
        return all(
            t.kind != "word" or t.value in scope.indices or t.value in scope.sizes or t.value in AND | OR | NOT
            for t in self.toks[a:b]
        )

    def applied(self, begin: int) -> bool:
        """Whether a bracket is the argument of what stands before it: an indicator, a function."""
        before = self.toks[begin - 1]
        under = begin > 1 and self.toks[begin - 2].kind in ("_", "^")
        if before.kind in ("ones", "num"):
            return not under and (before.kind == "ones" or (before.value == "1" and not self.toks[begin].space))
        if before.kind != "word" or under:
            return False
        row = scope_of(self.names).rows.get(before.value)
        return (row.role == "function") if row is not None else before.value in FUNCTIONS or before.value == "I"

    def opened(self) -> None:
        """Every phrase that opens a condition as one word; quantifiers taken off."""
        k = 0
        while k < len(self.toks):
            t = self.toks[k]
            if t.mate > k:
                k = t.mate + 1
                continue
            quantified = (
                quantifier(self.toks, k, len(self.toks)) if t.kind in ("forall", "word", ",") and k >= 0 else None
            )
            if (
                quantified is not None
                and (t.kind != "word" or t.value.lower() == "for")
                and self.quantified(k, *quantified)
            ):
                continue
            found = _phrase(self.toks, k)
            if found is not None and _states(self.toks[found[1] :]):
                meaning, end = found
                cut = k - (k > 0 and self.toks[k - 1].kind == ",")
                if meaning == "if" and self.goes_on(k):
                    meaning = "and"
                self.replace(cut, end, [self.word(meaning, t.start, self.toks[end - 1].end)])
                k = cut
            k += 1

    def goes_on(self, k: int) -> bool:
        """Whether a clause is open before a position, with nothing but its relations since: `for a > 0 with b < 1`."""
        before = next(
            (
                m
                for m in range(k - 1, -1, -1)
                if self.toks[m].kind == "word" and (self.toks[m].value in IF or self.toks[m].value in UNLESS)
            ),
            None,
        )
        between = [] if before is None else self.toks[before + 1 : k]
        return _states(between) and not any(
            t.kind in (",", ";") or (t.kind == "word" and t.value in ELSE | AND | OR) for t in between
        )

    def quantified(self, k: int, tag: str, after: int) -> bool:
        """Take `for all i` off, with a note; `for all i ≠ j` is the condition i ≠ j. False where it is no
        quantifier."""
        toks, n = self.toks, len(self.toks)
        t = toks[k]
        if tag == "some":
            raise ReadError(
                "`for some` says nothing of the others",
                (t.start, toks[after - 1].end),
                "the formula for all of them, or a condition",
                (),
                (),
                self.text,
                "quantifier",
            )
        if t.kind == "," and not self.runs(after):
            return False
        if self.runs(after):
            found, end = letters_of(toks, self.text, after, n, self.names)
            letters = [(letter, token) for letter, token, _ in found]
        else:
            letters, end = self.letters(after)
        if not letters:
            raise ReadError("for all needs an index", (t.start, t.end), "for all i", (), (), self.text, "index")
        cut = k - (k > 0 and toks[k - 1].kind == ",")
        if end < n and toks[end].kind == "rel":
            self.replace(cut, after, [self.word("if", t.start, toks[after - 1].end)])
            return False
        scope = scope_of(self.names)
        for letter, token in letters:
            if letter not in scope.indices and letter not in scope.rows and letter not in scope.sizes:
                raise ReadError(
                    f"{letter} is not declared",
                    (token.start, token.end),
                    "for all, and names of the question",
                    (),
                    (),
                    self.text,
                    "unknown-name",
                )
            self.notes.append(Note("for-all", f"for all {letter}: that is all of its values", (token.start, token.end)))
        while cut == 0 and end < n and toks[end].kind in (":", ","):
            end += 1
        self.replace(cut, end, [])
        return True

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

    def letters(self, at: int) -> tuple[list[tuple[str, Token]], int]:
        """`i`, `i, j`, `i and j` behind `for all`, and where they end."""
        toks, n = self.toks, len(self.toks)
        out: list[tuple[str, Token]] = []
        while at < n and toks[at].kind == "word":
            out.append((toks[at].value, toks[at]))
            at += 1
            joined = (
                at + 1 < n
                and (toks[at].kind == "," or toks[at].value == "and")
                and toks[at + 1].kind == "word"
                and _phrase(toks, at + 1) is None
            )
            if not joined:
                break
            at += 1
        return out, at

    def separated(self) -> None:
        """A relation behind a comma, a wide space, or an index that stands apart, opened by `if`; in a clause a comma
        says `and`."""
        toks = self.toks
        within = False
        begin = 0
        ordered = False
        k = 0
        while k < len(toks):
            t = toks[k]
            wide = (
                k > begin
                and not within
                and t.space
                and t.kind in ("word", "num", "|", "(")
                and self.is_wide(k)
                and self.clause(k)
            )
            if t.kind == "word" and (t.value in IF or t.value in UNLESS):
                within = True
            elif t.kind == "rel" and not within:
                ordered |= t.value in _ORDERS
                if (t.value in _ORDERS or (t.value == "=" and not self.statement)) and self.apart(begin, k):
                    self.infer(k - 1, len(toks))
                    self.replace(k - 1, k - 1, [self.word("if", toks[k - 1].start, toks[k - 1].start)])
                    within = True
            elif t.kind == "," or wide:
                after = k + (t.kind == ",")
                clause = self.clause(after)
                if clause and within:
                    self.replace(k, after, [self.word("and", t.start, t.end)])
                elif clause and k > begin and not ordered:
                    self.infer(after, self.next(after))
                    self.replace(k, after, [self.word("if", t.start, t.end)])
                    within = True
                elif within:
                    within, ordered, begin = False, False, after
            k = toks[k].mate + 1 if toks[k].mate > k else k + 1

    def is_wide(self, k: int) -> bool:
        between = self.text[self.toks[k - 1].end : self.toks[k].start]
        return any(gap in between for gap in _WIDE)

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
        if here[relation].value in _ORDERS:
            return True
        scope = scope_of(self.names)
        return (
            here[relation].value == "="
            and relation == 1
            and (here[0].value in scope.indices or here[0].value in scope.sizes)
        )

    def apart(self, begin: int, k: int) -> bool:
        """`-y_i y_j i ≠ j`: whether the relation at k compares an index that stands apart from the value before it with
        another index or number."""
        toks = self.toks
        scope = scope_of(self.names)
        if k < begin + 2 or k + 1 >= len(toks):
            return False
        left, right, before = toks[k - 1], toks[k + 1], toks[k - 2]
        other = (right.kind == "num" and toks[k].value != "=") or (
            right.kind == "word" and (right.value in scope.indices or right.value in scope.sizes)
        )
        return (
            left.kind == "word"
            and left.space
            and left.value in scope.indices
            and other
            and before.kind in _ENDS_VALUE
            and not (before.kind == "word" and before.value in FUNCTIONS)
        )

    def rotated(self) -> None:
        """`If i ≠ j: value`, `i ≠ j: value`, `i ≠ j ⇒ value` as `value if i ≠ j`."""
        toks = self.toks
        opener = (
            toks[0] if toks and toks[0].kind == "word" and (toks[0].value in IF or toks[0].value in UNLESS) else None
        )
        end = self.front(opener is not None)
        if end is None:
            return
        after = end
        while after < len(toks) and (
            toks[after].kind in (":", ",", "rel")
            or (toks[after].kind == "word" and toks[after].value in _LEADS)
            or (toks[after].kind == "text" and set(toks[after].value.strip(":, ").lower().split()) <= _LEADS)
        ):
            after += 1
        if after >= len(toks) or not _states(toks[:end]):
            return
        clause = toks[:end] if opener is not None else [self.word("if", toks[0].start, toks[0].start), *toks[:end]]
        if opener is None:
            self.infer(0, end)
        rest = toks[after:]
        stop = (
            next((k for k in self.outside(after) if toks[k].kind == "word" and toks[k].value in ELSE), len(toks))
            - after
        )
        stop -= stop > 0 and stop < len(rest) and rest[stop - 1].kind == ","
        while stop == len(rest) and stop and rest[stop - 1].kind in _STOPS:
            rest, stop = rest[:-1], stop - 1
        self.replace(0, len(toks), [*rest[:stop], *clause, *rest[stop:]])

    def front(self, opened: bool) -> int | None:
        """Where a clause that stands in front of its value ends; None where there is none."""
        toks = self.toks
        places = self.outside(1)
        colon = next((k for k in places if toks[k].kind == ":"), None)
        if colon is not None and (opened or _states(toks[:colon])):
            return colon
        if not opened:
            arrow = (
                None
                if self.statement
                else next((k for k in places if toks[k].kind == "rel" and toks[k].value == "=>"), None)
            )
            return arrow if arrow is not None and _states(toks[:arrow]) and not _states(toks[arrow + 1 :]) else None
        led = next(
            (
                k
                for k in places
                if (toks[k].kind == "word" and toks[k].value in ("then", "we", "it", "the"))
                or (toks[k].kind == "rel" and toks[k].value == "=>")
                or (toks[k].kind == "text" and set(toks[k].value.strip(":, ").lower().split()) <= _LEADS)
            ),
            None,
        )
        return led if led is not None else next((k for k in places if toks[k].kind == "," and _states(toks[:k])), None)
