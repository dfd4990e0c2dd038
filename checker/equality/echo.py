"""How two formulas were read, as a verdict says it."""

from __future__ import annotations

from checker.verdict import Verdict
from derivations.formula import Formula
from derivations.notation.write import write


def echo(student: Formula, truth: Formula) -> Verdict:
    return Verdict("undecided", student_read=written(student), truth_read=written(truth))


def written(formula: Formula) -> str | None:
    """The formula as it was read, in ASCII that can be read again: in matrix notation where it was written without sums
    and that is shorter."""
    if formula.shape_error is not None:
        return None
    summed = any(sign in (formula.source or "").lower() for sign in ("sum", "∑", "σ_", "mean"))
    try:
        return write(formula, "ascii", "auto" if formula.axes and not summed else "index")
    except (ValueError, KeyError, RecursionError):
        return None
