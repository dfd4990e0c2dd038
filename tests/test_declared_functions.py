"""Declared functions of vectors and matrices: read, written, compared, differentiated where they are constant."""

from __future__ import annotations

import pytest

from checker import check, compare
from derivations import gradient
from derivations.domains import NamesError, parse_names
from derivations.emit import CannotEmit
from derivations.evaluate import draw, floats
from derivations.notation import ReadError, read, write
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.outward import to_sympy
from problems.loader import read_text

NAMES = parse_names(
    "phi: function real[d] -> real[m]; k: function (real[d], real[d]) -> real; h: function (real[d]; real[p]) -> real;"
    "g: function; e_2: function (real, real) -> real; F: function real[d,d] -> real[d,d]; q: function real[2] -> real;"
    "x: real[d]; z: real[d]; X: real[n,d]; w: real[m]; v: real[p]; alpha: real[n]; y: real[n]; A: real[d,d]; "
    "P: real[2]; a: real; b: real; c: index[m] of [n]; i: index[n]; j: index[n]; l: index[m]; r: index[d]; s: index[d]"
)


# ---------------------------------------------------------------- declarations

DECLARED = [
    ("phi: function real[d] -> real[m]", "phi: function (real[d]) -> real[m]"),
    ("phi: real[d] -> real[m]", "phi: function (real[d]) -> real[m]"),
    ("k: function (real[d], real[d]) -> real", "k: function (real[d], real[d]) -> real"),
    ("k: function of (x: real[d], z: real[d]) -> real", "k: function (real[d], real[d]) -> real"),
    ("k: function of (x: real[d], z: real[d])", "k: function (real[d], real[d]) -> real"),
    (r"k: (real[d],real[d]) \to real", "k: function (real[d], real[d]) -> real"),
    ("h: function (real[d]; real[p], real) → real", "h: function (real[d]; real[p], real) -> real"),
    ("x: real[d]; h: function (real[d]; real[p]) -> real", "x: real[d]; h: function (real[d]; real[p]) -> real"),
    ("g: real -> real", "g: function"),
    ("g: function (real) -> real", "g: function"),
    ("g: function real[d,1] -> real[1]", "g: function (real[d]) -> real"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), DECLARED)
def test_a_function_is_declared_by_what_it_takes_and_gives(text: str, shown: str):
    names = parse_names(text)
    assert names.show() == shown
    assert parse_names(shown) == names


def test_its_sizes_are_declared_by_their_use():
    assert parse_names("phi: function (real[d]; real[p]) -> real[m]").sizes == ("d", "p", "m")


UNDECLARABLE = [
    ("k: function (positive[d]) -> real", "takes and gives real numbers"),
    ("k: function real[d] -> probability", "takes and gives real numbers"),
    ("k: function real[d]", "cannot read the domain"),
    ("k: function (real[d]; real; real[p]) -> real -> real", "cannot read the domain"),
    ("k: function (real[d]; real; real[p]) -> real", "one `;`"),
    ("k: function real[a,b,c] -> real", "at most 2 axes"),
    ("k: function (real, real, real, real, real, real, real) -> real", "at most 6 arguments"),
    ("k: function real[100000] -> real", "at most 4096 entries"),
    ("k: function real[d] -> real[100,100]", "at most 4096 entries"),
    ("k: function real[d-1] -> real", "cannot read the domain"),
    ("k: function real[] real -> real", "takes and gives real numbers"),
    ("k: function () -> real", "takes and gives real numbers"),
]


@pytest.mark.parametrize(("text", "message"), UNDECLARABLE)
def test_what_is_no_declaration_is_refused_by_its_reason(text: str, message: str):
    with pytest.raises(NamesError, match=message):
        parse_names(text)


# ---------------------------------------------------------------- reading and writing

