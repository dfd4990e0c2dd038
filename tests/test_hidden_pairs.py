"""Random pairs of which it is known whether they are equal: no false verdict, and most of them told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from hidden_pairs import NAMES, TOGETHER, conjunction, pair

from checker.compare import compare


def verdicts(
    seeds: Iterable[int], made: Callable[[int], tuple[str, str, bool]] = pair, names: str = NAMES
) -> Counter[tuple[bool, str]]:
    seen: Counter[tuple[bool, str]] = Counter()
    for seed in seeds:
        student, truth, equal = made(seed)
        status = compare(student, truth, names).status
        seen[equal, status] += 1
        assert status in (("equal", "undecided") if equal else ("different", "undecided")), (
            f"seed {seed}: {student} | {truth} is {status}"
        )
    return seen


@pytest.mark.long
def test_no_false_verdict_where_a_difference_hides() -> None:
    seen = verdicts(range(50))
    assert seen[True, "undecided"] <= 3
    assert seen[False, "undecided"] <= 20


@pytest.mark.soak
def test_no_false_verdict_among_ten_thousand_pairs_whose_difference_hides(capsys: pytest.CaptureFixture[str]) -> None:
    seen = verdicts(range(1_000, 11_000))
    with capsys.disabled():
        print(f"\n{seen.total()} pairs: {dict(seen)}")


# ---------------------------------------------------------------- conditions on names and sizes together

MEETING = (
    ("b 1[k >= 36] 1[2^d = 4]", "0"),
    ("b 1[k/9 >= 4] 1[2^d = 4]", "0"),
    ("1[k >= 36 and d = 7]", "0"),
    ("b 1[k = 36] 1[d = 7] + a", "a"),
    ("x_1*1[k = d - 11]*1[n l = 120]*1[d = k + 11]", "0"),
    ("(x_1 if l = d + 35 else 0) if m = 1 else 0", "0"),
    ("sum_i x_i^2 + b 1[l = -4] 1[n l = -52]", "||x||^2"),
    ("b (1 + sign(k - 500000)) 1[2^n = 8]", "0"),
    ("b max(k - 500, 0) 1[2^d = 4]", "0"),
    ("b (|k - 700| + k - 700) 1[n = 6]", "0"),
    ("b 0^((k - 31)^2) 1[d = 7]", "0"),
    ("b (2^(relu(k - 40)) - 1) 1[2^d = 4]", "0"),
)
"""Each differs where an integer, far out, meets a size: residues draw only some of the integers."""


@pytest.mark.parametrize(("student", "truth"), MEETING)
def test_a_condition_on_an_integer_is_not_equal_to_what_it_never_met(student: str, truth: str) -> None:
    assert compare(student, truth, TOGETHER).status in ("different", "undecided")


@pytest.mark.parametrize(("student", "truth"), MEETING[:6])
def test_points_are_steered_to_where_names_and_sizes_meet(student: str, truth: str) -> None:
    assert compare(student, truth, TOGETHER).status == "different"


@pytest.mark.parametrize(
    ("student", "truth"),
    [
        ("b 1[k >= 36] 1[k < 36] 1[2^d = 4]", "0"),
        ("b 1[k = 36] 1[d = 7] + a", "a + b 1[d = 7] 1[k = 36]"),
        ("(1[k >= 36] + 1[k < 36]) 1[2^d = 4]", "1[2^d = 4]"),
        ("sqrt(k^2) sin(b)^2", "|k| (1 - cos(b)^2)"),
    ],
)
def test_conditions_on_integers_are_still_proved(student: str, truth: str) -> None:
    assert compare(student, truth, TOGETHER).status == "equal"


@pytest.mark.long
def test_no_false_verdict_where_conditions_on_names_and_sizes_meet() -> None:
    seen = verdicts(range(100), conjunction, TOGETHER)
    assert seen[False, "different"] > 4 * seen[False, "undecided"]
    assert seen[True, "equal"] > 4 * seen[True, "undecided"]


@pytest.mark.soak
def test_no_false_verdict_among_five_thousand_conjunctions() -> None:
    verdicts(range(1_000, 6_000), conjunction, TOGETHER)
