"""Functions of whole matrices: eigval(S, k), λ_max(S), ‖W‖_2, ‖W‖_*, expm(X), chol(K)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivations.atoms.of_matrices import OF_MATRICES, OfMatrix, applied, last, matrix_of, of_matrix
from derivations.formula import Apply, IndexExpr, IndexVal, Node, Num, SizeVal, Span, Tensor, reindex, walk
from derivations.notation.errors import ReadError
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Val, find, unify
from derivations.notation.read.surface import Applied, Subscript

Base = tuple[Subscript, ...] | None
LAST = "the last"
"""The number of the least eigenvalue, whatever the size."""

WORDS: Mapping[str, tuple[str, object]] = MappingProxyType({
    "eigval": ("eigval", None), "eigmax": ("eigval", 1), "eigmin": ("eigval", LAST), "eigproj": ("eigproj", None),
    "singval": ("singval", None), "singmax": ("singval", 1), "singdyad": ("singdyad", None),
    "nuclear": ("nuclear", None), "polar": ("polar", None), "expm": ("expm", None), "chol": ("chol", None),
})  # fmt: skip
"""Each word's function, and the number that it says itself."""


def of_value(meaning: Meaning, name: str, v: Val, number: object, span: Span) -> Val:
    """A function of a matrix that has been read."""
    row = OF_MATRICES[f"@{name}"]
    if len(v.sizes) != 2:
        raise meaning.shape_fault(name, [v], span, "a matrix was expected")
    if row.takes != "any" and not unify(v.sizes[0], v.sizes[1]):
        raise meaning.shape_fault(name, [v], span, "a square matrix was expected")
    meaning.of_matrices = True

    def at(*where: IndexExpr) -> Node:
        meaning.count()
        inner, outer = meaning.index("r", v.sizes[0]), meaning.index("c", v.sizes[1])
        matrix = Tensor((inner, outer), v.entry(inner, outer))
        made = applied(name, matrix, *(() if which is None else (which,)), *where)
        return Apply(made.fn, made.args, made.by, made.at, span)

    which: IndexExpr | None = last(find(v.sizes[0])) if number is LAST else number  # type: ignore
    return meaning.made(v.sizes, at, v) if row.matrix else Val(at())


def _read(word: str) -> Callable[[Meaning, Applied, Base], Val]:
    name, own = WORDS[word]

    def read(meaning: Meaning, t: Applied, base: Base) -> Val:
        row = OF_MATRICES[f"@{name}"]
        asked = row.numbered and own is None
        if len(t.args) not in ((1, 2) if asked else (1,)):
            taken = "a matrix and the number of a value" if asked else "one matrix"
            raise meaning.fail(f"{word} takes {taken}", t, f"{word}({'S, 1' if asked else 'S'})")
        number = own if not asked else 1 if len(t.args) == 1 else _number(meaning, t, row)
        return of_value(meaning, name, meaning.value(t.args[0]), number, (t.start, t.end))

    return read


def _number(meaning: Meaning, t: Applied, row: OfMatrix) -> IndexExpr:
    """Which value: the k of eigval(S, k), counted from the largest."""
    node = meaning.scalar(t.args[1], "the number of a value")
    match node:
        case Num(value) if value.denominator == 1 and value >= 1:
            return int(value)
        case IndexVal(at) if row.takes == "symmetric":
            return at
        case SizeVal(size) if row.takes == "symmetric":
            return last(size)
    shown = meaning.source((t.args[1].start, t.args[1].end))
    raise meaning.fail(f"{shown} is no number of a value", t.args[1], "1 for the largest, an index, or the size")


def refuse_unsymmetric(body: Node, names: object, text: str) -> None:
    """Refuse a function of a symmetric matrix of one that is not certainly symmetric. Raises `ReadError`."""
    from derivations.simplify.same import identity  # late: few texts hold a function of a symmetric matrix

    for node in walk(body):
        row = of_matrix(node)
        if row is None or row.takes not in ("symmetric", "definite"):
            continue
        assert isinstance(node, Apply)
        matrix = matrix_of(node)
        r, c = matrix.indices
        there, back = (reindex(matrix.body, to) for to in ({}, {r: c, c: r}))
        if identity(there, names) != identity(back, names):  # type: ignore[arg-type]
            span = node.span or (0, max(1, len(text)))
            raise ReadError(
                f"{row.name} is of a symmetric matrix, and this one is not certainly symmetric",
                span,
                "a name declared symmetric or posdef, X^T X, or (A + A^T)/2",
                text=text,
                tag="operation",
            )


SPECIAL: Mapping[str, Callable[[Meaning, Applied, Base], Val]] = {word: _read(word) for word in WORDS}
"""A row for each word."""
