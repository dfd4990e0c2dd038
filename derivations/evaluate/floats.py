"""Formulas in float64, all points of an assignment at once.

    evaluate(formula, assignment)              (points, *free sizes, *axes sizes)
    evaluate_with_scale(formula, assignment)   the same and a running error estimate: |computed - true| ≲ 2⁻⁵³ · scale

Nodes and adjoints are computed from their definitions, once an assignment. An undefined value is nan: 1/0, log and
other powers of negative numbers, an index out of 1..size, no case that holds, a singular matrix. Overflow reads as nan
or inf as well: floats only suggest, balls decide. A case that is not selected does not poison the one that is.

Sizes of intermediates are counted before any work; beyond the limit `TooMuchWork` is raised, or the points are taken in
portions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from derivations.domains import Names
from derivations.evaluate.compiler import program
from derivations.evaluate.draw import Assignment, unknown_terms, unknown_weights
from derivations.evaluate.program import Contraction, Program, TooMuchWork, Unevaluable, definition_of
from derivations.formula import Affine, Formula, Index, IndexExpr, Node
from derivations.work import spend

Array = Any
"""An ndarray with its points first, or a Python float for a constant."""

LARGEST = 1 << 21
"""Entries of one intermediate over the points taken at once: 16 MB of float64; more points are taken in portions."""
WORK = 1 << 28
"""Entries of all intermediates over all points: about a second."""
HELD = 1 << 24
"""Entries of all intermediates held at once, 128 MB: for longer programs fewer points are taken at a time."""
SPENT = 10_000
"""Entries that take as long as one unit of `work`, which counts where a derivation is checked."""
IN_CACHE = 1 << 15
"""Entries up to which a product is formed before it is summed (it stays in cache); beyond, einsum sums without forming
it."""
UNIT = 2.0**-53
SINGULAR = 1e-13
"""A matrix whose reciprocal condition number (1-norm) is below this counts as singular in floats; balls decide."""


class Run:
    """What operations need at run time: sizes, ranges of indices, tensors by name."""

    __slots__ = ("assignment", "fixed", "names", "sizes")

    def __init__(self, assignment: Assignment, names: Names | None, fixed: Mapping[Index, int] | None = None):
        self.assignment = assignment
        self.names = names
        self.sizes = assignment.sizes
        self.fixed = fixed or {}

    def size(self, size: int | str) -> int:
        if isinstance(size, int):
            return size
        try:
            return self.sizes[size]
        except KeyError:
            raise Unevaluable(f"the size {size} has no value") from None

    def length(self, index: Index) -> int:
        return 1 if index in self.fixed else self.size(index.size)

    def range(self, index: Index, axes: tuple[Index, ...]) -> np.ndarray:
        """1..size along the index's place among `axes` (the single value where it is fixed)."""
        k = self.fixed.get(index)
        values = np.arange(1, self.size(index.size) + 1) if k is None else np.array([k])
        return values.reshape(tuple(-1 if a is index else 1 for a in axes))

    def position(self, at: IndexExpr, axes: tuple[Index, ...]) -> Any:
        """An index expression as an integer array over `axes`, or an int."""
        if isinstance(at, int):
            return at
        if isinstance(at, Index):
            return self.range(at, axes)
        return affine_value(at, self, axes)

    def tensor(self, name: str) -> np.ndarray:
        """The values of a name, (points, *shape)."""
        found = self.assignment.values.get(name)
        if found is not None:
            return found
        return self.node(name)[0]

    def scale(self, name: str) -> Array:
        """The error scale of a name's values."""
        if name in self.assignment.values:
            return np.abs(self.assignment.values[name]) if name in self.assignment.rounded else 0.0
        return self.node(name, True)[1]

    def node(self, name: str, scaled: bool = False) -> tuple[np.ndarray, Any]:
        definition = definition_of(name, self.names)
        if definition is None:
            raise Unevaluable(f"{name} has no values")
        cache = self.assignment.cache
        key = ("node", name, id(definition))
        found = cache.get(key)
        if found == "open":
            raise Unevaluable(f"{name} is defined by itself")
        if found is None or (scaled and found[1] is None):
            cache[key] = "open"
            try:
                names = (
                    definition.names if definition.names is not None and name not in definition.names else self.names
                )
                found = evaluate_tree(
                    definition.body, names, self.assignment, definition.free + definition.axes, scaled
                )
            finally:
                del cache[key]
            cache[key] = (*found, definition)
        return found[0], found[1]


