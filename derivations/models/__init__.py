"""The models, one file each. `MODELS` maps a name to its definition; `derivations.model.load` reads one with its variants."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from derivations.model import Definition


def _collect() -> Mapping[str, Definition]:
    found = {}
    for info in sorted(iter_modules(__path__), key=lambda m: m.name):
        definition = import_module(f"{__name__}.{info.name}").MODEL
        found[definition.name] = definition
    return MappingProxyType(found)


MODELS: Mapping[str, Definition] = _collect()
"""Every model by name."""
