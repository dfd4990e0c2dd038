"""Matrices and arrays of SymPy, entry by entry.

    (A B)_ij = Σ_k A_ik B_kj        (A^T)_ij = A_ji        tr A = Σ_i A_ii        diag(v)_ij = δ_ij v_i
    I_ij = δ_ij                     (A ∘ B)_ij = A_ij B_ij       an explicit matrix: Σ_kl δ_ik δ_jl a_kl
    [A B] [u; v] = A u + B v        A[:, 1]_i = A_i2             a sum over blocks goes block by block

Inverses and determinants are those of the tree. A column has one axis; SymPy counts entries from 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.hadamard import HadamardPower, HadamardProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from derivations.formula import (
    ZERO,
    Cases,
    Delta,
    Elem,
    Index,
    IndexExpr,
    IndexVal,
    MatrixAtom,
    Node,
    Rel,
    add,
    affine_terms,
    bound,
    last_place,
    mul,
    num,
    power,
)
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.ranges import at_least, inside, minus, plus, shown

if TYPE_CHECKING:
    from derivations.sympy_bridge.inward import Reader

ARRAYS = (sympy.MatrixBase, sympy.MatrixExpr, sympy.NDimArray)
PICKED = (MatrixElement, sympy.Trace, sympy.Determinant, DotProduct)
"""Scalars of matrices."""

MAX_WRITTEN = 400
"""Entries of an explicit matrix."""
MAX_POWER = 12


def array(reader: Reader, given: Any) -> tuple[tuple[Index, ...], Node]:
    """The axes of a matrix or an array, and its entry there."""
    if isinstance(given, sympy.NDimArray):
        axes = tuple(reader.index("ijklmn"[k % 6], int(n)) for k, n in enumerate(given.shape))
        return axes, _written(list(_places(given.shape)), axes, lambda at: reader.tree(given[at]))
    rows, cols = map(reader.size, given.shape)
    row, col = reader.index("i", rows), reader.index("j", cols)
    axes = () if rows == cols == 1 else (row,) if cols == 1 else (row, col)
    return axes, entry(reader, given, row if axes else 1, col if col in axes else 1)


def picked(reader: Reader, e: Any) -> Node:
    """A scalar of a matrix: an entry, the trace, the determinant, u·v."""
    if isinstance(e, MatrixElement):
        parts: Any = e.args
        matrix, *at = parts
        places = [plus(reader.whole(k), const=1) for k in at]
        for place, n in zip(places, matrix.shape, strict=True):
            if not inside(place, reader.size(n), reader.ranges):
                raise NoSympy(f"{e} leaves the range 0 to {n - 1}: from 0 SymPy counts the entries of a matrix")
        return entry(reader, matrix, *places)
    if isinstance(e, DotProduct):
        vectors: Any = e.args
        long = [_stretches(v, 0 if v.shape[1] == 1 else 1) for v in vectors]
        return _summed(reader, max(long, key=len), lambda k: mul(*(_along(reader, v, k) for v in vectors)))
    (matrix,) = e.args
    if isinstance(e, sympy.Trace):
        parts = max(_stretches(matrix, 0), _stretches(matrix, 1), key=len)
        return _summed(reader, parts, lambda k: entry(reader, matrix, k, k))
    return _atom(reader, "det", matrix)


def _along(reader: Reader, vector: Any, k: IndexExpr) -> Node:
    return entry(reader, vector, k, 1) if vector.shape[1] == 1 else entry(reader, vector, 1, k)


def _summed(reader: Reader, stretches: tuple[Any, ...], body: Callable[[IndexExpr], Node]) -> Node:
    """Σ over sizes that follow one another; over 1 its only term."""
    before: IndexExpr = 0
    terms = []
    for size in map(reader.size, stretches):
        if size == 1:
            terms.append(body(plus(before, const=1)))
        else:
            index = reader.index("k", size)
            terms.append(bound("sum", (index,), body(plus(before, (index, 1)))))
        before = minus(before, minus(0, last_place(size)))
    return add(*terms)


def _atom(reader: Reader, op: str, matrix: Any, at: tuple[IndexExpr, ...] = ()) -> Node:
    size = reader.size(matrix.shape[0])
    row, col = reader.index("i", size), reader.index("j", size)
    return MatrixAtom(op, row, col, entry(reader, matrix, row, col), at)


def entry(reader: Reader, m: Any, row: IndexExpr, col: IndexExpr) -> Node:
    """m_ij, for places that count from 1."""
    if isinstance(m, sympy.MatrixBase):
        places = list(_places(m.shape))
        if isinstance(row, int) and isinstance(col, int):
            return reader.tree(m[row - 1, col - 1])
        return _written(places, (row, col), lambda at: reader.tree(m[at]))
    match m:
        case sympy.MatrixSymbol():
            return _of_symbol(reader, m, row, col)
        case sympy.MatMul():
            scalars = [a for a in m.args if not isinstance(a, ARRAYS)]
            factors = [a for a in m.args if isinstance(a, ARRAYS)]
            return mul(*map(reader.tree, scalars), _product(reader, factors, row, col))
        case sympy.MatAdd():
            return add(*(entry(reader, a, row, col) for a in m.args))
        case sympy.Transpose() | sympy.Adjoint():
            return entry(reader, m.arg, col, row)
        case sympy.Inverse():
            return _atom(reader, "inv", m.arg, (row, col))
        case sympy.MatPow():
            return _power(reader, m, row, col)
        case HadamardProduct():
            return mul(*(entry(reader, a, row, col) for a in m.args))
        case HadamardPower():
            base, exponent = m.args
            if isinstance(base, ARRAYS) and not isinstance(exponent, ARRAYS):
                return power(entry(reader, base, row, col), reader.tree(exponent))
        case sympy.DiagMatrix():
            return mul(Delta(row, col), _along(reader, m.args[0], row))
        case sympy.DiagonalMatrix():
            return mul(Delta(row, col), entry(reader, m.args[0], row, col))
        case DiagonalOf():
            return entry(reader, m.args[0], row, row)
        case sympy.Identity():
            return Delta(row, col)
        case sympy.OneMatrix():
            return num(1)
        case sympy.ZeroMatrix():
            return num(0)
        case MatrixSlice():
            return _sliced(reader, m, (row, col))
        case sympy.BlockMatrix():
            return _of_blocks(reader, m, row, col)
        case sympy.FunctionMatrix():
            return _of_function(reader, m, row, col)
        case ElementwiseApplyFunction():
            return _applied(reader, m, row, col)
    if (explicit := _explicit(m)) is not None:
        return entry(reader, explicit, row, col)
    raise NoSympy(f"{type(m).__name__} has no place in a formula here: {str(m)[:60]}")


def _explicit(m: Any) -> Any:
    """A matrix of given sizes written out by what it says its entries are; None where it says nothing of them."""
    if not isinstance(m, sympy.MatrixExpr) or not all(sympy.sympify(n).is_Integer for n in m.shape):
        return None
    made = sympy.ImmutableMatrix(*m.shape, [m[at] for at in _places(m.shape)])
    return None if any(part.args[0] == m for part in made.atoms(MatrixElement)) else made


def _sliced(reader: Reader, m: Any, at: tuple[IndexExpr, IndexExpr]) -> Node:
    """M[a:b:s, …]_k = M_{a + s (k - 1) + 1}, SymPy's a counted from 0."""
    places = []
    for (start, _, step), place, n in zip(m.args[1:], at, m.parent.shape, strict=True):
        if not step.is_Integer:
            raise NoSympy(f"MatrixSlice has no place in a formula here: {str(m)[:60]}")
        terms, const = affine_terms(place)
        begin = plus(reader.whole(start), const=1 + int(step) * (const - 1))
        places.append(plus(begin, *((t, int(step) * c) for t, c in terms)))
        if not inside(places[-1], reader.size(n), reader.ranges):
            raise NoSympy(f"{str(m)[:60]} may leave the range of its matrix")
    return entry(reader, m.parent, *places)


