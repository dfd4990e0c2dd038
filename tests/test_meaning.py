"""What a text does not clearly say is no product, no power, no constant by default: refused with what was meant, or
read both ways."""

from __future__ import annotations

import pytest

from checker.compare import compare
from derivations.domains import NamesError
from derivations.notation import ReadError, read, readings

NAMES = (
    "a: real; b: real; c: real; m: real; s: real; p: probability; q: positive; beta: real; lambda: real; P: "
    "real; V: real[K]; x: real[d]; w: real[d]; u: real[d]; A: real[d,d]; B: real[d,d];"
    "S: posdef[d]; X: real[n,d]; h: real[T,d]; alpha: real[T,K]; z: real[K]; y: onehot[K]; Y: onehot[n,K]; Z: "
    "real[n,K]; W: real[K,d]; xbar: real; col: real[d,1]; g: function;"
    "i: index[d]; j: index[d]; k: index[K]; t: index[T]; o: index[n]"
)

NOT_READ = [
    # text, words of the message, words of what to write instead
    # ------------------------------------------------ expectations, and letters that only look like a constant
    (r"\mathbb{E}[x]",
        r"\mathbb{E}[x] is an expectation, and the law of what is drawn is not said; Euler's number is e",
        "as in E_{x ~ N(mu, s^2)}[x^2]"),
    ("E[a]", "E[a] is an expectation", ""), ("E(a - b)", "E(a - b) is an expectation", ""),
    ("E (a)", "is an expectation", ""), ("2 E[a^2]", "E[a^2] is an expectation", ""),
    (r"\mathrm{E}", "is an expectation", ""), (r"\mathcal{E}", "is an expectation", ""),
    (r"\mathsf E", "is an expectation", ""), (r"\operatorname{E}[a]", "is an expectation", ""),
    ("𝔼[a]", "𝔼[a] is an expectation", ""), ("ℰ", "ℰ is an expectation", ""), (r"\E[a]", "is an expectation", ""),
    ("E_p[a]", "is an expectation", ""), (r"\mathbb E_{a}[b]", "is an expectation", ""),
    ("E_1", "is an expectation", ""), ("e_z", "e with a subscript is a unit vector", ""),
    (r"\mathbf{e}", r"\mathbf{e} is not declared", ""), (r"\mathbf e_z", "is not declared", ""),
    (r"\boldsymbol{\pi}", "is not declared; the constant is written π", ""), (r"\mathcal{I}", "I is not declared", ""),
    ("e(a)", "e(a) is e as a function of a", "e * a"),
    # ------------------------------------------------ a bracket that lists names is an argument
    ("V(a)", "V(a) is V as a function of a, which is not read",
        "V_{…} with all indices for an entry, V * a for the product"),
    ("V (k)", "V(k) is V as a function of k", "V * k"), ("V(k+1)", "V(k+1) is V as a function of k+1", ""),
    ("V(i)", "V(i) is V as a function of i", ""), ("V(k, k)", "V(k, k) is V as a function", ""),
    ("P(x)", "P(x) is P as a function of x", "P * x"), ("P(a)", "P(a) is P as a function of a", "P * a"),
    (r"P\left(x\right)", "is P as a function of x", ""), ("P (x)", "P(x) is P as a function", ""),
    ("P(a|b)", "P(a|b) is P as a function of a|b", ""), (r"P(a \mid b)", r"P(a \mid b) is P as a function", ""),
    ("P(a, b)", "P(a, b) is P as a function of a, b", ""), ("q(x; m, S)", "q(x; m, S) is q as a function", ""),
    ("q(a | b - 1)", "is q as a function", ""), ("q(a, b + 1)", "is q as a function", ""),
    ("P[a]", "P[a] is P as a function", ""), ("P(x_1)", "P(x_1) is P as a function of x_1", ""),
    ("α_t(a)", "α_t(a) is α_t as a function of a", "α_{…} with all indices"),
    ("x(1)", "x(1) is x as a function of 1", "x_{…}"),
    ("x(i-1)", "x(i-1) is x as a function", "x * (i-1)"), ("m^{-1}(a)", "m^{-1}(a) is m^{-1} as a function of a", ""),
    ("m^2(a)", "m^2(a) is m^2 as", ""),
    ("A(1,2)", "A(1,2) is A as a function of 1,2", "A_{…}"), ("A(x)", "A(x) is A as a function of x", "A * x"),
    ("sum_j x_j(i)", "x_j(i) is x_j as a function", ""), ("1/P(a)", "P(a) is P as a function", ""),
    ("log P(a)", "P(a) is P as a function", ""), ("e^m(a)", "m(a) is m as a function", ""),
    ("λ(x)", "λ(x) is λ as a function", ""), ("n(a)", "n(a) is n as a function", ""),
    (r"\pi(a|s)", r"\pi(a|s) is \pi as a function of a|s", ""),
    (r"\mathbb{P}(a + b)", "as a function", ""), ("I(a; b)", "I(a; b) is I as a function", ""),
    ("I(3)", "I(3) is no product", "I_{3}"), ("ones(d)", "ones(d) is no product", "ones_{d}"),
    ("ab(c)", "ab(c) is ab as a function", ""),
    # ------------------------------------------------ what must not vanish, and what is no name
    ("Var(x)", "Var(x) is a variance, and the law", ""), ("cov(x, w)", "cov(x, w) is a covariance, and the law", ""),
    ("KL(p || q)", "this number is not known to be a probability", ""),
    ("E_{a ~ N(b, s)}[a]", "reads two ways", ""),
    (r"\Pr(a)", "Pr, a probability, is not read", ""),
    (r"\lim a", "lim, a limit", ""),
    (r"\vec{X}", "an arrow stands over a vector, and X is a matrix", ""),
    (r"\bar{x + w}", "an accent stands over more than one letter", ""),
    (r"\bar{x w}", "an accent stands over more than one letter", ""),
    (r"\bar{ab}", "abbar is not declared", ""), (r"a \pm b", "pm is not declared", ""),
    (r"\operatorname{ab}", "ab is not declared", ""), (r"\mathrm{ab}", "ab is not declared", ""),
    (r"\Pb", "Pb is not declared", ""),
    ("dx", "dx is a differential, which is not read", "d * x"), (r"\mathrm{d}x", "is a differential", ""),
    (r"d\mathbf{w}", "is a differential", ""), ("2 dX", "dX is a differential", ""),
    # ------------------------------------------------ superscripts that are no powers
    ("h^{t-1}", "h^{t-1} is no power: t-1 counts along an axis of h", "h_{t-1}"), ("h^t", "h^t is no power", "h_{t}"),
    ("h^{T-1}", "h^{T-1} is no power", ""), ("x^i", "x^i is no power", "x_{i}"),
    ("A^{ij}", "A^{ij} is no power", "A_{ij}"),
    ("sum_{r=1}^T h^{r}", "h^{r} is no power", ""), ("x^d", "x^d is no power", ""),
    ("a^{(2)}", "a^{(2)} is a label", "a^2 for the power"), ("a^{(t)}", "a^{(t)} is a label", ""),
    ("x^1", "x is a vector: its power 1 says nothing", "an entry x_1"),
    ("x^0", "x is a vector: its power 0 says nothing", ""),
    ("A^{1/2}", "the power 1/2 of a square matrix is not read", ""), ("S^{-1/2}", "of a square matrix is not read", ""),
    ("A^a", "the power a of a square matrix is not read", ""), ("a^r", "r is not declared", ""),
    ("exp^{-a} b", "exp^{-a} is no power of e", "e^x"), ("exp^2 a", "exp^2 is no power of e", ""),
    ("σ^{-1}(p)", "σ^{-1} is the inverse function, or one over the value", "logit"),
    (r"\log^{-1} a", "is the inverse function, or one over the value", "exp(x)"),
    ("A**3", "A**3 is entry by entry in code", "A^3"),
    ("1^T x", "1 is a number: it has no transpose", "vector of ones"), ("x 1^T", "1 is a number", ""),
    ("x^T 1^T", "1 is a number", ""),
    # ------------------------------------------------ functions without an argument
    ("exp + 1", "exp needs its argument", "exp("), ("log + a", "log needs its argument", ""),
    ("sin^2 + a", "sin needs its argument", ""), ("a exp - a", "exp needs its argument", ""),
    ("exp - a", "exp needs its argument", ""),
    ("exp-1", "exp needs its argument", ""),
    ("log 1 - p", "log 1 is 0: which terms does the logarithm take?", "brackets"), ("-log 1 + a", "log 1 is 0", ""),
    ("log_2 + a", "log needs its argument", ""), ("tanh - tanh", "tanh needs its argument", ""),
    (r"\exp - a", "needs its argument", ""), ("max + 1", "max needs its argument", ""),
    ("log[2](a)", "what stands in [2] is not read", ""), ("sqrt[3](a)", "what stands in [3] is not read", ""),
    ("√[3](a)", "the degree of this root is not read", "a^(1/3)"), ("max(a)", "max of one number says nothing", ""),
    ("min(p)", "min of one number", ""),
    # ------------------------------------------------ σ against a one-hot
    ("σ(z) - y", "σ(z) stands against the one-hot y, where σ of a vector is the softmax", "softmax(z), or sigmoid(z)"),
    ("y - σ(z)", "stands against the one-hot y", ""), ("y^T log σ(z)", "stands against the one-hot y", ""),
    (r"-y^\top \log \sigma(z)", "stands against the one-hot y", ""),
    ("-sum_k y_k log σ(z)_k", "stands against the one-hot y", ""), ("(σ(Z) - Y)/n", "stands against the one-hot Y", ""),
    ("(σ(W x) - y) x^T", "stands against", ""),
    ("-sum(y * log(σ(z)))", "stands against", ""), ("y ⊙ (1 - σ(z))", "stands against", ""),
    ("σ(z)_k - y_k", "stands against", ""), ("‖σ(z) - y‖^2", "stands against", ""),
    ("np.dot(y, np.log(σ(z)))", "stands against", ""), ("y/σ(z)", "stands against", ""),
    # ------------------------------------------------ code whose value is another in NumPy
    ("x @ x.T", "x.T is x itself in NumPy, a row on paper", "np.outer(x, x)"),
    ("w @ x.T", "x.T is x itself in NumPy", "np.outer(w, x)"),
    ("(x - w) @ (x - w).T", "(x - w).T is (x - w) itself", "np.outer((x - w), (x - w))"),
    ("X @ x.T", "x.T is x itself in NumPy", ""), ("w.T @ A", "w.T is w itself in NumPy", ""),
    ("x.T * w", "x.T is x itself in NumPy", ""), ("np.exp(x.T)", "x.T is x itself in NumPy", ""),
    ("x.astype(int)", "a conversion to whole numbers is not read", ""),
    # ------------------------------------------------ signs that mean something else
    (r"A\x", r"\x between two values is not read", "inv(A) x"),
    (r"A \ x", r"\ between two values is not read", "inv(A) x"), ("a ~ b", "~ between two values is not read", ""),
    ("~a", "~ is not read", ""), ("a & b", "& between two values is not read", ""),
    ("$a$ $b$", "a second formula begins", ""), ("$$a$$ $$b$$", "a second formula begins", ""),
    (r"\(a\) \(b\)", "a second formula begins", ""), ("x × w", "x × w is a cross product", "x ⊙ w"),
    (r"x \times w", "is a cross product", ""), ("a!!", "a double factorial is not read", ""),
    # ------------------------------------------------ subscripts that are no entry
    ("x[1:]", "the range 1: is not read", ""), ("X[:2]", "the range :2 is not read", ""),
    ("x_{1:3}", "the range 1:3 is not read", ""), ("h_{1:t}", "the range 1:t is not read", ""),
    ("X[o:]", "the range o: is not read", ""),
    ("a +- 1", "+- stands for two signs, which is not read", "one sign"), ("a -+ b", "-+ stands for two signs", ""),
    ("a^+ - b", "^+ is no power", ""), ("x^+", "^+ is no power", ""), ("A^-", "^- is no power", ""),
    ("x_{-i}", "the subscript -i stands for all entries but one, which is not read", "a sum over j ≠ i"),
    ("x_{(i)}", "the subscript (i) is an order statistic", "_i for the entry"),
    ("x_{(1)}", "is an order statistic", ""), ("|x|_1", "|x|_1 is no norm", "‖…‖_1"),
]  # fmt: skip


