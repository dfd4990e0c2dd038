"""What is known of functions of matrices, as far as it shortens: of K = L Lᵀ, L a Cholesky factor,

    Σ_i log L_ii = ½ log det K    Π_i L_ii = (det K)^½    Σ_p L_ip L_jp = K_ij    Σ_p (L⁻¹)_pi (L⁻¹)_pj = (K⁻¹)_ij

The right sides have a value wherever the left ones have one. L may be a node of a model, L = chol(K).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from derivations.atoms.of_matrices import matrix_of
from derivations.domains import Declared, Names
from derivations.formula import (
    HALF,
    Apply,
    Bound,
    Call,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    Tensor,
    free_indices,
    index_exprs,
    key,
    map_up,
    mul,
    names_in,
    reindex,
    replace_elems,
    total,
    walk,
)
from derivations.simplify.same import opened


def without_factors(names: Names) -> tuple[Names, frozenset[str]]:
    """The names with Cholesky factors put into the definitions of other nodes wherever what is known of them leaves no
    factor, and the nodes that were changed: yᵀ (L Lᵀ)⁻¹ y with L = chol(K) is differentiated as yᵀ K⁻¹ y."""
    factors = {row.name for row in names.values() if _is_factor(row)}
    changed: dict[str, Declared] = {}
    for row in names.values() if factors else ():
        equation = row.equation
        if row.role != "node" or equation is None or row.recursion is not None or row.name in factors:
            continue
        if not factors & names_in(equation.body):
            continue
        written = replace_elems(equation.body, lambda e: _written_out(e, names) if e.name in factors else None)
        made = map_up(written, known)
        if not any(isinstance(n, Apply) and n.fn == "@chol" for n in walk(made)):
            changed[row.name] = row.with_equation(replace(equation, body=made))
    return (names.with_rows(*changed.values()) if changed else names), frozenset(changed)


def _is_factor(row: Declared) -> bool:
    """Whether a node is L = chol(K)."""
    match row.definition:
        case Formula(Apply("@chol", _, (), (a, b)), (i, j)) if a is i and b is j:
            return True
    return False


def _written_out(elem: Elem, names: Names) -> Node | None:
    definition = names[elem.name].definition
    return None if definition is None else reindex(definition.body, dict(zip(definition.axes, elem.at, strict=True)))


def known(node: Node) -> Node | None:
    """A sum or a product over entries of a Cholesky factor in closed form; None for anything else."""
    if not isinstance(node, Bound) or not any(isinstance(n, Apply) and n.fn == "@chol" for n in walk(node)):
        return None
    match node:
        case Bound("sum", (i,), body):
            factors = body.args if isinstance(body, Mul) else (body,)
            logs = [f for f in factors if isinstance(f, Call) and f.fn == "log" and _pivot(f.args[0], i) is not None]
            rest = mul(*(f for f in factors if f not in logs))
            if len(logs) == 1 and i not in free_indices(rest):
                return mul(HALF, rest, _determinant(_pivot(logs[0].args[0], i), "logdet"))
        case Bound("prod", (i,), body):
            base, exponent = (body.base, body.exponent) if isinstance(body, Pow) else (body, Num(Fraction(1)))
            matrix = _pivot(base, i)
            if matrix is not None and isinstance(exponent, Num):
                return Pow(_determinant(matrix, "det"), Num(exponent.value / 2))
    return _joined(node) if node.op == "sum" else None


def _pivot(node: Node, i: Index) -> Tensor | None:
    """K of chol(K)_ii."""
    match node:
        case Apply("@chol", _, (), (a, b)) if a is i and b is i and i not in free_indices(matrix_of(node)):
            return matrix_of(node)
    return None


def _determinant(matrix: Tensor | None, op: str) -> Node:
    assert matrix is not None
    row, col = matrix.indices
    return reindex(MatrixAtom(op, row, col, matrix.body), {})


def _joined(node: Bound) -> Node | None:
    """L Lᵀ and L⁻ᵀ L⁻¹, wherever both stand under one sum."""
    indices, factors = opened(node)
    for p in indices:
        pair = [f for f in factors if p in free_indices(f)]
        if len(pair) != 2:
            continue
        made = _product(pair, p)
        if made is not None:
            rest = [f for f in factors if not any(f is x for x in pair)]
            return total([i for i in indices if i is not p], mul(*rest, made))
    return None


def _product(pair: Sequence[Node], p: Index) -> Node | None:
    one, two = pair
    if isinstance(one, Apply) and isinstance(two, Apply) and one.fn == two.fn == "@chol":
        first, second, spot, matrix = one, two, 1, matrix_of(one)
        same = key(matrix) == key(matrix_of(two))
    elif isinstance(one, MatrixAtom) and isinstance(two, MatrixAtom):
        first, second, spot, (matrix, other) = one, two, 0, (_factored(one), _factored(two))
        if matrix is None or other is None:
            return None
        same = key(matrix) == key(other)
    else:
        return None
    ends = [f.at[1 - spot] for f in (first, second)]
    if not same or any(f.at[spot] is not p for f in (first, second)):
        return None
    if p in free_indices(matrix) or any(p in index_exprs(f)[1 - spot : 2 - spot] for f in (first, second)):
        return None
    row, col = matrix.indices
    if spot == 1:
        return reindex(matrix.body, {row: ends[0], col: ends[1]})
    return reindex(MatrixAtom("inv", row, col, matrix.body, (ends[0], ends[1])), {})


def _factored(node: MatrixAtom) -> Tensor | None:
    """K of (chol(K)⁻¹)_ij."""
    match node:
        case MatrixAtom("inv", row, col, Apply("@chol", _, (), (a, b)) as factor) if a is row and b is col:
            return matrix_of(factor)
    return None
