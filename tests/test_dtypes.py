"""float32 in, float32 out; float64 in, float64 out; integers in, float64 out: for every formula, model target and
form."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from every_target import EVERY, targets
from test_numba import interpreted

from derivations import gradient
from derivations.emit import CannotEmit, emit, guarded
from derivations.emit.mangle import identifier
from derivations.formula import Formula
from derivations.formula.sizes import value_of
from derivations.notation import read
from derivations.pipeline import derive

NAMES = "x: real; y: real; a: real; r: positive; q: real[K]; v: real[K]; h: labelpm1[K]; B: real[K,K]"

FORMULAS = [
    ("max(x, -x)", "x"), ("max(x, 2)", "x"), ("min(x, y)", "x"), ("max(x, y, a)", "x"), ("max(x, log(2))", "x"),
    ("clip(x, 0, 1)", "x"),
    ("relu(x)", "x"), ("relu(relu(x) - 1)", "x"), ("abs(x)", "x"), ("sign(x) x", "x"), ("leaky_relu(x, 0.01)", "x"),
    ("leaky_relu(x, 1/3)", "x"),
    ("leaky_relu(x, a)", "x a"), ("elu(x, 1)", "x"), ("elu(x, a)", "x a"), ("x if x > 0 else 0.1 x", "x"),
    ("1 if x > 0 else 0", ""), ("1 if x > 0 else 2", ""),
    ("x if x > 0 else -1", "x"), ("x if 1 > 2 else 2 x", "x"), ("x^2 if x > 1 else 2 x - 1 if x > -1 else 3", "x"),
    ("1/3 if x > 0 else 0.1", ""),
    ("1[x > 0]", ""), ("1[x > 0] 1[y > 0] x", "x"), ("1[x > 0]/3 + x", "x"), ("1[x = y] x", "x"), ("x sign(y)", "x"),
    ("x floor(y) + ceil(x)", "x"),
    ("max_k q_k", "q"), ("min_k q_k", "q"), ("max_k |q_k|", "q"), ("sum_k max(q_k, v_k)", "q"),
    ("sum_k relu(q_k)", "q"), ("sum_k 1[q_k > 0]", ""),
    ("sum_k 1[q_k > v_k] q_k", "q"), ("(sum_k 1[q_k > 0]) sum_k q_k^2", "q"), ("sum_k (1 if q_k > 0 else -1)", ""),
    ("sum_k (0.1 if q_k > 0 else -1) v_k", "v"),
    ("sum_k max(0, 1 - h_k q_k)", "q"), ("sum_k 1[q_k = max_j q_j] v_k", "v"), ("sum_j sum_k |B_jk|", "B"),
    ("max_k sum_j |B_jk|", "B"), ("||q||_1", "q"),
    ("sum_k k q_k", "q"), ("sum_k q_k/k", "q"), ("sum_k q_k/K", "q"), ("sum_k q_k 1[k >= 2]", "q"), ("K x", "x"),
    ("prod_k q_k", "q"), ("tr(B)", "B"),
    ("x^3/3", "x"), ("x^(1/3)", "x"), ("2^x", "x"), ("r^r", "r"), ("pi x + e^2 + sqrt(2) + log(2)", "x"),
    ("erf(x)", "x"), ("x - x", "x"), ("||q||", "q"),
    ("log(exp(x) + exp(y))", "x"), ("log(exp(x + 1) - exp(x))", ""), ("log(1 + sum_k exp(q_k))", "q"),
    ("log det(B B^T + I)", "B"), ("log(cosh(x))", "x"),
]  # fmt: skip

FORMS = ("readable", "fast", "numba")


def made(formula: Formula, form: str) -> Callable[..., Any]:
    if form in ("jax", "torch"):
        space: dict[str, Any] = {}
        exec(compile(emit({"result": formula}, "f", "", backend=form), form, "exec"), space)
        return space["f"]
    if form != "numba":
        return guarded({"result": formula}, "f", "", fast=form == "fast")
    return interpreted(emit({"result": formula}, "f", "", backend="numba", dressing="guarded"))


def arguments(formula: Formula, function: Callable[..., Any]) -> dict[str, np.ndarray]:
    """Whole numbers for the names that a function takes, 2 for every size."""
    rng = np.random.default_rng(3)
    wanted = inspect.signature(function).parameters
    given = {}
    for row in formula.names.inputs():
        shape = [value_of(s, dict.fromkeys(formula.names.sizes, 2)) for s in row.sizes]
        value = (
            rng.integers(1, 4, shape)
            if row.domain.structure == "plain"
            else np.resize(3 * np.eye(shape[-1], dtype=int)[: shape[-2] if len(shape) > 1 else 1], shape)
        )
        if row.labels:
            value, shape = np.zeros(shape[:-1], int), shape[:-1]
        if identifier(row.name) in wanted:
            given[identifier(row.name)] = np.asarray(
                value if row.labels or not row.domain.values else np.ones(shape, int)
            ).reshape(shape) * np.ones(shape, int)
    return given


def dtypes(formula: Formula, form: str) -> Iterator[tuple[str, str]]:
    """(dtype in, dtype out) of a form; the functions for JAX and PyTorch are in the dtype of their arguments, and take
    no integers."""
    function = made(formula, form)
    labels = {identifier(row.name) for row in formula.names.inputs() if row.labels}
    given = arguments(formula, function)
    sizes = {s: 2 for s in inspect.signature(function).parameters if s in formula.names.sizes}
    if not given:
        return
    for dtype in ("float32", "float64", *(() if form in ("jax", "torch") else ("int64",))):
        values = {k: (v if k in labels else v.astype(dtype)) for k, v in given.items()}
        if form == "torch":
            values = {k: __import__("torch").tensor(v) for k, v in values.items()}
        if form == "jax":
            values = {k: __import__("jax").numpy.asarray(v) for k, v in values.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield dtype, str(function(**values, **sizes).dtype).removeprefix("torch.")


def kept(formula: Formula, form: str) -> None:
    for dtype, got in dtypes(formula, form):
        assert got == ("float64" if dtype == "int64" else dtype), (form, dtype, got)


def formulas(text: str, wrt: str) -> Iterator[Formula]:
    yield read(text, NAMES)
    for name in wrt.split():
        yield gradient(text, name, NAMES).result


@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=[t for t, _ in FORMULAS])
@pytest.mark.long
def test_typed_formulas_keep_the_dtype(text: str, wrt: str) -> None:
    for formula in formulas(text, wrt):
        for form in FORMS:
            kept(formula, form)


@pytest.mark.oracle
@pytest.mark.parametrize("form", ["jax", "torch"])
@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=[t for t, _ in FORMULAS])
def test_typed_formulas_keep_the_dtype_in_jax_and_torch(text: str, wrt: str, form: str) -> None:
    module = pytest.importorskip(form)
    if form == "jax":
        module.config.update("jax_enable_x64", True)
    for formula in formulas(text, wrt):
        kept(formula, form)


@pytest.mark.parametrize("model", EVERY)
@pytest.mark.long
def test_every_target_keeps_the_dtype(model: str) -> None:
    for k, (name, target) in enumerate(targets(model)):
        kept(derive(name, target).result, FORMS[k % 3])


@pytest.mark.oracle
@pytest.mark.parametrize("form", ["jax", "torch"])
@pytest.mark.parametrize("model", EVERY)
def test_every_target_keeps_the_dtype_in_jax_and_torch(model: str, form: str) -> None:
    module = pytest.importorskip(form)
    if form == "jax":
        module.config.update("jax_enable_x64", True)
    for name, target in targets(model):
        try:
            kept(derive(name, target).result, form)
        except CannotEmit:
            continue


NUMBERS = [
    ("sum_i {1 if y_i > 0, alpha otherwise} y_i^2", "y", "y: real[n]; alpha: real"),
    ("sum_i leaky_relu(y_i, alpha)", "y", "y: real[n]; alpha: real"),
    ("sum_i x log(y_i)", "y", "x: probability; y: probability[n]"),
    ("n/2 log(2 pi v) + sum_i y_i^2/(2 v)", "v", "y: real[n]; v: positive"),
    ("sum_i log(exp(y_i) + exp(alpha))", "y", "y: real[n]; alpha: real"),
    ("alpha sum_i y_i^2", "y", "y: real[n]; alpha: real"),
]
"""Formulas with arguments that callers give as numbers of Python, beside an array y."""


def called_with_a_number(text: str, wrt: str, names: str, backend: str, array: Callable[[str], Any]) -> Any:
    space: dict[str, Any] = {}
    exec(gradient(text, wrt, names, value=True).source(backend), space)
    function = space["gradient"]
    given = {k: array("y") if k == "y" else 4 if k == "n" else 0.5 for k in inspect.signature(function).parameters}
    return function(**given)


@pytest.mark.parametrize("backend", ["numpy", "array_api"])
@pytest.mark.parametrize(("text", "wrt", "names"), NUMBERS, ids=[t for t, _, _ in NUMBERS])
def test_a_number_of_python_leaves_the_dtype_to_the_array(text: str, wrt: str, names: str, backend: str) -> None:
    for dtype in (np.float16, np.float32, np.float64):
        made = called_with_a_number(text, wrt, names, backend, lambda _: np.linspace(0.1, 0.9, 4).astype(dtype))  # noqa: B023
        assert [a.dtype for a in made] == [dtype, dtype]


@pytest.mark.oracle
@pytest.mark.parametrize(("text", "wrt", "names"), NUMBERS, ids=[t for t, _, _ in NUMBERS])
def test_a_number_of_python_leaves_the_dtype_to_a_tensor(text: str, wrt: str, names: str) -> None:
    import jax
    import jax.numpy as jnp
    import torch

    y = np.linspace(0.1, 0.9, 4)
    want = called_with_a_number(text, wrt, names, "numpy", lambda _: y)
    for dtype in (torch.bfloat16, torch.float32, torch.float64):
        made = called_with_a_number(text, wrt, names, "torch", lambda _: torch.tensor(y, dtype=dtype))  # noqa: B023
        assert [a.dtype for a in made] == [dtype, dtype]
        for a, b in zip(made, want, strict=True):
            np.testing.assert_allclose(a.double(), b, rtol=0.1)
    wide = jax.config.jax_enable_x64
    try:  # where numbers of 64 bits are asked for, a choice between two of Python's is one
        jax.config.update("jax_enable_x64", False)
        made = called_with_a_number(text, wrt, names, "jax", lambda _: jnp.asarray(y, jnp.float32))
    finally:
        jax.config.update("jax_enable_x64", wide)
    assert [str(a.dtype) for a in made] == ["float32", "float32"]