ENTRIES = [
    # an array over just the indices that the bracket lists: an entry, with a note
    ("V(k)", "V_k"), ("α_t(k)", "α_{t,k}"), ("α(t,k)", "α_{t,k}"), ("α(k,t)", "α_{t,k}"), ("x(i)", "x_i"),
    (r"x(i)^2 V\left(k\right)", "x_i^2 V_k"), ("sum_l A(i,l) x(l)", "sum_l A_{i,l} x_l"), ("log V(k)", "log(V_k)"),
    (r"\pi(a|s)", r"\pi_{s,a}"), ("R(s'|s,a)", "R_{s,a,s'}"), (r"\sum_b \pi(b|s)", r"\sum_b \pi_{s,b}"),
    (r"\sum_a \pi(a \mid s) (Q(s,a) - v(s))", r"\sum_a \pi_{s,a} (Q_{s,a} - v_s)"), ("v(w_t)", "v_{w_t}"),
]  # fmt: skip
OVER = (
    "V: real[K]; x: real[d]; A: real[d,d]; alpha: real[T,K]; pi: simplex[S,B]; R: simplex[S,B,S]; Q: real[S,B]; "
    "v: real[S]; M: real[S,S]; s: index[S]; s': index[S]; a: index[B]; i: index[d]; j: index[d]; k: index[K]; "
    "t: index[T]; w: index[S] of [T]"
)


