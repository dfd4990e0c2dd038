"""In which names an answer may be written: inputs, nodes, and adjoints of nodes strictly downstream of the target; a
part can narrow this."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from checker.answers.compare import equal_to
from checker.verdict import Diagnosis, Finding
from derivations.defining import reached
from derivations.domains import Declared, Names
from derivations.formula import Elem, Formula, Index, names_in, walk
from problems.schema import Part
from problems.truth import Truth

_DERIVATIVE = re.compile(r"\s*d(?P<order>\d*)(?P<of>.+?)/d(?P<wrt>.+?)\s*\Z")

SOUGHT = re.compile(r"\s*arg(?:min|max)\s+(?P<of>\S+)\s+over\s+(?P<over>\S+)\s*\Z")
"""A target that is a point: of what, over what."""
_VALUE = re.compile(r"^\s*value of\s+|\s+$")


def fault(formula: Formula, names: Names, target: str | None, truth: Formula | None = None) -> Diagnosis | None:
    """What an answer must not be made of: the question itself, adjoints from further on."""
    used = names_in(formula.body)
    own = adjoint_of(target, names)
    if own is not None and own in used and not _goes_on(formula, own, names):
        return Diagnosis("restates-question", f"{own} is what is asked: it cannot stand in the answer")
    derivative = _DERIVATIVE.match(target or "") is not None
    node = (
        truth.body.name
        if truth is not None and isinstance(truth.body, Elem) and not derivative
        else node_of(target or "")
    )
    node = node if node in names or derivative else plain_name(node)
    if node in names and names[node].role == "node":
        if node in used or any(node in ancestors(n, names) for n in used):
            return Diagnosis("restates-question", f"{node} is what is asked: write what it is")
        if any(names[n].role == "adjoint" and names[n].definition is not None for n in used & ancestors(node, names)):
            return Diagnosis("restates-question", "a derivative is left in it: carry it out")
    wrt = wrt_of(target, names)
    for name in sorted(used):
        row = names.get(name)
        if row is not None and row.role == "adjoint" and wrt is not None and row.definition is not None:
            node = name.rpartition("/d")[2]
            if node in names and wrt in names and node != wrt and wrt not in ancestors(node, names):
                return Diagnosis(
                    "restates-question",
                    f"{name} comes after what is asked: it is found from it, not the other way round",
                )
    return None


def _goes_on(formula: Formula, own: str, names: Names) -> bool:
    """Whether a recursion is answered by its entries at other places: δ_t by δ_{t+1}."""
    recursion = names[own].recursion
    if recursion is None:
        return False
    places = [n.at[recursion.over] for n in walk(formula.body) if isinstance(n, Elem) and n.name == own]
    return not any(isinstance(at, Index) for at in places)


def in_other_letters(formula: Formula, names: Names, part: Part[Any], truth: Truth) -> Diagnosis | Finding | None:
    """What is said of a right answer in other letters than the part asks for; it is no answer where these are names of
    what is asked."""
    if part.vocabulary is None:
        return None
    allowed = {*part.vocabulary, *part.also, *truth.letters}
    outside = [n for n in sorted(names_in(formula.body)) if n not in allowed and n in names]
    for name in {a for n in outside for a in (n, *ancestors(n, names))} - allowed:
        row = names.get(name)
        if row is not None and row.role == "node" and row.definition is not None and _is_what_is_asked(row, truth):
            return Diagnosis("restates-question", f"{name} is what is asked: write what it is")
    if not outside:
        return None
    return Finding("vocabulary", f"right, in other letters: it is asked for without {', '.join(outside)}")


def _is_what_is_asked(row: Declared, truth: Truth) -> bool:
    axes = tuple(Index(letter, size) for letter, size in zip("ijklmn", row.sizes, strict=False))
    return equal_to(Formula(Elem(row.name, axes), axes, (), truth.names), truth.asked, truth.names).status == "correct"


def multiplied(part: Part[Any], names: Names) -> Names:
    """The names, their arrays multiplied as the setting of a part says."""
    return names.multiplied_entrywise() if part.conventions.get("products") == "entrywise" else names


def node_of(target: str) -> str:
    """The z of `value of z`, the w of `argmin L over w`; other targets as they are, without the case that is asked."""
    sought = SOUGHT.match(target)
    return sought["over"] if sought else _VALUE.sub("", target).partition(" where ")[0]


def plain_name(text: str, names: Collection[str] = ()) -> str:
    """`x_ij` as x: without indices, braces and marks of style; a name as it is."""
    return (
        text.strip()
        if text.strip() in names
        else re.sub(r"_(?:\{[^}]*\}|[A-Za-z0-9,]+)\Z|\^.*\Z|[{}\\ ]", "", text.strip())
    )


def wrt_of(target: str | None, names: Collection[str] = ()) -> str | None:
    """The x of dL/dx_ij."""
    found = _DERIVATIVE.match(target or "")
    return plain_name(found["wrt"], names) if found and not found["order"] else None


def adjoint_of(target: str | None, names: Names) -> str | None:
    """The declared adjoint that a target asks for: dL/dx for dL/dx_ij."""
    found = _DERIVATIVE.match(target or "")
    if not found or found["order"]:
        return None
    made = f"d{plain_name(found['of'], names)}/d{plain_name(found['wrt'], names)}"
    if target in names:
        return target
    return made if made in names and names[made].role == "adjoint" else None


def ancestors(name: str, names: Names) -> frozenset[str]:
    """All names that a node is computed from."""
    row = names.get(name)
    return frozenset(reached(names, row.uses()) if row is not None else ())
