"""The models, one file each. `MODELS` maps a name to its definition; `load` reads one with its variants."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from derivations.adjoint import adjoints_of
from derivations.model import Definition, Model, UnknownName
from derivations.variants import from_definition


def _collect() -> Mapping[str, Definition]:
    found = {}
    for info in sorted(iter_modules(__path__), key=lambda m: m.name):
        definition = import_module(f"{__name__}.{info.name}").MODEL
        found[definition.name] = definition
    return MappingProxyType(found)


MODELS: Mapping[str, Definition] = _collect()
"""Every model by name."""


__all__ = ["MODELS", "load"]


def __dir__() -> list[str]:
    return list(__all__)


@lru_cache(maxsize=64)
def load(name: str) -> Model:
    """The model of a name such as `batch_norm:eps` or `two_layer:batch,mean`. Raises `UnknownName` with the nearest."""
    base, _, variants = name.partition(":")
    if base not in MODELS:
        raise UnknownName("model", base, tuple(MODELS))
    return from_definition(MODELS[base], tuple(v.strip() for v in variants.split(",") if v.strip()), adjoints_of)
