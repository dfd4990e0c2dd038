"""What marking a document comes to: frozen values with one JSON form, which every report reads."""

from __future__ import annotations

from typing import Any, Literal, get_args

from checker.documents.scan import Piece, Place
from checker.verdict import Verdict
from derivations.frozen import frozen

LineStatus = Literal["correct", "wrong", "carried", "undecided", "unreadable", "not_a_claim"]
"""correct       it holds, or it is a right answer
wrong         it does not hold, or is not what was asked
carried       it does not hold, and follows from an earlier error
undecided     it was read, and whether it holds is not settled
unreadable    it was not understood; the reason says what
not_a_claim   a definition, a name, the question itself: there is nothing to judge"""

PartStatus = Literal["correct", "wrong", "undecided", "unreadable", "not_judged", "missing"]
"""missing: the document has no answer to it; not_judged: words for a person."""

FORMAT = 1


@frozen
class Line:
    """One judged stretch of a document: its `text` as it stands in the source, and the part or problem it belongs to.

    `reason` says why it is wrong, carried, undecided or unreadable; `remark` what else is worth saying; `reveal` gives
    away what would be right, which is shown only where the teacher allows it.
    """

    text: str
    place: Place
    status: LineStatus
    part: str | None = None
    reason: str = ""
    remark: str = ""
    reveal: str = ""
    verdict: Verdict | None = None

    def to_json(self) -> dict[str, Any]:
        evidence = self.verdict.evidence if self.verdict is not None else None
        return {
            "text": self.text,
            "line": self.place.line,
            "start": self.place.start,
            "end": self.place.end,
            "part": self.part,
            "status": self.status,
            "reason": self.reason or None,
            "remark": self.remark or None,
            "evidence": None if evidence is None else evidence.to_json(),
        }


@frozen
class PartMark:
    """What a part comes to: its status, the share of its points, and the lines (by number) that its mark rests on."""

    id: str
    status: PartStatus
    score: float | None
    points: float
    reason: str = ""
    remark: str = ""
    lines: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "score": self.score,
            "points": self.points,
            "reason": self.reason or None,
            "remark": self.remark or None,
            "lines": list(self.lines),
        }


@frozen
class Marked:
    """A document with its marks: `pieces` are the whole of it in order, `lines` what was judged, in order of place."""

    name: str
    text: str
    pieces: tuple[Piece, ...]
    lines: tuple[Line, ...]
    parts: tuple[PartMark, ...] = ()

    def counted(self) -> dict[str, int]:
        """How many lines there are of each status."""
        out: dict[str, int] = dict.fromkeys(get_args(LineStatus), 0)
        for line in self.lines:
            out[line.status] += 1
        return out

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "counts": self.counted(),
            "lines": [line.to_json() for line in self.lines],
            "parts": [part.to_json() for part in self.parts],
        }
