"""Floats and balls against a third evaluator: a recursion over the tree in mpmath that shares nothing with them."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from derivations.atoms import ATOMS
from derivations.domains import Declared, Names, parse_names
from derivations.evaluate import balls, draw, floats
from derivations.evaluate.balls import UNDECIDED, UNDEFINED
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.evaluate.splitmix import Stream
from derivations.formula import (
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    Affine,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Deriv,
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
    add,
    affine_terms,
    bound,
    call,
    div,
    indicator,
    mul,
    neg,
    num,
    power,
    sqrt,
    sub,
    total,
)

# ---------------------------------------------------------------- the reference


class Nothing(Exception):
    """Undefined."""


def position(at: Any, where: dict[Index, int], sizes: dict[str, int]) -> int:
    terms, const = affine_terms(at)
    return const + sum(c * (where[t] if isinstance(t, Index) else sizes[t]) for t, c in terms)


def rational(value: Fraction) -> Any:
    return mp.mpf(value.numerator) / value.denominator


def mp_power(base: Any, exponent: Any, integral: bool) -> Any:
    if isinstance(exponent, Fraction):
        p, q = exponent.numerator, exponent.denominator
        if p == 0:
            return mp.mpf(1)
        if base == 0:
            if p < 0:
                raise Nothing
            return mp.mpf(0)
        if base < 0:
            if q % 2 == 0:
                raise Nothing
            return (-1) ** p * mp.power(-base, rational(exponent))
        return mp.power(base, rational(exponent))
    if (base == 0 and exponent < 0) or (base < 0 and not integral):
        raise Nothing
    return mp.power(base, exponent)


def mp_inverse(z: Any) -> Any:
    if z == 0:
        raise Nothing
    return 1 / z


def guarded(f: Any, ok: Any) -> Any:
    def run(*z: Any) -> Any:
        if not ok(*z):
            raise Nothing
        return f(*z)

    return run


REFERENCE: dict[str, Any] = {
    "exp": mp.exp,
    "log": guarded(mp.log, lambda z: z > 0),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "cot": guarded(mp.cot, lambda z: z != 0),
    "sec": mp.sec,
    "csc": guarded(mp.csc, lambda z: z != 0),
    "asin": guarded(mp.asin, lambda z: abs(z) <= 1),
    "acos": guarded(mp.acos, lambda z: abs(z) <= 1),
    "atan": mp.atan,
    "normpdf": mp.npdf,
    "acot": lambda z: mp.atan(mp_inverse(z)),
    "asec": guarded(lambda z: mp.acos(1 / z), lambda z: abs(z) >= 1),
    "acsc": guarded(lambda z: mp.asin(1 / z), lambda z: abs(z) >= 1),
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "coth": guarded(mp.coth, lambda z: z != 0),
    "sech": mp.sech,
    "csch": guarded(mp.csch, lambda z: z != 0),
    "asinh": mp.asinh,
    "acosh": guarded(mp.acosh, lambda z: z >= 1),
    "atanh": guarded(mp.atanh, lambda z: abs(z) < 1),
    "abs": abs,
    "sign": mp.sign,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "erf": mp.erf,
    "factorial": guarded(mp.factorial, lambda z: z >= 0 and z == mp.floor(z)),
    "max": max,
    "min": min,
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "softplus": lambda z: mp.log(1 + mp.exp(z)),
    "log_sigmoid": lambda z: -mp.log(1 + mp.exp(-z)),
    "relu": lambda z: max(z, mp.mpf(0)),
    "leaky_relu": lambda z, a: z if z > 0 else a * z,
    "elu": lambda z, a: z if z > 0 else a * (mp.exp(z) - 1),
    "erfc": mp.erfc,
    "lgamma": guarded(mp.loggamma, lambda z: z > 0),
    "Gamma": guarded(mp.gamma, lambda z: z > 0),
    "stop_gradient": lambda z: z,
    "digamma": guarded(mp.digamma, lambda z: z > 0),
    "trigamma": guarded(lambda z: mp.psi(1, z), lambda z: z > 0),
    "silu": lambda z: z / (1 + mp.exp(-z)),
    "gelu": lambda z: z * mp.ncdf(z),
    "gelu_tanh": lambda z: z / (1 + mp.exp(-2 * mp.sqrt(2 / mp.pi) * (z + mp.mpf("0.044715") * z**3))),
    "mish": lambda z: z * mp.tanh(mp.log1p(mp.exp(z))),
    "hardtanh": lambda z: max(min(z, mp.mpf(1)), mp.mpf(-1)),
    "softsign": lambda z: z / (1 + abs(z)),
    "selu": lambda z: (
        mp.mpf("1.0507009873554804934193349852946")
        * (z if z > 0 else mp.mpf("1.6732632423543772848170429916717") * mp.expm1(z))
    ),
    "normcdf": mp.ncdf,
    "xlogy": lambda x, y: mp.mpf(0) if x == 0 else x * guarded(mp.log, lambda z: z > 0)(y),
}


class Reference:
    """Value of a tree at one exact point, entry by entry, without memory or cleverness."""

    def __init__(self, names: Names, sizes: dict[str, int], exact: dict[str, Any]):
        self.names, self.sizes, self.exact = names, sizes, exact

    def size(self, index: Index) -> int:
        return index.size if isinstance(index.size, int) else self.sizes[index.size]

    def __call__(self, node: Node, where: dict[Index, int]) -> Any:
        match node:
            case Num(value):
                return rational(value)
            case Const(name):
                return mp.e if name == "e" else mp.pi
            case SizeVal(size):
                return mp.mpf(self.sizes[size])
            case IndexVal(at):
                return mp.mpf(position(at, where, self.sizes))
            case Elem(name, at):
                return self.entry(name, [position(a, where, self.sizes) for a in at])
            case Add(args):
                return mp.fsum([self(a, where) for a in args])
            case Mul(args):
                return mp.fprod([self(a, where) for a in args])
            case Pow(base, Num(value)):
                return mp_power(self(base, where), value, True)
            case Pow(base, exponent):
                return mp_power(self(base, where), self(exponent, where), isinstance(exponent, IndexVal))
            case Call(fn, args):
                return REFERENCE[fn](*[self(a, where) for a in args])
            case Delta(a, b):
                return mp.mpf(position(a, where, self.sizes) == position(b, where, self.sizes))
            case Cases(branches, otherwise):
                for condition, value in branches:
                    if self.holds(condition, where):
                        return self(value, where)
                if otherwise is None:
                    raise Nothing
                return self(otherwise, where)
            case Bound(op, indices, body):
                values = [
                    self(body, {**where, **dict(zip(indices, at, strict=True))})
                    for at in itertools.product(*(range(1, self.size(i) + 1) for i in indices))
                ]
                match op:
                    case "sum":
                        return mp.fsum(values)
                    case "prod":
                        return mp.fprod(values)
                    case "max":
                        return max(values)
                    case "min":
                        return min(values)
                    case _:
                        return mp.log(mp.fsum([mp.exp(v) for v in values]))
            case MatrixAtom(op, row, col, body, at):
                n = self.size(row)
                matrix = mp.matrix(n, n)
                for i, j in itertools.product(range(n), repeat=2):
                    matrix[i, j] = self(body, {**where, row: i + 1, col: j + 1})
                if op == "inv":
                    i, j = (position(a, where, self.sizes) for a in at)
                    return mp.inverse(matrix)[i - 1, j - 1]
                det = mp.det(matrix)
                if op == "logdet" and det <= 0:
                    raise Nothing
                return det if op == "det" else mp.log(det)
            case _:
                raise AssertionError(node)

    def holds(self, node: Node, where: dict[Index, int]) -> bool:
        match node:
            case Rel(op, a, b):
                left, right = self(a, where), self(b, where)
                return {
                    "<": left < right,
                    "<=": left <= right,
                    ">": left > right,
                    ">=": left >= right,
                    "==": left == right,
                    "!=": left != right,
                }[op]
            case And(args):
                return all(self.holds(a, where) for a in args)
            case Or(args):
                return any(self.holds(a, where) for a in args)
            case Not(arg):
                return not self.holds(arg, where)
            case _:
                raise AssertionError(node)

    def entry(self, name: str, at: list[int]) -> Any:
        row = self.names[name]
        if row.definition is not None:
            slots = row.definition.free + row.definition.axes
            return self(row.definition.body, dict(zip(slots, at, strict=True)))
        value = self.exact[name]
        for k in at:
            if not 1 <= k <= len(value):
                raise Nothing
            value = value[k - 1]
        return rational(value)


def reference(formula: Formula, assignment: draw.Assignment, point: int) -> np.ndarray:
    """Every entry at one point, `None` where undefined."""
    names = formula.names
    run = Reference(names, assignment.sizes, assignment.exact(point))
    slots = formula.free + formula.axes
    shape = [run.size(i) for i in slots]
    out = np.empty(shape, dtype=object)
    with mp.workdps(60):
        for at in itertools.product(*(range(s) for s in shape)):
            try:
                out[at] = run(formula.body, dict(zip(slots, (k + 1 for k in at), strict=True)))
            except Nothing:
                out[at] = None
    return out


def agree(formula: Formula, assignment: draw.Assignment, points: list[int]) -> None:
    """Floats within their own error scale, balls around the reference, undefined in the same places."""
    values, scales = floats.evaluate_with_scale(formula, assignment)
    for point in points:
        expected = reference(formula, assignment, point)
        exact = balls.evaluate_all(formula, assignment.sizes, assignment.exact(point), 128)
        for at in itertools.product(*(range(s) for s in expected.shape)):
            want, got, near, scale = expected[at], exact[at], values[(point, *at)], scales[(point, *at)]
            if want is None:
                assert got is UNDEFINED, (formula.body, assignment.sizes, assignment.exact(point), at, got)
                assert math.isnan(near)
                continue
            with mp.workdps(60):
                if got is not UNDECIDED:
                    low, high = got.lower().man_exp(), got.upper().man_exp()
                    slack = mp.mpf(10) ** -50 * (1 + abs(want))
                    below, above = (mp.ldexp(mp.mpf(int(m)), int(e)) for m, e in (low, high))
                    assert below - slack <= want <= above + slack, (formula.body, got, want)
                if math.isfinite(near) and math.isfinite(scale):
                    assert abs(near - want) <= 4 * 2.0**-53 * scale + 1e-300, (formula.body, near, want, scale)
                else:
                    assert got is UNDECIDED or abs(want) > 1e100 or not math.isfinite(scale) or scale > 1e10, (
                        formula.body,
                        near,
                        want,
                        scale,
                    )


# ---------------------------------------------------------------- the table


NAMES = parse_names(
    "a: real; b: real; c: positive; x: real[n,d]; w: real[d]; y: label01[n]; s: labelpm1[n]; A: posdef[d]; B: "
    "invertible[d]; T: onehot[n,K]; S: simplex[K]; f: function; m: integer; q: probability"
)
i, i2 = Index("i", "n"), Index("k", "n")
j, l = Index("j", "d"), Index("l", "d")
k = Index("k", "K")
r, t = Index("r", "d"), Index("t", "d")
a, b, c, m, q = (Elem(s) for s in "abcmq")


def x(r: Any, t: Any) -> Elem:
    return Elem("x", (r, t))


def w(t: Any) -> Elem:
    return Elem("w", (t,))


Z = total((j,), mul(x(i, j), w(j)))

TABLE: list[tuple[str, Node, tuple[Index, ...]]] = [
    ("a constant", num("3/7"), ()),
    ("a constant over an axis", Const("pi"), (i,)),
    ("a size", mul(SizeVal("n"), a), ()),
    ("a + b c", add(a, mul(b, c)), ()),
    ("a / b", div(a, b), ()),
    ("b^-3", Pow(b, num(-3)), ()),
    ("cube root of a negative", Pow(a, num("1/3")), ()),
    ("a^(2/3)", Pow(a, num("2/3")), ()),
    ("a^(-3/5)", Pow(a, num("-3/5")), ()),
    ("square root, undefined below 0", sqrt(a), ()),
    ("a^(-3/2)", Pow(a, num("-3/2")), ()),
    ("a^0", Pow(a, ZERO), ()),
    ("a^b", Pow(a, b), ()),
    ("c^b", Pow(c, b), ()),
    ("a^(i - 2)", Pow(a, IndexVal(Affine(((i, 1),), -2))), (i,)),
    ("e^a", Pow(Const("e"), a), ()),
    ("log of a sum", call("log", add(a, b)), ()),
    ("linear scores", Z, (i,)),
    ("logistic gradient", total((i,), mul(sub(call("sigmoid", Z), Elem("y", (i,))), x(i, l))), (l,)),
    ("softmax", call("exp", sub(w(l), bound("logsumexp", (j,), w(j)))), (l,)),
    ("softmax Jacobian", mul(call("exp", w(l)), sub(Delta(l, j), call("exp", w(j)))), (l, j)),
    ("transposed axes", x(i, j), (j, i)),
    ("diagonal", Elem("A", (l, l)), (l,)),
    ("literal entry", add(x(1, j), x(3, j)), (j,)),
    ("literal entry out of range", w(99), ()),
    ("next entry", w(Affine(((j, 1),), 1)), (j,)),
    ("last entry", w(Affine((("d", 1),), 0)), ()),
    ("sum of an index not there", total((i, k), a), ()),
    ("product over an index not there", bound("prod", (i,), c), ()),
    ("logsumexp over an index not there", bound("logsumexp", (i,), a), ()),
    ("product of sums", bound("prod", (i,), add(Z, ONE)), ()),
    ("largest", bound("max", (j,), w(j)), ()),
    ("smallest over two", bound("min", (i, j), x(i, j)), ()),
    ("pairwise distances", total((j,), Pow(sub(x(i, j), x(i2, j)), TWO)), (i, i2)),
    ("chain of three", total((i, j, l), mul(x(i, j), Elem("A", (j, l)), x(i, l))), ()),
    ("sum over a large sum", total((i, j, l), add(mul(x(i, j), w(l)), mul(a, w(j)))), ()),
    ("inverse", MatrixAtom("inv", j, l, Elem("A", (j, l)), (l, j)), (l, j)),
    (
        "inverse of XᵀX + A, times w",
        total(
            (l,), mul(MatrixAtom("inv", r, t, add(Elem("A", (r, t)), total((i,), mul(x(i, r), x(i, t)))), (j, l)), w(l))
        ),
        (j,),
    ),
    ("log det", MatrixAtom("logdet", j, l, Elem("A", (j, l))), ()),
    ("det", MatrixAtom("det", j, l, Elem("B", (j, l))), ()),
    ("log det of what may be negative", MatrixAtom("logdet", j, l, Elem("B", (j, l))), ()),
    ("trace of the inverse", total((j,), MatrixAtom("inv", r, t, Elem("A", (r, t)), (j, j))), ()),
    ("cases", Cases(((Rel("<", a, b), call("log", sub(b, a))),), sqrt(sub(a, b))), ()),
    ("cases that need not hold", Cases(((Rel(">", a, ZERO), a),)), ()),
    ("a case under a sum", total((j,), Cases(((Rel("<=", w(j), a), w(j)),), ONE)), ()),
    ("j ≤ l", total((j,), Cases(((Rel("<=", IndexVal(j), IndexVal(l)), w(j)),), ZERO)), (l,)),
    ("and, or, not", indicator(And((Rel(">", a, b), Or((Rel("<=", b, c), Not(Rel("==", m, TWO))))))), ()),
    ("an undefined condition", indicator(Rel(">", call("log", a), ZERO)), ()),
    ("label", mul(Pow(Elem("s", (i,)), TWO), Elem("y", (i,))), (i,)),
    ("one-hot cross-entropy", neg(total((k,), mul(Elem("T", (i, k)), call("log", Elem("S", (k,)))))), (i,)),
    ("max of three", call("max", a, b, ZERO), ()),
    ("a cancelling sum", sub(Pow(add(a, b), TWO), add(Pow(a, TWO), mul(TWO, a, b), Pow(b, TWO))), ()),
]


@pytest.fixture(scope="module")
def draws() -> list[draw.Assignment]:
    return draw.assignments(NAMES, 3, [{"n": 4, "d": 3, "K": 5}, {"n": 3, "d": 4, "K": 6}])


@pytest.mark.parametrize(("what", "node", "order"), TABLE, ids=[t[0] for t in TABLE])
def test_floats_and_balls_agree_with_mpmath(
    what: str, node: Node, order: tuple[Index, ...], draws: list[draw.Assignment]
) -> None:
    formula = Formula(node, axes=order, names=NAMES)
    for assignment in draws:
        agree(formula, assignment, [0, 5, 23, 47, 61])


CALLS = sorted(set(ATOMS) - {"max", "min"})


@pytest.mark.parametrize("fn", CALLS)
@pytest.mark.long
def test_every_function_agrees_with_mpmath(fn: str, draws: list[draw.Assignment]) -> None:
    args = (a,) if ATOMS[fn].arity == 1 else (a, b)
    for inner in (args, (m, *args[1:]), (mul(num("1/8"), a), *args[1:])):
        agree(Formula(call(fn, *inner), names=NAMES), draws[0], [*range(0, 64, 5), 60, 61, 62, 63])


def test_every_function_has_a_row_in_both() -> None:
    """But for those that are run as their definition, and have a row in neither."""
    own = {fn for fn, row in ATOMS.items() if not row.composed}
    assert own == set(ATOMS) & set(floats.OPERATIONS)
    assert own == set(ATOMS) & set(balls.OPERATIONS)
    assert {op for op in floats.OPERATIONS if op.isupper()} == {op for op in balls.OPERATIONS if op.isupper()}
    assert own - {"max", "min", "elu"} <= set(floats.SLOPES)


def random_node(stream: Stream, depth: int, inside: tuple[Index, ...]) -> Node:
    """A random tree over NAMES whose free indices are among `inside`."""
    if depth == 0 or stream.below(8) == 0:
        rows = [t for t in inside if t.size == "n"]
        cols = [t for t in inside if t.size == "d"]
        leaves: list[Node] = [a, b, c, q, num(stream.below(7) - 3), num(Fraction(stream.below(9) + 1, 4)), SizeVal("n")]
        leaves += [w(t) for t in cols] + [x(r, t) for r in rows for t in cols] + [Elem("y", (r,)) for r in rows]
        leaves += [Elem("A", (t, v)) for t in cols for v in cols] + [
            Delta(t, v) for t in cols for v in cols if t is not v
        ]
        return leaves[stream.below(len(leaves))]

    def below(more: tuple[Index, ...] = ()) -> Node:
        return random_node(stream, depth - 1, (*inside, *more))

    match stream.below(12):
        case 0 | 1:
            return add(below(), below(), below())
        case 2 | 3:
            return mul(below(), below())
        case 4:
            return power(below(), num((-1, 2, 3, Fraction(1, 2), Fraction(1, 3), -2)[stream.below(6)]))
        case 5 | 6:
            fn = ("exp", "log", "sigmoid", "softplus", "tanh", "abs", "relu", "sin", "sign", "cos")[stream.below(10)]
            return call(fn, below())
        case 7 | 8 | 9:
            index = Index("r", ("n", "d")[stream.below(2)])
            op = ("sum", "sum", "sum", "max", "prod", "logsumexp")[stream.below(6)]
            return Bound(op, (index,), mul(below((index,)), below((index,))))
        case 10:
            return Cases(((Rel(("<", ">=")[stream.below(2)], below(), below()), below()),), below())
        case _:
            return div(below(), below())


@pytest.mark.long
def test_random_trees_agree_with_mpmath() -> None:
    """Seeded; an assertion shows the tree and its point."""
    assignment = draw.assignments(NAMES, 5, [{"n": 4, "d": 3, "K": 3}])[0]
    for seed in range(250):
        order = ((), (i,), (j,), (i, j))[seed % 4]
        node = random_node(Stream(seed), 3, order)
        agree(Formula(node, axes=order, names=NAMES), assignment, [seed % 16, 16 + seed % 28, 44 + seed % 20])


# ---------------------------------------------------------------- nodes, derivatives, limits


def with_nodes() -> Names:
    """z_i = Σ_j x_ij w_j;  p_i = σ(z_i);  L = Σ_i (p_i - y_i)²."""
    base = parse_names("x: real[n,d]; w: real[d]; y: label01[n]")
    real = parse_names("r: real")["r"].domain
    names = base.with_rows(Declared("z", real, ("n",), "node", definition=Formula(Z, axes=(i,), names=base)))
    p = Formula(call("sigmoid", Elem("z", (i,))), axes=(i,), names=names)
    names = names.with_rows(Declared("p", real, ("n",), "node", definition=p))
    loss = Formula(total((i,), Pow(sub(Elem("p", (i,)), Elem("y", (i,))), TWO)), names=names)
    return names.with_rows(Declared("L", real, (), "node", definition=loss))


def test_nodes_are_computed_from_their_definitions() -> None:
    names = with_nodes()
    for assignment in draw.assignments(names):
        v = assignment.values
        p = 1 / (1 + np.exp(-np.einsum("pij,pj->pi", v["x"], v["w"])))
        want = ((p - v["y"]) ** 2).sum(1)
        assert np.allclose(floats.evaluate(Formula(Elem("L"), names=names), assignment), want, rtol=1e-12)
        got = balls.evaluate(Formula(Elem("L"), names=names), assignment.sizes, assignment.exact(7), {}, 100)
        assert abs(float(got) - want[7]) < 1e-10


def test_fixing_an_index_gives_the_entry_of_the_whole() -> None:
    assignment = draw.assignments(NAMES)[0]
    node = mul(
        total((i2,), mul(x(i2, j), x(i, j))),
        MatrixAtom("inv", r, t, Elem("A", (r, t)), (j, l)),
        w(Affine(((j, 1),), 1)),
    )
    formula = Formula(node, axes=(i, j, l), names=NAMES)
    whole = balls.evaluate_all(formula, assignment.sizes, assignment.exact(2), 200)
    for at in ((1, 1, 1), (2, 3, 1), (4, 2, 2), (1, whole.shape[1], 1)):
        one = balls.evaluate(formula, assignment.sizes, assignment.exact(2), dict(zip((i, j, l), at, strict=True)), 200)
        same = whole[tuple(s - 1 for s in at)]
        assert one is same if isinstance(same, balls.Mark) else one.overlaps(same)


def test_free_indices_come_before_axes() -> None:
    assignment = draw.assignments(NAMES)[0]
    value = floats.evaluate(Formula(x(i, j), axes=(j,), free=(i,), names=NAMES), assignment)
    assert value.shape == (64, assignment.sizes["n"], assignment.sizes["d"])


def test_an_unknown_function_and_its_derivatives_fit_together() -> None:
    assignment = draw.assignments(NAMES)[0]
    step = 2.0**-16
    for order in range(4):
        up, down = (
            floats.evaluate(
                Formula(Apply("f", (add(q, num(Fraction(s, 2**16))),), ((0, ()),) * order), names=NAMES), assignment
            )
            for s in (1, -1)
        )
        slope = floats.evaluate(Formula(Apply("f", (q,), ((0, ()),) * (order + 1)), names=NAMES), assignment)
        assert np.allclose((up - down) / (2 * step), slope, atol=1e-6)
        near = balls.evaluate(
            Formula(Apply("f", (q,), ((0, ()),) * order), names=NAMES), assignment.sizes, assignment.exact(3), {}, 90
        )
        assert (
            abs(
                float(near) - floats.evaluate(Formula(Apply("f", (q,), ((0, ()),) * order), names=NAMES), assignment)[3]
            )
            < 1e-12
        )


def test_what_has_no_value_is_said() -> None:
    assignment = draw.assignments(NAMES)[0]
    for node, words in (
        (Deriv(a, b), "not carried out"),
        (Elem("nobody"), "nobody has no values"),
        (w(j), "the index j stands free"),
        (Elem("x", (i,)), "x has 2 axes"),
    ):
        with pytest.raises(Unevaluable, match=words):
            floats.evaluate(Formula(node, names=NAMES), assignment)
        with pytest.raises(Unevaluable, match=words):
            balls.evaluate(Formula(node, names=NAMES), assignment.sizes, assignment.exact(0))


def test_work_is_counted_before_it_is_done() -> None:
    big = [Index(s, 3000) for s in "pq"]
    nothing = Formula(bound("max", big, Cases(((Rel("<", IndexVal(big[0]), IndexVal(big[1])), a),), b)), names=NAMES)
    assignment = draw.assignments(NAMES)[0]
    with pytest.raises(TooMuchWork):
        floats.evaluate(nothing, assignment)
    with pytest.raises(TooMuchWork):
        balls.evaluate(nothing, assignment.sizes, assignment.exact(0))


def test_portions_of_points_give_what_all_at_once_give() -> None:
    big = Index("p", 600), Index("r", 600)
    formula = Formula(bound("max", big, mul(IndexVal(big[0]), Pow(IndexVal(big[1]), MINUS_ONE), a)), names=NAMES)
    assignment = draw.assignments(NAMES)[0]
    value = floats.evaluate(formula, assignment)
    drawn = assignment.values["a"]
    assert np.allclose(value, np.where(drawn > 0, 600 * drawn, drawn / 600))


def test_nothing_warns() -> None:
    with np.errstate(all="raise"):
        assignment = draw.assignments(NAMES)[0]
        for _, node, order in TABLE:
            floats.evaluate_with_scale(Formula(node, axes=order, names=NAMES), assignment)


# ---------------------------------------------------------------- what balls say about two formulas

PAIRS: list[tuple[str, Node, Node, str]] = [
    (
        "cosh² - sinh² = 1 where floats see nothing",
        sub(Pow(call("cosh", mul(num(10), c)), TWO), Pow(call("sinh", mul(num(10), c)), TWO)),
        ONE,
        "close",
    ),
    ("x + 10⁻¹⁶", add(a, num("1/10000000000000000")), a, "different"),
    ("x + 10⁻⁴⁰", add(a, num(Fraction(1, 10**40))), a, "different"),
    ("√(a²) = |a|", sqrt(Pow(a, TWO)), call("abs", a), "close"),
    ("1/(b - b)", power(sub(b, b), MINUS_ONE), ONE, "left_undefined"),
    ("log of -c² against itself", call("log", neg(c)), sqrt(neg(c)), "undefined"),
    ("a factor of 2", mul(a, c), mul(TWO, a, c), "different"),
]


@pytest.mark.parametrize(("what", "left", "right", "kind"), PAIRS, ids=[p[0] for p in PAIRS])
def test_balls_decide(what: str, left: Node, right: Node, kind: str) -> None:
    assignment = draw.assignments(NAMES)[0]
    for point in (1, 9, 30):
        outcome = balls.compare_at(
            Formula(left, names=NAMES), Formula(right, names=NAMES), assignment.sizes, assignment.exact(point)
        )
        assert outcome.kind == kind
