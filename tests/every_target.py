"""Every target of every model and variant as an emitted function, built once for all tests that go through them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from derivations.closed_form import NoClosedForm
from derivations.emit import guarded
from derivations.models import MODELS, load
from derivations.pipeline import derive


@cache
def targets(model: str) -> tuple[tuple[str, str], ...]:
    """Every target of a model and its variants that has a closed form; "don't know" has no code."""
    found = []
    for name in (model, *(f"{model}:{variant}" for variant in MODELS[model].variants)):
        for target in load(name).targets:
            try:
                derive(name, target)
            except NoClosedForm:
                continue
            found.append((name, target))
    return tuple(found)


@cache
def function_of(model: str, target: str, fast: bool) -> Callable[..., Any]:
    return guarded({"result": derive(model, target).result}, "f", "", fast=fast)
