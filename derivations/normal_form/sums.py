"""Sums in canonical form.

    Σ_i c a_i = c Σ_i a_i        Σ_i 1 = n          Σ_i δ_ij a_i = a_j        Σ_ij a_i b_j = Σ_i a_i · Σ_j b_j

A contraction (a sum of one product that no factor leaves) is one atom; its bound indices are numbered so that the
monomial is the least of all numberings, within a budget. Facts of the domains: Σ_k p_k = 1 (simplex, one-hot), Σ_l Q_li
Q_lj = δ_ij; A⁻¹A = I.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from flint import fmpq

from derivations.formula import is_sum, size_terms
from derivations.normal_form.known import mono_bounds
from derivations.normal_form.numbering import leaf_place, numbered_product, opened
from derivations.normal_form.patterns import largest_term, matched
from derivations.normal_form.polynomials import (
    NONNEGATIVE,
    ONE,
    POSITIVE,
    SIZE,
    UNBOUNDED,
    Expr,
    Leaf,
    Mono,
    MonoKey,
    Place,
    Poly,
    is_bare,
)
from derivations.normal_form.rational import canonical
from derivations.normal_form.ring import Ring


def size_value(ring: Ring, size: str) -> Poly:
    """A size as a polynomial: a number, or a symbol ≥ 1."""
    if size.isdigit():
        return Ring.const(int(size))
    if is_sum(size):
        terms, const = size_terms(size)
        out = Ring.const(const)
        for name, times in terms:
            out = ring.add(out, ring.scale(size_value(ring, name), fmpq(times)))
        return out
    return ring.gen(ring.intern(("size", size), (Fraction(1), False, None, True)))


def sum_over(ring: Ring, leaves: Iterable[Leaf], poly: Poly) -> Poly:
    """Σ over full ranges, one or more indices."""
    leaves = tuple(leaves)
    out: Poly = {}
    for m, c in canonical(ring, poly).items():
        out = ring.add(out, ring.scale(_sum_term(ring, leaves, m), c))
    return out


def _sum_term(ring: Ring, leaves: tuple[Leaf, ...], mono: Mono) -> Poly:
    ring.spend(4)
    bound = dict(leaves)
    atoms = ring.atoms
    outside: list[tuple[int, Any]] = []
    inside: list[tuple[int, Any]] = []
    flat = False
    for a, e in mono:
        if bound.keys().isdisjoint(atoms[a].leaves):
            outside.append((a, e))
        elif atoms[a].kind == "sum" and isinstance(e, int) and 0 < e <= 4:
            flat = True
            for _ in range(e):
                labels, inner = opened(ring, a)
                bound |= labels
                inside.extend(inner)
        else:
            inside.append((a, e))
    if flat:
        body = ONE
        for a, e in inside:
            body = ring.mul(body, {((a, e),): fmpq(1)})
        out: Poly = {}
        for m, c in body.items():
            out = ring.add(out, ring.scale(_contract(ring, bound, m), c))
        return ring.mul({tuple(outside): fmpq(1)}, out)
    return ring.mul({tuple(outside): fmpq(1)}, _contract(ring, bound, tuple(inside)))


def _contract(ring: Ring, bound: dict[int, str], mono: Mono) -> Poly:
    """Σ of one product: deltas sifted, facts used, then a factor for every connected part."""
    ring.spend(4)
    for spot, (a, e) in enumerate(mono):
        atom = ring.atoms[a]
        if atom.kind == "delta" and e == 1:
            target = _sift(ring, atom.key[1], atom.key[2], bound)
            if target is not None:
                label, to = target
                rest = ring.substitute_mono(mono[:spot] + mono[spot + 1 :], {label: to})
                left = {k: s for k, s in bound.items() if k != label}
                return ring.add({}, *(ring.scale(_sum_parts(ring, left, m), c) for m, c in rest.items()))
    for a, e in mono:
        if ring.atoms[a].kind == "elem":
            used = _fact(ring, bound, mono, a, e)
            if used is not None:
                return used
    inverses = [a for a, e in mono if ring.atoms[a].kind == "inv" and e == 1]
    # A⁻¹A = I before (A + B)⁻¹A = I - (A + B)⁻¹B: the simple ones use up what the others would rewrite
    for a in sorted(inverses, key=lambda a: len(ring.atoms[a].key[1].terms)):
        used = _inverse_fact(ring, bound, mono, a)
        if used is not None:
            return used
    return _parts(ring, bound, mono)


def _sum_parts(ring: Ring, bound: dict[int, str], mono: Mono) -> Poly:
    inside = tuple((a, e) for a, e in mono if not bound.keys().isdisjoint(ring.atoms[a].leaves))
    outside = tuple((a, e) for a, e in mono if bound.keys().isdisjoint(ring.atoms[a].leaves))
    return ring.mul({outside: fmpq(1)}, _contract(ring, bound, inside))


def _sift(ring: Ring, left: Expr, right: Expr, bound: dict[int, str]) -> tuple[int, Place] | None:
    """Which bound index a δ fixes, and to what: only where the other side runs over the same range."""
    for mine, other in ((right, left), (left, right)):
        if not is_bare(mine):
            continue
        ((leaf, _),) = mine[0]
        if leaf[0] not in bound:
            continue
        if is_bare(other) and other[0][0][0][1] == leaf[1]:
            return leaf[0], Place(other)
        if not other[0] and (other[1] == 1 or (leaf[1].isdigit() and 1 <= other[1] <= int(leaf[1]))):
            return leaf[0], Place(other)
        if len(other[0]) == 1 and other[0][0] == ((SIZE, leaf[1]), 1) and other[1] == 0:
            return leaf[0], Place(other)
    return None


def _occurrences(ring: Ring, mono: Mono, label: int) -> list[int]:
    return [a for a, _ in mono if label in ring.atoms[a].leaves]


def _drop(ring: Ring, bound: dict[int, str], mono: Mono, label: int, gone: tuple[int, ...], factor: Poly) -> Poly:
    rest = tuple((a, e) for a, e in mono if a not in gone)
    left = {k: s for k, s in bound.items() if k != label}
    out: Poly = {}
    for m, c in ring.mul(factor, {rest: fmpq(1)}).items():
        out = ring.add(out, ring.scale(_sum_parts(ring, left, m), c))
    return out


def _fact(ring: Ring, bound: dict[int, str], mono: Mono, a: int, e: Any) -> Poly | None:
    """Σ_k p_k = 1 along the last axis of a simplex or one-hot name; Σ_l Q_li Q_lj = δ_ij for orthonormal columns."""
    _, name, at = ring.atoms[a].key
    row = ring.names.get(name)
    if row is None:
        return None
    if row.domain.has("partition"):
        if e != 1 or not is_bare(at[-1]):
            return None
        label = at[-1][0][0][0][0]
        full = str(row.sizes[-1]) == at[-1][0][0][0][1]
        if (
            full
            and label in bound
            and _occurrences(ring, mono, label) == [a]
            and sum(1 for p in at if any(leaf[0] == label for leaf, _ in p[0])) == 1
        ):
            return _drop(ring, bound, mono, label, (a,), ONE)
        return None
    if row.domain.has("orthonormal") and is_bare(at[0]):
        label, size = at[0][0][0][0]
        if label not in bound or size != str(row.sizes[0]):
            return None
        holders = _occurrences(ring, mono, label)
        if e == 2 and holders == [a] and at[1] != at[0]:
            return _drop(ring, bound, mono, label, (a,), ONE)
        if e == 1 and len(holders) == 2:
            other = ring.atoms[holders[0] if holders[1] == a else holders[1]]
            powers = dict(mono)
            if (
                other.kind == "elem"
                and other.key[1] == name
                and other.key[2][0] == at[0]
                and all(powers[h] == 1 for h in holders)
                and not any(leaf[0] == label for p in (at[1], other.key[2][1]) for leaf, _ in p[0])
            ):
                return _drop(ring, bound, mono, label, tuple(holders), ring.delta(at[1], other.key[2][1]))
    return None


def _inverse_fact(ring: Ring, bound: dict[int, str], mono: Mono, a: int) -> Poly | None:
    """Σ_k A⁻¹_lk A_kq = δ_lq, used for the largest term T of A: Σ_k A⁻¹_lk T_kq = δ_lq - Σ_k A⁻¹_lk (A - T)_kq."""
    _, body, row, col, left, right, symmetric = ring.atoms[a].key
    terms = body.poly()
    if len(terms) > 1 and not ring.rewrite_inverses:
        return None
    lead, inner, flat = largest_term(ring, terms)
    if flat is None:
        return None
    for mine, far, near, other in ((row, col, right, left), (col, row, left, right)) + (
        ((row, col, left, right), (col, row, right, left)) if symmetric else ()
    ):
        # Σ_k A⁻¹_lk A_kq: k is the inverse's column and the matrix's row; A_qk A⁻¹_kr the other way round
        if not is_bare(near) or near == other:
            continue
        k = near[0][0][0]
        if k[0] not in bound:
            continue
        found = matched(ring, flat, {mine[0]: k}, {far[0], *inner}, tuple(f for f in mono if f[0] != a))
        if found is None:
            continue
        assigned, rest = found
        gone = {assigned[m][0] for m in inner}
        if (
            len(gone) < len(inner)
            or not gone <= bound.keys()
            or any((gone | {k[0]}) & ring.atoms[h].leaves for h, _ in rest)
        ):
            continue
        q = assigned[far[0]]
        if q[0] == k[0] or q[0] in gone or (other[0] and other[0][0][0][0] in gone):
            continue
        ring.spend(20)
        keep = tuple((b, s) for b, s in bound.items() if b not in gone)
        kept: Poly = ring.settle(rest)
        identity = sum_over(ring, [x for x in keep if x[0] != k[0]], ring.mul(ring.delta(other, leaf_place(q)), kept))
        others = ring.substitute(
            {m: c for m, c in terms.items() if m != lead}, {mine[0]: leaf_place(k), far[0]: leaf_place(q)}
        )
        remainder = sum_over(ring, keep, ring.product([others, {((a, 1),): fmpq(1)}, kept])) if others else {}
        return ring.scale(ring.sub(identity, remainder), 1 / terms[lead])
    return None


def _parts(ring: Ring, bound: dict[int, str], mono: Mono) -> Poly:
    """A factor for every connected part: a size where nothing depends on the index."""
    groups: list[tuple[set[int], list[tuple[int, Any]]]] = []
    for a, e in mono:
        mine = {label for label in ring.atoms[a].leaves if label in bound}
        held = [(a, e)]
        rest = []
        for labels, factors in groups:
            if labels & mine:
                mine |= labels
                held = factors + held
            else:
                rest.append((labels, factors))
        groups = [*rest, (mine, held)]
    out = ONE
    loose = set(bound)
    for labels, factors in groups:
        loose -= labels
        out = ring.mul(out, _contraction(ring, [(k, bound[k]) for k in labels], tuple(sorted(factors))))
    for label in loose:
        out = ring.mul(out, size_value(ring, bound[label]))
    return out


def _contraction(ring: Ring, leaves: list[Leaf], mono: Mono) -> Poly:
    """One connected Σ as an atom."""
    if len(leaves) == 1 and len(mono) == 1:
        ((a, e),) = mono
        atom = ring.atoms[a]
        if atom.kind == "idx" and isinstance(e, int) and 1 <= e <= 3:
            n = size_value(ring, leaves[0][1])
            up = ring.add(n, ONE)
            twice = ring.add(ring.scale(n, fmpq(2)), ONE)
            triangle = ring.scale(ring.mul(n, up), fmpq(1, 2))
            return (triangle, ring.scale(ring.mul(triangle, twice), fmpq(1, 3)), ring.mul(triangle, triangle))[e - 1]
    sign, numbered, canon = numbered_product(ring, leaves, mono)
    if sign == 0:
        return {}
    low, low_open, _, _ = mono_bounds(ring, canon)
    bounds = UNBOUNDED if low is None or low < 0 else POSITIVE if low > 0 or low_open else NONNEGATIVE
    height = 1 + max((ring.atoms[a].height for a, _ in canon), default=0)
    key = ("sum", tuple(numbered), MonoKey(canon))
    return {((ring.intern(key, bounds, frozenset(k for k, _ in numbered), height=height), 1),): fmpq(sign)}
