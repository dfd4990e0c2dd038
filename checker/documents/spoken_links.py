r"""A relation between formulas that is said in words, as the one formula that it is.

The derivative of tanh is $1 - \tanh^2(x)$         tanh'(x) = 1 - \tanh^2(x)
The slope of ReLU is 1 where $z > 0$ and 0 otherwise    relu'(z) = 1 if z > 0 and 0 otherwise
The gradient of $J$ with respect to $w$ is $X^T r$      d/dw(J) = X^T r
$1 - \sigma(x)$ is the same as $\sigma(-x)$        1 - \sigma(x) = \sigma(-x)
$w_1$ is 100 times larger than $w_2$               w_1 = 100 (w_2)

Every character stays where it stands in the source. What is said in other words stays words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from checker.documents.scan import Piece, Place, words_between
from checker.documents.spoken_cases import in_words_of_cases
from checker.documents.stretches import RELATION, outside

FUNCTIONS: Mapping[str, str] = MappingProxyType({
    "sigmoid": "sigmoid", "logistic": "sigmoid", "logistic sigmoid": "sigmoid", "tanh": "tanh",
    "hyperbolic tangent": "tanh", "relu": "relu", "rectified linear unit": "relu", "softplus": "softplus",
    "exponential": "exp", "exp": "exp", "logarithm": "log", "natural logarithm": "log", "log": "log", "sine": "sin",
    "sin": "sin", "cosine": "cos", "cos": "cos",
})  # fmt: skip
"""Functions of one number by what they are called."""

_NAMED = re.compile(
    r"(?:derivative|slope)\s+of\s+(?:the\s+)?(?P<name>[A-Za-z]+(?:\s+(?:sigmoid|tangent|linear unit|logarithm))?)"
    r"(?:\s+(?:function|activation|activation function|nonlinearity))?(?:\s+itself)?"
    r"\s+(?:is|equals|is\s+just|is\s+simply)\s*"
    r"(?P<value>[01]\s+(?:if|when|where|for)\s*)?\Z",
    re.IGNORECASE,
)
_OF = re.compile(
    r"(?:\b(?:derivative|gradient|slope|jacobian)\s+of(?:\s+the\s+(?:loss|cost|objective|function|likelihood))?|\bdifferentiating)\s*\Z",
    re.IGNORECASE,
)
_BY = re.compile(
    r"\s*(?:with\s+respect\s+to|w\.?\s*r\.?\s*t\.?)(?:\s+(?:the\s+)?(?:weights?|bias|parameters?|vector|matrix))?\s*"
)
_GIVES = re.compile(
    r"\s*,?\s*(?:is(?:\s+(?:then|therefore|thus|just|simply|given\s+by|equal\s+to))?|equals|gives(?:\s+us)?|yields|becomes"
    r"|we\s+(?:get|obtain|have|find))\s*:?\s*",
    re.IGNORECASE,
)
_NAME = re.compile(r"\s*\\?[A-Za-z]+(?:_(?:\w|\{\w+\}))?\s*")
_FUNCTION = re.compile(r"\s*(?P<name>\\?[A-Za-z]+|[^\W\d_])\s*(?:\(\s*(?P<at>[a-z])\s*\))?\s*")
_OTHERWISE = re.compile(r"\s*,?\s*(?:and\s+)?[01]\s+(?:otherwise|elsewhere|else)\b", re.IGNORECASE)
_SAME = re.compile(
    r"\s*,?\s*(?:is|which\s+is)\s+(?:exactly\s+|just\s+)?(?:the\s+same\s+as|equal\s+to|identical\s+to)\s*"
)
_TIMES = re.compile(
    r"\s*is\s+(?P<much>\d+(?:\.\d+)?\s*(?:x|×|times)|twice|three\s+times|half|ten\s+times|a\s+hundred\s+times)\s+"
    r"(?:as\s+(?:large|big|high|much)\s+as|larger\s+than|bigger\s+than|higher\s+than|greater\s+than)?\s*"
)
_SMALLER = re.compile(r"\s*is\s+(?P<much>\d+(?:\.\d+)?)\s*(?:x|×|times)\s+(?:smaller|lower)\s+than\s*")
_MUCH = {"twice": "2", "three times": "3", "half": ".5", "ten times": "10", "a hundred times": "100"}
_BEGINS = re.compile(
    r"(?:\A|[.,;:!?]|\n\s*\n|\b(?:that|so|hence|thus|then|and|therefore|because|since|but|as))\s*\Z", re.IGNORECASE
)
"""What stands before a formula with which a clause begins: not `the gradient of`."""
_ENDS = re.compile(
    r"\s*(?:[.;:!?)]|,(?!\s*(?:times|multiplied|plus|minus|over|divided)\b)|\n\s*\n|\Z"
    r"|(?:for|when|whenever|if|since|because|so|but|as|where|which|by|in)\b)"
)
"""What stands behind the last formula where nothing more is said of its value: not `times one minus it`."""
_LETTER = re.compile(r"(?<![A-Za-z\\])([A-Za-z])(?![A-Za-z])(?!\s*\()")


def related(pieces: Sequence[Piece], text: str) -> tuple[Piece, ...]:
    """The pieces of a document, with formulas that words relate as one formula."""
    found = list(pieces)
    at = 0
    while at < len(found):
        for way in (_slope, _differentiated, _compared):
            made = way(found, at, text)
            taken, instead = made or (0, ())
            one = next((k for k, piece in enumerate(instead) if piece.kind == "formula"), None)
            if one is not None and _ENDS.match(text, instead[one].place.end):
                found[at : at + taken] = instead
                break
        at += 1
    return tuple(found)


Made = tuple[int, tuple[Piece, ...]] | None
"""How many pieces are replaced, and what by; None where nothing is said in words."""


def _slope(pieces: Sequence[Piece], at: int, text: str) -> Made:
    """`the derivative of tanh is`, and the formula behind it."""
    words = pieces[at]
    found = _NAMED.search(words.inside) if words.kind == "words" and _is_formula(pieces, at + 1) else None
    name = FUNCTIONS.get(" ".join(found["name"].casefold().split())) if found is not None else None
    if found is None and words.kind == "words":
        return _of_letter(pieces, at, text)
    if found is None or name is None:
        return None
    value = pieces[at + 1]
    letters = set(_LETTER.findall(value.inside)) - {"e", "d"}
    if len(letters) != 1:
        return None
    start = words.place.start + found.start()
    before = words_between(words, words.place.start, start, text)
    said = f"{name}'({letters.pop()}) = "
    if not found["value"]:
        made = None if _states(value) else _as_one((value,), text, start, value.place.end, {start: said})
        return None if made is None else (2, (*before, made))
    other = _OTHERWISE.match(pieces[at + 2].inside) if _is_words(pieces, at + 2) else None
    if other is None or "\n\n" in other[0] or not _states(value):
        return None
    end = pieces[at + 2].place.start + other.end()
    made = _as_one((value,), text, start, end, {start: f"{said}{found['value'][0]} if"})
    behind = words_between(pieces[at + 2], end, pieces[at + 2].place.end, text)
    return None if made is None else (3, (*before, made, *behind))


def _of_letter(pieces: Sequence[Piece], at: int, text: str) -> Made:
    """`the derivative of $f$ is`, `of $f(x)$ is`, and a formula in one letter behind it."""
    of, gives, value = (pieces[at + k] if at + k < len(pieces) else None for k in (1, 2, 3))
    if of is None or gives is None or value is None or gives.kind != "words" or {of.kind, value.kind} != {"formula"}:
        return None
    found, named = _OF.search(pieces[at].inside), _FUNCTION.fullmatch(of.inside)
    letters = set(_LETTER.findall(value.inside)) - {"e", "d"}
    if found is None or named is None or not _GIVES.fullmatch(gives.inside) or _states(value) or len(letters) != 1:
        return None
    if named["at"] and named["at"] not in letters:
        return None
    start = pieces[at].place.start + found.start()
    said = f"{named['name']}'({letters.pop()}) = "
    made = _as_one((value,), text, start, value.place.end, {start: said})
    return None if made is None else (4, (*words_between(pieces[at], pieces[at].place.start, start, text), made))


def _differentiated(pieces: Sequence[Piece], at: int, text: str) -> Made:
    """`the gradient of J with respect to w is`, and the formula behind it."""
    if not (
        _is_words(pieces, at) and all(_is_formula(pieces, at + k) and not _states(pieces[at + k]) for k in (1, 3, 5))
    ):
        return None
    words, of, by, wrt, gives, value = pieces[at : at + 6]
    found = _OF.search(words.inside)
    if found is None or by.kind != "words" or gives.kind != "words" or of.display or wrt.display:
        return None
    if not (_BY.fullmatch(by.inside) and _GIVES.fullmatch(gives.inside) and _NAME.fullmatch(wrt.inside)):
        return None
    start = words.place.start + found.start()
    said = {start: f"d/d{wrt.inside.strip()} (", of.at + len(of.inside): ")", gives.place.start: "="}
    made = _as_one((of, value), text, start, value.place.end, said)
    return None if made is None else (6, (*words_between(words, words.place.start, start, text), made))


def _compared(pieces: Sequence[Piece], at: int, text: str) -> Made:
    """`A is the same as B`, `A is 10 times larger than B`."""
    if not (_is_formula(pieces, at) and _is_words(pieces, at + 1) and _is_formula(pieces, at + 2)):
        return None
    one, words, other = pieces[at : at + 3]
    before = pieces[at - 1].inside if at and pieces[at - 1].kind == "words" else ""
    if one.display or _states(one) or _states(other) or not _BEGINS.search(before):
        return None
    factor = ""
    if not _SAME.fullmatch(words.inside):
        more, less = _TIMES.fullmatch(words.inside), _SMALLER.fullmatch(words.inside)
        if more is not None:
            much = " ".join(more["much"].split())
            factor = _MUCH.get(much) or re.sub(r"\s*(?:x|×|times)\Z", "", much)
        elif less is not None:
            factor = f"1/{less['much']}"
        else:
            return None
    said = {words.place.start: "="}
    if factor:
        said = {words.place.start: f"= {factor} * (", other.at + len(other.inside): ")"}
    made = _as_one((one, other), text, one.at, other.place.end, said)
    return None if made is None else (3, (made,))


def _is_formula(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].kind == "formula"


def _is_words(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].kind == "words"


def _states(piece: Piece) -> bool:
    """Whether a formula has a relation of its own."""
    return any(True for _ in outside(piece.inside, RELATION))


def _as_one(formulas: Sequence[Piece], text: str, start: int, end: int, said: Mapping[int, str]) -> Piece | None:
    """Formulas where they stand, what the words say in the place of those before and between them, and the text behind
    the last; None where there is no room for it."""
    inside = [" "] * (end - start)
    last = formulas[-1].place.end
    inside[last - start :] = text[last:end]
    for formula in formulas:
        inside[formula.at - start : formula.at - start + len(formula.inside)] = formula.inside
    for place, sign in said.items():
        if any(c != " " for c in inside[place - start : place - start + len(sign)]) or place + len(sign) > end:
            return None
        inside[place - start : place - start + len(sign)] = sign
    place = Place(min(start, formulas[0].place.start), end, formulas[0].place.line)
    read_as = in_words_of_cases("".join(inside))
    return Piece("formula", text[place.start : end], place, read_as, start, formulas[-1].display)
