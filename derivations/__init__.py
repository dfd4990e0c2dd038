"""Definitions in, verified derivations out.

>>> from derivations import derive
>>> print(derive("logistic", "dLL/dtheta"))        # doctest: +SKIP

`read` and `write` are the notation, `models` the models, `derive` a target of a model, `gradient` that of any formula.
Everything is imported on first use: reading needs neither NumPy nor SymPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivations import models
    from derivations.asked import gradient
    from derivations.domains import parse_names
    from derivations.notation import read, write
    from derivations.pipeline import derive

_WHERE = {
    "derive": "derivations.pipeline",
    "gradient": "derivations.asked",
    "parse_names": "derivations.domains",
    "read": "derivations.notation",
    "write": "derivations.notation",
}

__all__ = ["derive", "gradient", "models", "parse_names", "read", "write"]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    if name == "models":
        return import_module("derivations.models")
    raise AttributeError(f"module 'derivations' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