def affine_value(at: Affine, run: Run, axes: tuple[Index, ...]) -> Any:
    value: Any = at.const
    for term, coefficient in at.terms:
        value = value + coefficient * (run.range(term, axes) if isinstance(term, Index) else run.size(term))
    return value


# ---------------------------------------------------------------- leaves and layout (shared with balls)


def view(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    """A value laid on a larger set of axes; a constant has none and lies on all."""
    value = v[a[0]]
    return value[x] if getattr(value, "ndim", 0) else value


def pick(tensor: np.ndarray, picks: Any, perm: Any, indices: tuple[Index, ...], run: Run) -> np.ndarray:
    """A tensor at plain indices: entries picked, axes put in order, fixed indices narrowed to their one value."""
    if picks is not None:
        tensor = tensor[picks]
    if run.fixed:
        tensor = tensor[
            (slice(None), *(slice(run.fixed[i] - 1, run.fixed[i]) if i in run.fixed else slice(None) for i in indices))
        ]
    return tensor if perm is None else tensor.transpose(perm)


def elem(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    tensor = run.tensor(x[0])
    return tensor if len(x) == 3 else pick(tensor, x[1], x[2], x[3], run)


def entries(
    tensor: np.ndarray,
    leading: tuple[Index, ...],
    at: tuple[IndexExpr, ...],
    axes: tuple[Index, ...],
    run: Run,
    outside: Any,
) -> np.ndarray:
    """A tensor (points, *leading, *at) at index expressions, over `axes`; `outside` where one leaves its range."""
    lead = tuple(np.arange(run.length(i)).reshape(tuple(-1 if b is i else 1 for b in axes)) for i in leading)
    where, inside = [], True
    for position, size in zip((run.position(e, axes) for e in at), tensor.shape[1 + len(leading) :], strict=True):
        if isinstance(position, int):
            ok: Any = 1 <= position <= size
            where.append(np.full((1,) * len(axes), min(max(position, 1), size) - 1))
        else:
            ok = (position >= 1) & (position <= size)
            where.append(np.clip(position, 1, size) - 1)
        inside = inside & ok
    out = tensor[(slice(None), *lead, *where)]
    if inside is True or np.all(inside):
        return out
    return np.where(inside, out, outside)


def gather(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    return entries(run.tensor(x[0]), (), x[1], x[2], run, math.nan)


def entry(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    return entries(v[a[0]], x[0], x[1], x[2], run, math.nan)


def spread(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    """A value with given axes in a given order, each at full length."""
    lay, perm, order = x
    value = np.asarray(v[a[0]])
    if value.ndim == 0:
        value = value.reshape((1,) * (len(order) + 1))
    else:
        value = value if lay is None else value[lay]
        value = value if perm is None else value.transpose(perm)
    return np.broadcast_to(value, (value.shape[0], *(run.length(i) for i in order)))


def index_value(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    return np.asarray(run.position(x[0], x[1]), dtype=float)[None] if x[1] else float(run.position(x[0], x[1]))


def delta(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    same = run.position(x[0], x[2]) == run.position(x[1], x[2])
    return np.asarray(same, dtype=float)[None] if x[2] else float(same)


def size_value(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    return float(run.size(x))


# ---------------------------------------------------------------- arithmetic


def finite(r: Array) -> Array:
    """±inf made nan: a pole is undefined."""
    return r + r * 0.0


def add(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    out = v[a[0]] + v[a[1]]
    for k in a[2:]:
        out = out + v[k]
    return out


def mul(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    out = v[a[0]] * v[a[1]]
    for k in a[2:]:
        out = out * v[k]
    return out


def negative(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    return -v[a[0]]


def literal_power(b: Array, exponent: Fraction) -> Array:
    """b^(p/q): whole powers; real roots of odd order; of other negative numbers none."""
    p, q = exponent.numerator, exponent.denominator
    if q == 1:
        if p == 2:
            return b * b
        if p == -1:
            return finite(np.divide(1.0, b))
        if p == -2:
            return finite(np.divide(1.0, b * b))
        if p == 3:
            return b * b * b
        if p == 0:
            return b * 0.0 + 1.0
        return np.power(b, float(p)) if p > 0 else finite(np.power(b, float(p)))
    if q == 2:
        if p == 1:
            return np.sqrt(b)
        if p == -1:
            return finite(np.divide(1.0, np.sqrt(b)))
    if q % 2:
        root = np.cbrt(b) if q == 3 else np.copysign(np.power(np.abs(b), 1 / q), b)
        if p == 1:
            return root
        if q != 3:
            root = np.power(np.abs(b), p / q)
            root = np.copysign(root, b) if p % 2 else root
        else:
            root = np.power(root, float(p))
    else:
        # p/q may be rounded to a whole number: of x^(10⁻⁴⁰⁰) a float sees x⁰
        root = np.where(np.greater_equal(b, 0.0), np.power(b, p / q), math.nan)
    return root if p > 0 else finite(root)


def power(v: list[Array], a: tuple[int, ...], x: Fraction, run: Run) -> Array:
    return literal_power(v[a[0]], x)


def integer_power(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    """b^k; NumPy's nan⁰ = 1 is not ours."""
    base, exponent = v[a[0]], v[a[1]]
    return finite(np.power(np.asarray(base, dtype=float), exponent)) + (base + exponent) * 0.0


def real_power(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    base, exponent = np.where(np.less(v[a[0]], 0.0), math.nan, v[a[0]]), v[a[1]]
    return finite(np.power(base, exponent)) + (base + exponent) * 0.0


def summed(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Run) -> Array:
    return np.add.reduce(v[a[0]], axis=x)


def contracted(factors: list[Array], plan: Contraction, run: Run) -> Array:
    entries_here = 1
    for axis in plan.union:
        entries_here *= run.length(axis)
    points = max(f.shape[0] for f in factors)
    if entries_here * points <= IN_CACHE:
        out: Any = None
        for factor, lay in zip(factors, plan.views, strict=True):
            laid = factor if lay is None else factor[lay]
            out = laid if out is None else out * laid
        return np.add.reduce(out, axis=plan.positions)
    operands: list[Any] = []
    for factor, labels in zip(factors, plan.labels, strict=True):
        operands += (factor, labels)
    return np.einsum(*operands, plan.out_labels)  # type: ignore[call-overload]


def contract(v: list[Array], a: tuple[int, ...], x: Contraction, run: Run) -> Array:
    return contracted([v[k] for k in a], x, run)


def product(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Run) -> Array:
    return np.multiply.reduce(v[a[0]], axis=x)


def largest(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Run) -> Array:
    return np.maximum.reduce(v[a[0]], axis=x)


def smallest(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Run) -> Array:
    return np.minimum.reduce(v[a[0]], axis=x)


def logsumexp(v: list[Array], a: tuple[int, ...], x: tuple[int, ...], run: Run) -> Array:
    z = v[a[0]]
    top = np.maximum.reduce(z, axis=x, keepdims=True)
    return np.log(np.add.reduce(np.exp(z - top), axis=x)) + top.reshape(
        [s for k, s in enumerate(top.shape) if k not in x]
    )


# ---------------------------------------------------------------- conditions: 1, 0, or nan where undefined


RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def relation(v: list[Array], a: tuple[int, ...], x: str, run: Run) -> Array:
    left, right = v[a[0]], v[a[1]]
    return RELATIONS[x](left, right) + (left - right) * 0.0


def all_of(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    """False if one is false, else undefined if one is undefined."""
    out, known = v[a[0]], v[a[0]]
    for k in a[1:]:
        out, known = np.minimum(out, v[k]), np.fmin(known, v[k])
    return np.where(np.equal(known, 0.0), 0.0, out)


def any_of(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    """True if one is true, else undefined if one is undefined."""
    out, known = v[a[0]], v[a[0]]
    for k in a[1:]:
        out, known = np.maximum(out, v[k]), np.fmax(known, v[k])
    return np.where(np.equal(known, 1.0), 1.0, out)


def opposite(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    return 1.0 - v[a[0]]


def choose(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    """The first case that holds."""
    n = len(a)
    out: Array = v[a[-1]] if n % 2 else math.nan
    for k in range(n - n % 2 - 2, -1, -2):
        holds = v[a[k]]
        out = np.where(holds, v[a[k + 1]], out) + holds * 0.0
    return out


# ---------------------------------------------------------------- matrices


def _each(matrix: np.ndarray, act: Callable[[np.ndarray], np.ndarray], empty: np.ndarray) -> np.ndarray:
    """A LAPACK routine on a stack that may hold singular matrices."""
    try:
        return act(matrix)
    except np.linalg.LinAlgError:
        flat = matrix.reshape(-1, *matrix.shape[-2:])
        results = np.full((flat.shape[0], *empty.shape), math.nan)
        for k, one in enumerate(flat):
            try:
                results[k] = act(one)
            except np.linalg.LinAlgError:
                continue
        return results.reshape(matrix.shape[:-2] + empty.shape)


def inverse_of(matrix: np.ndarray) -> np.ndarray:
    """A⁻¹; nan where singular."""
    poisoned = np.logical_not(np.isfinite(matrix).all(axis=(-2, -1)))
    if np.any(poisoned):
        matrix = np.where(np.asarray(poisoned)[..., None, None], np.eye(matrix.shape[-1]), matrix)
    out = _each(matrix, np.linalg.inv, np.empty(matrix.shape[-2:]))
    conditioned = np.abs(matrix).sum(-2).max(-1) * np.abs(out).sum(-2).max(-1)
    singular = np.logical_or(poisoned, np.logical_not(conditioned * SINGULAR < 1.0))
    return np.where(np.asarray(singular)[..., None, None], math.nan, out)


def inverse(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    return inverse_of(v[a[0]])


def determinant(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    return np.linalg.det(v[a[0]])


def log_determinant(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
    sign, value = np.linalg.slogdet(v[a[0]])
    return np.where(sign > 0, finite(value), math.nan)


# ---------------------------------------------------------------- functions


def unknown(z: Array, name: str, order: int) -> Array:
    """The fixed smooth function that stands for an unknown one: Σ a sin(b z + c), or its derivative of that order."""
    out: Array = 0.0
    for amplitude, rate, phase in unknown_terms(name):
        turned = float(rate) * z + float(phase)
        wave = np.cos(turned) if order % 2 else np.sin(turned)
        out = out + float(amplitude) * float(rate) ** order * (-1.0) ** (order // 2) * wave
    return out


def apply(v: list[Array], a: tuple[int, ...], x: tuple[str, int], run: Run) -> Array:
    z = v[a[0]]
    if len(a) > 1:
        z = sum(float(w) * v[k] for w, k in zip(unknown_weights(x[0], len(a)), a, strict=True))
    return unknown(z, *x)


_FACTORIALS = np.array([float(math.factorial(k)) for k in range(171)])


def factorial(z: Array) -> Array:
    z = np.asarray(z, dtype=float)
    whole = np.logical_and.reduce((z >= 0, z == np.floor(z), z <= 170))
    return np.where(whole, _FACTORIALS[np.where(whole, z, 0).astype(int)], math.nan)


def entrywise(f: Callable[[float], float]) -> Callable[[Array], Array]:
    """A function of single numbers over all entries."""

    def over_all(z: Array) -> Array:
        z = np.asarray(z, dtype=float)
        return np.array([f(t) for t in z.ravel().tolist()]).reshape(z.shape)

    return over_all


def _lgamma(z: float) -> float:
    return math.lgamma(z) if 0 < z < math.inf else math.nan


def _digamma(z: float) -> float:
    """ψ(z) = ψ(z + 1) - 1/z up to z ≥ 12, then log z - 1/(2z) - Σ_k B_2k/(2k z^2k)."""
    if not 0 < z < math.inf:
        return math.nan
    below = 0.0
    while z < 12:
        below, z = below - 1 / z, z + 1
    return below + math.log(z) - 0.5 / z - _series(_DIGAMMA, 1 / (z * z))


def _trigamma(z: float) -> float:
    """ψ'(z) = ψ'(z + 1) + 1/z² up to z ≥ 12, then 1/z + 1/(2z²) + Σ_k B_2k/z^(2k+1)."""
    if not 0 < z < math.inf:
        return math.nan
    below = 0.0
    while z < 12:
        below, z = below + 1 / (z * z), z + 1
    return below + 1 / z + 0.5 / (z * z) + _series(_TRIGAMMA, 1 / (z * z)) / z


def _series(coefficients: tuple[float, ...], x: float) -> float:
    """c_1 x + c_2 x² + …"""
    out = 0.0
    for c in reversed(coefficients):
        out = (out + c) * x
    return out


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_DIGAMMA = tuple(b / (2 * k) for k, b in enumerate(_BERNOULLI, 1))
_TRIGAMMA = _BERNOULLI


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": lambda z: finite(np.log(z)),
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": lambda z: finite(np.arctanh(z)),
    "abs": np.abs,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "erf": entrywise(math.erf),
    "erfc": entrywise(math.erfc),
    "lgamma": entrywise(_lgamma),
    "digamma": entrywise(_digamma),
    "trigamma": entrywise(_trigamma),
    "factorial": factorial,
    "sigmoid": lambda z: np.exp(-np.logaddexp(0.0, -z)),
    "softplus": lambda z: np.logaddexp(0.0, z),
    "log_sigmoid": lambda z: -np.logaddexp(0.0, -z),
    "relu": lambda z: np.maximum(z, 0.0),
    "elu": lambda z, a: np.where(np.greater(z, 0.0), z, a * np.expm1(np.minimum(z, 0.0))) + z * 0.0,
}
"""Every function that is not run as its definition (`Atom.composed`); max and min take any number."""

SLOPES: Mapping[str, Callable[[Any, Any], Any]] = {
    "exp": lambda z, y: y,
    "log": lambda z, y: np.divide(1.0, z),
    "sin": lambda z, y: np.cos(z),
    "cos": lambda z, y: np.sin(z),
    "tan": lambda z, y: 1.0 + y * y,
    "asin": lambda z, y: np.divide(1.0, np.sqrt(1.0 - z * z)),
    "acos": lambda z, y: np.divide(1.0, np.sqrt(1.0 - z * z)),
    "atan": lambda z, y: 1.0 / (1.0 + z * z),
    "sinh": lambda z, y: np.cosh(z),
    "cosh": lambda z, y: np.sinh(z),
    "tanh": lambda z, y: 1.0 - y * y,
    "asinh": lambda z, y: 1.0 / np.sqrt(1.0 + z * z),
    "acosh": lambda z, y: np.divide(1.0, np.sqrt(z * z - 1.0)),
    "atanh": lambda z, y: np.divide(1.0, 1.0 - z * z),
    "abs": lambda z, y: 1.0,
    "sign": lambda z, y: 0.0,
    "floor": lambda z, y: 0.0,
    "ceil": lambda z, y: 0.0,
    "erf": lambda z, y: 1.13 * np.exp(-z * z),
    "erfc": lambda z, y: 1.13 * np.exp(-z * z),
    "lgamma": lambda z, y: 1.0 / z + np.abs(np.log(z)),
    "digamma": lambda z, y: 1.0 / (z * z) + 1.0 / z,
    "trigamma": lambda z, y: 2.0 / (z * z * z) + 1.0 / (z * z),
    "factorial": lambda z, y: 0.0,
    "sigmoid": lambda z, y: y * (1.0 - y),
    "softplus": lambda z, y: 1.0,
    "log_sigmoid": lambda z, y: 1.0,
    "relu": lambda z, y: 1.0,
}
"""Slopes (up to sign) that carry an argument's error to the value; at a jump the caller's balls decide."""


def _extreme(pairwise: Callable[[Any, Any], Any]) -> Callable[..., Array]:
    def run_over(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
        out = v[a[0]]
        for k in a[1:]:
            out = pairwise(out, v[k])
        return out

    return run_over


def _one(f: Callable[..., Any]) -> Callable[..., Array]:
    return lambda v, a, x, run: f(v[a[0]])


def _two(f: Callable[..., Any]) -> Callable[..., Array]:
    return lambda v, a, x, run: f(v[a[0]], v[a[1]])


OPERATIONS: Mapping[str, Callable[..., Array]] = {
    "VIEW": view,
    "ELEM": elem,
    "GATHER": gather,
    "ENTRY": entry,
    "SPREAD": spread,
    "INDEX": index_value,
    "DELTA": delta,
    "SIZE": size_value,
    "ADD": add,
    "MUL": mul,
    "NEG": negative,
    "POWER": power,
    "INTEGER_POWER": integer_power,
    "REAL_POWER": real_power,
    "SUM": summed,
    "CONTRACT": contract,
    "PROD": product,
    "MAX": largest,
    "MIN": smallest,
    "LOGSUMEXP": logsumexp,
    "REL": relation,
    "AND": all_of,
    "OR": any_of,
    "NOT": opposite,
    "CASES": choose,
    "INV": inverse,
    "DET": determinant,
    "LOGDET": log_determinant,
    "APPLY": apply,
    "max": _extreme(np.maximum),
    "min": _extreme(np.minimum),
    **{name: _two(f) if name == "elu" else _one(f) for name, f in FUNCTIONS.items()},
}


# ---------------------------------------------------------------- error scales


def _times(slope: Array, error: Array) -> Array:
    """|slope|·error, 0 where the error is 0 (an infinite slope does no harm to an exact argument)."""
    return np.where(np.equal(error, 0.0), 0.0, np.abs(slope) * error)


def scale_of(kind: str, v: list[Array], e: list[Array], a: tuple[int, ...], x: Any, out: int, run: Run) -> Array:
    """The error scale of one operation from the values and scales of its operands.

    Sums carry Σ scale + Σ|term|, products the product rule, functions |slope|·scale, each plus its own rounding
    |value|.
    """
    value = v[out]
    match kind:
        case "SIZE" | "INDEX" | "DELTA" | "NOT" | "REL" | "AND" | "OR":
            if kind == "REL":
                gap, unsure = np.abs(v[a[0]] - v[a[1]]), 8 * UNIT * (e[a[0]] + e[a[1]])
                return np.where(np.less(gap, unsure), math.inf, 0.0)
            return np.maximum.reduce(np.broadcast_arrays(0.0, *(e[k] for k in a))) if a else 0.0
        case "ELEM" | "GATHER":
            errors = run.scale(x[0])
            if isinstance(errors, float):
                return 0.0
            if kind == "GATHER":
                return entries(errors, (), x[1], x[2], run, 0.0)
            return errors if len(x) == 3 else pick(errors, x[1], x[2], x[3], run)
        case "VIEW":
            return e[a[0]][x] if isinstance(e[a[0]], np.ndarray) and e[a[0]].ndim else e[a[0]]
        case "SPREAD":
            return spread(e, a, x, run)
        case "ENTRY":
            return entries(e[a[0]], x[0], x[1], x[2], run, 0.0)
        case "NEG":
            return e[a[0]]
        case "ADD":
            return sum(e[k] + np.abs(v[k]) for k in a)
        case "MUL":
            total: Array = (len(a) - 1) * np.abs(value)
            before: list[Array] = [1.0]
            for k in a[:-1]:
                before.append(before[-1] * np.abs(v[k]))
            after: Array = 1.0
            for k, first in zip(reversed(a), reversed(before), strict=True):
                total = total + _times(first * after, e[k])
                after = after * np.abs(v[k])
            return total
        case "SUM":
            errors = e[a[0]] + np.abs(v[a[0]])
            return np.add.reduce(errors, axis=x) * 2
        case "CONTRACT":
            sizes = [np.abs(v[k]) for k in a]
            total = contracted(sizes, x, run) * 2
            for n, k in enumerate(a):
                if isinstance(e[k], np.ndarray) and e[k].ndim:
                    total = total + contracted(
                        [
                            *sizes[:n],
                            np.broadcast_to(e[k], np.broadcast_shapes(e[k].shape, v[k].shape)),
                            *sizes[n + 1 :],
                        ],
                        x,
                        run,
                    )
            return total
        case "PROD":
            base = np.abs(v[a[0]])
            swollen = np.multiply.reduce(base + UNIT * e[a[0]], axis=x) - np.abs(value)
            return swollen / UNIT + np.abs(value) * 4
        case "MAX" | "MIN" | "LOGSUMEXP":
            errors = np.broadcast_to(e[a[0]], v[a[0]].shape)
            return np.maximum.reduce(errors, axis=x) + (np.abs(value) + 4 if kind == "LOGSUMEXP" else 0.0)
        case "POWER":
            p = float(x)
            slope = np.where(np.equal(v[a[0]], 0.0), 1.0 if p >= 1 else math.inf, p * np.divide(value, v[a[0]]))
            return _times(slope, e[a[0]]) + np.abs(value) * 2
        case "INTEGER_POWER" | "REAL_POWER":
            base, exponent = v[a[0]], v[a[1]]
            slope = np.where(np.equal(base, 0.0), 1.0, exponent * np.divide(value, base))
            return _times(slope, e[a[0]]) + _times(value * np.log(np.abs(base)), e[a[1]]) + np.abs(value) * 2
        case "CASES":
            n = len(a)
            total = e[a[-1]] if n % 2 else 0.0
            for k in range(n - n % 2 - 2, -1, -2):
                total = np.where(v[a[k]], e[a[k + 1]], total) + e[a[k]]
            return total
        case "max" | "min":
            return np.maximum.reduce(np.broadcast_arrays(*(np.asarray(e[k], dtype=float) for k in a)))
        case "APPLY":
            weights = unknown_weights(x[0], len(a)) if len(a) > 1 else (1,)
            spread_out = sum(abs(float(w)) * e[k] for w, k in zip(weights, a, strict=True))
            terms = unknown_terms(x[0])
            steep = sum(abs(float(r * b ** (x[1] + 1))) for r, b, _ in terms)
            tall = sum(abs(float(r * b ** x[1])) for r, b, _ in terms)
            return steep * spread_out + 4 * tall * (1.0 + sum(np.abs(v[k]) for k in a))
        case "INV" | "DET" | "LOGDET":
            matrix = v[a[0]]
            n = matrix.shape[-1]
            back = np.abs(value if kind == "INV" else inverse_of(matrix))
            moved = e[a[0]] + n * np.abs(matrix)
            if kind == "INV":
                return n * (back @ moved @ back)
            relative = n * np.einsum("...ij,...ji->...", back, np.broadcast_to(moved, back.shape))
            if kind == "LOGDET":
                return relative + np.abs(value)
            rows = np.multiply.reduce(np.sqrt(np.add.reduce(matrix * matrix, axis=-1)), axis=-1)
            return np.where(np.isnan(relative), n * n * rows, relative * np.abs(value))
        case "floor" | "ceil" | "sign":
            # within rounding of a jump the value is not known
            jump = np.round(v[a[0]]) if kind != "sign" else 0.0
            return np.where(np.less(np.abs(v[a[0]] - jump), 8 * UNIT * e[a[0]]), math.inf, 0.0)
        case "lgamma" | "digamma" | "trigamma":  # sums, of terms that are larger than the value near its zeros
            return _times(SLOPES[kind](v[a[0]], value), e[a[0]]) + 8 * (np.abs(value) + np.abs(np.log(v[a[0]])) + 1)
        case "elu":
            return e[a[0]] * np.maximum(1.0, np.abs(v[a[1]])) + e[a[1]] * np.abs(v[a[0]]) + np.abs(value) * 2
        case _:
            return _times(SLOPES[kind](v[a[0]], value), e[a[0]]) + np.abs(value) * 2


# ---------------------------------------------------------------- running


def run_values(made: Program, run: Run) -> list[Array]:
    """Every slot of a program."""
    v: list[Array] = list(made.template)
    table = OPERATIONS
    for out, kind, a, x, _ in made.ops:
        v[out] = table[kind](v, a, x, run)
    return v


def _run_scales(made: Program, v: list[Array], run: Run) -> list[Array]:
    e: list[Array] = [0.0] * made.slots
    for slot, value in made.constants:
        exact = (
            isinstance(value, Fraction)
            and math.isfinite(made.template[slot] or 0.0)
            and Fraction(made.template[slot] or 0.0) == value
        )
        e[slot] = 0.0 if exact else abs(made.template[slot] or 0.0)
    for out, kind, a, x, _ in made.ops:
        e[out] = scale_of(kind, v, e, a, x, out, run)
    return e


def full(value: Array, made: Program, points: int, run: Run) -> np.ndarray:
    """The value with every axis asked for, at full length."""
    shape = (points, *(run.length(i) for i in made.order))
    value = np.asarray(value)
    if value.shape == shape:
        return value
    if value.ndim > 0 and len(made.out_axes) != len(made.order):
        value = value[(slice(None), *(slice(None) if i in made.out_axes else None for i in made.order))]
    return np.broadcast_to(value, shape)


def evaluate_tree(
    node: Node, names: Names | None, assignment: Assignment, order: tuple[Index, ...], scaled: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """The value of a tree over all points, and its error scale where asked for."""
    made = program(node, names, order)
    portion = _portion(made, assignment)
    if portion is not None:
        parts = [
            evaluate_tree(node, names, assignment.part(k, k + portion), order, scaled)
            for k in range(0, assignment.points, portion)
        ]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]) if scaled else None  # type: ignore[misc]
    points, run = assignment.points, Run(assignment, names)
    with np.errstate(all="ignore"):
        v = run_values(made, run)
        value = full(v[made.out], made, points, run)
        if not scaled:
            return value, None
        e = _run_scales(made, v, run)
        return value, full(e[made.out], made, points, run)


def evaluate_together(made: Sequence[Program], names: Names | None, assignment: Assignment) -> list[np.ndarray]:
    """The values of programs that share their operations, over all points."""
    portion = _portion(made[0], assignment)
    if portion is not None:
        parts = [
            evaluate_together(made, names, assignment.part(k, k + portion))
            for k in range(0, assignment.points, portion)
        ]
        return [np.concatenate(p) for p in zip(*parts, strict=True)]
    run = Run(assignment, names)
    with np.errstate(all="ignore"):
        v = run_values(made[0], run)
        return [full(v[m.out], m, assignment.points, run) for m in made]


def _portion(made: Program, assignment: Assignment) -> int | None:
    """As many points at a time as memory allows; None where all fit. Raises `TooMuchWork`."""
    largest, total = made.elements(assignment.sizes) if made.spans else (1, 1)
    if largest > LARGEST:
        raise TooMuchWork(largest, LARGEST)
    if total * assignment.points > WORK:
        raise TooMuchWork(total * assignment.points, WORK)
    spend(1 + total * assignment.points // SPENT)
    portion = max(1, min(LARGEST // largest, HELD // total))
    return portion if portion < assignment.points else None


def _names(formula: Formula, assignment: Assignment) -> Names | None:
    return formula.names if formula.names is not None else assignment.names


def evaluate(formula: Formula, assignment: Assignment) -> np.ndarray:
    """The value at every point: (points, *free sizes, *axes sizes); nan where undefined. A condition gives 1, 0 or nan.

    Raises `Unevaluable` (a derivative not carried out, a name without values) and `TooMuchWork`.
    """
    return evaluate_tree(formula.body, _names(formula, assignment), assignment, formula.free + formula.axes, False)[0]


def evaluate_with_scale(formula: Formula, assignment: Assignment) -> tuple[np.ndarray, np.ndarray]:
    """The value and its error scale: a difference below a few 2⁻⁵³·scale is rounding; inf where a condition is too
    close to tell."""
    value, scale = evaluate_tree(
        formula.body, _names(formula, assignment), assignment, formula.free + formula.axes, True
    )
    assert scale is not None
    return value, scale


def evaluate_node(node: Node, names: Names | None, assignment: Assignment, order: tuple[Index, ...] = ()) -> np.ndarray:
    """The value of a tree over the given free indices: (points, *sizes of order)."""
    return evaluate_tree(node, names, assignment, order, False)[0]


def work(formula: Formula, sizes: Mapping[str, int]) -> tuple[int, int]:
    """Entries of the largest intermediate and of all together, at one point: counted, nothing computed. Definitions not
    included."""
    return program(formula.body, formula.names, formula.free + formula.axes).elements(sizes)
