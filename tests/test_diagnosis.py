"""Known wrong answers with their reasons: each gets exactly that reason, and applying the reason to the truth gives
what was written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker import check, compare
from checker.diagnosis.carried import carried
from checker.diagnosis.diagnose import Known, diagnose, reason
from checker.diagnosis.forms import forms
from checker.diagnosis.mutations.table import ROWS, mutants
from derivations.domains import parse_names
from derivations.formula import add, names_in
from derivations.notation import read
from derivations.pipeline import derive

SOFTMAX = "y: simplex[K]; i: index[K]; j: index[K]"
LOGISTIC = "X: real[n,d]; p: probability[n]; y: label01[n]; i: index[n]; j: index[d]; w: real[d]; lambda: positive"
ONE = "p: probability; y: label01; theta: real[d]; x: real[d]; j: index[d]"
GAUSS = "sigma: positive; mu: real; x: real[N]; i: index[N]"
NORM = (
    "dy: real[m]; gamma: real; v: positive; x: real[m]; mu: real; i: index[m]; dL/dv: real; dL/dmu: real; dxhat: "
    "real[m]"
)
RELU = "dA: real[m,h]; Z: real[m,h]; alpha: positive; z: real"
MATRIX = (
    "X: real[n,d]; y: real[n]; lambda: positive; A: real[m,h]; Y: real[m,K]; P: real[m,K]; M: invertible[k]; S: "
    "real[k,k]; b: real[k]; i: index[m]; r: index[h]; s: index[K]"
)
SIGNS = "t: labelpm1[n]; s: real[n]; x: real[n]; c: positive; i: index[n]"
SCALARS = "a: positive; b: positive; c: positive; t: real"

TABLE = [
    # names     truth                                         written                                         tag
    (SOFTMAX, "y_i (delta_ij - y_j)", "y_i (1 - y_i)", "only-diagonal"),
    (SOFTMAX, "y_i (delta_ij - y_j)", "y_i (1 - y_j)", "only-diagonal"),
    (SOFTMAX, "y_i (delta_ij - y_j)", "-y_i y_j", "missing-diagonal"),
    (SOFTMAX, "y_i (delta_ij - y_j)", "y_i (y_j - delta_ij)", "sign"),
    (SOFTMAX, "y_i (delta_ij - y_j)", "y_i (delta_ij + y_j)", "sign"),
    (SOFTMAX, "y_i (delta_ij - y_j)", "delta_ij - y_j", "missing-factor"),
    (SOFTMAX, "y_i (delta_ij - y_j)", "2 y_i (delta_ij - y_j)", "factor:2"),
    (SOFTMAX, "y_i (1 - y_i)", "0", "zero"),
    (GAUSS, "sum_i x_i (x_i - 1/N sum_k x_k)", "sum_i (x_i - 1/N sum_k x_k)", "zero"),
    (SOFTMAX, "y_i (delta_ij - y_j)", "y_i delta_ij - y_j", "brackets"),
    (ONE, "(y - p) theta_j", "(p - y) theta_j", "sign"),
    (ONE, "(y - p) theta_j", "(y - p) x_j", "wrong-name"),
    (ONE, "(y - p) theta_j", "(y - p)", "missing-factor"),
    (ONE, "(y - p) theta_j", "y theta_j", "missing-term"),
    (ONE, "(y - p) theta_j", "(y - p) p (1-p) theta_j", "extra-factor"),
    (ONE, "|y - p| |theta_j|", "(y - p) |theta_j|", "missing-abs"),
    (ONE, "y log(p) + (1-y) log(1-p)", "y log(p) - (1-y) log(1-p)", "sign"),
    (ONE, "y log(p) + (1-y) log(1-p)", "y log(p) + (1-y) log(p)", "complement"),
    (ONE, "y log(p) + (1-y) log(1-p)", "y log(p)", "missing-term"),
    (ONE, "p (1 - p)", "p", "missing-factor"),
    (ONE, "p (1 - p)", "p (1 + p)", "sign"),
    (LOGISTIC, "X^T (p - y)", "X^T (y - p)", "sign"),
    (LOGISTIC, "X^T (p - y)", "(p_i - y_i) X_ij", "missing-sum"),
    (LOGISTIC, "X^T (p - y)", "1/n X^T (p - y)", "extra-mean"),
    (LOGISTIC, "1/n X^T (p - y)", "X^T (p - y)", "missing-mean"),
    (LOGISTIC, "X^T (p - y)", "X (p - y)", "shape"),
    (LOGISTIC, "X^T (p - y)", "(p - y)^T X", "transpose"),
    (LOGISTIC, "X^T (p - y) + 2 lambda w", "X^T (p - y) + lambda w", "factor:1/2"),
    (LOGISTIC, "X^T (p - y) + 2 lambda w", "X^T (p - y)", "missing-term"),
    (LOGISTIC, "sum_i (y_i log(p_i) + (1-y_i) log(1-p_i))", "sum_i y_i log(p_i)", "missing-term"),
    (GAUSS, "N/2 log(2 pi sigma^2) + sum_i (x_i-mu)^2/(2 sigma^2)",
        "-N/2 log(2 pi sigma^2) + sum_i (x_i-mu)^2/(2 sigma^2)", "sign"),
    (GAUSS, "N/2 log(2 pi sigma^2) + sum_i (x_i-mu)^2/(2 sigma^2)",
        "N/2 log(2 pi sigma) + sum_i (x_i-mu)^2/(2 sigma^2)", "missing-square"),
    (GAUSS, "N/2 log(2 pi sigma^2) + sum_i (x_i-mu)^2/(2 sigma^2)",
        "N/2 log(2 pi sigma^2) + sum_i (x_i-mu)^2/(2 sigma)", "missing-square"),
    (GAUSS, "N/2 log(2 pi sigma^2) + sum_i (x_i-mu)^2/(2 sigma^2)",
        "N/2 log(2 pi sigma^2) + (sum_i (x_i-mu))^2/(2 sigma^2)", "power-of-sum"),
    (GAUSS, "N/2 log(2 pi sigma^2) + sum_i (x_i-mu)^2/(2 sigma^2)",
        "1/2 log(2 pi sigma^2) + sum_i (x_i-mu)^2/(2 sigma^2)", "missing-factor"),
    (GAUSS, "N/sigma - sum_i (x_i-mu)^2/sigma^3", "N/sigma - sum_i (x_i-mu)^2/sigma^2", "exponent"),
    (GAUSS, "N/sigma - sum_i (x_i-mu)^2/sigma^3", "N/sigma + sum_i (x_i-mu)^2/sigma^3", "sign"),
    (GAUSS, "(2 pi sigma^2)^(-N/2) exp(-sum_i (x_i-mu)^2/(2 sigma^2))",
        "(2 pi sigma^2)^(-N/2) (-sum_i (x_i-mu)^2/(2 sigma^2))", "missing-exp"),
    (GAUSS, "log(sum_i exp(x_i))", "sum_i exp(x_i)", "missing-log"),
    (GAUSS, "prod_i exp(-(x_i-mu)^2)", "sum_i exp(-(x_i-mu)^2)", "sum-for-product"),
    (NORM, "dxhat_i/sqrt(v) + 2 (x_i-mu)/m dL/dv + 1/m dL/dmu", "dxhat_i/sqrt(v) + 1/m dL/dmu", "missing-term"),
    (NORM, "dxhat_i/sqrt(v) + 2 (x_i-mu)/m dL/dv + 1/m dL/dmu", "dxhat_i/sqrt(v) + (x_i-mu)/m dL/dv + 1/m dL/dmu",
        "factor:1/2"),
    (NORM, "dxhat_i/sqrt(v) + 2 (x_i-mu)/m dL/dv + 1/m dL/dmu", "dxhat_i/sqrt(v) + 2 (x_i-mu)/m dL/dv + dL/dmu",
        "missing-mean"),
    (NORM, "dxhat_i/sqrt(v) + 2 (x_i-mu)/m dL/dv + 1/m dL/dmu", "dxhat_i/v + 2 (x_i-mu)/m dL/dv + 1/m dL/dmu",
        "missing-root"),
    (NORM, "-1/2 v^(-3/2) sum_i dxhat_i (x_i-mu)", "-1/2 v^(-1/2) sum_i dxhat_i (x_i-mu)", "exponent"),
    (NORM, "-1/2 v^(-3/2) sum_i dxhat_i (x_i-mu)", "-1/2 v^(-3/2) sum_i dxhat_i sum_i (x_i-mu)", "sum-of-products"),
    (RELU, "dA o I(Z > 0)", "dA", "missing-case"),
    (RELU, "dA o I(Z > 0)", "dA o I(Z < 0)", "swapped-cases"),
    (RELU, "I(z > 0) + alpha I(z < 0)", "I(z < 0) + alpha I(z > 0)", "swapped-cases"),
    (RELU, "I(z > 0) + alpha exp(z) I(z < 0)", "I(z > 0) + alpha I(z < 0)", "missing-factor"),
    (MATRIX, "A^T (P - Y)", "A^T (Y - P)", "sign"),
    (MATRIX, "A^T (P - Y)", "(P - Y)^T A", "transpose"),
    (MATRIX, "A^T (P - Y)", "A^T P - Y", "shape"),
    (MATRIX, "(X^T X + lambda I_d)^{-1} X^T y", "(X^T X)^{-1} X^T y", "missing-term"),
    (MATRIX, "(X^T X + lambda I_d)^{-1} X^T y", "(X^T X + lambda I_d) X^T y", "missing-inverse"),
    (MATRIX, "M^{-1} b", "M b", "missing-inverse"),
    (MATRIX, "S b", "S^T b", "swapped-index"),
    (SCALARS, "(a t - b)/c", "(b - a t)/c", "sign"),
    (SCALARS, "(a t - b)/c^2", "(a t - b)/c", "missing-square"),
    (SCALARS, "a t/b", "a t b", "inverted"),
    (SCALARS, "a t - b", "a t - b + 3", "extra-term"),
    (SCALARS, "a t - b", "a t - b + c", "extra-term"),
    (SCALARS, "a exp(t)", "a c exp(t)", "extra-factor"),
    (SCALARS, "a exp(t)", "5 a exp(t)", "factor:5"),
    (SCALARS, "exp(-t)", "exp(t)", "sign"),
    (SCALARS, "1/(1 + exp(-t))", "1/(1 + exp(t))", "sign"),
    (SCALARS, "1/(1 + exp(-t))", "1/exp(-t)", "missing-one"),
    (SCALARS, "sqrt(a^2 + b^2)", "a^2 + b^2", "missing-root"),
    (SCALARS, "sin(t) a", "cos(t) a", "wrong-function"),
    # the smallest act first: what was written just so, before what only has its values
    (SOFTMAX, "y_i (1 - y_i)", "1 - y_i", "missing-factor"),
    (SOFTMAX, "-y_i y_j", "-y_i", "missing-factor"),
    (SOFTMAX, "-y_i y_j", "-y_i (1 - y_j)", "complement"),
    (SOFTMAX, "y_i (1 - y_i)", "y_i - 1", "missing-factor"),
    (SIGNS, "sum_i t_i x_i 1[t_i s_i < 1]", "sum_i x_i 1[t_i s_i < 1]", "missing-factor"),
    (SIGNS, "sum_i x_i (c sign(s_i) if |s_i| > c else s_i)", "sum_i x_i (c if |s_i| > c else s_i)", "missing-factor"),
    (ONE, "|(y - p) theta_j|", "|y - p| theta_j", "missing-abs"),
    # brackets
    (SCALARS, "1/(1 + exp(-t))", "1/1 + exp(-t)", "brackets"),
    (SCALARS, "a/(b + c)", "a/b + c", "brackets"),
    (SCALARS, "a/(b + c)^2", "a/b^2 + c", "brackets"),
    (SCALARS, "(a + b)^2", "a + b^2", "brackets"),
    (SCALARS, "sigmoid(t)", "1/1 + exp(-t)", "brackets"),
    (SCALARS, "log(a + b)", "log(a) + b", "brackets"),
    # one function's slope for another's; a condition on the wrong thing
    (SCALARS, "c tanh(t) (1 - tanh(t))", "c (1 - tanh(t)^2)", "wrong-function"),
    (SCALARS, "1 - tanh(t)^2", "tanh(t) (1 - tanh(t))", "wrong-function"),
    (RELU, "dA o I(Z > 0)", "relu(dA)", "wrong-condition"),
    (RELU, "dA o I(Z > 0)", "dA o I(dA > 0)", "wrong-condition"),
    # upside down, a number for a name, a norm for a vector
    (SCALARS, "a/b", "b", "inverted"),
    (SCALARS, "a/(b + c)", "(b + c)/a", "inverted"),
    (RELU, "1 if z > 0 else alpha exp(z)", "1 if z > 0 else 0.01 exp(z)", "literal"),
    (SCALARS, "a exp(-t)", "0.5 exp(-t)", "literal"),
    (LOGISTIC, "X^T (p - y) + lambda w", "X^T (p - y) + lambda ||w||", "norm-for-vector"),
    # sums and shapes
    (LOGISTIC, "sum_i p_i X_ij - sum_i y_i X_ij", "(p_i - y_i) X_ij", "missing-sum"),
    (LOGISTIC, "sum_i p_i X_ij - sum_i y_i X_ij", "sum_i (p_i - y_i)", "missing-factor"),
    (MATRIX, "(r, s) -> sum_i A_ir P_is", "A_ir P_is", "missing-sum"),
    (MATRIX, "(r, s) -> sum_i A_ir P_is", "sum_i P_is", "missing-factor"),
]  # fmt: skip


def _why(names, truth, written, known=()):
    declared = parse_names(names)
    true, student = read(truth, declared), read(written, declared)
    assert compare(student, true, declared).status == "different"
    return diagnose(student, true, known=[Known(read(a, declared), t, m) for a, t, m in known], forms=forms(true))


@pytest.mark.parametrize(("names", "truth", "written", "tag"), TABLE)
def test_reason(names, truth, written, tag):
    found = _why(names, truth, written)
    assert found is not None
    assert found.tag == tag, found


def _paths(model, target):
    """A derived target, and each of its paths left out: (derivation, truth, student, node)."""
    derivation = derive(model, target)
    paths = next(s.after for s in derivation.lemmas[-1].steps if s.rule == "local derivatives")
    truth = replace(derivation.result, names=derivation.names)
    for k, term in enumerate(paths.body.args):
        student = replace(paths, body=add(*paths.body.args[:k], *paths.body.args[k + 1 :]), names=derivation.names)
        yield derivation, truth, student, next(n for n in names_in(term) if n.startswith("dL/d")).removeprefix("dL/d")


@pytest.mark.parametrize(
    ("model", "target"), [("batch_norm", "dL/dx"), ("batch_norm:eps", "dL/dx"), ("layer_norm", "dL/dx")]
)
def test_the_path_that_is_missing_is_named_by_its_node(model, target):
    for derivation, truth, student, node in _paths(model, target):
        assert compare(student, truth, truth.names).status == "different"
        found = diagnose(student, truth, forms=forms(truth, derivation))
        assert found is not None
        assert found.tag == f"missing-path:{node}"


@pytest.mark.parametrize(("model", "target"), [("batch_norm", "dL/dx"), ("two_layer", "dL/dW1")])
@pytest.mark.long
def test_a_slip_in_an_earlier_result(model, target):
    """The last result with a slip in a lemma that it uses gets a reason, and the reason is true."""
    derivation = derive(model, target)
    truth = replace(derivation.result, names=derivation.names)
    slips = list(carried(derivation))
    wrong = [m for m in slips[:: len(slips) // 6] if compare(m.formula, truth, truth.names).status == "different"]
    assert wrong
    for mutant in wrong[:: max(1, len(wrong) // 2)]:
        found = reason(mutant.formula, truth, forms=forms(truth, derivation), derivation=derivation)
        assert found is not None
        assert found.made is not None, mutant
        assert compare(found.made, found.written, truth.names).status == "equal"


WHERE = [
    # two slips at once: no act explains them, the place is told
    (
        SOFTMAX,
        "y_i (delta_ij - y_j)",
        "y_i delta_ij - 3 y_i^2 delta_ij - y_i y_j (1 - delta_ij)",
        "where:i=j",
        "right where i ≠ j, wrong where i = j",
    ),
    (
        RELU,
        "I(z > 0) + alpha exp(z) I(z < 0)",
        "I(z > 0) + 3 alpha^2 I(z < 0)",
        "where:case",
        "right for z > 0, wrong for z ≤ 0",
    ),
    (ONE, "y log(p) + (1-y) log(1-p)", "y log(p) + 3 (1-y) (1-p)^2", "where:y=1", "right for y = 1, wrong for y = 0"),
    (
        SCALARS,
        "a t^2 + b sin(t) + c",
        "a t^2 + 3 b^2 cos(t) + c",
        "where:term",
        "the other terms are right, the term with cos is not",
    ),
]


@pytest.mark.parametrize(("names", "truth", "written", "tag", "message"), WHERE)
def test_place(names, truth, written, tag, message):
    found = _why(names, truth, written)
    assert (found.tag, found.message) == (tag, message)


def test_nothing_is_said_where_nothing_is_known():
    assert _why(SCALARS, "a t + b", "sin(c)^3") is None


def test_the_problems_own_reason_comes_first():
    found = _why(ONE, "p (1 - p)", "p", known=[("p", "forgot-chain", "The chain rule asks for one more factor.")])
    assert (found.tag, found.message) == ("forgot-chain", "The chain rule asks for one more factor.")


SENTENCES = [
    (ONE, "|(y - p) theta_j|", "|y - p| theta_j", "the bars around theta are missing"),
    (ONE, "|(y - p) theta_j|", "(y - p) |theta_j|", "the bars around y - p are missing"),
    (SOFTMAX, "y_i (1 - y_i)", "y_i - 1", "a factor is missing, and the sign is wrong"),
    (SCALARS, "a exp(-t)", "0.5 exp(-t)", "a number stands where a is asked: the answer is for every value"),
    (LOGISTIC, "X^T (p - y)", "sum_i (p_i - y_i)",
        "a factor is missing: the shape is scalar, which is not the one asked"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "truth", "written", "message"), SENTENCES)
def test_the_sentence_of_a_reason(names, truth, written, message):
    assert _why(names, truth, written).message == message


NATURAL = [
    # what people write to parts of the bank, and the act that it is: the one that a person would name
    ("001/3.1", "1 - y_i", "missing-factor", "a factor is missing"),
    (
        "001/3.1",
        "-y_i(1-y_j)",
        "free-index",
        "the index j is left over: nothing is summed over it, and the question does not ask for it",
    ),
    ("001/3.1", "1 - y_i^2", "wrong-function", "the slope of tanh stands there, which is another function"),
    ("001/3.1", "x_i(1-x_i)", "wrong-name", "x stands everywhere where another name is needed"),
    ("001/3.2", "-x_i x_j", "wrong-name", "x stands everywhere where another name is needed"),
    ("001/3.2", "y_i", "missing-factor", "a factor is missing, and the sign is wrong"),
    ("001/3.2", "-y_i(1-y_j)", "complement", "it is not 1 minus y"),
    ("001/3.3", "y_i(1-y_i)", "only-diagonal", "it is right only where i = j"),
    ("001/3.3", "-y_i y_j", "missing-diagonal", "it is right only where i ≠ j"),
    ("001/3.3", "delta_ij - y_j", "missing-factor", "a factor is missing"),
    ("001/7.4", "y_i - yhat_i", "sign", "the sign is wrong"),
    ("001/7.7b", "delta_1^T delta_0", "missing-factor", "a factor is missing"),
    ("001/5.3b", "1/1+e^{-(w^T x+b)}", "brackets", "brackets are missing: what divides reaches only one term of a sum"),
    ("001/5.3b", "relu(w^T x + b)", "wrong-function", "relu stands where another function is needed"),
    ("000/6a", "(1-y) log p + y log(1-p)", "complement", "p and 1 - p are exchanged"),
    ("000/6b", "|y-p| theta_i", "missing-abs", "the bars around theta are missing"),
    ("000/7", "relu(dA)", "wrong-condition", "the condition is about the wrong quantity: about what it multiplies"),
    (
        "002/4b.lambda",
        "eta^2",
        "inverted",
        "what should divide stands there alone: it is upside down, and a factor is missing",
    ),
    (
        "002/4c",
        "(X^T X + eta^2 I)^-1 X^T y",
        "inverted",
        "what should divide stands there alone: it is upside down, and a factor is missing in the term with eta",
    ),
    ("002/4c", "(X^T X + sigma^2 I)^-1 X^T y", "missing-factor", "a factor is missing in the term with sigma"),
    ("002/4c", "(X^T X + sigma/eta I)^-1 X^T y", "missing-square", "the square is missing in the term with eta"),
    ("002/4c", "(X^T X + I)^-1 X^T y", "missing-factor", "factors are missing in the diagonal term"),
    (
        "002/4c",
        "(X^T X + 0.1 I)^-1 X^T y",
        "literal",
        "a number stands where names are asked: the answer is for every value of theirs",
    ),
    (
        "002/4c",
        "(X^T X + 2 I)^-1 X^T y",
        "literal",
        "a number stands where names are asked: the answer is for every value of theirs",
    ),
    (
        "beyond/ridge_regression.gradient",
        "X^T(Xw-y) + 2 w",
        "literal",
        "a number stands where lambda is asked: the answer is for every value",
    ),
    ("beyond/poisson.gradient", "(mu_i - y_i) x_i", "missing-sum", "the sum over all n is missing"),
    ("beyond/hinge.w", "lambda w - sum_i I(m_i < 1) x_i", "missing-factor", "a factor is missing in the term with m"),
    (
        "beyond/hinge.w",
        "lambda w - sum_i I(m_i < 0) y_i x_i",
        "wrong-threshold",
        "the threshold of a condition is wrong in the term with m",
    ),
    (
        "beyond/hinge.w",
        "lambda w - sum_i max(0, 1 - m_i) y_i x_i",
        "value-for-derivative",
        "the value of the function stands where its slope is needed in the term with m",
    ),
    (
        "beyond/huber.gradient",
        r"sum_i \begin{cases} r_i x_i & |r_i| <= delta \\ delta x_i & else \end{cases}",
        "missing-factor",
        "a factor is missing in case 2",
    ),
    (
        "beyond/huber.gradient",
        r"sum_i \begin{cases} r_i x_i & |r_i| <= delta \\ delta |r_i| x_i & else \end{cases}",
        "wrong-function",
        "abs stands where another function is needed",
    ),
    ("beyond/bernoulli.gradient", "sum_i (y_i - p)", "missing-factor", "factors are missing"),
    (
        "beyond/bernoulli.gradient",
        "sum_i (y_i log p + (1-y_i) log(1-p))",
        "value-for-derivative",
        "that is LL itself, not its derivative",
    ),
    (
        "beyond/gmm.mu",
        "sum_k r_ik (x_i - mu_k)/s_k^2",
        "wrong-sum",
        "the sum runs over another index than the one it should",
    ),
    (
        "beyond/gmm.s",
        "sum_i r_ik (x_i - mu_k)^2/s_k^3 - 1/s_k",
        "brackets",
        "brackets are missing: a sum reaches only one term",
    ),
    (
        "beyond/attention.S",
        "P_ij (dL/dP_ij - sum_k P_kj dL/dP_kj)",
        "wrong-sum",
        "the sum runs over another index than the one it should in the term with P",
    ),
    (
        "002/6d",
        "dL/dxhat_i/sqrt(v) + 2(x_i - mu) ⊙ dL/dv + dL/dmu",
        "missing-mean",
        "the factor 1/m is missing everywhere",
    ),
    (
        "004/Q0.1",
        "n log(2 pi sigma^2) + sum_i (x_i - mu)^2/(2 sigma^2)",
        "factor:2",
        "it is a factor 2 too large in the term with log",
    ),
    (
        "004/Q0.1",
        "n/2 log(sigma^2) + sum_i (x_i - mu)^2/(2 sigma^2)",
        "missing-factor",
        "a factor is missing in the term with log",
    ),
    (
        "004/Q0.2.sigma",
        "1/sigma - sum_i (x_i - mu)^2/sigma^3",
        "missing-factor",
        "a factor is missing in one of the 2 terms",
    ),
    (
        "beyond/layer_norm.gamma",
        "sum_j dL/dy_ij xhat_ij",
        "wrong-sum",
        "the sum runs over another index than the one it should",
    ),
    ("beyond/cosine.gradient", "v/(a b) - s u", "missing-factor", "a factor is missing in the term with s"),
    ("beyond/gaussian_sample.gradient", "sum_i (x_i - mu)", "missing-factor", "a factor is missing"),
    ("beyond/linear_regression.solution", "X^T y", "missing-factor", "a factor is missing"),
]


@pytest.mark.parametrize(("part", "answer", "tag", "message"), NATURAL)
def test_the_natural_act_is_named(part, answer, tag, message):
    found = check(part, answer)
    assert found.status == "wrong"
    assert (found.diagnosis.tag, found.diagnosis.message) == (tag, message)


@pytest.mark.parametrize(("names", "truth", "written", "tag"), TABLE[:20])
def test_the_sentence_does_not_hold_the_answer(names, truth, written, tag):
    found = _why(names, truth, written)
    assert truth not in found.message
    assert "should be" not in found.message


def test_every_row_of_the_table_has_a_formula_for_a_docstring():
    assert len(ROWS) >= 20
    for name, row in ROWS.items():
        assert row.__doc__, name
        assert "→" in row.__doc__ or "↔" in row.__doc__, name


def test_a_formula_is_never_its_own_mutant():
    for names, truth, _, _ in TABLE:
        formula = read(truth, parse_names(names))
        assert all(m.formula.body != formula.body for m in mutants(formula))


def test_reasons_do_not_depend_on_what_was_asked_before():
    names = parse_names(SCALARS)
    pairs = [
        ("a t - b + c", "a t + b + c"),
        ("c - b + a t", "c + b + a t"),
        ("a t - b + c", "a t - b"),
        ("(a t - b)/c", "(b - a t)/c"),
    ]

    def reasons(order, declared):
        return {k: diagnose(read(pairs[k][1], declared), read(pairs[k][0], declared)) for k in order}

    forwards, backwards = reasons([0, 1, 2, 3], names), reasons([3, 2, 1, 0], parse_names(SCALARS))
    assert forwards == backwards == reasons([2, 0, 3, 1], names)


def test_a_reason_names_nothing_that_was_not_written():
    """The truth of 000/6a is asked in terms of p: nobody who writes p hears of the sigmoid behind it."""
    found = check("000/6a", "y log p + (1-y) log p").diagnosis
    assert found is not None
    assert found.tag == "complement", found
