"""Python code in an answer, respelled in the notation before it is read: calls of NumPy and PyTorch (`calls`, their
names in `tables`), and lines of assignments (`program`). Nothing is run."""

from derivations.notation.read.code.calls import respelled
from derivations.notation.read.code.tables import is_code

__all__ = ["is_code", "respelled"]
