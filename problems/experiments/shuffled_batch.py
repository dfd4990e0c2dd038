"""The gradient of a whole batch does not depend on the order of its examples."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from problems.experiments import Outcome


def run(seed: int, m: int = 12) -> Outcome:
    """In exact arithmetic, for least squares with one weight, over several orders."""
    rng = np.random.default_rng(seed)
    data = [(Fraction(int(a), 10), Fraction(int(b), 10)) for a, b in rng.integers(-50, 50, size=(m, 2))]
    w = Fraction(3, 7)

    def gradient(order: np.ndarray) -> Fraction:
        return sum(((w * data[i][0] - data[i][1]) * data[i][0] for i in order), Fraction(0)) / m

    first = gradient(np.arange(m))
    found = [gradient(rng.permutation(m)) for _ in range(5)]
    rows = tuple((f"order {k + 1}", str(g), str(g - first)) for k, g in enumerate(found))
    return Outcome(
        all(g == first for g in found),
        ("examples", "mean gradient", "difference"),
        rows,
        "The differences are exactly 0.",
    )
