"""A function of code along one axis: sum(Z, axis=0, keepdims=True)."""

from __future__ import annotations

from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import Along, Surface
from derivations.notation.read.token import Token


def along_axis(cursor: Cursor, name: str, token: Token) -> Surface | None:
    """`sum(Z, axis=0)`: over one axis, counted from 0, or from the last where it is negative; `keepdims=True` keeps it
    with length 1. None where no axis is given."""
    at = cursor.pos
    bracket = cursor.toks[at]
    commas = cursor.commas(at)
    if (
        not commas
        or cursor.toks[commas[0] + 1].value not in ("axis", "keepdims")
        or cursor.toks[commas[0] + 2].value != "="
    ):
        return None
    said: dict[str, str] = {}
    for start, end in zip(commas, [*commas[1:], bracket.mate], strict=True):
        option = cursor.toks[start + 1 : end]
        said[option[0].value if option else ""] = "".join(t.value for t in option[1:])
    axis, keeps = said.pop("axis", "").removeprefix("="), said.pop("keepdims", "=False").removeprefix("=")
    if name in ("softmax", "log_softmax") and keeps == "True":
        said["keepdims"] = keeps
    if said or axis.lstrip("-") not in ("0", "1", "2", "3") or keeps not in ("True", "False"):
        raise cursor.fail(
            "these options are not read",
            cursor.toks[commas[0] + 1],
            "axis=0 or axis=1, and keepdims=True where it stays",
            span=(cursor.toks[commas[0] + 1].start, cursor.toks[bracket.mate - 1].end),
        )
    cursor.enter(bracket)
    cursor.pos += 1
    inner = cursor.guarded(parse_full)
    if cursor.pos != commas[0]:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "a comma and the axis")
    cursor.pos = bracket.mate + 1
    cursor.depth -= 1
    return cursor.node(Along(token.start, cursor.toks[bracket.mate].end, inner, name, int(axis), keeps == "True"))
