"""A number, or a vector or small matrix of them, judged by the digits shown.

right      |shown - truth| ≤ half a unit of the last digit shown
truncated  less than one unit off, towards zero
exact      a fraction or a closed expression such as -log(0.3) must be the number itself; decimals in one may be
           rounded, and then settle nothing
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb

from checker.answers.arrays import Array, ArrayError, read_array
from checker.answers.named_numbers import without_label
from checker.answers.numerals import NumeralError, Shown, plain, read_numeral, show
from checker.answers.outcome import named, right, together, undecided, unreadable, wrong
from checker.answers.text import EQUALS, answer_text, spoken
from checker.answers.units import information, rounding
from checker.answers.vocabulary import node_of
from checker.verdict import Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import NoValue, Untold, Value, ball, sign
from derivations.frozen import frozen
from derivations.notation import ReadError, read
from derivations.notation.read.prose import (
    ALONE,
    Taken,
    declared,
    not_understood,
    opened,
    stray,
    take_apart,
)
from derivations.notation.read.scope import scope_of
from derivations.notation.read.targets import spelled_target
from derivations.notation.spelling import canonical
from derivations.notation.words import FUNCTIONS

LEAST_DIGITS = 2
"""Fewer significant digits than this settle nothing where the problem asks for no number of digits: 1 would be right
for 1.4."""

SHARP = 60
"""Bits to which a closed expression must be known before it is compared."""

_ONE = re.compile(r"[(\[{]([^()\[\]{},;&\n]*)[)\]}]\Z")
_DECIMAL = re.compile(r"(?<![\w.])(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
MOST_DECIMALS = 8
"""More decimals than this in a closed expression are taken as exact."""

_EXPECTED = "a number such as 0.42, 3e-4, 35%, 2/7, or an expression such as -log(0.3)"


@frozen
class Said:
    """A number that an answer states: its value, and how precisely it is shown (`shown` is None for a closed
    expression).

    spread  how far the rounding of the decimals in a closed expression can move it, None where there are none
    """

    value: Value
    shown: Shown | None
    text: str
    spread: Fraction | None = None

    @property
    def unit(self) -> Fraction | None:
        return None if self.shown is None else self.shown.unit


def label_of(verdict: Verdict) -> str | None:
    """The name in front of a number, as it was taken."""
    noted = next((f.message for f in verdict.findings if f.tag == "label"), None)
    return None if noted is None else noted.removesuffix(LABELLED)


LABELLED = " is taken as the name of the answer"


def is_another(label: str, target: str, names: Names) -> bool:
    """Whether the name in front of a number is that of something else of the question, and so the number that of
    something else."""
    target = node_of(target)
    said, asked = spelled_target(label), spelled_target(target)
    if said is not None:
        return scope_of(names).target(said) != asked
    name = canonical(re.sub(r"\(.*\)\Z", "", label.strip("$ ")).strip())
    return asked is None and name in scope_of(names).rows and name != canonical(target)


def _function(word: str) -> bool:
    return word in FUNCTIONS


def judge_number(
    answer: Any,
    entries: Sequence[Value],
    shape: tuple[int, ...] = (),
    digits: int | None = None,
    units: Collection[str] = (),
    taken: Taken = lambda _: False,
) -> Verdict:
    """`entries` are the true values row by row, `shape` is () for a single one; `units` may stand beside it, and what
    is `taken` is a name of the question."""
    text, claimed = rounding(answer_text(answer))
    try:
        around = spoken(text, units)
        reason, pieces = _reason(around.pieces)
        if reason is not None:
            return _with_reason(judge_number(" = ".join(pieces), entries, shape, digits, units, taken), reason)
        values, label, law = without_label(pieces, units, taken, _is_number)
        measured = [information(piece, units) for piece in values]
        values = [piece for piece, _ in measured]
        for piece in values:
            found = stray(piece, _function, declared(units))
            if found is not None:
                raise NumeralError(not_understood(found.shown))
        arrays = [None if not shape and (read_numeral(p) or _ONE.match(p)) else read_array(p) for p in values]
        if shape and any(arrays):
            return _judge_array(next(a for a in reversed(arrays) if a), entries, shape, digits)
        if any(arrays):
            one = next(a for a in arrays if a)
            return wrong("shape", f"one number is asked, {len(one.entries)} are given")
        if shape and len(entries) > 1:
            return wrong("shape", f"{len(entries)} numbers are asked, one is given; write a vector as [1, 2]")
        said = [_read_one(p) for p in values]
    except (NumeralError, ArrayError) as error:
        return unreadable(str(error), _EXPECTED, 0, len(text))
    if not said:
        return unreadable("there is no number in it", _EXPECTED, 0, len(text))
    shows = claimed.fault(said[-1].shown) if claimed is not None else None
    if shows is not None:
        return unreadable(shows, "the number as it is rounded", 0, len(text))
    notes = (Finding("label", label + LABELLED),) if label else ()
    notes += (Finding("law", f"{law}, which says how it is found, was not judged"),) if law else ()
    verdicts = [_judge_measured(s, entries[0], digits, factor) for s, (_, factor) in zip(said, measured, strict=True)]
    worst = next((v for status in ("wrong", "correct") for v in verdicts if v.status == status), verdicts[0])
    return Verdict(
        worst.status,
        worst.score,
        worst.evidence,
        worst.diagnosis,
        (*notes, *around.notes, *worst.findings),
        student_read=text,
    )


def _judge_measured(said: Said, truth: Value, digits: int | None, factor: arb | None) -> Verdict:
    """One number in the unit asked, or in one that is so many of it."""
    if factor is None:
        return judge_said(said, truth, digits)
    if _sure(said) and agrees(said, truth):
        return wrong("unit", "the number is right in the other unit of information", _reveal(truth), read=said.text)
    verdict = judge_said(said, ball(truth) / factor, digits)
    note = Finding("unit", f"it was converted: 1 of its unit is {factor.mid().str(4, radius=False)} of the one asked")
    return replace(verdict, findings=(*verdict.findings, note))


def _reason(pieces: Sequence[str]) -> tuple[str | None, list[str]]:
    """The reason behind a number, `1.204 since -log 0.3 = 1.204`, and the sides before it."""
    for k, piece in enumerate(pieces):
        for m in _OPENER.finditer(piece):
            if m.start() and opened(piece[m.start() :]) is not None:
                return " = ".join([piece[m.start() :], *pieces[k + 1 :]]).strip("() "), [
                    *pieces[:k],
                    piece[: m.start()].rstrip(" ,;("),
                ]
    return None, list(pieces)


_OPENER = re.compile(r"(?<![^\W_])(?:since|because|as|by|using|due|thanks|follows)(?![^\W_])", re.I)


def _with_reason(verdict: Verdict, reason: str) -> Verdict:
    """A verdict on a number with its reason: the numbers that it sets equal must be, to the digits shown, and its words
    be known."""
    found = take_apart(reason, _function, opened(reason) or 0)
    if found.unknown is not None:
        return unreadable(not_understood(found.unknown.shown), ALONE, 0, 0)
    for _, formula in found.formulas:
        try:
            said, _ = read_said([p.strip() for p in EQUALS.split(formula)])
        except NumeralError as error:
            return unreadable(str(error), _EXPECTED, 0, 0)
        first = next((s for s in said if s.unit is None), said[0])
        if verdict.status == "correct" and not all(agrees(s, first.value) for s in said):
            return replace(
                wrong("reason", f"the reason given is not true: {formula}"), findings=(Finding("ending", "correct"),)
            )
    return verdict


def read_said(
    pieces: Sequence[str], units: Collection[str] = (), taken: Taken = lambda _: False
) -> tuple[list[Said], str | None]:
    """The numbers of `name = expression = number`, and the name. Raises `NumeralError`."""
    values, label, _ = without_label(pieces, units, taken, _is_number)
    for piece in values:
        found = stray(piece, _function, declared(units))
        if found is not None:
            raise NumeralError(not_understood(found.shown))
    return [_read_one(p) for p in values], label


def _is_number(text: str) -> bool:
    try:
        _read_one(text)
    except NumeralError:
        return False
    return True


def _read_one(text: str) -> Said:
    text = plain(text).lstrip("~ ")
    while found := _ONE.match(text):
        text = found[1].strip()
    shown = read_numeral(text)
    return Said(shown.value, shown, text) if shown is not None else Said(_closed(text), None, text, _spread(text))


def _closed(text: str) -> Value:
    """The value of a closed expression. Raises `NumeralError`."""
    try:
        formula = read(text, {})
        if formula.shape_error is not None or formula.axes:
            raise NumeralError("one number is expected here")
        value = value_at(formula, Point({}, {}, formula.names))
        if isinstance(value, arb) and value.rel_accuracy_bits() < SHARP and not bool(value.rad() < arb(2) ** -SHARP):
            raise NumeralError(f"{text} cannot be evaluated sharply enough")
        return value
    except ReadError as error:
        raise NumeralError(str(error)) from error
    except NoValue as error:
        raise NumeralError(f"{text} has no value: {error}") from error
    except Untold as error:
        raise NumeralError(f"{text} cannot be evaluated: {error}") from error


def _spread(text: str) -> Fraction | None:
    """Σ over the decimals of |f(x + half a unit) - f(x)|, and a quarter more for what is not linear; None without
    decimals, or with too many."""
    spots = list(_DECIMAL.finditer(text))
    if not 0 < len(spots) <= MOST_DECIMALS:
        return None
    value, total = ball(_closed(text)), arb(0)
    for spot in spots:
        shown = read_numeral(spot[0])
        if shown is None or shown.unit is None:
            return None
        moved = shown.value + shown.unit / 2
        try:
            total += abs(
                ball(_closed(f"{text[: spot.start()]}({moved.numerator}/{moved.denominator}){text[spot.end() :]}"))
                - value
            )
        except NumeralError:
            return None
    return Fraction(str((total * 5 / 4).upper().str(6, radius=False)))


def close(a: Value, b: Value, within: Fraction) -> bool:
    """|a - b| ≤ within. Where no precision tells, they are as good as equal: both are known to far more digits than are
    shown."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return abs(a - b) <= within
    gap = ball(a) - ball(b)
    return not bool(abs(gap) > ball(within))


