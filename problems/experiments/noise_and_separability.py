"""Gaussian noise on the inputs of separable data: the share of noisy copies that no line through 0 separates."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome
from problems.experiments.separable_and_overlapping import clouds


def separable(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether some direction has all margins positive: the angles of y_i x_i leave a gap of more than π."""
    angles = np.sort(np.arctan2(y * x[:, 1], y * x[:, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    return bool(gaps.max() > np.pi)


def run(seed: int, trials: int = 100) -> Outcome:
    """For several standard deviations of the noise."""
    x, y = clouds(seed, 1.5)
    rng = np.random.default_rng(seed)
    rows, shares = [], []
    for spread in (0.0, 0.5, 1.0, 2.0, 4.0):
        broken = [not separable(x + spread * rng.normal(size=x.shape), y) for _ in range(trials)]
        shares.append(float(np.mean(broken)))
        rows.append((f"{spread:g}", f"{shares[-1]:.2f}"))
    fine = shares[0] == 0 and shares[-1] > 0.9 and shares == sorted(shares)
    return Outcome(
        fine,
        ("standard deviation", "share that is not separable"),
        tuple(rows),
        "Small noise need not help; large noise does.",
    )
