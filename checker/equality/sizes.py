"""The sizes at which two formulas have to be looked at, where they say more of sizes than how far their sums run.

    values      a quotient of polynomials of degree k in n needs k + 1 sizes, and 2^n, (-1)^n, cos(2πn/7), n! need
                more the more of them there are
    conditions  1[n = 7], floor(n/50), max(n, 40), δ_{i,40}, 0^(n-9) cut the sizes into parts, and each part needs one

Conditions on sizes and indices alone are asked at every size up to some thousand (of several sizes at once, at fewer),
and at larger and larger ones beyond. One that has a side nowhere there, and is not proved to have none, is open: then
nothing can be said of every size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from checker.equality.align import Aligned
from checker.equality.cuts import (
    MOST_LITERAL,
    Unscannable,
    codes_of,
    cuts_of,
    indices_of,
    literals_of,
    settled,
    sizes_of,
    whole,
)
from checker.equality.degrees import MOST_DEGREE, degree_of
from derivations.domains import Names
from derivations.formula import Node, Rel
from derivations.frozen import frozen

Choice = Mapping[str, int]
MOST_PARTS = 48
"""Parts into which conditions may cut the sizes."""
WINDOW_OF_INDICES = (4096, 256, 40, 16)
"""Every size up to this is asked, the fewer the more indices stand in the condition."""
GRID = (0, 4096, 64, 14, 7, 4)
"""Every size up to this is asked where so many of them meet."""
FAR = tuple(2**k for k in range(13, 1000, 3))
LARGEST = 1 << 14
"""The largest size at which arrays are drawn."""


@frozen
class Needed:
    """`sizes` at which the two have to be looked at; `open` says what stands against any number of them; `explicit`:
    sizes stand as numbers."""

    sizes: tuple[Choice, ...]
    open: tuple[Node, ...] = ()
    degree: int = 0
    explicit: bool = False

    @property
    def too_many(self) -> bool:
        """Whether the degree asks for more sizes than are looked at."""
        return self.degree > MOST_DEGREE


def needed(pair: Aligned, names: Names, sizes: Sequence[str], base: Choice) -> Needed:
    """Where two formulas have to be looked at; `base` are sizes of a first draw."""
    formulas = (pair.student, pair.truth)
    if not sizes:
        return Needed(())
    degree = degree_of(formulas, names)
    cuts = tuple(dict.fromkeys(c for f in formulas for c in cuts_of(f)))
    chosen, open_ = _parts(cuts, sizes, base, names)
    if degree <= MOST_DEGREE:
        chosen += _enough(degree, sizes, base)
    distinct = {tuple(sorted(c.items())): c for c in chosen}
    return Needed(tuple(distinct.values()), tuple(open_), degree, bool(degree or cuts))


def _enough(degree: int, sizes: Sequence[str], base: Choice) -> list[Choice]:
    """So many values of every size, the others as they were, and as many with all of them changed."""
    if not degree:
        return []
    values = range(1, degree + 3)
    out: list[Choice] = [{**base, s: v} for s in sizes for v in values]
    if len(sizes) > 1:
        m = degree + 2
        out += [{s: 1 + (v * (2 * k + 1) + k) % m for k, s in enumerate(sizes)} for v in values]
    return out


def _parts(cuts: Sequence[Node], sizes: Sequence[str], base: Choice, names: Names) -> tuple[list[Choice], list[Node]]:
    """One choice of sizes for every part into which conditions cut them, and the conditions that are open."""
    cuts = [c for c in cuts if sizes_of(c)]  # at known sizes every index is looked at in full
    if not cuts:
        return [], []
    about = {c: tuple(s for s in sizes if s in sizes_of(c)) for c in cuts}
    marks = {s: _marks(s, [c for c in cuts if s in about[c]]) for s in sizes}
    involved = tuple(s for s in sizes if any(s in about[c] for c in cuts))
    open_: dict[Node, None] = {}
    met: dict[Node, int] = dict.fromkeys(cuts, 0)
    chosen: list[Choice] = []
    ends: dict[str, set[int]] = {}
    for s in involved:
        alone = [c for c in cuts if about[c] == (s,)]
        ends[s] = set(_line(s, alone, marks[s], met, open_)) if alone else set()
        chosen += [{**base, s: v} for v in ends[s]]
    several = [c for c in cuts if len(about[c]) > 1]
    if len(involved) > 1:
        together = several if several else list(cuts)
        grid = involved if len(involved) < len(GRID) else involved[: len(GRID) - 1]
        found = _grid(grid, cuts if several or len(involved) > 1 else together, ends, marks, met, open_)
        chosen += [{**base, **f} for f in found]
        if len(grid) < len(involved):
            open_ |= dict.fromkeys(c for c in several if not set(about[c]) <= set(grid))
    for cut in cuts:
        if cut not in open_ and not settled(cut, met[cut], names):
            open_[cut] = None
    return chosen, list(open_)


def _marks(size: str, cuts: Sequence[Node]) -> list[int]:
    """Numbers of a condition, and their neighbours."""
    near = {c + k for c in literals_of(cuts) if c >= 0 for k in (-1, 0, 1)}
    roots = {round(c**0.5) + k for c in literals_of(cuts) if c > 0 for k in (-1, 0, 1)}
    return sorted(v for v in near | roots if v > 0)


def _line(
    size: str, cuts: Sequence[Node], marks: Sequence[int], met: dict[Node, int], open_: dict[Node, None]
) -> list[int]:
    """The first of the sizes at which conditions on one size have each of their combinations, twice where it comes
    back."""
    indices = max(len(indices_of(c)) for c in cuts)
    window = WINDOW_OF_INDICES[min(indices, len(WINDOW_OF_INDICES) - 1)]
    values = np.array(
        sorted({*range(1, window + 1), *(m for m in marks if m <= (MOST_LITERAL if not indices else LARGEST // 8))})
    )
    far = np.array([f for f in FAR if f > values[-1]], dtype=float)
    codes = []
    for cut in cuts:
        try:
            here = codes_of(cut, {size: values})
            met[cut] |= int(np.bitwise_or.reduce(here))
            if not indices:
                beyond = codes_of(cut, {size: far}) if isinstance(cut, Rel) else None
                if beyond is not None and np.any(beyond != here[-1]) and not _comes_back(here):
                    open_[cut] = None
            codes.append(here)
        except Unscannable:
            met[cut] = 0
    return [int(v) for v in _firsts(values, codes, cuts, open_)] if codes else []


def _comes_back(codes: np.ndarray) -> bool:
    """Whether each combination is there in the second half too: cos(πn) > 0 changes for ever."""
    return set(np.unique(codes)) == set(np.unique(codes[len(codes) // 2 :]))


def _firsts(values: np.ndarray, codes: list[np.ndarray], cuts: Sequence[Node], open_: dict[Node, None]) -> list[Any]:
    """Of every combination the first size, the first of the next stretch and the last of a stretch that ends."""
    joint = np.stack(codes, axis=1)
    _, which = np.unique(joint, axis=0, return_inverse=True)
    which = which.reshape(-1)
    starts = np.flatnonzero(np.r_[True, which[1:] != which[:-1]])
    if len(np.unique(which)) > MOST_PARTS:
        open_ |= dict.fromkeys(cuts)
        return []
    taken: dict[int, int] = {}
    out: list[int] = []
    for s in starts:
        if taken.get(int(which[s]), 0) < 2:
            taken[int(which[s])] = taken.get(int(which[s]), 0) + 1
            out.append(int(s))
    found = [values[k] for k in out]
    if any(v > LARGEST for v in found):
        open_ |= dict.fromkeys(cuts)
    return [v for v in found if v <= LARGEST]


def _grid(
    sizes: Sequence[str],
    cuts: Sequence[Node],
    ends: Mapping[str, set[int]],
    marks: Mapping[str, list[int]],
    met: dict[Node, int],
    open_: dict[Node, None],
) -> list[Choice]:
    """The same where several sizes meet: the cells of a grid, the smallest of each combination."""
    indices = max(len(indices_of(c)) for c in cuts)
    few = max(3, GRID[len(sizes)] >> (2 * indices))
    few = 12 if indices == 1 and len(sizes) == 2 else few
    along = [
        sorted(
            {
                *range(1, few + 1),
                *ends.get(s, ()),
                *([m for m in marks[s] if m <= 512] if not indices else [m for m in marks[s] if m <= 24]),
            }
        )
        for s in sizes
    ]
    if np.prod([float(len(a)) for a in along]) > 1 << 16:
        along = [a[: GRID[len(sizes)]] for a in along]
    cells = np.array(list(product(*along)))
    if not indices and len(sizes) == 2:
        far = np.array(list(product((1, 2, 3, 7, *(4**k for k in range(2, 8))), repeat=2)))
        cells = np.concatenate([cells, far])
    cells = cells[np.argsort(cells.sum(axis=1), kind="stable")]
    codes, scanned = [], []
    for cut in cuts:
        try:
            here = codes_of(cut, {s: cells[:, k] for k, s in enumerate(sizes)})
        except (Unscannable, KeyError):
            continue
        met[cut] |= int(np.bitwise_or.reduce(here))
        codes.append(here)
        scanned.append(cut)
    if not codes:
        return []
    joint = np.stack(codes, axis=1)
    kinds, first = np.unique(joint, axis=0, return_index=True)
    if len(kinds) > MOST_PARTS:
        open_ |= dict.fromkeys(scanned)
        return []
    return [dict(zip(sizes, (int(v) for v in cells[k]), strict=True)) for k in sorted(first)]


__all__ = ["Needed", "needed", "whole"]
