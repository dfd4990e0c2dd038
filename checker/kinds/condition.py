"""An inequality or a quantified condition, compared with the truth as a set of points."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from checker.cases import partial
from checker.diagnosis.unfold import unfold_names
from checker.kinds.exact import NoValue, Point, Untold, holds_at, value_at
from checker.kinds.number import Said, agrees, answer_text
from checker.kinds.numerals import read_numeral
from checker.kinds.outcome import right, undecided, wrong
from checker.kinds.reading import judged
from checker.kinds.reasons import judge_reasons
from checker.kinds.sets import Compared, Condition, Difference, compare_sets
from checker.verdict import Counterexample, Evidence, Verdict
from derivations.domains import Names
from derivations.formula import ZERO, Formula, Node, Note, Rel, names_in
from derivations.normal_form import prove_same_set
from derivations.notation.read.prose import opened, unexplained

PROOF_BUDGET = 60_000


def judge(part: Any, truth: Any, answer: Any) -> Verdict:
    """The answer against the condition of the part."""
    from derivations.notation import ReadError, read_condition

    names: Names = truth.names
    true: Formula = (
        truth.formula if truth.formula is not None else read_condition(str(part.payload["condition"]), names)
    )

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
        numbers = not names_in(true.body) and not names_in(found.body)
        verdict = (
            judge_numbers(found, true) if numbers else judge_condition(as_condition(found), as_condition(true), names)
        )
        return judge_reasons(verdict, [n.message for n in found.notes if n.tag == "remark"], names)

    return judged(answer_text(answer), names, read_one, judge_one)


def _always(side: str, names: Names) -> bool:
    """Whether a side condition, `if c > 0`, holds wherever the names are declared."""
    from derivations.notation import ReadError, read_condition

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
    from checker.kinds.solving import statements
    from derivations.notation import ReadError, read_statement

    try:
        found = [line for line in read_statement(text, names).lines if line.parts]
        said = statements(found)
    except ReadError:
        return None
    if any(partial(part) for line in found for part in line.parts):
        return None
    remarks = [r for line in found for r in line.remarks]
    if said is None or len(said) != 1 or any(opened(r) is None and unexplained(r) is not None for r in remarks):
        return None
    condition = said[0].condition
    notes = (*(Note("quantified", i.name) for i in condition.every), *(Note("remark", r) for r in remarks))
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


def as_condition(formula: Formula) -> Condition:
    """A condition with its quantifiers, as the reader notes them."""
    every, some = (
        tuple(i for i in formula.free if i.name in {n.message for n in formula.notes if n.tag == tag})
        for tag in ("quantified", "some")
    )
    return Condition(formula.body, every, some)


def judge_condition(student: Condition, truth: Condition, names: Names) -> Verdict:
    """Equal as sets, or the kind of difference: boundary, direction, too much, too little, a quantifier."""
    if truth.every and not student.every and student.free - truth.free:
        return wrong("missing-quantifier", "it has to hold for all of them: say for which indices")
    if same_for_every_size(student, truth, names):
        return right(evidence=Evidence("proved"))
    found = compare_sets(student, truth, names)
    if found.tests == 0:
        return undecided("points", "neither condition could be evaluated at any point")
    if found.differences:
        return _why(found)
    if not found.both or not found.neither:
        never = "satisfies" if not found.both else "violates"
        return undecided("points", f"no point was found that {never} the condition, so sampling settles nothing")
    return right(evidence=Evidence("agrees", found.sizes, found.tests))


def same_for_every_size(student: Condition, truth: Condition, names: Names) -> bool:
    """Whether the two are proved to hold at the same points, boundaries included; quantifiers of the same kinds and
    ranges, the bodies equal below them."""
    if [i.size for i in student.every] != [i.size for i in truth.every] or [i.size for i in student.some] != [
        i.size for i in truth.some
    ]:
        return False
    shared = tuple(sorted(student.free | truth.free, key=lambda i: i.name))
    turned = [c if set(c.every) != set(truth.every) else replace(c, every=truth.every) for c in (student, truth)]
    sides = [Formula(c.body, free=(*shared, *c.every, *c.some), names=names) for c in turned]
    return prove_same_set(sides[0], sides[1], PROOF_BUDGET) is True


def _why(found: Compared) -> Verdict:
    first = found.differences[0]
    evidence = Evidence(points=found.tests, sizes=found.sizes, counterexample=_shown(first))
    inside = [d for d in found.differences if not d.boundary]
    if not inside:
        which = "belongs to it" if first.truth else "does not belong to it"
        return wrong("boundary", f"the boundary {which}: look at < against ≤", evidence=evidence)
    first = inside[0]
    evidence = Evidence(points=found.tests, sizes=found.sizes, counterexample=_shown(first))
    more = {d.student for d in inside}
    if more == {True, False} and not found.both:
        return wrong("direction", "it points the other way", evidence=evidence)
    if more == {True}:
        return wrong("too-weak", "it also allows points that it must not allow", evidence=evidence)
    if more == {False}:
        return wrong("too-strong", "it refuses points that it must allow", evidence=evidence)
    return wrong(
        "condition", "it is another condition: some points are allowed by only one of the two", evidence=evidence
    )


def _shown(difference: Difference) -> Counterexample:
    def text(value: Any) -> Any:
        return [text(v) for v in value] if isinstance(value, (list, tuple)) else str(value)

    says = {True: "holds", False: "does not hold"}
    return Counterexample(
        difference.sizes,
        {n: text(v) for n, v in difference.values.items()},
        says[difference.student],
        says[difference.truth],
    )
