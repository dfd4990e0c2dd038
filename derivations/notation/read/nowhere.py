r"""Words by which a text says that there is no value: `\text{undefined}`, `not defined at z = 0`, `does not exist`.
They become one sign, ⊥, which may stand as a case.

    1 if z > 0, 0 if z < 0, undefined at z = 0      1 if z > 0, 0 if z < 0, ⊥ if z = 0
    1 if z > 0, 0 if z < 0 (undefined at 0)         the same, where z alone is compared with 0
"""

from __future__ import annotations

import re

from derivations.formula import Note
from derivations.notation.read.prose import Taken

_SAID = (
    r"(?:it\s+is\s+|is\s+|are\s+|it\s+)?(?:undefined|undef\.?|not\s+defined|un-defined|not\s+differentiable|"
    r"does\s+not\s+exist|doesn['’]t\s+exist|DNE|no\s+(?:derivative|value)|nonexistent)"
)
_OPENS = r"(?:at|in|for|if|when|whenever|where)"
_NOWHERE = re.compile(
    rf"(?<![\w\\])(?:\\text\w*\s*\{{\s*,?\s*(?P<dressed>{_SAID})\s*(?P<opens>{_OPENS})?\s*\}}|(?P<bare>{_SAID})(?![\w]))"
    r"(?P<at>\s+at(?=\s))?"
)
_BRACKETED = re.compile(rf"\(\s*(?P<said>(?:\\text\w*\s*\{{\s*)?(?:and\s+)?{_SAID}\b[^()]*)\)(?=[\s.$]*\Z)")
_NUMBER = re.compile(r"(?P<if>⊥\s+if\s+)(?P<number>-?\d+(?:\.\d+)?)(?=[\s.,;)}$]|\Z)")
_COMPARED = re.compile(
    r"(?P<name>\\?[^\W\d_]+(?:_(?:\w|\{\w+\}))?)\s*(?:[<>=≤≥≠]=?|\\(?:leq?|geq?|neq?|lt|gt)(?![A-Za-z]))\s*"
    r"(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"
)
_FIRST = re.compile(r"defined|undef|exist|DNE|no\s+(?:derivative|value)|differentiable")


def undefined_as_sign(text: str, taken: Taken) -> tuple[str, list[Note]]:
    """The text with ⊥ for the words, every other character in its place, and what was noted."""
    if _FIRST.search(text) is None or taken("undefined") is True or taken("DNE") is True:
        return text, []
    notes: list[Note] = []
    text = _BRACKETED.sub(lambda m: f",{m['said']} ", text)

    def sign(m: re.Match[str]) -> str:
        words = m["dressed"] or m["bare"]
        notes.append(Note("nowhere", f"{' '.join(words.split())}: no value is given there", m.span()))
        opened = m["opens"] or m["at"]
        return (f"⊥ {'if' if opened.strip() in ('at', 'in') else opened}" if opened else "⊥").ljust(len(m[0]))

    text = _NOWHERE.sub(sign, text)
    compared: dict[str, set[str]] = {}
    for found in _COMPARED.finditer(text):
        compared.setdefault(found["number"], set()).add(found["name"])

    def of_name(m: re.Match[str]) -> str:
        """`undefined at 0` of the one name that is compared with 0."""
        names = compared.get(m["number"], set())
        return m[0] if len(names) != 1 else f"{m['if'].rstrip()} {next(iter(names))} = {m['number']}"

    return _NUMBER.sub(of_name, text), notes
