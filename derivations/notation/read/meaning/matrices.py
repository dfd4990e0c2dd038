"""Transposes, inverses, traces, determinants, norms."""

from __future__ import annotations

from collections.abc import Collection

from derivations.formula import (
    HALF,
    MINUS_ONE,
    TWO,
    ZERO,
    Bound,
    Index,
    IndexExpr,
    MatrixAtom,
    Node,
    Pow,
    Span,
    call,
    free_indices,
    mul,
    power,
    reindex,
    total,
)
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.joint import (
    determinant_of_pairs,
    kronecker_product,
    refuse_pairs,
    square_factors,
)
from derivations.notation.read.meaning.lists import is_list
from derivations.notation.read.meaning.of_matrices import of_value
from derivations.notation.read.meaning.values import (
    AnySize,
    Entry,
    Sizes,
    Val,
    find,
    identity,
    indices_of,
    squeeze,
    unify,
)
from derivations.notation.read.surface import (
    Bars,
    Constant,
    Determinant,
    FunctionOf,
    InverseTransposed,
    Letter,
    Name,
    Norm,
    Numeral,
    SizeName,
    Surface,
    Transposed,
)


def transpose(meaning: Meaning, t: Transposed) -> Val:
    v = meaning.value(t.body)
    if not v.sizes:
        if (isinstance(t.body, Numeral) and t.body.value == 1) or (
            t.power is None and isinstance(t.body, (Numeral, Constant, Letter, SizeName))
        ):
            raise meaning.fail(
                f"{meaning.source(v.span)} is a number: it has no transpose",
                t,
                r"\mathbf 1, or ones, for the vector of ones",
                "operation",
            )
        if t.power is None and meaning.source((t.body.end, t.end)).strip("^{} ") == "t":
            raise meaning.fail("t is not declared", t, meaning.scope.known(), "unknown-name", span=(t.end - 1, t.end))
        if t.power is not None:
            exponent = meaning.value(t.power)
            return Val(meaning.raise_to(v.node, exponent.node, (t.start, t.end)))  # type: ignore[arg-type]
        meaning.note("scalar-transpose", f"{meaning.source(v.span)} is a scalar: its transpose is itself", t)
        return v
    if v.column is not None and isinstance(t.body, FunctionOf):
        return v  # k(x, X), which is a row or a column: so is its transpose
    row = transposed(meaning, v, (t.start, t.end))
    row.row = v.row
    if len(v.sizes) == 1 and is_list(meaning, t):
        row.column = v
    if len(v.sizes) == 1 and meaning.source((t.body.end, t.end)).startswith(".") and not has_columns(meaning, t):
        row.turned = (t.start, t.end)
        meaning.turned = True
    return row


def has_columns(meaning: Meaning, t: Surface) -> bool:
    """Whether a name with an axis of one entry stands in a tree: its transpose is a row in NumPy as well."""
    return (isinstance(t, Name) and 1 in t.row.sizes) or any(has_columns(meaning, a) for a in t.below())


def transposed(meaning: Meaning, v: Val, span: Span) -> Val:
    if len(v.sizes) == 1:
        return meaning.made((1, v.sizes[0]), lambda i, j: v.entry(j), v)
    if len(v.sizes) != 2:
        raise meaning.shape_fault("a transpose", [v], span)
    joined = None if v.joined is None else transposed(meaning, v.joined, span)
    sizes: Sizes = (v.sizes[1], v.sizes[0])
    at: Entry = lambda i, j: v.entry(j, i)  # noqa: E731
    if not meaning.code or v.turned is not None:  # in code a row that is no vector becomes a column
        sizes, at = squeeze(sizes, at)
    made = meaning.made(sizes, at, v)
    made.joined = joined
    if v.factors is not None and all(len(f.sizes) == 2 for f in v.factors):
        a, b = v.factors
        made.factors = transposed(meaning, a, span), transposed(meaning, b, span)
    return made


def inverse_transpose(meaning: Meaning, t: InverseTransposed) -> Val:
    v = meaning.value(t.body)
    span = (t.start, t.end)
    if not v.sizes:
        return Val(power(v.node, MINUS_ONE, span))  # type: ignore[arg-type]
    v.span = (t.body.start, t.body.end)
    return transposed(meaning, inverse_of(meaning, v, span), span)


def square_size(meaning: Meaning, v: Val, what: str, span: Span) -> AnySize:
    if len(v.sizes) != 2 or not unify(v.sizes[0], v.sizes[1]):
        raise meaning.shape_fault(what, [v], span, "a square matrix was expected")
    return v.sizes[0]


def inverse_of(meaning: Meaning, v: Val, span: Span) -> Val:
    if not v.sizes:
        return Val(power(v.node, MINUS_ONE, span))  # type: ignore[arg-type]
    factors = square_factors(v)
    if factors is not None:
        a, b = (inverse_of(meaning, factor, span) for factor in factors)
        return kronecker_product(meaning, a, b, span)
    refuse_pairs(meaning, v, "an inverse", span)
    size = square_size(meaning, v, "an inverse", span)

    def at(i: IndexExpr, j: IndexExpr) -> Node:
        r, c = meaning.index("r", size), meaning.index("c", size)
        return MatrixAtom("inv", r, c, v.entry(r, c), (i, j), span)

    return meaning.made(v.sizes, at, v)


