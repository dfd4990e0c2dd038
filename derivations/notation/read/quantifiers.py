"""Quantifiers: `for all i`, `for i = 1, …, n`, `for some i`: which letters, over what range, and where they end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derivations.domains import Names
from derivations.notation.errors import ReadError
from derivations.notation.read.scope import scope_of
from derivations.notation.read.token import Token, Tokens

_ALL, _SOME = frozenset(["all", "every", "each", "any"]), frozenset(["some", "exists"])
_ALL_TEXT, _SOME_TEXT = (
    re.compile(r"(?:for )?(?:all|every|each|any)(?: |\Z)"),
    re.compile(r"for (?:some|at least one)\Z"),
)
_RUN_OVER = frozenset(
    [
        "training",
        "test",
        "data",
        "the",
        "examples",
        "example",
        "samples",
        "sample",
        "points",
        "point",
        "indices",
        "index",
        "rows",
        "units",
        "classes",
        "inputs",
    ]
)
"""Words between `for all` and the letter."""


def quantifier(tokens: Tokens, k: int, last: int) -> tuple[str, int] | None:
    """The tag of the note and where the letters begin, for `for all i`, `for i = 1, …, n`, `, i = 1, …, n`, `for some
    i`; at the start `all i: …`, `exists i: …`."""
    t = tokens[k]
    if t.kind == "forall":
        return "quantified", k + 1
    if t.kind == "text":
        return (
            ("quantified", k + 1)
            if _ALL_TEXT.match(t.value)
            else ("some", k + 1)
            if _SOME_TEXT.match(t.value)
            else None
        )
    words = [u.value if u.kind == "word" else "" for u in tokens[k : min(k + 4, last)]] + [""] * 4
    if k == 0 and words[0] in _ALL | _SOME:
        return "some" if words[0] in _SOME else "quantified", 1
    if words[0] in ("for", "For"):
        if words[1] in _ALL | _SOME:
            return "some" if words[1] in _SOME else "quantified", k + 2
        if words[1:4] == ["at", "least", "one"]:
            return "some", k + 4
    elif t.kind != ",":
        return None
    over = (
        k + 4 < last
        and tokens[k + 1].kind == "word"
        and (tokens[k + 2].kind == "in" or words[2] == "in" or tokens[k + 2].value == "=")
    )
    runs = over and (
        tokens[k + 2].value != "="
        or any(tokens[m].kind in (".", "dots", ":") or tokens[m].value == "to" for m in range(k + 4, min(k + 9, last)))
    )
    return ("quantified", k + 1) if runs else None


def letters_of(
    tokens: Tokens, text: str, at: int, last: int, names: Names
) -> tuple[list[tuple[str, Token, int | str | None]], int]:
    """The letters after `for all`, each with its size where the text says it (i; i, j; x_i; i = 1, …, n; i ≤ n), and
    where they end."""
    out: list[tuple[str, Token, int | str | None]] = []
    k = at
    while k < last - 1 and tokens[k].value in _RUN_OVER:
        k += 1
    if (found := _of_examples(tokens, k, names)) is not None:
        return found
    if k + 1 < last and tokens[k].kind == "num" and tokens[k].value == "1" and tokens[k + 1].value == "<=":
        k += 2
    while k < last and tokens[k].kind == "word":
        t, after = tokens[k], tokens[k + 1]
        if out and after.kind not in (",", ":", "rel", "in") and after.value != "in" and k + 1 < last:
            k -= 1  # the comma before it ends the letters
            break
        if after.kind == "_" and tokens[k + 2].kind == "word":
            k, t, after = k + 2, tokens[k + 2], tokens[k + 3]
        out.append((t.value, t, None))
        k += 1
        if k < last and (after.kind == "in" or after.value == "in" or after.value in ("=", "<=")):
            size, k = range_of(tokens, text, k, last, names)
            out = [(letter, token, size) for letter, token, _ in out]
            break
        if k + 1 < last and after.kind == "," and tokens[k + 1].kind == "word":
            k += 1
            continue
        break
    if not out:
        t = tokens[min(at, len(tokens) - 1)]
        raise ReadError(
            "for all needs an index", (t.start, max(t.end, t.start + 1)), "for all i", (), (), text, "index"
        )
    for letter, t, size in out:
        declared = scope_of(names).indices.get(letter)
        if size is not None and declared is not None and declared.size != size:
            raise ReadError(
                f"{letter} runs from 1 to {declared.size}", (t.start, t.end), f"for all {letter}", (), (), text, "index"
            )
    return out, k


def _of_examples(tokens: Tokens, k: int, names: Names) -> tuple[list[tuple[str, Token, int | str | None]], int] | None:
    """`for every training example`, `for all inputs`: over the one index that is declared; None for anything else."""
    end = k
    while tokens[end].kind == "word" and tokens[end].value in _EXAMPLES:
        end += 1
    indices = scope_of(names).indices
    if end == k or len(indices) != 1 or tokens[end - 1].value in ("training", "data"):
        return None
    return [(next(iter(indices)), tokens[k], None)], end


_EXAMPLES = frozenset(
    ["training", "data", "example", "examples", "sample", "samples", "point", "points", "input", "inputs"]
)


def range_of(tokens: Sequence[Token], text: str, at: int, last: int, names: Names) -> tuple[int | str, int]:
    """The size that `= 1, …, n`, `= 1..3`, `in {1, 2, …, n}`, `in [n]`, `<= n` says, and where it ends. All of 1, …, n
    it has to be."""
    sizes = scope_of(names).sizes
    k = at + 1
    bracket = tokens[k].mate if k < last and tokens[k].kind in ("[", "{", r"\{") else -1
    k += bracket >= 0
    alone = tokens[at].value == "<=" or (bracket >= 0 and bracket == k + 1)
    count = 0
    size: int | str | None = None
    while k < last and size is None:
        t = tokens[k]
        behind = tokens[k - 2 if tokens[k - 1].kind == "," else k - 1]
        if t.kind == "word" and t.value in sizes and (alone or count):
            size = sizes[t.value]
        elif (
            t.kind == "num"
            and t.value.lstrip(".").isdigit()
            and (alone or (count and (behind.kind in (".", "dots", ":") or behind.value == "to")))
        ):
            size = int(t.value.lstrip("."))  # 1..3 is 1 . .3
        elif t.kind == "num" and t.value == str(count + 1):
            count += 1
        elif not count or (t.kind not in (",", ".", "dots", ":") and t.value != "to"):
            break
        k += 1
    if size is None or (bracket >= 0 and bracket != k):
        t = tokens[min(k, last)]
        raise ReadError(
            "this range of an index is not read",
            (t.start, max(t.end, t.start + 1)),
            "for all i, or for all i = 1, …, n",
            (),
            (),
            text,
            "index",
        )
    return size, k + (bracket >= 0)
