"""A derivation of several lines, judged link by link: each line against the line before, and against what was asked.

    =        both sides are equal                     ∝         equal up to a factor that does not depend on the
                                                                variable
    <, <=    holds wherever both have values          ⇒, ⇔      the solutions of one line are solutions of the next
    argmax   same place of the maximum: equal up to constants, positive factors and monotone maps

The first false link is named, with its counterexample and its reason. A right ending does not hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checker.answers.carry_out import NotCarriedOut, carried_out
from checker.answers.compare import equal_to, explained
from checker.answers.definitions import defined
from checker.answers.links import (
    EQUALITIES,
    FOLLOWS,
    ORDERS,
    PROPORTIONAL,
    Asked,
    Chain,
    Expression,
    Extrema,
    Link,
    alike,
    expressions,
    judge_link,
    links_of,
    without_extrema,
    without_numbers,
)
from checker.answers.outcome import right, undecided, unreadable, wrong
from checker.answers.reading import judged
from checker.answers.reasons import judge_reasons
from checker.answers.solving import judge_solving
from checker.answers.vocabulary import adjoint_of, ancestors
from checker.verdict import Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.formula import ZERO, Formula, left_to_do, names_in
from derivations.notation import read, read_statement


def judge_chain(
    text: str,
    ends: tuple[str | None, str | None],
    end: Formula | None,
    relation: str,
    target: str | None,
    names: Names,
    explain: bool,
) -> Verdict:
    """The lines of a text against one another, and against the two ends of a part as they are stated and derived."""
    answer = defined(text, names)
    if answer.fault is not None:
        return answer.fault
    extrema = without_extrema(answer.text)
    stated = [without_extrema(t) if t else None for t in ends]
    over = tuple(dict.fromkeys(v for e in (*stated, extrema) if e is not None for _, _, v in e.at if v in names))
    first = read(stated[0].text, names) if stated[0] is not None else None
    asked = Asked(end, first, relation, over, target, explain)
    return judged(
        extrema.text,
        lambda t: answer.inlined(read_statement(t, answer.names), names),
        lambda found: judge_statement(found, asked, names, extrema, answer.names),
    )


def judge_statement(
    statement: Any, asked: Asked, names: Names, extrema: Extrema, known: Names | None = None
) -> Verdict:
    """A statement with its lines → links → verdicts; then the reasons that its lines give, which may speak of what the
    answer defines: `known`."""
    remarks = [
        *(r for line in statement.lines for r in line.remarks),
        *(n.message for n in statement.notes if n.tag == "remark"),
    ]
    return judge_reasons(_judge_lines(statement, asked, names, extrema), remarks, known or names, asked.end)


def _judge_lines(statement: Any, asked: Asked, names: Names, extrema: Extrema) -> Verdict:
    lines = [line for line in statement.lines if line.parts]
    if not lines:
        return unreadable("there is no line in it", "one step a line, each with = or another relation", 0, 0)
    if asked.relation == "=>" or any(op in FOLLOWS for line in lines for op in line.ops):
        return judge_solving(lines, asked, names)
    chains = without_numbers(expressions(lines, extrema))
    verdict = judge_links(links_of(chains), _end(chains[-1], asked.relation), asked, names)
    if verdict.status != "correct" or asked.start is None:
        return verdict
    fault = _no_derivation(chains, asked)
    if fault is not None:
        return replace(verdict, status="wrong", score=0.0, evidence=Evidence(), diagnosis=fault)
    ends = [chain.parts[k].formula for chain in chains for k in (0, -1)]
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
    parts, ops = chains[-1].parts, chains[-1].ops
    sides = [e.formula for e in parts]
    alike = (
        asked.start == asked.end
    )  # what is asked is a mere rewriting: then the sides need only be written differently
    if ops and all(side == sides[0] and not (alike and _letters(side) != _letters(sides[0])) for side in sides):
        return Diagnosis("no-derivation", "both sides say the same: nothing is shown")
    if (
        sides[0] == asked.end == sides[-1]
        and ops
        and all(e.formula != asked.start for chain in chains for e in chain.parts)
    ):
        return Diagnosis("no-derivation", "it begins where it should arrive: begin where the question begins")
    if asked.relation == "=" and any(op in PROPORTIONAL for op in ops):
        return Diagnosis("too-weak", "∝ says less than the = that is asked")
    return None


def _end(chain: Chain, relation: str) -> Expression:
    """Where a line ends: before a remark such as `< 0`, unless an order is what was asked."""
    parts, ops = chain.parts, chain.ops
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
        if open_ is not None and final.status == "correct" and (kept := _without_orders(links, parts, last, asked)):
            found = _all_true(kept, final, last.formula, asked, False)
            return replace(found, findings=(*found.findings, *open_.findings))
        if open_ is not None:
            return Verdict("undecided", None, findings=open_.findings, parts=parts)
        if final.status != "correct":
            return replace(final, parts=parts)
        backwards = asked.relation == "=" and last.formula == asked.start and links[0].left.formula == asked.end
        return _all_true(parts, final, last.formula, asked, backwards and all(k.op in EQUALITIES for k in links))
    if parts[false].diagnosis is None and asked.explain:
        reason = _reaches(links[false].right.formula, asked, names).diagnosis
        if reason is not None and reason.tag != "ending":
            parts = tuple(replace(p, diagnosis=reason) if n == false else p for n, p in enumerate(parts))
    return _false(links, parts, false, final)


def _without_orders(
    links: Sequence[Link], parts: Sequence[Verdict], last: Expression, asked: Asked
) -> tuple[Verdict, ...]:
    """The links without the sign of what is asked behind it, `= A < 0`, which may rest on words of the question; none
    where another one is open."""
    beside = [k.left is last and k.op in ORDERS and k.right.formula.body == ZERO for k in links]
    kept = tuple(p for p, b in zip(parts, beside, strict=True) if not b)
    return kept if asked.relation not in ORDERS and all(p.status == "correct" for p in kept) else ()


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
        return alike(mine, asked.end, "monotone" if relation != "proportional" else "nonzero_factor", asked.over, names)
    found = equal_to(mine, asked.end, names)
    if found.status == "wrong" and relation in ORDERS:
        return right()
    if found.status == "wrong":
        found = explained(found, mine, asked.end) if asked.explain else found
        if found.diagnosis is not None:
            return replace(
                found, diagnosis=replace(found.diagnosis, message="it is not what is asked: " + found.diagnosis.message)
            )
        return replace(found, diagnosis=Diagnosis("ending", "every line is true, but it does not end at what is asked"))
    return found
