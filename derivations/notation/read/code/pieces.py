"""Tokens of code in pieces: operands, arguments, brackets, and the calls that are put in their place."""

from __future__ import annotations

from collections.abc import Iterable

from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.token import Token

_OPENING, _CLOSING = frozenset(["(", "[", "{", r"\{", "begin"]), frozenset([")", "]", "}", r"\}", "end"])


MOST_AGAIN = 500
"""Tokens of an argument that stands twice in what a call is put in place of: var(var(…)) doubles each time."""


@frozen
class Called:
    """A call in the text: what is called; where it begins, where its name ends, where its bracket does."""

    name: str
    start: int
    named: int
    end: int


def operand_start(out: list[Token]) -> int | None:
    """Where the operand begins that ends here: a name, a bracket, a call, with `.T` and subscripts behind it."""
    k = len(out) - 1
    while k >= 0:
        kind = out[k].kind
        if kind in _CLOSING:
            depth = 0
            while k >= 0:
                depth += (out[k].kind in _CLOSING) - (out[k].kind in _OPENING)
                if depth == 0:
                    break
                k -= 1
            if k < 0:
                return None
            if k > 0 and out[k - 1].kind in ("word", "code") and not out[k].space:
                k -= 1
            elif k > 0 and out[k - 1].kind in ("_", "^"):
                k -= 2
                continue
        elif kind not in ("word", "num"):
            return None
        elif kind == "num" and k > 0 and out[k - 1].kind == "word" and not out[k].space:
            k -= 1  # W1
        if k > 1 and out[k - 1].kind in (".", "_", "^"):
            k -= 2
            continue
        return k
    return None


def closing(tokens: list[Token], k: int) -> int | None:
    """Where the round bracket at `k` closes; None where there is none."""
    if not opens(tokens, k):
        return None
    depth = 0
    for at in range(k, len(tokens)):
        depth += (tokens[at].kind in _OPENING) - (tokens[at].kind in _CLOSING)
        if depth == 0:
            return at
    return None


def opens(tokens: list[Token], k: int) -> bool:
    return k < len(tokens) and tokens[k].kind == "("


def between_commas(tokens: list[Token]) -> Iterable[list[Token]]:
    """What stands between the commas; nothing for nothing."""
    part: list[Token] = []
    depth = 0
    for token in tokens:
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        if token.kind == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def worded(value: str, start: int, end: int) -> Token:
    return Token("word", value, start, end, True)


def bracketed(call: Called, inside: list[Token]) -> list[Token]:
    """The brackets of a whole call."""
    return [Token("(", "(", call.start, call.start), *inside, Token(")", ")", call.end, call.end)]


def inner(argument: list[Token]) -> list[Token]:
    """Brackets around an argument, which take no room in the text."""
    if not argument:
        return argument
    start, end = argument[0].start, argument[-1].end
    return [Token("(", "(", start, start), *argument, Token(")", ")", end, end)]


def again(tokens: list[Token]) -> list[Token]:
    """The same tokens once more: a bracket knows its own other one. Raises `ReadError` where calls within calls would
    grow without end."""
    if len(tokens) > MOST_AGAIN:
        raise ReadError("these calls within calls grow too large", (tokens[0].start, tokens[-1].end), tag="limit")
    return [Token(t.kind, t.value, t.start, t.end, t.space) for t in tokens]


def called(function: str, call: Called, args: list[list[Token]], kind: str = "word") -> list[Token]:
    """A function with its arguments in brackets."""
    commas = [t for n, a in enumerate(args) for t in ([Token(",", ",", call.named, call.named)] if n else []) + a]
    opening, closing = Token("(", "(", call.named, call.named), Token(")", ")", call.end, call.end)
    return [Token(kind, function, call.start, call.named, True), opening, *commas, closing]


def marked(function: str, call: Called, args: list[list[Token]]) -> list[Token]:
    """What only code has: a token with the name of its rule, and the arguments in brackets."""
    return called(function, call, args, "code")
