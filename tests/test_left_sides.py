r"""Left sides: what a text says that its formula is, and several quantities in one answer told apart by them."""

from __future__ import annotations

import pytest

from checker.check import check
from checker.compare import compare
from derivations.domains import parse_names
from derivations.notation import ReadError, read, read_statement
from derivations.notation.read.labels import label_of

NAMES = parse_names(
    "theta: real[d]; a: real[d]; x: real[n,d]; y: label01[n]; w: real; z: real; M: real[d,d]; i: index[n]; j: index[d]"
)

LINES = "x: real[n,d]; S: posdef[d]; mu: real[d]; i: index[n]; a: real[K]; t: onehot[K]; k: index[K]; l: positive"
PRINTED = [
    (
        r"\frac{\partial}{\partial\mu} \ln p(X|\mu,S) = \sum_{i=1}^{n} S^{-1}(x_i - \mu)",
        "inv(S) sum_i (x_i - mu)",
        "equal",
    ),
    (r"\nabla_\mu \log p(x_1,\dots,x_n;\mu,S) = \sum_{i=1}^{n} S^{-1}(x_i - \mu)", "inv(S) sum_i (x_i - mu)", "equal"),
    (
        r"\nabla_\mu \log p(x_1,\dots,x_n;\mu,S) = \sum_{i=1}^{n} S^{-1}(\mu - x_i)",
        "inv(S) sum_i (x_i - mu)",
        "different",
    ),
    (
        r"\frac{\partial E}{\partial a_k} = q_k - \sum_i t_i \delta_{ik} = q_k - t_k, \quad q = softmax(a)",
        "softmax(a)_k - t_k",
        "equal",
    ),
    (r"-\sum_j t_j (\delta_{jk} - q_k) = q_k - t_k, \text{ where } q = softmax(a)", "softmax(a)_k - t_k", "equal"),
    (r"-\sum_j t_j (\delta_{jk} - q_k) = q_k + t_k, \text{ where } q = softmax(a)", "softmax(a)_k - t_k", "different"),
    (r"e^{-\|\mu\|^2/(2\ell^2)}", "exp(-mu^T mu/(2 l^2))", "equal"),
]


@pytest.mark.parametrize(("text", "truth", "status"), PRINTED)
def test_a_line_as_it_is_printed_is_compared(text: str, truth: str, status: str) -> None:
    assert compare(text, truth, LINES).status == status


LABELS = [
    # left side, how it is spelled, its index letters
    (r"J(\theta)", "J", ""),
    ("J", "J", ""),
    (r"\mathcal L", "L", ""),
    (r"\mathcal{L}(w)", "L", ""),
    (r"\mathcal{L}_{CE}", "L_CE", ""),
    ("L_i", "L_i", "i"),
    ("H_{jk}", "H_jk", "jk"),
    ("w^*", "wstar", ""),
    (r"w^\star", "wstar", ""),
    (r"\hat{\theta}_{MAP}", "thetahat_MAP", ""),
    (r"\hat y^{(i)}", "yhat_i", ""),
    (r"\log p(y|x; w)", "p", ""),
    (r"-\log P(x_1, x_2)", "P", ""),
    (r"\text{ELU}'(z)", "dELU/dz", ""),
    (r"ELU\'(z)", "dELU/dz", ""),
    (r"\nabla^2 J", "d2J/d2", ""),
    (r"p(y|x)", "p", ""),
    (r"P(y=1\mid x;\theta)", "P", ""),
    (r"\delta_3", "delta_3", ""),
    (r"\delta^{(3)}", "delta_3", ""),
    (r"\delta_{jk}", "delta_jk", "jk"),
    (r"\theta^{(t+1)}", "theta_t+1", ""),
    (r"f'(z)", "df/dz", ""),
    ("f(z)", "f", ""),
    (r"\nabla_\theta J", "dJ/dtheta", ""),
    (r"\nabla J(\theta)", "dJ/dtheta", ""),
    (r"\frac{dJ}{dw}", "dJ/dw", ""),
    (r"\frac{d}{dw} J(w)", "dJ/dw", ""),
    (r"\partial_w J", "dJ/dw", ""),
    (r"\partial J/\partial\theta_j", "dJ/dtheta_j", "j"),
    ("dM", "d/dM", ""),
    ("grad_w", "d/dw", ""),
    (r"\nabla_\theta^2 J(\theta)", "d2J/dtheta2", ""),
    (r"\operatorname{grad}_w L", "dL/dw", ""),
    ("D_w L", "dL/dw", ""),
    (r"\mathrm d J / \mathrm d w", "dJ/dw", ""),
    (r"\frac{\text{d}J}{\text{d}w}", "dJ/dw", ""),
    (r"\frac{\partial J}{\partial w}\Big|_{w=1}", "{w=1} dJ/dw", ""),
    (r"[\nabla J]_j", "dJ/d_j", "j"),
    (r"(\nabla^2 J)_{jk}", "d2J/d2_jk", "jk"),
    (r"\Delta w", "change of w", ""),
    (r"\Delta\theta_j", "change of theta_j", "j"),
    (r"\theta^{new}", "new theta", ""),
    (r"w_{\text{new}}", "new w", ""),
    (r"\Pr[y=1 \mid x]", "Pr", ""),
    ("P(Y=1)", "P", ""),
    (r"\mathbb{E}[J]", "E", ""),
    (r"\hat\theta_{MLE}", "thetahat_MLE", ""),
    (r"\arg\max_\theta \ell(\theta)", "extremum of ell", ""),
    ("w(z)", "w", ""),
]


