"""Conditions: `w^T x_i + b <= 0 for all i`, a relation or several, with what is said to hold for which indices."""

from __future__ import annotations

from derivations.domains import Names
from derivations.formula import Formula, Note
from derivations.notation.errors import ReadError
from derivations.notation.read.envelope import uncovered
from derivations.notation.read.fences import is_number
from derivations.notation.read.macros import expanded
from derivations.notation.read.one_formula import Quantified, condition_between, without_breaks
from derivations.notation.read.quantifiers import letters_of, quantifier
from derivations.notation.read.source import Source
from derivations.notation.read.statements import clause
from derivations.notation.read.token import Tokens, outside_brackets
from derivations.notation.read.tokens import tokenize


def condition_of(text: str, names: Names) -> Formula:
    """The condition that a text states. Raises `ReadError`."""
    text, expansions = expanded(text)
    source, notes = uncovered(text, names)
    notes[:0] = expansions
    try:
        return _condition(source, notes)
    except ReadError as error:
        raise source.home(error) from None


def _condition(source: Source, notes: list[Note]) -> Formula:
    tokens = tokenize(source.text, source.scope.declares)
    without_breaks(tokens)
    last = len(tokens) - 1
    while last > 0 and tokens[last - 1].kind in (".", ",", ";"):
        t = tokens[last - 1]
        notes.append(Note("punctuation", f"the {t.value} at the end was left out", (t.start, t.end)))
        last -= 1

    def holds(start: int, stop: int, tag: str = "", quantified: list[Quantified] | None = None) -> Formula:
        return condition_between(source, tokens, start, stop, notes, tag, quantified or [])

    for k in outside_brackets(tokens, 0, last):
        t = tokens[k]
        opened = quantifier(tokens, k, last)
        if opened is not None:
            tag, after = opened
            quantified, end = letters_of(tokens, source.text, after, last, source.names)
            if k == 0 and end < last and tokens[end].kind in (":", ","):  # `for all i: …`: the condition follows
                return holds(end + 1, last, tag, quantified)
            rest = _behind(source, tokens, end, last, notes)
            t = tokens[rest]
            if rest < last and t.value in _SIDE:
                notes.append(_side_condition(source, t.start, tokens[last - 1].end))
            elif rest < last or k == 0:
                raise source.fail(
                    "what stands beside `for all` is not read",
                    t.start,
                    t.end,
                    "the condition, then: for all i",
                    "quantifier",
                )
            return holds(0, _before(source, tokens, k, notes), tag, quantified)
        if t.kind in ("word", "text") and t.value in _SIDE and k > 0:
            # `w^T x = 0, for c > 0`: a side condition, noted
            notes.append(_side_condition(source, t.start, tokens[last - 1].end))
            return holds(0, _before(source, tokens, k, notes))
    return holds(0, _before(source, tokens, last, notes))


def _side_condition(source: Source, start: int, end: int) -> Note:
    return Note("side-condition", source.text[start:end], (start, end))


def _before(source: Source, tokens: Tokens, stop: int, notes: list[Note]) -> int:
    """Where the condition ends that stands before a position: commas and harmless words between the two are left out,
    words noted."""
    while stop > 0 and tokens[stop - 1].kind in (",", ";", ".", "text"):
        _behind(source, tokens, stop - 1, stop, notes)
        stop -= 1
    return stop


def _behind(source: Source, tokens: Tokens, at: int, last: int, notes: list[Note]) -> int:
    """The first position from one on where more stands than punctuation and harmless words, which are noted."""
    while at < last and tokens[at].kind in (",", ";", ".", "text"):
        t = tokens[at]
        if t.kind == "text" and not is_number(t, source.text):
            notes.append(clause(source.text, t.start, t.end, source.names))
        at += 1
    return at


_SIDE = frozenset(["for", "where", "with", "provided", "if", "when"])
