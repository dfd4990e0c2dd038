"""Errors that reach another process whole: `class NoDerivative(Sendable, ValueError)`.

Python makes a pickled error again from its message alone, which an error with fields of its own does not take: a pool
of processes in which one is raised would break.
"""

from __future__ import annotations

from typing import Any


class Sendable(Exception):
    """An error that pickles with its fields."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[Sendable], args: tuple[Any, ...], fields: dict[str, Any]) -> Sendable:
    made = kind.__new__(kind)
    made.args = args
    made.__dict__.update(fields)
    return made
