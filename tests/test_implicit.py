"""What an equation defines, products of a Jacobian with a vector, derivatives at a place and Laplacians, in tables."""

from __future__ import annotations

import numpy as np
import pytest

from checker import compare
from derivations import derive, gradient
from derivations.calculus import NoDerivative
from derivations.folding.facts import FactError
from derivations.notation import ReadError, read, write

UNKNOWN = "F: function (real[n]; real[p]) -> real[n]; x: real[n]; theta: real[p]"
LOSS = "f: function (real[n]; real[p]) -> real"

ROOTS = [
    # formula, by what, names, the equation, the derivative
    ("x", "a", "x: real; a: real; b: real", "x: x^3 + a x = b", "-x/(3 x^2 + a)"),
    ("y", "x", "x: real; y: real; r: positive", "y: x^2 + y^2 = r^2", "-x/y"),
    ("x", "theta", "G: function (real, real) -> real; x: real; theta: real", "x: G(x, theta) = 0",
        r"-\partial_2 G(x, theta)/\partial_1 G(x, theta)"),
    ("x", "theta", UNKNOWN, "x: F(x, theta) = 0", r"-(\partial_1 F(x, theta))^-1 \partial_2 F(x, theta)"),
    ("f(x, theta)", "theta", f"{UNKNOWN}; {LOSS}", "x: F(x, theta) = 0",
        r"\partial_2 f(x, theta) - (\partial_2 F(x, theta))^T (\partial_1 F(x, theta))^-T \partial_1 f(x, theta)"),
    ("x", "theta", "g: function (real[n]; real[p]) -> real; x: real[n]; theta: real[p]",
        r"x: \nabla_x g(x, theta) = 0",
        r"-(\partial_1 \partial_1 g(x, theta))^-1 \partial_1 \partial_2 g(x, theta)"),
    ("1/2 ||x - y||^2", "b", "A: posdef[n]; x: real[n]; b: real[n]; y: real[n]", "x: A x + tanh(x) = b",
        "(A + diag(1 - tanh(x) .* tanh(x)))^-1 (x - y)"),
    ("1/2 ||V w - y||^2", "l", "X: real[n,d]; w: real[d]; t: real[n]; l: positive; V: real[m,d]; y: real[m]",
        "w: X^T (X w - t) + l w = 0", "-(V w - y)^T V (X^T X + l I)^-1 w"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "names", "root", "expected"), ROOTS, ids=[row[3] + row[0] for row in ROOTS])
def test_what_an_equation_defines(formula, wrt, names, root, expected):
    derivation = gradient(formula, wrt, names, root=root)
    assert compare(write(derivation.result, "ascii", "auto"), expected, names).status == "equal"
    assert all(step.checked for lemma in derivation.lemmas for step in lemma.steps)


ANSWERS = [
    (ROOTS[0], ("x/(-a - 3 x^2)",), ("x/(3 x^2 + a)", "-1/(3 x^2 + a)", "-x/(3 x^2)")),
    (ROOTS[3], (r"-(\nabla_x F(x, theta))^-1 \nabla_theta F(x, theta)",
        r"(-\partial_1 F(x, theta))^-1 \partial_2 F(x, theta)"),
        (r"(\partial_1 F(x, theta))^-1 \partial_2 F(x, theta)", r"-\partial_2 F(x, theta)",
        r"-(\partial_1 F(x, theta))^-T \partial_2 F(x, theta)")),
    (ROOTS[6], ("(A + I - diag(tanh(x) .* tanh(x)))^-1 (x - y)",),
        ("(A + diag(1 - tanh(x)))^-1 (x - y)", "-(A + diag(1 - tanh(x) .* tanh(x)))^-1 (x - y)", "A^-1 (x - y)")),
]  # fmt: skip


@pytest.mark.parametrize(("row", "right", "wrong"), ANSWERS, ids=[row[0][3] for row in ANSWERS])
def test_answers(row, right, wrong):
    *_, names, _, truth = row
    assert {answer: compare(truth, answer, names).status for answer in right} == dict.fromkeys(right, "equal")
    assert {answer: compare(truth, answer, names).status for answer in wrong} == dict.fromkeys(wrong, "different")


FAULTY = [
    ("x", "a", "x: real; a: real[n]", "x: x a = a", "as many equations as unknowns"),
    ("x", "c", "x: real; a: real; c: real", "x: x = a", "does not depend on c"),
    ("x", "a", "x: real; a: real", "x^2 = a", "is written 'x: F"),
    ("X", "a", "X: real[n,n]; a: real", "X: a X = X", "is no number or vector"),
]


@pytest.mark.parametrize(("formula", "wrt", "names", "root", "said"), FAULTY, ids=[row[3] for row in FAULTY])
def test_equations_that_are_refused(formula, wrt, names, root, said):
    with pytest.raises((FactError, NoDerivative), match=said):
        gradient(formula, wrt, names, root=root)


def test_the_code_solves_one_system():
    names = "A: posdef[n]; x: real[n]; b: real[n]; y: real[n]"
    source = gradient("1/2 ||x - y||^2", "b", names, root="x: A x + tanh(x) = b").source()
    assert source.count("np.linalg.solve") == 1
    assert "np.linalg.inv" not in source


