"""Lines of NumPy and PyTorch are read as what they compute."""

from __future__ import annotations

import inspect
import random
import warnings

import numpy as np
import pytest

from checker import check, compare
from derivations import gradient, read
from derivations.emit import guarded
from derivations.notation.errors import ReadError
from derivations.notation.read.code import is_code

NAMES = (
    "X: real[n,d]; w: real[d]; y: real[n]; z: real[n]; Z: real[n,k]; dA: real[n,k]; A: real[d,d]; p: "
    "probability[n]; n: size; k: size; d: size"
)

SAME = [
    ("np.exp(z)", "exp(z)"), ("numpy.tanh(z)", "tanh(z)"), ("torch.sigmoid(z)", "sigmoid(z)"),
    ("scipy.special.expit(z)", "sigmoid(z)"), ("np.abs(z)", "|z|"), ("np.log1p(np.exp(z))", "log(1 + exp(z))"),
    ("np.dot(X.T, y)", "X^T y"), ("X.T.dot(y)", "X^T y"), ("np.matmul(X, w)", "X w"), ("X.transpose() @ y", "X^T y"),
    ("w.dot(w)", "w^T w"), ("np.dot(y, X)", "X^T y"), ("np.inner(w, w)", "w^T w"),
    ("np.outer(y, w)", "y w^T"), ("np.dot(2, X)", "2 X"),
    ("np.linalg.inv(X.T @ X).dot(X.T).dot(y)", "(X^T X)^{-1} X^T y"), ("np.linalg.solve(A, w)", "A^{-1} w"),
    ("np.linalg.det(A)", "det A"), ("np.trace(A)", "tr A"),
    ("np.sum(z)", "sum_i z_i"), ("z.sum()", "sum_i z_i"), ("z.mean()", "1/n sum_i z_i"), ("np.max(z)", "max_i z_i"),
    ("np.sum(y_i * np.log(p_i))", "sum_i y_i log p_i"), ("((X @ w - y)**2).mean()", "1/n ||X w - y||^2"),
    ("np.mean((X.dot(w) - y)**2)", "1/n ||X w - y||^2"), ("np.linalg.norm(w)**2", "||w||^2"), ("np.square(z)", "z ⊙ z"),
    ("np.power(z, 3)", "z ⊙ z ⊙ z"), ("z**2", "z ⊙ z"), ("Z**2", "Z ⊙ Z"), ("np.exp(A**2)", "exp(A ⊙ A)"),
    ("Z.sum(axis=0)", "Z^T ones"), ("Z.sum(1)", "Z ones"), ("np.sum(Z, axis=-1)", "Z ones"),
    ("np.mean(Z, axis=0)", "1/n Z^T ones"), ("torch.sum(Z, dim=1)", "Z ones"),
    ("np.exp(z)/np.exp(z).sum()", "softmax(z)"), ("torch.softmax(Z, dim=1)", "softmax(Z)"),
    ("torch.softmax(Z, dim=0)", "softmax(Z^T)^T"),
    ("np.maximum(0, z)", "relu(z)"), ("np.where(Z > 0, dA, 0)", "dA ⊙ 1[Z > 0]"),
    ("np.multiply(dA, Z > 0)", "dA ⊙ 1[Z > 0]"), ("dA.T @ (Z > 0)", "dA^T 1[Z > 0]"),
    ("dA * (Z > 0).astype(float)", "dA ⊙ 1[Z > 0]"), ("(Z > 0).float() * dA", "dA ⊙ 1[Z > 0]"), ("dA.copy()", "dA"),
    ("np.eye(d)", "I_d"), ("np.diag(z)", "diag(z)"), ("np.pi * z", "pi z"), ("np.sqrt(np.abs(z))", "sqrt(|z|)"),
    ("-(y/p - (1-y)/(1-p)).sum()", "-sum_i (y_i/p_i - (1 - y_i)/(1 - p_i))"),
    ("y @ X", "X^T y"), ("w @ w", "w^T w"), ("y @ X @ w", "y^T X w"), ("X * np.exp(w)", "X diag(exp(w))"),
    ("X / np.exp(w)", "X diag(exp(-w))"), ("np.exp(w) / X.sum(axis=0)", "i -> exp(w_i)/(sum_k X_ki)"),
    ("np.exp(A) * A", "A ⊙ exp(A)"), ("np.exp(X) + w", "exp(X) + ones w^T"), ("np.exp(A) + w", "exp(A) + ones w^T"),
    ("1/(1 + np.exp(-X @ w))", "sigmoid(X w)"), ("y.log(p)", "y^T log(p)"),
    ("np.exp(Z)/np.exp(Z).sum(axis=1, keepdims=True)", "softmax(Z)"),
    ("np.exp(Z)/np.sum(np.exp(Z), 1, keepdims=True)", "softmax(Z)"),
    ("torch.exp(Z)/torch.exp(Z).sum(dim=1, keepdim=True)", "softmax(Z)"),
    ("np.exp(Z)/np.exp(Z).sum(axis=1)[:, None]", "softmax(Z)"),
    ("np.exp(Z)/np.exp(Z).sum(axis=1).reshape(-1, 1)", "softmax(Z)"),
    ("dA - np.sum(dA, axis=0, keepdims=True)", "(i, j) -> dA_ij - sum_l dA_lj"),
    ("z - Z.sum(axis=1, keepdims=True)", "(i, j:n) -> z_j - sum_l Z_il"),
    ("np.sum(dA, axis=0, keepdims=True)", "j -> sum_i dA_ij"), ("z[:, None] * w[None, :]", "z w^T"),
    ("z[:, np.newaxis] - z", "(i, j) -> z_i - z_j"), ("X.T @ z[:, None]", "X^T z"),
    ("X.T @ (X @ w - y) / X.shape[0]", "1/n X^T (X w - y)"), ("X.T @ (X @ w - y) / len(X)", "1/n X^T (X w - y)"),
    ("np.sum(z**2) / z.size", "1/n sum_i z_i^2"), ("X.T @ X + np.eye(X.shape[1])", "X^T X + I"),
    ("np.ones((len(X), 1)).T @ X", "X^T ones_n"), ("np.zeros_like(z) + np.ones_like(z)", "ones_n"),
    ("np.einsum('ij,j->i', X, w)", "X w"), ('np.einsum("ni,nj->ij", X, X)', "X^T X"),
    ("np.einsum('ij,i', X, y)", "X^T y"), ("np.einsum('ii', A)", "tr A"),
    ("np.einsum('ij->ji', A)", "A^T"), ("np.einsum('ij,ij->', X, X)", "||X||_F^2"),
    ("np.logaddexp(0, z)", "log(1 + exp(z))"), ("np.logaddexp(z, y)", "log(exp(z) + exp(y))"),
    ("F.mse_loss(X @ w, y)", "1/n ||X w - y||^2"), ('F.mse_loss(X @ w, y, reduction="sum")', "||X w - y||^2"),
    ("F.mse_loss(X @ w, y, reduction='none')", "(X w - y) ⊙ (X w - y)"), ("F.l1_loss(z, y)", "1/n sum_i |z_i - y_i|"),
    ("F.binary_cross_entropy(p, y)", "-1/n sum_i (y_i log p_i + (1 - y_i) log(1 - p_i))"),
    ("F.binary_cross_entropy_with_logits(input=z, target=y)", "1/n sum_i (log(1 + exp(z_i)) - y_i z_i)"),
    ("F.cross_entropy(Z, dA)", "-1/n sum_i sum_{j=1}^k dA_ij log softmax(Z_i)_j"),
    ("F.nll_loss(F.log_softmax(Z, dim=1), dA, reduction='sum')", "-sum_i sum_{j=1}^k dA_ij log softmax(Z_i)_j"),
    ("F.relu(Z)", "relu(Z)"), ("F.softmax(Z, dim=1)", "softmax(Z)"), ("F.log_softmax(z, dim=0)", "log(softmax(z))"),
    ("torch.nn.functional.softplus(z)", "log(1 + exp(z))"), ("jax.nn.sigmoid(z)", "sigmoid(z)"),
    ("np.clip(z, 0, 1)", "min(max(z, 0), 1)"), ("z.clip(0, 1)", "min(max(z, 0), 1)"),
    ("np.heaviside(Z, 0) * dA", "dA ⊙ 1[Z > 0]"), ("np.heaviside(Z, 1) * dA", "dA ⊙ 1[Z >= 0]"),
    ("dA * np.greater(Z, 0)", "dA ⊙ 1[Z > 0]"), ("dA * np.logical_and(Z > 0, Z < 6)", "dA ⊙ 1[Z > 0 and Z < 6]"),
    ("(Z > 0).astype(np.float32)", "1[Z > 0]"), ("dA * (Z > 0).astype(int)", "dA ⊙ 1[Z > 0]"),
    ("np.array(dA, copy=True)", "dA"), ("np.multiply(dA, np.int64(Z > 0))", "dA ⊙ 1[Z > 0]"),
    ("np.float32(z)", "z"), ("1. / (1. + np.exp(-z))", "sigmoid(z)"),
    ("np.var(Z, axis=0)", "j -> 1/n sum_i (Z_ij - 1/n sum_l Z_lj)^2"), ("np.std(z)**2", "1/n ||z - mean(z) ones||^2"),
    ("Z.var(axis=0)", "j -> 1/n sum_i (Z_ij - 1/n sum_l Z_lj)^2"), ("np.linalg.pinv(A) @ w", "A^{-1} w"),
    ("np.linalg.lstsq(A, w, rcond=None)[0]", "A^{-1} w"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "meant"), SAME)
