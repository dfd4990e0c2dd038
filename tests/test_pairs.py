"""vec and the Kronecker product: axes that run over pairs of indices, read, judged, written, differentiated; and what
must not be taken for one another."""

from __future__ import annotations

import numpy as np
import pytest

from checker import check, compare
from checker.answers.given import entries
from checker.commands.valuing import value_at
from derivations import gradient
from derivations.domains import parse_names
from derivations.emit import emit
from derivations.emit.program import CannotEmit
from derivations.evaluate.at_point import Point
from derivations.model import ModelError, build
from derivations.notation import ReadError, read, write
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.outward import to_sympy
from problems.loader import read_text

NAMES = (
    "A: real[m,n]; B: real[p,q]; C: real[n,r]; D: real[q,m]; X: real[n,p]; W: real[n,p]; S: real[n,n]; R: real[n,n]; "
    "T: real[p,p]; u: real[n]; v: real[p]; w: real[n]; z: real[p]; c: real[r]; E: real[2,2]; F: real[2,2]; "
    "G: real[3,4]; H: real[12]; K: invertible[n]; L: invertible[p]; a: real; i: index[n]; j: index[p]"
)
VEC_X, KRON_AB = "((j, i)) -> X_ij", "((i, k), (j, l)) -> A_ij B_kl"

