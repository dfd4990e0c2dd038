"""`np.einsum("ij,j->i", A, x)`: the product of entries, summed over the letters that the result leaves out.

Without `->` the result has the letters that stand once, in the order of the alphabet. Source: the documentation of
numpy.einsum.
"""

from __future__ import annotations

import re

from derivations.formula import Index, IndexExpr, Node, mul
from derivations.notation.read.meaning.binding import total
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import AnySize, Val, unify
from derivations.notation.read.surface import OfCode

_SUBSCRIPTS = re.compile(r"[A-Za-z]*(?:,[A-Za-z]*)*(?:->[A-Za-z]*)?")


def einsum(meaning: Meaning, t: OfCode) -> Val:
    """The array that the subscripts say: `einsum:ij,j->i`."""
    said = t.function.partition(":")[2]
    span = (t.start, t.end)
    if not _SUBSCRIPTS.fullmatch(said):
        raise meaning.fail(f"the subscripts {said!r} are not read", t, 'letters, as in "ij,j->i"', "operation")
    left, arrow, right = said.partition("->")
    factors = left.split(",")
    letters = "".join(factors)
    kept = right if arrow else "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    if len(factors) != len(t.parts):
        raise meaning.fail(f"{said!r} is for {len(factors)} arrays, not {len(t.parts)}", t, "one for each", "index")
    if len(set(kept)) != len(kept) or not set(kept) <= set(letters):
        raise meaning.fail(
            f"the result of {said!r} has a letter twice, or one that no factor has",
            t,
            "letters of the factors",
            "index",
        )
    values = [meaning.value(part) for part in t.parts]
    sizes: dict[str, AnySize] = {}
    for factor, value in zip(factors, values, strict=True):
        if len(factor) != len(value.sizes) or not all(
            unify(sizes.setdefault(c, size), size) for c, size in zip(factor, value.sizes, strict=True)
        ):
            raise meaning.shape_fault(f"einsum({said!r}, …)", values, span, "a size for each letter")

    def at(*entry: IndexExpr) -> Node:
        meaning.count()
        summed = {c: meaning.index(c, sizes[c]) for c in sorted(sizes) if c not in kept}
        place: dict[str, IndexExpr] = {**dict(zip(kept, entry, strict=True)), **summed}
        product = mul(*(v.entry(*(place[c] for c in factor)) for factor, v in zip(factors, values, strict=True)))
        over: tuple[Index, ...] = tuple(summed.values())
        return total(over, product, span) if over else product

    return meaning.made(tuple(sizes[c] for c in kept), at, *values) if kept else Val(at())