def test_a_line_of_code_is_read_as_what_it_computes(code: str, meant: str) -> None:
    verdict = compare(code, meant, NAMES)
    assert verdict.status == "equal", verdict
    assert verdict.evidence is not None
    assert verdict.evidence.strength == "proved", verdict


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("np.foo(z)", "np.foo is not read here"), ("np.exp", "np.exp is not read here"),
        ("np.exp(z", "never closed"), ("np.dot(X)", "matmul takes 2 arguments, not 1"),
        ("np.inf", "np.inf is not read here"),
        ("np.sum(Z, axis=1, keepdims=z)", "these options are not read"),
        ("np.softmax(Z, axis=1, keepdims=True)", "these options are not read"),
        ("Z.var(0)", "by n - 1 in PyTorch"), ("torch.var(Z, dim=0)", "by n - 1 in PyTorch"),
        ("np.var(z, ddof=1)", "by n - 1 in PyTorch"), ("np.linalg.lstsq(A, w)", "four things"),
        ("np.linalg.pinv(X)", "one of two formulas, by the rank"), ("Z.reshape(3, 4)", "this reshape is not read"),
        ("Z.reshape(-1, 1)", "beside one other"), ("X.shape[2]", "no such axis"), ("np.eye(2.5)", "2.5 is no size"),
        ("z.astype(int)", "whole numbers"), ("len(w.T)", "w itself in NumPy"),
        ("z.astype(np.complex64)", "this kind of number"), ("np.int64(z)", "whole numbers"),
        ("F.nothing(z)", "F.nothing is not read here"), ("np.einsum('i,j', z)", "is for 2 arrays, not 1"),
        ("np.einsum('ij->k', A)", "one that no factor has"), ("np.einsum('...i', z)", "subscripts '...i' are not read"),
        ("F.mse_loss(z, y, size_average=False)", "input, target and reduction"),
        ("F.huber_loss(z, y)", "F.huber_loss is not read here"),
        ("np.einsum(Z, Z)", "with its subscripts first"), ("np.linalg.svd(A)", "np.linalg.svd is not read here"),
        ("__import__('os').system('x')", "does not belong here"), ("np.load(z)", "np.load is not read here"),
    ],
)  # fmt: skip
def test_what_is_in_no_table_is_refused(code: str, says: str) -> None:
    with pytest.raises(ReadError, match=says):
        read(code, NAMES)


