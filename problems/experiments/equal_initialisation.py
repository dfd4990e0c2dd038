"""Two hidden units that start with the same weights keep the same weights; two that start apart do not."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, steps: int = 200, rate: float = 0.5) -> Outcome:
    """Gradient descent on ½ mean (o - y)² of a network of two sigmoid units with a linear output."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(30, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(float)
    rows, gaps = [], []
    for start in ("equal", "random"):
        inner, outer = rng.normal(size=(2, 2)), rng.normal(size=2)
        if start == "equal":
            inner[1], outer[1] = inner[0], outer[0]
        for _ in range(steps):
            h = 1 / (1 + np.exp(-x @ inner.T))
            delta = (h @ outer - y) / len(y)
            back = delta[:, None] * outer * h * (1 - h)
            inner, outer = inner - rate * back.T @ x, outer - rate * h.T @ delta
        gaps.append(float(np.abs(inner[0] - inner[1]).max() + abs(outer[0] - outer[1])))
        rows.append((start, f"{gaps[-1]:.3g}"))
    return Outcome(
        gaps[0] == 0 and gaps[1] > 0.01,
        ("start", "difference of the two units after training"),
        tuple(rows),
        "Equal units stay equal, exactly.",
    )
