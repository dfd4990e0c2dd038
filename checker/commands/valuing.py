"""The value of a formula at data: a TOML file of sizes and arrays, name = number or nested list."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any


def value_at(formula: Any, names: Any, data: Mapping[str, Any]) -> Any:
    """The value as a number or nested lists: free indices first, then axes; an undefined entry is None. Raises
    ValueError."""
    import numpy as np

    from derivations.evaluate import floats
    from derivations.evaluate.assignment import Assignment
    from derivations.formula import grouped, names_in

    wanted: set[str] = set()
    queue = list(names_in(formula.body))
    while queue:
        name = queue.pop()
        row = names.get(name)
        if row is None or name in wanted:
            continue
        if row.equation is not None and name not in data:
            queue += row.uses() - {name}
        elif row.role in ("input", "node", "adjoint"):
            wanted.add(name)
    missing = sorted(name for name in wanted if name not in data)
    if missing:
        raise ValueError(f"the data lacks {', '.join(missing)}")
    values: dict[str, Any] = {}
    sizes: dict[str, int] = {size: int(data[size]) for size in names.sizes if isinstance(data.get(size), int)}
    for name in sorted(wanted):
        row = names[name]
        try:
            array = np.asarray(data[name], dtype=float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} is no array of numbers: {error}") from error
        if array.ndim != len(row.sizes):
            raise ValueError(f"{name} has {len(row.sizes)} axes, the data give it {array.ndim}")
        for size, length in zip(row.sizes, array.shape, strict=True):
            if sizes.setdefault(size, length) != length if isinstance(size, str) else size != length:
                raise ValueError(f"{name}: the size {size} is {sizes.get(size, size)} elsewhere, {length} here")
        values[name] = array[None]
    with np.errstate(all="ignore"):
        found = np.asarray(floats.evaluate(formula, Assignment(sizes, values, 1, names)))[0]
    if formula.joint:
        found = found.reshape(
            [prod(group) for group in grouped(found.shape, [1] * len(formula.free) + [*formula.joint])]
        )
    return _listed(found.tolist())


def _listed(value: Any) -> Any:
    if isinstance(value, list):
        return [_listed(v) for v in value]
    return None if value != value else value
