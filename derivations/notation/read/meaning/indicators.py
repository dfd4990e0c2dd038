"""Conditions in brackets as numbers, as in NumPy: `dA * (Z > 0)`, `(i == j) - y_j`."""

from __future__ import annotations

from collections.abc import Sequence

from derivations.formula import indicator, neg
from derivations.notation.read.meaning.choices import condition
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Val
from derivations.notation.read.surface import Group, Negative, Surface, is_condition


def term(meaning: Meaning, t: Surface) -> Val:
    """A term of a sum; `(i == j) - y_j` and `1 - (z > 0)`, as in NumPy, have an indicator."""
    sign, inner = (True, t.body) if isinstance(t, Negative) else (False, t)
    if not isinstance(inner, Group) or inner.bracket != "(" or not is_condition(inner):
        return meaning.value(t)
    if not meaning.code and "==" not in meaning.source((inner.start, inner.end)):
        return meaning.value(t)
    found = as_indicator(meaning, inner)
    return meaning.elementwise([found], neg, "a negation", (t.start, t.end)) if sign else found


def stands_for_indicator(t: Group, signs: Sequence[str]) -> bool:
    """Whether a factor is a relation in brackets beside a sign of multiplication, as in NumPy's `dA * (Z > 0)` and
    `dA @ (Z > 0)`; in `p(x > 0)` it is none."""
    return is_condition(t) and "/" not in signs and not {"*", "times", "dot", "odot", "@"}.isdisjoint(signs)


def as_indicator(meaning: Meaning, t: Group) -> Val:
    """(a > 0) as a factor: 1 where it holds, else 0."""
    source = meaning.source((t.start, t.end))
    meaning.noted(
        "relation-as-indicator",
        f"{source} was read as the indicator 1[{meaning.source((t.body.start, t.body.end))}]",
        t.start,
        t.end,
    )
    meaning.indicators.append((t.start, t.end))
    found = meaning.elementwise([condition(meaning, t.body)], lambda c: indicator(c), "an indicator", (t.start, t.end))
    found.span = (t.start, t.end)
    return found
