"""Claims in symbols and in words."""

from __future__ import annotations

import pytest

from checker.kinds.claim import judge_claim
from derivations.domains import parse_names

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
    ("increasing", "-m sigmoid(-c m) < 0", "wrong", "direction"),
    ("perhaps", "-m sigmoid(-c m) < 0", "unreadable", None),
    ("strictly increasing", "log f is increasing in c", "correct", None),
    ("it does not depend on c", "f is invariant", "correct", None),
    ("lim c->oo exp(-c) = 0", "lim c->oo exp(-c) = 0", "correct", None),
    ("0", "lim c->oo exp(-c) = 0", "correct", None),
    ("1", "lim c->oo exp(-c) = 0", "wrong", "limit"),
    ("-oo", "lim c->oo log(exp(-c)) = -oo", "correct", None),
    ("oo", "lim c->oo log(exp(-c)) = -oo", "wrong", "sign"),
]


@pytest.mark.parametrize(("written", "claim", "status", "tag"), TABLE)
def test_claim(written, claim, status, tag):
    verdict = judge_claim(written, claim, NAMES)
    assert verdict.status == status, verdict
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag
