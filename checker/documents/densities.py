r"""Densities that a document writes and nobody defines: positive functions of their arguments, of which only the
rule of the product is known.

    p(A | B)         p(A, B)/p(B), so that Bayes' rule is algebra
    p(A, B)          exp(f(A, B)), f a declared function named by its arguments, in whatever order they stand
    p(y | x, θ)      where x is no name here, it is part of the name of f

A problem may say how the density of all its quantities is made: p(x), p(θ) = exp(-θ²), p(y | x, θ). Then p(x, θ) is
p(x) p(θ), and what is not given is any density.

What is proved of such functions holds for every density. That two sides differ shows nothing where they speak of
different densities: an assumption, such as independence, may join them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from derivations.domains import Declared, Names, parse_names
from derivations.formula import Formula, names_in
from derivations.frozen import frozen
from derivations.notation.spelling import canonical, parts

MOST = 60
PREFIX = "density"

DENSITY = re.compile(
    r"(?<![A-Za-z\\])(?:\\Pr|[pPq])\s*(?:\\left|\\big|\\Big)?\((?P<inside>[^()=<>]{1,80}(?:\([^()=<>]{1,12}\)[^()=<>]{0,40}){0,4})(?:\\right|\\big|\\Big)?\)"
)
"""A density as it is written."""
_BAR = re.compile(r"\\mid(?![A-Za-z])|\\vert(?![A-Za-z])|\||;")
_PIECES = re.compile(r"\\,|,")


@frozen
class Densities:
    """A text with its densities as functions, and the names that these are."""

    text: str
    rows: tuple[Declared, ...] = ()


@frozen
class Factor:
    """The density of a variable given others: a formula, or "" for any."""

    variable: str
    given: frozenset[str]
    formula: str = ""


def factors(said: Sequence[str]) -> tuple[Factor, ...]:
    """`p(y | x, theta) = …`, `p(x)` as factors of a joint density. Raises `ValueError`."""
    out: list[Factor] = []
    for text in said:
        found = DENSITY.match(text.strip())
        behind = text.strip()[found.end() :].strip() if found is not None else "?"
        if found is None or (behind and not behind.startswith("=")):
            raise ValueError(f"{text!r}: write `p(y | x, theta) = …`, or `p(x)` for any density")
        (variable,), given = _said(found["inside"])
        out.append(Factor(bare(variable), frozenset(map(bare, given)), behind.removeprefix("=").strip()))
    return tuple(out)


def densities(text: str, names: Names, made_of: Sequence[Factor] = ()) -> Densities:
    """The densities of a text as declared functions; the text as it is where p is a name of its own, or where there are
    too many. `made_of` are the factors of the joint density, where a problem gives them."""
    if any(letter in names for letter in ("p", "P", "q")) or len(DENSITY.findall(text)) > MOST:
        return Densities(text)
    rows: dict[str, Declared] = {}

    known = {factor.variable: factor for factor in made_of}

    def put(found: re.Match[str]) -> str:
        before, given = _said(found["inside"])
        below = joint(given) if given else "1"
        return rf"\frac{{{joint(before | given)}}}{{{below}}}"

    def joint(variables: frozenset[str]) -> str:
        used = [known.get(bare(v)) for v in sorted(variables)]
        closed = {bare(v) for v in variables}
        if all(factor is not None and factor.given <= closed for factor in used):
            return " ".join(one(factor) for factor in used if factor is not None)
        return function(variables)

    def one(factor: Factor) -> str:
        if factor.formula:
            return f"\\left({factor.formula}\\right)"
        own = frozenset([factor.variable])
        return function(own | factor.given, "".join(map(_spelled, own)) + "Given" if factor.given else "")

    def function(variables: frozenset[str], which: str = "") -> str:
        name = PREFIX + which + "".join(_spelled(v) for v in sorted(variables))
        held = [v for v in sorted(variables) if _is_array(v, names)]
        domain = f"function ({', '.join(_shape(v, names) for v in held)}) -> real" if held else "real"
        rows[name] = parse_names({name: domain})[name]
        return rf"\exp({name}({', '.join(held)}))" if held else rf"\exp({name})"

    made = DENSITY.sub(put, text)
    return Densities(made, tuple(rows.values()))


def _spelled(variable: str) -> str:
    """A variable as a capital and small letters: a name that can be declared holds no signs, and no digits inside."""
    letters = "".join(c if c.isascii() and c.isalpha() else chr(ord("a") + ord(c) % 26) for c in variable if c != " ")
    return letters.capitalize()


def _said(inside: str) -> tuple[frozenset[str], frozenset[str]]:
    """The variables of a density, and those that it is given."""
    before, *behind = _BAR.split(inside, maxsplit=1)
    return _names(before), _names(behind[0]) if behind else frozenset()


def bare(variable: str) -> str:
    """A variable without its dress: y for \\vec y, x for X."""
    return parts(variable).base.casefold() if not parts(variable).subscripts else variable


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
