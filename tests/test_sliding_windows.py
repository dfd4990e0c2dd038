"""Convolutions in emitted code are sliding windows, forwards and backwards: in values at several sizes, with leading
axes, in every library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from derivations.functions import together
from derivations.model import Model
from derivations.pipeline import posed

LINE = "w: real[p]; x: real[h+p-1]; g: real[h]; i: index[h]; r: index[p]"
LONGER = "w: real[p]; x: real[h+p+1]; g: real[h]; i: index[h]; r: index[p]"
CHANNELS = (
    "x: real[B,c,h+p-1,l+q-1]; w: real[o,c,p,q]; b: real[o]; g: real[B,o,h,l]; a: index[B]; k: index[o]; m: index[c]; "
    "i: index[h]; j: index[l]; r: index[p]; s: index[q]"
)
SIZES = {"h": 5, "p": 3, "l": 4, "q": 2, "B": 2, "c": 3, "o": 4}


def line(w, x, g, start=0):
    z = np.array([w @ x[i + start : i + start + len(w)] for i in range(len(g))])
    return (g * np.tanh(z)).sum()


def image(x, w, b, g):
    (_, _, h, l), (_, _, p, q) = g.shape, w.shape
    z = sum(
        np.einsum("bchl,oc->bohl", x[:, :, r : r + h, s : s + l], w[:, :, r, s]) for r in range(p) for s in range(q)
    )
    return (g * np.tanh(z + b[:, None, None])).sum()


Loss = Callable[..., Any]
CASES: list[tuple[str, str, str, Loss]] = [
    ("sum_i g_i tanh(z_i)", LINE, "z_i = sum_r w_r x_{i+r-1}", line),
    ("sum_i g_i tanh(z_i)", LONGER, "z_i = sum_r w_r x_{i+r}", lambda w, x, g: line(w, x, g, 1)),
    ("sum_i g_i tanh(z_i)", LONGER, "z_i = sum_r w_r x_{i+r+1}", lambda w, x, g: line(w, x, g, 2)),
    (
        "sum_akij g_akij tanh(z_akij)",
        CHANNELS,
        "z_akij = sum_m sum_r sum_s w_kmrs x_{a,m,i+r-1,j+s-1} + b_k",
        image,
    ),
]
IDS = ["a line", "behind one place", "behind two", "a batch of images"]


def drawn(names: str, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes = [part.strip().split(": real") for part in names.split(";") if ": real" in part]
    shapes = {name: [eval(s, {}, SIZES) for s in axes.strip("[]").split(",")] if axes else [] for name, axes in sizes}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def made(text: str, names: str, bindings: str) -> tuple[Model, list[str]]:
    model = posed(text, names, bindings)[0]
    return model, ["f", *(f"df/d{name}" for name in ("w", "x", "b") if f"{name}: real" in names)]


def function_of(source: str) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    exec(source, space)
    return space["step"]


def slopes(f: Loss, values: dict[str, np.ndarray], name: str, h: float = 1e-6) -> np.ndarray:
    found = np.zeros_like(values[name])
    for at in np.ndindex(found.shape):
        ends = []
        for way in (h, -h):
            moved = values[name].copy()
            moved[at] += way
            ends.append(f(**{**values, name: moved}))
        found[at] = (ends[0] - ends[1]) / (2 * h)
    return found


@pytest.mark.parametrize(("text", "names", "bindings", "loss"), CASES, ids=IDS)
@pytest.mark.parametrize("backend", ["numpy", "array_api", pytest.param("torch", marks=pytest.mark.oracle),
                                     pytest.param("jax", marks=pytest.mark.oracle)])  # fmt: skip
def test_values_and_gradients_are_those_of_the_loops(text, names, bindings, loss, backend):
    model, targets = made(text, names, bindings)
    source = together(model, targets, name="step", backend=backend)
    assert not {word for word in ("gather(", "where(", "arange(") if word in source}
    values = drawn(names)
    convert: Callable[..., Any] = np.asarray
    if backend == "torch":
        convert = pytest.importorskip("torch").as_tensor
    if backend == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
        convert = pytest.importorskip("jax.numpy").asarray
    got = function_of(source)(**{name: convert(value) for name, value in values.items()})
    assert float(got[0]) == pytest.approx(loss(**values), rel=1e-12)
    for target, result in zip(targets[1:], got[1:], strict=True):
        np.testing.assert_allclose(np.asarray(result), slopes(loss, values, target[4:]), atol=1e-7)


@pytest.mark.parametrize(("text", "names", "bindings", "loss"), CASES, ids=IDS)
def test_leading_axes_pass_through_and_the_fast_form_agrees(text, names, bindings, loss):
    model, targets = made(text, names, bindings)
    one, other = drawn(names, 1), drawn(names, 2)
    g = function_of(together(model, targets, name="step"))
    fast = function_of(together(model, targets, name="step", fast=True, dressing="checked"))
    if "b" in one:  # which all members share
        other["b"] = one["b"]
    both = g(**{name: one[name] if name == "b" else np.stack([one[name], other[name]]) for name in one})
    for k, values in enumerate((one, other)):
        for whole, alone, quick in zip(both, g(**values), fast(**values), strict=True):
            np.testing.assert_allclose(whole[k], alone, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(quick, alone, rtol=1e-12, atol=1e-12)


def test_a_guard_that_says_more_stays():
    model = posed(
        "sum_i sum_{r=1}^p {x_r g_{i-r+1} if r <= i and i - r + 1 <= h and r > 2, 0 otherwise}",
        "x: real[p]; g: real[h]; i: index[h+p-1]; r: index[p]",
    )[0]
    values = {"x": np.arange(1.0, 5), "g": np.array([1.0, 10, 100])}
    want = sum(values["x"][r] * values["g"].sum() for r in (2, 3))
    got = function_of(together(model, ["f"], name="step"))(**values)
    assert got == pytest.approx(want)


def test_a_bound_that_is_another_is_no_end_of_the_axis():
    """g stops one place before its end."""
    model = posed(
        "sum_i sum_r {x_r g_{i-r+1} if r <= i and i - r + 2 <= h, 0 otherwise}",
        "x: real[p]; g: real[h]; i: index[h+p-1]; r: index[p]",
    )[0]
    values = {"x": np.arange(1.0, 5), "g": np.array([1.0, 10, 100])}
    got = function_of(together(model, ["f"], name="step"))(**values)
    assert got == pytest.approx(values["x"].sum() * 11)


@pytest.mark.parametrize("condition", ["x_i > 0", "y_r > 0", "x_{i} < y_r", "g_{i-r+1} > 0", "x_i = max_{s=1}^p y_s"])
def test_a_guard_of_values_stays_beside_the_ends(condition):
    model = posed(
        f"sum_i sum_r {{y_r g_{{i-r+1}} if r <= i and i - r + 1 <= h and {condition}, 0 otherwise}}",
        "x: real[h+p-1]; y: real[p]; g: real[h]; i: index[h+p-1]; r: index[p]",
    )[0]
    rng = np.random.default_rng(3)
    x, y, g = rng.normal(size=6), rng.normal(size=3), rng.normal(size=4)
    want = 0.0
    for i in range(6):
        for r in range(3):
            if r <= i and i - r < 4:
                holds = {
                    "x_i > 0": x[i] > 0,
                    "y_r > 0": y[r] > 0,
                    "x_{i} < y_r": x[i] < y[r],
                    "g_{i-r+1} > 0": g[i - r] > 0,
                    "x_i = max_{s=1}^p y_s": x[i] == y.max(),
                }
                want += y[r] * g[i - r] * holds[condition]
    given = {"x": x, "y": y, "g": g}
    source = together(model, ["f"], name="step")
    got = function_of(source)(**{name: value for name, value in given.items() if f"{name}  (" in source})
    assert got == pytest.approx(want)


def test_all_that_a_guard_guards_ends_with_it():
    """The gradient of Σ g z² has g and z at the same place; a function of z has no value beside its axis."""
    for loss in ("sum_i g_i z_i^2", "sum_i g_i log(z_i)"):
        model = posed(loss, LINE, "z_i = sum_r w_r x_{i+r-1}")[0]
        step = function_of(together(model, ["df/dx"], name="step"))
        values = {name: np.abs(value) + 0.1 for name, value in drawn(LINE).items()}
        z = np.convolve(values["x"], values["w"][::-1], "valid")
        back = values["g"] * (2 * z if "^2" in loss else 1 / z)
        np.testing.assert_allclose(step(**values), np.convolve(back, values["w"]), rtol=1e-12)
