"""Emitted NumPy: the values of every target of every model in both forms, the text of some, odd shapes, dtypes, what
errors say."""

from __future__ import annotations

import inspect
import re
import tracemalloc
import warnings

import numpy as np
import pytest
from every_target import BASE, EVERY

import backproof
from derivations import gradient as differentiate
from derivations.closed_form import NoClosedForm
from derivations.domains import DOMAINS, Declared, Names, parse_names
from derivations.emit import CannotEmit, build, emit, guarded
from derivations.emit.mangle import Scope, identifier
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.entries import DrawError
from derivations.formula import Cases, Elem, Formula, Rel, SizeVal, add, call, mul, neg, num, power
from derivations.models import load
from derivations.notation import read
from derivations.pipeline import derive


def declared(names: str, *bindings: str) -> Names:
    """Names with nodes: `p_i = sigmoid(z_i)`."""
    rows = parse_names(names)
    for line in bindings:
        left, _, right = (part.strip() for part in line.partition("="))
        f = read(right, rows)
        axes = f.free + f.axes
        definition = Formula(f.body, axes, (), rows)
        rows = rows.with_rows(
            Declared(left.partition("_")[0], DOMAINS["real"], tuple(i.size for i in axes), "node", None, definition)
        )
    return rows


def emitted(text: str, names: str | Names, *, fast: bool = False, name: str = "f") -> str:
    return emit(
        {"out": read(text, names if isinstance(names, Names) else parse_names(names))}, name, "A test.", fast=fast
    )


def made(text: str, names: str | Names, *, fast: bool = False):
    return guarded({"out": read(text, names if isinstance(names, Names) else parse_names(names))}, "f", fast=fast)


def arguments(function, names: Names, assignment, point: int) -> dict[str, object]:
    """The drawn values of the arguments that a function takes."""
    wanted = inspect.signature(function).parameters
    values = {}
    for row in names.inputs():
        if identifier(row.name) in wanted:
            drawn = assignment.values[row.name][point]
            values[identifier(row.name)] = drawn.argmax(-1) if row.labels else drawn
    return values | {s: n for s, n in assignment.sizes.items() if s in wanted and s not in values}


# ---------------------------------------------------------------- every target of every model


@pytest.mark.parametrize("model", EVERY)
@pytest.mark.long
def test_values_of_every_target_agree_with_the_evaluator(model):
    for target in load(model).targets:
        try:
            result = derive(model, target).result
        except NoClosedForm:  # "don't know" has no code
            continue
        for fast in (False, True):
            function = guarded({target: result}, "f", "", fast=fast)
            assignment = draw.assignments(result.names, 3, None)[0]
            expected = floats.evaluate(result, assignment)
            for point in (0, 33):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # drawn points may lie where a formula is undefined
                    got = function(**arguments(function, result.names, assignment, point))
                want = expected[point]
                finite = np.isfinite(want)
                size = 1 + np.abs(want[finite]).max(initial=0)
                assert np.allclose(
                    np.broadcast_to(got, want.shape)[finite], want[finite], rtol=1e-8, atol=1e-9 * size
                ), (model, target, fast)


@pytest.mark.parametrize("model", BASE)
@pytest.mark.long
def test_odd_shapes_and_dtypes_of_every_target(model):
    """Sizes of 1, float32, any layout, a leading batch axis: the value is that of the plain call."""
    for target in load(model).targets:
        try:
            result = derive(model, target).result
        except NoClosedForm:
            continue
        for fast in (False, True):
            function = guarded({target: result}, "f", "", fast=fast)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for least in (1, 2):
                    sizes = {
                        s: 1 if least == 1 else 2 + k
                        for k, s in enumerate(draw.assignments(result.names, 3, None)[0].sizes)
                    }
                    try:
                        drawn = draw.draw(result.names, sizes, 2, 7)
                    except DrawError:
                        continue
                    given = arguments(function, result.names, drawn, 1)
                    arrays = {k: np.asarray(v, float) for k, v in given.items() if k not in sizes}
                    loose = {k: v for k, v in given.items() if k in sizes}
                    if not arrays or "argmin" in target:
                        continue
                    plain = np.asarray(function(**arrays, **loose))
                    want = floats.evaluate(result, drawn)[1]
                    finite = np.isfinite(want)
                    assert np.allclose(
                        np.broadcast_to(plain, want.shape)[finite], want[finite], rtol=1e-8, atol=1e-8
                    ), (target, fast, sizes)
                    fortran = {k: np.asfortranarray(v) for k, v in arrays.items()}
                    assert np.allclose(function(**fortran, **loose), plain, equal_nan=True), (target, fast)
                    single = np.asarray(function(**{k: v.astype(np.float32) for k, v in arrays.items()}, **loose))
                    assert single.dtype == np.float32, (target, fast)
                    assert single.shape == plain.shape
                    stacked = np.asarray(function(**{k: np.stack([v, v]) for k, v in arrays.items()}, **loose))
                    assert stacked.shape == (2, *plain.shape), (target, fast)
                    assert np.allclose(stacked[1], plain, equal_nan=True), (target, fast)


