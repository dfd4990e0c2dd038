"""Gradients of formulas that nobody prepared, against central differences and (where JAX is installed) against JAX."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
from random_formulas import NAMES, SIZES, formula, values

from derivations import gradient, parse_names, read
from derivations.derivation import Derivation, over
from derivations.domains import DOMAINS, Declared
from derivations.formula import free_indices
from derivations.notation import write

HERE, ORACLE, SOAK = range(30), range(60, 160), range(1000)


def _derived(seed: int) -> tuple[Derivation, str, dict] | None:
    made, wrt = formula(seed)
    if not wrt:
        return None
    return gradient(made.text, wrt, NAMES), wrt, values(seed)


def _ours(derivation: Derivation, env: dict) -> np.ndarray:
    function = derivation.numpy()
    wanted = inspect.signature(function).parameters
    return np.asarray(function(**{k: v for k, v in {**env, **SIZES}.items() if k in wanted}))


def _round_trip(derivation: Derivation) -> None:
    result = over(derivation.result)
    result = replace(result, free=tuple(i for i in result.free if i in free_indices(result.body)))
    names = derivation.names.with_rows(*(Declared(i.name, DOMAINS["index"], (), "index", i) for i in result.free))
    text = write(result, "ascii", "index")
    assert read(text, names).key() == result.key(), text


@pytest.mark.parametrize("seed", HERE)
@pytest.mark.long
def test_gradient_against_differences(seed: int) -> None:
    found = _derived(seed)
    if found is None:
        pytest.skip("the formula is a constant")
    derivation, wrt, env = found
    made, _ = formula(seed)
    ours = _ours(derivation, env)
    base = np.asarray(env[wrt], float)
    expected = np.zeros_like(base)
    for cell in np.ndindex(base.shape):
        sides = []
        for sign in (1, -1):
            moved = base.copy()
            moved[cell] += sign * 1e-6
            sides.append(made.value({**env, wrt: moved}, np))
        expected[cell] = (sides[0] - sides[1]) / 2e-6
    assert np.abs(ours - expected).max() <= 1e-5 * (1 + np.abs(expected).max()), f"seed {seed}: {made.text}"
    _round_trip(derivation)


def _against_jax(seed: int) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    found = _derived(seed)
    if found is None:
        pytest.skip("the formula is a constant")
    derivation, wrt, env = found
    made, _ = formula(seed)
    expected = np.asarray(jax.grad(lambda v: made.value({**env, wrt: v}, jax.numpy))(jax.numpy.asarray(env[wrt])))
    ours = _ours(derivation, env)
    assert np.abs(ours - expected).max() <= 1e-8 * (1 + np.abs(expected).max()), f"seed {seed}: {made.text}"
    _round_trip(derivation)


@pytest.mark.oracle
@pytest.mark.parametrize("seed", ORACLE)
def test_gradient_against_jax(seed: int) -> None:
    _against_jax(seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", SOAK)
def test_gradient_against_jax_soak(seed: int) -> None:
    _against_jax(seed)


def test_the_names_of_the_generator_are_read() -> None:
    assert parse_names(NAMES).sizes == ("d", "n")
