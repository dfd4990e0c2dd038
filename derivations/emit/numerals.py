"""Exact numbers as Python text."""

from __future__ import annotations

from fractions import Fraction

from derivations.emit.dialect import ATOM, PRODUCT, UNARY


def number(value: Fraction) -> tuple[str, int]:
    """A number, and how tightly its text holds together."""
    if value.denominator == 1:
        n = value.numerator
        text = str(n) if abs(n) < 10**15 else repr(float(n))
        return text, ATOM if n >= 0 else UNARY
    if value.denominator & (value.denominator - 1) == 0 or Fraction(repr(float(value))) == value:
        return repr(float(value)), ATOM if value > 0 else UNARY
    return f"{value.numerator} / {value.denominator}", PRODUCT
