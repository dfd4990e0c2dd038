"""A list of definitions as text, taken apart: `z = w^T x and p(x) = σ(z)`, `dout is dL/dy`."""

from __future__ import annotations

import re

from checker.answers.arrays import split_top

_ONE = re.compile(
    (
        r"(?P<left>\\?[^\W\d_]+(?:\{\\?[^\W\d_]+\}| \\?[^\W\d_]+)?'?(?:_(?:\{[A-Za-z0-9, "
        r"]+\}|[A-Za-z0-9]))?)(?P<of>\((?:[^()]|\([^()]*\))*\))?(?::=|≔|=|\\coloneqq)"
        r"(?P<right>(?:[^=<>≤≥∈{}\[]|\[[^\[\]=]*[<>≤≥][^\[\]=]*\]|\[|\{(?:[^{}]|\{[^{}]*\})*\})+)\Z"
    ),
    re.S,
)

_SPACE = re.compile(r"\\[ ,;:!]|\\q?quad(?![A-Za-z])")
"""What sets a definition apart from the one before it."""


_CASES = re.compile(r"\\begin\{cases\}.*?\\end\{cases\}", re.S)
_IS = re.compile(
    r"(?P<left>\\?[A-Za-z]+(?:_(?:\{\w+\}|\w))?)\s+(?:is|denotes|stands for)\s+(?:the\s+)?(?P<right>\S.*)\Z", re.S
)
_HELD = "\ue000"
"""Stands for an environment while a text is cut at its commas; no text holds it."""


def definitions(text: str) -> list[tuple[str, str, str]] | None:
    """`z = w^T x and p(x) = σ(z)`, `dout is dL/dy` as (name, formula, the arguments behind the name); None where it is
    anything else."""
    held = _CASES.findall(text)
    text = _CASES.sub(_HELD, text.replace(_HELD, ""))
    pieces = [
        p
        for part in split_top(_SPACE.sub(" ", text).replace("$", " ").replace("\\\\", "\n"), ",;\n")
        for p in re.split(r"\s+and\s+|\\text\{\s*and\s*\}", part)
    ]
    pieces = [_IS.sub(r"\g<left>=\g<right>", p.strip()) if "=" not in p else p for p in pieces]
    found = [
        _ONE.match(re.sub(r"\s*([:=_(])\s*", r"\1", p.strip().strip("&").rstrip(" .")))
        for p in pieces
        if p.strip(" .&")
    ]
    if not found or not all(found):
        return None
    back = iter(held)
    return [(m["left"], re.sub(_HELD, lambda _: next(back), m["right"]), m["of"] or "") for m in found if m]
