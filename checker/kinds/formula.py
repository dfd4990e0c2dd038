"""A formula: scalar, indexed, matrix, or by cases. Read, shapes, equality, domain and kinks, then the reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from checker.cases import partial, together
from checker.kinds.lines_of_chain import without_extrema
from checker.kinds.number import answer_text
from checker.kinds.outcome import unreadable
from checker.kinds.reading import judged
from checker.kinds.reasons import judge_reasons
from checker.kinds.vocabulary import left_to_do, node_of
from checker.verdict import Diagnosis, Finding, Verdict
from derivations.domains import Names
from derivations.formula import ZERO, Cases, Delta, Deriv, Elem, Formula, IndexVal, Note, Rel, count, walk


def judge(part: Any, truth: Any, answer: Any) -> Verdict:
    """The answer against the derived truth, and against the other formulas that the part accepts.

    Products of arrays are first read as those of matrices. Right when they are multiplied entry by entry is right where
    the setting says that this is meant, and asked about elsewhere.
    """
    names: Names = truth.names or truth.formula.names
    verdict = _judged_under(names, part, truth, answer)
    if verdict.status != "wrong" or not any(row.sizes for row in names.values() if row.role != "index"):
        return verdict
    other = _judged_under(names.multiplied_entrywise(), part, truth, answer)
    noted = next((f for f in other.findings if f.tag == "entrywise"), None)
    if part.conventions.get("products") == "entrywise" and other.status != "unreadable" and noted is not None:
        return other
    if other.status != "correct" or noted is None:
        return verdict
    return unreadable(
        (
            f"it is right only if {noted.message.removesuffix(' was read entry by entry')} is multiplied entry by "
            "entry, which it does not say"
        ),
        "⊙, if that is meant",
    )


def _judged_under(names: Names, part: Any, truth: Any, answer: Any) -> Verdict:
    from checker.kinds.definitions import defined
    from derivations.notation import ReadError, read

    target = None if part.derives is None else node_of(part.derives)
    said = defined(answer_text(answer), names)
    if said.fault is not None:
        return said.fault

    def read_answer(text: str) -> Any:
        try:
            return said.inline(read(text, said.names, target=target, up_to_factor=_up_to_factor(part)), names)
        except ReadError as error:
            if error.tag != "relation" and not _states(text, said.names, error):
                raise
            return text

    def judge_answer(found: Any) -> Verdict:
        return judge_lines(part, truth, found, said) if isinstance(found, str) else judge_formula(part, truth, found)

    return judged(said.text, said.names, read_answer, judge_answer)


def is_right(part: Any, truth: Any, answer: Any) -> bool:
    """Whether an answer is right, without its reason where it is not."""
    from checker.kinds.definitions import defined
    from derivations.notation import ReadError, read, read_statement

    names: Names = truth.names or truth.formula.names
    said = defined(answer_text(answer), names)
    try:
        student: Formula | Verdict | None = read(
            said.text, said.names, target=node_of(part.derives or ""), up_to_factor=_up_to_factor(part)
        )
    except ReadError:
        try:
            student = _stated(part, read_statement(said.text, said.names))
        except ReadError:
            return False
    if not isinstance(student, Formula) or said.fault is not None or left_to_do(student):
        return False
    found = equal_to(
        said.inline(student, names),
        _question(part, student, truth.formula),
        names,
        str(part.payload.get("up_to") or "nothing"),
    )
    return found.status == "correct" and _accepted(part, truth, student, found).status == "correct"


def _states(text: str, names: Names, error: Any) -> bool:
    """Whether a text that is no formula is a statement: `f = αg for g < 0; g for g ≥ 0`, `P(x_1, …; μ) = …`."""
    from derivations.notation import ReadError, read_statement

    if error.tag == "ambiguous":
        return False
    try:
        return any(line.ops or line.target for line in read_statement(without_extrema(text).text, names).lines)
    except ReadError:
        return False


def judge_lines(part: Any, truth: Any, text: str, said: Any) -> Verdict:
    """An answer of several lines, or several `=`: link by link, then its last expression as the answer."""
    from checker.kinds.chain import Asked, judge_statement
    from derivations.notation import read_statement

    names: Names = truth.names or truth.formula.names
    extrema = without_extrema(text)
    statement = _answered(part, said.inlined(read_statement(extrema.text, said.names), names), truth.formula)
    asked = Asked(truth.formula, None, "=", (), part.derives)
    last = _stated(part, statement)
    if isinstance(last, Verdict):
        return last
    verdict = judge_statement(statement, asked, names, extrema)
    if verdict.diagnosis is not None and verdict.diagnosis.tag == "reason":
        return verdict
    if (
        last is None
        or verdict.status in ("undecided", "unreadable")
        or any(f.tag == "ending" for f in verdict.findings)
    ):
        return verdict
    final = judge_formula(part, truth, last)
    return replace(
        final, findings=(*final.findings, *(f for f in verdict.findings if f.tag != "domain")), parts=verdict.parts
    )


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


def _up_to_factor(part: Any) -> bool:
    return part.payload.get("up_to") in ("positive_factor", "nonzero_factor")


def _stated(part: Any, statement: Any) -> Formula | Verdict | None:
    """The formula that a statement comes to: what its last line sets equal, or its last lines under a condition each.

    `a ≤ b`, `a ≠ b`, `L ∝ a` say something of formulas, and give none.
    """
    lines = [line for line in statement.lines if line.parts]
    found = [_comes_to(part, line) for line in lines]
    if not found or not isinstance(found[-1], Formula) or not partial(found[-1]):
        return found[-1] if found else None
    several = [*takewhile(lambda f: isinstance(f, Formula) and partial(f) and not f.axes, reversed(found))][::-1]
    return together([f for f in several if isinstance(f, Formula)]) if len(several) > 1 else found[-1]


def _comes_to(part: Any, line: Any) -> Formula | Verdict:
    """The formula that one line comes to."""
    from checker.kinds.lines_of_chain import EQUALITIES, FOLLOWS, PROPORTIONAL

    begin = max((k + 1 for k, op in enumerate(line.ops) if op in FOLLOWS), default=0)
    end = begin
    while end < len(line.ops) and line.ops[end] in EQUALITIES:
        end += 1
    defined_by = line.by if line.target is not None and begin == 0 else "="
    factor = (
        defined_by in PROPORTIONAL or (end == begin < len(line.ops) and line.ops[end] in PROPORTIONAL)
    ) and _up_to_factor(part)
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


def _question(part: Any, student: Formula, truth: Formula) -> Formula:
    """The truth under i = j where dy_i/dx_i is asked and `y_i(1-y_i) for i = j` is said: an index that the question
    does not have is the second letter of dy_i/dx_j."""
    if not partial(student):
        return truth
    other = [i for i in student.free if i not in truth.free]
    letters = _SUBSCRIPT.findall(part.derives or "")
    twice = [i for i in truth.free if letters.count(i.name) > 1]
    if len(other) != 1 or len(twice) != 1 or other[0].size != twice[0].size or truth.axes:
        return truth
    same = Rel("==", IndexVal(twice[0]), IndexVal(other[0]))
    return replace(truth, body=Cases(((same, truth.body),), None), free=(*truth.free, other[0]))


_SUBSCRIPT = re.compile(r"_\{?([A-Za-z])\}?")


def _answered(part: Any, statement: Any, truth: Formula) -> Any:
    """The statement without the name of what is sought in front (`w = …` for an argmin, a δ_ij that the question does
    not have), and without a derivative set to zero behind."""
    lines = list(statement.lines)
    sought = node_of(part.derives or "") if (part.derives or "").startswith("arg") else None
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
    lines = _joined(lines)
    last = lines[-1]
    to_zero = (
        "/d" in (part.derives or "") and len(last.parts) > 1 and last.ops[-1:] == ("=",) and last.parts[-1].body == ZERO
    )
    if (
        to_zero
        and not left_to_do(last.parts[-2])
        and equal_to(last.parts[-1], truth, truth.names or last.parts[-1].names).status == "wrong"
    ):
        note = Note("set-to-zero", "it is set to 0 afterwards; what is judged is the derivative")
        kept = replace(last.parts[-2], notes=(*last.parts[-2].notes, note))
        lines[-1] = replace(last, parts=(*last.parts[:-2], kept), ops=last.ops[:-1])
    return replace(statement, lines=tuple(lines))


def judge_formula(part: Any, truth: Any, student: Formula) -> Verdict:
    """One reading of the answer, and what was noted while reading it."""
    from checker.equality import noted

    names: Names = truth.names or truth.formula.names
    asked = truth.formula if truth.formula is None else _question(part, student, truth.formula)
    found = _judged(part, truth if asked is truth.formula else replace(truth, formula=asked), student)
    remarks = [n.message for n in student.notes if n.tag == "remark"]
    return noted(judge_reasons(found, remarks, names, truth.formula), student)


def _judged(part: Any, truth: Any, student: Formula) -> Verdict:
    names: Names = truth.names or truth.formula.names
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
    if left_to_do(student):
        return Verdict(
            "wrong",
            0.0,
            diagnosis=Diagnosis("restates-question", "a derivative is left in it: carry it out"),
            student_read=student.source,
        )
    verdict = equal_to(student, truth.formula, names, str(part.payload.get("up_to") or "nothing"))
    if verdict.status == "correct":
        return _accepted(part, truth, student, verdict)
    if verdict.status != "wrong":
        return verdict
    for other in alternatives(truth):
        found = equal_to(student, other, names, str(part.payload.get("up_to") or "nothing"))
        if found.status == "correct":
            return _accepted(part, truth, student, found)
    return explained(verdict, student, truth.formula, known=mistakes(part, names), derivation=truth.derivation)


def equal_to(student: Formula, truth: Formula, names: Names, up_to: str = "nothing") -> Verdict:
    """`compare` in the words of `check`; with `up_to`, equality up to a constant or a factor."""
    from checker.equality import compare, without_value

    found = compare(student, truth, names)
    if found.status == "different" and up_to != "nothing":
        from checker.kinds.upto import up_to_verdict

        other = up_to_verdict(student, truth, names, up_to)
        if other is not None:
            lacking = without_value(student, truth, names)
            found = (
                replace(other, student_read=found.student_read, truth_read=found.truth_read)
                if lacking is None
                else lacking
            )
    return in_words(found)


def in_words(found: Verdict) -> Verdict:
    """equal → correct, different → wrong, with the score that goes with it."""
    if found.status == "equal":
        return replace(found, status="correct", score=1.0)
    return replace(found, status="wrong", score=0.0) if found.status == "different" else found


def _accepted(part: Any, truth: Any, student: Formula, verdict: Verdict) -> Verdict:
    """Equal to the truth: it must not restate the question, and must have the stated values at kinks."""
    from checker.kinds.domain import kink
    from checker.kinds.vocabulary import fault

    names: Names = truth.names or truth.formula.names
    said = jump(part, student, truth.formula, names)
    if said is not None:
        return replace(
            verdict, status="wrong", score=0.0, evidence=replace(verdict.evidence, strength=None), diagnosis=said
        )
    found = fault(student, names, part.derives, part.vocabulary, truth.formula) or kink(
        student, truth.formula, names, part.conventions.get("kink")
    )
    if isinstance(found, Diagnosis):
        return replace(
            verdict, status="wrong", score=0.0, evidence=replace(verdict.evidence, strength=None), diagnosis=found
        )
    return verdict if found is None else replace(verdict, findings=(*verdict.findings, found))


def jump(part: Any, student: Formula, truth: Formula, names: Names) -> Diagnosis | None:
    """With g(0) stated: the value where a step jumps has to be that."""
    from checker.kinds.domain import at_jump

    stated = part.conventions.get("threshold")
    if stated not in ("0", "1") or at_jump(student, truth, names):
        return None
    return Diagnosis(
        "threshold", f"they differ where the step jumps: the problem states that its value there is {stated}"
    )


def explained(
    verdict: Verdict, student: Formula, truth: Formula, *, known: Sequence[Any] = (), derivation: Any = None
) -> Verdict:
    """A wrong verdict with its reason, where there is one."""
    from checker.diagnosis.diagnose import LONGEST, diagnose
    from checker.diagnosis.forms import forms

    told = verdict.diagnosis
    if told is not None and told.tag in ("domain", "case"):
        return verdict
    if verdict.status not in ("wrong", "different") or (
        told is not None and not known and told.tag == "shape" and student.shape_error is not None
    ):
        return verdict
    found = diagnose(student, truth, known=known, forms=forms(truth, derivation), derivation=derivation)
    if found is None and count(student.body) > LONGEST:
        return replace(
            verdict,
            findings=(
                *verdict.findings,
                Finding(
                    "long", f"an answer of more than {LONGEST} terms and factors is not taken apart for its reason"
                ),
            ),
        )
    return verdict if found is None else replace(verdict, diagnosis=found)


def alternatives(truth: Any) -> tuple[Formula, ...]:
    """Further formulas that are right as well."""
    return tuple(f for f in getattr(truth, "alternatives", ()) or ())


def mistakes(part: Any, names: Names) -> tuple[Any, ...]:
    """The problem's own mistakes, read; one that cannot be read is the author's fault and is reported when the file is
    validated."""
    from checker.diagnosis.diagnose import Known
    from derivations.notation import ReadError, read

    found = []
    for mistake in part.mistakes:
        try:
            found.append(Known(read(str(mistake.answer), names), mistake.tag, mistake.message))
        except ReadError:
            continue
    return tuple(found)
