"""Reading text into formulas, writing formulas as text: ASCII, Unicode and LaTeX, mixed freely."""

from __future__ import annotations

from derivations.notation import spelling
from derivations.notation.errors import ReadError
from derivations.notation.layout import NoMatrixForm
from derivations.notation.reader import Line, Statement, each_reading, read, read_condition, read_statement, readings
from derivations.notation.write import write

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
