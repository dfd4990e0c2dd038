"""Slips in an earlier result that are carried into a later one: a wrong ∂L/∂v in an otherwise right ∂L/∂x."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from checker.diagnosis.mutations.table import mutants
from checker.diagnosis.mutations.words import Mutant
from derivations.formula import Deriv, Elem, Formula, Node, instantiate, names_in, replace_elems, walk

MOST = 600


def carried(derivation: Any) -> Iterator[Mutant]:
    """The last result of a derivation with one slip in one of the lemmas that it uses; what recurs is a letter."""
    return (mutant for _, mutant in slips(derivation))


def slips(derivation: Any) -> Iterator[tuple[str, Mutant]]:
    """(target of the lemma with the slip, what the last result becomes by it)."""
    *earlier, last = derivation.lemmas
    if (whole := _in_earlier(last, derivation)) is None:
        return
    plain = [lemma for lemma in earlier if lemma.target in derivation.names]
    plain = [lemma for lemma in plain if derivation.names[lemma.target].recursion is None]
    forms = {lemma.target: form for lemma in plain if (form := _in_earlier(lemma, derivation)) is not None}
    made = 0
    for lemma in plain:
        if not _reaches(whole, lemma.target, forms):
            continue
        for mutant in mutants(replace(lemma.result, names=derivation.names)):
            body = _with(whole.body, lemma.target, mutant.formula, forms)
            formula = replace(derivation.result, body=_over(body, whole, derivation.result), names=derivation.names)
            yield lemma.target, Mutant(formula, mutant.tag, f"in {lemma.target}: {mutant.message}", mutant.reveal)
            made += 1
            if made >= MOST:
                return


def _in_earlier(lemma: Any, derivation: Any) -> Formula | None:
    """A lemma's formula in terms of the results before it: its last step that still names them."""
    earlier = {other.target for other in derivation.lemmas} - {lemma.target}
    for step in reversed(lemma.steps):
        body = step.after.body
        if names_in(body) & earlier and not any(isinstance(n, Deriv) for n in walk(body)):
            return step.after
    return lemma.result


def _reaches(form: Formula, slip: str, forms: Mapping[str, Formula]) -> bool:
    used = names_in(form.body)
    return slip in used or any(_reaches(forms[n], slip, forms) for n in used & forms.keys())


def _with(body: Node, slip: str, wrong: Formula, forms: Mapping[str, Formula]) -> Node:
    """The tree with the wrong result in place, also inside the results that use it."""

    def by(elem: Elem) -> Node | None:
        if elem.name == slip:
            return instantiate(wrong, elem.at)
        if elem.name in forms and _reaches(forms[elem.name], slip, forms):
            return _with(instantiate(forms[elem.name], elem.at), slip, wrong, forms)
        return None

    return replace_elems(body, by)


def _over(body: Node, form: Formula, result: Formula) -> Node:
    """The tree over the axes of the result."""
    return instantiate(replace(form, body=body), result.free + result.axes)
