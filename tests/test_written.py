r"""How hand-ins write a problem: the letters, functions and densities that its file gives (`[[written]]`)."""

from __future__ import annotations

import pytest

from checker.documents.densities import densities, factors
from checker.documents.grading import grade_text
from checker.documents.sheets import sheet_of
from checker.documents.spellings import spellings
from derivations.domains import Names
from problems.bank import load_bank
from problems.loader import read_text

SAID = spellings(
    [
        ("net_{h_1}", "z1"),
        (r"\delta_{o_2}", r"\frac{dE}{dz4}"),
        ("target_1", "t1"),
        ("K(x, z)", r"\phi(x)^T \phi(z)"),
        ("r(z)", r"\max(z, 0)"),
        (r"\mathcal{N}(0, s^2 I)", "N0"),
    ]
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"w net_{h_1}", "w z1"),
        (r"net_{h1} + net_h1", "z1 + z1"),
        (r"\text{net}_{h_{1}}", "z1"),
        (r"\frac{\partial E}{\partial \mathrm{net}_{h_1}}", r"\frac{\partial E}{\partial z1 }"),
        ("δ_{o2}", r"\left(\frac{dE}{dz4}\right)"),
        ("target_{1} - target_1", "t1 - t1"),
        (r"K(x_i, u)", r"\left(\phi(x_i)^T \phi( u)\right)"),
        (r"r\left(K(a, b)\right)", r"\left(\max(\left(\phi(a)^T \phi( b)\right), 0)\right)"),
        (r"\mathcal {N} (0, s^ {2} I)", "N0"),
        # what is something else stays
        ("net_{h_12}", "net_{h_12}"),
        ("net_{o_1}", "net_{o_1}"),
        ("subnet_{h_1}", "subnet_{h_1}"),
        ("target_{12}", "target_{12}"),
        ("K(x)", "K(x)"),
        ("K(x, y", "K(x, y"),
    ],
)
def test_what_is_written_is_put_in_its_quantity_s_place(written, meant):
    assert SAID.put_in(written).split() == meant.split()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("p(x, a)", r"\frac{\left(exp(-a^2)\right) \exp(densityX)}{1}"),
        ("p(a)", r"\frac{\left(exp(-a^2)\right)}{1}"),
        (r"p(y \mid x)", r"\frac{\exp(densityXY)}{\exp(densityX)}"),
    ],
)
def test_a_joint_density_is_the_product_of_its_factors(text, meant):
    made_of = factors(["p(x)", "p(a) = exp(-a^2)", "p(y | x, a)"])
    assert densities(text, Names(), made_of).text == meant


@pytest.mark.parametrize("said", ["q + 1", "p(y | x", "p(a) exp(-a^2)"])
def test_what_is_no_factor_is_refused(said):
    with pytest.raises(ValueError, match="write `p"):
        factors([said])


def test_a_spelling_without_a_sign_of_equality_is_a_fault_with_its_place():
    text = """
id = "t/1"
title = "t"
[[written]]
spelled = ["net_{h_1}"]
[[part]]
id = "t/1"
kind = "text"
ask = "?"
model_answer = "."
"""
    _, faults = read_text(text, "t.toml")
    assert any("written[1].spelled" in str(fault) for fault in faults)


KERNEL = [
    (r"\theta^{(i)} = \sum_{k=1}^{i} \beta_k \phi(x^{(k)})", "correct"),
    (r"\theta^{(i)} = \sum_{k=1}^{i} \phi(x^{(k)})", "wrong"),
    (r"\theta^{(i+1)} = \theta^{(i)} + \beta_{i+1} \phi(x^{(i+1)})", "correct"),
    (r"\theta^{(i+1)} = \theta^{(i)} - \beta_{i+1} \phi(x^{(i+1)})", "wrong"),
    (r"h_{\theta^{(i)}}(x^{(i+1)}) = g\left(\sum_{k=1}^{i} \beta_k K(x^{(i+1)}, x^{(k)})\right)", "correct"),
    (r"h_{\theta^{(i)}}(x^{(i+1)}) = g\left(\sum_{k=1}^{i} K(x^{(i+1)}, x^{(k)})\right)", "wrong"),
    (r"\beta_{i+1} := \alpha (y^{(i+1)} - g({\theta^{(i)}}^T \phi(x^{(i+1)})))", "correct"),
    (r"\beta_{i+1} := \alpha (g({\theta^{(i)}}^T \phi(x^{(i+1)})) - y^{(i+1)})", "wrong"),
]
POSTERIOR = [
    (r"\arg\max_\theta p(\theta \mid x, y) = \arg\max_\theta p(y \mid x, \theta) p(\theta)", "correct"),
    (r"\arg\max_\theta p(y \mid x, \theta) p(\theta) = \arg\max_\theta p(y \mid x, \theta) / p(\theta)", "wrong"),
    (r"p(\theta \mid x, y) \propto p(y \mid x, \theta) p(\theta)", "correct"),
]


@pytest.mark.parametrize(("label", "said"), [*(("3(a)", row) for row in KERNEL), *(("4(a)", row) for row in POSTERIOR)])
@pytest.mark.long
def test_a_line_in_the_letters_of_the_sheet_is_judged(label, said):
    formula, status = said
    marked = grade_text(f"## Problem {label}\n\n$$\n{formula}\n$$\n", sheet_of("002", load_bank(None)))
    assert {line.status for line in marked.lines} - {"not_a_claim"} == {status}
