"""Logistic regression by gradient descent: on separable data the weights grow for ever, on overlapping data they
settle."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def clouds(seed: int, gap: float, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Two clouds with labels ±1, `gap` apart along a diagonal through 0; a large gap separates them."""
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    return rng.uniform(-1, 1, size=(n, 2)) + gap * y[:, None], y


def gradient(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Of the mean of log(1 + e^(-y wᵀx))."""
    return -(x * (y / (1 + np.exp(y * (x @ w))))[:, None]).mean(axis=0)


def run(seed: int, rate: float = 1.0) -> Outcome:
    """The norm of the weights after 100, 1000 and 10,000 steps."""
    rows, settled = [], []
    for name, gap in (("B, separable", 1.5), ("A, overlapping", 0.3)):
        x, y = clouds(seed, gap)
        w, norms = np.zeros(2), []
        for step in range(1, 10_001):
            w = w - rate * gradient(x, y, w)
            if step in (100, 1000, 10_000):
                norms.append(float(np.linalg.norm(w)))
        rows.append((name, *(f"{v:.6f}" for v in norms)))
        settled.append(norms[2] - norms[1])
    fine = settled[0] > 0.5 and settled[1] < 1e-6
    return Outcome(
        fine,
        ("data", "‖w‖ after 100", "after 1000", "after 10,000 steps"),
        tuple(rows),
        "On separable data the norm goes on growing.",
    )
