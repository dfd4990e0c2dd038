"""Stationary points: the closed form where there is one, the condition under which it exists, and a refusal where there is none."""

from __future__ import annotations

import pytest

from derivations.closed_form import NoClosedForm
from derivations.domains import parse_names
from derivations.model import build
from derivations.notation import write
from derivations.pipeline import derive

GAUSS = "x: real[n]; mu: real; sigma: positive; v: positive"
CLOSED = [
    # names, bindings, target, matrix form
    ("X: real[n,d]; y: real[n]; w: real[d]", "L = ||y - X w||^2", "argmin L over w", "(X^T X)^(-1) X^T y"),
    ("X: real[n,d]; y: real[n]; w: real[d]; l: positive", "L = ||y - X w||^2 + l ||w||^2", "argmin L over w", "(X^T X + l I)^(-1) X^T y"),
    ("X: real[n,d]; y: real[n]; w: real[d]; a: positive[n]; i: index[n]", "L = sum_i a_i (y_i - sum_k X_ik w_k)^2", "argmin L over w", "(X^T diag(a) X)^(-1) X^T (a .* y)"),
    (GAUSS, "L = n/2 log(2 pi sigma^2) + sum_i (x_i - mu)^2/(2 sigma^2)", "argmin L over mu", "1/n sum_i x_i"),
    (GAUSS, "L = n/2 log(2 pi v) + sum_i (x_i - mu)^2/(2 v)", "argmin L over v", "1/n ||x - mu||^2"),
    (GAUSS, "L = n/2 log(2 pi sigma^2) + sum_i (x_i - mu)^2/(2 sigma^2)", "argmin L over sigma", "sqrt(sum_i (x_i - mu)^2/n)"),
    ("X: orthonormal[n,d]; y: real[n]; w: real[d]; g: positive", "L = 1/2 ||y - X w||^2 + g ||w||_1", "argmin L over w", "sign(X^T y) .* max(abs(X^T y) - g, 0)"),
    ("c: positive[V]; phi: simplex[V]; lambda: real", "J = -sum_v c_v log phi_v + lambda (sum_v phi_v - 1)", "argmin J over phi", "c/(sum_v c_v)"),
    ("c: positive[V]; phi: simplex[V]; lambda: real", "J = -sum_v (c_v + 1) log phi_v + lambda (sum_v phi_v - 1)", "argmin J over phi", "(c + 1)/(V + sum_v c_v)"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "bindings", "target", "expected"), CLOSED)
def test_closed_form(names: str, bindings: str, target: str, expected: str) -> None:
    from checker.equality import compare

    model = build("m", parse_names(names), bindings)
    result = derive(model, target).result
    verdict = compare(write(result, "ascii", "matrix"), expected, names)
    assert verdict.status == "equal", (write(result, "ascii", "matrix"), verdict)


def test_no_closed_form_is_said() -> None:
    model = build("m", parse_names("x: real[d]; y: label01; w: real[d]"), "p = sigmoid(w^T x); L = -y log p - (1-y) log(1-p)")
    with pytest.raises(NoClosedForm, match="not linear in w"):
        derive(model, "argmin L over w")
