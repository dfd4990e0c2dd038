"""Binders in canonical form.

    Σ_i c a_i = c Σ_i a_i        Σ_i 1 = n          Σ_i δ_ij a_i = a_j        Σ_ij a_i b_j = Σ_i a_i · Σ_j b_j
    Π_i a_i   = e^(Σ_i log a_i)  for a > 0          max_i (a_i + c) = c + max_i a_i      logsumexp_i a_i = log Σ_i
                                                    e^(a_i)

A contraction (a sum of one product that no factor leaves) is one atom; its bound indices are numbered so that the
monomial is the least of all numberings, within a budget. Facts of the domains: Σ_k p_k = 1 (simplex, one-hot), Σ_l Q_li
Q_lj = δ_ij.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import islice, permutations, product
from typing import Any

from flint import fmpq

from derivations.normal_form.known import bounds_of, mono_bounds, sign_of
from derivations.normal_form.polynomials import (  # fmt: skip
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
    Polynomial,
    Unprovable,
    is_bare,
    rational,
)
from derivations.normal_form.powers import exponential, logarithm, rational_power, symbolic_power
from derivations.normal_form.rational import canonical, content, normalise, split
from derivations.normal_form.ring import Ring  # fmt: skip

MAX_NUMBERINGS = 720
"""Numberings of bound indices that are tried; with more, the first is taken (the atom is then only found equal to
itself)."""


def leaf_place(leaf: Leaf) -> Place:
    """An index as an index expression."""
    return Place((((leaf, 1),), 0))


def size_value(ring: Ring, size: str) -> Poly:
    """A size as a polynomial: a number, or a symbol ≥ 1."""
    if size.isdigit():
        return Ring.const(int(size))
    return ring.gen(ring.intern(("size", size), (Fraction(1), False, None, True)))


# ---------------------------------------------------------------- sums


def sum_over(ring: Ring, leaves: Iterable[Leaf], poly: Poly) -> Poly:
    """Σ over full ranges, one or more indices."""
    leaves = tuple(leaves)
    out: Poly = {}
    for m, c in canonical(ring, poly).items():
        out = ring.add(out, ring.scale(_sum_term(ring, leaves, m), c))
    return out


def opened(ring: Ring, a: int) -> tuple[dict[int, str], Mono]:
    """A contraction taken apart: fresh indices and the product under the sum."""
    atom = ring.atoms[a]
    renamed = {label: (ring.fresh(), size) for label, size in atom.key[1]}
    inner = ring.substitute_mono(tuple(atom.key[2]), {old: leaf_place(new) for old, new in renamed.items()})
    if len(inner) != 1 or next(iter(inner.values())) != 1:
        raise Unprovable("a contraction that changes when its indices are renamed")
    return dict(renamed.values()), next(iter(inner))


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
    lead, inner, flat = _largest_term(ring, terms)
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
        found = _match(ring, flat, {mine[0]: k}, {far[0], *inner}, tuple(f for f in mono if f[0] != a))
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


def _largest_term(ring: Ring, terms: Poly) -> tuple[Mono, dict[int, str], Mono | None]:
    """The term of a matrix with the most factors, taken apart: (the term, its inner indices, its factors; None where
    some are no elements)."""
    best: tuple[int, Mono, dict[int, str], Mono] | None = None
    for m in sorted(terms):
        inner: dict[int, str] = {}
        flat: Mono = ()
        for b, e in m:
            if ring.atoms[b].kind == "sum" and e == 1:
                labels, factors = opened(ring, b)
                inner |= labels
                flat = ring._merge(flat, factors)[0]
            else:
                flat = ring._merge(flat, ((b, e),))[0]
        weight = sum(
            e if isinstance(e, int) else 1 for b, e in flat if ring.atoms[b].kind == "elem" and ring.atoms[b].leaves
        )
        if best is None or weight > best[0]:
            best = (weight, m, inner, flat)
    assert best is not None
    good = all(ring.atoms[b].kind == "elem" and isinstance(e, int) and e > 0 for b, e in best[3])
    return best[1], best[2], best[3] if good else None


def _match(
    ring: Ring, pattern: Mono, fixed: dict[int, Leaf], free: set[int], mono: Mono
) -> tuple[dict[int, Leaf], Mono] | None:
    """Factors of a product that are the pattern with leaves for its free labels: (the leaves, the other factors)."""
    if not pattern:
        return fixed, mono
    (b, e), rest = pattern[0], pattern[1:]
    want = ring.atoms[b]
    if e > 1:
        rest = ((b, e - 1), *rest)
    for spot, (h, x) in enumerate(mono):
        have = ring.atoms[h]
        ring.spend(1)
        if have.kind != "elem" or have.key[1] != want.key[1] or not isinstance(x, int) or x < 1:
            continue
        left = mono[:spot] + (((h, x - 1),) if x > 1 else ()) + mono[spot + 1 :]
        places = [have.key[2], have.key[2][::-1]] if _symmetric(ring, want.key[1]) else [have.key[2]]
        for at in places:
            bindings = _unify(want.key[2], at, fixed, free)
            if bindings is not None:
                found = _match(ring, rest, bindings, free, left)
                if found is not None:
                    return found
    return None


def _unify(
    want: tuple[Expr, ...], have: tuple[Expr, ...], fixed: dict[int, Leaf], free: set[int]
) -> dict[int, Leaf] | None:
    bindings = dict(fixed)
    for w, h in zip(want, have, strict=True):
        if not (is_bare(w) and is_bare(h)):
            if w != h:
                return None
            continue
        label, leaf = w[0][0][0][0], h[0][0][0]
        if label in bindings:
            if bindings[label] != leaf:
                return None
        elif label in free:
            if w[0][0][0][1] != leaf[1]:
                return None
            bindings[label] = leaf
        elif w != h:
            return None
    return bindings


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
    sign, numbered, canon = _number(ring, leaves, mono)
    if sign == 0:
        return {}
    low, low_open, _, _ = mono_bounds(ring, canon)
    bounds = UNBOUNDED if low is None or low < 0 else POSITIVE if low > 0 or low_open else NONNEGATIVE
    height = 1 + max((ring.atoms[a].height for a, _ in canon), default=0)
    key = ("sum", tuple(numbered), MonoKey(canon))
    return {((ring.intern(key, bounds, frozenset(k for k, _ in numbered), height=height), 1),): fmpq(sign)}


def _number(ring: Ring, leaves: list[Leaf], mono: Mono) -> tuple[int, list[Leaf], Mono]:
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
        fixed = not _symmetric(ring, atom.key[1]) if atom.kind == "elem" else not atom.key[6]
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


def _symmetric(ring: Ring, name: str) -> bool:
    row = ring.names.get(name)
    return row is not None and row.domain.has("symmetric")


def again_sum(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return rational_power(ring, sum_over(ring, *_opened(ring, key, to)), Fraction(e))


def _opened(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr]) -> tuple[tuple[Leaf, ...], Poly]:
    """The binder's own indices made fresh, the others replaced."""
    leaves = tuple((ring.fresh(), size) for _, size in key[1])
    inner = {old: leaf_place(new) for (old, _), new in zip(key[1], leaves, strict=True)}
    body = key[2]
    both = {**to, **inner}
    return leaves, ring.substitute(body.poly(), both) if isinstance(body, Polynomial) else ring.substitute_mono(
        tuple(body), both
    )