def test_value_and_gradients_share_their_work():
    targets = ("L", "dL/dW1", "dL/db1", "dL/dW2", "dL/db2")
    source = emit({t: derive("two_layer:batch", t).result for t in targets}, "step", "").rpartition('"""')[2]
    assert source.count("exp(") == 1  # of the softmax, and of the logsumexp
    assert source.count("X @ W1") == 1


# ---------------------------------------------------------------- text

TEXT = [
    ("X^T (p - y)", "np.vecmat(p - y, X)"),
    ("X w", "np.matvec(X, w)"),
    ("w^T A w", "np.vecdot(w, np.matvec(A, w))"),
    ("sum_i x_i y_i", "np.vecdot(x, y)"),
    ("tr(A B)", "np.einsum("),
    ("||x||^2", "np.vecdot(x, x)"),
    ("A^T A", "A.mT @ A"),
    ("A^{-1} w", "np.linalg.solve(A, w[..., None])[..., 0]"),
    ("w^T A^{-1}", "np.linalg.solve(A.mT, w[..., None])[..., 0]"),
    ("w^T A^{-1} w", "np.vecdot(w, np.linalg.solve(A, w[..., None])[..., 0])"),
    ("(A^{-1} w)_1", "np.linalg.solve(A, w[..., None])[..., 0][..., 0]"),
    ("B A^{-1}", "np.linalg.solve(A.mT, B.mT).mT"),
    ("B S^{-1}", "np.linalg.solve(S, B.mT).mT"),
    ("S^{-1} B S^{-1}", "cholesky_solve(factor, cholesky_solve(factor, B.mT).mT)"),
    ("w^T A^{-1} A^{-T} w", "lu_solve(factors, lu_solve(factors, w[..., None], transposed=True))[..., 0])"),
    ("tr(S^{-1} B)", 'np.einsum("...ii->...", np.linalg.solve(S, B))'),
    ("sum_i X_i^T S^{-1} X_i", 'np.einsum("...ii->...", np.linalg.solve(S, X.mT @ X))'),
    ("log(1 + exp(a))", "np.logaddexp(0, a)"),
    ("1/(1 + exp(-a))", "sigmoid(a)"),
    ("exp(a)/(1 + exp(a))", "sigmoid(a)"),
    ("log(1/(1 + exp(-a)))", "-np.logaddexp(0, -a)"),
    ("exp(x_i)/sum_k exp(x_k)", "softmax(x)"),
    ("log(sum_k exp(x_k))", "logsumexp(x)"),
    ("log(exp(x_i)/sum_k exp(x_k))", "x - logsumexp(x)"),
    ("log(a exp(b))", "np.log(a) + b"),
    ("log(sqrt(a))", "0.5 * np.log(a)"),
    ("sum_i t_i log q_i", "xlogy(t, q).sum(axis=-1)"),
    ("t_i log(1 - q_i)", "xlog1py(t, -q)"),
    ("t_i / q_i", "xdivy(t, q)"),
    ("(1 - t_i) / (1 - q_i)^2", "xdivy(1 - t, (1 - q)**2)"),
    ("y_i log q_i", "np.log(q)"),
    ("n/(2 c) - ||x||^2/(2 c^2)", "/ c / c"),
    ("||x||^2/(2 c^2)", "/ c**2"),
    ("max(0, a)", "np.maximum(a, 0)"),
    ("sum_i sum_j exp(-||A_i - B_j||^2)", "np.exp(-squared_distances(A, B)).sum(axis=(-2, -1))"),
    ("a - sum_i (-x_i)", "a + x.sum(axis=-1)"),
    ("X^T x - X^T y", "np.vecmat(x - y, X)"),
    ("(B^T A^T)^T B", "A @ (B @ B)"),
    ("x_i / a", "x / a"),
    ("sum_i x_i / n", "x.mean(axis=-1)"),
]


