"""The gradient of one example drawn at random: right on average, with the variance of the examples' gradients."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, m: int = 20) -> Outcome:
    """Exact, over all m examples, for least squares with two weights at a random point."""
    rng = np.random.default_rng(seed)
    x, y, w = rng.normal(size=(m, 2)), rng.normal(size=m), rng.normal(size=2)
    each = (x @ w - y)[:, None] * x
    full = x.T @ (x @ w - y) / m
    variance = each.var(axis=0)
    rows = tuple((f"w{j + 1}", f"{each[:, j].mean():+.6f}", f"{full[j]:+.6f}", f"{variance[j]:.6f}") for j in range(2))
    fine = bool(np.allclose(each.mean(axis=0), full) and np.all(variance > 0))
    return Outcome(
        fine,
        ("weight", "mean over examples", "full gradient", "variance"),
        rows,
        "The mean is the full gradient; the variance is not 0.",
    )
