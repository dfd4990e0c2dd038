"""Products of two vectors: ⟨x, y⟩, x · y, x ⊗ y, a row of a matrix that is written with its colon times a vector."""

from __future__ import annotations

import re

from derivations.formula import Span, add, mul, total
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.joint import PAIRS_OR_MATRIX, kronecker_product, pairs_of_entries
from derivations.notation.read.meaning.values import Val, find, indices_of, unify
from derivations.notation.read.surface import InnerProduct


def inner_product(meaning: Meaning, a: Val, b: Val, span: Span, operation: str) -> Val:
    if len(a.sizes) != 1 or len(b.sizes) != 1 or not unify(a.sizes[0], b.sizes[0]):
        raise meaning.shape_fault(operation, [a, b], span)
    if a.entries is not None or b.entries is not None:
        size = find(a.sizes[0])
        if isinstance(size, int):
            return Val(add(*(mul(a.entry(k), b.entry(k)) for k in range(1, size + 1))))
    k = meaning.index("k", a.sizes[0])
    return Val(total(indices_of(k), mul(a.entry(k), b.entry(k)), span))


def angled(meaning: Meaning, t: InnerProduct) -> Val:
    """⟨a, b⟩: aᵀ b of vectors, Σ a_ij b_ij of matrices."""
    a, b = (meaning.value(part) for part in t.parts)
    span = (t.start, t.end)
    if not a.sizes and not b.sizes:
        return Val(mul(a.node, b.node, span=span))  # type: ignore[arg-type]
    if len(a.sizes) != 2 or len(b.sizes) != 2:
        return inner_product(meaning, a, b, span, "an inner product")
    products = meaning.elementwise([a, b], lambda x, y: mul(x, y), "an inner product", span)
    meaning.noted("frobenius", f"{meaning.source(span)} was read as the sum of the products of entries", *span)
    where = [meaning.index("k", s) if find(s) != 1 else 1 for s in products.sizes]
    return Val(total(indices_of(*where), products.entry(*where), span))


def tensor_product(meaning: Meaning, a: Val, b: Val, span: Span) -> Val:
    """a ⊗ b: the Kronecker product where one is a matrix. Of two vectors it is a bᵀ, or, where that does not conform
    with what it meets, the vector of the pairs of their entries."""
    shown = meaning.source(span)
    if not a.sizes or not b.sizes:
        return meaning.elementwise([a, b], lambda x, y: mul(x, y), "a product", span)
    left, right = meaning.source(a.span), meaning.source(b.span)
    if a.joined is not None or b.joined is not None:
        raise meaning.two_ways(
            f"{shown} reads several ways: ⊗ of two vectors is their outer product, or the vector of their pairs",
            span,
            PAIRS_OR_MATRIX,
        )
    if len(a.sizes) == len(b.sizes) == 1:
        meaning.noted("outer", f"{shown} was read as the outer product ({left}) ({right})^T", *span)
        made = meaning.made((a.sizes[0], b.sizes[0]), lambda i, j: mul(a.entry(i), b.entry(j)), a, b)
        made.joined = pairs_of_entries(meaning, a, b)
        return made
    if meaning.entry_by_entry and len(a.sizes) == len(b.sizes) and all(map(meaning.could, a.sizes, b.sizes)):
        raise meaning.two_ways(
            f"{shown} reads two ways where products go entry by entry",
            span,
            "⊙ for the product of entries, kron for the Kronecker product",
            f"(({left}) ⊙ ({right}))",
            f"kron({left}, {right})",
        )
    meaning.noted("kronecker", f"{shown} was read as the Kronecker product", *span)
    return kronecker_product(meaning, a, b, span)


_COLON = re.compile(r"\s*,?\s*(?::|\\cdot|\*|·)\s*(?=[}\]])")
_TRANSPOSE = re.compile(r"\s*\^\s*\{?\s*(?:T|\\top|\\intercal|\\(?:mathrm|mathsf|text)\s*\{?T\}?)\s*\}?\s*\Z|[ᵀ⊤]\Z")


def row_by_vector(meaning: Meaning, a: Val, b: Val, span: Span) -> Val | None:
    """X_{i,:} w: a row of a matrix times a vector; None where neither is a row that is written with its colon."""
    if not a.row:
        return None
    left, right = (meaning.source(v.span) for v in (a, b))
    flat = [len(v.sizes) == 1 for v in (a, b)]
    if b.row and flat[0] != flat[1]:  # X_{i,:} X_{j,:}^T, X_{i,:}^T X_{j,:}
        one, other = (_COLON.sub("", _TRANSPOSE.sub("", text)) for text in (left, right))
        raise meaning.two_ways(
            f"{left} {right} reads two ways: X_{{i,:}} is a row, or the vector X_i",
            span,
            "vectors, as in X_i^T X_j",
            f"({one})^T ({other})",
            f"({one}) ({other})^T",
        )
    if all(flat) and meaning.could(a.sizes[0], b.sizes[0]):
        meaning.noted("row", f"{left} was read as a row: ({left})^T ({right})", *span)
        return inner_product(meaning, a, b, span, "a product")
    return None
