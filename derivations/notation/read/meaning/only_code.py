"""What only code has, by the name of its rule."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivations.notation.read.meaning.arrays import RULES, Rule
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.convolutions import convolved, correlated, flipped
from derivations.notation.read.meaning.einsum import einsum
from derivations.notation.read.meaning.losses import loss
from derivations.notation.read.meaning.values import Val
from derivations.notation.read.surface import OfCode

_RULES: Mapping[str, tuple[int, int, Rule]] = MappingProxyType(
    {
        **RULES,
        "loss": (2, 2, loss),
        "einsum": (1, 8, einsum),
        "convolve": (2, 2, convolved),
        "correlate": (2, 2, correlated),
        "flip": (1, 4, flipped),
        "flip rows": (1, 1, flipped),
        "flip columns": (1, 1, flipped),
    }
)


def of_code(meaning: Meaning, t: OfCode) -> Val:
    """What only code has, by its row; behind a colon stands what the call says in strings."""
    low, high, rule = _RULES[t.function.partition(":")[0]]
    if not low <= len(t.parts) <= high:
        raise meaning.fail(
            f"{meaning.source((t.start, t.end))} has {len(t.parts)} arguments",
            t,
            f"{low}" if low == high else f"{low} or {high}",
        )
    return rule(meaning, t)
