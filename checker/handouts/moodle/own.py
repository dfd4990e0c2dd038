"""Shapes, numbers, counts and choices as questions of Moodle's own: each a function from a part to the elements behind
those that every question has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from checker.answers.given import entries, point_of
from checker.answers.numbers import read_said
from checker.answers.numerals import NumeralError
from checker.answers.text import answer_text, spoken
from checker.handouts.moodle.maxima import CannotHold
from checker.handouts.moodle.text import legal, plain, words
from checker.handouts.moodle.xml import field, texted
from checker.handouts.prose import prose
from checker.kinds.contract import kind_of
from problems.schema import Mistake, Part
from problems.truth import Truth

DIGITS = 3
"""Digits after which a number counts as right, where its author asks for none."""

SHARES: tuple[float, ...] = (
    *(100 / k for k in range(1, 11)), 500 / 6, 200 / 3, 90, 80, 75, 70, 60, 40, 30, 5, 0,
)  # fmt: skip
"""The shares of the points, in a hundred, that Moodle has for an answer; its import refuses a file with another one."""

MOST_SHARES = 10
"""Options among which Moodle divides the points of a question: a tenth is its smallest even share."""


def choice(part: Part[Any], truth: Truth) -> tuple[str, list[Element]]:
    """(type, elements): true or false, one or several of the options, or pairs."""
    asked = part.payload
    if isinstance(asked.key, Mapping):
        return "matching", [*_shuffled(), *_pairs(asked)]
    if set(asked.options) == {"true", "false"}:
        return "truefalse", [
            _answer(100 * (word == str(asked.key)), word, format="moodle_auto_format") for word in ("true", "false")
        ]
    right = {str(letter) for letter in (asked.key if isinstance(asked.key, tuple) else (asked.key,))}
    wrong = len(asked.options) - len(right)
    if not 0 < len(right) <= MOST_SHARES or wrong > MOST_SHARES:
        raise CannotHold("Moodle divides points among ten options at most")
    several = len(right) > 1
    answers = [
        _answer(
            100 / len(right) if letter in right else -100 / wrong if several else 0, words(prose(str(text))), "html"
        )
        for letter, text in asked.options.items()
    ]
    return "multichoice", [
        field("single", "false" if several else "true"),
        *_shuffled(),
        field("answernumbering", "abc"),
        field("showstandardinstruction", "0"),
        *answers,
    ]


def _shuffled() -> list[Element]:
    return [
        field("shuffleanswers", "true"),
        *(texted(f"{which}feedback", "", "html") for which in ("correct", "partiallycorrect", "incorrect")),
        Element("shownumcorrect"),
    ]


def _pairs(asked: Any) -> Iterator[Element]:
    for letter, partner in asked.key.items():
        pair = texted("subquestion", words(prose(str(asked.options.get(letter, letter)))), "html")
        pair.append(texted("answer", legal(str(partner))))
        yield pair


def number(part: Part[Any], truth: Truth) -> tuple[str, list[Element]]:
    """A number, right within half a unit of its last digit that is asked for."""
    shape, values = entries(truth.asked, point_of(part.payload.given, truth.names))
    if shape:
        raise CannotHold("its answer is no single number")
    return "numerical", _numbers(part, values[0], _tolerance(float(values[0]), part.payload.digits or DIGITS))


def count(part: Part[Any], truth: Truth) -> tuple[str, list[Element]]:
    """A whole number, exactly."""
    _, (value,) = entries(truth.asked, point_of(part.payload.given, truth.names))
    return "numerical", _numbers(part, value, 0.0)


def _tolerance(value: float, digits: int) -> float:
    """Half a unit of the last of so many digits."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1) if value else 0.5 * 10.0**-digits


def _numbers(part: Part[Any], value: Any, tolerance: float) -> list[Element]:
    out = [_within(_answer(100, _decimal(value)), tolerance)]
    for mistake in part.mistakes:
        said = _said(mistake.answer, part)
        if said is not None and abs(float(said) - float(value)) > 2 * tolerance:
            out.append(_within(_answer(_share(mistake), _decimal(said), feedback=plain(mistake.message)), tolerance))
    return [
        *out,
        field("unitgradingtype", "0"),
        field("unitpenalty", "0.1000000"),
        field("showunits", "3"),
        field("unitsleft", "0"),
    ]


def _share(mistake: Mistake) -> float:
    """What a known mistake is worth in a hundred: the nearest share that Moodle has."""
    return min(SHARES, key=lambda share: abs(share - 100 * (mistake.score or 0)))


def _within(answer: Element, tolerance: float) -> Element:
    answer.append(field("tolerance", f"{tolerance:.10g}"))
    return answer


def _decimal(value: Any) -> str:
    return str(value.numerator) if isinstance(value, Fraction) and value.denominator == 1 else f"{float(value):.12g}"


def _said(answer: Any, part: Part[Any]) -> Any | None:
    """The value of an answer of the file that is a number, None of any other."""
    try:
        said, _ = read_said(spoken(answer_text(answer), part.units).pieces, part.units)
    except NumeralError:
        return None
    return said[-1].value if said else None


def shape(part: Part[Any], truth: Truth) -> tuple[str, list[Element]]:
    """A shape, however it is spelled: what is typed is compared as text, so the spellings are written out."""
    right = [*kind_of(part).right(part, truth), *(text for text in part.accepts if isinstance(text, str))]
    spellings = list(dict.fromkeys(spelled for text in right for spelled in _spellings(text)))
    wrong = [
        _answer(_share(mistake), legal(spelled), feedback=plain(mistake.message))
        for mistake in part.mistakes
        for spelled in _spellings(str(mistake.answer))
        if spelled not in spellings
    ]
    return "shortanswer", [field("usecase", "0"), *(_answer(100, legal(text)) for text in spellings), *wrong]


_SIZES = re.compile(r"\(\s*([\w+-]+(?:\s*,\s*[\w+-]+)*)\s*,?\s*\)")


def _spellings(text: str) -> Iterator[str]:
    """A shape as it may be typed: (K, n), (K,n), [K, n], K x n, K×n. A star would stand for anything in Moodle."""
    found = _SIZES.fullmatch(text.strip())
    if found is None:
        if "*" not in text:
            yield text
        return
    sizes = [size.strip() for size in found[1].split(",")]
    for between in (", ", ","):
        for opening, closing in ("()", "[]"):
            yield f"{opening}{between.join(sizes)}{closing}"
    if len(sizes) == 1:
        yield from (f"({sizes[0]},)", sizes[0])
    for cross in (" x ", "x", " × ", "×", " by "):
        if len(sizes) > 1:
            yield cross.join(sizes)


def _answer(share: float, text: str, format: str = "", feedback: str = "") -> Element:
    """One answer with its share of the points in a hundred, as Moodle rounds it."""
    answer = texted("answer", text, format)
    answer.set("fraction", f"{share:.5f}".rstrip("0").rstrip("."))
    answer.append(texted("feedback", feedback, "html"))
    return answer