def _of_blocks(reader: Reader, m: Any, row: IndexExpr, col: IndexExpr) -> Node:
    """The entry of the block in which a place is: which one that is, the ranges of the indices say, or cases."""
    return _in_blocks(
        reader,
        m.rowblocksizes,
        row,
        lambda r, below: _in_blocks(
            reader, m.colblocksizes, col, lambda c, right: entry(reader, m.blocks[r, c], below, right)
        ),
    )


def _in_blocks(reader: Reader, sizes: Any, at: IndexExpr, block: Callable[[int, IndexExpr], Node]) -> Node:
    """What stands at a place of an axis that is divided into blocks."""
    before: IndexExpr = 0
    branches: list[tuple[Node, Node]] = []
    for k, size in enumerate(map(reader.size, sizes)):
        place, end = minus(at, before), last_place(size)
        before = minus(before, minus(0, end))
        if not at_least(minus(place, end), 1, reader.ranges):
            value = block(k, place)
            if k == len(sizes) - 1 or at_least(minus(end, place), 0, reader.ranges):
                return Cases(tuple(branches), value) if branches else value
            branches.append((Rel("<=", IndexVal(at), IndexVal(before)), value))
    raise NoSympy(f"{shown(at)} is beyond the last block")


def _stretches(m: Any, axis: int) -> tuple[Any, ...]:
    """The sizes of the blocks along an axis of a matrix, in order; its own size where it has none."""
    match m:
        case sympy.BlockMatrix():
            return tuple(m.colblocksizes if axis else m.rowblocksizes)
        case sympy.Transpose() | sympy.Adjoint():
            return _stretches(m.arg, 1 - axis)
        case sympy.MatMul():
            factors = [a for a in m.args if isinstance(a, ARRAYS)]
            return _stretches(factors[-axis], axis)
        case sympy.MatAdd() | HadamardProduct():
            return max((_stretches(a, axis) for a in m.args), key=len)
    return (m.shape[axis],)


