"""What a text is wrapped in: Markdown fences and ticks, `\\boxed{…}` and decorations, `dL/dz is …` for
`dL/dz = …`, numbers of formulas."""

from __future__ import annotations

import re
from itertools import pairwise

from derivations.domains import Names
from derivations.formula import Note
from derivations.notation.read.dressing import group_end, undecorated
from derivations.notation.read.prose import is_name, opened, unexplained
from derivations.notation.read.scope import scope_of
from derivations.notation.read.symbols import DISPLAY
from derivations.notation.read.targets import spelled_target
from derivations.notation.read.token import Token

_FENCE = re.compile(r"\A\s*(```|~~~)[A-Za-z]*[ \t]*\n?(.*?)\n?\s*\1\s*\Z", re.DOTALL)


_TICKS = re.compile(r"\A\s*`([^`]+)`\s*\Z")


def unfenced(text: str) -> tuple[str, list[Note], int]:
    """A text without Markdown fences, boxes and decorations, what was noted, and where it starts."""
    notes: list[Note] = []
    offset = 0
    for pattern, group in ((_FENCE, 2), (_TICKS, 1)):
        found = pattern.match(text)
        if found:
            notes.append(Note("fence", "the code marks around the formula were taken off", (offset, offset + 1)))
            offset += found.start(group)
            text = found[group]
    text = _DISPLAY.sub(lambda m: " " * len(m["begin"]) + m["inside"] + " " * len(m["end"]), text)
    text = _NEXT_DISPLAY.sub(lambda m: "\\\\".ljust(len(m[0])), text)
    inner, said = undecorated(unboxed(text))
    return inner, [*notes, *said], offset


_ANY = "|".join(sorted(re.escape(name) for name in DISPLAY))
_DISPLAY = re.compile(
    rf"\A(?P<begin>\s*(?:\$\$|\\\[)?\s*\\begin\{{(?P<kind>{_ANY})\}}"
    r"(?:\{\d\})?\s*&?)(?P<inside>.*?)(?P<end>\\end\{(?P=kind)\}[\s.]*(?:\$\$|\\\])?\s*)\Z",
    re.DOTALL,
)
"""The whole text in one environment of lines, which says nothing."""

_NEXT_DISPLAY = re.compile(rf"\\end\{{(?:{_ANY})\}}(?:\s|\$|\\\]|\\\[)*\\begin\{{(?:{_ANY})\}}")
"""Two environments of lines, one below the other."""

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


def unboxed(text: str) -> str:
    r"""The text with each `\boxed{…}` blanked around its inside, every character in its place."""
    while found := _BOX.search(text):
        end = group_end(text, found.end() - 1)
        if not end:
            break
        start, inside = found.span()
        text = f"{text[:start]}{' ' * (inside - start)}{text[inside : end - 1]} {text[end:]}"
    return text


_SPAN = re.compile(r"\$\$(?:[^$\\]|\\.)+\$\$|\$(?:[^$\\]|\\.)+\$|\\\[.+?\\\]|\\\(.+?\\\)", re.DOTALL)


def apart(text: str) -> str:
    """The formulas of a text, each between its own signs of mathematics, on lines of their own where only harmless
    words stand between them: `$a = b$. So it is $c$`. Every character keeps its place."""
    spans = list(_SPAN.finditer(text)) if text.count("$") > 2 or text.count("\\") > 3 else []
    for before, after in pairwise(spans):
        words = text[before.end() : after.start()]
        if re.search(r"[^\W\d_]{2}|\n", words) and opened(words.strip(" ,.;")) is None and unexplained(words) is None:
            text = f"{text[: before.end() - 1]}\n{text[before.end() :]}"
    return text


_IS = re.compile(r"\A\s*(?P<left>\S[^\n]{0,60}?)\s+(?P<word>is|equals|becomes|is equal to|is given by)\s(?=\s*\S)")


def equated(text: str, names: Names) -> str:
    """`dL/dz is q - y` as `dL/dz =  q - y`, where what stands in front is a name or a derivative."""
    m = _IS.match(text) if " is " in text or " equals " in text or " becomes " in text else None
    if m is None or not (
        spelled_target(m["left"]) is not None
        or scope_of(names).spells(m["left"])
        or is_name(m["left"], scope_of(names).spells)
    ):
        return text
    return text[: m.start("word")] + "=".ljust(m.end("word") - m.start("word")) + text[m.end("word") :]


_NUMBER = re.compile(r"\((?:\d{1,3}(?:\.\d{1,3})?[a-z]?|[a-z*]|[ivx]{1,4})\)|")


def is_number(t: Token, text: str) -> bool:
    r"""Whether a text is the number of a formula: `\tag{3}`, `\text{(3)}`."""
    return t.kind == "text" and (
        _NUMBER.fullmatch(t.value) is not None or (text.startswith(r"\tag", t.start) and " " not in t.value)
    )
