r"""Members of a chain that only state the chain rule, through names that the question does not have:

    \frac{\partial L}{\partial w} = \frac{\partial L}{\partial a} \frac{\partial a}{\partial w} = (a - y) x

Whether a goes between L and w, the question cannot tell; that the quotients lead from the one to the other can be seen.
Such a member is left out, which a finding says, and the others are judged.
"""

from __future__ import annotations

import re

from checker.answers.text import sides
from derivations.domains import Names
from derivations.notation.read.scope import scope_of
from derivations.notation.read.targets import spelled_target
from derivations.notation.spelling import canonical, parts

_GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_QUOTIENT = re.compile(rf"\\[dt]?frac\s*{_GROUP}\s*{_GROUP}|∂[^/∂+=\s]{{1,30}}/∂[^/∂+=\s·*]{{1,30}}")
_BETWEEN = re.compile(
    r"(?:\s|&|\\\\|\\(?:cdot|times|odot|left|right|bigl?|bigr?|Bigl?|Bigr?|displaystyle|[,;:!])(?![A-Za-z])|[·*⊙.]"
    rf"|(?:\\sum|∑|Σ)(?:\\limits)?(?:[_^](?:{_GROUP}|\w))*|\(|\)|\[|\])*"
)
MOST = 12
"""Quotients of one product."""


def without_chain_rule(text: str, asked: str, names: Names) -> tuple[str, tuple[str, ...]] | None:
    """A chain without the members that only state the chain rule, and the names in them that are not declared; None
    where there is none."""
    above, sign, below = asked.partition("/d")
    members = sides(text)
    if not sign or len(members) < 3:
        return None
    ends = (_letter(above.removeprefix("d")), _letter(below.partition(" ")[0]))
    kept, through = [], dict[str, None]()
    for place, member in enumerate(members):
        passed = _passes(member, ends) if 0 < place < len(members) - 1 else None
        foreign = [name for name in passed or () if not _declared(name, names)]
        if foreign:
            through |= dict.fromkeys(foreign)
        else:
            kept.append(member)
    return (" = ".join(kept), tuple(through)) if through else None


def _passes(member: str, ends: tuple[str, str]) -> list[str] | None:
    """The names between the ends on the paths that a sum of products of quotients is; None for anything else."""
    passed: list[str] = []
    for term in re.split(r"(?<!\\)\+", member):
        found = list(_QUOTIENT.finditer(term))
        rest = _QUOTIENT.sub(" ", term)
        targets = [spelled_target(m[0]) for m in found]
        if not 2 <= len(found) <= MOST or not _BETWEEN.fullmatch(rest) or not all(targets):
            return None
        steps = {_letter(t[1:].split("/d")[0]): t[1:].split("/d")[1] for t in targets if t is not None}
        at, seen = ends[0], 0
        while at in steps and seen < len(steps):
            name, seen = steps[at], seen + 1
            at = _letter(name)
            if at != ends[1]:
                passed.append(name)
        if at != ends[1] or seen < len(found):
            return None
    return passed


def _letter(name: str) -> str:
    """A name without its indices and numbers, as whose entry it is of no concern here."""
    return re.sub(r"\d", "", parts(canonical(name)).base)


def _declared(name: str, names: Names) -> bool:
    scope = scope_of(names)
    return parts(canonical(name)).base in scope.bases or canonical(name) in scope.rows
