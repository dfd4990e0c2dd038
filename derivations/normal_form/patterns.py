"""A product found inside another: the factors of a matrix, with indices for its rows and columns."""

from __future__ import annotations

from derivations.normal_form.numbering import is_symmetric, opened
from derivations.normal_form.polynomials import Expr, Leaf, Mono, Poly, is_bare
from derivations.normal_form.ring import Ring


def largest_term(ring: Ring, terms: Poly) -> tuple[Mono, dict[int, str], Mono | None]:
    """The term of a matrix with the most factors, taken apart: (the term, its inner indices, its factors; None where
    some are no elements)."""
    best: tuple[int, Mono, dict[int, str], Mono] | None = None
    for m in sorted(terms):
        inner: dict[int, str] = {}
        flat: Mono = ()
        for b, e in m:
            if ring.atoms[b].kind == "sum" and e == 1:
                labels, factors = opened(ring, b)
                inner |= labels
                flat = ring._merge(flat, factors)[0]
            else:
                flat = ring._merge(flat, ((b, e),))[0]
        weight = sum(
            e if isinstance(e, int) else 1 for b, e in flat if ring.atoms[b].kind == "elem" and ring.atoms[b].leaves
        )
        if best is None or weight > best[0]:
            best = (weight, m, inner, flat)
    assert best is not None
    good = all(ring.atoms[b].kind == "elem" and isinstance(e, int) and e > 0 for b, e in best[3])
    return best[1], best[2], best[3] if good else None


def matched(
    ring: Ring, pattern: Mono, fixed: dict[int, Leaf], free: set[int], mono: Mono
) -> tuple[dict[int, Leaf], Mono] | None:
    """Factors of a product that are the pattern with leaves for its free labels: (the leaves, the other factors)."""
    if not pattern:
        return fixed, mono
    (b, e), rest = pattern[0], pattern[1:]
    want = ring.atoms[b]
    if e > 1:
        rest = ((b, e - 1), *rest)
    for spot, (h, x) in enumerate(mono):
        have = ring.atoms[h]
        ring.spend(1)
        if have.kind != "elem" or have.key[1] != want.key[1] or not isinstance(x, int) or x < 1:
            continue
        left = mono[:spot] + (((h, x - 1),) if x > 1 else ()) + mono[spot + 1 :]
        own = have.key[2]
        places = [own, (*own[:-2], own[-1], own[-2])] if is_symmetric(ring, want.key[1]) else [own]
        for at in places:
            bindings = _unify(want.key[2], at, fixed, free)
            if bindings is not None:
                found = matched(ring, rest, bindings, free, left)
                if found is not None:
                    return found
    return None


def _unify(
    want: tuple[Expr, ...], have: tuple[Expr, ...], fixed: dict[int, Leaf], free: set[int]
) -> dict[int, Leaf] | None:
    bindings = dict(fixed)
    for w, h in zip(want, have, strict=True):
        if not (is_bare(w) and is_bare(h)):
            if w != h:
                return None
            continue
        label, leaf = w[0][0][0][0], h[0][0][0]
        if label in bindings:
            if bindings[label] != leaf:
                return None
        elif label in free:
            if w[0][0][0][1] != leaf[1]:
                return None
            bindings[label] = leaf
        elif w != h:
            return None
    return bindings
