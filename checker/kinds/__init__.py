"""Answer kinds, one module each; every one has `judge(part, truth, answer) -> Verdict`.

`KINDS` maps a kind's name to its judge. A judge never raises because of an answer: what it cannot read is `unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from checker.kinds import (
    chain,
    choice,
    claim,
    condition,
    count,
    equations,
    formula,
    number,
    shape,
    text,
    trace,
    witness,
)
from checker.verdict import Verdict

Judge = Callable[[Any, Any, Any], Verdict]

KINDS: Mapping[str, Judge] = MappingProxyType({
    "formula": formula.judge,
    "number": number.judge,
    "trace": trace.judge,
    "shape": shape.judge,
    "count": count.judge,
    "choice": choice.judge,
    "condition": condition.judge,
    "equations": equations.judge,
    "witness": witness.judge,
    "claim": claim.judge,
    "chain": chain.judge,
    "text": text.judge,
})  # fmt: skip
"""Kind → judge."""
