"""Fingerprints: the values of formulas at a few seeded points, by which a mutant is looked up before it is confirmed.

A match of fingerprints never is a diagnosis: the judge of equality confirms it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from derivations.domains import Names
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.formula import Formula, Index, Node

POINTS, SEED = 12, 271
TOLERANCE = 1e-7
TOGETHER = 64
"""Trees that are evaluated together."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The points on which one question's formulas are compared: two assignments of sizes."""

    names: Names
    assignments: tuple[Assignment, ...]

    def values(self, formula: Formula, k: int = 0) -> np.ndarray | None:
        """(points, *free sizes, *axes sizes), None where the formula cannot be evaluated."""
        return self.node(formula.body, formula.free + formula.axes, k)

    def node(self, body: Node, slots: tuple[Index, ...], k: int = 0) -> np.ndarray | None:
        try:
            with np.errstate(all="ignore"):
                return floats.evaluate_node(body, self.names, self.assignments[k], slots)
        except floats.NO_VALUE:
            return None

    def each(self, bodies: Sequence[Node], slots: tuple[Index, ...]) -> list[np.ndarray | None]:
        """The values of many trees: mutants of one formula have nearly all of it in common."""
        out: list[np.ndarray | None] = []
        for k in range(0, len(bodies), TOGETHER):
            out += floats.evaluate_each(bodies[k : k + TOGETHER], self.names, self.assignments[0], slots)
        return out


def ground(names: Names, also: Iterable[str] = ()) -> Ground:
    """The points of a question; kept by `draw.assignments` with the names."""
    made = draw.assignments(names, SEED, points=POINTS, count=2, also=tuple(also))
    return Ground(names, tuple(made))


def alike(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    """Equal up to rounding wherever both are finite, and finite at nearly the same points."""
    if a is None or b is None or a.shape != b.shape:
        return False
    seen = np.isfinite(a) & np.isfinite(b)
    if seen.sum() < 0.9 * max(int(np.isfinite(a).sum()), int(np.isfinite(b).sum())) or not seen.any():
        return False
    x, y = a[seen], b[seen]
    scale = max(float(np.median(np.abs(x))), 1e-300)
    return bool(np.all(np.abs(x - y) <= TOLERANCE * (np.maximum(np.abs(x), np.abs(y)) + 1e-6 * scale)))
