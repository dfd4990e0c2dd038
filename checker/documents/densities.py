r"""Densities that a document writes and nobody defines: positive functions of their arguments, of which only the
rule of the product is known.

    p(A | B)         p(A, B)/p(B), so that Bayes' rule is algebra
    p(A, B)          exp(f(A, B)), f a declared function named by its arguments, in whatever order they stand
    p(y | x, θ)      where x is no name here, it is part of the name of f

What is proved of such functions holds for every density. That two sides differ shows nothing where they speak of
different densities: an assumption, such as independence, may join them.
"""

from __future__ import annotations

import re

from derivations.domains import Declared, Names, parse_names
from derivations.formula import Formula, names_in
from derivations.frozen import frozen
from derivations.notation.spelling import canonical

MOST = 60
PREFIX = "density"

_DENSITY = re.compile(
    r"(?<![A-Za-z\\])(?:\\Pr|[pPq])\s*(?:\\left|\\big|\\Big)?\((?P<inside>[^()=<>]{1,80}(?:\([^()=<>]{1,12}\)[^()=<>]{0,40}){0,4})(?:\\right|\\big|\\Big)?\)"
)
_BAR = re.compile(r"\\mid(?![A-Za-z])|\\vert(?![A-Za-z])|\||;")
_PIECES = re.compile(r"\\,|,")


@frozen
class Densities:
    """A text with its densities as functions, and the names that these are."""

    text: str
    rows: tuple[Declared, ...] = ()


def densities(text: str, names: Names) -> Densities:
    """The densities of a text as declared functions; the text as it is where p is a name of its own, or where there are
    too many."""
    if any(letter in names for letter in ("p", "P", "q")) or len(_DENSITY.findall(text)) > MOST:
        return Densities(text)
    rows: dict[str, Declared] = {}

    def put(found: re.Match[str]) -> str:
        before, *behind = _BAR.split(found["inside"], maxsplit=1)
        given = _names(behind[0]) if behind else frozenset[str]()
        below = joint(given) if given else "1"
        return rf"\frac{{{joint(_names(before) | given)}}}{{{below}}}"

    def joint(variables: frozenset[str]) -> str:
        name = PREFIX + "".join(_spelled(v) for v in sorted(variables))
        held = [v for v in sorted(variables) if _is_array(v, names)]
        domain = f"function ({', '.join(_shape(v, names) for v in held)}) -> real" if held else "real"
        rows[name] = parse_names({name: domain})[name]
        return rf"\exp({name}({', '.join(held)}))" if held else rf"\exp({name})"

    made = _DENSITY.sub(put, text)
    return Densities(made, tuple(rows.values()))


def _spelled(variable: str) -> str:
    """A variable as a capital and small letters: a name that can be declared holds no signs, and no digits inside."""
    letters = "".join(c if c.isascii() and c.isalpha() else chr(ord("a") + ord(c) % 26) for c in variable if c != " ")
    return letters.capitalize()


def _names(text: str) -> frozenset[str]:
    return frozenset(canonical(piece.strip()) for piece in _PIECES.split(text) if piece.strip())


def _is_array(name: str, names: Names) -> bool:
    row = names.get(name)
    return row is not None and row.role in ("input", "node")


def _shape(name: str, names: Names) -> str:
    sizes = names[name].sizes
    return f"real[{','.join(map(str, sizes))}]" if sizes else "real"


def held_by(formula: Formula) -> frozenset[str]:
    """The densities that a formula speaks of."""
    return frozenset(n for n in names_in(formula.body) if n.startswith(PREFIX))
