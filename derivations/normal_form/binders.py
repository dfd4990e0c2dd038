"""Binders in canonical form, one function each.

    Π_i a_i   = e^(Σ_i log a_i)  for a > 0          max_i (a_i + c) = c + max_i a_i      logsumexp_i a_i = log Σ_i
                                                    e^(a_i)

Sums are in `sums`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq

from derivations.normal_form.known import bounds_of, sign_of
from derivations.normal_form.numbering import leaf_place, numbered_body
from derivations.normal_form.polynomials import (
    NONNEGATIVE,
    ONE,
    UNBOUNDED,
    Expr,
    Leaf,
    Poly,
    Polynomial,
)
from derivations.normal_form.powers import exponential, logarithm, rational_power, symbolic_power
from derivations.normal_form.rational import canonical, content, normalise, split
from derivations.normal_form.ring import Ring
from derivations.normal_form.sums import size_value, sum_over


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
            numbered, body = numbered_body(ring, leaves, base)
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
    numbered, body = numbered_body(ring, used, primitive)
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
