r"""What people say beside a formula and within it: definitions in sentences, shapes, what is undefined, what is 0,
sets, words for signs; and the code for it. Right answers that say so are right, wrong ones never are."""

from __future__ import annotations

import pytest

from checker import check
from derivations.notation import ReadError, read
from derivations.notation.write import write

ANSWERS = {
    # kind: part, right answers, wrong ones
    "a function with a declared name below it": (
        "000/6a",
        [
            r"y\log q_\theta(x) + (1-y)\log(1-q_\theta(x)), \text{ where } q_\theta(x) = \sigma(\theta^\top x)",
            "Let f_θ(x) = σ(θᵀx). Then y log f_θ(x) + (1 - y) log(1 - f_θ(x))",
            "y log(r_theta) + (1-y) log(1-r_theta), where r_theta = sigmoid(theta^T x)",
            r"\log P_\theta(y|x) \text{ with } P_\theta(y|x) = p^y (1-p)^{1-y}",
            r"y\log\Phi_\theta + (1-y)\log(1-\Phi_\theta), \quad \Phi_\theta = \frac{1}{1+e^{-\theta^T x}}",
        ],
        [
            r"y\log q_\theta(x) + (1-y)\log(1-q_\theta(x)), \text{ where } q_\theta(x) = \sigma(-\theta^\top x)",
            "y log(r_theta) + (1-y) log(1-r_theta), where r_theta = theta^T x",
            r"\log P_\theta(y|x) \text{ with } P_\theta(y|x) = p^{1-y} (1-p)^y",
        ],
    ),
    "a shape behind a formula": (
        "000/8e.value",
        [
            r"A_1^\top(\hat Y - Y) \in \mathbb{R}^{h\times K}",
            "A1^T (Yhat - Y) ∈ ℝʰˣᴷ",
            "A1^T (Yhat - Y), a matrix in R^{h x K}",
            "A1^T (Yhat - Y), which is h × K",
            r"A_1^\top(\hat Y - Y) \text{ with shape } (h, K)",
        ],
        [
            r"A_1^\top(\hat Y - Y) \in \mathbb{R}^{K\times h}",
            "A1^T (Yhat - Y), which is m × K",
            r"A_1^\top(Y - \hat Y) \in \mathbb{R}^{h\times K}",
            "(Yhat - Y)^T A1 ∈ ℝ^{K×h}",
        ],
    ),
    "a definition by cases in a sentence": (
        "003/2b.w",
        [
            "s xᵀ where s_i = r_i if g_i > 0 and s_i = α r_i if g_i < 0",
            r"s x^\top, \text{ with } s_i = \alpha r_i \text{ for } g_i < 0 \text{ and } s_i = r_i \text{ otherwise}",
            "s x^T, where s_i = r_i when g_i >= 0; s_i = alpha r_i when g_i < 0",
            "s x^T with s_i = r_i if g_i >= 0, otherwise alpha r_i",
            "Let s_i = r_i if g_i ≥ 0 and s_i = α r_i otherwise. Then dL/dW = s xᵀ",
        ],
        [
            "s xᵀ where s_i = α r_i if g_i > 0 and s_i = r_i if g_i < 0",
            "s xᵀ where s_i = r_i if g_i > 0 and s_i = 0 if g_i < 0",
            "s xᵀ where s_i = r_i if g_i > 0",
            "x sᵀ where s_i = r_i if g_i > 0 and s_i = α r_i if g_i < 0",
        ],
    ),
    "a mean that an answer defines as it would be read": (
        "004/Q0.2.mu",
        [
            "(n/σ²)(μ − x̄) with x̄ = (1/n) Σ_i x_i",
            r"\frac{n(\mu - \bar x)}{\sigma^2}, \quad \bar x = \frac{1}{n}\sum_i x_i",
            "(n μ − x̄)/σ² where x̄ = Σ_i x_i",
        ],
        ["(n/σ²)(x̄ − μ) with x̄ = (1/n) Σ_i x_i", "(n/σ²)(μ − x̄) with x̄ = Σ_i x_i", "(μ − x̄)/σ², where x̄ = mean(x)"],
    ),
    "a mean of rows in a chain": (
        "beyond/gaussian_sample.gradient",
        [
            r"\sum_i S^{-1}(x_i-\mu) = n S^{-1}(\bar x - \mu)",
            r"n S^{-1}(\bar{x} - \mu), \text{ where } \bar x = \frac1n \sum_i x_i",
        ],
        [
            r"\sum_i S^{-1}(x_i-\mu) = S^{-1}(\bar x - \mu)",
            r"\sum_i S^{-1}(x_i-\mu) = n S^{-1}(mean(x, axis=1) - \mu)",  # of no shape, and not set to 0
        ],
    ),
    "a case without a value": (
        "004/Q3.1a",
        [
            r"\begin{cases} 1 & z > 0 \\ 0 & z < 0 \\ \text{not defined} & z = 0 \end{cases}",
            "1 for z > 0, 0 for z < 0, undefined for z = 0",
            "0 if z < 0, 1 if z > 0 (does not exist at 0)",
            "{0 if z < 0, 1 if z > 0, undefined otherwise}",
            "np.where(z > 0, 1.0, np.where(z < 0, 0.0, np.nan))",
        ],
        [
            r"\begin{cases} 1 & z > 0 \\ \text{undefined} & z \le 0 \end{cases}",
            "0 for z > 0, 1 for z < 0, undefined for z = 0",
            r"\begin{cases} 1 & z > 0 \\ 0 & z < 0 \\ \text{undefined} & z > 0 \end{cases}",
        ],
    ),
    "densities of code": (
        "004/Q0.1",
        [
            "-stats.norm.logpdf(x, mu, sigma).sum()",
            "np.sum(-np.log(norm.pdf(x, loc=mu, scale=sigma)))",
            "-torch.distributions.Normal(mu, sigma).log_prob(x).sum()",
            "from scipy.stats import norm\nloss = -norm(mu, sigma).logpdf(x).sum()",
        ],
        [
            "stats.norm.logpdf(x, mu, sigma).sum()",
            "-stats.norm.logpdf(x, mu, sigma**2).sum()",
            "-stats.norm.logpdf(x, sigma, mu).sum()",
            "-stats.norm.logpdf(x, mu, sigma).mean()",
            "-stats.norm.logpdf(x, mean=mu, std=sigma).sum()",
        ],
    ),
    "the letters of the sheet": (
        "002/3a.ii",
        [
            r"g\left(\sum_{j=1}^i \beta_j K(x_j, x_{i+1})\right)",
            r"h(x^{(i+1)}) = 1\left[\sum_{j=1}^i \beta_j K(x^{(j)}, x^{(i+1)}) \ge 0\right]",
        ],
        [r"g\left(\sum_{j=1}^i K(x_j, x_{i+1})\right)", r"\sum_{j=1}^i \beta_j K(x^{(j)}, x^{(i+1)})"],
    ),
    "an update in the letters of the sheet": (
        "002/5a.w12",
        [
            r"W_{1,2}^{[1]} \leftarrow W_{1,2}^{[1]} - \frac{2\alpha}{n}"
            r"\sum_i (o_i - y_i) W_2^{[2]} h_{i2} (1-h_{i2}) x_{i1}",
        ],
        [
            r"W_{1,2}^{[1]} \leftarrow W_{1,2}^{[1]} - \frac{2\alpha}{n}"
            r"\sum_i (o_i - y_i) W_2^{[2]} h_{i1} (1-h_{i1}) x_{i2}",
        ],
    ),
    "ends by max and min": (
        "beyond/conv1d.input",
        [
            r"\sum_{k=\max(1, j-n+1)}^{\min(j, m)} (z_{j-k+1} - t_{j-k+1}) w_k",
            "sum_{i=max(j-m+1, 1)}^{min(j, n)} w_{j-i+1} (z_i - t_i)",
            r"\sum_{k=\max\{1, j-n+1\}}^{\min\{m, j\}} w_k \frac{\partial L}{\partial z_{j-k+1}}",
        ],
        [
            r"\sum_{k=\max(1, j-n)}^{\min(j, m)} (z_{j-k+1} - t_{j-k+1}) w_k",
            r"\sum_{k=\max(1, j-n+1)}^{\min(j, m-1)} (z_{j-k+1} - t_{j-k+1}) w_k",
            r"\sum_{k=\min(1, j-n+1)}^{\max(j, m)} (z_{j-k+1} - t_{j-k+1}) w_k",
        ],
    ),
    "convolutions of code": (
        "beyond/conv1d.input",
        ["np.convolve(w, z - t)", 'np.correlate(z - t, w[::-1], mode="full")', "scipy.signal.convolve(z - t, w)"],
        ["np.convolve(w[::-1], z - t)", 'np.correlate(z - t, w, "full")', "np.convolve(w, z - t, mode='same')"],
    ),
    "a correlation": (
        "beyond/conv1d.kernel",
        ["np.correlate(x, z - t)", "np.convolve(x, np.flip(z - t), mode='valid')"],
        ["np.convolve(x, z - t, mode='valid')", "np.correlate(x, z - t, mode='full')"],
    ),
    "terms beyond the ends": (
        "beyond/conv2d.input",
        [
            "sum_a sum_b z_{r-a+1,s-b+1} w_ab, where z_ij = 0 unless in range".replace("unless in", "out of"),
            r"\sum_{a,b} w_{ab} z_{r-a+1,s-b+1} \text{ (out-of-range terms are zero)}",
            "sum_{a=1}^p sum_{b=1}^q w_ab z_{r-a+1,s-b+1}, with z padded with zeros",
            r"\sum_{a,b} w_{ab} z_{r-a+1,s-b+1}, z_{ij} = 0 \text{ outside } 1 \le i \le n, 1 \le j \le m",
        ],
        [
            "sum_{a=1}^p sum_{b=1}^q w_ab z_{r-a+1,s-b+1}",
            "sum_{a=1}^p sum_{b=1}^q w_ab z_{r-a,s-b}, with z padded with zeros",
            r"\sum_{a,b} w_{ab} z_{r-a+1,s-b+1}, z_{ij} = 0 \text{ outside } 2 \le i \le n, 1 \le j \le m",
            "sum_a sum_b w_ab z_{r-a+1,s-b+1}, where z_ij = 0 outside the picture",
        ],
    ),
    "the end of a recursion": (
        "beyond/lstm.cell",
        [
            "dL/dh_t ⊙ o_t ⊙ (1 - tanh(c_t)^2) + dL/dc_{t+1} ⊙ f_{t+1}, where the second term vanishes at t = T",
            "dL/dh_tj o_tj (1 - tanh(c_tj)^2) + f_{t+1,j} dL/dc_{t+1,j}, with dL/dc_{T+1,j} = 0",
        ],
        [
            "dL/dh_t ⊙ o_t ⊙ (1 - tanh(c_t)^2) + dL/dc_{t+1} ⊙ f_t, where the second term vanishes at t = T",
            "dL/dh_t ⊙ o_t ⊙ (1 - tanh(c_t)^2) + dL/dc_{t+1} ⊙ f_{t+1}, where the second term vanishes at t = 1",
        ],
    ),
    "nouns and adverbs": (
        "beyond/dropout.h",
        [
            "the upstream gradient dL/da times the dropout mask r, divided by q",
            "the elementwise product of dL/da and r, divided by q",
            "dL/da * r / q (entry by entry)",
        ],
        ["the upstream gradient dL/da times the dropout mask r", "h times the mask r elementwise, divided by q"],
    ),
    "a letter for a diagonal": (
        "beyond/dropout_regression.loss",
        [
            r"\|y - qXw\|^2 + q(1-q)\, w^T \Lambda w, \quad \Lambda = \operatorname{diag}(X^TX)",
            "||y - q X w||^2 + q(1-q) ||Γ w||^2 with Γ = sqrt(diag(X^T X))",
            r"\|y - q X w\|^2 + q(1-q) w^T \operatorname{diag}(X^TX) w",
            r"\|y - q X w\|^2 + q(1-q) \sum_j \sigma_j^2 w_j^2 \text{ where } \sigma_j^2 = \sum_i X_{ij}^2",
        ],
        [
            "||y - q X w||^2 + q(1-q) ||Γ w||^2 with Γ = diag(X^T X)",
            r"\|y - q X w\|^2 + q(1-q) \sum_j \sigma_j^2 w_j^2 \text{ where } \sigma_j^2 = \sum_i X_{ij}",
        ],
    ),
    "a count with the head of a size": (
        "beyond/embedding.vectors",
        [
            r"\frac{T_v}{T} \frac{\partial L}{\partial h_a} \text{ with } T_v = \sum_t 1[w_t = v]",
            r"\frac{|S_v|}{T} dL/dh_a, \text{ where } S_v = \{t : w_t = v\}",
            "c_v/T dL/dh_a, where c_v = #{t : w_t = v}",
        ],
        [r"\frac{T_v}{T} \frac{\partial L}{\partial h_a} \text{ with } T_v = \sum_t 1[w_t \ne v]"],
    ),
    "a set by a condition": (
        "beyond/perceptron.gradient",
        [
            r"-\sum_{k \in \mathcal{E}} y_k x_k, \quad \mathcal{E} = \{i : m_i < 0\}",
            "Let E = {i : y_i x_i^T w < 0}. Then dL/dw = -sum_{i in E} y_i x_i",
            r"-\sum_i 1[i \in M] y_i x_i \text{ where } M \text{ is the set of } i \text{ with } m_i < 0",
        ],
        [
            r"-\sum_{k \in \mathcal{E}} y_k x_k, \quad \mathcal{E} = \{i : m_i > 0\}",
            r"-\sum_{k \notin \mathcal{E}} y_k x_k, \quad \mathcal{E} = \{i : m_i < 0\}",
        ],
    ),
    "a left side before every case": (
        "001/4.3",
        ["f'(x) = α e^x if x < 0 and f'(x) = 1 if x > 0", r"g'(x) = 1 for x > 0; g'(x) = \alpha e^x for x < 0"],
        ["f'(x) = α x e^x if x < 0 and f'(x) = 1 if x > 0"],
    ),
    "an entry with an index of the question on its right": (
        "001/7.4",
        [
            r"\hat y_i - u_i, \text{ where } u_i = 1 \text{ if } i = k \text{ and } 0 \text{ otherwise}",
            "yhat_i - u_i, where u_i = 1 if i = k, else 0",
        ],
        ["yhat_i - u_i, where u_i = 0 if i = k, else 1"],
    ),
    "what a name is called beside its definition": (
        "002/5a.dW2",
        [
            "(2/n) h^T r, where r = o - y is the vector of errors",
            r"\frac{2}{n} h^\top r \text{ with the error } r = o - y \in \mathbb{R}^n",
        ],
        [
            "(2/n) h^T r, where r = y - o is the vector of errors",
            r"\frac{2}{n} h^\top r \text{ with the error } r = o - y \in \mathbb{R}^d",
        ],
    ),
    "a reason that holds where it is asked": (
        "001/3.2",
        [r"-y_i y_j, \text{ since } \frac{\partial}{\partial x_j} e^{x_i} = 0"],
        [r"-y_i y_j, \text{ since } \frac{\partial}{\partial x_j} e^{x_i} = 1"],
    ),
    "words beside a condition": (
        "beyond/through_time.state",
        [
            r"\sum_l V_{li} \frac{\partial L}{\partial z_{tl}} + \sum_j W_{ji} (1-h_{t+1,j}^2)"
            r"\frac{\partial L}{\partial h_{t+1,j}} \text{ where the second sum is missing for } t = T"
        ],
        [
            r"\sum_l V_{li} \frac{\partial L}{\partial z_{tl}} + \sum_j W_{ji} (1-h_{t+1,j}^2)"
            r"\frac{\partial L}{\partial h_{t+1,j}} \text{ where the second sum is doubled for } t = T"
        ],
    ),
    "dots before which a first power is not written": (
        "beyond/discounted_return.sum",
        [r"r_1 + \gamma r_2 + \dots + \gamma^{T-1} r_T"],
        [r"r_1 + \gamma r_2 + \dots + \gamma^{T} r_T", r"\gamma r_1 + \gamma r_2 + \dots + \gamma^{T-1} r_T"],
    ),
    "two updates, one after the other": (
        "001/8.7",
        ["V := beta V + (1 - beta) g, then W := W - alpha V"],
        ["V := beta V + (1 - beta) g, then W := W + alpha V"],
    ),
}

