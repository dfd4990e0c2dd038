"""Gradient descent on w²: each step multiplies w by 1 - 2α."""

from __future__ import annotations

from problems.experiments import Outcome


def run(seed: int, steps: int = 30) -> Outcome:
    """From w = 1 with several rates."""
    rows, last = [], {}
    for rate in (0.01, 0.4, 0.9, 1.0, 1.1):
        w = 1.0
        for _ in range(steps):
            w -= rate * 2 * w
        last[rate] = w
        rows.append((f"{rate:g}", f"{1 - 2 * rate:+.2f}", f"{w:+.4g}"))
    fine = abs(last[0.4]) < 1e-9 and 0.3 < last[0.01] < 1 and abs(last[1.0]) == 1 and abs(last[1.1]) > 100
    return Outcome(
        fine,
        ("rate α", "factor 1 - 2α", f"w after {steps} steps"),
        tuple(rows),
        "Small rates creep, large ones oscillate, rates above 1 diverge.",
    )