@pytest.mark.parametrize(
    ("code", "says"),
    [("np.sum(z, axis=1)", "there is no such axis"), ("y * np.exp(X)", "write @ for the matrix product"),
    ("np.exp(X) / y", "entry by entry"), ("y @ w", "a product"), ("np.exp(X) + y", "a sum"),
    ("np.multiply(X, X.T)", "a product of code"), ("np.exp(y) * w", "a product of code")],
)  # fmt: skip
def test_shapes_that_do_not_conform_in_code(code: str, says: str) -> None:
    assert says in str(read(code, NAMES).shape_error)


def test_short_names_of_modules_that_are_declared_are_names() -> None:
    assert compare("F.sum()", "sum_i F_i", "F: real[n]").status == "equal"
    assert compare("F.relu(z)", "F relu(z)", "F: real; z: real").status == "equal"
    assert compare("F.relu(f)", "relu(f)", "f: real[n]").status == "equal"


def test_labels_pick_entries_by_range_as_by_arange() -> None:
    names = "P: real[n,K]; y: index[K] of [n]; i: index[n]; n: size"
    assert compare("P[range(n), y]", "i -> P_{i,y_i}", names).status == "equal"
    assert compare("-np.log(P[range(len(P)), y]).mean()", "-1/n sum_i log P_{i,y_i}", names).status == "equal"


