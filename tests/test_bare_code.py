"""Code as a person writes it: the value of every target with and without leading axes, in every library, and what is
said where it cannot be."""

from __future__ import annotations

import ast
import importlib
import inspect
import statistics
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from every_target import EVERY, targets

from derivations import derive, gradient, read
from derivations.emit import build, emit
from derivations.emit.mangle import identifier
from derivations.evaluate import draw, floats
from derivations.formula import Formula
from derivations.functions import together

POINTS = (33, 34)


def run(text: str) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    exec(compile(text, "<backproof>", "exec"), space)  # our own text
    return space["f"]


def shapes(function: Callable[..., Any]) -> dict[str, str]:
    """The shape of each argument, as the docstring says it."""
    rows = [line.split("  ") for line in (function.__doc__ or "").split("\n") if line.startswith("        ")]
    return {row[4]: row[5] for row in rows if len(row) > 5 and row[5].startswith("(")}


def holds(form: Formula, text: str, into: Callable[[Any], Any]) -> None:
    """The values at two points, alone and together along a leading axis of the arguments that have dots."""
    function = run(text)
    drawn = draw.assignments(form.names, 3, None)[0]
    every = floats.evaluate(form, drawn)
    wanted = inspect.signature(function).parameters
    names = [row.name for row in form.names.inputs() if identifier(row.name) in wanted]
    sizes = {s: n for s, n in drawn.sizes.items() if s in wanted and s not in map(identifier, names)}
    where = shapes(function)
    stacked = {n for n in names if "..." in where[identifier(n)]}

    def value(n: str, points: Any) -> np.ndarray:
        drawn_there = np.asarray(drawn.values[n][points, ...], float)
        return drawn_there.argmax(-1) if form.names[n].labels else drawn_there

    def given(points: tuple[int, ...]) -> Mapping[str, Any]:
        return {identifier(n): into(value(n, points if n in stacked else points[0])) for n in names}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drawn points may lie where a formula is undefined
        one = np.asarray(
            function(**{k: v[0] if identifier_in(k, stacked) else v for k, v in given((33,)).items()}, **sizes)
        )
        both = np.asarray(function(**given(POINTS), **sizes)) if stacked else None
    want = every[33]
    close = lambda a: np.allclose(a, want, rtol=1e-8, atol=1e-9 * (1 + np.abs(want).max(initial=0)), equal_nan=True)  # noqa: E731
    assert one.shape == want.shape
    assert close(one)
    if both is not None and both.ndim > want.ndim:
        assert both.shape == (2, *want.shape)
        assert close(both[0])


def identifier_in(name: str, stacked: set[str]) -> bool:
    return name in {identifier(n) for n in stacked}


@pytest.mark.parametrize("model", EVERY)
@pytest.mark.long
def test_every_target_alone_and_with_leading_axes(model: str) -> None:
    for name, target in targets(model):
        form = derive(name, target).result
        holds(form, emit({target: form}, "f", ""), lambda a: a)


@pytest.mark.oracle
@pytest.mark.parametrize("library", ["jax", "torch"])
@pytest.mark.parametrize("model", EVERY)
def test_every_target_in_other_libraries(model: str, library: str) -> None:
    module = pytest.importorskip(library)
    if library == "jax":
        module.config.update("jax_enable_x64", True)
    for name, target in targets(model):
        form = derive(name, target).result
        holds(
            form,
            emit({target: form}, "f", "", backend=library),
            module.numpy.asarray if library == "jax" else module.tensor,
        )


FORMULAS = [
    ("||X w - y||^2 + λ w^T w", "w", "X: real[n,d]; w: real[d]; y: real[n]; λ: positive", "λ  ()  "),
    ("sum_ij A_ij x_i x_j", "x", "A: real[n,n]; x: real[n]", "A  (..., n, n)  "),
    ("tr(A^T B A)", "A", "A: real[n,d]; B: real[n,n]", "B  (..., n, n)  "),
    ("sum_k tanh(tr(A) w_k)", "A", "A: real[n,n]; w: real[n]", "A  (..., n, n)  "),
    ("sum_k tanh(w_k (sum_i A_ii)/n)", "w", "A: real[n,n]; w: real[n]", "w  (..., n)  "),
    ("sum_i sum_k softmax(X W + b)_ik T_ik", "b", "X: real[n,d]; W: real[d,K]; b: real[K]; T: real[n,K]", "b  (K,)  "),
]


@pytest.mark.parametrize(("text", "wrt", "names", "said"), FORMULAS, ids=[t for t, _, _, _ in FORMULAS])
def test_typed_formulas(text: str, wrt: str, names: str, said: str) -> None:
    form = gradient(text, wrt, names).result
    source = emit({"out": form}, "f", "")
    holds(form, source, lambda a: a)
    assert said.replace("λ", "lambda_") in source


