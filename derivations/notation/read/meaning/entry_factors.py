"""Factors that go entry by entry beside others: what they are multiplied with first, and masks that are no factors."""

from __future__ import annotations

from derivations.formula import Span, mul
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Val
from derivations.notation.read.surface import Product, Surface


def entrywise_first(meaning: Meaning, a: Val, v: Val, arg: Surface) -> tuple[Val, Val] | None:
    """`a ⊙ b x^T` as (a ⊙ b) x^T where a ⊙ (b x^T) has no shape: both factors of the outer product."""
    if not isinstance(arg, Product) or set(arg.signs) != {"jux"} or alike(meaning, a, v) or len(a.sizes) != 1:
        return None
    first, *rest = arg.factors
    b = meaning.value(first)
    if len(v.sizes) != 2 or not alike(meaning, a, b):
        return None
    span = (a.span[0], first.end)
    joined = meaning.elementwise([a, b], lambda x, y: mul(x, y), "an elementwise product", span)
    joined.span = span
    shown = meaning.source(span)
    behind = rest[0] if len(rest) == 1 else Product(rest[0].start, arg.end, tuple(rest), ("jux",) * (len(rest) - 1))
    meaning.noted(
        "entrywise-first",
        f"{shown} was multiplied first: ({shown}) {meaning.source((behind.start, behind.end))}",
        *span,
    )
    return joined, meaning.value(behind)


def alike(meaning: Meaning, a: Val, b: Val) -> bool:
    """Whether two values may have one shape."""
    return len(a.sizes) == len(b.sizes) and all(meaning.could(x, y) for x, y in zip(a.sizes, b.sizes, strict=True))


def refuse_mask(meaning: Meaning, a: Val, b: Val, span: Span) -> None:
    """Refuse `x[x > 0]` of code, which is shorter than x: some of its entries, and not a product."""
    left, mask = meaning.source(a.span), meaning.source(b.span)
    closes = mask.rfind("]")
    if a.span[1] == b.span[0] and mask.startswith("[") and mask[closes + 1 : closes + 2] in ("", "."):
        raise meaning.fail(
            f"{left}{mask} picks entries of {left} in code, and is no product",
            span=span,
            expected=f"{left} ⊙ {mask}, which is 0 where the condition fails",
            tag="operation",
        )