@pytest.mark.parametrize(("left", "spelled", "letters"), LABELS, ids=[row[0] for row in LABELS])
def test_a_left_side_is_a_label(left, spelled, letters):
    label = label_of(left, NAMES)
    assert label is not None
    assert (label.spelled, "".join(label.indices)) == (spelled, letters)


@pytest.mark.parametrize(
    "left",
    [
        "w + z",
        "2w",
        "w^2",
        "M^T",
        "M^{-1}",
        r"\frac{w}{z}",
        "w z",
        "wz",
        "sin(w)",
        "w(z+1)",
        "w(w)",
        "a(w)",
        "[w]_+",
        r"\sigma(z)",
        "|w|",
        "3",
        "",
    ],
)
def test_a_formula_is_no_label(left):
    assert label_of(left, NAMES) is None


READ = [
    # a text, and the formula that it is
    (r"J(\theta) &= \sum_j \theta_j^2", r"\sum_j \theta_j^2"),
    (r"\theta = a + a", "2a"),
    (r"H_{jk} = M_{jk} + M_{kj}", "M + M^T"),
    (r"H_{kj} = M_{jk}", "M^T"),
    (r"w := z/2", "z/2"),
    (r"w \leftarrow w - z", "w - z"),
    (r"\theta^{(t+1)} = 2a", "2a"),
    (r"\partial J/\partial\theta_k = \sum_i y_i x_{ik}", "x^T y"),
    (r"\delta_{jk} = \begin{cases} 1 & j = k \\ 0 & j \ne k\end{cases}", "I_d"),
    (r"\hat y^{(i)} = z x_{ij}", "z x_{ij}"),
    (r"\frac{dJ}{dw} = 2z - z = z", "z"),
    (r"L = z z = z^2", "z^2"),
    (r"\frac{d}{dw} w^2 = 2w", "2w"),
    (r"\frac{dJ}{dw} = \nabla_w J = z + z", "2z"),
    (r"f(z) = \Pr(y=1 \mid z) = \sigma(z)", "sigmoid(z)"),
    (r"\hat w_{ML} = \arg\max_w \ell(w) = z/2", "z/2"),
    (r"\Delta w = -z", "-z"),
    (r"\theta^{new} = \theta - z a", "theta - z a"),
    (r"[\nabla J]_j = \sum_i y_i x_{ij}", "sum_i y_i x_{ij}"),
    ("dJ/dw: z - w", "z - w"),
    (r"\frac{\partial J}{\partial w}: z - w", "z - w"),
    ("J: z - w", "z - w"),
    ("3) z - w", "z - w"),
    ("b) z - w", "z - w"),
    ("2.1: z - w", "z - w"),
    ("2.1. z - w", "z - w"),
    ("(c) z - w", "z - w"),
    ("(1) z - w", "z - w"),
    (r"z \cdot \frac{1}{Q}, \quad Q = \sum_{j=1}^d \theta_j", r"z/\sum_{j=1}^d \theta_j"),
    (r"\frac{z}{Z} \text{ where } Z = \sum_{j=1}^d e^{\theta_j}", r"z/\sum_{j=1}^d e^{\theta_j}"),
]


