"""The hinge loss on separable data: 0 at finite weights, and the iterates stop there."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome
from problems.experiments.separable_and_overlapping import clouds


def run(seed: int, rate: float = 0.1) -> Outcome:
    """Subgradient steps on mean max(0, 1 - y wᵀx)."""
    x, y = clouds(seed, 1.5)
    w, rows, last = np.zeros(2), [], 0.0
    for step in range(1, 2001):
        inside = y * (x @ w) < 1
        w = w + rate * (x[inside] * y[inside, None]).sum(axis=0) / len(y)
        last = float(np.maximum(0, 1 - y * (x @ w)).mean())
        if step in (1, 10, 100, 1000, 2000):
            rows.append((str(step), f"{np.linalg.norm(w):.6f}", f"{last:.6f}"))
    return Outcome(
        last == 0 and rows[-1][1] == rows[-2][1],
        ("step", "‖w‖", "hinge loss"),
        tuple(rows),
        "The loss is exactly 0 and nothing moves any more.",
    )