NETWORK = "W: real[m,d]; x: real[d]; V: real[K,m]; b: real[m]; i: index[m]; k: index[K]"
LAYERS = "z = W x + b; h = tanh(z); y = softmax(V h)"
PRODUCTS = [
    # formula, by what, names, the Jacobian times v, u times the Jacobian
    ("tanh(W x)", "x", "W: real[m,d]; x: real[d]", "(1 - tanh(W x) .* tanh(W x)) .* (W v)",
        "W^T (u .* (1 - tanh(W x) .* tanh(W x)))"),
    ("softmax(x)", "x", "x: real[n]", "softmax(x) .* (v - softmax(x)^T v)", "softmax(x) .* (u - softmax(x)^T u)"),
    ("A X B", "X", "A: real[n,m]; X: real[m,p]; B: real[p,q]", "A v B", "A^T u B^T"),
    ("f(x, theta)", "theta", "f: function (real[d]; real[p]) -> real[m]; x: real[d]; theta: real[p]",
        r"\partial_2 f(x, theta) v", r"(\partial_2 f(x, theta))^T u"),
    ("x^2", "x", "x: real", "2 x v", "2 x u"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "names", "forward", "reverse"), PRODUCTS, ids=[row[0] for row in PRODUCTS])
def test_products_of_a_jacobian_with_a_vector(formula, wrt, names, forward, reverse):
    both = gradient(formula, wrt, names, jvp="v", vjp="u")
    for derivation, expected in zip(both, (forward, reverse), strict=True):
        assert compare(write(derivation.result, "ascii", "auto"), expected, derivation.names).status == "equal"
        assert all(step.checked for lemma in derivation.lemmas for step in lemma.steps)


def test_products_go_through_nodes_without_the_jacobian():
    both = gradient(None, "x", NETWORK, let=LAYERS, jvp="v", vjp="u")
    assert [lemma.target for lemma in both[0].lemmas[:-1]] == ["zdot", "hdot"]
    assert [lemma.target for lemma in both[1].lemmas] == ["s", "ds/dy", "ds/dh", "ds/dz", "ds/dx"]
    rng = np.random.default_rng(1)
    given = {"W": (4, 3), "x": (3,), "V": (5, 4), "b": (4,), "v": (3,), "u": (5,)}
    values = {name: rng.normal(size=shape) for name, shape in given.items()}
    forward, reverse = both.numpy()(**values)
    np.testing.assert_allclose(values["u"] @ forward, reverse @ values["v"], rtol=1e-12)
    source = both.source(with_test=True)
    assert "einsum" not in source and "central_differences(lambda t:" in source  # noqa: PT018


def test_products_of_models():
    result = derive("batch_norm", "dy/dx along D").result
    assert write(result, "ascii", "index").count("sum_k") == 2
    assert derive("rnn", "dh/dW against D").lemmas[-1].steps
    assert derive("rnn", "dh/dW along D").lemmas[-1].target == "hdot"
    with pytest.raises(NoDerivative, match="a direction for x has"):
        derive("batch_norm", "dy/dx along v")  # v is the variance there


PLACES = [
    # a derivative at a place, names, what it is
    (r"\frac{d}{de} f(x + e v)|_{e=0}", "f: function real[n] -> real; x: real[n]; v: real[n]; e: real",
        r"v^T \nabla_x f(x)"),
    (r"\left.\frac{d}{de} ||A (x + e v) - b||^2\right|_{e=0}",
        "A: real[m,n]; x: real[n]; v: real[n]; b: real[m]; e: real", "2 (A x - b)^T A v"),
    (r"\left.\frac{d}{de} \log\det(S + e B)\right|_{e=0}", "S: posdef[n]; B: real[n,n]; e: real", "tr(S^-1 B)"),
    (r"\frac{d}{dw}(w^3)|_{w=a}", "w: real; a: real", "3 a^2"),
    (r"\left.\nabla_x ||A x - b||^2 \right|_{x=0}", "A: real[m,n]; x: real[n]; b: real[m]", "-2 A^T b"),
    (r"\left.\frac{d^2}{de^2} ||x + e v||^2\right|_{e=0}", "x: real[n]; v: real[n]; e: real", "2 v^T v"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names", "expected"), PLACES, ids=[row[0] for row in PLACES])
def test_a_derivative_at_a_place(text, names, expected):
    verdict = compare(text, expected, names)
    assert (verdict.status, verdict.evidence.strength) == ("equal", "proved")
    assert compare(text, f"2 ({expected})", names).status == "different"


def test_derivatives_at_places_that_are_refused():
    for text, names, said in (
        (r"\frac{d}{dw}(w^2)|_{w=0}^{w=1}", "w: real", "two places"),
        (r"\left.\frac{d}{da} factorial(a)\right|_{a=1}", "a: real", "not carried out"),
    ):
        with pytest.raises(ReadError, match=said):
            read(text, names)


INSIDE = [
    # a formula with derivatives inside, by what it is differentiated, names, its value
    (r"\Delta_x ||x||^4", "x", "x: real[n]", "4 (n + 2) ||x||^2"),
    (r"\nabla_x \cdot (A x)", "A", "A: real[n,n]; x: real[n]", "tr A"),
    (r"\nabla_x^T \nabla_x exp(a^T x)", "x", "a: real[n]; x: real[n]", "||a||^2 exp(a^T x)"),
    (r"\Delta_x \log N(x; m, S)", "S", "x: real[n]; m: real[n]; S: posdef[n]", "-tr(S^-1)"),
    (r"\Delta_x u(x)", "x", "u: function real -> real; x: real", "u''(x)"),
]


@pytest.mark.parametrize(("text", "wrt", "names", "expected"), INSIDE, ids=[row[0] for row in INSIDE])
def test_laplacians_and_divergences(text, wrt, names, expected):
    value = gradient(text, wrt, names, value=True)[0]
    assert compare(write(value.result, "ascii", "auto"), expected, names).status == "equal"


def test_delta_is_no_laplacian_where_it_is_a_name():
    assert read(r"\Delta_x + 1", "Delta_x: real").free == ()
    with pytest.raises(ReadError, match="Delta is not declared"):
        read(r"\Delta_q f", "f: real; x: real[n]")
