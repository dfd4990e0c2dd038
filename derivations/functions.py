"""Derived functions by name, built on first use: `from derivations.functions import batch_norm_dx`.

A name is `<model>[_<variant>…]_d<wrt>` (of the model's main numerator first), `…_d2<wrt>2` for a Hessian, or `<model>_<node>` for a
node's value. `backproof models NAME` lists those of a model; `source(name)` gives the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from derivations.derivation import Derivation, function_name
from derivations.models import MODELS, load
from derivations.pipeline import derive


def names_of(model: str) -> Mapping[str, str]:
    """Function name → target, for one model (with its variants in the name); of two targets with one name the later one says its
    numerator too (`logistic_dNLL_dtheta`)."""
    found: dict[str, str] = {}
    for target in load(model).targets:
        if not target.startswith("argmin"):
            name = function_name(model, target)
            found.setdefault(name if name not in found else function_name(model, target, full=True), target)
    return found


def _models() -> Iterator[str]:
    for name, definition in MODELS.items():
        yield name
        for variant in definition.variants:
            yield f"{name}:{variant}"


@lru_cache(maxsize=1)
def index() -> Mapping[str, tuple[str, str]]:
    """Function name → (model, target), over every model and single variant."""
    found: dict[str, tuple[str, str]] = {}
    for model in _models():
        for name, target in names_of(model).items():
            found.setdefault(name, (model, target))
    return found


def derivation(name: str) -> Derivation:
    """The derivation behind a function."""
    model, target = index()[name]
    return derive(model, target)


def source(name: str) -> str:
    """The NumPy source of a function."""
    return derivation(name).numpy_source(name=name)


@lru_cache(maxsize=256)
def _function(name: str) -> Callable[..., Any]:
    return derivation(name).numpy()


def __getattr__(name: str) -> Callable[..., Any]:
    if name.startswith("__") or name not in index():
        raise AttributeError(f"no derived function {name!r}; `backproof models NAME` lists those of a model")
    return _function(name)


def __dir__() -> list[str]:
    return sorted(index())
