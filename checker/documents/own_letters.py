"""A stretch in letters of its own, which no setting of the sheet has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from checker.answers.inferred import NotInferred, inferred
from checker.documents.chains import Row, rows_apart, sides
from checker.documents.claims import Claim
from checker.documents.limits import claims_limits, closed, without_limits
from checker.documents.marking import Judged, Thread, marked, reasoned
from checker.documents.setting import Setting
from checker.documents.stretches import Stretch
from derivations.domains import NamesError, parse_names
from derivations.formula import names_in
from derivations.notation.errors import ReadError
from derivations.notation.spelling import canonical


def by_letters(claim: Claim, stretch: Stretch) -> tuple[Judged, ...] | None:
    """A stretch in letters that the sheet does not have, where it holds whatever numbers they are, or is an
    equation in them; None where that cannot be told."""
    made = _judged(claim, stretch, sides(claim.expanded(stretch.text)))
    found = () if made is None else made[1]
    return found if found and all(one.status in ("correct", "not_a_claim") for one in found) else None


def in_own_letters(claim: Claim, stretch: Stretch, condition: str, taken: Collection[str]) -> tuple[Judged, ...] | None:
    """A derivative, a limit or an infinite sum in letters of its own, of which none is `taken` for something else."""
    found = derived(claim, stretch, condition, taken)
    return found if found is not None else of_limits(claim, stretch, taken)


_D = r"(?:\\partial(?![A-Za-z])|\\mathrm\s*\{\s*d\s*\}|d)"
_OPERATOR = re.compile(
    rf"[\s&]*(?:\\[dt]?frac\s*\{{\s*{_D}\s*\}}\s*\{{\s*{_D}\s*(?P<by>\\?[A-Za-z]+(?:_\w)?)\s*\}}|d\s*/\s*d\s*(?P<plain>[a-z]))(?P<of>.*)\Z",
    re.DOTALL,
)
"""The sign of a derivative in front of a formula, which is more than a name."""


def derived(claim: Claim, stretch: Stretch, condition: str, taken: Collection[str]) -> tuple[Judged, ...] | None:
    r"""`\frac{d}{dz} \sigma(\mathrm{ReLU}(z)) = …` where no setting of the sheet has the z: the derivative of a formula
    in its own letters, right or wrong in the case that it is said in; None where a letter of it is `taken`, and may
    depend on others, or where that cannot be told."""
    left, *others = sides(claim.expanded(stretch.text))
    operator = _OPERATOR.match(left)
    if operator is None or _NAME.fullmatch(operator["of"]):
        return None
    made = _judged(claim, stretch, [operator["of"], *others], condition)
    by = canonical(operator["by"] or operator["plain"])
    if made is None or by not in made[0] or (made[0].keys() - {by}) & frozenset(taken):
        return None
    settled = all(one.status in ("correct", "wrong", "carried", "not_a_claim") for one in made[1])
    return made[1] if settled and any(one.status != "not_a_claim" for one in made[1]) else None


def of_limits(claim: Claim, stretch: Stretch, taken: Collection[str]) -> tuple[Judged, ...] | None:
    r"""`\sum_{k=0}^\infty \gamma^k = …`, `\lim_{x \to 0} …` in letters of its own, right or wrong whatever numbers they
    are; None where a letter of it is `taken`, or where that cannot be told."""
    said = claim.expanded(stretch.text)
    made = _judged(claim, stretch, sides(said)) if claims_limits(said) else None
    if made is None or made[0].keys() & frozenset(taken):
        return None
    return made[1] if made[1] and all(one.status in ("correct", "wrong", "carried") for one in made[1]) else None


_NAME = re.compile(r"\s*\\?[A-Za-z]+(?:_\w|_\{\w+\})?\s*(?:(?:\\left)?\([^()]{0,40}\))?\s*")
"""A name, with its arguments perhaps."""


def _judged(
    claim: Claim, stretch: Stretch, members: Sequence[str], condition: str = ""
) -> tuple[dict[str, str], tuple[Judged, ...]] | None:
    """The letters of `members` with their domains, where these are evident, and what a stretch comes to under them."""
    declared: dict[str, str] = {}
    try:
        for pair in pairwise(members):
            evident = inferred(*map(without_limits, pair))
            if evident.either:
                return None  # letters that may be matrices
            declared |= evident.declared
        setting = Setting(parse_names(declared), claimed=claims_limits(claim.expanded(stretch.text)))
        rows = rows_apart(
            stretch.text, setting.names, condition, expand=lambda text: closed(claim.expanded(text), setting.names)
        )
    except (NotInferred, ReadError, NamesError):
        return None
    judged, _ = marked(rows, Thread(), setting, claim.supposed)
    if any(row.lost for row in rows) or any(setting.claimed and _for_a_value(one) for row in judged for one in row):
        return None
    told = (replace(one, verdict=reasoned(one, setting), link=None) for row in judged for one in row)
    return declared, tuple(told)


def _for_a_value(judged: Judged) -> bool:
    """Whether what does not hold may hold for a value that a letter has here: a number stands beside it."""
    if judged.link is None or judged.status not in ("wrong", "carried"):
        return False
    left, right = (bool(names_in(side.formula.body)) for side in (judged.link.left, judged.link.right))
    return left != right


_TAKEN = re.compile(r"(?P<own>[A-Za-z]) was read as (?P<other>[A-Za-z])")


def in_other_case(rows: Iterable[Row]) -> dict[str, str]:
    """The letters of rows that were read as those of the sheet in the other case, c as C, each as a number of its
    own."""
    notes = (note for row in rows for member in row.members for note in member.formula.notes if note.tag == "letter")
    found = (_TAKEN.fullmatch(note.message) for note in notes)
    return {m["own"]: "real" for m in found if m is not None and m["own"] == m["other"].swapcase()}
