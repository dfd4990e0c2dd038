"""Reading text into formulas, writing formulas as text: ASCII, Unicode and LaTeX, mixed freely."""

from __future__ import annotations

from derivations.notation import spelling
from derivations.notation.errors import ReadError
from derivations.notation.read import Line, Statement, each_reading, read, read_condition, read_statement, readings
from derivations.notation.write import write
from derivations.notation.write.layout import NoMatrixForm

__all__ = [
    "Line",
    "NoMatrixForm",
    "ReadError",
    "Statement",
    "each_reading",
    "read",
    "read_condition",
    "read_statement",
    "readings",
    "spelling",
    "write",
]
