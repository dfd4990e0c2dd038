"""Claims in symbols and in words."""

from __future__ import annotations

import pytest

from checker.answers.claims import judge_claim
from checker.validation import validate
from derivations.domains import parse_names
from problems.bank import load_bank

NAMES = parse_names("c: positive; m: positive; alpha: positive; z: negative")

TABLE = [
    # written                        the claim                          verdict       tag
    ("-m sigmoid(-c m) < 0", "-m sigmoid(-c m) < 0", "correct", None),
    ("m sigmoid(-c m) > 0", "-m sigmoid(-c m) < 0", "correct", None),
    ("0 > -2 m sigmoid(-c m)", "-m sigmoid(-c m) < 0", "correct", None),
    ("-m sigmoid(-c m) <= 0", "-m sigmoid(-c m) < 0", "wrong", "too-weak"),
    ("-m sigmoid(-c m) > 0", "-m sigmoid(-c m) < 0", "wrong", "direction"),
    ("alpha exp(z) > 0", "-m sigmoid(-c m) < 0", "wrong", "subject"),
    ("it is decreasing in c", "-m sigmoid(-c m) < 0", "correct", None),
    ("negative", "-m sigmoid(-c m) < 0", "correct", None),
    ("< 0", "-m sigmoid(-c m) < 0", "correct", None),
    ("It is negative, not positive.", "-m sigmoid(-c m) < 0", "correct", None),
    ("negative or zero", "-m sigmoid(-c m) < 0", "wrong", "too-weak"),
    ("it isn’t negative", "-m sigmoid(-c m) < 0", "wrong", "direction"),
    ("cannot be negative", "-m sigmoid(-c m) < 0", "wrong", "direction"),
    ("not always negative", "-m sigmoid(-c m) < 0", "unreadable", None),
    ("either negative or positive", "-m sigmoid(-c m) < 0", "unreadable", None),
    ("not nonnegative", "c^2 >= 0", "unreadable", None),
    ("positive semidefinite", "c^2 >= 0", "correct", None),
    ("increasing", "-m sigmoid(-c m) < 0", "wrong", "direction"),
    ("perhaps", "-m sigmoid(-c m) < 0", "unreadable", None),
    ("strictly increasing", "log f is increasing in c", "correct", None),
    ("it does not depend on c", "f is invariant", "correct", None),
    ("lim c->oo exp(-c) = 0", "lim c->oo exp(-c) = 0", "correct", None),
    ("c > m", "log(3) > log(2)", "undecided", None),
    ("log(2) < log(3)", "log(3) > log(2)", "correct", None),
    ("log(5) > log(3)", "log(3) > log(2)", "wrong", "subject"),
    ("1.0986 > 0.6931", "log(3) > log(2)", "correct", None),
    ("0.6931 > 1.0986", "log(3) > log(2)", "wrong", "direction"),
    ("log(3) - log(2) > 0", "log(3) > log(2)", "correct", None),
    ("2 > 1", "log(3) > log(2)", "wrong", "subject"),
    ("1/0 > log(-1)", "log(3) > log(2)", "wrong", "subject"),
    ("0", "lim c->oo exp(-c) = 0", "correct", None),
    ("= 0", "lim c->oo exp(-c) = 0", "correct", None),
    (r"\lim_{c \to \infty} e^{-c} = 0", "lim c->oo exp(-c) = 0", "correct", None),
    ("lim c->oo exp(c) = 0", "lim c->oo exp(-c) = 0", "wrong", "subject"),
    ("lim c->0 exp(-c) = 0", "lim c->oo exp(-c) = 0", "wrong", "subject"),
    ("exp(-c) > 0", "lim c->oo exp(-c) = 0", "wrong", "subject"),
    ("1", "lim c->oo exp(-c) = 0", "wrong", "limit"),
    ("-oo", "lim c->oo log(exp(-c)) = -oo", "correct", None),
    ("oo", "lim c->oo log(exp(-c)) = -oo", "wrong", "sign"),
]


@pytest.mark.parametrize(("written", "claim", "status", "tag"), TABLE)
def test_claim(written, claim, status, tag):
    verdict = judge_claim(written, claim, NAMES)
    assert verdict.status == status, verdict
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag


STATED = [
    # the claim                               its hypotheses           whether it holds, or what is wrong with it
    ("sum_i -k_i exp(-c) < 0", ["k_i > 0 for all i"], True),
    ("sum_i -k_i exp(-c) < 0", [], False),
    ("d/dc log(1 + exp(-c p)) < 0", [], True),
    ("d/dc log(1 + exp(-c p)) > 0", [], False),
    ("p^2 + 1 >= 2 p", [], True),
    ("p^2 + 1 > 2 p", ["p > 1"], True),
    ("lim p->oo 1/p = 0", [], True),
    ("lim p->oo 1/p = 1", [], False),
    ("df/dc = -p/(1 + exp(c p))", [], True),
    ("c = p", [], False),
    ("c > 0", ["c > 1", "c < 0"], "no value anywhere where the hypotheses hold"),
    ("c > 0", ["q > 0"], "the hypothesis 'q > 0' cannot be read"),
    ("it grows", [], "cannot be read"),
]


@pytest.mark.parametrize(("claim", "hypotheses", "holds"), STATED)
def test_a_claim_is_checked_when_its_file_is_validated(claim, hypotheses, holds, tmp_path):
    names = '{ k = "real[n]", c = "real", p = "positive", i = "index[n]" }'
    part = f'[[part]]\nid = "q/1"\nkind = "claim"\nask = "?"\nclaim = "{claim}"\nhypotheses = {hypotheses}\n'
    (tmp_path / "q.toml").write_text(
        f'id = "q/1"\ntitle = "q"\nnames = {names}\nlet = "f = log(1 + exp(-c p))"\n{part}', encoding="utf-8"
    )
    faults = [f for f in validate(load_bank(tmp_path).part("q/1")) if f.path == ".claim"]
    assert bool(faults) == (holds is not True)
    if faults:
        assert (holds or "does not hold") in faults[0].what
