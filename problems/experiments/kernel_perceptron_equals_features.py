"""The kernel perceptron with K(x, z) = (xᵀz)² against the perceptron on the features x_a x_b: the same predictions."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, n: int = 60, d: int = 3, rate: float = 0.5) -> Outcome:
    """One pass over integer points, so that both compute exactly."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 5, size=(n, d)).astype(float)
    y = ((x**2) @ np.array([1.0, -1.0, 0.5]) > 0).astype(float)
    features = np.einsum("na,nb->nab", x, x).reshape(n, d * d)
    theta, beta, agree, mistakes = np.zeros(d * d), np.zeros(0), 0, 0
    for i in range(n):
        kernel = float(beta @ (x[:i] @ x[i]) ** 2) >= 0
        explicit = float(theta @ features[i]) >= 0
        agree += kernel == explicit
        mistakes += explicit != y[i]
        step = rate * (y[i] - explicit)
        theta, beta = theta + step * features[i], np.append(beta, rate * (y[i] - kernel))
    rows = (("predictions that agree", f"{agree} of {n}"), ("mistakes on the way", str(mistakes)))
    return Outcome(agree == n, ("", ""), rows, "The kernel does what the features do.")
