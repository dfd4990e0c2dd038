"""Derivatives of functions of matrices by an entry of the matrix.

    ∂λ_k/∂S_rc = (u_k u_kᵀ)_rc                  ∂σ_k/∂W_rc = (u_k v_kᵀ)_rc         ∂‖W‖_*/∂W_rc = (U Vᵀ)_rc
    ∂(u_k u_kᵀ)_ij/∂S_rc = Σ_{l ≠ k} (P_l,ir P_k,cj + P_k,ir P_l,cj)/(λ_k - λ_l), over the symmetric part in r and c;
                           P_l = u_l u_lᵀ
    ∂(u_k v_kᵀ)_ij/∂W_rc = σ M_ir Q_cj + (M W)_ic D_rj + D_ic (M W)_rj - 2 σ (P_ir Q_cj + D_ic D_rj)
                           + (P_ir (Wᵀ M W + I)_cj - D_ij D_rc)/σ;  D = u_k v_kᵀ, P = D Dᵀ, Q = Dᵀ D, σ = σ_k and
                           M = (σ² I - W Wᵀ + P)⁻¹, where M - P = Σ_{l ≠ k} P_l/(σ² - λ_l) of W Wᵀ, and D = P W/σ
    ∂tr exp(X)/∂X_rc = exp(X)_cr
    ∂L_ij/∂K_rc = Σ_p L_ip Φ_pj (L⁻¹)_pr (L⁻¹)_jc, over the symmetric part in r and c;
                   Φ is 1 below the diagonal, ½ on it

Sources: Magnus and Neudecker, Matrix Differential Calculus (eigenvalues, singular values); Murray (2016),
Differentiation of the Cholesky decomposition. Each holds where its value is simple; elsewhere there is no derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derivations.atoms.of_matrices import OF_MATRICES, applied, matrix_anew, matrix_of
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Apply,
    Bound,
    Cases,
    Delta,
    Index,
    IndexExpr,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Rel,
    add,
    free_indices,
    indicator,
    mul,
    neg,
    power,
    reindex,
    sub,
    total,
)


def delta(a: IndexExpr, b: IndexExpr) -> Node:
    return ONE if a == b else Delta(a, b)


def slope(node: Apply, row: Index, col: Index) -> Node | None:
    """∂f(A)/∂A at an entry; None where there is no rule."""
    rule = _RULES.get(node.fn)
    return None if rule is None else reindex(rule(node, row, col), {})


def why_not(node: Apply) -> str:
    """Why there is no rule."""
    return OF_MATRICES[node.fn].lost


def _eigval(node: Apply, row: Index, col: Index) -> Node:
    return applied("eigproj", matrix_anew(node), *node.at, row, col)


def _eigproj(node: Apply, row: Index, col: Index) -> Node:
    k, i, j = node.at
    other = Index("l", row.size)

    def p(which: IndexExpr, a: IndexExpr, b: IndexExpr) -> Node:
        return applied("eigproj", matrix_anew(node), which, a, b)

    gap = sub(applied("eigval", matrix_anew(node), k), applied("eigval", matrix_anew(node), other))
    ways = ((one, two, r, c) for one, two in ((other, k), (k, other)) for r, c in ((row, col), (col, row)))
    both = mul(HALF, add(*(mul(p(one, i, r), p(two, c, j)) for one, two, r, c in ways)))
    apart = Rel("!=", IndexVal(other), IndexVal(k))
    return total((other,), Cases(((apart, mul(both, power(gap, MINUS_ONE))),), ZERO))


def _singval(node: Apply, row: Index, col: Index) -> Node:
    return applied("singdyad", matrix_anew(node), *node.at, row, col)


def _singdyad(node: Apply, row: Index, col: Index) -> Node:
    k, i, j = node.at
    rows, cols = matrix_of(node).indices

    def w(a: IndexExpr, b: IndexExpr) -> Node:
        return reindex(matrix_of(node).body, {rows: a, cols: b})

    def dyad(a: IndexExpr, b: IndexExpr) -> Node:
        return applied("singdyad", matrix_anew(node), k, a, b)

    def value() -> Node:
        return applied("singval", matrix_anew(node), k)

    def own_rows(a: IndexExpr, b: IndexExpr) -> Node:
        q = Index("q", cols.size)
        return total((q,), mul(dyad(a, q), dyad(b, q)))

    def inverse(a: IndexExpr, b: IndexExpr) -> Node:
        r, c, q = Index("r", rows.size), Index("c", rows.size), Index("q", cols.size)
        body = add(mul(power(value(), TWO), delta(r, c)), own_rows(r, c), neg(total((q,), mul(w(r, q), w(c, q)))))
        return MatrixAtom("inv", r, c, body, (a, b))

    def inverse_w(a: IndexExpr, b: IndexExpr) -> Node:
        s = Index("s", rows.size)
        return total((s,), mul(inverse(a, s), w(s, b)))

    p, s = Index("p", rows.size), Index("s", rows.size)
    own_cols = total((p,), mul(dyad(p, col), dyad(p, j)))
    within = total((s,), mul(w(s, col), inverse_w(s, j)))
    ways = add(
        mul(value(), inverse(i, row), own_cols),
        mul(inverse_w(i, col), dyad(row, j)),
        mul(dyad(i, col), inverse_w(row, j)),
        mul(neg(TWO), value(), add(mul(own_rows(i, row), own_cols), mul(dyad(i, col), dyad(row, j)))),
    )
    rest = add(mul(own_rows(i, row), add(within, delta(col, j))), neg(mul(dyad(i, j), dyad(row, col))))
    return add(ways, mul(power(value(), MINUS_ONE), rest))


def _nuclear(node: Apply, row: Index, col: Index) -> Node:
    return applied("polar", matrix_anew(node), row, col)


def _chol(node: Apply, row: Index, col: Index) -> Node:
    i, j = node.at
    p = Index("p", row.size)

    def inverse(a: IndexExpr, b: IndexExpr) -> Node:
        r, c = Index("r", row.size), Index("c", row.size)
        return MatrixAtom("inv", r, c, applied("chol", matrix_anew(node), r, c), (a, b))

    if i == j:  # of L_ip and Φ_pi both are there at p = i alone
        return mul(HALF, applied("chol", matrix_anew(node), i, i), inverse(i, row), inverse(i, col))
    above, same = (indicator(Rel(op, IndexVal(p), IndexVal(j))) for op in (">", "=="))
    below = add(above, mul(HALF, same))
    turned = add(mul(inverse(p, row), inverse(j, col)), mul(inverse(p, col), inverse(j, row)))
    return mul(HALF, total((p,), mul(applied("chol", matrix_anew(node), i, p), below, turned)))


_RULES: Mapping[str, Callable[[Apply, Index, Index], Node]] = {
    "@eigval": _eigval,
    "@eigproj": _eigproj,
    "@singval": _singval,
    "@singdyad": _singdyad,
    "@nuclear": _nuclear,
    "@chol": _chol,
}


def traced(node: Bound) -> tuple[Index, Apply, Node] | None:
    """Of Σ_i c exp(X)_ii the index, exp(X) and c, which is free of i; None for another sum."""
    factors = node.body.args if isinstance(node.body, Mul) else (node.body,)
    for k, factor in enumerate(factors):
        match factor:
            case Apply("@expm", _, (), (Index() as i, j)) if i is j and i in node.indices:
                rest = mul(*factors[:k], *factors[k + 1 :])
                matrix = matrix_of(factor)
                if i not in free_indices(rest) and i not in free_indices(matrix):
                    return i, factor, rest
    return None


def of_trace(node: Apply, row: Index, col: Index) -> Node:
    """∂tr exp(X)/∂X_rc."""
    return Apply(node.fn, (matrix_anew(node),), (), (col, row))
