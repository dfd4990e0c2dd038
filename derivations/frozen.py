"""Frozen values that are quick to declare: `@frozen` is `@dataclass(frozen=True, slots=True)` with one method compiled
for a class, not six.

A cold start declares some seventy of them; compiling the six takes 0.4 ms each, as long in all as loading the rest of
our modules.
`dataclasses.replace`, `dataclasses.fields` and `match` take these classes as they take dataclasses.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_Class]) -> type[_Class]:
    """A class with slots whose fields are set once. Its `==`, hash and repr are those of its fields, unless it defines
    or inherits others."""
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__init__ = _init(made)
    names = [f.name for f in fields(made)]
    # One name twice: of one alone, attrgetter gives no tuple.
    made._values = attrgetter(*names, *names[: len(names) == 1]) if names else staticmethod(lambda _self: ())
    for name, method in _METHODS.items():
        if getattr(made, name) is getattr(object, name):
            setattr(made, name, method)
    return made


def _init(cls: Any) -> Any:
    """`__init__`, compiled: each field goes into its slot."""
    scope: dict[str, Any] = {"MISSING": MISSING}
    parameters, body = ["self"], []
    for f in fields(cls):
        scope[f"set_{f.name}"] = getattr(cls, f.name).__set__
        value = f.name
        if f.default_factory is not MISSING:
            scope[f"make_{f.name}"], scope[f"default_{f.name}"] = f.default_factory, MISSING
            value = f"make_{f.name}() if {f.name} is MISSING else {f.name}"
        elif f.default is not MISSING:
            scope[f"default_{f.name}"] = f.default
        parameters.append(f"{f.name}=default_{f.name}" if f"default_{f.name}" in scope else f.name)
        body.append(f"set_{f.name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(body or ["pass"]), scope)
    made = scope["__init__"]
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    return made


def _equal(self: Any, other: Any) -> bool:
    return self is other or self._values(self) == self._values(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    try:
        return hash(self._values(self))
    except TypeError:
        return hash(_hashable(self._values(self)))


def _hashable(value: Any) -> Any:
    """A value with its tables as sets of their entries: tables that are equal have equal hashes, whatever their
    order."""
    if isinstance(value, Mapping):
        return frozenset((k, _hashable(v)) for k, v in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, tuple | list) else value


def _shown(self: Any) -> str:
    return (
        f"{type(self).__qualname__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in fields(self) if f.repr)})"
    )


def _remade(self: Any) -> tuple[Any, ...]:
    return type(self), tuple(getattr(self, f.name) for f in fields(self))


def _refuse(self: Any, name: str, value: Any = None) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


_METHODS = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _shown,
    "__reduce__": _remade,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}


def _read_only(table: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(table)


# Python pickles no read-only tables; what holds one can be sent to another process all the same.
copyreg.pickle(MappingProxyType, lambda table: (_read_only, (dict(table),)))  # type: ignore[arg-type]
