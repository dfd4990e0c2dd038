"""A trace: a table of values that depend on one another, each judged against the truth and against the student's own
earlier values.

    right                 agrees with the truth to the digits shown
    wrong, here           its own step is wrong
    wrong, carried        its step is right: it follows from an earlier wrong (or too early rounded) value of the
                          student's
    masked_by_rounding    right to the digits shown, although it follows from an earlier wrong value

A value's step is its derived formula over the data and the earlier values of the table. The score counts the values
whose own step is right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from checker.answers.lines import LinesError, named_values
from checker.answers.numbers import SLIPS, Said, close, judge_said, read_said
from checker.answers.numerals import NumeralError
from checker.answers.outcome import place_in, unreadable
from checker.answers.text import answer_text, spoken
from checker.equality.unfold import unfold_names
from checker.verdict import Diagnosis, Evidence, Finding, Verdict
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import NoValue, Untold, Value, ball
from derivations.formula import Elem, Formula, names_in, replace_elems
from derivations.frozen import frozen
from derivations.notation.read.prose import Taken

CHANCE = 5
"""A wrong rule is named only where fewer than one in so many tables would hit one by chance."""

_EXPECTED = "one value a line: name = number"


@frozen
class Row:
    """One value of the table: its name, and its formula over data, nodes and earlier rows. `rules` are known wrong
    formulas, with their reasons."""

    name: str
    formula: Formula
    rules: tuple[tuple[str, str, Formula], ...] = ()

    @property
    def entry(self) -> tuple[str, tuple[int, ...]]:
        """The entry of which this row gives the value: the node itself where the formula is `z_1`, else the row's own
        name."""
        body = self.formula.body
        if isinstance(body, Elem) and all(isinstance(a, int) for a in body.at):
            return body.name, tuple(a for a in body.at if isinstance(a, int))
        return self.name, ()


def by_rule(
    verdict: Verdict, answer: Any, truth: Formula, data: Point, units: Collection[str], taken: Taken
) -> Verdict:
    """A verdict on a wrong value that a wrong formula gives: the slip in the formula is the reason."""
    try:
        said, _ = read_said(spoken(answer_text(answer), units).pieces, units, taken)
    except NumeralError:
        return verdict
    slip = rule_behind(Row("value", truth), said[-1], data, {})
    if slip is None or verdict.diagnosis is None:
        return verdict
    return replace(verdict, diagnosis=replace(verdict.diagnosis, tag=slip.tag, message=slip.message))


def judge_trace(
    answer: Any, rows: tuple[Row, ...], data: Point, digits: int | None = None, units: Collection[str] = ()
) -> Verdict:
    """One verdict a value, in the order of the table; values that are not given count as wrong."""
    try:
        written = named_values(answer, [r.name for r in rows])
        said = {name: _number(name, value, units) for name, value in written.items()}
    except LinesError as error:
        return unreadable(str(error), _EXPECTED, *place_in(answer, error.piece))
    if not said:
        return unreadable("there is no value in it", _EXPECTED, 0, len(str(answer)))
    own: dict[tuple[str, tuple[int, ...]], Value] = {}
    doubtful: dict[tuple[str, tuple[int, ...]], str] = {}
    parts: list[Verdict] = []
    for row in rows:
        if row.name not in said:
            parts.append(Verdict("wrong", 0.0, diagnosis=Diagnosis("missing", f"{row.name} is not given"), id=row.name))
            continue
        verdict = _judge_row(row, said[row.name], data, own, doubtful, digits)
        parts.append(verdict)
        exact, _ = _at(row.formula, data, own)
        own[row.entry] = (
            said[row.name].value if exact is not None and said[row.name].value == exact else _as_shown(said[row.name])
        )
        if verdict.status != "correct":
            doubtful[row.entry] = row.name
    return _whole(tuple(parts))


def _number(name: str, value: Any, units: Collection[str]) -> Said:
    """The number that is said of a value. Raises `LinesError`."""
    try:
        said, _ = read_said(spoken(answer_text(value), units).pieces, units)
    except NumeralError as error:
        raise LinesError(f"{name}: {error}", str(value)) from error
    if not said:
        raise LinesError(f"{name} has no number", str(value))
    last = said[-1]
    for other in said[:-1]:
        within = sum(
            (s.unit / 2 if s.unit is not None else s.spread or Fraction(0) for s in (other, last)), Fraction(0)
        )
        if not close(other.value, last.value, within):
            raise LinesError(f"{name} is said to be both {other.text} and {last.text}", str(value))
    return last


def _as_shown(said: Said) -> Value:
    """The interval of numbers that would be shown like this; people compute on with what they show, or with more
    digits."""
    if said.unit is None or not isinstance(said.value, Fraction):
        return said.value
    half = said.unit / 2
    return arb(fmpq(said.value.numerator, said.value.denominator), fmpq(half.numerator, half.denominator))


def _at(
    formula: Formula, data: Point, own: Mapping[tuple[str, tuple[int, ...]], Value]
) -> tuple[Value | None, set[tuple[str, tuple[int, ...]]]]:
    """The value of a row's formula over the student's own earlier values, and which of them it used."""
    point = Point(data.sizes, data.values, data.names, own)
    try:
        return value_at(formula, point), point.used
    except (NoValue, Untold):
        return None, point.used


def _judge_row(
    row: Row,
    said: Said,
    data: Point,
    own: dict,
    doubtful: Mapping[tuple[str, tuple[int, ...]], str],
    digits: int | None,
) -> Verdict:
    said = _to_digits(said, digits)
    truth, _ = _at(row.formula, data, {})
    if truth is None:
        return Verdict(
            "undecided",
            None,
            findings=(Finding("truth", f"{row.name} has no value at the data of the problem"),),
            id=row.name,
        )
    against_truth = replace(judge_said(said, truth), id=row.name)
    follows, used = _at(row.formula, data, own)
    blamed = [doubtful[u] for u in sorted(used & doubtful.keys())]
    consistent = follows is not None and _meets(said, follows)
    if against_truth.status == "correct":
        if blamed and consistent:
            note = Finding(
                "masked_by_rounding",
                (
                    f"{row.name} is right only because so few digits are shown: it follows from your {blamed[0]}, "
                    "which is not right"
                ),
            )
            return replace(against_truth, findings=(note,))
        if blamed:
            return replace(
                against_truth,
                findings=(Finding("repaired", f"{row.name} is right, but does not follow from your {blamed[0]}"),),
            )
        return against_truth
    if against_truth.status == "undecided":
        return against_truth
    reveal = against_truth.diagnosis.reveal if against_truth.diagnosis else ""
    if consistent and blamed:
        return _wrong(
            row,
            "carried",
            "carried",
            f"{row.name} follows from your {blamed[0]}, which is not right; this step is",
            reveal,
        )
    if consistent and used:
        return _wrong(
            row,
            "carried",
            "early-rounding",
            f"{row.name} follows from values that were rounded too early; keep more digits on the way",
            reveal,
        )
    rule = rule_behind(row, said, data, own)
    if rule is not None:
        return _wrong(row, "here", rule.tag, f"{row.name}: {rule.message}", reveal)
    slip = _own_slip(said, follows) if blamed else None
    found = slip or against_truth.diagnosis
    tag, message = (found.tag, found.message) if found else ("value", "the value is not right")
    return _wrong(row, "here", tag, f"{row.name}: {message}", reveal)


def _to_digits(said: Said, digits: int | None) -> Said:
    """With `digits` asked after the point, digits shown beyond them do not count."""
    if digits is None or said.shown is None or said.unit is None or said.unit >= Fraction(1, 10**digits):
        return said
    return Said(said.value, replace(said.shown, unit=Fraction(1, 10**digits)), said.text)


def _meets(said: Said, value: Value) -> bool:
    """Whether what is shown can be the value, which is itself only known up to the rounding of what it comes from."""
    return bool(ball(_as_shown(said)).overlaps(ball(value)))


def _own_slip(said: Said, follows: Value | None) -> Diagnosis | None:
    """A slip (sign, truncation, transposition …) against the value that the student's own numbers give."""
    if follows is None:
        return None
    exactly = follows if isinstance(follows, Fraction) else follows.mid()
    found = next((f for f in (slip(said, exactly) for slip in SLIPS) if f is not None), None)
    return None if found is None else Diagnosis(*found)


