"""Eigenvalues, singular values, exp and Cholesky of a matrix: derived, judged, emitted, refused, in tables."""

from __future__ import annotations

import numpy as np
import pytest

from checker import compare
from derivations import gradient
from derivations.calculus import NoDerivative
from derivations.evaluate.balls import of_matrices as balls
from derivations.evaluate.floats import of_matrices as floats
from derivations.model import ModelError
from derivations.notation import ReadError, read, write

SYMMETRIC, POSDEF, ANY, SQUARE = "S: symmetric[n]", "K: posdef[n]", "W: real[n,m]", "X: real[n,n]"

DERIVED = [
    # formula, by what, names, the gradient in matrix form
    ("eigmax(S)", "S", SYMMETRIC, "eigproj(S, 1)"),
    (r"\lambda_{\min}(S)", "S", SYMMETRIC, "eigproj(S, n)"),
    ("eigval(S, 2)^2", "S", SYMMETRIC, "2 eigval(S, 2) eigproj(S, 2)"),
    (r"\lambda_{\max}(W^T W)", "W", ANY, "2 W eigproj(W^T W, 1)"),
    ("||W||_2", "W", ANY, "singdyad(W, 1)"),
    ("1/2 ||W||_2^2", "W", ANY, "||W||_2 singdyad(W, 1)"),
    (r"\|A W\|_*", "W", f"A: real[d,n]; {ANY}", "A^T polar(A W)"),
    ("tr(expm(X))", "X", SQUARE, "expm(X)^T"),
    ("tr(expm(X .* X))", "X", SQUARE, "2 (X .* expm(X .* X)^T)"),
    ("log |det X|", "X", SQUARE, "X^-T"),
    ("sum_i log chol(K)_ii", "K", f"{POSDEF}; i: index[n]", "K^(-1)/2"),
    ("||chol(K)^-1 y||^2", "K", f"{POSDEF}; y: real[n]", "-K^(-1) y y^T K^(-1)"),
    ("||A (x) B||_F^2", "A", "A: real[n,m]; B: real[p,q]", "2 ||B||_F^2 A"),
    ("vec(X)^T kron(A, B) vec(X)", "X", "A: real[n,n]; B: real[n,n]; X: real[n,n]", "B X A^T + B^T X A"),
    ("||vec(A X B) - vec(C)||^2", "X", "A: real[n,m]; B: real[p,q]; X: real[m,p]; C: real[n,q]",
        "2 A^T (A X B - C) B^T"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "names", "expected"), DERIVED, ids=[row[0] for row in DERIVED])
def test_gradients(formula, wrt, names, expected):
    formula = formula.replace("(x)", r"\otimes")
    result = gradient(formula, wrt, names).result
    assert compare(write(result, "ascii", "matrix"), expected, names).status == "equal"


FACTORED = [
    # of L = chol(K): the formula, the gradient by K in matrix form
    ("sum_i log L_ii", "K^-1/2"),
    ("-1/2 y^T inv(L L^T) y - sum_i log L_ii", "1/2 (K^-1 y y^T K^-1 - K^-1)"),
    ("1/2 ||L^-1 y||^2", "-1/2 K^-1 y y^T K^-1"),
]


@pytest.mark.parametrize(("formula", "expected"), FACTORED, ids=[row[0] for row in FACTORED])
def test_a_cholesky_factor_as_a_node(formula, expected):
    names = f"{POSDEF}; y: real[n]; i: index[n]"
    result = gradient(formula, "K", names, let="L = chol(K)").result
    expected = expected.replace("L", "chol(K)")
    found = write(result, "ascii", "matrix").replace("L", "chol(K)")
    assert compare(found, expected, names).status == "equal"


