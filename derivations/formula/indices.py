"""Index expressions, what stands below a name: indices, the entries of arrays of indices, sizes, and their sums.

    i    3    i+1    t-s    n    y_i    y_i-1

Each that is not an index or a number is an `Affine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from derivations.frozen import frozen

Size = int | str
"""A size: a positive integer, or the name of a symbolic one."""


class Index:
    """An index with the size of its range 1..size. Equal only to itself; the name is for display."""

    __slots__ = ("name", "size")

    def __init__(self, name: str, size: Size):
        self.name = name
        self.size = size

    def __repr__(self) -> str:
        return f"{self.name}:{self.size}"

    def fresh(self) -> Index:
        """Another index of the same name and size."""
        return Index(self.name, self.size)


@frozen
class Label:
    """An entry of an array of indices: the y_i of f_{i,y_i}, which runs over 1..size. A single label has no index."""

    name: str
    at: tuple[IndexExpr, ...]
    size: Size


IndexTerm = Index | Label | str
"""What an index expression is made of: indices, labels and the names of sizes."""


@frozen
class Affine:
    """An index expression Σ c·t + const over indices, labels and sizes: `i+1`, `t-s`, `n`, `y_i-1`."""

    terms: tuple[tuple[IndexTerm, int], ...]
    const: int = 0


IndexExpr = Index | int | Affine


def affine(parts: Iterable[tuple[IndexTerm, int]], const: int = 0) -> IndexExpr:
    """Σ c·t + const in its simplest form: an `Index`, an `int`, or an `Affine` with no zero coefficient."""
    total: dict[IndexTerm, int] = {}
    for term, coefficient in parts:
        total[term] = total.get(term, 0) + coefficient
    terms = tuple((t, c) for t, c in total.items() if c)
    if not terms:
        return const
    if const == 0 and len(terms) == 1 and terms[0][1] == 1 and isinstance(terms[0][0], Index):
        return terms[0][0]
    return Affine(terms, const)


def affine_terms(at: IndexExpr) -> tuple[tuple[tuple[IndexTerm, int], ...], int]:
    """The terms and the constant of any index expression."""
    if isinstance(at, Index):
        return ((at, 1),), 0
    if isinstance(at, int):
        return (), at
    return at.terms, at.const


def minus(one: IndexExpr, other: IndexExpr) -> IndexExpr:
    """One index expression less another: 1 of (t + 1) - t."""
    (terms, const), (theirs, less) = affine_terms(one), affine_terms(other)
    return affine([*terms, *((t, -c) for t, c in theirs)], const - less)


def shifted(at: IndexExpr, more: int) -> IndexExpr:
    """An index expression and a number."""
    terms, const = affine_terms(at)
    return affine(terms, const + more)


def label_alone(at: IndexExpr) -> Label | None:
    """The y_i that an index expression is, None where it is another one."""
    if isinstance(at, Affine) and at.const == 0 and len(at.terms) == 1 and at.terms[0][1] == 1:
        term = at.terms[0][0]
        return term if isinstance(term, Label) else None
    return None


def labels_in(at: IndexExpr) -> tuple[Label, ...]:
    """The labels of an index expression, those that choose the place of another one included."""
    if not isinstance(at, Affine):
        return ()
    own = [term for term, _ in at.terms if isinstance(term, Label)]
    return (*own, *(inner for label in own for place in label.at for inner in labels_in(place)))


def indices_in(at: IndexExpr) -> Iterator[Index]:
    """The indices that an index expression depends on, those of its labels included: i of y_i - 1."""
    for term, _ in affine_terms(at)[0]:
        if isinstance(term, Index):
            yield term
        elif isinstance(term, Label):
            for inner in term.at:
                yield from indices_in(inner)


def reindex_expr(at: IndexExpr, to: Mapping[Index, IndexExpr]) -> IndexExpr:
    """An index expression with indices replaced."""
    if isinstance(at, Index):
        return to.get(at, at)
    if isinstance(at, int):
        return at
    parts: list[tuple[IndexTerm, int]] = []
    const = at.const
    for term, coefficient in at.terms:
        target: IndexExpr | None = to.get(term, term) if isinstance(term, Index) else None
        if isinstance(term, Label):
            parts.append((Label(term.name, tuple(reindex_expr(a, to) for a in term.at), term.size), coefficient))
        elif target is None:
            parts.append((term, coefficient))
        else:
            inner, shift = affine_terms(target)
            parts.extend((t, c * coefficient) for t, c in inner)
            const += coefficient * shift
    return affine(parts, const)
