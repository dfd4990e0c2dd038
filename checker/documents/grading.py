"""The map of grading: a document and a sheet in, the document with its marks out."""

from __future__ import annotations

from checker.documents.claims import claims
from checker.documents.in_formulas import in_formulas
from checker.documents.marker import Marker
from checker.documents.marks import Marked
from checker.documents.outcome import part_marks
from checker.documents.scan import is_tex, scan
from checker.documents.sheets import Sheet, not_of
from checker.documents.stretches import stretches


def grade_text(text: str, sheet: Sheet, name: str = "") -> Marked:
    """A document judged line by line against a sheet."""
    pieces = scan(text, is_tex(text, name))
    stated = claims(in_formulas(pieces, text), sheet, text)
    said = [(claim, stretch) for claim in stated for stretch in stretches(claim.piece.inside, claim.spoken)]
    marker = Marker(sheet, text)
    marker.mark_all(said)
    if others := not_of(marker.credit, sheet):  # which of several wirings it uses is known only at its end
        marker = Marker(sheet, text, others)
        marker.mark_all(said)
    return Marked(
        name, text, pieces, tuple(marker.lines), part_marks(sheet, pieces, text, marker.lines, marker.answers)
    )
