"""Stationary points that have a closed form: where the gradient is linear in the unknown.

    g_j(b) = Σ_k H_jk b_k + c_j = 0   ⇒   b = -H⁻¹ c,   where H (free of b) is invertible

A common factor of H and c is divided out first, so that ridge regression reads (XᵀX + (σ²/η²) I)⁻¹ Xᵀy.
"""

from __future__ import annotations

from derivations.adjoint import Chain, axes_for
from derivations.calculus import is_zero, partial
from derivations.derivation import Lemma
from derivations.domains import Declared, Names
from derivations.folding import inline
from derivations.formula import (
    ONE,
    ZERO,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Node,
    Num,
    div,
    free_indices,
    mul,
    names_in,
    neg,
    power,
    reindex,
    replace_elems,
    total,
)
from derivations.model import depends
from derivations.simplify import expand, monomial, neat, tidy


class NoClosedForm(ValueError):
    """The stationarity equation has no closed form by these rules. `equation` is its left side."""

    def __init__(self, message: str, equation: Formula):
        super().__init__(message)
        self.equation = equation


def stationary(names: Names, gradient: Formula, unknown: Declared) -> Lemma:
    """The unknown where the gradient vanishes. Raises `NoClosedForm` where the gradient is not linear in it.

    `gradient` has the axes of the unknown; nodes that depend on the unknown are unfolded first.
    """
    if len(unknown.sizes) > 1:
        raise NoClosedForm(f"{unknown.name} has {len(unknown.sizes)} axes; a closed form is derived for scalars and vectors", gradient)
    hidden = frozenset(r.name for r in names.values() if r.role == "node" and r.definition is not None and depends(names, r.definition.body, unknown.name))
    body = expand(inline(gradient.body, names, hidden), names)
    axes = gradient.axes
    other = axes_for(unknown.sizes, names, axes)
    slope = expand(partial(body, Elem(unknown.name, other)), names)
    if unknown.name in names_in(slope):
        raise NoClosedForm(f"the gradient is not linear in {unknown.name}: there is no closed form; its zeros solve this equation", gradient)
    rest = expand(replace_elems(body, lambda e: ZERO if e.name == unknown.name else None), names)
    common = _common(rest, axes)
    slope, rest = neat(expand(div(slope, common), names), names), neat(expand(div(rest, common), names), names)
    chain = Chain(names, axes, Elem(unknown.name, axes))
    if not axes:
        chain.to("solve for the zero of the gradient", neat(neg(div(rest, slope)), names), solves=True)
        return Lemma(f"argmin {unknown.name}", tuple(chain.steps), condition="the coefficient of the unknown is not 0")
    row, col = Index(axes[0].name, axes[0].size), Index(other[0].name, axes[0].size)
    matrix = reindex(slope, {axes[0]: row, other[0]: col})
    inner = axes_for(unknown.sizes, names, (*axes, *other))[0]
    inverse = MatrixAtom("inv", row, col, matrix, (axes[0], inner))
    solution = tidy(total((inner,), mul(inverse, reindex(neg(rest), {axes[0]: inner}))), names)
    chain.to("solve the linear equation for the zero of the gradient", solution, solves=True)
    return Lemma(f"argmin {unknown.name}", tuple(chain.steps), condition="the matrix to be inverted is invertible")


def _common(rest: Node, axes: tuple[Index, ...]) -> Node:
    """The scalar factor of the constant part: 1/σ² of -(1/σ²) Xᵀy."""
    if is_zero(rest):
        return ONE
    coefficient, powers = monomial(rest)
    scalars: list[Node] = [Num(abs(coefficient))]
    for base, exponent in powers.values():
        if not free_indices(base) & set(axes) and isinstance(base, Elem) and not base.at:
            scalars.append(power(base, exponent))
    made = mul(*scalars)
    return made if made != ZERO else ONE
