"""What stands in place of a number in balls and in rationals."""

from __future__ import annotations

from typing import Any


class Mark:
    """What stands in place of a ball; arithmetic with one gives one, the undefined before the undecided."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def _with(self, other: Any) -> Mark:
        return UNDEFINED if other is UNDEFINED else self

    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = _with

    def __neg__(self) -> Mark:
        return self


UNDEFINED = Mark("UNDEFINED")
UNDECIDED = Mark("UNDECIDED")
