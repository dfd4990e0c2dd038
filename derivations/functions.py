"""Derived functions by name, built on first use: `from derivations.functions import batch_norm_dx`.

A name is `<model>[_<variant>…]_d<wrt>` (of the model's main numerator first), `…_d2<wrt>2` for a Hessian, or
`<model>_<node>` for a node's value. `backproof models NAME` lists those of a model; `source(name)` gives the text.

`together(model, targets)` is the source of one function for several targets, `function(model, targets)` the function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from derivations import emit
from derivations.derivation import Derivation, function_name
from derivations.formula import Elem, Formula, Node, Num, Pow, names_in, walk
from derivations.model import Model
from derivations.models import MODELS, load
from derivations.pipeline import derive


def names_of(model: str) -> Mapping[str, str]:
    """Function name → target, for one model (with its variants in the name); of two targets with one name the later one
    says its numerator too (`logistic_dNLL_dtheta`)."""
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
    return derivation(name).source(name=name)


def together(
    model: str | Model,
    targets: Sequence[str],
    *,
    name: str | None = None,
    fast: bool = False,
    backend: str = "numpy",
    dressing: str = "bare",
) -> str:
    """The source of one function that returns all targets, in their order, and computes what they share once.

    A value is written by its definition; gradients that use one adjoint (δ = dL/dz of a layer) are written with it,
    where that is as stable as the form without (`shareable`). Raises what `derive` raises, and `CannotEmit`;
    `ValueError` where there is no target.
    """
    wanted = tuple(dict.fromkeys(targets))
    if not wanted:
        raise ValueError("no target: name one or more")
    derived = {target: derive(model, target) for target in wanted}
    title = model if isinstance(model, str) else model.name
    doc = f"{', '.join(wanted)} of the model {title}."
    name = name or name_together(title, wanted)
    return emit.emit(shared_forms(derived), name, doc, fast=fast, backend=backend, dressing=dressing)


def function(
    model: str | Model, targets: Sequence[str], *, fast: bool = False, numba: bool = False
) -> Callable[..., Any]:
    """`together`, built: it returns a tuple of arrays in the order of the targets, one array for one target."""
    backend = "numba" if numba else "numpy"
    source = together(model, targets, name="function", fast=fast, backend=backend, dressing="guarded")
    return emit.build(source, "function")


def name_together(model: str, targets: Sequence[str]) -> str:
    """`two_layer_batch_L_dW1_db1`: the model, then each target as `function_name` has it."""
    first, *others = targets
    stem = function_name(model, "")
    return "_".join([function_name(model, first), *(function_name(model, t).removeprefix(f"{stem}_") for t in others)])


def shared_forms(derived: Mapping[str, Derivation]) -> dict[str, Formula]:
    """The formula of each target in the form in which they share most."""
    forms = {target: _by_definition(d) for target, d in derived.items()}
    if len(derived) < 2:
        return forms
    adjoint = {target: _before_insertion(d) for target, d in derived.items()}
    uses = Counter(name for f in adjoint.values() if f is not None for name in set(names_in(f.body)) if "/" in name)
    for target, f in adjoint.items():
        if f is not None and any(uses[name] > 1 for name in names_in(f.body)):
            forms[target] = f
    return forms


def _by_definition(d: Derivation) -> Formula:
    """A node's value as the model defines it, which the emitter computes from the nodes below; other results as they
    are."""
    first = d.lemmas[-1].steps[0]
    if (
        len(d.lemmas) == 1
        and first.rule == "definition"
        and isinstance(first.before.body, Elem)
        and not _adjoints(first.after)
    ):
        return first.after
    return d.result


def _before_insertion(d: Derivation) -> Formula | None:
    """dL/dW = Σ_r dL/dz_r x_r rather than with dL/dz written out; None where writing it out was simplified, or keeping
    it is not stable."""
    last = d.lemmas[-1].steps[-1]
    if not last.rule.startswith("insert `"):
        return None
    used = _adjoints(last.before)
    return last.before if used and shareable(used, d) else None


def _adjoints(f: Formula) -> set[str]:
    return {
        name for name in names_in(f.body) if "/" in name and f.names is not None and f.names[name].role == "adjoint"
    }


def shareable(names: set[str], d: Derivation) -> bool:
    """Whether adjoints may be computed as they stand: none, nor one below it, divides by anything but sizes. dL/dŷ =
    -y/ŷ does, and what it divides by cancels only where it is written out."""
    below, done = set(names), set()
    while below - done:
        name = (below - done).pop()
        done.add(name)
        definition = d.names[name].definition
        if definition is None:
            continue
        if any(_divides(n) for n in walk(definition.body)):
            return False
        below |= {n for n in names_in(definition.body) if "/" in n}
    return True


def _divides(node: Node) -> bool:
    return (
        isinstance(node, Pow)
        and not (isinstance(node.exponent, Num) and node.exponent.value >= 0)
        and any(isinstance(n, Elem) for n in walk(node))
    )


@lru_cache(maxsize=256)
def _function(name: str) -> Callable[..., Any]:
    return derivation(name).numpy()


def __getattr__(name: str) -> Callable[..., Any]:
    if name.startswith("__") or name not in index():
        raise AttributeError(f"no derived function {name!r}; `backproof models NAME` lists those of a model")
    return _function(name)


def __dir__() -> list[str]:
    return sorted(index())
