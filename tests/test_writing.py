"""Writing: trees to text in three dressings, and back; matrix notation; order and names that depend on nothing but the
formula."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from derivations.domains import DOMAINS, Declared, parse_names
from derivations.evaluate.draw import assignments
from derivations.evaluate.floats import evaluate
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Affine,
    Apply,
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
    Node,
    Pow,
    Rel,
    SizeVal,
    add,
    bound,
    call,
    div,
    free_indices,
    indicator,
    mul,
    neg,
    num,
    power,
    sqrt,
    sub,
    total,
)  # fmt: skip
from derivations.notation import read
from derivations.notation.measure import length
from derivations.notation.write import NoMatrixForm, write, write_body

NAMES = parse_names(
    "x: real[n,d]; w: real[d]; y: label01[n]; p: probability[n]; yhat: real[n]; z: real[K]; A: invertible[d]; "
    "S: posdef[d]; W1: real[d,K];"
    "a: real; b: real; lambda: positive; mu: real; sigma: positive; f: function; i: index[n]; k: "
    "index[K]; t: index[n]"
)
ROW, CLASS = NAMES["i"].index, NAMES["k"].index
assert ROW is not None
assert CLASS is not None


def el(name: str, *at) -> Elem:
    return Elem(name, at)


def formula(body: Node, axes=(), free=()) -> Formula:
    return Formula(body, tuple(axes), tuple(free), NAMES)


A_, B_, MU, SIGMA, LAMBDA = (el(s) for s in ("a", "b", "mu", "sigma", "lambda"))
I_, J, K_, L = Index("i", "n"), Index("j", "d"), Index("k", "K"), Index("l", "K")
L_ = Index("l", "d")
N_ = SizeVal("n")


# ---------------------------------------------------------------- trees to text

INDEX_FORM = [
    # tree, ASCII, Unicode, LaTeX
    (sub(el("yhat", ROW), el("y", ROW)), "yhat_i - y_i", "ŷᵢ - yᵢ", r"\hat{y}_i - y_i"),
    (add(neg(el("y", ROW)), el("yhat", ROW)), "yhat_i - y_i", "ŷᵢ - yᵢ", r"\hat{y}_i - y_i"),
    (sub(ONE, el("p", ROW)), "1 - p_i", "1 - pᵢ", "1 - p_i"),
    (mul(sub(ONE, el("p", ROW)), el("p", ROW)), "p_i (1 - p_i)", "pᵢ (1 - pᵢ)", "p_i (1 - p_i)"),
    (div(A_, mul(TWO, SIGMA)), "a/(2 sigma)", "a/(2 σ)", r"\frac{a}{2 \sigma}"),
    (div(sub(A_, MU), Pow(SIGMA, num(3))), "(a - mu)/sigma^3", "(a - μ)/σ³", r"\frac{a - \mu}{\sigma^{3}}"),
    (Pow(SIGMA, num(-2)), "1/sigma^2", "1/σ²", r"\frac{1}{\sigma^{2}}"),
    (neg(mul(num("1/2"), A_)), "-a/2", "-a/2", r"-\frac{a}{2}"),
    (num("-3/4"), "-3/4", "-3/4", r"-\frac{3}{4}"),
    (num("0.001"), "0.001", "0.001", "0.001"),
    (sqrt(add(Pow(A_, TWO), Pow(B_, TWO))), "sqrt(a^2 + b^2)", "√(a² + b²)", r"\sqrt{a^{2} + b^{2}}"),
    (Pow(A_, num("1/3")), "a^(1/3)", "a^(1/3)", r"\sqrt[3]{a}"),
    (Pow(sub(A_, B_), TWO), "(a - b)^2", "(a - b)²", "(a - b)^{2}"),
    (Pow(neg(A_), TWO), "(-a)^2", "(-a)²", "(-a)^{2}"),
    (neg(Pow(A_, TWO)), "-a^2", "-a²", "-a^{2}"),
    (sub(A_, sub(B_, MU)), "a - (b - mu)", "a - (b - μ)", r"a - (b - \mu)"),
    (power(add(ONE, call("exp", neg(A_))), MINUS_ONE), "1/(1 + exp(-a))", "1/(1 + exp(-a))", r"\frac{1}{1 + e^{-a}}"),
    (call("log", el("p", ROW)), "log(p_i)", "log(pᵢ)", r"\log p_i"),
    (mul(call("log", A_), B_), "b log(a)", "b log(a)", r"b \log a"),
    (call("sigmoid", neg(A_)), "sigmoid(-a)", "sigmoid(-a)", r"\operatorname{sigmoid}(-a)"),
    (call("abs", sub(A_, B_)), "abs(a - b)", "|a - b|", r"\lvert a - b \rvert"),
    (total((I_,), mul(el("x", I_, 1), el("y", I_))), "sum_j x_{j,1} y_j", "∑ⱼ x_{j,1} yⱼ", r"\sum_{j=1}^n x_{j,1} y_j"),
    (total((I_, J), el("x", I_, J)), "sum_{j,l} x_{jl}", "∑_{j,l} xⱼₗ", r"\sum_{j=1}^n\sum_{l=1}^d x_{jl}"),
    (total((I_,), add(el("y", I_), ONE)), "sum_j (y_j + 1)", "∑ⱼ (yⱼ + 1)", r"\sum_{j=1}^n (y_j + 1)"),
    (total((I_,), A_), "sum_{j=1}^n a", "∑_{j=1}^n a", r"\sum_{j=1}^n a"),
    (neg(mul(div(ONE, N_), total((I_,), mul(el("y", I_), call("log", el("p", I_)))))), "-1/n * sum_j y_j log(p_j)",
        "-1/n · ∑ⱼ yⱼ log(pⱼ)", r"-\frac{1}{n} \sum_{j=1}^n y_j \log p_j"),
    (mul(total((J,), el("w", J)), total((K_,), el("z", K_))), "(sum_j w_j) (sum_j z_j)", "(∑ⱼ wⱼ) (∑ⱼ zⱼ)",
        r"\left(\sum_{j=1}^d w_j\right) \left(\sum_{j=1}^K z_j\right)"),
    (Bound("logsumexp", (L,), el("z", L)), "logsumexp_l(z_l)", "logsumexpₗ(zₗ)", r"\operatorname{logsumexp}_l(z_l)"),
    (call("exp", sub(el("z", CLASS), Bound("logsumexp", (L,), el("z", L)))), "softmax(z)_k", "softmax(z)ₖ",
        r"\operatorname{softmax}(z)_k"),
    (mul(call("exp", A_), indicator(Rel(">", A_, ZERO))), "exp(a) * 1[a > 0]", "exp(a) · 1[a > 0]",
        r"e^{a} \mathbf{1}[a > 0]"),
    (Cases(((Rel(">=", A_, ZERO), A_),), neg(A_)), "{a if a >= 0, -a otherwise}", "{a if a ≥ 0, -a otherwise}",
        r"\begin{cases} a & \text{if } a \ge 0 \\ -a & \text{otherwise} \end{cases}"),
    (Delta(ROW, NAMES["t"].index), "delta_{it}", "δᵢₜ", r"\delta_{it}"),  # type: ignore[arg-type]
    (el("y", Affine(((ROW, 1),), 1)), "y_{i+1}", "yᵢ₊₁", "y_{i+1}"),
    (Pow(A_, IndexVal(Affine(((NAMES["t"].index, 1), (ROW, -1))))), "a^(t - i)", "a^(t - i)", "a^{t - i}"),
    # type: ignore[arg-type]
    (Pow(call("tanh", A_), TWO), "tanh(a)^2", "tanh(a)²", r"\tanh^{2}(a)"),
    (call("factorial", A_), "a!", "a!", "a!"),
    (Apply("f", (A_,), ((0, ()),)), "f'(a)", "f'(a)", "f'(a)"),
    (sub(el("z", CLASS), Bound("logsumexp", (L,), el("z", L))), "log_softmax(z)_k", "log_softmax(z)ₖ",
        r"\operatorname{logsoftmax}(z)_k"),
    (total((J, L_), Cases(((Rel("<=", IndexVal(L_), IndexVal(J)), mul(el("w", J), el("w", L_))),), ZERO)),
        "sum_j sum_{l <= j} w_j w_l", "∑ⱼ ∑_{l ≤ j} wⱼ wₗ", r"\sum_{j=1}^d \sum_{l \le j} w_j w_l"),
    (div(mul(A_, sub(B_, total((J,), el("w", J)))), SIGMA), "a/sigma * (b - sum_j w_j)", "a/σ · (b - ∑ⱼ wⱼ)",
        r"\frac{a}{\sigma} \left(b - \sum_{j=1}^d w_j\right)"),
    (mul(Elem("dL/dv"), div(ONE, SIGMA)), "1/sigma * dL/dv", "1/σ · ∂L/∂v",
        r"\frac{1}{\sigma} \frac{\partial L}{\partial v}"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "plain", "terminal", "latex"), INDEX_FORM, ids=[row[1] for row in INDEX_FORM])
def test_index_form(tree, plain, terminal, latex):
    f = formula(tree, (), (ROW, CLASS, NAMES["t"].index))
    assert (write(f, "ascii"), write(f, "unicode"), write(f, "latex")) == (plain, terminal, latex)


def test_arrays_are_written_by_their_entries():
    f = formula(total((I_,), mul(el("x", I_, J), el("y", I_))), (J,))
    assert write(f) == "j -> sum_i x_{ij} y_i"
    assert write(f, "latex") == r"j \mapsto \sum_{i=1}^n x_{ij} y_i"
    assert write_body(f) == "sum_i x_{ij} y_i"
    assert write_body(f, axes=("q",)) == "sum_i x_{iq} y_i"


def test_bound_indices_are_never_captured():
    inner = Index("j", "d")
    nested = total((J,), mul(el("w", J), Bound("max", (inner,), mul(el("w", inner), el("w", J)))))
    assert write(formula(nested)) == "sum_j w_j max_l(w_j w_l)"
    free = total((Index("i", "n"),), mul(el("y", Index("i", "n")), el("p", ROW)))
    assert "sum_i" not in write(formula(free, (), (ROW,)))
    assert write(formula(total((Index("a", "d"),), A_))) == "sum_{j=1}^d a"


def test_unknown_dressings_and_forms_are_refused():
    with pytest.raises(ValueError, match="no dressing"):
        write(formula(A_), "html")
    with pytest.raises(ValueError, match="no form"):
        write(formula(A_), "ascii", "tensor")


# ---------------------------------------------------------------- matrix notation

MATRIX_NAMES = parse_names(
    "X: real[n,d]; y: label01[n]; p: probability[n]; w: real[d]; u: real[d]; v: real[d]; b: real[d]; c: "
    "real[d]; g: real[n]; Z: real[n,d]; z: real[K];"
    "A: real[d,d]; B: real[d,d]; C: real[d,d]; D: real[d,d]; S: symmetric[d]; lambda: positive; mu: real; n: size"
)

MATRIX_FORM = [
    # as read, in matrix notation
    ("X^T (p - y)", "X^T (p - y)"),
    ("X^T p - X^T y", "X^T (p - y)"),
    ("X w", "X w"),
    ("sigmoid(X w)", "sigmoid(X w)"),
    ("A u + A^T u", "(A + A^T) u"),
    ("S u + S^T u", "2 S u"),
    ("u v^T", "u v^T"),
    ("u^T A v", "u^T A v"),
    ("v^T A^T u", "u^T A v"),
    ("u^T u", "||u||^2"),
    ("tr(A B)", "tr(A B)"),
    ("tr(B A)", "tr(A B)"),
    ("tr(B^T A^T)", "tr(A B)"),
    ("inv(A) u", "A^(-1) u"),
    ("A^T B^T", "A^T B^T"),
    ("(A B)^T", "B^T A^T"),
    ("A B u + A C u", "A (B + C) u"),
    ("B^T C D u + B^T C v + D^T C^T B u + D^T C^T b", "B^T C (D u + v) + D^T C^T (B u + b)"),
    ("diag(u) - u u^T", "diag(u) - u u^T"),
    ("X^T diag(p) X", "X^T diag(p) X"),
    ("A A A u", "A^3 u"),
    ("A inv(A) u", "u"),
    ("u .* v", "u .* v"),
    ("A .* B", "A .* B"),
    ("2 tr(A) I", "2 tr(A) I"),
    ("log(det(A))", "logdet(A)"),
    ("det(A B)", "det(A) det(B)"),
    ("softmax(z)", "softmax(z)"),
    ("softmax(X w + p)", "softmax(X w + p)"),
    ("softmax(X)^T", "softmax(X)^T"),
    ("-tr(Z^T log_softmax(X A))", "-tr(Z^T log_softmax(X A))"),
    ("sum(log_softmax(A u + v))", "ones^T log_softmax(A u + v)"),
    ("exp(A) u", "exp(A) u"),
    ("1[z > 0]", "1[z > 0]"),
    ("u - u", "0 ones_d"),
    ("I - A", "I - A"),
    ("mean(p)", "mean(p)"),
    ("(mu + 1) u", "(mu + 1) u"),
    ("||A||_F^2 + tr(A) + tr(B)", "||A||_F^2 + tr(A + B)"),
    ("1/n * X^T (X w - y) + lambda w", "1/n * X^T (X w - y) + lambda w"),
    ("||X w - y||^2", "||X w - y||^2"),
    ("||w||_1", "||w||_1"),
    ("X w + mu", "X w + mu"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MATRIX_FORM, ids=[row[0] for row in MATRIX_FORM])
def test_matrix_form(text, expected):
    f = read(text, MATRIX_NAMES)
    assert write(f, "ascii", "matrix") == expected


def test_auto_takes_the_matrix_form_where_it_is_shorter():
    assert write(read("X^T (p - y)", MATRIX_NAMES), "ascii", "auto") == "X^T (p - y)"
    assert write(read("sum_i p_i y_i", MATRIX_NAMES), "ascii", "auto") == "p^T y"
    assert write(read("lambda mu", MATRIX_NAMES), "ascii", "auto") == "lambda mu"
    assert write(formula(el("y", Affine(((ROW, 1),), 1)), (), (ROW,)), "ascii", "auto") == "y_{i+1}"


def test_inverses_inside_index_form_are_named_in_matrix_notation():
    f = read("(A^T A + lambda I)^-1 u", MATRIX_NAMES)
    assert write(f) == "i -> sum_k u_k ((A^T A + lambda I)^(-1))_{ik}"
    assert read(write(f), MATRIX_NAMES) == f


def test_softmax_of_a_sum_is_named_in_matrix_notation_inside_index_form():
    names = parse_names("x: real[n,d]; W: real[K,d]; b: real[K]; k: index[K]; T: onehot[n,K]")
    f = read("sum_i T_ik softmax(W x_i + b)_k", names)
    assert write(f) == "sum_i T_{ik} softmax(W x_i + b)_k"
    assert read(write(f), names) == f


def test_formulas_without_matrix_form_say_why():
    for tree in (el("y", Affine(((J, 1),), 1)), Bound("max", (K_,), mul(el("W1", J, K_), el("w", J)))):
        with pytest.raises(NoMatrixForm, match="no matrix form: "):
            write(formula(tree, (J,)), "ascii", "matrix")


# ---------------------------------------------------------------- round trips

FUNCTIONS = ("exp", "log", "sin", "sigmoid", "softplus", "relu", "abs", "tanh", "log_sigmoid", "sign", "floor")


class Maker:
    """Formulas at random from the notation's grammar, each from its seed."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)

    def formula(self) -> Formula:
        depth = self.rng.randint(1, 4)
        free = [t for t in (ROW, CLASS) if self.rng.random() < 0.4]
        axes = [Index(name, size) for name, size in (("j", "d"), ("q", "K")) if self.rng.random() < 0.2]
        body = self.node(depth, [*free, *axes])
        return formula(body, axes, [t for t in free if t in free_indices(body)])

    def at(self, size: str, scope: list[Index]):
        fitting = [t for t in scope if t.size == size]
        if not fitting or self.rng.random() < 0.1:
            return self.rng.randint(1, 3)
        chosen = self.rng.choice(fitting)
        return Affine(((chosen, 1),), self.rng.choice((-1, 1))) if self.rng.random() < 0.1 else chosen

    def leaf(self, scope: list[Index]) -> Node:
        rng = self.rng
        kind = rng.randrange(9)
        if kind == 0:
            return num(Fraction(rng.randint(-4, 9), rng.choice((1, 1, 1, 2, 3))))
        if kind == 1:
            return rng.choice((A_, B_, MU, SIGMA, LAMBDA, N_, Const("pi")))
        if kind == 2 and scope:
            return IndexVal(rng.choice(scope))
        if kind == 3 and len(scope) > 1:
            one, two = rng.sample(scope, 2)
            return Delta(one, two) if one.size == two.size else A_
        name, sizes = rng.choice(
            (("x", "nd"), ("w", "d"), ("y", "n"), ("p", "n"), ("yhat", "n"), ("z", "K"), ("W1", "dK"), ("S", "dd"))
        )
        return el(name, *(self.at(s, scope) for s in sizes))

    def node(self, depth: int, scope: list[Index]) -> Node:
        rng = self.rng
        if depth == 0:
            return self.leaf(scope)
        kind = rng.randrange(14)

        def part() -> Node:
            return self.node(depth - 1, scope)

        if kind <= 2:
            return add(*(part() for _ in range(rng.randint(2, 3))))
        if kind <= 5:
            return mul(*(part() for _ in range(rng.randint(2, 3))))
        if kind == 6:
            return div(part(), part())
        if kind == 7:
            return power(
                part(),
                rng.choice((TWO, HALF, num(-1), num(-2), num("-1/2"), num("1/3"), num("2/3"), A_, neg(A_), num(3))),
            )
        if kind == 8:
            return call(rng.choice(FUNCTIONS), part())
        if kind == 9:
            return neg(part())
        if kind <= 11:
            index = Index(rng.choice("ijkst"), rng.choice(("n", "d", "K")))
            return bound(
                rng.choice(("sum", "sum", "sum", "prod", "max", "logsumexp")),
                (index,),
                self.node(depth - 1, [*scope, index]),
            )
        if kind == 12:
            condition = Rel(rng.choice(("<", ">", "<=", ">=")), part(), part())
            return indicator(condition) if rng.random() < 0.5 else Cases(((condition, part()),), part())
        one, two = (self.at("d", scope) for _ in range(2))
        row, col = Index("r", "d"), Index("s", "d")
        return (
            MatrixAtom("inv", row, col, el("A", row, col), (one, two))
            if rng.random() < 0.5
            else Call("max", (part(), part()))
        )


