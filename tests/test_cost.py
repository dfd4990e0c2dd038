"""What emitted code costs, counted in its program: the power of each size, and that no array is larger than need be.

The powers are those of the best way that is known by hand. `work` counts operations, so the machine does not matter."""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from collections import Counter as Tally

import numpy as np
import pytest

from derivations import derive, emit, gradient
from derivations.derivation import Derivation
from derivations.domains import parse_names
from derivations.emit.choose import chosen
from derivations.emit.cost import computed, exponent, made, operations, oversized
from derivations.emit.mangle import identifier
from derivations.emit.runtime import numpy as helpers
from derivations.evaluate import draw, floats
from derivations.models import MODELS
from derivations.notation import read
from derivations.pipeline import gradients, posed, target_of

MATRICES = "A: real[n,n]; B: real[n,n]; C: real[n,n]"
ROWS = "x: real[m,d]; y: real[m]; w: real[d]; c: positive; i: index[m]"
PAIRS = "u: real[m,d]; v: real[m,d]; tau: positive"
COSINE = "sum_k u_ik v_jk / (||u_i|| ||v_j|| tau)"

TABLE = [
    # formula, by what, names, bindings, the direction of a second derivative, the powers
    ("tr(inv(A) B inv(A) C)", "A", MATRICES, "", "", {"n": 3}),
    ("tr(inv(A) B inv(A) C)", "B", MATRICES, "", "", {"n": 3}),
    ("tr(A B A C)", "A", MATRICES, "", "", {"n": 3}),
    ("log det(A A^T + B)", "A", MATRICES, "", "", {"n": 3}),
    ("||A B w||^2", "w", "A: real[n,n]; B: real[n,n]; w: real[n]", "", "", {"n": 2}),
    ("w^T A B C w", "w", MATRICES + "; w: real[n]", "", "", {"n": 2}),
    (
        "-1/m sum_i min(r_i y_i, clip(r_i, 1 - c, 1 + c) y_i)",
        "w", ROWS, "r_i = exp(x_i^T w)", "", {"m": 1, "d": 1},
    ),
    ("-sum min(y ⊙ w, clip(y, 1 - c, 1 + c) ⊙ w)", "y", "y: real[m]; w: real[m]; c: positive", "", "", {"m": 1}),
    (f"-sum_i log(exp({COSINE.replace('j', 'i')})/sum_j exp({COSINE}))", "u", PAIRS, "", "", {"m": 2, "d": 1}),
    (f"-sum_i log(exp({COSINE.replace('j', 'i')})/sum_j exp({COSINE}))", "v", PAIRS, "", "", {"m": 2, "d": 1}),
    ("sum_i log(1 + exp(-y_i x_i^T w)) + c/2 ||w||^2", "w", ROWS, "", "q", {"m": 1, "d": 1}),
    ("-sum_i (y_i log p_i + (1 - y_i) log(1 - p_i))", "w", ROWS, "z_i = w^T x_i; p_i = sigmoid(z_i)", "q",
        {"m": 1, "d": 1}),
    ("log sum_i exp(x_i^T w)", "w", ROWS, "", "q", {"m": 1, "d": 1}),
    ("||x w - y||^2 + c ||w||^2", "w", ROWS, "", "q", {"m": 1, "d": 1}),
    ("1/2 sum_i (sum_k a_k tanh(sum_j W_kj x_ij) - y_i)^2", "W", ROWS + "; W: real[h,d]; a: real[h]", "", "Q",
        {"m": 1, "d": 1, "h": 1}),
    ("sum_ij S_ij (R_ij - sum_k U_ik V_jk)^2", "U", "S: real[m,n]; R: real[m,n]; U: real[m,k]; V: real[n,k]", "", "",
        {"m": 1, "n": 1, "k": 1}),
    ("1/2 sum_i (x_i - mu)^T inv(S) (x_i - mu) + m/2 log(det(S))", "S", "x: real[m,n]; mu: real[n]; S: posdef[n]", "",
        "", {"m": 1, "n": 3}),
    ("1/2 y^T inv(K) y + 1/2 log(det(K))", "l",
        "x: real[n,d]; y: real[n]; l: positive; K: posdef[n]; i: index[n]; j: index[n]",
        "K_ij = exp(-sum_k (x_ik - x_jk)^2/(2 l^2)) + delta_ij", "", {"n": 3, "d": 1}),
]  # fmt: skip


def derived(formula: str, wrt: str, names: str, let: str, along: str) -> Derivation:
    model, top = posed(formula, names, let)
    return derive(model, target_of(top, wrt, 2 if along else 1, along))


