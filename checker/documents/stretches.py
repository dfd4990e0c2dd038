r"""A claim cut where one statement ends and the next begins: at ⇒ and ⇔, at asides, and what each is about.

relu(z) = max(z, 0), z > 0 \Rightarrow relu(z) = z        two stretches, the second where z > 0
\frac{d}{dz}(2) = …                                       (2) is the number of a formula
(h \times m)(m \times K) = (h \times K),  Z : (m, h)      shapes
X \in \mathbb R^{n \times d},  i = 1, \dots, n            declarations
a &= b && \text{as } u = v \\ &= c                      an aside in a row; = c goes on from b
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from checker.documents.constants import in_one_word
from checker.documents.relations import begins_with_relation
from derivations.frozen import frozen
from derivations.notation.read.targets import spelled_target
from derivations.notation.relations import ORDER, spelled
from derivations.notation.spelling import canonical

About = Literal["relation", "shape", "declaration", "nothing"]


@frozen
class Stretch:
    """A part of a claim, `start` to `end`; `text` is what is read there, as long as the claim up to its end, blank in
    front. `condition`: the case in which it is said; `follows`: it stands behind ⇒ or ⇔; `goes_on`: it is the row
    behind an aside, and goes on from what stands in front of that."""

    start: int
    end: int
    text: str
    about: About
    condition: str = ""
    follows: bool = False
    goes_on: bool = False

    @property
    def bare(self) -> bool:
        """Whether it is formulas alone, under any names: no sign and no word joins them."""
        return self.about == "nothing" and _JOINS.search(self.text) is None

    @property
    def value(self) -> bool:
        """Whether it is a formula without a left side; one by cases has relations in its conditions alone."""
        if self.about == "relation" and _CASES.search(self.text) is not None:
            return not any("=" in m[0] and _ORDER.fullmatch(m[0]) is None for m in outside(self.text, RELATION))
        return self.about == "nothing"


_CASES = re.compile(r"(?<![A-Za-z\\])(?:if|otherwise|else)(?![A-Za-z])")
_IMPLIES = re.compile(
    r"⇒|⟹|⇔|⟺|→|\\(?:Rightarrow|Longrightarrow|implies|iff|Leftrightarrow|Longleftrightarrow|rightarrow|to)(?![A-Za-z])|(?<![<=>])=>"
)
_JOINING = r"if|otherwise|for|and|or|where|when|else|with|is|of|the|a|all|any|each|in"
_WORDS = (
    rf"\\(?:text|mbox|textrm)\s*\{{(?=[^{{}}]*[A-Za-z]{{2}})(?!\s*(?:{_JOINING})\b)(?![^{{}}]*:\s*\}})"
    r"[^{}$]*\s[^{}$]*\}"
)
_SAID = r"\\(?:text|mbox|textrm|textit|intertext)\s*\{(?:[^{}]|\{[^{}]*\})*\}"
_ENDS = re.compile(rf"{_IMPLIES.pattern}|{_WORDS}|\\text(?:rm)?\s*\{{\s*\((?:[^{{}}]|\{{[^{{}}]*\}})*\)[\s.,]*\}}")
"""Where a statement ends: an arrow, or words that say something else."""
ROW_BREAK = re.compile(r"\\\\(?:\[[^\]]*\])?")
_COLUMN = re.compile(r"(?<!\\)&")
_SPACE = r"(?:[\s&.,~]|\\[,;:! ]|\\q?quad(?![A-Za-z]))*"
_NO_ASIDE = r"\s*(?:if|for|and|or|where|when|otherwise|else|with|all|any|each)\b"
_ASIDE = re.compile(rf"{_SPACE}(?:\(\s*)?(?={_SAID})\\\w+\s*\{{(?!{_NO_ASIDE})(?=[^{{}}]*[A-Za-z]{{2}})")
"""How an aside begins: words, perhaps in brackets."""
_IN_BRACKETS = re.compile(rf"\(\s*(?={_SAID})\\\w+\s*\{{(?!{_NO_ASIDE})(?=[^{{}}]*[A-Za-z]{{2}})")
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
    rf"(?P<begin>\\begin\{{(?!{_LINED})[a-z]+\*?\}})|\\end\{{(?!{_LINED})[a-z]+\*?\}}|\\?[{{}}]|[()\[\]]|\\[lr]angle(?![A-Za-z])"
)
_OPENING = frozenset(["(", "[", "{", "\\{", "\\langle"])


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
    text = _in_rows(_without_asides(_unnumbered(_unframed(_without_gaps(text)))))
    at, follows, goes_on, condition = 0, False, False, ""
    for start, end, arrow in (*_cuts(text), (len(text), len(text), False)):
        inside = text[at:start]
        if inside.strip(" &\\\n\t,.;$"):
            yield Stretch(at, start, " " * at + inside, about(inside), condition, follows, goes_on)
            condition = _case(inside) or condition
        at, follows, goes_on = end, arrow, ROW_BREAK.match(text, start, end) is not None


def own_rows(stretch: Stretch) -> list[Stretch]:
    """The rows of a stretch that have a left side of their own, each with those that go on from it."""
    breaks = [m.span() for m in outside(stretch.text, ROW_BREAK)]
    begins = [0, *(end for _, end in breaks if _has_left_side(stretch.text[end:]))]
    cuts = [(start, end) for start, end in breaks if end in begins]
    edges = zip([stretch.start, *(end for _, end in cuts)], [*(start for start, _ in cuts), stretch.end], strict=True)
    return [
        replace(
            stretch,
            start=a,
            end=b,
            text=" " * a + _EDGE.sub(lambda m: " " * len(m[0]), stretch.text[a:b]) if k else stretch.text[:b],
            about=about(stretch.text[a:b]),
            follows=stretch.follows and k == 0,
            goes_on=stretch.goes_on and k == 0,
        )
        for k, (a, b) in enumerate(edges)
        if stretch.text[a:b].strip(" &\n")
    ]


_EDGE = re.compile(r"\A[\s&]+")


def _has_left_side(text: str) -> bool:
    row = text[: next((m.start() for m in outside(text, ROW_BREAK)), len(text))]
    return not begins_with_relation(row) and any(True for _ in outside(row, RELATION))


def _cuts(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where statements end and begin, and whether an arrow stands between; behind words the next row goes on from what
    they interrupt."""
    spoken = False
    breaks = [m for m in outside(text, ROW_BREAK) if begins_with_relation(text[m.end() :])]
    for found in sorted((*outside(text, _ENDS), *breaks), key=lambda m: m.start()):
        is_break, arrow = found.re is ROW_BREAK, _IMPLIES.match(found[0]) is not None
        if spoken or not is_break:
            yield found.start(), found.end(), arrow
        spoken = not (is_break or arrow)


