"""Entries in another arrangement: `X.ravel()`, `z.reshape(-1, 1)`."""

from __future__ import annotations

from derivations.notation.errors import ReadError
from derivations.notation.read.code.pieces import Called, between_commas, marked
from derivations.notation.read.token import Token


def raveled(call: Called, operand: list[Token], options: list[list[Token]]) -> list[Token]:
    """X.ravel(), X.flatten(order="F"): all entries, row by row, or column by column."""
    said = ["".join(t.value for t in option if t.kind not in ("'", '"')) for option in options]
    said = [option.removeprefix("order=") for option in said]
    if said not in ([], ["C"], ["F"]):
        raise ReadError(
            "these options are not read", (call.start, call.end), 'order="F" for column by column', tag="operation"
        )
    columns = [Token("num", "1", call.named, call.named)]
    return marked("ravel", call, [operand, *([columns] if said == ["F"] else [])])


def reshaped(call: Called, operand: list[Token], options: list[Token]) -> list[Token]:
    """z.reshape(-1, 1), z.reshape(1, -1) of a vector: z[:, None], z[None, :]; X.reshape(-1) is X.ravel()."""
    first, *rest = between_commas(options) or [[]]
    if [t.value for t in first] == ["-", "1"] and not (rest and rest[0] and rest[0][0].kind == "num"):
        return raveled(call, operand, rest)
    shape = "".join(t.value for t in options if t.kind not in ("(", ")"))
    axis = {"-1,1": "1", "1,-1": "0"}.get(shape)
    if axis is None:
        raise ReadError(
            "this reshape is not read", (call.start, call.end), "reshape(-1, 1) or reshape(1, -1)", tag="operation"
        )
    return marked("new axis", call, [operand, [Token("num", axis, call.named, call.named)]])
