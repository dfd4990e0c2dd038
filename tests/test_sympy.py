"""SymPy in and out: no two things share a symbol, nothing passes through text, and what has no place here is refused by
name."""

from __future__ import annotations

import pickle
import random
from decimal import Decimal
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
import sympy
from every_target import BASE
from sympy import (
    Float,
    Function,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Matrix,
    MatrixSymbol,
    Piecewise,
    Product,
    Rational,
    Sum,
    Symbol,
    symbols,
)

from checker import check, compare
from checker.proving import prove
from derivations import derive, gradient, parse_names, read
from derivations.domains import NamesError
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.formula import Formula
from derivations.model import Model
from derivations.models import load
from derivations.notation import ReadError
from derivations.sympy_bridge import NoSympy, functions
from derivations.sympy_bridge.inward import from_sympy
from derivations.sympy_bridge.outward import symbols as symbols_of
from derivations.sympy_bridge.outward import to_sympy

x, y = symbols("x y", real=True)
n = Symbol("n", integer=True, positive=True)
i, j = symbols("i j", integer=True)
X = IndexedBase("x")

# ---------------------------------------------------------------- out: letters that could meet

# (text, names, as SymPy with symbolic sizes, at sizes of 2)
WRITTEN = [
    ("sum_i sum_j A_ij k_1", "A: real[n,k]; k_1: real", "Sum(k_1*A[i, j], (i, 1, n), (j, 1, k))",
        "A_1_1*k_1 + A_1_2*k_1 + A_2_1*k_1 + A_2_2*k_1"),
    ("n + sum_i y_i", "y: real[n]; n: real", "n + Sum(y[i], (i, 1, n_1))", "n + y_1 + y_2"),
    ("k sum_i n_i", "n: real[k]; k: real", "k*Sum(n[i], (i, 1, k_1))", "k*n_1 + k*n_2"),
    ("i + sum_i x_i", "x: real[d]; i: real", "i + Sum(x[i_1], (i_1, 1, d))", "i + x_1 + x_2"),
    ("sum_i x_i + sum_i sum_j x_i x_j", "x: real[d]", "Sum(x[i], (i, 1, d)) + Sum(x[i_1]*x[j], (i_1, 1, d), (j, 1, d))",
        "x_1**2 + 2*x_1*x_2 + x_1 + x_2**2 + x_2"),
    ("x_i - x_1", "x: real[d]; i: index[d]", "-x[1] + x[i]", "-x[1] + x[i]"),
    ("d^2 prod_i x_i", "x: real[d]", "d**2*Product(x[i], (i, 1, d))", "4*x_1*x_2"),
    ("a^(1/3) + b^(2/3)", "a: real; b: positive", "b**(2/3) + Abs(a)**(1/3)*sign(a)", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names", "symbolic", "sized"), WRITTEN)
def test_no_two_of_sizes_indices_and_names_share_a_symbol(text, names, symbolic, sized):
    formula = read(text, parse_names(names))
    written = to_sympy(formula)
    assert _named_apart(written)
    assert str(written) == symbolic
    if sized:
        assert str(sympy.expand(to_sympy(formula, dict.fromkeys(formula.names.sizes, 2)))) == sized


def _symbols(expression):
    bound = {b for s in expression.atoms(Sum, Product) for b in s.variables}
    return {s for s in expression.free_symbols if s.is_Symbol} | bound


def _named_apart(expression):
    found = _symbols(expression)
    return len({s.name for s in found}) == len(found)


def test_elements_of_arrays_with_names_alike_are_told_apart():
    names = parse_names("x: real[m,d]; x_1: real[d]")
    at = symbols_of(names, {"m": 2, "d": 2})
    flat = [s for row in (*at["x"], at["x_1"]) for s in row]
    assert len(set(map(str, flat))) == 6


def test_what_has_no_sympy_form_is_refused():
    for text, names, sizes, words in [
        ("max_i x_i", "x: real[d]", None, "give sizes"),
        ("sum_i x_i", "x: real[d]", {}, "give a value for the size d"),
        ("sum_i x_i", "x: real[d]", {"d": 0}, "positive integer"),
        ("sum_i x_i", "x: real[d]", {"d": 2.5}, "positive integer"),
        ("X + w", "X: real[n,n]; w: real[m]", None, "shapes do not conform"),
    ]:
        with pytest.raises(NoSympy, match=words):
            to_sympy(read(text, parse_names(names)), sizes)


# ---------------------------------------------------------------- in: gradients

# (expression, wrt, names, gradient in the notation)
GRADIENTS = [
    (x**2 * y + sympy.exp(x), "x", "", "2 x y + exp(x)"),
    (x**2 * y, x, "", "2 x y"),
    (sympy.log(1 + sympy.exp(-x * y)), x, "", "-y sigmoid(-x y)"),
    (Sum(X[i] ** 2, (i, 1, n)), "x", "x: real[n]", "2 x_i"),
    (Sum(IndexedBase("x", shape=(n,))[i] ** 2, (i, 1, n)), "x", "", "2 x_i"),
    (Sum(X[i] * X[j], (i, 1, n), (j, 1, n)), "x", "x: real[n]", "2 sum_j x_j + 0 x_i"),
    (Sum(KroneckerDelta(i, j) * X[i] ** 3, (i, 1, n), (j, 1, n)), "x", "x: real[n]", "3 x_i^2"),
    (Product(X[i], (i, 1, 3)), "x", "x: real[3]", "(prod_j x_j) / x_i"),
    (Piecewise((x**2, x > 1), (x, x > 0), (0, True)), x, "", "2x 1[x > 1] + 1[x > 0] 1[x <= 1]"),
    (Function("g")(x) * x, x, "x: real; g: function", "g(x) + x g'(x)"),
    (Symbol("gamma", real=True) ** 2, "gamma", "", "2 gamma"),
    (Symbol("I", real=True) ** 2, "I", "", "2 I"),
    (Symbol("E", real=True) * sympy.E, "E", "E: real", "exp(1)"),
    (Symbol("x_1", real=True) * x, "x_1", "", "x"),
]


@pytest.mark.parametrize(("expression", "wrt", "names", "truth"), GRADIENTS, ids=str)
def test_a_sympy_expression_is_differentiated_as_the_tree_it_is(expression, wrt, names, truth):
    found = gradient(expression, wrt, names)
    axes = {"i": f"index[{found.result.shape[0]}]"} if found.result.shape else {}
    assert compare(truth, found.result, found.names.with_rows(*parse_names(axes).values())).status == "equal"


def test_one_entry_is_not_taken_for_the_whole_array():
    loss, matrix = Sum(X[i] ** 2, (i, 1, n)), MatrixSymbol("M", n, n)
    assert gradient(loss, X[i]) == gradient(loss, X)
    for wrt in (X[3], X[i + 1]):
        with pytest.raises(ValueError, match="is one entry: take the gradient by x"):
            gradient(loss, wrt)
    for wrt in (matrix[0, 1], matrix[i, i]):
        with pytest.raises(ValueError, match="is one entry: take the gradient by M"):
            gradient(sympy.Trace(matrix), wrt)


def test_a_gradient_comes_back_in_the_symbols_that_it_was_asked_in():
    k = Symbol("k_", real=True)
    assert gradient(k**2 * x, k).to_sympy() == 2 * k * x


# ---------------------------------------------------------------- in: refusals

A, W, b_ = MatrixSymbol("A", n, n), MatrixSymbol("W", n, n), Symbol("b", real=True)
REFUSED = [
    (sympy.gamma(x) * x, "gamma has no place"),
    (sympy.beta(x, y), "beta has no place"),
    (sympy.zeta(x), "zeta has no place"),
    (sympy.LambertW(x), "LambertW has no place"),
    (sympy.DiracDelta(x), "DiracDelta has no place"),
    (sympy.besselj(0, x), "besselj has no place"),
    (sympy.atan2(x, y), "atan2 has no place"),
    (sympy.polygamma(2, b_), "polygamma has no place"),
    (Function("f")(x) * x, "f has no place"),
    (sympy.Integral(sympy.sin(x * y), x), "Integral has no place"),
    (sympy.Limit(sympy.sin(x) / x, x, 0), "Limit has no place"),
    (x + sympy.O(x**2), "Order has no place"),
    (sympy.I * x, "ImaginaryUnit has no place"),
    (sympy.oo, "Infinity has no place"),
    (sympy.nan, "NaN has no place"),
    (float("nan"), "NaN has no place"),
    (float("inf"), "Infinity has no place"),
    (True, "BooleanTrue is no scalar"),
    (sympy.Eq(x, 1), "Equality is no scalar"),
    (sympy.true, "BooleanTrue is no scalar"),
    (sympy.Poly(x**2), "Poly is no scalar"),
    (Matrix([[1, sympy.gamma(x)], [x, 2]]), "gamma has no place"),
    (sympy.Array([x, Symbol("z", real=True)]), "z is not declared"),
    (A, "A is not declared"),
    (A.T * A, "A is not declared"),
    (sympy.Trace(A), "A is not declared"),
    (A[0, 1], "A is not declared"),
    (sympy.BlockMatrix([[A, A], [A, A]]), "A is not declared"),
    (sympy.KroneckerProduct(W, W), "is no size that is declared"),
    (W[i, i], "the index i has no place"),
    (Sum(W[i, i], (i, 1, n)), "leaves the range 0 to n - 1: from 0 SymPy counts"),
    (sympy.Trace(W[:2, :2]), "may leave the range of its matrix"),
    (A ** Symbol("k", integer=True, positive=True), "MatPow has no place"),
    (Symbol("a", commutative=False) * x, "a does not commute"),
    (Symbol("a", imaginary=True) * x, "a is not real"),
    (Symbol("x") - x, "two different symbols are called x"),
    (sympy.Dummy("x") - x, "two different symbols are called x"),
    (sympy.sqrt(Symbol("x", positive=True) ** 2), "x is positive in the expression"),
    (sympy.sqrt(Symbol("x", extended_nonnegative=True) ** 2), "x is extended_nonnegative in the expression"),
    (Piecewise((1, sympy.Eq(Symbol("x", nonzero=True), 0)), (Symbol("x", nonzero=True), True)), "x is nonzero in"),
    (sympy.cos(sympy.pi * Symbol("x", even=True)) * Symbol("x", even=True), "x is integer in the expression"),
    (Symbol("b", nonpositive=True), "b is nonpositive in the expression"),
    (Symbol("z", real=True), "z is not declared"),
    (Symbol("v", real=True), "v is no scalar: it has the shape"),
    (IndexedBase("v")[0], "indices count from 1"),
    (IndexedBase("v")[-1], "indices count from 1"),
    (IndexedBase("u")[3], "leaves the range 1 to 2"),
    (IndexedBase("v")[1, 2], "not declared with 2 axes"),
    (Sum(IndexedBase("v")[i + 1], (i, 1, n)), "leaves the range 1 to n"),
    (Sum(IndexedBase("v")[i], (i, 0, n)), "the index i: indices count from 1"),
    (Sum(IndexedBase("v")[i], (i, 1, 2 * n)), "leaves the range 1 to n"),
    (Sum(x**i, (i, 1, n**2)), "the range of i is not 1 to a size"),
    (Sum(x**i, (i, 1, n / 2)), "the range of i is not 1 to a size"),
    (Sum(x**i, (i, 5, 2)), "runs backwards"),
    (Sum(IndexedBase("v")[i], (i, 1, Symbol("N", integer=True, positive=True))), "the range of i is not 1 to a size"),
    (Sum(i, (i, 1, n)) + i, "i is not declared"),
    (reduce(lambda e, _: sympy.sin(e) + 1, range(120), x), "nested more than 100 deep"),
    (sympy.Add(*(x**k for k in range(2_500))), "more than 4000 operations"),
    (sympy.Integer(10) ** 5_000 * x, "more than 300 digits"),
    (Piecewise((x, sympy.Xor(x > 1, y > 1)), (0, True)), "has no place in a formula here"),
]  # fmt: skip
NAMES = parse_names("x: real; y: real; a: real; b: real; v: real[n]; u: real[2]; W: real[n,n]")


@pytest.mark.parametrize(("expression", "words"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_what_has_no_place_is_refused_by_name(expression, words):
    with pytest.raises(NoSympy, match=words):
        from_sympy(expression, NAMES)
    with pytest.raises(NoSympy, match=words):
        gradient(expression, "x", NAMES)
    for student, truth in ((expression, "x"), ("x", expression)):
        verdict = compare(student, truth, NAMES)
        assert verdict.status == "unreadable"
        assert verdict.at.side == ("truth" if student == "x" else "student")
        assert words in verdict.at.message


# ---------------------------------------------------------------- in: what it is read as

m = Symbol("m", integer=True, positive=True)
B, u, v = MatrixSymbol("B", n, n), MatrixSymbol("u", n, 1), MatrixSymbol("v", n, 1)
Y, Z = IndexedBase("y", shape=(n,), integer=True, positive=True), IndexedBase("Z", shape=(n, m))
k = sympy.Idx("k", (1, n))
_stacked, _b, _f = sympy.BlockMatrix([[u], [v]]), Symbol("b", positive=True), Function("f")

# (expression, names or None where they are inferred, the formula in the notation)
READ = [
    (Sum(X[i], (i, 0, n - 1)), None, "sum_i x_i"),
    (Sum(X[i] * X[0], (i, 0, n - 1)), None, "sum_i x_i x_1"),
    (Sum(i * X[i], (i, 0, n - 1)), None, "sum_i (i - 1) x_i"),
    (Sum(X[i] * X[i - 1], (i, 2, n)), "x: real[n]", "sum_{i=2}^n x_i x_{i-1}"),
    (Sum(X[i + 1] - X[i], (i, 1, n - 1)), "x: real[n]", "sum_{i=1}^{n-1} (x_{i+1} - x_i)"),
    (Sum(X[i] * X[j], (j, 1, i), (i, 1, n)), None, "sum_i sum_{j=1}^i x_i x_j"),
    (Sum(X[i] * X[j], (j, i + 1, n), (i, 1, n)), None, "sum_i sum_{j=i+1}^n x_i x_j"),
    (Sum(X[j - i], (i, 1, j - 1), (j, 2, n)), "x: real[n]", "sum_{j=2}^n sum_{i=1}^{j-1} x_{j-i}"),
    (Sum(y**i, (i, 0, n)), None, "1 + sum_{i=1}^n y^i"),
    (Sum(y**i, (i, 3, 7)), None, "y^3 + y^4 + y^5 + y^6 + y^7"),
    (Sum(y**i, (i, 1, n + 1)), None, "y^(n+1) + sum_{i=1}^n y^i"),
    (Sum(1 / (i - 1), (i, 2, n)), "n: size", "sum_{i=2}^n 1/(i - 1)"),
    (Product(X[i], (i, 2, n)), "x: real[n]", "prod_{i=2}^n x_i"),
    (Sum(y**i, (i, 2, 1)), "y: real", "0"),
    (X[k] ** 2, None, "x_k^2"),
    (Sum(Z[i, Y[i]], (i, 1, n)), None, "sum_i Z_{i,y_i}"),
    (sympy.Heaviside(x), None, "{1 if x > 0; 1/2 if x = 0; 0 otherwise}"),
    (sympy.Heaviside(x, 1), None, "1[x >= 0]"),
    (sympy.Derivative(sympy.sin(x) * y, x), None, "y cos(x)"),
    (sympy.Derivative(x**3, x, 2), None, "6 x"),
    (sympy.Derivative(Sum(X[i] ** 2, (i, 1, n)), X[k]), None, "2 x_k"),
    (sympy.Max(x, y) + sympy.Abs(x), None, "max(x, y) + |x|"),
    ((u.T * v)[0, 0], None, "u^T v"),
    (sympy.Trace(B * B.T), None, "tr(B B^T)"),
    (B * u - v, None, "B u - v"),
    ((B.T * B + y * sympy.Identity(n)).I * u, "B: real[n,n]; u: real[n]; y: positive", "(B^T B + y I)^-1 u"),
    (B**2, None, "B B"),
    (sympy.log(sympy.Determinant(B.T * B)), None, "log det(B^T B)"),
    (sympy.HadamardProduct(u, v), None, "u ⊙ v"),
    (sympy.DiagMatrix(u) * B, None, "diag(u) B"),
    (u.applyfunc(sympy.exp), None, "exp(u)"),
    (Matrix([[x, 1], [0, y]]), None, "[[x, 1], [0, y]]"),
    (sympy.Array([x, y, 0]), None, "[x, y, 0]"),
    (functions.softmax(x, x, y), None, "e^x/(e^x + e^y)"),
    (functions.relu(x) + functions.softplus(y), None, "relu(x) + softplus(y)"),
    # sums of sizes
    (Sum(i**2, (i, -n, n)), None, "n (n + 1) (2 n + 1)/3"),
    (Sum(i, (i, n, 2 * n)), None, "3 n (n + 1)/2"),
    (Sum(i * x, (i, 1, n + m)), None, "x (n + m) (n + m + 1)/2"),
    (Sum(X[i], (i, 1, 2 * n)), None, "sum_i x_i"),
    (Sum(X[i], (i, 0, n)), None, "sum_i x_i"),
    (IndexedBase("x", shape=(n + m - 1,))[sympy.Idx("k", (1, n + m - 1))], None, "x_k"),
    # blocks, slices, other matrices by their entries
    (sympy.Trace(sympy.BlockMatrix([[B, B.T], [B.T, 2 * B]])), None, "3 tr(B)"),
    (
        sympy.Trace(_stacked.T * sympy.BlockMatrix([[B, B.T], [B.T, 2 * B]]) * _stacked),
        None,
        "u^T B u + v^T B u + u^T B v + 2 v^T B v",
    ),
    (sympy.BlockMatrix([[MatrixSymbol("P", 2, 1)], [Matrix([[x]])]]), None, "[P_1, P_2, x]"),
    (MatrixSymbol("P", 3, 3)[0:2, 1], None, "[P_12, P_22]"),
    (MatrixSymbol("P", 3, 3)[::2, 0], None, "[P_11]"),
    (sympy.KroneckerProduct(Matrix([[1, x], [x, 0]]), Matrix([y])), None, "[[y, x y], [x y, 0]]"),
    (sympy.PermutationMatrix(sympy.combinatorics.Permutation([1, 0])) * Matrix([x, y]), None, "[y, x]"),
    # functions that are others here, and unknown ones
    (sympy.digamma(_b) + sympy.polygamma(1, _b), None, "digamma(b) + trigamma(b)"),
    (sympy.gamma(_b), None, "Gamma(b)"),
    (sympy.beta(_b, 2), None, "Gamma(b) Gamma(2)/Gamma(b + 2)"),
    (sympy.sinc(x), None, "{1 if x = 0; sin(x)/x otherwise}"),
    (sympy.frac(x) + sympy.Mod(y, 3), None, "x - floor(x) + y - 3 floor(y/3)"),
    (sympy.UnevaluatedExpr(x) / x, None, "x/x"),
    (sympy.Derivative(y**2, x) + y, None, "y + 0 x"),
    (
        Piecewise((1, Piecewise((x, y > 0), (-x, True)) > 1), (0, True)),
        None,
        "1[y > 0 and x > 1] + 1[y <= 0 and x < -1]",
    ),
    (_f(x**2).diff(x), None, "2 x f'(x^2)"),
    (_f(x * y).diff(x, y), None, "f'(x y) + x y f''(x y)"),
    (sympy.Subs(sympy.sin(x * y), (x, y), (y, 2)), "y: real", "sin(2 y)"),
]


@pytest.mark.parametrize(("expression", "names", "text"), READ, ids=str)
def test_an_expression_is_read_as_what_it_is(expression, names, text):
    found = Formula.from_sympy(expression, names)
    verdict = compare(text, found, found.names)
    assert verdict.status == "equal"
    entries_at_places = not expression.has(n) and bool(expression.atoms(MatrixSymbol))  # at most as many as sizes
    assert verdict.evidence.strength in (("proved", "proved_at_sizes") if entries_at_places else ("proved",))


def test_counting_from_zero_is_said():
    assert "counted from 0" in Formula.from_sympy(Sum(X[i], (i, 0, n - 1))).notes[0].message
    assert not Formula.from_sympy(Sum(X[i], (i, 1, n))).notes


# (expression, why it cannot declare itself)
UNTOLD = [
    (X[i], "nothing tells the size of x"),
    (X[1] + X[2], "nothing tells the size of x"),
    (Sum(X[i], (i, 1, n)) + Sum(X[i], (i, 1, m)), "nothing tells the size of x"),
    (Symbol("t") + Symbol("t", real=True), "two different symbols have this name"),
    (IndexedBase("x", shape=(n,))[sympy.Idx("i")], "the index i has no range"),
    (IndexedBase("x", shape=(n,))[sympy.Idx("i", (2, n))], "the range of i is not as long as a size: 2 to n"),
    (Sum(IndexedBase("x", shape=(n,))[i], (i, 1, n)) + Sum(IndexedBase("x", shape=(m,))[i], (i, 1, m)), "two shapes"),
    (Sum(Symbol("a"), (i, 1, Symbol("my n", integer=True, positive=True))), "no name of a size"),
    (Symbol("x+y"), "cannot be used as a name"),
    (Symbol('"""\nimport os\n"""'), "cannot be used as a name"),
    (Symbol("1"), "cannot be used as a name"),
    (Symbol("θ") * Symbol("theta"), "two spellings of one name"),
    (Function("f")(x) + Function("f")(x, y), "takes 1 and other numbers of arguments"),
    (Function("f")(), "it takes nothing"),
]


@pytest.mark.parametrize(("expression", "words"), UNTOLD, ids=str)
def test_what_does_not_declare_itself_is_refused(expression, words):
    with pytest.raises(NoSympy, match=words):
        Formula.from_sympy(expression)


# (a number that is no SymPy expression, what it is read as)
NUMBERS = [
    (3, "3"), (0.1, "1/10"), (Fraction(1, 3), "1/3"), (Decimal("0.5"), "1/2"), (np.int64(7), "7"),
    (np.float64(0.25), "1/4"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "text"), NUMBERS, ids=str)
def test_a_number_of_any_type_is_a_number(number, text):
    assert Formula.from_sympy(number) == read(text, "")


@pytest.mark.parametrize("text", ["1e-400", "1e400", "1e-310"])
def test_a_float_out_of_the_range_of_machines_is_not_rounded_to_nothing(text):
    with pytest.raises(NoSympy, match="more than 300 digits"):
        Formula.from_sympy(Float(text) * x)
    assert compare(Float("1e-290", 60) * x, Integer(10) ** -290 * x).status == "equal"


# ---------------------------------------------------------------- out and in: unknown functions

# (text, names, as SymPy)
UNKNOWN = [
    ("f'(x)", "x: real; f: function", "Derivative(f(x), x)"),
    ("xi f'(x^2)", "x: real; xi: real; f: function", "xi*Subs(Derivative(f(xi_1), xi_1), xi_1, x**2)"),
    ("f''(2)", "f: function", "Subs(Derivative(f(xi), (xi, 2)), xi, 2)"),
    ("sum_i f'(x_i)", "x: real[n]; f: function", "Sum(Subs(Derivative(f(xi), xi), xi, x[i]), (i, 1, n))"),
    ("partial_2 f(x, y)", "x: real; y: real; f: function (real, real) -> real", "Derivative(f(x, y), y)"),
    ("partial_1 f(x, x)", "x: real; f: function (real, real) -> real",
        "Subs(Derivative(f(xi, xi_1), xi), (xi, xi_1), (x, x))"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names", "written"), UNKNOWN)
def test_derivatives_of_unknown_functions_go_out_and_come_back(text, names, written):
    formula = read(text, parse_names(names))
    made = to_sympy(formula)
    assert str(made) == written
    back = Formula.from_sympy(made, formula.names)
    assert compare(back, formula, formula.names).evidence.strength == "proved"


def test_gradients_through_unknown_functions_are_those_of_sympy():
    for loss in (_f(x**2) * x, Function("h")(x, y * x), _f(_f(x)) / x):
        assert compare(gradient(loss, x).sympy, sympy.diff(loss, x)).evidence.strength == "proved"


# ---------------------------------------------------------------- back in the letters of the expression


def test_results_come_back_in_the_symbols_of_the_expression():
    """Symbols that assume nothing, sizes that say nothing, arrays without shapes."""
    p, q, rows, cols = symbols("p q N M")
    data, w = IndexedBase("D"), IndexedBase("w")
    loss = Sum(Sum(data[i, j] * w[j], (j, 1, cols)) ** 2, (i, 1, rows))
    found = gradient(loss, w).sympy
    assert found.atoms(IndexedBase) == {data, w}
    assert {rows, cols} <= found.free_symbols
    assert gradient(p**2 * sympy.exp(q), p).sympy == 2 * p * sympy.exp(q)
    at = sympy.Idx("k", (1, n))
    assert Formula.from_sympy(w[at] ** 2).sympy == w[at] ** 2
    column = MatrixSymbol("c", n, 1)
    assert gradient(sympy.Trace(column.T * column), column).to_sympy(form="matrix") == 2 * column
    node, value = symbols("z L")
    model = Model.from_sympy({node: p * q, value: sympy.log(1 + sympy.exp(-node))})
    assert derive(model, "dL/dp").sympy == -q * functions.sigmoid(-node)
    again = pickle.loads(pickle.dumps(gradient(p**2, p)))
    assert (again.sympy, again) == (2 * p, gradient(p**2, p))


def test_an_array_that_is_counted_from_0_does_not_come_back_as_itself():
    """Its entry 1 is ours, and its second."""
    raw = IndexedBase("q")
    assert raw not in gradient(Sum(raw[i] ** 2, (i, 0, n - 1)), raw).sympy.atoms(IndexedBase)
    assert raw not in gradient(Sum(raw[n - 1 - i] ** 2, (i, 0, n - 1)), raw).sympy.atoms(IndexedBase)


# ---------------------------------------------------------------- out: domains, functions, values


def test_nothing_is_evaluated_that_changes_where_there_is_a_value():
    names = parse_names("x: real; b: positive")
    # (text, as it is written, whether SymPy would have made something else of it)
    for text, written in [
        ("x/x", "x/x"), ("sqrt(x)^2", "(sqrt(x))**2"), ("0 log(x)", "0*log(x)"),
        ("log(x) - log(x)", "-log(x) + log(x)"),
        ("b/b", "1"), ("sqrt(b)^2", "b"), ("b + log(-b)", "b + log(-b)"), ("x x^-1 b", "b*x/x"), ("x^2/x", "x**2/x"),
        ("|b|", "Abs(b)"),
    ]:  # fmt: skip
        formula = read(text, names)
        made = to_sympy(formula)
        assert str(made) == written
        back = Formula.from_sympy(made, names)
        assert back == formula or compare(back, formula, names).status == "equal"
        for at in (0.0, -1.0):
            assert np.isnan(_at(formula, at)) == np.isnan(_at(back, at))


def _at(formula, x):
    at = {name: np.array([x if name == "x" else 1.5]) for name in ("x", "b")}
    with np.errstate(all="ignore"):
        return float(np.ravel(floats.evaluate(formula, Assignment({}, at, 1, formula.names)))[0])


def test_large_powers_are_not_worked_out():
    assert str(to_sympy(read("10^(10^9)", ""))) == "10**1000000000"


@pytest.mark.parametrize("made", [functions.sigmoid(x), functions.softplus(x), functions.softmax(x, x, y)], ids=str)
def test_our_functions_are_functions_of_sympy(made):
    opened = made.rewrite(sympy.exp)
    assert not opened.has(made.func)
    point = {x: Rational(3, 10), y: Rational(-7, 10)}
    for one, two in ((made, opened), (made.diff(x), opened.diff(x)), (made.diff(y), opened.diff(y))):
        assert abs(sympy.N(one.subs(point) - two.subs(point))) < 1e-12
    for modules in ("numpy", "math", "mpmath"):
        value = sympy.lambdify([x, y], made, modules)(0.3, -0.7)
        assert abs(float(value) - float(sympy.N(opened.subs(point)))) < 1e-12
    assert np.all(np.isfinite(sympy.lambdify([x, y], made)(np.array([-900.0, 900.0]), 0.0)))
    assert pickle.loads(pickle.dumps(made)) == made
    assert sympy.latex(made).startswith(chr(92))


FAR = (-1000.0, -50.0, -2.0, 0.0, 2.0, 1000.0)


@pytest.mark.parametrize("modules", ["numpy", "math", "mpmath", "torch"])
@pytest.mark.parametrize("fn", ["sigmoid", "softplus", "relu"])
def test_code_of_our_functions_neither_overflows_nor_loses_digits(fn, modules):
    made = getattr(functions, fn)(x)
    library = pytest.importorskip("torch") if modules == "torch" else None
    f = sympy.lambdify(x, made, modules)
    for at in FAR:
        exact = float(made.definition().subs(x, sympy.Rational(at)).evalf(40))
        found = f(library.tensor(at, dtype=library.float64)) if library is not None else f(at)
        assert np.isclose(float(found), exact, rtol=1e-14, atol=0), at


def test_our_functions_have_limits_and_code_in_other_languages():
    assert [sympy.limit(functions.sigmoid(x), x, s * sympy.oo) for s in (1, -1)] == [1, 0]
    assert functions.softplus(-sympy.oo) == functions.relu(-sympy.oo) == 0
    assert functions.softplus(sympy.oo) == functions.relu(sympy.oo) == sympy.oo
    for fn in ("sigmoid", "softplus", "relu"):
        made = getattr(functions, fn)(x)
        for code in (sympy.ccode, sympy.jscode, sympy.fcode, sympy.rust_code, sympy.julia_code, sympy.octave_code):
            assert fn not in code(made)


def test_relu_is_a_function_of_sympy():
    made = functions.relu(x)
    assert made.diff(x) == made.rewrite(Piecewise).diff(x) == Piecewise((1, x > 0), (0, True))
    assert functions.relu(Symbol("b", positive=True)) == Symbol("b", positive=True)
    assert list(sympy.lambdify(x, made)(np.array([-2.0, 0.0, 3.0]))) == [0, 0, 3]


def test_sympy_takes_our_values_as_they_are():
    formula = read("sin(a)^2 + b", "a: real; b: real")
    a, b = (formula.sympy_letters()[name] for name in "ab")
    assert sympy.sympify(formula) == sympy.sin(a) ** 2 + b
    assert sympy.latex(formula) == r"b + \sin^{2}{\left(a \right)}"
    assert sympy.N(read("2 pi", "")) == sympy.N(2 * sympy.pi)
    assert sympy.lambdify([a, b], formula)(0.0, 2.0) == 2
    derivation = derive("softmax", "dL/dx")
    assert sympy.latex(derivation.lemmas[0]) == "{dL/dy}_{i} = - \\frac{{t}_{i}}{{y}_{i}}"
    assert sympy.sympify(derivation) == derivation.to_sympy()
    assert load("logistic")["p"].sympy == functions.sigmoid(Symbol("z", real=True))


# ---------------------------------------------------------------- models, answers and proofs in SymPy


def test_a_model_of_sympy_expressions_is_derived():
    i = sympy.Idx("i", (1, n))
    data, z = IndexedBase("x", shape=(n,)), IndexedBase("z", shape=(n,))
    w, loss = symbols("w L", real=True)
    model = Model.from_sympy({z[i]: w * data[i], loss: Sum(sympy.log(1 + sympy.exp(-z[j])), (j, 1, n))})
    assert model.nodes == ("z", "L")
    assert model["z"].sympy == w * data[i]
    found = derive(model, "dL/dw")
    names = "x: real[n]; w: real"
    assert (
        compare("-sum_i x_i sigmoid(-w x_i)", found.result.to_sympy() and found.result, found.names).status == "equal"
    )
    assert [lemma.target for lemma in found.lemmas] == ["dL/dz", "dL/dw"]
    assert Model.from_sympy({"z": w * x, loss: Symbol("z", real=True) ** 2})["L"].sympy == Symbol("z", real=True) ** 2
    matrices = Model.from_sympy({v: B * u, "L": sympy.Trace(v.T * v)})
    assert compare("2 B^T B u", derive(matrices, "dL/du").result, "B: real[n,n]; u: real[n]").status == "equal"
    with pytest.raises(NoSympy, match="is no node"):
        Model.from_sympy({z[j]: w * data[j]})
    with pytest.raises(TypeError, match="a mapping of each node"):
        Model.from_sympy([(z[i], w)])
    assert names


def test_an_answer_may_be_a_sympy_expression():
    right = derive("softmax", "dy_i/dx_j").sympy
    assert check("001/3.2", right).status == "correct"
    assert check("001/3.2", -right).status == "wrong"
    assert check("001/3.2", read("-y_i y_j", derive("softmax", "dy_i/dx_j").names)).status == "correct"
    assert check("001/3.2", sympy.gamma(x)).status == "unreadable"


# (statement or left side, right side, names, status, whether there are steps)
PROVED = [
    ("sigmoid(z) (1 - sigmoid(z)) = exp(-z)/(1 + exp(-z))^2", None, "z: real", "equal", True),
    ("sigmoid(z) (1 - sigmoid(z))", "exp(-z)/(1 + exp(-z))^2", "z: real", "equal", True),
    (sympy.Eq(sympy.cosh(x) ** 2 - sympy.sinh(x) ** 2, 1, evaluate=False), None, "", "equal", True),
    ((B * u).T * B, u.T * B.T * B, "", "equal", True),
    ("x + 1 = x", None, "x: real", "different", False),
    ("x + 1", None, "x: real", "unreadable", False),
    ("x =", None, "x: real", "unreadable", False),
    ("sum_i (x_i - m)^2 = sum_i x_i^2 - n m^2", None, "x: real[n]", "unreadable", False),
]


@pytest.mark.parametrize(("left", "right", "names", "status", "steps"), PROVED, ids=str)
def test_forms_are_proved_equal_in_steps(left, right, names, status, steps):
    found = prove(left, right, names)
    assert found.status == status
    assert bool(found.steps) == steps
    for step in found.steps:
        assert compare(step.before, step.after, found.derivation.names).status == "equal"


def test_a_proof_takes_bindings_and_is_no_truth_value():
    found = prove("sum_i (x_i - m)^2 = sum_i x_i^2 - n m^2", names="x: real[n]", let="m = mean(x)")
    assert found.status == "equal"
    with pytest.raises(TypeError, match="status"):
        bool(found)
    for statement in (x, x > 1, sympy.Ne(x, 1)):
        with pytest.raises(TypeError, match="two sides"):
            prove(statement)


# ---------------------------------------------------------------- functions of arrays


def test_a_result_is_a_function_of_arrays_in_order():
    derivation = derive("softmax", "dL/dx")
    logits, target = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0])
    expected = derivation.numpy()(x=logits, t=target)
    for f in (derivation.lambdify(["t", "x"]), derivation.lambdify(("t", "x"), {"K": 3})):
        for g in (f, pickle.loads(pickle.dumps(f))):
            assert np.allclose(g(target, logits), expected)
            assert np.allclose(g(x=logits, t=target), expected)
        assert f.__doc__.endswith("t: (K,)\nx: (K,)")
        assert repr(f) == "<dL_dx(t, x)>"
        with pytest.raises(TypeError):
            f(target)
    for args, sizes, modules, words in [
        (["x"], None, "numpy", "needs t as well"),
        (["x", "t", "q"], None, "numpy", "q is no input"),
        (["x", "t", "x"], None, "numpy", "twice"),
        (None, None, "math", "without sizes"),
        (None, {"n": 3}, "numpy", "give a value for the size K"),
    ]:
        with pytest.raises(ValueError, match=words):
            derivation.lambdify(args, sizes, modules)


def test_a_size_that_no_array_tells_is_an_argument():
    derivation = derive("shrinkage", "M")
    f = derivation.lambdify()
    assert f.__doc__.endswith("n: a size")
    assert f(0.5, 2.0, 0.25, 4) == pickle.loads(pickle.dumps(f))(mu=0.5, s=2.0, c=0.25, n=4)
    assert np.isclose(f(0.5, 2.0, 0.25, 4), derivation.lambdify(sizes={"n": 4})(0.5, 2.0, 0.25))
    assert derivation.lambdify(["n", "c", "s", "mu"])(4, 0.25, 2.0, 0.5) == f(0.5, 2.0, 0.25, 4)


@pytest.mark.parametrize("name", BASE)
@pytest.mark.long
def test_every_target_is_a_function_of_arrays_in_every_way(name):
    """The emitted function, and SymPy's own code at given sizes: for NumPy, plain Python and mpmath."""
    for target in load(name).targets:
        derivation = derive(name, target)
        if any(row.recursion is not None for row in derivation.names.values()):
            continue  # written out they are long
        sizes = dict.fromkeys(derivation.names.sizes, 2)
        at = draw.assignments(derivation.names, 5, [sizes])[0]
        given = {n: np.array(at.values[n][3], float) for n in derivation.inputs()}
        labels = {n for n in given if derivation.names[n].labels}
        given = {n: v.argmax(-1) if n in labels else v for n, v in given.items()}
        if labels:
            with pytest.raises(NoSympy, match="array of indices"):
                derivation.lambdify(sizes=sizes)
            continue
        f = derivation.lambdify()
        want = f(*given.values(), *[2] * (len(f.args) - len(given)))
        for modules in ("numpy", "math", "mpmath"):
            plain = [v if modules == "numpy" else v.tolist() for v in given.values()]
            found = pickle.loads(pickle.dumps(derivation.lambdify(sizes=sizes, modules=modules)))(*plain)
            close = 1e-6 if name == "ordinal" else 1e-9  # SymPy's log(1 - P), where P is near 1
            assert np.allclose(np.array(found, float), want, close, close, equal_nan=True), (target, modules)


# ---------------------------------------------------------------- in: symbols that declare themselves

# (student, truth, status)
COMPARED = [
    (sympy.cos(2 * sympy.pi * n), sympy.Integer(1), "equal"),
    (sympy.sqrt(Symbol("t", positive=True) ** 2), Symbol("t", positive=True), "equal"),
    (Float(0.1) * x, x / 10, "equal"),
    (Float("0.1234567890123456789", 30) * x, Rational("0.1234567890123456789") * x, "equal"),
    (Float("0.1234567890123456789", 30) * x, Rational("0.123456789012345") * x, "different"),
    (Symbol("x") ** 2, x**2, "unreadable"),
    (Symbol("m", integer=True, nonnegative=True), sympy.Integer(0), "different"),
    (Symbol("x" * 80), sympy.Integer(0), "unreadable"),
]


@pytest.mark.parametrize(("student", "truth", "status"), COMPARED, ids=str)
def test_symbols_declare_themselves_or_are_refused(student, truth, status):
    assert compare(student, truth).status == status


# ---------------------------------------------------------------- there and back

LETTERS = [
    "k",
    "k_",
    "n",
    "n_",
    "i",
    "i_",
    "x",
    "x_1",
    "x_",
    "d",
    "i_1",
    "n_1",
    "j",
    "k_1",
    "gamma",
    "E",
    "I",
    "pi",
    "S",
    "N",
    "O",
    "Q",
    "beta",
    "x_1_2",
    "lambda",
]


def _random(rng: random.Random) -> tuple[dict[str, str], str]:
    """Declarations whose letters look alike, sizes and indices included, and a scalar formula over them."""
    rows, columns, v, w, m, a, b = rng.sample(LETTERS, 7)
    if rng.random() < 0.3:
        a = rows

    def scalar(depth: int) -> str:
        if depth == 0:
            return rng.choice([a, b, "2", f"{v}^T {w}", f"sum({v})", f"||{w}||^2"])
        inner = scalar(depth - 1)
        return rng.choice([
            f"({inner}) + ({scalar(depth - 1)})", f"({inner}) * ({scalar(depth - 1)})", f"tanh({inner})",
            f"({inner})^2/({b} + 3)", f"abs({inner})^(1/3)",
            f"sum_q {v}_q {w}_q ({inner})", f"sum_k sum_i {m}_ki {v}_k", f"sum_i {w}_i sum_k {m}_ik ({inner})",
            f"prod_n (1 + {w}_n/9)",
            f"sum_j sum_x {v}_j {w}_x 1[j = x]",
        ])  # fmt: skip

    return {v: f"real[{rows}]", w: f"positive[{rows}]", m: f"real[{rows},{columns}]", a: "real", b: "positive"}, scalar(
        rng.choice([1, 2])
    )


def _there_and_back(count: int, seed: int) -> int:
    """How many random formulas were read; each has the same value as itself, as SymPy at sizes, and back from SymPy."""
    rng, tried = random.Random(seed), 0
    for number in range(count):
        domains, text = _random(rng)
        try:
            names = parse_names(domains)
            formula = read(text, names)
        except (ReadError, NamesError):
            continue
        if formula.shape_error or formula.shape:
            continue
        sizes = {size: 2 + k for k, size in enumerate(names.sizes)}
        draw = np.random.default_rng(number)
        at = {row.name: draw.uniform(0.2, 2, (1, *(sizes[s] for s in row.sizes))) for row in names.inputs()}
        value = float(np.ravel(floats.evaluate(formula, Assignment(sizes, at, 1, names)))[0])
        point: dict[sympy.Symbol, float] = {}
        for name, entries in symbols_of(names, sizes).items():
            flat = np.ravel(np.array(entries, dtype=object))
            assert not point.keys() & set(flat), "two entries are one symbol"
            point |= dict(zip(flat, map(float, np.ravel(at[name])), strict=True))
        sized = float(to_sympy(formula, sizes).xreplace(point).evalf())
        written = to_sympy(formula)
        assert _named_apart(written), (text, domains)
        back = float(np.ravel(floats.evaluate(from_sympy(written, names), Assignment(sizes, at, 1, names)))[0])
        assert np.allclose([sized, back], value, 1e-7, 1e-9), (text, domains)
        tried += 1
    return tried


def test_letters_that_look_alike_survive_the_way_there_and_back():
    assert _there_and_back(150, 1) > 40


@pytest.mark.soak
def test_letters_that_look_alike_survive_the_way_there_and_back_often():
    assert _there_and_back(20_000, 2) > 5_000
