"""An inequality or a quantified condition, compared with the truth as a set of points."""

from __future__ import annotations

import re
from typing import Any

from checker.answers.numbers import Said, agrees
from checker.answers.numerals import read_numeral
from checker.answers.outcome import right, undecided, wrong
from checker.answers.reading import judged, remarks
from checker.answers.reasons import judge_reasons
from checker.answers.sets import PROOF_BUDGET, as_condition, judge_condition, of_which_entries
from checker.answers.solving import statements
from checker.answers.text import answer_text
from checker.equality.cases import partial
from checker.equality.unfold import unfold_names
from checker.verdict import Evidence, Verdict
from derivations.domains import Names
from derivations.evaluate.at_point import Point, holds_at, value_at
from derivations.evaluate.exact_values import NoValue, Untold
from derivations.formula import ZERO, Formula, Node, Note, Rel, names_in
from derivations.normal_form import prove_same_set
from derivations.notation import ReadError, read_condition, read_statement
from derivations.notation.read.prose import opened, unexplained


def judge_text(answer: Any, true: Formula, names: Names) -> Verdict:
    """A written condition against the true one."""

    def read_one(text: str) -> Formula:
        try:
            return read_condition(text, names)
        except ReadError as error:
            found = _stated(text, names)
            if found is None:
                raise error from None
            return found

    def judge_one(found: Formula) -> Verdict:
        side = next(
            (n.message for n in found.notes if n.tag == "side-condition" and not _always(n.message, names)), None
        )
        if side is not None:
            return undecided("side-condition", f"`{side}` limits it, and is not judged: write the condition alone")
        if (open_ := of_which_entries(found)) is not None:
            return open_
        numbers = not names_in(true.body) and not names_in(found.body)
        verdict = (
            judge_numbers(found, true) if numbers else judge_condition(as_condition(found), as_condition(true), names)
        )
        return judge_reasons(verdict, remarks(found), names)

    return judged(answer_text(answer), read_one, judge_one)


def _always(side: str, names: Names) -> bool:
    """Whether a side condition, `if c > 0`, holds wherever the names are declared."""
    try:
        found = unfold_names(read_condition(_LEADING.sub("", side), names), names)
    except ReadError:
        return False
    return prove_same_set(found, Formula(Rel("==", ZERO, ZERO), free=found.free, names=names), PROOF_BUDGET) is True


_LEADING = re.compile(r"\A\s*(?:\\(?:text|mathrm|mbox)\w*\s*\{)?\s*[A-Za-z]+\s*\}?")
"""The word before a side condition, in LaTeX too."""


def _stated(text: str, names: Names) -> Formula | None:
    """A condition with a label or a reason (`z_i <= 0 since b = 0`), read as a statement of one line. Words that limit
    it are left to be refused."""
    try:
        found = [line for line in read_statement(text, names).lines if line.parts]
        said = statements(found)
    except ReadError:
        return None
    if any(partial(part) for line in found for part in line.parts):
        return None
    beside = [r for line in found for r in line.remarks]
    if said is None or len(said) != 1 or any(opened(r) is None and unexplained(r) is not None for r in beside):
        return None
    condition = said[0].condition
    notes = (*(Note("quantified", i.name) for i in condition.every), *(Note("remark", r) for r in beside))
    return Formula(condition.body, free=(*condition.free, *condition.every), names=names, source=text, notes=notes)


def judge_numbers(student: Formula, truth: Formula) -> Verdict:
    """A comparison of two numbers: it must be true, and between the numbers in question (to the digits shown)."""
    a, b = student.body, truth.body
    if not isinstance(a, Rel) or not isinstance(b, Rel):
        return undecided("condition", "a comparison of two numbers is expected")
    point = Point({}, {})
    try:
        if not holds_at(a, point):
            return wrong("direction", "it points the other way" if _turned(a, student, b, truth) else "it is not true")
        if _turned(a, student, b, truth):
            return right(evidence=Evidence("agrees"))
    except (NoValue, Untold) as error:
        return undecided("precision", str(error))
    return wrong("subject", "it is true, but compares other numbers than those asked")


def _turned(a: Rel, student: Formula, b: Rel, truth: Formula) -> bool:
    """Whether both compare the same two numbers, in either order."""
    mine = [_said(side, student) for side in (a.left, a.right)]
    true = [_said(side, truth).value for side in (b.left, b.right)]
    return any(agrees(mine[0], x) and agrees(mine[1], y) for x, y in (true, true[::-1]))


def _said(side: Node, formula: Formula) -> Said:
    span = getattr(side, "span", None)
    text = formula.source[span[0] : span[1]] if span and formula.source else ""
    shown = read_numeral(text) if text else None
    return Said(value_at(Formula(side), Point({}, {})), shown, text)
