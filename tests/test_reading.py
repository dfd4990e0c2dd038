"""Reading: what is written, in every dressing, and the tree that it means. The trees are built by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from derivations.domains import DOMAINS, Declared, parse_names
from derivations.formula import (
    HALF,
    ONE,
    TWO,
    ZERO,
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
    walk,
)  # fmt: skip
from derivations.notation import ReadError, each_reading, read, read_condition, read_statement

NAMES = parse_names(
    "p: probability; y: label01; a: real; b: real; c: positive; z: real; mu: real; alpha: positive; lambda: "
    "positive; sigma_B: positive; g_0: real;"
    "w: real[d]; x: real[d]; theta: real[d]; u: real[n]; v: real[n]; X: real[n,d]; A: real[d,d]; B: "
    "real[d,d]; M: real[d,K]; s: real[K]; t: onehot[K]; yhat: simplex[K];"
    "P: real[n,K]; Q: real[n,K]; bias: real[K]; W1: real[h,d]; w_5': real; DeltaW: real; f: function; i: "
    "index[d]; j: index[d]; k: index[K]; r: index[n]"
)


def index(name: str) -> Index:
    found = NAMES[name].index
    assert found is not None
    return found


I, J, K, R = index("i"), index("j"), index("k"), index("r")
a, b, c, p, y, z, mu, lam, alpha = (Elem(n) for n in ("a", "b", "c", "p", "y", "z", "mu", "lambda", "alpha"))
e, pi = Const("e"), Const("pi")


def el(name: str, *at) -> Elem:
    return Elem(name, at)


def over(size, body, op: str = "sum") -> Node:
    """Σ over a new index of that size."""
    made = Index("m", size)
    return Bound(op, (made,), body(made))


def vector(size, body, *more) -> Formula:
    """The vector or matrix with these entries."""
    axes = tuple(Index("e", s) for s in (size, *more))
    return Formula(body(*(x if x.size != 1 else 1 for x in axes)), axes)


def atom(op: str, name: str, *at) -> Node:
    """inv, det or logdet of a d×d matrix."""
    row, col = Index("g", "d"), Index("h", "d")
    return MatrixAtom(op, row, col, el(name, row, col), at)


def when(condition: Node, value: Node, otherwise: Node | None = ZERO) -> Node:
    return Cases(((condition, value),), otherwise)


def lt(x: Node, w: Node) -> Rel:
    return Rel("<", x, w)


def gt(x: Node, w: Node) -> Rel:
    return Rel(">", x, w)


def dot(left: str, right: str, size: str = "d") -> Node:
    return over(size, lambda m: mul(el(left, m), el(right, m)))


def expected(given: Node | Formula) -> Formula:
    tree = given if isinstance(given, Formula) else Formula(given)
    inside = free_indices(tree.body) - set(tree.axes)
    return Formula(tree.body, tree.axes, tuple(i for i in (I, J, K, R) if i in inside))


TABLE: list[tuple[Node | Formula, list[str]]] = [
    # ------------------------------------------------ numbers
    (num("1/2"), ["0.5", ".5", "1/2", r"\frac12", r"\frac{1}{2}", r"\tfrac 1 2", "½", "1÷2", r"\dfrac{1}2", "５/１０",
            r"1 \div 2", "(1)/(2)"]),
    (num("0.001"), ["1e-3", "1E-3", "0.001", "1/1000"]),
    (mul(num("5.8"), Pow(num(10), num(-17))),
        ["5.8×10^{-17}", r"5.8 \times 10^{-17}", "5.8*10^-17", "5.8·10⁻¹⁷", r"5.8 \cdot 10^{-17}"]),
    (Pow(num(9), Pow(num(9), Pow(num(9), num(9)))), ["9^9^9^9"]),
    (mul(TWO, pi), ["2π", "2pi", r"2\pi", "2 pi", "2*pi"]),
    (e, ["e", "E", r"\mathrm{e}"]),
    # ------------------------------------------------ sums, products, powers
    (sub(a, b), ["a-b", "a − b", "a – b", "a－b", "a ‐ b"]),
    (neg(Pow(a, TWO)), ["-a^2", "-a²", "- a^{2}", "-a**2"]),
    (Pow(neg(a), TWO), ["(-a)^2", r"\left(-a\right)^2", "(-a)²", r"\bigl( -a \bigr)^{2}"]),
    (Pow(a, Pow(b, TWO)), ["a^b^2", "a^(b^2)", "a^{b^2}", "a^{b²}"]),
    (Pow(num(3), neg(a)), ["3^-a", "3^{-a}", "3^(-a)"]),
    (mul(a, b), ["a b", "a*b", r"a \cdot b", "a⋅b", r"a \times b", "a × b", "ab", r"a\,b", r"a \, b", "(a)(b)",
            "{a}{b}", r"a\!b"]),
    (mul(TWO, a, b), ["2ab", "2 a b", "2a*b", "2*a*b"]),
    (div(a, b), ["a/b", r"\frac{a}{b}", r"\frac ab", r"\tfrac{a}{b}", "a ÷ b", "(a)/(b)", r"{a}/{b}", "a b^-1",
            "a*b^{-1}"]),
    (div(div(a, b), c), ["a/b/c", "(a/b)/c", r"\frac{a/b}{c}"]),
    (mul(num("1/2"), Pow(a, TWO)), ["(1)/(2)a^2", "1/2*a^2", r"\frac{1}{2}a^2", "½a²", "0.5a^2", r"\frac12 a^2"]),
    (mul(add(a, b), sub(a, b)), ["(a+b)(a-b)", "(a+b)*(a-b)", r"(a+b)\cdot(a-b)", "[a+b][a-b]",
            r"\left(a+b\right)\left(a-b\right)"]),
    (mul(p, sub(ONE, p)), ["p(1-p)", "p*(1-p)", "p (1 - p)", r"p \left(1-p\right)", "(p)(1-p)", r"p\,(1-p)"]),
    (mul(sub(y, p), el("theta", I)), ["(y-p)theta_i", "(y-p)*theta_i", r"(y - p)\theta_i", "(y − p)θᵢ",
            r"(y-p)\cdot\boldsymbol{\theta}_{i}", "(y-p)θ_i", r"(y-p)\,\theta_{i}"]),
    (mul(el("x", I), sub(y, p)), ["x_i(y-p)", "x_i (y-p)", "x_i*(y-p)"]),
    (mul(TWO, el("x", I), y), ["2 x_i y", "2x_iy", "2 x_{i} y", "2xᵢy", "2*x_i*y"]),
    (Pow(el("sigma_B"), TWO), ["sigma_B^2", r"\sigma_B^2", "σ_B²", r"\sigma_{B}^{2}"]),
    (Call("factorial", (a,)), ["a!", "factorial(a)"]),
    (sqrt(a), ["sqrt(a)", r"\sqrt{a}", "√a", "a^(1/2)", r"\sqrt a", "sqrt a", "a^{0.5}", "√(a)"]),
    (Pow(a, num("1/3")), [r"\sqrt[3]{a}", "a^(1/3)", "∛a", "cbrt(a)", "root(a, 3)"]),
    (mul(sqrt(TWO), a), ["√2 a", r"\sqrt{2}a", "sqrt(2)*a", r"\sqrt2\,a"]),
    # ------------------------------------------------ functions
    (call("exp", neg(z)), ["exp(-z)", "e^{-z}", "e^-z", "E^(-z)", r"\exp(-z)", r"\exp\left(-z\right)", "exp -z", "e⁻ᶻ",
            r"\mathrm{e}^{-z}", r"\exp{(-z)}", "exp{-z}", "exp[-z]"]),
    (call("log", p), ["log p", "log(p)", r"\log p", r"\ln p", "ln(p)", r"\text{Log}(p)", r"\log{p}",
            r"\operatorname{log}(p)", "Log(p)", r"\log \left( p \right)"]),
    (call("log", mul(p, sub(ONE, p))), ["log p(1-p)", r"\log p(1-p)", "log(p(1-p))", "log [p(1-p)]"]),
    (mul(call("log", sub(ONE, p)), a), ["log(1-p) a", r"\log(1-p)a", "log(1-p)*a"]),
    (add(mul(y, call("log", p)), mul(sub(ONE, y), call("log", sub(ONE, p)))),
        ["y log p + (1-y) log(1-p)", r"y\log p+(1-y)\log(1-p)", "y*log(p)+(1-y)*log(1-p)",
        r"y \ln p + (1 - y) \ln\left(1 - p\right)"]),
    (mul(call("log", a), call("log", b)), ["log a log b", r"\log a \log b", "log(a)*log(b)", r"\log a\,\log b"]),
    (call("sin", mul(TWO, a)), ["sin 2a", r"\sin 2a", "sin(2a)", "sin(2*a)", r"\sin{2a}"]),
    (Pow(call("sin", a), TWO), ["sin^2 a", r"\sin^2 a", "sin(a)^2", "(sin a)^2", r"\sin^{2}(a)", "sin²(a)"]),
    (call("asin", a), ["asin(a)", "arcsin(a)", r"\arcsin a", r"\sin^{-1} a", "sin^-1(a)"]),
    (call("acosh", a), ["acosh(a)", "arcosh(a)", "arccosh(a)", r"\operatorname{arcosh} a"]),
    (call("log", call("sigmoid", z)), ["log(sigmoid(z))", r"\log\sigma(z)", "log σ(z)", "log(σ(z))", r"\ln \sigma(z)"]),
    (call("sigmoid", z), ["σ(z)", "sigma(z)", r"\sigma(z)", "sigmoid(z)", r"\operatorname{sigmoid}(z)", "logistic(z)",
            r"\sigma\left(z\right)"]),
    (Pow(call("sigmoid", z), TWO), ["σ(z)^2", r"\sigma(z)^2", r"\sigma^2(z)", "sigmoid(z)²"]),
    (mul(call("sigmoid", z), sub(ONE, call("sigmoid", z))),
        ["σ(z)(1-σ(z))", r"\sigma'(z)", "sigma'(z)", "σ′(z)", r"\sigma^\prime(z)", "sigmoid(z)*(1-sigmoid(z))"]),
    (div(call("log", a), call("log", TWO)),
        ["log_2 a", r"\log_2 a", "log2(a)", "log(a, 2)", r"\log_{2}(a)", "log(a)/log(2)"]),
    (call("log", add(ONE, a)), ["log1p(a)", r"\operatorname{log1p}(a)", "log(1 + a)"]),
    (sub(call("exp", a), ONE), ["expm1(a)", "expm1 a", "e^a - 1"]),
    (div(call("log", a), call("log", b)), ["log(a, b)", "log(a)/log(b)", "log_b a"]),
    (call("max", mul(alpha, z), z), ["max(alpha*z, z)", r"\max(\alpha z, z)", r"\max\{\alpha z, z\}", "Max(alpha z, z)",
            r"\max\left(\alpha z, z\right)"]),
    (call("min", a, b), ["min(a,b)", r"\min(a, b)"]),
    (call("abs", a), ["|a|", "abs(a)", "Abs(a)", r"\lvert a \rvert", r"\left|a\right|", r"\vert a \vert", "∣a∣"]),
    (mul(call("abs", sub(y, p)), call("abs", el("theta", I))),
        ["|y-p||theta_i|", "|y-p|*|theta_i|", r"|y - p| |\theta_i|", r"\left|y-p\right|\left|\theta_i\right|",
        "|y-p| |θᵢ|", "abs(y-p) abs(theta_i)"]),
    (call("abs", sub(call("abs", a), call("abs", b))), ["||a|-|b||", "| |a| - |b| |", r"\left|\,|a|-|b|\,\right|"]),
    (call("sign", a), ["sign(a)", "sgn(a)", r"\operatorname{sgn}(a)"]),
    (call("floor", a), ["floor(a)", r"\lfloor a \rfloor", "⌊a⌋", r"\left\lfloor a \right\rfloor"]),
    (call("ceil", a), ["ceil(a)", "⌈a⌉", r"\lceil a\rceil"]),
    (call("erf", a), ["erf(a)", r"\operatorname{erf}(a)"]),
    (call("relu", z), ["relu(z)", "ReLU(z)", r"\text{ReLU}(z)", r"\mathrm{relu}(z)"]),
    (call("leaky_relu", z, alpha), ["leaky_relu(z, alpha)", "LeakyReLU(z, α)", "lrelu(z, alpha)", "leaky_relu(z)"]),
    (call("elu", z, alpha), ["elu(z, alpha)", "ELU(z, α)"]),
    (call("softplus", z), ["softplus(z)", r"\operatorname{softplus}(z)"]),
    (call("tanh", z), ["tanh(z)", r"\tanh z", "tanh z"]),
    (Apply("f", (a,)), ["f(a)", r"f\left(a\right)"]),
    (Apply("f", (a,), ((0, ()),)), ["f'(a)", "f′(a)", "f’(a)"]),
    (mul(TWO, Apply("f", (el("x", I),))), ["2f(x_i)", "2*f(x_i; mu, a)", r"2 f(x_i;\mu)"]),
    # ------------------------------------------------ names, subscripts, accents
    (el("yhat", K), ["yhat_k", "y_hat_k", "ŷ_k", "ŷₖ", r"\hat{y}_k", r"\hat y_k", r"\hat{y}_{k}", "yhat[k]",
            r"\hat{\mathbf{y}}_k", "y hat_k", r"\hat{y_k}"]),
    (el("x", I), ["x_i", "x_{i}", "xᵢ", "x[i]", "x_(i)", r"\mathbf{x}_i", r"\vec{x}_i", "𝐱_i", r"x^{(i)}", "x^(i)"]),
    (el("x", 1), ["x_1", "x[1]", "x_{1}", "x₁", "x1", "x^{(1)}", "x^{[1]}"]),
    (el("g_0"), ["g_0", "g0", "g_{0}", "g₀"]),
    (mul(lam, el("DeltaW")), ["λΔW", r"\lambda\Delta W", "lambda DeltaW", r"\lambda \, ΔW"]),
    (el("w_5'"), ["w_5'", "w5'", "w_{5}'", "w₅′", r"w_5^{\prime}"]),
    (el("A", I, J), ["A_ij", "A_{ij}", "A_{i,j}", "A[i,j]", "A[i, j]", "Aᵢⱼ", "A_(i j)", "A_{i j}", "A_i_j",
            r"\mathbf{A}_{ij}"]),
    (el("A", 1, 2), ["A_12", "A_{12}", "A_{1,2}", "A[1,2]", "A₁₂"]),
    (el("W1", 2, 1), ["W1_{2,1}", "W_1[2,1]", "W^{[1]}_{2,1}", "W^{[1]}_{21}", r"W_{2,1}^{[1]}", "{W_1}_{21}"]),
    (el("X", R, I), ["X_ri", "X_{ri}", "X_i^{(r)}", "X^{(r)}_i", "X[r,i]", "X[r][i]"]),
    (el("u", Affine(((R, 1),), 1)), ["u_{r+1}", "u[r+1]", "u^{(r+1)}", "uᵣ₊₁", "u_{1+r}"]),
    (Pow(a, IndexVal(Affine(((I, 1), (J, -1))))), ["a^{i-j}", "a^(i-j)"]),
    (mul(IndexVal(I), a), ["i a", "i*a"]),
    (SizeVal("n"), ["n"]),
    (mul(power(SizeVal("n"), num(-1)), a), ["a/n", r"\frac{1}{n} a", "1/n * a", r"\frac an"]),
    # ------------------------------------------------ sums
    (over("n", lambda m: el("u", m)), ["sum_r u_r", r"\sum_r u_r", "∑_r u_r", "Σ_r u_r", "sum(u_r, r)",
            "Sum(u_r, (r, 1, n))", r"\sum_{r=1}^n u_r", r"\sum_{r=1}^{n} u_r", "sum_{r=1}^n u_r", r"\sum u_r",
    "Sum(u_m)", r"\sum_m u_m", "∑ᵣ uᵣ", "sum(u)", "sum_r=1^n u_r", r"\sum\limits_{r=1}^n u_r", r"\sum\nolimits_{l} u_l",
    "sum(u_m, m, 1, n)"]),
    (mul(over("n", lambda m: Pow(sub(el("u", m), mu), TWO)), power(Elem("c"), num(-3))),
        ["Sum((u_r-mu)^2)/c^3", r"\frac{\sum_r (u_r-\mu)^2}{c^3}"]),
    (over("n", lambda m: div(Pow(sub(el("u", m), mu), TWO), Pow(Elem("c"), num(3)))),
        ["Σ_{m=1}^n (u_m − μ)²/c³", r"\sum_{m=1}^{n} (u_m-\mu)^2/c^3", r"\sum_m \frac{(u_m-\mu)^2}{c^3}"]),
    (mul(over("n", lambda m: el("u", m)), TWO), ["2 sum_m u_m", r"2\sum_{m} u_m", "2*sum(u_m, m)"]),
    (add(over("n", lambda m: el("u", m)), b), ["sum_m u_m + b", r"\sum_m u_m + b", "b + sum_m u_m"]),
    (over("n", lambda m: neg(mul(el("u", m), el("v", m)))), [r"\sum_m -u_m v_m", "sum_m (-u_m v_m)"]),
    (over("n", lambda m: add(el("u", m), el("v", m))), ["sum_m (u_m + v_m)", r"\sum_m u_m + v_m", "sum_m[u_m + v_m]"]),
    (total((m1 := Index("m", "n"), l1 := Index("l", "d")), mul(el("X", m1, l1), el("w", l1))),
        ["sum_m sum_l X_ml w_l", "sum_{m,l} X_ml w_l", r"\sum_{m=1}^n \sum_{l=1}^d X_{ml} w_l", r"\sum_{ml} X_{ml}w_l",
        "Sum(X_ml w_l, (m,1,n), (l,1,d))"]),
    (mul(over("n", lambda m: el("u", m)), over("d", lambda m: el("w", m))),
        ["(sum_m u_m)(sum_l w_l)", r"\left(\sum_m u_m\right)\left(\sum_m w_m\right)"]),
    (Bound("prod", (m2 := Index("m", "n"),), Apply("f", (el("u", m2),))),
        [r"\prod_m f(u_m)", "prod_m f(u_m)", "Product(f(u_m))", "∏_m f(u_m)", r"\prod f(u_m)"]),
    (Bound("sum", (q := Index("q", "d"),), when(Rel("<=", IndexVal(q), IndexVal(I)), el("x", q))),
        [r"\sum_{q \le i} x_q", "sum_{q<=i} x_q", r"\sum_{q=1}^{i} x_q", r"\sum_{q=1}^i x_q",
        r"\sum_{1 \le q \le i} x_q", "∑_{q≤i} x_q"]),
    (Bound("sum", (q2 := Index("q", "d"),), when(Rel("!=", IndexVal(q2), IndexVal(I)), el("x", q2))),
        [r"\sum_{q \ne i} x_q", r"\sum_{q\neq i} x_q", "sum_{q != i} x_q"]),
    (Bound("sum", (q3 := Index("q", "d"),), when(Rel(">=", IndexVal(q3), IndexVal(2)), el("x", q3))),
        [r"\sum_{q=2}^d x_q", "sum_{q=2}^d x_q"]),
    (over("n", lambda m: mul(el("u", m), el("v", m))),
        [r"\sum u_mv_m", r"\sum_{m=1}^nu_mv_m", "u^T v", "u.v", "v^T u", r"u \cdot v", "dot(u, v)"]),
    (mul(power(SizeVal("n"), num(-1)), over("n", lambda m: el("u", m))),
        ["mean_m u_m", "1/n * sum_m u_m", r"\frac1n\sum_{m=1}^n u_m", "mean(u)", "mean(u_m, m)"]),
    (over("d", lambda m: call("exp", el("x", m))),
        [r"\sum_{l} e^{x_l}", "sum_l exp(x_l)", r"\sum_{j} e^{x_j}", r"\sum_{k'} e^{x_{k'}}", "sum(exp(x_l), l)"]),
    (over("K", lambda m: el("s", m), "max"), ["max_l s_l", r"\max_l s_l", "max(s)", r"\max_{l} s_l"]),
    (over("K", lambda m: el("s", m), "logsumexp"),
        ["logsumexp(s)", "logsumexp_l s_l", r"\operatorname{logsumexp}(s)", "LSE(s)"]),
    (call("exp", sub(el("s", K), over("K", lambda m: el("s", m), "logsumexp"))),
        ["softmax(s)_k", r"\operatorname{softmax}(s)_k", "softmax(s)[k]", "softmax_k(s)",
        r"\mathrm{softmax}(\mathbf{s})_{k}"]),
    (sub(el("s", K), over("K", lambda m: el("s", m), "logsumexp")),
        ["log_softmax(s)_k", "logsoftmax(s)_k", "s_k - logsumexp(s)"]),
    # ------------------------------------------------ cases, indicators, δ
    (when(gt(z, ZERO), ONE, ZERO), ["1[z>0]", "1[z > 0]", r"\mathbb 1(z>0)", r"\mathbb{1}[z>0]", r"\mathbf{1}(z > 0)",
            "I(z>0)", r"\mathbb{I}(z>0)", "Indicator(z>0)", "[z>0]", r"1\{z>0\}", r"\mathbf 1_{z>0}", "1_{z>0}",
    "𝟙(z>0)", "1 if z>0 else 0", "{1 if z>0 else 0}", "Piecewise((1, z>0),(0, True))",
    r"\begin{cases}1 & z>0\\0 & \text{otherwise}\end{cases}", "1 if z>0, 0 otherwise", "{1 if z > 0, 0 otherwise}"]),
    (Cases(((lt(z, ZERO), alpha), (Rel(">=", z, ZERO), ONE))),
        ["Piecewise((alpha, z<0),(1, z>=0))", r"\begin{cases} \alpha, & z < 0 \\ 1, & z \geq 0 \end{cases}",
        "alpha if z<0, 1 if z>=0", r"\begin{cases} z<0 & \alpha \\ z \ge 0 & 1 \end{cases}",
    r"\begin{cases} \alpha & \text{if } z < 0 \\ 1 & \text{if } z \ge 0 \end{cases}", "alpha for z<0; 1 for z>=0",
    r"\left\{\begin{array}{ll} \alpha & z<0 \\ 1 & z\ge 0\end{array}\right."]),
    (Delta(I, J), ["delta_{ij}", "δ_{ij}", r"\delta_{ij}", "δᵢⱼ", "[i=j]", "1[i=j]", "KroneckerDelta(i,j)",
            "delta(i,j)", r"\mathbf 1(i=j)", r"\delta_{i,j}", "delta_ij", "I(i = j)", "I_{ij}", r"I_{i,j}"]),
    (mul(el("x", I), sub(Delta(I, J), el("x", J))),
        ["x_i(δ_{ij}-x_j)", r"x_i(\delta_{ij} - x_j)", "x_i*([i=j] - x_j)", "xᵢ(δᵢⱼ − xⱼ)"]),
    (Cases(((Rel("==", IndexVal(I), IndexVal(J)), a),), b),
        [r"\begin{cases} a & i=j \\ b & \text{otherwise}\end{cases}", "a if i=j else b", "{a if i = j, b otherwise}"]),
    (indicator(And((gt(a, ZERO), lt(b, ONE)))), ["1[a>0 and b<1]", r"\mathbf 1[a>0 \land b<1]", "I(a>0 ∧ b<1)"]),
    (indicator(Or((gt(a, ZERO), Not(lt(b, ONE))))), ["1[a>0 or not b<1]", r"1[a>0 \lor \neg b<1]"]),
    (indicator(And((lt(ZERO, a), lt(a, ONE)))), ["1[0<a<1]", r"\mathbb 1[0 < a < 1]"]),
    # ------------------------------------------------ vectors and matrices
    (dot("theta", "x"), ["theta^T x", r"\theta^T x", "θᵀx", r"\theta^\top x", "theta.T @ x", "x^T theta", "θ^⊤ x",
            r"\boldsymbol\theta^{\top}\mathbf x", "theta^Tx", r"\theta^{T}x", "x·θ"]),
    (vector("n", lambda m: over("d", lambda l: mul(el("X", m, l), el("w", l)))),
        ["X w", "Xw", "X @ w", "X*w", r"\mathbf{X}\mathbf{w}", r"X \cdot w"]),
    (vector("d", lambda l: over("n", lambda m: mul(el("X", m, l), sub(el("u", m), el("v", m))))),
        ["X^T(u-v)", "X.T @ (u - v)", r"X^\top (u - v)", "Xᵀ(u−v)", "transpose(X) (u-v)",
        r"\mathbf X^{\top}(\mathbf u-\mathbf v)"]),
    (over("d", lambda l: mul(el("X", R, l), el("w", l))),
        ["X_r^T w", "w^T X_r", "w^T X^{(r)}", r"\mathbf{w}^\top X_{r}", "X[r]^T w", "sum_l X_rl w_l", "(X w)_r"]),
    (vector("d", lambda l: el("X", R, l)), ["X_r", "X^{(r)}", "X[r]", "X[r,:]", r"X_{r,:}", r"X_{r\cdot}"]),
    (vector("n", lambda m: el("X", m, I)), ["X_{:,i}", "X[:,i]"]),
    (vector("d", lambda l: mul(el("w", l), el("x", l))),
        ["w ⊙ x", r"w \odot x", "w .* x", "w (.) x", r"w \circ x", "w*x", "w ∘ x", "hadamard(w, x)", "w o x"]),
    (vector("d", lambda l, m: mul(el("w", l), el("x", m)), "d"), ["w x^T", r"w x^\top", "w x.T", "outer(w, x)", "wxᵀ"]),
    (vector(1, lambda _, m: el("x", m), "d"), ["x^T", "x.T", r"x^\top", "xᵀ", "transpose(x)"]),
    (vector("d", lambda l, m: el("A", m, l), "d"), ["A^T", "A.T", r"A^\top", "Aᵀ", "A^⊤", "A^{T}", r"A^\intercal"]),
    (vector("d", lambda l, m: over("d", lambda k: mul(el("A", l, k), el("B", k, m))), "d"),
        ["A B", "AB", "A @ B", r"\mathbf{A}\mathbf{B}", r"A \cdot B"]),
    (vector("d", lambda l, m: mul(el("A", l, m), el("B", l, m)), "d"), ["A ⊙ B", "A .* B", r"A \odot B", r"A\circ B"]),
    (vector("d", lambda l, m: over("d", lambda k: mul(el("A", l, k), el("A", k, m))), "d"),
        ["A^2", "A²", "A A", "A^{2}"]),
    (vector("d", lambda l, m: atom("inv", "A", l, m), "d"), ["A^-1", "A^{-1}", "A⁻¹", "inv(A)", r"\mathbf{A}^{-1}"]),
    (vector("d", lambda l, m: atom("inv", "A", m, l), "d"), ["A^-T", "A^{-T}", r"A^{-\top}", "inv(A)^T", "(A^{-1})^T"]),
    (atom("det", "A"), ["det(A)", r"\det A", "|A|", "det A", r"\left|A\right|"]),
    (atom("logdet", "A"), ["log det A", r"\log\det A", "logdet(A)", "log|A|", r"\ln |A|", "log(det(A))"]),
    (over("d", lambda l: el("A", l, l)),
        ["tr(A)", "trace(A)", r"\operatorname{tr}(A)", r"\mathrm{tr} A", "Tr(A)", "tr A", "tr(A^T)"]),
    (vector("d", lambda l, m: mul(Delta(l, m), el("x", l)), "d"),
        ["diag(x)", r"\operatorname{diag}(x)", r"\mathrm{diag}(\mathbf x)"]),
    (vector("d", lambda l: el("A", l, l)), ["diag(A)"]),
    (Pow(over("d", lambda l: Pow(el("w", l), TWO)), HALF),
        ["‖w‖", "||w||", r"\|w\|", r"\lVert w \rVert", "norm(w)", r"\|w\|_2", r"\left\| w \right\|", r"\Vert w\Vert"]),
    (over("d", lambda l: Pow(el("w", l), TWO)),
        [r"\|w\|^2", r"\|w\|_2^2", "||w||^2", "‖w‖²", r"\lVert w\rVert_2^2", "norm(w)^2"]),
    (over("d", lambda l: call("abs", el("w", l))), [r"\|w\|_1", "||w||_1", "‖w‖_1", "norm(w, 1)", "‖w‖₁"]),
    (vector("d", lambda l, m: add(mul(lam, Delta(l, m)), el("A", l, m)), "d"),
        ["λI + A", "lambda*I + A", r"\lambda I + A", r"\lambda I_d + A", "λ I_{d} + A",
        r"\lambda\mathbf{I}+\mathbf{A}"]),
    (vector("d", lambda l, m: Delta(l, m), "d"), ["I_d", "I_{d}", r"\mathbf{I}_d"]),
    (vector("d", lambda l: add(el("w", l), ONE)), ["w + 1", "1 + w", r"w + \mathbf{1}", r"\mathbf w + 1"]),
    (vector("d", lambda l: add(el("w", l), a)), ["w + a", r"w + a\mathbf 1"]),
    (vector("n", lambda m, k: add(el("P", m, k), el("bias", k)), "K"),
        ["P + bias", "P + bias^T", r"P + \mathbf 1 bias^T"]),
    (vector("n", lambda m: over("d", lambda l: el("X", m, l))), [r"X \mathbf 1", "X ones", r"X\mathbf{1}_d"]),
    (vector("d", lambda l: call("exp", el("x", l))), ["exp(x)", "e^x", r"e^{\mathbf x}", "eˣ"]),
    (vector("d", lambda l: power(el("x", l), num(-1))), ["1/x", "x^{-1}", r"\frac{1}{x}"]),
    (vector("n", lambda m: call("sigmoid", over("d", lambda l: mul(el("X", m, l), el("w", l))))),
        ["σ(Xw)", r"\sigma(X w)", "sigmoid(X @ w)"]),
    (vector("n", lambda m, k: mul(el("P", m, k), when(gt(el("Q", m, k), ZERO), ONE, ZERO)), "K"),
        ["P ⊙ 1[Q>0]", "P (.) 1[Q>0]", r"P \odot \mathbf{1}(Q > 0)", r"P \circ \mathbb 1[Q>0]"]),
    (over("d", lambda l: mul(over("d", lambda m: mul(el("w", m), el("A", m, l))), el("x", l))),
        ["w^T A x", r"\mathbf w^\top \mathbf A \mathbf x", "w.T @ A @ x", "wᵀAx"]),
    (Pow(dot("w", "x"), HALF), ["(w.T @ x)^(1/2)", r"\sqrt{w^\top x}", "√(wᵀx)"]),
    (mul(num("1/2"), over("n",
            lambda m: Pow(sub(over("d", lambda l: mul(el("X", m, l), el("w", l))), el("u", m)), TWO))),
    [r"\frac12\|Xw-u\|^2", "1/2 * ||X w - u||^2", "½‖Xw − u‖²"]),
    (vector(3, lambda m: add(mul(a, Delta(m, 1)), mul(b, Delta(m, 2)), mul(c, Delta(m, 3)))),
        ["[a, b, c]", "(a, b, c)", r"\begin{pmatrix} a \\ b \\ c \end{pmatrix}", "[a; b; c]",
        r"\begin{bmatrix} a \\ b \\ c \end{bmatrix}"]),
    (vector(2, lambda l, m: add(mul(a, Delta(l, 1), Delta(m, 1)), mul(b, Delta(l, 1), Delta(m, 2)),
            mul(c, Delta(l, 2), Delta(m, 2))), 2),
    ["[[a,b],[0,c]]", r"\begin{pmatrix}a&b\\0&c\end{pmatrix}", "[a, b; 0, c]",
        r"\begin{bmatrix} a & b \\ 0 & c \end{bmatrix}"]),
    (vector("d", lambda l: mul(el("w", l), el("x", l))), ["l -> w_l x_l", "m ↦ w_m x_m", r"q \mapsto w_q x_q"]),
    # ------------------------------------------------ derivatives as written
    (Deriv(p, z), ["dp/dz", "∂p/∂z", r"\frac{\partial p}{\partial z}", r"\frac{dp}{dz}",
            r"\dfrac{\partial p}{\partial z}", r"\frac{\mathrm{d}p}{\mathrm{d}z}"]),
    (Deriv(p, dot("theta", "x")), ["dp/d(theta^T x)", "∂p/∂(θᵀx)", r"\frac{\partial p}{\partial (\theta^T x)}"]),
    (Deriv(call("relu", z), z), [r"\frac{d}{dz}(\text{relu}(z))", "d/dz(relu(z))",
            r"\frac{\partial}{\partial z} relu(z)"]),
    (Deriv(call("log", p), z), [r"\frac{\partial \log p}{\partial z}", r"\frac{d\log p}{dz}",
            r"\frac{\partial}{\partial z} \log p"]),
    (mul(Deriv(y, p), Deriv(p, el("x", I))),
        ["dy/dp * dp/dx_i", r"\frac{\partial y}{\partial p}\frac{\partial p}{\partial x_i}",
        r"\frac{\partial y}{\partial p} \cdot \frac{\partial p}{\partial x_{i}}"]),
]  # fmt: skip

ROWS = [(text, tree) for tree, texts in TABLE for text in texts]


@pytest.mark.parametrize(("text", "tree"), ROWS, ids=[text for text, _ in ROWS])
def test_what_is_written_is_what_is_read(text, tree):
    formula = read(text, NAMES)
    assert formula.shape_error is None
    assert formula == expected(tree)


def test_the_table_is_large():
    assert len(ROWS) >= 300


# ---------------------------------------------------------------- adjoints as names

NODES = NAMES.with_rows(
    Declared("dL/dv", DOMAINS["real"], ("d",), "adjoint"), Declared("dL/dxhat", DOMAINS["real"], ("n", "d"), "adjoint"),
    Declared("dL/dW1", DOMAINS["real"], ("h", "d"), "adjoint"),
    Declared("xhat", DOMAINS["real"], ("n", "d"), "node"), Declared("L", DOMAINS["real"], (), "node"),
)  # fmt: skip

ADJOINTS = [
    (Elem("dL/dv", (I,)), ["dL/dv_i", "∂L/∂v_i", r"\frac{\partial L}{\partial v_i}", r"\frac{\partial L}{\partial v}_i",
            "dv_i", r"\frac{dL}{dv_{i}}", "(dL/dv)_i", r"\frac{\partial \mathcal L}{\partial \mathbf v}_{i}",
    "dL/dv[i]"]),
    (Elem("dL/dxhat", (R, I)), ["dL/dxhat_ri", "dL/dx_hat_{ri}", r"\frac{\partial L}{\partial \hat{x}_{ri}}",
            "∂L/∂x̂_{ri}", "dxhat_{r,i}", r"\frac{\partial L}{\partial \hat x_{ri}}", "dL/dxhat[r,i]"]),
    (Elem("dL/dW1", (2, 1)), ["dL/dW1_{2,1}", "dW1_{21}", r"\frac{\partial L}{\partial W_1}_{2,1}",
            r"\frac{\partial L}{\partial W^{[1]}_{2,1}}", r"\frac{\partial L}{\partial {W_1}_{2,1}}", "dL/dW_1[2,1]"]),
    (mul(Elem("dL/dv", (I,)), Elem("xhat", (R, I))),
        ["dL/dv_i xhat_ri", r"\frac{\partial L}{\partial v_i}\hat{x}_{ri}", "dL/dv_i * x_hat_{ri}",
        "∂L/∂vᵢ · x̂_{ri}"]),
    (Deriv(Elem("L"), a), ["dL/da", r"\frac{\partial L}{\partial a}"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tree"), [(t, tree) for tree, texts in ADJOINTS for t in texts])
def test_derivatives_of_nodes_are_names(text, tree):
    assert read(text, NODES) == expected(tree)


# ---------------------------------------------------------------- statements

STATEMENTS = [
    # text, [(target, parts, ops)], remarks
    ("a = b + c", [(None, ["a", "b+c"], ["="])], ()),
    ("LL(x, y) = y log p", [("LL(x, y)", ["y log(p)"], [])], ()),
    (r"\frac{\partial L}{\partial w} = X^T u = b w", [(r"\frac{\partial L}{\partial w}", ["X^T u", "b w"], ["="])], ()),
    ("a := b", [(None, ["a", "b"], [":="])], ()),
    (r"a \leftarrow b", [(None, ["a", "b"], [":="])], ()),
    ("a ≤ b < c", [(None, ["a", "b", "c"], ["<=", "<"])], ()),
    (r"a \propto b", [(None, ["a", "b"], ["∝"])], ()),
    (r"z > 0 \Rightarrow relu(z) = z", [(None, ["z", "0", "relu(z)", "z"], [">", "=>", "="])], ()),
    (r"a = 0 \iff b = 0", [(None, ["a", "0", "b", "0"], ["=", "<=>", "="])], ()),
    (r"\Rightarrow a = b", [(None, ["a", "b"], ["="])], ("=>",)),
    ("a = b\n= c", [(None, ["a", "b", "c"], ["=", "="])], ()),
    ("a = b\n  + c", [(None, ["a", "b+c"], ["="])], ()),
    ("a = b\nc = z", [(None, ["a", "b"], ["="]), (None, ["c", "z"], ["="])], ()),
    (r"\begin{aligned} a &= b \\ &= c \end{aligned}", [(None, ["a", "b", "c"], ["=", "="])], ()),
    (r"\begin{align*} a &= b \\ c &= z \end{align*}", [(None, ["a", "b"], ["="]), (None, ["c", "z"], ["="])], ()),
    (r"\text{Line A: } a + b = 0", [(None, ["a+b", "0"], ["="])], ("Line A:",)),
    (r"a = b \quad \text{since } c > 0", [(None, ["a", "b"], ["="])], (r"\text{since } c > 0",)),
    ("a := b; c := z", [(None, ["a", "b"], [":="]), (None, ["c", "z"], [":="])], ()),
    ("a = b for z<0; c for z>=0", [(None, ["a", "b if z<0, c if z>=0"], ["="])], ()),
    ("a = b, c = z", [(None, ["a", "b"], ["="]), (None, ["c", "z"], ["="])], ()),
    ("a = -log(0.3) ≈ 1.204", [(None, ["a", "-log(0.3)", "1.204"], ["=", "≈"])], ()),
    ("$a = b$.", [(None, ["a", "b"], ["="])], ()),
    (r"\[ a = b \]", [(None, ["a", "b"], ["="])], ()),
    ("a b iff b a", [(None, ["a b", "b a"], ["<=>"])], ()),
    (r"f(a) &= b, \quad a < 0", [(None, ["f(a)", "b if a<0"], ["="])], ()),
]


@pytest.mark.parametrize(("text", "lines", "remarks"), STATEMENTS, ids=[row[0] for row in STATEMENTS])
def test_statements(text, lines, remarks):
    statement = read_statement(text, NAMES)
    assert [line.target for line in statement.lines] == [target for target, _, _ in lines]
    for line, (_, parts, ops) in zip(statement.lines, lines, strict=True):
        assert list(line.ops) == ops
        assert list(line.parts) == [read(part, NAMES) for part in parts]
    assert tuple(r for line in statement.lines for r in line.remarks) == remarks
    assert statement.last == statement.lines[-1].parts[-1]


def test_labels_of_lines():
    lines = read_statement("(1) a = b\n(2) b = c", NAMES).lines
    assert [line.label for line in lines] == ["(1)", "(2)"]
    assert read_statement(r"a = b \tag{3}", NAMES).lines[0].label == "(3)"


# ---------------------------------------------------------------- conditions

CONDITIONS = [
    ("a > 0", gt(a, ZERO), ()),
    ("a ≥ 0 and b < 1", And((Rel(">=", a, ZERO), lt(b, ONE))), ()),
    ("a > 0, b < 1", And((gt(a, ZERO), lt(b, ONE))), ()),
    ("0 < a < 1", And((lt(ZERO, a), lt(a, ONE))), ()),
    ("not a = b", Not(Rel("==", a, b)), ()),
    (r"w^T x \leq 0", Rel("<=", dot("w", "x"), ZERO), ()),
    ("a = b", Rel("==", a, b), ()),
]


@pytest.mark.parametrize(("text", "tree", "_free"), CONDITIONS, ids=[row[0] for row in CONDITIONS])
def test_conditions(text, tree, _free):
    assert read_condition(text, NAMES).body == tree or read_condition(text, NAMES) == expected(tree)


@pytest.mark.parametrize(
    "text",
    [
        "w^T X_m + b <= 0 for all m",
        r"$w^T X_m + b \leq 0$ for all $m = 1, \dots, n$",
        "for all m: w^T X_m + b <= 0",
        r"w^\top X_m + b \le 0 \quad \forall m",
        "w^T X_m + b ≤ 0 for every m",
    ],
)
def test_for_all(text):
    condition = read_condition(text, NAMES)
    assert [(i.name, i.size) for i in condition.free] == [("m", "n")]
    assert [n.message for n in condition.notes if n.tag == "quantified"] == ["m"]
    (m,) = condition.free
    assert condition == Formula(Rel("<=", add(over("d", lambda l: mul(el("w", l), el("X", m, l))), b), ZERO), (), (m,))


# ---------------------------------------------------------------- what a reading carries


def test_positions_in_the_source_are_kept():
    text = "a + b/c"
    for node in walk(read(text, NAMES).body):
        if isinstance(node, Elem):
            assert node.span is not None
            assert text[slice(*node.span)] == node.name


def test_declared_indices_are_free_in_the_order_of_the_names():
    formula = read("x_j - A_ij", NAMES)
    assert formula.free == (I, J)
    assert formula.axes == ()
    assert read("sum_i x_i", NAMES).free == ()


def test_one_text_of_names_gives_one_index():
    names = "x: real[d]; i: index[d]"
    assert read("x_i", names).free[0] is read("x_i", names).free[0]
    assert read("x_i", {"x": "real[d]", "i": "index[d]"}).shape == ()


def test_reading_imports_neither_sympy_nor_numpy():
    code = (
        "import sys; from derivations.notation import read; read('sum_i x_i^2', 'x: real[d]'); print([m for m in "
        "('sympy', 'numpy', 'flint') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_reading_is_quick():
    texts = [text for text, _ in ROWS]
    times = []
    for text in texts:
        start = time.process_time()
        read(text, NAMES)
        times.append(time.process_time() - start)
    assert sorted(times)[len(times) // 2] < 0.003  # ten times what it takes on an idle machine


# ---------------------------------------------------------------- the documentation

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "notation.md").read_text(encoding="utf-8")
PAGE_NAMES = parse_names(re.search(r"```names\n(.*?)\n```", PAGE, re.DOTALL)[1])  # type: ignore[index]
ROWS_OF_THE_PAGE = [
    [text.replace("\\|", "|") for text in re.findall(r"`([^`]+)`", row.rsplit(" | ", 1)[1])]
    for row in PAGE.split("## Writing formulas")[1].split("Indices count from 1")[0].splitlines()
    if row.startswith("| ") and "`" in row
]
REFUSED_BY_THE_PAGE = [
    (re.findall(r"`([^`]+)`", row.split(" | ")[0])[0], re.findall(r"`([^`]+)`", row.rsplit(" | ", 1)[1]))
    for row in PAGE.split("## What is refused")[1].splitlines()
    if row.startswith("| `")
]


@pytest.mark.parametrize("texts", ROWS_OF_THE_PAGE, ids=[row[0] for row in ROWS_OF_THE_PAGE])
def test_a_row_of_the_page_says_one_thing(texts):
    first, *others = [read(text, PAGE_NAMES) for text in texts]
    assert first.shape_error is None
    for text, other in zip(texts[1:], others, strict=True):
        assert same(first, other), text


def same(a: Formula, b: Formula) -> bool:
    """Equal trees, or equal up to exact numerals: 10^-3 is 1/1000."""
    return a == b or (all(isinstance(n, (Num, Pow, Mul)) for f in (a, b) for n in walk(f.body)))


@pytest.mark.parametrize(("text", "instead"), REFUSED_BY_THE_PAGE)
def test_what_the_page_refuses_is_refused(text, instead):
    with pytest.raises(ReadError):
        read(text, PAGE_NAMES)
    for better in instead:
        assert read(better, PAGE_NAMES).shape_error is None


def test_the_page_names_every_domain():
    assert set(re.findall(r"^\| `(\w+)", PAGE.split("## Writing formulas")[0], re.MULTILINE)) == set(DOMAINS)


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        (r"\log \frac{1}{2 b} \exp(-x/b)", ["log(1/(2 b)) exp(-x/b)", "log(1/(2 b) exp(-x/b))"]),
        (r"\log \frac{1}{2 b} \cdot \exp(-x/b)", ["log(1/(2 b)) exp(-x/b)", "log(1/(2 b) exp(-x/b))"]),
        (r"\log x \exp(x)", ["log(x) exp(x)"]),
        (r"\log(x) \exp(x)", ["log(x) exp(x)"]),
        (r"m_ie^{-x}", ["m_i exp(-x)"]),
    ],
)
def test_what_a_logarithm_takes_in_front_of_an_exp_is_asked(text: str, meanings: list[str]):
    names = "b: positive; x: positive; m: real[n]; i: index[n]"
    assert each_reading(text, lambda one: read(one, names)) == [read(meaning, names) for meaning in meanings]


def test_a_letter_of_a_law_is_a_letter_where_nothing_stands_behind_it():
    assert read("H", parse_names("h: real")).body == Elem("h")
