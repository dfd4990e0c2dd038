r"""Commands of LaTeX that dress a formula and change no value of it: colours, labels, phantoms, braces with a label.

    \textcolor{red}{a} + \phantom{b}       a
    \underbrace{a + b}_{\text{bias}} c     {a + b} c, with a note of the label
    \mathop{\max}_k s_k                    \max_k s_k
    a + b \quad\blacksquare                a + b

They are blanked, never cut out: every character that is left keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from derivations.formula import Note
from derivations.notation.errors import ReadError
from derivations.notation.read.counted import counted

MAX_DECORATIONS = 200
"""More colours, labels and braces of one text are not looked through."""

_ARGUMENTS: Mapping[str, int] = MappingProxyType({
    **dict.fromkeys(("color", "textcolor", "label", "phantom", "hphantom", "vphantom", "hspace", "vspace"), 1),
    **dict.fromkeys(("mathord", "mathinner", "mathpunct", "ensuremath", "smash", "mathclap", "mathllap"), 0),
    **dict.fromkeys(("mathrlap", "clap", "strut", "relax", "protect"), 0),
})  # fmt: skip
"""Commands that are left out, and how many groups behind them go with them; a group that is shown stays."""

_BARE = frozenset(["mathop", "mathrel", "mathbin", "mathopen", "mathclose"])
"""Commands that say what kind of sign their argument is: the braces around it go as well."""

_BRACES: Mapping[str, str] = MappingProxyType(
    {"underbrace": "_", "underbracket": "_", "overbrace": "^", "overbracket": "^"}
)
"""Braces below and above what they span, and where their label stands."""

_SAME: Mapping[str, str] = MappingProxyType({
    "mleft": "left", "mright": "right", "nicefrac": "frac", "sfrac": "frac", "dbinom": "binom", "tbinom": "binom",
})  # fmt: skip
"""Commands that are others in another look; none is shorter than what it stands for."""

_NAMES = ("substack", *_ARGUMENTS, *_BARE, *_BRACES, *_SAME)
_COMMAND = re.compile(
    rf"\\(?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))})(?![A-Za-z])\*?"
    r"|\\(?:m?kern|[hm]skip)\s*-?[\d.]+\s*(?:pt|em|ex|mu|cm|mm|in|sp)(?![A-Za-z])"
    r"|(?<=\\\\)[ \t]*\[\s*-?[\d.]*\s*(?:pt|em|ex|mu|cm|mm|in|sp|\\[a-z]*skip)\s*\]"  # the room below a row
)
_OPTION = re.compile(r"\s*\[[^\[\]{}]*\]")
_OPEN = re.compile(r"\s*\{")
_TEXT = re.compile(r"\\(?:text(?:rm|bf|it|normal)?|mbox)\s*\{")
_REFERENCE = re.compile(r"\(?\\(?:eq|auto|c|C)?ref\s*\{[^{}]*\}\)?|\\cite\s*(?:\[[^\]]*\])?\{[^{}]*\}")
_END_OF_PROOF = re.compile(
    r"(?:∎|■|□|\$?\\(?:blacksquare|square|Box|qed|qedhere|qedsymbol)(?![A-Za-z]|\s*[({\[])\$?)(?P<stop>[\s.$]*)\Z"
)


_BRACE = re.compile(r"(?<!\\)[{}]")


@lru_cache(maxsize=4)
def _groups(text: str) -> Mapping[int, int]:
    """Where each `{` of a text has its `}`: one walk, however many groups are asked for."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened:
            ends[opened.pop()] = brace.end()
    return ends


def group_end(text: str, at: int) -> int:
    """Where a group in braces that is opened at a position ends; 0 where it is never closed."""
    return _groups(text).get(at, 0)


_DOUBLED = re.compile(r"\\(?P<side>left|right)\s*\|\s*\\(?P=side)\s*\|")
"""The bars of a norm, each set apart."""


def undecorated(text: str) -> tuple[str, list[Note]]:
    """A text without its decorations, every character in its place, and the labels that were left out. Raises
    `ReadError` where an argument is missing."""
    notes: list[Note] = []
    if "\\" in text:
        text = _DOUBLED.sub(lambda m: f"\\{m['side']}\\|".ljust(len(m[0])), text)
        text = _without_numbers(_without_references(text, notes), notes)
        at = count = 0
        while found := _COMMAND.search(text, at):
            count += 1
            if count > MAX_DECORATIONS:
                raise ReadError(
                    f"more than {MAX_DECORATIONS} decorations", found.span(), "the formula alone", (), (), text, "limit"
                )
            text, at = _left_out(text, found, notes)
    tail = text[-16:]
    end = _END_OF_PROOF.search(text) if "\\" in tail or not tail.isascii() else None
    if end is not None and text[: end.start()].strip():
        mark = text[end.start() : end.start("stop")].strip("$")
        notes.append(Note("remark", mark, (end.start(), end.start("stop"))))
        kept = "$" * text[end.start() : end.start("stop")].count("$")
        text = text[: end.start()] + kept.ljust(end.start("stop") - end.start()) + end["stop"]
    return text, notes


