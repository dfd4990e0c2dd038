"""The signs that join a formula to what stands before it."""

from __future__ import annotations

import re

from derivations.notation.relations import ORDER, spelled

_RELATION = re.compile(rf"\s*&?\s*{spelled('=', '≈', *ORDER, '=>', '<=>', '∝')}")


RELATION_IN_FRONT = re.compile(r"\A(?:" + _RELATION.pattern + ")")


def begins_with_relation(text: str) -> bool:
    """Whether a formula goes on from what stands before it: `= 2x`."""
    return _RELATION.match(re.sub(r"\A\s*\\begin\{[a-z*]+\}(?:\{\d\})?", "", text)) is not None
