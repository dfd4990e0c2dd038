"""Calls along an axis that are formulas of others: `np.var(Z, axis=0)`, `np.linalg.norm(X, axis=1)`."""

from __future__ import annotations

from derivations.notation.errors import ReadError
from derivations.notation.read.code.pieces import Called, again, called, inner, worded
from derivations.notation.read.token import Token

_OPTIONS = {"dim": "axis", "keepdim": "keepdims"}
"""Options of PyTorch by the names that NumPy has for them."""


def axis_of(argument: list[Token]) -> list[Token]:
    """`axis=0`, `dim=0`, `0`: the axis by one name; `keepdim=True`, `keepdims=True` too."""
    if argument and argument[0].kind == "word" and argument[0].value in _OPTIONS:
        name = _OPTIONS[argument[0].value]
        return [Token("word", name, argument[0].start, argument[0].end), *argument[1:]]
    if [t.kind for t in argument] in (["num"], ["-", "num"]):
        return [
            Token("word", "axis", argument[0].start, argument[0].start),
            Token("rel", "=", argument[0].start, argument[0].start),
            *argument,
        ]
    return argument


def spread(call: Called, args: list[list[Token]], over_n: bool) -> list[Token]:
    """np.var(Z, axis=0) is the mean of (Z - mean(Z))², np.std its root; PyTorch divides by n - 1 instead."""
    at = call.start, call.named
    options = [axis_of(a) for a in args[1:]]
    named = {a[0].value for a in options if a}
    if not over_n or not named <= {"axis", "keepdims"}:
        raise ReadError(
            f"{call.name} divides by n in NumPy and by n - 1 in PyTorch",
            at,
            f"np.{call.name}(Z, axis=0), or the mean of the squares",
            tag="operation",
        )
    axis = next((a for a in options if a[0].value == "axis"), None)
    keeps = [worded("keepdims", *at), Token("rel", "=", *at), worded("True", *at)]
    averaged = [inner(args[0])] + ([] if axis is None else [again(axis), keeps])
    centred = [*again(inner(args[0])), Token("-", "-", *at), *called("mean", call, averaged)]
    made = called("mean", call, [called("square", call, [centred]), *options])
    return made if call.name == "var" else called("sqrt", call, [made])


def norm(call: Called, args: list[list[Token]]) -> list[Token] | None:
    """norm(X, 'fro') is that of all entries, norm(X, axis=1) the root of the sum of squares along the axis; `ord=` may
    stand before a degree."""
    first, *others = args
    said = [a[2:] if len(a) > 2 and a[0].value in ("ord", "p") and a[1].value == "=" else a for a in others]
    at = call.start, call.named
    options = [axis_of(a) for a in said if a and a[0].value in ("axis", "keepdims", *_OPTIONS)]
    if options:
        if len(options) < len(said) or options[0][0].value != "axis":
            return None
        return called("sqrt", call, [called("sum", call, [called("square", call, [first]), *options])])
    if len(said) == 1 and [t.value for t in said[0] if t.kind != "'"] == ["fro"]:
        name, *rest = called("norm", call, [first])
        return [name, Token("_", "_", *at), Token("word", "F", *at), *rest]
    return called("norm", call, [first, *said])
