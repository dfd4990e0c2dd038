"""Expressions built to stall or to break the judge: each is answered within its counted work, in bounded memory, and
never wrongly."""

from __future__ import annotations

import time

import pytest

from checker.check import check
from checker.compare import compare

NAMES = (
    "x: real[n]; z: real; a: real; b: real; k: integer; p: positive; A: real[n,n]; B: real[n,n]; i: index[n]; j: "
    "index[n]"
)
SECONDS = 8.0
"""Generous, for slow and shared machines: each takes at most a second or so; before its work was counted, each took
minutes or gigabytes."""

STALLING = {
    "ramps in ramps": ("relu(1-" * 28 + "z" + ")" * 28, "relu(1-" * 28 + "z" + ")" * 28 + " + 0 a"),
    "ramps of two names": ("relu(a-b " * 26 + "z" + ")" * 26, "relu(a-b " * 26 + "z" + ")" * 26 + " + 0 p"),
    "bars in bars": ("abs(a-b " * 26 + "z" + ")" * 26, "abs(a-b " * 26 + "z" + ")" * 26 + " + 0 p"),
    "matrix products": ("A " * 40, "A^8 " * 5),
    "matrix products, swapped": ("A B " * 10, "B A " * 10),
    "powers of a long sum": ("(a+b+z+p+k+1)^30", "(1+k+p+z+b+a)^29 (a+b+z+p+k+1)"),
    "a large power": ("(a+b)^(10^10)", "(b+a)^(10^10)"),
    "a tiny number": ("z + 10^(-10^10)", "z"),
    "a tower": ("9^9^9^9", "9^9^9^9 + 1"),
    "a factorial": ("factorial(10^9)", "factorial(10^9) + 1"),
    "exponentials": ("exp(exp(exp(exp(exp(z)))))", "exp(exp(exp(exp(exp(a+z-a)))))"),
    "nested constants": ("exp(-1-" * 25 + "2" + ")/3" * 25, "exp(-1-" * 25 + "2" + ")/3" * 25 + " + 1"),
    "bars side by side": (
        "+".join(f"|{k} z - a + {k * k}|" for k in range(80)),
        "+".join(f"|a - {k * k} - {k} z|" for k in reversed(range(80))),
    ),
    "a long maximum": (
        "max(" + ",".join(f"{k} z + {k * k}" for k in range(60)) + ")",
        "max(" + ",".join(f"{k} z + {k * k}" for k in reversed(range(60))) + ")",
    ),
    "bounds in bounds": ("min(max(" * 15 + "z" + ",-1),1)" * 15, "min(max(" * 15 + "z" + ",-1),1)" * 15 + " + 0 a"),
    "many cases": ("+".join(f"(1 if {k} < z < {k + 1} else 0)" for k in range(60)), "1[0 < z < 60]"),
    "a long product": ("prod_{l=1}^{100000} (1+z/l)", "prod_{l=1}^{100000} (1+z/l) + a"),
    "conditions": (
        "*".join(f"(1+1[z>{k} a])" for k in range(24)),
        "*".join(f"(1+1[{k} a<z])" for k in reversed(range(24))),
    ),
}


@pytest.mark.parametrize("name", STALLING)
@pytest.mark.long
def test_what_is_built_to_stall_is_answered(name):
    student, truth = STALLING[name]
    for pair in ((student, truth), (truth, student)):
        start = time.perf_counter()
        verdict = compare(*pair, NAMES)
        assert time.perf_counter() - start < SECONDS
        assert verdict.status in ("equal", "different", "undecided")


BLANKS = {
    "behind an open bracket": "x (" + " " * 9_900,
    "behind a bracket's word": "x (where" + " " * 9_900,
    "behind a definition in brackets": "x (where r = x)" + " " * 9_900 + "q",
    "in a text": r"x \text{" + " " * 9_900,
    "in a text in brackets": r"x (\text{where" + " " * 9_900,
    "many": "x " + r"\quad " * 1650,
    "many open brackets": "x " + "( " * 4_950,
    "behind let": "let" + " " * 9_900 + "x",
    "behind a definition": "let r = x," + " " * 9_900 + "r (",
    "before a claim": " " * 9_900 + "r = x, so r (",
}
"""Runs of blanks where an answer may state a definition."""