WRITTEN = [
    ("k(x,z)", "k(x, z)", None),
    (r"k\left(X_i, X_j\right)", "k(X_i, X_j)", None),
    ("k(X^{(i)}, X^{(j)})", "k(X_i, X_j)", None),
    ("k(x; z)", "k(x, z)", None),
    ("h(X_i; v)", "h(X_i; v)", None),
    ("h(X_i, v)", "h(X_i; v)", None),
    (r"h(X_i \mid v)", "h(X_i; v)", None),
    ("h_v(X_i)", "h(X_i; v)", None),
    (r"\phi_l(X_i)", "phi(X_i)_l", None),
    ("F_{rs}(A)", "F(A)_{rs}", None),
    ("phi(x)", "l:m -> phi(x)_l", "phi(x)"),
    (r"\phi(X_i)_l", "phi(X_i)_l", None),
    (r"\phi(X_i)_{c_i}", "phi(X_i)_{c_i}", "none"),
    (r"\phi(x)_3", "phi(x)_3", None),
    (r"\phi(x)_l^2", "phi(x)_l^2", None),
    (r"\phi(x)^T\phi(z)", "sum_{l=1}^m phi(x)_l phi(z)_l", "phi(x)^T phi(z)"),
    (r"\langle \phi(x), \phi(z) \rangle", "sum_{l=1}^m phi(x)_l phi(z)_l", "phi(x)^T phi(z)"),
    (r"w^T \phi(X_i)", "sum_l w_l phi(X_i)_l", "w^T phi(X_i)"),
    (r"\phi(x) w^T", "(l:m, t) -> w_t phi(x)_l", "phi(x) w^T"),
    (r"\phi(x) \odot w", "l -> w_l phi(x)_l", "w .* phi(x)"),
    (r"\sum_i \alpha_i y_i k(X_i, x)", "sum_i alpha_i y_i k(X_i, x)", "none"),
    ("k(x+z, 2x - A z)", "k(x + z, 2 x - A z)", None),
    ("k(r -> x_r z_r, z)", "k(x .* z, z)", None),
    ("k(r -> x_r^2 + 1, z)", "k((r -> 1 + x_r^2), z)", "k(1 + (x .* x), z)"),
    (r"\phi(k(x, z) x)_l", "phi(k(x, z) x)_l", None),
    ("F(A^T)^T x", "r:d -> sum_s x_s F(A^T)_{sr}", "F(A^T)^T x"),
    ("x^T F(A) z", "sum_r z_r sum_s x_s F(A)_{sr}", "x^T F(A) z"),
    ("q([a, b])", "q(t:2 -> a delta_{t,1} + b delta_{t,2})", "none"),
    ("e_2(a, b)", "e_2(a, b)", None),
]


@pytest.mark.parametrize(("text", "index", "matrix"), WRITTEN)
@pytest.mark.long
def test_it_is_read_written_and_read_back(text: str, index: str, matrix: str | None):
    formula = read(text, NAMES)
    assert formula.shape_error is None
    for dressing in ("ascii", "unicode", "latex"):
        assert read(write(formula, dressing, "index"), NAMES) == formula
        if matrix != "none":
            assert compare(read(write(formula, dressing, "matrix"), NAMES), formula, NAMES).status == "equal"
    assert write(formula, "ascii", "index") == index
    if matrix != "none":
        assert write(formula, "ascii", "matrix") == (matrix or index)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("h_v(X_i)", "h_v(X_i) was read as h(X_i; v)"),
        (r"\phi_l(x)", r"\phi_l(x) was read as the entry l of phi(x)"),
    ],
)
def test_what_stands_below_its_name_is_said(text: str, note: str):
    assert [n.message for n in read(text, NAMES).notes] == [note]


def test_bound_indices_have_no_name():
    assert read("sum_i k(X_i, x)", NAMES) == read("sum_j k(X_j, x)", NAMES)
    assert read("k(r -> x_r z_r, z)", NAMES) == read("k(s -> x_s z_s, z)", NAMES)
    assert read("k(x, z)", NAMES) != read("k(z, x)", NAMES)


