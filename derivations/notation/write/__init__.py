"""Formulas as text: ASCII, Unicode or LaTeX, in index form or in matrix notation, as a textbook arranges them.

    write(f)                     sum_i x_{ij} (p_i - y_i)
    write(f, "latex")            \\sum_{i} x_{ij} (p_i - y_i)
    write(f, "ascii", "matrix")  X^T (p - y)

What is written reads back as the same formula. A formula with axes is written in index form as the array with these
entries, `j -> sum_i x_{ij} r_i`; `write_body` leaves the arrow out, for a text that names the indices on its left side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from derivations.formula import Formula
from derivations.kept_means import in_letters
from derivations.notation.write.dressing import declared_names, dress
from derivations.notation.write.layout import Build, Lay, NoMatrixForm, length
from derivations.notation.write.page import Page, index_form

__all__ = ["Dressing", "NoMatrixForm", "WrittenForm", "arrange", "axis_names", "write", "write_body"]


Dressing = Literal["ascii", "unicode", "latex"]
WrittenForm = Literal["index", "matrix", "auto"]


def write(formula: Formula, dressing: Dressing = "ascii", form: WrittenForm = "index") -> str:
    """The text of a formula, which reads back as the same.

    formula    as `read` gives it, or the result of a derivation
    dressing   "ascii", "unicode" or "latex"
    form       "index", "matrix" (raises `NoMatrixForm` where there is none), or "auto": matrix where that is shorter

    >>> from derivations.notation import read
    >>> write(read("sum_i x_ij r_i", "x: real[n,d]; r: real[n]; i: index[n]; j: index[d]"), "unicode")
    '∑ᵢ rᵢ xᵢⱼ'
    """
    taken, latex_names = declared_names(formula.names)
    return dress(arrange(formula, form), dressing, taken, latex_names)


def write_body(formula: Formula, dressing: str = "ascii", axes: Sequence[str] | None = None) -> str:
    """The index form of a formula's entries, without the arrow; `axes` are the names of its axes, made if None (see
    `axis_names`)."""
    formula = in_letters(formula)
    taken, latex_names = declared_names(formula.names)
    return dress(Page(formula, axes).lay(formula.body), dressing, taken, latex_names)


def axis_names(formula: Formula) -> tuple[str, ...]:
    """The names that the axes of a formula get on the page."""
    page = Page(formula)
    return tuple(page.named[i] for i in formula.axes)


def arrange(formula: Formula, form: str = "index") -> Lay:
    """The arrangement of a formula, before it gets a dressing."""
    if form == "index":
        return index_form(formula)
    if form not in ("matrix", "auto"):
        raise ValueError(f"no form {form!r}; there are index, matrix, auto")
    from derivations.notation.matrix.raising import matrix_form  # late: most of what is written is in index form

    if form == "matrix":
        return matrix_form(formula)
    try:
        shown = matrix_form(formula)
    except NoMatrixForm:
        return index_form(formula)
    plain = index_form(formula)
    return shown if isinstance(plain, Build) or length(shown) < length(plain) else plain
