"""Printed tests: the file is run and passes, and with a wrong derivative it fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checker.__main__ import main
from derivations import derive, gradient
from derivations.derivation import Derivation
from derivations.emit import CannotEmit
from derivations.functions import together
from derivations.together import Together

MODELS = [
    ("softmax", ("L", "dL/dx")),
    ("softmax", ("dy_i/dx_j",)),
    ("batch_norm", ("y", "dL/dx", "dL/dgamma", "dL/dbeta")),
    ("two_layer:batch", ("L", "dL/dW1", "dL/db2")),
    ("two_layer:batch", ("dL/dZ1",)),
    ("logistic:batch", ("dNLL/dtheta", "d2NLL/dtheta2")),
    ("attention", ("dL/dQ",)),
]
TYPED: list[tuple[str, str | list[str], str, dict[str, Any]]] = [
    ("||y - X w||^2 + l ||w||^2", "w", "X: real[n,d]; y: real[n]; w: real[d]; l: positive", {"argmin": True}),
    ("log det(A) + tr(inv(A) S)", ["A"], "A: posdef[n]; S: posdef[n]", {"value": True, "hessian": True}),
    ("sum_i log(1 + exp(-y_i x_i^T w))", "w", "x: real[n,d]; y: labelpm1[n]; w: real[d]", {"along": "v"}),
    ("-sum_i log softmax(W x_i + b)_{c_i}", ["W", "b"], "W: real[K,d]; b: real[K]; x: real[n,d]; c: index[K] of [n]",
        {"value": True}),
    ("sum_k t_k log(t_k/p_k)", "p", "t: simplex[K]; p: simplex[K]; k: index[K]", {}),
    ("sum_i (sqrt(a_i) + b_i/c)^2", ["a", "b", "c"], "a: interval(2,5)[n]; b: nonnegative[n]; c: negative", {}),
    ("u^T A v", ["u", "v"], "u: real[n]; v: real[m]; A: real[n,m]", {"hessian": True}),
]  # fmt: skip
CASES = [*range(len(MODELS) + len(TYPED))]


def source(case: int, backend: str = "numpy", **how: Any) -> str:
    if case < len(MODELS):
        model, targets = MODELS[case]
        return together(model, targets, name="made", backend=backend, with_test=True, **how)
    formula, wrt, names, asked = TYPED[case - len(MODELS)]
    found = gradient(formula, wrt, names, **asked)
    assert isinstance(found, Derivation | Together)
    return found.source(backend, name="made", with_test=True, **how)


def run(text: str, spoiled: bool = False) -> None:
    """Runs the test of a module; `spoiled`: its function returns one entry of each result a little too large."""
    space: dict[str, Any] = {}
    exec(compile(text, "<backproof>", "exec"), space)  # our own text
    made = space["made"]

    def off(result: Any) -> Any:
        if isinstance(result, tuple):
            return tuple(map(off, result))
        bump = np.zeros(tuple(result.shape))
        bump.flat[0] = 1e-2
        return result + (space["torch"].tensor(bump) if "torch" in space else bump)

    if spoiled:
        space["made"] = lambda *given: off(made(*given))
    space["test_made"]()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.long
def test_the_printed_test_passes_and_fails_on_a_wrong_derivative(case: int) -> None:
    text = source(case)
    run(text)
    with pytest.raises(AssertionError):
        run(text, spoiled=True)
    assert max(map(len, re.split(r"^def test_", text, flags=re.MULTILINE)[1].splitlines())) <= 100


@pytest.mark.oracle
@pytest.mark.parametrize("backend", ["torch", "jax", "array_api"])
@pytest.mark.parametrize("case", CASES)
def test_the_printed_test_passes_in_every_library(case: int, backend: str) -> None:
    pytest.importorskip(backend if backend != "array_api" else "numpy")
    text = source(case, backend)
    run(text)
    if backend == "torch":
        with pytest.raises(AssertionError):
            run(text, spoiled=True)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(("code", "logistic:batch", "NLL", "dNLL/dtheta", "--fast"), marks=pytest.mark.soak),
        pytest.param(("code", "logistic:batch", "NLL", "dNLL/dtheta", "--standalone-checked"), marks=pytest.mark.soak),
        ("gradient", "||A x - b||^2", "--wrt", "x", "--names", "A: real[n,d]; x: real[d]; b: real[n]", "--numpy"),
    ],
)
def test_pytest_takes_the_file(asked: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "step.py"
    assert main([*asked, "--name", "step", "--with-test", "-o", str(file)]) == 0
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    done = subprocess.run(pytest_run, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.oracle
@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_layer_is_checked_by_its_library(library: str) -> None:
    pytest.importorskip(library)
    run(source(2, library, dressing="layer"))
    run(source(len(MODELS) + 3, library, dressing="layer"))


@pytest.mark.oracle
def test_numba_takes_the_file(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    file = tmp_path / "step.py"
    assert main(["code", "logistic:batch", "dNLL/dtheta", "--numba", "--with-test", "-o", str(file)]) == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(file)], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout


def test_what_cannot_be_tested_is_refused() -> None:
    with pytest.raises(CannotEmit, match="ask for one too"):
        derive("softmax", "y").source(with_test=True)
    with pytest.raises(CannotEmit, match="at no draws"):
        gradient("sum_i log(x_i - 50)", "x", "x: real[n]").source(with_test=True)
    with pytest.raises(CannotEmit, match="declare its sizes by letters"):
        gradient("sum_i x_i^2", "x", "x: real[100000]").source(with_test=True)
    with pytest.raises(CannotEmit, match="facts are stated"):
        gradient(
            "-sum_k t_k log softmax(z)_k", "z", "z: real[K]; t: real[K]; k: index[K]", facts=["sum_k t_k = 1"]
        ).source(with_test=True)


def test_a_test_is_of_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gradient", "x^2", "--wrt", "x", "--names", "x: real", "--with-test"]) == 2
    assert "--with-test" in capsys.readouterr().err
