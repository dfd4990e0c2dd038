"""The norm of the ridge solution falls with the penalty."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from problems.experiments import Outcome


def run(seed: int, n: int = 30, d: int = 8) -> Outcome:
    """One random data set, λ from 0 to 1000."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    y = x @ rng.normal(size=d) + rng.normal(size=n)
    penalties = (0.0, 0.1, 1.0, 10.0, 100.0, 1000.0)
    norms = [float(np.linalg.norm(np.linalg.solve(x.T @ x + p * np.eye(d), x.T @ y))) for p in penalties]
    rows = tuple((f"{p:g}", f"{v:.6f}") for p, v in zip(penalties, norms, strict=True))
    return Outcome(all(a > b for a, b in pairwise(norms)), ("λ", "‖w‖"), rows, "Larger penalty, smaller weights.")