@pytest.mark.parametrize(("formula", "text"), TEXT)
def test_what_a_formula_becomes(formula, text):
    names = (
        "X: real[n,d]; w: real[d]; p: probability[n]; y: real[n]; x: real[n]; A: invertible[d]; S: posdef[d]; B: "
        "real[d,d]; a: real; b: real; c: positive; t: label01[n]; q: probability[n]; i: index[n]"
    )
    assert text in emitted(formula, names).partition("def f(")[2].rpartition('"""')[2]


def test_a_readable_function_is_what_a_person_would_write():
    source = derive("logistic:batch", "dNLL/dtheta").source()
    body = source.rpartition('"""')[2].split("\n")
    assert [line.strip() for line in body if line.strip()] == [
        "if y.shape[-1] != X.shape[-2]:",
        'raise ValueError(f"shapes that do not fit: y {y.shape}, X {X.shape}")',
        "dNLL_dz = sigmoid(np.matvec(X, theta)) - y",
        "return np.vecmat(dNLL_dz, X)",
    ]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("model", BASE)
def test_no_inverse_is_multiplied(model, fast):
    """An inverse is printed only where it is a result itself, never times something: that is a solve."""
    for target in load(model).targets:
        if "argmin" in target or model == "gda":
            source = emit({"out": derive(model, target).result}, "f", "", fast=fast).rpartition('"""')[2]
            assert not re.search(
                r"@ *np\.linalg\.inv|np\.linalg\.inv\([^()]*\) *@|dot\(.*inv\(|einsum\(.*inv\(", source
            )


# ---------------------------------------------------------------- names


def test_names_that_python_does_not_allow():
    f = made("lambda w + λ2 w", "lambda: positive; λ2: real; w: real[d]")
    assert list(inspect.signature(f).parameters) == ["lambda_", "lambda2", "w"]
    assert f(2, 3, [1.0, 2.0]).tolist() == [5, 10]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("λ", "lambda_"),
        ("ŷ", "yhat"),
        ("dL/dw", "dL_dw"),
        ("x'", "x_prime"),
        ("2x", "x2x"),
        ("np", "np_"),
        ("sum", "sum_"),
        ("σ", "sigma"),
    ],
)
def test_the_table_of_names(name, text):
    assert identifier(name) == text


def test_no_two_names_share_an_identifier():
    scope = Scope()
    assert len({scope.of("λ"), scope.of("lambda"), scope.of("lambda", "size"), scope.of("lambda_")}) == 4


def test_text_in_a_docstring_cannot_leave_it():
    source = emit({"out": read("x", parse_names("x: real"))}, "f", 'evil """\nimport os\n"""\\')
    assert build(source).__doc__ is not None


@pytest.mark.parametrize("text", ["import os", "print(1)", "x = 1"])
def test_only_emitted_text_is_built(text):
    with pytest.raises(ValueError, match="only emitted code"):
        build(text)
    with pytest.raises(ValueError, match="only emitted code"):
        build(emitted("x", "x: real") + text)


# ---------------------------------------------------------------- arrays

GRADIENT = "X^T (sigmoid(X w) - y)", "X: real[n,d]; w: real[d]; y: label01[n]"


@pytest.fixture(params=[False, True], ids=["readable", "fast"])
def gradient(request):
    return made(*GRADIENT, fast=request.param)


def numbers(n=5, d=3):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, d)), rng.normal(size=d), (rng.random(n) > 0.5) * 1.0


ERRORS = [
    (lambda X, w, y: (X, w, y[:4]), "n is 5 in X (shape (5, 3)) but 4 in y: y has shape (4,), wanted (n,)"),
    (lambda X, w, y: (X[0], w, y), "X has shape (3,), wanted (n, d)"),
    (lambda X, w, y: (X, w[:, None], y), "d is 3 in X (shape (5, 3)) but 1 in w: w has shape (3, 1), wanted (..., d)"),
    (lambda X, w, y: (X * 1j, w, y), "X has dtype complex128, wanted real numbers"),
    (
        lambda X, w, y: (np.stack([X, X]), w, np.stack([y] * 3)),
        "y has shape (3, 5), wanted (..., n): its leading axes do not broadcast with (2,)",
    ),
]


