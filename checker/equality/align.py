"""Shapes: the slots of two formulas put in correspondence, or the reason why they cannot be.

Free indices and axes count in order (free indices that run over different sizes in any), so that `p_i - y_i` answers
where `p - y` is asked, and the other way round; an index that one side does not use is there all the same (y_i is
compared with 0 for every i). (d) is (d, 1); (1, 1) is a scalar; a numeral fits every shape. Where a truth by cases
leaves points out (dy_i/dx_j where i ≠ j), nothing is asked there, and nothing is looked at.

An axis that runs over pairs, as that of vec(X), corresponds to one over the same pairs alone: it is no two axes, and
one over the pairs in another order has its entries at other places.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from derivations.formula import (
    ONE,
    ZERO,
    Bound,
    Cases,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Node,
    Rel,
    Size,
    free_indices,
    map_down,
    reindex,
    same_shape,
    show_shape,
    walk,
)
from derivations.frozen import frozen


@frozen
class Aligned:
    """Both formulas with their slots as axes, one to one; `names` of the slots for display."""

    student: Formula
    truth: Formula

    @property
    def slots(self) -> tuple[Index, ...]:
        return self.truth.axes


@frozen
class Misfit:
    """Shapes that do not correspond; `reordered` are the two formulas where they have as many entries along every axis,
    and an axis over pairs counts them in another order."""

    student: tuple[Size, ...]
    truth: tuple[Size, ...]
    reordered: tuple[Formula, Formula] | None = None

    @property
    def message(self) -> str:
        return f"the shape is {show_shape(self.student)}, where {show_shape(self.truth)} is asked"


def align(student: Formula, truth: Formula) -> Aligned | Misfit:
    """The two formulas over common slots. A free index of one side alone is matched with the axes of the other, in
    order."""
    return _align(*in_shape(student, truth))


def in_shape(student: Formula, truth: Formula) -> tuple[Formula, Formula]:
    """Both with u ⊗ v as the vector of its pairs where only so they correspond, or have as many entries."""
    read = [(student, truth)]
    read += [(student.kron, truth)] if student.kron is not None else []
    read += [(s, truth.kron) for s, _ in tuple(read)] if truth.kron is not None else []
    if len(read) == 1:
        return read[0]
    found = [_align(*pair) for pair in read]
    ranks = [0 if isinstance(f, Aligned) else 1 if f.reordered else 2 for f in found]
    return read[ranks.index(min(ranks))]


def _align(student: Formula, truth: Formula) -> Aligned | Misfit:
    shared = [i for i in truth.free if i in student.free]
    rest_s = [i for i in student.free if i not in shared]
    rest_t = [i for i in truth.free if i not in shared]
    axes_s, axes_t = _long(student.axes), _long(truth.axes)
    if student.joint or truth.joint:
        if _constant(student) or _constant(truth) or _pairs(student) == _pairs(truth):
            extra, tail = shared + rest_s + rest_t, (axes_s or axes_t, axes_t or axes_s)
            return _over(student, truth, extra + tail[0], extra + tail[1])
        misfit = tuple(tuple(i.size for i in rest) for rest in (rest_s, rest_t))
        longs = [[_length(group) for group in _pairs(f)] for f in (student, truth)]
        as_many = student.free == truth.free and longs[0] == longs[1]
        reordered = (student, truth) if as_many else None
        return Misfit(misfit[0] + student.shape, misfit[1] + truth.shape, reordered)
    if not axes_s and not rest_t and not student.ordered:
        rest_s = _in_order(rest_s, axes_t)
    if not axes_t and not rest_s:
        rest_t = _in_order(rest_t, axes_s)
    left, right = rest_s + axes_s, rest_t + axes_t
    if rest_s and axes_s and not rest_t:
        left = _in_order(left, right)
    if bool(rest_s) != bool(rest_t) and (axes_s or axes_t) and [i.size for i in left] == [i.size for i in right]:
        return _over(student, truth, shared + left, shared + right)
    if same_shape(student.shape, truth.shape) or _constant(student) or _constant(truth):
        extra = rest_s + rest_t
        tail = (axes_s, axes_t) if len(axes_s) == len(axes_t) else (axes_s or axes_t,) * 2
        return _over(student, truth, shared + extra + tail[0], shared + extra + tail[1])
    return Misfit(tuple(i.size for i in (*rest_s, *student.axes)), tuple(i.size for i in (*rest_t, *truth.axes)))


def _in_order(free: list[Index], axes: list[Index]) -> list[Index]:
    """Named indices in the order of the axes that they answer: an entry (k, j) of W: real[p,d], or its row for every k,
    is known by what its indices run over."""
    by_size = {i.size: i for i in free}
    if len(by_size) != len(free) or len(free) != len(axes) or {i.size for i in axes} != set(by_size):
        return free
    return [by_size[i.size] for i in axes]


def _long(axes: tuple[Index, ...]) -> list[Index]:
    return [i for i in axes if i.size != 1]


def _pairs(formula: Formula) -> list[tuple[Size, ...]]:
    """What each axis runs over; the last of one entry do not count: a matrix of one column is a vector."""
    sizes = [tuple(i.size for i in group if i.size != 1) for group in formula.groups]
    while sizes and not sizes[-1]:
        sizes.pop()
    return sizes


def _length(sizes: tuple[Size, ...]) -> tuple[int, list[str]]:
    """How many entries an axis over these has, whatever their order: a number, and sizes."""
    return prod(s for s in sizes if isinstance(s, int)), sorted(s for s in sizes if isinstance(s, str))


def _constant(formula: Formula) -> bool:
    """A numeral broadcasts over everything."""
    return (
        not formula.axes and not formula.free and not any(isinstance(n, (Elem, IndexVal)) for n in walk(formula.body))
    )


def _over(student: Formula, truth: Formula, left: list[Index], right: list[Index]) -> Aligned:
    mine, theirs = _at_one(student), _at_one(truth)
    body = _where_asked(mine, theirs, dict(zip(right, left, strict=True)))
    return Aligned(
        replace(student, body=body, axes=tuple(left), free=(), joint=(), kron=None),
        replace(truth, body=theirs, axes=tuple(right), free=(), joint=(), kron=None),
    )


def _at_one(formula: Formula) -> Node:
    """The body where every axis of size 1, which is no slot, stands at its one entry."""
    ones = {i: 1 for i in formula.axes if i.size == 1}
    return reindex(formula.body, ones) if ones and ones.keys() & free_indices(formula.body) else formula.body


def _where_asked(student: Node, truth: Node, slots: dict[Index, Index]) -> Node:
    """The student's formula, undefined where a truth by cases without an `otherwise` is."""
    if not isinstance(truth, Cases) or truth.otherwise is not None:
        return student
    asked = [reindex(condition, slots) for condition, _ in truth.branches]
    if isinstance(student, Cases) and student.otherwise is None and [c for c, _ in student.branches] == asked:
        return student
    return Cases(tuple((condition, _under(condition, student)) for condition in asked), None)


def _under(condition: Node, node: Node) -> Node:
    """A formula where a condition holds: δ_ij is 0 under i ≠ j, 1 under i = j."""
    match condition:
        case Rel("!=" | "==" as op, IndexVal(a), IndexVal(b)):
            return _with_delta(node, {a, b}, ZERO if op == "!=" else ONE)
        case _:
            return node


def _with_delta(node: Node, pair: set[IndexExpr], value: Node) -> Node:
    """δ of a pair of indices replaced by its value."""

    def by(part: Node) -> Node | None:
        if isinstance(part, Delta):
            return value if {part.left, part.right} == pair else part
        return part if isinstance(part, Bound) and pair & set(part.indices) else None

    return map_down(node, by)
