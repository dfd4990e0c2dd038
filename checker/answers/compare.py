"""Comparing two formulas under the names of a part, in the words of a check; and the reason of what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checker.answers.upto import up_to_verdict
from checker.equality.judge import judge, without_value
from checker.equality.seen import Where
from checker.verdict import Finding, Verdict
from derivations.derivation import Derivation
from derivations.domains import Names
from derivations.formula import Formula, count

if TYPE_CHECKING:
    from checker.diagnosis.diagnose import Known


def equal_to(
    student: Formula,
    truth: Formula,
    names: Names,
    up_to: str = "nothing",
    where: Where = "truth",
    brief: bool = False,
) -> Verdict:
    """`correct` or `wrong`, as far as it is settled; with `up_to`, equality up to a constant or a factor; with `brief`,
    less is said of what is wrong."""
    found = judge(student, truth, names, where=where, brief=brief)
    if found.status == "different" and up_to != "nothing":
        other = up_to_verdict(student, truth, names, up_to)
        if other is not None:
            lacking = without_value(student, truth, names)
            found = (
                replace(other, student_read=found.student_read, truth_read=found.truth_read)
                if lacking is None
                else lacking
            )
    if found.status == "equal":
        return replace(found, status="correct", score=1.0)
    return replace(found, status="wrong", score=0.0) if found.status == "different" else found


def explained(
    verdict: Verdict,
    student: Formula,
    truth: Formula,
    *,
    known: Sequence[Known] = (),
    derivation: Derivation | None = None,
    written: Sequence[Formula] = (),
) -> Verdict:
    """A wrong verdict with its reason, where there is one. `written` are further forms of the truth."""
    told = verdict.diagnosis
    if told is not None and told.tag in ("domain", "case"):
        return verdict
    if verdict.status not in ("wrong", "different") or (
        told is not None and not known and told.tag == "shape" and student.shape_error is not None
    ):
        return verdict
    from checker.diagnosis.diagnose import LONGEST, diagnose  # late: a right answer needs no reason
    from checker.diagnosis.forms import forms

    several = tuple(dict.fromkeys((*forms(truth, derivation), *written)))
    reason = diagnose(student, truth, known=known, forms=several, derivation=derivation)
    if reason is not None:
        return replace(verdict, diagnosis=reason)
    if count(student.body) <= LONGEST:
        return verdict
    note = Finding("long", f"an answer of more than {LONGEST} terms and factors is not taken apart for its reason")
    return replace(verdict, findings=(*verdict.findings, note))
