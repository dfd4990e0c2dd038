"""Statements that are too long for a line, in several, as a formatter lays them out.

total = f(a, b) + g(c)  →  total = (          L = f(a, b)  →  L = f(
                               f(a, b)                            a,
                               + g(c)                             b,
                           )                                  )
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

WIDTH = 96
"""The columns of a statement in a function, which stands four columns in."""

_HEAD = re.compile(r"(?:return|assert) |(?:(?!lambda)[\w.,: \[\]]+ [-+*/@]?= )")
_OPERATORS = (
    (" or ",),
    (" and ",),
    (" < ", " <= ", " > ", " >= ", " == ", " != "),
    (" | ",),
    (" & ",),
    (" + ", " - "),
    (" * ", " / ", " @ "),
)
"""From the loosest."""


def fitted(line: str, width: int = WIDTH) -> list[str]:
    """A statement in lines of at most `width` columns, where it can be broken."""
    if len(line) <= width or "#" in line or line.startswith(("def ", "for ", "if ", "raise ")):
        return [line]
    head = found[0] if (found := _HEAD.match(line)) else ""
    lines = _broken(line[len(head) :], width, len(head))
    return [head + lines[0], *lines[1:]]


def fitted_doc(text: str) -> list[str]:
    """A docstring of one sentence."""
    lines = wrap(text, WIDTH - 6) if len(text) > WIDTH - 6 else [text]
    lines[0] = '"""' + lines[0]
    return [*lines, '"""'] if len(lines) > 1 else [lines[0] + '"""']


def _broken(text: str, width: int, used: int = 0) -> list[str]:
    """An expression in lines; `used` columns stand before the first."""
    if len(text) + used <= width:
        return [text]
    if operands := _operands(text):
        inner = [line for operand in operands for line in _broken(operand, width - 4)]
        return ["(", *_in(inner), ")"]
    if (pair := _last_bracket(text)) is None:
        return [text]
    start, end = pair
    inside = text[start + 1 : end]
    parts = [inside] if len(inside) <= width - 4 else [*_split(inside, ", ")]
    lines: list[str] = []
    for part in parts:
        broken = _broken(part, width - 5)
        lines += [*broken[:-1], broken[-1] + "," * (len(parts) > 1)]
    return [text[: start + 1], *_in(lines), text[end:]]


def _in(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _depths(text: str) -> Iterator[tuple[int, str, int]]:
    """(place, letter, depth of brackets before it), without what stands in quotes."""
    depth, quote = 0, ""
    for k, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
            continue
        if letter in "\"'":
            quote = letter
            continue
        if letter in ")]}":
            depth -= 1
        yield k, letter, depth
        if letter in "([{":
            depth += 1


def _operands(text: str) -> list[str]:
    """The operands of the loosest operator outside brackets, each behind its operator; none for a lambda."""
    if text.startswith("lambda "):
        return []
    outside = [k for k, letter, depth in _depths(text) if depth == 0 and letter == " "]
    for signs in _OPERATORS:
        places = [k for k in outside if k and text.startswith(signs, k)]
        if places:
            ends = [*places[1:], len(text)]
            return [text[: places[0]], *(text[a + 1 : b] for a, b in zip(places, ends, strict=True))]
    return []


def _last_bracket(text: str) -> tuple[int, int] | None:
    """The last pair of brackets outside all others that holds anything."""
    opened = [k for k, letter, depth in _depths(text) if depth == 0 and letter in "(["]
    closed = [k for k, letter, depth in _depths(text) if depth == 0 and letter in ")]"]
    return next(((a, b) for a, b in reversed(list(zip(opened, closed, strict=True))) if b - a > 8), None)


def _split(text: str, sign: str) -> Iterator[str]:
    start = 0
    for k, _, depth in _depths(text):
        if depth == 0 and text.startswith(sign, k):
            yield text[start:k]
            start = k + len(sign)
    yield text[start:]
