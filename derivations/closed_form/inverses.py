"""Equations that hold inverses: for a positive definite matrix S that of S itself, for a stack of them each by itself.

    between       S⁻¹ A S⁻¹ - c S⁻¹ = 0       ⇒  S from both sides: A - c S = 0, S = A/c
    inverse       c S⁻¹ - A = 0               ⇒  S = (A/c)⁻¹

Where a definite matrix that is given, or its inverse, stands in front of every term, K⁻¹ (a - c u) = 0, it is taken
away: a - c u = 0. A/c has to be shown semidefinite; where it is invertible, it is definite.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from derivations.chain import Chain
from derivations.closed_form.rules import entrywise, linear
from derivations.closed_form.values import Found
from derivations.definite import definite, known_definite
from derivations.domains import Declared, Names
from derivations.formula import (
    ONE,
    Add,
    Bound,
    Elem,
    Index,
    IndexExpr,
    Key,
    MatrixAtom,
    Node,
    add,
    div,
    factors_of,
    free_indices,
    key,
    mul,
    names_in,
    neg,
    reindex,
    terms_of,
    total,
)
from derivations.simplify.shapes import expand, neat
from derivations.simplify.tidy import tidy


def with_inverse(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """The solution of an equation that is linear once S stands on both of its sides, or in the inverse itself."""
    if unknown.domain.name != "posdef":
        return None
    row, col = axes[-2:]
    own = Elem(unknown.name, axes)
    chain = Chain(names, axes, own)
    terms = _terms(body, unknown)
    for cleared, inverted in ((_freed, False), (_turned, True)):
        free = [cleared(term, own) for term in terms]
        solved = _solved(names, [term and tidy(term, names) for term in free], own)
        if solved is None:
            continue
        coefficient, value = solved
        kind = definite(value, row, col, names)
        if kind is None:
            return None
        if not inverted:
            chain.to(f"multiply by `{unknown.name}` from both sides, and solve for it", value, solves=True)
            return Found(chain, coefficient, within=_within(kind, f"`{unknown.name}`"))
        one, two = Index(row.name, row.size), Index(col.name, col.size)
        inverse = MatrixAtom("inv", one, two, reindex(value, {row: one, col: two}), (row, col))
        chain.to(f"solve for the inverse of `{unknown.name}`", inverse, solves=True)
        return Found(chain, neg(coefficient), within=_within(kind, "the matrix to be inverted"))
    return None


def _terms(body: Node, unknown: Declared) -> list[Node]:
    """The terms of a sum, what stands before a bracket that holds the unknown put into it."""
    found: list[Node] = []
    for term in terms_of(body):
        brackets = [f for f in factors_of(term) if isinstance(f, Add) and unknown.name in names_in(f)]
        if len(brackets) == 1:
            before = mul(*(f for f in factors_of(term) if f is not brackets[0]))
            found += [mul(before, inner) for inner in brackets[0].args]
        else:
            found.append(term)
    return found


def behind_front(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """The zero of a vector g = K⁻¹ (…), or K (…), where one positive definite K stands so in front of every term: that
    of what stands behind it."""
    if not axes:
        return None
    axis = axes[-1]
    row, col = Index("r", axis.size), Index("c", axis.size)
    freed: list[Node] = []
    fronts: set[Key] = set()
    for term in terms_of(body):
        factors, bound = _pulled(term)
        mine = [f for f in factors if axis in free_indices(f)]
        front = mine[0] if len(mine) == 1 else None
        if not isinstance(front, Elem | MatrixAtom) or len(front.at) < 2 or front.at[-1] == front.at[-2]:
            return None
        (inner,) = [i for i in front.at[-2:] if i is not axis] or [None]
        if not isinstance(inner, Index) or inner not in bound or not known_definite(front, front.at[-2:], names):
            return None
        fronts.add(key(reindex(replace(front, at=(*front.at[:-2], row, col)), {})))
        left = [i for i in bound if i is not inner]
        freed.append(total(left, mul(*(reindex(f, {inner: axis}) for f in factors if f is not front))))
    rest = tidy(add(*freed), names)
    return entrywise(names, rest, axes, unknown) or linear(names, rest, axes, unknown) if len(fronts) == 1 else None


def _within(kind: str, what: str) -> str:
    return "it is positive definite" if kind == "definite" else f"{what} is invertible"


def _solved(names: Names, terms: list[Node | None], own: Elem) -> tuple[Node, Node] | None:
    """(c, -rest/c) of c S_ij + rest; None where a term is none."""
    coefficients, rest = [], []
    for term in terms:
        if term is None:
            return None
        if own.name not in names_in(term):
            rest.append(term)
            continue
        parts = factors_of(term)
        mine = [f for f in parts if f == own]
        others = mul(*(f for f in parts if f not in mine))
        if len(mine) != 1 or own.name in names_in(others) or free_indices(others) & set(own.at[-2:]):
            return None
        coefficients.append(others)
    if not coefficients or not rest:
        return None
    coefficient = expand(add(*coefficients), names)
    return coefficient, neat(neg(div(add(*rest), coefficient)), names)


def _pulled(node: Node) -> tuple[list[Node], list[Index]]:
    """The factors of a product, sums pulled out of them, and the indices of these."""
    factors: list[Node] = []
    bound: list[Index] = []
    for factor in factors_of(node):
        if isinstance(factor, Bound) and factor.op == "sum":
            whole = reindex(factor, {})
            assert isinstance(whole, Bound)
            inner, below = _pulled(whole.body)
            factors += inner
            bound += [*whole.indices, *below]
        else:
            factors.append(factor)
    return factors, bound


def _freed(term: Node, own: Elem) -> Node | None:
    """The entry ij of S T S for T = S⁻¹ M S⁻¹ (M), or T = c S⁻¹ (c S); None for any other T."""
    row, col = own.at[-2:]
    factors, bound = _pulled(term)
    inverses = [f for f in factors if _is_inverse(f, own)]
    others = [f for f in factors if not _is_inverse(f, own)]
    if any(own.name in names_in(f) or {row, col} & free_indices(f) for f in others):
        return None
    if len(inverses) == 1 and set(inverses[0].at) == {row, col}:
        return total(bound, mul(*others, own))
    at_row, at_col = ([f for f in inverses if end in f.at] for end in (row, col))
    if len(inverses) != 2 or len(at_row) != 1 or len(at_col) != 1 or at_row == at_col:
        return None
    ends: dict[Index, IndexExpr] = {}
    for inverse, end in ((at_row[0], row), (at_col[0], col)):
        (inner,) = (i for i in inverse.at if i is not end)
        if not isinstance(inner, Index) or inner not in bound or inner in ends:
            return None
        ends[inner] = end
    left = [i for i in bound if i not in ends]
    return total(left, mul(ONE, *(reindex(f, ends) for f in others)))


def _turned(term: Node, own: Elem) -> Node | None:
    """The term with S in the place of S⁻¹, where the inverse is a factor of it or does not occur."""
    factors = factors_of(term)
    inverses = [f for f in factors if _is_inverse(f, own)]
    others = [f for f in factors if not _is_inverse(f, own)]
    if any(own.name in names_in(f) for f in others) or len(inverses) > 1:
        return None
    if not inverses:
        return term
    return mul(*others, own) if set(inverses[0].at) == {*own.at[-2:]} else None


def _is_inverse(node: Node, own: Elem) -> TypeGuard[MatrixAtom]:
    """Whether a node is an entry of the inverse of the unknown, in a stack of the same one."""
    return (
        isinstance(node, MatrixAtom)
        and node.op == "inv"
        and isinstance(node.body, Elem)
        and node.body.name == own.name
        and set(node.body.at[-2:]) == {node.row, node.col}
        and node.body.at[:-2] == own.at[:-2]
    )
