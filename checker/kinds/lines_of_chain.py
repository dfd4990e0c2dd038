"""A written derivation as links: which expressions are joined by what, on which line of the text, and what is
maximised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from derivations.formula import Deriv, Formula, Num
from derivations.frozen import frozen

EQUALITIES = ("=", "==", ":=", "≡")
ABOUT = ("≈", "~=")
PROPORTIONAL = ("∝", "\\propto", "proportional")
ORDERS = ("<", "<=", ">", ">=")
FOLLOWS = ("=>", "⇒", "<=>", "⇔", "iff", "implies")

_ARG = re.compile(
    r"(?:\\operatorname\*?\s*\{\s*arg\s*(?:\\,|~|\s)*(?P<a>max|min)\s*\}|\\?arg\s*\\?(?:,|~)?\s*\\?(?P<b>max|min)(?:imi[sz]e)?)"
    r"\s*(?:\\limits)?\s*(?:_\s*(?:\{\s*\\?(?P<c>\w+)\s*\}|\\?(?P<d>\w+)))?"
)
_BREAK = re.compile(r"\n|\\\\")


@frozen
class Expression:
    """One side of a relation: the formula, the line of the text it stands on (from 1), and `max` or `min` where an
    extremum of it is sought."""

    formula: Formula
    line: int
    extremum: str = ""


Chain = tuple[tuple[Expression, ...], tuple[str, ...]]
"""Expressions and the relations between them."""


@frozen
class Link:
    """One claim of the chain: `left op right`."""

    left: Expression
    op: str
    right: Expression

    @property
    def line(self) -> int:
        return self.right.line

    @property
    def across(self) -> bool:
        return self.left.line != self.right.line


@frozen
class Extrema:
    """The text without its `argmax_θ`, and where they stood: position in the new text → (max or min, the variable)."""

    text: str
    at: tuple[tuple[int, str, str], ...]


def without_extrema(text: str) -> Extrema:
    """Take `argmax_θ` away, remembering its place: what is sought is a statement about the expression behind it."""
    out: list[str] = []
    at: list[tuple[int, str, str]] = []
    done = length = 0
    for found in _ARG.finditer(text):
        out.append(text[done : found.start()])
        length += found.start() - done
        at.append((length, found["a"] or found["b"], found["c"] or found["d"] or ""))
        done = found.end()
    return Extrema("".join([*out, text[done:]]), tuple(at))


def expressions(lines: Sequence[Any], extrema: Extrema) -> list[Chain]:
    """Each chain of a statement as its expressions and the relations between them."""
    chains: list[Chain] = []
    position = 0
    for line in lines:
        made = []
        for part in line.parts:
            start = extrema.text.find(part.source, position) if part.source else position
            start = position if start < 0 else start
            sought = [kind for at, kind, _ in extrema.at if position - 1 <= at <= start]
            made.append(Expression(part, 1 + len(_BREAK.findall(extrema.text[:start])), sought[-1] if sought else ""))
            position = start + len(part.source or "")
        chains.append((tuple(made), tuple(line.ops)))
    return chains


def without_numbers(chains: list[Chain]) -> list[Chain]:
    """`d/dz (2) = …`: the (2) in front is the number of a formula, not a formula; the left side says only what is
    asked."""
    made: list[Chain] = []
    for parts, ops in chains:
        body = parts[0].formula.body
        numbered = len(parts) > 1 and isinstance(body, Deriv) and isinstance(body.of, Num)
        made.append((parts[1:], ops[1:]) if numbered else (parts, ops))
    return made


def links_of(chains: Sequence[Chain]) -> list[Link]:
    """Every `left op right`. A line without any relation goes on, as an equality, from the line before; the first one
    into the line behind it."""
    links: list[Link] = []
    last: Expression | None = None
    alone = len(chains) > 1 and not chains[0][1]
    for k, (parts, ops) in enumerate(chains):
        if last is not None and (not ops or (k == 1 and alone)):
            links.append(Link(last, "=", parts[0]))
        links += [Link(a, op, b) for a, op, b in zip(parts, ops, parts[1:], strict=False)]
        last = parts[-1]
    return links
