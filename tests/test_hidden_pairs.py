"""Random pairs of which it is known whether they are equal: no false verdict, and most of them told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hidden_pairs import NAMES, pair

from checker.compare import compare


def verdicts(seeds: Iterable[int]) -> Counter[tuple[bool, str]]:
    seen: Counter[tuple[bool, str]] = Counter()
    for seed in seeds:
        student, truth, equal = pair(seed)
        status = compare(student, truth, NAMES).status
        seen[equal, status] += 1
        assert status in (("equal", "undecided") if equal else ("different", "undecided")), (
            f"seed {seed}: {student} | {truth} is {status}"
        )
    return seen


def test_no_false_verdict_where_a_difference_hides() -> None:
    seen = verdicts(range(150))
    assert seen[True, "undecided"] <= 3
    assert seen[False, "undecided"] <= 20


@pytest.mark.soak
def test_no_false_verdict_among_ten_thousand_pairs_whose_difference_hides(capsys: pytest.CaptureFixture[str]) -> None:
    seen = verdicts(range(1_000, 11_000))
    with capsys.disabled():
        print(f"\n{seen.total()} pairs: {dict(seen)}")
