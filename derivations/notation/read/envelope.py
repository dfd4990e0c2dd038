"""One formula in a text of its own: what stands around it, on paper and in chats, is taken off and noted."""

from __future__ import annotations

import re
from dataclasses import replace

from derivations.domains import Names
from derivations.formula import Formula, Note, reindex
from derivations.notation.errors import ReadError
from derivations.notation.read.announced import announced
from derivations.notation.read.appositions import in_mathematics
from derivations.notation.read.clauses import conditions_in_line
from derivations.notation.read.fences import equated, is_number, unfenced
from derivations.notation.read.grammar import GRAMMAR
from derivations.notation.read.labels import Label, label_of, quantity, speaks_of, squared
from derivations.notation.read.macros import expanded
from derivations.notation.read.nowhere import undefined_as_sign
from derivations.notation.read.numbering import numbered, unnumbered
from derivations.notation.read.one_formula import formula_between, refuse_second_line, signs_once, without_breaks
from derivations.notation.read.openings import opens_clause
from derivations.notation.read.prose import ALONE, bare, led, not_understood, opened
from derivations.notation.read.repeated import labelled_once
from derivations.notation.read.scope import Scope, scope_of
from derivations.notation.read.source import Source
from derivations.notation.read.spoken import in_signs
from derivations.notation.read.statements import clause
from derivations.notation.read.targets import (
    SO,
    leading_relation,
    refuse_tilde,
    same_target,
    spelled_target,
)
from derivations.notation.read.token import Tokens, outside_brackets
from derivations.notation.read.tokens import MAX_CHARS, tokenize
from derivations.notation.spelling import ACCENT_COMMANDS, canonical
from derivations.notation.words import IF, UNLESS


def formula_of(text: str, names: Names, target: str | None, up_to_factor: bool = False) -> Formula:
    """The formula that a text states. Raises `ReadError`."""
    if not isinstance(text, str):
        raise TypeError("a formula is text")
    text, expansions = expanded(text)
    source, notes = uncovered(text, names)
    notes[:0] = expansions
    try:
        tokens = tokenize(source.text, source.scope.declares)
    except ReadError as error:
        raise source.home(error) from None
    try:
        refuse_tilde(source.text)
        conditions_in_line(tokens, source.text, names, notes)
        if "\n" in source.text or r"\\" in source.text:
            signs_once(tokens)
            refuse_second_line(tokens, source.text)
            without_breaks(tokens)
        elif "&" in source.text:
            without_breaks(tokens)
        start, numbers = numbered(tokens, source.text, source.scope, GRAMMAR.operands)
        notes += numbers
        start, label = _leading_label(source, tokens, start, target, notes, up_to_factor)
        stop = _trailing(source, tokens, notes)
        found = formula_between(source, tokens, start, stop, notes, label)
        if label is None:
            return found
        found = label.of(found)
        return found if target is None else _in_letters_asked(label, target, found, source.scope)
    except ReadError as error:
        raise source.home(_of_words(error, source.text)) from None


def uncovered(text: str, names: Names) -> tuple[Source, list[Note]]:
    """A text without its fences, its lead-in and the harmless words around it, and what was noted."""
    if len(text) > MAX_CHARS:
        return Source(text, text, 0, scope_of(names)), []
    inner, notes, offset = unfenced(text)
    scope = scope_of(names)
    spells = scope.spells
    inner, notes[len(notes) :] = in_mathematics(inner, spells, names.entrywise)
    for signed in (in_signs, undefined_as_sign):
        inner, said = signed(inner, spells)
        notes += said
    inner = labelled_once(inner)
    inner, said = announced(inner, names)
    notes += said
    if opened(inner) is not None and (stop := led(inner, spells)):
        note = clause(inner, 0, stop, names)
        notes.append(Note(note.tag, note.message.strip(" ,:"), (offset, offset + stop)))
        inner = " " * stop + inner[stop:]
    if _CONDITION_FIRST.match(inner) is not None:  # a sentence a case: If i = k: a. If i ≠ k: b. Otherwise: c
        inner = _OTHERWISE.sub(lambda m: m[0][:-1].lower() + " ", _SENTENCE.sub(lambda m: ";" + m[0][1:], inner))
    inner, numbers = unnumbered(inner, names)
    notes += numbers
    if (condition := _CONDITION_FIRST.match(inner)) is not None:  # For i ≠ j, the derivative is …
        behind = bare(inner[condition.end() :], spells)
        if behind.before:
            notes.append(Note("remark", behind.before, (offset, offset + 1)))
            begin = condition.end() + len(behind.text) - len(behind.text.lstrip())
            inner = inner[: condition.end()] + " " * (begin - condition.end()) + inner[begin:]
    without = bare(inner, spells)
    for words, span in ((without.before, (0, 1)), (without.behind, (len(inner) - 1, len(inner)))):
        if words:
            notes.append(Note("remark", words, (offset + span[0], offset + span[1])))
    return Source(equated(without.text, names), text, offset, scope, given_by(without.text)), notes