@pytest.mark.parametrize(("formula", "wrt", "names", "let", "along", "powers"), TABLE)
@pytest.mark.long
def test_work_grows_as_by_hand(formula, wrt, names, let, along, powers):
    result = derived(formula, wrt, names, let, along).result
    program = chosen({"out": result}, result.names).arrays.values()
    counted = operations(program)
    assert {size: exponent(counted, size) for size in powers} == powers
    assert max(map(len, made(computed(program)))) <= 2 or "K_ij" in let, sorted(made(computed(program)))
    assert not oversized(program) or "K_ij" in let


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("formula", "wrt", "names", "let", "along", "powers"), TABLE)
@pytest.mark.long
def test_the_program_that_was_chosen_has_the_same_value(formula, wrt, names, let, along, powers, fast):
    result = derived(formula, wrt, names, let, along).result
    function = emit.guarded({"out": result}, "f", "", fast=fast)
    assignment = draw.assignments(result.names, 3, None)[0]
    wanted = inspect.signature(function).parameters
    expected = floats.evaluate(result, assignment)
    for point in (0, 17):
        drawn = {identifier(r.name): assignment.values[r.name][point] for r in result.names.inputs()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # drawn points may lie where a formula is undefined
            got = function(**{k: v for k, v in {**assignment.sizes, **drawn}.items() if k in wanted})
        finite = np.isfinite(expected[point])
        size = 1 + np.abs(expected[point][finite]).max(initial=0)
        assert np.allclose(
            np.broadcast_to(got, expected[point].shape)[finite],
            expected[point][finite],
            rtol=1e-8,
            atol=1e-9 * size,
        )


def test_what_is_computed_twice_is_counted_once():
    result = derived("||A B w||^2", "w", "A: real[n,n]; B: real[n,n]; w: real[n]", "", "").result
    program = list(chosen({"a": result, "b": result}, result.names).arrays.values())
    assert operations(program) == operations(program[:1])
    assert len(set(computed(program))) == len(list(computed(program)))


GP = "x: real[n,d]; y: real[n]; s: positive; l: positive; c: positive; K: posdef[n]; i: index[n]; j: index[n]"
KERNEL = "K_ij = s^2 exp(-sum_k (x_ik - x_jk)^2/(2 l^2)) + c^2 delta_ij"


@pytest.mark.parametrize(
    ("formula", "wrt", "names", "let"),
    [
        ("1/2 y^T inv(K) y + 1/2 log(det(K))", ["s", "l", "c"], GP, KERNEL),
        ("1/2 y^T inv(K) y + 1/2 log(det(K))", ["K", "y"], "y: real[n]; K: posdef[n]", ""),
        (
            "1/2 sum_i (x_i - mu)^T inv(S) (x_i - mu) + m/2 log(det(S))",
            ["mu", "S"],
            "x: real[m,n]; mu: real[n]; S: posdef[n]",
            "",
        ),
        ("w^T inv(X^T X + c I) w + log(det(X^T X + c I))", ["w", "c"], "X: real[m,n]; w: real[n]; c: positive", ""),
    ],
)
def test_a_matrix_is_factored_once(formula, wrt, names, let):
    model, top = posed(formula, names, let)
    results = {d.target: d.result for d in gradients(model, top, wrt)}
    text = emit.emit(results, "f", "").rpartition('"""')[2]
    assert text.count("linalg.cholesky(") == 1
    assert "linalg.inv" not in text
    assert "linalg.solve" not in text
    assert "log_determinant" not in text


GENERAL = "A: invertible[n]; B: real[n,n]; b: real[n]; c: real[n]"


@pytest.mark.parametrize(
    ("formula", "wrt"),
    [
        ("log abs(det A) + tr(inv(A) B)", ["A", "B"]),
        ("log det A + b^T inv(A) c", ["A", "b"]),
        ("c^T inv(A)^T inv(A) b", ["A", "b"]),
        ("b^T inv(A^T A B) c", ["b", "c"]),
        ("det(A) + tr(inv(A) B inv(A) B)", ["A"]),
    ],
)
@pytest.mark.parametrize("library", ["numpy", "jax", "torch"])
def test_a_general_matrix_is_factored_once(formula, wrt, library):
    text = gradient(formula, wrt, GENERAL, value=True).source(library).rpartition('"""')[2]
    assert len(re.findall(r"lu_factors?\(", text)) == 1
    assert "linalg.inv" not in text
    assert "linalg.solve" not in text
    assert not re.search(r"linalg.(slog)?det|[^_]log_determinant", text)


@pytest.mark.parametrize("text", ["y^T inv(S) y", "log(det(A))"])
def test_what_is_used_once_or_not_known_to_be_definite_keeps_one_call(text):
    names = parse_names("y: real[n]; S: posdef[n]; A: real[n,n]")
    code = emit.emit({"f": read(text, names)}, "f", "").rpartition('"""')[2]
    assert "cholesky" not in code


@pytest.fixture(params=[True, False], ids=["SciPy", "NumPy alone"])
def library(request, monkeypatch):
    """With SciPy where it is installed, and as if it were not."""
    if request.param:
        pytest.importorskip("scipy")
    else:
        monkeypatch.setitem(sys.modules, "scipy", None)
        monkeypatch.setitem(sys.modules, "scipy.linalg", None)
        monkeypatch.setitem(sys.modules, "scipy.spatial.distance", None)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("leading", "n"), [((), 0), ((), 1), ((), 64), ((), 150), ((3,), 70), ((2, 1), 5)])
