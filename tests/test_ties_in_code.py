"""At ties every form of a gradient gives what its formula says, and so what the readable form gives: in loops and
blocks too.

The largest entry is found by comparing it with the maximum, which holds only where both are rounded alike.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_dtypes import made
from test_numba import interpreted

from derivations import gradient
from derivations.emit import emit, guarded
from derivations.evaluate import draw, floats

CASES = [
    ("max_i X_i^T w", "w", "X: real[n,d]; w: real[d]"),
    ("max_i exp(X_i^T w)", "w", "X: real[n,d]; w: real[d]"),
    ("sum_o max_v exp(X_ov)", "X", "X: real[o,v]"),
    ("sum_o (min_v tanh(X_ov))/3", "X", "X: real[o,v]"),
    ("sum_i max_k sum_j X_ij W_jk", "W", "X: real[n,d]; W: real[d,k]"),
    ("sum_i min_k ||X_i - M_k||^2", "M", "X: real[n,d]; M: real[k,d]"),
    ("sum_i max(X_i^T w, 1)", "w", "X: real[n,d]; w: real[d]"),
    ("sum_i relu(X_i^T w)", "w", "X: real[n,d]; w: real[d]"),
    ("sum_i max(x_i, y_i)", "x", "x: real[n]; y: real[n]"),
    ("sum_i max(x_i, -x_i)", "x", "x: real[n]"),
    ("sum_i min(x_i, y_i, 1)", "x", "x: real[n]; y: real[n]"),
    ("sum_i |x_i| + sum_i relu(x_i)", "x", "x: real[n]"),
    ("max_i |x_i|", "x", "x: real[n]"),
    ("max_i softmax(x)_i", "x", "x: real[n]"),
]
SIZES = {"n": 40, "d": 3, "k": 4, "o": 30, "v": 5}


def values(names: Any, kind: str, dtype: str) -> dict[str, np.ndarray]:
    """Real numbers; or whole numbers from -1 to 1, most of which are tied."""
    rng = np.random.default_rng(1)
    shapes = {row.name: [SIZES[s] for s in row.sizes] for row in names.inputs()}
    return {
        k: (rng.normal(size=s) if kind == "apart" else rng.integers(-1, 2, s)).astype(dtype) for k, s in shapes.items()
    }


def asked(function: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    wanted = inspect.signature(function).parameters
    return {k: v for k, v in {**given, **SIZES}.items() if k in wanted}


@pytest.mark.parametrize("kind", ["apart", "tied"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("text", "wrt", "names"), CASES, ids=[c[0] for c in CASES])
@pytest.mark.long
def test_forms_agree_at_ties(text: str, wrt: str, names: str, dtype: str, kind: str) -> None:
    result = gradient(text, wrt, names).result
    given = values(result.names, kind, dtype)
    readable = made(result, "readable")
    want = readable(**asked(readable, given))
    close = {"rtol": 1e-9, "atol": 1e-9} if dtype == "float64" else {"rtol": 1e-3, "atol": 1e-3}
    for other in (
        made(result, "fast"),
        interpreted(emit({"result": result}, "f", "", backend="numba", dressing="guarded")),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numbers of NumPy warn where those of compiled loops do not
            assert np.allclose(other(**asked(other, given)), want, **close)
    if kind == "tied" and dtype == "float64":
        few = draw.draw(result.names, dict(SIZES), 1, 1)
        for k, v in given.items():
            few.values[k] = v[None]
        assert np.allclose(floats.evaluate(result, few)[0], want, **close)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["apart", "tied"])
@pytest.mark.parametrize("form", ["jax", "torch", "numba"])
@pytest.mark.parametrize(("text", "wrt", "names"), CASES, ids=[c[0] for c in CASES])
def test_other_libraries_agree_at_ties(text: str, wrt: str, names: str, form: str, kind: str) -> None:
    library = pytest.importorskip(form)
    if form == "jax":
        library.config.update("jax_enable_x64", True)
    result = gradient(text, wrt, names).result
    readable = made(result, "readable")

    function = guarded({"result": result}, "f", "", backend="numba") if form == "numba" else made(result, form)
    for dtype in ("float64", "float32"):
        given = values(result.names, kind, dtype)
        want = readable(**asked(readable, given))
        tensors = {k: library.tensor(v) for k, v in given.items()} if form == "torch" else given
        close = {"rtol": 1e-9, "atol": 1e-9} if dtype == "float64" else {"rtol": 1e-3, "atol": 1e-3}
        assert np.allclose(np.asarray(function(**asked(function, tensors))), want, **close)