@pytest.mark.parametrize(("change", "words"), ERRORS)
def test_a_shape_error_says_what_was_found_and_what_was_wanted(gradient, change, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the words are compared whole)
        gradient(*change(*numbers()))
    assert str(caught.value) == words


def test_missing_and_unknown_arguments(gradient):
    X, w, y = numbers()
    with pytest.raises(TypeError, match="y"):
        gradient(X, w)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        gradient(X, w, y, z=1)
    assert np.array_equal(gradient(y=y, w=w, X=X), gradient(X, w, y))


@pytest.mark.parametrize(
    ("dtypes", "result"),
    [("fff", "f"), ("ddd", "d"), ("ffi", "f"), ("iii", "d"), ("fdi", "d"), ("eee", "f"), ("bbb", "d"), ("ff?", "f")],
)
def test_dtypes(gradient, dtypes, result):
    X, w, y = (a.astype(t) for a, t in zip(numbers(), dtypes, strict=True))
    assert gradient(X, w, y).dtype == np.dtype(result)


def test_python_numbers_do_not_widen():
    f = made("a x_i", "a: real; x: real[n]; i: index[n]")
    assert f(0.5, np.ones(2, np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("constant", "value"),
    [
        ("sigmoid(2)", 0.8807970779778823), ("softplus(3)", 3.048587351573742), ("sin(1)", 0.8414709848078965),
        ("erf(2)", 0.9953222650189527), ("sech(1)", 0.6480542736638855),
        ("cot(1)", 0.6420926159343306), ("|cos(3)|", 0.9899924966004454), ("max(sin(2), 1/2)", 0.9092974268256817),
        ("{1 if n > 2 else sin(3)}", 1.0), ("log(n + 1)", 1.3862943611198906),
    ],
)  # fmt: skip
def test_functions_of_numbers_keep_float32(constant, value):
    for fast in (False, True):
        f = made(f"{constant} x", "x: real[n]", fast=fast)
        assert np.allclose(f(np.ones(3)), value, rtol=1e-15)
        assert f(np.ones(3, np.float32)).dtype == np.float32


def test_views_in_any_layout(gradient):
    X, w, y = numbers()
    want = gradient(X, w, y)
    wide = np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)
    for view in (np.asfortranarray(X), wide[::2, ::2], X[::-1][::-1], X.T.copy().T):
        assert np.allclose(gradient(view, w, y), want)
    assert np.allclose(gradient(X[::-1], w, y[::-1]), want)


def test_zero_sizes(gradient):
    X, w, y = numbers()
    assert gradient(X[:0], w, y[:0]).tolist() == [0, 0, 0]
    assert gradient(X[:, :0], w[:0], y).shape == (0,)


def test_a_size_that_divides_must_not_be_zero():
    f = made("sum_i x_i / n", "x: real[n]; i: index[n]")
    with pytest.raises(ValueError, match=r"n is 0 in x \(shape \(0,\)\), wanted at least 1"):
        f([])


def test_leading_batch_dimensions(gradient):
    X, w, y = numbers()
    stack = np.stack([X, 2 * X])
    got = gradient(stack, w, y)
    assert got.shape == (2, 3)
    assert np.allclose(got[1], gradient(2 * X, w, y))
    assert gradient(stack[:0], w, y).shape == (0, 3)


def test_a_batch_of_softmaxes_needs_no_loop():
    source = derive("softmax", "dy_i/dx_j").source(dressing="checked")
    assert 'batch="native"' in source
    x = np.random.default_rng(0).normal(size=(2, 4, 5))
    f = build(source)
    assert np.allclose(f(x)[1, 2], f(x[1, 2]))


def test_results_are_never_views_of_arguments():
    x = np.ones((2, 3))
    for text in ("x", "x^T"):
        assert not np.shares_memory(made(text, "x: real[n,d]")(x), x)


def test_a_size_that_no_argument_has_is_an_argument():
    f = made("n a", "a: real; n: size")
    assert f(2.0, n=3) == 6