@pytest.mark.parametrize("dressing", ["ascii", "unicode", "latex"])
@pytest.mark.parametrize("block", range(6))
@pytest.mark.long
def test_what_is_written_reads_back(block, dressing):
    for seed in range(block * 50, block * 50 + 50):
        f = Maker(seed).formula()
        text = write(f, dressing)
        assert read(text, NAMES) == f, f"seed {seed}: {text}"


def test_the_table_reads_back():
    for tree, *_ in INDEX_FORM:
        if "dL/dv" in repr(tree):
            continue
        f = formula(tree, (), ())
        for dressing in ("ascii", "unicode", "latex"):
            text = write(formula(tree, (), (ROW, CLASS, NAMES["t"].index)), dressing)
            again = read(text, NAMES)
            assert formula(again.body, (), ()).key() == f.key(), text


class MatrixMaker:
    """Matrix formulas at random as text, of a given shape, each from its seed."""

    LEAVES = {  # noqa: RUF012
        (): ["lambda", "mu", "2", "3", "n"], ("n",): ["g", "p"], ("d",): ["w", "u"], ("n", "d"): ["X", "Z"],
        ("d", "n"): ["X^T"], ("d", "d"): ["A", "B", "S", "B^T"],
    }  # fmt: skip

    def __init__(self, seed: int):
        self.rng = random.Random(seed)

    def text(self, shape: tuple[str, ...], depth: int) -> str:
        rng = self.rng
        if depth == 0:
            if shape in self.LEAVES:
                return rng.choice(self.LEAVES[shape])
            return f"({self.text(shape[:1], 0)}) ({self.text(shape[1:], 0)})^T"

        def part(inner: tuple[str, ...]) -> str:
            return f"({self.text(inner, depth - 1)})"

        kind, side = rng.randrange(10), rng.choice("nd")
        if kind < 2:
            return f"{part(shape)} {rng.choice('+-')} {part(shape)}"
        if kind == 2:
            return f"{rng.choice(('2', 'lambda', '(mu + 1)'))} * {part(shape)}"
        if kind == 3:
            return f"{rng.choice(('sigmoid', 'exp', 'sin'))}{part(shape)}"
        if not shape:
            return rng.choice(
                (
                    f"{part((side,))}^T {part((side,))}",
                    f"tr{part(('d', 'd'))}",
                    f"||{self.text((side,), depth - 1)}||^2",
                    f"{part(())} * {part(())}",
                )
            )
        if kind == 4:
            return f"{part(shape)} .* {part(shape)}"
        if len(shape) == 1:
            return f"softmax{part(shape)}" if kind == 5 else f"{part((shape[0], side))} {part((side,))}"
        if kind == 5:
            return f"diag{part(shape[:1])} {part(shape)}"
        if kind == 6 and shape == ("d", "d"):
            return "inv(A + 4 I)"
        if kind == 7:
            return f"{part(shape[:1])} {part(shape[1:])}^T"
        return f"{part((shape[0], side))} {part((side, shape[1]))}"


