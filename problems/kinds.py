"""The kinds of answers by name, each loaded when the first part of it is read.

This half of the house says what it asks of a kind (`problems.kind.AskedKind`); the kinds themselves are judged as well
as asked, so they are written above it and add themselves here when the package that has them is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from problems.kind import AskedKind


class Kinds(Mapping[str, "AskedKind[Any]"]):
    """Kind → what it is: the value `KIND` of its module."""

    __slots__ = ("_modules",)

    def __init__(self) -> None:
        self._modules: dict[str, str] = {}

    def add(self, package: str, *names: str) -> None:
        """Kinds of these names, each in the module of a package that is named like it."""
        self._modules |= {name: f"{package}.{name}" for name in names}

    def remove(self, name: str) -> None:
        """Take a kind out again."""
        del self._modules[name]

    def needed(self) -> None:
        """Refuse to go on where no package has added its kinds: every key of a part would be unknown."""
        if not self._modules:
            raise RuntimeError("no kinds of answers are known: import checker before problems are read")

    def __getitem__(self, name: str) -> AskedKind[Any]:
        return import_module(self._modules[name]).KIND

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


KINDS = Kinds()
"""All kinds. Iterating gives their names and loads none."""
