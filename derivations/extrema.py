"""Points at which functions are least or largest, a second way: the gradient vanishes there, constraints are met, and
around them the function is nowhere less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from derivations.derivation import Lemma
from derivations.domains import Names
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.formula import Formula, MatrixAtom, free_indices, names_in, walk
from derivations.verify import POINTS, StepError, gentled

CONDITION = 1e8
"""A matrix worse conditioned than this counts as singular at the sizes drawn (XᵀX with more features than examples)."""
NEWTON, NEAR = 12, 1e-6
"""Steps towards a constraint, and the width of their differences."""


def check_stationary(names: Names, gradient: Formula, unknown: str, lemma: Lemma, seed: int = 2) -> bool:
    """Whether there is a solution at any point. The gradient at the solution is 0, relative to its size at a drawn
    point, wherever the solution exists and what it requires holds; at a kink (an entry that is 0) it may be a
    subgradient: then the gradients a little to either side have opposite signs."""
    seen = False
    for assignment, found, good in _solutions(names, unknown, lemma, seed):

        def at(placed: np.ndarray, assignment: Assignment = assignment) -> np.ndarray:
            return _placed(replace(gradient, names=names), unknown, placed, assignment, names)

        drawn = np.asarray(assignment.values[unknown], float)
        here, there = at(found), np.abs(at(drawn))
        scale = 1 + there[np.isfinite(there)].max(initial=0)
        kinked = (at(found - 1e-6) <= 0) & (at(found + 1e-6) >= 0) & (found == 0)
        off = np.where(kinked | ~np.isfinite(here), 0, np.abs(here))
        if good.any() and off[good].max() > 1e-6 * scale:
            raise StepError(f"the gradient does not vanish at the closed form of {unknown}, sizes {assignment.sizes}")
        seen |= bool((good & np.isfinite(here).reshape(len(good), -1).all(axis=1)).any())
    return seen


def check_extremum(
    names: Names,
    function: Formula,
    unknown: str,
    lemma: Lemma,
    *,
    largest: bool,
    constraints: Sequence[Formula] = (),
    seed: int = 4,
) -> None:
    """Around the solution the function is nowhere less (or nowhere more) than there; under constraints, at the points
    around it that meet them."""
    if names[unknown].role != "input":
        return
    for assignment, found, good in _solutions(names, unknown, lemma, seed, apart=bool(constraints)):
        here = _placed(function, unknown, found, assignment, names)
        for k in range(8):
            way = np.sin(np.arange(found.size).reshape(found.shape) * (k + 1.7) + k)
            moved = found + 0.03 * (np.abs(found) + (0.1 if names[unknown].domain.low is None else 0)) * way
            moved = _meeting(constraints, unknown, moved, assignment, names)
            beside = _placed(function, unknown, moved, assignment, names)
            lower = (here - beside if not largest else beside - here) - 1e-9 * (1 + np.abs(here))
            if (np.where(np.isfinite(lower), lower, -1)[good] > 0).any():
                raise StepError(
                    f"the function is not {'largest' if largest else 'least'} at the closed form of "
                    f"{unknown}, sizes {assignment.sizes}"
                )


def check_constraint(names: Names, constraint: Formula, unknown: str, lemma: Lemma, seed: int = 2) -> bool:
    """Whether there is a solution at any point; at every one what has to be 0 is 0, relative to its size at a drawn
    point."""
    seen = False
    for assignment, found, good in _solutions(names, unknown, lemma, seed, apart=True):
        here, there = (
            _placed(replace(constraint, names=names), unknown, at, assignment, names).reshape(len(good), -1)
            for at in (found, np.asarray(assignment.values[unknown], float))
        )
        scale = 1 + np.abs(there[np.isfinite(there)]).max(initial=0)
        if good.any() and np.abs(here[good]).max() > 1e-6 * scale:
            raise StepError(f"the closed form of {unknown} does not meet the constraint, sizes {assignment.sizes}")
        seen |= bool(good.any())
    return seen


def check_eigenvectors(
    names: Names, function: Formula, lemma: Lemma, constraint: Formula, unknown: str, *, largest: bool
) -> None:
    """Of λ B u = S u, the eigenvectors of the largest eigenvalues (or the smallest), placed where the constraint holds,
    give the function no less (no more) than points around them that meet it too."""
    for drawn in draw.assignments(names, seed=2, points=POINTS):
        assignment = gentled(drawn, names)
        at = np.asarray(assignment.values[unknown], float)
        size, columns = at.shape[1], 1 if at.ndim == 2 else at.shape[2]
        if columns > size:
            continue
        for name in (n for n in names_in(lemma.statement.body) if not names[n].known):  # the multiplier
            assignment.values[name] = np.stack([np.eye(columns) if at.ndim > 2 else np.ones(())] * len(at))
        b, s = (_matrix_of(replace(side, names=names), unknown, at, assignment, names) for side in lemma.sides())
        turned = np.linalg.inv(np.linalg.cholesky(b)).swapaxes(-1, -2)
        _, vectors = np.linalg.eigh(turned.swapaxes(-1, -2) @ s @ turned)
        best = (turned @ (vectors[..., -columns:] if largest else vectors[..., :columns])).reshape(at.shape)
        best = _meeting((constraint,), unknown, best, assignment, names)
        value = _placed(function, unknown, best, assignment, names)
        for k in range(4):
            start = best + np.sin(np.arange(at.size) * (k + 1.3) + k).reshape(at.shape)
            beside = _meeting((constraint,), unknown, start, assignment, names)
            other = _placed(function, unknown, beside, assignment, names)
            if ((other - value if largest else value - other) > 1e-6 * (1 + np.abs(value))).any():
                raise StepError(f"the eigenvectors are not where the function is {'largest' if largest else 'least'}")
        return


def _matrix_of(side: Formula, unknown: str, at: np.ndarray, assignment: Assignment, names: Names) -> np.ndarray:
    """The matrix M of a side M u, from unit vectors in the place of (the first column of) u."""
    made = []
    for k in range(at.shape[1]):
        unit = np.zeros_like(at)
        unit[(slice(None), k, *(0 for _ in at.shape[2:]))] = 1
        made.append(_placed(side, unknown, unit, assignment, names).reshape(len(at), at.shape[1], -1)[:, :, 0])
    return np.stack(made, -1)


def _meeting(
    constraints: Sequence[Formula], unknown: str, placed: np.ndarray, assignment: Assignment, names: Names
) -> np.ndarray:
    """The points moved to where the constraints hold, by Newton's steps t → t - J⁺ h(t)."""
    if not constraints:
        return placed

    def at(t: np.ndarray) -> np.ndarray:
        rows = [_placed(replace(h, names=names), unknown, t, assignment, names) for h in constraints]
        return np.concatenate([row.reshape(len(t), -1) for row in rows], axis=1)

    for _ in range(NEWTON):
        here, columns = at(placed), []
        for cell in np.ndindex(placed.shape[1:]):
            beside = placed.copy()
            beside[(slice(None), *cell)] += NEAR
            columns.append((at(beside) - here) / NEAR)
        slopes = np.nan_to_num(np.stack(columns, -1))
        step = np.stack(
            [np.linalg.lstsq(a, b, rcond=None)[0] for a, b in zip(slopes, np.nan_to_num(here), strict=True)]
        )
        placed = placed - step.reshape(placed.shape)
    return placed


