"""Every step a second way, before anyone sees it.

    steps      before and after evaluated at drawn points of three size assignments, in float64 with a running error
               scale
    adjoints   the lemma's result against central finite differences of the numerator, the node treated as an input

A step that fails is our bug (`StepError`), never output. One whose two sides have a value at no point drawn, nor at any
that is found in its domain, is marked as not checked: nothing is verified by nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from derivations.atoms.learning import HELD
from derivations.definedness import needs
from derivations.derivation import Lemma, Step
from derivations.domains import DOMAINS, Declared, Names
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.program import TooMuchWork
from derivations.evaluate.steer import Relations, steer
from derivations.formula import (
    ZERO,
    Call,
    Elem,
    Formula,
    Index,
    Node,
    Rel,
    add,
    call,
    free_indices,
    left_to_do,
    map_down,
    mul,
    total,
    walk,
)

POINTS, TOLERANCE, DIFFERENCE = 6, 1e-7, 2e-5
STEP = 1e-4
"""Half-width of the central difference: the error is about STEP² (truncation) + 1e-16/STEP (cancellation), both ≪
DIFFERENCE."""
GOLDEN, APART = 0.6180339887498949, 1 / 64
"""Multiples of the golden ratio modulo 1 are pairwise apart; they move the drawn entries by up to APART/2."""
MOST_NEEDS = 16
"""Conditions that points are searched for: with more, none are."""
MOVED = 2_000_000
"""Entries of all arrays in which finite differences move one."""
TOGETHER = 1 << 17
"""Entries of all names in the moves that are evaluated at once."""
WIDTHS = (1e-2, 0.0)
"""The width is relative to the entry, at least STEP·1e-2, or purely relative (a probability of 1e-6 must stay one); of
the two the better counts, since each fails only by its own rounding or curvature."""


class StepError(AssertionError):
    """A step of ours that does not hold. Our bug."""


def check_steps(lemma: Lemma, names: Names, seed: int = 0, *, gentle: bool = False) -> Lemma:
    """The lemma, each step's two sides agreeing; `gentle` at moderate values, where e^z does not overflow. A step
    without a value anywhere is marked.

    Raises `StepError` with the step and the sizes.
    """
    shown = [s for s in lemma.steps if not s.solves and not left_to_do(s.before) and not left_to_do(s.after)]
    seen: set[int] = set()

    def check(assignment: Assignment, steps: Sequence[Step]) -> None:
        values = {}
        for step in steps:
            for side in (step.before, step.after):
                if id(side) not in values:
                    values[id(side)] = _value(side, names, assignment)
            if compare(
                values[id(step.before)],
                values[id(step.after)],
                TOLERANCE,
                f"{lemma.target}: {step.rule}",
                assignment.sizes,
            ):
                seen.add(id(step))

    for assignment in draw.assignments(names, seed=seed, points=POINTS) if shown else ():
        check(satisfying(gentled(assignment, names) if gentle else assignment, names), shown)
    for step in shown:
        for assignment in () if id(step) in seen else within((step.before, step.after), names, seed):
            check(satisfying(assignment, names), [step])
    unseen = {id(s) for s in shown} - seen
    return (
        replace(lemma, steps=tuple(replace(s, checked=False) if id(s) in unseen else s for s in lemma.steps))
        if unseen
        else lemma
    )


def within(formulas: Sequence[Formula], names: Names, seed: int = 0) -> tuple[Assignment, ...]:
    """Points at which all of the formulas may have a value, searched for in their domain: log(x - 10⁶) has one at none
    of the draws."""
    wanted = dict.fromkeys(
        kept for f in formulas for need in needs(f.body, names) if not need.guards and (kept := need.kept()) is not None
    )
    if not wanted or len(wanted) > MOST_NEEDS:
        return ()
    condition = Rel(">", call("min", *wanted) if len(wanted) > 1 else next(iter(wanted)), ZERO)
    return steer(Relations((condition,), names), draw.assignments(names, seed=seed, points=POINTS)[:1], seed=seed).extra


def _value(formula: Formula, names: Names, assignment: Assignment) -> np.ndarray:
    return floats.evaluate(replace(formula, names=names), assignment)


def compare(a: np.ndarray, b: np.ndarray, tolerance: float, what: str, sizes: object) -> bool:
    """Agreement relative to the size of the tensor, wherever both are finite. Whether they are so anywhere: else
    nothing was compared."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    both = np.isfinite(a) & np.isfinite(b)
    if not both.any():
        return False
    scale = 1 + np.abs(a[both]).max()
    worst = np.abs(a[both] - b[both]).max() / scale
    if worst > tolerance:
        raise StepError(f"{what} does not hold at sizes {sizes}: off by {worst:.3g} relative to {scale:.3g}")
    return True


