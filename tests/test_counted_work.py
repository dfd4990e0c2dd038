"""Very large formulas are derived or refused within counted work: nothing takes more than a few seconds, whatever is
typed."""

from __future__ import annotations

import time

import pytest

from derivations import gradient
from derivations.formula import key
from derivations.notation import read, write
from derivations.work import TooMuchWork, left, limited

SECONDS = 8.0
"""Of the processor, on a slow machine."""

# (what it is, formula, names, whether it is derived)
LARGE = [
    ("500 chained conditions", " ".join(f"{k} if a > {k} else" for k in range(500)) + " 0", "a: real", True),
    ("a sum over 100,000 entries", "sum_i x_i^2", "x: real[100000]", True),
    ("a product over 100,000 entries", "prod_i (1 + x_i)", "x: real[100000]", False),
    ("4 million entries", "tr(X^T X)", "X: real[2000,2000]", False),
    ("3,900 factors", " ".join(["a"] * 3_900), "a: real", False),
    ("1,900 factors", "*".join(["a"] * 1_900), "a: real", False),
    ("7 lines of a maximum", "max(" + ",".join(f"{k} a - {k * k}" for k in range(7)) + ")", "a: real", True),
    ("600 arguments of a maximum", "max(" + ",".join(f"a-{k}" for k in range(600)) + ")", "a: real", False),
    ("a tower of powers", "^".join(["a"] * 60), "a: positive", False),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "names", "derived"), [row[1:] for row in LARGE], ids=[row[0] for row in LARGE])
@pytest.mark.long
def test_a_large_formula_is_derived_or_refused_soon(formula, names, derived):
    started = time.process_time()
    wrt = names.partition(":")[0]
    if derived:
        assert gradient(formula, wrt, names).result
    else:
        with pytest.raises(TooMuchWork):
            gradient(formula, wrt, names)
    assert time.process_time() - started < SECONDS


def test_a_network_of_fifteen_layers_is_derived():
    """Each adjoint is put in one lemma at a time, and the nested sums of the closed one are not multiplied out."""
    layers = range(1, 16)
    let = "; ".join(f"h_{k} = tanh(W_{k} {f'h_{k - 1}' if k > 1 else 'x'} + b_{{{k}}})" for k in layers)
    names = "; ".join(f"W_{k}: real[d_{k},d_{k - 1}]; b_{k}: real[d_{k}]" for k in layers)
    derivation = gradient(
        None, "W_1", f"x: real[d_0]; y: real[d_15]; {names}", let=f"{let}; L = 1/2 ||h_15 - y||^2", of="L"
    )
    assert derivation.checked
    assert derivation.lemmas[-1].uses == ("dL/dh_1",)
    assert "h_15" in write(derivation.result, "ascii")


def test_what_a_formula_takes_does_not_depend_on_what_came_before_it():
    """A tree that is kept with what it is written as costs the work of writing it each time."""
    node = read("sum_i (x_i - sum_j x_j)^2", "x: real[n]").body

    def spent() -> int:
        with limited(10_000):
            key(node)
            return 10_000 - (left() or 0)

    assert spent() == spent() > 0


def test_a_size_that_is_too_large_to_check_asks_for_a_letter():
    with pytest.raises(TooMuchWork, match="declare the size by a letter, as in x: real"):
        gradient("sum_ij X_ij^2", "X", "X: real[3000,3000]")


def test_a_fold_that_is_too_dear_is_left_out():
    """The gradient of the largest share less the smallest over scores that are normalised: no shorter form is found
    within the work allowed, so the longer one is the result."""
    let = """b_k = (v_k - 1/d sum_l v_l)/sqrt(c + 1/d sum_l (v_l - 1/d sum_m v_m)^2)
f_k = b_k exp(b_k)/(sum_l exp(b_l))"""
    assert gradient("max_k f_k - min_k f_k", "v", "v: real[d]; c: positive; k: index[d]", let=let).checked


def test_a_form_that_does_not_overflow_is_not_written_at_any_length():
    """Every factor of the product of all others grows exponentially, so that its scaled form does: no code of millions
    of nodes is built for it."""
    let = """h_k = sum_m X_{km} w_m
b_k = h_k exp(h_k) + h_k
f_k = (b_k - 1/n sum_l b_l)/sqrt(c + 1/n sum_l (b_l - 1/n sum_m b_m)^2)"""
    names = "X: real[n,d]; w: real[d]; c: positive; k: index[n]"
    derivation = gradient("prod_k f_k", "w", names, let=let)
    started = time.process_time()
    with pytest.raises(TooMuchWork, match="does not overflow at large exponents is too long"):
        derivation.source()
    assert time.process_time() - started < SECONDS
