r"""Members of a chain that are means or variances whose law is not said, `V = \operatorname{Var}(c\bar x) = c^2 s^2/n`:
they name what stands behind them, and are not judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from derivations.notation.errors import ReadError

_MEAN = re.compile(r"E|𝔼|V|Cov|var")
"""What a mean or a variance begins with."""


def of_unsaid_laws(shown: Sequence[str], ops: Sequence[str], read: Callable[[int], object]) -> dict[int, ReadError]:
    """Those between the first and the last of a chain of equations, with what is not said."""
    found: dict[int, ReadError] = {}
    for n in range(1, len(shown) - 1):
        if ops[n - 1] != "=" or ops[n] != "=" or not _MEAN.search(shown[n]):
            continue
        try:
            read(n)
        except ReadError as error:
            if error.tag == "unsaid-law":
                found[n] = error
    return found