def check_adjoint(names: Names, numerator: Formula, node: str, result: Formula, seed: int = 1) -> bool:
    """∂numerator/∂node by finite differences equals `result` (axes: those of the numerator, then those of the node).
    Whether any had a value.

    The node becomes an input at its own value, so that what depends on it moves and what it depends on does not; to one
    that recurs a term is added, so that its later entries move with each. It may
    stand on a kink of the numerator at half of all points (b = clip(w, -1, 1) in relu(1 - b)): there the result lies
    between the slopes to both sides.
    """
    if _check_adjoint_at(
        gentled(draw.assignments(names, seed=seed, points=POINTS)[0], names), names, numerator, node, result
    ):
        return True
    return any(_check_adjoint_at(a, names, numerator, node, result) for a in within((numerator, result), names, seed))


def _check_adjoint_at(assignment: Assignment, names: Names, numerator: Formula, node: str, result: Formula) -> bool:
    assignment = satisfying(assignment, names)
    entries = Elem(node, tuple(result.axes[len(numerator.axes) :]))
    at = floats.evaluate(Formula(entries, entries.at, names=names), assignment)  # type: ignore[arg-type]
    row = names[node]
    if row.recursion is not None:
        node, at, freed = f"{node}'", np.zeros_like(at), _throughout(_with_term(names, row, f"{node}'"))
    else:
        freed = as_input(names, node)
    got = floats.evaluate(replace(result, names=names), assignment)
    expected = np.full((len(WIDTHS), *np.shape(got)), np.nan)
    numerator, freed, held = _held_fixed(numerator, freed, assignment, {node: at})
    inner = (slice(None),) * (expected.ndim - 1 - (at.ndim - 1) - 1)
    middle = floats.evaluate(
        replace(numerator, names=freed),
        Assignment(assignment.sizes, {**assignment.values, **held, node: at}, assignment.points, freed),
    )
    with np.errstate(all="ignore"):
        for (k, cell), half, sides in _moved(assignment, replace(numerator, names=freed), {**held, node: at}, node):
            width = half.reshape((-1,) + (1,) * (sides[0].ndim - 1))
            right, left = (sides[0] - middle) / width, (middle - sides[1]) / width
            here = (slice(None), *inner, *cell)
            between = np.minimum(
                np.maximum(np.broadcast_to(got, expected.shape[1:])[here], np.minimum(left, right)),
                np.maximum(left, right),
            )
            expected[(k, *here)] = np.where(np.isfinite(between), between, (sides[0] - sides[1]) / (2 * width))
    if not np.isfinite(expected).any():
        return False
    closest = np.nanargmin(np.where(np.isfinite(expected), np.abs(expected - got), np.inf), axis=0, keepdims=True)
    expected = np.take_along_axis(expected, closest, axis=0)[0]
    smooth = median_agreement(got, expected)
    if smooth is None:
        return False
    if smooth > DIFFERENCE:
        raise StepError(
            f"∂/∂{node}: the result differs from finite differences by {smooth:.3g} at sizes {assignment.sizes}"
        )
    return True


