"""The exit code of each verdict, and of several."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXIT_CODES: Mapping[str, int] = MappingProxyType(
    {
        "correct": 0,
        "equal": 0,
        "wrong": 1,
        "different": 1,
        "unreadable": 2,
        "undecided": 3,
        "not_judged": 3,
        "failed": 70,
    }
)
WORST_FIRST = (70, 2, 1, 3, 0)


def worst(codes: list[int]) -> int:
    """The exit code of several answers: the worst in the order 70, 2, 1, 3, 0."""
    return next((code for code in WORST_FIRST if code in codes), 0)