def test_a_pseudoinverse_is_one_of_two_formulas() -> None:
    names = "X: real[n,d]; y: real[n]"
    assert compare("np.linalg.pinv(X) @ y", "X^T y", names).status == "different"
    found = compare("np.linalg.pinv(X) @ y", "inv(X^T X) X^T y", names)
    assert found.status == "equal"
    assert "by the rank" in " ".join(f.message for f in found.findings)
    assert compare("np.linalg.pinv(X) @ y", "X^T inv(X X^T) y", names).status == "equal"
    assert compare("inv(X^T X) X^T y", "np.linalg.pinv(X) @ y", names).status == "unreadable"


def test_a_matrix_times_a_vector_is_no_matrix_product_in_code() -> None:
    assert compare("X.T * (X.dot(w) - y)", "X^T (X w - y)", NAMES).status == "different"


@pytest.mark.parametrize(
    "text",
    [
        "np.exp(" * 1200 + "z" + ")" * 1200,
        "z" + ".sum()" * 1400,
        "np.dot(X," * 60 + "w" + ")" * 60,
        "z.sum(" * 90,
        "np." * 3000,
        ").sum()" * 1000,
        "np.var(" * 35 + "z" + ")" * 35,
        "np.heaviside(" * 38 + "z" + ", 0.5)" * 38,
    ],
)
def test_hostile_calls_are_refused_at_once(text: str) -> None:
    with pytest.raises(ReadError):
        read(text, NAMES)


def test_an_axis_is_that_of_numpy() -> None:
    """Reductions of NumPy against what is read, at numbers."""
    Z = np.arange(6.0).reshape(2, 3) / 7
    for axis in (0, 1):
        for name in ("sum", "mean", "max", "min", "prod"):
            got = gradient(f"a np.{name}(Z, axis={axis})", "a", "a: real; Z: real[n,k]").numpy()(Z=Z)
            assert np.allclose(got, getattr(np, name)(Z, axis=axis)), (name, axis)


ANSWERS = [
    ("000/6b", "np.abs((y - p) * theta)", "correct", None),
    ("001/3.3", "np.diag(y) - np.outer(y, y)", "correct", None),
    ("beyond/perceptron.gradient", "-X[m < 0].T @ y[m < 0]", "correct", None),
    ("beyond/huber.gradient", "sum(np.clip(r, -delta, delta)[:, None] * x)", "correct", None),
    ("beyond/gmm.mu", "(r[:, k] * (x - mu[k])).sum() / s[k]**2", "correct", None),
    ("beyond/gmm.mu", "np.sum(r[:, k] * (x + mu[k])) / s[k]**2", "wrong", "sign"),
    ("beyond/gmm.mu", "np.sum(x - mu[k]) / s[k]**2", "wrong", "missing-weight"),
    ("beyond/embedding.scores", "np.exp(s)/np.exp(s).sum() - np.eye(K)[y]", "correct", None),
    ("beyond/embedding.scores", "np.exp(s)/np.exp(s).sum() + np.eye(K)[y]", "wrong", "sign"),
    ("001/3.3", "np.diag(y) - y", "wrong", "missing-factor"),
    ("002/5a.dW1", "2/n * np.dot((np.outer(o - y, W2) * h * (1 - h)).T, x)", "correct", None),
    ("002/5a.dW1", "do = 2/n * (o - y)\ndh = np.outer(do, W2)\ndz = dh * h * (1 - h)\ndW1 = dz.T @ x", "correct", None),
    ("002/5a.dW1", "d_o = 2/n * (o - y)  # (n,)\n\nd_z = np.outer(d_o, W2) * h * (1 - h)\nd_z.T @ x", "correct", None),
    ("002/5a.dW1", "r = o - y\ng = np.outer(r, W2) * h * (1 + h)\n2/n * g.T @ x", "wrong", "sign"),
    ("002/5a.dW1", "r = y - o\ng = np.outer(r, W2) * h * (1 - h)\n2/n * g.T @ x", "wrong", "sign"),
    ("002/5a.dW1", "r = o - y\nr = 2*r\nr", "unreadable", None),
    ("002/5a.dW1", "h = o - y\nh", "wrong", "shape"),
]


@pytest.mark.parametrize(("part", "answer", "status", "tag"), ANSWERS)
@pytest.mark.long
def test_lines_of_code_are_judged(part: str, answer: str, status: str, tag: str | None) -> None:
    verdict = check(part, answer)
    assert (verdict.status, verdict.diagnosis.tag if verdict.diagnosis else None) == (status, tag), verdict


# ---------------------------------------------------------------- against NumPy