def test_solves_and_inverses_from_a_factor(leading, n, dtype):
    rng = np.random.default_rng(n)
    X = rng.normal(size=(*leading, n, 2 * n)).astype(dtype)
    A = X @ X.swapaxes(-1, -2) / max(n, 1) + np.eye(n, dtype=dtype)
    L, b = np.linalg.cholesky(A), rng.normal(size=(*leading, n, 3)).astype(dtype)
    close = {"rtol": 1e-3 if dtype == np.float32 else 1e-9, "atol": 1e-4 if dtype == np.float32 else 1e-10}
    solved, inverse = helpers.cholesky_solve(L, b), helpers.cholesky_inverse(L)
    assert solved.dtype == inverse.dtype == dtype
    assert np.allclose(A @ solved, b, **close)
    assert np.allclose(A @ inverse, np.eye(n), **close)
    assert np.array_equal(inverse, inverse.swapaxes(-1, -2))
    if not leading:
        assert np.allclose(helpers.cholesky_solve(L, b[:, 0]), solved[:, 0], **close)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("leading", "n"), [((), 1), ((), 2), ((), 3), ((), 70), ((3,), 4), ((2, 1), 5)])
def test_what_is_computed_from_the_factors_of_a_general_matrix(leading, n, dtype):
    rng = np.random.default_rng(n)
    A = (rng.normal(size=(*leading, n, n)) / np.sqrt(n) + np.eye(n)).astype(dtype)
    b, factors = rng.normal(size=(*leading, n, 3)).astype(dtype), helpers.lu_factors(A)
    close = {"rtol": 2e-3 if dtype == np.float32 else 1e-8, "atol": 1e-3 if dtype == np.float32 else 1e-9}
    solved, turned = helpers.lu_solve(factors, b), helpers.lu_solve(factors, b, transposed=True)
    inverse = helpers.lu_inverse(factors)
    assert solved.dtype == turned.dtype == inverse.dtype == dtype
    assert np.allclose(A @ solved, b, **close)
    assert np.allclose(A.mT @ turned, b, **close)
    assert np.allclose(A @ inverse, np.eye(n), **close)
    if not leading:
        assert np.allclose(helpers.lu_solve(factors, b[:, 0]), solved[:, 0], **close)
    for matrix in (A, np.concatenate([-A[..., :1, :], A[..., 1:, :]], axis=-2)):
        sign, value = np.linalg.slogdet(matrix.astype(float))
        factors = helpers.lu_factors(matrix)
        assert np.allclose(helpers.lu_determinant(factors), sign * np.exp(value), **close)
        assert np.allclose(helpers.lu_log_determinant(factors, absolute=True), value, **close)
        logs = np.where(sign > 0, value, np.nan)
        assert np.allclose(helpers.lu_log_determinant(factors), logs, equal_nan=True, **close)


@pytest.mark.usefixtures("library")
def test_a_singular_matrix_is_solved_for_by_nobody():
    factors = helpers.lu_factors(np.ones((3, 3)))
    with pytest.raises(np.linalg.LinAlgError):
        helpers.lu_solve(factors, np.ones(3))
    with pytest.raises(np.linalg.LinAlgError):
        helpers.lu_inverse(factors)
    assert helpers.lu_determinant(factors) == 0
    assert helpers.lu_log_determinant(factors, absolute=True) == -np.inf


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("leading", [(), (3,)])
@pytest.mark.parametrize(("n", "m", "d"), [(0, 4, 2), (4, 0, 2), (300, 200, 3), (5, 7, 1), (2, 40_000, 2)])
def test_squared_distances_of_near_points_keep_their_digits(n, m, d, leading, dtype):
    rng = np.random.default_rng(n)
    a, b = (rng.integers(-100, 100, (*leading, k, d)).astype(dtype) for k in (n, m))
    a, b = a / 2**7 + 3, b / 2**7 + 3  # their differences and squares are exact
    found = helpers.squared_distances(a, b)
    assert found.dtype == dtype
    assert np.array_equal(found, ((a[..., :, None, :] - b[..., None, :, :]) ** 2).sum(axis=-1))


