"""How many impacts lie within a distance r: a count that never falls when r grows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from problems.experiments import Outcome


def run(seed: int, m: int = 1000) -> Outcome:
    """m distances, drawn from an exponential distribution."""
    distances = np.random.default_rng(seed).exponential(10.0, size=m)
    radii = (0.1, 0.5, 1.0, 5.0, 10.0, 50.0)
    counts = [int((distances < r).sum()) for r in radii]
    rows = tuple((f"{r:g}", str(c)) for r, c in zip(radii, counts, strict=True))
    fine = all(a <= b for a, b in pairwise(counts))
    return Outcome(
        fine,
        ("r", "examples with distance < r"),
        rows,
        "A larger distance gives more positive examples.",
        {"count": (radii, tuple(map(float, counts)))},
    )
