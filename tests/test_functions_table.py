"""A function is one row: what is said there is all that the rest of the house needs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from checker import compare
from checker.diagnosis.diagnose import diagnose
from derivations import emit, gradient
from derivations.atoms import ATOMS, Atom, added
from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.formula import Formula, call, mul
from derivations.notation import ReadError, read, write
from derivations.sympy_bridge.outward import to_sympy

NAMES = "z: real; x: real[n]"

LISHT = Atom(
    "lisht", "z tanh z", definition=lambda z: mul(z, call("tanh", z)), spellings=("LiSHT",), code=("lisht",),
    mistaken="relu",
)  # fmt: skip
"""Roy et al. (2019), which is not in the table."""


# ---------------------------------------------------------------- a row that is added here


@pytest.mark.parametrize(
    "text",
    ["lisht(z)", "lisht z", "LiSHT(z)", r"\operatorname{lisht}(z)", r"\mathrm{LiSHT}\left(z\right)",
        r"\text{LiSHT}(z)", "np.lisht(z)", "torch.nn.functional.lisht(z)"],
)  # fmt: skip
def test_a_row_is_read_in_every_dressing(text: str) -> None:
    with added(LISHT):
        assert read(text, NAMES) == Formula(call("lisht", read("z", NAMES).body), names=read("z", NAMES).names)


@pytest.mark.parametrize(
    ("dressing", "text"),
    [("ascii", "lisht(x_i)"), ("unicode", "lisht(xᵢ)"), ("latex", r"\operatorname{lisht}(x_i)")],
)
def test_a_row_is_written_in_every_dressing(dressing: str, text: str) -> None:
    with added(LISHT):
        formula = read("lisht(x_i)", NAMES + "; i: index[n]")
        assert write(formula, dressing) == text
        assert read(write(formula, dressing), formula.names) == formula


def test_a_row_is_differentiated_by_its_definition() -> None:
    with added(LISHT):
        slope = gradient("lisht(z)", "z", NAMES).result
        assert compare(write(slope), "tanh(z) + z/cosh(z)^2", NAMES).status == "equal"
        assert compare("lisht'(z)", "tanh(z) + z/cosh(z)^2", NAMES).status == "equal"


@pytest.mark.parametrize(
    ("answer", "truth", "status"),
    [
        ("lisht(z)", "z tanh(z)", "equal"),
        ("z (exp(2z) - 1)/(exp(2z) + 1)", "lisht(z)", "equal"),
        ("sum_i lisht(x_i)", "sum_i lisht(-x_i)", "equal"),
        ("lisht(z)", "-lisht(z)", "different"),
        ("lisht(z)", "abs(z)", "different"),
    ],
)
def test_a_row_is_judged(answer: str, truth: str, status: str) -> None:
    with added(LISHT):
        verdict = compare(answer, truth, NAMES)
        assert verdict.status == status
        assert status == "different" or (verdict.evidence is not None and verdict.evidence.strength == "proved")


@pytest.mark.parametrize(
    ("answer", "tag"),
    [("-z lisht(z)", "sign"), ("2 z lisht(z)", "factor:2"), ("z relu(z)", "wrong-function")],
)
def test_a_wrong_answer_with_a_row_has_its_reason(answer: str, tag: str) -> None:
    with added(LISHT):
        found = diagnose(read(answer, NAMES), read("z lisht(z)", NAMES))
        assert found is not None
        assert found.tag == tag


@pytest.mark.parametrize(("backend", "fast"), [("numpy", False), ("numpy", True), ("numba", False), ("jax", False),
    ("torch", False)])  # fmt: skip
def test_a_row_is_emitted_for_every_backend(backend: str, fast: bool) -> None:
    with added(LISHT):
        formula = gradient("sum_i lisht(x_i)", "x", NAMES).result
        text = emit.emit({"out": formula}, "slope", "", fast=fast, backend=backend)
        assert "lisht" not in text
        assert "tanh" in text
        if backend == "numpy":
            x = np.linspace(-4, 4, 9)
            got = emit.build(text, "slope")(x=x)
            assert np.allclose(got, np.tanh(x) + x / np.cosh(x) ** 2, rtol=1e-14)


def test_a_row_goes_to_sympy_and_its_numbers_are_those_of_its_definition() -> None:
    with added(LISHT):
        expression = to_sympy(read("lisht(z)", NAMES))
        assert expression == sympy.Symbol("z", real=True) * sympy.tanh(sympy.Symbol("z", real=True))
        value = sympy.lambdify(sympy.Symbol("z", real=True), expression)(0.5)
        assert value == pytest.approx(0.5 * math.tanh(0.5), rel=1e-15)


def test_a_row_is_gone_when_the_block_ends() -> None:
    with added(LISHT):
        read("lisht(z)", NAMES)
    with pytest.raises(ReadError):
        read("lisht(z)", NAMES)
    assert "lisht" not in ATOMS


@pytest.mark.parametrize(
    "row", [Atom("tanh", ""), Atom("other", "", spellings=("ReLU",)), Atom("another", "", code=("exp",))]
)
def test_a_name_that_is_taken_is_refused(row: Atom) -> None:
    with pytest.raises(ValueError, match="is in the table already"), added(row):
        pass


# ---------------------------------------------------------------- the rows that are shipped


def test_every_row_has_a_definition_or_is_a_primitive() -> None:
    primitives = {name for name, row in ATOMS.items() if row.definition is None}
    assert primitives == {
        "log", "sin", "cos", "asin", "atan", "abs", "sign", "floor", "ceil", "erf", "factorial", "lgamma", "digamma",
        "trigamma", "max", "min",
    }  # fmt: skip


mp = mpmath.mp
LAMBDA, ALPHA = mpmath.mpf("1.0507009873554804934193349852946"), mpmath.mpf("1.6732632423543772848170429916717")
ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    # name: the function by mpmath, its limits at -∞ and ∞ (None: none that is finite)
    "silu": (lambda z: z / (1 + mp.exp(-z)), 0, None),
    "gelu": (lambda z: z * mp.ncdf(z), 0, None),
    "gelu_tanh": (
        lambda z: z / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (z + mpmath.mpf("0.044715") * z**3))),
        0,
        None,
    ),
    "mish": (lambda z: z * mp.tanh(mp.log1p(mp.exp(z))), 0, None),
    "hardtanh": (lambda z: max(min(z, mp.mpf(1)), mp.mpf(-1)), -1, 1),
    "softsign": (lambda z: z / (1 + abs(z)), -1, 1),
    "selu": (lambda z: LAMBDA * (z if z > 0 else ALPHA * mp.expm1(z)), -LAMBDA * ALPHA, None),
    "normcdf": (mp.ncdf, 0, 1),
    "erfc": (mp.erfc, 2, 0),
}
PLACES = (-30.0, -8.0, -3.5, -1.0, -0.3, -1e-9, 0.0, 1e-9, 0.3, 1.0, 3.5, 8.0, 30.0)
FAR = (-1e100, -1e5, 1e5, 1e100)


def _emitted(text: str, names: str, **values: float) -> Any:
    source = emit.emit({"out": read(text, names)}, "value", "")
    with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        return float(emit.build(source, "value")(**{k: np.asarray(v) for k, v in values.items()}))


def _evaluated(formula: Formula, **values: float) -> float:
    points = Assignment({}, {k: np.array([v]) for k, v in values.items()}, 1, formula.names)
    return float(floats.evaluate(formula, points)[0])


@pytest.mark.parametrize("fn", ACTIVATIONS)
@pytest.mark.parametrize("z", PLACES)
def test_the_value_and_the_slope_of_an_activation(fn: str, z: float) -> None:
    reference = ACTIVATIONS[fn][0]
    with mp.workdps(40):
        value = float(reference(mp.mpf(z)))
        kinked = {"hardtanh": (-1.0, 1.0), "selu": (0.0,)}.get(fn, ())
        slope = None if z in kinked else float(mp.diff(reference, mp.mpf(z)))
    assert _emitted(f"{fn}(z)", "z: real", z=z) == pytest.approx(value, rel=1e-12, abs=1e-300)
    assert _evaluated(read(f"{fn}(z)", "z: real"), z=z) == pytest.approx(value, rel=1e-13, abs=1e-15)
    if slope is not None:
        derived = gradient(f"{fn}(z)", "z", "z: real").result
        assert _emitted(write(derived), "z: real", z=z) == pytest.approx(slope, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("fn", ACTIVATIONS)
@pytest.mark.parametrize("z", FAR)
def test_an_activation_far_out_is_finite_and_at_its_limit(fn: str, z: float) -> None:
    _, low, high = ACTIVATIONS[fn]
    limit = low if z < 0 else high
    slope = gradient(f"{fn}(z)", "z", "z: real").result
    value, steep = _emitted(f"{fn}(z)", "z: real", z=z), _emitted(write(slope), "z: real", z=z)
    if limit is None:
        assert value / z == pytest.approx(float(LAMBDA) if fn == "selu" else 1.0, rel=1e-12)
        assert steep == pytest.approx(float(LAMBDA) if fn == "selu" else 1.0, rel=1e-12)
    else:
        assert value == pytest.approx(float(limit), abs=1e-4)
        assert steep == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("z", [-37.0, -20.0, -5.0])
def test_the_tail_of_the_normal_distribution_keeps_its_digits(z: float) -> None:
    assert _emitted("Φ(z)", "z: real", z=z) == pytest.approx(float(mp.ncdf(z)), rel=1e-12)
    assert _emitted("gelu(z)", "z: real", z=z) == pytest.approx(float(z * mp.ncdf(z)), rel=1e-12)


GAMMA = {"lgamma": mp.loggamma, "digamma": mp.digamma, "trigamma": lambda z: mp.psi(1, z)}


@pytest.mark.parametrize("fn", GAMMA)
@pytest.mark.parametrize("x", [1e-8, 0.1, 0.9, 1.0, 1.4616, 2.0, 3.7, 11.9, 12.0, 50.0, 1e6])
def test_the_logarithm_of_gamma_and_its_derivatives(fn: str, x: float) -> None:
    value = float(GAMMA[fn](mp.mpf(x)))
    assert _emitted(f"{fn}(x)", "x: positive", x=x) == pytest.approx(value, rel=1e-13, abs=1e-13)
    assert _evaluated(read(f"{fn}(x)", "x: positive"), x=x) == pytest.approx(value, rel=1e-13, abs=1e-13)
    if fn != "trigamma":
        slope = write(gradient(f"{fn}(x)", "x", "x: positive").result)
        assert slope == {"lgamma": "digamma(x)", "digamma": "trigamma(x)"}[fn]


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (0.0, 2.0), (0.5, 0.25), (3.0, 1e-300)])
def test_xlogy_is_0_where_x_is(x: float, y: float) -> None:
    expected = 0.0 if x == 0 else x * math.log(y)
    assert _emitted("xlogy(x, y)", "x: nonnegative; y: nonnegative", x=x, y=y) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("z", [-1e-300, 1e-300, -1e-17, 1e-12, 0.0, 2.5])
def test_log1p_and_expm1_keep_their_digits_near_0(z: float) -> None:
    assert _emitted("log1p(z)", "z: real", z=z) == pytest.approx(math.log1p(z), rel=1e-15)
    assert _emitted("expm1(z)", "z: real", z=z) == pytest.approx(math.expm1(z), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("swish(z)", "z σ(z)"),
        (r"\operatorname{SiLU}(z)", "z/(1 + exp(-z))"),
        ("GELU(z)", r"z \Phi(z)"),
        ("gelu(z)", r"\frac{z}{2} (1 + \operatorname{erf}(z/\sqrt{2}))"),
        ("torch.nn.functional.mish(z)", "z tanh(log(1 + exp(z)))"),
        ("hardtanh(z)", "clip(z, -1, 1)"),
        ("softsign(z)", "z/(1 + |z|)"),
        ("normcdf(z)", "1/2 erfc(-z/sqrt(2))"),
        ("Φ(-z)", "1 - Φ(z)"),
        ("Φ'(z)", "exp(-z^2/2)/sqrt(2 pi)"),
        ("gelu_tanh(z)", "z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3)))"),
        ("scipy.special.gammaln(x)", "lgamma(x)"),
        ("xlogy(p, p)", "p log p"),
        ("log1p(p)", "log(1 + p)"),
        ("silu'(z)", "σ(z) (1 + z (1 - σ(z)))"),
        ("selu(x)", "1.0507009873554804934193349852946 x"),
    ],
)
def test_a_function_is_its_definition(text: str, same: str) -> None:
    verdict = compare(text, same, "z: real; x: positive; p: probability")
    assert verdict.status == "equal"
    assert verdict.evidence is not None
    assert verdict.evidence.strength == "proved"


@pytest.mark.parametrize(
    ("text", "other"),
    [("gelu(z)", "gelu_tanh(z)"), ("silu(z)", "mish(z)"), ("softsign(z)", "tanh(z)"), ("Φ(z)", "σ(1.702 z)"),
        ("hardtanh(z)", "tanh(z)"), ("lgamma(x)", "x log(x) - x"), ("digamma(x)", "log(x) - 1/(2x)")],
)  # fmt: skip
def test_a_function_is_not_its_approximation(text: str, other: str) -> None:
    assert compare(text, other, "z: real; x: positive").status == "different"


@pytest.mark.parametrize("fn", ["sech", "silu", "Φ"])
def test_a_condition_on_a_size_may_hold_any_function(fn: str) -> None:
    text = f"sum_i x_i if {fn}(n) > 1/5 else 0"
    assert compare(text, text, NAMES).status == "equal"
    assert compare(text, f"sum_i x_i if {fn}(n) > 99/100 else 0", NAMES).status != "equal"
