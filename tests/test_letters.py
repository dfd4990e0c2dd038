"""Letters that are not declared, read as the one declared thing that they can stand for; and those that are not."""

from __future__ import annotations

import re

import pytest

from checker import check, compare
from derivations.domains import NamesError
from derivations.notation import ReadError, read, write

SAME = [
    # names, as it is written, as it is read, and what is said about it
    ("x: real[n,d]; w: real[d]", "X w", "x w", "X was read as x"),
    ("X: real[n,d]; w: real[d]; i: index[n]", "x_i^T w", "X_i^T w", "x was read as X"),
    ("y: label01; yhat: probability", r"\hat Y - Y", "yhat - y", "Y was read as y"),
    ("theta: real[d]", r"\Theta", "theta", "Theta was read as theta"),
    ("x: real[n]", r"\frac1N \sum_{k=1}^N x_k", r"\frac1n \sum_{k=1}^n x_k", "N was read as n"),
    ("lambda: positive; w: real[d]", "2 lam w", "2 lambda w", "lam was read as lambda"),
    ("lam: positive; w: real[d]", r"2 \lambda w", "2 lam w", "lambda was read as lam"),
    ("lambda: positive; w: real", "lambda_*w", "lambda w", ""),
    ("epsilon: positive; v: positive", "1/sqrt(v + eps)", "1/sqrt(v + epsilon)", "eps was read as epsilon"),
    ("sigma: positive", "sig^2", "sigma^2", "sig was read as sigma"),
    ("gamma: real[d]; j: index[d]", "gam_j", "gamma_j", "gam was read as gamma"),
    ("b1: real[h]", "b^1", "b1", "b^1 was read as b1"),
    ("z1: real[h]; j: index[h]", "z^1_j", "z1_j", "z^1 was read as z1"),
    ("W2: real[h,d]; a: real[h]", r"W^{[2]T} a", "W2^T a", ""),
    ("W2: real[h,d]; a: real[h]", r"W^{(2)\top} a", "W2^T a", ""),
    ("W2: real[h,d]; a: real[h]", r"W^{2T} a", "W2^T a", "W^2 was read as W2"),
    ("x: real[n,d]; w: real[d]; i: index[n]", r"x^{(i)T} w", "x_i^T w", ""),
    ("x: real[d]; w: real[d]", r"w^T x^{(i)}", "w^T x", "i says which example it is"),
    ("x: real[d]; w: real[d]; i: index[n]", r"{x^{(i)}}^T w", "x^T w", "i says which example it is"),
    ("y: label01; p: probability; x: real[d]; j: index[d]", r"(y^{(i)} - p^{(i)}) x^{(i)}_j", "(y - p) x_j", "example"),
    ("v: positive[d]", r"\sqrt{v^{(\mathcal B)}}", "sqrt(v)", "B says which batch it is"),
    ("mu: real[d]; x: real[d]", r"x - \mu_{\mathcal B}", "x - mu", "B says which batch it is"),
    ("w: real[K,d]; x: real[d]; k: index[K]", "w^T_k x", "w_k^T x", ""),
    ("g: real[d]; k: index[d]", "{g}_{k}", "g_k", ""),
    # siblings of a letter
    ("theta: real[n]; theta_0: real; x: real[n]", "theta^T x + theta_0", "theta_0 + x^T theta", ""),
    ("h: real[n]; h1: real", "h_2 + h1", "h1 + h_2", ""),
    ("beta: real[d]; beta_0: real; j: index[d]", r"\beta_0 + \beta_j", "beta_j + beta_0", ""),
    ("k: real[n]; k_p: real[n]", "k^T k_p", "k_p^T k", ""),
    ("u: real[n]; u_o: real", "sum_o u_o", "sum_l u_l", ""),
    ("theta: real[n]; theta_1: real", "(theta)_1 - theta_1", "-theta_1 + (theta)_1", ""),
]


@pytest.mark.parametrize(("names", "written", "meant", "said"), SAME)
def test_a_letter_is_read_as_what_it_stands_for(names: str, written: str, meant: str, said: str) -> None:
    found = read(written, names)
    assert found == read(meant, names) or compare(written, meant, names).evidence.strength == "proved"
    notes = [n.message for n in found.notes if n.tag in ("letter", "example")]
    assert any(said in note for note in notes) if said else not notes


