r"""What people write, and how it is read: one row a habit, under its declarations, as the formula that it is.

The readings are written in the notation of `write`, an array by its entry: `i -> 2 theta_i`. What is refused or asked
about has the words of the refusal, behind `!!`, and the readings that are asked about, behind `||`.
"""

from __future__ import annotations

import pytest

from checker import check
from checker.answers.definitions import defined
from derivations.domains import parse_names
from derivations.formula import Formula
from derivations.notation import ReadError, read, read_statement
from derivations.notation.write import write
from problems.bank import load_bank

HABITS = {
    # heading: (names, what is written, its reading)
    "Left sides and chains": [
        ("theta: real[d]; j: index[d]", r"J(\theta) &= \sum_j \theta_j^2", "sum_j theta_j^2"),
        ("X: real[n,d]; y: real[n]; theta: real[d]", r"\theta = X^T y", "i -> sum_k X_{ki} y_k"),
        ("theta: real[d]; i: index[d]; j: index[d]", r"H_{ij} = \theta_i \theta_j", "theta_i theta_j"),
        ("r: real[n]; i: index[n]", "L_i = r_i^2", "r_i^2"),
        ("x: real", r"\mathcal L = x^2", "x^2"),
        ("A: invertible[d]; b: real[d]", "w^* = A^{-1} b", "i -> sum_k b_k (A^(-1))_{ik}"),
        ("w: real; x: real", "w := w - 2x", "w - 2 x"),
        ("y: label01; q: probability", "p(y|x) = q^y (1-q)^{1-y}", "q^y (1 - q)^(1 - y)"),
        ("X: real[n,d]; w: real[d]; i: index[n]", r"\hat y^{(i)} = w^T x^{(i)}", "sum_k w_k X_{ik}"),
        ("theta: real[d]", r"\nabla_\theta J = 2 \theta", "i -> 2 theta_i"),
        ("x: real; w: real", r"\frac{dJ}{dw} = 2x - x = x", r"\frac{dJ}{dw} = 2 x - x = x"),
        ("x: real; s: positive", r"p(x) \propto e^{-x^2/(2s^2)}", "p(x) = exp(-x^2/(2 s^2))"),
        ("y: real[n]; i: index[n]", r"\arg\max_\theta \ell(\theta) = \frac1n \sum_i y_i", "1/n * sum_i y_i"),
        ("x: real", "f'(x) = 2x", "2 x"),
        (
            "y: simplex[K]; i: index[K]; j: index[K]",
            r"\delta_{ij} = \begin{cases} y_i(1-y_i) & i = j \\ -y_i y_j & i \ne j \end{cases}",
            "{y_i (1 - y_i) if i = j, -y_i y_j if i != j}",
        ),
        ("W: real[h,K]; q: real[K]", r"\delta_3 = W q", "i -> sum_k q_k W_{ik}"),
        (
            "X: real[n,d]; p: real[n]; y: real[n]",
            r"\partial J/\partial\theta_j = \sum_k (p_k - y_k) X_{kj}",
            "sum_k X_{kj} (p_k - y_k)",
        ),
        (
            "q: simplex[K]; k: index[K]; i: index[K]",
            (r"\frac{\partial L}{\partial z_k} = q_k - 1, \quad \frac{\partial L}{\partial z_i} =" " q_i"),
            r"\frac{\partial L}{\partial z_k} = q_k - 1; \frac{\partial L}{\partial z_i} = q_i",
        ),
        (
            "q: simplex[K]; k: index[K]; i: index[K]",
            r"q_i - 1 \text{ if } i = k, \quad q_i \text{ otherwise}",
            "{q_i - 1 if i = k, q_i otherwise}",
        ),
        ("d: real[K]; h: real[p]", "W2: d h^T, b2: d", "W2 = (i, j) -> d_i h_j; b2 = i -> d_i"),
        (
            "p: probability; y: label01; x: real[d]",
            (r"We have $\frac{\partial L}{\partial z} = p - y$, so $\frac{\partial L}{\partial w}" " = (p - y) x$."),
            "!! ',' does not belong here",
        ),
    ],
    "The writer's own letters": [
        ("x: real[n,d]; w: real[d]", "X w", "i -> sum_k w_k x_{ik}"),
        ("b1: real[h]", "b_1", "i -> b1_i"),
        ("b1: real[h]", "b1", "i -> b1_i"),
        ("b1: real[h]", "b^{[1]}", "i -> b1_i"),
        ("b1: real[h]", "b^{(1)}", "i -> b1_i"),
        ("lambda: positive; w: real[d]", "lam w", "i -> lambda w_i"),
        ("epsilon: positive; v: positive", r"\sqrt{v + eps}", "sqrt(epsilon + v)"),
        ("x: real[n,d]; i: index[n]", "x^{(i)}", "j -> x_{ij}"),
        ("v: positive", r"v^{(\mathcal B)}", "v"),
        ("W2: real[K,h]; d: real[K]", "W^{[2]T} d", "i -> sum_k d_k W2_{ki}"),
        ("x: real[n,d]; w: real[d]; i: index[n]", "{x^{(i)}}^T w", "sum_k w_k x_{ik}"),
        ("w: real[K,d]; x: real[d]; k: index[K]", "w^T_k x", "sum_i w_{ki} x_i"),
        ("x: real[n]; i: index[n]", "x^2_i", "x_i^2"),
        ("g: real[n]; k: index[n]", "{g}_{k}", "g_k"),
        ("z1: real[h]; z2: real[K]; j: index[h]; k: index[K]", r"\frac{z_k}{1 + z_k}", "z2_k/(z2_k + 1)"),
        ("mu: real[d]; S: posdef[d]; x: real[d]", r"\Sigma^{-1}(x - \mu)", "i -> sum_k (S^(-1))_{ik} (x_k - mu_k)"),
        ("theta: real[n]; theta_0: real; i: index[n]", r"\theta_0 + \theta_i", "theta_i + theta_0"),
        ("u: real[n]; u_o: real; i: index[n]", "u_o u_i", "u_o u_i"),
        ("c: real; c1: real", "c - c_1", "c - c1"),
        ("h: real[n]; h1: real; i: index[n]", "h_1 h_i", "h1 h_i"),
        ("k: real; k_p: real", "k/k_p", "k/k_p"),
        ("beta: real[n]; beta_0: real; i: index[n]", r"\beta_0 + \beta_i", "beta_i + beta_0"),
    ],
    "Notation: arrays of indices": [
        ("f: real[n,K]; y: index[K] of [n]; i: index[n]", "f_{i,y_i}", "f_{i,y_i}"),
        ("w: real[K,d]; y: index[K] of [n]; i: index[n]", "w_{y_i}", "j -> w_{y_i,j}"),
        ("E: real[V,d]; w: index[V] of [T]; t: index[T]", "E_{w_t}", "i -> E_{w_t,i}"),
        ("y: index[K] of [n]; i: index[n]; k: index[K]", "1[y_i = k]", "1[y_i = k]"),
        ("t: real[K]; y: index[K] of [n]; i: index[n]", "t_{y_i - 1}", "t_{y_i-1}"),
        ("f: real[n,K]; y: index[K] of [n]; i: index[n]", r"sum_{j \ne y_i} f_ij", "sum_{j != y_i} f_{ij}"),
        ("s: real[K]; y: index[K] of []", "-s_y + log sum_j e^{s_j}", "log(sum_j exp(s_j)) - s_y"),
    ],
    "Entries and functions": [
        ("V: real[S]; s: index[S]", "V(s)", "V_s"),
        ("P: real[S]; x: index[S]", "P(x)", "P_x"),
        ("pi: real[A,S]; a: index[A]; s: index[S]", r"\pi(a|s)", "pi_{as}"),
        ("alpha: real[T,N]; t: index[T]; i: index[N]", r"\alpha_t(i)", "alpha_{ti}"),
        (
            "alpha: real[T,N]; dL/dalpha: real[T,N]; t: index[T]; i: index[N]",
            r"\frac{\partial L}{\partial \alpha_t(i)}",
            "dL/dalpha_{ti}",
        ),
        ("f: function (real[d]; real[d]) -> real; X: real[n,d]; w: real[d]; i: index[n]", "f(x_i; w)", "f(X_i; w)"),
        ("k: function (real[d], real[d]) -> real; x: real[d]; z: real[d]", "k(x,z)", "k(x, z)"),
        ("phi: function real[d] -> real[m]; x: real[n,d]; j: index[n]", r"\phi(x^{(j)})", "i:m -> phi(x_j)_i"),
        (
            "phi: function real[d] -> real[m]; x: real[d]; z: real[d]",
            r"\langle\phi(x), \phi(z)\rangle",
            "sum_{k=1}^m phi(x)_k phi(z)_k",
        ),
    ],
    "Sums": [
        ("x: real[n]", r"\sum_{i=0}^{n-1} x_{i+1}", "sum_i x_i"),
        ("x: real[n]", r"\sum_{i=0}^{n-1} x_i", "sum_i x_i"),
        ("x: real[n]", r"\sum_{i<j} x_i x_j", "sum_{i,j} {x_i x_j if i < j, 0 otherwise}"),
        ("x: real[n]", r"\sum_{i\in[n]} x_i", "sum_i x_i"),
        ("g: real[V]; w: index[V]", r"\sum_{w\in V} g_w", "sum_w g_w"),
        ("x: real[n]; i: index[n]", r"\sum_{\substack{l=1\\ l\ne i}}^n x_l", "sum_{l != i} x_l"),
        ("x: real[n]", r"\sum\limits_{i=1}^n x_i", "sum_i x_i"),
        ("x: real", r"\sum_{t=1}^{1000} t", "sum_{t=1}^{1000} t"),
        ("x: real", r"\sum_{t=1}^{4} t x^t", "sum_{t=1}^4 t x^t"),
        ("y: labelpm1[n]; m: real[n]", r"\#\{i : m_i < 1\}", "sum_i 1[m_i < 1]"),
        ("y: labelpm1[n]; m: real[n]", r"|\{i : m_i < 1\}|", "sum_i 1[m_i < 1]"),
    ],
    "Signs": [
        ("x: real[n]; y: real[n]", r"\langle x,y\rangle", "sum_k x_k y_k"),
        ("x: real[n]; y: real[n]", r"\parallel x - y \parallel^2", "sum_k (x_k - y_k)^2"),
        ("a: real; b: real", r"\underbrace{a b}_{\text{gain}}", "a b"),
        ("a: real; b: real", r"\overbrace{a + b}^{c}", "a + b"),
        ("x: real[n]", r"\begin{pmatrix} x_1 \\ \vdots \\ x_n \end{pmatrix}", "i -> x_i"),
        ("x: real[n]", r"x_1 + \dots + x_n", "sum_m x_m"),
        ("x: real[n]", r"x_1 x_2 \cdots x_n", "prod_m x_m"),
        ("x: real[n]", r"(x_1, \dots, x_n)", "i -> x_i"),
        ("x: real[n]", r"\begin{pmatrix} x_1 & & \\ & \ddots & \\ & & x_n \end{pmatrix}", "(i, j:n) -> delta_{ij} x_i"),
        ("y: index[K] of []; k: index[K]", r"\mathbf 1_{\{y=k\}}", "1[y = k]"),
        ("a: real", r"\mathbf 1_{[a>0]}", "1[a > 0]"),
        ("a: real", "[a]_+", "relu(a)"),
        ("a: real; b: real", r"{a \over b}", "a/b"),
        ("X: real; X': real", "X' - X", "X' - X"),
        ("X: real[n,d]; i: index[n]", r"X_{i\cdot}", "j -> X_{ij}"),
        ("X: real[n,d]; j: index[d]", "X_{:,j}", "i -> X_{ij}"),
        ("A: real[m,m]; B: real[n,n]", r"A \otimes B", "((i, j), (k, l)) -> A_{ik} B_{jl}"),
        ("x: real[n]; y: real[m]", r"x \otimes y", "(i, j) -> x_i y_j"),
        ("A: real[m,n]", r"\operatorname{vec}(A)", "((j, i)) -> A_{ij}"),
        ("n: size", r"\binom{n}{2}", "n/2 * (n - 1)"),
        ("w: real[d]", r"\|w\|_\infty", "max_k(abs(w_k))"),
        ("W: real[n,d]", r"\|W\|_*", "||W||_*"),
        ("x: real[n]", r"\bar x", "1/n * sum_k x_k"),
        ("x: real[n]; y: real[n]", r"x \odot y", "i -> x_i y_i"),
        ("x: real[n]; y: real[n]", r"x \circ y", "i -> x_i y_i"),
        ("x: real[n]; y: real[n]", "x * y", "i -> x_i y_i"),
        ("x: real[n]", r"\underset{i}{\max}\, x_i", "max_i(x_i)"),
        ("X: real[n,d]; y: real[n]", r"\operatorname*{arg\,max}_w L(w) = X^T y", "i -> sum_k X_{ki} y_k"),
        ("w: real; a: real", r"(w - a)^2 \Big|_{w=0}", "(-a)^2"),
        ("a: real; b: real", r"\color{red} a + b", "a + b"),
        ("a: real; b: real", r"a + \textcolor{blue}{b}", "a + b"),
        ("a: real; b: real", r"\mleft( a + b \mright)^2", "(a + b)^2"),
        ("a: real; b: real", r"a + \phantom{c} b", "a + b"),
        ("a: real; b: real", r"a + b \label{eq:sum}", "a + b"),
        ("a: real; b: real", r"a + b \quad (\ref{eq:sum})", "a + b"),
        ("a: real; b: real", r"a + b \tag{2.1}", "a + b"),
        ("x: real[n]; i: index[n]", r"x_i^2, \quad \forall i", "x_i^2"),
        ("x: real[n]; i: index[n]", "x_i^2 for all i", "x_i^2"),
        ("x: real[n]; i: index[n]", r"x_i^2, \quad i = 1,\dots,n", "x_i^2"),
        ("a: real; b: real", "∴ a + b", "a + b"),
        ("a: real; b: real", "a + b ∎", "a + b"),
        ("a: real; b: real", r"a + b \qquad \text{(by linearity)}", "a + b"),
    ],
    "Commands of one's own": [
        ("x: real[n]", r"\newcommand{\vx}{\mathbf{x}} \vx^T \vx", "sum_k x_k x_k"),
        ("a: real; b: real", r"\def\gain{a} \gain\, b", "a b"),
        ("z: real[K]", r"\DeclareMathOperator{\sm}{softmax} \sm(z)", "i -> softmax(z)_i"),
    ],
    "NumPy and PyTorch": [
        (
            "Z: real[n,K]",
            "np.exp(Z) / np.sum(np.exp(Z), axis=1, keepdims=True)",
            "(i, j) -> exp(Z_{ij})/(sum_k exp(Z_{ik}))",
        ),
        ("X: real[n,d]; r: real[n]", "X.T @ r / X.shape[0]", "i -> 1/n * sum_k r_k X_{ki}"),
        ("X: real[n,d]; r: real[n]", "X.T @ r / len(X)", "i -> 1/n * sum_k r_k X_{ki}"),
        (
            "X: real[n,d]; lambda: positive",
            "X.T @ X + lam * np.eye(X.shape[1])",
            "(i, j) -> sum_k X_{ki} X_{kj} + lambda delta_{ij}",
        ),
        ("r: real[n]; delta: positive", "np.clip(r, -delta, delta)", "i -> min(max(r_i, -delta), delta)"),
        ("z: real[n]", "np.heaviside(z, 0)", "i -> 1[z_i > 0]"),
        ("dA: real[m,h]", "dA.copy()", "(i, j) -> dA_{ij}"),
        (
            "dA: real[m,h]; Z: real[m,h]",
            "dZ = dA.copy()\ndZ[Z <= 0] = 0\nreturn dZ",
            "(i, j) -> {0 if Z_{ij} <= 0, dA_{ij} otherwise}",
        ),
        (
            "X: real[n,d]; w: real[d]; y: real[n]",
            "r = X @ w\nr -= y\nX.T @ r",
            "i -> sum_k X_{ki} (sum_j w_j X_{kj} - y_k)",
        ),
        ("a: real; b: real", "g = 2 * a\ng += b\ng", "2 a + b"),
        (
            "X: real[n,d]; w: real[d]; y: real[n]",
            "def f(X, w, y):\n    r = X @ w - y\n    return X.T @ r",
            "i -> sum_k X_{ki} (sum_j w_j X_{kj} - y_k)",
        ),
        ("A: real[d,d]; b: real[d]", "np.linalg.pinv(A) @ b", "i -> sum_k b_k (A^(-1))_{ik}"),
        (
            "X: real[n,d]; y: real[n]",
            "np.linalg.pinv(X) @ y",
            (
                "!! the pseudoinverse of X is one of two formulas, by the rank of the matrix ||"
                " (np.linalg.inv((X).T @ (X)) @ (X).T) @ y || ((X).T @ np.linalg.inv((X) @ (X).T)) @"
                " y"
            ),
        ),
        (
            "X: real[n,d]; y: real[n]",
            "np.linalg.lstsq(X, y, rcond=None)[0]",
            (
                "!! the pseudoinverse of X is one of two formulas, by the rank of the matrix ||"
                " (np.linalg.inv((X).T @ (X)) @ (X).T @ (y)) || ((X).T @ np.linalg.inv((X) @ (X).T)"
                " @ (y))"
            ),
        ),
        ("a: real[n]; b: real[n]", "F.mse_loss(a, b)", "1/n * sum_i (a_i - b_i)^2"),
        ("a: real[n]; b: real[n]", 'F.mse_loss(a, b, reduction="sum")', "sum_i (a_i - b_i)^2"),
        ("a: real[n]; b: real[n]", "F.l1_loss(a, b)", "1/n * sum_i abs(a_i - b_i)"),
        (
            "p: probability[n]; y: label01[n]",
            "F.binary_cross_entropy(p, y)",
            "1/n * sum_i (-y_i log(p_i) - (1 - y_i) log(1 - p_i))",
        ),
        (
            "z: real[n]; y: label01[n]",
            "F.binary_cross_entropy_with_logits(z, y)",
            "1/n * sum_i (softplus(z_i) - y_i z_i)",
        ),
        ("Z: real[n,K]; y: index[K] of [n]", "F.cross_entropy(Z, y)", "1/n * sum_i (logsumexp_k(Z_{ik}) - Z_{i,y_i})"),
        (
            "Z: real[n,K]; y: index[K] of [n]",
            "F.nll_loss(F.log_softmax(Z, dim=1), y)",
            "1/n * sum_i (-log_softmax(Z_i)_{y_i})",
        ),
        ("z: real[n]; alpha: positive", "F.leaky_relu(z, alpha)", "i -> leaky_relu(z_i, alpha)"),
        ("z: real[n]", "F.leaky_relu(z)", "i -> leaky_relu(z_i, 1/100)"),
        ("z: real[n]", "F.elu(z)", "i -> elu(z_i, 1)"),
        (
            "Q: real[n,d]; K: real[m,d]",
            "Q @ K.transpose(-2, -1) / math.sqrt(K.size(-1))",
            "(i, j) -> 1/sqrt(d) * sum_k K_{jk} Q_{ik}",
        ),
        ("z: real[n]", "jnp.log1p(jnp.exp(z))", "i -> log(1 + exp(z_i))"),
        (
            "x: real[n,d]; y: labelpm1[n]; m: real[n]",
            "x[m < 1].T @ y[m < 1]",
            "i -> sum_k {x_{ki} y_k if m_k < 1, 0 otherwise}",
        ),
        (
            "x: real[n,d]; y: labelpm1[n]; m: real[n]",
            "(y[m < 1][:, None] * x[m < 1]).sum(axis=0)",
            "i -> sum_k {x_{ki} y_k if m_k < 1, 0 otherwise}",
        ),
        (
            "x: real[n,d]; y: label01[n]",
            "x[y == 1].mean(axis=0)",
            "i -> (sum_k {x_{ki} if y_k = 1, 0 otherwise})/(sum_k 1[y_k = 1])",
        ),
        ("m: real[n]", "m[m > 0]", "!! m[m > 0] picks entries of m in code, and is no product"),
        ("s: real[K]; y: index[K] of []", "softmax(s) - one_hot(y)", "i -> softmax(s)_i - 1[y = i]"),
    ],
}
ROWS = [row for rows in HABITS.values() for row in rows]


