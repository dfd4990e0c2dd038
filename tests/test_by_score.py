"""Gradients of means by the score of their law, and with the variable as a function of one without parameters."""

from __future__ import annotations

import numpy as np
import pytest

from checker import compare
from derivations import gradient
from derivations.calculus import NoDerivative
from derivations.model import ModelError
from derivations.notation import write

NUMBER = "m: real; s: positive; a: positive; b: real; c: positive; f: function"
VECTOR = (
    "mu: real[d]; sigma: positive[d]; P: posdef[d]; A: real[d,k]; g: function real[d] -> real; W: real[d]; S: real[d]; "
    "v: positive; R: function; X: real[n,d]; i: index[n]"
)
POLICY = "theta: real[K]; R: real[K]; b: real; W: real[K,d]; x: real[d]"

# formula, by what, names, the step with the score, right answers, near misses
BY_SCORE = [
    (
        "E_{z ~ N(m, s^2)}[f(z)]",
        "m",
        NUMBER,
        "E_{z ~ N(m, s^2)}[f(z) dlog(N(z; m, s^2))/dm]",
        [
            "E_{z ~ N(m, s^2)}[f(z) (z - m)/s^2]",
            "E_{x ~ N(m, s^2)}[(f(x) - b) (x - m)]/s^2",
            "E_{z ~ N(m, s^2)}[f(z) d/dm log N(z; m, s^2)]",
            "1/s E_{e ~ N(0, 1)}[e f(m + s e)]",
        ],
        ["E_{z ~ N(m, s^2)}[f(z) (z - m)/s]", "E_{z ~ N(m, s^2)}[f(z) (m - z)/s^2]", "E_{z ~ N(m, s^2)}[f(z)]/s^2"],
    ),
    (
        "E_{z ~ N(m, s^2)}[f(z)]",
        "s",
        NUMBER,
        "E_{z ~ N(m, s^2)}[f(z) dlog(N(z; m, s^2))/ds]",
        [
            "E_{z ~ N(m, s^2)}[f(z) ((z - m)^2/s^3 - 1/s)]",
            "1/s E_{z ~ N(m, s^2)}[f(z) ((z - m)^2/s^2 - 1)]",
            "E_{z ~ N(m, s^2)}[f(z) d/ds log N(z; m, s^2)]",
        ],
        [
            "E_{z ~ N(m, s^2)}[f(z) (z - m)^2/s^3]",
            "E_{z ~ N(m, s^2)}[f(z) ((z - m)^2/s^3 + 1/s)]",
            "E_{z ~ N(m, s^2)}[f(z) ((z - m)^2/s^2 - 1)]",
        ],
    ),
    (
        "E_{z ~ Gamma(a, c)}[f(z)]",
        "a",
        NUMBER,
        "E_{z ~ Gamma(a, c)}[f(z) dlog(Gamma(z; a, c))/da]",
        [
            "E_{z ~ Gamma(a, c)}[f(z) (log c + log z - digamma(a))]",
            "E_{z ~ Gamma(a, c)}[f(z) (log(c z) - digamma(a))]",
            "E_{z ~ Gamma(a, c)}[f(z) d/da log Gamma(z; a, c)]",
        ],
        [
            "E_{z ~ Gamma(a, c)}[f(z) (log z - digamma(a))]",
            "E_{z ~ Gamma(a, c)}[f(z) (log c + log z)]",
            "E_{z ~ Gamma(a, c)}[f(z) (a/c - z)]",
        ],
    ),
    (
        "E_{z ~ N(m, s^2)}[f(m z)] + m^2",
        "m",
        NUMBER,
        "2 m + E_{t ~ N(m, s^2)}[f(m t) dlog(N(t; m, s^2))/dm] + E_{t ~ N(m, s^2)}[t f'(m t)]",
        [
            "2 m + E_{z ~ N(m, s^2)}[f(m z) (z - m)/s^2 + z f'(m z)]",
            "2 m + E_{z ~ N(m, s^2)}[f(m z) (z - m)]/s^2 + E_{z ~ N(m, s^2)}[z f'(m z)]",
            "E_{z ~ N(m, s^2)}[f(m z) (z - m)/s^2 + z f'(m z)] + 2 m",
        ],
        [
            "2 m + E_{z ~ N(m, s^2)}[f(m z) (z - m)/s^2]",
            "2 m + E_{z ~ N(m, s^2)}[f(m z) (z - m)/s^2 + m f'(m z)]",
            "m + E_{z ~ N(m, s^2)}[f(m z) (z - m)/s^2 + z f'(m z)]",
        ],
    ),
    (
        "E_{z ~ N(mu, diag(sigma^2))}[g(z)]",
        "mu",
        VECTOR,
        "E_{z ~ N(mu, diag(sigma .* sigma))}[g(z) dlog(N(z; mu, diag(sigma .* sigma)))/dmu_j]",
        [
            "E_{z ~ N(mu, diag(sigma^2))}[g(z) (z - mu)/sigma^{.*2}]",
            "E_{z ~ N(mu, diag(sigma^2))}[g(z) (z - mu)]/(sigma .* sigma)",
            "E_{e ~ N(0, I_d)}[g(mu + sigma .* e) e]/sigma",
        ],
        [
            "E_{z ~ N(mu, diag(sigma^2))}[g(z) (z - mu)/sigma]",
            "E_{z ~ N(mu, diag(sigma^2))}[g(z) (mu - z)/sigma^{.*2}]",
            "E_{z ~ N(mu, diag(sigma^2))}[g(z) z/sigma^{.*2}]",
        ],
    ),
    (
        "E_{z ~ N(mu, P)}[g(z)]",
        "mu",
        VECTOR,
        "E_{z ~ N(mu, P)}[g(z) dlog(N(z; mu, P))/dmu_j]",
        [
            "E_{z ~ N(mu, P)}[g(z) P^-1 (z - mu)]",
            "P^-1 E_{z ~ N(mu, P)}[g(z) (z - mu)]",
            "E_{z ~ N(mu, P)}[P^-1 (z - mu) g(z)]",
        ],
        [
            "E_{z ~ N(mu, P)}[g(z) P (z - mu)]",
            "E_{z ~ N(mu, P)}[g(z) (z - mu)]",
            "E_{z ~ N(mu, P)}[g(z) P^-1 (mu - z)]",
        ],
    ),
    (
        "sum_i E_{y ~ N(W^T X_i, v)}[R(y)]",
        "W",
        VECTOR,
        "sum_{i=1}^n E_{t ~ N(sum_l W_l X_{il}, v)}[R(t) dlog(N(t; sum_r W_r X_{ir}, v))/dW_j]",
        [
            "sum_i E_{y ~ N(W^T X_i, v)}[R(y) (y - W^T X_i)/v] X_i",
            "1/v sum_i X_i E_{y ~ N(W^T X_i, v)}[R(y) (y - W^T X_i)]",
            "sum_i E_{y ~ N(W^T X_i, v)}[R(y) (y - X_i^T W)] X_i/v",
        ],
        [
            "sum_i E_{y ~ N(W^T X_i, v)}[R(y) (y - W^T X_i)/v^2] X_i",
            "sum_i E_{y ~ N(W^T X_i, v)}[R(y) y/v] X_i",
            "sum_i E_{y ~ N(W^T X_i, v)}[R(y) (y - W^T X_i)] X_i",
        ],
    ),
    (
        "E_{k ~ softmax(theta)}[R_k - b]",
        "theta",
        POLICY,
        "E_{k ~ softmax(theta)}[(R_k - b) dlog(softmax(theta)_k)/dtheta_i]",
        [
            "softmax(theta) .* (R - R^T softmax(theta))",
            r"E_{k ~ softmax(theta)}[R_k \nabla_\theta log softmax(theta)_k]",
            "E_{k ~ softmax(theta)}[(R_k - b) (onehot(k) - softmax(theta))]",
        ],
        [
            "softmax(theta) .* (R - b)",
            "E_{k ~ softmax(theta)}[R_k (onehot(k) + softmax(theta))]",
            "softmax(theta) .* (R - sum_k R_k)",
        ],
    ),
]