REFUSED = [
    ("x: real; X: real[n]; w: real", "Y w", "Y is not declared"),
    ("p: probability; x: real", "P(x)", "as a function of x"),
    ("r: real", r"\mathbb{R}", "R is not declared"),
    ("f: function; x: real", "F(x)", "F is not declared"),
    ("d: real; x: real", "D x", "D is not declared"),
    ("i: index[n]; x: real[n]", "x_I", "I is no index here"),
    ("b: real; b1: real", "c^1", "c is not declared"),
    ("L: real; K: real", "k + l", "k is not declared"),
    ("lamp: real; w: real", "lam w", "lam is not declared"),
    ("x: real[d]", r"x^{(i)} - x", "another example or of none"),
    ("x: real[d]; y: real", r"y^{(i)} x^{(j)}", "another example or of none"),
    ("y: real", r"\sum_i y^{(i)}", "is a label"),
    ("X: real[n,d]; w: real[d]", r"w^T X^{(i)}", "no index here"),
]


@pytest.mark.parametrize(("names", "written", "says"), REFUSED)
def test_nothing_is_inferred_where_nothing_or_two_things_fit(names: str, written: str, says: str) -> None:
    with pytest.raises(ReadError) as raised:
        read(written, names)
    assert says in str(raised.value)


def test_a_declared_letter_is_itself_whatever_its_case() -> None:
    names = "x: real; X: real[n]"
    assert [e.name for e in (read("X", names).body, read("x", names).body)] == ["X", "x"]
    assert not read("X + x", names).notes[1:]


def test_an_index_is_no_letter_of_a_sibling() -> None:
    with pytest.raises(NamesError, match="two things"):
        read("u", "u: real[n]; u_i: real; i: index[n]")


@pytest.mark.parametrize("dressing", ["ascii", "unicode", "latex"])
def test_an_entry_beside_its_sibling_is_written_so_that_it_is_read_back(dressing: str) -> None:
    formula = read("(theta)_1 + 2 theta_1 + theta_2", "theta: real[n]; theta_1: real")
    assert read(write(formula, dressing), formula.names) == formula


ANSWERS = [
    ("beyond/hinge.w", "lam*w - X.T @ (y * (m < 1))", "correct"),
    ("beyond/hinge.w", "lam*w + X.T @ (y * (m < 1))", "wrong"),
    ("001/5.3b", r"\sigma(w^T x^{(i)} + b)", "correct"),
    ("001/5.3b", r"\sigma(w^T x^{(i)} - b)", "wrong"),
    ("002/6a.gamma", r"\sum_{i=1}^m \frac{\partial L}{\partial y^{(i)}} \hat x^{(i)}", "correct"),
    ("002/6c", r"-\frac{1}{\sqrt{v_{\mathcal B}}} \sum_i \frac{\partial L}{\partial \hat x_i}", "correct"),
    ("000/6a", r"y^{(i)} \log \sigma(\theta^T x^{(i)}) + (1 - y^{(i)}) \log(1 - \sigma(\theta^T x^{(i)}))", "correct"),
    ("000/6a", r"y^{(i)} \log \sigma(\theta^T x^{(i)}) - (1 - y^{(i)}) \log(1 - \sigma(\theta^T x^{(i)}))", "wrong"),
    ("beyond/dropout.h", r"\frac1q R \odot dA", "correct"),
    # the left side has the letter that is asked, or one of its own
    ("004/Q3.2a", r"\frac{\partial h}{\partial w_j} = x_k 1[w^T x > 0]", "unreadable"),
    ("004/Q3.2a", r"\frac{\partial h}{\partial w_k} = x_k 1[w^T x > 0]", "correct"),
    ("000/7", "da * 1[z > 0]", "correct"),
    ("000/7", "da * 1[z < 0]", "wrong"),
    # a value for each case, by left sides that are all its own
    (
        "001/7.4",
        r"\frac{\partial L}{\partial z_k} = \hat y_k - 1, \quad \frac{\partial L}{\partial z_i} = \hat y_i",
        "correct",
    ),
    ("001/7.4", "dL/dz_k = yhat_k - 1 and dL/dz_i = yhat_i for i != k", "correct"),
    ("001/7.4", "dL/dz_k = yhat_k - 1 and dL/dz_i = yhat_i - 1 for i != k", "wrong"),
    ("001/7.4", "dL/dz_k = yhat_k, dL/dz_i = yhat_i", "wrong"),
    # a unit vector where nothing else is evident: it makes no answer wrong
    ("beyond/embedding.scores", r"\mathrm{softmax}(s) - \mathbf{e}_y", "correct"),
    ("beyond/embedding.scores", r"\mathrm{softmax}(s) + \mathbf{e}_y", "unreadable"),
    # a prime is a transpose
    ("beyond/linear_regression.gradient", "X'(Xw - y)", "correct"),
    ("beyond/linear_regression.gradient", "X'(Xw + y)", "wrong"),
    # an index that a definition introduces
    ("beyond/mixture_weights.weights", r"M_a/n \text{ where } M_a = \sum_i r_{ia}", "correct"),
    # a letter of one's own for what is differentiated, where one thing has a derivative by that
    ("002/6a.beta", r"\sum_{i=1}^m \frac{\partial \ell}{\partial y_i}", "correct"),
    ("002/6a.xhat", r"\frac{\partial J}{\partial \hat x_i} = \frac{\partial J}{\partial y_i} \cdot \gamma", "correct"),
    ("002/6a.xhat", r"\frac{\partial J}{\partial y_i}", "wrong"),
    # a name with a digit before a method of code; a keyword in brackets is no definition
    ("000/8e.value", "A1.T.dot(Yhat - Y)", "correct"),
    ("002/6a.beta", "dY.sum(axis=0)", "correct"),
    # a conditional probability between two formulas is another name
    ("000/6a", r"LL = \log P(y|x) = y\log p + (1-y)\log(1-p)", "correct"),
    ("000/6a", r"LL = \log \Pr(y \mid x; \theta) = y\log p - (1-y)\log(1-p)", "wrong"),
    ("000/6a", r"LL = \log \Pr(y|x)", "unreadable"),
    # of a matrix that is not square, the formula that has a value wherever what is asked has one
    ("beyond/linear_regression.solution", "np.linalg.pinv(X) @ y", "correct"),
    ("beyond/linear_regression.solution", "np.linalg.lstsq(X, y, rcond=None)[0]", "correct"),
    ("beyond/linear_regression.solution", "np.linalg.pinv(X) @ y + w", "wrong"),
    # a letter that is introduced on the same line
    ("002/4c", r"\lambda = \sigma^2/\eta^2 and \theta = (X^T X + \lambda I)^{-1} X^T y", "correct"),
    ("002/4c", r"\lambda = \sigma^2/\eta^2, \theta = (X^T X + \lambda I)^{-1} X^T y", "correct"),
    ("002/4c", r"\lambda = \eta^2/\sigma^2, \theta = (X^T X + \lambda I)^{-1} X^T y", "wrong"),
    # a left side of its own is no other letter
    ("001/3.1", "Y = y_i (1 - y_i)", "correct"),
    ("001/3.1", "Y = y_i (1 + y_i)", "wrong"),
]


