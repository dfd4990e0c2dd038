"""What each part of a sheet comes to: from the answers that were found, and from the words under its label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checker.documents.claims import claims, walked
from checker.documents.marking import status_of
from checker.documents.marks import Line, PartMark
from checker.documents.relations import begins_with_relation
from checker.documents.scan import Piece, Place
from checker.documents.sheets import Asked, Path, Sheet
from checker.verdict import Verdict

if TYPE_CHECKING:
    from checker.documents.marker import Given

_BY_WORDS = frozenset(["choice", "count"])


def part_marks(
    sheet: Sheet, pieces: Sequence[Piece], text: str, lines: Sequence[Line], answers: Sequence[Given]
) -> tuple[PartMark, ...]:
    """A mark for every part of the sheet, in order."""
    words = [(path, words) for path, sure, words in walked(pieces, sheet, text) if sure]
    formulas = [
        (claim.path, claim.piece.place) for claim in claims(pieces, sheet, text) if claim.sure and not claim.spoken
    ]
    return tuple(_mark(asked, sheet, words, formulas, lines, answers) for asked in sheet.asked)


def _mark(
    asked: Asked,
    sheet: Sheet,
    words: Sequence[tuple[tuple[str, ...], str]],
    formulas: Sequence[tuple[Path, Place]],
    lines: Sequence[Line],
    answers: Sequence[Given],
) -> PartMark:
    points = asked.part.points
    given = [g for g in answers if g.answer.asked.id == asked.id]
    sure = [g for g in given if g.answer.sure or g.answer.verdict.status == "correct"]
    if sure:
        return _by_answers(asked, sure, lines)
    if given:  # it stands under the label of the part, and nothing says that it is its answer
        numbers = tuple(g.line for g in given)
        return PartMark(asked.id, "undecided", None, points, "whether a line is its answer is not clear", "", numbers)
    under = [text for path, text in words if path == asked.label or sheet.having(path) == (asked,)]
    if asked.part.kind in _BY_WORDS:
        for said in _openings(under):
            verdict = asked.verdict(said)
            if verdict.status in ("correct", "wrong"):
                return _of(asked, verdict, (), f"“{said}”")
        for said in _clauses([text for path, text in words if path == asked.label[: len(path)] and len(path) > 1]):
            verdict = asked.verdict(said) if asked.part.kind == "count" else None
            if verdict is not None and verdict.status == "correct":
                return _of(asked, verdict, (), f"“{said}”")
    own = [place for path, place in formulas if path == asked.label or sheet.having(path) == (asked,)]
    if not under and not own:
        return PartMark(asked.id, "missing", 0.0, points)
    if asked.part.kind == "text":
        return PartMark(asked.id, "not_judged", None, points, remark="words for a person")
    told = [n for n, line in enumerate(lines) if line.status in _SETTLED and any(_holds(at, line) for at in own)]
    if told:
        return _by_lines(asked, tuple(told), lines)
    return PartMark(asked.id, "unreadable", None, points, "no answer was found under its label")


_SETTLED = frozenset(["correct", "wrong", "carried"])


def _holds(place: Place, line: Line) -> bool:
    return place.start <= line.place.start and line.place.end <= place.end


def _by_lines(asked: Asked, told: tuple[int, ...], lines: Sequence[Line]) -> PartMark:
    """A part under whose label lines are judged, none of which is the answer as it is asked: whether they show it, a
    person says."""
    false = dict.fromkeys(str(lines[n].place.line) for n in told if lines[n].status != "correct")
    said = f"line {', '.join(false)} does not hold" if false else "every line under its label holds"
    why = f"{said}; whether they show what is asked is for a person"
    return PartMark(asked.id, "undecided", None, asked.part.points, why, "", told)


def _by_answers(asked: Asked, given: Sequence[Given], lines: Sequence[Line]) -> PartMark:
    """The last answer counts; a right one whose way holds a false line is right, and that is said."""
    numbers = tuple(g.line for g in given)
    right = [g for g in given if g.answer.verdict.status == "correct"]
    last = given[-1] if not right or given[-1].answer.verdict.status == "wrong" else right[-1]
    false = [n for n, line in enumerate(lines) if line.part == asked.id and line.status == "wrong"]
    remark = ""
    if last.answer.verdict.status == "correct" and (end := _ending(asked, last.line, lines)) is not None:
        return PartMark(asked.id, "wrong", 0.0, asked.part.points, end.reason, "it ends in a false step", numbers)
    if last.answer.verdict.status == "correct" and false:
        where = ", ".join(dict.fromkeys(str(lines[n].place.line) for n in false))
        remark = f"it ends right; on the way, line {where} is wrong"
    return _of(asked, last.answer.verdict, numbers, remark)


def _ending(asked: Asked, last: int, lines: Sequence[Line]) -> Line | None:
    """The false step that the lines behind an answer, which go on from it, end in; None where they end in none."""
    end: Line | None = None
    for line in lines[last + 1 :]:
        if line.part == asked.id and line.status in ("correct", "wrong", "carried"):
            if not begins_with_relation(line.text):
                break
            end = line
    return end if end is not None and end.status == "wrong" else None


def _of(asked: Asked, verdict: Verdict, lines: tuple[int, ...], remark: str) -> PartMark:
    status = status_of(verdict)
    score = verdict.score if verdict.score is not None else {"correct": 1.0, "wrong": 0.0}.get(status)
    return PartMark(asked.id, status, score, asked.part.points, verdict.reason, remark, lines)  # type: ignore[arg-type]


_CLAUSE = re.compile(r"[.,;:!?\n]|\s[-–—]\s|\bbecause\b|\bsince\b|\bas\b")


def _openings(paragraphs: Sequence[str]) -> Iterator[str]:
    """The first clause of each paragraph: `True` of `True, otherwise …`. A question does not begin with an answer."""
    for paragraph in paragraphs:
        bare = re.sub(r"\A[\s>*_#\-+]*(?:\(?\w{1,3}(?:\.\d+)*[).:]\s*)*", "", paragraph).strip("*_ ")
        clause = _CLAUSE.split(bare, maxsplit=1)[0].strip(" *_`$")
        if 0 < len(clause) <= 60:
            yield clause
        if (first := clause.partition(" ")[0]).casefold() in ("true", "false"):
            yield first


def _clauses(paragraphs: Sequence[str]) -> Iterator[str]:
    """The clauses of paragraphs that hold a number."""
    for paragraph in paragraphs:
        for clause in re.split(r"[.,;:!?\n](?!\d)|\band\b", paragraph):
            bare = clause.strip(" *_`$")
            if 0 < len(bare) <= 60 and any(c.isdecimal() for c in bare):
                yield bare
