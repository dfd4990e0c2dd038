"""Equality by residues: formulas with exp, log, powers, roots and signs evaluated along towers of primes (Gonnet's
idea).

A tower is a chain of primes p₀ > p₁ > … with p_k = r·p_{k+1} + 1. The r-th powers modulo p_k are a group H of p_{k+1}
elements, which plays the positive numbers, and its exponents live modulo p_{k+1}, one level deeper:

    level k of e^u      g^(u at level k+1)                      e^(u+v) = e^u e^v
    level k of log a    the exponent of (a at level k-1)        log(ab) = log a + log b,  log e^u = u
    level k of a^b      g^(b at level k+1 · exponent of a)      (a^b)^c = a^(bc)
    level k of √a       the root in H, a in H only              √a √b = √(ab),  √(a²) = |a|
    level k of sign a   the Legendre symbol (r = 2)             sign ab = sign a sign b,  sign(-a) = -sign a

so that these relations hold with no rule written for them. Everything else a formula does with numbers is ring
arithmetic, true in every level. A name has independent residues on every level; the generator g is another one at every
point, so that e is nobody's number. sin and cos are (e^{iz} ± e^{-iz}) in chains with r = 8, 4, where -1 has a root. A
function without a relation (erf, atan, an unknown f) is a fixed scrambling of its argument's residue. So what is true
of all such models is true of the functions; the converse fails now and then, and then nothing is said.

What keeps a false proof away:

* A difference that is not 0 is a non-zero rational function of independent residues: it vanishes at a point with
probability at most
  degree / p (Schwartz, Zippel), and at all of them with the product; what hangs on constants alone, as log 2, is
  decided once a chain, so there are eight chains.
* A sign is another function on every pattern of signs, so the points must be many enough to meet every pattern (2^t
of them), and
  every pattern that real points show must have been met at residues (else 37 x², 37 being no square, would be
  "negative").
* Numbers of a small range (labels, integers) are drawn as themselves, and count as patterns too.
* log is taken of |a| where its value never gets into an exponent (log|a| keeps its relations); elsewhere points
outside H do not count.
* Anything else declines: a condition a = b between values, an exponent or coefficient as large as a prime, too much
work.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from derivations.atoms import opened
from derivations.domains import Kept, Names
from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.draw import assignments
from derivations.evaluate.entries import DrawError
from derivations.evaluate.fields import CHAINS, Decline, Ints
from derivations.evaluate.program import TooMuchWork, Unevaluable, equation_of
from derivations.evaluate.residue_inputs import INTEGERS
from derivations.evaluate.residue_operations import LARGEST_POWER, either, pairs_along
from derivations.evaluate.residues import Tower
from derivations.evaluate.splitmix import seed_of, splitmix
from derivations.evaluate.survey import Survey, Surveyor
from derivations.formula import Call, Formula, Node, Num, Pow, walk

POINTS = 96


MOST_POINTS = 1 << 14


MOST_PATTERNS = 8
"""Signs and labels that are told apart, as bits."""


WORK = 1 << 23
"""Entries of all operations over all points: about 0.1 s."""


ACCEPTED = 24
"""Points that must count, at least."""


HOPELESS = 64
"""Where fewer than one point in so many counts, no more are tried."""


TRUSTED = 1e-12
"""An error bound above this is no proof."""


@dataclass(frozen=True, slots=True)
class AtSizes:
    """What residues say at one assignment of sizes: `equal` as in `tower_equal`; `error` bounds the chance of a false
    proof; `reason` where nothing is proved."""

    equal: bool | None
    error: float = 1.0
    reason: str = ""


def tower_equal_at(
    a: Formula, b: Formula, at: Mapping[str, int], budget: int = WORK, names: Names | None = None
) -> AtSizes:
    """Whether two formulas are equal at the given sizes."""
    declared: Names = next((n for n in (a.names, b.names, names) if n is not None), Names())
    try:
        equal, error = _equal_at(a, b, dict(at), budget, declared)
    except (Decline, Unevaluable, TooMuchWork, DrawError) as reason:
        return AtSizes(None, reason=f"the tower does not apply: {reason}")
    except RecursionError:
        return AtSizes(None, reason="the tower does not apply: nested too deeply")
    if equal:
        return AtSizes(True, error)
    return AtSizes(equal, reason="residues differ" if equal is False else "residues differ, or too few points count")


def tower_equal(
    a: Formula, b: Formula, sizes: Sequence[Mapping[str, int]], budget: int = WORK, names: Names | None = None
) -> tuple[bool | None, str]:
    """Whether two formulas are equal at each of the sizes: True with a bound of the chance of error, False (only where
    ring arithmetic and exp decide), or None with the reason.

    True means equal wherever both are defined, kinks of signs and cases aside. The draws depend on nothing but the
    arguments.
    """
    worst = 0.0
    for at in sizes:
        found = tower_equal_at(a, b, at, budget, names)
        if not found.equal:
            return found.equal, found.reason
        worst = max(worst, found.error)
    return True, f"10^{max(-300, math.ceil(math.log10(worst))) if worst > 0 else -300}"


def _equal_at(a: Formula, b: Formula, sizes: dict[str, int], budget: int, names: Names) -> tuple[bool | None, float]:
    _check_numerals(a.body)
    _check_numerals(b.body)
    kinds = ("real",)
    if any(isinstance(n, Call) and n.fn in _TRIGONOMETRIC for f in (a, b) for n in _everything(f, names)):
        kinds = ("complex", "real")
    reason: Decline | None = None
    outcome: tuple[bool | None, float] = (None, 1.0)
    for kind in kinds:
        try:
            outcome = _equal_in(kind, a, b, sizes, budget, names)
        except Decline as declined:
            reason = declined
            continue
        if outcome[0] is not None:
            return outcome
    if reason is not None and len(kinds) == 1:
        raise reason
    return outcome


_TRIGONOMETRIC = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})


def _everything(formula: Formula, names: Names) -> list[Node]:
    """The nodes of a formula and of the definitions below it."""
    out: list[Node] = []
    seen: set[str] = set()
    pending = [(formula.body, formula.names or names)]
    while pending:
        body, inner = pending.pop()
        for node in walk(opened(body)):
            out.append(node)
            name = getattr(node, "name", None)
            if isinstance(name, str) and name not in seen and (formula_of := equation_of(name, inner)) is not None:
                seen.add(name)
                pending.append((formula_of.body, formula_of.names or inner))
    return out


def _check_numerals(node: Node) -> None:
    for n in walk(node):
        if (
            isinstance(n, Pow)
            and isinstance(n.exponent, Num)
            and max(abs(n.exponent.value.numerator), n.exponent.value.denominator) > LARGEST_POWER
        ):
            raise Decline("an exponent is too large")


def _equal_in(
    kind: str, a: Formula, b: Formula, sizes: dict[str, int], budget: int, names: Names
) -> tuple[bool | None, float]:
    probe = Tower(kind, sizes, 1, 1, names, True, 0)
    survey = Surveyor(probe)
    sides = []
    for f in (a, b):
        part = probe.part(f.body, f.names if f.names is not None else names, f.free + f.axes)
        survey.visit(part, part.made.out, 0)
        sides.append(part)
    found = survey.found
    levels = found.high - found.low + 1
    if levels > probe.depth:
        raise Decline("exponents are nested deeper than the chains")
    if kind == "real" and found.integers and found.signs:
        raise Decline("signs of multiples of integers")
    degrees = [survey.degree(p, p.made.out) for p in sides]
    degree = max(1.0, degrees[0][0] + degrees[1][1], degrees[1][0] + degrees[0][1])
    discrete = min(found.discrete, sum(d[2] for d in degrees)) if found.signs == 0 else found.discrete
    patterns = found.signs + discrete
    if patterns > MOST_PATTERNS:
        raise Decline(f"{patterns:.0f} signs and labels give too many patterns")
    wanted = max(ACCEPTED, math.ceil(32 * 2**patterns) if patterns else 0)
    points = max(POINTS, 2 * wanted)
    chains = CHAINS[kind][1]
    smallest = min(chain[k] for chain in chains for k in range(levels))
    domain = 2 * INTEGERS + 1 if found.integers else smallest * 2 // CHAINS[kind][0][0]
    chance = degree / domain
    if chance > 0.5:
        raise Decline("the degree is too high for the primes")
    while True:
        if points * max(1, found.entries) > budget or points > MOST_POINTS:
            return None, 1.0
        outcome = _run(kind, a, b, sizes, names, points, found, wanted)
        if isinstance(outcome, int):
            if outcome * HOPELESS < points:
                return None, 1.0
            points = max(2 * points, math.ceil(1.5 * points * wanted / outcome))
            continue
        equal, counted, used = outcome
        if not equal:
            return (False if used is None else None), 1.0
        miss = chance + (1 - chance) * (1 - 2.0**-patterns)
        error = miss**counted if miss > 0 else 0.0
        if found.constants:
            error = max(error, min(1.0, chance) ** (used or 1))
        return (True, error) if error <= TRUSTED else (None, error)


def _run(
    kind: str, a: Formula, b: Formula, sizes: dict[str, int], names: Names, points: int, found: Survey, wanted: int
) -> tuple[bool, int, int | None] | int:
    """(equal, points that counted, chains they lie in); their number alone where too few points count. Unequal with no
    chain: proved different."""
    tower = Tower(kind, sizes, points, 20_011, names, found.logs_in_exponents, -found.low)
    values = []
    for f in (a, b):
        part = tower.part(f.body, f.names if f.names is not None else names, f.free + f.axes)
        values.append(tower.entries(part, 0))
    (left, bad_left), (right, bad_right) = values
    if left.shape != right.shape:
        raise Decline("the shapes differ")
    left, right = left.reshape(points, -1), right.reshape(points, -1)
    bad = either(
        None if bad_left is None else bad_left.reshape(points, -1),
        None if bad_right is None else bad_right.reshape(points, -1),
    )
    differ = left != right
    if bad is not None:
        differ = differ & ~bad
    if differ.any():
        return False, 0, (None if tower.exact else 0)
    chains = len(CHAINS[kind][1])
    good = np.ones_like(differ) if bad is None else ~bad
    if tower.signs:
        good = np.broadcast_to(good.all(axis=1, keepdims=True), good.shape)
    counts = good.sum(axis=0)
    used = min(len(np.unique(np.flatnonzero(column) % chains)) for column in good.T)
    if counts.min() < wanted or used < chains // 2:
        return int(counts.min())
    if not tower.exact:
        real = _real_points(names, sizes)
        defined = [np.isfinite(floats.evaluate(_within(f, names), real)).reshape(real.points, -1) for f in (a, b)]
        both = np.logical_and(*defined)
        if not both.any():
            raise Decline("no real point is known where both are defined")
        rejected = bool((~good).mean() > RARE)
        if tower.signs or (rejected and found.discrete):
            if found.discrete + found.signs > MOST_PATTERNS:
                raise Decline("too many patterns of labels, and points that do not count")
            _check_patterns(tower, real, good[:, 0], np.asarray(both.any(axis=1)))
    return True, int(counts.min()), used


REAL_POINTS = 256


RARE = 0.02
"""What happens at fewer points than this happens by chance (1/p); more often, it is a pattern of its own."""


MET = 4


_GENERIC: Kept[tuple[tuple[str, int], ...], Assignment] = Kept()
"""By sizes."""


def _real_points(names: Names, sizes: dict[str, int]) -> Assignment:
    """Points with no two values in a simple relation, so that what is 0 there is 0 everywhere around."""
    kept = _GENERIC.under(names)
    key = tuple(sorted(sizes.items()))
    if key not in kept:
        plain = assignments(names, 77, [sizes], points=REAL_POINTS)[0]
        values = dict(plain.values)
        for row in names.inputs():
            if row.domain.structure == "plain" and not row.domain.integer:
                v = values[row.name]
                off = (splitmix(seed_of(row.name), v.size) % np.uint64(999_983)).astype(float).reshape(v.shape)
                values[row.name] = v * (1 - off * 2.0**-27) + (
                    off * 2.0**-40 if row.domain.low is None and row.domain.high is None else 0.0
                )
        if len(kept) >= 8:
            kept.clear()
        kept[key] = Assignment(sizes, values, plain.points, names, plain.ratios)
    return kept[key]


def _check_patterns(tower: Tower, real: Assignment, good: Ints, defined: Ints) -> None:
    """Every pattern of signs and labels that real points show must have occurred at points that counted. Raises
    `Decline`."""
    runs: dict[int, list[Any]] = {}
    met: list[Ints] = []
    shown: list[Ints] = []
    with np.errstate(all="ignore"):
        for (_, key), (signs, _, part, ties) in tower.signs.items():
            if ties > RARE:
                raise Decline("a sign of what may be 0 throughout")
            if id(part.made) not in runs:
                runs[id(part.made)] = floats.run_values(part.made, floats.Run(real, part.names))
            v = runs[id(part.made)]
            match key[0]:
                case "sign":
                    value = v[key[1]] if key[2] else -np.asarray(v[key[1]])
                case "rel":
                    value = v[key[2]] - v[key[1]]
                case _:
                    first, second = pairs_along(np.asarray(v[key[1]]), key[2])
                    value = first - second
            value = np.asarray(value)
            value = value.reshape(1, -1) if value.ndim == 0 else value.reshape(value.shape[0], -1)
            shown.append(np.broadcast_to(np.sign(value), (real.points, value.shape[1])))
            met.append(signs.reshape(signs.shape[0], -1))
    for name, labels in tower.residues.whole.items():
        shown.append(np.where(real.values[name].reshape(real.points, -1) > 0, 1, -1))
        met.append(np.where(labels.reshape(labels.shape[0], -1) > 0, 1, -1))
    at_real = np.concatenate(shown, axis=1)[defined]
    at_real = at_real[~np.isnan(at_real).any(axis=1)]
    if (at_real == 0).any():
        raise Decline("a sign of what is 0 at real points")
    at_residues = np.concatenate(met, axis=1)[good]
    if at_residues.shape[1] > 60:
        raise Decline("too many signs and labels")
    weights = 1 << np.arange(at_residues.shape[1], dtype=np.int64)
    codes, counts = np.unique(((at_residues > 0) * weights).sum(axis=1), return_counts=True)
    enough = set(codes[counts >= MET].tolist())
    needed = set(((at_real > 0) * weights).sum(axis=1).tolist())
    if not needed or not needed <= enough:
        raise Decline("a pattern of signs that real points show was not met")


def _within(formula: Formula, names: Names) -> Formula:
    return formula if formula.names is not None else replace(formula, names=names)
