"""Softmax in float64: e^z / Σ e^z overflows for z > 709.78; e^(z - max z) / Σ e^(z - max z) has the same value and does
not."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, shifts: tuple[float, ...] = (0.0, 500.0, 709.0, 710.0, 1000.0)) -> Outcome:
    """Logits (0, 1, 2) + shift, plain and shifted by their maximum."""
    rows, fine = [], True
    exact = np.exp([-2.0, -1.0, 0.0]) / np.exp([-2.0, -1.0, 0.0]).sum()
    for shift in shifts:
        z = np.array([0.0, 1.0, 2.0]) + shift
        with np.errstate(all="ignore"):
            plain = np.exp(z) / np.exp(z).sum()
        safe = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        fine = fine and bool(np.allclose(safe, exact))
        rows.append((f"{shift:g}", f"{plain[2]:.6g}", f"{safe[2]:.6g}"))
    broken = any(row[1] == "nan" for row in rows)
    return Outcome(
        fine and broken,
        ("shift", "plain", "shifted by the maximum"),
        tuple(rows),
        "The plain formula gives nan once an exponent passes 709.78; the shifted one always agrees.",
    )