def _placed(formula: Formula, unknown: str, placed: np.ndarray, assignment: Assignment, names: Names) -> np.ndarray:
    values = {**assignment.values, unknown: placed}
    return np.asarray(floats.evaluate(formula, Assignment(assignment.sizes, values, assignment.points, names)), float)


def _solutions(
    names: Names, unknown: str, lemma: Lemma, seed: int, *, apart: bool = False
) -> Iterator[tuple[Assignment, np.ndarray, np.ndarray]]:
    """(points, the solution at them, whether it exists there and what it requires holds); `apart` at points of which no
    two entries are equal, where constraints do not contradict each other."""
    free = names.without(unknown).with_rows(replace(names[unknown], role="input"))
    for drawn in draw.assignments(names, seed=seed, points=POINTS):
        assignment = gentled(drawn, names) if apart else drawn
        found = np.asarray(floats.evaluate(replace(lemma.result, names=free), assignment), float)
        good = _solvable(lemma.result, names, assignment) & np.isfinite(found).reshape(assignment.points, -1).all(
            axis=1
        )
        for condition in lemma.requires:
            holds = floats.evaluate(replace(condition, names=names), assignment)
            good &= (holds == 1).reshape(assignment.points, -1).all(axis=1)
        yield assignment, np.where(np.isfinite(found), found, 1.0), good


def _solvable(solution: Formula, names: Names, assignment: Assignment) -> np.ndarray:
    """The points at which every matrix that the solution inverts is far from singular."""
    good = np.ones(assignment.points, bool)
    for node in walk(solution.body):
        if isinstance(node, MatrixAtom) and node.op == "inv" and not free_indices(node.body) - {node.row, node.col}:
            matrix = np.asarray(
                floats.evaluate(Formula(node.body, (node.row, node.col), names=names), assignment), float
            )
            finite = np.asarray(np.isfinite(matrix).all(axis=(-1, -2)))
            good &= finite & (np.linalg.cond(np.where(finite[:, None, None], matrix, 0)) < CONDITION)
    return good