_CONDITION_FIRST = re.compile(r"\s*\$?(?:[Ff]or|[Ii]f|[Ww]hen)\s[^,:\n]{1,80}[,:](?=\s)")
_SENTENCE = re.compile(r"\.(?=\s+\$?(?:If|For|When|Otherwise|Else)\b)")
_OTHERWISE = re.compile(r"\b(?:[Oo]therwise|[Ee]lse)\s?[:,]")
_GIVEN = re.compile(
    rf"(?<![\w\\^_{{])((?:\\(?:{'|'.join(sorted(ACCENT_COMMANDS))})\s*\{{?\s*)?\\?[^\W\d_]+\}}?(?:_(?:\{{\w+\}}|\w+))?)"
    r"\s*(?::=|≔|=)(?!=)"
)


def given_by(text: str) -> frozenset[str]:
    """Names that a text gives a value itself: the Z of `e^{z_i}/Z, Z = …` is no z that the question has."""
    if "=" not in text and "≔" not in text:
        return frozenset()
    return frozenset(canonical(found[1]) for found in _GIVEN.finditer(text))


_ALONE = re.compile(r"[a-z]{3,}")


_MATHEMATICS = re.compile(r"[-+*/^=()\\\d]")


def _of_words(error: ReadError, text: str) -> ReadError:
    """A word that stands by itself and is like no declared name was meant as a word."""
    start, end = error.span
    word = text[start:end]
    if (
        error.tag == "unknown-name"
        and not error.nearest
        and _ALONE.fullmatch(word)
        and (start > 0 or _MATHEMATICS.search(text))
        and not (text[:start][-1:] + text[end : end + 1]).strip(" .,;")
    ):
        error.message, error.expected = not_understood(word), ALONE
    return error


def _leading_label(
    source: Source, tokens: Tokens, start: int, target: str | None, notes: list[Note], up_to_factor: bool
) -> tuple[int, Label | None]:
    """Where the formula starts from a position, and the label in front of it: `dL/dw =`, `J(θ) =`, `w :=`."""
    text, names = source.text, source.names
    last = len(tokens) - 1
    while start < last and (tokens[start].kind == "text" or tokens[start].kind == "rel"):
        t = tokens[start]
        if t.kind == "rel" and t.value not in SO and not (up_to_factor and t.value == "∝"):
            raise leading_relation(t, text)
        notes.append(
            clause(text, t.start, t.end, names)
            if t.kind == "text" and not is_number(t, text)
            else Note("remark", text[t.start : t.end], (t.start, t.end))
        )
        start += 1
    first = None
    for k in outside_brackets(tokens, start, last):
        t = tokens[k]
        if t.kind == "word" and (t.value in IF or t.value in UNLESS or t.value == "else"):
            return start, None
        if t.kind == "rel":
            first = k
            break
    if first is None or tokens[first].value not in ("=", ":=", "≈", "∝", "=>") or first == start:
        return start, None
    left = text[tokens[start - 1].end if start else 0 : tokens[first].start].strip()
    label = label_of(left, names)
    if label is None and (square := squared(left, names)) is not None:
        label = square if names_what_follows(square, tokens, first, last, None) else None
    if tokens[first].value == "=>" and (label is None or "/d" not in label.spelled):
        return start, None  # `dL/dw → f` names f; of anything else, the arrow says what follows from what
    _refuse_second(source, tokens, first + 1, last)
    if label is None or not names_what_follows(label, tokens, first, last, target):
        return start, None
    relation = tokens[first]
    notes.append(_noted(label, target, names, (tokens[start].start, relation.end)))
    if relation.value not in SO and not (up_to_factor and relation.value == "∝"):
        raise leading_relation(relation, text)
    return _behind_other_names(source, tokens, first + 1, last, label, notes), label


_BREAK = re.compile(r"[\s&]*\\\\[\s&]*\Z")
"""The end of a line behind what stands left of the sign that the next one begins with."""


def _behind_other_names(source: Source, tokens: Tokens, start: int, last: int, label: Label, notes: list[Note]) -> int:
    r"""Where the formula starts behind further names of the same thing, `\frac{dJ}{dw} = \nabla_w J =`, `f(z) =
    P(y = 1 \mid z) =`: left sides that can only be names, and of nothing that the question has."""
    rows = source.scope.rows
    while label.certain:
        sign = next((k for k in outside_brackets(tokens, start, last) if tokens[k].kind == "rel"), None)
        if sign is None or tokens[sign].value not in ("=", ":="):
            break
        left = source.text[tokens[start - 1].end : tokens[sign].start]
        other = label_of(_BREAK.sub("", left), source.names)
        if other is None or not other.certain or other.indices != label.indices:
            break
        mine, theirs = quantity(label.spelled), quantity(other.spelled)
        if other.spelled in rows or theirs.top in rows or (theirs.name in rows and theirs.name != mine.name):
            break
        notes.append(
            Note("label", f"{other.text} is taken as another name of it", (tokens[start].start, tokens[sign].end))
        )
        start = sign + 1
    return start


