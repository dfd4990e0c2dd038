"""Two formulas with means that have no closed form, by their values at points: quadrature in balls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from checker.equality.counterexample import number
from checker.verdict import Counterexample, Evidence, Finding, Verdict
from derivations.domains import Names, NamesError
from derivations.evaluate.draw import draw, symbolic_sizes
from derivations.evaluate.entries import DrawError
from derivations.formula import Apply, Formula, names_in, reindex, sizes_in, value_of, walk

POINTS = 4
DRAWN = 16
"""Points that are drawn, the ones with small numbers."""
FEWEST = 4
"""Points with a value on both sides that have to agree."""
APART, DIGITS = 1e-9, 10


def judge_means(student: Formula, truth: Formula, names: Names, found: Verdict, seed: int) -> Verdict | None:
    """`different` with a point, `equal` where all points agree; None where the means have no value here."""
    from derivations.expectation import value_at  # late: few formulas hold a mean without a closed form

    if any(isinstance(part, Apply) for body in (student.body, truth.body) for part in walk(body)):
        return None
    if len(student.axes) != len(truth.axes) or (*student.free, *truth.free):
        return None
    sizes = dict.fromkeys(symbolic_sizes(names), 2)
    try:
        drawn = draw(names, sizes, DRAWN, seed)
    except (DrawError, NamesError, ValueError):
        return None
    agreeing = 0
    for k in range(DRAWN):
        point = drawn.exact(k)
        entry = tuple(1 + (k + slot) % value_of(i.size, sizes) for slot, i in enumerate(truth.axes))
        right = value_at(reindex(truth.body, dict(zip(truth.axes, entry, strict=True))), point, sizes)
        left = value_at(reindex(student.body, dict(zip(student.axes, entry, strict=True))), point, sizes)
        if left is None or right is None:
            continue
        gap = abs(left - right)
        if gap > APART * (1 + abs(right)):
            shown = _shown(student, truth, point, entry, sizes, left, right)
            said = "the means have no closed form: both were evaluated by quadrature"
            evidence = Evidence(sizes=(shown.sizes,) if shown.sizes else (), points=agreeing + 1, counterexample=shown)
            return replace(found, diagnosis=None, evidence=evidence, findings=(Finding("mean", said),))
        if not gap < 10.0**-DIGITS * (1 + abs(right)):
            return None
        agreeing += 1
        if agreeing == POINTS:
            break
    if agreeing < FEWEST:
        return None
    said = "the means have no closed form: their values agree by quadrature, and that is no proof"
    evidence = Evidence("agrees", points=agreeing, digits=DIGITS)
    return replace(found, status="equal", diagnosis=None, evidence=evidence, findings=(Finding("mean", said),))


def _shown(
    student: Formula, truth: Formula, point: Any, entry: tuple[int, ...], sizes: Any, left: Any, right: Any
) -> Counterexample:
    used = names_in(student.body) | names_in(truth.body)
    values = {i.name: str(at) for i, at in zip(truth.axes, entry, strict=True)}
    values |= {name: _text(given) for name, given in point.items() if name in used}
    asked = {i.size for i in truth.axes} | sizes_in(student.body) | sizes_in(truth.body)
    relevant = {size: n for size, n in sizes.items() if size in asked}
    return Counterexample(relevant, values, number(left), number(right))


def _text(given: Any) -> Any:
    return [_text(g) for g in given] if isinstance(given, list) else str(given)
