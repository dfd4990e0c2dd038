"""An evaluator of the tests' own: formulas in exact rationals, or at 60 digits by mpmath, on draws of Python's
generator.

It shares no code with the judge.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath as mp

from derivations.domains import Names
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
    IndexVal,
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
    sizes_in,
)  # fmt: skip

DIGITS = 60


class Undefined(ArithmeticError):
    """No value here."""


class Inexact(ArithmeticError):
    """The value is no rational, or not known to be one."""


def inverse_and_det(rows: list[list[Any]]) -> tuple[list[list[Any]], Any]:
    """A⁻¹ and det A by elimination with the largest pivot; `Undefined` where a pivot is 0."""
    n = len(rows)
    work = [[*row, *(int(i == k) for k in range(n))] for i, row in enumerate(rows)]
    det: Any = 1
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(work[i][k]))
        if abs(work[best][k]) < 1e-30:
            raise Undefined("singular")
        if best != k:
            work[k], work[best], det = work[best], work[k], -det
        pivot = work[k][k]
        det *= pivot
        work[k] = [x / pivot for x in work[k]]
        for i in range(n):
            if i != k:
                work[i] = [x - work[i][k] * y for x, y in zip(work[i], work[k], strict=True)]
    return [row[n:] for row in work], det


class World:
    """One point: sizes and values of the inputs, drawn once; nodes follow from their definitions. `exact` computes in
    rationals."""

    def __init__(self, names: Names, seed: int, also: set[str] = frozenset(), exact: bool = False):
        rng = random.Random(seed)
        self.names = names
        self.exact = exact
        self.number: Callable[[int], Any] = Fraction if exact else mp.mpf
        wanted = sorted(
            {
                *names.sizes,
                *also,
                *(s for r in names.values() if r.definition is not None for s in sizes_in(r.definition.body)),
            }
        )
        self.sizes = dict(zip(wanted, rng.sample(range(2, 2 + max(3, len(wanted))), len(wanted)), strict=True))
        self.values: dict[tuple[str, tuple[int, ...]], Any] = {}
        self.known: dict[tuple[str, tuple[int, ...]], Any] = {}
        for row in names.inputs():
            self._draw(row, rng)

    def size(self, size) -> int:
        return size if isinstance(size, int) else self.sizes[size]

    def _draw(self, row, rng: random.Random) -> None:
        shape = [self.size(s) for s in row.sizes]
        every = list(product(*(range(1, s + 1) for s in shape)))
        domain = row.domain
        for at in every:
            self.values[row.name, at] = self._drawn(domain, rng)
        if domain.structure in ("simplex", "onehot"):
            for head in product(*(range(1, s + 1) for s in shape[:-1])):
                weights = [rng.randint(1, 9) for _ in range(shape[-1])]
                chosen = rng.randrange(shape[-1])
                for k in range(shape[-1]):
                    self.values[row.name, (*head, k + 1)] = (
                        self.number(weights[k]) / sum(weights)
                        if domain.structure == "simplex"
                        else self.number(int(k == chosen))
                    )
        if domain.structure in ("symmetric", "posdef", "invertible", "orthonormal"):
            self._draw_matrix(row.name, domain.structure, *shape, rng)

    def _draw_matrix(self, name: str, structure: str, n: int, m: int, rng: random.Random) -> None:
        a = [[self.number(rng.randint(-9, 9)) / 4 for _ in range(m)] for _ in range(n)]
        if structure == "orthonormal":
            if self.exact:
                raise Inexact(name)
            q = mp.qr(mp.matrix(a), mode="skinny")[0]
            a = [[q[i, j] for j in range(m)] for i in range(n)]
        elif structure == "symmetric":
            a = [[a[i][j] + a[j][i] for j in range(n)] for i in range(n)]
        elif structure == "posdef":
            a = [[sum(x * y for x, y in zip(a[i], a[j], strict=True)) + (i == j) for j in range(n)] for i in range(n)]
        else:
            a = [[a[i][j] + 7 * (i == j) for j in range(n)] for i in range(n)]
        for i, j in product(range(n), range(m)):
            self.values[name, (i + 1, j + 1)] = a[i][j]

    def _drawn(self, domain, rng: random.Random) -> Any:
        if domain.values:
            return self.number(rng.choice(domain.values))
        if domain.integer:
            return self.number(rng.randint(1, 6))
        x = self.number(128 * rng.randint(1, 31) + rng.randint(1, 7)) / 1024
        low, high = domain.low, domain.high
        if low is not None and high is not None:
            return (
                self.number(low.numerator) / low.denominator
                + (x / 4) * (high - low).numerator / (high - low).denominator
            )
        if high is not None:
            return -x
        return x if low is not None else x * rng.choice((1, -1))

    # ------------------------------------------------------------ values

    def index(self, at, env) -> int:
        if isinstance(at, Index):
            return env[at]
        terms, const = affine_terms(at)
        return const + sum(c * (env[t] if isinstance(t, Index) else self.sizes[t]) for t, c in terms)

    def elem(self, name: str, at: tuple[int, ...]) -> Any:
        if (name, at) in self.values:
            return self.values[name, at]
        if (name, at) not in self.known:
            definition = self.names[name].definition if name in self.names else None
            if definition is None:
                raise Undefined(name)
            self.known[name, at] = self.value(
                definition.body, dict(zip(definition.free + definition.axes, at, strict=True))
            )
        return self.known[name, at]

    def every(self, indices, env):
        for at in product(*(range(1, self.size(i.size) + 1) for i in indices)):
            yield {**env, **dict(zip(indices, at, strict=True))}

    def value(self, node: Node, env) -> Any:
        match node:
            case Num(v):
                return self.number(v.numerator) / v.denominator
            case Const(name):
                if self.exact:
                    raise Inexact(name)
                return mp.e if name == "e" else mp.pi
            case SizeVal(size):
                return self.number(self.sizes[size])
            case IndexVal(at):
                return self.number(self.index(at, env))
            case Elem(name, at):
                return self.elem(name, tuple(self.index(a, env) for a in at))
            case Add(args):
                return sum(self.value(a, env) for a in args)
            case Mul(args):
                return math.prod(self.value(a, env) for a in args)
            case Pow(a, b):
                return self.power(self.value(a, env), self.value(b, env), b)
            case Delta(a, b):
                return self.number(int(self.index(a, env) == self.index(b, env)))
            case Call(fn, args):
                return self.call(fn, [self.value(a, env) for a in args])
            case Cases(branches, otherwise):
                for condition, v in branches:
                    if self.holds(condition, env):
                        return self.value(v, env)
                if otherwise is None:
                    raise Undefined("no case")
                return self.value(otherwise, env)
            case Bound(op, indices, body):
                values = [self.value(body, e) for e in self.every(indices, env)]
                if op == "logsumexp":
                    return self.call("log", [sum(self.call("exp", [v]) for v in values)])
                return {"sum": sum, "prod": math.prod, "max": max, "min": min}[op](values)
            case MatrixAtom(op, row, col, body, at):
                n = range(1, self.size(row.size) + 1)
                inverse, det = inverse_and_det([[self.value(body, {**env, row: i, col: j}) for j in n] for i in n])
                if op == "det":
                    return det
                return (
                    self.call("log", [det])
                    if op == "logdet"
                    else inverse[self.index(at[0], env) - 1][self.index(at[1], env) - 1]
                )
            case _:
                raise Undefined(type(node).__name__)

    def power(self, a, b, node):
        if a == 0 and b < 0:
            raise Undefined("1/0")
        if b == int(b):
            return a ** int(b)
        if self.exact:
            raise Inexact("root")
        if a < 0:
            if isinstance(node, Num) and node.value.denominator % 2:
                return (-1 if node.value.numerator % 2 else 1) * (-a) ** b
            raise Undefined("root")
        return a**b

    def call(self, fn, v):
        rational = {
            "abs": abs, "relu": lambda z: max(z, self.number(0)), "sign": lambda z: self.number((z > 0) - (z < 0)),
            "leaky_relu": lambda z, a: z if z > 0 else a * z,
            "max": lambda *a: max(a), "min": lambda *a: min(a),
        }  # fmt: skip
        if fn in rational:
            return rational[fn](*v)
        z = v[0]
        if fn == "log" and z <= 0:
            raise Undefined("log")
        if self.exact:
            raise Inexact(fn)
        own = {
            "sigmoid": lambda z: 1 / (1 + mp.exp(-z)), "softplus": lambda z: mp.log(1 + mp.exp(z)),
            "log_sigmoid": lambda z: -mp.log(1 + mp.exp(-z)),
            "elu": lambda z, a: z if z > 0 else a * (mp.exp(z) - 1), "factorial": mp.factorial,
        }  # fmt: skip
        return (own.get(fn) or getattr(mp, fn))(*v)

    def holds(self, node: Node, env) -> bool:
        match node:
            case Rel(op, a, b):
                gap = self.value(a, env) - self.value(b, env)
                return {"<": gap < 0, "<=": gap <= 0, ">": gap > 0, ">=": gap >= 0, "==": gap == 0, "!=": gap != 0}[op]
            case And(args):
                return all(self.holds(a, env) for a in args)
            case Or(args):
                return any(self.holds(a, env) for a in args)
            case Not(arg):
                return not self.holds(arg, env)
            case _:
                raise Undefined(type(node).__name__)


Entry = tuple[World, dict, bool]
"""A point, an entry of the result there, and whether both formulas have the same value."""


TRIES = 20
"""Draws for one point where both formulas have a value: log(1 - x) has one at few."""


def entries(
    a: Formula, b: Formula, names: Names, points: int = 20, seed: int = 0, exact: bool = False, most: int | None = None
) -> Iterator[Entry]:
    """Every entry, or the `most` that are spread over all, at so many points where both formulas, over slots of the
    same sizes, have a value; raises `Inexact`."""
    left, right = a.free + a.axes, b.free + b.axes
    met = 0
    with mp.workdps(DIGITS):
        for k in range(points * TRIES):
            world = World(
                names,
                seed * 1000 + k,
                set(sizes_in(a.body) | sizes_in(b.body) | {i.size for i in right if isinstance(i.size, str)}),
                exact,
            )
            every = list(world.every(left, {}))
            defined = False
            for env in every[:: 1 if most is None else -(-len(every) // most)]:
                other = {j: env[i] for i, j in zip(left, right, strict=True)}
                try:
                    x, y = world.value(a.body, env), world.value(b.body, other)
                except (Undefined, ZeroDivisionError, OverflowError):
                    continue
                defined = True
                yield world, other, abs(x - y) <= (0 if exact else mp.mpf(10) ** -40 * (1 + abs(x) + abs(y)))
            met += defined
            if met == points:
                return


def agree(
    a: Formula, b: Formula, names: Names, points: int = 20, seed: int = 0, most: int | None = None
) -> bool | None:
    """Whether two formulas agree at every point where both have a value, in exact rationals where they are rational;
    None where none was found."""
    if [i.size for i in a.free + a.axes] != [i.size for i in b.free + b.axes]:
        return False
    for exact in (True, False):
        seen = None
        try:
            for _, _, same in entries(a, b, names, points, seed, exact, most):
                if not same:
                    return False
                seen = True
        except Inexact:
            continue
        return seen
    return None
