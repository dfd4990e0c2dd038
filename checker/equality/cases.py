"""The case for which an answer is said, against the case that is asked.

    -y_i y_j for i ≠ j       a value and the condition under which it is said: Cases without an otherwise
    dy_i/dx_j where i != j   the truth has a value there, and nothing is asked elsewhere

    says nothing where it is asked     different, tag `domain`: for single points of continuous names and for finitely
                                       many sizes a remark
    holds wherever the names are       a remark
    two cases hold at once             both must be right

Conditions on indices and sizes are decided at small sizes and at those about every number in them, the others at points
inside, outside and on their boundaries. How they are spelled does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from checker.equality.align import Misfit, align
from checker.equality.echo import written
from checker.equality.unfold import unfold_names
from checker.verdict import Counterexample, Diagnosis, Evidence, Finding, Verdict
from derivations.definedness import one_of
from derivations.domains import Names
from derivations.evaluate.at_point import Point, holds_at
from derivations.evaluate.exact_values import NoValue, Untold
from derivations.formula import (
    ZERO,
    Add,
    And,
    Call,
    Cases,
    Delta,
    Formula,
    Index,
    IndexVal,
    Mul,
    Node,
    Note,
    Num,
    Rel,
    SizeVal,
    affine_terms,
    free_indices,
    map_up,
    names_in,
    reindex,
    walk,
)
from derivations.frozen import frozen
from derivations.normal_form import prove_same_set

Judge = Callable[[Formula, Formula], Verdict]

SMALL = 4
"""Sizes that are always looked at; and those about every number in the conditions."""
MOST = 20_000
"""Points of indices and sizes that are looked at."""
PROOF_BUDGET = 20_000


@frozen
class Gap:
    """A point that is asked and not said. `nowhere`: nothing that is asked is said; `sizes_only`: only finitely many
    sizes are missing."""

    sizes: Mapping[str, int]
    values: Mapping[str, object]
    nowhere: bool
    sizes_only: bool = False


def partial(formula: Formula) -> bool:
    """Whether a formula is said under a condition only."""
    return isinstance(formula.body, Cases) and formula.body.otherwise is None


def holds_nowhere(student: Formula) -> bool:
    """Whether an answer is said only where formulas happen to be equal, `… where σ(z)_k = e^{z_k}/Z`: a definition of
    what the question has, and no condition."""
    if not partial(student) or not isinstance(student.body, Cases) or student.body.otherwise is not None:
        return False
    conditions = [condition for condition, _ in student.body.branches]
    return all(
        isinstance(c, Rel) and c.op == "==" and all(isinstance(side, (Call, Mul, Add)) for side in (c.left, c.right))
        for c in conditions
    )


def where_said(formula: Formula, other: Formula) -> Formula:
    """A formula where another one is said, slot by slot; as it is where their shapes do not correspond."""
    pair = align(formula, other)
    if isinstance(pair, Misfit) or not isinstance(other.body, Cases):
        return formula
    across: dict[Index, Index | int] = {i: 1 for i in other.axes if i.size == 1}
    across |= dict(zip(pair.truth.axes, pair.student.axes, strict=True))
    said = reindex(one_of([c for c, _ in other.body.branches]), across)
    if partial(formula) and isinstance(formula.body, Cases) and [c for c, _ in formula.body.branches] == [said]:
        return formula
    free = tuple(
        i for i in sorted(free_indices(said), key=lambda i: i.name) if i not in formula.axes and i not in formula.free
    )
    return replace(formula, body=Cases(((said, formula.body),), None), free=formula.free + free)


def together(parts: Sequence[Formula]) -> Formula:
    """Values that are said under conditions of their own, one a line, as one formula by cases."""
    branches = tuple(branch for part in parts if isinstance(part.body, Cases) for branch in part.body.branches)
    free = tuple(dict.fromkeys(i for part in parts for i in part.free))
    notes = (
        *(n for part in parts for n in part.notes),
        Note("cases", "where two of the cases hold at once, each counts"),
    )
    return replace(parts[0], body=Cases(branches, None), free=free, notes=notes)


def judge_cases(student: Formula, truth: Formula, names: Names, judge: Judge) -> Verdict:
    """`judge` of an answer by cases, its conditions against what is asked."""
    body = student.body
    assert isinstance(body, Cases)
    found = _judge_said(student, truth, names, judge) if body.otherwise is None else judge(student, truth)
    if found.status == "equal" and len(body.branches) > 1 and any(n.tag == "cases" for n in student.notes):
        turned = judge(replace(student, body=Cases(body.branches[::-1], body.otherwise)), truth)
        if turned.status == "different":
            return replace(
                turned,
                student_read=found.student_read,
                diagnosis=Diagnosis("case", "two of its cases hold at once, and do not say the same"),
            )
    return found


def _judge_said(student: Formula, truth: Formula, names: Names, judge: Judge) -> Verdict:
    pair = align(student, truth)
    if isinstance(pair, Misfit):
        arrays = _whole_arrays(student, names)
        return judge(student, truth) if arrays is None else arrays
    assert isinstance(student.body, Cases)
    across: dict[Index, Index | int] = {i: 1 for i in student.axes if i.size == 1}
    across |= dict(zip(pair.student.axes, pair.truth.axes, strict=True))
    said = reindex(one_of([c for c, _ in student.body.branches]), across)
    asked = (
        one_of([c for c, _ in truth.body.branches])
        if isinstance(truth.body, Cases) and truth.body.otherwise is None
        else None
    )
    alone = _alone(student)
    if said == asked:
        whole = _apart(truth)
        found = judge(alone, whole) if whole is not None else None
        proved = found is not None and found.status == "equal" and found.evidence.strength == "proved"
        return found if found is not None and proved else judge(alone, truth)
    if _of_indices(said, asked, truth):
        gap = _gap_in_indices(said, asked)
        if isinstance(gap, str):
            return replace(
                judge(student, truth),
                status="undecided",
                evidence=Evidence(),
                diagnosis=None,
                findings=(Finding("case", gap),),
            )
        if gap is None or gap.sizes_only:
            return _with(
                judge(alone, truth),
                _remark(gap, said, asked, names) if gap is not None or alone is not student else None,
            )
        return _uncovered(gap, said, asked, student, truth, names, judge)
    if _always(said, names):
        return _with(judge(alone, truth), _remark(None, said, None, names) if alone is not student else None)
    found = judge(student, truth)
    lost = found.diagnosis is not None and found.diagnosis.tag == "domain"
    return _uncovered(None, said, asked, student, truth, names, judge, found) if lost or nothing_said(found) else found


def _of_indices(said: Node, asked: Node | None, truth: Formula) -> bool:
    """Whether indices and sizes alone settle it: the conditions are about nothing else, and the truth has a value
    wherever it is asked."""
    if names_in(said) or (asked is not None and names_in(asked)):
        return False
    return not any(isinstance(n, Cases) and n.otherwise is None for n in walk(truth.body) if n is not truth.body)


def _apart(truth: Formula) -> Formula | None:
    """What is asked where two indices differ, said of all of them, with their δ 0: what equals it everywhere equals it
    there. None where something else is asked."""
    match truth.body:
        case Cases(((Rel("!=", IndexVal(Index() as a), IndexVal(Index() as b)), value),), None):
            body = map_up(value, lambda n: ZERO if isinstance(n, Delta) and {n.left, n.right} == {a, b} else None)
            return replace(truth, body=body, source=None)
    return None


def _alone(student: Formula) -> Formula:
    """The value without its condition, where there is one."""
    assert isinstance(student.body, Cases)
    return replace(student, body=student.body.branches[0][1]) if len(student.body.branches) == 1 else student


def _all(*conditions: Node | None) -> Node:
    there = tuple(c for c in conditions if c is not None)
    return there[0] if len(there) == 1 else And(there)


def _text(condition: Node, names: Names) -> str:
    return (
        written(Formula(condition, (), tuple(sorted(free_indices(condition), key=lambda i: i.name)), names))
        or "a condition"
    )


def _with(found: Verdict, finding: Finding | None) -> Verdict:
    return found if finding is None else replace(found, findings=(*found.findings, finding))


def _remark(gap: Gap | None, said: Node, asked: Node | None, names: Names) -> Finding | None:
    if gap is not None:
        return Finding("sizes", f"nothing is said at {_at(gap.sizes)}")
    return Finding("condition", f"{_text(said, names)} always holds") if asked is None else None


def _at(values: Mapping[str, object]) -> str:
    return ", ".join(f"{k} = {v}" for k, v in values.items() if not isinstance(v, (list, tuple)))


def _whole_arrays(student: Formula, names: Names) -> Verdict | None:
    """A condition on whole arrays beside a value of fewer axes: it would have to hold for all of their entries."""
    assert isinstance(student.body, Cases)
    inside = [free_indices(value) for _, value in student.body.branches]
    if all(any(i in free for free in inside) for i in student.axes if i.size != 1):
        return None
    said = _text(one_of([c for c, _ in student.body.branches]), names)
    return Verdict(
        "undecided",
        findings=(
            Finding(
                "case", f"it is said where {said}, which compares whole arrays: write the condition for their entries"
            ),
        ),
    )


def nothing_said(found: Verdict) -> bool:
    """Whether no point was found at which there is anything to compare."""
    return (
        found.status == "undecided" and not found.evidence.points and any(f.tag == "undefined" for f in found.findings)
    )


def _uncovered(
    gap: Gap | None,
    said: Node,
    asked: Node | None,
    student: Formula,
    truth: Formula,
    names: Names,
    judge: Judge,
    found: Verdict | None = None,
) -> Verdict:
    """Different: what is said is wrong; or it is right and something is missing, as `gap` tells, or the verdict that
    `found` it."""
    partly = partial(truth)
    assert isinstance(truth.body, Cases) or not partly
    branches = truth.body.branches if partly and isinstance(truth.body, Cases) else ((None, truth.body),)
    there = replace(truth, body=Cases(tuple((_all(said, c), value) for c, value in branches), None))
    alone = judge(_alone(student), there) if gap is None or not gap.nowhere else None
    if alone is not None and alone.status == "different":
        return alone
    what, wanted = _text(said, names), f", where {_text(asked, names)} is asked" if asked is not None else ""
    if alone is None or (gap is None and nothing_said(alone)):
        why = f"it is said for {what}" + (wanted or ", which holds nowhere")
    else:
        where = (
            _at({**gap.sizes, **gap.values})
            if gap is not None
            else found.diagnosis.message.removeprefix("it has no value ")
            .removeprefix("at ")
            .partition(", where the truth")[0]
            if found is not None and found.diagnosis is not None
            else ""
        )
        why = f"it is said only for {what}" + (f": it has no value at {where}" if where else "") + wanted
    if found is None:
        shown = (
            Counterexample(gap.sizes, {k: str(v) for k, v in gap.values.items()}, "nothing is said", "a value is asked")
            if gap is not None
            else None
        )
        found = replace(judge(_alone(student), truth), evidence=Evidence(counterexample=shown), findings=())
    findings = (Finding("domain", why), *(f for f in found.findings if f.tag not in ("domain", "undefined")))
    return replace(found, status="different", diagnosis=Diagnosis("domain", why), findings=findings)


# ---------------------------------------------------------------- indices and sizes


def _gap_in_indices(said: Node, asked: Node | None) -> Gap | str | None:
    """A point of indices and sizes that is asked and not said, None where there is none; a text says why none can be
    looked for."""
    both = _all(asked, said)
    indices = sorted(free_indices(both), key=lambda i: i.name)
    sizes = sorted(
        {i.size for i in indices if isinstance(i.size, str)} | {n.size for n in walk(both) if isinstance(n, SizeVal)}
    )
    numbers = {abs(int(n.value)) for n in walk(both) if isinstance(n, Num)} | set(_literals(both))
    near = {m for n in numbers for m in range(n - 1, n + 3)}
    values = sorted({m for m in (*range(1, SMALL + 1), *near) if m > 0})
    largest = max(numbers, default=0)
    covered = tests = 0
    missing: list[tuple[Mapping[str, int], Mapping[str, object]]] = []
    for lengths in product(values, repeat=len(sizes)):
        at_sizes = dict(zip(sizes, lengths, strict=True))
        ends = [i.size if isinstance(i.size, int) else at_sizes[i.size] for i in indices]
        for at in product(*(sorted({v for v in (*values, end - 1, end) if 1 <= v <= end}) for end in ends)):
            tests += 1
            if tests > MOST:
                return "it has too many indices to be compared"
            env = dict(zip(indices, at, strict=True))
            point = Point(at_sizes, {})
            try:
                if asked is not None and not holds_at(asked, point, env):
                    continue
                if holds_at(said, point, env):
                    covered += 1
                else:
                    missing.append((at_sizes, {i.name: v for i, v in env.items()}))
            except (NoValue, Untold):
                continue
    if not missing:
        return None
    lasting = [m for m in missing if all(v > largest for v in m[0].values())]
    first = (lasting or missing)[0]
    return Gap(first[0], first[1], not covered, bool(sizes) and not lasting and covered > 0)


def _literals(node: Node) -> Iterator[int]:
    """The numbers that stand as indices."""
    for n in walk(node):
        for at in (n.at,) if isinstance(n, IndexVal) else (n.left, n.right) if isinstance(n, Delta) else ():
            yield abs(affine_terms(at)[1])


# ---------------------------------------------------------------- values


def _always(said: Node, names: Names) -> bool:
    """Whether a condition holds wherever the names are declared: p > 0 of a probability."""
    free = tuple(sorted(free_indices(said), key=lambda i: i.name))
    return (
        prove_same_set(
            unfold_names(Formula(said, free=free, names=names), names),
            Formula(Rel("==", ZERO, ZERO), free=free, names=names),
            PROOF_BUDGET,
        )
        is True
    )