# ---------------------------------------------------------------- what NumPy must be kept from


def test_branches_that_are_not_taken_stay_silent():
    a, zero, one = Elem("a"), num(0), num(1)
    cases = [
        Cases(((Rel("<", a, zero), call("exp", a)),), one),
        Cases(((Rel(">", a, zero), call("log", a)),), power(add(a, num(-1)), num(-1))),
        Cases(
            (
                (Rel("<", a, zero), mul(a, call("exp", neg(power(a, num(-2)))))),
                (Rel(">", a, one), power(a, num("-1/2"))),
            ),
            zero,
        ),
        call("elu", a, one),
        call("leaky_relu", a, num("0.01")),
        call("max", zero, a),
    ]
    points = np.array([-2000.0, -1.0, -1e-100, 0.0, 0.5, 2.0, 2000.0])
    for body in cases:
        f = guarded({"out": Formula(body, names=parse_names("a: real"))}, "f", "")
        with warnings.catch_warnings(), np.errstate(divide="raise", over="raise", invalid="raise"):
            warnings.simplefilter("error")
            got = f(points)
        assert np.isfinite(got).all(), body
    assert guarded({"out": Formula(cases[0], names=parse_names("a: real"))}, "f", "")(points)[1] == np.exp(-1.0)


NEGATED_CONDITIONS = [
    ("max(sum_k tanh(w)_k, sum_k log(1 + exp(-y_k (X x)_k)))", "x"),
    ("max(log(1 + (b)^2), 2 - (x^T w))", "x"),
    ("max(log(1 + (b)^2), 2 - (x^T w))", "b"),
    ("-max(b, sum_k x_k) / 3", "x"),
    ("-max(b, c) max(b, 2 c)", "b"),
    ("5 max(b, c) - 7 max(c, b)", "c"),
    ("sum_k max(x_k, b) / n - 2 max(x_1, w_1)", "x"),
]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("text", "wrt"), NEGATED_CONDITIONS)
def test_a_condition_is_a_number_before_it_is_negated_or_scaled(text, wrt, dtype, fast):
    """The derivative of a maximum multiplies by a > b, which NumPy would not negate, and widens when a Python integer
    scales it."""
    names = parse_names("x: real[d]; w: real[d]; y: labelpm1[n]; X: real[n,d]; b: real; c: real")
    derived = differentiate(text, wrt, "x: real[d]; w: real[d]; y: labelpm1[n]; X: real[n,d]; b: real; c: real")
    f = derived.numpy(fast=fast)
    rng = np.random.default_rng(7)
    sizes = {"n": 4, "d": 3}
    given = {
        r.name: rng.normal(size=[sizes[str(s)] for s in r.sizes]).astype(dtype)
        for r in names.inputs()
        if identifier(r.name) in inspect.signature(f).parameters
    }
    loose = {s: v for s, v in sizes.items() if s in inspect.signature(f).parameters}
    got = np.asarray(f(**given, **loose))
    assert got.dtype == dtype
    at = Assignment(
        {s: v for s, v in sizes.items() if s in derived.result.names.sizes},
        {k: v[None].astype(float) for k, v in given.items()},
        1,
    )
    want = floats.evaluate(derived.result, at)[0]
    assert np.allclose(got, want, rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_a_condition_on_sizes_is_a_python_number():
    body = mul(Elem("x", (1,)), Cases(((Rel(">", SizeVal("n"), num(2)), num(1)),), num(0)))
    f = guarded({"out": Formula(body, names=parse_names("x: real[n]"))}, "f", "")
    assert (f(np.full(3, 4.0)), f(np.full(2, 4.0))) == (4.0, 0.0)


SHAPES = [
    ("w^T", "w: real[d]", (1, 4)),
    ("2", "w: real[d]", ()),
    ("A x", "A: real[2,3]; x: real[3]", (2,)),
    ("x_1", "x: real[3]", ()),
    ("w w^T", "w: real[d]", (4, 4)),
]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("text", "names", "shape"), SHAPES)
def test_shapes_of_results(text, names, shape, fast):
    f = made(text, names, fast=fast)
    rows = [r for r in parse_names(names).inputs() if r.name in inspect.signature(f).parameters]
    got = f(*(np.ones([s if isinstance(s, int) else 4 for s in r.sizes]) for r in rows))
    assert np.shape(got) == shape
    assert np.asarray(got).dtype == np.float64


