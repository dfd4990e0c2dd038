"""Derivations of several lines: which line is false, why, and how it ends."""

from __future__ import annotations

import pytest

from checker.answers.any_number import for_any_number
from checker.answers.chained import check_chain
from checker.answers.links import without_extrema
from checker.answers.statements import Asked, judge_chain, judge_statement
from derivations.domains import parse_names
from derivations.notation import read, read_statement

GAUSS = parse_names("sigma: positive; mu: real; x: real[N]; i: index[N]")
LOGISTIC = parse_names("y: label01; p: probability; theta: real[d]; x: real[d]; i: index[d]; j: index[d]")
RIDGE = parse_names("X: real[n,d]; y: real[n]; lambda: positive; theta: real[d]")
PRIOR = parse_names("theta: real; mu: real; eta: positive; y: real; sigma: positive")
LINE = parse_names("w: real[d]; x: real[d]; c: positive; z: real")


def judged(text, names, end, relation="=", start=None, over=(), target=None):
    extrema = without_extrema(text)
    over = tuple(over) or tuple(v for _, _, v in extrema.at if v)
    asked = Asked(read(end, names) if end else None, read(start, names) if start else None, relation, over, target)
    return judge_statement(read_statement(extrema.text, names), asked, names, extrema)


SUM = "sum_i (x_i-mu)^2"

TABLE = [
    # lines                                                                                    names     asked
    # verdict    tag    line  ending
    ("(y-p)/(p(1-p)) p(1-p) theta_i\n= (y-p) theta_i", LOGISTIC, "(y-p) theta_i", "correct", None, None, None),
    (
        "|(y-p) theta_i|/|(y-p) theta_j| = |theta_i|/|theta_j|",
        LOGISTIC,
        "|theta_i|/|theta_j|",
        "correct",
        None,
        None,
        None,
    ),
    (
        f"log(2 pi sigma^2) N/2 + {SUM}/(2 sigma^2)\n= N/2 log(2 pi) + N log(sigma) + {SUM}/(2 sigma^2)",
        GAUSS,
        f"N/2 log(2 pi sigma^2) + {SUM}/(2 sigma^2)",
        "correct",
        None,
        None,
        None,
    ),
    (
        "1/(2 sigma^2) sum_i 2(mu - x_i)\n= 1/sigma^2 sum_i (mu - x_i)\n= (N mu - sum_i x_i)/sigma^2",
        GAUSS,
        "sum_i (mu-x_i)/sigma^2",
        "correct",
        None,
        None,
        None,
    ),
    # a false line, and a right ending
    (
        "1/(2 sigma^2) sum_i 2(mu - x_i)\n= 1/sigma^2 sum_i (x_i - mu)\n= sum_i (mu - x_i)/sigma^2",
        GAUSS,
        "sum_i (mu-x_i)/sigma^2",
        "wrong",
        "sign",
        2,
        "correct",
    ),
    # a false line, carried to the end
    (
        "1/(2 sigma^2) sum_i 2(mu - x_i)\n= 2/sigma^2 sum_i (mu - x_i)\n= 2 sum_i (mu - x_i)/sigma^2",
        GAUSS,
        "sum_i (mu-x_i)/sigma^2",
        "wrong",
        "factor:2",
        2,
        "wrong",
    ),
    # a derivative set equal to the function
    (
        f"N/sigma - {SUM}/sigma^3 = N log(sigma) + {SUM}/(2 sigma^2)\n= N/sigma - {SUM}/sigma^3",
        GAUSS,
        f"N/sigma - {SUM}/sigma^3",
        "wrong",
        "missing-operator",
        1,
        "correct",
    ),
    # every line true, but it does not arrive
    ("p(1-p) theta_i = p theta_i - p^2 theta_i", LOGISTIC, "(y-p) theta_i", "wrong", None, None, None),
    # exp lost in the middle
    (
        f"prod_i exp(-(x_i-mu)^2/(2 sigma^2)) = {SUM}/(-2 sigma^2)",
        GAUSS,
        f"exp(-{SUM}/(2 sigma^2))",
        "wrong",
        "missing-exp",
        1,
        "wrong",
    ),
]


