"""Derived functions by name, built on first use: `from derivations.functions import batch_norm_dx`.

A name is `<model>[_<variant>…]_d<wrt>` (of the model's main numerator first), `…_d2<wrt>2` for a Hessian, or
`<model>_<node>` for a node's value. `backproof models NAME` lists those of a model; `source(name)` gives the text.

`together(model, targets)` is the source of one function for several targets, `function(model, targets)` the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from derivations import emit
from derivations.derivation import Derivation, function_name
from derivations.emit.dressing import Backend, DressingName
from derivations.model import Model
from derivations.models import MODELS, load
from derivations.pipeline import derive
from derivations.together import shared_forms


def names_of(model: str) -> Mapping[str, str]:
    """Function name → target, for one model (with its variants in the name); of two targets with one name the later one
    says its numerator too (`logistic_dNLL_dtheta`)."""
    found: dict[str, str] = {}
    names = load(model).names
    for target in load(model).targets:
        if not target.startswith("argmin"):
            name = function_name(model, target, names=names)
            found.setdefault(
                name if name not in found else function_name(model, target, full=True, names=names), target
            )
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
    return derivation(name).source(name=name)


def together(
    model: str | Model,
    targets: Sequence[str],
    *,
    name: str | None = None,
    fast: bool = False,
    backend: Backend = "numpy",
    dressing: DressingName = "bare",
    with_test: bool = False,
) -> str:
    """The source of one function that returns all targets, in their order, and computes what they share once;
    `with_test` also a test that holds the derivatives among them against central differences.

    A value is written by its definition; gradients that use one adjoint (δ = dL/dz of a layer) are written with it,
    where that is as stable as the form without (`shareable`). Raises what `derive` raises, and `CannotEmit`;
    `ValueError` where there is no target.
    """
    wanted = tuple(dict.fromkeys(targets))
    if not wanted:
        raise ValueError("no target: name one or more")
    derived = {target: derive(model, target) for target in wanted}
    doc = f"{', '.join(wanted)} of the model {model}." if isinstance(model, str) else f"{', '.join(wanted)}."
    name = name or name_together(model, wanted)
    forms = shared_forms(derived)
    source = emit.emit(forms, name, doc, fast=fast, backend=backend, dressing=dressing)
    return emit.with_test(source, forms, [*derived.values()], backend, dressing) if with_test else source


def function(
    model: str | Model, targets: Sequence[str], *, fast: bool = False, numba: bool = False
) -> Callable[..., Any]:
    """`together`, built: it returns a tuple of arrays in the order of the targets, one array for one target."""
    backend: Backend = "numba" if numba else "numpy"
    source = together(model, targets, name="function", fast=fast, backend=backend, dressing="guarded")
    return emit.build(source, "function")


def name_together(model: str | Model, targets: Sequence[str]) -> str:
    """`two_layer_batch_L_dW1_db1`: the model, then each target as its function is named."""
    title = model if isinstance(model, str) else model.name
    named = {target: name for name, target in names_of(model).items()} if isinstance(model, str) else {}
    stem = function_name(title, "")
    first, *others = (named.get(target) or function_name(title, target) for target in targets)
    return "_".join([first, *(name.removeprefix(f"{stem}_") for name in others)])


@lru_cache(maxsize=256)
def _function(name: str) -> Callable[..., Any]:
    return derivation(name).numpy()


def __getattr__(name: str) -> Callable[..., Any]:
    if name.startswith("__") or name not in index():
        raise AttributeError(f"no derived function {name!r}; `backproof models NAME` lists those of a model")
    return _function(name)


def __dir__() -> list[str]:
    return sorted(index())
