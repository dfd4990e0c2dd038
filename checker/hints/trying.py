"""A numeric example to try by hand: small numbers, and what the answer gives there.

Of the points that are drawn for a judgement, the one with the shortest numbers at which the answer has a value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from checker.kinds.contract import kind_of
from derivations.defining import reached
from derivations.domains import Names
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.entries import DrawError
from derivations.formula import Formula, names_in
from derivations.frozen import frozen
from problems.schema import Part
from problems.truth import Truth

SEED = 5
NOTHING = 1e-9
"""What is smaller is 0 but for rounding."""
WHOLE: Mapping[str, int] = MappingProxyType({"real": -2, "positive": 1, "nonnegative": 0})
"""The least whole number that a name of a domain may be here; the largest is 3."""
SMALL = (2, 3)
"""What all sizes are; where nothing can be drawn with the first, the next."""


@frozen
class Example:
    """Sizes and inputs by name, and the value of the answer there."""

    sizes: Mapping[str, int]
    values: Mapping[str, Any]
    gives: Any

    def to_json(self) -> dict[str, Any]:
        return {
            "format": 1,
            "sizes": dict(self.sizes),
            "values": {name: _plain(value) for name, value in self.values.items()},
            "gives": self.gives,
        }


def example(part: Part[Any], truth: Truth) -> Example | None:
    """An example for a part that asks for a formula; None for other kinds, where nothing can be drawn, and where the
    value is the answer."""
    kind = kind_of(part)
    if not kind.tried or truth.formula is None:
        return None
    for size in SMALL:
        sizes = dict.fromkeys(draw.symbolic_sizes(truth.names), size)
        try:
            drawn = _whole(draw.draw(truth.names, sizes, seed=SEED), truth.names)
            found = np.asarray(floats.evaluate(truth.formula, drawn), float)
        except (DrawError, *floats.NO_VALUE):
            continue
        made = _shortest(truth.formula, truth.names, drawn, found.reshape(drawn.points, *found.shape[1:]))
        if made is not None:
            told = kind.judge(part, truth, str(made.gives), explain=False).status == "correct"
            return None if told else made
    return None


def _whole(drawn: Assignment, names: Names) -> Assignment:
    """The same points with small whole numbers wherever any number will do."""
    for number, row in enumerate(names.inputs()):
        least = WHOLE.get(row.domain.name) if row.domain.structure == "plain" else None
        if least is not None:
            shape = drawn.values[row.name].shape
            steps = (np.arange(math.prod(shape)).reshape(shape) + 1) * (2 * number + 3)
            drawn.values[row.name] = (least + (5 * steps**2 + 11 * steps) // 7 % (4 - least)).astype(float)
            drawn.ratios.pop(row.name, None)
    return drawn


def _shortest(formula: Formula, names: Names, drawn: Assignment, found: np.ndarray) -> Example | None:
    """The point with the shortest numbers at which an entry has a value that is not 0."""
    needed = set(reached(names, names_in(formula.body)))
    used = [row.name for row in names.inputs() if row.name in needed]
    best: tuple[int, int] | None = None
    for point in range(drawn.points):
        value = found[point]
        if np.isfinite(value).any() and np.nanmax(np.abs(value), initial=0) > NOTHING:
            exact = drawn.exact(point)
            length = sum(_length(_plain(exact[name])) for name in used) + len(str(_rounded(value.tolist())))
            best = min(best or (10**9, 0), (length, point))
    if best is None:
        return None
    exact = drawn.exact(best[1])
    gives = np.where(np.abs(found[best[1]]) < NOTHING, 0.0, found[best[1]])
    return Example(dict(drawn.sizes), {name: exact[name] for name in used}, _rounded(gives.tolist()))


def _length(value: Any) -> int:
    """How much there is to write; an array with equal numbers shows less than one without, and counts as longer."""
    text = str(value)
    numbers = re.findall(r"[-\d/]+", text)
    return len(text) + 12 * (len(numbers) - len(set(numbers)))


def _plain(value: Any) -> Any:
    """Fractions as they are written."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return int(value) if value.denominator == 1 else str(value) if isinstance(value, Fraction) else value


def _rounded(value: Any) -> Any:
    """Numbers to six digits, whole ones as such; None where there is no value."""
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    if not math.isfinite(value):
        return None
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() else short
