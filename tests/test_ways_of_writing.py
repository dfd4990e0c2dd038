r"""Every way of writing that people hand in, one row each: under these names, this text is that formula."""

from __future__ import annotations

import pytest

from checker import compare

FUNCTIONS = (
    "f: function (real[d]; real[d]) -> real; k: function (real[d], real[d]) -> real; "
    "phi: function real[d] -> real[m]; x: real[d]; z: real[d]; w: real[d]; X: real[n,d]; i: index[n]; j: index[n]"
)
WAYS = {
    # names: (what is written, what it is, the verdict)
    "theta: real[d]; x: real; w: real; y: label01; X: real[n,d]; i: index[n]; j: index[d]": [
        (r"J(\theta) &= \sum_j \theta_j^2", r"\sum_j theta_j^2", "equal"),
    ],
    "X: real[n,d]; y_1: real[n]; theta: real[d]": [
        (r"\theta = X^T y_1", "X^T y_1", "equal"),
    ],
    "theta: real[d]; i: index[d]; j: index[d]": [
        (r"H_{ij} = \theta_i \theta_j", "theta theta^T", "equal"),
        (r"\delta_{ij} = \begin{cases} 1 & i=j\\0&i\ne j\end{cases}", "I_d", "equal"),
    ],
    "x: real; i: index[n]": [
        ("L_i = x^2", "x^2", "equal"),
        (r"\hat y^{(i)} = x", "x", "equal"),
    ],
    "x: real": [
        (r"\mathcal L = x^2", "x^2", "equal"),
        ("f'(x) = 2x", "2x", "equal"),
        (r"\delta_3 = x^2", "x^2", "equal"),
    ],
    "x: real; w: real": [
        ("w^* = 2x", "2x", "equal"),
        ("w := w - 2x", "w - 2x", "equal"),
        (r"\frac{dJ}{dw} = 2x - x = x", "x", "equal"),
        (r"\frac{dJ}{dw} = 2x - x = 2x", "2x", "different"),
    ],
    "x: real; y: real; p: real": [
        ("p(y|x) = x^2", "x^2", "equal"),
    ],
    "theta: real[d]": [
        (r"\nabla_\theta J = 2\theta", "2 theta", "equal"),
    ],
    "x: real; theta: real": [
        (r"\arg\max_\theta \ell(\theta) = x", "x", "equal"),
    ],
    "X: real[n,d]; p: real[n]; y: real[n]": [
        (r"\partial J/\partial\theta_j = \sum_k (p_k - y_k) X_{kj}", "X^T(p-y)", "equal"),
    ],
    "b1: real[h]": [
        ("b_1 + b1 + b^{[1]} + b^{(1)}", "4 b1", "equal"),
    ],
    "lambda: positive; x: real": [
        ("lam x", "lambda x", "equal"),
    ],
    "epsilon: positive; x: real": [
        ("x + eps", "x + epsilon", "equal"),
    ],
    "x: real[n,d]; i: index[n]": [
        ("x^{(i)}", "x_i", "equal"),
    ],
    "v: real": [
        (r"v^{(\mathcal B)}", "v", "equal"),
    ],
    "W2: real[K,d]; x: real[K]": [
        ("W^{[2]T} x", "W2^T x", "equal"),
    ],
    "x: real[n,d]; w: real[d]; i: index[n]": [
        ("{x^{(i)}}^T w", "x_i^T w", "equal"),
    ],
    "w: real[K,d]; x: real[d]; k: index[K]": [
        ("w^T_k x", "w_k^T x", "equal"),
    ],
    "x: real[n]; i: index[n]": [
        ("x^2_i", "(x_i)^2", "equal"),
    ],
    "g: real[n]; k: index[n]": [
        ("{g}_{k}", "g_k", "equal"),
    ],
    "x: real[n,d]": [
        ("X", "x", "equal"),
    ],
    "theta: real[n]; theta_0: real": [
        ("theta_0 + theta_1", "theta_0 + theta_1", "equal"),
    ],
    "u: real[n]; u_o: real": [
        ("u_o + u_1", "u_o + u_1", "equal"),
    ],
    "f: real[n,K]; y: index[K] of [n]; i: index[n]; w: real[K]; k: index[K]; E: real[V,d]; s: real[V]": [
        ("f_{i,y_i}", "sum_k 1[y_i = k] f_ik", "equal"),
        ("w_{y_i}", "sum_k 1[y_i = k] w_k", "equal"),
        (r"sum_{j \ne y_i} f_ij", "sum_j f_ij - f_{i,y_i}", "equal"),
    ],
    "E: real[V,d]; w: index[V] of [T]; t: index[T]": [
        ("E_{w_t}", "E_{w_t}", "equal"),
    ],
    "t: real[K]; y: index[K] of [n]; i: index[n]": [
        ("t_{y_i - 1}", "t_{y_i - 1}", "equal"),
    ],
    "s: real[K]; y: index[K]": [
        ("-s_y + log sum_j e^{s_j}", "logsumexp(s) - s_y", "equal"),
    ],
    "V: real[S]; s: index[S]": [
        ("V(s)", "V_s", "equal"),
    ],
    "P: real[S]; x: index[S]": [
        ("P(x)", "P_x", "equal"),
    ],
    "pi: real[A,S]; a: index[A]; s: index[S]": [
        (r"\pi(a|s)", "pi_{a s}", "equal"),
    ],
    "alpha: real[T,N]; t: index[T]; i: index[N]": [
        (r"\alpha_t(i)", "alpha_{t i}", "equal"),
    ],
    FUNCTIONS: [
        ("f(x; w)", "f(x; w)", "equal"),
        ("k(x,z)", "k(x,z)", "equal"),
        ("k(x,z)", "k(z,x)", "different"),
        (r"\langle\phi(x), \phi(z)\rangle", "phi(x)^T phi(z)", "equal"),
        (r"\phi(x^{(j)})", "phi(X_j)", "equal"),
    ],
    "x: real[n]; y: real[n]; i: index[n]; A: real[n,n]; a: real; b: real; g: real[V]": [
        (r"\sum_{t=0}^{n-1} x_{t+1}", "sum_i x_i", "equal"),
        (r"\sum_{i\in[n]} x_i", "sum_i x_i", "equal"),
        (r"\sum\limits_{i=1}^n x_i", "sum_i x_i", "equal"),
        (r"\sum_{\substack{l=1\\ l\ne i}}^n x_l", "sum_l x_l - x_i", "equal"),
        (r"\langle x,y\rangle", "x^T y", "equal"),
        (r"\|x\|_\infty", "max_i |x_i|", "equal"),
        (r"\|A\|_*", "nuclear(A)", "equal"),
        (r"\underbrace{a}_{b} + \overbrace{b}", "a + b", "equal"),
        (r"x_1 + \dots + x_n", "sum_i x_i", "equal"),
        (r"x_1 \cdots x_n", "prod_i x_i", "equal"),
        (r"\begin{pmatrix}x_1\\ \vdots\\ x_n\end{pmatrix}", "x", "equal"),
        (r"\mathbf 1_{\{y_i=a\}}", "1[y_i = a]", "equal"),
        (r"\mathbf 1_{[a>0]}", "I(a > 0)", "equal"),
        ("[a]_+", "max(a,0)", "equal"),
        (r"{a \over b}", "a/b", "equal"),
        (r"A_{i\cdot}", "A_i", "equal"),
        (r"x \otimes y", "x y^T", "equal"),
        (r"\operatorname{vec}(A)", "vec(A)", "equal"),
        (r"\binom{n}{2}", "n(n-1)/2", "equal"),
        (r"\bar x", "mean_i x_i", "equal"),
        (r"x \circ y", "x ⊙ y", "equal"),
        ("x * y", "x ⊙ y", "equal"),
        (r"\underset{i}{\sum} x_i", "sum_i x_i", "equal"),
        (r"a^2 \Big|_{a=0}", "0", "equal"),
        (r"\color{red} a + \textcolor{blue}{b}", "a+b", "equal"),
        (r"\mleft( a \mright) \phantom{x}", "a", "equal"),
        (r"a + b \label{eq:x}", "a+b", "equal"),
        (r"a + b \tag{3}", "a+b", "equal"),
        (r"x_i, \quad \forall i", "x_i", "equal"),
        ("x_i for all i", "x_i", "equal"),
        (r"x_i, \quad i = 1,\dots,n", "x_i", "equal"),
        (r"\therefore a + b", "a+b", "equal"),
        ("∴ a + b", "a+b", "equal"),
        ("a + b ∎", "a+b", "equal"),
        (r"a + b \qquad \text{(by linearity)}", "a+b", "equal"),
        (r"\newcommand{\xx}{\mathbf{x}} \xx^T \xx", "x^T x", "equal"),
        (r"\def\R{a} \R + b", "a+b", "equal"),
        (r"\DeclareMathOperator{\sm}{softmax} \sm(x)", "softmax(x)", "equal"),
        (r"p(y|x) \propto e^{a}", "e^a", "unreadable"),
    ],
    "x: real[n]; y: real[n]; i: index[n]; A: real[n,n]; a: real; b: real; g: real[V]; w: index[V]": [
        (r"\sum_{w\in V} g_w", "sum_w g_w", "equal"),
    ],
    "X: real[n,d]; Z: real[n,d]; dA: real[n,d]; y: real[n]; w: real[d]; z: real[n]; a: real": [
        ("np.sum(Z, axis=1, keepdims=True)", "sum(Z, axis=1)", "equal"),
        ("X.shape[0]", "n", "equal"),
        ("len(X)", "n", "equal"),
        ("np.eye(X.shape[1])", "I_d", "equal"),
        ("np.clip(z, -1, 1)", "max(-1, min(1, z))", "equal"),
        ("np.heaviside(z, 0)", "I(z > 0)", "equal"),
        ("dA.copy()", "dA", "equal"),
        ("np.linalg.pinv(X.T @ X)", "inv(X^T X)", "equal"),
        ("torch.nn.functional.relu(z)", "relu(z)", "equal"),
        ("jnp.exp(z)", "exp(z)", "equal"),
        ('dZ = dA.copy()\ndZ[Z <= 0] = 0\nreturn dZ', "dA ⊙ I(Z > 0)", "equal"),
        ('def f(X, w, y):\n    r = X @ w\n    r -= y\n    return X.T @ r', "X^T(Xw - y)", "equal"),
        ('g = X.T @ z\ng += w\ng', "X^T z + w", "equal"),
        (r"\operatorname*{arg\,max}_w L(w) = X^T y", "X^T y", "equal"),
    ],
    "x: real[n]": [
        (r"\sum_{i<j} x_i x_j", "1/2 ((sum_i x_i)^2 - sum_i x_i^2)", "equal"),
    ],
    "A: real[n,n]; i: index[n]; j: index[n]": [
        ("A_{:,j}", "(A^T)_j", "equal"),
    ],
    "X: real[n,d]; A: real[n,n]; y: real[n]; w: real[d]; z: real[n]; a: real; n: size; r: real[n]": [
        ("np.linalg.pinv(X) @ y", "inv(X^T X) X^T y", "equal"),
        (r"\hat w = X^\dagger y", "inv(X^T X) X^T y", "equal"),
        (r"X^{\dagger} y", "X^T inv(X X^T) y", "equal"),
        ("X^+ y", "X^T y", "different"),
        ("A^† y", "inv(A) y", "equal"),
        ("w^+", "w", "unreadable"),
        ("np.linalg.lstsq(X, y, rcond=None)[0]", "inv(X^T X) X^T y", "equal"),
        ("np.where(z > 0., z, 0.)", "relu(z)", "equal"),
        ("np.maximum(0., z)", "relu(z)", "equal"),
        ("F.softmax(z, dim=-1)", "softmax(z)", "equal"),
        (r"\left\parallel Xw - y \right\parallel_2^2", "||Xw - y||^2", "equal"),
        (r"\frac{d}{da} (a^2) \Big|_{a=0}", "0", "equal"),
        (r"\sum_{t=1}^{1000000} t", "500000500000", "equal"),
        (r"a + 1 \quad (\ref{eq:a})", "a + 1", "equal"),
        ("The gradient of L is X^T(Xw - y)", "X^T(Xw - y)", "equal"),
        ("The gradient of the loss with respect to w is X^T(Xw - y).", "X^T(Xw - y)", "equal"),
        ("So the partial derivative of $L$ w.r.t. $w$ is given by: $$X^T(Xw - y)$$", "X^T(Xw - y)", "equal"),
        ("Differentiating w.r.t. w, we get dL/dw = X^T(Xw - y)", "X^T(Xw - y)", "equal"),
        ("Taking the gradient with respect to w gives X^T r", "X^T r", "equal"),
        ("The Hessian of L(w) is X^T X", "X^T X", "equal"),
        ("Setting the gradient to zero, we obtain w = inv(X^T X) X^T y", "inv(X^T X) X^T y", "equal"),
        ("The gradient of L with respect to w is not X^T r", "X^T r", "unreadable"),
        ("The gradient of L with respect to w is twice X^T r", "X^T r", "unreadable"),
    ],
    "y: label01; p: probability; z: real; alpha: real": [
        (
            r"\begin{aligned} LL &= \log P(y|x) \\ &= y \log p + (1-y) \log(1-p) \end{aligned}",
            "y log p + (1-y) log(1-p)",
            "equal",
        ),
        (r"LL = \log P(y \mid x) = \\ = y \log p + (1-y) \log(1-p)", "y log p + (1-y) log(1-p)", "equal"),
        (
            r"\begin{cases} z &\text{, if } z > 0 \\ \alpha z & \text{, else } \end{cases}",
            "max(z,0) + alpha min(z,0)",
            "equal",
        ),
        (
            r"\begin{cases} z \text{ if } z > 0 \\ \alpha z \text{, otherwise} \end{cases}",
            "max(z,0) + alpha min(z,0)",
            "equal",
        ),
    ],
    "x: real[n,d]; y: real[n]; i: index[n]; j: index[d]": [
        (r"x_i - \bar x", "x_i - 1/n sum_k x_k", "equal"),
        (
            r"\frac1n \sum_{i=1}^n (x^{(i)} - \bar x)(x^{(i)} - \bar x)^T",
            "1/n sum_i (x_i - mean_k x_k)(x_i - mean_k x_k)^T",
            "equal",
        ),
        (r"x_i - \bar x", "x_i", "different"),
        (r"n \bar x", "sum_k x_k", "equal"),
        (r"\bar x, \text{ where } \bar x = \frac1n \sum_i x_i y_i", "mean_k (x_k y_k)", "equal"),
        (r"x_{ij} - \bar x_j", "x_ij - mean_k x_kj", "equal"),
        (r"\bar x", "mean_k x_k", "equal"),
        (r"\bar x", "mean(x)", "equal"),
        (r"\sum_{i=1}^n y_i - (x_i)_j", "sum_i (y_i - x_ij)", "equal"),
        (r"\sum_i y_i + 1 - y_i^2", "sum_i (y_i + 1 - y_i^2)", "equal"),
        (r"\sum_i y_i - y_i^2", "y_i - y_i^2", "different"),
    ],
    "c: real; c1: real; h: real[n]; h1: real; k: real; k_p: real; beta: real[n]; beta_0: real; i: index[n]": [
        ("c + c_1", "c1 + c", "equal"),
        ("h_1 + h_i", "h1 + h_i", "equal"),
        ("k_p k", "k k_p", "equal"),
        (r"\beta_0 + \beta_i", "beta_i + beta_0", "equal"),
        ("c_1", "c", "different"),
    ],
    "dh: real[h]; c: real[h]; A: real[n,h]; dA: real[n,h]; W: real[h,h]; q: simplex[h]; z: real[h]; m: index[h]": [
        (r"dh \odot (1 - \tanh(c)^2)", "dh ⊙ (1 - tanh(c) ⊙ tanh(c))", "equal"),
        (r"dA \circ (1 - A^2)", "dA ⊙ (1 - A ⊙ A)", "equal"),
        (r"dh \odot (1 - c^2) z^T", "(dh ⊙ (1 - c ⊙ c)) z^T", "equal"),
        (r"W \odot W^2", "W ⊙ (W @ W)", "equal"),
        (r"\left[\frac{e^{z_m}}{\sum_k e^{z_k}}\right]_{m=1}^h", "softmax(z)", "equal"),
        (r"(c_j^2)_{j=1}^{h}", "c ⊙ c", "equal"),
        (r"\operatorname{diag}(q_m(1-q_m)) W", "diag(q ⊙ (1-q)) W", "equal"),
        (r"\operatorname{diag}(q_j)_{j=1}^h - q q^T", "diag(q) - q q^T", "equal"),
        (r"W D \text{ with } D_{jj} = q_j", "W diag(q)", "equal"),
        (r"W D \text{ with } D_{jj} = q_j^2", "W diag(q)", "different"),
        (r"q - c, \quad q = \mathrm{softmax}(z)", "softmax(z) - c", "equal"),
        (r"q - c \text{ where } q = \mathrm{softmax}(c)", "softmax(z) - c", "different"),
        ("c.T @ np.linalg.inv(W) @ z", "c^T inv(W) z", "equal"),
        ("np.linalg.norm(A, 'fro')**2", "||A||_F^2", "equal"),
        ("np.linalg.norm(A, axis=1)", "sqrt(sum(A ⊙ A, axis=1))", "equal"),
        (r"\cos\theta = \frac{c \cdot z}{\|c\| \|z\|}", "c^T z/(||c|| ||z||)", "equal"),
        (r"\mu_* = W^T c", "W^T c", "equal"),
        (r"\mathbb V[f_*] = c^T c", "c^T c", "equal"),
    ],
    "S: posdef[n]; n: size": [
        ("np.linalg.slogdet(S)[1]", "log det S", "equal"),
    ],
    "x: real[n]; mu: real[K]; pi: simplex[K]; s: positive[K]; i: index[n]": [
        (
            r"\log \sum_k \pi_k \frac{1}{\sqrt{2\pi} s_k} e^{-\frac{(x_i-\mu_k)^2}{2 s_k^2}}",
            r"\log \sum_k \pi_k \mathcal N(x_i; \mu_k, s_k^2)",
            "equal",
        ),
        ("2 pi_1", "2 pi_1", "equal"),
    ],
    "X: real[n,d]; y: real[n]; w: real[d]; lambda: positive": [
        (
            r"w^* = \arg\min_w \|y - Xw\|^2 + \lambda\|w\|^2 = (X^TX + \lambda I)^{-1}X^Ty",
            "inv(X^T X + lambda I) X^T y",
            "equal",
        ),
        (
            r"w^* = \arg\min_w \|y - Xw\|^2 - \lambda\|w\|^2 = (X^TX + \lambda I)^{-1}X^Ty",
            "inv(X^T X + lambda I) X^T y",
            "different",
        ),
    ],
}  # fmt: skip
ROWS = [(names, *row) for names, rows in WAYS.items() for row in rows]


@pytest.mark.parametrize(("names", "written", "meant", "status"), ROWS, ids=[row[1][:40] for row in ROWS])
@pytest.mark.long
def test_what_is_written_is_read_as_what_is_meant(names, written, meant, status):
    found = compare(written, meant, names)
    assert found.status == status, found
