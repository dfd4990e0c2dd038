"""Two answers that are no formulas, relations, intervals or finite sets, compared as sets of points: equal only where
that is proved."""

from __future__ import annotations

from dataclasses import replace

from checker.answers.forms import Form, condition, form_of, fresh, name_of, ordered, signed
from checker.answers.outcome import unreadable
from checker.answers.reading import unreadable_text
from checker.answers.sets import as_condition, judge_condition, of_which_entries
from checker.equality.echo import written
from checker.verdict import Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.notation import ReadError, read_condition, readings

_SAID = {"condition": "a condition", "intervals": "an interval", "values": "a finite set of values"}


def compared(student: str, truth: str, names: Names) -> Verdict | None:
    """The verdict where the truth has one of these forms; None where it is a formula."""
    try:
        true = form_of(truth) if signed(truth) else None
    except ReadError as error:
        return unreadable_text(error, "truth")
    if true is None or (true.kind == "condition" and not _is_condition(truth, true, names)):
        return None
    try:
        said = form_of(student, like=true.kind)
    except ReadError as error:
        return unreadable_text(error)
    if said is None or (true.kind == "values" and said.kind != "values"):
        what = "another kind of answer" if said is None else _SAID[said.kind]
        why = f"{_SAID[true.kind]} is asked, and this is {what}"
        return unreadable(why, _SAID[true.kind], 0, len(student))
    return _as_sets(said, true, names, student, truth)


def _is_condition(text: str, form: Form, names: Names) -> bool:
    """Whether a text with a relation is a condition and no formula: `x if x > 0 else 0` is one, and what is neither is
    refused as a formula is."""
    try:
        return not readings(text, names)
    except ReadError:
        pass
    try:
        read_condition(form.condition, names)
    except ReadError:
        return False
    return True


def equations(student: str, truth: str, names: Names) -> Verdict | None:
    """The verdict on two equations, `x + y = 1` and `y = 1 - x`, as sets of points; None where one is none."""
    sides = [Form("condition", condition=text) for text in (student, truth)]
    return _as_sets(sides[0], sides[1], names, student, truth) if "=" in student and "=" in truth else None


def _as_sets(said: Form, true: Form, names: Names, student: str, truth: str) -> Verdict:
    try:
        own = name_of(true, names, said)
    except ReadError as error:
        return unreadable_text(error, "truth")
    try:
        other = name_of(said, names, true)
    except ReadError as error:
        return unreadable_text(error)
    subject, under = own or other or "", names
    conditions = (true.kind, said.kind).count("condition")
    if conditions < 2 and own is not None and other is not None and own != other:
        return unreadable(f"it speaks of {other}, and {own} is asked", f"{own} \\in …", 0, len(student))
    if not subject and conditions == 1:
        return unreadable("it does not say which name it is about", "a condition, or x \\in …", 0, len(student))
    if not subject and conditions == 0:
        subject, under = fresh(names, student, truth)
    try:
        right = condition(true, subject, under)
    except ReadError as error:
        return unreadable_text(error, "truth")
    try:
        mine = condition(said, subject, under)
    except ReadError as error:
        return unreadable_text(error)
    if (open_ := of_which_entries(mine, right)) is not None:
        return open_
    found = judge_condition(as_condition(mine), as_condition(right), under)
    notes = tuple(Finding("read-as", note) for note in (*said.notes, *true.notes))
    found = replace(found, score=None, student_read=written(mine), truth_read=written(right))
    if found.status == "wrong":
        told = _why(found, said, true)
        return replace(found, status="different", diagnosis=told, findings=notes)
    if found.status != "correct":
        return replace(found, findings=(*found.findings, *notes))
    if found.evidence.strength != "proved":
        open_ = Finding("points", f"no difference at {found.evidence.points} points, and no proof")
        return replace(found, status="undecided", evidence=Evidence(), findings=(open_, *notes))
    return replace(found, status="equal", findings=notes)


def _why(found: Verdict, said: Form, true: Form) -> Diagnosis | None:
    """The reason in the words of the form: < and ≤ are looked at where there are any."""
    if found.diagnosis is None or found.diagnosis.tag != "boundary":
        return found.diagnosis
    if true.kind == said.kind == "values":
        point = found.evidence.counterexample
        more = point is not None and point.student == "holds"
        return Diagnosis("value", "it has a value that is none" if more else "a value is missing")
    if true.kind == said.kind == "condition" and not (ordered(true.condition) or ordered(said.condition)):
        return Diagnosis("condition", "it is another condition: some points are allowed by only one of the two")
    return found.diagnosis
