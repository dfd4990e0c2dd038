"""Momentum: V_t = (1-β) Σ_s β^(t-s) g_s; gradients that alternate cancel, gradients that stay add up."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, beta: float = 0.9, steps: int = 200) -> Outcome:
    """The recursion against its closed form on random gradients, and its limits for ±g and for a constant g."""
    g = np.random.default_rng(seed).normal(size=steps)

    def last(gradients: np.ndarray) -> float:
        v = 0.0
        for value in gradients:
            v = beta * v + (1 - beta) * value
        return float(v)

    t = np.arange(steps)
    closed = float((1 - beta) * (beta ** (steps - 1 - t) @ g))
    alternating = abs(last(np.where(t % 2 == 0, 1.0, -1.0)))
    rows = (
        ("random gradients", f"{last(g):+.9f}", f"{closed:+.9f}"),
        ("alternating ±1", f"{alternating:.9f}", f"{(1 - beta) / (1 + beta):.9f}"),
        ("constant 1", f"{last(np.ones(steps)):.9f}", "1"),
    )
    fine = (
        np.isclose(last(g), closed)
        and np.isclose(alternating, (1 - beta) / (1 + beta))
        and np.isclose(last(np.ones(steps)), 1)
    )
    return Outcome(
        bool(fine), ("gradients", "velocity", "formula"), rows, "Alternating gradients are damped by (1-β)/(1+β)."
    )