# ---------------------------------------------------------------- products


def product_over(ring: Ring, leaves: tuple[Leaf, ...], poly: Poly) -> Poly:
    """Π over full ranges."""
    labels = {k for k, _ in leaves}
    if labels.isdisjoint(ring.leaves(poly)):
        times = ring.product(size_value(ring, s) for _, s in leaves)
        return _raise(ring, poly, times)
    if not poly:
        return {}
    c, mono, factors = split(ring, poly)
    out = _raise(ring, Ring.const(c), ring.product(size_value(ring, s) for _, s in leaves)) if c != 1 else ONE
    for base, e in [({((a, 1),): fmpq(1)}, e) for a, e in mono] + list(factors):
        if labels.isdisjoint(ring.leaves(base)):
            piece = _raise(ring, base, ring.product(size_value(ring, s) for _, s in leaves))
        elif sign_of(ring, base) == 1:
            piece = exponential(ring, sum_over(ring, leaves, logarithm(ring, base)))
        else:
            numbered, body = _numbered(ring, leaves, base)
            height = ring.height_over(body)
            low = sign_of(ring, base)
            piece = ring.gen(
                ring.intern(
                    ("prod", tuple(numbered), Polynomial(body)),
                    NONNEGATIVE if low == 0 else UNBOUNDED,
                    frozenset(k for k, _ in numbered),
                    height=height,
                )
            )
        out = ring.mul(out, rational_power(ring, piece, Fraction(e)))
    return out


