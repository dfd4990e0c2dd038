"""Parts as questions of Moodle's XML: shape, number, count and choice as Moodle's own, scalar formulas and explicit
matrices as STACK's. What neither can hold is left out by name, with the reason.

own      Moodle's own types
stack    STACK's questions: the response tree, its tests
maxima   formulas in Maxima
text     texts in HTML
xml      elements, and what every question has
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element, indent, tostring

from checker.check import truth_of
from checker.handouts.key import Told, key
from checker.handouts.moodle import own, stack
from checker.handouts.moodle.maxima import CannotHold
from checker.handouts.moodle.text import html
from checker.handouts.moodle.xml import category, question
from checker.handouts.prose import on_paper
from checker.handouts.setting import setting
from checker.telling import behind, goes_on_from
from derivations.frozen import frozen
from problems.schema import Part, Problem
from problems.truth import Truth
from problems.varying import varied, varied_problem

__all__ = ["QUESTIONS", "Quiz", "quiz"]

QUESTIONS: Mapping[str, Callable[[Part[Any], Truth], tuple[str, list[Element]]]] = MappingProxyType({
    "choice": own.choice,
    "number": own.number,
    "count": own.count,
    "shape": own.shape,
    "formula": stack.formula,
})  # fmt: skip
"""Kind → what makes a question of a part: its type, and the elements behind those that every question has."""


@frozen
class Quiz:
    """The file, the ids of the parts that are in it, and those that are not, each with the reason."""

    xml: str
    held: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def quiz(chosen: Sequence[tuple[Problem, Part[Any]]], title: str = "") -> Quiz:
    """The questions of some parts. Raises `TruthError` where a part's answer cannot be derived."""
    root = Element("quiz")
    root.append(category(title or "backproof"))
    held: list[str] = []
    left_out: list[tuple[str, str]] = []
    for problem, part in chosen:
        try:
            root.append(_question(problem, part))
        except CannotHold as error:
            left_out.append((part.id, str(error)))
        else:
            held.append(part.id)
    indent(root)
    text = tostring(root, encoding="unicode")
    return Quiz(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', tuple(held), tuple(left_out))


def _question(problem: Problem, part: Part[Any]) -> Element:
    make = QUESTIONS.get(part.kind)
    if make is None:
        raise CannotHold(f"neither Moodle nor STACK has a question for a {part.kind}")
    part = varied(part, 0)
    problem = varied_problem(problem, part)
    truth = truth_of(part)
    kind, more = make(part, truth)
    above = setting(problem, [(part, truth)])
    asked = html([*above, *on_paper(behind(goes_on_from(problem, part), part.ask))])
    asked += stack.how_typed(truth) if kind == "stack" else ""
    feedback = html(key(problem, part, truth, Told(f"{problem.about} {part.ask}")))
    penalty = stack.PENALTY if kind == "stack" else 1.0 if kind == "truefalse" else 1 / 3
    made = question(kind, f"{part.id} {problem.title}", asked, feedback, part.points, part.id, penalty)
    made.extend(more)
    return made
