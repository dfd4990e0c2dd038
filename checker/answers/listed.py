"""What the author of a part lists: right answers, which are forms of the truth, and mistakes with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from checker.answers.compare import equal_to
from checker.answers.vocabulary import node_of
from derivations.domains import Kept, Names
from derivations.formula import Formula
from derivations.notation import ReadError, read
from problems.schema import Part
from problems.truth import Truth

if TYPE_CHECKING:
    from checker.diagnosis.reasons import Known

MOST = 4
"""Right answers of an author in which slips are looked for."""

_WRITTEN: Kept[tuple[str, Formula], tuple[Formula, ...]] = Kept()
"""By part and truth."""


def written_by_author(part: Part[Any], truth: Truth) -> tuple[Formula, ...]:
    """The truth as the author writes it: the answers that the part lists as right, where they are equal to it."""
    kept = _WRITTEN.under(truth.names)
    key = part.id, truth.asked
    if key not in kept:
        kept[key] = tuple(_equal_forms(part, truth))
    return kept[key]


def _equal_forms(part: Part[Any], truth: Truth) -> Iterator[Formula]:
    for text in part.accepts[:MOST]:
        try:
            found = read(str(text), truth.names, target=node_of(part.derives or ""))
        except ReadError:
            continue
        if equal_to(found, truth.asked, truth.names).status == "correct":
            yield replace(found, free=tuple(dict.fromkeys((*found.free, *truth.asked.free))))


def mistakes(part: Part[Any], names: Names) -> tuple[Known, ...]:
    """The problem's own mistakes, read; one that cannot be read is the author's fault and is reported when the file is
    validated."""
    from checker.diagnosis.reasons import Known  # late: a right answer needs no reason

    found = []
    for mistake in part.mistakes:
        try:
            found.append(Known(read(str(mistake.answer), names), mistake.tag, mistake.message))
        except ReadError:
            continue
    return tuple(found)
