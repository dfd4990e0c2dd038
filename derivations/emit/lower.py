"""From index form to arrays: one method a node type.

A node of the model is lowered once, at the axes of its definition, and every element of it refers to that array; so
common work is shared without searching for it. Sums of products go to `contract`; δ under a sum is sifted, elsewhere it
becomes an addition on a diagonal. Sums are `sums`.

Longer than other modules: each node has its method here, and they call one another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from derivations.atoms.of_matrices import OF_MATRICES, matrix_of
from derivations.definite import definite
from derivations.domains import Names
from derivations.emit import picks, windows
from derivations.emit.assemble import assemble, minus, nested, plus, unsigned
from derivations.emit.axes import Named, as_float, distinct, entrywise, length, literal, permuted, reduced, spread
from derivations.emit.contract import Search
from derivations.emit.program import (
    AddDiagonal,
    Array,
    CannotEmit,
    Constant,
    Counter,
    Entry,
    Gather,
    Input,
    Literal,
    Loop,
    Matrix,
    Softmax,
    Spread,
    Window,
    Zeros,
    size_gap,
    size_plus,
)
from derivations.emit.recurrence import Step, loops
from derivations.emit.sliding import slid
from derivations.emit.stable import stable
from derivations.emit.stable.branches import guarded, opposite
from derivations.emit.stable.shares import softmax_parts
from derivations.emit.sums import Order, stacked, sum_over
from derivations.emit.trees import (
    diagonal_term,
    open_deltas,
    sign_of,
    up_to_indices,
    variances,
    without_sign,
)
from derivations.formula import (
    ONE,
    ZERO,
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
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Label,
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
    add,
    affine_terms,
    free_indices,
    indices_in,
    labels_in,
    mul,
    power,
    reindex,
    shifted,
    walk,
    written_size,
)
from derivations.work import tried

COMPARISONS: Mapping[str, str] = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


Value = TypeVar("Value")


def _of_axis(size: Size, at: IndexExpr) -> int | tuple[Index, int] | None:
    """A position from the end of an axis, 0 for the last; or an index with where its range begins on a longer axis."""
    terms, const = affine_terms(at)
    if isinstance(at, int) or (isinstance(at, Index) and at.size == size):
        return None
    if len(terms) == 1 and isinstance(index := terms[0][0], Index) and terms[0][1] == 1 and const >= 0:
        left = size_gap(size, size_plus(index.size, const))
        return (index, const) if left is not None and left >= 0 else None
    if all(isinstance(t, str) for t, _ in terms):
        gap = size_gap(written_size([(str(t), c) for t, c in terms], const), size)
        return gap if gap is not None and gap <= 0 else None
    return None


class Lowering:
    """Lowers the formulas of one emitted function; remembers the arrays of nodes and which sizes must not be 0."""

    def __init__(self, names: Names, apart: frozenset[object] = frozenset(), *, search: bool = True):
        self.names = names
        self.search = Search(search)
        self._apart = apart
        self.nodes: dict[str, Named] = {}
        self.nonzero: dict[str, str] = {}
        """Sizes that must be at least 1, with the reason."""
        self.definite: set[Array] = set()
        """Matrices that are certainly positive definite."""
        self._variances: set[str] = set()
        """Names that stand with an exponent ±1 and with -2, as in (n v - Σ x²)/(2v²): 1e-300 is no rare value for them,
        its square is 0."""
        self._seen: dict[object, tuple[Array, tuple[int, ...]]] = {}
        self._definitions: dict[object, tuple[str, Order, Order]] | None = None
        self._loops: dict[str, Loop] = {}
        self._step: Step | None = None
        """Where the tree of a recursion's step stands that is being lowered; what was met outside waits meanwhile."""
        self._seen_outside = self._seen
        self._shown: tuple[Node, ...] = ()
        """The conditions of the choices within which a tree is lowered."""

    def formula(self, f: Formula) -> Named:
        """A formula as an array with its free indices, then its axes."""
        if f.shape_error is not None:
            raise CannotEmit(f.shape_error.message)
        if f.joint:
            raise CannotEmit("an axis that runs over pairs of indices is no array here: emit the matrix, and ravel it")
        order = tuple(i for i in f.free + f.axes if i.size != 1 or i in free_indices(f.body))
        body = stable(f.body, self.names)
        self._variances |= variances(body)
        value = as_float(self.lower(body, order))
        if value.static and not (f.free + f.axes):
            return Named(Spread(value.array, (), ()))
        return spread(value, f.free + f.axes)

    # ------------------------------------------------------------ dispatch

    def lower(self, node: Node, order: Order) -> Named:
        """A tree as an array over its free indices. A tree that was met before, at whatever indices, is the array it
        was then."""
        if not isinstance(node, (Bound, Add, Call)):
            return self._lower(node, order)
        free, key = up_to_indices(node)
        if key not in self._seen:
            if key in self._known():  # laid out as the node is declared
                _, indices, declared = self._known()[key]
                order = tuple(dict.fromkeys((*(free[indices.index(i)] for i in declared if i in indices), *order)))
            made = self._alone(lambda: self._lower(node, order)) if key in self._known() else self._lower(node, order)
            if not set(made.axes) <= set(free):
                return made
            places = tuple(free.index(i) for i in made.axes)
            self._seen[key] = (made.array, places)
            if key in self._known():
                name, indices, _ = self._known()[key]
                self.nodes.setdefault(name, Named(made.array, tuple(indices[k] for k in places)))
        array, axes = self._seen[key]
        return Named(array, tuple(free[k] for k in axes))

    def _known(self) -> dict[object, tuple[str, Order, Order]]:
        """The names of nodes and adjoints by what defines them, with the indices of the definition in order of
        appearance and as declared."""
        if self._step is not None:
            return {}
        if self._definitions is None:
            self._definitions = {}
            for row in self.names.values():
                if row.definition is not None and isinstance(row.definition.body, (Bound, Add, Call)):
                    order, key = up_to_indices(stable(row.definition.body, self.names))
                    self._definitions.setdefault(key, (row.name, order, row.definition.free + row.definition.axes))
        return self._definitions

    def _lower(self, node: Node, order: Order) -> Named:
        match node:
            case Num(value):
                return literal(value)
            case Const(name):
                return Named(Constant(name))
            case SizeVal(size):
                return length(size)
            case IndexVal(at):
                return self._index_value(at, order)
            case Elem():
                label = picks.shared(node.at)
                if label is not None:
                    return picks.chosen(self, node, label, self._labelled(label), order)
                return self._element(node)
            case Add():
                return self._add(node, order)
            case Mul():
                return self._mul(node, order)
            case Pow():
                return self._pow(node, order)
            case Call():
                return self._call(node, order)
            case Delta():
                return self._delta(node, order)
            case Cases():
                return self._cases(node, order)
            case Rel() | And() | Or() | Not():
                return self._condition(node, order)
            case Bound():
                return self._bound(node, order)
            case MatrixAtom():
                return self._matrix(node, order)
            case Apply(fn) if fn in OF_MATRICES:
                return self._of_matrix(node, order)
            case Apply(fn):
                raise CannotEmit(f"{fn} is an unknown function; NumPy code needs its definition")
            case Deriv():
                raise CannotEmit("a derivative that was not carried out has no NumPy form")
            case _:
                raise CannotEmit(f"{type(node).__name__} has no NumPy form")

    # ------------------------------------------------------------ leaves

    def _element(self, node: Elem) -> Named:
        if self._step is not None and (found := self._step.element(self, node)) is not None:
            return found
        return self.placed(*self.located(node))

    def located(self, node: Elem) -> tuple[Array, list[IndexExpr]]:
        """The array that a name is outside of every loop, and the element's place on each axis of it."""
        name, row = node.name, self.names.get(node.name)
        if row is None:
            raise CannotEmit(f"{name} is not declared")
        if row.recursion is not None:
            if name not in self._loops:
                self._loops |= self._outside(lambda: loops(self, name))
            loop = self._loops[name]
            self.nodes.setdefault(name, Named(loop))
            over = loop.member.axis
            return loop, [*node.at[:over], shifted(node.at[over], loop.begins), *node.at[over + 1 :]]
        if row.definition is None:
            return Input(name, row.sizes), list(node.at)
        definition = row.definition
        base = self._outside(lambda: self._node(name, definition))
        where = dict(zip(definition.free + definition.axes, node.at, strict=True))
        return base.array, [where[i] for i in base.axes]

    def _outside(self, made: Callable[[], Value]) -> Value:
        """What is made outside of the step that is being lowered."""
        if self._step is None:
            return self._alone(made)
        kept = self._step, self._seen
        self._step, self._seen = None, self._seen_outside
        try:
            return self._alone(made)
        finally:
            self._seen_outside = self._seen
            self._step, self._seen = kept

    def in_step(self, node: Node, order: Order, step: Step) -> Named:
        """A tree of a recursion's step."""
        self._step, self._seen_outside, self._seen = step, self._seen, {}
        try:
            return self.lower(stable(node, self.names), order)
        finally:
            self._step, self._seen = None, self._seen_outside

    def placed(self, array: Array, at: list[IndexExpr]) -> Named:
        """An array with an index expression at each axis."""
        for k, expression in enumerate(at):
            if (found := _of_axis(array.shape[k], expression)) is not None:
                if isinstance(found, int):
                    return self.placed(Entry(array, k, found), at[:k] + at[k + 1 :])
                index, start = found
                return self.placed(Window(array, k, start, index.size), [*at[:k], index, *at[k + 1 :]])
        for k, expression in enumerate(at):
            if isinstance(expression, int):
                size = array.shape[k]
                if isinstance(size, int) and not 1 <= expression <= size:
                    raise CannotEmit(f"position {expression} lies outside 1..{size}")
                return self.placed(Entry(array, k, expression), at[:k] + at[k + 1 :])
        if (window := slid(array, at)) is not None:
            return self.placed(*window)
        for k, expression in enumerate(at):
            if isinstance(expression, Affine):
                position = self._harmless(self._index_value(expression, (), "int"), expression)
                return self.placed(Gather(array, k, position.array), [*position.axes, *at[:k], *at[k + 1 :]])
        return distinct(Named(array, tuple(at)))  # type: ignore[arg-type]

    def _harmless(self, position: Named, at: IndexExpr) -> Named:
        """A position within a choice, 1 where the choice shows nothing of it: an entry beside the axis is nan, and what
        autodiff makes of one that is not shown is nan too."""
        places = [c for c in self._shown if not any(isinstance(part, Elem) for part in walk(c))]
        known = [c for c in places if free_indices(c) <= {*indices_in(at)}]
        if not known or position.static:
            return position
        condition = self._condition(known[0] if len(known) == 1 else And(tuple(known)), position.axes)
        return entrywise("where", (condition, position, literal(1)), position.axes, "int")

    def _alone(self, made: Callable[[], Value]) -> Value:
        """What is made for everybody who uses it, within no choice."""
        kept, self._shown = self._shown, ()
        try:
            return made()
        finally:
            self._shown = kept

    def _under(self, condition: Node, made: Callable[[], Value]) -> Value:
        """What is made for a choice that shows it where a condition holds; what is met there stays there."""
        kept = self._shown, self._seen
        each = condition.args if isinstance(condition, And) else (condition,)
        self._shown, self._seen = (*self._shown, *each), dict(self._seen)
        try:
            return made()
        finally:
            self._shown, self._seen = kept

    def _node(self, name: str, definition: Formula) -> Named:
        if name not in self.nodes:
            order = definition.free + definition.axes
            self.nodes[name] = as_float(self.lower(stable(definition.body, self.names), order))
        return self.nodes[name]

    def _index_value(self, at: IndexExpr, order: Order, kind: str = "float") -> Named:
        if self._step is not None and (place := self._step.place(at)) is not None:
            return place
        terms, const = affine_terms(at)
        parts: list[Named] = []
        for term, c in terms:
            if isinstance(term, Label):
                one = picks.argument(self, term, self._labelled(term), kind)
            else:
                one = Named(Counter(term.size, kind), (term,)) if isinstance(term, Index) else length(term)
            parts.append(
                one
                if c == 1
                else entrywise("multiply", (literal(c), one), order, "float" if kind == "float" or one.static else kind)
            )
        if const or not parts:
            parts.append(literal(const))
        result = parts[0]
        for p in parts[1:]:
            result = entrywise(
                "add", (result, p), order, "int" if "int" in (result.array.kind, p.array.kind) else "float"
            )
        return result

    def _labelled(self, label: Label) -> tuple[Size, ...]:
        """The sizes of an array of indices as an argument."""
        if label.name not in self.names:
            raise CannotEmit(f"{label.name} is not declared")
        return self.names[label.name].sizes[:-1]

    def _delta(self, node: Delta, order: Order) -> Named:
        if (pair := picks.alone(node)) is not None:
            return picks.one_hot(self, pair[0], self._labelled(pair[0]), pair[1], order)
        return entrywise(
            "equal", (self._index_value(node.left, order), self._index_value(node.right, order)), order, "bool"
        )

    # ------------------------------------------------------------ arithmetic

    def _add(self, node: Add, order: Order) -> Named:
        for k, term in enumerate(node.args):
            if (pair := diagonal_term(term)) is not None:
                rest = add(*(t for m, t in enumerate(node.args) if m != k))
                return self._add_diagonal(self.lower(rest, order), *pair, order)
        signed = [(without_sign(t), sign_of(t)) for t in node.args]
        terms = [unsigned(as_float(self.lower(t, order)), s) for t, s in signed]
        terms = [p for p in terms if p[0].array != Literal(Fraction(0))] or terms[:1]
        statics = [(t, s) for t, s in terms if t.static]
        groups: dict[frozenset[Index], tuple[Named, int]] = {}
        for t, s in [*(p for p in terms if not p[0].static), *statics]:
            key = frozenset(t.axes)
            groups[key] = (t, s) if key not in groups else plus(groups[key], (t, s), order)
        result: tuple[Named, int] | None = None
        for value in sorted(groups.values(), key=lambda g: len(g[0].axes)) if nested(groups) else groups.values():
            result = value if result is None else plus(result, value, order)
        assert result is not None
        total, sign = result
        return total if sign > 0 else minus(total, order)

    def _add_diagonal(self, base: Named, i: Index, j: Index, value: Node, order: Order) -> Named:
        """base + δ_ij value."""
        axes = tuple(dict.fromkeys((*base.axes, *(k for k in order if k in (i, j) or k in free_indices(value)), i, j)))
        if base.array == Literal(Fraction(0)):
            base = Named(Zeros(tuple(k.size for k in axes)), axes)
        elif set(base.axes) != set(axes):
            base = spread(as_float(base), axes)
        p, q = sorted((base.axes.index(i), base.axes.index(j)))
        kept, gone = base.axes[p], base.axes[q]
        rest = (*(k for m, k in enumerate(base.axes) if m not in (p, q)), kept)
        on = as_float(self.lower(reindex(value, {gone: kept}), rest))
        on = permuted(on, [k for k in rest if k in on.axes])
        return Named(AddDiagonal(base.array, on.array, p, q, tuple(rest.index(k) for k in on.axes)), base.axes)

    def _mul(self, node: Mul, order: Order) -> Named:
        opened = open_deltas(node)
        if opened is not None:
            return self.lower(opened, order)
        if (pair := diagonal_term(node)) is not None:
            return self._add_diagonal(literal(0), *pair, order)
        return self.quotient(node.args, order)

    def quotient(self, factors: Sequence[Node], order: Order, more: Sequence[Named] = ()) -> Named:
        """A product of powers as one fraction: Python numbers and small arrays first, one division for each
        denominator."""
        above: list[Named] = list(more)
        below: list[Named] = []
        number = Fraction(1)
        for f in factors:
            if isinstance(f, Num):
                number *= f.value
                continue
            for base, down in self.powers(f):
                value = self.lower(base, order)
                if down and not value.axes and value.static:
                    self._need(base, "it is divided by")
                (below if down else above).append(value)
        return assemble(number, above, below, order)

    def powers(self, f: Node) -> list[tuple[Node, bool]]:
        """A factor as factors above and below the bar: v^-3/2 is 1/v/√v and s^-3 is 1/s²/s, so that a small variance
        does not underflow."""
        if not (isinstance(f, Pow) and isinstance(f.exponent, Num) and f.exponent.value < 0):
            return [(f, False)]
        p = -f.exponent.value
        if p.denominator in (1, 2) and p <= 4:
            whole, half = int(p), p.denominator == 2
            if half:
                return [(f.base, True)] * whole + [(Pow(f.base, Num(Fraction(1, 2))), True)]
            if (
                (isinstance(f.base, Elem) and f.base.name in self._variances)
                or (isinstance(f.base, Bound) and f.base.op == "norm")
                or (isinstance(f.base, Call) and f.base.fn in ("hypot", "softplus"))
            ):
                return [(f.base, True)] * whole
            return [(Pow(f.base, Num(Fraction(2))), True)] * (whole // 2) + [(f.base, True)] * (whole % 2)
        return [(power(f.base, Num(p)), True)]

    def _need(self, node: Node, why: str) -> None:
        if isinstance(node, SizeVal):
            self.nonzero.setdefault(node.size, why)
        elif isinstance(node, (Mul, Pow)):
            for c in node.args if isinstance(node, Mul) else (node.base,):
                self._need(c, why)

    def _pow(self, node: Pow, order: Order) -> Named:
        exponent = node.exponent
        if isinstance(exponent, Num) and exponent.value < 0:
            return self.quotient((node,), order)
        base = as_float(self.lower(node.base, order))
        if isinstance(exponent, Num):
            if exponent.value == 0:
                return literal(1)
            if isinstance(base.array, Literal) and exponent.value.denominator == 1:
                return literal(base.array.value ** int(exponent.value))
            fn = {Fraction(1, 2): "sqrt", Fraction(2): "square", Fraction(1, 3): "cbrt"}.get(exponent.value)
            if fn is not None and not (base.static and fn == "cbrt"):
                return entrywise(fn, (base,), order)
            if exponent.value.denominator % 2 and exponent.value.denominator > 1:
                return entrywise("root_power", (base, literal(exponent.value)), order)
        return entrywise("power", (base, as_float(self.lower(exponent, order))), order)

    @property
    def in_loop(self) -> bool:
        """Whether the tree of a recursion's step is lowered."""
        return self._step is not None

    # ------------------------------------------------------------ functions and cases

    def _call(self, node: Call, order: Order) -> Named:
        if (parts := softmax_parts(node)) is not None:
            k, body, i = parts
            a = as_float(
                self.lower(
                    body,
                    tuple(i if j is k else j for j in order) if k in order else (*(j for j in order if j is not i), k),
                )
            )
            if k in a.axes:
                self._nonempty(k, "a softmax runs over it")
                return distinct(Named(Softmax(a.array, a.axes.index(k)), tuple(i if j is k else j for j in a.axes)))
        if node.fn in ("max", "min"):
            fn = "maximum" if node.fn == "max" else "minimum"
            operands = sorted((as_float(self.lower(a, order)) for a in node.args), key=lambda a: a.static)
            result = operands[0]
            for a in operands[1:]:
                result = entrywise(fn, (result, a), order)
            return result
        if node.fn == "leaky_relu":
            z, a = node.args
            return self.lower(Cases(((Rel(">", z, ZERO), z),), mul(a, z)), order)
        if node.fn == "elu":
            z, a = node.args
            return self.lower(Cases(((Rel(">", z, ZERO), z),), mul(a, Call("expm1", (z,)))), order)
        if node.fn == "whole":
            return self.lower(node.args[0], order)
        if node.fn == "where":
            condition, value, otherwise = node.args
            return self._where(
                condition, as_float(self.lower(value, order)), as_float(self.lower(otherwise, order)), order
            )
        match node:
            case Call("log", (Call("abs", (MatrixAtom() as inner,)),)) if inner.op == "det":  # which may overflow
                return self._matrix(replace(inner, op="logabsdet"), order)
        args = tuple(as_float(self.lower(a, order)) for a in node.args)
        if node.fn == "log_sigmoid":  # -softplus(-z)
            return minus(entrywise("softplus", (minus(args[0], order),), order), order)
        return entrywise(node.fn, args, order)

    def _cases(self, node: Cases, order: Order) -> Named:
        if len(node.branches) == 1 and node.otherwise == ZERO and node.branches[0][1] == ONE:
            return self._condition(node.branches[0][0], order)
        if len(node.branches) == 1 and node.otherwise == ONE and node.branches[0][1] == ZERO:
            return self._condition(opposite(node.branches[0][0]), order)
        if self._step is None and (part := windows.chosen(self, node, order)) is not None:
            return part
        conditions = [c for c, _ in node.branches]
        if node.otherwise is None:
            result = Named(Constant("nan"))
        else:
            failing = opposite(conditions[0]) if len(conditions) == 1 else And(tuple(opposite(c) for c in conditions))
            result = as_float(self.lower(stable(guarded(node.otherwise, failing), self.names), order))
        for condition, value in reversed(node.branches):
            shown = stable(guarded(value, condition), self.names)
            chosen = as_float(self._under(condition, lambda: self.lower(shown, order)))  # noqa: B023
            result = self._where(condition, chosen, result, order)
        return result

    def _where(self, condition: Node, value: Named, otherwise: Named, order: Order) -> Named:
        """value where the condition holds; a choice between two Python numbers is cast, or it would be of a dtype of
        its own."""
        made = entrywise("where", (self._condition(condition, order), value, otherwise), order, "float")
        return entrywise("as_dtype", (made,), order) if value.static and otherwise.static else made

    def _condition(self, node: Node, order: Order) -> Named:
        match node:
            case Rel("==" | "!=" as op, IndexVal(a), IndexVal(b)) if labels_in(a) or labels_in(b):
                same = self._delta(Delta(a, b), order)
                return same if op == "==" else entrywise("logical_not", (same,), order, "bool")
            case Rel(op, a, b):
                side = self._place if _counts(a) and _counts(b) else self.lower
                return entrywise(COMPARISONS[op], (side(a, order), side(b, order)), order, "bool")
            case And(args) | Or(args):
                result = self._condition(args[0], order)
                for a in args[1:]:
                    result = entrywise(
                        "logical_and" if isinstance(node, And) else "logical_or",
                        (result, self._condition(a, order)),
                        order,
                        "bool",
                    )
                return result
            case Not(arg):
                return entrywise("logical_not", (self._condition(arg, order),), order, "bool")
            case _:
                raise CannotEmit(f"{type(node).__name__} is no condition")

    def _place(self, node: Node, order: Order) -> Named:
        """A place as an integer: half precision has none above 2048."""
        return self._index_value(node.at, order, "int") if isinstance(node, IndexVal) else self.lower(node, order)

    # ------------------------------------------------------------ binders

    def _nonempty(self, i: Index, why: str) -> None:
        if isinstance(i.size, str):
            self.nonzero.setdefault(i.size, why)

    def _bound(self, node: Bound, order: Order) -> Named:
        if node.op == "sum":
            return sum_over(self, node.indices, node.body, order)
        inner = as_float(self.lower(node.body, (*(i for i in order if i not in node.indices), *node.indices)))
        missing = [i for i in node.indices if i not in inner.axes]
        if missing:
            inner = spread(inner, (*inner.axes, *missing))
        if node.op not in ("prod", "norm"):
            for i in node.indices:
                self._nonempty(i, f"a {node.op} runs over it")
        if not inner.axes:
            return inner
        return reduced(node.op, inner, node.indices)

    def shared(self, node: Node) -> bool:
        """Whether a tree is computed anyway, so that it is better used whole."""
        key = up_to_indices(node)[1]
        return key in self._seen or key in self._known() or key in self._apart

    def sums(self) -> frozenset[object]:
        """The trees that were met, up to indices: another lowering of the same formulas may compute each by itself."""
        return frozenset(self._seen)

    def cheaper(
        self, written: Callable[[], Named], other: Callable[[], Named], better: Callable[[Named, Named], bool]
    ) -> Named:
        """What is written, or the other form of it where that is better; the one that is dropped leaves no trace."""
        before = self._seen.copy(), self.nodes.copy()
        one = written()
        after = self._seen, self.nodes
        self._seen, self.nodes = before
        two = tried(other)
        if two is not None and better(two, one):
            return two
        self._seen, self.nodes = after
        return one

    def symmetric(self, f: MatrixAtom) -> bool:
        """Whether the matrix of an atom is declared symmetric, so that its inverse may be read along either axis."""
        row = self.names.get(f.body.name) if isinstance(f.body, Elem) else None
        return row is not None and row.definition is None and row.domain.has("symmetric")

    def square(self, f: MatrixAtom, order: Order) -> Array:
        matrix = self.stack(f, order).array
        if not stacked(f) and definite(f.body, f.row, f.col, self.names) == "definite":
            self.definite.add(matrix)
        return matrix

    def stack(self, f: MatrixAtom, order: Order) -> Named:
        """The matrix of an inverse or a determinant, the axes in front of those of a stack."""
        ends = (f.row, f.col)
        inner = as_float(self.lower(f.body, (*order, *ends)))
        front = tuple(i for i in inner.axes if i not in ends)
        return spread(inner, (*front, *ends))

    def _matrix(self, node: MatrixAtom, order: Order) -> Named:
        front = self.stack(node, order).axes[:-2] if stacked(node) else ()
        a = Matrix(node.op, self.square(node, order))
        if node.op != "inv":
            return Named(a, front)
        rank = {i: k for k, i in enumerate(order)}
        symmetric = self.symmetric(node)
        at = sorted(node.at, key=lambda i: rank.get(i, len(rank))) if symmetric else list(node.at)  # type: ignore
        return self.placed(a, [*front, *at])

    def _of_matrix(self, node: Apply, order: Order) -> Named:
        """A function of a matrix, or of each in a stack."""
        row, matrix = OF_MATRICES[node.fn], matrix_of(node)
        inner = as_float(self.lower(matrix.body, (*order, *matrix.indices)))
        front = tuple(i for i in inner.axes if i not in matrix.indices)
        array = spread(inner, (*front, *matrix.indices)).array
        if row.name == "chol" and not front:
            self.definite.add(array)
        if not row.numbered:
            made = Matrix(row.name, array)
            return self.placed(made, [*front, *node.at]) if row.matrix else Named(made, front)
        place = place_of(row.takes == "symmetric", node.at[0], matrix.indices[0].size)
        if place is None:
            if row.matrix:
                raise CannotEmit(f"{row.name} at an index is not emitted: give the number of the value")
            return self.placed(Matrix("eigvals", array), [*front, *node.at])
        made = Matrix(row.name, array, place)
        return self.placed(made, [*front, *node.at[1:]]) if row.matrix else Named(made, front)


def place_of(ascending: bool, number: IndexExpr, size: Size) -> int | None:
    """Where a library has the k-th largest value; None where that is not known from the text."""
    if isinstance(number, int):
        return -number if ascending else number - 1
    terms, const = affine_terms(number)
    return -const if ascending and terms == ((size, 1),) and const <= 0 else None


def _counts(node: Node) -> bool:
    """Whether a side of a comparison is a whole number whatever the arguments are."""
    return isinstance(node, (IndexVal, SizeVal)) or (isinstance(node, Num) and node.value.denominator == 1)
