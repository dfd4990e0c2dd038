"""Parts as questions of Moodle and STACK: each with every field of its type, what is right and what is wrong as stated,
nothing of a problem's words a command, and what cannot be held listed by name."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from test_reports import HOSTILE
from test_reports_in_latex import TEX

from checker.handouts import choose
from checker.handouts.moodle import quiz
from checker.handouts.moodle.maxima import CannotHold, entries, matrix
from checker.handouts.moodle.own import _spellings, _tolerance
from checker.handouts.moodle.text import plain, tex
from derivations.notation import read
from problems.bank import load_bank
from problems.loader import read_text

BANK = load_bank()

# ── the format ────────────────────────────────────────────────────────────────────────────────────────────────────────

TEXT, HTML, WORD, NUMBER, BOOL, NOUGHT_OR_ONE = (
    "text",
    "html",
    r"[\w-]*",
    r"-?\d+(\.\d+)?(e-?\d+)?",
    "true|false",
    "[01]",
)
"""What a field holds: a `<text>`, one in HTML, or a word of this pattern."""

COMMON = {
    "name": TEXT, "questiontext": HTML, "generalfeedback": HTML, "defaultgrade": NUMBER, "penalty": NUMBER,
    "hidden": NOUGHT_OR_ONE, "idnumber": r".{1,100}",
}  # fmt: skip
SHUFFLED = {
    "shuffleanswers": BOOL, "correctfeedback": HTML, "partiallycorrectfeedback": HTML, "incorrectfeedback": HTML,
    "shownumcorrect": "",
}  # fmt: skip
TYPES = {
    "truefalse": {"answer": "answers"},
    "multichoice": {**SHUFFLED, "single": BOOL, "answernumbering": "abc", "showstandardinstruction": NOUGHT_OR_ONE,
                    "answer": "answers"},
    "matching": {**SHUFFLED, "subquestion": "pairs"},
    "shortanswer": {"usecase": NOUGHT_OR_ONE, "answer": "answers"},
    "numerical": {"answer": "answers", "unitgradingtype": NOUGHT_OR_ONE, "unitpenalty": NUMBER, "showunits": "[0-3]",
                  "unitsleft": NOUGHT_OR_ONE},
    "stack": {
        "stackversion": TEXT, "questionvariables": TEXT, "specificfeedback": HTML, "questionnote": HTML,
        "questiondescription": HTML, "questionsimplify": NOUGHT_OR_ONE, "assumepositive": NOUGHT_OR_ONE,
        "assumereal": NOUGHT_OR_ONE, "prtcorrect": HTML, "prtpartiallycorrect": HTML, "prtincorrect": HTML,
        "decimals": "[.,]", "scientificnotation": r"\*10|E", "multiplicationsign": "dot|cross|onum|none|space",
        "sqrtsign": NOUGHT_OR_ONE, "complexno": "[ij]|symi|symj", "inversetrig": "cos-1|acos|arccos|arccos-arcosh",
        "logicsymbol": "lang|symbol", "matrixparens": r"[\[({|]?", "isbroken": NOUGHT_OR_ONE,
        "variantsselectionseed": "", "input": "input", "prt": "prt", "qtest": "qtest",
    },
}  # fmt: skip
INPUT = {
    "name": "ans1", "type": "algebraic|matrix", "tans": r".+", "boxsize": r"\d+", "strictsyntax": NOUGHT_OR_ONE,
    "insertstars": "[0-5]", "syntaxhint": "", "syntaxattribute": "[01]", "forbidwords": "", "allowwords": "",
    "forbidfloat": NOUGHT_OR_ONE, "requirelowestterms": NOUGHT_OR_ONE, "checkanswertype": NOUGHT_OR_ONE,
    "mustverify": NOUGHT_OR_ONE, "showvalidation": "[0-3]", "options": "",
}  # fmt: skip
PRT = {
    "name": "prt1", "value": NUMBER, "autosimplify": NOUGHT_OR_ONE, "feedbackstyle": "[0-3]", "feedbackvariables": TEXT,
    "node": "node",
}  # fmt: skip
NODE = {
    "name": r"\d+", "description": r".*", "answertest": "AlgEquiv", "sans": r"\w+", "tans": r"\w+", "testoptions": "",
    "quiet": NOUGHT_OR_ONE,
    **{f"{side}{field}": pattern for side in ("true", "false") for field, pattern in (
        ("scoremode", "[=+-]"), ("score", NUMBER), ("penalty", ""), ("nextnode", r"-1|\d+"),
        ("answernote", r"prt1-\d+-[TF]"), ("feedback", HTML))},
}  # fmt: skip
QTEST = {"testcase": r"\d+", "description": r".*", "testinput": "testinput", "expected": "expected"}
TESTINPUT = {"name": "ans1", "value": r".+"}
EXPECTED = {
    "name": "prt1", "expectedscore": NUMBER, "expectedpenalty": NUMBER, "expectedanswernote": r"prt1-\d+-[TF]",
}  # fmt: skip
NESTED = {"input": INPUT, "prt": PRT, "node": NODE, "qtest": QTEST, "testinput": TESTINPUT, "expected": EXPECTED}
REPEATED = {"answer", "subquestion", "node", "qtest"}
SHARES = "100 90 83.33333 80 75 70 66.66667 60 50 40 33.33333 30 25 20 16.66667 14.28571 12.5 11.11111 10 5"
FRACTIONS = {"0", *(f"{sign}{share}" for share in SHARES.split(" ") for sign in ("", "-"))}
"""Moodle takes no other share."""


def faults(question):
    """What is missing or not as its type asks, of one question."""
    yield from fields(question, {**COMMON, **TYPES[question.get("type")]})


def fields(element, table):
    names = [child.tag for child in element]
    yield from (f"{element.tag}: no {name}" for name in table if name not in names)
    yield from (f"{element.tag}: an unknown {name}" for name in names if name not in table)
    yield from (f"{name} twice" for name in set(names) - REPEATED if names.count(name) > 1)
    for child in element:
        yield from field(child, table.get(child.tag, r".*"))


def field(child, kind):
    if kind in NESTED:
        yield from fields(child, NESTED[kind])
    elif kind == "answers":
        if child.get("fraction") not in FRACTIONS:
            yield f"no share: {child.get('fraction')}"
        if child.find("text") is None or child.find("feedback/text") is None:
            yield "an answer without its texts"
    elif kind == "pairs":
        if child.find("text") is None or child.find("answer/text") is None:
            yield "half a pair"
    elif kind in (TEXT, HTML):
        if [one.tag for one in child] != ["text"] or child.get("format") != ("html" if kind == HTML else None):
            yield f"{child.tag} is no text"
    elif len(child) or not re.fullmatch(kind, child.text or ""):
        yield f"{child.tag} is {child.text!r}"


MIXED = (
    "001/7.1a", "003/3a", "004/Q2.1", "001/8.4", "003/4a", "001/5.4a", "beyond/fisher.score", "beyond/fisher.bernoulli",
    "beyond/shrinkage.bias", "beyond/fisher.deviation", "beyond/reinforce.number",
)  # fmt: skip


@pytest.fixture(scope="module")
def made():
    return quiz(choose(BANK, MIXED), "Week 3")


@pytest.fixture(scope="module")
def questions(made):
    category, *rest = ElementTree.fromstring(made.xml)
    assert category.find("category/text").text == "$course$/top/Week 3"
    return {question.find("idnumber").text: question for question in rest}


def test_every_question_has_every_field_of_its_type(made, questions):
    assert made.held == MIXED
    assert [fault for question in questions.values() for fault in faults(question)] == []


KINDS = [
    ("001/7.1a", "shortanswer"), ("003/3a", "multichoice"), ("004/Q2.1", "truefalse"), ("001/8.4", "matching"),
    ("003/4a", "numerical"), ("001/5.4a", "numerical"), ("beyond/fisher.score", "stack"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "kind"), KINDS)
def test_each_kind_is_a_question_of_its_type(questions, part, kind):
    assert questions[part].get("type") == kind


def shares(question):
    return {answer.find("text").text: answer.get("fraction") for answer in question.findall("answer")}


@pytest.mark.parametrize(("score", "share"), [(0.65, "66.66667"), (0.5, "50"), (0.02, "0"), (0.97, "100")])
def test_a_mistake_is_worth_a_share_that_moodle_has(score, share):
    text = f"""
