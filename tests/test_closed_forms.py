"""Stationary points: the closed form where there is one, the condition under which it exists, and a refusal where there
is none."""

from __future__ import annotations

import pytest

from derivations.closed_form import NoClosedForm
from derivations.derivation import conditions
from derivations.domains import parse_names
from derivations.model import build
from derivations.notation import write
from derivations.pipeline import derive, posed

GAUSS = "x: real[n]; mu: real; sigma: positive; v: positive"
STACK = "x: real[n,d]; m: real[K,d]; S: posdef[K,d,d]; r: positive[n,K]; i: index[n]; k: index[K]"
COMPONENTS = "sum_i sum_k r_ik (-1/2 log det S_k - 1/2 (x_i - m_k)^T S_k^-1 (x_i - m_k))"
CLOSED = [
    # names, bindings, target, matrix form
    ("X: real[n,d]; y: real[n]; w: real[d]", "L = ||y - X w||^2", "argmin L over w", "(X^T X)^(-1) X^T y"),
    ("X: real[n,d]; y: real[n]; w: real[d]; l: positive", "L = ||y - X w||^2 + l ||w||^2", "argmin L over w",
        "(X^T X + l I)^(-1) X^T y"),
    ("X: real[n,d]; y: real[n]; w: real[d]; a: positive[n]; i: index[n]", "L = sum_i a_i (y_i - sum_k X_ik w_k)^2",
        "argmin L over w", "(X^T diag(a) X)^(-1) X^T (a .* y)"),
    (GAUSS, "L = n/2 log(2 pi sigma^2) + sum_i (x_i - mu)^2/(2 sigma^2)", "argmin L over mu", "1/n sum_i x_i"),
    (GAUSS, "L = n/2 log(2 pi v) + sum_i (x_i - mu)^2/(2 v)", "argmin L over v", "1/n ||x - mu||^2"),
    (GAUSS, "L = n/2 log(2 pi sigma^2) + sum_i (x_i - mu)^2/(2 sigma^2)", "argmin L over sigma",
        "sqrt(sum_i (x_i - mu)^2/n)"),
    ("X: orthonormal[n,d]; y: real[n]; w: real[d]; g: positive", "L = 1/2 ||y - X w||^2 + g ||w||_1", "argmin L over w",
        "sign(X^T y) .* max(abs(X^T y) - g, 0)"),
    ("p: probability; y: label01[n]", "L = sum_i (y_i log p + (1-y_i) log(1-p))", "argmax L over p", "mean(y)"),
    ("p: probability; y: label01[n]; a: positive; b: positive",
        "L = (a-1) log p + (b-1) log(1-p) + sum_i (y_i log p + (1-y_i) log(1-p))", "argmax L over p",
        "(sum_i y_i + a - 1)/(n + a + b - 2)"),
    ("p: probability; x: positive[n]", "L = sum_i (log p + (x_i - 1) log(1-p))", "argmax L over p", "1/mean(x)"),
    ("p: probability[d]; Y: label01[n,d]; i: index[n]; j: index[d]",
        "L = sum_i sum_j (Y_ij log p_j + (1-Y_ij) log(1-p_j))", "argmax L over p", "1/n Y^T ones_n"),
    ("c: positive[V]; phi: simplex[V]", "J = sum_v c_v log phi_v", "argmax J over phi", "c/(sum_v c_v)"),
    ("r: simplex[n,K]; p: simplex[K]", "Q = sum_i sum_k r_ik log p_k", "argmax Q over p", "1/n r^T ones_n"),
    ("c: positive[K,K]; A: simplex[K,K]", "Q = sum_i sum_j c_ij log A_ij", "argmax Q over A",
        "(i, j) -> c_ij/(sum_k c_ik)"),
    ("p: simplex[K]", "H = -sum_k p_k log p_k", "argmax H over p", "1/K ones_K"),
    ("p: simplex[K]; e: real[K]; t: positive", "F = sum_k p_k e_k + t sum_k p_k log p_k", "argmin F over p",
        "softmax(-e/t)"),
    ("p: simplex[K]; q: simplex[K]", "D = sum_k p_k log(p_k/q_k)", "argmin D over p", "q"),
    ("s: positive[K]; p: simplex[K]", "V = sum_k s_k p_k^2", "argmin V over p", "(1/s)/(sum_k 1/s_k)"),
    ("s: positive[K]; p: simplex[K]", "V = sum_k s_k^2/p_k", "argmin V over p", "s/(sum_k s_k)"),
    ("x: real[n,d]; m: real[d]; S: posdef[d]", "L = -1/2 sum_i (x_i - m)^T S^-1 (x_i - m)", "argmax L over m",
        "1/n x^T ones_n"),
    ("x: real[n,d]; m: real[d]; S: posdef[d]",
        "L = -n/2 log det S - 1/2 sum_i (x_i - m)^T S^-1 (x_i - m)", "argmax L over S",
        "1/n sum_i (x_i - m) (x_i - m)^T"),
    ("x: real[n,d]; m: real[d]; P: posdef[d]",
        "L = n/2 log det P - 1/2 sum_i (x_i - m)^T P (x_i - m)", "argmax L over P",
        "(1/n sum_i (x_i - m) (x_i - m)^T)^-1"),
    ("A: posdef[d]; S: posdef[d]", "D = tr(S^-1 A) + log det S", "argmin D over S", "A"),
    ("X: real[n,d]; y: real[n]; w: real[d]; C: posdef[n]", "L = (y - X w)^T C^-1 (y - X w)", "argmin L over w",
        "(X^T C^-1 X)^-1 X^T C^-1 y"),
    ("K: posdef[n]; t: real[n]; a: real[n]; l: positive", "J = ||t - K a||^2 + l a^T K a", "argmin J over a",
        "(K + l I)^-1 t"),
    (STACK, f"Q = {COMPONENTS}", "argmax Q over m", "(sum_i r_ik x_i)/(sum_i r_ik)"),
    (STACK, f"Q = {COMPONENTS}", "argmax Q over S",
        "(k, u, v) -> (sum_i r_ik (x_iu - m_ku) (x_iv - m_kv))/(sum_i r_ik)"),
    ("c: positive[V]; phi: simplex[V]; lambda: real", "J = -sum_v c_v log phi_v + lambda (sum_v phi_v - 1)",
        "argmin J over phi", "c/(sum_v c_v)"),
    ("c: positive[V]; phi: simplex[V]; lambda: real", "J = -sum_v (c_v + 1) log phi_v + lambda (sum_v phi_v - 1)",
        "argmin J over phi", "(c + 1)/(V + sum_v c_v)"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "bindings", "target", "expected"), CLOSED)
