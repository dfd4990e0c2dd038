"""A formula: scalar, indexed, matrix, or by cases. Read, shapes, equality, domain and kinks, then the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checker.kinds.lines_of_chain import without_extrema
from checker.kinds.number import answer_text
from checker.kinds.reading import judged
from checker.kinds.reasons import judge_reasons
from checker.kinds.vocabulary import left_to_do, node_of
from checker.verdict import Diagnosis, Finding, Verdict
from derivations.domains import Names
from derivations.formula import ZERO, Elem, Formula, Note, count


def judge(part: Any, truth: Any, answer: Any) -> Verdict:
    """The answer against the derived truth, and against the other formulas that the part accepts."""
    from checker.kinds.definitions import defined
    from derivations.notation import ReadError, read

    names: Names = truth.names or truth.formula.names
    target = None if part.derives is None else node_of(part.derives)
    said = defined(answer_text(answer), names)
    if said.fault is not None:
        return said.fault

    def read_answer(text: str) -> Any:
        try:
            return said.inline(read(text, said.names, target=target), names)
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
        student = read(said.text, said.names, target=node_of(part.derives or ""))
    except ReadError:
        try:
            student = read_statement(said.text, said.names).last
        except ReadError:
            return False
    if student is None or said.fault is not None or left_to_do(student):
        return False
    found = equal_to(said.inline(student, names), truth.formula, names, str(part.payload.get("up_to") or "nothing"))
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
    verdict = judge_statement(statement, asked, names, extrema)
    last = statement.last
    if verdict.diagnosis is not None and verdict.diagnosis.tag == "reason":
        return verdict
    if last is None or verdict.status in ("undecided", "unreadable") or any(f.tag == "ending" for f in verdict.findings):
        return verdict
    final = judge_formula(part, truth, last)
    return replace(final, findings=(*final.findings, *verdict.findings), parts=verdict.parts)


def _answered(part: Any, statement: Any, truth: Formula) -> Any:
    """The statement without the name of what is sought (`w = …` for an argmin) in front, and without a derivative set to zero behind."""
    lines = list(statement.lines)
    sought = node_of(part.derives or "") if (part.derives or "").startswith("arg") else None
    for k, line in enumerate(lines):
        first = line.parts[0].body if line.parts else None
        if sought is not None and len(line.parts) > 1 and isinstance(first, Elem) and first.name == sought:
            lines[k] = replace(line, parts=line.parts[1:], ops=line.ops[1:])
    last = lines[-1]
    to_zero = "/d" in (part.derives or "") and len(last.parts) > 1 and last.ops[-1:] == ("=",) and last.parts[-1].body == ZERO
    if to_zero and not left_to_do(last.parts[-2]) and equal_to(last.parts[-1], truth, truth.names or last.parts[-1].names).status == "wrong":
        note = Note("set-to-zero", "it is set to 0 afterwards; what is judged is the derivative")
        kept = replace(last.parts[-2], notes=(*last.parts[-2].notes, note))
        lines[-1] = replace(last, parts=(*last.parts[:-2], kept), ops=last.ops[:-1])
    return replace(statement, lines=tuple(lines))


def judge_formula(part: Any, truth: Any, student: Formula) -> Verdict:
    """One reading of the answer, and what was noted while reading it."""
    from checker.equality import noted

    remarks = [n.message for n in student.notes if n.tag == "remark"]
    return noted(judge_reasons(_judged(part, truth, student), remarks, truth.names or truth.formula.names, truth.formula), student)


def _judged(part: Any, truth: Any, student: Formula) -> Verdict:
    names: Names = truth.names or truth.formula.names
    if left_to_do(student):
        return Verdict("wrong", 0.0, diagnosis=Diagnosis("restates-question", "a derivative is left in it: carry it out"), student_read=student.source)
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
            found = replace(other, student_read=found.student_read, truth_read=found.truth_read) if lacking is None else lacking
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
        return replace(verdict, status="wrong", score=0.0, evidence=replace(verdict.evidence, strength=None), diagnosis=said)
    found = fault(student, names, part.derives, part.vocabulary, truth.formula) or kink(student, truth.formula, names, part.conventions.get("kink"))
    if isinstance(found, Diagnosis):
        return replace(verdict, status="wrong", score=0.0, evidence=replace(verdict.evidence, strength=None), diagnosis=found)
    return verdict if found is None else replace(verdict, findings=(*verdict.findings, found))


def jump(part: Any, student: Formula, truth: Formula, names: Names) -> Diagnosis | None:
    """With g(0) stated: the value where a step jumps has to be that."""
    from checker.kinds.domain import at_jump

    stated = part.conventions.get("threshold")
    if stated not in ("0", "1") or at_jump(student, truth, names):
        return None
    return Diagnosis("threshold", f"they differ where the step jumps: the problem states that its value there is {stated}")


def explained(verdict: Verdict, student: Formula, truth: Formula, *, known: Sequence[Any] = (), derivation: Any = None) -> Verdict:
    """A wrong verdict with its reason, where there is one."""
    from checker.diagnosis.diagnose import LONGEST, diagnose
    from checker.diagnosis.forms import forms

    if verdict.diagnosis is not None and verdict.diagnosis.tag == "domain":
        return verdict
    if verdict.status not in ("wrong", "different") or (verdict.diagnosis is not None and not known and verdict.diagnosis.tag == "shape" and student.shape_error is not None):
        return verdict
    found = diagnose(student, truth, known=known, forms=forms(truth, derivation), derivation=derivation)
    if found is None and count(student.body) > LONGEST:
        return replace(verdict, findings=(*verdict.findings, Finding("long", f"an answer of more than {LONGEST} terms and factors is not taken apart for its reason")))
    return verdict if found is None else replace(verdict, diagnosis=found)


def alternatives(truth: Any) -> tuple[Formula, ...]:
    """Further formulas that are right as well."""
    return tuple(f for f in getattr(truth, "alternatives", ()) or ())


def mistakes(part: Any, names: Names) -> tuple[Any, ...]:
    """The problem's own mistakes, read; one that cannot be read is the author's fault and is reported when the file is validated."""
    from checker.diagnosis.diagnose import Known
    from derivations.notation import ReadError, read

    found = []
    for mistake in part.mistakes:
        try:
            found.append(Known(read(str(mistake.answer), names), mistake.tag, mistake.message))
        except ReadError:
            continue
    return tuple(found)

