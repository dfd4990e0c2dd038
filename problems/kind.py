"""What this half of the house asks of an answer kind: its row for authors, what its parts hold, how their truth is
derived. `checker.kinds.contract.Kind` adds how answers are judged."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Collection, Mapping
from dataclasses import field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic

from problems.schema import Held, Key, KeyType, Part

if TYPE_CHECKING:
    from problems.truth import Source, Truth

Fault = Callable[[str, str], None]
"""Takes what is wrong with a part, and the key below it."""

_EMPTY: Mapping[str, Any] = MappingProxyType({
    "texts": (),
    "tables": (),
    "declarations": MappingProxyType({}),
    "values": MappingProxyType({}),
})  # fmt: skip
"""What a payload holds for a key that is not there, where it is not the key's default."""


def own(
    type: KeyType,
    meaning: str,
    *,
    required: bool = False,
    choices: Collection[str] = (),
    keys: tuple[Key, ...] = (),
    default: Any = None,
    shown: str = "",
) -> Any:
    """A field of a payload, with its row of the schema."""
    row = Key("", type, meaning, required, choices, keys, default, shown)
    return field(default_factory=lambda: _EMPTY.get(type, default), metadata={"key": row})


class AskedKind(ABC, Generic[Held]):
    """An answer kind, as far as it is asked.

    name      as a part has it
    meaning   the answer, in a few words
    typing    one line that tells a student how to type such an answer
    holds     the payload: what a part of this kind may have besides the keys of every part
    needs     of each group of keys at least one must be there
    derived   whether its truth is derived; else it is typed in, and `stated`
    of_target whether `derives` must be there
    """

    name: str
    meaning: str
    typing: str
    holds: type[Held]
    needs: tuple[tuple[str, ...], ...] = ()
    derived: bool = True
    of_target: bool = False

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The rows of its own keys."""
        return tuple(replace(f.metadata["key"], name=f.name) for f in fields(self.holds))  # type: ignore[arg-type]

    def payload(self, values: Mapping[str, Any], fault: Fault) -> Held:
        """The values of its own keys, each of the right type, as its payload."""
        return self.holds(**values)

    def is_one(self, expected: list[Any]) -> bool:
        """Whether a list under `expect` is one answer, not several equal ones."""
        return False

    def truth(self, part: Part[Held], source: Source) -> Truth:
        """What an answer is judged against, asked of the part's model: what `derives` stands for, unless a kind says
        more. Raises `TruthError`."""
        return source.target(part.derives)
