"""Calls that say in strings what they mean: `np.einsum("ij,j->i", A, x)`, `F.mse_loss(a, b, reduction="sum")`."""

from __future__ import annotations

from derivations.notation.errors import ReadError
from derivations.notation.read.code.pieces import Called, marked
from derivations.notation.read.token import Token


def subscripts(call: Called, inside: list[Token]) -> tuple[str, list[Token]]:
    """What the string of an einsum says, and the tokens of its arrays."""
    ends = [k for k, t in enumerate(inside) if t.kind == "'"]
    if len(ends) < 2 or ends[0] != 0 or not (inside[ends[1] + 1 :] and inside[ends[1] + 1].kind == ","):
        raise ReadError(
            "einsum is read with its subscripts first",
            (call.start, call.named),
            'einsum("ij,j->i", A, x)',
            tag="operation",
        )
    said = "".join(t.value for t in inside[1 : ends[1]])
    return said.replace("=>", "->"), inside[ends[1] + 2 :]  # an arrow is one sign, whichever was written


def loss(call: Called, args: list[list[Token]]) -> list[Token]:
    """A loss with its reduction: the mean where nothing is said."""
    options = ["".join(t.value for t in a if t.kind != "'").partition("=") for a in args[2:]]
    (option, _, reduction), *others = options or [("reduction", "=", "mean")]
    if len(args) < 2 or others or option != "reduction" or reduction not in ("mean", "sum", "none"):
        raise ReadError(
            f"{call.name} is read with input, target and reduction",
            (call.start, call.named),
            f'{call.name}(a, b, reduction="sum")',
            tag="operation",
        )
    plain = [without_name(a, name) for a, name in zip(args, ("input", "target"), strict=False)]
    return marked(f"loss:{call.name}:{reduction}", call, plain)


def convolved(call: Called, args: list[list[Token]], of_signal: bool) -> list[Token]:
    """A convolution or a correlation with its mode; np.correlate alone is valid where nothing is said."""
    kind = call.name.removesuffix("2d").removeprefix("fft")
    usual = "valid" if kind == "correlate" and not of_signal else "full"
    options = ["".join(t.value for t in a if t.kind != "'") for a in args[2:]]
    mode = options[0].removeprefix("mode=") if options else usual
    if len(args) < 2 or len(options) > 1 or mode not in ("full", "valid"):
        why = "which entries are the middle ones depends on the parity of a size" if mode == "same" else (
            f"{call.name} is read with two arrays and a mode"
        )  # fmt: skip
        raise ReadError(why, (call.start, call.named), f'{call.name}(a, b, mode="full")', tag="operation")
    axes = "2" if call.name.endswith("2d") else "" if of_signal else "1"
    return marked(f"{kind}:{mode}:{axes}", call, args[:2])


def without_name(argument: list[Token], *names: str) -> list[Token]:
    """`axis=1` as 1."""
    at = next((k for k, t in enumerate(argument[:4]) if t.kind == "rel"), 0)
    return argument[at + 1 :] if at and "".join(t.value for t in argument[:at]) in names else argument