def determinant_of(meaning: Meaning, v: Val, span: Span, op: str = "det") -> Val:
    if not v.sizes:
        return v if op == "det" else Val(call("log", v.node))  # type: ignore[arg-type]
    factors = square_factors(v)
    if factors is not None:
        return determinant_of_pairs(factors, [determinant_of(meaning, f, span) for f in factors], op)
    refuse_pairs(meaning, v, "a determinant", span)
    size = square_size(meaning, v, "a determinant", span)
    r, c = meaning.index("r", size), meaning.index("c", size)
    return Val(MatrixAtom(op, r, c, v.entry(r, c), (), span))


def trace_of(meaning: Meaning, v: Val, span: Span) -> Val:
    if not v.sizes:
        return v
    size = square_size(meaning, v, "a trace", span)
    k = meaning.index("k", size)
    return Val(total(indices_of(k), v.entry(k, k), span))


def with_entries(meaning: Meaning, v: Val, outside: Collection[Index], span: Span) -> Val:
    """The vector whose entries a number is, p_i (1 - p_i), where it has one index; `outside` are those that stand in
    front of it."""
    over = [i for i in free_indices(v.node) if i in meaning.free] if v.node is not None and not v.sizes else []
    if len(over) != 1:
        return v
    (own,) = over
    if own not in outside:
        del meaning.free[own]
    meaning.noted("diagonal", f"the diagonal was read to run over {own.name}", *span)
    return meaning.made((own.size,), lambda i: reindex(v.node, {own: i}), v)  # type: ignore[arg-type]


def diagonal_of(meaning: Meaning, v: Val, span: Span) -> Val:
    if len(v.sizes) == 2 and find(v.sizes[0]) == 1 and find(v.sizes[1]) != 1:
        v = transposed(meaning, v, span)
    if len(v.sizes) == 1:
        size = v.sizes[0]

        def at(i: IndexExpr, j: IndexExpr) -> Node:
            if isinstance(i, int) and isinstance(j, int):
                return v.entry(i) if i == j else ZERO
            return mul(identity(i, j), v.entry(i))

        made = meaning.made((size, size), at, v)
        made.spread = v
        return made
    size = square_size(meaning, v, "a diagonal", span)
    made = meaning.made((size,), lambda i: v.entry(i, i), v)
    made.diagonal = meaning.made((size, size), lambda i, j: mul(identity(i, j), v.entry(i, i)), v)
    return made


def with_diagonal_of(meaning: Meaning, v: Val, made: Val, span: Span) -> Val:
    """√diag(A), made entry by entry, which is the matrix with that diagonal wherever diag(A) is."""
    if v.diagonal is not None and len(made.sizes) == 1:
        made.diagonal = diagonal_of(meaning, made, span)
    return made


def norm_of(meaning: Meaning, v: Val, degree: str, t: Surface) -> Val:
    span = (t.start, t.end)
    if not v.sizes:
        return Val(call("abs", v.node, span=span))  # type: ignore[arg-type]
    matrix = len(v.sizes) == 2 and 1 not in map(find, v.sizes)
    if matrix and degree == "2":
        meaning.note("spectral", f"{meaning.source(span)} was read as the largest singular value", t)
    if matrix and degree in ("2", "star"):
        return of_value(meaning, *(("singval", v, 1) if degree == "2" else ("nuclear", v, None)), span)
    if degree == "star":
        raise meaning.fail("the nuclear norm is that of a matrix", t, "a norm of a vector", "operation")
    if matrix and degree not in ("", "1", "F"):
        raise meaning.fail(f"the norm {degree} of a matrix is not read", t, "‖…‖_F, or its entries", "operation")
    if matrix:
        if degree == "1":
            raise meaning.fail("the 1-norm of a matrix is not read", t, "the sum of |A_ij|", "operation")
        if not degree:
            meaning.note("frobenius", f"{meaning.source(span)} was read as the Frobenius norm", t)
    where = [meaning.index("k", s) if find(s) != 1 else 1 for s in v.sizes]
    entry = v.entry(*where)
    over = indices_of(*where)
    if degree == "1":
        return Val(total(over, call("abs", entry), span))
    if degree == "infty":
        return Val(Bound("max", over, call("abs", entry), span))
    return Val(Pow(total(over, Pow(entry, TWO)), HALF, span))


def norm_bars(meaning: Meaning, t: Norm) -> Val:
    return norm_of(meaning, meaning.value(t.body), t.degree, t)


def absolute_bars(meaning: Meaning, t: Bars) -> Val:
    v = meaning.value(t.body)
    span = (t.start, t.end)
    if not v.sizes:
        return Val(call("abs", v.node, span=span), numeral=v.numeral)  # type: ignore[arg-type]
    if len(v.sizes) == 2 and (find(v.sizes[0]) is find(v.sizes[1]) or find(v.sizes[0]) == find(v.sizes[1])):
        meaning.note("determinant", f"{meaning.source(span)} was read as a determinant", t)
        return determinant_of(meaning, v, span)
    meaning.note(
        "elementwise", f"{meaning.source(span)} was read as the absolute value of every entry; a norm is written ‖…‖", t
    )
    return meaning.elementwise([v], lambda x: call("abs", x, span=span), "an absolute value", span)


def determinant_bars(meaning: Meaning, t: Determinant) -> Val:
    return determinant_of(meaning, meaning.value(t.body), (t.start, t.end))