def test_a_literal_size_is_checked():
    with pytest.raises(ValueError, match=r"an axis of x is 2, not 3: x has shape \(2,\), wanted \(3,\)"):
        made("x_1", "x: real[3]")([1.0, 2.0])


def test_unknown_functions_have_no_code():
    with pytest.raises(CannotEmit, match="g is an unknown function"):
        emitted("g(x)", "g: function; x: real")


def test_an_index_out_of_range_is_undefined():
    f = made("x_{i+1}", "x: real[n]; i: index[n]")
    got = f([1.0, 2.0, 3.0])
    assert got[:2].tolist() == [2, 3]
    assert np.isnan(got[2])


@pytest.mark.parametrize("fast", [False, True])
def test_a_label_of_0_weighs_nothing_at_a_probability_of_0(fast):
    """0 log 0 and 0/0 are 0 where the 0 is a label, as the limit is, without a warning; a label of 1 makes them
    infinite."""
    names = "t: label01[n]; q: probability[n]; i: index[n]"
    t, q = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert made("t_i log q_i", names, fast=fast)(t, q).tolist() == [0, 0, 0, np.log(0.5)]
        assert made("(1 - t_i) log(1 - q_i)", names, fast=fast)(t[[0, 2]], q[[0, 2]]).tolist() == [0, 0]
        assert made("t_i/q_i", names, fast=fast)(t, q).tolist() == [0, 0, 1, 2]
    with np.errstate(divide="ignore"):
        assert made("sum_i t_i log q_i", names, fast=fast)([1.0], [0.0]) == -np.inf
        assert made("t_i/q_i", names, fast=fast)([1.0], [0.0]) == np.inf


@pytest.mark.parametrize("fast", [False, True])
def test_the_gradient_by_a_softmax_is_finite_where_it_underflows(fast):
    f = derive("softmax", "dL/dy").numpy(fast=fast)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(np.array([0.0, -1000.0]), np.array([1.0, 0.0])).tolist() == [-1, 0]


# ---------------------------------------------------------------- the fast form


def test_out_and_workspace_are_used_again():
    f = made(*GRADIENT, fast=True)
    X, w, y = numbers()
    out, workspace = np.empty(3), {}
    assert f(X, w, y, out=out, workspace=workspace) is out
    assert np.allclose(out, f(X, w, y))
    assert np.allclose(f(X[:2], w, y[:2], workspace=workspace), f(X[:2], w, y[:2]))
    with pytest.raises(ValueError, match="out overlaps w, wanted memory of its own"):
        f(X, w, y, out=w)
    with pytest.raises(ValueError, match=r"out has float64 of shape \(4,\), wanted float64 of shape \(3,\)"):
        f(X, w, y, out=np.empty(4))


def test_equal_results_are_arrays_of_their_own():
    x = read("2 x", parse_names("x: real[n]"))
    f = guarded({"a": x, "b": x}, "f", "", fast=True)
    a, b = f(np.ones(3))
    assert a.tolist() == b.tolist() == [2, 2, 2]
    assert not np.shares_memory(a, b)


@pytest.mark.parametrize(("model", "target", "sizes"), [
    ("batch_norm:eps", "dL/dx", {"m": 20_000, "d": 60}),
    ("softmax_regression", "dL/dZ", {"n": 30_000, "K": 40, "d": 5}),
    ("logistic:batch", "dNLL/dtheta", {"n": 60_000, "d": 20}),
])  # fmt: skip
def test_peak_memory_is_the_results_and_8_megabytes(model, target, sizes):
    result = derive(model, target).result
    f = guarded({target: result}, "f", "", fast=True)
    rng = np.random.default_rng(0)
    wanted = inspect.signature(f).parameters
    values = {
        identifier(r.name): rng.random([sizes[str(s)] for s in r.sizes])
        for r in result.names.inputs()
        if identifier(r.name) in wanted
    }
    tracemalloc.start()
    try:
        got = f(**values)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= got.nbytes + 8_000_000
    assert np.allclose(got, guarded({target: result}, "f", "")(**values), rtol=1e-9, atol=1e-9)


# ---------------------------------------------------------------- JAX