@pytest.mark.parametrize(
    ("formula", "by", "names", "step", "right", "wrong"), BY_SCORE, ids=[f"{r[0]} by {r[1]}" for r in BY_SCORE]
)
def test_the_score_is_a_step(formula: str, by: str, names: str, step: str, right: list[str], wrong: list[str]):
    found = gradient(formula, by, names, by="score")
    first, second, *_ = found.lemmas[-1].steps
    assert (first.rule, second.rule) == ("score function", "insert the score")
    assert all(s.checked for s in found.lemmas[-1].steps)
    assert write(first.after, "ascii").rpartition(" -> ")[2] == step
    assert r"\partial \log" in found.latex()
    for answer in right:
        verdict = compare(answer, found.result, found.names)
        assert (verdict.status, verdict.evidence.strength) == ("equal", "proved"), answer
    for answer in wrong:
        assert compare(answer, found.result, found.names).status in ("undecided", "different"), answer


@pytest.mark.parametrize(
    ("formula", "by", "names"), [r[:3] for r in BY_SCORE], ids=[f"{r[0]} by {r[1]}" for r in BY_SCORE]
)
def test_what_is_written_reads_back(formula: str, by: str, names: str):
    found = gradient(formula, by, names, by="score")
    for dressing in ("ascii", "unicode", "latex"):
        verdict = compare(write(found.result, dressing), found.result, found.names)
        assert (verdict.status, verdict.evidence.strength) == ("equal", "proved"), write(found.result, dressing)