JUDGED = [
    # truth, names, right answers, wrong ones
    ("eigproj(S, 1)", SYMMETRIC, ("eigproj(S, 1)^T", "eigproj(2 S, 1)", "eigproj(S + I, 1)"),
        ("eigproj(S, 2)", "2 eigproj(S, 1)", "eigproj(-S, 1)")),
    ("singdyad(W, 1)", ANY, ("W eigproj(W^T W, 1)/||W||_2", "singdyad(3 W, 1)", "singdyad(W^T, 1)^T"),
        ("singdyad(W, 2)", "-singdyad(W, 1)", "polar(W)")),
    ("||W||_2", ANY, (r"\sigma_{\max}(W)", r"\sqrt{\lambda_{\max}(W^T W)}", "||W^T||_2"),
        ("||W||_F", "||W||_*", r"\lambda_{\max}(W^T W)")),
    ("||W||_*", ANY, ("||W^T||_*", "tr(polar(W)^T W)", "||2 W||_*/2"), ("||W||_F", "||W||_2", "2 ||W||_*")),
    ("expm(X)^T", SQUARE, ("expm(X^T)", "expm(X/2)^T expm(X/2)^T", "expm(-X)^-T"),
        ("expm(X)", "I + X^T", "expm(-X)^T")),
    ("1/2 K^-1", POSDEF, ("1/2 chol(K)^-T chol(K)^-1", "inv(K)/2", "(2 K)^-1"),
        ("K^-1", "1/2 chol(K)^-1 chol(K)^-T", "1/2 chol(K)^-1")),
    ("log det K", f"{POSDEF}; i: index[n]", ("2 sum_i log chol(K)_ii", "log prod_i chol(K)_ii^2",
        "sum_i log eigval(K, i)"), ("sum_i log chol(K)_ii", "log eigmax(K)", "2 log sum_i chol(K)_ii")),
    ("tr S", f"{SYMMETRIC}; i: index[n]", ("sum_i eigval(S, i)", "sum_i S_ii", "-sum_i eigval(-S, i)"),
        ("eigmax(S)", "sum_i eigval(S, i)^2", "eigmax(S) + eigmin(S)")),
]  # fmt: skip


@pytest.mark.parametrize(("truth", "names", "right", "wrong"), JUDGED, ids=[row[0] for row in JUDGED])
def test_answers(truth, names, right, wrong):
    assert {answer: compare(truth, answer, names).status for answer in right} == dict.fromkeys(right, "equal")
    assert {answer: compare(truth, answer, names).status for answer in wrong} == dict.fromkeys(wrong, "different")


def test_what_is_known_of_cholesky_factors_proves():
    for truth, answer in (("K", "chol(K) chol(K)^T"), ("K^-1", "chol(K)^-T chol(K)^-1"), ("1/2 K^-1", "inv(K)/2")):
        assert compare(truth, answer, POSDEF).evidence.strength == "proved"


def test_a_second_derivative_of_an_eigenvalue_is_checked_against_differences():
    lemma = gradient("eigval(S, 2)", "S", SYMMETRIC, hessian=True).lemmas[-1]
    assert all(step.checked for step in lemma.steps)


REFUSED = [
    # formula, by what, names, what is said
    ("eigmax(A)", "A", "A: real[n,n]", "not certainly symmetric"),
    ("chol(X)_11", "X", "X: real[n,m]", "a square matrix was expected"),
    ("||x||_*", "x", "x: real[n]", "the nuclear norm is that of a matrix"),
    ("eigval(S, 0)", "S", SYMMETRIC, "no number of a value"),
    ("singval(W, k)", "W", f"{ANY}; k: index[n]", "no number of a value"),
    ("a^T expm(X) a", "X", f"{SQUARE}; a: real[n]", "only the trace"),
]


@pytest.mark.parametrize(("formula", "wrt", "names", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refusals(formula, wrt, names, said):
    with pytest.raises((ModelError, ReadError, NoDerivative), match=said):
        gradient(formula, wrt, names)


@pytest.mark.parametrize("formula", ["singval(W, 1)", "singval(W, 2)", "1/2 (||W||_2)^2", "log singval(W, 1)"])
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (6, 3)])
def test_second_derivatives_of_singular_values(formula: str, shape: tuple[int, int]):
    """The emitted Hessian against differences of the gradient; also where W Wᵀ has the eigenvalue 0 several times."""
    derivation = gradient(formula, "W", ANY, hessian=True)
    assert derivation.checked
    hessian, slope = derivation.numpy(), gradient(formula, "W", ANY).numpy()
    rng, width = np.random.default_rng(5), 1e-5
    w, way = rng.normal(size=shape), rng.normal(size=shape)
    differences = (slope(W=w + width * way) - slope(W=w - width * way)) / (2 * width)
    assert np.allclose(np.einsum("ijkl,kl->ij", hessian(W=w), way), differences, atol=1e-7)


def test_the_nuclear_norm_has_a_first_derivative_only():
    with pytest.raises(NoDerivative, match="only the first derivative"):
        gradient("||W||_*", "W", ANY, hessian=True)


