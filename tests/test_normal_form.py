"""The proof for every size: identities that it finds, and tempting ones that are false, in the notation."""

from __future__ import annotations

import pytest

from derivations.domains import parse_names
from derivations.formula import Formula, Index
from derivations.normal_form import prove_equal
from derivations.notation import read

NAMES = parse_names(
    "a: real; b: real; c: real; p: positive; q: probability; u: label01; v: labelpm1; x: real[n]; w: real[n]; "
    "y: labelpm1[n]; t: label01[n]; k: integer; "
    "T: onehot[K]; P: simplex[K]; X: real[n,d]; A: invertible[r]; B: invertible[r]; S: symmetric[r]; G: "
    "posdef[r]; Q: orthonormal[n,d]; M: real[2,2]; z: real[3]; "
    "f: function; i: index[n]; j: index[n]; h: index[r]; l: index[r]; m: index[d]; o: index[d]"
)

TRUE = (
    # polynomials and fractions
    ("(a + b)^3", "a^3 + 3 a^2 b + 3 a b^2 + b^3"),
    ("1/(a-b) - 1/(a+b)", "2 b/(a^2 - b^2)"),
    ("a/(1+a) + 1/(1+a)", "1"),
    ("(a^2 + 2 a b + b^2)^(-1)", "(a+b)^(-2)"),
    # powers, roots, exp, log
    ("2^a 2^b", "2^(a+b)"),
    ("4^(3/2)", "8"),
    ("sqrt(8)", "2 sqrt(2)"),
    ("(a^3)^(1/3)", "a"),
    ("sqrt(a^2 b^2)", "|a b|"),
    ("sqrt(a^2 + 2 a b + b^2)", "|a + b|"),
    ("sqrt(a) sqrt(a)", "a"),
    ("(a^2)^(1/4)", "sqrt(a)"),
    ("sqrt(a b)", "sqrt(a) sqrt(b)"),
    ("p^a", "e^(a log(p))"),
    ("a^log(b)", "b^log(a)"),
    ("log(a/b)", "log(a) - log(b)"),
    ("log(12)", "2 log(2) + log(3)"),
    ("log(1 + e^a)", "a + log(1 + e^(-a))"),
    ("e^(2 log(|a|))", "a^2"),
    ("sqrt(p/q)", "sqrt(p q)/q"),
    # signs and conditions
    ("|a|^2", "a^2"),
    ("|a| sign(a)", "a"),
    ("sign(a b)", "sign(a) sign(b)"),
    ("max(a, b) + min(a, b)", "a + b"),
    ("max(a, b)", "(a + b + |a - b|)/2"),
    ("max(a, max(b, c))", "max(max(a, b), c)"),
    ("relu(a) - relu(-a)", "a"),
    ("1[a > b] + 1[a <= b]", "1"),
    ("1[a > 0] 1[a > 0]", "1[2 a > 0]"),
    ("|1 + e^a|", "1 + e^a"),
    ("1[u = 1]", "u"),
    ("1[v = 1]", "(1 + v)/2"),
    ("log(1 + e^(-v a))", "u log(1 + e^(-v a)) + (1-u) log(1 + e^(-v a))"),
    ("e^(u a)", "1 - u + u e^a"),
    ("sqrt(1 + 1[b > 0] a^2)", "sqrt(1 + a^2) if b > 0 else 1"),
    # trigonometry
    ("sin(a + b)", "sin(a) cos(b) + cos(a) sin(b)"),
    ("sin(3 a)", "3 sin(a) - 4 sin(a)^3"),
    ("sin(a/2)^2", "(1 - cos(a))/2"),
    ("tan(pi/4 + a)", "(cos(a) + sin(a))/(cos(a) - sin(a))"),
    ("cos(pi/6)", "sqrt(3)/2"),
    ("arcsin(a) + arccos(a)", "pi/2"),
    # sums
    ("sum_i x_i w_i", "sum_j w_j x_j"),
    ("sum_i sum_j x_i w_j", "(sum_i x_i)(sum_i w_i)"),
    ("sum_i (x_i - a)^2", "sum_i x_i^2 - 2 a sum_i x_i + n a^2"),
    ("sum_i sum_j delta_ij x_i w_j", "sum_i x_i w_i"),
    ("sum_i y_i^2", "n"),
    ("sum_i t_i^2", "sum_i t_i"),
    ("sum_i |x_i|^2", "sum_i x_i^2"),
    ("sum_i 1/(1+x_i) + sum_i x_i/(1+x_i)", "n"),
    ("sum_i x_i/(1+x_i)", "n - sum_i 1/(1+x_i)"),
    ("sum_i sum_j (x_i - x_j)", "0"),
    ("sum_i sum_j arctan(x_i - x_j)", "0"),
    ("sum_i sum_j 1[i < j] + sum_i sum_j 1[i >= j]", "n^2"),
    ("prod_i e^(x_i)", "e^(sum_i x_i)"),
    ("prod_i (2 x_i)", "2^n prod_i x_i"),
    ("log(prod_i p^(x_i))", "log(p) sum_i x_i"),
    ("max_i (2 x_i + a)", "a + 2 max_i x_i"),
    ("min_i x_i", "-max_i (-x_i)"),
    ("e^(x_i) / sum_j e^(x_j)", "e^(x_i - max_k x_k) / sum_j e^(x_j - max_k x_k)"),
    ("sum_i f(x_i)", "sum_j f(x_j)"),
    # facts of the domains
    ("sum_k P_k", "1"),
    ("sum_k T_k log(P_k) + sum_k T_k", "1 + sum_k T_k log(P_k)"),
    ("sum_k T_k^2", "1"),
    ("S_hl", "S_lh"),
    ("Q^T Q", "delta_mo"),
    # matrices
    ("A A^-1", "delta_hl"),
    ("(A B)^-1", "B^-1 A^-1"),
    ("((A^T)^-1)^T", "A^-1"),
    ("det(A B^-1)", "det(A)/det(B)"),
    ("det(3 A)", "3^r det(A)"),
    ("log(det(G))", "1/2 log(det(G)^2)"),
    ("tr(A^-1 B A)", "tr(B)"),
    ("X^T (X X^T + p I)^-1", "(X^T X + p I)^-1 X^T"),
    ("tr((X^T X)^-1 X^T X)", "d"),
    ("det(M)", "M_11 M_22 - M_12 M_21"),
    ("||z||^2", "z_1^2 + z_2^2 + z_3^2"),
)  # fmt: skip

