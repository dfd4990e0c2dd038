"""Where a name stands, and the shapes of what stands beside it: what its own shape follows from."""

from __future__ import annotations

from collections.abc import Iterator

from checker.hints.rungs import Line, Name, Rung
from derivations.domains import Declared, Names
from derivations.formula import Formula, names_in, show_shape


def where_it_stands(name: str, names: Names) -> Iterator[Rung]:
    """The binding that makes a name, or the first that uses it."""
    row = _binding(name, names)
    if row is not None and row.definition is not None:
        yield Rung("rule", f"`{name}` stands here.", (Line((Name(row.name), row.definition), ("=",), "auto"),))


def beside(name: str, names: Names) -> Iterator[Rung]:
    """The shapes of the other names of that binding; of a derivative, that of what it is taken of."""
    if "/" in name:
        above = name.partition("/")[0].strip().removeprefix("d")
        others = [above] if above in names else []
    else:
        row = _binding(name, names)
        found = [row.name, *names_in(row.definition.body)] if row is not None and row.definition is not None else []
        others = [other for other in dict.fromkeys(found) if other != name and other in names]
    shapes = [f"`{other}` is {_shape(names[other])}" for other in others]
    if shapes:
        yield Rung("line", f"Beside it: {', '.join(shapes)}." if "/" not in name else f"Here {', '.join(shapes)}.")


def _shape(row: Declared) -> str:
    sizes = row.definition.shape if isinstance(row.definition, Formula) else row.sizes
    return f"of the shape {show_shape(sizes)}" if sizes else "a number"


def _binding(name: str, names: Names) -> Declared | None:
    own = names.get(name)
    if own is not None and own.definition is not None:
        return own
    made = (row for row in names.values() if row.role == "node" and isinstance(row.definition, Formula))
    return next((row for row in made if row.definition is not None and name in names_in(row.definition.body)), None)
