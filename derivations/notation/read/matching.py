"""Brackets: which closes which."""

from __future__ import annotations

from derivations.notation.errors import ReadError
from derivations.notation.read.token import Token, Tokens

MAX_DEPTH = 100
"""How deep brackets nest that are read."""

_OPEN = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", "lfloor": "rfloor", "lceil": "rceil", "langle": "rangle",
    "begin": "end"}  # fmt: skip
_CLOSE = {close: open_ for open_, close in _OPEN.items()}
_SHOWN = {"begin": r"\begin", "end": r"\end", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "langle": "⟨", "rangle": "⟩"}  # fmt: skip


def _closing(opened: Token) -> str:
    """What closes a bracket, as it is written."""
    if opened.kind == "begin":
        return rf"\end{{{opened.value}}}"
    return _SHOWN.get(_OPEN[opened.kind], _OPEN[opened.kind])


def _one_letter(text: str, out: Tokens, begin: int, end: int) -> None:
    r"""An accent in braces stands over one letter with its subscripts: \bar{x + y} is no x̄ + y."""
    k = begin + 2
    while k < end and out[k].kind in ("_", "^"):
        k = max(k + 2, out[k + 1].mate + 1)
    if k < end:
        raise ReadError(
            "an accent stands over more than one letter",
            (out[begin].start, out[end].end),
            "a declared name, or what is meant, written out",
        )


def match_brackets(text: str, out: Tokens) -> None:
    """Match the brackets and close the list."""
    stack: list[int] = []
    for k, token in enumerate(out):
        kind = token.kind
        if kind in _OPEN:
            stack.append(k)
            if len(stack) > MAX_DEPTH:
                raise ReadError(f"brackets nest more than {MAX_DEPTH} deep", (token.start, token.end), tag="limit")
        elif kind in _CLOSE:
            shown = text[token.start : token.end] or _SHOWN.get(kind, kind)
            if not stack:
                raise ReadError(
                    f"this {shown} closes nothing",
                    (token.start, token.end),
                    "a matching bracket before it",
                    tag="brackets",
                )
            top = stack.pop()
            opened = out[top]
            if opened.kind != _CLOSE[kind] or (kind == "end" and opened.value != token.value):
                was = text[opened.start : opened.end] or opened.kind
                where = (
                    f"line {text.count(chr(10), 0, opened.start) + 1}, column "
                    f"{opened.start - text.rfind(chr(10), 0, opened.start)}"
                )
                raise ReadError(
                    f"the {was} opened at {where} is closed by {shown}",
                    (token.start, token.end),
                    _closing(opened),
                    tag="brackets",
                )
            token.mate, opened.mate = top, k
            if top in out.accented:
                _one_letter(text, out, top, k)
    if stack:
        opened = out[stack[-1]]
        was = text[opened.start : opened.end] or opened.kind
        raise ReadError(
            f"this {was} is never closed",
            (opened.start, max(opened.end, opened.start + 1)),
            _closing(opened),
            tag="brackets",
        )
    end = len(text)
    out.append(Token("end of text", "", end, end, True))


def rematch(tokens: list[Token]) -> None:
    """The mates of brackets after tokens have moved; they are known to match."""
    stack: list[int] = []
    for k, token in enumerate(tokens):
        if token.kind in _OPEN:
            stack.append(k)
        elif token.kind in _CLOSE and stack:
            top = stack.pop()
            token.mate, tokens[top].mate = top, k
