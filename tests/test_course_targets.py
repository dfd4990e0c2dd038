"""What public courses ask to be derived: our result is the book's, and as short as it.

One target of each topic is in the suite; all of them are in the long tests.
"""

from __future__ import annotations

from functools import cache

import pytest
from course_targets import TARGETS, Target

from checker import compare
from derivations import gradient
from derivations.derivation import Derivation
from derivations.notation import NoMatrixForm, write
from derivations.notation.measure import length
from derivations.pipeline import derive, posed

FIRST = [next(row for row in TARGETS if row[0] == topic) for topic in dict.fromkeys(row[0] for row in TARGETS)]
LONGER = 12
"""How many results may be longer than the book's."""


def derived(row: Target) -> Derivation:
    _, formula, wrt, names, asked, _ = row
    if wrt:
        return gradient(formula, wrt.split(",")[0], names, **asked)
    model, top = posed(formula, names)
    return derive(model, top)


def forms(derivation: Derivation) -> list[str]:
    """The forms that are shown of a result."""
    try:
        return [write(derivation.result, "ascii", "matrix"), write(derivation.result, "ascii", "index")]
    except NoMatrixForm:
        return [write(derivation.result, "ascii", "index")]


def agrees(row: Target) -> None:
    derivation = derived(row)
    verdict = compare(forms(derivation)[0], row[5], derivation.names)
    assert verdict.status == "equal", forms(derivation)[0]
    assert verdict.evidence is not None
    assert verdict.evidence.strength == "proved", forms(derivation)[0]


@cache
def longer() -> tuple[str, ...]:
    """The targets whose result is longer than the book's in each of its forms."""
    found = []
    for row in TARGETS:
        derivation = derived(row)
        ours = min(length(text, derivation.names) for text in forms(derivation))
        if ours > length(row[5], derivation.names):
            found.append(f"{row[1]} by {row[2]}")
    return tuple(found)


@pytest.mark.parametrize("row", FIRST, ids=[row[0] for row in FIRST])
def test_a_target_of_each_topic(row: Target):
    agrees(row)


@pytest.mark.long
@pytest.mark.parametrize("row", [row for row in TARGETS if row not in FIRST], ids=lambda row: row[1])
def test_all_other_targets(row: Target):
    agrees(row)


@pytest.mark.long
def test_results_are_as_short_as_the_books():
    assert len(longer()) <= LONGER, longer()


def test_no_target_is_asked_twice():
    asked = [(row[1], row[2], str(row[4])) for row in TARGETS]
    assert len(set(asked)) == len(asked) >= 150
    assert len(FIRST) >= 25