id = "m/1"
title = "A number"
names = {{ x = "real" }}
let = "y = 2 x"
[[part]]
id = "m/1a"
kind = "number"
ask = "What is y at 3?"
derives = "value of y"
given = {{ x = 3 }}
[[part.mistake]]
answer = 9
tag = "square"
message = "That is the square."
score = {score}
"""
    problem, _ = read_text(text, "m.toml")
    (_, question) = ElementTree.fromstring(quiz([(problem, problem.parts[0])], "m").xml)
    assert [answer.get("fraction") for answer in question.iter("answer")] == ["100", share]
    assert list(faults(question)) == []


def test_what_is_right_has_all_points_and_a_known_mistake_its_reason(questions):
    assert shares(questions["001/7.1a"]).items() >= {"(K, D_a)": "100", "KxD_a": "100", "(D_a, K)": "0"}.items()
    assert shares(questions["003/3a"]) == {"training data": "0", "validation data": "100", "test data": "0"}
    assert shares(questions["004/Q2.1"]) == {"true": "100", "false": "0"}
    assert shares(questions["001/5.4a"])["24080"] == "100"
    assert shares(questions["003/4a"]) == {"1.20397280433": "100", "0.523": "0"}
    said = [a.find("feedback/text").text for a in questions["003/4a"].findall("answer")]
    assert "base 10" in said[1]
    assert [a.find("tolerance").text for a in questions["003/4a"].findall("answer")] == ["0.005", "0.005"]
    assert questions["001/5.4a"].find("answer/tolerance").text == "0"


def test_mistakes_are_nodes_of_the_response_tree_and_answers_of_the_file_its_tests(questions):
    question = questions["beyond/fisher.bernoulli"]
    nodes = {node.find("name").text: node for node in question.findall("prt/node")}
    assert [node.find("falsenextnode").text for node in nodes.values()] == ["1", "-1"]
    assert nodes["0"].find("truescore").text == "1.0000000"
    assert nodes["1"].find("truefeedback/text").text
    tests = question.findall("qtest")
    assert len({test.find("testinput/value").text for test in tests}) == len(tests) > 3
    expected = [test.find("expected") for test in tests]
    assert {(one.find("expectedscore").text, one.find("expectedanswernote").text) for one in expected} == {
        ("1.0000000", "prt1-1-T"), ("0.0000000", "prt1-2-T"), ("0.0000000", "prt1-2-F"),
    }  # fmt: skip


def test_the_nodes_of_a_model_are_put_in_before_an_answer_is_compared():
    problem, _ = read_text(
        """
        id = "r/1"
        title = "A unit"
        names = { w = "real", x = "real" }
        let = ["z = w x", "h = sigmoid(z)"]
        [[part]]
        id = "r/1a"
        kind = "formula"
        ask = "What is it?"
        derives = "dh/dw"
        """,
        "r.toml",
    )
    (_, question) = ElementTree.fromstring(quiz([(problem, problem.parts[0])]).xml)
    assert list(faults(question)) == []
    assert question.find("questionvariables/text").text == "right_answer: h*(1-h)*x;"
    assert question.find("prt/feedbackvariables/text").text.splitlines() == [
        "given_put_in: subst(z = w*x, subst(h = 1/(1+exp(-z)), ans1));",
        "right_put_in: subst(z = w*x, subst(h = 1/(1+exp(-z)), right_answer));",
    ]


# ── what is left out ──────────────────────────────────────────────────────────────────────────────────────────────────

LEFT_OUT = [
    ("000/1a", "neither Moodle nor STACK has a question for a text"),
    ("001/1", "neither Moodle nor STACK has a question for a trace"),
    ("001/3.1", "its answer has an index, i"),
    ("001/4.3", "Maxima has no answer by cases"),
    ("002/6d", "its answer has an index, i"),
    ("beyond/hinge.w", "its size d is a letter"),
]


def test_what_cannot_be_held_is_listed_with_its_reason():
    made = quiz(choose(BANK, [part for part, _ in LEFT_OUT]))
    assert made.held == ()
    assert made.left_out == tuple(LEFT_OUT)


# ── Maxima ────────────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = "x: real; y: real; w: real[2]; A: real[2,2]; theta_1: positive; v: real[d]; beta: real; i: index[2]"
MAXIMA = [
    ("x^2 exp(-x)", "x^2*exp(-x)"), ("x/y", "x/y"), ("1/(2 x^2)", "1/(2*x^2)"), ("-x + 1", "-x+1"), ("x - 1", "x-1"),
    ("sqrt(x)", "x^(1/2)"), ("(x + y)/3", "(x+y)/3"), ("2^-x", "2^(-x)"), ("pi x", "%pi*x"),
    ("sigmoid(x)", "1/(1+exp(-x))"),
    ("log(theta_1)", "log(theta_1)"), ("sum_i w_i^2", "w_1^2+w_2^2"), ("w", "matrix([w_1], [w_2])"),
    ("A w", "matrix([A_1_1*w_1+A_1_2*w_2], [A_2_1*w_1+A_2_2*w_2])"), ("A^T", "matrix([A_1_1, A_2_1], [A_1_2, A_2_2])"),
    ("x^(-1/2)", "1/x^(1/2)"), ("(-x)^2", "(-x)^2"), ("-(x + y)", "-(x+y)"),
    ("x - (y - 1)", "x-(y-1)"), ("0.5 x", "x/2"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "shown"), MAXIMA)
def test_a_formula_in_maxima(formula, shown):
    shape, found = entries(read(formula, NAMES))
    assert matrix(shape, found) == shown


REFUSED = [
    ("sum(v)", "its size d is a letter"), ("relu(x)", "no answer by cases"),
    ("beta x", "the name beta is Maxima's own"), ("w_i", "its answer has an index"),
    ("{x if x > 0, 0 otherwise}", "no answer by cases"), ("inv(A)", "no MatrixAtom"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "why"), REFUSED)
def test_what_maxima_cannot_hold(formula, why):
    with pytest.raises(CannotHold, match=re.escape(why)):
        entries(read(formula, NAMES))


TOLERANCES = [(1.20397, 3, 0.005), (24080, 3, 50), (0.00123, 2, 0.00005), (-9.99, 3, 0.005), (0, 3, 0.0005)]


@pytest.mark.parametrize(("value", "digits", "tolerance"), TOLERANCES)
def test_a_number_is_right_within_half_a_unit_of_its_last_digit(value, digits, tolerance):
    assert _tolerance(value, digits) == pytest.approx(tolerance)


def test_a_shape_is_right_however_it_is_spelled():
    assert set(_spellings("(K, n)")) >= {"(K, n)", "(K,n)", "[K, n]", "K x n", "Kxn", "K × n"}
    assert set(_spellings("(n,)")) >= {"(n)", "(n,)", "n", "[n]"}
    assert list(_spellings("scalar")) == ["scalar"]
    assert list(_spellings("K*n")) == []  # in Moodle a star stands for anything


# ── hostile words ─────────────────────────────────────────────────────────────────────────────────────────────────────

STACKED = {
    "casText": '{@system("touch pwned")@} {#1#} [[facts:x]] [[if test="1"]]x[[/if]]',
    "maths": r"\(\href{javascript:alert(1)}{x}\) $$\href{javascript:alert(1)}{x}$$ \[x\]",
    "xml": "]]> <![CDATA[ </text> & &amp; \ufffe",
}


@pytest.mark.parametrize("text", [*TEX.values(), *HOSTILE.values(), *STACKED.values()])
def test_no_word_is_html_mathematics_or_castext(text):
    shown = plain(text)
    assert not re.search(r"[<>](?!/?span>)(?<!span>)|\{|\[|@|\$|\\", shown.replace("<span></span>", ""))
    assert ElementTree.fromstring(f"<p>{shown}</p>") is not None
    drawn = tex(text)
    assert not re.search(r"\{[@#]|\[\[|<(?!/?code>|/?span>)", drawn)


def test_a_hostile_problem_is_a_file_of_the_same_questions():
    said = " ".join(STACKED.values()).replace("\ufffe", "")
    problem, _ = read_text(
        f"""
        id = "r/1"
        title = '''{said}'''
        about = '''{said}'''
        names = {{ x = "real" }}
        let = "L = x^2"
        [[part]]
        id = "r/1a"
        kind = "formula"
        ask = '''{said}'''
        derives = "dL/dx"
        [[part.mistake]]
        answer = "x"
        tag = "factor"
        message = '''{said}'''
        """,
        "r.toml",
    )
    (_, question) = ElementTree.fromstring(quiz([(problem, problem.parts[0])], said).xml)
    assert list(faults(question)) == []
    asked = question.find("questiontext/text").text
    assert re.findall(r"\[\[.*?\]\]", asked) == ["[[input:ans1]]", "[[validation:ans1]]"]
    said_of_it = [node.find("truefeedback/text").text for node in question.findall("prt/node")][1]
    assert "{@" not in asked + said_of_it
