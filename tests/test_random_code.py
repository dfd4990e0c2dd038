"""Code for gradients of formulas that nobody prepared: every form gives what the readable one gives, in batches and in
float32 too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from random_formulas import NAMES, SIZES, formula, values
from test_numba import interpreted

from derivations import emit, gradient
from derivations.derivation import Derivation

HERE, ORACLE, SOAK = (*range(500, 525), 2186, 2516), range(560, 620), range(2000, 3000)


def derived(seed: int) -> tuple[str, Derivation, dict[str, Any]]:
    """The text, its gradient, and what its code takes."""
    made, wrt = formula(seed)
    if not wrt:
        pytest.skip("the formula is a constant")
    derivation = gradient(made.text, wrt, NAMES)
    every = {**values(seed), **SIZES}
    wanted = inspect.signature(derivation.numpy()).parameters
    return (
        made.text,
        derivation,
        {k: v if isinstance(v, int) else np.asarray(v, float) for k, v in every.items() if k in wanted},
    )


def forms(derivation: Derivation) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The forms over NumPy arrays; the loops for numba as Python runs them."""
    yield "readable", derivation.numpy()
    yield "fast", derivation.numpy(fast=True)
    yield "numba", interpreted(derivation.source("numba", dressing="guarded"))


def close(got: Any, want: np.ndarray) -> bool:
    got = np.asarray(got)
    return got.shape == want.shape and np.allclose(got, want, rtol=1e-9, atol=1e-9 * (1 + np.abs(want).max(initial=0)))


def agree(seed: int) -> None:
    text, derivation, given = derived(seed)
    want = np.asarray(derivation.numpy()(**given))
    arrays = {k: v for k, v in given.items() if isinstance(v, np.ndarray)}
    stacks = {k: np.stack([v * s for s in ((1, 1, 1) if k == "y" else (1, 0.9, 0.8))]) for k, v in arrays.items()}
    members = [np.asarray(derivation.numpy()(**given | {k: v[n] for k, v in stacks.items()})) for n in range(3)]
    for form, function in forms(derivation):
        assert close(function(**given), want), f"seed {seed}, {form}: {text}"
        if arrays:
            assert close(function(**given | stacks), np.stack(members)), f"seed {seed}, {form} in a batch: {text}"
            single = function(**given | {k: v.astype(np.float32) for k, v in arrays.items()})
            assert single.dtype == np.float32, f"seed {seed}, {form}: {text}"


@pytest.mark.parametrize("seed", HERE)
@pytest.mark.long
def test_every_form_gives_what_the_readable_one_gives(seed: int) -> None:
    agree(seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", SOAK)
def test_every_form_gives_what_the_readable_one_gives_soak(seed: int) -> None:
    agree(seed)


def printed(seed: int, backend: str) -> tuple[str, Callable[..., Any], dict[str, Any], np.ndarray]:
    text, derivation, given = derived(seed)
    space: dict[str, Any] = {}
    exec(
        compile(emit.emit({derivation.target: derivation.result}, "f", text, backend=backend), "<backproof>", "exec"),
        space,
    )  # our own text
    return text, space["f"], given, np.asarray(derivation.numpy()(**given))


@pytest.mark.oracle
@pytest.mark.parametrize("seed", ORACLE)
def test_the_form_for_jax_gives_the_same(seed: int) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    text, function, given, want = printed(seed, "jax")
    arrays = {k: v for k, v in given.items() if isinstance(v, np.ndarray)}
    sizes = {k: v for k, v in given.items() if k not in arrays}
    assert close(jax.jit(lambda a: function(**a, **sizes))(arrays), want), f"seed {seed}: {text}"


@pytest.mark.oracle
@pytest.mark.parametrize("seed", ORACLE)
def test_the_form_for_torch_gives_the_same(seed: int) -> None:
    torch = pytest.importorskip("torch")
    text, function, given, want = printed(seed, "torch")
    tensors = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in given.items()}
    assert close(function(**tensors), want), f"seed {seed}: {text}"
