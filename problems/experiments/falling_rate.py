"""Falling learning rates on separable data: with Σ α_t finite the iterates stop, where the gradient is not 0."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome
from problems.experiments.separable_and_overlapping import clouds, gradient


def run(seed: int, steps: int = 5000) -> Outcome:
    """Rates 1/t² and 1/t; movement over the second half of the steps."""
    x, y = clouds(seed, 1.5)
    rows, moved, slopes = [], [], []
    for name, power in (("1/t²", 2), ("1/t", 1)):
        w, half = np.zeros(2), np.zeros(2)
        for t in range(1, steps + 1):
            w = w - gradient(x, y, w) / t**power
            if t == steps // 2:
                half = w.copy()
        moved.append(float(np.linalg.norm(w - half)))
        slopes.append(float(np.linalg.norm(gradient(x, y, w))))
        rows.append((name, f"{moved[-1]:.6f}", f"{slopes[-1]:.6f}"))
    fine = moved[0] < 1e-3 < moved[1] and slopes[0] > 1e-2
    return Outcome(
        fine,
        ("rate", "moved in the second half", "‖gradient‖ at the end"),
        tuple(rows),
        "With 1/t² it stops, but not at an optimum.",
    )
