"""The map of grading: a document and a sheet in, the document with its marks out."""

from __future__ import annotations

from checker.documents.chains import rows_in
from checker.documents.claims import Claim, claims
from checker.documents.marking import Judged, Thread, marked
from checker.documents.marks import Line, Marked
from checker.documents.scan import Place, is_tex, scan
from checker.documents.sheets import Asked, Sheet
from derivations.frozen import frozen
from derivations.notation.errors import ReadError


def grade_text(text: str, sheet: Sheet, name: str = "") -> Marked:
    """A document judged line by line against a sheet."""
    pieces = scan(text, is_tex(text, name))
    marker = _Marker(sheet, text)
    for claim in claims(pieces, sheet, text):
        marker.mark(claim)
    return Marked(name, text, pieces, tuple(marker.lines))


@frozen
class Found:
    """A claim judged in the setting of a part."""

    asked: Asked
    judged: tuple[Judged, ...]
    thread: Thread

    @property
    def rank(self) -> tuple[int, ...]:
        count = [sum(j.status == s for j in self.judged) for s in ("correct", "wrong", "carried", "undecided")]
        return (count[0] > 0 and not any(count[1:]), count[0], -count[3])


class _Marker:
    def __init__(self, sheet: Sheet, text: str):
        self.sheet, self.text = sheet, text
        self.lines: list[Line] = []
        self.threads: dict[int, Thread] = {}

    def mark(self, claim: Claim) -> None:
        near = self.sheet.having(claim.path) + self.sheet.having(claim.path[:1])
        best: Found | None = None
        error: ReadError | None = None
        for asked in self.sheet.contexts(near):
            try:
                for rows in rows_in(claim.piece.inside, asked.names):
                    thread = self.threads.get(id(asked), Thread())
                    judged, after = marked(
                        rows, thread if claim.continues else Thread(false=thread.false), asked.names, claim.supposed
                    )
                    found = Found(asked, judged, after)
                    self.threads[id(asked)] = after
                    if best is None or found.rank > best.rank:
                        best = found
            except ReadError as fault:
                error = error or fault
        if best is None:
            self.add(claim, Judged(0, len(claim.piece.inside), "unreadable", remark=str(error).split("\n")[0]), None)
            return
        for judged in best.judged:
            self.add(claim, judged, best.asked)

    def add(self, claim: Claim, judged: Judged, asked: Asked | None) -> None:
        start, end = claim.piece.at + judged.start, claim.piece.at + judged.end
        place = Place(start, end, claim.piece.place.line + self.text.count("\n", claim.piece.place.start, start))
        reason = ""
        if judged.verdict is not None and judged.verdict.diagnosis is not None:
            reason = judged.verdict.diagnosis.message
        self.lines.append(
            Line(
                self.text[start:end],
                place,
                judged.status,
                asked.id if asked else None,
                reason,
                judged.remark,
                verdict=judged.verdict,
            )
        )
