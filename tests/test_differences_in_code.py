"""Sums of differences of all rows of two matrices come from the matrices, where nobody needs the differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from derivations import gradient

NAMES = "x: real[n,d]; z: real[m,d]; s: positive"
KERNEL = "sum_ij exp(-||x_i - z_j||^2/2)"
MIXTURE = "sum_i log sum_j exp(-||x_i - z_j||^2/(2 s^2))"
STUDENT = "sum_ij 1/(1 + ||x_i - z_j||^2)"
NEEDED = "sum_ij exp(-||x_i - z_j||^2/2) + sum_ijk |x_ik - z_jk|"


def square(x, z):
    return ((x[:, None, :] - z) ** 2).sum(axis=-1)


BY_HAND = {
    KERNEL: lambda x, z, s: np.exp(-square(x, z) / 2).sum(),
    MIXTURE: lambda x, z, s: np.log(np.exp(-square(x, z) / (2 * s**2)).sum(axis=1)).sum(),
    STUDENT: lambda x, z, s: (1 / (1 + square(x, z))).sum(),
    NEEDED: lambda x, z, s: np.exp(-square(x, z) / 2).sum() + np.abs(x[:, None, :] - z).sum(),
}


def drawn(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"x": rng.normal(size=(4, 3)), "z": rng.normal(size=(5, 3)), "s": 1.3}


@pytest.mark.parametrize("text", BY_HAND)
@pytest.mark.parametrize("fast", [False, True])
def test_values_and_gradients_are_those_by_hand(text: str, fast: bool) -> None:
    values, f = drawn(), BY_HAND[text]
    asked = gradient(text, ["x", "z"], NAMES, value=True)
    given = {name: values[name] for name in values if name != "s" or "s^2" in text}
    value, *slopes = asked.numpy(fast=fast)(**given)
    assert value == pytest.approx(f(**values), rel=1e-12)
    for name, slope in zip(("x", "z"), slopes, strict=True):
        for at in np.ndindex(slope.shape):
            ends = []
            for way in (1e-6, -1e-6):
                moved = values[name].copy()
                moved[at] += way
                ends.append(f(**{**values, name: moved}))
            assert slope[at] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)


@pytest.mark.parametrize("text", [KERNEL, MIXTURE])
def test_there_is_no_array_of_three_axes(text: str) -> None:
    source = gradient(text, ["x", "z"], NAMES, value=True).source()
    assert "squared_distances(x, z)" in source
    assert not {word for word in ("ijk", "It holds", "x[..., None, :]") if word in source}
    assert "of rows that lie close together" in source


def test_differences_that_are_needed_stay() -> None:
    assert "x[..., None, :] - z[..., None, :, :]" in gradient(NEEDED, ["x", "z"], NAMES, value=True).source()
