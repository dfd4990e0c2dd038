"""A point where two formulas differ, certain and readable: small sizes and small rationals first, both results in
decimals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from checker.equality.align import Aligned
from checker.equality.sample import DOUBT, TOLERANCE, Sampled
from checker.verdict import Counterexample
from derivations.domains import Names
from derivations.evaluate import balls, floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.balls import UNDEFINED, Outcome
from derivations.evaluate.draw import draw, symbolic_sizes
from derivations.evaluate.entries import DrawError
from derivations.evaluate.program import Unevaluable, equation_of
from derivations.evaluate.steer import Relations
from derivations.formula import Elem, sizes_in, walk

Found = tuple[Assignment, int, tuple[int, ...]]

SHARPER = (256, 2048, 16384)
"""Bits of balls until every term of every sum is seen."""
TRIED = 10
"""Suspicious points that balls look at."""
DIGITS = 12
KNOWN_BITS = 42
MORE_DIGITS = (17, 25, 40)
"""Where two different values look the same in fewer."""
ZERO_BELOW = 1e-9
"""A ball around 0 that is this narrow is shown as 0."""
SMALL_POINTS = 16
"""The points of a draw that hold small numbers."""


def confirm(pair: Aligned, found: Found, names: Names) -> Outcome | None:
    """What balls say at a point; None where it cannot be evaluated there."""
    return _compared(pair, found)


def confirm_at(pair: Aligned, found: Found, names: Names, precisions: Sequence[int]) -> Outcome | None:
    """The same in balls of so many bits, however close the two come."""
    return _compared(pair, found, most_bits=max(precisions), precisions=precisions, close=max(precisions))


def _compared(pair: Aligned, found: Found, **how: Any) -> Outcome | None:
    assignment, point, entry = found
    try:
        return balls.compare_at(pair.student, pair.truth, assignment.sizes, assignment.at(point), tuple(entry), **how)
    except Unevaluable:
        return None


def first_certain(
    pair: Aligned, suspects: Sequence[Found], names: Names, kinds: Iterable[str] = ("different",)
) -> tuple[Found, Outcome] | None:
    """The first of the suspicious points, readable ones first, at which balls are certain."""
    wanted = set(kinds)
    for found in sorted(suspects, key=readability)[:TRIED]:
        outcome = confirm(pair, found, names)
        if outcome is not None and outcome.kind in wanted:
            return found, outcome
    return None


def readability(found: Found) -> tuple[int, int, int]:
    assignment, point, _ = found
    return (point >= SMALL_POINTS, sum(assignment.sizes.values()), point)


def smallest(
    pair: Aligned, names: Names, relations: Relations, minimum: Mapping[str, int], seed: int
) -> tuple[Found, Outcome] | None:
    """A counterexample at the smallest sizes that show one, among points of small numbers; one where the right value is
    not 0, if there is one."""
    used = list(symbolic_sizes(names))
    if not used:
        return None
    trials = [{s: max(1 + k, minimum.get(s, 1)) for s in used} for k in (0, 1)]
    trials.append({s: max(2 + k, minimum.get(s, 1)) for k, s in enumerate(used)})
    trials += [{s: max(3 if s == long else 1, minimum.get(s, 1)) for s in used} for long in used[:3]]
    vanishing: tuple[Found, Outcome] | None = None
    for chosen in trials:
        try:
            assignment = draw(names, chosen, SMALL_POINTS, seed)
            s, es = floats.evaluate_with_scale(pair.student, assignment)
            t, et = floats.evaluate_with_scale(pair.truth, assignment)
        except (DrawError, Unevaluable, ValueError):
            continue
        with np.errstate(all="ignore"):
            scale = np.where(np.isfinite(es + et), es + et, DOUBT * np.maximum(np.abs(s), np.abs(t)))
            wide = np.isfinite(s - t) & (np.abs(s - t) > TOLERANCE * scale)
            telling = wide & (np.abs(t) > ZERO_BELOW)
        near = relations.ties(assignment)
        for mask in (telling, wide):
            if mask is wide and vanishing is not None:
                break
            p = next((p for p in range(SMALL_POINTS) if not near[p] and np.any(mask[p])), None)
            if p is None:
                continue
            entry = tuple(int(i) + 1 for i in np.argwhere(mask[p])[0]) if mask.ndim > 1 else ()
            outcome = confirm(pair, (assignment, p, entry), names)
            if outcome is not None and outcome.kind == "different":
                if mask is telling:
                    return (assignment, p, entry), outcome
                vanishing = (assignment, p, entry), outcome
    return vanishing


def describe(pair: Aligned, found: Found, outcome: Outcome, names: Names) -> Counterexample:
    """The point in words: the sizes and inputs that matter, and both values."""
    assignment, point, entry = found
    exact = assignment.exact(point)
    used = inputs_used(pair, names)
    values: dict[str, Any] = {}
    for slot, position in zip(pair.slots, entry, strict=True):
        values[slot.name] = str(position)
    values |= {
        name: labels_text(exact[name]) if names[name].labels else _text(exact[name]) for name in exact if name in used
    }
    relevant = (
        {s for i in (*pair.student.axes, *pair.truth.axes) for s in (i.size,)}
        | sizes_in(pair.student.body)
        | sizes_in(pair.truth.body)
    )
    relevant |= {s for name in used if name in names for s in names[name].sizes}
    sizes = {s: v for s, v in assignment.sizes.items() if s in relevant}
    if outcome.kind == "different" and not (known(outcome.left) and known(outcome.right)):
        outcome = sharpened(pair, found, names) or outcome
    shown = (number(outcome.left), number(outcome.right))
    for digits in MORE_DIGITS:
        if not _alike(*shown) or outcome.kind != "different":
            break
        shown = (number(outcome.left, digits), number(outcome.right, digits))
    if (
        _alike(*shown)
        and outcome.kind == "different"
        and isinstance(outcome.left, arb)
        and isinstance(outcome.right, arb)
    ):
        apart = outcome.right - outcome.left
        shown = (
            number(outcome.left),
            f"{number(outcome.left)} {'+' if apart > 0 else '-'} {abs(apart).str(3, radius=False)}",
        )
    return Counterexample(sizes, values, *shown)


def _alike(left: str, right: str) -> bool:
    """Whether two values look the same: 1 and 1.000."""
    try:
        return Decimal(left) == Decimal(right)
    except InvalidOperation:
        return left == right


def known(ball: Any) -> bool:
    """Whether the digits that are shown of a value are certain."""
    return (
        not isinstance(ball, arb)
        or ball.rel_accuracy_bits() >= KNOWN_BITS
        or (ball.contains(0) and ball.abs_upper() < ZERO_BELOW)
    )


def sharpened(pair: Aligned, found: Found, names: Names) -> Outcome | None:
    """The same with values known to their digits, where some precision gives them."""
    return next(
        (
            o
            for bits in SHARPER
            if (o := confirm_at(pair, found, names, (bits,))) is not None
            and o.kind == "different"
            and known(o.left)
            and known(o.right)
        ),
        None,
    )


def inputs_used(pair: Aligned, names: Names) -> set[str]:
    """The inputs that either side depends on, through the definitions of nodes."""
    pending = [pair.student.body, pair.truth.body]
    seen: set[str] = set()
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, Elem) and node.name not in seen:
                seen.add(node.name)
                definition = equation_of(node.name, names)
                if definition is not None:
                    pending.append(definition.body)
    return seen


def labels_text(value: Any) -> Any:
    """The labels of a one-hot array: the place of its one in every row."""
    return str(value.index(1) + 1) if not isinstance(value[0], list) else [labels_text(row) for row in value]


def _text(value: Any) -> Any:
    return [_text(v) for v in value] if isinstance(value, list) else fraction(value)


def fraction(value: Fraction) -> str:
    """`1/2`, `-3`; a long binary fraction in decimals."""
    if value.denominator > 1024:
        return f"{float(value):.{DIGITS}g}"
    return str(value)


def number(ball: Any, digits: int = DIGITS) -> str:
    """A ball in decimals, as many digits as are certain, at most so many."""
    if ball is UNDEFINED:
        return "undefined"
    if isinstance(ball, arb):
        if ball.is_exact() and ball.is_integer():
            return str(ball.unique_fmpz()) if ball.abs_upper() < 10**15 else f"{float(ball):.{DIGITS}g}"
        if ball.contains(0) and ball.abs_upper() < ZERO_BELOW:
            return "0"
        if digits > DIGITS:
            return ball.str(digits, radius=False)
        middle = float(ball.mid())
        if middle not in (float("inf"), float("-inf")) and (middle != 0 or ball.is_zero()):
            return f"{middle:.{DIGITS}g}"
        return ball.str(DIGITS, radius=False)
    return str(ball)


def observed(sampled: Sampled) -> tuple[Mapping[str, int], ...]:
    """The sizes at which points were compared."""
    seen: dict[tuple[tuple[str, int], ...], Mapping[str, int]] = {}
    for a in sampled.draws:
        if a.sizes:
            seen.setdefault(tuple(sorted(a.sizes.items())), dict(a.sizes))
    return tuple(seen.values())
