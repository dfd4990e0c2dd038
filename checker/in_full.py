"""What has to be seen for certain where no proof settles a pair: every size that matters, every branch, every tie between whole numbers.

Floats show no difference of 10⁻³⁰, and neither do balls of 64 bits. So in each branch of each condition, and at each of the sizes that
two formulas speak of, balls compare all entries at a point off the grid, until nothing in them is too small to be seen. Where a
condition holds with equality (or nearly) beside the point too, the tie is no accident: balls decide it, or a proof that both sides
are the same, or nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from checker.alignment import Aligned
from checker.counterexample import SHARPER, Found, confirm
from checker.sampling import Sampled, beside, constant
from derivations.domains import Names
from derivations.evaluate import balls, floats
from derivations.evaluate.balls import Outcome
from derivations.evaluate.draw import Assignment, splitmix
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.evaluate.steer import Relations, branches, everything, steer
from derivations.formula import Call, Formula, Node, Rel
from derivations.frozen import frozen
from derivations.normal_form.settled import Settling

MOST_TIES = 24
TRIED = 3
"""Points of a branch that are looked at until one says something."""
MOST_BRANCHES = 200
MOST_EMPTY = 40
"""Branches met nowhere that are asked whether they are empty."""
MOST_ENTRIES = 256
"""Entries that are compared at a point; of more, the first ones of the slots are."""
SCALE = 1 << 20
DENOMINATOR = 10_007 << 13
"""Points off the grid are changed by less than a millionth, so that they stay in their branch; the denominator is no power of two."""


@frozen
class Look:
    """`found` differs for certain; or `tag` and `what` say why nothing can be said; or all that was to be seen agrees, to `digits`."""

    found: tuple[Found, Outcome] | None = None
    tag: str = ""
    what: tuple[Any, ...] = ()
    digits: int | None = None
    agreed: int = 0


# ---------------------------------------------------------------- ties


def ties(pair: Aligned, names: Names, doubts: Sequence[Found]) -> Look:
    """Points at which a condition is too close to tell, or which look different: what stands there beside the point too has to be decided."""
    for found in doubts[:MOST_TIES]:
        look = _tie(pair, names, found)
        if look.found is not None or look.tag:
            return look
    return Look()


def _tie(pair: Aligned, names: Names, found: Found) -> Look:
    outcome = confirm(pair, found, names)
    if outcome is not None and outcome.kind == "close":
        return Look()
    around = beside(found, names)
    for p in range(0, around.points, 3):
        outcome, entry = _decided_entries(pair, names, around, p)
        if outcome is None or outcome.kind == "undecided":
            return Look(tag="tie" if _jumps(pair) else "precision")
        if outcome.kind == "different":
            return Look(((around, p, entry), outcome))
    return Look()


def _decided_entries(pair: Aligned, names: Names, assignment: Assignment, point: int) -> tuple[Outcome | None, tuple[int, ...]]:
    """All entries at a point; where balls do not decide, with the conditions decided that hold with equality identically."""
    found = entries(pair, assignment, point)
    if (found[0] is None or found[0].kind == "undecided") and _jumps(pair):
        return entries(settled(pair, names, assignment, point), assignment, point)
    return found


def _jumps(pair: Aligned) -> bool:
    """Whether a condition, a sign or a rounding stands in either formula."""
    return any(isinstance(n, Rel) or (isinstance(n, Call) and n.fn in ("floor", "ceil", "sign")) for f in (pair.student, pair.truth) for n in everything(f))


def settled(pair: Aligned, names: Names, assignment: Assignment, point: int) -> Aligned:
    """Both formulas with the conditions decided that hold with equality identically, at the sizes and the discrete values of a point."""
    one = assignment.take([point])
    whole = {r.name: int(one.values[r.name].item()) for r in names.inputs() if r.domain.integer and not r.sizes and r.name in one.values}

    def estimate(node: Node) -> float | None:
        try:
            value = float(floats.evaluate_node(node, names, one).reshape(-1)[0])
        except Unevaluable:
            return None
        return value if np.isfinite(value) else None

    settle = Settling(names, whole, assignment.sizes, estimate)
    sides: list[Formula] = [replace(f, body=settle(f.body)) for f in (pair.student, pair.truth)]
    return Aligned(*sides)


# ---------------------------------------------------------------- sizes and branches


def everywhere(pair: Aligned, names: Names, draws: Sequence[Assignment], sampled: Sampled, seed: int) -> Look:
    """Each of the draws (one for every size that matters), and each branch, at a point in full."""
    digits: int | None = None
    agreed = 0
    for candidates in (*_at_sizes(draws), *_in_branches(pair, names, draws, sampled, seed)):
        if candidates is None:
            return Look(tag="limit")
        if isinstance(candidates, Rel):
            return Look(tag="unreached", what=((candidates, True),))
        look = _first_telling(pair, names, *candidates)
        if look.found is not None or look.tag:
            return look
        if look.digits is not None:
            digits = look.digits if digits is None else min(digits, look.digits)
            agreed += 1
    return Look(digits=digits, agreed=agreed)


Candidates = tuple[list[tuple[Assignment, int]], Rel | None]


def _at_sizes(draws: Sequence[Assignment]) -> Iterator[Candidates]:
    seen: set[tuple[tuple[str, int], ...]] = set()
    for a in draws:
        key = tuple(sorted(a.sizes.items()))
        if key not in seen:
            seen.add(key)
            yield [(a, p) for p in dict.fromkeys((min(18, a.points - 1), min(5, a.points - 1), a.points // 2))], None


def _in_branches(pair: Aligned, names: Names, draws: Sequence[Assignment], sampled: Sampled, seed: int) -> Iterator[Candidates | Rel | None]:
    """The most moderate points in each branch of either side; a branch met nowhere that is not proved to be empty."""
    both = [branches(f) for f in (pair.student, pair.truth)]
    wanted = tuple(dict.fromkeys(r for found in both for r in found or ()))
    if None in both or len(wanted) > MOST_BRANCHES:
        yield None
        return
    if not wanted:
        return
    relations = Relations(wanted, names)
    met: dict[Rel, list[tuple[Assignment, int]]] = {}
    _collect(relations, sampled.draws, met)
    _collect(relations, [a for a in draws if a not in sampled.draws], met)
    missing = [r for r in wanted if r not in met]
    if missing:
        found = steer(Relations(missing, names), sampled.draws[:1], seed=seed + 2, sides=(True,))
        _collect(Relations(missing, names), found.extra, met)
    asked = 0
    for rel in wanted:
        if rel in met:
            yield sorted(met[rel], key=_magnitude)[:TRIED], rel
        else:
            asked += 1
            if asked > MOST_EMPTY or not constant(rel, False, names):
                yield rel


def _collect(relations: Relations, draws: Iterable[Assignment], met: dict[Rel, list[tuple[Assignment, int]]]) -> None:
    for a in draws:
        for rel, values in relations.holding(a):
            there = np.flatnonzero((values == 1).any(axis=1))
            if len(there):
                met.setdefault(rel, []).extend((a, int(p)) for p in there[:: max(1, len(there) // 8)][:8])


def _magnitude(found: tuple[Assignment, int]) -> float:
    a, p = found
    return sum(float(np.abs(v[p]).max(initial=0.0)) for v in a.values.values())


def _first_telling(pair: Aligned, names: Names, candidates: Sequence[tuple[Assignment, int]], rel: Rel | None) -> Look:
    """The first of some points at which balls say something; nothing is to be seen where one side has no value at any of them."""
    blind = False
    for assignment, p in candidates:
        moved = off_the_grid(names, assignment, p)
        if rel is not None and not any((v == 1).any() for _, v in Relations((rel,), names).holding(moved)):
            moved = assignment.take([p])
        outcome, entry = _decided_entries(pair, names, moved, 0)
        if outcome is None or outcome.kind == "undecided":
            blind = True
            continue
        if outcome.kind == "different":
            return Look(((moved, 0, entry), outcome))
        if outcome.kind == "close":
            return Look(digits=outcome.digits)
    return Look(tag="precision") if blind else Look()


def entries(pair: Aligned, assignment: Assignment, point: int) -> tuple[Outcome | None, tuple[int, ...]]:
    """What balls say of all entries at a point, seen in full; of the first ones where there are many."""
    lengths = [i.size if isinstance(i.size, int) else assignment.sizes[i.size] for i in pair.slots]
    exact = assignment.at(point)
    try:
        if np.prod(lengths, dtype=float) <= MOST_ENTRIES:
            return balls.compare_entries_at(pair.student, pair.truth, assignment.sizes, exact, SHARPER)
        for entry in ((1,) * len(lengths), tuple(lengths), tuple(1 + (n - 1) // (k + 2) for k, n in enumerate(lengths))):
            outcome = balls.compare_at(pair.student, pair.truth, assignment.sizes, exact, entry, max(SHARPER), SHARPER, in_full=True)
            if outcome.kind != "close":
                break
        return outcome, entry
    except (Unevaluable, TooMuchWork, MemoryError):
        return None, ()


def off_the_grid(names: Names, assignment: Assignment, point: int) -> Assignment:
    """One point, its continuous inputs changed a little and no longer multiples of a power of two."""
    one = assignment.take([point])
    values, ratios = dict(one.values), dict(one.ratios)
    start = 0
    for row in names.inputs():
        v = values.get(row.name)
        if v is None or row.domain.structure != "plain" or row.domain.values or row.domain.integer or row.name in ratios:
            continue
        whole = v * SCALE
        shift = 1 + (splitmix(43, v.size, start) % np.uint64(97)).astype(np.int64).reshape(v.shape)
        start += v.size
        if not np.all((whole == np.round(whole)) & (np.abs(whole) < 2.0**35)) or (row.domain.low is not None and row.domain.low != 0):
            continue
        # a bounded domain is left by its upper end only, since values move away from 0
        factor = DENOMINATOR + (shift if row.domain.high is None else -shift)
        above = whole.astype(np.int64) * factor + np.where((whole == 0) & (row.domain.low is None), shift, 0)
        ratios[row.name] = (above, np.full(1, SCALE * DENOMINATOR, dtype=np.int64))
        values[row.name] = above / (SCALE * DENOMINATOR)
    return replace(one, values=values, ratios=ratios, cache={})


__all__ = ["Look", "entries", "everywhere", "off_the_grid", "ties"]
