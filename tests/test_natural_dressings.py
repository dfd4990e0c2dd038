"""Right answers of the bank stay right in every dressing, wrong ones never become right."""

from __future__ import annotations

import random

import pytest

from checker.check import check
from checker.kinds.formula import KIND
from problems.bank import load_bank
from problems.truth import truth
from tests.natural_dressings import dressings

PARTS = [part for problem in load_bank(None).problems() for part in problem.parts if part.kind == "formula"]


def judge(part, rng: random.Random, count: int) -> None:
    derives = (part.derives or "").partition(" where ")[0]
    right = [*KIND.right(part, truth(part)), *(a for a in part.accepts if isinstance(a, str))]
    wrong = [a for a in part.rejects if isinstance(a, str)]
    for answer in rng.sample(right, min(count, len(right))):
        for text in dressings(answer, derives, rng, 1):
            assert check(part, text).status == check(part, answer).status, text
    for answer in rng.sample(wrong, min(count, len(wrong))):
        for text in dressings(answer, derives, rng, 1):
            assert check(part, text).status != "correct", text


@pytest.mark.parametrize("part", PARTS[::16], ids=lambda part: part.id)
@pytest.mark.long
def test_dressings_change_no_verdict(part):
    judge(part, random.Random(f"dressed {part.id}"), 2)


@pytest.mark.soak
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_dressings_change_no_verdict_in_many(part):
    judge(part, random.Random(f"many {part.id}"), 20)