def agrees(said: Said, value: Value) -> bool:
    """Whether what is shown is the value, to the digits shown."""
    return close(said.value, value, (said.unit or Fraction(0)) / 2)


def judge_said(said: Said, truth: Value, digits: int | None = None) -> Verdict:
    """One number against one true value."""
    if agrees(said, truth):
        exact = said.unit is None or close(said.value, truth, Fraction(0))
        shown = None if said.shown is None else said.shown.significant
        evidence = Evidence("proved" if exact and isinstance(truth, Fraction) else "agrees", digits=shown)
        if exact or shown is None or shown >= (digits or LEAST_DIGITS):
            return right(evidence=evidence, read=said.text)
        if digits:
            return wrong(
                "digits",
                (
                    f"right as far as it goes, but {digits} significant digits are asked and {shown} "
                    f"{'is' if shown == 1 else 'are'} shown"
                ),
                _reveal(truth),
            )
        return undecided(
            "digits", f"it agrees to the {shown} digit shown, which settles nothing; show at least {LEAST_DIGITS}"
        )
    if said.spread is not None and close(said.value, truth, said.spread):
        return undecided(
            "digits",
            (
                "it comes to the right value as far as its rounded decimals go, which settles nothing; write the "
                "number itself"
            ),
        )
    for slip in SLIPS:
        found = slip(said, truth)
        if found is not None:
            tag, message = found
            return wrong(tag, message, _reveal(truth), read=said.text)
    return wrong("value", "the value is not right", _reveal(truth), read=said.text)


