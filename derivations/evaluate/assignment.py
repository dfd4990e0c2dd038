"""Sizes and the values of every input at some points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from derivations.domains import Names


@dataclass(slots=True, eq=False)
class Assignment:
    """Sizes and the values of every input at all points.

    sizes    symbolic size → integer
    values   input → float64, (points, *shape)
    ratios   input → (numerators, denominators), whole numbers, for values that are not exactly floats
    cache    values of nodes, filled by the evaluators
    """

    sizes: Mapping[str, int]
    values: dict[str, np.ndarray]
    points: int
    names: Names | None = None
    ratios: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def rounded(self) -> Mapping[str, Any]:
        """The inputs whose floats are rounded."""
        return self.ratios

    def part(self, start: int, stop: int) -> Assignment:
        """Some of the points."""
        return self.take(slice(start, min(stop, self.points)))

    def take(self, points: slice | Sequence[int]) -> Assignment:
        """The points chosen, in order."""
        chosen: Any = points if isinstance(points, slice) else list(points)
        values = {k: v[chosen] for k, v in self.values.items()}
        ratios = {k: (n[chosen], d[chosen]) for k, (n, d) in self.ratios.items()}
        count = len(range(self.points)[points]) if isinstance(points, slice) else len(chosen)
        return Assignment(self.sizes, values, count, self.names, ratios)

    def at(self, point: int) -> dict[str, Any]:
        """The inputs at one point as arrays: of floats where these are exact, else (numerators, the denominator)."""
        return {
            n: (self.ratios[n][0][point], int(self.ratios[n][1][point])) if n in self.ratios else np.asarray(v[point])
            for n, v in self.values.items()
        }

    def exact(self, point: int) -> dict[str, Any]:
        """The inputs at one point as nested lists of `Fraction` (a scalar is a `Fraction`)."""
        out: dict[str, Any] = {}
        for name, values in self.values.items():
            if name in self.ratios:
                above, below = self.ratios[name]
                out[name] = nest(above[point], lambda n, d=int(below[point]): Fraction(int(n), d))
            else:
                out[name] = nest(values[point], Fraction)
        return out


def nest(values: Any, make: Any) -> Any:
    if np.ndim(values) == 0:
        return make(values.item() if hasattr(values, "item") else values)
    return [nest(v, make) for v in values]
