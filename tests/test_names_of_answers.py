r"""Names that an answer defines, in front, behind, inside a display, and steps to a least point: where they count."""

from __future__ import annotations

import pytest

from checker import check
from problems.bank import load_bank

PARTS = {part.id: part for problem in load_bank(None).problems() for part in problem.parts}

SALIENCY = (
    "Let {} = y - p. By the chain rule dLL/dx_i = dLL/dz * dz/dx_i = {}*theta_i, so the saliency is |{}|*|theta_i|."
)
NORM = "Let g_i = gamma*dL/dy_i, a = 1/m sum_k g_k, b = 1/m sum_k g_k*xhat_k. Then dL/dx_i = {}"
STEP = "2/n * sum_i (o_i - y_i) * W2_2 * h_i2 * (1 - h_i2) * x_i1"
DEFINED = [
    ("000/6b", SALIENCY.format("e", "e", "e"), "correct"),
    ("000/6b", SALIENCY.format("r", "r", "r"), "correct"),
    ("000/6b", SALIENCY.format("r", "-r", "r"), "wrong"),
    ("beyond/word2vec.centre", "with e = p − 1: ∂L/∂v_a = e U_oa + Σ_m f_m U_{q_m,a}", "correct"),
    ("beyond/word2vec.centre", "with e = p + 1: ∂L/∂v_a = e U_oa + Σ_m f_m U_{q_m,a}", "wrong"),
    ("002/6b", "With sigma = sqrt(v): dL/dv = -1/(2 sigma^3) * sum_i dL/dxhat_i * (x_i - mu)", "correct"),
    ("002/6b", "With sigma = sqrt(v): dL/dv = -1/(2 sigma) * sum_i dL/dxhat_i * (x_i - mu)", "wrong"),
    ("002/6d", NORM.format("(g_i - a - xhat_i*b)/sqrt(v)"), "correct"),
    ("002/6d", NORM.format("(g_i - a - b)/sqrt(v)"), "wrong"),
    ("003/2b.b", "∂L/∂b = D (f − y) with D = diag(s), where s_i = 1 for g_i ≥ 0 and s_i = α for g_i < 0", "correct"),
    ("003/2b.b", "∂L/∂b = D (f − y) with D = diag(s), where s_i = α for g_i ≥ 0 and s_i = 1 for g_i < 0", "wrong"),
    ("beyond/embedding.scores", "p_k - e_k, where p = softmax(s) and e is the one-hot vector of y", "correct"),
    ("beyond/embedding.scores", "e_k - p_k, where p = softmax(s) and e is the one-hot vector of y", "wrong"),
    ("002/5a.w12", f"w := w - alpha*G, where G = {STEP}", "correct"),
    ("002/5a.w12", f"w := w + alpha*G, where G = {STEP}", "wrong"),
    ("002/5a.w12", f"Let G = {STEP}. Then w := w - alpha*G", "correct"),
    # the sheet's g is a function, though the part has a number of this name
    ("002/3a.iii", "beta' = alpha*(t - g(sum_j beta_j k_j))", "correct"),
    ("002/3a.iii", "beta' = alpha*(t - yhat), where yhat = g(sum_j beta_j k_j)", "correct"),
    ("002/3a.iii", "beta' = alpha*(t + g(sum_j beta_j k_j))", "wrong"),
    # the room below a row
    ("004/Q3.2c", r"\begin{cases} x_j & w^\top x>0\\[2pt] \alpha\,e^{w^\top x} x_j & w^\top x<0\end{cases}", "correct"),
    ("004/Q3.2c", r"\begin{cases} x_j & w^\top x>0\\ [1ex] \alpha\,e^{w^\top x} & w^\top x<0\end{cases}", "wrong"),
]


@pytest.mark.parametrize(("part", "answer", "status"), DEFINED)
def test_names_that_an_answer_defines_are_known_wherever_it_uses_them(part: str, answer: str, status: str) -> None:
    assert check(PARTS[part], answer).status == status


