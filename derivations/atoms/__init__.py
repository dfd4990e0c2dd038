"""What a function is: one row each, over some fifteen primitives.

    row            the fields of a row
    primitives     functions that nothing simpler defines
    elementary     trigonometric and hyperbolic functions and their inverses
    learning       activations and the functions of statistics
    abbreviations  functions that are read as what they stand for
    table          the table, what follows from it, and how a row is added

Evaluation in floats, balls and residues, the normal form, SymPy and the emitters unfold the definition of what they
have no rule for; a rule of their own is there for digits and speed only.
"""

from derivations.atoms.row import Atom, Rule, is_number
from derivations.atoms.table import ABBREVIATIONS, ATOMS, added, by_row, composed, forgets, opened, unfold

__all__ = [
    "ABBREVIATIONS",
    "ATOMS",
    "Atom",
    "Rule",
    "added",
    "by_row",
    "composed",
    "forgets",
    "is_number",
    "opened",
    "unfold",
]
