"""The point where a function is least or largest, from its gradient: in closed form, and checked a second way."""

from __future__ import annotations

from derivations import closed_form, extrema
from derivations.derivation import Lemma
from derivations.domains import Names
from derivations.folding.facts import FactError, equation
from derivations.formula import Elem, Formula
from derivations.target import Target


def extremum(gradient: Formula, names: Names, target: Target) -> tuple[Lemma, Names]:
    """The lemma of an argmin or argmax, among all points or those that meet equations; the names with the multipliers
    of these. Raises `NoClosedForm`, `FactError`."""
    assert target.below is not None
    if target.constraints:
        return _constrained(gradient, names, target)
    unknown = target.below.name
    wanted = "maximum" if target.largest else "minimum"
    point = closed_form.stationary(names, gradient, names[unknown], wanted)
    held = extrema.check_stationary(names, point.equation, unknown, point.lemma)
    lemma = point.lemma if held else point.lemma.unchecked()
    if point.told and names[unknown].domain.structure == "plain":
        function = Formula(Elem(target.top.name), names=names)
        extrema.check_extremum(names, function, unknown, point.lemma, largest=target.largest)
    return lemma, names


def _constrained(gradient: Formula, names: Names, target: Target) -> tuple[Lemma, Names]:
    assert target.below is not None
    constraints = []
    for text in target.constraints:
        left, _, residual = equation(text, names, "constraint")
        if left.free:
            raise FactError(f"the constraint {text!r} has an index that nothing binds: write it for all of them", text)
        constraints.append(Formula(residual, left.axes, names=names))
    unknown, largest = target.below.name, target.largest
    point, names = closed_form.under_constraints(names, gradient, names[unknown], constraints, largest=largest)
    lemma, function = point.lemma, Formula(Elem(target.top.name), names=names)
    if not isinstance(lemma.statement.body, Elem):
        extrema.check_eigenvectors(names, function, lemma, constraints[0], unknown, largest=largest)
        return lemma, names
    held = [extrema.check_constraint(names, f, unknown, lemma) for f in (point.equation, *constraints)]
    if point.told:
        extrema.check_extremum(names, function, unknown, lemma, largest=largest, constraints=constraints)
    return (lemma if all(held) else lemma.unchecked()), names