@pytest.mark.parametrize(("text", "same"), READ, ids=[row[0] for row in READ])
def test_a_left_side_is_taken_off(text, same):
    names = "theta: real[d]; a: real[d]; x: real[n,d]; y: label01[n]; w: real; z: real; M: real[d,d]; i: index[n]"
    if "_{ij}" in text or r"\sum_j" in text:
        names += "; j: index[d]"
    assert compare(text, same, names).status == "equal"


TWO_WAYS = ["(2) z - w", "(a) theta", "2. z - w", "(2.5) z", "(a) -theta"]
"""What stands in front may be the number of the answer or a factor."""


@pytest.mark.parametrize("text", TWO_WAYS)
def test_a_number_in_front_that_may_be_a_factor_is_asked_about(text):
    found = compare(text, text.split(" ", 1)[1], NAMES)
    assert found.status == "unreadable"
    assert "it can be read as" in found.at.message


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("(2) * z", "2z"),
        ("(2)(z - w)", "2z - 2w"),
        ("(w) - z", "w - z"),
        ("(w) z", "w z"),
        ("(a) (theta)^T", "a theta^T"),
        (r"(w) \cdot z", "w z"),
    ],
)
def test_a_factor_in_front_stays_one(text, same):
    assert compare(text, same, NAMES).status == "equal"


@pytest.mark.parametrize("text", ["w: z - w", "0 = z - w", "z - w = 0", "w' = z - w", "dJ/dw = dJ/dz = z - w"])
def test_what_may_be_more_than_a_name_is_refused(text):
    assert compare(text, "z - w", NAMES).status == "unreadable"


NOT_EQUAL = [
    (r"H_{kj} = M_{jk}", "M", "different"),  # its label tells rows from columns
    (r"\frac{dJ}{dw} = 2z - z = 2z", "2z", "different"),  # a false link
    (r"\frac{dJ}{dw} = 2z - z = z", "2z", "different"),
    ("z = z^2", "z^2", "unreadable"),  # an equation, or a name
    ("2w = z", "z", "different"),
    ("w + z = z^2", "z^2", "different"),
    (r"L \propto z", "z", "unreadable"),
    (r"L \le z", "z", "unreadable"),
    (r"\delta_{jk} = \delta_{jk} + 1", "1", "unreadable"),
]


@pytest.mark.parametrize(("text", "truth", "status"), NOT_EQUAL, ids=[row[0] for row in NOT_EQUAL])
def test_a_left_side_hides_nothing(text, truth, status):
    names = (
        "M: real[d,d]; w: real; z: real; j: index[d]; k: index[d]"
        if "delta" in text
        else "M: real[d,d]; w: real; z: real"
    )
    assert compare(text, truth, names).status == status


def test_a_label_is_said_in_a_note():
    assert [(n.tag, n.message) for n in read(r"J(w) = w^2", NAMES).notes] == [("target", "J(w) =")]


def test_a_letter_of_a_label_is_no_index_elsewhere():
    with pytest.raises(ReadError):
        read("J_k = x_{il}", NAMES)


def test_two_statements_are_no_formula():
    with pytest.raises(ReadError) as caught:
        read(r"dL/dw = z, \quad dL/dz = w", NAMES)
    assert caught.value.tag == "relation"
    lines = read_statement(r"dL/dw = z, \quad dL/dz = w", NAMES).lines
    assert [line.target for line in lines] == ["dL/dw", "dL/dz"]


