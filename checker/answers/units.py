r"""What stands beside a number and says how it is meant: percent in words, another unit of information, to how many
digits it is rounded.

    12 percent                12 %
    1.737 bits                1.737 · log 2 nats, where the part declares nats; the other way round too
    1.204 (3 d.p.)            1.204, if it shows 3 decimal places
    1.204 ± 0.001             refused: a range
"""

from __future__ import annotations

import re
from collections.abc import Collection

from flint import arb

from checker.answers.numerals import NumeralError, Shown
from derivations.frozen import frozen

_DRESSED = r"(?:\\(?:text(?:rm|bf|it)?|mathrm|mbox)\s*\{{\s*)?{0}(?:\s*\}})?"
_PERCENT = re.compile(
    r"(?<=[\d.}])(?:[\s~]|\\[,;: ])*" + _DRESSED.format(r"(?:percent|per\s+cent|pct\.?)(?![A-Za-z])"), re.I
)
_INFORMATION = re.compile(
    r"(?<=[\d.})\s])(?:[\s~]|\\[,;: ])*" + _DRESSED.format(r"(?P<unit>nat|bit)s?(?![A-Za-z])") + r"[\s.]*\Z"
)
_RANGE = re.compile(r"±|∓|\\(?:pm|mp)(?![A-Za-z])|\+/-")
_WRAPPED = re.compile(r"\A\s*(?P<mark>[*_])(?![*_])(?P<inside>[^*_]+)(?P=mark)[\s.]*\Z")
_SIM = re.compile(r"\A\s*(?:\\sim(?![A-Za-z])|∼)")
TAIL = 60
"""Characters at the end of a text in which such words are looked for: the work stays small in a long one."""
_COUNTS = {w: n for n, w in enumerate(["one", "two", "three", "four", "five", "six"], 1)}
_ROUNDED = re.compile(
    r"(?:\s*,)?\s*(?P<open>\()?\s*(?:(?:rounded|correct)\s+)?(?:to\s+)?(?P<n>\d|" + "|".join(_COUNTS) + r")\s*"
    r"(?P<what>d\.?\s?p\.?|decimals?(?:\s+places?)?|s\.?\s?f\.?|sig(?:nificant|\.)?\s*(?:fig(?:ure)?s?\.?|digits?))"
    r"\s*(?P<close>\))?\s*\.?\s*\Z",
    re.I,
)  # fmt: skip


def in_signs(text: str, units: Collection[str] = ()) -> str:
    """A number with the words that have a sign as their signs: `12 percent` is `12%`, unless the part counts in
    percent. Raises `NumeralError` for a range."""
    if _RANGE.search(text):
        raise NumeralError("± says a range, or two numbers: write the one number that is asked")
    wrapped = _WRAPPED.match(text)
    text = wrapped["inside"] if wrapped is not None else text
    text = re.sub(r"(?<!\\)\\ ", "  ", _SIM.sub("≈", text))
    return text if "percent" in units else _PERCENT.sub("%", text)


@frozen
class Rounded:
    """To how many digits a text says that its number is rounded."""

    count: int
    decimals: bool

    def fault(self, shown: Shown | None) -> str | None:
        """What the number shows, where that is something else."""
        if shown is None or shown.unit is None:
            return None
        unit = shown.unit * 100 if shown.percent else shown.unit
        places = max(0, len(str(unit.denominator)) - 1)
        digits = places if self.decimals else shown.significant
        what = "decimal places" if self.decimals else "significant digits"
        return None if digits == self.count else f"it says {self.count} {what} and shows {digits}"


def rounding(text: str) -> tuple[str, Rounded | None]:
    """A text without `(3 d.p.)`, `to 4 significant digits`, and what that said."""
    before = max(0, len(text) - TAIL)
    found = _ROUNDED.search(text[before:])
    if found is None or bool(found["open"]) != bool(found["close"]) or not before + found.start():
        return text, None
    said = found["n"].lower()
    return text[: before + found.start()], Rounded(_COUNTS.get(said) or int(said), found["what"][0].lower() == "d")


def information(text: str, units: Collection[str]) -> tuple[str, arb | None]:
    """A number without its unit of information, and what one of that unit is in the unit that the part declares; None
    where it is that unit, or none."""
    before = max(0, len(text) - TAIL)
    found = _INFORMATION.search(text[before:])
    declared = {u.rstrip("s") for u in units} & {"nat", "bit"}
    if found is None or len(declared) != 1:
        return text, None
    number = text[: before + found.start()].rstrip()
    if found["unit"] in declared:
        return number, None
    return number, arb(2).log() if found["unit"] == "bit" else 1 / arb(2).log()
