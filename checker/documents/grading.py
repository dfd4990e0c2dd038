"""The map of grading: a document and a sheet in, the document with its marks out."""

from __future__ import annotations

from collections.abc import Iterator

from checker.documents.chains import Row, rows_in
from checker.documents.claims import Claim, claims
from checker.documents.marking import Judged, Thread, marked
from checker.documents.marks import Line, Marked
from checker.documents.placing import Answer, answered
from checker.documents.scan import Place, is_tex, scan
from checker.documents.sheets import Asked, Sheet
from checker.documents.stretches import Stretch, stretches
from derivations.frozen import frozen
from derivations.notation.errors import ReadError


def grade_text(text: str, sheet: Sheet, name: str = "") -> Marked:
    """A document judged line by line against a sheet."""
    pieces = scan(text, is_tex(text, name))
    marker = _Marker(sheet, text)
    for claim in claims(pieces, sheet, text):
        for stretch in stretches(claim.piece.inside):
            marker.mark(claim, stretch)
    return Marked(name, text, pieces, tuple(marker.lines))


@frozen
class Found:
    """A stretch judged in the setting of a part: its rows, and what the members of each come to."""

    asked: Asked
    rows: tuple[Row, ...]
    judged: tuple[tuple[Judged, ...], ...]
    thread: Thread

    def count(self, status: str) -> int:
        return sum(j.status == status for row in self.judged for j in row)

    @property
    def rank(self) -> tuple[int, ...]:
        """What speaks for the setting: that all holds, how much of it does, and how little stays open."""
        right, rest = self.count("correct"), self.count("wrong") + self.count("carried") + self.count("undecided")
        return (right > 0 and not rest, right, -self.count("undecided"), -self.count("unreadable"))


class _Marker:
    """A document as it is marked, from its beginning to its end."""

    def __init__(self, sheet: Sheet, text: str):
        self.sheet, self.text = sheet, text
        self.lines: list[Line] = []
        self.threads: dict[str, Thread] = {}
        self.recent = ""
        """The problem that the last line which holds belongs to."""

    def mark(self, claim: Claim, stretch: Stretch) -> None:
        if stretch.about == "declaration":
            self.add(claim, stretch, Judged(stretch.start, stretch.end, "not_a_claim"), None)
            return
        found, error = (None, None) if stretch.about == "shape" else self.linked(claim, stretch)
        if found is None:
            self.alone(claim, stretch, error)
            return
        for row, judged in zip(found.rows, found.judged, strict=True):
            if any(j.status in ("correct", "wrong", "carried") for j in judged) and not _label_only(judged):
                for one in judged:
                    self.add(claim, stretch, one, found.asked)
                continue
            answer = answered(claim, stretch, self.row(claim, row), self.sheet, self.recent)
            if answer is not None:
                self.answer(claim, stretch, row.members[0].start, row.members[-1].end, answer)
                continue
            for one in judged:
                self.add(claim, stretch, one, found.asked)

    def linked(self, claim: Claim, stretch: Stretch) -> tuple[Found | None, ReadError | None]:
        """The stretch in the setting in which most of it holds: one of its own problem, if any reads it."""
        near = (*self.sheet.having(claim.path), *self.sheet.having(claim.path[:1])) if claim.sure else ()
        recent = self.sheet.having((self.recent,)) if self.recent else ()
        error: ReadError | None = None
        best: Found | None = None
        tried: list[Asked] = []
        for group in (near, recent, self.sheet.asked):
            for asked in self.sheet.contexts(group):
                if asked not in group or asked in tried:
                    continue
                tried.append(asked)
                try:
                    for found in self.readings(claim, stretch, asked):
                        if best is None or found.rank > best.rank:
                            best = found
                except ReadError as fault:
                    error = error or fault
            if best is not None and any(best.count(s) for s in ("correct", "wrong", "carried")):
                break
        if best is not None:
            self.threads[best.asked.id] = best.thread
            if best.count("correct"):
                self.recent = best.asked.problem
        return best, error

    def readings(self, claim: Claim, stretch: Stretch, asked: Asked) -> Iterator[Found]:
        """The stretch judged in one setting, in each way in which it may be read; where it does not hold, in the case
        that was said before it."""
        before = self.threads.get(asked.id, Thread())
        before = before if claim.continues and not stretch.follows else Thread(false=before.false)
        for condition in ("", stretch.condition):
            holds = False
            for rows in rows_in(stretch.text, asked.names, condition):
                judged, thread = marked(rows, before, asked.setting, claim.supposed)
                found = Found(asked, rows, judged, thread)
                holds = holds or found.rank[0]
                yield found
            if holds or not stretch.condition:
                return

    def alone(self, claim: Claim, stretch: Stretch, error: ReadError | None) -> None:
        """A stretch that no setting reads as formulas and relations: an answer of another kind, or not understood."""
        answer = answered(claim, stretch, stretch.text.strip(), self.sheet, self.recent)
        if answer is not None:
            self.answer(claim, stretch, stretch.start, stretch.end, answer)
        elif stretch.about == "nothing" or claim.supposed or stretch.about == "shape":
            self.add(claim, stretch, Judged(stretch.start, stretch.end, "not_a_claim"), None)
        else:
            why = str(error).split("\n")[0] if error is not None else ""
            self.add(claim, stretch, Judged(stretch.start, stretch.end, "unreadable", remark=why), None)

    def row(self, claim: Claim, row: Row) -> str:
        return claim.piece.inside[row.members[0].start : row.members[-1].end]

    def answer(self, claim: Claim, stretch: Stretch, start: int, end: int, answer: Answer) -> None:
        verdict = answer.verdict
        status = verdict.status if verdict.status in ("correct", "wrong") else "undecided"
        self.add(claim, stretch, Judged(start, end, status, verdict), answer.asked)  # type: ignore[arg-type]

    def add(self, claim: Claim, stretch: Stretch, judged: Judged, asked: Asked | None) -> None:
        start, end = claim.piece.at + judged.start, claim.piece.at + min(judged.end, stretch.end)
        while start < end and self.text[start] in " \n\t":
            start += 1
        while end > start and self.text[end - 1] in " \n\t":
            end -= 1
        place = Place(start, end, self.text.count("\n", 0, start) + 1)
        told = judged.verdict.diagnosis if judged.verdict is not None else None
        reason = told.message if told is not None and judged.status in ("wrong", "carried") else ""
        line = Line(
            self.text[start:end],
            place,
            judged.status,
            asked.id if asked else None,
            reason,
            judged.remark,
            told.reveal if told is not None else "",
            judged.verdict,
        )
        self.lines.append(line)


def _label_only(judged: tuple[Judged, ...]) -> bool:
    return all(j.status == "not_a_claim" for j in judged)
