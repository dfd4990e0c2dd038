"""Whatever is written, every kind answers with a verdict: it never raises, and it is never `correct`."""

from __future__ import annotations

import random

import pytest

from checker import check
from checker.kinds import KINDS
from problems.bank import load_bank

PROBLEM = """
id = "h/1"
title = "One part a kind"
let = ["z = w^T x", "h = sigmoid(z)", "L = (h - t)^2/2", "V' = beta V + (1-beta) g"]
given = { w = [1, 2], x = [3, -1], t = 1 }
[names]
w = "real[d]"
x = "real[d]"
t = "real"
V = "real"
g = "real"
beta = "probability"
[[part]]
id = "h/1.formula"
kind = "formula"
ask = "a"
derives = "dL/dw"
[[part]]
id = "h/1.number"
kind = "number"
ask = "a"
derives = "value of L"
given = { w = [1, 2], x = [3, -1], t = 1 }
[[part]]
id = "h/1.trace"
kind = "trace"
ask = "a"
given = { w = [1, 2], x = [3, -1], t = 1 }
values = { z = "value of z", h = "value of h", L = "value of L" }
[[part]]
id = "h/1.shape"
kind = "shape"
ask = "a"
derives = "shape of dL/dw"
[[part]]
id = "h/1.count"
kind = "count"
ask = "a"
derives = "entries of w, x"
given = { d = 40 }
[[part]]
id = "h/1.choice"
kind = "choice"
ask = "a"
key = "a"
options = { a = "yes, always", b = "no" }
[[part]]
id = "h/1.condition"
kind = "condition"
ask = "a"
condition = "w^T x > 0"
[[part.shown_by]]
form = "identity"
statement = "t = t"
[[part]]
id = "h/1.equations"
kind = "equations"
ask = "a"
equations = ["V'"]
[[part]]
id = "h/1.witness"
kind = "witness"
ask = "a"
unknowns = { u = "real[2]" }
predicate = ["u_1 > 1", "u_2 = 3"]
example = "u = (2, 3)"
[[part]]
id = "h/1.chain"
kind = "chain"
ask = "a"
start = "dL/dz"
end = "(h - t) h (1 - h)"
[[part]]
id = "h/1.claim"
kind = "claim"
ask = "a"
claim = "h > 0"
[[part]]
id = "h/1.text"
kind = "text"
ask = "a"
model_answer = "Because."
"""

FIXED = [
    "", " ", "(", ")", "=" * 200, "(" * 3000, "a" * 20000, "1" + "+1" * 3000, "-" * 500 + "1", "1e400", "0/0",
    "9^9^9^9", "exp(exp(exp(exp(9))))", "factorial(10^9)",
    "∑", "\\left(", "⇒", "x ∝", "∝ x", "a=b⇒", "=>", "\x00", "{}", "[[]]", "[1, [2]]", "%", "1,000,000",
    "[bold]w[i][/bold]", "__import__('os')", "lim x->oo", "\\begin{bmatrix} 1 & 2", "\ud800",
    None, 5, 2.5, True, [], {}, [1, "x"], {"a": [1]}, {"u": "z"}, ["a=", "=b"], [[1, 2], [3]], {"z": None},
    float("nan"), float("inf"), 10**400,
]  # fmt: skip

PIECES = [
    "x",
    "w",
    "u",
    "=",
    "=",
    "\n",
    "(",
    ")",
    "[",
    "]",
    "1",
    "0.5",
    "1/0",
    "^",
    "_i",
    "\\frac",
    "sum_i",
    "log",
    "T",
    ",",
    ":=",
    " ",
    "-",
    "*",
    "/",
    "<=",
    "=>",
    "argmax_w",
    "for all i",
    "d/dx",
    "dL/dw",
    "9" * 50,
    "|",
    "'",
]


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    (folder / "h1.toml").write_text(
        PROBLEM.replace("given = { w = [1, 2], x = [3, -1], t = 1 }\n[names]", "[names]"), encoding="utf-8"
    )
    return load_bank(folder)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.long
def test_every_answer_gets_a_verdict(bank, kind):
    rng = random.Random(f"hostile {kind}")
    random_ = ["".join(rng.choice(PIECES) for _ in range(rng.randint(1, 10))) for _ in range(25)]
    for answer in [*FIXED, *random_]:
        verdict = check(f"h/1.{kind}", answer, bank)
        allowed = ("not_judged", "unreadable") if kind == "text" else ("wrong", "unreadable", "undecided")
        assert verdict.status in allowed, (kind, answer, verdict)
        verdict.to_json()


RIGHT = {
    "formula": "(h - t) h (1 - h) x", "number": "0.0362", "trace": "z = 1, h = 0.7311, L = 0.0362", "shape": "d x 1",
    "count": "80", "choice": "yes, always", "condition": "0 < w^T x",
    "equations": "V := V + (1-beta)(g - V)", "witness": "(5, 3)", "chain": "dL/dz = dL/dh h (1-h)\n= (h - t) h (1 - h)",
    "claim": "positive",
}  # fmt: skip


@pytest.mark.parametrize("kind", list(RIGHT))
def test_a_right_answer_of_every_kind(bank, kind):
    verdict = check(f"h/1.{kind}", RIGHT[kind], bank)
    assert verdict.status == "correct", verdict
    assert verdict.score == 1.0
