"""Calls as Python code writes them, respelled in the notation before they are read: an answer may be a line of NumPy or
PyTorch.

    np.exp(z)               exp(z)              X.T.dot(r)            matmul(X.T, r)
    np.dot(A, b)            matmul(A, b)        z.sum()               sum(z)
    np.maximum(0, z)        max(0, z)           Z.sum(axis=0)         sum(Z, axis=0)
    np.where(z > 0, a, 0)   ((a) if z > 0 else (0))

What only code has (`X.shape[0]`, `len(X)`, `np.eye(n)`, `z[:, None]`) becomes a token of kind `code`, whose meaning is
in `meaning.arrays`. Tokens stand for tokens, and nothing is run. What is in no table is refused: `np.foo(z)` is not the
product of n, p and foo(z).
"""

from __future__ import annotations

from collections.abc import Callable

from derivations.notation.errors import ReadError
from derivations.notation.read.code.along import axis_of, norm, spread
from derivations.notation.read.code.choosing import both, chosen, counts, from_the_last, row_of_label
from derivations.notation.read.code.densities import density
from derivations.notation.read.code.pieces import (
    Called,
    again,
    between_commas,
    bracketed,
    called,
    closing,
    inner,
    marked,
    opens,
    operand_start,
    worded,
)
from derivations.notation.read.code.reshaping import raveled, reshaped
from derivations.notation.read.code.saying import convolved, loss, subscripts, without_name
from derivations.notation.read.code.tables import (
    ARRAYS,
    COMPARED,
    CONSTANTS,
    CONVOLVED,
    FLOATS,
    INFIX,
    JOINED,
    KEEPING,
    LOSSES,
    METHODS,
    MODULES,
    NOWHERE,
    PAIRWISE,
    SAME,
    SHORT_MODULES,
    SLOPES,
    SPREADS,
    UNARY,
    WHOLE,
    WITHIN,
    WRAPPERS,
)
from derivations.notation.read.token import Token
from derivations.notation.words import ALONG

MAX_NESTED = 40


Taken = Callable[[str], bool | None]
"""Whether a word is a declared name."""

NEW_AXIS = frozenset(["None", "newaxis"])


def respelled(tokens: list[Token], taken: Taken, depth: int = 0) -> list[Token]:
    """The tokens with every call of the tables respelled. Raises `ReadError` for other calls of a module: `np.foo(z)`
    is no product."""
    if depth > MAX_NESTED:
        raise ReadError(f"calls nest more than {MAX_NESTED} deep", (tokens[0].start, tokens[-1].end), tag="limit")
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        for habit in _HABITS:
            after = habit(tokens, k, out, taken, depth)
            if after is not None:
                k = after
                break
        else:
            out.append(tokens[k])
            k += 1
    return out


