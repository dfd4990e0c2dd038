"""What is found out under some declarations and kept as long as these are."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """A table of what its owner has found out, one under each `Names`; it is gone when they are.

    _TIDIED: Kept[Node, Node] = Kept()
    known = _TIDIED.under(names)
    """

    def under(self, names: Any) -> dict[Key, Value]:
        """The table of some names."""
        table = names.kept.get(self)
        if table is None:
            table = names.kept[self] = {}
        return table