def _in_rows(text: str) -> str:
    """The text with its ends of lines blank, but for those behind which a row of its own begins."""
    for end in list(outside(text, _LINE_END)):
        if not _begins_row(text, end.start()):
            text = text[: end.start()] + " " + text[end.end() :]
    return text


_LINE_END = re.compile(r"\n")


def _begins_row(text: str, at: int) -> bool:
    """Whether a row begins behind an end of line: a relation with its own left side stands on the next one, and nothing
    goes on there."""
    line = text[at + 1 :].partition("\n")[0]
    goes_on = _OPEN_END.search(text, 0, at) or _OPEN_BEGIN.match(line) or begins_with_relation(line)
    return not goes_on and any(True for _ in outside(line, RELATION))


_OPEN_END = re.compile(r"(?:[-+*/(=^_]|\\(?:cdot|times|odot))\s*\Z")
_OPEN_BEGIN = re.compile(r"\s*&?\s*(?:[-+*/)^_]|\\(?:cdot|times|odot|right)(?![A-Za-z]))")


def _without_asides(text: str) -> str:
    r"""The text with its asides blank: a column of words behind those of a formula, `a &= b && \text{by (1)}`, and
    words in brackets at the end of a row. What an aside says in formulas is left out with it."""
    at = 0
    for stop in (*(m.start() for m in outside(text, ROW_BREAK)), len(text)):
        columns = [m for m in outside(text[:stop], _COLUMN) if m.start() >= at][1:]
        begun = next((m.start() for m in columns if _ASIDE.match(text, m.end(), stop)), stop)
        closed = next(
            (m.start() for m in _IN_BRACKETS.finditer(text, at, stop) if _closes(text[m.start() : stop])), stop
        )
        if (begin := min(begun, closed)) < stop:
            last = _FRAME_END.search(text, begin, stop)
            end = last.start() if last is not None else stop
            text = text[:begin] + " " * (end - begin) + text[end:]
        at = stop
    return text


