r"""The words that open a condition (`if`, `provided that`, `as long as`, `\text{for …}`) as one word each; quantifiers
taken off."""

from __future__ import annotations

from derivations.formula import Note
from derivations.notation.errors import ReadError
from derivations.notation.read.matching import rematch
from derivations.notation.read.quantifiers import letters_of, quantifier
from derivations.notation.read.scope import scope_of
from derivations.notation.read.segment import Segment, states, word_at
from derivations.notation.read.token import Token, Tokens
from derivations.notation.read.tokens import tokenize
from derivations.notation.words import AND, ELSE, IF, OR, UNLESS

_THAT = ("that",)
PHRASES: tuple[tuple[tuple[str, ...], str], ...] = (
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

FIRST = frozenset(words[0] for words, _ in PHRASES)


def open_texts(tokens: Tokens, text: str) -> None:
    r"""`\text{for i ≠ j}`: the words and the relation in it as tokens; a text that opens no condition stays a text."""
    k = 0
    while k < len(tokens):
        t = tokens[k]
        k += 1
        if t.kind != "text" or t.value.split(" ", 1)[0].lower().strip(",.") not in FIRST:
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
    found = phrase(tokens, 0)
    return found is not None and all(
        t.kind == "word" and t.value in ("all", "every", "each", "any") for t in tokens[found[1] :]
    )


def phrase(tokens: Tokens, k: int) -> tuple[str, int] | None:
    """What is opened at a position, and where the phrase ends."""
    first = tokens[k]
    if first.kind != "word" or first.value.lower() not in FIRST:
        return None
    for words, meaning in PHRASES:
        here = tokens[k : k + len(words)]
        if len(here) == len(words) and all(
            t.kind == "word" and t.value.lower() == w for t, w in zip(here, words, strict=True)
        ):
            return meaning, k + len(words)
    return None


def with_openings(segment: Segment) -> None:
    """Every phrase that opens a condition as one word; quantifiers taken off."""
    k, last = 0, _from_the_end(segment.toks)
    while k < len(segment.toks):
        t = segment.toks[k]
        if t.mate > k:
            k = t.mate + 1
            continue
        quantified = (
            quantifier(segment.toks, k, len(segment.toks)) if t.kind in ("forall", "word", ",") and k >= 0 else None
        )
        if (
            quantified is not None
            and (t.kind != "word" or t.value.lower() == "for")
            and _quantified(segment, k, *quantified)
        ):
            last = _from_the_end(segment.toks)
            continue
        found = phrase(segment.toks, k)
        if found is not None and found[1] <= len(segment.toks) - last < len(segment.toks):
            meaning, end = found
            cut = k - (k > 0 and segment.toks[k - 1].kind == ",")
            if meaning == "if" and _goes_on(segment, k):
                meaning = "and"
            segment.replace(cut, end, [word_at(meaning, t.start, segment.toks[end - 1].end)])
            k = cut
        k += 1


def _from_the_end(tokens: Tokens) -> int:
    """How far from the end the last relation stands, whatever is rewritten before it; 0 where there is none."""
    return next((k for k, token in enumerate(reversed(tokens), 1) if token.kind == "rel"), 0)


def _goes_on(segment: Segment, k: int) -> bool:
    """Whether a clause is open before a position, with nothing but its relations since: `for a > 0 with b < 1`."""
    before = next(
        (
            m
            for m in range(k - 1, -1, -1)
            if segment.toks[m].kind == "word" and (segment.toks[m].value in IF or segment.toks[m].value in UNLESS)
        ),
        None,
    )
    between = [] if before is None else segment.toks[before + 1 : k]
    return states(between) and not any(
        t.kind in (",", ";") or (t.kind == "word" and t.value in ELSE | AND | OR) for t in between
    )


def _quantified(segment: Segment, k: int, tag: str, after: int) -> bool:
    """Take `for all i` off, with a note; `for all i ≠ j` is the condition i ≠ j. False where it is no
    quantifier."""
    toks, n = segment.toks, len(segment.toks)
    t = toks[k]
    if tag == "some":
        raise ReadError(
            "`for some` says nothing of the others",
            (t.start, toks[after - 1].end),
            "the formula for all of them, or a condition",
            (),
            (),
            segment.text,
            "quantifier",
        )
    if t.kind == "," and not segment.runs(after):
        return False
    if segment.runs(after):
        found, end = letters_of(toks, segment.text, after, n, segment.names)
        letters = [(letter, token) for letter, token, _ in found]
    else:
        letters, end = _letters(segment, after)
    if not letters:
        raise ReadError("for all needs an index", (t.start, t.end), "for all i", (), (), segment.text, "index")
    cut = k - (k > 0 and toks[k - 1].kind == ",")
    if end < n and toks[end].kind == "rel":
        segment.replace(cut, after, [word_at("if", t.start, toks[after - 1].end)])
        return False
    scope = scope_of(segment.names)
    for letter, token in letters:
        if letter not in scope.indices and letter not in scope.rows and letter not in scope.sizes:
            raise ReadError(
                f"{letter} is not declared",
                (token.start, token.end),
                "for all, and names of the question",
                (),
                (),
                segment.text,
                "unknown-name",
            )
        segment.notes.append(Note("for-all", f"for all {letter}: that is all of its values", (token.start, token.end)))
    while cut == 0 and end < n and toks[end].kind in (":", ","):
        end += 1
    segment.replace(cut, end, [])
    return True


def _letters(segment: Segment, at: int) -> tuple[list[tuple[str, Token]], int]:
    """`i`, `i, j`, `i and j` behind `for all`, and where they end."""
    toks, n = segment.toks, len(segment.toks)
    out: list[tuple[str, Token]] = []
    while at < n and toks[at].kind == "word":
        out.append((toks[at].value, toks[at]))
        at += 1
        joined = (
            at + 1 < n
            and (toks[at].kind == "," or toks[at].value == "and")
            and toks[at + 1].kind == "word"
            and phrase(toks, at + 1) is None
        )
        if not joined:
            break
        at += 1
    return out, at
