r"""`\arg\min_w \|Xw - y\|^2 = (X^T X)^{-1} X^T y`: the place of an extremum beside what it is an extremum of.

What is said is judged by d/dw (…) = 0 at that place: where the derivative is not 0, no extremum lies inside the domain.
On its boundary, under a constraint and at a kink nothing follows from the derivative, and nothing is decided.
"""

from __future__ import annotations

from dataclasses import replace

from checker.answers.carry_out import NotCarriedOut, carried_out
from checker.answers.compare import equal_to
from checker.answers.outcome import undecided, wrong
from checker.answers.vocabulary import ancestors
from checker.verdict import Diagnosis, Finding, Verdict
from derivations.atoms import ATOMS, opened
from derivations.domains import Names
from derivations.formula import (
    ZERO,
    Bound,
    Call,
    Cases,
    Deriv,
    Elem,
    Formula,
    Index,
    Node,
    Rel,
    instantiate,
    names_in,
    replace_elems,
    walk,
)


def at_extremum(of: Formula, place: Formula, variable: str, names: Names) -> Verdict | None:
    """Whether the derivative of a number by a variable is 0 at a place; None where the place is none of the variable:
    an expression in it, or of another shape."""
    row = names.get(variable)
    if row is None or of.axes or of.free or not _may_be(place, variable, names) or not _speaks_of(of, variable, names):
        return None
    inside = row.domain.structure == "plain" and not (row.domain.values or row.domain.integer)
    ends = (row.domain.low is None or row.domain.open_low) and (row.domain.high is None or row.domain.open_high)
    if not (inside and ends and _smooth(of.body)):
        return undecided("extremum", f"whether the extremum over {variable} is there")
    at = tuple(Index(f"entry{k}", size) for k, size in enumerate(row.sizes))
    try:
        slope = carried_out(replace(of, body=Deriv(of.body, Elem(variable, at)), axes=at), names)
    except NotCarriedOut as error:
        return undecided("derivative", str(error))
    found = _vanishes(slope, place, variable, names)
    if found is None:
        return undecided("extremum", f"the derivative by {variable} is not judged at a place")
    if found.status == "wrong":
        return replace(wrong("extremum", f"the derivative by {variable} is not 0 there"), evidence=found.evidence)
    if found.status != "correct":
        return undecided("extremum", f"whether the derivative by {variable} is 0 there")
    return replace(found, findings=(Finding("stationary", f"the derivative by {variable} is 0 there"),))


def solves(zero: Formula, place: Formula, variable: str, names: Names) -> Verdict | None:
    """Whether zero = 0 where a variable is a place; None where the place is none of the variable. That it is not is
    said only of a place that speaks of all that the equation does: a letter may stand for what solves another one."""
    if not _may_be(place, variable, names):
        return None
    found = _vanishes(zero, place, variable, names)
    if found is None or found.status not in ("correct", "wrong"):
        return None
    others = {name for name in names_in(zero.body) if name in names and names[name].role == "input"} - {variable}
    if found.status == "wrong" and not others <= names_in(place.body):
        return None
    return found if found.status == "correct" else replace(found, diagnosis=_NO_SOLUTION)


_NO_SOLUTION = Diagnosis("solution", "it does not solve the equation in front of it")


def _may_be(place: Formula, variable: str, names: Names) -> bool:
    """Whether a formula may be the value of a variable."""
    row = names.get(variable)
    known = row is not None and row.role == "input" and not place.free and place.shape == row.sizes
    return known and not _speaks_of(place, variable, names)


def _vanishes(slope: Formula, place: Formula, variable: str, names: Names) -> Verdict | None:
    """Whether a formula is 0 at a place; None where it is not judged there."""
    if any(name != variable and variable in ancestors(name, names) for name in names_in(slope.body)):
        return None

    def there(elem: Elem) -> Node | None:
        return instantiate(place, elem.at) if elem.name == variable else None

    # 0 stands first: the place need not exist at every size, as (XᵀX)⁻¹ for n < d
    return equal_to(replace(slope, body=ZERO), replace(slope, body=replace_elems(slope.body, there)), names)


def _smooth(node: Node) -> bool:
    """Whether nothing in a tree jumps or has a kink."""
    return not any(
        isinstance(n, Cases | Rel)
        or (isinstance(n, Bound) and n.op in ("max", "min"))
        or (isinstance(n, Call) and (n.fn in ("max", "min") or ATOMS[n.fn].kink is not None))
        for n in walk(opened(node))
    )


def _speaks_of(formula: Formula, variable: str, names: Names) -> bool:
    return any(name == variable or variable in ancestors(name, names) for name in names_in(formula.body))