def _reveal(truth: Value) -> str:
    return f"it is {show(truth)}" if isinstance(truth, Fraction) else f"it is {truth.mid().str(10, radius=False)}"


def _judge_array(array: Array, entries: Sequence[Value], shape: tuple[int, ...], digits: int | None) -> Verdict:
    asked, got = _column(shape), _column(array.shape)
    if asked != got and not (array.flat and 1 in shape and len(array.entries) == len(entries)):
        if asked == got[::-1]:
            return wrong("transpose", "rows and columns are exchanged")
        return wrong("shape", f"{_shape(asked)} entries are asked, {_shape(got)} are given")
    verdicts = []
    for k, (text, value) in enumerate(zip(array.entries, entries, strict=True)):
        place = str(k + 1) if len(shape) == 1 else f"{k // shape[1] + 1},{k % shape[1] + 1}"
        said, _ = read_said([text])
        verdicts.append(named(judge_said(said[0], value, digits), place))
    bad = [v.id or "" for v in verdicts if v.status == "wrong"]
    notes = (
        (
            Finding(
                "entries",
                f"{len(verdicts) - len(bad)} of {len(verdicts)} entries are right; look at {', '.join(bad[:6])}",
            ),
        )
        if bad
        else ()
    )
    return together(verdicts, *notes)