SALIENCY = "|y - p| |theta_i|"
SOFTMAX = r"\frac{\partial y_i}{\partial x_i} = y_i(1-y_i)"
OF_K, OF_I = (rf"\frac{{\partial C_k}}{{\partial z_{letter}^{{[2]}}}}" for letter in "ki")
ANSWERS = [
    # part, answer, verdict
    ("000/6b", rf"\frac{{\partial LL}}{{\partial x_i}} = (y-p)\theta_i, so s_i = {SALIENCY}", "correct"),
    ("000/6b", rf"dLL/dtheta_i = (y-p) x_i, dLL/dx_i = (y-p) theta_i, s_i = {SALIENCY}", "correct"),
    ("000/6b", rf"s_i = {SALIENCY}, dLL/dtheta_i = (y-p) x_i", "correct"),
    ("000/6b", r"s_i = (y-p) theta_i, dLL/dtheta_i = (y-p) x_i", "wrong"),
    ("000/6b", rf"s_i = {SALIENCY}, dLL/dtheta_i = (p-y) x_i", "wrong"),
    ("000/6b", rf"The gradient is $(y-p)\theta_i$. Hence the saliency equals ${SALIENCY}$.", "correct"),
    ("000/6b", rf"The gradient is (y-p)theta_i, and the saliency is {SALIENCY}.", "correct"),
    ("000/6b", "The gradient is (y-p)theta_i.\nThe saliency is |y-p| theta_i.", "wrong"),
    ("000/6b", f"The saliency is {SALIENCY}.\nThe gradient is (y-p)theta_i.", "correct"),
    ("000/6b", "g_i = (y-p) theta_i\ns_i = |g_i|", "correct"),
    ("000/6b", r"\delta = y - p \\ s_i = |\delta \theta_i|", "correct"),
    ("000/6b", r"\delta = y + p \\ s_i = |\delta \theta_i|", "wrong"),
    ("000/6b", "|g theta_i|, g = y - p", "correct"),
    ("000/6b", "|g theta_i|, g = y + p", "wrong"),
    ("000/6b", "|y - p| |theta_i|, y = 1", "wrong"),
    ("000/6b", f"p = sigma(theta^T x)\ns_i = {SALIENCY}", "correct"),
    ("000/6b", f"p = sigma(-theta^T x)\ns_i = {SALIENCY}", "wrong"),
    ("000/6b", rf"\text{{saliency}}_i = {SALIENCY}", "correct"),
    ("001/3.1", SOFTMAX + r", \quad \frac{\partial y_i}{\partial x_j} = -y_i y_j", "correct"),
    ("001/3.1", SOFTMAX + r", \quad \frac{\partial y_i}{\partial x_j} = y_i y_j", "wrong"),
    ("001/3.3", SOFTMAX + r", \quad \frac{\partial y_i}{\partial x_j} = -y_i y_j", "correct"),
    ("001/3.3", SOFTMAX + r", \quad \frac{\partial y_i}{\partial x_j} = -y_j y_j", "wrong"),
    ("001/7.4", rf"{OF_K} = \hat y_k - 1; {OF_I} = \hat y_i", "correct"),
    ("001/7.4", rf"{OF_K} = \hat y_k; {OF_I} = \hat y_i", "wrong"),
    ("001/7.4", rf"{OF_I} = \hat y_i", "wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "answer", "status"), ANSWERS)
@pytest.mark.long
def test_several_quantities_are_told_apart(part, answer, status):
    assert check(part, answer).status == status


OF_X, BATCH = r"\frac{\partial L}{\partial \hat x^{(i)}}", r"v^{(\mathcal{B})}"
OF_V = rf"\frac{{\partial L}}{{\partial {BATCH}}}"
PUBLISHED = [
    # batches as papers mark them
    ("002/6b", rf"{OF_V} = -\frac12 {BATCH}^{{-3/2}} \sum_i {OF_X} (x^{{(i)}} - \mu)", "correct"),
    ("002/6b", rf"{OF_V} = -\frac12 ({BATCH})^{{-3/2}} \sum_i {OF_X} (x^{{(i)}} - \mu)", "correct"),
    ("002/6b", rf"{OF_V} = \frac12 ({BATCH})^{{-3/2}} \sum_i {OF_X} (x^{{(i)}} - \mu)", "wrong"),
    ("002/6b", rf"-\frac12 v_{{\mathcal B}}^{{-3/2}} \sum_i {OF_X} (x^{{(i)}} - \mu_{{\mathcal B}})", "correct"),
    ("002/6c", rf"-\frac{{1}}{{\sqrt{{{BATCH}}}}} \sum_i {OF_X}", "correct"),
    ("002/6d", rf"{OF_X} v^{{-1/2}} + {OF_V} \frac{{2}}{{m}} (x^{{(i)}} - \mu) + \frac1m dL/dmu", "correct"),
]


@pytest.mark.parametrize(("part", "answer", "status"), PUBLISHED)
def test_a_batch_is_no_index(part, answer, status):
    assert check(part, answer).status == status


def test_a_row_of_a_matrix_for_every_index_is_known_by_its_sizes():
    names = "W: real[p,d]; k: index[p]"
    assert compare("W_k", "W", names).status == "equal"
    assert compare("W_k", "W", "W: real[d,d]; k: index[d]").status == "equal"
    assert compare("W_k", "W^T", "W: real[d,d]; k: index[d]").status == "different"
    label = r"\frac{\partial L}{\partial \Theta_k} = \sum_i (\hat y_{ik} - y_{ik}) x_i"
    assert check("beyond/softmax_regression.gradient", label).status == "correct"
    assert check("beyond/softmax_regression.gradient", label.replace("-", "+")).status == "wrong"


def test_a_solution_holds_wherever_it_has_a_value():
    solved = r"X^T X w = X^T y \Rightarrow w = (X^T X)^{-1} X^T y"
    assert check("beyond/linear_regression.solution", solved).status == "correct"
    assert check("beyond/linear_regression.solution", solved + " y").status != "correct"
    assert check("beyond/linear_regression.solution", solved.replace("= X^T y", "= -X^T y")).status != "correct"


GRADIENT, HESSIAN = "beyond/linear_regression.gradient", "beyond/linear_regression.hessian"
LAYER = "beyond/deep_linear.W1"
BESIDE = [
    # a size and an index have their values from the question
    (GRADIENT, "X^T r / n, where n = 1", False),
    (GRADIENT, "2 X^T r / d, where d = 2", False),
    (GRADIENT, "Let n = 1. Then X^T r / n", False),
    # letters below a left side say what is row and what is column
    (LAYER, "dL/dW1_ij = (W2^T W3^T (yhat - y))_j x_i", False),
    (LAYER, "dL/dW1_ij = (W2^T W3^T (yhat - y))_i x_j", True),
    ("000/7", "dL/dZ_ji = dL/dA_ij 1[Z_ij > 0]", False),
    ("000/7", "dL/dZ_ji = dL/dA_ji 1[Z_ji > 0]", True),
    ("001/7.4", "∂L_i/∂z_{2,k} = yhat_i - 1[i=k]", False),
    ("001/7.4", "∂L_i/∂z_{2,k} = yhat_k - 1[i=k]", True),
    ("001/7.4", "∂L_k/∂z_{2,k} = yhat_k - 1, ∂L_k/∂z_{2,i} = yhat_i", True),
    # what the question calls L_k may be called L, if it is said what it is
    ("001/7.4", "We have L = -log yhat_k, so dL/dz_i = yhat_i - 1[i=k]", True),
    ("001/7.4", r"L = -\log \hat y_k \Rightarrow \frac{\partial L}{\partial z_i} = \hat y_i - 1[i=k]", True),
    ("001/7.4", "L = log yhat_k, dL/dz_i = yhat_i - 1[i=k]", False),
    ("001/7.4", "L = -log yhat_k, dL/dz_i = yhat_i", False),
    # a shape behind a formula is judged as well
    ("000/8e.value", r"A_1^T (\hat Y - Y) \Rightarrow (h \times m)(m \times K) = (h \times K)", True),
    ("000/8e.value", r"A_1^T (\hat Y - Y) \Rightarrow (m \times h)(m \times K) = (h \times K)", False),
    ("000/8e.value", r"A_1^T (\hat Y - Y), \quad (K \times h)", False),
    # a sum without brackets, where an index would be left over
    ("004/Q0.1", r"\sum_{i=1}^n \frac12 \log(2\pi\sigma^2) + \frac{(x_i - \mu)^2}{2\sigma^2}", True),
    ("004/Q0.1", r"\sum_{i=1}^n \log\sigma + \frac12 \log(2\pi) + \frac{(x_i - \mu)^2}{2\sigma^2}", True),
    ("004/Q0.1", r"\sum_{i=1}^n \frac12 \log(2\pi\sigma^2) + \frac{(x_i - \mu)^2}{\sigma^2}", False),
    # the words in front of an answer
    ("000/8e.value", "The gradient of the loss with respect to W2 is A1^T (Yhat - Y).", True),
    ("000/8e.value", "The gradient of the loss with respect to W2 is (Yhat - Y)^T A1.", False),
    (
        "000/6b",
        "The derivative of LL with respect to x_i is (y - p) theta_i, so the saliency is |y - p| |theta_i|",
        True,
    ),
    # nouns say which of several things is the answer
    (GRADIENT, "the gradient is r, and the hessian is X^T r", False),
    (GRADIENT, "gradient = r, hessian = X^T r", False),
    (GRADIENT, "gradient = X^T r, hessian = X^T X", True),
    (GRADIENT, "the gradient is X^T r, and the loss is 1/2 ||r||^2", True),
    (HESSIAN, "the hessian is X^T X, and the gradient is X^T r", True),
    (HESSIAN, "hessian = X^T r, gradient = X^T X", False),
    ("000/6b", "the saliency is (y-p) theta_i, and the gradient is |y-p| |theta_i|", False),
    ("000/6b", "the saliency is |y-p| |theta_i|, and the gradient is (y-p) theta_i", True),
    # what is said of a node of the question must be what it is
    (GRADIENT, "dL/dw = X^T r, r = X w - y", True),
    (GRADIENT, "dL/dw = X^T r, r = X w + y", False),
    ("000/6a", "LL = y log p + (1-y) log(1-p), NLL = -y log p - (1-y) log(1-p)", True),
    ("000/6a", "LL = y log p + (1-y) log(1-p), NLL = y log p + (1-y) log(1-p)", False),
]


@pytest.mark.parametrize(("part", "answer", "right"), BESIDE)
@pytest.mark.long
def test_what_stands_beside_an_answer_counts(part, answer, right):
    assert (check(part, answer).status == "correct") is right


def test_a_label_orders_rows_and_columns_of_any_shape():
    names = "B: real[n,m]; j: index[n]; l: index[m]"
    assert compare("G_{lj} = B_jl", "B^T", names).status == "equal"
    assert compare("G_{lj} = B_jl", "B", names).status == "different"
    assert compare("G_{jl} = B_jl", "B", names).status == "equal"


def test_what_is_said_beside_and_cannot_be_judged_is_named():
    verdict = check("002/6a.gamma", "dL/dgamma = sum_i dL/dy_i xhat_i, dL/dbeta = -sum_i dL/dy_i")
    assert any(finding.tag == "aside" for finding in verdict.findings)


SOLUTION = "beyond/linear_regression.solution"


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (r"X^T(Xw - y) = 0 \\ X^T X w = X^T y \\ w = (X^T X)^{-1} X^T y", True),
        ("X^T X w = X^T y, so w = (X^T X)^{-1} X^T y", True),
        (r"X^T X w = X^T y \\ w = (X^T X)^{-1} X^T (2y)", False),
        (r"X^T X w = 2X^T y \\ w = (X^T X)^{-1} X^T y", False),
    ],
)
@pytest.mark.long
def test_equations_before_a_solution_are_solved_by_it(answer, right):
    assert (check(SOLUTION, answer).status == "correct") is right


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("dy_i/dx_j = -y_i y_j\ny_i = e^{x_i}/sum_k e^{x_k}", "correct"),
        (r"\frac{\partial y_i}{\partial x_j} = -y_i y_j \\ L = -\sum_k t_k \log y_k", "correct"),
        ("dy_i/dx_j = y_i y_j\ny_i = e^{x_i}/sum_k e^{x_k}", "wrong"),
        ("dy_i/dx_j = -y_i y_j\nL = sum_k t_k log y_k", "wrong"),
        ("0 = -y_i y_j", "correct"),
        ("0 = y_i y_j", "wrong"),
        ("b) -y_i y_j", "correct"),
        ("3.2: y_i y_j", "wrong"),
        ("(2) -y_i y_j", "unreadable"),
        (r"\Delta x_j = -y_i y_j", "unreadable"),
        (r"\frac{\partial y_i}{\partial x_j}\Big|_{x=0} = -y_i y_j", "unreadable"),
    ],
)
def test_an_answer_is_judged_in_the_case_that_is_asked_and_by_what_it_names(answer, status):
    assert check("001/3.2", answer).status == status


