"""A solution in the making, the point that comes of it, and the refusal where there is none."""

from __future__ import annotations

from derivations.chain import Chain
from derivations.derivation import Lemma
from derivations.formula import (
    Formula,
    Index,
    Node,
)
from derivations.frozen import frozen
from derivations.sendable import Sendable


class NoClosedForm(Sendable, ValueError):
    """There is no such point, or none by these rules. `equation` is the left side of the stationarity equation;
    `shown`: whether the equation is what is left to solve."""

    def __init__(self, message: str, equation: Formula, shown: bool = False):
        super().__init__(message)
        self.equation, self.shown = equation, shown


@frozen
class Found:
    """A solution in the making: its steps, and what has to be positive for a minimum: a coefficient, or a matrix (row,
    column)."""

    chain: Chain
    slope: Node
    matrix: tuple[Index, Index] | None = None
    multiplier: Multiplier | None = None
    also: tuple[Node, ...] = ()
    """What has to be at least 0 besides."""
    within: str = ""
    """Under what it was shown to lie in the domain, where the rule shows it."""
    constrained: bool = False
    """Whether the gradient is the same in every entry there, along a simplex, instead of 0."""


@frozen
class Point:
    """The stationary point as a lemma, the equation that it solves (a multiplier in it put in), and whether it is shown
    to be the one asked for."""

    lemma: Lemma
    equation: Formula
    told: bool


Multiplier = tuple[str, Node]
