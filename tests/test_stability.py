"""Emitted functions at extreme inputs: finite, silent, and with error ≤ 8 u Σ|terms| of the printed formula.

Σ|terms| is evaluated by mpmath at 50 digits beside the value: products multiply, sums add absolute values, a sum over n terms counts
(1 + log₂ n)-fold, a factor exp(a), also inside softmax and σ, counts (1 + |a|)-fold.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from itertools import product as grid

import mpmath
import numpy as np
import pytest

from derivations.closed_form import NoClosedForm
from derivations.domains import Declared, Names
from derivations.formula import (
    Add,
    And,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    SizeVal,
    affine_terms,
    instantiate,
)
from derivations.models import MODELS, load
from derivations.numpy_code import build, emit
from derivations.numpy_code.mangle import identifier
from derivations.pipeline import derive, gradient

mp = mpmath.mp.clone()
mp.dps = 50
Pair = tuple[mpmath.mpf, mpmath.mpf]
"""A value and its Σ|terms|."""


class Exact:
    """A formula at one point, with 50 digits."""

    def __init__(self, names: Names, values: Mapping[str, np.ndarray], sizes: Mapping[str, int]):
        self.names, self.values, self.sizes = names, values, sizes
        self.known: dict[object, Pair] = {}

    def size(self, s: int | str) -> int:
        return s if isinstance(s, int) else self.sizes[s]

    def at(self, e: IndexExpr, env: Mapping[Index, int]) -> int:
        terms, const = affine_terms(e)
        return const + sum(c * (env[t] if isinstance(t, Index) else self.size(t)) for t, c in terms)

    def pair(self, node: Node, env: Mapping[Index, int]) -> Pair:
        match node:
            case Num(value):
                v = mp.mpf(value.numerator) / value.denominator
                return v, abs(v)
            case Const(name):
                return (mp.e, mp.e) if name == "e" else (+mp.pi, +mp.pi)
            case SizeVal(size):
                return mp.mpf(self.size(size)), mp.mpf(self.size(size))
            case IndexVal(at):
                v = mp.mpf(self.at(at, env))
                return v, abs(v)
            case Delta(a, b):
                v = mp.mpf(int(self.at(a, env) == self.at(b, env)))
                return v, v
            case Elem(name, at):
                return self.element(name, tuple(self.at(a, env) for a in at))
            case Add(args):
                parts = [self.pair(a, env) for a in args]
                return mp.fsum(v for v, _ in parts), mp.fsum(s for _, s in parts)
            case Mul(args):
                parts = [self.pair(a, env) for a in args]
                return mp.fprod(v for v, _ in parts), mp.fprod(s for _, s in parts)
            case Pow(base, exponent):
                (b, sb), (e, se) = self.pair(base, env), self.pair(exponent, env)
                if b == 0:
                    return (mp.mpf(0), mp.mpf(0)) if e > 0 else (mp.inf, mp.inf)
                v = b ** (int(e) if e == int(e) else e)
                return v, abs(v) * (1 + abs(e) * (sb / abs(b) - 1) + (0 if isinstance(exponent, Num) else se * abs(mp.log(abs(b)))))
            case Bound("sum", indices, body):
                parts = [
                    self.pair(body, {**env, **dict(zip(indices, cell, strict=True))}) for cell in grid(*(range(1, self.size(i.size) + 1) for i in indices))
                ]
                return mp.fsum(v for v, _ in parts), mp.fsum(s for _, s in parts) * (1 + mp.log(max(1, len(parts)), 2))
            case Bound("logsumexp", indices, body):
                parts = [
                    self.pair(body, {**env, **dict(zip(indices, cell, strict=True))}) for cell in grid(*(range(1, self.size(i.size) + 1) for i in indices))
                ]
                top = max(v for v, _ in parts)
                v = top + mp.log(mp.fsum(mp.exp(a - top) for a, _ in parts))
                return v, abs(v) + max(s for _, s in parts) + 1
            case Call(fn, args):
                return self.call(fn, [self.pair(a, env) for a in args])
            case Cases(branches, otherwise):
                for condition, value in branches:
                    if self.holds(condition, env):
                        return self.pair(value, env)
                assert otherwise is not None
                return self.pair(otherwise, env)
            case _:
                raise NotImplementedError(type(node).__name__)

    def element(self, name: str, at: tuple[int, ...]) -> Pair:
        row = self.names[name]
        if row.definition is None:
            v = mp.mpf(float(np.asarray(self.values[name])[tuple(k - 1 for k in at)]))
            return v, abs(v)
        if (name, at) not in self.known:
            self.known[name, at] = self.pair(instantiate(row.definition, at), {})
        return self.known[name, at]

    def call(self, fn: str, args: list[Pair]) -> Pair:
        z, s = args[0]
        if fn == "exp":
            return mp.exp(z), mp.exp(z) * (1 + s)
        if fn == "sigmoid":
            v = 1 / (1 + mp.exp(-z))
            return v, v * (1 + s)
        if fn == "softplus":
            v = mp.log1p(mp.exp(z))
            return v, v * (1 + s)
        if fn == "log_sigmoid":
            v = -mp.log1p(mp.exp(-z))
            return v, -v * (1 + s)
        if fn == "log":
            return mp.log(z), abs(mp.log(z)) + s / abs(z)
        if fn == "relu":
            return max(z, mp.mpf(0)), s if z > 0 else mp.mpf(0)
        if fn == "max":
            return max(v for v, _ in args), max(t for _, t in args)
        if fn == "tanh":
            return mp.tanh(z), abs(mp.tanh(z)) + (1 - mp.tanh(z) ** 2) * s
        raise NotImplementedError(fn)

    def holds(self, node: Node, env: Mapping[Index, int]) -> bool:
        match node:
            case Rel(op, a, b):
                x, y = self.pair(a, env)[0], self.pair(b, env)[0]
                return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y, "==": x == y, "!=": x != y}[op]
            case And(args):
                return all(self.holds(a, env) for a in args)
            case Or(args):
                return any(self.holds(a, env) for a in args)
            case Not(arg):
                return not self.holds(arg, env)
            case _:
                raise NotImplementedError(type(node).__name__)


def entries(result: Formula, values: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """The exact values and Σ|terms| of a formula, entry by entry."""
    exact = Exact(result.names, values, sizes)
    slots = result.free + result.axes
    shape = tuple(exact.size(i.size) for i in slots)
    value, scale = np.empty(shape, object), np.empty(shape, object)
    for cell in np.ndindex(shape):
        value[cell], scale[cell] = exact.pair(result.body, dict(zip(slots, (k + 1 for k in cell), strict=True)))
    return value, scale


def check(result: Formula, values: Mapping[str, np.ndarray], sizes: Mapping[str, int], *, fast: bool, dtype: str, silent: bool = True) -> None:
    """The emitted function is finite and silent, and its error is within 8 u Σ|terms|."""
    function = build(emit({"result": result}, "f", "", fast=fast))
    cast = {k: np.asarray(v, dtype) for k, v in values.items()}
    wanted = inspect.signature(function).parameters
    with warnings.catch_warnings():
        if silent:
            warnings.simplefilter("error")
        got = function(**{identifier(k): v for k, v in cast.items() if identifier(k) in wanted})
    assert got.dtype == np.dtype(dtype)
    value, scale = entries(result, cast, sizes)
    info = np.finfo(dtype)
    unit = mp.mpf(float(info.eps)) / 2
    for cell in np.ndindex(value.shape):
        assert np.isfinite(got[cell]), cell
        error = abs(mp.mpf(float(got[cell])) - value[cell])
        allowed = 8 * unit * scale[cell] + 4 * mp.mpf(float(info.smallest_normal))
        assert error <= allowed, (cell, float(error / (unit * scale[cell])) if scale[cell] else float(error))


FORMS = pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])

LOGITS = [
    [1000.0, -1000.0, 0.0],
    [1000.0, 999.0, 998.0],
    [-1000.0, -1000.0, -1000.0],
    [0.0, 1e-8, -1e-8],
    [88.0, -88.0, 700.0],
    [1e-300, 0.0, 30.0],
]


@FORMS
@DTYPES
@pytest.mark.parametrize("logits", LOGITS, ids=str)
@pytest.mark.parametrize(("model", "target"), [("softmax", "dy_i/dx_j"), ("softmax", "y")])
def test_softmax_at_any_logits(model, target, logits, fast, dtype):
    check(derive(model, target).result, {"x": np.array(logits)}, {"K": 3}, fast=fast, dtype=dtype)


@FORMS
@DTYPES
@pytest.mark.parametrize("logits", LOGITS, ids=str)
def test_cross_entropy_at_any_logits(logits, fast, dtype):
    for formula in ("sum_r (logsumexp_k Z_rk - sum_k T_rk Z_rk)", "-sum_r sum_k T_rk log(softmax(Z)_rk)"):
        result = gradient(formula, "Z", "Z: real[m,K]; T: onehot[m,K]").result
        values = {"Z": np.array([logits, logits[::-1]]), "T": np.array([[1.0, 0, 0], [0, 1.0, 0]])}
        check(result, values, {"m": 2, "K": 3}, fast=fast, dtype=dtype)


@FORMS
@DTYPES
@pytest.mark.parametrize("logit", [0.0, 1e-10, 1.0, -1.0, 40.0, -40.0, 700.0, -700.0, 1000.0, -1000.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("target", ["dLL/dtheta", "d2LL/dtheta2"])
def test_logistic_at_any_logit(target, y, logit, fast, dtype):
    result = derive("logistic", target).result
    check(result, {"theta": np.array([logit, 0.5]), "x": np.array([1.0, 0.0]), "y": np.array(y)}, {"d": 2}, fast=fast, dtype=dtype)


@FORMS
@DTYPES
@pytest.mark.parametrize("logit", [0.0, 1.0, 40.0, -40.0, 700.0, 1000.0, -1000.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_log_likelihood_looks_through_p(y, logit, fast, dtype):
    function = build(emit({"LL": derive("logistic", "LL").result}, "f", "", fast=fast))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = function(theta=np.array([logit], dtype), x=np.ones(1, dtype), y=np.asarray(y, dtype))
    exact = -mp.log1p(mp.exp(-logit if y else logit))
    assert abs(mp.mpf(float(got)) - exact) <= 8 * mp.mpf(float(np.finfo(dtype).eps)) / 2 * -exact * (1 + abs(logit)) + 4 * mp.mpf(
        float(np.finfo(dtype).smallest_normal)
    )


FUNCTIONS = ["sigmoid(a)", "log(1 + exp(a))", "log(1/(1 + exp(-a)))", "exp(a)/(1 + exp(a))", "1 - 1/(1 + exp(-a))", "log(1 - sigmoid(a))"]


@DTYPES
@pytest.mark.parametrize("a", [1000.0, -1000.0, 0.0, 30.0, -30.0, 1e-20, -5.0, 80.0])
@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions_of_one_logit(text, a, dtype):
    from derivations.notation import read

    stable = {  # the same function, so written that its Σ|terms| is small
        "log(1 + exp(a))": "softplus(a)",
        "log(1/(1 + exp(-a)))": "log_sigmoid(a)",
        "exp(a)/(1 + exp(a))": "sigmoid(a)",
        "1 - 1/(1 + exp(-a))": "sigmoid(-a)",
        "log(1 - sigmoid(a))": "log_sigmoid(-a)",
    }
    shown = read(text, "a: real")
    function = build(emit({"out": shown}, "f", ""))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = function(np.asarray(a, dtype))
    meant = {"softplus(a)": "softplus", "log_sigmoid(a)": "log_sigmoid", "sigmoid(a)": "sigmoid", "sigmoid(-a)": "sigmoid", "log_sigmoid(-a)": "log_sigmoid"}
    form = stable.get(text, text)
    z = mp.mpf(float(np.asarray(a, dtype))) * (-1 if "-a" in form else 1)
    value, scale = Exact(shown.names, {}, {}).call(meant[form], [(z, abs(z))])
    info = np.finfo(dtype)
    assert abs(mp.mpf(float(got)) - value) <= 8 * mp.mpf(float(info.eps)) / 2 * scale + 4 * mp.mpf(float(info.smallest_normal))


@FORMS
@pytest.mark.parametrize(("dtype", "variance", "epsilon"), [
    ("float64", 1e-300, 1e-300), ("float64", 1e-300, 1e-5), ("float64", 1e-8, 1e-300), ("float64", 1e300, 1e-5), ("float64", 1.0, 1e-5),
    ("float32", 1e-38, 1e-38), ("float32", 1e-30, 1e-5), ("float32", 1e30, 1e-5), ("float32", 1.0, 1e-5),
])  # fmt: skip
@pytest.mark.parametrize("target", ["dL/dx", "dL/dgamma", "dL/dbeta", "y"])
def test_batch_norm_at_any_variance(target, variance, epsilon, dtype, fast):
    result = derive("batch_norm:eps", target).result
    spread = float(np.sqrt(variance))
    values = {
        "x": spread * np.array([[1.0, -2.0], [-1.0, 0.5], [0.25, 1.0]]),
        "dL/dy": np.array([[1.0, 0.5], [2.0, -1.0], [-3.0, 0.25]]),
        "gamma": np.array([1.0, -0.5]),
        "beta": np.array([0.0, 2.0]),
        "epsilon": np.array(epsilon),
    }
    check(result, values, {"m": 3, "d": 2}, fast=fast, dtype=dtype)


@FORMS
@DTYPES
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("target", ["dL/dW1", "dL/db1", "dL/dW2", "dL/db2", "L"])
def test_two_layers_at_large_weights(target, size, fast, dtype):
    result = derive("two_layer:batch", target).result
    rng = np.random.default_rng(5)
    sizes = {"m": 3, "d": 2, "h": 4, "K": 3}
    values = {r.name: size * rng.normal(size=[sizes[str(s)] for s in r.sizes]) for r in result.names.inputs()}
    values["Y"] = np.eye(3)
    check(result, values, sizes, fast=fast, dtype=dtype)


# ---------------------------------------------------------------- every target of every model


def extreme(row: Declared, sizes: Mapping[str, int], rng: np.random.Generator) -> np.ndarray:
    """Values at the ends of a domain: ±1000, probabilities 1e-10 from 0 and 1, one-hot rows, large matrices."""
    shape = [s if isinstance(s, int) else sizes[s] for s in row.sizes]
    domain = row.domain
    if domain.structure == "onehot":
        return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    if domain.structure == "simplex":
        near = np.full(shape, 1e-12)
        near[..., -1] = 1 - 1e-12 * (shape[-1] - 1)
        return near
    if domain.structure in ("posdef", "symmetric", "invertible"):
        a = rng.normal(size=shape)
        return 1000 * (a @ a.T + np.eye(shape[0]))
    if domain.structure == "orthonormal":
        return np.linalg.qr(rng.normal(size=shape))[0]
    if domain.values:
        return rng.choice(np.array(domain.values, float), size=shape)
    if domain.low is not None and domain.high is not None:
        low, high = float(domain.low), float(domain.high)
        return rng.choice([low + (high - low) * 1e-10, high - (high - low) * 1e-10, (low + high) / 2], size=shape)
    value = 1000 * rng.choice([1.0, -1.0, 0.5], size=shape)
    return np.abs(value) if domain.low is not None else -np.abs(value) if domain.high is not None else value


@pytest.mark.parametrize("model", MODELS)
def test_every_target_keeps_the_bound_at_extreme_inputs(model):
    for target in load(model).targets:
        try:
            result = derive(model, target).result
        except NoClosedForm:  # "don't know" has no code
            continue
        sizes: dict[str, int] = {}
        for size in [s for row in result.names.inputs() for s in row.sizes if isinstance(s, str)] + list(result.names.sizes):
            sizes.setdefault(size, 2 + len(sizes) % 2)
        rng = np.random.default_rng(2)
        values = {row.name: np.asarray(extreme(row, sizes, rng)) for row in result.names.inputs()}
        try:
            exact, _ = entries(result, values, sizes)
        except (ZeroDivisionError, NotImplementedError):  # undefined at this point, or a matrix atom, which has a test of its own
            continue
        if all(mp.isfinite(v) for v in exact.flat):
            for fast in (False, True):
                check(result, values, sizes, fast=fast, dtype="float64")


def test_a_difference_that_loses_digits_is_said():
    source = gradient("sum_r (logsumexp_k Z_rk - sum_k T_rk Z_rk)", "Z", "Z: real[m,K]; T: onehot[m,K]").numpy_source()
    assert "p - t at t = 1" in source


def test_the_reference_agrees_with_the_evaluator():
    from derivations.evaluate import draw, floats

    result = derive("two_layer:batch", "dL/dW1").result
    assignment = draw.assignments(result.names, 1, None)[0]
    small = draw.draw(result.names, {s: k for k, s in enumerate(assignment.sizes, 2)}, 4, 1)
    value, _ = entries(result, {k: v[0] for k, v in small.values.items()}, small.sizes)
    assert np.allclose(value.astype(float), floats.evaluate(result, small)[0])