def _column(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[:1] if len(shape) == 2 and shape[1] == 1 else shape


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


# ---------------------------------------------------------------- slips: one row a known way to miss a number

Slip = Callable[[Said, Value], tuple[str, str] | None]


def _sure(said: Said) -> bool:
    """Whether enough digits are shown for a slip to be more than chance."""
    return said.shown is None or said.shown.significant is None or said.shown.significant >= 2


def _truncated(said: Said, truth: Value) -> tuple[str, str] | None:
    """shown = truth cut after the last digit."""
    if said.unit is None or sign(truth) * sign(said.value) < 0:
        return None
    short = abs(ball(truth)) - abs(ball(said.value))
    if not bool(short < 0) and bool(short < ball(said.unit)):
        return "truncation", "the digits are cut off, not rounded: look at the digit after your last one"
    return None


def _last_digit(said: Said, truth: Value) -> tuple[str, str] | None:
    """shown = rounded truth ± one unit of the last digit."""
    if said.unit is not None and _sure(said) and close(said.value, truth, said.unit * 3 / 2):
        return "rounding", "the last digit is off by one"
    return None


def _transposed(said: Said, truth: Value) -> tuple[str, str] | None:
    """Two neighbouring digits exchanged."""
    if said.shown is not None and any(
        agrees(Said(s.value, s, s.text), truth) for s in said.shown.transposed() if (s.significant or 0) >= 3
    ):
        return "transposition", "two neighbouring digits have changed places"
    return None


def _scaled(factor: Callable[[], Value], tag: str, message: str) -> Slip:
    def slip(said: Said, truth: Value) -> tuple[str, str] | None:
        f = factor()
        wanted = truth * f if isinstance(truth, Fraction) and isinstance(f, Fraction) else ball(truth) * ball(f)
        return (tag, message) if _sure(said) and sign(truth) != 0 and agrees(said, wanted) else None

    slip.__doc__ = f"shown = truth × {tag}"
    return slip


def _reciprocal(said: Said, truth: Value) -> tuple[str, str] | None:
    """shown = 1/truth"""
    if not _sure(said) or sign(truth) == 0:
        return None
    return ("reciprocal", "it is upside down: the reciprocal is asked") if agrees(said, 1 / ball(truth)) else None


def _const(text: str) -> Callable[[], Value]:
    return lambda: Fraction(text)


SLIPS: tuple[Slip, ...] = (
    _truncated,
    _transposed,
    _last_digit,
    _scaled(_const("-1"), "sign", "the sign is wrong"),
    _scaled(_const("100"), "percent", "that is a percentage without its sign: 100 times too large"),
    _scaled(_const("1/100"), "percent", "it is 100 times too small: a percentage divided once too often"),
    *(
        _scaled(_const(f"{a}/{b}"), "decimal-point", f"the decimal point is off: a factor {a if b == 1 else f'1/{b}'}")
        for a, b in ((10, 1), (1, 10), (1000, 1), (1, 1000))
    ),
    _scaled(lambda: 1 / arb(10).log(), "log-base", "the logarithm has another base: here it is natural"),
    _scaled(lambda: 1 / arb(2).log(), "log-base", "the logarithm has another base: here it is natural"),
    *(
        _scaled(_const(f), f"factor:{f}", f"it is a factor {f} off")
        for f in ("2", "1/2", "-2", "-1/2", "3", "1/3", "4", "1/4")
    ),
    _reciprocal,
)
"""Ways in which a number is missed, most telling first."""
