r"""Members of a chain that only name what it says: `LL = \log P(y \mid x) = y \log p`, `L = … ⇒ ∂L/∂z_i = …`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from derivations.domains import Names
from derivations.formula import Formula
from derivations.notation.errors import ReadError
from derivations.notation.read.labels import Label, label_of
from derivations.notation.read.token import Tokens, outside_brackets

Part = Callable[[int, int], Formula]
"""The formula between two positions of the tokens. Raises `ReadError`."""

_MARKS = frozenset(["&", ",", ";", "newline"])


def without_marks(tokens: Tokens, a: int, b: int) -> tuple[int, int]:
    """A member without the marks of columns and lines, and the stops, around it."""
    while a < b and tokens[a].kind in _MARKS:
        a += 1
    while b > a and tokens[b - 1].kind in _MARKS:
        b -= 1
    return a, b


def _label(tokens: Tokens, a: int, b: int, text: str, names: Names, part: Part) -> Label | None:
    """The label that a member can only be, where it is no formula."""
    label = label_of(text[tokens[a].start : tokens[b - 1].end], names) if a < b else None
    if label is None or not label.certain:
        return None
    with suppress(ReadError):
        part(a, b)
        return None
    return label


def is_chance(tokens: Tokens, a: int, b: int, text: str, names: Names, part: Part) -> bool:
    r"""Whether a member is a conditional probability that is not read, `\log P(y \mid x)`: a name."""
    a, b = without_marks(tokens, a, b)
    shown = text[tokens[a].start : tokens[b - 1].end] if a < b else ""
    if "|" not in shown and r"\mid" not in shown:
        return False
    label = _label(tokens, a, b, text, names, part)
    return label is not None and "/d" not in label.spelled


def names_a_derivative(tokens: Tokens, start: int, stop: int, text: str, names: Names, part: Part) -> bool:
    """Whether an equation begins with a derivative that is no formula here: `L = … ⇒ ∂L/∂z_i = …`."""
    sign = next((k for k in outside_brackets(tokens, start, stop) if tokens[k].kind == "rel"), start)
    if sign == start or tokens[sign].value != "=":
        return False
    label = _label(tokens, start, sign, text, names, part)
    return label is not None and "/d" in label.spelled


def going_on(
    lines: list[tuple[int, int]], tokens: Tokens, text: str, names: Names, part: Part
) -> list[tuple[int, int]]:
    r"""Lines, where one that ends with a name of what it says, `LL &= \log P(y \mid x)`, goes on in the next."""
    out: list[tuple[int, int]] = []
    for start, stop in lines:
        first = tokens[start]
        if out and first.kind == "rel" and first.value == "=":
            begin, end = out[-1]
            signs = [k for k in outside_brackets(tokens, begin, end) if tokens[k].kind == "rel"]
            named = bool(signs) and signs[-1] > begin and tokens[signs[-1]].value == "="
            if named and is_chance(tokens, signs[-1] + 1, end, text, names, part):
                out[-1] = (begin, stop)
                continue
        out.append((start, stop))
    return out
