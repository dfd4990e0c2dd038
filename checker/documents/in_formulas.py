"""What a document says in words between its formulas, as formulas: where they tend, how they are related, by cases."""

from __future__ import annotations

from collections.abc import Sequence

from checker.documents.limits import in_one
from checker.documents.scan import Piece
from checker.documents.spoken_cases import joined
from checker.documents.spoken_links import related


def in_formulas(pieces: Sequence[Piece], text: str, whole: bool = True) -> tuple[Piece, ...]:
    """The pieces of a document with what its words say as formulas, every character where it stands. `whole`: sentences
    that words begin are values by cases, too."""
    return tuple(joined(related(tuple(in_one(pieces)), text), text, whole))
