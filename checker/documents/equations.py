r"""What is set equal to 0, and what follows from it: the same equation in another form, and its solution.

X^T (Xw - y) + \lambda w = 0  ⇒  (X^T X + \lambda I) w = X^T y  ⇒  \hat w = (X^T X + \lambda I)^{-1} X^T y
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from checker.answers.at_extremum import solves
from checker.answers.upto import up_to_verdict
from checker.documents.left_sides import names_target
from checker.verdict import Verdict
from derivations.domains import Names
from derivations.formula import Deriv, Elem, Formula, add, names_in, neg, reindex, sqrt

SET_TO_ZERO = re.compile(r"\b(?:zero|vanish\w*|stationary|normal\s+equations?|first[\s-]order)\b|\b0\b", re.IGNORECASE)
"""Words that set what stands before them equal to 0."""


def same_equation(zero: Formula, left: Formula, right: Formula, names: Names, unknown: str = "") -> bool:
    """Whether left = right has the solutions of zero = 0: their difference is a multiple of it, by a factor that is
    never 0 and does not depend on what is solved for, `unknown` where that is known."""
    if len(left.axes) != len(right.axes) or left.joint != right.joint:
        return False
    other = reindex(right.body, dict(zip(right.axes, left.axes, strict=True)))
    difference = replace(left, body=add(left.body, neg(other)), source=None)
    unknowns = [n for n in names_in(zero.body) if (row := names.get(n)) is not None and row.role == "input"]
    sought = [unknown] if unknown in unknowns else unknowns
    return any(up_to_verdict(difference, zero, names, "nonzero_factor", (n,)) is not None for n in sought)


def may_solve(zero: Formula, left: Formula) -> bool:
    """Whether a left side may be that of an equation which goes on from zero = 0: no derivative, no name alone."""
    bare = isinstance(left.body, Elem | Deriv)
    return not bare and bool(names_in(zero.body) & names_in(left.body))


def differentiated_by(head: Formula | None) -> str:
    """The name that a derivation of a derivative is by; "" where it is of something else."""
    body = head.body if head is not None else None
    if isinstance(body, Deriv) and isinstance(body.wrt, Elem):
        return body.wrt.name
    return body.name.partition("/d")[2] if isinstance(body, Elem) else ""


def solution(label: str, place: Formula, zero: Formula, by: str, names: Names) -> Verdict | None:
    r"""Whether `\hat\sigma = place` solves zero = 0 for what was differentiated by; None where that is not what it
    says."""
    if (squared := _SQUARED.fullmatch(label)) is not None and not place.axes:
        label, place = squared["name"], replace(place, body=sqrt(place.body), source=None)
    named = bool(by) and names_target(label, f"argmin J over {by}", names)
    return solves(zero, place, by, names) if named else None


def at_place(
    left: Formula, place: Formula, zero: Formula, by: str, names: Names, false: Sequence[tuple[Formula, Formula]] = ()
) -> tuple[Literal["correct", "wrong", "carried", "undecided"], Verdict] | None:
    """Whether `sigma = place` solves zero = 0, where the left side is what was differentiated by; None for anything
    else. `false` are formulas with what is right in their place: what solves a false one is carried."""
    bare = isinstance(left.body, Elem) and left.body.name == by and not left.free
    told = solves(zero, place, by, names) if bare else None
    if told is None:
        return None
    meant = next((true for wrong, true in false if wrong == zero), None)
    again = None if meant is None else solves(meant, place, by, names)
    if again is not None and again.status == "correct":
        return "correct", again
    if meant is None:
        return ("correct" if told.status == "correct" else "wrong"), told
    return ("carried" if told.status == "correct" else "undecided"), told  # it may solve the right one


_SQUARED = re.compile(r"(?P<name>.+?)\s*\^\s*(?:2|\{\s*2\s*\})\s*(?P<dress>(?:_\{?[\\\w{}]+\}?)?)", re.DOTALL)