_FRAME_END = re.compile(r"(?:\s*\\end\{[a-z]+\*?\})+\s*\Z")


def _closes(text: str) -> bool:
    """Whether a bracket at the beginning of a text closes at its end."""
    inside = _FRAME_END.sub("", text).rstrip(" .,;\n")
    depth = [0]
    for sign in inside:
        depth.append(depth[-1] + {"(": 1, ")": -1}.get(sign, 0))
    return depth[-1] == 0 and 0 not in depth[1:-1]


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
    and with names in one piece: `leaky\_relu`, `\text{const}`; every character behind them keeps its place."""
    text = _INDICATOR.sub(lambda m: "1\\{" + m["gap"], text)
    text = _DRESSED.sub(lambda m: m["dress"] + _together(m["word"]), text)
    text = _DIGITS.sub(lambda m: _together(m[0]), text)
    text = _COLUMNS.sub(lambda m: (m["array"] + "{" + "".join(m["columns"].split()) + "}").ljust(len(m[0])), text)
    text = in_one_word(_TAG.sub(lambda m: " " * len(m[0]), text))
    text = _GAP.sub(r"\g<sign>\g<below>\g<blank>", text)
    return _unboxed(_JOINED.sub(lambda m: (r"\text{" + m["name"].replace("\\_", "_") + "}").ljust(len(m[0])), text))


_ARRAY = re.compile(
    r"(?P<before>\s*)(?P<begin>\\begin\{array\}\s*\{[lcr|\s]+\})(?P<inside>(?:(?!\\(?:begin|end)\{array\}).)*)"
    r"(?P<end>(?:\\\\\s*)?\\end\{array\})(?P<after>[\s.,;]*)",
    re.DOTALL,
)


def _unframed(text: str) -> str:
    r"""The text without the frame that a scanner puts around rows: `\begin{array}{l} a = b \\ = c \end{array}`."""
    found = _ARRAY.fullmatch(text)
    if found is None or RELATION.search(found["inside"]) is None:
        return text
    return "".join(
        (found["before"], " " * len(found["begin"]), found["inside"], " " * len(found["end"]), found["after"])
    )


def _together(text: str) -> str:
    return re.sub(r"\s", "", text).ljust(len(text))


_INDICATOR = re.compile(r"(?<![\w.\\}])1(?P<gap>\s+)\\\{(?=[^{}]*[=<>])")
"""An indicator as a scanner spaces it: `1 \\{i = j\\}`."""
_DIGITS = re.compile(
    r"(?<![\w.\\^{])(?<!\d\s)(?<!frac\s)(?:\d\s?(?:\s\d)*\s?\.\s?\d(?:\s\d)+|0\s?\.\s\d|\d(?:\s\d)+)(?![\w.])"
)
"""A number as a scanner spaces it: `0. 1 8 0 2`. Two digits side by side are no product."""
_DRESSED = re.compile(
    r"(?P<dress>\\(?:mathrm|mathit|text|textrm|operatorname)\s*\{)(?P<word>\s?[A-Za-z](?:\s[A-Za-z])+\s?)(?=\})"
)
"""A word as a scanner spaces it: `\\mathrm {o u t}`."""
_COLUMNS = re.compile(r"(?P<array>\\begin\{array\})\s*\{(?P<columns>[\s|lcr]{1,12})\}")
_TAG = re.compile(r"\\(?:tag\*?|label)\s*\{[^{}]{0,40}\}|\\(?:notag|nonumber)(?![A-Za-z])")
"""The number of a formula: `\\tag{3}`."""
_GAP = re.compile(r"(?P<sign>[_^])(?P<blank>\s+)(?P<below>\{[^{}]*\})")
_JOINED = re.compile(r"\\(?:text|math)(?:rm|sf|tt|it)?\s*\{(?P<name>(?:[A-Za-z]+\\_)+[A-Za-z]+)\}")
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")


def _unboxed(text: str) -> str:
    """The text without its boxes: what stands in one is read as if it stood alone."""
    while (box := _BOX.search(text)) is not None:
        depth, end = 1, box.end()
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0) if text[end - 1] != "\\" else 0
            end += 1
        closed = depth == 0
        inside = text[box.end() : end - 1 if closed else end]
        text = text[: box.start()] + " " * len(box[0]) + inside + " " * closed + text[end:]
    return text


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