@pytest.mark.parametrize(("text", "names", "end", "status", "tag", "line", "ending"), TABLE)
def test_links(text, names, end, status, tag, line, ending):
    verdict = judged(text, names, end)
    assert verdict.status == status, verdict
    if tag:
        assert verdict.diagnosis.tag == tag
    found = {f.tag: f.message for f in verdict.findings}
    assert found.get("line") == (str(line) if line else None)
    assert found.get("ending") == ending


def test_a_right_ending_does_not_hide_a_false_line():
    verdict = judged("2(mu - x_1)\n= 2 mu - x_1\n= 2 mu - 2 x_1", GAUSS, "2(mu-x_1)")
    assert verdict.status == "wrong"
    assert verdict.score < 1
    said = {f.tag: f.message for f in verdict.findings}
    assert said["repaired"] == "the final line is right, but line 2 is not, and line 3 repairs it without saying so"
    assert verdict.diagnosis.message.startswith("line 2 does not follow from line 1")
    assert verdict.evidence.counterexample is not None


def test_a_last_line_that_only_repeats_the_question():
    verdict = judged(
        "|(y-p) theta_i|/|(y-p) theta_j| = |(y-p) theta_i|/|(y-p) theta_j|",
        LOGISTIC,
        "|theta_i|/|theta_j|",
        start="|(y-p) theta_i|/|(y-p) theta_j|",
    )
    assert verdict.diagnosis.tag == "restates-question"


SHOWN = [
    # lines                                                          verdict    tag
    ("sigmoid(-z) = 1/(1 + e^z) = 1 - sigmoid(z)", "correct", None),
    ("1 - sigmoid(z) = 1/(1 + e^z) = sigmoid(-z)", "correct", None),
    ("1 - sigmoid(z) = 1 - sigmoid(z)", "wrong", "no-derivation"),
    ("1 - sigmoid(z) = 1/(1 + e^z) = 1 - sigmoid(z)", "wrong", "no-derivation"),
    ("sigmoid(-z) = 1/(1 + e^z)\n1 - sigmoid(z) = 1 - sigmoid(z)", "wrong", "no-derivation"),
    ("sigmoid(-z) ∝ 1 - sigmoid(z)", "wrong", "too-weak"),
]


@pytest.mark.parametrize(("text", "status", "tag"), SHOWN)
def test_true_lines_have_to_show_what_is_asked(text, status, tag):
    verdict = judged(text, LINE, "1 - sigmoid(z)", start="sigmoid(-z)")
    assert (verdict.status, verdict.diagnosis.tag if verdict.diagnosis else None) == (status, tag)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sigmoid(-z) = 1/(1+e^z)", ("ends-elsewhere",)),
        ("sigmoid(-z) = 1/(1+e^z) = -sigmoid(z) + 1", ()),
        ("1 - sigmoid(z) = 1/(1+e^z) = sigmoid(-z)", ()),
    ],
)
def test_where_a_chain_ends_is_said(text, said):
    verdict = judged(text, LINE, "1 - sigmoid(z)", start="sigmoid(-z)")
    assert (verdict.status, tuple(f.tag for f in verdict.findings)) == ("correct", said)


REWRITTEN = [
    ("(2 w)^T x = 2 w^T x", "correct"),
    ("(2 w)^T x = 2 (w^T x) = 2w^T x", "correct"),
    ("2w^T x = 2 w^T x", "wrong"),
]


@pytest.mark.parametrize(("text", "status"), REWRITTEN)
def test_a_mere_rewriting_is_shown_by_writing_it(text, status):
    assert judged(text, LINE, "2 w^T x", start="(2 w)^T x").status == status


