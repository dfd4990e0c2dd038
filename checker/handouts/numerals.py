"""Numbers and arrays of numbers in LaTeX, with six digits."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

DIGITS = 6


def latex_number(value: Any) -> str:
    r"""A number: as it is where it is short, else with six digits; 1.5e-7 is 1.5 \cdot 10^{-7}."""
    exact = value if isinstance(value, Fraction) else None
    if exact is not None and exact.denominator == 1 and abs(exact) < 10**12:
        return str(exact.numerator)
    text = f"{float(value):.{DIGITS}g}"
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text


def latex_value(value: Any) -> str:
    """A number, a vector (1, 2), a matrix, or what is given entry by name."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {latex_value(held)}" for name, held in value.items())
    if not isinstance(value, (tuple, list)):
        return latex_number(Fraction(str(value)) if not isinstance(value, bool) else Fraction(int(value)))
    if value and all(isinstance(row, (tuple, list)) for row in value):
        rows = r" \\ ".join(" & ".join(map(latex_value, row)) for row in value)
        return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"
    return f"({', '.join(map(latex_value, value))})"
