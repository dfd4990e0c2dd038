"""Formulas in float64, all points of an assignment at once.

    evaluate(formula, assignment)              (points, *free sizes, *axes sizes)
    evaluate_with_scale(formula, assignment)   the same and a running error estimate: |computed - true| ≲ 2⁻⁵³ · scale

Nodes and adjoints are computed from their definitions, once an assignment. An undefined value is nan: 1/0, log and
other powers of negative numbers, an index out of 1..size, no case that holds, a singular matrix. Overflow reads as nan
or inf as well: floats only suggest, balls decide. A case that is not selected does not poison the one that is.

Sizes of intermediates are counted before any work; beyond the limit `TooMuchWork` is raised, or the points are taken in
portions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from derivations.domains import Names
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.compiled import compile_each, program
from derivations.evaluate.entries import DrawError
from derivations.evaluate.floats.arithmetic import (
    RELATIONS,
    add,
    all_of,
    any_of,
    choose,
    contract,
    determinant,
    integer_power,
    inverse,
    largest,
    literal_power,
    log_determinant,
    logsumexp,
    mul,
    negative,
    opposite,
    power,
    product,
    real_power,
    relation,
    smallest,
    summed,
)
from derivations.evaluate.floats.functions import FUNCTIONS, SLOPES, apply
from derivations.evaluate.floats.layout import (
    Array,
    Frame,
    delta,
    elem,
    entry,
    gather,
    index_value,
    size_value,
    spread,
    view,
)
from derivations.evaluate.floats.of_matrices import of_matrix
from derivations.evaluate.floats.scales import scale_of
from derivations.evaluate.program import Program, TooMuchWork, Unevaluable, definition_of
from derivations.formula import Formula, Index, Node
from derivations.work import spend

LARGEST = 1 << 21
"""Entries of one intermediate over the points taken at once: 16 MB of float64; more points are taken in portions."""
WORK = 1 << 28
"""Entries of all intermediates over all points: about a second."""
HELD = 1 << 24
"""Entries of all intermediates held at once, 128 MB: for longer programs fewer points are taken at a time."""
NO_VALUE = (Unevaluable, KeyError, DrawError)
"""What evaluating a tree raises that has no value."""
SPENT = 10_000
"""Entries that take as long as one unit of `work`, which counts where a derivation is checked."""


class Run(Frame):
    """The values of inputs as drawn, and of nodes by their definitions."""

    __slots__ = ()

    def tensor(self, name: str) -> np.ndarray:
        """The values of a name, (points, *shape)."""
        found = self.assignment.values.get(name)
        if found is not None:
            return found
        return self.node(name)[0]

    def scale(self, name: str) -> Array:
        """The error scale of a name's values."""
        if name in self.assignment.values:
            return np.abs(self.assignment.values[name]) if name in self.assignment.rounded else 0.0
        return self.node(name, True)[1]

    def node(self, name: str, scaled: bool = False) -> tuple[np.ndarray, Any]:
        definition = definition_of(name, self.names)
        if definition is None:
            raise Unevaluable(f"{name} has no values")
        cache = self.assignment.cache
        key = ("node", name, id(definition))
        found = cache.get(key)
        if found == "open":
            raise Unevaluable(f"{name} is defined by itself")
        if found is None or (scaled and found[1] is None):
            cache[key] = "open"
            try:
                names = (
                    definition.names if definition.names is not None and name not in definition.names else self.names
                )
                found = evaluate_tree(
                    definition.body, names, self.assignment, definition.free + definition.axes, scaled
                )
            finally:
                del cache[key]
            cache[key] = (*found, definition)
        return found[0], found[1]


def _extreme(pairwise: Callable[[Any, Any], Any]) -> Callable[..., Array]:
    def run_over(v: list[Array], a: tuple[int, ...], x: Any, run: Run) -> Array:
        out = v[a[0]]
        for k in a[1:]:
            out = pairwise(out, v[k])
        return out

    return run_over


