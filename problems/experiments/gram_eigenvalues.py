"""The least eigenvalue of a Gram matrix: negative for a function that is no kernel."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, n: int = 20) -> Outcome:
    """For the dot product, the RBF kernel, and -‖x-z‖²."""
    x = np.random.default_rng(seed).normal(size=(n, 2))
    square = ((x[:, None] - x[None, :]) ** 2).sum(axis=2)
    grams = {"xᵀz": x @ x.T, "exp(-‖x-z‖²/2)": np.exp(-square / 2), "-‖x-z‖²": -square}
    least = {name: float(np.linalg.eigvalsh(g)[0]) for name, g in grams.items()}
    rows = tuple((name, f"{value:.6f}") for name, value in least.items())
    fine = least["xᵀz"] > -1e-9 and least["exp(-‖x-z‖²/2)"] > -1e-9 and least["-‖x-z‖²"] < -1
    return Outcome(
        fine, ("K(x, z)", "least eigenvalue"), rows, "Only a positive semidefinite Gram matrix has features behind it."
    )
