"""One canonical spelling for every way of writing a name, and the three spellings that are printed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.notation import read, spelling

SAME = [
    # one name, spelled in all these ways
    ("yhat", ["yhat", "y_hat", "ŷ", r"\hat{y}", r"\hat y", "y_{hat}", r"\widehat{y}", "y\u0302", r"\hat{\mathbf{y}}"]),
    ("xbar", ["xbar", "x_bar", r"\bar x", r"\overline{x}", "x̄"]),
    ("theta", ["theta", "θ", r"\theta", r"\boldsymbol{\theta}", "ϑ", r"\vartheta", "𝜃", r"\bm\theta"]),
    ("w", ["w", r"\mathbf{w}", r"\mathbf w", r"\vec w", "𝐰", r"\boldsymbol w", r"\mathrm{w}"]),
    ("L", ["L", r"\mathcal L", r"\mathcal{L}", "ℒ", r"\mathscr{L}"]),
    ("W_1", ["W1", "W_1", "W_{1}", "W₁", "W^{[1]}", "W^[1]", "W^{(1)}"]),
    ("x_ij", ["x_ij", "x_{ij}", "x_{i,j}", "x_{i j}", "xᵢⱼ"]),
    ("w_5'", ["w_5'", "w5'", "w_{5}'", "w₅′", r"w_5^\prime", r"w_5^{\prime}"]),
    ("yhat_k", ["yhat_k", "y_hat_k", r"\hat{y}_k", "ŷ_k", "ŷₖ", r"\hat{y}_{k}"]),
    ("sigma_max", ["sigma_max", r"\sigma_{\text{max}}", "σ_max"]),
    ("thetahat", [r"\hat\theta", r"\hat{\theta}", "theta_hat", "thetahat"]),
    (
        "dL/dv",
        [
            "dL/dv",
            "∂L/∂v",
            r"\frac{\partial L}{\partial v}",
            r"\frac{dL}{dv}",
            r"\frac{\partial \mathcal{L}}{\partial \mathbf{v}}",
        ],
    ),
    ("dL/dxhat_i", ["dL/dx_hat_i", r"\frac{\partial L}{\partial \hat{x}_i}", "∂L/∂x̂ᵢ"]),
    ("LL", ["LL", r"\mathrm{LL}", r"\text{LL}"]),
]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SAME for text in texts])
def test_spellings_of_one_name(name, text):
    assert spelling.canonical(text) == name


DIFFERENT = ["y", "Y", "yhat", "ybar", "y_1", "y'", "y_12", "y_1,12", "y_11,2", "eta", "theta", "dL/dv", "dL/dw", "d"]


def test_different_names_stay_different():
    assert len({spelling.canonical(name) for name in DIFFERENT}) == len(DIFFERENT)


PRINTED = [
    # name, LaTeX, Unicode, ASCII
    ("yhat", r"\hat{y}", "ŷ", "yhat"),
    ("y_hat", r"\hat{y}", "ŷ", "y_hat"),
    (r"\hat{y}", r"\hat{y}", "ŷ", "yhat"),
    ("theta_1", r"\theta_{1}", "θ₁", "theta_1"),
    ("W1", "W_{1}", "W₁", "W1"),
    ("W^{[1]}", "W^{[1]}", "W^[1]", "W_1"),
    ("w_5'", "w_{5}'", "w₅′", "w_5'"),
    ("LL", r"\mathrm{LL}", "LL", "LL"),
    ("lambda", r"\lambda", "λ", "lambda"),
    ("dL/dv", r"\frac{\partial L}{\partial v}", "∂L/∂v", "dL/dv"),
    ("sigma_B", r"\sigma_{B}", "σ_B", "sigma_B"),
    ("xi", r"\xi", "ξ", "xi"),
]


@pytest.mark.parametrize(("name", "latex", "terminal", "plain"), PRINTED)
def test_printed(name, latex, terminal, plain):
    assert (spelling.latex(name), spelling.unicode(name), spelling.ascii(name)) == (latex, terminal, plain)


@pytest.mark.parametrize(
    "name",
    [row[0] for row in PRINTED] + ["x_ij", "mu_phi", "alpha'", "beta_1", "D_a", "xbar", "thetatilde", "h_2", "ell"],
)
def test_every_printed_spelling_is_the_same_name(name):
    for printed in (spelling.latex(name), spelling.unicode(name), spelling.ascii(name)):
        assert spelling.canonical(printed) == spelling.canonical(name), printed


@pytest.mark.parametrize(
    "name", ["yhat", "theta_1", "W1", "w_5'", "LL", "x_bar", "sigma_B", "mu'", "D", "zeta", "beta_12"]
)
def test_every_printed_spelling_reads_as_the_name(name):
    for printed in (spelling.latex(name), spelling.unicode(name), spelling.ascii(name)):
        assert read(printed, {name: "real"}).body.name == name  # type: ignore[attr-defined]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.text(max_size=40))
@pytest.mark.long
def test_any_text_has_a_canonical_spelling(text):
    once = spelling.canonical(text)
    assert isinstance(once, str)
    assert isinstance(spelling.latex(text), str)
    assert isinstance(spelling.unicode(text), str)
