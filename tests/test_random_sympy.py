"""SymPy expressions at random, as nobody wrote them for us: what they are read as has the value that SymPy's own `doit`
gives them at fixed sizes."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import BlockMatrix, Derivative, IndexedBase, MatrixSymbol, Piecewise, Product, Rational, Sum, Symbol, Trace

from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.formula import Formula
from derivations.formula.sizes import Sizes
from derivations.sympy_bridge import NoSympy

x, y, b = Symbol("x", real=True), Symbol("y", real=True), Symbol("b", positive=True)
n, m = sympy.symbols("n m", integer=True, positive=True)
VALUES = {"n": 3, "m": 2}
X, Z, W = IndexedBase("X", shape=(n,)), IndexedBase("Z", shape=(n, m)), IndexedBase("W", shape=(2 * n,))
A, B = MatrixSymbol("A", n, n), MatrixSymbol("B", n, m)
u, v = MatrixSymbol("u", n, 1), MatrixSymbol("v", m, 1)
SHIFTED = A + 3 * sympy.Identity(n)
OF_MATRICES = (
    *(Trace(A), Trace(A * A.T), (u.T * A * u)[0, 0], Trace(u.T * B * v), A[0, 0], sympy.Determinant(SHIFTED)),
    *((sympy.Inverse(SHIFTED) * u)[0, 0], Trace(B[:, 0].T * u), Trace(sympy.HadamardProduct(A, A.T))),
    Trace(BlockMatrix([[A, B], [B.T, sympy.Identity(m)]])),
    Trace(BlockMatrix([[u], [v]]).T * BlockMatrix([[u], [v]])),
)
Bound = tuple[tuple[Symbol, Any], ...]
"""Indices in whose sums an expression stands, each with the size of the axes that it may run along."""


def leaf(rng: random.Random, bound: Bound) -> Any:
    along = {size: [i for i, s in bound if s == size] for size in (n, m, 2 * n)}
    choices = [x, y, b, sympy.Integer(2), Rational(1, 3), *(i for i, _ in bound)]
    choices += [X[i] for i in along[n]] * 3 + [X[n - i + 1] for i in along[n]] + [W[i] for i in along[2 * n]] * 3
    choices += [Z[i, j] for i in along[n] for j in along[m]] * 3
    return rng.choice(choices)


def binder(rng: random.Random, depth: int, bound: Bound) -> Any:
    i, size = (
        Symbol(f"{rng.choice('ijkl')}{len(bound)}_{rng.randrange(10**6)}", integer=True),
        rng.choice([n, m, 2 * n]),
    )
    ends = [(1, size), (1, size - 1), (2, size), (0, size - 1), (-1, 2), (n, n + m), (-n, n)]
    low, high = rng.choice(ends)
    if bound and bound[-1][1] == size and rng.random() < 0.3:
        low, high = 1, bound[-1][0]
    inner = expression(rng, depth, (*bound, (i, size if low in (1, 2) else None)))
    return (Sum if rng.random() < 0.85 else Product)(inner, (i, low, high))


def expression(rng: random.Random, depth: int, bound: Bound = ()) -> Any:
    if depth <= 0:
        return leaf(rng, bound)

    def e() -> Any:
        return expression(rng, depth - 1, bound)

    made = (
        *(lambda: e() + e(), lambda: e() * e(), lambda: e() - 2 * e(), lambda: sympy.sin(e())),
        *(lambda: sympy.exp(sympy.tanh(e())), lambda: sympy.log(1 + e() ** 2), lambda: sympy.sqrt(1 + e() ** 2)),
        *(lambda: sympy.Max(e(), e()), lambda: sympy.Min(e(), e(), y), lambda: sympy.Abs(e()), lambda: sympy.sign(e())),
        lambda: Piecewise((e(), e() > e()), (e(), sympy.And(e() < 1, e() >= 0)), (e(), True)),
        lambda: sympy.Heaviside(e() - e()) + sympy.Subs(sympy.sin(x) * x, x, e()),
        lambda: Derivative(e(), rng.choice([x, y])),
        lambda: sympy.KroneckerDelta(bound[0][0], bound[-1][0]) * e() if len(bound) > 1 and bound[0][1] else e(),
        lambda: rng.choice(OF_MATRICES) * e(),
        *[lambda: binder(rng, depth - 1, bound)] * 4,
    )
    return rng.choice(made)()


def theirs(e: Any, at: dict[str, np.ndarray], from_zero: set[str]) -> float:
    """The value by SymPy alone."""
    numbers = {s: VALUES[s.name] for s in (n, m)}
    e = e.subs(numbers)
    shapes = {s.name: tuple(map(int, s.shape)) for s in e.atoms(MatrixSymbol)}
    given = {s: sympy.Matrix(at[s.name].reshape(shapes[s.name]).tolist()) for s in e.atoms(MatrixSymbol)}
    e = e.xreplace(given).doit()
    places = {
        p: float(at[str(p.base.label)][tuple(int(k) - (str(p.base.label) not in from_zero) for k in p.indices)])
        for p in e.atoms(sympy.Indexed)
    }
    e = e.xreplace(places)
    return float(sympy.N(e.xreplace({s: float(at[s.name]) for s in e.free_symbols})))


def compared(seed: int) -> str:
    """`agrees`, or why nothing was compared."""
    rng = random.Random(seed)
    try:
        made = expression(rng, rng.choice([2, 3]))
    except (TypeError, ValueError, RecursionError):
        return "SymPy does not build it"
    try:
        formula = Formula.from_sympy(made)
    except NoSympy as refusal:
        return f"refused: {refusal}"
    sizes, draw = Sizes({s: VALUES[s] for s in formula.names.sizes}), np.random.default_rng(seed)
    at = {r.name: draw.uniform(0.3, 1.7, [sizes[s] for s in r.sizes]) for r in formula.names.inputs()}  # type: ignore[index]
    try:
        want = theirs(
            made, at, {name for note in formula.notes for name in at if f"entries of {name} " in note.message}
        )
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        return f"SymPy does not evaluate it: {type(error).__name__}"
    batch = {name: value[None] for name, value in at.items()}
    found = floats.evaluate(formula, Assignment(sizes, batch, 1, formula.names))
    assert np.allclose(np.ravel(found)[0], want, 1e-6, 1e-9, equal_nan=True), (seed, made)
    return "agrees"


def most_agree(seeds: range) -> None:
    found = [compared(seed) for seed in seeds]
    assert found.count("agrees") > 0.8 * len(found)
    assert sum(f.startswith("refused") for f in found) < 0.05 * len(found), {f for f in found if "refused" in f}


@pytest.mark.long
def test_expressions_at_random_have_the_value_that_sympy_gives_them():
    most_agree(range(100))


@pytest.mark.soak
def test_many_expressions_at_random_have_the_value_that_sympy_gives_them():
    most_agree(range(1_000, 4_000))
