"""A written derivation as links: which expressions are joined by what, on which line of the text, and what is
maximised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from checker.answers.at_extremum import at_extremum
from checker.answers.carry_out import NotCarriedOut, carried_out, has_paths
from checker.answers.compare import equal_to, explained
from checker.answers.entry_by_entry import NOTE, entry_by_entry
from checker.answers.numbers import judge_number
from checker.answers.outcome import right, undecided, wrong
from checker.answers.upto import up_to_verdict
from checker.answers.vocabulary import ancestors
from checker.diagnosis import fingerprint as fingerprints
from checker.diagnosis.fingerprint import ground
from checker.equality.align import Misfit, align
from checker.equality.cases import nothing_said, partial, where_said
from checker.verdict import Counterexample, Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import NoValue, Untold
from derivations.formula import Deriv, Elem, Formula, Node, Num, names_in, neg
from derivations.frozen import frozen
from derivations.notation.read.labels import EXTREMUM
from derivations.notation.spelling import canonical

EQUALITIES = ("=", "==", ":=", "≡")
ABOUT = ("≈", "~=")
PROPORTIONAL = ("∝", "\\propto", "proportional")
ORDERS = ("<", "<=", ">", ">=")
FOLLOWS = ("=>", "⇒", "<=>", "⇔", "iff", "implies")

_BREAK = re.compile(r"\n|\\\\")


@frozen
class Expression:
    """One side of a relation: the formula, the line of the text it stands on (from 1), and `max` or `min` where an
    extremum of it is sought, over a variable."""

    formula: Formula
    line: int
    extremum: str = ""
    over: str = ""


@frozen
class Chain:
    """Expressions and the relations between them; `named`: a left side or words in front say what it is, so that it
    does not go on from the line before."""

    parts: tuple[Expression, ...]
    ops: tuple[str, ...] = ()
    named: bool = False


@frozen
class Link:
    """One claim of the chain: `left op right`."""

    left: Expression
    op: str
    right: Expression

    @property
    def line(self) -> int:
        return self.right.line

    @property
    def across(self) -> bool:
        return self.left.line != self.right.line


@frozen
class Extrema:
    """The text without its `argmax_θ`, and where they stood: position in the new text → (max or min, the variable)."""

    text: str
    at: tuple[tuple[int, str, str], ...]


def without_extrema(text: str) -> Extrema:
    """Take `argmax_θ` away, remembering its place: what is sought is a statement about the expression behind it."""
    out: list[str] = []
    at: list[tuple[int, str, str]] = []
    done = length = 0
    for found in EXTREMUM.finditer(text):
        out.append(text[done : found.start()])
        length += found.start() - done
        at.append((length, found["a"] or found["b"], found["c"] or found["d"] or ""))
        done = found.end()
    return Extrema("".join([*out, text[done:]]), tuple(at))


def expressions(lines: Sequence[Any], extrema: Extrema) -> list[Chain]:
    """Each chain of a statement as its expressions and the relations between them."""
    chains: list[Chain] = []
    position = 0
    for line in lines:
        made = []
        for part in line.parts:
            start = extrema.text.find(part.source, position) if part.source else position
            start = position if start < 0 else start
            sought = [(kind, over) for at, kind, over in extrema.at if position - 1 <= at <= start]
            line_of = 1 + len(_BREAK.findall(extrema.text[:start]))
            made.append(Expression(part, line_of, *(sought[-1] if sought else ("", ""))))
            position = start + len(part.source or "")
        chains.append(Chain(tuple(made), tuple(line.ops), line.named))
    return chains


def without_numbers(chains: list[Chain]) -> list[Chain]:
    """`d/dz (2) = …`: the (2) in front is the number of a formula, not a formula; the left side says only what is
    asked."""
    made: list[Chain] = []
    for chain in chains:
        body = chain.parts[0].formula.body
        numbered = len(chain.parts) > 1 and isinstance(body, Deriv) and isinstance(body.of, Num)
        made.append(replace(chain, parts=chain.parts[1:], ops=chain.ops[1:]) if numbered else chain)
    return made


def links_of(chains: Sequence[Chain]) -> list[Link]:
    """Every `left op right`. A line without any relation goes on, as an equality, from the line before; the first one
    into the line behind it; a line that is named begins anew."""
    links: list[Link] = []
    last: Expression | None = None
    alone = len(chains) > 1 and not chains[0].ops and not chains[0].named
    for k, chain in enumerate(chains):
        parts = chain.parts
        if last is not None and not chain.named and (not chain.ops or (k == 1 and alone)):
            links.append(Link(last, "=", parts[0]))
        links += [Link(a, op, b) for a, op, b in zip(parts, chain.ops, parts[1:], strict=False)]
        last = parts[-1]
    return links


@frozen
class Asked:
    """What the chain has to show. `over` are the variables of a maximum or of a proportionality; with
    `explain`, a false line is given its reason."""

    end: Formula | None
    start: Formula | None
    relation: str
    over: tuple[str, ...]
    target: str | None
    explain: bool = True
    case: Formula | None = None
    """What is asked, where it is asked in one case only and answered by one of several lines: in it all are meant."""


def judge_link(link: Link, asked: Asked, names: Names) -> Verdict:
    """One link. Where it is not true, but the derivatives along its paths may be the direct ones, it is judged with
    these."""
    found = _link(link, asked, names, direct=False)
    if found.status == "correct" or not (has_paths(link.left.formula, names) or has_paths(link.right.formula, names)):
        return found
    other = _link(link, asked, names, direct=True)
    if other.status != "correct":
        return found
    note = Finding("direct", "a derivative along a path was taken with the quantities between held fixed")
    return replace(other, findings=(*other.findings, note))


def _link(link: Link, asked: Asked, names: Names, direct: bool) -> Verdict:
    try:
        left, right_ = (carried_out(side.formula, names, direct) for side in (link.left, link.right))
    except NotCarriedOut as error:
        return undecided("derivative", str(error))
    there = where_said(left, right_) if partial(right_) else left
    case = asked.end if asked.case is None else asked.case
    if case is None or not partial(case):
        return _judged(link, there, right_, asked, names)
    found = _judged(link, where_said(there, case), where_said(right_, case), asked, names)
    return _judged(link, there, right_, asked, names) if partial(right_) and nothing_said(found) else found


def _judged(link: Link, left: Formula, right_: Formula, asked: Asked, names: Names) -> Verdict:
    """One link in the case that is asked, and under the condition of its right side: `a = b if c` says nothing
    elsewhere."""
    if link.op in PROPORTIONAL:
        return alike(left, right_, "nonzero_factor", asked.over, names)
    if link.op in EQUALITIES and link.left.extremum and not link.right.extremum:
        solved = at_extremum(left, right_, canonical(link.left.over), names)
        if solved is not None:
            return solved
    if link.op in EQUALITIES and (link.left.extremum or link.right.extremum):
        turned = (link.left.extremum or link.right.extremum) != (link.right.extremum or link.left.extremum)
        return alike(left, replace(right_, body=neg(right_.body)) if turned else right_, "monotone", asked.over, names)
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
    found = equal_to(right_, left, names, brief=not asked.explain)
    if found.status != "wrong":
        return found
    meant = entry_by_entry(left, right_) if isinstance(link.left.formula.body, Deriv) else None
    if meant is not None and equal_to(meant.alone, meant.table, names, brief=True).status == "correct":
        told = equal_to(meant.said, meant.diagonal, names, brief=not asked.explain)
        return replace(told, findings=(*told.findings, NOTE))
    if not asked.explain:
        return found
    operator = across_operator(left, right_, names)
    if operator is not None:
        return replace(found, diagnosis=operator)
    return explained(found, right_, left)


def alike(a: Formula, b: Formula, relation: str, over: Sequence[str], names: Names) -> Verdict:
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


def across_operator(left: Formula, right_: Formula, names: Names) -> Diagnosis | None:
    """`=` across an operator: one side is a derivative of the other."""

    def same(a: Node, b: Formula) -> bool:
        values = where.each([a, b.body], ())
        return fingerprints.alike(*values) and equal_to(replace(b, body=a), b, names, brief=True).status == "correct"

    where = ground(names)
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
    return any(n == name or name in ancestors(n, names) for n in names_in(formula.body))


def _derived(body: Node, name: str) -> Node:
    return Deriv(body, Elem(name))


def _ordered(left: Formula, op: str, right_: Formula, names: Names) -> Verdict:
    """left op right at every point of the draws."""

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
    if names_in(left.body) or names_in(right_.body) or right_.source is None:
        return undecided("relation", "≈ is judged between numbers only")
    try:
        return judge_number(right_.source, (value_at(left, Point({}, {})),))
    except (NoValue, Untold) as error:
        return undecided("unevaluated", str(error))