WRITTEN = [
    ("eigval(S, k)", f"{SYMMETRIC}; k: index[n]", r"\operatorname{eigval}(S, k)"),
    ("eigmax(S)", SYMMETRIC, r"\lambda_{\max}(S)"),
    ("eigmin(S)", SYMMETRIC, r"\lambda_{\min}(S)"),
    ("||W||_2", ANY, r"\lVert W \rVert_2"),
    ("||W||_*", ANY, r"\lVert W \rVert_*"),
    ("2 chol(K)_21 expm(X)", f"{POSDEF}; {SQUARE}", r"2 \operatorname{chol}(K)_{2,1} \operatorname{expm}(X)"),
]


@pytest.mark.parametrize(("text", "names", "latex"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_writing_reads_back(text, names, latex):
    formula = read(text, names)
    assert write(formula, "latex", "matrix") == latex
    for dressing in ("ascii", "unicode", "latex"):
        for form in ("matrix", "index"):
            assert read(write(formula, dressing, form), names) == formula


def test_a_declared_letter_stays_what_it_is():
    names = f"{SYMMETRIC}; lambda: real"
    assert compare(r"\lambda \lambda_{\max}(S)", "lambda eigmax(S)", names).status == "equal"
    assert read("chol + 1", "chol: real").shape == ()


@pytest.mark.parametrize("fn", sorted(floats.FUNCTIONS))
def test_balls_hold_what_floats_say(fn):
    from flint import arb

    rng = np.random.default_rng(3)
    entries = rng.integers(-8, 9, (3, 3))
    entries = entries @ entries.T + 3 * np.eye(3, dtype=int) if fn not in ("@singval", "@nuclear", "@expm") else entries
    exact = np.vectorize(lambda z: arb(int(z)) / 4, otypes=[object])
    got, held = floats.of_matrix(fn, entries / 4.0), balls.of_matrix(fn, exact(entries))
    assert np.shape(got) == held.shape
    for number, ball in zip(np.ravel(got), held.ravel(), strict=True):
        assert abs(number - float(ball.mid())) < 1e-9 * (1 + abs(number))


EMITTED = [
    ("eigmax(S)", "S", SYMMETRIC),
    ("||W||_2 + ||W||_*", "W", ANY),
    ("tr(expm(X))", "X", SQUARE),
    ("tr chol(K)", "K", POSDEF),
    ("sum_i log chol(K)_ii", "K", f"{POSDEF}; i: index[n]"),
    ("eigmin(X^T X)", "X", SQUARE),
]


@pytest.mark.parametrize("row", EMITTED, ids=[row[0] for row in EMITTED])
def test_code_holds_against_differences(row):
    """A test is written only where it passes."""
    formula, wrt, names = row
    assert "central_differences" in gradient(formula, [wrt], names, value=True).source(with_test=True)


@pytest.mark.oracle
@pytest.mark.parametrize("row", EMITTED, ids=[row[0] for row in EMITTED])
def test_jax_differentiates_the_value_alike(row):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    formula, wrt, names = row
    step = gradient(formula, [wrt], names, value=True)
    space: dict = {}
    exec(step.source(backend="jax", name="step"), space)
    rng = np.random.default_rng(0)
    sizes = {"n": 4, "m": 3}
    arguments = []
    for declaration in names.split(";"):
        domain = declaration.split(":")[1].strip()
        shape = tuple(sizes[s] for s in domain[domain.index("[") + 1 : -1].split(","))
        if domain.startswith("index"):
            continue
        a = rng.normal(size=shape * 2 if domain[:3] in ("pos", "sym") else shape)
        arguments.append(a @ a.T + np.eye(4) if domain[:3] == "pos" else a + a.T if domain[:3] == "sym" else a)
    slope = jax.grad(lambda x: space["step"](x, *arguments[1:])[0])(jax.numpy.asarray(arguments[0]))
    if names.startswith(("S", "K")):
        slope = (slope + slope.T) / 2
    np.testing.assert_allclose(space["step"](*map(jax.numpy.asarray, arguments))[1], slope, rtol=1e-8, atol=1e-8)


def test_what_a_library_lacks_is_refused():
    from derivations.emit import CannotEmit

    with pytest.raises(CannotEmit):
        gradient("||W||_2", "W", ANY).source(backend="array_api")
    with pytest.raises(CannotEmit, match="at an index"):
        gradient("sum_k eigval(S, k)^2", "S", f"{SYMMETRIC}; k: index[n]").source()
