"""Expressions built to stall or to break the judge: each is answered within its counted work, in bounded memory, and never wrongly."""

from __future__ import annotations

import time

import pytest

from checker.equality import compare

NAMES = "x: real[n]; z: real; a: real; b: real; k: integer; p: positive; A: real[n,n]; B: real[n,n]; i: index[n]; j: index[n]"
SECONDS = 8.0
"""Generous, for slow and shared machines: each takes at most a second or so; before its work was counted, each took minutes or gigabytes."""

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
    "conditions": ("*".join(f"(1+1[z>{k} a])" for k in range(24)), "*".join(f"(1+1[{k} a<z])" for k in reversed(range(24)))),
}


@pytest.mark.parametrize("name", STALLING)
def test_what_is_built_to_stall_is_answered(name):
    student, truth = STALLING[name]
    for pair in ((student, truth), (truth, student)):
        start = time.perf_counter()
        verdict = compare(*pair, NAMES)
        assert time.perf_counter() - start < SECONDS
        assert verdict.status in ("equal", "different", "undecided")