RANDOM = np.random.default_rng(7)
VALUES = {
    name: RANDOM.standard_normal(shape)
    for name, shape in {"X": (4, 3), "Z": (4, 3), "w": 3, "u": 3, "y": 4, "A": (3, 3)}.items()
} | {"b": np.float64(0.7), "c": np.float64(1.3)}
DECLARED = "X: real[n,d]; Z: real[n,d]; w: real[d]; u: real[d]; y: real[n]; A: real[d,d]; b: real; c: positive"


SUBSCRIPTS = ("ij,j->i", "ij,j", "ij,kj->ik", "ij,ij->j", "ii,i->i", "ij,jk->ki", "i,i", "i,j->ji", "ij,ij", "ij,jk")


def line(rng: random.Random, depth: int) -> str:
    """A line of NumPy at random; not every one has shapes that conform."""
    if depth == 0:
        return rng.choice(["X", "Z", "w", "u", "y", "A", "X.T", "A.T", "b", "c"])
    first, second, third = (line(rng, depth - 1) for _ in range(3))
    axis = rng.choice(["", "axis=0", "axis=1", "axis=-1"])
    kept = rng.choice(["axis=0, keepdims=True", "1, keepdims=True", "axis=-1, keepdims=False"])
    new = rng.choice(["[:, None]", "[None, :]", "[:, np.newaxis]", ".reshape(-1, 1)", ".reshape(1, -1)"])
    return rng.choice([
        f"np.{rng.choice(['exp', 'tanh', 'abs', 'square', 'sin'])}({first})", f"np.maximum(0, {first})",
        f"({first} {rng.choice('+-*/')} {second})", f"({first} @ {second})", f"({first}).dot({second})",
        f"np.{rng.choice(['dot', 'matmul', 'multiply', 'add', 'subtract', 'outer', 'inner'])}({first}, {second})",
        f"({first}).{rng.choice(['sum', 'mean', 'max', 'min'])}({axis})",
        f"np.{rng.choice(['sum', 'mean', 'max', 'prod'])}({first}{', ' * bool(axis)}{axis})", f"({first})**2",
        f"np.where({first} > 0, {second}, {third})", f"-{first}", f"np.trace({first})",
        f"({first}).{rng.choice(['sum', 'mean', 'max'])}({kept})", f"np.{rng.choice(['sum', 'min'])}({first}, {kept})",
        f"({first}){new}", f"({first} {rng.choice('+-*/@')} ({second}).sum({kept}))",
        f"({first} {rng.choice('+-*/@')} ({second}){new})", f"{first}/({second}).shape[{rng.choice('01')}]",
        f"{first} * len({second})", f"np.heaviside({first}, {rng.choice(['0', '1', '0.5'])})", f"np.ones_like({first})",
        f"np.{rng.choice(['var', 'std'])}({first}{', ' * bool(axis)}{axis})",
        f"({first} + np.eye(({second}).shape[1]))",
        f"np.ones(({second}).shape) * {first}", f"({first} > {second}).astype(float)", f"1./(2. + np.abs({first}))",
        f"np.logaddexp({first}, {second})", f"np.einsum('{rng.choice(SUBSCRIPTS)}', {first}, {second})",
    ])  # fmt: skip


def agreements(seeds: range) -> int:
    """How many of the random lines are read, each as what NumPy computes."""
    agreed = 0
    for seed in seeds:
        text = line(random.Random(seed), 1 + seed % 3)
        if not is_code(text):
            continue
        try:
            read_as = read(text, DECLARED)
        except ReadError:
            continue
        if read_as.shape_error is not None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                want = np.asarray(eval(text, {"np": np, **VALUES}))  # the text is made above
            except (ValueError, TypeError, AttributeError):  # a number times a matrix by @, which is read with a note
                continue
            function = guarded({"f": read_as}, "f", "")
            got = np.asarray(
                function(**{k: {**VALUES, "n": 4, "d": 3}[k] for k in inspect.signature(function).parameters})
            )
        if any(n.tag == "kept-axis" for n in read_as.notes):
            want = want[0]
        assert got.shape == want.shape, (seed, text)
        assert np.allclose(got, want, rtol=1e-9, equal_nan=True), (seed, text)
        agreed += 1
    return agreed


def test_what_is_read_is_what_numpy_computes() -> None:
    assert agreements(range(600)) > 100


@pytest.mark.soak
def test_what_is_read_is_what_numpy_computes_in_many_lines() -> None:
    assert agreements(range(3_000)) > 600


def test_least_squares_keep_what_they_are_solved_for():
    for call in ("np.linalg.lstsq(X, y)[0]", "np.linalg.lstsq(X, y, rcond=None)[0]"):
        assert check("beyond/linear_regression.solution", call).status in ("correct", "unreadable")
