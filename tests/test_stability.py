"""Emitted functions at extreme inputs: finite, silent, and with error ≤ 8 u Σ|terms| of the printed formula.

Σ|terms| is evaluated by mpmath at 50 digits beside the value: products multiply, sums add absolute values, a sum over n
terms counts (1 + log₂ n)-fold, a factor exp(a), also inside softmax and σ, counts (1 + |a|)-fold. A product that
underflows loses what it loses.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product as grid

import mpmath
import numpy as np
import pytest
from every_target import EVERY, function_of, targets

from derivations import derive, gradient
from derivations.domains import Declared, Names
from derivations.emit import guarded
from derivations.emit.mangle import identifier
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
    IndexTerm,
    IndexVal,
    Label,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    SizeVal,
    affine_terms,
    free_indices,
    instantiate,
    walk,
)
from derivations.formula.sizes import Sizes
from derivations.notation import read
from derivations.recursion import Recursion

mp = mpmath.mp.clone()
mp.dps = 50
Bounded = tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf, mpmath.mpf]
"""A value, its Σ|terms|, the same with every factor exp and every sum counted as often as is said above, and what
products lose that underflow."""


def plain(v: mpmath.mpf) -> Bounded:
    """A number as it is given."""
    return v, abs(v), abs(v), mp.mpf(0)


class Undecided(Exception):
    """A condition that rounding may turn over: there the value of a formula jumps."""


class Exact:
    """A formula at one point, with 50 digits; `info` is of the dtype whose rounding a condition must not depend on.

    A factor that is 0 because an argument is 0 (a label, a count) or 1 makes its product 0, whatever the others tend
    to: 0·log 0 = 0.
    """

    def __init__(self, names: Names, values: Mapping[str, np.ndarray], sizes: Mapping[str, int], info: np.finfo):
        self.names, self.values, self.sizes = names, values, sizes
        self.unit, self.least = mp.mpf(float(info.eps)) / 2, mp.mpf(float(info.smallest_normal))
        self.lost = mp.mpf(float(info.smallest_subnormal))
        self.known: dict[object, Bounded] = {}

    def size(self, s: int | str) -> int:
        return s if isinstance(s, int) else self.sizes[s]

    def at(self, e: IndexExpr, env: Mapping[Index, int]) -> int:
        terms, const = affine_terms(e)
        return const + sum(c * self.term(t, env) for t, c in terms)

    def term(self, t: IndexTerm, env: Mapping[Index, int]) -> int:
        if isinstance(t, Label):  # drawn as a one-hot array
            return int(np.argmax(self.values[t.name][tuple(self.at(e, env) - 1 for e in t.at)])) + 1
        return env[t] if isinstance(t, Index) else self.size(t)

    def bounded(self, node: Node, env: Mapping[Index, int]) -> Bounded:
        match node:
            case Num(value):
                return plain(mp.mpf(value.numerator) / value.denominator)
            case Const(name):
                return plain(mp.e if name == "e" else +mp.pi)
            case SizeVal(size):
                return plain(mp.mpf(self.size(size)))
            case IndexVal(at):
                return plain(mp.mpf(self.at(at, env)))
            case Delta(a, b):
                return plain(mp.mpf(int(self.at(a, env) == self.at(b, env))))
            case Elem(name, at):
                return self.element(name, tuple(self.at(a, env) for a in at))
            case Add(args):
                return tuple(map(mp.fsum, zip(*(self.bounded(a, env) for a in args), strict=True)))  # type: ignore[return-value]
            case Mul(args):
                parts = [self.bounded(a, env) for a in args]
                if any(v == 0 and self.given(a) for a, (v, *_) in zip(args, parts, strict=True)) and not any(
                    mp.isnan(v) for v, *_ in parts
                ):
                    return plain(mp.mpf(0))
                terms = mp.fprod(t for _, t, _, _ in parts)
                lost = mp.fsum(
                    l * mp.fprod(t for m, (_, t, _, _) in enumerate(parts) if m != k)
                    for k, (*_, l) in enumerate(parts)
                    if l
                )
                lost += self.lost * mp.fprod(
                    max(mp.mpf(1), t) for _, t, _, _ in parts
                )  # the others may come after what underflows
                return (
                    mp.fprod(v for v, *_ in parts),
                    terms,
                    terms * (1 + mp.fsum(w / t - 1 for _, t, w, _ in parts if t)),
                    lost,
                )
            case Pow(base, exponent):
                (b, tb, wb, lb), (e, _, we, _) = self.bounded(base, env), self.bounded(exponent, env)
                if b == 0 and e > 0:
                    return plain(mp.mpf(0))
                if not mp.isfinite(b):
                    return (mp.nan,) * 4
                if abs(b) < self.lost:
                    return (mp.inf,) * 4
                v = b ** (int(e) if e == int(e) else e)
                power = 0 if isinstance(exponent, Num) else we * abs(mp.log(abs(b)))
                each = abs(e) * abs(v / b)
                return (
                    v,
                    abs(v) + each * (tb - abs(b)),
                    abs(v) * (1 + power) + each * (wb - abs(b)),
                    each * lb + self.lost,
                )
            case MatrixAtom(op, row, col, body, at):
                if (node.op, body) not in self.known:
                    n = self.size(row.size)
                    cells = [
                        [self.bounded(body, {**env, row: i, col: j})[0] for j in range(1, n + 1)]
                        for i in range(1, n + 1)
                    ]
                    self.known[node.op, body] = mp.matrix(cells) ** -1 if op == "inv" else mp.det(mp.matrix(cells))  # type: ignore[assignment]
                made = self.known[node.op, body]
                if op == "inv":
                    return plain(made[tuple(self.at(a, env) - 1 for a in at)])  # type: ignore[index]
                return plain(mp.log(made) if op == "logdet" else made)  # type: ignore[arg-type]
            case Bound():
                key = (node, tuple((i, env[i]) for i in sorted(free_indices(node), key=id)))
                if key not in self.known:
                    self.known[key] = self.over(node, env)
                return self.known[key]
            case Call(fn, args):
                return self.call(fn, [self.bounded(a, env) for a in args])
            case Cases(branches, otherwise):
                for condition, value in branches:
                    if self.holds(condition, env):
                        return self.bounded(value, env)
                assert otherwise is not None
                return self.bounded(otherwise, env)
            case _:
                raise NotImplementedError(type(node).__name__)

    def over(self, node: Bound, env: Mapping[Index, int]) -> Bounded:
        """A sum or logsumexp."""
        cells = grid(*(range(1, self.size(i.size) + 1) for i in node.indices))
        parts = [self.bounded(node.body, {**env, **dict(zip(node.indices, cell, strict=True))}) for cell in cells]
        if node.op == "sum":
            value, terms, weighted, lost = (mp.fsum(p[k] for p in parts) for k in range(4))
            return value, terms, weighted * (1 + mp.log(max(1, len(parts)), 2)), lost
        if node.op == "prod":
            terms, weighted = (
                mp.fprod(p[1] for p in parts),
                mp.fprod(p[1] for p in parts) * (1 + mp.fsum(p[2] / p[1] - 1 for p in parts if p[1])),
            )
            return mp.fprod(p[0] for p in parts), terms, weighted, self.lost * len(parts) * max(mp.mpf(1), terms)
        if node.op in ("max", "min"):
            return {"max": max, "min": min}[node.op](parts)  # type: ignore[return-value]
        assert node.op == "logsumexp"
        top = max(v for v, *_ in parts)
        v = top + mp.log(mp.fsum(mp.exp(a - top) for a, *_ in parts))
        return v, abs(v), abs(v) + max(w for _, _, w, _ in parts) + 1, max(l for *_, l in parts)

    def given(self, node: Node) -> bool:
        """Whether a factor is a label, a count or a probability that is given, or 1 minus one."""
        if isinstance(node, Add) and len(node.args) == 2 and Num(Fraction(1)) in node.args:
            node = next(a for a in node.args if a != Num(Fraction(1)))
            node = (
                node.args[1]
                if isinstance(node, Mul) and len(node.args) == 2 and node.args[0] == Num(Fraction(-1))
                else node
            )
        return (
            isinstance(node, Elem)
            and self.names[node.name].definition is None
            and self.names[node.name].domain.name not in ("real", "mask")
        )

    def element(self, name: str, at: tuple[int, ...]) -> Bounded:
        row = self.names[name]
        if row.recursion is not None:
            return self.over_time(name, row.recursion, at)
        if row.definition is None:
            return plain(mp.mpf(float(np.asarray(self.values[name])[tuple(k - 1 for k in at)])))
        if (name, at) not in self.known:
            self.known[name, at] = self.bounded(instantiate(row.definition, at), {})
        return self.known[name, at]

    def over_time(self, name: str, recursion: Recursion, at: tuple[int, ...]) -> Bounded:
        """An entry by those one place before it, and by the start."""
        if (name, at) not in self.known:
            inside = 1 <= at[recursion.over] <= self.size(recursion.time.size)
            self.known[name, at] = (
                self.bounded(instantiate(recursion.step, at), {})
                if inside
                else self.element(recursion.start, recursion.rest(at))
            )
        return self.known[name, at]

    def call(self, fn: str, args: list[Bounded]) -> Bounded:
        z, t, w, lost = args[0]
        if fn == "log":
            return (
                (mp.log(z), abs(mp.log(z)) + t / abs(z), abs(mp.log(z)) + w / abs(z), lost / abs(z))
                if z
                else (-mp.inf, mp.inf, mp.inf, mp.inf)
            )
        if fn == "relu":
            return args[0] if z > 0 else plain(mp.mpf(0))
        if fn == "max":
            return tuple(max(a[k] for a in args) for k in range(4))  # type: ignore[return-value]
        if fn == "min":
            return (min(a[0] for a in args), *(max(a[k] for a in args) for k in range(1, 4)))  # type: ignore[return-value]
        if fn == "abs":
            return abs(z), t, w, lost
        if fn == "sign":
            self.apart(args[0], plain(mp.mpf(0)))
            return plain(mp.sign(z))
        if fn == "leaky_relu":
            a, ta, wa, _ = args[1]
            return (
                args[0] if z > 0 else (a * z, ta * t, ta * t * (wa / ta + w / t - 1) if z else t, ta * lost + self.lost)
            )
        if fn == "elu":
            a, ta, *_ = args[1]
            return (
                args[0]
                if z > 0
                else (a * mp.expm1(z), ta * -mp.expm1(z), ta * (mp.exp(z) * w - mp.expm1(z)), ta * lost + self.lost)
            )
        if not mp.isfinite(z):
            return plain(mp.mpf(0)) if z < 0 and fn in ("exp", "sigmoid") else (mp.nan,) * 4
        v, slope = {
            "sin": lambda: (mp.sin(z), abs(mp.cos(z))),
            "cos": lambda: (mp.cos(z), abs(mp.sin(z))),
            "coth": lambda: (mp.coth(z), mp.csch(z) ** 2),
            "erf": lambda: (mp.erf(z), 2 / mp.sqrt(mp.pi) * mp.exp(-(z**2))),
            "cosh": lambda: (mp.cosh(z), abs(mp.sinh(z))),
            "sinh": lambda: (mp.sinh(z), mp.cosh(z)),
            "sech": lambda: (mp.sech(z), abs(mp.sech(z) * mp.tanh(z))),
            "csch": lambda: (mp.csch(z), abs(mp.csch(z) * mp.coth(z))),
            "exp": lambda: (mp.exp(z), mp.exp(z)),
            "sigmoid": lambda: (1 / (1 + mp.exp(-z)), 1 / (1 + mp.exp(-z))),
            "softplus": lambda: (mp.log1p(mp.exp(z)), mp.log1p(mp.exp(z))),
            "log_sigmoid": lambda: (-mp.log1p(mp.exp(-z)), mp.log1p(mp.exp(-z))),
            "tanh": lambda: (mp.tanh(z), 1 - mp.tanh(z) ** 2),
        }[fn]()
        # an argument that is not known to a digit, as -10⁹ in float32, moves exp by more than its slope says
        moved = mp.expm1(8 * self.unit * w) / (8 * self.unit)
        return (
            v,
            abs(v),
            abs(v) + min(slope * moved, 1 / self.unit if fn in ("sigmoid", "tanh") else mp.inf),
            slope * lost + self.least,
        )

    def apart(self, a: Bounded, b: Bounded) -> None:
        """Two numbers that are compared differ by more than rounding, or nothing was rounded."""
        if abs(a[0] - b[0]) <= 8 * self.unit * (a[2] + b[2]) + self.least and not (
            a == plain(a[0]) and b == plain(b[0])
        ):
            raise Undecided

    def holds(self, node: Node, env: Mapping[Index, int]) -> bool:
        match node:
            case Rel(op, a, b):
                left, right = self.bounded(a, env), self.bounded(b, env)
                self.apart(left, right)
                x, y = left[0], right[0]
                return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y, "==": x == y, "!=": x != y}[op]
            case And(args):
                return all(self.holds(a, env) for a in args)
            case Or(args):
                return any(self.holds(a, env) for a in args)
            case Not(arg):
                return not self.holds(arg, env)
            case _:
                raise NotImplementedError(type(node).__name__)


Entries = tuple[np.ndarray, np.ndarray, np.ndarray]


def entries(
    result: Formula, values: Mapping[str, np.ndarray], sizes: Mapping[str, int], dtype: str = "float64"
) -> Entries:
    """The exact values of a formula, its Σ|terms| and what underflow costs, entry by entry; nan where it jumps."""
    exact = Exact(result.names, values, sizes, np.finfo(dtype))
    slots = result.free + result.axes
    shape = tuple(exact.size(i.size) for i in slots)
    value, scale, lost = np.empty(shape, object), np.empty(shape, object), np.empty(shape, object)
    for cell in np.ndindex(shape):
        try:
            value[cell], _, scale[cell], lost[cell] = exact.bounded(
                result.body, dict(zip(slots, (k + 1 for k in cell), strict=True))
            )
        except Undecided:
            value[cell], scale[cell], lost[cell] = mp.nan, mp.nan, mp.nan
    return value, scale, lost


def check(
    result: Formula,
    values: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
    *,
    fast: bool,
    dtype: str,
    exact: Entries | None = None,
    function: Callable[..., np.ndarray] | None = None,
    silent: bool = True,
) -> int:
    """The emitted function is finite and its error within 8 u Σ|terms| wherever the dtype has the terms; it is silent
    if that is everywhere.

    Returns how many entries that are.
    """
    function = function or guarded({"result": result}, "f", "", fast=fast)
    cast = {k: np.asarray(v, dtype) for k, v in values.items()}
    value, scale, lost = exact or entries(result, cast, sizes, dtype)
    info = np.finfo(dtype)
    unit, largest = mp.mpf(float(info.eps)) / 2, mp.mpf(float(info.max))
    inside = [cell for cell in np.ndindex(value.shape) if mp.isfinite(scale[cell]) and scale[cell] < largest]
    wanted = inspect.signature(function).parameters
    labels = {k: v.argmax(-1) for k, v in cast.items() if k in result.names and result.names[k].labels}
    given = {identifier(k): v for k, v in {**cast, **labels}.items() if identifier(k) in wanted} | {
        s: n for s, n in sizes.items() if s in wanted
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error" if silent and len(inside) == value.size else "ignore")
        got = np.asarray(function(**given))
    assert got.dtype == np.dtype(dtype)
    for cell in inside:
        assert np.isfinite(got[cell]), (cell, mp.nstr(value[cell], 8))
        error = abs(mp.mpf(float(got[cell])) - value[cell])
        allowed = 8 * unit * scale[cell] + 8 * lost[cell] + 4 * mp.mpf(float(info.smallest_normal))
        assert error <= allowed, (
            cell,
            mp.nstr(value[cell], 8),
            got[cell],
            float(error / (unit * scale[cell])) if scale[cell] else float(error),
        )
    return len(inside)


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
@pytest.mark.long
def test_logistic_at_any_logit(target, y, logit, fast, dtype):
    result = derive("logistic", target).result
    check(
        result,
        {"theta": np.array([logit, 0.5]), "x": np.array([1.0, 0.0]), "y": np.array(y)},
        {"d": 2},
        fast=fast,
        dtype=dtype,
    )


@FORMS
@DTYPES
@pytest.mark.parametrize("logit", [0.0, 1.0, 40.0, -40.0, 700.0, 1000.0, -1000.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_log_likelihood_looks_through_p(y, logit, fast, dtype):
    function = guarded({"LL": derive("logistic", "LL").result}, "f", "", fast=fast)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = function(theta=np.array([logit], dtype), x=np.ones(1, dtype), y=np.asarray(y, dtype))
    exact = -mp.log1p(mp.exp(-logit if y else logit))
    assert abs(mp.mpf(float(got)) - exact) <= 8 * mp.mpf(float(np.finfo(dtype).eps)) / 2 * -exact * (
        1 + abs(logit)
    ) + 4 * mp.mpf(float(np.finfo(dtype).smallest_normal))


FUNCTIONS = [
    "sigmoid(a)",
    "log(1 + exp(a))",
    "log(1/(1 + exp(-a)))",
    "exp(a)/(1 + exp(a))",
    "1 - 1/(1 + exp(-a))",
    "log(1 - sigmoid(a))",
]


@DTYPES
@pytest.mark.parametrize("a", [1000.0, -1000.0, 0.0, 30.0, -30.0, 1e-20, -5.0, 80.0])
@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions_of_one_logit(text, a, dtype):
    stable = {  # the same function, so written that its Σ|terms| is small
        "log(1 + exp(a))": "softplus(a)",
        "log(1/(1 + exp(-a)))": "log_sigmoid(a)",
        "exp(a)/(1 + exp(a))": "sigmoid(a)",
        "1 - 1/(1 + exp(-a))": "sigmoid(-a)",
        "log(1 - sigmoid(a))": "log_sigmoid(-a)",
    }
    shown = read(text, "a: real")
    function = guarded({"out": shown}, "f", "")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = function(np.asarray(a, dtype))
    meant = {
        "softplus(a)": "softplus",
        "log_sigmoid(a)": "log_sigmoid",
        "sigmoid(a)": "sigmoid",
        "sigmoid(-a)": "sigmoid",
        "log_sigmoid(-a)": "log_sigmoid",
    }
    form = stable.get(text, text)
    z = mp.mpf(float(np.asarray(a, dtype))) * (-1 if "-a" in form else 1)
    value, _, scale, _ = Exact(shown.names, {}, {}, np.finfo(dtype)).call(meant[form], [plain(z)])
    info = np.finfo(dtype)
    assert abs(mp.mpf(float(got)) - value) <= 8 * mp.mpf(float(info.eps)) / 2 * scale + 4 * mp.mpf(
        float(info.smallest_normal)
    )


@FORMS
@pytest.mark.parametrize(("dtype", "variance", "epsilon"), [
    ("float64", 1e-300, 1e-300), ("float64", 1e-300, 1e-5), ("float64", 1e-8, 1e-300), ("float64", 1e300, 1e-5),
    ("float64", 1.0, 1e-5),
    ("float32", 1e-38, 1e-38), ("float32", 1e-30, 1e-5), ("float32", 1e30, 1e-5), ("float32", 1.0, 1e-5),
])  # fmt: skip
@pytest.mark.parametrize("target", ["dL/dx", "dL/dgamma", "dL/dbeta", "y"])
@pytest.mark.long
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
@pytest.mark.long
def test_two_layers_at_large_weights(target, size, fast, dtype):
    result = derive("two_layer:batch", target).result
    rng = np.random.default_rng(5)
    sizes = {"m": 3, "d": 2, "h": 4, "K": 3}
    values = {r.name: size * rng.normal(size=[sizes[str(s)] for s in r.sizes]) for r in result.names.inputs()}
    values["Y"] = np.eye(3)
    check(result, values, sizes, fast=fast, dtype=dtype)


# ---------------------------------------------------------------- every target of every model


TINY = {"float64": 1e-300, "float32": 1e-38}
"""A variance as small as it is promised to work; also a probability next to 0."""

DEVIATIONS = frozenset({"x", "z", "u", "mu", "a", "b", "g", "y", "s", "t", "sigma", "tau", "eta"})
"""Names that may be as small as the root of a variance: what varies, and standard deviations."""
VARIANCES = frozenset({"v", "epsilon"})

OVERFLOWING = {("poisson", "X"), ("cox", "X"), ("cox", "h"), ("ppo", "l"), ("ppo", "q")}
"""Logarithms of rates and ratios: 0 times one that overflows has no value."""

STYLES = ("logits", "hundreds", "ends", "variances", "some variances", "large variances", "spread", "wide")
"""Reals of 1000; of 100; probabilities 0 and 1, one-hot rows of probabilities; variances of 1e-300; here and there; of
1e300; 1000 with a spread of 0.001; magnitudes from 1e-6 to 1e6."""


def extreme(
    model: str, row: Declared, sizes: Mapping[str, int], style: str, dtype: str, rng: np.random.Generator
) -> np.ndarray:
    """Values at the ends of a domain."""
    shape, domain = [s if isinstance(s, int) else sizes[s] for s in row.sizes], row.domain
    tiny, eps, varies = TINY[dtype], float(np.finfo(dtype).eps), "variances" in style
    if domain.structure == "onehot":
        return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    if domain.structure == "simplex":
        near = np.full(shape, 0.0 if style == "ends" else 0.1 if varies or style == "wide" else tiny)
        np.put_along_axis(near, rng.integers(0, shape[-1], (*shape[:-1], 1)), 1 - near[..., :1] * (shape[-1] - 1), -1)
        return near
    if domain.structure in ("posdef", "symmetric", "invertible"):
        a = rng.normal(size=shape)
        return a @ a.mT + np.eye(shape[-1])
    if domain.structure == "orthonormal":
        return np.linalg.qr(rng.normal(size=shape))[0]
    if domain.values:
        return rng.choice(np.array(domain.values, float), size=shape)
    if domain.low is not None and domain.high is not None:
        low, high = float(domain.low), float(domain.high)
        return rng.choice(
            [low, high] if style == "ends" else [0.3, 0.5, 0.9] if varies else [low + tiny, high - eps / 2, 0.5],
            size=shape,
        )
    if (model.partition(":")[0], row.name) == ("adam", "t"):
        return rng.choice([1.0, 2.0, 1000.0], size=shape)
    if (model.partition(":")[0], row.name) in OVERFLOWING:
        return rng.choice([1.0, -2.0, 0.5], size=shape)
    if (model.partition(":")[0], row.name) == ("focal", "gamma"):  # a power multiplies the rounding of its base
        return rng.choice([1.0, 2.0], size=shape)
    positive, signs = domain.low is not None or domain.high is not None, rng.choice([-1.0, 1.0], size=shape)
    size = np.asarray(1 + rng.random(shape))
    if style == "logits":
        size = rng.choice(
            [1000.0, 30.0, 1e-3] if positive else [1000.0, 999.0, 0.0, 1.0, 1e-8, 40.0, 88.0, 700.0], size=shape
        )
    elif style == "hundreds":
        size = rng.choice([30.0, 1.0, 0.01] if positive else [100.0, 88.0, 90.0, 30.0, 0.0], size=shape)
    elif varies and (style != "some variances" or rng.random() < 0.5):
        variance = 1e-8 / tiny if style == "large variances" else tiny
        if (
            row.name in DEVIATIONS
        ):  # apart from each other along every axis: what lies close together has a smaller variance still
            signs = (-1.0) ** np.indices(shape).sum(axis=0)
        root = np.sqrt(variance) * (1 if positive else 8)
        size = size * (root if row.name in DEVIATIONS else variance if row.name in VARIANCES else 1)
    elif style == "spread":
        size = size * 1e-3 if positive else 1000 + signs * 1e-3 * size
    elif style == "wide":
        size = size * 10.0 ** rng.integers(-6, 7, shape)
    return size * signs if not positive else size if domain.low is not None else -size


def hold_the_bound(
    model: str,
    target: str,
    style: str,
    seed: int,
    forms: tuple[bool, ...] = (False, True),
    dtypes: tuple[str, ...] = tuple(TINY),
) -> int:
    """Checks one target at a drawn point; returns how many entries were in range."""
    result = derive(model, target).result
    sizes, own = Sizes(), result.names.sizes  # of m+n-1 they are m and n
    for size in [s for row in result.names.inputs() for s in row.sizes if s in own] + list(own):
        sizes.setdefault(size, 2 + len(sizes) % 2)
    seen = 0
    for dtype in dtypes:
        rng = np.random.default_rng(seed)
        values = {
            row.name: np.asarray(extreme(model, row, sizes, style, dtype, rng), dtype) for row in result.names.inputs()
        }
        exact = entries(result, values, sizes, dtype)
        silent = not (style == "ends" and model == "gmm")  # log 0 of a weight of 0 is right, and NumPy reports it
        for fast in forms:
            seen += check(
                result,
                values,
                sizes,
                fast=fast,
                dtype=dtype,
                exact=exact,
                function=function_of(model, target, fast),
                silent=silent,
            )
    return seen


def has_matrices(model: str, target: str) -> bool:
    """Whether a target inverts a matrix or takes a determinant; its bound has a test of its own."""
    return any(isinstance(n, MatrixAtom) for n in walk(derive(model, target).result.body))


@pytest.mark.parametrize("model", EVERY)
@pytest.mark.long
def test_every_target_keeps_the_bound_at_an_extreme_point(model):
    """One form, one dtype and one style a target, others than those of its neighbours."""
    for k, (name, target) in enumerate(targets(model)):
        if not has_matrices(name, target):
            styles, dtype = STYLES[k % len(STYLES) :] + STYLES[: k % len(STYLES)], list(TINY)[k // 2 % 2]
            assert any(hold_the_bound(name, target, style, k, (k % 2 == 1,), (dtype,)) for style in styles), (
                name,
                target,
            )


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("model", EVERY)
def test_every_target_keeps_the_bound(model, style, seed):
    for name, target in targets(model):
        if not has_matrices(name, target):
            hold_the_bound(name, target, style, seed)


# ---------------------------------------------------------------- matrices

NORMS = {
    "A^{-1} b": lambda A, b, B: np.linalg.norm(np.linalg.solve(A, b)),
    "b^T A^{-1}": lambda A, b, B: np.linalg.norm(np.linalg.solve(A.T, b)),
    "b^T S^{-1} b": lambda A, b, B: np.linalg.norm(b) * np.linalg.norm(np.linalg.solve(A, b)),
    "A^{-1} B": lambda A, b, B: np.linalg.norm(np.linalg.solve(A, B)),
    "B A^{-1}": lambda A, b, B: np.linalg.norm(np.linalg.solve(A.T, B.T)),
    "tr(S^{-1} B)": lambda A, b, B: np.linalg.norm(np.linalg.solve(A, B)),
    "||A^{-1} b||^2": lambda A, b, B: np.linalg.norm(np.linalg.solve(A, b)) ** 2,
    "A^{-1}": lambda A, b, B: np.linalg.norm(np.linalg.inv(A)),
    "S^{-1} B S^{-1}": lambda A, b, B: np.linalg.norm(np.linalg.solve(A, B)) * np.linalg.norm(np.linalg.inv(A)),
    "log det S": lambda A, b, B: 1 + abs(np.linalg.slogdet(A)[1]) / np.linalg.cond(A),
    "det A": lambda A, b, B: abs(np.linalg.det(A)),
}
"""Formulas with the size that their error is measured by: |error| ≤ 8 n u κ(A) × this."""


def conditioned(n: int, kappa: float, symmetric: bool, rng: np.random.Generator) -> np.ndarray:
    """A matrix with singular values from 1 down to 1/κ."""
    left, right = (np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
    a = (left * np.logspace(0, -np.log10(kappa), n)) @ (left if symmetric else right).T
    return (a + a.T) / 2 if symmetric else a


@FORMS
@pytest.mark.parametrize(
    ("dtype", "kappa"), [("float64", 1.0), ("float64", 1e6), ("float64", 1e13), ("float32", 1e2), ("float32", 1e5)]
)
@pytest.mark.parametrize("text", NORMS)
@pytest.mark.long
def test_matrices_lose_as_many_digits_as_their_condition_number_has(text, dtype, kappa, fast):
    """The right side of a solve lies where A⁻¹ is large or where it is small: an explicit inverse times it would lose
    digits there."""
    shown = read(text, "A: invertible[n]; S: posdef[n]; B: real[n,n]; b: real[n]")
    function = guarded({"result": shown}, "f", "", fast=fast)
    rng = np.random.default_rng(4)
    n = 4
    a = conditioned(n, kappa, "S" in text, rng).astype(dtype)
    for b in (rng.normal(size=n).astype(dtype), a @ rng.normal(size=n).astype(dtype)):
        given = {"A": a, "S": a, "b": b, "B": rng.normal(size=(n, n)).astype(dtype)}
        got = np.asarray(function(**{k: given[k] for k in inspect.signature(function).parameters if k in given}), float)
        value = entries(shown, given, {"n": n})[0].astype(float)
        wide = {k: v.astype(float) for k, v in given.items()}
        allowed = (
            8
            * n
            * float(np.finfo(dtype).eps)
            / 2
            * np.linalg.cond(wide["A"])
            * NORMS[text](wide["A"], wide["b"], wide["B"])
        )
        assert np.linalg.norm(got - value.reshape(got.shape)) <= allowed


@pytest.mark.parametrize("model", EVERY)
@pytest.mark.long
def test_targets_with_matrices_keep_the_bound_of_the_condition_number(model):
    for name, target in targets(model):
        if has_matrices(name, target):
            for kappa, fast in grid((1.0, 1e3, 1e6), (False, True)):
                hold_the_bound_of_the_condition_number(name, target, kappa, fast)


def hold_the_bound_of_the_condition_number(model: str, target: str, kappa: float, fast: bool) -> None:
    """|error| ≤ 8 n u κ(A) (|x| + |b|/|A|) of a solve A x = b; of a sum with inverses, × the norms of the factors of
    its terms."""
    result = derive(model, target).result
    rng = np.random.default_rng(1)
    sizes = {s: 5 if s == "n" else 3 for row in result.names.inputs() for s in row.sizes if isinstance(s, str)}
    values = {row.name: np.asarray(extreme(model, row, sizes, "mild", "float64", rng)) for row in result.names.inputs()}
    if "S" in values:
        values["S"] = conditioned(3, kappa, True, rng)
    else:
        left, right = np.linalg.qr(rng.normal(size=(5, 3)))[0], np.linalg.qr(rng.normal(size=(3, 3)))[0]
        values["X"] = (left * np.logspace(0, -np.log10(kappa) / 2, 3)) @ right.T
    function = function_of(model, target, fast)
    got = np.asarray(
        function(
            **{identifier(k): v for k, v in values.items() if identifier(k) in inspect.signature(function).parameters}
        )
    )
    value = entries(result, values, sizes)[0].astype(float)
    atom = next(n for n in walk(result.body) if isinstance(n, MatrixAtom))
    inverted = entries(Formula(atom.body, (atom.row, atom.col), (), result.names), values, sizes)[0].astype(float)
    factors = np.prod([1 + np.linalg.norm(v) for k, v in values.items() if k != "S"])
    powers = {"LL": 1, "dLL/dS": 2}
    size = (
        np.linalg.norm(np.linalg.inv(inverted)) ** powers[target] * factors
        if target in powers
        else np.linalg.norm(value) + factors / np.linalg.norm(inverted)
    )
    assert np.linalg.norm(got - value) <= 8 * 5 * 2.0**-53 * np.linalg.cond(inverted) * size, (model, target, kappa)


CANCELLATIONS = [
    ("softmax", "dL/dx", "p - t at t = 1, p near 1"),
    ("softmax_regression", "dL/dTheta", "p - t at t = 1, p near 1"),
    ("logistic:batch", "dNLL/dtheta", "p - t at t = 1, p near 1"),
    ("logistic", "d2LL/dtheta2", ""),
    ("activations:tanh", "dh/dz", "1 - h**2, h near 1 or -1"),
    ("two_layer:tanh", "dL/dz1", "p - t at t = 1, p near 1; 1 - h**2, h near 1 or -1"),
    ("softmax", "dy_i/dx_j", "p - p**2, p near 1"),
    ("softmax_regression", "d2L/dTheta2", "p - p**2, p near 1"),
    ("softmax", "L", "z - logsumexp(z) next to 0"),
    ("adam", "W'", "1 - b**t, b near 1"),
    ("adam", "m'", ""),
    ("softmax", "y", ""),
    ("softmax", "dL/dy", ""),
    ("logistic", "LL", ""),
    ("activations:softplus", "dh/dz", ""),
    ("attention", "dL/dQ", ""),
    ("batch_norm", "dL/dx", ""),
    ("linear_regression", "dL/dw", ""),
    ("kl_gaussians", "dD/da", ""),
    ("dropout", "dL/dh", ""),
]
"""Targets, and in which difference their docstring says that digits are lost."""


@FORMS
@pytest.mark.parametrize(("model", "target", "said"), CANCELLATIONS)
def test_a_difference_that_loses_digits_is_said_and_no_other(model, target, said, fast):
    doc = function_of(model, target, fast).__doc__ or ""
    doc = " ".join(doc.split())
    assert ("keeps few digits" in doc) == bool(said)
    assert said in doc


@pytest.mark.parametrize(
    ("text", "said"),
    [("logistic d2LL/dtheta2", False), ("activations:tanh dh/dz", True), ("activations:softplus dh/dz", False)],
)
def test_what_is_said_to_lose_digits_does(text, said):
    """At z = 15 the derivative of tanh keeps few digits as 1 - h²; that of σ, a function of its own, and that of
    softplus, σ itself, keep all."""
    model, target = text.split()
    result = derive(model, target).result
    names = [row.name for row in result.names.inputs()]
    values = {
        name: np.array([15.0]) if name in ("theta", "w") else np.array([1.0]) if name == "x" else np.array(1.0)
        for name in names
    }
    function = function_of(model, target, False)
    got = np.asarray(function(**{k: v for k, v in values.items() if k in inspect.signature(function).parameters}))
    value = entries(result, values, {"d": 1})[0]
    error = abs(mp.mpf(float(got.flat[0])) / value.flat[0] - 1)
    assert (error > mp.mpf(10) ** -12) == said


def test_the_reference_agrees_with_the_evaluator():
    from derivations.evaluate import draw, floats

    result = derive("two_layer:batch", "dL/dW1").result
    assignment = draw.assignments(result.names, 1, None)[0]
    small = draw.draw(result.names, {s: k for k, s in enumerate(assignment.sizes, 2)}, 4, 1)
    value, _, _ = entries(result, {k: v[0] for k, v in small.values.items()}, small.sizes)
    assert np.allclose(value.astype(float), floats.evaluate(result, small)[0])


@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
def test_differences_are_taken_before_they_are_summed(fast):
    f = guarded({"g": derive("gaussian", "dNLL/dmu").result}, "f", "", fast=fast)
    assert f(np.array([1e15 + 0.25, 1e15 - 0.5, 1e15 + 0.125]), 1e15, 1.0) == 0.125
