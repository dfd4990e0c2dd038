"""Formulas that somebody types, and their gradients, at logits of ±1000 and ±1e5: finite, silent, within the stated
error, in every form.

Weighted and explicit sums of exponentials are one kind, whatever they are called: a share, a likelihood of a mixture,
cosh.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from test_numba import interpreted
from test_stability import check, entries, mp

from derivations import gradient
from derivations.emit import build, emit, guarded
from derivations.emit.mangle import identifier
from derivations.formula import Formula
from derivations.functions import function
from derivations.notation import read

NAMES = (
    "a: real; b: real; c: real; r: positive; p: probability; q: real[K]; v: real[K]; g: nonnegative[K]; w: "
    "simplex[K]; h: labelpm1[K];"
    "B: real[K,K]; z: real[d]; M: real[K,d]; X: real[n,d]; s: real[n]; l: label01[n]"
)
SIZES = {"K": 3, "n": 3, "d": 2}

TYPED = [
    # explicit terms
    ("log(exp(a) + exp(b))", "a"),
    ("log(exp(a) + exp(b) + exp(c))", "b"),
    ("log(1 + exp(a) + exp(b))", "a"),
    ("log(2 exp(a) + 3 exp(b) + 1)", "a"),
    ("log(p exp(a) + (1-p) exp(b))", "a p"),
    ("log(1 - p + p exp(a))", "a"),
    ("log(1 + a^2 exp(b))", "a b"),
    ("log(a^2 exp(b) + exp(c))", "a b"),
    ("log((1 + exp(a))/(1 + exp(b)))", "a"),
    ("log(1 + exp(-a^2))", "a"),
    ("log(log(1 + exp(a)))", "a"),
    ("exp(a)/(exp(a) + exp(b))", "a b"),
    ("exp(a)/(exp(a) + exp(b) + exp(c))", "a"),
    ("exp(a) exp(b)/(exp(a) + exp(b))^2", "a"),
    ("(exp(a)/(exp(a) + exp(b)))^r", "a r"),
    ("(1 - exp(a)/(exp(a) + exp(b)))^2 log(exp(a)/(exp(a) + exp(b)))", "a"),
    ("1/(exp(a) + exp(b))", "a"),
    ("1/(1 + exp(a) + exp(2 a))", "a"),
    ("(exp(a) + exp(b))^(1/2)", "a"),
    ("(exp(a) + exp(b))^(1/r)", "a"),
    ("exp(a)/(1 + exp(a))^2", "a"),
    ("(1 + exp(-a))^(-r)", "a r"),
    ("1/sqrt(1 + exp(a))", "a"),
    ("exp(a/2)/sqrt(1 + exp(a))", "a"),
    ("a exp(b)/(c exp(b) + 1)", "b"),
    ("2^a/(2^a + 3^b)", "a"),
    ("exp(a) sigmoid(b)", "a b"),
    ("b + sigmoid(a) - b sigmoid(a)", "a b"),
    ("b^2 - b^2 sigmoid(a) - c sigmoid(a) + c", "a"),
    ("exp(a) - exp(a) sigmoid(a)", "a"),
    ("sigmoid(a) sigmoid(b)/(sigmoid(a) sigmoid(b) + sigmoid(-a) sigmoid(-b))", "a"),
    ("max(exp(a), exp(b))/(exp(a) + exp(b))", "a"),
    ("|exp(a) - exp(b)|/(exp(a) + exp(b))", "a"),
    ("exp(a)/(exp(a) + 1) if b > 0 else log(1 + exp(b) + exp(a))", "a b"),
    # hyperbolic functions are such sums
    ("log(cosh(a))", "a"),
    ("log(cosh(a) + cosh(b))", "a"),
    ("1/cosh(a)", "a"),
    ("tanh(a)/cosh(a)^2", "a"),
    ("sinh(a)/(1 + cosh(a))", "a"),
    ("cosh(a) exp(-b)", "a"),
    ("sqrt(cosh(a))", "a"),
    ("log(1 + sinh(a)^2)", "a"),
    ("log sinh(r)", "r"),
    ("(exp(a) - exp(-a))/(exp(a) + exp(-a))", "a"),
    # differences
    ("log(exp(r) - 1)", "r"),
    ("log(1 - exp(-r))", "r"),
    ("r/(exp(r) - 1)", "r"),
    ("r^2 exp(r)/(exp(r) - 1)^2", "r"),
    # over indices, weighted, both mixed
    ("log sum_k w_k exp(-(a - q_k)^2/2)", "a q w"),
    ("log sum_k w_k exp(-||z - M_k||^2/2)", "z M w"),
    ("sum_i log sum_k w_k exp(-||X_i - M_k||^2/2)", "X M"),
    ("log sum_k g_k exp(q_k)", "q g"),
    ("log(1 + sum_k exp(q_k))", "q"),
    ("log(exp(a) + sum_k exp(q_k))", "a q"),
    ("log(1 + sum_k v_k^2 exp(q_k))", "q v"),
    ("sum_k v_k exp(q_k)/sum_k exp(q_k)", "q v"),
    ("sum_k v_k exp(q_k)/sum_k g_k exp(q_k)", "q"),
    ("sum_k q_k exp(q_k)/(1 + sum_k exp(q_k))", "q"),
    ("(sum_k exp(q_k))^2/sum_k exp(2 q_k)", "q"),
    ("sum_k exp(q_k - v_k)/sum_k exp(q_k)", "q v"),
    ("log prod_k (1 + exp(q_k))", "q"),
    ("r log sum_k exp(q_k/r)", "q r"),
    ("sum_k h_k log(1 + exp(-h_k q_k) + exp(q_k))", "q"),
    ("-log(exp(q_1)/(exp(q_1) + sum_k g_k exp(q_k)))", "q"),
    ("sum_i log(1 + sum_k exp(X_i^T M_k))", "X M"),
    # a range that depends on an index
    ("sum_i log sum_{j>=i} exp(s_j)", "s"),
    ("sum_i l_i (s_i - log sum_{j>=i} exp(s_j))", "s"),
    ("sum_{i=1}^n (s_i - log sum_{j=i}^n exp(s_j))", "s"),
    # norms
    ("||q||", "q"),
    ("||q||^3", "q"),
    ("||q - v||/||v||", "q v"),
    ("q^T v/(||q|| ||v||)", "q v"),
    ("sqrt(1 + a^2)", "a"),
    ("sqrt(a^2 + ||q||^2)", "a q"),
    ("||B||", "B"),
]

LOGITS = (0.0, 1.0, -1.0, 1e-10, 40.0, -40.0, 700.0, -700.0, 1000.0, -1000.0, 1e5, -1e5)


def point(formula: Formula, seed: int, dtype: str) -> dict[str, np.ndarray]:
    """Ordinary values; values next to 1000; logits from 0 to ±1e5."""
    rng = np.random.default_rng(seed)
    values = {}
    for row in formula.names.inputs():
        shape = [SIZES[s] for s in row.sizes]
        match row.domain.name:
            case "simplex":
                value = rng.dirichlet(np.ones(shape[-1]))
            case "probability":
                value = rng.choice([0.3, 1e-7, 0.9], shape)
            case "positive":
                value = rng.choice([1e-3, 1.0, 2.0, 30.0, 1000.0], shape)
            case "nonnegative":
                value = rng.choice([0.0, 1.0, 3.0], shape)
            case "label01":
                value = rng.integers(0, 2, shape)
            case "labelpm1":
                value = rng.choice([-1, 1], shape)
            case _:
                value = rng.normal(size=shape) + 1000 * (seed - 1) if seed < 3 else rng.choice(LOGITS, shape)
        values[row.name] = np.asarray(value, dtype)
    return values


def formulas(text: str, wrt: str) -> Iterator[Formula]:
    """The formula, and its gradients."""
    yield read(text, NAMES)
    for name in wrt.split():
        yield gradient(text, name, NAMES).result


@pytest.mark.parametrize(("text", "wrt"), TYPED, ids=[t for t, _ in TYPED])
@pytest.mark.long
def test_typed_formulas_keep_the_bound(text: str, wrt: str) -> None:
    for k, formula in enumerate(formulas(text, wrt)):
        readable = guarded({"result": formula}, "f", "")
        fast = guarded({"result": formula}, "f", "", fast=True)
        loops = interpreted(emit({"result": formula}, "f", "", backend="numba", dressing="guarded"))
        for seed in range(6):
            for dtype in ("float64", "float32"):
                values = point(formula, seed, dtype)
                exact = entries(formula, values, SIZES, dtype)
                check(formula, values, SIZES, fast=False, dtype=dtype, exact=exact, function=readable)
                if (seed + k) % 3 == 0:
                    check(formula, values, SIZES, fast=True, dtype=dtype, exact=exact, function=fast)
                    check(formula, values, SIZES, fast=False, dtype=dtype, exact=exact, function=loops, silent=False)


def over(backend: str, formula: Formula) -> Callable[..., np.ndarray]:
    """The function for JAX or PyTorch, over NumPy arrays."""
    space: dict[str, Any] = {}
    exec(compile(emit({"result": formula}, "f", "", backend=backend), backend, "exec"), space)
    tensor = __import__("torch").tensor if backend == "torch" else np.asarray

    def function(**given: Any) -> np.ndarray:
        return np.asarray(space["f"](**{k: tensor(v) if isinstance(v, np.ndarray) else v for k, v in given.items()}))

    function.__signature__ = inspect.signature(space["f"])  # type: ignore[attr-defined]
    return function


@pytest.mark.oracle
@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize(("text", "wrt"), TYPED, ids=[t for t, _ in TYPED])
def test_the_forms_for_jax_and_torch_keep_the_bound(text: str, wrt: str, backend: str) -> None:
    module = pytest.importorskip(backend)
    if backend == "jax":
        module.config.update("jax_enable_x64", True)
    for formula in formulas(text, wrt):
        function = over(backend, formula)
        for seed in range(6):
            for dtype in ("float64", "float32"):
                check(
                    formula,
                    point(formula, seed, dtype),
                    SIZES,
                    fast=False,
                    dtype=dtype,
                    function=function,
                    silent=False,
                )


NEAR_ZERO = [
    ("log(exp(x) - 1)", (1e-12, 1e-3, 1.0, 800.0), lambda x: mp.log(mp.expm1(x))),
    ("log(1 - exp(-x))", (1e-12, 1e-3, 1.0, 40.0, 700.0), lambda x: mp.log(-mp.expm1(-x))),
    ("log(exp(x + 1) - exp(1))", (1e-12, 2.0, 900.0), lambda x: 1 + mp.log(mp.expm1(x))),
    ("x/(exp(x) - 1)", (1e-12, -1e-12, 1e-3, -800.0, 30.0), lambda x: x / mp.expm1(x)),
    ("x/(1 - exp(-x))", (1e-12, -1e-3, 800.0), lambda x: x / -mp.expm1(-x)),
    ("(exp(x) - 1)/x", (1e-12, -1e-12, 1e-3, 30.0), lambda x: mp.expm1(x) / x),
    ("1 - exp(-x)", (1e-12, -1e-9), lambda x: -mp.expm1(-x)),
    ("3 exp(x) - 3", (1e-12, -1e-9), lambda x: 3 * mp.expm1(x)),
    ("1 - cos(x)", (1e-12, 1e-5, 2.0), lambda x: 2 * mp.sin(x / 2) ** 2),
    ("(1 - cos(x))/x^2", (1e-9, 1e-3), lambda x: 2 * mp.sin(x / 2) ** 2 / x**2),
    ("cosh(x) - 1", (1e-12, 1e-3), lambda x: 2 * mp.sinh(x / 2) ** 2),
    ("log(1 + x)", (1e-12, -1e-9), mp.log1p),
    ("sqrt(1 + x) - 1", (1e-12, -1e-9, 3.0), lambda x: x / (mp.sqrt(1 + x) + 1)),
    ("2 - 2 sqrt(1 - x)", (1e-12, 0.5), lambda x: 2 * x / (1 + mp.sqrt(1 - x))),
    ("sqrt(x + 1) - sqrt(x)", (1e12, 0.0, 1.0), lambda x: 1 / (mp.sqrt(x + 1) + mp.sqrt(x))),
    ("log(cosh(x))", (1e-9, 1e-3, -0.9, 1.1, 1e3), lambda x: mp.log1p(2 * mp.sinh(x / 2) ** 2)),
    ("log(1 + exp(x) + exp(2 x))", (-40.0, -700.0), lambda x: mp.log1p(mp.exp(x) + mp.exp(2 * x))),
    ("sinh(x)/cosh(x)", (1e-12, 1e3), mp.tanh),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", (1e-12, -1e-3, 1e3), mp.tanh),
]


@pytest.mark.parametrize(("text", "points", "exact"), NEAR_ZERO, ids=[t for t, _, _ in NEAR_ZERO])
def test_no_digit_is_lost_near_zero(text: str, points: tuple[float, ...], exact: Callable) -> None:
    formula = read(text, "x: real")
    with mp.workdps(400):
        wanted = [exact(mp.mpf(x)) for x in points]
    for backend in ("numpy", "numba"):
        source = emit({"f": formula}, "f", "", backend=backend, dressing="guarded")
        function = interpreted(source) if backend == "numba" else build(source)
        for x, value in zip(points, wanted, strict=True):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                got = function(x)
            assert abs(mp.mpf(float(got)) - value) <= 8 * 2.0**-53 * abs(value), (x, got)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(
    ("dtype", "size"), [("float64", 1e200), ("float64", 1e-200), ("float32", 1e30), ("float32", 1e-30)]
)
def test_norms_of_any_size(dtype: str, size: float, fast: bool) -> None:
    x, y = (np.array([3.0, -4.0, 12.0]) * size).astype(dtype), (np.array([1.0, 2.0, 2.0]) * size).astype(dtype)
    unit = x.astype(float) / 13 / size
    cases: list[tuple[Formula, Any]] = [
        (read("||x||", "x: real[n]"), 13 * size),
        (read("||x - y||", "x: real[n]; y: real[n]"), np.sqrt(140) * size),
        (read("sqrt(a^2 + b^2)", "a: real; b: real"), np.hypot(3, 4) * size),
        (read("x^T y/(||x|| ||y||)", "x: real[n]; y: real[n]"), 19 / 39),
        (gradient("||x||", "x", "x: real[n]").result, unit),
        (gradient("||x||^2/||y||", "x", "x: real[n]; y: real[n]").result, 2 * unit * 13 / 3),
    ]
    given = {"x": x, "y": y, "a": np.asarray(3 * size, dtype), "b": np.asarray(-4 * size, dtype)}
    for formula, value in cases:
        function = guarded({"f": formula}, "f", "", fast=fast)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            got = function(**{k: given[k] for k in inspect.signature(function).parameters if k in given})
        assert got.dtype == dtype
        assert np.allclose(got, value, rtol=1e-5 if dtype == "float32" else 1e-14, atol=0)


def test_the_norm_of_nothing_and_of_zeros() -> None:
    norm = guarded({"f": read("||x||", "x: real[n]")}, "f", "")
    assert norm(np.zeros(3)) == 0
    assert norm(np.zeros(0)) == 0
    assert norm(np.array([np.inf, 1.0])) == np.inf
    assert np.isnan(norm(np.array([np.nan, 1.0])))


def test_a_power_at_zero() -> None:
    """0^y is 0 for every y > 0, so its derivative by y is 0; at y = 1 that by x is 1."""
    names = "x: nonnegative; y: positive"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradient("x^y", "y", names).numpy()(x=0.0, y=2.0) == 0
        assert gradient("x^y", "x", names).numpy()(x=0.0, y=1.0) == 1
        assert gradient("x^y", "x", names).numpy()(x=0.0, y=3.0) == 0


def test_a_weight_of_zero_hides_its_exponent() -> None:
    """0 · exp(1000) is 0, and what stands beside it is not lost; a sum without terms is 0."""
    names = "g: real[K]; q: real[K]; s: real[n]"
    g, q = np.array([0.0, 2.0, -1.0]), np.array([1000.0, -1000.0, -1001.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = guarded({"f": read("log sum_k g_k exp(q_k)", names)}, "f", "")(g=g, q=q)
        slope = gradient("log sum_k g_k exp(q_k)", "q", names).numpy()(g=g, q=q)
        ratio = guarded({"f": read("sum_i sum_{j>i} exp(s_j)/sum_k exp(s_k)", names)}, "f", "")(
            s=np.array([1000.0, 0.0, 999.0])
        )
    rest = 2 - np.exp(-1)
    assert np.isclose(value, -1000 + np.log(rest), rtol=1e-15)
    assert np.allclose(slope, [0, 2 / rest, -np.exp(-1) / rest], rtol=1e-12)
    assert np.isclose(ratio, 2 * np.exp(-1) / (1 + np.exp(-1)), rtol=1e-12)


def test_what_a_branch_guards_is_guarded_once() -> None:
    """A root inside an exponential inside a root, under a condition with a quotient."""
    formula = read("sqrt(1 + exp(||w||)) if a/(1-q) < p else b", "w: real[d]; a: real; q: real; p: real; b: real")
    function = guarded({"f": formula}, "f", "")
    assert np.isclose(function(w=np.array([3.0, 4.0]), a=0.0, q=2.0, p=1.0, b=7.0), np.sqrt(1 + np.exp(5)))
    assert function(w=np.array([3.0, 4.0]), a=2.0, q=0.0, p=1.0, b=7.0) == 7


def test_identifiers_of_exponents_survive() -> None:
    """A name that Python has for itself, in a sum of exponentials."""
    function = guarded({"f": read("log(exp(λ) + exp(b))", "λ: real; b: real")}, "f", "")
    assert function(**{identifier("λ"): 1000.0, "b": 1000.0}) == 1000 + np.log(2)


def test_a_difference_of_exponentials_that_cancels_is_said() -> None:
    """d/dx x/(e^x - 1) = (e^x - x e^x - 1)/(e^x - 1)²: next to 0 its numerator keeps few digits."""
    source = gradient("x/(exp(x) - 1)", "x", "x: real").source()
    assert "the difference keeps few digits" in " ".join(source.split())


@pytest.mark.parametrize(
    ("text", "let", "want"),
    [
        ("T^2 sum_k p_k log(p_k/q_k)", "p = softmax(u/T); q = softmax(z/T)", 1000.0),
        ("T^2 sum_k p_k log(p_k^2/q_k)", "p = softmax(u/T); q = softmax(z/T)", 1000.0),
    ],
)
def test_the_logarithm_of_a_ratio_of_shares_is_a_difference(text: str, let: str, want: float) -> None:
    f = gradient(text, "z", "z: real[K]; u: real[K]; T: positive", let=let, value=True).numpy()
    z, u = np.array([1000.0, 0.0, -1000.0]), np.array([0.0, 1000.0, -1000.0])
    with np.errstate(all="raise", under="ignore"):
        value, slope = f(z=z, u=u, T=1.0)
    assert np.isfinite(slope).all()
    assert value == pytest.approx(want, rel=1e-12)


def test_a_divergence_alone_is_as_stable_as_its_gradient() -> None:
    f = function("distillation", "L")
    z, u = np.array([1000.0, 0.0, -1000.0]), np.array([0.0, 1000.0, -1000.0])
    with np.errstate(all="raise", under="ignore"):
        assert f(z=z, u=u, T=1.0) == pytest.approx(1000.0)
        assert function("distillation:reverse", "L")(z=z, u=u, T=1.0) == pytest.approx(1000.0)