@pytest.mark.parametrize(("text", "entry"), ENTRIES)
def test_a_call_of_an_array_is_its_entry(text: str, entry: str):
    found = read(text, OVER)
    assert found == read(entry, OVER)
    assert any(note.tag == "entry" for note in found.notes)


def test_which_axis_is_given_the_other_is_asked():
    with pytest.raises(ReadError, match="reads two ways") as error:
        read("M(s'|s)", OVER)
    assert error.value.readings == ("M_{s',s}", "M_{s,s'}")


@pytest.mark.parametrize(("text", "words", "instead"), NOT_READ, ids=[row[0] for row in NOT_READ])
def test_what_was_meant_is_said(text, words, instead):
    with pytest.raises(ReadError) as caught:
        read(text, NAMES)
    assert words in caught.value.message
    assert instead in caught.value.expected


SAME = [
    # text, the same written so that nobody doubts it
    # ------------------------------------------------ the limits of what is refused
    ("E", "e"), ("2E", "2 e"), ("E^a", "exp(a)"), (r"\mathrm{e}^a", "exp(a)"), (r"\text{e}^{-a}", "exp(-a)"),
    ("ℯ^a", "exp(a)"),
    ("p(1-p)", "p * (1 - p)"), ("p(1)", "p"), ("a(b c)", "a b c"), ("a(b + c)", "a b + a c"), ("(a)(b)", "a b"),
    ("2(a)", "2a"), ("a b (|a| - a)", "a b |a| - a^2 b"), ("a(|b||c| + b)", "a |b c| + a b"), (r"\frac a2", "a/2"),
    (r"\frac 2a", "2/a"), ("a + -b", "a - b"), ("A(x + w)", "A x + A w"), ("a[b, c]", "[a b, a c]"),
    ("e^{a}(b)", "b exp(a)"), ("n(n-1)", "n^2 - n"),
    ("beta^{t-1}", "beta^(t-1)"), ("a^t", "a^(t)"), ("h^{(t-1)}", "h_{t-1}"), ("A^0", "I_d"), ("x^{-1}", "1/x"),
    ("a^T", "a^(T)"), ("2^{(a)}", "2^a"), ("a^(2)", "a a"),
    ("exp -a", "exp(-a)"), (r"\exp-a", "exp(-a)"), ("log -a", "log(-a)"), (r"\sin^2 a", "sin(a)^2"),
    ("tanh^{-1} p", "atanh(p)"), ("sin^{-2} a", "1/sin(a)^2"),
    ("σ(W x)", "sigmoid(W x)"), ("W^T σ(z)", "W^T sigmoid(z)"), ("A^{-1}(x)", "A^{-1} x"), ("A^T(x)", "A^T x"),
    ("x_i (A^{-1})_{ij}", "(A^{-1})_{ij} x_i"), ("a(p^(2/3))", "a p^(2/3)"), ("y^T W σ(x)", "y^T W sigmoid(x)"),
    ("σ(z_k) - y_k", "sigmoid(z_k) - y_k"), ("sigmoid(z) - y", "sigmoid(z) - y"), ("σ(z) - z", "sigmoid(z) - z"),
    ("w.T @ x", "sum_l w_l x_l"), ("(x > 0).astype(int) * w", "w ⊙ 1[x > 0]"), ("X * x", "X x"),
    ("w.T @ A @ x", "w^T A x"), ("(w.T @ A).T", "A^T w"), ("x x.T", "x x^T"), ("col @ col.T", "col col^T"),
    ("np.outer(x, x)", "x x^T"), ("A + x.T", "A + ones_d x^T"),
    (r"\mathbf{ab}", "a b"), (r"\boldsymbol{Xw}", "X w"), (r"\bar{x}", "xbar"), (r"\vec{x}", "x"), ("d a", "d * a"),
    (r"d\lambda", "d * lambda"), ("d*x", "d x"), (r"\lambda~a", "lambda * a"), ("$a$", "a"), ("a &+ b", "a + b"),
    ("X_{o:}", "X_o"), ("X_{:,i}", "X[:,i]"), ("X[o,:]", "X_o"), ("|x_1|", "abs(x_1)"), ("x_(i)", "x_i"),
    ("a × b", "a b"), ("A × x", "A x"), ("‖x‖^2_2", "‖x‖^2"), ("x^2_i", "x_i^2"),
    # ------------------------------------------------ what divides, and what a function takes
    ("x^T w / x^T x", "(x^T w) / (x^T x)"), ("1/w^T w", "1/(w^T w)"), ("1/w^Tw", "1/(w^T w)"),
    ("a/w^T A w", "a/(w^T A w)"), ("a/w^T A w b", "a b/(w^T A w)"), ("a/w^T x + b", "b + a/(w^T x)"),
    ("x x^T / x^T x", "(x x^T)/(x^T x)"),
    ("A x / x^T x", "(A x)/(x^T x)"), (r"1/x^\top A^{-1} x", "1/(x^T A^{-1} x)"), ("1/2 w^T w", "(w^T w)/2"),
    ("1/(a) x^T x", "(x^T x)/a"), ("a / x^T x x", "(a/(x^T x)) x"),
    ("x.T @ w / x.T @ x", "((x^T w)/x)^T x"), ("log 2πq^2", "log(2 π q^2)"), ("ln a / a", "(ln a)/a"),
    ("sin a / a", "sin(a)/a"), ("exp -a / b", "exp(-a)/b"), ("log a b / c", "log(a b)/c"), (r"\ln a \,/ b", "ln(a)/b"),
    ("(1)/(2)a^2", "a a/2"), ("1/‖x‖ a", "a/‖x‖"), (r"1/\sqrt{2\pi}e^{-a}", "exp(-a)/√(2π)"),
    ("sum_i x_i / a", "(sum_i x_i)/a"), ("log(1) + a", "a"),
    ("ln (a)/b", "ln(a)/b"), ("log p(1-p)", "log(p (1-p))"), ("log sin a / b", "log(sin(a))/b"),
    ("-log p / (1 - p)", "-(log(p))/(1-p)"),
    # ------------------------------------------------ entries of an inverse and of a transpose, roots
    ("A^{-1}_{ij}", "(A^{-1})_{ij}"), (r"A^\top_{ij}", "A_{ji}"), ("A^T_{12}", "A_{21}"),
    (r"S^{-1}_{1,2}", "(S^{-1})_{1,2}"), ("A^{-T}_{ij}", "(A^{-1})_{ji}"), ("X^T_{io}", "X_{oi}"), ("A^T_i", "A_i^T"),
    ("x^{-1}_i", "1/x_i"), ("A^{-1}_i", "(A^{-1})_i"),
    (r"\sqrt ab", "sqrt(a) b"), (r"\sqrt 2a", "sqrt(2) a"), (r"\sqrt{ab}", "sqrt(a b)"), ("√a b", "sqrt(a) b"),
    ("√(a)b", "sqrt(a) b"), ("√x_i", "sqrt(x_i)"), (r"\sqrt[3]ab", "cbrt(a) b"),
    # ------------------------------------------------ conditions in brackets
    (r"\mathbf 1[(a \le b) \text{ or } (c > 1)]", "1[a <= b or c > 1]"), ("1[(a > 0)]", "1[a > 0]"),
    ("1[(a > 0) and (b > 0)]", "1[a > 0 and b > 0]"), (r"\mathbb{1}\{(a > 0) \land (b > 0)\}", "1[a > 0 and b > 0]"),
    ("[(a > 0)]", "1[a > 0]"), ("I((a > 0) or not (b > 0))", "1[a > 0 or not b > 0]"),
    (r"\begin{cases} a & (b > 0) \\ c & (b \le 0)\end{cases}", "a if b > 0, c if b <= 0"),
    ("a if (b > 0) else c", "a if b > 0 else c"),
    (r"\begin{cases} a & (b > 0) \text{ or } (c > 0) \\ c & \text{otherwise}\end{cases}", "a if b > 0 or c > 0 else c"),
    ("{a, (b > 0); c, (b <= 0)}", "a if b > 0, c if b <= 0"), (r"\mathbf 1_{(a > 0)}", "1[a > 0]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "clear"), SAME, ids=[row[0] for row in SAME])
def test_what_is_meant_is_read(text, clear):
    assert compare(text, clear, NAMES).status == "equal"
    assert read(text, NAMES).shape_error is None


TWO_WAYS = [
    # text, its readings written so that nobody doubts them
    (r"2\frac12", "5/2", "1"), (r"2\frac{1}{2} a", "5/2 * a", "a"), (r"-3\tfrac14", "-13/4", "-3/4"),
    ("ln a/b", "(ln a)/b", "ln(a/b)"), ("log p (1-p)", "log(p) (1-p)", "log(p (1-p))"),
    (r"\log p\,(1-p)", "log(p) (1-p)", "log(p (1-p))"), ("exp -a/b", "exp(-a)/b", "exp(-a/b)"),
    ("sin 2 (a+b)", "sin(2) (a+b)", "sin(2 (a+b))"),
    ("log a b/c", "log(a b)/c", "log(a b/c)"), ("log p [1-p]", "log(p) (1-p)", "log(p (1-p))"),
    ("1 + ln a/b", "1 + ln(a)/b", "1 + ln(a/b)"),
    ("√ab", "sqrt(a) b", "sqrt(a b)"), ("√2π", "sqrt(2) π", "sqrt(2 π)"), (r"\sqrt12", "sqrt(12)", "2"),
    ("A_{ij}^{-1}", "1/A_{ij}", "(A^{-1})_{ij}"), (r"A_{ij}^\top", "A_{ij}", "A_{ji}"),
    ("A^2_{ij}", "A_{ij} A_{ij}", "(A A)_{ij}"), ("A**2", "A @ A", "A ⊙ A"),
    ("X.T @ (X * x)", "X^T X x", "X^T X diag(x)"), ("2e-3a", "0.002 a", "2 e - 3 a"),
    ("x^T w/‖x‖‖w‖", "x^T w ‖w‖/‖x‖", "x^T w/(‖x‖ ‖w‖)"), ("1/|a||b|", "|b|/|a|", "1/(|a| |b|)"),
    ("1/σ(a)(1-σ(a))", "(1-σ(a))/σ(a)", "1/(σ(a)(1-σ(a)))"), ("a/exp(b)c", "a c/exp(b)", "a/(exp(b) c)"),
    (r"1/\sqrt{2\pi}q", "q/√(2π)", "1/(√(2π) q)"),
    ("max_i x_i / a", "max_i (x_i/a)", "(max_i x_i)/a"), ("logsumexp_k z_k / q", "logsumexp(z/q)", "logsumexp(z)/q"),
    ("e^-ab", "b exp(-a)", "exp(-a b)"), ("a^bc", "a^b c", "a^(b c)"),
    ("1/2a", "a/2", "1/(2a)"), ("A*B", "A @ B", "A ⊙ B"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "one", "other"), TWO_WAYS, ids=[row[0] for row in TWO_WAYS])
def test_two_readings_are_refused_by_read_and_judged_both_ways(text, one, other):
    with pytest.raises(ReadError) as caught:
        read(text, NAMES)
    assert caught.value.tag == "ambiguous"
    assert len(readings(text, NAMES)) == 2
    assert [compare(f, clear, NAMES).status for f, clear in zip(caught.value.readings, (one, other), strict=True)] == [
        "equal",
        "equal",
    ]
    assert compare(text, one, NAMES).status == "unreadable"


@pytest.mark.parametrize("text", ["1^T x", "x 1^T", "e^T x", "i^T", "π^T", "d^T x", "2^T"])
def test_a_number_has_no_transpose(text):
    with pytest.raises(ReadError, match="is a number: it has no transpose"):
        read(text, "x: real[d]; i: index[d]")


def test_a_root_without_a_line_over_what_it_takes_is_refused():
    with pytest.raises(ReadError, match="√a² reads two ways"):
        read("√a²", NAMES)


def test_every_place_of_a_text_reads_both_ways():
    found = readings("1/2a + ln b/c", NAMES)
    assert len(found) == 4
    assert compare(text := "log a/b + log b/a", "0", "a: positive; b: positive").status == "unreadable", text


@pytest.mark.parametrize(
    "name", ["m_{-1}", "x_{i+1}", "h_{t-1}", "x^{-1}", "x_+", "2x", "x+y", "x.y", "|a|", "f(x)", "x!", "not"]
)
def test_a_name_that_no_formula_can_speak_of_is_refused_where_it_is_declared(name):
    with pytest.raises(NamesError, match="cannot be used as a name"):
        read("1", f"{name}: real")


@pytest.mark.parametrize(
    "name",
    ["x_{ij}", "x_{\\text{max}}", "W^{[1]}", "ŷ", "\\hat{y}_{k}", "w_5'", "beta0", "exp", "if", "x_{\\infty}", "dL/dx"],
)
def test_a_name_that_can_be_spoken_of_stays(name):
    assert read("1", f"{name}: real").shape_error is None


NOTED = [
    # text, truth, tag of the finding
    ("a/b c", "a c/b", "division"), ("x + a", "a + x", "broadcast"), ("dL/da = b", "b", "target"),
    ("b.", "b", "punctuation"), ("`b`", "b", "fence"), ("a 2", "2a", "juxtaposed-number"),
    ("|x|", "abs(x)", "elementwise"),
    ("x**2", "x ⊙ x", "elementwise-power"), ("exp(A)", "exp(A)", "elementwise"),
    ("log a * b", "log(a b)", "function-extent"), ("sin^-1 p", "asin(p)", "inverse"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "truth", "tag"), NOTED)
def test_what_read_notes_compare_shows(text, truth, tag):
    found = compare(text, truth, NAMES)
    assert found.status == "equal"
    assert tag in [f.tag for f in found.findings]
