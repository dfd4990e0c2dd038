r"""The signs of relations as patterns, for whoever looks for them in a text before it is read.

    spelled("<=", ">=")      ≤ <= \le \leq \leqslant ≥ …, and not the `\le` of `\left`
    spelled("=")             = == \equiv …, and not the `=` of `<=`, `:=` or `=>`
    OP_OF[r"\leq"]           "<="

Which spellings there are is said once, in `read.symbols`, where the tokens get them too.
"""

from __future__ import annotations

import re
from functools import cache

from derivations.notation.read.symbols import RELATIONS as OP_OF

__all__ = ["OP_OF", "ORDER", "spelled"]

ORDER = ("<", "<=", ">", ">=")


@cache
def spelled(*ops: str) -> str:
    """A pattern of all spellings of the relations, the longest first; a sign within a longer one is none."""
    signs = sorted((sign for sign, op in OP_OF.items() if op in ops), key=lambda sign: (-len(sign), sign))
    return f"(?:{'|'.join(map(_alone, signs))})"


def _alone(sign: str) -> str:
    if sign.startswith("\\"):
        return re.escape(sign) + "(?![A-Za-z])"
    within = [
        (longer[:at], longer[at + len(sign) :])
        for longer in OP_OF
        if longer != "<-" and len(longer) > len(sign)  # `x<-1` says that x is below -1
        for at in range(len(longer) - len(sign) + 1)
        if longer.startswith(sign, at)
    ]
    guards = (
        f"(?!{f'(?<={re.escape(before)})' if before else ''}{re.escape(sign + after)})" for before, after in within
    )
    return "".join(guards) + re.escape(sign)