@pytest.mark.parametrize(("part", "answer", "status"), ANSWERS)
@pytest.mark.long
def test_an_answer_in_letters_of_its_own(part: str, answer: str, status: str) -> None:
    assert check(part, answer).status == status, check(part, answer)


INDICES = [
    # another letter for the index that is asked
    ("001/3.1", "y_j (1 - y_j)", "correct", "j was read as i"),
    ("001/3.1", r"\frac{\partial y_l}{\partial x_l} = y_l - y_l^2", "correct", "l was read as i"),
    ("001/3.1", "y_l (1 + y_l)", "wrong", "l was read as i"),
    ("001/7.6", r"\begin{cases} 1 & z_k^{[1]} > 0 \\ 0.01 & z_k^{[1]} < 0 \end{cases}", "correct", "k was read as j"),
    ("000/6b", "|y - p| |theta_m|", "correct", "m was read as i"),
    ("000/6b", "|y - p| |x_m|", "wrong", "m was read as i"),
    ("beyond/attention.S", "P_ab (dL/dP_ab - sum_c P_ac dL/dP_ac)", "correct", "a was read as i, b was read as j"),
    ("beyond/attention.S", "P_ab (dL/dP_ab - sum_c P_cb dL/dP_cb)", "wrong", "a was read as i, b was read as j"),
    (
        "002/6d",
        r"<L/x_k> = \frac{1}{\sqrt v} <L/\hat x_k> + \frac2m (x_k - \mu) <L/v> + \frac1m <L/\mu>",
        "correct",
        "k",
    ),
    # the left side says which letter is which
    ("001/3.3", r"<y_k/x_l> = y_k(\delta_{kl} - y_l)", "correct", "k was read as i, l was read as j"),
    ("001/3.3", r"<y_k/x_l> = y_k(\delta_{kl} + y_l)", "wrong", "k was read as i, l was read as j"),
    ("001/3.2", r"<y_k/x_l> = -y_k y_l", "correct", "k was read as i, l was read as j"),
    # letters for the entries of what is asked whole
    ("001/7.4.vector", r"\hat y_l - y_l", "correct", "l was read to run over 1..K"),
    ("002/6a.beta", r"\sum_k <L/y_{kl}>", "correct", "l was read to run over 1..d"),
    ("002/6a.beta", r"\sum_l <L/y_{kl}>", "unreadable", "k is no index here"),
    # letters that may not be renamed: swapped, of a pair, beside the true class, or used for another
    ("001/3.2", "y_i (1 - y_j)", "wrong", ""),
    ("001/3.2", "-y_k y_l", "unreadable", "k is no index here"),
    ("001/3.2", "-y_i y_l", "unreadable", "l is no index here"),
    ("001/7.4", "yhat_k - 1", "wrong", ""),
    ("001/7.4", "yhat_k - 1[i = k]", "wrong", ""),
    ("001/7.4", "yhat_l - 1[l = k]", "unreadable", "l is no index here"),
    ("beyond/attention.S", "P_ji (dL/dP_ji - sum_k P_jk dL/dP_jk)", "unreadable", "j runs over 1..m"),
]