READ = [
    # as it is typed, the same by its entries
    ("vec(X)", VEC_X), (r"\operatorname{vec}(X)", VEC_X), (r"\mathrm{vec}\, X", VEC_X), (r"\text{vec}(X)", VEC_X),
    (r"\vec(X)", VEC_X), ("vec X", VEC_X), (r"\operatorname{vec} X", VEC_X), ("X.flatten(order='F')", VEC_X),
    ('X.ravel("F")', VEC_X), ("X.T.ravel()", VEC_X), ("X.T.flatten()", VEC_X), ("X.T.reshape(-1)", VEC_X),
    ("np.ravel(X, order='F')", VEC_X), ("X.reshape(-1, order='F')", VEC_X), ("torch.flatten(X.T)", VEC_X),
    ("vec(X^T)", "((i, j)) -> X_ij"), ("X.ravel()", "((i, j)) -> X_ij"), ("X.flatten()", "((i, j)) -> X_ij"),
    ("X.view(-1)", "((i, j)) -> X_ij"), ("X.flatten(order='C')", "((i, j)) -> X_ij"),
    ("vec(u)", "u"), ("vec(u^T)", "u"), ("vec(X v)", "X v"), ("vec(a)", "a"), ("u.ravel()", "u"),
    ("A ⊗ B", KRON_AB), (r"A \otimes B", KRON_AB), ("kron(A, B)", KRON_AB), ("np.kron(A, B)", KRON_AB),
    ("torch.kron(A, B)", KRON_AB), (r"\operatorname{kron}(A, B)", KRON_AB),
    ("(A ⊗ B)^T", "((i, k), (j, l)) -> A_ji B_lk"), ("kron(u, v)", "((i, j)) -> u_i v_j"),
    ("u ⊗ S", "((i, k), j) -> u_i S_kj"), ("u^T ⊗ S", "(i, (j, k)) -> u_j S_ik"), ("u^T ⊗ v", "v u^T"),
    ("u ⊗ v^T", "u v^T"), ("a ⊗ S", "a S"), ("u ⊗ v", "u v^T"),
    ("A ⊗ B ⊗ S", "((i, k, r), (j, l, s)) -> A_ij B_kl S_rs"), ("vec(S ⊗ T)", "((j, l, i, k)) -> S_ij T_kl"),
    ("vec([[1, a], [3, 4]])", "[1, 3, a, 4]"), ("[1, a] ⊗ [2, 3]", "[[2, 3], [2a, 3a]]"),
    ("kron([1, a], [2, 3])", "[2, 3, 2a, 3a]"), ("vec(E)", "[E_11, E_21, E_12, E_22]"),
    ("E ⊗ [1, 0; 0, 1]", "[E_11, 0, E_12, 0; 0, E_11, 0, E_12; E_21, 0, E_22, 0; 0, E_21, 0, E_22]"),
    ("sum(vec(X))", "sum_{i,j} X_ij"), ("mean(vec(X))", "1/(n p) sum_{i,j} X_ij"), ("max(vec(X))", "max_{i,j} X_ij"),
    ("exp(vec(X))", "((j, i)) -> exp(X_ij)"), ("vec(X).size", "n p"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entries"), READ, ids=[row[0] for row in READ])
@pytest.mark.long
def test_read_as_its_entries(text, entries):
    assert compare(text, entries, NAMES).evidence.strength == "proved"
    assert read(text, NAMES).shape == read(entries, NAMES).shape


EQUAL = [
    ("vec(A X B)", "(B^T ⊗ A) vec(X)"), (r"\operatorname{vec}(AXB)", r"(B^\top \otimes A)\operatorname{vec}(X)"),
    ("(A @ X @ B).flatten(order='F')", "np.kron(B.T, A) @ X.flatten(order='F')"),
    ("(A @ X @ B).ravel()", "np.kron(A, B.T) @ X.ravel()"), ("tr(X^T W)", "vec(X)^T vec(W)"),
    ("X.ravel() @ W.ravel()", "tr(X^T W)"), ("⟨vec X, vec W⟩", "sum_{i,j} X_ij W_ij"),
    ("(A ⊗ B)(C ⊗ D)", "(A C) ⊗ (B D)"), ("(A ⊗ B)^T", "A^T ⊗ B^T"), ("tr(S ⊗ T)", "tr(S) tr(T)"),
    ("(K ⊗ L)^{-1}", "K^{-1} ⊗ L^{-1}"), ("((K ⊗ L)^T)^{-1}", "K^{-T} ⊗ L^{-T}"),
    ("(K ⊗ L)(K^{-1} ⊗ L^{-1})", "I_n ⊗ I_p"), ("det(S ⊗ T)", "det(S)^p det(T)^n"),
    ("||vec(X)||^2", "||X||_F^2"), ("||S ⊗ T||_F", "||S||_F ||T||_F"), ("||vec(X)||_1", "sum_{i,j} |X_ij|"),
    ("vec(u v^T)", "v ⊗ u"), ("v ⊗ u", "vec(u v^T)"), ("vec(u v^T)", "kron(v, u)"), ("u ⊗ v", "u v^T"),
    ("v ⊗ u + vec(X)", "vec(u v^T + X)"), ("(S ⊗ T)(u ⊗ v)", "(S u) ⊗ (T v)"), ("(u ⊗ v)^T", "u^T ⊗ v^T"),
    ("kron(u, v)^T kron(w, z)", "(u^T w) (v^T z)"), ("vec(X)^T (v ⊗ u)", "u^T X v"),
    ("vec(S R)", "(I ⊗ S) vec(R)"), ("vec(S R)", "(R^T ⊗ I) vec(S)"), ("vec(S X + X T^T)", "(I ⊗ S + T ⊗ I) vec(X)"),
    ("vec(X)^T (T ⊗ S) vec(X)", "tr(X^T S X T^T)"), ("X v", "(v^T ⊗ I) vec(X)"), ("(S + R) ⊗ T", "S ⊗ T + R ⊗ T"),
    ("vec(X ⊙ W)", "vec(X) ⊙ vec(W)"), ("vec(diag(u) X)", "diag(vec(u 1^T)) vec(X)".replace("1", r"\mathbf 1")),
    ("softmax(vec(X))", "vec(exp(X)) / sum(exp(X))"), ("vec(X)", "((j, i)) -> X_ij"),
    ("vec(E)^T vec(F)", "tr(E^T F)"), ("(E ⊗ F) vec(F)", "vec(F F E^T)"), ("inv(E ⊗ F)", "inv(E) ⊗ inv(F)"),
    ("0 vec(X)", "0"), ("S ⊗ T ⊗ S", "S ⊗ (T ⊗ S)"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=[" = ".join(row) for row in EQUAL])
@pytest.mark.long
def test_identities_are_proved(left, right):
    assert compare(left, right, NAMES).evidence.strength == "proved"


DIFFERENT = [
    # near misses, and the tag where the shapes tell
    ("vec(X)", "vec(X^T)", "order"), ("X.ravel()", "vec(X)", "order"), ("vec(X)", "X", "shape"),
    ("X^T", "vec(X)", "shape"), ("X_ij", "vec(X)", "shape"), ("vec(S)", "vec(S^T)", None), ("S^T", "vec(S)", "shape"),
    ("(j, i) -> X_ij", "vec(X)", "shape"), ("vec(X)", "(j, i) -> X_ij", "shape"),
    ("vec(u v^T)", "u ⊗ v", "order"), ("u ⊗ v", "v u^T", "shape"), ("kron(u, w)", "kron(w, u)", None),
    ("kron(u, v)", "u v^T", "shape"), ("S ⊗ R", "R ⊗ S", None), ("S ⊗ T", "T ⊗ S", "order"),
    ("(S ⊗ R)^T", "S ⊗ R", None), ("vec(S R)", "(I ⊗ R) vec(S)", None), ("vec(S R)", "(R ⊗ I) vec(S)", None),
    ("vec(S R S)", "(S ⊗ S) vec(R)", None), ("vec(X)^T (T ⊗ S) vec(X)", "tr(X^T S X T)", None),
    ("tr(S ⊗ T)", "tr(S) + tr(T)", None), ("det(S ⊗ T)", "det(S)^n det(T)^p", None),
    ("det(S ⊗ T)", "det(S) det(T)", None),
    ("(S ⊗ R)(R ⊗ S)", "(S R) ⊗ (S R)", None), ("vec(E)", "[E_11, E_12, E_21, E_22]", None), ("vec(X)", "0", None),
    ("||S ⊗ T||_F", "||S||_F + ||T||_F", None), ("(K ⊗ L)^{-1}", "L^{-1} ⊗ K^{-1}", "order"),
    ("vec(X) + c", "vec(X)", "shape"), ("vec(S) ", "c", "shape"), ("mean(vec(X))", "1/n sum_{i,j} X_ij", None),
    ("(A ⊗ B^T) vec(X)", "vec(A X B)", "order"), ("(S ⊗ T) vec(X)", "vec(S X T^T)", "order"),
    ("vec(X) + vec(X^T)", "2 vec(X)", "order"), ("vec(X)^T vec(X^T)", "tr(X^T X)", "order"),
    ("vec(X)^T", "vec(X)", "shape"), ("vec(G)", "vec(G^T)", "order"), ("H", "vec(G) + 1 - vec(G)", "order"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "tag"), DIFFERENT, ids=[" / ".join(row[:2]) for row in DIFFERENT])
def test_near_misses_differ(left, right, tag):
    verdict = compare(left, right, NAMES)
    assert verdict.status == "different"
    assert tag == (verdict.diagnosis.tag if verdict.diagnosis else None)


REFUSED = [
    # what cannot be told, or counts in two orders, and what the refusal says
    ("vec(X) + vec(X^T)", "joins p·n entries with n·p"), ("(A ⊗ B^T) vec(X)", "as many, that count in another order"),
    ("vec(G) + H", "joins 4·3 entries with 12"), ("I ⊗ S", "its size cannot be told"),
    (r"\mathbf{1} ⊗ S", "its size cannot be told"), ("vec(X)_i", "runs over pairs of indices"),
    ("vec(X)_1", "runs over pairs of indices"), ("X.ravel()[0]", "indices count from 1"),
    ("sum_k vec(X)_k", "runs over pairs of indices"), ("inv(S ⊗ T + S ⊗ T)", "read of a Kronecker product of square"),
    ("log det(S ⊗ T + S ⊗ T)", "read of a Kronecker product"), ("(u ⊗ v)^T (w ⊗ z)", "reads two ways"),
    ("u ⊗ v ⊗ w", "reads several ways"), ("vec(u ⊗ v)", "reads two ways"), ("kron(u, S)", "reads two ways"),
    ("np.kron(S, u)", "reads two ways"), ("X.ravel(order='K')", "these options"), ("X.flatten(0)", "these options"),
    (r"\vec{X}", "an arrow stands over a vector"), ('a "F"', "cannot be read"), ("vec(X, W)", "vec takes 1 argument"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refusals_say_why(text, words):
    with pytest.raises(ReadError, match=words.replace("(", r"\(")):
        read(text, NAMES)


def test_pairs_in_two_orders_are_refused_where_nothing_tells_them_apart():
    verdict = compare("0 vec(X) + 0 vec(X^T)", "0 vec(X)", NAMES)
    assert verdict.status == "unreadable"
    assert "in another order" in verdict.at.message
    shown = compare(
        "(A ⊗ B^T) vec(X)", "vec(A X B)", "A: real[m,n]; X: real[n,p]; B: real[p,q]"
    ).evidence.counterexample
    assert shown.sizes == {"m": 2, "n": 2, "p": 2, "q": 2}


@pytest.mark.parametrize(
    "text", ["vec(X)", "vec X", r"\operatorname{vec}(X)", "X.ravel()", "np.kron(X, 1)", "kron(X, 1)"]
)
def test_no_letter_is_inferred_to_be_a_number_below_vec(text):
    assert compare(text, "X", "infer").status == "unreadable"


def test_entrywise_products_ask_which_product_a_cross_in_a_circle_is():
    with pytest.raises(ReadError, match="two ways where products go entry by entry"):
        read("S ⊗ R", parse_names(NAMES).multiplied_entrywise())


def test_a_size_of_its_own_is_named_in_the_shape_error():
    message = read("vec(X) + c", NAMES).shape_error.message
    assert message == "shapes do not conform in a sum: vec(X) is (p·n,) and c is (r,)"


WRITTEN = [
    ("(B^T ⊗ A) vec(X)", "vec(A X B)", r"\operatorname{vec}(A X B)"), ("A ⊗ B", "kron(A, B)", r"A \otimes B"),
    ("(A ⊗ B)(C ⊗ D)", "kron(A C, B D)", r"(A C) \otimes (B D)"), ("v ⊗ u + vec(X)", "vec(u v^T + X)", None),
    ("I_n ⊗ S - 2 S ⊗ I_n", "kron(I_n, S) - kron(2 S, I_n)", None), ("vec(I_n)", "vec(I_n)", None),
    ("exp(S ⊗ T)", None, None), ("S ⊗ T ⊗ S", None, None), ("u ⊗ S", None, None), ("diag(vec(X))", None, None),
    ("vec(X) vec(W)^T", None, None), ("[1, a; 0, 1] ⊗ S", None, None), ("vec(1[X > 0])", "vec(1[X > 0])", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ascii", "latex"), WRITTEN, ids=[row[0] for row in WRITTEN])
@pytest.mark.long
def test_what_is_written_reads_back(text, ascii, latex):
    formula = read(text, NAMES)
    for form in ("index", "auto"):
        for dressing in ("ascii", "unicode", "latex"):
            again = read(write(formula, dressing, form), NAMES)
            assert (again.joint, again.shape) == (formula.joint, formula.shape)
            assert compare(again, formula, NAMES).status == "equal"
    assert ascii is None or write(formula, "ascii", "matrix") == ascii
    assert latex is None or write(formula, "latex", "matrix") == latex


GRADIENTS = [
    ("||vec(C) - (C^T ⊗ A^T) vec(Q)||^2", "Q", "A: real[m,n]; C: real[n,r]; Q: real[m,n]", "2 A (A^T Q C - C) C^T"),
    ("||vec(Y) - (X^T ⊗ W) vec(B)||^2", "W", "W: real[m,k]; B: real[k,d]; X: real[d,n]; Y: real[m,n]",
     "2 (W B X - Y) X^T B^T"),
    ("vec(X)^T (T ⊗ S) vec(X)", "X", NAMES, "S X T^T + S^T X T"),
    ("log det(P ⊗ Q)", "P", "P: posdef[n]; Q: posdef[k]", "k P^{-1}"),
    ("tr((K ⊗ L)^{-1})", "K", "K: invertible[n]; L: invertible[p]", "-tr(L^{-1}) (K^{-1} K^{-1})^T"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "wrt", "names", "result"), GRADIENTS, ids=[row[0] for row in GRADIENTS])
def test_gradients_of_losses_with_pairs(loss, wrt, names, result):
    derived = gradient(loss, wrt, names)
    assert compare(derived.result, result, derived.names).status == "equal"


def test_values_are_long_vectors_and_block_matrices():
    x, s, t = np.arange(6.0).reshape(2, 3), np.array([[1.0, 2], [3, 4]]), np.arange(9.0).reshape(3, 3)
    data = {"X": x.tolist(), "S": s.tolist(), "T": t.tolist()}
    names = parse_names(NAMES)
    for text, value in (
        ("vec(X)", x.ravel(order="F")), ("X.ravel()", x.ravel()), ("S ⊗ T", np.kron(s, t)),
        ("vec(X) vec(X)^T", np.outer(x.T, x.T)), ("vec(S X T)", np.kron(t.T, s) @ x.ravel(order="F")),
    ):  # fmt: skip
        assert value_at(read(text, names), names, data) == value.tolist()
    at = Point({"n": 2, "p": 3}, {"X": ((0, 1, 2), (3, 4, 5))}, names)
    assert entries(read("vec(X)", names), at) == ((6,), (0, 3, 1, 4, 2, 5))
    made = to_sympy(read("vec(X)", names), {"n": 2, "p": 3, "m": 1, "q": 1, "r": 1})
    assert made.shape == (6,)
    assert [str(entry) for entry in made] == ["X_1_1", "X_2_1", "X_1_2", "X_2_2", "X_1_3", "X_2_3"]


def test_what_has_no_pairs_says_so():
    names = parse_names(NAMES)
    with pytest.raises(CannotEmit, match="runs over pairs"):
        emit({"v": read("vec(X)", names)}, "stacked", "")
    with pytest.raises(NoSympy, match="runs over pairs"):
        to_sympy(read("vec(X)", names))
    with pytest.raises(ModelError, match=r"binding of r: its entries run over pairs of indices, \(p·n,\)"):
        build("", names, "r = vec(X); f = r^T r")
    with pytest.raises(ModelError, match="run over pairs"):
        gradient("vec(X)", "X", NAMES)


PROBLEM = """
id = "k/1"
title = "Stacked columns"
names = { X = "real[n,p]", A = "real[m,n]", B = "real[p,q]", S = "real[n,n]", R = "real[n,n]" }
[[part]]
id = "k/1a"
kind = "formula"
ask = "Write the columns of A X B one below the other."
derives = "value of vec(A X B)"
[[part]]
id = "k/1b"
kind = "formula"
ask = "The Kronecker product of S and R transposed?"
derives = "value of (S ⊗ R)^T"
[[part]]
id = "k/1c"
kind = "formula"
ask = "vec of the product of S and R, by S?"
derives = "value of vec(S R)"
"""
ANSWERED = [
    (0, "(B^T ⊗ A) vec(X)", "correct", None), (0, "(B.T ⊗ A) vec(X)", "correct", None),
    (0, "vec(B^T X^T A^T)", "wrong", "transpose"),
    (0, "A X B", "wrong", "shape"), (0, "(B ⊗ A) vec(X)", "wrong", "shape"),
    (0, "(A ⊗ B^T) vec(X)", "wrong", "order"), (0, "(B^T ⊗ A) vec(X^T)", "wrong", "order"),
    (1, "S^T ⊗ R^T", "correct", None), (1, "R^T ⊗ S^T", "wrong", "factor-order"), (1, "S ⊗ R", "wrong", None),
    (2, "(R^T ⊗ I) vec(S)", "correct", None), (2, "vec(R^T S^T)", "wrong", "transpose"), (2, "S R", "wrong", "shape"),
    (2, "(R ⊗ I) vec(S)", "wrong", None),
]  # fmt: skip


@pytest.mark.parametrize(("part", "answer", "status", "tag"), ANSWERED, ids=[f"{r[0]} {r[1]}" for r in ANSWERED])
def test_answers_are_told_why_they_are_wrong(part, answer, status, tag):
    problem, faults = read_text(PROBLEM, "k.toml")
    assert not faults
    verdict = check(problem.parts[part], answer)
    assert verdict.status == status
    assert tag is None or verdict.diagnosis.tag == tag
