"""A diagnosis with what it claims, and a mistake that a problem lists: frozen values."""

from __future__ import annotations

from collections.abc import Callable

from checker.verdict import Diagnosis
from derivations.formula import Formula
from derivations.frozen import frozen

Same = Callable[[Formula, Formula], bool]
"""Whether two formulas are equal, by the judge."""


@frozen
class Known:
    """A mistake that the problem itself lists."""

    formula: Formula
    tag: str
    message: str


@frozen
class Reason:
    """A diagnosis and, where it is a slip or an effect, both sides of what it claims: `made` is the truth with the
    slip, equal to `written`."""

    diagnosis: Diagnosis
    made: Formula | None = None
    written: Formula | None = None
