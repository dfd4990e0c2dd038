"""The backends: one file each, whose `DIALECT` says how the library spells what a program does. A file more is a
backend more, for `backend=`, for the command line and for the tests."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from derivations.emit.dialect import Dialect

_FIRST = ("numpy", "numba", "jax", "torch")
"""How a list of backends begins; the others follow by name."""

_registered: dict[str, Dialect] = {}


@cache
def _of_the_house() -> Mapping[str, Dialect]:
    names = {m.name for m in pkgutil.iter_modules(__path__)}
    order = [*_FIRST, *sorted(names - set(_FIRST))]
    return MappingProxyType({name: import_module(f"{__name__}.{name}").DIALECT for name in order})


def backends() -> Mapping[str, Dialect]:
    """Every backend by its name."""
    return MappingProxyType({**_of_the_house(), **_registered})


def register(dialect: Dialect) -> None:
    """Another backend, for this process."""
    _registered[dialect.name] = dialect


def named(backend: str) -> Dialect:
    """The backend of a name; ValueError for an unknown one."""
    known = backends()
    if backend not in known:
        raise ValueError(f"unknown backend {backend!r}; known are {', '.join(known)}")
    return known[backend]
