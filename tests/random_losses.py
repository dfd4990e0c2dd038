"""Losses at random, seeded: a chain of layers as bindings and a loss on top, as text and as a function of arrays built
side by side.

The layers are those in which folding, kinks and special points meet: gates, norms, swish, maxima, cases, shifts,
running sums. On top stand losses, means over finite sets and normal variables (`MEANS`), and what labels pick
(`GATHERS`); `over_time` has a recursion in place of the layers, `constrained` a minimum under an equation. The values
are extended floats, so that differences of them can be trusted to many digits.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SIZES = {"n": 4, "d": 3}
NAMES = (
    "X: real[n,d]; A: real[d,d]; w: real[d]; v: real[d]; g: real[d]; t: onehot[d]; y: labelpm1[n]; a: real; "
    "c: positive; p: index[d] of [n]; i: index[n]; s_0: real"
)
TOP = "loss"
Env = dict[str, Any]
Loss = Callable[[Env], Any]


@dataclass(frozen=True)
class Layer:
    """A vector over `size`: its entry `k` as text of other names, and its value."""

    name: str
    size: str
    value: Loss


@dataclass(frozen=True)
class Posed:
    """A loss as it is posed: formula, bindings, the name to differentiate by, the declarations, and its value."""

    formula: str
    let: str
    wrt: str
    names: str
    value: Loss

    @property
    def text(self) -> str:
        return f"{self.formula}  where  {self.let}" if self.let else self.formula


def _sigmoid(z: Any) -> Any:
    return np.exp(-np.logaddexp(0, -z))


def _softmax(z: Any) -> Any:
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


# a rule: (the entry k of the new layer, with u for the layer below and q for another vector; its value of both and the
# environment)
Rule = tuple[str, Callable[[Any, Any, Env], Any]]

ENTRIES: tuple[Rule, ...] = (
    ("u_k sigmoid(u_k)", lambda u, q, e: u * _sigmoid(u)),
    ("relu(u_k)", lambda u, q, e: np.maximum(u, 0)),
    ("tanh(u_k)", lambda u, q, e: np.tanh(u)),
    ("softplus(u_k)", lambda u, q, e: np.logaddexp(0, u)),
    ("q_k tanh(u_k)", lambda u, q, e: q * np.tanh(u)),
    ("q_k u_k sigmoid(u_k)", lambda u, q, e: q * u * _sigmoid(u)),
    ("q_k sigmoid(u_k) + (1 - sigmoid(u_k)) u_k", lambda u, q, e: q * _sigmoid(u) + (1 - _sigmoid(u)) * u),
    ("u_k exp(q_k) + q_k", lambda u, q, e: u * np.exp(q) + q),
    ("u_k q_k", lambda u, q, e: u * q),
    ("u_k^2", lambda u, q, e: u**2),
    ("u_k |u_k|", lambda u, q, e: u * np.abs(u)),
    ("abs(u_k)", lambda u, q, e: np.abs(u)),
    ("max(u_k, q_k)", lambda u, q, e: np.maximum(u, q)),
    ("u_k if u_k > 0 else exp(u_k) - 1", lambda u, q, e: np.where(u > 0, u, np.exp(np.minimum(u, 0)) - 1)),
    ("u_k if u_k > 0 else 0.1 u_k", lambda u, q, e: np.where(u > 0, u, u / np.longdouble(10))),
    ("relu(u_k) - relu(-u_k)", lambda u, q, e: u),
    ("max(u_k, q_k) + min(u_k, q_k)", lambda u, q, e: u + q),
    ("relu(u_k)^2", lambda u, q, e: np.maximum(u, 0) ** 2),
    ("sin(u_k) + a u_k", lambda u, q, e: np.sin(u) + e["a"] * u),
    ("clip(u_k, -1, 1)", lambda u, q, e: np.clip(u, -1, 1)),
    ("u_k/sqrt(c + 1/S sum_l u_l^2)", lambda u, q, e: u / np.sqrt(e["c"] + np.mean(u**2))),
    ("q_k u_k/sqrt(c + 1/S sum_l u_l^2)", lambda u, q, e: q * u / np.sqrt(e["c"] + np.mean(u**2))),
    ("u_k - 1/S sum_l u_l", lambda u, q, e: u - np.mean(u)),
    (
        "(u_k - 1/S sum_l u_l)/sqrt(c + 1/S sum_l (u_l - 1/S sum_m u_m)^2)",
        lambda u, q, e: (u - np.mean(u)) / np.sqrt(e["c"] + np.var(u)),
    ),
    ("exp(u_k)/(sum_l exp(u_l))", lambda u, q, e: _softmax(u)),
    ("u_k exp(u_k)/(sum_l exp(u_l))", lambda u, q, e: u * _softmax(u)),
    ("u_k/(1 + |u_k|)", lambda u, q, e: u / (1 + np.abs(u))),
    ("sum_{l<=k} u_l", lambda u, q, e: np.cumsum(u)),
    ("u_k - max_l u_l", lambda u, q, e: u - np.max(u)),
)

MIXES: tuple[Rule, ...] = (
    ("sum_l A_{kl} u_l", lambda u, q, e: e["A"] @ u),
    ("sum_l A_{lk} u_l + q_k", lambda u, q, e: e["A"].T @ u + q),
)

LOSSES: tuple[Rule, ...] = (
    ("sum_k u_k q_k", lambda u, q, e: np.sum(u * q)),
    ("1/2 sum_k (u_k - q_k)^2", lambda u, q, e: np.sum((u - q) ** 2) / 2),
    ("log(sum_k exp(u_k))", lambda u, q, e: np.log(np.sum(np.exp(u - np.max(u)))) + np.max(u)),
    (
        "log(sum_k exp(u_k)) - sum_k q_k u_k",
        lambda u, q, e: np.log(np.sum(np.exp(u - np.max(u)))) + np.max(u) - np.sum(q * u),
    ),
    ("max_k u_k", lambda u, q, e: np.max(u)),
    ("sum_k |u_k|", lambda u, q, e: np.sum(np.abs(u))),
    ("sqrt(c + sum_k u_k^2)", lambda u, q, e: np.sqrt(e["c"] + np.sum(u**2))),
    ("sum_k log(1 + exp(-u_k))", lambda u, q, e: np.sum(np.logaddexp(0, -u))),
    (
        "sum_k (1 - sigmoid(u_k))^2 log(sigmoid(u_k))",
        lambda u, q, e: np.sum((1 - _sigmoid(u)) ** 2 * -np.logaddexp(0, -u)),
    ),
    ("sum_{k=2}^S (u_k - u_{k-1})^2", lambda u, q, e: np.sum((u[1:] - u[:-1]) ** 2)),
    ("sum_{k=2}^S u_k u_{k-1}", lambda u, q, e: np.sum(u[1:] * u[:-1])),
    ("prod_k (1 + u_k^2)", lambda u, q, e: np.prod(1 + u**2)),
    ("prod_k u_k", lambda u, q, e: np.prod(u)),
    ("(sum_k u_k)^2/(c + sum_k u_k^2)", lambda u, q, e: np.sum(u) ** 2 / (e["c"] + np.sum(u**2))),
    ("sum_k relu(1 - u_k)", lambda u, q, e: np.sum(np.maximum(1 - u, 0))),
    ("log(1 + (sum_k q_k u_k)^2)", lambda u, q, e: np.log(1 + np.sum(q * u) ** 2)),
    ("sum_k max(u_k, 0, q_k)", lambda u, q, e: np.sum(np.maximum(np.maximum(u, 0), q))),
    ("max_k u_k - min_k u_k", lambda u, q, e: np.max(u) - np.min(u)),
)


_DRAWN = "o ~ (l:S -> exp(u_l)/(sum_m exp(u_m)))"


def _over_two(u: Any, q: Any) -> Any:
    """The mean of log(1 + e^(z Σ q)) over z ∈ {0, 1}, 1 with the probability σ(Σ u)."""
    p = _sigmoid(np.sum(u))
    return p * np.logaddexp(0, np.sum(q)) + (1 - p) * np.log(np.longdouble(2))


MEANS: tuple[Rule, ...] = (
    (f"E_{{{_DRAWN}}}[q_o^2 - u_o]", lambda u, q, e: _softmax(u) @ (q**2 - u)),
    (f"Var_{{{_DRAWN}}}[q_o]", lambda u, q, e: _softmax(u) @ (q - _softmax(u) @ q) ** 2),
    (f"E_{{{_DRAWN}}}[relu(q_o - 1/2)]", lambda u, q, e: _softmax(u) @ np.maximum(q - 0.5, 0)),
    ("E_{z ~ Bernoulli(sigmoid(sum_k u_k))}[log(1 + exp(z sum_k q_k))]", lambda u, q, e: _over_two(u, q)),
    (
        "sum_k E_{z ~ Bernoulli(sigmoid(u_k))}[(z - q_k)^3]",
        lambda u, q, e: np.sum(_sigmoid(u) * (1 - q) ** 3 - (1 - _sigmoid(u)) * q**3),
    ),
    (
        "sum_k E_{z ~ N(u_k, c)}[(z - q_k)^2 + z^3]",
        lambda u, q, e: np.sum((u - q) ** 2 + e["c"] + u**3 + 3 * u * e["c"]),
    ),
    ("E_{z ~ N(sum_k u_k q_k, c)}[exp(z/8)]", lambda u, q, e: np.exp(np.sum(u * q) / 8 + e["c"] / 128)),
    (
        "sum_k E_{z ~ Poisson(c + u_k^2)}[z^2 - q_k z]",
        lambda u, q, e: np.sum((1 - q) * (e["c"] + u**2) + (e["c"] + u**2) ** 2),
    ),
    ("sum_k KL(N(u_k, c) || N(q_k, 1))", lambda u, q, e: np.sum((u - q) ** 2 + e["c"] - np.log(e["c"]) - 1) / 2),
    (
        "KL((l:S -> exp(u_l)/(sum_m exp(u_m))) || (l:S -> exp(q_l)/(sum_m exp(q_m))))",
        lambda u, q, e: _softmax(u) @ (np.log(_softmax(u)) - np.log(_softmax(q))),
    ),
)
"""Losses that are means over random variables, with their closed forms or their sums over all values."""


GATHERS: tuple[Rule, ...] = (
    ("sum_i (u_{p_i} - y_i)^2", lambda u, q, e: np.sum((u[e["p"]] - e["y"]) ** 2)),
    ("sum_i y_i u_{p_i} q_{p_i}", lambda u, q, e: np.sum(e["y"] * (u * q)[e["p"]])),
    ("1/n sum_i (log(sum_k exp(u_k)) - u_{p_i})", lambda u, q, e: _lse(u) - np.mean(u[e["p"]])),
    ("-sum_i log(exp(u_{p_i})/(sum_k exp(u_k)))", lambda u, q, e: len(e["p"]) * _lse(u) - np.sum(u[e["p"]])),
    ("sum_i sum_k relu(1 + u_k - u_{p_i})", lambda u, q, e: np.sum(np.maximum(1 + u[None] - u[e["p"]][:, None], 0))),
    ("sum_i log(1 + exp(-y_i u_{p_i}))", lambda u, q, e: np.sum(np.logaddexp(0, -e["y"] * u[e["p"]]))),
    ("sum_i sum_{k != p_i} u_k q_k", lambda u, q, e: np.sum(np.sum(u * q) - (u * q)[e["p"]])),
    ("sum_i (sum_k u_k X_{ik} - u_{p_i})^2", lambda u, q, e: np.sum((e["X"] @ u - u[e["p"]]) ** 2)),
    ("sum_i A_{p_i,p_i} u_{p_i}", lambda u, q, e: np.sum((np.diag(e["A"]) * u)[e["p"]])),
    ("sum_i sum_k A_{p_i,k} u_k", lambda u, q, e: np.sum((e["A"] @ u)[e["p"]])),
)
"""Losses of what labels pick."""


def _lse(u: Any) -> Any:
    return np.log(np.sum(np.exp(u - np.max(u)))) + np.max(u)


Step = tuple[str, Callable[[Any, Any, Any, Any, Env], Any]]
STEPS_OVER_TIME: tuple[Step, ...] = (
    ("a s_{k-1} + w_k", lambda s, w, g, v, e: e["a"] * s + w),
    ("tanh(a s_{k-1} + w_k)", lambda s, w, g, v, e: np.tanh(e["a"] * s + w)),
    ("sigmoid(w_k) s_{k-1} + g_k", lambda s, w, g, v, e: _sigmoid(w) * s + g),
    ("(1 - sigmoid(w_k)) s_{k-1} + sigmoid(w_k) g_k", lambda s, w, g, v, e: (1 - _sigmoid(w)) * s + _sigmoid(w) * g),
    ("s_{k-1} + w_k v_k", lambda s, w, g, v, e: s + w * v),
    ("(a + w_k) s_{k-1} + 1", lambda s, w, g, v, e: (e["a"] + w) * s + 1),
    ("relu(s_{k-1} + w_k)", lambda s, w, g, v, e: np.maximum(s + w, 0)),
    ("max(s_{k-1}, w_k)", lambda s, w, g, v, e: np.maximum(s, w)),
    ("log(exp(s_{k-1}) + exp(w_k))", lambda s, w, g, v, e: np.logaddexp(s, w)),
    ("sin(s_{k-1}) + w_k g_k", lambda s, w, g, v, e: np.sin(s) + w * g),
    ("s_{k-1}/(1 + |w_k|) + v_k", lambda s, w, g, v, e: s / (1 + np.abs(w)) + v),
)
"""One step of a recursion, with its value from the state before it and what enters it."""
ENDS: tuple[Rule, ...] = (
    ("sum_k (s_k - q_k)^2", lambda u, q, e: np.sum((u - q) ** 2)),
    ("sum_k s_k q_k", lambda u, q, e: np.sum(u * q)),
    ("1/2 sum_k s_k^2", lambda u, q, e: np.sum(u**2) / 2),
    ("sum_k log(1 + exp(-s_k))", lambda u, q, e: np.sum(np.logaddexp(0, -u))),
    ("log(sum_k exp(s_k))", lambda u, q, e: _lse(u)),
    ("sum_k |s_k|", lambda u, q, e: np.sum(np.abs(u))),
)


def over_time(seed: int) -> Posed:
    """The loss of a seed over the states of a recursion."""
    rng = random.Random(seed)
    step, advance = rng.choice(STEPS_OVER_TIME)
    end, measured = rng.choice(ENDS)
    other = rng.choice("gv")

    def value(e: Env) -> Any:
        states, s = [], e["s_0"]
        for w, g, v in zip(e["w"], e["g"], e["v"], strict=True):
            s = advance(s, w, g, v, e)
            states.append(s)
        return measured(np.asarray(states), e[other], e)

    formula = end.replace("q_", f"{other}_")
    used = f"{formula} {step}"
    wrt = rng.choice([x for x in ("w", "g", "v", "a", "s_0") if (f"{x}_" in used or f"{x} " in used or x == "s_0")])
    return Posed(formula, f"s_k = {step}", wrt, f"{NAMES}; k: index[d]", value)


Pair = tuple[str, str, Callable[[Any, Any, Any, Any, Any, Env], tuple[Any, Any]]]
PAIRS: tuple[Pair, ...] = (
    (
        "tanh(a s_{k-1} + u_k) - 1/4 r_{k-1}",
        "1/2 r_{k-1} + s_k",
        lambda s, r, u, g, v, e: ((new := np.tanh(e["a"] * s + u) - r / 4), r / 2 + new),
    ),
    (
        "sigmoid(u_k) s_{k-1} + r_{k-1}/(1 + r_{k-1}^2)",
        "g_k r_{k-1} + u_k tanh(s_{k-1})",
        lambda s, r, u, g, v, e: (_sigmoid(u) * s + r / (1 + r**2), g * r + u * np.tanh(s)),
    ),
    ("s_{k-1} + u_k", "max(r_{k-1}, s_k)", lambda s, r, u, g, v, e: (s + u, np.maximum(r, s + u))),
    (
        "relu(r_{k-1} + u_k)",
        "sin(s_k) + v_k r_{k-1}",
        lambda s, r, u, g, v, e: ((new := np.maximum(r + u, 0)), np.sin(new) + v * r),
    ),
    (
        "sigmoid(g_k + r_{k-1}) s_{k-1} + tanh(u_k)",
        "sigmoid(v_k) tanh(s_k)",
        lambda s, r, u, g, v, e: ((new := _sigmoid(g + r) * s + np.tanh(u)), _sigmoid(v) * np.tanh(new)),
    ),
)
"""Steps of two states that go round with one another."""
BACKWARDS: tuple[Step, ...] = (
    ("u_k + a s_{k+1}", lambda s, u, g, v, e: u + e["a"] * s),
    ("tanh(u_k + s_{k+1})", lambda s, u, g, v, e: np.tanh(u + s)),
    ("sigmoid(u_k) s_{k+1} + g_k", lambda s, u, g, v, e: _sigmoid(u) * s + g),
    ("max(u_k, a s_{k+1})", lambda s, u, g, v, e: np.maximum(u, e["a"] * s)),
    ("g_k + v_k/2 (s_{k+1} + |u_k|)", lambda s, u, g, v, e: g + v / 2 * (s + np.abs(u))),
)
TAKEN: tuple[Rule, ...] = (
    *ENDS,
    ("sum_i y_i s_{p_i}", lambda u, q, e: np.sum(e["y"] * u[e["p"]])),
    ("sum_i log(1 + exp(-y_i s_{p_i}))", lambda u, q, e: np.sum(np.logaddexp(0, -e["y"] * u[e["p"]]))),
    ("-sum_i log(exp(s_{p_i})/(sum_k exp(s_k)))", lambda u, q, e: len(e["p"]) * _lse(u) - np.sum(u[e["p"]])),
    ("E_{o ~ (l:d -> exp(s_l)/(sum_m exp(s_m)))}[q_o^2]", lambda u, q, e: _softmax(u) @ q**2),
    (
        "sum_k E_{z ~ Bernoulli(sigmoid(s_k))}[(z - q_k)^3]",
        lambda u, q, e: np.sum(_sigmoid(u) * (1 - q) ** 3 - (1 - _sigmoid(u)) * q**3),
    ),
)
"""What is made of the states: losses, what labels pick of them, means over finite sets."""


def round_in_time(seed: int) -> Posed:
    """The loss of a seed over states behind a layer: two that go round, one from the last place back, vectors."""
    rng = random.Random(seed)
    kind = rng.choice(("pair", "back", "rows"))
    if kind == "rows":
        return _of_vectors(rng)
    let, enters = [], (lambda e: e["w"])
    below = "w"
    if rng.random() < 0.6:
        text, enters = _applied(rng.choice(ENTRIES), "d", "w", "g", enters, lambda e: e["g"])
        let.append(f"b_k = {text}")
        below = "b"
    end, measured = rng.choice(TAKEN)
    other = rng.choice("gv")
    if kind == "pair":
        one, two, both = rng.choice(PAIRS)
        let += [f"s_k = {one}", f"r_k = {two}"]
    else:
        one, step = rng.choice(BACKWARDS)
        let += ["s_{d+1} = a", f"s_k = {one}"]
    let = [_renamed(line, "u_", f"{below}_") if line[0] in "sr" else line for line in let]

    def value(e: Env) -> Any:
        entries = list(zip(enters(e), e["g"], e["v"], strict=True))
        states = []
        if kind == "pair":
            s, r = e["s_0"], e["r_0"]
            for u, g, v in entries:
                s, r = both(s, r, u, g, v, e)
                states.append(s)
        else:
            s = e["a"]
            for u, g, v in reversed(entries):
                s = step(s, u, g, v, e)
                states.insert(0, s)
        return measured(np.asarray(states), e[other], e)

    formula = _renamed(end, "q_", f"{other}_")
    used = " ".join((formula, *let))
    wrt = rng.choice([x for x in ("w", "g", "v") if f"{x}_" in used] + (["s_0"] if kind == "pair" else ["a"]))
    return Posed(formula, "\n".join(let), wrt, f"{NAMES}; r_0: real; k: index[d]", value)


ROWS: tuple[tuple[str, Callable[[Any, Any, Env], Any]], ...] = (
    ("tanh(A h_{i-1} + X_i)", lambda h, x, e: np.tanh(e["A"] @ h + x)),
    ("sigmoid(X_i) .* h_{i-1} + A X_i", lambda h, x, e: _sigmoid(x) * h + e["A"] @ x),
    ("relu(A h_{i-1}) + w .* X_i", lambda h, x, e: np.maximum(e["A"] @ h, 0) + e["w"] * x),
    ("h_{i-1} + (g^T X_i) w", lambda h, x, e: h + (e["g"] @ x) * e["w"]),
    ("sin(A^T h_{i-1}) .* X_i + g", lambda h, x, e: np.sin(e["A"].T @ h) * x + e["g"]),
)
ROW_ENDS: tuple[tuple[str, Callable[[Any, Env], Any]], ...] = (
    ("1/2 sum_i ||h_i||^2", lambda h, e: np.sum(h**2) / 2),
    ("sum_i y_i log(1 + exp(sum_k h_{ik}))", lambda h, e: np.sum(e["y"] * np.logaddexp(0, h.sum(1)))),
    ("sum_i (h_{i,p_i} - y_i)^2", lambda h, e: np.sum((h[np.arange(len(h)), e["p"]] - e["y"]) ** 2)),
    (
        "sum_i (log(sum_k exp(h_{ik})) - h_{i,p_i})",
        lambda h, e: sum(map(_lse, h)) - np.sum(h[np.arange(len(h)), e["p"]]),
    ),
)
"""Steps of a vector over the rows of X, and what is made of its states."""


def _of_vectors(rng: random.Random) -> Posed:
    step, advance = rng.choice(ROWS)
    end, measured = rng.choice(ROW_ENDS)

    def value(e: Env) -> Any:
        h, made = e["v"], []
        for x in e["X"]:
            h = advance(h, x, e)
            made.append(h)
        return measured(np.asarray(made), e)

    wrt = rng.choice([x for x in ("A", "X", "w", "g") if f"{x} " in step or f"{x}_" in step or f"{x}^" in step] + ["v"])
    return Posed(end, f"h_0 = v\nh_i = {step}", wrt, f"{NAMES}; k: index[d]", value)


@dataclass(frozen=True)
class Constrained:
    """A minimum under an equation: objective, unknown, equation, and both as functions; `along` gives directions that
    keep the equation."""

    formula: str
    equation: str
    names: str
    value: Loss
    residual: Loss


OBJECTIVES: tuple[tuple[str, Loss], ...] = (
    ("1/2 sum_k (w_k - g_k)^2", lambda e: np.sum((e["w"] - e["g"]) ** 2) / 2),
    ("c sum_k w_k^2", lambda e: e["c"] * np.sum(e["w"] ** 2)),
    ("sum_k b_k (w_k - g_k)^2", lambda e: np.sum(e["b"] * (e["w"] - e["g"]) ** 2)),
    ("w^T S w", lambda e: e["w"] @ e["S"] @ e["w"]),
    ("w^T S w + sum_k g_k w_k", lambda e: e["w"] @ e["S"] @ e["w"] + e["g"] @ e["w"]),
    ("1/2 sum_r (sum_k X_{rk} w_k - y_r)^2", lambda e: np.sum((e["X"] @ e["w"] - e["y"]) ** 2) / 2),
)
EQUATIONS: tuple[tuple[str, Loss], ...] = (
    ("sum_k w_k = 1", lambda e: np.sum(e["w"]) - 1),
    ("sum_k v_k w_k = a", lambda e: e["v"] @ e["w"] - e["a"]),
    ("sum_k v_k w_k = 0", lambda e: e["v"] @ e["w"]),
    ("sum_k b_k w_k = a + 1", lambda e: e["b"] @ e["w"] - e["a"] - 1),
)


def constrained(seed: int) -> Constrained:
    """The minimum of a seed: sums of objectives under a linear equation."""
    rng = random.Random(seed)
    parts = rng.sample(OBJECTIVES, rng.choice((1, 1, 2)))
    equation, residual = rng.choice(EQUATIONS)
    names = (
        "X: real[n,d]; S: posdef[d]; w: real[d]; v: real[d]; g: real[d]; b: positive[d]; y: labelpm1[n]; a: real; "
        "c: positive; k: index[d]; r: index[n]"
    )
    return Constrained(
        " + ".join(text for text, _ in parts), equation, names, lambda e: sum(f(e) for _, f in parts), residual
    )


INEQUALITIES: tuple[tuple[str, Loss], ...] = (
    ("sum_k w_k >= 1", lambda e: np.sum(e["w"]) - 1),
    ("v^T w <= a", lambda e: e["a"] - e["v"] @ e["w"]),
    ("w >= 0", lambda e: e["w"]),
    ("w_k <= g_k + 1", lambda e: e["g"] + 1 - e["w"]),
    ("y_r (sum_k X_{rk} w_k) >= 1", lambda e: e["y"] * (e["X"] @ e["w"]) - 1),
    ("S w <= b", lambda e: e["b"] - e["S"] @ e["w"]),
)
"""Constraints g ≥ 0 on an unknown w, with g."""


def dual_of(seed: int) -> tuple[Constrained, list[str], list[tuple[bool, Loss]]]:
    """A minimum of a seed under one or two constraints: how they read, and (whether each is an equation, what is at
    least 0, or 0)."""
    rng = random.Random(seed)
    posed = constrained(seed)
    chosen = [(False, *row) for row in rng.sample(INEQUALITIES, rng.choice((1, 1, 2)))]
    if rng.random() < 0.3:
        chosen.append((True, *rng.choice(EQUATIONS)))
    return posed, [text for _, text, _ in chosen], [(equal, value) for equal, _, value in chosen]


def _applied(rule: Rule, size: str, below: str, other: str, at: Loss, q: Loss) -> tuple[str, Loss]:
    text, f = rule
    letters = text.replace("S", size)
    for old, new in (("u_", f"{below}_"), ("q_", f"{other}_")):
        letters = _renamed(letters, old, new)
    return letters, lambda e: f(at(e), q(e), e)


def _renamed(text: str, old: str, new: str) -> str:
    out = ""
    for k, piece in enumerate(text.split(old)):
        out += piece if k == 0 else (old if out and out[-1].isalpha() else new) + piece
    return out


def loss(seed: int, tops: tuple[Rule, ...] = LOSSES) -> Posed:
    """The loss of a seed, with one of `tops` on top."""
    rng = random.Random(seed)
    size = "d" if tops is GATHERS else rng.choice("dddn")
    name = rng.choice("wv") if size == "d" else "w"
    let: list[str] = []
    layer: tuple[str, Loss] = (name, lambda e: e[name])
    if size == "n":
        let.append("h_k = sum_m X_{km} w_m")
        layer = ("h", lambda e: e["X"] @ e["w"])
    fresh = iter(("b", "f", "r", "o"))
    for _ in range(rng.choice((0, 1, 1, 2, 2))):
        other = rng.choice("gvw") if size == "d" else "y"
        if rng.random() < 0.3 and layer[0] != other:
            other = layer[0] if rng.random() < 0.2 else other
        rule = rng.choice(ENTRIES + MIXES) if size == "d" else rng.choice(ENTRIES)
        new = next(fresh)
        text, value = _applied(rule, size, layer[0], other, layer[1], _vector(other, layer))
        let.append(f"{new}_k = {text}")
        layer = (new, value)
    other = rng.choice(("g", "v", "t")) if size == "d" else "y"
    if tops is MEANS and other == layer[0]:  # a divergence from itself is 0
        other = "g"
    formula, value = _applied(rng.choice(tops), size, layer[0], other, layer[1], _vector(other, layer))
    used = " ".join((formula, *let))
    wrt = rng.choice([x for x in ("w", "v", "g", "A", "X") if f"{x}_" in used] or [name])
    return Posed(formula, "\n".join(let), wrt, f"{NAMES}; k: index[{size}]", value)


def _vector(name: str, layer: tuple[str, Loss]) -> Loss:
    return layer[1] if name == layer[0] else lambda e: e[name]


POINTS = ("ordinary", "zero", "zeros", "equal", "saturated", "integers", "gain")
"""Kinds of points: what is special there."""


def values(seed: int, kind: str) -> Env:
    """Extended floats for every name. The kind says where the vectors stand."""
    rng = np.random.default_rng([seed, POINTS.index(kind)])
    n, d = SIZES["n"], SIZES["d"]
    env: Env = {
        "X": rng.normal(size=(n, d)), "A": rng.normal(size=(d, d)) * 0.7, "w": rng.normal(size=d),
        "v": rng.normal(size=d), "g": rng.normal(size=d),
        "t": np.eye(d)[rng.integers(d)], "y": rng.choice([-1.0, 1.0], size=n), "a": np.float64(rng.normal()),
        "c": np.float64(rng.uniform(0.3, 2)), "p": rng.integers(d, size=n), "s_0": np.float64(rng.normal()),
        "r_0": np.float64(rng.normal()),
    }  # fmt: skip
    if kind == "zero":
        for name in "wvg":
            env[name][rng.integers(d)] = 0.0
    elif kind == "zeros":
        env["w"][:] = 0.0
        if rng.random() < 0.5:
            env["v"][:] = 0.0
    elif kind == "equal":
        env["w"][:] = env["w"][0]
        env["v"][1] = env["w"][1]
    elif kind == "saturated":
        for name in "wv":
            env[name] = env[name] * 40.0
    elif kind == "integers":
        for name in ("w", "v", "g", "X", "A"):
            env[name] = rng.integers(-1, 2, size=env[name].shape).astype(float)
    elif kind == "gain":
        env["g"][:] = 0.0
        env["v"][rng.integers(d)] = 0.0
    return {k: x if k == "p" else np.asarray(x, dtype=np.longdouble) for k, x in env.items()}
