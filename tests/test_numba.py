"""The form for numba: its loops as Python runs them, at every target of every model; compiled, where numba is
installed."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest
from every_target import EVERY, targets
from test_numpy_code import arguments
from test_stability import STYLES, TINY, check, extreme, has_matrices

from derivations import derive, gradient
from derivations.cache_folder import CACHE_ENV
from derivations.closed_form import NoClosedForm
from derivations.derivation import Derivation
from derivations.emit import build, emit, guarded
from derivations.emit.dialect import FUNCTIONS, INFIX
from derivations.emit.dialects.numba import DIALECT
from derivations.emit.loops.entries import ENTRYWISE
from derivations.emit.runtime import numba as numba_runtime
from derivations.evaluate import draw
from derivations.functions import _models, together
from derivations.functions import function as together_function
from derivations.models import load

LOGISTIC = ("logistic:batch", ("NLL", "dNLL/dtheta"))
BATCH_NORM = ("batch_norm:eps", ("dL/dx", "dL/dgamma", "dL/dbeta"))
CROSS_ENTROPY = ("sum_r (logsumexp_k Z_rk - sum_k T_rk Z_rk)", "Z", "Z: real[m,K]; T: onehot[m,K]")


def interpreted(source: str) -> Callable[..., Any]:
    """The last function of a module for numba, its loops left to Python."""
    numba = types.ModuleType("numba")
    numba.njit = lambda **_options: lambda function: function  # type: ignore[attr-defined]
    numba.prange = range  # type: ignore[attr-defined]
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numba", numba)
        exec(compile(source, "<backproof>", "exec"), space)  # our own text
    return next(v for v in reversed(space.values()) if inspect.isfunction(v))


def derived(model: str) -> Iterator[tuple[str, Derivation]]:
    """The targets of a model that have code."""
    for target in load(model).targets:
        try:
            yield target, derive(model, target)
        except NoClosedForm:  # "don't know" has no code
            continue


def agree(got: Any, want: Any) -> bool:
    got, want = np.asarray(got), np.asarray(want)
    size = 1 + np.abs(want[np.isfinite(want)]).max(initial=0)
    return (
        got.shape == want.shape
        and got.dtype == want.dtype
        and np.allclose(got, want, rtol=1e-8, atol=1e-9 * size, equal_nan=True)
    )


def agrees_with_the_readable_form(model: str, make: Callable[[str], Callable[..., Any]]) -> None:
    """Value, float32, Fortran order and a batch of every target."""
    for target, derivation in derived(model):
        result = derivation.result
        readable, function = (
            guarded({target: result}, "f", ""),
            make(emit({target: result}, "f", "", backend="numba", dressing="guarded")),
        )
        drawn = draw.assignments(result.names, 3, None)[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # drawn points may lie where a formula is undefined
            for point in (0, 33):
                given = arguments(readable, result.names, drawn, point)
                want = readable(**given)
                assert agree(function(**given), want), (target, point)
            arrays = {k: np.asarray(v, float) for k, v in given.items() if k not in drawn.sizes}
            loose = {k: v for k, v in given.items() if k in drawn.sizes}
            if not arrays or "argmin" in target:
                continue
            single = np.asarray(function(**{k: v.astype(np.float32) for k, v in arrays.items()}, **loose))
            assert (single.dtype, single.shape) == (np.float32, np.shape(want)), target
            assert agree(function(**{k: np.asarray(v, order="F") for k, v in arrays.items()}, **loose), want), target
            stacked = function(**{k: np.stack([2 * v, v]) for k, v in arrays.items()}, **loose)
            assert agree(stacked[1], want), target


SAMPLE = (
    "softmax",
    "logistic:batch",
    "batch_norm:eps",
    "two_layer:batch",
    "attention",
    "activations:elu",
    "gmm",
    "kernel_perceptron:rbf",
)
"""Models whose loops differ: in rows and members, one pass and three, with and without matrix products."""


@pytest.mark.parametrize("model", SAMPLE)
@pytest.mark.long
def test_loops_agree_with_the_readable_form(model):
    agrees_with_the_readable_form(model, interpreted)


@pytest.mark.soak
@pytest.mark.parametrize("model", list(_models()))
def test_loops_of_every_target_agree_with_the_readable_form(model):
    agrees_with_the_readable_form(model, interpreted)


def keep_the_bound(cases: Iterable[tuple[str, str]], make: Callable[[str], Callable[..., Any]], silent: bool) -> None:
    """As `test_stability` has it of the NumPy forms: finite at ±1000, at probabilities next to 0 and 1, and error ≤ 8 u
    Σ|terms|."""
    for k, (name, target) in enumerate(cases):
        if has_matrices(name, target):
            continue
        result = derive(name, target).result
        function = make(emit({"result": result}, "f", "", backend="numba", dressing="guarded"))
        sizes: dict[str, int] = {}
        for size in [s for row in result.names.inputs() for s in row.sizes if isinstance(s, str)] + list(
            result.names.sizes
        ):
            sizes.setdefault(size, 2 + len(sizes) % 2)
        for style in (STYLES[k % len(STYLES)], "logits"):
            for dtype in TINY:
                rng = np.random.default_rng(k)
                values = {
                    row.name: np.asarray(extreme(name, row, sizes, style, dtype, rng), dtype)
                    for row in result.names.inputs()
                }
                check(result, values, sizes, fast=False, dtype=dtype, function=function, silent=silent)


@pytest.mark.parametrize("model", ["softmax", "batch_norm"])
def test_loops_keep_the_bound_at_extreme_inputs(model):
    keep_the_bound(targets(model), interpreted, silent=False)


@pytest.mark.soak
@pytest.mark.parametrize("model", EVERY)
def test_loops_of_every_model_keep_the_bound_at_extreme_inputs(model):
    keep_the_bound(targets(model), interpreted, silent=False)


# ---------------------------------------------------------------- text


def test_the_logistic_gradient_is_one_pass_over_the_rows_four_at_a_time():
    source = derive("logistic:batch", "dNLL/dtheta").source("numba")
    loops = source[source.index("_rows(") : source.index("@njit(parallel")].split("\n")
    assert [line.strip() for line in loops if line.strip()][1:] == [
        "d = X.shape[1]",
        "quarter = len(X) // 4",
        "for i in range(quarter):",
        "i2, i3, i4 = i + quarter, i + 2 * quarter, i + 3 * quarter",
        "z = z2 = z3 = z4 = 0.0",
        "for j in range(d):",
        "z += X[i, j] * theta[j]",
        "z2 += X[i2, j] * theta[j]",
        "z3 += X[i3, j] * theta[j]",
        "z4 += X[i4, j] * theta[j]",
        "p = sigmoid(z)",
        "p2 = sigmoid(z2)",
        "p3 = sigmoid(z3)",
        "p4 = sigmoid(z4)",
        "dNLL_dz = p - y[i]",
        "dNLL_dz2 = p2 - y[i2]",
        "dNLL_dz3 = p3 - y[i3]",
        "dNLL_dz4 = p4 - y[i4]",
        "for j in range(d):",
        "dNLL_dtheta[j] += (",
        "dNLL_dz * X[i, j]",
        "+ dNLL_dz2 * X[i2, j]",
        "+ dNLL_dz3 * X[i3, j]",
        "+ dNLL_dz4 * X[i4, j]",
        ")",
        "for i in range(4 * quarter, len(X)):",
        "z = 0.0",
        "for j in range(d):",
        "z += X[i, j] * theta[j]",
        "p = sigmoid(z)",
        "dNLL_dz = p - y[i]",
        "for j in range(d):",
        "dNLL_dtheta[j] += dNLL_dz * X[i, j]",
    ]


def test_loops_that_do_more_than_read_take_one_row_at_a_time():
    assert "quarter" not in derive("batch_norm:eps", "dL/dx").source("numba")


def test_batch_norm_takes_three_passes_and_softmax_one():
    assert together(*BATCH_NORM, backend="numba").count("prange(") == 3
    assert together("softmax", ["dy_i/dx_j"], backend="numba").count("prange(") == 1


def test_loss_and_gradient_share_their_exponentials():
    source = together("two_layer:batch", ["L", "dL/db2"], backend="numba")
    assert source.count("= exp(") == 1


def test_matrix_products_stay_with_blas():
    source = together("two_layer:batch", ["dL/dW1", "dL/dW2"], backend="numba")
    body = source.rpartition('"""')[2]
    assert "X @ W1" in body
    assert "A1 @ W2" in body
    assert "A1.T @ dL_dZ2" in body


