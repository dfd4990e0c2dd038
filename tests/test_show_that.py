"""Show that A = B: the rules of the chain that is found, and that both ends are what was asked."""

from __future__ import annotations

from itertools import pairwise

import pytest

from checker.commands.deriving import prove_view

CHAINS = [
    # statement, names, rules in order
    ("sigmoid(z)(1 - sigmoid(z)) = exp(-z)/(1 + exp(-z))^2", "z: real",
        ["definition of σ", "common denominator, cancelled", "expand the fraction"]),
    ("1 - sigmoid(z) = sigmoid(-z)", "z: real",
        ["definition of σ", "common denominator, cancelled", "definition of σ"]),
    ("1 - tanh(z)^2 = 4/(exp(z) + exp(-z))^2", "z: real",
        ["definition of tanh", "common denominator, cancelled", "expand the fraction"]),
    ("tanh(z) = 2 sigmoid(2z) - 1", "z: real", ["definition of tanh", "expand the fraction", "definition of σ"]),
    ("cosh(z)^2 - sinh(z)^2 = 1", "z: real", ["definition of cosh, sinh", "multiply out"]),
    ("softplus(z) - softplus(-z) = z", "z: real",
        ["definition of softplus", "common denominator, cancelled", "logarithm of a product"]),
    ("sum_k softmax(z)_k = 1", "z: real[K]", ["definition of logsumexp", "exponential of a sum"]),
    ("softmax(z + c)_i = softmax(z)_i", "z: real[K]; c: real; i: index[K]",
        ["definition of logsumexp", "exponential of a sum", "exponential of a sum", "definition of logsumexp"]),
    ("log(a b^2) = log a + 2 log b", "a: positive; b: positive", ["logarithm of a product"]),
    ("exp(a + b) = exp(a) exp(b)", "a: real; b: real", ["exponential of a sum"]),
    ("sum_i (x_i - m)^2 = sum_i x_i^2 - 2 m sum_i x_i + n m^2", "x: real[n]; m: real", ["multiply out"]),
    ("sum_i (x_i - mean(x))^2 = sum_i x_i^2 - n mean(x)^2", "x: real[n]", ["multiply out", "rewrite"]),
    ("sum_i sum_j (x_i - x_j)^2 = 2 n sum_i x_i^2 - 2 (sum_i x_i)^2", "x: real[n]", ["multiply out"]),
    ("sum_i p_i (z_i - sum_k p_k z_k)^2 = sum_i p_i z_i^2 - (sum_k p_k z_k)^2", "p: simplex[K]; z: real[K]",
        ["multiply out", "entries of p sum to 1"]),
    ("(a^2 - b^2)/(a - b) = a + b", "a: real; b: real", ["common denominator, cancelled"]),
    ("sin(2x)^2 + cos(2x)^2 = 1", "x: real", ["sin² + cos² = 1"]),
    ("max(0, z) + max(0, -z) = abs(z)", "z: real", ["max(a, b) = (a + b + |a - b|)/2", "multiply out"]),
    ("relu(z) - relu(-z) = z", "z: real", ["max(a, b) = (a + b + |a - b|)/2", "multiply out"]),
    ("tr(A B) = tr(B A)", "A: real[n,m]; B: real[m,n]", ["rename and reorder the sums"]),
    ("a^T S b = b^T S a", "a: real[n]; b: real[n]; S: symmetric[n]", ["rename and reorder the sums"]),
    ("X^-1 X = I", "X: invertible[n]", ["A⁻¹A = I"]),
    ("(A B)^T = B^T A^T", "A: real[n,m]; B: real[m,k]", ["the same by the notation"]),
    (
        "(X^T X + l I)^-1 X^T = X^T (X X^T + l I)^-1",
        "X: real[n,d]; l: positive",
        ["insert the identity M⁻¹M = I", "multiply out", "rename and reorder the sums", "factor", "M⁻¹M = I"],
    ),
]  # fmt: skip


def view(statement: str, names: str, **more: object) -> dict:
    return prove_view({"statement": statement, "names": names, **more})


@pytest.mark.parametrize(("statement", "names", "rules"), CHAINS)
def test_the_chain_is_found(statement: str, names: str, rules: list[str]) -> None:
    found = view(statement, names)
    assert found["status"] == "equal"
    assert [s["rule"] for s in found["steps"]][1:] == rules
    assert all(s["formula"] for s in found["steps"])


@pytest.mark.parametrize(("statement", "names", "rules"), CHAINS)
def test_backwards_as_well(statement: str, names: str, rules: list[str]) -> None:
    left, right = statement.split(" = ")
    found = view(f"{right} = {left}", names)
    assert found["status"] == "equal"
    assert found["steps"] is not None


def test_definitions_are_put_in_and_folded_back() -> None:
    found = view("sum_i (x_i - m)^2 = sum_i x_i^2 - n m^2", "x: real[n]", let="m = mean(x)")
    assert [s["rule"] for s in found["steps"]][1:] == ["definition of m", "multiply out", "rewrite", "definition of m"]


def test_where_none_is_found_it_is_said() -> None:
    found = view("sign(a b) = sign(a) sign(b)", "a: real; b: real")
    assert found["status"] == "equal"
    assert found["steps"] is None
    assert [f["tag"] for f in found["findings"]] == ["steps"]


def test_what_is_different_has_a_point_and_no_steps() -> None:
    found = view("sigmoid(z)^2 = sigmoid(2z)", "z: real")
    assert found["status"] == "different"
    assert found["evidence"]["counterexample"]
    assert "steps" not in found


def test_no_line_of_a_chain_says_what_the_line_before_said() -> None:
    style = {"style": "plain", "form": "matrix", "steps": "normal", "dressing": "ascii"}
    text = view("(X^T X + l I)^-1 X^T = X^T (X X^T + l I)^-1", "X: real[n,d]; l: positive", print=style)["printed"][
        "text"
    ]
    formulas = [line.removeprefix("  = ").split("   ")[0].strip() for line in text.splitlines()]
    assert all(a != b for a, b in pairwise(formulas))


def test_a_search_that_costs_too_much_ends() -> None:
    many = " + ".join(f"sin({k} a) sigmoid(b + {k})" for k in range(1, 12))
    assert view(f"({many})^2 = ({many}) ({many}) + 0 exp(a + b + c)", "a: real; b: real; c: real")["status"] == "equal"
