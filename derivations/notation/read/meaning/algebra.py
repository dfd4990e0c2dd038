"""Sums, products and quotients, by the shapes of their operands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from derivations.formula import (
    MINUS_ONE,
    IndexExpr,
    Node,
    Span,
    add,
    div,
    mul,
    neg,
    power,
    total,
)
from derivations.notation.errors import ReadError
from derivations.notation.read.meaning.chain_rule import chained, factor_of, rate_of
from derivations.notation.read.meaning.chosen import summed, within
from derivations.notation.read.meaning.context import Meaning, has_kept_axis
from derivations.notation.read.meaning.entry_factors import alike, entrywise_first, refuse_mask
from derivations.notation.read.meaning.indicators import as_indicator, stands_for_indicator, term
from derivations.notation.read.meaning.joint import joining, refuse_vectors_twice
from derivations.notation.read.meaning.lists import as_terms, beside, right_of, scaled
from derivations.notation.read.meaning.matrices import transposed
from derivations.notation.read.meaning.pairs import inner_product, row_by_vector, tensor_product
from derivations.notation.read.meaning.values import (
    Sizes,
    Val,
    columns,
    find,
    indices_of,
    matmul,
    rows,
    unify,
)
from derivations.notation.read.surface import (
    Group,
    Name,
    Negative,
    Ones,
    Power,
    Product,
    Quotient,
    Surface,
    Terms,
    Transposed,
)


def sum_of_terms(meaning: Meaning, t: Terms) -> Val:
    values = [term(meaning, a) for a in t.parts]
    span = (t.start, t.end)
    if not any(v.sizes for v in values):
        return Val(add(*[v.node for v in values], span=span), numeral=all(v.numeral for v in values))  # type: ignore[misc]
    return as_terms(meaning, values, lambda terms: sum_of_arrays(meaning, t, terms))


def sum_of_arrays(meaning: Meaning, t: Terms, values: list[Val]) -> Val:
    span = (t.start, t.end)
    tensors = [v for v in values if v.sizes]
    shape = max((v.sizes for v in tensors), key=len)
    for v in values:
        if not v.sizes and not v.numeral:
            if len(shape) == 2:
                a, b = find(shape[0]), find(shape[1])
                if a is b or a == b:
                    term = t.parts[next(k for k, w in enumerate(values) if w is v)]
                    raise meaning.shape_fault(
                        "a sum",
                        [v, tensors[0]],
                        span,
                        f"did you mean {outer_of(meaning, term, shape) or meaning.source(v.span) + ' I'}?",
                    )
            meaning.noted("broadcast", f"{meaning.source(v.span)} was added to every entry", *v.span)
    return meaning.elementwise(values, lambda *n: add(*n, span=span), "a sum", span, bias=True)


def outer_of(meaning: Meaning, t: Surface, shape: Sizes) -> str:
    """y y^T where y^T y was written among matrices that it conforms with; empty where it does not."""
    while isinstance(t, (Negative, Group)):
        t = t.body
    if not isinstance(t, Product) or len(t.factors) != 2 or not isinstance(t.factors[0], Transposed):
        return ""
    left, right = t.factors[0].body, t.factors[1]
    sizes = [meaning.value(x).sizes for x in (left, right)]
    if any(len(s) != 1 or not meaning.could(s[0], side) for s, side in zip(sizes, shape, strict=True)):
        return ""
    return f"{meaning.source((left.start, left.end))} {meaning.source((right.start, right.end))}^T"


def negated(meaning: Meaning, t: Negative) -> Val:
    v = meaning.value(t.body)
    span = (t.start, t.end)
    if not v.sizes:
        return Val(neg(v.node, span), numeral=v.numeral)  # type: ignore[arg-type]
    made = meaning.made(v.sizes, lambda *at: neg(v.entry(*at)), v)
    kept = v.column
    made.column = None if kept is None else meaning.made(kept.sizes, lambda *at: neg(kept.entry(*at)), kept)
    pairs = v.joined
    made.joined = None if pairs is None else meaning.made(pairs.sizes, lambda *at: neg(pairs.entry(*at)), pairs)
    return made


def powers_in(t: Surface) -> Iterator[Power]:
    """The powers that a factor is a sum of: c² of (1 - c²)."""
    if isinstance(t, Power):
        yield t
    elif isinstance(t, (Group, Negative, Terms)):
        for part in t.below():
            yield from powers_in(part)
    elif isinstance(t, Product):  # a ⊙ b x^T is (a ⊙ b) x^T
        yield from powers_in(t.factors[0])


def within_a_form(meaning: Meaning, left: Val, v: Val, behind: Sequence[Val], signs: Sequence[str]) -> Val:
    """diag(A) between a row and what a matrix multiplies, w^T diag(A) w, is the matrix with that diagonal."""
    if v.diagonal is None or meaning.code or not behind or not {"odot", "/", "otimes"}.isdisjoint(signs):
        return v
    size = find(v.sizes[0])
    if len(left.sizes) != 2 or find(left.sizes[1]) != size or not behind[0].sizes or find(behind[0].sizes[0]) != size:
        return v
    meaning.noted("diagonal", f"{meaning.source(v.span)} was read as the matrix with that diagonal", *v.span)
    return v.diagonal


def product(meaning: Meaning, t: Product) -> Val:
    args, ops = t.factors, t.signs
    if "/" in ops and any(isinstance(a, Transposed) for a in args):
        args, ops = divisors_joined(meaning, args, ops)
    if "odot" in ops:
        beside_odot = (a for k, a in enumerate(args) if "odot" in ops[max(k - 1, 0) : k + 1])
        meaning.of_entries.update(id(raised) for a in beside_odot for raised in powers_in(a))
    chosen = [type(a) is Group and stands_for_indicator(a, ops[max(k - 1, 0) : k + 1]) for k, a in enumerate(args)]
    if True in chosen:
        values = [
            as_indicator(meaning, a) if c and type(a) is Group else factor_of(meaning, a)
            for a, c in zip(args, chosen, strict=True)
        ]
    else:
        values = [factor_of(meaning, a) for a in args]
    span = (t.start, t.end)
    for factor, value in zip(args, values, strict=True):
        value.rate = rate_of(meaning, factor, value)
    if not any(v.sizes for v in values):
        factors: list[Node] = [values[0].node]  # type: ignore[list-item]
        for op, v in zip(ops, values[1:], strict=True):
            factors.append(power(v.node, MINUS_ONE) if op == "/" else v.node)  # type: ignore[arg-type]
        return Val(mul(*factors, span=span), numeral=all(v.numeral for v in values))
    result = values[0]
    result.span = (args[0].start, args[0].end)
    for k, (op, v, arg) in enumerate(zip(ops, values[1:], args[1:], strict=True)):
        v = within_a_form(meaning, result, v, values[k + 2 : k + 3], ops[k : k + 2])
        if op in ("*", "times") and (chosen[k] or chosen[k + 1]) and len(result.sizes) == len(v.sizes):
            op = "odot"  # a mask is laid over a matrix, never multiplied with it
        if op == "odot":
            result, v = beside(meaning, result, v), beside(meaning, v, result)
        nearer = entrywise_first(meaning, result, v, arg) if op == "odot" else None
        if nearer is not None:
            result, v = nearer
            op = "jux"
        elif op == "odot" and len(result.sizes) + len(v.sizes) == 3:
            result, v = (
                turned_to_column(meaning, args[0] if k == 0 else None, result, v),
                turned_to_column(meaning, arg, v, result),
            )
        if meaning.entry_by_entry and op != "/" and (is_of_matrices(args[k]) or is_of_matrices(arg)):
            op = "matrix"
        joined = chained(meaning, result, v, op)
        v = right_of(meaning, result, v)
        here = (t.start, arg.end)
        left = result
        result = times(meaning, left, v, op, here) if joined is None else joined
        result = scaled(left, v, result, lambda a, b, op=op, here=here: times(meaning, a, b, op, here))
        if v.diagonal is not None and not left.sizes:
            result.diagonal = times(meaning, left, v.diagonal, op, here)
        result.span = (t.start, arg.end)
    return result


def divisors_joined(
    meaning: Meaning, factors: Sequence[Surface], signs: Sequence[str]
) -> tuple[list[Surface], list[str]]:
    """After a / a transpose and the factors beside it, up to the vector that ends them, are one: 1/w^T A w is
    1/(w^T A w)."""
    args, ops = list(factors), list(signs)
    for k in range(len(ops) - 1, -1, -1):
        left, beside = args[k + 1], args[k + 2] if k + 2 < len(args) and ops[k + 1] == "jux" else None
        if ops[k] != "/" or not isinstance(left, Transposed) or beside is None:
            continue
        plain = isinstance(beside, Product) and all(op in ("jux", "split") for op in beside.signs)
        factors = beside.factors if isinstance(beside, Product) and plain else (beside,)
        value = meaning.value(left)
        taken = 0
        for n, factor in enumerate(factors, 1):
            below = meaning.value(factor)
            if not below.sizes:
                break
            if len(below.sizes) == 1:
                taken = n
                break
        if not value.sizes or not taken:
            shown = meaning.source((left.start, left.end))
            meaning.noted(
                "division",
                (
                    f"/{shown} {meaning.source((beside.start, beside.end))} was read as (… / {shown}) · "
                    f"{meaning.source((beside.start, beside.end))}"
                ),
                left.start,
                beside.end,
            )
            continue
        one = Product(left.start, factors[taken - 1].end, (left, *factors[:taken]), ("jux",) * taken)
        rest = factors[taken:]
        args[k + 1 : k + 3] = [one, *rest]
        ops[k + 1 : k + 2] = ["jux"] * len(rest)
    return args, ops


def turned_to_column(meaning: Meaning, t: Surface | None, value: Val, other: Val) -> Val:
    """The column that w^T is beside ⊙ and another column, where w is a vector by its one axis: its author has it as a
    row."""
    while isinstance(t, Group):
        t = t.body
    name = t.body if isinstance(t, Transposed) else None
    if not isinstance(name, Name) or len(name.row.sizes) != 1 or len(other.sizes) != 1 or len(value.sizes) != 2:
        return value
    meaning.note("row", f"{name.row.name} was read as a row, so that its transpose is a column", t)  # type: ignore[arg-type]
    return meaning.value(name)


def is_of_matrices(t: Surface) -> bool:
    """Whether a factor is a transpose or the vector of ones, which is multiplied as a matrix in every setting."""
    while isinstance(t, Group):
        t = t.body
    return isinstance(t, (Transposed, Ones))


def times(meaning: Meaning, a: Val, b: Val, op: str, span: Span) -> Val:
    """One product. `*` between tensors is whichever of matrix product and elementwise product conforms; in code it
    is the latter."""
    if op == "times":
        if len(a.sizes) == len(b.sizes) == 1:
            left, right = meaning.source(a.span), meaning.source(b.span)
            raise meaning.fail(
                f"{left} × {right} is a cross product, which is not read; of two vectors there are other products too",
                span=span,
                expected=f"{left} ⊙ {right} entry by entry, ({left})^T ({right}) for the dot product",
                tag="operation",
            )
        op = "*"
    if meaning.code and op in ("*", "/") and a.sizes and b.sizes and has_kept_axis([a, b]):
        for v in (a, b):
            if v.turned is not None:
                raise turned_in_code(meaning, v.turned, span)
        build = mul if op == "*" else div
        return meaning.elementwise([a, b], lambda x, y: build(x, y), "a product", span)
    if op == "otimes":
        return tensor_product(meaning, a, b, span)
    if (
        meaning.entry_by_entry
        and op not in ("@", "/", "matrix")
        and a.sizes
        and b.sizes
        and not any(find(s) == 1 for s in (*a.sizes, *b.sizes))
    ):
        meaning.noted("entrywise", f"{meaning.source(span)} was read entry by entry", *span)
        if {len(a.sizes), len(b.sizes)} == {1, 2}:
            return over_rows(meaning, a, b, "*", span)
        return meaning.elementwise([a, b], lambda x, y: mul(x, y), "an elementwise product", span)
    if op in ("*", "/") and {len(a.sizes), len(b.sizes)} == {1, 2} and (meaning.code or meaning.entry_by_entry):
        return over_rows(meaning, a, b, op, span)
    if op == "/":
        if b.sizes and a.sizes and len(a.sizes) != len(b.sizes):
            raise meaning.shape_fault("a division", [a, b], span)
        return meaning.elementwise([a, b], lambda x, y: div(x, y, span), "a division", span)
    if not a.sizes or not b.sizes:
        if op == "@":
            scalar = b if not b.sizes else a
            meaning.noted("scalar-product", f"{meaning.source(scalar.span)} is a scalar, so @ scales", *span)
        return meaning.elementwise([a, b], lambda x, y: mul(x, y), "a product", span)
    if op == "odot":
        return meaning.elementwise([a, b], lambda x, y: mul(x, y), "an elementwise product", span)
    if op == "dot" and len(a.sizes) == len(b.sizes) == 1:
        return inner_product(meaning, a, b, span, "a dot product")
    if op == "*":
        return star_product(meaning, a, b, span)
    return matrix_product(meaning, a, b, span, op)


def over_rows(meaning: Meaning, a: Val, b: Val, op: str, span: Span) -> Val:
    """A matrix times or divided by a vector in code: every row, entry by entry."""
    matrix, vector = (a, b) if len(a.sizes) == 2 else (b, a)
    if not unify(matrix.sizes[1], vector.sizes[0]):
        raise meaning.shape_fault(
            f"a {'product' if op == '*' else 'division'}{' of code' if meaning.code else ''}, entry by entry",
            [a, b],
            span,
            "write @ for the matrix product" if op == "*" else "",
        )
    build = mul if op == "*" else div
    wide = meaning.made(matrix.sizes, lambda i, j: vector.entry(j), vector)
    meaning.noted(
        "broadcast",
        (
            f"every row of {meaning.source(matrix.span)} was {'multiplied' if op == '*' else 'divided'} entry by "
            f"entry{', as code has it' if meaning.code else ''}"
        ),
        *span,
    )
    return meaning.elementwise(
        [wide if v is vector else v for v in (a, b)], lambda x, y: build(x, y), "a product", span
    )


def star_product(meaning: Meaning, a: Val, b: Val, span: Span) -> Val:
    for v in (a, b):
        if v.turned is not None:
            raise turned_in_code(meaning, v.turned, span)
    same = alike(meaning, a, b)
    product = len(a.sizes) <= 2 and len(b.sizes) <= 2 and meaning.could(columns(a.sizes), rows(b.sizes))
    left, right = meaning.source(a.span), meaning.source(b.span)
    if meaning.code:
        if not same:
            raise meaning.shape_fault(
                "a product of code, entry by entry", [a, b], span, "write @ for the matrix product"
            )
        product = False
    if same and product:
        whole = (a.span[0], b.span[1])
        raise meaning.two_ways(
            f"{left} * {right} reads two ways: both are square",
            whole,
            "@ for the matrix product, ⊙ for the elementwise one",
            f"{left} @ {right}",
            f"{left} ⊙ {right}",
        )
    if same:
        meaning.noted("star", f"{left} * {right} was read as the elementwise product", *span)
        return meaning.elementwise([a, b], lambda x, y: mul(x, y), "a product", span)
    if len(a.sizes) == 2 and len(b.sizes) == 1 and product and ("@" in meaning.text or ".T" in meaning.text):
        whole = (a.span[0], b.span[1])
        raise meaning.two_ways(
            f"{left} * {right} reads two ways: beside @ it is code, which multiplies every row",
            whole,
            "@ for the product of matrix and vector",
            f"{left} @ {right}",
            f"{left} @ diag({right})",
        )
    return matrix_product(meaning, a, b, span, "*")


def matrix_product(meaning: Meaning, a: Val, b: Val, span: Span, op: str) -> Val:
    if b.turned is not None and op == "@":
        raise turned_in_code(
            meaning,
            b.turned,
            span,
            f"np.outer({meaning.source(a.span)}, {{}}) for the outer product, " if len(a.sizes) == 1 else "",
        )
    if meaning.code and op == "@" and a.turned is not None and len(b.sizes) == 1:  # v.T @ A @ b: a number either way
        return Val(product_of_code(meaning, a, b, span).entry(1))
    if meaning.code and op == "@" and has_kept_axis([a, b]) and max(len(a.sizes), len(b.sizes)) == 2:
        return product_of_code(meaning, a, b, span)
    refuse_vectors_twice(meaning, a, b, span)
    a, b = joining(meaning, a, b)
    by_row = row_by_vector(meaning, a, b, span)
    if by_row is not None:
        return by_row
    found = matmul(a, b, partial(summed, meaning), partial(within, meaning))
    if found is None and op == "@" and len(a.sizes) == 1:
        return row_product(meaning, a, b, span, "a product")
    one = a if a.diagonal is not None else b if b.diagonal is not None and len(a.sizes) == 2 else None
    if found is None and not meaning.code and one is not None and meaning.could(a.sizes[-1], b.sizes[0]):
        meaning.noted("diagonal", f"{meaning.source(one.span)} was read as the matrix with that diagonal", *one.span)
        return times(meaning, a.diagonal or a, b.diagonal or b, op, span)
    if found is None:
        refuse_mask(meaning, a, b, span)
        hint = ""
        if len(a.sizes) == len(b.sizes) == 1:
            left, right = meaning.source(a.span), meaning.source(b.span)
            hint = f"write {left} ⊙ {right} for the elementwise product, ({left})^T ({right}) for the dot product"
        else:
            hint = meaning.hint([a, b])
        raise meaning.shape_fault("a product", [a, b], span, hint)
    sizes, at = found
    if all(find(s) == 1 for s in sizes):
        return Val(at(*(1 for _ in sizes)))
    return meaning.made(sizes, at, a, b)


def product_of_code(meaning: Meaning, a: Val, b: Val, span: Span) -> Val:
    """a @ b beside an axis of length 1, which stays: (n, k) @ (k, 1) is (n, 1), (1, k) @ (k) is (1)."""
    if not unify(a.sizes[-1], b.sizes[0]):
        raise meaning.shape_fault("a product", [a, b], span, meaning.hint([a, b]))
    size, rows_of_a = find(b.sizes[0]), len(a.sizes) - 1

    def at(*where: IndexExpr) -> Node:
        k = 1 if size == 1 else summed(meaning, "k", size)
        factors = mul(a.entry(*where[:rows_of_a], k), b.entry(k, *where[rows_of_a:]))
        return total(indices_of(k), within(meaning, (k,), factors))

    return meaning.made((*a.sizes[:-1], *b.sizes[1:]), at, a, b)


def turned_in_code(meaning: Meaning, turned: Span, span: Span, outer: str = "") -> ReadError:
    """`v @ v.T`: a number in NumPy, where v.T is v, and a matrix on paper."""
    shown = meaning.source(turned)
    vector = shown.removesuffix(".T").rstrip()
    expected = f"{outer.format(vector)}{vector} alone for the vector, ({vector})^T for the row"
    message = f"{shown} is {vector} itself in NumPy, a row on paper, and {meaning.source(span)} differs"
    return meaning.fail(message, span=span, expected=expected, tag="operation")


def row_product(meaning: Meaning, a: Val, b: Val, span: Span, operation: str) -> Val:
    """A vector on the left is a row, as in code: an inner product, or bᵀ a."""
    if meaning.code and has_kept_axis([a, b]) and len(b.sizes) == 2:
        return product_of_code(meaning, a, b, span)
    return (
        inner_product(meaning, a, b, span, operation)
        if len(b.sizes) == 1
        else times(meaning, transposed(meaning, b, span), a, "@", span)
    )


def quotient(meaning: Meaning, t: Quotient) -> Val:
    a, b = meaning.value(t.above), meaning.value(t.under)
    span = (t.start, t.end)
    if not a.sizes and not b.sizes:
        return Val(div(a.node, b.node, span), numeral=a.numeral and b.numeral)  # type: ignore[arg-type]
    return times(meaning, a, b, "/", span)
