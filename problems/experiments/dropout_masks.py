"""Dropout on a linear unit: the mean over all masks, each with its probability, is the output scaled by the keep
probability."""

from __future__ import annotations

from itertools import product

import numpy as np

from problems.experiments import Outcome


def run(seed: int, d: int = 6, keep: float = 0.8) -> Outcome:
    """Exact, over all 2^d masks."""
    rng = np.random.default_rng(seed)
    w, x = rng.normal(size=d), rng.normal(size=d)
    mean = 0.0
    for mask in product((0, 1), repeat=d):
        chance = np.prod([keep if r else 1 - keep for r in mask])
        mean += float(chance * (w * mask) @ x)
    scaled = float(keep * w @ x)
    rows = (("mean over all masks", f"{mean:+.9f}"), ("scaled by the keep probability", f"{scaled:+.9f}"))
    return Outcome(
        bool(np.isclose(mean, scaled)),
        ("output", "value"),
        rows,
        "For a linear unit scaling is the mean of the thinned networks; for others it approximates it.",
    )
