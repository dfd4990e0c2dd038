"""What is defined by a recursion, as SymPy: written out entry by entry at given sizes, as equations without.

h_t = tanh(w h_{t-1} + x_t), h_0 given        at T = 2    h_2 = tanh(w*tanh(w*h_0 + x_1) + x_2)
Eq(h[t], tanh(w*h[t - 1] + x[t]))    Eq(h[0], h_0)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from derivations.domains import Declared, Names
from derivations.formula import Elem, Formula, Index, IndexExpr, Node, names_in, reindex
from derivations.recursion import Recursion
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.letters import Letters

Tree = Callable[[Node, Mapping[Index, int]], Any]

MOST = 20_000
"""Parts of the expression of one entry, in which every entry before it stands as often as it is used."""


class OverTime:
    """The entries of recursions at given sizes; `tree` writes what a step computes."""

    def __init__(self, letters: Letters, tree: Tree):
        self.letters, self.tree = letters, tree
        self.made: dict[tuple[str, tuple[int, ...]], Any] = {}

    def entry(self, row: Declared, at: tuple[Any, ...]) -> Any:
        """An entry in the inputs. Raises `NoSympy` outside the places that there are, and where it is too long."""
        if not all(a.is_Integer for a in at):
            raise NoSympy(f"{row.name} is defined by a recursion over time: an open index does not say which entry")
        key = row.name, tuple(map(int, at))
        if key not in self.made:
            assert row.recursion is not None
            self.made[key] = made = self._step(row.name, row.recursion, key[1])
            if _parts(made) > MOST:
                raise NoSympy(f"{row.name} is too long where it is written out for these sizes")
        return self.made[key]

    def _step(self, name: str, recursion: Recursion, at: tuple[int, ...]) -> Any:
        place = at[recursion.over]
        if 1 <= place <= self.letters.size(recursion.time.size):
            to: dict[Index, IndexExpr] = dict(zip(recursion.step.axes, at, strict=True))
            return self.tree(reindex(recursion.step.body, to), {})
        if recursion.start and place == self.letters.place(recursion.before, {}):
            return self.tree(Elem(recursion.start, recursion.rest(at)), {})
        raise NoSympy(f"{name} has no entry at place {place} of its time")


@lru_cache(maxsize=50_000)
def _parts(e: Any) -> int:
    """How many parts an expression has, each counted as often as it stands there."""
    return 1 + sum(map(_parts, e.args))


def equations(formula: Formula, letters: Letters, tree: Tree) -> list[tuple[Any, Any]]:
    """Both sides of the equations of every recursion that a formula rests on: a step, and what stands before the first
    place."""
    sides = []
    for row in _recurring(formula):
        recursion = row.recursion
        assert recursion is not None
        axes = recursion.step.axes
        for index in axes:
            letters.free(index)
        sides.append((tree(Elem(row.name, axes), {}), tree(recursion.step.body, {})))
        if recursion.start:
            before = (*axes[: recursion.over], recursion.before, *axes[recursion.over + 1 :])
            sides.append((tree(Elem(row.name, before), {}), tree(Elem(recursion.start, recursion.rest(axes)), {})))
    return sides


def _recurring(formula: Formula) -> list[Declared]:
    """The recursions that stand in a formula, and those in what is below, each before what it uses."""
    names = formula.names or Names()
    found: dict[str, Declared] = {}
    queue = [formula.body]
    done: set[str] = set()
    while queue:
        for name in dict.fromkeys(names_in(queue.pop(0))):
            if name in done or name not in names:
                continue
            done.add(name)
            row = names[name]
            if row.recursion is not None:
                found[name] = row
                queue.append(row.recursion.step.body)
            elif row.definition is not None:
                queue.append(row.definition.body)
    return [*found.values()]
