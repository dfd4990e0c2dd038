"""The text of an answer: what was written, as text; without the words around it; cut at its `=`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from checker.answers.numerals import plain
from checker.answers.units import in_signs
from checker.verdict import Finding
from derivations.domains import Names
from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.macros import expanded
from derivations.notation.read.prose import Taken, bare, declared
from derivations.notation.read.scope import scope_of
from derivations.notation.relations import spelled

EQUALS = re.compile(spelled("=", "≈"))
_NAMED = re.compile(r"(?<=[^\W\d_)}'])\s*:(?![=])|\s(?:is|has|equals)\s|\A\s*" + spelled("≈"))


def answer_text(answer: Any) -> str:
    """What was written, as text: numbers and lists as TOML gives them are written out, commands of its own put back."""
    if isinstance(answer, (list, tuple)):
        return "[" + ", ".join(answer_text(a) for a in answer) + "]"
    if isinstance(answer, float):
        return repr(answer)
    try:
        return expanded(str(answer))[0]
    except ReadError:
        return str(answer)  # whoever reads it says what is wrong


def known_to(names: Names) -> Taken:
    """Whether letters are a name of the question."""
    return scope_of(names).spells


@frozen
class Spoken:
    """An answer without the words around it: the sides of its `=`, and the words that were harmless."""

    pieces: tuple[str, ...]
    notes: tuple[Finding, ...] = ()


def spoken(text: str, units: Collection[str] = (), number: bool = True) -> Spoken:
    """An answer in numbers as the sides of its `=`; `H is 1.204` and `H: 1.204` are `H = 1.204`. Raises
    `NumeralError`."""
    if number:
        text = in_signs(plain(text), units)
    found = bare(plain(text), known=declared(units), number=number)
    inside = found.text.strip()
    if found.before or found.behind:
        inside = inside.strip("$ ").removesuffix("\\)").removesuffix("\\]").rstrip()
    inside = _NAMED.sub(" = ", plain(inside)) if _NAMED.search(inside) else plain(inside)
    notes = tuple(
        Finding("unit", f"{words.strip(' .,;:()')!r} beside it was taken off")
        for words in (found.before, found.behind)
        if words.strip(" .,;:()*$")
    )
    return Spoken(tuple(p for p in sides(inside) if p or inside == ""), notes)


def sides(text: str) -> list[str]:
    """A text cut at its `=`, but for those within braces: the lower end of a sum is none."""
    cuts, depth = [0], 0
    ends = {m.start(): m.end() for m in EQUALS.finditer(text)}
    for at, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if at in ends and depth <= 0:
            cuts += [at, ends[at]]
    return [text[a:b].strip() for a, b in zip(cuts[::2], [*cuts[1::2], len(text)], strict=True)]
