"""One feature in other units: least squares predicts the same, ridge does not."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, n: int = 40, penalty: float = 5.0, scale: float = 100.0) -> Outcome:
    """The largest change of a prediction when the second feature is multiplied by `scale`."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    y = x[:, 0] + x[:, 1] + 0.1 * rng.normal(size=n)
    other = x * [1.0, scale]

    def predict(features: np.ndarray, weight: float) -> np.ndarray:
        return features @ np.linalg.solve(features.T @ features + weight * np.eye(2), features.T @ y)

    plain, ridge = (float(np.abs(predict(x, p) - predict(other, p)).max()) for p in (0.0, penalty))
    rows = (("least squares", f"{plain:.2g}"), (f"ridge, λ = {penalty:g}", f"{ridge:.4f}"))
    return Outcome(
        plain < 1e-8 and ridge > 1e-2,
        ("method", "largest change of a prediction"),
        rows,
        "Only the regularised fit depends on the units.",
    )