def test_what_leading_axes_do_not_pass_through_is_said() -> None:
    form = read("A_{i,n-j+1} v_j", "A: real[m,n]; v: real[n]; i: index[m]; j: index[n]")
    source = emit({"out": form}, "f", "")
    assert "Takes no leading axes." in source
    assert "..." not in source.rpartition("def f(")[2]
    A, v = np.arange(6.0).reshape(2, 3), np.ones(3)
    assert np.allclose(build(source)(A, v), A[:, ::-1])


@pytest.mark.parametrize(("model", "target"), [("softmax", "dL/dx"), ("attention", "dL/dQ"), ("batch_norm", "dL/dx")])
def test_nothing_stands_around_the_function(model: str, target: str) -> None:
    tree = ast.parse(derive(model, target).source())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert all(isinstance(node, (ast.Import, ast.FunctionDef)) for node in tree.body)
    assert not any(f.decorator_list for f in functions)
    assert {f.name for f in functions[:-1]} <= {"softmax"}
    assert sum(isinstance(n, ast.If) for n in functions[-1].body) <= 1
    assert "Derived by backproof." in (ast.get_docstring(functions[-1]) or "")


def test_lengths_that_would_broadcast_silently_are_compared() -> None:
    f = build(derive("logistic:batch", "dNLL/dtheta").source())
    X, theta, y = np.ones((4, 3)), np.ones(3), np.ones(4)
    assert f(theta, y, X).shape == (3,)
    with pytest.raises(ValueError, match=r"y \(4, 1\), X \(4, 3\)"):
        f(theta, y[:, None], X)


def test_numbers_of_python_are_taken() -> None:
    f = build(derive("adam", "W'").source())
    m, v, g, W = np.ones((4, 3))
    assert f(m, v, g, W, 0.9, 0.99, 0.1, 1e-8, 3).shape == (3,)


@pytest.mark.parametrize("fast", [False, True])
def test_the_checked_form_stands_alone(fast: bool) -> None:
    d = derive("softmax", "dL/dx")
    alone, guarded = (d.source(fast=fast, dressing=dressing) for dressing in ("checked", "guarded"))
    assert "derivations" not in alone
    assert "from derivations.emit.runtime import arrays" in guarded
    for source in (alone, guarded):
        f = build(source)
        assert f([1, 2], [0, 1]).dtype == np.float64
        with pytest.raises(ValueError, match="K is 2 in x"):
            f([1, 2], [0, 1, 0])


@pytest.mark.parametrize("backend", ["jax", "torch", "array_api", "cupy"])
def test_only_numpys_code_checks(backend: str) -> None:
    with pytest.raises(ValueError, match="checks no arguments"):
        derive("softmax", "y").source(backend, dressing="checked")
    with pytest.raises(ValueError, match="unknown dressing 'warm'; known are bare, checked, guarded"):
        derive("softmax", "y").source(dressing="warm")


BY_HAND = [
    ("logistic:batch", ["dNLL/dtheta"], "logistic_clear"),
    ("softmax", ["dy_i/dx_j"], "softmax_jacobian_clear"),
    ("batch_norm:eps", ["dL/dx", "dL/dgamma", "dL/dbeta"], "batch_norm_clear"),
    ("two_layer:batch", ["dL/dW1", "dL/db1", "dL/dW2", "dL/db2"], "two_layer_clear"),
    ("attention:heads", ["dL/dQ", "dL/dK", "dL/dV"], "attention_clear"),
]


def test_a_function_is_about_as_long_as_one_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "benchmarks"))
    measure, hand = importlib.import_module("code_length"), importlib.import_module("numpy_by_hand")
    ratios = [
        measure.length(measure.functions(together(model, targets))[-1]) / measure.by_hand(getattr(hand, name))
        for model, targets, name in BY_HAND
    ]
    assert statistics.median(ratios) <= 1.3
    assert max(ratios) <= 1.5


SILENT = [
    # model, target, the argument that is cut to length 1, its axis
    ("logistic:mean", "dLL/dtheta", "y", 0),
    ("map_regression", "dJ/dtheta", "y", 0),
    ("perceptron", "dL/dw", "y", 0),
    ("hinge_svm", "dL/dw", "y", 0),
    ("softmax", "dL/dx", "t", 0),
]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("model", "target", "cut", "axis"), SILENT)
def test_an_axis_of_length_1_is_not_broadcast_in_silence(model, target, cut, axis, fast):
    form = derive(model, target).result
    space: dict[str, Any] = {}
    exec(compile(emit({target: form}, "f", "", fast=fast), "<backproof>", "exec"), space)  # our own text
    drawn = draw.assignments(form.names, 3, None)[0]
    wanted = inspect.signature(space["f"]).parameters
    given = {identifier(n): np.asarray(v[0], float) for n, v in drawn.values.items() if identifier(n) in wanted}
    space["f"](**given)
    with pytest.raises(ValueError, match="shapes that do not fit"):
        space["f"](**{**given, cut: given[cut].take([0], axis)})
