"""A function is one row: what is said there is all that the rest of the house needs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from checker import compare
from checker.diagnosis.diagnose import diagnose
from derivations import numpy_code
from derivations.atoms import ATOMS, Atom, added
from derivations.formula import Formula, call, mul
from derivations.notation import ReadError, read, write
from derivations.pipeline import gradient
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
        text = numpy_code.emit({"out": formula}, "slope", "", fast=fast, backend=backend)
        assert "lisht" not in text
        assert "tanh" in text
        if backend == "numpy":
            x = np.linspace(-4, 4, 9)
            got = numpy_code.build(text, "slope")(x=x)
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
