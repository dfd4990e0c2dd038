"""Answers read as formulas: what cannot be read becomes a verdict, what reads several ways is judged each way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from checker.answers.outcome import place_in
from checker.equality.align import in_shape
from checker.verdict import At, Finding, Verdict
from derivations.domains import Names
from derivations.formula import Formula, Note
from derivations.notation import ReadError, each_reading

Read = TypeVar("Read")


def unreadable_text(error: ReadError, side: Any = "student") -> Verdict:
    """A `ReadError` as a verdict: where, what was expected, the nearest names."""
    start, end = error.span
    message = str(error)
    if error.nearest:
        message += "; did you mean " + " or ".join(error.nearest) + "?"
    if error.readings:
        message += f"; {_listed(error.readings)}: write the one that is meant"
    return Verdict("unreadable", None, at=At(side, start, end, error.expected, message))


def unreadable_piece(error: ReadError, piece: str, answer: Any) -> Verdict:
    """A `ReadError` about a piece of an answer, at its place in the answer: the whole piece where it was rewritten."""
    found = unreadable_text(error)
    if not isinstance(answer, str):
        return found
    start, end = place_in(answer, piece)
    inside = error.span if answer[start:end] == piece else (0, end - start)
    assert found.at is not None
    return replace(found, at=replace(found.at, start=start + inside[0], end=start + inside[1]))


def _listed(readings: Iterable[str]) -> str:
    return "it can be read as " + " or as ".join(readings)


def judged(
    text: str, read: Callable[[str], Read], judge: Callable[[Read], Verdict], asked: Formula | None = None
) -> Verdict:
    """`judge` of what `read` makes of a text. A text with several readings gets the common verdict of those with the
    shape and the indices asked, or is unreadable."""
    try:
        return judge(read(text))
    except ReadError as error:
        if not error.readings:
            return unreadable_text(error)
        try:
            found = each_reading(text, read)
            verdicts = [judge(one) for one in without_loose(found, asked)]
        except ReadError:
            return unreadable_text(error)
        right = settled(error, verdicts)
        if right is not None:
            return right
        fit = fitting(verdicts)
        same = in_common(fit, error.readings, narrowed=len(fit) < len(found))
        return unreadable_text(error) if same is None else same


def without_loose(found: Sequence[Read], asked: Formula | None) -> Sequence[Read]:
    """The readings that have the indices asked for and no others: `Σ_i a_i - b_i` is one sum where nothing is asked at
    an i. All of them where none is so."""
    if asked is None:
        return found
    letters = {i.name for i in asked.free}
    return [one for one in found if isinstance(one, Formula) and {i.name for i in one.free} == letters] or found


def fitting(verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
    """The verdicts on readings that have the shape asked; all where none has."""
    return [v for v in verdicts if v.diagnosis is None or v.diagnosis.tag != "shape"] or verdicts


def settled(error: ReadError | None, verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict on a text that means one of several formulas by what they are of; None for other texts of several
    readings, and where it is not settled.

    by-rank    a pseudoinverse is whichever of its two formulas has a value: it is right where one of them is
    by-axis    a mean of rows or of columns is the one that has the shape asked, before the mean of all entries
    """
    if error is None or error.tag not in ("by-rank", "by-axis"):
        return None
    if error.tag == "by-rank":
        meant = [v for v in verdicts if v.status in ("correct", "equal")]
    else:
        *means, of_all = ([] if v.diagnosis is not None and v.diagnosis.tag == "shape" else [v] for v in verdicts)
        meant = [v for one in means for v in one] or of_all
        if len(meant) != 1 or len(verdicts) != len(error.readings):
            return None
    taken = "" if error.tag == "by-rank" else ": it was read as the one that has the shape asked"
    note = Finding(error.tag, f"{error}{taken}")
    return replace(meant[0], findings=(*meant[0].findings, note)) if meant else None


def over_pairs(found: Formula, asked: Formula, names: Names, again: Callable[[Names], Formula]) -> Formula:
    """A formula with `Σ_{i≠j}` in it over all pairs where what is asked has neither letter. Raises `ReadError` where it
    has the letter that the sum was read to run over."""
    found, asked = in_shape(found, asked)
    if all(n.tag != "given-index" for n in found.notes):
        return found
    free, given = ({i.name for i in f.free} for f in (found, asked))
    if free <= given:
        return found
    if given - free:
        raise ReadError(
            "the sum reads two ways: which of the two letters below it does it run over?",
            (0, max(1, len(found.source or ""))),
            "the letter alone below the sum, and 1[i ≠ j] behind it",
            tag="ambiguous",
        )
    spare = [r.name for r in names.values() if r.role == "index" and r.name not in given]
    try:
        other = again(names.without(*spare))
    except ReadError:
        return found
    if {i.name for i in other.free} - given:
        return found
    note = Note("pairs", "the sum was read to run over all pairs, as neither of its letters is given in what is asked")
    return replace(other, names=found.names, notes=(*other.notes, note))


def in_common(verdicts: Sequence[Verdict], readings: Iterable[str], narrowed: bool = False) -> Verdict | None:
    """The verdict that all readings have, None where they differ. `narrowed`: there are others, of another shape."""
    if len({v.status for v in verdicts}) > 1:
        return None
    why = "only one of them has the shape asked" if narrowed else "the verdict is the same"
    note = Finding("ambiguous", f"{_listed(readings)}; {why}")
    return replace(verdicts[0], findings=(*verdicts[0].findings, note))


def several(side: Any, length: int, readings: Iterable[str]) -> Verdict:
    """The refusal of a text whose readings have different verdicts."""
    message = f"{_listed(readings)}: write the one that is meant"
    return Verdict("unreadable", at=At(side, 0, length, "one of its two readings", message))


def noted(verdict: Verdict, formula: Formula) -> Verdict:
    """The verdict with what was noted while the formula was read. What was taken as evident, e_k for a unit vector, may
    be meant for something else: it makes no answer wrong."""
    if not formula.notes:
        return verdict
    evident = next((n for n in formula.notes if n.tag == "evident"), None)
    if evident is not None and verdict.status in ("wrong", "different"):
        start, end = evident.span or (0, 1)
        return Verdict("unreadable", at=At("student", start, end, "what it is", f"{evident.message}: is it one?"))
    return replace(verdict, findings=(*verdict.findings, *(Finding(n.tag, n.message) for n in formula.notes)))


def remarks(formula: Formula) -> list[str]:
    """What is said beside a formula: `since p = σ(z)`."""
    return [n.message for n in formula.notes if n.tag == "remark"]