@pytest.mark.parametrize("name", BLANKS)
def test_blanks_beside_a_definition_cost_no_more_than_others(name):
    start = time.perf_counter()
    verdict = compare(BLANKS[name], "z", NAMES)
    assert time.perf_counter() - start < SECONDS
    assert verdict.status not in ("equal", "undecided")


@pytest.mark.long
def test_long_answers_and_answers_without_a_value_are_diagnosed_in_time():
    for answer in ("+".join(["1"] * 1900), "log(0)", "1/0", "sqrt(-1)"):
        for part in ("004/Q3.1c", "000/6b"):
            start = time.perf_counter()
            assert check(part, answer).status in ("wrong", "undecided", "unreadable")
            assert time.perf_counter() - start < SECONDS


TEMPTING = [
    # right at every multiple of a power of two, and at no other number
    ("floor(1024 z)", "1024 z"),
    ("floor(2^40 z)", "2^40 z"),
    ("floor(1e300 z)", "1e300 z"),
    ("sin(1024 pi z)", "0"),
    ("cos(2^20 pi z)", "1"),
    # right in every float
    ("z + 10^(-400)", "z"),
    ("tanh(10^9 z)", "sign(z)"),
    ("1.33333333333333333333333333", "4/3"),
    # right at small sizes
    ("1[i > 50]", "0"),
    ("sum_i x_i 1[i < 20]", "sum_i x_i"),
    ("|n - 20|", "20 - n"),
    ("max(n, 20)", "20"),
    ("floor(n/10)", "0"),
    ("(n-3)(n-4)(n-5)(n-6)(n-7)(n-8)(n-9)(n-10)(n-11)(n-12)", "0"),
    ("1[n >= 3]", "1"),
    ("floor(k/100)", "-1[k < 0]"),
    # right but far away, or only where several conditions hold at once
    ("floor(z/10^6)", "-1[z < 0]"),
    ("sqrt((z - 10^9)^2)", "10^9 - z"),
    ("1[z > 10^9]", "0"),
    ("z + 1[1000 < z < 1001]", "z"),
    ("z + 1[z > 1000] 1[z < 1001]", "z"),
    ("z if z > a and a > 7 and z + a < 15 else 0", "0"),
    ("1[|z a - 1| < 10^-8]", "0"),
    ("1[|z - a| < 1/10^6]", "0"),
    # right to 2,500 digits
    ("1000! + z", "1000!"),
    ("exp(exp(8)) + z", "exp(exp(8))"),
    # right where all numbers are positive
    ("y t log(1 + |a|)", "y t log(1 + sqrt(a^2) + a - |a|)"),
    ("y t exp(floor(a))", "y t exp(floor(|a|))"),
    ("(2y - 1)(2t - 1) sqrt(|a| + 1) + y t (|a| - a)", "(2y - 1)(2t - 1) sqrt(|a| + 1)"),
]
LABELS = "x: real[n]; z: real; a: real; k: integer; y: label01; t: label01; i: index[n]; n: size"


@pytest.mark.parametrize(("student", "truth"), TEMPTING)
def test_what_is_special_about_the_points_is_no_agreement(student, truth):
    for pair in ((student, truth), (truth, student)):
        verdict = compare(*pair, LABELS)
        assert verdict.status == "different"
        shown = verdict.evidence.counterexample
        assert shown is not None
        assert shown.student != shown.truth


@pytest.mark.parametrize(
    ("student", "truth"), [("1[n > 1000000]", "0"), ("1[k > 100000]", "0"), ("z(1 + exp(-exp(20)))", "z")]
)
def test_what_no_point_can_reach_is_not_called_equal(student, truth):
    for pair in ((student, truth), (truth, student)):
        assert compare(*pair, LABELS).status != "equal"
