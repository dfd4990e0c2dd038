"""What is known only at the end of a document: answers of several rows, a display that turns out to be the answer of
its part, and a count that is not the one asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from checker.documents.found import Given, Written
from checker.documents.gathering import GATHERED, marked_rows, updates, verdict_on
from checker.documents.marks import Line
from checker.documents.placing import Answer
from checker.documents.sheets import Asked, Sheet
from derivations.frozen import frozen


@frozen
class Seen:
    """A document that was gone through: its lines, which are marked on, the answers found in it, and its rows under
    their labels; `without`: parts that it does not answer."""

    sheet: Sheet
    lines: list[Line]
    answers: list[Given]
    written: Sequence[Written]
    without: Collection[str]


def at_the_end(seen: Seen) -> list[Given]:
    """The answers of a document with those that are known only at its end; their lines are marked so."""
    answers = _bare(seen)
    for asked in seen.sheet.asked:
        told = [g for g in answers if g.answer.asked.id == asked.id]
        if any(g.answer.verdict.status == "correct" for g in told):
            continue
        if asked.part.kind in GATHERED:
            answers = _gathered(seen, asked, answers)
        elif asked.part.kind == "count" and told:
            _not_asked(seen, told[-1])
    return answers


def _bare(seen: Seen) -> list[Given]:
    """A display without a left side, the last one under the label of a part that nothing else answers, is its
    answer."""
    answers = list(seen.answers)
    for asked in seen.sheet.asked:
        told = [g for g in answers if g.answer.asked.id == asked.id]
        last = told[-1] if told else None
        if last is None or not last.bare or any(g.answer.sure or g.answer.verdict.status == "correct" for g in told):
            continue
        line, verdict = seen.lines[last.line], last.answer.verdict
        if verdict.status != "wrong" or any(n.part == asked.id for n in seen.lines[last.line + 1 :]):
            continue
        seen.lines[last.line] = replace(line, status="wrong", reason=verdict.reason)
        answers.append(Given(replace(last.answer, sure=True), last.line))
    return answers


def _gathered(seen: Seen, asked: Asked, answers: list[Given]) -> list[Given]:
    """An answer of several rows: the values of a trace, the equations of an update."""
    under = [w for w in seen.written if w.path and asked.label[: len(w.path)] == w.path]
    alone = [w for w in under if w.path == asked.label or seen.sheet.having(w.path) == (asked,)]
    rows = alone or [w for w in under if asked.part.kind == "equations" and updates(w, asked)]
    if not rows or asked.id in seen.without:
        return answers
    verdict = verdict_on(asked, rows)
    if verdict.status not in ("correct", "wrong"):
        return answers
    for row, told in marked_rows(asked, verdict, [(row, seen.lines[row.line]) for row in rows]):
        seen.lines[row.line] = told
    others = [g for g in answers if g.answer.asked.id != asked.id]
    return [*others, Given(Answer(asked, verdict, True), rows[-1].line)]


def _not_asked(seen: Seen, last: Given) -> None:
    """A count that is wrong, in a row that holds, `300 * 80 = 24000`: where no line behind it says another one, it is
    the answer."""
    line, verdict = seen.lines[last.line], last.answer.verdict
    if last.answer.sure and verdict.status == "wrong" and line.status == "correct":
        seen.lines[last.line] = replace(line, status="wrong", reason=verdict.reason or "it is not what is asked")
        _carry(seen, last)


def _carry(seen: Seen, false: Given) -> None:
    """What is counted on from a wrong count holds with the right one: `24000 + 81 = 24081`."""
    numbers = _NUMBER.findall(seen.lines[false.line].text)
    for k in range(false.line + 1, len(seen.lines) if numbers else 0):
        line = seen.lines[k]
        if line.status == "correct" and numbers[-1] in _NUMBER.findall(line.text)[:-1]:
            seen.lines[k] = replace(line, status="carried", remark="it rests on an earlier line that is wrong")


_NUMBER = re.compile(r"(?<![\w.])\d{3,}(?![\w.])")
