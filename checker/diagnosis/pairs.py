"""Why an answer is wrong whose axes, or those of what is asked, run over pairs of indices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checker.equality.align import Misfit, align
from checker.equality.order import SAID
from checker.verdict import Diagnosis
from derivations.formula import Formula, show_shape

VEC, KRON = (2,), (2, 2)


def of_pairs(student: Formula, truth: Formula, same: Callable[[Formula, Formula], bool]) -> Diagnosis | None:
    """vec of the transpose, factors of ⊗ exchanged, vec missing or too much; just the shapes or the order where none
    of these; None where neither runs over pairs, or both over the same."""
    if not (student.joint or truth.joint):
        return None
    reveal = f"it is {show_shape(truth.shape)}"
    if student.joint == truth.joint == VEC and same(_turned(student), truth):
        return Diagnosis("transpose", "it is vec of the transpose: the entries are taken row by row")
    if student.joint == truth.joint == KRON:
        i, k, j, m = student.axes
        if same(replace(student, axes=(k, i, m, j)), truth):
            return Diagnosis("factor-order", "the factors of ⊗ are exchanged")
    for vector, matrix, told in ((truth, student, "vec is missing"), (student, truth, "vec is too much")):
        flat = vector.joint == VEC and not matrix.joint and len(matrix.axes) == 2
        if flat and same(replace(_turned(vector), joint=()), matrix):
            return Diagnosis("shape", f"it is the right entries in another shape: {told}", reveal)
    aligned = align(student, truth)
    if not isinstance(aligned, Misfit):
        return None
    if aligned.reordered is not None:
        return Diagnosis("order", SAID.format(*(show_shape(f.shape) for f in (student, truth))))
    return Diagnosis("shape", f"the shape is {show_shape(student.shape)}, which is not the one asked", reveal)


def _turned(formula: Formula) -> Formula:
    return replace(formula, axes=formula.axes[::-1])
