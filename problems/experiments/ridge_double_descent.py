"""The risk of ridge regression over the number of examples: a peak at n = d without regularisation, none with the right
one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from problems.experiments import Outcome


def run(seed: int, d: int = 30, noise: float = 0.5, trials: int = 60) -> Outcome:
    """Mean of ‖θ - β‖² over draws of data, for λ near 0 and for λ = σ²d/‖β‖², ‖β‖ = 1."""
    rng = np.random.default_rng(seed)
    beta = rng.normal(size=d)
    beta /= np.linalg.norm(beta)
    counts = (5, 10, 20, 25, 30, 35, 40, 60, 90)
    found: dict[str, list[float]] = {"λ near 0": [], "λ = σ²d/‖β‖²": []}
    for n in counts:
        risks = np.zeros(2)
        for _ in range(trials):
            x = rng.normal(size=(n, d))
            y = x @ beta + noise * rng.normal(size=n)
            for k, penalty in enumerate((1e-8, noise**2 * d)):
                risks[k] += ((np.linalg.solve(x.T @ x + penalty * np.eye(d), x.T @ y) - beta) ** 2).sum() / trials
        for values, risk in zip(found.values(), risks, strict=True):
            values.append(float(risk))
    free, tuned = found.values()
    rows = tuple((str(n), f"{a:.3f}", f"{b:.3f}") for n, a, b in zip(counts, free, tuned, strict=True))
    peak = counts[int(np.argmax(free))] == d and max(free) > 5 * free[0]
    fine = peak and all(a >= b - 0.02 for a, b in pairwise(tuned))
    curves = {name: (tuple(map(float, counts)), tuple(np.log10(values).tolist())) for name, values in found.items()}
    return Outcome(bool(fine), ("n", *found), rows, f"Without regularisation the risk peaks at n = d = {d}.", curves)
