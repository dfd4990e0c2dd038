"""Texts of one or more lines, each a chain of formulas joined by relations, with labels, reasons and words around."""

from __future__ import annotations

import re
from dataclasses import replace

from derivations.domains import Names
from derivations.formula import Const, Deriv, Elem, Formula, Note
from derivations.notation.errors import ReadError
from derivations.notation.read.announced import announced
from derivations.notation.read.clauses import conditions_in_line
from derivations.notation.read.fences import apart, equated, is_number, unfenced
from derivations.notation.read.labels import is_only_a_name, is_sum_of_names, label_of
from derivations.notation.read.lines import Line, Statement, has_relation, split_lines
from derivations.notation.read.macros import expanded
from derivations.notation.read.named import Part, going_on, is_chance, names_a_derivative, without_marks
from derivations.notation.read.nowhere import undefined_as_sign
from derivations.notation.read.numbering import unnumbered
from derivations.notation.read.one_formula import formula_between, signs_once, without_breaks
from derivations.notation.read.openings import BETWEEN, opens_clause
from derivations.notation.read.phrases import GLOSSES, REASONING
from derivations.notation.read.prose import (
    ALONE,
    bare,
    led,
    not_understood,
    opened,
    quantity_named,
    take_apart,
    undressed,
    unexplained,
)
from derivations.notation.read.repeated import labelled_once
from derivations.notation.read.scope import scope_of
from derivations.notation.read.source import Source, at_home
from derivations.notation.read.targets import SO, is_left_side, is_signature, leading_relation, refuse_tilde
from derivations.notation.read.token import Token, Tokens, outside_brackets
from derivations.notation.read.tokens import MAX_CHARS, tokenize
from derivations.notation.read.unsaid_laws import of_unsaid_laws
from derivations.notation.spelling import canonical
from derivations.notation.words import AND, IF, SINCE, UNLESS


def statement_of(text: str, names: Names) -> Statement:
    """The lines of a text. Raises `ReadError`."""
    text, expansions = expanded(text)
    inner, notes, offset = (text, [], 0) if len(text) > MAX_CHARS else unfenced(text)
    inner, numbers = unnumbered(inner, names)
    inner, signed = undefined_as_sign(inner, scope_of(names).spells)
    inner, said = announced(labelled_once(inner), names)
    notes = [*expansions, *notes, *numbers, *signed, *said]
    source = Source(inner if len(text) > MAX_CHARS else equated(apart(inner), names), text, offset, scope_of(names))
    try:
        tokens = tokenize(source.text, source.scope.declares)
        refuse_tilde(source.text)
        conditions_in_line(tokens, source.text, names, notes, statement=True)
        signs_once(tokens)
        lines = _Lines(source, tokens, notes)
        for start, stop in going_on(split_lines(tokens), *lines.read_by):
            lines.add(start, stop)
    except ReadError as error:
        raise source.home(error) from None
    if not lines.lines:
        raise ReadError("there is nothing to read", (0, max(1, len(text))), "a formula", (), (), text)
    return Statement(tuple(lines.lines), tuple(notes))


def refused(word: str, start: int, end: int, text: str) -> ReadError:
    """The refusal of a word that is in no table of `prose`."""
    return ReadError(not_understood(word), (start, max(end, start + 1)), ALONE, (), (), text, "words")


_WHERE = re.compile(r"[\s,;(]*(?:\\text\w*\s*\{[\s,]*)?where\b", re.IGNORECASE)