def test_closed_form(names: str, bindings: str, target: str, expected: str) -> None:
    from checker.compare import compare

    model = build("m", parse_names(names), bindings)
    derivation = derive(model, target)
    text = derivation.to_json()["matrix"] or write(derivation.result, "ascii", "index")
    verdict = compare(text, expected, names)
    assert verdict.status == "equal", (text, verdict)


NAMES = (
    "w: real; a: real; b: real; l: real; p: positive; q: nonnegative; s: positive; r: probability; m: "
    "integer; y: real[n]; X: real[n,d]; x: real[d]; v: real[d]; "
    "A: posdef[d]; B: real[d,d]; W: real[d,k]; Y: real[n,k]; S: symmetric[d]; g: positive[d]; phi: "
    "simplex[d]; i: index[n]; j: index[d]"
)
WHAT_IT_IS = [
    # function, over what, where it is, what is said of it
    ("(w - a)^2", "w", "a", "it is the minimum"),
    ("(a - 1)^2", "a", "1", "it is the minimum"),
    ("s w^2 - a w", "w", "a/(2 s)", "it is the minimum"),
    ("b w^2 - w", "w", "1/(2 b)", "b > 0; it is the minimum"),
    ("b w^2 - a w", "w", "a/(2 b)", "b > 0; it is the minimum"),
    ("-b w^2 - a w", "w", "-a/(2 b)", "b < 0; it is the minimum"),
    ("sum_i (w - y_i)^2", "w", "mean(y)", "it is the minimum"),
    ("sum_i (w y_i - 1)^2", "w", "sum_i y_i/sum_i y_i^2", "sum_i y_i^2 > 0; it is the minimum"),
    ("(w - a)^2 + |w|", "w", "sign(a) max(|a| - 1/2, 0)", "it is the minimum"),
    ("w^2 + l |w| - a w", "w", "sign(a) max(|a| - l, 0)/2", "l >= 0; it is the minimum"),
    ("b w^2 + s |w| - a w", "w", "sign(a) max(|a| - s, 0)/(2 b)", "b > 0; it is the minimum"),
    ("(p - 1)^2", "p", "1", "it is the minimum"),
    ("(p - a)^2", "p", "a", "a > 0; it is the minimum"),
    ("s p - log(p)", "p", "1/s", "it is the minimum"),
    ("a p - log(p)", "p", "1/a", "a > 0; it is the minimum"),
    ("s p + 1/p", "p", "1/sqrt(s)", "it is the minimum"),
    ("q^2 - w q + b", "q", "w/2", "w >= 0; it is the minimum"),
    ("(r - 1/2)^2", "r", "1/2", "it is the minimum"),
    ("(r - a)^2", "r", "a", "a > 0; 1 - a > 0; it is the minimum"),
    ("x^T A x - 2 v^T x", "x", "A^(-1) v", "the matrix to be inverted is invertible; it is the minimum"),
    ("(v - x)^T A^-1 (v - x) + ||y - X x||^2", "x", "(A^-1 + X^T X)^-1 (A^-1 v + X^T y)",
        "the matrix to be inverted is invertible; it is the minimum"),
    ("x^T B x - 2 v^T x", "x", "((B + B^T)/2)^(-1) v",
        "the matrix to be inverted is invertible; it is a stationary point: whether it is the minimum is not told"),
    ("b ||y - X x||^2", "x", "(X^T X)^(-1) X^T y", "b > 0; the matrix to be inverted is invertible; it is the minimum"),
    ("||y - X x||^2 + l ||x||^2", "x", "(X^T X + l I)^(-1) X^T y",
        "the matrix to be inverted is invertible; it is a stationary point: whether it is the minimum is not told"),
    ("||x - v||^2 + s ||x||_1", "x", "sign(v) .* max(abs(v) - s/2, 0)", "it is the minimum"),
    ("sum_j g_j (x_j - v_j)^2", "x", "v", "it is the minimum"),
    ("||Y - X W||^2", "W", "(X^T X)^(-1) X^T Y", "the matrix to be inverted is invertible; it is the minimum"),
    ("||Y - X W||^2 + s ||W||^2", "W", "(X^T X + s I)^(-1) X^T Y",
        "the matrix to be inverted is invertible; it is the minimum"),
    ("||S - B||^2", "S", "(B + B^T)/2", "it is the minimum"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "over", "expected", "said"), WHAT_IT_IS)
