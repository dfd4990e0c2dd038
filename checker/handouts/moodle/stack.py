"""Scalar formulas and explicit matrices as questions of STACK: Maxima holds the truth, and the response tree our
mistakes.

A student may answer in the names of the model's nodes: they are put in before an answer is compared. Node 0 of the tree
is the truth, the nodes behind it the known mistakes, each with its message; what is none of them is wrong without one.
Right, each mistake and the wrong answers of the problem file are the question's own tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from checker.conventions import verdict_on
from checker.handouts.moodle.maxima import CannotHold, entries, matrix, name_at
from checker.handouts.moodle.text import plain, tex
from checker.handouts.moodle.xml import field, texted
from checker.handouts.setting import needed_names
from derivations.domains import Declared
from derivations.formula import Formula
from derivations.frozen import frozen
from derivations.notation import ReadError, read, spelling
from problems.schema import Part
from problems.truth import Truth

PENALTY = 0.1
"""What a try that is not right costs of the points."""

VERSION = "2023121100"
"""The version of STACK whose fields are written."""

POSITIVE = frozenset({"positive", "probability"})
"""Domains whose numbers are above 0."""

SETTINGS: tuple[tuple[str, str], ...] = (
    ("decimals", "."), ("scientificnotation", "*10"), ("multiplicationsign", "dot"), ("sqrtsign", "1"),
    ("complexno", "i"), ("inversetrig", "cos-1"), ("logicsymbol", "lang"), ("matrixparens", "["), ("isbroken", "0"),
    ("variantsselectionseed", ""),
)  # fmt: skip
"""Options of a question, in the order in which STACK writes them."""


@frozen
class _Branch:
    """A node of the response tree: what an answer is compared with, its share of the points, and what is said."""

    truth: str
    score: float
    message: str = ""


@frozen
class _Expected:
    """What a test of the question expects: the score, and the note of the branch at which the tree stops."""

    score: float
    note: str


def formula(part: Part[Any], truth: Truth) -> tuple[str, list[Element]]:
    """(type, elements) behind those that every question has. Raises `CannotHold`."""
    if part.payload.up_to not in (None, "nothing") or truth.alternatives:
        raise CannotHold("several formulas are right")
    if part.facts:
        raise CannotHold("it rests on facts that Maxima is not told")
    shape, shown = entries(truth.asked)
    right = matrix(shape, shown)
    rows = needed_names(truth)
    nodes = _substitutions(rows)
    branches = [_Branch(right, 1.0), *_mistakes(part, truth, shape)]
    tests = {branch.truth: _Expected(branch.score, f"prt1-{k + 1}-T") for k, branch in enumerate(branches)}
    for answers, expected in (
        (part.accepts, _Expected(1.0, "prt1-1-T")),
        (part.rejects, _Expected(0.0, f"prt1-{len(branches)}-F")),
    ):
        for answer in answers:
            if (held := _held(answer, truth, shape)) is not None:
                tests.setdefault(held, expected)
    return "stack", [
        texted("stackversion", VERSION),
        texted("questionvariables", f"right_answer: {right};"),
        texted("specificfeedback", "[[feedback:prt1]]", "html"),
        texted("questionnote", "", "html"),
        texted("questiondescription", "", "html"),
        field("questionsimplify", "1"),
        field(
            "assumepositive", str(int(all(row.domain.name in POSITIVE for row in rows.values() if row.role == "input")))
        ),
        field("assumereal", "1"),
        texted("prtcorrect", "Right.", "html"),
        texted("prtpartiallycorrect", "Partly right.", "html"),
        texted("prtincorrect", "Wrong.", "html"),
        *(field(name, value) for name, value in SETTINGS),
        _input(shape),
        _tree(branches, nodes),
        *(_test(k, answer, expected) for k, (answer, expected) in enumerate(tests.items(), 1)),
    ]


def how_typed(truth: Truth) -> str:
    """How the names of a question are typed, where that is not plain, and where the answer goes."""
    rows = [
        row
        for row in needed_names(truth).values()
        if row.role in ("input", "node") and (row.sizes or len(row.name) > 1)
    ]
    said = ", ".join(
        f"{'the entries of ' if row.sizes else ''}{tex(spelling.latex(row.name))} as "
        f"<code>{plain(name_at(row.name, (1,) * len(row.sizes)))}</code>{', …' if row.sizes else ''}"
        for row in rows
    )
    return (f"<p>Type {said}.</p>\n" if said else "") + "<p>[[input:ans1]] [[validation:ans1]]</p>"


def _substitutions(rows: dict[str, Declared]) -> list[str]:
    """The nodes as equations of Maxima's, in the order of the model. Raises `CannotHold`."""
    out: list[str] = []
    for row in rows.values():
        if row.role == "node" and row.definition is None:
            raise CannotHold(f"{row.name} is a recursion")
        if row.role == "node" and row.definition is not None:
            shape, shown = entries(row.definition)
            places = _places(shape)
            out += [f"{name_at(row.name, at)} = {text}" for at, text in zip(places, shown, strict=True)]
        elif row.role in ("input", "adjoint"):
            if any(not isinstance(size, int) for size in row.sizes):
                raise CannotHold(f"the sizes of {row.name} are letters")
            name_at(row.name, (1,) * len(row.sizes))
    return out