FALSE = (
    ("(a + b)^2", "a^2 + b^2"),
    ("sqrt(a^2)", "a"),
    ("(a^2)^(1/4)", "sqrt(b)"),
    ("log(a^2)", "2 log(b)"),
    ("sign(a)", "1"),
    ("(sum_i sign(x_i))^2", "n^2"),
    ("sum_i |x_i|", "|sum_i x_i|"),
    ("sum_i x_i w_i", "(sum_i x_i)(sum_i w_i)"),
    ("sum_i sum_j x_i x_j", "sum_i x_i^2"),
    ("sum_i e^(x_i)", "e^(sum_i x_i)"),
    ("prod_i x_i", "sum_i x_i"),
    ("1[a > 0] 1[b > 0]", "1[a b > 0]"),
    ("1[u > 0]", "1"),
    ("1[u >= 0]", "1[u > 0]"),
    ("sign(sin(a)^2 + cos(a)^2 - 1)^2", "1"),
    ("sign(x_i - x_j)^2", "1"),
    ("1/u if u = 1 else 7", "1 if u = 1 else 3"),
    ("y_i", "y_j"),
    ("u^2", "1"),
    ("v", "1"),
    ("A B", "B A"),
    ("(A B)^-1", "A^-1 B^-1"),
    ("tr(A B)", "tr(A) tr(B)"),
    ("Q Q^T", "delta_ij"),
    ("sum_k P_k^2", "1"),
    ("max_i x_i", "sum_i x_i"),
    ("sqrt(a^k)", "a^(k/2)"),
    ("sin(a + b)", "sin(a) + sin(b)"),
    ("f(a + b)", "f(a) + f(b)"),
    ("n", "1"),
    ("n", "d"),
)


def pair(a: str, b: str) -> tuple[Formula, Formula]:
    """Both sides over the same slots: what has axes is given the other side's letters in order."""
    left, right = read(a, NAMES), read(b, NAMES)
    if left.axes and right.free and not left.free:
        right = Formula(right.body, right.free + right.axes, (), NAMES)
    free = tuple(k for k in _letters() if k in left.free or k in right.free)
    return (
        Formula(left.body, left.axes, free if left.free or right.free else (), NAMES),
        Formula(right.body, right.axes, free if left.free or right.free else (), NAMES),
    )


def _letters() -> tuple[Index, ...]:
    return tuple(row.index for row in NAMES.values() if row.index is not None)


@pytest.mark.parametrize(("a", "b"), TRUE)
def test_proved_both_ways_round(a: str, b: str) -> None:
    left, right = pair(a, b)
    assert prove_equal(left, right, 60_000) is True
    assert prove_equal(right, left, 60_000) is True


@pytest.mark.parametrize(("a", "b"), FALSE)
def test_never_proved(a: str, b: str) -> None:
    left, right = pair(a, b)
    assert prove_equal(left, right, 60_000) is None
    assert prove_equal(right, left, 60_000) is None


def test_the_budget_is_kept_and_counted() -> None:
    left, right = pair("(a + b + c + p + q)^20", "(q + p + c + b + a)^20")
    assert prove_equal(left, right, 500) is None
    assert prove_equal(left, left, 1) is None
