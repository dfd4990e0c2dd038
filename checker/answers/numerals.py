"""Numbers as people show them: a value, the unit of its last digit, how many digits are significant.

0.250   value 1/4,   unit 1/1000, 3 significant digits
12%     value 12/100, unit 1/100
1/3     exact
1.2e-3, 1.2·10^-3, 1.2\\times10^{-3}
"""

from __future__ import annotations

import itertools
import re
from fractions import Fraction

from derivations.frozen import frozen
from derivations.notation.read.fences import unboxed

MAX_DIGITS, MAX_EXPONENT = 40, 400
"""A literal longer than this is refused before any number is formed."""


class NumeralError(ValueError):
    """A text that looks like a number but cannot be taken as one; the message says how to write it."""


@frozen
class Shown:
    """A number as written: `unit` is one unit of its last digit, None when the number is exact."""

    value: Fraction
    unit: Fraction | None
    significant: int | None
    text: str
    percent: bool = False

    def transposed(self) -> tuple[Shown, ...]:
        """The numbers that arise when two neighbouring digits change places."""
        spots = [k for k, c in enumerate(self.text) if c.isdigit()]
        made = []
        for a, b in itertools.pairwise(spots):
            if self.text[a] != self.text[b]:
                letters = list(self.text)
                letters[a], letters[b] = letters[b], letters[a]
                other = read_numeral("".join(letters))
                if other is not None:
                    made.append(other)
        return tuple(made)


_PLAIN = r"(?P<sign>[+-]?)\s*(?P<whole>\d*)(?:\.(?P<part>\d*))?"
_POWER = (
    r"(?:[eE](?P<e>[+-]?\d+)|\s*(?:\*|×|·|⋅|\\times|\\cdot|(?<=\s)[xX](?=\s)|(?<=\d)[xX](?=10))\s*10\s*(?:\^|\*\*)\s*"
    r"(?:\{\s*(?P<b>[+-]?\d+)\s*\}|\(\s*(?P<c>[+-]?\d+)\s*\)|(?P<d>[+-]?\d+)))?"
)
_NUMERAL = re.compile(rf"{_PLAIN}{_POWER}\s*(?P<percent>\\?%)?\s*\Z")
_RATIO = re.compile(
    r"(?P<sign>[+-]?)\s*(?:(?P<a>\d+)\s*/\s*(?P<b>\d+)|\\[td]?frac\s*\{\s*(?P<c>\d+)\s*\}\s*\{\s*(?P<d>\d+)\s*\})\s*(?P<percent>\\?%)?\s*\Z"
)
_COMMA = re.compile(r"[+-]?\d+,\d+\s*\Z")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ ,_\u00a0\u202f]\d{3})+\s*\Z")
_GROUPED_SURELY = re.compile(
    r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3}){2,}|(?: \d{3}){2,}| 0\d\d|(?:['’_\u00a0\u202f]\d{3})+)\s*\Z"
)
"""Groups of three that are nothing else: `1,024,000`, `24'080`; `1,024` may have a decimal comma."""
_POINTS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+\s*\Z|[+-]?\d{1,3}(?:\.\d{3}){2,}\s*\Z")
_GROUPED_POINT = re.compile(r"[+-]?\d{1,3}(?:[ ,]\d{3})+\.\d+\s*\Z")


def plain(text: str) -> str:
    """Without the wrapping that means nothing: $…$, \\(…\\), \\boxed{…}, unicode minus, thin spaces, the braces of
    24{,}080, a full stop."""
    if "box" in text:
        text = unboxed(text)
    text = text.replace("{,}", ",")
    text = text.replace("−", "-").replace("\\,", "").replace("\\!", "").strip()
    text = re.sub(r"\\(?:left|right)(?![A-Za-z])", "", text)
    for a, b in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(a) and text.endswith(b) and len(text) >= len(a) + len(b):
            text = text[len(a) : len(text) - len(b)].strip()
    return text.removesuffix(".").rstrip() if re.search(r"\D\.\Z|\.\d*\.\Z", text) else text


def read_numeral(text: str, grouped: bool = False) -> Shown | None:
    """A numeral or a ratio of two integers; None for anything else. Raises `NumeralError` where it is a number we
    refuse.

    `grouped` allows thousands in groups of three (`24,080`), which elsewhere could be a decimal comma.
    """
    text = plain(text)
    if (_GROUPED.match(text) and grouped) or _GROUPED_POINT.match(text) or _GROUPED_SURELY.match(text):
        text = re.sub(r"[ ,_'’\u00a0\u202f]", "", text)
    elif _POINTS.match(text):
        raise NumeralError(f"{text} groups its digits by points; write a decimal point and no groups")
    elif _COMMA.match(text):
        raise NumeralError(f"{text} could be a decimal comma or two numbers; write a decimal point")
    if sum(c.isdigit() for c in text) > MAX_DIGITS and not text.strip("+-0123456789.eE %"):
        raise NumeralError(f"at most {MAX_DIGITS} digits in a number")
    ratio = _RATIO.match(text)
    if ratio:
        top, bottom = int(ratio["a"] or ratio["c"]), int(ratio["b"] or ratio["d"])
        if bottom == 0:
            raise NumeralError("division by zero")
        value = Fraction(-top if ratio["sign"] == "-" else top, bottom)
        return Shown(value / 100 if ratio["percent"] else value, None, None, text, bool(ratio["percent"]))
    found = _NUMERAL.match(text)
    if not found or not (found["whole"] or found["part"]):
        return None
    whole, part = found["whole"], found["part"] or ""
    exponent = int(found["e"] or found["b"] or found["c"] or found["d"] or 0)
    if abs(exponent) > MAX_EXPONENT:
        raise NumeralError(f"exponents reach from -{MAX_EXPONENT} to {MAX_EXPONENT}")
    unit = Fraction(10) ** (exponent - len(part))
    if found["percent"]:
        unit /= 100
    value = int((whole + part) or "0") * unit
    significant = len((whole + part).lstrip("0")) or 1
    return Shown(-value if found["sign"] == "-" else value, unit, significant, text, bool(found["percent"]))


def show(value: Fraction, digits: int = 10) -> str:
    """A decimal of at most so many significant digits, without trailing zeros; integers in full."""
    if value.denominator == 1 and abs(value.numerator) < 10**15:
        return str(value.numerator)
    return f"{float(value):.{digits}g}"
