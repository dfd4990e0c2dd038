"""Domains by the letters used: what is inferred, and what is asked about because it may be something else."""

from __future__ import annotations

import json

import pytest

from checker import compare
from checker.__main__ import main

INFERRED = [
    # (truth, answer, status, what was inferred)
    ("2x", "x + x", "equal", "x: real"),
    ("2x", "3x", "different", "x: real"),
    ("2x", "2t", "different", "x: real; t: real"),
    ("3", "6/2", "equal", ""),
    (r"\pi r^2", r"r^2 \pi", "equal", "r: real"),
    (r"\hat y - y", r"-(y - \hat{y})", "equal", "yhat: real; y: real"),
    (r"\alpha x_1 + x_2", r"x_2 + x_1 \alpha", "equal", "x_1: real; x_2: real; alpha: real"),
    (r"k_B T", "T k_B", "equal", "k_B: real; T: real"),
    ("$xy$", "$yx$", "equal", "x: real; y: real"),
    ("lr*x", "x*lr", "equal", "lr: real; x: real"),
    (r"\mathrm{lr} x", r"x \text{lr}", "equal", "lr: real; x: real"),
    ("x(x+1)", "x^2 + x", "equal", "x: real"),
    ("N(N+1)/2", "(N^2 + N)/2", "equal", "N: real"),
    ("y = 2x", "2x", "equal", "x: real"),
    (r"\frac{1}{n}\sum_{i=1}^n x_i", r"\sum_{j=1}^n x_j / n", "equal", "n: size; x: real[n]"),
    (r"\sum_{i=1}^n i", "n(n+1)/2", "equal", "n: size"),
    ("n(n+1)/2", r"\sum_{i=1}^n i", "equal", "n: size"),
    ("n(n-1)/2", r"\sum_{i=1}^n i", "different", "n: size"),
    (r"\sum_i x_i^2", r"\sum_j x_j^2", "equal", "x: real[n]"),
    ("(y_i - p_i) x_i", "x_i y_i - p_i x_i", "equal", "i: index[n]; p: real[n]; x: real[n]; y: real[n]"),
    ("u_i v_j", "u_j v_i", "different", "i: index[n]; j: index[n]; u: real[n]; v: real[n]"),
    ("W_{ij} x_j", "x_j W_{ij}", "equal", "i: index[n]; j: index[m]; W: real[n,m]; x: real[m]"),
    (r"\prod_{k=1}^{K} p_k", r"\prod_{l=1}^{K} p_l", "equal", "K: size; p: real[K]"),
    # wherever both have a value
    ("x", r"\sqrt{x}^2", "equal", "x: real"),
    # the same for numbers and matrices
    ("A x", "A x", "equal", "A: real; x: real"),
    ("A B + B", "B + A B", "equal", "A: real; B: real"),
]  # fmt: skip


@pytest.mark.parametrize(("truth", "answer", "status", "names"), INFERRED)
def test_what_letters_say(truth, answer, status, names):
    found = compare(answer, truth, names="infer")
    assert found.status == status, found.at
    assert "; ".join(f"{n}: {d}" for n, d in found.names_inferred or ()) == names
    assert found.where == "common"
    assert found.findings[-1].tag == "names"


ASKED = [
    # (truth, answer, why)
    ("xy", "yx", "xy may be the product x y, or one name"),
    ("A B", "B A", "not if they are matrices"),
    ("(A + B)(A - B)", "A^2 - B^2", "not if they are matrices"),
    ("X^T y", "y X", "a transpose says"),
    (r"X^\top y", "y X", "says that letters are arrays"),
    (r"\|x\|", "x", "says that letters are arrays"),
    (r"\mathbf{w} x", "x w", "says that letters are arrays"),
    ("A @ x", "x A", "says that letters are arrays"),
    (r"\nabla f", "x", "is an operation on arrays"),
    ("f(x)", "x f", "f(…) may be a product, or a function"),
    ("x", "g(x + 1)", "g(…) may be a product, or a function"),
    ("E/2", "E/2", "E may be a name, or a constant"),
    ("i + 1", "1 + i", "the imaginary unit"),
    ("x^{(1)}", "x_1", "a power or a label"),
    (r"\frac{dy}{dx} + y", "y", "it holds a derivative"),
    ("x_t + x_{t-1}", "x_{t-1} + x_t", "takes no index"),
    ("2x", "2 +", "ends"),
]


@pytest.mark.parametrize(("truth", "answer", "why"), ASKED)
def test_what_letters_do_not_say_is_asked(truth, answer, why):
    found = compare(answer, truth, names="infer")
    assert found.status == "unreadable"
    assert found.at is not None
    assert why in found.at.message


@pytest.mark.parametrize(
    "text", ["", " ", "$", "\ud800", "_", "x_", "_{", r"\sum_", r"\sum_{i=1}^", "((((", "x_{i", "9" * 60, "x' y'"]
)
def test_hostile_texts_are_refused(text):
    assert compare(text, "2x", names="infer").status in ("unreadable", "different")
    assert compare("2x", text, names="infer").status in ("unreadable", "different")


def test_only_texts_have_letters():
    with pytest.raises(TypeError, match="names are inferred for two texts"):
        compare(3, "x", names="infer")


def test_a_stream_says_what_was_inferred(capsys, tmp_path):
    source = tmp_path / "pairs.jsonl"
    source.write_text(json.dumps({"id": 1, "student": "x + x", "truth": "2x", "names": "infer"}) + "\n")
    assert main(["compare", "--jsonl", str(source), "--workers", "1"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["status"], said["names_inferred"], said["where"]) == ("equal", {"x": "real"}, "common")
