"""Answers of several named values: `w1 = (0, -1), b1 = 2`, one a line, or a table name → value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from checker.answers.arrays import split_top
from checker.answers.numerals import plain
from derivations.notation.read.prose import bare
from derivations.notation.relations import spelled
from derivations.notation.spelling import ACCENT_COMMANDS

_NAMED = re.compile(r"\s*(?P<name>[^=]+?)\s*" + spelled("=", "≈", ":=") + r"\s*(?P<value>.+?)\s*\Z", re.S)


class LinesError(ValueError):
    """A line that names no value; `piece` is the part of the answer that is at fault."""

    def __init__(self, message: str, piece: str = ""):
        super().__init__(message)
        self.piece = piece


_ACCENTED = re.compile(
    rf"\\(?P<accent>{'|'.join(ACCENT_COMMANDS)})(?![A-Za-z])\s*\{{?\s*(?P<letter>\\?[A-Za-z]+)\s*\}}?"
)


def spelled(name: str) -> str:
    """A name as people vary it, in one spelling: `w_1'`, `w_{1}^{\\prime}`, `w1′` are all w1'."""
    name = re.sub(r"\^\s*(?:T|\{\s*T\s*\}|\\top|\{\s*\\top\s*\}|⊤)\s*\Z|ᵀ\s*\Z", "", name.strip().strip("$"))
    name = _ACCENTED.sub(lambda m: m["letter"] + ACCENT_COMMANDS[m["accent"]], name)
    name = re.sub(r"\\(?:mathbf|mathrm|text|bm|boldsymbol)\b|[{}\s$\\_^]", "", name)
    return (
        name.replace("prime", "'")
        .replace("′", "'")
        .replace("new", "'")
        .replace("+", "'")
        .replace("δ", "delta")
        .replace("Δ", "Delta")
        .replace("ŷ", "yhat")
    )


def matched(name: str, asked: Iterable[str]) -> str | None:
    """The asked name that a written one means, None where there is none."""
    asked = list(asked)
    if name in asked:
        return name
    found = [a for a in asked if spelled(a) == spelled(name)]
    return found[0] if len(found) == 1 else None


def named_values(answer: Any, asked: Iterable[str]) -> dict[str, Any]:
    """Asked name → what was written for it. Raises `LinesError` for a line without a name, an unknown name, a name
    given twice."""
    asked = list(asked)
    found: dict[str, Any] = {}
    for name, value in _pairs(answer, asked):
        key = matched(name, asked)
        if key is None:
            raise LinesError(f"{name.strip()[:40]!r} is not asked; asked are {', '.join(asked)}", name.strip())
        if key in found:
            raise LinesError(f"{key} is given twice", name.strip())
        found[key] = value
    return found


def _pairs(answer: Any, asked: list[str]) -> list[tuple[str, Any]]:
    if isinstance(answer, Mapping):
        return [(str(k), v) for k, v in answer.items()]
    if isinstance(answer, (list, tuple)) and len(asked) == 1:
        return [(asked[0], answer)]
    if isinstance(answer, (list, tuple)) and all(isinstance(a, str) and "=" in a for a in answer):
        answer = "\n".join(answer)
    text = bare(plain(str(answer)), lambda word: matched(word, asked) is not None).text.strip()
    pairs: list[tuple[str, Any]] = []
    for piece in (p for line in split_top(text, "\n;") for p in _named_pieces(line)):
        line = re.sub(r"\\\\\s*\Z" if "\\begin" in piece else r"\\\\\s*\Z|&", "", piece).strip().strip(",").strip()
        line = bare(line, lambda word: matched(word, asked) is not None).text.strip()
        if not line:
            continue
        got = _NAMED.match(line)
        if got is None:
            if len(asked) == 1 and not pairs:
                return [(asked[0], text)]
            raise LinesError(f"{line[:40]!r} names no value; write name = value", line)
        pairs.append((got["name"], got["value"]))
    return pairs


def _named_pieces(line: str) -> list[str]:
    """A line cut at those commas after which a new `name =` begins."""
    pieces: list[str] = []
    for piece in split_top(line, ","):
        if pieces and "=" not in piece:
            pieces[-1] += "," + piece
        else:
            pieces.append(piece)
    return pieces
