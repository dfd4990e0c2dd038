"""Calls as Python code writes them, respelled in the notation before they are read: an answer may be a line of NumPy or
PyTorch.

    np.exp(z)               exp(z)              X.T.dot(r)            matmul(X.T, r)
    np.dot(A, b)            matmul(A, b)        z.sum()               sum(z)
    np.maximum(0, z)        max(0, z)           Z.sum(axis=0)         sum(Z, axis=0)
    np.where(z > 0, a, 0)   ((a) if z > 0 else (0))

Tokens stand for tokens, and nothing is run. What is in no table is refused: `np.foo(z)` is not the product of n, p and
foo(z).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from derivations.atoms import by_row
from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.token import Token
from derivations.notation.words import ALONG

MODULES = frozenset(["np", "numpy", "jnp", "torch", "math", "scipy"])
WITHIN = frozenset(["linalg", "special", "numpy", "nn", "functional"])
"""Modules inside these: np.linalg.inv."""

_OTHERS = {
    "average": "mean", "inverse": "inv", "t": "transpose", "pow": "power", "dot": "matmul", "mm": "matmul",
    "mv": "matmul",
} | {f: f for f in (
    "softmax", "log_softmax", "logsumexp", "logdet", "trace", "diag", "det", "norm", "outer", "inner", "prod", "sum",
    "mean", "inv", "transpose", "power", "matmul",
)}  # fmt: skip
SAME: Mapping[str, str] = by_row(lambda row: dict.fromkeys(row.code, row.name), _OTHERS)
"""Functions that the notation has, by their names in code."""

PAIRWISE = frozenset(["maximum", "minimum"])

INFIX: Mapping[str, str] = MappingProxyType(
    {"multiply": "*", "mul": "*", "divide": "/", "true_divide": "/", "add": "+", "subtract": "-", "sub": "-"}
)
"""Functions of two arguments that are an operator of the notation."""

SIZED: Mapping[str, str] = MappingProxyType({"eye": "I", "identity": "I", "ones": "ones"})
"""Functions of a size."""

WRAPPERS = frozenset(["array", "asarray", "tensor"])
"""Functions whose value is their argument."""

CONSTANTS = frozenset(["pi", "e"])

UNARY = frozenset(
    [
        "exp",
        "log",
        "sqrt",
        "abs",
        "sigmoid",
        "tanh",
        "relu",
        "square",
        "trace",
        "det",
        "inverse",
        "transpose",
        "t",
        "diag",
        "norm",
    ]
)
"""Methods without arguments; `y.log(p)` is a product."""

KEEPING = frozenset(["astype", "float", "double", "copy", "clone", "item"])
"""Methods whose value is their operand; of a condition, its indicator."""

METHODS = UNARY | KEEPING | frozenset(INFIX) | ALONG | {"pow", "dot", "matmul", "mm", "mv"}
"""What is called on its first argument: z.sum(), X.dot(w)."""

MAX_NESTED = 40

_CODE = re.compile(rf"\b(?:{'|'.join(sorted(MODULES))})\s*\.\s*[A-Za-z]|\.(?:{'|'.join(sorted(METHODS))})\s*\(")
_OPENING, _CLOSING = frozenset(["(", "[", "{", r"\{", "begin"]), frozenset([")", "]", "}", r"\}", "end"])


def is_code(text: str) -> bool:
    """Whether a text may hold a call of a module or a method."""
    return "." in text and _CODE.search(text) is not None


def respelled(tokens: list[Token], depth: int = 0) -> list[Token]:
    """The tokens with every call of the tables respelled. Raises `ReadError` for other calls of a module: `np.foo(z)`
    is no product."""
    if depth > MAX_NESTED:
        raise ReadError(f"calls nest more than {MAX_NESTED} deep", (tokens[0].start, tokens[-1].end), tag="limit")
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        name = _qualified(tokens, k)
        if name is not None:
            word = tokens[name]
            close = _close(tokens, name + 1)
            if close is not None:
                made = _respell(
                    Called(word.value, token.start, word.end, tokens[close].end), _arguments(tokens, name, close, depth)
                )
            else:
                made = (
                    [_word(word.value, token.start, word.end)]
                    if word.value in CONSTANTS or _opens(tokens, name + 1)
                    else None
                )
            if made is None:
                shown = ".".join(t.value for t in tokens[k : name + 1] if t.kind == "word")
                raise ReadError(
                    f"{shown} is not read here",
                    (token.start, word.end),
                    "the function in the notation",
                    tag="unknown-name",
                )
            out += made
            k = (name if close is None else close) + 1
            continue
        if (
            token.kind == "."
            and out
            and k + 2 < len(tokens)
            and tokens[k + 1].kind == "word"
            and tokens[k + 1].value in METHODS
        ):
            start, close, word = _operand(out), _close(tokens, k + 2), tokens[k + 1]
            if start is not None and close is not None and not (word.value in UNARY and close > k + 3):
                call = Called(word.value, out[start].start, word.end, tokens[close].end)
                made = _respell(call, [out[start:], *_arguments(tokens, k + 1, close, depth)])
                if made is not None:
                    out[start:] = made
                    k = close + 1
                    continue
        out.append(token)
        k += 1
    return out


@frozen
class Called:
    """A call in the text: what is called; where it begins, where its name ends, where its bracket does."""

    name: str
    start: int
    named: int
    end: int


def _qualified(tokens: list[Token], k: int) -> int | None:
    """Where the name is in `np.exp`, `np.linalg.inv`; None where no module begins."""
    if tokens[k].kind != "word" or tokens[k].value not in MODULES:
        return None
    while k + 2 < len(tokens) and tokens[k + 1].kind == "." and tokens[k + 2].kind == "word":
        k += 2
        if tokens[k].value not in WITHIN or not (k + 1 < len(tokens) and tokens[k + 1].kind == "."):
            return _whole(tokens, k)
    return None


def _whole(tokens: list[Token], k: int) -> int:
    """A name with `_` in it is one word: log_softmax, true_divide."""
    while (
        k + 2 < len(tokens)
        and tokens[k + 1].kind == "_"
        and tokens[k + 2].kind == "word"
        and not tokens[k + 1].space
        and not tokens[k + 2].space
    ):
        joined = Token(
            "word", f"{tokens[k].value}_{tokens[k + 2].value}", tokens[k].start, tokens[k + 2].end, tokens[k].space
        )
        tokens[k : k + 3] = [joined]
    return k


def _operand(out: list[Token]) -> int | None:
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
            if k > 0 and out[k - 1].kind == "word" and not out[k].space:
                k -= 1
            elif k > 0 and out[k - 1].kind in ("_", "^"):
                k -= 2
                continue
        elif kind not in ("word", "num"):
            return None
        if k > 1 and out[k - 1].kind in (".", "_", "^"):
            k -= 2
            continue
        return k
    return None


def _arguments(tokens: list[Token], k: int, close: int, depth: int) -> list[list[Token]]:
    return [respelled(part, depth + 1) for part in _parts(tokens[k + 2 : close])]


def _respell(call: Called, args: list[list[Token]]) -> list[Token] | None:
    """The tokens of one call; None where it is in no table."""
    name = SAME.get(call.name, call.name)
    at = call.start, call.named
    if (
        name == "astype"
        and len(args) == 2
        and any(t.value in ("int", "bool", "long") for t in args[1])
        and not any(t.kind == "rel" for t in args[0])
    ):
        raise ReadError(
            "a conversion to whole numbers is not read", at, "floor(x), or the value itself", tag="operation"
        )
    if name in KEEPING and args:
        return args[0]
    if name in INFIX and len(args) == 2:
        return _round(call, [*_inner(args[0]), Token(INFIX[name], INFIX[name], *at), *_inner(args[1])])
    if name == "solve" and len(args) == 2:
        return _round(call, [_word("inv", *at), *_inner(args[0]), Token("@", "@", *at), *_inner(args[1])])
    if name == "where" and len(args) == 3:
        return _round(call, [*_inner(args[1]), _word("if", *at), *args[0], _word("else", *at), *_inner(args[2])])
    if name == "reciprocal" and len(args) == 1:
        return _round(call, [Token("num", "1", *at), Token("/", "/", *at), *_inner(args[0])])
    if name == "negative" and len(args) == 1:
        return _round(call, [Token("-", "-", *at), *_inner(args[0])])
    if name in SIZED and len(args) == 1:
        return [
            _word(SIZED[name], *at),
            Token("_", "_", *at),
            Token("{", "{", *at),
            *args[0],
            Token("}", "}", call.end, call.end),
        ]
    if name in ("zeros", "zeros_like"):
        return [Token("num", "0", call.start, call.end)]
    if name in WRAPPERS and len(args) == 1:
        return _round(call, args[0])
    if name in ALONG and call.name not in PAIRWISE:
        args = [*args[:1], *map(_axis, args[1:])]
    if call.name in SAME:
        commas = [t for n, a in enumerate(args) for t in ([Token(",", ",", call.named, call.named)] if n else []) + a]
        return [_word(name, *at), Token("(", "(", call.named, call.named), *commas, Token(")", ")", call.end, call.end)]
    return None


def _axis(argument: list[Token]) -> list[Token]:
    """`axis=0`, `dim=0`, `0`: the axis by one name."""
    if argument and argument[0].kind == "word" and argument[0].value == "dim":
        return [Token("word", "axis", argument[0].start, argument[0].end), *argument[1:]]
    if [t.kind for t in argument] in (["num"], ["-", "num"]):
        return [
            Token("word", "axis", argument[0].start, argument[0].start),
            Token("rel", "=", argument[0].start, argument[0].start),
            *argument,
        ]
    return argument


def _opens(tokens: list[Token], k: int) -> bool:
    return k < len(tokens) and tokens[k].kind == "("


def _close(tokens: list[Token], k: int) -> int | None:
    """Where the round bracket at `k` closes; None where there is none."""
    if not _opens(tokens, k):
        return None
    depth = 0
    for at in range(k, len(tokens)):
        depth += (tokens[at].kind in _OPENING) - (tokens[at].kind in _CLOSING)
        if depth == 0:
            return at
    return None


def _parts(tokens: list[Token]) -> Iterable[list[Token]]:
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


def _word(value: str, start: int, end: int) -> Token:
    return Token("word", value, start, end, True)


def _round(call: Called, inside: list[Token]) -> list[Token]:
    """The brackets of a whole call."""
    return [Token("(", "(", call.start, call.start), *inside, Token(")", ")", call.end, call.end)]


def _inner(argument: list[Token]) -> list[Token]:
    """Brackets around an argument, which take no room in the text."""
    if not argument:
        return argument
    start, end = argument[0].start, argument[-1].end
    return [Token("(", "(", start, start), *argument, Token(")", ")", end, end)]
