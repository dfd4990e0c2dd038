"""Formulas in ball arithmetic (python-flint's `arb`) at one exact point: what decides.

    evaluate(formula, sizes, exact_values, at, bits)    a ball that holds the true value, UNDEFINED, or UNDECIDED;
                                                        where inputs are balls themselves, what is so for all values in
                                                        them
    compare_at(a, b, sizes, exact_values, position)     different, close, or why neither can be said, with growing
                                                        precision

The program of `floats` runs on arrays of balls. A condition holds only when the balls decide it; where they do not at
this precision, what depends on it is UNDECIDED. UNDEFINED means undefined for certain: 1/0 with an exact 0, log of a
ball below 0, an exactly singular rational matrix, an index out of range, no case that holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from derivations.atoms import ATOMS, Atom, Rule
from derivations.domains import Names
from derivations.evaluate import floats
from derivations.evaluate.compiler import program
from derivations.evaluate.draw import Assignment, unknown_terms, unknown_weights
from derivations.evaluate.exact import operations, run_exactly
from derivations.evaluate.marks import UNDECIDED, UNDEFINED, Mark
from derivations.evaluate.program import Contraction, Program, TooMuchWork, Unevaluable, definition_of
from derivations.formula import Call, Const, Elem, Formula, Index, Mul, Node, Num, Pow
from derivations.frozen import frozen

Ball = Any
"""An `arb`, a Mark, or (for a condition) a bool or a Mark."""

PRECISIONS = (64, 256, 512, 1024, 2048)
LARGEST_BALLS = 1 << 17
"""Entries of one intermediate: a ball operation costs about 0.2 µs, so this is some 20 ms."""
WORK_BALLS = 1 << 20
"""Entries of all intermediates, those of functions counted many times; of many bits in proportion fewer."""
PLAIN_BITS, DEAR = 256, 16
LARGEST_EXPONENT = 1 << 20


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Sets flint's working precision and puts it back."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def ball(value: Fraction | int) -> arb:
    """An exact rational as a ball of the working precision."""
    return arb(value) if isinstance(value, int) else arb(fmpq(value.numerator, value.denominator))


# ---------------------------------------------------------------- operations on single balls


def strict(f: Callable[..., Ball]) -> Callable[..., Ball]:
    """f on balls; a Mark among the arguments is the result, and what is not finite is undecided."""

    def guarded(*args: Ball) -> Ball:
        found = None
        for a in args:
            if isinstance(a, Mark):
                if a is UNDEFINED:
                    return UNDEFINED
                found = a
        if found is not None:
            return found
        out = f(*args)
        return out if isinstance(out, Mark) or out.is_finite() else UNDECIDED

    return guarded


def divide(a: arb, b: arb) -> Ball:
    if b.is_zero():
        return UNDEFINED
    return UNDECIDED if b.contains(0) else a / b


def rational_power(b: arb, exponent: Fraction) -> Ball:
    """b^(p/q): whole powers; real roots of odd order; of other negative numbers none."""
    p, q = exponent.numerator, exponent.denominator
    if p == 0:
        return arb(1)
    if abs(p) > LARGEST_EXPONENT or q > LARGEST_EXPONENT:
        if not b > 0:
            return UNDEFINED if b < 0 and q % 2 == 0 else UNDECIDED
        return b ** ball(exponent)
    if b.is_zero():
        return arb(0) if p > 0 else UNDEFINED
    if q > 1:
        if b > 0:
            b = b.sqrt() if q == 2 else b.root(q)
        elif b < 0:
            if q % 2 == 0:
                return UNDEFINED
            b = -((-b).root(q))
        else:
            return UNDECIDED
    return b**p if p > 0 else divide(arb(1), b ** (-p))


def integer_power(b: arb, e: arb) -> Ball:
    whole = e.unique_fmpz()
    return UNDECIDED if whole is None or not e.is_exact() else rational_power(b, Fraction(int(whole)))


def real_power(b: arb, e: arb) -> Ball:
    if b < 0:
        return UNDEFINED
    if b.is_zero():
        if e > 0:
            return arb(0)
        return arb(1) if e.is_zero() else UNDEFINED if e < 0 else UNDECIDED
    return b**e if b > 0 else UNDECIDED


def log(z: arb) -> Ball:
    return z.log() if z > 0 else UNDEFINED if z <= 0 else UNDECIDED


def _between(f: Callable[[arb], arb]) -> Callable[[arb], Ball]:
    """f on [-1, 1]."""

    def on(z: arb) -> Ball:
        if z > 1 or z < -1:
            return UNDEFINED
        return f(z) if z <= 1 and z >= -1 else UNDECIDED

    return on


def _above_zero(f: Callable[[arb], arb]) -> Callable[[arb], Ball]:
    return lambda z: f(z) if z > 0 else UNDEFINED if z <= 0 else UNDECIDED


def acosh(z: arb) -> Ball:
    return z.acosh() if z >= 1 else UNDEFINED if z < 1 else UNDECIDED


def atanh(z: arb) -> Ball:
    if z >= 1 or z <= -1:
        return UNDEFINED
    return z.atanh() if z < 1 and z > -1 else UNDECIDED


def sign(z: arb) -> Ball:
    return arb(1) if z > 0 else arb(-1) if z < 0 else arb(0) if z.is_zero() else UNDECIDED


def factorial(z: arb) -> Ball:
    if z < 0 or not z.contains_integer():
        return UNDEFINED
    whole = z.unique_fmpz()
    return (
        arb.fac_ui(int(whole)) if z.is_exact() and whole is not None and 0 <= whole <= LARGEST_EXPONENT else UNDECIDED
    )


def _step(f: Callable[[arb], arb]) -> Callable[[arb], Ball]:
    """floor or ceil: a whole number, or undecided where a ball holds a jump."""

    def on(z: arb) -> Ball:
        out = f(z)
        return out if out.is_exact() else UNDECIDED

    return on


def piecewise(z: arb, below: arb) -> Ball:
    """z for z > 0, else `below`; the hull of both where undecided (both are continuous at 0)."""
    return z if z > 0 else below if z <= 0 else z.union(below)


FUNCTIONS: Mapping[str, Callable[..., Ball]] = {
    "exp": lambda z: z.exp(),
    "log": log,
    "sin": lambda z: z.sin(),
    "cos": lambda z: z.cos(),
    "tan": lambda z: divide(z.sin(), z.cos()),
    "asin": _between(lambda z: z.asin()),
    "acos": _between(lambda z: z.acos()),
    "atan": lambda z: z.atan(),
    "sinh": lambda z: z.sinh(),
    "cosh": lambda z: z.cosh(),
    "tanh": lambda z: z.tanh(),
    "asinh": lambda z: z.asinh(),
    "acosh": acosh,
    "atanh": atanh,
    "abs": lambda z: abs(z),
    "sign": sign,
    "floor": _step(arb.floor),
    "ceil": _step(arb.ceil),
    "erf": lambda z: z.erf(),
    "erfc": lambda z: z.erfc(),
    "lgamma": _above_zero(arb.lgamma),
    "digamma": _above_zero(arb.digamma),
    "trigamma": _above_zero(lambda z: arb(2).zeta(z)),
    "factorial": factorial,
    "max": lambda *z: _fold(arb.max, z),
    "min": lambda *z: _fold(arb.min, z),
    "sigmoid": lambda z: 1 / (1 + (-z).exp()),
    "softplus": lambda z: z.exp().log1p(),
    "log_sigmoid": lambda z: -(-z).exp().log1p(),
    "relu": lambda z: z.max(arb(0)),
    "elu": lambda z, a: piecewise(z, a * z.expm1()),
}


def _fold(f: Callable[[arb, arb], arb], args: tuple[arb, ...]) -> arb:
    out = args[0]
    for a in args[1:]:
        out = f(out, a)
    return out


def unknown(z: arb, name: str, order: int) -> arb:
    """The same Σ a sin(b z + c) as in floats, or its derivative."""
    out = arb(0)
    for amplitude, rate, phase in unknown_terms(name):
        turned = ball(rate) * z + ball(phase)
        wave = turned.cos() if order % 2 else turned.sin()
        out = out + ball(amplitude * rate**order * (-1) ** (order // 2)) * wave
    return out


# ---------------------------------------------------------------- conditions


def relation(op: str, a: Ball, b: Ball) -> Ball:
    if isinstance(a, Mark) or isinstance(b, Mark):
        return UNDEFINED if a is UNDEFINED or b is UNDEFINED else UNDECIDED
    match op:
        case "<":
            return True if a < b else False if a >= b else UNDECIDED
        case "<=":
            return True if a <= b else False if a > b else UNDECIDED
        case ">":
            return relation("<", b, a)
        case ">=":
            return relation("<=", b, a)
        case "==":
            return True if a == b else False if a != b else UNDECIDED
        case _:
            return negate(relation("==", a, b))


def negate(c: Ball) -> Ball:
    return c if isinstance(c, Mark) else not c


def all_of(*conditions: Ball) -> Ball:
    if any(c is False for c in conditions):
        return False
    marks = [c for c in conditions if isinstance(c, Mark)]
    return True if not marks else UNDECIDED if UNDECIDED in marks else UNDEFINED


def any_of(*conditions: Ball) -> Ball:
    return negate(all_of(*(negate(c) for c in conditions)))


def choose(*parts: Ball) -> Ball:
    """The first case that holds."""
    for k in range(0, len(parts) - 1, 2):
        holds = parts[k]
        if isinstance(holds, Mark):
            return holds
        if holds:
            return parts[k + 1]
    return parts[-1] if len(parts) % 2 else UNDEFINED


# ---------------------------------------------------------------- operations on arrays of balls


MOST_OPERANDS = 32
"""More operands than this no ufunc takes: they are laid out and taken one entry at a time."""


def _map(f: Callable[..., Ball], *args: Any) -> Any:
    if len(args) <= MOST_OPERANDS:
        return np.frompyfunc(f, len(args), 1)(*args)
    laid = np.empty(np.broadcast_shapes(*(np.shape(a) for a in args)), dtype=object)
    columns = [np.broadcast_to(np.asarray(a, dtype=object), laid.shape).reshape(-1) for a in args]
    flat = laid.reshape(-1)
    for k in range(flat.size):
        flat[k] = f(*(c[k] for c in columns))
    return laid if laid.shape else laid.item()


def _each(f: Callable[..., Ball]) -> Callable[..., Any]:
    return lambda v, a, x, run: _map(f, *(v[k] for k in a))


def _reduced(f: Callable[[Ball, Ball], Ball]) -> Callable[..., Any]:
    two = np.frompyfunc(f, 2, 1)

    def reduce(v: list[Any], a: tuple[int, ...], x: tuple[int, ...], run: Any) -> Any:
        out = v[a[0]]
        for axis in sorted(x, reverse=True):
            out = two.reduce(out, axis=axis)
        return out

    return reduce


def _plus(a: Ball, b: Ball) -> Ball:
    return a + b


def _times(a: Ball, b: Ball) -> Ball:
    return a * b


_add_balls, _mul_balls = np.frompyfunc(_plus, 2, 1), np.frompyfunc(_times, 2, 1)


def _sum(v: list[Any], a: tuple[int, ...], x: tuple[int, ...], run: Any) -> Any:
    out = v[a[0]]
    for axis in sorted(x, reverse=True):
        out = _add_balls.reduce(out, axis=axis)
    return out


def _fold_with(two: Any) -> Callable[..., Any]:
    def folded(v: list[Any], a: tuple[int, ...], x: Any, run: Any) -> Any:
        out = v[a[0]]
        for k in a[1:]:
            out = two(out, v[k])
        return out

    return folded


def _laid(v: list[Any], a: tuple[int, ...], x: Contraction) -> Any:
    out: Any = None
    for k, lay in zip(a, x.views, strict=True):
        laid = v[k] if lay is None else v[k][lay]
        out = laid if out is None else _mul_balls(out, laid)
    return out


def _contract(v: list[Any], a: tuple[int, ...], x: Contraction, run: Any) -> Any:
    out = _laid(v, a, x)
    for axis in sorted(x.positions, reverse=True):
        out = _add_balls.reduce(out, axis=axis)
    return out


def _power(v: list[Any], a: tuple[int, ...], x: Fraction, run: Any) -> Any:
    return _map(strict(lambda b: rational_power(b, x)), v[a[0]])


def _relation(v: list[Any], a: tuple[int, ...], x: str, run: Any) -> Any:
    return _map(lambda l, r: relation(x, l, r), v[a[0]], v[a[1]])


def _logsumexp(v: list[Any], a: tuple[int, ...], x: tuple[int, ...], run: Any) -> Any:
    out = _map(strict(lambda z: z.exp()), v[a[0]])
    for axis in sorted(x, reverse=True):
        out = _add_balls.reduce(out, axis=axis)
    return _map(strict(log), out)


def _apply(v: list[Any], a: tuple[int, ...], x: tuple[str, int], run: Any) -> Any:
    if len(a) == 1:
        return _map(strict(lambda z: unknown(z, *x)), v[a[0]])
    weights = [ball(w) for w in unknown_weights(x[0], len(a))]

    def of_several(*z: arb) -> arb:
        return unknown(sum((w * t for w, t in zip(weights, z, strict=True)), arb(0)), *x)

    return _map(strict(of_several), *(v[k] for k in a))


def _index(v: list[Any], a: tuple[int, ...], x: Any, run: floats.Run) -> Any:
    position = run.position(x[0], x[1])
    return _map(lambda k: arb(int(k)), position)[None] if x[1] else arb(int(position))


def _delta(v: list[Any], a: tuple[int, ...], x: Any, run: floats.Run) -> Any:
    same = run.position(x[0], x[2]) == run.position(x[1], x[2])
    return _map(lambda t: arb(int(t)), same)[None] if x[2] else arb(int(same))


def _gather(v: list[Any], a: tuple[int, ...], x: Any, run: floats.Run) -> Any:
    return floats.entries(run.tensor(x[0]), (), x[1], x[2], run, UNDEFINED)


def _entry(v: list[Any], a: tuple[int, ...], x: Any, run: floats.Run) -> Any:
    return floats.entries(v[a[0]], x[0], x[1], x[2], run, UNDEFINED)


# ---------------------------------------------------------------- matrices


def _matrix(act: Callable[[arb_mat, list[arb]], Any], square: bool) -> Callable[..., Any]:
    """A routine on the last two axes."""

    def on(v: list[Any], a: tuple[int, ...], x: Any, run: Any) -> Any:
        stack = v[a[0]]
        n = stack.shape[-1]
        flat = stack.reshape(-1, n * n)
        out = np.empty((flat.shape[0], n * n) if square else (flat.shape[0],), dtype=object)
        for k, cells in enumerate(flat):
            marks = [c for c in cells if isinstance(c, Mark)]
            if marks:
                out[k] = UNDEFINED if UNDEFINED in marks else UNDECIDED
                continue
            cells = cells.tolist()
            result = act(arb_mat(n, n, cells), cells)
            out[k] = result.entries() if isinstance(result, arb_mat) else result
        return out.reshape(stack.shape if square else stack.shape[:-2])

    return on


def _singular(cells: list[arb]) -> bool:
    """Whether a matrix of exact entries is singular for certain."""
    if not all(c.is_exact() for c in cells):
        return False
    n = math.isqrt(len(cells))
    return fmpq_mat(n, n, [c.fmpq() for c in cells]).det() == 0


def _inv(matrix: arb_mat, cells: list[arb]) -> Any:
    try:
        return matrix.inv()
    except ZeroDivisionError:
        return UNDEFINED if _singular(cells) else UNDECIDED


def _det(matrix: arb_mat, cells: list[arb]) -> Ball:
    det = matrix.det()
    return arb(0) if det.contains(0) and _singular(cells) else det


def _logdet(matrix: arb_mat, cells: list[arb]) -> Ball:
    return log(_det(matrix, cells))


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "VIEW": floats.view,
    "ELEM": floats.elem,
    "GATHER": _gather,
    "ENTRY": _entry,
    "SPREAD": floats.spread,
    "INDEX": _index,
    "DELTA": _delta,
    "SIZE": lambda v, a, x, run: arb(run.size(x)),
    "ADD": _fold_with(_add_balls),
    "MUL": _fold_with(_mul_balls),
    "NEG": _each(lambda z: -z),
    "POWER": _power,
    "INTEGER_POWER": _each(strict(integer_power)),
    "REAL_POWER": _each(strict(real_power)),
    "SUM": _sum,
    "CONTRACT": _contract,
    "PROD": _reduced(_times),
    "MAX": _reduced(strict(arb.max)),
    "MIN": _reduced(strict(arb.min)),
    "LOGSUMEXP": _logsumexp,
    "REL": _relation,
    "AND": _each(all_of),
    "OR": _each(any_of),
    "NOT": _each(negate),
    "CASES": _each(choose),
    "INV": _matrix(_inv, True),
    "DET": _matrix(_det, False),
    "LOGDET": _matrix(_logdet, False),
    "APPLY": _apply,
    **{name: _each(strict(f)) for name, f in FUNCTIONS.items()},
}


# ---------------------------------------------------------------- running


class Sight:
    """Whether everything that went into a value could be seen in it.

    1000! + y is 1000! in balls of 2,048 bits, whatever y is; tanh 10⁶ is 1; e^(-e^(e^30)) is a ball around 0, and so is
    its double.
    """

    __slots__ = ("lost",)

    def __init__(self) -> None:
        self.lost = False

    def look(self, kind: str, v: list[Any], a: tuple[int, ...], x: Any, out: Any) -> None:
        """Note where an operation has become its own limit, or is wider than what went into it."""
        if kind in FUNCTIONS or kind == "APPLY":
            self.lost |= bool(np.any(_map(_unknown, out)))
        if kind in LIMITS:
            self.lost |= bool(np.any(_map(LIMITS[kind], *(v[k] for k in a), out)))
        elif kind == "ADD":
            self.lost |= any(_swallowed(v[k], out) for k in a)
        elif kind == "SUM":
            self.lost |= _swallowed(v[a[0]], np.expand_dims(np.asarray(out, dtype=object), x))
        elif kind == "LOGSUMEXP":
            self.lost |= _swallowed(_map(_exp, v[a[0]]), np.expand_dims(_map(_exp, np.asarray(out, dtype=object)), x))
        elif kind == "CONTRACT" and len(a) > 0:
            self.lost |= _swallowed(_laid(v, a, x), np.expand_dims(np.asarray(out, dtype=object), x.positions))


def _exp(z: Ball) -> Ball:
    return z.exp() if isinstance(z, arb) else z


def _unknown(out: Ball) -> bool:
    """Whether of a value no digit is known, and not because it is 0: sin(2³⁰⁰⁰ z) is anything from -1 to 1."""
    return isinstance(out, arb) and out.contains(0) and out.rad() > UNKNOWN


UNKNOWN = 2.0**-32


def _reaches(*limits: Callable[[arb], Any]) -> Callable[..., bool]:
    """Whether a value is no longer told from one of the limits of its function."""

    def reached(*balls: Ball) -> bool:
        out = balls[-1]
        return (
            isinstance(out, arb)
            and isinstance(balls[0], arb)
            and not out.is_exact()
            and any(out.overlaps(arb(limit(balls[0]))) for limit in limits)
        )

    return reached


def _near_zero(limit: Callable[[arb], Any]) -> Callable[..., bool]:
    """Whether the value at a small number is no longer told from a limit there, as e^(10⁻⁴⁰⁰) from 1, sin z from z."""

    def lost(*balls: Ball) -> bool:
        z, out = balls[0], balls[-1]
        small = isinstance(z, arb) and not z.contains(0) and z.abs_upper() < NEAR_ZERO
        return bool(small and isinstance(out, arb) and not out.is_exact() and out.overlaps(arb(limit(z))))

    return lost


def _either(*rules: Callable[..., bool]) -> Callable[..., bool]:
    return lambda *balls: any(rule(*balls) for rule in rules)


def _power_lost(b: Ball, *rest: Ball) -> bool:
    """Whether b^e is no longer told from 0, or, of another b than ±1, from b⁰."""
    out = rest[-1]
    if not isinstance(b, arb) or not isinstance(out, arb) or b.contains(0):
        return False
    return out.contains(0) or (not out.is_exact() and out.overlaps(arb(1)) and not abs(b).overlaps(arb(1)))


NEAR_ZERO = 2.0**-16


def _loss(row: Atom) -> Callable[..., bool]:
    """Whether a value is no longer told from what the row says the function tends to."""
    far = _reaches(*(_of_argument(rule) for rule in row.far))
    if row.near is None:
        return far
    near = _near_zero(_of_argument(row.near))
    return _either(far, near) if row.far else near


def _of_argument(rule: Rule) -> Callable[[arb], Any]:
    """A rule of the table on balls."""
    tree = rule(_ARGUMENT)

    def value(node: Node, z: arb) -> Any:
        match node:
            case Num(number):
                return ball(number)
            case Elem():
                return z
            case Const(name):
                return arb.pi() if name == "pi" else arb.const_e()
            case Mul(args):
                return math.prod(value(a, z) for a in args)
            case Pow(base, exponent):
                return value(base, z) ** value(exponent, z)
            case Call(fn, args):
                return FUNCTIONS[fn](*(value(a, z) for a in args))
        raise AssertionError(node)

    return lambda z: value(tree, z)


_ARGUMENT = Elem("z")
LIMITS: Mapping[str, Callable[..., bool]] = {
    "POWER": _power_lost,
    "INTEGER_POWER": _power_lost,
    "REAL_POWER": _power_lost,
    **{name: _loss(row) for name, row in ATOMS.items() if name in FUNCTIONS and (row.far or row.near)},
}
"""Functions that become a constant, or their argument, far out or at 0: what is left of it is no longer seen."""


def _swallowed(terms: Any, out: Any) -> bool:
    return bool(
        np.any(
            _map(
                lambda t, s: (
                    isinstance(t, arb) and isinstance(s, arb) and not t.contains(0) and t.abs_lower() <= s.rad()
                ),
                terms,
                out,
            )
        )
    )


class BallRun(floats.Run):
    """The exact inputs as balls, and the nodes computed from them, at one precision."""

    __slots__ = ("exact", "sight")

    def __init__(
        self,
        assignment: Assignment,
        names: Names | None,
        exact: Mapping[str, Any],
        fixed: Mapping[Index, int],
        sight: Sight | None = None,
    ):
        super().__init__(assignment, names, fixed)
        self.exact = exact
        self.sight = sight

    def rational(self, name: str) -> np.ndarray | None:
        """An input in rationals; None for a node, for balls, and for one that is no float: at x = 1/3 a tie with 1/3 is
        one of measure zero."""
        given = self.exact.get(name)
        if given is None or isinstance(given, tuple) or (isinstance(given, np.ndarray) and given.dtype == object):
            return None
        return _tensor(given, _rational)

    def tensor(self, name: str) -> np.ndarray:
        cache = self.assignment.cache
        found = cache.get(name)
        if found is None:
            if name in self.exact:
                found = _tensor(self.exact[name])
            else:
                definition = definition_of(name, self.names)
                if definition is None:
                    raise Unevaluable(f"{name} has no values")
                cache[name] = "open"
                names = (
                    definition.names if definition.names is not None and name not in definition.names else self.names
                )
                found = _evaluate(
                    definition.body,
                    names,
                    BallRun(self.assignment, names, self.exact, {}, self.sight),
                    definition.free + definition.axes,
                )
            cache[name] = found
        elif isinstance(found, str):
            raise Unevaluable(f"{name} is defined by itself")
        return found


def _tensor(
    nested: Any, make: Callable[[Any], Any] = lambda c: ball(c) if isinstance(c, Fraction) else arb(c)
) -> np.ndarray:
    """Inputs as balls: nested lists of rationals, arrays as in `Assignment.at`, arrays of balls."""
    if isinstance(nested, np.ndarray):
        made = np.empty(nested.size, dtype=object)
        made[:] = [make(c) for c in nested.ravel().tolist()]
        return made.reshape(1, *nested.shape)
    if isinstance(nested, tuple):
        above, below = np.asarray(nested[0]), nested[1]
        made = np.empty(above.size, dtype=object)
        made[:] = [make(fmpq(c, below)) for c in above.ravel().tolist()]
        return made.reshape(1, *above.shape)
    shape: list[int] = []
    level = nested
    while isinstance(level, (list, tuple)):
        shape.append(len(level))
        level = level[0] if level else 0
    cells: list[Any] = [nested]
    for _ in shape:
        cells = [c for row in cells for c in row]
    out = np.empty(len(cells), dtype=object)
    out[:] = [make(Fraction(c)) for c in cells]
    return out.reshape(1, *shape)


def _rational(value: Any) -> fmpq:
    if isinstance(value, fmpq):
        return value
    exact = Fraction(value)
    return fmpq(exact.numerator, exact.denominator)


def _evaluate(node: Node, names: Names | None, run: BallRun, order: tuple[Index, ...]) -> np.ndarray:
    made: Program = program(node, names, order)
    if made.spans:
        largest, total = _spanned(made, run)
        if largest > LARGEST_BALLS:
            raise TooMuchWork(largest, LARGEST_BALLS)
        if total * max(1, ctx.prec // PLAIN_BITS) > WORK_BALLS:
            raise TooMuchWork(total, WORK_BALLS)
    v: list[Any] = [None] * made.slots
    for slot, value in made.constants:
        v[slot] = ball(value) if isinstance(value, Fraction) else arb.const_e() if value == "e" else arb.pi()
    exactly: list[Any] | None = None
    for out, kind, a, x, _ in made.ops:
        v[out] = OPERATIONS[kind](v, a, x, run)
        if kind in DECIDING and _undecided(v[out]):
            exactly = exactly or run_exactly(made, run, EXACT, _spanned(made, run)[0])
            if exactly is not None:
                v[out] = _map(
                    lambda z, q: z if z is not UNDECIDED else q if isinstance(q, bool | Mark) else arb(q),
                    v[out],
                    exactly[out],
                )
        if run.sight is not None:
            run.sight.look(kind, v, a, x, v[out])
    value = np.asarray(v[made.out], dtype=object)
    return floats.full(value, made, 1, run)


DECIDING = frozenset({"REL", "floor", "ceil", "sign"})
"""Where a ball that holds the boundary says nothing, and a rational number does."""
EXACT = operations(OPERATIONS)


def _undecided(value: Any) -> bool:
    return value is UNDECIDED or (isinstance(value, np.ndarray) and any(z is UNDECIDED for z in value.flat))


def _spanned(made: Program, run: BallRun) -> tuple[int, int]:
    """What `Program.elements` counts, with the fixed indices at length one, and functions for what they cost."""
    largest = total = 1
    for _, kind, _, x, axes in made.ops:
        entries = math.prod(run.length(i) for i in (x.union if isinstance(x, Contraction) else axes))
        largest, total = max(largest, entries), total + entries * (DEAR if kind in FUNCTIONS else 1)
    return largest, total


def evaluate_all(
    formula: Formula,
    sizes: Mapping[str, int],
    exact_values: Mapping[str, Any],
    bits: int = 64,
    at: Mapping[Index, int] | None = None,
    names: Names | None = None,
    sight: Sight | None = None,
) -> np.ndarray:
    """The entries over all free indices and axes (one entry along those fixed by `at`): an object array of balls and
    Marks."""
    names = formula.names if formula.names is not None else names
    assignment = Assignment(dict(sizes), {}, 1, names)
    with precision(bits):
        out = _evaluate(
            formula.body, names, BallRun(assignment, names, exact_values, at or {}, sight), formula.free + formula.axes
        )
        return out.reshape(out.shape[1:])


def evaluate(
    formula: Formula,
    sizes: Mapping[str, int],
    exact_values: Mapping[str, Any],
    at: Mapping[Index, int] | None = None,
    bits: int = 64,
    names: Names | None = None,
    sight: Sight | None = None,
) -> Ball:
    """One entry: every free index and axis has its value in `at`. A ball, UNDEFINED or UNDECIDED; a bool for a
    condition.

    Raises `Unevaluable` and `TooMuchWork`.
    """
    out = evaluate_all(formula, sizes, exact_values, bits, at, names, sight)
    if out.size != 1:
        raise ValueError("evaluate gives one entry: every free index and axis needs its value in `at`")
    return out.reshape(-1)[0]


@frozen
class Outcome:
    """What balls say about two values at one point.

    different           the balls are disjoint
    close               they overlap and are narrow: equal to `digits` decimal digits
    left_undefined      only the left is undefined, for certain (`right_undefined` likewise)
    undefined           both are undefined
    undecided           precision ran out before any of these could be said
    """

    kind: Literal["different", "close", "left_undefined", "right_undefined", "undefined", "undecided"]
    left: Ball
    right: Ball
    bits: int
    digits: int = 0


CLOSE_BITS = 160
"""Overlapping balls count as close when each is known to this accuracy, 48 digits (relative; absolute where a ball
holds zero)."""


def compare_at(
    a: Formula,
    b: Formula,
    sizes: Mapping[str, int],
    exact_values: Mapping[str, Any],
    position: tuple[int, ...] = (),
    most_bits: int = 2048,
    precisions: Sequence[int] = PRECISIONS,
    close: int = CLOSE_BITS,
    in_full: bool = False,
) -> Outcome:
    """The two formulas at one point and one entry, with growing precision until something is certain; `close` bits in
    common end it.

    `in_full`: only where no term of a sum was too small to be seen in it.
    """
    slots_a, slots_b = a.free + a.axes, b.free + b.axes
    at_a, at_b = dict(zip(slots_a, position, strict=True)), dict(zip(slots_b, position, strict=True))
    left = right = UNDECIDED
    bits = precisions[0]
    for bits in precisions:
        if bits > most_bits:
            break
        sight = Sight() if in_full else None
        left = evaluate(a, sizes, exact_values, at_a, bits, sight=sight)
        right = evaluate(b, sizes, exact_values, at_b, bits, sight=sight)
        said = _said(left, right, bits, close, sight is not None and sight.lost)
        if said is not None:
            return said
    return Outcome("undecided", left, right, min(bits, most_bits))


def compare_entries_at(
    a: Formula,
    b: Formula,
    sizes: Mapping[str, int],
    exact_values: Mapping[str, Any],
    precisions: Sequence[int] = PRECISIONS,
    close: int = CLOSE_BITS,
) -> tuple[Outcome, tuple[int, ...]]:
    """The same for all entries together, seen in full: the first that differs, else the first that is not settled, else
    one that is close, if there is one."""
    bits, found = precisions[0], (Outcome("undecided", UNDECIDED, UNDECIDED, precisions[0]), ())
    for bits in precisions:
        sight = Sight()
        left = evaluate_all(a, sizes, exact_values, bits, sight=sight)
        right = evaluate_all(b, sizes, exact_values, bits, sight=sight)
        best: tuple[Outcome, tuple[int, ...]] | None = None
        for at in np.ndindex(left.shape):
            said = _said(left[at], right[at], bits, close, sight.lost) or Outcome(
                "undecided", left[at], right[at], bits
            )
            if best is None or RANK[said.kind] > RANK[best[0].kind]:
                best = said, tuple(k + 1 for k in at)
        if best is None:
            break
        found = best
        if found[0].kind != "undecided":
            break
    return found


RANK = {"undefined": 0, "left_undefined": 1, "right_undefined": 1, "close": 2, "undecided": 3, "different": 4}


def _said(left: Ball, right: Ball, bits: int, close: int, lost: bool) -> Outcome | None:
    """What two balls say; None where more precision is needed."""
    if left is UNDEFINED or right is UNDEFINED:
        if left is right:
            return Outcome("undefined", left, right, bits)
        if left is not UNDECIDED and right is not UNDECIDED:
            return Outcome("left_undefined" if left is UNDEFINED else "right_undefined", left, right, bits)
        return None
    if left is UNDECIDED or right is UNDECIDED:
        return None
    if isinstance(left, bool) or isinstance(right, bool):
        return Outcome("close" if left == right else "different", left, right, bits)
    if not left.overlaps(right):
        return Outcome("different", left, right, bits)
    known = min(_accuracy(left), _accuracy(right))
    return Outcome("close", left, right, bits, int(min(known, bits) * 0.30103)) if known >= close and not lost else None


def _accuracy(z: arb) -> int:
    """Bits known, relative to the value, or absolutely where the ball holds zero."""
    if z.is_exact():
        return 10_000
    if z.contains(0):
        upper = z.abs_upper()
        if upper > 1 or not upper.is_finite():
            return 0
        bits = -float(upper.log()) / math.log(2) if upper > 0 else math.inf
        return int(min(max(0.0, bits), 10_000))
    return z.rel_accuracy_bits()