UP_TO = [
    # lines                                                                                   verdict
    (
        "exp(-(y-theta)^2/(2 sigma^2)) exp(-theta^2/(2 eta^2)) ∝ exp(-(y-theta)^2/(2 sigma^2) - theta^2/(2 eta^2) + 3)",
        "correct",
    ),
    ("exp(-(y-theta)^2/(2 sigma^2)) ∝ exp(-(y+theta)^2/(2 sigma^2))", "wrong"),
]


@pytest.mark.parametrize(("text", "status"), UP_TO)
def test_proportional(text, status):
    assert judged(text, PRIOR, None, relation="proportional", over=("theta",)).status == status


EXTREMA = [
    # lines                                                                                        verdict
    (("argmax_theta exp(-(y-theta)^2/(2 sigma^2) - theta^2/(2 eta^2))\n= argmax_theta -(y-theta)^2/(2 sigma^2) "
"- theta^2/(2 eta^2)\n= argmin_theta (y-theta)^2 + sigma^2/eta^2 theta^2"), "correct"),
    (r"\arg\max_\theta -(y-\theta)^2/\sigma^2 = \operatorname{argmin}_{\theta} (y-\theta)^2 + y^2", "correct"),
    ("argmax_theta -(y-theta)^2/sigma^2 = argmax_theta (y-theta)^2", "wrong"),
    ("argmin_theta (y-theta)^2 + theta^2 = argmin_theta (y-theta)^2 + 2 theta^2", "wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "status"), EXTREMA)
def test_same_extremum(text, status):
    assert judged(text, PRIOR, None, relation="argmax").status == status


SOLVING = [
    # lines                                                                     names   asked
    # verdict    tag
    (
        "X^T X theta + lambda theta = X^T y => theta = (X^T X + lambda I_d)^{-1} X^T y",
        RIDGE,
        "(X^T X + lambda I_d)^{-1} X^T y",
        "correct",
        None,
    ),
    (
        "X^T X theta + lambda theta = X^T y => theta = (X^T X - lambda I_d)^{-1} X^T y",
        RIDGE,
        "(X^T X + lambda I_d)^{-1} X^T y",
        "wrong",
        "not-a-solution",
    ),
    ("2 z - c = 0 => 2 z = c => z = c/2", LINE, "c/2", "correct", None),
    ("2 z - c = 0 => 2 z = -c => z = -c/2", LINE, "c/2", "wrong", "does-not-follow"),
]


@pytest.mark.parametrize(("text", "names", "end", "status", "tag"), SOLVING)
def test_solving(text, names, end, status, tag):
    verdict = judged(text, names, end, relation="=>")
    assert verdict.status == status, verdict
    if tag:
        assert verdict.diagnosis.tag == tag


LOST = [
    # a line solved for a letter, the names, what it is where nothing is asked of its end
    ("x^2 = 4 => x = 2", "x: real", "wrong"), ("x^2 = 4 => x = 2", "x: positive", "correct"),
    ("x^2 = 4 <=> x = 2", "x: real", "wrong"), ("x^2 = 4 <=> x = 2", "x: positive", "correct"),
    ("x^2 = 4 => |x| = 2", "x: real", "correct"), ("x = 2 => x^2 = 4", "x: real", "correct"),
    ("x^2 = 2 => x = sqrt(2)", "x: real", "wrong"), ("x^2 = 2 => x = sqrt(2)", "x: positive", "correct"),
    ("x^2 = x => x = 1", "x: real", "wrong"), ("x^2 = x => x = 1", "x: positive", "correct"),
    ("x^2 = x => x = 1", "x: nonnegative", "wrong"), ("x^2 = x => x = 1", "x: integer", "wrong"),
    ("(x - c)^2 = 0 => x = c", "x: real; c: real", "correct"), ("x^3 = c^3 => x = c", "x: real; c: real", "correct"),
    ("x^2 = 2 c x => x = 2 c", "x: real; c: positive", "wrong"),
    ("2 c x = 2 => x = 1/c", "x: real; c: real", "correct"),
    ("c x = c => x = 1", "x: real; c: positive", "correct"), ("c x = c => x = 1", "x: real; c: real", "undecided"),
    ("x c = 0 => x = 0", "x: real; c: real", "undecided"), ("x = 3 => x^2 = 9 => x = -3", "x: real", "wrong"),
    ("sum_i (x_i - c) = 0 => c = 1/n sum_i x_i", "x: real[n]; c: real; i: index[n]", "correct"),
    ("w^T x = 0 => w = 0", "x: real[n]; w: real[n]", "wrong"),
    ("A w = y => w = A^{-1} y", "A: real[n,n]; y: real[n]; w: real[n]", "correct"),
    ("X^T X w = X^T y => w = (X^T X)^{-1} X^T y", "X: real[n,d]; y: real[n]; w: real[d]", "correct"),
    ("2 X^T (X w - y) = 0 => X^T X w = X^T y => w = (X^T X)^{-1} X^T y", "X: real[n,d]; y: real[n]; w: real[d]",
     "correct"),
    ("sum_k w_k = 1 => w = ones_n / n", "w: real[n]", "wrong"), ("e^x = 1 => x = 0", "x: real", "correct"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names", "status"), LOST, ids=[f"{row[0]} / {row[1]}" for row in LOST])
@pytest.mark.long
def test_a_line_that_loses_solutions_does_not_follow(text, names, status):
    assert check_chain(text, names).status == status


def test_a_solution_that_is_asked_is_one_of_several():
    assert judged("x^2 = 4 => x = 2", parse_names("x: real"), "2", relation="=>").status == "correct"


def test_only_the_result_is_no_derivation():
    verdict = judged("|theta_i|/|theta_j|", LOGISTIC, "|theta_i|/|theta_j|", start="|(y-p) theta_i|/|(y-p) theta_j|")
    assert verdict.diagnosis.tag == "no-derivation"


ORDERS = [
    # lines                                            verdict
    ("p (1 - p) = p - p^2 > 0", "correct"),
    ("p (1 - p) = p - p^2 < 0", "wrong"),
    ("p (1 - p) = p - p^2 < theta_1", "undecided"),
]


@pytest.mark.parametrize(("text", "status"), ORDERS)
def test_an_order_behind_the_result(text, status):
    assert judged(text, LOGISTIC, "p (1-p)").status == status


def test_derivatives_in_a_line_are_carried_out():
    names = parse_names("y: label01; p: probability; z: real")
    verdict = judged(
        r"\frac{\partial}{\partial p} (y \log p + (1-y) \log(1-p)) = y/p - (1-y)/(1-p) = (y-p)/(p(1-p))",
        names,
        "(y-p)/(p(1-p))",
    )
    assert verdict.status == "correct", verdict


ANY_NUMBER = [
    # an answer where a chain from (3 u)^T v to 3 u^T v is asked                 verdict
    (r"(s u)^T v = s u^T v", "correct"),
    (r"(\lambda u)^\top v = \lambda u^\top v", "correct"),
    (r"(s u)^T v = s u^T v = 0 \iff u^T v = 0", "correct"),
    (r"(s u)^T v = u^T v", "unreadable"),
    (r"(s u)^T v = s^2 u^T v", "unreadable"),
    (r"(s u)^T v = r u^T v", "unreadable"),
    (r"(s u)^T v = 3 u^T v", "unreadable"),
    (r"(3 u)^T v = 3 s u^T v", "unreadable"),
    (r"s u^T v = s u^T v", "unreadable"),
]


@pytest.mark.parametrize(("text", "status"), ANY_NUMBER)
def test_what_is_shown_for_any_number_is_shown_for_the_one_that_is_asked(text, status):
    names = parse_names("u: real[d]; v: real[d]")
    ends = ("(3 u)^T v", "3 u^T v")

    def in_general(ends, names):
        return judge_chain(text, ends, read(ends[1], names), "=", None, names, explain=True)

    found = for_any_number(text, ends, names, in_general, in_general(ends, names))
    assert found.status == status
    assert any(f.tag == "any-number" for f in found.findings) is (status == "correct")
