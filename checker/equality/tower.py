"""Equality at given sizes by residues along towers of primes: used where the normal form finds no proof for every
size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checker.equality.align import Aligned
from derivations.domains import Names


def prove_at_sizes(
    pair: Aligned, names: Names, sizes: Sequence[Mapping[str, int]], barren: Sequence[Mapping[str, int]] = ()
) -> tuple[tuple[Mapping[str, int], ...], str] | bool | None:
    """(the sizes, the error bound) where residues agree at every one of them that is not barren; False where they tell
    the two apart; None where they say nothing."""
    from derivations.evaluate.modular import tower_equal

    chosen = tuple(s for s in sizes if dict(s) not in barren)
    if sizes and not chosen:
        return None
    proved, bound = tower_equal(pair.student, pair.truth, chosen or ({},), names=names)
    return (chosen, bound) if proved else proved
