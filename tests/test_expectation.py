"""Random variables: means, variances, divergences, entropies and densities in closed form, each a second way."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from checker import compare
from checker.commands.valuing import value_at
from checker.proving import prove
from derivations import gradient
from derivations.domains import NamesError, parse_names
from derivations.laws.table import LAWS
from derivations.notation import ReadError, read, readings, write

NAMES = (
    "mu: real; a: real; b: real; s: positive; u: positive; q: probability; f: probability; lam: positive;"
    "p: simplex[K];"
    "r: simplex[K]; R: real[K]; theta: real[K]; m: real[d]; w: real[d]; S: posdef[d]; Q: posdef[d]; A: real[d,d];"
    "t: positive[d]; g: mask[d]; X: real[n,d]; y: real[n]; x: real[n]; P: real[n,d]; Y: onehot[K]; c: integer; N: size;"
    "alpha: positive[K]; i: index[n]; k: index[K]"
)

CLOSED = [
    # --------------------------------------------------- how a mean is written
    (r"\mathbb{E}_{z \sim \mathcal{N}(\mu, s^2)}\left[ z^2 \right]", "mu^2 + s^2"),
    ("E_{z ~ N(mu, s^2)}[(z - a)^2]", "s^2 + (mu - a)^2"),
    ("E_{z ∼ N(mu, s^2)}(z)", "mu"),
    (r"\operatorname{Var}_{z \sim N(\mu, s^2)}[a z + b]", "a^2 s^2"),
    (r"\mathbb{V}_{z \sim N(\mu, s^2)}[z]", "s^2"),
    ("Cov_{z ~ N(mu, s^2)}[z, 2 z + 1]", "2 s^2"),
    ("E_{z, v ~ N(mu, s^2)}[(z - v)^2]", "2 s^2"),
    ("E_{z ~ N(mu, s^2), v ~ N(z, 1)}[v^2]", "mu^2 + s^2 + 1"),
    ("E_{z ~ N(mu, s^2)}[E_{v ~ N(z, 1)}[v^2]]", "mu^2 + s^2 + 1"),
    (r"\mathbb{E}_{z ~ \mathcal N(\mu, s^2)}[\frac{z}{2}]", "mu/2"),
    # --------------------------------------------------- normal laws
    ("E_{z ~ N(mu, s^2)}[z^4]", "mu^4 + 6 mu^2 s^2 + 3 s^4"),
    ("E_{z ~ N(mu, s^2)}[exp(a z)]", "exp(a mu + a^2 s^2/2)"),
    ("E_{z ~ N(mu, s^2)}[z exp(a z)]", "(mu + a s^2) exp(a mu + a^2 s^2/2)"),
    ("E_{z ~ N(m, S)}[z z^T]", "S + m m^T"),
    ("E_{z ~ N(m, S)}[z^T A z]", "m^T A m + tr(A S)"),
    ("E_{z ~ N(m, S)}[(b + w^T z)^2]", "(b + w^T m)^2 + w^T S w"),
    ("E_{z ~ N(m, S)}[exp(w^T z)]", "exp(w^T m + 1/2 w^T S w)"),
    ("E_{z ~ N(m, S)}[z z^T z]", "2 S m + tr(S) m + (m^T m) m"),
    ("Var_{z ~ N(m, S)}[w^T z]", "w^T S w"),
    ("Var_{z ~ N(m, S)}[A z]", "A S A^T"),
    ("Cov_{z ~ N(m, S)}[z, A z]", "S A^T"),
    ("E_{z ~ N(m, diag(t^2))}[||z||^2]", "||m||^2 + ||t||^2"),
    ("E_{z ~ N(m, t^2)}[||z||^2]", "||m||^2 + ||t||^2"),
    (r"\mathbb{E}_{\epsilon \sim \mathcal{N}(0, I)}[\|y - P(m + t \odot \epsilon)\|^2]",
     "||y - P m||^2 + sum_i sum_j P_ij^2 t_j^2"),
    ("E_{z ~ N(0, s^2)}[|z|]", "s sqrt(2/pi)"),
    ("E_{z ~ N(mu, s^2)}[1[z > a]]", "1/2 (1 + erf((mu - a)/(s sqrt(2))))"),
    ("E_{z ~ N(mu, s^2)}[relu(z)]", "mu/2 (1 + erf(mu/(s sqrt(2)))) + s/sqrt(2 pi) exp(-mu^2/(2 s^2))"),
    ("E_{z ~ N(mu, s^2)}[max(z, a)]", "a + E_{z ~ N(mu, s^2)}[relu(z - a)]"),
    ("E_{z ~ N(mu, u)}[erf(z)]", "erf(mu/sqrt(1 + 2 u))"),
    # --------------------------------------------------- other families
    ("E_{z ~ Bernoulli(q)}[z^2]", "q"),
    ("Var_{z ~ Bernoulli(q)}[z]", "q (1 - q)"),
    ("E_{z ~ Bernoulli(q)}[sigmoid(a z)]", "q sigmoid(a) + (1 - q)/2"),
    ("E_{z ~ Bernoulli(q)}[-z log f - (1-z) log(1-f)]", "-q log f - (1-q) log(1-f)"),
    ("E_{g ~ Bernoulli(q)}[||y - X (g .* w)||^2]", "||y - q X w||^2 + q (1-q) sum_i sum_j X_ij^2 w_j^2"),
    ("Var_{z ~ Binomial(N, q)}[z]", "N q (1 - q)"),
    ("E_{z ~ Poisson(lam)}[z^2]", "lam + lam^2"),
    ("E_{z ~ Poisson(lam)}[exp(a z)]", "exp(lam (e^a - 1))"),
    ("Var_{z ~ Geometric(q)}[z]", "(1 - q)/q^2"),
    ("E_{z ~ Exp(lam)}[z^3]", "6/lam^3"),
    ("E_{z ~ Gamma(s, lam)}[z^2]", "s (s + 1)/lam^2"),
    ("E_{z ~ Gamma(s, lam)}[log z]", "digamma(s) - log lam"),
    ("E_{z ~ Beta(s, u)}[z]", "s/(s + u)"),
    ("Var_{z ~ Beta(s, u)}[z]", "s u/((s + u)^2 (s + u + 1))"),
    ("E_{z ~ Beta(s, u)}[log(1 - z)]", "digamma(u) - digamma(s + u)"),
    ("Var_{z ~ Uniform(a, b)}[z]", "(b - a)^2/12"),
    ("Var_{z ~ Laplace(mu, s)}[z]", "2 s^2"),
    ("E_{z ~ Dirichlet(alpha)}[z]", "alpha/sum_k alpha_k"),
    ("Cov_{z ~ Dirichlet(alpha)}[z_1, z_2]", "-alpha_1 alpha_2/((sum_k alpha_k)^2 (1 + sum_k alpha_k))"),
    # --------------------------------------------------- indices that are drawn
    ("E_{o ~ p}[R_o]", "p^T R"),
    (r"\mathbb{E}_{o \sim \operatorname{softmax}(\theta)}[R_o - b]", "softmax(theta)^T R - b"),
    ("E_{o ~ Categorical(p)}[R_o^2]", "sum_k p_k R_k^2"),
    ("Var_{o ~ p}[R_o]", "sum_k p_k R_k^2 - (p^T R)^2"),
    ("E_{o ~ (1 - f) p + f/K}[R_o]", "(1 - f) p^T R + f/K sum_k R_k"),
    ("E_{Y ~ p}[-sum_k Y_k log r_k]", "-p^T log(r)"),
    (r"E_{o ~ softmax(theta)}[R_o \nabla_\theta \log softmax(theta)_o]",
     "softmax(theta) .* (R - R^T softmax(theta))"),
    (r"E_{o ~ softmax(theta)}[\nabla_\theta \log softmax(theta)_o]", "k -> 0 theta_k"),
    ("E_{o ~ Uniform(n)}[(y_o - w^T X_o) X_o]", "1/n X^T (y - X w)"), ("E_{o ~ Unif([n])}[y_o]", "mean(y)"),
    # --------------------------------------------------- entries that are drawn apart
    ("E_{x_i ~ N(mu, s^2)}[(mean(x) - mu)^2]", "s^2/n"),
    (r"\operatorname{Var}_{x \sim \mathcal{N}(\mu, s^2)}[\bar x]", "s^2/n"),
    ("E_{y_i ~ N(w^T X_i, s^2)}[||y - X m||^2]", "||X w - X m||^2 + n s^2"),
    ("E_{y ~ N(X w, s^2 I)}[||(X^T X + lam I)^-1 X^T y - w||^2]",
     "||((X^T X + lam I)^-1 X^T X - I) w||^2 + s^2 tr((X^T X + lam I)^-2 X^T X)"),
    # --------------------------------------------------- Fisher information
    ("E_{c ~ Bernoulli(q)}[(d/dq log Bernoulli(c; q))^2]", "1/(q (1 - q))"),
    ("E_{c ~ Poisson(lam)}[(d/dlam log Poisson(c; lam))^2]", "1/lam"),
    (r"E_{z ~ N(mu, s^2)}[(\frac{\partial}{\partial \mu} \log N(z; \mu, s^2))^2]", "1/s^2"),
    (r"E_{z ~ N(mu, s^2)}[(\frac{\partial}{\partial s} \log N(z; \mu, s^2))^2]", "2/s^2"),
    ("E_{c ~ Exp(lam)}[(d/dlam log Exponential(c; lam))^2]", "1/lam^2"),
    (r"-E_{c ~ Bernoulli(q)}[\frac{\partial^2}{\partial q^2} \log Bernoulli(c; q)]", "1/(q (1 - q))"),
    ("-E_{c ~ Poisson(lam)}[d^2/dlam^2 log Poisson(c; lam)]", "1/lam"),
    (r"E_{c ~ Bernoulli(sigmoid(w^T m))}"
     r"[(\nabla_w \log Bernoulli(c; sigmoid(w^T m))) (\nabla_w \log Bernoulli(c; sigmoid(w^T m)))^T]",
     "sigmoid(w^T m) (1 - sigmoid(w^T m)) m m^T"),
    (r"-E_{c ~ Bernoulli(sigmoid(w^T m))}[\nabla_w^2 \log Bernoulli(c; sigmoid(w^T m))]",
     "sigmoid(w^T m) (1 - sigmoid(w^T m)) m m^T"),
    # --------------------------------------------------- divergences, entropies
    ("KL(N(mu, s^2) || N(0, 1))", "1/2 (mu^2 + s^2 - 1 - log(s^2))"),
    (r"D_{\mathrm{KL}}\left(\mathcal{N}(\mu, s^2) \,\middle\|\, \mathcal{N}(a, u^2)\right)",
     "log(u/s) + (s^2 + (mu - a)^2)/(2 u^2) - 1/2"),
    ("KL(N(m, S) || N(w, Q))", "1/2 (tr(Q^-1 S) + (w - m)^T Q^-1 (w - m) - d + log det Q - log det S)"),
    ("KL(N(m, S) || N(0, I))", "1/2 (tr(S) + m^T m - d - log det S)"),
    ("KL(N(m, diag(t^2)) || N(0, I))", "1/2 sum_j (m_j^2 + t_j^2 - 1 - log t_j^2)"),
    ("KL(p || r)", "sum_k p_k log(p_k/r_k)"), (r"D_{KL}(p \| r)", "sum_k p_k log p_k - sum_k p_k log r_k"),
    ("KL(q || f)", "q log(q/f) + (1-q) log((1-q)/(1-f))"),
    ("KL(Bernoulli(q) || Bernoulli(f))", "KL(q || f)"),
    ("KL(Poisson(lam) || Poisson(s))", "lam log(lam/s) + s - lam"),
    ("KL(Exp(lam) || Exp(s))", "log(lam/s) + s/lam - 1"),
    ("H(p)", "-sum_k p_k log p_k"), ("H(p, r)", "-sum_k p_k log r_k"), ("H(q)", "-q log q - (1-q) log(1-q)"),
    ("H(N(mu, s^2))", "1/2 log(2 pi e s^2)"),
    ("H(N(m, S))", "d/2 (1 + log(2 pi)) + 1/2 log det S"),
    ("H(p, r) - H(p)", "KL(p || r)"),
    # --------------------------------------------------- densities
    ("log N(x; mu, s^2)", "-n/2 log(2 pi s^2) - 1/(2 s^2) sum_i (x_i - mu)^2"),
    (r"\log \mathcal{N}(w \mid m, S)", "-d/2 log(2 pi) - 1/2 log det S - 1/2 (w - m)^T S^-1 (w - m)"),
    ("N(a; mu, s^2)", "1/sqrt(2 pi s^2) exp(-(a - mu)^2/(2 s^2))"),
    ("log Bernoulli(c; q)", "c log q + (1-c) log(1-q)"),
    ("sum_i log N(y_i; w^T X_i, s^2)", "-n/2 log(2 pi s^2) - ||y - X w||^2/(2 s^2)"),
    ("log Gamma(b; s, u)", "s log u - lgamma(s) + (s - 1) log b - u b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "closed"), CLOSED, ids=[row[0] for row in CLOSED])
def test_closed_form(text: str, closed: str):
    found = compare(text, closed, NAMES)
    assert found.status == "equal", found
    assert found.evidence.strength == "proved"


# ---------------------------------------------------------------- a second way: quadrature, and sums over values

HERMITE, LAGUERRE, LEGENDRE = (
    np.polynomial.hermite_e.hermegauss(60), np.polynomial.laguerre.laggauss(40), np.polynomial.legendre.leggauss(60)
)  # fmt: skip


def _normal(m: float, v: float) -> Any:
    return m + math.sqrt(v) * HERMITE[0], HERMITE[1] / math.sqrt(2 * math.pi)


def _gamma(a: int, b: float) -> Any:
    return LAGUERRE[0] / b, LAGUERRE[1] * LAGUERRE[0] ** (a - 1) / math.factorial(a - 1)


def _uniform(a: float, b: float) -> Any:
    return a + (b - a) * (LEGENDRE[0] + 1) / 2, LEGENDRE[1] / 2


def _beta(a: int, b: int) -> Any:
    z, w = _uniform(0, 1)
    return z, w * z ** (a - 1) * (1 - z) ** (b - 1) * math.gamma(a + b) / (math.gamma(a) * math.gamma(b))


def _laplace(m: float, b: float) -> Any:
    return np.concatenate([m + b * LAGUERRE[0], m - b * LAGUERRE[0]]), np.tile(LAGUERRE[1] / 2, 2)


def _counts(weight: Callable[[int], float], values: range) -> Any:
    return np.array(values, float), np.array([weight(k) for k in values])


VALUES: dict[str, tuple[tuple[float, ...], Callable[..., Any]]] = {
    "normal": ((0.5, 0.64), _normal),
    "bernoulli": ((0.25,), lambda q: (np.array([0.0, 1.0]), np.array([1 - q, q]))),
    "binomial": ((4, 0.25), lambda n, q: _counts(lambda k: math.comb(n, k) * q**k * (1 - q) ** (n - k), range(n + 1))),
    "poisson": ((1.5,), lambda r: _counts(lambda k: math.exp(-r) * r**k / math.factorial(k), range(60))),
    "geometric": ((0.5,), lambda q: _counts(lambda k: (1 - q) ** (k - 1) * q, range(1, 200))),
    "exponential": ((2.5,), lambda r: _gamma(1, r)),
    "gamma": ((3, 2.5), _gamma),
    "beta": ((2, 3), _beta),
    "uniform": ((-0.5, 1.5), _uniform),
    "laplace": ((0.5, 0.25), _laplace),
}
"""Parameters of a family, and what is drawn from it with its weights."""


def _shown(numbers: tuple[float, ...]) -> str:
    return ", ".join(map(str, numbers))


def number(text: str) -> float:
    return float(value_at(read(text, ""), parse_names(""), {}))


@pytest.mark.parametrize("law", VALUES)
@pytest.mark.parametrize("seed", range(6))
def test_means_of_polynomials_by_quadrature(law: str, seed: int):
    rng = random.Random(f"{law} {seed}")
    given, of = VALUES[law]
    z, weights = of(*given)
    most = 2 if law in ("geometric",) else 4
    coefficients = [rng.randint(-4, 4) / 2 for _ in range(rng.randint(2, most) + 1)]
    body = " + ".join(f"({c}) z^{k}" if k else f"({c})" for k, c in enumerate(coefficients))
    values = sum(c * z**k for k, c in enumerate(coefficients))
    if law in ("normal", "poisson") and seed % 2:
        body, values = f"exp(z/4) ({coefficients[0]} + z)", np.exp(z / 4) * (coefficients[0] + z)
    found = number(f"E_{{z ~ {LAWS[law].spellings[0]}({_shown(given)})}}[{body}]")
    assert found == pytest.approx(float(weights @ values), rel=1e-9, abs=1e-9), body


KINKED: list[tuple[str, Callable[[Any], Any]]] = [
    ("relu(z)", lambda z: np.maximum(z, 0)),
    ("abs(3 z - 1)", lambda z: np.abs(3 * z - 1)),
    ("max(z, 1 - 2 z)", lambda z: np.maximum(z, 1 - 2 * z)),
    ("min(z, 1/4) + z^2", lambda z: np.minimum(z, 0.25) + z**2),
    ("2 relu(1 - z) + 1[z < 1/2]", lambda z: 2 * np.maximum(1 - z, 0) + (z < 0.5)),
    ("erf(z) + 1[2 z >= 1]", lambda z: np.vectorize(math.erf)(z) + (2 * z >= 1)),
]


@pytest.mark.parametrize(("body", "value"), KINKED, ids=[row[0] for row in KINKED])
def test_kinks_of_a_normal_variable_by_quadrature(body: str, value: Callable[[Any], Any]):
    z = 0.25 + 0.8 * np.linspace(-9, 9, 40_001)
    weights = np.exp(-((z - 0.25) ** 2) / 1.28)
    second = (weights * value(z)).sum() / weights.sum()
    assert number(f"E_{{z ~ N(0.25, 0.64)}}[{body}]") == pytest.approx(second, abs=1e-4)


OTHER: dict[str, tuple[float, ...]] = {
    "normal": (-0.25, 1.5), "bernoulli": (0.75,), "poisson": (2.25,), "exponential": (1.5,), "gamma": (2, 1.5),
    "beta": (4, 2), "binomial": (4, 0.5), "geometric": (0.75,),
}  # fmt: skip


def _log_density(law: str, z: Any, given: tuple[float, ...]) -> Any:
    """log p(z), by hand."""
    factorials = np.array([math.lgamma(k + 1) for k in z]) if law in ("poisson", "binomial") else 0
    match law, given:
        case "normal", (m, v):
            return -np.log(2 * np.pi * v) / 2 - (z - m) ** 2 / (2 * v)
        case "bernoulli", (q,):
            return np.log(np.where(z > 0, q, 1 - q))
        case "binomial", (n, q):
            rest = np.array([math.lgamma(n - k + 1) for k in z])
            return math.lgamma(n + 1) - factorials - rest + z * np.log(q) + (n - z) * np.log(1 - q)
        case "poisson", (r,):
            return z * np.log(r) - r - factorials
        case "geometric", (q,):
            return (z - 1) * np.log(1 - q) + np.log(q)
        case "exponential", (r,):
            return np.log(r) - r * z
        case "gamma", (a, b):
            return a * np.log(b) - math.lgamma(a) + (a - 1) * np.log(z) - b * z
        case "beta", (a, b):
            scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
            return scale + (a - 1) * np.log(z) + (b - 1) * np.log(1 - z)
    raise KeyError(law)


@pytest.mark.parametrize("law", OTHER)
def test_divergences_by_quadrature(law: str):
    p, q = VALUES[law][0], OTHER[law]
    z, weights = VALUES[law][1](*p)
    own, other = _log_density(law, z, p), _log_density(law, z, q)
    spelled = LAWS[law].spellings[0]
    close = {"rel": 2e-3, "abs": 2e-3} if law in ("gamma", "beta") else {"rel": 1e-9, "abs": 1e-9}  # logs at the ends
    assert number(f"KL({spelled}({_shown(p)}) || {spelled}({_shown(q)}))") == pytest.approx(
        weights @ (own - other), **close
    )
    if law not in ("poisson", "binomial"):  # E[log k!] has no closed form
        assert number(f"H({spelled}({_shown(p)}))") == pytest.approx(-weights @ own, **close)


M, ROOT = np.array([0.5, -1.0]), np.array([[1.0, 0.0], [0.5, 0.75]])
DATA = {
    "m": M.tolist(), "S": (ROOT @ ROOT.T).tolist(), "A": [[1.0, 2.0], [-1.0, 0.5]], "w": [0.5, 0.25],
    "t": [0.5, 1.25], "y": [1.0, -2.0, 0.5], "X": [[1.0, 2.0], [0.5, -1.0], [0.25, 3.0]], "q": 0.25, "b": 0.75,
}  # fmt: skip
OF_VECTORS: list[tuple[str, Callable[..., Any]]] = [
    ("z^T A z", lambda z: z @ np.array(DATA["A"]) @ z),
    ("(b + w^T z)^3", lambda z: (0.75 + z @ np.array(DATA["w"])) ** 3),
    ("(z^T z)^2", lambda z: (z @ z) ** 2),
    ("exp(w^T z)", lambda z: np.exp(z @ np.array(DATA["w"]))),
    ("exp(w^T z) (z_1 + z_1 z_2)", lambda z: np.exp(z @ np.array(DATA["w"])) * (z[0] + z[0] * z[1])),
    ("z_1^2 z_2^2", lambda z: z[0] ** 2 * z[1] ** 2),
    ("||y - X z||^2", lambda z: np.sum((np.array(DATA["y"]) - np.array(DATA["X"]) @ z) ** 2)),
]
NAMES_OF_VECTORS = (
    "m: real[2]; S: posdef[2]; A: real[2,2]; w: real[2]; t: positive[2]; y: real[3]; X: real[3,2]; q: probability;"
    "b: real"
)


LAWS_OF_VECTORS = ["N(m, S)", "N(m, diag(t^2))", "Bernoulli(q)"]
PAIRED = [(law, *row) for law in LAWS_OF_VECTORS for row in OF_VECTORS if "exp" not in row[0] or law != "Bernoulli(q)"]
"""e to a power of several entries is refused of Bernoulli variables."""


@pytest.mark.parametrize(("law", "body", "value"), PAIRED, ids=[f"{law} {body}" for law, body, _ in PAIRED])
def test_means_over_vectors_a_second_way(law: str, body: str, value: Callable[..., Any]):
    names = parse_names(NAMES_OF_VECTORS + "; z: mask[2]" * law.startswith("Bernoulli"))
    e, weights = HERMITE[0], HERMITE[1] / math.sqrt(2 * math.pi)
    root = ROOT if law == "N(m, S)" else np.diag(DATA["t"])
    if law.startswith("Bernoulli"):
        second = sum(
            value(np.array(z, float)) * math.prod(0.25 if k else 0.75 for k in z) for z in product((0, 1), repeat=2)
        )
    else:
        second = sum(
            weights[j] * weights[k] * value(M + root @ np.array([e[j], e[k]])) for j in range(60) for k in range(60)
        )
    found = value_at(read(f"E_{{z ~ {law}}}[{body}]", names), names, DATA)
    assert float(found) == pytest.approx(second, rel=1e-9)


# ---------------------------------------------------------------- gradients

GRADIENTS = [
    # formula, by, right answers, near misses
    ("KL(N(m, diag(t^2)) || N(0, I))", "m", ("m", "m_j", "-(0 - m)"), ("2 m", "m - 1", "m/2")),
    ("KL(N(m, diag(t^2)) || N(0, I))", "t", ("t - 1/t", "(t_j^2 - 1)/t_j", r"t_j - \frac{1}{t_j}"),
     ("t + 1/t", "1/2 (t - 1/t)", "t - 1/t_j^2")),
    ("KL(N(m, diag(exp(w))) || N(0, I))", "w", ("(exp(w) - 1)/2", "1/2 (e^{w_j} - 1)", "exp(w)/2 - 1/2"),
     ("exp(w) - 1", "(exp(w) + 1)/2", "(exp(2 w) - 1)/2")),
    ("KL(N(m, S) || N(0, I))", "S", ("(I - S^-1)/2", "1/2 (I - inv(S))", "-1/2 S^{-1} + I/2"),
     ("(I + S^-1)/2", "I - S^-1", "(S - S^-1)/2")),
    ("E_{eps ~ N(0, I)}[||y - P (m + t .* eps)||^2]", "m",
     ("2 P^T (P m - y)", "-2 P^T (y - P m)", "2 sum_i P_ij (sum_l P_il m_l - y_i)"),
     ("2 P^T (y - P m)", "P^T (P m - y)", "2 P^T P m")),
    ("E_{eps ~ N(0, I)}[||y - P (m + t .* eps)||^2]", "t",
     ("2 diag(P^T P) .* t", "2 t_j sum_i P_ij^2", "2 t_j (P^T P)_{jj}"),
     ("2 P^T P t", "t_j sum_i P_ij^2", "2 sum_i P_ij^2")),
    ("E_{g ~ Bernoulli(q)}[||y - X (g .* w)||^2]", "w",
     ("2 q X^T (q X w - y) + 2 q (1-q) w .* diag(X^T X)", "2 q (w_j (1-q) sum_i X_ij^2 - sum_i X_ij (y_i - q w^T X_i))",
      "-2 q X^T (y - q X w) + 2 q (1 - q) diag(X^T X) .* w"),
     ("2 q X^T (q X w - y) + 2 (1-q) w .* diag(X^T X)", "2 q X^T (q X w - y)",
      "2 q X^T (X w - y) + 2 q (1-q) w .* diag(X^T X)")),
    ("E_{o ~ softmax(theta)}[R_o - b]", "theta",
     ("softmax(theta) .* (R - R^T softmax(theta))", "softmax(theta)_k (R_k - E_{o ~ softmax(theta)}[R_o])",
      r"\mathbb{E}_{o \sim \operatorname{softmax}(\theta)}[(R_o - b) \nabla_\theta \log softmax(\theta)_o]"),
     ("softmax(theta) .* (R - b)", "softmax(theta) .* R - R^T softmax(theta)",
      "E_{o ~ softmax(theta)}[R_o] - softmax(theta)_k R_k")),
    ("H(softmax(theta))", "theta",
     ("-softmax(theta) .* (log softmax(theta) + H(softmax(theta)))",
      "softmax(theta)_k (theta^T softmax(theta) - theta_k)",
      "-softmax(theta)_k (log softmax(theta)_k - sum_l softmax(theta)_l log softmax(theta)_l)"),
     ("-softmax(theta) .* (log softmax(theta) + 1)", "softmax(theta) .* (log softmax(theta) + H(softmax(theta)))",
      "-log softmax(theta) - 1")),
    ("KL(softmax(theta) || softmax(R))", "R", ("softmax(R) - softmax(theta)", "softmax(R)_k - softmax(theta)_k",
      "-(softmax(theta) - softmax(R))"),
     ("softmax(theta) - softmax(R)", "softmax(R) - theta", "-softmax(theta) .* (1 - softmax(R))")),
    ("H(p, softmax(theta))", "theta", ("softmax(theta) - p", "softmax(theta)_k - p_k", "-(p - softmax(theta))"),
     ("p - softmax(theta)", "softmax(theta) - log(p)", "-p .* (1 - softmax(theta))")),
    ("E_{c ~ Bernoulli(q)}[-log Bernoulli(c; sigmoid(w^T m))]", "w",
     ("(sigmoid(w^T m) - q) m", "m_j (sigmoid(w^T m) - q)", "-(q - sigmoid(w^T m)) m"),
     ("(sigmoid(w^T m) - q) w", "(q - sigmoid(w^T m)) m", "(sigmoid(w^T m) - 1) q m")),
    ("Var_{z ~ N(m, S)}[w^T z]", "w", ("2 S w", "2 sum_l S_jl w_l", "S w + S^T w"), ("S w", "2 S m", "2 w")),
    ("E_{z ~ N(m, S)}[z^T A z]", "m", ("(A + A^T) m", "A m + A^T m", "sum_l (A_jl + A_lj) m_l"),
     ("2 A m", "A m", "(A + A^T) m + S m")),
    ("E_{y ~ N(X w, s^2 I)}[||b y - X w||^2]", "b",
     ("2 (b - 1) ||X w||^2 + 2 b n s^2", "2 b n s^2 - 2 (1 - b) w^T X^T X w", "2 ((b - 1) (X w)^T X w + n b s^2)"),
     ("2 (b - 1) ||X w||^2 + 2 b s^2", "2 (b - 1) ||X w||^2", "2 b ||X w||^2 + 2 b n s^2")),
    ("E_{z ~ N(mu, u)}[relu(z - b)]", "mu",
     ("1/2 (1 + erf((mu - b)/sqrt(2 u)))", "E_{z ~ N(mu, u)}[1[z > b]]", "1 - 1/2 (1 - erf((mu - b)/sqrt(2 u)))"),
     ("1/2 (1 - erf((mu - b)/sqrt(2 u)))", "erf((mu - b)/sqrt(2 u))", "1/2 (1 + erf((mu - b)/sqrt(u)))")),
    ("log N(w; m, S)", "m", ("S^-1 (w - m)", "inv(S) (w - m)", "-S^{-1} (m - w)"),
     ("S^-1 (m - w)", "1/2 S^-1 (w - m)", "S (w - m)")),
    ("sum_i log Poisson(i; exp(a))", "a", ("sum_i i - n e^a", "n (n + 1)/2 - n exp(a)", "sum_i (i - e^a)"),
     ("sum_i i - e^a", "sum_i i - n", "n (n - 1)/2 - n exp(a)")),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "by", "right", "wrong"), GRADIENTS, ids=[f"{r[0]} by {r[1]}" for r in GRADIENTS])
@pytest.mark.long
def test_gradients_and_answers(formula: str, by: str, right: tuple[str, ...], wrong: tuple[str, ...]):
    names = NAMES + "; j: index[d]; l: index[d]"
    found = gradient(formula, by, names)
    assert all(step.checked for lemma in found.lemmas for step in lemma.steps)
    for answer in right:
        assert compare(answer, found.result, names).status == "equal", answer
    for answer in wrong:
        assert compare(answer, found.result, names).status == "different", answer


# ---------------------------------------------------------------- what is refused or asked, and how long it takes

REFUSED = [
    ("E[mu^2]", "the law of what is drawn is not said"),
    ("E_{z ~ N(mu, s^2)} z^2", "brackets"),
    ("E_{z ~ N(mu, s^2)}[z | y]", "a conditional mean"),
    ("E_{z ~ Laplace(mu, s)}[sigmoid(z)]", "the mean of sigmoid over z, whose law is laplace, has no closed form"),
    ("E_{z ~ N(mu, s^2)}[exp(z^2)]", "not linear in z"),
    ("E_{z ~ N(mu, s^2)}[1/z]", "a root or a power of z that is not 2, 3, …"),
    ("E_{z ~ Gamma(s, u)}[exp(z)]", "not known here"),
    ("H(Poisson(lam))", "has no closed form"),
    ("E_{z ~ N(mu, s^2)}[1[z^2 > a]]", "not linear in z"),
    ("E_{z ~ N(mu, s^2)}[z relu(z)]", "the mean of relu over z"),
    ("E_{z ~ Laplace(mu, s)}[1[z > a]]", "cases that z decides"),
    ("E_{o ~ R}[R_o]", "not known to be probabilities"),
    ("E_{o ~ 2 p - r}[R_o]", "not known to be probabilities"),
    ("E_{z ~ N(m, A)}[z z^T]", "not known to be a covariance"),
    ("E_{z ~ N(mu)}[z]", "has 1 parameters"),
    ("E_{z ~ Foo(mu)}[z]", "Foo is no law that is known"),
    ("KL(N(mu, s^2) || Poisson(lam))", "different families"),
    ("KL(mu || q)", "not known to be a probability"),
    ("E_{z ~ N(m, S)}[(z^T z)^12]", "terms"),
    ("E_{z ~ Poisson(lam)}[z^9]", "of degree 7"),
    ("Cov_{z ~ N(mu, s^2)}[z]", "is of 2"),
    ("Var_{z ~ N(mu, s^2)}[" * 20 + "z" + "]" * 20, "variances nest more than 3 deep"),
    ("E_{z ~ N(mu, s^2)}[" * 80 + "z" + "]" * 80, "nests more than 100 deep"),
    (
        "".join(f"E_{{{v} ~ Bernoulli(q)}}[" for v in "BCFGJLOTWZhjlovz")
        + f"sigmoid({'+'.join('BCFGJLOTWZhjlovz')})"
        + "]" * 16,
        "parts",
    ),
    ("E_{z ~ N(mu, s^2)}[((((z + 1)^2 + 1)^2 + 1)^2 + 1)^2]", "terms"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[row[0][:60] for row in REFUSED])
def test_what_is_refused(text: str, words: str):
    start = time.perf_counter()
    with pytest.raises(ReadError) as caught:
        read(text, NAMES)
    assert words in f"{caught.value.message} {caught.value.expected}"
    assert time.perf_counter() - start < 2


def test_a_deviation_in_the_place_of_a_variance_is_asked_about():
    assert [write(f, "ascii") for f in readings("E_{z ~ N(mu, s)}[z^2]", NAMES)] == ["mu^2 + s^2", "mu^2 + s"]


def test_a_variable_is_a_name_inside_its_brackets_alone():
    assert compare("mu + E_{mu ~ N(a, 1)}[mu]", "mu + a", NAMES).status == "equal"
    with pytest.raises(ReadError):
        read("E_{z ~ N(mu, s^2)}[z] + z", NAMES)


def test_what_is_computed_from_a_variable_is_random_too():
    found = gradient("E_{x ~ N(mu, 1)}[z^2]", "a", "x: real; mu: real; a: real", let="z = a x")
    assert compare(found.result, "2 a (mu^2 + 1)", "mu: real; a: real").status == "equal"


DECLARED = (
    "z: real ~ N(mu, s^2); v: real ~ N(z, u); mu: real; s: positive; u: positive; x: real[n] ~ N(mu, s^2); a: real;"
    "k: index[K] ~ p; p: simplex[K]; R: real[K]; e: real[n] ~ N(0, Q); Q: posdef[n]; X: real[n,d]; w: real[d]"
)
OF_DECLARED = [
    ("E[z^2]", "mu^2 + s^2"), (r"\mathbb{E}\left[z^2\right]", "mu^2 + s^2"), ("Var(z)", "s^2"), ("Cov(z, v)", "s^2"),
    ("Var(v)", "s^2 + u"), ("E[v z]", "mu^2 + s^2"), ("E[a R_k]", "a p^T R"), ("E[R_k z]", "mu p^T R"),
    ("Var(mean(x))", "s^2/n"), ("E[e^T e]", "tr(Q)"), ("Var(X^T e)", "X^T Q X"), ("z + E[z]", "z + mu"),
    ("E_{z ~ N(0, 1)}[z v]", "0 v"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "closed"), OF_DECLARED, ids=[row[0] for row in OF_DECLARED])
def test_means_over_what_is_declared_with_a_law(text: str, closed: str):
    found = compare(text, closed, DECLARED)
    assert (found.status, found.evidence.strength) == ("equal", "proved")


def test_a_declared_law_is_kept_and_judged():
    assert parse_names(parse_names(DECLARED).show()) == parse_names(DECLARED)
    assert compare("E[z^2] = Var(z) + E[z]^2 = s^2 + mu^2", "mu^2 + s^2", DECLARED).status == "equal"
    assert compare("E[z^2] = Var(z) - E[z]^2 = s^2 + mu^2", "mu^2 + s^2", DECLARED).status == "different"
    assert prove("E[(z - E[z])^2] = E[z^2] - E[z]^2", names=DECLARED).status == "equal"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("z: real ~ N(w, 1); w: real ~ N(z, 1)", "speak of each other"),
        ("z: real ~ foo", "foo is not declared"),
        ("z: real ~ N(0, 1) 2", "not read to its end"),
    ],
)
def test_a_law_that_cannot_be_read_is_told_where_it_is_used(names: str, words: str):
    assert read("z", names)
    with pytest.raises(ReadError, match=words):
        read("E[z]", names)


def test_a_law_of_another_shape_is_a_shape_error():
    fault = read("E[z]", "z: real[2] ~ N(w, 1); w: real[3]").shape_error
    assert fault is not None
    assert "the parameters of a law" in fault.message


@pytest.mark.parametrize("text", ["z ~ N(0, 1)", "z: real ~", "f: function ~ N(0, 1)", "z: real ~ N(0, " + "1" * 300])
def test_a_law_stands_behind_a_domain(text: str):
    with pytest.raises(NamesError):
        parse_names(text)


PROVED = [
    # the score-function gradient, with any baseline
    r"\nabla_\theta E_{o ~ softmax(theta)}[R_o]"
    r" = E_{o ~ softmax(theta)}[(R_o - b) \nabla_\theta \log softmax(theta)_o]",
    # the score-function and the reparameterised gradient of a normal variable, by its mean and its deviation
    "d/dmu E_{z ~ N(mu, s^2)}[z^3] = E_{z ~ N(mu, s^2)}[z^3 d/dmu log N(z; mu, s^2)] = E_{v ~ N(0, 1)}[3 (mu + s v)^2]",
    "d/ds E_{z ~ N(mu, s^2)}[z^3] = E_{z ~ N(mu, s^2)}[z^3 d/ds log N(z; mu, s^2)] = E_{v ~ N(0, 1)}[3 (mu + s v)^2 v]",
    "E_{z ~ N(mu, s^2)}[d/dmu log N(z; mu, s^2)] = 0",
    "KL(p || r) = H(p, r) - H(p)",
    "KL(N(mu, s^2) || N(a, u^2)) = H(N(mu, s^2), N(a, u^2)) - H(N(mu, s^2))",
    "KL(N(mu, s^2) || N(a, u^2)) = E_{z ~ N(mu, s^2)}[log N(z; mu, s^2) - log N(z; a, u^2)]",
    "KL(N(m, S) || N(w, Q)) = E_{z ~ N(m, S)}[log N(z; m, S) - log N(z; w, Q)]",
    "Var_{z ~ N(mu, s^2)}[z^2] = E_{z ~ N(mu, s^2)}[z^4] - E_{z ~ N(mu, s^2)}[z^2]^2",
    r"\nabla_m^2 E_{z ~ N(m, S)}[z^T A z] = A + A^T",
    r"\frac{\partial^2}{\partial \mu^{2}} (\mu^3) = 6 \mu",
    r"\frac{d^2}{ds^2} E_{z ~ N(mu, s^2)}[z^2] = 2",
    # bias and variance of a shrunken mean
    "E_{x ~ N(mu, s^2)}[(a mean(x) - mu)^2] = (a mu - mu)^2 + Var_{x ~ N(mu, s^2)}[a mean(x)]",
]


@pytest.mark.parametrize("identity", PROVED)
@pytest.mark.long
def test_identities_are_proved(identity: str):
    found = prove(identity, names=NAMES)
    assert (found.status, found.verdict.evidence.strength) == ("equal", "proved")


@pytest.mark.parametrize(
    "identity",
    [
        r"\nabla_\theta E_{o ~ softmax(theta)}[R_o] = E_{o ~ softmax(theta)}[R_o softmax(theta)_o]",
        "d/dmu E_{z ~ N(mu, s^2)}[z^3] = E_{z ~ N(mu, s^2)}[z^2 d/dmu log N(z; mu, s^2)]",
        "KL(p || r) = H(p, r) - H(r)",
        "Var_{z ~ N(mu, s^2)}[z^2] = E_{z ~ N(mu, s^2)}[z^4] - E_{z ~ N(mu, s^2)}[z^2]",
    ],
)
def test_near_identities_are_not(identity: str):
    assert prove(identity, names=NAMES).status == "different"
