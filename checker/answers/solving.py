"""Equations and conditions joined by ⇒ or ⇔: the solutions of one line against those of the next.

A line `u = expression` solves the line before when putting the expression in place of u satisfies it. Other lines are
compared as sets of points, and each is tried at the true solution: a line that the true solution does not satisfy is
false.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker.answers.carry_out import NotCarriedOut, carried_out
from checker.answers.compare import equal_to
from checker.answers.links import Asked
from checker.answers.other_solutions import other_solution
from checker.answers.outcome import right, undecided, unreadable, wrong
from checker.answers.sets import UNFINISHED, Condition, as_condition, compare_sets, judge_condition
from checker.answers.upto import same_up_to
from checker.equality.unfold import unfold_names
from checker.verdict import Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.formula import (
    ZERO,
    And,
    Elem,
    Formula,
    Node,
    Num,
    Rel,
    free_indices,
    instantiate,
    names_in,
    replace_elems,
    sub,
)
from derivations.notation.read.scope import scope_of

FOLLOWS, BOTH = ("=>", "⇒", "implies"), ("<=>", "⇔", "iff")
_RELATIONS = {"=": "==", "==": "==", ":=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "≠": "!=", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: relations that hold together, and how it is joined to the one before."""

    relations: tuple[tuple[Formula, str, Formula], ...]
    joined: str
    line: int

    @property
    def conforms(self) -> bool:
        """Whether the sides of each relation have one shape, or one of them none."""
        shapes = [tuple([i.size for i in side.axes] for side in (a, b)) for a, _, b in self.relations]
        return all(left == right or not left or not right for left, right in shapes)

    @property
    def condition(self) -> Condition:
        parts: list[Node] = []
        every: list[Any] = []
        for a, op, b in self.relations:
            to = dict(zip(b.axes, a.axes, strict=False))
            right_ = instantiate(b, tuple(b.free) + tuple(to[i] for i in b.axes)) if to else b.body
            if a.axes or not b.axes:
                every += list(a.axes)
                parts.append(Rel(_RELATIONS[op], a.body, right_))
            else:
                every += list(b.axes)
                parts.append(Rel(_RELATIONS[op], a.body, b.body))
        return Condition(parts[0] if len(parts) == 1 else And(tuple(parts)), tuple(every))


def judge_solving(lines: Sequence[Any], asked: Asked, names: Names) -> Verdict:
    """Each statement against the one before, and against the true solution."""
    said = statements(lines)
    if said is None:
        return unreadable("a line states nothing: each needs a relation such as =", "one statement a line", 0, 0)
    apart = next((s for s in said if not s.conforms), None)
    if apart is not None:
        return wrong("shape", f"the sides of line {apart.line} have different shapes")
    parts: list[Verdict] = []
    for k, (before, now) in enumerate(itertools.pairwise(said)):
        parts.append(replace(_step(before, said[: k + 1], now, asked, names), id=f"line {now.line}"))
    if len(said) == 1:
        parts.append(replace(_reaches(said[0], asked, names), id="line 1"))
    false = next((n for n, p in enumerate(parts) if p.status == "wrong"), None)
    final = _passes(said, asked, names) if asked.relation == "=" else _reaches(said[-1], asked, names)
    if false is not None:
        line = said[min(false + 1, len(said) - 1)].line
        why = parts[false].diagnosis
        message = f"line {line} does not follow from line {said[false].line}" + (f": {why.message}" if why else "")
        findings = [Finding("line", str(line)), Finding("ending", "correct" if final.status == "correct" else "wrong")]
        share = sum(p.status == "correct" for p in parts) / len(parts)
        return Verdict(
            "wrong",
            min(share, 0.99),
            parts[false].evidence,
            Diagnosis(why.tag if why else "link", message),
            tuple(findings),
            parts=tuple(parts),
        )
    open_ = next((p for p in (*parts, final) if p.status != "correct"), None)
    if open_ is not None:
        return replace(open_, parts=tuple(parts), id=None)
    return Verdict("correct", 1.0, Evidence("agrees"), parts=tuple(parts))


def statements(lines: Sequence[Any]) -> list[Said] | None:
    """The statements of all lines, cut at ⇒ and ⇔; None where one has no relation."""
    found: list[Said] = []
    for number, line in enumerate(lines, 1):
        parts, ops = list(line.parts), list(line.ops)
        joined = "=>"
        if len(ops) == len(parts):
            joined = ops.pop(0)
        current: list[tuple[Formula, str, Formula]] = []
        for k, op in enumerate(ops):
            if op in FOLLOWS or op in BOTH:
                if current:
                    found.append(Said(tuple(current), joined, number))
                current, joined = [], op
            elif op in _RELATIONS:
                current.append((parts[k], op, parts[k + 1]))
            else:
                return None
        if current:
            found.append(Said(tuple(current), joined if joined in FOLLOWS or joined in BOTH else "=>", number))
    return found or None


