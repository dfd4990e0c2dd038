"""The backends: one file each, whose `DIALECT` says how the library spells what a program does. A file more is a
backend more, for `backend=`, for the command line and for the tests."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import MappingProxyType

from derivations.emit.dialect import Dialect

_FIRST = ("numpy", "numba", "jax", "torch")
"""How a list of backends begins; the others follow by name."""

_added: dict[str, Dialect] = {}


@cache
def _of_the_house() -> Mapping[str, Dialect]:
    names = {m.name for m in pkgutil.iter_modules(__path__)}
    order = [*_FIRST, *sorted(names - set(_FIRST))]
    return MappingProxyType({name: import_module(f"{__name__}.{name}").DIALECT for name in order})


def backends() -> Mapping[str, Dialect]:
    """Every backend by its name."""
    return MappingProxyType({**_of_the_house(), **_added})


@contextmanager
def added(dialect: Dialect) -> Iterator[None]:
    """With another backend, while the block lasts."""
    _added[dialect.name] = dialect
    try:
        yield
    finally:
        del _added[dialect.name]


def named(backend: str) -> Dialect:
    """The backend of a name; ValueError for an unknown one."""
    known = backends()
    if backend not in known:
        raise ValueError(f"unknown backend {backend!r}; known are {', '.join(known)}")
    return known[backend]
