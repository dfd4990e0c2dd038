"""A second look at a pair whose points agree and for which the normal form finds no proof: points of other kinds than the first ones.

The first draws are multiples of powers of two, of middling magnitude, at a few small sizes. What is special about them must not pass
for agreement: floor(1024 z) = 1024 z and sin(1024 π z) = 0 hold at all of them, tanh(10⁹ z) = sign z in every float, |n - 20| = 20 - n
at every size up to 20, and (n - 3)(n - 4)…(n - 12) = 0 at each that was tried; det(x xᵀ) = 0 at every size but 1, det(-A) = -det A at odd ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from checker.alignment import Aligned
from checker.sampling import Sampled, affordable, boundaries, judge_points, unreached
from derivations.domains import Declared, Names
from derivations.evaluate.draw import Assignment, DrawError, draw, splitmix, symbolic_sizes
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.evaluate.steer import holding, index_conditions, rescaled
from derivations.formula import Bound, Call, IndexVal, Node, Num, Rel, SizeVal, walk

MAGNITUDES = (-20, -40, 12, 24, 48, 96)
"""Powers of two by which all continuous inputs are multiplied."""
LEAST = (1, 2)
"""Sizes that no first draw has: at 1 nothing is left beside an entry, and 2 is even where the others may all be odd."""
LONE = 3
"""Sizes that are 1 alone, beside others that are not."""
LARGE = 29
"""A size beyond those of the first draws."""
LARGEST_LITERAL = 64
"""A condition on a size or an index alone is looked at on both sides of its number up to this one."""
MOST_SIZES = 6
FEW = 32
"""Fewer points with a value than this say little: more are drawn, at sizes of 2 too. So are more where labels meet numbers."""
POINTS, MANY = 16, 256
DENOMINATOR = 10_007
"""A prime: with it below them, points are no multiples of powers of two."""
SCALE = 1 << 20


def second_look(pair: Aligned, names: Names, sampled: Sampled, seed: int) -> Sampled:
    """The pair at points of other magnitudes and sizes."""
    out = Sampled(minimum=sampled.minimum)
    relations = boundaries(pair, names)
    for assignment in _others(pair, names, sampled, seed):
        try:
            if affordable(pair, assignment) == assignment.points:
                judge_points(out, pair, assignment, relations)
        except (TooMuchWork, Unevaluable, MemoryError):
            continue
    return out


def _others(pair: Aligned, names: Names, sampled: Sampled, seed: int) -> Iterator[Assignment]:
    base = sampled.draws[0]
    for power in MAGNITUDES:
        yield rescaled(names, base, power)
    sizes = list(base.sizes)
    chosen = [dict(base.sizes)] if sampled.points < FEW or any(_discrete(row) for row in names.inputs()) else []
    chosen += [dict.fromkeys(sizes, 2)] if sizes and (sampled.points < FEW or _multiplies(pair)) else []
    points = [MANY] * len(chosen)
    others = [dict.fromkeys(sizes, value) for value in (*LEAST, *_sizes(pair, symbolic_sizes(names)))] if sizes else []
    others += [{s: 1 if s == lone else v for s, v in base.sizes.items()} for lone in sizes[:LONE]] if len(sizes) > 1 else []
    chosen += others
    points += [POINTS] * len(others)
    for at, count in zip(chosen, points, strict=True):
        try:
            yield draw(names, {s: max(v, sampled.minimum.get(s, 1)) for s, v in at.items()}, count, seed + 31)
        except DrawError:
            continue


def _multiplies(pair: Aligned) -> bool:
    """Whether a product runs over an index: its sign may go with the parity of a size, and with one factor 0 it is gone at a large size."""
    return any(isinstance(n, Bound) and n.op == "prod" for f in (pair.student, pair.truth) for n in walk(f.body))


def _discrete(row: Declared) -> bool:
    return bool(row.domain.values) or row.domain.structure == "onehot"


def _sizes(pair: Aligned, symbolic: Sequence[str]) -> list[int]:
    """Sizes on both sides of every number that a size or an index is compared with, and a large one; none where no size is a number.

    max(3, n), |n - 2| and sign(n - x_i) compare too.
    """
    bodies = (pair.student, pair.truth)
    if not symbolic or not any(_counts(f.body) for f in bodies):
        return []
    inside = [n for f in bodies for n in walk(f.body) if isinstance(n, Call) and _counts(n)]
    compared = [*(rel for f in bodies for rel in index_conditions(f)), *inside]
    near = {c + k for at in compared for c in _literals(at) if c <= LARGEST_LITERAL for k in (-1, 0, 1) if c + k > 0}
    return [*sorted(near - set(LEAST))[:MOST_SIZES], LARGE]


def _counts(node: Node) -> bool:
    return any(isinstance(n, SizeVal | IndexVal) for n in walk(node))


def _literals(node: Node) -> list[int]:
    return [abs(int(n.value)) for n in walk(node) if isinstance(n, Num)]


def beyond_reach(pair: Aligned, names: Names, sampled: Sampled) -> list[tuple[Rel, bool]]:
    """Conditions on whole numbers alone (sizes, indices, integers) with a side that was met nowhere, for their numbers are too large."""
    found = [(rel, side) for rel, side in unreached(sampled, names) if _whole(rel, names)]
    for f in (pair.truth, pair.student):
        for rel in index_conditions(f):
            if any(c > LARGEST_LITERAL for c in _literals(rel)):
                met = {bool(v) for a in sampled.draws for v in np.unique(holding(rel, names, a)) if not np.isnan(v)}
                found += [(rel, side) for side in (True, False) if side not in met]
    return list(dict.fromkeys(found))


def _whole(rel: Rel, names: Names) -> bool:
    rows = [names.get(name) for n in walk(rel) if (name := getattr(n, "name", None)) is not None]
    return bool(rows) and all(r is not None and (r.domain.integer or r.index is not None) and r.definition is None for r in rows)


def off_the_grid(names: Names, assignment: Assignment, point: int) -> Assignment:
    """One point, its continuous inputs changed by up to a hundredth and no longer multiples of a power of two."""
    one = assignment.take([point])
    values, ratios = dict(one.values), dict(one.ratios)
    start = 0
    for row in names.inputs():
        v = values.get(row.name)
        if v is None or row.domain.structure != "plain" or row.domain.values or row.domain.integer:
            continue
        whole = v * SCALE
        shift = 1 + (splitmix(43, v.size, start) % np.uint64(97)).astype(np.int64).reshape(v.shape)
        start += v.size
        if not np.all((whole == np.round(whole)) & (np.abs(whole) < 2.0**40)):
            continue
        # a bounded domain is left by its upper end only, since values move away from 0
        factor = DENOMINATOR + (shift if row.domain.high is None else -shift)
        above = whole.astype(np.int64) * factor
        if row.domain.low is not None and float(row.domain.low) != 0.0:
            continue
        ratios[row.name] = (above, np.full(1, SCALE * DENOMINATOR, dtype=np.int64))
        values[row.name] = above / (SCALE * DENOMINATOR)
    return replace(one, values=values, ratios=ratios, cache={})
