"""What the words around a formula make of it: a definition, a case, something denied, a line of a chain."""

from __future__ import annotations

import re
from typing import Literal

from checker.documents.sentences import FORMULA, Sentence
from checker.documents.stretches import is_condition

LOOKED_BACK = 400
"""Characters in front of a formula that are looked at."""

_MARKS = re.compile(FORMULA)
_SETTING = re.compile(
    r"\b(?:notations?|set-?\s?up|preliminar(?:y|ies)|definitions?|conventions?|model|given|setting|data|assumptions?|"
    r"introduction)\b",
    re.IGNORECASE,
)
_LETS = re.compile(
    r"\b(?:lets?|defin(?:e|ing)|set|setting|put|putting|suppose|assum(?:e|ing)|denotes?|consider|choose|take|writ(?:e|ing)|"
    r"abbreviate|introduce|call|minimi[sz]e|maximi[sz]e|solv(?:e|ing)|model|given)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:then|so|hence|thus|therefore|we\s+(?:have|get|obtain|find|see)|is|are|gives?|yields?|implies|becomes|shows?|"
    r"which|follows|satisf(?:y|ies)|consequently|that|because|since|by)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|cannot|wrong|wrongly|false|incorrect|instead\s+of)\b[^,.;:]{0,30}\Z", re.IGNORECASE
)
_QUANTIFIED = r"(?:\s+(?:all|every|any|each|some|the|an?))?[^\w]*\Z"
_IF = re.compile(rf"\b(?:if|when|whenever|unless|for|case|subject\s+to|such\s+that){_QUANTIFIED}", re.IGNORECASE)
_WITH = re.compile(rf"\bwith{_QUANTIFIED}", re.IGNORECASE)
_CASE = re.compile(rf"\b(?:for|if|when|whenever|unless|case|provided|with|on|where){_QUANTIFIED}", re.IGNORECASE)
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)


def is_setting(heading: str) -> bool:
    """Whether a heading is that of a section whose names are those of the whole document: `Notation`."""
    return _SETTING.search(heading) is not None


Supposed = Literal["", "let", "if", "with"]
"""How words in front of a formula take it: as said; let: it is laid down (`Let`, `Define`); if: it is supposed, or
denied (`if`, `for`, `but not`); with: either."""


def supposed(sentence: Sentence, number: int) -> Supposed:
    """How the words in front of a formula take it."""
    words = _before(sentence, number, " x ")
    if _DENIED.search(words) is not None or _IF.search(words) is not None:
        return "if"
    if _WITH.search(words) is not None:
        return "with"
    lets = list(_LETS.finditer(words))
    return "let" if lets and _ENDS.search(words, lets[-1].end()) is None else ""


def behind_where(sentence: Sentence, number: int) -> bool:
    """Whether a formula stands behind the `where` of its sentence, which says what is meant before it."""
    return number > 0 and _WHERE.search(sentence.before(number)[-LOOKED_BACK:]) is not None


def goes_on(sentence: Sentence, number: int) -> bool:
    """Whether a formula may go on from the one before it: no words that say something stand between."""
    between = _MARKS.split(sentence.before(number)[-LOOKED_BACK:])[-1]
    return number > 0 and re.search(r"[^\W\d_]{2}", between) is None


def case_of(sentence: Sentence) -> str:
    """The case that a sentence speaks of: `for i \\ne j`; "" where it speaks of none."""
    case = ""
    for number, piece in enumerate(sentence.formulas):
        bare = piece.inside.strip(" ,.")
        if _CASE.search(_before(sentence, number, " ")) and is_condition(bare):
            case = bare
    return case


def _before(sentence: Sentence, number: int, mark: str) -> str:
    """The words in front of a formula; `mark` stands for other formulas."""
    return _MARKS.sub(mark, sentence.before(number)[-LOOKED_BACK:])
