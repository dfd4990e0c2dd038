"""Means without a closed form: kept, differentiated, written and read, judged by proof or left open."""

from __future__ import annotations

import pytest

from checker import compare
from checker.proving import prove
from derivations import gradient
from derivations.emit import CannotEmit
from derivations.notation import ReadError, read, write

NUMBER = "m: real; s: positive; a: positive; b: real; c: positive; f: function"
JOINT = "mu: real[d]; P: posdef[d]; A: real[d,k]; g: function real[d] -> real; w: real[d]"
VECTOR = (
    "mu: real[d]; sigma: positive[d]; x: real[n]; h: function (real[d]; real[p]) -> real[n]; theta: real[p]; "
    "v: positive; g: function real[d] -> real; j: index[d]; W: real[d]; S: real[d]; R: function; b: real"
)

WRITTEN = [
    (NUMBER, "E_{z ~ N(m, s^2)}[tanh(z)]", "E_{epsilon ~ N(0, 1)}[tanh(epsilon s + m)]"),
    (NUMBER, "E_{z ~ N(m, s^2)}[f(z) + z^2]", "m^2 + s^2 + E_{epsilon ~ N(0, 1)}[f(epsilon s + m)]"),
    (NUMBER, "E_{z ~ N(m, s^2)}[(f(z) - b) (z - m)]", "s E_{epsilon ~ N(0, 1)}[epsilon f(epsilon s + m)]"),
    (NUMBER, "E_{u ~ Uniform(0, a)}[log(1 + u^2)]", "E_{u ~ Uniform(0, 1)}[log(a^2 u^2 + 1)]"),
    (NUMBER, "E_{z ~ Exponential(a)}[f(z)]", "E_{u ~ Uniform(0, 1)}[f(-log(u)/a)]"),
    (VECTOR, "E_{z ~ N(mu, diag(sigma^2))}[g(z)]", "E_{epsilon ~ N(0, I_d)}[g(mu + (epsilon .* sigma))]"),
    (NUMBER, "E_{z ~ N(0, 1)}[f(z) E_{y ~ N(0, 1)}[f(z y)]]", None),
]


@pytest.mark.parametrize(("names", "text", "form"), WRITTEN, ids=[row[1] for row in WRITTEN])
def test_a_mean_without_a_closed_form_is_kept_and_reads_back(names: str, text: str, form: str | None):
    found = read(text, names)
    if form is not None:
        assert write(found, "ascii") == form
    for dressing in ("ascii", "unicode", "latex"):
        verdict = compare(write(found, dressing), text, names)
        assert (verdict.status, verdict.evidence.strength) == ("equal", "proved"), write(found, dressing)


