"""Bound indices: numbered canonically, so that equal sums are one atom, and made fresh again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice, permutations, product
from typing import Any

from derivations.normal_form.polynomials import Leaf, Mono, Place, Poly, Unprovable
from derivations.normal_form.ring import Ring

MAX_NUMBERINGS = 720
"""Numberings of bound indices that are tried; with more, the first is taken (the atom is then only found equal to
itself)."""


def leaf_place(leaf: Leaf) -> Place:
    """An index as an index expression."""
    return Place((((leaf, 1),), 0))


def opened(ring: Ring, a: int) -> tuple[dict[int, str], Mono]:
    """A contraction taken apart: fresh indices and the product under the sum."""
    atom = ring.atoms[a]
    renamed = {label: (ring.fresh(), size) for label, size in atom.key[1]}
    inner = ring.substitute_mono(tuple(atom.key[2]), {old: leaf_place(new) for old, new in renamed.items()})
    if len(inner) != 1 or next(iter(inner.values())) != 1:
        raise Unprovable("a contraction that changes when its indices are renamed")
    return dict(renamed.values()), next(iter(inner))


def numbered_product(ring: Ring, leaves: list[Leaf], mono: Mono) -> tuple[int, list[Leaf], Mono]:
    """Bound indices numbered canonically: (sign, the indices, the least monomial); sign 0 where the sum is its own
    negative."""
    height = 1 + max((ring.atoms[a].height for a, _ in mono), default=0)
    best: tuple[Mono, list[Leaf]] | None = None
    signs: set[int] = set()
    for order in _orders(ring, leaves, mono):
        numbered = [(-(height * 64 + k + 1), size) for k, (_, size) in enumerate(order)]
        ring.spend(2 * len(mono))
        made = ring.substitute_mono(mono, {old[0]: leaf_place(new) for old, new in zip(order, numbered, strict=True)})
        if len(made) != 1:
            continue  # a condition turned round: [i > j] is no single atom in this numbering
        ((m, c),) = made.items()
        if c not in (1, -1):
            continue
        if best is None or m < best[0]:
            best, signs = (m, numbered), {int(c)}
        elif m == best[0]:
            signs.add(int(c))
    if best is None:
        return 1, leaves, mono
    return (0 if len(signs) == 2 else signs.pop()), best[1], best[0]


def _orders(ring: Ring, leaves: list[Leaf], mono: Mono) -> Iterable[list[Leaf]]:
    """The numberings to try: indices are told apart by where they stand; only real ties are tried both ways."""
    if len(leaves) == 1:
        return [leaves]
    places: dict[int, list[Standing]] = {label: [] for label, _ in leaves}
    for a, e in mono:
        here = _places(ring, a, str(e))
        for label in {label for held in here[2] for label in held if label in places}:
            places[label].append(here)
    colours: dict[int, Any] = dict(leaves)
    return islice(_refined(ring, leaves, places, _refine(leaves, places, colours)), MAX_NUMBERINGS)


Standing = tuple[Any, bool, tuple[tuple[int, ...], ...]]
"""A factor as far as numbering sees it: what it is, whether the order of its places counts, the labels at each place.
"""


def _places(ring: Ring, a: int, e: str) -> Standing:
    atom = ring.atoms[a]
    if atom.kind in ("elem", "inv"):
        at = atom.key[2] if atom.kind == "elem" else atom.key[4:6]
        fixed = not is_symmetric(ring, atom.key[1]) if atom.kind == "elem" else not atom.key[6]
        held = [tuple(leaf[0] for leaf, _ in p[0]) for p in at]
        if atom.kind == "inv":
            held.append(tuple(sorted(atom.leaves - {label for p in held for label in p})))
        return (atom.shape, e), fixed, tuple(held)
    return (atom.shape, e), False, tuple((label,) for label in sorted(atom.leaves))


def _refine(leaves: list[Leaf], places: Mapping[int, list[Standing]], colours: dict[int, Any]) -> dict[int, int]:
    """Colours split by where each index stands (`places` of it) and beside which colours, until nothing changes."""
    for _ in range(len(leaves) + 1):
        seen: dict[int, Any] = {}
        for label, _ in leaves:
            marks = []
            for what, fixed, held in places[label]:
                row = tuple(
                    "*" if label in p else repr(tuple(sorted(repr(colours[o]) if o in places else f"={o}" for o in p)))
                    for p in held
                )
                marks.append((what, row if fixed else tuple(sorted(row))))
            seen[label] = (repr(colours[label]), tuple(sorted(marks)))
        ranks: dict[Any, int] = {}
        for k, standing in enumerate(sorted(seen.values())):
            ranks.setdefault(standing, k)
        fresh = {label: ranks[seen[label]] for label, _ in leaves}
        if len(set(fresh.values())) == len(set(colours.values())):
            return fresh
        colours = fresh
    return colours


def _refined(
    ring: Ring, leaves: list[Leaf], places: Mapping[int, list[Standing]], colours: dict[int, int]
) -> Iterable[list[Leaf]]:
    ring.spend(len(leaves))
    groups: dict[int, list[Leaf]] = {}
    for leaf in leaves:
        groups.setdefault(colours[leaf[0]], []).append(leaf)
    tied = next((groups[k] for k in sorted(groups) if len(groups[k]) > 1), None)
    if tied is None:
        yield [groups[k][0] for k in sorted(groups)]
        return
    for first in tied:
        chosen = {label: 2 * c + 1 for label, c in colours.items()} | {first[0]: 2 * colours[first[0]]}
        yield from _refined(ring, leaves, places, _refine(leaves, places, chosen))


def is_symmetric(ring: Ring, name: str) -> bool:
    row = ring.names.get(name)
    return row is not None and row.domain.has("symmetric")


def numbered_body(ring: Ring, leaves: tuple[Leaf, ...], poly: Poly) -> tuple[list[Leaf], Poly]:
    """Bound indices of a whole polynomial numbered canonically (the least of the numberings tried)."""
    height = ring.height_over(poly)
    best: tuple[Any, list[Leaf], Poly] | None = None
    by_size: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        by_size.setdefault(leaf[1], []).append(leaf)
    groups = [by_size[s] for s in sorted(by_size)]
    ways = 1
    for g in groups:
        for k in range(2, len(g) + 1):
            ways *= k
    choices = product(*(permutations(g) for g in groups)) if ways <= 24 else iter([tuple(tuple(g) for g in groups)])
    for choice in choices:
        order = [leaf for g in choice for leaf in g]
        numbered = [(-(height * 64 + k + 1), size) for k, (_, size) in enumerate(order)]
        made = ring.substitute(poly, {old[0]: leaf_place(new) for old, new in zip(order, numbered, strict=True)})
        rank = sorted((m, str(c)) for m, c in made.items())
        if best is None or rank < best[0]:
            best = (rank, numbered, made)
    assert best is not None
    return best[1], best[2]
