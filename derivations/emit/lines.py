"""Statements that are too long for a line, in several, as a formatter lays them out.

total = f(a, b) + g(c)  →  total = (          L = f(a, b)  →  L = f(
                               f(a, b)                            a,
                               + g(c)                             b,
                           )                                  )
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap

WIDTH = 96
"""The columns of a statement in a function, which stands four columns in."""

FEW = 12
"""Columns between brackets that are not broken."""

_KEYWORD = re.compile(r"(?:def|return|assert|raise|if) ")
_WRITES = re.compile(r" [-+*/@]?= ")
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


def laid_out(lines: Iterable[str]) -> list[str]:
    """The statements of a function, those that are too long in several lines."""
    made: list[str] = []
    for line in lines:
        text = line.lstrip(" ")
        indent = line[: len(line) - len(text)]
        made += [indent + part for part in fitted(text, WIDTH - len(indent))]
    return made


def fitted(line: str, width: int = WIDTH) -> list[str]:
    """A statement in lines of at most `width` columns, where it can be broken."""
    if len(line) <= width or line.startswith("for "):
        return [line]
    if "  # " in line:
        code, _, comment = line.partition("  # ")
        return [f"# {comment}", *fitted(code, width)]
    head = found[0] if (found := _KEYWORD.match(line)) else _written_to(line)
    tail = ":" if head in ("def ", "if ") else ""
    rest = line[len(head) : len(line) - len(tail)]
    several = [*_split(rest, ", ")] if head == "return " or head.endswith("= ") else []
    if len(several) > 1 and not rest.startswith("lambda "):
        return [f"{head}(", *_in(_listed(several, width)), ")"]
    lines = _broken(rest, width, len(head))
    return [head + lines[0], *lines[1:-1], lines[-1] + tail] if len(lines) > 1 else [line]


def _written_to(line: str) -> str:
    """What a statement writes to, with its sign: `total = `, `np.diagonal(A)[...] += `; empty where there is none."""
    for k, letter, depth in _depths(line):
        if depth == 0 and letter == " " and (sign := _WRITES.match(line, k)):
            return line[: sign.end()]
    return ""


def fitted_doc(text: str) -> list[str]:
    """A docstring of one sentence."""
    lines = wrap(text, WIDTH - 6) if len(text) > WIDTH - 6 else [text]
    lines[0] = '"""' + lines[0]
    return [*lines, '"""'] if len(lines) > 1 else [lines[0] + '"""']


def _broken(text: str, width: int, used: int = 0, inside: bool = False) -> list[str]:
    """An expression in lines; `used` columns stand before the first. `inside`: it stands in brackets already."""
    if len(text) + used <= width:
        return [text]
    if operands := _operands(text):
        lines = [line for operand in operands for line in _operand(operand, width if inside else width - 4)]
        return lines if inside else ["(", *_in(lines), ")"]
    if (pair := _longest_bracket(text)) is None or pair[1] - pair[0] < FEW:
        return [text]
    start, end = pair
    inner = text[start + 1 : end]
    parts = [inner] if len(inner) <= width - 4 else [*_split(inner, ", ")]
    return [text[: start + 1], *_in(_listed(parts, width)), text[end:]]


def _listed(parts: list[str], width: int) -> list[str]:
    """What stands between brackets, each part in lines of its own."""
    lines: list[str] = []
    for part in parts:
        broken = _broken(part, width - 5, inside=True)
        lines += [*broken[:-1], broken[-1] + "," * (len(parts) > 1)]
    return lines


def _operand(text: str, width: int) -> list[str]:
    """An operand in lines, behind the operator before it."""
    sign = next((sign[1:] for signs in _OPERATORS for sign in signs if text.startswith(sign[1:])), "")
    lines = _broken(text[len(sign) :], width, len(sign))
    return [sign + lines[0], *lines[1:]]


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


def _longest_bracket(text: str) -> tuple[int, int] | None:
    """The pair of brackets outside all others that holds most."""
    opened = [k for k, letter, depth in _depths(text) if depth == 0 and letter in "(["]
    closed = [k for k, letter, depth in _depths(text) if depth == 0 and letter in ")]"]
    return max(zip(opened, closed, strict=True), key=lambda pair: pair[1] - pair[0], default=None)


def _split(text: str, sign: str) -> Iterator[str]:
    start = 0
    for k, _, depth in _depths(text):
        if depth == 0 and text.startswith(sign, k):
            yield text[start:k]
            start = k + len(sign)
    yield text[start:]