def _refuse_second(source: Source, tokens: Tokens, start: int, last: int) -> None:
    r"""Refuse a second left side behind a comma: `dL/dW = …, \quad dL/db = …` says two things."""
    commas = [k for k in outside_brackets(tokens, start, last) if tokens[k].kind in (",", ";")]
    for k in commas:
        sign = next((m for m in outside_brackets(tokens, k + 1, last) if tokens[m].kind in ("rel", ",", ";")), None)
        if sign is None or tokens[sign].value not in ("=", ":="):
            continue
        left = source.text[tokens[k].end : tokens[sign].start].replace(r"\quad", " ").replace(r"\qquad", " ")
        label = label_of(left, source.names)
        row = None if label is None else source.scope.rows.get(label.spelled)
        if label is not None and (label.certain or (row is not None and row.role == "node")):
            words = f"{label.text} = begins a second statement"
            raise source.fail(words, tokens[k].start, tokens[sign].end, "the one that is asked, alone", "relation")


def _in_letters_asked(label: Label, target: str, formula: Formula, scope: Scope) -> Formula:
    """A formula in the letters of what is asked, where its label has the same in another order: ∂y_j/∂x_i = … where
    dy_i/dx_j is asked."""
    mine, asked = (quantity(name).letters for name in (label.spelled, spelled_target(target) or canonical(target)))
    if mine == asked or sorted(mine) != sorted(asked) or len(set(asked)) != len(asked):
        return formula
    if any(letter not in scope.indices for letter in asked):
        return formula
    turned = {scope.indices[a]: scope.indices[b] for a, b in zip(mine, asked, strict=True)}
    return replace(formula, body=reindex(formula.body, turned), free=tuple(turned.get(i, i) for i in formula.free))


def names_what_follows(label: Label, tokens: Tokens, first: int, last: int, target: str | None) -> bool:
    """Whether a left side names its formula; a declared letter does where the formula does not speak of it, or where
    the sign says so."""
    if label.certain or tokens[first].value == ":=" or (target is not None and label.spelled == canonical(target)):
        return True
    return not speaks_of(tokens[first + 1 : last], label)


def _noted(label: Label, target: str | None, names: Names, span: tuple[int, int]) -> Note:
    """What is noted of a label: it is what was asked, something else, or a name of the student's own."""
    wanted = None if target is None else spelled_target(target) or canonical(target)
    if wanted is None or same_target(label.spelled, wanted):
        return Note("target", f"{label.text} =", span)
    if "/d" not in label.spelled and label.certain and not label.base:
        return Note("label", f"{label.text} is taken as the name of the answer", span)
    return Note("other-target", f"{label.text} was written where {target} was asked", span)


def _trailing(source: Source, tokens: Tokens, notes: list[Note]) -> int:
    """Where the formula ends: before a full stop, a clause, words, an approximate value."""
    text, names = source.text, source.names
    last = _before_stops(tokens, len(tokens) - 1, notes)
    while last > 0 and is_number(tokens[last - 1], text):
        last = _before_stops(tokens, last - 1, notes)
    for k in outside_brackets(tokens, 1, last):
        if opens_clause(tokens, k, last, text, names):
            notes.append(clause(text, tokens[k].start, tokens[last - 1].end, names))
            stop = len(bare(text[: tokens[k].start], source.scope.spells).text.rstrip())
            last = next((m for m in range(k, 0, -1) if tokens[m - 1].end <= stop), k)
            last = last - 1 if tokens[last - 1].kind in (",", ";", ".") else last
            break
    return _approximate(tokens, text, notes, last)


def _before_stops(tokens: Tokens, last: int, notes: list[Note]) -> int:
    """The end of what is said before the stops at its end, which are noted."""
    while last > 0 and tokens[last - 1].kind in (".", ",", ";"):
        t = tokens[last - 1]
        notes.append(Note("punctuation", f"the {t.value} at the end was left out", (t.start, t.end)))
        last -= 1
    return last


def _approximate(tokens: Tokens, text: str, notes: list[Note], last: int) -> int:
    """Before `≈ 0.757` at the end."""
    for k in outside_brackets(tokens, 0, last):
        t = tokens[k]
        if t.kind == "rel" and t.value == "≈" and k > 0:
            rest = tokens[k + 1 : last]
            if rest and all(r.kind in ("num", "-", "+", "*", "times", "dot", "^", "{", "}", "(", ")") for r in rest):
                notes.append(Note("approximation", text[t.start : rest[-1].end], (t.start, rest[-1].end)))
                return k
    return last
