"""An inequality or a quantified condition, compared with the truth as a set of points."""

from __future__ import annotations

from typing import Any

from checker.kinds.number import answer_text
from checker.kinds.outcome import right, undecided, wrong
from checker.kinds.reading import judged
from checker.kinds.sets import Compared, Condition, Difference, compare_sets
from checker.verdict import Counterexample, Evidence, Verdict
from derivations.domains import Names
from derivations.formula import Formula


def judge(part: Any, truth: Any, answer: Any) -> Verdict:
    """The answer against the condition of the part."""
    from derivations.notation import read_condition

    names: Names = truth.names or truth.formula.names
    return judged(answer_text(answer), names, lambda text: read_condition(text, names), lambda found: judge_condition(as_condition(found), as_condition(truth.formula), names))


def as_condition(formula: Formula) -> Condition:
    """A condition with its quantifiers, as the reader notes them."""
    every = tuple(i for i in getattr(formula, "quantified", ()) or ())
    if not every:
        said = {w for n in formula.notes if n.tag in ("quantified", "for-all") for w in n.message.replace(",", " ").split()}
        every = tuple(i for i in formula.free if i.name in said)
    return Condition(formula.body, every)


def judge_condition(student: Condition, truth: Condition, names: Names) -> Verdict:
    """Equal as sets, or the kind of difference: boundary, direction, too much, too little, a quantifier."""
    if truth.every and not student.every and student.free - truth.free:
        return wrong("missing-quantifier", "it has to hold for all of them: say for which indices")
    found = compare_sets(student, truth, names)
    if found.tests == 0:
        return undecided("points", "neither condition could be evaluated at any point")
    if found.differences:
        return _why(found)
    if not found.both or not found.neither:
        never = "satisfies" if not found.both else "violates"
        if student.body == truth.body:
            return right(evidence=Evidence("proved"))
        return undecided("points", f"no point was found that {never} the condition, so sampling settles nothing")
    return right(evidence=Evidence("agrees", found.sizes, found.tests))


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
    return wrong("condition", "it is another condition: some points are allowed by only one of the two", evidence=evidence)


def _shown(difference: Difference) -> Counterexample:
    def text(value: Any) -> Any:
        return [text(v) for v in value] if isinstance(value, (list, tuple)) else str(value)

    says = {True: "holds", False: "does not hold"}
    return Counterexample(difference.sizes, {n: text(v) for n, v in difference.values.items()}, says[difference.student], says[difference.truth])
