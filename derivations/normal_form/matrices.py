"""Inverses and determinants of symbolic matrices.

    (c A)⁻¹ = c⁻¹ A⁻¹        (A B)⁻¹ = B⁻¹ A⁻¹        (A⁻¹)⁻¹ = A        (Aᵀ)⁻¹ = (A⁻¹)ᵀ        diag(a)⁻¹ = diag(1/a)
    det(c A) = cᵏ det A      det(A B) = det A det B   det A⁻¹ = 1/det A  det Aᵀ = det A        det diag(a) = Π_i a_i

A, B square. What is left is an atom: the entry (i, j) of the inverse of a canonical body. An identity F = 0 with an
inverse at one of its free indices is multiplied out by the matrix (`multiplied_out`), which settles push-through and
A⁻¹A = I.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq

from derivations.normal_form.binders import product_over
from derivations.normal_form.numbering import leaf_place, opened
from derivations.normal_form.polynomials import (
    ONE,
    POSITIVE,
    UNBOUNDED,
    Expr,
    Leaf,
    Mono,
    Place,
    Poly,
    Polynomial,
    Unprovable,
    is_bare,
)
from derivations.normal_form.powers import rational_power, symbolic_power
from derivations.normal_form.rational import normalise
from derivations.normal_form.ring import Ring
from derivations.normal_form.sums import size_value, sum_over

MAX_MULTIPLICATIONS = 8


def matrix_inverse(ring: Ring, row: Leaf, col: Leaf, body: Poly, left: Place, right: Place) -> Poly:
    """The entry (left, right) of the inverse of body[row, col]."""
    if ring.guarded:
        raise Unprovable("an inverse inside a case")
    scalar, body = _scalar(ring, row, col, body)
    out = rational_power(ring, scalar, Fraction(-1))
    if len(body) == 1:
        ((mono, c),) = body.items()
        out = ring.scale(out, 1 / c)
        chain = _chain(ring, row, col, mono)
        if chain is not None:
            first, second, middle = chain
            k: Leaf = (ring.fresh(), row[1])
            second = ring.substitute(second, {middle[0]: leaf_place(row)}) if middle[0] != row[0] else second
            first = ring.substitute(first, {middle[0]: leaf_place(col)})
            a = matrix_inverse(ring, row, col, second, left, leaf_place(k))
            b = matrix_inverse(ring, row, col, first, leaf_place(k), right)
            return ring.mul(out, sum_over(ring, (k,), ring.mul(a, b)))
        scaled = _scaling(ring, row, col, mono)
        if scaled is not None:
            rows, cols, rest = scaled
            scale = ring.mul(ring.substitute_mono(rows, {row[0]: right}), ring.substitute_mono(cols, {col[0]: left}))
            return ring.product(
                [
                    out,
                    rational_power(ring, scale, Fraction(-1)),
                    matrix_inverse(ring, row, col, {rest: fmpq(1)}, left, right),
                ]
            )
        simple = _simple_inverse(ring, row, col, mono, left, right)
        if simple is not None:
            return ring.mul(out, simple)
        body = {mono: fmpq(1)}
    else:
        unit, body = normalise(ring, body)
        out = ring.scale(out, 1 / unit)
    key_row, key_col, canon, flipped, symmetric = _oriented(ring, row, col, body)
    if flipped:
        left, right = right, left
    if symmetric and right < left:
        left, right = right, left
    atom = ring.intern(
        ("inv", Polynomial(canon), key_row, key_col, left, right, symmetric),
        UNBOUNDED,
        frozenset((key_row[0], key_col[0])),
        height=ring.height_over(canon),
    )
    return ring.mul(out, ring.gen(atom))


def determinant(ring: Ring, row: Leaf, col: Leaf, body: Poly) -> Poly:
    """det of body[row, col]."""
    scalar, body = _scalar(ring, row, col, body)
    if len(body) == 1:
        ((mono, c),) = body.items()
        scalar = ring.scale(scalar, c)
        body = {mono: fmpq(1)}
    else:
        unit, body = normalise(ring, body)
        scalar = ring.scale(scalar, unit)
    n = size_value(ring, row[1])
    out = (
        ONE
        if scalar == ONE
        else rational_power(ring, scalar, Fraction(int(row[1])))
        if row[1].isdigit()
        else symbolic_power(ring, scalar, n)
    )
    if len(body) == 1:
        ((mono, _),) = body.items()
        chain = _chain(ring, row, col, mono)
        if chain is not None:
            first, second, middle = chain
            first = ring.substitute(first, {middle[0]: leaf_place(col)})
            second = ring.substitute(second, {middle[0]: leaf_place(row)})
            return ring.product([out, determinant(ring, row, col, first), determinant(ring, row, col, second)])
        kinds = [ring.atoms[a] for a, _ in mono]
        if any(k.kind == "delta" for k in kinds) and len(kinds) <= 2:
            rest = {tuple((a, e) for a, e in mono if ring.atoms[a].kind != "delta"): fmpq(1)}
            i: Leaf = (ring.fresh(), row[1])
            diagonal = ring.substitute(rest, {row[0]: leaf_place(i), col[0]: leaf_place(i)})
            return ring.mul(out, product_over(ring, (i,), diagonal)) if len(kinds) == 2 else out
        scaled = _scaling(ring, row, col, mono)
        if scaled is not None:
            rows, cols, rest = scaled
            diagonals = [product_over(ring, (row,), {rows: fmpq(1)}), product_over(ring, (col,), {cols: fmpq(1)})]
            return ring.product(
                [
                    out,
                    *(d for d, m in zip(diagonals, (rows, cols), strict=True) if m),
                    determinant(ring, row, col, {rest: fmpq(1)}),
                ]
            )
        if len(mono) == 1 and kinds[0].kind == "inv" and mono[0][1] == 1:
            _, inner, r, c, *_ = kinds[0].key
            return ring.mul(out, rational_power(ring, determinant(ring, r, c, inner.poly()), Fraction(-1)))
    key_row, key_col, canon, _, _ = _oriented(ring, row, col, body)
    definite = len(canon) == 1 and _definite(ring, next(iter(canon)), key_row, key_col)
    atom = ring.intern(
        ("det", Polynomial(canon), key_row, key_col),
        POSITIVE if definite else UNBOUNDED,
        frozenset((key_row[0], key_col[0])),
        height=ring.height_over(canon),
    )
    return ring.mul(out, ring.gen(atom))


def _scaling(ring: Ring, row: Leaf, col: Leaf, mono: Mono) -> tuple[Mono, Mono, Mono] | None:
    """diag(a) M diag(b): (the factors over rows alone, those over columns alone, the matrix); None where there is
    nothing to pull out."""
    here = {
        label: tuple(f for f in mono if ring.atoms[f[0]].leaves & {row[0], col[0]} == {label})
        for label in (row[0], col[0])
    }
    rows, cols = here[row[0]], here[col[0]]
    rest = tuple(f for f in mono if f not in rows and f not in cols)
    return (rows, cols, rest) if rest and (rows or cols) else None


def _definite(ring: Ring, mono: Mono, row: Leaf, col: Leaf) -> bool:
    if len(mono) != 1 or mono[0][1] != 1 or ring.atoms[mono[0][0]].kind != "elem":
        return False
    _, name, at = ring.atoms[mono[0][0]].key[:3]
    found = ring.names.get(name)
    own = {*at[-2:]} == {leaf_place(row), leaf_place(col)}
    return own and found is not None and found.domain.has("definite")


def _scalar(ring: Ring, row: Leaf, col: Leaf, body: Poly) -> tuple[Poly, Poly]:
    """body = scalar · matrix: the factors common to all terms in which neither index stands."""
    if not body:
        raise Unprovable("the inverse of a zero matrix")
    common: dict[int, Any] | None = None
    for m in body:
        here = {a: e for a, e in m if not {row[0], col[0]} & ring.atoms[a].leaves}
        common = here if common is None else {a: e for a, e in common.items() if here.get(a) == e}
    if not common:
        return ONE, body
    scalar = tuple(sorted(common.items()))
    return {scalar: fmpq(1)}, {tuple(f for f in m if f[0] not in common): c for m, c in body.items()}


def _chain(ring: Ring, row: Leaf, col: Leaf, mono: Mono) -> tuple[Poly, Poly, Leaf] | None:
    """A product of two square matrices, row → middle → col: (first, second, middle), with the middle a bound index of
    the same size."""
    if len(mono) != 1 or mono[0][1] != 1 or ring.atoms[mono[0][0]].kind != "sum":
        return None
    atom = ring.atoms[mono[0][0]]
    renamed = {label: (ring.fresh(), size) for label, size in atom.key[1]}
    opened = ring.substitute_mono(tuple(atom.key[2]), {old: leaf_place(new) for old, new in renamed.items()})
    if len(opened) != 1:
        return None
    ((inner, c),) = opened.items()
    if c != 1:
        return None
    for middle in renamed.values():
        if middle[1] != row[1]:
            continue
        first: list[tuple[int, Any]] = []
        reached = {row[0]}
        rest = list(inner)
        grown = True
        while grown:
            grown = False
            for f in list(rest):
                if (ring.atoms[f[0]].leaves - {middle[0]}) & reached:
                    first.append(f)
                    rest.remove(f)
                    reached |= ring.atoms[f[0]].leaves - {middle[0]}
                    grown = True
        if col[0] in reached or not rest or not first:
            continue
        if not any(middle[0] in ring.atoms[a].leaves for a, _ in first) or not any(
            middle[0] in ring.atoms[a].leaves for a, _ in rest
        ):
            continue
        own = [leaf for leaf in renamed.values() if leaf != middle]
        mine = tuple(leaf for leaf in own if leaf[0] in reached)
        other = tuple(leaf for leaf in own if leaf[0] not in reached)
        return (
            sum_over(ring, mine, {tuple(sorted(first)): fmpq(1)}),
            sum_over(ring, other, {tuple(sorted(rest)): fmpq(1)}),
            middle,
        )
    return None


def _simple_inverse(ring: Ring, row: Leaf, col: Leaf, mono: Mono, left: Place, right: Place) -> Poly | None:
    """diag(a)⁻¹ = diag(1/a); (A⁻¹)⁻¹ = A; Q⁻¹ = Qᵀ is left to the facts of orthonormal names."""
    kinds = [ring.atoms[a] for a, _ in mono]
    if len(mono) == 1 and kinds[0].kind == "inv" and mono[0][1] == 1:
        _, inner, r, c, at_left, at_right, _ = kinds[0].key
        if at_left == leaf_place(row) and at_right == leaf_place(col):
            return ring.substitute(inner.poly(), {r[0]: left, c[0]: right})
        if at_left == leaf_place(col) and at_right == leaf_place(row):
            return ring.substitute(inner.poly(), {r[0]: right, c[0]: left})
        return None
    deltas = [a for a, e in mono if ring.atoms[a].kind == "delta" and ring.atoms[a].leaves == {row[0], col[0]}]
    if len(deltas) == 1:
        rest = tuple((a, e) for a, e in mono if a != deltas[0])
        entry = ring.substitute_mono(rest, {row[0]: left, col[0]: left}) if rest else ONE
        return ring.mul(ring.delta(left, right), rational_power(ring, entry, Fraction(-1)))
    return None


def _oriented(ring: Ring, row: Leaf, col: Leaf, body: Poly) -> tuple[Leaf, Leaf, Poly, bool, bool]:
    """The body or its transpose, whichever comes first, over canonical indices; whether it was transposed, whether it
    is symmetric."""
    height = ring.height_over(body)
    r: Leaf = (-(height * 64 + 1), row[1])
    c: Leaf = (-(height * 64 + 2), col[1])
    straight = ring.substitute(body, {row[0]: leaf_place(r), col[0]: leaf_place(c)})
    turned = ring.substitute(body, {row[0]: leaf_place(c), col[0]: leaf_place(r)})
    if straight == turned:
        return r, c, straight, False, True
    ranks = [sorted((m, str(v)) for m, v in p.items()) for p in (straight, turned)]
    flipped = ranks[1] < ranks[0]
    return r, c, turned if flipped else straight, flipped, False


def again_inverse(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    _, body, row, col, left, right, _ = key
    fresh_row, fresh_col = (ring.fresh(), row[1]), (ring.fresh(), col[1])
    inner = ring.substitute(body.poly(), {**to, row[0]: leaf_place(fresh_row), col[0]: leaf_place(fresh_col)})
    made = matrix_inverse(ring, fresh_row, fresh_col, inner, Place(ring.place(left, to)), Place(ring.place(right, to)))
    return rational_power(ring, made, Fraction(e))


def again_determinant(ring: Ring, key: tuple[Any, ...], to: Mapping[int, Expr], e: Any) -> Poly:
    _, body, row, col = key
    fresh_row, fresh_col = (ring.fresh(), row[1]), (ring.fresh(), col[1])
    inner = ring.substitute(body.poly(), {**to, row[0]: leaf_place(fresh_row), col[0]: leaf_place(fresh_col)})
    return rational_power(ring, determinant(ring, fresh_row, fresh_col, inner), Fraction(e))


def multiplied_out(ring: Ring, poly: Poly, free: set[int]) -> Poly:
    """A F for F with an inverse A⁻¹ at a free index, as long as there is one: F = 0 exactly when A F = 0."""
    for _ in range(MAX_MULTIPLICATIONS):
        found = _free_inverse(ring, poly, free)
        if found is None:
            return poly
        (_, body, row, col, _, _, symmetric), label, at_left = found
        target: Leaf = (ring.fresh(), row[1])
        here: Leaf = (label, row[1])
        # A_tp F_p with the inverse's row at p, or F_p A_pt with its column there
        places = (leaf_place(target), leaf_place(here)) if at_left else (leaf_place(here), leaf_place(target))
        matrix = ring.substitute(body.poly(), {row[0]: places[0], col[0]: places[1]})
        out: Poly = {}
        for m, c in poly.items():
            holders = [a for a, _ in m if label in ring.atoms[a].leaves]
            bound: dict[int, str] = {}
            if len(holders) == 1 and (holders[0], 1) in m and ring.atoms[holders[0]].kind == "sum":
                bound, inner = opened(ring, holders[0])
                m = ring._merge(tuple(f for f in m if f[0] != holders[0]), inner)[0]
                holders = [a for a, _ in m if label in ring.atoms[a].leaves]
            atom = ring.atoms[holders[0]] if len(holders) == 1 and (holders[0], 1) in m else None
            if atom is not None and atom.kind == "inv" and atom.key[1] == body:
                mine = 4 if atom.key[4] == leaf_place(here) else 5
                if (
                    atom.key[mine] == leaf_place(here)
                    and label not in _labels(atom.key[9 - mine])
                    and (symmetric or (mine == 4) == at_left)
                ):
                    rest = tuple(f for f in m if f[0] != holders[0])
                    product = ring.mul(ring.delta(leaf_place(target), atom.key[9 - mine]), {rest: fmpq(1)})
                    out = ring.add(out, ring.scale(sum_over(ring, tuple(bound.items()), product), c))
                    continue
            product = ring.mul(matrix, ring.settle(m))
            out = ring.add(out, ring.scale(sum_over(ring, (here, *bound.items()), product), c))
        poly = out
        free = (free - {label}) | {target[0]}
    return poly


def _labels(place: Expr) -> set[int]:
    return {leaf[0] for leaf, _ in place[0]}


def _free_inverse(ring: Ring, poly: Poly, free: set[int]) -> tuple[tuple[Any, ...], int, bool] | None:
    for m in sorted(poly):
        for a, e in m:
            atom = ring.atoms[a]
            for inner in (
                (atom,)
                if atom.kind == "inv"
                else [ring.atoms[b] for b, x in atom.key[2] if ring.atoms[b].kind == "inv" and x == 1]
                if atom.kind == "sum"
                else ()
            ):
                for spot in (4, 5):
                    labels = _labels(inner.key[spot])
                    if e == 1 and len(labels) == 1 and labels <= free and is_bare(inner.key[spot]):
                        return inner.key, next(iter(labels)), spot == 4
    return None
