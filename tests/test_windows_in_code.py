"""Guards on places are slices in emitted code, and sums up to an index are cumulative sums: in values at every size,
with leading axes, and under autodiff."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from derivations import derive, gradient

FIRST = "sum_{i=1}^{n-1} (x_{i+1} - x_i)^2"
BEHIND = "sum_{i=2}^n (x_i - x_{i-1})^2"
SECOND = "sum_{i=1}^{n-2} (x_{i+2} - 2 x_{i+1} + x_i)^2"
FOLLOWED = "sum_{i=1}^{n-1} exp(x_i - x_{i+1})"
UP_TO = "sum_{i=1}^n (sum_{j=1}^i x_j)^2"
BEFORE = "sum_{i=1}^n (sum_{j=1}^{i-1} x_j - 1)^2"
FROM_ON = "sum_{i=1}^n (sum_{j=i}^n x_j)^3"
AFTER = "sum_{i=1}^n (sum_{j=i+1}^n x_j - 1)^3"
WEIGHTED = "sum_{i=1}^n x_i sum_{j=1}^i x_j^2"

BY_HAND = {
    FIRST: lambda x: (np.diff(x) ** 2).sum(),
    BEHIND: lambda x: (np.diff(x) ** 2).sum(),
    SECOND: lambda x: (np.diff(x, 2) ** 2).sum(),
    FOLLOWED: lambda x: np.exp(x[:-1] - x[1:]).sum(),
    UP_TO: lambda x: (np.cumsum(x) ** 2).sum(),
    BEFORE: lambda x: ((np.cumsum(x) - x - 1) ** 2).sum(),
    FROM_ON: lambda x: (np.cumsum(x[::-1]) ** 3).sum(),
    AFTER: lambda x: ((np.cumsum(x[::-1])[::-1] - x - 1) ** 3).sum(),
    WEIGHTED: lambda x: (x * np.cumsum(x**2)).sum(),
}


def both(text: str) -> Any:
    return gradient(text, "x", "x: real[n]", value=True)


def slopes(f: Any, x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize("text", BY_HAND)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
def test_values_and_gradients_are_those_by_hand_at_every_size(text: str, n: int) -> None:
    f, x = BY_HAND[text], np.random.default_rng(n).normal(size=n)
    value, slope = both(text).numpy()(x)
    assert value == pytest.approx(f(x), rel=1e-12, abs=1e-12)
    assert slope.shape == (n,)
    np.testing.assert_allclose(slope, slopes(f, x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("text", BY_HAND)
def test_no_position_is_looked_up_and_nothing_is_masked(text: str) -> None:
    for backend in ("numpy", "jax", "torch", "array_api"):
        source = both(text).source(backend)
        assert not {word for word in ("gather(", "where(", "arange(") if word in source}


@pytest.mark.parametrize("text", BY_HAND)
def test_leading_axes_pass_through(text: str) -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 5))
    f = both(text).numpy()
    value, slope = f(x)
    for k in np.ndindex(2, 3):
        one, down = f(x[k])
        assert value[k] == pytest.approx(one, rel=1e-12)
        np.testing.assert_allclose(slope[k], down, rtol=1e-12)


@pytest.mark.parametrize("text", BY_HAND)
def test_the_fast_form_and_the_array_api_agree(text: str) -> None:
    x = np.random.default_rng(0).normal(size=6)
    want = both(text).numpy()(x)
    for made in (both(text).numpy(fast=True)(x), called(both(text).source("array_api"), x)):
        for a, b in zip(made, want, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)


def called(source: str, *given: Any) -> Any:
    scope: dict[str, Any] = {}
    exec(source, scope)
    return scope["gradient"](*given)


def test_a_row_of_a_matrix_is_a_slice_of_its_axis() -> None:
    x = np.random.default_rng(0).normal(size=(5, 3))
    made = gradient("sum_{i=1}^{n-1} sum_j (x_{i+1,j} - x_{ij})^2", "x", "x: real[n,m]")
    slope = made.numpy()(x)
    step = 2 * np.diff(x, axis=0)
    np.testing.assert_allclose(slope[1:-1], step[:-1] - step[1:])
    assert "x[..., 1:, :] - x[..., :-1, :]" in made.source()


def test_a_strict_sum_leaves_its_place_out_instead_of_subtracting_it() -> None:
    x = np.array([1.0, 1e20, 1.0])
    f, _ = gradient("sum_{i=1}^n i sum_{j=1}^{i-1} x_j", "x", "x: real[n]", value=True).numpy()(x[:2])
    assert f == 2.0


CONVOLVED = "sum_{i=1}^{n-m+1} (sum_{j=1}^m w_j x_{i+j-1})^2"


def test_a_choice_looks_nothing_up_that_it_does_not_show() -> None:
    x, w = np.random.default_rng(0).normal(size=6), np.array([1.0, -2.0, 0.5])
    value, down = gradient(CONVOLVED, "w", "x: real[n]; w: real[m]", value=True).numpy()(x=x, w=w)
    f = lambda w: (np.convolve(x, w[::-1], "valid") ** 2).sum()  # noqa: E731
    assert value == pytest.approx(f(w), rel=1e-12)
    np.testing.assert_allclose(down, slopes(f, w), rtol=1e-6)


@pytest.mark.oracle
def test_autodiff_through_a_choice_is_finite() -> None:
    import jax
    import torch

    x, w = np.random.default_rng(0).normal(size=6), np.array([1.0, -2.0, 0.5])
    made = gradient(CONVOLVED, "w", "x: real[n]; w: real[m]", value=True)
    want = made.numpy()(x=x, w=w)[1]
    jax.config.update("jax_enable_x64", True)
    scope: dict[str, Any] = {}
    exec(made.source("jax"), scope)
    np.testing.assert_allclose(jax.grad(lambda w: scope["gradient"](x, w)[0])(w), want, rtol=1e-10)
    given = torch.tensor(w, requires_grad=True)
    value, _ = called(made.source("torch"), torch.tensor(x), given)
    np.testing.assert_allclose(torch.autograd.grad(value, given)[0], want, rtol=1e-10)


@pytest.mark.oracle
@pytest.mark.parametrize("text", BY_HAND)
def test_autodiff_through_the_value_gives_the_gradient(text: str) -> None:
    import jax
    import jax.numpy as jnp
    import torch

    x = np.random.default_rng(1).normal(size=6)
    want = both(text).numpy()(x)[1]
    jax.config.update("jax_enable_x64", True)
    scope: dict[str, Any] = {}
    exec(both(text).source("jax"), scope)
    f = scope["gradient"]
    np.testing.assert_allclose(jax.jit(jax.grad(lambda x: f(x)[0]))(jnp.asarray(x)), want, rtol=1e-10)
    stacked = jax.vmap(f)(jnp.asarray([x, 2 * x]))[1]
    np.testing.assert_allclose(stacked[0], want, rtol=1e-10)
    again = jax.jacobian(lambda x: f(x)[1])(jnp.asarray(x))
    assert np.isfinite(np.asarray(again)).all()

    given = torch.tensor(x, requires_grad=True)
    value, slope = called(both(text).source("torch"), given)
    (by,) = torch.autograd.grad(value, given, retain_graph=True)
    np.testing.assert_allclose(by, want, rtol=1e-10)
    assert torch.isfinite(torch.autograd.grad(slope.sum(), given)[0]).all()


def test_a_value_whose_axes_stand_in_another_order_keeps_its_name_to_itself() -> None:
    """What the fast form computes before it puts the axes in the order of z_fij was called z as the result: it was
    written over where n is not m, and where it is, the entries of the last block were returned."""
    r = np.random.default_rng(2)
    x, W, B = r.normal(size=(2, 4, 7)), r.normal(size=(3, 2, 2, 3)), r.normal(size=3)
    derived = derive("conv2d", "z")
    np.testing.assert_allclose(derived.numpy(fast=True)(x=x, W=W, B=B), derived.numpy()(x=x, W=W, B=B), rtol=1e-12)