def _of_symbol(reader: Reader, m: Any, row: IndexExpr, col: IndexExpr) -> Node:
    declared = reader.names.get(m.name)
    if declared is None or declared.role not in ("input", "node", "adjoint"):
        raise NoSympy(f"{m.name} is not declared")
    shape = tuple(map(reader.size, m.shape))
    if declared.sizes == shape:
        return Elem(m.name, (row, col))
    if (*declared.sizes, 1) == shape:
        return Elem(m.name, (row,))
    raise NoSympy(f"{m.name} is {shape[0]} × {shape[1]} in the expression, and declared with other sizes")


def _product(reader: Reader, factors: list[Any], row: IndexExpr, col: IndexExpr) -> Node:
    first, *rest = factors
    if not rest:
        return entry(reader, first, row, col)
    parts = max(_stretches(first, 1), _stretches(rest[0], 0), key=len)
    return _summed(reader, parts, lambda k: mul(entry(reader, first, row, k), _product(reader, rest, k, col)))


def _power(reader: Reader, m: Any, row: IndexExpr, col: IndexExpr) -> Node:
    base, exponent = m.args
    if not (exponent.is_Integer and abs(exponent) <= MAX_POWER):
        raise NoSympy(f"MatPow has no place in a formula here: {str(m)[:60]}; the exponent is a small whole number")
    if exponent < 0:
        inner = base if exponent == -1 else sympy.MatPow(base, -exponent)
        return _atom(reader, "inv", inner, (row, col))
    return _product(reader, [base] * int(exponent), row, col) if exponent else Delta(row, col)


def _of_function(reader: Reader, m: Any, row: IndexExpr, col: IndexExpr) -> Node:
    """A matrix by a function of its places."""
    i, j = m.lamda.variables
    with reader.binding(i, plus(row, const=-1), {}), reader.binding(j, plus(col, const=-1), {}):
        return reader.tree(m.lamda.expr)


def _applied(reader: Reader, m: Any, row: IndexExpr, col: IndexExpr) -> Node:
    """A function of one number, entry by entry."""
    if not isinstance(m.function, sympy.Lambda) or len(m.function.variables) != 1:
        raise NoSympy(f"{m.function} is no function of one number")
    (variable,) = m.function.variables
    before = reader.given
    reader.given = {**before, variable: entry(reader, m.expr, row, col)}
    try:
        return reader.tree(m.function.expr)
    finally:
        reader.given = before


def _places(shape: tuple[Any, ...]) -> list[tuple[int, ...]]:
    """Every place of an explicit array, counted from 0."""
    count = 1
    for n in shape:
        count *= int(n)
    if not 0 < count <= MAX_WRITTEN:
        raise NoSympy(f"an array of {count} entries: 1 to {MAX_WRITTEN} are written out")
    places: list[tuple[int, ...]] = [()]
    for n in shape:
        places = [(*at, k) for at in places for k in range(int(n))]
    return places


def _written(
    places: list[tuple[int, ...]], at: tuple[IndexExpr, ...], value: Callable[[tuple[int, ...]], Node]
) -> Node:
    """Σ δ… a over the entries of an explicit array."""
    shape = [1 + max(p[k] for p in places) for k in range(len(at))]
    values = [(p, value(p)) for p in places]
    return add(
        *(
            mul(made, *(Delta(index, k + 1) for index, k, n in zip(at, p, shape, strict=True) if n > 1))
            for p, made in values
            if made != ZERO
        )
    )
