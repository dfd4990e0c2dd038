"""The lines of a chain: those of its author, or those that `prove` finds between its ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.hints.rungs import Line, Side, with_target
from derivations.domains import Names
from derivations.notation import Line as Read
from derivations.notation import ReadError, read, read_statement
from derivations.show_that.search import chain
from problems.truth import Truth


def lines_of(stated: Sequence[str], start: str | None, end: str | None, truth: Truth) -> list[Line]:
    """The lines in order: the first with both its sides, each further one with the side it adds."""
    names: Names = truth.names
    if stated:
        try:
            return list(_steps(read_statement("\n".join(stated), names).lines))
        except ReadError:
            return [Line((text,)) for text in stated]
    if start is None or truth.formula is None:
        return []
    try:
        lemma = chain(read(start, names), truth.formula, names)
    except ReadError:
        return []
    return [Line((lemma.statement, step.after), ("=",)) for step in lemma.steps] if lemma is not None else []


def _steps(lines: Sequence[Read]) -> Iterator[Line]:
    """One line a relation: each side with the one before it."""
    before: tuple[Side, ...] = ()
    for line in lines:
        whole = with_target(line)
        for n, side in enumerate(whole.sides):
            if n or (before and len(whole.sides) == 1):
                yield Line((*before, side), (whole.signs[n - 1] if n else "=",))
            before = (side,)
