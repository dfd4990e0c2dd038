"""A condition between two entries of one vector holds with equality where both are one entry: that is no boundary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flint import arb

from checker import compare
from derivations.domains import parse_names
from derivations.evaluate.balls.single import relation
from derivations.evaluate.draw import assignments
from derivations.evaluate.steer import Relations
from derivations.formula import Elem, Index, Rel

NAMES = "h: real[n]; t: real[n]; c: label01[n]; i: index[n]; j: index[n]; k: index[n]"
TRUTH = "exp(h_k) sum_i {c_i/(sum_j {exp(h_j) if t_j >= t_i, 0 otherwise}) if t_k >= t_i, 0 otherwise} - c_k"
JUDGED = [
    (TRUTH, "equal"),
    (TRUTH.replace("t_k >= t_i", "t_i <= t_k"), "equal"),
    (f"-c_k + {TRUTH.removesuffix(' - c_k')}", "equal"),
    (TRUTH.replace("t_k >= t_i", "t_k <= t_i"), "different"),
    (TRUTH.replace("t_j >= t_i", "t_j <= t_i"), "different"),
    (TRUTH.replace("t_k >= t_i", "t_k > t_i"), "different"),
    ("exp(h_k) sum_i c_i/(sum_j {exp(h_j) if t_j >= t_i, 0 otherwise}) - c_k", "different"),
]


@pytest.mark.parametrize(("answer", "status"), JUDGED)
def test_sums_over_who_is_at_risk_are_judged(answer: str, status: str) -> None:
    assert compare(answer, TRUTH, NAMES).status == status


def test_a_ball_beside_itself_is_one_number() -> None:
    wide, other = arb(1, 0.5), arb(1, 0.5)
    assert [relation(op, wide, wide) for op in ("<=", ">=", "==", "<", ">", "!=")] == [True] * 3 + [False] * 3
    assert relation("<=", wide, other) not in (True, False)


def test_only_entries_that_differ_are_ties() -> None:
    names = parse_names("t: real[n]; u: real[n]")
    i, j = Index("i", "n"), Index("j", "n")
    (drawn,) = assignments(names, sizes=[{"n": 3}], points=8, count=1)
    apart = np.arange(24.0).reshape(8, 3)
    drawn = replace(drawn, values={"t": apart, "u": apart})
    same = Relations([Rel(">=", Elem("t", (i,)), Elem("t", (j,)))], names)
    assert not same.ties(drawn).any()
    equal = np.where(apart == 7, 6, apart)
    assert np.flatnonzero(same.ties(replace(drawn, values={"t": equal, "u": apart}))).tolist() == [2]
    assert Relations([Rel(">=", Elem("t", (i,)), Elem("u", (j,)))], names).ties(drawn).all()