def rule_behind(
    row: Row, said: Said, data: Point, own: Mapping[tuple[str, tuple[int, ...]], Value]
) -> Diagnosis | None:
    """The wrong rule whose value over the student's own numbers is what is shown; None where there is none, or several
    that differ.

    With so many rules tried, the digits shown must make a chance hit unlikely.
    """
    rules = row.rules or tuple(wrong_rules(row, data, own))
    significant = 40 if said.shown is None or said.shown.significant is None else said.shown.significant
    if 10 ** (significant - 1) < CHANCE * len(rules):
        return None
    found: dict[str, Diagnosis] = {}
    for tag, message, formula in rules:
        value, _ = _at(formula, data, own)
        if value is not None and _meets(said, value):
            found.setdefault(tag, Diagnosis(tag, message))
    return next(iter(found.values())) if len(found) == 1 else None


def wrong_rules(row: Row, data: Point, own: Mapping[tuple[str, tuple[int, ...]], Value]):
    """All single mutations of the row's own step (its definition, down to earlier values of the table)."""
    from checker.diagnosis.mutations.table import mutants  # late: a right value needs no reason

    rows = {name for name, _ in own}
    step = unfold_names(row.formula, data.names, stop=rows - {row.entry[0]})
    for mutant in mutants(step):
        if mutant.tag not in ("wrong-name", "swapped-names"):
            yield mutant.tag, mutant.message, mutant.formula
    yield from _updated(step, own)


def _updated(step: Formula, own: Mapping[tuple[str, tuple[int, ...]], Value]):
    """w' used where w is meant."""
    for name in sorted(names_in(step.body)):
        if (name + "'", ()) in own:
            body = replace_elems(
                step.body, lambda e, name=name: Elem(name + "'") if e.name == name and not e.at else None
            )
            yield (
                "updated-value",
                f"the updated {name}' is used where {name} before the update is meant",
                replace(step, body=body),
            )


def _wrong(row: Row, origin: str, tag: str, message: str, reveal: str) -> Verdict:
    return Verdict(
        "wrong",
        1.0 if origin == "carried" else 0.0,
        diagnosis=Diagnosis(tag, message, reveal),
        findings=(Finding(origin, message),),
        id=row.name,
    )


def _whole(parts: tuple[Verdict, ...]) -> Verdict:
    """Correct when all values are; the diagnosis is that of the first value that is wrong by itself."""
    wrong = [p for p in parts if p.status == "wrong"]
    open_ = [p for p in parts if p.status == "undecided"]
    findings = tuple(f for p in parts for f in p.findings)
    score = None if open_ else sum(p.score or 0.0 for p in parts) / len(parts)
    if wrong:
        first = next((p for p in wrong if p.score == 0.0), wrong[0])
        return Verdict("wrong", score, first.evidence, first.diagnosis, findings, parts=parts)
    if open_:
        return Verdict("undecided", None, findings=findings, parts=parts)
    return Verdict(
        "correct",
        1.0,
        Evidence("agrees", digits=min((p.evidence.digits or 40 for p in parts), default=None)),
        findings=findings,
        parts=parts,
    )
