"""From a tree to its program: an operation a node, shared parts once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from derivations.atoms import composed
from derivations.atoms.of_matrices import OF_MATRICES, matrix_of, of_matrix
from derivations.domains import Names
from derivations.evaluate.one_hot import opened
from derivations.evaluate.program import Axes, Contraction, Op, Unevaluable, is_integral, literal
from derivations.evaluate.unknown import of_one_number
from derivations.formula import (
    Add,
    Affine,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Deriv,
    Elem,
    Index,
    IndexExpr,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    Size,
    SizeVal,
    Tensor,
    affine_terms,
)
from derivations.recursion import Recursion

EXPAND_FROM_AXES = 3
"""A Σ over a sum of products is distributed when the sum would span this many axes: memory first, operations second."""


class Compiler:
    """The operations that trees become, shared between them."""

    def __init__(self, names: Names | None):
        self.names = names
        self.memo: dict[Any, int] = {}
        self.rank: dict[Index, int] = {}
        self.axes: list[Axes] = []
        self.ops: list[Op] = []
        self.template: list[float | None] = []
        self.constants: list[tuple[int, Fraction | str]] = []
        self.spans: list[tuple[Size, ...]] = []
        self.bare: list[bool] = []
        """Slots that hold a single number without a point axis."""

    # -------- slots

    def slot(self, axes: Axes, constant: float | None = None, bare: bool = False) -> int:
        self.axes.append(axes)
        self.template.append(constant)
        self.bare.append(bare or constant is not None)
        return len(self.axes) - 1

    def emit(self, kind: str, args: tuple[int, ...], extra: Any, axes: Axes) -> int:
        out = self.slot(
            axes, None, not axes and kind != "ELEM" and kind != "GATHER" and all(self.bare[s] for s in args)
        )
        self.ops.append((out, kind, args, extra, axes))
        if axes:
            self.spans.append(tuple(i.size for i in axes))
        return out

    def constant(self, value: Fraction | str) -> int:
        key = ("constant", value)
        if key not in self.memo:
            if isinstance(value, str):
                near = math.e if value == "e" else math.pi
            else:
                near = _float(value)
            self.memo[key] = made = self.slot((), near)
            self.constants.append((made, value))
        return self.memo[key]

    def sorted(self, axes: Iterable[Index]) -> Axes:
        rank = self.rank
        for axis in axes:
            if axis not in rank:
                rank[axis] = len(rank)
        return tuple(sorted(dict.fromkeys(axes), key=rank.__getitem__))

    def union(self, slots: Iterable[int]) -> Axes:
        found: Axes = ()
        mixed: list[Axes] = []
        for s in slots:
            axes = self.axes[s]
            if axes and axes != found:
                mixed.append(axes)
                found = axes
        if len(mixed) <= 1:
            return found
        return self.sorted([a for axes in mixed for a in axes])

    def lay(self, slot: int, union: Axes) -> tuple[slice | None, ...] | None:
        """The indexing that lays a value on a larger set of axes; None where it lies already."""
        axes = self.axes[slot]
        if axes == union or self.bare[slot]:
            return None
        return (_ALL, *(_ALL if a in axes else None for a in union))

    def aligned(self, slots: tuple[int, ...], union: Axes) -> tuple[int, ...]:
        if not union:
            return slots
        return tuple(self._view(s, union) for s in slots)

    def _view(self, slot: int, union: Axes) -> int:
        view = self.lay(slot, union)
        if view is None:
            return slot
        key = ("view", slot, union)
        made = self.memo.get(key)
        if made is None:
            made = self.slot(union)
            self.ops.append((made, "VIEW", (slot,), view, union))
            self.memo[key] = made
        return made

    def elementwise(self, kind: str, nodes: tuple[Node, ...], extra: Any = None) -> int:
        return self.pointwise(kind, tuple([self.node(n) for n in nodes]), extra)

    def pointwise(self, kind: str, slots: tuple[int, ...], extra: Any = None) -> int:
        union = self.union(slots)
        return self.emit(kind, self.aligned(slots, union), extra, union)

    # -------- nodes

    def node(self, node: Node) -> int:
        made = self.memo.get(node)
        if made is None:
            plain = opened(node, self.names)
            made = self.memo[node] = _COMPILE[type(node)](self, node) if plain is None else self.node(plain)
        return made

    def num(self, node: Num) -> int:
        return self.constant(node.value)

    def const(self, node: Const) -> int:
        return self.constant(node.name)

    def size_val(self, node: SizeVal) -> int:
        return self.emit("SIZE", (), node.size, ())

    def size_slot(self, size: Size) -> int:
        return self.constant(Fraction(size)) if isinstance(size, int) else self.node(SizeVal(size))

    def index_val(self, node: IndexVal) -> int:
        at = node.at
        if isinstance(at, int):
            return self.constant(Fraction(at))
        axes = self.sorted(_indices(at))
        return self.emit("INDEX", (), (at, axes), axes)

    def delta(self, node: Delta) -> int:
        axes = self.sorted((*_indices(node.left), *_indices(node.right)))
        return self.emit("DELTA", (), (node.left, node.right, axes), axes)

    def elem(self, node: Elem) -> int:
        name, at = node.name, node.at
        if not at:
            return self.emit("ELEM", (), (name, None, None), ())
        row = self.names.get(name) if self.names is not None else None
        declared = row.sizes if row is not None and row.role != "index" else None
        if declared is not None and len(declared) != len(at):
            raise Unevaluable(f"{name} has {len(declared)} axes, {len(at)} indices stand with it")
        indices = [a for a in at if isinstance(a, Index)]
        plain = len(set(indices)) == len(indices) and all(isinstance(a, (Index, int)) for a in at)
        if plain and declared is not None:
            plain = all(
                a.size == s if isinstance(a, Index) else isinstance(a, int) and isinstance(s, int) and 1 <= a <= s
                for a, s in zip(at, declared, strict=True)
            )
        if row is not None and row.recursion is not None and row.recursion.start and not plain:
            return self._from_start(node, row.recursion)
        axes = self.sorted([i for a in at for i in _indices(a)])
        if not plain:
            return self.emit("GATHER", (), (name, at, axes), axes)
        picks = (_ALL, *(a - 1 if isinstance(a, int) else _ALL for a in at)) if len(indices) != len(at) else None
        perm = (0, *(indices.index(a) + 1 for a in axes))
        return self.emit("ELEM", (), (name, picks, None if tuple(indices) == axes else perm, tuple(indices)), axes)

    def _from_start(self, node: Elem, r: Recursion) -> int:
        """An entry of a recursion, at an index that may lead before its first place: there it is the start."""
        at, place = node.at[r.over], r.place(node.at[r.over])
        start = Elem(r.start, r.rest(node.at))
        if place == 0:
            return self.node(start)
        axes = self.sorted([i for a in node.at for i in _indices(a)])
        inside = self.emit("GATHER", (), (node.name, node.at, axes), axes)
        first = Rel("==", IndexVal(at), IndexVal(r.before))
        return inside if place is not None else self.pointwise("CASES", (*map(self.node, (first, start)), inside))

    def add(self, node: Add) -> int:
        return self.elementwise("ADD", node.args)

    def mul(self, node: Mul) -> int:
        args = node.args
        if len(args) == 2 and isinstance(args[0], Num) and args[0].value == -1:
            return self.elementwise("NEG", args[1:])
        return self.elementwise("MUL", args)

    def pow(self, node: Pow) -> int:
        if isinstance(node.base, Const) and node.base.name == "e":
            return self.elementwise("exp", (node.exponent,))
        exponent = literal(node.exponent)
        if exponent is not None:
            base = literal(node.base)
            if base is not None and exponent == -1 and base != 0:
                return self.constant(1 / base)
            return self.elementwise("POWER", (node.base,), exponent)
        kind = "INTEGER_POWER" if is_integral(node.exponent, self.names) else "REAL_POWER"
        return self.elementwise(kind, (node.base, node.exponent))

    def call(self, node: Call) -> int:
        inner = composed(node)
        return self.elementwise(node.fn, node.args) if inner is None else self.node(inner)

    def apply(self, node: Apply) -> int:
        if of_matrix(node) is not None:
            return self.of_matrix(node)
        plain = of_one_number(node)
        return self.node(plain) if plain is not node else self.elementwise("APPLY", node.args, (node.fn, len(node.by)))

    def tensor(self, node: Tensor) -> int:
        raise Unevaluable("an array is no number")

    def rel(self, node: Rel) -> int:
        return self.elementwise("REL", (node.left, node.right), node.op)

    def logic(self, node: And | Or) -> int:
        return self.elementwise("AND" if isinstance(node, And) else "OR", node.args)

    def not_(self, node: Not) -> int:
        return self.elementwise("NOT", (node.arg,))

    def cases(self, node: Cases) -> int:
        parts = [p for branch in node.branches for p in branch]
        if node.otherwise is not None:
            parts.append(node.otherwise)
        return self.elementwise("CASES", tuple(parts))

    def bound(self, node: Bound) -> int:
        if node.op == "sum":
            return self.sum(node.indices, node.body)
        body = self.node(node.body)
        inside = tuple(i for i in node.indices if i in self.axes[body])
        outside = [i for i in node.indices if i not in inside]
        result = self.reduce(node.op, body, inside) if inside else body
        if outside and node.op in ("prod", "logsumexp"):
            count = [self.size_slot(i.size) for i in outside]
            times = count[0] if len(count) == 1 else self.pointwise("MUL", tuple(count))
            if node.op == "prod":
                result = self.pointwise("INTEGER_POWER", (result, times))
            else:
                result = self.pointwise("ADD", (result, self.pointwise("log", (times,))))
        return result

    def reduce(self, op: str, slot: int, inside: Axes) -> int:
        axes = self.axes[slot]
        positions = tuple(1 + k for k, a in enumerate(axes) if a in inside)
        return self.emit(op.upper(), (slot,), positions, tuple(a for a in axes if a not in inside))

    def sum(self, indices: Axes, body: Node) -> int:
        if isinstance(body, Add) and len({i for a in body.args for i in self._spanned(a)}) >= EXPAND_FROM_AXES:
            return self.pointwise("ADD", tuple([self.sum(indices, a) for a in body.args]))
        if isinstance(body, Bound) and body.op == "sum":
            return self.sum(indices + body.indices, body.body)
        factors = [self.node(f) for f in (body.args if isinstance(body, Mul) else (body,))]
        left = dict.fromkeys(indices)
        outer = [s for s in factors if not any(a in left for a in self.axes[s])]
        inner = [s for s in factors if any(a in left for a in self.axes[s])]
        spanned = {a for s in inner for a in self.axes[s]}
        for index in indices:
            if index not in spanned:
                outer.append(self.size_slot(index.size))
                del left[index]
        while left:
            group, gone, union = self._cheapest(left, inner)
            for index in gone:
                del left[index]
            made = self._contract(group, gone, union)
            inner = [s for s in inner if s not in group]
            (inner if any(a in left for a in self.axes[made]) else outer).append(made)
        return outer[0] if len(outer) == 1 else self.pointwise("MUL", tuple(outer))

    def _spanned(self, node: Node) -> Axes:
        return self.axes[self.node(node)]

    def _cheapest(self, left: Iterable[Index], inner: list[int]) -> tuple[list[int], Axes, Axes]:
        best: tuple[list[int], Axes, Axes] | None = None
        for index in left:
            group = [s for s in inner if index in self.axes[s]]
            union = self.union(group)
            if best is None or len(union) < len(best[2]):
                rest = {a for s in inner if s not in group for a in self.axes[s]}
                best = (group, tuple(i for i in union if i in left and i not in rest), union)
        assert best is not None
        return best

    def _contract(self, group: list[int], gone: Axes, union: Axes) -> int:
        keep = tuple(a for a in union if a not in gone)
        if len(group) == 1:
            return self.reduce("sum", group[0], gone)
        where = {a: 1 + k for k, a in enumerate(union)}
        plan = Contraction(
            tuple(self.lay(s, union) for s in group),
            tuple(where[a] for a in gone),
            union,
            tuple((0, *(where[a] for a in self.axes[s])) for s in group),
            (0, *(where[a] for a in keep)),
        )
        return self.emit("CONTRACT", tuple(group), plan, keep)

    def matrix(self, node: MatrixAtom) -> int:
        body = self.node(node.body)
        rest = tuple(a for a in self.axes[body] if a is not node.row and a is not node.col)
        square = (*rest, node.row, node.col)
        body = self._broadcast(body, square)
        if node.op == "inv":
            inverse = self.emit("INV", (body,), None, square)
            return self._entry(inverse, rest, node.at)
        return self.emit(node.op.upper(), (body,), None, rest)

    def of_matrix(self, node: Apply) -> int:
        """A function of a matrix as the array of all its values, and the entry of it that is asked."""
        row, matrix = OF_MATRICES[node.fn], matrix_of(node)
        body = self.node(matrix.body)
        rest = tuple(a for a in self.axes[body] if a not in matrix.indices)
        body = self._broadcast(body, (*rest, *matrix.indices))
        size = matrix.indices[0].size
        self.spans.append((size, size, size))  # what it takes, not what it gives
        number = (Index("k", matrix.indices[0].size),) if row.numbered else ()
        whole = self.emit("OF_MATRIX", (body,), node.fn, (*rest, *number, *(matrix.indices if row.matrix else ())))
        return self._entry(whole, rest, node.at) if node.at else whole

    def _broadcast(self, slot: int, order: Axes) -> int:
        """A value with exactly these axes in this order, each at full length."""
        axes = self.axes[slot]
        view = (_ALL, *(_ALL if a in axes else None for a in self.sorted(order)))
        ranked = self.sorted(order)
        perm = (0, *(ranked.index(a) + 1 for a in order))
        return self.emit(
            "SPREAD",
            (slot,),
            (None if len(axes) == len(order) else view, None if ranked == order else perm, order),
            order,
        )

    def _entry(self, inverse: int, rest: Axes, at: tuple[IndexExpr, ...]) -> int:
        if not at:
            raise Unevaluable("an inverse is asked without its entry")
        axes = self.sorted((*rest, *(i for a in at for i in _indices(a))))
        return self.emit("ENTRY", (inverse,), (rest, at, axes), axes)

    def deriv(self, node: Deriv) -> int:
        raise Unevaluable("a derivative is written but not carried out")


_ALL = slice(None)


_COMPILE: dict[type, Callable[[Compiler, Any], int]] = {
    Num: Compiler.num,
    Const: Compiler.const,
    SizeVal: Compiler.size_val,
    IndexVal: Compiler.index_val,
    Elem: Compiler.elem,
    Add: Compiler.add,
    Mul: Compiler.mul,
    Pow: Compiler.pow,
    Call: Compiler.call,
    Apply: Compiler.apply,
    Tensor: Compiler.tensor,
    Delta: Compiler.delta,
    Rel: Compiler.rel,
    And: Compiler.logic,
    Or: Compiler.logic,
    Not: Compiler.not_,
    Cases: Compiler.cases,
    Bound: Compiler.bound,
    MatrixAtom: Compiler.matrix,
    Deriv: Compiler.deriv,
}


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _indices(at: IndexExpr) -> tuple[Index, ...]:
    if isinstance(at, Index):
        return (at,)
    if isinstance(at, Affine):
        return tuple(t for t, _ in affine_terms(at)[0] if isinstance(t, Index))
    return ()
