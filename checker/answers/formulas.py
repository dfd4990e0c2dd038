"""A formula: scalar, indexed, matrix, or by cases. Read, shapes, equality, domain and kinks, then the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from checker.answers.compare import equal_to, explained
from checker.answers.definitions import Defined, defined
from checker.answers.kinks import jump, kink
from checker.answers.links import EQUALITIES, FOLLOWS, PROPORTIONAL, Asked, without_extrema
from checker.answers.listed import mistakes, written_by_author
from checker.answers.outcome import unreadable, wrong
from checker.answers.own_letters import by_its_own, by_what_is_asked, differentiates, gives, nodes_given
from checker.answers.pair_orders import MESSAGE, where_they_differ
from checker.answers.quantities import Arranged, arranged, called_so, facing, other_quantity
from checker.answers.reading import judged, noted, over_pairs, remarks
from checker.answers.reasons import judge_reasons
from checker.answers.shapes_behind import with_shape
from checker.answers.statements import judge_statement
from checker.answers.steps_to_it import is_zero, solving, steps
from checker.answers.steps_to_it import until_zero as until_zero_of
from checker.answers.text import answer_text
from checker.answers.vocabulary import fault, in_other_letters, node_of
from checker.equality.cases import holds_nowhere, partial, together
from checker.verdict import Diagnosis, Finding, Verdict
from derivations.domains import Names
from derivations.formula import (
    ZERO,
    Cases,
    Delta,
    Deriv,
    Elem,
    Formula,
    IndexVal,
    Note,
    Rel,
    left_to_do,
    names_in,
    walk,
)
from derivations.frozen import frozen
from derivations.notation import Line, ReadError, Statement, read, read_statement
from problems.schema import Part
from problems.truth import Truth

if TYPE_CHECKING:
    pass


@frozen
class Question:
    """What is asked: a part with its truth, up to what an answer may differ, and whether a wrong one is explained."""

    part: Part[Any]
    truth: Truth
    up_to: str = "nothing"
    explain: bool = True

    @property
    def formula(self) -> Formula:
        return self.truth.asked

    @property
    def names(self) -> Names:
        return self.truth.names

    @property
    def derives(self) -> str:
        return self.part.derives or ""

    @property
    def up_to_factor(self) -> bool:
        return self.up_to in ("positive_factor", "nonzero_factor")

    def equals(self, student: Formula, truth: Formula) -> Verdict:
        """The answer against one formula that is right."""
        return equal_to(student, truth, self.names, self.up_to)


def judge_under(names: Names, question: Question, answer: Any) -> Verdict:
    """The answer, read under some names, against the derived truth and the other formulas that the part accepts."""
    target = None if question.part.derives is None else node_of(question.derives)
    behind = with_shape(
        answer_text(answer), question.formula, names.sizes, lambda text: judge_under(names, question, text)
    )
    if behind is not None:
        return behind
    names = names.without(*(n for n in question.truth.letters if gives(answer_text(answer), n)))

    def own_letter(left: str) -> Verdict | None:
        return by_its_own(left, answer_text(answer), names, lambda text: judge_under(names, question, text))

    said = defined(answer_text(answer), names, target)
    if said.fault is not None:
        letter = said.another
        own = None if letter is None else own_letter(letter)
        if own is None and letter is not None and differentiates(said.text.rpartition("=")[0], letter):
            why = f"{letter} is something else in the question, and it is differentiated here"
            return unreadable(why, "another letter for it")
        return said.fault if own is None else own

    def read_answer(text: str) -> Formula | str:
        try:
            found = read(text, said.names, target=target, up_to_factor=question.up_to_factor)
            found = over_pairs(found, question.formula, said.names, lambda fewer: read(text, fewer, target=target))
            return said.inline(found, names)
        except ReadError as error:
            if error.tag != "relation" and not _states(text, said.names, error):
                raise
            return text

    def judge_answer(found: Formula | str) -> Verdict:
        return (
            judge_lines(question, found, said) if isinstance(found, str) else judge_formula(question, found, said.names)
        )

    found = said.in_their_names(judged(said.text, read_answer, judge_answer, question.formula))
    if found.status == "wrong":
        for node in nodes_given(answer_text(answer), names):
            own = own_letter(node)
            if own is None:
                own = by_what_is_asked(
                    node, answer_text(answer), question.derives, lambda text: judge_under(names, question, text)
                )
            if own is not None and own.status == "correct":
                return own
    if found.status == "unreadable":
        there = where_they_differ(said.text, question.formula, said.names, target)
        return found if there is None else wrong("order", MESSAGE, evidence=there)
    return found


def _states(text: str, names: Names, error: Any) -> bool:
    """Whether a text that is no formula is a statement: `f = αg for g < 0; g for g ≥ 0`, `P(x_1, …; μ) = …`."""
    if error.readings:
        return False
    try:
        return any(line.ops or line.named for line in read_statement(without_extrema(text).text, names).lines)
    except ReadError:
        return False


def judge_lines(question: Question, text: str, said: Defined) -> Verdict:
    """An answer of several lines, or several `=`: link by link, then its last expression as the answer."""
    names, truth = question.names, question.formula
    extrema = without_extrema(text)
    written = said.inlined(read_statement(extrema.text, said.names), names)
    apart = (piece for line in written.lines for piece in steps(line, question.derives, names))
    turned = tuple(facing(line, node_of(question.derives), names) for line in apart)
    written = replace(written, lines=turned)
    statement = _answered(question, written)
    until_zero = until_zero_of(statement, question.derives, question.names)
    if until_zero is not None and (found := judge_formula(question, until_zero)).status == "correct":
        return found
    lines = tuple(line for line in statement.lines if line.parts)
    several = len(lines) > 1
    told = arranged(lines, node_of(question.derives), truth, names, question.part.ask) if several else Arranged(lines)
    if told.unclear:
        return unreadable("it says several things, and not which of them is the answer", "the one asked, alone")
    statement, answer = replace(statement, lines=told.lines), told.answer
    asked = Asked(None if answer else truth, None, "=", (), question.part.derives, question.explain, truth)
    last = _stated(question, answer or told.lines)
    if isinstance(last, Verdict):
        return last
    verdict = judge_statement(statement, asked, names, extrema, said.names)
    loose = None if several or verdict.status != "wrong" else called_so(told.lines[0], node_of(question.derives), names)
    if loose is not None:
        again = judge_statement(replace(statement, lines=(loose,)), asked, names, extrema, said.names)
        verdict = again if again.status == "correct" else verdict
    if verdict.status == "wrong" and several and question.derives.startswith("arg"):
        solved = judge_statement(solving(written), asked, names, extrema, said.names)
        verdict = solved if solved.status == "correct" else verdict
    if verdict.diagnosis is not None and verdict.diagnosis.tag == "reason":
        return verdict
    if (
        last is None
        or verdict.status in ("undecided", "unreadable")
        or any(f.tag == "ending" for f in verdict.findings)
    ):
        return verdict
    final = judge_formula(question, last)
    if final.status == "wrong" and not answer and (ask := _which(question, lines)) is not None:
        return ask
    aside = tuple(_aside(told))
    told_so = tuple(f for f in verdict.findings if f.tag != "domain")
    return replace(final, findings=(*final.findings, *told_so, *aside), parts=verdict.parts)


def _aside(told: Arranged) -> Iterator[Finding]:
    """What is said beside the answer and makes no claim that can be judged: another quantity without its steps."""
    answer = {line.parts[-1].source for line in told.answer or told.lines[-1:]}
    for line in told.lines:
        if line.named and not line.ops and line.parts[-1].source and line.parts[-1].source not in answer:
            named = line.target or " ".join(line.remarks)
            yield Finding(
                "aside", f"{named.rstrip(' =:')}: {line.parts[-1].source} is something else, and is not judged"
            )


def _which(question: Question, lines: Sequence[Line]) -> Verdict | None:
    """The question which of several things is meant, where the last of them is not what is asked and an earlier one
    is."""
    said = [line for line in lines[:-1] if line.named]
    if not lines[-1].named or not any(
        question.equals(li.parts[-1], question.formula).status == "correct" for li in said
    ):
        return None
    return unreadable("it says several things, and not which of them is the answer", "the one that is asked, alone")


def _joined(lines: list[Any]) -> list[Any]:
    """Lines that each say a value under a condition, `dy_i/dx_j = a if i = j` and then `dy_i/dx_j = b if i ≠ j`, as
    one."""
    first = len(lines)
    while (
        first
        and len(lines[first - 1].parts) == 1
        and lines[first - 1].by in ("=", ":=")
        and partial(lines[first - 1].parts[0])
    ):
        first -= 1
    several = [line.parts[0] for line in lines[first:]]
    if len(several) < 2 or any(part.axes for part in several):
        return lines
    return [
        *lines[:first],
        replace(
            lines[first], parts=(together(several),), remarks=tuple(r for line in lines[first:] for r in line.remarks)
        ),
    ]


def _stated(question: Question, lines: Sequence[Line]) -> Formula | Verdict | None:
    """The formula that a statement comes to: what its last line sets equal, or its last lines under a condition each.

    `a ≤ b`, `a ≠ b`, `L ∝ a` say something of formulas, and give none.
    """
    found = [_comes_to(question, line) for line in lines]
    if not found or not isinstance(found[-1], Formula) or not partial(found[-1]):
        return found[-1] if found else None
    several = [*takewhile(lambda f: isinstance(f, Formula) and partial(f) and not f.axes, reversed(found))][::-1]
    return together([f for f in several if isinstance(f, Formula)]) if len(several) > 1 else found[-1]


def _comes_to(question: Question, line: Any) -> Formula | Verdict:
    """The formula that one line comes to."""
    begin = max((k + 1 for k, op in enumerate(line.ops) if op in FOLLOWS), default=0)
    end = begin
    while end < len(line.ops) and line.ops[end] in EQUALITIES:
        end += 1
    defined_by = line.by if line.target is not None and begin == 0 else "="
    factor = (
        defined_by in PROPORTIONAL or (end == begin < len(line.ops) and line.ops[end] in PROPORTIONAL)
    ) and question.up_to_factor
    if factor:
        return line.parts[-1]
    other = (
        defined_by
        if defined_by not in EQUALITIES
        else line.ops[end]
        if begin == end < len(line.ops) and line.target is None
        else None
    )
    if other is None:
        return line.parts[end]
    return unreadable(
        f"it states a relation with {other}, where a formula is asked", "the formula, or = and the formula"
    )


def _where_said(question: Question, student: Formula) -> Formula:
    """The truth under i = j where dy_i/dx_i is asked and `y_i(1-y_i) for i = j` is said: an index that the question
    does not have is the second letter of dy_i/dx_j."""
    truth = question.formula
    if not partial(student):
        return truth
    other = [i for i in student.free if i not in truth.free]
    letters = _SUBSCRIPT.findall(question.derives)
    twice = [i for i in truth.free if letters.count(i.name) > 1]
    if len(other) != 1 or len(twice) != 1 or other[0].size != twice[0].size or truth.axes:
        return truth
    same = Rel("==", IndexVal(twice[0]), IndexVal(other[0]))
    return replace(truth, body=Cases(((same, truth.body),), None), free=(*truth.free, other[0]))


_SUBSCRIPT = re.compile(r"_\{?([A-Za-z])\}?")


def _answered(question: Question, statement: Statement) -> Statement:
    """The statement without the name of what is sought in front (`w = …` for an argmin, a δ_ij that the question does
    not have), and without a derivative set to zero behind."""
    lines = list(statement.lines)
    truth, derives = question.formula, question.derives
    sought = node_of(derives) if derives.startswith("arg") else None
    for k, line in enumerate(lines):
        first = line.parts[0].body if line.parts else None
        named = (
            isinstance(first, Elem) and first.name == sought
            if sought is not None
            else isinstance(first, Delta) and k == 0 and line.ops[:1] == ("=",)
        )
        if named and len(line.parts) > 1:
            note = (
                ()
                if sought is not None
                else (Note("label", f"{line.parts[0].source} is taken as the name of the answer"),)
            )
            second = replace(line.parts[1], notes=(*line.parts[1].notes, *note))
            lines[k] = replace(line, parts=(second, *line.parts[2:]), ops=line.ops[1:])
        elif sought is None and len(lines) > 1:
            lines[k] = _without_given(line, question.names)
    lines = _joined(lines)
    if sought is None:
        lines[-1] = _from_zero(question, lines[-1])
    last: Any = lines[-1]
    to_zero = "/d" in derives and len(last.parts) > 1 and last.ops[-1:] == ("=",) and is_zero(last.parts[-1])
    if to_zero and not left_to_do(last.parts[-2]) and equal_to(last.parts[-1], truth, question.names).status == "wrong":
        kept = replace(last.parts[-2], notes=(*last.parts[-2].notes, _SET_TO_ZERO))
        lines[-1] = replace(last, parts=(*last.parts[:-2], kept), ops=last.ops[:-1])
    return replace(statement, lines=tuple(lines))


_SET_TO_ZERO = Note("set-to-zero", "it is set to 0 afterwards; what is judged is the derivative")


def _from_zero(question: Question, line: Line) -> Line:
    """`0 = A` as A, where a derivative is asked. Raises `ReadError` where something else is asked and A is that: an
    equation says where it is 0."""
    if len(line.parts) < 2 or line.target is not None or set(line.ops) != {"="} or not is_zero(line.parts[0]):
        return line
    behind = line.parts[1]
    if "/d" in question.derives:
        kept = replace(behind, notes=(*behind.notes, _SET_TO_ZERO))
        return replace(line, parts=(kept, *line.parts[2:]), ops=line.ops[1:])
    if question.formula.body == ZERO or question.equals(behind, question.formula).status != "correct":
        return line
    raise ReadError("an equation with 0 stands where a formula is asked", (0, 1), "the formula alone")


def _without_given(line: Line, names: Names) -> Line:
    """`θ = a`, where θ is given with the question and a does not speak of it, as a label: it is true of no other
    value of θ, and says nothing of the answer."""
    if len(line.parts) < 2 or line.ops[0] not in ("=", ":="):
        return line
    first, *others = line.parts
    row = names.get(first.body.name) if isinstance(first.body, Elem) else None
    if row is None or row.role != "input" or any(row.name in names_in(part.body) for part in others):
        return line
    return replace(line, parts=tuple(others), ops=line.ops[1:], target=first.source)


def judge_formula(question: Question, student: Formula, known: Names | None = None) -> Verdict:
    """One reading of the answer, and what was noted while reading it. `known`: the names with those that it defines, of
    which its reasons may speak."""
    left = other_quantity(student, node_of(question.derives), question.names)
    if left is not None:
        return noted(
            unreadable(
                f"it says {left} = …, and {question.derives} is asked", f"{question.derives} = …, if that is meant"
            ),
            student,
        )
    asked = _where_said(question, student)
    found = _judged(question if asked is question.formula else _asking(question, asked), student)
    return noted(judge_reasons(found, remarks(student), known or question.names, question.formula), student)


def _asking(question: Question, formula: Formula) -> Question:
    return replace(question, truth=replace(question.truth, formula=formula))


def _judged(question: Question, student: Formula) -> Verdict:
    if any(
        isinstance(n, Deriv)
        for case in walk(student.body)
        if isinstance(case, Cases)
        for condition, _ in case.branches
        for n in walk(condition)
    ):
        return unreadable(
            "a derivative stands where a condition would: two statements are no answer to one question",
            "the one that is asked, alone",
        )
    if student.shape_error is not None and student.shape_error.of_letter:
        return unreadable(student.shape_error.message, "an index that runs over that axis")
    if holds_nowhere(student):
        return unreadable("it is said only where two formulas are equal", "the formula, and new letters by = alone")
    if left_to_do(student):
        return wrong("restates-question", "a derivative is left in it: carry it out", read=student.source)
    verdict = question.equals(student, question.formula)
    if verdict.status == "correct":
        return _accepted(question, student, verdict)
    if verdict.status != "wrong":
        return verdict
    for other in question.truth.alternatives:
        found = question.equals(student, other)
        if found.status == "correct":
            return _accepted(question, student, found)
    if not question.explain:
        return verdict
    known = mistakes(question.part, question.names)
    derivation, written = question.truth.derivation, written_by_author(question.part, question.truth)
    told = explained(verdict, student, question.formula, known=known, derivation=derivation, written=written)
    others = () if told.diagnosis is not None else question.truth.alternatives
    found = (explained(verdict, student, other) for other in others)
    return next((v for v in found if v.diagnosis is not None), told)


def _accepted(question: Question, student: Formula, verdict: Verdict) -> Verdict:
    """Equal to the truth: it must not restate the question, and must have the stated values at kinks."""
    part, names, formula = question.part, question.names, question.formula
    found = (
        jump(part.conventions.get("threshold"), student, formula, names)
        or fault(student, names, part.derives, formula)
        or kink(student, formula, names, part.conventions.get("kink"))
    )
    said = in_other_letters(student, names, part, question.truth)
    found = found if isinstance(found, Diagnosis) or not isinstance(said, Diagnosis) else said
    if isinstance(said, Finding):
        verdict = replace(verdict, findings=(*verdict.findings, said))
    if isinstance(found, Diagnosis):
        evidence = replace(verdict.evidence, strength=None)
        return replace(verdict, status="wrong", score=0.0, evidence=evidence, diagnosis=found)
    return verdict if found is None else replace(verdict, findings=(*verdict.findings, found))
