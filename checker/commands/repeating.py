"""What is due: parts and kinds of mistake come back after growing intervals, as long as they are answered right.

A part, or a kind of mistake, that was right n times in a row without the answer being told is asked again after
INTERVALS[n] days; one that went wrong is due at once. Nothing here reads a clock or a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from derivations.frozen import frozen
from problems.schema import Part

INTERVALS = (0, 1, 3, 7, 16, 35, 80)
"""Days until it is asked again, by how often in a row it was right."""

DAY = 86_400.0

RIGHT = ("correct", "not_judged")
"""Verdicts after which a part is done."""

COUNTS = (*RIGHT, "wrong")
"""Verdicts that say something of who answered."""


@frozen
class Event:
    """One answer: to which part, when (seconds since 1970), whether it was right, the kind of its mistake, and whether
    the answer had been told."""

    part: str
    at: float
    right: bool
    tag: str | None = None
    told: bool = False


@frozen
class Due:
    """A part or a kind of mistake that is due, since how many days, and how often in a row it was right."""

    what: str
    since: float
    row: int


def parts_due(events: Iterable[Event], now: float) -> list[Due]:
    """The parts that are due, those that have waited longest in front."""
    found: dict[str, tuple[int, float]] = {}
    for event in sorted(events, key=lambda e: e.at):
        row, _ = found.get(event.part, (0, 0.0))
        found[event.part] = (row + 1 if event.right and not event.told else 0, event.at)
    return _due(found, now)


def mistakes_due(events: Iterable[Event], now: float) -> list[Due]:
    """The kinds of mistake that are due: a right answer to a part in which one was made counts for it."""
    found: dict[str, tuple[int, float]] = {}
    made_in: dict[str, set[str]] = {}
    for event in sorted(events, key=lambda e: e.at):
        if event.tag and not event.right:
            kind = event.tag.partition(":")[0]
            made_in.setdefault(event.part, set()).add(kind)
            found[kind] = (0, event.at)
        elif event.right:
            for kind in made_in.get(event.part, ()):
                row, at = found[kind]
                found[kind] = (row, at) if event.told else (row + 1, event.at)
    return _due(found, now)


def _due(found: Mapping[str, tuple[int, float]], now: float) -> list[Due]:
    waiting = [
        Due(what, (now - at) / DAY - INTERVALS[min(row, len(INTERVALS) - 1)], row) for what, (row, at) in found.items()
    ]
    return sorted((due for due in waiting if due.since >= 0), key=lambda due: (-due.since, due.what))


def taught(parts: Iterable[Part[Any]]) -> dict[str, frozenset[str]]:
    """The kinds of mistake that the authors of parts know, by part."""
    return {part.id: frozenset(m.tag.partition(":")[0] for m in part.mistakes) for part in parts}


def order(events: Sequence[Event], teaches: Mapping[str, frozenset[str]], now: float) -> list[str]:
    """The parts to ask now: those that are due; then, for each kind of mistake that is due, the part that has waited
    longest of those in which it was made or whose author knows it (`teaches`, from `taught`)."""
    asked = [due.what for due in parts_due(events, now)]
    last: dict[str, float] = {}
    for event in events:
        last[event.part] = max(event.at, last.get(event.part, 0.0))
    for due in mistakes_due(events, now):
        made = {e.part for e in events if e.tag and not e.right and e.tag.partition(":")[0] == due.what}
        fitting = made | {part for part, kinds in teaches.items() if due.what in kinds}
        rest = sorted(fitting - set(asked), key=lambda part: (last.get(part, 0.0), part))
        asked += rest[:1]
    return asked