BEST = """
activations | dh/dz | d
adam | W' | d
attention | dL/dQ | dmn mnp
attention:heads | dL/dK | Hdmn Hmnp
batch_norm | dL/dx | dm
conv1d | dL/dW | CFmn
conv2d | dL/dW | CFmnpq
cox | dL/dw | dn nn
crf | dL/dA | KKT
deep_linear | dL/dW1 | dp pq qr
discounted_return | dL/dr | T
distillation | dL/dz | K
dpo | dL/dw | n
dropout | dL/dh | dm
dropout_regression | dL/dw | dn
em_gmm | dQ/dmu | Kn
embedding | dL/dE | Kd TV Td Vd
factor_analysis | dLL/dW | ddd ddk ddn
focal | dL/dz | 
gaussian | dNLL/dmu | n
gda | dLL/dS | ddd ddn
gmm | dLL/dmu | Kn
gp | dLL/dv | dnn nnn
group_norm | dL/dx | Gmn
gru | dL/dW | Tdd Tdm
hinge_svm | dL/dw | dn
hmm | dL/dA | KKT
infonce | dL/dQ | dnn
kalman | dLL/dm | ddd ddk dkk kkk
kernel_perceptron | s | dn
kl_gaussians | dD/da | d
label_smoothing | dL/dz | K
layer_norm | dL/dx | dm
linear_regression | d2L/dw2 | ddn
logistic | d2LL/dtheta2 | dd
lstm | dL/dW_f | Tdd Tdm
map_regression | dJ/dtheta | dn
matrix_factorisation | dL/dU | kmn
momentum | W' | d
naive_bayes | dJ/dphi | V
normalising_flow | dLL/dA | dm
ordinal | dL/dw | Kn dn
pca | dV/dw | dn
perceptron | dL/dw | dn
poisson | dL/dw | dn
pooling | dL/dx | mmm+n
ppo | dJ/dl | n
rbf_kernel | dk/dx | d
rbm | dF/dW | mn
reinforce | dJ/dtheta | K
relu_layer | dL/dZ | hm
residual_block | dL/dx | dh
rms_norm | dL/dx | dm
rnn | dL/dW | KTd Tdd Tdm
shrinkage | dM/dc | 
softmax | dy_i/dx_j | KK
softmax_regression | d2L/dTheta2 | KKddn
softmax_regression | dL/dTheta | Kdn
triplet | dL/da | dn
two_layer | dL/dW1 | Kh dh
vae | dL/dW | dn
weight_norm | dL/dv | d
word2vec | dL/dv | Md
"""
"""A target of every model, with the largest products of sizes that the best way by hand takes operations for."""


@pytest.mark.parametrize(
    ("model", "target", "best"),
    [tuple(row.split(" | ")) for row in BEST.splitlines() if row],
)
@pytest.mark.long
def test_work_of_every_model_is_the_best_that_is_known(model, target, best):
    result = derive(model, target).result
    work = operations(chosen({"out": result}, result.names).arrays.values())
    counted = {tuple(sorted(re.sub(r"-\d+\Z", "", str(size)) for size in a)) for a in work}  # a slice is one shorter
    largest = [a for a in counted if not any(a != b and not Tally(a) - Tally(b) for b in counted)]
    assert sorted("".join(a) for a in largest if a) == best.split()


def test_every_model_has_its_work_counted():
    assert {name for name in MODELS if f"\n{name} | " not in BEST} == set()


def code(formula: str, wrt: str, names: str, target: str = "df/d{}", fast: bool = False) -> str:
    model, _ = posed(formula, names)
    text = derive(model, target.format(wrt)).source(fast=fast)
    return text.rpartition('"""')[2]


def test_softmax_and_logsumexp_share_their_exponentials():
    model, _ = posed("sum_i (log sum_k exp(z_ik) - sum_k t_ik z_ik)", "z: real[m,K]; t: onehot[m,K]")
    text = emit.emit({t: derive(model, t).result for t in ("f", "df/dz")}, "g", "")
    assert text.rpartition('"""')[2].count("exp(") == 1
    z = np.array([[1000.0, 0.0, -1000.0], [-1e5, -1e5, -1e5]])
    value, slope = emit.build(text)(z, np.eye(3)[[1, 2]])
    assert np.allclose(value, 1000 + np.log(3))
    assert np.allclose(slope, [[1, -1, 0], [1 / 3, 1 / 3, -2 / 3]])


def test_a_symmetric_product_is_computed_as_one():
    text = code("sum_i log(1 + exp(x_i^T w))", "w2", "x: real[m,d]; w: real[d]", "d2f/d{}", fast=True)
    assert re.search(r"(\w+)\.T @ \1\b", text)
    assert "sqrt(sigmoid_slope" in text


def test_what_a_condition_computes_is_not_computed_again_for_its_branch():
    text = code("sum_i min(exp(p_i) A_i, min(exp(p_i), c) A_i)", "p", "p: real[n]; A: real[n]; c: positive")
    assert text.count("np.exp(") == 1
