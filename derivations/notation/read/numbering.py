"""What an answer has in front of it on its sheet: its number, `2) a + b`, `3.2: a + b`, `(b) a + b`; its name before a
colon, `dL/dz: a + b`.

A bracket that nothing opened and a number with two points can only be a number of the answer. `(b) a` may be b·a where
b is declared, `(2) a` and `2. a` may be 2a: these read two ways.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from derivations.domains import Names
from derivations.formula import Note
from derivations.notation.errors import ReadError
from derivations.notation.read.labels import Label, label_of
from derivations.notation.read.scope import Scope, scope_of
from derivations.notation.read.token import Tokens
from derivations.notation.spelling import parts
from derivations.notation.words import KEYWORDS

_NUMBERING = re.compile("[a-hA-E]|[ivx]{1,4}")
"""Letters that answers are numbered with."""
_LETTER = r"[A-Za-z]|[ivx]{1,4}"
_PLACE = r"\d{1,3}(?:\.\d{1,3})+[a-z]?"
_CLOSED = re.compile(
    rf"\s*(?:(?:{_LETTER}|\d{{1,3}}[a-z]?|{_PLACE})\)|(?:{_PLACE}|\d{{1,3}}[a-z])[.:]|\d{{1,3}}:)[^\S\n]+(?=\S)"
)
_OPENED = re.compile(rf"\s*(?:\((?P<said>{_LETTER}|\d{{1,3}}[a-z]?|{_PLACE})\)|(?P<point>\d{{1,3}})\.)\s+(?=\S)")


_RUN, _COMMAND = re.compile(r"[^\W\d_]{2,}"), re.compile(r"\\[A-Za-z]+")


def unnumbered(text: str, names: Names) -> tuple[str, list[Note]]:
    """A text without the numbers of its lines that are nothing else, and with `=` for the colon behind the name of what
    follows; every character keeps its place. And what was noted."""
    notes: list[Note] = []
    if ")" in text or ":" in text or ". " in text:
        for begin in _lines(text):
            found = _CLOSED.match(text, begin)
            if found is not None:
                notes.append(_note(found))
                text = text[: found.start()] + re.sub(r"\S", " ", found[0]) + text[found.end() :]
    return (_equated(text, names) if ":" in text else text), notes


_GOES_ON = re.compile(r"[=:]|\s*\w+\s*(?:->|↦|\\mapsto)")
"""Behind a colon: that of `:=`, and the size of an array's head, `j:d -> …`."""
_PIECE = re.compile(r"(?:\\q?quad(?![A-Za-z])|\\\\|[\s&$])*")


def _equated(text: str, names: Names) -> str:
    """`dL/dz: q - y` as `dL/dz= q - y`, in each piece of a text, where only a name stands in front."""
    indices = scope_of(names).indices
    depth = begin = 0
    for k, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if depth == 0 and c in ",;\n":
            begin = k + 1
        elif depth == 0 and c == ":" and begin >= 0:
            at = _PIECE.match(text, begin)
            left = "" if _GOES_ON.match(text, k + 1) else text[at.end() if at else begin : k]
            label = label_of(left, names)
            if label is not None and label.certain and ("/d" in label.spelled or _is_letter(label, indices)):
                text = f"{text[:k]}={text[k + 1 :]}"
            begin = -1
    return text


def _is_letter(label: Label, indices: Container[str]) -> bool:
    """Whether a label is one letter, with what stands at it: words before a colon are a title."""
    return _RUN.search(_COMMAND.sub(" ", label.text)) is None and parts(label.spelled).base not in indices


def numbered(tokens: Tokens, text: str, scope: Scope, operands: frozenset[str]) -> tuple[int, list[Note]]:
    """Where a formula starts behind the bracketed letter of an answer that no name is, and what was noted. Raises
    `ReadError` where what stands there may be a factor."""
    found = _OPENED.match(text) if tokens[0].kind in ("(", "num") else None
    if found is None:
        return 0, []
    behind = next((k for k, t in enumerate(tokens) if t.start >= found.end()), 0)
    following = tokens[behind]
    if following.kind == "-":
        goes_on = not tokens[behind + 1].space
    else:
        goes_on = following.kind in operands and following.value not in KEYWORDS
    said = found["said"] or found["point"]
    letter = said.lstrip("0123456789.")
    if letter and ((following.kind == "(" and said.isalpha()) or _NUMBERING.fullmatch(letter) is None):
        return 0, []  # (u) (v + w), (X) w, (2z) cos V
    free = bool(letter) and letter != "e" and scope.spells(letter) is False
    if not goes_on and not (free and following.kind == "-"):
        return 0, []
    if free or (not letter and said.count(".") > 1):
        return behind, [_note(found)]
    raise ReadError(
        f"{found[0].strip()} in front reads two ways: as the number of the answer, or as a factor",
        found.span(),
        f"the answer without it, or {said} * …",
        (),
        (f"({said}){text[found.end() :]}", text[found.end() :]),
        text,
        "ambiguous",
    )


def _note(found: re.Match[str]) -> Note:
    return Note("label", f"{found[0].strip()} is taken as the number of the answer", found.span())


def _lines(text: str) -> Iterator[int]:
    """Where lines begin outside brackets."""
    yield 0
    depth = 0
    for k, c in enumerate(text):
        depth = max(0, depth + (c in "([{") - (c in ")]}"))
        if c == "\n" and depth == 0:
            yield k + 1
