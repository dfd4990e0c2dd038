r"""The words of problem files and of derivations as prose: formulas between dollars, typed text between backticks.

On paper nobody types: a parenthesis that says how, or holds typed text, (type $z_{2,k}$ as `z2_k`), is left out.
"""

from __future__ import annotations

import re

from checker.handouts.value import Paragraph, Prose, Tex, Typed, Words
from derivations.spoken import named

_PIECES = re.compile(r"(?<!\\)\$(?P<tex>(?:\\.|[^$\\])+)\$|`(?P<typed>[^`\n]+)`", re.DOTALL)
_IN_BRACKETS = r"(?:\$[^$]*\$|`[^`\n]*`|[^()$`])*"
_FOR_TYPING = re.compile(rf"\s*\((?:[Tt]ype\b{_IN_BRACKETS}|(?:\$[^$]*\$|[^()$`])*`[^`\n]*`{_IN_BRACKETS})\)")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def prose(text: str) -> Prose:
    """Text of an author: words, formulas and what is typed, its blanks as one each."""
    out: list[Words | Tex | Typed] = []
    done = 0
    for found in _PIECES.finditer(text):
        out += _words(text[done : found.start()])
        out.append(Tex(found["tex"].strip()) if found["tex"] is not None else Typed(found["typed"]))
        done = found.end()
    return (*out, *_words(text[done:]))


def _words(text: str) -> list[Words]:
    said = re.sub(r"\s+", " ", text.replace(r"\$", "$"))
    return [Words(said)] if said else []


def on_paper(text: str) -> tuple[Paragraph, ...]:
    """The paragraphs of what an author asks or tells, without how answers are typed."""
    said = _FOR_TYPING.sub("", text)
    return tuple(Paragraph(prose(part.strip())) for part in _BLANK_LINE.split(said) if part.strip())


def reason(text: str) -> Prose:
    """What a step of a derivation says, with its names as formulas."""
    return tuple(Tex(piece) if is_name else Words(piece) for is_name, piece in named(text) if piece)


def joined(formulas: list[str], last: str = " and ") -> Prose:
    """Formulas in a sentence: a, b and c."""
    out: list[Words | Tex] = []
    for k, formula in enumerate(formulas):
        if k:
            out.append(Words(last if k == len(formulas) - 1 else ", "))
        out.append(Tex(formula))
    return tuple(out)
