"""Answer kinds, one file each: all that a kind is (`checker.kinds.contract.Kind`). A kind is added by its file and its
name here."""

from __future__ import annotations

from problems.kinds import KINDS

KINDS.add(
    __name__,
    "formula",
    "number",
    "trace",
    "shape",
    "count",
    "choice",
    "condition",
    "equations",
    "witness",
    "chain",
    "claim",
    "text",
)

__all__ = ["KINDS"]
