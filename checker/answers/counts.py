"""An integer that follows from sizes: 24080, 24,080, 300*80 + 80."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from checker.answers.numbers import read_said
from checker.answers.numerals import NumeralError, plain, read_numeral
from checker.answers.outcome import right, unreadable, wrong
from checker.answers.text import answer_text, spoken
from checker.verdict import Evidence, Verdict
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import Value
from derivations.formula import Add, Formula
from derivations.notation.read.phrases import REASONS
from derivations.notation.read.prose import Taken, not_understood
from derivations.notation.relations import spelled

_EXPECTED = "an integer, or a product or sum of integers such as 300*80 + 80"
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")

_SUMMED = re.compile(r"[+*·×]|\\cdot|\\times|\bplus\b|\btimes\b")
_NOUN = "(?:" + "|".join(sorted(map(re.escape, REASONS["things"]), key=len, reverse=True)) + r")(?![\w-])"
_NOUNS = re.compile(rf"(?<![\w.])(\d+)\s+{_NOUN}(?:\s+{_NOUN})*", re.I)
"""What the numbers of a sum count: `80 hidden biases + 1 output bias`; what the sum counts is the question's."""

_ABOUT = re.compile("~|" + spelled("≈"))


def whole(value: Value) -> int | None:
    """A value as an integer, None where it is none."""
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else None


def terms(truth: Formula, point: Point) -> tuple[int, ...]:
    """The terms of the truth at the part's sizes: what one may have forgotten to count."""
    if not isinstance(truth.body, Add):
        return ()
    values = (whole(value_at(replace(truth, body=term), point)) for term in truth.body.args)
    return tuple(value for value in values if value is not None)


def judge_count(
    answer: Any,
    truth: int,
    terms: Sequence[int] = (),
    units: Collection[str] = (),
    taken: Taken = lambda _: False,
    sizes: Mapping[str, int] = MappingProxyType({}),
) -> Verdict:
    """Every side of every `=` has to be the integer; `units` may stand beside it, and what is `taken` is a name of the
    question. Before the number that answers, `sizes` may stand for what they are."""
    written = answer_text(answer)
    about = _ABOUT.search(written)
    if about is not None:
        return unreadable(f"a count is exact: {not_understood(about[0])}", _EXPECTED, *about.span())
    around = spoken(_GROUPS.sub(lambda m: m[0].replace(",", ""), plain(written)), units, number=False)
    try:
        values = []
        for place, piece in enumerate(around.pieces):
            piece = _with_sizes(piece, sizes) if place < len(around.pieces) - 1 else piece
            piece = _NOUNS.sub(r"\1", piece) if _SUMMED.search(piece) else piece
            shown = read_numeral(piece, grouped=True)
            values.append(piece if shown is None else f"({shown.value})")
        said, _ = read_said(values, units, taken)
    except NumeralError as error:
        return unreadable(str(error), _EXPECTED, 0, len(written))
    notes = around.notes
    values = [s.value for s in said]
    if not values:
        return unreadable("there is no number in it", _EXPECTED, 0, len(written))
    for value in values:
        if not isinstance(value, Fraction) or value.denominator != 1:
            return wrong("value", "a count is an integer", f"it is {truth}")
        if value != truth:
            return _why(int(value), truth, terms)
    return right(*notes, evidence=Evidence("proved"), read=str(truth))


def _with_sizes(text: str, sizes: Mapping[str, int]) -> str:
    r"""`n_x \cdot 80` with the number that n_x is."""
    for name, size in sizes.items():
        base, mark, below = name.partition("_")
        spelled = re.escape(base) + (rf"\s*_\s*(?:\{{\s*{re.escape(below)}\s*\}}|{re.escape(below)})" if mark else "")
        text = re.sub(rf"(?<![\w\\]){spelled}(?![\w'])", f"({size})", text)
    return re.sub(r"\)\s*(?=\()", ")*", text) if sizes else text


def _why(value: int, truth: int, terms: Sequence[int]) -> Verdict:
    reveal = f"it is {truth}"
    gap = truth - value
    if value == -truth:
        return wrong("sign", "the sign is wrong: a count is not negative", reveal)
    if abs(gap) == 1:
        return wrong("off-by-one", "it is off by one", reveal)
    if gap in terms:
        return wrong("missing-term", f"something is not counted: {gap} of them", reveal)
    if -gap in terms:
        return wrong("extra-term", "something is counted twice", reveal)
    if value in terms:
        return wrong("missing-term", "that is only a part of what is asked", reveal)
    if sum(a != b for a, b in zip(str(value), str(truth), strict=False)) == 2 and sorted(str(value)) == sorted(
        str(truth)
    ):
        return wrong("transposition", "two digits have changed places", reveal)
    for factor in (2, 3, 10, 100):
        if value == factor * truth or truth == factor * value:
            return wrong(
                f"factor:{factor if value > truth else f'1/{factor}'}",
                f"it is a factor {factor} too {'large' if value > truth else 'small'}",
                reveal,
            )
    return wrong("value", "the number is not right: it is too " + ("large" if value > truth else "small"), reveal)