RIGHT = [(part, text) for part, right, _ in ANSWERS.values() for text in right]
WRONG = [(part, text) for part, _, wrong in ANSWERS.values() for text in wrong]


@pytest.mark.parametrize(("part", "text"), RIGHT)
def test_right_answers_are_right(part, text):
    assert check(part, text).status == "correct"


@pytest.mark.parametrize(("part", "text"), WRONG)
def test_wrong_answers_are_not(part, text):
    assert check(part, text).status != "correct"


NAMES = (
    "a: real[n]; b: real[n+m-1]; A: real[d,d]; X: real[n,d]; w: real[d]; v: real[5]; u: real[3]; z: real; j: index[n]"
)
READ = [
    ("np.convolve(v, u)", "i:7 -> sum_k {u_k v_{i-k+1} if i - k + 1 >= 1 and i - k + 1 <= 5, 0 otherwise}"),
    ("np.convolve(v, u, 'valid')", "i:3 -> sum_k u_k v_{i-k+3}"),
    ("np.correlate(b, a)", "i:m -> sum_k a_k b_{i+k-1}"),
    ("a[::-1]", "i:n -> a_{n-i+1}"),
    ("X[:, ::-1]", "(i, k:d) -> X_{i,d-k+1}"),
    ("np.flipud(X)", "(i:n, k) -> X_{n-i+1,k}"),
    ("norm.logpdf(z)", "-log(1) - 1/2 * log(2 pi) - z^2/(2 * 1^2)"),
    ("w^T diag(A) w", "sum_k w_k sum_i delta_{ik} A_{ii} w_i"),
    ("diag(A)^{1/2} w", "i -> sum_k delta_{ik} sqrt(A_{ii}) w_k"),
    ("{z if z > 0, undefined otherwise}", "{z if z > 0}"),
    (r"\sum_{k=\max(1,j-2)}^{\min(n,j+2)} a_k", "sum_k {a_k if k >= j - 2 and k <= j + 2, 0 otherwise}"),
]
REFUSED = [
    ("np.convolve(v, u, mode='same')", "which entries are the middle ones depends on the parity of a size"),
    ("np.convolve(a, w, 'valid')", "whether d entries lie within n is not certain"),
    ("norm.logpdf(z, std=2)", "a density of norm is read with its values and loc, scale"),
    ("z + undefined", "that there is no value is said of a case, and not within a formula"),
    (r"\sum_{k=\min(1,j)}^n a_k", r"\min(1,j) is no end of a range"),
]


@pytest.mark.parametrize(("text", "meant"), READ)
def test_it_is_read_so(text, meant):
    assert write(read(text, NAMES)) == meant


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_it_is_refused_in_these_words(text, why):
    with pytest.raises(ReadError) as caught:
        read(text, NAMES)
    assert str(caught.value) == why
