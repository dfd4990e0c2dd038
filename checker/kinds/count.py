"""An integer that follows from sizes: 24080, 24,080, 300*80 + 80."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from checker.kinds.number import answer_text, read_said
from checker.kinds.numerals import NumeralError, plain, read_numeral
from checker.kinds.outcome import right, undecided, unreadable, wrong
from checker.verdict import Evidence, Finding, Verdict

_EXPECTED = "an integer, or a product or sum of integers such as 300*80 + 80"
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_WORDS = re.compile(r"(?<=[\d)])\s+[A-Za-z][A-Za-z ]*\.?\s*\Z")


def judge(part: Any, truth: Any, answer: Any) -> Verdict:
    """The answer against the value of the truth at the part's sizes."""
    from checker.kinds.given import truth_entries

    _, (value,) = truth_entries(part, truth)
    if not isinstance(value, Fraction) or value.denominator != 1:
        return undecided("truth", "the truth of this part is no integer")
    return judge_count(answer, int(value), terms(part, truth))


def terms(part: Any, truth: Any) -> tuple[int, ...]:
    """The terms of the truth at the part's sizes: what one may have forgotten to count."""
    from checker.kinds.exact import value_at
    from checker.kinds.given import point_of
    from derivations.formula import Add, Formula

    body, names = truth.formula.body, truth.names or truth.formula.names
    if not isinstance(body, Add):
        return ()
    point = point_of(part.payload.get("given") or {}, names)
    found = [value_at(Formula(t, names=names), point) for t in body.args]
    return tuple(int(f) for f in found if isinstance(f, Fraction) and f.denominator == 1)


def judge_count(answer: Any, truth: int, terms: Sequence[int] = ()) -> Verdict:
    """Every side of every `=` has to be the integer."""
    text = _GROUPS.sub(lambda m: m[0].replace(",", ""), plain(answer_text(answer)))
    words = _WORDS.search(text)
    notes: tuple[Finding, ...] = ()
    if words:
        notes = (Finding("unit", f"{words[0].strip()!r} is taken as the unit"),)
        text = text[: words.start()]
    pieces = [p.strip() for p in text.split("=")]
    try:
        values = []
        for k, piece in enumerate(pieces):
            shown = read_numeral(piece, grouped=True)
            if shown is not None:
                values.append(shown.value)
                continue
            said, label = read_said([piece] if k else [piece, "0"])
            if label is None:
                values.append(said[0].value)
            elif len(pieces) == 1:
                read_said([piece])
    except NumeralError as error:
        return unreadable(str(error), _EXPECTED, 0, len(text))
    if not values:
        return unreadable("there is no number in it", _EXPECTED, 0, len(text))
    for value in values:
        if not isinstance(value, Fraction) or value.denominator != 1:
            return wrong("value", "a count is an integer", f"it is {truth}")
        if value != truth:
            return _why(int(value), truth, terms)
    return right(*notes, evidence=Evidence("proved"), read=str(truth))


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
    if sum(a != b for a, b in zip(str(value), str(truth), strict=False)) == 2 and sorted(str(value)) == sorted(str(truth)):
        return wrong("transposition", "two digits have changed places", reveal)
    for factor in (2, 3, 10, 100):
        if value == factor * truth or truth == factor * value:
            return wrong(f"factor:{factor if value > truth else f'1/{factor}'}", f"it is a factor {factor} too {'large' if value > truth else 'small'}", reveal)
    return wrong("value", "the number is not right: it is too " + ("large" if value > truth else "small"), reveal)