def test_a_line_is_counted_with_the_definitions_before_it():
    found = check("001/3.2", "Let S = sum_k e^{x_k}.\nThen y_i = e^{x_i}/S.\ndy_i/dx_j = -e^{x_i} e^{x_j}/S = -y_i y_j")
    assert found.diagnosis is not None
    assert found.diagnosis.message.startswith("line 3")


PLACES = [
    ("linear_regression", r"\arg\min_w \|Xw-y\|^2 = (X^T X)^{-1} X^T y", "correct", ""),
    ("linear_regression", r"\hat w = \operatorname*{arg\,min}_w \frac12\|Xw-y\|^2 = (X^T X)^{-1} X^T y", "correct", ""),
    ("linear_regression", r"\arg\min_w L = (X^T X)^{-1} X^T y", "correct", ""),
    ("linear_regression", r"\arg\min_w \|Xw-2y\|^2 = (X^T X)^{-1} X^T y", "wrong", "extremum"),
    ("linear_regression", r"\arg\min_w \|Xw-2y\|^2 = 2 (X^T X)^{-1} X^T y", "wrong", None),
    ("linear_regression", r"\arg\min_w \|Xw-y\|_1 = (X^T X)^{-1} X^T y", "undecided", None),
    ("ridge_regression", r"\arg\min_w \|Xw-y\|^2 + \lambda\|w\|^2 = (X^T X + \lambda I)^{-1} X^T y", "correct", ""),
    ("ridge_regression", r"\arg\min_w \|Xw-y\|^2 + \|w\|^2 = (X^T X + \lambda I)^{-1} X^T y", "wrong", "extremum"),
]


