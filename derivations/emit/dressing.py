"""What stands around an emitted function: nothing, or what checks and converts its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from derivations.frozen import frozen

Backend = Literal["numpy", "numba", "jax", "torch", "array_api", "cupy"]
"""The names of the backends, for type checkers; a file more in `dialects/` works without a name here."""

DressingName = Literal["bare", "checked", "guarded", "layer"]


@frozen
class Dressing:
    """How a function is dressed."""

    checks: bool
    """Whether arguments are checked, converted, and given leading axes of any kind."""
    carried: bool = False
    """Whether the module carries the text of what checks; else it imports it."""
    layer: bool = False
    """Whether the function is one that autodiff differentiates as derived."""


BARE = Dressing(False)
"""The function as a person writes it."""

DRESSINGS: Mapping[DressingName, Dressing] = MappingProxyType(
    {
        "bare": BARE,
        "checked": Dressing(True, True),
        "guarded": Dressing(True),
        "layer": Dressing(False, layer=True),
    }
)
"""By name: as a person writes it; with checks, to stand alone; with checks, where backproof is installed; as a layer of
PyTorch or JAX."""

GUARD = "from derivations.emit.runtime import arrays"
"""The import of what checks."""


def dressed(name: str) -> Dressing:
    """The dressing of a name; ValueError for an unknown one."""
    found = {str(known): dressing for known, dressing in DRESSINGS.items()}.get(name)
    if found is None:
        raise ValueError(f"unknown dressing {name!r}; known are {', '.join(DRESSINGS)}")
    return found
