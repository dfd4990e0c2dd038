"""The judge of equality: what it must accept, what it must not, and what it must say. Two columns and the names, as a
lecturer would write them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace

import pytest

from checker.compare import compare
from derivations.domains import parse_names
from derivations.formula import Written
from derivations.notation import read

EQUAL = (
    # what every checker must accept
    ("y_i(delta_ij - y_j)", "y_i(1-y_i) if i = j, -y_i y_j if i != j", "y: simplex[K]; i: index[K]; j: index[K]"),
    ("diag(y) - y y^T", "y_i(delta_ij - y_j)", "y: simplex[K]; i: index[K]; j: index[K]"),
    ("z 1[z > 0]", "z if z > 0 else 0", "z: real"),
    ("max(0, z)", "z 1[z > 0]", "z: real"),
    ("max(alpha z, z)", "z if z > 0 else alpha z", "z: real; alpha: probability"),
    ("log(sigma^2)", "2 log(sigma)", "sigma: positive"),
    ("sqrt(v)", "v^(1/2)", "v: positive"),
    ("e^(-z)/(1+e^(-z))^2", "sigma(z)(1-sigma(z))", "z: real"),
    ("(X^T X + l I)^-1 X^T", "X^T (X X^T + l I)^-1", "X: real[n,d]; l: positive"),
    # logistic regression
    ("X^T(p - y)", "sum_i (p_i - y_i) X_ij", "X: real[n,d]; p: probability[n]; y: label01[n]; j: index[d]"),
    ("log(p^y (1-p)^(1-y))", "y log(p) + (1-y) log(1-p)", "p: probability; y: label01"),
    ("p^y (1-p)^(1-y)", "y p + (1-y)(1-p)", "p: probability; y: label01"),
    ("-(y log(p) + (1-y) log(1-p))", "log(1 + e^(-(2y-1) log(p/(1-p))))", "p: probability; y: label01"),
    ("sum_i log(1 + exp(-y_i x_i^T w))", "-sum_i log(sigma(y_i x_i^T w))", "x: real[n,d]; y: labelpm1[n]; w: real[d]"),
    ("sigma(-z)", "1 - sigma(z)", "z: real"),
    ("tanh(z)", "2 sigma(2z) - 1", "z: real"),
    ("1 - tanh(z)^2", "4/(e^z + e^(-z))^2", "z: real"),
    ("softplus(z) - softplus(-z)", "z", "z: real"),
    ("1[y = 1] log(p) + 1[y = 0] log(1-p)", "y log(p) + (1-y) log(1-p)", "y: label01; p: probability"),
    # softmax
    ("softmax(z)_i", "e^{z_i - c}/sum_j e^{z_j - c}", "z: real[K]; c: real; i: index[K]"),
    ("sum_k softmax(z)_k", "1", "z: real[K]"),
    ("logsumexp(z)", "max_k z_k + log(sum_j exp(z_j - max_k z_k))", "z: real[K]"),
    ("-sum_k t_k log(p_k)", "-log(prod_k p_k^{t_k})", "t: onehot[K]; p: simplex[K]"),
    ("sum_k t_k (p_j - delta_jk)", "p_j - t_j", "t: onehot[K]; p: simplex[K]; j: index[K]"),
    # least squares, moments
    ("||X w - y||^2", "w^T X^T X w - 2 y^T X w + y^T y", "X: real[n,d]; w: real[d]; y: real[n]"),
    ("-X^T (y - X w) + l w", "(X^T X + l I) w - X^T y", "X: real[n,d]; y: real[n]; w: real[d]; l: positive"),
    ("sum_i sum_j (x_i - x_j)^2", "2 n sum_i x_i^2 - 2 (sum_i x_i)^2", "x: real[n]"),
    ("sum_i (x_i - 1/n sum_j x_j)", "0", "x: real[n]"),
    ("n/2 log(2 pi sigma^2) + sum_i (x_i - mu)^2/(2 sigma^2)",
        "-log(prod_i (1/sqrt(2 pi sigma^2)) e^{-(x_i-mu)^2/(2 sigma^2)})", "x: real[n]; sigma: positive; mu: real"),
    ("(sum_i x_i)^2 - sum_i x_i^2", "sum_i sum_{j != i} x_i x_j", "x: real[n]"),
    ("sum_{i: y_i = 1} x_i", "sum_i y_i x_i", "y: label01[n]; x: real[n]"),
    ("max_i (x_i + c)", "c + max_i x_i", "x: real[n]; c: real"),
    ("sum_{s=1}^t beta^{t-s} g_s", "sum_s beta^{t-s} g_s 1[s <= t]", "beta: probability; g: real[T]; t: index[T]"),
    ("e^{-||x - z||^2/(2 s^2)}", "e^{-(x^T x)/(2 s^2)} e^{x^T z/s^2} e^{-(z^T z)/(2 s^2)}",
        "x: real[d]; z: real[d]; s: positive"),
    ("max(0, 1 - y z)", "(1 - y z) 1[y z < 1]", "y: labelpm1; z: real"),
    # matrices
    ("tr(A B)", "tr(B A)", "A: real[n,d]; B: real[d,n]"),
    ("(A B)^-1", "B^-1 A^-1", "A: invertible[k]; B: invertible[k]"),
    ("A^-1 A", "I", "A: invertible[k]"),
    ("det(A B)", "det(A) det(B)", "A: invertible[k]; B: invertible[k]"),
    ("log(det(A)^2)", "2 log(abs(det(A)))", "A: invertible[k]"),
    ("det(2 A)", "2^k det(A)", "A: invertible[k]; k: size"),
    ("tr((X^T X + l I)^-1 (X^T X + l I))", "d", "X: real[n,d]; l: positive"),
    ("X", "X (X^T X)^-1 X^T X", "X: real[n,d]"),
    ("(I + X X^T)^-1", "I - X (I + X^T X)^-1 X^T", "X: real[n,d]"),
    ("A x + A^T x", "2 A x", "x: real[n]; A: symmetric[n]"),
    ("tr(A^-1 B) + log(det(A))", "log(det(A)) + tr(B A^-1)", "A: posdef[d]; B: real[d,d]"),
    ("||Q x||^2", "x^T x", "Q: orthonormal[n,k]; x: real[k]"),
    # school
    ("sqrt(x^2)", "|x|", "x: real"),
    ("abs(a b)", "abs(a) abs(b)", "a: real; b: real"),
    ("log(a b)", "log(a) + log(b)", "a: real; b: real"),
    ("(a^2 - b^2)/(a-b)", "a+b", "a: real; b: real"),
    ("sin(x + 2 pi)", "sin(x)", "x: real"),
    ("cos(2x)", "1 - 2 sin(x)^2", "x: real"),
    ("x^(8/6)", "(x^4)^(1/3)", "x: real"),
    ("2^(x+1) - 2^x", "2^x", "x: real"),
    ("cosh(x)^2 - sinh(x)^2", "1", "x: real"),
    ("10^300 * 10^300 x", "10^600 x", "x: real"),
    ("n!/(n-1)!", "n", "n: size"),
    ("(x^2)^(1/6)", "abs(x)^(1/3)", "x: real"),
    ("(x^2)^a", "abs(x)^(2 a)", "x: real; a: positive"),
    ("x^(log y)", "y^(log x)", "x: positive; y: positive"),
    ("tan(x + y)", "(tan(x) + tan(y))/(1 - tan(x) tan(y))", "x: real; y: real"),
    ("sin(x)^4", "(3 - 4 cos(2x) + cos(4x))/8", "x: real"),
    ("abs(cos(x/2))", "sqrt((1 + cos(x))/2)", "x: real"),
    ("arctan(x) + arctan(1/x)", "sign(x) pi/2", "x: real"),
    ("log((x - 100)/(x - 101))", "log(x - 100) - log(x - 101)", "x: real"),
    ("tanh(x + y)", "(tanh x + tanh y)/(1 + tanh x tanh y)", "x: real; y: real"),
    ("1/(sqrt(x+1) + sqrt(x))", "sqrt(x+1) - sqrt(x)", "x: positive"),
    # powers of -1
    ("(-1)^(n(n+1))", "1", "n: size"),
    ("(-1)^(n-m)", "(-1)^(n+m)", "n: size; m: size"),
    ("abs((-2)^n)", "2^n", "n: size"),
    ("cos(pi n)", "(-1)^n", "n: size"),
    ("cos(2 pi n + x)", "cos(x)", "n: size; x: real"),
    ("log(p^n (1-p)^m)", "n log(p) + m log(1-p)", "n: size; m: size; p: probability"),
    # conditions, by cells
    ("max(min(x, 2), 1)", "min(max(x, 1), 2)", "x: real"),
    ("abs(x - 1) + abs(x + 1)", "2 max(1, abs(x))", "x: real"),
    ("abs(abs(x) - 1)", "min(abs(x-1), abs(x+1))", "x: real"),
    ("abs(x - 1) + abs(x - 2)", "1 if 1 <= x and x <= 2 else abs(2x - 3)", "x: real"),
    ("min(x, max(y, z))", "max(min(x, y), min(x, z))", "x: real; y: real; z: real"),
    ("max(x, 1/x)", "e^(abs(log x))", "x: positive"),
    ("abs(a - b)", "abs(sqrt(a) - sqrt(b)) (sqrt(a) + sqrt(b))", "a: positive; b: positive"),
    ("abs(x^2 + x + 1)", "x^2 + x + 1", "x: real"),
    ("abs(x^2 - x y + y^2)", "x^2 - x y + y^2", "x: real; y: real"),
    ("1[x^2 > 4]", "1[x > 2] + 1[x < -2]", "x: real"),
    ("1[x^2 > y^2]", "1[abs(x) > abs(y)]", "x: real; y: real"),
    ("1[x^3 > 8]", "1[x > 2]", "x: real"),
    ("1[sigma(x) > 1/2]", "1[e^x > 1]", "x: real"),
    ("1[log(a) > log(b)]", "1[sqrt(a) > sqrt(b)]", "a: positive; b: positive"),
    ("1[1/x > 1]", "1[x > 0] - 1[x >= 1]", "x: real"),
    ("sum_i min(max(x_i, -1), 1)", "sum_i max(min(x_i, 1), -1)", "x: real[n]"),
    ("sum_i 1[x_i^2 > 4]", "sum_i 1[abs(x_i) > 2]", "x: real[n]"),
    ("max_i (l x_i)", "l max_i x_i", "x: real[n]; l: positive"),
    # identities of matrices
    ("(A + u v^T)^-1", "A^-1 - (A^-1 u v^T A^-1)/(1 + v^T A^-1 u)", "A: invertible[k]; u: real[k]; v: real[k]"),
    ("(A + B)^-1", "A^-1 (A^-1 + B^-1)^-1 B^-1", "A: invertible[k]; B: invertible[k]"),
    ("(P^-1 + X^T R^-1 X)^-1 X^T R^-1", "P X^T (X P X^T + R)^-1", "X: real[n,d]; P: posdef[d]; R: posdef[n]"),
    ("(P^-1 + X^T R^-1 X)^-1", "P - P X^T (R + X P X^T)^-1 X P", "X: real[n,d]; P: posdef[d]; R: posdef[n]"),
    ("(Q Q^T + l I)^-1", "1/l (I - 1/(1+l) Q Q^T)", "Q: orthonormal[n,d]; l: positive"),
    ("sum_k p_k (z_k - sum_l p_l z_l)^2", "sum_k p_k z_k^2 - (sum_k p_k z_k)^2", "p: simplex[K]; z: real[K]"),
    ("a log(a/c) + (1-a) log((1-a)/(1-c))", "a (log(a/(1-a)) - log(c/(1-c))) + log((1-a)/(1-c))",
        "a: probability; c: probability"),
    ("-y log(sigma(x)) - (1-y) log(1 - sigma(x))", "max(x, 0) - x y + log(1 + e^{-abs(x)})", "y: label01; x: real"),
)  # fmt: skip

DIFFERENT = (
    ("X^T(y - p)", "X^T(p - y)", "X: real[n,d]; p: probability[n]; y: label01[n]"),
    ("y_i(1 - y_j)", "y_i(delta_ij - y_j)", "y: simplex[K]; i: index[K]; j: index[K]"),
    ("(sum_i sign(x_i))^2", "n^2", "x: real[n]"),
    ("x + 10^-16", "x", "x: real"),
    ("sqrt(x^2)", "x", "x: real"),
    ("log(x+y)", "log(x) + log(y)", "x: positive; y: positive"),
    ("sum_i x_i^2", "(sum_i x_i)^2", "x: real[n]"),
    ("x if x <= 1000 else 0", "x", "x: real"),
    ("1[x > 0]", "1[x >= 1/1000]", "x: real"),
    ("5 if x = 3 else x", "x", "x: real"),
    ("A B", "B A", "A: real[k,k]; B: real[k,k]"),
    ("0", "x", "x: real"),
    ("n", "m", "x: real[n]; y: real[m]"),
    ("sum_i x_i / n", "sum_i x_i/(n-1)", "x: real[n]"),
    ("w x^T", "x w^T", "w: real[n]; x: real[n]"),
    ("n^2 - 3 n + 2", "(n - 1)(n - 2) + (n-3)(n-4)(n-5)(n-6)", "x: real[n]"),
    ("x y", "x y + x (x-1) (x-2) 10^-9", "x: real; y: real"),
    ("y^2", "1", "y: label01"),
    ("X^T X", "X X^T", "X: real[n,n]"),
    ("2^(n-1)", "2^n", "n: real"),
    ("10^300 * 10^300 x", "10^601 x", "x: real"),
    ("cos(x/2)", "sqrt((1 + cos(x))/2)", "x: real"),
    ("log(x^2 + 1)", "2 log(x + 1)", "x: real"),
    ("(x^2)^(3/2)", "x^3", "x: real"),
    ("sqrt(x^2 (x^2+1))", "x sqrt(x^2+1)", "x: real"),
    ("arctan(tan(x))", "x", "x: real"),
    ("arctan(x) + arctan(1/x)", "pi/2", "x: real"),
    ("(x^x)^x", "x^(2x)", "x: positive"),
    ("max(min(x, 2), 1)", "max(min(x, 1), 2)", "x: real"),
    ("min(x, max(y, z))", "max(min(x, y), z)", "x: real; y: real; z: real"),
    ("1[x^2 > y^2]", "1[x > y]", "x: real; y: real"),
    ("abs(x^2 - x - 1)", "x^2 - x - 1", "x: real"),
    ("(-1)^(n m)", "(-1)^(n + m)", "n: size; m: size"),
    ("(A + u v^T)^-1", "A^-1 - (A^-1 u v^T A^-1)/(1 + u^T A^-1 v)", "A: invertible[k]; u: real[k]; v: real[k]"),
    ("(A^-1 + B^-1)^-1", "A + B", "A: invertible[k]; B: invertible[k]"),
    ("sum_k p_k log(p_k/q_k)", "sum_k q_k log(q_k/p_k)", "p: simplex[K]; q: simplex[K]"),
    # at a size of 1, or at an even one, only
    ("det(x x^T)", "0", "x: real[n]"),
    ("min_k t_k", "0", "t: onehot[K]; X: real[n,K]"),
    ("det(-A)", "-det(A)", "A: real[n,n]; Q: orthonormal[m,n]"),
    # turns and mirrors
    ("det(Q)", "1", "Q: orthonormal[n,n]"),
    ("Q_11", "Q_22", "Q: orthonormal[2,2]"),
)

UNSETTLED = (
    ("log(-p)", "log(-p) + 0 x", "p: positive; x: real", "undefined"),
    ("(-2)^n", "(-2)^(n-1)", "n: real", "undefined"),
    # a set of measure zero that no point is on for certain
    ("x if x != 1/3 else 5", "x", "x: real", "unreached"),
    ("1[x = pi]", "0 x", "x: real", "unreached"),
    # a difference too small beside the rest
    ("exp(exp(exp(exp(exp(exp(x)))))) + y", "exp(exp(exp(exp(exp(exp(x))))))", "x: real; y: real", "precision"),
    ("log(exp(exp(12)) + x)", "exp(12)", "x: real", "precision"),
)


@pytest.mark.parametrize(("student", "truth", "names"), EQUAL)
def test_equal_and_proved_for_every_size(student: str, truth: str, names: str) -> None:
    found = compare(student, truth, names)
    assert (found.status, found.evidence.strength) == ("equal", "proved"), found


@pytest.mark.parametrize(("student", "truth", "names"), DIFFERENT)
def test_different_with_a_counterexample(student: str, truth: str, names: str) -> None:
    found = compare(student, truth, names)
    assert found.status == "different", found
    shown = found.evidence.counterexample
    assert shown is not None
    assert found.evidence.strength is None


@pytest.mark.parametrize(("student", "truth", "names", "tag"), UNSETTLED)
def test_what_nothing_settles_is_undecided(student: str, truth: str, names: str, tag: str) -> None:
    found = compare(student, truth, names)
    assert found.status == "undecided"
    assert tag in {f.tag for f in found.findings}


def test_a_counterexample_is_small_and_exact() -> None:
    shown = compare("sum_i x_i^2", "(sum_i x_i)^2", "x: real[n]").evidence.counterexample
    assert shown is not None
    assert shown.sizes == {"n": 2}
    a, b = (eval_fraction(v) for v in shown.names["x"])
    assert eval_fraction(shown.student) == a * a + b * b
    assert eval_fraction(shown.truth) == (a + b) ** 2


def eval_fraction(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def test_floats_alone_decide_nothing() -> None:
    """cosh² - sinh² loses all digits at x = 30; 10⁻¹⁶ is below them."""
    assert compare("cosh(30 x)^2 - sinh(30 x)^2", "1", "x: real").status == "equal"
    assert compare("x + 10^-30 x^2", "x", "x: real").status == "different"


def test_shapes_come_first() -> None:
    wrong = compare("X^T X", "X X^T", "X: real[n,d]")
    assert wrong.status == "different"
    assert wrong.diagnosis is not None
    assert wrong.diagnosis.tag == "shape"
    assert "(d, d)" in wrong.diagnosis.message
    assert "(n, n)" in wrong.diagnosis.message
    assert compare("X w", "w", "X: real[n,d]; w: real[n]").diagnosis.tag == "shape"  # type: ignore[union-attr]
    fault = compare("w", "X w", "X: real[n,d]; w: real[n]")
    assert fault.status == "unreadable"
    assert fault.at is not None
    assert fault.at.side == "truth"


def test_free_indices_and_axes_correspond_in_order() -> None:
    names = "X: real[n,d]; r: real[n]; j: index[d]"
    assert compare("X^T r", "sum_i X_ij r_i", names).status == "equal"
    assert compare("sum_i X_ij r_i", "X^T r", names).status == "equal"
    assert compare("x^T", "x", "x: real[d]").status == "different"
    assert compare("0", "x - x", "x: real[d]").status == "equal"


def test_a_fault_says_whose_it_is() -> None:
    for student, truth, names, side in (
        ("x +", "x", "x: real", "student"),
        ("x", "q", "x: real", "truth"),
        ("x", "x", "x: rael", "names"),
    ):
        found = compare(student, truth, names)
        assert found.status == "unreadable"
        assert found.at is not None
        assert found.at.side == side


def test_two_readings_are_both_judged() -> None:
    same = compare("x/2x", "y", "x: real; y: real")
    assert same.status == "different"
    assert "ambiguous" in {f.tag for f in same.findings}
    asked = compare("x^2/2x", "x/2", "x: real")
    assert asked.status == "unreadable"


def test_remarks_on_domains_sizes_and_kinks() -> None:
    def tags(*args: str) -> set[str]:
        found = compare(*args)
        assert found.status == "equal"
        return {f.tag for f in found.findings}

    assert "domain" in tags("x", "exp(log(x))", "x: real")
    assert "points" in tags("x^2/x", "x", "x: real")
    assert "sizes" in tags("X", "X (X^T X)^-1 X^T X", "X: real[n,d]")
    assert "needs n ≥ d" in [f.message for f in compare("X (X^T X)^-1 X^T X", "X", "X: real[n,d]").findings]
    assert "boundary" in tags("1[z > 0]", "1[z >= 0]", "z: real")
    assert compare("1[y > 0]", "1[y >= 0]", "y: label01").status == "different", (
        "a label is at 0 with positive probability"
    )


def test_evidence_is_said_in_full() -> None:
    found = compare("tr(A B)", "tr(B A)", "A: real[n,d]; B: real[d,n]")
    out = found.to_json()
    assert out["evidence"]["strength"] == "proved"
    assert len(out["evidence"]["sizes"]) >= 3
    assert out["evidence"]["points"] >= 64
    assert out["evidence"]["digits"] >= 15
    assert compare(out["student_read"], out["truth_read"], "A: real[n,d]; B: real[d,n]").status == "equal"


def test_sympy_expressions_are_taken() -> None:
    import sympy

    x = sympy.Symbol("x")
    assert compare(sympy.sin(x) ** 2 + sympy.cos(x) ** 2, "1", "x: real").status == "equal"
    assert compare("sin(x)", sympy.cos(x), {"x": "real"}).status == "different"
    assert compare(sympy.Integral(x, x), "x", "x: real").status == "unreadable"
    i, n, v, b = (
        sympy.Symbol("i", integer=True),
        sympy.Symbol("n", integer=True, positive=True),
        sympy.IndexedBase("v"),
        sympy.Symbol("b"),
    )
    assert (
        compare(
            sympy.Sum((v[i] - b) ** 2, (i, 1, n)), "sum_i v_i^2 - 2 b sum_i v_i + n b^2", "v: real[n]; b: real"
        ).evidence.strength
        == "proved"
    )
    p = sympy.Symbol("p", positive=True)
    assert compare(sympy.log(p**2), 2 * sympy.log(p)).status == "equal"
    with pytest.raises(TypeError):
        compare(None, "x", "x: real")


def test_verdict_and_evidence_are_the_same_in_every_order() -> None:
    table = [row[:3] for row in (*EQUAL, *DIFFERENT, *UNSETTLED)]
    forwards = {row: json.dumps(compare(*row).to_json(), sort_keys=True) for row in table}
    shuffled = list(table)
    random.Random(5).shuffle(shuffled)
    for order in (table[::-1], shuffled):
        for row in order:
            assert json.dumps(compare(*row).to_json(), sort_keys=True) == forwards[row], row


def test_judging_imports_no_sympy() -> None:
    code = (
        "import sys; from checker.compare import compare; assert compare('x (x+1)', 'x^2 + x', 'x: real').status "
        "== 'equal'; print('sympy' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "False"
    )


STALLING = (
    ("(a+b+c+d+f+g)^30", "(g+f+d+c+b+a)^30", "a: real; b: real; c: real; d: real; f: real; g: real"),
    (
        "*".join(f"(a+{k} b+c)" for k in range(2, 30)),
        "*".join(f"(c+{k} b+a)" for k in range(29, 1, -1)),
        "a: real; b: real; c: real",
    ),
    ("sqrt(1+" * 30 + "x" + ")" * 30, "sqrt(1+" * 30 + "x" + ")" * 30 + "+0", "x: positive"),
    (
        "max(" + ",".join(f"x+{k} y" for k in range(12)) + ")",
        "max(" + ",".join(f"x+{k} y" for k in range(11, -1, -1)) + ")",
        "x: real; y: real",
    ),
    ("tr(A A A A A A A A)", "tr(A^T A^T A^T A^T A^T A^T A^T A^T)", "A: real[n,n]"),
)


@pytest.mark.parametrize(("student", "truth", "names"), STALLING)
def test_expressions_built_to_stall_are_answered(student: str, truth: str, names: str) -> None:
    assert compare(student, truth, names).status == "equal"


# one formula, another one, whether what is said of one may be said of the other
ALIKE = [
    ("sum_k x_k z", "sum_k x_k z", True),
    ("sum_k x_k z", "sum_l x_l z", False),
    ("z + c", "c + z", False),
    ("x_i", "x_i", True),
    ("2 z", "z + z", False),
]


@pytest.mark.parametrize(("one", "other", "alike"), ALIKE)
def test_formulas_are_written_alike_when_nothing_tells_them_apart(one: str, other: str, alike: bool):
    names = "x: real[n]; i: index[n]; z: real; c: real"
    assert (Written(read(one, names)) == Written(read(other, names))) is alike


@pytest.mark.parametrize(("student", "truth", "status"), [
    ("-y_i y_j", "-y_i y_j if i != j", "equal"),
    ("x_i y_j", "x_i y_j", "equal"),
    ("x_j y_i", "x_i y_j", "different"),
    ("x_i^2 (y ⊗ x)", "x_i^2 (y ⊗ x)", "equal"),
])  # fmt: skip
def test_indices_of_equal_declarations_are_the_same_letters(student: str, truth: str, status: str):
    """A formula that somebody read under declarations of their own is judged as the same text would be."""
    names = "i: index[K]; j: index[K]; x: real[K]; y: real[K]"
    apart = [read(text, parse_names(names)) for text in (student, truth)]
    assert apart[0].free[0] is not apart[1].free[0]
    assert compare(*apart, parse_names(names)).status == status
    assert compare(*apart).status == status
    assert compare(student, truth, names).status == status


def test_an_index_is_not_taken_for_a_place_where_no_text_tells_them_apart():
    names = "i: index[n]; A: real[n,m]; x: real[m]"
    along, at_one = (replace(read(text, names), source=None) for text in ("sum_k A_ik x_k", "sum_k A_i1 x_k"))
    assert Written(along) != Written(at_one)
    assert compare(along, along, names).status == "equal"
    assert compare(at_one, along, names).status == "different"


@pytest.mark.parametrize("names", ["z: positive", "z: real"])
def test_a_formula_under_other_names_is_another_one(names: str):
    assert Written(read("log(z^2)", names)) != Written(read("log(z^2)", "z: negative"))


def test_a_verdict_tells_how_its_own_answer_was_read_whatever_was_judged_before():
    for letter in ("k", "l", "k"):
        read_as = compare(f"z sum_{letter} x_{letter}", "z sum_k x_k", "x: real[n]; z: real").student_read
        assert read_as is not None
        assert f"x_{letter}" in read_as
    assert compare("log(z^2)", "2 log(z)", "z: positive").status == "equal"
    assert compare("log(z^2)", "2 log(z)", "z: real").findings
