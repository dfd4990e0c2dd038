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
from checker.verdict import Finding, Verdict
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
    if row is None or row.role != "input" or of.axes or of.free or place.free or place.shape != row.sizes:
        return None
    if _speaks_of(place, variable, names) or not _speaks_of(of, variable, names):
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
    if any(name != variable and variable in ancestors(name, names) for name in names_in(slope.body)):
        return undecided("extremum", f"the derivative by {variable} is not judged at a place")

    def there(elem: Elem) -> Node | None:
        return instantiate(place, elem.at) if elem.name == variable else None

    # 0 stands first: the place need not exist at every size, as (XᵀX)⁻¹ for n < d
    found = equal_to(replace(slope, body=ZERO), replace(slope, body=replace_elems(slope.body, there)), names)
    if found.status == "wrong":
        return replace(wrong("extremum", f"the derivative by {variable} is not 0 there"), evidence=found.evidence)
    if found.status != "correct":
        return undecided("extremum", f"whether the derivative by {variable} is 0 there")
    return replace(found, findings=(Finding("stationary", f"the derivative by {variable} is 0 there"),))


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