def shown(formula: Formula) -> str:
    return write(formula) if formula.shape_error is None else f"shapes do not conform: {formula.shape_error.message}"


def reading(text: str, declared: str) -> str:
    """What a text is read as: a formula, the lines of a statement, or a refusal in its words."""
    names = parse_names(declared)
    said = defined(text, names)
    assert said.fault is None
    try:
        return shown(said.inline(read(said.text, said.names), names))
    except ReadError as error:
        if error.tag != "relation":
            return " || ".join([f"!! {error}", *error.readings])
    lines = said.inlined(read_statement(said.text, said.names), names).lines
    sides = [[*([line.target.strip()] if line.target else []), *map(shown, line.parts)] for line in lines]
    return "; ".join(" = ".join(line) for line in sides)


@pytest.mark.parametrize(("declared", "written", "meant"), ROWS, ids=[row[1][:40] for row in ROWS])
def test_what_is_written_is_read_so(declared, written, meant):
    assert reading(written, declared) == meant


ANSWERS = [
    # part                  what is handed in                                                        verdict       why
    # several quantities in one answer: the one that is asked is judged
    (
        "001/7.4",
        (r"\frac{\partial L}{\partial z_k} = \hat y_k - 1, \quad \frac{\partial L}{\partial" r" z_i} = \hat y_i"),
        "correct",
        None,
    ),
    ("001/7.4", r"\hat y_k - 1 if i = k; \hat y_i otherwise", "correct", None),
    ("002/5a.dW2", "W2: 2/n h^T (o - y), b2: 2/n sum_i (o_i - y_i)", "correct", None),
    ("002/5a.dW2", "b2: 2/n sum_i (o_i - y_i), W2: 2/n h^T (y - o)", "wrong", "sign"),
    ("beyond/linear_regression.gradient", "We have dL/dr = r, so dL/dw = X^T r", "correct", None),
    ("beyond/shrinkage.error", r"\text{Bias}^2 + \text{Var} = (c-1)^2 \mu^2 + \frac{c^2 s^2}{n}", "correct", None),
    ("beyond/shrinkage.bias", r"\mathbb{E}[c\bar x] - \mu = c\mu - \mu = (c-1)\mu", "correct", None),
    (
        "beyond/shrinkage.variance",
        r"V = \operatorname{Var}[c\bar x] = c^2 \operatorname{Var}[\bar x] = c^2 s^2",
        "wrong",
        "missing-mean",
    ),
    # letters: indices are renamed, swapped ones are not
    ("001/3.1", "y_j (1 - y_j)", "correct", None),
    ("001/3.3", "y_k (delta_kl - y_l)", "unreadable", None),
    ("beyond/softmax_regression.hessian", "sum_i X_ij X_ia Yhat_im (delta_km - Yhat_ik)", "correct", None),
    # a function that the answer defines by what it does to a number, at an array
    (
        "000/7",
        r"\frac{\partial L}{\partial A} \odot g'(Z), \quad \text{where } g'(z) = \mathbf 1\{z > 0\}",
        "correct",
        None,
    ),
    ("000/7", "dA ⊙ q(Z), where q(t) = 1[t > 0]", "correct", None),
    ("000/7", "dA ⊙ q(Z), where q(t) = 1[t < 0]", "wrong", "swapped-cases"),
    ("000/7", "dA ⊙ q(Z), where q(t) = t", "wrong", "where:factor"),
    # where a least point is sought, by which names it goes, and a loss that stands for one term of it
    (
        "002/4c",
        r"\nabla_\theta J = 0 \Rightarrow (X^T X + \frac{\sigma^2}{\eta^2} I) \theta = X^T y \\ "
        r"\Rightarrow \theta_{MAP} = (X^T X + \frac{\sigma^2}{\eta^2} I)^{-1} X^T y",
        "correct",
        None,
    ),
    (
        "002/4c",
        (
            r"(X^T X + \frac{\sigma^2}{\eta^2} I) \theta = X^T y \\ "
            r"\hat\theta = (X^T X + \frac{\sigma}{\eta} I)^{-1} X^T y"
        ),
        "wrong",
        "missing-factor",
    ),
    (
        "002/4c",
        r"\nabla J(\theta) = 0 \implies \hat\theta = (X^T X + \frac{\sigma^2}{\eta^2} I)^{-1} X^T y",
        "correct",
        None,
    ),
    (
        "002/4c",
        r"\nabla J(\theta) = 0 \implies \hat\theta = (X^T X + \frac{\sigma}{\eta^2} I)^{-1} X^T y",
        "wrong",
        "missing-square",
    ),
    (
        "001/7.4",
        r"\frac{\partial L}{\partial z_i} = -\frac{1}{\hat y_k} \frac{\partial \hat y_k}{\partial z_i} "
        r"= \begin{cases} \hat y_k - 1 & i = k \\ \hat y_i & i \ne k \end{cases}",
        "correct",
        None,
    ),
    # something else on the way, up to a constant
    ("002/4b.lambda", "-log p(theta) = ||theta||^2/(2 eta^2) + const, so lambda = 1/(2 eta^2)", "correct", None),
    (
        "002/4b.lambda",
        (
            r"-\log p(y|x) - \log p(\theta) = \frac{\|\theta\|^2}{2\eta^2} + \text{const} "
            r"\Rightarrow \lambda = \frac{1}{\eta^2}"
        ),
        "wrong",
        "factor:2",
    ),
    ("002/4b.lambda", "-log p(theta) = ||theta||^2/(2 eta^2), so lambda = 1/(2 eta^2) + const", "unreadable", None),
    # definitions, and quantities that earlier parts introduced
    ("000/6a", r"y z - \log(1+e^{z}) \text{ where } z = \theta^T x", "correct", None),
    ("beyond/ridge_regression.gradient", "let Z = X^T X. Then Z w - X^T y + lambda w", "correct", None),
    ("beyond/residual_block.x", "da = W2.T @ dy\ndz = da * (z > 0)\ndx = W1.T @ dz + dy", "correct", None),
    ("001/7.7b", r"(\delta_1^T \delta_0) \odot \delta_2", "correct", None),
    ("002/4c", r"(X^T X + 2 \sigma^2 \lambda I)^{-1} X^T y", "correct", None),
    (
        "beyond/huber.gradient",
        (
            r"\sum_i \psi(r_i) x_i, \quad \psi(r) = \begin{cases} r & |r| \le \delta "
            r"\\ \delta\,\text{sign}(r) & |r| > \delta\end{cases}"
        ),
        "correct",
        None,
    ),
    # arrays multiplied entry by entry, the batch left out, lines of the chain rule
    (
        "002/5a.dW1",
        "∂L/∂W_1 = Σ_i ∂L/∂o_i · ∂o_i/∂z_i · ∂z_i/∂W_1 = 2/n Σ_i (o_i - y_i) W2_k h_ik (1-h_ik) x_ij",
        "correct",
        None,
    ),
    (
        "002/5a.dW1",
        r"\frac{\partial L}{\partial W_1} = \frac{\partial L}{\partial o} \frac{\partial o}{\partial z} "
        r"\frac{\partial z}{\partial W_1} = \frac1n \sum_i (o_i - y_i) W_{2,k} h_{ik} (1-h_{ik}) x_{ij}",
        "wrong",
        "factor:1/2",
    ),
    (
        "002/5a.dW1",
        "∂L/∂W_1 = Σ_i ∂L/∂o_i · ∂h_i/∂z_i · ∂z_i/∂W_1 = 2/n Σ_i (o_i - y_i) W2_k h_ik (1-h_ik) x_ij",
        "unreadable",
        None,
    ),
    ("beyond/dropout.h", "dL/da · r / q", "correct", None),
    ("beyond/dropout.h", "dL/da r / q", "correct", None),
    ("beyond/dropout.h", "dL/da * r / q", "correct", None),
    ("002/6a.gamma", r"\sum_{i} \frac{\partial L}{\partial y_i}\cdot \frac{x_i - \mu}{\sqrt{v}}", "correct", None),
    (
        "002/6a.beta",
        (
            r"\sum_i \frac{\partial L}{\partial y_i}\cdot\frac{\partial y_i}{\partial \beta} ="
            r" \sum_i \frac{\partial L}{\partial y_i}"
        ),
        "correct",
        None,
    ),
    ("001/7.4.vector", r"(\hat y - y)^T", "wrong", "transpose"),
    # numbers
    ("003/4a", "1.204 nats", "correct", None),
    ("003/4a", "120.4 %", "correct", None),
    ("003/4a", "120.4 percent", "correct", None),
    ("003/4a", "1.737 bits", "correct", None),
    ("003/4a", "**1.204**", "correct", None),
    ("003/4a", r"1.204 \pm 0.001", "unreadable", None),
    # words
    ("004/Q1.3a.sign", "negative for all c", "correct", None),
    ("004/Q3.3", r"w^T x_i + b \leq 0 for every training example", "correct", None),
    ("001/3.2", "For i ≠ j, the derivative is $-y_i y_j$.", "correct", None),
    (
        "001/7.2",
        (
            r"We have $\hat y_k = e^{z_k}/\sum_l e^{z_l}$, so $\frac{\partial \hat y_k}{\partial"
            r" z_k} = \hat y_k - \hat y_k^2$."
        ),
        "correct",
        None,
    ),
    # steps to a solution
    ("beyond/portfolio.best", r"\nabla_w U = m - g S w = 0 \implies w = \frac{1}{g}S^{-1}m", "correct", None),
    ("beyond/portfolio.best", r"\nabla_w U = m - S w = 0 \implies w = \frac{1}{g}S^{-1}m", "wrong", "not-a-solution"),
]
PARTS = {part.id: part for problem in load_bank(None).problems() for part in problem.parts}


@pytest.mark.parametrize(("part", "answer", "status", "tag"), ANSWERS, ids=[f"{a[0]}-{a[1][:40]}" for a in ANSWERS])
@pytest.mark.long
def test_what_is_handed_in_is_judged_so(part, answer, status, tag):
    found = check(PARTS[part], answer)
    assert found.status == status, found
    assert (found.diagnosis.tag if found.diagnosis is not None else None) == tag


def test_a_chain_rule_through_names_of_its_own_is_said_not_to_be_judged() -> None:
    answer = "∂L/∂W_1 = Σ_i ∂L/∂o_i · ∂o_i/∂z_i · ∂z_i/∂W_1 = 2/n Σ_i (o_i - y_i) W2_k h_ik (1-h_ik) x_ij"
    said = [f.message for f in check("002/5a.dW1", answer).findings if f.tag == "chain-rule"]
    assert said == ["the chain rule through z_i, which the question does not name, was not judged"]