def _moved(
    assignment: Assignment, numerator: Formula, given: Mapping[str, np.ndarray], node: str
) -> Iterator[tuple[tuple[int, tuple[int, ...]], np.ndarray, np.ndarray]]:
    """For each width and entry of the node: (width, entry), the half-width at each point, and the numerator above and
    below.

    Many moves are evaluated at once, each as points of its own: the evaluator's time goes by calls, not by points.
    """
    values = {**assignment.values, **given}
    at = values[node]
    moves = [(k, cell) for cell in cells(at) for k in range(len(WIDTHS))]
    at_once = max(1, TOGETHER // (2 * max(1, sum(v.size for v in values.values()))))
    for start in range(0, len(moves), at_once):
        some = moves[start : start + at_once]
        moved = np.broadcast_to(at, (len(some), 2, *at.shape)).copy()
        halves = []
        for number, (k, cell) in enumerate(some):
            entry = (slice(None), *cell)
            floor = WIDTHS[k]
            half = STEP * np.where(np.abs(at[entry]) > floor, np.abs(at[entry]), floor or 1.0)
            moved[(number, 0, *entry)] += half
            moved[(number, 1, *entry)] -= half
            halves.append(half)
        count = 2 * len(some) * assignment.points
        rows = {
            n: np.broadcast_to(v, (2 * len(some), *v.shape)).reshape(count, *v.shape[1:]) for n, v in values.items()
        }
        rows[node] = moved.reshape(count, *at.shape[1:])
        sides = _in_parts(numerator, Assignment(assignment.sizes, rows, count, numerator.names), assignment.points)
        sides = sides.reshape(len(some), 2, assignment.points, *sides.shape[1:])
        yield from zip(some, halves, sides, strict=True)


def _in_parts(formula: Formula, assignment: Assignment, least: int) -> np.ndarray:
    """The values at all points; where they are too much work together, in parts of at least so many points."""
    try:
        return floats.evaluate(formula, assignment)
    except TooMuchWork:
        if assignment.points <= least:
            raise
    middle = assignment.points // 2 // least * least
    parts = (assignment.part(0, middle), assignment.part(middle, assignment.points))
    return np.concatenate([_in_parts(formula, part, least) for part in parts])


def check_along(names: Names, numerator: Formula, node: str, direction: str, result: Formula, seed: int = 1) -> bool:
    """Σ_k ∂numerator/∂node_k v_k by differences along v equals `result`. Whether it had a value anywhere."""
    assignment = satisfying(gentled(draw.assignments(names, seed=seed, points=POINTS)[0], names), names)
    axes = tuple(Index("s", size) for size in names[node].sizes)
    at = np.asarray(floats.evaluate(Formula(Elem(node, axes), axes, names=names), assignment), float)
    way = np.asarray(assignment.values[direction], float)
    numerator, freed, held = _held_fixed(numerator, as_input(names, node), assignment, {node: at})

    def there(sign: int) -> np.ndarray:
        values = {**assignment.values, **held, node: at + sign * STEP * way}
        moved = Assignment(assignment.sizes, values, assignment.points, freed)
        return np.asarray(floats.evaluate(replace(numerator, names=freed), moved), float)

    with np.errstate(all="ignore"):
        expected = (there(1) - there(-1)) / (2 * STEP)
    got = floats.evaluate(replace(result, names=names), assignment)
    smooth = median_agreement(got, expected)
    if smooth is not None and smooth > DIFFERENCE:
        raise StepError(f"along {direction}: the result differs from finite differences by {smooth:.3g}")
    return smooth is not None


def _held_fixed(
    numerator: Formula, names: Names, assignment: Assignment, more: Mapping[str, np.ndarray]
) -> tuple[Formula, Names, dict[str, np.ndarray]]:
    """The numerator and its names with an input in the place of each `stop_gradient(a)`, and the values of these: those
    of a before anything moves."""
    values: dict[str, np.ndarray] = {}
    rows: list[Declared] = []
    at = Assignment(assignment.sizes, {**assignment.values, **more}, assignment.points, names)

    def by(part: Node) -> Node | None:
        if not (isinstance(part, Call) and part.fn == HELD):
            return None
        axes = tuple(sorted(free_indices(part), key=lambda i: i.name))
        name = f"held {len(rows)}"
        rows.append(Declared(name, DOMAINS["real"], tuple(i.size for i in axes)))
        values[name] = np.asarray(floats.evaluate(Formula(part.args[0], axes, names=names), at), float)
        return Elem(name, axes)

    own = {
        row.name: row.with_equation(replace(row.equation, body=map_down(row.equation.body, by)))
        for row in names.values()
        if row.equation is not None and any(isinstance(n, Call) and n.fn == HELD for n in walk(row.equation.body))
    }
    numerator = replace(numerator, body=map_down(numerator.body, by))
    return numerator, _throughout(names.with_rows(*own.values(), *rows)) if rows else names, values


def _with_term(names: Names, row: Declared, term: str) -> Names:
    """The names with an input added to each step of a recursion."""
    assert row.recursion is not None
    step = row.recursion.step
    moved = replace(step, body=add(step.body, Elem(term, step.axes)))
    return names.with_rows(
        Declared(term, DOMAINS["real"], row.sizes), replace(row, recursion=replace(row.recursion, step=moved))
    )


def cells(at: np.ndarray) -> Iterator[tuple[int, ...]]:
    """The entries that are moved: all, or of an array of a large given size as many as `MOVED` allows, the first and
    the last among them."""
    shape = at.shape[1:]
    count, most = math.prod(shape), max(4, MOVED // at.size)
    chosen = range(count) if count <= most else sorted({*np.linspace(0, count - 1, most).astype(int).tolist()})
    return (tuple(map(int, np.unravel_index(k, shape))) if shape else () for k in chosen)


def check_symmetric(names: Names, gradient: Formula, symmetric: Formula, seed: int = 3) -> None:
    """`symmetric` is symmetric in its last two axes and gives the same df as `gradient` for every symmetric
    direction."""
    for assignment in draw.assignments(names, seed=seed, points=POINTS):
        plain, made = (np.asarray(_value(f, names, assignment), float) for f in (gradient, symmetric))
        compare(made, np.swapaxes(made, -1, -2), TOLERANCE, "symmetric part", assignment.sizes)
        size = plain.shape[-1]
        way = np.add.outer(np.arange(size), np.arange(size)) ** 2 % 7 - 3.0
        compare((plain * way).sum((-1, -2)), (made * way).sum((-1, -2)), TOLERANCE, "symmetric part", assignment.sizes)


def satisfying(assignment: Assignment, names: Names) -> Assignment:
    """The points moved to where the stated facts hold: each is linear in one name, t → t - J⁺ (J t - c), those of one
    name together. At a point where they cannot hold, the name has no value."""
    for name in dict.fromkeys(fact.name for fact in names.facts):
        residuals = [replace(fact.residual, names=names) for fact in names.facts if fact.name == name]

        def at(
            t: np.ndarray,
            residuals: Sequence[Formula] = residuals,
            name: str = name,
            here: Assignment = assignment,
        ) -> np.ndarray:
            moved = Assignment(here.sizes, {**here.values, name: t}, here.points, names)
            rows = [np.asarray(floats.evaluate(r, moved), float).reshape(here.points, -1) for r in residuals]
            return np.concatenate(rows, axis=1)

        t = np.asarray(assignment.values[name], float)
        here = at(t)
        columns = []
        for cell in np.ndindex(t.shape[1:]):
            moved = t.copy()
            moved[(slice(None), *cell)] += 1
            columns.append(at(moved) - here)
        slopes = np.stack(columns, -1)
        step = np.stack([np.linalg.lstsq(a, b, rcond=None)[0] for a, b in zip(slopes, here, strict=True)])
        t = t - step.reshape(t.shape)
        off = np.abs(at(t)).max(axis=1, initial=0) > TOLERANCE * (1 + np.abs(here).max(axis=1, initial=0))
        t[off] = np.nan
        assignment = Assignment(assignment.sizes, {**assignment.values, name: t}, assignment.points, names)
    return assignment


def gentled(assignment: Assignment, names: Names) -> Assignment:
    """The draws squeezed to moderate values: a difference quotient at a saturated sigmoid or at p = 1 - 10⁻¹² shows
    only rounding.

    Real entries are moved a little, each by an amount of its own: at tied maxima and at kinks a difference quotient is
    no derivative.
    """
    values = dict(assignment.values)
    moved = 0
    for name, value in values.items():
        row = names.get(name)
        if row is not None and row.domain.name == "real":
            apart = ((moved + np.arange(value.size)) * GOLDEN % 1).reshape(value.shape)
            values[name] = 1.5 * np.tanh(value / 1.5) + APART * (apart - 0.5)
            moved += value.size
        elif row is not None and row.domain.name in ("positive", "nonnegative"):
            values[name] = 0.25 + 2 * np.tanh(value / 2)
    return Assignment(assignment.sizes, values, assignment.points, names)


def median_agreement(got: np.ndarray, expected: np.ndarray) -> float | None:
    """Per point the largest relative difference; of the points the median, so that a kink met by chance does not count.
    None where there is none."""
    got, expected = np.broadcast_arrays(np.asarray(got, float), expected)
    rows = []
    for a, b in zip(got, expected, strict=True):
        both = np.isfinite(a) & np.isfinite(b)
        if both.any():
            rows.append(np.abs(a[both] - b[both]).max() / (1 + np.abs(b[both]).max()))
    rows.sort()  # np.median imports numpy.ma, for which a cold start has no other use
    return float(rows[(len(rows) - 1) // 2] + rows[len(rows) // 2]) / 2 if rows else None


def as_input(names: Names, node: str) -> Names:
    """The names with a node that is given instead of computed."""
    row = names[node]
    given = names.without(node).with_rows(replace(row, role="input", definition=None)) if row.role == "node" else names
    return _throughout(given)


def _throughout(names: Names) -> Names:
    """Definitions were read with names of their own: each gets these."""
    return Names(
        replace(row, definition=replace(row.definition, names=names)) if row.definition is not None else row
        for row in names.values()
    )


def pseudo_loss(names: Names, upstream: str, adjoint: str) -> Formula:
    """Σ ∂L/∂y ⊙ y: the loss whose adjoint at the upstream node is the one given."""
    row = names[upstream]
    assert row.definition is not None
    axes = tuple(i.fresh() for i in row.definition.axes)
    return Formula(total(axes, mul(Elem(adjoint, axes), Elem(upstream, axes))), (), names=names)