def _places(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    places: list[tuple[int, ...]] = [()]
    for length in shape:
        places = [(*at, k) for at in places for k in range(1, length + 1)]
    return places


def _mistakes(part: Part[Any], truth: Truth, shape: tuple[int, ...]) -> list[_Branch]:
    """The known mistakes that Maxima holds, each judged to be wrong here."""
    out: list[_Branch] = []
    for mistake in part.mistakes:
        held = _held(mistake.answer, truth, shape)
        if held is not None and verdict_on(part, truth, mistake.answer).status == "wrong":
            out.append(_Branch(held, mistake.score or 0.0, mistake.message))
    return out


def _held(answer: Any, truth: Truth, shape: tuple[int, ...]) -> str | None:
    """An answer of the file in Maxima; None where it is not read, or not held."""
    if not isinstance(answer, str):
        return None
    try:
        found: Formula = read(answer, truth.names)
        own, shown = entries(found)
        return matrix(own, shown) if own == shape else None
    except (ReadError, CannotHold):
        return None


def _input(shape: tuple[int, ...]) -> Element:
    made = Element("input")
    for name, value in (
        ("name", "ans1"), ("type", "matrix" if shape else "algebraic"), ("tans", "right_answer"),
        ("boxsize", "5" if shape else "30"),
        ("strictsyntax", "1"), ("insertstars", "0"), ("syntaxhint", ""), ("syntaxattribute", "0"), ("forbidwords", ""),
        ("allowwords", ""), ("forbidfloat", "0"), ("requirelowestterms", "0"), ("checkanswertype", "0"),
        ("mustverify", "1"), ("showvalidation", "1"), ("options", ""),
    ):  # fmt: skip
        made.append(field(name, value))
    return made


def _tree(branches: Sequence[_Branch], nodes: Sequence[str]) -> Element:
    made = Element("prt")
    made.append(field("name", "prt1"))
    made.append(field("value", "1.0000000"))
    made.append(field("autosimplify", "1"))
    made.append(field("feedbackstyle", "1"))
    compared = [
        ("given", "ans1"),
        ("right", "right_answer"),
        *((f"mistake_{k}", branch.truth) for k, branch in enumerate(branches[1:], 1)),
    ]
    lines = (f"{name}_put_in: {_put_in(expression, nodes)};" for name, expression in compared)
    made.append(texted("feedbackvariables", "\n".join(lines)))
    for k, branch in enumerate(branches):
        made.append(_node(k, branch, k + 1 if k + 1 < len(branches) else -1))
    return made


def _put_in(expression: str, nodes: Sequence[str]) -> str:
    """An expression with the nodes put in, the last ones first: each is made of those before it."""
    for node in reversed(nodes):
        expression = f"subst({node}, {expression})"
    return expression


def _node(k: int, branch: _Branch, otherwise: int) -> Element:
    made = Element("node")
    for name, value in (
        ("name", str(k)), ("description", "right" if k == 0 else f"mistake {k}"), ("answertest", "AlgEquiv"),
        ("sans", "given_put_in"), ("tans", "right_put_in" if k == 0 else f"mistake_{k}_put_in"),
        ("testoptions", ""), ("quiet", "1"),
        ("truescoremode", "="), ("truescore", f"{branch.score:.7f}"), ("truepenalty", ""), ("truenextnode", "-1"),
        ("trueanswernote", f"prt1-{k + 1}-T"),
    ):  # fmt: skip
        made.append(field(name, value))
    made.append(texted("truefeedback", f"<p>{plain(branch.message)}</p>" if branch.message else "", "html"))
    for name, value in (
        ("falsescoremode", "="), ("falsescore", "0.0000000"), ("falsepenalty", ""), ("falsenextnode", str(otherwise)),
        ("falseanswernote", f"prt1-{k + 1}-F"),
    ):  # fmt: skip
        made.append(field(name, value))
    made.append(texted("falsefeedback", "", "html"))
    return made


def _test(number: int, answer: str, wanted: _Expected) -> Element:
    """A test of the question: an answer, and what is expected of it."""
    made = Element("qtest")
    made.append(field("testcase", str(number)))
    made.append(field("description", "right" if wanted.score == 1 else "wrong"))
    given = SubElement(made, "testinput")
    given.append(field("name", "ans1"))
    given.append(field("value", answer))
    expected = SubElement(made, "expected")
    expected.append(field("name", "prt1"))
    expected.append(field("expectedscore", f"{wanted.score:.7f}"))
    expected.append(field("expectedpenalty", "0.0000000" if wanted.score == 1 else f"{PENALTY:.7f}"))
    expected.append(field("expectedanswernote", wanted.note))
    return made
