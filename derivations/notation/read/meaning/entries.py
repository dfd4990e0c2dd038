"""Names, numerals, entries x_i, rows of a matrix, explicit vectors and matrices, arrays given by their entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from derivations.domains import Declared
from derivations.formula import (
    ONE,
    SUBSCRIPT,
    Affine,
    Const,
    Elem,
    Index,
    IndexExpr,
    IndexTerm,
    IndexVal,
    Node,
    Num,
    ShapeError,
    SizeVal,
    Span,
    add,
    affine,
    affine_terms,
    label_alone,
    mul,
    read_size,
    size_sum,
)
from derivations.formula import Label as FormulaLabel
from derivations.notation.errors import ReadError
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.examples import one_of_rows
from derivations.notation.read.meaning.too_many_indices import too_many
from derivations.notation.read.meaning.values import (
    AnySize,
    Entry,
    JointSize,
    ShapeFault,
    Sizes,
    Val,
    Wild,
    find,
    identity,
    squeeze,
    unify,
)
from derivations.notation.read.surface import (
    Bars,
    Constant,
    Identity,
    Indexed,
    Label,
    Letter,
    Name,
    Numeral,
    Ones,
    SizeName,
    Subscript,
    Surface,
)


def numeral(meaning: Meaning, t: Numeral) -> Val:
    return Val(Num(t.value, (t.start, t.end)), numeral=True)


def constant(meaning: Meaning, t: Constant) -> Val:
    return Val(Const(t.name, (t.start, t.end)), numeral=True)


def size_name(meaning: Meaning, t: SizeName) -> Val:
    return Val(SizeVal(t.size, (t.start, t.end)))


def index_letter(meaning: Meaning, t: Letter) -> Val:
    found = meaning.index_of(t.letter)
    if found is None:
        raise meaning.unknown(t.letter, t)
    return Val(IndexVal(found, (t.start, t.end)))


def declared_name(meaning: Meaning, t: Name) -> Val:
    row = t.row
    span = (t.start, t.end)
    if row.role == "function":
        raise meaning.fail(f"{row.name} is a function and needs its argument", t, f"{row.name}(…)")
    if row.labels:
        return labels(meaning, row, span)
    if not row.sizes:
        return Val(Elem(row.name, (), span))
    if len(row.sizes) == 2 and meaning.text.startswith(r"\vec", t.start):
        raise meaning.fail(
            f"{meaning.source(span)}: an arrow stands over a vector, and {row.name} is a matrix",
            t,
            f"{row.name} for the matrix, vec({row.name}) for its columns one below the other",
        )
    return declared_tensor(meaning, row.name, row.sizes, span)


def labels(meaning: Meaning, row: Declared, span: Span) -> Val:
    """An array of indices as a value: its entries are whole numbers."""
    if not row.sizes:
        return Val(IndexVal(label(meaning, row), span))
    return meaning.made(row.sizes, lambda *at: IndexVal(label(meaning, row, *at), span))


def label(meaning: Meaning, row: Declared, *at: IndexExpr) -> IndexExpr:
    """An entry of an array of indices as an index expression."""
    return affine([(FormulaLabel(row.name, at, meaning.scope.labels[row.name]), 1)])


def declared_tensor(meaning: Meaning, name: str, sizes: Sizes, span: Span, head: tuple[IndexExpr, ...] = ()) -> Val:
    """A declared tensor, its first axes fixed: axes of size 1 take the index 1; a matrix with one column is a
    vector."""

    def at(*indices: IndexExpr) -> Node:
        meaning.count()
        return Elem(name, head + indices, span)

    if meaning.code:  # where an axis of length 1 is an axis
        return meaning.made(sizes, at)
    if all(s == 1 for s in sizes):
        return Val(at(*(1 for _ in sizes)))
    sizes, entry = squeeze(sizes, at)
    return meaning.made(sizes, entry)


def identity_matrix(meaning: Meaning, t: Identity) -> Val:
    size = t.size if t.size is not None else Wild()
    return meaning.made((size, size), identity)


def vector_of_ones(meaning: Meaning, t: Ones) -> Val:
    return meaning.made((t.size if t.size is not None else Wild(),), lambda i: ONE)


def entries(meaning: Meaning, t: Indexed) -> Val:
    """Entries x_i, X_ij; fewer subscripts than axes give a row as a vector."""
    base, items = t.base, t.items
    if isinstance(base, Name):
        row = base.row
        if not row.sizes:
            raise meaning.fail(
                f"{row.name} is a scalar: it takes no index",
                t,
                "a name with axes",
                "index",
                span=(items[0].start, items[-1].end),
            )
        row = one_of_rows(meaning, row, t) or row
        where = index_expressions(meaning, items, len(row.sizes), t, row.name)
        span = (t.start, t.end)

        def entry(*at: IndexExpr) -> Node:
            return IndexVal(label(meaning, row, *at), span) if row.labels else Elem(row.name, at, span)

        made = entry_of(meaning, where, row.sizes, entry, t, row.name)
        made.row = len(where) == 2 and where[0] is not None and where[1] is None and not meaning.code
        return made
    found = meaning.value(base)
    shown = meaning.source((base.start, base.end))
    if not found.sizes:
        raise meaning.fail(f"{shown} is a scalar: it takes no index", t, "", "index")
    if isinstance(base, Bars) and items[0].kind == "num":
        raise meaning.fail(
            f"{meaning.source((t.start, t.end))} is no norm: one bar is the absolute value of every entry",
            t,
            "‖…‖_1 for the norm, |x_1| for an entry",
            "index",
        )
    where = index_expressions(meaning, items, len(found.sizes), t, shown)
    return entry_of(meaning, where, found.sizes, found.entry, t, shown, found)


def entry_of(
    meaning: Meaning,
    where: list[IndexExpr | None],
    sizes: Sizes,
    entry: Entry,
    t: Surface,
    shown: str,
    of: Val | None = None,
) -> Val:
    left: list[AnySize] = []
    for axis, (index, size) in enumerate(zip(where, sizes, strict=False), 1):
        if index is None:
            left.append(size)
            continue
        check_axis(meaning, index, size, axis, t, shown)
    left += sizes[len(where) :]
    if not left:
        meaning.count()
        return Val(entry(*where))
    fixed = list(where) + [None] * (len(sizes) - len(where))

    def at(*indices: IndexExpr) -> Node:
        meaning.count()
        given = iter(indices)
        return entry(*(next(given) if f is None else f for f in fixed))

    if all(s == 1 for s in left):
        return Val(at(*(1 for _ in left)))
    shape, inner = squeeze(tuple(left), at)
    return meaning.made(shape, inner, *([] if of is None else [of]))


def check_axis(meaning: Meaning, index: IndexExpr, size: AnySize, axis: int, t: Surface, shown: str) -> None:
    """An index fits its axis: the same size; a literal within it."""
    size = find(size)
    if isinstance(size, JointSize):
        raise meaning.fail(
            f"{shown} runs over pairs of indices along axis {axis} ({size}): it has no entry by one",
            t,
            "an entry of what stands in it, as X_{ij} for one of vec(X)",
            "index",
        )
    runs = index if isinstance(index, Index) else label_alone(index)
    if runs is not None:
        before = find(runs.size)
        if not unify(runs.size, size):
            raise ShapeFault(
                ShapeError(
                    f"{SUBSCRIPT}{runs.name} of {shown}",
                    (runs.name, f"axis {axis} of {shown}"),
                    ((before,), (size,)),  # type: ignore
                    (t.start, t.end),
                    f"{runs.name} runs over 1..{before}",
                )
            )
    elif isinstance(index, int):
        if isinstance(size, int) and index > size:
            raise meaning.fail(
                f"{shown} has {size} entries along axis {axis}; there is no entry {index}",
                t,
                f"an index from 1 to {size}",
                "index",
            )
    elif isinstance(index, Affine):
        for term, _ in index.terms:
            if isinstance(term, Index) and isinstance(find(term.size), Wild):
                meaning.hints.append((term, left_for(index, term, size)))


def left_for(index: Affine, term: Index, size: AnySize) -> AnySize:
    """How far one of several indices runs: the r of x_{i+r-1} over 1..k where i runs over 1..n and x has n+k-1 entries;
    the whole axis where that is no size."""
    others = [(t, c) for t, c in index.terms if t is not term]
    sizes = [find(t.size) if isinstance(t, Index) else None for t, _ in others]
    factor = dict(index.terms)[term]
    if factor != 1 or not others or not all(isinstance(s, int | str) for s in (size, *sizes)):
        return size
    if any(c < 0 for _, c in others):
        return size
    taken = [(other, -c) for (_, c), other in zip(others, sizes, strict=True)]
    try:
        return read_size(str(size_sum([(size, 1), *taken], -index.const)))  # type: ignore[list-item]
    except ValueError:
        return size


def index_expressions(
    meaning: Meaning, items: Sequence[Subscript], axes: int, t: Surface, shown: str
) -> list[IndexExpr | None]:
    """Subscripts as index expressions; None is a slice. Digits in a run are one number, or one a place where that
    fits."""
    flat: list[Subscript] = []
    for item in _multiplied(meaning, items) if len(items) > axes else items:
        if item.kind == "word" and item.text not in meaning.env:
            letters = meaning.scope.letters(item.text, meaning.letters)
            step = 1 if len(letters) > 1 else 0
            flat += [
                Subscript("word", item.start + k * step, item.start + k + 1 if step else item.end, letter)
                for k, letter in enumerate(letters)
            ]
        else:
            flat.append(item)
    if len(flat) < axes and any(item.kind == "num" and len(item.text) > 1 for item in flat):
        digits = [
            i for item in flat for i in ([replace(item, text=c) for c in item.text] if item.kind == "num" else [item])
        ]
        if len(digits) == axes:
            flat = digits
    if len(flat) > axes:
        raise too_many(meaning, items, flat[axes], axes, t, shown)
    out: list[IndexExpr | None] = []
    for item in flat:
        kind, start, end = item.kind, item.start, item.end
        if kind == "slice":
            out.append(None)
        elif kind == "num":
            value = int(item.text)
            if value == 0:
                raise meaning.fail("indices count from 1", t, "1 for the first entry", "index", span=(start, end))
            out.append(value)
        elif kind == "word":
            out.append(index_term(meaning, item.text, t, (start, end)))
        elif kind == "affine":
            made = combined(meaning, item, t)
            if item.const <= 0 and item.terms and all(c < 0 for _, c in item.terms):
                raise meaning.fail(
                    f"the subscript {meaning.text[start:end]} stands for all entries but one, which is not read",
                    t,
                    "an index, or a sum over j ≠ i",
                    "index",
                    span=(start, end),
                )
            if isinstance(made, int) and made < 1:
                raise meaning.fail("indices count from 1", t, "1 for the first entry", "index", span=(start, end))
            out.append(made)
        else:
            raise meaning.fail(f"{meaning.text[start:end]} is no index", t, "an index", "index", span=(start, end))
    return out


_FACTOR = re.compile(r"(?:\A|(?P<sign>[+-]))\s*(?P<count>\d+)\s*\Z")


def _multiplied(meaning: Meaning, items: Sequence[Subscript]) -> list[Subscript]:
    """2i and 2i+k-1 as one subscript each, where a number right before a letter would be an index too many."""
    out: list[Subscript] = []
    for item in items:
        last = out[-1] if out else None
        terms: tuple[tuple[str | Surface, int], ...] = ((item.text, 1),) if item.kind == "word" else item.terms
        single = (
            item.kind in ("word", "affine")
            and bool(terms)
            and (not isinstance(terms[0][0], str) or len(meaning.scope.letters(terms[0][0], meaning.letters)) == 1)
        )
        before = meaning.text[last.start : last.end] if last is not None and last.kind in ("num", "affine") else ""
        factor = _FACTOR.search(before)
        if last is None or factor is None or not single or meaning.text[last.end : item.start].strip():
            out.append(item)
            continue
        count = int(factor["count"]) * (-1 if factor["sign"] == "-" else 1)
        rest = 0 if last.kind == "num" else last.const - count
        first, c = terms[0]
        summed = (*last.terms, (first, c + count - 1), *terms[1:])
        out[-1] = Subscript("affine", last.start, item.end, "", summed, rest + item.const)
    return out


def combined(meaning: Meaning, item: Subscript, t: Surface) -> IndexExpr:
    """Σ c·t + const of a subscript."""
    parts: list[tuple[IndexTerm, int]] = []
    const = item.const
    for term, c in item.terms:
        if isinstance(term, str):
            inner, more = affine_terms(index_term(meaning, term, t, item.span))
        else:
            found = meaning.value(term)
            if not isinstance(found.node, IndexVal):
                raise which_entry(meaning, term, item.span)
            inner, more = affine_terms(found.node.at)
        parts += [(x, c * k) for x, k in inner]
        const += c * more
    return affine(parts, const)


def which_entry(meaning: Meaning, t: Surface, span: Span) -> ReadError:
    """An array of indices stands for an index."""
    name = meaning.text[span[0] : span[1]]
    return meaning.fail(
        f"{name} is an array of indices: which entry of it is meant?",
        t,
        f"{name}_i, with its index",
        "index",
        span=span,
    )


def affine_term(meaning: Meaning, letter: str, t: Surface, span: Span) -> IndexTerm:
    found = meaning.index_of(letter)
    if found is not None:
        return found
    row = meaning.scope.rows.get(letter)
    if row is not None and row.labels:
        if row.sizes:
            raise which_entry(meaning, t, span)
        return FormulaLabel(row.name, (), meaning.scope.labels[row.name])
    size = meaning.scope.sizes.get(letter)
    if size is not None:
        return size
    known = [*meaning.env, *meaning.scope.indices]
    raise meaning.fail(
        f"{letter[:20]} is no index here",
        t,
        "an index: " + ", ".join(known) if known else "a declared index, or the index of a sum",
        "index",
        span=span,
    )


def index_term(meaning: Meaning, letter: str, t: Surface, span: Span) -> IndexExpr:
    found = affine_term(meaning, letter, t, span)
    return affine([(found, 1)])


def labelled(meaning: Meaning, t: Label) -> Val:
    """A superscript in brackets on something that is no tensor by name: a power of a scalar, an entry of a
    tensor."""
    items = t.items
    base = meaning.value(t.base)
    if base.sizes:
        where = index_expressions(meaning, items, len(base.sizes), t, meaning.source(base.span))
        return entry_of(meaning, where, base.sizes, base.entry, t, meaning.source(base.span), base)
    kind, start, end = items[0].kind, items[0].start, items[0].end
    if isinstance(t.base, Name):
        raise meaning.fail(
            f"{meaning.source((t.start, t.end))} is a label, and {meaning.source(base.span)} is declared without",
            t,
            f"{meaning.source(base.span)}^{meaning.source((start, end))} for the power",
            "index",
        )
    meaning.note("label-power", f"{meaning.text[t.start : t.end]} was read as a power", t)
    if kind == "num":
        exponent: Node = Num(Fraction(int(items[0].text)), (start, end))
    elif kind == "word":
        exponent = meaning.letter_or_name(items[0].text, t)
    else:
        exponent = add(
            *(mul(Num(Fraction(c)), meaning.letter_or_name(x, t)) for x, c in items[0].terms if isinstance(x, str)),
            Num(Fraction(items[0].const)),
        )
    assert base.node is not None
    return Val(meaning.raise_to(base.node, exponent, (t.start, t.end)))