# formula, by what, names, right answers, near misses
DERIVED = [
    (
        "E_{z ~ N(m, s^2)}[f(z)]",
        "m",
        NUMBER,
        [
            "E_{e ~ N(0, 1)}[f'(m + s e)]",
            "E_{z ~ N(m, s^2)}[f'(z)]",
            "E_{z ~ N(m, s^2)}[f(z)]*0 + E_{y ~ N(m, s^2)}[f'(y)]",
        ],
        ["E_{e ~ N(0, 1)}[f'(m + e)]", "s E_{e ~ N(0, 1)}[f'(m + s e)]", "f'(m)"],
    ),
    (
        "E_{z ~ N(m, s^2)}[tanh(z)]",
        "s",
        NUMBER,
        [
            "E_{e ~ N(0, 1)}[e (1 - tanh(m + s e)^2)]",
            "-E_{e ~ N(0, 1)}[e tanh(m + s e)^2]",
            "E_{z ~ N(m, s^2)}[(z - m)/s (1 - tanh(z)^2)]",
        ],
        [
            "E_{e ~ N(0, 1)}[1 - tanh(m + s e)^2]",
            "E_{e ~ N(0, 1)}[e (1 - tanh(m + s e))]",
            "E_{e ~ N(0, 1)}[e tanh(m + s e)^2]",
        ],
    ),
    (
        "E_{a ~ N(W^T S, v)}[R(a) - b]",
        "W",
        VECTOR,
        [
            "E_{a ~ N(W^T S, v)}[R'(a)] S",
            "S E_{e ~ N(0, 1)}[R'(W^T S + sqrt(v) e)]",
            "S E_{e ~ N(0, 1)}[R'(sum_j W_j S_j + sqrt(v) e)]",
        ],
        ["E_{a ~ N(W^T S, v)}[R'(a)] W", "E_{a ~ N(W^T S, v)}[R'(a) - b] S", "2 E_{a ~ N(W^T S, v)}[R'(a)] S"],
    ),
    (
        "E_{z ~ N(mu, diag(sigma^2))}[-1/(2 v) ||x - h(z; theta)||^2] - KL(N(mu, diag(sigma^2)) || N(0, I))",
        "theta",
        VECTOR,
        [
            r"1/v E_{z ~ N(mu, diag(sigma^2))}[(\nabla_\theta h(z; theta))^T (x - h(z; theta))]",
            r"E_{e ~ N(0, I_d)}[(\nabla_\theta h(mu + sigma .* e; theta))^T (x - h(mu + sigma .* e; theta))]/v",
            r"-1/v E_{z ~ N(mu, diag(sigma^2))}[(\nabla_\theta h(z; theta))^T (h(z; theta) - x)]",
        ],
        [
            r"E_{z ~ N(mu, diag(sigma^2))}[(\nabla_\theta h(z; theta))^T (x - h(z; theta))]",
            r"1/v E_{z ~ N(mu, diag(sigma^2))}[(\nabla_\theta h(z; theta))^T (x + h(z; theta))]",
            r"1/v (\nabla_\theta h(mu; theta))^T (x - h(mu; theta))",
        ],
    ),
    (
        "E_{z ~ N(mu, A A^T)}[g(z)]",
        "A",
        JOINT,
        [
            r"E_{e ~ N(0, I_k)}[(\partial_1 g(mu + A e)) e^T]",
            r"E_{u ~ N(0, I_k)}[(\partial_1 g(A u + mu)) u^T]",
            r"E_{e ~ N(0, I_k)}[2 (\partial_1 g(mu + A e)) e^T]/2",
        ],
        [
            r"E_{e ~ N(0, I_k)}[(\partial_1 g(mu + A e)) (A e)^T A]",
            r"2 E_{e ~ N(0, I_k)}[(\partial_1 g(mu + A e)) e^T]",
            r"E_{e ~ N(0, I_k)}[(\partial_1 g(A e)) e^T]",
        ],
    ),
    (
        "E_{z ~ N(mu, P)}[tanh(w^T z)]",
        "mu",
        JOINT,
        [
            "w E_{e ~ N(0, I_d)}[1 - tanh(w^T (mu + chol(P) e))^2]",
            "E_{z ~ N(mu, P)}[1 - tanh(w^T z)^2] w",
            "w - w E_{z ~ N(mu, P)}[tanh(w^T z)^2]",
        ],
        [
            "w E_{e ~ N(0, I_d)}[1 - tanh(w^T (mu + P e))^2]",
            "mu E_{z ~ N(mu, P)}[1 - tanh(w^T z)^2]",
            "w E_{z ~ N(mu, P)}[tanh(w^T z)^2]",
        ],
    ),
]


@pytest.mark.parametrize(
    ("formula", "by", "names", "right", "wrong"), DERIVED, ids=[f"{r[0]} by {r[1]}" for r in DERIVED]
)
def test_the_derivative_goes_under_the_mean(formula: str, by: str, names: str, right: list[str], wrong: list[str]):
    found = gradient(formula, by, names)
    assert any("reparameterised" in step.why for lemma in found.lemmas for step in lemma.steps)
    for answer in right:
        verdict = compare(answer, found.result, found.names)
        assert (verdict.status, verdict.evidence.strength) == ("equal", "proved"), answer
    for answer in wrong:
        assert compare(answer, found.result, found.names).status in ("undecided", "different"), answer


SCORES = [
    (NUMBER, r"d/dm E_{z ~ N(m, s^2)}[f(z)]", "E_{z ~ N(m, s^2)}[f(z) (z - m)/s^2]"),
    (NUMBER, r"d/dm E_{z ~ N(m, s^2)}[f(z)]", "E_{z ~ N(m, s^2)}[(f(z) - b) (z - m)/s^2]"),
    (NUMBER, r"d/dm E_{z ~ N(m, s^2)}[f(z)]", "E_{z ~ N(m, s^2)}[f(z) d/dm log N(z; m, s^2)]"),
    (NUMBER, r"d/da E_{z ~ Exponential(a)}[f(z)]", "E_{z ~ Exponential(a)}[f(z) (1/a - z)]"),
    (NUMBER, r"d/da E_{z ~ Gamma(a, c)}[f(z)]", "E_{z ~ Gamma(a, c)}[f(z) (log c - digamma(a) + log z)]"),
    (VECTOR, r"\nabla_W E_{a ~ N(W^T S, v)}[R(a)]", "E_{a ~ N(W^T S, v)}[(R(a) - b) (a - W^T S)/v S]"),
    (
        VECTOR,
        r"\nabla_\mu E_{z ~ N(mu, diag(sigma^2))}[g(z)]",
        "E_{z ~ N(mu, diag(sigma^2))}[g(z) ((z-mu)/sigma^{.*2})]",
    ),
]


