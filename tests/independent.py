"""An evaluator of the tests' own: formulas at 60 digits by mpmath, on draws of Python's generator. It shares no code with the judge."""

from __future__ import annotations

import random
from itertools import product

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


class World:
    """One point: sizes and values of the inputs, drawn once; nodes follow from their definitions."""

    def __init__(self, names: Names, seed: int, also: set[str] = frozenset()):
        rng = random.Random(seed)
        self.names = names
        wanted = sorted({*names.sizes, *also, *(s for r in names.values() if r.definition is not None for s in sizes_in(r.definition.body))})
        self.sizes = dict(zip(wanted, rng.sample(range(2, 2 + max(3, len(wanted))), len(wanted)), strict=True))
        self.values: dict[tuple[str, tuple[int, ...]], mp.mpf] = {}
        self.known: dict[tuple[str, tuple[int, ...]], mp.mpf] = {}
        for row in names.inputs():
            self._draw(row, rng)

    def size(self, size) -> int:
        return size if isinstance(size, int) else self.sizes[size]

    def _draw(self, row, rng: random.Random) -> None:
        shape = [self.size(s) for s in row.sizes]
        every = list(product(*(range(1, s + 1) for s in shape)))
        domain = row.domain
        for at in every:
            self.values[row.name, at] = self._number(domain, rng)
        if domain.structure in ("simplex", "onehot"):
            for head in product(*(range(1, s + 1) for s in shape[:-1])):
                weights = [mp.mpf(rng.randint(1, 9)) for _ in range(shape[-1])]
                chosen = rng.randrange(shape[-1])
                for k in range(shape[-1]):
                    self.values[row.name, (*head, k + 1)] = weights[k] / sum(weights) if domain.structure == "simplex" else mp.mpf(k == chosen)
        if domain.structure in ("symmetric", "posdef", "invertible", "orthonormal"):
            n, m = shape
            a = mp.matrix(n, m)
            for i, j in product(range(n), range(m)):
                a[i, j] = mp.mpf(rng.randint(-9, 9)) / 4
            if domain.structure == "symmetric":
                a = a + a.T
            elif domain.structure == "posdef":
                a = a * a.T + mp.eye(n)
            elif domain.structure == "invertible":
                a = a + 7 * mp.eye(n)
            else:
                a = mp.qr(a, mode="skinny")[0]
            for i, j in product(range(n), range(m)):
                self.values[row.name, (i + 1, j + 1)] = a[i, j]

    @staticmethod
    def _number(domain, rng: random.Random) -> mp.mpf:
        if domain.values:
            return mp.mpf(rng.choice(domain.values))
        if domain.integer:
            return mp.mpf(rng.randint(1, 6))
        x = mp.mpf(rng.randint(1, 31)) / 8 + mp.mpf(rng.randint(1, 7)) / 1024
        low, high = domain.low, domain.high
        if low is not None and high is not None:
            return mp.mpf(low.numerator) / low.denominator + (x / 4) * mp.mpf((high - low).numerator) / (high - low).denominator
        if high is not None:
            return -x
        return x if low is not None else x * rng.choice((1, -1))

    # ------------------------------------------------------------ values

    def index(self, at, env) -> int:
        terms, const = affine_terms(at)
        return const + sum(c * (env[t] if isinstance(t, Index) else self.sizes[t]) for t, c in terms)

    def elem(self, name: str, at: tuple[int, ...]) -> mp.mpf:
        if (name, at) in self.values:
            return self.values[name, at]
        if (name, at) not in self.known:
            definition = self.names[name].definition if name in self.names else None
            if definition is None:
                raise Undefined(name)
            self.known[name, at] = self.value(definition.body, dict(zip(definition.free + definition.axes, at, strict=True)))
        return self.known[name, at]

    def every(self, indices, env):
        for at in product(*(range(1, self.size(i.size) + 1) for i in indices)):
            yield {**env, **dict(zip(indices, at, strict=True))}

    def value(self, node: Node, env) -> mp.mpf:
        match node:
            case Num(v):
                return mp.mpf(v.numerator) / v.denominator
            case Const(name):
                return mp.e if name == "e" else mp.pi
            case SizeVal(size):
                return mp.mpf(self.sizes[size])
            case IndexVal(at):
                return mp.mpf(self.index(at, env))
            case Elem(name, at):
                return self.elem(name, tuple(self.index(a, env) for a in at))
            case Add(args):
                return mp.fsum(self.value(a, env) for a in args)
            case Mul(args):
                return mp.fprod(self.value(a, env) for a in args)
            case Pow(a, b):
                return self.power(self.value(a, env), self.value(b, env), b)
            case Delta(a, b):
                return mp.mpf(self.index(a, env) == self.index(b, env))
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
                return {"sum": mp.fsum, "prod": mp.fprod, "max": max, "min": min, "logsumexp": lambda v: mp.log(mp.fsum(map(mp.exp, v)))}[op](values)
            case MatrixAtom(op, row, col, body, at):
                n = self.size(row.size)
                m = mp.matrix(n, n)
                for i, j in product(range(n), range(n)):
                    m[i, j] = self.value(body, {**env, row: i + 1, col: j + 1})
                det = mp.det(m)
                if op == "det":
                    return det
                if abs(det) < mp.mpf(10) ** -30 or (op == "logdet" and det < 0):
                    raise Undefined("singular")
                return mp.log(det) if op == "logdet" else (m**-1)[self.index(at[0], env) - 1, self.index(at[1], env) - 1]
            case _:
                raise Undefined(type(node).__name__)

    @staticmethod
    def power(a, b, node):
        if a == 0 and b < 0:
            raise Undefined("1/0")
        if a < 0 and not (isinstance(node, Num) and node.value.denominator == 1) and b != int(b):
            if isinstance(node, Num) and node.value.denominator % 2:
                return (-1 if node.value.numerator % 2 else 1) * (-a) ** b
            raise Undefined("root")
        return a ** (int(b) if b == int(b) else b)

    @staticmethod
    def call(fn, v):
        z = v[0]
        if fn == "log" and z <= 0:
            raise Undefined("log")
        own = {
            "abs": abs, "relu": lambda z: max(z, mp.mpf(0)), "sigmoid": lambda z: 1 / (1 + mp.exp(-z)), "softplus": lambda z: mp.log(1 + mp.exp(z)),
            "log_sigmoid": lambda z: -mp.log(1 + mp.exp(-z)), "sign": mp.sign, "leaky_relu": lambda z, a: z if z > 0 else a * z,
            "elu": lambda z, a: z if z > 0 else a * (mp.exp(z) - 1), "max": lambda *a: max(a), "min": lambda *a: min(a), "factorial": mp.factorial,
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


def agree(a: Formula, b: Formula, names: Names, points: int = 20, seed: int = 0) -> bool | None:
    """Whether two formulas over slots of the same sizes agree at every point where both have a value; None where none was found."""
    seen = 0
    with mp.workdps(DIGITS):
        for k in range(points):
            world = World(names, seed * 1000 + k, set(sizes_in(a.body) | sizes_in(b.body)))
            left, right = a.free + a.axes, b.free + b.axes
            if [i.size for i in left] != [i.size for i in right]:
                return False
            for env in world.every(left, {}):
                other = {j: env[i] for i, j in zip(left, right, strict=True)}
                try:
                    x, y = world.value(a.body, env), world.value(b.body, other)
                except (Undefined, ZeroDivisionError, OverflowError):
                    continue
                seen += 1
                if abs(x - y) > mp.mpf(10) ** -40 * (1 + abs(x) + abs(y)):
                    return False
    return True if seen else None
