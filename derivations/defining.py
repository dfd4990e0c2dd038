"""What defines the nodes of a model: as equations, a binding, the step of a recursion and what it starts with; as
names, all that one is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derivations.domains import Declared, Names
from derivations.formula import Elem, Formula, reindex


def reached(names: Names, used: Iterable[str]) -> Iterator[str]:
    """Some names, and all that they are computed from, directly or through others; each once."""
    seen: set[str] = set()
    stack = list(used)
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        row = names.get(name)
        if row is not None:
            stack.extend(row.uses())


def equations_of(row: Declared, names: Names) -> Iterator[tuple[Formula, Formula]]:
    """A node and what it is; of a recursion also what stands before the first place, unless it is given by its name."""
    meaning = row.equation
    if meaning is None:
        return
    yield replace(meaning, body=Elem(row.name, meaning.axes)), meaning
    recursion = row.recursion
    start = names.get(recursion.start) if recursion is not None else None
    if recursion is None or start is None or start.definition is None:
        return
    axes = recursion.rest(meaning.axes)
    before = (*axes[: recursion.over], recursion.before, *axes[recursion.over :])
    left = (
        Elem(start.name, axes) if recursion.direction > 0 else Elem(row.name, before)
    )  # v_0 is a name, R_{T+1} is not
    slots = dict(zip(start.definition.axes, axes, strict=True))
    yield (
        replace(meaning, body=left, axes=axes),
        replace(meaning, body=reindex(start.definition.body, slots), axes=axes),
    )
