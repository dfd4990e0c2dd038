"""Every target of every model and variant as an emitted function, built once for all tests that go through them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from derivations.closed_form import NoClosedForm
from derivations.emit import guarded
from derivations.models import MODELS, load
from derivations.pipeline import derive

VARIANTS = [f"{model}:{variant}" for model, definition in MODELS.items() for variant in definition.variants]
ALIKE = {"lstm": "rnn", "gru": "rnn", "crf": "hmm"}
"""Models whose code is a loop of the same kind as that of another, and takes longest."""
BASE = [pytest.param(name, marks=pytest.mark.soak) if name in ALIKE else name for name in MODELS]
EVERY = [*BASE, *(pytest.param(name, marks=pytest.mark.soak) for name in VARIANTS)]
"""Every model; in the long tests those that are like another one, and variants, whose code differs in little."""


@cache
def targets(name: str) -> tuple[tuple[str, str], ...]:
    """Every target of a model or a variant that has a closed form; "don't know" has no code."""
    found = []
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
