"""Where formulas are evaluated: sizes and values for every declared input, made of integers (`splitmix`, `entries`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product

from derivations.domains import Kept, Names
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.entries import (
    DrawError,
    TooLarge,
    discrete,
    fold_into,
    plain,
    shuffled,
    structured,
)
from derivations.evaluate.splitmix import Stream, seed_of
from derivations.formula import Size, Sizes, sizes_in, sizes_under, value_of

POINTS = 64
ASSIGNMENTS = 3
LARGEST_DRAW = 1 << 21
"""Entries of one input over all points; for larger ones fewer points are drawn, never fewer than `FEWEST`."""
FEWEST = 8
PRODUCTS = frozenset({"posdef", "invertible", "orthonormal"})
SHORT = 16
FEW_SIZES = 6
SMALL_SIZES = [made for made in product((2, 3, 4), repeat=3) if len({*made}) > 1]
"""Three values for a size; no two sizes have the same three."""


def symbolic_sizes(names: Names) -> tuple[str, ...]:
    """Every symbolic size of the declarations: of axes, of indices, in definitions."""
    found = dict.fromkeys(names.sizes)
    for row in names.values():
        if row.index is not None:
            found |= dict.fromkeys(sizes_under(row.index.size))
        if row.equation is not None:
            found |= dict.fromkeys(sorted(sizes_in(row.equation.body)))
    return tuple(found)


def choose_sizes(
    names: Names, count: int = ASSIGNMENTS, minimum: Mapping[str, int] | None = None, also: Iterable[str] = ()
) -> list[dict[str, int]]:
    """Values for the symbolic sizes: pairwise different, at least 3, each pair in both orders, one of them large. Of
    more than `FEW_SIZES`, as a convolution of a batch has, the product counts: 2, 3, 4, and two are equal in some of
    the assignments only.

    minimum  the smallest value a size may take (one more than the largest literal index that stands on it)
    also     sizes that stand in the formulas and in no declaration

    Over the assignments every size takes `count` different values, of many at least two. One alone takes 3, 5, 8, …
    """
    sizes = tuple(dict.fromkeys((*symbolic_sizes(names), *also)))
    if not sizes:
        return [{}]
    k = len(sizes)
    low, many = 3, k > FEW_SIZES
    pairs = [(r.sizes[0], r.sizes[1]) for r in names.values() if r.domain.structure == "orthonormal"]
    patterns = [
        [low + k - 1 - j for j in range(k)],
        [low + k + j + (k == 1) for j in range(k)],
        [low + k + 4 if j == 0 else low + k - j for j in range(k)],
    ]
    if many:
        patterns = [[SMALL_SIZES[j % len(SMALL_SIZES)][q] for j in range(k)] for q in range(len(patterns))]
    seen: dict[str, set[int]] = {s: set() for s in sizes}
    out: list[dict[str, int]] = []
    for q in range(count):
        pattern = patterns[q] if q < len(patterns) else [low + q + (j if q % 2 else k - 1 - j) for j in range(k)]
        made: dict[str, int] = {}
        for size, wanted in zip(sizes, pattern, strict=True):
            value = max(wanted, (minimum or {}).get(size, 1))
            while not many and (value in made.values() or value in seen[size]):
                value += 1
            made[size] = value
        for tall, wide in pairs:
            _fit(made, tall, wide)
        for size, value in made.items():
            seen[size].add(value)
        out.append(made)
    return out


def _fit(sizes: dict[str, int], tall: Size, wide: Size) -> None:
    """Makes n ≥ k for orthonormal[n,k], by exchanging the two or shortening k."""
    n = tall if isinstance(tall, int) else sizes[tall]
    k = wide if isinstance(wide, int) else sizes[wide]
    if n >= k:
        return
    if isinstance(tall, str) and isinstance(wide, str):
        sizes[tall], sizes[wide] = k, n
    elif isinstance(tall, str):
        sizes[tall] = k + 1
    elif isinstance(wide, str):
        sizes[wide] = max(1, n - 1)
    else:
        raise DrawError(f"orthonormal[{n},{k}]: {k} orthonormal columns need at least {k} rows")


DRAWS_KEPT = 8
"""Sets of draws kept with the declarations they belong to."""
_DRAWN: Kept[tuple[int, int, tuple[tuple[tuple[str, int], ...], ...]], list[Assignment]] = Kept()
"""By seed, points and sizes."""


def assignments(
    names: Names,
    seed: int = 0,
    sizes: Sequence[Mapping[str, int]] | None = None,
    *,
    points: int = POINTS,
    count: int = ASSIGNMENTS,
    minimum: Mapping[str, int] | None = None,
    also: Iterable[str] = (),
) -> list[Assignment]:
    """The draws of a question: `count` assignments of sizes with `points` points each (as many points at once where
    there is no size).

    Nodes and adjoints are not drawn. The same arguments give the same assignments (kept with `names`). Raises
    `DrawError`.
    """
    also = tuple(also)
    if sizes is None:
        chosen = choose_sizes(names, count, minimum, also)
        if len(chosen) < count:
            points *= count
    else:
        chosen = [dict(s) for s in sizes]
    kept = _DRAWN.under(names)
    key = (seed, points, tuple(tuple(sorted(s.items())) for s in chosen))
    found = kept.get(key)
    if found is None:
        found = [draw(names, s, points, seed * 1009 + k) for k, s in enumerate(chosen)]
        if len(kept) >= DRAWS_KEPT:
            kept.clear()
        kept[key] = found
    return found


def draw(names: Names, sizes: Mapping[str, int], points: int = POINTS, seed: int = 0) -> Assignment:
    """One assignment: every input at all points."""
    shapes = {row.name: tuple(value_of(s, sizes) for s in row.sizes) for row in names.inputs()}
    # a matrix of a structure is a product of others: as much work as it has entries, times their length
    most = max(
        (
            math.prod(shapes[r.name]) * (shapes[r.name][-1] // SHORT + 1 if r.domain.structure in PRODUCTS else 1)
            for r in names.inputs()
        ),
        default=1,
    )
    if most * points > LARGEST_DRAW:
        points = min(points, max(FEWEST, LARGEST_DRAW // most))
        if most * points > 4 * LARGEST_DRAW:
            raise TooLarge(f"an input of {most} entries is too large to draw")
    made = Assignment(Sizes(sizes), {}, points, names)
    column, radix, turn = 0, 1, shuffled(seed, points)
    for row in names.inputs():
        shape = shapes[row.name]
        entries = math.prod(shape)
        if row.domain.structure != "plain":
            values = structured(row, shape, seed, points, column, radix, turn, made)
            if row.domain.structure == "onehot":
                radix = min(radix * shape[-1], points + 1)
            column += max(entries, 64) if row.domain.structure in ("simplex", "orthonormal") else entries
        elif row.domain.values:
            values, radix = discrete(row, entries, seed, points, column, radix, turn)
            values = values.reshape(points, *shape)
            column += entries
        else:
            values = plain(row, seed, points, column, entries)
            values = (
                values[:, 0]
                if not shape
                else values.reshape(points, *shape, order="A")
                if len(shape) == 1
                else fold_into(values, shape)
            )
            column += entries
        made.values[row.name] = values
    return made


@lru_cache(maxsize=256)
def unknown_terms(name: str) -> tuple[tuple[Fraction, Fraction, Fraction], ...]:
    """(amplitude, rate, phase) of the Σ a sin(b z + c) that stands for a declared, unknown function: multiples of 1/16,
    the same everywhere."""
    stream = Stream(seed_of(name))
    return tuple(
        (Fraction(8 + stream.below(24), 16), Fraction(6 + 7 * k + stream.below(7), 16), Fraction(stream.below(64), 16))
        for k in range(3)
    )
