"""Formulas at random, seeded, each twice: as text in the notation, and as a function over an array module (NumPy or
jax.numpy).

The two are built side by side, so that reading, differentiating and emitting are all tested against something that
shares no code.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NAMES = "a: real; b: positive; x: real[d]; w: real[d]; y: labelpm1[n]; X: real[n,d]; A: real[d,d]"
SIZES = {"n": 4, "d": 3}
Value = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Made:
    """Text of one formula, its value as a function of (arrays, array module), and whether its text needs brackets as an
    operand."""

    text: str
    value: Value
    loose: bool = False

    def tight(self) -> str:
        return f"({self.text})" if self.loose else self.text


def scalar(rng: random.Random, depth: int) -> Made:
    """A scalar formula."""
    if depth <= 0:
        return rng.choice(
            [
                Made("a", lambda e, xp: e["a"]),
                Made("b", lambda e, xp: e["b"]),
                Made("2", lambda e, xp: 2.0),
                Made("x^T w", lambda e, xp: xp.dot(e["x"], e["w"]), True),
                Made("sum_i x_i", lambda e, xp: xp.sum(e["x"]), True),
            ]
        )
    return rng.choice(_SCALARS)(rng, depth - 1)


def _binary(symbol: str, op: Callable[[Any, Any], Any]) -> Callable[[random.Random, int], Made]:
    def make(rng: random.Random, depth: int) -> Made:
        p, q = scalar(rng, depth), scalar(rng, depth)
        return Made(f"{p.tight()} {symbol} {q.tight()}", lambda e, xp: op(p.value(e, xp), q.value(e, xp)), True)

    return make


def _around(text: str, op: Callable[[Any, Any], Any], loose: bool = False) -> Callable[[random.Random, int], Made]:
    def make(rng: random.Random, depth: int) -> Made:
        p = scalar(rng, depth)
        return Made(text.replace("S", p.text), lambda e, xp: op(xp, p.value(e, xp)), loose)

    return make


def _of_vector(text: str, op: Callable[[Any, Any], Any], loose: bool = False) -> Callable[[random.Random, int], Made]:
    def make(rng: random.Random, depth: int) -> Made:
        v = vector(rng, depth)
        return Made(text.replace("V", v.tight()), lambda e, xp: op(xp, v.value(e, xp)), loose)

    return make


def _quotient(rng: random.Random, depth: int) -> Made:
    p, q = scalar(rng, depth), scalar(rng, depth)
    return Made(f"{p.tight()}/(1 + ({q.text})^2)", lambda e, xp: p.value(e, xp) / (1 + q.value(e, xp) ** 2), True)


def _maximum(rng: random.Random, depth: int) -> Made:
    p, q = scalar(rng, depth), scalar(rng, depth)
    return Made(f"max({p.text}, {q.text})", lambda e, xp: xp.maximum(p.value(e, xp), q.value(e, xp)))


def _dot(rng: random.Random, depth: int) -> Made:
    u, v = vector(rng, depth), vector(rng, depth)
    return Made(f"{_col(u)}^T {_col(v)}", lambda e, xp: xp.dot(u.value(e, xp), v.value(e, xp)), True)


def _col(v: Made) -> str:
    return v.text if v.text in ("x", "w") else f"({v.text})"


def _trace(rng: random.Random, depth: int) -> Made:
    m = matrix(rng, depth)
    return Made(f"tr({m.text})", lambda e, xp: xp.trace(m.value(e, xp)))


def _logdet(rng: random.Random, depth: int) -> Made:
    m = matrix(rng, min(depth, 1))
    return Made(
        f"log det({_col(m)} {_col(m)}^T + I)",
        lambda e, xp: xp.linalg.slogdet(m.value(e, xp) @ m.value(e, xp).T + xp.eye(3))[1],
        True,
    )


def _inverse(rng: random.Random, depth: int) -> Made:
    v = vector(rng, min(depth, 1))
    return Made(
        f"{_col(v)}^T (A A^T + I)^-1 {_col(v)}",
        lambda e, xp: v.value(e, xp) @ xp.linalg.solve(e["A"] @ e["A"].T + xp.eye(3), v.value(e, xp)),
        True,
    )


def _logistic(rng: random.Random, depth: int) -> Made:
    v = vector(rng, min(depth, 1))
    return Made(
        f"sum_k log(1 + exp(-y_k (X {_col(v)})_k))" if v.text in ("x", "w") else "sum_k log(1 + exp(-y_k X_k^T w))",
        _logistic_value(v),
        True,
    )


def _logistic_value(v: Made) -> Value:
    def value(e: dict[str, Any], xp: Any) -> Any:
        u = v.value(e, xp) if v.text in ("x", "w") else e["w"]
        return xp.sum(xp.logaddexp(0.0, -e["y"] * (e["X"] @ u)))

    return value


_SCALARS: tuple[Callable[[random.Random, int], Made], ...] = (
    _binary("+", lambda p, q: p + q),
    _binary("-", lambda p, q: p - q),
    _binary("*", lambda p, q: p * q),
    _quotient,
    _maximum,
    _around("exp(tanh(S))", lambda xp, p: xp.exp(xp.tanh(p))),
    _around("log(1 + (S)^2)", lambda xp, p: xp.log(1 + p**2)),
    _around("sqrt(1 + (S)^2)", lambda xp, p: xp.sqrt(1 + p**2)),
    _around("sigmoid(S)", lambda xp, p: 1 / (1 + xp.exp(-p))),
    _around("softplus(S)", lambda xp, p: xp.logaddexp(0.0, p)),
    _around("sin(S)", lambda xp, p: xp.sin(p)),
    _around("abs(S)", lambda xp, p: xp.abs(p)),
    _of_vector("||V||^2", lambda xp, v: xp.sum(v**2), True),
    _of_vector("logsumexp(V)", lambda xp, v: xp.log(xp.sum(xp.exp(v - xp.max(v)))) + xp.max(v)),
    _of_vector("sum_k tanh(V)_k", lambda xp, v: xp.sum(xp.tanh(v)), True),
    _dot,
    _trace,
    _logdet,
    _inverse,
    _logistic,
)


def vector(rng: random.Random, depth: int) -> Made:
    """A column of d entries."""
    if depth <= 0:
        return rng.choice([Made("x", lambda e, xp: e["x"]), Made("w", lambda e, xp: e["w"])])
    kind = rng.randrange(7)
    if kind == 0:
        m, v = matrix(rng, depth - 1), vector(rng, depth - 1)
        return Made(f"{_col(m)} {_col(v)}", lambda e, xp: m.value(e, xp) @ v.value(e, xp), True)
    if kind == 1:
        u, v = vector(rng, depth - 1), vector(rng, depth - 1)
        return Made(f"{u.tight()} + {v.tight()}", lambda e, xp: u.value(e, xp) + v.value(e, xp), True)
    if kind == 2:
        u, v = vector(rng, depth - 1), vector(rng, depth - 1)
        return Made(f"{_col(u)} ⊙ {_col(v)}", lambda e, xp: u.value(e, xp) * v.value(e, xp), True)
    if kind == 3:
        s, v = scalar(rng, min(depth - 1, 1)), vector(rng, depth - 1)
        return Made(f"({s.text}) {_col(v)}", lambda e, xp: s.value(e, xp) * v.value(e, xp), True)
    v = vector(rng, depth - 1)
    if kind == 4:
        return Made(f"tanh({v.text})", lambda e, xp: xp.tanh(v.value(e, xp)))
    if kind == 5:
        return Made(f"softmax({v.text})", lambda e, xp: xp.exp(v.value(e, xp)) / xp.sum(xp.exp(v.value(e, xp))))
    return Made(f"X^T X {_col(v)}", lambda e, xp: e["X"].T @ (e["X"] @ v.value(e, xp)), True)


def matrix(rng: random.Random, depth: int) -> Made:
    """A d×d matrix."""
    if depth <= 0:
        return rng.choice([Made("A", lambda e, xp: e["A"]), Made("A^T", lambda e, xp: e["A"].T)])
    kind = rng.randrange(5)
    if kind == 0:
        m, k = matrix(rng, depth - 1), matrix(rng, depth - 1)
        return Made(f"{_col(m)} {_col(k)}", lambda e, xp: m.value(e, xp) @ k.value(e, xp), True)
    if kind == 1:
        m, k = matrix(rng, depth - 1), matrix(rng, depth - 1)
        return Made(f"{m.tight()} + {k.tight()}", lambda e, xp: m.value(e, xp) + k.value(e, xp), True)
    if kind == 2:
        return Made("X^T X", lambda e, xp: e["X"].T @ e["X"], True)
    u, v = vector(rng, depth - 1), vector(rng, depth - 1)
    if kind == 3:
        return Made(f"{_col(u)} {_col(v)}^T", lambda e, xp: xp.outer(u.value(e, xp), v.value(e, xp)), True)
    return Made(f"diag({v.text})", lambda e, xp: xp.diag(v.value(e, xp)))


def formula(seed: int) -> tuple[Made, str]:
    """The formula of a seed and a name in it to differentiate by."""
    rng = random.Random(seed)
    made = scalar(rng, 1 + seed % 3)
    used = [name for name in ("a", "b", "x", "w", "X", "A") if _uses(made.text, name)]
    return made, rng.choice(used) if used else ""


def _uses(text: str, name: str) -> bool:
    import re

    return re.search(rf"(?<![A-Za-z]){name}(?![A-Za-z])", text) is not None


def values(seed: int) -> dict[str, Any]:
    """Arrays for every name, moderate in size."""
    import numpy as np

    rng = np.random.default_rng(seed)
    n, d = SIZES["n"], SIZES["d"]
    return {
        "a": float(rng.normal()),
        "b": float(rng.uniform(0.3, 2)),
        "x": rng.normal(size=d) * 0.7,
        "w": rng.normal(size=d) * 0.7,
        "y": rng.choice([-1.0, 1.0], size=n),
        "X": rng.normal(size=(n, d)) * 0.5,
        "A": rng.normal(size=(d, d)) * 0.5,
    }
