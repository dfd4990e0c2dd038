"""Gradients of losses at random, emitted as NumPy, against differences of an independent evaluation: at ordinary and at
special points.

Where the loss is smooth the gradient is the derivative, at zeros, equal entries and saturated inputs too; at a kink it
lies between the two one-sided derivatives.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
from random_losses import (
    GATHERS,
    LOSSES,
    MEANS,
    POINTS,
    SIZES,
    Env,
    Posed,
    Rule,
    constrained,
    dual_of,
    loss,
    over_time,
    round_in_time,
    values,
)

from derivations import gradient
from derivations.closed_form import NoClosedForm
from derivations.work import TooMuchWork

BLOCK, HERE, SOAK = 10, range(2), range(200)
"""Losses a test, the tests of every run (50 losses) and those of the long one (2,000)."""
HERE_TOO = 4
"""Seeds of each further kind in every run, 40 in all with those of the long one; a thousand in the soak."""
STEPS = (np.longdouble(2) ** -22, np.longdouble(2) ** -26)
NEAR = 1e-4
TOGETHER = ("zeros", "integers", "equal")
"""Kinds of points at which several kinks may meet."""
KINKED = re.compile(r"max|min|relu|abs|clip|\||if ")


def _slopes(posed: Posed, env: Env, cell: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """The slopes to the right and to the left, with a step and with a smaller one."""
    base, at = env[posed.wrt], posed.value(env)
    found = []
    for step in STEPS:
        row = []
        for sign in (1, -1):
            moved = base.copy()
            moved[cell] += sign * step * (1 + abs(base[cell]))
            row.append((posed.value({**env, posed.wrt: moved}) - at) / (moved[cell] - base[cell]))
        found.append((row[0], row[1]))
    return found


def _checked(seed: int, posed: Posed) -> int:
    """How many partial derivatives of a loss were compared."""
    try:
        function = gradient(posed.formula, posed.wrt, posed.names, let=posed.let).numpy()
    except TooMuchWork:
        return 0  # refused: of a block, most have to be derived
    wanted = inspect.signature(function).parameters
    count = 0
    for kind in POINTS:
        env = values(seed, kind)
        if not np.isfinite(posed.value(env)):
            continue
        ours = function(
            **{
                k: v
                for k, v in {**{k: v if k == "p" else np.asarray(v, float) for k, v in env.items()}, **SIZES}.items()
                if k in wanted
            }
        )
        ours = np.broadcast_to(ours, env[posed.wrt].shape)
        finite = np.abs(ours[np.isfinite(ours)])
        scale = 1 + (finite.max() if finite.size else 0)
        for cell in np.ndindex(ours.shape):
            (f1, b1), (f2, b2) = _slopes(posed, env, cell)
            within = NEAR * (1 + max(abs(f2), abs(b2))) + 1e-6 * scale
            if not np.isfinite([f1, b1, f2, b2]).all() or abs(f1 - f2) > within or abs(b1 - b2) > within:
                continue  # the differences do not settle: nothing is known here
            low, high = min(f2, b2), max(f2, b2)
            kink = high - low > within
            if kind in TOGETHER and (kink or len(KINKED.findall(posed.text)) > 1):
                assert kink or np.isfinite(ours[cell]), f"seed {seed}, {kind}: no value for {posed.text}"
                continue  # several kinks may meet in one point: there only the convention is promised
            said = f"seed {seed}, {kind}: d/d{posed.wrt}{[k + 1 for k in cell]} of {posed.text}"
            assert (kink and np.isnan(ours[cell])) or low - within <= ours[cell] <= high + within, (
                f"{said} is {ours[cell]}, its slopes are {b2} and {f2}"
            )
            count += 1
    return count


def _block(block: int, tops: tuple[Rule, ...] = LOSSES) -> None:
    assert sum(_checked(seed, loss(seed, tops)) for seed in range(BLOCK * block, BLOCK * (block + 1))) > 10 * BLOCK


def _block_over_time(block: int) -> None:
    assert sum(_checked(seed, over_time(seed)) for seed in range(BLOCK * block, BLOCK * (block + 1))) > 5 * BLOCK


def _block_round(block: int) -> int:
    """How many of the losses of a block were derived and compared."""
    counts = [_checked(seed, round_in_time(seed)) for seed in range(BLOCK * block, BLOCK * (block + 1))]
    return sum(count > 0 for count in counts)


def _drawn(rng: np.random.Generator, n: int, d: int) -> Env:
    """Values of what losses with a constraint speak of."""
    half = rng.normal(size=(d, d))
    return {
        "X": rng.normal(size=(n, d)), "S": half @ half.T + np.eye(d), "v": rng.normal(size=d), "g": rng.normal(size=d),
        "b": rng.uniform(0.3, 2, size=d), "y": rng.choice([-1.0, 1.0], size=n), "a": rng.normal(),
        "c": rng.uniform(0.3, 2),
    }  # fmt: skip


def _least(seed: int) -> None:
    """The derived minimum under an equation meets it, and is least among points around that do."""
    posed = constrained(seed)
    function = gradient(posed.formula, "w", posed.names, argmin=True, subject_to=[posed.equation]).numpy()
    rng = np.random.default_rng(seed)
    n, d = 5, 3
    env = _drawn(rng, n, d)
    wanted = inspect.signature(function).parameters
    best = function(**{k: v for k, v in {**env, "n": n, "d": d}.items() if k in wanted})
    at = {**env, "w": best}
    said = f"seed {seed}: the minimum of {posed.formula} under {posed.equation}"
    assert abs(posed.residual(at)) < 1e-8, said
    normal = np.array([posed.residual({**at, "w": best + row}) - posed.residual(at) for row in np.eye(d)])
    for _ in range(8):
        away = rng.normal(size=d)
        away -= normal * (normal @ away) / (normal @ normal)
        for size in (1e-3, 0.3):
            assert posed.value({**at, "w": best + size * away}) >= posed.value(at) - 1e-9, said


def _dual(seed: int) -> bool:
    """Whether a dual was derived; it is the least of the Lagrangian over w, which is solved here from differences."""
    posed, under, held = dual_of(seed)
    try:
        (derivation,) = gradient(posed.formula, ["w"], posed.names, dual=True, subject_to=under)
    except (NoClosedForm, TooMuchWork):
        return False
    function = derivation.numpy()
    wanted = inspect.signature(function).parameters
    rng = np.random.default_rng(seed)
    n, d = 5, 3
    env = {**_drawn(rng, n, d), "w": np.zeros(d)}
    letters = {True: iter(("lambda", "nu")), False: iter(("alpha", "mu"))}
    weights: Env = {}
    for equal, value in held:
        name = next(letters[equal])
        weights[name] = np.asarray(rng.normal(size=np.shape(value(env))))
        weights[name] = weights[name] if equal else np.abs(weights[name])

    def lagrangian(w: np.ndarray) -> float:
        at = {**env, "w": w}
        terms = (np.sum(m * value(at)) for m, (_, value) in zip(weights.values(), held, strict=True))
        return float(posed.value(at) - sum(terms))

    unit = np.eye(d)
    at_zero = lagrangian(np.zeros(d))
    slope = np.array([(lagrangian(row) - lagrangian(-row)) / 2 for row in unit])
    curved = np.array([[lagrangian(r + s) - lagrangian(r) - lagrangian(s) + at_zero for s in unit] for r in unit])
    least = lagrangian(np.linalg.solve(curved, -slope))
    given = {**env, **weights, "lambda_": weights.get("lambda"), "n": n, "d": d}
    ours = function(**{k: v for k, v in given.items() if k in wanted})
    said = f"seed {seed}: the dual of {posed.formula} under {under}"
    assert abs(ours - least) < 1e-8 * (1 + abs(least)), f"{said} is {ours}, and not {least}"
    return True


@pytest.mark.parametrize("seed", range(2 * HERE_TOO))
def test_dual_functions(seed: int) -> None:
    _dual(seed)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(30))
def test_dual_functions_soak(block: int) -> None:
    assert sum(_dual(seed) for seed in range(BLOCK * block, BLOCK * (block + 1))) > BLOCK // 2


@pytest.mark.parametrize("block", HERE)
@pytest.mark.long
def test_gradients_of_losses(block: int) -> None:
    _block(block)


@pytest.mark.parametrize("block", range(1))
@pytest.mark.long
def test_gradients_of_means_over_random_variables(block: int) -> None:
    _block(block, MEANS)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(100))
def test_gradients_of_means_over_random_variables_soak(block: int) -> None:
    _block(block, MEANS)


@pytest.mark.soak
@pytest.mark.parametrize("block", SOAK)
def test_gradients_of_losses_soak(block: int) -> None:
    _block(block)


@pytest.mark.parametrize("seed", range(HERE_TOO))
def test_gradients_of_what_labels_pick(seed: int) -> None:
    _checked(seed, loss(seed, GATHERS))


@pytest.mark.parametrize("seed", range(HERE_TOO))
def test_gradients_of_recursions(seed: int) -> None:
    _checked(seed, over_time(seed))


@pytest.mark.parametrize("seed", range(2 * HERE_TOO))
def test_minima_under_an_equation(seed: int) -> None:
    _least(seed)


@pytest.mark.parametrize("seed", range(2 * HERE_TOO))
def test_gradients_of_states_that_go_round(seed: int) -> None:
    _checked(seed, round_in_time(seed))


@pytest.mark.long
def test_gradients_of_states_that_go_round_in_blocks() -> None:
    assert _block_round(1) > BLOCK // 2


@pytest.mark.soak
@pytest.mark.parametrize("block", range(100))
def test_gradients_of_states_that_go_round_soak(block: int) -> None:
    assert _block_round(block) > BLOCK // 2


@pytest.mark.long
def test_gradients_of_what_labels_pick_in_blocks() -> None:
    _block(1, GATHERS)


@pytest.mark.long
def test_gradients_of_recursions_in_blocks() -> None:
    _block_over_time(1)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(35))
def test_gradients_of_what_labels_pick_soak(block: int) -> None:
    _block(block, GATHERS)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(35))
def test_gradients_of_recursions_soak(block: int) -> None:
    _block_over_time(block)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(30))
def test_minima_under_an_equation_soak(block: int) -> None:
    for seed in range(BLOCK * block, BLOCK * (block + 1)):
        _least(seed)
