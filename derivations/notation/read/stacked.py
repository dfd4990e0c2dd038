r"""What stands in a `\text{…}` and what is set above and below a sign, as tokens.

\text{since } a = b        text `since`, then the formula
\underset{k}{\max} s_k     \max_{k} s_k
a \overset{(1)}{=} b       a = b; the (1) is noted
a \overset{\text{def}}{=} b   a := b
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derivations.formula import Note
from derivations.notation.errors import ReadError
from derivations.notation.read.dressing import group_end
from derivations.notation.read.phrases import REASONING
from derivations.notation.read.prose import take_apart
from derivations.notation.read.symbols import RELATIONS
from derivations.notation.read.token import Token, Tokens
from derivations.notation.words import BINDERS, FUNCTIONS

Scan = Callable[[str, int, int, Tokens], None]
"""Appends the tokens between two positions of a text."""


def words_of(text: str, start: int, at: int, end: int, space: bool, out: Tokens) -> int:
    r"""The words of a `\text{…}`: appends their tokens and says where reading goes on."""
    inside = text[at : end - 1]
    words = inside.strip()
    if words.startswith("(") and words.count("(") > words.count(")") and ")" in text[end:]:
        at += inside.index("(")
        out.append(Token("(", "(", start, at + 1, space))  # \text{(using } A = B)
        words, start = words[1:].lstrip(), at + 1
    if len(words) > 1 and words[0] in ",;":
        at += inside.index(words[0])
        out.append(Token(words[0], words[0], start, at + 1, space))  # \text{, else}
        words, start = words[1:].lstrip(), at + 1
    words = words if r"\_" not in words else words.replace(r"\_", "_")
    kind = "word" if (words.isalpha() and words.isascii()) or words in FUNCTIONS else "text"
    if words:
        out.append(Token(kind, words, start, end, space or inside[:1] == " "))
    return end


_ONE = re.compile(r"\\[A-Za-z]+|[^\s{}]")
_DRESSED = re.compile(r"\\(?:text\w*|mathrm|mbox)\s*\{(?P<words>[^{}]*)\}")
_DEFINING = frozenset(["def", "def.", "defn", "definition", r"\triangle", r"\Delta"])
_MARK = re.compile(r"!|\*|\(?\d{1,3}\)?|\((?:[a-z*]|[ivx]{1,4})\)")
"""What stands above an = and says nothing of it: that it is demanded, or its number."""
_TAKE_INDEX = frozenset([*BINDERS, "arg", "argmax", "argmin"])
"""Words below which an index may stand."""


def stacked(text: str, name: str, start: int, at: int, space: bool, out: Tokens, scan: Scan) -> int:
    r"""\underset, \overset, \stackrel: appends their tokens and says where reading goes on."""
    (a, b), at = _argument(text, name, start, at)
    (c, d), at = _argument(text, name, start, at)
    beside, base = text[a:b].strip(), text[c:d].strip()
    if base in RELATIONS:
        out.append(Token("rel", _related(text, beside, base, (a, b), out), start, at, space))
        return at
    before = len(out)
    scan(text, c, d, out)
    first = out[before] if len(out) > before else None
    big = first is not None and first.kind in ("sum", "prod")
    if not big and (name != "underset" or first is None or first.value not in _TAKE_INDEX):
        raise ReadError(rf"{beside} set beside {base} is not read", (start, at), "the formula without it")
    mark = "_" if name == "underset" else "^"
    out += [Token(mark, mark, a, a), Token("{", "{", a, a)]
    scan(text, a, b, out)
    out.append(Token("}", "}", b, b))
    return at


_SIDE = re.compile(r"\\(left|right)(?![A-Za-z])\s*(\\[A-Za-z]+|\\?.)", re.DOTALL)


def bar_behind(text: str, at: int) -> int | None:
    r"""Where the \right| stands that closes a \left. before a position; None where it closes otherwise."""
    depth = 0
    for side in _SIDE.finditer(text, at):
        if side[1] == "left":
            depth += 1
        elif depth:
            depth -= 1
        else:
            return side.start() if side[2] in ("|", r"\vert", r"\rvert") else None
    return None


def _argument(text: str, name: str, start: int, at: int) -> tuple[tuple[int, int], int]:
    """Where an argument begins and ends, in braces or one symbol, and where reading goes on."""
    while text[at : at + 1].isspace():
        at += 1
    end = group_end(text, at) if text.startswith("{", at) else 0
    if end:
        return (at + 1, end - 1), end
    one = _ONE.match(text, at)
    if one is None:
        raise ReadError(rf"\{name} needs two arguments", (start, at), rf"\{name}{{…}}{{…}}")
    return one.span(), one.end()


def _related(text: str, above: str, base: str, span: tuple[int, int], out: Tokens) -> str:
    """The relation that a sign is under what stands above it: a number or a reason changes nothing."""
    dressed = _DRESSED.fullmatch(above)
    words = (dressed["words"] if dressed else above).strip()
    if words in _DEFINING and RELATIONS[base] == "=":
        return ":="
    explained = words.strip("() ").replace(" ", "").isalpha() and len(words) > 1
    if explained:
        found = take_apart(words, lambda word: False, 0, REASONING)
        explained = found.unknown is None and not found.formulas
    if not explained and not _MARK.fullmatch(words):
        raise ReadError(f"{above} above {base} is not read", (span[0], max(span[1], span[0] + 1)), f"{base} alone")
    out.notes.append(Note("remark", words, span))
    return RELATIONS[base]
