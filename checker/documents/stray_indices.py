r"""Index letters that neither the sheet nor the document introduces: \sum_i (o_k - y_i).

Such a letter runs over the axis that it stands at, also where the sheet has another index of that letter. Where it
stands on both sides the line is judged for all its values; where it stands on one side only, it is a slip.
"""

from __future__ import annotations

import re

from derivations.domains import DOMAINS, Declared, Names
from derivations.formula import Index, Size
from derivations.notation.spelling import canonical

LETTERS = frozenset("ijkl")
"""Letters that are indices wherever they stand alone below a name; t may be a step, c a class."""

_BELOW = re.compile(
    r"(?P<name>\\(?:hat|bar|tilde|mathbf|boldsymbol|bm|vec|widehat)\s*(?:\{\s*\\?[A-Za-z]+\s*\}|\s*\\?[A-Za-z]+)|\\?[A-Za-z]+)"
    r"\s*_\s*(?:\{\s*(?P<many>[a-z](?:\s*,?\s*[a-z]){0,3})\s*\}|(?P<one>[a-z])(?![A-Za-z]))"
)
_BOUND = (
    r"(?:\\(?:sum|prod|max|min|argmax|argmin)|\\operatorname\s*\{{[a-z]+\}}|[∑∏])\s*(?:\\limits\s*)?_\s*"
    r"(?:{0}(?![A-Za-z])|\{{[^{{}}]*(?<![A-Za-z\\]){0}(?![A-Za-z]))"
)
_ALONE = r"(?<![A-Za-z\\_{{^,]){0}(?![A-Za-z}}])"
"""A letter that stands for itself, not below anything: $k$, k = 2, i \\ne k."""


def strays(text: str, names: Names, said: str) -> tuple[Declared, ...]:
    """The stray letters of a formula as indices; none where `said`, the text around it, speaks of a letter itself, or
    where it does not tell over which axis one runs."""
    sizes: dict[str, set[Size]] = {}
    for used in _BELOW.finditer(text):
        letters = re.findall(r"[a-z]", used["many"] or used["one"])
        row = names.get(canonical(used["name"]))
        if row is None or row.role not in ("input", "node", "adjoint") or len(letters) != len(row.sizes):
            continue
        for letter, size in zip(letters, row.sizes, strict=True):
            sizes.setdefault(letter, set()).add(size)
    return tuple(
        Declared(letter, DOMAINS["index"], (), "index", Index(letter, next(iter(over))))
        for letter, over in sorted(sizes.items())
        if letter in LETTERS
        and len(over) == 1
        and letter not in names.sizes
        and not (letter in names and _has(names[letter], over))
        and not re.search(_BOUND.format(letter), text)
        and not re.search(_ALONE.format(letter), said)
    )


def _has(row: Declared, sizes: set[Size]) -> bool:
    """Whether a declared letter is no index, or one that runs over such a size."""
    return row.index is None or row.index.size in sizes
