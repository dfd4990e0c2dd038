"""The best of k noisy scores of equally good models: above the true score, the more so the more models are tried."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from problems.experiments import Outcome


def run(seed: int, true: float = 0.7, validation: int = 200, trials: int = 4000) -> Outcome:
    """Each score is the share of right answers among the validation examples, each right with the true probability."""
    rng = np.random.default_rng(seed)
    rows, means = [], []
    for k in (1, 2, 5, 20, 100):
        means.append(float((rng.binomial(validation, true, size=(trials, k)) / validation).max(axis=1).mean()))
        rows.append((str(k), f"{means[-1]:.4f}", f"{true:.4f}"))
    fine = all(a < b for a, b in pairwise(means)) and abs(means[0] - true) < 0.005
    return Outcome(
        fine,
        ("models tried", "best validation score, on average", "true score"),
        tuple(rows),
        "The best validation score promises too much.",
    )