def _step(before: Said, earlier: Sequence[Said], now: Said, asked: Asked, names: Names) -> Verdict:
    """One statement from the one before; what was said earlier still holds."""
    solved = _solution(now)
    if solved is not None and not _mentions_only(before, solved[0]):
        found = _satisfies(before, solved, names)
        if found.status != "correct" or (asked.end is not None and _reaches(now, asked, names).status == "correct"):
            return found
        other = _other(earlier, solved, names)
        return found if other is None else other
    try:
        after, given = (
            _carried(c, names) for c in (now.condition, _all(earlier) if now.joined not in BOTH else before.condition)
        )
    except NotCarriedOut as error:
        return undecided("derivative", str(error))
    found = compare_sets(after, given, names)
    lost = [d for d in found.differences if d.truth and not d.student]
    gained = [d for d in found.differences if d.student and not d.truth]
    if lost:
        return wrong("does-not-follow", "there are points where the line before holds and this one does not")
    if gained and now.joined in BOTH:
        return wrong("not-equivalent", "it follows, but not the other way round: this line allows more")
    if not found.complete:
        return undecided("limit", UNFINISHED)
    if found.both:
        return right(evidence=Evidence("agrees", found.sizes, found.tests))
    return _proportional(before, now, names)


def _other(earlier: Sequence[Said], solved: tuple[Elem, Formula], names: Names) -> Verdict | None:
    """The verdict where something else satisfies everything that was said; None where nothing is found that does."""
    gaps = [_gap(relation) for said in earlier for relation in said.relations]
    if any(gap is None for gap in gaps):
        return None
    found = other_solution([gap for gap in gaps if gap is not None], *solved, names)
    if found is None:
        return None
    status, message = found
    return wrong("lost-solution", message) if status == "wrong" else undecided("lost-solution", message)


def _all(earlier: Sequence[Said]) -> Condition:
    """Everything that was said, at once."""
    conditions = [s.condition for s in earlier]
    if len(conditions) == 1:
        return conditions[0]
    return Condition(And(tuple(c.body for c in conditions)), tuple(i for c in conditions for i in c.every))


def _carried(condition: Condition, names: Names) -> Condition:
    """The condition with its derivatives carried out."""
    return replace(condition, body=carried_out(Formula(condition.body, names=names), names).body)


def _proportional(before: Said, now: Said, names: Names) -> Verdict:
    """Two equations that say the same: their differences are multiples of each other."""
    if len(before.relations) == len(now.relations) == 1:
        a, b = (_gap(s.relations[0]) for s in (before, now))
        if a is not None and b is not None and same_up_to(b, a, names, "nonzero_factor"):
            return right(evidence=Evidence("agrees"))
    return undecided("solutions", "no solution of the line before was found, so sampling settles nothing")


def _gap(relation: tuple[Formula, str, Formula]) -> Formula | None:
    """left - right over common axes."""
    a, op, b = relation
    if op not in ("=", "==") or a.shape_error is not None or b.shape_error is not None:
        return None
    if isinstance(b.body, Num) and b.body == ZERO:
        return a
    if len(a.axes) != len(b.axes) or a.joint != b.joint:
        return None
    return replace(a, body=sub(a.body, instantiate(b, (*b.free, *a.axes))))


def _solution(said: Said) -> tuple[Elem, Formula] | None:
    """`u = expression` with u one name that the expression does not hold."""
    if len(said.relations) != 1:
        return None
    a, op, b = said.relations[0]
    if op in ("=", "==", ":=") and isinstance(a.body, Elem) and a.body.name not in names_in(b.body):
        return a.body, b
    return None


def _mentions_only(said: Said, unknown: Elem) -> bool:
    """Whether a statement does not speak of the unknown."""
    return all(unknown.name not in names_in(f.body) for a, _, b in said.relations for f in (a, b))


def _satisfies(before: Said, solved: tuple[Elem, Formula], names: Names) -> Verdict:
    """The expression put into the line before, into the nodes that are computed from the unknown as well."""
    unknown, value = solved
    scope = scope_of(names)

    def put(formula: Formula) -> Formula:
        if any(unknown.name in scope.computed_from(name) for name in names_in(formula.body)):
            formula = unfold_names(formula, names)

        def by(elem: Elem) -> Node | None:
            return instantiate(value, elem.at if value.axes else value.free) if elem.name == unknown.name else None

        return replace(formula, body=replace_elems(formula.body, by), source=None)

    for a, op, b in before.relations:
        if op not in ("=", "==", ":="):
            return undecided("solutions", "only equations are solved")
        found = equal_to(put(a), put(b), names, where="common")  # it holds wherever it has a value
        if found.status == "wrong":
            return wrong("not-a-solution", "put into the line before, it does not satisfy it", evidence=found.evidence)
        if found.status != "correct":
            return found
    return right(evidence=Evidence("agrees"))


def _passes(said: Sequence[Said], asked: Asked, names: Names) -> Verdict:
    """Whether what was asked stands somewhere in the argument: an identity may be used on the way to an equivalence."""
    last = _reaches(said[-1], asked, names)
    if asked.end is None or last.status == "correct":
        return last
    sides = [side for s in said for a, _, b in s.relations for side in (a, b)]
    return next((found for side in sides if (found := equal_to(side, asked.end, names)).status == "correct"), last)


def _reaches(said: Said, asked: Asked, names: Names) -> Verdict:
    """The last statement against what was asked."""
    if asked.end is None:
        return right()
    solved = _solution(said)
    if isinstance(asked.end.body, (Rel, And)) or free_indices(asked.end.body) - set(asked.end.free) - set(
        asked.end.axes
    ):
        return judge_condition(said.condition, as_condition(asked.end), names)
    if solved is not None:
        return equal_to(solved[1], asked.end, names)
    return equal_to(said.relations[-1][2], asked.end, names)