CHAINED = r"\[\begin{aligned}\ell(\theta) &= \log p(y \mid x;\theta) \\[2pt] &= %s, \qquad p = %s\end{aligned}\]"
LIKELIHOOD, SIGMOID = r"y\log p + (1-y)\log(1-p)", r"\sigma(\theta^\top x) = \frac{1}{1+e^{-\theta^\top x}}"


@pytest.mark.parametrize(
    ("value", "definition", "status"),
    [
        (LIKELIHOOD, SIGMOID, "correct"),
        (LIKELIHOOD, r"\sigma(\theta^\top x)", "correct"),
        (LIKELIHOOD, SIGMOID.replace("e^{-", "e^{"), "wrong"),
        (LIKELIHOOD.replace("(1-p)", "(1+p)"), SIGMOID, "wrong"),
    ],
)
def test_a_definition_inside_the_signs_of_a_display_is_one(value: str, definition: str, status: str) -> None:
    assert check(PARTS["000/6a"], CHAINED % (value, definition)).status == status


LEAST = "beyond/linear_regression.solution"
POINTS = [
    (r"\nabla_w L = X^\top(Xw-y) = 0 \implies X^\top X w = X^\top y \implies w^* = (X^\top X)^{-1}X^\top y", "correct"),
    (r"\nabla_w L = X^\top(Xw+y) = 0 \implies X^\top X w = -X^\top y \implies w = (X^\top X)^{-1}X^\top y", "wrong"),
    (r"\frac{\partial L}{\partial w} = X^\top X w - X^\top y = 0 \Rightarrow w = (X^\top X)^{-1}X^\top y", "correct"),
    (
        r"Setting $\nabla_w L = X^\top(Xw-y) = 0$ gives the normal equations $X^\top X w = X^\top y$, hence"
        "\n" r"$$w^\star = (X^\top X)^{-1}X^\top y.$$",
        "correct",
    ),
    (r"Setting dL/dw = 0, we get w = (X^T X)^{-1} X^T y", "correct"),
    (r"Setting dL/dw = 0, we get w = (X^T X)^{-1} X y", "wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "status"), POINTS)
@pytest.mark.long
def test_a_least_point_is_followed_from_where_the_gradient_is_set_to_zero(answer: str, status: str) -> None:
    assert check(PARTS[LEAST], answer).status == status


SLOPE = r"\frac{d}{dc} NLL(c) = \sum_i \frac{-m_i e^{-c m_i}}{1+e^{-c m_i}} = "


@pytest.mark.parametrize(
    ("part", "answer", "status"),
    [
        # an order behind what is asked may rest on words of the question
        ("004/Q1.3a", SLOPE + r"-\sum_i \frac{m_i}{1+e^{c m_i}} < 0", "correct"),
        ("004/Q1.3a", SLOPE + r"-\sum_i \frac{m_i}{1+e^{-c m_i}} < 0", "wrong"),
        # a vector differentiated by a vector, entry by entry
        ("beyond/distillation.z", "Put s = z/T. Then ds/dz = 1/T, so dL/dz = T^2 (q - p)/T = T (q - p).", "correct"),
        ("beyond/distillation.z", "Put s = z/T. Then ds/dz = T, so dL/dz = T^2 (q - p)/T = T (q - p).", "wrong"),
        # a matching from either side
        ("001/8.4", "SGD is C, MBGD is B, BGD is A", "correct"),
        ("001/8.4", "SGD = C, MBGD = A, BGD = B", "wrong"),
        ("001/8.4", "SGD = C, MBGD = C, BGD = B", "unreadable"),
        # a rule for a name of the answer's own
        ("beyond/matrix_factorisation.step", "E := M .* (R - U V^T)\nU' = U + alpha (E V - lambda U)", "correct"),
        ("beyond/matrix_factorisation.step", "E := M .* (R - U V^T)\nU' = U + alpha (E V + lambda U)", "wrong"),
    ],
)  # fmt: skip
def test_what_stands_beside_an_answer_is_judged_for_what_it_is(part: str, answer: str, status: str) -> None:
    assert check(PARTS[part], answer).status == status
