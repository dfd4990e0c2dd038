"""A chain of tanh layers with all weights ε: the gradient by the first weight falls like ε^(L-1) with the depth L."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, epsilon: float = 0.01, x: float = 1.0) -> Outcome:
    """One unit a layer; exact back-propagation."""
    rows, ratios = [], []
    for depth in (1, 2, 3, 5, 8):
        values = [x]
        for _ in range(depth):
            values.append(float(np.tanh(epsilon * values[-1])))
        back = 1.0
        for layer in range(depth, 1, -1):
            back *= (1 - values[layer] ** 2) * epsilon
        gradient = back * (1 - values[1] ** 2) * x
        ratios.append(gradient / (epsilon ** (depth - 1) * x))
        rows.append((str(depth), f"{values[-1]:.3g}", f"{gradient:.3g}", f"{epsilon ** (depth - 1) * x:.3g}"))
    fine = all(abs(r - 1) < 1e-3 for r in ratios)
    return Outcome(
        fine,
        ("layers", "output", "gradient by the first weight", "ε^(L-1) x"),
        tuple(rows),
        "Output and gradient vanish with the depth.",
    )