def _of_module(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    """np.exp(z), np.linalg.inv(A), np.pi, F.relu(z)."""
    name = _qualified(tokens, k, taken)
    if name is None:
        return None
    token, word, close = tokens[k], tokens[name], closing(tokens, name + 1)
    if close is None:
        plain = word.value in CONSTANTS or opens(tokens, name + 1)
        made = [worded(word.value, token.start, word.end)] if plain else None
        if word.value in NOWHERE:
            made = [Token("nowhere", "⊥", token.start, word.end, True)]
    elif word.value in SPREADS:
        call = Called(word.value, token.start, word.end, tokens[close].end)
        made = spread(call, _arguments(tokens, name, close, taken, depth), token.value != "torch")
    elif word.value in FLOATS | WHOLE:
        named = [Token("word", word.value, word.start, word.end)]
        args = _arguments(tokens, name, close, taken, depth)
        call = Called("astype", token.start, word.end, tokens[close].end)
        made = _kept(call, bracketed(call, args[0]), named) if len(args) == 1 else None
    elif word.value == "einsum":
        call = Called(word.value, token.start, word.end, tokens[close].end)
        said, arrays = subscripts(call, tokens[name + 2 : close])
        made = marked(f"einsum:{said}", call, [respelled(part, taken, depth + 1) for part in between_commas(arrays)])
    elif word.value in LOSSES:
        call = Called(word.value, token.start, word.end, tokens[close].end)
        made = loss(call, _arguments(tokens, name, close, taken, depth))
    elif word.value in CONVOLVED:
        call = Called(word.value, token.start, word.end, tokens[close].end)
        of_signal = any(t.value == "signal" for t in tokens[k:name])
        made = convolved(call, _arguments(tokens, name, close, taken, depth), of_signal)
    elif word.value == "lstsq":
        made, close = _least_squares(tokens, k, name, close, taken, depth)
    elif word.value == "slogdet":
        made, close = _log_determinant(tokens, k, name, close, taken, depth)
    else:
        call = Called(word.value, token.start, word.end, tokens[close].end)
        args = _arguments(tokens, name, close, taken, depth)
        if token.value not in ("torch", "F"):  # torch.max(y, z) goes entry by entry
            _refuse_second(call, args)
        made = (norm if word.value == "norm" else _respell)(call, args)
    if made is None:
        shown = ".".join(t.value for t in tokens[k : name + 1] if t.kind == "word")
        raise ReadError(
            f"{shown} is not read here", (token.start, word.end), "the function in the notation", tag="unknown-name"
        )
    out += made
    return (name if close is None else close) + 1


def _least_squares(
    tokens: list[Token], k: int, name: int, close: int, taken: Taken, depth: int
) -> tuple[list[Token], int]:
    """np.linalg.lstsq(A, b, rcond=None)[0] is pinv(A) @ b; without [0] it is four things."""
    start, end = tokens[k].start, tokens[close].end
    if [t.value for t in tokens[close + 1 : close + 4]] != ["[", "0", "]"]:
        raise ReadError("lstsq gives four things", (start, end), "lstsq(A, b)[0], the solution", tag="operation")
    args = _arguments(tokens, name, close, taken, depth)
    if len(args) not in (2, 3) or (len(args) == 3 and (not args[2] or args[2][0].value != "rcond")):
        raise ReadError("lstsq takes a matrix and a vector", (start, end), "lstsq(A, b)[0]", tag="operation")
    call = Called("lstsq", start, tokens[name].end, tokens[close + 3].end)
    return marked("least squares", call, args[:2]), close + 3


def _log_determinant(
    tokens: list[Token], k: int, name: int, close: int, taken: Taken, depth: int
) -> tuple[list[Token], int]:
    """np.linalg.slogdet(A)[1] is log |det A|; without [1] it is two things."""
    start, end = tokens[k].start, tokens[close].end
    if [t.value for t in tokens[close + 1 : close + 4]] != ["[", "1", "]"]:
        raise ReadError("slogdet gives two things", (start, end), "slogdet(A)[1], the logarithm", tag="operation")
    call = Called("slogdet", start, tokens[name].end, tokens[close + 3].end)
    return called("logdet", call, _arguments(tokens, name, close, taken, depth)), close + 3


def _method(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    """z.sum(), X.dot(w), (Z > 0).astype(float)."""
    if tokens[k].kind != "." or not out or k + 2 >= len(tokens) or tokens[k + 1].kind != "word":
        return None
    start, close, word = operand_start(out), closing(tokens, k + 2), tokens[k + 1]
    if (
        word.value not in METHODS
        or start is None
        or close is None
        or (word.value in UNARY - {"transpose"} and close > k + 3)
    ):
        return None
    call = Called(word.value, out[start].start, word.end, tokens[close].end)
    if word.value in KEEPING:
        made: list[Token] | None = _kept(call, out[start:], tokens[k + 3 : close])
    elif word.value in SPREADS:
        args = _arguments(tokens, k + 1, close, taken, depth)
        made = spread(call, [out[start:], *args], any(a[0].value == "axis" for a in args if a))
    elif word.value in ("reshape", "view"):
        made = reshaped(call, out[start:], tokens[k + 3 : close])
    else:
        args = [out[start:], *_arguments(tokens, k + 1, close, taken, depth)]
        _refuse_second(call, args)
        made = _respell(call, args)
    if made is None:
        return None
    out[start:] = made
    return close + 1


def _refuse_second(call: Called, args: list[list[Token]]) -> None:
    """Refuse np.max(y, z): its second argument is an axis, and not what y is compared with."""
    if SAME.get(call.name) not in ALONG or call.name in PAIRWISE or len(args) < 2:
        return
    second = axis_of(args[1])
    if len(second) > 1 and second[1].kind == "rel":
        return
    between = {"max": "np.maximum(y, z)", "min": "np.minimum(y, z)", "sum": "y + z"}.get(call.name)
    raise ReadError(
        f"the second argument of {call.name} is an axis in NumPy",
        (call.start, call.named),
        f"axis=0, or {between} for the {call.name} of two arrays" if between else "axis=0",
        tag="operation",
    )


def _kept(call: Called, operand: list[Token], options: list[Token]) -> list[Token]:
    """x.copy(), x.astype(np.float32): the operand itself. A number that becomes whole is refused."""
    said = {t.value for t in options if t.kind == "word"} - MODULES
    at = call.start, call.named
    condition = any(t.kind == "rel" for t in operand)
    if said & WHOLE and not condition:
        raise ReadError(
            "a conversion to whole numbers is not read", at, "floor(x), or the value itself", tag="operation"
        )
    if said - WHOLE - FLOATS - {"dtype"}:
        raise ReadError("this kind of number is not read", at, "float", tag="operation")
    if call.name in ("astype", "float", "double") and condition:
        return [Token("ones", "1", call.start, call.start, True), *bracketed(call, operand)]
    return operand


def _attribute(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    """X.shape[0], X.size."""
    if tokens[k].kind != "." or not out or k + 1 >= len(tokens) or tokens[k + 1].value not in ("shape", "size"):
        return None
    start, word = operand_start(out), tokens[k + 1]
    if start is None:
        return None
    behind = [t.kind for t in tokens[k + 2 : k + 6]]
    called_size = word.value == "size" and behind[:1] == ["("]  # K.size(-1) of PyTorch is K.shape[-1]
    signed = behind[:4] in (["[", "-", "num", "]"], ["(", "-", "num", ")"])
    if word.value == "size" and not called_size:
        call, axis = Called("size", out[start].start, word.end, word.end), []
    elif signed or behind[:3] in (["[", "num", "]"], ["(", "num", ")"]):
        end = k + 5 if signed else k + 4
        call, axis = Called("shape", out[start].start, word.end, tokens[end].end), [tokens[k + 3 : end]]
    else:
        return None
    out[start:] = marked("length", call, [out[start:], *axis])
    return k + 2 if not axis else end + 1


def _new_axis(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    """z[:, None], z[np.newaxis, :]: an axis of length 1."""
    if tokens[k].kind != "[" or not out:
        return None
    close = next((n for n in range(k + 1, min(k + 9, len(tokens))) if tokens[n].kind == "]"), None)
    start = operand_start(out)
    if close is None or start is None:
        return None
    said = ["".join(t.value for t in part) for part in between_commas(tokens[k + 1 : close])]
    plain = [part.removeprefix("np.").removeprefix("numpy.") for part in said]
    at = [n for n, part in enumerate(plain) if part in NEW_AXIS]
    if len(at) != 1 or any(part not in (":", "...") for n, part in enumerate(plain) if n not in at):
        return None
    call = Called("new axis", out[start].start, tokens[k].start, tokens[close].end)
    axis = Token("num", str(at[0]), tokens[k].start, tokens[k].start)
    out[start:] = marked("new axis", call, [out[start:], [axis], *([] if len(plain) == 2 else [[axis]])])
    return close + 1


def _length(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    """len(X): how many rows."""
    token = tokens[k]
    if token.kind != "word" or token.value != "len" or taken("len") is not False:
        return None
    close = closing(tokens, k + 1)
    args = [] if close is None else _arguments(tokens, k, close, taken, depth)
    if close is None or len(args) != 1:
        return None
    call = Called("len", token.start, token.end, tokens[close].end)
    out += marked("length", call, [args[0], [Token("num", "0", call.named, call.named)]])
    return close + 1


def _decimal_point(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    """`1.` before an operator or a bracket is 1."""
    if tokens[k].kind != "." or tokens[k].space or not out or out[-1].kind != "num" or not out[-1].value.isdigit():
        return None
    ends = k + 1 == len(tokens) and depth > 0  # an argument
    return k + 1 if ends or (k + 1 < len(tokens) and tokens[k + 1].kind in _BEHIND_POINT) else None


def _counted(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    """range(n) in the brackets of an array is np.arange(n)."""
    token, before = tokens[k], out[-1] if out else None
    if token.value != "range" or taken("range") is not False or before is None or before.kind not in ("[", ","):
        return None
    close = closing(tokens, k + 1)
    if close is None:
        return None
    call = Called("range", token.start, token.end, tokens[close].end)
    out += marked(ARRAYS["arange"], call, _arguments(tokens, k, close, taken, depth))
    return close + 1


_BEHIND_POINT = frozenset(["+", "-", "*", "/", "@", ")", "]", ","])


def _row_of_label(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    return row_of_label(tokens, k, out, taken, lambda part: respelled(part, taken, depth + 1))


def _density(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    return density(tokens, k, out, taken, lambda part: respelled(part, taken, depth + 1))


def _chosen(tokens: list[Token], k: int, out: list[Token], taken: Taken, depth: int) -> int | None:
    return chosen(tokens, k, out, lambda part: respelled(part, taken, depth + 1))


_HABITS = (
    *(_row_of_label, _density, _of_module, _method, _attribute, _new_axis),
    *(from_the_last, _chosen, both, _length, _counted, _decimal_point),
)


def _qualified(tokens: list[Token], k: int, taken: Taken) -> int | None:
    """Where the name is in `np.exp`, `np.linalg.inv`; None where no module begins."""
    word = tokens[k]
    if word.kind != "word" or not (
        word.value in MODULES or (word.value in SHORT_MODULES and taken(word.value) is not True)
    ):
        return None
    while k + 2 < len(tokens) and tokens[k + 1].kind == "." and tokens[k + 2].kind == "word":
        k += 2
        if tokens[k].value not in WITHIN or not (k + 1 < len(tokens) and tokens[k + 1].kind == "."):
            return _whole(tokens, k)
    return None


_WITH_DIGITS = FLOATS | WHOLE | {"l1"}


def _whole(tokens: list[Token], k: int) -> int:
    """A name with `_` in it is one word: log_softmax, true_divide; so is one with digits: float32, l1_loss."""
    if k + 1 < len(tokens) and tokens[k + 1].kind == "num" and tokens[k].value + tokens[k + 1].value in _WITH_DIGITS:
        joined = tokens[k].value + tokens[k + 1].value
        tokens[k : k + 2] = [Token("word", joined, tokens[k].start, tokens[k + 1].end, tokens[k].space)]
    if "".join(t.value for t in tokens[k : k + 3]) in CONVOLVED:  # convolve2d
        joined = "".join(t.value for t in tokens[k : k + 3])
        tokens[k : k + 3] = [Token("word", joined, tokens[k].start, tokens[k + 2].end, tokens[k].space)]
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


def _arguments(tokens: list[Token], k: int, close: int, taken: Taken, depth: int) -> list[list[Token]]:
    return [respelled(part, taken, depth + 1) for part in between_commas(tokens[k + 2 : close])]


def _respell(call: Called, args: list[list[Token]]) -> list[Token] | None:
    """The tokens of one call; None where it is in no table."""
    name = SAME.get(call.name, call.name)
    at = call.start, call.named
    if name in INFIX and len(args) == 2:
        return bracketed(call, [*inner(args[0]), Token(INFIX[name], INFIX[name], *at), *inner(args[1])])
    if name == "solve" and len(args) == 2:
        return bracketed(call, [worded("inv", *at), *inner(args[0]), Token("@", "@", *at), *inner(args[1])])
    if name == "where" and len(args) == 3:
        return bracketed(
            call,
            [*inner(args[1]), worded("if", *at), *inner(args[0]), worded("else", *at), *inner(args[2])],
        )
    if name == "reciprocal" and len(args) == 1:
        return bracketed(call, [Token("num", "1", *at), Token("/", "/", *at), *inner(args[0])])
    if name == "rsqrt" and len(args) == 1:
        return bracketed(call, [Token("num", "1", *at), Token("/", "/", *at), worded("sqrt", *at), *inner(args[0])])
    if name == "negative" and len(args) == 1:
        return bracketed(call, [Token("-", "-", *at), *inner(args[0])])
    if name in ("transpose", "swapaxes") and len(args) == 3:
        return marked("swap axes", call, args)
    if name in SLOPES and len(args) in (1, 2):
        option, usual = SLOPES[name]
        slope = without_name(args[1], option) if len(args) == 2 else [Token("num", usual, *at)]
        return called(name, call, [args[0], slope])
    if name == "heaviside" and len(args) == 2:
        zero, one, x = Token("num", "0", *at), Token("num", "1", *at), inner(args[0])
        if [t.value for t in args[1]] in (["0"], ["1"]):  # what it is at 0 belongs to one of two cases
            above = Token("rel", ">=" if args[1][0].value == "1" else ">", *at)
            return [Token("ones", "1", *at, True), *bracketed(call, [*x, above, zero])]
        low = [zero, worded("if", *at), *x, Token("rel", "<", *at), zero, worded("else", *at)]
        middle = [
            *inner(args[1]),
            worded("if", *at),
            *again(x),
            Token("rel", "=", *at),
            zero,
            worded("else", *at),
            one,
        ]
        return bracketed(call, [*low, *bracketed(call, middle)])
    if name == "logaddexp" and len(args) == 2:
        one, two = (called("exp", call, [a]) for a in args)
        return called("log", call, [[*one, Token("+", "+", *at), *two]])
    if name in COMPARED and len(args) == 2:
        return bracketed(call, [*inner(args[0]), Token("rel", COMPARED[name], *at), *inner(args[1])])
    if name in JOINED and len(args) == 2:
        return bracketed(call, [*args[0], worded(JOINED[name], *at), *args[1]])
    if name in ("ones", "zeros") and len(args) == 1 and [t.value for t in args[0][-2:]] == [".", "shape"]:
        return marked(f"{name} like", call, [args[0][:-2]])
    if ARRAYS.get(name) == "ravel":
        return raveled(call, args[0], args[1:]) if args else None
    if name in ARRAYS:
        return marked(ARRAYS[name], call, [without_name(a, "axis", "dim", "num_classes") for a in args])
    if name in WRAPPERS and (len(args) == 1 or {a[0].value for a in args[1:] if a} <= {"copy", "dtype"}):
        return bracketed(call, args[0])
    if name in ALONG and call.name not in PAIRWISE:
        args = [*args[:1], *map(axis_of, args[1:])]
        args = counts(args) if name in ("sum", "mean") else args
    if call.name in SAME:
        return called(name, call, args)
    return None
