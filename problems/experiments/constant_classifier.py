"""The classifier that always answers no: accuracy 1 - prevalence, recall 0."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, prevalence: float = 0.01, m: int = 100_000) -> Outcome:
    """m labels, each 1 with the given probability."""
    labels = np.random.default_rng(seed).random(m) < prevalence
    accuracy, recall = float((~labels).mean()), 0 / int(labels.sum())
    rows = (("accuracy", f"{accuracy:.4f}", f"{1 - prevalence:.4f}"), ("recall", f"{recall:.4f}", "0"))
    fine = recall == 0 and abs(accuracy - (1 - prevalence)) < 5 * np.sqrt(prevalence / m)
    return Outcome(
        bool(fine), ("measure", "seen", "expected"), rows, "Nothing is ever found, and the accuracy is high."
    )
