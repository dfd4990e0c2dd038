"""Loss over updates for one, some and all examples an update: the noisier, the fewer."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, m: int = 64, steps: int = 150, rate: float = 0.05) -> Outcome:
    """Least squares with five weights; the full training loss after each update."""
    rng = np.random.default_rng(seed)
    x, truth = rng.normal(size=(m, 5)), rng.normal(size=5)
    y = x @ truth + rng.normal(size=m)
    rows, noise, curves = [], [], {}
    for name, size in (("BGD", m), ("MBGD", 8), ("SGD", 1)):
        w, losses = np.zeros(5), []
        for _ in range(steps):
            chosen = rng.choice(m, size=size, replace=False)
            w = w - rate * x[chosen].T @ (x[chosen] @ w - y[chosen]) / size
            losses.append(float(((x @ w - y) ** 2).mean() / 2))
        noise.append(float(np.diff(losses[steps // 2 :]).var()))
        curves[name] = (tuple(map(float, range(steps))), tuple(losses))
        rows.append((name, str(size), f"{noise[-1]:.3g}"))
    return Outcome(
        noise[0] < noise[1] < noise[2],
        ("method", "batch", "variance of loss differences"),
        tuple(rows),
        "The smaller the batch, the noisier the curve.",
        curves,
    )
