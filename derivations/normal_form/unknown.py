"""Unknown functions as atoms. Two applications are the same where the normal forms of their arguments are.

The key of an atom is ("apply", function, derivatives, places of the entry, indices of each argument, arguments …). The
indices of an array are numbered by their axes, so that their names do not count; of an array that is written out the
entries stand one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from derivations.normal_form.numbering import leaf_place
from derivations.normal_form.polynomials import Expr, Leaf, Place, Poly, Polynomial
from derivations.normal_form.rational import canonical
from derivations.normal_form.ring import Ring

Argument = tuple[tuple[Leaf, ...], Poly]
"""An argument: the indices of an array and its entry; a number has no index."""


Slots = tuple[tuple[int, tuple[Place, ...]], ...]
"""The entries of arguments that a function is differentiated by."""


def unknown(ring: Ring, fn: str, by: Slots, at: tuple[Place, ...], arguments: Sequence[Argument], e: Any = 1) -> Poly:
    """f(a, …), or a derivative of it, to a power."""
    numbered = [_numbered(ring, leaves, entry) for leaves, entry in arguments]
    key = (
        "apply",
        fn,
        tuple(sorted(by)),
        at,
        tuple(leaves for leaves, _ in numbered),
        *(Polynomial(p) for _, p in numbered),
    )
    bound = frozenset(label for leaves, _ in numbered for label, _ in leaves)
    height = max((ring.height_over(p) for leaves, p in numbered if leaves), default=0)
    return ring.gen(ring.intern(key, bound=bound, height=height), e)


def _numbered(ring: Ring, leaves: tuple[Leaf, ...], entry: Poly) -> Argument:
    """The array with its indices numbered in the order of its axes, above all that are bound inside of it."""
    if not leaves:
        return (), canonical(ring, entry)
    height = ring.height_over(entry)
    own = tuple((-(height * 64 + k), size) for k, (_, size) in enumerate(leaves, 1))
    to = {old: leaf_place(new) for (old, _), new in zip(leaves, own, strict=True)}
    return own, canonical(ring, ring.substitute(entry, to))


def written_out(ring: Ring, leaves: tuple[Leaf, ...], entry: Poly) -> tuple[Argument, ...]:
    """The entries of an array of known sizes."""
    ranges = (range(1, int(size) + 1) for _, size in leaves)
    return tuple(
        ((), ring.substitute(entry, {label: Place(((), k)) for (label, _), k in zip(leaves, where, strict=True)}))
        for where in product(*ranges)
    )


def again_unknown(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    """The same function of arguments with other indices."""
    _, fn, by, at, indices, *entries = key
    arguments: list[Argument] = []
    for leaves, entry in zip(indices, entries, strict=True):
        fresh = tuple((ring.fresh(), size) for _, size in leaves)
        inner = {old: leaf_place(new) for (old, _), new in zip(leaves, fresh, strict=True)}
        arguments.append((fresh, ring.substitute(entry.poly(), {**to, **inner})))
    slots = tuple((k, tuple(Place(ring.place(p, to)) for p in places)) for k, places in by)
    return unknown(ring, fn, slots, tuple(Place(ring.place(p, to)) for p in at), arguments, e)