REFUSED = [
    ("k(x)", r"k is declared \(real\[d\], real\[d\]\) -> real: 1 is given"),
    ("k(x, z, x)", "3 are given"),
    ("k'(x, z)", "primes are not read"),
    ("k + 1", "needs its argument"),
    ("k_1(x, z)", "is a function"),
    ("k(x, z", "never closed"),
    ("h_i(x)", "takes no index"),
    ("h_v(x; v)", "takes no index"),
    ("g_i(a)", "takes no index"),
    (r"\phi^{(l)}(x)", "takes no index|needs its argument"),
    (r"\phi_l(x)_l", "takes no index"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_no_application_is_refused(text: str, message: str):
    with pytest.raises(ReadError, match=message):
        read(text, NAMES)


MISSHAPEN = [
    "e_2(x, a)",
    "k(a, x)",
    "k(x^T, z)",
    "h(x; w)",
    "F(x)",
    "phi(x)_r",
    "phi(x) + x",
    "k(P, x)",
]


@pytest.mark.parametrize("text", MISSHAPEN)
def test_arguments_have_the_declared_shape(text: str):
    assert read(text, NAMES).shape_error is not None


# ---------------------------------------------------------------- a function of vectors at the rows of a matrix

GRAM = [
    ("k(X, X)", "(i, j) -> k(X_i, X_j)", "equal"),
    ("k(X, X)", "(i, j) -> k(X_j, X_i)", "different"),
    (r"\alpha^T k(X,X) \alpha", "sum_{i=1}^n sum_{j=1}^n alpha_i alpha_j k(X_i, X_j)", "equal"),
    ("(k(X,X) + a I)^{-1} y", "inv(k(X,X) + a I) y", "equal"),
    ("k(X,X)_{ij}", "k(X_i, X_j)", "equal"),
    ("k(X, x)", "i -> k(X_i, x)", "equal"),
    ("k(x, X)", "i -> k(x, X_i)", "equal"),
    ("k(x, X)", "i -> k(X_i, x)", "different"),
    (r"k(X, x)^T \alpha", "sum_{i=1}^n alpha_i k(X_i, x)", "equal"),
    (r"k(x, X) \alpha", "sum_i alpha_i k(x, X_i)", "equal"),
    (r"k(x, X)^T \alpha", "sum_i alpha_i k(x, X_i)", "equal"),
    (r"\alpha^T k(x, X)^T", "sum_i alpha_i k(x, X_i)", "equal"),
    ("k(x, X) (k(X, X) + a I)^{-1} y", "y^T (k(X, X)^T + a I)^{-1} k(x, X)", "equal"),
    ("phi(X)", "(i, j) -> phi(X_i)_j", "equal"),
    ("phi(X) phi(x)", "i -> phi(X_i)^T phi(x)", "equal"),
    ("phi(X)^T phi(X)", "(i, j) -> sum_{l=1}^n phi(X_l)_i phi(X_l)_j", "equal"),
    ("phi(X)^T phi(X)", "(i, j) -> phi(X_1)_i phi(X_1)_j", "different"),
]


@pytest.mark.parametrize(("text", "same", "status"), GRAM)
def test_a_function_of_vectors_is_applied_to_the_rows_of_a_matrix(text: str, same: str, status: str):
    found = compare(text, same, NAMES)
    assert found.status == status
    if status == "equal":
        assert any(f.tag == "rows" for f in found.findings)


@pytest.mark.parametrize("text", ["phi(A)", "k(A, x)", "k(A, A)", "k(A, X)"])
def test_the_rows_of_a_square_matrix_are_asked_for(text: str):
    with pytest.raises(ReadError, match="say which are meant") as fault:
        read(text, NAMES)
    assert fault.value.tag == "ambiguous"


# ---------------------------------------------------------------- rows of a matrix beside a vector

ROWS = [
    ("k(x_i, x_j)", "k(X_i, X_j)"),
    ("k(x^{(i)}, x)", "k(X_i, x)"),
    (r"\sum_{t=1}^n \alpha_t k(x_t, x)", r"\sum_i \alpha_i k(X_i, x)"),
    (r"\sum_{t=1}^n x_t^T x", r"\sum_t X_t^T x"),
    ("x_{ir}", "X_{ir}"),
]


@pytest.mark.parametrize(("text", "meant"), ROWS)
def test_a_vector_with_an_index_of_the_examples_is_a_row_of_the_matrix_in_capitals(text: str, meant: str):
    formula = read(text, NAMES)
    assert formula == read(meant, NAMES)
    assert any("was read as X, whose rows they are" in n.message for n in formula.notes)


@pytest.mark.parametrize("text", ["z_i", "x_{ij}", "x_l", "alpha_r", "x_{c_i}"])
def test_no_other_index_is_taken_for_one(text: str):
    assert read(text, NAMES).shape_error is not None


@pytest.mark.parametrize("text", ["x_r", "x_1", r"\sum_r x_r", r"\sum_{t=1}^d x_t", r"\sum_t x_t"])
def test_an_entry_stays_an_entry(text: str):
    assert not any(n.tag == "letter" for n in read(text, NAMES).notes)


# ---------------------------------------------------------------- in answers

LABELS = [
    (r"k(x, z) = \exp(-\|x - z\|^2/2)", r"\exp(-\frac12 \sum_r (x_r - z_r)^2)"),
    ("k(x, z) := (1 + x^T z)^2", "(1 + x^T z)^2"),
    (r"\phi(x) = A x", "A x"),
    (r"h(x; v) = \|v\|^2 x_1", r"\|v\|^2 x_1"),
]


@pytest.mark.parametrize(("text", "formula"), LABELS)
def test_what_a_function_is_said_to_be_is_the_formula(text: str, formula: str):
    assert read(text, NAMES) == read(formula, NAMES)


@pytest.mark.parametrize(
    "text", ["k(z, x) = x^T z", "k(x, x) = 1", "k(x, z) = k(z, x)", "k(x, 2z) = 1", "k(x, z) = k(x, z)^2", "k(x) = 1"]
)
def test_what_is_said_of_it_at_other_places_is_none(text: str):
    with pytest.raises(ReadError):
        read(text, NAMES)


DEFINED = [
    (r"\sum_i \alpha_i k(X_i, x), \text{ where } k(x, z) = e^{-\|x - z\|^2}", "gauss", "correct"),
    (r"\sum_i \alpha_i k(x_i, x) where k(x, x') = e^{-\|x - x'\|^2}", "gauss", "correct"),
    (r"\sum_i \alpha_i k(x_i, x) where k(u, v) = e^{-\|u - v\|^2}", "gauss", "correct"),
    (r"Let k(x, z) = \exp(-\|x - z\|^2). Then \sum_i \alpha_i k(X_i, x)", "gauss", "correct"),
    (r"\sum_i \alpha_i k(X_i, x), where k(x, z) = e^{-g(x - z)}, g(x) = x^T x", "gauss", "correct"),
    (r"\sum_i \alpha_i k(X_i, x), \text{ where } k(x, z) = e^{-\|x + z\|^2}", "gauss", "wrong"),
    (r"\sum_i \alpha_i k(X_i, x), \text{ where } k(x, z) = e^{-\|x - z\|^2/2}", "gauss", "wrong"),
    (r"\sum_i \alpha_i k(X_i, x), where k(x, z) = e^{-\|x\|^2}", "gauss", "wrong"),
    (r"\sum_i (y_i - f(x_i))^2, where f(x) = w^T x", "squares", "correct"),
    (r"\sum_i (y_i - f(X_i))^2, where f(x) = w^T x", "squares", "correct"),
    (r"\sum_i g(y_i - w^T X_i), where g(t) = t^2", "squares", "correct"),
    (r"\sum_i g(y_i - w^T X_i), where g(t) = t^3", "squares", "wrong"),
    (r"\sum_i (y_i - f(X_i))^2, where f(z) = w^T x", "squares", "wrong"),  # f(X_i) is w^T x for every i
    (r"\sum_i (y_i - f(X_i))^2, where f(x) = f(x)", "squares", "unreadable"),
    (f"{'g(' * 40}y_1{')' * 40}, where g(t) = t t", "squares", "unreadable"),  # 2⁴⁰ factors
    (r"\sum_i (y_i - f(X_i))^2, where f(x, z) = w^T x", "squares", "unreadable"),
    (r"\sum_i (y_i - f(y_i))^2, where f(x) = w^T x", "squares", "unreadable"),
    (r"\sum_i (y_i - f(X_i))^2, where f(x_i) = w^T x_i", "squares", "correct"),
]

SHEET = """
id = "f/1"
title = "Functions of vectors"
names = { X = "real[n,d]", x = "real[d]", z = "real[d]", w = "real[d]", y = "real[n]", alpha = "real[n]" }

[[part]]
id = "f/1gauss"
kind = "formula"
ask = "?"
derives = 'sum_i alpha_i exp(-||X_i - x||^2)'

[[part]]
id = "f/1squares"
kind = "formula"
ask = "?"
derives = 'sum_i (y_i - w^T X_i)^2'
"""


@pytest.fixture(scope="module")
def sheet():
    problem, faults = read_text(SHEET, "f.toml")
    assert problem is not None
    assert not faults
    return {part.id.removeprefix("f/1"): part for part in problem.parts}


@pytest.mark.parametrize(("answer", "part", "status"), DEFINED)
def test_an_answer_may_define_functions_of_its_own(sheet, answer: str, part: str, status: str):
    assert check(sheet[part], answer).status == status


# ---------------------------------------------------------------- judging

JUDGED = [
    ("k(x, z)", "k(x, z)", "equal"),
    ("k(x, z)", "k(z, x)", "different"),
    (r"\sum_i k(X_i, x)", r"\sum_j k(X_j, x)", "equal"),
    (r"\sum_i k(X_i, x)", r"\sum_j k(x, X_j)", "different"),
    (r"\sum_i \sum_j \alpha_i \alpha_j k(X_i, X_j)", r"\sum_i \sum_j \alpha_i \alpha_j k(X_j, X_i)", "equal"),
    (r"\sum_i \sum_j \alpha_i y_j k(X_i, X_j)", r"\sum_i \sum_j \alpha_i y_j k(X_j, X_i)", "different"),
    ("sum_i k(X_i, X_i)", "sum_i sum_j k(X_i, X_j) 1[i = j]", "equal"),
    ("sum_i k(X_i, X_i)", "sum_i sum_j k(X_i, X_j)", "different"),
    ("k(x + z, z)", "k(z + x, z)", "equal"),
    ("k(x + z, z)", "k(x, z) + k(z, z)", "different"),
    ("k(2 x, z)", "2 k(x, z)", "different"),
    ("k(x, z)", "k(-x, -z)", "different"),
    ("k(A x, z)", "k(x, A^T z)", "different"),
    ("k(A x, z)", "k(r -> sum_s A_{rs} x_s, z)", "equal"),
    ("k(X^T alpha, x)", r"k(\sum_i \alpha_i X_i, x)", "equal"),
    ("k(X^T alpha, x)", r"\sum_i \alpha_i k(X_i, x)", "different"),
    (r"\phi(x)^T \phi(z)", r"\phi(z)^T \phi(x)", "equal"),
    (r"\phi(x)^T \phi(z)", "k(x, z)", "different"),
    (r"\phi(X_i)_l", r"\phi(X_j)_l", "different"),
    (r"\phi(x)_l", r"\phi(x)_1", "different"),
    (r"\phi(X_i)_{c_i}", r"\sum_l 1[c_i = l] \phi(X_i)_l", "equal"),
    (r"\|\phi(x) - \phi(z)\|^2", r"\phi(x)^T\phi(x) - 2\phi(x)^T\phi(z) + \phi(z)^T\phi(z)", "equal"),
    (r"\|\phi(x) - \phi(z)\|^2", r"\phi(x)^T\phi(x) - \phi(x)^T\phi(z) + \phi(z)^T\phi(z)", "different"),
    ("h(x; v)", "h(x; 2v)", "different"),
    ("h(x; v)^2 - h(z; v)^2", "(h(x; v) - h(z; v)) (h(x; v) + h(z; v))", "equal"),
    ("e_2(a, b)", "e_2(b, a)", "different"),
    ("e_2(a, b)", "e_2(a + 2, b - 1)", "different"),
    ("F(A)", "F(A)^T", "different"),
    ("x^T F(A) z", "z^T F(A)^T x", "equal"),
    ("tr(F(A))", "tr(F(A)^T)", "equal"),
    ("tr(F(A))", "tr(F(A^T))", "different"),
    ("q(P)", "q([P_1, P_2])", "equal"),
    ("q(P)", "q([P_2, P_1])", "different"),
    ("max_i k(X_i, x)", "max_j k(X_j, x)", "equal"),
    ("sum_i exp(k(X_i, x)) / sum_j exp(k(X_j, x))", "1", "equal"),
    ("relu(k(x, z))", "k(x, z)", "different"),
    ("k(X_1, x)", "k(X_2, x)", "different"),
    ("exp(-k(x, z)/2)", "1/sqrt(exp(k(x, z)))", "equal"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "truth", "status"), JUDGED)
def test_applications_are_equal_where_their_arguments_are(answer: str, truth: str, status: str):
    verdict = compare(answer, truth, NAMES)
    assert verdict.status == status
    if status == "equal":
        assert verdict.evidence.strength == "proved"
    else:
        assert verdict.evidence.counterexample is not None


def test_its_values_are_the_same_every_time_and_depend_on_every_entry():
    at = draw.assignments(NAMES, 3, points=4, count=1)[0]

    def values(text: str):
        return floats.evaluate(read(text, NAMES), at)

    assert (values("k(x, z)") == values("k(x, z)")).all()
    assert abs(values("phi(x)_1") - values("phi(x)_2")).min() > 1e-9
    for r in (1, 2):
        assert abs(values(f"k(x, z) - k(s -> x_s + 1[s = {r}], z)")).min() > 1e-9


# ---------------------------------------------------------------- derivatives and code

GRADIENTS = [
    (r"\sum_i \log(1 + e^{-y_i w^T \phi(X_i)})", "w", r"l -> -\sum_i y_i \phi(X_i)_l \sigma(-y_i w^T \phi(X_i))"),
    (r"\frac12 \sum_i (y_i - \sum_j \alpha_j k(X_i, X_j))^2", "alpha",
     r"j -> -\sum_i k(X_i, X_j) (y_i - \sum_t \alpha_t k(X_i, X_t))"),
    ("a^2 k(x, z)", "a", "2 a k(x, z)"),
    ("x^T F(A) x", "x", "F(A) x + F(A)^T x"),
    ("a e_2(b, b)", "a", "e_2(b, b)"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "wrt", "expected"), GRADIENTS)
def test_a_function_of_what_is_not_varied_is_a_constant(loss: str, wrt: str, expected: str):
    found = gradient(loss, wrt, NAMES).result
    assert compare(found, read(expected, NAMES), NAMES).status == "equal"


# ---------------------------------------------------------------- derivatives

SLOPES = [
    # formula, by what, its derivative as somebody writes it
    ("k(x, z)", "x", r"\nabla_x k(x, z)"),
    ("h(x; v)", "v", "partial_2 h(x; v)"),
    ("1/2 (h(x; v) - a)^2", "v", r"(h(x; v) - a) \nabla_v h(x; v)"),
    ("sum_i (h(X_i; v) - y_i)^2", "v", r"2 sum_i (h(X_i; v) - y_i) \partial_2 h(X_i; v)"),
    ("w^T phi(x)", "x", "(partial_1 phi(x))^T w"),
    ("g(w^T phi(x))", "x", "g'(w^T phi(x)) (∂_1 phi(x))^T w"),
    ("k(x, x)", "x", "∂_1 k(x, x) + ∂_2 k(x, x)"),
    ("e_2(a, g(a))", "a", "partial_1 e_2(a, g(a)) + partial_2 e_2(a, g(a)) g'(a)"),
    ("x^T F(A) x", "A", "(r, s) -> sum_{u=1}^d sum_{t=1}^d x_u x_t (partial_1 F(A))_{u t r s}"),
    ("sum_i k(X_i, x)", "X", "(i, r) -> (partial_1 k(X_i, x))_r"),
    (r"1/2 ||\nabla_x h(x; v)||^2", "v", "(partial_1 partial_2 h(x; v))^T partial_1 h(x; v)"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "expected"), SLOPES)
def test_a_derivative_is_by_an_argument(formula: str, wrt: str, expected: str):
    found = gradient(formula, wrt, NAMES).result
    verdict = compare(found, read(expected, NAMES), NAMES)
    assert verdict.status == "equal", (write(found, "ascii"), verdict)
    assert verdict.evidence.strength == "proved"


@pytest.mark.parametrize(
    "text",
    [
        r"\nabla_v h(x; v)", "partial_2 h(x; v)", r"\partial_{2} k(x, z)", "∂_1 ∂_2 k(x, z)", "partial_1 phi(x)",
        r"\frac{\partial h(x; v)}{\partial x_r}", "dk(x, z)/dz_s", "sum_{r=1}^d partial_1 partial_1 k(x, z)_{r r}",
        "g''(a)", "partial_2 k(x, z) a",
    ],
)  # fmt: skip
def test_what_is_written_of_a_derivative_is_read_back(text: str):
    formula = read(text, NAMES)
    for dressing in ("ascii", "unicode", "latex"):
        for form in ("index", "auto"):
            assert read(write(formula, dressing, form), NAMES) == formula


PARTIALS = [
    ("partial_1 partial_2 k(x, z)", "(partial_2 partial_1 k(x, z))^T", "equal"),
    ("partial_1 partial_1 k(x, z)", "(partial_1 partial_1 k(x, z))^T", "equal"),
    ("partial_1 k(x, z)", "partial_2 k(x, z)", "different"),
    ("partial_1 k(x, z)", "partial_1 k(z, x)", "different"),
    ("partial_1 partial_2 k(x, z)", "(partial_1 partial_2 k(x, z))^T", "different"),
    ("(partial_1 k(x, z)) (partial_1 k(z, x))^T", "(partial_1 k(z, x)) (partial_1 k(x, z))^T", "different"),
    ("det(partial_1 partial_1 k(x, z))", "0", "different"),
]


@pytest.mark.parametrize(("one", "other", "status"), PARTIALS)
def test_derivatives_are_told_apart(one: str, other: str, status: str):
    assert compare(one, other, NAMES).status == status


NETWORK = """
id = "net/1"
title = "Any network"
names = { f = "function (real[d]; real[p]) -> real", x = "real[d]", theta = "real[p]", y = "real" }
let = "L = 1/2 (f(x; theta) - y)^2"
[[part]]
id = "net/1a"
kind = "formula"
ask = "What is dL/dtheta for any differentiable f?"
derives = "dL/dtheta"
"""
ANSWERS = [
    (r"(f(x; \theta) - y) \nabla_\theta f(x; \theta)", "correct"),
    ("(f(x; theta) - y) partial_2 f(x; theta)", "correct"),
    (r"-(y - f(x;\theta)) \, \nabla_{\theta} f(x;\theta)", "correct"),
    (r"(f(x; \theta) - y) \nabla_x f(x; \theta)", "wrong"),
    (r"(y - f(x; \theta)) \nabla_\theta f(x; \theta)", "wrong"),
    (r"\nabla_\theta f(x; \theta)", "wrong"),
]


@pytest.mark.parametrize(("answer", "status"), ANSWERS)
def test_answers_with_its_derivatives_are_judged(answer: str, status: str):
    problem, faults = read_text(NETWORK, "network.toml")
    assert not faults
    assert check(problem.parts[0], answer).status == status


REFUSED_SLOPES = [
    ("partial_3 k(x, z)", "k has no argument 3"),
    ("partial_1 x", "stands before a declared function"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED_SLOPES)
def test_what_is_no_derivative_is_refused(text: str, words: str):
    with pytest.raises(ReadError, match=words):
        read(text, NAMES)


def test_code_and_sympy_need_its_definition():
    with pytest.raises(CannotEmit, match="k is an unknown function"):
        gradient("a^2 k(x, z)", "a", NAMES).numpy()
    with pytest.raises(NoSympy, match="k of arrays"):
        to_sympy(read("k(x, z)", NAMES))


def test_vectors_that_are_columns_are_asked_for():
    with pytest.raises(ReadError, match="are columns of X"):
        read("phi(X^T)", NAMES)
