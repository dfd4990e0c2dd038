"""Python code in an answer, respelled in the notation before it is read: calls of NumPy and PyTorch (`calls`, their
names in `tables`), and straight lines of code as assignments (`program`). Nothing is run."""

from derivations.notation.read.code.calls import respelled
from derivations.notation.read.code.program import Program, Step, is_python, program_of
from derivations.notation.read.code.tables import COMMENTED, is_code

__all__ = ["COMMENTED", "Program", "Step", "is_code", "is_python", "program_of", "respelled"]