@pytest.mark.parametrize(("part", "answer", "status", "said"), INDICES)
@pytest.mark.long
def test_an_index_has_another_letter(part: str, answer: str, status: str, said: str) -> None:
    found = check(part, re.sub(r"<([^/<>]+)/([^<>]+)>", r"\\frac{\\partial \1}{\\partial \2}", answer))
    assert found.status == status, found
    assert said in (found.at.message if found.at else " ".join(f.message for f in found.findings)), found


RULES = [
    (r"v_t = \beta v_{t-1} + (1-\beta) g_t; w_t = w_{t-1} - \alpha v_t", "correct"),
    (r"v_t = \beta v_{t-1} + (1-\beta) g_t; w_t = w_{t-1} + \alpha v_t", "wrong"),
    (r"u_t = \beta u_{t-1} + (1-\beta) g_t; W_t = W_{t-1} - \alpha u_t", "correct"),
    (r"u_t = \beta u_{t-1} + (1-\beta) g_t; W_t = W_{t-1} - \alpha u_{t-1}", "wrong"),
    (r"V = \beta V + (1-\beta) \nabla J(W); W = W - \alpha V", "correct"),
    (r"V = \beta V - (1-\beta) \nabla J(W); W = W - \alpha V", "wrong"),
    (r"q = \beta V + (1-\beta) g; p = W - \alpha V", "unreadable"),
    ("momentum: either (an average V = beta V + (1 - beta) g)", "unreadable"),
]


@pytest.mark.parametrize(("answer", "status"), RULES)
def test_rules_of_update_in_other_letters(answer: str, status: str) -> None:
    assert check("001/8.7", answer).status == status, check("001/8.7", answer)


@pytest.mark.parametrize("text", ["h1^2", "h_1^2", "h_1^{2}", "h1^1", "h1 h1"])
def test_a_number_above_a_name_with_its_number_is_a_power(text):
    names = "h1: real; h2: real"
    assert compare(text, "h1 h1" if "1^1" not in text else "h1", names).status == "equal"


def test_a_number_above_an_entry_of_such_a_name_is_a_power():
    names = "h1: real[d]; h2: real[d]; i: index[d]"
    for text in ("h1_i^2", "h1_i^{2}", "h_{1,i}^2"):
        assert compare(text, "h1_i h1_i", names).status == "equal"


SQUARES = "x: real[n,d]; w: real[d]; y: real[n]"
OWN_CONSTANTS = [
    ("2 x^T e, where e = x w - y", "2 x^T (x w - y)", SQUARES, "equal"),
    ("2 x^T e, where e = x w - y is the error", "2 x^T (x w - y)", SQUARES, "equal"),
    ("Let e = x w - y. Then 2 x^T e", "2 x^T (x w - y)", SQUARES, "equal"),
    ("2 x^T e, where e = y - x w", "2 x^T (x w - y)", SQUARES, "different"),
    ("e^T e/2, where e = y - x w", "(y - x w)^T (y - x w)/2", SQUARES, "equal"),
    ("pi (1 - pi), where pi = sigma(z)", "sigma(z) (1 - sigma(z))", "z: real", "equal"),
    ("e^{-a}, where a = 2 z", "exp(-2 z)", "z: real", "equal"),
    ("e = e^z", "exp(z)", "z: real", "equal"),
]


@pytest.mark.parametrize(("answer", "truth", "names", "status"), OWN_CONSTANTS)
def test_a_constant_that_an_answer_gives_a_value_is_none(answer: str, truth: str, names: str, status: str) -> None:
    assert compare(answer, truth, names).status == status
