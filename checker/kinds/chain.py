"""A derivation of several lines, judged link by link: each line against the line before, and against what was asked.

    =        both sides are equal                     ∝         equal up to a factor that does not depend on the
                                                                variable
    <, <=    holds wherever both have values          ⇒, ⇔      the solutions of one line are solutions of the next
    argmax   same place of the maximum: equal up to constants, positive factors and monotone maps

The first false link is named, with its counterexample and its reason. A right ending does not hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker.cases import nothing_said, partial, where_said
from checker.kinds.carry_out import NotCarriedOut, carried_out
from checker.kinds.definitions import defined
from checker.kinds.formula import equal_to, explained
from checker.kinds.lines_of_chain import (
    ABOUT,
    EQUALITIES,
    FOLLOWS,
    ORDERS,
    PROPORTIONAL,
    Chain,
    Expression,
    Extrema,
    Link,
    expressions,
    links_of,
    without_extrema,
    without_numbers,
)
from checker.kinds.number import answer_text
from checker.kinds.outcome import right, undecided, unreadable, wrong
from checker.kinds.reading import judged
from checker.kinds.reasons import judge_reasons
from checker.kinds.vocabulary import adjoint_of, ancestors, left_to_do
from checker.verdict import Counterexample, Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.formula import Deriv, Elem, Formula, Node, names_in, neg


@dataclass(frozen=True, slots=True)
class Asked:
    """What the chain has to show. `over` are the variables of a maximum or of a proportionality."""

    end: Formula | None
    start: Formula | None
    relation: str
    over: tuple[str, ...]
    target: str | None


def judge(part: Any, truth: Any, answer: Any) -> Verdict:
    """The lines against one another, and against the two ends of the part."""
    from derivations.notation import read, read_statement

    names: Names = truth.names
    start, end = part.payload.get("start"), part.payload.get("end")
    text = answer_text(answer) if not isinstance(answer, (list, tuple)) else "\n".join(map(str, answer))
    said = defined(text, names)
    if said.fault is not None:
        return said.fault
    ends = [without_extrema(t) if t else None for t in (start, end, said.text)]
    over = tuple(dict.fromkeys(v for e in ends if e is not None for _, _, v in e.at if v in names))
    first = read(ends[0].text, names) if ends[0] is not None else None
    asked = Asked(truth.formula, first, part.payload.get("relation") or "=", over, part.derives)
    extrema = ends[2] or without_extrema(said.text)
    return judged(
        extrema.text,
        names,
        lambda t: said.inlined(read_statement(t, said.names), names),
        lambda found: judge_statement(found, asked, names, extrema),
    )


def judge_statement(statement: Any, asked: Asked, names: Names, extrema: Extrema) -> Verdict:
    """A statement with its lines → links → verdicts; then the reasons that its lines give."""
    remarks = [
        *(r for line in statement.lines for r in line.remarks),
        *(n.message for n in statement.notes if n.tag == "remark"),
    ]
    return judge_reasons(_judge_lines(statement, asked, names, extrema), remarks, names, asked.end)


def _judge_lines(statement: Any, asked: Asked, names: Names, extrema: Extrema) -> Verdict:
    lines = [line for line in statement.lines if line.parts]
    if not lines:
        return unreadable("there is no line in it", "one step a line, each with = or another relation", 0, 0)
    if asked.relation == "=>" or any(op in FOLLOWS for line in lines for op in line.ops):
        from checker.kinds.solving import judge_solving

        return judge_solving(lines, asked, names)
    chains = without_numbers(expressions(lines, extrema))
    verdict = judge_links(links_of(chains), _end(*chains[-1], asked.relation), asked, names)
    if verdict.status != "correct" or asked.start is None:
        return verdict
    fault = _no_derivation(chains, asked)
    if fault is not None:
        return replace(verdict, status="wrong", score=0.0, evidence=Evidence(), diagnosis=fault)
    ends = [chain[0][k].formula for chain in chains for k in (0, -1)]
    if asked.relation == "=" and asked.end is not None and all(f.key() != asked.end.key() for f in ends):
        return replace(
            verdict,
            findings=(
                *verdict.findings,
                Finding("ends-elsewhere", "the last line equals what was to be shown, but is not written as it"),
            ),
        )
    return verdict


def _letters(side: Formula) -> str:
    """What is written, without its spaces."""
    return "".join((side.source or "").split())


def _no_derivation(chains: Sequence[Chain], asked: Asked) -> Diagnosis | None:
    """True lines that show nothing: a = a at the end, a way from the end back to itself, ∝ where = is asked."""
    parts, ops = chains[-1]
    sides = [e.formula for e in parts]
    alike = (
        asked.start == asked.end
    )  # what is asked is a mere rewriting: then the sides need only be written differently
    if ops and all(side == sides[0] and not (alike and _letters(side) != _letters(sides[0])) for side in sides):
        return Diagnosis("no-derivation", "both sides say the same: nothing is shown")
    if (
        sides[0] == asked.end == sides[-1]
        and ops
        and all(e.formula != asked.start for chain in chains for e in chain[0])
    ):
        return Diagnosis("no-derivation", "it begins where it should arrive: begin where the question begins")
    if asked.relation == "=" and any(op in PROPORTIONAL for op in ops):
        return Diagnosis("too-weak", "∝ says less than the = that is asked")
    return None


def _end(parts: Sequence[Expression], ops: Sequence[str], relation: str) -> Expression:
    """Where a line ends: before a remark such as `< 0`, unless an order is what was asked."""
    k = len(parts) - 1
    while relation not in ORDERS and k > 0 and len(ops) >= k and ops[k - 1] in ORDERS:
        k -= 1
    return parts[k]


def judge_links(links: Sequence[Link], last: Expression, asked: Asked, names: Names) -> Verdict:
    """Each link judged; then the end against what is asked."""
    final = _reaches(last.formula, asked, names)
    if not links and asked.start is not None and final.status == "correct":
        return wrong("no-derivation", "only the result is stated: begin where the question begins, and go line by line")
    parts = tuple(replace(judge_link(k, asked, names), id=f"line {k.line}") for k in links)
    false = next((n for n, p in enumerate(parts) if p.status == "wrong"), None)
    if false is None:
        open_ = next((p for p in parts if p.status in ("undecided", "unreadable")), None)
        if final.status == "wrong":
            return replace(final, parts=parts)
        if open_ is not None:
            return Verdict("undecided", None, findings=open_.findings, parts=parts)
        if final.status != "correct":
            return replace(final, parts=parts)
        backwards = asked.relation == "=" and last.formula == asked.start and links[0].left.formula == asked.end
        return _all_true(parts, final, last.formula, asked, backwards and all(k.op in EQUALITIES for k in links))
    if parts[false].diagnosis is None:
        reason = _reaches(links[false].right.formula, asked, names).diagnosis
        if reason is not None and reason.tag != "ending":
            parts = tuple(replace(p, diagnosis=reason) if n == false else p for n, p in enumerate(parts))
    return _false(links, parts, false, final)


def _all_true(parts: tuple[Verdict, ...], final: Verdict, last: Formula, asked: Asked, backwards: bool) -> Verdict:
    """`backwards`: from the end to the beginning by equalities, which shows the same."""
    if not backwards and ((left_to_do(last) and not _by_derivatives(asked.end)) or _is_question(last, asked)):
        return Verdict(
            "wrong",
            0.0,
            diagnosis=Diagnosis("restates-question", "every line is true, but the last one only restates the question"),
            parts=parts,
        )
    strengths = [p.evidence for p in (*parts, final)]
    weakest = max(strengths, key=lambda e: ("proved", "proved_at_sizes", "agrees", None).index(e.strength))
    return Verdict("correct", 1.0, weakest, findings=final.findings, parts=parts)


def _by_derivatives(end: Formula | None) -> bool:
    """Whether what is asked is itself written in derivatives: the chain rule."""
    rows = [end.names.get(n) for n in names_in(end.body)] if end is not None and end.names is not None else []
    return any(row is not None and row.role == "adjoint" for row in rows)


def _is_question(last: Formula, asked: Asked) -> bool:
    if (
        asked.start is not None
        and asked.end is not None
        and ((last == asked.start and asked.start != asked.end) or (_hidden(last) and not _hidden(asked.end)))
    ):
        return True
    own = adjoint_of(asked.target, last.names) if last.names is not None else None
    return own is not None and own in names_in(last.body)


def _hidden(formula: Formula) -> bool:
    """Whether a derivative is left in it through a name: s_i for |dL/dx_i|."""
    names = formula.names if formula.names is not None else Names()
    used = {a for n in names_in(formula.body) for a in (n, *ancestors(n, names))}
    return any((row := names.get(n)) is not None and row.role == "adjoint" and row.definition is not None for n in used)


def _false(links: Sequence[Link], parts: tuple[Verdict, ...], false: int, final: Verdict) -> Verdict:
    """A chain with a false link: which line, why, how it ends, and whether a later line repairs it."""
    link, verdict = links[false], parts[false]
    said = verdict.diagnosis
    follows = (
        f"line {link.line} does not follow from line {link.left.line}"
        if link.across
        else f"line {link.line} is not true"
    )
    message = follows + (f": {said.message}" if said is not None else "")
    diagnosis = Diagnosis(said.tag if said is not None else "link", message, said.reveal if said is not None else "")
    findings = [Finding("line", str(link.line))]
    if final.status == "correct":
        findings.append(Finding("ending", "correct"))
        findings.append(
            Finding("repaired", f"the final line is right, but line {link.line} is not" + _repair(links, parts, false))
        )
    elif final.status == "wrong":
        findings.append(Finding("ending", "wrong"))
    share = sum(p.status == "correct" for p in parts) / len(parts)
    score = None if any(p.score is None for p in parts) else share
    return Verdict(
        "wrong",
        min(score, 0.99) if score is not None else None,
        verdict.evidence,
        diagnosis,
        tuple(findings),
        parts=parts,
    )


def _repair(links: Sequence[Link], parts: Sequence[Verdict], false: int) -> str:
    """The later line that is false as a step because it is right again."""
    later = next((links[n].line for n in range(false + 1, len(parts)) if parts[n].status == "wrong"), None)
    return (
        f", and line {later} repairs it without saying so" if later is not None and later != links[false].line else ""
    )


def _reaches(formula: Formula, asked: Asked, names: Names) -> Verdict:
    """A line against what was asked."""
    if asked.end is None:
        return right()
    try:
        mine = carried_out(formula, names)
    except NotCarriedOut as error:
        return undecided("derivative", str(error))
    relation = asked.relation
    if relation in ("argmax", "argmin", "proportional"):
        return _alike(
            mine, asked.end, "monotone" if relation != "proportional" else "nonzero_factor", asked.over, names
        )
    found = equal_to(mine, asked.end, names)
    if found.status == "wrong" and relation in ORDERS:
        return right()
    if found.status == "wrong":
        found = explained(found, mine, asked.end)
        if found.diagnosis is not None:
            return replace(
                found, diagnosis=replace(found.diagnosis, message="it is not what is asked: " + found.diagnosis.message)
            )
        return replace(found, diagnosis=Diagnosis("ending", "every line is true, but it does not end at what is asked"))
    return found


def _alike(a: Formula, b: Formula, relation: str, over: Sequence[str], names: Names) -> Verdict:
    from checker.kinds.upto import up_to_verdict

    found = equal_to(a, b, names)
    if found.status != "wrong":
        return found
    other = up_to_verdict(a, b, names, relation, over)
    if other is not None:
        return replace(other, status="correct", score=1.0)
    words = {"monotone": "it does not have its extremum at the same place", "nonzero_factor": "it is not proportional"}[
        relation
    ]
    return replace(found, diagnosis=Diagnosis("up-to", words))


def judge_link(link: Link, asked: Asked, names: Names) -> Verdict:
    """One link."""
    try:
        left, right_ = carried_out(link.left.formula, names), carried_out(link.right.formula, names)
    except NotCarriedOut as error:
        return undecided("derivative", str(error))
    there = where_said(left, right_) if partial(right_) else left
    if asked.end is None or not partial(asked.end):
        return _judged(link, there, right_, asked, names)
    found = _judged(link, where_said(there, asked.end), where_said(right_, asked.end), asked, names)
    return _judged(link, there, right_, asked, names) if partial(right_) and nothing_said(found) else found


def _judged(link: Link, left: Formula, right_: Formula, asked: Asked, names: Names) -> Verdict:
    """One link in the case that is asked, and under the condition of its right side: `a = b if c` says nothing
    elsewhere."""
    if link.op in PROPORTIONAL:
        return _alike(left, right_, "nonzero_factor", asked.over, names)
    if link.op in EQUALITIES and (link.left.extremum or link.right.extremum):
        turned = (link.left.extremum or link.right.extremum) != (link.right.extremum or link.left.extremum)
        return _alike(left, replace(right_, body=neg(right_.body)) if turned else right_, "monotone", asked.over, names)
    if link.op in ORDERS:
        found = _ordered(left, link.op, right_, names)
        if (
            found.status == "wrong"
            and asked.relation not in ORDERS
            and not any(f.tag == "nowhere" for f in found.findings)
        ):
            return undecided(
                "inequality",
                (
                    f"line {link.line}: {link.op} holds at some points only; it may rest on something that the "
                    "question says in words"
                ),
            )
        return found
    if link.op in ABOUT:
        return _about(left, right_, names)
    if link.op not in EQUALITIES:
        return undecided("relation", f"{link.op} is not judged")
    found = equal_to(right_, left, names)
    if found.status != "wrong":
        return found
    operator = across_operator(left, right_, names)
    if operator is not None:
        return replace(found, diagnosis=operator)
    return explained(found, right_, left)


def across_operator(left: Formula, right_: Formula, names: Names) -> Diagnosis | None:
    """`=` across an operator: one side is a derivative of the other."""

    def same(a: Node, b: Formula) -> bool:
        return equal_to(replace(b, body=a), b, names).status == "correct"

    for a, b in ((left, right_), (right_, left)):
        if a.axes or a.free or b.axes or b.free:
            continue
        for name, row in names.items():
            if row.role not in ("input", "node") or row.sizes or not _holds(b, name, names):
                continue
            try:
                made = carried_out(replace(b, body=_derived(b.body, name)), names).body
            except (NotCarriedOut, ValueError):
                continue
            if same(made, a):
                return Diagnosis(
                    "missing-operator",
                    "a derivative is set equal to the function: the operator d/d… in front is missing",
                    f"d/d{name} is missing",
                )
    return None


def _holds(formula: Formula, name: str, names: Names) -> bool:
    from checker.kinds.vocabulary import ancestors

    return any(n == name or name in ancestors(n, names) for n in names_in(formula.body))


def _derived(body: Node, name: str) -> Node:
    return Deriv(body, Elem(name))


def _ordered(left: Formula, op: str, right_: Formula, names: Names) -> Verdict:
    """left op right at every point of the draws."""
    import numpy as np

    from checker.alignment import Misfit, align
    from checker.diagnosis.fingerprint import ground

    pair = align(left, right_)
    if isinstance(pair, Misfit):
        return wrong("shape", pair.message)
    where = ground(names)
    points = 0
    for k in range(len(where.assignments)):
        a, b = where.values(pair.student, k), where.values(pair.truth, k)
        if a is None or b is None:
            return undecided("unevaluated", "it cannot be evaluated")
        gap = a - b
        seen = np.isfinite(gap)
        slack = 1e-9 * (np.abs(a) + np.abs(b) + 1e-12)
        if op in ("<", "<="):
            good = gap < 0 if op == "<" else gap <= slack
        else:
            good = gap > 0 if op == ">" else gap >= -slack
        points += int(seen.sum())
        if not np.all(good[seen]):
            p = int(np.argwhere(seen & ~good)[0][0])
            values = {n: str(v) for n, v in where.assignments[k].exact(p).items()}
            evidence = Evidence(
                points=points, counterexample=Counterexample(where.assignments[k].sizes, values, f"{a[p]}", f"{b[p]}")
            )
            notes = () if good[seen].any() else (Finding("nowhere", "it holds at no point that was tried"),)
            return wrong("inequality", f"{op} does not hold everywhere", "", *notes, evidence=evidence)
    return right(evidence=Evidence("agrees", tuple(a.sizes for a in where.assignments), points))


def _about(left: Formula, right_: Formula, names: Names) -> Verdict:
    """≈ between closed expressions, to the digits shown."""
    from checker.kinds.number import judge_number

    if names_in(left.body) or names_in(right_.body) or right_.source is None:
        return undecided("relation", "≈ is judged between numbers only")
    from checker.kinds.exact import NoValue, Point, Untold, value_at

    try:
        return judge_number(right_.source, (value_at(left, Point({}, {})),))
    except (NoValue, Untold) as error:
        return undecided("unevaluated", str(error))
