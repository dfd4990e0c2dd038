"""How long a formula is: its binary operators, powers and function applications; signs, transposes and brackets are
free.

X^T (p - y)                2        a @ b.T @ inv(X.T)       3
2 (A B)                    2        w / ||w||                2
"""

from __future__ import annotations

from derivations.domains import Names, parse_names
from derivations.formula import Formula
from derivations.notation.read import surface
from derivations.notation.read.drawings import Averaged, Density
from derivations.notation.read.grammar import cursor_over
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.scope import scope_of
from derivations.notation.read.tokens import tokenize
from derivations.notation.write import arrange, layout

_JOINED = (surface.Terms, surface.Product, surface.AllOf, surface.AnyOf, surface.Relation)
_APPLIED = (
    surface.Power,
    surface.InverseTransposed,
    surface.Quotient,
    surface.Applied,
    surface.Root,
    surface.Determinant,
    surface.FunctionOf,
    surface.Norm,
    surface.Bars,
    surface.Big,
    surface.Indicator,
    surface.ByCases,
    surface.Derivative,
    surface.Negation,
    surface.OfCode,
    Averaged,
    Density,
)


def length(given: str | Formula, names: Names | str | None = None, form: str = "matrix") -> int:
    """The length of a text under its names, or of a formula in a form. Raises `ReadError`, `NoMatrixForm`."""
    if isinstance(given, Formula):
        return layout.length(arrange(given, form))
    scope = scope_of(parse_names(names if names is not None else ""))
    return _length(parse_full(cursor_over(given, tokenize(given), scope)))


def _length(tree: surface.Surface) -> int:
    parts = tree.below()
    below = sum(map(_length, parts))
    if isinstance(tree, _JOINED):
        return below + len(parts) - 1
    return below + isinstance(tree, _APPLIED)
