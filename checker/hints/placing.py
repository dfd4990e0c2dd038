"""A wrong answer → where it went wrong on the ladder, and the one rung that helps now.

A slip that explains an answer is looked for in every line of the derivation, in order: the first line that becomes the
answer by that slip is where it was made. Of a chain the lines that hold are told, and the first that does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from checker.answers.as_meant import formulas
from checker.answers.carry_out import carried_out
from checker.answers.vocabulary import multiplied
from checker.diagnosis.carried import slips
from checker.diagnosis.fingerprint import Ground, alike, ground
from checker.diagnosis.mutations.table import mutants
from checker.equality.align import Aligned, align
from checker.equality.unfold import unfold_names
from checker.hints.rungs import OPEN, Ladder, Line, Rung
from checker.kinds.contract import kind_of
from checker.verdict import Verdict
from derivations.derivation import Derivation
from derivations.formula import (
    Elem,
    Formula,
    Node,
    free_indices,
    index_exprs,
    indices_in,
    key_of,
    left_to_do,
    names_in,
    walk,
)
from derivations.frozen import frozen
from derivations.notation import ReadError, read_statement
from derivations.notation.read.one_formula import in_order_of
from problems.schema import Part
from problems.truth import Truth

OF_SHAPE = ("shape", "transpose", "free-index")
"""Tags of a slip about what is asked."""


OF_PATHS = ("missing-path", "missing-sum", "missing-term", "missing-abs")
"""Tags of a slip that is made in the chain rule itself, before anything is differentiated; by how they begin."""

_LETTERS = re.compile(r"_\w+")


@frozen
class Nudge:
    """What helps a wrong answer on: the number of the rung at which it goes wrong, that of the rung to show (never the
    last), and what is said of the answer's own lines."""

    at: int
    shows: int
    says: str


def nudge(part: Part[Any], truth: Truth, ladder: Ladder, verdict: Verdict, answer: Any) -> Nudge | None:
    """The nudge for an answer, none where it is not wrong."""
    if verdict.status != "wrong":
        return None
    at = kind_of(part).went_wrong(part, truth, ladder, verdict, answer)
    last = len(ladder.rungs)
    shows = max(1, min(at, last - 1))
    own = _own_lines(verdict, answer)
    if own:
        here = "This is the step that comes next." if at == shows else "Go on from here."
    else:
        here = "It goes wrong at this step." if at == shows else "Up to here it may be right; it goes wrong behind it."
    return Nudge(at, shows, f"{own} {here if _at_a_line(ladder.rungs[shows - 1]) else ''}".strip())


def _at_a_line(rung: Rung) -> bool:
    return rung.stage in ("left", "line")


def by_name(ladder: Ladder, verdict: Verdict) -> int:
    """The rung of the first value that is wrong by itself; the first behind what is asked where there is none."""
    wrong = [part for part in verdict.parts if part.status == "wrong"]
    own = next((part.id for part in wrong if part.score == 0.0), None)
    for number, line in numbered(ladder):
        if own is not None and getattr(line.sides[0], "text", None) == own:
            return number
    return 2


def numbered(ladder: Ladder) -> Iterator[tuple[int, Line]]:
    """(number of its rung, line) of all lines."""
    for number, rung in enumerate(ladder.rungs, 1):
        yield from ((number, line) for line in rung.lines)


# ---------------------------------------------------------------- formulas


def in_a_derivation(part: Part[Any], truth: Truth, ladder: Ladder, verdict: Verdict, answer: Any) -> int:
    """The rung of the line in which the slip was made that explains a formula."""
    if verdict.parts:
        return in_a_chain(truth, ladder, verdict, answer)
    slip = verdict.diagnosis
    if slip is not None and slip.tag in OF_SHAPE:
        return 1
    first = next((n for n, rung in enumerate(ladder.rungs, 1) if rung.stage not in ("asked", "hint", "plan")), 2)
    if slip is None or truth.formula is None or truth.derivation is None:
        return first
    try:
        written = _as_asked(formulas(answer, multiplied(part, truth.names))[-1], truth)
    except (ReadError, IndexError):
        return first
    own = any(slip.message == mistake.message for mistake in part.mistakes)
    found = _slipped(written, slip.tag, truth, ladder) or (_slipped(written, "", truth, ladder) if own else None)
    if found is None and slip.tag.startswith("missing-path"):
        found = next((n for n, line in numbered(ladder) if _of(line, truth) and has_derivatives(line)), None)
    return found or _behind_what_holds(written, truth, ladder) or first


def _as_asked(formula: Formula, truth: Truth) -> Formula:
    """A formula with its letters in the order of what is asked: ∂Cₖ/∂zᵢ is k first, then i."""
    return (
        formula
        if truth.formula is None
        else in_order_of([i.name for i in (*truth.formula.free, *truth.formula.axes)], formula)
    )


def _behind_what_holds(written: Formula, truth: Truth, ladder: Ladder) -> int | None:
    """The rung behind the results on the way that an answer has right: it goes wrong later. It has one right that
    stands in it, by name or written out, or that is all of it; a number says nothing, nor does a single letter."""
    derivation = truth.derivation
    assert derivation is not None
    points = ground(derivation.names)
    mine = tuple(walk(unfold_names(written, derivation.names).body))
    reached = None
    for lemma in derivation.lemmas[:-1]:
        if not names_in(lemma.result.body):
            continue
        result = unfold_names(lemma.result, derivation.names).body
        alone = isinstance(result, Elem)
        stands = not alone and any(type(node) is type(result) and _letters(node) == _letters(result) for node in mine)
        if not (stands or lemma.target in names_in(written.body) or _all_of_it(written, lemma.result, points)):
            break
        reached = _line_of(lemma.target, derivation, ladder, max) or reached
    return None if reached is None else min(reached + 1, len(ladder.rungs))