def clause(text: str, start: int, stop: int, names: Names) -> Note:
    r"""The note for a clause between two positions of a text. Raises `ReadError` for a word in no table, and for a
    formula that cannot be read.

    `since p = σ(z)`, `(by the chain rule)`: a reason. `where y is the label`: what a name is. `\text{as desired}`:
    harmless words.
    """
    words = text[start:stop]
    begin, where = opened(words), _WHERE.match(words)
    note = Note("remark", words, (start, stop))
    if begin is None and where is None:
        unknown = unexplained(words)
        if unknown is not None:
            raise refused(unknown.shown, start + unknown.start, start + unknown.end, text)
        return note
    start_of, table = (begin or 0, REASONING) if where is None else (where.end(), REASONING | GLOSSES)
    found = take_apart(words, scope_of(names).spells, start_of, table)
    if found.unknown is not None:
        raise refused(found.unknown.shown, start + found.unknown.start, start + found.unknown.end, text)
    if where is not None and any(t.kind == "rel" for _, formula in found.formulas for t in tokenize(formula)):
        return note  # a condition
    for at, formula in found.formulas:
        try:
            statement_of(formula, names)
        except ReadError as error:
            raise at_home(error, text, start + at) from None
    return note


def reasons(remark: str, names: Names) -> tuple[Statement, ...]:
    """The formulas and conditions that a remark gives as its reason, each as it was read before; none where it is no
    reason."""
    begin = opened(remark)
    if begin is None:
        return ()
    return tuple(
        statement_of(formula, names) for _, formula in take_apart(remark, scope_of(names).spells, begin).formulas
    )


_LABEL = re.compile(r"\A\s*(\(\s*(?:\d{1,3}|[a-z]|[ivx]{1,4})\s*\)|\d{1,3}[.)])\s+(?=\S)")


_DEFINES = ("=", ":=", "∝", "≈")
"""Relations whose left side may be no formula: what the line is about."""


_LEADING = 80
"""Characters in which words that lead a line have ended."""


def _is_another(left: Formula) -> bool:
    """Whether a left side is a letter of its own, which is not declared: in `L = …` L is no l, and the E of
    `dE/dw = …` is no number."""
    if isinstance(left.body, Deriv):
        return isinstance(left.body.of, Const)
    return isinstance(left.body, Elem) and any(n.tag == "letter" for n in left.notes)


