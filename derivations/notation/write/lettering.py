"""The letters of one written line: which names are declared, and a name for every index that no other thing has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from derivations.formula import (
    Elem,
    Formula,
    Index,
    IndexExpr,
    MatrixAtom,
    Node,
    SizeVal,
    binders,
    children,
    free_indices,
    walk,
)
from derivations.notation import spelling
from derivations.notation.write.order import Named, index_text

LETTERS = "ijklrstuvwqabchgfopmnxyz"
"""Names for bound indices, in the order in which they are taken when an index's own name will not do."""


class Lettering:
    """What one line knows of names: the declared ones, which no bound index may take, and a name for every index.

    `axes` names the axes; without it they are named as bound indices are.
    """

    def __init__(self, formula: Formula, axes: Sequence[str] | None = None):
        self.names = formula.names
        self.named: Named = {i: i.name for i in formula.free}
        if axes is not None:
            self.named |= dict(zip(formula.axes, axes, strict=True))
        declared: dict[str, Any] = dict(formula.names) if formula.names is not None else {}
        sizes = set(formula.names.sizes) if formula.names is not None else set()
        free = free_indices(formula.body) | set(formula.free)
        used = {n.name for n in walk(formula.body) if isinstance(n, Elem)} | {
            n.size for n in walk(formula.body) if isinstance(n, SizeVal)
        }
        self.lend = {
            name: row.index.size
            for name, row in declared.items()
            if row.role == "index" and row.index is not None and row.index not in free
        }
        self.kept = (set(declared) - set(self.lend)) | sizes | used | {"e", "d"}
        self._busy: dict[Index, set[str]] = {}
        here = set(self.named.values())
        for index in formula.axes:
            if index not in self.named:
                self._name(index, here)
            here.add(self.named[index])
        for index in free:
            here.add(self.named.setdefault(index, index.name))
        self._open(formula.body, here)

    def _open(self, node: Node, here: set[str]) -> None:
        """Names for the indices bound in a tree: their own where they may have it, else the first letter that nobody
        around has."""
        made = binders(node)
        if made:
            here = set(here)
            for index in made:
                self._name(index, here)
                here.add(self.named[index])
        for child in children(node):
            self._open(child, here)

    def name_within(self, node: Node) -> None:
        """Names for the indices that are bound in a tree which is written beside the formula, or in it."""
        self._open(node, set(self.named.values()))

    def _name(self, index: Index, here: set[str]) -> None:
        busy = self._busy.setdefault(index, set())
        busy |= here
        if index in self.named and self.named[index] not in busy:
            return
        taken = busy | self.kept
        own = (index.name, *LETTERS, *(a + b for a in LETTERS for b in LETTERS))
        self.named[index] = next(
            c
            for c in own
            if c not in taken and c.isalpha() and c.isascii() and self.lend.get(c, index.size) == index.size
        )

    def told(self, body: Node, index: Index) -> bool:
        """Whether the size of an index can be seen from the elements that it stands at."""
        if self.names is None:
            return any(isinstance(n, Elem) and index in n.at for n in walk(body))
        for n in walk(body):
            if isinstance(n, MatrixAtom) and index in n.at and n.row.size == index.size and self.told(n.body, n.row):
                return True
            if isinstance(n, Elem) and index in n.at and n.name in self.names:
                sizes = self.names[n.name].sizes
                if any(a is index and k < len(sizes) and sizes[k] == index.size for k, a in enumerate(n.at)):
                    return True
        return False

    def is_declared(self, name: str) -> bool:
        """Whether a name is declared that would be spelled so: theta_1 beside theta."""
        return any(spelling.canonical(other) == spelling.canonical(name) for other in self.names or ())

    def at(self, at: tuple[IndexExpr, ...]) -> tuple[str, ...]:
        return tuple(index_text(a, self.named) for a in at)


def latex_index(text: str) -> str:
    """An index as LaTeX writes it, the names in it as commands."""
    return re.sub(r"[A-Za-z]{2,}", lambda name: spelling.latex(name[0]), text)
