"""Relations, intervals, finite sets, tuples and ± in `compare`: what is the same set of points, and what is asked."""

from __future__ import annotations

import pytest

from checker import compare

NAMES = "x: real; y: real; a: real; t: positive"

EQUAL = [
    # (truth, answer)
    ("x > 2", "2 < x"),
    (r"0 < x \le 1", "x > 0 and x <= 1"),
    ("|x| < 1", "-1 < x < 1"),
    (r"x \ne 2", r"x < 2 \lor x > 2"),
    ("a < y", "y > a"),
    ("t > -1", "t > 0"),  # everywhere, for a positive t
    ("x + y = 1", "y = 1 - x"),
    ("2x + 2y = 2", "x = 1 - y"),
    ("(0, 1]", "0 < x <= 1"),
    (r"x \in [0, 1)", r"0 \le x < 1"),
    (r"x \in (0, 1)", "(0, 1)"),
    ("0 < x < 1", "(0, 1)"),
    (r"$\left(-\infty, 2\right)$", "x < 2"),
    ("]0, 1[", r"x \in (0, 1)"),
    (r"[0,1] \cup [2,3]", r"0 \le x \le 1 \text{ or } 2 \le x \le 3"),
    (r"[0,1) \cup [1,2]", "[0, 2]"),
    (r"(-\sqrt{2}, \sqrt2]", r"-\sqrt 2 < x \le 2^{1/2}"),
    (r"(-|a|, \infty)", r"x > -|a|"),
    (r"\{1, 2\}", r"\{2, 1\}"),
    (r"\{1, 2\}", "2, 1"),
    (r"\{1, 2\}", "1 and 2"),
    (r"\{1, 1, 2\}", r"\{2, 1\}"),
    (r"\{2\}", "2"),
    (r"x \in \{2\}", "x = 2"),
    (r"\pm\sqrt2", r"\{\sqrt2, -\sqrt2\}"),
    ("±a", "{|a|, -|a|}"),
    (r"\frac{3 \pm \sqrt{5}}{2}", r"x = \frac{3 + \sqrt5}{2} \text{ or } x = \frac{3 - \sqrt5}{2}"),
    (r"a \pm y \mp 1", r"\{a + y - 1, a - y + 1\}"),
    ("x = 2 or x = -3", "x = -3 or x = 2"),
    (r"x = 2 \text{ or } x = -3", "x = 2, -3"),
    ("x = 2, x = -3", r"x \in \{-3, 2\}"),
    (r"x = \pm 2", r"\{2, -2\}"),
    ("(a, 2x)", "(a, x + x)"),
]  # fmt: skip


@pytest.mark.parametrize(("truth", "answer"), EQUAL)
def test_the_same_set(truth, answer):
    found = compare(answer, truth, NAMES)
    assert (found.status, found.evidence.strength) == ("equal", "proved"), found.at or found.findings


DIFFERENT = [
    ("x > 2", "x >= 2", "boundary"),
    ("x > 2", "x < 2", "direction"),
    ("(0, 1]", "(0, 1)", "boundary"),
    ("0 < x < 1", "0 < x < 2", "too-weak"),
    (r"[0,1] \cup [2,3]", "[0, 3]", "too-weak"),
    (r"\{1, 2\}", r"\{1, 2, 3\}", "value"),
    (r"\{1, 2\}", "1", "value"),
    (r"\pm\sqrt2", r"\sqrt2", "value"),
    (r"\{\sqrt 2, 3\}", "1.41421356237, 3", "value"),
    ("x = 2 or x = -3", "x = 2", "value"),
    ("x + y = 1", "y = 1 + x", "condition"),
    ("x < 1", "y < 1", "condition"),
]


@pytest.mark.parametrize(("truth", "answer", "tag"), DIFFERENT)
def test_another_set(truth, answer, tag):
    found = compare(answer, truth, NAMES)
    assert found.status == "different", found.at
    assert found.diagnosis is not None
    assert found.diagnosis.tag == tag
    assert found.evidence.counterexample is not None


def test_a_pair_is_in_order():
    assert compare("(2, 1)", "(1, 2)", NAMES).status == "different"


ASKED = [
    # (truth, answer, side, why)
    ("(0, 1)", "0 < x < 1", "student", "where an expression was asked"),  # a pair, for all that the truth says
    (r"\pm a \pm y", "a", "truth", "several ± may have one sign"),
    ("x > 2", "2x", "student", "a condition is asked, and this is another kind"),
    ("2x", "x > 2", "student", "a condition with > stands"),
    ("x = 2 or x = -3", "x^2 + x - 6 = 0", "student", "a finite set of values is asked"),
    (r"x \in (0, 1)", r"y \in (0, 1)", "student", "it speaks of y, and x is asked"),
    ("(0, 1]", "0 < x + y <= 1", "student", "does not say which name"),
    (r"\{x : x > 2\}", "x > 2", "truth", "does not belong here"),
    (r"x \in \mathcal{D}", "x > 2", "truth", ""),
    ("(0, q]", "(0, 1]", "truth", "q is not declared"),
    ("(0, 1]", "(0, q]", "student", "q is not declared"),
]


@pytest.mark.parametrize(("truth", "answer", "side", "why"), ASKED)
def test_what_reads_two_ways_or_is_another_kind_is_asked(truth, answer, side, why):
    found = compare(answer, truth, NAMES)
    assert found.status == "unreadable"
    assert found.at is not None
    assert (found.at.side, why in found.at.message) == (side, True), found.at


FORMULAS = [
    "1[x > 0]", "x if x > 0 else 0", "x^2, x > 0", "[1, 2]", "(0, 1)", "x = 2", r"\frac{1}{2}",
    "{x if x > 0, -x otherwise}",
    r"\{x + y\}", r"\{x + y\}\{x - y\}", r"\begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_formulas(text):
    found = compare(text, text, NAMES)
    assert (found.status, found.evidence.points > 0) == ("equal", True)  # points of formulas were looked at


def test_the_name_is_inferred_where_it_is_evident():
    assert compare("0 < t <= 1", "(0, 1]", names="infer").status == "equal"
    assert compare("x = 2 or x = -2", r"x = \pm 2", names="infer").status == "equal"
    assert compare("C = B A", "A B = C", names="infer").status == "unreadable"


HOSTILE = [
    "{", "\\{", "\\{\\}", "(,)", "(1,", "x \\in", "±", "\\pm", "<", "x <", "or", "x = or x =", "[0,1)" * 400,
    "\\{" + "1," * 4000 + "1\\}", "x<1 or " * 500, "(" * 3000 + "]", "\ud800 < x",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_refused(text):
    for student, truth in ((text, "x > 2"), ("x > 2", text), (text, "\\{1, 2\\}"), (text, text)):
        assert compare(student, truth, NAMES).status in ("unreadable", "different", "undecided", "equal")
