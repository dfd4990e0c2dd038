"""Small seeded experiments that a demonstration may name: `form = "experiment"`, `experiment = "softmax_overflow"`.

One module an experiment, with a function `run(seed, **parameters) -> Outcome`. A problem file names an experiment and
never runs code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an experiment found.

    holds    whether it shows what it is there to show
    columns  headings of the table
    rows     its rows, numbers or words
    curves   name → (x values, y values), for a plot
    says     one sentence about what is seen
    """

    holds: bool
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    says: str
    curves: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] | None = None


def names() -> tuple[str, ...]:
    """The experiments there are; imports none of them."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def run(name: str, seed: int, parameters: Mapping[str, Any]) -> Outcome:
    """Run an experiment. Raises KeyError for an unknown name, TypeError for a parameter it does not take."""
    if name not in names():
        raise KeyError(name)
    return import_module(f"{__name__}.{name}").run(seed, **parameters)
