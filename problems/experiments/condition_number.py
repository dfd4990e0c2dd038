"""The condition number of XᵀX/m, before and after the features are standardised."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, m: int = 200) -> Outcome:
    """Three features of different means and spreads."""
    x = np.random.default_rng(seed).normal(size=(m, 3)) * [1.0, 20.0, 0.05] + [0.0, 50.0, 1.0]
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    before, after = (float(np.linalg.cond(f.T @ f / m)) for f in (x, z))
    rows = (("as measured", f"{before:.3g}"), ("standardised", f"{after:.3g}"))
    return Outcome(
        after < 3 < 1000 < before,
        ("features", "condition number"),
        rows,
        "Standardised features suit one learning rate.",
    )