def test_what_the_point_is(function: str, over: str, expected: str, said: str) -> None:
    from checker.compare import compare

    model, top = posed(function, NAMES)
    derivation = derive(model, f"argmin {top} over {over}")
    text = derivation._matrix(derivation.result, "ascii") or derivation.to_json()["index"]
    assert compare(text, expected, NAMES).status == "equal", text
    assert conditions(derivation.lemmas[-1], "ascii") == said


def test_a_maximum_may_be_asked_for() -> None:
    model, top = posed("log(p) - s p", NAMES)
    lemma = derive(model, f"argmax {top} over p").lemmas[-1]
    assert conditions(lemma, "ascii") == "it is the maximum"
    assert lemma.target == "argmax p"


NONE = [
    # function, over what, a part of the refusal
    ("-(w - a)^2", "w", "vanishes only at w = a, and that is the maximum: there is no minimum"),
    ("log(p) - a p", "p", "vanishes only at p = 1/a, and that is the maximum"),
    ("log(p) - s p", "p", "that is the maximum"),
    ("-||y - X x||^2", "x", "that is the maximum: there is no minimum"),
    ("-x^T A x + v^T x", "x", "that is the maximum"),
    ("a w + b", "w", "the gradient does not depend on w, in which the function is linear"),
    ("p^2 + l (p - 1)", "l", "does not depend on l, in which the function is linear"),
    ("v^T x", "x", "does not depend on x, in which the function is linear"),
    ("(p + 1)^2", "p", "vanishes only at p = -1, outside of the domain: p is a real number > 0"),
    ("(q + 1)^2", "q", "vanishes only at q = -1, outside of the domain"),
    ("p^2", "p", "outside of the domain"),
    ("(r - 2)^2", "r", "vanishes only at r = 2, outside of the domain"),
    ("(m - 1/2)^2", "m", "m takes whole numbers only"),
    ("w^3 - 3 w", "w", "the gradient is not linear in w"),
    ("w^3/3 - w^2/2", "w", "the gradient is not linear in w"),  # it vanishes at 0 too
    ("w^4", "w", "the gradient is not linear in w"),
    ("sin(w)", "w", "the gradient is not linear in w"),
    ("max(w, a)", "w", "the gradient is not linear in w"),
    ("||A W M - N||^2", "W", "the gradient is linear in W, but"),
    ("sum_j (phi_j - g_j)^2", "phi", "phi lies on the simplex"),
    ("||A - B||^2", "A", "A is declared posdef"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "over", "said"), NONE)
def test_what_is_no_minimum_is_refused(function: str, over: str, said: str) -> None:
    model, top = posed(function, NAMES + "; M: real[k,k]; N: real[d,k]")
    with pytest.raises(NoClosedForm) as refused:
        derive(model, f"argmin {top} over {over}")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "function",
    [
        "(a-1)^2",
        "(a-1)^2 + |a|",
        "a",
        "-a^2",
        "a^2",
        "a^3",
        "exp(a)",
        "|a - 1|",
        "(a^2 - 1)^2",
        "1/a + a",
        "sqrt(1 + a^2)",
    ],
)
def test_scalars_end_in_a_point_or_a_refusal(function: str) -> None:
    from checker.commands.deriving import gradient_view

    made = gradient_view({"formula": function, "wrt": ["a"], "names": "a: real", "argmin": True})
    assert made["status"] == ("derived" if function in ("(a-1)^2", "(a-1)^2 + |a|", "a^2") else "refused"), made


def test_no_closed_form_is_said() -> None:
    model = build(
        "m", parse_names("x: real[d]; y: label01; w: real[d]"), "p = sigmoid(w^T x); L = -y log p - (1-y) log(1-p)"
    )
    with pytest.raises(NoClosedForm, match="not linear in w"):
        derive(model, "argmin L over w")
