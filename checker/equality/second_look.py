"""A second look at a pair whose points agree and for which the normal form finds no proof: points of other kinds than
the first ones.

The first draws are multiples of powers of two, of middling magnitude, at a few small sizes. What is special about them
must not pass for agreement: floor(1024 z) = 1024 z and sin(1024 π z) = 0 hold at all of them, tanh(10⁹ z) = sign z in
every float, |n - 20| = 20 - n at every size up to 20, and (n - 3)(n - 4)…(n - 12) = 0 at each that was tried; det(x xᵀ)
= 0 at every size but 1, det(-A) = -det A at odd ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker.equality.align import Aligned
from checker.equality.sample import Sampled, affordable, boundaries, judge_points, unreached
from checker.equality.sizes import Needed
from derivations.domains import Declared, Names
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.draw import draw
from derivations.evaluate.entries import DrawError, TooLarge
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.evaluate.steer import Relations, rescaled, steer
from derivations.formula import Bound, Rel, sizes_in, walk

MAGNITUDES = (-20, -40, 12, 24, 48, 96)
"""Powers of two by which all continuous inputs are multiplied."""
LEAST = (1, 2)
"""Sizes that no first draw has: at 1 nothing is left beside an entry, and 2 is even where the others may all be odd."""
LONE = 3
"""Sizes that are 1 alone, beside others that are not."""
MOST_MARKS = 9
LARGE = 29
"""A size beyond those of the first draws."""
FEW = 32
"""Fewer points with a value than this say little: more are drawn, at sizes of 2 too. So are more where labels meet
numbers."""
POINTS, MANY = 16, 256
MOST_PLACES, REACH = 24, 8_000
"""Sizes at which points are steered, and the points tried at each."""


def second_look(
    pair: Aligned, names: Names, sampled: Sampled, need: Needed, seed: int
) -> tuple[Sampled, list[Mapping[str, int]]]:
    """The pair at points of other magnitudes and sizes, those that it speaks of among them; and which of these are out
    of reach."""
    out = Sampled(minimum=sampled.minimum)
    relations = boundaries(pair, names)
    base = sampled.draws[0]
    for power in MAGNITUDES:
        _look(out, pair, rescaled(names, base, power), relations)
    for sizes, count in _sizes(pair, names, sampled, need):
        _look_at(out, pair, names, sizes, count, seed, relations)
    far = [s for s in need.sizes if not _look_at(out, pair, names, s, POINTS, seed, relations)]
    _reach(out, pair, names, sampled, seed, relations)
    return out, far


def _reach(out: Sampled, pair: Aligned, names: Names, sampled: Sampled, seed: int, relations: Relations) -> None:
    """What was met on one side only and hangs on sizes too: points are steered there at each of the sizes looked at.

    k ≥ 36 and n = 7 holds at none of the first sizes, however k is chosen.
    """
    missing = [found for found in sampled.unreached if sizes_in(found[0])]
    places = {tuple(sorted(a.sizes.items())): a for a in out.draws}
    for there in list(places.values())[-MOST_PLACES:]:
        for side in (True, False):
            wanted = Relations([rel for rel, wants in missing if wants == side], names)
            if not wanted.relations:
                continue
            extra = steer(wanted, (there,), REACH, seed + 37, (side,)).extra
            for assignment in extra:
                judge_points(out, pair, assignment, relations)
            met = {rel for a in (there, *extra) for rel, values in wanted.holding(a) if (values == side).any()}
            missing = [(rel, wants) for rel, wants in missing if wants != side or rel not in met]
    sampled.unreached = tuple(r for r in sampled.unreached if not sizes_in(r[0]) or r in missing)


def _look_at(
    out: Sampled, pair: Aligned, names: Names, sizes: Mapping[str, int], count: int, seed: int, relations: Relations
) -> bool:
    """Whether some sizes are in reach: what does not exist there needs no look."""
    try:
        return _look(out, pair, draw(names, sizes, count, seed + 31), relations)
    except TooLarge:
        return False
    except DrawError:
        return True


def _look(out: Sampled, pair: Aligned, assignment: Assignment, relations: Relations) -> bool:
    try:
        kept = affordable(pair, assignment)
        judge_points(out, pair, assignment if kept >= assignment.points else assignment.part(0, kept), relations)
    except (TooMuchWork, Unevaluable, MemoryError):
        return False
    return True


def _sizes(pair: Aligned, names: Names, sampled: Sampled, need: Needed) -> Iterator[tuple[Mapping[str, int], int]]:
    """Other sizes than those of the first draws, with how many points."""
    base = sampled.draws[0].sizes
    if (sampled.points < FEW or any(_discrete(row) for row in names.inputs())) and sampled.draws[0].points >= POINTS:
        yield base, MANY
    if not base:
        return
    if sampled.points < FEW or _multiplies(pair):
        yield dict.fromkeys(base, 2), MANY
    # a text with x_3 in it has a meaning at 2 where a condition keeps the entry away
    marks = {m + k for m in sampled.minimum.values() if m > 1 for k in (-1, 0, 1)}
    for value in dict.fromkeys((*LEAST, *sorted(marks)[:MOST_MARKS], *((LARGE,) if need.explicit else ()))):
        yield dict.fromkeys(base, value), POINTS
    if len(base) > 1:
        for lone in list(base)[:LONE]:
            yield {s: 1 if s == lone else v for s, v in base.items()}, POINTS


def _multiplies(pair: Aligned) -> bool:
    """Whether a product runs over an index: its sign may go with the parity of a size, and with one factor 0 it is gone
    at a large size."""
    return any(isinstance(n, Bound) and n.op == "prod" for f in (pair.student, pair.truth) for n in walk(f.body))


def _discrete(row: Declared) -> bool:
    return bool(row.domain.values) or row.domain.structure == "onehot"


def beyond_reach(names: Names, sampled: Sampled) -> list[tuple[Rel, bool]]:
    """Conditions on integers with a side that was met nowhere, for their numbers are too large."""
    return [(rel, side) for rel, side in unreached(sampled, names) if _whole(rel, names)]


def _whole(rel: Rel, names: Names) -> bool:
    rows = [names.get(name) for n in walk(rel) if (name := getattr(n, "name", None)) is not None]
    return bool(rows) and all(
        r is not None and (r.domain.integer or r.index is not None) and r.definition is None for r in rows
    )