def _left_out(text: str, found: re.Match[str], notes: list[Note]) -> tuple[str, int]:
    """A text without one decoration, and where to look for the next."""
    name, start, end = found["name"], found.start(), found.end()
    if name in _SAME:
        return _put(text, start, end, "\\" + _SAME[name]), end
    if name is None or name in _ARGUMENTS:
        for _ in range(_ARGUMENTS.get(name or "", 0)):
            option = _OPTION.match(text, end)
            end = option.end() if option else end
            end = _group(text, start, end)[1]
        return _put(text, start, end), end
    inside, after = _group(text, start, end)
    if name == "substack":  # lines below a sum: an entry each
        return _put(text, start, end)[:inside] + text[inside:after].replace(r"\\", ", ") + text[after:], end
    if name in _BARE:
        body = text[inside + 1 : after - 1].strip()
        style = re.match(r"\\(?:rm|bf|it|sf)\s+(?=[A-Za-z]+\Z)", body)
        if style is not None:  # {\rm max} is the operator max
            body = "\\" + body[style.end() :]
        return _put(text, start, after, body), start
    label = re.compile(rf"\s*\{_BRACES[name]}\s*").match(text, after)
    stop = 0 if label is None else label.end() + 1
    if label is not None and text.startswith("{", label.end()):
        stop = group_end(text, label.end())
    body, shown = text[inside + 1 : after - 1], text[label.end() : stop] if label is not None else ""
    number = counted(body, shown[1:-1] if shown.startswith("{") else shown) if shown else None
    if number is not None:
        notes.append(Note("dots", f"{body.strip()} was read as {number[1]}", (inside, stop)))
        return _put(text, start, stop, number[0]), start
    text = _put(text, start, end)
    if label is None:
        return text, end
    said = shown.strip("{} ")
    notes.append(Note("label", f"{said} labels {text[inside + 1 : after - 1].strip()}", (label.end(), stop)))
    return _put(text, after, stop), end


def _put(text: str, start: int, end: int, instead: str = "") -> str:
    """A text with something else in the place of a part of it, which is no shorter."""
    return text[:start] + instead.ljust(end - start) + text[end:]


def _group(text: str, start: int, at: int) -> tuple[int, int]:
    """Where the group in braces behind a position begins and ends."""
    found = _OPEN.match(text, at)
    end = group_end(text, found.end() - 1) if found is not None else 0
    if found is None or not end:
        command = text[start:at].strip()
        raise ReadError(f"{command} needs its argument in braces", (start, at), f"{command}{{…}}", (), (), text)
    return found.end() - 1, end


_NUMBER = re.compile(
    r"\\(?:q?quad|hfill|hspace\*?\s*\{[^{}]*\})\s*(?P<number>\(\d{1,3}(?:\.\d{1,3})?[a-z]?\))"
    r"(?=[\s.,$]*(?:\Z|\\\\|\\end))"
)
"""The number of a line, a wide space before it."""


def _without_numbers(text: str, notes: list[Note]) -> str:
    r"""`a + b \quad (2)` without the number of the line, which is no factor."""
    if "(" not in text or ("quad" not in text and r"\h" not in text):
        return text
    for found in _NUMBER.finditer(text):
        notes.append(Note("number", found["number"], found.span("number")))
        text = _put(text, found.start("number"), found.end("number"))
    return text


_NAMED_AT_AN_END = re.compile(rf"\A\s*(?:{_REFERENCE.pattern})\s*:?|(?:{_REFERENCE.pattern})[\s.]*\Z")


def _without_references(text: str, notes: list[Note]) -> str:
    r"""`\text{by \eqref{eq:1}}` without the number of the line that it names, and a text without that of its own in
    front or behind."""
    if "ref" not in text and "cite" not in text:
        return text
    for found in reversed(list(_NAMED_AT_AN_END.finditer(text))):
        notes.append(Note("number", found[0].strip(), found.span()))
        text = _put(text, *found.span())
    for words in _TEXT.finditer(text):
        end = group_end(text, words.end() - 1)
        if end:
            inside = _REFERENCE.sub(lambda m: " " * len(m[0]), text[words.end() : end - 1])
            text = text[: words.end()] + inside + text[end - 1 :]
    return text
