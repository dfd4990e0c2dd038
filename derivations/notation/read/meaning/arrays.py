"""What only code has: lengths of axes, arrays of a given size, axes of length 1, the pseudoinverse. One row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivations.formula import (
    ONE,
    ZERO,
    Cases,
    Delta,
    IndexExpr,
    IndexVal,
    Node,
    Num,
    Rel,
    Size,
    SizeVal,
    affine_terms,
    mul,
)
from derivations.notation.read.meaning.algebra import product_of_code, turned_in_code
from derivations.notation.read.meaning.chosen import length
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.entries import check_axis
from derivations.notation.read.meaning.joint import columns_stacked, rows_joined
from derivations.notation.read.meaning.matrices import diagonal_of, inverse_of, transposed
from derivations.notation.read.meaning.values import ChosenSize, Val, Wild, find, identity, unify
from derivations.notation.read.surface import Group, Negative, Numeral, OfCode, Surface, Vector


def _array(meaning: Meaning, t: Surface) -> Val:
    """An argument; a vector that is transposed is itself in code."""
    v = meaning.value(t)
    if v.turned is not None:
        raise turned_in_code(meaning, v.turned, v.span)
    return v


def _known(meaning: Meaning, t: Surface) -> Val:
    """An argument all of whose sizes are known."""
    v = _array(meaning, t)
    if any(isinstance(find(s), Wild) for s in v.sizes):
        raise meaning.fail(f"the shape of {meaning.source(v.span)} cannot be told", t, "a name with axes", "index")
    return v


def axis_at(meaning: Meaning, t: Surface, rank: int, whole: OfCode) -> int:
    """An axis, counted from 0, or from the last where it is negative."""
    sign, plain = (-1, t.body) if isinstance(t, Negative) else (1, t)
    axis = sign * int(plain.value) if isinstance(plain, Numeral) and plain.value.denominator == 1 else rank
    if not -rank <= axis < rank:
        shown = meaning.source((whole.start, whole.end))
        raise meaning.fail(f"{shown}: there is no such axis", t, "an axis, counted from 0", "index")
    return axis % rank


def _length(meaning: Meaning, t: OfCode) -> Val:
    """X.shape[0], len(X): the size of an axis; X.size: the product of all."""
    v = _known(meaning, t.parts[0])
    if len(t.parts) == 1:
        return Val(mul(*(length(meaning, s) for s in v.sizes)))
    return Val(length(meaning, v.sizes[axis_at(meaning, t.parts[1], len(v.sizes), t)]))


def size_of(meaning: Meaning, t: Surface) -> Size:
    """An argument as a size: n, X.shape[0], 3."""
    while isinstance(t, Group):
        t = t.body
    match meaning.scalar(t, "a size"):
        case SizeVal(size):
            return size
        case Num(value) if value.denominator == 1 and value >= 1:
            return int(value)
    raise meaning.fail(
        f"{meaning.source((t.start, t.end))} is no size",
        t,
        "one of " + ", ".join(meaning.scope.sizes.values()) if meaning.scope.sizes else "a number",
        "unknown-name",
    )


def _eye(meaning: Meaning, t: OfCode) -> Val:
    """np.eye(n)"""
    size = size_of(meaning, t.parts[0])
    return meaning.made((size, size), identity)


def _counted(meaning: Meaning, t: OfCode) -> Val:
    """np.arange(n) is an index alone: as numbers it counts from 0, and from 1 as indices do."""
    shown = meaning.source((t.start, t.end))
    raise meaning.fail(f"{shown} is read as an index alone, as in f[{shown}, y]", t, "the sum over an index", "index")


def _one_hot(meaning: Meaning, t: OfCode) -> Val:
    """F.one_hot(y, K), onehot(y): a row for every label."""
    labels = meaning.value(t.parts[0])
    size = size_of(meaning, t.parts[1]) if len(t.parts) == 2 else _size_of_labels(meaning, labels, t)

    def at(*where: IndexExpr) -> Node:
        chosen = position(meaning, labels, where[:-1], t)
        check_axis(meaning, chosen, size, 2, t, "one_hot")
        return Delta(chosen, where[-1])

    return meaning.made((*labels.sizes, size), at, labels)


def _size_of_labels(meaning: Meaning, labels: Val, t: OfCode) -> Size:
    """What labels run over."""
    terms = affine_terms(position(meaning, labels, tuple(meaning.index("i", s) for s in labels.sizes), t))[0]
    size = find(terms[0][0].size) if len(terms) == 1 and not isinstance(terms[0][0], str) else Wild()
    if isinstance(size, (str, int)):
        return size
    raise meaning.fail("how many classes there are is not said", t, "one_hot(y, K)", "index")


def position(meaning: Meaning, v: Val, at: tuple[IndexExpr, ...], t: Surface) -> IndexExpr:
    """An entry of an array of indices as an index expression."""
    node = v.entry(*at)
    if not isinstance(node, IndexVal):
        raise meaning.fail(f"{meaning.source(v.span)} is no array of indices", t, "y: index[K] of [n]", "index")
    return node.at


def _filled(value: Node) -> Callable[[Meaning, OfCode], Val]:
    def rule(meaning: Meaning, t: OfCode) -> Val:
        """np.ones(n), np.zeros((n, d))"""
        shape = t.parts[0].body if isinstance(t.parts[0], Group) else t.parts[0]
        sides = shape.parts if isinstance(shape, Vector) else (shape,)
        sizes = tuple(size_of(meaning, side) for side in sides)
        meaning.kept |= 1 in sizes
        return meaning.made(sizes, lambda *_: value)

    return rule


def _filled_like(value: Node) -> Callable[[Meaning, OfCode], Val]:
    def rule(meaning: Meaning, t: OfCode) -> Val:
        """np.zeros_like(Z)"""
        v = _array(meaning, t.parts[0])
        return meaning.made(v.sizes, lambda *_: value) if v.sizes else Val(value)

    return rule


def _new_axis(meaning: Meaning, t: OfCode) -> Val:
    """z[:, None] is (n, 1), z[None, :] is (1, n)"""
    v = _array(meaning, t.parts[0])
    if len(v.sizes) != 1 or len(t.parts) == 3:
        raise meaning.fail(
            f"{meaning.source((t.start, t.end))}: an axis of length 1 is read beside one other",
            t,
            "z[:, None] or z[None, :] of a vector",
            "operation",
        )
    return kept_axis(meaning, v, axis_at(meaning, t.parts[1], 2, t))


def kept_axis(meaning: Meaning, v: Val, axis: int) -> Val:
    """A value with one more axis, of length 1."""
    meaning.kept = True
    sizes = (*v.sizes[:axis], 1, *v.sizes[axis:])

    def at(*where: IndexExpr) -> Node:
        return v.entry(*where[:axis], *where[axis + 1 :])

    return meaning.made(sizes, at, v)


def _swapped(meaning: Meaning, t: OfCode) -> Val:
    """A.transpose(0, 1), A.swapaxes(-2, -1): the transpose of a matrix."""
    v = _array(meaning, t.parts[0])
    shown = meaning.source((t.start, t.end))
    if len(v.sizes) != 2 or {axis_at(meaning, part, 2, t) for part in t.parts[1:]} != {0, 1}:
        raise meaning.fail(f"{shown} is read of a matrix and its two axes", t, "A.T", "operation")
    meaning.note("transpose", f"{shown} was read as the transpose of {meaning.source(v.span)}", t)
    return transposed(meaning, v, (t.start, t.end))


def _chosen(meaning: Meaning, t: OfCode) -> Val:
    """y[m < 1], x[m < 1]: the entries, or the rows, for which a condition holds."""
    v, mask = (_known(meaning, part) for part in t.parts)
    shown = meaning.source(mask.span)
    if not mask.sizes:  # one condition for all
        return meaning.elementwise([v, mask], lambda x, holds: mul(x, holds), "a product", (t.start, t.end))
    if not v.sizes or len(mask.sizes) != 1 or not unify(mask.sizes[0], v.sizes[0]):
        raise meaning.shape_fault("entries chosen by a condition", [v, mask], (t.start, t.end), "one for each row")

    def holds(at: IndexExpr) -> Node:
        found = mask.entry(at)
        return found.branches[0][0] if isinstance(found, Cases) else Rel("==", found, ONE)

    size = ChosenSize(v.sizes[0], holds, "".join(shown.split()))
    return meaning.made((size, *v.sizes[1:]), v.entry, v, mask)


def _pseudoinverse(meaning: Meaning, t: OfCode) -> Val:
    """pinv(A) of a square matrix is its inverse, where it has one; of another it is (AᵀA)⁻¹Aᵀ or Aᵀ(AAᵀ)⁻¹, by its
    rank."""
    return _inverse(meaning, t, "")


def _dagger(meaning: Meaning, t: OfCode) -> Val:
    r"""X^\dagger is pinv(X)."""
    v = _array(meaning, t.parts[0])
    if len(v.sizes) != 2:
        raise meaning.fail(
            f"{meaning.source((t.start, t.end))} is no power", span=(t.start, t.end), expected="a power, as in x^2"
        )
    return _inverse(meaning, t, "", _IN_FORMULAS)


def _least_squares(meaning: Meaning, t: OfCode) -> Val:
    """lstsq(A, b)[0] is pinv(A) @ b."""
    b = _array(meaning, t.parts[1])
    return product_of_code(meaning, _inverse(meaning, t, f" @ ({meaning.source(b.span)})"), b, (t.start, t.end))


_IN_CODE = ("({0}).T", "(np.linalg.inv({1} @ ({0})) @ {1}{2})", "({1} @ np.linalg.inv(({0}) @ {1}){2})")
_IN_FORMULAS = ("({0})^T", "({1} ({0}))^{{-1}} {1}{2}", "{1} (({0}) {1})^{{-1}}{2}")
"""The transpose of a matrix, and its pseudoinverse by columns and by rows that are independent."""


def _inverse(meaning: Meaning, t: OfCode, behind: str, written: tuple[str, str, str] = _IN_CODE) -> Val:
    """The inverse of a square matrix. Of another there are two formulas, each written out with what stands behind
    it."""
    span = (t.start, t.end)
    v = _array(meaning, t.parts[0])
    shown = meaning.source(v.span)
    if len(v.sizes) != 2:
        raise meaning.shape_fault("a pseudoinverse", [v], span, "a matrix was expected")
    if find(v.sizes[0]) != find(v.sizes[1]):
        turned = written[0].format(shown)
        raise meaning.two_ways(
            f"the pseudoinverse of {shown} is one of two formulas, by the rank of the matrix",
            span,
            "the formula itself",
            *(text.format(shown, turned, behind) for text in written[1:]),
            tag="by-rank",
        )
    meaning.note("pseudoinverse", f"{meaning.source(span)} was read as the inverse of {shown}, where it has one", t)
    return inverse_of(meaning, v, span)


def _diagonal(meaning: Meaning, t: OfCode) -> Val:
    """np.diagflat(v): the matrix with a vector, or a matrix of one column or row, on its diagonal."""
    v, span = _array(meaning, t.parts[0]), (t.start, t.end)
    if len(v.sizes) == 2 and 1 in map(find, v.sizes):
        v = rows_joined(meaning, v, span)
    if len(v.sizes) != 1:
        raise meaning.shape_fault("a diagonal", [v], span, "a vector was expected")
    return diagonal_of(meaning, v, span)


def _raveled(meaning: Meaning, t: OfCode) -> Val:
    """X.ravel(): row by row, vec(X^T). With order="F" column by column, vec(X)."""
    v = meaning.value(t.parts[0])
    shown, span = meaning.source((t.start, t.end)), (t.start, t.end)
    if len(t.parts) == 2:
        return columns_stacked(meaning, v, span)
    if len(v.sizes) == 2 and 1 not in map(find, v.sizes):
        meaning.note("ravel", f"{shown} was read row by row, as vec(({meaning.source(v.span)})^T)", t)
    return rows_joined(meaning, v, span)


Rule = Callable[[Meaning, OfCode], Val]

RULES: Mapping[str, tuple[int, int, Rule]] = MappingProxyType(
    {
        "length": (1, 2, _length),
        "eye": (1, 1, _eye),
        "arange": (1, 1, _counted),
        "one hot": (1, 2, _one_hot),
        "ones": (1, 1, _filled(ONE)),
        "zeros": (1, 1, _filled(ZERO)),
        "ones like": (1, 1, _filled_like(ONE)),
        "zeros like": (1, 1, _filled_like(ZERO)),
        "new axis": (2, 3, _new_axis),
        "diagonal": (1, 1, _diagonal),
        "ravel": (1, 2, _raveled),
        "swap axes": (3, 3, _swapped),
        "chosen": (2, 2, _chosen),
        "pseudoinverse": (1, 1, _pseudoinverse),
        "dagger": (1, 1, _dagger),
        "least squares": (2, 2, _least_squares),
    }
)
"""How many arguments it takes, from and to, and what it means."""
