"""Choices: letters, words, yes and no, several, matchings."""

from __future__ import annotations

import pytest

from checker.answers.choices import judge_choice

ABC = {"a": "BGD", "b": "MBGD", "c": "SGD"}
DATA = {"t": "training data", "v": "validation data", "e": "test data"}
TF = {"true": "true", "false": "false"}

TABLE = [
    # written             key                    options  verdict       score
    ("b", "b", ABC, "correct", 1.0),
    ("(B).", "b", ABC, "correct", 1.0),
    ("mbgd", "b", ABC, "correct", 1.0),
    ("a", "b", ABC, "wrong", 0.0),
    ("d", "b", ABC, "unreadable", None),
    ("a, b", "b", ABC, "unreadable", None),
    ("a, c", ["a", "c"], ABC, "correct", 1.0),
    ("c and a", ["a", "c"], ABC, "correct", 1.0),
    ("ac", ["a", "c"], ABC, "correct", 1.0),
    (["SGD", "a"], ["a", "c"], ABC, "correct", 1.0),
    ("a", ["a", "c"], ABC, "wrong", 2 / 3),
    ("b", ["a", "c"], ABC, "wrong", 0.0),
    ("on the validation set", "v", DATA, "correct", 1.0),
    ("the test examples", "v", DATA, "wrong", 0.0),
    ("the set", "v", DATA, "unreadable", None),
    ("not the validation set", "v", DATA, "unreadable", None),
    ("yes", True, TF, "correct", 1.0),
    (True, "true", TF, "correct", 1.0),
    ("No, since it is affine", False, TF, "correct", 1.0),
    ("No. With a linear activation every layer is linear", False, TF, "correct", 1.0),
    ("No: large weights cost more, so the minimum is finite.", False, TF, "correct", 1.0),
    ("False, the threshold changes only recall, not the weights", False, TF, "correct", 1.0),
    ("No (the boundaries are straight)", False, TF, "correct", 1.0),
    ("MBGD, it lies in between", "b", ABC, "correct", 1.0),
    ("a, c, because they take whole epochs", ["a", "c"], ABC, "correct", 1.0),
    ("No: the order does matter", True, TF, "wrong", 0.0),
    ("Yes, if the classes can be separated", True, TF, "unreadable", None),
    ("Yes, at least it does for small rates", True, TF, "unreadable", None),
    ("Yes, it converges only if the rate is small", True, TF, "unreadable", None),
    ("Yes. But it does so for small rates only", True, TF, "unreadable", None),
    ("Yes, mostly as expected", True, TF, "unreadable", None),
    ("No, yes would need a convex loss", False, TF, "unreadable", None),
    ("b, because not", "b", ABC, "unreadable", None),
    ("MBGD, or what comes closest to it", "b", ABC, "unreadable", None),
    ("BGD, as far as it goes: SGD", "a", ABC, "unreadable", None),
    ("True", False, TF, "wrong", 0.0),
    ("perhaps", False, TF, "unreadable", None),
    ("1.5", True, TF, "unreadable", None),
    ("1,2,3", True, TF, "unreadable", None),
    ("1+1+1", True, TF, "unreadable", None),
    ("n x d", False, TF, "unreadable", None),
    ("(n, d)", False, TF, "unreadable", None),
    ("yes", "y", {"y": "yes", "n": "no"}, "correct", 1.0),
    ("the MBGD", "b", ABC, "correct", 1.0),
    ("B) MBGD", "b", ABC, "correct", 1.0),
    ("b: SGD", "b", ABC, "unreadable", None),
    ("b, because it is in between", "b", ABC, "correct", 1.0),
    ("yes no", True, TF, "unreadable", None),
    ("false is wrong", False, TF, "unreadable", None),
    ("a b", "b", ABC, "unreadable", None),
    ("a c", ["a", "c"], ABC, "correct", 1.0),
    ("A: BGD B: SGD", {"A": "BGD", "B": "SGD"}, {}, "correct", 1.0),
    ("A=BGD, B=SGD, A=SGD", {"A": "BGD", "B": "SGD"}, {}, "unreadable", None),
    ("A=BGD, B=MBGD, C=SGD", {"A": "BGD", "B": "MBGD", "C": "SGD"}, {}, "correct", 1.0),
    ({"A": "bgd", "B": "sgd", "C": "mbgd"}, {"A": "BGD", "B": "MBGD", "C": "SGD"}, {}, "wrong", 1 / 3),
    ("A: BGD", {"A": "BGD", "B": "MBGD"}, {}, "wrong", 1 / 2),
    ("D=BGD", {"A": "BGD", "B": "MBGD"}, {}, "unreadable", None),
    ("BGD", {"A": "BGD", "B": "MBGD"}, {}, "unreadable", None),
]


@pytest.mark.parametrize(("written", "key", "options", "status", "score"), TABLE)
def test_choice(written, key, options, status, score):
    verdict = judge_choice(written, key, options)
    assert verdict.status == status
    assert verdict.score == (pytest.approx(score) if score is not None else None)


def test_a_reason_behind_an_option_is_said_not_to_be_judged():
    verdict = judge_choice("No, since an affine map of an affine map is affine", False, TF)
    assert [f.message for f in verdict.findings] == ["the reason given was not judged"]


def test_the_reason_is_shown_after_a_right_answer_and_kept_back_after_a_wrong_one():
    assert judge_choice("b", "b", ABC, "it oscillates mildly").findings[0].message == "it oscillates mildly"
    wrong = judge_choice("a", "b", ABC, "it oscillates mildly")
    assert not wrong.findings
    assert wrong.diagnosis.reveal == "it oscillates mildly"