def test_where_nothing_is_to_be_fused_the_source_is_the_readable_one():
    derivation = gradient("tr(A B)", "A", "A: real[n,d]; B: real[d,n]")
    assert derivation.source("numba") == derivation.source()


def test_loops_know_every_entrywise_function_but_log_gamma_and_its_derivatives_which_are_left_to_numpy():
    assert {*FUNCTIONS, *INFIX} - ENTRYWISE == {"lgamma", "digamma", "trigamma", "sigmoid_slope"}


def test_there_is_no_fast_form_of_it():
    with pytest.raises(ValueError, match="numba has no fast form of ours"):
        derive("softmax", "y").source("numba", fast=True)


# ---------------------------------------------------------------- sizes


@pytest.mark.parametrize("n", [0, 1, 5, 127, 1000])
def test_any_number_of_rows(n):
    rng = np.random.default_rng(1)
    X, theta, y = rng.normal(size=(n, 3)), rng.normal(size=3), (rng.random(n) > 0.5) * 1.0
    model, targets = LOGISTIC
    loss, slope = interpreted(together(model, targets, backend="numba"))(theta, y, X)
    want_loss, want = together_function(model, targets)(theta, y, X)
    assert np.isclose(loss, want_loss)
    assert np.allclose(slope, want)


def test_no_columns_and_no_rows():
    function = interpreted(together("logistic:batch", ["dNLL/dtheta"], backend="numba"))
    assert function(np.zeros(0), np.ones(5), np.ones((5, 0))).shape == (0,)
    assert function(np.zeros(2), np.ones(0), np.ones((0, 2))).tolist() == [0, 0]


@pytest.mark.parametrize("made", [interpreted, pytest.param(build, marks=pytest.mark.oracle)])
def test_a_function_of_arrays_stands_beside_that_of_entries(made):
    if made is build:
        pytest.importorskip("numba", reason="numba is not installed: make test-oracle installs it")
    derivation = gradient("sum_k sigmoid((X sigmoid(w))_k)", "X", "X: real[n,d]; w: real[d]")
    X, w = np.linspace(-1, 1, 15).reshape(5, 3), np.arange(3.0)
    for dtype in (np.float64, np.float32):
        got = made(derivation.source("numba", dressing="guarded"))(X=X.astype(dtype), w=w.astype(dtype))
        assert got.dtype == dtype
        assert np.allclose(got, derivation.numpy()(X=X, w=w), rtol=1e-6)


def test_what_does_not_fit_is_refused_as_in_the_readable_form():
    given = np.zeros(2), np.ones(4), np.ones((5, 2))
    said = []
    for function in (
        interpreted(derive("logistic:batch", "dNLL/dtheta").source("numba", dressing="guarded")),
        derive("logistic:batch", "dNLL/dtheta").numpy(),
    ):
        with pytest.raises(ValueError, match="n is 4 in y") as caught:
            function(*given)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_nan_goes_through():
    x = np.array([[1.0, np.nan, 2.0], [1.0, 2.0, 3.0]])
    for model, target in (("softmax", "y"), ("softmax", "dy_i/dx_j")):
        got = interpreted(derive(model, target).source("numba", dressing="guarded"))(x)
        assert np.isnan(got[0]).all()
        assert np.isfinite(got[1]).all()


# ---------------------------------------------------------------- e**x


def ulps(function: Callable[[np.float64], Any], points: np.ndarray) -> float:
    """The largest error in units of the last place, of numbers too small to be normal in units of the smallest."""
    worst = mpmath.mpf(0)
    with mpmath.workdps(40), np.errstate(over="ignore", under="ignore"):
        for x in points:
            exact = mpmath.exp(mpmath.mpf(float(x)))
            worst = max(
                worst, abs(mpmath.mpf(float(function(x))) - exact) / mpmath.mpf(float(np.spacing(float(exact))))
            )
    return float(worst)


