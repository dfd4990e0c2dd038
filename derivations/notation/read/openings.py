"""Where a clause of words begins behind a formula: a reason, `where …`, words in a `\\text`."""

from __future__ import annotations

from derivations.domains import Names
from derivations.notation.read.phrases import OPENERS
from derivations.notation.read.prose import opened
from derivations.notation.read.scope import scope_of
from derivations.notation.read.token import Tokens

_FIRST_OPENERS = frozenset(o.split()[0] for o in OPENERS)


_TO_BE_READ = frozenset(["if", "otherwise", "and", "or", "else", "when"])
"""Words that the grammar reads, of a text of several."""


BETWEEN = _TO_BE_READ | {"for", "of", "with", "where"} | _FIRST_OPENERS


def opens_clause(tokens: Tokens, k: int, stop: int, text: str, names: Names) -> bool:
    """Whether a clause begins here that is not part of the formula: a reason, `where …`, words in a `\\text`."""
    t = tokens[k]
    if t.kind == "text":
        return t.value.split(" ", 1)[0].rstrip(",.").lower() not in _TO_BE_READ
    if t.kind == "(":
        if t.mate != stop - 1 or tokens[k + 1].kind not in ("word", "text"):
            return False
        t, after = tokens[k + 1], tokens[k + 2]
        if (
            t.kind == "word"
            and t.value.lower() in ("as", "by")
            and (after.kind not in ("word", "text") or len(after.value) == 1)
        ):
            return False
    elif t.kind != "word":
        return False
    else:
        after = tokens[k + 1]
    if t.value == "where":
        return True
    if t.value.split(" ", 1)[0].lower() not in _FIRST_OPENERS or opened(text[t.start : t.start + 60]) is None:
        return False
    spells = scope_of(names).spells  # `by` may be b times y, but not before a word
    return (
        t.kind == "text"
        or text.startswith("\\", t.start)
        or spells(t.value) is False
        or (after.kind in ("word", "text") and spells(after.value) is False)
    )