@pytest.mark.parametrize(("model", "answer", "status", "tag"), PLACES)
def test_the_place_of_an_extremum_is_where_the_derivative_is_0(model, answer, status, tag):
    found = check(f"beyond/{model}.solution", answer)
    assert found.status == status
    if tag:
        assert found.diagnosis is not None
        assert found.diagnosis.tag == tag


ARROWS = [
    (r"\frac{\partial L}{\partial w} \to X^T(Xw-y) + \lambda w", "correct"),
    ("∂L/∂w → X^T(Xw-y) + λ w", "correct"),
    ("∂L/∂w → X^T(Xw-y) - λ w", "wrong"),
]


@pytest.mark.parametrize(("answer", "status"), ARROWS)
def test_an_arrow_behind_a_derivative_names_it(answer, status):
    assert check("beyond/ridge_regression.gradient", answer).status == status


# what stands in front of an answer, names → what is read; None where it may be a number of the sheet or a factor
NUMBERED = [
    ("(2b) a + 1", "a: real", "a + 1"),
    ("(2b) a + 1", "a: real; b: real", None),
    ("(2b) (a + 1)", "a: real; b: real", None),
    (r"(2z) \cos(v)", "z: real; v: real", "2 z cos(v)"),
    ("(2e) a", "a: real", None),
    ("(3.2a) x", "x: real", "x"),
    ("(3.2.1) a", "a: real", "a"),
    ("(3.2) a", "a: real", None),
]


@pytest.mark.parametrize(("text", "names", "wanted"), NUMBERED)
def test_a_number_with_a_letter_in_front_is_no_factor_that_is_dropped(text, names, wanted):
    if wanted is None:
        with pytest.raises(ReadError, match="two ways"):
            read(text, names)
    else:
        assert compare(text, wanted, names).status == "equal"