class _Lines:
    """The lines of a text as they are read, one after the other; notes are on the whole text."""

    def __init__(self, source: Source, tokens: Tokens, notes: list[Note]):
        self.source, self.tokens, self.notes = source, tokens, notes
        self.lines: list[Line] = []

    @property
    def read_by(self) -> tuple[Tokens, str, Names, Part]:
        """What tells of a member whether it is only a name."""
        return self.tokens, self.source.text, self.source.names, self.part

    def add(self, start: int, stop: int) -> None:
        """One line: its label and remarks taken off, split at its relations, each part read."""
        remarks: list[str] = []
        label, start, stop = self.labelled(start, stop)
        label, start, stop = self.bared(label, start, stop, remarks)
        behind = self.led_in(start, stop)
        if behind:
            at = self.tokens[start].start
            remarks.append(self.clause(at, at + behind).message.strip(" ,:"))
            while start < stop and self.tokens[start].start < at + behind:
                start += 1
            self.add(start, stop)
            if self.lines:
                last = self.lines[-1]
                self.lines[-1] = replace(last, remarks=(*remarks, *last.remarks), label=label or last.label)
            return
        label, start = self.worded(label, start, stop, remarks)
        for k in outside_brackets(self.tokens, start + 1, stop):
            begin = k + 1 if self.joins(k, stop) else self.begins(k, stop)
            if begin:
                first = len(self.lines)
                self.add(start, k)
                if remarks and len(self.lines) > first:
                    line = self.lines[first]
                    self.lines[first] = replace(line, remarks=(*remarks, *line.remarks), label=label or line.label)
                self.add(begin, stop)
                return
            if opens_clause(self.tokens, k, stop, self.source.text, self.source.names):
                remarks.append(self.clause(self.tokens[k].start, self.tokens[stop - 1].end).message)
                stop = k
                while stop > start and self.tokens[stop - 1].kind in (",", ";", ".", ":"):
                    stop -= 1
                break
        if start < stop:
            self.chain(start, stop, label, remarks)
        elif remarks:
            here, offset = self.tokens[min(start, len(self.tokens) - 1)], self.source.offset
            self.notes.append(Note("remark", " ".join(remarks), (here.start + offset, here.end + offset)))

    # ---------------------------------------------------------------- what stands around a chain

    def clause(self, start: int, stop: int) -> Note:
        return clause(self.source.text, start, stop, self.source.names)

    def labelled(self, start: int, stop: int) -> tuple[str | None, int, int]:
        """The label of a line, and the line without it and without the stops around it."""
        tokens, text = self.tokens, self.source.text
        label: str | None = None
        while start < stop - 1 and self.lines and tokens[start].kind in (".", ",", ";"):
            start += 1
        found = _LABEL.match(text[tokens[start].start : tokens[stop - 1].end])
        if found and (has_relation(tokens, start, stop) or found[1][-1] == "." or not found[1].startswith("(")):
            label = found[1].strip()
            cut = tokens[start].start + found.end(1)
            while start < stop and tokens[start].end <= cut:
                start += 1
        while stop > start and (tokens[stop - 1].kind in (".", ",", ";", ":") or is_number(tokens[stop - 1], text)):
            t = tokens[stop - 1]
            label = label or (t.value if t.kind == "text" and t.value else None)
            stop -= 1
        return label, start, stop

    def bared(self, label: str | None, start: int, stop: int, remarks: list[str]) -> tuple[str | None, int, int]:
        """A line without the harmless words around it."""
        if start >= stop:
            return label, start, stop
        tokens = self.tokens
        at = tokens[start].start
        without = bare(self.source.text[at : tokens[stop - 1].end], self.source.scope.spells)
        if without.before:
            title = undressed(without.before).strip(" $*_`")
            remarks.append(title)
            if label is None and title.endswith(":"):
                label = title[:-1]
            while start < stop and tokens[start].start < at + len(without.text) - len(without.text.lstrip()):
                start += 1
        if without.behind:
            remarks.append(without.behind)
            while stop > start and tokens[stop - 1].end > at + len(without.text.rstrip()):
                stop -= 1
        return label, start, stop

    def led_in(self, start: int, stop: int) -> int:
        """How long the lead-in of a line is: `since …,`."""
        if start >= stop:
            return 0
        return led(self.source.text[self.tokens[start].start : self.tokens[stop - 1].end], self.source.scope.spells)

    def worded(self, label: str | None, start: int, stop: int, remarks: list[str]) -> tuple[str | None, int]:
        """A line without the words in front of it."""
        tokens, text = self.tokens, self.source.text
        while start < stop and (
            tokens[start].kind == "text"
            or (tokens[start].kind == "word" and tokens[start].value in SINCE and len(tokens[start].value) > 2)
        ):
            t = tokens[start]
            if t.kind == "word":
                remarks.append(t.value)
            elif is_number(t, text):
                label = label or t.value or None
            else:
                remarks.append(self.clause(t.start, t.end).message)
            start += 1
            if start < stop and tokens[start].kind in (",", ":"):
                start += 1
        return label, start

    def joins(self, k: int, stop: int) -> bool:
        r"""Whether harmless words in a `\text` stand here between two lines: `a = b \text{ and so } c = d`."""
        tokens, text = self.tokens, self.source.text
        t = tokens[k]
        if (
            t.kind not in ("text", "word")
            or not text.startswith("\\", t.start)
            or t.value.split(" ", 1)[0].lower() in BETWEEN
        ):
            return False
        if unexplained(t.value) is not None or (t.kind == "word" and self.source.scope.spells(t.value) is not False):
            return False
        return any(tokens[m].kind not in ("text", ".", ",", ";", ":") for m in range(k + 1, stop))

    def is_and(self, k: int) -> bool:
        return self.tokens[k].kind in ("word", "text") and self.tokens[k].value in AND

    def begins(self, k: int, stop: int) -> int:
        """Where words begin behind a stop that say what comes, `…, and the saliency is …`; 0 for none."""
        tokens = self.tokens
        begin = k + 1 if self.is_and(k) or not self.is_and(k + 1) else k + 2
        stops = tokens[k].kind in (",", ".", ";") or self.is_and(k)
        if not stops or begin >= stop - 1 or tokens[begin].kind not in ("word", "text"):
            return 0
        if self.source.scope.spells(tokens[begin].value):
            return 0
        words = self.source.text[tokens[begin].start : min(tokens[stop - 1].end, tokens[begin].start + _LEADING)]
        return begin if quantity_named(bare(words, self.source.scope.spells).before) else 0

    # ---------------------------------------------------------------- the chain itself

    def chain(self, start: int, stop: int, label: str | None, remarks: list[str]) -> None:
        """The chain between two positions; one that begins with a relation goes on with the line before it."""
        split = self.split(start, stop)
        if split is None:
            return
        pieces, ops = split
        leading = pieces[0][0] == pieces[0][1] or all(self.tokens[k].kind == "&" for k in range(*pieces[0]))
        if leading:
            if not ops:
                return
            pieces = pieces[1:]
            if not self.lines and ops[0] not in SO:
                raise leading_relation(self.tokens[pieces[0][0] - 1], self.source.text)
            if not self.lines or ops[0] in ("=>", "<=>"):
                remarks.insert(0, ops[0])
                ops = ops[1:]
                leading = False
        may_define = not leading and bool(ops) and ops[0] in _DEFINES
        named = [
            n
            for n in range(1, len(pieces) - 1)
            if ops[n - 1] == ops[n] == "=" and is_chance(self.tokens, *pieces[n], *self.read_by[1:])
        ]
        for n in named:
            start, end = (self.tokens[k].start for k in without_marks(self.tokens, *pieces[n]))
            shown = self.source.text[start:end].strip(" &\n")
            at = self.source.offset
            self.notes.append(Note("label", f"{shown} is taken as another name of it", (start + at, end + at)))
        pieces = [piece for n, piece in enumerate(pieces) if n not in named]
        ops = [op for n, op in enumerate(ops) if n + 1 not in named]
        told = self.told(pieces, ops)
        pieces = [piece for n, piece in enumerate(pieces) if n not in told]
        ops = [op for n, op in enumerate(ops) if n + 1 not in told]
        target, parts = self.parts(pieces, may_define)
        by = "="
        if target is not None:
            by, ops = ops[0], ops[1:]
        if leading and self.lines:
            before = self.lines[-1]
            self.lines[-1] = Line(
                before.parts + parts,
                before.ops + tuple(ops),
                before.label or label,
                before.remarks + tuple(remarks),
                before.target,
                before.by,
            )
            return
        self.lines.append(Line(parts, tuple(ops), label, tuple(remarks), target, by))

    def told(self, pieces: list[tuple[int, int]], ops: list[str]) -> list[int]:
        """The members of a chain whose law is not said, which are noted."""
        at, text = self.source.offset, self.source.text
        marked = [without_marks(self.tokens, *piece) for piece in pieces]
        shown = [text[self.tokens[a].start : self.tokens[b - 1].end] if b > a else "" for a, b in marked]
        found = of_unsaid_laws(shown, ops, lambda n: self.part(*marked[n]))
        for n, error in found.items():
            begin, end = error.span
            self.notes.append(Note("label", f"{shown[n]} is not judged: {error}", (begin + at, end + at)))
        return list(found)

    def split(self, start: int, stop: int) -> tuple[list[tuple[int, int]], list[str]] | None:
        """A chain at its relations; None where it was two chains with a comma between them, which are read by now."""
        tokens = self.tokens
        pieces: list[tuple[int, int]] = []
        ops: list[str] = []
        begin = start
        inline = False
        for k in outside_brackets(tokens, start, stop):
            t = tokens[k]
            if t.kind == "word" and (t.value in IF or t.value in UNLESS):
                inline = True
            elif t.kind == "word" and t.value in ("iff", "implies") and not inline:
                pieces.append((begin, k))
                ops.append("<=>" if t.value == "iff" else "=>")
                begin = k + 1
            elif t.kind == "," and ops and not inline:
                after = self.next_of(("rel", ","), k + 1, stop)
                if after is not None and after.kind == "rel" and after.value in ("<", ">", "<=", ">=", "!="):
                    inline = True  # `f = αg, g < 0`: the value and when it holds
                elif after is not None and after.kind == "rel" and after.value in ("=", ":="):
                    self.add(start, k)
                    self.add(k + 1, stop)
                    return None
            elif ops and not inline and self.is_parted(start, k, stop):
                self.add(start, k)
                self.add(k + 1, stop)
                return None
            elif t.kind == "rel" and not inline:
                pieces.append((begin, k))
                ops.append(t.value)
                begin = k + 1
        pieces.append((begin, stop))
        return pieces, ops

    def is_parted(self, start: int, k: int, stop: int) -> bool:
        """Whether another equation with a left side of its own begins behind a word or an arrow."""
        if self.is_and(k):
            return self.names_both(start, k, stop)
        arrow = self.tokens[k].kind == "rel" and self.tokens[k].value == "=>"
        return arrow and names_a_derivative(self.tokens, k + 1, stop, *self.read_by[1:])

    def names_both(self, start: int, k: int, stop: int) -> bool:
        """Whether an equation that begins with a name stands on each side of a word: `dL/dW = A and so dL/db = B`."""
        for begin, end in ((start, k), (k + 1, stop)):
            _, a, b = self.bared(None, begin, end, [])
            sign = self.next_of(("rel",), a, b)
            if sign is None or sign.value not in ("=", ":="):
                return False
            if label_of(self.source.text[self.tokens[a].start : sign.start], self.source.names) is None:
                return False
        return True

    def next_of(self, kinds: tuple[str, ...], start: int, stop: int) -> Token | None:
        """The first token of some kinds outside brackets."""
        return next(
            (t for k in outside_brackets(self.tokens, start, stop) if (t := self.tokens[k]).kind in kinds), None
        )

    def parts(self, pieces: list[tuple[int, int]], may_define: bool) -> tuple[str | None, tuple[Formula, ...]]:
        """The text of a left side that is no formula, and the formulas."""
        tokens, text, names = self.tokens, self.source.text, self.source.names
        parts: list[Formula] = []
        target: str | None = None
        for n, (a, b) in enumerate(pieces):
            a, b = without_marks(tokens, a, b)
            if a >= b:
                t = tokens[min(a, len(tokens) - 1)]
                raise self.source.fail("a relation with nothing on one side", t.start, t.end, "a formula", "relation")
            shown = text[tokens[a].start : tokens[b - 1].end]
            if n == 0 and may_define and is_signature(shown, names):
                target = shown
                continue
            try:
                read = self.part(a, b)
                if n == 0 and may_define and len(pieces) > 1 and _is_another(read):
                    target = shown
                    continue
                parts.append(read)
            except ReadError as error:
                if n or not may_define or len(pieces) < 2:
                    raise
                named = is_left_side(shown, error, names) or is_only_a_name(shown, names)
                if not (named or is_sum_of_names(shown, names)):
                    raise
                target = shown
        if target is not None:
            self.source = replace(self.source, own=self.source.own | {canonical(target)})
            label = label_of(target, names)
            parts = parts if label is None else [label.of(part) for part in parts]
        return target, tuple(parts)

    def part(self, a: int, b: int) -> Formula:
        """One part of a chain, read by itself from its own tokens."""
        own = Tokens()
        for t in self.tokens[a:b]:
            copy = Token(t.kind, t.value, t.start, t.end, t.space)
            copy.mate = t.mate - a if t.mate >= 0 else -1
            own.append(copy)
        end = self.tokens[b - 1].end
        own.append(Token("end of text", "", end, end, True))
        without_breaks(own)
        shown = replace(self.source, whole=self.source.text[self.tokens[a].start : end])
        return formula_between(shown, own, 0, len(own) - 1, [])
