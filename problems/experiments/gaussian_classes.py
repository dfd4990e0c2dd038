"""Class 1 from N((2,2), 2I), class 0 from N(0, 3I), equally often: the accuracy of the best line, of logistic
regression with and without a penalty, and of Bayes' rule. By symmetry only u = (x1 + x2)/√2 matters for lines: N(2√2,
2) against N(0, 3)."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np

from problems.experiments import Outcome


def _accuracy(threshold: float) -> float:
    """Answer 1 for u above the threshold."""
    above = 0.5 * (1 - erf((threshold - 2 * sqrt(2)) / sqrt(2 * 2)))
    below = 0.5 * (1 + erf(threshold / sqrt(2 * 3)))
    return 0.5 * (above + below)


def _logistic(penalty: float) -> tuple[float, float, float]:
    """Slope, offset and expected loss of the minimiser of E[-log p] + penalty slope², by Newton's method with
    Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    u = np.concatenate([2 * sqrt(2) + sqrt(2) * nodes, sqrt(3) * nodes])
    mass = np.concatenate([weights, weights]) / (2 * weights.sum())
    label = np.concatenate([np.ones(120), np.zeros(120)])
    x, w = np.stack([u, np.ones_like(u)], axis=1), np.zeros(2)
    ridge = np.diag([2 * penalty, 0.0])
    for _ in range(60):
        p = 1 / (1 + np.exp(-x @ w))
        step = np.linalg.solve(
            x.T @ (x * (mass * p * (1 - p))[:, None]) + ridge, x.T @ (mass * (p - label)) + ridge @ w
        )
        w = w - step
    loss = float(mass @ (np.logaddexp(0, x @ w) - label * (x @ w)))
    return float(w[0]), float(w[1]), loss


def _bayes() -> float:
    """∫ max of the two joint densities, on a grid."""
    t = np.linspace(-14, 16, 1501)
    cell = (t[1] - t[0]) ** 2
    one = np.exp(-(((t[:, None] - 2) ** 2) + (t[None, :] - 2) ** 2) / 4) / (4 * np.pi)
    zero = np.exp(-(t[:, None] ** 2 + t[None, :] ** 2) / 6) / (6 * np.pi)
    return float(np.maximum(one, zero).sum() * cell / 2)


def run(seed: int, penalty: float = 1.0) -> Outcome:
    """Nothing is drawn: all values are integrals."""
    line = max(_accuracy(t) for t in np.linspace(0, 3, 30001))
    slope, offset, loss = _logistic(0.0)
    slope2, offset2, loss2 = _logistic(penalty)
    plain, shrunk, bayes = _accuracy(-offset / slope), _accuracy(-offset2 / slope2), _bayes()
    rows = (
        ("best line", f"{line:.6f}", ""),
        ("logistic regression", f"{plain:.6f}", f"{loss:.6f}"),
        (f"with penalty {penalty:g}", f"{shrunk:.6f}", f"{loss2:.6f}"),
        ("Bayes' rule (a circle)", f"{bayes:.6f}", ""),
    )
    fine = plain < shrunk <= line < bayes < 1 and loss2 > loss
    return Outcome(
        fine,
        ("classifier", "accuracy", "expected loss"),
        rows,
        "The penalty raises the loss, as it must, and here it raises the accuracy too.",
    )
