r"""A claim cut where one statement ends and the next begins: at ⇒ and ⇔, and what each is about.

relu(z) = max(z, 0), z > 0 \Rightarrow relu(z) = z        two stretches, the second where z > 0
\frac{d}{dz}(2) = …                                       (2) is the number of a formula
(h \times m)(m \times K) = (h \times K),  Z : (m, h)      shapes
X \in \mathbb R^{n \times d},  i = 1, \dots, n            declarations
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from derivations.frozen import frozen
from derivations.notation.read.targets import spelled_target
from derivations.notation.relations import ORDER, spelled
from derivations.notation.spelling import canonical

About = Literal["relation", "shape", "declaration", "nothing"]


@frozen
class Stretch:
    """A part of a claim, `start` to `end`; `text` is what is read there, as long as the claim up to its end, blank in
    front. `condition`: the case in which it is said; `follows`: it stands behind ⇒ or ⇔."""

    start: int
    end: int
    text: str
    about: About
    condition: str = ""
    follows: bool = False

    @property
    def bare(self) -> bool:
        """Whether it is formulas alone, under any names: no sign and no word joins them."""
        return self.about == "nothing" and _JOINS.search(self.text) is None


_IMPLIES = re.compile(
    r"⇒|⟹|⇔|⟺|→|\\(?:Rightarrow|Longrightarrow|implies|iff|Leftrightarrow|Longleftrightarrow|rightarrow|to)(?![A-Za-z])|(?<![<=>])=>"
)
_JOINING = r"if|otherwise|for|and|or|where|when|else|with|is|of|the|a|all|any|each|in"
_WORDS = (
    rf"\\(?:text|mbox|textrm)\s*\{{(?=[^{{}}]*[A-Za-z]{{2}})(?!\s*(?:{_JOINING})\b)(?![^{{}}]*:\s*\}})"
    r"[^{}$]*\s[^{}$]*\}"
)
_ENDS = re.compile(f"{_IMPLIES.pattern}|{_WORDS}")
"""Where a statement ends: an arrow, or words that say something else."""
_JOINS = re.compile(r"[:：]|<-|!=|/=|~=|∴|\\therefore|\b(?:is|equals|becomes|iff|implies)\b")
"""What joins formulas besides the signs of `RELATION`."""
RELATION = re.compile(spelled("=", "≈", *ORDER, "∝", "!=", ":=") + r"|\\(?:ll|gg|sim)(?![A-Za-z])")
_ORDER = re.compile(spelled(*ORDER, "!="))
_SIZE = r"(?:\\?[A-Za-z]+(?:_\{?\w+\}?)?|\d+)"
_CROSS = r"\s*(?:\\times(?![A-Za-z])|×)\s*"
_SHAPE = rf"\(?\s*{_SIZE}(?:{_CROSS}{_SIZE})+\s*\)?"
_SHAPES = re.compile(
    rf"(?:[^=:]{{1,60}}(?::|=)\s*)?(?:\(\s*{_SIZE}(?:{_CROSS}{_SIZE})+\s*\)\s*(?:\\cdot\s*)?)+(?:=\s*{_SHAPE}\s*)*[.,;]?"
)
_BARE_SHAPE = re.compile(rf"{_SIZE}{_CROSS}{_SIZE}")
_OF_SHAPE = re.compile(
    rf"[^=:]{{1,60}}:\s*(?:\(\s*{_SIZE}\s*,\s*{_SIZE}\s*\)|{_SHAPE}|\\mathbb\s*\{{?R\}}?\s*\^.*)[.,;]?"
)
_MEMBER = re.compile(r"∈|\\in(?![A-Za-z])|\\sim(?![A-Za-z])|∼")
_RANGE = re.compile(
    r"\s*[a-z](?:\s*,\s*[a-z])*\s*=\s*\d+\s*,\s*(?:\d+\s*,\s*)*(?:\\[lc]?dots|…|\.\.\.)\s*,?\s*\w+\s*[.,]?\s*"
)
_NUMBER = re.compile(r"\s*\(\s*\d{1,3}[a-z]?\s*\)\s*(?=&?\s*=)")
_LINED = r"(?:align|gather|equation|split|multline|eqnarray)"
_BRACKET = re.compile(
    rf"(?P<begin>\\begin\{{(?!{_LINED})[a-z]+\*?\}})|\\end\{{(?!{_LINED})[a-z]+\*?\}}|\\?[{{}}]|[()\[\]]"
)
_OPENING = frozenset(["(", "[", "{", "\\{"])


def outside(text: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    r"""The matches of a pattern outside brackets, braces and environments such as `cases`."""
    depth = 0
    position = 0
    while position < len(text):
        sign = _BRACKET.match(text, position)
        if sign is not None:
            opens = sign["begin"] or sign[0] in _OPENING
            depth = depth + 1 if opens else max(0, depth - 1)
            position = sign.end()
            continue
        found = pattern.match(text, position) if depth == 0 else None
        if found is not None and found[0]:
            yield found
            position = found.end()
        else:
            position += 2 if text[position] == "\\" and text[position + 1 : position + 2] in ("\\", "|") else 1


def stretches(text: str, words: bool = False) -> Iterator[Stretch]:
    """The stretches of a claim, in order; words are one."""
    if words:
        yield Stretch(0, len(text), text, "nothing")
        return
    text = _unnumbered(_without_gaps(text))
    at, follows, condition = 0, False, ""
    for found in (*outside(text, _ENDS), None):
        end = found.start() if found is not None else len(text)
        inside = text[at:end]
        if inside.strip(" &\\\n\t,.;$"):
            yield Stretch(at, end, " " * at + inside, about(inside), condition, follows)
            condition = _case(inside) or condition
        if found is not None:
            at, follows = found.end(), _IMPLIES.match(found[0]) is not None


def about(text: str) -> About:
    """What a stretch states."""
    bare = text.strip(" &$\n\t")
    if any(pattern.fullmatch(bare) for pattern in (_SHAPES, _OF_SHAPE, _BARE_SHAPE)):
        return "shape"
    if _RANGE.fullmatch(bare):
        return "declaration"
    signs = [m[0] for m in outside(text, RELATION)]
    if any(True for _ in outside(text, _MEMBER)) and not any("=" in s for s in signs):
        return "declaration"
    return "relation" if signs else "nothing"


def _without_gaps(text: str) -> str:
    r"""The text without the blanks of a scanner in numbers, in dressed words, and between `_` and what stands below,
    and with names in one piece: `leaky\_relu`; every character behind them keeps its place."""
    text = _DRESSED.sub(lambda m: m["dress"] + _together(m["word"]), text)
    text = _DIGITS.sub(lambda m: _together(m[0]), text)
    text = _TAG.sub(lambda m: " " * len(m[0]), text)
    text = _GAP.sub(r"\g<sign>\g<below>\g<blank>", text)
    return _JOINED.sub(lambda m: " " + m[1] + "_", text)


def _together(text: str) -> str:
    return re.sub(r"\s", "", text).ljust(len(text))


_DIGITS = re.compile(r"(?<![\w.\\^{])(?<!\d\s)(?<!frac\s)(?:\d\s?(?:\s\d)*\s?\.\s?\d(?:\s\d)+|\d(?:\s\d)+)(?![\w.])")
"""A number as a scanner spaces it: `0. 1 8 0 2`. Two digits side by side are no product."""
_DRESSED = re.compile(
    r"(?P<dress>\\(?:mathrm|mathit|text|textrm|operatorname)\s*\{)(?P<word>\s?[A-Za-z](?:\s[A-Za-z])+\s?)(?=\})"
)
"""A word as a scanner spaces it: `\\mathrm {o u t}`."""
_TAG = re.compile(r"\\(?:tag\*?|label)\s*\{[^{}]{0,40}\}|\\(?:notag|nonumber)(?![A-Za-z])")
"""The number of a formula: `\\tag{3}`."""
_GAP = re.compile(r"(?P<sign>[_^])(?P<blank>\s+)(?P<below>\{[^{}]*\})")
_JOINED = re.compile(r"(?<=\{)([A-Za-z]+)\\_(?=[A-Za-z])")


def _unnumbered(text: str) -> str:
    """The text with the numbers of formulas behind an operator blank: `d/dz (2) = …`."""
    for found in _NUMBER.finditer(text):
        left = re.split(r"\\\\|\n|,", text[: found.start()])[-1].strip(" &$")
        if spelled_target(left) is not None or re.fullmatch(r"\\frac\s*\{\s*(?:d|\\partial)\s*\}\s*\{.*\}", left):
            text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
    return text


def _case(text: str) -> str:
    """The condition at the end of a stretch, or the one that it is."""
    commas = [m.start() for m in outside(text, re.compile(","))]
    last = text[commas[-1] + 1 :] if commas else text
    signs = list(outside(last, RELATION))
    return last.strip(" &$\\\n\t.,") if len(signs) == 1 and _ORDER.fullmatch(signs[0][0]) else ""


def is_condition(text: str) -> bool:
    """Whether a text is one condition: `i \\ne j`, `z > 0`, `i = j`."""
    signs = [m[0] for m in outside(text, RELATION)]
    return len(signs) == 1 and (_ORDER.fullmatch(signs[0]) is not None or _INDICES.fullmatch(text) is not None)


_INDICES = re.compile(r"\s*[a-z]\s*=\s*[a-z]\s*")


_POSITIVE = re.compile(r"(?<![\w\\_^{])(?P<letter>\\?[A-Za-z]+)\s*(?P<sign>>|\\ge(?:q)?(?![A-Za-z])|≥)\s*0(?![.\d])")
_REAL = re.compile(
    r"(?<![\w\\_^{])(?P<letter>\\?[A-Za-z]+)\s*(?:∈|\\in(?![A-Za-z]))\s*(?:\\mathbb\s*\{?\s*R\s*\}?|ℝ)(?!\s*\^)"
)


def declared_letters(text: str) -> dict[str, str]:
    """The scalars that a text declares, by name, with their domains: `c > 0`, `c \\in \\mathbb R`."""
    out = {canonical(m["letter"]): "real" for m in _REAL.finditer(text)}
    for m in _POSITIVE.finditer(text):
        out[canonical(m["letter"])] = "positive" if m["sign"] == ">" else "nonnegative"
    return out