@pytest.mark.parametrize("seed", range(120))
def test_matrix_notation_keeps_the_value(seed):
    maker = MatrixMaker(seed)
    text = maker.text(maker.rng.choice(((), ("n",), ("d",), ("n", "d"), ("d", "d"))), maker.rng.randint(1, 3))
    f = read(text, MATRIX_NAMES)
    for dressing in ("ascii", "unicode", "latex"):
        shown = write(f, dressing, "matrix")
        again = read(shown, MATRIX_NAMES)
        assert again.shape == f.shape, f"{text} became {shown}"
        for point in assignments(MATRIX_NAMES, 3, points=8, count=2):
            one, two = evaluate(f, point), evaluate(again, point)
            fine = np.isfinite(one) & np.isfinite(two)
            assert np.allclose(one[fine], two[fine], rtol=1e-6, atol=1e-6 * (1 + np.abs(one[fine]).max(initial=0))), (
                f"{text} became {shown}"
            )


LENGTHS = [
    ("X^T (p - y)", 2), ("A @ u", 1), ("-A^T", 0), ("2 * (A @ B)", 2), ("inv(A.T)", 1), ("A^-1", 1), ("w/||w||", 2),
    ("tr(A B)", 2), ("det(A)^2", 2), ("log(det(A))", 2),
    ("(((u)))", 0), ("u v^T + v u^T", 3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LENGTHS, ids=[row[0] for row in LENGTHS])
def test_length(text, expected):
    assert length(text, MATRIX_NAMES) == expected


def test_length_of_a_formula_is_that_of_its_text():
    for text, _ in MATRIX_FORM:
        f = read(text, MATRIX_NAMES)
        assert length(f) == length(write(f, "ascii", "matrix"), MATRIX_NAMES), text


def test_sums_that_share_an_index_object_stay_apart():
    k = Index("k", "d")
    both = formula(mul(total((k,), el("w", k)), total((k,), mul(el("w", k), el("S", k, 1)))))
    with pytest.raises(NoMatrixForm):  # S_k1 is a column picked out of a matrix
        write(both, "ascii", "matrix")
    squares = formula(mul(total((k,), el("w", k)), total((k,), Pow(el("w", k), TWO))))
    assert write(squares, "ascii", "matrix") == "||w||^2 ones^T w"


def test_deep_formulas_are_written_in_time_that_grows_with_their_length():
    inner = "w"
    for _ in range(6):
        inner = f"softmax({inner} + u)"
    f = read(f"w^T tanh({inner})", MATRIX_NAMES)
    started = time.process_time()
    for form in ("index", "matrix"):
        write(f, "latex", form)
    assert time.process_time() - started < 2


def test_adjoints_keep_their_brackets():
    real = DOMAINS["real"]
    names = MATRIX_NAMES.with_rows(Declared("dL/dv", real, ("d",), "adjoint"), Declared("dL/dmu", real, (), "adjoint"))
    f = read("(dL/dmu)^2 * dL/dv", names)
    assert write(f, "ascii", "matrix") == "(dL/dmu)^2 * dL/dv"
    assert (
        write(f, "latex", "matrix") == r"\left(\frac{\partial L}{\partial \mu}\right)^{2} \frac{\partial L}{\partial v}"
    )
    for dressing in ("ascii", "unicode", "latex"):
        assert read(write(f, dressing), names) == f


ORDER = """
from tests.test_writing import MATRIX_NAMES, Maker, MatrixMaker, read, write
print([write(Maker(seed).formula(), "latex") for seed in range(40)])
print([write(read(MatrixMaker(seed).text(("d", "d"), 3), MATRIX_NAMES), "ascii", "matrix") for seed in range(40)])
"""


@pytest.mark.long
def test_the_order_depends_on_nothing_but_the_formula():
    root = Path(__file__).resolve().parent.parent
    said = [
        subprocess.run(
            [sys.executable, "-c", ORDER],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "77")
    ]
    assert said[0] == said[1]
    assert len(said[0]) > 1000
