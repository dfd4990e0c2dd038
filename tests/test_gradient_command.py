"""`backproof gradient` for formulas that nobody prepared: orders, directions, several names, facts, symmetric names,
and refusals with their place."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from checker.commands.deriving import gradient_view
from checker.compare import compare
from derivations.asked import gradient
from derivations.emit import build
from derivations.notation import read


def view(formula: str | None, wrt: str, names: str, **more: Any) -> dict[str, Any]:
    return gradient_view({"formula": formula, "wrt": [w.strip() for w in wrt.split(",")], "names": names, **more})


LINES = "x: real[n,d]; y: real[n]; w: real[d]; b: real"
HIGHER = [
    # formula, by what, names, what is asked, the result
    ("1/2 ||x w - y||^2", "w", LINES, {"hessian": True}, "x^T x"),
    (
        "sum_i log(1 + exp(x_i^T w))",
        "w",
        LINES + "; v: real[d]",
        {"along": "v"},
        "x^T ((x v) .* sigmoid(x w) .* (1 - sigmoid(x w)))",
    ),
    ("y^T x w", "y,w", LINES, {"hessian": True}, "0"),
    ("sin(a w)", "w", "a: real; w: real", {"order": 3}, "-a^3 cos(a w)"),
    ("sin(a w)", "w", "a: real; w: real", {"order": 4}, "a^4 sin(a w)"),
    ("exp(exp(w))", "w", "w: real", {"order": 3}, "exp(exp(w)) (exp(w) + 3 exp(2 w) + exp(3 w))"),
    ("tr(X X A)", "X", "X: real[n,n]; A: real[n,n]; V: real[n,n]", {"along": "V"}, "(V A + A V)^T"),
    ("sigmoid(w)", "w", "w: real", {"order": 2}, "sigmoid(w) (1 - sigmoid(w)) (1 - 2 sigmoid(w))"),
]


@pytest.mark.parametrize(("formula", "wrt", "names", "more", "expected"), HIGHER)
def test_higher_derivatives(formula: str, wrt: str, names: str, more: dict[str, Any], expected: str) -> None:
    made = view(formula, wrt, names, **more)
    assert made["status"] == "derived", made
    text = made["matrix"] or made["index"]
    verdict = compare(text, expected, names)
    assert verdict.status == "equal", (text, verdict)


def test_order_three_of_a_vector_is_in_index_form_only() -> None:
    made = view("sum_i w_i^4", "w", "w: real[d]", order=3)
    assert made["index"] == "24 delta_{ij} delta_{ik} w_i"
    assert made["matrix"] is None
    assert made["shape"] == ["d", "d", "d"]


def test_tensors_by_tensors() -> None:
    made = view("A^-1", "A", "A: invertible[n]")
    assert made["index"] == "-(A^(-1))_{ik} (A^(-1))_{lj}"
    assert made["shape"] == ["n", "n", "n", "n"]


def test_several_names_share_one_sweep() -> None:
    let = "z_i = w^T x_i + b; L = ||z - y||^2"
    made = view(None, "w, b", "x: real[n,d]; y: real[n]; w: real[d]; b: real; i: index[n]", let=let, of="L")
    targets = [[s["target"] for s in one["steps"]] for one in made["gradients"]]
    assert "dL/dz" in targets[0]
    assert set(targets[1]) == {"dL/db"}


def test_all_blocks_of_a_hessian() -> None:
    made = view("(w^T x_1 + b)^2", "w,b", LINES, hessian=True)
    assert [one["wrt"] for one in made["gradients"]] == ["w", "w,b", "b"]


def test_a_closed_form_and_where_there_is_none_its_equation() -> None:
    names = "X: real[n,d]; y: real[n]; w: real[d]; l: positive"
    made = view("||y - X w||^2 + l ||w||^2", "w", names, argmin=True)
    assert made["matrix"] == "(X^T X + l I)^(-1) X^T y"
    none = view("sum_i log(1 + exp(X_i^T w))", "w", names, argmin=True)
    assert none["status"] == "refused"
    assert none["equation"] == "sum_j X_{ji} sigmoid(sum_k w_k X_{jk}) = 0"


SYMMETRIC = [
    ("x^T S y", "S", "x: real[k]; y: real[k]; S: symmetric[k]", "1/2 (x y^T + y x^T)"),
    ("x^T S x", "S", "x: real[k]; S: symmetric[k]", "x x^T"),
    ("log det S", "S", "S: posdef[k]", "S^-1"),
    ("tr(A S)", "S", "A: real[k,k]; S: symmetric[k]", "1/2 (A + A^T)"),
]


@pytest.mark.parametrize(("formula", "wrt", "names", "expected"), SYMMETRIC)
def test_symmetric_names(formula: str, wrt: str, names: str, expected: str) -> None:
    made = view(formula, wrt, names)
    assert compare(made["matrix"], expected, names).status == "equal", made["matrix"]
    assert "symmetric" in made["condition"]


def test_a_fact_is_a_step_of_its_own() -> None:
    names = "z: real[K]; t: real[K]; k: index[K]"
    with_fact = view("-sum_k t_k log softmax(z)_k", "z", names, facts=["sum_k t_k = 1"])
    assert with_fact["steps"][-1]["rule"] == "fact sum_k t_k = 1"
    assert compare(with_fact["matrix"], "softmax(z) - t", names).status == "equal"
    without = view("-sum_k t_k log softmax(z)_k", "z", names)
    assert compare(without["matrix"] or without["index"], "softmax(z) - t", names).status == "different"


def test_results_fold_back_into_the_bindings_and_never_into_our_own_letter() -> None:
    let = "z_i = w^T x_i; p_i = sigmoid(z_i); L = -sum_i (y_i log p_i + (1 - y_i) log(1 - p_i))"
    made = view(None, "w", "x: real[n,d]; y: label01[n]; w: real[d]; i: index[n]", let=let, of="L")
    assert made["matrix"] == "x^T (p - y)"
    assert view("exp(-a^2)", "a", "a: real")["index"] == "-2 a exp(-a^2)"


def test_an_unknown_function_has_a_gradient_and_no_numpy_source() -> None:
    made = view("sum_i g(x_i)", "x", "x: real[n]; g: function; i: index[n]", source="numpy")
    assert made["index"] == "g'(x_i)"
    assert made["numpy"] is None
    assert "unknown function" in made["no_numpy"]


REFUSED = [
    # formula, by what, names, more, words of the reason, what stands at its place
    ("a + factorial(n a)", "a", "a: real; n: real", {}, "whole numbers only", "factorial(n a)"),
    ("b + A x", "x", "A: real[n,d]; x: real[n]; b: real[n]", {}, "shapes do not conform", "A x"),
    ("a + c", "b", "a: real; b: real; c: real", {}, "the gradient is 0 everywhere", "a + c"),
    ("a + q", "a", "a: real", {}, "q is not declared", "q"),
    ("(a", "a", "a: real", {}, "", None),
    ("a^2", "q", "a: real; b: real", {}, "known are a, b", None),
    ("a^2", "a", "a: real; t: real", {"facts": ["t^2 = 1"]}, "not linear", None),
    ("a^2", "a", "a: real; t: real", {"facts": ["t ="]}, "", None),
    ("a^2 t_1", "t", "a: real; t: real[K]; k: index[K]", {"facts": ["sum_k t_k = 1"]}, "ties the entries of t", None),
]


@pytest.mark.parametrize(("formula", "wrt", "names", "more", "words", "there"), REFUSED)
def test_refusals_say_where_and_why(
    formula: str, wrt: str, names: str, more: dict[str, Any], words: str, there: str | None
) -> None:
    made = view(formula, wrt, names, **more)
    assert made["status"] == "refused"
    assert words in made["reason"]
    if there is not None:
        assert made["at"]["in"] == "formula"
        assert formula[made["at"]["start"] : made["at"]["end"]] == there


def test_a_refusal_inside_a_binding_has_its_place_there() -> None:
    let = "z = w^T x; p = factorial(z); L = p^2"
    made = view(None, "w", "w: real[d]; x: real[d]", let=let, of="L")
    assert (made["at"]["in"], let[made["at"]["start"] : made["at"]["end"]]) == ("let", "factorial(z)")


def test_an_order_beyond_what_is_shown() -> None:
    assert view("a^9", "a", "a: real", order=5)["status"] == "refused"


def test_more_work_than_allowed_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derivations.pipeline.WORK", 2000)
    made = view("*".join(f"(a + b + {k})" for k in range(60)), "a", "a: real; b: real")
    assert made["status"] == "undecided"
    assert "too large" in made["reason"]


AT = [
    # formula, data, the value or a word of the refusal
    ("sum_{i=2}^n x_i", {"n": 3}, [0.0, 1.0, 1.0]),
    ("sum_{i=2}^n x_i", {"n": 3.0}, [0.0, 1.0, 1.0]),
    ("sum_{i=2}^n x_i^2", {"n": 2, "x": [1, 2]}, [0.0, 4.0]),
    ("n sum_i x_i^2", {"x": [1, 2]}, [4.0, 8.0]),
    ("n sum_i x_i^2", {"n": 2, "x": [1, 2]}, [4.0, 8.0]),
    ("sum_i x_i^2", {"n": 3, "x": [1, 2]}, "the size n is 3 in the data, but axis 1 of x has 2 entries"),
    ("sum_{i=2}^n x_i", {"n": 2.5}, "no positive whole number"),
    ("sum_{i=2}^n x_i", {"n": [3]}, "no positive whole number"),
    ("sum_{i=2}^n x_i", {"n": 0}, "no positive whole number"),
    ("sum_{i=2}^n x_i", {"n": float("nan")}, "no positive whole number"),
    ("sum_{i=2}^n x_i", {}, "the data lacks n"),
]


@pytest.mark.parametrize(("formula", "data", "expected"), AT)
def test_sizes_in_data(formula: str, data: dict[str, Any], expected: object) -> None:
    made = view(formula, "x", "x: real[n]; i: index[n]", at=data)
    if isinstance(expected, str):
        assert made["status"] == "refused"
        assert expected in made["reason"]
    else:
        assert made["value"] == {"df/dx": expected}


def test_a_direction_is_declared_by_its_use() -> None:
    from derivations import derive
    from derivations.model import UnknownName

    assert [i.size for i in derive("logistic", "d2LL/dtheta2 along v").result.axes] == ["d"]
    with pytest.raises(UnknownName, match="'3'"):
        derive("logistic", "d2LL/dtheta2 along 3")


def test_several_gradients_are_one_function_and_no_two_of_one_name() -> None:
    for source in ("numpy", "numba"):
        made = view("||U V - X||^2", "U,V", "U: real[n,k]; V: real[k,d]; X: real[n,d]", source=source)
        names = re.findall(r"^def (\w+)", made["numpy"], re.MULTILINE)
        assert len(set(names)) == len(names)
        assert names[-1] == "gradient"
        assert [re.findall(r"^def (\w+)", each["numpy"], re.MULTILINE)[-1] for each in made["gradients"]] == [
            "gradient_U",
            "gradient_V",
        ]
    made = view("||U V - X||^2", "U,V", "U: real[n,k]; V: real[k,d]; X: real[n,d]", source="numpy")
    u, v, x = np.ones((2, 1)), np.arange(3.0)[None], np.zeros((2, 3))
    by_u, by_v = build(made["numpy"])(u, v, x)
    assert np.allclose(by_u, 2 * (u @ v - x) @ v.T)
    assert np.allclose(by_v, 2 * u.T @ (u @ v - x))
    blocks = view("exp(u v)", "u,v", "u: real; v: real", source="numpy", hessian=True)
    assert np.allclose(build(blocks["numpy"])(2.0, 3.0), np.exp(6) * np.array([9, 7, 4]))


def test_declarations_and_bindings_given_again_come_behind(capsys: pytest.CaptureFixture[str]) -> None:
    from checker.__main__ import main

    names = ["--names", "x: real[d]; W: real[m,d]", "--names", "y: real[m]; k: index[m]"]
    apart = ["--let", "z = W x", "--let", "h = tanh(z)"]
    for let in (apart, ["--let", "z = W x; h = tanh(z)"]):
        assert main(["gradient", "sum_k (h_k - y_k)^2", *names, *let, "--wrt", "x", "--steps", "brief"]) == 0
    first, second = (text for text in capsys.readouterr().out.split("∂f/∂xᵢ") if text.strip())
    assert first == second


@pytest.mark.parametrize("left", ["h_10_i", "h_{10}_i", "h_{10,i}", "h_{10i}", "h_10i"])
def test_a_numbered_name_of_several_digits_is_bound(left: str):
    derived = gradient(None, "x", "x: real[n]; i: index[n]", let=f"{left} = x_i^2; L = sum_i h_10_i", of="L")
    assert [lemma.target for lemma in derived.lemmas] == ["dL/dh_10", "dL/dx"]
    assert derived.result == read("2 x", "x: real[n]")
