"""Steps in the making, and the indices that they are written with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from derivations.derivation import Step
from derivations.domains import Names
from derivations.folding.fold import Folded
from derivations.formula import Formula, Index, Node, Size, key

LETTERS: tuple[str, ...] = ("i", "j", "k", "l", "r", "s", "t", "u", "a", "b", "c")
FURTHER: tuple[str, ...] = ("g", "h", "o", "p", "q", "v", "w", *(f"i{k}" for k in range(1, 60)))
"""For formulas whose names take all of these letters."""


def axes_for(sizes: Sequence[Size], names: Names, taken: Iterable[Index]) -> tuple[Index, ...]:
    """Indices for axes: the letters that the names declare for those sizes first, then the usual ones; none that is
    taken."""
    used = {i.name for i in taken}
    declared = [row.index for row in names.values() if row.index is not None]
    scalars = {row.name for row in names.values() if row.role in ("input", "node")}
    made = []
    for size in sizes:
        own = [i.name for i in declared if i.size == size and i.name not in used]
        letter = next(iter(own), None) or next(
            x
            for x in (*LETTERS, *FURTHER)
            if x not in used and x not in scalars and x not in names and (x in LETTERS or x not in names.sizes)
        )
        used.add(letter)
        made.append(Index(letter, size))
    return tuple(made)


def quoted(names: Iterable[str]) -> str:
    """Names in what a step says stand between backticks, so that each printer can spell them."""
    return ", ".join(f"`{name}`" for name in names)


class Chain:
    """Steps in the making: equal neighbours are one."""

    def __init__(self, names: Names, axes: tuple[Index, ...], start: Node):
        self.names, self.axes = names, axes
        self.steps: list[Step] = []
        self.node = start
        self.formula = self._formula(start)

    def _formula(self, node: Node) -> Formula:
        return Formula(node, self.axes, names=self.names)

    def to(self, rule: str, node: Node, why: str = "", *, solves: bool = False) -> None:
        if key(node) == key(self.node):
            return
        after = self._formula(node)
        self.steps.append(Step(rule, self.formula, after, why, solves))
        self.node, self.formula = node, after

    def fold(self, folded: Folded) -> None:
        for rule, node in folded.taken:
            self.to(rule, node)
        self.to("simplify", folded.node)
