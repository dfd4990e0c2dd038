"""Conditions in code: the entries for which one holds, conditions joined, how often one holds, rows of labels; and
entries from the last to the first.

    x[m < 1].T @ y[m < 1]      (y == 1) & (m < 1)      np.sum(y == 1)      onehot(y)      w[::-1]

Each habit is asked at a token and gives where reading goes on, None where nothing of its kind stands there.
"""

from __future__ import annotations

from collections.abc import Callable

from derivations.notation.read.code.pieces import Called, between_commas, closing, inner, marked, operand_start, worded
from derivations.notation.read.code.saying import without_name
from derivations.notation.read.token import Token

Taken = Callable[[str], bool | None]
"""Whether a word is a declared name."""
Respell = Callable[[list[Token]], list[Token]]
"""The same for the tokens of an argument."""


def row_of_label(tokens: list[Token], k: int, out: list[Token], taken: Taken, again: Respell) -> int | None:
    """onehot(y), one_hot(y, K), without a module."""
    at = k + 2 if [t.value for t in tokens[k : k + 3]] == ["one", "_", "hot"] else k
    whole = tokens[k].value.lower() == "onehot" or at > k
    if tokens[k].kind != "word" or not whole or taken("onehot") is True:
        return None
    close = closing(tokens, at + 1)
    args = [] if close is None else [again(part) for part in between_commas(tokens[at + 2 : close])]
    if close is None or len(args) not in (1, 2):
        return None
    call = Called("one_hot", tokens[k].start, tokens[at].end, tokens[close].end)
    out += marked("one hot", call, [args[0], *(without_name(a, "num_classes") for a in args[1:])])
    return close + 1


def chosen(tokens: list[Token], k: int, out: list[Token], again: Respell) -> int | None:
    """x[m < 1], y[m < 1, None]: the entries for which a condition holds, which only a sum over them makes a value."""
    if tokens[k].kind != "[" or tokens[k].space or not out or out[-1].kind not in ("word", "num", ")"):
        return None
    if tokens[k].start > tokens[k - 1].end:
        return None  # x\left[ … \right] is a product
    start, close = operand_start(out), _bracket_end(tokens, k)
    if close is None or start is None or out[start].kind == "num":
        return None
    where, *rest = between_commas(tokens[k + 1 : close])
    if not any(t.kind == "rel" for t in where) or any(len(r) != 1 or r[0].value not in (":", "None") for r in rest):
        return None
    call = Called("chosen", out[start].start, tokens[k].start, tokens[close].end)
    mask = [Token("ones", "1", where[0].start, where[0].start, True), *inner(again(where))]
    out[start:] = marked("chosen", call, [out[start:], mask])
    if any(r[0].value == "None" for r in rest):
        axis = Token("num", "1", tokens[k].start, tokens[k].start)
        out[start:] = marked("new axis", call, [out[start:], [axis], *([] if len(rest) == 1 else [[axis]])])
    return close + 1


def from_the_last(tokens: list[Token], k: int, out: list[Token], _taken: Taken, _depth: int) -> int | None:
    """w[::-1], W[::-1, ::-1]: from the last entry to the first, along the axes that say so."""
    start = operand_start(out) if tokens[k].kind == "[" and not tokens[k].space and out else None
    close = next((n for n in range(k + 1, min(k + 12, len(tokens))) if tokens[n].kind == "]"), None)
    if close is None or start is None:
        return None
    said = ["".join(t.value for t in part) for part in between_commas(tokens[k + 1 : close])]
    at = [n for n, part in enumerate(said) if part == "::-1"]
    if not at or any(part not in (":", "::-1", "...") for part in said):
        return None
    call = Called("flip", out[start].start, tokens[k].start, tokens[close].end)
    axes = [[Token("num", str(n), tokens[k].start, tokens[k].start)] for n in at]
    out[start:] = marked("flip", call, [out[start:], *axes])
    return close + 1


def both(tokens: list[Token], k: int, out: list[Token], _taken: Taken, _depth: int) -> int | None:
    """`(y == 1) & (m < 1)`, `(y == 1) | (m < 1)` between conditions in brackets: and, or."""
    word, close = {"&": "and", "|": "or"}.get(tokens[k].kind), closing(tokens, k + 1)
    if word is None or close is None or not out or out[-1].kind != ")":
        return None
    start = operand_start(out)
    sides = out[start:] if start is not None else [], tokens[k + 1 : close]
    if not all(any(t.kind == "rel" for t in side) for side in sides):
        return None
    out.append(worded(word, tokens[k].start, tokens[k].end))
    return k + 1


def counts(args: list[list[Token]]) -> list[list[Token]]:
    """The arguments of a sum or mean, the first of them with 1[…] around it where it is a condition: np.sum(y == 1)."""
    if not args:
        return args
    first, depth, found = args[0], 0, False
    inside = first[1:-1] if first and first[0].kind == "(" and closing(first, 0) == len(first) - 1 else first
    for t in inside:
        depth += (t.kind in ("(", "[")) - (t.kind in (")", "]"))
        found = found or (depth == 0 and (t.kind == "rel" or (t.kind == "word" and t.value in ("and", "or"))))
    if not found or any(t.kind == "word" and t.value in ("if", "else") for t in first):
        return args
    return [[Token("ones", "1", first[0].start, first[0].start, True), *inner(first)], *args[1:]]


def _bracket_end(tokens: list[Token], k: int) -> int | None:
    """Where the square bracket at `k` closes; None where it does not."""
    depth = 0
    for at in range(k, len(tokens)):
        depth += (tokens[at].kind == "[") - (tokens[at].kind == "]")
        if depth == 0:
            return at
    return None
