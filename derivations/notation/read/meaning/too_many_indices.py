"""More indices below a name than it has axes, and arrays in brackets, as code has them."""

from __future__ import annotations

from collections.abc import Sequence

from derivations.notation.errors import ReadError
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.surface import Subscript, Surface


def too_many(
    meaning: Meaning, items: Sequence[Subscript], extra: Subscript, axes: int, t: Surface, shown: str
) -> ReadError:
    """The refusal of an index too many: of `x[mask]` by the array that it is, where no letter of it is an index."""
    word = next((i for i in items if i.kind == "word" and len(i.text) > 2), None)
    if word is not None and not any(letter in meaning.scope.indices for letter in word.text):
        return meaning.fail(
            f"{word.text} is no index here; in code an array in brackets picks entries of {shown}",
            t,
            f"an index that is declared, or {shown} ⊙ [z > 0] for the entries where a condition holds",
            "index",
            span=(word.start, word.end),
        )
    counted = f"{axes} {'axis' if axes == 1 else 'axes'}"
    return meaning.fail(
        f"{shown} has {counted}; {meaning.text[extra.start : extra.end] or 'this'} is one index too many",
        t,
        f"{axes} {'index' if axes == 1 else 'indices'}",
        "index",
        span=(extra.start, max(extra.end, extra.start + 1)),
    )