@pytest.mark.parametrize(("names", "left", "right"), SCORES, ids=[f"{row[1]} = {row[2]}" for row in SCORES])
def test_the_score_function_gradient_is_proved(names: str, left: str, right: str):
    verdict = prove(f"{left} = {right}", names=names).verdict
    assert (verdict.status, verdict.evidence.strength) == ("equal", "proved")
    assert any("score" in finding.message for finding in verdict.findings)
    assert prove(f"{left} = 2 {right}", names=names).status == "undecided"


def test_what_holds_for_the_normal_law_alone_is_left_open():
    verdict = compare("E_{e ~ N(0, 1)}[e f(e)]", "E_{e ~ N(0, 1)}[f'(e)]", NUMBER)
    assert verdict.status == "undecided"
    assert any(f.tag == "mean" for f in verdict.findings)


# names, truth, answers that agree in balls, that differ
BY_QUADRATURE = [
    (
        "m: real",
        "E_{e ~ N(0, 1)}[1 - tanh(m + e)^2]",
        [
            "E_{e ~ N(0, 1)}[e tanh(m + e)]",
            "E_{z ~ N(m, 1)}[(z - m) tanh(z)]",
            "2 E_{e ~ N(0, 1)}[e tanh(m + e)] - E_{e ~ N(0, 1)}[e tanh(e - m)]",
        ],
        ["E_{e ~ N(0, 1)}[tanh(m + e)]", "E_{z ~ N(m, 1)}[z tanh(z)]", "E_{e ~ N(0, 1)}[e tanh(2 m + e)]"],
    ),
    pytest.param(
        "",
        "E_{u ~ Uniform(0, 1)}[log(1 + u^2)]",
        [
            "log 2 - 2 + pi/2",
            "E_{u ~ Uniform(0, 1)}[log(1 + (1 - u)^2)]",
            "log 2 - 2 E_{u ~ Uniform(0, 1)}[1 - 1/(1 + u^2)]",
        ],
        ["log 2 - 2 + pi/3", "E_{u ~ Uniform(0, 1)}[log(2 + u^2)]", "2 log 2 - 1"],
        marks=pytest.mark.long,
    ),
    pytest.param(
        "W: real[2]; S: real[2]",
        "E_{y ~ N(W^T S, 1)}[1 - tanh(y)^2] S",
        [
            "E_{y ~ N(W^T S, 1)}[(y - W^T S) tanh(y)] S",
            "S E_{e ~ N(0, 1)}[e tanh(W^T S + e)]",
            "S - S E_{e ~ N(0, 1)}[tanh(W^T S - e)^2]",
        ],
        ["E_{y ~ N(W^T S, 1)}[1 - tanh(y)^2] W", "E_{y ~ N(W^T S, 1)}[y tanh(y)] S", "S (1 - tanh(W^T S)^2)"],
        marks=pytest.mark.long,
    ),
]


@pytest.mark.parametrize(("names", "truth", "right", "wrong"), BY_QUADRATURE)
def test_what_is_not_proved_is_judged_by_quadrature(names: str, truth: str, right: list[str], wrong: list[str]):
    for answer in right:
        verdict = compare(answer, truth, names)
        assert (verdict.status, verdict.evidence.strength) == ("equal", "agrees"), answer
        assert any("no proof" in f.message for f in verdict.findings)
    for answer in wrong:
        verdict = compare(answer, truth, names)
        assert verdict.status == "different", answer
        assert verdict.evidence.counterexample is not None
        assert verdict.evidence.counterexample.student != verdict.evidence.counterexample.truth


def test_where_the_means_cancel_the_rest_is_judged():
    mean = "E_{z ~ N(m, 1)}[tanh(z)]"
    assert compare(f"{mean} + 1", mean, NUMBER).status == "different"
    assert compare(f"{mean} + b - m", f"{mean} - m + b", NUMBER).status == "equal"
    assert compare(f"{mean} + b", f"{mean} - b", NUMBER).status == "different"


REFUSED = ["1/z", "log z", "exp(z^2)", "relu(z) z", "1[z^2 > b]", "|z| f(z)", "(f(z) if z > 0 else 0)", "1/Phi(z)"]


@pytest.mark.parametrize("body", REFUSED)
def test_what_has_no_mean_or_jumps_is_refused(body: str):
    with pytest.raises(ReadError, match=r"no closed form|not known|linear"):
        read(f"E_{{z ~ N(m, s^2)}}[{body}]", NUMBER)


def test_a_kept_mean_has_no_code():
    with pytest.raises(CannotEmit, match="no closed form"):
        gradient("E_{z ~ N(m, s^2)}[f(z)]", "m", NUMBER).source()
    with pytest.raises(CannotEmit, match="no closed form"):
        gradient("E_{z ~ N(m, s^2)}[tanh(z)]", "m", NUMBER).numpy()
