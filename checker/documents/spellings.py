"""What hand-ins write for the quantities of a problem, as the problem says: a text with the quantities in its place.

net_{h_1} = z1                    wherever it stands, with or without braces: net_{h1}, \text{net}_{h_1}
K(x, z) = phi(x)^T phi(z)         with whatever stands in its brackets
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from checker.documents.stretches import outside
from derivations.frozen import frozen
from derivations.notation.spelling import GREEK, canonical

LONGEST = 4000
"""Characters of a text in which spellings are put in."""
DEEPEST = 4
"""Functions of functions."""

_APPLIED = re.compile(r"(?P<name>.+?)\((?P<letters>[a-z](?:\s*,\s*[a-z])*)\)\Z")
_TOKEN = re.compile(r"\^\w|\{\w\}|\\[A-Za-z]+|[A-Za-z]+|\d+|\S")
_BELOW = re.compile(r"(?P<name>\\?[A-Za-z]+)_\{?(?P<letters>[A-Za-z]*)_?\{?(?P<number>\d*)\}*\Z")
_OPEN = re.compile(r"\s*(?:\\left|\\big|\\Big|\\bigg|\\Bigg)?l?\s*\(")
_CLOSE = re.compile(r"(?:\\right|\\big|\\Big|\\bigg|\\Bigg)?r?\s*\Z")
_COMMA = re.compile(r"(?<!\\),")
_SIMPLE = re.compile(r"(?:\\partial )?[A-Za-z]\w*(?:_\{[\w,]+\})?'?")


@frozen
class Spelling:
    """What is written, and what it stands for; `letters`: it is a function of these."""

    pattern: re.Pattern[str]
    right: str
    letters: tuple[str, ...] = ()

    def put_in(self, text: str) -> str:
        """A text with what it stands for in the place of it."""
        if not self.letters:
            shown = f" {self.right} " if _SIMPLE.fullmatch(self.right) else f"\\left({self.right}\\right)"
            return self.pattern.sub(lambda _: shown, text)
        for _ in range(DEEPEST):
            made = self._applied(text)
            if made == text or len(made) > LONGEST:
                break
            text = made
        return text

    def _applied(self, text: str) -> str:
        for found in self.pattern.finditer(text):
            opened = _OPEN.match(text, found.end())
            if opened is None or (end := _closing(text, opened.end())) is None:
                continue
            given = list(_arguments(_CLOSE.sub("", text[opened.end() : end])))
            if len(given) != len(self.letters):
                continue
            put = dict(zip(self.letters, given, strict=True))
            right = re.sub(r"(?<![A-Za-z\\])[a-z](?![A-Za-z])", partial(_given, put), self.right)
            return f"{text[: found.start()]}\\left({right}\\right){text[end + 1 :]}"
        return text


@frozen
class Spellings:
    """What the quantities of a problem are called in hand-ins."""

    held: tuple[Spelling, ...] = ()

    def put_in(self, text: str) -> str:
        """A text with the quantities in the place of what is written for them; as it is where it has none."""
        if len(text) > LONGEST:
            return text
        for one in self.held:
            text = one.put_in(text)
        return text


def _given(put: Mapping[str, str], letter: re.Match[str]) -> str:
    return put.get(letter[0], letter[0])


PLAIN = Spellings()


def spellings(said: Sequence[tuple[str, str]]) -> Spellings:
    """Those of a problem, in order."""
    held: list[Spelling] = []
    for left, right in said:
        applied = _APPLIED.match(left)
        letters = tuple(x.strip() for x in applied["letters"].split(",")) if applied is not None else ()
        held.append(Spelling(_pattern(applied["name"].strip() if applied is not None else left), right, letters))
    return Spellings(tuple(held))


def _pattern(left: str) -> re.Pattern[str]:
    """A left side wherever it is written: blanks and the braces of what stands below do not count."""
    found = _BELOW.match(left)
    name = found["name"] if found is not None else left
    below = r"(?![\w'])" if name[-1:].isalnum() else ""
    if found is not None:
        letters, number = found["letters"], found["number"]
        inner = (
            rf"{letters}\s*(?:_\s*\{{\s*{number}\s*\}}|[_,]?\s*{number})" if letters and number else letters or number
        )
        plain = f"{letters}_?{number}" if letters and number else letters or number
        inner = r"\s*".join(letters) if letters and not number else inner
        dressed = rf"\\(?:text|mathrm)\s*\{{\s*{plain}\s*\}}"
        ends = r"(?!\d)" if re.fullmatch(r"\d", plain) else r"(?!\w)"  # W_2h is W_2 h
        below = rf"\s*_\s*(?:\{{\s*(?:{inner}|{dressed})\s*\}}|{dressed}|{plain}{ends})"
    written = r"\s*".join(_written(piece) for piece in _TOKEN.findall(name)) + below
    return re.compile(rf"{_BEGINS}{written}|(?<=(?<![A-Za-z\\_])d){written}(?=\s*/\s*d)")


_BEGINS = r"(?:(?<![A-Za-z\\_])|(?<=[_^][A-Za-z])|(?<=[/{]d))"
"""Where a name begins: not inside of another, nor below one; behind `_j` it does, as what stands below is one sign,
and behind the d of a differential, dL/dz."""


def _written(piece: str) -> str:
    """The pattern of a piece of a left side: a word also in a dress, a Greek letter also as a sign and by its name."""
    if piece.startswith("^") and len(piece) == 2:
        return rf"\^\s*(?:\{{\s*{piece[1]}\s*\}}|{piece[1]})"
    if piece.startswith("{") and len(piece) == 3:
        return rf"(?:\{{\s*{piece[1]}\s*\}}|{piece[1]})"
    if piece == r"\mid":
        return r"(?:\\(?:mid|vert)(?![A-Za-z])|[|;])"
    if piece.startswith("\\"):
        sign = canonical(piece)
        greek = GREEK.get(sign, "") if sign.islower() else ""
        command = re.escape(piece) + "(?![A-Za-z])"
        return rf"(?:{command}|(?<!\\){sign}(?![A-Za-z])|{greek})" if greek else command
    if len(piece) > 1 and piece.isalpha():
        return rf"(?:\\(?:text|mathrm|mathit|operatorname)\s*\{{\s*{piece}\s*\}}|{piece})"
    return re.escape(piece)


def _closing(text: str, at: int) -> int | None:
    """Where the bracket closes that is open at a place."""
    depth = 1
    for k in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[k], 0)
        if depth == 0:
            return k
    return None


def _arguments(text: str) -> Iterator[str]:
    start = 0
    for comma in outside(text, _COMMA):
        yield text[start : comma.start()]
        start = comma.end()
    yield text[start:]