def _all_of_it(written: Formula, result: Formula, points: Ground) -> bool:
    pair = align(written, result)
    return isinstance(pair, Aligned) and alike(points.values(pair.student), points.values(pair.truth))


def _letters(node: Node) -> Any:
    """Equal for trees that differ in the letters of their indices only, those of free ones among them."""
    free = free_indices(node)
    inside = (i for one in walk(node) for at in index_exprs(one) for i in indices_in(at) if i in free)
    return key_of(node, {i: ("free", k, i.size) for k, i in enumerate(dict.fromkeys(inside))})


def _of(line: Line, truth: Truth) -> bool:
    """Whether a line is about what is asked, not about a result on the way."""
    return truth.derivation is not None and line.sides[0] == truth.derivation.lemmas[-1].statement


def has_derivatives(line: Line) -> bool:
    """Whether derivatives are left on the right of a line: it is the chain rule."""
    right = line.sides[-1]
    return isinstance(right, Formula) and left_to_do(right)


def _slipped(written: Formula, tag: str, truth: Truth, ladder: Ladder) -> int | None:
    """Where a slip with this tag (any, where it is empty) was made: in a line of what is asked, or in a result on the
    way. What is asked in a case only is settled in general: there the slip was made."""
    derivation = truth.derivation
    assert derivation is not None
    points = ground(truth.names)
    *_, last = derivation.lemmas
    for number, line in numbered(ladder):
        if _of(line, truth) and isinstance(line.sides[-1], Formula):
            pair = align(written, line.sides[-1])
            if isinstance(pair, Aligned) and _becomes(pair, tag, points):
                general = _LETTERS.sub("", last.target.partition(" where ")[0])
                return _line_of(general, derivation, ladder, min) if general in last.uses else number
    pair = align(written, derivation.result)
    if not isinstance(pair, Aligned):
        return None
    mine = points.values(pair.student)
    for target, mutant in slips(derivation):
        if tag in ("", mutant.tag) and alike(points.values(mutant.formula), mine):
            return _line_of(target, derivation, ladder, max)
    return None


def _becomes(pair: Aligned, tag: str, points: Ground) -> bool:
    """Whether a line becomes what was written by a slip with this tag."""
    mine = points.values(pair.student)
    hits = [mutant for mutant in mutants(pair.truth) if tag in ("", mutant.tag)]
    made = [mutant.formula for mutant in hits]
    if left_to_do(pair.truth):
        made = [carried_out(m.formula, points.names, direct=True) for m in hits if m.tag.startswith(OF_PATHS)]
    return any(alike(value, mine) for value in points.each([f.body for f in made], pair.truth.free + pair.truth.axes))


def _line_of(target: str, derivation: Derivation, ladder: Ladder, which: Callable[..., Any]) -> int | None:
    """The first or the last rung about a result on the way."""
    lemma = next(lemma for lemma in derivation.lemmas if lemma.target == target)
    own = (n for n, line in numbered(ladder) if line.sides[0] == lemma.statement and OPEN not in line.sides)
    return which(own, default=None)


# ---------------------------------------------------------------- chains


def in_a_chain(truth: Truth, ladder: Ladder, verdict: Verdict, answer: Any) -> int:
    """The rung behind the last form on the ladder that the lines which hold have reached."""
    text = "\n".join(map(str, answer)) if isinstance(answer, list | tuple) else str(answer)
    good = first_wrong(verdict)
    try:
        lines = [line for line in read_statement(text, truth.names).lines if line.parts]
    except ReadError:
        lines = []
    held = [_as_asked(formula, truth) for line in lines[: max(good - 1, 0)] for formula in line.parts]
    held += [_as_asked(line.parts[0], truth) for line in lines[:1]]
    begun = next((n for n, rung in enumerate(ladder.rungs, 1) if rung.stage == "line"), len(ladder.rungs))
    sides = [(n, side) for n, line in numbered(ladder) for side in line.sides[1:] if isinstance(side, Formula)]
    reached = [n for n, side in sides if any(_same_form(formula, side) for formula in held)]
    return min(max((n + 1 for n in reached), default=begun), len(ladder.rungs))


def _same_form(mine: Formula, side: Formula) -> bool:
    """Whether two formulas are one form; in which order their letters come says nothing."""
    if _key(mine) == _key(side):
        return True
    pair = align(mine, side)
    return isinstance(pair, Aligned) and _key(pair.student) == _key(pair.truth)


def _key(formula: Formula) -> Any:
    return replace(formula, free=formula.free + formula.axes, axes=(), joint=()).key()


def first_wrong(verdict: Verdict) -> int:
    """The number of an answer's first line that is wrong; 0 where none is known."""
    return next((int(f.message) for f in verdict.findings if f.tag == "line" and f.message.isdecimal()), 0)


def _own_lines(verdict: Verdict, answer: Any) -> str:
    """Which lines of an answer hold, and the first that does not."""
    wrong = first_wrong(verdict)
    lines = [line.strip() for line in str(answer).splitlines() if line.strip()]
    if not wrong or wrong > len(lines) or len(lines) < 2:
        return ""
    held = "" if wrong == 1 else "Line 1 holds. " if wrong == 2 else f"Lines 1 to {wrong - 1} hold. "
    return f"{held}Line {wrong} does not."