REFUSED = [
    ("m^2", "m", NUMBER, "no mean"),
    ("E_{z ~ N(m, s^2)}[z^2]", "m", NUMBER, "closed form"),
    ("E_{z ~ N(m, s^2)}[f(z)]", "a", NUMBER, "no law in F depends on a"),
    ("E_{z ~ N(m, s^2)}[f(a z)]", "a", NUMBER, "no law in F depends on a"),
    ("E_{z ~ N(m, s^2)}[E_{y ~ N(z, 1)}[f(y)]]", "m", NUMBER, "drawn too"),
    ("E_{u ~ Uniform(0, a)}[f(u)]", "a", NUMBER, "closed form"),
]


@pytest.mark.parametrize(("formula", "by", "names", "words"), REFUSED, ids=[f"{r[0]} by {r[1]}" for r in REFUSED])
def test_where_there_is_no_score_that_is_said(formula: str, by: str, names: str, words: str):
    with pytest.raises((NoDerivative, ModelError), match=words):
        gradient(formula, by, names, by="score")


def test_more_than_the_gradient_is_not_asked_so():
    with pytest.raises(ValueError, match="the gradient alone"):
        gradient("E_{z ~ N(m, s^2)}[f(z)]", "m", NUMBER, by="score", hessian=True)
    with pytest.raises(ValueError, match="score or its reparameterisation"):
        gradient("E_{z ~ N(m, s^2)}[f(z)]", "m", NUMBER, by="hand")
    with pytest.raises(NoDerivative, match="needs no reparameterisation"):
        gradient("m^2", "m", NUMBER, by="reparameterisation")


def test_a_sum_over_what_is_drawn_has_code_like_differences():
    found = gradient("E_{k ~ softmax(W x)}[R_k - b]", "W", POLICY, by="score")
    step, draw = found.numpy(), np.random.default_rng(0)
    for _ in range(6):
        classes, d = (int(n) for n in draw.integers(1, 7, 2))
        w, x, r = draw.normal(size=(classes, d)), draw.normal(size=d), draw.normal(size=classes)

        def value(w, x=x, r=r):
            p = np.exp(w @ x - np.max(w @ x))
            return p @ r / p.sum()

        expected = np.zeros_like(w)
        for place in np.ndindex(*w.shape):
            h = np.zeros_like(w)
            h[place] = 1e-6
            expected[place] = (value(w + h) - value(w - h)) / 2e-6
        np.testing.assert_allclose(step(W=w, x=x, R=r), expected, atol=1e-7)
