"""The gradient of a mini-batch of B of m examples, drawn without replacement: unbiased, variance s²/B · (1 - B/m)."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, m: int = 8) -> Outcome:
    """Exact, over all batches of each size, of m per-example gradients."""
    gradients = np.random.default_rng(seed).normal(size=m)
    mean, spread = gradients.mean(), gradients.var(ddof=1)
    rows, fine, before = [], True, np.inf
    for size in range(1, m + 1):
        batches = np.array([gradients[list(chosen)].mean() for chosen in combinations(range(m), size)])
        wanted = spread / size * (1 - size / m)
        fine = fine and bool(
            np.isclose(batches.mean(), mean)
            and np.isclose(batches.var(), wanted, atol=1e-12)
            and batches.var() <= before
        )
        before = batches.var()
        rows.append((size, f"{batches.mean():+.6f}", f"{batches.var():.6f}", f"{wanted:.6f}"))
    curve = {"variance": (tuple(float(r[0]) for r in rows), tuple(float(r[2]) for r in rows))}
    says = (
        "Every batch size has the full gradient as its mean; the variance falls with the batch and is 0 for the whole."
    )
    return Outcome(fine, ("batch", "mean", "variance", "s²/B (1 - B/m)"), tuple(rows), says, curve)