def points(count: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.concatenate(
        [
            rng.uniform(-745, 709, count),
            rng.uniform(-1, 1, count),
            rng.uniform(-1e-9, 1e-9, 50),
            np.arange(-1070, 1020, 7) * np.log(2) / 2,
        ]
    )


def test_the_exponential_is_right_to_the_last_place():
    assert ulps(numba_runtime.exp, points(500)) < 1


def test_the_exponential_at_its_ends():
    with np.errstate(over="ignore", under="ignore"):
        got = [
            float(numba_runtime.exp(np.float64(x)))
            for x in (0, -0.0, np.inf, -np.inf, 1e308, -1e308, 710, -746, 1e-320)
        ]
    assert got == [1, 1, np.inf, 0, np.inf, 0, np.inf, 0, 1]
    assert np.isnan(numba_runtime.exp(np.float64(np.nan)))


def test_the_parts_of_log_2():
    high, low = 0.6931471803691238, 1.9082149292705877e-10
    text = inspect.getsource(numba_runtime.exp)
    assert f"k * {high!r}" in text
    assert f"k * {low!r}" in text
    assert (high * 2**32).is_integer()
    with mpmath.workdps(40):
        assert abs(mpmath.log(2) - mpmath.mpf(high) - mpmath.mpf(low)) < 2e-26


# ---------------------------------------------------------------- without numba


def test_without_numba_the_source_is_printed_and_running_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    derivation = derive("logistic:batch", "dNLL/dtheta")
    assert derivation.source("numba").find(DIALECT.imports[-1]) > 0
    with pytest.raises(ImportError, match=r"pip install 'backproof\[numba\]'"):
        derivation.numpy(numba=True)


def test_only_emitted_text_is_built():
    source = derive("logistic:batch", "dNLL/dtheta").source("numba")
    with pytest.raises(ValueError, match="only emitted code"):
        build(source + "print(1)\n")


# ---------------------------------------------------------------- compiled


@pytest.fixture
def numba():
    return pytest.importorskip("numba", reason="numba is not installed: make test-oracle installs it")


COMPILED = (
    LOGISTIC,
    BATCH_NORM,
    ("softmax", ("dy_i/dx_j",)),
    ("two_layer:batch", ("L", "dL/dW1", "dL/db1")),
    ("activations:elu", ("dh/dw",)),
)


@pytest.mark.oracle
@pytest.mark.parametrize(("model", "targets"), COMPILED)
def test_compiled_functions_agree_with_the_readable_ones(numba, model, targets):
    """Many chunks, in both dtypes, and silently."""
    readable, function = together_function(model, targets), together_function(model, targets, numba=True)
    assert DIALECT.imports[-1] in function.__source__  # type: ignore[attr-defined]
    names = derive(model, targets[0]).names
    sizes = {
        size: 1000 + k if size in ("n", "m") else 3 + k
        for k, size in enumerate(dict.fromkeys(s for row in names.inputs() for s in row.sizes))
    }
    drawn = draw.draw(names, {str(k): v for k, v in sizes.items()}, 2, 7)
    given = {k: np.asarray(v, float) for k, v in arguments(readable, names, drawn, 1).items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dtype, close in ((np.float64, 1e-10), (np.float32, 2e-4)):
            arrays = {k: v.astype(dtype) for k, v in given.items()}
            got, want = function(**arrays), readable(**{k: v.astype(float) for k, v in arrays.items()})
            for a, b in zip(
                got if isinstance(got, tuple) else (got,), want if isinstance(want, tuple) else (want,), strict=True
            ):
                assert a.dtype == dtype
                assert np.allclose(a, b, rtol=close, atol=close * (1 + np.abs(b).max()))


@pytest.mark.oracle
def test_compiled_functions_keep_the_bound_at_extreme_inputs(numba):
    keep_the_bound([("softmax", "dL/dx"), ("logistic", "dLL/dtheta")], build, silent=True)


@pytest.mark.oracle
def test_results_do_not_depend_on_the_number_of_threads(numba):
    function = together_function(*LOGISTIC, numba=True)
    rng = np.random.default_rng(1)
    X, theta, y = rng.normal(size=(3001, 5)), rng.normal(size=5), (rng.random(3001) > 0.5) * 1.0
    loss, slope = function(theta, y, X)
    numba.set_num_threads(1)
    try:
        alone = function(theta, y, X)
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    assert loss == alone[0]
    assert np.array_equal(slope, alone[1])


SCRIPT = """
import inspect
import numpy as np
from derivations import derive
f = derive("logistic:batch", "dNLL/dtheta").numpy(numba=True)
assert f(np.zeros(2), np.zeros(3), np.ones((3, 2))).tolist() == [1.5, 1.5]
counts = inspect.unwrap(f).__globals__["logistic_batch_dtheta_pass"].stats
print(sum(counts.cache_hits.values()), sum(counts.cache_misses.values()))
"""


@pytest.mark.oracle
def test_what_one_process_compiled_is_there_for_the_next(numba, tmp_path):
    def run(folder: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, CACHE_ENV: folder},
        )
        assert not done.returncode, done.stderr
        return done.stdout.strip()

    assert [run(str(tmp_path / "cache")) for _ in range(2)] == ["0 1", "1 0"]
    (tmp_path / "file").write_text("")
    assert run(str(tmp_path / "file" / "below")) == "0 1"  # nothing can be kept there


@pytest.mark.oracle
def test_the_compiled_exponential(numba):
    exp = numba.njit(numba_runtime.exp)
    assert ulps(exp, points(200)) < 1
    assert np.isnan(exp(np.nan))


@pytest.mark.soak
@pytest.mark.parametrize("model", list(_models()))
def test_compiled_functions_of_every_target_agree_with_the_readable_form(model):
    pytest.importorskip("numba", reason="numba is not installed: make soak installs it")
    agrees_with_the_readable_form(model, build)


@pytest.mark.parametrize(
    "text",
    [
        "sum_{k=2}^d x_k x_{k-1}",
        "sum_{i=1}^{d-1} (x_{i+1} - x_i)^2",
        "sum_{i=2}^d exp(x_i - x_{i-1})",
        "sum_{i=1}^{d-2} x_i x_{i+2}",
    ],
)
def test_positions_that_are_computed_are_whole_numbers(text: str) -> None:
    derivation = gradient(text, "x", "x: real[d]")
    x = np.array([1.0, 2.0, -3.0, 0.5, 4.0])
    for dtype in ("float64", "float32"):
        for given in (x.astype(dtype), np.stack([x, 2 * x]).astype(dtype)):
            got = interpreted(derivation.source("numba", dressing="guarded"))(given)
            assert got.dtype == dtype
            assert np.allclose(got, derivation.numpy()(given), rtol=1e-5)
