r"""Mathematics in words: `dA multiplied elementwise by the indicator that Z > 0`, `y minus p`, `X transpose times r`.

A phrase is read as its sign where nothing beside it could be meant otherwise: `y minus p times x` has two meanings and
is refused, `(y minus p) times x` has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from derivations.formula import Note
from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.prose import Taken
from derivations.notation.words import FUNCTIONS


@frozen
class Phrase:
    """Words for a sign. `binds`: as a sum, a product, a sum over an index (`over`), a power behind its base, or a
    condition up to the end."""

    words: tuple[str, ...]
    sign: str
    binds: str


_BY_ENTRY = r"element-?\s?wise|entry-?\s?wise|component-?\s?wise"
PHRASES: tuple[Phrase, ...] = (
    Phrase(
        (
            rf"multiplied (?:{_BY_ENTRY}) (?:by|with)",
            rf"(?:{_BY_ENTRY}) multiplied (?:by|with)",
            rf"times (?:{_BY_ENTRY})",
            rf"(?:{_BY_ENTRY}) times",
            "hadamard",
        ),
        "⊙", "product",
    ),
    Phrase(("multiplied by", "multiplied with", "times"), "×", "product"),
    Phrase(("divided by",), "/", "product"),
    Phrase(("plus",), "+", "sum"),
    Phrase(("minus",), "-", "sum"),
    Phrase(("squared",), "^2", "power"),
    Phrase(("cubed",), "^3", "power"),
    Phrase(("transpose",), "^T", "power"),
    Phrase(
        (r"(?:the )?sum over (?:all )?(?P<index>[a-z](?:(?:\s?,\s?|\s?,?\sand\s)[a-z])*) of",), "sum_", "over",
    ),
    Phrase((r"(?:the )?indicator (?:that|of|for)", r"(?:the )?indicator function (?:that|of|for)"), "1[", "condition"),
)  # fmt: skip
"""Phrases and their signs."""

_PHRASE = re.compile(
    "|".join(rf"(?P<p{k}>(?<![\w\\.])(?:{'|'.join(phrase.words)})(?![\w\\(]))" for k, phrase in enumerate(PHRASES)),
    re.IGNORECASE,
)
MAX_PHRASES = 40
"""More words for signs in one text are not looked through."""

_FIRST = re.compile(
    r"\b(?:multiplied|times|hadamard|divided|plus|minus|squared|cubed|transpose|sum over|indicator)\b|wise\b", re.I
)
_WORDS = re.compile(r"[A-Za-z]+")
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")
_NAME = re.compile(r"\\?[A-Za-z]\w*(?:\{[^{}]*\})?\Z")


@frozen
class Said:
    """A phrase where it stands, and how deep in brackets."""

    phrase: Phrase
    start: int
    end: int
    index: str
    depth: int


def in_signs(text: str, taken: Taken) -> tuple[str, list[Note]]:
    """The text with its phrases as signs, every character in its place, and what was noted. Raises `ReadError` for one
    with two meanings."""
    if not _FIRST.search(text) or "\\text" in text or "\n" in text:
        return text, []
    found = list(islice(_said(text, taken), MAX_PHRASES + 1))
    if len(found) > MAX_PHRASES:
        here = (found[-1].start, found[-1].end)
        raise ReadError(f"more than {MAX_PHRASES} words for signs", here, "signs", (), (), text, "limit")
    notes = []
    behind = ""
    for said in found:
        _refuse_two_meanings(text, said, found, taken)
        shown = text[said.start : said.end]
        sign = said.phrase.sign + said.index
        if len(sign) > len(shown):
            return text, []
        meant = f"{sign}…]" if sign.endswith("[") else sign
        notes.append(Note("words", f"“{' '.join(shown.split())}” was read as {meant}", (said.start, said.end)))
        behind += "]" if said.phrase.binds == "condition" else ""
        text = text[: said.start] + sign.ljust(len(shown)) + text[said.end :]
        if said.phrase.binds == "power":
            text = _close_up(text, said.start)
    if behind:
        kept = text.rstrip(" .;$")
        text = kept + behind + text[len(kept) :]
    return text, notes


def _said(text: str, taken: Taken) -> Iterator[Said]:
    depth, at = 0, 0
    for found in _PHRASE.finditer(text):
        depth += sum(text.count(c, at, found.start()) for c in "([{") - sum(
            text.count(c, at, found.start()) for c in ")]}"
        )
        at = found.start()
        if not any(taken(word) and word not in FUNCTIONS for word in _WORDS.findall(found[0]) if len(word) > 1):
            phrase = PHRASES[int(str(found.lastgroup)[1:])]
            letters = re.split(r"\W+(?:and\W+)?", found["index"] or "")
            index = letters[0] if len(letters) == 1 else f"{{{','.join(letters)}}}"
            yield Said(phrase, found.start(), found.end(), index, depth)


def _close_up(text: str, at: int) -> str:
    """A power moved up to its base, across the space between them."""
    base = len(text[:at].rstrip())
    sign = text[at : at + 2]
    return text[:base] + sign + " " * (at - base) + text[at + 2 :]


def _applied(text: str) -> bool:
    """Whether a function without brackets stands in front: `log p times y` may be log(p y)."""
    words = re.findall(r"([A-Za-z]+)(?=[\s_^])(?!\s*\()", text)
    return any(word in FUNCTIONS and word != "sum" for word in words)


def _ends_operand(text: str, taken: Taken) -> bool:
    """Whether a value ends here: a name, a number, a bracket."""
    text = text.rstrip()
    word = _LAST_WORD.search(text)
    return (
        text.endswith((")", "]", "}", "'")) or text[-1:].isdigit() or (word is not None and taken(word[0]) is not False)
    )


def _refuse_two_meanings(text: str, said: Said, found: list[Said], taken: Taken) -> None:
    begin, end = _segment(text, said)
    before, after = text[begin : said.start], text[said.end : end]
    sums = [other for other in found if other.phrase.binds == "sum" and other.depth == said.depth]
    additive_before = _additive(before) or any(begin <= other.start < said.start for other in sums)
    additive_after = _additive(after) or any(said.end <= other.start < end for other in sums)
    twice = {
        "product": additive_before or additive_after or _applied(before),
        "over": additive_after,
        "condition": any(other.start >= said.end for other in found) or said.depth > 0,
        "sum": said.phrase.sign == "+" and not _ends_operand(before, taken),
        "power": not (before.rstrip().endswith((")", "]")) or _NAME.fullmatch(before.strip())),
    }.get(said.phrase.binds, False)
    if twice:
        shown = " ".join(text[said.start : said.end].split())
        raise ReadError(
            f"what {shown} belongs to can be understood in two ways",
            (said.start, said.end),
            "brackets around it, or signs instead of words",
            (), (), text, "words",
        )  # fmt: skip


def _segment(text: str, said: Said) -> tuple[int, int]:
    """What stands around a phrase in its own brackets, up to relations and commas."""
    bounds = []
    for step, at in ((-1, said.start - 1), (1, said.end)):
        depth = 0
        while 0 <= at < len(text):
            c = text[at]
            depth += (c in ")]}") * -step + (c in "([{") * step
            if depth < 0 or (depth == 0 and c in "=,;:<>"):
                break
            at += step
        bounds.append(at + 1 if step < 0 else at)
    return bounds[0], bounds[1]


def _additive(text: str) -> bool:
    """Whether a + or - between two values stands in a text, outside its brackets."""
    depth = 0
    for k, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if depth == 0 and c in "+-−" and text[:k].strip() and text[:k].rstrip()[-1] not in "^_*/·=":
            return True
    return False