def _one(f: Callable[..., Any]) -> Callable[..., Array]:
    return lambda v, a, x, run: f(v[a[0]])


def _two(f: Callable[..., Any]) -> Callable[..., Array]:
    return lambda v, a, x, run: f(v[a[0]], v[a[1]])


OPERATIONS: Mapping[str, Callable[..., Array]] = {
    "VIEW": view,
    "ELEM": elem,
    "GATHER": gather,
    "ENTRY": entry,
    "SPREAD": spread,
    "INDEX": index_value,
    "DELTA": delta,
    "SIZE": size_value,
    "ADD": add,
    "MUL": mul,
    "NEG": negative,
    "POWER": power,
    "INTEGER_POWER": integer_power,
    "REAL_POWER": real_power,
    "SUM": summed,
    "CONTRACT": contract,
    "PROD": product,
    "MAX": largest,
    "MIN": smallest,
    "LOGSUMEXP": logsumexp,
    "REL": relation,
    "AND": all_of,
    "OR": any_of,
    "NOT": opposite,
    "CASES": choose,
    "INV": inverse,
    "DET": determinant,
    "LOGDET": log_determinant,
    "APPLY": apply,
    "OF_MATRIX": lambda v, a, x, run: of_matrix(x, v[a[0]]),
    "max": _extreme(np.maximum),
    "min": _extreme(np.minimum),
    **{name: _two(f) if name == "elu" else _one(f) for name, f in FUNCTIONS.items()},
}


# ---------------------------------------------------------------- running


def run_values(made: Program, run: Run) -> list[Array]:
    """Every slot of a program."""
    v: list[Array] = list(made.template)
    table = OPERATIONS
    for out, kind, a, x, _ in made.ops:
        v[out] = table[kind](v, a, x, run)
    return v


def _run_scales(made: Program, v: list[Array], run: Run) -> list[Array]:
    e: list[Array] = [0.0] * made.slots
    for slot, value in made.constants:
        exact = (
            isinstance(value, Fraction)
            and math.isfinite(made.template[slot] or 0.0)
            and Fraction(made.template[slot] or 0.0) == value
        )
        e[slot] = 0.0 if exact else abs(made.template[slot] or 0.0)
    for out, kind, a, x, _ in made.ops:
        e[out] = scale_of(kind, v, e, a, x, out, run)
    return e


def full(value: Array, made: Program, points: int, run: Frame) -> np.ndarray:
    """The value with every axis asked for, at full length."""
    shape = (points, *(run.length(i) for i in made.order))
    value = np.asarray(value)
    if value.shape == shape:
        return value
    if value.ndim > 0 and len(made.out_axes) != len(made.order):
        value = value[(slice(None), *(slice(None) if i in made.out_axes else None for i in made.order))]
    return np.broadcast_to(value, shape)


def evaluate_tree(
    node: Node, names: Names | None, assignment: Assignment, order: tuple[Index, ...], scaled: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """The value of a tree over all points, and its error scale where asked for."""
    made = program(node, names, order)
    portion = _portion(made, assignment)
    if portion is not None:
        parts = [
            evaluate_tree(node, names, assignment.part(k, k + portion), order, scaled)
            for k in range(0, assignment.points, portion)
        ]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]) if scaled else None  # type: ignore[misc]
    points, run = assignment.points, Run(assignment, names)
    with np.errstate(all="ignore"):
        v = run_values(made, run)
        value = full(v[made.out], made, points, run)
        if not scaled:
            return value, None
        e = _run_scales(made, v, run)
        return value, full(e[made.out], made, points, run)


def evaluate_together(made: Sequence[Program], names: Names | None, assignment: Assignment) -> list[np.ndarray]:
    """The values of programs that share their operations, over all points."""
    portion = _portion(made[0], assignment)
    if portion is not None:
        parts = [
            evaluate_together(made, names, assignment.part(k, k + portion))
            for k in range(0, assignment.points, portion)
        ]
        return [np.concatenate(p) for p in zip(*parts, strict=True)]
    run = Run(assignment, names)
    with np.errstate(all="ignore"):
        v = run_values(made[0], run)
        return [full(v[m.out], m, assignment.points, run) for m in made]


