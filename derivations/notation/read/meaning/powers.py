"""Powers: of scalars, entry by entry, of square matrices."""

from __future__ import annotations

from derivations.formula import HALF, IndexVal, Node, Pow, SizeVal, Span, affine_terms, power, walk
from derivations.notation.errors import put
from derivations.notation.read.meaning.context import MAX_POWER, Meaning, is_norm
from derivations.notation.read.meaning.matrices import diagonal_of, inverse_of, with_diagonal_of
from derivations.notation.read.meaning.values import Val, Wild, find, identity, matmul, unify
from derivations.notation.read.surface import EntryPower, Power, Surface


def raised(meaning: Meaning, t: Power) -> Val:
    code = "**" in meaning.source((t.base.end, t.exponent.start))
    return power_of(meaning, t, t.base, t.exponent, code)


def raised_by_entries(meaning: Meaning, t: EntryPower) -> Val:
    r"""g^{\odot 2}: the power of every entry."""
    base, exponent = meaning.value(t.base), meaning.value(t.exponent)
    span = (t.start, t.end)
    if exponent.sizes:
        raise meaning.shape_fault("a power", [base, exponent], span, "a power is a scalar")
    return meaning.elementwise([base, exponent], lambda x, y: meaning.raise_to(x, y, span), "a power", span)


def power_of(meaning: Meaning, t: Surface, below: Surface, above: Surface, code: bool) -> Val:
    """below^above; `code` says whether it is spelled as in code: z**2, power(z, 2). That of a square matrix is so only
    where more is code."""
    base, exponent = meaning.value(below), meaning.value(above)
    span = (t.start, t.end)
    if (
        isinstance(base.node, Pow)
        and base.node.exponent is HALF
        and meaning.integer(exponent.node) == 2
        and is_norm(below)
    ):
        return Val(base.node.base)
    if exponent.sizes and not base.sizes:
        meaning.said_entrywise("exp", exponent, span)
        return meaning.elementwise([base, exponent], lambda x, y: meaning.raise_to(x, y, span), "a power", span)
    if not base.sizes:
        return Val(meaning.raise_to(base.node, exponent.node, span), numeral=base.numeral and exponent.numeral)  # type: ignore[arg-type]
    if exponent.sizes:
        raise meaning.shape_fault("a power", [base, exponent], span, "a power is a scalar")
    whole = meaning.integer(exponent.node)
    if not code and base.spread is not None and (whole is None or whole < 0):
        return diagonal_of(meaning, _of_entries(meaning, base.spread, exponent, span), span)
    if not code and base.diagonal is not None:
        made = with_diagonal_of(meaning, base, _of_entries(meaning, base, exponent, span), span)
        return made if whole is None or whole < 0 or made.diagonal is None else made.diagonal
    shown = meaning.source(base.span)
    no_index_above(meaning, base, exponent.node, t, above)
    if (code or meaning.entry_by_entry) and (len(base.sizes) == 1 or base.sizes[:1] != base.sizes[1:] or meaning.code):
        meaning.note(
            "elementwise-power",
            f"{meaning.source(span)} was read entry by entry{', as code has it' if code else ''}",
            t,
        )
        return meaning.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
    inside = below.start < above.start < below.end  # \tanh^2(v)
    if (inside or id(t) in meaning.of_entries) and base.sizes[:1] != base.sizes[1:]:
        why = "as its function is" if inside else "as the product beside it is"
        meaning.note("elementwise-power", f"{meaning.source(span)} was read entry by entry, {why}", t)
        return meaning.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
    if len(base.sizes) == 1 or (len(base.sizes) == 2 and 1 in map(find, base.sizes)):
        if whole is not None and whole >= 0:
            raise meaning.fail(
                f"{shown} is a vector: its power {whole} says nothing",
                t,
                f"{shown} ⊙ {shown}, or ‖{shown}‖²"
                if whole > 1
                else f"an entry {shown}_{whole}"
                if whole
                else "a vector of ones",
                "operation",
                readings=put(meaning.text, (t.start, t.end), f"({shown} ⊙ {shown})", f"‖{shown}‖^2")
                if whole == 2
                else (),
            )
        return meaning.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
    if len(base.sizes) != 2:
        raise meaning.shape_fault("a power", [base], span)
    square = find(base.sizes[0]) == find(base.sizes[1])
    if square and "**" in meaning.source((below.end, above.start)):
        entrywise = f"({shown} ⊙ {shown})" if whole == 2 else f"power({shown}, {meaning.source(exponent.span)})"
        if whole != 2:
            raise meaning.fail(
                f"{meaning.source(span)} is entry by entry in code, a power of the matrix on paper",
                t,
                f"{shown}^{meaning.source(exponent.span)} for the power of the matrix",
                "operation",
            )
        raise meaning.fail(
            f"{meaning.source(span)} reads two ways",
            t,
            "@ for the matrix product, ⊙ for the elementwise one",
            "ambiguous",
            readings=put(meaning.text, span, f"({shown} @ {shown})", entrywise),
        )
    if whole is None and square:
        raise meaning.fail(
            f"the power {meaning.source(exponent.span)} of a square matrix is not read",
            t,
            "a whole number, or the array by its entries",
            "operation",
        )
    if whole is None:
        meaning.note("elementwise-power", f"{meaning.source(span)} was read entry by entry", t)
        return meaning.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
    if not unify(base.sizes[0], base.sizes[1]):
        raise meaning.shape_fault("a matrix power", [base], span, "only a square matrix has powers")
    if abs(whole) > MAX_POWER:
        raise meaning.fail(
            f"the power {whole} of a matrix is beyond {MAX_POWER}", t, f"a power up to {MAX_POWER}", "limit"
        )
    if whole == 0:
        return meaning.made(base.sizes, identity)
    factor = base if whole > 0 else inverse_of(meaning, base, span)
    result = factor
    for _ in range(abs(whole) - 1):
        found = matmul(result, factor, meaning.index, lambda _, body: body)
        assert found is not None
        result = meaning.made(*found, result, factor)
    return result


def _of_entries(meaning: Meaning, base: Val, exponent: Val, span: Span) -> Val:
    """The entries of diag(v)^{1/2} = diag(v^{1/2})."""
    return meaning.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)


def no_index_above(meaning: Meaning, base: Val, exponent: Node | None, t: Surface, above: Surface) -> None:
    """Refuse h^{t-1} where h runs over t: a superscript is no subscript."""
    assert exponent is not None
    for node in walk(exponent):
        over = (
            [x if isinstance(x, str) else x.size for x, _ in affine_terms(node.at)[0]]
            if isinstance(node, IndexVal)
            else [node.size]
            if isinstance(node, SizeVal)
            else []
        )
        for size in map(find, over):
            if isinstance(size, Wild) or any(size == find(s) for s in base.sizes):
                shown, counted = meaning.source(base.span), meaning.source((above.start, above.end)).strip("{}")
                raise meaning.fail(
                    f"{meaning.source((t.start, t.end))} is no power: {counted} counts along an axis of {shown}",
                    t,
                    f"{shown}_{{{counted}}} for an entry",
                    "index",
                )
