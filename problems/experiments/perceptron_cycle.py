"""The perceptron on XOR, which no line separates: its weights come back to earlier ones."""

from __future__ import annotations

from problems.experiments import Outcome


def run(seed: int, passes: int = 20) -> Outcome:
    """Integer weights, rate 1, g(0) = 1; the weights at the end of each pass."""
    data = (((0, 0, 1), 0), ((0, 1, 1), 1), ((1, 0, 1), 1), ((1, 1, 1), 0))
    w = (0, 0, 0)
    seen: dict[tuple[int, ...], int] = {}
    rows = []
    for k in range(1, passes + 1):
        for x, y in data:
            error = y - int(sum(a * b for a, b in zip(w, x, strict=True)) >= 0)
            w = tuple(a + error * b for a, b in zip(w, x, strict=True))
        rows.append((str(k), str(w)))
        if w in seen:
            return Outcome(
                True,
                ("pass", "weights"),
                tuple(rows),
                f"After pass {k} the weights are those after pass {seen[w]}: it goes round for ever.",
            )
        seen[w] = k
    return Outcome(False, ("pass", "weights"), tuple(rows), "No cycle was met.")
