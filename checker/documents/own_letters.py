"""A stretch in letters of its own, which no setting of the sheet has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from checker.answers.inferred import NotInferred, inferred
from checker.documents.chains import Row, rows_apart, sides
from checker.documents.claims import Claim
from checker.documents.marking import Judged, Setting, Thread, marked
from checker.documents.stretches import Stretch
from derivations.domains import NamesError, parse_names
from derivations.notation.errors import ReadError


def by_letters(claim: Claim, stretch: Stretch) -> tuple[Judged, ...] | None:
    """A stretch in letters that the sheet does not have, where it holds whatever numbers they are, or is an
    equation in them; None where that cannot be told."""
    members = sides(claim.expanded(stretch.text))
    declared: dict[str, str] = {}
    try:
        for pair in pairwise(members):
            evident = inferred(*pair)
            if evident.either:
                return None  # letters that may be matrices
            declared |= evident.declared
        setting = Setting(parse_names(declared))
        rows = rows_apart(stretch.text, setting.names, "", expand=claim.expanded)
    except (NotInferred, ReadError, NamesError):
        return None
    judged, _ = marked(rows, Thread(), setting, claim.supposed)
    found = tuple(replace(one, link=None) for row in judged for one in row)
    settled = found and all(one.status in ("correct", "not_a_claim") for one in found)
    return found if settled and not any(row.lost for row in rows) else None


_TAKEN = re.compile(r"(?P<own>[A-Za-z]) was read as (?P<other>[A-Za-z])")


def in_other_case(rows: Iterable[Row]) -> dict[str, str]:
    """The letters of rows that were read as those of the sheet in the other case, c as C, each as a number of its
    own."""
    notes = (note for row in rows for member in row.members for note in member.formula.notes if note.tag == "letter")
    found = (_TAKEN.fullmatch(note.message) for note in notes)
    return {m["own"]: "real" for m in found if m is not None and m["own"] == m["other"].swapcase()}
