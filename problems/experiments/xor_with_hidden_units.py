"""XOR: no linear classifier gets all four points, two hidden step units do."""

from __future__ import annotations

from itertools import product

import numpy as np

from problems.experiments import Outcome


def run(seed: int) -> Outcome:
    """Every linear classifier with weights and bias on a grid; then h1 = [x1+x2 ≥ ½], h2 = [x1+x2 ≥ 3/2], output [h1 -
    h2 ≥ ½]."""
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    labels = np.array([0, 1, 1, 0])
    grid = np.linspace(-2, 2, 17)
    best = max(int(((points @ np.array([a, b]) + c >= 0) == labels).sum()) for a, b, c in product(grid, grid, grid))
    total = points.sum(axis=1)
    hidden = (total >= 0.5).astype(int) - (total >= 1.5).astype(int) >= 0.5
    right = int((hidden == labels).sum())
    rows = (("linear, best of a grid", f"{best} of 4"), ("two hidden step units", f"{right} of 4"))
    return Outcome(
        best == 3 and right == 4, ("model", "points right"), rows, "A line gets three of the four points at most."
    )
