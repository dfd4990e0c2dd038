"""Counted work, so that any formula is answered within a limit that does not depend on the clock.

    with limited(300_000): …      everything inside may spend so much; `spend` raises `TooMuchWork` beyond it

One unit is about one node rewritten. Outside of `limited` nothing is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")


class TooMuchWork(RuntimeError):
    """The work that was allowed is spent. The formula is not at fault: it is too large to be derived here."""


class _Purse:
    __slots__ = ("left",)

    def __init__(self, left: int):
        self.left = left


_purse: ContextVar[_Purse | None] = ContextVar("work", default=None)


@contextmanager
def limited(units: int) -> Iterator[None]:
    """Inside, at most so many units of work; an outer limit that is tighter stays."""
    outer = _purse.get()
    mine = _Purse(units if outer is None else min(units, outer.left))
    token = _purse.set(mine)
    given = mine.left
    try:
        yield
    finally:
        _purse.reset(token)
        if outer is not None:
            outer.left -= given - mine.left


def spend(units: int) -> None:
    """So much work is about to be done."""
    purse = _purse.get()
    if purse is not None:
        purse.left -= units
        if purse.left < 0:
            raise TooMuchWork("the formula is too large to be derived here: more than the work allowed would be needed")


def left() -> int | None:
    """What may still be spent; None without a limit."""
    purse = _purse.get()
    return None if purse is None else purse.left


def tried(make: Callable[[], T]) -> T | None:
    """What could be had in another way too, for at most half of the work that is left; None where it takes more."""
    allowed = left()
    try:
        with limited(allowed // 2) if allowed is not None else nullcontext():
            return make()
    except TooMuchWork:
        return None