def test_the_jax_form_is_pure():
    source = emit({"J": derive("softmax", "dy_i/dx_j").result}, "jacobian", "", backend="jax")
    body = source.rpartition('"""')[2]
    assert "y = jax.nn.softmax(x)" in body
    assert ".at[..., k, k].add(y)" in body
    assert "np." not in body.replace("jnp.", "")
    assert "+=" not in body


def test_unknown_backends_are_refused():
    result = {"J": derive("softmax", "y").result}
    with pytest.raises(ValueError, match="known are numpy, numba, jax, torch"):
        emit(result, "f", "", backend="fortran")
    with pytest.raises(ValueError, match=r"jax\.jit fuses"):
        emit(result, "f", "", backend="jax", fast=True)


@pytest.mark.oracle
@pytest.mark.parametrize("model", BASE)
def test_jax_values_of_every_target(model):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    for target in load(model).targets:
        try:
            result = derive(model, target).result
            source = emit({target: result}, "f", "", backend="jax")
        except (NoClosedForm, CannotEmit):
            continue
        space: dict[str, object] = {}
        exec(compile(source, "<backproof>", "exec"), space)  # our own text, for JAX
        assignment = draw.assignments(result.names, 3, None)[0]
        want = floats.evaluate(result, assignment)[33]
        given = arguments(space["f"], result.names, assignment, 33)
        of_jax = {k: jax.numpy.asarray(v) if isinstance(v, np.ndarray) else v for k, v in given.items()}
        got = np.asarray(space["f"](**of_jax))  # type: ignore[operator]
        finite = np.isfinite(want)
        assert np.allclose(
            np.broadcast_to(got, want.shape)[finite],
            want[finite],
            rtol=1e-8,
            atol=1e-9 * (1 + np.abs(want[finite]).max(initial=0)),
        )


# ---------------------------------------------------------------- PyTorch


def test_the_torch_form_is_out_of_place():
    source = emit({"J": derive("softmax", "dy_i/dx_j").result}, "jacobian", "", backend="torch")
    body = source.rpartition('"""')[2]
    assert "y = torch.softmax(x, -1)" in body
    assert "torch.diag_embed(y)" in body
    assert "np." not in body
    assert "+=" not in body
    with pytest.raises(ValueError, match=r"torch\.compile fuses"):
        emit({"J": derive("softmax", "y").result}, "f", "", backend="torch", fast=True)


@pytest.mark.oracle
@pytest.mark.parametrize("model", BASE)
def test_torch_values_of_every_target(model):
    torch = pytest.importorskip("torch")
    for target in load(model).targets:
        try:
            result = derive(model, target).result
            source = emit({target: result}, "f", "", backend="torch")
        except (NoClosedForm, CannotEmit):
            continue
        space: dict[str, object] = {}
        exec(compile(source, "<backproof>", "exec"), space)  # our own text, for PyTorch
        assignment = draw.assignments(result.names, 3, None)[0]
        want = floats.evaluate(result, assignment)[33]
        given = arguments(space["f"], result.names, assignment, 33)
        tensors = {
            k: v
            if k in assignment.sizes
            else torch.tensor(v if np.asarray(v).dtype.kind == "i" else np.asarray(v, float))
            for k, v in given.items()
        }
        got = space["f"](**tensors)  # type: ignore[operator]
        finite = np.isfinite(want)
        got = np.broadcast_to(np.asarray(got), want.shape)
        assert np.allclose(
            got[finite], want[finite], rtol=1e-8, atol=1e-9 * (1 + np.abs(want[finite]).max(initial=0))
        ), target


def test_two_factors_along_different_axes_stay_apart_in_the_fast_form() -> None:
    """g_k / s_i would be a matrix, divided entry by entry, to multiply one that is computed anyway."""
    loss, let = "sum_ik T_ik g_k (x_ik - mu_i)/sqrt(v_i + 1)", "mu_i = 1/d sum_k x_ik; v_i = 1/d sum_k (x_ik - mu_i)^2"
    names = "x: real[m,d]; T: real[m,d]; g: real[d]; i: index[m]; k: index[d]"
    text = backproof.gradient(loss, wrt="x", names=names, let=let).source(fast=True)
    assert "np.divide(g" not in text
    assert text.count("np.multiply(g") == 1
