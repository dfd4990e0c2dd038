"""The reasons that an answer gives, judged: `p - y, since p = σ(z)`. A reason that is false makes it wrong, with the
ending said to be right.

since a = b, a < b    links, judged as in a chain
since i != j          a condition that has to hold wherever the truth is asked; one that holds at some points only is
                      not settled
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from checker.answers.compare import equal_to
from checker.answers.links import Asked, Expression, Link, judge_link
from checker.verdict import Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.formula import ONE, ZERO, Add, Cases, Formula, IndexVal, Node, Or, Rel, free_indices
from derivations.notation.read.statements import reasons


def judge_reasons(verdict: Verdict, remarks: Iterable[str], names: Names, truth: Formula | None = None) -> Verdict:
    """A verdict on an answer, and on the reasons among its remarks. `truth` is what was asked: where it has a value, a
    reason has to hold."""
    found = [part for remark in remarks for part in _links(remark, names, truth)]
    if verdict.status not in ("correct", "equal") or not found:
        return verdict
    false = next(((text, v) for text, v in found if v.status == "wrong"), None)
    if false is not None:
        text, why = false
        status = "wrong" if verdict.status == "correct" else "different"
        said = why.diagnosis.message if why.diagnosis is not None and why.diagnosis.message else ""
        return replace(
            verdict, status=status, score=0.0 if verdict.status == "correct" else None,
            evidence=replace(why.evidence, strength=None),
            diagnosis=Diagnosis("reason", f"the reason given is not true: {text}" + (f" ({said})" if said else "")),
            findings=(*verdict.findings, Finding("ending", "correct")),
        )  # fmt: skip
    open_ = next(((text, v) for text, v in found if v.status != "correct"), None)
    if open_ is not None:
        text, why = open_
        note = Finding(
            "reason",
            f"whether {text} holds, which is given as the reason, is not settled"
            + (f": {why.findings[0].message}" if why.findings else ""),
        )
        return replace(
            verdict,
            status="undecided",
            score=None,
            evidence=replace(verdict.evidence, strength=None),
            findings=(note, *verdict.findings),
        )
    return verdict


def _links(remark: str, names: Names, truth: Formula | None) -> list[tuple[str, Verdict]]:
    """Each relation of a reason with its verdict."""
    out: list[tuple[str, Verdict]] = []
    for statement in reasons(remark, names):
        for line in statement.lines:
            for left, op, right in zip(line.parts, line.ops, line.parts[1:], strict=False):
                shown = f"{(left.source or '').strip()} {op} {(right.source or '').strip()}"
                out.append((shown, _judged(left, op, right, names, truth)))
    return out


def _judged(left: Formula, op: str, right: Formula, names: Names, truth: Formula | None) -> Verdict:
    """One relation: !=, and one between indices, wherever the truth is asked; else as a link of a chain."""
    if op == "!=" or any(isinstance(f.body, IndexVal) for f in (left, right)):
        return _wherever(left, op, right, names, truth)
    asked = Asked(None, None, "=", (), None)
    found = judge_link(Link(Expression(left, 1), op, Expression(right, 1)), asked, names)
    holds = _asked_where(truth)
    if found.status == "wrong" and holds is not None:
        one, other = (Expression(_where(f, holds), 1) for f in (left, right))
        found = judge_link(Link(one, op, other), asked, names)
    if found.diagnosis is not None and found.diagnosis.tag == "domain":
        return replace(
            found, status="correct", diagnosis=None
        )  # `log ab = log a + log b` is a reason where both sides have values
    return found


def _asked_where(truth: Formula | None) -> Node | None:
    """The condition under which something is asked; None where it always is."""
    if truth is None or not isinstance(truth.body, Cases) or truth.body.otherwise is not None:
        return None
    conditions = tuple(c for c, _ in truth.body.branches)
    return conditions[0] if len(conditions) == 1 else Or(conditions)


def _where(formula: Formula, holds: Node) -> Formula:
    """A formula under a condition, whose indices are free in it."""
    more = tuple(i for i in sorted(free_indices(holds), key=lambda i: i.name) if i not in formula.free)
    return replace(formula, body=Cases(((holds, formula.body),), None), free=(*formula.free, *more))


def _wherever(left: Formula, op: str, right: Formula, names: Names, truth: Formula | None) -> Verdict:
    """Whether a condition holds wherever the truth has a value: its indicator is 1 there."""
    if left.axes or right.axes:
        return Verdict("undecided", None, findings=(Finding("relation", f"{op} between arrays is not judged"),))
    rel = Rel("==" if op == "=" else op, left.body, right.body)
    asked = truth.body if truth is not None and isinstance(truth.body, Cases) and truth.body.otherwise is None else None
    one: Node = ONE if asked is None else Cases(tuple((c, ONE) for c, _ in asked.branches), None)
    free = tuple(sorted(free_indices(Add((Cases(((rel, ONE),), ZERO), one))), key=lambda i: i.name))
    mine, theirs = (Formula(body, free=free, names=names) for body in (Cases(((rel, ONE),), ZERO), one))
    found = equal_to(mine, theirs, names)
    if found.status != "wrong":
        return found
    never = equal_to(
        replace(mine, body=Cases(((rel, ONE),), ZERO)),
        replace(theirs, body=ZERO if asked is None else Cases(tuple((c, ZERO) for c, _ in asked.branches), None)),
        names,
    )
    if never.status == "correct":
        return replace(found, diagnosis=None)
    return Verdict(
        "undecided",
        None,
        Evidence(),
        findings=(
            Finding(
                "somewhere", "it holds at some points only; it may rest on something that the question says in words"
            ),
        ),
    )