def evaluate_each(
    nodes: Sequence[Node], names: Names | None, assignment: Assignment, order: tuple[Index, ...]
) -> list[np.ndarray | None]:
    """The values of many trees over all points, None where one has none. What is the same in several of them is
    evaluated once; where they are too much together, each alone."""
    programs = compile_each(nodes, names, order)
    made = next((m for m in programs if m is not None), None)
    if made is None:
        return [None] * len(nodes)
    try:
        whole = _portion(made, assignment) is None
    except TooMuchWork:
        whole = False
    if not whole:
        return [_alone(node, names, assignment, order) for node in nodes]
    run = Run(assignment, names)
    v: list[Any] = list(made.template)
    with np.errstate(all="ignore"):
        for out, kind, a, x, _ in made.ops:
            if all(v[slot] is not None for slot in a):
                try:
                    v[out] = OPERATIONS[kind](v, a, x, run)
                except NO_VALUE:
                    v[out] = None
        return [None if m is None or v[m.out] is None else full(v[m.out], m, assignment.points, run) for m in programs]


def _alone(node: Node, names: Names | None, assignment: Assignment, order: tuple[Index, ...]) -> np.ndarray | None:
    try:
        return evaluate_node(node, names, assignment, order)
    except NO_VALUE:
        return None


def _portion(made: Program, assignment: Assignment) -> int | None:
    """As many points at a time as memory allows; None where all fit. Raises `TooMuchWork`."""
    largest, total = made.elements(assignment.sizes) if made.spans else (1, 1)
    if largest > LARGEST:
        raise TooMuchWork(largest, LARGEST)
    if total * assignment.points > WORK:
        raise TooMuchWork(total * assignment.points, WORK)
    spend(1 + total * assignment.points // SPENT)
    portion = max(1, min(LARGEST // largest, HELD // total))
    return portion if portion < assignment.points else None


def _names(formula: Formula, assignment: Assignment) -> Names | None:
    return formula.names if formula.names is not None else assignment.names


def evaluate(formula: Formula, assignment: Assignment) -> np.ndarray:
    """The value at every point: (points, *free sizes, *axes sizes); nan where undefined. A condition gives 1, 0 or nan.

    Raises `Unevaluable` (a derivative not carried out, a name without values) and `TooMuchWork`.
    """
    return evaluate_tree(formula.body, _names(formula, assignment), assignment, formula.free + formula.axes, False)[0]


def evaluate_with_scale(formula: Formula, assignment: Assignment) -> tuple[np.ndarray, np.ndarray]:
    """The value and its error scale: a difference below a few 2⁻⁵³·scale is rounding; inf where a condition is too
    close to tell."""
    value, scale = evaluate_tree(
        formula.body, _names(formula, assignment), assignment, formula.free + formula.axes, True
    )
    assert scale is not None
    return value, scale


def evaluate_node(node: Node, names: Names | None, assignment: Assignment, order: tuple[Index, ...] = ()) -> np.ndarray:
    """The value of a tree over the given free indices: (points, *sizes of order)."""
    return evaluate_tree(node, names, assignment, order, False)[0]


def work(formula: Formula, sizes: Mapping[str, int]) -> tuple[int, int]:
    """Entries of the largest intermediate and of all together, at one point: counted, nothing computed. Definitions not
    included."""
    return program(formula.body, formula.names, formula.free + formula.axes).elements(sizes)


__all__ = [
    "FUNCTIONS",
    "NO_VALUE",
    "OPERATIONS",
    "RELATIONS",
    "SLOPES",
    "Run",
    "evaluate",
    "evaluate_each",
    "evaluate_node",
    "evaluate_together",
    "evaluate_tree",
    "evaluate_with_scale",
    "full",
    "literal_power",
    "run_values",
    "work",
]
