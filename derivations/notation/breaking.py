r"""How wide a formula in LaTeX is, about, and how it is let break across lines.

TeX and KaTeX break a formula among words at the relations and signs outside of every group. `\left( … \right)` is a
group; where a formula is wide, its outer brackets are of a stated size instead: `\bigl( … \bigr)`. Cases are a group
too; wide ones that are 0 otherwise are written with an indicator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

LINE = 64.0
"""The width of a line, in letters: 15 cm of 11 point text."""

_TOKENS = re.compile(r"\\(?:begin|end)\{[^{}]*\}|\\(?:[A-Za-z]+|.)|[^\s\\]", re.DOTALL)

WIDTHS: Mapping[str, float] = MappingProxyType({
    **dict.fromkeys(("=", "<", ">", "+", "-", r"\le", r"\ge", r"\ne", r"\odot", r"\propto", r"\Rightarrow"), 2.2),
    **dict.fromkeys((r"\sum", r"\prod", r"\max", r"\min", r"\log", r"\exp", r"\det"), 2.4),
    r"\quad": 2.0, r"\qquad": 4.0, r"\cdot": 1.2, ".": 0.5, ",": 0.7, "'": 0.5,
    **dict.fromkeys(
        (r"\displaystyle", r"\mathrm", r"\mathbf", r"\mathbb", r"\mathcal", r"\operatorname", r"\text", r"\hat",
         r"\bar", r"\tilde", r"\boldsymbol", r"\bm", r"\limits", r"\!", r"\left", r"\right", "&"), 0.0),
})  # fmt: skip
"""Signs that are not as wide as a letter."""

_BREAKS = frozenset({"=", "<", ">", "+", "-", r"\le", r"\ge", r"\ne", r"\odot", r"\cdot", r"\propto", r"\Rightarrow"})
_TWO_HIGH = frozenset({r"\frac", r"\dfrac", r"\tfrac", r"\binom"})


class _Ruler:
    """Measures one formula, token by token."""

    def __init__(self, source: str):
        self.tokens = _TOKENS.findall(source)
        self.at = 0

    def pieces(self) -> list[float]:
        """The widths between the places where a line may break."""
        pieces = [0.0]
        while self.at < len(self.tokens):
            if self.tokens[self.at] in _BREAKS:
                pieces.append(0.0)
            pieces[-1] += self.one()
        return pieces

    def one(self) -> float:
        """The width of the next sign or group."""
        if self.at >= len(self.tokens):
            return 0.0
        token = self.tokens[self.at]
        self.at += 1
        if token == "{":
            return self.until("}")
        if token in _TWO_HIGH:
            return max(self.one(), self.one())
        if token in ("^", "_"):
            return 0.7 * self.one()
        if token == r"\left":
            return self.until(r"\right") + 0.5
        if token.startswith(r"\begin{"):
            return self.until(r"\end{" + token[7:])
        return WIDTHS.get(token, 1.0)

    def until(self, end: str) -> float:
        """The width up to a token; of several rows the widest."""
        rows = [0.0]
        while self.at < len(self.tokens) and self.tokens[self.at] != end:
            if self.tokens[self.at] == r"\\":
                rows.append(0.0)
                self.at += 1
            else:
                rows[-1] += self.one()
        self.at += 1
        return max(rows)


def width(source: str) -> float:
    """The width of a formula in letters."""
    return sum(_Ruler(source).pieces())


def unbroken(source: str) -> float:
    """The width of its widest piece that cannot break, once it is `breakable`."""
    return max(_Ruler(breakable(source)).pieces())


_OR_ZERO = re.compile(
    r"\\begin\{cases\} (?P<value>(?:(?!\\begin\{cases\}|\\\\).)+?) & \\text\{if \} (?P<condition>(?:(?!\\\\).)+?)"
    r" \\\\ 0 & \\text\{otherwise\} \\end\{cases\}"
)
"""A value under a condition, and 0 otherwise."""


def _with_indicator(found: re.Match[str]) -> str:
    """1[c] (a): the same, in one line."""
    return rf"\mathbf{{1}}[{found['condition']}] \left({found['value']}\right)"


def breakable(source: str) -> str:
    r"""A wide formula with its outermost `\left( … \right)` of a stated size; a narrow one as it is."""
    if width(source) <= LINE:
        return source
    if max(_Ruler(source).pieces()) > LINE:
        source = _OR_ZERO.sub(_with_indicator, source)
    out: list[str] = []
    opened: list[tuple[int, bool]] = []
    depth = done = 0
    for found in re.finditer(r"\\(?:left|right)(?![A-Za-z])|\\.|[{}]", source, re.DOTALL):
        if found[0] in "{}":
            depth += 1 if found[0] == "{" else -1
        elif found[0] in (r"\left", r"\right"):
            out += [source[done : found.start()], found[0]]
            done = found.end()
            if found[0] == r"\left":
                opened.append((len(out) - 1, depth == 0 and not opened))
            elif opened:
                at, outer = opened.pop()
                if outer:
                    tall = re.search(r"\\(?:d?frac|sum|prod|int)(?![A-Za-z])", "".join(out[at:]))
                    out[at], out[-1] = (r"\biggl", r"\biggr") if tall else (r"\bigl", r"\bigr")
    return "".join([*out, source[done:]])
