"""Every result of the seven models in textbook form, derived, against the form a lecturer would write."""

from __future__ import annotations

import numpy as np
import pytest

from derivations import derive, gradient, read, verify
from derivations.derivation import over
from derivations.domains import parse_names
from derivations.notation import write
from derivations.show_that.search import chain

INDEX_FORM = [
    # model, target, textbook form in the result's own letters
    ("logistic", "dLL/dz", "y - p"),
    ("logistic", "dLL/dtheta_j", "(y - p) x_j"),
    ("logistic", "dLL/dx_j", "(y - p) theta_j"),
    ("logistic", "d2LL/dtheta2", "-p (1 - p) x_i x_j"),
    ("logistic", "d2LL/dtheta2 along x", "-p (1 - p) x_i sum_j x_j^2"),
    ("logistic", "d2LL/dthetadx", "delta_ij (y - p) - p (1 - p) x_i theta_j"),
    ("logistic", "d3LL/dtheta3", "p (1 - p) (2 p - 1) x_i x_j x_k"),
    ("softmax", "dy_i/dx_j", "y_i (delta_ij - y_j)"),
    ("softmax", "dy_i/dx_i", "y_i (1 - y_i)"),
    ("softmax", "dL/dx_j", "y_j - t_j"),
    ("batch_norm", "dL/dbeta", "sum_i dL/dy_ij"),
    ("batch_norm", "dL/dgamma", "sum_i dL/dy_ij xhat_ij"),
    ("batch_norm", "dL/dxhat", "dL/dy_ij gamma_j"),
    ("batch_norm", "dL/dx", "gamma_j/(m sqrt(v_j)) (m dL/dy_ij - sum_k dL/dy_kj - xhat_ij sum_k dL/dy_kj xhat_kj)"),
]


@pytest.mark.parametrize(("model", "target", "expected"), INDEX_FORM)
def test_textbook_index_form(model: str, target: str, expected: str) -> None:
    result = over(derive(model, target).result)
    assert result.names is not None
    letters = {i.name: i for i in result.free}
    names = result.names.with_rows(*(row for row in _indices(letters)))
    assert read(write(result, "ascii", "index"), names).key() == read(expected, names).key()


def _indices(letters):
    from derivations.domains import DOMAINS, Declared

    return [Declared(name, DOMAINS["index"], (), "index", index) for name, index in letters.items()]


UNCHECKED = (
    ("sqrt(-x^2)", "x", False),
    ("log(-x^2)", "x", False),
    ("log(-exp(x))", "x", False),
    ("sqrt(x) sqrt(-1 - x)", "x", False),
    ("sum_i sqrt(-1 - w_i^2)", "w", False),
    ("arcsin(2 + exp(x))", "x", False),
    ("log(x - 1000000)", "x", True),
    ("log(x - 5) + sqrt(7 - x)", "x", True),
    ("arcsin(x + 20)", "x", True),
    ("sum_i log(w_i - 300)", "w", True),
    ("log(x)", "x", True),
)


@pytest.mark.parametrize(("text", "wrt", "checked"), UNCHECKED)
def test_what_has_a_value_nowhere_is_not_called_verified(text: str, wrt: str, checked: bool) -> None:
    """Points are searched for in the domain; where there is none, the derivation says that the step is not checked."""
    found = gradient(text, wrt, "x: real; w: real[n]")
    assert found.checked is checked
    assert ("not checked: no point was found at which it has a value" in found.show()) is not checked
    assert all(step.get("checked", True) for lemma in found.to_json()["lemmas"] for step in lemma["steps"]) is checked


def test_two_sides_without_a_value_agree_in_nothing() -> None:
    nothing, one = np.array([np.nan, np.inf]), np.array([1.0, 2.0])
    assert verify.compare(nothing, nothing, 1e-7, "a step", {}) is False
    assert verify.compare(one, one, 1e-7, "a step", {}) is True
    with pytest.raises(verify.StepError):
        verify.compare(one, 2 * one, 1e-7, "a step", {})


XY = parse_names("x: real; y: real")
TITLES = [
    (lambda: derive("batch_norm", "dL/dx"), r"\section*{$\partial L/\partial x$ of batch norm}"),
    (lambda: derive("softmax", "dy_i/dx_j"), r"\section*{$\partial y_{i}/\partial x_{j}$ of softmax}"),
    (lambda: derive("map_regression", "argmin J over theta"), r"\section*{argmin J over theta of map regression}"),
    (lambda: chain(read("(x + y)^2", XY), read("x^2 + 2 x y + y^2", XY), XY).alone(),
     r"\section*{$(x + y)^{2} = 2 x y + x^{2} + y^{2}$}"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "title"), TITLES)
def test_a_document_is_a_page_in_portrait_with_a_title_of_mathematics(made, title):
    text = made().document()
    assert title in text
    assert "portrait" in text
    assert text.count("\\begin{steps}") == text.count("\\end{steps}") > 0