def _raise(ring: Ring, base: Poly, times: Poly) -> Poly:
    if set(times) <= {()}:
        return rational_power(ring, base, Fraction(int(times.get((), fmpq(0)).p)))
    return symbolic_power(ring, base, times)


def again_prod(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return rational_power(ring, product_over(ring, *_opened(ring, key, to)), Fraction(e))


def log_prod(ring: Ring, key: tuple[Any, ...]) -> Poly:
    """log|Π_i a_i| = Σ_i log|a_i|."""
    leaves, body = _opened(ring, key, {})
    return sum_over(ring, leaves, logarithm(ring, body))


def _numbered(ring: Ring, leaves: tuple[Leaf, ...], poly: Poly) -> tuple[list[Leaf], Poly]:
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


# ---------------------------------------------------------------- max, min, logsumexp


def max_over(ring: Ring, leaves: tuple[Leaf, ...], poly: Poly) -> Poly:
    """max over full ranges: terms and positive factors that do not depend on the index come out."""
    labels = {k for k, _ in leaves}
    poly = canonical(ring, poly)
    outside = {m: c for m, c in poly.items() if all(labels.isdisjoint(ring.atoms[a].leaves) for a, _ in m)}
    inside = {m: c for m, c in poly.items() if m not in outside}
    if not inside:
        return outside
    unit, primitive = normalise(ring, inside)
    if unit < 0:
        unit, primitive = -unit, ring.scale(primitive, fmpq(-1))
    shared = tuple(
        (a, e)
        for a, e in content(ring, primitive)[0]
        if labels.isdisjoint(ring.atoms[a].leaves) and sign_of(ring, {((a, 1),): fmpq(1)}) == 1
    )
    primitive = ring.times(primitive, tuple((a, -e) for a, e in shared))
    used = tuple(leaf for leaf in leaves if leaf[0] in ring.leaves(primitive))
    numbered, body = _numbered(ring, used, primitive)
    low, low_open, high, _ = bounds_of(ring, body)
    atom = ring.intern(
        ("bmax", tuple(numbered), Polynomial(body)),
        (low, low_open, high, False),
        frozenset(k for k, _ in numbered),
        height=ring.height_over(body),
    )
    return ring.add(outside, ring.scale(ring.mul(ring.gen(atom), {shared: fmpq(1)}), unit))


def min_over(ring: Ring, leaves: tuple[Leaf, ...], poly: Poly) -> Poly:
    """min_i a_i = -max_i (-a_i)."""
    return ring.scale(max_over(ring, leaves, ring.scale(poly, fmpq(-1))), fmpq(-1))


def logsumexp_over(ring: Ring, leaves: tuple[Leaf, ...], poly: Poly) -> Poly:
    """log Σ_i e^(a_i)."""
    return logarithm(ring, sum_over(ring, leaves, exponential(ring, poly)))


def again_max(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    return rational_power(ring, max_over(ring, *_opened(ring, key, to)), Fraction(e))


BINDERS = {"sum": sum_over, "prod": product_over, "max": max_over, "min": min_over, "logsumexp": logsumexp_over}

__all__ = [
    "BINDERS",
    "again_max",
    "again_prod",
    "again_sum",
    "leaf_place",
    "log_prod",
    "max_over",
    "rational",
    "size_value",
    "sum_over",
]
