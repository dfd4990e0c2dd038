r"""The derivative of one array by another of its shape, as it is written of a function that acts entry by entry:
∂a/∂z = 1[z > 0], ∂s/∂z = 1/T. What is said is the diagonal, and nothing stands beside it."""

from __future__ import annotations

from dataclasses import replace

from checker.verdict import Finding
from derivations.formula import Delta, Formula, Index, mul, reindex
from derivations.frozen import frozen

NOTE = Finding("entrywise", "the derivative is meant entry by entry")


@frozen
class EntryByEntry:
    """The derivative as a table, its diagonal, what is said of that, and the table with nothing beside the diagonal:
    the first and the last have to be equal for it."""

    table: Formula
    diagonal: Formula
    said: Formula
    alone: Formula


def entry_by_entry(table: Formula, said: Formula) -> EntryByEntry | None:
    """What is said of each entry by its own; None where the shapes are others."""
    above, below = _halves(table)
    sizes = [i.size for i in said.axes or above]
    if not sizes or table.joint or said.joint or [i.size for i in above] != sizes or [i.size for i in below] != sizes:
        return None
    body = reindex(table.body, dict(zip(below, above, strict=True)))
    return EntryByEntry(
        table,
        replace(table, body=body, axes=above, source=None),
        said if said.axes else replace(said, axes=above),  # one number for all entries
        replace(table, body=mul(*map(Delta, above, below), table.body), source=None),
    )


def _halves(table: Formula) -> tuple[tuple[Index, ...], tuple[Index, ...]]:
    half = len(table.axes) // 2
    return table.axes[:half], table.axes[half:]
